"""`Block`, the rows that a screening rule examines, and `Twin`, a screening rule with the rules that it mirrors."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lemtrada_schedule.cohort.screen.courses import Breaks, Courses, earliest_days, is_among
from lemtrada_schedule.cohort.screen.layout import DAY, NO_DAY, Array, Screened, Tables
from lemtrada_schedule.findings.finding import FindingKind
from lemtrada_schedule.judging.rules.case import Rule

__all__ = ["Block", "ShortCourses", "Twin", "block_of"]


@dataclass(frozen=True, slots=True, repr=False)
class ShortCourses:
    """The courses with fewer infusions than planned; each array has an entry for each of them (S08)."""

    place: Array
    """Their places among the courses of the block."""
    is_last: Array
    """Whether it is its patient's last course."""
    in_progress: Array
    interrupted: Array
    is_clear: Array
    """Whether it is clear that the course does not continue the previous one (S07)."""


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """The given rows of some patients, sorted by patient and day, with their courses, and the result so far."""

    key: Array
    """Patient and day of each row."""
    marks: Array | None
    """The marks of each row; `None`: there are none."""
    breaks: Breaks
    courses: Courses
    tables: Tables
    early: Array
    """The courses that began before their minimum interval had passed; not those in `unclear`."""
    unclear: Array
    """The courses that may continue the previous one (S07)."""
    short: ShortCourses
    result: Screened

    def course_of(self, rows: Array) -> Array:
        """Return the places of the courses that some rows belong to."""
        place: Array = np.searchsorted(self.courses.start, rows, "right") - 1
        return place

    def report_rows(self, kind: FindingKind, rows: Array) -> None:
        """Report one finding of a kind for each of some rows."""
        self.report_courses(kind, self.course_of(rows), self.key[rows] & DAY)

    def report_courses(self, kind: FindingKind, place: Array, day: Array) -> None:
        """Report one finding of a kind for each of some courses, given by their places, on a day of each."""
        if len(place):
            courses = self.courses
            self.result.add(kind, courses.patient(place), courses.number[place], self.tables.year[day])

    def leave_to_evaluate(self, place: Array) -> None:
        """Mark the patients of some courses to be judged by `evaluate`."""
        self.result.unsure[self.courses.patient(place)] = True


@dataclass(frozen=True, slots=True, repr=False)
class Twin:
    """A rule of the screen, which reports for a block what some rules of `judging/rules` report for one patient."""

    mirrors: tuple[Rule, ...]
    screen: Callable[[Block], None]


def block_of(
    key: Array, marks: Array | None, breaks: Breaks, courses: Courses, *, tables: Tables, result: Screened
) -> Block:
    """Return the block of some given rows, with the facts about its courses that several rules need.

    Patients without an earliest day in a table are judged by `evaluate`.
    """
    near = np.flatnonzero(courses.since <= tables.longest_interval)
    earliest = earliest_days(courses, near, tables.from_first, tables)
    result.unsure[courses.patient(near[earliest == NO_DAY])] = True
    early = near[courses.first[near] < earliest]
    follows_short = courses.infusions[early - 1] < courses.planned[early - 1]
    unclear = early[follows_short]
    short = _short_courses(courses, unclear, result.as_of, tables)
    return Block(key, marks, breaks, courses, tables, early[~follows_short], unclear, short, result)


def _short_courses(courses: Courses, unclear: Array, as_of: Array, tables: Tables) -> ShortCourses:
    """Return the short courses; `as_of` is the date of the question for each patient of the block."""
    place = np.flatnonzero(courses.infusions < courses.planned)
    is_last = courses.end[courses.owner[place]] == place
    since = as_of[courses.patient(place)] - courses.last[place]
    in_progress = is_last & (since <= 1)
    interrupted = is_last & (since > 1) & (since <= tables.gap_days)
    return ShortCourses(place, is_last, in_progress, interrupted, ~is_among(unclear, courses)[place])
