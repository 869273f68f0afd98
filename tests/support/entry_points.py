"""Every public function, field and file that takes a date: one function each that passes a value and returns the error.

A value that is accepted, or an error outside the library's own family, fails the test at once.
"""

import contextlib
import copy
import io
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import pytest

from lemtrada_schedule import (
    Clinic,
    Decision,
    History,
    InfusionRecord,
    InvalidInput,
    Observation,
    Period,
    Plan,
    Protocol,
    RecordedOverride,
    ScheduleError,
    evaluate,
    find_course_starts,
    forecast,
    parse_clinic,
    parse_plan,
    plan_treatment,
    read_clinic,
    read_decisions,
    read_plan,
    read_protocol,
    replan,
)
from lemtrada_schedule.cli.main import main

PROTOCOL: Final = """
id = "small"
title = "Two days, then one"
revision = "1"
course_gap_days = { days = 15, cite = "own" }
infusion_day = { infusion_minutes = 240, observation_minutes = 120, dose_mg = 12, cite = "own" }
sources = { own = { document = "A protocol for tests" } }
[[courses]]
infusion_days = 2
cite = "own"
[[courses]]
infusion_days = 1
minimum_interval = "12 months"
cite = "own"
[[actions]]
id = "contraception"
kind = "period"
starts = "first infusion"
ends = "last infusion + 4 months"
cite = "own"
"""
CLINIC: Final = """
name = "A clinic for tests"
time_zone = "America/New_York"
infusion_starts = "09:00"
[opening_hours]
mon = "08:00-17:00"
tue = "08:00-17:00"
wed = "08:00-17:00"
thu = "08:00-17:00"
fri = "08:00-17:00"
"""
START: Final = date(2027, 1, 11)
IN_CLI: Final = re.compile(
    r"lemtrada-schedule: argument (?P<place>[^:]+): (?P<text>.*) \[(?P<code>[a-z-]+)\]; see .*\n"
)


class Refusal(NamedTuple):
    """Code, place and text of the error that refused a value."""

    code: str
    place: str
    text: str


def refusal_of(call: Callable[[], object]) -> Refusal:
    """Return the error of a call; its text includes everything that the error holds."""
    with pytest.raises(ScheduleError) as caught:
        call()
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None, "the error drags along the one that it came from"
    problems = error.problems if isinstance(error, InvalidInput) else ()
    return Refusal(error.code, error.place, f"{error}\n{error.args!r}\n{problems!r}\n{error!r}")


