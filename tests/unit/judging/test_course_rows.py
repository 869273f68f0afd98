"""Courses of which only the first and last day are on record: answers by hand, from `docs/sources/registry.md`.

By `us-2024-05-r2`, course 1 has 5 infusions and each later one 3; the minimum interval is 12 months.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import pytest

from lemtrada_schedule import (
    Evaluation,
    Forecast,
    History,
    PlanMismatch,
    evaluate,
    forecast,
    load_protocol,
    parse_histories,
    plan_treatment,
    read_clinic,
    replan,
    worklist,
)

US: Final = load_protocol("us-2024-05-r2")
AS_OF: Final = date(2026, 11, 22)
FIRST: Final = ("2025-03-03", "2025-03-07")
OF_DAYS: Final = {"course-incomplete", "course-not-consecutive", "extra-infusion"}


def registry(*rows: Sequence[str]) -> History:
    """Return the history of a patient's courses, each with its first and last day."""
    lines = ["PATIENT_ID,THERAPY,START_DATE,STOP_DATE", *(f"r1,LEMTRADA,{first},{last}" for first, last in rows)]
    (history,) = parse_histories("\n".join(lines), format="csv", source="registry").histories
    return history


def judged(*rows: Sequence[str], as_of: date = AS_OF) -> Evaluation:
    return evaluate(registry(*rows), US, as_of=as_of)


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
    assert unknown(evaluation) >= {(code, 1) for code in OF_DAYS}
    assert {one.code for one in evaluation.not_assessed} >= {
        "earliest-next-course",
        "contraception-until",
        "monitoring-until",
    }
    assert (outlook.status, outlook.earliest) == ("not-assessed", None)


def test_after_an_open_course_only_a_course_that_is_early_in_any_case_is_reported() -> None:
    certain = judged(("2025-03-03", ""), ("2026-02-23", "2026-02-25"))
    assert found(certain) == [("interval-below-minimum", 2)]
    assert "by the days on record" in certain.findings[0].message
    perhaps = judged(("2025-03-03", ""), ("2026-03-04", "2026-03-06"))
    assert found(perhaps) == []
    assert ("interval-below-minimum", 1) in unknown(perhaps)
    assert ahead(("2025-03-03", ""), ("2026-03-04", "2026-03-06")).earliest == date(2027, 3, 6)


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
