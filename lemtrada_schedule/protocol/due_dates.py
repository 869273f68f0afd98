"""Due dates of tests and windows, counted from the infusions of a course: one owner for planning and judging.

Every date is counted in one step from the first or the last infusion of a course, never from another derived date.
Due dates and closings round earlier; openings and ends of series round later. Closed days of the clinic do not move
them (S02, S20, S21, S42).
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Final, Protocol, TypeVar

from lemtrada_schedule.dates.months import LAST_ORDINAL
from lemtrada_schedule.dates.spans import Offset, Span
from lemtrada_schedule.errors import InvalidInput
from lemtrada_schedule.protocol.actions import BaselineRule, SeriesAction, WindowAction

__all__ = [
    "BASELINE_CLOSES",
    "CourseDays",
    "baseline_opens",
    "baseline_window",
    "before_first_infusion",
    "due_day",
    "due_days",
    "neighbours",
    "occurs_with",
    "reused_draw",
    "series_ends",
    "series_until",
    "window_days",
]

LISTED_WITHOUT_END: Final = Offset.parse("last infusion + 48 months")
"""Up to where a series without an end is listed (S20)."""

LAST_DAY: Final = date.fromordinal(LAST_ORDINAL)

BASELINE_CLOSES: Final = Offset.parse("first infusion - 1 day")
"""The last day of a baseline's window: the day before the course (S21)."""

AFTER_COURSE_BEFORE: Final = Offset.parse("last infusion + 1 day")
"""Where a window without a stated opening opens, counted from the previous course (S42)."""


class CourseDays(Protocol):
    """The days of a course from which dates are counted."""

    @property
    def first_day(self) -> date:
        """The day of the first infusion."""

    @property
    def last_day(self) -> date:
        """The day of the last infusion; of a course in progress, the last planned one (S09)."""


_Course = TypeVar("_Course", bound=CourseDays)


def _day(offset: Offset, course: CourseDays) -> date:
    return course.first_day if offset.anchor == "first infusion" else course.last_day


def occurs_with(action: SeriesAction | WindowAction, number: int) -> bool:
    """Return whether an action, or its baseline, is required with the course of a given number.

    An action that occurs once in the treatment starts with course 1.
    """
    return action.per == "course" or number == 1


def neighbours(course: _Course, courses: Sequence[_Course]) -> tuple[_Course | None, _Course | None]:
    """Return the last course that ended before a course, and the first that begins after it (S28, S30)."""
    before = [other for other in courses if other.last_day < course.first_day]
    following = [other for other in courses if other.first_day > course.last_day]
    return (
        max(before, key=lambda other: other.last_day, default=None),
        min(following, key=lambda other: other.first_day, default=None),
    )


def series_until(action: SeriesAction) -> Offset:
    """Return up to where a plan lists a series if no course follows; without a stated end it continues (S20)."""
    return action.until or LISTED_WITHOUT_END


def series_ends(action: SeriesAction, last: CourseDays, following: CourseDays | None) -> date | None:
    """Return the last day on which a series can be due, included; `None` if it has no end (S20).

    Args:
        action: The series.
        last: The course from which its end is counted.
        following: The course whose first infusion ends it; `None` if there is none, or if the series never restarts.
    """
    until, first_after = action.until, following.first_day if following else None
    if until is None:
        return first_after
    ends = _in_range(lambda: until.from_day(_day(until, last), rounding="later"))
    return min(ends, first_after) if first_after else ends


def _in_range(day: Callable[[], date]) -> date:
    """Return a derived day, or the last representable day if it is later."""
    try:
        return day()
    except InvalidInput:
        return LAST_DAY


def due_days(every: Span, anchor: date, ends: date) -> tuple[date, ...]:
    """Return the due dates of a series from its anchor up to a day, included (S20).

    Example:
        >>> due_days(Span.parse("1 month"), date(2025, 1, 31), date(2025, 3, 31))
        (datetime.date(2025, 2, 28), datetime.date(2025, 3, 31))
    """
    return every.repeated(anchor, until=ends, rounding="earlier")


def due_day(every: Span, anchor: date, times: int) -> date:
    """Return the due date some spans after an anchor, whether or not the series continues that far.

    A date after 2199 is returned as the last day of 2199, which no question reaches.
    """
    return _in_range(lambda: every.after(anchor, rounding="earlier", times=times))


def window_days(action: WindowAction, course: CourseDays, last_before: date | None) -> tuple[date | None, date | None]:
    """Return the first and the last day of a window; `None` for an absent one.

    Args:
        action: The window.
        course: The course it belongs to.
        last_before: The last infusion before that course. A window without a stated opening opens the day after (S42).
    """
    opens = action.opens.from_day(_day(action.opens, course), rounding="later") if action.opens else None
    closes = action.closes.from_day(_day(action.closes, course), rounding="earlier") if action.closes else None
    if opens is None and last_before is not None:
        opens = AFTER_COURSE_BEFORE.from_day(last_before, rounding="later")
    return opens, closes


@lru_cache(maxsize=256)
def before_first_infusion(span: Span) -> Offset:
    """Return the offset of the day a span before the first infusion."""
    return Offset(anchor="first infusion", direction=-1, span=span)


def baseline_opens(rule: BaselineRule) -> Offset:
    """Return the offset at which the window of a baseline opens.

    It is counted from the course's own first infusion; without a span, from the last infusion of the previous course,
    if there is one (S42).
    """
    return before_first_infusion(rule.within) if rule.within else AFTER_COURSE_BEFORE


def baseline_window(rule: BaselineRule, first_day: date, last_before: date | None) -> tuple[date | None, date]:
    """Return the first and the last day on which a test counts as a baseline, both included (S21, S42).

    Args:
        rule: The baseline.
        first_day: The first infusion of its course.
        last_before: The last infusion before that course; `None` before the first course.
    """
    anchor = first_day if rule.within else last_before
    opens = baseline_opens(rule).from_day(anchor, rounding="later") if anchor else None
    return opens, BASELINE_CLOSES.from_day(first_day, rounding="earlier")


def reused_draw(action: SeriesAction, rule: BaselineRule, course: CourseDays, before: CourseDays | None) -> int:
    """Return which due date of the previous course serves as a course's baseline, from 1; 0 if none does (S21)."""
    if before is None or rule.reuse is None:
        return 0
    ends = BASELINE_CLOSES.from_day(course.first_day, rounding="earlier")
    if until := series_ends(action, before, None):
        ends = min(ends, until)
    times = action.every.times_until(before.last_day, ends, rounding="earlier")
    oldest = before_first_infusion(rule.reuse).from_day(course.first_day, rounding="later")
    if rule.within:
        oldest = max(oldest, before_first_infusion(rule.within).from_day(course.first_day, rounding="later"))
    return times if due_day(action.every, before.last_day, times) >= oldest else 0
