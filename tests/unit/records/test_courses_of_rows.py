"""Courses of a source that has a row for each course: its first and last day, and nothing between, by hand.

The rules are those of `course_day`: a row is a course of its own, its first and last day are infusions, and the days
between them may have had one. What that leaves unknown is not assessed, and what is certain is still said.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from lemtrada_schedule import PlanMismatch
from lemtrada_schedule.records.courses import CourseGiven, Courses, check_infusions, courses_given
from lemtrada_schedule.records.history import Decision
from tests.support.histories import US, Row, day, decision, history, on, run


def given(*parts: Sequence[Row], as_of: str = "2030-01-01", decisions: Sequence[Decision] = ()) -> Courses:
    return courses_given(history(*parts), US, as_of=day(as_of), decisions=decisions)


def row_of_course(number: int, first: str, last: str | None = None, **fields: Any) -> list[dict[str, Any]]:
    """Return the records of one row: of a course of several days, of one day, or without a last day."""
    if last is None:
        return on(first, course_day="only-first", row=number, **fields)
    if last == first:
        return on(first, course_day="only", row=number, **fields)
    ends = {"first": first, "last": last}
    return [one for which, when in ends.items() for one in on(when, course_day=which, row=number, **fields)]


def days(courses: Courses) -> dict[int, list[str]]:
    """Return the infusion days on record of each course, as text."""
    return {course.number: [one.isoformat() for one in course.days] for course in courses}


def unknown(course: CourseGiven) -> tuple[int, bool, bool]:
    """Return how many infusion days it has at most, whether any may be missing, and whether it lacks its last day."""
    return course.most_infusions, course.has_unrecorded_days, course.lacks_last_day


# --- how much of a row is known ------------------------------------------------------------------

FROM_3_TO_7 = row_of_course(2, "2025-03-03", "2025-03-07")
"""A row of a whole course 1 of the US label: 3 to 7 March 2025."""


@pytest.mark.parametrize(
    ("records", "as_of", "expected", "status", "settled"),
    [
        # Five days from first to last, and five are planned: it may have had all of them.
        (FROM_3_TO_7, "2030-01-01", (5, True, False), "not-assessed", True),
        # Seven days: it may have had two infusions too many.
        (row_of_course(2, "2025-03-03", "2025-03-09"), "2030-01-01", (7, True, False), "not-assessed", True),
        # Four days, and three: it is short in any case.
        (row_of_course(2, "2025-03-03", "2025-03-06"), "2030-01-01", (4, True, False), "partial", False),
        (row_of_course(2, "2025-03-03", "2025-03-05"), "2030-01-01", (3, True, False), "partial", False),
        # Two days that follow each other, and one day: all is on record.
        (row_of_course(2, "2025-03-03", "2025-03-04"), "2030-01-01", (2, False, False), "partial", False),
        (row_of_course(2, "2025-03-03", "2025-03-03"), "2030-01-01", (1, False, False), "partial", False),
        (row_of_course(2, "2025-03-03", "2025-03-03"), "2025-03-03", (1, False, False), "in-progress", False),
        # No last day: it may not have ended.
        (row_of_course(2, "2025-03-03"), "2030-01-01", (1, True, True), "not-assessed", False),
        # The last day is after the day of asking, on it, and before it.
        (FROM_3_TO_7, "2025-03-06", (1, True, True), "not-assessed", False),
        (FROM_3_TO_7, "2025-03-07", (5, True, False), "not-assessed", True),
        (FROM_3_TO_7, "2025-03-08", (5, True, False), "not-assessed", True),
    ],
)
def test_what_is_known_of_a_row_by_hand(
    records: list[dict[str, Any]],
    as_of: str,
    expected: tuple[int, bool, bool],
    status: str,
    settled: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    (course,) = given(records, as_of=as_of)
    assert unknown(course) == expected
    assert (course.status, course.settled) == (status, settled)


def test_a_course_of_infusions_alone_has_no_unrecorded_days() -> None:
    """3, 5 and 7 March are all infusions that are on record: what lies between them was not given."""
    (course,) = given(on("2025-03-03 2025-03-05 2025-03-07"))
    assert unknown(course) == (3, False, False)


def test_infusions_on_record_between_the_days_of_a_row_are_counted_once() -> None:
    """Of 3 to 9 March, seven days, five are on record: as many as planned, so the course is complete (S08)."""
    (course,) = given(row_of_course(2, "2025-03-03", "2025-03-09"), run("2025-03-04", 3, row=3))
    assert len(course.days) == 5
    assert unknown(course) == (7, True, False)
    assert (course.status, course.settled) == ("complete", True)


def test_an_infusion_before_a_row_is_not_between_its_days() -> None:
    """One course by its number: 3 March, and a row from 5 to 7 March, of which only 6 March is not on record."""
    (course,) = given(on("2025-03-03", course=1, row=1), row_of_course(2, "2025-03-05", "2025-03-07", course=1))
    assert days(Courses([course])) == {1: ["2025-03-03", "2025-03-05", "2025-03-07"]}
    assert unknown(course) == (4, True, False)
    assert course.status == "partial"


@pytest.mark.parametrize(
    ("rows", "expected", "status"),
    [
        # Each row has both its days: four infusions, and five are planned.
        ((("2025-03-03", "2025-03-04"), ("2025-03-17", "2025-03-18")), (4, False, False), "partial"),
        # 4 and 18 March may have had one: four to six infusions.
        ((("2025-03-03", "2025-03-05"), ("2025-03-17", "2025-03-19")), (6, True, False), "not-assessed"),
        # The rows share 5 March, or one lies within the other: 3 to 7 March.
        ((("2025-03-03", "2025-03-05"), ("2025-03-05", "2025-03-07")), (5, True, False), "not-assessed"),
        ((("2025-03-03", "2025-03-07"), ("2025-03-05", "2025-03-06")), (5, True, False), "not-assessed"),
    ],
)
def test_between_two_rows_of_one_course_was_no_infusion(
    rows: tuple[tuple[str, str], ...], expected: tuple[int, bool, bool], status: str
) -> None:
    """An interrupted course of a registry with course numbers: what may be missing lies within a row."""
    parts = [row_of_course(number, *ends, course=1) for number, ends in enumerate(rows, start=2)]
    (course,) = given(*parts)
    assert unknown(course) == expected
    assert course.status == status


def test_nothing_is_missing_between_rows_of_one_day() -> None:
    """One course by its number, of two rows of one day each: 3 and 7 March."""
    (course,) = given(*(row_of_course(one, f"2025-03-0{one}", f"2025-03-0{one}", course=1) for one in (3, 7)))
    assert unknown(course) == (2, False, False)
    assert course.status == "partial"


# --- each row is a course of its own -------------------------------------------------------------


def test_the_boundary_between_two_rows_is_never_unclear() -> None:
    """Three days in March and three in June 2025, below 12 months: records of infusions would be unclear (S07)."""
    first, second = given(
        row_of_course(2, "2025-03-03", "2025-03-05"), row_of_course(3, "2025-06-02", "2025-06-04"), as_of="2026-01-01"
    )
    assert not second.unclear
    assert (first.status, first.settled) == ("partial", True)
    assert (second.status, second.settled) == ("not-assessed", True)  # course 2 has three days


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        # 7 and 10 March are within 15 days.
        (
            (FROM_3_TO_7, row_of_course(3, "2025-03-10", "2025-03-12")),
            {1: ["2025-03-03", "2025-03-07"], 2: ["2025-03-10", "2025-03-12"]},
        ),
        # The rows overlap: each last day belongs to its own row.
        (
            (FROM_3_TO_7, row_of_course(3, "2025-03-05", "2025-03-09")),
            {1: ["2025-03-03", "2025-03-07"], 2: ["2025-03-05", "2025-03-09"]},
        ),
        # The one row lies within the other.
        (
            (row_of_course(2, "2025-03-03", "2025-03-14"), row_of_course(3, "2025-03-05", "2025-03-07")),
            {1: ["2025-03-03", "2025-03-14"], 2: ["2025-03-05", "2025-03-07"]},
        ),
        # A row of one day, and one without a last day.
        (
            (row_of_course(2, "2025-03-03", "2025-03-03"), row_of_course(3, "2025-03-05")),
            {1: ["2025-03-03"], 2: ["2025-03-05"]},
        ),
        # Infusions on record, and a row.
        (
            (run("2025-03-03", 2, row=1), row_of_course(2, "2025-03-05", "2025-03-07")),
            {1: ["2025-03-03", "2025-03-04"], 2: ["2025-03-05", "2025-03-07"]},
        ),
    ],
)
def test_rows_so_near_that_they_would_be_one_course_contradict_each_other(
    parts: tuple[list[dict[str, Any]], ...], found: dict[int, list[str]]
) -> None:
    courses = given(*parts)
    assert days(courses) == found
    assert [course.contradicted for course in courses] == [True, True]
    (contradiction,) = courses[1].contradictions
    assert (contradiction.day, contradiction.other) == (courses[1].first_day, 1)


def test_rows_that_begin_on_one_day_are_one_course() -> None:
    """3 to 5 March and 3 to 7 March: three days on record, and at most two more."""
    (course,) = given(row_of_course(2, "2025-03-03", "2025-03-05"), row_of_course(3, "2025-03-03", "2025-03-07"))
    assert len(course.days) == 3
    assert unknown(course) == (5, True, False)


def test_of_rows_that_begin_on_one_day_one_may_lack_its_last_day() -> None:
    (course,) = given(row_of_course(2, "2025-03-03", "2025-03-05"), row_of_course(3, "2025-03-03"))
    assert unknown(course) == (3, True, True)
    assert (course.status, course.settled) == ("not-assessed", False)


def test_without_rows_of_a_file_a_last_day_belongs_to_the_latest_course_that_began() -> None:
    """A history that is not of a file numbers its records, so that a first and a last day have different rows."""
    firsts = [on(one, course_day="first") for one in ("2025-03-03", "2026-03-09")]
    lasts = [on(one, course_day="last") for one in ("2025-03-07", "2026-03-11")]
    courses = given(firsts[0], lasts[0], firsts[1], lasts[1])
    assert days(courses) == {1: ["2025-03-03", "2025-03-07"], 2: ["2026-03-09", "2026-03-11"]}
    assert [unknown(course) for course in courses] == [(5, True, False), (3, True, False)]
    assert courses.without_last_day() is None
    assert given(firsts[0], lasts[0], firsts[1]).without_last_day() is not None


def test_a_last_day_without_a_first_day_is_a_course_too() -> None:
    assert days(given(on("2025-03-07", course_day="last"))) == {1: ["2025-03-07"]}


# --- the last infusion of the treatment ----------------------------------------------------------


def test_from_a_latest_course_without_a_last_day_nothing_is_counted() -> None:
    courses = given(FROM_3_TO_7, row_of_course(3, "2026-03-09"))
    assert courses.without_last_day() is courses[1]
    assert courses.question() == "the last day of course 2 is not on record"


def test_where_the_latest_course_has_a_last_day_it_is_counted_from() -> None:
    """Course 1 lacks its last day, but course 2 followed it."""
    courses = given(row_of_course(2, "2025-03-03"), row_of_course(3, "2026-03-09", "2026-03-11"))
    assert [(course.lacks_last_day, course.settled) for course in courses] == [(True, True), (False, True)]
    assert courses.without_last_day() is None
    assert courses.question() is None


def test_no_course_lacks_no_last_day() -> None:
    assert given().without_last_day() is None


def test_a_decision_does_not_tell_the_last_day_of_a_course() -> None:
    courses = given(row_of_course(2, "2025-03-03"), decisions=[decision(1, "treat-as-complete")])
    assert (courses[0].lacks_last_day, courses[0].settled) == (True, True)
    assert courses.without_last_day() is courses[0]


def test_a_course_without_a_last_day_is_not_assessed_whatever_it_has_on_record() -> None:
    """Five rows of one day each would be all of course 1, and the fifth is open."""
    rows = [row_of_course(n, f"2025-03-0{n}", f"2025-03-0{n}", course=1) for n in (3, 4, 5, 6)]
    (course,) = given(*rows, row_of_course(7, "2025-03-07", course=1))
    assert (len(course.days), course.status, course.settled) == (5, "not-assessed", False)


# --- a plan needs every infusion day -------------------------------------------------------------


@pytest.mark.parametrize(
    "records", [FROM_3_TO_7, row_of_course(2, "2025-03-03"), on("2025-03-07", course_day="last"), FROM_3_TO_7[::-1]]
)
def test_no_plan_is_made_of_rows_whose_infusions_are_not_on_record(records: list[dict[str, Any]]) -> None:
    with pytest.raises(PlanMismatch) as caught:
        check_infusions(history(run("2024-01-08", 5), records))
    assert (caught.value.code, caught.value.place) == ("plan-mismatch", "history")
    assert "a row for each course" in caught.value.message


def test_a_plan_can_be_made_of_infusions_and_of_rows_of_one_day() -> None:
    check_infusions(history(run("2024-01-08", 5), row_of_course(6, "2025-03-03", "2025-03-03")))
    check_infusions(history())
