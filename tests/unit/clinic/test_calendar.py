"""A clinic is read as a calendar: open days, and why a day is closed; and the days of its laboratory.

The week of Friday 15 to Thursday 21 January 2027: Monday 18 is Martin Luther King Jr. Day.
"""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import Clinic, HolidayDataMissing, InvalidInput, UnknownName, read_clinic
from lemtrada_schedule.clinic.closures import Closure
from lemtrada_schedule.clinic.laboratory_days import laboratory_days
from lemtrada_schedule.clinic.public_holidays import holiday_years
from tests.support.clinics import MON_TO_FRI, clinic_open, hours_on
from tests.support.histories import day

BOSTON: Final = clinic_open(
    MON_TO_FRI,
    country="US",
    subdivision="MA",
    closures={"2027-01-20": "Staff day"},
    extra_open={"2027-01-16": "Saturday session"},
    fully_booked={"2027-01-21": "no chair"},
    chairs=1,
)

WRONG: Final[dict[str, Any]] = {"a month": "2027-01", "nothing": None, "a number": 5}


@pytest.mark.parametrize(
    ("written", "kind", "name"),
    [
        ("2027-01-15", None, None),
        ("2027-01-16", None, None),  # an extra Saturday
        ("2027-01-17", "weekly", None),
        ("2027-01-18", "holiday", "Martin Luther King Jr. Day"),
        ("2027-01-20", "closure", "Staff day"),
        ("2027-01-21", "booked", "no chair"),
    ],
)
def test_why_a_day_is_closed(written: str, kind: Any, name: str | None) -> None:
    closure = BOSTON.closed_because(day(written))
    assert closure == (Closure(kind=kind, name=name) if kind else None)
    assert BOSTON.is_open(day(written)) == (kind is None)


def test_the_open_days_between_two_days_both_included() -> None:
    found = BOSTON.open_days(day("2027-01-15"), day("2027-01-22"))
    assert [str(one) for one in found] == ["2027-01-15", "2027-01-16", "2027-01-19", "2027-01-22"]
    assert BOSTON.open_days(day("2027-01-18"), day("2027-01-18")) == ()
    assert BOSTON.open_days(day("2027-01-15"), day("2027-01-15")) == (day("2027-01-15"),)


def test_an_infusion_day_of_given_minutes_must_fit_the_hours() -> None:
    """From 09:00 to 17:00 there are 480 minutes. Without minutes the infusion must be able to start."""
    friday = day("2027-01-15")
    assert BOSTON.is_open(friday, minutes=480)
    assert not BOSTON.is_open(friday, minutes=481)
    assert BOSTON.closed_because(friday, minutes=481) == Closure(kind="too-short")
    assert BOSTON.open_days(friday, day("2027-01-22"), minutes=481) == (day("2027-01-16"),), "extra days have no hours"
    opens_late = clinic_open(MON_TO_FRI, opening_hours=hours_on(MON_TO_FRI, "09:00-17:00"), preparation_minutes=30)
    assert opens_late.closed_because(friday) == Closure(kind="too-short")


@pytest.mark.parametrize(
    ("ask", "code", "argument"),
    [
        (lambda: BOSTON.is_open(WRONG["a month"]), "partial-date", "day"),
        (lambda: BOSTON.is_open(datetime(2027, 1, 15, 9, 0)), "calendar-date", "day"),
        (lambda: BOSTON.closed_because(date(1999, 12, 31)), "date-range", "day"),
        (lambda: BOSTON.closed_because(day("2027-01-15"), minutes=0), "out-of-range", "minutes"),
        (lambda: BOSTON.is_open(day("2027-01-15"), minutes=True), "wrong-type", "minutes"),
        (lambda: BOSTON.open_days(WRONG["nothing"], day("2027-01-15")), "calendar-date", "first"),
        (lambda: BOSTON.open_days(day("2027-01-15"), WRONG["a number"]), "calendar-date", "last"),
        (lambda: BOSTON.open_days(day("2027-01-16"), day("2027-01-15")), "out-of-range", "last"),
        (lambda: BOSTON.open_days(day("2027-01-15"), day("2027-01-16"), minutes=1441), "out-of-range", "minutes"),
    ],
)
def test_a_wrong_argument_is_refused_by_its_name(ask: Callable[[], object], code: str, argument: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask()
    assert [(one.code, one.argument) for one in refused.value.problems] == [(code, argument)]


def test_beyond_the_holiday_data_nothing_is_guessed() -> None:
    """The holidays of Timor-Leste, independent since 2002, are not known for the year 2000."""
    assert holiday_years("TL")[0] > 2000
    clinic = BOSTON.model_copy(update={"country": "TL", "subdivision": None})
    with pytest.raises(HolidayDataMissing):
        clinic.is_open(date(2000, 1, 3))
    with pytest.raises(HolidayDataMissing):
        clinic.open_days(date(2000, 1, 3), date(2000, 1, 4))
    with pytest.raises(UnknownName):
        BOSTON.model_copy(update={"country": "USA", "subdivision": None}).closed_because(day("2027-01-15"))


# --- the laboratory (S41) ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "closure"),
    [
        ("2027-01-15", None),
        ("2027-01-16", None),
        ("2027-01-17", Closure(kind="weekly")),
        ("2027-01-18", Closure(kind="holiday", name="Martin Luther King Jr. Day")),
        ("2027-01-20", Closure(kind="closure", name="Staff day")),
        ("2027-01-21", None),  # booked out, but no chair is needed
    ],
)
def test_a_visit_needs_no_chair(written: str, closure: Closure | None) -> None:
    assert laboratory_days(BOSTON).closed(day(written)) == closure


