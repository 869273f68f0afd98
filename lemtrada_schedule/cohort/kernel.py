"""Screen rows sorted by patient and day: for every patient its codes, counts and dates, in a few passes of NumPy.

A row is one 64-bit key, patient above day, and a few bits of marks. Days are numbers counted from 1 January 2000;
everything that a calendar or a protocol says comes in as `Tables`. Two neighbours whose keys differ by 1 are
consecutive days of one patient: only the other rows, the breaks, are looked at again.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lemtrada_schedule.cohort.codes import BIT
from lemtrada_schedule.findings import (
    ANCHOR_NOT_NAMED,
    CLINIC_CLOSED,
    COURSE_BOUNDARY_UNCLEAR,
    COURSE_INCOMPLETE,
    COURSE_INTERRUPTED,
    COURSE_NOT_CONSECUTIVE,
    DATA_LIMITED_BEYOND,
    DOSE_DIFFERS,
    EXTRA_INFUSION,
    INFUSION_IN_FUTURE,
    INFUSION_TOO_SHORT,
    INTERVAL_BELOW_MINIMUM,
    NEEDS_CLINICAL_DECISION,
    OBSERVATION_TOO_SHORT,
    PARTIAL_INFUSION,
    PUBLIC_HOLIDAY,
    TOO_MANY_COURSES,
    WITHIN_TOLERANCE,
    FindingKind,
)

__all__ = [
    "COURSE_SHIFT",
    "DAY_BITS",
    "DOSE",
    "MARK_BITS",
    "NO_DAY",
    "NOT_GIVEN",
    "PARTIAL",
    "SHORT_INFUSION",
    "SHORT_OBSERVATION",
    "Screened",
    "Tables",
    "Tied",
    "screen",
]

Array = npt.NDArray[Any]

DAY_BITS: Final = 16
"""Days of a century need 16 bits; the patient stands above them."""
DAY: Final = (1 << DAY_BITS) - 1
NO_DAY: Final = -(1 << 30)
"""A day that there is not: earlier than any."""

PARTIAL, SHORT_INFUSION, SHORT_OBSERVATION, DOSE, NOT_GIVEN = 1, 2, 4, 8, 16
"""What can be marked at a row. Shortness is marked at completed infusions only."""
COURSE_SHIFT: Final = 5
"""Above the marks stands the course number on record, 0 where there is none."""
MARK_BITS: Final = 11
_MARKED: Final = (
    (PARTIAL, PARTIAL_INFUSION),
    (SHORT_INFUSION, INFUSION_TOO_SHORT),
    (SHORT_OBSERVATION, OBSERVATION_TOO_SHORT),
    (DOSE, DOSE_DIFFERS),
)
CLOSED, PUBLIC, UNKNOWN = 1, 2, 3
"""Why a day is no open one; `UNKNOWN` is a year without public holiday data."""


@dataclass(frozen=True, slots=True)
class Tables:
    """A protocol, a clinic and a day of asking, as numbers and look-up tables by day."""

    as_of: int
    gap_days: int
    tolerance_days: int
    infusion_minutes: int
    observation_minutes: int
    course_limit: int
    maximum_courses: int
    data_limited_beyond: int
    planned: Array
    """Infusion days by rule; course n has rule n - 1, the last rule repeats."""
    span: Array
    """By rule, the row of `after` with its minimum interval."""
    from_first: Array
    """By rule, whether the interval counts from the first infusion of the course before, not from its last."""
    warned: Array
    """By rule, whether an early course may be only a warning."""
    warned_from_first: Array
    """By rule, whether that is counted from the first infusion."""
    after: Array
    """By interval and day, the day an interval later; `NO_DAY` where there is none."""
    contraception: Array
    """By day of the anchor, the last day of contraception."""
    contraception_from_first: bool
    monitoring_first: Array
    """By day of the first infusion, the last day of monitoring that is counted from it, `NO_DAY` if none is."""
    monitoring_last: Array
    """The same, counted from the last infusion."""
    closed: Array | None
    """By day, `CLOSED`, `PUBLIC`, `UNKNOWN` or 0; `None` without a clinic."""
    year: Array
    """By day, its year."""


@dataclass(frozen=True, slots=True)
class Tied:
    """Days with more than one given row, each once, by key."""

    key: Array
    patient: Array
    course: Array


@dataclass(slots=True)
class Screened:
    """What the screen says of some patients, in the order of their keys, and how often each finding occurs."""

    patient: Array
    codes: Array
    rows: Array
    """How many rows there are, infusions or not."""
    infusions: Array
    courses: Array
    last_infusion: Array
    next_earliest: Array
    contraception_until: Array
    monitoring_until: Array
    unsure: Array
    """Whether only `evaluate` can tell: a table has no answer."""
    by_course: dict[int, Array] = field(default_factory=dict)
    """By bit of a code, how often it occurs in each course; 0 where a finding belongs to none."""
    by_year: dict[int, Array] = field(default_factory=dict)
    unknown_years: set[int] = field(default_factory=set)
    """Years with given rows and without public holiday data."""

    def tell(self, kind: FindingKind, patient: Array, course: Array, year: Array) -> None:
        """Take findings of one kind: whose they are, in which course and year."""
        if len(patient):
            bit = BIT[kind]
            self.codes[patient] |= np.uint32(1 << bit)
            self.by_course[bit] = added(self.by_course.get(bit), np.bincount(course))
            self.by_year[bit] = added(self.by_year.get(bit), np.bincount(year))


def added(one: Array | None, other: Array) -> Array:
    """Return two counts added, whatever their lengths."""
    if one is None:
        return other
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total


@dataclass(frozen=True, slots=True)
class _Courses:
    """Courses of all patients, one after another."""

    start: Array
    """The row of the first infusion."""
    first: Array
    last: Array
    infusions: Array
    patient: Array
    number: Array
    rule: Array
    begins: Array
    """Whether it is its patient's first."""
    short: Array

    @property
    def final(self) -> Array:
        """Whether it is its patient's last."""
        return np.append(self.begins[1:], True)


