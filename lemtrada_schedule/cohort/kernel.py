"""Screen rows sorted by patient and day: for every patient its codes, counts and dates, in a few passes of NumPy.

A row is one 64-bit key, patient above day, and a few bits of marks. Everything that a calendar or a protocol says
comes in as `Tables`. Two neighbours whose keys differ by 1 are consecutive days of one patient: only the other
rows, the breaks, are looked at again.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from lemtrada_schedule.cohort.codes import BIT
from lemtrada_schedule.cohort.screened import (
    CLOSED,
    COURSE_SHIFT,
    DAY,
    DAY_BITS,
    DOSE,
    NO_DAY,
    NOT_GIVEN,
    PARTIAL,
    PUBLIC,
    SHORT_INFUSION,
    SHORT_OBSERVATION,
    UNKNOWN,
    Array,
    Screened,
    Tables,
    Tied,
)
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

__all__ = ["Breaks", "breaks_of", "screen"]

_MARKED: Final = (
    (PARTIAL, PARTIAL_INFUSION),
    (SHORT_INFUSION, INFUSION_TOO_SHORT),
    (SHORT_OBSERVATION, OBSERVATION_TOO_SHORT),
    (DOSE, DOSE_DIFFERS),
)


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


class Breaks(NamedTuple):
    """The rows whose key is not that of the row before plus 1."""

    row: Array
    step: Array
    """From the key of the row before to that of the row; 0: the same day again."""

    @property
    def is_new(self) -> Array:
        """Whether another patient begins."""
        new: Array = self.step > DAY >> 1
        return new


def breaks_of(key: Array) -> Breaks:
    """Return where the days of a patient are not consecutive."""
    step = key[1:] - key[:-1]
    place = np.flatnonzero(step != 1)
    return Breaks(place + 1, step[place])


@dataclass(frozen=True, slots=True)
class _Block:
    """Given rows of some patients, their courses, and what is told of them."""

    key: Array
    breaks: Breaks
    courses: _Courses
    tables: Tables
    told: Screened

    def course_of(self, rows: Array) -> Array:
        """Return the place of the course that some rows belong to."""
        place: Array = np.searchsorted(self.courses.start, rows, "right") - 1
        return place

    def tell_at(self, kind: FindingKind, rows: Array) -> None:
        """Tell a finding of one kind at some rows."""
        place, year = self.course_of(rows), self.tables.year[self.key[rows] & DAY]
        self.told.tell(kind, self.courses.patient[place], self.courses.number[place], year)

    def tell_of(self, kind: FindingKind, where: Array, day: Array) -> None:
        """Tell a finding of one kind of some courses, each at its own one of some days."""
        place = np.flatnonzero(where)
        self.told.tell(kind, self.courses.patient[place], self.courses.number[place], self.tables.year[day[place]])


def screen(key: Array, marks: Array | None, breaks: Breaks, tables: Tables) -> tuple[Screened, Tied]:
    """Return what the screen says of sorted rows, and the days that have more than one given row.

    Args:
        key: Patient and day of each row, ascending.
        marks: What is marked at each row; `None`: nothing anywhere.
        breaks: Where the days of a patient are not consecutive.
        tables: The rules.
    """
    told = _nothing_told(key, breaks)
    dropped = _not_counted(key, marks, tables)
    if dropped is not None:
        _tell_future(told, key, marks, tables)
        key, marks = key[~dropped], None if marks is None else marks[~dropped]
        breaks = breaks_of(key)
    if not len(key):
        return told, Tied(key, key, key)
    ties = breaks.row[breaks.step == 0]
    block = _Block(key, breaks, _courses(key, breaks, ties, told, tables), tables, told)
    _tell_block(block, marks)
    tied = np.unique(key[ties])
    place = block.course_of(np.searchsorted(key, tied))
    return told, Tied(tied, block.courses.patient[place], block.courses.number[place])


def _tell_block(block: _Block, marks: Array | None) -> None:
    if marks is not None:
        _tell_marked(block, marks)
    if block.tables.closed is not None:
        _tell_closed(block, block.tables.closed)
    _tell_shape(block)
    unclear = _tell_intervals(block)
    _tell_limits(block, unclear)
    _tell_ends(block, unclear)
    if marks is not None:
        _doubt_numbers(block, marks >> COURSE_SHIFT, unclear)


def _nothing_told(key: Array, breaks: Breaks) -> Screened:
    """Return the patients with the number of their rows, and nothing told of them yet."""
    start = np.append(0, breaks.row[breaks.is_new])[: len(key)]
    count = len(start)
    rows = np.diff(np.append(start, len(key))).astype(np.int32)
    none = np.full(count, NO_DAY, np.int32)
    return Screened(
        patient=key[start] >> DAY_BITS, codes=np.zeros(count, np.uint32), rows=rows,
        infusions=np.zeros(count, np.int32), courses=np.zeros(count, np.int32),
        last_infusion=none, next_earliest=none.copy(), contraception_until=none.copy(), monitoring_until=none.copy(),
        unsure=np.zeros(count, bool),
    )  # fmt: skip


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


def _courses(key: Array, breaks: Breaks, ties: Array, told: Screened, tables: Tables) -> _Courses:
    """Return the courses: a new one begins with each patient, and after a gap that is too long (S07)."""
    begins = breaks.step > tables.gap_days
    start = np.append(0, breaks.row[begins])
    is_first = np.append(True, breaks.is_new[begins])
    end = np.append(start[1:], len(key))
    rows = end - start - np.bincount(np.searchsorted(start, ties, "right") - 1, minlength=len(start))
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


def _tell_marked(block: _Block, marks: Array) -> None:
    """Tell what is marked at single rows."""
    marked = np.flatnonzero(marks & ((1 << COURSE_SHIFT) - 1))
    kinds = marks[marked]
    for bit, kind in _MARKED:
        block.tell_at(kind, marked[(kinds & bit) != 0])


def _tell_closed(block: _Block, closed: Array) -> None:
    """Tell the rows on closed days."""
    why = closed[block.key & DAY]
    shut = np.flatnonzero(why)
    for reason, kind in ((CLOSED, CLINIC_CLOSED), (PUBLIC, PUBLIC_HOLIDAY)):
        block.tell_at(kind, shut[why[shut] == reason])
    unknown = shut[why[shut] == UNKNOWN]
    block.told.unknown_years.update(np.unique(block.tables.year[block.key[unknown] & DAY]).tolist())


def _tell_shape(block: _Block) -> None:
    """Tell the first gap inside each course, and each day beyond the planned count."""
    key, courses = block.key, block.courses
    step = block.breaks.step
    torn = block.breaks.row[(step > 1) & (step <= block.tables.gap_days)]
    _, first = np.unique(block.course_of(torn), return_index=True)
    block.tell_at(COURSE_NOT_CONSECUTIVE, torn[first])
    planned = block.tables.planned[courses.rule]
    long = np.flatnonzero(courses.infusions > planned)
    if len(long):
        block.tell_at(EXTRA_INFUSION, _beyond(courses, key, long, planned[long]))


def _beyond(courses: _Courses, key: Array, long: Array, planned: Array) -> Array:
    """Return the rows of some courses whose day is one beyond those planned; of a day's rows the first."""
    size = np.append(courses.start[1:], len(key))[long] - courses.start[long]
    offset = np.cumsum(size) - size
    rows = np.arange(size.sum()) + np.repeat(courses.start[long] - offset, size)
    fresh = key[rows] != key[rows - 1]
    days = np.cumsum(fresh)
    ordinal = days - np.repeat(days[offset] - 1, size)
    beyond: Array = rows[fresh & (ordinal > np.repeat(planned, size))]
    return beyond


