# the ids are those of the list of invariants
"""Invariants 41 and 42: whatever comes in, a result or an error of our family; and no error tells what came in.

41: never another exception, never a warning (pytest turns them into exceptions), and in time.
42: an error names its code and its place, and nowhere holds the value it refused.
"""

import copy
import json
import pickle
import re
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lemtrada_schedule import (
    Bookings,
    Clinic,
    History,
    Offset,
    Plan,
    Protocol,
    ScheduleError,
    Span,
    TimeWindow,
    compare,
    due,
    evaluate,
    explain,
    find_course_starts,
    forecast,
    load_protocol,
    load_source,
    parse_clinic,
    parse_histories,
    parse_plan,
    parse_protocol,
    parse_source,
    plan_treatment,
    protocol_to_fhir,
    read_clinic,
    read_decisions,
    read_histories,
    read_plan,
    read_protocol,
    replan,
    timeline,
    to_csv,
    to_fhir,
    to_html,
    to_ics,
    to_rows,
    to_text,
    worklist,
)
from lemtrada_schedule.plan.provenance import Provenance
from lemtrada_schedule.validation.model import Model
from tests.support.hostile_values import (
    CLINIC,
    JUNK,
    MARK,
    NAMES,
    ODD_DAY,
    Box,
    as_tree,
    fields_of,
    hostile_objects,
    kinds_of_places,
    mutated,
    mutated_toml,
    nouns,
    nouns_in,
    replaced,
    sample_decision,
    sample_history,
    sample_plan,
    samples,
    scrambled,
    small_plan,
)
from tests.support.plan_strategies import OWN_FILE, label_tables, shipped
from tests.support.record_files import administration, bundle

pytestmark = pytest.mark.sweep  # and an object that fails while coverage holds its lock stops the process for good
SECONDS: Final = 5.0
"""Far more than any answer takes; a search without end takes longer."""
ROOT: Final = Path(__file__).parents[2]
BOSTON: Final = (ROOT / "examples" / "boston.toml").read_text(encoding="utf-8")
NEW_YORK: Final = "America/New_York"
A_DAY: Final = date(2027, 1, 11)
LATER: Final = date(2027, 1, 20)
RECORDS: Final = ROOT / "examples" / "infusions.csv"
SCRAMBLED_PLAN: Final = st.deferred(lambda: scrambled(small_plan().model_dump_json().encode()))
FEW: Final = settings(max_examples=20)
"""Every door is asked by a test of its own; what they have in common is asked very often in all."""

WIDE: Final = settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def too_long(*_: object) -> NoReturn:
    """Fail where an answer never comes."""
    message = f"no answer within {SECONDS} seconds"
    raise AssertionError(message)


def outcome(ask: Callable[[], object]) -> ScheduleError | None:
    """Return the error of our family that was raised, or nothing; any other exception fails the test."""
    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    refusal = None
    try:
        ask()
    except ScheduleError as error:
        refusal = error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if refusal is not None:
        assert_well_formed(refusal)
    return refusal


def assert_well_formed(refusal: ScheduleError) -> None:
    """A code in kebab-case and a place, for the error and for each of its problems."""
    problems = getattr(refusal, "problems", (refusal,))
    assert problems
    for problem in (refusal, *problems):
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", problem.code)
        assert problem.place
        assert problem.message
    assert str(refusal)
    assert repr(refusal)


# --- 41: verbs -------------------------------------------------------------------------------


def asked_to_plan(**changes: Any) -> object:
    request: dict[str, Any] = {
        "protocol": load_protocol("eu-2020-01"),
        "clinic": samples()[Clinic],
        "not_before": A_DAY,
        "courses": 1,
        "as_of": A_DAY,
        "plan_id": "p7",
    } | changes
    protocol, clinic = request.pop("protocol"), request.pop("clinic")
    return plan_treatment(protocol, clinic, **request)


def asked_for_starts(**changes: Any) -> object:
    request: dict[str, Any] = {
        "clinic": samples()[Clinic],
        "infusion_days": 3,
        "not_before": A_DAY,
        "limit": 2,
        "within_days": 20,
    } | changes
    clinic, days = request.pop("clinic"), request.pop("infusion_days")
    return find_course_starts(clinic, days, **request)


def asked_from_the_midst(**changes: Any) -> object:
    return asked_to_plan(**{"history": sample_history(), "decisions": [sample_decision()], "as_of": LATER} | changes)


