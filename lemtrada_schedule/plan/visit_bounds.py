"""Between which days the tests of a visit may be done, so that all of them count for its due day (S41)."""

import datetime as dt
from typing import Final

from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.plan.visit_days import VisitDay

__all__ = ["DueBefore", "bounds"]

LONGEST: Final = 366 * ONE_DAY
"""How long before its due day a visit may be, where no rule says less: a year and a day."""


class DueBefore:
    """The due day before each visit of its group, over all courses; visits are asked for in order."""

    def __init__(self) -> None:
        """Begin before the first visit."""
        self._any: dict[str, dt.date] = {}
        self._without_baselines: dict[str, dt.date] = {}

    def of(self, day: VisitDay) -> dt.date | None:
        """Return the due day before a visit, and remember its own.

        Before a baseline due on the eve of its course, a visit that serves as a baseline is no due day (S41). One for
        which a draw of the course before serves is not due on the eve, wherever that draw lies (S21). The last day of
        a window is no due day: its test may be done with any visit in the window.
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
    """Return the first and the last day allowed for a visit, both included; no day is, if the last one lies earlier.

    Args:
        day: The visit.
        before: The due day before it in its group.
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
