"""The judgement of recorded treatments against answers worked out by hand, and the conformance cases themselves.

Where nothing else is said course 1 is Monday 3 to Friday 7 March 2025 (rows 1 to 5), and the protocol the US one.
"""

import json
from collections import Counter
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise, permutations
from typing import Any

import jsonschema
import pytest

from tests.oracle.case_parts import Json, clinic, closed_when_planning, numbered, on, run, with_dates
from tests.oracle.cases_by_hand import worked_by_hand
from tests.oracle.cases_of_tests_by_hand import worked_tests
from tests.oracle.doses import dose, minutes_between
from tests.oracle.following import Numbered, plan_on
from tests.oracle.history import (
    Finding,
    Judgement,
    evaluation_changes_on,
    forecast_changes_on,
    judge,
)
from tests.oracle.labels import label
from tests.oracle.make_cases import cases, file_text, folder
from tests.oracle.observed import kinds_of
from tests.oracle.plan import Anchors

pytestmark = pytest.mark.sweep  # it checks the oracle, not the library

US, EU = label("us-2024-05"), label("eu-2020-01")
FIRST = run("2025-03-03", 5)
SECOND = run("2026-03-09", 3)
LONG_AFTER = "2027-01-15"
FEW_CASES = 400
FEW_BY_HAND = 60


def day(written: str) -> date:
    return date.fromisoformat(written)


def read(*parts: list[Json]) -> list[Json]:
    """Number records, and read their dates."""
    return with_dates(numbered(*parts))


def ask(*parts: list[Json], as_of: str = LONG_AFTER, protocol: Json = US, **known: Any) -> Judgement:
    return judge(protocol, read(*parts), day(as_of), **known)


def findings(*parts: list[Json], as_of: str = LONG_AFTER, protocol: Json = US, **known: Any) -> list[Finding]:
    return ask(*parts, as_of=as_of, protocol=protocol, **known)["findings"]


def statuses(judgement: Judgement) -> list[str]:
    return [course["status"] for course in judgement["courses"]]


def decided(course: int, what: str) -> list[Json]:
    return [{"course": course, "decision": what}]


def next_course(judgement: Judgement) -> tuple[int, str, date | None, date | None]:
    following = judgement["next"]
    return following["course"], following["status"], following["earliest"], following["recommended"]


def protocol_with(**changes: Any) -> Json:
    """Return the US protocol with some entries replaced."""
    return {**deepcopy(US), **changes}


# --- S04 -------------------------------------------------------------------------------------


def test_s04_equal_records_are_duplicates_and_others_are_two_infusions() -> None:
    # Row 6 repeats row 5; row 7 gives a dose that neither of them has.
    found = findings(FIRST, on("2025-03-07"), on("2025-03-07", dose_mg=12), as_of="2025-04-01")
    assert found == [("duplicate-same-day", 1, 6), ("two-infusions-one-day", 1, 7)]


def test_s04_the_same_facts_in_another_spelling_are_equal() -> None:
    # 12 and "12.0" mg are one dose, and a status that is absent is completed.
    one = on("2025-03-07", dose_mg=12, started="09:00")
    other = on("2025-03-07", dose_mg="12.0", started="09:00", status="completed")
    assert findings(run("2025-03-03", 4), one, other, as_of="2025-04-01") == [("duplicate-same-day", 1, 6)]


def test_s04_what_was_not_given_is_nothing() -> None:
    judgement = ask(
        on("2025-03-03", status="not-done", dose_mg=3), on("2025-03-04", status="entered-in-error"), as_of="2025-04-01"
    )
    assert judgement["findings"] == []
    assert judgement["courses"] == []
    assert judgement["status"] == "not-started"
    assert next_course(judgement) == (1, "due", None, None)
    assert judgement["monitoring"] is None


def test_s04_a_partial_infusion_counts_and_has_no_length_to_judge() -> None:
    partial = on("2025-03-07", status="partial", started="09:00", ended="10:00", observed_until="10:30", dose_mg=4)
    judgement = ask(run("2025-03-03", 4), partial, as_of="2025-04-01")
    assert judgement["findings"] == [("dose-differs", 1, 5), ("partial-infusion", 1, 5)]
    assert statuses(judgement) == ["complete"]


# --- S05, S06 --------------------------------------------------------------------------------


def test_s05_future_records_are_not_counted_and_stop_the_forecast() -> None:
    # Asked on 10 March 2026: rows 6 and 7 are given, row 8 is of tomorrow. 2 of 3 days, in progress.
    judgement = ask(FIRST, SECOND, as_of="2026-03-10")
    assert judgement["findings"] == [("infusion-in-future", None, 8)]
    assert judgement["status"] == "course-2-in-progress"
    assert next_course(judgement) == (3, "needs-clinical-decision", None, None)
    assert next_course(ask(FIRST, SECOND, as_of="2026-03-11")) == (3, "optional", day("2027-03-11"), None)