def asked_to_evaluate(**changes: Any) -> object:
    request: dict[str, Any] = {
        "history": sample_history(),
        "protocol": load_protocol("us-2024-05"),
        "as_of": LATER,
        "clinic": samples()[Clinic],
        "tolerance_days": 1,
    }
    return evaluate(**request | changes)


def asked_to_forecast(**changes: Any) -> object:
    request: dict[str, Any] = {
        "history": sample_history(),
        "protocol": load_protocol("us-2024-05"),
        "as_of": LATER,
        "past_due_after": "3 months",
        "decisions": [sample_decision()],
    }
    return forecast(**request | changes)


def asked_to_replan(**changes: Any) -> object:
    request: dict[str, Any] = {
        "plan": sample_plan(),
        "protocol": load_protocol("us-2024-05"),
        "clinic": samples()[Clinic],
        "history": sample_history(),
        "as_of": LATER,
        "decisions": [sample_decision()],
        "bookings": None,
        "accept_protocol": "us-2024-05",
    }
    return replan(**request | changes)


def asked_for_bookings(**changes: Any) -> object:
    request: dict[str, Any] = {"plans": [], "clinic": samples()[Clinic], "as_of": A_DAY, "day": A_DAY, "plan_id": "p7"}
    request |= changes
    day, name, plans = request.pop("day"), request.pop("plan_id"), request.pop("plans")
    return Bookings.of(plans, **request).without(name).taken_on(day)


def asked_to_compare(**changes: Any) -> object:
    return compare(**{"old_plan": sample_plan(), "new_plan": sample_plan()} | changes)


def asked_what_is_due(**changes: Any) -> object:
    request: dict[str, Any] = {
        "plan": sample_plan(),
        "history": sample_history(),
        "as_of": LATER,
        "first_day": A_DAY,
        "last_day": LATER,
        "clinic": samples()[Clinic],
        "grace_days": 1,
    }
    return due(**request | changes)


def asked_for_a_worklist(**changes: Any) -> object:
    request: dict[str, Any] = {
        "pairs": [(sample_plan(), sample_history())],
        "as_of": LATER,
        "first_day": A_DAY,
        "last_day": LATER,
        "clinic": samples()[Clinic],
        "grace_days": 1,
    }
    return worklist(**request | changes)


def asked_to_read(**changes: Any) -> object:
    request: dict[str, Any] = {"path": RECORDS, "time_zone": NEW_YORK, "ignore": (), "on_progress": None}
    return read_histories(**request | changes)


def asked_to_parse(**changes: Any) -> object:
    request: dict[str, Any] = {"data": "date\n", "format": "csv", "time_zone": NEW_YORK, "ignore": ()}
    return parse_histories(**request | changes)


def asked_for_a_history(**changes: Any) -> object:
    request: dict[str, Any] = {"dates": ["2027-01-11"], "patient": "p7", "infusions": None} | changes
    return History.from_dates(request.pop("dates"), **{k: v for k, v in request.items() if k != "infusions"})


def asked_for_a_calendar(**changes: Any) -> object:
    request: dict[str, Any] = {
        "plan": small_plan(),
        "stamp": datetime(2026, 11, 22, tzinfo=UTC),
        "titles": "clinical",
        "spans": "all-day",
        "reminders": (),
        "method": "PUBLISH",
        "organizer": "clinic@example.org",
    } | changes
    return to_ics(request.pop("plan"), **request)


QUESTIONS: Final[dict[str, tuple[Callable[..., object], tuple[str, ...]]]] = {
    "plan_treatment": (asked_to_plan, ("protocol", "clinic", "not_before", "courses", "as_of", "plan_id", "bookings")),
    "plan_treatment midway": (asked_from_the_midst, ("history", "decisions", "as_of", "courses", "not_before")),
    "find_course_starts": (asked_for_starts, ("clinic", "infusion_days", "not_before", "limit", "within_days")),
    "evaluate": (asked_to_evaluate, ("history", "protocol", "as_of", "clinic", "tolerance_days")),
    "forecast": (asked_to_forecast, ("history", "protocol", "as_of", "past_due_after", "decisions")),
    "replan": (
        asked_to_replan,
        ("plan", "protocol", "clinic", "history", "as_of", "decisions", "bookings", "accept_protocol"),
    ),
    "compare": (asked_to_compare, ("old_plan", "new_plan")),
    "Bookings": (asked_for_bookings, ("plans", "clinic", "as_of", "day", "plan_id")),
    "due": (asked_what_is_due, ("plan", "history", "as_of", "first_day", "last_day", "clinic", "grace_days")),
    "worklist": (asked_for_a_worklist, ("pairs", "as_of", "first_day", "last_day", "clinic", "grace_days")),
    "to_ics": (
        asked_for_a_calendar,
        ("plan", "stamp", "titles", "spans", "reminders", "location", "method", "organizer", "label", "refresh"),
    ),
    "read_histories": (asked_to_read, ("path", "time_zone", "ignore", "on_progress")),
    "parse_histories": (asked_to_parse, ("format", "time_zone", "ignore")),
    "from_dates": (asked_for_a_history, ("dates", "patient", "birth_date", "prior_medicines", "observations")),
}
"""Each verb of several arguments, with those that are asked with junk."""
ARGUMENTS: Final = [(name, argument) for name, (_, arguments) in QUESTIONS.items() for argument in arguments]


