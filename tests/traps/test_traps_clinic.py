"""Traps E01 to E14: opening days and public holidays, with the real holiday data; and how a clinic is read.

What is asserted of public holidays is law or custom, looked up by hand, never what the data package says;
except for how far the package's own data reach, which changes with every release.
"""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from time import process_time
from typing import Any, Final

import holidays
import pytest

from lemtrada_schedule import (
    Clinic,
    Finding,
    HolidayDataMissing,
    InvalidInput,
    NoFeasibleStart,
    Plan,
    ScheduleError,
    UnknownName,
    find_course_starts,
    load_protocol,
    plan_treatment,
    read_clinic,
)
from lemtrada_schedule.clinic.public_holidays import PublicHoliday, check_place, holidays_in, regions_that_differ
from tests.support.clinics import MON_TO_FRI, clinic_open, hours_on
from tests.support.entry_points import CLINIC, Refusal, file_holding, refusal_of, small_protocol, weekday_clinic

BOSTON: Final[dict[str, Any]] = {"country": "US", "subdivision": "MA"}


def day(written: str) -> date:
    return date.fromisoformat(written)


def clinic_with(**fields: Any) -> Clinic:
    return weekday_clinic().model_copy(update=fields)


def planned(not_before: str, *, courses: int = 1, **fields: Any) -> Plan:
    return plan_treatment(small_protocol(), clinic_with(**fields), not_before=day(not_before), courses=courses)


def findings_of(plan: Plan) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in plan.findings]


def finding(plan: Plan, code: str) -> Finding:
    return next(found for found in plan.findings if found.code == code)


def first_start(length: int, not_before: str, **fields: Any) -> tuple[str, str]:
    start = find_course_starts(clinic_with(**fields), length, not_before=day(not_before), limit=1)[0]
    return start.first_day.isoformat(), start.last_day.isoformat()


# --- E01: years without data ------------------------------------------------------------------------


def last_year_of(country: str) -> int:
    return int(getattr(holidays, country).end_year)


def test_e01_a_year_beyond_a_country_s_data_is_refused() -> None:
    """Sri Lanka's holidays follow the moon and are announced year by year: an empty year is no open year."""
    last = last_year_of("LK")
    with pytest.raises(HolidayDataMissing) as caught:
        planned(f"{last + 1}-01-11", country="LK")
    error = caught.value
    assert (error.code, error.place) == ("holiday-data-missing", "country")
    assert f"public holidays of LK are known for 2003 to {last}, not for {last + 1}" in str(error)
    assert "update the holidays package, or list the holidays under [closures]" in str(error)


def test_e01_a_plan_that_runs_beyond_the_data_is_refused() -> None:
    """Course 2 lies a year later, where nothing is known; course 1 alone can be planned."""
    last = last_year_of("LK")
    assert planned(f"{last}-01-12", country="LK").courses[0].first_day.year == last
    with pytest.raises(HolidayDataMissing):
        planned(f"{last}-01-12", country="LK", courses=2)


def test_e01_beyond_the_data_of_the_united_states() -> None:
    last = last_year_of("US")
    assert holidays_in("US", "MA", last) != ()
    with pytest.raises(HolidayDataMissing) as caught:
        holidays_in("US", "MA", last + 1)
    assert f"not for {last + 1}" in str(caught.value)


@pytest.mark.skipif(last_year_of("US") > 2101, reason="the data reach beyond every plan that can be asked for")
def test_e01_the_last_course_of_the_century_reaches_beyond_the_data() -> None:
    clinic = clinic_with(country="US", subdivision="MA")
    with pytest.raises(HolidayDataMissing):
        plan_treatment(load_protocol("us-2024-05"), clinic, not_before=day("2099-12-31"), courses=3)


def test_e01_possible_starts_are_not_searched_beyond_the_data() -> None:
    last = last_year_of("LK")
    with pytest.raises(HolidayDataMissing):
        find_course_starts(clinic_with(country="LK"), 5, not_before=date(last, 12, 20), limit=30)


def test_e01_before_the_data_begin() -> None:
    with pytest.raises(HolidayDataMissing) as caught:
        holidays_in("LK", None, 2002)
    assert "not for 2002" in str(caught.value)


# --- E02: places without holidays -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "where"),
    [
        pytest.param("BV", "BV in these years", id="E02-Bouvet-Island"),
        pytest.param("UA", "UA in these years", id="E02-Ukraine-under-martial-law"),
        pytest.param(None, "a clinic without a country", id="E02-no-country"),
    ],
)
def test_no_public_holidays_known_is_said(country: str | None, where: str) -> None:
    """Legitimately empty: planned, with a note."""
    plan = planned("2027-01-11", country=country)
    assert findings_of(plan) == [("no-public-holidays-known", "note")]
    found = finding(plan, "no-public-holidays-known")
    assert where in found.message
    assert "list the holidays under [closures]" in found.hint
    assert plan.provenance.closures == ()


def test_e02_known_holidays_are_not_noted() -> None:
    assert findings_of(planned("2027-01-11", **BOSTON)) == []


