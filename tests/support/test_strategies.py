"""The strategies of days and clock times draw rare ones often enough."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from tests.support.strategies import FIRST_DAY, LAST_DAY, ZONES, calendar_days, month_end, transitions, zoned_starts

pytestmark = pytest.mark.sweep
T = TypeVar("T")


def share(strategy: SearchStrategy[T], classes_of: Callable[[T], list[str]]) -> dict[str, float]:
    """Return which share of a thousand draws falls into each class."""
    seen: Counter[str] = Counter()

    @settings(
        max_examples=1_000,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(value: T) -> None:
        seen.update(["all", *classes_of(value)])

    draw()
    return {name: n / seen["all"] for name, n in seen.items()}


def classes_of_day(day: date) -> list[str]:
    classes = {
        "Feb 29": (day.month, day.day) == (2, 29),
        "29th to 31st": day.day > 28,
        "month end": day == month_end(day.year, day.month),
        "year end": (day.month, day.day) in {(12, 31), (1, 1)},
        "outside": not FIRST_DAY <= day <= LAST_DAY,
    }
    return [name for name, is_so in classes.items() if is_so]


def classes_of_start(start: tuple[date, time, str]) -> list[str]:
    day, wall, zone_name = start
    zone = ZoneInfo(zone_name)
    local = datetime.combine(day, wall, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        return ["gap"]
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        return ["fold"]
    if (instant + timedelta(hours=6)).astimezone(zone).utcoffset() != local.utcoffset():
        return ["changes within six hours"]
    return ["plain"]


def test_calendar_days_yield_the_rare_days() -> None:
    shares = share(calendar_days(), classes_of_day)
    assert shares["Feb 29"] >= 0.01
    assert shares["29th to 31st"] >= 0.1
    assert shares["month end"] >= 0.05
    assert shares["year end"] >= 0.01
    assert "outside" not in shares


def test_calendar_days_stay_within_their_ends() -> None:
    first, last = date(2025, 3, 1), date(2025, 3, 9)  # no leap year in between
    shares = share(calendar_days(first, last), lambda day: ["inside"] * (first <= day <= last))
    assert shares == {"all": 1.0, "inside": 1.0}


def test_zoned_starts_yield_the_rare_times() -> None:
    shares = share(zoned_starts(), classes_of_start)
    assert shares["gap"] >= 0.01
    assert shares["fold"] >= 0.01
    assert shares["changes within six hours"] >= 0.01
    assert shares["plain"] >= 0.3


def test_every_zone_is_drawn() -> None:
    assert set(share(zoned_starts(), lambda start: [start[2]])) - {"all"} == set(ZONES)


@pytest.mark.parametrize(
    ("zone_name", "expected"),
    [
        ("America/New_York", [datetime(2027, 3, 14, 3), datetime(2027, 11, 7, 1)]),
        ("Europe/Berlin", [datetime(2027, 3, 28, 3), datetime(2027, 10, 31, 2)]),
        ("Australia/Lord_Howe", [datetime(2027, 4, 4, 1, 30), datetime(2027, 10, 3, 2, 30)]),
        ("Asia/Tokyo", []),
    ],
)
def test_transitions_are_those_the_zone_has(zone_name: str, expected: list[datetime]) -> None:
    assert list(transitions(zone_name, 2027, 2028)) == expected
