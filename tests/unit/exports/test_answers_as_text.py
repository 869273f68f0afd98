"""`explain` and `to_text` of whole answers: plans, courses, evaluations, forecasts and revisions."""

from datetime import date
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    Change,
    CourseVerdict,
    Decision,
    Derivation,
    Evaluation,
    Finding,
    Forecast,
    History,
    InvalidInput,
    Monitoring,
    NotAssessed,
    Plan,
    Revision,
    evaluate,
    explain,
    load_protocol,
    plan_treatment,
    to_text,
)
from lemtrada_schedule.exports.text.verdict_text import VerdictsText
from tests.support.entry_points import START, small_plan, small_protocol, weekday_clinic
from tests.support.hostile_values import hostile_objects

EARLY: Final = Finding(code="course-too-early", severity="error", course=2, message="it is early", hint="ask")


def evaluation(**more: Any) -> Evaluation:
    given = CourseVerdict(
        number=1, first_day=date(2025, 3, 3), last_day=date(2025, 3, 7), infusions=5, status="complete"
    )
    fields: dict[str, Any] = {
        "as_of": date(2025, 6, 1), "status": "awaiting-course-2", "courses": [given], "findings": [EARLY],
        "not_assessed": [], "changes_on": None,
    }  # fmt: skip
    return Evaluation(**{**fields, **more})


def test_an_evaluation_is_explained_line_by_line() -> None:
    asked = [("one", "birth_date"), ("two", "clinic"), ("three", "birth_date"), ("one", "birth_date")]
    questions = [NotAssessed(code=code, missing=missing) for code, missing in asked]
    tests = Monitoring(
        action="blood-count", course=1, dates=(), done=3, late=1, missed=0, overdue=2, longest_gap_days=40
    )
    found = evaluation(monitoring=[tests], not_assessed=questions, changes_on=date(2026, 3, 7))
    assert explain(found).splitlines() == [
        "Status on 2025-06-01 (Sunday 1 June): awaiting-course-2.",
        "Course 1 from 2025-03-03 (Monday 3 March) to 2025-03-07 (Friday 7 March): 5 infusions, complete.",
        "error course-too-early: it is early; ask.",
        "Test blood-count of course 1: 3 done, 1 late, 0 missed, 2 overdue.",
        "Not checked: no birth_date (one, three).",
        "Not checked: no clinic (two).",
        "This changes on 2026-03-07 (Saturday 7 March) if nothing more is recorded.",
    ]


def test_a_test_of_the_whole_treatment_is_named_so() -> None:
    tests = Monitoring(
        action="eye-test", course=None, dates=(), done=0, late=0, missed=0, overdue=0, longest_gap_days=None
    )
    found = evaluation(courses=[], findings=[], monitoring=[tests])
    assert explain(found).splitlines()[1:] == ["Test eye-test of the treatment: 0 done, 0 late, 0 missed, 0 overdue."]


def test_an_evaluation_as_text_is_that_of_one_patient() -> None:
    found = evaluation(not_assessed=[NotAssessed(code="one", missing="clinic")])
    assert to_text(found).splitlines() == [
        "patient: awaiting-course-2",
        "  course 1: Mon  3 Mar 2025 - Fri  7 Mar 2025, 5 infusions, complete",
        "  error course-too-early (course 2): it is early; ask",
        "  not checked: no clinic (one)",
    ]


def test_the_text_of_many_patients_shows_none_of_them() -> None:
    """Error trackers record the local variables of functions."""
    text = VerdictsText()
    text.add("Zq7PatientXY", evaluation())
    assert repr(text) == "VerdictsText()"
    assert "Zq7PatientXY: awaiting-course-2" in "".join(text.pieces())


def forecast(**more: Any) -> Forecast:
    fields: dict[str, Any] = {
        "as_of": date(2025, 6, 1), "course": 2, "status": "not-due", "earliest": None, "recommended": None,
        "past_due": None, "reasons": ["the interval is not over", "no clinic"], "because": None, "changes_on": None,
    }  # fmt: skip
    return Forecast(**{**fields, **more})


def test_a_forecast_is_explained_line_by_line() -> None:
    because = Derivation(
        anchor="last infusion of course 1", anchor_day=date(2025, 3, 7), offset="+ 12 months", rounding="later",
        result=date(2026, 3, 7), cite="faq", basis="label",
    )  # fmt: skip
    decision = Decision(course=1, decision="resume", by="Dr A", why="recovered", on=date(2025, 5, 1))
    day = date(2026, 3, 7)
    days = {"earliest": day, "recommended": day, "past_due": date(2026, 6, 7), "changes_on": day}
    assert explain(forecast(because=because, decisions=[decision], **days)).splitlines() == [
        "Course 2 on 2025-06-01 (Sunday 1 June): not-due; the interval is not over; no clinic.",
        "Earliest day 2026-03-07 (Saturday 7 March): last infusion of course 1 (2025-03-07) + 12 months; FAQ.",
        "Recommended day 2026-03-07 (Saturday 7 March).",
        "Past due after 2026-06-07 (Sunday 7 June).",
        "Decided for course 1 by Dr A: resume; recovered.",
        "This changes on 2026-03-07 (Saturday 7 March) if nothing more is recorded.",
    ]


