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
from lemtrada_schedule.exports.html.wording import Wording
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.scalars import clock

__all__ = ["ClosedDays"]

_AHEAD: Final = ("planned", "tentative", "in-progress")

_SHORT: Final = ("too-short", "clock-change")

_OF_THE_CLINIC: Final = ("closure", "booked")
"""Kinds of closures that the clinic has words of its own for."""


class ClosedDays:
    """The closed days of a plan's clinic, in the words of a page."""

    def __init__(self, plan: Plan, words: Wording) -> None:
        """Prepare the calendar; neutral words contain nothing that the clinic wrote."""
        made = plan.provenance
        self._words = words
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
        return self._named(closed.closure, day, closed.reason)

    def in_grid(self, day: date) -> str | None:
        """Return what the cell of a day says: nothing more on weekdays that are always closed."""
        closed = self._calendar.closed(day)
        if closed and closed.closure.kind == "weekly":
            return ""
        is_short = closed is not None and closed.closure.kind in _SHORT
        return self._words.text("closed.short") if is_short else self.reason(day)

    def is_too_short(self, day: date) -> bool:
        """Whether the clinic is open on a day, and not long enough for an infusion."""
        closed = self._calendar.closed(day)
        return closed is not None and closed.closure.kind in _SHORT

    def skipped(self, start: PassedOver) -> str:
        """Return why a start was skipped."""
        if start.closure:
            return self._named(start.closure, start.closed_day, start.reason)
        return start.reason if self._words.clinical else self._words.text("closed.closure")

    def _named(self, closure: Closure, day: date, reason: str) -> str:
        """Return why a day is closed, on a clinical page with the clinic's own words."""
        if not self._words.clinical:
            return self._neutral(closure, day)
        if self._words.language.is_original:
            return reason
        words, name = self._neutral(closure, day), closure.name
        return f"{words}: {name}" if name and closure.kind in _OF_THE_CLINIC else words

    def _neutral(self, closure: Closure, day: date) -> str:
        """Return why a day is closed, without words of the clinic."""
        match closure.kind:
            case "weekly":
                return self._words.text("closed.weekly", weekday=self._words.language.dates.days[day.weekday()])
            case "holiday":
                return self._words.text("closed.holiday", name=closure.name or "")
            case "closure" | "booked":
                return self._words.text(f"closed.{closure.kind}")
            case "too-short" | "clock-change":
                return self._too_short(day)
            case _ as never:
                assert_never(never)

    def _too_short(self, day: date) -> str:
        """Return that a day is too short, with its opening hours; without them if the clinic has changed them since."""
        hours = self._hours.get(day.weekday())
        if not hours or not self.is_too_short(day):
            return self._words.text("closed.too_short")
        return self._words.text("closed.hours_too_short", opens=clock(hours.opens), closes=clock(hours.closes))


@lru_cache(maxsize=64)  # also keyed by the zone object, as `open_days` is
def _calendar(clinic: Clinic, slot_minutes: int, holidays: tuple[PublicHoliday, ...], _zone: ZoneInfo) -> OpenDays:
    return OpenDays(clinic, slot_minutes, holidays)


def _slot_minutes(plan: Plan) -> int:
    """Return the minutes of a planned infusion day; where all days are on record, only the clinic's week decides."""
    ahead = (day for course in plan.courses if course.status in _AHEAD for day in course.days)
    lengths = [day.infusion.minutes + day.observation.minutes for day in ahead if day.infusion and day.observation]
    return lengths[-1] if lengths else 0
