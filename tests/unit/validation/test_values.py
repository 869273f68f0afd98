"""Traps I01 to I14 and J01 to J08: values, the public names, errors, and the world around them."""

import ast
import copy
import inspect
import json
import os
import pickle
import subprocess
import sys
import threading
import tomllib
import types
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path
from time import process_time
from typing import Any, Final, Literal, Union, get_args, get_origin

import jsonschema
import pytest
from pydantic import ValidationError

import lemtrada_schedule
from lemtrada_schedule import (
    Clinic,
    ConvertedDay,
    Decision,
    Evaluation,
    Finding,
    Forecast,
    FrozenValue,
    History,
    HolidayDataMissing,
    Intake,
    InvalidInput,
    LocalTimeError,
    MissingExtra,
    NoFeasibleStart,
    Offset,
    Period,
    Plan,
    PlanMismatch,
    Problem,
    Protocol,
    RefusedRow,
    Revision,
    ScheduleError,
    ScreenDiffers,
    Span,
    TimeWindow,
    UnknownName,
    UnreadableFile,
    evaluate,
    explain,
    find_course_starts,
    forecast,
    load_protocol,
    plan_treatment,
    read_clinic,
    read_histories,
    replan,
    to_csv,
    to_rows,
    to_text,
)
from lemtrada_schedule.errors import shape_of
from lemtrada_schedule.validation.model import Model
from tests.gates.no_wall_clock import package_folder
from tests.support.clinics import hours_on
from tests.support.entry_points import (
    CLINIC,
    START,
    file_holding,
    plan_with,
    refusal_of,
    refused_protocol,
    small_plan,
    small_protocol,
    weekday_clinic,
)
from tests.support.for_each import each
from tests.support.module_trees import module_nodes
from tests.support.planned import infusion_of

ROOT: Final = Path(__file__).parents[3]
PATIENT: Final = "Jane Doe MRN 0012345"


RECORDED: Final = ["2027-01-11", "2027-01-12", "2027-01-14"]
"""The small protocol's course 1, its third day one too many."""


def full_plan() -> Plan:
    return plan_treatment(load_protocol("us-2024-05"), weekday_clinic(), not_before=START, courses=4, as_of=START)


def nouns() -> list[type[Model]]:
    """Return every noun of the package, by name."""
    found: list[type[Model]] = []
    waiting = [Model]
    while waiting:
        below = waiting.pop().__subclasses__()
        found += below
        waiting += below
    return sorted((noun for noun in found if noun.__module__.startswith("lemtrada_schedule")), key=lambda n: n.__name__)


def parts_of(value: Any) -> Iterator[Any]:
    """Yield a value and everything inside it."""
    yield value
    inside = value if isinstance(value, list | tuple | set | frozenset | dict) else ()
    if isinstance(value, Model):
        inside = tuple(getattr(value, name) for name in type(value).model_fields)
    for part in inside:
        yield from parts_of(part)


def given() -> History:
    """Return a history that has one of everything."""
    accepted = {"by": "Dr A", "why": "travel", "on": START}
    return History.from_dates(
        RECORDED,
        patient="p7",
        birth_date=date(1990, 1, 1),
        prior_medicines=2,
        observations=[{"date": START, "code": "cd4", "value": 230}],
        overrides=[{"code": "extra-infusion", **accepted}],
    )


def intake() -> Intake:
    """Return what a file held: one row, one that is refused, and a timestamp of another day."""
    refused = {"row": 2, "column": "date", "code": "no-such-date", "message": "no such day"}
    converted = {"row": 1, "written": "2027-01-12T03:30:00Z", "date": START}
    return Intake(
        histories=(History.from_dates(["2027-01-11"]),),
        refused=(RefusedRow.model_validate(refused),),
        converted=(ConvertedDay.model_validate(converted),),
        rows=2,
        accepted=1,
        blank=0,
    )


def decided() -> Decision:
    return Decision(course=1, decision="resume", by="Dr A", why="recovered", on=START)


def evaluated() -> Evaluation:
    return evaluate(given(), small_protocol(), as_of=date(2027, 2, 1))


def forecasted() -> Forecast:
    short = History.from_dates(RECORDED[:1])
    return forecast(short, small_protocol(), as_of=date(2027, 2, 1), decisions=[decided()])


def revised() -> Revision:
    made = plan_treatment(small_protocol(), weekday_clinic(), not_before=START, courses=2)
    return replan(made, small_protocol(), weekday_clinic(), history=given(), as_of=date(2027, 2, 1))


SAMPLES: Final[dict[str, Callable[[], Model]]] = {
    "plan": small_plan,
    "clinic": weekday_clinic,
    "protocol": small_protocol,
    "course": lambda: small_plan().courses[0],
    "infusion-day": lambda: small_plan().infusion_days[0],
    "window": lambda: infusion_of(small_plan().infusion_days[0]),
    "activity": lambda: full_plan().activities[0],
    "finding": lambda: full_plan().findings[0],
    "span": lambda: Span.parse("12 months"),
    "offset": lambda: Offset.parse("last infusion + 4 months"),
    "period": lambda: Period(first_day=START),
    "start": lambda: find_course_starts(weekday_clinic(), 3, not_before=START, limit=1)[0],
    "history": given,
    "record": lambda: given().infusions[0],
    "observation": lambda: given().observations[0],
    "accepted": lambda: given().overrides[0],
    "decision": decided,
    "intake": intake,
    "refused-row": lambda: intake().refused[0],
    "converted-day": lambda: intake().converted[0],
    "evaluation": evaluated,
    "verdict": lambda: evaluated().courses[0],
    "forecast": forecasted,
    "revision": revised,
    "change": lambda: revised().changes[0],
}
every_sample: Final = each(SAMPLES)

