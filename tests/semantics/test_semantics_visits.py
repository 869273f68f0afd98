"""The decided cases of visits and their suggested days (S40, S41), each worked out by hand.

Unless a comment says otherwise: US r2, and Boston, open from Monday to Friday but for the holidays of Massachusetts.
Course 1 is given from Monday 11 to Friday 15 January 2027, course 2 from Tuesday 18 to Thursday 20 January 2028,
course 3 from Monday 22 to Wednesday 24 January 2029.
"""

from collections import Counter
from datetime import timedelta
from typing import Any, Final

import pytest

from lemtrada_schedule import Clinic, Plan, Protocol, Visit, load_protocol, plan_treatment, replan
from lemtrada_schedule.protocol.actions import SeriesAction, WindowAction
from tests.support.clinics import MON_TO_FRI, WEEK, clinic_open
from tests.support.histories import day, history, run, seen

US: Final = load_protocol("us-2024-05-r2")
BOSTON: Final = clinic_open(MON_TO_FRI, country="US", subdivision="MA", closures={"2027-12-24": "Staff day"})
MONTHLY: Final = ("blood-count", "creatinine", "urinalysis", "liver-tests")


def planned(protocol: Protocol = US, clinic: Clinic = BOSTON, courses: int = 2, first: str = "2027-01-11") -> Plan:
    return plan_treatment(protocol, clinic, not_before=day(first), courses=courses)


def visit(plan: Plan, name: str) -> Visit:
    """Return the one visit with an id."""
    (found,) = [one for one in plan.visits if one.id == name]
    return found


def shown(plan: Plan, *names: str) -> list[tuple[str, str | None]]:
    """Return due and suggested day of some visits."""
    found = [visit(plan, name) for name in names]
    return [(str(one.due), str(one.suggested) if one.suggested else None) for one in found]


def series(name: str, every: str, **fields: Any) -> SeriesAction:
    stated = {"id": name, "kind": "series", "every": every, "cite": "faq", "visit": "laboratory", **fields}
    return SeriesAction.model_validate({"until": "last infusion + 48 months", **stated})


def window(name: str, **fields: Any) -> WindowAction:
    return WindowAction.model_validate({"id": name, "kind": "window", "cite": "faq", "visit": "laboratory", **fields})


def with_tests(*tests: SeriesAction | WindowAction) -> Protocol:
    """Return the US rules with these tests in place of their own."""
    kept = [one for one in US.actions if not isinstance(one, SeriesAction | WindowAction)]
    return US.model_copy(update={"id": "own", "actions": [*tests, *kept]})


def closed(*days: str, **fields: Any) -> Clinic:
    """Return a clinic that is open every day but these."""
    return clinic_open(WEEK, closures=dict.fromkeys(days, "Staff day"), **fields)


# --- S40 ---------------------------------------------------------------------------------------


def test_S40_V01_all_tests_of_one_day_are_one_visit() -> None:
    """15 January + 3 months = 15 April, and + 1 × 3 months too."""
    found = visit(planned(), "laboratory/course-1/3")
    assert (str(found.due), found.group, found.course, found.kind) == ("2027-04-15", "laboratory", 1, "due")
    assert found.tests == (*(f"{one}/course-1/3" for one in MONTHLY), "thyroid/course-1/1")
    assert (found.title, found.neutral_title) == ("Laboratory visit", "Laboratory test")
    why = found.because
    assert (why.anchor, str(why.anchor_day), why.offset, why.result) == (
        "last infusion of course 1", "2027-01-15", "+ 3 × 1 month", found.due,
    )  # fmt: skip


def test_S40_V03_other_units_have_ids_of_their_own() -> None:
    """15 January + 42 days = 26 February, + 84 = 9 April, + 126 = 21 May; the months are counted as before."""
    both = with_tests(series("a", "1 month"), series("b", "6 weeks"), series("c", "10 days"))
    expected = {
        "1": "2027-02-15", "2": "2027-03-15", "3": "2027-04-15",
        "6-weeks": "2027-02-26", "12-weeks": "2027-04-09", "18-weeks": "2027-05-21",
        "10-days": "2027-01-25", "20-days": "2027-02-04",
    }  # fmt: skip
    plan = planned(both)
    assert {name: str(visit(plan, f"laboratory/course-1/{name}").due) for name in expected} == expected