def test_s06_an_unreadable_row_leaves_the_findings_and_takes_the_dates() -> None:
    judgement = ask(FIRST, on("2025-03-07"), as_of="2025-04-01", unreadable=[9])
    assert judgement["findings"] == [("duplicate-same-day", 1, 6)]
    assert judgement["status"] == "awaiting-course-2"
    assert next_course(judgement) == (2, "not-assessed", None, None)
    assert judgement["contraception"] == []
    assert judgement["contraception_end"] is None
    assert judgement["monitoring"] is None


# --- S07 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fifth", "courses"),
    [
        ("2025-03-21", [5]),  # 21 - 7 = 14 days
        ("2025-03-22", [5]),  # 15
        ("2025-03-23", [4, 1]),  # 16
        ("2025-12-24", [4, 1]),
    ],
)
def test_s07_up_to_15_days_are_one_course(fifth: str, courses: list[int]) -> None:
    judgement = ask(run("2025-03-04", 4), on(fifth), as_of=fifth)
    assert [course["infusions"] for course in judgement["courses"]] == courses


def test_s07_an_unnumbered_day_joins_the_numbered_day_before_it() -> None:
    # 3 and 5 March say course 1; 4 March says nothing, one day after the 3rd.
    judgement = ask(on("2025-03-03", course=1), on("2025-03-04"), run("2025-03-05", 3, course=1), as_of="2025-04-01")
    assert [course["infusions"] for course in judgement["courses"]] == [5]
    assert judgement["findings"] == []


def test_s07_an_unnumbered_course_gets_the_number_after_the_one_before() -> None:
    judgement = ask(run("2025-03-03", 3, course=2), run("2026-03-09", 3), as_of="2026-04-01")
    assert [course["number"] for course in judgement["courses"]] == [2, 3]
    # 5 March 2025 + 12 months = 5 March 2026: fine. Course 1 is not on record.
    assert judgement["findings"] == [("earlier-course-not-on-record", 2, 1)]
    assert judgement["status"] == "additional-course-given"


def test_s07_an_unclear_boundary_is_no_interval_and_no_course_of_the_limit() -> None:
    # EU: courses 1 to 3 complete, course 4 with 2 days to 21 March 2023, three days from 20 May: 60 days later.
    blocks = [run("2020-03-02", 5), run("2021-03-08", 3), run("2022-03-14", 3), run("2023-03-20", 2)]
    found = findings(*blocks, run("2023-05-20", 3), as_of="2023-07-01", protocol=EU)
    # Rows: 5 + 3 + 3 = 11, course 4 is rows 12 and 13, the later days rows 14 to 16.
    assert found == [
        ("course-boundary-unclear", 5, 14),
        ("course-incomplete", 4, 13),
        ("needs-clinical-decision", 5, 14),
    ]


def test_s07_a_record_that_says_course_2_leaves_nothing_unclear() -> None:
    found = findings(run("2025-03-03", 3), run("2025-03-25", 3, course=2), as_of="2025-05-01")
    assert found == [("course-incomplete", 1, 3), ("interval-below-minimum", 2, 4)]


def test_s07_a_course_after_an_unclear_one_is_judged_by_the_one_before_it() -> None:
    # 3 days, 3 days 30 days later (unclear, to 6 April 2025), then a course on 5 April 2026: one day early, and
    # course 3 has one anchor only.
    blocks = [run("2025-03-03", 3), run("2025-04-04", 3), run("2026-04-05", 3)]
    found = findings(*blocks, as_of="2026-06-01")
    assert ("interval-below-minimum", 3, 7) in found
    assert ("course-boundary-unclear", 2, 4) in found
    assert ask(*blocks, as_of="2026-06-01")["status"] == "needs-clinical-decision"


# --- S08, S09 --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("2025-03-05", "in-progress"),
        ("2025-03-06", "in-progress"),  # last + 1
        ("2025-03-07", "interrupted"),  # last + 2
        ("2025-03-20", "interrupted"),  # 5 + 15
        ("2025-03-21", "partial"),  # 5 + 16
        ("2035-03-21", "partial"),
    ],
)
def test_s08_a_short_last_course(asked: str, status: str) -> None:
    assert statuses(ask(run("2025-03-03", 3), as_of=asked)) == [status]


def test_s08_extra_days_are_those_beyond_the_planned_count() -> None:
    # Given 3, 4, 5, 6, 8, 9, 10 March: the sixth and seventh day are rows 6 and 7; the gap is before row 5.
    found = findings(run("2025-03-03", 4), run("2025-03-08", 3), as_of="2025-05-01")
    assert found == [("course-not-consecutive", 1, 5), ("extra-infusion", 1, 6), ("extra-infusion", 1, 7)]


def test_s09_a_short_course_that_is_followed_is_settled() -> None:
    # 4 of 5 days to 6 March 2025, course 2 on 6 March 2026: the gap is not below the minimum.
    judgement = ask(run("2025-03-03", 4), run("2026-03-06", 3), as_of="2026-04-01")
    assert judgement["findings"] == [("course-incomplete", 1, 4)]
    assert statuses(judgement) == ["partial", "complete"]
    assert judgement["status"] == "initial-treatment-complete"
    assert judgement["provisional"] is False