# --- I01: frozen all the way down -------------------------------------------------------------------


@every_sample
def test_i01_nothing_can_be_set_or_deleted(sample: str) -> None:
    value = SAMPLES[sample]()
    before = value.model_dump_json()
    for name in (*type(value).model_fields, "something_else", "_hidden"):
        with pytest.raises(FrozenValue) as setting:
            setattr(value, name, "garbage")
        with pytest.raises(FrozenValue) as deleting:
            delattr(value, name)
        for caught in (setting, deleting):
            assert (caught.value.code, caught.value.place) == ("frozen-value", name)
            assert "use model_copy(update={…}) for a new one" in str(caught.value)
            assert isinstance(caught.value, AttributeError)
    assert value.model_dump_json() == before


def test_i01_there_is_nothing_inside_that_could_be_changed() -> None:
    of_records = (given(), intake(), evaluated(), forecasted(), revised())
    inside = list(parts_of((full_plan(), weekday_clinic(), load_protocol("us-2024-05"), *of_records)))
    assert len(inside) > 500
    assert {type(part) for part in inside if isinstance(part, list | set | dict | bytearray)} == set()
    assert {type(part) for part in inside if isinstance(part, date)} == {date, datetime}


@every_sample
def test_i01_values_are_equal_by_what_they_hold(sample: str) -> None:
    value = SAMPLES[sample]()
    same = type(value).model_validate_json(value.model_dump_json())
    assert same is not value
    assert (same == value, same != value) == (True, False)
    assert hash(same) == hash(value)
    assert len({same, value}) == 1
    assert (value == object()) is False


# --- I02: no way around the checks ------------------------------------------------------------------

FIELDS: Final = {
    "plan": "courses", "clinic": "opening_hours", "protocol": "infusion_day", "course": "days",
    "infusion-day": "date", "window": "start", "activity": "codes", "finding": "severity", "span": "unit",
    "offset": "anchor", "period": "first_day", "start": "passed_over",
    "history": "infusions", "record": "status", "observation": "date", "accepted": "on", "decision": "decision",
    "intake": "histories", "refused-row": "row", "converted-day": "date", "evaluation": "courses",
    "verdict": "status", "forecast": "status", "revision": "changes", "change": "kind",
}  # fmt: skip
"""A field of each sample that takes none of the garbage."""
GARBAGE: Final[dict[str, Any]] = {
    "text": "garbage", "number": -5, "list": ["garbage"], "table": {"a": 1}, "object": object(), "none": None
}  # fmt: skip


@each([(sample, garbage) for sample in SAMPLES for garbage in GARBAGE], name=" and ".join)
def test_i02_no_copy_takes_garbage(both: tuple[str, str]) -> None:
    sample, garbage = both[0], GARBAGE[both[1]]
    value, name = SAMPLES[sample](), FIELDS[sample]
    noun, changed = type(value), {**dict(value), name: garbage}
    for change in (
        lambda: value.model_copy(update={name: garbage}),
        lambda: value.copy(update={name: garbage}),
        lambda: noun.model_construct(**changed),
        lambda: noun(**changed),
        lambda: noun.model_validate(changed),
        lambda: noun.model_validate(changed, strict=False, from_attributes=True),
    ):
        refusal = refusal_of(change)
        assert refusal.place.split(".")[0] in {name, noun.__name__}


@every_sample
def test_i02_an_honest_copy_is_the_same(sample: str) -> None:
    value = SAMPLES[sample]()
    assert value.model_copy() == value.model_copy(deep=True) == value.copy() == value
    assert type(value).model_construct(**dict(value)) == value
    assert type(value).model_validate(value) == value
    assert type(value).model_validate(value.model_dump()) == value


def test_i02_a_copy_is_changed_and_checked_as_a_whole() -> None:
    period = Period(first_day=date(2027, 1, 1), last_day=date(2027, 1, 5))
    assert period.model_copy(update={"last_day": date(2027, 1, 1)}).last_day == date(2027, 1, 1)
    refusal = refusal_of(lambda: period.model_copy(update={"last_day": date(2026, 12, 31)}))
    assert refusal.code == "period-reversed"
    assert period.last_day == date(2027, 1, 5)


def test_i02_a_copy_takes_no_unknown_field() -> None:
    refusal = refusal_of(lambda: weekday_clinic().model_copy(update={"nmae": "x"}))
    assert (refusal.code, refusal.place) == ("unknown-key", "nmae")


@pytest.mark.parametrize("update", [{"cls": 1}, {"self": 1}, {"update": 1}, {"_fields_set": 1}])
def test_i02_a_field_of_any_name_is_only_an_unknown_field(update: dict[str, int]) -> None:
    assert refusal_of(lambda: weekday_clinic().model_copy(update=update)).code == "unknown-key"
    fields = {**dict(weekday_clinic()), **update}
    assert refusal_of(lambda: Clinic(**fields)).code == "unknown-key"
    assert refusal_of(lambda: Clinic.model_construct(**fields)).code == "unknown-key"


def test_i02_text_is_read_in_one_way_when_everything_is_text() -> None:
    """Pydantic's `model_validate_strings` would read "5" as 5 and "on" as true."""
    refusal = refusal_of(lambda: Span.model_validate_strings({"count": "5", "unit": "days"}))
    assert (refusal.code, refusal.place) == ("wrong-type", "count")
    assert str(Span.model_validate_strings("5 days")) == "5 days"


