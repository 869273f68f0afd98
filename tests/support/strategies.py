"""Hypothesis strategies of days, clock times and zones, weighted to those on which date code breaks.

`test_strategies.py` fails when a strategy no longer draws its rare days.
"""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)

ZONES: Final = (
    "America/New_York",
    "America/Vancouver",
    "America/Edmonton",
    "America/Halifax",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Berlin",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "UTC",
)

_NEARBY: Final = (0, 0, 0, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5)


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


@st.composite
def calendar_days(draw: st.DrawFn, first: date = FIRST_DAY, last: date = LAST_DAY) -> date:
    """Half plain days; half 29 February, month ends and year ends, most of them shifted by up to 5 days."""
    year = draw(st.integers(first.year, last.year))
    match draw(st.integers(0, 5)):
        case 3:
            leap_years = [y for y in range(first.year, last.year + 1) if calendar.isleap(y)]
            rare = date(draw(st.sampled_from(leap_years or [2000])), 2, 29)
        case 4:
            rare = month_end(year, draw(st.integers(1, 12)))
        case 5:
            rare = date(year, 12, 31)
        case _:
            return draw(st.dates(first, last))
    return min(max(rare + timedelta(draw(st.sampled_from(_NEARBY))), first), last)


def _first_minute_after(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
            before = middle
        else:
            after = middle
    return after.replace(second=0, microsecond=0)


@cache
def transitions(zone_name: str, first_year: int = 2024, last_year: int = 2040) -> tuple[datetime, ...]:
    """Return the wall times at which a zone's clocks have just changed, up to and without the last year."""
    zone = ZoneInfo(zone_name)
    found = []
    week, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year, 1, 1, tzinfo=UTC)
    while week < end:
        next_week = week + timedelta(days=7)
        if week.astimezone(zone).utcoffset() != next_week.astimezone(zone).utcoffset():
            changed = _first_minute_after(zone, week, next_week)
            found.append(changed.astimezone(zone).replace(tzinfo=None))
        week = next_week
    return tuple(found)


@st.composite
def zoned_starts(draw: st.DrawFn) -> tuple[date, time, str]:
    """A day, a wall time and a zone: one third within 8 hours of a clock change."""
    zone_name = draw(st.sampled_from(ZONES))
    changes = transitions(zone_name)
    if changes and draw(st.integers(0, 2)) == 0:
        minutes = draw(st.one_of(st.integers(-59, -1), st.integers(0, 59), st.integers(-480, 480)))
        wall = draw(st.sampled_from(changes)) + timedelta(minutes=minutes)
        return wall.date(), wall.time(), zone_name
    quarter = draw(st.sampled_from([0, 15, 30, 45]))
    return draw(calendar_days()), time(draw(st.integers(0, 23)), quarter), zone_name