def test_s09_in_progress_counts_from_the_last_planned_day() -> None:
    # 3 days to 5 March: 6 and 7 March are left, so course 2 from 7 March 2026, contraception to 7 July 2025.
    judgement = ask(run("2025-03-03", 3), as_of="2025-03-06")
    assert next_course(judgement) == (2, "in-progress", day("2026-03-07"), day("2026-03-07"))
    assert judgement["contraception_end"] == day("2025-07-07")
    assert judgement["provisional"] is False


def test_s09_interrupted_counts_from_the_last_infusion_given_at_least() -> None:
    judgement = ask(run("2025-03-03", 3), as_of="2025-03-07")
    assert next_course(judgement) == (2, "needs-clinical-decision", None, None)
    assert judgement["contraception_end"] == day("2025-07-05")
    assert judgement["provisional"] is True


def test_s09_a_closed_day_ahead_leaves_no_remaining_days() -> None:
    """Wednesday given, Thursday 6 March closed: the days left cannot follow directly."""
    at = closed_when_planning(clinic(closures={"2025-03-06": "Staff day"}))
    records = read(run("2025-03-03", 3))
    planned = plan_on(US, at, records, day("2025-03-05"), not_before=day("2025-03-08"), courses=2)
    assert planned == [Numbered(1, Anchors(day("2025-03-03"), day("2025-03-05")))]


# --- S10 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["treat-as-complete", "new-course"])
def test_s10_a_settled_course_anchors_the_next_by_its_last_infusion(what: str) -> None:
    judgement = ask(run("2025-03-03", 3), as_of="2025-03-10", decisions=decided(1, what))
    assert next_course(judgement) == (2, "not-due", day("2026-03-05"), day("2026-03-05"))
    assert judgement["provisional"] is False
    # Findings, courses and status know nothing of decisions.
    assert judgement["findings"] == [("course-interrupted", 1, 3), ("needs-clinical-decision", 1, 3)]
    assert judgement["status"] == "needs-clinical-decision"


def test_s10_resumed_days_follow_from_the_day_of_the_question_on() -> None:
    # Two days are left, 10 and 11 March: course 2 from 11 March 2026.
    judgement = ask(run("2025-03-03", 3), as_of="2025-03-10", decisions=decided(1, "resume"))
    assert next_course(judgement) == (2, "in-progress", day("2026-03-11"), day("2026-03-11"))
    assert judgement["contraception_end"] == day("2025-07-11")


def test_s10_resumed_days_are_one_block_of_open_days() -> None:
    """Asked on Friday 14 March 2025: two days in a row begin on Monday 17; course 2 from 18 March 2026, a Wednesday."""
    planned = plan_on(
        US,
        closed_when_planning(clinic()),
        read(run("2025-03-03", 3)),
        day("2025-03-14"),
        not_before=day("2025-06-02"),
        courses=2,
        decisions=decided(1, "resume"),
    )
    assert planned == [
        Numbered(1, Anchors(day("2025-03-03"), day("2025-03-18"))),
        Numbered(2, Anchors(day("2026-03-18"), day("2026-03-20"))),
    ]


def test_s10_a_resumed_boundary_makes_one_course_of_two() -> None:
    # 2 days to 4 March, 3 days from 24 to 26 March, 20 days later: five days, so course 2 from 26 March 2026.
    blocks = [run("2025-03-03", 2), run("2025-03-24", 3)]
    resumed = ask(*blocks, as_of="2025-04-01", decisions=decided(1, "resume"))
    assert next_course(resumed) == (2, "not-due", day("2026-03-26"), day("2026-03-26"))
    two_courses = ask(*blocks, as_of="2025-04-01", decisions=decided(1, "new-course"))
    assert next_course(two_courses) == (3, "optional", day("2026-03-26"), None)
    undecided = ask(*blocks, as_of="2025-04-01")
    assert next_course(undecided) == (3, "needs-clinical-decision", None, None)


def test_s10_a_course_that_is_still_short_when_joined_goes_on() -> None:
    # 2 days, and one day on 24 March: 3 of 5. Resumed on 26 March: 26 and 27 March are left.
    judgement = ask(run("2025-03-03", 2), on("2025-03-24"), as_of="2025-03-26", decisions=decided(1, "resume"))
    assert next_course(judgement) == (2, "in-progress", day("2026-03-27"), day("2026-03-27"))


def test_s10_later_courses_are_renumbered_when_a_boundary_is_joined() -> None:
    blocks = [run("2025-03-03", 2), run("2025-03-24", 3), run("2026-04-06", 3)]
    assert next_course(ask(*blocks, as_of="2026-05-01", decisions=decided(1, "resume")))[0] == 3
    assert next_course(ask(*blocks, as_of="2026-05-01", decisions=decided(1, "treat-as-complete")))[0] == 4


# --- S11, S12, S13 ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first_day", "expected"),
    [
        ("2026-03-02", "interval-below-minimum"),  # 3 March 2025 + 12 months, less one day
        ("2026-03-03", "anchor-not-named"),
        ("2026-03-06", "anchor-not-named"),  # 7 March 2025 + 12 months, less one day
        ("2026-03-07", None),
        ("2027-03-07", None),
    ],
)
def test_s11_course_2(first_day: str, expected: str | None) -> None:
    found = findings(FIRST, run(first_day, 3), as_of="2027-06-01")
    assert found == ([] if expected is None else [(expected, 2, 6)])


