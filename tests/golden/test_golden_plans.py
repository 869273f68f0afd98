"""The golden files, byte for byte; and the dates of each golden plan, worked out by hand.

Weekdays: 9 January 2023, 11 January 2027 are Mondays; so is every day that lies a number of weeks from one.
"""

import importlib
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from lemtrada_schedule import Plan
from lemtrada_schedule.clinic.open_days import open_days_in
from tests.golden.make_plans import (
    CALENDAR_OPTIONS,
    FILES,
    FOLDER,
    GOLDEN,
    VERSIONS,
    calendar_of,
    golden_plan,
    made,
    named_plan,
)
from tests.support.calendar_events import uid
from tests.support.ical_lines import Component, read_calendar
from tests.support.plan_laws import series_of
from tests.support.planned import infusion_of, observation_of


@dataclass(frozen=True)
class Expected:
    """What must stand in a golden plan."""

    courses: tuple[str, ...]
    """First and last day of each."""
    drift: tuple[int, ...]
    contraception: tuple[str, ...]
    blood_count: tuple[str, ...]
    """First and last draw of each course."""


def span(written: str) -> tuple[date, date]:
    first, last = written.split()
    return date.fromisoformat(first), date.fromisoformat(last)


EXPECTED: Final = {
    # Friday 13 January 2023 + 12 months is a Saturday; Monday 15 is closed.
    "us-two-courses": Expected(
        courses=("2023-01-09 2023-01-13", "2024-01-16 2024-01-18"),
        drift=(0, 3),
        contraception=("2023-01-09 2023-05-13", "2024-01-16 2024-05-18"),
        blood_count=("2023-02-13 2024-01-13", "2024-02-18 2028-01-18"),
    ),
    # 29 February 2028 + 12 months is no day: later is 1 March. The 12th draw, earlier, is 28 February.
    "leap-day": Expected(
        courses=("2028-02-25 2028-02-29", "2029-03-01 2029-03-03"),
        drift=(0, 0),
        contraception=("2028-02-25 2028-06-29", "2029-03-01 2029-07-03"),
        blood_count=("2028-03-29 2029-02-28", "2029-04-03 2033-03-03"),
    ),
    # 31 October + 4 months is no day: 1 March. 31 October 2026 is a Saturday. 31 November: the 30th.
    "month-end": Expected(
        courses=("2025-10-27 2025-10-31", "2026-11-02 2026-11-04"),
        drift=(0, 2),
        contraception=("2025-10-27 2026-03-01", "2026-11-02 2027-03-04"),
        blood_count=("2025-11-30 2026-10-31", "2026-12-04 2030-11-04"),
    ),
    "new-york": Expected(
        courses=("2025-03-07 2025-03-11",),
        drift=(0,),
        contraception=("2025-03-07 2025-07-11",),
        blood_count=("2025-04-11 2029-03-11",),
    ),
    "lord-howe": Expected(
        courses=("2025-10-04 2025-10-08",),
        drift=(0,),
        contraception=("2025-10-04 2026-02-08",),
        blood_count=("2025-11-08 2029-10-08",),
    ),
    "casablanca": Expected(
        courses=("2025-02-21 2025-02-25",),
        drift=(0,),
        contraception=("2025-02-21 2025-06-25",),
        blood_count=("2025-03-25 2029-02-25",),
    ),
    # 22 to 26 December meets Christmas Day, 29 December to 2 January New Year's Day. 9 January 2027 is a Saturday.
    "holidays-as-closures": Expected(
        courses=("2026-01-05 2026-01-09", "2027-01-11 2027-01-13"),
        drift=(14, 2),
        contraception=("2026-01-05 2026-05-09", "2027-01-11 2027-05-13"),
        blood_count=("2026-02-09 2027-01-09", "2027-02-13 2031-01-13"),
    ),
    # Saturday 15 January 2028; Friday 19 January 2029; Thursday 24 January 2030: each to the Monday after.
    "eu-four-courses": Expected(
        courses=(
            "2027-01-11 2027-01-15",
            "2028-01-17 2028-01-19",
            "2029-01-22 2029-01-24",
            "2030-01-28 2030-01-30",
        ),
        drift=(0, 2, 3, 4),
        contraception=(
            "2027-01-11 2027-05-15",
            "2028-01-17 2028-05-19",
            "2029-01-22 2029-05-24",
            "2030-01-28 2030-05-30",
        ),
        blood_count=(
            "2027-02-15 2028-01-15",
            "2028-02-19 2029-01-19",
            "2029-02-24 2030-01-24",
            "2030-02-28 2034-01-30",
        ),
    ),
    "eu-one-course": Expected(
        courses=("2027-01-11 2027-01-15",),
        drift=(0,),
        contraception=("2027-01-11 2027-05-15",),
        blood_count=("2027-02-15 2031-01-15",),
    ),
    # Tuesday 31 August 2027, four days. + 6 months from its first day: no 31 February, so 1 March 2028, a
    # Wednesday, two days. + 6 months: Friday 1 September, so Monday 4. Contraception of 7 months: 3 April 2028 and
    # 2 October 2028 lie inside the next course, so it is one period, to 5 April 2029. Draws every 14 days for
    # 3 months: 3 September to 3 December 2027, 2 March to 2 June 2028, 5 September to 5 December 2028.
    "own-protocol": Expected(
        courses=("2027-08-31 2027-09-03", "2028-03-01 2028-03-02", "2028-09-04 2028-09-05"),
        drift=(0, 0, 3),
        contraception=("2027-08-31 2029-04-05",),
        blood_count=("2027-09-17 2027-11-26", "2028-03-16 2028-05-25", "2028-09-19 2028-11-28"),
    ),
    # Closed to Friday 9 April 2027: 42 days. 16 April 2028 is a Sunday.
    "long-drift": Expected(
        courses=("2027-04-12 2027-04-16", "2028-04-17 2028-04-19"),
        drift=(42, 1),
        contraception=("2027-04-12 2027-08-16", "2028-04-17 2028-08-19"),
        blood_count=("2027-05-16 2028-04-16", "2028-05-19 2032-04-19"),
    ),
    "no-country": Expected(
        courses=("2027-01-11 2027-01-15",),
        drift=(0,),
        contraception=("2027-01-11 2027-05-15",),
        blood_count=("2027-02-15 2031-01-15",),
    ),
    # Saturdays never fit. Monday 10 to Friday 14 May 2027, for that Monday is open. 14 May 2028 is a Sunday.
    "odd-week": Expected(
        courses=("2027-05-10 2027-05-14", "2028-05-16 2028-05-18"),
        drift=(7, 2),
        contraception=("2027-05-10 2027-09-14", "2028-05-16 2028-09-18"),
        blood_count=("2027-06-14 2028-05-14", "2028-06-18 2032-05-18"),
    ),
    "last-start": Expected(
        courses=("2099-12-31 2100-01-04", "2101-01-04 2101-01-06"),
        drift=(0, 0),
        contraception=("2099-12-31 2100-05-04", "2101-01-04 2101-05-06"),
        blood_count=("2100-02-04 2101-01-04", "2101-02-06 2105-01-06"),
    ),
}


