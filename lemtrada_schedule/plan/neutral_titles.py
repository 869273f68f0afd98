"""Neutral titles of items, which others may read, with their end (S46).

Several precautions of a protocol may share one neutral title and hold on the same days. A title without its end would
let the end of the short one pass for the end of the long one, so whatever lasts for days says until when. Neutral
titles are made here and nowhere else.
"""

from datetime import date

from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.validation.scalars import clock

__all__ = ["neutral_title", "spaced_day"]


def spaced_day(day: date) -> str:
    """Return a day as `Mon 4 Jan 2027`, without the padding of columns."""
    return " ".join(short_day(day).split())


def neutral_title(item: Item) -> str:
    """Return the neutral title of an item; of what lasts for days, with its last day."""
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