# --- E03: the region matters ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "regions"),
    [
        pytest.param("GB", ["ENG", "NIR", "SCT", "WLS"], id="E03-GB"),
        pytest.param("DE", ["BW", "BY", "SN", "TH"], id="E03-DE"),
        pytest.param("US", ["MA", "NY", "TX"], id="E03-US"),
    ],
)
def test_a_missing_subdivision_is_a_warning_that_names_them(country: str, regions: list[str]) -> None:
    plan = planned("2027-01-11", country=country)
    assert ("subdivision-matters", "warning") in findings_of(plan)
    found = finding(plan, "subdivision-matters")
    named = found.message.partition("known: ")[2].split(", ")
    assert [region for region in regions if region not in named] == []
    assert named == sorted(named)
    assert "subdivision" in found.hint


@pytest.mark.parametrize(("country", "region"), [("GB", "SCT"), ("DE", "BY"), ("US", "MA"), ("JP", None)])
def test_e03_a_subdivision_given_or_without_meaning_is_none(country: str, region: str | None) -> None:
    """Japan keeps the same holidays everywhere."""
    assert findings_of(planned("2027-01-12", country=country, subdivision=region)) == []


def test_e03_regions_differ_or_do_not() -> None:
    assert regions_that_differ("JP", 2027) == ()
    assert regions_that_differ("GB", 2027) == ("ENG", "NIR", "SCT", "WLS")  # the kingdom's own list has fewer than any


def test_e03_the_region_s_own_holidays_are_kept() -> None:
    """2 January is a bank holiday in Scotland alone; in 2024 it is a Tuesday."""
    assert first_start(3, "2024-01-02", country="GB", subdivision="SCT") == ("2024-01-03", "2024-01-05")
    assert first_start(3, "2024-01-02", country="GB", subdivision="ENG") == ("2024-01-02", "2024-01-04")


# --- E04: one spelling for a place ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "meant"),
    [
        ("UK", "GB"), ("USA", "US"), ("us", "US"), ("gb", "GB"), ("DEU", "DE"), ("United Kingdom", "GB"),
        ("Germany", "DE"), ("UnitedStates", "US"), ("Untied States", "US"), ("Bayern", ""), ("California", ""),
        ("ZZ", ""), ("EL", ""), ("EU", ""), ("US ", ""), ("U$", ""), ("\uff35\uff33", ""), ("US-MA", ""),
        ("X" * 64, ""),
    ],
)  # fmt: skip
def test_e04_a_country_has_one_code(country: str, meant: str) -> None:
    """Aliases that the holiday data take are refused too, with the code that is meant and all there are."""
    with file_holding(f'country = "{country}"\n{CLINIC}', "clinic.toml") as path:
        read = refusal_of(lambda: read_clinic(path))
        assert read.place == f"{path}: country"
    asked = refusal_of(lambda: planned("2027-01-11", country=country))
    assert asked.place == "country"
    for refusal in (read, asked):
        assert refusal.code == "unknown-name"
        assert ("did you mean" in refusal.text) == bool(meant)
        assert f"(did you mean {meant}?)" in refusal.text or not meant
        assert ", DE, DJ, " in refusal.text
        assert len(country) < 4 or country not in refusal.text


@pytest.mark.parametrize(
    ("country", "region", "meant"),
    [
        ("US", "ca", "CA"), ("US", "California", "CA"), ("US", "ZZ", ""), ("US", "US-CA", "CA"), ("US", "BY", ""),
        ("DE", "Bayern", "BY"), ("DE", "Bayren", "BY"), ("DE", "by", "BY"), ("DE", "DE-BY", "BY"), ("DE", "MA", ""),
        ("GB", "England", "ENG"), ("GB", "eng", "ENG"), ("GB", "LND", ""), ("BV", "X", ""),
    ],
)  # fmt: skip
def test_e04_a_subdivision_has_one_code(country: str, region: str, meant: str) -> None:
    with file_holding(f'country = "{country}"\nsubdivision = "{region}"\n{CLINIC}', "clinic.toml") as path:
        read = refusal_of(lambda: read_clinic(path))
        assert read.place == f"{path}: subdivision"
    asked = refusal_of(lambda: planned("2027-01-11", country=country, subdivision=region))
    assert asked.place == "subdivision"
    listed = {"US": "known: AK, AL, ", "DE": "BB, BE, BW, BY, ", "GB": "known: ENG, NIR, SCT, WLS", "BV": "known: none"}
    for refusal in (read, asked):
        assert refusal.code == "unknown-name"
        assert ("did you mean" in refusal.text) == bool(meant)
        assert f"(did you mean {meant}?)" in refusal.text or not meant
        assert listed[country] in refusal.text


def test_e04_is_one_family_whichever_way() -> None:
    with pytest.raises(UnknownName) as caught:
        check_place("ZZ", None)
    assert isinstance(caught.value, ScheduleError)
    assert isinstance(caught.value, LookupError)


