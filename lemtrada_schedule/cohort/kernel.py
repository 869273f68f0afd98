"""Screen rows sorted by patient and day: for every patient its codes, counts and dates, in a few passes of NumPy.

A row is one 64-bit key, patient above day, and a few bits of marks. Everything that a calendar or a protocol says
comes in as `Tables`. Two neighbours whose keys differ by 1 are consecutive days of one patient: only the other
rows, the breaks, are looked at again.
"""

from dataclasses import dataclass, replace
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


class Breaks(NamedTuple):
    """The rows whose key is not that of the row before plus 1."""

    row: Array
    step: Array
    """From the key of the row before to that of the row; 0: the same day again."""


def breaks_of(key: Array) -> Breaks:
    """Return where the days of a patient are not consecutive."""
    step = key[1:] - key[:-1]
    place = np.flatnonzero(step != 1)
    return Breaks(place + 1, step[place])


@dataclass(frozen=True, slots=True)
class _Courses:
    """Courses of all patients, one after another; an array has an entry for each, or for each patient."""

    start: Array
    """The row of the first infusion."""
    first: Array
    last: Array
    since: Array
    """Days from the last infusion of the course before; far too many where another patient begins."""
    infusions: Array
    number: Array
    planned: Array
    """How many infusions the course has by its rule."""
    owner: Array
    """Whose it is, as a place in what stands here by patient."""
    begin: Array
    """By patient: the place of the first course."""
    end: Array
    """By patient: the place of the last course."""
    rows: Array
    """By patient: the rows of all courses."""
    ordinal: Array
    """By patient: the place among all patients of the block."""

    def patient(self, place: Array) -> Array:
        """Return whose courses some are, as a place among all patients of the block."""
        patient: Array = self.ordinal[self.owner[place]]
        return patient


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
        self.tell_of(kind, self.course_of(rows), self.key[rows] & DAY)

    def tell_of(self, kind: FindingKind, place: Array, day: Array) -> None:
        """Tell a finding of one kind of some courses, of each on a day."""
        if len(place):
            courses = self.courses
            self.told.tell(kind, courses.patient(place), courses.number[place], self.tables.year[day])


def screen(key: Array, marks: Array | None, breaks: Breaks, tables: Tables) -> tuple[Screened, Tied]:
    """Return what the screen says of sorted rows, and the days that have more than one given row.

    Args:
        key: Patient and day of each row, ascending.
        marks: What is marked at each row; `None`: nothing anywhere.
        breaks: Where the days of a patient are not consecutive.
        tables: The rules.
    """
    if not len(key):
        return _nothing_told(key, key), Tied(key, key, key)
    courses = _courses(key, breaks, tables)
    told = _nothing_told(key[courses.start[courses.begin]] >> DAY_BITS, courses.rows)
    dropped = _not_counted(key, marks, courses, tables)
    if dropped is not None:
        _tell_future(told, key, marks, tables)
        key, marks = key[~dropped], None if marks is None else marks[~dropped]
        if not len(key):
            return told, Tied(key, key, key)
        breaks = breaks_of(key)
        courses = _courses(key, breaks, tables)
        courses = replace(courses, ordinal=np.searchsorted(told.patient, key[courses.start[courses.begin]] >> DAY_BITS))
    ties = breaks.row[np.flatnonzero(breaks.step == 0)]
    block = _Block(key, breaks, _counted_once(courses, ties), tables, told)
    _tell_block(block, marks)
    tied = ties[np.diff(ties, prepend=-1) > 1] - 1
    place = block.course_of(tied)
    return told, Tied(key[tied], block.courses.patient(place), block.courses.number[place])


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


def _nothing_told(patient: Array, rows: Array) -> Screened:
    """Return some patients with the number of their rows, and nothing told of them yet."""
    count = len(patient)
    none = np.full(count, NO_DAY, np.int32)
    return Screened(
        patient=patient, codes=np.zeros(count, np.uint32), rows=rows.astype(np.int32),
        infusions=np.zeros(count, np.int32), courses=np.zeros(count, np.int32),
        last_infusion=none, next_earliest=none.copy(), contraception_until=none.copy(), monitoring_until=none.copy(),
        unsure=np.zeros(count, bool),
    )  # fmt: skip


def _not_counted(key: Array, marks: Array | None, courses: _Courses, tables: Tables) -> Array | None:
    """Return which rows are no infusion given by the day of asking; `None` where all are."""
    late: Array | None = (key & DAY) > tables.as_of if (courses.last > tables.as_of).any() else None
    not_given: Array = np.zeros(1, bool) if marks is None else (marks & NOT_GIVEN) != 0
    if not not_given.any():
        return late
    return not_given if late is None else not_given | late


def _tell_future(told: Screened, key: Array, marks: Array | None, tables: Tables) -> None:
    late = (key & DAY) > tables.as_of
    if marks is not None:
        late &= (marks & NOT_GIVEN) == 0
    key = key[late]
    patient = np.searchsorted(told.patient, key >> DAY_BITS)
    told.tell(INFUSION_IN_FUTURE, patient, np.zeros(len(key), np.int64), tables.year[key & DAY])