@pytest.mark.parametrize("name", QUESTIONS)
def test_I41_the_questions_themselves_are_answered(name: str) -> None:
    """Else each refusal below would prove nothing."""
    assert outcome(QUESTIONS[name][0]) is None


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
@FEW
@given(value=JUNK.filter(lambda box: not callable(box.value)))
def test_I41_verbs_of_several_arguments(name: str, argument: str, value: Box) -> None:
    outcome(lambda: QUESTIONS[name][0](**{argument: value.value}))


PARSERS: Final[dict[str, Callable[[Any], object]]] = {
    "parse_clinic": parse_clinic,
    "parse_plan": parse_plan,
    "parse_protocol": parse_protocol,
    "parse_source": parse_source,
    "parse_source extends": lambda junk: parse_source({"extends": junk}),
    "parse_histories source": lambda junk: parse_histories(junk, format="csv", source="claims"),
    "parse_protocol extends": lambda junk: parse_protocol({"extends": "us", "id": "x", "actions": [{"id": junk}]}),
    "parse_histories csv": lambda junk: parse_histories(junk, format="csv"),
    "parse_histories fhir": lambda junk: parse_histories(junk, format="fhir"),
}
"""Content in memory: text, bytes, or what somebody has parsed."""

RECORDS_IN_MEMORY: Final[dict[str, Callable[[Any], object]]] = {
    "parse_histories json": lambda junk: parse_histories(junk, format="json"),
    "parse_histories ndjson": lambda junk: parse_histories(junk, format="ndjson"),
    "parse_histories json date": lambda junk: parse_histories({"infusions": [{"date": junk}]}, format="json"),
    "parse_histories fhir resource": lambda junk: parse_histories(bundle(junk), format="fhir"),
    "parse_histories fhir status": lambda junk: parse_histories(bundle(administration(status=junk)), format="fhir"),
    "parse_histories fhir id": lambda junk: parse_histories([administration(id=junk)], format="ndjson"),
    "parse_histories fhir subject": lambda junk: parse_histories([administration(subject=junk)], format="ndjson"),
    "parse_histories fhir dose": lambda junk: parse_histories(
        [administration(dosage={"dose": {"value": junk, "unit": "mg"}})], format="ndjson"
    ),
    "parse_source column": lambda junk: parse_source({"columns": {"date": junk}}),
    "parse_source words": lambda junk: parse_source({"medicine": {"column": "m", "lemtrada": junk}}),
    "parse_source tests": lambda junk: parse_source({"tests": junk}),
    "parse_histories ndjson resource": lambda junk: parse_histories([junk], format="ndjson"),
}
"""Content that is accepted, or of which a row is refused."""

ONE_ARGUMENT: Final[dict[str, Callable[[Any], object]]] = {
    "explain": explain,
    "load_protocol": load_protocol,
    "Span.parse": Span.parse,
    "Offset.parse": Offset.parse,
    "to_text": to_text,
    "to_text detail": lambda junk: to_text(small_plan(), detail=junk),
    "timeline": timeline,
    "timeline titles": lambda junk: timeline(small_plan(), titles=junk),
    "timeline as_of": lambda junk: timeline(small_plan(), as_of=junk),
    "to_html": to_html,
    "to_html titles": lambda junk: to_html(small_plan(), titles=junk),
    "to_html layout": lambda junk: to_html(small_plan(), layout=junk),
    "to_html language": lambda junk: to_html(small_plan(), language=junk),
    "to_html words": lambda junk: to_html(small_plan(), words=junk),
    "to_html first_weekday": lambda junk: to_html(small_plan(), first_weekday=junk),
    "to_rows": to_rows,
    "to_fhir": lambda junk: to_fhir(junk, subject="Patient/1"),
    "to_fhir subject": lambda junk: to_fhir(sample_plan(), subject=junk),
    "to_fhir posting": lambda junk: to_fhir(sample_plan(), subject="Patient/1", posting=junk),
    "protocol_to_fhir": protocol_to_fhir,
    **PARSERS,
    "Span.after day": lambda junk: Span.parse("12 months").after(junk, rounding="later"),
    "Span.after rounding": lambda junk: Span.parse("12 months").after(A_DAY, rounding=junk),
    "Span.after times": lambda junk: Span.parse("12 months").after(A_DAY, rounding="later", times=junk),
    "Offset.from_day": lambda junk: Offset.parse("last infusion + 4 months").from_day(junk, rounding="later"),
}