@pytest.mark.parametrize(("country", "region"), [("US", "MA"), ("DE", "Augsburg"), ("GB", None)])
def test_e04_the_code_is_stored_as_written(country: str, region: str | None) -> None:
    clinic = planned("2027-01-11", country=country, subdivision=region).provenance.clinic
    assert (clinic.country, clinic.subdivision) == (country, region)


@pytest.mark.parametrize("field", ["country", "subdivision"])
def test_e04_a_code_is_short(field: str) -> None:
    fields: dict[str, Any] = {"country": "US", field: "X" * 65}
    refusal = refusal_of(lambda: clinic_with(**fields))
    assert (refusal.code, refusal.place) == ("text-length", field)


def test_e04_a_subdivision_needs_its_country() -> None:
    refusal = refusal_of(lambda: clinic_with(subdivision="MA"))
    assert (refusal.code, refusal.place) == ("missing-field", "country")


@pytest.mark.parametrize("value", [1, True, None, b"US", ["US"], "", " "])
@pytest.mark.parametrize("field", ["country", "subdivision"])
def test_e04_codes_are_text(field: str, value: Any) -> None:
    if value is None:
        assert clinic_with(country=None, subdivision=None).country is None
        return
    refusal = refusal_of(lambda: clinic_with(**{"country": "US", field: value}))
    assert refusal.code in {"wrong-type", "text-length"}
    assert refusal.place == field


# --- E05: days observed in another year ---------------------------------------------------------------


@pytest.mark.parametrize("region", [None, "NY"])
def test_e05_new_year_2028_is_observed_in_2027(region: str | None) -> None:
    """1 January 2028 is a Saturday: Friday 31 December 2027 is off, though it belongs to next year's calendar."""
    plan = planned("2027-12-30", country="US", subdivision=region)
    course = plan.courses[0]
    assert (course.first_day, course.last_day) == (day("2028-01-03"), day("2028-01-04"))
    assert (course.passed_over[0].first_day, course.passed_over[0].closed_day) == (day("2027-12-30"), day("2027-12-31"))
    assert "public holiday: New Year's Day" in course.passed_over[0].reason


def test_e05_massachusetts_does_not_move_a_saturday_holiday() -> None:
    assert first_start(2, "2027-12-30", **BOSTON) == ("2027-12-30", "2027-12-31")


def test_e05_a_sunday_holiday_is_observed_on_the_monday_after() -> None:
    """4 July 2027 is a Sunday, Monday the 5th is off."""
    assert first_start(3, "2027-07-02", **BOSTON) == ("2027-07-06", "2027-07-08")


# --- E06 to E08, E10: plain, dated, named -------------------------------------------------------------


def test_e06_looking_up_changes_nothing() -> None:
    """The package's calendars grow when they are asked about another year."""
    before = holidays_in("US", "NY", 2027)
    assert type(before) is tuple
    for year in (2031, 2026, 2028):
        holidays_in("US", "NY", year)
    after = holidays_in("US", "NY", 2027)
    assert after == before
    assert {holiday.date.year for holiday in after} == {2027}
    assert day("2027-12-31") in {holiday.date for holiday in after}
    assert day("2028-01-01") not in {holiday.date for holiday in after}


def test_e06_the_order_of_questions_does_not_matter() -> None:
    years = list(range(2024, 2034))
    forward = {year: holidays_in("CA", "QC", year) for year in years}
    holidays_in.cache_clear()
    assert {year: holidays_in("CA", "QC", year) for year in reversed(years)} == forward


def test_e07_only_dates_are_compared_with_dates() -> None:
    found = holidays_in("US", "MA", 2026)
    assert found == tuple(sorted(found))
    assert {type(holiday.date) for holiday in found} == {date}
    assert all(isinstance(holiday, PublicHoliday) for holiday in found)
    # Columbus Day 2026 is 12 October; month first or day first, no text finds it.
    assert day("2026-10-12") in {holiday.date for holiday in found}
    refusal = refusal_of(lambda: _starts_at("10/12/2026"))
    assert refusal.code == "calendar-date"


def _starts_at(value: Any) -> object:
    return find_course_starts(clinic_with(**BOSTON), 3, not_before=value)


