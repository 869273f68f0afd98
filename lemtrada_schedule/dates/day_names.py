"""Days in words: with weekday and month name, so that a day and a month that were swapped are seen."""

from datetime import date
from typing import Final

__all__ = ["DAYS", "MONTHS", "full_day", "long_day", "short_day"]

# Our own names: those of the standard library follow the machine's locale.
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def short_day(day: date) -> str:
    """Return a day as it stands in tables: `Mon 11 Jan 2027`."""
    return f"{DAYS[day.weekday()][:3]} {day.day:2d} {MONTHS[day.month - 1][:3]} {day.year}"


def full_day(day: date) -> str:
    """Return a day as a patient reads it: `Monday 11 January 2027`."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def long_day(day: date) -> str:
    """Return a day as it stands in sentences: `2027-01-11 (Monday 11 January)`."""
    return f"{day.isoformat()} ({DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]})"