def _tell_intervals(block: _Block) -> Array:
    """Tell courses that began too early (S11), and return which ones may be the course before going on (S07)."""
    courses, tables = block.courses, block.tables
    later = np.flatnonzero(~courses.begins)
    rule, before = courses.rule[later], later - 1
    anchor = np.where(tables.from_first[rule], courses.first[before], courses.last[before])
    earliest = tables.after[tables.span[rule], anchor]
    block.told.unsure[courses.patient[later[earliest == NO_DAY]]] = True
    early = courses.first[later] < earliest
    unclear = np.zeros(len(courses.start), bool)
    unclear[later] = early & courses.short[before]
    for kind in (COURSE_BOUNDARY_UNCLEAR, NEEDS_CLINICAL_DECISION):
        block.tell_of(kind, unclear, courses.first)
    _tell_early(block, later[early & ~unclear[later]])
    return unclear


def _tell_early(block: _Block, early: Array) -> None:
    """Tell how grave it is that courses began too early: by the strictest anchor, and the tolerance asked for."""
    courses, tables = block.courses, block.tables
    rule = courses.rule[early]
    from_first = np.where(tables.warned[rule], tables.warned_from_first[rule], tables.from_first[rule])
    anchor = np.where(from_first, courses.first[early - 1], courses.last[early - 1])
    missing = np.full(len(courses.start), NO_DAY)
    missing[early] = tables.after[tables.span[rule], anchor] - courses.first[early]
    is_early = np.zeros(len(courses.start), bool)
    is_early[early] = True
    tolerated = (missing > 0) & (missing <= tables.tolerance_days)
    block.tell_of(ANCHOR_NOT_NAMED, is_early & (missing <= 0), courses.first)
    block.tell_of(WITHIN_TOLERANCE, tolerated, courses.first)
    block.tell_of(INTERVAL_BELOW_MINIMUM, (missing > 0) & ~tolerated, courses.first)


