"""Clock time: real minutes over every clock change, starts that are no time at all, and the zone in JSON.

What is expected comes from counting UTC minutes and looking at the clock, never from wall arithmetic.
"""

import copy
import json
import pickle
import zoneinfo
from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from lemtrada_schedule import (
    InvalidInput,
    LocalTimeError,
    Period,
    Plan,
    ScheduleError,
    TimeWindow,
    load_protocol,
    plan_treatment,
    read_plan,
)
from lemtrada_schedule.dates.time_windows import local_start
from tests.oracle.windows import elapsed_end, nearest_real_times, start_kind
from tests.support.clinics import NEW_YORK, WEEK, clinic_open, hours_on
from tests.support.planned import infusion_of, observation_of
from tests.support.strategies import ZONES, transitions

FIRST_YEAR: Final = 2020
YEAR_AFTER: Final = 2041
INFUSION: Final = 240
OBSERVATION: Final = 120
MINUTE: Final = timedelta(minutes=1)
NEAR: Final = 8 * 60
BEYOND: Final = 12 * 60
CODES: Final = {"skipped": "nonexistent-local-time", "repeated": "repeated-local-time"}


def day(written: str) -> date:
    return date.fromisoformat(written)


def wall(written: str) -> time:
    return time.fromisoformat(written)


# --- the clock around one change, minute by minute -----------------------------------------------


class Clock(NamedTuple):
    """What a zone's clocks show in the UTC minutes around one change of them."""

    changed: datetime
    """The wall time just after the change."""
    instants: dict[datetime, list[datetime]]
    """Wall time to the UTC minutes that show it."""
    once: list[datetime]
    """The wall times that are shown exactly once, in order."""
    starts: list[datetime]
    """Wall times within 8 hours: every fifth minute, and those beside which the clocks change."""

    def kind(self, shown: datetime) -> str:
        return {0: "skipped", 1: "real"}.get(len(self.instants.get(shown, ())), "repeated")

    def nearest(self, shown: datetime) -> tuple[str, str]:
        """Return the last and the first wall time around this one that are shown exactly once."""
        place = bisect(self.once, shown)
        return self.once[place - 1].strftime("%H:%M"), self.once[place].strftime("%H:%M")


@cache
def clocks(zone_name: str) -> tuple[Clock, ...]:
    return tuple(clock_around(zone_name, changed) for changed in transitions(zone_name, FIRST_YEAR, YEAR_AFTER))


def clock_around(zone_name: str, changed: datetime) -> Clock:
    zone = ZoneInfo(zone_name)
    middle = changed.replace(tzinfo=zone, fold=1).astimezone(UTC)
    seen: dict[datetime, list[datetime]] = {}
    for minutes in range(-BEYOND, BEYOND + 1):
        instant = middle + minutes * MINUTE
        seen.setdefault(instant.astimezone(zone).replace(tzinfo=None, fold=0), []).append(instant)
    once = sorted(shown for shown, instants in seen.items() if len(instants) == 1)
    return Clock(changed, seen, once, list(starts_around(changed, seen)))


def starts_around(changed: datetime, seen: dict[datetime, list[datetime]]) -> Iterator[datetime]:
    for minutes in range(-NEAR, NEAR + 1):
        shown = changed + minutes * MINUTE
        times_shown = {len(seen.get(shown + beside * MINUTE, ())) for beside in (-1, 0, 1)}
        if minutes % 5 == 0 or minutes in {-1, 1} or len(times_shown) > 1:
            yield shown


ZONES_THAT_CHANGE: Final = [name for name in ZONES if transitions(name, FIRST_YEAR, YEAR_AFTER)]
every_zone = pytest.mark.parametrize("zone_name", ZONES_THAT_CHANGE)


def real_starts(zone_name: str) -> Iterator[tuple[datetime, datetime]]:
    """Yield each start that is one real time, as wall time and as instant."""
    for clock in clocks(zone_name):
        for shown in clock.starts:
            if clock.kind(shown) == "real":
                yield shown, clock.instants[shown][0]


def refusal_of(shown: datetime, zone_name: str) -> LocalTimeError:
    try:
        TimeWindow.on(shown.date(), shown.time(), zone_name, INFUSION)
    except LocalTimeError as error:
        return error
    pytest.fail(f"{shown} in {zone_name} was not refused")


@cache
def refusals(zone_name: str) -> tuple[tuple[Clock, datetime, LocalTimeError], ...]:
    return tuple(
        (clock, shown, refusal_of(shown, zone_name))
        for clock in clocks(zone_name)
        for shown in clock.starts
        if clock.kind(shown) != "real"
    )


