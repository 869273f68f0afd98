"""Days on which the clocks change: found week by week, and compared with a walk over every day."""

import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from lemtrada_schedule.clinic.clock_changes import days_around_changes

ONE_DAY = timedelta(days=1)
ZONES = sorted(name for name in available_timezones() if "/" in name)


def changing_days(zone: ZoneInfo, year: int) -> set[date]:
    """Return the days, in UTC, in whose course the offset changes; every day is looked at."""
    noons = [datetime(year, 1, 1, tzinfo=UTC) + step * ONE_DAY for step in range(-1, 368)]
    offsets = [(day.date(), day.astimezone(zone).utcoffset()) for day in noons]
    return {day for (day, one), (_, other) in pairwise(offsets) if one != other and day.year == year}


@pytest.mark.parametrize(
    ("name", "year", "days"),
    [
        ("America/New_York", 2027, {date(2027, 3, 14), date(2027, 11, 7)}),
        ("Europe/Berlin", 2027, {date(2027, 3, 28), date(2027, 10, 31)}),
        ("America/Argentina/Buenos_Aires", 2007, {date(2007, 12, 30)}),  # in the last week of a year
        ("Australia/Lord_Howe", 2027, {date(2027, 4, 4), date(2027, 10, 3)}),
    ],
)
def test_known_changes_are_found(name: str, year: int, days: set[date]) -> None:
    found = days_around_changes(ZoneInfo(name), year)
    assert days <= set(found)
    assert len(found) <= 3 * len(days)


def test_a_zone_without_changes_has_none() -> None:
    assert days_around_changes(ZoneInfo("America/Phoenix"), 2027) == ()
    assert days_around_changes(ZoneInfo("UTC"), 2027) == ()


@pytest.mark.sweep
@pytest.mark.parametrize("first", range(0, len(ZONES), 50))
def test_no_day_of_any_zone_is_missed(first: int) -> None:
    """Each change and the days beside it, in every zone. From 2040 on, each zone repeats one rule."""
    for name in ZONES[first : first + 50]:
        zone = ZoneInfo(name)
        for year in (*range(1970, 2040), 2072, 2099):
            found = set(days_around_changes(zone, year))
            for day in changing_days(zone, year):
                assert {near for near in (day - ONE_DAY, day, day + ONE_DAY) if near.year == year} <= found


@pytest.mark.parametrize(
    ("name", "year", "days"),
    [
        ("America/New_York", 2027, ["03-13", "03-14", "03-15", "11-06", "11-07", "11-08"]),
        # Dhaka: 19 June 2009 at 23:00, and the end of 2009, which is 18:00 in UTC.
        ("Asia/Dhaka", 2009, ["06-18", "06-19", "06-20", "12-30", "12-31"]),
        ("Asia/Dhaka", 2010, ["01-01"]),
        # São Tomé: 1 January 2018 and 1 January 2019, at 01:00 in UTC.
        ("Africa/Sao_Tome", 2017, ["12-31"]),
        ("Africa/Sao_Tome", 2018, ["01-01", "01-02", "12-31"]),
        ("Africa/Sao_Tome", 2019, ["01-01", "01-02"]),
    ],
)
def test_the_days_around_a_change_by_hand(name: str, year: int, days: list[str]) -> None:
    found = days_around_changes(ZoneInfo(name), year)
    assert [day.isoformat() for day in found] == [f"{year}-{day}" for day in days]


def test_the_zone_of_the_machine_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine twelve hours west of Greenwich; New York changes on 14 March and 7 November 2027."""
    monkeypatch.setenv("TZ", "XXX12")
    time.tzset()
    days_around_changes.cache_clear()
    found = days_around_changes(ZoneInfo("America/New_York"), 2027)
    monkeypatch.undo()
    time.tzset()
    assert [(day.month, day.day) for day in found] == [(3, 13), (3, 14), (3, 15), (11, 6), (11, 7), (11, 8)]
