"""Clinics for tests, each with a list of its closed days for the oracle.

The lists come from the calendar and `tests.oracle.us_holidays`, never from the package.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from lemtrada_schedule import Clinic
from tests.oracle.us_holidays import us_holidays, us_ma_holidays

NEW_YORK: Final = "America/New_York"
SHORT_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Words = tuple[str, ...]
"""Words of which one must stand in the reason for a closed day; none at all if the day is open."""


def hours_on(weekdays: str, hours: str = "08:00-17:00") -> dict[str, str]:
    """Return the same opening hours for each of some weekdays, given as `mon tue …`."""
    return dict.fromkeys(weekdays.split(), hours)


def clinic_open(weekdays: str, **fields: Any) -> Clinic:
    """Return a clinic, by default in New York with infusions from 09:00."""
    basis = {"time_zone": NEW_YORK, "infusion_starts": "09:00", "opening_hours": hours_on(weekdays)}
    return Clinic.model_validate(basis | fields)


class ClinicCase(NamedTuple):
    """A clinic as the package reads it, with its closed days as the oracle reads them."""

    clinic: Clinic
    words: Callable[[date], Words]

    def is_closed(self, day: date) -> str | None:
        """Return a reason why the clinic is closed on a day, or None if it is open."""
        return next(iter(self.words(day)), None)


def words_of(
    weekdays: str,
    *,
    holidays: Mapping[date, str] | None = None,
    closures: Mapping[date, str] | None = None,
    extra_open: Mapping[date, str] | None = None,
    fully_booked: Mapping[date, str] | None = None,
) -> Callable[[date], Words]:
    """Return a function that gives the reason for each closed day of a clinic that is open on `weekdays`."""
    open_weekdays = {SHORT_NAMES.index(name) for name in weekdays.split()}

    @cache
    def words(day: date) -> Words:
        booked = (fully_booked or {}).get(day)
        if booked:
            return (booked,)
        if day in (extra_open or {}):
            return ()
        weekly = None if day.weekday() in open_weekdays else LONG_NAMES[day.weekday()]
        reasons = (weekly, (holidays or {}).get(day), (closures or {}).get(day))
        return tuple(reason for reason in reasons if reason)

    return words


def every_so_many_days(step: int, first: date, weekdays: str) -> list[date]:
    """Return each `step`-th day up to the end of 2099 that falls on one of the weekdays."""
    wanted = {SHORT_NAMES.index(name) for name in weekdays.split()}
    days = []
    day = first
    while day <= date(2099, 12, 31):
        if day.weekday() in wanted:
            days.append(day)
        day += timedelta(days=step)
    return days


WEEK: Final = "mon tue wed thu fri sat sun"
MON_TO_FRI: Final = "mon tue wed thu fri"
TUE_TO_SAT: Final = "tue wed thu fri sat"

# Steps without a common factor with 7, so that every weekday takes its turn.
CLOSURES: Final = dict.fromkeys(every_so_many_days(53, date(2000, 1, 5), TUE_TO_SAT), "Staff day")
FULLY_BOOKED: Final = {
    day: "no chair" for day in every_so_many_days(61, date(2000, 1, 13), TUE_TO_SAT) if day not in CLOSURES
}
EXTRA_OPEN: Final = dict.fromkeys(every_so_many_days(37, date(2000, 1, 2), "sun mon"), "extra session")


def _as_written(days: Mapping[date, str]) -> dict[str, str]:
    return {day.isoformat(): reason for day, reason in days.items()}


CLINICS: Final[dict[str, ClinicCase]] = {
    "every-day": ClinicCase(clinic_open(WEEK, name="every day"), words_of(WEEK)),
    "mon-fri": ClinicCase(clinic_open(MON_TO_FRI, name="mon-fri"), words_of(MON_TO_FRI)),
    "mon-fri-us-ma": ClinicCase(
        clinic_open(MON_TO_FRI, name="mon-fri-us-ma", country="US", subdivision="MA"),
        words_of(MON_TO_FRI, holidays=us_ma_holidays()),
    ),
    "mon-fri-us": ClinicCase(
        clinic_open(MON_TO_FRI, name="mon-fri-us", country="US"), words_of(MON_TO_FRI, holidays=us_holidays())
    ),
    "tue-sat-closures": ClinicCase(
        clinic_open(
            TUE_TO_SAT,
            name="tue-sat-closures",
            closures=_as_written(CLOSURES),
            extra_open=_as_written(EXTRA_OPEN),
            fully_booked=_as_written(FULLY_BOOKED),
        ),
        words_of(TUE_TO_SAT, closures=CLOSURES, extra_open=EXTRA_OPEN, fully_booked=FULLY_BOOKED),
    ),
}
