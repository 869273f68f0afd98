"""Closed days of a plan's clinic: why no infusion can be given on a day, in the words of a page.

The clinic's calendar that planning uses decides, with the public holidays that the plan froze. So the page marks a
day if and only if planning skips it, for the same reason. The one exception are days on which other patients take
every chair: they are named at the course that was placed after them, and not marked in the months.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from lemtrada_schedule.clinic.clinic import WEEKDAYS, Clinic, OpeningHours
from lemtrada_schedule.clinic.closures import Closure
from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.clinic.public_holidays import PublicHoliday
from lemtrada_schedule.clinic.starts import PassedOver
from lemtrada_schedule.dates.day_names import DAYS
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.scalars import clock

__all__ = ["ClosedDays"]

_AHEAD: Final = ("planned", "tentative", "in-progress")

_SHORT: Final = ("too-short", "clock-change")


class ClosedDays:
    """The closed days of a plan's clinic, in the words of the plan or in neutral ones."""

    def __init__(self, plan: Plan, *, clinical: bool) -> None:
        """Prepare the calendar; neutral words contain nothing that the clinic wrote."""
        made = plan.provenance
        self._clinical = clinical
        self._hours: Mapping[int, OpeningHours] = {WEEKDAYS.index(one.day): one for one in made.clinic.opening_hours}
        frozen = [one for one in made.closures if one.kind == "holiday"]
        holidays = tuple(PublicHoliday(one.date, one.reason, one.estimated) for one in frozen)
        zone = ZoneInfo(made.clinic.time_zone)
        self._calendar = _calendar(made.clinic, _slot_minutes(plan), holidays, zone)

    def reason(self, day: date) -> str | None:
        """Return why no infusion can be given on a day; `None` where one can."""
        closed = self._calendar.closed(day)
        if closed is None:
            return None
        return closed.reason if self._clinical else self._neutral(closed.closure, day)

    def in_grid(self, day: date) -> str | None:
        """Return what the cell of a day says: nothing more on weekdays that are always closed."""
        closed = self._calendar.closed(day)
        if closed and closed.closure.kind == "weekly":
            return ""
        return "too short" if closed and closed.closure.kind in _SHORT else self.reason(day)

    def is_too_short(self, day: date) -> bool:
        """Whether the clinic is open on a day, and not long enough for an infusion."""
        closed = self._calendar.closed(day)
        return closed is not None and closed.closure.kind in _SHORT

    def skipped(self, start: PassedOver) -> str:
        """Return why a start was skipped."""
        if self._clinical:
            return start.reason
        return self._neutral(start.closure, start.closed_day) if start.closure else "closed"

    def _neutral(self, closure: Closure, day: date) -> str:
        """Return why a day is closed, without words of the clinic."""
        match closure.kind:
            case "weekly":
                return f"closed on {DAYS[day.weekday()]}s"
            case "holiday":
                return f"public holiday: {closure.name}"
            case "closure":
                return "closed"
            case "booked":
                return "fully booked"
            case "too-short" | "clock-change":
                return f"{self._open_only(day)}too short for an appointment"
            case _ as never:
                assert_never(never)

    def _open_only(self, day: date) -> str:
        """Return the opening hours of a day that is too short; none if the clinic has changed its hours since."""
        hours = self._hours.get(day.weekday())
        return f"open {clock(hours.opens)}-{clock(hours.closes)} only, " if hours and self.is_too_short(day) else ""


@lru_cache(maxsize=64)  # also keyed by the zone object, as `open_days` is
def _calendar(clinic: Clinic, slot_minutes: int, holidays: tuple[PublicHoliday, ...], _zone: ZoneInfo) -> OpenDays:
    return OpenDays(clinic, slot_minutes, holidays)


def _slot_minutes(plan: Plan) -> int:
    """Return the minutes of a planned infusion day; where all days are on record, only the clinic's week decides."""
    ahead = (day for course in plan.courses if course.status in _AHEAD for day in course.days)
    lengths = [day.infusion.minutes + day.observation.minutes for day in ahead if day.infusion and day.observation]
    return lengths[-1] if lengths else 0