def screen(key: Array, marks: Array | None, tables: Tables) -> tuple[Screened, Tied]:
    """Return what the screen says of sorted rows, and the days that have more than one given row.

    Args:
        key: Patient and day of each row, ascending.
        marks: What is marked at each row; `None`: nothing anywhere.
        tables: The rules.
    """
    breaks = np.flatnonzero(np.diff(key) != 1) + 1
    told = _nothing_told(key, breaks)
    dropped = _not_counted(key, marks, tables)
    if dropped is not None:
        _tell_future(told, key, marks, tables)
        key, marks = key[~dropped], None if marks is None else marks[~dropped]
        breaks = np.flatnonzero(np.diff(key) != 1) + 1
    if not len(key):
        return told, Tied(key, key, key)
    ties = breaks[key[breaks] == key[breaks - 1]]
    courses = _courses(key, breaks, ties, told, tables)
    _tell_rows(told, courses, key, marks, tables)
    _tell_shape(told, courses, key, (breaks, ties), tables)
    unclear = _tell_intervals(told, courses, tables)
    _tell_limits(told, courses, unclear, tables)
    _tell_ends(told, courses, unclear, tables)
    if marks is not None:
        _doubt_numbers(told, courses, marks >> COURSE_SHIFT, unclear)
    tied = np.unique(key[ties])
    place = _course_of(courses, np.searchsorted(key, tied))
    return told, Tied(tied, courses.patient[place], courses.number[place])


def _is_new(key: Array, breaks: Array) -> Array:
    """Return at which breaks another patient begins."""
    return (key[breaks] ^ key[breaks - 1]) > DAY


def _nothing_told(key: Array, breaks: Array) -> Screened:
    """Return the patients with the number of their rows, and nothing told of them yet."""
    start = np.append(0, breaks[_is_new(key, breaks)])[: len(key)]
    count = len(start)
    rows = np.diff(np.append(start, len(key))).astype(np.int32)
    zeros = [np.zeros(count, np.int32) for _ in range(2)]
    days = [np.full(count, NO_DAY, np.int32) for _ in range(4)]
    return Screened(key[start] >> DAY_BITS, np.zeros(count, np.uint32), rows, *zeros, *days, np.zeros(count, bool))


def _not_counted(key: Array, marks: Array | None, tables: Tables) -> Array | None:
    """Return which rows are no infusion given by the day of asking; `None` where all are."""
    late = (key & DAY) > tables.as_of
    if marks is not None:
        late |= (marks & NOT_GIVEN) != 0
    return late if late.any() else None


def _tell_future(told: Screened, key: Array, marks: Array | None, tables: Tables) -> None:
    late = (key & DAY) > tables.as_of
    if marks is not None:
        late &= (marks & NOT_GIVEN) == 0
    key = key[late]
    patient = np.searchsorted(told.patient, key >> DAY_BITS)
    told.tell(INFUSION_IN_FUTURE, patient, np.zeros(len(key), np.int64), tables.year[key & DAY])


