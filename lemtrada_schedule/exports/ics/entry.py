"""An entry of a calendar: its days or hours, its title and text, and what kind of entry it is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

__all__ = ["Category", "End", "Entry", "Hours", "Spans", "Status"]

Spans = Literal["start-end", "all-day", "none"]

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

End = Literal["", "first-day", "last-day"]

Category = Literal["Appointment", "Visit", "Ongoing", "To do"]
"""What an entry is about, in words that others may read.

- `Appointment`: an infusion day.
- `Visit`: tests that are done together, or an examination.
- `Ongoing`: something that holds for days, or one end of it.
- `To do`: something to be done on a day or by a day.
"""


@dataclass(frozen=True, slots=True, repr=False)
class Hours:
    """Start and end by the clock, and the zone of the clock."""

    start: datetime
    end: datetime
    time_zone: str


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One entry of a calendar: whole days, both ends included, or clock time."""

    id: str
    """The item's id in the plan."""
    category: Category
    title: str
    lines: tuple[str, ...]
    """The text below the title."""
    first_day: date
    last_day: date
    hours: Hours | None = None
    """`None` for whole days."""
    status: Status = "CONFIRMED"
    stretch: Literal["holds", "within"] | None = None
    """Of an entry of several days: something holds all the time, or is to be done on one of the days."""
    ending: str = "Last day"
    """What the last day is called."""
    open_end: str = ""
    """What the title says about an open end, where the entry fills its days."""
    end: End = ""
    """Which end of the item this is, where each end has an entry."""
    holds: int = 1
    """How many items of the plan it shows: itself, and those that its text describes."""

    @property
    def name(self) -> str:
        """The name that identifies the entry: the item's id, and which end of it this is."""
        return f"{self.id}/{self.end}" if self.end else self.id
