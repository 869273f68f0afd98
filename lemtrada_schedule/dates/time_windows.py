"""Time windows: clock times on a day with their zone, and lengths in elapsed minutes.

A wall time that the clocks skip or repeat is refused, never moved. Lengths are added in UTC, so four hours are four
hours on the night of a clock change too.
"""

import datetime as dt
import io
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

import tzdata
from pydantic import model_validator

from lemtrada_schedule.errors import InvalidInput, LocalTimeError, Problem, kind_of, shape_of
from lemtrada_schedule.validation.arguments import check_count, refused
from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.scalars import ZoneName, checked_zone, clock, refusal
from lemtrada_schedule.validation.summary import Summary

__all__ = ["TimeWindow", "before", "local_start", "offset_contradicts", "zone_data_differ"]

LONGEST_MINUTES: Final = 7 * 24 * 60

_PACKAGE_ZONES: Final = Path(tzdata.__path__[0]) / "zoneinfo"

_MINUTE: Final = dt.timedelta(minutes=1)

_INSTANT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}):00(?:(Z)|([+-])([0-9]{2}):([0-9]{2}))")


def _written(text: str, place: str) -> tuple[dt.datetime, dt.timedelta]:
    """Parse an RFC 3339 text into wall time and offset."""
    if not (read := _INSTANT.fullmatch(text)):
        message = f"expected a date-time such as 2027-01-11T09:00:00-05:00, got {shape_of(text)}"
        raise InvalidInput([Problem("wall-time", place, message)])
    try:
        wall = dt.datetime.fromisoformat(read[1])
    except ValueError:
        wall = None
    if wall is None:
        raise InvalidInput([Problem("no-such-date", place, "this date or time does not exist; check it")])
    if read[2]:
        return wall, dt.timedelta(0)
    offset = dt.timedelta(hours=int(read[4]), minutes=int(read[5]))
    return wall, offset if read[3] == "+" else -offset


def _restored(text: str, zone: ZoneInfo, place: str) -> dt.datetime:
    # The wall time wins. Where the clocks repeat it, the written offset decides which of the two is meant.
    wall, offset = _written(text, place)
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return second if second.utcoffset() == offset != first.utcoffset() else first


def offset_contradicts(text: str, time_zone: str) -> bool:
    """Return whether the zone data in use contradict a stored date-time: another offset, or no such wall time."""
    wall, offset = _written(text, "")
    zone = ZoneInfo(time_zone)
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return offset not in (first.utcoffset(), second.utcoffset()) or not _is_real(first)


class TimeWindow(Model):
    """A window of clock time: two instants in one zone. The end is not included.

    JSON holds wall time, offset and the zone's name. Reading restores the zone; the wall time wins over an offset that
    newer zone data contradict.
    """

    time_zone: ZoneName
    """The IANA name of the time zone."""
    start: dt.datetime
    """The first moment, included, with its offset."""
    end: dt.datetime
    """The end, not included, with its offset."""

    @model_validator(mode="before")
    @classmethod
    def _restore(cls, data: Any) -> Any:
        if type(data) is not dict:
            return data
        start = data.get("start")
        if type(start) is dt.datetime and not _is_real(start):
            message = "the clocks skip this time on that day; use a time that exists"
            raise InvalidInput([Problem("nonexistent-local-time", "start", message)])
        written = {name: data[name] for name in ("start", "end") if type(data.get(name)) is str}
        if not written:
            return data
        try:
            zone = ZoneInfo(data["time_zone"])
        except Exception:  # noqa: BLE001  # ZoneInfo raises four families; the field's own check refuses the name
            return data
        return {**data, **{name: _restored(text, zone, name) for name, text in written.items()}}

    def model_post_init(self, _context: Any, /) -> None:
        """Check the instants once, when they are made; an "after" validator would run again in every field."""
        zone = ZoneInfo(self.time_zone)
        for moment in (self.start, self.end):
            if type(moment) is not dt.datetime or not (moment.tzinfo is zone or _is_copy(moment.tzinfo, zone)):
                raise refusal("zone", "start and end must be datetimes with ZoneInfo(time_zone) as their tzinfo")
        # With one offset at both ends, wall times differ as instants do.
        same = self.start.utcoffset() == self.end.utcoffset()
        if self.end - self.start < _MINUTE if same else self.minutes < 1:
            raise refusal("window-reversed", "the end is not after the start; correct one of them")

    @property
    def minutes(self) -> int:
        """The elapsed length in minutes, also across clock changes."""
        return (self.end.astimezone(dt.UTC) - self.start.astimezone(dt.UTC)) // _MINUTE

    def _summary(self) -> Summary:
        yield "time zone", self.time_zone
        yield "minutes", self.minutes

    @property
    def day(self) -> dt.date:
        """The window's day: the local date of its start."""
        return self.start.date()

    @classmethod
    def on(cls, day: dt.date, wall: dt.time, time_zone: str, minutes: int) -> Self:
        """Return the window that starts at a wall time and lasts a number of elapsed minutes.

        Raises:
            LocalTimeError: The clocks skip or repeat that wall time on that day.
            InvalidInput: An argument is not valid.

        Example:
            >>> from datetime import date, time
            >>> window = TimeWindow.on(date(2026, 3, 8), time(0, 0), "America/New_York", 240)
            >>> window.end.isoformat()
            '2026-03-08T05:00:00-04:00'
        """
        if type(day) is not dt.date or type(wall) is not dt.time:
            raise refused("wrong-type", "start", "expected a datetime.date and a datetime.time without a zone")
        return cls.after(local_start(day, wall, checked_zone(time_zone, "time_zone")), minutes, time_zone)

    @classmethod
    def after(cls, start: dt.datetime, minutes: int, time_zone: str) -> Self:
        """Return the window that starts at an aware datetime and lasts a number of elapsed minutes, 1 to 10,080.

        Raises:
            InvalidInput: An argument is not valid.
        """
        if type(start) is not dt.datetime or start.tzinfo is None:
            raise refused("wrong-type", "start", f"expected a datetime with its zone, got {kind_of(start)}")
        check_count(minutes, "minutes", most=LONGEST_MINUTES)
        end = (start.astimezone(dt.UTC) + minutes * _MINUTE).astimezone(start.tzinfo)
        return cls(time_zone=time_zone, start=start, end=end)