@pytest.mark.parametrize(
    "given", [None, 5, 5.0, {}, [b"{}"], memoryview(b"{}"), object()], ids=lambda v: type(v).__name__
)
def test_i02_json_is_text(given: Any) -> None:
    refusal = refusal_of(lambda: Clinic.model_validate_json(given))
    assert (refusal.code, refusal.place) == ("wrong-type", "Clinic")
    assert "expected JSON text" in refusal.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("container", [bytes, bytearray])
def test_i02_json_may_come_as_bytes(container: type[bytes | bytearray], encoding: str) -> None:
    clinic = weekday_clinic().model_copy(update={"name": "Clínica"})
    assert Clinic.model_validate_json(container(clinic.model_dump_json().encode(encoding))) == clinic


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-32"])
def test_i02_json_bytes_of_another_encoding_are_refused(encoding: str) -> None:
    """Python's own parser would guess UTF-16 and UTF-32."""
    clinic = weekday_clinic().model_copy(update={"name": "Clínica"})
    refusal = refusal_of(lambda: Clinic.model_validate_json(clinic.model_dump_json().encode(encoding)))
    assert (refusal.code, refusal.place) == ("json-structure", "Clinic")
    assert "this is not UTF-8 text (at byte " in refusal.text or "not valid JSON" in refusal.text


def test_i02_nouns_are_made_by_name() -> None:
    noun: Any = Clinic
    with pytest.raises(TypeError):
        noun("Harbor")


# --- I03: one meaning for each type -------------------------------------------------------------------


def unions_in(annotation: Any) -> Iterator[tuple[Any, ...]]:
    if get_origin(annotation) in {Union, types.UnionType}:
        yield get_args(annotation)
    for part in get_args(annotation):
        yield from unions_in(part)


def test_i03_no_field_takes_a_date_or_something_else() -> None:
    """A field `date | str` would turn the text "86400" into 2 January 1970 on its way through JSON."""
    dated = [
        (noun.__name__, name)
        for noun in nouns()
        for name, field in noun.model_fields.items()
        for union in unions_in(field.annotation)
        if {date, datetime, str, int, float} & set(union) and len([t for t in union if t is not type(None)]) > 1
    ]
    assert dated == []
    assert list(unions_in(tuple[date | str, ...])) == [(date, str)]


# --- I04: order comes from sequences ------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [set, frozenset, iter, deque, lambda rows: dict.fromkeys(rows).keys(), lambda rows: (row for row in rows)],
    ids=["set", "frozenset", "iterator", "deque", "keys", "generator"],
)
def test_i04_what_has_no_order_of_its_own_is_no_list(make: Callable[[Any], Any]) -> None:
    hours = weekday_clinic().opening_hours
    refusal = refusal_of(lambda: weekday_clinic().model_copy(update={"opening_hours": make(hours)}))
    assert (refusal.code, refusal.place) == ("wrong-type", "opening_hours")
    assert "expected a list" in refusal.text


def test_i04_a_list_becomes_a_tuple() -> None:
    clinic = weekday_clinic().model_copy(update={"opening_hours": list(weekday_clinic().opening_hours)})
    assert type(clinic.opening_hours) is tuple
    assert clinic == weekday_clinic()


# --- I05: strict choices ------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [True, 1.0, "1", Decimal(1), None, [1]], ids=repr)
def test_i05_a_schema_version_is_a_whole_number(value: Any) -> None:
    refusal = refusal_of(lambda: Plan.model_validate(plan_with("schema_version", value)))
    assert (refusal.code, refusal.place) == ("wrong-type", "schema_version")


@pytest.mark.parametrize("value", [True, 1.0, "1", 2, 0, None], ids=repr)
def test_i05_a_direction_is_1_or_minus_1(value: Any) -> None:
    refusal = refusal_of(lambda: Offset(anchor="first infusion", direction=value))
    assert refusal.place == "direction"


@pytest.mark.parametrize("value", ["First infusion", "first_infusion", b"first infusion", 1, None], ids=repr)
def test_i05_an_anchor_is_one_of_two_words(value: Any) -> None:
    refusal = refusal_of(lambda: Offset(anchor=value))
    assert (refusal.code, refusal.place) == ("unknown-name", "anchor")
    assert "'first infusion' or 'last infusion'" in refusal.text


@pytest.mark.parametrize("value", [True, 1.0, "1", Decimal(1)], ids=repr)
@pytest.mark.parametrize("place", ["courses.0.number", "courses.0.drift_days", "courses.0.days.0.dose_mg", "revision"])
def test_i05_numbers_of_a_plan_are_whole_numbers(place: str, value: Any) -> None:
    refusal = refusal_of(lambda: Plan.model_validate(plan_with(place, value)))
    assert refusal.code == "wrong-type"
    assert refusal.place.endswith(place.rpartition(".")[2])


# --- I06: misspelt fields -------------------------------------------------------------------------------


@every_sample
def test_i06_a_misspelt_field_is_refused(sample: str) -> None:
    value = SAMPLES[sample]()
    name = [name for name in type(value).model_fields if len(name) > 2][-1]
    misspelt = f"{name[0]}{name[2]}{name[1]}{name[3:]}"
    refusal = refusal_of(lambda: type(value).model_validate({**dict(value), misspelt: None}))
    shown = misspelt if not type(value).hides_keys else type(value).__name__  # a key may be a patient's id
    assert (refusal.code, refusal.place) == ("unknown-key", shown)
    assert f"did you mean {name!r}?" in refusal.text


