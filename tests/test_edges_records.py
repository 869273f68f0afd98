"""Rare paths of what judges and replans, each by hand."""

from datetime import date
from typing import Any

import pytest

from lemtrada_schedule import (
    Clinic,
    Decision,
    History,
    InvalidInput,
    Protocol,
    evaluate,
    explain,
    forecast,
    load_protocol,
    plan_treatment,
    replan,
)
from lemtrada_schedule.plan import PeriodActivity

US = load_protocol("us")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def open_always(zone: str = "America/New_York", **more: Any) -> Clinic:
    hours = dict.fromkeys(WEEK, "00:00-23:59")
    return Clinic.model_validate({"time_zone": zone, "infusion_starts": "09:00", "opening_hours": hours, **more})


DECIDED = Decision(course=1, decision="treat-as-complete", by="neurologist", why="recovered", on=date(2027, 1, 20))
SHORT = History.from_dates(["2027-01-11", "2027-01-12", "2027-01-13"])


def test_a_course_that_a_decision_makes_possible_is_added() -> None:
    """Three of five days, over: no course 2. Decided: a year after 13 January 2027, and the clinic is always open."""
    asked: dict[str, Any] = {"history": SHORT, "as_of": date(2027, 1, 20)}
    plan = plan_treatment(US, open_always(), not_before=date(2027, 1, 21), courses=2, **asked)
    assert [course.number for course in plan.courses] == [1]
    revision = replan(plan, US, open_always(), **asked, decisions=(DECIDED,))
    added = next(change for change in revision.changes if change.item == "course-2/day-1")
    assert (added.kind, added.after) == ("added", date(2028, 1, 13))
    assert added.reason == "course 2 is now from 2028-01-13"


def test_a_recorded_day_without_times_is_explained() -> None:
    plan = plan_treatment(
        US, open_always(), not_before=date(2027, 2, 1), courses=2, history=SHORT, as_of=date(2027, 1, 13)
    )
    assert explain(plan.infusion_days[0]) == "Infusion day 1 on 2027-01-11 (Monday 11 January): given."


def test_recorded_times_that_the_clocks_skip_make_no_window() -> None:
    """In New York, 14 March 2027 has no 02:30: the record stays as it is, the plan shows no times."""
    record = {"date": "2027-03-14", "started": "02:30", "ended": "06:30"}
    history = History.model_validate({"infusions": [record]})
    plan = plan_treatment(
        US, open_always(), not_before=date(2027, 3, 15), courses=1, history=history, as_of=date(2027, 3, 14)
    )
    assert plan.infusion_days[0].infusion is None
    assert plan.infusion_days[1].infusion is not None


def test_an_undecided_course_keeps_prophylaxis_open_whatever_the_count() -> None:
    """A CD4 count of 400 does not close what rests on a course that is not settled."""
    history = SHORT.model_copy(update={"observations": [{"date": "2027-06-01", "code": "cd4", "value": 400}]})
    plan = plan_treatment(
        US, open_always(), not_before=date(2027, 6, 3), courses=1, history=history, as_of=date(2027, 6, 2)
    )
    periods = [a for a in plan.activities if isinstance(a, PeriodActivity) and a.action == "herpes-prophylaxis"]
    assert [(p.provisional, p.last_day) for p in periods] == [(True, None)]


def test_a_year_without_holiday_data_is_not_told() -> None:
    """Kosovo declared itself independent in 2008: no public holidays of 2000 are known."""
    evaluation = evaluate(
        History.from_dates(["2000-03-01"]), US, as_of=date(2000, 3, 1), clinic=open_always(country="XK")
    )
    told = [(one.code, one.missing, one.row) for one in evaluation.not_assessed if one.code == "public-holiday"]
    assert told == [("public-holiday", "public holidays of 2000", 1)]


def test_a_baseline_of_the_first_course_only_is_asked_for_once() -> None:
    """The protocol's own test before course 1 is not missed before course 2."""
    own = US.model_dump(mode="json")
    for action in own["actions"]:
        if action["id"] == "blood-count":
            action["per"] = "first-course"
    protocol = Protocol.model_validate(own)
    days = [*(f"2025-03-0{n}" for n in range(3, 8)), *(f"2026-03-{n}" for n in range(10, 13))]
    seen = [{"date": "2020-01-01", "code": "thyroid"}]
    history = History.from_dates(days, observations=seen)
    found = evaluate(history, protocol, as_of=date(2026, 6, 1)).findings
    missing = [f.course for f in found if f.code == "baseline-missing" and "blood count" in f.message]
    assert missing == [1]


@pytest.mark.parametrize("decisions", [5, "resume", {}, None])
def test_decisions_are_a_list(decisions: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        forecast(SHORT, US, as_of=date(2027, 1, 20), decisions=decisions)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "decisions")


@pytest.mark.parametrize(("span", "code"), [("3 moons", "span"), (90, "wrong-type"), ({"count": 3}, "wrong-type")])
def test_past_due_is_a_span(span: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        forecast(SHORT, US, as_of=date(2027, 1, 20), past_due_after=span)
    assert (caught.value.code, caught.value.place) == (code, "past_due_after")


@pytest.mark.parametrize("dates", ["2027-01-11", 5, None, {"2027-01-11": 1}])
def test_dates_are_a_list(dates: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        History.from_dates(dates)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "dates")


def test_numbers_that_contradict_the_dates_are_unclear() -> None:
    """Course 2 on record before course 1."""
    rows = [{"date": f"2025-03-0{n}", "course": 2} for n in range(3, 6)]
    rows += [{"date": f"2026-06-0{n}", "course": 1} for n in range(1, 6)]
    evaluation = evaluate(History.model_validate({"infusions": rows}), US, as_of=date(2026, 7, 1))
    assert evaluation.status == "needs-clinical-decision"
    assert [f.course for f in evaluation.findings if f.code == "course-boundary-unclear"] == [1]