@pytest.mark.parametrize(
    ("country", "when", "name"),
    [
        ("DE", "2027-10-03", "German Unity Day"),
        ("JP", "2027-02-11", "Foundation Day"),
        ("FR", "2027-07-14", "National Day"),
    ],
)
def test_e08_names_are_english_whatever_the_machine_speaks(
    country: str, when: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.setenv(variable, "de_DE.UTF-8")
    holidays_in.cache_clear()
    assert {holiday.name for holiday in holidays_in(country, None, 2027) if holiday.date == day(when)} == {name}


def test_e10_the_data_s_version_and_the_days_used_stand_in_the_plan() -> None:
    plan = planned("2027-01-11", closures={"2027-03-03": "Staff day"}, **BOSTON)
    assert plan.provenance.holidays == version("holidays")
    closed = {(closure.date, closure.reason) for closure in plan.provenance.closures}
    assert (day("2027-03-03"), "Staff day") in closed
    assert (day("2027-01-18"), "Martin Luther King Jr. Day") in closed
    assert {closure.date.year for closure in plan.provenance.closures} == {2027}


# --- E09: estimated dates -----------------------------------------------------------------------------

WEEK_OF_EID: Final = {day(f"2027-03-{number:02}") for number in range(8, 13)}
"""The new moon of Shawwal 1448 falls on 8 March 2027 (UTC): the feast begins on the 9th or 10th."""


def test_e09_an_estimated_holiday_near_a_course_is_a_note() -> None:
    plan = planned("2027-03-08", country="AE")
    notes = [found for found in plan.findings if found.code == "holiday-estimated"]
    assert {found.severity for found in notes} == {"note"}
    assert {found.day for found in notes} <= WEEK_OF_EID
    assert notes
    assert all(found.course == 1 and "Eid al-Fitr" in found.message and "check it" in found.hint for found in notes)
    assert any("(estimated)" in one.reason for one in plan.courses[0].passed_over)


def test_e09_an_estimated_holiday_that_touches_no_course_is_none() -> None:
    assert findings_of(planned("2027-01-18", country="AE")) == []


def test_e09_the_frozen_closures_say_which_days_are_estimates() -> None:
    closures = planned("2027-03-08", country="AE").provenance.closures
    estimated = {closure.date for closure in closures if closure.estimated}
    assert estimated & WEEK_OF_EID
    assert day("2027-12-02") in {closure.date for closure in closures if not closure.estimated}  # National Day


def test_e09_what_an_act_of_law_fixes_is_no_estimate() -> None:
    assert [holiday for holiday in holidays_in("US", "MA", 2027) if holiday.estimated] == []


# --- E11: other weekends ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "weekdays", "not_before", "expected"),
    [
        pytest.param("SA", "sun mon tue wed thu", "2027-01-15", ("2027-01-17", "2027-01-21"), id="E11-SA-Fri-Sat"),
        pytest.param(None, "sat sun mon tue wed thu", "2027-01-15", ("2027-01-16", "2027-01-20"), id="E11-IR-Fri"),
        pytest.param(None, "sat sun mon tue wed", "2027-01-14", ("2027-01-16", "2027-01-20"), id="E11-Thu-Fri"),
    ],
)
def test_the_week_is_the_clinic_s_own(
    country: str | None, weekdays: str, not_before: str, expected: tuple[str, str]
) -> None:
    assert first_start(5, not_before, country=country, opening_hours=hours_on(weekdays)) == expected


# --- E12: clinics that can never give a course ----------------------------------------------------------


@pytest.mark.parametrize(
    ("weekdays", "run"),
    [
        ("", 0),
        ("wed", 1),
        ("mon tue", 2),
        ("mon wed fri", 1),
        ("mon tue thu fri", 2),
        ("sun mon", 2),
        ("sat sun tue", 2),
    ],
)
def test_e12_weekly_hours_without_three_days_in_a_row_are_refused_when_read(weekdays: str, run: int) -> None:
    refusal = refusal_of(lambda: clinic_with(opening_hours=hours_on(weekdays)))
    assert (refusal.code, refusal.place) == ("no-feasible-start", "opening_hours")
    assert f"have at most {run} consecutive open days; the shortest course needs 3" in refusal.text


@pytest.mark.parametrize(
    ("weekdays", "expected"),
    [
        ("sat sun mon", ("2027-01-16", "2027-01-18")),
        ("sun mon tue", ("2027-01-17", "2027-01-19")),
        ("mon fri sat sun", ("2027-01-15", "2027-01-17")),
        ("wed thu fri", ("2027-01-13", "2027-01-15")),
    ],
)
def test_e12_a_week_may_wrap_over_its_end(weekdays: str, expected: tuple[str, str]) -> None:
    """Saturday, Sunday, Monday are three days in a row."""
    assert first_start(3, "2027-01-12", opening_hours=hours_on(weekdays)) == expected


@pytest.mark.parametrize(
    ("weekdays", "run"),
    [
        ("mon tue wed thu", 4),
        ("fri sat sun mon", 4),
        ("mon tue wed fri sat sun", 6),
        ("mon tue wed sat", 3),
        ("mon tue wed thu fri sat sun", 7),
    ],
)
def test_e12_the_longest_run_wraps_too(weekdays: str, run: int) -> None:
    assert clinic_with(opening_hours=hours_on(weekdays)).longest_weekly_run == run


def test_e12_a_course_of_five_at_a_clinic_open_four_days_has_no_start() -> None:
    """The search is bounded: a year and a day, then it says how long a run it found."""
    four_days = clinic_with(opening_hours=hours_on("mon tue wed thu"))
    with pytest.raises(NoFeasibleStart) as caught:
        plan_treatment(load_protocol("us-2024-05"), four_days, not_before=day("2027-01-11"))
    error = caught.value
    assert (error.code, error.place, error.longest_run) == ("no-feasible-start", "clinic", 4)
    assert (error.not_before, error.last_start) == (day("2027-01-11"), day("2028-01-12"))
    assert "no block of 5 consecutive open days" in str(error)
    assert "the longest run found has 4" in str(error)
    assert find_course_starts(four_days, 5, not_before=day("2027-01-11")) == ()


