"""Blocks of open days, found by trying one start day after another."""

from collections.abc import Callable
from datetime import date, timedelta

IsClosed = Callable[[date], str | None]
"""Says why the clinic is closed on a day, or None when it is open."""

PassedOver = tuple[date, date]
"""A start day that was passed over, and the first closed day of the block it would have begun."""

ONE_DAY = timedelta(days=1)


def first_block(
    is_closed: IsClosed, days: int, not_before: date, within_days: int
) -> tuple[date, list[PassedOver]] | None:
    """Return the first start from which `days` days in a row are open, and the starts passed over.

    The starts tried are `not_before` and the `within_days` days after it; None if all fail.
    """
    passed_over: list[PassedOver] = []
    start = not_before
    for _ in range(within_days + 1):
        closed_day = first_closed_day(is_closed, days, start)
        if closed_day is None:
            return start, passed_over
        passed_over.append((start, closed_day))
        start = start + ONE_DAY
    return None


def first_closed_day(is_closed: IsClosed, days: int, start: date) -> date | None:
    """Return the first closed day among `days` days from `start`, or None if all are open."""
    day = start
    for _ in range(days):
        if is_closed(day) is not None:
            return day
        day = day + ONE_DAY
    return None


def longest_run(is_closed: IsClosed, first: date, last: date) -> tuple[int, date | None]:
    """Return the most open days in a row from `first` to `last`, both included.

    With the first day of that run (the earliest, if several are as long; None if no day is open).
    """
    longest, longest_began = 0, None
    length, began = 0, first
    day = first
    while day <= last:
        if is_closed(day) is None:
            if length == 0:
                began = day
            length = length + 1
        else:
            length = 0
        if length > longest:
            longest, longest_began = length, began
        day = day + ONE_DAY
    return longest, longest_began
