"""Days on which the clocks of a zone change."""

import datetime as dt
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from lemtrada_schedule.dates.months import ONE_DAY

__all__ = ["days_around_changes"]

_WEEK: Final = 7


@lru_cache(maxsize=4_096)
def days_around_changes(zone: ZoneInfo, year: int) -> tuple[dt.date, ...]:
    """Return the days of a year on which the clocks may change, and the days beside them, in order.

    The offset is compared week by week, and day by day if two weeks differ. So no day is missed unless the clocks
    change and change back within one week, which no zone has ever done; a sweep test compares every day.
    """
    found: set[dt.date] = set()
    first = dt.date(year, 1, 1) - 2 * ONE_DAY
    last = dt.date(year, 12, 31) + 2 * ONE_DAY
    week = first
    while week < last:
        end = min(week + _WEEK * ONE_DAY, last)
        if _offset(zone, week) != _offset(zone, end):
            for day in (week + step * ONE_DAY for step in range((end - week).days)):
                if _offset(zone, day) != _offset(zone, day + ONE_DAY):
                    found |= {day - ONE_DAY, day, day + ONE_DAY}
        week = end
    return tuple(sorted(day for day in found if day.year == year))


def _offset(zone: ZoneInfo, day: dt.date) -> dt.timedelta | None:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).astimezone(zone).utcoffset()