@pytest.mark.parametrize("name", [*ONE_ARGUMENT, *RECORDS_IN_MEMORY])
@FEW
@given(value=JUNK)
def test_I41_verbs_of_one_argument(name: str, value: Box) -> None:
    outcome(lambda: (ONE_ARGUMENT | RECORDS_IN_MEMORY)[name](value.value))


def may_be(argument: str, value: Any) -> bool:
    """Whether a hostile object is what the argument asks for: what it then does is its own affair."""
    is_iterable = hasattr(type(value), "__iter__")
    return (
        (argument in {"on_progress", "label"} and callable(value))
        or (argument == "time_zone" and type(value) is ZoneInfo)
        or (argument == "pairs" and is_iterable)
    )


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_I41_hostile_objects_at_verbs_of_several_arguments(name: str, argument: str) -> None:
    for value in hostile_objects():
        if not may_be(argument, value):
            assert outcome(lambda: QUESTIONS[name][0](**{argument: value})) is not None  # noqa: B023  # called at once


@pytest.mark.parametrize("name", [*ONE_ARGUMENT, *RECORDS_IN_MEMORY])
def test_I41_hostile_objects_at_verbs_of_one_argument(name: str) -> None:
    for value in hostile_objects():
        outcome(lambda: (ONE_ARGUMENT | RECORDS_IN_MEMORY)[name](value))  # noqa: B023  # called at once


# --- 41: nouns -------------------------------------------------------------------------------


def test_I41_every_noun_has_a_sample() -> None:
    assert {noun.__name__ for noun in nouns()} == {noun.__name__ for noun in samples()}
    assert len(nouns()) > 40


def ways_to_make(noun: type[Model], fields: dict[str, Any]) -> Iterator[Callable[[], object]]:
    yield lambda: noun(**fields)
    yield lambda: noun.model_validate(fields)
    yield lambda: noun.model_construct(**fields)
    yield lambda: noun.model_validate_strings(fields)
    yield lambda: samples()[noun].model_copy(update=fields)


@pytest.mark.parametrize("noun", nouns(), ids=lambda noun: noun.__name__)
@settings(max_examples=8)
@given(data=st.data())
def test_I41_nouns_made_of_junk(noun: type[Model], data: st.DataObject) -> None:
    fields = fields_of(noun)
    for _ in range(data.draw(st.sampled_from([1, 1, 2]))):
        name = data.draw(st.sampled_from([*fields, "cls", "self", MARK]) if fields else NAMES)
        fields[name] = data.draw(JUNK).value
    for make in ways_to_make(noun, fields):
        outcome(make)


@pytest.mark.parametrize("noun", nouns(), ids=lambda noun: noun.__name__)
def test_I41_hostile_objects_in_every_field(noun: type[Model]) -> None:
    for name in fields_of(noun):
        for value in hostile_objects():
            if issubclass(type(value), date) or (noun, name) == (Provenance, "clinic"):
                continue  # a derived date may be of a class that inherits from date; pydantic asks for the clinic's
            fields = fields_of(noun) | {name: value}
            outcome(lambda: noun(**fields))  # noqa: B023  # called at once


@FEW
@given(JUNK)
def test_I41_nouns_read_from_junk(box: Box) -> None:
    value = box.value
    for noun in (Plan, Clinic, Protocol, Span, TimeWindow):
        outcome(lambda: noun.model_validate(value))  # noqa: B023  # called at once
        outcome(lambda: noun.model_validate_json(value))  # noqa: B023  # called at once
        outcome(lambda: noun.model_validate_strings(value))  # noqa: B023  # called at once


@FEW
@given(st.binary() | SCRAMBLED_PLAN)
def test_I41_a_plan_from_any_bytes(data: bytes) -> None:
    outcome(lambda: Plan.model_validate_json(data))
    outcome(lambda: Plan.model_validate_json(data.decode("utf-8", "replace")))