def test_e12_a_clinic_closed_for_the_whole_year_has_no_start() -> None:
    closed = {
        date.fromordinal(n).isoformat(): "moved"
        for n in range(day("2027-01-01").toordinal(), day("2028-02-01").toordinal())
    }
    with pytest.raises(NoFeasibleStart) as caught:
        planned("2027-01-11", closures=closed)
    assert caught.value.longest_run == 0


# --- E13: closures --------------------------------------------------------------------------------------


def rows(*dates: str) -> list[dict[str, str]]:
    return [{"date": one, "reason": "x"} for one in dates]


@pytest.mark.parametrize("field", ["closures", "extra_open", "fully_booked"])
def test_e13_a_day_that_stands_twice_is_refused(field: str) -> None:
    refusal = refusal_of(lambda: clinic_with(**{field: rows("2027-03-02", "2027-03-03", "2027-03-02")}))
    assert (refusal.code, refusal.place) == ("day-twice", f"{field}.2")
    assert "remove one" in refusal.text
    assert "2027-03-02" not in refusal.text


def test_e13_days_of_half_a_century_are_compared_in_no_time() -> None:
    many = [{"date": date(2027, 1, 1) + timedelta(days=n), "reason": "x"} for n in range(18_000)]
    began = process_time()
    clinic_with(closures=many[:9_000], extra_open=many[9_000:])
    assert process_time() - began < 1


def test_e13_a_weekday_that_stands_twice_is_refused() -> None:
    hours = [{"day": name, "opens": "08:00", "closes": "17:00"} for name in ("mon", "tue", "wed", "mon")]
    refusal = refusal_of(lambda: clinic_with(opening_hours=hours))
    assert (refusal.code, refusal.place) == ("day-twice", "opening_hours.3")


def test_e13_a_day_both_closed_and_open_is_refused() -> None:
    refusal = refusal_of(lambda: clinic_with(closures=rows("2027-03-02"), extra_open=rows("2027-03-01", "2027-03-02")))
    assert (refusal.code, refusal.place) == ("clinic-contradiction", "extra_open.1")


@pytest.mark.parametrize("table", ["closures", "extra_open", "fully_booked"])
def test_e13_a_range_of_days_says_to_write_each_day(table: str) -> None:
    days = {"2027-12-24": "x", "2027-12-27..2027-12-30": "y", "2027-12-31/2028-01-02": "z"}
    refusal = refusal_of(lambda: clinic_with(**{table: days}))
    assert (refusal.code, refusal.place) == ("calendar-date", table)
    assert (
        "entries 2, 3: expected one day as YYYY-MM-DD, got several; a range is not accepted: "
        'write one line for each day, such as 2027-12-24 = "Staff day"'
    ) in refusal.text
    assert "2027-12-27" not in refusal.text
    alone = refusal_of(lambda: clinic_with(**{table: {"2027-12-27 to 2027-12-30": "y"}}))
    assert "entry 1: expected one day as YYYY-MM-DD, got several; " in alone.text


def test_e13_a_booked_out_day_that_is_open_is_none() -> None:
    """Open besides the week, and full already: closed for this course."""
    clinic: dict[str, Any] = {
        "extra_open": {"2027-01-16": "Saturday session"},
        "fully_booked": {"2027-01-16": "no chair"},
    }
    assert first_start(3, "2027-01-14", **clinic) == ("2027-01-18", "2027-01-20")


@pytest.mark.parametrize("outside", ["1999-12-31", "2100-01-01"])
def test_e13_a_closure_outside_the_calendar_is_refused(outside: str) -> None:
    refusal = refusal_of(lambda: clinic_with(closures={outside: "x"}))
    assert (refusal.code, refusal.place) == ("date-range", "closures.0.date")


@pytest.mark.parametrize("reason", ["", " ", 1, None, True, "a\nb", "a\u202eb", "x" * 2_001])
def test_e13_a_closure_has_a_reason(reason: Any) -> None:
    refusal = refusal_of(lambda: clinic_with(closures={"2027-03-02": reason}))
    assert refusal.code in {"text-length", "wrong-type", "control-character"}
    assert refusal.place == "closures.0.reason"


def test_e13_a_closure_on_a_closed_day_changes_nothing() -> None:
    assert first_start(3, "2027-01-15", closures={"2027-01-16": "paint"}) == ("2027-01-18", "2027-01-20")


# --- E14: a holiday inside the block --------------------------------------------------------------------