@pytest.mark.parametrize("file", FILES)
def test_golden_file_to_the_byte(file: str) -> None:
    """If the change is meant: run `uv run python -m tests.golden.make_plans` and read the difference."""
    assert (FOLDER / file).read_bytes() == made(file)


def test_no_golden_file_is_left_over() -> None:
    kinds = (".json", ".txt", ".html", ".ics")
    assert {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.suffix in kinds} == FILES.keys()


@pytest.mark.parametrize("name", [name for name in EXPECTED if "spans" not in CALENDAR_OPTIONS.get(name, {})])
def test_golden_calendar_by_hand(name: str) -> None:
    calendar = read_calendar(calendar_of(name))
    events = {one["UID"].value: one for one in calendar.all("VEVENT")}
    plan, expected = named_plan(name), EXPECTED[name]
    for number, (first, last) in enumerate(map(span, expected.courses), start=1):
        days = [events[uid(plan, f"course-{number}/day-{one}")] for one in range(1, (last - first).days + 2)]
        assert [first + timedelta(days=step) for step in range(len(days))] == [day_in(plan, one) for one in days]
    for number, (first, last) in enumerate(map(span, expected.contraception), start=1):
        ends = [events[uid(plan, f"contraception/{number}/{end}")] for end in ("first-day", "last-day")]
        assert [one.days for one in ends] == [(first, first), (last, last)]


def day_in(plan: Plan, event: Component) -> date:
    return event.hours[0].astimezone(ZoneInfo(plan.time_zone)).date()


def test_every_golden_plan_has_dates_by_hand() -> None:
    assert GOLDEN.keys() == EXPECTED.keys()


@pytest.fixture(params=EXPECTED)
def golden(request: pytest.FixtureRequest) -> tuple[Plan, Expected]:
    """Return a golden plan and the dates that it must have."""
    return golden_plan(request.param), EXPECTED[request.param]


def test_courses_by_hand(golden: tuple[Plan, Expected]) -> None:
    plan, expected = golden
    assert [span(one) for one in expected.courses] == [(one.first_day, one.last_day) for one in plan.courses]
    assert list(expected.drift) == [course.drift_days for course in plan.courses]


def test_contraception_by_hand(golden: tuple[Plan, Expected]) -> None:
    plan, expected = golden
    assert [span(one) for one in expected.contraception] == [
        (one.first_day, one.last_day) for one in plan.contraception
    ]


def test_monitoring_by_hand(golden: tuple[Plan, Expected]) -> None:
    plan, expected = golden
    series = series_of(plan, "blood-count")
    assert [span(one) for one in expected.blood_count] == [(one.dates[0], one.dates[-1]) for one in series]