def test_S40_months_win_on_a_shared_day() -> None:
    """5 February 2027 + 1 month = + 4 weeks = 5 March: February has 28 days. The next ones differ by three days."""
    both = with_tests(series("b", "4 weeks"), series("a", "1 month"))
    plan = planned(both, first="2027-02-01")
    shared = visit(plan, "laboratory/course-1/1")
    assert (str(shared.due), shared.tests) == ("2027-03-05", ("b/course-1/1", "a/course-1/1"))
    assert shared.because.offset == "+ 1 month"
    assert [str(visit(plan, f"laboratory/course-1/{k}").due) for k in ("8-weeks", "2")] == ["2027-04-02", "2027-04-05"]


def test_S40_V05_a_test_that_serves_as_baseline_is_one_visit_with_the_id_of_the_series() -> None:
    """15 January 2028 is 3 days before course 2: within 14, and in the window from 19 December to 17 January."""
    plan = planned()
    found = visit(plan, "laboratory/course-1/12")
    dates = [*(f"{one}/course-1/12" for one in MONTHLY), "thyroid/course-1/4"]
    baselines = [f"{one}/course-2/baseline" for one in (*MONTHLY, "thyroid")]
    assert str(found.due) == "2028-01-15"
    assert found.tests == (*dates, *baselines, "urine-protein-creatinine/course-2")
    assert (found.kind, found.course) == ("due", 1)
    assert not [one for one in plan.visits if one.id == "laboratory/course-2/baseline"]


def test_S40_V06_three_courses_have_73_laboratory_visits() -> None:
    """12 + 12 + 48 monthly ones, and the baseline of course 1; the other baselines fall on month 12."""
    plan = planned(courses=3)
    found = [one for one in plan.visits if one.group == "laboratory"]
    assert Counter((one.course, one.kind) for one in found) == {
        (1, "due"): 12, (2, "due"): 12, (3, "due"): 48, (1, "baseline"): 1,
    }  # fmt: skip
    served = {one.id: str(one.due) for one in found if any(test.endswith("/baseline") for test in one.tests)}
    assert served == {
        "laboratory/course-1/baseline": "2027-01-10",
        "laboratory/course-1/12": "2028-01-15",
        "laboratory/course-2/12": "2029-01-20",
    }


def test_S40_a_test_without_a_group_is_a_visit_of_its_own() -> None:
    """Years count as 12 months; of the treatment as a whole there is no course. 15 January + 1 year."""
    plan = planned()
    found = visit(plan, "skin-examination-visit/treatment/12")
    assert (str(found.due), found.course, found.group) == ("2028-01-15", None, "skin-examination-visit")
    assert (found.title, found.neutral_title) == ("Skin examination", "Appointment, examination")
    assert found.tests == ("skin-examination/treatment/1",)
    before = visit(plan, "skin-examination-visit/treatment/baseline")
    assert (str(before.due), before.kind, before.tests) == (
        "2027-01-10", "baseline", ("skin-examination/treatment/baseline",),
    )  # fmt: skip


def test_S40_a_window_of_a_group_without_a_baseline_is_a_visit_on_its_last_day() -> None:
    """11 January - 42 days = 30 November 2026, - 2 months = 11 November, and the first infusion's own day."""
    rules = with_tests(
        window("w", closes="first infusion - 42 days"),
        window("x", closes="first infusion - 2 months"),
        window("y", closes="first infusion"),
        window("z", closes="first infusion + 1 year"),
    )
    plan = planned(rules, courses=1)
    found = {one.id.removeprefix("laboratory/course-1/"): (str(one.due), one.kind) for one in plan.visits}
    assert found == {
        "2-months-before-first-infusion": ("2026-11-11", "due"),
        "42-days-before-first-infusion": ("2026-11-30", "due"),
        "first-infusion": ("2027-01-11", "due"),
        "12-months-after-first-infusion": ("2028-01-11", "due"),
    }