def test_e14_a_course_moves_as_a_whole_past_a_holiday() -> None:
    """Thanksgiving is Thursday 25 November 2027: five days from Monday the 22nd do not fit, nor does a split."""
    course = plan_treatment(
        load_protocol("us-2024-05"), clinic_with(**BOSTON), not_before=day("2027-11-22"), courses=1
    ).courses[0]
    assert [infusion.date.isoformat() for infusion in course.days] == [
        "2027-11-29", "2027-11-30", "2027-12-01", "2027-12-02", "2027-12-03",
    ]  # fmt: skip
    assert course.drift_days == 7
    why = [(one.first_day.day, one.closed_day.day, one.reason) for one in course.passed_over]
    thanksgiving = "public holiday: Thanksgiving Day"
    assert why == [
        (22, 25, thanksgiving), (23, 25, thanksgiving), (24, 25, thanksgiving), (25, 25, thanksgiving),
        (26, 27, "closed on Saturdays"), (27, 27, "closed on Saturdays"), (28, 28, "closed on Sundays"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "why"),
    [("closures", "closed: Staff day"), ("fully_booked", "fully booked: Staff day")],
)
def test_e14_a_closure_inside_the_block_moves_it_too(field: str, why: str) -> None:
    fields: dict[str, Any] = {field: {"2027-01-13": "Staff day"}}
    course = planned("2027-01-12", **fields).courses[0]
    assert (course.first_day, course.last_day) == (day("2027-01-14"), day("2027-01-15"))
    assert {one.reason for one in course.passed_over} == {why}


def test_e14_an_extra_day_makes_room() -> None:
    """Saturday 16 January is open for once: Thursday, Friday, Saturday."""
    assert first_start(3, "2027-01-14", extra_open={"2027-01-16": "Saturday session"}) == ("2027-01-14", "2027-01-16")


def test_e14_an_extra_day_opens_on_a_public_holiday() -> None:
    holiday = {"2027-01-18": "open on Martin Luther King Jr. Day"}
    assert first_start(3, "2027-01-18", extra_open=holiday, **BOSTON) == ("2027-01-18", "2027-01-20")
    assert first_start(3, "2027-01-18", **BOSTON) == ("2027-01-19", "2027-01-21")


# --- reading a clinic -----------------------------------------------------------------------------------


def refused_file(text: str) -> list[tuple[str, str, str]]:
    """Return code, place and message of every problem of a clinic file."""
    with file_holding(text, "clinic.toml") as path, pytest.raises(InvalidInput) as caught:
        read_clinic(path)
    found = caught.value.problems
    assert all(problem.place.startswith(f"{path}: ") for problem in found)
    return [(problem.code, problem.place.removeprefix(f"{path}: "), problem.message) for problem in found]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ('timezone = "UTC"', "time_zone"),
        ('infusion_start = "09:00"', "infusion_starts"),
        ("preparation_minute = 30", "preparation_minutes"),
        ('sub_division = "MA"', "subdivision"),
        ('naem = "x"', "name"),
        ("closure = {}", "closures"),
        ("xyz = 1", ""),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(line: str, meant: str) -> None:
    found = refused_file(f"{line}\n{CLINIC}")
    assert [(code, place) for code, place, _ in found] == [("unknown-key", line.partition(" ")[0])]
    assert found[0][2] == "unrecognised key" + (f"; did you mean {meant!r}?" if meant else "")


def test_an_unknown_key_within_a_row() -> None:
    text = f'{CLINIC}[[closures]]\ndate = 2027-03-02\nreason = "x"\nreasons = "y"\n'
    assert refused_file(text) == [("unknown-key", "closures.0.reasons", "unrecognised key; did you mean 'reason'?")]


def test_an_unknown_weekday_is_refused_with_the_nearest() -> None:
    code, place, message = refused_file(f'{CLINIC}satt = "08:00-12:00"\n')[0]
    assert (code, place) == ("unknown-name", "opening_hours.5.day")
    assert message.startswith("expected one of 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun'")
    assert message.endswith("; did you mean 'sat'?")


def test_every_problem_is_told_at_once() -> None:
    text = """
    name = 5
    time_zone = "EST"
    preparation_minutes = -1
    infusion_starts = "9:00"
    subdivisions = "MA"
    [opening_hours]
    mon = "08:00-07:00"
    tue = "08:00-17:00"
    [closures]
    "03/06/2027" = "Staff day"
    2027-02-30 = ""
    [fully_booked]
    2199-01-01 = 7
    """
    found = [(code, place) for code, place, _ in refused_file(text)]
    assert sorted(found) == [
        ("calendar-date", "closures.0.date"),
        ("date-range", "fully_booked.0.date"),
        ("hours-reversed", "opening_hours.0"),
        ("no-such-date", "closures.1.date"),
        ("out-of-range", "preparation_minutes"),
        ("text-length", "closures.1.reason"),
        ("unknown-key", "subdivisions"),
        ("wall-time", "infusion_starts"),
        ("wrong-type", "fully_booked.0.reason"),
        ("wrong-type", "name"),
        ("zone", "time_zone"),
    ]


