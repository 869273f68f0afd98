"""The oracle against dates worked out by hand; the arithmetic stands beside each."""

import ast
import sys
import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.months import Rounding, months_after, table
from tests.oracle.placing import IsClosed, first_block, longest_run
from tests.oracle.plan import (
    Activity,
    Anchors,
    NoBlockError,
    Plan,
    draws,
    merged,
    offset_day,
    place_courses,
    plan,
    span_after,
)
from tests.oracle.us_holidays import us_holidays, us_ma_holidays
from tests.oracle.windows import elapsed_end, nearest_real_times, start_kind

pytestmark = pytest.mark.sweep  # it checks the oracle, not the library

NEW_YORK = "America/New_York"
SPANS_IN_MONTHS = (1, 2, 3, 4, 6, 12, 48)
ROUNDINGS: tuple[Rounding, ...] = ("later", "earlier")


def day(written: str) -> date:
    return date.fromisoformat(written)


def days(written: str) -> list[date]:
    return [day(one) for one in written.split()]


# --- months ----------------------------------------------------------------------------------

MONTH_VECTORS: list[tuple[str, int, Rounding, str]] = [
    # The day exists: both directions give the same.
    ("2025-03-07", 4, "later", "2025-07-07"),  # 7 March, April, May, June, 7 July
    ("2025-03-07", 4, "earlier", "2025-07-07"),
    ("2023-03-03", 12, "later", "2024-03-03"),  # 366 days, for 29 February 2024 lies between
    ("2024-02-29", 48, "later", "2028-02-29"),  # leap year to leap year
    ("2025-01-31", 2, "later", "2025-03-31"),  # counted from the anchor: February is passed, not touched
    # The day does not exist: later is the first of the month after.
    ("2000-03-31", 6, "later", "2000-10-01"),  # 31 September
    ("2000-08-31", 6, "later", "2001-03-01"),  # 31 February 2001
    ("2025-10-31", 4, "later", "2026-03-01"),  # 31 February 2026
    ("2025-10-30", 4, "later", "2026-03-01"),  # 30 February 2026
    ("2025-10-29", 4, "later", "2026-03-01"),  # 29 February 2026: no leap year
    ("2025-10-28", 4, "later", "2026-02-28"),  # 28 February 2026 exists
    ("2027-10-29", 4, "later", "2028-02-29"),  # 29 February 2028 exists
    ("2024-02-29", 12, "later", "2025-03-01"),  # 29 February 2025
    ("2096-02-29", 48, "later", "2100-03-01"),  # 2100 is no leap year
    ("2025-12-31", 4, "later", "2026-05-01"),  # 31 April
    # The day does not exist: earlier is the last of the month itself.
    ("2025-01-31", 1, "earlier", "2025-02-28"),
    ("2025-01-31", 3, "earlier", "2025-04-30"),
    ("2024-01-31", 1, "earlier", "2024-02-29"),
    ("2024-02-29", 12, "earlier", "2025-02-28"),
    ("2096-02-29", 48, "earlier", "2100-02-28"),
    ("2025-10-31", 4, "earlier", "2026-02-28"),
    # No month at all.
    ("2024-02-29", 0, "later", "2024-02-29"),
    ("2025-01-31", 0, "earlier", "2025-01-31"),
    # Backwards: the directions mean the same, later is a later day.
    ("2025-07-07", -4, "later", "2025-03-07"),
    ("2025-03-31", -1, "later", "2025-03-01"),  # 31 February
    ("2025-03-31", -1, "earlier", "2025-02-28"),
    ("2024-02-29", -12, "later", "2023-03-01"),
    ("2024-02-29", -12, "earlier", "2023-02-28"),
    ("2025-01-15", -1, "later", "2024-12-15"),  # over the new year
    ("2025-01-01", -1, "earlier", "2024-12-01"),
]


@pytest.mark.parametrize(("start", "months", "rounding", "expected"), MONTH_VECTORS)
def test_months_after(start: str, months: int, rounding: Rounding, expected: str) -> None:
    assert months_after(day(start), months, rounding) == day(expected)
    assert table(months, rounding)[day(start)] == day(expected)


def test_months_from_the_31st_are_counted_from_the_anchor() -> None:
    from_anchor = [months_after(day("2025-01-31"), k, "earlier") for k in (1, 2, 3, 4)]
    assert from_anchor == days("2025-02-28 2025-03-31 2025-04-30 2025-05-31")


def test_months_need_a_known_direction() -> None:
    with pytest.raises(ValueError, match="rounding"):
        months_after(day("2025-01-31"), 1, "nearest")  # type: ignore[arg-type]  # what is refused
    with pytest.raises(ValueError, match="rounding"):
        table(1, "nearest")  # type: ignore[arg-type]  # what is refused


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("months", [1, 4, 12, -1, -12])
def test_the_table_and_the_single_walk_agree(months: int, rounding: Rounding) -> None:
    """Every day of 2023 to 2025, which hold one 29 February."""
    answers = table(months, rounding)
    one = day("2023-01-01")
    while one <= day("2025-12-31"):
        assert answers[one] == months_after(one, months, rounding)
        one += timedelta(days=1)