def _is_copy(tzinfo: dt.tzinfo | None, zone: ZoneInfo) -> bool:
    """Return whether a zone is another object for the same name, as after `ZoneInfo.clear_cache`, not from a file."""
    if type(tzinfo) is not ZoneInfo or tzinfo.key != zone.key:
        return False
    try:
        tzinfo.__reduce__()
    except Exception:  # noqa: BLE001  # a PicklingError: a zone from a file may have any rules
        return False
    return True


def _gap_edges(wall: dt.datetime, zone: ZoneInfo) -> tuple[str, str]:
    # In a gap the two readings differ by its length: one is before the gap, the other after it.
    offsets = sorted(wall.replace(tzinfo=zone, fold=fold).utcoffset() or dt.timedelta(0) for fold in (0, 1))
    gap = (offsets[1] - offsets[0]) // _MINUTE
    near = (wall + step * _MINUTE for step in range(-gap, gap + 1))
    real = [moment for moment in near if _is_real(moment.replace(tzinfo=zone))]
    before = max(moment for moment in real if moment < wall)
    after = min(moment for moment in real if moment > wall)
    return clock(before), clock(after)


def _is_real(moment: dt.datetime) -> bool:
    """Return whether the clocks ever show this wall time, that is, whether it survives a round trip through UTC."""
    if moment.utcoffset() is None:
        return True
    return moment.astimezone(dt.UTC).astimezone(moment.tzinfo) == moment  # in one zone, wall times are compared


def _fold_edges(wall: dt.datetime, zone: ZoneInfo) -> tuple[str, str]:
    offsets = sorted(wall.replace(tzinfo=zone, fold=fold).utcoffset() or dt.timedelta(0) for fold in (0, 1))
    fold = (offsets[1] - offsets[0]) // _MINUTE
    near = [wall + step * _MINUTE for step in range(-fold, fold + 1)]
    once = [m for m in near if m.replace(tzinfo=zone).utcoffset() == m.replace(tzinfo=zone, fold=1).utcoffset()]
    before = max(moment for moment in once if moment < wall)
    after = min(moment for moment in once if moment > wall)
    return clock(before), clock(after)


def local_start(day: dt.date, wall: dt.time, time_zone: str) -> dt.datetime:
    """Return the instant at which the clocks of a zone show a wall time on a day.

    Raises:
        LocalTimeError: The clocks skip it (`nonexistent-local-time`) or show it twice
            (`repeated-local-time`); `nearest` holds the closest wall times that are real and unique.
    """
    zone = ZoneInfo(time_zone)
    first = dt.datetime.combine(day, wall, zone)
    if first.utcoffset() == first.replace(fold=1).utcoffset():
        return first
    naive = dt.datetime.combine(day, wall)
    skipped = not _is_real(first)
    code, happens = ("nonexistent-local-time", "skip") if skipped else ("repeated-local-time", "repeat")
    nearest = _gap_edges(naive, zone) if skipped else _fold_edges(naive, zone)
    message = f"on {day} the clocks of {time_zone} {happens} {clock(naive)}; use {nearest[0]} or {nearest[1]}"
    raise LocalTimeError(code, message, place="infusion_starts", nearest=nearest)


def before(moment: dt.datetime, minutes: int) -> dt.datetime:
    """Return the moment so many elapsed minutes before another, on the same clock.

    >>> from zoneinfo import ZoneInfo
    >>> before(dt.datetime(2027, 3, 14, 3, 15, tzinfo=ZoneInfo("America/New_York")), 30).isoformat()
    '2027-03-14T01:45:00-05:00'
    """
    return (moment.astimezone(dt.UTC) - dt.timedelta(minutes=minutes)).astimezone(moment.tzinfo)


@lru_cache(maxsize=64)
def _package_zone(time_zone: str) -> ZoneInfo | None:
    """Return the zone as in the tzdata package; `None` if the package does not have it."""
    source = _PACKAGE_ZONES.joinpath(*time_zone.split("/"))
    if not source.is_file():
        return None
    return ZoneInfo.from_file(io.BytesIO(source.read_bytes()), key=time_zone)


def zone_data_differ(window: TimeWindow) -> bool:
    """Return whether the tzdata package has other offsets for a window's start or end than the zone data in use.

    The operating system's zone data silently override the package and can be years old.
    """
    package = _package_zone(window.time_zone)
    if package is None:
        return False
    return any(package.utcoffset(moment) != moment.utcoffset() for moment in (window.start, window.end))
