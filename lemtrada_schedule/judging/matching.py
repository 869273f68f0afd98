"""Match the records of one test with its due dates, and return the state of each date (S42).

A record serves the due date before it, if that has no record and the next due date is still far away. Otherwise it
serves the due date after it, if that is near. Far is more than a quarter of the interval between the two due dates,
near is at most half of it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from lemtrada_schedule.judging.verdicts import TestDate, TestState
from lemtrada_schedule.validation.computed import computed

__all__ = ["DueSeries", "dates_judged", "longest_gap", "matched", "turning_days"]

_TestDate = computed(TestDate)

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, repr=False)
class DueSeries:
    """The due dates of one test after one course."""

    anchor: date
    """The infusion from which they are counted; only later records belong to the series."""
    dates: tuple[date, ...]
    """The due dates in order, at least one: all of them, or those up to the second one after the date of the question.
    """
    next_day: date
    """The day that would be due next after these dates."""
    closes: date | None
    """The first infusion of the next course; `None` if there is none, or if the series never restarts."""
    first: int
    """The index of the first date that is judged; the state of earlier ones is unknown (S32)."""

    @property
    def last_taken(self) -> date:
        """The last day on which a record can serve the last due date, included."""
        before = self.next_day - _ONE_DAY
        return min(before, self.closes) if self.closes else before

    def missed_from(self, place: int) -> date:
        """Return the day from which a date without a record is missed."""
        return self.dates[place + 1] if place + 1 < len(self.dates) else self.last_taken + _ONE_DAY

    def last_in_time(self, place: int, grace_days: int) -> date:
        """Return the last day on which a test is on time: at most a quarter of the interval after its due date."""
        due = self.dates[place]
        if not grace_days:
            return due
        following = self.dates[place + 1] if place + 1 < len(self.dates) else self.next_day
        return due + _ONE_DAY * min(grace_days, (following - due).days // 4)


def matched(series: DueSeries, days: Sequence[date]) -> list[date | None]:
    """Return the day of the record that serves each due date; `None` if no record does.

    Args:
        series: The due dates.
        days: The days of the records that belong to the series, each once, in order.
    """
    dates, anchor, count = series.dates, series.anchor, len(series.dates)
    served: list[date | None] = [None] * count
    place = 0  # of the first due date on or after the record
    for day in days:
        while place < count and dates[place] < day:
            place += 1
        before = place - 1
        may_be_late = place > 0 and served[before] is None
        if place == count:
            if may_be_late:
                served[before] = day
            continue
        interval = (dates[place] - (dates[before] if place else anchor)).days
        ahead = (dates[place] - day).days
        if may_be_late and ahead > interval // 4:
            served[before] = day
        elif served[place] is None and ahead <= interval // 2:
            served[place] = day
    return served


def dates_judged(
    series: DueSeries, served: Sequence[date | None], as_of: date, *, grace_days: int, waived_to: date | None
) -> tuple[TestDate, ...]:
    """Return the state of each due date, up to and including the first one after `as_of`.

    Args:
        series: The due dates.
        served: The day of the record of each date.
        as_of: The date of the question.
        grace_days: How many days after its date a test is still on time.
        waived_to: The last day up to which dates without a record are accepted; `None` without an override.
    """
    until = bisect_right(series.dates, as_of) + 1
    judged = []
    for place in range(series.first, min(until, len(series.dates))):
        due, done_on = series.dates[place], served[place]
        if done_on is not None:
            is_late = done_on > series.last_in_time(place, grace_days)
            state: TestState = "late" if is_late else "done"
            days_late = (done_on - due).days if is_late else None
            judged.append(_TestDate(due=due, state=state, done_on=done_on, days_late=days_late))
        elif waived_to is not None and due <= waived_to:
            judged.append(_TestDate(due=due, state="waived"))
        else:
            judged.append(_TestDate(due=due, state=_open(series, served, place, as_of, grace_days)))
    return tuple(judged)


def _open(series: DueSeries, served: Sequence[date | None], place: int, as_of: date, grace_days: int) -> TestState:
    """Return the state of a date without a record."""
    if as_of >= series.missed_from(place) or _next_is_done(served, place):
        return "missed"
    return "overdue" if as_of > series.last_in_time(place, grace_days) else "due"


def _next_is_done(served: Sequence[date | None], place: int) -> bool:
    return place + 1 < len(served) and served[place + 1] is not None


def turning_days(
    series: DueSeries, served: Sequence[date | None], as_of: date, *, grace_days: int, waived_to: date | None
) -> set[date]:
    """Return the days after `as_of` on which the answer about a series changes next, if nothing is recorded.

    A date without a record becomes overdue and then missed. The list of dates grows on each due day.
    """
    days = set()
    for place, due in enumerate(series.dates):
        is_open = place >= series.first and served[place] is None and not _next_is_done(served, place)
        if is_open and not (waived_to and due <= waived_to):
            days |= {series.last_in_time(place, grace_days) + _ONE_DAY, series.missed_from(place)}
        if due > as_of:
            if series.first <= place + 1 < len(series.dates):
                days.add(due)
            if place >= series.first:
                break
    return {day for day in days if day > as_of}


def longest_gap(days: Sequence[date]) -> int | None:
    """Return the longest gap in days between neighbours of sorted days; `None` if there are fewer than two."""
    return max(((later - earlier).days for earlier, later in pairwise(days)), default=None)
