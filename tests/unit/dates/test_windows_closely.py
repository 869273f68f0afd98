"""Clock times at the edges that a mutation of their code once got past."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lemtrada_schedule import InvalidInput, LocalTimeError, TimeWindow
from lemtrada_schedule.dates import time_windows
from lemtrada_schedule.dates.time_windows import before, local_start, offset_contradicts, zone_data_differ

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("text", "zone", "contradicts"),
    [
        ("2027-01-11T09:00:00+05:30", "Asia/Kolkata", False),
        ("2027-01-11T09:00:00+05:00", "Asia/Kolkata", True),
        ("2027-01-11T09:00:00-05:00", NEW_YORK, False),
        ("2027-01-11T09:00:00+05:00", NEW_YORK, True),
        ("2027-01-11T09:00:00Z", "Europe/London", False),
        ("2027-01-11T09:00:00Z", NEW_YORK, True),
        # 1 November 2026 has 01:30 twice; 14 March 2027 has no 02:30.
        ("2026-11-01T01:30:00-04:00", NEW_YORK, False),
        ("2026-11-01T01:30:00-05:00", NEW_YORK, False),
        ("2027-03-14T02:30:00-05:00", NEW_YORK, True),
    ],
)
def test_a_written_offset_is_held_against_the_zone(
    text: str,
    zone: str,
    contradicts: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    assert offset_contradicts(text, zone) is contradicts


@pytest.mark.parametrize(
    ("text", "code"), [("2027-02-30T09:00:00Z", "no-such-date"), ("2027-02-03 09:00", "wall-time")]
)
def test_a_moment_that_is_none_is_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        offset_contradicts(text, "UTC")
    assert (caught.value.code, caught.value.place) == (code, "")


@pytest.mark.parametrize("field", ["start", "end"])
def test_an_unreadable_moment_is_refused_with_the_name_of_its_field(field: str) -> None:
    data = {"time_zone": "UTC", "start": "2027-01-11T09:00:00Z", "end": "2027-01-11T13:00:00Z", field: "at nine"}
    with pytest.raises(InvalidInput) as caught:
        TimeWindow.model_validate(data)
    assert [(problem.code, problem.place) for problem in caught.value.problems] == [("wall-time", field)]


@pytest.mark.parametrize(("day", "wall"), [(datetime(2027, 1, 11), time(9)), (date(2027, 1, 11), "09:00")])
def test_a_window_needs_a_date_and_a_time(day: Any, wall: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        TimeWindow.on(day, wall, NEW_YORK, 60)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "start")


@pytest.mark.parametrize("start", [datetime(2027, 1, 11, 9), date(2027, 1, 11), "2027-01-11T09:00:00-05:00"])
def test_a_window_counts_from_a_datetime_with_a_zone(start: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        TimeWindow.after(start, 60, NEW_YORK)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "start")


@pytest.mark.parametrize("minutes", [0, 7 * 24 * 60 + 1])
def test_a_window_lasts_up_to_a_week(minutes: int) -> None:
    start = datetime(2027, 1, 11, 9, tzinfo=ZoneInfo(NEW_YORK))
    assert TimeWindow.after(start, 7 * 24 * 60, NEW_YORK).end.date() == date(2027, 1, 18)
    with pytest.raises(InvalidInput) as caught:
        TimeWindow.after(start, minutes, NEW_YORK)
    assert caught.value.place == "minutes"


@pytest.mark.parametrize(
    ("zone", "day", "wall", "nearest"),
    [
        # New York skips 02:00 to 02:59 on 14 March 2027, and repeats 01:00 to 01:59 on 7 November.
        (NEW_YORK, date(2027, 3, 14), time(2, 0), ("01:59", "03:00")),
        (NEW_YORK, date(2027, 3, 14), time(2, 59), ("01:59", "03:00")),
        (NEW_YORK, date(2027, 11, 7), time(1, 0), ("00:59", "02:00")),
        (NEW_YORK, date(2027, 11, 7), time(1, 59), ("00:59", "02:00")),
        # London, whose winter time is UTC itself, skips and repeats 01:00 to 01:59.
        ("Europe/London", date(2027, 3, 28), time(1, 30), ("00:59", "02:00")),
        ("Europe/London", date(2027, 10, 31), time(1, 30), ("00:59", "02:00")),
    ],
)
def test_the_nearest_real_times_by_hand(zone: str, day: date, wall: time, nearest: tuple[str, str]) -> None:
    with pytest.raises(LocalTimeError) as caught:
        local_start(day, wall, zone)
    assert caught.value.nearest == nearest
    happens = "skip" if day.month == 3 else "repeat"
    assert (
        f"on {day} the clocks of {zone} {happens} {wall:%H:%M}; use {nearest[0]} or {nearest[1]}"
        == caught.value.message
    )


@pytest.mark.parametrize("day", [date(2027, 1, 11), date(2026, 11, 1)])
def test_less_than_a_minute_is_no_window_on_any_day(day: date) -> None:
    zone = ZoneInfo(NEW_YORK)
    moments = [datetime(day.year, day.month, day.day, 9, 0, second, tzinfo=zone) for second in (0, 30)]
    with pytest.raises(InvalidInput) as caught:
        TimeWindow(time_zone=NEW_YORK, start=moments[0], end=moments[1])
    assert caught.value.code == "window-reversed"


def test_a_zone_that_the_package_does_not_know_cannot_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = TimeWindow.on(date(2027, 1, 11), time(9), NEW_YORK, 240)
    monkeypatch.setattr(time_windows, "_PACKAGE_ZONES", tmp_path)
    time_windows._package_zone.cache_clear()
    assert not zone_data_differ(window)
    time_windows._package_zone.cache_clear()


def test_minutes_are_whole() -> None:
    """09:00:00 to 09:01:30 is one minute and a half."""
    zone = ZoneInfo(NEW_YORK)
    start, end = (datetime(2027, 1, 11, 9, *after, tzinfo=zone) for after in ((0, 0), (1, 30)))
    minutes = TimeWindow(time_zone=NEW_YORK, start=start, end=end).minutes
    assert (minutes, type(minutes)) == (1, int)


def test_a_window_in_an_unknown_zone_is_refused_with_its_argument() -> None:
    with pytest.raises(InvalidInput) as caught:
        TimeWindow.on(date(2027, 1, 11), time(9), "America/Bostn", 60)
    assert (caught.value.code, caught.value.place) == ("zone", "time_zone")


def test_a_zone_made_anew_is_the_same_zone() -> None:
    """As after `ZoneInfo.clear_cache`: another object, with the same key."""
    zone = ZoneInfo.no_cache(NEW_YORK)
    moments = [datetime(2027, 1, 11, hour, tzinfo=zone) for hour in (9, 13)]
    assert TimeWindow(time_zone=NEW_YORK, start=moments[0], end=moments[1]).minutes == 240


@pytest.mark.parametrize(
    ("moment", "minutes", "earlier"),
    [
        ("2027-01-11T09:00", 30, "2027-01-11T08:30-05:00"),
        ("2027-03-14T03:15", 30, "2027-03-14T01:45-05:00"),  # the clocks skip 02:00 to 02:59
        ("2026-11-01T02:15", 30, "2026-11-01T01:45-05:00"),  # 01:00 to 01:59 come twice: this is the second time
        ("2026-11-01T02:15", 90, "2026-11-01T01:45-04:00"),  # and this the first
    ],
)
def test_so_many_minutes_before_are_elapsed_minutes_on_the_same_clock(moment: str, minutes: int, earlier: str) -> None:
    zone = ZoneInfo(NEW_YORK)
    found = before(datetime.fromisoformat(moment).replace(tzinfo=zone), minutes)
    assert found.isoformat(timespec="minutes") == earlier
    assert found.tzinfo is zone


def test_a_window_shows_its_zone_and_its_length() -> None:
    window = TimeWindow.on(date(2027, 1, 11), time(9), NEW_YORK, 240)
    assert repr(window) == "TimeWindow(America/New_York, 240 minutes)"
    shown = window._repr_html_()
    assert all(f">{words}</th>" in shown for words in ("time zone", "minutes"))