def test_i06_a_key_that_cannot_be_printed_is_named_by_its_characters() -> None:
    refusal = refusal_of(lambda: Clinic.model_validate({**dict(weekday_clinic()), "a\nb\u202e": 1}))
    assert refusal.place == "aU+000AbU+202E"
    long = refusal_of(lambda: Clinic.model_validate({**dict(weekday_clinic()), "k" * 100_000: 1}))
    assert long.place == "k" * 64


@pytest.mark.parametrize("key", [1, None, (1, 2), b"name"], ids=repr)
def test_i06_a_key_is_text(key: Any) -> None:
    refusal = refusal_of(lambda: Clinic.model_validate({**dict(weekday_clinic()), key: 1}))
    assert refusal.code == "wrong-type"
    assert "expected text as the name of a field" in refusal.text


# --- I07: errors hold no values ---------------------------------------------------------------------------


def leaky_calls() -> dict[str, Callable[[], object]]:
    clinic, plan = dict(weekday_clinic()), plan_with("plan_id", None)
    day: Any = PATIENT
    return {
        "not-before": lambda: plan_treatment(small_protocol(), weekday_clinic(), not_before=day),
        "as-of": lambda: plan_treatment(small_protocol(), weekday_clinic(), not_before=START, as_of=day),
        "courses": lambda: plan_treatment(small_protocol(), weekday_clinic(), not_before=START, courses=day),
        "plan-id": lambda: plan_treatment(small_protocol(), weekday_clinic(), not_before=START, plan_id=PATIENT),
        "protocol": lambda: plan_treatment(day, weekday_clinic(), not_before=START),
        "starts": lambda: find_course_starts(weekday_clinic(), day, not_before=START),
        "explain": lambda: explain(PATIENT),
        "load": lambda: load_protocol(PATIENT),
        "zone": lambda: Clinic.model_validate({**clinic, "time_zone": PATIENT}),
        "country": lambda: plan_treatment(
            small_protocol(), Clinic.model_validate({**clinic, "country": PATIENT}), not_before=START
        ),
        "name": lambda: Clinic.model_validate({**clinic, "name": f"{PATIENT}\x00"}),
        "start-time": lambda: Clinic.model_validate({**clinic, "infusion_starts": PATIENT}),
        "hours": lambda: Clinic.model_validate({**clinic, "opening_hours": {"mon": PATIENT}}),
        "weekday": lambda: Clinic.model_validate({**clinic, "opening_hours": {PATIENT: "08:00-17:00"}}),
        "closure": lambda: Clinic.model_validate({**clinic, "closures": {PATIENT: "x"}}),
        "minutes": lambda: Clinic.model_validate({**clinic, "preparation_minutes": PATIENT}),
        "whole": lambda: Clinic.model_validate(PATIENT),
        "plan": lambda: Plan.model_validate({**plan, "plan_id": PATIENT}),
        "plan-course": lambda: Plan.model_validate({**plan, "courses": [PATIENT]}),
        "plan-status": lambda: Plan.model_validate(plan_with("courses.0.status", PATIENT)),
        "plan-json": lambda: Plan.model_validate_json(f'{{"plan_id": "{PATIENT}"'),
        "span": lambda: Span.parse(PATIENT),
        "offset": lambda: Offset.parse(PATIENT),
        "window": lambda: TimeWindow.model_validate({"time_zone": "UTC", "start": PATIENT, "end": PATIENT}),
        "period": lambda: Period(first_day=day),
        "patient": lambda: History(patient=f"{PATIENT}\x00"),
        "birth": lambda: History(birth_date=day),
        "from-dates": lambda: History.from_dates([PATIENT]),
        "record-status": lambda: History.model_validate({"infusions": [{"date": START, "status": PATIENT}]}),
        "record-dose": lambda: History.model_validate({"infusions": [{"date": START, "dose_mg": PATIENT}]}),
        "observation": lambda: History.model_validate(
            {"observations": [{"date": START, "code": "cd4", "value": PATIENT}]}
        ),
        "decision": lambda: Decision(course=1, decision=day, by=PATIENT, why=PATIENT, on=START),
        "evaluate": lambda: evaluate(day, small_protocol(), as_of=START),
        "evaluate-as-of": lambda: evaluate(given(), small_protocol(), as_of=day),
        "evaluate-tolerance": lambda: evaluate(given(), small_protocol(), as_of=START, tolerance_days=day),
        "forecast-past-due": lambda: forecast(given(), small_protocol(), as_of=START, past_due_after=PATIENT),
        "forecast-decisions": lambda: forecast(given(), small_protocol(), as_of=START, decisions=[day]),
        "replan": lambda: replan(small_plan(), small_protocol(), weekday_clinic(), history=day, as_of=START),
        "replan-as-of": lambda: replan(small_plan(), small_protocol(), weekday_clinic(), history=given(), as_of=day),
        "replan-rules": lambda: replan(
            small_plan(), load_protocol("us-2024-05"), weekday_clinic(), history=given(), as_of=START
        ),
        "records-zone": lambda: read_histories("records.csv", time_zone=PATIENT),
        "records-ignore": lambda: read_histories("records.csv", ignore=day),
    }


@each(leaky_calls())
def test_i07_no_error_holds_what_was_refused(name: str) -> None:
    """Nor does the chain of errors behind it, where pydantic's own would."""
    with pytest.raises(ScheduleError) as caught:
        leaky_calls()[name]()
    error = caught.value
    assert error.code
    assert error.place
    said = [str(error), repr(error), repr(error.args), repr(vars(error)), "".join(getattr(error, "__notes__", []))]
    behind = error.__cause__ or error.__context__
    while behind:
        assert not isinstance(behind, ValidationError)
        said.append(repr(behind))
        behind = behind.__cause__ or behind.__context__
    assert [text for text in said if "Jane" in text or "0012345" in text] == []


