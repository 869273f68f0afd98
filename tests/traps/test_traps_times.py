"""Traps B01 to B10, D07 and D13: clock times, lengths and zones that naive code reinterprets."""

import ast
import copy
import datetime as dt
import json
import pickle
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from lemtrada_schedule import Clinic, NoFeasibleStart, Plan, TimeWindow, plan_treatment, read_clinic
from tests.gates.no_wall_clock import package_folder
from tests.support.entry_points import (
    CLINIC,
    START,
    Refusal,
    file_holding,
    plan_with,
    refusal_of,
    refused_protocol,
    small_plan,
    small_protocol,
    weekday_clinic,
)
from tests.support.module_trees import module_nodes
from tests.support.planned import infusion_of, observation_of

HALF_PAST: Final = time(9, 30)


class WallClock(time):
    """A time by inheritance."""


def clinic_with(**fields: Any) -> Clinic:
    return weekday_clinic().model_copy(update=fields)


def refused(field: str, value: Any) -> Refusal:
    """Return how a field of a clinic refuses a value."""
    refusal = refusal_of(lambda: clinic_with(**{field: value}))
    assert refusal.place == field
    return refusal


def refused_in_file(old: str, new: str) -> Refusal:
    assert old in CLINIC
    with file_holding(CLINIC.replace(old, new), "clinic.toml") as path:
        refusal = refusal_of(lambda: read_clinic(path))
    return refusal._replace(place=refusal.place.removeprefix(f"{path}: "))


def repeats(refusal: Refusal, value: object) -> bool:
    """Whether a refusal repeats a text, examples and hints left out; short ones stand in any text by chance."""
    told = refusal.text.replace("such as 2027-01-11T09:00:00-05:00", "").replace("such as 09:00", "")
    told = re.sub("America/[A-Z][A-Za-z_]+", "", told)
    return type(value) is str and len(value) >= 4 and value in told


# --- B01, B02, B09: wall times --------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(9, id="B01-hours"),
        pytest.param(540, id="B01-minutes"),
        pytest.param(9.5, id="B01-float"),
        pytest.param(True, id="B01-bool"),
        pytest.param(Decimal(9), id="B01-decimal"),
        pytest.param(timedelta(hours=9), id="B01-timedelta"),
        pytest.param(datetime(2027, 1, 11, 9), id="B01-datetime"),
        pytest.param(time(9, 0, 30), id="B01-seconds"),
        pytest.param(time(9, 0, 0, 1), id="B01-microsecond"),
        pytest.param(time(9, 0, fold=1), id="B01-fold"),
        pytest.param(WallClock(9, 0), id="B01-subclass"),
        pytest.param(b"09:00", id="B01-bytes"),
        pytest.param(None, id="B01-none"),
        pytest.param([9, 0], id="B01-list"),
        pytest.param(32400, id="B02-seconds"),
        pytest.param("09:00Z", id="B02-zulu"),
        pytest.param("09:00+00:00", id="B02-offset"),
        pytest.param(time(9, 0, tzinfo=UTC), id="B02-aware"),
        pytest.param(time(9, 0, tzinfo=timezone(timedelta(hours=-5))), id="B02-aware-offset"),
        pytest.param(time(9, 0, tzinfo=ZoneInfo("America/New_York")), id="B02-aware-zone"),
        pytest.param("24:00", id="B09-midnight"),
        pytest.param("9:00", id="B09-one-digit"),
        pytest.param("9am", id="B09-am"),
        pytest.param("09:00 AM", id="B09-AM"),
        pytest.param("09.00", id="B09-dot"),
        pytest.param("0900", id="B09-compact"),
        pytest.param("09:60", id="B09-minute-60"),
        pytest.param("25:00", id="B09-hour-25"),
        pytest.param("09:00:00", id="B09-with-seconds"),
        pytest.param("-09:00", id="B09-negative"),
        pytest.param("noon", id="B09-word"),
        pytest.param("09:00\n", id="B09-newline"),
        pytest.param(" 09:00", id="B09-space"),
        pytest.param("\uff10\uff19:00", id="B09-full-width"),
        pytest.param("\u0660\u0669:\u0660\u0660", id="B09-arabic-digits"),
        pytest.param("T09:00", id="B09-T"),
        pytest.param("", id="B09-empty"),
        pytest.param("09:00" * 200_000, id="B09-a-megabyte"),
    ],
)
def test_what_is_no_wall_time(value: Any) -> None:
    """Refused with an example of the one written form; what was given is not repeated."""
    refusal = refused("infusion_starts", value)
    assert refusal.code == "wall-time"
    assert "expected a clock time as HH:MM without a zone, such as 09:00" in refusal.text
    assert not repeats(refusal, value)


