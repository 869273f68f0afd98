"""A clinic's open days, without those on which other patients take every chair (S44)."""

import datetime as dt
from collections.abc import Callable
from typing import ClassVar

from lemtrada_schedule.clinic.closures import ClosedDay
from lemtrada_schedule.clinic.open_days import OpenDays

__all__ = ["BookedDays"]


class BookedDays(OpenDays):
    """The open days of a clinic on which a chair is free for one more patient."""

    remedy: ClassVar[str] = f"add chairs, free days that are booked, {OpenDays.remedy}"

    def __init__(self, calendar: OpenDays, chairs: int, taken: Callable[[dt.date], int]) -> None:
        """Prepare the calendar of a clinic with a number of chairs; `taken` counts the other patients of a day."""
        vars(self).update(vars(calendar))  # the tables of the calendar itself, so that no year is made twice
        self.chairs = chairs
        self._taken = taken

    def closed(self, day: dt.date) -> ClosedDay | None:
        """Return why no further infusion can be given on a day; `None` if one can."""
        closed = super().closed(day)
        if closed or not self.is_full(day):
            return closed
        return ClosedDay.of("booked", day.weekday(), name=f"{self.chairs} of {self.chairs} chairs taken")

    def is_full(self, day: dt.date) -> bool:
        """Return whether other patients take every chair on a day, whether the clinic is open or not."""
        return self._taken(day) >= self.chairs
