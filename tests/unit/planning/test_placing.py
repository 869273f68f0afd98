"""Placing: the first block of open days, against the oracle that tries one start day after another."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from time import perf_counter
from typing import Any, Final, NamedTuple

import holidays
import pytest

from lemtrada_schedule import (
    CourseStart,
    HolidayDataMissing,
    InvalidInput,
    NoFeasibleStart,
    find_course_starts,
    load_protocol,
    plan_treatment,
)
from lemtrada_schedule.clinic.open_days import OpenDays
from tests.oracle.months import table
from tests.oracle.placing import first_block, longest_run
from tests.support.clinics import CLINICS, MON_TO_FRI, TUE_TO_SAT, WEEK, ClinicCase, clinic_open, hours_on

ONE_DAY: Final = timedelta(days=1)
BOUND: Final = 366
"""A search tries the day asked for and the 366 days after it."""

COURSES: Final = (5, 3, 3)
INFUSION_DAY: Final = 360
"""240 minutes of infusion and 120 of observation."""

LAST_HOLIDAY_YEAR: Final[int] = getattr(holidays, "US").end_year  # noqa: B009  # the package makes its names on demand


def day(written: str) -> date:
    return date.fromisoformat(written)


def days_from(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + n * ONE_DAY


class Placed(NamedTuple):
    """A question to the placing function, and its answer."""

    length: int
    not_before: date
    start: CourseStart


@cache
def anniversaries() -> dict[date, date]:
    return table(12, "later")


@cache
def placed(name: str) -> tuple[Placed, ...]:
    """Place three courses from every start day of 2000 to 2093, each different question once.

    The later courses count from the last day that the package itself gave to the course before.
    """
    open_days = OpenDays(CLINICS[name].clinic, INFUSION_DAY)
    found: dict[tuple[int, date], Placed] = {}
    for first in days_from(day("2000-01-01"), day("2093-12-31")):
        not_before = first
        for length in COURSES:
            key = (length, not_before)
            if key not in found:
                found[key] = Placed(length, not_before, open_days.first_start(length, not_before))
            not_before = anniversaries()[found[key].start.last_day]
    return tuple(found.values())


every_clinic = pytest.mark.parametrize("name", sorted(CLINICS))


# --- every start day of 2000 to 2093 -------------------------------------------------------------


@every_clinic
@pytest.mark.sweep
def test_every_start_and_every_start_passed_over_are_the_oracles(name: str) -> None:
    case = CLINICS[name]
    differing = []
    for length, not_before, start in placed(name):
        passed_over = [(one.first_day, one.closed_day) for one in start.passed_over]
        if first_block(case.is_closed, length, not_before, BOUND) != (start.first_day, passed_over):
            differing.append((length, not_before, start.first_day))
    assert [] == differing


@every_clinic
@pytest.mark.sweep
def test_every_start_day_is_asked_for(name: str) -> None:
    """94 years hold 94 × 365 days and 24 leap days (2000 … 2092)."""
    assert 34_334 == sum(length == 5 for length, _, _ in placed(name))


@every_clinic
@pytest.mark.sweep
def test_no_course_is_early(name: str) -> None:
    assert [] == [one for one in placed(name) if one.start.first_day < one.not_before]


@every_clinic
@pytest.mark.sweep
def test_every_course_is_one_block_of_consecutive_days(name: str) -> None:
    assert [] == [one for one in placed(name) if (one.start.last_day - one.start.first_day).days != one.length - 1]


@every_clinic
@pytest.mark.sweep
def test_no_course_meets_a_closed_day(name: str) -> None:
    is_closed = CLINICS[name].is_closed
    met = [
        (one.not_before, met)
        for one in placed(name)
        for met in days_from(one.start.first_day, one.start.last_day)
        if is_closed(met)
    ]
    assert [] == met


@every_clinic
@pytest.mark.sweep
def test_no_start_is_left_out_between_the_day_asked_for_and_the_start(name: str) -> None:
    for _, not_before, start in placed(name):
        expected = list(days_from(not_before, start.first_day - ONE_DAY))
        assert expected == [one.first_day for one in start.passed_over]


@every_clinic
@pytest.mark.sweep
def test_every_start_passed_over_meets_a_day_that_is_truly_closed(name: str) -> None:
    is_closed = CLINICS[name].is_closed
    wrong = [
        (length, passed)
        for length, _, start in placed(name)
        for passed in start.passed_over
        if not (0 <= (passed.closed_day - passed.first_day).days < length and is_closed(passed.closed_day))
    ]
    assert [] == wrong


@every_clinic
@pytest.mark.sweep
def test_every_start_passed_over_says_why_its_day_is_closed(name: str) -> None:
    words = CLINICS[name].words
    wrong = {
        (passed.closed_day, passed.reason)
        for _, _, start in placed(name)
        for passed in start.passed_over
        if not any(word in passed.reason for word in words(passed.closed_day))
    }
    assert set() == wrong


def starts_by_trying(case: ClinicCase, length: int, first: date, within: int) -> list[tuple[date, list[date]]]:
    """List every start within the bound, each with the starts passed over since the one before."""
    found = []
    not_before = first
    while (block := first_block(case.is_closed, length, not_before, within - (not_before - first).days)) is not None:
        found.append((block[0], [start for start, _ in block[1]]))
        not_before = block[0] + ONE_DAY
        if (not_before - first).days > within:
            break
    return found


@every_clinic
@pytest.mark.parametrize("length", [3, 5])
@pytest.mark.sweep
def test_find_course_starts_lists_every_start_of_the_century(name: str, length: int) -> None:
    """Half years in a row from 2000 to 2093: 182 days after the first, then on from the day after."""
    case = CLINICS[name]
    first = day("2000-01-01")
    while first < day("2094-01-01"):
        found = find_course_starts(case.clinic, length, not_before=first, limit=1_000, within_days=182)
        assert starts_by_trying(case, length, first, 182) == [
            (start.first_day, [one.first_day for one in start.passed_over]) for start in found
        ]
        first += 183 * ONE_DAY


# --- 2094 to 2099, and past the end of the holiday data ------------------------------------------


class PastTheDataError(Exception):
    """The oracle looked at a day of which nobody knows the holidays."""


def expected_late(case: ClinicCase, length: int, not_before: date) -> date | None:
    """Return the oracle's start, or None where the search looks at a year past the holiday data."""

    def is_closed(one: date) -> str | None:
        if case.clinic.country and one.year > LAST_HOLIDAY_YEAR:
            raise PastTheDataError
        return case.is_closed(one)

    try:
        found = first_block(is_closed, length, not_before, BOUND)
    except PastTheDataError:
        return None
    assert found is not None
    return found[0]


