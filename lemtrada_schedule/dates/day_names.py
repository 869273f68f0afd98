"""Names of weekdays and months, and dates in words. A month in words reveals when day and month were swapped."""

from datetime import date
from typing import Final

__all__ = ["DAYS", "MONTHS", "full_day", "long_day", "short_day"]

# Not those of the standard library, which depend on the machine's locale.
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def short_day(day: date) -> str:
    """Format a day for tables: `Mon 11 Jan 2027`."""
    return f"{DAYS[day.weekday()][:3]} {day.day:2d} {MONTHS[day.month - 1][:3]} {day.year}"


def full_day(day: date) -> str:
    """Format a day for patients: `Monday 11 January 2027`."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def long_day(day: date) -> str:
    """Format a day for sentences: `2027-01-11 (Monday 11 January)`."""
    return f"{day.isoformat()} ({DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]})"