def test_every_zone_of_the_strategies_is_looked_at() -> None:
    """Those left out have no change in these years: Nepal, Japan, Line Islands, UTC."""
    assert {"Asia/Kathmandu", "Asia/Tokyo", "Pacific/Kiritimati", "UTC"} == set(ZONES) - set(ZONES_THAT_CHANGE)


@pytest.mark.sweep
@every_zone
def test_each_change_skips_or_repeats_something(zone_name: str) -> None:
    """Else the starts below would miss what they are there for."""
    assert all(any(clock.kind(shown) != "real" for shown in clock.starts) for clock in clocks(zone_name))


@pytest.mark.sweep
@every_zone
def test_the_minute_before_at_and_after_each_change_is_a_start(zone_name: str) -> None:
    for clock in clocks(zone_name):
        assert {clock.changed + minutes * MINUTE for minutes in (-1, 0, 1)} <= set(clock.starts)


@every_zone
@pytest.mark.sweep
def test_a_real_start_is_the_instant_at_which_the_clock_shows_it(zone_name: str) -> None:
    wrong = [
        shown
        for shown, instant in real_starts(zone_name)
        if local_start(shown.date(), shown.time(), zone_name).astimezone(UTC) != instant
    ]
    assert [] == wrong


@every_zone
@pytest.mark.sweep
def test_infusion_and_observation_last_exactly_their_minutes(zone_name: str) -> None:
    zone, wrong = ZoneInfo(zone_name), []
    for shown, instant in real_starts(zone_name):
        infusion = TimeWindow.on(shown.date(), shown.time(), zone_name, INFUSION)
        observation = TimeWindow.after(infusion.end, OBSERVATION, zone_name)
        over, home = (instant + INFUSION * MINUTE).astimezone(zone), (instant + 360 * MINUTE).astimezone(zone)
        # Datetimes of one zone compare by what the wall shows alone: the fold is half of the answer.
        expected = [
            (shown, 0),
            (over.replace(tzinfo=None, fold=0), over.fold),
            (home.replace(tzinfo=None, fold=0), home.fold),
        ]
        moments = (infusion.start, observation.start, observation.end)
        if expected != [(m.replace(tzinfo=None, fold=0), m.fold) for m in moments] or infusion.end != observation.start:
            wrong.append(shown)
    assert [] == wrong


@every_zone
@pytest.mark.sweep
def test_the_length_of_a_window_is_told_in_elapsed_minutes(zone_name: str) -> None:
    starts = [shown for shown, _ in real_starts(zone_name) if shown.minute % 30 == 0]
    lengths = {TimeWindow.on(shown.date(), shown.time(), zone_name, INFUSION).minutes for shown in starts}
    assert lengths == {INFUSION}


@pytest.mark.sweep
@every_zone
def test_skipped_and_repeated_starts_are_refused_with_their_code(zone_name: str) -> None:
    wrong = [
        (shown, error.code) for clock, shown, error in refusals(zone_name) if error.code != CODES[clock.kind(shown)]
    ]
    assert [] == wrong


@pytest.mark.sweep
@every_zone
def test_skipped_and_repeated_starts_are_refused_with_the_nearest_real_times(zone_name: str) -> None:
    wrong = [
        (shown, clock.nearest(shown), error.nearest)
        for clock, shown, error in refusals(zone_name)
        if clock.nearest(shown) != error.nearest
    ]
    assert [] == wrong


@pytest.mark.sweep
@every_zone
def test_windows_near_each_change_come_back_from_json_with_their_folds(zone_name: str) -> None:
    wrong = []
    for shown, _ in real_starts(zone_name):
        if shown.minute % 30 == 0:
            first = TimeWindow.on(shown.date(), shown.time(), zone_name, 90)
            for window in (first, TimeWindow.after(first.end, 30, zone_name)):
                back = TimeWindow.model_validate_json(window.model_dump_json())
                if instants_and_folds(back) != instants_and_folds(window) or back != window:
                    wrong.append(shown)
    assert [] == wrong


def instants_and_folds(window: TimeWindow) -> list[tuple[datetime, int, str]]:
    return [(m.astimezone(UTC), m.fold, getattr(m.tzinfo, "key", "")) for m in (window.start, window.end)]


@pytest.mark.parametrize("zone_name", ZONES_THAT_CHANGE)
@pytest.mark.sweep
def test_the_slow_oracle_agrees_around_the_changes_of_2026_and_2027(zone_name: str) -> None:
    """`tests.oracle.windows` counts every minute of five days; here the minute before, at and after a change."""
    for changed in transitions(zone_name, 2026, 2028):
        for minutes in (-1, 0, 1):
            shown = changed + minutes * MINUTE
            kind = start_kind(shown.date(), shown.time(), zone_name)
            if kind == "real":
                expected = elapsed_end(shown.date(), shown.time(), zone_name, INFUSION)
                window = TimeWindow.on(shown.date(), shown.time(), zone_name, INFUSION)
                assert (expected.astimezone(UTC), expected.fold) == (window.end.astimezone(UTC), window.end.fold)
            else:
                assert CODES[kind] == refusal_of(shown, zone_name).code


