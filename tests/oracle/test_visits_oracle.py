"""Visits and their suggested days (S40, S41) against answers worked out by hand.

Where nothing else is said the clinic is open from Monday to Friday and keeps the public holidays of Massachusetts;
the courses are 2027-01-11 to 15, 2028-01-18 to 20 and 2029-01-22 to 24; the protocol is us-2024-05-r2.
"""

from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from tests.oracle.following import Numbered
from tests.oracle.labels import label
from tests.oracle.monitoring import KnownTests, monitored
from tests.oracle.plan import Anchors
from tests.oracle.us_holidays import us_ma_holidays
from tests.oracle.visits import Calendar, Visit, visits

pytestmark = pytest.mark.sweep  # it checks the oracle, not the library

US, EU = label("us-2024-05-r2"), label("eu-2020-01-r2")
OFFICE_DAYS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-17:00")
HOLIDAYS = frozenset(us_ma_holidays(2026, 2036))
LABORATORY_TESTS = ("blood-count", "creatinine", "liver-tests", "thyroid", "urinalysis")


def day(written: str) -> date:
    return date.fromisoformat(written)


def course(number: int, first: str, last: str) -> Numbered:
    return Numbered(number, Anchors(day(first), day(last)))


FIRST = course(1, "2027-01-11", "2027-01-15")
SECOND = course(2, "2028-01-18", "2028-01-20")
THIRD = course(3, "2029-01-22", "2029-01-24")


def ask(
    *courses: Numbered, protocol: Any = US, holidays_until: str | None = None, **of_clinic: Any
) -> dict[str, Visit]:
    clinic = {"opening_hours": OFFICE_DAYS, **of_clinic}
    until = day(holidays_until) if holidays_until else None
    listed = visits(protocol, courses or (FIRST, SECOND), Calendar(clinic, HOLIDAYS, until))
    assert len({visit["id"] for visit in listed}) == len(listed)
    return {visit["id"]: visit for visit in listed}


def due_and_suggested(found: dict[str, Visit], name: str) -> tuple[str, str | None]:
    visit = found[f"laboratory/{name}"]
    assert (visit["suggested"] is None) == (visit["not_suggested"] is not None)
    return str(visit["due"]), str(visit["suggested"]) if visit["suggested"] else visit["not_suggested"]


def closed(first: str, last: str) -> dict[str, str]:
    """Return closures of every day between two days, both included."""
    return {
        str(date.fromordinal(ordinal)): "Closed" for ordinal in range(day(first).toordinal(), day(last).toordinal() + 1)
    }


def series(name: str, every: str, **further: Any) -> dict[str, Any]:
    return {
        "id": name,
        "kind": "series",
        "every": every,
        "until": "last infusion + 48 months",
        "visit": "laboratory",
        **further,
    }


def own(*actions: dict[str, Any]) -> dict[str, Any]:
    return {**deepcopy(US), "actions": list(actions)}


# --- S40 -------------------------------------------------------------------------------------


def test_v01_all_tests_of_one_day_are_one_visit() -> None:
    # 15 January + 3 months, and + 1 x 3 months, is 15 April.
    visit = ask()["laboratory/course-1/3"]
    assert (visit["due"], visit["kind"], visit["course"]) == (day("2027-04-15"), "due", 1)
    assert visit["tests"] == [
        "blood-count/course-1/3",
        "creatinine/course-1/3",
        "liver-tests/course-1/3",
        "thyroid/course-1/1",
        "urinalysis/course-1/3",
    ]


def test_v03_a_series_of_weeks_does_not_move_the_ids_of_months() -> None:
    both = ask(FIRST, protocol=own(series("count", "1 month"), series("liver", "6 weeks")))
    months = ask(FIRST, protocol=own(series("count", "1 month")))
    expected = {"1": "2027-02-15", "2": "2027-03-15", "3": "2027-04-15"}
    # 42 days after 15 January: 26 February; + 84: 9 April; + 126: 21 May.
    expected |= {"6-weeks": "2027-02-26", "12-weeks": "2027-04-09", "18-weeks": "2027-05-21"}
    for name, due in expected.items():
        assert str(both[f"laboratory/course-1/{name}"]["due"]) == due
    assert all(both[name]["due"] == months[name]["due"] for name in months)


def test_v05_a_draw_that_serves_as_baseline_is_one_visit() -> None:
    found = ask()
    # 15 January 2028 is 3 days before 18 January, at most 14, and in the window 19 December to 17 January.
    visit = found["laboratory/course-1/12"]
    assert (visit["due"], visit["kind"]) == (day("2028-01-15"), "due")
    expected = [f"{test}/course-2/baseline" for test in LABORATORY_TESTS]
    expected += [f"{test}/course-1/{4 if test == 'thyroid' else 12}" for test in LABORATORY_TESTS]
    assert visit["tests"] == sorted([*expected, "urine-protein-creatinine/course-2"])
    assert "laboratory/course-2/baseline" not in found


