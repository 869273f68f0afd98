"""Values that a caller may pass by mistake or on purpose, sample values of every noun, and mutations of valid data."""

import copy
import enum
import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from lemtrada_schedule import (
    Bookings,
    Intake,
    Laboratory,
    Plan,
    evaluate,
    find_course_starts,
    forecast,
    load_source,
    parse_source,
    plan_treatment,
    replan,
    worklist,
)
from lemtrada_schedule.clinic.stated import StatedClinic
from lemtrada_schedule.dates.periods import Period
from lemtrada_schedule.dates.spans import Offset, Span
from lemtrada_schedule.findings.finding import Finding, MissingFact, NotAssessed, Override
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.provenance import Provenance
from lemtrada_schedule.plan.visits import Visit
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.readers.fhir.records import parse_ndjson
from lemtrada_schedule.records.history import Decision, History, ReadFile, SkippedRows
from lemtrada_schedule.validation.model import Model
from tests.support.plan_strategies import WEEKDAYS, Case, ClinicFacts, shipped

MARK: Final = "Zq7PatientXY"
ODD_DAY: Final = "1831-07-19"


# --- hostile objects -------------------------------------------------------------------------


class HostilityError(RuntimeError):
    """The error that a hostile object raises whenever it is used; the library must not let it through."""


def touched(*_: object, **__: object) -> NoReturn:
    """Raise, whatever is asked of the object."""
    raise HostilityError(MARK)


SPECIAL: Final = (
    "eq", "ne", "lt", "le", "gt", "ge", "hash", "bool", "len", "iter", "next", "contains", "getitem", "str", "repr",
    "format", "bytes", "int", "float", "index", "call", "fspath", "add", "radd", "sub", "getattr", "enter", "reversed",
)  # fmt: skip
Hostile: Final = type("Hostile", (), {f"__{name}__": touched for name in SPECIAL})
HostileText: Final = type("HostileText", (str,), {f"__{name}__": touched for name in ("eq", "hash", "str", "len")})
HostileList: Final = type("HostileList", (list,), {f"__{name}__": touched for name in ("iter", "len", "getitem")})
HostileTable: Final = type("HostileTable", (dict,), {f"__{name}__": touched for name in ("iter", "len", "getitem")})
HostileDay: Final = type("HostileDay", (date,), {f"__{name}__": touched for name in ("le", "lt", "ge", "str", "eq")})
# As an unbound proxy of a web framework: it is asked what it is, and raises.
Pretender: Final = type("Pretender", (), {"__class__": property(touched)})
UnhashableKind: Final = type("UnhashableKind", (type,), {"__hash__": None})
Unhashable: Final = UnhashableKind("Unhashable", (), {})


class PathOfBytes(os.PathLike[bytes]):
    """A path that gives bytes."""

    def __fspath__(self) -> bytes:
        return MARK.encode()


class Colour(enum.Enum):
    """Some enumeration."""

    RED = MARK


@dataclass
class Row:
    """Some record that looks like a period."""

    first_day: date = date(2027, 1, 11)
    last_day: date = date(2027, 1, 15)


@cache
def hostile_objects() -> tuple[object, ...]:
    """Return objects that raise, lie, or have an unexpected type."""
    return (
        Hostile(), HostileText(MARK), HostileList([1]), HostileTable(id="us"), HostileDay(2027, 1, 11), Pretender(),
        Unhashable(), Unhashable, PathOfBytes(), Colour.RED, Row(), object(), int, Plan, Model, len, Ellipsis,
        NotImplemented, SimpleNamespace(id="us"), ZoneInfo("UTC"), uuid.UUID(int=7), (n for n in (1, 2)), range(3),
        memoryview(b"us"), timezone(timedelta(hours=5)), Decimal("NaN"), Decimal("sNaN"), Fraction(1, 3), 1j,
        nested_list(2_000), nested_list(20_000), nested_table(2_000), looped_list(), looped_table(), shared_lists(60),
    )  # fmt: skip


def nested_list(depth: int) -> list[Any]:
    """Return a list in a list in a list, and so on."""
    made: list[Any] = []
    for _ in range(depth):
        made = [made]
    return made


def nested_table(depth: int) -> dict[str, Any]:
    """Return a table in a table in a table, and so on."""
    made: dict[str, Any] = {}
    for _ in range(depth):
        made = {"courses": made, "id": "us"}
    return made


def shared_lists(depth: int) -> list[Any]:
    """Return nested lists that hold the next one twice: few objects, but exponentially many paths."""
    made: list[Any] = ["us"]
    for _ in range(depth):
        made = [made, made]
    return made