def test_i07_values_do_not_show_what_they_hold() -> None:
    """What lands in a log is what names a value."""
    plan = plan_treatment(small_protocol(), weekday_clinic(), not_before=START, plan_id="mrn-0012345")
    assert repr(plan) == "Plan(small-1, 2 courses, 3 infusion days, revision 0)"
    assert "0012345" not in str(plan)
    assert repr(plan.courses[0]) == "Course(course 1, 2 infusion days, 0 skipped starts)"
    assert repr(weekday_clinic()) == "Clinic(America/New_York, 5 open weekdays, 0 closures)"
    assert repr(Span.parse("12 months")) == "Span.parse('12 months')"


def test_i07_nor_do_those_of_a_patient() -> None:
    history = given().model_copy(update={"patient": "mrn-0012345"})
    assert "0012345" not in f"{history!r} {history} {intake().model_copy(update={'histories': [history]})!r}"
    told = [repr(part) for part in parts_of(history) if not isinstance(part, tuple | str | int | date | Decimal)]
    assert "230" not in "".join(told)
    assert "1990" not in "".join(told)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("03/06/2026", 'text shaped "##/##/####"'),
        ("Jane Doe", 'text shaped "Xxxx Xxx"'),
        ("", "empty text"),
        ("é٣\t\u202e", 'text shaped "U+00E9U+0663U+0009U+202E"'),
        ("x" * 25, f'text shaped "{"x" * 24}…"'),
        ("x" * 24, f'text shaped "{"x" * 24}"'),
        ("\u00bd", 'text shaped "U+00BD"'),
        (46087, "a whole number"),
        (True, "true/false"),
        (None, "nothing (None)"),
        (1.5, "a value of type float"),
    ],
)
def test_i07_a_value_is_described_by_its_shape(value: object, shape: str) -> None:
    assert shape_of(value) == shape


# --- I08, I10, I11, I12: what the source does not do --------------------------------------------------------


@cache
def sources() -> list[tuple[str, tuple[ast.AST, ...]]]:
    folder = package_folder()
    paths = sorted(folder.rglob("*.py"))
    return [(p.relative_to(folder).as_posix(), module_nodes(p)) for p in paths]


def nodes_of(kind: type[ast.AST]) -> list[tuple[str, Any]]:
    return [(name, node) for name, nodes in sources() for node in nodes if isinstance(node, kind)]


def test_the_source_is_there() -> None:
    assert len(sources()) > 20
    assert len(nodes_of(ast.FunctionDef)) > 200


def test_i08_nothing_is_checked_by_assert() -> None:
    """`python -O` takes assertions away."""
    assert nodes_of(ast.Assert) == []


def test_i10_errors_are_caught_by_family() -> None:
    caught = [(name, node.type) for name, node in nodes_of(ast.ExceptHandler)]
    assert len(caught) > 5
    broad = [name for name, kind in caught if kind is None or ast.unparse(kind) in {"Exception", "BaseException"}]
    # Whatever is wrong with a window's zone, the field's own check says it, with its place; and a zone from a file
    # tells only by refusing to be pickled, with an error of a module that the gate of no hidden clock keeps out.
    # What an engine of data frames raises may be anything, and may repeat the values of patients; so may what openpyxl
    # raises for a damaged workbook.
    assert sorted(broad) == [
        "cohort/reading/sources.py", "dates/time_windows.py", "dates/time_windows.py", "plan/plan.py",
        "sources/spreadsheets.py",
    ]  # fmt: skip


def test_i11_only_the_command_line_prints_and_nothing_logs() -> None:
    def is_cli(name: str) -> bool:
        return name == "__main__.py" or name.startswith("cli/")

    printing = [name for name, node in nodes_of(ast.Call) if ast.unparse(node.func) == "print" and not is_cli(name)]
    assert printing == []
    imported = {
        alias.name.partition(".")[0]
        for name, node in [*nodes_of(ast.Import), *nodes_of(ast.ImportFrom)]
        for alias in node.names
        if name != "sources/spreadsheets.py"  # it silences the warnings of openpyxl
    }
    assert imported & {"logging", "warnings", "syslog"} == set()


QUIET: Final = """
import sys
from lemtrada_schedule import *
seen = []
def hook(event, args):
    names = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.", "os.putenv")
    if event.startswith(names) or (event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")):
        seen.append(event)
sys.addaudithook(hook)
open("/dev/null", "w").close()
assert seen == ["open"], seen
seen.clear()
import datetime
clinic = read_clinic(sys.argv[1]).model_copy(update={"country": "US", "subdivision": "MA"})
us = load_protocol("us-2024-05")
plan = plan_treatment(us, clinic, not_before=datetime.date(2027, 1, 11), courses=3)
(history,) = read_histories(sys.argv[2]).histories
asked = {"history": history, "as_of": datetime.date(2027, 2, 1)}
evaluate(protocol=us, clinic=clinic, **asked), forecast(protocol=us, **asked), replan(plan, us, clinic, **asked)
to_text(plan), to_csv(to_rows(plan)), plan.model_dump_json(), explain(plan.courses[0])
to_fhir(plan.model_copy(update={"plan_id": "p"}), subject="Patient/1"), protocol_to_fhir(load_protocol("us-2024-05"))
print(seen)
"""