def test_v06_three_courses_have_73_laboratory_visits() -> None:
    found = ask(FIRST, SECOND, THIRD)
    laboratory = [name for name in found if name.startswith("laboratory/")]
    # 12 + 12 + 48 monthly days and the baseline of course 1; those of courses 2 and 3 fall on month-12 days.
    assert len(laboratory) == 12 + 12 + 48 + 1
    assert [name for name in laboratory if name.endswith("/baseline")] == ["laboratory/course-1/baseline"]
    for visit, due in (("laboratory/course-1/12", "2028-01-15"), ("laboratory/course-2/12", "2029-01-20")):
        assert str(found[visit]["due"]) == due
        assert f"urine-protein-creatinine/course-{found[visit]['course'] + 1}" in found[visit]["tests"]  # type: ignore[operator]  # a course


def test_examinations_are_visits_of_their_own() -> None:
    found = ask()
    others = {name: str(visit["due"]) for name, visit in found.items() if not name.startswith("laboratory/")}
    # Yearly from 15 January 2027, to 20 January 2028 + 48 months = 20 January 2032.
    years = {12 * n: f"{2027 + n}-01-15" for n in range(1, 6)}
    expected = {f"hpv-visit/treatment/{months}": due for months, due in years.items()}
    expected |= {f"skin-examination-visit/treatment/{months}": due for months, due in years.items()}
    assert others == {**expected, "skin-examination-visit/treatment/baseline": "2027-01-10"}
    assert found["skin-examination-visit/treatment/baseline"]["tests"] == ["skin-examination/treatment/baseline"]
    assert found["skin-examination-visit/treatment/24"]["tests"] == ["skin-examination/treatment/2"]


def test_baselines_of_one_course_on_two_days() -> None:
    # Course 2 on 21 February 2028: month 13 is 15 February, 6 days before. Thyroid's last draw is 15 January, more
    # than 14 days before, so its baseline is on the eve, 20 February; so is the ratio, whose window ends there.
    found = ask(FIRST, course(2, "2028-02-21", "2028-02-23"))
    assert found["laboratory/course-2/baseline"]["tests"] == [
        "thyroid/course-2/baseline",
        "urine-protein-creatinine/course-2",
    ]
    serving = found["laboratory/course-1/13"]
    others = [test for test in LABORATORY_TESTS if test != "thyroid"]
    assert serving["tests"] == sorted(f"{test}/course-{part}" for test in others for part in ("1/13", "2/baseline"))


def test_a_draw_on_the_first_infusion_is_a_visit_and_no_baseline() -> None:
    # Course 2 on 15 February 2028, month 13 of course 1. From 1 to 14 February there is no draw: the eve, 14 February.
    found = ask(FIRST, course(2, "2028-02-15", "2028-02-17"))
    assert str(found["laboratory/course-1/13"]["due"]) == "2028-02-15"
    assert str(found["laboratory/course-2/baseline"]["due"]) == "2028-02-14"
    assert "laboratory/course-1/14" not in found
    assert found["laboratory/course-2/baseline"]["kind"] == "baseline"


def test_months_win_on_a_shared_day_and_weeks_over_days() -> None:
    february = course(1, "2027-01-28", "2027-02-01")
    found = ask(february, protocol=own(series("a", "28 days"), series("b", "4 weeks"), series("c", "1 month")))
    # 1 February 2027 + 28 days = 1 March = + 1 month; + 56 days = 29 March.
    assert found["laboratory/course-1/1"]["tests"] == ["a/course-1/1", "b/course-1/1", "c/course-1/1"]
    assert found["laboratory/course-1/8-weeks"]["tests"] == ["a/course-1/2", "b/course-1/2"]
    found = ask(february, protocol=own(series("a", "10 days")))
    assert list(found)[:3] == [f"laboratory/course-1/{n}-days" for n in (10, 20, 30)]


def test_a_series_of_the_treatment_in_the_group() -> None:
    found = ask(FIRST, protocol=own(series("a", "1 month"), series("b", "2 months", per="treatment")))
    assert found["laboratory/course-1/2"]["tests"] == ["a/course-1/2", "b/treatment/1"]
    found = ask(FIRST, SECOND, protocol=own(series("a", "1 month"), series("b", "2 months", per="treatment")))
    # After course 2 the two have other days: 20 February, and 15 March from 15 January 2027 on.
    assert str(found["laboratory/course-2/1"]["due"]) == "2028-02-20"
    assert str(found["laboratory/treatment/14"]["due"]) == "2028-03-15"
    assert found["laboratory/treatment/14"]["course"] is None


