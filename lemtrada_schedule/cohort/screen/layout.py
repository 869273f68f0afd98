"""The input and output of the screen: marks, look-up tables, results.

Days are numbers, counted from 1 January 2000.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lemtrada_schedule.cohort.screen.finding_bits import BIT, COUNTED_FROM
from lemtrada_schedule.findings.finding import FindingKind, MissingKind
from lemtrada_schedule.records.courses import GivenStatus
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = [
    "COURSE_SHIFT",
    "COURSE_STATUSES",
    "DAY",
    "DAY_BITS",
    "MARK_BITS",
    "NO_DAY",
    "Array",
    "CourseRows",
    "Screened",
    "Tables",
    "Tallies",
    "Tied",
    "added",
]

Array = npt.NDArray[Any]

Tallies = dict[tuple[str, str], Array]
"""By unit, such as `records`, and by `all`, `course` or `year` (from 2000): how many there are of each value."""

DAY_BITS: Final = 17
"""The days of a century need 16 bits; with one more bit, the next patient is further away than any two days."""

DAY: Final = (1 << DAY_BITS) - 1

NO_DAY: Final = -(1 << 30)
"""Represents a missing day: earlier than every day."""

PARTIAL, SHORT_INFUSION, SHORT_OBSERVATION, DOSE, NOT_GIVEN = 1, 2, 4, 8, 16
"""The marks of a row. Only completed infusions are marked as short."""

COURSE_SHIFT: Final = 5
"""The bits above the marks hold the course number on record, 0 where there is none."""

MARK_BITS: Final = 11

CLOSED, PUBLIC, UNKNOWN = 1, 2, 3
"""Why a day is closed; `UNKNOWN`: the public holidays of its year are unknown."""


COURSE_STATUSES: Final[tuple[GivenStatus, ...]] = (
    "complete", "partial", "interrupted", "in-progress", "not-assessed",
)  # fmt: skip
"""The statuses of a course on record; `CourseRows` holds their places here."""


@dataclass(frozen=True, slots=True, repr=False)
class Monitoring:
    """When tests end, by the infusions that the ends are counted from."""

    from_first: Array
    """By day of the first infusion, the last day of monitoring counted from it; `NO_DAY` if none is."""
    from_last: Array
    """The same, counted from the last infusion."""

    def until(self, first: Array, last: Array) -> Array:
        """Return the last day of monitoring for some first and last infusions."""
        latest: Array = np.maximum(self.from_first.take(first), self.from_last.take(last))
        return latest


@dataclass(frozen=True, slots=True, repr=False)
class Tables:
    """A protocol, a clinic and the date of the question as numbers, and as look-up tables by day."""

    as_of: int | None
    """`None`: each patient has a day of their own."""
    gap_days: int
    tolerance_days: int
    infusion_minutes: int
    observation_minutes: int
    course_limit: int
    data_limited_beyond: int
    planned: Array
    """Infusion days by rule; course n has rule n - 1, and the last rule is for all later courses too."""
    span: Array
    """By rule, the position in `after` at which the table of its minimum interval begins."""
    from_first: Array
    """By rule, whether the interval counts from the first infusion of the course before, not from its last."""
    has_interval: Array
    """By rule, whether there is a minimum interval."""
    warned: Array
    """By rule, whether an early course may be only a warning."""
    warned_from_first: Array
    """By rule, whether that is counted from the first infusion."""
    after: Array
    """The tables of all intervals, one after another: by day, the day an interval later, or `NO_DAY`."""
    longest_interval: int
    """Courses that are more days apart than this are never too early."""
    contraception: Array
    """By day of the anchor, the last day of contraception."""
    contraception_from_first: bool
    contraception_begins: Array
    """By day of the anchor, the first day of contraception."""
    contraception_begins_from_first: bool
    monitoring: Monitoring
    monitoring_course_1: Monitoring | None
    """For tests of course 1 only, which end when course 2 begins; `None`: there are none."""
    closed: Array | None
    """By day, `CLOSED`, `PUBLIC`, `UNKNOWN` or 0; `None` without a clinic."""
    year: Array
    """By day, its year."""


@dataclass(frozen=True, slots=True, repr=False)
class Tied:
    """Days with several given rows, each once, sorted by key."""

    key: Array
    patient: Array
    course: Array


@dataclass(frozen=True, slots=True, repr=False)
class CourseRows:
    """The courses of some patients, one after another in the order of the patients, in small numbers.

    A patient's courses are in the order of their first days.
    """

    number: Array
    first: Array
    last: Array
    """The last day on record."""
    lacks_last: Array
    """Whether the source has no last day, so that the course may have gone on."""
    until: Array
    """The day from which later dates count: the last infusion, given or still planned (S09)."""
    infusions: Array
    planned: Array
    status: Array
    """The place in `COURSE_STATUSES`."""
    since: Array
    """Days since the last infusion before the course began; 0 for a first course."""
    early: Array
    """Days before the earliest day that `forecast` gave; 0: not early, or not judged."""
    clear: Array
    """Whether it is clear that the course does not continue the previous one (S07, S30)."""
    unsettled: Array
    """Whether a decision is needed first, so that ends counted from the course are provisional."""

    @classmethod
    def of(cls, **columns: Any) -> "CourseRows":
        """Return courses with each column in its type."""
        return cls(**{name: np.asarray(columns[name], kind) for name, kind in _COURSE_TYPES.items()})

    def taken(self, places: Array) -> "CourseRows":
        """Return some of the courses."""
        return CourseRows(*(getattr(self, name)[places] for name in _COURSE_TYPES))

    @classmethod
    def joined(cls, parts: Sequence["CourseRows"]) -> "CourseRows":
        """Return the courses of several groups of patients as one."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in _COURSE_TYPES))