def test_i12_planning_opens_no_connection_starts_no_process_and_writes_no_file() -> None:
    records = "date\n2027-01-11\n2027-01-12\n"
    with file_holding(CLINIC, "clinic.toml") as path, file_holding(records, "records.csv") as recorded:
        command = [sys.executable, "-B", "-c", QUIET, str(path), str(recorded)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_i12_no_environment_is_read() -> None:
    attributes = [ast.unparse(node) for _, node in nodes_of(ast.Attribute)]
    assert [text for text in attributes if text in {"os.environ", "os.getenv", "os.environb"}] == []
    names = {"environ", "environb", "getenv"}
    imports = [(name, node) for name, node in nodes_of(ast.ImportFrom) if node.module == "os"]
    imported = {name for name, node in imports if names & {alias.name for alias in node.names}}
    assert {Path(name).name for name in imported} == {"terminal.py"}, (
        "it says how wide and how colourful the terminal is"
    )


# --- I09: bounds on every count -----------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, -1, 51, 2_000_000, 10**9, 10**100, -(10**100)])
def test_i09_courses_are_bounded(count: int) -> None:
    began = process_time()
    refusal = refusal_of(
        lambda: plan_treatment(load_protocol("us-2024-05"), weekday_clinic(), not_before=START, courses=count)
    )
    assert (refusal.code, refusal.place) == ("out-of-range", "courses")
    assert "from 1 to 50" in refusal.text
    assert process_time() - began < 0.5


@pytest.mark.parametrize(
    ("place", "most"),
    [("infusion_days", 31), ("limit", 1_000), ("within_days", 3_660)],
    ids=["days", "limit", "within"],
)
@pytest.mark.parametrize("over", [1, 2_000_000, 10**100])
def test_i09_a_search_is_bounded(place: str, most: int, over: int) -> None:
    given: dict[str, Any] = {"infusion_days": 3, place: most + over}
    refusal = refusal_of(lambda: find_course_starts(weekday_clinic(), not_before=START, **given))
    assert (refusal.code, refusal.place) == ("out-of-range", place)
    assert f"from 1 to {most}" in refusal.text
    assert find_course_starts(weekday_clinic(), not_before=START, **{**given, place: most}) is not None


def test_i09_fifty_courses_can_be_planned() -> None:
    assert len(full_plan().model_copy().courses) == 4
    assert (
        len(plan_treatment(load_protocol("us-2024-05"), weekday_clinic(), not_before=START, courses=50).courses) == 50
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 minute", "span"), ("1 hour", "span"), ("0 days", "span"), ("36601 days", "span"), ("99999 days", "span"),
        ("5201 weeks", "span"), ("1201 months", "span"), ("101 years", "span"), ("999999999999 days", "span"),
        ("-1 day", "span"),
    ],
)  # fmt: skip
def test_i09_spans_are_bounded(text: str, code: str) -> None:
    assert refusal_of(lambda: Span.parse(text)).code == code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("infusion_days = 2", "infusion_days = 2000000"),
        ("days = 15", "days = 367"),
        ("infusion_minutes = 240", "infusion_minutes = 1441"),
        ("dose_mg = 12", "dose_mg = 1001"),
    ],
)
def test_i09_the_numbers_of_a_protocol_are_bounded(old: str, new: str) -> None:
    assert refused_protocol(old, new).code == "out-of-range"


# --- I13, I14, J05, J06: versions -----------------------------------------------------------------------------


def test_i13_every_dependency_has_a_floor_and_none_but_pydantic_a_cap() -> None:
    needed = [line for line in requires("lemtrada_schedule") or [] if "extra ==" not in line]
    assert len(needed) == 4
    assert [line for line in needed if ">=" not in line] == []
    assert [line.partition("<")[0] for line in needed if "<" in line.replace(">=", "")] == ["pydantic"]


@every_sample
def test_i14_values_survive_pickling_and_copying(sample: str) -> None:
    value = SAMPLES[sample]()
    hash(value)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(value, protocol))  # noqa: S301  # our own bytes
        assert back == value
        assert hash(back) == hash(value)
    assert copy.deepcopy(value) == copy.copy(value) == value


HASHES: Final = """
import pickle, sys
value = pickle.loads(sys.stdin.buffer.read())
again = type(value).model_validate_json(value.model_dump_json())
print(value == again, hash(value) == hash(again), len({value, again}))
"""


@pytest.mark.parametrize("make", [weekday_clinic, small_protocol, small_plan], ids=["clinic", "protocol", "plan"])
def test_i14_a_value_from_another_process_hashes_as_one_made_here(make: Callable[[], Model]) -> None:
    """A hash of text is another one in each process: a remembered one must not travel."""
    value = make()
    hash(value)
    ran = subprocess.run(
        [sys.executable, "-c", HASHES],
        input=pickle.dumps(value),
        env=os.environ | {"PYTHONHASHSEED": "4242"},
        capture_output=True,
        check=True,
    )
    assert ran.stdout.split() == [b"True", b"True", b"1"]


def test_i14_json_carries_its_schema_version() -> None:
    assert json.loads(small_plan().model_dump_json())["schema_version"] == 2
    assert next(iter(json.loads(small_plan().model_dump_json()))) == "schema_version"


@pytest.mark.parametrize("version_number", [3, 99, 10**5_000], ids=["3", "99", "5000-digits"])
def test_i14_an_unknown_newer_version_is_refused(version_number: int) -> None:
    refusal = refusal_of(lambda: Plan.model_validate(plan_with("schema_version", version_number)))
    assert refusal.code == "newer-schema"
    assert refusal.place
    assert len(refusal.text) < 1_000


@pytest.mark.parametrize("version_number", [0, -1])
def test_i14_an_unknown_older_version_is_refused(version_number: int) -> None:
    refusal = refusal_of(lambda: Plan.model_validate(plan_with("schema_version", version_number)))
    assert (refusal.code, refusal.place) == ("out-of-range", "schema_version")