def start_or_refusal(open_days: OpenDays, length: int, not_before: date) -> date | None:
    try:
        return open_days.first_start(length, not_before).first_day
    except HolidayDataMissing:
        return None


@every_clinic
@pytest.mark.sweep
def test_late_starts_are_right_or_refused_for_want_of_holiday_data(name: str) -> None:
    """S01 and S03: six years of starts × 3 courses reach from 2094 into 2102."""
    case = CLINICS[name]
    open_days = OpenDays(case.clinic, INFUSION_DAY)
    outcomes = set()
    for first in days_from(day("2094-01-01"), day("2099-12-31")):
        not_before = first
        for length in COURSES:
            expected = expected_late(case, length, not_before)
            assert expected == start_or_refusal(open_days, length, not_before), (length, not_before)
            outcomes.add(expected is None)
            if expected is None:
                break
            not_before = anniversaries()[expected + (length - 1) * ONE_DAY]
    # Only a clinic with a country has anything to want, and its data do end.
    assert outcomes == ({False, True} if case.clinic.country and LAST_HOLIDAY_YEAR < 2102 else {False})


def test_a_plan_past_the_holiday_data_is_refused() -> None:
    last_year = LAST_HOLIDAY_YEAR
    clinic = CLINICS["mon-fri-us-ma"].clinic
    with pytest.raises(HolidayDataMissing) as caught:
        plan_treatment(load_protocol("us-2024-05"), clinic, not_before=day("2099-06-01"), courses=last_year - 2099 + 2)
    assert "holiday-data-missing" == caught.value.code
    assert "US" in caught.value.message
    assert str(last_year + 1) in caught.value.message