# --- half an hour, and a day that was not --------------------------------------------------------


def test_lord_howe_skips_half_an_hour() -> None:
    """On 4 October 2026 at 02:00 the clocks go to 02:30."""
    error = refusal_of(datetime(2026, 10, 4, 2, 15), "Australia/Lord_Howe")
    assert ("nonexistent-local-time", ("01:59", "02:30")) == (error.code, error.nearest)


def test_lord_howe_repeats_half_an_hour() -> None:
    """On 5 April 2026 at 02:00 the clocks go back to 01:30."""
    error = refusal_of(datetime(2026, 4, 5, 1, 45), "Australia/Lord_Howe")
    assert ("repeated-local-time", ("01:29", "02:00")) == (error.code, error.nearest)


@pytest.mark.parametrize(
    ("written", "start", "expected"),
    [
        ("2026-10-04", "00:00", "2026-10-04T04:30:00+11:00"),  # 4 h, and the half hour that is skipped
        ("2026-04-05", "00:00", "2026-04-05T03:30:00+10:30"),  # 4 h, less the half hour that comes twice
        ("2026-10-04", "09:00", "2026-10-04T13:00:00+11:00"),
    ],
)
def test_lord_howe_infusions_last_four_hours(written: str, start: str, expected: str) -> None:
    assert expected == TimeWindow.on(day(written), wall(start), "Australia/Lord_Howe", INFUSION).end.isoformat()


@pytest.mark.parametrize("start", ["00:00", "09:00", "23:59"])
def test_apia_had_no_30_december_2011(start: str) -> None:
    """Samoa went from 29 to 31 December over the date line."""
    error = refusal_of(datetime.combine(day("2011-12-30"), wall(start)), "Pacific/Apia")
    assert ("nonexistent-local-time", ("23:59", "00:00")) == (error.code, error.nearest)
    before, after = nearest_real_times(day("2011-12-30"), wall(start), "Pacific/Apia")
    assert (datetime(2011, 12, 29, 23, 59), datetime(2011, 12, 31)) == (before, after)


def test_apia_four_hours_over_the_missing_day_are_four_hours() -> None:
    """22:00 on 29 December at -10:00; four hours on it is 02:00 on 31 December at +14:00."""
    window = TimeWindow.on(day("2011-12-29"), wall("22:00"), "Pacific/Apia", INFUSION)
    assert "2011-12-31T02:00:00+14:00" == window.end.isoformat()


# --- JSON ----------------------------------------------------------------------------------------


def second_half_past_one() -> TimeWindow:
    """From midnight on 1 November 2026, 150 minutes: 00:00, 01:00, 01:00 again, 01:30 for the second time."""
    return TimeWindow.on(day("2026-11-01"), wall("00:00"), NEW_YORK, 150)


def test_an_end_in_the_repeated_hour_has_a_fold() -> None:
    window = second_half_past_one()
    assert ("2026-11-01T01:30:00-05:00", 1) == (window.end.isoformat(), window.end.fold)


def test_json_holds_zone_start_and_end_in_this_order_with_their_offsets() -> None:
    assert [
        ("time_zone", "America/New_York"),
        ("start", "2026-11-01T00:00:00-04:00"),
        ("end", "2026-11-01T01:30:00-05:00"),
    ] == json.loads(second_half_past_one().model_dump_json(), object_pairs_hook=list)


def test_an_end_with_a_fold_comes_back_from_json_with_it() -> None:
    window = second_half_past_one()
    back = TimeWindow.model_validate_json(window.model_dump_json())
    assert (1, "2026-11-01T01:30:00-05:00") == (back.end.fold, back.end.isoformat())
    assert 150 == back.minutes


def test_a_start_with_a_fold_comes_back_from_json_with_it() -> None:
    """An observation may begin in the repeated hour."""
    observation = TimeWindow.after(second_half_past_one().end, OBSERVATION, NEW_YORK)
    back = TimeWindow.model_validate_json(observation.model_dump_json())
    assert (1, 120) == (back.start.fold, back.minutes)


def test_the_first_of_two_times_comes_back_as_the_first() -> None:
    """90 minutes from midnight: 01:30 for the first time, at -04:00."""
    window = TimeWindow.on(day("2026-11-01"), wall("00:00"), NEW_YORK, 90)
    back = TimeWindow.model_validate_json(window.model_dump_json())
    assert (0, "2026-11-01T01:30:00-04:00") == (back.end.fold, back.end.isoformat())