def _courses(key: Array, breaks: Array, ties: Array, told: Screened, tables: Tables) -> _Courses:
    """Return the courses: a new one begins with each patient, and after a gap that is too long (S07)."""
    new = _is_new(key, breaks)
    begins = new | (key[breaks] - key[breaks - 1] > tables.gap_days)
    start = np.append(0, breaks[begins])
    is_first = np.append(True, new[begins])
    end = np.append(start[1:], len(key))
    rows = end - start
    if len(ties):
        rows -= np.searchsorted(ties, end) - np.searchsorted(ties, start)
    place = np.arange(len(start))
    number = place - np.maximum.accumulate(np.where(is_first, place, 0)) + 1
    owner = key[start[is_first]] >> DAY_BITS
    ordinal = np.arange(len(owner)) if len(owner) == len(told.patient) else np.searchsorted(told.patient, owner)
    rule = np.minimum(number, len(tables.planned)) - 1
    return _Courses(
        start=start,
        first=(key[start] & DAY).astype(np.int32),
        last=(key[end - 1] & DAY).astype(np.int32),
        infusions=rows,
        patient=ordinal[np.cumsum(is_first) - 1],
        number=number,
        rule=rule,
        begins=is_first,
        short=rows < tables.planned[rule],
    )


def _course_of(courses: _Courses, rows: Array) -> Array:
    return np.searchsorted(courses.start, rows, "right") - 1


def _tell_rows(told: Screened, courses: _Courses, key: Array, marks: Array | None, tables: Tables) -> None:
    """Tell what is marked at single rows, and which of them lie on closed days."""
    if marks is not None:
        marked = np.flatnonzero(marks & ((1 << COURSE_SHIFT) - 1))
        kinds = marks[marked]
        for bit, kind in _MARKED:
            _tell_at(told, courses, kind, key, marked[(kinds & bit) != 0], tables)
    if tables.closed is not None:
        why = tables.closed[key & DAY]
        shut = np.flatnonzero(why)
        for reason, kind in ((CLOSED, CLINIC_CLOSED), (PUBLIC, PUBLIC_HOLIDAY)):
            _tell_at(told, courses, kind, key, shut[why[shut] == reason], tables)
        told.unknown_years.update(np.unique(tables.year[key[shut[why[shut] == UNKNOWN]] & DAY]).tolist())


def _tell_at(told: Screened, courses: _Courses, kind: FindingKind, key: Array, rows: Array, tables: Tables) -> None:
    """Tell a finding of one kind at some rows."""
    place = _course_of(courses, rows)
    told.tell(kind, courses.patient[place], courses.number[place], tables.year[key[rows] & DAY])


def _tell_of(told: Screened, courses: _Courses, kind: FindingKind, where: Array, day: Array, tables: Tables) -> None:
    """Tell a finding of one kind of some courses, each at a day of its own."""
    told.tell(kind, courses.patient[where], courses.number[where], tables.year[day[where]])


def _tell_shape(told: Screened, courses: _Courses, key: Array, rows: tuple[Array, Array], tables: Tables) -> None:
    """Tell the first gap inside each course, and each day beyond the planned count."""
    breaks, ties = rows
    torn = breaks[~_is_new(key, breaks)]
    step = key[torn] - key[torn - 1]
    torn = torn[(step > 1) & (step <= tables.gap_days)]
    _, first = np.unique(_course_of(courses, torn), return_index=True)
    _tell_at(told, courses, COURSE_NOT_CONSECUTIVE, key, torn[first], tables)
    planned = tables.planned[courses.rule]
    long = np.flatnonzero(courses.infusions > planned)
    if len(long):
        _tell_at(told, courses, EXTRA_INFUSION, key, _beyond(courses, key, long, planned[long]), tables)


def _beyond(courses: _Courses, key: Array, long: Array, planned: Array) -> Array:
    """Return the rows of some courses whose day is one beyond those planned; of a day's rows the first."""
    size = np.append(courses.start[1:], len(key))[long] - courses.start[long]
    offset = np.cumsum(size) - size
    rows = np.arange(size.sum()) + np.repeat(courses.start[long] - offset, size)
    fresh = key[rows] != key[rows - 1]
    days = np.cumsum(fresh)
    ordinal = days - np.repeat(days[offset] - 1, size)
    return rows[fresh & (ordinal > np.repeat(planned, size))]


def _doubt_numbers(told: Screened, courses: _Courses, recorded: Array, unclear: Array) -> None:
    """Leave to `evaluate` whose course numbers on record are not those told by gaps, or settle what is unclear (S07)."""
    rows = np.flatnonzero(recorded)
    place = _course_of(courses, rows)
    told.unsure[courses.patient[place[recorded[rows] != courses.number[place]]]] = True
    numbered = np.zeros(len(told.patient), bool)
    numbered[courses.patient[place]] = True
    doubtful = courses.patient[unclear]
    told.unsure[doubtful] |= numbered[doubtful]