@pytest.mark.parametrize("months", SPANS_IN_MONTHS)
def test_the_table_holds_every_day_of_the_public_range(months: int) -> None:
    """36,525 days: 100 years of 365 days, and 25 leap days (2000 is a leap year, 2100 is out)."""
    later, earlier = table(months, "later"), table(months, "earlier")
    asked = [one for one in later if day("2000-01-01") <= one <= day("2099-12-31")]
    assert len(asked) == 36_525
    for one in asked:
        # Either the day exists and both agree, or the two are neighbours over a month's end.
        if later[one] == earlier[one]:
            assert later[one].day == one.day
        else:
            assert later[one].day == 1
            assert later[one] - earlier[one] == timedelta(days=1)


def test_four_months_are_120_to_123_days() -> None:
    """Shortest: from November over a plain February. Longest: 31 + 31 + 30 + 31 days of summer."""
    answers = table(4, "later")
    asked = [one for one in answers if day("2000-01-01") <= one <= day("2099-12-31")]
    assert {(answers[one] - one).days for one in asked} == {120, 121, 122, 123}


# --- placing ---------------------------------------------------------------------------------


def closed_when(closures: dict[str, str], *, weekends: bool = True) -> IsClosed:
    """Say closed on these days, and on Saturdays and Sundays where asked."""
    known = {day(written): reason for written, reason in closures.items()}

    def is_closed(one: date) -> str | None:
        if one in known:
            return known[one]
        if weekends and one.weekday() >= 5:
            return "weekend"
        return None

    return is_closed


def never_open(_: date) -> str:
    return "closed for good"


def test_first_block_takes_the_day_itself_when_it_fits() -> None:
    # 11 January 2027 is a Monday: 1 January 2027 is a Friday, 4 and 11 are Mondays.
    assert first_block(closed_when({}), 5, day("2027-01-11"), 366) == (day("2027-01-11"), [])


def test_first_block_names_each_start_passed_over_and_its_closed_day() -> None:
    # Tuesday to Friday starts of 5 days all meet Saturday 16; 16 and 17 are closed themselves;
    # Monday 18 is a closure, so Tuesday 19 to Friday 22 meet Saturday 23, and so on to Monday 25.
    found = first_block(closed_when({"2027-01-18": "holiday"}), 5, day("2027-01-12"), 366)
    assert found is not None
    first_day, passed_over = found
    assert first_day == day("2027-01-25")
    assert passed_over == [
        (day("2027-01-12"), day("2027-01-16")),
        (day("2027-01-13"), day("2027-01-16")),
        (day("2027-01-14"), day("2027-01-16")),
        (day("2027-01-15"), day("2027-01-16")),
        (day("2027-01-16"), day("2027-01-16")),
        (day("2027-01-17"), day("2027-01-17")),
        (day("2027-01-18"), day("2027-01-18")),
        (day("2027-01-19"), day("2027-01-23")),
        (day("2027-01-20"), day("2027-01-23")),
        (day("2027-01-21"), day("2027-01-23")),
        (day("2027-01-22"), day("2027-01-23")),
        (day("2027-01-23"), day("2027-01-23")),
        (day("2027-01-24"), day("2027-01-24")),
    ]


def test_first_block_may_start_on_the_last_day_of_the_bound_and_not_after() -> None:
    # From Saturday 9 January the next Monday, the 11th, is 2 days on.
    assert first_block(closed_when({}), 5, day("2027-01-09"), 2) is not None
    assert first_block(closed_when({}), 5, day("2027-01-09"), 1) is None
    assert first_block(closed_when({}), 5, day("2027-01-11"), 0) == (day("2027-01-11"), [])


def test_first_block_in_a_week_of_four_open_days_is_never_found() -> None:
    def is_closed(one: date) -> str | None:
        return "closed from Friday on" if one.weekday() >= 4 else None

    assert first_block(is_closed, 5, day("2027-01-11"), 366) is None
    assert longest_run(is_closed, day("2027-01-11"), day("2028-01-12")) == (4, day("2027-01-11"))


def test_longest_run() -> None:
    # Open: Monday 11 to Wednesday 13, Friday 15, Monday 18 to Friday 22 (5 days), Monday 25.
    is_closed = closed_when({"2027-01-14": "closed", "2027-01-26": "closed"})
    assert longest_run(is_closed, day("2027-01-11"), day("2027-01-26")) == (5, day("2027-01-18"))
    assert longest_run(is_closed, day("2027-01-11"), day("2027-01-19")) == (3, day("2027-01-11"))
    assert longest_run(is_closed, day("2027-01-11"), day("2027-01-11")) == (1, day("2027-01-11"))
    assert longest_run(never_open, day("2027-01-11"), day("2027-02-11")) == (0, None)