def test_a_window_comes_back_with_its_zone_and_not_with_an_offset() -> None:
    back = TimeWindow.model_validate_json(second_half_past_one().model_dump_json())
    assert ZoneInfo(NEW_YORK) is back.start.tzinfo
    assert ZoneInfo(NEW_YORK) is back.end.tzinfo


def test_a_window_in_utc_comes_back() -> None:
    window = TimeWindow.on(day("2027-01-11"), wall("09:00"), "UTC", INFUSION)
    back = TimeWindow.model_validate_json(window.model_dump_json())
    assert (window, "UTC") == (back, back.time_zone)
    assert datetime(2027, 1, 11, 13, tzinfo=ZoneInfo("UTC")) == back.end


def test_a_python_dump_comes_back_too() -> None:
    window = second_half_past_one()
    assert instants_and_folds(window) == instants_and_folds(TimeWindow.model_validate(window.model_dump()))


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-11T09:00:00",
        "2027-01-11 09:00:00-05:00",
        "2027-01-11T09:00-05:00",
        "2027-01-11",
        "1799676000",
        "9am",
        "",
    ],
)
def test_another_spelling_of_a_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        TimeWindow.model_validate({"time_zone": NEW_YORK, "start": text, "end": "2027-01-11T13:00:00-05:00"})


# --- traps D -------------------------------------------------------------------------------------


def plan_from(first_day: str, **fields: Any) -> Plan:
    """Plan one course at a clinic that is open every day."""
    return plan_treatment(
        load_protocol("us-2024-05"), clinic_open(WEEK, **fields), not_before=day(first_day), courses=1
    )


def night_clinic(**fields: Any) -> dict[str, Any]:
    """Return the fields of a clinic that is open round the clock."""
    return {"opening_hours": hours_on(WEEK, "00:00-23:59"), **fields}


def test_D01_a_skipped_start_is_refused_with_the_two_nearest_real_times() -> None:
    """8 March 2026 in New York: 02:00 becomes 03:00."""
    error = refusal_of(datetime(2026, 3, 8, 2, 30), NEW_YORK)
    assert ("nonexistent-local-time", ("01:59", "03:00")) == (error.code, error.nearest)


def test_D01_the_message_names_day_zone_and_both_times() -> None:
    message = refusal_of(datetime(2026, 3, 8, 2, 30), NEW_YORK).message
    assert all(word in message for word in ("2026-03-08", NEW_YORK, "02:30", "01:59", "03:00"))


def test_D01_a_plan_with_a_skipped_start_is_refused() -> None:
    with pytest.raises(LocalTimeError) as caught:
        plan_from("2026-03-06", **night_clinic(infusion_starts="02:30"))
    assert ("nonexistent-local-time", "infusion_starts") == (caught.value.code, caught.value.place)


def test_D01_a_window_cannot_be_made_from_a_skipped_start() -> None:
    zone = ZoneInfo(NEW_YORK)
    with pytest.raises(ScheduleError) as caught:
        TimeWindow(
            time_zone=NEW_YORK,
            start=datetime(2026, 3, 8, 2, 30, tzinfo=zone),
            end=datetime(2026, 3, 8, 6, 30, tzinfo=zone),
        )
    assert "nonexistent-local-time" == caught.value.code


def test_D02_a_repeated_start_is_refused_with_the_two_nearest_unique_times() -> None:
    """1 November 2026 in New York: 01:00 to 01:59 come twice."""
    error = refusal_of(datetime(2026, 11, 1, 1, 30), NEW_YORK)
    assert ("repeated-local-time", ("00:59", "02:00")) == (error.code, error.nearest)


def test_D02_a_plan_with_a_repeated_start_is_refused() -> None:
    with pytest.raises(LocalTimeError) as caught:
        plan_from("2026-10-30", **night_clinic(infusion_starts="01:30"))
    assert ("repeated-local-time", "infusion_starts") == (caught.value.code, caught.value.place)


def test_D03_four_hours_from_midnight_over_the_spring_change_end_at_five() -> None:
    window = TimeWindow.on(day("2026-03-08"), wall("00:00"), NEW_YORK, INFUSION)
    assert "2026-03-08T05:00:00-04:00" == window.end.isoformat()


def test_D04_four_hours_from_midnight_over_the_autumn_change_end_at_three() -> None:
    window = TimeWindow.on(day("2026-11-01"), wall("00:00"), NEW_YORK, INFUSION)
    assert "2026-11-01T03:00:00-05:00" == window.end.isoformat()


def test_D05_every_day_of_a_course_starts_at_the_same_wall_time() -> None:
    """6 to 10 March 2026: 24 hours from day to day in UTC would come to 10:00 from the 8th on."""
    starts = [infusion_of(one).start.isoformat() for one in plan_from("2026-03-06").infusion_days]
    assert [
        "2026-03-06T09:00:00-05:00",
        "2026-03-07T09:00:00-05:00",
        "2026-03-08T09:00:00-04:00",
        "2026-03-09T09:00:00-04:00",
        "2026-03-10T09:00:00-04:00",
    ] == starts