def _tell_intervals(told: Screened, courses: _Courses, tables: Tables) -> Array:
    """Tell courses that began too early (S11), and return which ones may be the course before going on (S07)."""
    later = np.flatnonzero(~courses.begins)
    rule, first = courses.rule[later], courses.first[later]
    anchor = np.where(tables.from_first[rule], courses.first[later - 1], courses.last[later - 1])
    earliest = tables.after[tables.span[rule], anchor]
    told.unsure[courses.patient[later[earliest == NO_DAY]]] = True
    early = first < earliest
    unclear = np.zeros(len(courses.start), bool)
    unclear[later] = early & courses.short[later - 1]
    for kind in (COURSE_BOUNDARY_UNCLEAR, NEEDS_CLINICAL_DECISION):
        _tell_of(told, courses, kind, np.flatnonzero(unclear), courses.first, tables)
    _tell_early(told, courses, later[early & ~unclear[later]], tables)
    return unclear


def _tell_early(told: Screened, courses: _Courses, early: Array, tables: Tables) -> None:
    """Tell how grave it is that courses began too early: by the strictest anchor, and the tolerance asked for."""
    rule = courses.rule[early]
    warned = tables.warned[rule]
    from_first = np.where(warned, tables.warned_from_first[rule], tables.from_first[rule])
    anchor = np.where(from_first, courses.first[early - 1], courses.last[early - 1])
    missing = tables.after[tables.span[rule], anchor] - courses.first[early]
    tolerated = (missing > 0) & (missing <= tables.tolerance_days)
    for kind, where in (
        (ANCHOR_NOT_NAMED, missing <= 0),
        (WITHIN_TOLERANCE, tolerated),
        (INTERVAL_BELOW_MINIMUM, (missing > 0) & ~tolerated),
    ):
        _tell_of(told, courses, kind, early[where], courses.first, tables)


def _tell_limits(told: Screened, courses: _Courses, unclear: Array, tables: Tables) -> None:
    """Tell courses beyond the limits; unclear ones are not counted (S14)."""
    many = np.flatnonzero(courses.number > min(tables.maximum_courses, tables.data_limited_beyond))
    if len(many):
        so_far = np.cumsum(unclear)
        own_first = many - courses.number[many] + 1
        counted = courses.number[many] - (so_far[many] - so_far[own_first])
        for kind, limit in (
            (TOO_MANY_COURSES, tables.maximum_courses),
            (DATA_LIMITED_BEYOND, tables.data_limited_beyond),
        ):
            _tell_of(told, courses, kind, many[~unclear[many] & (counted > limit)], courses.first, tables)


def _tell_ends(told: Screened, courses: _Courses, unclear: Array, tables: Tables) -> None:
    """Tell courses that are short and over, and what follows from each patient's last one (S08, S09)."""
    final = courses.final
    since = tables.as_of - courses.last
    going_on = courses.short & final & (since <= 1)
    interrupted = courses.short & final & (since > 1) & (since <= tables.gap_days)
    partial = courses.short & ~going_on & ~interrupted
    _tell_of(told, courses, COURSE_INTERRUPTED, np.flatnonzero(interrupted & ~unclear), courses.last, tables)
    _tell_of(told, courses, COURSE_INCOMPLETE, np.flatnonzero(partial & ~unclear), courses.last, tables)
    undecided = courses.short & ~going_on & final
    _tell_of(told, courses, NEEDS_CLINICAL_DECISION, np.flatnonzero(undecided & ~unclear), courses.last, tables)
    _date(told, courses, (unclear, going_on, undecided), tables)


def _date(told: Screened, courses: _Courses, states: tuple[Array, Array, Array], tables: Tables) -> None:
    """Fill in the counts and dates of each patient that has a course."""
    unclear, going_on, undecided = states
    own = np.flatnonzero(courses.final)
    patient, number = courses.patient[own], courses.number[own]
    so_far = np.cumsum(unclear)
    open_boundary = so_far[own] - so_far[own - number + 1] > 0
    told.infusions[patient] = np.add.reduceat(courses.infusions, np.flatnonzero(courses.begins))
    told.courses[patient] = number
    told.last_infusion[patient] = courses.last[own]
    rest = np.where(going_on[own], tables.planned[courses.rule[own]] - courses.infusions[own], 0)
    first, given = courses.first[own], courses.last[own]
    planned = given + np.where(open_boundary, 0, rest)
    anchor = first if tables.contraception_from_first else planned
    told.contraception_until[patient] = tables.contraception[anchor]
    told.monitoring_until[patient] = np.maximum(tables.monitoring_first[first], tables.monitoring_last[planned])
    rule = np.minimum(number + 1, len(tables.planned)) - 1
    in_future = (told.codes[patient] & np.uint32(1 << BIT[INFUSION_IN_FUTURE])) != 0
    stopped = in_future | open_boundary | undecided[own] | (number >= tables.course_limit)
    earliest = tables.after[tables.span[rule], np.where(tables.from_first[rule], first, planned)]
    told.unsure[patient] |= ~stopped & (earliest == NO_DAY)
    told.next_earliest[patient] = np.where(stopped, NO_DAY, earliest)
