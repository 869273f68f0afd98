"""Courses of which only the first and last day are on record: answers by hand, from `docs/sources/registry.md`.

By `us-2024-05-r2`, course 1 has 5 infusions and each later one 3; the minimum interval is 12 months.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    Decision,
    Evaluation,
    Forecast,
    History,
    PlanMismatch,
    evaluate,
    explain,
    forecast,
    load_protocol,
    parse_histories,
    parse_source,
    plan_treatment,
    read_clinic,
    replan,
    to_text,
    worklist,
)

US: Final = load_protocol("us-2024-05-r2")
AS_OF: Final = date(2026, 11, 22)
FIRST: Final = ("2025-03-03", "2025-03-07")
OF_DAYS: Final = {"course-incomplete", "course-not-consecutive", "extra-infusion"}


NUMBERED: Final = parse_source(
    '[columns]\npatient = "ID"\ndate = "FROM"\nlast_day = "TO"\ncourse = "NO"\n[read]\nrows = "courses"'
)


def registry(*rows: Sequence[str]) -> History:
    """Return the history of a patient's courses, each with its first and last day."""
    lines = ["PATIENT_ID,THERAPY,START_DATE,STOP_DATE", *(f"r1,LEMTRADA,{first},{last}" for first, last in rows)]
    (history,) = parse_histories("\n".join(lines), format="csv", source="registry").histories
    return history


def judged(*rows: Sequence[str], as_of: date = AS_OF, **asked: Any) -> Evaluation:
    return evaluate(registry(*rows), US, as_of=as_of, **asked)


def ahead(*rows: Sequence[str]) -> Forecast:
    return forecast(registry(*rows), US, as_of=AS_OF)


def found(evaluation: Evaluation) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.course) for finding in evaluation.findings]


def unknown(evaluation: Evaluation) -> set[tuple[str, int | None]]:
    """Return the questions about days that are not on record, each with its course."""
    asked = [one for one in evaluation.not_assessed if one.fact and one.fact.kind in ("infusion-days", "last-infusion")]
    return {(one.code, one.fact.course) for one in asked if one.fact}


def test_what_needs_infusions_is_not_assessed_and_the_rest_is() -> None:
    evaluation = judged(FIRST, ("2026-03-09", "2026-03-11"))
    assert found(evaluation) == []
    assert [(one.first_day, one.last_day, one.status) for one in evaluation.courses] == [
        (date(2025, 3, 3), date(2025, 3, 7), "not-assessed"),
        (date(2026, 3, 9), date(2026, 3, 11), "not-assessed"),
    ]
    assert unknown(evaluation) == {
        (code, course) for code in ("course-incomplete", "course-not-consecutive") for course in (1, 2)
    }
    assert evaluation.status == "not-assessed"
    assert judged(FIRST).status == "awaiting-course-2"
    assert ahead(FIRST).earliest == date(2026, 3, 7)
    assert ahead(FIRST, ("2026-03-09", "2026-03-11")).earliest == date(2027, 3, 11)


def test_a_question_about_days_names_the_row_of_its_course() -> None:
    """The header is row 1."""
    evaluation = judged(FIRST, ("2026-03-09", "2026-03-11"))
    asked = [one for one in evaluation.not_assessed if one.code in OF_DAYS]
    assert {(one.fact.course, one.row) for one in asked if one.fact} == {(1, 2), (2, 3)}


def test_a_course_with_too_few_days_is_short_in_any_case() -> None:
    evaluation = judged(("2025-03-03", "2025-03-06"))
    assert found(evaluation) == [("course-incomplete", 1), ("needs-clinical-decision", 1)]
    assert "at most 4 of 5" in evaluation.findings[0].message
    assert ahead(("2025-03-03", "2025-03-06")).earliest is None


def test_a_course_of_one_day_is_wholly_known() -> None:
    evaluation = judged(("2025-03-03", "2025-03-03"))
    assert found(evaluation) == [("course-incomplete", 1), ("needs-clinical-decision", 1)]
    assert unknown(evaluation) == set()


def test_more_days_than_infusions_may_be_an_infusion_too_many() -> None:
    evaluation = judged(("2025-03-03", "2025-03-10"))
    assert ("extra-infusion", 1) in unknown(evaluation)
    assert ("extra-infusion", 1) not in unknown(judged(FIRST))


def test_an_early_course_is_reported_and_its_boundary_is_clear() -> None:
    evaluation = judged(FIRST, ("2026-02-23", "2026-02-25"))
    assert found(evaluation) == [("interval-below-minimum", 2)]
    assert ahead(FIRST, ("2026-02-23", "2026-02-25")).earliest == date(2027, 2, 25)