def test_a_plan_to_the_end_of_the_holiday_data_is_made() -> None:
    """1 June 2099 is a Monday: 1 January 2099 is a Thursday, and 151 days on are 21 weeks and 4 days."""
    plan = plan_treatment(
        load_protocol("us-2024-05"), CLINICS["mon-fri-us-ma"].clinic, not_before=day("2099-06-01"), courses=2
    )
    # 5 June 2100 is a Saturday (2100 has no leap day: 365 days on are one weekday on from Friday).
    assert [day("2099-06-01"), day("2100-06-07")] == [course.first_day for course in plan.courses]


def test_without_a_country_plans_run_on_into_the_next_century() -> None:
    plan = plan_treatment(
        load_protocol("us-2024-05"), CLINICS["every-day"].clinic, not_before=day("2099-12-31"), courses=3
    )
    # 31 December to 4 January 2100; 4 to 6 January 2101; 6 to 8 January 2102.
    assert [day("2099-12-31"), day("2101-01-04"), day("2102-01-06")] == [course.first_day for course in plan.courses]


# --- no feasible start ---------------------------------------------------------------------------


def test_E12_five_days_at_a_clinic_open_on_four_are_refused_with_the_longest_run() -> None:
    clinic = clinic_open("mon tue wed thu", name="E12")
    began = perf_counter()
    with pytest.raises(NoFeasibleStart) as caught:
        plan_treatment(load_protocol("us-2024-05"), clinic, not_before=day("2027-01-11"))
    assert perf_counter() - began < 2
    error = caught.value
    assert ("no-feasible-start", 4) == (error.code, error.longest_run)
    # 11 January 2027 + 366 days: 2027 has 365, so 12 January 2028.
    assert (day("2027-01-11"), day("2028-01-12")) == (error.not_before, error.last_start)


def test_E12_the_message_says_how_long_the_longest_run_is() -> None:
    with pytest.raises(NoFeasibleStart, match=r"\b4\b") as caught:
        OpenDays(clinic_open("mon tue wed thu"), INFUSION_DAY).first_start(5, day("2027-01-11"))
    assert isinstance(caught.value, RuntimeError)
    assert caught.value.place