@pytest.mark.parametrize("written", ["2026-03-08", "2026-11-01"])
def test_D06_the_length_is_told_in_real_minutes_and_not_in_those_of_the_wall(written: str) -> None:
    """The wall shows five hours on the one night and three on the other."""
    assert TimeWindow.on(day(written), wall("00:00"), NEW_YORK, INFUSION).minutes == INFUSION


def test_D07_after_json_the_next_day_still_follows_the_zone() -> None:
    """A fixed offset of -05:00 would give 10:00 on 8 March."""
    window = TimeWindow.on(day("2026-03-07"), wall("09:00"), NEW_YORK, INFUSION)
    back = TimeWindow.model_validate_json(window.model_dump_json())
    assert "2026-03-08T09:00:00-04:00" == (back.start + timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("zone_name", "written"),
    [
        ("Asia/Beirut", "2026-03-29"),
        ("Africa/Cairo", "2026-04-24"),
        ("America/Santiago", "2026-09-06"),
        ("America/Havana", "2026-03-08"),
    ],
)
def test_D08_a_day_without_midnight_is_an_infusion_day_like_others(zone_name: str, written: str) -> None:
    plan = plan_from(written, time_zone=zone_name)
    assert ("skipped", day(written)) == (start_kind(day(written), time(0), zone_name), plan.courses[0].first_day)
    first = plan.infusion_days[0]
    assert (date, f"{written}T09:00:00") == (
        type(first.date),
        infusion_of(first).start.replace(tzinfo=None).isoformat(),
    )


def test_D09_the_zones_with_odd_changes_are_among_those_tested() -> None:
    assert {"Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Africa/Casablanca"} <= set(ZONES)


@pytest.mark.parametrize(
    ("zone_name", "start", "in_utc"),
    [
        (NEW_YORK, "23:30", "2026-11-24"),  # 23:30 at -05:00 is 04:30 of the next day in UTC
        ("Pacific/Auckland", "09:00", "2026-11-22"),  # 09:00 at +13:00 is 20:00 of the day before
    ],
)
def test_D10_the_day_of_a_window_is_the_day_on_the_clinics_wall(zone_name: str, start: str, in_utc: str) -> None:
    window = TimeWindow.on(day("2026-11-23"), wall(start), zone_name, INFUSION)
    assert (day("2026-11-23"), day(in_utc)) == (window.day, window.start.astimezone(UTC).date())


# Zone data of the operating system that are not those of the package: D11, D12.


@pytest.fixture(name="system_zones")
def fixture_system_zones(tmp_path: Path) -> Iterator[Path]:
    """A folder of zone data that wins over the package's while the test runs."""
    zoneinfo.reset_tzpath([tmp_path])
    ZoneInfo.clear_cache()
    yield tmp_path
    zoneinfo.reset_tzpath(())
    ZoneInfo.clear_cache()


def put_zone(folder: Path, name: str, taken_from: str) -> None:
    """Write a zone's file that holds the rules of another zone."""
    source = resources.files("tzdata").joinpath("zoneinfo", *taken_from.split("/"))
    target = folder.joinpath(*name.split("/"))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read_bytes())
    ZoneInfo.clear_cache()


def codes_of(plan: Plan) -> list[str]:
    return [finding.code for finding in plan.findings]


def test_D11_zone_data_that_differ_are_a_finding(system_zones: Path) -> None:
    """Chicago's rules under New York's name: one hour off."""
    put_zone(system_zones, NEW_YORK, "America/Chicago")
    plan = plan_from("2027-01-11", name="D11 differs")
    assert "zone-data-differs" in codes_of(plan)
    finding = next(finding for finding in plan.findings if finding.code == "zone-data-differs")
    assert ("warning", 1) == (finding.severity, finding.course)
    assert NEW_YORK in finding.message


def test_D11_zone_data_read_anew_reach_the_next_plan(system_zones: Path) -> None:
    """One clinic, 09:00 on 11 January 2027: 14:00 in UTC by New York's rules, 15:00 by Chicago's."""
    clinic = clinic_open(WEEK, name="D11 anew")
    put_zone(system_zones, NEW_YORK, NEW_YORK)
    before = plan_treatment(load_protocol("us-2024-05"), clinic, not_before=day("2027-01-11"), courses=1)
    put_zone(system_zones, NEW_YORK, "America/Chicago")
    after = plan_treatment(load_protocol("us-2024-05"), clinic, not_before=day("2027-01-11"), courses=1)
    first = [infusion_of(plan.infusion_days[0]).start.astimezone(UTC).hour for plan in (before, after)]
    assert first == [14, 15]