def used(plan: Plan) -> None:
    """Do with a plan all that can be done."""
    again = Plan.model_validate_json(plan.model_dump_json())
    assert plan.model_dump_json() == again.model_dump_json()
    assert to_text(plan)
    assert to_csv(to_rows(plan))
    outcome(lambda: json.dumps(to_fhir(plan.model_copy(update={"plan_id": "p7"}), subject="Patient/1")).encode())
    outcome(lambda: to_ics(plan.model_copy(update={"plan_id": "p7"}), stamp=datetime(2026, 11, 22, tzinfo=UTC)))
    assert to_html(plan, titles="clinical")
    assert to_html(plan)
    assert timeline(plan, titles="clinical", as_of=date(2050, 1, 1))
    for noun in nouns_in(plan):
        outcome(lambda: explain(noun))  # noqa: B023  # called at once


@FEW
@given(st.deferred(lambda: mutated(as_tree(small_plan()))))
def test_I41_a_plan_with_something_wrong(tree: Any) -> None:
    """What is still a plan can be used as one; the rest is refused, by both ways in alike."""
    refusals = [
        outcome(lambda: used(Plan.model_validate(copy.deepcopy(tree)))),
        outcome(lambda: used(Plan.model_validate_json(json.dumps(tree)))),
    ]
    assert [refusal is None for refusal in refusals] in ([True, True], [False, False])


# --- 41: files -------------------------------------------------------------------------------

READERS: Final[dict[str, Callable[[Any], object]]] = {
    "read_protocol": read_protocol,
    "read_clinic": read_clinic,
    "load_source": load_source,
    "read_plan": read_plan,
    "read_histories": read_histories,
    "read_decisions": read_decisions,
}


