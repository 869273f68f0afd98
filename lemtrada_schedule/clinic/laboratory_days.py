"""The days on which a clinic or its laboratory is open for a visit without an infusion (S41).

A visit needs no chair and no infusion slot: fully booked days are open, and a day is not closed by clock changes or
by hours that are too short for an infusion.
"""

import datetime as dt
from functools import lru_cache

from lemtrada_schedule.clinic.closures import Closure
from lemtrada_schedule.clinic.public_holidays import holidays_in
from lemtrada_schedule.clinic.stated import WEEKDAYS, StatedClinic
from lemtrada_schedule.dates.months import ONE_DAY

__all__ = ["LaboratoryDays", "laboratory_days"]

TABLES = 256
"""How many tables are cached."""


class LaboratoryDays:
    """The days on which a visit can be made, year by year as needed."""

    def __init__(self, clinic: StatedClinic) -> None:
        """Prepare the table for a clinic; `[laboratory] weekdays` replace the weekdays of its opening hours."""
        self.clinic = clinic
        names = clinic.laboratory.weekdays if clinic.laboratory else [hours.day for hours in clinic.opening_hours]
        self._weekly = tuple(None if name in names else Closure(kind="weekly") for name in WEEKDAYS)
        self._years: dict[int, dict[dt.date, Closure | None]] = {}

    def closed(self, day: dt.date) -> Closure | None:
        """Return why no visit can be made on a day; `None` if one can.

        Raises:
            HolidayDataMissing: The public holidays of that year are unknown.
        """
        special = self._years.get(day.year)
        if special is None:
            special = self._years[day.year] = self._special(day.year)
        return special.get(day, self._weekly[day.weekday()])

    def last_open(self, first: dt.date, last: dt.date) -> dt.date | None:
        """Return the last day from `first` to `last`, both included, on which a visit can be made.

        Raises:
            HolidayDataMissing: The public holidays of a year that it needs are unknown.
        """
        day = last
        while day >= first:
            if not self.closed(day):
                return day
            day -= ONE_DAY
        return None

    def _special(self, year: int) -> dict[dt.date, Closure | None]:
        """Map the days of a year that differ from the week to why they are closed, or `None`; later lines win."""
        clinic = self.clinic
        special: dict[dt.date, Closure | None] = {}
        if clinic.country is not None:
            found = holidays_in(clinic.country, clinic.subdivision, year, clinic.holiday_categories)
            special |= {holiday.date: Closure(kind="holiday", name=holiday.name) for holiday in found}
        special |= {one.date: Closure(kind="closure", name=one.reason) for one in clinic.closures}
        return special | {one.date: None for one in clinic.extra_open}


@lru_cache(maxsize=TABLES)
def laboratory_days(clinic: StatedClinic) -> LaboratoryDays:
    """Return the table of a clinic's days for visits; tables are cached."""
    return LaboratoryDays(clinic)
