"""The days on which a clinic can give an infusion, and the first block of them that is long enough.

A course is one block of consecutive calendar days. It is never split, never on a closed day, and never earlier than
requested. It is placed on the first block that fits; every skipped start is kept with its first closed day.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from lemtrada_schedule.clinic.clock_changes import days_around_changes
from lemtrada_schedule.clinic.closures import ClosedDay, ClosureKind, FrozenClosure
from lemtrada_schedule.clinic.public_holidays import PublicHoliday, holidays_in
from lemtrada_schedule.clinic.starts import CourseStart, PassedOver
from lemtrada_schedule.clinic.stated import WEEKDAYS, OpeningHours, StatedClinic
from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.errors import NoFeasibleStart
from lemtrada_schedule.validation.computed import computed
from lemtrada_schedule.validation.scalars import clock

__all__ = ["SEARCH_DAYS", "OpenDays", "open_days"]

_PassedOver = computed(PassedOver)
_CourseStart = computed(CourseStart)
_FrozenClosure = computed(FrozenClosure)

SEARCH_DAYS: Final = 366
"""How many days after the first start the last one is tried: no real clinic is without a block for a year and a day."""

TABLES: Final = 1_024
"""How many tables are cached. A table takes a few kilobytes, and a fraction of a millisecond to make."""


class OpenDays:
    """The days on which a clinic is open for an infusion day of a given length, year by year as needed."""

    remedy: ClassVar[str] = "change the clinic's hours or closures, or add days to extra_open"
    """What to do if no block of open days is long enough."""

    def __init__(
        self, clinic: StatedClinic, slot_minutes: int, holidays: Sequence[PublicHoliday] | None = None
    ) -> None:
        """Prepare the table for a clinic and the minutes of infusion and observation together.

        `holidays` are the public holidays to use, such as those stored in a plan; default: those of the clinic's
        country.
        """
        self.clinic = clinic
        self._holidays = holidays
        self._slot = slot_minutes
        self._hours: dict[int, OpeningHours] = {WEEKDAYS.index(hours.day): hours for hours in clinic.opening_hours}
        self._weekly = tuple(self._closed_weekly(weekday) for weekday in range(7))
        self._years: dict[int, dict[dt.date, ClosedDay | None]] = {}

    def closed(self, day: dt.date) -> ClosedDay | None:
        """Return why no infusion can be given on a day; `None` if one can."""
        special = self._years.get(day.year)
        if special is None:
            special = self._years[day.year] = self._special(day.year)
        return special.get(day, self._weekly[day.weekday()])

    def starts(self, days: int, not_before: dt.date, *, within: int = SEARCH_DAYS) -> Iterator[CourseStart]:
        """Yield every start of a block of open days, first to last, with the starts that were skipped before it."""
        passed: list[PassedOver] = []
        day = first = not_before
        length, closed = ONE_DAY * (days - 1), None
        for _ in range(within + 1):
            last = first + length
            day = max(day, first)  # the days from `first` to here are known to be open
            while day <= last and not (closed := self.closed(day)):
                day += ONE_DAY
            if day <= last and closed:
                skipped = _PassedOver(first_day=first, closed_day=day, reason=closed.reason, closure=closed.closure)
                passed.append(skipped)
            else:
                yield _CourseStart(first_day=first, last_day=last, passed_over=tuple(passed))
                passed = []
            first += ONE_DAY

    def first_start(self, days: int, not_before: dt.date, *, within: int = SEARCH_DAYS) -> CourseStart:
        """Return the first block of open days on or after a day.

        Raises:
            NoFeasibleStart: No block begins within the days searched; the error has the longest run found.
            HolidayDataMissing: The search reaches a year without public holiday data.
        """
        for start in self.starts(days, not_before, within=within):
            return start
        raise self._no_start(days, not_before, within)

    def closures(self, first_year: int, last_year: int) -> tuple[FrozenClosure, ...]:
        """Return the public holidays and the clinic's own closures of some years, by date."""
        years = range(first_year, last_year + 1)
        own = [day for day in self.clinic.closures if day.date.year in years]
        booked = [day for day in self.clinic.fully_booked if day.date.year in years]
        found = [FrozenClosure(date=day.date, reason=day.reason, kind="closure") for day in own]
        found += [FrozenClosure(date=day.date, reason=day.reason, kind="booked") for day in booked]
        found += [
            _FrozenClosure(date=holiday.date, reason=holiday.name, estimated=holiday.estimated, kind="holiday")
            for year in years
            for holiday in self._public(year)
        ]
        return tuple(sorted(found, key=lambda one: (one.date, one.reason, one.estimated)))

    def _public(self, year: int) -> tuple[PublicHoliday, ...]:
        clinic = self.clinic
        if self._holidays is not None:
            return tuple(holiday for holiday in self._holidays if holiday.date.year == year)
        if clinic.country is None:
            return ()
        return holidays_in(clinic.country, clinic.subdivision, year, clinic.holiday_categories)

    def _special(self, year: int) -> dict[dt.date, ClosedDay | None]:
        """Map the days of a year that differ from the clinic's week to why they are closed, or `None` for open."""
        clinic = self.clinic
        special: dict[dt.date, ClosedDay | None] = dict(self._clock_change_days(year))
        # Later lines win: a fully booked day is closed whatever else applies, an extra open day is open.
        for holiday in self._public(year):
            if not special.get(holiday.date, self._weekly[holiday.date.weekday()]):
                special[holiday.date] = ClosedDay.of("holiday", holiday.date.weekday(), name=holiday.name)
        special |= {d.date: ClosedDay.of("closure", d.date.weekday(), name=d.reason) for d in clinic.closures}
        special |= {d.date: None for d in clinic.extra_open}
        special |= {d.date: ClosedDay.of("booked", d.date.weekday(), name=d.reason) for d in clinic.fully_booked}
        return special

    def _closed_weekly(self, weekday: int) -> ClosedDay | None:
        hours = self._hours.get(weekday)
        if hours is None:
            return ClosedDay.of("weekly", weekday)
        starts = _minute(self.clinic.infusion_starts)
        ready = starts - self.clinic.preparation_minutes >= _minute(hours.opens)
        return None if ready and starts + self._slot <= _minute(hours.closes) else self._too_short("too-short", hours)

    def _too_short(self, kind: ClosureKind, hours: OpeningHours) -> ClosedDay:
        before, after = self.clinic.preparation_minutes, self._slot
        needed = f"{before} minutes before and {after} after {clock(self.clinic.infusion_starts)}"
        words = f"open {clock(hours.opens)}-{clock(hours.closes)} only; needed: {needed}"
        return ClosedDay.of(kind, WEEKDAYS.index(hours.day), hours=words)

    def _clock_change_days(self, year: int) -> Iterator[tuple[dt.date, ClosedDay | None]]:
        """Yield the days of a year on which the clocks change within the infusion day, which shifts its end."""
        zone, length = ZoneInfo(self.clinic.time_zone), dt.timedelta(minutes=self._slot)
        for day in days_around_changes(zone, year):
            start = dt.datetime.combine(day, self.clinic.infusion_starts, zone)
            # In real time: the wall time that the clocks skip has the offset of the start, and would go unseen.
            end = (start.astimezone(dt.UTC) + length).astimezone(zone)
            if end.utcoffset() != start.utcoffset() and (hours := self._hours.get(day.weekday())):
                fits = end.date() == day and _minute(end) <= _minute(hours.closes)
                early = _minute(self.clinic.infusion_starts) - self.clinic.preparation_minutes >= _minute(hours.opens)
                yield day, None if fits and early else self._too_short("clock-change", hours)

    def _no_start(self, days: int, not_before: dt.date, within: int) -> NoFeasibleStart:
        longest = run = 0
        for step in range(within + days):
            run = 0 if self.closed(not_before + ONE_DAY * step) else run + 1
            longest = max(longest, run)
        last = not_before + ONE_DAY * within
        message = (
            f"no block of {days} consecutive open days starts from {not_before} to {last}; "
            f"the longest run found has {longest}; {self.remedy}"
        )
        return NoFeasibleStart(message, place="clinic", longest_run=longest, not_before=not_before, last_start=last)


def _minute(wall: dt.time | dt.datetime) -> int:
    return wall.hour * 60 + wall.minute


def open_days(clinic: StatedClinic, slot_minutes: int) -> OpenDays:
    """Return the table of a clinic's open days for infusion days of a given length in minutes; tables are cached.

    A table belongs to the zone object in use: after `ZoneInfo.clear_cache`, a new one is made.
    """
    return open_days_in(clinic, slot_minutes, ZoneInfo(clinic.time_zone))


@lru_cache(maxsize=TABLES)
def open_days_in(clinic: StatedClinic, slot_minutes: int, _zone: ZoneInfo) -> OpenDays:
    """Return the table that was made while this zone object was in use."""
    return OpenDays(clinic, slot_minutes)
