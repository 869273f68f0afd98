"""`MonthTables`: add calendar months to many days at once, by tables that the month arithmetic of the rules fills.

Days are numbers, counted from 1 January 2000; earlier ones are negative.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from lemtrada_schedule.cohort.screen.layout import Array
from lemtrada_schedule.dates.months import FIRST_ORDINAL, FIRST_YEAR, LAST_ORDINAL, LAST_YEAR, Rounding, add_months
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["FIRST_DAY", "LAST_DAY", "SLOTS", "MonthTables", "month_tables", "year_in", "year_of"]

_ZERO: Final = FIRST_DATE.toordinal()

FIRST_DAY: Final = FIRST_ORDINAL - _ZERO
"""The first day of the tables: 1 January 1900."""

LAST_DAY: Final = LAST_ORDINAL - _ZERO
"""The last day of the tables: 31 December 2199."""

_MONTHS: Final = (LAST_YEAR - FIRST_YEAR + 1) * 12

SLOTS: Final = 31
"""A month has at most this many days."""

_ASKED: Final = (0, *range(28, SLOTS))
"""The days of a month, from 0, that are added to with the rules' function; the others follow the first (every month has
28 days)."""


@dataclass(frozen=True, slots=True, repr=False)
class MonthTables:
    """The days of the years 1900 to 2199, by month and day of the month."""

    slot: Array
    """By day, counted from `FIRST_DAY`: its slot.

    A month has as many slots as the longest month has days. They are numbered through all months from January 1900 on.
    """
    passed: Array
    """By day, counted from `FIRST_DAY`: the last slot that this day or an earlier one is reached from, rounded earlier.

    On the last day of a month that is the last slot of the month, on any other day the day's own slot.
    """
    reached: Array
    """By slot: the day reached; rounded where it does not exist."""

    def slots_of(self, days: Array) -> Array:
        """Return the slots of some days."""
        slots: Array = self.slot.take(days - FIRST_DAY)
        return slots

    def passed_on(self, days: Array) -> Array:
        """Return the last slots that have passed on some days."""
        slots: Array = self.passed.take(days - FIRST_DAY)
        return slots

    def day_in(self, slots: Array) -> Array:
        """Return the day reached in each of some slots; beyond 2199, the last day of 2199."""
        days: Array = self.reached.take(slots, mode="clip")
        return days

    def months_of(self, days: Array) -> Array:
        """Return the months of some days, counted from January 1900."""
        months: Array = self.slots_of(days) // SLOTS
        return months

    def moved(self, days: Array, months: Array | int) -> Array:
        """Return the days that are some months after others; a day beyond 2199 becomes the last day of 2199.

        The days must be in the years of the tables, and no result may be before them.
        """
        return self.day_in(self.slots_of(days) + SLOTS * months)

    def reached_in(self, days: Array, month: Array) -> Array:
        """Return the day reached in each of some months, counted from January 1900, from the day of the month."""
        return self.day_in(self.slots_of(days) % SLOTS + SLOTS * month)


def year_of(days: Array) -> Array:
    """Return the calendar years of some days."""
    return year_in(month_tables("earlier").slots_of(days))


def year_in(slots: Array) -> Array:
    """Return the calendar years of some slots."""
    years: Array = slots // (12 * SLOTS) + FIRST_YEAR
    return years


@lru_cache(maxsize=2)
def month_tables(rounding: Rounding) -> MonthTables:
    """Return the tables that round in one of the two ways."""
    reached = np.empty((_MONTHS, SLOTS), np.int32)
    for place in _ASKED:
        start = dt.date(FIRST_YEAR, 1, place + 1)
        days = [add_months(start, month, rounding=rounding).toordinal() for month in range(_MONTHS)]
        reached[:, place] = np.array(days) - _ZERO
    reached[:, 1 : _ASKED[1]] = reached[:, :1] + np.arange(1, _ASKED[1])
    begins = np.append(reached[:, 0], LAST_DAY + 1)
    month = np.repeat(np.arange(_MONTHS, dtype=np.int32), np.diff(begins))
    slot = SLOTS * month + np.arange(FIRST_DAY, LAST_DAY + 1, dtype=np.int32) - begins[month]
    passed = slot.copy()
    passed[begins[1:] - 1 - FIRST_DAY] = SLOTS * np.arange(1, _MONTHS + 1) - 1
    return MonthTables(slot, passed, reached.ravel())