def test_every_contradiction_is_told_at_once() -> None:
    refusal = refusal_of(
        lambda: clinic_with(subdivision="MA", opening_hours=hours_on("mon"), closures=rows("2027-03-02", "2027-03-02"))
    )
    for told in ("country: ", "opening_hours: ", "closures.1: "):
        assert told in refusal.text


@pytest.mark.parametrize("field", ["time_zone", "infusion_starts", "opening_hours"])
def test_what_a_clinic_must_have(field: str) -> None:
    fields = {"time_zone": "UTC", "infusion_starts": "09:00", "opening_hours": hours_on("mon tue wed")}
    assert Clinic.model_validate(fields).name is None
    refusal = refusal_of(lambda: Clinic.model_validate({k: v for k, v in fields.items() if k != field}))
    assert (refusal.code, refusal.place) == ("missing-field", field)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("opening_hours", "mon-fri"),
        ("opening_hours", {"mon"}),
        ("opening_hours", 5),
        ("closures", "2027-03-02"),
        ("closures", {"2027-03-02"}),
        ("closures", [date(2027, 3, 2)]),
        ("closures", iter([])),
        ("extra_open", None),
        ("fully_booked", [["2027-03-02", "x"]]),
        ("name", b"Harbor"),
        ("name", ["Harbor"]),
        ("name", datetime(2027, 1, 1)),
    ],
)
def test_what_is_of_another_kind_is_refused(field: str, value: Any) -> None:
    refusal = refusal_of(lambda: clinic_with(**{field: value}))
    assert refusal.code == "wrong-type"
    assert refusal.place.partition(".")[0] == field


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "text-length"), ("   ", "text-length"), ("x" * 2_001, "text-length"), ("x" * 1_000_000, "text-length"),
        ("a\x00b", "control-character"), ("a\nb", "control-character"), ("a\u202eb", "control-character"),
        ("a\u200bb", "control-character"), ("\ud800", "control-character"), ("a\u2028b", "control-character"),
        ("\ufeffa", "control-character"), ("a\x7f", "control-character"),
    ],
    ids=ascii,
)  # fmt: skip
def test_a_name_is_one_line_of_visible_text(name: str, code: str) -> None:
    refusal = refusal_of(lambda: clinic_with(name=name))
    assert (refusal.code, refusal.place) == (code, "name")
    if code == "control-character":
        assert any(f"U+{ord(c):04X}; remove it" in refusal.text for c in name)


@pytest.mark.parametrize("name", ["Харків", "Clínica São José", "東京病院", "Praxis Müller & Söhne (<b>)", "x" * 2_000])
def test_a_name_may_be_of_any_script(name: str) -> None:
    assert clinic_with(name=name).name == name


def test_threads_see_the_same_holidays() -> None:
    """J07: nothing of the package's growing calendars is shared."""
    holidays_in.cache_clear()
    found: list[tuple[PublicHoliday, ...]] = []
    ask: Callable[[], None] = lambda: found.append(holidays_in("IT", None, 2027))  # noqa: E731  # a thread wants a callable
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == {found[0]}


def test_the_refusal_of_a_place_holds_no_value() -> None:
    refusal: Refusal = refusal_of(lambda: check_place("Jane Doe", None))
    assert "Jane" not in refusal.text


def test_the_first_year_of_the_holiday_data_is_known_and_the_one_before_it_is_not() -> None:
    first = getattr(holidays, "ES").start_year  # noqa: B009  # the package makes its names on demand
    assert holidays_in("ES", None, first)
    with pytest.raises(HolidayDataMissing):
        holidays_in("ES", None, first - 1)


def test_regions_that_differ_are_named_by_their_codes_alone() -> None:
    """In Germany each state has a holiday of its own; the package knows them by their names too."""
    found = regions_that_differ("DE", 2027)
    assert {"BE", "BY", "HH"} <= set(found)
    assert not {"Berlin", "Bayern", "Hamburg"} & set(found)


def test_bad_hours_are_named_by_their_weekday_and_nothing_else() -> None:
    """What stands in the place of a weekday may be anything, and is not repeated."""
    basis: dict[str, Any] = {"time_zone": "America/New_York", "infusion_starts": "09:00"}
    messages = []
    for named in ("mon", "Jane Doe"):
        with pytest.raises(InvalidInput) as caught:
            Clinic.model_validate({**basis, "opening_hours": {named: "8-17"}})
        messages.append(str(caught.value))
    assert "mon: expected hours" in messages[0]
    assert "Jane" not in messages[1]


def test_a_week_without_a_closed_day_is_a_run_of_7() -> None:
    runs = [
        Clinic.model_validate(
            {"time_zone": "America/New_York", "infusion_starts": "09:00", "opening_hours": hours_on(open_on)}
        ).longest_weekly_run
        for open_on in ("mon tue wed thu fri sat sun", "sat sun mon tue", "mon tue wed fri")
    ]
    assert runs == [7, 4, 3]


# --- categories of holidays ----------------------------------------------------------------------

GERMAN: Final = {"country": "DE", "subdivision": "BY", "time_zone": "Europe/Berlin"}


