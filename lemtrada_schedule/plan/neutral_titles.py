"""Neutral titles of items, for calendars and pages that others can see, with their last day (S46).

Several precautions of a protocol may have the same neutral title and apply on the same days. Without the last day, the
end of a short one could be mistaken for the end of a long one, so the title of everything that lasts for days includes
it. Neutral titles are made only here.
"""

from dataclasses import dataclass
from datetime import date, datetime

from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.validation.scalars import clock

__all__ = ["NeutralEnd", "neutral_end", "neutral_title", "spaced_day"]


@dataclass(frozen=True, slots=True, repr=False)
class NeutralEnd:
    """The end that goes with a neutral title, as facts for a title in any language."""

    day: date | None
    """`None`: no end is stated."""
    time: datetime | None = None
    """Of what lasts for hours: its end by the clock."""
    or_later: bool = False


def spaced_day(day: date) -> str:
    """Format a day as `Mon 4 Jan 2027`, without padding."""
    return " ".join(short_day(day).split())


def neutral_title(item: Item) -> str:
    """Return the neutral title of an item, with its last day if it lasts for days."""
    title, end = item.part.neutral_title, neutral_end(item)
    if end is None:
        return title
    if end.day is None:
        return f"{title}, no end stated"
    time = f" {clock(end.time)}" if end.time else ""
    return f"{title} until {spaced_day(end.day)}{time}{' or later' if end.or_later else ''}"


def neutral_end(item: Item) -> NeutralEnd | None:
    """Return the end that the neutral title of an item says; `None` for an item that does not last."""
    if item.window:
        return NeutralEnd(item.window.end.date(), item.window.end)
    if item.shape == "holds":
        return NeutralEnd(item.last_day or item.earliest_end, or_later=item.part.provisional or item.is_open)
    if item.shape == "within" and item.first_day and item.last_day:
        return NeutralEnd(item.last_day)
    return None