def test_i14_the_json_fits_its_published_schema() -> None:
    schema = Plan.model_json_schema(mode="serialization")
    validator = jsonschema.Draft202012Validator(schema)
    for plan in (small_plan(), full_plan()):
        validator.validate(json.loads(plan.model_dump_json()))
    broken = {**plan_with("plan_id", "a b"), "revision": -1}
    found = {tuple(error.absolute_path) for error in validator.iter_errors(broken)}
    assert ("plan_id",) in found
    assert ("revision",) in found


def test_j05_j06_the_versions_of_the_data_stand_in_the_plan() -> None:
    made = small_plan().provenance
    assert (made.tzdata, made.holidays) == (version("tzdata"), version("holidays"))
    assert made.library == version("lemtrada_schedule")


# --- errors -----------------------------------------------------------------------------------------------

ERRORS: Final[list[tuple[ScheduleError, type[Exception]]]] = [
    (MissingExtra("tables", "pyarrow"), ImportError),
    (ScheduleError("a-code", "a message", place="here"), Exception),
    (InvalidInput([Problem("span", "a.0", "one"), Problem("zone", "b", "two")]), ValueError),
    (FrozenValue("frozen-value", "values are frozen", place="name"), AttributeError),
    (UnknownName("unknown-name", "no such name", place="protocol"), LookupError),
    (UnreadableFile("encoding", "is not UTF-8 text", place="c.toml"), OSError),
    (LocalTimeError("nonexistent-local-time", "no", place="infusion_starts", nearest=("01:59", "03:00")), ValueError),
    (HolidayDataMissing("holiday-data-missing", "no data", place="country"), LookupError),
    (
        NoFeasibleStart("no block", place="clinic", longest_run=2, not_before=START, last_start=date(2028, 1, 12)),
        RuntimeError,
    ),
    (PlanMismatch("plan-mismatch", "another protocol", place="plan"), ValueError),
    (ScreenDiffers("screen-differs", "do not use this report", place="cohort"), RuntimeError),
]
every_error = pytest.mark.parametrize(("error", "kin"), ERRORS, ids=[type(error).__name__ for error, _ in ERRORS])


@every_error
def test_errors_are_one_family_and_each_has_kin_in_the_standard_library(
    error: ScheduleError, kin: type[Exception]
) -> None:
    assert isinstance(error, ScheduleError)
    assert isinstance(error, kin)
    assert error.code == error.code.lower().replace("_", "-")
    assert error.place
    assert error.message
    assert str(error).splitlines()[0] == f"{error.place}: {error.message} [{error.code}]"


def test_every_error_is_there() -> None:
    assert {type(error) for error, _ in ERRORS} == {ScheduleError, *ScheduleError.__subclasses__()}
    assert len(ERRORS) == 11


@every_error
def test_errors_survive_pickling_and_copying(error: ScheduleError, kin: type[Exception]) -> None:
    for back in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301  # our own bytes
        assert type(back) is type(error)
        assert isinstance(back, kin)
        assert (str(back), back.args, vars(back)) == (str(error), error.args, vars(error))


def test_an_error_without_a_place_is_a_sentence_and_a_code() -> None:
    assert str(ScheduleError("a-code", "a message")) == "a message [a-code]"


def test_the_problems_of_several_parts_can_be_put_below_a_name() -> None:
    error = InvalidInput([Problem("span", "a", "one"), Problem("zone", "", "two")]).under("file")
    assert str(error) == "file: a: one [span]\nfile: two [zone]"
    assert (error.code, error.place, error.message) == ("span", "file: a", "one")


@pytest.mark.parametrize(("count", "lines", "last"), [(50, 50, "49: m [c]"), (51, 51, "… and 1 more")])
def test_fifty_problems_are_shown(count: int, lines: int, last: str) -> None:
    error = InvalidInput(Problem("c", str(n), "m") for n in range(count))
    assert len(error.problems) == count
    assert len(str(error).splitlines()) == lines
    assert str(error).splitlines()[-1] == last


def test_several_nouns_at_fault_are_told_together() -> None:
    """A validator that finds several faults puts each at its place, below the noun's own."""
    with pytest.raises(InvalidInput) as caught:
        weekday_clinic().model_copy(update={"subdivision": "MA", "opening_hours": hours_on("mon")})
    assert [(p.code, p.place) for p in caught.value.problems] == [
        ("missing-field", "country"),
        ("no-feasible-start", "opening_hours"),
    ]


# --- public names -----------------------------------------------------------------------------------------

PUBLIC: Final = [
    "Activity", "Bookings", "Change", "ChangeKind", "Clinic", "ConvertedDay", "Course", "CourseStart", "CourseStatus",
    "CourseVerdict", "Decision", "Derivation", "DueItem", "Evaluation", "FileRows", "Finding", "Forecast",
    "ForecastStatus", "FrozenValue", "History", "HolidayDataMissing", "InfusionDay", "InfusionRecord", "Intake",
    "InvalidInput", "Laboratory", "LocalTimeError", "MissingExtra", "Monitoring", "NoFeasibleStart", "NotAssessed",
    "Observation", "Offset", "Page", "PassedOver", "Period", "Plan", "PlanMismatch", "Problem", "Protocol",
    "ReadFile", "RecordStatus", "RecordedOverride", "RefusedRow", "Report", "Revision", "Row", "Rows",
    "ScheduleError", "ScreenDiffers", "Severity", "SkippedRows", "Source", "Span", "TestDate", "TestState",
    "TimeWindow", "Timeline", "TreatmentStatus", "UnknownName", "UnreadableFile", "Visit", "Worklist", "add_months",
    "audit", "audit_spark", "check_clinic", "compare", "due", "evaluate", "explain", "find_course_starts", "forecast",
    "load_protocol", "load_source", "parse_clinic", "parse_histories", "parse_plan", "parse_protocol", "parse_source",
    "plan_treatment", "protocol_names", "protocol_to_fhir", "read_clinic", "read_decisions", "read_histories",
    "read_plan", "read_protocol", "replan", "source_names", "timeline", "to_csv", "to_fhir", "to_html", "to_ics",
    "to_rows", "to_text", "worklist",
]  # fmt: skip