@contextlib.contextmanager
def file_holding(text: str, name: str) -> Iterator[Path]:
    """Yield the path of a temporary file that holds a text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8", newline="")
        yield path


@cache
def small_protocol() -> Protocol:
    """Return a minimal protocol: a course of 2 days, then one of 1 day."""
    with file_holding(PROTOCOL, "small.toml") as path:
        return read_protocol(path)


def refused_protocol(old: str, new: str) -> Refusal:
    """Return the error of the small protocol with one word replaced; its place is without the file name."""
    assert PROTOCOL.count(old) == 1
    with file_holding(PROTOCOL.replace(old, new), "own.toml") as path:
        refusal = refusal_of(lambda: read_protocol(path))
        return refusal._replace(place=refusal.place.removeprefix(f"{path}: "))


@cache
def weekday_clinic() -> Clinic:
    """Return a clinic in New York that is open Monday to Friday and knows no public holidays."""
    with file_holding(CLINIC, "clinic.toml") as path:
        return read_clinic(path)


@cache
def small_plan() -> Plan:
    """Return the plan of two small courses from Monday 11 January 2027."""
    return plan_treatment(small_protocol(), weekday_clinic(), not_before=START, courses=2, as_of=START)


@cache
def _written() -> Any:
    return json.loads(small_plan().model_dump_json())


def plan_with(path: str, value: object) -> Any:
    """Return the JSON of the small plan with the value at a path such as `courses.0.first_day` replaced."""
    plan = copy.deepcopy(_written())
    *steps, last = path.split(".")
    node = plan
    for step in steps:
        node = node[int(step) if type(node) is list else step]
    node[last] = value
    return plan


def basic_string(text: str) -> str:
    """Return a text as a TOML basic string."""
    escaped = (f"\\U{ord(c):08X}" if c in '"\\' or not c.isprintable() else c for c in text)
    return f'"{"".join(escaped)}"'


def _not_before(value: Any) -> Refusal:
    return refusal_of(lambda: plan_treatment(small_protocol(), weekday_clinic(), not_before=value))


def _as_of(value: Any) -> Refusal:
    return refusal_of(lambda: plan_treatment(small_protocol(), weekday_clinic(), not_before=START, as_of=value))


def _starts(value: Any) -> Refusal:
    return refusal_of(lambda: find_course_starts(weekday_clinic(), 3, not_before=value))


def _period(value: Any) -> Refusal:
    return refusal_of(lambda: Period(first_day=value))


def _in_clinic(field: str) -> Callable[[Any], Refusal]:
    def door(value: Any) -> Refusal:
        rows = [{"date": value, "reason": "Staff day"}]
        return refusal_of(lambda: weekday_clinic().model_copy(update={field: rows}))

    return door


def _history() -> History:
    return History.from_dates([START])


def _evaluate(value: Any) -> Refusal:
    return refusal_of(lambda: evaluate(_history(), small_protocol(), as_of=value))


def _forecast(value: Any) -> Refusal:
    return refusal_of(lambda: forecast(_history(), small_protocol(), as_of=value))


def _replan(value: Any) -> Refusal:
    again = {"history": _history(), "as_of": value}
    return refusal_of(lambda: replan(small_plan(), small_protocol(), weekday_clinic(), **again))


def _from_dates(value: Any) -> Refusal:
    return refusal_of(lambda: History.from_dates([START, value]))


def _in_history(field: str) -> Callable[[Any], Refusal]:
    def door(value: Any) -> Refusal:
        rows = [{"date": value, "code": "cd4", "value": 230} if field == "observations" else {"date": value}]
        return refusal_of(lambda: History.model_validate({field: rows}))

    return door


def _decision_on(value: Any) -> Refusal:
    return refusal_of(lambda: Decision(course=1, decision="resume", by="Dr A", why="asked", on=value))


def _override_on(value: Any) -> Refusal:
    return refusal_of(lambda: RecordedOverride(code="dose-differs", by="Dr A", why="asked", on=value))


def _plan_object(value: Any) -> Refusal:
    return refusal_of(lambda: Plan.model_validate(plan_with("courses.0.first_day", value)))


OBJECT_DOORS: Final[dict[str, tuple[Callable[[Any], Refusal], str]]] = {
    "plan-not-before": (_not_before, "not_before"),
    "plan-as-of": (_as_of, "as_of"),
    "starts-not-before": (_starts, "not_before"),
    "period": (_period, "first_day"),
    "closures": (_in_clinic("closures"), "closures.0.date"),
    "extra-open": (_in_clinic("extra_open"), "extra_open.0.date"),
    "fully-booked": (_in_clinic("fully_booked"), "fully_booked.0.date"),
    "plan-object": (_plan_object, "courses.course-1.first_day"),
    "evaluate-as-of": (_evaluate, "as_of"),
    "forecast-as-of": (_forecast, "as_of"),
    "replan-as-of": (_replan, "as_of"),
    "history-from-dates": (_from_dates, "infusions.1.date"),
    "history-infusions": (_in_history("infusions"), "infusions.0.date"),
    "history-observations": (_in_history("observations"), "observations.0.date"),
    "record": (lambda value: refusal_of(lambda: InfusionRecord(date=value)), "date"),
    "observation": (lambda value: refusal_of(lambda: Observation(date=value, code="blood-count")), "date"),
    "decision": (_decision_on, "on"),
    "override": (_override_on, "on"),
}
"""Ways in for any Python object, each with the place it must name."""


def _toml_key(value: str) -> Refusal:
    with file_holding(f"{CLINIC}[closures]\n{basic_string(value)} = 'Staff day'\n", "clinic.toml") as path:
        return _without_folder(refusal_of(lambda: read_clinic(path)), path)


def _toml_value(value: str) -> Refusal:
    with file_holding(f"{CLINIC}[[fully_booked]]\ndate = {basic_string(value)}\nreason = 'x'\n", "clinic.toml") as path:
        return _without_folder(refusal_of(lambda: read_clinic(path)), path)


def _json(place: str) -> Callable[[str], Refusal]:
    def door(value: str) -> Refusal:
        with file_holding(json.dumps(plan_with(place, value)), "plan.json") as path:
            return _without_folder(refusal_of(lambda: read_plan(path)), path)

    return door


def _json_decisions(value: str) -> Refusal:
    rows = [{"course": 1, "decision": "resume", "by": "Dr A", "why": "asked", "on": value}]
    with file_holding(json.dumps(rows), "decisions.json") as path:
        return _without_folder(refusal_of(lambda: read_decisions(path)), path)


def _parsed_clinic(value: str) -> Refusal:
    rows = [{"date": value, "reason": "x"}]
    return refusal_of(lambda: parse_clinic({**tomllib.loads(CLINIC), "fully_booked": rows}))


def _parsed_plan(value: str) -> Refusal:
    return refusal_of(lambda: parse_plan(plan_with("contraception.0.last_day", value)))


def _without_folder(refusal: Refusal, path: Path) -> Refusal:
    assert refusal.place.startswith(f"{path}: ")
    return refusal._replace(
        place=refusal.place.removeprefix(f"{path.parent}/"), text=refusal.text.replace(str(path.parent), "")
    )


def _command(*before: str, joined: str = "") -> Callable[[str], Refusal]:
    def door(value: str) -> Refusal:
        words = io.StringIO()
        with contextlib.redirect_stderr(words), pytest.raises(SystemExit) as left:
            main([*before, f"{joined}{value}"])
        assert left.value.code == 2
        read = IN_CLI.fullmatch(words.getvalue())
        assert read is not None, words.getvalue()
        return Refusal(read["code"], read["place"], words.getvalue())

    return door


_RECORDS: Final = ("absent.csv", "--protocol", "us-2024-05")
_FILES: Final = ("--protocol", "us-2024-05", "--clinic", "absent.toml")
TEXT_DOORS: Final[dict[str, tuple[Callable[[str], Refusal], str]]] = OBJECT_DOORS | {
    "toml-key": (_toml_key, "clinic.toml: closures.0.date"),
    "toml-value": (_toml_value, "clinic.toml: fully_booked.0.date"),
    "json-request": (_json("provenance.request.not_before"), "plan.json: provenance.request.not_before"),
    "json-derived": (_json("contraception.0.last_day"), "plan.json: contraception.contraception/1.last_day"),
    "json-decisions": (_json_decisions, "decisions.json: decisions.0.on"),
    "parse-clinic": (_parsed_clinic, "fully_booked.0.date"),
    "parse-plan": (_parsed_plan, "contraception.contraception/1.last_day"),
    "cli-check": (_command("check", *_RECORDS, joined="--as-of="), "--as-of"),
    "cli-next": (_command("next", *_RECORDS, joined="--as-of="), "--as-of"),
    "cli-replan": (_command("replan", "absent.json", *_RECORDS, joined="--as-of="), "--as-of"),
    "cli-plan": (_command("plan", *_FILES, "--"), "DAY"),
    "cli-as-of": (_command("plan", "2027-01-11", *_FILES, joined="--as-of="), "--as-of"),
    "cli-starts": (
        _command("starts", "--days", "5", "--clinic", "absent.toml", joined="--not-before="),
        "--not-before",
    ),
}
"""Ways in for text, each with the place it must name."""