def test_wall_times_that_come_in() -> None:
    assert clinic_with(infusion_starts="09:30").infusion_starts == HALF_PAST
    assert clinic_with(infusion_starts=HALF_PAST).infusion_starts == HALF_PAST
    late = clinic_with(infusion_starts="23:59", opening_hours=dict.fromkeys(("mon", "tue", "wed"), "00:00-23:59"))
    assert (late.infusion_starts, late.opening_hours[0].opens) == (time(23, 59), time(0, 0))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("9", "wall-time"),
        ("09:00", "toml-structure"),  # a bare time in TOML has seconds
        ("09:00:30", "wall-time"),
        ("2027-01-11T09:00:00", "wall-time"),
        ('"9:00"', "wall-time"),
    ],
)
def test_b01_wall_times_in_a_file(written: str, code: str) -> None:
    assert refused_in_file('infusion_starts = "09:00"', f"infusion_starts = {written}").code == code


def test_b01_a_time_of_toml_is_a_wall_time() -> None:
    with file_holding(CLINIC.replace('infusion_starts = "09:00"', "infusion_starts = 09:30:00"), "c.toml") as path:
        assert read_clinic(path).infusion_starts == HALF_PAST


@pytest.mark.parametrize(
    "hours",
    [
        "8-17", "08:00 - 17:00", "08:00\u201317:00", "08:00-24:00", "08:00-17:60", "08:00", "08:00-", "8:00-17:00",
        "08:00-17:00Z", "08:00-17:00,18:00-20:00", "closed", "", 8, None, True, ["08:00", "17:00"],
    ],
    ids=repr,
)  # fmt: skip
def test_b09_opening_hours_are_written_in_one_way(hours: Any) -> None:
    refusal = refusal_of(lambda: clinic_with(opening_hours={"mon": "08:00-17:00", "tue": hours}))
    assert refusal.code == "wall-time"
    assert "opening_hours" in refusal.place
    assert "such as 08:00-17:00" in refusal.text or "such as 09:00" in refusal.text


@pytest.mark.parametrize("hours", ["17:00-08:00", "08:00-08:00"])
def test_b09_a_clinic_closes_after_it_opens(hours: str) -> None:
    refusal = refusal_of(lambda: clinic_with(opening_hours={"mon": hours}))
    assert (refusal.code, refusal.place) == ("hours-reversed", "opening_hours.0")
    assert "correct the hours" in refusal.text


# --- B03: lengths -----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [True, 1.0, "240", "4 h", "PT4H", "P1Y", "-PT4H", timedelta(hours=4), None], ids=repr)
def test_b03_preparation_is_a_number_of_minutes(value: Any) -> None:
    refusal = refused("preparation_minutes", value)
    assert refusal.code == "wrong-type"
    assert "expected a whole number" in refusal.text


@pytest.mark.parametrize("value", [-1, 721, 10**9, -(10**30), 10**30])
def test_b03_preparation_is_bounded(value: int) -> None:
    assert refused("preparation_minutes", value).code == "out-of-range"


@pytest.mark.parametrize("written", ['"PT4H"', '"P1Y"', '"4"', '"240 minutes"', "4.0", "true", "04:00:00", "[240]"])
def test_b03_an_infusion_lasts_a_whole_number_of_minutes(written: str) -> None:
    refusal = refused_protocol("infusion_minutes = 240", f"infusion_minutes = {written}")
    assert (refusal.code, refusal.place) == ("wrong-type", "infusion_day.infusion_minutes")
    assert "expected a whole number" in refusal.text


@pytest.mark.parametrize("field", ["infusion_minutes = 240", "observation_minutes = 120", "dose_mg = 12"])
@pytest.mark.parametrize("written", ["-4", "1441", "999999999999999999999999"])
def test_b03_minutes_and_doses_are_bounded(field: str, written: str) -> None:
    name = field.partition(" ")[0]
    refusal = refused_protocol(field, f"{name} = {written}")
    assert (refusal.code, refusal.place) == ("out-of-range", f"infusion_day.{name}")
    assert written not in refusal.text


