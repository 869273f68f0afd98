"""A plan: courses, infusion days, activities, and where every date comes from. Field names are the JSON."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from lemtrada_schedule._model import Many, Model, taken_as_made
from lemtrada_schedule.calendar_types import (
    CalendarDate,
    CodeText,
    DerivedDate,
    Identifier,
    ZoneName,
    hidden_character,
    refusal,
)
from lemtrada_schedule.clinic import Clinic
from lemtrada_schedule.errors import InvalidInput, Problem, shape_of
from lemtrada_schedule.findings import ZONE_DATA_DIFFERS, Basis, Derivation, Finding, NotAssessed
from lemtrada_schedule.protocol import Code, Source
from lemtrada_schedule.records import Decision
from lemtrada_schedule.time_windows import TimeWindow, offset_contradicts

__all__ = [
    "Activity",
    "AfterInfusionActivity",
    "Baseline",
    "Course",
    "CourseStatus",
    "FrozenClosure",
    "InfusionDay",
    "InfusionDaysActivity",
    "NoteActivity",
    "PassedOver",
    "PeriodActivity",
    "Plan",
    "Provenance",
    "Request",
    "SeriesActivity",
    "WindowActivity",
]

SCHEMA_VERSION: Final = 2
CourseStatus = Literal["planned", "tentative", "in-progress", "interrupted", "partial", "complete"]


class InfusionDay(Model):
    """One day of a course: the infusion, then the observation, back to back."""

    id: str
    """Role and ordinal, `course-2/day-1`: a moved day keeps its id."""
    date: DerivedDate
    number: int
    """The ordinal of the day within its course, from 1."""
    dose_mg: int | None
    """`None` for a day that was given and whose dose is not on record as a whole number of mg."""
    infusion: TimeWindow | None
    """`None` for a day that was given and whose times are not on record."""
    observation: TimeWindow | None
    """At least this long; `None` as for `infusion`."""
    cite: str
    """The source of dose and infusion time."""
    basis: Basis
    observation_cite: str
    """The source of the observation time."""
    observation_basis: Basis


class PassedOver(Model):
    """A start day that was tried and not taken, with the first closed day of its block."""

    first_day: DerivedDate
    closed_day: DerivedDate
    reason: str


class Course(Model):
    """A block of consecutive infusion days, and why it lies where it does."""

    id: str
    number: int
    earliest: DerivedDate
    """The first day the rules allow, itself included."""
    recommended: DerivedDate | None
    """Course 1: the requested start. Course 2: its earliest day. Later courses are optional: `None` (S13)."""
    first_day: DerivedDate
    last_day: DerivedDate
    drift_days: int
    """First day minus recommended (else earliest) day: positive is late."""
    days: Annotated[Many[InfusionDay], Field(min_length=1)]
    passed_over: Many[PassedOver]
    status: CourseStatus
    because: Derivation
    """Why `earliest` is what it is."""


class _Dated(Model):
    id: str
    action: str
    """The id of the protocol's action."""
    course: int | None
    """The course it belongs to; `None` where it belongs to the treatment as a whole."""
    title: str
    neutral_title: str
    codes: Many[Code]
    applies_to: str | None


class PeriodActivity(_Dated):
    """Days on which something holds, both ends included."""

    kind: Literal["period"] = "period"
    first_day: DerivedDate
    last_day: DerivedDate | None
    """`None` while the period stays open."""
    earliest_end: DerivedDate | None = None
    """Where it stays open until something is observed: it does not end before this day."""
    provisional: bool = False
    """The end is an "at least until": it rests on a course that is not settled."""
    because: Derivation
    """Why `last_day` (else `earliest_end`, else `first_day`) is what it is."""
    begins_because: Derivation
    """Why `first_day` is what it is."""


class WindowActivity(_Dated):
    """Days between which something is to be done, both included; either end may be absent."""

    kind: Literal["window"] = "window"
    first_day: DerivedDate | None
    last_day: DerivedDate | None
    because: Derivation | None
    """Why `last_day` is what it is; `None` where there is none."""
    begins_because: Derivation | None
    """Why `first_day` is what it is; `None` where there is none."""


class Baseline(Model):
    """The tests before a course: a window, both days included, and the day proposed for them (S21)."""

    first_day: DerivedDate | None
    """`None`: any time before."""
    last_day: DerivedDate
    due: DerivedDate
    done: bool = False
    """Whether a test in the window is on record; `due` is then its day."""
    because: Derivation
    """Why `due` is what it is."""
    begins_because: Derivation | None


class SeriesActivity(_Dated):
    """A test that recurs: its due dates, in order (S20)."""

    kind: Literal["series"] = "series"
    dates: Many[DerivedDate]
    continuing: bool
    """The label states no end: the dates go on beyond those listed."""
    baseline: Baseline | None
    every: str
    provisional: bool = False
    """It rests on a course that is not settled."""
    because: Derivation
    """Why the first due date is what it is; date k is counted from the same anchor, k spans on."""
    ends_because: Derivation
    """Why no date lies later than it does."""


class InfusionDaysActivity(_Dated):
    """Something done on certain infusion days of the course."""

    kind: Literal["infusion-days"] = "infusion-days"
    days: Annotated[Many[DerivedDate], Field(min_length=1)]
    because: Derivation


class AfterInfusionActivity(_Dated):
    """Elapsed time after the end of each infusion of the course."""

    kind: Literal["after-infusion"] = "after-infusion"
    windows: Annotated[Many[TimeWindow], Field(min_length=1)]
    because: Derivation


class NoteActivity(_Dated):
    """Words that go with the plan, without a date."""

    kind: Literal["note"] = "note"
    text: str
    cite: str
    basis: Basis
    because: None = None
    """A note has no date, and so no derivation; its source is `cite`."""