# --- holidays --------------------------------------------------------------------------------


def test_federal_holidays_of_2026() -> None:
    # January 2026 begins on a Thursday; 4 July is a Saturday, so Friday 3 July is kept as well.
    assert us_holidays(2026, 2026) == {
        day("2026-01-01"): "New Year's Day",
        day("2026-01-19"): "Martin Luther King Jr. Day",  # Mondays 5, 12, 19
        day("2026-02-16"): "Washington's Birthday",  # Mondays 2, 9, 16
        day("2026-05-25"): "Memorial Day",  # the last Monday
        day("2026-06-19"): "Juneteenth National Independence Day",  # a Friday
        day("2026-07-03"): "Independence Day (observed)",
        day("2026-07-04"): "Independence Day",
        day("2026-09-07"): "Labor Day",
        day("2026-10-12"): "Columbus Day",  # Mondays 5, 12
        day("2026-11-11"): "Veterans Day",  # a Wednesday
        day("2026-11-26"): "Thanksgiving Day",  # Thursdays 5, 12, 19, 26
        day("2026-12-25"): "Christmas Day",  # a Friday
    }


def test_massachusetts_has_patriots_day_and_keeps_no_friday() -> None:
    """A Saturday holiday closes no Friday there: the state's offices are open on it."""
    federal, state = us_holidays(2026, 2026), us_ma_holidays(2026, 2026)
    assert set(state) - set(federal) == {day("2026-04-20")}  # Mondays 6, 13, 20
    assert set(federal) - set(state) == {day("2026-07-03")}


@pytest.mark.parametrize(
    ("written", "federal", "state"),
    [
        ("2027-12-31", True, False),  # 1 January 2028 is a Saturday
        ("2028-01-01", True, True),
        ("2028-01-03", False, False),
        ("2023-01-02", True, True),  # 1 January 2023 is a Sunday
        ("2027-07-05", True, True),  # 4 July 2027 is a Sunday
        ("2027-06-18", True, False),  # 19 June 2027 is a Saturday
        ("2021-06-18", True, False),  # 19 June 2021 is a Saturday, two days after the law
        ("2020-06-19", False, False),  # before the law
        ("2027-12-24", True, False),  # 25 December 2027 is a Saturday
        ("2028-01-17", True, True),  # Mondays 3, 10, 17: Martin Luther King Jr. Day
        ("2027-04-19", False, True),  # Mondays 5, 12, 19: Patriots' Day
        ("2027-03-17", False, False),  # Evacuation Day: Suffolk County only
        ("2027-06-17", False, False),  # Bunker Hill Day: Suffolk County only
    ],
)
def test_one_day_of_the_holidays(written: str, federal: bool, state: bool) -> None:  # noqa: FBT001  # a parameter of the test
    year = day(written).year
    assert (day(written) in us_holidays(year, year)) is federal
    assert (day(written) in us_ma_holidays(year, year)) is state


def test_holidays_of_one_year_are_those_of_the_whole_range() -> None:
    whole, whole_of_state = us_holidays(), us_ma_holidays()
    one_by_one: dict[date, str] = {}
    one_by_one_of_state: dict[date, str] = {}
    for year in range(2000, 2200):
        one_by_one |= us_holidays(year, year)
        one_by_one_of_state |= us_ma_holidays(year, year)
    assert one_by_one == whole
    assert one_by_one_of_state == whole_of_state


# --- windows ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "wall", "zone", "expected"),
    [
        ("2026-03-08", "02:30", NEW_YORK, "skipped"),  # 02:00 becomes 03:00
        ("2026-03-08", "01:59", NEW_YORK, "real"),
        ("2026-03-08", "03:00", NEW_YORK, "real"),
        ("2026-11-01", "01:30", NEW_YORK, "repeated"),  # 02:00 becomes 01:00
        ("2026-11-01", "00:59", NEW_YORK, "real"),
        ("2026-11-01", "01:00", NEW_YORK, "repeated"),
        ("2026-11-01", "02:00", NEW_YORK, "real"),
        ("2027-01-11", "09:00", NEW_YORK, "real"),
        ("2026-03-29", "02:30", "Europe/Berlin", "skipped"),
        ("2026-10-25", "02:30", "Europe/Berlin", "repeated"),
        ("2026-04-24", "00:30", "Africa/Cairo", "skipped"),  # midnight becomes 01:00
        ("2026-10-04", "02:15", "Australia/Lord_Howe", "skipped"),  # half an hour: 02:00 becomes 02:30
        ("2026-10-04", "02:30", "Australia/Lord_Howe", "real"),
        ("2026-04-05", "01:45", "Australia/Lord_Howe", "repeated"),  # 02:00 becomes 01:30
        ("2011-12-30", "09:00", "Pacific/Apia", "skipped"),  # a whole day that was not
        ("2026-03-08", "02:30", "UTC", "real"),
    ],
)
def test_start_kind(written: str, wall: str, zone: str, expected: str) -> None:
    assert start_kind(day(written), time.fromisoformat(wall), zone) == expected