@pytest.mark.parametrize(
    ("weekdays", "closed_first", "length"),
    [("mon tue wed thu", "2027-01-14", 5), (MON_TO_FRI, "2027-01-15", 6), (TUE_TO_SAT, "2027-03-02", 31)],
)
def test_the_longest_run_is_the_oracles(weekdays: str, closed_first: str, length: int) -> None:
    """The search looks at the last start's whole block: 366 days on, and the length of a course."""
    not_before = day("2027-01-11")
    clinic = clinic_open(weekdays, closures={closed_first: "closed"})
    numbers = {("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(name) for name in weekdays.split()}

    def is_closed(one: date) -> str | None:
        return None if one.weekday() in numbers and one != day(closed_first) else "closed"

    expected, _ = longest_run(is_closed, not_before, not_before + (BOUND + length - 1) * ONE_DAY)
    with pytest.raises(NoFeasibleStart) as caught:
        OpenDays(clinic, INFUSION_DAY).first_start(length, not_before)
    assert expected == caught.value.longest_run


def test_the_longest_run_may_be_the_first_one() -> None:
    """Monday 11 to Thursday 14 January 2027, the Thursday once only; every other week has three days."""
    clinic = clinic_open("mon tue wed", extra_open={"2027-01-14": "session"})
    with pytest.raises(NoFeasibleStart) as caught:
        OpenDays(clinic, INFUSION_DAY).first_start(5, day("2027-01-11"))
    assert 4 == caught.value.longest_run


def closed_until(first: date, last: date) -> dict[str, str]:
    return {one.isoformat(): "works" for one in days_from(first, last)}


def test_the_last_start_tried_lies_366_days_after_the_first() -> None:
    """Closed from 11 January 2027 to 11 January 2028; the first open day is the 366th after the first."""
    clinic = clinic_open(WEEK, closures=closed_until(day("2027-01-11"), day("2028-01-11")))
    start = OpenDays(clinic, INFUSION_DAY).first_start(5, day("2027-01-11"))
    assert day("2028-01-12") == start.first_day
    assert 366 == len(start.passed_over)


def test_a_start_367_days_after_the_first_is_not_tried() -> None:
    clinic = clinic_open(WEEK, closures=closed_until(day("2027-01-11"), day("2028-01-12")))
    with pytest.raises(NoFeasibleStart) as caught:
        OpenDays(clinic, INFUSION_DAY).first_start(5, day("2027-01-11"))
    assert (day("2028-01-12"), 4) == (caught.value.last_start, caught.value.longest_run)


def test_a_bound_of_its_own_is_inclusive_too() -> None:
    """From Saturday 9 January 2027, Monday 11 is two days on."""
    clinic = CLINICS["mon-fri"].clinic
    found = find_course_starts(clinic, 5, not_before=day("2027-01-09"), within_days=2)
    assert [day("2027-01-11")] == [start.first_day for start in found]
    assert () == find_course_starts(clinic, 5, not_before=day("2027-01-09"), within_days=1)


def test_a_later_course_without_room_is_refused_as_well() -> None:
    """Course 1 fits on 11 to 15 January 2027; from 15 January 2028 the clinic is closed for 367 days."""
    clinic = clinic_open(WEEK, closures=closed_until(day("2028-01-15"), day("2029-01-15")))
    with pytest.raises(NoFeasibleStart) as caught:
        plan_treatment(load_protocol("us-2024-05"), clinic, not_before=day("2027-01-11"))
    assert day("2028-01-15") == caught.value.not_before


def test_find_course_starts_finds_nothing_where_nothing_fits() -> None:
    assert () == find_course_starts(clinic_open("mon tue wed thu"), 5, not_before=day("2027-01-11"))


# --- by hand -------------------------------------------------------------------------------------


def test_the_day_asked_for_is_taken_when_it_fits() -> None:
    """Bounds are inclusive: 11 January 2027 is a Monday (1 January is a Friday)."""
    start = find_course_starts(CLINICS["mon-fri"].clinic, 5, not_before=day("2027-01-11"), limit=1)[0]
    assert (day("2027-01-11"), ()) == (start.first_day, start.passed_over)


def test_E14_a_holiday_inside_the_block_moves_the_whole_block() -> None:
    """Monday 18 January 2027 is Martin Luther King Jr. Day: no five days in a row until Monday 25."""
    start = find_course_starts(CLINICS["mon-fri-us-ma"].clinic, 5, not_before=day("2027-01-16"), limit=1)[0]
    assert (day("2027-01-25"), day("2027-01-29")) == (start.first_day, start.last_day)
    passed = [(one.first_day.isoformat(), one.closed_day.isoformat()) for one in start.passed_over]
    assert [
        ("2027-01-16", "2027-01-16"),
        ("2027-01-17", "2027-01-17"),
        ("2027-01-18", "2027-01-18"),
        ("2027-01-19", "2027-01-23"),
        ("2027-01-20", "2027-01-23"),
        ("2027-01-21", "2027-01-23"),
        ("2027-01-22", "2027-01-23"),
        ("2027-01-23", "2027-01-23"),
        ("2027-01-24", "2027-01-24"),
    ] == passed


def test_E05_a_holiday_of_next_year_observed_this_year_is_closed() -> None:
    """1 January 2028 is a Saturday, kept on Friday 31 December 2027; 3 days from Wednesday 29 do not fit."""
    start = find_course_starts(CLINICS["mon-fri-us"].clinic, 3, not_before=day("2027-12-29"), limit=1)[0]
    assert day("2028-01-03") == start.first_day
    assert day("2027-12-31") == start.passed_over[0].closed_day


def test_a_block_may_run_over_a_new_year() -> None:
    start = find_course_starts(CLINICS["every-day"].clinic, 5, not_before=day("2027-12-29"), limit=1)[0]
    assert (day("2027-12-29"), day("2028-01-02")) == (start.first_day, start.last_day)


def test_a_closure_moves_the_block_and_gives_its_reason() -> None:
    clinic = clinic_open(MON_TO_FRI, closures={"2027-01-13": "Staff day"})
    start = find_course_starts(clinic, 5, not_before=day("2027-01-11"), limit=1)[0]
    assert day("2027-01-18") == start.first_day
    assert "Staff day" in start.passed_over[0].reason


def test_a_booked_out_day_moves_the_block_and_gives_its_reason() -> None:
    clinic = clinic_open(MON_TO_FRI, fully_booked={"2027-01-13": "no chair"})
    start = find_course_starts(clinic, 5, not_before=day("2027-01-11"), limit=1)[0]
    assert day("2027-01-18") == start.first_day
    assert "no chair" in start.passed_over[0].reason


def test_an_extra_open_day_is_open_on_a_closed_weekday() -> None:
    """Saturday 16 January 2027 makes a block of five from Tuesday 12 on."""
    clinic = clinic_open(MON_TO_FRI, extra_open={"2027-01-16": "session"})
    start = find_course_starts(clinic, 5, not_before=day("2027-01-12"), limit=1)[0]
    assert day("2027-01-12") == start.first_day


def test_an_extra_open_day_is_open_on_a_public_holiday() -> None:
    """Monday 18 January 2027, a holiday."""
    clinic = clinic_open(MON_TO_FRI, country="US", subdivision="MA", extra_open={"2027-01-18": "session"})
    start = find_course_starts(clinic, 5, not_before=day("2027-01-18"), limit=1)[0]
    assert day("2027-01-18") == start.first_day


def test_a_booked_out_extra_day_is_closed() -> None:
    clinic = clinic_open(MON_TO_FRI, extra_open={"2027-01-16": "session"}, fully_booked={"2027-01-16": "no chair"})
    start = find_course_starts(clinic, 5, not_before=day("2027-01-12"), limit=1)[0]
    assert day("2027-01-18") == start.first_day


def test_starts_follow_each_other_and_carry_what_lies_between() -> None:
    """Three days, Monday to Friday: Monday, Tuesday, Wednesday, then Monday again."""
    found = find_course_starts(CLINICS["mon-fri"].clinic, 3, not_before=day("2027-01-11"), limit=4)
    expected = ["2027-01-11", "2027-01-12", "2027-01-13", "2027-01-18"]
    assert expected == [start.first_day.isoformat() for start in found]
    between = ["2027-01-14", "2027-01-15", "2027-01-16", "2027-01-17"]
    assert [[], [], [], between] == [[one.first_day.isoformat() for one in start.passed_over] for start in found]


def test_no_more_starts_than_asked_for_are_returned() -> None:
    assert 7 == len(find_course_starts(CLINICS["every-day"].clinic, 3, not_before=day("2027-01-11"), limit=7))
    assert 10 == len(find_course_starts(CLINICS["every-day"].clinic, 3, not_before=day("2027-01-11")))


def test_a_public_holiday_closes_also_where_only_a_clock_change_makes_the_day_long_enough() -> None:
    """31 October 2027, a Sunday, is Reformation Day in Brandenburg and the end of summer time.

    Sunday's hours are 00:00-05:30. Six hours from midnight end at 06:00 on any other Sunday, and at 05:00 on
    this one, because 02:00 to 03:00 comes twice. The hours fit; the holiday still closes the clinic.
    """
    hours = hours_on("mon tue wed thu fri sat", "00:00-12:00") | {"sun": "00:00-05:30"}
    fields: dict[str, Any] = {"time_zone": "Europe/Berlin", "infusion_starts": "00:00", "opening_hours": hours}
    clinic = clinic_open(WEEK, country="DE", subdivision="BB", **fields)
    reason = OpenDays(clinic, INFUSION_DAY).closed(day("2027-10-31"))
    assert reason is not None


@pytest.mark.parametrize(
    ("hours", "written", "is_open"),
    [
        ("00:00-06:00", "2026-03-01", True),  # a usual Sunday: 00:00 + 6 h = 06:00
        ("00:00-06:00", "2026-03-08", False),  # 02:00 to 03:00 is skipped: 07:00
        ("00:00-07:00", "2026-03-08", True),
        ("00:00-05:00", "2026-11-01", True),  # 01:00 to 02:00 comes twice: 05:00
        ("00:00-05:00", "2026-11-08", False),
    ],
)
def test_the_hours_must_hold_six_real_hours(hours: str, written: str, is_open: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Infusions start at midnight in New York."""
    clinic = clinic_open(WEEK, infusion_starts="00:00", opening_hours=hours_on(WEEK, hours))
    assert is_open is (OpenDays(clinic, INFUSION_DAY).closed(day(written)) is None)


@pytest.mark.parametrize(("hours", "is_open"), [("00:00-09:00", True), ("00:30-09:00", False)])
def test_the_preparation_must_fit_on_the_day_of_a_clock_change_too(hours: str, is_open: bool) -> None:  # noqa: FBT001
    """An hour before 01:00 is midnight; on 8 March 2026 the six hours from 01:00 end at 08:00 in New York (S18)."""
    fields = {"infusion_starts": "01:00", "preparation_minutes": 60, "opening_hours": hours_on(WEEK, hours)}
    clinic = clinic_open(WEEK, **fields)
    assert is_open is (OpenDays(clinic, INFUSION_DAY).closed(day("2026-03-08")) is None)


@pytest.mark.parametrize(("written", "is_open"), [("2026-03-21", True), ("2026-03-28", False), ("2026-04-04", True)])
def test_a_day_that_a_clock_change_carries_over_midnight_is_closed(written: str, is_open: bool) -> None:  # noqa: FBT001
    """In Nuuk, Saturday 28 March 2026 has no 23:00 to 24:00: six hours from 17:30 end at 00:30, not at 23:30."""
    fields = {"time_zone": "America/Nuuk", "infusion_starts": "17:30", "opening_hours": hours_on(WEEK, "08:00-23:59")}
    clinic = clinic_open(WEEK, **fields)
    assert is_open is (OpenDays(clinic, INFUSION_DAY).closed(day(written)) is None)


@pytest.mark.parametrize(("written", "is_open"), [("2021-01-10", False), ("2021-01-17", True)])
def test_a_clock_change_in_january_is_seen(written: str, is_open: bool) -> None:  # noqa: FBT001
    """In Fiji, on 17 January 2021, 02:00 to 03:00 comes twice: six hours from 01:00 end at 06:00, not at 07:00."""
    fields = {"time_zone": "Pacific/Fiji", "infusion_starts": "01:00", "opening_hours": hours_on(WEEK, "00:00-06:00")}
    clinic = clinic_open(WEEK, **fields)
    assert is_open is (OpenDays(clinic, INFUSION_DAY).closed(day(written)) is None)


# --- the door ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "code", "place"),
    [
        ({"infusion_days": 0}, "out-of-range", "infusion_days"),
        ({"infusion_days": 32}, "out-of-range", "infusion_days"),
        ({"infusion_days": True}, "wrong-type", "infusion_days"),
        ({"infusion_days": 5.0}, "wrong-type", "infusion_days"),
        ({"infusion_days": "5"}, "wrong-type", "infusion_days"),
        ({"limit": 0}, "out-of-range", "limit"),
        ({"limit": True}, "wrong-type", "limit"),
        ({"within_days": 0}, "out-of-range", "within_days"),
        ({"within_days": 10**9}, "out-of-range", "within_days"),
        ({"not_before": "11 Jan 2027"}, "calendar-date", "not_before"),
        ({"not_before": day("1999-12-31")}, "date-range", "not_before"),
        ({"clinic": "boston"}, "wrong-type", "clinic"),
    ],
    ids=str,
)
def test_an_argument_that_is_not_what_it_should_be_is_refused(changed: dict[str, Any], code: str, place: str) -> None:
    given: dict[str, Any] = {"clinic": CLINICS["mon-fri"].clinic, "infusion_days": 5, "not_before": day("2027-01-11")}
    with pytest.raises(InvalidInput) as caught:
        find_course_starts(**(given | changed))
    assert (code, place) == (caught.value.code, caught.value.place)
