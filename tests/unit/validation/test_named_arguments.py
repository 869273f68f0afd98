"""An error about an argument names it: each argument of each public function, and of the values' own functions.

Programs show an error beside the field that it is about, and the command line names the option: both need the name.
"""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import pyarrow as pa
import pytest

import lemtrada_schedule
from lemtrada_schedule import (
    InvalidInput,
    Revision,
    ScheduleError,
    audit,
    load_protocol,
    load_source,
    plan_treatment,
    read_histories,
    replan,
    to_fhir,
    to_ics,
    to_rows,
)
from tests.support.for_each import each
from tests.support.histories import EU, EVERY_DAY, US, day, decision, history, run

GIVEN: Final = history(run("2027-01-11", 5))
START: Final = day("2027-01-11")
PLAN: Final = plan_treatment(US, EVERY_DAY, not_before=START, courses=1, plan_id="p1")
STAMP: Final = datetime(2026, 11, 22, tzinfo=UTC)
COHORT: Final = pa.Table.from_pylist([{"patient": "p1", "date": START}])

ASKED: Final = {"protocol": US, "clinic": EVERY_DAY}

CALLS: Final[dict[str, dict[str, Any]]] = {
    "add_months": {"dates": pa.array([START]), "months": 12, "rounding": "later"},
    "audit": {"cohort": COHORT, "protocol": US, "as_of": START},
    "check_clinic": {"clinic": EVERY_DAY},
    "compare": {"old_plan": PLAN, "new_plan": PLAN},
    "due": {"plan": PLAN, "as_of": START, "first_day": START, "last_day": START},
    "evaluate": {"history": GIVEN, "protocol": US, "as_of": START},
    "explain": {"x": PLAN.courses[0]},
    "find_course_starts": {"clinic": EVERY_DAY, "infusion_days": 5, "not_before": START},
    "forecast": {"history": GIVEN, "protocol": US, "as_of": START},
    "load_protocol": {"name": "us"},
    "load_source": {"name_or_path": "omop"},
    "parse_clinic": {"data": "name = 1"},
    "parse_histories": {"data": "patient,date", "format": "csv"},
    "parse_plan": {"data": "{}"},
    "parse_protocol": {"data": "id = 1"},
    "parse_source": {"data": "id = 1"},
    "plan_treatment": {**ASKED, "not_before": START},
    "protocol_to_fhir": {"protocol": US},
    "read_clinic": {"path": "examples/boston.toml"},
    "read_decisions": {"path": "decisions.json"},
    "read_histories": {"path": "history.csv"},
    "read_plan": {"path": "plan.json"},
    "read_protocol": {"path": "protocol.toml"},
    "replan": {**ASKED, "plan": PLAN, "history": GIVEN, "as_of": START},
    "to_csv": {"rows": to_rows(PLAN)},
    "to_fhir": {"plan": PLAN, "subject": "Patient/1"},
    "to_html": {"plan": PLAN},
    "timeline": {"plan": PLAN},
    "to_ics": {"plan": PLAN, "stamp": STAMP, "method": "PUBLISH", "organizer": "clinic@example.org"},
    "to_rows": {"plan": PLAN},
    "to_text": {"x": PLAN, "detail": "summary"},
    "worklist": {"pairs": [(PLAN, GIVEN)], "as_of": START, "first_day": START, "last_day": START},
}
"""Arguments that each public function takes."""

LEFT_OUT: Final = {"audit_spark", "protocol_names", "source_names"}
"""The first needs Spark, and has the arguments of `audit`; the others take none."""

EACH: Final = [
    (name, argument) for name in CALLS for argument in inspect.signature(getattr(lemtrada_schedule, name)).parameters
]


def argument_of(call: Callable[[], object]) -> str | None:
    """Return which argument the error of a call names; of several problems, each must name the same one."""
    with pytest.raises(ScheduleError) as caught:
        call()
    error = caught.value
    if isinstance(error, InvalidInput):
        assert {problem.argument for problem in error.problems} == {error.argument}
    return error.argument


