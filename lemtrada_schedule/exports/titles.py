"""What an item is called where others may read it: the neutral title of the protocol, and how long it lasts (S46).

Several precautions of a protocol may share one neutral title and hold on the same days. A title without its end would
let the end of the short one pass for the end of the long one, so whatever lasts for days says until when. This is the
only place where neutral titles are made; every writer takes them from here.
"""

from datetime import date
from typing import Literal, Protocol

from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.plan.activities import PeriodActivity, WindowActivity
from lemtrada_schedule.validation.scalars import clock

__all__ = ["Titles", "neutral_title", "spaced_day"]

Titles = Literal["neutral", "clinical"]
"""What is said of an item: `clinical` says what is done and why, `neutral` nothing of a treatment."""


class Titled(Protocol):
    """A part of a plan that has a neutral title."""

    @property
    def neutral_title(self) -> str:
        """The protocol's own."""


def spaced_day(day: date) -> str:
    """Return a day as `Mon 4 Jan 2027`, without the column's padding."""
    return " ".join(short_day(day).split())


def neutral_title(part: Titled, hours: TimeWindow | None = None) -> str:
    """Return the neutral title of a part of a plan; of what lasts for days, with its last day.

    Args:
        part: An activity of a plan.
        hours: Of elapsed time after an infusion: which of its windows is meant.
    """
    title = part.neutral_title
    if hours is not None:
        return f"{title} until {spaced_day(hours.end.date())} {clock(hours.end)}"
    if isinstance(part, PeriodActivity):
        return f"{title}{_until(part)}"
    if isinstance(part, WindowActivity) and part.first_day and part.last_day:
        return f"{title} until {spaced_day(part.last_day)}"
    return title


def _until(period: PeriodActivity) -> str:
    last = period.last_day or period.earliest_end
    if last is None:
        return ", no end stated"
    later = " or later" if period.provisional or period.last_day is None else ""
    return f" until {spaced_day(last)}{later}"