def test_D13_a_plan_outlives_the_cache_of_zones() -> None:
    plan = plan_from("2027-01-11", name="D13 cache")
    ZoneInfo.clear_cache()
    assert Plan.model_validate(plan.model_dump()) == plan
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_D11_zone_data_that_differ_change_no_date_and_no_wall_time(system_zones: Path) -> None:
    put_zone(system_zones, NEW_YORK, "America/Chicago")
    days = plan_from("2027-01-11", name="D11 wall").infusion_days
    starts = [infusion_of(one).start.replace(tzinfo=None) for one in days]
    assert starts == [datetime(2027, 1, 11 + n, 9) for n in range(5)]


def test_D11_only_the_course_at_which_they_differ_has_the_finding(system_zones: Path) -> None:
    """Denver's rules for Phoenix: the same in winter, one hour off from the second Sunday of March.

    Course 1: 8 to 12 March 2027, before Sunday 14. Course 2: from 12 March 2028, that Sunday itself.
    """
    put_zone(system_zones, "America/Phoenix", "America/Denver")
    clinic = clinic_open(WEEK, name="D11 courses", time_zone="America/Phoenix")
    plan = plan_treatment(load_protocol("us-2024-05"), clinic, not_before=day("2027-03-08"), courses=2)
    assert [2] == [finding.course for finding in plan.findings if finding.code == "zone-data-differs"]


def test_D11_zone_data_that_agree_on_the_planned_days_are_no_finding(system_zones: Path) -> None:
    """Toronto's rules of 2027 are New York's."""
    put_zone(system_zones, NEW_YORK, "America/Toronto")
    assert "zone-data-differs" not in codes_of(plan_from("2027-01-11", name="D11 agrees"))


def test_D11_the_packages_own_zone_data_are_no_finding() -> None:
    assert "zone-data-differs" not in codes_of(plan_from("2027-01-11", name="D11 package"))


def test_D11_the_plan_names_the_version_of_its_zone_data() -> None:
    version = resources.files("tzdata").joinpath("__init__.py").read_text(encoding="utf-8")
    assert f'"{plan_from("2027-01-11").provenance.tzdata}"' in version.replace("'", '"')


def written_plan(**changed: str) -> str:
    """Return a plan from 11 January 2027 as JSON, with one text put for another: `old` for `new`, once."""
    text = plan_from("2027-01-11").model_dump_json()
    assert changed["old"] in text
    return text.replace(changed["old"], changed["new"], 1)


OFFSET_MOVED: Final = {"old": '"start":"2027-01-11T09:00:00-05:00"', "new": '"start":"2027-01-11T09:00:00-06:00"'}


def test_D12_an_offset_that_the_zone_data_contradict_is_a_finding_on_reading() -> None:
    assert "zone-data-differs" in codes_of(Plan.model_validate_json(written_plan(**OFFSET_MOVED)))


def test_D12_the_wall_time_wins_over_the_offset() -> None:
    """The instant is computed anew."""
    plan = Plan.model_validate_json(written_plan(**OFFSET_MOVED))
    assert "2027-01-11T09:00:00-05:00" == infusion_of(plan.infusion_days[0]).start.isoformat()


def test_D12_an_end_with_another_offset_is_a_finding_too() -> None:
    moved = {"old": '"end":"2027-01-13T15:00:00-05:00"', "new": '"end":"2027-01-13T15:00:00-04:00"'}
    plan = Plan.model_validate_json(written_plan(**moved))
    assert "zone-data-differs" in codes_of(plan)
    assert "2027-01-13T15:00:00-05:00" == observation_of(plan.infusion_days[2]).end.isoformat()


def test_D12_an_activity_with_another_offset_is_a_finding_too() -> None:
    """The reaction watch of day 1: 24 hours from 13:00."""
    read = json.loads(plan_from("2027-01-11").model_dump_json())
    watch = next(activity for activity in read["activities"] if activity["action"] == "reaction-watch")
    assert "2027-01-12T13:00:00-05:00" == watch["windows"][0]["end"]
    watch["windows"][0]["end"] = "2027-01-12T13:00:00-06:00"
    assert "zone-data-differs" in codes_of(Plan.model_validate(read))