def test_the_public_names() -> None:
    assert lemtrada_schedule.__all__ == sorted(lemtrada_schedule.__all__) == PUBLIC


SETS_OF_WORDS: Final = [name for name in PUBLIC if get_origin(getattr(lemtrada_schedule, name)) is not None]
"""Choices and unions: aliases that only type checkers need, with their docstrings in the source."""


def test_the_sets_of_words_are_few() -> None:
    assert SETS_OF_WORDS == [
        "Activity", "ChangeKind", "CourseStatus", "ForecastStatus", "RecordStatus", "Severity", "TestState",
        "TreatmentStatus",
    ]  # fmt: skip


@each(sorted(set(PUBLIC) - set(SETS_OF_WORDS)))
def test_every_public_name_says_what_it_is(name: str) -> None:
    thing = getattr(lemtrada_schedule, name)
    said = inspect.unwrap(thing).__doc__
    assert said
    assert said.strip()[0].isupper()
    assert thing.__module__.startswith("lemtrada_schedule.")


@each(nouns())
def test_every_noun_is_frozen_strict_and_closed(noun: type[Model]) -> None:
    config = noun.model_config
    assert (config["frozen"], config["strict"], config["extra"]) == (True, True, "forbid")
    assert noun.__doc__ or noun.__name__.startswith("_")


def test_choices_are_told_apart_from_free_text() -> None:
    """A field with a fixed set of words is a `Literal`: `status`, `severity`, `basis`."""
    assert set(get_args(Finding.model_fields["severity"].annotation)) == {"error", "warning", "note"}
    assert get_origin(Finding.model_fields["severity"].annotation) is Literal


# --- J: environment -----------------------------------------------------------------------------------------

WORLDS: Final = {
    "J01-hash-seed": {"PYTHONHASHSEED": "4242"},
    "J02-time-zone": {"TZ": "Pacific/Apia"},
    "J03-locale": {"LC_ALL": "C", "LANG": "de_DE.UTF-8", "LANGUAGE": "de", "PYTHONUTF8": "0"},
    "J04-optimised": {"PYTHONOPTIMIZE": "2"},
}


@cache
def printed_at_home(form: str) -> bytes:
    return printed_in({}, form)


def printed_in(world: dict[str, str], form: str) -> bytes:
    question = ["plan", "2027-01-11", "--protocol", "us-2024-05", "--clinic", "examples/boston.toml"]
    question += ["--as-of", "2026-11-22", "--format", form]
    return subprocess.run(
        [sys.executable, "-m", "lemtrada_schedule", *question],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "0", "TZ": "UTC"} | world,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    ).stdout


@pytest.mark.sweep
@pytest.mark.parametrize("name", WORLDS)
def test_the_world_around_changes_nothing(name: str) -> None:
    """The whole matrix runs in `test_determinism.py`, for JSON."""
    form = "csv" if name.startswith("J02") else "table"
    assert printed_in(WORLDS[name], form) == printed_at_home(form)


def test_j04_the_day_of_asking_has_no_default_but_none() -> None:
    """`as_of=date.today()` would be frozen when the module is imported."""
    assert inspect.signature(plan_treatment).parameters["as_of"].default is None
    for verb in (evaluate, forecast, replan):
        assert inspect.signature(verb).parameters["as_of"].default is inspect.Parameter.empty


def test_j07_threads_that_plan_together_get_equal_plans() -> None:
    """The caches are shared, what is in them does not change."""
    with file_holding(CLINIC.replace("A clinic for tests", "Threads"), "clinic.toml") as path:
        clinic = read_clinic(path).model_copy(update={"country": "US", "subdivision": "NY"})
    protocol = load_protocol("us-2024-05")
    barrier = threading.Barrier(8)
    written: list[str] = []

    def plan_at_once() -> None:
        barrier.wait()
        plans = [plan_treatment(protocol, clinic, not_before=date(2027, month, 11)) for month in (1, 2, 3, 4)]
        written.extend(plan.model_dump_json() for plan in plans)

    threads = [threading.Thread(target=plan_at_once) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written) == 32
    assert len(set(written)) == 4


def test_j08_copies_of_the_tests_are_not_collected() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert options["testpaths"] == ["tests"]
    assert {"mutants", "build", "dist", ".*"} <= set(options["norecursedirs"])
    assert options["filterwarnings"] == ["error"]


def test_what_goes_out_is_made_of_values_alone() -> None:
    """Exports are functions: none of them changes what it shows."""
    plan = full_plan()
    before = plan.model_dump_json()
    assert to_text(plan) == to_text(plan)
    assert to_csv(to_rows(plan)) == to_csv(to_rows(plan))
    assert plan.model_dump_json() == before


def test_protocols_are_values_too() -> None:
    assert isinstance(load_protocol("us-2024-05"), Protocol)
    assert load_protocol("us-2024-05") == load_protocol("us-2024-05").model_copy()