def test_neither_short_hours_nor_clock_changes_close_a_day_for_visits() -> None:
    """The clocks go forward on Sunday 14 March 2027, within an infusion that starts at 01:00; each day is an hour."""
    clinic = clinic_open("sun mon tue", opening_hours=hours_on("sun mon tue", "01:00-02:00"), infusion_starts="01:00")
    assert not clinic.is_open(day("2027-03-14"), minutes=60)
    assert laboratory_days(clinic).closed(day("2027-03-14")) is None


def test_weekdays_of_the_laboratory_take_the_place_of_the_week() -> None:
    clinic = BOSTON.model_copy(update={"laboratory": {"weekdays": ["sat", "sun"]}, "extra_open": ()})
    found = [str(one) for one in map(day, ("2027-01-15", "2027-01-16", "2027-01-17")) if _is_open(clinic, one)]
    assert found == ["2027-01-16", "2027-01-17"]
    assert [str(one) for one in clinic.open_days(day("2027-01-15"), day("2027-01-17"))] == ["2027-01-15"]


def _is_open(clinic: Clinic, one: date) -> bool:
    return laboratory_days(clinic).closed(one) is None


# --- the file ------------------------------------------------------------------------------------

FILE: Final = """
time_zone = "America/New_York"
infusion_starts = "09:00"
{}
[opening_hours]
mon = "08:00-17:00"
tue = "08:00-17:00"
wed = "08:00-17:00"
"""


def read(folder: Path, keys: str, laboratory: str = "") -> Clinic:
    path = folder / "clinic.toml"
    path.write_text(FILE.format(keys) + laboratory, encoding="utf-8")
    return read_clinic(path)


def test_the_keys_of_a_clinic_file(tmp_path: Path) -> None:
    clinic = read(
        tmp_path, 'chairs = 4\nresults_days = 7\nprotocol = "us"', '[laboratory]\nweekdays = ["mon", "tue", "sat"]'
    )
    assert (clinic.chairs, clinic.results_days, clinic.protocol) == (4, 7, "us")
    assert clinic.laboratory is not None
    assert clinic.laboratory.weekdays == ("mon", "tue", "sat")
    plain = read(tmp_path, "")
    assert (plain.chairs, plain.results_days, plain.protocol, plain.laboratory) == (None, 0, None, None)


@pytest.mark.parametrize(
    ("keys", "laboratory", "code", "place"),
    [
        ("chairs = 0", "", "out-of-range", "chairs"),
        ("chairs = 1001", "", "out-of-range", "chairs"),
        ('chairs = "4"', "", "wrong-type", "chairs"),
        ("chairs = 4.0", "", "wrong-type", "chairs"),
        ("chair = 4", "", "unknown-key", "chair"),
        ("results_days = -1", "", "out-of-range", "results_days"),
        ("results_days = 31", "", "out-of-range", "results_days"),
        ("results_days = true", "", "wrong-type", "results_days"),
        ("protocol = 5", "", "wrong-type", "protocol"),
        ('protocol = ""', "", "text-length", "protocol"),
        (f'protocol = "{"x" * 65}"', "", "text-length", "protocol"),
        ("laboratory = true", "", "wrong-type", "laboratory"),
        ("", "[laboratory]", "missing-field", "laboratory.weekdays"),
        ("", "[laboratory]\nweekdays = []", "out-of-range", "laboratory.weekdays"),
        ("", '[laboratory]\nweekdays = "mon"', "wrong-type", "laboratory.weekdays"),
        ("", '[laboratory]\nweekdays = ["mon", "monday"]', "unknown-name", "laboratory.weekdays.1"),
        ("", '[laboratory]\nweekdays = ["mon", 2]', "unknown-name", "laboratory.weekdays.1"),
        ("", '[laboratory]\nweekdays = ["mon", "tue", "mon"]', "day-twice", "laboratory.weekdays.2"),
        ("", '[laboratory]\nweekdays = ["mon"]\nhours = "8-9"', "unknown-key", "laboratory.hours"),
    ],
)
def test_a_wrong_key_is_one_problem_with_its_place(
    tmp_path: Path, keys: str, laboratory: str, code: str, place: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(tmp_path, keys, laboratory)
    assert [(one.code, one.place) for one in refused.value.problems] == [(code, f"{tmp_path / 'clinic.toml'}: {place}")]
