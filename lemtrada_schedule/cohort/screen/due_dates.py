"""`Every` and `Series`: the due dates of tests, for many patients at once, as `protocol/due_dates.py` has them for one.

A due date is its place in its series, from 1; place 0 is the infusion that the series is counted from.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from lemtrada_schedule.cohort.screen.layout import Array
from lemtrada_schedule.cohort.screen.month_tables import LAST_DAY, SLOTS, MonthTables, month_tables, year_in, year_of
from lemtrada_schedule.dates.months import LAST_YEAR
from lemtrada_schedule.dates.spans import STEPS, Offset, Span
from lemtrada_schedule.protocol.actions import SeriesAction

__all__ = ["NEVER", "Anchors", "Every", "Series", "moved", "series_after"]

NEVER: Final = 1 << 30
"""Represents a day that never comes, and a series without an end."""


class Every:
    """The span between two due dates; each is counted in one step from the infusion, and rounded earlier.

    The place of the anchor in the tables is looked up once: its *start*. That is a slot of `MonthTables` if the span is
    of months, and the day itself if it is of days.
    """

    def __init__(self, span: Span) -> None:
        """Take a span of a protocol."""
        count = span.count * STEPS[span.unit]
        self._months: MonthTables | None = None if span.is_exact else month_tables("earlier")
        self._step = count if span.is_exact else count * SLOTS

    def start(self, anchor: Array) -> Array:
        """Return the places of some anchors."""
        return anchor if self._months is None else self._months.slots_of(anchor)

    def day(self, start: Array, place: Array) -> Array:
        """Return the due dates at some places; one after 2199 is the last day of 2199."""
        reached = start + self._step * place
        if self._months is None:
            day: Array = np.minimum(reached, LAST_DAY)
            return day
        return self._months.day_in(reached)

    def year(self, start: Array, place: Array) -> Array:
        """Return the years of the due dates at some places."""
        if self._months is None:
            return year_of(self.day(start, place))
        years: Array = np.minimum(year_in(start + self._step * place), LAST_YEAR)
        return years

    def until(self, start: Array, day: Array) -> Array:
        """Return how many due dates there are up to a day, included."""
        passed = day if self._months is None else self._months.passed_on(day)
        place: Array = np.maximum((passed - start) // self._step, 0)
        return place

    def around(self, start: Array, day: Array) -> tuple[Array, Array, Array]:
        """Return the place of the last due date before each day, that date, and the next one.

        The days are after their anchors.
        """
        place = self.until(start, day - 1)
        return place, self.day(start, place), self.day(start, place + 1)


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
    begin: int
    """The place of the first of the patients who are judged together."""
    up_to: Array
    """By patient, from that one on: how many series they and the patients before them have."""
    patient: Array
    number: Array
    """The number of the course; 0 for a test of the treatment as a whole."""
    anchor: Array
    """The infusion that the dates count from."""
    start: Array
    """The place of the anchor, for `every`."""
    closes: Array
    """The first infusion of the next course; `NEVER` if there is none, or if the series does not restart."""
    size: Array
    """How many due dates there are; `NEVER` if the series does not end."""
    due: Array
    """How many of them are on or before the date of the question."""
    is_past: Array
    """Whether the last of these is before the date of the question."""
    is_over: Array
    """Whether `due` is all of them, and no further record can serve the last one."""


def series_after(action: SeriesAction, anchors: Anchors, as_of: Array, patients: range) -> Series:
    """Return the due dates of a test after the courses that it is counted from (S20).

    Courses that may be continued have none, and neither have series that are never due.

    Args:
        action: The test.
        anchors: All courses of some patients.
        as_of: By patient, the date of the question.
        patients: The places of these patients.
    """
    every = Every(action.every)
    own = anchors if action.per == "course" else anchors.taken(np.flatnonzero(anchors.number == 1))
    is_once = action.per == "treatment"
    closes = np.full(len(own.patient), NEVER) if is_once else own.following
    last = anchors.taken(own.latest) if is_once else own
    ends = closes
    if action.until:
        counted_from = last.first if action.until.anchor == "first infusion" else last.until
        ends = np.minimum(moved(action.until, counted_from, is_later=True), closes)
    has_end = ends < NEVER
    start = every.start(own.until)
    size = np.where(has_end, every.until(start, np.where(has_end, ends, own.until)), NEVER)
    until = as_of[own.patient]
    due = np.minimum(every.until(start, until), size)
    following = every.day(start, np.where(has_end, size, 0) + 1)
    columns = {
        "patient": own.patient,
        "number": np.zeros_like(own.number) if is_once else own.number,
        "anchor": own.until,
        "start": start,
        "closes": closes,
        "size": size,
        "due": due,
        "is_past": until > every.day(start, due),
        "is_over": (due == size) & (until > np.minimum(following - 1, closes)),
    }
    kept = (size > 0) & ~own.is_continued
    if not kept.all():
        places = np.flatnonzero(kept)
        columns = {name: column[places] for name, column in columns.items()}
    counts = np.bincount(columns["patient"] - patients.start, minlength=len(patients))
    return Series(every=every, begin=patients.start, up_to=np.cumsum(counts), **columns)