@pytest.mark.parametrize("reader", READERS)
@FEW
@given(value=JUNK.filter(lambda box: not issubclass(type(box.value), str)))
def test_I41_paths_that_are_none(reader: str, value: Box) -> None:
    assert outcome(lambda: READERS[reader](value.value)) is not None


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["", ".", "/", "\0", "a\0b", "\ud800", "x" * 5_000, "/dev/zero", "no such file"])
def test_I41_paths_that_lead_nowhere(reader: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert outcome(lambda: READERS[reader](name)) is not None


@pytest.mark.parametrize("reader", READERS)
@WIDE
@given(data=st.binary())
def test_I41_files_of_any_bytes(reader: str, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert outcome(lambda: READERS[reader](path)) is not None


@WIDE
@given(text=mutated_toml(BOSTON))
def test_I41_clinic_files_with_something_wrong(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(text, encoding="utf-8")
    outcome(lambda: plan_treatment(load_protocol("eu-2020-01"), read_clinic(path), not_before=A_DAY))


SHIPPED_TEXT: Final = (Path(load_protocol.__code__.co_filename).parents[1] / "labels" / "us-2024-05.toml").read_text(
    encoding="utf-8"
)


@pytest.mark.parametrize("text", [SHIPPED_TEXT, OWN_FILE], ids=["shipped", "extends"])
@WIDE
@given(data=st.data())
def test_I41_protocol_files_with_something_wrong(tmp_path: Path, text: str, data: st.DataObject) -> None:
    """What is still a protocol can be planned by."""
    path = tmp_path / "protocol.toml"
    path.write_text(data.draw(mutated_toml(text)), encoding="utf-8")
    outcome(lambda: used(plan_treatment(read_protocol(path), CLINIC.noun(), not_before=A_DAY, courses=2)))


@WIDE
@given(
    data=scrambled(BOSTON.encode()) | scrambled(OWN_FILE.encode()) | scrambled(small_plan().model_dump_json().encode())
)
def test_I41_files_with_scrambled_bytes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    for reader in READERS.values():
        outcome(lambda: reader(path))  # noqa: B023  # called at once


STRANGE_FILES: Final = {
    "byte order mark": b"\xef\xbb\xbf",
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "latin-1": 'title = "Pr\u00e4paration"'.encode("latin-1"),
    "deep lists": b"a = " + b"[" * 50_000,
    "deep json": b"[" * 50_000,
    "deep tables": b"[" + b"a." * 3_000 + b"a]\nb = 1",
    "deep json tables": b'{"courses":' * 50_000 + b"1" + b"}" * 50_000,
    "a long number": b"a = " + b"9" * 5_000,
    "a long json number": b'{"revision": ' + b"9" * 5_000 + b"}",
    "nan": b'{"revision": NaN}',
    "key twice": b'{"revision": 1, "revision": 1}',
    "surrogate": b'{"protocol": "\\ud800"}',
    "id is a list": b'extends = "us-2024-05"\nid = "x"\n[[actions]]\nid = ["x"]\n',
    "id is a table": b'extends = "us-2024-05"\nid = "x"\n[[actions]]\nid = { a = 1 }\n',
    "actions is text": b'extends = "us-2024-05"\nid = "x"\nactions = "x"\n',
    "remove is a table": b'extends = "us-2024-05"\nid = "x"\nremove = { a = 1 }\n',
    "extends is a list": b'extends = ["us"]\n',
    "sources is a list": b'extends = "us-2024-05"\nid = "x"\nsources = [1]\n',
    "courses is a number": b'extends = "us-2024-05"\nid = "x"\ncourses = 5\n',
    "larger than allowed": b"#" * (17 * 1024 * 1024),
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE_FILES)
def test_I41_strange_files(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(STRANGE_FILES[name])
    for reader in READERS.values():
        assert outcome(lambda: reader(path)) is not None  # noqa: B023  # called at once


@pytest.mark.parametrize("name", STRANGE_FILES)
def test_I41_strange_content(name: str) -> None:
    for parse in PARSERS.values():
        assert outcome(lambda: parse(STRANGE_FILES[name])) is not None  # noqa: B023  # called at once
    for parse in RECORDS_IN_MEMORY.values():
        outcome(lambda: parse(STRANGE_FILES[name]))  # noqa: B023  # called at once


COUNTRIES: Final = ("AE", "AU", "BR", "BV", "CA", "CH", "CN", "DE", "GB", "IN", "IR", "JP", "LK", "SA", "UA", "ZA")


@pytest.mark.parametrize("country", COUNTRIES)
def test_I41_countries_of_the_holiday_data(country: str) -> None:
    """A plan, or a refusal because the data end."""
    clinic = Clinic(**CLINIC.changed(country=country, subdivision=None).fields())
    refusal = outcome(lambda: plan_treatment(load_protocol("us-2024-05"), clinic, not_before=A_DAY))
    assert refusal is None or refusal.code in {"holiday-data-missing", "no-feasible-start"}


@FEW
@given(st.text(max_size=3) | st.text("ABUSDE", min_size=2, max_size=2), st.none() | st.text(max_size=4))
def test_I41_any_country(country: str, subdivision: str | None) -> None:
    fields = CLINIC.fields() | {"country": country, "subdivision": subdivision}
    outcome(lambda: plan_treatment(load_protocol("us-2024-05"), Clinic(**fields), not_before=A_DAY))


# --- 42: no error tells what came in ---------------------------------------------------------

TOKENS: Final[tuple[Any, ...]] = (
    MARK,
    ODD_DAY,
    "19/07/1831",
    77_192_831,
    7_719.2831,
    date(1831, 7, 19),
    datetime(1831, 7, 19, 10, 30),
    MARK.encode(),
    [MARK],
    {"title": MARK},
    {"date": ODD_DAY},
)
OPAQUE: Final = [
    *(("plan_id", token) for token in (MARK, ODD_DAY)),  # an opaque id may be anything that is one
    *(("patient", token) for token in (MARK, ODD_DAY, "19/07/1831")),
    *(("ignore", token) for token in ([MARK],)),
    *(("location", token) for token in (MARK, ODD_DAY, "19/07/1831")),  # text of the clinic's, for the calendar
]
"""What is no mistake, and is taken."""
TRACES: Final = (MARK, ODD_DAY, "1831", "19/07", "77192831", "77_192", "7719")
"""What would be left of a token in words."""


def told_by(error: BaseException | None) -> Iterator[str]:
    """Yield all that an error holds, and the errors behind it."""
    while error is not None:
        yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
        problems: tuple[Any, ...] = getattr(error, "problems", ())
        yield from (repr(problem) for problem in problems)
        yield from getattr(error, "__notes__", ())
        error = error.__cause__ or error.__context__


def assert_silent(refusal: ScheduleError) -> None:
    told = "\n".join(told_by(refusal))
    assert [trace for trace in TRACES if trace in told] == []


def test_I42_a_leak_would_be_seen() -> None:
    for leaked in ("19/07/1831", date(1831, 7, 19), 77_192_831, MARK.encode(), [MARK]):
        with pytest.raises(AssertionError):
            assert_silent(ScheduleError("a-code", f"got {leaked!r}", place="here"))
    hidden = ScheduleError("a-code", "a message", place="here")
    hidden.__context__ = ValueError(MARK)
    with pytest.raises(AssertionError):
        assert_silent(hidden)


@pytest.mark.parametrize(("name", "argument"), [one for one in ARGUMENTS if one[1] != "path"])
def test_I42_arguments_of_verbs(name: str, argument: str) -> None:
    for token in TOKENS:
        refusal = outcome(lambda: QUESTIONS[name][0](**{argument: token}))  # noqa: B023  # called at once
        if refusal is None:
            assert (argument, token) in OPAQUE
            continue
        assert_silent(refusal)
        assert refusal.place.split(".")[0] in {argument, "infusions"}  # the days of `from_dates` are put there


@pytest.mark.parametrize("name", ONE_ARGUMENT)
def test_I42_verbs_of_one_argument(name: str) -> None:
    for token in TOKENS:
        refusal = outcome(lambda: ONE_ARGUMENT[name](token))  # noqa: B023  # called at once
        assert refusal is not None
        if name != "to_html words" or type(token) is not str:  # that names a file, as typed
            assert_silent(refusal)


def refusals_of(tree: Any, read: Callable[[Any], object], tokens: tuple[Any, ...]) -> Iterator[ScheduleError]:
    """Yield the refusals of a tree with a token in the place of each kind of node."""
    for paths in kinds_of_places(tree).values():
        for token in tokens:
            changed = replaced(tree, paths[0], token)
            refusal = outcome(lambda: read(changed))  # noqa: B023  # called at once
            if refusal is not None:
                yield refusal


JSON_TOKENS: Final = tuple(token for token in TOKENS if not isinstance(token, date | bytes))
NOUN_TREES: Final[dict[str, tuple[type[Model], int]]] = {
    "plan": (Plan, 700),
    "clinic": (Clinic, 100),
    "protocol": (Protocol, 500),
}


@pytest.mark.parametrize("name", NOUN_TREES)
def test_I42_a_token_in_each_place_of_a_noun(name: str) -> None:
    noun, least = NOUN_TREES[name]
    tree = as_tree(small_plan() if noun is Plan else samples()[noun])
    seen = 0
    for refusal in refusals_of(tree, noun.model_validate, TOKENS):
        assert_silent(refusal)
        seen += 1
    assert seen > least


def test_I42_a_token_in_each_place_of_a_protocol_file() -> None:
    """As its tables are read, and as one that extends another."""
    seen = 0
    for refusal in refusals_of(label_tables("eu-2020-01"), Protocol.model_validate, TOKENS):
        assert_silent(refusal)
        seen += 1
    assert seen > 500


def test_I42_a_token_in_each_place_of_a_plan_file(tmp_path: Path) -> None:
    path, seen = tmp_path / "plan.json", 0

    def read(tree: Any) -> object:
        path.write_text(json.dumps(tree), encoding="utf-8")
        return read_plan(path)

    for refusal in refusals_of(as_tree(small_plan()), read, (MARK, ODD_DAY, 77_192_831)):
        assert_silent(refusal)
        assert refusal.place.startswith(str(path))
        seen += 1
    assert seen > 200


CLINIC_FIELDS: Final = CLINIC.fields()
ODD_CLOSURE: Final = "2071-07-19"
CONTRADICTIONS: Final[dict[str, Callable[[], object]]] = {
    "a day twice": lambda: Clinic(**CLINIC_FIELDS | {"closures": [{"date": ODD_CLOSURE, "reason": "a"}] * 2}),
    "closed and open": lambda: Clinic(
        **CLINIC_FIELDS | {"closures": {ODD_CLOSURE: MARK}, "extra_open": {ODD_CLOSURE: MARK}}
    ),
    "no such day": lambda: Clinic(**CLINIC_FIELDS | {"closures": {"1831-02-30": MARK}}),
    "a day of another century": lambda: Clinic(**CLINIC_FIELDS | {"closures": {ODD_DAY: MARK}}),
    "hours of a token": lambda: Clinic(**CLINIC_FIELDS | {"opening_hours": {MARK: "08:00-17:00"}}),
    "hours that are a token": lambda: Clinic(**CLINIC_FIELDS | {"opening_hours": {"mon": MARK}}),
    "a subdivision without a country": lambda: Clinic(**CLINIC_FIELDS | {"country": None, "subdivision": "Q771"}),
    "no such country": lambda: plan_treatment(
        load_protocol("us-2024-05"), Clinic(**CLINIC_FIELDS | {"country": MARK}), not_before=A_DAY
    ),
    "no such subdivision": lambda: plan_treatment(
        load_protocol("us-2024-05"), Clinic(**CLINIC_FIELDS | {"subdivision": MARK}), not_before=A_DAY
    ),
    "a source that is not there": lambda: changed_protocol(cite=MARK),
    "an action twice": lambda: changed_protocol(id=MARK, twice=True),
    "too many days": lambda: changed_protocol(title=MARK, days=[31]),
    "another zone": lambda: small_plan().model_copy(update={"time_zone": MARK}),
    "an end before its start": lambda: TimeWindow(
        time_zone=NEW_YORK,
        start=datetime(2071, 7, 19, 9, tzinfo=ZoneInfo(NEW_YORK)),
        end=datetime(2071, 7, 19, 8, tzinfo=ZoneInfo(NEW_YORK)),
    ),
    "a window of another zone": lambda: TimeWindow(
        time_zone=NEW_YORK,
        start=datetime(2071, 7, 19, 9, tzinfo=ZoneInfo("UTC")),
        end=datetime(2071, 7, 19, 10, tzinfo=ZoneInfo("UTC")),
    ),
    "no such time": lambda: TimeWindow.model_validate(
        {"time_zone": NEW_YORK, "start": "2071-07-19T25:00:00-04:00", "end": "2071-07-19T26:00:00-04:00"}
    ),
    "a value changed": lambda: setattr(small_plan(), "plan_id", MARK),  # the type checker knows better
}  # fmt: skip


def changed_protocol(*, twice: bool = False, **changes: Any) -> object:
    """Return the US protocol with its corticosteroid action changed, at times twice."""
    tables = label_tables("us-2024-05")
    action = next(one for one in tables["actions"] if one["id"] == "corticosteroid") | changes
    return Protocol.model_validate(tables | {"actions": [*tables["actions"], action, *[action] * twice]})


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_I42_contradictions(name: str) -> None:
    refusal = outcome(CONTRADICTIONS[name])
    assert refusal is not None
    assert_silent(refusal)
    assert ODD_CLOSURE not in "\n".join(told_by(refusal))


def test_I42_unreadable_json_tells_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    for text in (f'{{"plan_id": "{MARK}"', f'{{"plan_id": {MARK}}}', f'{{"{MARK}": 1, "{MARK}": 2}}', f'"{MARK}"'):
        path.write_text(text, encoding="utf-8")
        for read in (lambda: read_plan(path), lambda: Plan.model_validate_json(text)):  # noqa: B023  # called at once
            refusal = outcome(read)
            assert refusal is not None
            assert_silent(refusal)


def test_I42_unreadable_toml_tells_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    for text in (f"{MARK}", f'a = "{MARK}', f"a = {MARK}", f"[{MARK}]\n[{MARK}]", f"a = 1831-07-39 # {MARK}"):
        path.write_text(text, encoding="utf-8")
        for read in (read_clinic, read_protocol):
            refusal = outcome(lambda: read(path))  # noqa: B023  # called at once
            assert refusal is not None
            assert_silent(refusal)


def test_I42_an_unknown_key_is_a_place_and_no_more() -> None:
    """It must be named, or nobody finds it; what stands at it is not."""
    refusal = outcome(lambda: Clinic(**CLINIC_FIELDS | {"strat": MARK}))
    assert refusal is not None
    assert (refusal.code, refusal.place) == ("unknown-key", "strat")
    assert_silent(refusal)


def test_I42_an_id_names_the_place_of_an_item_and_no_more() -> None:
    """As a key does: items of lists are found by it."""
    tree = as_tree(small_plan())
    tree["activities"][0] |= {"id": "the-item", "title": 5}
    refusal = outcome(lambda: Plan.model_validate(tree))
    assert refusal is not None
    assert refusal.place == "activities.the-item.title"
    assert "the-item" not in refusal.message


def test_I42_errors_travel_whole() -> None:
    """To another process, or copied: the same parts, and still nothing more."""
    for ask in CONTRADICTIONS.values():
        refusal = outcome(ask)
        assert refusal is not None
        for again in (pickle.loads(pickle.dumps(refusal)), copy.copy(refusal), copy.deepcopy(refusal)):  # noqa: S301  # our own bytes
            assert (type(refusal), str(refusal), vars(refusal)) == (type(again), str(again), vars(again))


def test_I42_no_plan_shows_more_than_its_name() -> None:
    plan = sample_plan().model_copy(update={"plan_id": MARK})
    assert MARK not in repr(plan)
    assert MARK not in str(plan)
    assert shipped("us-2024-05").protocol.id in repr(shipped("us-2024-05").protocol)