def test_S40_a_window_without_a_group_is_no_visit() -> None:
    """Vaccinations take more than a visit: they stay a window, with its own days."""
    tests = {test for one in planned().visits for test in one.tests}
    assert not [one for one in tests if one.startswith("vaccinations")]


def test_S40_a_window_after_the_last_infusion_is_counted_like_a_series() -> None:
    """It closes 3 months after 15 January, with the third draw; the other one closes 5 weeks after, on 19 February."""
    rules = with_tests(
        series("a", "1 month"),
        window("w", closes="last infusion + 3 months"),
        window("x", opens="last infusion + 1 day", closes="last infusion + 5 weeks"),
        window("y", opens="first infusion"),
    )
    plan = planned(rules)
    assert visit(plan, "laboratory/course-1/3").tests == ("a/course-1/3", "w/course-1")
    assert str(visit(plan, "laboratory/course-1/5-weeks").due) == "2027-02-19"
    assert not [one for one in plan.visits if "y/course-1" in one.tests], "without a last day it is due on no day"


def test_S40_a_window_joins_the_baseline_only_on_a_day_in_it() -> None:
    """The draw of 15 January 2028 serves as baseline of course 2. One window holds that day, the other begins after it.

    Without opening, a window holds it too. Course 1 has no draw before it: all are due on the eve, 10 January.
    """
    rules = with_tests(
        series("a", "1 month", baseline={"within": "30 days", "reuse": "14 days"}),
        window("wide", opens="first infusion - 30 days", closes="first infusion - 1 day"),
        window("late", opens="first infusion - 2 days", closes="first infusion - 1 day"),
        window("open", closes="first infusion - 1 day"),
    )
    plan = planned(rules)
    expected = ("a/course-1/12", "a/course-2/baseline", "wide/course-2", "open/course-2")
    assert visit(plan, "laboratory/course-1/12").tests == expected
    alone = visit(plan, "laboratory/course-2/1-days-before-first-infusion")
    assert (str(alone.due), alone.kind, alone.tests) == ("2028-01-17", "due", ("late/course-2",))
    first = visit(plan, "laboratory/course-1/baseline")
    assert first.tests == ("a/course-1/baseline", "wide/course-1", "late/course-1", "open/course-1")


def test_S40_a_baseline_that_is_done_is_no_visit_to_come() -> None:
    """All five are on record on 4 January; the window that is not on record is due on its last day, the eve."""
    given = history(run("2026-12-01", 0), observations=[seen(one, "2027-01-04") for one in (*MONTHLY, "thyroid")])
    plan = plan_treatment(US, BOSTON, not_before=day("2027-01-11"), history=given, as_of=day("2027-01-05"))
    tests = [test for one in plan.visits for test in one.tests]
    assert not [one for one in tests if one.startswith(MONTHLY) and one.endswith("course-1/baseline")]
    alone = visit(plan, "laboratory/course-1/1-days-before-first-infusion")
    assert (str(alone.due), alone.tests) == ("2027-01-10", ("urine-protein-creatinine/course-1",))


def test_S40_a_test_more_renumbers_no_visit() -> None:
    one, more = series("a", "1 month"), [series("b", "3 months"), series("c", "6 weeks"), series("d", "1 year")]
    before, after = planned(with_tests(one)), planned(with_tests(*more, one))
    kept = {found.id: found.due for found in before.visits}
    assert kept.items() <= {found.id: found.due for found in after.visits}.items()


def next_revision(before: Protocol, *tests: SeriesAction, as_of: str, clinic: Clinic = BOSTON) -> Plan:
    """Return the plan made again by another revision, which has these tests, once course 1 was given."""
    after = with_tests(*tests).model_copy(update={"revision": "next"})
    about: dict[str, Any] = {"history": history(run("2027-01-11", 5)), "as_of": day(as_of)}
    return replan(planned(before), after, clinic, accept_protocol=after.name, **about).plan