def _courses(key: Array, breaks: Breaks, tables: Tables) -> _Courses:
    """Return the courses: a new one begins with each patient, and after a gap that is too long (S07)."""
    begins = np.flatnonzero(breaks.step > tables.gap_days)
    start = np.append(0, breaks.row[begins])
    since = np.append(DAY, breaks.step[begins])
    head = key[start]
    begin = np.append(0, np.flatnonzero(since[1:] > DAY >> 1) + 1)
    end = np.append(begin[1:], len(start))
    patients = np.arange(len(begin))
    owner = np.repeat(patients, end - begin)
    number = np.arange(1, len(start) + 1) - begin[owner]
    return _Courses(
        start=start,
        first=head & DAY,
        last=np.append(head[1:] - since[1:] & DAY, key[-1] & DAY),
        since=since,
        infusions=np.diff(np.append(start, len(key))),
        number=number,
        planned=tables.planned.take(number - 1, mode="clip"),
        owner=owner,
        begin=begin,
        end=end - 1,
        rows=np.diff(np.append(start[begin], len(key))),
        ordinal=patients,
    )


def _counted_once(courses: _Courses, ties: Array) -> _Courses:
    """Return the courses with an infusion for each day; `ties` are the rows whose day is that of the row before."""
    again = np.searchsorted(courses.start, ties, "right") - 1
    return replace(
        courses,
        infusions=courses.infusions - np.bincount(again, minlength=len(courses.start)),
        rows=courses.rows - np.bincount(courses.owner[again], minlength=len(courses.end)),
    )


def _tell_marked(block: _Block, marks: Array) -> None:
    """Tell what is marked at single rows."""
    marked = np.flatnonzero((marks & marks.dtype.type((1 << COURSE_SHIFT) - 1)) != 0)
    kinds, course, day = marks[marked], block.course_of(marked), block.key[marked] & DAY
    for bit, kind in _MARKED:
        own = np.flatnonzero((kinds & bit) != 0)
        block.tell_of(kind, course[own], day[own])


def _tell_closed(block: _Block, closed: Array) -> None:
    """Tell the rows on closed days."""
    why = closed[block.key & DAY]
    shut = np.flatnonzero(why != 0)
    for reason, kind in ((CLOSED, CLINIC_CLOSED), (PUBLIC, PUBLIC_HOLIDAY)):
        block.tell_at(kind, shut[why[shut] == reason])
    unknown = shut[why[shut] == UNKNOWN]
    block.told.unknown_years.update(np.unique(block.tables.year[block.key[unknown] & DAY]).tolist())


def _tell_shape(block: _Block) -> None:
    """Tell the first gap inside each course, and each day beyond the planned count."""
    key, courses = block.key, block.courses
    step = block.breaks.step
    torn = block.breaks.row[np.flatnonzero((step > 1) & (step <= block.tables.gap_days))]
    course, first = np.unique(block.course_of(torn), return_index=True)
    block.tell_of(COURSE_NOT_CONSECUTIVE, course, key[torn[first]] & DAY)
    long = np.flatnonzero(courses.infusions > courses.planned)
    if len(long):
        block.tell_at(EXTRA_INFUSION, _beyond(courses, key, long))


def _beyond(courses: _Courses, key: Array, long: Array) -> Array:
    """Return the rows of some courses whose day is one beyond those planned; of a day's rows the first."""
    size = np.append(courses.start[1:], len(key))[long] - courses.start[long]
    offset = np.cumsum(size) - size
    rows = np.arange(size.sum()) + np.repeat(courses.start[long] - offset, size)
    fresh = key[rows] != key[rows - 1]
    days = np.cumsum(fresh)
    ordinal = days - np.repeat(days[offset] - 1, size)
    beyond: Array = rows[fresh & (ordinal > np.repeat(courses.planned[long], size))]
    return beyond


def _earliest(courses: _Courses, place: Array, from_first: Array, tables: Tables) -> Array:
    """Return when some courses may begin; by rule, whether that counts from the first infusion of the one before."""
    rule = np.minimum(courses.number[place], len(tables.planned)) - 1
    anchor = np.where(from_first[rule], courses.first[place - 1], courses.last[place - 1])
    earliest: Array = tables.after[tables.span[rule] + anchor]
    return earliest


def _tell_intervals(block: _Block) -> Array:
    """Tell courses that began too early (S11), and return which ones may be the course before going on (S07)."""
    courses, tables = block.courses, block.tables
    near = np.flatnonzero(courses.since <= tables.longest_interval)
    earliest = _earliest(courses, near, tables.from_first, tables)
    block.told.unsure[courses.patient(near[earliest == NO_DAY])] = True
    early = near[courses.first[near] < earliest]
    is_unclear = courses.infusions[early - 1] < courses.planned[early - 1]
    unclear = early[is_unclear]
    for kind in (COURSE_BOUNDARY_UNCLEAR, NEEDS_CLINICAL_DECISION):
        block.tell_of(kind, unclear, courses.first[unclear])
    _tell_early(block, early[~is_unclear])
    return unclear