def looped_list() -> list[Any]:
    """Return a list that holds itself."""
    made: list[Any] = []
    made.append(made)
    return made


def looped_table() -> dict[str, Any]:
    """Return a table that holds itself."""
    made: dict[str, Any] = {"id": "us"}
    made["courses"] = made
    return made


# --- valid data ------------------------------------------------------------------------------

CLINIC: Final = ClinicFacts(
    hours=tuple((day, "08:00-17:00") for day in WEEKDAYS[:5]),
    closures=(date(2027, 1, 14), date(2028, 1, 19)),
    extra_open=(date(2027, 1, 16),),
    fully_booked=(date(2027, 1, 12),),
    country="US",
    subdivision="MA",
)


@cache
def sample_plan() -> Plan:
    """Return a plan that holds every kind of activity, findings, closures and starts passed over."""
    case = Case(shipped("us-2024-05"), CLINIC, date(2027, 1, 11), 2, date(2027, 1, 11))
    return case.planned().model_copy(update={"plan_id": "p7"})


@cache
def small_plan() -> Plan:
    """Return a plan of one course with one activity of each kind and three dates in its series: quick to read."""
    us = shipped("us-2024-05").protocol
    kinds = {action.kind: action for action in reversed(us.actions) if action.id != us.contraception.id}
    kinds["series"] = kinds["series"].model_copy(update={"until": "last infusion + 3 months", "per": "course"})
    few = us.model_copy(update={"actions": [us.contraception, *kinds.values()]})
    asked: dict[str, Any] = {"not_before": date(2027, 1, 11), "as_of": date(2027, 1, 11), "courses": 1}
    plan = plan_treatment(few, CLINIC.noun(), plan_id="p7", **asked)
    # It can be made again by the whole protocol.
    whole = {"protocol_digest": us.date_digest, "rules": us, "sources": us.cited_sources}
    provenance = plan.provenance.model_copy(update=whole)
    return plan.model_copy(update={"provenance": provenance})


@cache
def sample_history() -> History:
    """Return a history with one of everything: two of five days given, one of them twice, and a count."""
    day = date(2027, 1, 11)
    accepted = {"code": "course-interrupted", "by": "Dr A", "why": "known", "on": day}
    return History.from_dates(
        [day, day, day + timedelta(1)],
        patient="p7",
        birth_date=date(1990, 1, 1),
        prior_medicines=2,
        observations=[{"date": day, "code": "cd4", "value": 230}],
        overrides=[accepted],
    )


@cache
def sample_decision() -> Decision:
    """Return a decision on the course of the sample history."""
    return Decision(course=1, decision="resume", by="Dr A", why="asked", on=date(2027, 1, 20))


def sample_intakes() -> list[Intake]:
    """Return the intakes of two files: one with a refused row, one with a timestamp of another day."""
    stamped = {"resourceType": "MedicationAdministration", "status": "completed", "subject": {"reference": "p1"}}
    medicine = {"coding": [{"system": "http://www.whocc.no/atc", "code": "L04AG06"}]}
    timed = stamped | {"medicationCodeableConcept": medicine, "effectiveDateTime": "2027-01-12T03:30:00Z"}
    lines = [json.dumps(timed), json.dumps({"resourceType": "Encounter"})]
    return [parse_csv("date\n2027-01-11\n2027-01\n"), parse_ndjson(lines, time_zone="America/New_York")]