def test_b03_an_infusion_takes_time() -> None:
    assert refused_protocol("infusion_minutes = 240", "infusion_minutes = 0").code == "out-of-range"


# --- B04 to B08: zones ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        pytest.param(name, meant, id=f"{trap}-{name}")
        for trap, name, meant in [
            ("B04", "EST", "America/New_York"),
            ("B04", "EST5EDT", "America/New_York"),
            ("B04", "CST6CDT", "America/Chicago"),
            ("B04", "MST7MDT", "America/Denver"),
            ("B04", "PST8PDT", "America/Los_Angeles"),
            ("B04", "US/Eastern", "America/New_York"),
            ("B04", "US/Pacific", "America/Los_Angeles"),
            ("B04", "Canada/Eastern", "America/Toronto"),
            ("B04", "Etc/GMT+5", "America/New_York"),
            ("B04", "Etc/UTC", "UTC"),
            ("B04", "Zulu", "UTC"),
            ("B04", "GMT", "Europe/London"),
            ("B04", "GB", "Europe/London"),
            ("B04", "CET", "Europe/Berlin"),
            ("B04", "Japan", "Asia/Tokyo"),
            ("B04", "Singapore", "Asia/Singapore"),
            ("B04", "posix/America/New_York", "America/New_York"),
            ("B04", "right/Europe/Berlin", "Europe/Berlin"),
            ("B04", "New York", "America/New_York"),
            ("B04", "los angeles", "America/Los_Angeles"),
            ("B04", "Eastern Standard Time", "America/New_York"),
            ("B06", "Amercia/New_York", "America/New_York"),
            ("B06", "America/NewYork", "America/New_York"),
            ("B06", "america/new_york", "America/New_York"),
            ("B06", "America/New York", "America/New_York"),
            ("B06", "Europe/Berln", "Europe/Berlin"),
        ]
    ],
)
def test_a_zone_is_refused_and_the_region_named(name: str, meant: str) -> None:
    refusal = refused("time_zone", name)
    assert refusal.code == "zone"
    assert f"; did you mean {meant}?" in refusal.text


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(value, id=f"{trap}-{value!r:.24}")
        for trap, value in [
            ("B04", "Factory"),
            ("B04", "localtime"),
            ("B04", "Etc/GMT-5"),
            ("B04", "SystemV/EST5"),
            ("B04", "posixrules"),
            ("B05", "America"),
            ("B05", "America/"),
            ("B05", "America/Argentina"),
            ("B05", "A" * 300),
            ("B05", "Europe/" * 200_000),
            ("B05", "NUL\0"),
            ("B05", "America/New_York\0"),
            ("B05", "America/New_York\n"),
            ("B05", "tzdata.zi"),
            ("B05", "zone1970.tab"),
            ("B05", "../../etc/passwd"),
            ("B05", "/etc/localtime"),
            ("B05", "America/../America/New_York"),
            ("B05", "\ud800"),
            ("B05", ""),
            ("B05", 5),
            ("B05", -5.0),
            ("B05", None),
            ("B05", True),
            ("B05", b"America/New_York"),
            ("B05", timezone(timedelta(hours=-5))),
            ("B05", UTC),
            ("B05", ["America/New_York"]),
            ("B07", "UTC+3"),
            ("B07", "XYZ+3"),
            ("B07", "+03:00"),
            ("B07", "UTC-05:00"),
        ]
    ],
)
def test_what_is_no_zone(value: Any) -> None:
    """One error, whichever of its four families `ZoneInfo` would raise."""
    refusal = refused("time_zone", value)
    assert refusal.code == "zone"
    assert "expected an IANA region zone such as America/New_York" in refusal.text
    assert len(refusal.text) < 2_000
    assert not repeats(refusal, value)


@pytest.mark.parametrize("name", ["America/New_York", "America/Argentina/Buenos_Aires", "Europe/Berlin", "UTC"])
def test_zones_that_come_in(name: str) -> None:
    assert clinic_with(time_zone=name).time_zone == name
    assert clinic_with(time_zone=ZoneInfo(name)).time_zone == name