Activity = Annotated[
    PeriodActivity | WindowActivity | SeriesActivity | InfusionDaysActivity | AfterInfusionActivity | NoteActivity,
    Field(discriminator="kind"),
    taken_as_made(_Dated),
]
"""A dated instance of a protocol's action."""


class FrozenClosure(Model):
    """A day on which the clinic was known to be closed when the plan was made, and why."""

    date: DerivedDate
    reason: str
    estimated: bool = False


class Request(Model):
    """What the caller asked for."""

    not_before: CalendarDate
    courses: int
    as_of: CalendarDate | None = None
    decisions: Many[Decision] = ()


class Provenance(Model):
    """What the plan was made from: enough to make it again, and to see why it would now differ."""

    library: str
    tzdata: str
    holidays: str
    protocol_digest: str
    """SHA-256 of what decides dates in the protocol; in plans of schema version 1, of its whole JSON (S45)."""
    sources: Many[Source]
    """The documents behind every `cite` of the plan."""
    clinic: Annotated[Clinic, taken_as_made(Clinic)]
    """The clinic as it was read."""
    closures: Many[FrozenClosure]
    """Public holidays and the clinic's own closures in the years of the plan, frozen."""
    request: Request


class Plan(Model):
    """One treatment on one clinic's calendar. Holds nothing of the patient but what the caller put in `plan_id`."""

    most_keys: ClassVar[int | None] = 1_000

    schema_version: Literal[2] = SCHEMA_VERSION
    plan_id: Identifier | None = None
    revision: Annotated[int, Field(ge=0)] = 0
    """0 for a first plan; each replanning adds one."""
    protocol: CodeText
    """Id and revision of the protocol: `us-2024-05`."""
    extends: CodeText | None
    """The shipped revision that a user's protocol rests on."""
    time_zone: ZoneName
    courses: Many[Course]
    """In order; empty only where the records allow neither a course nor a plan of one."""
    contraception: Many[PeriodActivity]
    """Merged over the courses: periods that overlap or touch are one."""
    activities: Many[Activity]
    findings: Many[Finding]
    not_assessed: Many[NotAssessed]
    provenance: Provenance

    @model_validator(mode="wrap")
    @classmethod
    def _as_written(cls, data: Any, check: ModelWrapValidatorHandler[Self]) -> Self:
        if type(data) is not dict:
            return check(data)
        version = _checked_version(data.get("schema_version", SCHEMA_VERSION))
        plan = check(_with_zone_finding(_as_version_2(data) if version == 1 else data))
        _check_texts(data)
        return plan

    @model_validator(mode="after")
    def _of_one_zone(self) -> Self:
        if self.provenance.clinic.time_zone != self.time_zone:
            raise refusal("plan-mismatch", "the plan's time zone is not its clinic's; correct one of them")
        return self

    @property
    def infusion_days(self) -> tuple[InfusionDay, ...]:
        """All planned infusion days, in order."""
        return tuple(day for course in self.courses for day in course.days)


def _checked_version(version: object) -> int:
    if type(version) is not int:
        message = f"expected a whole number, got {shape_of(version)}"
        raise InvalidInput([Problem("wrong-type", "schema_version", message)])
    if version < 1:
        raise InvalidInput([Problem("out-of-range", "schema_version", "expected 1 or more; correct it")])
    if version > SCHEMA_VERSION:
        message = f"a newer library wrote this; this one reads schema version {SCHEMA_VERSION}"
        raise InvalidInput([Problem("newer-schema", "schema_version", message)])
    return version


def _as_version_2(data: dict[str, Any]) -> dict[str, Any]:
    """Return a plan of version 1 as one of version 2: fields added since have their defaults."""
    return {**data, "schema_version": SCHEMA_VERSION}


def _nodes(written: Any) -> Iterator[tuple[str, Any]]:
    """Yield every table and text in JSON-like data that had not become a value yet, each with its place."""
    waiting = [("", written)]
    while waiting:
        place, node = waiting.pop()
        if type(node) is dict:
            yield place, node
            waiting += [(f"{place}.{name}", part) for name, part in node.items()]
        elif type(node) is list:
            waiting += [(f"{place}.{index}", part) for index, part in enumerate(node)]
        elif type(node) is str:
            yield place, node


def _check_texts(data: dict[str, Any]) -> None:
    """Refuse hidden characters in the texts of a written plan: they go into files and pages."""
    for place, text in _nodes(data):
        if type(text) is str and (odd := hidden_character(text)):
            message = f"the text holds the character U+{ord(odd):04X}; remove it"
            raise InvalidInput([Problem("control-character", place.removeprefix("."), message)])


def _is_window(node: object) -> bool:
    return type(node) is dict and {"time_zone", "start", "end"} <= node.keys()


def _contradicted(window: dict[str, Any]) -> bool:
    try:
        return any(offset_contradicts(window[end], window["time_zone"]) for end in ("start", "end"))
    except Exception:  # noqa: BLE001  # whatever is wrong with the window, its own checks say it with its place
        return False


def _with_zone_finding(data: dict[str, Any]) -> dict[str, Any]:
    """Return a written plan with a finding, where an offset in it contradicts the zone data at hand."""
    findings = data.get("findings")
    if type(findings) is not list:
        return data
    if not any(_contradicted(node) for _, node in _nodes(data) if _is_window(node)):
        return data
    one, other = "the plan as written", "the zone data at hand"
    finding = ZONE_DATA_DIFFERS.at(time_zone=data.get("time_zone"), one=one, other=other)
    as_written = finding.model_dump(mode="json")
    return data if as_written in findings else {**data, "findings": [*findings, as_written]}