@pytest.mark.parametrize(
    ("written", "wall", "zone", "before", "after"),
    [
        ("2026-03-08", "02:30", NEW_YORK, "2026-03-08T01:59", "2026-03-08T03:00"),
        ("2026-04-24", "00:30", "Africa/Cairo", "2026-04-23T23:59", "2026-04-24T01:00"),
        ("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-04T01:59", "2026-10-04T02:30"),
        ("2011-12-30", "09:00", "Pacific/Apia", "2011-12-29T23:59", "2011-12-31T00:00"),
    ],
)
def test_nearest_real_times(written: str, wall: str, zone: str, before: str, after: str) -> None:
    found = nearest_real_times(day(written), time.fromisoformat(wall), zone)
    assert found == (datetime.fromisoformat(before), datetime.fromisoformat(after))


@pytest.mark.parametrize(
    ("written", "wall", "minutes", "expected"),
    [
        ("2026-03-08", "00:00", 240, "2026-03-08T05:00-04:00"),  # 00, 01, (02 is skipped) 03, 04, 05
        ("2026-11-01", "00:00", 240, "2026-11-01T03:00-05:00"),  # 00, 01, 01 again, 02, 03
        ("2026-11-01", "00:00", 90, "2026-11-01T01:30-04:00"),  # the first of the two 01:30
        ("2026-11-01", "00:00", 150, "2026-11-01T01:30-05:00"),  # the second
        ("2027-01-11", "09:00", 240, "2027-01-11T13:00-05:00"),
        ("2027-01-11", "09:00", 360, "2027-01-11T15:00-05:00"),
        ("2027-01-11", "22:00", 240, "2027-01-12T02:00-05:00"),  # over midnight
        ("2026-03-07", "13:00", 1440, "2026-03-08T14:00-04:00"),  # 24 hours over the lost hour
        ("2027-01-11", "09:00", 0, "2027-01-11T09:00-05:00"),
    ],
)
def test_elapsed_end(written: str, wall: str, minutes: int, expected: str) -> None:
    end = elapsed_end(day(written), time.fromisoformat(wall), NEW_YORK, minutes)
    wanted = datetime.fromisoformat(expected)
    assert end.astimezone(UTC) == wanted.astimezone(UTC)
    assert end.replace(tzinfo=None, fold=0) == wanted.replace(tzinfo=None)
    assert end.utcoffset() == wanted.utcoffset()


@pytest.mark.parametrize(("written", "wall"), [("2026-03-08", "02:30"), ("2026-11-01", "01:30")])
def test_no_window_begins_at_a_time_that_is_not_one_time(written: str, wall: str) -> None:
    with pytest.raises(ValueError, match=r"is (skipped|repeated) in"):
        elapsed_end(day(written), time.fromisoformat(wall), NEW_YORK, 240)


# --- plan ------------------------------------------------------------------------------------

PROTOCOL = """
[[courses]]
infusion_days = 5
[[courses]]
infusion_days = 3
minimum_interval = "12 months"
counted_from = "last infusion"
[[courses]]
infusion_days = 3
minimum_interval = "12 months"
counted_from = "last infusion"
optional = true

[[actions]]
id = "contraception"
kind = "period"
starts = "first infusion"
ends = "last infusion + 4 months"
[[actions]]
id = "vaccinations"
kind = "window"
closes = "first infusion - 42 days"
per = "first-course"
[[actions]]
id = "listeria"
kind = "period"
starts = "first infusion - 2 weeks"
ends = "last infusion + 1 month"
[[actions]]
id = "herpes"
kind = "period"
starts = "first infusion"
ends = "last infusion + 2 months"
open_until = { observation = "cd4", at_least = 200, unit = "cells/uL" }
[[actions]]
id = "corticosteroid"
kind = "infusion-days"
days = [1, 2, 3]
[[actions]]
id = "protein"
kind = "window"
opens = "first infusion - 30 days"
closes = "first infusion - 1 day"
[[actions]]
id = "blood"
kind = "series"
every = "1 month"
until = "last infusion + 48 months"
baseline = { within = "30 days", reuse = "14 days" }
[[actions]]
id = "thyroid"
kind = "series"
every = "3 months"
until = "last infusion + 48 months"
baseline = { within = "30 days", reuse = "14 days" }
[[actions]]
id = "skin"
kind = "series"
every = "1 year"
per = "treatment"
baseline = { cite = "isi" }
[[actions]]
id = "precautions"
kind = "period"
starts = "first infusion"
[[actions]]
id = "watch"
kind = "after-infusion"
hours = 24
[[actions]]
id = "advice"
kind = "note"
text = "Ask."
"""

MA_HOLIDAYS = us_ma_holidays(2027, 2030)


def boston(one: date) -> str | None:
    """Say closed on weekends and on the holidays of Massachusetts."""
    if one.weekday() >= 5:
        return "weekend"
    return MA_HOLIDAYS.get(one)