def test_b06_nobody_asks_dateutil_for_a_zone() -> None:
    """`gettz` answers None to a misspelt name."""
    for path in sorted(package_folder().rglob("*.py")):
        for node in module_nodes(path):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            assert [name for name in names if name in {"tz", "dateutil.tz", "gettz"}] == []


def test_b08_a_clinic_has_no_zone_by_default() -> None:
    refusal = refused_in_file('time_zone = "America/New_York"\n', "")
    assert (refusal.code, refusal.place) == ("missing-field", "time_zone")
    assert "add it" in refusal.text


# --- B10: the infusion day must fit the opening hours -------------------------------------------------


def planned(**fields: Any) -> Plan:
    return plan_treatment(small_protocol(), clinic_with(**fields), not_before=START, courses=1)


HOURS: Final = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-17:00")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"infusion_starts": "11:01"}, "open 08:00-17:00 only; needed: 0 minutes before and 360 after 11:01"),
        ({"infusion_starts": "07:59"}, "open 08:00-17:00 only"),
        ({"preparation_minutes": 61}, "open 08:00-17:00 only; needed: 61 minutes before and 360 after 09:00"),
    ],
    ids=["ends-after-closing", "starts-before-opening", "no-time-to-prepare"],
)
def test_b10_a_day_too_short_for_preparation_infusion_and_observation(fields: dict[str, Any], why: str) -> None:
    """4 hours of infusion, 2 of observation and what comes before lie within the hours, or there is no start."""
    with pytest.raises(NoFeasibleStart) as caught:
        planned(**fields)
    error = caught.value
    assert (error.code, error.place, error.longest_run) == ("no-feasible-start", "clinic", 0)
    assert "change the clinic's hours or closures" in str(error)
    # One day of the week that is long enough is passed over to, and the others say why not.
    longer = HOURS | {"thu": "06:00-20:00", "fri": "06:00-20:00"}
    course = planned(**fields, opening_hours=longer).courses[0]
    assert (course.first_day, course.last_day) == (date(2027, 1, 14), date(2027, 1, 15))
    assert [one.first_day.day for one in course.passed_over] == [11, 12, 13]
    assert all(one.reason.startswith("open 08:00-17:00 only") for one in course.passed_over)
    assert why in course.passed_over[0].reason


@pytest.mark.parametrize(
    "fields",
    [{"infusion_starts": "11:00"}, {"infusion_starts": "08:00"}, {"preparation_minutes": 60}],
    ids=["ends-at-closing", "starts-at-opening", "prepares-from-opening"],
)
def test_b10_the_hours_may_be_used_to_their_ends(fields: dict[str, Any]) -> None:
    assert planned(**fields).courses[0].first_day == START


def test_b10_one_short_weekday_is_passed_over_with_its_reason() -> None:
    """Wednesday until 14:00 is too short for 09:00 + 6 hours, so a block of two days cannot start on Tuesday."""
    clinic = clinic_with(opening_hours=HOURS | {"wed": "08:00-14:00"})
    course = plan_treatment(small_protocol(), clinic, not_before=date(2027, 1, 12), courses=1).courses[0]
    assert (course.first_day, course.last_day) == (date(2027, 1, 14), date(2027, 1, 15))
    reason = "open 08:00-14:00 only; needed: 0 minutes before and 360 after 09:00"
    assert [(one.first_day.day, one.closed_day.day, one.reason) for one in course.passed_over] == [
        (12, 13, reason),
        (13, 13, reason),
    ]


def test_b10_an_infusion_day_does_not_run_past_midnight() -> None:
    whole_days = dict.fromkeys(("mon", "tue", "wed"), "00:00-23:59")
    assert planned(infusion_starts="17:59", opening_hours=whole_days).courses[0].first_day == START
    with pytest.raises(NoFeasibleStart):
        planned(infusion_starts="18:00", opening_hours=whole_days)


# --- D07, D13: zones on the way out and back ----------------------------------------------------------


def test_d07_json_keeps_wall_time_offset_and_the_zone_itself() -> None:
    """A fixed offset would be an hour off after the next clock change."""
    plan = plan_treatment(small_protocol(), weekday_clinic(), not_before=date(2027, 3, 11), courses=2)
    written = json.loads(plan.model_dump_json())["courses"][0]["days"][0]["infusion"]
    assert written == {
        "time_zone": "America/New_York",
        "start": "2027-03-11T09:00:00-05:00",
        "end": "2027-03-11T13:00:00-05:00",
    }
    back = Plan.model_validate_json(plan.model_dump_json())
    start = infusion_of(back.infusion_days[0]).start
    assert start.tzinfo is ZoneInfo("America/New_York")
    assert (start + timedelta(days=4)).utcoffset() == timedelta(hours=-4)  # the clocks change on 14 March
    assert back == plan