def test_s11_without_warn_only_from_course_2_is_an_error_below_the_minimum() -> None:
    courses = [{key: value for key, value in rule.items() if key != "warn_only_from"} for rule in US["courses"]]
    strict = protocol_with(courses=courses)
    assert findings(FIRST, run("2026-03-06", 3), protocol=strict) == [("interval-below-minimum", 2, 6)]
    # One day of tolerance then counts from the last infusion.
    assert findings(FIRST, run("2026-03-06", 3), protocol=strict, tolerance_days=1) == [("within-tolerance", 2, 6)]


def test_s11_an_interval_may_count_from_the_first_infusion() -> None:
    courses = [{**rule, "counted_from": "first infusion"} for rule in US["courses"]]
    judgement = ask(FIRST, run("2026-03-03", 3), protocol=protocol_with(courses=courses))
    assert judgement["findings"] == []
    assert next_course(judgement) == (3, "optional", day("2027-03-03"), None)


@pytest.mark.parametrize(
    ("tolerance", "expected"), [(0, "interval-below-minimum"), (2, "interval-below-minimum"), (3, "within-tolerance")]
)
def test_s11_tolerance_in_course_3(tolerance: int, expected: str) -> None:
    # 11 March 2026 + 12 months = 11 March 2027, less 3 days = 8 March.
    found = findings(FIRST, SECOND, run("2027-03-08", 3), as_of="2027-06-01", tolerance_days=tolerance)
    assert found == [(expected, 3, 9)]


def test_s12_an_early_course_anchors_what_follows() -> None:
    """The example of the rule: course 2 on 2 to 4 March 2026, course 3 from 4 March 2027."""
    assert next_course(ask(FIRST, run("2026-03-02", 3))) == (3, "optional", day("2027-03-04"), None)


@pytest.mark.parametrize(
    ("asked", "status"),
    [("2026-03-06", "not-due"), ("2026-03-07", "due"), ("2026-06-07", "due"), ("2026-06-08", "overdue")],
)
def test_s13_past_due_after_three_months(asked: str, status: str) -> None:
    # Recommended 7 March 2026, + 3 months = 7 June.
    following = ask(FIRST, as_of=asked, past_due_after="3 months")["next"]
    assert (following["status"], following["past_due"]) == (status, day("2026-06-07"))


def test_s13_past_due_rounds_earlier() -> None:
    # Course 1 to 31 October 2025: course 2 from 31 October 2026, + 4 months = 31 February 2027, earlier 28 February.
    following = ask(run("2025-10-27", 5), as_of="2027-03-01", past_due_after="4 months")["next"]
    assert (following["status"], following["past_due"]) == ("overdue", day("2027-02-28"))


# --- S14, S15, S16 ---------------------------------------------------------------------------


def blocks_of(number: int) -> list[list[Json]]:
    """Courses in March of 2020, 2021, …, each some days after the anniversary."""
    return [run(f"{2020 + n}-03-{2 + 6 * n:02d}", 3 if n else 5) for n in range(number)]


def test_s14_the_limit_is_a_total() -> None:
    assert findings(*blocks_of(4), protocol=EU) == []
    assert next_course(ask(*blocks_of(3), protocol=EU)) == (4, "optional", day("2023-03-16"), None)
    assert next_course(ask(*blocks_of(4), protocol=EU)) == (5, "not-recommended", None, None)
    # The fifth begins in row 5 + 3 + 3 + 3 + 1 = 15.
    assert findings(*blocks_of(5), protocol=EU) == [("too-many-courses", 5, 15)]
    assert findings(*blocks_of(5)) == [("data-limited-beyond", 4, 12), ("data-limited-beyond", 5, 15)]


def test_s14_a_protocol_whose_last_course_is_not_optional_ends_there() -> None:
    two_courses = protocol_with(courses=US["courses"][:2])
    assert next_course(ask(FIRST, SECOND, protocol=two_courses)) == (3, "not-recommended", None, None)


@pytest.mark.parametrize(
    ("born", "american", "european"),
    [
        ("2008-03-04", "age-below-minimum", "age-below-minimum"),  # 17 on 4 March 2025, a day late
        ("2008-03-03", "age-below-adult", "age-below-minimum"),  # 17 on the day
        ("2007-03-04", "age-below-adult", "age-below-minimum"),  # 18 on 4 March 2025
        ("2007-03-03", None, None),  # 18 on the day
    ],
)
def test_s15_age_on_the_first_infusion(born: str, american: str | None, european: str | None) -> None:
    for protocol, expected in ((US, american), (EU, european)):
        found = findings(FIRST, as_of="2025-04-01", protocol=protocol, birth_date=day(born))
        assert found == ([] if expected is None else [(expected, 1, 1)])