def test_without_a_last_day_nothing_is_counted_from_the_course() -> None:
    evaluation, outlook = judged(("2026-01-05", "")), ahead(("2026-01-05", ""))
    assert (evaluation.status, found(evaluation)) == ("not-assessed", [])
    assert [(one.first_day, one.last_day) for one in evaluation.courses] == [(date(2026, 1, 5), None)]
    assert "  course 1: Mon  5 Jan 2026 - not on record, 1 infusion on record, not-assessed\n" in to_text(evaluation)
    assert "Course 1 from 2026-01-05 (Monday 5 January) to a day that is not on record: " in explain(evaluation)
    assert unknown(evaluation) >= {(code, 1) for code in OF_DAYS}
    assert {one.code for one in evaluation.not_assessed} >= {
        "earliest-next-course",
        "contraception-until",
        "monitoring-until",
    }
    assert (outlook.status, outlook.earliest) == ("not-assessed", None)


@pytest.mark.parametrize("decided", ["treat-as-complete", "new-course", "resume"])
def test_a_decision_tells_no_last_infusion(decided: Any) -> None:
    """The last infusion of the course may have been on any later day: nothing is counted from the first (S11)."""
    decision = Decision(course=1, decision=decided, by="neurologist", why="asked", on=date(2026, 1, 6))
    outlook = forecast(registry(("2026-01-05", "")), US, as_of=AS_OF, decisions=[decision])
    assert (outlook.status, outlook.earliest) == ("not-assessed", None)


def test_an_open_row_of_a_numbered_course_leaves_its_end_open() -> None:
    """Course 2 has two rows: 9 and 10 March 2026, and one from the 20th without a last day."""
    rows = ("2025-03-03,2025-03-07,1", "2026-03-09,2026-03-10,2", "2026-03-20,,2")
    text = "\n".join(["ID,FROM,TO,NO", *(f"x,{row}" for row in rows)])
    (history,) = parse_histories(text, format="csv", source=NUMBERED).histories
    evaluation = evaluate(history, US, as_of=AS_OF)
    assert [(one.last_day, one.status) for one in evaluation.courses] == [
        (date(2025, 3, 7), "not-assessed"),
        (None, "not-assessed"),
    ]
    asked = {one.code for one in evaluation.not_assessed}
    assert asked >= {"earliest-next-course", "contraception-until", "monitoring-until"}
    assert forecast(history, US, as_of=AS_OF).earliest is None


def test_after_an_open_course_only_a_course_that_is_early_in_any_case_is_reported() -> None:
    certain = judged(("2025-03-03", ""), ("2026-02-23", "2026-02-25"))
    assert found(certain) == [("interval-below-minimum", 2)]
    assert "by the days on record" in certain.findings[0].message
    perhaps = judged(("2025-03-03", ""), ("2026-03-04", "2026-03-06"))
    assert found(perhaps) == []
    assert ("interval-below-minimum", 1) in unknown(perhaps)
    assert ahead(("2025-03-03", ""), ("2026-03-04", "2026-03-06")).earliest == date(2027, 3, 6)


