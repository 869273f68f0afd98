"""A clinic and its calendar: which days are open, and why a day is closed."""

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lemtrada_schedule.clinic.closures import Closure
from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.clinic.open_days import open_days as table_of
from lemtrada_schedule.clinic.stated import (
    WEEKDAYS,
    DatedReason,
    DatedReasons,
    Laboratory,
    OpeningHours,
    StatedClinic,
    Weekday,
)
from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.validation.accepted import DayLike, Listed, Records, TimeLike
from lemtrada_schedule.validation.arguments import check_count, refused_argument
from lemtrada_schedule.validation.scalars import checked_date

__all__ = ["WEEKDAYS", "Clinic", "DatedReason", "Laboratory", "OpeningHours", "Weekday"]

_Day = TypeVar("_Day", bound=str)  # type checkers do not take a dict with narrower keys for a `dict[str, …]`

LONGEST_DAY: Final = 1_440
"""In minutes, of infusion and observation together."""


class Clinic(StatedClinic):
    """The place where infusions are given. Read it from a file with `read_clinic`, or construct it.

    `is_open`, `open_days` and `closed_because` use it as a calendar. A day is open if an infusion day could be placed
    on it, according to weekly hours, closures, public holidays, extra open days and fully booked days. Bookings of
    other patients (`chairs`) do not count.

    Source:
        The clinic itself; public holidays come from the `holidays` package by country and subdivision.
    """

    if TYPE_CHECKING:  # the constructor accepts more than the fields hold

        def __init__(
            self,
            *,
            name: str | None = None,
            time_zone: str,
            country: str | None = None,
            subdivision: str | None = None,
            holiday_categories: Listed[str] | None = None,
            infusion_starts: TimeLike,
            preparation_minutes: int = 0,
            opening_hours: Records[OpeningHours] | dict[_Day, str],
            closures: DatedReasons = (),
            extra_open: DatedReasons = (),
            fully_booked: DatedReasons = (),
            chairs: int | None = None,
            results_days: int = 0,
            laboratory: Laboratory | dict[str, Any] | None = None,
            protocol: str | None = None,
        ) -> None: ...

    def is_open(self, day: DayLike, *, minutes: int | None = None) -> bool:
        """Return whether an infusion day could be placed on a day.

        Args:
            day: The day, 2000-01-01 to 2099-12-31.
            minutes: The length of infusion and observation together, 1 to 1,440; they must fit into the opening hours.
                `protocol.infusion_day.minutes` has the protocol's length. Default: only the start of the infusion and
                the preparation before it must fit, as in `find_course_starts`.

        Raises:
            HolidayDataMissing: The public holidays of that year are unknown.
            UnknownName: The clinic's country, subdivision or holiday category is unknown.
            InvalidInput: An argument is not valid.

        Example:
            >>> from datetime import date
            >>> from lemtrada_schedule import read_clinic
            >>> boston = read_clinic("examples/boston.toml")
            >>> boston.is_open(date(2027, 1, 15)), boston.is_open(date(2027, 1, 18))
            (True, False)
        """
        return self.closed_because(day, minutes=minutes) is None

    def closed_because(self, day: DayLike, *, minutes: int | None = None) -> Closure | None:
        """Return why no infusion day could be placed on a day; `None` if the day is open.

        Arguments and errors are those of `is_open`.

        Example:
            >>> from datetime import date
            >>> from lemtrada_schedule import read_clinic
            >>> closure = read_clinic("examples/boston.toml").closed_because(date(2027, 1, 18))
            >>> closure.kind, closure.name
            ('holiday', 'Martin Luther King Jr. Day')
        """
        closed = self._table(minutes).closed(checked_date(day, "day"))
        return closed.closure if closed else None

    def open_days(self, first: DayLike, last: DayLike, *, minutes: int | None = None) -> tuple[dt.date, ...]:
        """Return every day from `first` to `last`, both included, on which an infusion day could be placed.

        Args:
            first: The first day, 2000-01-01 to 2099-12-31.
            last: The last day, not before the first.
            minutes: As in `is_open`.

        Raises:
            HolidayDataMissing: The days reach a year whose public holidays are unknown.
            UnknownName: The clinic's country, subdivision or holiday category is unknown.
            InvalidInput: An argument is not valid, or `last` is before `first`.

        Example:
            >>> from datetime import date
            >>> from lemtrada_schedule import read_clinic
            >>> boston = read_clinic("examples/boston.toml")
            >>> [day.day for day in boston.open_days(date(2027, 1, 15), date(2027, 1, 21))]
            [15, 19, 20, 21]
        """
        first, last = checked_date(first, "first"), checked_date(last, "last")
        table = self._table(minutes)
        if last < first:
            raise refused_argument("out-of-range", "last", "it is before `first`; swap or correct them")
        days = (first + ONE_DAY * step for step in range((last - first).days + 1))
        return tuple(day for day in days if not table.closed(day))

    def _table(self, minutes: int | None) -> OpenDays:
        if minutes is not None:
            check_count(minutes, "minutes", most=LONGEST_DAY)
        return table_of(self, minutes or 0)