def test_s15_without_course_1_on_record_there_is_no_age_to_judge() -> None:
    found = findings(run("2025-03-03", 3, course=2), as_of="2025-04-01", birth_date=day("2015-01-01"))
    assert found == [("earlier-course-not-on-record", 2, 1)]


def test_s16_the_requested_day_is_the_floor_of_the_first_course_not_begun() -> None:
    weekdays = closed_when_planning(clinic())
    for not_before, first_day in (
        ("2025-03-08", "2026-03-09"),  # 7 March 2026 is a Saturday
        ("2026-03-09", "2026-03-09"),
        ("2026-03-10", "2026-03-10"),  # Tuesday to Thursday
        ("2026-03-12", "2026-03-16"),  # Thursday: the weekend comes between
    ):
        planned = plan_on(US, weekdays, read(FIRST), day("2025-04-01"), not_before=day(not_before), courses=2)
        assert planned[1].days.first_infusion == day(first_day)


# --- closed days, baselines ------------------------------------------------------------------


def test_closed_days_and_public_holidays() -> None:
    def is_closed(one: date) -> str | None:
        return {day("2025-03-04"): "public holiday: Carnival", day("2025-03-06"): "Staff day"}.get(one)

    found = findings(FIRST, as_of="2025-04-01", is_closed=is_closed)
    assert found == [("clinic-closed", 1, 4), ("public-holiday", 1, 2)]


@pytest.mark.parametrize(
    ("drawn", "missing"), [("2025-01-31", 1), ("2025-02-01", 0), ("2025-03-02", 0), ("2025-03-03", 1)]
)
def test_s21_the_baseline_window_is_30_days_and_ends_on_the_eve(drawn: str, missing: int) -> None:
    observations = [{"date": day(drawn), "code": "blood-count"}]
    found = findings(FIRST, as_of="2025-04-01", observations=observations)
    assert found == [("baseline-missing", 1, None)] * missing


def test_s21_nobody_can_tell_without_observations_and_the_eu_asks_for_none() -> None:
    assert findings(FIRST, as_of="2025-04-01") == []
    cd4 = [{"date": day("2025-05-01"), "code": "cd4", "value": 300}]
    # S42: the count of 1 May is after the day of the question, and says nothing of other tests.
    ahead = [("observation-in-future", None, None)]
    assert findings(FIRST, as_of="2025-04-01", protocol=EU, observations=cd4) == ahead
    assert findings(FIRST, as_of="2025-04-01", observations=cd4) == ahead
    assert findings(FIRST, as_of="2025-05-01", observations=cd4) == []


def test_s42_dates_of_tests_are_judged_from_the_records() -> None:
    # Blood counts are due on 7 April and 7 May 2025. One of 10 April, 27 days before 7 May: late.
    tests = [{"date": day("2025-02-10"), "code": "blood-count"}, {"date": day("2025-04-10"), "code": "blood-count"}]
    judgement = ask(FIRST, as_of="2025-05-08", observations=tests)
    assert judgement["findings"] == [("test-late", 1, None), ("test-overdue", 1, None)]
    assert [one.code for one in judgement["of_tests"]] == ["test-overdue", "test-late"]
    assert [entry["state"] for entry in judgement["monitored"][0]["dates"]] == ["late", "overdue", "due"]
    # With 5 days of grace 10 April is in time, and 7 May is not overdue yet.
    assert findings(FIRST, as_of="2025-05-08", observations=tests, grace_days=5) == []


def test_s42_a_row_that_may_be_an_infusion_leaves_no_dates_to_judge() -> None:
    tests = [{"date": day("2025-02-10"), "code": "blood-count"}]
    judgement = ask(FIRST, as_of="2025-05-08", observations=tests, unreadable=[6])
    assert (judgement["findings"], judgement["monitored"]) == ([], [])


# --- S22 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "last_day"),
    [
        ({}, None),
        ({"2025-06-02": 199}, None),
        ({"2025-06-02": 200}, "2025-06-02"),
        ({"2025-04-10": 250}, "2025-05-07"),  # 7 March + 2 months is later
        ({"2025-05-07": 250}, "2025-05-07"),
        ({"2025-05-08": 250}, "2025-05-08"),
        ({"2025-03-07": 250}, None),  # on the day of the last infusion, not after it
        ({"2025-03-08": 250}, "2025-05-07"),
        ({"2025-04-10": 250, "2025-05-07": 150}, None),  # on the end: reopened
        ({"2025-04-10": 250, "2025-05-08": 150}, "2025-05-07"),  # after the end: closed
        ({"2025-04-10": 250, "2025-05-01": 150, "2025-07-01": 210}, "2025-07-01"),
        ({"2025-04-10": 250, "2025-05-01": 150, "2025-07-01": 210, "2025-07-02": 90}, "2025-07-01"),
        ({"2025-06-02": 250, "2025-07-02": 300}, "2025-06-02"),  # closed once is closed
    ],
)
def test_s22_prophylaxis_in_the_us(counts: dict[str, int], last_day: str | None) -> None:
    observations = [{"date": day(one), "code": "cd4", "value": value} for one, value in counts.items()]
    prophylaxis = ask(FIRST, as_of="2025-12-01", observations=observations)["prophylaxis"]
    assert prophylaxis == [
        {
            "course": 1,
            "first_day": day("2025-03-03"),
            "earliest_end": day("2025-05-07"),
            "last_day": None if last_day is None else day(last_day),
        }
    ]