def test_D12_a_plan_read_from_a_file_has_the_finding(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(written_plan(**OFFSET_MOVED), encoding="utf-8")
    assert 1 == codes_of(read_plan(path)).count("zone-data-differs")


def test_D12_a_start_that_the_clocks_now_skip_is_read_with_the_finding() -> None:
    """As if a law had moved the change of 8 March 2026 over a start already planned: the wall time stays.

    Planned by the rules of Phoenix, which change no clocks, and read by those of New York.
    """
    hours = dict.fromkeys(WEEK.split(), "00:00-23:59")
    clinic = clinic_open(WEEK, time_zone="America/Phoenix", infusion_starts="02:30", opening_hours=hours)
    written = plan_treatment(load_protocol("us-2024-05-r2"), clinic, not_before=day("2026-03-08")).model_dump_json()
    plan = Plan.model_validate_json(written.replace("America/Phoenix", NEW_YORK).replace("-07:00", "-05:00"))
    assert "zone-data-differs" in codes_of(plan)
    assert datetime(2026, 3, 8, 2, 30) == infusion_of(plan.infusion_days[0]).start.replace(tzinfo=None)


def test_D12_reading_again_what_was_read_adds_no_second_finding() -> None:
    once = Plan.model_validate_json(written_plan(**OFFSET_MOVED))
    twice = Plan.model_validate_json(once.model_dump_json())
    assert once == twice
    assert 1 == codes_of(twice).count("zone-data-differs")


def test_D12_a_plan_as_it_was_written_has_no_finding_on_reading() -> None:
    plan = plan_from("2027-01-11")
    assert "zone-data-differs" not in codes_of(Plan.model_validate_json(plan.model_dump_json()))


def test_D12_a_law_that_changes_after_planning_is_a_finding_and_moves_no_wall_time(system_zones: Path) -> None:
    """Written with the rules at hand, read where New York has joined Chicago's."""
    text = plan_from("2027-01-11", name="D12 law").model_dump_json()
    put_zone(system_zones, NEW_YORK, "America/Chicago")
    plan = Plan.model_validate_json(text)
    assert "zone-data-differs" in codes_of(plan)
    assert "2027-01-11T09:00:00-06:00" == infusion_of(plan.infusion_days[0]).start.isoformat()


def test_D13_a_window_can_be_pickled_and_copied() -> None:
    window = second_half_past_one()
    for again in (pickle.loads(pickle.dumps(window)), copy.deepcopy(window), copy.copy(window)):  # noqa: S301  # our own bytes
        assert (window, instants_and_folds(window)) == (again, instants_and_folds(again))


def test_D13_a_zone_from_a_file_never_gets_into_a_window() -> None:
    """It could be neither pickled nor copied."""
    with resources.files("tzdata").joinpath("zoneinfo", "America", "New_York").open("rb") as data:
        zone = ZoneInfo.from_file(data, key=NEW_YORK)
    start, end = (datetime(2027, 1, 11, hour, tzinfo=zone) for hour in (9, 13))
    try:
        window = TimeWindow(time_zone=NEW_YORK, start=start, end=end)
    except InvalidInput as error:
        assert "zone" == error.code  # noqa: PT017  # refusing is one way, taking the zone by its name the other
    else:
        assert window == copy.deepcopy(window)


def test_D13_a_plan_can_be_pickled_and_copied() -> None:
    plan = plan_from("2026-10-30", **night_clinic(infusion_starts="00:00"))
    assert (plan, plan) == (pickle.loads(pickle.dumps(plan)), copy.deepcopy(plan))  # noqa: S301  # our own bytes


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2027, 1, 11, 9), datetime(2027, 1, 11, 13)),
        (datetime(2027, 1, 11, 9, tzinfo=ZoneInfo(NEW_YORK)), datetime(2027, 1, 11, 13)),
        (datetime(2027, 1, 11, 9, tzinfo=UTC), datetime(2027, 1, 11, 13, tzinfo=UTC)),
        (
            datetime(2027, 1, 11, 9, tzinfo=ZoneInfo("Europe/Berlin")),
            datetime(2027, 1, 11, 13, tzinfo=ZoneInfo(NEW_YORK)),
        ),
    ],
    ids=["naive", "naive end", "fixed offset", "another zone"],
)
def test_D14_moments_that_are_not_in_the_windows_zone_are_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(InvalidInput) as caught:
        TimeWindow(time_zone=NEW_YORK, start=start, end=end)
    assert "zone" == caught.value.code


@pytest.mark.parametrize("value", [datetime(2027, 1, 11), datetime(2027, 1, 11, 10), datetime(2027, 1, 11, tzinfo=UTC)])
def test_D15_a_datetime_is_no_date(value: datetime) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan_treatment(load_protocol("us-2024-05"), clinic_open(WEEK), not_before=value)
    assert ("calendar-date", "not_before") == (caught.value.code, caught.value.place)
    with pytest.raises(InvalidInput) as caught:
        Period(first_day=value)
    assert "calendar-date" == caught.value.code


def test_D15_every_date_of_a_plan_is_exactly_a_date() -> None:
    plan = plan_from("2027-01-11")
    found = [one.date for one in plan.infusion_days]
    found += [plan.courses[0].earliest, plan.courses[0].first_day, plan.contraception[0].first_day]
    assert {date} == {type(one) for one in found}


