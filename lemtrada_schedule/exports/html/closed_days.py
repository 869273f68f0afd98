"""On which days a clinic could give no infusion, as the plan itself holds it: what a page marks, and by which words.

The clinic's hours, closures and the length of an infusion day decide through the same table that planning uses, so a
day that planning passed over is a day that the page marks. Public holidays are those frozen in the plan.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from lemtrada_schedule.clinic.clinic import WEEKDAYS, Clinic, OpeningHours
from lemtrada_schedule.clinic.open_days import OpenDays, open_days
from lemtrada_schedule.dates.day_names import DAYS
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.scalars import clock

__all__ = ["ClosedDays"]

_AHEAD: Final = ("planned", "tentative", "in-progress")


class ClosedDays:
    """The closed days of a plan's clinic, in the words of the plan or in neutral ones."""

    def __init__(self, plan: Plan, *, clinical: bool) -> None:
        """Prepare the table; neutral words hold nothing that the clinic wrote."""
        clinic = plan.provenance.clinic
        own = {(one.date, one.reason) for one in (*clinic.closures, *clinic.fully_booked)}
        self._clinical = clinical
        self._hours: Mapping[int, OpeningHours] = {WEEKDAYS.index(one.day): one for one in clinic.opening_hours}
        self._booked = {one.date for one in clinic.fully_booked}
        self._extra = {one.date for one in clinic.extra_open}
        self._closures = {one.date for one in clinic.closures}
        self._public = {one.date: one.reason for one in plan.provenance.closures if (one.date, one.reason) not in own}
        self._table: OpenDays = open_days(_without_holidays(clinic), _slot_minutes(plan))

    def reason(self, day: date) -> str | None:
        """Return why no infusion can be given on a day; `None` where one can."""
        closed = self._table.closed(day)
        if closed is None:
            is_public = day in self._public and day not in self._extra
            return f"public holiday: {self._public[day]}" if is_public else None
        return closed.reason if self._clinical else self._neutral(day)

    def in_grid(self, day: date) -> str | None:
        """Return what the cell of a day says: nothing more on weekdays that are always closed."""
        reason = self.reason(day)
        if reason and self.is_too_short(day):
            return "too short"
        is_weekly = reason and day.weekday() not in self._hours and not self._is_special(day)
        return "" if is_weekly else reason

    def is_too_short(self, day: date) -> bool:
        """Whether the clinic is open on a day, and not long enough for an infusion."""
        is_usual = day.weekday() in self._hours and not self._is_special(day)
        return is_usual and self._table.closed(day) is not None

    def _is_special(self, day: date) -> bool:
        return day in self._booked or day in self._closures or day in self._extra

    def _neutral(self, day: date) -> str:
        if day in self._booked:
            return "fully booked"
        if day in self._closures:
            return "closed"
        hours = self._hours.get(day.weekday())
        if hours is None:
            return f"closed on {DAYS[day.weekday()]}s"
        return f"open {clock(hours.opens)}-{clock(hours.closes)} only, too short for an appointment"


def _without_holidays(clinic: Clinic) -> Clinic:
    """Return what a clinic decides itself: the holidays of a plan are those that were known when it was made."""
    return Clinic(
        time_zone=clinic.time_zone,
        infusion_starts=clinic.infusion_starts,
        preparation_minutes=clinic.preparation_minutes,
        opening_hours=clinic.opening_hours,
        closures=clinic.closures,
        extra_open=clinic.extra_open,
        fully_booked=clinic.fully_booked,
    )


def _slot_minutes(plan: Plan) -> int:
    """Return the minutes of a planned infusion day; where all days are on record, only the clinic's week decides."""
    ahead = (day for course in plan.courses if course.status in _AHEAD for day in course.days)
    lengths = [day.infusion.minutes + day.observation.minutes for day in ahead if day.infusion and day.observation]
    return lengths[-1] if lengths else 0