@cache
def samples() -> dict[type[Model], Model]:
    """Return a valid value of every noun."""
    finding = (
        sample_plan()
        .findings[0]
        .model_copy(update={"override": Override(by="Dr A", why="known", on=date(2027, 1, 11))})
    )
    rules, as_of = shipped("us-2024-05").protocol, date(2027, 1, 20)
    how: dict[str, Any] = {"history": sample_history(), "as_of": as_of}
    roots: list[Model] = [
        sample_plan(),
        finding,
        sample_history(),
        *sample_intakes(),
        evaluate(protocol=rules, **how),
        forecast(protocol=rules, decisions=[sample_decision()], **how),
        replan(small_plan(), rules, CLINIC.noun(), decisions=[sample_decision()], **how),
        shipped("us-2024-05").protocol,
        shipped("eu-2020-01").protocol,
        CLINIC.noun(),
        Period(first_day=date(2027, 1, 11)),
        Span.parse("12 months"),
        Offset.parse("last infusion + 4 months"),
        NotAssessed.of("deadline-passed", MissingFact(kind="as_of")),
        SkippedRows(resource="Encounter", count=1),
        ReadFile(name="Patient.ndjson", first_row=1, rows=1),
        Laboratory(weekdays=["mon"]),
        load_source("claims"),
        parse_source({"columns": {"date": "d", "action": "a"}, "actions": {"started": ["x"]}, "tests": {"L|1": "cd4"}}),
        StatedClinic.model_validate(CLINIC.noun().model_dump(mode="json")),
        evaluate(sample_history().model_copy(update={"tests_recorded": ["blood-count"]}), rules, as_of=as_of),
        Bookings.of([sample_plan()], clinic=CLINIC.noun(), as_of=date(2027, 1, 11)),
        worklist([(sample_plan(), None)], as_of=as_of, first_day=as_of, last_day=date(2027, 2, 20)),
        *find_course_starts(CLINIC.noun(), 3, not_before=date(2027, 1, 15), limit=1),
    ]
    return {type(noun): noun for root in roots for noun in nouns_in(root)}


def nouns_in(value: object) -> Iterator[Model]:
    """Yield every noun in a value, itself first."""
    if isinstance(value, Model):
        yield value
        for name in type(value).model_fields:
            yield from nouns_in(getattr(value, name))
    elif isinstance(value, tuple):
        for part in value:
            yield from nouns_in(part)


def nouns() -> list[type[Model]]:
    """Return every type of the package that can be made: a subclass of `Model` without a leading underscore."""
    found, waiting = [], [Model]
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        waiting += subclasses
        found += [noun for noun in subclasses if not noun.__name__.startswith("_")]
    found = [noun for noun in found if noun.__module__.startswith("lemtrada_schedule.")]  # tests have models too
    return sorted(found, key=lambda noun: noun.__name__)


def fields_of(noun: type[Model]) -> dict[str, Any]:
    """Return the fields of a valid value of a noun."""
    value = samples()[noun]
    return {name: getattr(value, name) for name in type(value).model_fields}


# --- strategies --------------------------------------------------------------------------------

SURROGATES: Final = st.text(st.characters(codec=None, categories=("Cs", "Cc", "Cf", "Zl", "Lu", "Nd", "Po")))
SCALARS: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([400, 5_000]).map(lambda digits: 10**digits),  # the latter cannot be written as text
    st.sampled_from([2**63, 0, 1, 46_087, 1_735_689_600]),
    st.floats(),
    st.text(),
    SURROGATES,
    st.sampled_from(["us", "US", "us-2024-05", "2027-01-11", "2027-02-30", "12 months", "last infusion", "UTC", MARK]),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(ZoneInfo("America/New_York"))),
    st.times(),
    st.timedeltas(),
    st.decimals(),
)
HOSTILE: Final = st.integers(0, 10_000).map(lambda n: hostile_objects()[n % len(hostile_objects())])
NOUNS: Final[st.SearchStrategy[object]] = st.integers(0, 10_000).map(
    lambda n: list(samples().values())[n % len(samples())]
)
KEYS: Final = st.text(max_size=4) | st.none() | st.integers() | st.tuples(st.integers()) | st.binary(max_size=3)


class Box:
    """A hostile value, which hypothesis can show without using it."""

    def __init__(self, value: object) -> None:
        self.value: Any = value

    def __repr__(self) -> str:
        try:
            shown = repr(self.value)[:500]
        except Exception:  # noqa: BLE001  # hostile objects raise what they like
            shown = type(self.value).__name__
        return f"Box({shown})"


NESTED: Final = st.recursive(
    SCALARS | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)
JUNK: Final = st.one_of(SCALARS, HOSTILE, NOUNS, NESTED).map(Box)
NAMES: Final = st.sampled_from(["id", "kind", "cls", "self", "update", "_fields_set", "courses", "model_fields", MARK])


# --- valid data with something wrong ---------------------------------------------------------

Path = tuple[str | int, ...]
JSON_JUNK: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 1, 2, 10**30, 1.5, "", " ", MARK, ODD_DAY, "2027-02-30", "2199-12-31", "2200-01-01", "\x00",
    "\u202e", "\ud800", [], {}, [MARK], {MARK: 1}, [[]], "2027-01-11T09:00:00-05:00", "2026-03-08T02:30:00-05:00",
)  # fmt: skip


