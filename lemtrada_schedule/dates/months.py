"""Month arithmetic: add months to a day, and round days that do not exist."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Final, Literal

from lemtrada_schedule.errors import InvalidInput, Problem

__all__ = ["Rounding", "add_months"]

Rounding = Literal["later", "earlier"]
"""How a day that does not exist in its month is rounded."""

FIRST_YEAR: Final = 1900

LAST_YEAR: Final = 2199

FIRST_ORDINAL: Final = date(FIRST_YEAR, 1, 1).toordinal()

LAST_ORDINAL: Final = date(LAST_YEAR, 12, 31).toordinal()

ONE_DAY: Final = timedelta(days=1)


def out_of_range(place: str) -> InvalidInput:
    message = f"a calculated date is outside the years {FIRST_YEAR} to {LAST_YEAR}; check the dates it is counted from"
    return InvalidInput([Problem("date-range", place, message)])


def month_number(day: date) -> int:
    """Return a day's month, counted from January of the year 0."""
    return day.year * 12 + day.month - 1


def add_months(day: date, months: int, *, rounding: Rounding) -> date:
    """Return the day `months` calendar months after `day` (before it, if negative).

    It is the same day of the month, if that exists. Otherwise `later` returns the first of the next month, and
    `earlier` the last of the month reached.

    Raises:
        InvalidInput: The result is outside the years 1900 to 2199 (`date-range`).

    Example:
        >>> from datetime import date
        >>> add_months(date(2024, 2, 29), 12, rounding="later")
        datetime.date(2025, 3, 1)
        >>> add_months(date(2025, 1, 31), 1, rounding="earlier")
        datetime.date(2025, 2, 28)
    """
    year, month0 = divmod(month_number(day) + months, 12)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise out_of_range("add_months")
    if day.day <= 28:  # every month has 28 days
        return date(year, month0 + 1, day.day)
    length = monthrange(year, month0 + 1)[1]
    if day.day <= length:
        return date(year, month0 + 1, day.day)
    last = date(year, month0 + 1, length)
    return last if rounding == "earlier" else last + ONE_DAY