_COURSE_TYPES: Final = {
    "number": np.uint16, "first": np.uint16, "last": np.uint16, "lacks_last": np.bool_, "until": np.uint16,
    "infusions": np.uint16, "planned": np.uint16, "status": np.uint8, "since": np.uint16, "early": np.int32,
    "clear": np.bool_, "unsettled": np.bool_,
}  # fmt: skip
"""The columns of `CourseRows`; a day, and any count of days in a century, fits into 16 bits."""


@dataclass(slots=True, repr=False)
class Screened:
    """The results of some patients, in the order of their keys, and how often each finding occurs."""

    patient: Array
    codes: Array
    rows: Array
    """How many rows there are, including those that are not infusions."""
    infusions: Array
    courses: Array
    as_of: Array
    """The date of the question for each patient."""
    first_infusion: Array
    last_infusion: Array
    next_earliest: Array
    contraception_until: Array
    monitoring_until: Array
    unsure: Array
    """Whether `evaluate` must judge the patient, because the screen cannot."""
    given: CourseRows = field(default_factory=lambda: CourseRows.of(**dict.fromkeys(_COURSE_TYPES, ())), kw_only=True)
    """The courses that `courses` counts."""
    by_course: dict[int, Array] = field(default_factory=dict, kw_only=True)
    """By bit of a code, how often it occurs by course number; 0 counts findings that belong to no course."""
    by_year: dict[int, Array] = field(default_factory=dict, kw_only=True)
    """By bit of a code, how often it occurs by year, counted from `COUNTED_FROM`."""
    tallies: Tallies = field(default_factory=dict, kw_only=True)
    """What findings are counted out of, besides courses."""
    unknown_years: set[int] = field(default_factory=set, kw_only=True)
    """Years with given rows and without public holiday data."""
    unrecorded: Counter[tuple[str, MissingKind]] = field(default_factory=Counter, kw_only=True)
    """How often each code was not assessed for a course, because the source has a row for the course alone."""

    def add(self, kind: FindingKind, patient: Array, course: Array, year: Array) -> None:
        """Add findings of one kind: the places of their patients, their courses and their years from 2000."""
        if len(patient):
            bit = BIT[kind]
            self.codes[patient] |= np.uint32(1 << bit)
            self.by_course[bit] = added(self.by_course.get(bit), np.bincount(course))
            self.by_year[bit] = added(self.by_year.get(bit), np.bincount(year + (FIRST_DATE.year - COUNTED_FROM)))

    def correct(self, patient: Array, before: "Screened", after: "Screened") -> None:
        """Replace the codes and next dates of some patients, given by their places, and correct the counts."""
        self.codes[patient] = after.codes
        self.next_earliest[patient] = after.next_earliest
        for mine, old, new in (
            (self.by_course, before.by_course, after.by_course),
            (self.by_year, before.by_year, after.by_year),
        ):
            for bit in old.keys() | new.keys():
                total = added(mine.get(bit), new[bit]) if bit in new else mine[bit]
                mine[bit] = added(total, -old[bit]) if bit in old else total
                if not mine[bit].any():
                    del mine[bit]


def added(one: Array | None, other: Array) -> Array:
    """Return the sum of two arrays of counts, which may differ in length."""
    if one is None:
        return other
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total
