"""What goes into the screen, as numbers and look-up tables, and what comes out of it.

Days are numbers counted from 1 January 2000.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from lemtrada_schedule.cohort.screen.finding_bits import BIT
from lemtrada_schedule.findings.finding import FindingKind

__all__ = ["COURSE_SHIFT", "DAY", "DAY_BITS", "MARK_BITS", "NO_DAY", "Array", "Screened", "Tables", "Tied", "added"]

Array = npt.NDArray[Any]

DAY_BITS: Final = 17
"""Days of a century need 16 bits; with one more, a step to another patient is longer than any between two days."""

DAY: Final = (1 << DAY_BITS) - 1

NO_DAY: Final = -(1 << 30)
"""A day that there is not: earlier than any."""

PARTIAL, SHORT_INFUSION, SHORT_OBSERVATION, DOSE, NOT_GIVEN = 1, 2, 4, 8, 16
"""What can be marked at a row. Shortness is marked at completed infusions only."""

COURSE_SHIFT: Final = 5
"""Above the marks stands the course number on record, 0 where there is none."""

MARK_BITS: Final = 11

CLOSED, PUBLIC, UNKNOWN = 1, 2, 3
"""Why a day is no open one; `UNKNOWN` is a year without public holiday data."""


@dataclass(frozen=True, slots=True, repr=False)
class Monitoring:
    """When tests end."""

    from_first: Array
    """By day of the first infusion, the last day of monitoring that is counted from it, `NO_DAY` if none is."""
    from_last: Array
    """The same, counted from the last infusion."""

    def until(self, first: Array, last: Array) -> Array:
        """Return the last day of monitoring for some first and last infusions."""
        latest: Array = np.maximum(self.from_first.take(first), self.from_last.take(last))
        return latest


@dataclass(frozen=True, slots=True, repr=False)
class Tables:
    """A protocol, a clinic and a day of asking, as numbers and look-up tables by day."""

    as_of: int
    gap_days: int
    tolerance_days: int
    infusion_minutes: int
    observation_minutes: int
    course_limit: int
    data_limited_beyond: int
    planned: Array
    """Infusion days by rule; course n has rule n - 1, the last rule repeats."""
    span: Array
    """By rule, where in `after` the table of its minimum interval begins."""
    from_first: Array
    """By rule, whether the interval counts from the first infusion of the course before, not from its last."""
    warned: Array
    """By rule, whether an early course may be only a warning."""
    warned_from_first: Array
    """By rule, whether that is counted from the first infusion."""
    after: Array
    """The tables of all intervals: by day, the day an interval later; `NO_DAY` where there is none."""
    longest_interval: int
    """Courses that are more days apart are never too early."""
    contraception: Array
    """By day of the anchor, the last day of contraception."""
    contraception_from_first: bool
    monitoring: Monitoring
    monitoring_course_1: Monitoring | None
    """Of tests of course 1 only, which end when course 2 begins; `None`: there are none."""
    closed: Array | None
    """By day, `CLOSED`, `PUBLIC`, `UNKNOWN` or 0; `None` without a clinic."""
    year: Array
    """By day, its year."""


@dataclass(frozen=True, slots=True, repr=False)
class Tied:
    """Days with more than one given row, each once, by key."""

    key: Array
    patient: Array
    course: Array


@dataclass(slots=True, repr=False)
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
    by_course: dict[int, Array] = field(default_factory=dict, kw_only=True)
    """By bit of a code, how often it occurs in each course; 0 where a finding belongs to none."""
    by_year: dict[int, Array] = field(default_factory=dict, kw_only=True)
    unknown_years: set[int] = field(default_factory=set, kw_only=True)
    """Years with given rows and without public holiday data."""

    def tell(self, kind: FindingKind, patient: Array, course: Array, year: Array) -> None:
        """Take findings of one kind: whose they are, in which course and year."""
        if len(patient):
            bit = BIT[kind]
            self.codes[patient] |= np.uint32(1 << bit)
            self.by_course[bit] = added(self.by_course.get(bit), np.bincount(course))
            self.by_year[bit] = added(self.by_year.get(bit), np.bincount(year))

    def correct(self, patient: Array, before: "Screened", after: "Screened") -> None:
        """Replace what was told of some patients, whose places are given, and what is counted of them."""
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
    """Return two counts added, whatever their lengths."""
    if one is None:
        return other
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total