@pytest.fixture(name="boston_plan", scope="module")
def fixture_boston_plan() -> Plan:
    """Three courses from 11 January 2027, a Monday."""
    return plan(tomllib.loads(PROTOCOL), boston, day("2027-01-11"), 3)


def only(found: Plan, action: str, course: int | None) -> Activity:
    matching = [
        activity for activity in found["activities"] if activity["action"] == action and activity["course"] == course
    ]
    assert len(matching) == 1
    return matching[0]


def test_boston_course_1(boston_plan: Plan) -> None:
    assert boston_plan["courses"][0] == {
        "number": 1,
        "earliest": day("2027-01-11"),
        "recommended": day("2027-01-11"),
        "first_day": day("2027-01-11"),
        "last_day": day("2027-01-15"),  # Monday + 4 days = Friday; the holiday is Monday 18
        "drift_days": 0,
        "days": days("2027-01-11 2027-01-12 2027-01-13 2027-01-14 2027-01-15"),
        "passed_over": [],
    }


def test_boston_course_2(boston_plan: Plan) -> None:
    # Friday 15 January 2027 + 12 months = Saturday 15 January 2028. Monday 17 is a holiday.
    assert boston_plan["courses"][1] == {
        "number": 2,
        "earliest": day("2028-01-15"),
        "recommended": day("2028-01-15"),
        "first_day": day("2028-01-18"),
        "last_day": day("2028-01-20"),
        "drift_days": 3,
        "days": days("2028-01-18 2028-01-19 2028-01-20"),
        "passed_over": [
            (day("2028-01-15"), day("2028-01-15"), "weekend"),
            (day("2028-01-16"), day("2028-01-16"), "weekend"),
            (day("2028-01-17"), day("2028-01-17"), "Martin Luther King Jr. Day"),
        ],
    }


def test_boston_course_3(boston_plan: Plan) -> None:
    # Thursday 20 January 2028 + 12 months = Saturday 20 January 2029; the holiday was Monday 15.
    # S13: course 3 has no recommended day, so the drift counts from the earliest: 20 to 22.
    assert boston_plan["courses"][2] == {
        "number": 3,
        "earliest": day("2029-01-20"),
        "recommended": None,
        "first_day": day("2029-01-22"),
        "last_day": day("2029-01-24"),
        "drift_days": 2,
        "days": days("2029-01-22 2029-01-23 2029-01-24"),
        "passed_over": [
            (day("2029-01-20"), day("2029-01-20"), "weekend"),
            (day("2029-01-21"), day("2029-01-21"), "weekend"),
        ],
    }


def test_boston_contraception(boston_plan: Plan) -> None:
    assert boston_plan["contraception"] == [
        (day("2027-01-11"), day("2027-05-15")),  # 15 January + 4 months
        (day("2028-01-18"), day("2028-05-20")),
        (day("2029-01-22"), day("2029-05-24")),
    ]


def test_boston_windows(boston_plan: Plan) -> None:
    # 11 January - 42 days: - 11 is 31 December, - 31 more is 30 November. 11 + 31 = 42.
    assert only(boston_plan, "vaccinations", 1) == {
        "action": "vaccinations",
        "kind": "window",
        "course": 1,
        "first_day": None,
        "last_day": day("2026-11-30"),
    }
    assert sum(activity["action"] == "vaccinations" for activity in boston_plan["activities"]) == 1
    # 18 January - 18 = 31 December, - 12 more = 19 December.
    protein = only(boston_plan, "protein", 2)
    assert (protein["first_day"], protein["last_day"]) == (day("2027-12-19"), day("2028-01-17"))


def test_boston_periods(boston_plan: Plan) -> None:
    herpes = only(boston_plan, "herpes", 2)
    assert (herpes["first_day"], herpes["last_day"]) == (day("2028-01-18"), None)
    assert herpes["earliest_end"] == day("2028-03-20")
    precautions = only(boston_plan, "precautions", 3)
    assert (precautions["first_day"], precautions["last_day"]) == (day("2029-01-22"), None)
    assert precautions["earliest_end"] is None


def test_boston_infusion_days(boston_plan: Plan) -> None:
    assert only(boston_plan, "corticosteroid", 1)["days"] == days("2027-01-11 2027-01-12 2027-01-13")
    assert only(boston_plan, "corticosteroid", 2)["days"] == days("2028-01-18 2028-01-19 2028-01-20")


def test_boston_monthly_series(boston_plan: Plan) -> None:
    """S20: twelve draws up to course 2 and to course 3, then 48."""
    first = only(boston_plan, "blood", 1)
    # The 12th, Saturday 15 January 2028, is before 18 January; the 13th, 15 February, falls away.
    assert first["dates"] == days(
        "2027-02-15 2027-03-15 2027-04-15 2027-05-15 2027-06-15 2027-07-15 "
        "2027-08-15 2027-09-15 2027-10-15 2027-11-15 2027-12-15 2028-01-15"
    )
    assert first["continuing"] is False
    second = only(boston_plan, "blood", 2)["dates"]
    assert (len(second), second[0], second[-1]) == (12, day("2028-02-20"), day("2029-01-20"))
    third = only(boston_plan, "blood", 3)["dates"]
    assert (len(third), third[0], third[-1]) == (48, day("2029-02-24"), day("2033-01-24"))


