"""The days on which the tests of a visit may be done, so that all of them count for its due day (S41)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.plan.activities import WindowActivity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.visit_days import VisitDay

__all__ = ["LONGEST", "DueBefore", "bounds", "window_bounds", "window_opens"]

LONGEST: Final = 366 * ONE_DAY
"""How many days before its due day a visit may be, unless a rule says less: a year and a day."""


class DueBefore:
    """The previous due day of each visit in its group, over all courses; call `of` for visits in order."""

    def __init__(self) -> None:
        """Start before the first visit."""
        self._any: dict[str, dt.date] = {}
        self._without_baselines: dict[str, dt.date] = {}

    def of(self, day: VisitDay) -> dt.date | None:
        """Return the previous due day of a visit, and store the visit's own.

        For a baseline due on the day before its course, visits that serve as a baseline are not previous due days
        (S41). A baseline served by a due date of the previous course is not due on the day before its course (S21).
        The last day of a window is not a due day: its test may be done with any visit in the window.
        """
        group, serves = day.group, () if day.is_plain else day.baselines
        is_on_eve = any(one.because.anchor_kind == "first-infusion" for one in serves)
        before = (self._without_baselines if is_on_eve else self._any).get(group)
        if day.is_plain or day.gap is not None:
            self._any[group] = day.due
            if not serves:
                self._without_baselines[group] = day.due
        return before


def bounds(day: VisitDay, before: dt.date | None, results_days: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last day allowed for a visit, both included; if the last one is earlier, no day is.

    Args:
        day: The visit.
        before: The previous due day in its group.
        results_days: How many calendar days before the first infusion a baseline must be taken.
    """
    firsts = [day.due - LONGEST]
    if before:
        firsts.append(before + ONE_DAY)
    if opens := day.opens:
        firsts.append(opens)
    if gap := day.gap:
        firsts.append(day.due - ONE_DAY * (gap // 2))
    courses = [one.last_day + ONE_DAY for one in day.baselines]
    return max(firsts), min([day.due, *[course - ONE_DAY * results_days for course in courses]])


def window_opens(window: WindowActivity, courses: Sequence[Course]) -> dt.date | None:
    """Return the first day of a window; if it states none, the day after the last infusion before its course (S42)."""
    if window.first_day:
        return window.first_day
    own = next((course for course in courses if course.number == (window.course or 1)), None)
    before = [course.last_day for course in courses if own and course.last_day < own.first_day]
    return max(before) + ONE_DAY if before else None


def window_bounds(window: WindowActivity, closes: dt.date, courses: Sequence[Course]) -> tuple[dt.date, dt.date]:
    """Return the first and the last day allowed for what is done within a window, both included.

    Args:
        window: The window.
        closes: Its last day.
        courses: The courses of the plan.
    """
    opens = window_opens(window, courses)
    return max(closes - LONGEST, opens) if opens else closes - LONGEST, closes