def test_S40_S45_a_test_that_a_later_revision_adds_is_counted_from_its_anchor() -> None:
    """Every 3 months after 15 January 2027, and added on 1 September: the first date is 15 October, month 9.

    Its interval is 15 July to 15 October, 92 days. Closed for the 46 days before the due day and on it, no day is left.
    """
    one, more = series("a", "1 month"), series("b", "3 months", visit="other")
    found = visit(next_revision(with_tests(one), one, more, as_of="2027-09-01"), "other/course-1/9")
    assert (str(found.due), str(found.because.anchor_day), found.because.offset) == (
        "2027-10-15",
        "2027-01-15",
        "+ 3 × 3 months",
    )
    days = [str(day("2027-10-15") - timedelta(days=n)) for n in range(47)]
    plan = next_revision(with_tests(one), one, more, as_of="2027-08-01", clinic=closed(*days))
    assert shown(plan, "other/course-1/9") == [("2027-10-15", None)]


@pytest.mark.parametrize(
    ("before", "after", "as_of", "expected"),
    [
        ("6 weeks", "1 month", "2027-04-20", {"6-weeks": "2027-02-26", "12-weeks": "2027-04-09", "4": "2027-05-15"}),
        ("3 months", "2 months", "2027-05-01", {"3": "2027-04-15", "4": "2027-05-15", "6": "2027-07-15"}),
        ("10 days", "1 month", "2027-02-01", {"10-days": "2027-01-25", "1": "2027-02-15", "2": "2027-03-15"}),
    ],
)
def test_S40_S45_dates_of_an_earlier_revision_keep_their_ids(
    before: str, after: str, as_of: str, expected: dict[str, str]
) -> None:
    """Past dates stay as they were, and are counted from no infusion; later ones are counted by the new rhythm."""
    plan = next_revision(with_tests(series("a", before)), series("a", after), as_of=as_of)
    found = [one for one in plan.visits if one.course == 1][: len(expected)]
    assert {one.id: str(one.due) for one in found} == {f"laboratory/course-1/{k}": due for k, due in expected.items()}
    assert [one.because.anchor_kind == "kept" for one in found] == [one.due < day(as_of) for one in found]


def test_S40_visits_are_in_order_of_their_days_then_of_the_protocol() -> None:
    """On 15 January 2028 three groups are due."""
    plan = planned()
    assert [one.due for one in plan.visits] == sorted(one.due for one in plan.visits)
    on_day = [one.group for one in plan.visits if str(one.due) == "2028-01-15"]
    assert on_day == ["laboratory", "skin-examination-visit", "hpv-visit"]


# --- S41 ---------------------------------------------------------------------------------------


def test_S41_V08_a_baseline_is_suggested_for_the_last_open_day_before_the_course() -> None:
    assert shown(planned(), "laboratory/course-1/baseline") == [("2027-01-10", "2027-01-08")]


def test_S41_V12_a_visit_that_serves_as_baseline_leaves_time_for_the_results() -> None:
    """18 January - 7 = Tuesday 11 January, 4 days before its due day: at most 31 div 2 = 15."""
    plan = planned(clinic=BOSTON.model_copy(update={"results_days": 7}))
    assert shown(plan, "laboratory/course-1/12") == [("2028-01-15", "2028-01-11")]
    # 11 January 2027 - 7 = Monday 4 January.
    assert shown(plan, "laboratory/course-1/baseline") == [("2027-01-10", "2027-01-04")]
    assert shown(plan, "laboratory/course-1/11") == [("2027-12-15", "2027-12-15")], "it serves as no baseline"


@pytest.mark.parametrize(("results_days", "expected"), [(1, "2027-01-10"), (16, "2026-12-26"), (17, None)])
def test_S41_results_days_count_from_the_first_infusion(results_days: int, expected: str | None) -> None:
    """At a clinic that is open every day: 11 January - 1, and 11 January - 16, which is 15 days before the due day.

    Earlier than half a month before its due day (10 December to 10 January are 31 days) no visit is suggested.
    """
    plan = planned(clinic=closed(results_days=results_days))
    assert shown(plan, "laboratory/course-1/baseline") == [("2027-01-10", expected)]


def test_S41_a_baseline_stays_in_its_window() -> None:
    """The window of 10 days opens on 1 January 2027. Once that is closed, 31 December is open and too early."""
    rules = with_tests(series("a", "1 month", baseline={"within": "10 days"}))
    open_days = planned(rules, closed(results_days=10))
    assert shown(open_days, "laboratory/course-1/baseline") == [("2027-01-10", "2027-01-01")]
    found = visit(planned(rules, closed("2027-01-01", results_days=10)), "laboratory/course-1/baseline")
    assert (found.suggested, found.not_suggested) == (None, "no-open-day")