def test_a_window_that_no_baseline_lies_in_is_no_visit() -> None:
    early = {"id": "early", "kind": "window", "closes": "first infusion - 42 days", "visit": "laboratory"}
    count = series("a", "1 month", baseline={"within": "30 days"})
    found = ask(FIRST, protocol=own(count, early))
    assert found["laboratory/course-1/baseline"]["tests"] == ["a/course-1/baseline"]
    assert not any("early" in test for visit in found.values() for test in visit["tests"])


def test_the_european_baseline_has_no_window() -> None:
    found = ask(FIRST, SECOND, protocol=EU)
    assert found["laboratory/course-1/baseline"]["tests"] == [f"{test}/course-1/baseline" for test in LABORATORY_TESTS]
    assert "laboratory/course-2/baseline" not in found
    assert "ecg-visit/course-1" not in found


# --- S41 -------------------------------------------------------------------------------------


def test_v08_a_baseline_on_a_sunday() -> None:
    assert due_and_suggested(ask(), "course-1/baseline") == ("2027-01-10", "2027-01-08")


def test_v12_a_baseline_with_its_results() -> None:
    # 18 January - 7 = 11 January 2028, a Tuesday, 4 days early (31 div 2 = 15).
    assert due_and_suggested(ask(results_days=7), "course-1/12") == ("2028-01-15", "2028-01-11")


@pytest.mark.parametrize(
    ("of_clinic", "expected"),
    [
        ({}, "2027-02-12"),  # 15 February 2027 is Washington's Birthday, a Monday
        ({"extra_open": {"2027-02-15": "Open"}}, "2027-02-15"),
        ({"fully_booked": {"2027-02-12": "No chair"}}, "2027-02-12"),
        ({"closures": {"2027-02-12": "Staff day"}}, "2027-02-11"),
        ({"laboratory": {"weekdays": ["tue"]}}, "2027-02-09"),
        ({"laboratory": {"weekdays": ["mon", "sat"]}}, "2027-02-13"),
        ({"laboratory": {"weekdays": ["mon"]}, "closures": {"2027-02-08": "Closed"}}, "2027-02-01"),
        ({"laboratory": {"weekdays": ["tue"]}, "extra_open": {"2027-02-14": "Open"}}, "2027-02-14"),
        ({"closures": closed("2027-02-01", "2027-02-14")}, "no-open-day"),  # 31 January is a Sunday
        ({"closures": closed("2027-02-01", "2027-02-14"), "extra_open": {"2027-01-31": "Open"}}, "2027-01-31"),
        ({"closures": closed("2027-02-01", "2027-02-14"), "extra_open": {"2027-01-30": "Open"}}, "no-open-day"),
    ],
)
def test_the_last_open_day_at_most_half_an_interval_early(of_clinic: dict[str, Any], expected: str) -> None:
    # From 15 January to 15 February are 31 days, div 2 = 15: from 31 January on.
    assert due_and_suggested(ask(**of_clinic), "course-1/1") == ("2027-02-15", expected)


def test_never_on_or_before_the_due_day_before_it() -> None:
    # A group with months and 6 weeks: 9 April (12 weeks), 15 April (3 months): from 10 April on.
    protocol = own(series("count", "1 month"), series("liver", "6 weeks"))
    shut = closed("2027-04-10", "2027-04-15")
    assert due_and_suggested(ask(FIRST, protocol=protocol, closures=shut), "course-1/3")[1] == "no-open-day"
    del shut["2027-04-12"]
    assert due_and_suggested(ask(FIRST, protocol=protocol, closures=shut), "course-1/3")[1] == "2027-04-12"


def test_the_shortest_interval_of_the_tests_counts() -> None:
    # 3 months: 15 January to 15 April are 90 days, div 2 = 45: from 1 March on; with a monthly test 31 div 2 = 15.
    shut = closed("2027-03-02", "2027-04-15")
    quarterly = own(series("thyroid", "3 months"))
    assert due_and_suggested(ask(FIRST, protocol=quarterly, closures=shut), "course-1/3")[1] == "2027-03-01"
    shut |= closed("2027-03-01", "2027-03-01")
    assert due_and_suggested(ask(FIRST, protocol=quarterly, closures=shut), "course-1/3")[1] == "no-open-day"
    both = own(series("thyroid", "3 months"), series("count", "1 month"))
    shut = closed("2027-03-31", "2027-04-15")
    assert due_and_suggested(ask(FIRST, protocol=both, closures=shut), "course-1/3")[1] == "no-open-day"


def test_beyond_the_holiday_data_no_day_is_suggested() -> None:
    found = ask(holidays_until="2027-12-31")
    assert due_and_suggested(found, "course-1/11") == ("2027-12-15", "2027-12-15")
    assert due_and_suggested(found, "course-1/12") == ("2028-01-15", "holiday-data-missing")