def test_each_public_function_is_called_here() -> None:
    public = {name for name in lemtrada_schedule.__all__ if name.islower()}
    assert public == CALLS.keys() | LEFT_OUT, "add a call of each public function to CALLS"


@each(EACH)
def test_an_argument_of_a_wrong_type_is_named(one: tuple[str, str]) -> None:
    name, argument = one
    function = getattr(lemtrada_schedule, name)
    assert argument_of(lambda: function(**{**CALLS[name], argument: object()})) == argument


LATER: Final = PLAN.model_copy(update={"revision": 1})
OTHER: Final = PLAN.model_copy(update={"plan_id": "p2"})
MOVED: Final = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-12"), courses=1, plan_id="p1")
WRITTEN: Final = Revision.model_validate_json(
    replan(PLAN, US, EVERY_DAY, history=GIVEN, as_of=day("2027-01-16")).model_dump_json()
)
"""A revision from a file does not have the plan before it."""

calendar = partial(to_ics, PLAN, stamp=STAMP)
WORDS: Any = "1 day"
resumed = [decision(1, "resume"), decision(1, "resume")]


@pytest.mark.parametrize(
    ("call", "argument", "place"),
    [
        (lambda: load_protocol("uk"), "name", "protocol"),
        (lambda: load_source("claim"), "name_or_path", "name_or_path"),
        (lambda: read_histories("history.csv", source="claim"), "source", "source"),
        (lambda: calendar(reminders=[timedelta(days=-1)]), "reminders", "reminders.0"),
        (lambda: calendar(reminders=[timedelta(0), WORDS]), "reminders", "reminders.1"),
        (lambda: calendar(location=""), "location", "location"),
        (lambda: calendar(location="x\u202ey"), "location", "location"),
        (lambda: calendar(organizer="clinic@example.org"), "method", "method"),
        (lambda: calendar(method="PUBLISH"), "organizer", "organizer"),
        (lambda: calendar(method="PUBLISH", organizer="clinic"), "organizer", "organizer"),
        (lambda: calendar(since=OTHER), "since", "since"),
        (lambda: calendar(since=LATER), "since", "since"),
        (lambda: calendar(since=MOVED), "since", "since"),
        (lambda: to_ics(WRITTEN, stamp=STAMP), "since", "since"),
        (lambda: calendar(stamp=datetime(1999, 1, 1, tzinfo=UTC)), "stamp", "stamp"),
        (lambda: to_fhir(PLAN, subject="p1"), "subject", "subject"),
        (lambda: audit(COHORT, US, as_of=START, folder="none"), "folder", "folder"),
        (lambda: audit(COHORT, US, as_of=START).flagged("extra-infusion"), "codes", "codes"),  # type: ignore[arg-type]  # refused
        (lambda: audit(COHORT, US, as_of=START).flagged(["extra"]), "codes", "codes"),
        (lambda: replan(PLAN, EU, EVERY_DAY, history=GIVEN, as_of=START), "protocol", "protocol"),
        (
            lambda: replan(PLAN, US, EVERY_DAY, history=GIVEN, as_of=START, decisions=resumed),
            "decisions",
            "decisions",
        ),
    ],
)
def test_an_argument_of_a_wrong_value_is_named(call: Callable[[], object], argument: str, place: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        call()
    assert (caught.value.argument, caught.value.place) == (argument, place)


def test_every_column_that_is_not_named_by_text_is_reported() -> None:
    with pytest.raises(InvalidInput) as caught:
        audit(COHORT, US, as_of=START, patient=3, course=b"c")  # type: ignore[arg-type]  # that is refused
    assert [(one.argument, one.message) for one in caught.value.problems] == [
        ("patient", "expected the name of a column, got a whole number"),
        ("course", "expected the name of a column, got a value of type bytes"),
    ]
