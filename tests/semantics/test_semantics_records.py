"""The decided cases that concern what was recorded, line by line, each worked out by hand.

A test is named after its line: `test_S07_…` belongs to S07 of the rules of time and treatment. Unless a comment
says otherwise, course 1 was given on Monday 3 to Friday 7 March 2025, and the protocol is that of the US.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    Clinic,
    Evaluation,
    Forecast,
    InvalidInput,
    Plan,
    PlanMismatch,
    Protocol,
    Revision,
    evaluate,
    forecast,
    plan_treatment,
    replan,
)
from lemtrada_schedule.plan.activities import InfusionDaysActivity
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.records.history import Decision, History
from tests.support.histories import (
    EU,
    EVERY_DAY,
    US,
    WEEKDAYS_ONLY,
    activity,
    cd4,
    closed_on,
    codes,
    day,
    days_of,
    decision,
    ends_of,
    history,
    on,
    period,
    run,
    seen,
    series,
    told,
)

COURSE_1: Final = run("2025-03-03", 5)
COURSE_2: Final = run("2026-03-09", 3)
ONE_DAY: Final = timedelta(days=1)


def evaluated(given: History, as_of: str, protocol: Protocol = US, **asked: Any) -> Evaluation:
    return evaluate(given, protocol, as_of=day(as_of), **asked)


def forecasted(given: History, as_of: str, protocol: Protocol = US, **asked: Any) -> Forecast:
    return forecast(given, protocol, as_of=day(as_of), **asked)


def planned(
    given: History, as_of: str, *, not_before: str, protocol: Protocol = US, clinic: Clinic = EVERY_DAY, **asked: Any
) -> Plan:
    """Plan from the midst of a treatment, at a clinic that is open every day unless told otherwise."""
    return plan_treatment(
        protocol, clinic, not_before=day(not_before), history=given, as_of=day(as_of), plan_id=None, **asked
    )


def statuses(evaluation: Evaluation) -> list[str]:
    return [course.status for course in evaluation.courses]


def first_days(evaluation: Evaluation) -> list[str]:
    return [course.first_day.isoformat() for course in evaluation.courses]


# --- S04: which infusions count ------------------------------------------------------------------


# The fifth day, 7 March, as an exposure: 5 of 5. As none: 4 of 5, the last on 6 March; on 7 March = last + 1 the
# course can still go on.
@pytest.mark.parametrize(
    ("status", "infusions", "course"),
    [
        ("completed", 5, "complete"),
        ("partial", 5, "complete"),
        ("not-done", 4, "in-progress"),
        ("entered-in-error", 4, "in-progress"),
    ],
)
def test_S04_completed_and_partial_are_exposure_days(status: str, infusions: int, course: str) -> None:
    given = history(run("2025-03-03", 4), on("2025-03-07", status=status))
    (verdict,) = evaluated(given, "2025-03-07").courses
    assert (verdict.infusions, verdict.status) == (infusions, course)
    assert verdict.last_day == (day("2025-03-07") if infusions == 5 else day("2025-03-06"))


@pytest.mark.parametrize("status", ["not-done", "entered-in-error"])
def test_S04_a_treatment_of_none_has_not_started(status: str) -> None:
    given = history(run("2025-03-03", 5, status=status))
    evaluation = evaluated(given, "2025-04-01")
    assert (evaluation.status, evaluation.courses, evaluation.findings) == ("not-started", (), ())


def test_S04_a_partial_infusion_anchors_what_follows() -> None:
    # The last infusion, 7 March 2025, was partial: course 2 counts from it all the same.
    given = history(run("2025-03-03", 4), on("2025-03-07", status="partial"))
    assert told(evaluated(given, "2025-04-01")) == [("partial-infusion", 5)]
    assert forecasted(given, "2025-04-01").earliest == day("2026-03-07")


def test_S04_equal_records_of_a_day_are_one_exposure_day() -> None:
    given = history(COURSE_1, on("2025-03-05"), on("2025-03-05"))
    evaluation = evaluated(given, "2025-04-01")
    assert told(evaluation) == [("duplicate-same-day", 6), ("duplicate-same-day", 7)]
    assert [course.infusions for course in evaluation.courses] == [5]
    assert forecasted(given, "2025-04-01").earliest == day("2026-03-07")


@pytest.mark.parametrize(
    "differs",
    [
        {"status": "partial"},
        {"dose_mg": 6},
        {"started": "10:00"},
        {"ended": "13:30"},
        {"observed_until": "15:30"},
        {"course": 1},
    ],
    ids=lambda differs: next(iter(differs)),
)
def test_S04_records_of_a_day_that_differ_in_any_field(differs: dict[str, Any]) -> None:
    one = {"started": "09:00", "ended": "13:00", "observed_until": "15:00", "dose_mg": 12}
    given = history(run("2025-03-03", 5, **one), on("2025-03-05", **{**one, **differs}))
    evaluation = evaluated(given, "2025-04-01")
    assert ("two-infusions-one-day", 6) in told(evaluation)
    assert "duplicate-same-day" not in codes(evaluation)
    assert [course.infusions for course in evaluation.courses] == [5]


def test_S04_the_same_dose_written_in_two_ways_is_equal() -> None:
    given = history(run("2025-03-03", 5, dose_mg="12"), on("2025-03-05", dose_mg="12.0"))
    assert told(evaluated(given, "2025-04-01")) == [("duplicate-same-day", 6)]


@pytest.mark.parametrize("status", ["not-done", "entered-in-error"])
def test_S04_a_corrected_record_beside_the_right_one_is_no_second_infusion(status: str) -> None:
    given = history(COURSE_1, on("2025-03-05", status=status))
    assert told(evaluated(given, "2025-04-01")) == []


def test_S04_a_partial_infusion_keeps_its_ordinal_and_is_not_given_again() -> None:
    # Two of five days, the second partial, asked on it: 5, 6, 7 March are left, as days 3, 4, 5.
    given = history(on("2025-03-03"), on("2025-03-04", status="partial"))
    plan = planned(given, "2025-03-04", not_before="2025-03-03")
    assert days_of(plan, 1) == ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"]
    assert [one.number for one in plan.courses[0].days] == [1, 2, 3, 4, 5]


# --- S05: dated after the day of asking ----------------------------------------------------------


def test_S05_a_record_of_the_day_of_asking_counts() -> None:
    evaluation = evaluated(history(COURSE_1), "2025-03-07")
    assert (statuses(evaluation), evaluation.findings) == (["complete"], ())


def test_S05_a_record_of_the_next_day_does_not_count() -> None:
    # Asked on 6 March: 7 March is still to come. 4 of 5 given, last + 1 = 7 March: in progress.
    evaluation = evaluated(history(COURSE_1), "2025-03-06")
    assert told(evaluation) == [("infusion-in-future", 5)]
    assert [(course.infusions, course.status) for course in evaluation.courses] == [(4, "in-progress")]
    outlook = forecasted(history(COURSE_1), "2025-03-06")
    assert (outlook.status, outlook.earliest, outlook.recommended) == ("needs-clinical-decision", None, None)


def test_S05_one_future_record_holds_back_the_forecast_of_a_complete_course() -> None:
    given = history(COURSE_1, on("2052-03-09"))  # a slip in the year 2025
    outlook = forecasted(given, "2025-06-01")
    assert (outlook.status, outlook.earliest, outlook.past_due) == ("needs-clinical-decision", None, None)
    assert told(evaluated(given, "2025-06-01")) == [("infusion-in-future", 6)]


@pytest.mark.parametrize("status", ["not-done", "entered-in-error"])
def test_S05_what_was_not_given_may_lie_ahead(status: str) -> None:
    given = history(COURSE_1, on("2025-09-01", status=status))
    assert told(evaluated(given, "2025-06-01")) == []
    assert forecasted(given, "2025-06-01").earliest == day("2026-03-07")


def test_S05_a_plan_goes_no_further_while_a_record_lies_ahead() -> None:
    given = history(COURSE_1, on("2025-09-01"))
    plan = planned(given, "2025-06-01", not_before="2025-06-02")
    assert ends_of(plan) == [("2025-03-03", "2025-03-07")]
    assert codes(plan.findings) & {"needs-clinical-decision", "infusion-in-future"}


def test_S05_a_plan_without_any_course_says_why() -> None:
    plan = planned(history(on("2027-02-01")), "2027-01-20", not_before="2027-01-25")
    assert plan.courses == ()
    assert codes(plan.findings) & {"needs-clinical-decision", "infusion-in-future"}


# --- S06: rows that could not be read ------------------------------------------------------------


def test_S06_an_unreadable_row_leaves_no_earliest_day() -> None:
    outlook = forecasted(history(COURSE_1, unreadable=[6]), "2025-06-01")
    dates = (outlook.earliest, outlook.recommended, outlook.past_due)
    assert (outlook.status, dates, outlook.because) == ("not-assessed", (None, None, None), None)
    assert "6" in " ".join(outlook.reasons)


def test_S06_the_evaluation_names_each_row() -> None:
    not_assessed = evaluated(history(COURSE_1, unreadable=[6, 9]), "2025-06-01").not_assessed
    for row in (6, 9):
        named = {one.code for one in not_assessed if one.row == row and str(row) in one.missing}
        assert {"earliest-next-course", "contraception-until", "monitoring-until"} <= named


def test_S06_a_plan_has_no_end_of_contraception_or_monitoring() -> None:
    plan = planned(history(COURSE_1, unreadable=[6]), "2025-06-01", not_before="2025-06-02")
    assert ends_of(plan) == [("2025-03-03", "2025-03-07")]
    assert plan.contraception == ()
    assert {one.kind for one in plan.activities} <= {"note"}
    named = {one.code for one in plan.not_assessed if one.row == 6}
    assert {"earliest-next-course", "contraception-until", "monitoring-until"} <= named


def test_S06_what_is_readable_is_still_judged() -> None:
    given = history(run("2025-03-03", 5, dose_mg=6), unreadable=[6])
    assert told(evaluated(given, "2025-06-01")) == [("dose-differs", row) for row in range(1, 6)]


HEADER: Final = "patient,date\n"


def test_S06_a_partial_date_is_a_refused_row_of_its_patient_alone() -> None:
    lines = ["p1,2025-03-03", "p1,2025-03", "p2,2025-03-03"]
    intake = parse_csv(HEADER + "\n".join(lines) + "\n")
    assert [(fault.row, fault.column, fault.code) for fault in intake.refused] == [(3, "date", "partial-date")]
    unreadable = {one.patient: one.unreadable for one in intake.histories}
    assert unreadable == {"p1": (3,), "p2": ()}  # row 1 is the header


def test_S06_a_row_of_nobody_knows_holds_for_the_whole_file() -> None:
    lines = ["p1,2025-03-03", "\u200b,2025-03-04", "p2,2025-03-03"]  # a character that nobody sees
    intake = parse_csv(HEADER + "\n".join(lines) + "\n")
    assert {one.patient: one.unreadable for one in intake.histories} == {"p1": (3,), "p2": (3,)}


# --- S07: one course or two ----------------------------------------------------------------------


def test_S07_fifteen_days_are_the_same_course() -> None:
    # 7 to 22 March are 22 - 7 = 15 days: up to 15 it is the same course, with 4 + 1 = 5 days.
    evaluation = evaluated(history(run("2025-03-04", 4), on("2025-03-22")), "2025-04-01")
    assert [(course.number, course.infusions) for course in evaluation.courses] == [(1, 5)]
    assert told(evaluation) == [("course-not-consecutive", 5)]


def test_S07_sixteen_days_are_a_new_course() -> None:
    # 7 to 23 March are 16 days. Course 1 was complete: the new course is course 2, and much too early.
    evaluation = evaluated(history(COURSE_1, run("2025-03-23", 3)), "2025-06-01")
    assert [(course.number, course.infusions) for course in evaluation.courses] == [(1, 5), (2, 3)]
    assert told(evaluation) == [("interval-below-minimum", 6)]


def test_S07_a_complete_course_goes_on_within_fifteen_days() -> None:
    evaluation = evaluated(history(COURSE_1, on("2025-03-22")), "2025-06-01")
    assert [(course.number, course.infusions) for course in evaluation.courses] == [(1, 6)]
    assert told(evaluation) == [("course-not-consecutive", 6), ("extra-infusion", 6)]


def test_S07_a_new_course_after_a_short_one_is_unclear() -> None:
    evaluation = evaluated(history(run("2025-03-04", 4), run("2025-03-23", 3)), "2025-06-01")
    assert {("course-boundary-unclear", 5), ("needs-clinical-decision", 5)} <= set(told(evaluation))
    assert "interval-below-minimum" not in codes(evaluation)  # it is not known whether there is an interval
    assert evaluation.status == "needs-clinical-decision"
    outlook = forecasted(history(run("2025-03-04", 4), run("2025-03-23", 3)), "2025-06-01")
    assert (outlook.status, outlook.earliest) == ("needs-clinical-decision", None)


def test_S07_an_unclear_day_does_not_complete_the_course_before() -> None:
    evaluation = evaluated(history(run("2025-03-04", 4), on("2025-03-23")), "2025-06-01")
    assert ("course-incomplete", 4) in told(evaluation)
    assert evaluation.courses[0].infusions == 4


def test_S07_the_boundary_is_clear_from_the_minimum_interval_on() -> None:
    # Course 1 short, the last on 6 March 2025; + 12 months = 6 March 2026.
    unclear = evaluated(history(run("2025-03-03", 4), run("2026-03-05", 3)), "2026-04-01")
    clear = evaluated(history(run("2025-03-03", 4), run("2026-03-06", 3)), "2026-04-01")
    assert "course-boundary-unclear" in codes(unclear)
    assert told(clear) == [("course-incomplete", 4)]


def test_S07_the_boundary_after_29_february() -> None:
    # Short course 26 to 29 February 2024; 29 February + 12 months rounds later: 1 March 2025.
    unclear = evaluated(history(run("2024-02-26", 4), run("2025-02-28", 3)), "2025-06-01")
    clear = evaluated(history(run("2024-02-26", 4), run("2025-03-01", 3)), "2025-06-01")
    assert "course-boundary-unclear" in codes(unclear)
    assert told(clear) == [("course-incomplete", 4)]


def test_S07_the_records_own_number_wins_over_a_short_gap() -> None:
    # 7 to 12 March are 5 days; by the gap one course of 8 days.
    given = history(run("2025-03-03", 5, course=1), run("2025-03-12", 3, course=2))
    evaluation = evaluated(given, "2025-06-01")
    assert [(course.number, course.infusions) for course in evaluation.courses] == [(1, 5), (2, 3)]
    assert told(evaluation) == [("course-numbers-contradict", 6)]  # S30


def test_S07_the_records_own_number_wins_over_a_long_gap() -> None:
    # 6 to 26 March are 20 days; by the gap a new course.
    given = history(run("2025-03-03", 4, course=1), on("2025-03-26", course=1))
    evaluation = evaluated(given, "2025-06-01")
    assert [(course.number, course.infusions) for course in evaluation.courses] == [(1, 5)]
    assert told(evaluation) == [("course-not-consecutive", 5)]


def test_S07_a_number_that_the_course_before_has_by_its_place_is_its_own() -> None:
    # Three days without a number are course 1; 26 March is 21 days after the 5th, and says that it is course 1 too.
    given = history(run("2025-03-03", 3), run("2025-03-26", 2, course=1))
    evaluation = evaluated(given, "2025-06-01")
    assert [(course.number, course.infusions, course.status) for course in evaluation.courses] == [(1, 5, "complete")]
    assert told(evaluation) == [("course-not-consecutive", 4)]


def test_S07_a_number_on_one_day_is_that_of_the_days_near_it() -> None:
    # 23 March is 17 days after the 6th: a new course, and its second day says so; not unclear, though course 1 is
    # short and 12 months have not passed.
    given = history(run("2025-03-03", 4), on("2025-03-23"), on("2025-03-24", course=2), on("2025-03-25"))
    evaluation = evaluated(given, "2025-06-01")
    assert [(course.number, course.infusions) for course in evaluation.courses] == [(1, 4), (2, 3)]
    assert told(evaluation) == [("course-incomplete", 4), ("interval-below-minimum", 5)]


def test_S07_days_near_a_numbered_one_are_of_its_course_though_others_lie_before() -> None:
    # Course 2 on 20 January 2026; 5 to 8 February (16 days later) without a number; 23 February (15 days after the
    # 8th) is course 2: so are they all.
    given = history(
        run("2025-01-13", 5, course=1),
        on("2026-01-20", course=2),
        run("2026-02-05", 4),
        on("2026-02-23", course=2),
    )
    evaluation = evaluated(given, "2026-06-01")
    assert [(course.number, course.infusions) for course in evaluation.courses] == [(1, 5), (2, 6)]


def test_S07_S10_a_day_resumed_when_the_next_course_may_begin_needs_its_number() -> None:
    # Two days of course 1 in March 2025; 12 months after the last, 4 March 2026, course 2 may begin. What is given
    # then is course 2, though course 1 was to be resumed; with its number on record it is course 1.
    decisions = [decision(1, "resume")]
    for number, expected in ((None, [(1, 2), (2, 1)]), (1, [(1, 3)])):
        given = history(run("2025-03-03", 2), on("2026-03-04", course=number))
        plan = planned(given, "2026-03-04", not_before="2026-03-05", decisions=decisions, courses=2)
        recorded_days = {row.date for row in given.infusions}
        found = [(one.number, sum(day.date in recorded_days for day in one.days)) for one in plan.courses]
        assert [one for one in found if one[1]] == expected


def test_S07_with_numbers_a_new_course_after_a_short_one_is_not_unclear() -> None:
    given = history(run("2025-03-04", 4, course=1), run("2025-03-23", 3, course=2))
    evaluation = evaluated(given, "2025-06-01")
    assert told(evaluation) == [("course-incomplete", 4), ("interval-below-minimum", 5)]


def test_S07_an_unclear_course_does_not_count_towards_the_limit() -> None:
    # EU, at most 4: course 1 short (4 days, last on 5 March 2020), 3 days on 1 June 2020 (88 days later, below 12
    # months: unclear), then three courses: 1 + 3 = 4 that count.
    starts = ("2021-07-01", "2022-08-01", "2023-09-01")
    clear = [row for start in starts for row in run(start, 3)]
    given = history(run("2020-03-02", 4), run("2020-06-01", 3), clear)
    evaluation = evaluated(given, "2024-06-01", EU)
    assert "course-boundary-unclear" in codes(evaluation)
    assert "too-many-courses" not in codes(evaluation)


def test_S07_an_unclear_boundary_keeps_the_treatment_undecided_whatever_follows() -> None:
    given = history(run("2020-03-02", 4), run("2020-06-01", 3), on("2021-07-01"))
    assert evaluated(given, "2021-07-01").status == "needs-clinical-decision"
    assert forecasted(given, "2021-07-01").status == "needs-clinical-decision"


# --- S08: how far a course has come --------------------------------------------------------------

# Three of five days, the last on Wednesday 5 March 2025. In progress to last + 1 = 6 March, interrupted from
# last + 2 = 7 March, partial from last + 15 + 1 = 21 March.
SHORT: Final = history(run("2025-03-03", 3))


@pytest.mark.parametrize(
    ("as_of", "course", "treatment", "found"),
    [
        ("2025-03-05", "in-progress", "course-1-in-progress", set()),
        ("2025-03-06", "in-progress", "course-1-in-progress", set()),
        (
            "2025-03-07",
            "interrupted",
            "needs-clinical-decision",
            {("course-interrupted", 3), ("needs-clinical-decision", 3)},
        ),
        (
            "2025-03-20",
            "interrupted",
            "needs-clinical-decision",
            {("course-interrupted", 3), ("needs-clinical-decision", 3)},
        ),
        (
            "2025-03-21",
            "partial",
            "needs-clinical-decision",
            {("course-incomplete", 3), ("needs-clinical-decision", 3)},
        ),
        (
            "2031-01-01",
            "partial",
            "needs-clinical-decision",
            {("course-incomplete", 3), ("needs-clinical-decision", 3)},
        ),
    ],
)
def test_S08_a_short_course_day_by_day(as_of: str, course: str, treatment: str, found: set[tuple[str, int]]) -> None:
    evaluation = evaluated(SHORT, as_of)
    assert (statuses(evaluation), evaluation.status) == ([course], treatment)
    assert set(told(evaluation)) == found


def test_S08_the_boundaries_of_course_2() -> None:
    # One of three days, on 9 March 2026: in progress to the 10th, interrupted 11th to 24th, partial from the 25th.
    given = history(COURSE_1, on("2026-03-09"))
    found = {
        as_of: statuses(evaluated(given, as_of))[1]
        for as_of in ("2026-03-10", "2026-03-11", "2026-03-24", "2026-03-25")
    }
    assert list(found.values()) == ["in-progress", "interrupted", "interrupted", "partial"]


def test_S08_complete_is_a_matter_of_the_count() -> None:
    # 3, 4, 6, 7, 8 March: five days with a gap on the 5th; row 3 is the first after it.
    evaluation = evaluated(history(on("2025-03-03 2025-03-04 2025-03-06 2025-03-07 2025-03-08")), "2025-03-08")
    assert (statuses(evaluation), evaluation.status) == (["complete"], "awaiting-course-2")
    assert told(evaluation) == [("course-not-consecutive", 3)]


def test_S08_a_gap_inside_does_not_end_a_course_in_progress() -> None:
    evaluation = evaluated(history(on("2025-03-03 2025-03-05")), "2025-03-06")
    assert (statuses(evaluation), told(evaluation)) == (["in-progress"], [("course-not-consecutive", 2)])


def test_S08_longer_than_planned() -> None:
    evaluation = evaluated(history(run("2025-03-03", 7)), "2025-04-01")
    assert (statuses(evaluation), told(evaluation)) == (["complete"], [("extra-infusion", 6), ("extra-infusion", 7)])


def test_S08_an_extra_infusion_anchors_what_follows() -> None:
    # A sixth day, Saturday 8 March 2025: it counts (S12), so course 2 may begin from 8 March 2026.
    assert forecasted(history(run("2025-03-03", 6)), "2025-04-01").earliest == day("2026-03-08")


@pytest.mark.parametrize(
    ("parts", "as_of", "treatment"),
    [
        ([], "2025-03-03", "not-started"),
        ([run("2025-03-03", 1)], "2025-03-03", "course-1-in-progress"),
        ([COURSE_1], "2025-03-07", "awaiting-course-2"),
        ([COURSE_1, run("2026-03-09", 2)], "2026-03-10", "course-2-in-progress"),
        ([COURSE_1, COURSE_2], "2026-03-11", "initial-treatment-complete"),
        ([COURSE_1, COURSE_2, run("2027-03-15", 1)], "2027-03-16", "additional-course-in-progress"),
        ([COURSE_1, COURSE_2, run("2027-03-15", 3)], "2027-03-17", "additional-course-given"),
        ([COURSE_1, COURSE_2, run("2027-03-15", 3), run("2028-03-20", 3)], "2028-04-01", "additional-course-given"),
        ([COURSE_1, run("2026-03-09", 2)], "2026-03-12", "needs-clinical-decision"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_S08_the_status_of_a_treatment(parts: list[Any], as_of: str, treatment: str) -> None:
    assert evaluated(history(*parts), as_of).status == treatment


# --- S09: what is planned for a short course -----------------------------------------------------


@pytest.mark.parametrize("as_of", ["2025-03-05", "2025-03-06"])
def test_S09_the_remaining_days_follow_the_last_given_day(as_of: str) -> None:
    plan = planned(SHORT, as_of, not_before="2025-03-03")
    assert days_of(plan, 1) == ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"]
    assert plan.courses[0].status == "in-progress"
    # Last planned 7 March 2025: course 2 from 7 March 2026, contraception to 7 July.
    assert ends_of(plan)[1] == ("2026-03-07", "2026-03-09")
    assert plan.contraception[0].last_day == day("2025-07-07")


def test_S09_after_a_gap_the_remaining_days_follow_the_last_given_day() -> None:
    plan = planned(history(on("2025-03-03 2025-03-05")), "2025-03-05", not_before="2025-03-03")
    assert days_of(plan, 1) == ["2025-03-03", "2025-03-05", "2025-03-06", "2025-03-07", "2025-03-08"]


def test_S09_in_progress_the_forecast_counts_from_the_last_planned_day() -> None:
    # "Last infusion" is the later of last given (5 March) and last planned (7 March): + 12 months = 7 March 2026.
    outlook = forecasted(SHORT, "2025-03-05")
    assert (outlook.status, outlook.earliest) == ("in-progress", day("2026-03-07"))


# Wednesday 13 to Friday 15 January 2027 given; the clinic is closed on Saturdays: the fourth day cannot follow.
CUT_BY_A_WEEKEND: Final = history(run("2027-01-13", 3))


def test_S09_a_closed_day_leaves_no_remaining_days() -> None:
    plan = planned(CUT_BY_A_WEEKEND, "2027-01-15", not_before="2027-01-13", clinic=WEEKDAYS_ONLY)
    assert ends_of(plan) == [("2027-01-13", "2027-01-15")]
    assert "needs-clinical-decision" in codes(plan.findings)


def test_S09_one_closed_day_among_them_is_enough() -> None:
    # Monday and Tuesday given; Thursday 14 January is closed: none of the three is planned, not even Wednesday.
    given = history(run("2027-01-11", 2))
    plan = planned(given, "2027-01-12", not_before="2027-01-11", clinic=closed_on(WEEKDAYS_ONLY, "2027-01-14"))
    assert ends_of(plan) == [("2027-01-11", "2027-01-12")]
    assert "needs-clinical-decision" in codes(plan.findings)


def test_S09_with_no_remaining_days_what_follows_is_at_least_until() -> None:
    plan = planned(CUT_BY_A_WEEKEND, "2027-01-15", not_before="2027-01-13", clinic=WEEKDAYS_ONLY)
    (contraception,) = plan.contraception
    assert (contraception.last_day, contraception.provisional) == (day("2027-05-15"), True)
    assert series(plan, "blood-count", 1).provisional


@pytest.mark.parametrize("as_of", ["2025-03-07", "2025-03-21"])
def test_S09_undecided_nothing_further_is_planned(as_of: str) -> None:
    outlook = forecasted(SHORT, as_of)
    assert (outlook.status, outlook.earliest, outlook.recommended) == ("needs-clinical-decision", None, None)
    plan = planned(SHORT, as_of, not_before="2025-06-02")
    assert ends_of(plan) == [("2025-03-03", "2025-03-05")]
    assert "needs-clinical-decision" in codes(plan.findings)


def test_S09_undecided_contraception_and_monitoring_run_at_least_from_the_last_given() -> None:
    plan = planned(SHORT, "2025-03-10", not_before="2025-06-02")
    (contraception,) = plan.contraception
    assert (contraception.last_day, contraception.provisional) == (day("2025-07-05"), True)
    counts = series(plan, "blood-count", 1)
    # From 5 April 2025, every month; 5 March 2025 + 48 months = 5 March 2029.
    assert (counts.dates[0], counts.dates[-1], len(counts.dates)) == (day("2025-04-05"), day("2029-03-05"), 48)
    assert counts.provisional


def test_S09_a_later_course_that_was_scheduled_is_kept_as_tentative() -> None:
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"))
    assert ends_of(before) == [("2025-03-03", "2025-03-07"), ("2026-03-07", "2026-03-09")]
    after = replan(before, US, EVERY_DAY, history=SHORT, as_of=day("2025-03-10")).plan
    assert ends_of(after) == [("2025-03-03", "2025-03-05"), ("2026-03-07", "2026-03-09")]
    assert [course.status for course in after.courses] == ["interrupted", "tentative"]


def test_S09_a_tentative_course_is_planned_again_once_it_is_decided() -> None:
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"))
    held = replan(before, US, EVERY_DAY, history=SHORT, as_of=day("2025-03-10")).plan
    asked: dict[str, Any] = {"history": SHORT, "as_of": day("2025-03-12")}
    after = replan(held, US, EVERY_DAY, **asked, decisions=[decision(1, "treat-as-complete")]).plan
    # From 5 March 2025 on course 2 would be allowed from 5 March 2026; scheduled on the 7th, it stays there.
    assert [course.status for course in after.courses] == ["partial", "planned"]
    assert ends_of(after)[1] == ("2026-03-07", "2026-03-09")


def test_S09_a_short_course_before_a_further_one_is_settled() -> None:
    # 4 of 5 days to 6 March 2025, then course 2 on 6 March 2026, not before 12 months.
    given = history(run("2025-03-03", 4), run("2026-03-06", 3))
    assert told(evaluated(given, "2026-04-01")) == [("course-incomplete", 4)]
    outlook = forecasted(given, "2026-04-01")
    assert (outlook.course, outlook.status, outlook.earliest) == (3, "optional", day("2027-03-08"))


# --- S10: decisions ------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["treat-as-complete", "new-course"])
def test_S10_a_course_that_is_left_off_anchors_the_next(what: str) -> None:
    # Last given 5 March 2025: + 12 months = 5 March 2026.
    outlook = forecasted(SHORT, "2025-03-10", decisions=[decision(1, what)])
    assert (outlook.course, outlook.status, outlook.earliest) == (2, "not-due", day("2026-03-05"))
    plan = planned(SHORT, "2025-03-10", not_before="2025-06-02", decisions=[decision(1, what)])
    assert ends_of(plan) == [("2025-03-03", "2025-03-05"), ("2026-03-05", "2026-03-07")]
    assert not plan.contraception[0].provisional


@pytest.mark.parametrize("what", ["treat-as-complete", "new-course"])
@pytest.mark.parametrize("as_of", ["2025-03-05", "2025-03-06", "2025-03-07", "2025-03-20", "2025-03-21"])
def test_S10_a_course_that_is_left_off_is_partial_on_every_day(as_of: str, what: str) -> None:
    """Left off after 5 March 2025: on that day and the next the course could go on, and it does not."""
    decided = [decision(1, what)]
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"))
    again = replan(before, US, EVERY_DAY, history=SHORT, as_of=day(as_of), decisions=decided).plan
    plan = planned(SHORT, as_of, not_before="2025-06-02", decisions=decided)
    for made in (plan, again):
        assert [course.status for course in made.courses] == ["partial", "planned"]
        assert days_of(made, 1) == ["2025-03-03", "2025-03-04", "2025-03-05"]
        assert "needs-clinical-decision" not in codes(made.findings)
    assert forecasted(SHORT, as_of, decisions=decided).status == "not-due"


def test_S16_on_the_last_day_of_a_course_that_is_left_off_nothing_begins() -> None:
    """It is not in progress: the next course cannot be asked for from a day on record."""
    with pytest.raises(InvalidInput) as refusal:
        planned(SHORT, "2025-03-05", not_before="2025-03-05", decisions=[decision(1, "treat-as-complete")])
    assert (refusal.value.code, refusal.value.place) == ("out-of-range", "not_before")


def test_S10_a_resumed_course_is_one_block_from_the_day_of_asking() -> None:
    # Asked on Friday 14 March 2025, two days left: Friday and Saturday do not fit, Monday 17 and Tuesday 18 do.
    asked: dict[str, Any] = {"clinic": WEEKDAYS_ONLY, "decisions": [decision(1, "resume")]}
    plan = planned(SHORT, "2025-03-14", not_before="2025-06-02", **asked)
    assert days_of(plan, 1) == ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-17", "2025-03-18"]
    assert [one.number for one in plan.courses[0].days] == [1, 2, 3, 4, 5]
    # 18 March 2025 + 12 months = Wednesday 18 March 2026.
    assert ends_of(plan)[1] == ("2026-03-18", "2026-03-20")
    assert plan.contraception[0].last_day == day("2025-07-18")


def test_S10_a_course_resumed_at_once_begins_the_day_after_the_last() -> None:
    # Asked on the last given day, 5 March: max(5 March, 5 March + 1) = 6 March.
    plan = planned(SHORT, "2025-03-05", not_before="2025-03-03", decisions=[decision(1, "resume")])
    assert days_of(plan, 1)[3:] == ["2025-03-06", "2025-03-07"]


def test_S10_the_first_resumed_day_carries_the_note_to_confirm_corticosteroid() -> None:
    plan = planned(SHORT, "2025-03-14", not_before="2025-06-02", decisions=[decision(1, "resume")])
    confirmed = [finding for finding in plan.findings if finding.code == "confirm-corticosteroid"]
    assert [(one.course, one.day, one.severity) for one in confirmed] == [
        (1, day("2025-03-14"), "note"),
    ]


def test_S10_corticosteroid_days_are_ordinals_of_infusions() -> None:
    # Two of five given on 3 and 4 March, resumed on the 14th: days 1, 2, 3 are 3, 4 and 14 March.
    given = history(run("2025-03-03", 2))
    plan = planned(given, "2025-03-14", not_before="2025-06-02", decisions=[decision(1, "resume")])
    steroid = activity(plan, "corticosteroid", 1)
    assert isinstance(steroid, InfusionDaysActivity)
    assert steroid.days == (day("2025-03-03"), day("2025-03-04"), day("2025-03-14"))


@pytest.mark.parametrize("what", ["treat-as-complete", "new-course"])
def test_S10_a_course_that_cannot_go_on_is_settled_by_a_decision(what: str) -> None:
    # 13 to 15 January 2027 given, asked on that Friday; Saturday is closed. Left off: course 2 from 15 January 2028,
    # a Saturday, so on Monday 17 to Wednesday 19 January.
    asked: dict[str, Any] = {"clinic": WEEKDAYS_ONLY, "decisions": [decision(1, what)]}
    plan = planned(CUT_BY_A_WEEKEND, "2027-01-15", not_before="2027-01-18", **asked)
    assert ends_of(plan) == [("2027-01-13", "2027-01-15"), ("2028-01-17", "2028-01-19")]
    assert "needs-clinical-decision" not in codes(plan.findings)
    assert not plan.contraception[0].provisional


def test_S10_a_course_that_cannot_go_on_is_resumed_after_the_weekend() -> None:
    asked: dict[str, Any] = {"clinic": WEEKDAYS_ONLY, "decisions": [decision(1, "resume")]}
    plan = planned(CUT_BY_A_WEEKEND, "2027-01-15", not_before="2027-01-18", **asked)
    assert days_of(plan, 1)[3:] == ["2027-01-18", "2027-01-19"]
    assert "needs-clinical-decision" not in codes(plan.findings)


# Four days to 7 March 2025, three from 23 March on, 16 days later: unclear.
UNCLEAR: Final = history(run("2025-03-04", 4), run("2025-03-23", 3))


def test_S10_resume_makes_one_course_of_two() -> None:
    # 4 + 3 = 7 days, the last on 25 March 2025: course 2 from 25 March 2026.
    outlook = forecasted(UNCLEAR, "2025-06-01", decisions=[decision(1, "resume")])
    assert (outlook.course, outlook.status, outlook.earliest) == (2, "not-due", day("2026-03-25"))
    plan = planned(UNCLEAR, "2025-06-01", not_before="2025-06-02", decisions=[decision(1, "resume")])
    assert len(days_of(plan, 1)) == 7
    assert [course.number for course in plan.courses] == [1, 2]


@pytest.mark.parametrize("what", ["treat-as-complete", "new-course"])
def test_S10_every_other_decision_leaves_two_courses(what: str) -> None:
    outlook = forecasted(UNCLEAR, "2025-06-01", decisions=[decision(1, what)])
    assert (outlook.course, outlook.status, outlook.earliest) == (3, "optional", day("2026-03-25"))
    plan = planned(UNCLEAR, "2025-06-01", not_before="2025-06-02", decisions=[decision(1, what)])
    assert ends_of(plan) == [("2025-03-04", "2025-03-07"), ("2025-03-23", "2025-03-25")]


def test_S10_decisions_are_stored_with_who_and_why() -> None:
    decided = decision(1, "treat-as-complete", by="Dr A", why="infusion reactions", on="2025-03-09")
    outlook = forecasted(SHORT, "2025-03-10", decisions=[decided])
    plan = planned(SHORT, "2025-03-10", not_before="2025-06-02", decisions=[decided])
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"))
    again = replan(before, US, EVERY_DAY, history=SHORT, as_of=day("2025-03-10"), decisions=[decided]).plan
    for stored in (outlook.decisions, plan.provenance.request.decisions, again.provenance.request.decisions):
        assert [(one.course, one.decision, one.by, one.why, one.on) for one in stored] == [
            (1, "treat-as-complete", "Dr A", "infusion reactions", day("2025-03-09"))
        ]


def test_S10_a_decision_takes_no_finding_away() -> None:
    # evaluate takes no decisions: what is on record stays as it is.
    assert told(evaluated(SHORT, "2025-03-10")) == [("course-interrupted", 3), ("needs-clinical-decision", 3)]


def ask_forecast(decided: Decision) -> object:
    return forecasted(SHORT, "2025-03-10", decisions=[decided])


def ask_plan(decided: Decision) -> object:
    return planned(SHORT, "2025-03-10", not_before="2025-06-02", decisions=[decided])


def ask_replan(decided: Decision) -> object:
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"))
    return replan(before, US, EVERY_DAY, history=SHORT, as_of=day("2025-03-10"), decisions=[decided])


@pytest.mark.parametrize("ask", [ask_forecast, ask_plan, ask_replan], ids=["forecast", "plan", "replan"])
def test_S10_a_decision_on_a_course_that_is_not_on_record_is_refused(ask: Callable[[Decision], object]) -> None:
    with pytest.raises(PlanMismatch) as refusal:
        ask(decision(2, "resume"))
    assert (refusal.value.code, refusal.value.place) == ("plan-mismatch", "decisions")


def test_S10_a_decision_needs_a_history() -> None:
    with pytest.raises(InvalidInput):
        plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"), decisions=[decision(1, "resume")])


# --- S11: judging intervals ----------------------------------------------------------------------


# First infusion 3 March 2025, last 7 March: + 12 months = 3 and 7 March 2026.
@pytest.mark.parametrize("protocol", [US, EU], ids=["us", "eu"])
@pytest.mark.parametrize(
    ("began", "found"),
    [
        ("2025-06-02", "interval-below-minimum"),
        ("2026-03-02", "interval-below-minimum"),
        ("2026-03-03", "anchor-not-named"),
        ("2026-03-06", "anchor-not-named"),
        ("2026-03-07", None),
        ("2026-03-08", None),
        ("2031-03-10", None),
    ],
)
def test_S11_course_2(protocol: Protocol, began: str, found: str | None) -> None:
    evaluation = evaluated(history(COURSE_1, run(began, 3)), "2031-06-01", protocol)
    assert told(evaluation) == ([(found, 6)] if found else [])


# Last infusion of course 2 on 11 March 2026: + 12 months = 11 March 2027; its first + 12 months = 9 March 2027.
@pytest.mark.parametrize("protocol", [US, EU], ids=["us", "eu"])
@pytest.mark.parametrize(
    ("began", "found"),
    [
        ("2027-03-08", "interval-below-minimum"),
        ("2027-03-09", "interval-below-minimum"),
        ("2027-03-10", "interval-below-minimum"),
        ("2027-03-11", None),
        ("2027-03-12", None),
    ],
)
def test_S11_course_3(protocol: Protocol, began: str, found: str | None) -> None:
    evaluation = evaluated(history(COURSE_1, COURSE_2, run(began, 3)), "2031-06-01", protocol)
    assert told(evaluation) == ([(found, 9)] if found else [])


# Course 1 on 25 to 29 February 2024. First + 12 months = 25 February 2025; last + 12 months = 1 March 2025 (later).
@pytest.mark.parametrize(
    ("began", "found"),
    [
        ("2025-02-24", "interval-below-minimum"),
        ("2025-02-25", "anchor-not-named"),
        ("2025-02-28", "anchor-not-named"),
        ("2025-03-01", None),
    ],
)
def test_S11_course_2_after_29_february(began: str, found: str | None) -> None:
    evaluation = evaluated(history(run("2024-02-25", 5), run(began, 3)), "2025-06-01")
    assert told(evaluation) == ([(found, 6)] if found else [])


def test_S11_planning_counts_from_the_last_infusion_of_every_course() -> None:
    plan = planned(history(COURSE_1), "2025-06-01", not_before="2025-06-02", courses=3)
    # 7 March 2025 + 12 months; course 2 on 7 to 9 March 2026, + 12 months.
    assert ends_of(plan)[1:] == [("2026-03-07", "2026-03-09"), ("2027-03-09", "2027-03-11")]


def test_S11_the_interval_counts_from_the_infusion_really_given_last() -> None:
    # The fifth day was given on Monday 10 March 2025, after a weekend: course 2 on 9 March 2026 is a day early.
    given = history(run("2025-03-03", 4), on("2025-03-10"), COURSE_2)
    assert ("anchor-not-named", 6) in told(evaluated(given, "2026-06-01"))


# Nothing is an error from 3 March 2026 on; less t days of tolerance.
@pytest.mark.parametrize(
    ("began", "tolerance", "found"),
    [
        ("2026-03-02", 0, "interval-below-minimum"),
        ("2026-03-02", 1, "within-tolerance"),
        ("2026-03-01", 1, "interval-below-minimum"),
        ("2026-03-01", 2, "within-tolerance"),
        ("2026-03-03", 5, "anchor-not-named"),  # there is no error to soften
        ("2026-03-06", 5, "anchor-not-named"),
        ("2026-03-07", 5, None),
    ],
)
def test_S11_a_tolerance_is_reported_where_it_is_used(began: str, tolerance: int, found: str | None) -> None:
    evaluation = evaluated(history(COURSE_1, run(began, 3)), "2026-06-01", tolerance_days=tolerance)
    assert told(evaluation) == ([(found, 6)] if found else [])


# Course 3 has one anchor, 11 March 2027.
@pytest.mark.parametrize(
    ("began", "found"),
    [("2027-03-07", "interval-below-minimum"), ("2027-03-08", "within-tolerance"), ("2027-03-10", "within-tolerance")],
)
def test_S11_three_days_of_tolerance_on_course_3(began: str, found: str) -> None:
    evaluation = evaluated(history(COURSE_1, COURSE_2, run(began, 3)), "2027-06-01", tolerance_days=3)
    assert told(evaluation) == [(found, 9)]


def test_S11_a_tolerance_is_for_intervals_only() -> None:
    given = history(run("2025-03-03", 4), run("2026-03-05", 3))  # unclear: 12 months from 6 March 2025
    assert "course-boundary-unclear" in codes(evaluated(given, "2026-06-01", tolerance_days=30))
    young = history(COURSE_1, birth_date="2008-03-04")  # 17 one day later
    assert "age-below-minimum" in codes(evaluated(young, "2025-06-01", tolerance_days=30))


@pytest.mark.parametrize("tolerance", [-1, 367, True, 1.0, "1"])
def test_S11_a_tolerance_is_a_number_of_days(tolerance: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        evaluated(history(COURSE_1), "2025-06-01", tolerance_days=tolerance)
    assert refusal.value.place == "tolerance_days"


# --- S12: what deviates counts -------------------------------------------------------------------


def test_S12_an_early_course_anchors_what_follows() -> None:
    given = history(COURSE_1, run("2026-03-02", 3))
    assert told(evaluated(given, "2026-06-01")) == [("interval-below-minimum", 6)]
    outlook = forecasted(given, "2026-06-01")
    assert (outlook.course, outlook.earliest) == (3, day("2027-03-04"))


def test_S12_an_early_course_is_never_repeated() -> None:
    plan = planned(history(COURSE_1, run("2026-03-02", 3)), "2026-06-01", not_before="2026-06-02", courses=3)
    assert ends_of(plan)[1:] == [("2026-03-02", "2026-03-04"), ("2027-03-04", "2027-03-06")]


def test_S12_an_early_course_extends_contraception_and_monitoring() -> None:
    # Course 2 on 2 to 4 June 2025, nine months early: contraception 3 March 2025 to 4 October 2025 in one.
    plan = planned(history(COURSE_1, run("2025-06-02", 3)), "2025-07-01", not_before="2025-07-02")
    assert [(one.first_day, one.last_day) for one in plan.contraception] == [(day("2025-03-03"), day("2025-10-04"))]
    assert series(plan, "blood-count", 2).dates[-1] == day("2029-06-04")


# --- S13: recommended, and drift -----------------------------------------------------------------


def test_S13_course_2_is_recommended_on_its_earliest_day() -> None:
    outlook = forecasted(history(COURSE_1), "2025-06-01")
    assert (outlook.course, outlook.earliest, outlook.recommended) == (2, day("2026-03-07"), day("2026-03-07"))
    assert (outlook.past_due, outlook.latest) == (None, None)


def test_S13_course_3_is_optional_and_never_overdue() -> None:
    given = history(COURSE_1, COURSE_2)
    for as_of in ("2026-03-12", "2027-03-10", "2027-03-11", "2060-01-01"):
        outlook = forecasted(given, as_of, past_due_after="1 day")
        assert (outlook.course, outlook.status, outlook.earliest) == (3, "optional", day("2027-03-11"))
        assert (outlook.recommended, outlook.past_due) == (None, None)


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2025-03-07", "not-due"),
        ("2026-03-06", "not-due"),
        ("2026-03-07", "due"),
        ("2026-06-07", "due"),  # 3 months after 7 March 2026, itself included
        ("2026-06-08", "overdue"),
    ],
)
def test_S13_due_and_overdue(as_of: str, status: str) -> None:
    outlook = forecasted(history(COURSE_1), as_of, past_due_after="3 months")
    assert (outlook.status, outlook.past_due) == (status, day("2026-06-07"))


def test_S13_past_due_rounds_earlier() -> None:
    # Course 1 ended on 30 November 2024: course 2 from 30 November 2025; + 3 months: 28 February 2026.
    outlook = forecasted(history(run("2024-11-26", 5)), "2025-06-01", past_due_after="3 months")
    assert (outlook.earliest, outlook.past_due) == (day("2025-11-30"), day("2026-02-28"))


def test_S13_drift_of_recorded_courses() -> None:
    # Course 2 five days before 7 March 2026; course 3 two days after 4 March 2027.
    given = history(COURSE_1, run("2026-03-02", 3), run("2027-03-06", 3))
    plan = planned(given, "2027-06-01", not_before="2027-06-02", courses=3)
    assert [course.drift_days for course in plan.courses] == [0, -5, 2]
    assert [course.earliest for course in plan.courses][1:] == [day("2026-03-07"), day("2027-03-04")]
    assert [course.recommended for course in plan.courses][1:] == [day("2026-03-07"), None]


def test_S13_drift_of_course_1_is_from_the_requested_start() -> None:
    before = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11"))
    late = replan(before, US, EVERY_DAY, history=history(run("2027-01-14", 5)), as_of=day("2027-02-01")).plan
    early = replan(before, US, EVERY_DAY, history=history(run("2027-01-09", 5)), as_of=day("2027-02-01")).plan
    assert [plan.courses[0].drift_days for plan in (late, early)] == [3, -2]


# --- S14: limits ---------------------------------------------------------------------------------

FIVE: Final = [
    row for start in ("2020-03-02", "2021-03-08", "2022-03-14", "2023-03-20", "2024-03-25") for row in run(start, 3)
]
# Five days in course 1, then three each: rows 1 to 5, 6, 9, 12, 15.
FIVE_COURSES: Final = history(run("2020-03-02", 5), FIVE[3:])


def test_S14_a_fifth_course_in_the_eu_is_an_error() -> None:
    evaluation = evaluated(FIVE_COURSES, "2024-06-01", EU)
    assert [(one.code, one.severity, one.course, one.row) for one in evaluation.findings] == [
        ("too-many-courses", "error", 5, 15)
    ]


def test_S14_a_fifth_course_in_the_eu_is_not_planned() -> None:
    four = history(run("2020-03-02", 5), FIVE[3:12])
    assert told(evaluated(four, "2024-06-01", EU)) == []
    outlook = forecasted(four, "2024-06-01", EU)
    dates = (outlook.earliest, outlook.recommended, outlook.past_due)
    assert (outlook.course, outlook.status, dates) == (5, "not-recommended", (None, None, None))
    assert "4" in outlook.reasons[0]
    with pytest.raises(InvalidInput) as refusal:
        planned(four, "2024-06-01", not_before="2024-06-02", protocol=EU, courses=5)
    assert refusal.value.place == "courses"


def test_S14_three_courses_in_the_eu_leave_room_for_one() -> None:
    three = history(run("2020-03-02", 5), FIVE[3:9])
    outlook = forecasted(three, "2023-01-01", EU)
    assert (outlook.course, outlook.status, outlook.earliest) == (4, "optional", day("2023-03-16"))


def test_S14_the_us_warns_from_course_4_on() -> None:
    evaluation = evaluated(FIVE_COURSES, "2024-06-01")
    assert [(one.code, one.severity, one.course, one.row) for one in evaluation.findings] == [
        ("data-limited-beyond", "warning", 4, 12),
        ("data-limited-beyond", "warning", 5, 15),
    ]
    outlook = forecasted(FIVE_COURSES, "2024-06-01")
    assert (outlook.course, outlook.status, outlook.earliest) == (6, "optional", day("2025-03-27"))


# --- S15: age ------------------------------------------------------------------------------------


# The first infusion on 3 March 2025.
@pytest.mark.parametrize(
    ("protocol", "born", "found"),
    [
        (US, "2008-03-04", "age-below-minimum"),  # 17 on 4 March 2025
        (US, "2008-03-03", "age-below-adult"),  # 17 on the day
        (US, "2007-03-04", "age-below-adult"),  # 18 on 4 March 2025
        (US, "2007-03-03", None),  # 18 on the day
        (US, "1900-01-01", None),
        (EU, "2008-03-03", "age-below-minimum"),
        (EU, "2007-03-04", "age-below-minimum"),
        (EU, "2007-03-03", None),
    ],
    ids=lambda value: value.id if isinstance(value, Protocol) else str(value),
)
def test_S15_age_on_the_first_infusion(protocol: Protocol, born: str, found: str | None) -> None:
    evaluation = evaluated(history(COURSE_1, birth_date=born), "2025-06-01", protocol)
    assert told(evaluation) == ([(found, 1)] if found else [])


# Born on 29 February 2008: 17 on 1 March 2025, 18 on 1 March 2026 (no 29 February in either, rounded later).
@pytest.mark.parametrize(
    ("began", "found"),
    [
        ("2025-02-28", "age-below-minimum"),
        ("2025-03-01", "age-below-adult"),
        ("2026-02-28", "age-below-adult"),
        ("2026-03-01", None),
    ],
)
def test_S15_born_on_29_february(began: str, found: str | None) -> None:
    evaluation = evaluated(history(run(began, 5), birth_date="2008-02-29"), "2026-06-01")
    assert told(evaluation) == ([(found, 1)] if found else [])


def test_S15_only_course_1_is_asked() -> None:
    # 16 years and 363 days at course 1, adult at course 2: one finding, on row 1.
    evaluation = evaluated(history(COURSE_1, run("2026-03-09", 3), birth_date="2008-03-05"), "2026-06-01")
    assert told(evaluation) == [("age-below-minimum", 1)]


def test_S15_dates_never_move_for_age() -> None:
    born = history(COURSE_1, birth_date="2015-01-01")
    assert forecasted(born, "2025-06-01") == forecasted(history(COURSE_1), "2025-06-01")
    asked: dict[str, Any] = {"as_of": "2025-06-01", "not_before": "2025-06-02"}
    assert planned(born, **asked) == planned(history(COURSE_1), **asked)


# --- S16: the floor, and the number of courses ---------------------------------------------------


# Earliest day of course 2: 7 March 2026.
@pytest.mark.parametrize(
    ("not_before", "course_2"),
    [
        ("2025-06-02", "2026-03-07"),
        ("2026-03-07", "2026-03-07"),
        ("2026-03-08", "2026-03-08"),
        ("2027-01-04", "2027-01-04"),
    ],
)
def test_S16_the_first_course_not_begun_starts_at_the_later_of_two_days(not_before: str, course_2: str) -> None:
    plan = planned(history(COURSE_1), "2025-06-01", not_before=not_before)
    assert plan.courses[1].first_day == day(course_2)
    assert plan.courses[1].earliest == day("2026-03-07")
    assert days_of(plan, 1) == ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"]


def test_S16_the_floor_is_for_one_course_only() -> None:
    plan = planned(history(COURSE_1), "2025-06-01", not_before="2026-06-01", courses=3)
    assert ends_of(plan)[1:] == [("2026-06-01", "2026-06-03"), ("2027-06-03", "2027-06-05")]


def test_S16_the_floor_of_a_course_after_one_in_progress() -> None:
    plan = planned(SHORT, "2025-03-05", not_before="2026-06-01")
    assert ends_of(plan) == [("2025-03-03", "2025-03-07"), ("2026-06-01", "2026-06-03")]


@pytest.mark.parametrize("not_before", ["2025-03-03", "2025-03-06", "2025-03-07"])
def test_S16_on_or_before_the_last_record_is_refused(not_before: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        planned(history(COURSE_1), "2025-06-01", not_before=not_before)
    assert refusal.value.place == "not_before"


def test_S16_the_day_after_the_last_record_is_taken() -> None:
    assert ends_of(planned(history(COURSE_1), "2025-06-01", not_before="2025-03-08"))[1][0] == "2026-03-07"


@pytest.mark.parametrize("not_before", ["2025-03-01", "2025-03-03", "2025-03-05"])
def test_S16_while_a_course_is_in_progress_any_day_is_taken(not_before: str) -> None:
    plan = planned(SHORT, "2025-03-06", not_before=not_before)
    assert ends_of(plan) == [("2025-03-03", "2025-03-07"), ("2026-03-07", "2026-03-09")]


def test_S16_an_interrupted_course_is_not_in_progress() -> None:
    with pytest.raises(InvalidInput) as refusal:
        planned(SHORT, "2025-03-07", not_before="2025-03-05")
    assert refusal.value.place == "not_before"


def test_S16_records_that_are_no_exposure_do_not_count_as_the_last() -> None:
    given = history(COURSE_1, on("2025-04-01", status="entered-in-error"))
    assert len(planned(given, "2025-06-01", not_before="2025-03-10").courses) == 2


def test_S16_courses_are_counted_with_those_on_record() -> None:
    given = history(COURSE_1, COURSE_2)
    asked: dict[str, Any] = {"not_before": "2026-06-02"}
    assert len(planned(given, "2026-06-01", courses=2, **asked).courses) == 2
    assert len(planned(given, "2026-06-01", courses=3, **asked).courses) == 3
    with pytest.raises(InvalidInput) as refusal:
        planned(given, "2026-06-01", courses=1, **asked)
    assert refusal.value.place == "courses"


def test_S16_with_a_history_the_day_of_asking_is_needed() -> None:
    with pytest.raises(InvalidInput) as refusal:
        plan_treatment(US, EVERY_DAY, not_before=day("2025-06-02"), history=history(COURSE_1))
    assert refusal.value.place == "as_of"


# --- S19: replanning -----------------------------------------------------------------------------

# Course 1 on Monday 11 to Friday 15 January 2027, course 2 on 15 to 17 January 2028.
PLAN: Final = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11"))
AS_PLANNED: Final = run("2027-01-11", 5)


def replanned(given: History, as_of: str, *, plan: Plan = PLAN, clinic: Clinic = EVERY_DAY, **asked: Any) -> Revision:
    return replan(plan, US, clinic, history=given, as_of=day(as_of), **asked)


def kinds(revision: Revision) -> set[str]:
    return {change.kind for change in revision.changes}


def test_S19_the_plan_that_is_made_again() -> None:
    assert ends_of(PLAN) == [("2027-01-11", "2027-01-15"), ("2028-01-15", "2028-01-17")]


# Each day recorded on its day, asked on that day, on the day after the course, and long after.
@pytest.mark.parametrize(
    ("count", "as_of"),
    [(0, "2027-01-11"), (1, "2027-01-11"), (3, "2027-01-13"), (3, "2027-01-14"), (5, "2027-01-15"), (5, "2027-09-01")],
)
def test_S19_recording_what_was_planned_changes_nothing(count: int, as_of: str) -> None:
    revision = replanned(history(AS_PLANNED[:count]), as_of)
    assert kinds(revision) == {"kept"}
    assert (revision.plan.revision, revision.plan.infusion_days) == (0, PLAN.infusion_days)
    assert (revision.plan.contraception, revision.plan.activities) == (PLAN.contraception, PLAN.activities)


def test_S19_a_late_course_moves_what_follows() -> None:
    # Given a week late, 18 to 22 January 2027: course 2 from 22 January 2028, contraception to 22 May 2027.
    revision = replanned(history(run("2027-01-18", 5)), "2027-02-01")
    assert ends_of(revision.plan) == [("2027-01-18", "2027-01-22"), ("2028-01-22", "2028-01-24")]
    assert revision.plan.contraception[0].last_day == day("2027-05-22")
    assert revision.plan.revision == 1
    moved = {one.item: (one.before, one.after) for one in revision.changes if one.kind == "moved"}
    assert moved["course-1/day-1"] == (day("2027-01-11"), day("2027-01-18"))
    assert moved["course-2/day-3"] == (day("2028-01-17"), day("2028-01-24"))
    assert all(change.reason for change in revision.changes)


def test_S19_an_early_course_does_not_draw_the_next_one_forward() -> None:
    # Given four days early, 7 to 11 January: course 2 would be allowed from 11 January 2028, and stays on the 15th.
    revision = replanned(history(run("2027-01-07", 5)), "2027-02-01")
    assert ends_of(revision.plan) == [("2027-01-07", "2027-01-11"), ("2028-01-15", "2028-01-17")]
    assert revision.plan.courses[1].earliest == day("2028-01-11")
    assert revision.plan.courses[1].drift_days == 4


@pytest.mark.parametrize(
    ("as_of", "course_1", "noted"),
    [
        ("2027-01-11", "2027-01-11", False),  # it may still be given today
        ("2027-01-12", "2027-01-12", True),
        ("2027-01-15", "2027-01-15", True),
        ("2027-03-01", "2027-03-01", True),
    ],
)
def test_S19_a_course_that_was_not_given_moves_as_one_block(as_of: str, course_1: str, noted: bool) -> None:  # noqa: FBT001  # a parameter of the test
    revision = replanned(history(), as_of)
    first = revision.plan.courses[0]
    assert (first.first_day, first.last_day) == (day(course_1), day(course_1) + 4 * ONE_DAY)
    assert ("unrecorded" in codes(revision.plan.findings)) is noted
    # Course 2 is as far behind as the last day of course 1 moved: 12 months after it.
    assert revision.plan.courses[1].first_day == date(2028, first.last_day.month, first.last_day.day)


def test_S19_the_note_names_the_course_and_the_day_it_was_planned_on() -> None:
    (note,) = [one for one in replanned(history(), "2027-03-01").plan.findings if one.code == "unrecorded"]
    assert (note.severity, note.course, note.day) == ("note", 1, day("2027-01-11"))


def test_S19_a_moved_course_is_placed_on_open_days() -> None:
    # Open Monday to Friday, asked on Wednesday 13 January 2027: Monday 18 is the first block of five.
    plan = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2027-01-11"))
    revision = replanned(history(), "2027-01-13", plan=plan, clinic=WEEKDAYS_ONLY)
    assert ends_of(revision.plan)[0] == ("2027-01-18", "2027-01-22")


def test_S19_course_2_that_was_not_given_moves_alone() -> None:
    revision = replanned(history(AS_PLANNED), "2028-02-01")
    assert ends_of(revision.plan) == [("2027-01-11", "2027-01-15"), ("2028-02-01", "2028-02-03")]
    assert revision.plan.courses[1].earliest == day("2028-01-15")
    assert [(one.course, one.day) for one in revision.plan.findings if one.code == "unrecorded"] == [
        (2, day("2028-01-15"))
    ]


def test_S19_a_partly_recorded_course_follows_S09() -> None:
    # Two of five days, asked four days later: interrupted; no remaining days, and course 2 is tentative where it was.
    revision = replanned(history(AS_PLANNED[:2]), "2027-01-16")
    assert ends_of(revision.plan) == [("2027-01-11", "2027-01-12"), ("2028-01-15", "2028-01-17")]
    assert "unrecorded" not in codes(revision.plan.findings)
    assert revision.plan.courses[1].status == "tentative"
    cancelled = {one.item for one in revision.changes if one.kind == "cancelled"}
    assert {"course-1/day-3", "course-1/day-4", "course-1/day-5"} <= cancelled


def test_S19_a_closure_on_a_scheduled_course_moves_it_later() -> None:
    # 16 January 2028 is closed: 17 to 19 January is the first block.
    revision = replanned(history(AS_PLANNED), "2027-06-01", clinic=closed_on(EVERY_DAY, "2028-01-16"))
    assert ends_of(revision.plan)[1] == ("2028-01-17", "2028-01-19")
    assert revision.plan.courses[1].earliest == day("2028-01-15")


@pytest.mark.parametrize("closed", ["2028-01-14", "2028-01-18", "2027-07-01"])
def test_S19_a_closure_beside_a_scheduled_course_leaves_it(closed: str) -> None:
    # Every item is kept. The clinic is another one, which a page shows: the revision rises (S46).
    revision = replanned(history(AS_PLANNED), "2027-06-01", clinic=closed_on(EVERY_DAY, closed))
    moved = {(one.before, one.after) for one in revision.changes if one.kind == "moved"}
    # A visit suggested for the closed day, the eve of course 2, is suggested for the day before it (S41).
    assert moved == ({(day("2028-01-14"), day("2028-01-13"))} if closed == "2028-01-14" else set())
    assert all("-visit/" in one.item for one in revision.changes if one.kind == "moved")
    assert (kinds(revision) - {"moved"}, revision.plan.revision) == ({"kept"}, 1)


def test_S19_a_scheduled_course_is_not_drawn_to_a_day_that_opens() -> None:
    # Planned at a clinic closed on 15 January 2028, so from the 16th; later that day is open again.
    plan = plan_treatment(US, closed_on(EVERY_DAY, "2028-01-15"), not_before=day("2027-01-11"))
    assert ends_of(plan)[1] == ("2028-01-16", "2028-01-18")
    revision = replanned(history(AS_PLANNED), "2027-06-01", plan=plan)
    assert ends_of(revision.plan)[1] == ("2028-01-16", "2028-01-18")


def test_S19_a_closed_day_does_not_move_what_was_given() -> None:
    revision = replanned(history(AS_PLANNED), "2027-06-01", clinic=closed_on(EVERY_DAY, "2027-01-13"))
    assert (kinds(revision), days_of(revision.plan, 1)) == ({"kept"}, days_of(PLAN, 1))


def test_S19_past_activities_stay_as_they_are() -> None:
    # Given a week late, to 22 January 2027, and asked on 1 March: windows and periods that are over stay.
    after = replanned(history(run("2027-01-18", 5)), "2027-03-01").plan
    assert activity(after, "vaccinations", 1) == activity(PLAN, "vaccinations", 1)
    assert period(after, "stroke-watch", 1) == period(PLAN, "stroke-watch", 1)


def test_S19_a_past_baseline_stays_as_it_is() -> None:
    # Its window was 12 December to 10 January; the course was given a week later, and asked about on 1 March.
    before, after = (
        series(PLAN, "blood-count", 1),
        series(replanned(history(run("2027-01-18", 5)), "2027-03-01").plan, "blood-count", 1),
    )
    assert after.baseline == before.baseline


# Course 1 was planned to 15 January 2027, so that blood counts were due on the 15th of each month.
@pytest.mark.parametrize(
    ("first", "as_of", "dates"),
    [
        ("2027-01-18", "2027-02-15", "2027-02-22 2027-03-22 2027-04-22"),  # given a week late, to the 22nd
        ("2027-01-18", "2027-02-16", "2027-02-22 2027-03-22 2027-04-22"),  # 15 February is past, and was never due
        ("2027-01-18", "2027-02-23", "2027-02-22 2027-03-22 2027-04-22"),
        ("2027-01-07", "2027-02-12", "2027-02-11 2027-03-11 2027-04-11"),  # four days early, to the 11th
        ("2027-02-24", "2027-04-01", "2027-03-28 2027-04-28 2027-05-28"),  # to 28 February
    ],
)
def test_S20_due_dates_before_the_day_of_asking_are_counted_from_what_was_given(
    first: str, as_of: str, dates: str
) -> None:
    after = replanned(history(run(first, 5)), as_of).plan
    assert [one.isoformat() for one in series(after, "blood-count", 1).dates[:3]] == dates.split()


def test_S20_after_an_early_course_no_month_has_two_dates_or_none() -> None:
    """Course 1 as planned, course 2 early, on 4 to 6 January 2028 (planned on the 15th); asked on 20 February.

    Monthly from 15 January 2027 to the first infusion of course 2, then from 6 January 2028.
    """
    given = history(AS_PLANNED, run("2028-01-04", 3))
    held = replanned(given, "2028-01-07").plan
    for plan in (PLAN, held):
        after = replanned(given, "2028-02-20", plan=plan).plan
        ones = [one.isoformat() for one in series(after, "blood-count", 1).dates]
        twos = [one.isoformat() for one in series(after, "blood-count", 2).dates]
        assert (ones[0], ones[-1], len(ones)) == ("2027-02-15", "2027-12-15", 11)
        assert twos[:3] == ["2028-02-06", "2028-03-06", "2028-04-06"]


def test_S20_a_yearly_test_follows_the_days_that_were_given() -> None:
    """Yearly from 15 January 2027 as planned, from the 22nd as given; 15 January 2028 is past when asked."""
    after = replanned(history(run("2027-01-18", 5)), "2028-01-21").plan
    yearly = [one.isoformat() for one in series(after, "skin-examination", None).dates[:2]]
    assert yearly == ["2028-01-22", "2029-01-22"]


def test_S19_a_past_baseline_that_was_a_test_of_a_series_goes_with_the_series() -> None:
    """Course 2 was planned on 15 January 2028, with the count of that series on the 15th of each month.

    Course 1 was given to 8 January 2027, a week early: counts are due on the 8th, and nothing of it was known until
    both courses were over. The baseline of course 2, given on 17 January, is the count of 8 January 2028.
    """
    given = history(run("2027-01-04", 5), run("2028-01-17", 3))
    plan = plan_treatment(
        US, closed_on(EVERY_DAY, "2028-01-15", "2028-01-16", "2028-01-17"), not_before=day("2027-01-11")
    )
    before = series(plan, "blood-count", 2).baseline
    after = series(replanned(given, "2028-03-01", plan=plan).plan, "blood-count", 2).baseline
    assert before is not None
    assert after is not None
    assert (str(before.due), str(after.due)) == ("2028-01-15", "2028-01-08")


def test_S46_the_revision_rises_with_everything_that_is_printed() -> None:
    """A new name of the clinic, and other hours of preparation; once is enough."""
    given = history(AS_PLANNED[:2])
    changed: list[dict[str, Any]] = [{"name": "Harbour"}, {"preparation_minutes": 30}]
    for update in changed:
        clinic = EVERY_DAY.model_copy(update=update)
        revision = replanned(given, "2027-01-12", clinic=clinic)
        assert (kinds(revision), revision.plan.revision) == ({"kept"}, 1)
        assert replanned(given, "2027-01-12", plan=revision.plan, clinic=clinic).plan.revision == 1
        assert replanned(given, "2027-01-12", plan=revision.plan).plan.revision == 2
    assert replanned(given, "2027-01-12").plan.revision == 0


def test_S46_a_source_of_another_name_raises_the_revision() -> None:
    """A page lists each source with its document; where it was found is not printed."""
    source, *others = US.sources
    for name, revision in (("document", 1), ("where", 0)):
        renamed = US.model_copy(update={"sources": (source.model_copy(update={name: "Another"}), *others)})
        found = replan(PLAN, renamed, EVERY_DAY, history=history(AS_PLANNED[:2]), as_of=day("2027-01-12"))
        assert (kinds(found), found.plan.revision) == ({"kept"}, revision)


def test_S16_not_before_says_nothing_of_a_course_on_record() -> None:
    """Course 1 was given in January 2027, and the day asked for, 7 February 2028, was that of course 2.

    Made again, the plan is the same: course 1 was due on its first day on record, without drift.
    """
    given = history(AS_PLANNED)
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2028-02-07"), history=given, as_of=day("2027-06-01"))
    again = replanned(given, "2027-06-01", plan=plan).plan
    first, second = again.courses
    assert (str(first.earliest), first.drift_days, str(first.recommended)) == ("2027-01-11", 0, "2027-01-11")
    assert (str(second.first_day), again.revision, again) == ("2028-02-07", 0, plan)


def test_S46_hours_on_record_raise_the_revision() -> None:
    """The day is kept, and a calendar shows its other hours."""
    late = run("2027-01-11", 1, started="10:00", ended="14:00", observed_until="16:00")
    revision = replanned(history(late), "2027-01-11")
    assert (kinds(revision), revision.plan.revision) == ({"kept"}, 1)


# 10 days late: the last infusion on 25 January 2027 instead of the 15th.
@pytest.mark.parametrize(
    ("action", "as_of", "ends"),
    [
        ("herpes-prophylaxis", "2027-02-20", "2027-02-25"),  # + 1 month
        ("listeria-diet", "2027-02-20", "2027-02-25"),
        ("breastfeeding", "2027-05-20", "2027-05-25"),  # + 4 months
    ],
)
def test_S19_a_protective_period_that_is_extended_is_not_past(action: str, as_of: str, ends: str) -> None:
    plan = plan_treatment(EU, EVERY_DAY, not_before=day("2027-01-11"))
    given = history(run("2027-01-21", 5))
    after = replan(plan, EU, EVERY_DAY, history=given, as_of=day(as_of)).plan
    assert period(after, action, 1).last_day == day(ends)


def test_S19_twice_is_once() -> None:
    for given, as_of in ((history(), "2027-03-01"), (history(run("2027-01-18", 5)), "2027-03-01")):
        once = replanned(given, as_of).plan
        again = replanned(given, as_of, plan=once)
        assert (again.plan, kinds(again)) == (once, {"kept"})


def test_S19_a_course_beyond_the_plan_is_added() -> None:
    given = history(AS_PLANNED, run("2028-01-15", 3), run("2029-01-22", 3))
    revision = replanned(given, "2029-02-01")
    added = {one.item: one.after for one in revision.changes if one.kind == "added"}
    assert added["course-3/day-1"] == day("2029-01-22")
    assert len(revision.plan.courses) == 3


def test_S19_a_plan_is_replanned_by_its_own_rules() -> None:
    for other in (EU, US.model_copy(update={"revision": "2030-01"})):
        with pytest.raises(PlanMismatch) as refusal:
            replan(PLAN, other, EVERY_DAY, history=history(), as_of=day("2027-01-11"))
        assert refusal.value.code == "plan-mismatch"
    elsewhere = EVERY_DAY.model_copy(update={"time_zone": "America/Chicago"})
    with pytest.raises(PlanMismatch):
        replan(PLAN, US, elsewhere, history=history(), as_of=day("2027-01-11"))


# --- S21: baselines on record --------------------------------------------------------------------


def baseline_due(given: History, not_before: str) -> date:
    plan = planned(given, "2026-03-05", not_before=not_before)
    baseline = series(plan, "blood-count", 2).baseline
    assert baseline is not None
    return baseline.due


# Course 2 on 7 March 2026: the window is [7 March - 30 days = 5 February, 6 March]. The due day is the eve; the
# draw of 7 February is 28 days old, too old to serve.
@pytest.mark.parametrize(
    ("done", "due"),
    [
        (None, "2026-03-06"),
        ("2026-02-04", "2026-03-06"),
        ("2026-02-05", "2026-02-05"),
        ("2026-02-20", "2026-02-20"),
        ("2026-03-05", "2026-03-05"),
    ],
)
def test_S21_a_recorded_draw_in_the_window_satisfies_the_baseline(done: str | None, due: str) -> None:
    observed = [seen("blood-count", done)] if done else []
    assert baseline_due(history(COURSE_1, observations=observed), "2026-03-07") == day(due)


def test_S21_a_draw_after_the_day_of_asking_is_not_known() -> None:
    # Asked on 5 March 2026 about a draw on the 6th.
    given = history(COURSE_1, observations=[seen("blood-count", "2026-03-06"), seen("blood-count", "2026-02-20")])
    assert baseline_due(given, "2026-03-07") == day("2026-02-20")


def test_S21_another_tests_draw_does_not_serve() -> None:
    given = history(COURSE_1, observations=[seen("thyroid", "2026-02-20")])
    assert baseline_due(given, "2026-03-07") == day("2026-03-06")


# The monthly draw of 7 March 2026, up to 14 days before the first infusion.
@pytest.mark.parametrize(
    ("first_infusion", "due"),
    [("2026-03-08", "2026-03-07"), ("2026-03-21", "2026-03-07"), ("2026-03-22", "2026-03-21")],
)
def test_S21_a_monthly_draw_of_a_recorded_course_is_proposed(first_infusion: str, due: str) -> None:
    assert baseline_due(history(COURSE_1), first_infusion) == day(due)


def test_S21_a_recorded_draw_satisfies_the_baseline_of_a_recorded_course() -> None:
    # Course 1 on 3 March 2025: window 1 February (3 March - 30 days) to 2 March.
    for done, due in (("2025-01-31", "2025-03-02"), ("2025-02-01", "2025-02-01"), ("2025-03-02", "2025-03-02")):
        given = history(COURSE_1, observations=[seen("blood-count", done)])
        plan = planned(given, "2025-06-01", not_before="2025-06-02")
        baseline = series(plan, "blood-count", 1).baseline
        assert baseline is not None
        assert baseline.due == day(due)


ALL_BUT_BLOOD: Final = [
    seen(test, "2025-02-15") for test in ("creatinine", "urinalysis", "liver-tests", "thyroid", "skin-examination")
]


@pytest.mark.parametrize(
    ("done", "missing"),
    [("2025-01-31", True), ("2025-02-01", False), ("2025-03-02", False), ("2025-03-03", True)],
)
def test_S21_a_missing_baseline_is_found(done: str, missing: bool) -> None:  # noqa: FBT001  # a parameter of the test
    given = history(COURSE_1, observations=[*ALL_BUT_BLOOD, seen("blood-count", done)])
    assert ("baseline-missing" in codes(evaluated(given, "2025-06-01"))) is missing


def test_S21_each_course_has_a_baseline_of_its_own() -> None:
    given = history(COURSE_1, COURSE_2, observations=[*ALL_BUT_BLOOD, seen("blood-count", "2025-02-15")])
    missing = [one for one in evaluated(given, "2026-06-01").findings if one.code == "baseline-missing"]
    # Course 2: blood count, creatinine, urinalysis, liver tests and thyroid; the skin examination is of course 1 only.
    assert [one.course for one in missing] == [2] * 5


def test_S21_no_deadline_is_missed_by_a_test_that_was_done() -> None:
    # Course 1 today, 11 January 2027; the blood count was done on the 8th.
    given = history(observations=[seen("blood-count", "2027-01-08")])
    plan = planned(given, "2027-01-11", not_before="2027-01-11")
    late = [one.message for one in plan.findings if one.code == "deadline-passed"]
    assert late
    assert not any("blood count" in message for message in late)


# --- S22: herpes prophylaxis ---------------------------------------------------------------------


def prophylaxis_end(*counts: tuple[str, int], as_of: str = "2025-12-01", course: int = 1) -> str | None:
    """Say when the prophylaxis after course 1 (last infusion 7 March 2025) ends."""
    given = history(COURSE_1, observations=[cd4(on_day, value) for on_day, value in counts])
    found = period(planned(given, as_of, not_before="2025-12-02"), "herpes-prophylaxis", course)
    if course == 1:
        assert found.earliest_end == day("2025-05-07")  # + 2 months
    return found.last_day.isoformat() if found.last_day else None


def test_S22_without_a_count_it_never_closes() -> None:
    assert prophylaxis_end() is None
    assert prophylaxis_end(as_of="2025-12-01") is None


@pytest.mark.parametrize(
    ("on_day", "value", "ends"),
    [
        ("2025-06-03", 199, None),
        ("2025-06-03", 200, "2025-06-03"),
        ("2025-06-03", 900, "2025-06-03"),
        ("2025-04-01", 250, "2025-05-07"),  # the later of the two
        ("2025-05-07", 250, "2025-05-07"),
        ("2025-05-08", 250, "2025-05-08"),
        ("2025-03-07", 250, None),  # on the day of the last infusion, not after it
        ("2025-03-08", 250, "2025-05-07"),
        ("2025-02-01", 250, None),
    ],
)
def test_S22_a_count_closes_it(on_day: str, value: int, ends: str | None) -> None:
    assert prophylaxis_end((on_day, value)) == ends


@pytest.mark.parametrize(
    ("low", "ends"),
    [
        ("2025-04-20", None),
        ("2025-05-07", None),  # on that end
        ("2025-05-08", "2025-05-07"),  # after it
    ],
)
def test_S22_a_low_count_up_to_the_end_reopens_it(low: str, ends: str | None) -> None:
    assert prophylaxis_end(("2025-04-01", 250), (low, 150)) == ends


def test_S22_it_can_close_again() -> None:
    assert prophylaxis_end(("2025-04-01", 250), ("2025-04-20", 150), ("2025-06-10", 210)) == "2025-06-10"
    assert prophylaxis_end(("2025-04-01", 250), ("2025-04-20", 150), ("2025-04-25", 210)) == "2025-05-07"


def test_S22_a_low_count_before_any_high_one_only_waits() -> None:
    assert prophylaxis_end(("2025-05-20", 180), ("2025-06-03", 230)) == "2025-06-03"


def test_S22_the_order_of_the_counts_on_record_does_not_matter() -> None:
    counts = [("2025-06-10", 210), ("2025-04-20", 150), ("2025-04-01", 250)]
    assert prophylaxis_end(*counts) == prophylaxis_end(*reversed(counts)) == "2025-06-10"


def test_S22_a_count_after_the_day_of_asking_is_not_known() -> None:
    assert prophylaxis_end(("2025-06-03", 230), as_of="2025-06-02") is None
    assert prophylaxis_end(("2025-06-03", 230), as_of="2025-06-03") == "2025-06-03"


def test_S22_each_course_needs_a_count_after_its_own_last_infusion() -> None:
    given = history(COURSE_1, COURSE_2, observations=[cd4("2025-06-03", 230)])
    plan = planned(given, "2026-06-01", not_before="2026-06-02")
    first, second = (period(plan, "herpes-prophylaxis", course) for course in (1, 2))
    assert (first.last_day, second.last_day) == (day("2025-06-03"), None)
    assert second.earliest_end == day("2026-05-11")  # 11 March 2026 + 2 months


def test_S22_a_replanned_prophylaxis_closes_too() -> None:
    given = history(AS_PLANNED, observations=[cd4("2027-06-03", 230)])
    after = replanned(given, "2027-07-01").plan
    assert period(after, "herpes-prophylaxis", 1).last_day == day("2027-06-03")


def test_S22_in_the_eu_it_ends_after_a_month_without_a_count() -> None:
    plan = planned(history(COURSE_1), "2025-06-01", not_before="2025-06-02", protocol=EU)
    found = period(plan, "herpes-prophylaxis", 1)
    assert (found.first_day, found.last_day) == (day("2025-03-03"), day("2025-04-07"))


# --- S24: when an answer changes by itself -------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "changes_on"),
    [
        ("2025-03-05", "2025-03-07"),  # in progress to last + 1
        ("2025-03-06", "2025-03-07"),
        ("2025-03-07", "2025-03-21"),  # interrupted to last + 15
        ("2025-03-20", "2025-03-21"),
        ("2025-03-21", None),
    ],
)
def test_S24_an_evaluation_changes_with_the_status(as_of: str, changes_on: str | None) -> None:
    assert evaluated(SHORT, as_of).changes_on == (day(changes_on) if changes_on else None)


@pytest.mark.parametrize(
    ("as_of", "changes_on"),
    [
        ("2025-03-07", "2026-03-07"),  # due
        ("2026-03-06", "2026-03-07"),
        ("2026-03-07", "2026-06-08"),  # overdue the day after 3 months
        ("2026-06-07", "2026-06-08"),
        ("2026-06-08", None),
    ],
)
def test_S24_a_forecast_changes_when_it_is_due_and_overdue(as_of: str, changes_on: str | None) -> None:
    outlook = forecasted(history(COURSE_1), as_of, past_due_after="3 months")
    assert outlook.changes_on == (day(changes_on) if changes_on else None)


def test_S24_a_record_ahead_changes_both_on_its_day() -> None:
    given = history(COURSE_1, run("2026-03-09", 3))
    for as_of, changes_on in (("2025-04-01", "2026-03-09"), ("2026-03-09", "2026-03-10"), ("2026-03-11", None)):
        expected = day(changes_on) if changes_on else None
        assert evaluated(given, as_of).changes_on == expected
    # Asked about before 9 March, the forecast speaks of another course than from then on.
    assert forecasted(given, "2025-04-01").changes_on == day("2026-03-09")
    assert forecasted(given, "2026-03-10").changes_on == day("2026-03-11")


@pytest.mark.parametrize("as_of", ["2025-03-04", "2025-03-05"])
def test_S24_a_record_ahead_that_leaves_a_decision_without_its_course_changes_the_answer(as_of: str) -> None:
    """From 6 March on all three infusions are course 2, and nothing of course 1 is on record."""
    records = [{"date": "2025-03-03"}, {"date": "2025-03-04"}, {"date": "2025-03-06", "course": 2}]
    given = History.model_validate({"infusions": records})
    decided = Decision(course=1, decision="treat-as-complete", by="neurologist", why="side effects", on=day(as_of))
    assert forecast(given, US, as_of=day(as_of), decisions=[decided]).changes_on == day("2025-03-06")
    with pytest.raises(PlanMismatch):
        forecast(given, US, as_of=day("2025-03-06"), decisions=[decided])


def test_S24_an_optional_course_changes_nothing_by_itself() -> None:
    assert forecasted(history(COURSE_1, COURSE_2), "2026-03-11").changes_on is None


# By S01, derived days run on to 2199.
def test_S24_an_answer_may_change_after_2099() -> None:
    assert evaluated(history(on("2099-12-31")), "2099-12-31").changes_on == day("2100-01-02")
    assert forecasted(history(run("2099-03-02", 5)), "2099-06-01").changes_on == day("2100-03-06")


Ask = Callable[[date], Evaluation | Forecast]


def bare(answer: Evaluation | Forecast) -> dict[str, Any]:
    return answer.model_dump(exclude={"as_of", "changes_on"})


def changes_by_walking(answers: dict[date, Evaluation | Forecast]) -> Iterator[tuple[date, date | None]]:
    """Say for every day but the last on which later day the answer first differs, by looking at each."""
    days = sorted(answers, reverse=True)
    following: date | None = None
    for later, earlier in pairwise(days):
        if bare(answers[later]) != bare(answers[earlier]):
            following = later
        yield earlier, following


WALKED: Final[dict[str, tuple[History, str, str, dict[str, Any]]]] = {
    "in progress": (SHORT, "2025-03-01", "2025-04-15", {}),
    "complete": (history(COURSE_1), "2025-03-01", "2026-07-01", {"past_due_after": "3 months"}),
    "two courses": (history(COURSE_1, COURSE_2), "2026-03-01", "2027-04-01", {"past_due_after": "1 month"}),
    "unclear": (UNCLEAR, "2025-03-01", "2026-04-15", {}),
    "unclear, resumed": (UNCLEAR, "2025-03-04", "2026-04-15", {"decisions": [decision(1, "resume")]}),
    "unclear, two": (UNCLEAR, "2025-03-04", "2026-04-15", {"decisions": [decision(1, "new-course")]}),
    "resumed": (SHORT, "2025-03-03", "2026-04-15", {"decisions": [decision(1, "resume")]}),
    "left off": (
        SHORT,
        "2025-03-03",
        "2026-07-01",
        {"decisions": [decision(1, "treat-as-complete")], "past_due_after": "2 months"},
    ),
    "gaps": (history(on("2025-03-03 2025-03-05 2025-03-08 2025-03-22")), "2025-03-01", "2025-05-01", {}),
    "short, then another": (
        history(run("2025-03-03", 4), run("2026-03-06", 2)),
        "2025-03-01",
        "2026-04-15",
        {"past_due_after": "1 week"},
    ),
    "not given ahead": (history(COURSE_1, on("2025-09-01", status="not-done")), "2025-03-01", "2026-04-01", {}),
    "unreadable": (history(run("2025-03-03", 3), unreadable=[4]), "2025-03-01", "2025-04-15", {}),
    "leap day": (history(run("2024-02-25", 5)), "2024-02-20", "2025-07-01", {"past_due_after": "3 months"}),
    "nothing": (history(), "2025-03-01", "2025-04-01", {}),
    "four in the EU": (history(run("2020-03-02", 5), FIVE[3:12]), "2023-03-15", "2023-05-01", {}),
}


@pytest.mark.sweep
@pytest.mark.parametrize("name", sorted(WALKED))
def test_S24_asked_on_every_day(name: str) -> None:
    given, first, last, asked = WALKED[name]
    protocol = EU if "EU" in name else US
    days = [day(first) + timedelta(days=n) for n in range((day(last) - day(first)).days + 1)]
    known = dict(asked)
    decided = known.pop("decisions", ())
    asks: list[Ask] = [
        lambda one: evaluate(given, protocol, as_of=one, tolerance_days=2),
        lambda one: forecast(given, protocol, as_of=one, decisions=decided, **known),
    ]
    for ask in asks:
        answers = {one: ask(one) for one in days}
        for as_of, following in changes_by_walking(answers):
            assert answers[as_of].changes_on == following, as_of


def test_S24_what_is_walked_has_changes_to_find() -> None:
    found = 0
    for given, first, last, _asked in WALKED.values():
        found += evaluate(given, US, as_of=day(first)).changes_on is not None
        assert evaluate(given, US, as_of=day(last)).changes_on is None
    assert found >= 10