def test_s22_a_count_that_is_not_known_yet() -> None:
    observations = [{"date": day("2025-06-02"), "code": "cd4", "value": 250}]
    assert ask(FIRST, as_of="2025-06-01", observations=observations)["prophylaxis"][0]["last_day"] is None


def test_s22_every_course_has_its_own() -> None:
    # The count of June 2025 is before the last infusion of course 2, 11 March 2026.
    observations = [{"date": day("2025-06-02"), "code": "cd4", "value": 250}]
    prophylaxis = ask(FIRST, SECOND, observations=observations)["prophylaxis"]
    assert [one["last_day"] for one in prophylaxis] == [day("2025-06-02"), None]
    assert [one["earliest_end"] for one in prophylaxis] == [day("2025-05-07"), day("2026-05-11")]


def test_s22_prophylaxis_in_the_eu_has_an_end() -> None:
    prophylaxis = ask(FIRST, protocol=EU)["prophylaxis"]
    assert [(one["earliest_end"], one["last_day"]) for one in prophylaxis] == [(None, day("2025-04-07"))]


# --- S24 -------------------------------------------------------------------------------------

UNTIL = day("2027-12-31")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2025-03-05", "2025-03-07"),  # in progress up to last + 1
        ("2025-03-06", "2025-03-07"),
        ("2025-03-07", "2025-03-21"),  # interrupted up to last + 15
        ("2025-03-20", "2025-03-21"),
        ("2025-03-21", None),  # partial for good
    ],
)
def test_s24_the_evaluation_of_a_short_course_changes_twice(asked: str, expected: str | None) -> None:
    found = evaluation_changes_on(US, read(run("2025-03-03", 3)), day(asked), UNTIL)
    assert found == (None if expected is None else day(expected))


def test_s24_the_evaluation_changes_on_the_day_of_a_future_record() -> None:
    records = read(FIRST, on("2026-03-09"))
    assert evaluation_changes_on(US, records, day("2025-04-01"), UNTIL) == day("2026-03-09")
    # One of three days of course 2 on 9 March 2026: interrupted on the 11th.
    assert evaluation_changes_on(US, records, day("2026-03-09"), UNTIL) == day("2026-03-11")


@pytest.mark.parametrize(
    ("asked", "expected"), [("2025-04-01", "2026-03-07"), ("2026-03-07", "2026-06-08"), ("2026-06-08", None)]
)
def test_s24_the_forecast_changes_when_due_and_when_overdue(asked: str, expected: str | None) -> None:
    found = forecast_changes_on(US, read(FIRST), day(asked), UNTIL, past_due_after="3 months")
    assert found == (None if expected is None else day(expected))


def test_s24_other_forecasts() -> None:
    short = read(run("2025-03-03", 3))
    assert forecast_changes_on(US, short, day("2025-03-05"), UNTIL) == day("2025-03-07")
    assert forecast_changes_on(US, short, day("2025-03-07"), UNTIL) is None
    # Resumed, the two days left move with the day of the question.
    assert forecast_changes_on(US, short, day("2025-03-10"), UNTIL, decisions=decided(1, "resume")) == day("2025-03-11")
    # An optional course is never due.
    assert forecast_changes_on(US, read(FIRST, SECOND), day("2026-04-01"), UNTIL) is None
    assert forecast_changes_on(US, read(FIRST), day("2025-04-01"), UNTIL, unreadable=[6]) is None


# --- S28 to S35 ------------------------------------------------------------------------------


def not_assessed(*parts: list[Json], code: str, as_of: str = LONG_AFTER, **known: Any) -> list[int | None]:
    return [row for found, row in ask(*parts, as_of=as_of, **known)["not_assessed"] if found == code]


def test_s28_a_course_counts_from_the_last_day_before_it() -> None:
    # 7 March 2025 + 12 months = 7 March 2026, whatever the later course is numbered.
    for first_day, found in (("2026-03-06", [("interval-below-minimum", 3, 6)]), ("2026-03-07", [])):
        blocks = [run("2025-03-03", 5, course=1), run(first_day, 3, course=3)]
        gap = ("earlier-course-not-on-record", 3, 6)
        assert findings(*blocks) == [gap, *found]
        assert not_assessed(*blocks, code="interval-below-minimum") == ([] if found else [6])


def test_s28_a_course_is_never_judged_against_a_later_one() -> None:
    swapped = [run("2025-03-03", 5, course=2), run("2025-09-01", 3, course=1)]
    assert ("interval-below-minimum", 2, 1) not in findings(*swapped)
    assert not_assessed(*swapped, code="interval-below-minimum") == [1, 6]


def test_s29_each_gap_is_told_once() -> None:
    found = findings(run("2025-03-03", 3, course=3), run("2026-03-09", 3, course=6), protocol=EU)
    assert found == [
        ("earlier-course-not-on-record", 3, 1),
        ("earlier-course-not-on-record", 6, 4),
        ("too-many-courses", 6, 4),
    ]


