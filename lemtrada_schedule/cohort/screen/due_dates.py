"""`Every` and `Series`: the due dates of tests, for many patients at once, as `protocol/due_dates.py` has them for one.

A due date is its place in its series, from 1; place 0 is the infusion that the series is counted from.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lemtrada_schedule.cohort.screen.layout import Array
from lemtrada_schedule.cohort.screen.month_tables import LAST_DAY, MonthTables, month_tables
from lemtrada_schedule.dates.spans import STEPS, Offset, Span
from lemtrada_schedule.protocol.actions import SeriesAction

__all__ = ["NEVER", "Anchors", "Every", "Series", "moved", "series_after"]

NEVER: Final = 1 << 30
"""Represents a day that never comes, and a series without an end."""


class Every:
    """The span between two due dates; each is counted in one step from the infusion, and rounded earlier."""

    def __init__(self, span: Span) -> None:
        """Take a span of a protocol."""
        self._step = span.count * STEPS[span.unit]
        self._months: MonthTables | None = None if span.is_exact else month_tables("earlier")

    def day(self, anchor: Array, place: Array) -> Array:
        """Return the due dates at some places; one after 2199 is the last day of 2199."""
        if self._months is None:
            day: Array = np.minimum(anchor + self._step * place, LAST_DAY)
            return day
        return self._months.moved(anchor, self._step * place)

    def until(self, anchor: Array, day: Array) -> Array:
        """Return how many due dates there are up to a day, included."""
        if self._months is None:
            exact: Array = np.maximum(0, (day - anchor) // self._step)
            return exact
        months = self._months.months_of(day) - self._months.months_of(anchor)
        place: Array = np.maximum(0, months // self._step)
        return place - ((place > 0) & (self.day(anchor, place) > day)).astype(np.int64)

    def around(self, anchor: Array, day: Array) -> tuple[Array, Array, Array]:
        """Return the place of the last due date before each day, that date, and the next one.

        The days are after their anchors.
        """
        if self._months is None:
            place = (day - 1 - anchor) // self._step
            before = anchor + self._step * place
            return place, before, np.minimum(before + self._step, LAST_DAY)
        months = self._months
        place = (months.months_of(day - 1) - months.months_of(anchor)) // self._step
        near = months.moved(anchor, self._step * place)
        is_next = near >= day
        other = months.moved(anchor, self._step * np.where(is_next, place - 1, place + 1))
        return place - is_next, np.where(is_next, other, near), np.where(is_next, near, other)


def moved(offset: Offset, days: Array, *, is_later: bool) -> Array:
    """Return the days at an offset from some days, rounded later or earlier; none is after 2199."""
    if offset.span is None:
        return days
    step = offset.span.count * STEPS[offset.span.unit] * offset.direction
    if offset.span.is_exact:
        moved_days: Array = np.minimum(days + step, LAST_DAY)
        return moved_days
    return month_tables("later" if is_later else "earlier").moved(days, step)


@dataclass(frozen=True, slots=True, repr=False)
class Anchors:
    """The courses that tests are counted from, sorted by patient and day: an entry for each course.

    A course's days do not touch those of the next one.
    """

    patient: Array
    """The place of the patient among all patients."""
    number: Array
    first: Array
    last: Array
    """The last infusion given."""
    until: Array
    """The last infusion, given or still planned: due dates count from it (S09)."""
    before: Array
    """The patient's last infusion before the course; before every day if there is none."""
    following: Array
    """The first infusion of the patient's next course; `NEVER`: there is none."""
    is_continued: Array
    """Whether the next course may continue this one, so that its last infusion is unclear (S07)."""
    latest: Array
    """The place of the patient's last course."""

    def cut(self, places: slice) -> "Anchors":
        """Return the courses of neighbouring patients, with the places of their last courses among these."""
        own = self.taken(places)
        return replace(own, latest=own.latest - places.start)

    def taken(self, places: Array | slice) -> "Anchors":
        """Return some of the courses; `latest` is then no place in them."""
        return Anchors(*(getattr(self, name)[places] for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True, repr=False)
class Series:
    """The due dates of one rule: an entry for each patient and course, sorted by patient and day."""

    every: Every
    patient: Array
    number: Array
    """The number of the course; 0 for a test of the treatment as a whole."""
    anchor: Array
    """The infusion that the dates count from."""
    closes: Array
    """The first infusion of the next course; `NEVER` if there is none, or if the series does not restart."""
    size: Array
    """How many due dates there are; `NEVER` if the series does not end."""
    due: Array
    """How many of them are on or before the date of the question."""
    last_due: Array
    """The last of these; the anchor where there is none."""
    is_over: Array
    """Whether `due` is all of them, and no further record can serve the last one."""


def series_after(action: SeriesAction, anchors: Anchors, as_of: Array) -> Series:
    """Return the due dates of a test after the courses that it is counted from (S20).

    Courses that may be continued have none, and neither have series that are never due.

    Args:
        action: The test.
        anchors: All courses.
        as_of: By patient, the date of the question.
    """
    every = Every(action.every)
    own = anchors if action.per == "course" else anchors.taken(np.flatnonzero(anchors.number == 1))
    is_once = action.per == "treatment"
    closes = np.full(len(own.patient), NEVER) if is_once else own.following.astype(np.int64)
    last = anchors.taken(own.latest) if is_once else own
    ends = closes
    if action.until:
        counted_from = last.first if action.until.anchor == "first infusion" else last.until
        ends = np.minimum(moved(action.until, counted_from, is_later=True), closes)
    has_end = ends < NEVER
    size = np.where(has_end, every.until(own.until, np.where(has_end, ends, own.until)), NEVER)
    until = as_of[own.patient]
    due = np.minimum(every.until(own.until, until), size)
    following = every.day(own.until, np.where(has_end, size, 0) + 1)
    kept = np.flatnonzero((size > 0) & ~own.is_continued)

    def small(days: Array) -> Array:
        return days[kept].astype(np.int32)

    return Series(
        every=every,
        patient=own.patient[kept],
        number=np.zeros(len(kept), np.int64) if is_once else own.number[kept].astype(np.int64),
        anchor=small(own.until),
        closes=small(closes),
        size=small(size),
        due=small(due),
        last_due=small(every.day(own.until, due)),
        is_over=((due == size) & (until > np.minimum(following - 1, closes)))[kept],
    )