def test_S41_a_window_stays_in_its_own_days_too() -> None:
    """A window from 5 January joins the baseline of 10 January. With results 7 days before, 4 January is too early."""
    rules = with_tests(
        series("a", "1 month", baseline={"within": "30 days"}),
        window("w", opens="first infusion - 6 days", closes="first infusion - 1 day"),
    )
    assert shown(planned(rules, closed(results_days=6)), "laboratory/course-1/baseline")[0][1] == "2027-01-05"
    assert shown(planned(rules, closed(results_days=7)), "laboratory/course-1/baseline")[0][1] is None


def test_S41_closed_days_are_stepped_over() -> None:
    """Due days of 2027: 15 May is a Saturday. 15 February is Presidents' Day, and the Friday before is open."""
    plan = planned()
    assert shown(plan, "laboratory/course-1/4", "laboratory/course-1/1", "laboratory/course-1/2") == [
        ("2027-05-15", "2027-05-14"),
        ("2027-02-15", "2027-02-12"),
        ("2027-03-15", "2027-03-15"),
    ]


def test_S41_fully_booked_days_are_open_and_extra_open_days_too() -> None:
    week = {"country": "US", "subdivision": "MA", "fully_booked": {"2027-03-15": "no chair"}}
    clinic = clinic_open(MON_TO_FRI, extra_open={"2027-05-15": "Saturday session"}, **week)
    assert shown(planned(clinic=clinic), "laboratory/course-1/2", "laboratory/course-1/4") == [
        ("2027-03-15", "2027-03-15"),
        ("2027-05-15", "2027-05-15"),
    ]


def test_S41_a_laboratory_has_weekdays_of_its_own() -> None:
    """Saturday 15 May is open there; on Mondays it is closed: of Monday 15 March the Saturday before is left.

    Its holidays are the clinic's: 19 June 2027 is a Saturday, and no due day. Presidents' Day stays closed.
    """
    laboratory = {"weekdays": ["tue", "wed", "thu", "fri", "sat"]}
    plan = planned(clinic=BOSTON.model_copy(update={"laboratory": laboratory}))
    assert shown(plan, "laboratory/course-1/4", "laboratory/course-1/2", "laboratory/course-1/1") == [
        ("2027-05-15", "2027-05-15"),
        ("2027-03-15", "2027-03-13"),
        ("2027-02-15", "2027-02-13"),
    ]
    assert [str(one.first_day) for one in plan.courses] == ["2027-01-11", "2028-01-18"]


MARCH: Final = [f"2027-03-{n:02d}" for n in range(2, 16)]


def test_S41_it_is_at_most_half_the_interval_early() -> None:
    """15 February to 15 March are 28 days: at most 14 early, so 1 March is the first day allowed."""
    assert shown(planned(clinic=closed(*MARCH)), "laboratory/course-1/2") == [("2027-03-15", "2027-03-01")]
    none = visit(planned(clinic=closed("2027-03-01", *MARCH)), "laboratory/course-1/2")
    assert (none.suggested, none.not_suggested) == (None, "no-open-day")


def test_S41_half_of_an_odd_interval_is_rounded_down() -> None:
    """15 March to 15 April are 31 days: at most 15 early, 31 March."""
    april = [f"2027-04-{n:02d}" for n in range(1, 16)]
    assert shown(planned(clinic=closed(*april)), "laboratory/course-1/3") == [("2027-04-15", "2027-03-31")]
    none = visit(planned(clinic=closed("2027-03-31", *april)), "laboratory/course-1/3")
    assert none.suggested is None


def test_S41_the_shortest_interval_counts() -> None:
    """Where a test of 3 months and one of 1 month are due together, half a month is allowed and no more."""
    both = with_tests(series("b", "3 months"), series("a", "1 month"))
    clinic = closed("2027-03-31", *(f"2027-04-{n:02d}" for n in range(1, 16)))
    assert visit(planned(both, clinic), "laboratory/course-1/3").suggested is None
    alone = planned(with_tests(series("b", "3 months")), clinic)
    assert shown(alone, "laboratory/course-1/3") == [("2027-04-15", "2027-03-30")]


