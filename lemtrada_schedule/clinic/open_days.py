"""On which days a clinic can give an infusion, and the first block of them that is long enough.

A course is one block of consecutive calendar days. It is never split, never put on a closed day, and
never earlier than asked; it is put on the first block that fits, and every start passed over is kept
with the closed day that spoke against it.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from typing import Any, Final, TypeVar, cast
from zoneinfo import ZoneInfo

from lemtrada_schedule.clinic.clinic import WEEKDAYS, Clinic, OpeningHours
from lemtrada_schedule.clinic.closures import FrozenClosure
from lemtrada_schedule.clinic.public_holidays import holidays_in
from lemtrada_schedule.clinic.starts import CourseStart, PassedOver
from lemtrada_schedule.errors import NoFeasibleStart
from lemtrada_schedule.validation.scalars import clock

__all__ = ["BOOKED", "PUBLIC", "SEARCH_DAYS", "OpenDays", "open_days"]

SEARCH_DAYS: Final = 366
"""How many days after the first start tried the last one lies: a year and a day without a block is no clinic."""

PUBLIC: Final = "public holiday"
"""How the reason begins on a public holiday."""

BOOKED: Final = "fully booked"
"""How the reason begins on a day on which the clinic is open and has no chair left."""

_PARTS: Final = 4_096

_ABSENT: Final = object()

_ONE_DAY: Final = dt.timedelta(days=1)

_DAY_NAMES: Final = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")

_T = TypeVar("_T")


class OpenDays:
    """The days on which a clinic is open for an infusion day of a given length, year by year as needed.

    It also owns the parts of plans that are the same whenever the same course falls on the same day: they
    hold nothing of a patient, and are made and checked once.
    """

    def __init__(self, clinic: Clinic, slot_minutes: int) -> None:
        """Prepare the table for a clinic and the minutes of infusion and observation together."""
        self.clinic = clinic
        self._slot = slot_minutes
        self._hours: dict[int, OpeningHours] = {WEEKDAYS.index(hours.day): hours for hours in clinic.opening_hours}
        self._weekly = tuple(self._weekly_reason(weekday) for weekday in range(7))
        self._years: dict[int, dict[dt.date, str | None]] = {}
        self._parts: dict[Hashable, Any] = {}

    def closed(self, day: dt.date) -> str | None:
        """Return why no infusion can be given on a day; `None` where one can."""
        special = self._years.get(day.year)
        if special is None:
            special = self._years[day.year] = self._special(day.year)
        return special.get(day, self._weekly[day.weekday()])

    def starts(self, days: int, not_before: dt.date, *, within: int = SEARCH_DAYS) -> Iterator[CourseStart]:
        """Yield every start of a block of open days, first to last, with what was passed over before it."""
        passed: list[PassedOver] = []
        day = first = not_before
        length, reason = _ONE_DAY * (days - 1), None
        for _ in range(within + 1):
            last = first + length
            day = max(day, first)  # the days from `first` to here are known to be open
            while day <= last and not (reason := self.closed(day)):
                day += _ONE_DAY
            if day > last:
                yield CourseStart(first_day=first, last_day=last, passed_over=tuple(passed))
                passed = []
            else:
                passed.append(PassedOver(first_day=first, closed_day=day, reason=reason or ""))
            first += _ONE_DAY

    def first_start(self, days: int, not_before: dt.date, *, within: int = SEARCH_DAYS) -> CourseStart:
        """Return the first block of open days on or after a day.

        Raises:
            NoFeasibleStart: No block begins within the search; it names the longest run found.
            HolidayDataMissing: The search reaches a year without public holiday data.
        """
        for start in self.starts(days, not_before, within=within):
            return start
        raise self._no_start(days, not_before, within)

    def shared(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Return the part of a plan that belongs to a key, made at its first use; the store is bounded."""
        part = self._parts.get(key, _ABSENT)
        if part is _ABSENT:
            if len(self._parts) >= _PARTS:
                self._parts.clear()
            part = self._parts[key] = make()
        return cast("_T", part)

    def closures(self, first_year: int, last_year: int) -> tuple[FrozenClosure, ...]:
        """Return the public holidays and the clinic's own closures of some years, by date."""
        return self.shared(("closures", first_year, last_year), lambda: tuple(self._closures(first_year, last_year)))

    def _closures(self, first_year: int, last_year: int) -> list[FrozenClosure]:
        own = [(d.date, d.reason, False) for d in (*self.clinic.closures, *self.clinic.fully_booked)]
        own = [row for row in own if first_year <= row[0].year <= last_year]
        public = [
            (h.date, h.name, h.estimated) for year in range(first_year, last_year + 1) for h in self._public(year)
        ]
        return [FrozenClosure(date=d, reason=r, estimated=e) for d, r, e in sorted(own + public)]

    def _public(self, year: int) -> Any:
        clinic = self.clinic
        if clinic.country is None:
            return ()
        return holidays_in(clinic.country, clinic.subdivision, year, clinic.holiday_categories)

    def _special(self, year: int) -> dict[dt.date, str | None]:
        """Return the days of a year that differ from the clinic's week: why closed, or `None` for open."""
        clinic = self.clinic
        special: dict[dt.date, str | None] = dict(self._clock_change_days(year))
        # Later lines win: a booked-out day is closed whatever else holds, an extra open day is open.
        for holiday in self._public(year):
            if not special.get(holiday.date, self._weekly[holiday.date.weekday()]):
                special[holiday.date] = f"{PUBLIC}: {holiday.name}"
        special |= {d.date: f"closed: {d.reason}" for d in clinic.closures}
        special |= {d.date: None for d in clinic.extra_open}
        special |= {d.date: f"{BOOKED}: {d.reason}" for d in clinic.fully_booked}
        return special

    def _weekly_reason(self, weekday: int) -> str | None:
        hours = self._hours.get(weekday)
        if hours is None:
            return f"closed on {_DAY_NAMES[weekday]}"
        starts = _minute(self.clinic.infusion_starts)
        ready = starts - self.clinic.preparation_minutes >= _minute(hours.opens)
        return None if ready and starts + self._slot <= _minute(hours.closes) else self._too_short(hours)

    def _too_short(self, hours: OpeningHours) -> str:
        before, after = self.clinic.preparation_minutes, self._slot
        needed = f"{before} minutes before and {after} after {clock(self.clinic.infusion_starts)}"
        return f"open {clock(hours.opens)}-{clock(hours.closes)} only; needed: {needed}"

    def _clock_change_days(self, year: int) -> Iterator[tuple[dt.date, str | None]]:
        """Yield the days of a year on which the clocks change within the infusion day, so that its wall end moves."""
        zone, length = ZoneInfo(self.clinic.time_zone), dt.timedelta(minutes=self._slot)
        day = dt.date(year, 1, 1)
        while day.year == year:
            start = dt.datetime.combine(day, self.clinic.infusion_starts, zone)
            # In real time: the wall time that the clocks skip has the offset of the start, and would go unseen.
            end = (start.astimezone(dt.UTC) + length).astimezone(zone)
            if end.utcoffset() != start.utcoffset() and (hours := self._hours.get(day.weekday())):
                fits = end.date() == day and _minute(end) <= _minute(hours.closes)
                early = _minute(self.clinic.infusion_starts) - self.clinic.preparation_minutes >= _minute(hours.opens)
                yield day, None if fits and early else self._too_short(hours)
            day += _ONE_DAY

    def _no_start(self, days: int, not_before: dt.date, within: int) -> NoFeasibleStart:
        longest = run = 0
        for step in range(within + days):
            run = 0 if self.closed(not_before + _ONE_DAY * step) else run + 1
            longest = max(longest, run)
        last = not_before + _ONE_DAY * within
        message = (
            f"no block of {days} consecutive open days starts from {not_before} to {last}; "
            f"the longest run found has {longest}; change the clinic's hours or closures"
        )
        return NoFeasibleStart(message, place="clinic", longest_run=longest, not_before=not_before, last_start=last)


def _minute(wall: dt.time | dt.datetime) -> int:
    return wall.hour * 60 + wall.minute


def open_days(clinic: Clinic, slot_minutes: int) -> OpenDays:
    """Return the table of a clinic's open days for infusion days of so many minutes; the last few are kept.

    A table belongs to the zone object that is in use: after `ZoneInfo.clear_cache` a new one is made.
    """
    return open_days_in(clinic, slot_minutes, ZoneInfo(clinic.time_zone))


@lru_cache(maxsize=16)
def open_days_in(clinic: Clinic, slot_minutes: int, _zone: ZoneInfo) -> OpenDays:
    """Return the table that was made while this zone object was in use."""
    return OpenDays(clinic, slot_minutes)
