"""How long something can apply, in days: decides whether two things can apply on the same day (S46).

Months count as short or as long as they can be, whichever makes a stretch longer. So two stretches that overlap in
some year are never reported as apart.
"""

from math import inf
from typing import Final, NamedTuple

from lemtrada_schedule.dates.spans import STEPS, Offset, Span

__all__ = ["OPEN", "Stretch", "earliest", "end_apart", "latest", "least_days"]

OPEN: Final = inf
"""The last day of a stretch without an end; negated, the first day of one without a beginning."""


class Stretch(NamedTuple):
    """The days on which something can apply, counted from the first infusion of its course (day 0)."""

    first: float
    last: float
    end: str
    """The rule of the last day. Two stretches of a course with the same rule end on the same day."""
    recurs: bool = True
    """Whether it occurs with every course."""


def least_days(span: Span) -> int:
    """Return the minimum number of days of a span, or up to 2 fewer."""
    steps = span.count * STEPS[span.unit]
    return steps if span.is_exact else steps * 365 // 12 - 2


def _most_days(span: Span) -> int:
    """Return the maximum number of days of a span, or a few more."""
    steps = span.count * STEPS[span.unit]
    return steps if span.is_exact else steps * 366 // 12 + 2


def _anchor(offset: Offset, course_days: int) -> int:
    return 0 if offset.anchor == "first infusion" else course_days - 1


def earliest(offset: Offset, course_days: int) -> int:
    """Return the earliest day that an offset can have, in a course of a given length."""
    anchor = _anchor(offset, course_days)
    if offset.span is None:
        return anchor
    return anchor + least_days(offset.span) if offset.direction > 0 else anchor - _most_days(offset.span)


def latest(offset: Offset, course_days: int) -> int:
    """Return the latest day that an offset can have, in a course of a given length."""
    anchor = _anchor(offset, course_days)
    if offset.span is None:
        return anchor
    return anchor + _most_days(offset.span) if offset.direction > 0 else anchor - least_days(offset.span)


def end_apart(one: Stretch, other: Stretch, *, next_first: float) -> bool:
    """Return whether two stretches can share a day and end on different days.

    Args:
        one: A stretch.
        other: Another one.
        next_first: The earliest first infusion of the next course, counted from that of this one; `OPEN` if there
            is none. Two stretches of different courses never end on the same day.

    Example:
        >>> end_apart(Stretch(0, 4, "a"), Stretch(4, 9, "b"), next_first=365)
        True
        >>> end_apart(Stretch(0, 4, "a"), Stretch(5, 9, "b"), next_first=365)
        False
    """
    if one.end != other.end and one.first <= other.last and other.first <= one.last:
        return True
    if next_first == OPEN:
        return False
    both_ways = ((one, other), (other, one))
    return any(later.recurs and next_first + later.first <= earlier.last for earlier, later in both_ways)
