"""`due` and its items: arguments, what no rule decides, and how values are shown."""

from datetime import date, datetime
from typing import Any

import holidays
import pytest

from lemtrada_schedule import (
    InvalidInput,
    PlanMismatch,
    due,
    plan_treatment,
    worklist,
)
from lemtrada_schedule.agenda.judged_tests import NOT_JUDGED
from lemtrada_schedule.agenda.open_tests import open_tests
from lemtrada_schedule.agenda.treatment import treatment_on
from lemtrada_schedule.agenda.visit_items import first_open_day
from tests.support.agendas import (
    BASELINE,
    EVERY_DAY,
    PROPHYLAXIS,
    START,
    WINDOW,
    asked,
    given,
    monthly,
    planned,
    rules,
    told,
)
from tests.support.clinics import MON_TO_FRI, clinic_open

DAYS: Any = {"as_of": START, "first_day": START, "last_day": START}

OPENING = """
[[actions]]
id = "after"
title = "After"
kind = "window"
opens = "last infusion + 42 days"
cite = "own"
"""
"""A window that opens and never closes."""


# --- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "value", "code"),
    [
        ("as_of", "2027-05", "partial-date"),
        ("first_day", datetime(2027, 5, 6), "calendar-date"),  # as a careless caller would
        ("last_day", date(2100, 1, 1), "date-range"),
        ("clinic", "boston", "wrong-type"),
        ("grace_days", -1, "out-of-range"),
        ("history", "x", "wrong-type"),
        ("last_day", date(2027, 5, 5), "out-of-range"),
    ],
)
def test_a_wrong_argument_is_named(argument: str, value: object, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        due(planned(), **{**DAYS, argument: value})
    assert (refused.value.code, refused.value.problems[0].argument) == (code, argument)


def test_a_plan_is_needed() -> None:
    with pytest.raises(InvalidInput, match="plan: expected a Plan, got text"):
        due("plan", **DAYS)  # type: ignore[arg-type]  # what is tested


def test_a_plan_without_its_protocol_is_refused() -> None:
    """An earlier release wrote it, and its protocol is not a built-in one."""
    plan = planned()
    plan = plan.model_copy(update={"provenance": plan.provenance.model_copy(update={"rules": None})})
    with pytest.raises(PlanMismatch, match="replan it with the protocol it was made by") as refused:
        due(plan, **DAYS)
    assert (refused.value.place, refused.value.argument) == ("plan", "plan")
    with pytest.raises(PlanMismatch) as refused:
        worklist([(plan, None)], **DAYS)
    assert refused.value.place == "pairs.0"


def test_a_clinic_of_another_zone_is_refused() -> None:
    with pytest.raises(PlanMismatch) as refused:
        due(planned(), **DAYS, clinic=clinic_open(MON_TO_FRI, time_zone="Europe/Berlin"))
    assert (refused.value.code, refused.value.argument) == ("plan-mismatch", "clinic")


# --- suggested days ------------------------------------------------------------------------------


def test_another_clinic_s_days_are_suggested() -> None:
    """7 August 2027 is a Saturday."""
    items = asked(planned(), None, "2027-08-01", "2027-08-07..2027-08-07", clinic=EVERY_DAY)
    assert [item.suggested for item in items if item.state == "due"] == [date(2027, 8, 7)]


def test_a_baseline_that_closes_before_the_first_open_day_has_no_day() -> None:
    """Course 1 begins on Monday 3 May 2027. On Saturday the 1st, Monday would be too late for the baseline alone."""
    clinic = clinic_open(
        MON_TO_FRI, closures=[{"date": "2027-05-06", "reason": "a"}, {"date": "2027-05-07", "reason": "b"}]
    )
    plan = planned(BASELINE, clinic=clinic)
    assert plan.courses[0].first_day == date(2027, 5, 10)
    (item,) = [one for one in asked(plan, None, "2027-05-08", "2027-05-08..2027-05-09") if one.kind == "visit"]
    assert (item.item, item.state, item.suggested) == ("laboratory/course-1/baseline", "due", None)
    assert item.reason.endswith("; no day is suggested: no allowed day is open")


def test_beyond_the_holiday_data_no_day_is_suggested() -> None:
    """The holidays of Sri Lanka are announced year by year."""
    last = int(getattr(holidays, "LK").end_year)  # noqa: B009  # its stubs know no country
    clinic = clinic_open(MON_TO_FRI, country="LK")
    assert first_open_day(clinic, date(last + 1, 1, 5)) == (None, "holiday-data-missing")


def test_a_clinic_that_is_closed_for_a_year_suggests_no_day() -> None:
    closed = [
        {"date": date.fromordinal(date(2027, 8, 8).toordinal() + n).isoformat(), "reason": "x"} for n in range(370)
    ]
    history = given(done=monthly("2027-06-07", 2))
    (item, *_) = asked(planned(), history, "2027-08-08", clinic=clinic_open(MON_TO_FRI, closures=closed))
    assert (item.state, item.suggested) == ("overdue", None)
    assert item.reason.endswith("no day is suggested: no allowed day is open")


# --- tests that are in no visit ------------------------------------------------------------------


def test_a_test_that_no_visit_of_the_plan_holds_is_listed_by_itself() -> None:
    plan = planned(BASELINE)
    bare = plan.model_copy(update={"visits": plan.visits[2:]})  # without the baseline of course 1 and the first count
    items = asked(bare, None, "2027-04-01", "2027-05-01..2027-06-30")
    assert told(items, "visit") == [
        ("2027-05-05", "liver/course-1/baseline", "due"),
        ("2027-06-07", "count/course-1/1", "due"),
    ]
    baseline, count = (item for item in items if item.kind == "visit")
    assert (baseline.title, baseline.suggested) == ("Liver: baseline", None)
    assert baseline.reason == "due: Liver: baseline; first infusion of course 1 (2027-05-06) - 1 day; OWN"
    assert count.reason == "due: Count; last infusion of course 1 (2027-05-07) + 1 month; OWN"
    recorded = given(done=["2027-07-07"], tests_recorded=["count"])
    (overdue, *_) = asked(bare, given(tests_recorded=["count"]), "2027-06-08")
    assert (overdue.item, overdue.suggested) == ("count/course-1/1", date(2027, 6, 8))
    assert ("2027-06-07", "missed/count", "missed") in told(asked(bare, recorded, "2027-07-08"), "visit")


def test_an_open_test_shows_its_id_alone() -> None:
    treatment = treatment_on(planned(), rules(), None, None, as_of=START, until=START)
    assert repr(next(open_tests(treatment, NOT_JUDGED, date(2027, 6, 30)))) == "OpenTest('count/course-1/1')"


# --- windows that never close --------------------------------------------------------------------


def test_a_window_that_never_closes_is_due_from_its_first_day_on() -> None:
    """42 days after 7 May 2027 is 18 June. Where the test is recorded, it stays due until it is done."""
    plan = planned(OPENING)
    recorded = given(done=["2027-06-07"], tests_recorded=["count", "after"])
    done = given(done=["2027-06-07"], observations=[{"code": "after", "date": "2027-06-20"}])
    june = "2027-06-01..2027-06-30"

    def windows(history: Any, as_of: str) -> list[tuple[str, str, str]]:
        return told(asked(plan, history, as_of, june), "window")

    assert windows(recorded, "2027-06-10") == [("2027-06-18", "after/course-1", "due")]
    assert windows(recorded, "2027-06-21") == [("2027-06-21", "after/course-1", "due")]
    assert windows(done, "2027-06-21") == []
    assert windows(given(), "2027-06-21") == [("2027-06-18", "after/course-1", "unrecorded")]


# --- records that could not be read, and decisions of another time -------------------------------


def test_refused_rows_of_tests_leave_every_test_unrecorded() -> None:
    history = given(done=monthly("2027-06-07", 2), unreadable_observations=[4])
    items = asked(planned(WINDOW), history, "2027-08-10", "2027-03-01..2027-08-31")
    assert {item.state for item in items if item.kind in ("visit", "window")} == {"unrecorded"}


def test_an_override_accepts_a_missing_window() -> None:
    override = {"code": "window-missed", "test": "shots", "by": "Dr", "why": "immune", "on": "2027-05-01"}
    history = given(done=["2027-06-07"], tests_recorded=["shots", "count"], overrides=[override])
    assert told(asked(planned(WINDOW), history, "2027-06-08", "2027-03-01..2027-06-30"), "window") == []


def test_a_baseline_that_is_accepted_or_was_due_before_tests_were_recorded_is_not_missed() -> None:
    override = {"code": "baseline-missing", "test": "liver", "by": "Dr", "why": "known", "on": "2027-05-06"}
    accepted = given(tests_recorded=["liver"], overrides=[override])
    early = given(tests_recorded=["liver"], tests_recorded_from="2027-05-06")
    may = "2027-05-01..2027-05-31"
    assert told(asked(planned(BASELINE), accepted, "2027-05-10", may), "visit") == []
    assert told(asked(planned(BASELINE), early, "2027-05-10", may), "visit") == [
        ("2027-05-05", "laboratory/course-1/baseline", "unrecorded")
    ]


def test_a_baseline_done_before_the_plan_was_made_is_not_due() -> None:
    """Without a history the plan itself knows it; with one that lacks the record, it is missed after all."""
    history = given([], observations=[{"code": "liver", "date": "2027-04-20"}])
    plan = planned(BASELINE)
    made = plan.model_copy(update={"activities": tuple(map(_with_baseline_done, plan.activities))})
    made = made.model_copy(update={"visits": [one for one in plan.visits if one.kind != "baseline"]})
    eve = "2027-05-05..2027-05-05"
    assert told(asked(made, None, "2027-05-01", eve), "visit") == []
    assert told(asked(made, history, "2027-05-01", eve), "visit") == []
    lost = given([], tests_recorded=["liver"])
    assert told(asked(made, lost, "2027-05-01", eve), "visit") == [("2027-05-05", "liver/course-1/baseline", "due")]
    late = asked(made, lost, "2027-05-06", "2027-05-06..2027-05-06")
    assert ("2027-05-05", "missed/liver", "missed") in told(late, "visit")


def _with_baseline_done(activity: Any) -> Any:
    if activity.kind != "series" or activity.course != 1 or activity.baseline is None:
        return activity
    done = activity.baseline.model_copy(update={"done": True, "due": date(2027, 4, 20)})
    return activity.model_copy(update={"baseline": done})


def test_a_decision_about_a_course_that_is_not_on_record_is_left_aside() -> None:
    """The plan was made with a decision on course 1; its records were withdrawn since."""
    request = planned().provenance.request
    decision = {"course": 1, "decision": "treat-as-complete", "by": "Dr", "why": "reaction", "on": "2027-05-10"}
    made = planned().provenance.model_copy(
        update={"request": request.model_copy(update={"as_of": START, "decisions": [decision]})}
    )
    plan = planned().model_copy(update={"provenance": made})
    assert told(asked(plan, given([]), "2027-05-06", "2027-05-01..2027-05-31"), "infusion") == [
        ("2027-05-06", "course-1/day-1", "planned"),
        ("2027-05-07", "course-1/day-2", "planned"),
    ]


# --- periods -------------------------------------------------------------------------------------


def test_a_period_without_an_end_says_so() -> None:
    endless = (
        PROPHYLAXIS.replace('ends = "last infusion + 2 months"\n', "").partition("open_until")[0] + 'cite = "own"\n'
    )
    (item,) = [one for one in asked(planned(endless), None, "2027-06-01") if one.item == "pills/course-1"]
    assert item.reason.startswith("since 2027-05-06, no end stated: first infusion of course 1 (2027-05-06)")
    (item,) = [one for one in asked(planned(PROPHYLAXIS), None, "2027-06-01") if one.item == "pills/course-1"]
    assert item.reason.startswith("since 2027-05-06, until a recorded result ends it, not before 2027-07-07: ")


# --- plans made mid-treatment, without a history -------------------------------------------------


@pytest.mark.parametrize(
    ("days", "as_of", "expected"),
    [
        (["2027-05-06"], "2027-05-07", [("2027-05-07", "course-1/day-2", "unrecorded")]),
        (["2027-05-06", "2027-05-07"], "2027-05-08", []),
    ],
)
def test_days_on_record_when_the_plan_was_made_are_not_unrecorded(
    days: list[str], as_of: str, expected: list[tuple[str, str, str]]
) -> None:
    plan = plan_treatment(
        rules(), EVERY_DAY, not_before=date(2027, 5, 9), history=given(days), as_of=date.fromisoformat(as_of)
    )
    assert told(asked(plan, None, "2027-05-20", "2027-05-01..2027-05-20"), "infusion") == expected