def test_boston_three_monthly_series(boston_plan: Plan) -> None:
    assert only(boston_plan, "thyroid", 1)["dates"] == days("2027-04-15 2027-07-15 2027-10-15 2028-01-15")
    third = only(boston_plan, "thyroid", 3)["dates"]
    assert (len(third), third[0], third[-1]) == (16, day("2029-04-24"), day("2033-01-24"))


def test_boston_yearly_series_is_never_restarted(boston_plan: Plan) -> None:
    """Anchored on 15 January 2027, listed to 24 January 2029 + 48 months = 24 January 2033."""
    skin = only(boston_plan, "skin", None)
    assert skin["dates"] == days("2028-01-15 2029-01-15 2030-01-15 2031-01-15 2032-01-15 2033-01-15")
    assert skin["continuing"] is True
    # No window is stated for it: any time before treatment, at the latest on the eve.
    eve = day("2027-01-10")
    assert skin["baseline"] == {"first_day": None, "last_day": eve, "due": eve, "reused": False}


def test_boston_baselines(boston_plan: Plan) -> None:
    """S21: the eve for course 1; then the 12th monthly draw, within 14 days before the course."""
    assert only(boston_plan, "blood", 1)["baseline"] == {
        "first_day": day("2026-12-12"),  # 11 January - 11 = 31 December, - 19 more = 12 December
        "last_day": day("2027-01-10"),
        "due": day("2027-01-10"),
        "reused": False,
    }
    assert only(boston_plan, "blood", 2)["baseline"] == {
        "first_day": day("2027-12-19"),
        "last_day": day("2028-01-17"),
        "due": day("2028-01-15"),
        "reused": True,
    }
    assert only(boston_plan, "thyroid", 3)["baseline"]["due"] == day("2029-01-20")


def test_undated_actions_are_left_out(boston_plan: Plan) -> None:
    assert not {"watch", "advice"} & {activity["action"] for activity in boston_plan["activities"]}


@pytest.fixture(name="worked", scope="module")
def fixture_worked() -> Plan:
    """Three courses from Monday 3 March 2025, Monday to Friday, no holidays."""
    return plan(tomllib.loads(PROTOCOL), closed_when({}), day("2025-03-03"), 3)


def test_worked_dates_of_the_courses(worked: Plan) -> None:
    first, second, third = worked["courses"]
    assert (first["first_day"], first["last_day"]) == (day("2025-03-03"), day("2025-03-07"))
    # Friday 7 March 2025 + 12 months = Saturday 7 March 2026.
    assert second["earliest"] == day("2026-03-07")
    assert (second["first_day"], second["last_day"]) == (day("2026-03-09"), day("2026-03-11"))
    # Wednesday 11 March 2026 + 12 months = Thursday 11 March 2027: it and Friday cross the weekend.
    assert third["earliest"] == day("2027-03-11")
    assert (third["first_day"], third["last_day"]) == (day("2027-03-15"), day("2027-03-17"))
    assert third["passed_over"] == [
        (day("2027-03-11"), day("2027-03-13"), "weekend"),
        (day("2027-03-12"), day("2027-03-13"), "weekend"),
        (day("2027-03-13"), day("2027-03-13"), "weekend"),
        (day("2027-03-14"), day("2027-03-14"), "weekend"),
    ]


def test_worked_dates_around_course_1(worked: Plan) -> None:
    # 3 March - 3 = 28 February, - 28 = 31 January, - 11 = 20 January; 3 + 28 + 11 = 42.
    assert only(worked, "vaccinations", 1)["last_day"] == day("2025-01-20")
    # 3 March - 3 = 28 February, - 27 = 1 February.
    assert only(worked, "blood", 1)["baseline"]["first_day"] == day("2025-02-01")
    listeria = only(worked, "listeria", 1)
    assert (listeria["first_day"], listeria["last_day"]) == (day("2025-02-17"), day("2025-04-07"))
    assert only(worked, "herpes", 1)["earliest_end"] == day("2025-05-07")
    assert worked["contraception"][0] == (day("2025-03-03"), day("2025-07-07"))


def test_worked_end_of_monitoring_after_two_courses() -> None:
    found = plan(tomllib.loads(PROTOCOL), closed_when({}), day("2025-03-03"), 2)
    assert only(found, "blood", 2)["dates"][-1] == day("2030-03-11")  # 11 March 2026 + 48 months