def test_D16_a_usual_start_near_a_clock_change_makes_no_fuss() -> None:
    """Six hours from 09:00 never cross a change: the plan over 8 March 2026 says nothing of clocks."""
    assert {"no-public-holidays-known"} >= set(codes_of(plan_from("2026-03-06")))


@pytest.mark.parametrize("zone_name", ZONES_THAT_CHANGE)
def test_D16_a_start_at_nine_is_real_on_every_day_of_a_change(zone_name: str) -> None:
    for changed in transitions(zone_name, 2026, 2031):
        window = TimeWindow.on(changed.date(), wall("09:00"), zone_name, 360)
        assert window.end.replace(tzinfo=None) == datetime.combine(changed.date(), wall("15:00"))


def test_D16_an_evening_start_in_cairo_is_right() -> None:
    """On Thursday 29 October 2026 at 24:00 the clocks go back to 23:00: six hours from 20:00 end at 01:00."""
    window = TimeWindow.on(day("2026-10-29"), wall("20:00"), "Africa/Cairo", 360)
    assert "2026-10-30T01:00:00+02:00" == window.end.isoformat()


@pytest.mark.parametrize(("as_of", "passed"), [("2026-11-30", False), ("2026-12-01", True)])
def test_D17_today_is_the_callers_day(as_of: str, passed: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """The vaccination deadline of 11 January 2027 is 30 November 2026; on that day it has not passed."""
    plan = plan_treatment(
        load_protocol("us-2024-05"), clinic_open(WEEK), not_before=day("2027-01-11"), courses=1, as_of=day(as_of)
    )
    assert passed is any(f.code == "deadline-passed" and f.day == day("2026-11-30") for f in plan.findings)


def test_D18_an_infusion_across_midnight_belongs_to_the_day_it_starts_on() -> None:
    """22:00 + 4 h = 02:00 of the next day, + 2 h of observation = 04:00."""
    infusion = TimeWindow.on(day("2027-01-11"), wall("22:00"), NEW_YORK, INFUSION)
    observation = TimeWindow.after(infusion.end, OBSERVATION, NEW_YORK)
    assert (day("2027-01-11"), "2027-01-12T04:00:00-05:00") == (infusion.day, observation.end.isoformat())


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    zone = ZoneInfo(NEW_YORK)
    with pytest.raises(InvalidInput) as caught:
        TimeWindow(
            time_zone=NEW_YORK, start=datetime(2027, 1, 11, 13, tzinfo=zone), end=datetime(2027, 1, 11, 9, tzinfo=zone)
        )
    assert "window-reversed" == caught.value.code


def test_in_the_repeated_hour_the_order_is_that_of_the_instants() -> None:
    """01:30 for the first time to 01:15 for the second: 45 minutes, though the wall goes back."""
    zone = ZoneInfo(NEW_YORK)
    window = TimeWindow(
        time_zone=NEW_YORK,
        start=datetime(2026, 11, 1, 1, 30, tzinfo=zone),
        end=datetime(2026, 11, 1, 1, 15, fold=1, tzinfo=zone),
    )
    assert 45 == window.minutes


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        # 1 November 2026: 02:00 becomes 01:00.
        (datetime(2026, 11, 1, 1, 59), datetime(2026, 11, 1, 1, 0, fold=1), 1),
        (datetime(2026, 11, 1, 1, 59, 30), datetime(2026, 11, 1, 1, 0, fold=1), None),  # less than a minute
        (datetime(2026, 11, 1, 1, 15, fold=1), datetime(2026, 11, 1, 1, 30), None),  # 45 minutes before it
        (datetime(2026, 11, 1, 9, 0), datetime(2026, 11, 1, 9, 0), None),
        (datetime(2026, 11, 1, 9, 0), datetime(2026, 11, 1, 9, 1), 1),
    ],
)
def test_a_window_lasts_a_minute_or_more(start: datetime, end: datetime, minutes: int | None) -> None:
    zone = ZoneInfo(NEW_YORK)
    moments = {"start": start.replace(tzinfo=zone), "end": end.replace(tzinfo=zone)}
    if minutes is not None:
        assert minutes == TimeWindow(time_zone=NEW_YORK, **moments).minutes
        return
    with pytest.raises(InvalidInput) as caught:
        TimeWindow(time_zone=NEW_YORK, **moments)
    assert "window-reversed" == caught.value.code


class Stamp(datetime):
    """What libraries of data frames put in a datetime's place."""


def test_a_moment_is_exactly_a_datetime() -> None:
    zone = ZoneInfo(NEW_YORK)
    with pytest.raises(InvalidInput):
        TimeWindow(
            time_zone=NEW_YORK, start=Stamp(2027, 1, 11, 9, tzinfo=zone), end=datetime(2027, 1, 11, 13, tzinfo=zone)
        )