def test_S41_it_lies_after_the_due_day_before() -> None:
    """26 February is due after 15 February; all days from the 16th are closed, and 21 days early would be allowed."""
    both = with_tests(series("a", "1 month"), series("b", "6 weeks"))
    clinic = closed(*(f"2027-02-{n}" for n in range(16, 27)))
    assert visit(planned(both, clinic), "laboratory/course-1/6-weeks").suggested is None
    alone = planned(with_tests(series("b", "6 weeks")), clinic)
    assert shown(alone, "laboratory/course-1/6-weeks") == [("2027-02-26", "2027-02-15")]


def test_S41_the_due_day_before_may_be_of_another_course() -> None:
    """Course 2 ends on 20 January 2028; + 10 days = 30 January. A yearly test of the treatment was due on 29 January.

    The 30th is closed, and the day before is no day for it: the group was due on it.
    """
    both = with_tests(series("t", "379 days", per="treatment"), series("d", "10 days"))
    clinic = BOSTON.model_copy(update={"closures": (), "laboratory": {"weekdays": [*WEEK.split()]}})
    plan = planned(both, clinic)
    yearly = visit(plan, "laboratory/treatment/379-days")
    assert str(yearly.due) == "2028-01-29"
    shut = clinic.model_copy(update={"closures": [{"date": "2028-01-30", "reason": "Staff day"}]})
    assert visit(planned(both, shut), "laboratory/course-2/10-days").suggested is None


def test_S41_before_a_baseline_on_the_eve_a_visit_that_serves_as_baseline_is_no_due_day() -> None:
    """Course 2 begins on 18 January 2028. The draw of Saturday 15 January serves test a; test b is due on the eve.

    The eve, 17 January, is a holiday, and the weekend is closed: Friday 14 January is left, before the 15th.
    """
    rules = with_tests(
        series("a", "1 month", baseline={"within": "30 days", "reuse": "14 days"}),
        series("b", "1 year", baseline={"within": "30 days"}),
    )
    plan = planned(rules)
    assert visit(plan, "laboratory/course-1/12").tests == ("a/course-1/12", "b/course-1/1", "a/course-2/baseline")
    assert shown(plan, "laboratory/course-1/12", "laboratory/course-2/baseline") == [
        ("2028-01-15", "2028-01-14"),
        ("2028-01-17", "2028-01-14"),
    ]


def test_S41_a_baseline_without_a_window_is_at_most_half_an_interval_early() -> None:
    """A yearly examination: 365 div 2 = 182 days before 10 January 2027 is 12 July 2026, a Sunday.

    The laboratory opens on Tuesdays alone. Of the 26 Tuesdays from 14 July to 5 January the last open one counts.
    """
    tuesdays = [day("2027-01-05") - timedelta(days=7 * n) for n in range(26)]
    clinic = clinic_open(WEEK, laboratory={"weekdays": ["tue"]})
    name = "skin-examination-visit/treatment/baseline"
    assert shown(planned(clinic=clinic), name) == [("2027-01-10", "2027-01-05")]
    for shut, expected in ((tuesdays[:-1], "2026-07-14"), (tuesdays, None)):
        away = clinic.model_copy(update={"closures": [{"date": one, "reason": "Away"} for one in shut]})
        assert shown(planned(clinic=away), name) == [("2027-01-10", expected)]


def test_S41_beyond_the_holiday_data_no_day_is_suggested() -> None:
    """The holidays of the US are known to 2100; the monthly tests run for 48 months from 11 January 2097."""
    plan = planned(first="2097-01-01", courses=1)
    assert str(plan.courses[0].last_day) == "2097-01-11"
    late = [one for one in plan.visits if one.due.year > 2100]
    assert late
    assert {(one.suggested, one.not_suggested) for one in late} == {(None, "holiday-data-missing")}
    known = [one for one in plan.visits if one.due.year <= 2100]
    assert all(one.suggested and one.suggested <= one.due for one in known)