def _tell_early(block: _Block, early: Array) -> None:
    """Tell how grave it is that courses began too early: by the strictest anchor, and the tolerance asked for."""
    courses, tables = block.courses, block.tables
    strictest = np.where(tables.warned, tables.warned_from_first, tables.from_first)
    earliest = _earliest(courses, early, strictest, tables)
    block.told.unsure[courses.patient(early[earliest == NO_DAY])] = True
    missing = earliest - courses.first[early]
    tolerated = (missing > 0) & (missing <= tables.tolerance_days)
    for kind, which in (
        (ANCHOR_NOT_NAMED, missing <= 0),
        (WITHIN_TOLERANCE, tolerated),
        (INTERVAL_BELOW_MINIMUM, (missing > 0) & ~tolerated),
    ):
        block.tell_of(kind, early[which], courses.first[early[which]])


def _tell_limits(block: _Block, unclear: Array) -> None:
    """Tell courses beyond the limits; unclear ones are not counted (S14)."""
    courses, tables = block.courses, block.tables
    limits = ((TOO_MANY_COURSES, tables.maximum_courses), (DATA_LIMITED_BEYOND, tables.data_limited_beyond))
    high = np.flatnonzero(courses.number > min(limit for _, limit in limits))
    high = high[~_is_among(unclear, courses)[high]]
    counted = courses.number[high] - _unclear_so_far(courses, unclear, high)
    for kind, limit in limits:
        beyond = high[counted > limit]
        block.tell_of(kind, beyond, courses.first[beyond])


def _is_among(place: Array, courses: _Courses) -> Array:
    """Return of each course whether it is one of some."""
    among = np.zeros(len(courses.start), bool)
    among[place] = True
    return among


def _unclear_so_far(courses: _Courses, unclear: Array, place: Array) -> Array:
    """Return for some courses how many unclear ones their patient has up to them."""
    before = np.searchsorted(unclear, place - courses.number[place] + 1)  # a first course is never unclear
    count: Array = np.searchsorted(unclear, place, "right") - before
    return count


def _tell_ends(block: _Block, unclear: Array) -> None:
    """Tell courses that are short and over, and what follows from each patient's last one (S08, S09)."""
    courses, tables = block.courses, block.tables
    short = np.flatnonzero(courses.infusions < courses.planned)
    is_last = courses.end[courses.owner[short]] == short
    since = tables.as_of - courses.last[short]
    going_on = is_last & (since <= 1)
    interrupted = is_last & (since > 1) & (since <= tables.gap_days)
    settled = ~_is_among(unclear, courses)[short]
    for kind, which in (
        (COURSE_INTERRUPTED, interrupted & settled),
        (COURSE_INCOMPLETE, ~going_on & ~interrupted & settled),
        (NEEDS_CLINICAL_DECISION, is_last & ~going_on & settled),
    ):
        block.tell_of(kind, short[which], courses.last[short[which]])
    undecided = np.zeros(len(courses.end), bool)
    undecided[courses.owner[unclear]] = True
    rest = short[going_on & ~undecided[courses.owner[short]]]
    planned = courses.last[courses.end]
    planned[courses.owner[rest]] += courses.planned[rest] - courses.infusions[rest]
    undecided[courses.owner[short[is_last & ~going_on]]] = True
    _date(block, planned, undecided)


def _date(block: _Block, planned: Array, undecided: Array) -> None:
    """Fill in the counts and dates of patients by their last courses; `planned` is the last infusion to count from."""
    courses, tables, told = block.courses, block.tables, block.told
    patient = courses.ordinal if len(courses.ordinal) < len(told.rows) else slice(None)
    number, first = courses.number[courses.end], courses.first[courses.end]
    told.infusions[patient] = courses.rows
    told.courses[patient] = number
    told.last_infusion[patient] = courses.last[courses.end]
    anchor = first if tables.contraception_from_first else planned
    told.contraception_until[patient] = tables.contraception.take(anchor)
    told.monitoring_until[patient] = np.maximum(
        tables.monitoring_first.take(first), tables.monitoring_last.take(planned)
    )
    begin = tables.span.take(number, mode="clip")  # the next course has rule `number`, or the last one
    anchor = np.where(tables.from_first.take(number, mode="clip"), first, planned)
    earliest = tables.after.take(begin + anchor)
    in_future = (told.codes[patient] & np.uint32(1 << BIT[INFUSION_IN_FUTURE])) != 0
    stopped = in_future | undecided | (number >= tables.course_limit)
    told.unsure[patient] |= ~stopped & (earliest == NO_DAY)
    told.next_earliest[patient] = np.where(stopped, NO_DAY, earliest)


def _doubt_numbers(block: _Block, recorded: Array, unclear: Array) -> None:
    """Leave to `evaluate` whose course numbers are not those that the gaps tell, or settle what is unclear (S07)."""
    courses, told = block.courses, block.told
    rows = np.flatnonzero(recorded != 0)
    place = block.course_of(rows)
    told.unsure[courses.patient(place[recorded[rows] != courses.number[place]])] = True
    numbered = np.zeros(len(told.patient), bool)
    numbered[courses.patient(place)] = True
    doubtful = courses.patient(unclear)
    told.unsure[doubtful] |= numbered[doubtful]