def test_month_ends_in_a_plan() -> None:
    """A course of Monday 27 to Friday 31 October 2025: each number rounds to its own side."""
    found = plan(tomllib.loads(PROTOCOL), closed_when({}), day("2025-10-27"), 1)
    assert found["courses"][0]["last_day"] == day("2025-10-31")
    assert found["contraception"] == [(day("2025-10-27"), day("2026-03-01"))]  # 31 February, later
    assert only(found, "listeria", 1)["last_day"] == day("2025-12-01")  # 31 November, later
    assert only(found, "herpes", 1)["earliest_end"] == day("2025-12-31")
    blood = only(found, "blood", 1)["dates"]
    assert blood[:5] == days("2025-11-30 2025-12-31 2026-01-31 2026-02-28 2026-03-31")  # earlier
    assert (len(blood), blood[-1]) == (48, day("2029-10-31"))


def test_a_leap_day_anchor_in_a_plan() -> None:
    """Course 1 on 25 to 29 February 2096, open every day; 2100 has no 29 February."""
    always = closed_when({}, weekends=False)
    found = plan(tomllib.loads(PROTOCOL), always, day("2096-02-25"), 1)
    blood = only(found, "blood", 1)["dates"]
    # The 48th is due 28 February 2100 (earlier); the end, 1 March 2100 (later), lets nothing more in.
    assert (len(blood), blood[-1]) == (48, day("2100-02-28"))
    # In 2024 the year after: 29 February 2024 + 12 months = 1 March 2025.
    two = plan(tomllib.loads(PROTOCOL), always, day("2024-02-25"), 2)
    assert two["courses"][1]["first_day"] == day("2025-03-01")
    # The 12th draw, 28 February 2025 (earlier), is the eve of course 2, and serves as its baseline.
    assert only(two, "blood", 1)["dates"][-1] == day("2025-02-28")
    assert only(two, "blood", 2)["baseline"]["due"] == day("2025-02-28")
    assert only(two, "blood", 2)["baseline"]["reused"] is True


def test_a_draw_on_the_next_first_infusion_stays_but_is_no_baseline() -> None:
    """Course 1 ends on 5 March 2025; course 2 begins on the anniversary, the day of the 12th draw."""
    found = plan(tomllib.loads(PROTOCOL), closed_when({}, weekends=False), day("2025-03-01"), 2)
    assert found["courses"][1]["first_day"] == day("2026-03-05")
    assert only(found, "blood", 1)["dates"][-1] == day("2026-03-05")
    baseline = only(found, "blood", 2)["baseline"]
    # The window ends on 4 March; the 11th draw, 5 February, is 28 days before: older than 14.
    assert (baseline["due"], baseline["reused"]) == (day("2026-03-04"), False)