def test_a_forecast_without_a_date_says_why() -> None:
    told = "Course 2 on 2025-06-01 (Sunday 1 June): not-due; the interval is not over; no clinic."
    assert explain(forecast()) == told
    assert to_text(forecast()).startswith("patient: course 2, not-due: the interval is not over; no clinic\n")


def revision() -> Revision:
    changes = (
        Change(kind="kept", item="course-1/day-1", before=START, after=START, reason="as it was"),
        Change(kind="moved", item="a/1", before=date(2027, 2, 1), after=date(2027, 2, 2), reason="anew"),
        Change(kind="moved", item="a/2", before=date(2027, 3, 1), after=date(2027, 3, 2), reason="anew"),
        Change(kind="moved", item="a/3", before=date(2027, 4, 1), after=date(2027, 4, 2), reason="anew"),
        Change(kind="added", item="b", before=None, after=date(2027, 2, 2), reason="new rule"),
        Change(kind="cancelled", item="c", before=date(2027, 2, 2), after=None, reason="old rule"),
        Change(kind="cancelled", item="d", before=None, after=None, reason="another"),
        Change(
            kind="moved",
            item="e",
            before=date(2027, 2, 1),
            after=date(2027, 2, 2),
            reason="shorter",
            which="last-day",
            at_least=True,
        ),
    )
    return Revision(plan=small_plan().model_copy(update={"revision": 1}), changes=changes)


def test_a_day_on_which_a_future_record_counts_is_not_given_as_the_next_change() -> None:
    """A record of 2062, probably of 2026: the status changes then only if the date is correct."""
    given = History.from_dates(["2025-03-03", "2062-03-09"], patient="x")
    judged = evaluate(given, load_protocol("us-2024-05-r2"), as_of=date(2026, 6, 1))
    assert judged.changes_on == date(2062, 3, 9)
    assert "  status changes on Thu  9 Mar 2062 if the date of that record is correct" in to_text(judged).splitlines()
    assert "This changes on 2062-03-09 (Thursday 9 March) if the date of that record is correct." in explain(judged)


def test_a_revision_is_explained_change_by_change() -> None:
    """Neighbours of one kind with one reason share a line."""
    assert explain(revision()).splitlines() == [
        "Revision 1 of the plan: 1 item kept, 7 changed.",
        "Moved: a/1 from 2027-02-01 (Monday 1 February) to 2027-02-02 (Tuesday 2 February), and 2 other items; anew.",
        "Added: b to 2027-02-02 (Tuesday 2 February); new rule.",
        "Cancelled: c from 2027-02-02 (Tuesday 2 February); old rule.",
        "Cancelled: d; another.",
        "Moved: e, last day from 2027-02-01 (Monday 1 February) to at least 2027-02-02 (Tuesday 2 February); shorter.",
    ]


def test_a_revision_as_text_has_a_line_for_each_change() -> None:
    lines = to_text(revision()).splitlines()
    assert lines[0] == "Plan revision 1: 1 kept, 4 moved, 1 added, 2 cancelled"
    assert "a/1 to 3" in lines[1]
    assert "last day Mon  1 Feb 2027 -> at least Tue  2 Feb 2027" in lines[-1]


def test_a_plan_is_explained_by_its_courses_contraception_and_findings() -> None:
    """Two courses of two days and one, from Monday 11 January 2027."""
    plan = plan_treatment(small_protocol(), weekday_clinic(), not_before=START)
    lines = explain(plan).splitlines()
    parts = [*plan.courses, *plan.contraception, *plan.findings]
    assert lines[0] == "Plan made with protocol small-1, revision 0: 2 courses with 3 infusion days."
    assert lines[1 : len(parts) + 1] == [explain(part) for part in parts]
    assert lines[1].startswith("Course 1 from 2027-01-11 (Monday 11 January) to 2027-01-12 (Tuesday 12 January): ")
    assert lines[-1] == "Not checked: no as_of (deadline-passed)."


def test_a_course_as_text_is_its_part_of_the_plan() -> None:
    plan = small_plan()
    text = to_text(plan.courses[0])
    assert text.splitlines()[0] == "Course 1: Mon 11 Jan 2027 - Tue 12 Jan 2027 (starts on time)"
    assert text in to_text(plan)


@pytest.mark.parametrize("verb", [explain, to_text], ids=["explain", "to_text"])
def test_anything_else_is_refused(verb: Any) -> None:
    for x in (*hostile_objects(), None, "a plan", History(), load_protocol("us-2024-05"), []):
        if type(x) is not Plan:
            with pytest.raises(InvalidInput) as caught:
                verb(x)
            assert (caught.value.code, caught.value.place) == ("wrong-type", "x")


def test_the_message_names_what_can_be_written_as_text() -> None:
    with pytest.raises(
        InvalidInput, match="expected one of Plan, Course, Revision, Evaluation, Forecast, Worklist; got text"
    ):
        to_text("a plan")  # type: ignore[arg-type]  # refused