def _tell_limits(block: _Block, unclear: Array) -> None:
    """Tell courses beyond the limits; unclear ones are not counted (S14)."""
    courses, tables = block.courses, block.tables
    limits = ((TOO_MANY_COURSES, tables.maximum_courses), (DATA_LIMITED_BEYOND, tables.data_limited_beyond))
    if courses.number.max() > min(limit for _, limit in limits):
        counted = courses.number - _unclear_so_far(courses, unclear)
        for kind, limit in limits:
            block.tell_of(kind, ~unclear & (counted > limit), courses.first)


def _unclear_so_far(courses: _Courses, unclear: Array) -> Array:
    """Return for each course how many unclear ones its patient has up to it."""
    so_far = np.cumsum(unclear)
    count: Array = so_far - so_far[np.arange(len(so_far)) - courses.number + 1]  # a first course is never unclear
    return count


def _tell_ends(block: _Block, unclear: Array) -> None:
    """Tell courses that are short and over, and what follows from each patient's last one (S08, S09)."""
    courses, tables = block.courses, block.tables
    last = np.append(courses.begins[1:], True)
    since = tables.as_of - courses.last
    going_on = courses.short & last & (since <= 1)
    interrupted = courses.short & last & (since > 1) & (since <= tables.gap_days)
    partial = courses.short & ~going_on & ~interrupted
    block.tell_of(COURSE_INTERRUPTED, interrupted & ~unclear, courses.last)
    block.tell_of(COURSE_INCOMPLETE, partial & ~unclear, courses.last)
    block.tell_of(NEEDS_CLINICAL_DECISION, (interrupted | partial) & last & ~unclear, courses.last)
    own = np.flatnonzero(last)
    is_open = _unclear_so_far(courses, unclear)[own] > 0
    rest = np.where(going_on[own] & ~is_open, tables.planned[courses.rule[own]] - courses.infusions[own], 0)
    undecided = is_open | (courses.short & ~going_on)[own]
    _date(block, own, courses.last[own] + rest, undecided)


def _date(block: _Block, own: Array, planned: Array, undecided: Array) -> None:
    """Fill in the counts and dates of patients by their last courses; `planned` is the last infusion to count from."""
    courses, tables, told = block.courses, block.tables, block.told
    patient, number, first = courses.patient[own], courses.number[own], courses.first[own]
    told.infusions[patient] = np.add.reduceat(courses.infusions, np.flatnonzero(courses.begins))
    told.courses[patient] = number
    told.last_infusion[patient] = courses.last[own]
    told.contraception_until[patient] = tables.contraception[first if tables.contraception_from_first else planned]
    told.monitoring_until[patient] = np.maximum(tables.monitoring_first[first], tables.monitoring_last[planned])
    rule = np.minimum(number + 1, len(tables.planned)) - 1
    in_future = (told.codes[patient] & np.uint32(1 << BIT[INFUSION_IN_FUTURE])) != 0
    stopped = in_future | undecided | (number >= tables.course_limit)
    earliest = tables.after[tables.span[rule], np.where(tables.from_first[rule], first, planned)]
    told.unsure[patient] |= ~stopped & (earliest == NO_DAY)
    told.next_earliest[patient] = np.where(stopped, NO_DAY, earliest)


def _doubt_numbers(block: _Block, recorded: Array, unclear: Array) -> None:
    """Leave to `evaluate` whose course numbers are not those that the gaps tell, or settle what is unclear (S07)."""
    courses, told = block.courses, block.told
    rows = np.flatnonzero(recorded)
    place = block.course_of(rows)
    told.unsure[courses.patient[place[recorded[rows] != courses.number[place]]]] = True
    numbered = np.zeros(len(told.patient), bool)
    numbered[courses.patient[place]] = True
    doubtful = courses.patient[unclear]
    told.unsure[doubtful] |= numbered[doubtful]
