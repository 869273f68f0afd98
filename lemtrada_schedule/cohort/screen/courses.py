"""Courses in rows sorted by patient and day, found in a few passes of NumPy.

Two neighbours whose keys differ by 1 are consecutive days of one patient. Only the other rows, the breaks, are
examined further.
"""

from dataclasses import dataclass, replace

import numpy as np

from lemtrada_schedule.cohort.screen.layout import DAY, Array, Tables

__all__ = [
    "Breaks",
    "Courses",
    "breaks_of",
    "counted_once",
    "courses_of",
    "days_beyond",
    "earliest_days",
    "is_among",
    "rows_of",
    "unclear_so_far",
]


@dataclass(frozen=True, slots=True, repr=False)
class Breaks:
    """The rows whose key is not that of the previous row plus 1."""

    row: Array
    step: Array
    """The difference from the key of the previous row; 0: the same day again."""


def breaks_of(key: Array) -> Breaks:
    """Return where the days of a patient are not consecutive."""
    step = key[1:] - key[:-1]
    place = np.flatnonzero(step != 1)
    return Breaks(place + 1, step[place])


@dataclass(frozen=True, slots=True, repr=False)
class Courses:
    """The courses of all patients, one after another; an array has an entry for each course, or for each patient."""

    start: Array
    """The row of the first infusion."""
    first: Array
    last: Array
    since: Array
    """Days since the last infusion of the previous course; for a patient's first course, more than any interval."""
    infusions: Array
    number: Array
    planned: Array
    """How many infusions the course has by its rule."""
    owner: Array
    """By course: its patient, as a place in the arrays by patient."""
    begin: Array
    """By patient: the place of the first course."""
    end: Array
    """By patient: the place of the last course."""
    rows: Array
    """By patient: the rows of all courses."""
    ordinal: Array
    """By patient: the place among all patients of the block."""

    def patient(self, place: Array) -> Array:
        """Return the patients of some courses, as places among all patients of the block."""
        patient: Array = self.ordinal[self.owner[place]]
        return patient


def courses_of(key: Array, breaks: Breaks, tables: Tables) -> Courses:
    """Return the courses: one starts with each patient, and after each gap longer than the protocol's (S07)."""
    begins = np.flatnonzero(breaks.step > tables.gap_days)
    start = np.append(0, breaks.row[begins])
    since = np.append(DAY, breaks.step[begins])
    head = key[start]
    begin = np.append(0, np.flatnonzero(since[1:] > DAY >> 1) + 1)
    end = np.append(begin[1:], len(start))
    patients = np.arange(len(begin))
    owner = np.repeat(patients, end - begin)
    number = np.arange(1, len(start) + 1) - begin[owner]
    return Courses(
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


def counted_once(courses: Courses, ties: Array) -> Courses:
    """Return the courses with each infusion day counted once; `ties` are the rows on the day of the previous row."""
    again = np.searchsorted(courses.start, ties, "right") - 1
    return replace(
        courses,
        infusions=courses.infusions - np.bincount(again, minlength=len(courses.start)),
        rows=courses.rows - np.bincount(courses.owner[again], minlength=len(courses.end)),
    )


def rows_of(courses: Courses, key: Array, place: Array) -> Array:
    """Return the rows of some courses, one course after another."""
    size = np.append(courses.start[1:], len(key))[place] - courses.start[place]
    rows: Array = np.arange(size.sum()) + np.repeat(courses.start[place] - (np.cumsum(size) - size), size)
    return rows


def days_beyond(courses: Courses, key: Array, long: Array) -> Array:
    """Return the rows of some courses on days beyond those planned; of the rows of one day, the first."""
    rows = rows_of(courses, key, long)
    size = np.append(courses.start[1:], len(key))[long] - courses.start[long]
    offset = np.cumsum(size) - size
    fresh = key[rows] != key[rows - 1]
    days = np.cumsum(fresh)
    ordinal = days - np.repeat(days[offset] - 1, size)
    beyond: Array = rows[fresh & (ordinal > np.repeat(courses.planned[long], size))]
    return beyond


def earliest_days(courses: Courses, place: Array, from_first: Array, tables: Tables) -> Array:
    """Return the earliest first days of some courses.

    Args:
        courses: All courses.
        place: The places of the courses asked about; none is a patient's first course.
        from_first: By rule, whether the interval counts from the first infusion of the previous course.
        tables: The rules as tables.
    """
    rule = np.minimum(courses.number[place], len(tables.planned)) - 1
    anchor = np.where(from_first[rule], courses.first[place - 1], courses.last[place - 1])
    earliest: Array = tables.after[tables.span[rule] + anchor]
    return earliest


def is_among(place: Array, courses: Courses) -> Array:
    """Return for each course whether its index is among some indices."""
    among = np.zeros(len(courses.start), bool)
    among[place] = True
    return among


def unclear_so_far(courses: Courses, unclear: Array, place: Array) -> Array:
    """Return how many unclear courses a patient has, up to each of some courses."""
    before = np.searchsorted(unclear, place - courses.number[place] + 1)  # a first course is never unclear
    count: Array = np.searchsorted(unclear, place, "right") - before
    return count