def test_nothing_that_changes_without_us_is_in_a_golden_plan(golden: tuple[Plan, Expected]) -> None:
    plan, _ = golden
    made = plan.provenance
    assert made.clinic.country is None
    assert {name: getattr(made, name) for name in VERSIONS} == VERSIONS
    assert [finding.code for finding in plan.findings].count("no-public-holidays-known") == 1


@pytest.mark.parametrize(
    ("name", "draws"),
    [
        # From 29 February: February 2029 has no such day.
        ("leap-day", "03-29 04-29 05-29 06-29 07-29 08-29 09-29 10-29 11-29 12-29 01-29 02-28"),
        # From 31 October: the last day of each shorter month.
        ("month-end", "11-30 12-31 01-31 02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31"),
    ],
)
def test_monthly_draws_at_the_end_of_a_month_by_hand(name: str, draws: str) -> None:
    first, _ = series_of(golden_plan(name), "blood-count")
    assert [f"{day:%m-%d}" for day in first.dates] == draws.split()


def offsets_of(name: str) -> list[str]:
    plan = golden_plan(name)
    return [f"{infusion_of(day).start.isoformat()} {observation_of(day).end.isoformat()}" for day in plan.infusion_days]


def test_new_york_by_hand() -> None:
    """9 March 2025, 02:00 becomes 03:00: six hours from 00:30 end at 07:30."""
    assert offsets_of("new-york") == [
        "2025-03-07T00:30:00-05:00 2025-03-07T06:30:00-05:00",
        "2025-03-08T00:30:00-05:00 2025-03-08T06:30:00-05:00",
        "2025-03-09T00:30:00-05:00 2025-03-09T07:30:00-04:00",
        "2025-03-10T00:30:00-04:00 2025-03-10T06:30:00-04:00",
        "2025-03-11T00:30:00-04:00 2025-03-11T06:30:00-04:00",
    ]


def test_lord_howe_by_hand() -> None:
    """5 October 2025, 02:00 becomes 02:30: six hours from 01:00 end at 07:30."""
    assert offsets_of("lord-howe")[:3] == [
        "2025-10-04T01:00:00+10:30 2025-10-04T07:00:00+10:30",
        "2025-10-05T01:00:00+10:30 2025-10-05T07:30:00+11:00",
        "2025-10-06T01:00:00+11:00 2025-10-06T07:00:00+11:00",
    ]


def test_casablanca_by_hand() -> None:
    """23 February 2025, 03:00 becomes 02:00: six hours from 01:00 end at 06:00."""
    assert offsets_of("casablanca")[1:4] == [
        "2025-02-22T01:00:00+01:00 2025-02-22T07:00:00+01:00",
        "2025-02-23T01:00:00+01:00 2025-02-23T06:00:00+00:00",
        "2025-02-24T01:00:00+00:00 2025-02-24T07:00:00+00:00",
    ]


def test_the_reasons_of_the_odd_week_by_hand() -> None:
    """Monday 3 May is closed, Tuesday meets the full Wednesday 5, Thursday 6 and Friday 7 meet Saturday 8."""
    first = golden_plan("odd-week").courses[0]
    assert [
        (one.first_day.day, one.closed_day.day, one.reason.partition(":")[0][:12]) for one in first.passed_over
    ] == [
        (3, 3, "closed on Mo"),
        (4, 5, "fully booked"),
        (5, 5, "fully booked"),
        (6, 8, "open 09"),
        (7, 8, "open 09"),
        (8, 8, "open 09"),
        (9, 9, "closed on Su"),
    ]


def test_the_long_drift_is_explained_day_by_day() -> None:
    passed_over = golden_plan("long-drift").courses[0].passed_over
    assert len(passed_over) == 42
    assert [one.reason for one in passed_over[:5]] == ["closed: Renovation"] * 5


def test_the_deadline_that_passed_by_hand() -> None:
    """11 January 2027 - 42 days is 30 November 2026, before 8 January."""
    plan = golden_plan("no-country")
    passed = [finding for finding in plan.findings if finding.code == "deadline-passed"]
    assert [finding.day for finding in passed] == [date(2026, 11, 30)]
    assert plan.not_assessed == ()


def test_own_protocol_names_the_protocol_it_extends() -> None:
    plan = golden_plan("own-protocol")
    assert (plan.protocol, plan.extends) == ("harbor-2", "us-2024-05")
    assert [period.course for period in plan.contraception] == [None]
    assert {infusion_of(day).minutes for day in plan.infusion_days} == {300}


def test_a_new_release_of_the_holiday_data_breaks_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Golden plans are made without it: here it cannot even be imported."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    for name in GOLDEN:
        open_days_in.cache_clear()
        assert GOLDEN[name]().provenance.clinic.country is None
    with pytest.raises(ImportError):
        importlib.import_module("holidays")