@pytest.mark.parametrize(("tolerance", "is_reported"), [(3, False), (2, True)])
def test_how_early_a_course_is_after_an_open_one_is_known_only_beyond_the_tolerance(
    tolerance: int,
    is_reported: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """Course 2 from 9 March 2026, perhaps longer. Course 3 on 6 March 2027 is 3 days early, or more."""
    evaluation = judged(
        FIRST, ("2026-03-09", ""), ("2027-03-06", "2027-03-08"), as_of=date(2027, 11, 22), tolerance_days=tolerance
    )
    assert [code for code, _ in found(evaluation)] == (["interval-below-minimum"] if is_reported else [])
    assert (("interval-below-minimum", 2) in unknown(evaluation)) is not is_reported


def test_course_2_is_judged_from_the_first_day_of_an_open_course_1() -> None:
    """Three days before 3 March 2026, 12 months after the first infusion, whichever day was the last one."""
    evaluation = judged(("2025-03-03", ""), ("2026-02-28", "2026-03-02"), tolerance_days=3)
    assert found(evaluation) == [("within-tolerance", 2)]
    assert ("interval-below-minimum", 1) not in unknown(evaluation)


def test_between_the_two_intervals_the_anchor_is_not_named_however_late_the_last_day_was() -> None:
    """One of two rows has 7 March 2025 as the last day, the other none: 5 March 2026 is before 12 months from any."""
    evaluation = judged(FIRST, (FIRST[0], ""), ("2026-03-05", "2026-03-07"))
    assert ("anchor-not-named", 2) in found(evaluation)
    assert ("interval-below-minimum", 1) not in unknown(evaluation)


def test_a_clinic_s_closed_days_are_reported_where_a_day_is_on_record_and_else_not_assessed() -> None:
    """8 March 2025 is a Saturday."""
    clinic = read_clinic("examples/boston.toml")
    evaluation = judged(("2025-03-03", "2025-03-08"), clinic=clinic)
    assert [(one.code, one.day) for one in evaluation.findings] == [("clinic-closed", date(2025, 3, 8))]
    assert unknown(evaluation) >= {("clinic-closed", 1), ("public-holiday", 1)}
    whole = judged(("2025-03-03", "2025-03-03"), clinic=clinic)
    assert unknown(whole) == set()


def test_a_last_day_after_the_day_of_the_question_is_not_counted() -> None:
    evaluation = judged(FIRST, as_of=date(2025, 3, 5))
    assert found(evaluation) == [("infusion-in-future", None)]
    assert ("course-incomplete", 1) in unknown(evaluation)


def test_a_course_longer_than_the_gap_is_still_one() -> None:
    evaluation = judged(("2025-03-03", "2025-03-24"))
    assert [(one.number, one.last_day) for one in evaluation.courses] == [(1, date(2025, 3, 24))]


def test_courses_too_near_each_other_contradict() -> None:
    evaluation = judged(FIRST, ("2025-03-17", "2025-03-19"))
    assert ("course-numbers-contradict", 2) in found(evaluation)
    assert ahead(FIRST, ("2025-03-17", "2025-03-19")).earliest is None


def test_a_row_that_is_there_twice_is_one_course() -> None:
    evaluation = judged(FIRST, FIRST)
    assert found(evaluation) == [("duplicate-same-day", 1)] * 2
    assert [(one.first_day, one.last_day) for one in evaluation.courses] == [(date(2025, 3, 3), date(2025, 3, 7))]


def test_courses_that_overlap_contradict() -> None:
    assert ("course-numbers-contradict", 2) in found(judged(FIRST, ("2025-03-05", "2025-03-11")))


def test_a_plan_needs_every_infusion_day() -> None:
    boston, history = read_clinic("examples/boston.toml"), registry(FIRST)
    plan = plan_treatment(US, boston, not_before="2027-01-11", plan_id="p1")
    with pytest.raises(PlanMismatch, match="every infusion day"):
        plan_treatment(US, boston, not_before="2027-01-11", history=history, as_of=AS_OF)
    with pytest.raises(PlanMismatch, match="every infusion day"):
        replan(plan, US, boston, history=history, as_of=AS_OF)
    with pytest.raises(PlanMismatch, match="every infusion day"):
        worklist([(plan, history)], as_of=AS_OF, first_day=AS_OF, last_day=AS_OF)


def test_monitoring_is_not_judged_after_an_open_course() -> None:
    history = registry(("2026-01-05", "")).model_copy(update={"tests_recorded": ["blood-count"]})
    evaluation = evaluate(history, US, as_of=AS_OF)
    assert evaluation.monitoring == ()
    assert ("test-missed", 1) in unknown(evaluation)
    assert evaluate(registry(FIRST).model_copy(update={"tests_recorded": ["blood-count"]}), US, as_of=AS_OF).monitoring


def test_rows_of_one_day_are_wholly_known_together_too() -> None:
    """Two rows of course 1, each of one day: 2 of 5 infusions, and a plan can be made from them."""
    rows = "ID,FROM,TO,NO\np1,2025-03-03,2025-03-03,1\np1,2025-03-05,2025-03-05,1\n"
    (history,) = parse_histories(rows, format="csv", source=NUMBERED).histories
    evaluation = evaluate(history, US, as_of=AS_OF)
    assert [(one.number, one.infusions, one.status) for one in evaluation.courses] == [(1, 2, "partial")]
    assert ("course-incomplete", 1) in found(evaluation)
    assert unknown(evaluation) == set()
    boston = read_clinic("examples/boston.toml")
    plan = plan_treatment(US, boston, not_before="2027-01-11", history=history, as_of=AS_OF)
    assert [(one.number, one.first_day, one.last_day, one.status) for one in plan.courses] == [
        (1, date(2025, 3, 3), date(2025, 3, 5), "partial")
    ]


def test_a_row_of_one_day_after_a_row_of_several_adds_no_unknown_days() -> None:
    """3 to 5 March may have 3 infusions, and 7 March has one: at most 4 of 5."""
    rows = "ID,FROM,TO,NO\np1,2025-03-03,2025-03-05,1\np1,2025-03-07,2025-03-07,1\n"
    (history,) = parse_histories(rows, format="csv", source=NUMBERED).histories
    evaluation = evaluate(history, US, as_of=AS_OF)
    (short,) = [one for one in evaluation.findings if one.code == "course-incomplete"]
    assert "at most 4 of 5" in short.message