@pytest.mark.parametrize(("first_day", "contradict"), [("2025-03-22", True), ("2025-03-23", False)])
def test_s30_neighbours_within_15_days(first_day: str, *, contradict: bool) -> None:
    found = findings(run("2025-03-03", 5, course=1), run(first_day, 3, course=2))
    assert found == [("course-numbers-contradict" if contradict else "interval-below-minimum", 2, 6)]


def test_s30_the_last_infusion_is_the_latest_day() -> None:
    # 5 March 2025 is numbered 3: the last course in the list. The latest day is 11 March 2026, + 4 months = 11 July.
    mistyped = [
        on("2025-03-03 2025-03-04", course=1),
        on("2025-03-05", course=3),
        on("2025-03-06 2025-03-07", course=1),
    ]
    judgement = ask(*mistyped, run("2026-03-09", 3, course=2))
    assert judgement["contraception_end"] == day("2026-07-11")
    assert judgement["provisional"] is True
    assert next_course(judgement) == (4, "needs-clinical-decision", None, None)


def test_s30_two_courses_are_contradicted_once_and_three_by_pairs() -> None:
    blocks = [run("2024-03-04", 5, course=3), run("2025-03-10", 5, course=1), run("2026-03-16", 3, course=2)]
    found = [one for one in findings(*blocks) if one[0] == "course-numbers-contradict"]
    assert found == [("course-numbers-contradict", 1, 6), ("course-numbers-contradict", 2, 11)]


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("cd4", {"cd4"}),
        ("blood-count", {"blood-count"}),
        ("vaccinations", {"vaccinations"}),
        ("57021-8", {"blood-count"}),
        ("http://loinc.org|57021-8", {"blood-count"}),
        ("24467-3", {"cd4"}),
        ("http://loinc.org|24467-3", {"cd4"}),
        ("contraception", set()),
        ("CD4", set()),
        ("loinc|57021-8", set()),
    ],
)
def test_s31_what_a_code_means(code: str, kinds: set[str]) -> None:
    assert kinds_of(US, code) == kinds


def test_s31_a_bare_code_of_two_codings_means_neither() -> None:
    coded = [{"system": "urn:a", "code": "7"}], [{"system": "urn:b", "code": "7"}]
    actions = [{"id": f"test-{n}", "kind": "series", "codes": codes} for n, codes in enumerate(coded)]
    assert kinds_of(protocol_with(actions=actions), "7") == set()
    assert kinds_of(protocol_with(actions=actions), "urn:b|7") == {"test-1"}


def test_s31_an_unknown_code_closes_nothing() -> None:
    counted = [{"date": day("2025-06-03"), "code": "cd4", "value": 250}]
    unknown = [*counted, {"date": day("2025-06-20"), "code": "CD4", "value": 90}]
    ends = [ask(FIRST, observations=tests)["prophylaxis"][0]["last_day"] for tests in (counted, unknown)]
    assert ends == [day("2025-06-03"), None]
    assert findings(FIRST, observations=unknown) == [("code-not-known", None, None)]


def test_s32_only_what_is_recorded_can_be_missing() -> None:
    late = [{"date": day("2025-04-07"), "code": "thyroid"}]
    for known, missing in (
        ({}, []),
        ({"observations": late}, ["thyroid"]),
        ({"observations": late, "tests_recorded": []}, []),
        ({"observations": late, "tests_recorded": ["creatinine"]}, ["creatinine"]),
        ({"tests_recorded": ["creatinine"], "tests_recorded_from": day("2025-03-02")}, ["creatinine"]),
        ({"tests_recorded": ["creatinine"], "tests_recorded_from": day("2025-03-03")}, []),
        ({"tests_recorded": ["creatinine"], "unreadable_observations": [4]}, []),
    ):
        assert [one.test for one in ask(FIRST, **known)["missing"]] == missing


def test_s33_one_more_infusion_could_take_it_away() -> None:
    short = run("2025-03-03", 3)
    assert findings(short, as_of="2025-03-21", unreadable=[4]) == []
    assert not_assessed(short, code="course-incomplete", as_of="2025-03-21", unreadable=[4]) == [4]
    assert not_assessed(short, code="course-interrupted", as_of="2025-03-21", unreadable=[4]) == []