def test_a_category_that_the_clinic_observes_closes_the_day() -> None:
    """15 August 2028, a Tuesday, is Assumption Day in Munich: 21 to 25 August is the first week of five days."""
    clinic = clinic_open(MON_TO_FRI, **GERMAN, holiday_categories=["public", "catholic"])
    plan = plan_treatment(load_protocol("eu-2020-01-r2"), clinic, not_before=day("2028-08-14"), courses=1)
    assert [one.date.isoformat() for one in plan.infusion_days] == [f"2028-08-{n}" for n in range(21, 26)]
    assert {one.reason for one in plan.courses[0].passed_over if one.closed_day == day("2028-08-15")} == {
        "public holiday: Assumption Day"
    }
    assert ("2028-08-15", "Assumption Day") in [(str(one.date), one.reason) for one in plan.provenance.closures]


def test_midsummer_eve_is_planned_on_with_a_note() -> None:
    """Friday 23 June 2028 is Midsummer Eve: banks are closed, and by custom nearly everyone is off work."""
    clinic = clinic_open(MON_TO_FRI, country="SE", time_zone="Europe/Stockholm")
    plan = plan_treatment(load_protocol("eu-2020-01-r2"), clinic, not_before=day("2028-06-19"), courses=1)
    notes = [one for one in plan.findings if one.code == "holiday-of-another-category"]
    assert ("note", 1, "2028-06-23") in [(one.severity, one.course, str(one.day)) for one in notes]
    assert any("Midsummer Eve" in one.message and "(bank, de_facto)" in one.message for one in notes)


def test_weeks_of_school_holidays_are_no_news() -> None:
    """The summer break of Bavarian schools covers 21 to 25 August 2028."""
    clinic = clinic_open(MON_TO_FRI, **GERMAN)
    plan = plan_treatment(load_protocol("eu-2020-01-r2"), clinic, not_before=day("2028-08-21"), courses=1)
    assert [one.code for one in plan.findings] == []


def test_a_day_that_the_clinic_opens_against_its_own_holidays_has_no_note() -> None:
    """3 October 2028 is public in Germany; a session on it was listed by the clinic itself."""
    clinic = clinic_open(MON_TO_FRI, **GERMAN, extra_open={"2028-10-03": "Extra session"})
    plan = plan_treatment(load_protocol("eu-2020-01-r2"), clinic, not_before=day("2028-10-02"), courses=1)
    assert plan.courses[0].first_day == day("2028-10-02")
    assert [one.code for one in plan.findings] == []


@pytest.mark.parametrize(
    ("fields", "code", "place"),
    [
        ({**GERMAN, "holiday_categories": []}, "out-of-range", "holiday_categories"),
        ({**GERMAN, "holiday_categories": "catholic"}, "wrong-type", "holiday_categories"),
        ({**GERMAN, "holiday_categories": ["public", "public"]}, "clinic-contradiction", "holiday_categories.1"),
        ({"holiday_categories": ["public"]}, "missing-field", "country"),
        ({**GERMAN, "holiday_categories": ["public", ""]}, "text-length", "holiday_categories.1"),
    ],
)
def test_categories_that_cannot_be_meant_are_refused(fields: dict[str, Any], code: str, place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clinic_open(MON_TO_FRI, **fields)
    assert (refused.value.code, refused.value.problems[0].place) == (code, place)


@pytest.mark.parametrize("category", ["Catholic", "katholisch", "bank", "public "])
def test_a_category_that_the_country_does_not_have_is_refused_with_the_known_ones(
    tmp_path: Path, category: str
) -> None:
    text = Path("examples/berlin.toml").read_text(encoding="utf-8")
    path = tmp_path / "clinic.toml"
    path.write_text(f'holiday_categories = ["public", "{category}"]\n{text}', encoding="utf-8")
    clinic = clinic_open(MON_TO_FRI, **GERMAN, holiday_categories=["public", category])
    for ask in (
        lambda: read_clinic(path),
        lambda: plan_treatment(load_protocol("eu-2020-01-r2"), clinic, not_before=day("2028-08-14")),
    ):
        with pytest.raises(UnknownName) as refused:
            ask()
        assert refused.value.code == "unknown-name"
        assert refused.value.place.endswith("holiday_categories.1")
        assert "known: catholic, public, school" in refused.value.message
        assert ("did you mean catholic?" in refused.value.message) == (category == "Catholic")
        assert category not in str(refused.value) or category == "bank"


def test_a_clinic_without_categories_is_the_clinic_that_it_was() -> None:
    clinic = clinic_open(MON_TO_FRI, **GERMAN)
    assert clinic.holiday_categories is None
    assert '"holiday_categories":null' in clinic.model_dump_json()
    assert clinic == clinic_open(MON_TO_FRI, **GERMAN, holiday_categories=None)


def test_regions_differ_by_the_categories_that_are_observed() -> None:
    assert "BY" in regions_that_differ("DE", 2028, ("catholic",))
    assert "BE" not in regions_that_differ("DE", 2028, ("catholic",))