def places(tree: object, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every node below a tree."""
    steps: Any = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from places(inner, (*path, step))


def kinds_of_places(tree: object) -> dict[Path, list[Path]]:
    """Group the paths of a tree: those that differ only in the index of a list are of one kind."""
    groups: dict[Path, list[Path]] = {}
    for path in places(tree):
        groups.setdefault(tuple("*" if isinstance(step, int) else step for step in path), []).append(path)
    return groups


def node(tree: Any, path: Path) -> Any:
    """Return the node at a path."""
    for step in path:
        tree = tree[step]
    return tree


def replaced(tree: Any, path: Path, value: object) -> Any:
    """Return a copy of a tree with another value at a path; the nodes beside the path are those of the tree."""
    if not path:
        return value
    made = copy.copy(tree)
    made[path[0]] = replaced(tree[path[0]], path[1:], value)
    return made


@st.composite
def mutated(draw: st.DrawFn, tree: Any) -> Any:
    """Return a copy of a tree with one to three nodes deleted, replaced, doubled, or put in another's place."""
    made = copy.deepcopy(tree)
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        groups = kinds_of_places(made)
        if not groups:
            break
        path = draw(st.sampled_from(draw(st.sampled_from(list(groups.values())))))
        parent = node(made, path[:-1])
        match draw(st.sampled_from(["delete", "replace", "replace", "double", "swap"])):
            case "delete":
                del parent[path[-1]]
            case "replace":
                parent[path[-1]] = copy.deepcopy(draw(st.sampled_from(JSON_JUNK)))
            case "double" if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[int(path[-1])]))
            case "double":
                parent[draw(NAMES)] = copy.deepcopy(parent[path[-1]])
            case _:
                other = draw(st.sampled_from(draw(st.sampled_from(list(groups.values())))))
                parent[path[-1]] = copy.deepcopy(node(made, other))
    return made


def as_tree(noun: Model) -> Any:
    """Return a noun's JSON as lists and tables."""
    return json.loads(noun.model_dump_json())


def unchecked(tree: dict[str, Any]) -> Plan:
    """Return the plan of a tree whose texts were changed: its parts are made first, as planning makes them.

    A written plan with such texts contradicts itself, and would be refused.
    """
    parts = {name: plan_parts_of(name, tree[name]) for name in ("courses", "contraception", "activities")}
    said = {
        "findings": [Finding.model_validate(row) for row in tree["findings"]],
        "not_assessed": [NotAssessed.model_validate(row) for row in tree["not_assessed"]],
        "provenance": Provenance.model_validate(tree["provenance"]),
        "visits": [Visit.model_validate(row) for row in tree["visits"]],
    }
    return Plan.model_validate({**tree, **parts, **said})


def plan_parts_of(name: str, rows: list[Any]) -> list[Model]:
    """Return the nouns of one list of a plan."""
    nouns_by_kind: dict[str, type[Model]] = {
        noun.model_fields["kind"].default: noun for noun in nouns() if noun.__name__.endswith("Activity")
    }
    return [(Course if name == "courses" else nouns_by_kind[row["kind"]]).model_validate(row) for row in rows]


@st.composite
def scrambled(draw: st.DrawFn, data: bytes) -> bytes:
    """Return bytes with a piece cut out, doubled or overwritten."""
    start = draw(st.integers(0, len(data)))
    end = min(len(data), start + draw(st.integers(0, 40)))
    match draw(st.sampled_from(["cut", "double", "overwrite", "end"])):
        case "cut":
            return data[:start] + data[end:]
        case "double":
            return data[:end] + data[start:]
        case "overwrite":
            return data[:start] + draw(st.binary(max_size=12)) + data[end:]
        case _:
            return data[:start]


TOML_JUNK: Final = (
    "0", "-1", "1.5", "nan", "inf", "true", '""', f'"{MARK}"', "[]", "{}", '["x"]', "[[1]]", "2027-01-11", "09:00:00",
    "2027-01-11T09:00:00Z", "9" * 5_000, '"\\u202e"', "{ a = 1 }", '"last infusion + 4 months"', '"2099-12-31"',
)  # fmt: skip


@st.composite
def mutated_toml(draw: st.DrawFn, text: str) -> str:
    """Return a TOML text with one or two lines deleted, doubled, moved, or with another value."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["delete", "double", "move", "value", "value", "value", "key"])):
            case "delete":
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
            case "value":
                lines[at] = f"{lines[at].partition('=')[0]}= {draw(st.sampled_from(TOML_JUNK))}"
            case _:
                lines[at] = f"{draw(NAMES)} = {lines[at].partition('=')[2] or 1}"
    return "\n".join(lines)