@pytest.mark.parametrize(
    ("value", "bits", "expected"),
    [
        ("12.000000000", 64, "12"),
        ("12.1234560", 64, "12.123456"),
        ("12.1234567", 64, None),
        (Decimal("0.0000001"), 64, None),
        (12, 64, "12"),
        (0.1 + 0.2, 64, "0.3"),
        (12.10000038146973, 32, "12.1"),  # the 32-bit number nearest to 12.1
        (12.10000038146973, 64, "12.1"),  # rounded to 6 places
        (0.10000000149011612, 32, "0.1"),
        (11.9999995, 64, "12"),
        (12.0000005, 64, "12.000001"),
        (1234.5677490234375, 32, "1234.5677"),
    ],
)
def test_s34_doses(value: object, bits: int, expected: str | None) -> None:
    found = dose(value, bits)
    assert (None if found is None else str(found)) == expected


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2025-03-09T00:30:00-05:00", "2025-03-09T05:00:00-04:00", 210),
        ("2025-11-02T00:30:00-04:00", "2025-11-02T04:00:00-05:00", 270),
        ("2025-03-03T09:00:59-05:00", "2025-03-03T13:00:00-05:00", 240),
        ("2025-03-03T09:00:00-05:00", "2025-03-03T12:59:59-05:00", 239),
    ],
)
def test_s35_minutes_between_instants(start: str, end: str, minutes: int) -> None:
    assert minutes_between(datetime.fromisoformat(start), datetime.fromisoformat(end)) == minutes


def test_s42_a_record_serves_one_baseline() -> None:
    # Courses on 3 and 25 March 2025: the windows are 1 February to 2 March and 23 February to 24 March, and the test
    # of 25 February lies in both.
    drawn = [{"date": day("2025-02-25"), "code": "thyroid"}]
    blocks = [run("2025-03-03", 3, course=1), run("2025-03-25", 3, course=2)]
    assert [(one.course, one.day) for one in ask(*blocks, observations=drawn)["missing"]] == [(2, day("2025-03-24"))]


# --- whatever the order ----------------------------------------------------------------------


def test_the_order_of_the_records_changes_nothing() -> None:
    records = read(run("2025-03-03", 3), on("2025-03-05", dose_mg=10), on("2025-03-25", status="partial"))
    answer = judge(US, records, day("2025-04-01"))
    assert all(judge(US, list(order), day("2025-04-01")) == answer for order in permutations(records))


# --- the conformance cases -------------------------------------------------------------------


@pytest.fixture(name="written", scope="module")
def fixture_written() -> Json:
    """The file of the cases, as it lies in the package."""
    found: Json = json.loads((folder() / "cases.json").read_text(encoding="utf-8"))
    return found


def test_the_oracle_finds_what_was_worked_out_by_hand() -> None:
    worked = [*worked_by_hand(), *worked_tests()]
    by_hand = {one.case["id"]: one.by_hand for one in worked}
    assert len(by_hand) == len(worked)
    assert {one.case["id"]: one.case["expected"] for one in worked} == by_hand


@cache
def made() -> tuple[Json, ...]:
    return tuple(cases())


def test_the_cases_are_fresh() -> None:
    """After a change: python -m tests.oracle.make_cases."""
    assert (folder() / "cases.json").read_text(encoding="utf-8") == file_text(made())


def test_the_cases_are_as_the_schema_says(written: Json) -> None:
    schema = json.loads((folder() / "cases.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(written)


def test_there_are_enough_cases_and_each_has_its_own_id(written: Json) -> None:
    ids = [one["id"] for one in written["cases"]]
    assert len(ids) >= FEW_CASES
    assert [name for name, times in Counter(ids).items() if times > 1] == []


def test_no_two_cases_ask_the_same(written: Json) -> None:
    words = {"id", "title", "rules", "source", "why"}
    asked = [json.dumps({key: one[key] for key in one if key not in words}, sort_keys=True) for one in written["cases"]]
    assert len(set(asked)) == len(asked)


def test_the_first_cases_were_worked_out_by_hand(written: Json) -> None:
    by_hand = [worked.case["id"] for worked in worked_by_hand()]
    assert len(by_hand) >= FEW_BY_HAND
    assert [one["id"] for one in written["cases"]][: len(by_hand)] == by_hand
    assert all(identifier[-3:] < "100" for identifier in by_hand)


def test_every_finding_of_the_schema_is_found_somewhere_and_missing_somewhere(written: Json) -> None:
    schema = json.loads((folder() / "cases.schema.json").read_text(encoding="utf-8"))
    found = [{finding[0] for finding in one["expected"]["findings"]} for one in written["cases"]]
    for code in schema["$defs"]["finding_code"]["enum"]:
        assert any(code in codes for codes in found)
        assert any(code not in codes for codes in found)


def test_rows_are_those_of_the_records(written: Json) -> None:
    for one in written["cases"]:
        rows = [record["row"] for record in one["records"]]
        assert sorted(rows) == list(range(1, len(rows) + 1))
        assert {finding[2] for finding in one["expected"]["findings"]} <= {None, *rows}


def test_plans_are_blocks_and_never_early(written: Json) -> None:
    """A third look at the plans, without the oracle: lengths, order, and the days between."""
    for one in written["cases"]:
        plan = one["expected"]["plan"]
        if plan is not None and not one["records"]:
            dates = [[day(first), day(last)] for first, last in plan["dates"]]
            assert dates[0][0] >= day(plan["not_before"])
            assert [(last - first).days + 1 for first, last in dates] == [5] + [3] * (plan["courses"] - 1)
            assert all(later[0] - before[1] >= timedelta(days=365) for before, later in pairwise(dates))


def test_cases_are_made_the_same_way_twice() -> None:
    assert made() == tuple(cases())
