"""Screen rows sorted by patient and day: for every patient its codes, counts and dates, in a few passes of NumPy.

A row is one 64-bit key, patient above day, and a few bits of marks. Everything that a calendar or a protocol says
comes in as `Tables`.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lemtrada_schedule.cohort.screen.courses import (
    Breaks,
    Courses,
    breaks_of,
    counted_once,
    courses_of,
    days_beyond,
    earliest_days,
    is_among,
    unclear_so_far,
)
from lemtrada_schedule.cohort.screen.finding_bits import BIT
from lemtrada_schedule.cohort.screen.layout import (
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
from lemtrada_schedule.findings.catalogue import (
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
)
from lemtrada_schedule.findings.finding import FindingKind

__all__ = ["screen"]

_MARKED: Final = (
    (PARTIAL, PARTIAL_INFUSION),
    (SHORT_INFUSION, INFUSION_TOO_SHORT),
    (SHORT_OBSERVATION, OBSERVATION_TOO_SHORT),
    (DOSE, DOSE_DIFFERS),
)


@dataclass(frozen=True, slots=True, repr=False)
class _Block:
    """Given rows of some patients, their courses, and what is told of them."""

    key: Array
    breaks: Breaks
    courses: Courses
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
    courses = courses_of(key, breaks, tables)
    told = _nothing_told(key[courses.start[courses.begin]] >> DAY_BITS, courses.rows)
    dropped = _not_counted(key, marks, courses, tables)
    if dropped is not None:
        _tell_future(told, key, marks, tables)
        key, marks = key[~dropped], None if marks is None else marks[~dropped]
        if not len(key):
            return told, Tied(key, key, key)
        breaks = breaks_of(key)
        courses = courses_of(key, breaks, tables)
        courses = replace(courses, ordinal=np.searchsorted(told.patient, key[courses.start[courses.begin]] >> DAY_BITS))
    ties = breaks.row[np.flatnonzero(breaks.step == 0)]
    block = _Block(key, breaks, counted_once(courses, ties), tables, told)
    _tell_block(block, marks)
    tied = ties[np.diff(ties, prepend=-1) > 1] - 1
    place = block.course_of(tied)
    return told, Tied(key[tied], block.courses.patient(place), block.courses.number[place])


def _tell_block(block: _Block, marks: Array | None) -> None:
    if marks is not None:
        _tell_marked(block, marks)
    if block.tables.closed is not None:
        _tell_closed(block, block.tables.closed)
    unclear = _tell_intervals(block)
    _tell_shape(block, unclear)
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


def _not_counted(key: Array, marks: Array | None, courses: Courses, tables: Tables) -> Array | None:
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


def _tell_shape(block: _Block, unclear: Array) -> None:
    """Tell the first gap inside each course, and each day beyond the planned count, where that is known (S07)."""
    key, courses = block.key, block.courses
    step = block.breaks.step
    torn = block.breaks.row[np.flatnonzero((step > 1) & (step <= block.tables.gap_days))]
    course, first = np.unique(block.course_of(torn), return_index=True)
    block.tell_of(COURSE_NOT_CONSECUTIVE, course, key[torn[first]] & DAY)
    long = np.flatnonzero(courses.infusions > courses.planned)
    if len(long):
        long = long[~is_among(unclear, courses)[long]]
        block.tell_at(EXTRA_INFUSION, days_beyond(courses, key, long))


def _tell_intervals(block: _Block) -> Array:
    """Tell courses that began too early (S11), and return which ones may be the course before going on (S07)."""
    courses, tables = block.courses, block.tables
    near = np.flatnonzero(courses.since <= tables.longest_interval)
    earliest = earliest_days(courses, near, tables.from_first, tables)
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
    earliest = earliest_days(courses, early, tables.from_first, tables)
    second = np.flatnonzero(courses.number[early] == 2)  # the leniency is between courses 1 and 2 alone (S28)
    lenient = np.where(tables.warned, tables.warned_from_first, tables.from_first)
    earliest[second] = earliest_days(courses, early[second], lenient, tables)
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
    limits = ((TOO_MANY_COURSES, tables.course_limit), (DATA_LIMITED_BEYOND, tables.data_limited_beyond))
    high = np.flatnonzero(courses.number > min(limit for _, limit in limits))
    high = high[~is_among(unclear, courses)[high]]
    counted = courses.number[high] - unclear_so_far(courses, unclear, high)
    for kind, limit in limits:
        beyond = high[counted > limit]
        block.tell_of(kind, beyond, courses.first[beyond])


def _tell_ends(block: _Block, unclear: Array) -> None:
    """Tell courses that are short and over, and what follows from each patient's last one (S08, S09)."""
    courses, tables = block.courses, block.tables
    short = np.flatnonzero(courses.infusions < courses.planned)
    is_last = courses.end[courses.owner[short]] == short
    since = tables.as_of - courses.last[short]
    going_on = is_last & (since <= 1)
    interrupted = is_last & (since > 1) & (since <= tables.gap_days)
    settled = ~is_among(unclear, courses)[short]
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
    told.monitoring_until[patient] = _monitored(tables, number, first, planned)
    begin = tables.span.take(number, mode="clip")  # the next course has rule `number`, or the last one
    anchor = np.where(tables.from_first.take(number, mode="clip"), first, planned)
    earliest = tables.after.take(begin + anchor)
    in_future = (told.codes[patient] & np.uint32(1 << BIT[INFUSION_IN_FUTURE])) != 0
    stopped = in_future | undecided | (number >= tables.course_limit)
    told.unsure[patient] |= ~stopped & (earliest == NO_DAY)
    told.next_earliest[patient] = np.where(stopped, NO_DAY, earliest)


def _monitored(tables: Tables, number: Array, first: Array, planned: Array) -> Array:
    """Return the last days of monitoring by the first and the last infusion of patients' last courses."""
    until = tables.monitoring.until(first, planned)
    if tables.monitoring_course_1 is not None:
        only = np.flatnonzero(number == 1)
        until[only] = np.maximum(until[only], tables.monitoring_course_1.until(first[only], planned[only]))
    return until


def _doubt_numbers(block: _Block, recorded: Array, unclear: Array) -> None:
    """Leave to `evaluate` whose course numbers are not those of the gaps, contradict the dates, or settle S07."""
    courses, told = block.courses, block.told
    rows = np.flatnonzero(recorded != 0)
    place = block.course_of(rows)
    told.unsure[courses.patient(place[recorded[rows] != courses.number[place]])] = True
    rule = block.tables.span.take(courses.number[place], mode="clip")  # of the next course
    again = block.tables.after.take(rule + courses.first[place])
    told.unsure[courses.patient(place[(again != NO_DAY) & (again <= courses.last[place])])] = True  # S30
    numbered = np.zeros(len(told.patient), bool)
    numbered[courses.patient(place)] = True
    doubtful = courses.patient(unclear)
    told.unsure[doubtful] |= numbered[doubtful]
