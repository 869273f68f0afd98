"""The decided cases, line by line, each worked out by hand; what concerns recorded infusions is not here.

A test is named after its line: `test_S17_…` belongs to S17 of the rules of time and treatment.
"""

import re
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import holidays
import pytest
from pydantic import TypeAdapter, ValidationError

import lemtrada_schedule
from lemtrada_schedule import (
    Clinic,
    Finding,
    HolidayDataMissing,
    InvalidInput,
    NoFeasibleStart,
    Period,
    Plan,
    Protocol,
    Span,
    explain,
    load_protocol,
    plan_treatment,
    read_protocol,
)
from lemtrada_schedule.plan.activities import (
    Activity,
    Baseline,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.validation.scalars import BirthDate
from tests.support.clinics import MON_TO_FRI, WEEK, clinic_open, hours_on
from tests.support.planned import infusion_of

US: Final = load_protocol("us-2024-05")
EU: Final = load_protocol("eu-2020-01")
EVERY_DAY: Final = clinic_open(WEEK)
WEEKDAYS: Final = clinic_open(MON_TO_FRI)
LABELS: Final = Path(lemtrada_schedule.__file__).parent / "labels"


def day(written: str) -> date:
    return date.fromisoformat(written)


def days(written: str) -> list[date]:
    return [day(one) for one in written.split()]


def planned(first_day: str, *, protocol: Protocol = US, clinic: Clinic = EVERY_DAY, **asked: Any) -> Plan:
    """Plan by the US protocol at a clinic that is open every day, unless told otherwise."""
    return plan_treatment(protocol, clinic, not_before=day(first_day), **asked)


def open_but(first: str, last: str) -> Clinic:
    """Return a clinic that is open every day but for those from `first` to `last`."""
    closed = [day(first) + timedelta(days=n) for n in range((day(last) - day(first)).days + 1)]
    return clinic_open(WEEK, closures={one.isoformat(): "closed" for one in closed})


def own_protocol(folder: Path, text: str) -> Protocol:
    """Read a protocol that extends the US one."""
    path = folder / "own.toml"
    path.write_text(f'extends = "us-2024-05"\nid = "own"\nrevision = "1"\n{text}', encoding="utf-8")
    return read_protocol(path)


def activity(plan: Plan, action: str, course: int | None) -> Activity:
    (found,) = [one for one in plan.activities if (one.action, one.course) == (action, course)]
    return found


def series(plan: Plan, action: str, course: int | None) -> SeriesActivity:
    found = activity(plan, action, course)
    assert isinstance(found, SeriesActivity)
    return found


def dates(plan: Plan, action: str, course: int | None) -> list[date]:
    return list(series(plan, action, course).dates)


def baseline(plan: Plan, action: str, course: int | None) -> Baseline:
    found = series(plan, action, course).baseline
    assert found is not None
    return found


def period(plan: Plan, action: str, course: int | None) -> PeriodActivity:
    found = activity(plan, action, course)
    assert isinstance(found, PeriodActivity)
    return found


def window(plan: Plan, action: str, course: int | None) -> WindowActivity:
    found = activity(plan, action, course)
    assert isinstance(found, WindowActivity)
    return found


def findings(plan: Plan, code: str) -> list[Finding]:
    return [finding for finding in plan.findings if finding.code == code]


# --- S01: dates that come in, dates that are derived ---------------------------------------------


@pytest.mark.parametrize("first_day", ["2000-01-01", "2099-12-31"])
def test_S01_the_first_and_the_last_day_are_accepted(first_day: str) -> None:
    assert day(first_day) == planned(first_day).courses[0].first_day


@pytest.mark.parametrize("first_day", ["1999-12-31", "2100-01-01"])
def test_S01_days_outside_are_refused(first_day: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        planned(first_day)
    assert ("date-range", "not_before") == (caught.value.code, caught.value.place)


@pytest.mark.parametrize("as_of", ["1999-12-31", "2100-01-01"])
def test_S01_the_day_of_asking_lies_within_the_same_bounds(as_of: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        planned("2027-01-11", as_of=day(as_of))
    assert ("date-range", "as_of") == (caught.value.code, caught.value.place)


@pytest.mark.parametrize("born", ["1900-01-01", "1999-12-31", "2008-02-29"])
def test_S01_birth_dates_are_accepted_from_1900(born: str) -> None:
    assert day(born) == TypeAdapter(BirthDate).validate_python(born)


def test_S01_a_birth_date_before_1900_is_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(BirthDate).validate_python("1899-12-31")
    assert "date-range" == caught.value.errors()[0]["type"]


def test_S01_a_deadline_before_the_first_day_of_the_century_is_told() -> None:
    """1 January 2000 - 42 days: - 1 is 31 December, - 30 more is 1 December, - 11 more is 20 November 1999."""
    assert day("1999-11-20") == window(planned("2000-01-01"), "vaccinations", 1).last_day


def test_S01_derived_dates_run_on_past_2099() -> None:
    """31 December 2099 to 4 January 2100; 4 to 6 January 2101; tests to 6 January 2105."""
    plan = planned("2099-12-31")
    assert (day("2100-01-04"), day("2101-01-04")) == (plan.courses[0].last_day, plan.courses[1].earliest)
    assert day("2105-01-06") == dates(plan, "blood-count", 2)[-1]


def test_S01_derived_dates_come_back_from_json() -> None:
    plan = planned("2099-12-31", courses=3)
    assert plan == Plan.model_validate_json(plan.model_dump_json())


def test_S01_derived_dates_end_with_2199() -> None:
    last = Period(first_day=day("2199-12-31"))
    assert last == Period.model_validate_json(last.model_dump_json())
    with pytest.raises(InvalidInput) as caught:
        Period(first_day=day("2200-01-01"))
    assert "date-range" == caught.value.code


# --- S02: rounding -------------------------------------------------------------------------------


def test_S02_a_minimum_interval_rounds_later() -> None:
    """25 to 29 February 2024; there is no 29 February 2025."""
    assert day("2025-03-01") == planned("2024-02-25").courses[1].earliest


def test_S02_the_end_of_a_period_rounds_later() -> None:
    """27 to 31 October 2025; there is no 31 February 2026."""
    assert day("2026-03-01") == planned("2025-10-27").contraception[0].last_day


def test_S02_a_minimum_age_rounds_later() -> None:
    """Born on 29 February 2008: 17 on 1 March 2025."""
    assert day("2025-03-01") == Span.parse("17 years").after(day("2008-02-29"), rounding="later")


def test_S02_due_dates_round_earlier() -> None:
    """27 to 31 January 2025; no 31 February, April, June, September or November."""
    assert (
        days("2025-02-28 2025-03-31 2025-04-30 2025-05-31 2025-06-30")
        == dates(planned("2025-01-27"), "blood-count", 1)[:5]
    )


MONTH_BEFORE: Final = """
[[actions]]
id = "probe"
kind = "window"
opens = "first infusion - 1 month"
closes = "first infusion - 1 month"
cite = "faq"
[[actions]]
id = "diet"
kind = "period"
starts = "first infusion - 1 month"
ends = "first infusion + 1 month"
cite = "faq"
"""


def test_S02_the_opening_of_a_window_rounds_later(tmp_path: Path) -> None:
    own = own_protocol(
        tmp_path, MONTH_BEFORE.replace('closes = "first infusion - 1 month"', 'closes = "first infusion"')
    )
    assert day("2025-03-01") == window(planned("2025-03-31", protocol=own, courses=1), "probe", 1).first_day


def test_S02_a_deadline_rounds_earlier(tmp_path: Path) -> None:
    own = own_protocol(tmp_path, MONTH_BEFORE.replace('opens = "first infusion - 1 month"\n', ""))
    assert day("2025-02-28") == window(planned("2025-03-31", protocol=own, courses=1), "probe", 1).last_day


def test_S02_the_start_of_a_period_rounds_earlier_and_its_end_later(tmp_path: Path) -> None:
    own = own_protocol(tmp_path, MONTH_BEFORE.replace('opens = "first infusion - 1 month"\n', ""))
    found = period(planned("2025-03-31", protocol=own, courses=1), "diet", 1)
    assert (day("2025-02-28"), day("2025-05-01")) == (found.first_day, found.last_day)


def test_S02_days_and_weeks_are_exact() -> None:
    """3 March 2025 - 42 days = 20 January; - 2 weeks = 17 February."""
    assert day("2025-01-20") == window(planned("2025-03-03"), "vaccinations", 1).last_day
    assert day("2025-02-17") == period(planned("2025-03-03", protocol=EU), "listeria-diet", 1).first_day


def test_S02_a_closed_day_moves_no_activity() -> None:
    """11 to 15 January 2027; all of the days looked at are closed, or no working days."""
    closed = dict.fromkeys(["2026-11-30", "2027-02-15", "2027-05-15", "2027-01-10"], "closed")
    plan = planned("2027-01-11", clinic=clinic_open(MON_TO_FRI, closures=closed))
    assert day("2026-11-30") == window(plan, "vaccinations", 1).last_day
    assert day("2027-02-15") == dates(plan, "blood-count", 1)[0]
    assert day("2027-05-15") == plan.contraception[0].last_day  # a Saturday
    assert day("2027-01-10") == baseline(plan, "blood-count", 1).due  # a Sunday


# --- S03: no planning beyond the holiday data ----------------------------------------------------


def clinic_in(country: str, time_zone: str) -> Clinic:
    return clinic_open(WEEK, country=country, time_zone=time_zone)


def test_S03_a_country_whose_data_end_is_refused_in_the_year_after() -> None:
    """Sri Lanka's are published from year to year."""
    last_year = getattr(holidays, "LK").end_year  # noqa: B009  # the package makes its names on demand
    with pytest.raises(HolidayDataMissing) as caught:
        planned(f"{last_year + 1}-03-01", clinic=clinic_in("LK", "Asia/Colombo"), courses=1)
    assert "holiday-data-missing" == caught.value.code
    assert all(word in caught.value.message for word in ("LK", str(last_year + 1), str(last_year)))


def test_S03_a_plan_that_only_later_runs_past_the_data_is_refused_too() -> None:
    last_year = getattr(holidays, "LK").end_year  # noqa: B009  # see above
    clinic = clinic_in("LK", "Asia/Colombo")
    assert 1 == len(planned(f"{last_year}-03-01", clinic=clinic, courses=1).courses)
    with pytest.raises(HolidayDataMissing):
        planned(f"{last_year}-03-01", clinic=clinic, courses=2)


def test_S03_without_a_country_a_note_says_that_no_holidays_are_known() -> None:
    (finding,) = findings(planned("2027-01-11"), "no-public-holidays-known")
    assert "note" == finding.severity


# --- S11 to S13: intervals -----------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [US, EU], ids=["us", "eu"])
def test_S11_every_course_counts_from_the_last_infusion_of_the_one_before(protocol: Protocol) -> None:
    """3 to 7 March 2025; 7 to 9 March 2026; 9 to 11 March 2027; 11 March 2028."""
    courses = planned("2025-03-03", protocol=protocol, courses=4).courses
    assert days("2025-03-03 2026-03-07 2027-03-09 2028-03-11") == [course.earliest for course in courses]
    assert [course.because.anchor for course in courses[1:]] == [f"last infusion of course {n}" for n in (1, 2, 3)]


@pytest.mark.parametrize("protocol", [US, EU], ids=["us", "eu"])
def test_S11_the_anniversary_itself_is_allowed(protocol: Protocol) -> None:
    assert day("2026-03-07") == planned("2025-03-03", protocol=protocol).courses[1].first_day


@pytest.mark.parametrize("protocol", [US, EU], ids=["us", "eu"])
def test_S11_the_protocol_says_where_judging_course_2_only_warns(protocol: Protocol) -> None:
    """Between the first and the last infusion + 12 months; for course 3 and later there is no such stretch."""
    assert ["last infusion", "last infusion"] == [rule.counted_from for rule in protocol.courses[1:]]
    assert ["first infusion", None] == [rule.warn_only_from for rule in protocol.courses[1:]]


def test_S12_course_3_counts_from_course_2_wherever_that_lies() -> None:
    """24 to 28 February 2025; from Saturday 28 February 2026, 2 to 4 March; 4 March 2027."""
    plan = planned("2025-02-24", clinic=WEEKDAYS, courses=3)
    assert (day("2026-03-02"), day("2026-03-04")) == (plan.courses[1].first_day, plan.courses[1].last_day)
    assert day("2027-03-04") == plan.courses[2].earliest


def test_S13_course_1_is_recommended_on_the_day_asked_for() -> None:
    """Saturday 9 January 2027; Monday is 2 days late."""
    course = planned("2027-01-09", clinic=WEEKDAYS, courses=1).courses[0]
    assert (day("2027-01-09"), day("2027-01-09")) == (course.earliest, course.recommended)
    assert (day("2027-01-11"), 2) == (course.first_day, course.drift_days)


def test_S13_course_2_is_recommended_on_its_earliest_day() -> None:
    """15 January 2028 is a Saturday: Monday is 2 days late."""
    course = planned("2027-01-11", clinic=WEEKDAYS).courses[1]
    assert (day("2028-01-15"), day("2028-01-15")) == (course.earliest, course.recommended)
    assert (day("2028-01-17"), 2) == (course.first_day, course.drift_days)


@pytest.mark.parametrize("protocol", [US, EU], ids=["us", "eu"])
def test_S13_course_3_and_later_are_recommended_on_no_day_and_drift_from_the_earliest(protocol: Protocol) -> None:
    """17 to 19 January 2028; 19 January 2029 is a Friday: Monday 22, 3 days late, to 24.

    24 January 2030 is a Thursday: Monday 28, 4 days late.
    """
    courses = planned("2027-01-11", protocol=protocol, clinic=WEEKDAYS, courses=4).courses
    assert [None, None] == [course.recommended for course in courses[2:]]
    assert days("2029-01-22 2030-01-28") == [course.first_day for course in courses[2:]]
    assert [3, 4] == [course.drift_days for course in courses[2:]]


# --- S14, S15: limits ----------------------------------------------------------------------------


def test_S14_europe_allows_four_courses() -> None:
    assert 4 == len(planned("2025-03-03", protocol=EU, courses=4).courses)


def test_S14_europe_refuses_to_plan_a_fifth_course() -> None:
    with pytest.raises(InvalidInput) as caught:
        planned("2025-03-03", protocol=EU, courses=5)
    assert ("too-many-courses", "courses") == (caught.value.code, caught.value.place)


@pytest.mark.parametrize(("courses", "warned"), [(3, []), (4, [4]), (6, [4, 5, 6])])
def test_S14_the_us_has_no_limit_and_warns_from_course_4(courses: int, warned: list[int]) -> None:
    plan = planned("2025-03-03", courses=courses)
    found = findings(plan, "data-limited-beyond")
    assert (warned, courses) == ([finding.course for finding in found], len(plan.courses))
    assert {"warning"} >= {finding.severity for finding in found}


def test_S14_the_limits_stand_in_the_protocols() -> None:
    assert EU.maximum_courses is not None
    assert US.data_limited_beyond is not None
    assert (4, None) == (EU.maximum_courses.courses, EU.data_limited_beyond)
    assert (3, None) == (US.data_limited_beyond.courses, US.maximum_courses)


def test_S14_the_optional_course_repeats() -> None:
    assert [5, 3, 3, 3, 3, 3] == [len(course.days) for course in planned("2025-03-03", courses=6).courses]


def test_S15_the_us_names_17_and_18_years() -> None:
    assert US.minimum_age is not None
    assert US.adult_age is not None
    assert (17, 18) == (US.minimum_age.years, US.adult_age.years)


def test_S15_europe_names_18_years_alone() -> None:
    assert EU.minimum_age is not None
    assert (18, None) == (EU.minimum_age.years, EU.adult_age)


# --- S16: the request ----------------------------------------------------------------------------


def test_S16_not_before_is_the_floor_of_course_1_itself_included() -> None:
    course = planned("2027-01-11", courses=1).courses[0]
    assert (day("2027-01-11"), day("2027-01-11")) == (course.earliest, course.first_day)


def test_S16_not_before_is_no_floor_of_a_later_course() -> None:
    """It lies on its own earliest day, a year on."""
    assert day("2028-01-15") == planned("2027-01-11").courses[1].first_day


@pytest.mark.parametrize("courses", [1, 2, 5])
def test_S16_courses_is_the_total(courses: int) -> None:
    assert [course.number for course in planned("2025-03-03", courses=courses).courses] == list(range(1, courses + 1))


@pytest.mark.parametrize(
    ("courses", "code"), [(0, "out-of-range"), (-1, "out-of-range"), (True, "wrong-type"), (2.0, "wrong-type")]
)
def test_S16_a_total_that_is_no_number_of_courses_is_refused(courses: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        planned("2025-03-03", courses=courses)
    assert (caught.value.code, caught.value.place) == (code, "courses")


def test_S16_a_protocol_of_two_courses_allows_no_third(tmp_path: Path) -> None:
    two = own_protocol(
        tmp_path,
        '[[courses]]\ninfusion_days = 5\ncite = "faq"\n'
        '[[courses]]\ninfusion_days = 3\nminimum_interval = "12 months"\ncite = "faq"\n',
    )
    assert 2 == len(planned("2025-03-03", protocol=two, courses=2).courses)
    with pytest.raises(InvalidInput) as caught:
        planned("2025-03-03", protocol=two, courses=3)
    assert ("too-many-courses", "courses") == (caught.value.code, caught.value.place)


# --- S17: deadlines and the day of asking --------------------------------------------------------


def passed(plan: Plan) -> set[tuple[int | None, date | None]]:
    return {(finding.course, finding.day) for finding in findings(plan, "deadline-passed")}


def test_S17_a_deadline_before_the_day_of_asking_is_a_finding() -> None:
    """The vaccination deadline of 11 January 2027 is 30 November 2026."""
    plan = planned("2027-01-11", as_of=day("2026-12-01"))
    assert {(1, day("2026-11-30"))} == passed(plan)
    (finding,) = findings(plan, "deadline-passed")
    assert ("warning", "uspi-2") == (finding.severity, finding.cite)
    assert "2026-11-30" in finding.message


def test_S17_on_its_own_day_a_deadline_has_not_passed() -> None:
    assert set() == passed(planned("2027-01-11", as_of=day("2026-11-30")))


def test_S17_the_last_day_of_the_baseline_is_a_deadline_too() -> None:
    """On the morning of 11 January, 10 January has passed."""
    plan = planned("2027-01-11", as_of=day("2027-01-11"))
    assert {(1, day("2026-11-30")), (1, day("2027-01-10")), (None, day("2027-01-10"))} == passed(plan)


def test_S17_with_a_day_of_asking_nothing_is_left_unassessed() -> None:
    assert () == planned("2027-01-11", as_of=day("2026-11-22")).not_assessed


def test_S17_without_a_day_of_asking_no_deadline_has_passed_and_the_plan_says_so() -> None:
    plan = planned("2027-01-11")
    assert set() == passed(plan)
    assert [("deadline-passed", "as_of")] == [(one.code, one.missing) for one in plan.not_assessed]


def test_S17_the_day_of_asking_moves_no_date() -> None:
    plan, asked = planned("2027-01-11"), planned("2027-01-11", as_of=day("2026-12-24"))
    assert (plan.courses, plan.activities) == (asked.courses, asked.activities)


# --- S18: preparation and observation ------------------------------------------------------------


def clinic_with(hours: str, preparation: int, **fields: Any) -> Clinic:
    return clinic_open(WEEK, opening_hours=hours_on(WEEK, hours), preparation_minutes=preparation, **fields)


def test_S18_preparation_takes_no_time_unless_the_clinic_says_so() -> None:
    assert 0 == EVERY_DAY.preparation_minutes


@pytest.mark.parametrize(
    ("hours", "preparation"),
    [("09:00-15:00", 0), ("08:30-15:00", 30), ("08:00-15:00", 60), ("08:00-17:00", 30)],
)
def test_S18_preparation_infusion_and_observation_may_fill_the_opening_hours(hours: str, preparation: int) -> None:
    """09:00 + 240 + 120 minutes = 15:00."""
    assert day("2027-01-11") == planned("2027-01-11", clinic=clinic_with(hours, preparation)).courses[0].first_day


@pytest.mark.parametrize(
    ("hours", "preparation"),
    [("09:01-17:00", 0), ("08:30-15:00", 31), ("09:00-17:00", 1), ("08:00-14:59", 0), ("08:00-13:00", 0)],
)
def test_S18_a_day_that_is_too_short_is_no_infusion_day(hours: str, preparation: int) -> None:
    with pytest.raises(NoFeasibleStart) as caught:
        planned("2027-01-11", clinic=clinic_with(hours, preparation))
    assert 0 == caught.value.longest_run


def test_S18_one_short_weekday_is_passed_over_with_its_hours() -> None:
    """Wednesdays close at 14:00: five days from Thursday 14 January 2027 on, to Monday 18."""
    hours = hours_on(WEEK) | {"wed": "08:00-14:00"}
    course = planned("2027-01-11", clinic=clinic_open(WEEK, opening_hours=hours), courses=1).courses[0]
    assert (day("2027-01-14"), day("2027-01-18")) == (course.first_day, course.last_day)
    assert days("2027-01-13 2027-01-13 2027-01-13") == [one.closed_day for one in course.passed_over]
    assert "14:00" in course.passed_over[0].reason


def test_S18_preparation_comes_before_the_infusion_and_moves_no_time() -> None:
    first = planned("2027-01-11", clinic=clinic_with("08:00-17:00", 60)).infusion_days[0]
    assert "2027-01-11T09:00:00-05:00" == infusion_of(first).start.isoformat()


def test_S18_the_text_says_at_least_2_hours_of_observation() -> None:
    assert "at least 2 hours" in explain(planned("2027-01-11").infusion_days[0])


# --- S20: series ---------------------------------------------------------------------------------


def test_S20_due_dates_count_from_the_last_infusion_of_the_course() -> None:
    """11 to 15 January 2027; the 12th is 15 January 2028, on which course 2 begins."""
    found = dates(planned("2027-01-11"), "blood-count", 1)
    assert (
        days(
            "2027-02-15 2027-03-15 2027-04-15 2027-05-15 2027-06-15 2027-07-15 "
            "2027-08-15 2027-09-15 2027-10-15 2027-11-15 2027-12-15 2028-01-15"
        )
        == found
    )


def test_S20_a_due_date_on_the_next_first_infusion_stays_and_one_after_it_falls_away() -> None:
    """Course 2 on 15 January 2028; 15 February 2028 would be the 13th."""
    plan = planned("2027-01-11")
    assert day("2028-01-15") == plan.courses[1].first_day
    assert day("2028-01-15") == dates(plan, "blood-count", 1)[-1]


def test_S20_a_late_course_2_leaves_room_for_more() -> None:
    """Closed from 15 January to 14 February 2028: course 2 on 15 February, with the 13th due date."""
    plan = planned("2027-01-11", clinic=open_but("2028-01-15", "2028-02-14"))
    assert day("2028-02-15") == plan.courses[1].first_day
    assert days("2028-01-15 2028-02-15") == dates(plan, "blood-count", 1)[-2:]


def test_S20_the_last_courses_series_runs_to_48_months_inclusive() -> None:
    """Course 2 from 15 to 17 January 2028: 48 dates to 17 January 2032 itself."""
    found = dates(planned("2027-01-11"), "blood-count", 2)
    assert (48, day("2028-02-17"), day("2032-01-17")) == (len(found), found[0], found[-1])


def test_S20_three_monthly_dates_end_with_48_months_as_well() -> None:
    found = dates(planned("2027-01-11"), "thyroid", 2)
    assert (16, day("2028-04-17"), day("2032-01-17")) == (len(found), found[0], found[-1])


def test_S20_a_course_that_is_not_the_last_has_no_48_months_of_its_own() -> None:
    plan = planned("2027-01-11", courses=3)
    assert [12, 12, 48] == [len(dates(plan, "blood-count", number)) for number in (1, 2, 3)]


def test_S20_a_yearly_examination_is_anchored_once_and_never_restarted() -> None:
    """From 15 January 2027, whatever comes after; listed to 17 January 2028 + 48 months."""
    assert days("2028-01-15 2029-01-15 2030-01-15 2031-01-15 2032-01-15") == dates(
        planned("2027-01-11"), "skin-examination", None
    )


def test_S20_a_series_without_an_end_is_marked_as_continuing() -> None:
    plan = planned("2027-01-11")
    assert series(plan, "hpv", None).continuing is True
    assert series(plan, "blood-count", 2).continuing is False


def test_S20_a_series_of_the_first_course_occurs_once(tmp_path: Path) -> None:
    text = '[[actions]]\nid = "once"\nkind = "series"\nevery = "3 months"\nper = "first-course"\ncite = "faq"\n'
    plan = planned("2027-01-11", protocol=own_protocol(tmp_path, text))
    assert [1] == [one.course for one in plan.activities if one.action == "once"]
    assert days("2027-04-15 2027-07-15 2027-10-15 2028-01-15") == dates(plan, "once", 1)


def test_S20_without_an_end_the_last_courses_dates_are_listed_to_48_months(tmp_path: Path) -> None:
    """Every year from 17 January 2028, to 17 January 2032 inclusive."""
    text = '[[actions]]\nid = "open"\nkind = "series"\nevery = "1 year"\ncite = "faq"\n'
    plan = planned("2027-01-11", protocol=own_protocol(tmp_path, text))
    assert days("2029-01-17 2030-01-17 2031-01-17 2032-01-17") == dates(plan, "open", 2)
    assert series(plan, "open", 2).continuing is True


# --- S21: baselines ------------------------------------------------------------------------------


def test_S21_every_course_has_its_own_baseline_window() -> None:
    """First infusions on 11 January 2027 and 15 January 2028; 30 days before each, and the eve."""
    plan = planned("2027-01-11")
    assert [
        (day("2026-12-12"), day("2027-01-10")),
        (day("2027-12-16"), day("2028-01-14")),
    ] == [(one.first_day, one.last_day) for one in (baseline(plan, "blood-count", n) for n in (1, 2))]


def test_S21_before_course_1_nothing_runs_and_the_baseline_is_due_on_the_eve() -> None:
    assert day("2027-01-10") == baseline(planned("2027-01-11"), "blood-count", 1).due


def test_S21_a_draw_on_the_day_of_the_infusion_is_no_baseline() -> None:
    """The 12th draw falls on 15 January 2028, the first infusion; the 11th is 31 days old."""
    assert day("2028-01-14") == baseline(planned("2027-01-11"), "blood-count", 2).due


@pytest.mark.parametrize("action", ["blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid"])
@pytest.mark.parametrize(
    ("last_closed", "first_day", "due"),
    [
        ("2028-01-15", "2028-01-16", "2028-01-15"),  # the eve itself is the 12th draw
        ("2028-01-28", "2028-01-29", "2028-01-15"),  # 14 days before: still in reach
        ("2028-01-29", "2028-01-30", "2028-01-29"),  # 15 days before: the eve
    ],
)
def test_S21_a_draw_serves_as_the_baseline_for_14_days(action: str, last_closed: str, first_day: str, due: str) -> None:
    """Course 1 ended on 15 January 2027: draws on 15 January 2028, monthly or every 3 months."""
    plan = planned("2027-01-11", clinic=open_but("2028-01-15", last_closed))
    assert plan.courses[1].first_day == day(first_day)
    assert baseline(plan, action, 2).due == day(due)


def test_S21_a_draw_that_serves_is_marked_as_a_convention() -> None:
    plan = planned("2027-01-11", clinic=open_but("2028-01-15", "2028-01-20"))
    found = baseline(plan, "blood-count", 2)
    assert ("convention", "last infusion of course 1") == (found.because.basis, found.because.anchor)
    assert "convention" in explain(found)


def test_S21_a_series_that_has_ended_proposes_no_draw(tmp_path: Path) -> None:
    """Draws for three months only: none is due before course 2, so the eve."""
    text = (
        '[[actions]]\nid = "blood-count"\nkind = "series"\nevery = "1 month"\nuntil = "last infusion + 3 months"\n'
        'baseline = { within = "30 days", reuse = "14 days", cite = "rems" }\ncite = "isi"\n'
    )
    plan = planned("2027-01-11", protocol=own_protocol(tmp_path, text), clinic=open_but("2028-01-15", "2028-01-20"))
    assert days("2027-02-15 2027-03-15 2027-04-15") == dates(plan, "blood-count", 1)
    assert day("2028-01-20") == baseline(plan, "blood-count", 2).due


def test_S21_without_a_reuse_span_the_baseline_is_due_on_the_eve(tmp_path: Path) -> None:
    text = (
        '[[actions]]\nid = "blood-count"\nkind = "series"\nevery = "1 month"\n'
        'baseline = { within = "30 days", cite = "rems" }\ncite = "isi"\n'
    )
    plan = planned("2027-01-11", protocol=own_protocol(tmp_path, text), clinic=open_but("2028-01-15", "2028-01-20"))
    assert day("2028-01-20") == baseline(plan, "blood-count", 2).due


def test_S21_europe_has_no_baseline() -> None:
    plan = planned("2027-01-11", protocol=EU)
    assert {None} == {one.baseline for one in plan.activities if isinstance(one, SeriesActivity)}


# --- S22: herpes prophylaxis ---------------------------------------------------------------------


def test_S22_each_course_has_its_own_prophylaxis_from_its_first_infusion() -> None:
    plan = planned("2027-01-11", courses=3)
    assert [period(plan, "herpes-prophylaxis", n).first_day for n in (1, 2, 3)] == [
        course.first_day for course in plan.courses
    ]


def test_S22_in_the_us_it_ends_no_earlier_than_two_months_after_and_stays_open() -> None:
    """11 to 15 January 2027; 15 to 17 January 2028."""
    plan = planned("2027-01-11")
    found = [period(plan, "herpes-prophylaxis", number) for number in (1, 2)]
    assert [
        (None, day("2027-03-15")),
        (None, day("2028-03-17")),
    ] == [(one.last_day, one.earliest_end) for one in found]


def test_S22_in_europe_it_ends_one_month_after() -> None:
    """A label without a CD4 rule: the end stands."""
    found = period(planned("2027-01-11", protocol=EU), "herpes-prophylaxis", 1)
    assert (day("2027-01-11"), day("2027-02-15")) == (found.first_day, found.last_day)


def test_S22_the_earliest_end_rounds_later() -> None:
    """27 to 31 December 2026 + 2 months: 2027 has no 31 February."""
    assert day("2027-03-01") == period(planned("2026-12-27"), "herpes-prophylaxis", 1).earliest_end


def test_S22_the_us_protocol_names_the_count_that_closes_it() -> None:
    (rule,) = [action for action in US.actions if action.id == "herpes-prophylaxis"]
    assert "period" == rule.kind
    assert rule.open_until is not None
    assert ("cd4", 200) == (rule.open_until.observation, rule.open_until.at_least)


# --- S23: contraception --------------------------------------------------------------------------


def contraception(plan: Plan) -> list[tuple[date, date | None]]:
    return [(one.first_day, one.last_day) for one in plan.contraception]


@pytest.mark.parametrize("protocol", [US, EU], ids=["us", "eu"])
def test_S23_contraception_runs_from_the_first_infusion_to_the_last_plus_4_months(protocol: Protocol) -> None:
    """3 to 7 March 2025; 7 to 9 March 2026."""
    assert [
        (day("2025-03-03"), day("2025-07-07")),
        (day("2026-03-07"), day("2026-07-09")),
    ] == contraception(planned("2025-03-03", protocol=protocol))


FOUR_MONTHS: Final = (
    '[[courses]]\ninfusion_days = 5\ncite = "faq"\n'
    '[[courses]]\ninfusion_days = 3\nminimum_interval = "4 months"\ncite = "faq"\n'
)


@pytest.mark.parametrize(
    ("last_closed", "expected"),
    [
        pytest.param(None, ["2025-03-03 2025-11-09"], id="overlap: course 2 from 7 to 9 July"),
        pytest.param("2025-07-07", ["2025-03-03 2025-11-10"], id="adjacent: from 8 to 10 July"),
        pytest.param(
            "2025-07-08", ["2025-03-03 2025-07-07", "2025-07-09 2025-11-11"], id="a day between: from 9 to 11 July"
        ),
    ],
)
def test_S23_periods_that_overlap_or_touch_are_one(
    tmp_path: Path, last_closed: str | None, expected: list[str]
) -> None:
    """Course 1 from 3 to 7 March 2025, contraception to 7 July; course 2 may follow after four months."""
    clinic = open_but("2025-07-07", last_closed) if last_closed else EVERY_DAY
    plan = planned("2025-03-03", protocol=own_protocol(tmp_path, FOUR_MONTHS), clinic=clinic)
    assert [tuple(days(one)) for one in expected] == contraception(plan)


def test_S23_a_merged_period_belongs_to_no_single_course(tmp_path: Path) -> None:
    plan = planned("2025-03-03", protocol=own_protocol(tmp_path, FOUR_MONTHS))
    assert [None] == [one.course for one in plan.contraception]
    assert "last infusion of course 2" == plan.contraception[0].because.anchor


def test_S23_contraception_is_not_filtered_by_sex() -> None:
    assert {None} == {one.applies_to for one in planned("2025-03-03", courses=3).contraception}


def test_S23_contraception_stands_in_its_own_place_only() -> None:
    assert [] == [one.id for one in planned("2025-03-03").activities if one.action == "contraception"]


# --- S25: cite, grade and basis ------------------------------------------------------------------


@cache
def label(name: str) -> dict[str, Any]:
    return tomllib.loads((LABELS / name).read_text(encoding="utf-8"))


LABEL_NAMES: Final = sorted(path.name for path in LABELS.glob("*-*.toml"))  # each named after a revision
LIMITS: Final = (
    "minimum_age", "adult_age", "course_gap_days", "data_limited_beyond", "maximum_courses", "prior_medicines",
)  # fmt: skip


def facts(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each table of a label file that holds a number or a statement, with where it stands."""
    data = label(name)
    yield from ((limit, data[limit]) for limit in LIMITS if limit in data)
    yield "infusion_day", data["infusion_day"]
    yield "infusion_day.observation", data["infusion_day"]["observation"]
    yield from ((f"courses.{n}", course) for n, course in enumerate(data["courses"], start=1))
    yield from ((f"actions.{action['id']}", action) for action in data["actions"])
    yield from ((f"baseline.{one['id']}", one["baseline"]) for one in data["actions"] if "baseline" in one)


@pytest.mark.parametrize("name", LABEL_NAMES)
def test_S25_every_fact_has_its_source(name: str) -> None:
    sources = set(label(name)["sources"])
    assert [] == [place for place, fact in facts(name) if fact.get("cite") not in sources]


@pytest.mark.parametrize("name", LABEL_NAMES)
def test_S25_every_fact_is_graded_a_or_b(name: str) -> None:
    assert [] == [place for place, fact in facts(name) if fact.get("grade") not in {"A", "B"}]


@pytest.mark.parametrize("name", LABEL_NAMES)
def test_S25_every_source_is_cited(name: str) -> None:
    cited = {fact["cite"] for _, fact in facts(name)}
    assert set(label(name)["sources"]) == cited


def test_S25_the_anchor_of_course_2_is_a_convention_and_that_of_us_course_3_is_not() -> None:
    assert ["convention", "label"] == [rule.basis for rule in US.courses[1:]]
    assert ["convention", "convention"] == [rule.basis for rule in EU.courses[1:]]


def test_S25_the_gap_between_courses_is_a_convention() -> None:
    assert [(15, "convention")] * 2 == [(one.course_gap_days.days, one.course_gap_days.basis) for one in (US, EU)]


def test_S25_monthly_liver_tests_are_a_convention_in_the_us_and_the_label_in_europe() -> None:
    bases = [next(action.basis for action in one.actions if action.id == "liver-tests") for one in (US, EU)]
    assert ["convention", "label"] == bases


def test_S25_europes_120_minutes_of_observation_are_a_convention() -> None:
    assert EU.infusion_day.observation is not None
    assert (120, "convention") == (EU.infusion_day.observation_minutes, EU.infusion_day.observation.basis)
    assert US.infusion_day.observation is not None
    assert "label" == US.infusion_day.observation.basis


def test_S25_the_30_days_of_a_baseline_are_the_labels_and_the_14_days_a_convention() -> None:
    plan = planned("2027-01-11", clinic=open_but("2028-01-15", "2028-01-20"))
    found = baseline(plan, "blood-count", 2)
    assert found.begins_because is not None
    assert ("label", "convention") == (found.begins_because.basis, found.because.basis)


def test_S25_a_convention_is_shown_in_the_explanation_of_a_course() -> None:
    us = planned("2025-03-03", courses=3).courses
    eu = planned("2025-03-03", protocol=EU, courses=4).courses
    assert [False, True, False] == ["convention" in explain(course) for course in us]
    assert [False, True, True, True] == ["convention" in explain(course) for course in eu]


def test_S25_a_convention_is_shown_in_the_explanation_of_a_series() -> None:
    us, eu = planned("2025-03-03"), planned("2025-03-03", protocol=EU)
    assert "convention" in explain(activity(us, "liver-tests", 1))
    assert "convention" not in explain(activity(us, "blood-count", 1))
    assert "convention" not in explain(activity(eu, "liver-tests", 1))


def test_S25_a_convention_is_shown_in_the_explanation_of_an_infusion_day() -> None:
    """Europe's 120 minutes were not read in its label."""
    assert "convention" in explain(planned("2025-03-03", protocol=EU).infusion_days[0])
    assert "convention" not in explain(planned("2025-03-03").infusion_days[0])


# --- S26, S27: what ships ------------------------------------------------------------------------


def test_S26_europe_ships_no_item_that_was_not_found_or_not_verified() -> None:
    absent = ("skin", "hpv", "ecg", "platelet", "mri", "urine-protein")
    names = [action.id for action in EU.actions]
    assert [] == [name for name in names if any(part in name for part in absent)]


def test_S26_a_note_says_what_europe_leaves_out() -> None:
    texts = [one.text for one in planned("2025-03-03", protocol=EU).activities if isinstance(one, NoteActivity)]
    (left_out,) = [text for text in texts if "skin" in text.lower()]
    assert all(word in left_out.lower() for word in ("hpv", "baseline", "ecg", "platelet", "mri"))


@cache
def us_notes() -> dict[str, str]:
    return {one.action: one.text for one in planned("2025-03-03").activities if isinstance(one, NoteActivity)}


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("medicines", "infections", "cancer", "immune"), id="medicines that raise infections"),
        pytest.param(("list of all medicines",), id="list of medicines"),
        pytest.param(("24 hours", "longer"), id="late reactions"),
        pytest.param(("live", "vaccines", "after a course"), id="live vaccines"),
        pytest.param(("varicella zoster", "6 weeks"), id="vzv vaccination"),
        pytest.param(("Listeria", "no end"), id="listeria"),
        pytest.param(("LabCorp", "Quest", "home", "office", "co-pay"), id="where tests are done"),
        pytest.param(("1-855-676-6326",), id="contact line"),
        pytest.param(
            ("Massachusetts", "Michigan", "Minnesota", "Rhode Island", "Medicare", "Medicaid", "may change"),
            id="assistance, both rules",
        ),
    ],
)
def test_S27_a_note_of_the_us_file_says(words: tuple[str, ...]) -> None:
    saying = [name for name, text in us_notes().items() if all(word.lower() in text.lower() for word in words)]
    assert 1 == len(saying)


def test_S27_signs_of_stroke_are_a_period_of_3_days() -> None:
    """3 to 7 March 2025, and 3 days on."""
    found = period(planned("2025-03-03"), "stroke-watch", 1)
    assert (day("2025-03-03"), day("2025-03-10")) == (found.first_day, found.last_day)


def test_S27_no_amount_of_money_is_named() -> None:
    assert [] == [name for name, text in us_notes().items() if re.search(r"[$€]|\bdollars?\b|\bUSD\b", text)]


@pytest.mark.parametrize("subdivision", ["MA", "CA", None])
def test_S27_assistance_is_never_inferred_from_the_clinic(subdivision: str | None) -> None:
    clinic = clinic_open(WEEK, country="US", subdivision=subdivision)
    notes = [one for one in planned("2025-03-03", clinic=clinic).activities if isinstance(one, NoteActivity)]
    assert us_notes() == {one.action: one.text for one in notes}


def test_S27_notes_carry_no_date_but_a_source() -> None:
    notes = [one for one in planned("2025-03-03").activities if isinstance(one, NoteActivity)]
    assert {None} == {one.because for one in notes}
    assert {one.cite for one in notes} <= set(label("us-2024-05.toml")["sources"])


def test_S27_what_is_noted_is_the_same_for_every_course() -> None:
    """Nothing is totalled: three courses bring no more notes than one."""
    three = [one for one in planned("2025-03-03", courses=3).activities if isinstance(one, NoteActivity)]
    assert len(three) == len(us_notes())


def test_S10_steroid_days_are_infusion_ordinals() -> None:
    """Days 1 to 3 of five, and all three of three."""
    plan = planned("2025-03-03")
    found = [activity(plan, "corticosteroid", number) for number in (1, 2)]
    assert [
        days("2025-03-03 2025-03-04 2025-03-05"),
        days("2026-03-07 2026-03-08 2026-03-09"),
    ] == [list(one.days) for one in found if isinstance(one, InfusionDaysActivity)]
