"""Neutral titles of items, for calendars and pages that others can see, with their last day (S46).

Several precautions of a protocol may have the same neutral title and apply on the same days. Without the last day, the
end of a short one could be mistaken for the end of a long one, so the title of everything that lasts for days includes
it. Neutral titles are made only here.
"""

from datetime import date

from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.validation.scalars import clock

__all__ = ["neutral_title", "spaced_day"]


def spaced_day(day: date) -> str:
    """Format a day as `Mon 4 Jan 2027`, without padding."""
    return " ".join(short_day(day).split())


def neutral_title(item: Item) -> str:
    """Return the neutral title of an item, with its last day if it lasts for days."""
    title = item.part.neutral_title
    if item.window:
        return f"{title} until {spaced_day(item.window.end.date())} {clock(item.window.end)}"
    if item.shape == "holds":
        return f"{title}{_until(item)}"
    if item.shape == "within" and item.first_day and item.last_day:
        return f"{title} until {spaced_day(item.last_day)}"
    return title


def _until(item: Item) -> str:
    last = item.last_day or item.earliest_end
    if last is None:
        return ", no end stated"
    return f" until {spaced_day(last)}{' or later' if item.part.provisional or item.is_open else ''}"
