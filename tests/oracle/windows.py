"""Clock time, found by counting minutes of UTC and looking at the clock on the clinic's wall."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

StartKind = Literal["real", "skipped", "repeated"]

ONE_MINUTE = timedelta(minutes=1)
DAYS_AROUND = timedelta(days=2)


def start_kind(day: date, wall: time, zone: str) -> StartKind:
    """Say how often the clocks of `zone` show this time on this day: once, never, or twice."""
    times_shown = len(instants_showing(day, wall, zone))
    if times_shown == 0:
        return "skipped"
    if times_shown == 1:
        return "real"
    return "repeated"


def instants_showing(day: date, wall: time, zone: str) -> list[datetime]:
    """List every UTC minute at which the clocks of `zone` show this day and time."""
    wanted = datetime.combine(day, wall)
    return [instant for instant, shown in minutes_around(day, zone) if shown == wanted]


def nearest_real_times(day: date, wall: time, zone: str) -> tuple[datetime, datetime]:
    """Return the last time the clocks do show before a skipped one, and the first after it.

    Wall times without zone; their day may differ from `day` where midnight is skipped.
    """
    wanted = datetime.combine(day, wall)
    shown_times = [shown for _, shown in minutes_around(day, zone)]
    before = max(shown for shown in shown_times if shown < wanted)
    after = min(shown for shown in shown_times if shown > wanted)
    return before, after


def elapsed_end(day: date, wall: time, zone: str, minutes: int) -> datetime:
    """Return the instant so many real minutes after a start, on the clocks of `zone`.

    Refuses (ValueError) a start that the clocks skip or repeat.
    """
    starts = instants_showing(day, wall, zone)
    if len(starts) != 1:
        message = f"{day} {wall} is {start_kind(day, wall, zone)} in {zone}"
        raise ValueError(message)
    instant = starts[0]
    for _ in range(minutes):
        instant = instant + ONE_MINUTE
    return instant.astimezone(ZoneInfo(zone))


@lru_cache(maxsize=64)
def minutes_around(day: date, zone: str) -> list[tuple[datetime, datetime]]:
    """List the UTC minutes from two days before `day` to three after, and what the wall shows."""
    clock = ZoneInfo(zone)
    midnight = datetime.combine(day, time(0, 0), tzinfo=UTC)
    instant = midnight - DAYS_AROUND
    end = midnight + DAYS_AROUND + timedelta(days=1)
    found = []
    while instant < end:
        shown = instant.astimezone(clock).replace(tzinfo=None, fold=0)
        found.append((instant, shown))
        instant = instant + ONE_MINUTE
    return found