@pytest.mark.parametrize(
    ("start", "offset", "minutes"),
    [("2026-11-01T01:30:00-04:00", -4, 330), ("2026-11-01T01:30:00-05:00", -5, 270)],
    ids=["first", "second"],
)
def test_d07_the_offset_tells_which_of_two_equal_wall_times_is_meant(start: str, offset: int, minutes: int) -> None:
    window = TimeWindow.model_validate(
        {"time_zone": "America/New_York", "start": start, "end": "2026-11-01T06:00:00-05:00"}
    )
    assert window.start.utcoffset() == timedelta(hours=offset)
    assert window.minutes == minutes
    assert window.model_dump(mode="json")["start"] == start


def test_d07_a_written_offset_that_the_zone_never_had_is_reported() -> None:
    """Only a change of the law can have made it: the wall time stands, and a finding says so."""
    data = plan_with("courses.0.days.0.infusion.start", "2027-01-11T09:00:00-07:00")
    plan = Plan.model_validate(data)
    assert infusion_of(plan.infusion_days[0]).start.isoformat() == "2027-01-11T09:00:00-05:00"
    assert [f.code for f in plan.findings if f.code == "zone-data-differs"] == ["zone-data-differs"]
    assert [f for f in small_plan().findings if f.code == "zone-data-differs"] == []


@pytest.mark.parametrize(
    ("start", "code"),
    [
        ("2027-01-11T09:00:00", "wall-time"),
        ("2027-01-11 09:00:00-05:00", "wall-time"),
        ("2027-01-11T09:00-05:00", "wall-time"),
        ("2027-01-11T09:00:00.5-05:00", "wall-time"),
        ("2027-01-11T09:00:30-05:00", "wall-time"),
        ("2027-02-29T09:00:00-05:00", "no-such-date"),
        ("2027-01-11T24:00:00-05:00", "no-such-date"),
        ("2027-01-11T09:00:00-05:00[America/New_York]", "wall-time"),
        ("\uff12027-01-11T09:00:00-05:00", "wall-time"),
    ],
)
def test_d07_a_moment_is_written_in_one_way(start: str, code: str) -> None:
    refusal = refusal_of(lambda: Plan.model_validate(plan_with("courses.0.days.0.infusion.start", start)))
    assert refusal.code == code
    assert refusal.place.startswith("courses.course-1.days.course-1/day-1.infusion")
    assert not repeats(refusal, start)


def test_d13_zones_are_kept_by_their_key() -> None:
    plan = small_plan()
    assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301  # our own bytes
    assert copy.deepcopy(plan) == plan
    days = plan.infusion_days
    zones = {str(moment.tzinfo) for day in days for moment in (infusion_of(day).start, observation_of(day).end)}
    assert zones == {"America/New_York"}


def test_d13_a_zone_read_from_a_file_does_not_get_into_a_window() -> None:
    """It can be neither pickled nor copied, and nobody knows which rules it has."""
    with (files("tzdata") / "zoneinfo" / "America" / "New_York").open("rb") as data:
        zone = ZoneInfo.from_file(data, key="America/New_York")
    moment = datetime(2027, 1, 11, 9, tzinfo=zone)
    refusal = refusal_of(
        lambda: TimeWindow(time_zone="America/New_York", start=moment, end=moment + timedelta(hours=4))
    )
    assert refusal.code == "zone"


@pytest.mark.parametrize(
    "zone", [None, UTC, timezone(timedelta(hours=-5)), ZoneInfo("America/Toronto"), ZoneInfo("US/Eastern")], ids=repr
)
def test_d14_a_window_holds_moments_of_its_own_zone(zone: dt.tzinfo | None) -> None:
    moment = datetime(2027, 1, 11, 9, tzinfo=zone)
    refusal = refusal_of(
        lambda: TimeWindow(time_zone="America/New_York", start=moment, end=moment + timedelta(hours=4))
    )
    assert refusal.code == "zone"
