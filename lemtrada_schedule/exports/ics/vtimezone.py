"""VTIMEZONE: a time zone in an iCalendar file, as one observance for each clock change, without recurrence rules.

All calendars read this form the same way. Yearly rules fail where clock changes follow Ramadan, and some clients apply
only the first of a list of changes.
"""

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from lemtrada_schedule.exports.ics.content_lines import date_time

__all__ = ["vtimezone"]

_SECOND = dt.timedelta(seconds=1)

_MINUTE = dt.timedelta(minutes=1)

_NOTHING = dt.timedelta(0)


def vtimezone(time_zone: str, first: dt.date, last: dt.date) -> Iterator[str]:
    """Yield the VTIMEZONE of a zone, valid from the year before `first` to the year after `last`."""
    zone = ZoneInfo(time_zone)
    years = range(first.year - 1, last.year + 2)
    begins = dt.datetime(years[0], 1, 1, tzinfo=dt.UTC)
    ahead = _ahead(zone, begins)
    yield from ("BEGIN:VTIMEZONE", f"TZID:{time_zone}")
    yield from _observance(zone, begins, ahead)
    for change in (change for year in years for change in _changes(zone, year)):
        yield from _observance(zone, change, ahead)
        ahead = _ahead(zone, change)
    yield "END:VTIMEZONE"


def _observance(zone: ZoneInfo, begins: dt.datetime, before: dt.timedelta) -> Iterator[str]:
    local = begins.astimezone(zone)
    kind = "DAYLIGHT" if (local.dst() or _NOTHING) > _NOTHING else "STANDARD"
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{date_time(begins + before)}"  # what the clocks showed before they were moved (RFC 5545, 3.6.5)
    yield f"TZOFFSETFROM:{_offset(before)}"
    yield f"TZOFFSETTO:{_offset(_ahead(zone, begins))}"
    yield f"TZNAME:{local.tzname()}"
    yield f"END:{kind}"


def _offset(ahead: dt.timedelta) -> str:
    minutes = abs(ahead) // _MINUTE
    return f"{'-' if ahead < _NOTHING else '+'}{minutes // 60:02d}{minutes % 60:02d}"


def _ahead(zone: ZoneInfo, at: dt.datetime) -> dt.timedelta:
    return at.astimezone(zone).utcoffset() or _NOTHING


@lru_cache(maxsize=256)  # keyed by the zone itself: another zone of the same name may have other changes
def _changes(zone: ZoneInfo, year: int) -> tuple[dt.datetime, ...]:
    """Return the instants in a UTC year at which a zone's offset from UTC changes; no two are on one day."""
    before = dt.datetime(year, 1, 1, tzinfo=dt.UTC) - _SECOND
    steps = range((dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days + 1)
    days = [before + dt.timedelta(days=step) for step in steps]
    ahead = [_ahead(zone, day) for day in days]
    return tuple(_first_second(zone, day) for day, (old, new) in zip(days, pairwise(ahead), strict=False) if old != new)


def _next(day: dt.datetime) -> dt.datetime:
    return day + dt.timedelta(days=1)


def _first_second(zone: ZoneInfo, day: dt.datetime) -> dt.datetime:
    """Return the first second of a zone's new offset from UTC, within the 24 hours after `day`."""
    before, after, new = day, _next(day), _ahead(zone, _next(day))
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        before, after = (before, middle) if _ahead(zone, middle) == new else (middle, after)
    return after