@pytest.mark.parametrize(
    ("closures", "first_day", "due", "reused"),
    [
        # The 12th draw is due on 5 March 2026. Course 2 on 19 March: 14 days after, just in reach.
        (14, "2026-03-19", "2026-03-05", True),
        # On 20 March: 15 days after, out of reach, so the eve.
        (15, "2026-03-20", "2026-03-19", False),
    ],
)
def test_a_draw_serves_as_baseline_for_14_days(
    closures: int,
    first_day: str,
    due: str,
    reused: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    shut = {(day("2026-03-05") + timedelta(days=n)).isoformat(): "closed" for n in range(closures)}
    found = plan(tomllib.loads(PROTOCOL), closed_when(shut, weekends=False), day("2025-03-01"), 2)
    assert found["courses"][1]["first_day"] == day(first_day)
    baseline = only(found, "blood", 2)["baseline"]
    assert (baseline["due"], baseline["reused"]) == (day(due), reused)


def test_contraception_periods_merge_when_they_overlap_or_touch() -> None:
    """S23: … 7 Jul, 8 Jul … is one period."""
    overlapping = [(day("2025-03-03"), day("2025-07-07")), (day("2025-07-07"), day("2025-11-09"))]
    assert merged(overlapping) == [(day("2025-03-03"), day("2025-11-09"))]
    touching = [(day("2025-03-03"), day("2025-07-07")), (day("2025-07-08"), day("2025-11-10"))]
    assert merged(touching) == [(day("2025-03-03"), day("2025-11-10"))]
    apart = [(day("2025-03-03"), day("2025-07-07")), (day("2025-07-09"), day("2025-11-11"))]
    assert merged(apart) == apart
    within = [(day("2025-03-03"), day("2025-07-07")), (day("2025-04-01"), day("2025-04-02"))]
    assert merged(within) == [(day("2025-03-03"), day("2025-07-07"))]
    assert merged([]) == []


def test_a_four_month_interval_makes_contraception_touch() -> None:
    """Course 1: 3 to 7 March 2025, contraception to 7 July; a closed 7 July moves course 2 to the 8th."""
    protocol = tomllib.loads(PROTOCOL.replace('"12 months"', '"4 months"'))
    open_always = closed_when({"2025-07-07": "closed"}, weekends=False)
    found = plan(protocol, open_always, day("2025-03-03"), 2)
    assert found["courses"][1]["days"] == days("2025-07-08 2025-07-09 2025-07-10")
    assert found["contraception"] == [(day("2025-03-03"), day("2025-11-10"))]


def test_an_interval_may_count_from_the_first_infusion() -> None:
    protocol = tomllib.loads(PROTOCOL.replace('counted_from = "last', 'counted_from = "first'))
    found = plan(protocol, closed_when({}), day("2025-03-03"), 2)
    assert found["courses"][1]["earliest"] == day("2026-03-03")  # a Tuesday: 3 days fit
    assert found["courses"][1]["first_day"] == day("2026-03-03")


def test_the_optional_course_repeats_and_the_limit_holds() -> None:
    protocol: dict[str, Any] = tomllib.loads(PROTOCOL)
    placed = place_courses(protocol, closed_when({}), day("2025-03-03"), 5, 366)
    assert [len(course["days"]) for course in placed] == [5, 3, 3, 3, 3]
    assert [course["recommended"] is None for course in placed] == [False, False, True, True, True]
    protocol["maximum_courses"] = {"courses": 4}
    with pytest.raises(ValueError, match="4 courses"):
        plan(protocol, closed_when({}), day("2025-03-03"), 5)
    protocol["courses"] = protocol["courses"][:2]
    with pytest.raises(ValueError, match="no course 3"):
        plan(protocol, closed_when({}), day("2025-03-03"), 3)


def test_a_clinic_that_never_opens_has_no_plan() -> None:
    with pytest.raises(NoBlockError, match="course 1"):
        plan(tomllib.loads(PROTOCOL), never_open, day("2027-01-11"), 1)


def test_a_protocol_that_extends_another_must_be_merged_first() -> None:
    protocol = tomllib.loads('extends = "us-2024-05"\n' + PROTOCOL)
    with pytest.raises(ValueError, match="merge"):
        plan(protocol, closed_when({}), day("2027-01-11"), 1)


@pytest.mark.parametrize(
    ("span", "times", "rounding", "expected"),
    [
        ("42 days", -1, "later", "2024-01-18"),  # - 29 = 31 January, - 13 = 18 January
        ("6 weeks", -1, "earlier", "2024-01-18"),
        ("2 weeks", 1, "later", "2024-03-14"),  # + 1 = 1 March, + 13 = 14 March
        ("1 day", 1, "later", "2024-03-01"),
        ("12 months", 1, "later", "2025-03-01"),
        ("1 year", 1, "earlier", "2025-02-28"),
        ("1 year", 4, "earlier", "2028-02-29"),  # four years from the anchor, not one year four times
        ("1 month", 3, "earlier", "2024-05-29"),
    ],
)
def test_span_after_a_leap_day(span: str, times: int, rounding: Rounding, expected: str) -> None:
    assert span_after(day("2024-02-29"), span, rounding, times) == day(expected)


def test_offsets() -> None:
    anchors = Anchors(day("2025-10-27"), day("2025-10-31"))
    assert offset_day("first infusion", anchors, "later") == day("2025-10-27")
    assert offset_day("last infusion + 4 months", anchors, "later") == day("2026-03-01")
    assert offset_day("last infusion + 4 months", anchors, "earlier") == day("2026-02-28")
    assert offset_day("first infusion - 1 day", anchors, "later") == day("2025-10-26")
    with pytest.raises(ValueError, match="offset"):
        offset_day("next infusion", anchors, "later")
    with pytest.raises(ValueError, match="span"):
        offset_day("last infusion + 4 moons", anchors, "later")


def test_draws_end_on_the_last_day_itself() -> None:
    """S20: the end is inclusive."""
    assert draws(day("2027-01-15"), "1 month", day("2027-03-15")) == days("2027-02-15 2027-03-15")
    assert draws(day("2027-01-15"), "1 month", day("2027-03-14")) == days("2027-02-15")


# --- the rule of this folder -----------------------------------------------------------------

FORBIDDEN = {"lemtrada_schedule", "dateutil", "pydantic", "holidays"}
HERE = Path(__file__).parent


def modules_imported(source: str) -> set[str]:
    """Return the dotted names that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


@pytest.mark.parametrize("path", sorted(HERE.rglob("*.py")), ids=lambda path: path.name)
def test_the_oracle_imports_only_the_standard_library_and_itself(path: Path) -> None:
    allowed_here = {"jsonschema", "pytest"} if path.name.startswith("test_") else set()
    for module in modules_imported(path.read_text(encoding="utf-8")):
        top = module.partition(".")[0]
        assert top not in FORBIDDEN
        assert top in sys.stdlib_module_names | allowed_here or module.startswith("tests.oracle.")


def test_the_oracle_loads_nothing_by_name() -> None:
    """An import by name would be hidden from the test above."""
    for path in sorted(HERE.rglob("*.py")):
        if path.name != Path(__file__).name:
            source = path.read_text(encoding="utf-8")
            assert "importlib" not in source
            assert "__import__" not in source