def test_visits_that_serve_as_baseline_are_no_due_day_before_the_eve() -> None:
    # Course 2 on Monday 21 February 2028; 15 February serves for four tests, the eve, Sunday 20, for thyroid.
    given = (FIRST, course(2, "2028-02-21", "2028-02-23"))
    assert due_and_suggested(ask(*given), "course-2/baseline") == ("2028-02-20", "2028-02-18")
    shut = closed("2028-02-16", "2028-02-20")
    assert due_and_suggested(ask(*given, closures=shut), "course-2/baseline")[1] == "2028-02-15"
    # With 7 days for the results: from Monday 14 February back, for both.
    found = ask(*given, results_days=7)
    assert due_and_suggested(found, "course-2/baseline")[1] == "2028-02-14"
    assert due_and_suggested(found, "course-1/13")[1] == "2028-02-14"


def test_an_eve_that_is_no_baseline_s_neighbour_keeps_the_due_day_before_it() -> None:
    # Course 2 on Tuesday 15 February 2028; the eve is Monday 14, the due day before it 15 January, a Saturday.
    given = (FIRST, course(2, "2028-02-15", "2028-02-17"))
    shut = closed("2028-01-17", "2028-02-14")
    assert due_and_suggested(ask(*given, closures=shut), "course-2/baseline")[1] == "no-open-day"


@pytest.mark.parametrize(
    ("results_days", "closures", "expected"),
    [
        (0, {}, "2027-01-08"),
        (3, {}, "2027-01-08"),  # 11 January - 3
        (4, {}, "2027-01-07"),
        (14, {}, "2026-12-28"),
        (14, closed("2026-12-28", "2026-12-28"), "no-open-day"),  # 26 and 27 December are a Saturday and a Sunday
        (17, {}, "no-open-day"),  # 25 December is too early
    ],
)
def test_the_baseline_of_course_1(results_days: int, closures: dict[str, str], expected: str) -> None:
    # Due 10 January. 10 December to 10 January are 31 days, div 2 = 15: from 26 December 2026 on.
    found = ask(results_days=results_days, closures=closures)
    assert due_and_suggested(found, "course-1/baseline") == ("2027-01-10", expected)


def test_a_baseline_stays_in_its_window() -> None:
    # A window of 10 days opens on 1 January 2027. 4 January is a Monday.
    protocol = own(series("a", "1 month", baseline={"within": "10 days"}))
    assert due_and_suggested(ask(protocol=protocol, results_days=9), "course-1/baseline")[1] == "no-open-day"
    assert due_and_suggested(ask(protocol=protocol, results_days=7), "course-1/baseline")[1] == "2027-01-04"


def test_a_baseline_lies_after_the_course_before() -> None:
    # Course 2 three days after the end of course 1: the eve is Sunday 17 January, and 15 January is an infusion day.
    near: Sequence[Numbered] = (FIRST, course(2, "2027-01-18", "2027-01-20"))
    assert due_and_suggested(ask(*near), "course-2/baseline") == ("2027-01-17", "no-open-day")


def test_no_day_is_early_for_an_examination_unless_half_a_year() -> None:
    # 15 January 2028 is a Saturday; the group of its own knows nothing of the laboratory's days.
    found = ask()["skin-examination-visit/treatment/12"]
    assert str(found["suggested"]) == "2028-01-14"


# --- S41 and S42 together --------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [US, EU], ids=["us", "eu"])
@pytest.mark.parametrize("weekdays", ["mon", "wed", "sat", "tue fri", "mon tue wed thu fri"])
@pytest.mark.parametrize("results_days", [0, 5])
def test_tests_taken_on_the_suggested_days_are_done(protocol: Any, weekdays: str, results_days: int) -> None:
    """The promise of S41, by the other module: no date is missed or late if every visit is on its suggested day."""
    given = (FIRST, SECOND, THIRD)
    found = ask(*given, protocol=protocol, results_days=results_days, laboratory={"weekdays": weekdays.split()})
    taken = [
        {"date": visit["suggested"], "code": test.partition("/")[0]}
        for visit in found.values()
        for test in visit["tests"]
    ]
    assert all(one["date"] is not None for one in taken)
    judged = monitored(protocol, given, day("2034-01-01"), KnownTests(observations=taken))
    assert len(judged) == (3 * 5 + 2 if protocol is US else 3 * 5 + 1)
    for one in judged:
        listed = [entry for entry in one["dates"] if entry["due"] <= day("2033-01-24")]
        assert {entry["state"] for entry in listed} == {"done"}
        # Dates of the year after the plan's last one: nothing is listed for them, so nothing was taken.
        assert one["course"] is None or len(listed) == len(one["dates"])
