"""Which records make which course, and how the courses stand to each other: S04, S07 to S09, S28, S30, by hand."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from lemtrada_schedule import PlanMismatch, Protocol
from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.records.courses import Courses, courses_given, exposures, has_only_other_medicines, stopped
from lemtrada_schedule.records.history import Decision, History
from tests.support.histories import US, Row, day, decision, history, on, run

FIVE = run("2025-03-03", 5)
"""Course 1 of the US label: 3 to 7 March 2025."""

THREE = run("2025-03-03", 3)
"""The first three days of it."""


def given(
    *parts: Sequence[Row], as_of: str = "2030-01-01", protocol: Protocol = US, decisions: Sequence[Decision] = ()
) -> Courses:
    return courses_given(history(*parts), protocol, as_of=day(as_of), decisions=decisions)


def shape(courses: Courses) -> list[tuple[int, int, str]]:
    """Return number, infusion days and status of each course."""
    return [(course.number, len(course.days), course.status) for course in courses]


def contradictions(courses: Courses) -> dict[int, list[tuple[date, int | None]]]:
    found = {course.number: [(one.day, one.other) for one in course.contradictions] for course in courses}
    return {number: listed for number, listed in found.items() if listed}


# --- records of one day --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "rows"),
    [
        ([{"row": 7}, {"row": 3}], [3, 7]),
        ([{"row": 3}, {"row": 7}], [3, 7]),
        ([{"row": 3, "course": 2}, {"row": 7, "course": 1}], [7, 3]),  # the number of the course comes first
        ([{"row": 3, "course": 1}, {"row": 7}], [7, 3]),  # a record without a number before one with a number
    ],
)
def test_the_order_of_records_of_one_day_is_that_of_course_and_row(
    records: list[dict[str, Any]], rows: list[int]
) -> None:
    taken = History.model_validate({"infusions": [{"date": day("2025-03-03"), **one} for one in records]})
    assert [record.row for record in exposures(taken, day("2025-03-03"))] == rows


def test_the_first_record_of_a_day_is_the_one_that_a_finding_names() -> None:
    rows = [
        {"date": day("2025-03-04"), "row": 9},
        {"date": day("2025-03-04"), "row": 4},
        {"date": day("2025-03-03"), "row": 5},
    ]
    course = courses_given(History.model_validate({"infusions": rows}), US, as_of=day("2025-03-05"))[0]
    assert course.days == (day("2025-03-03"), day("2025-03-04"))
    assert (course.first_row, course.last_row, course.row_of(day("2025-03-04"))) == (5, 4, 4)


def test_what_is_dated_after_the_day_of_asking_or_was_not_given_does_not_count() -> None:
    taken = history(FIVE, on("2025-03-09", status="not-done"))
    assert [record.date.day for record in exposures(taken, day("2025-03-05"))] == [3, 4, 5]
    assert len(exposures(taken, day("2025-04-01"))) == 5


# --- one course or two ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("next_day", "found"),
    [
        ("2025-03-22", [(1, 6, "complete")]),  # 15 days after 7 March
        ("2025-03-23", [(1, 5, "complete"), (2, 1, "partial")]),  # 16 days
    ],
)
def test_up_to_fifteen_days_make_one_course(next_day: str, found: list[tuple[int, int, str]]) -> None:
    courses = given(FIVE, on(next_day))
    assert shape(courses) == found
    assert not any(course.unclear or course.numbered for course in courses)


@pytest.mark.parametrize(
    ("next_day", "unclear"),
    [
        ("2025-03-21", True),  # 16 days after 5 March, and below 12 months from it
        ("2026-03-04", True),
        ("2026-03-05", False),
    ],
)
def test_a_short_course_and_a_gap_below_the_interval_are_unclear(
    next_day: str,
    unclear: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    courses = given(THREE, run(next_day, 3))
    assert [course.unclear for course in courses] == [False, unclear]
    assert [course.is_countable for course in courses] == [True, not unclear]
    assert [course.settled for course in courses] == [not unclear, True]


def own_intervals(second: str, third: str, counted_from: str = "last infusion") -> Protocol:
    """Return the US protocol with other intervals before courses 2 and 3."""
    first, two, three = US.courses
    update = {"counted_from": counted_from, "warn_only_from": None}
    twice = two.model_copy(update={**update, "minimum_interval": Span.parse(second)})
    thrice = three.model_copy(update={**update, "minimum_interval": Span.parse(third)})
    return US.model_copy(update={"courses": (first, twice, thrice)})


@pytest.mark.parametrize(("next_day", "unclear"), [("2026-03-02", True), ("2026-03-03", False)])
def test_the_interval_that_tells_courses_apart_is_counted_as_the_protocol_says(
    next_day: str,
    unclear: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    protocol = own_intervals("12 months", "12 months", "first infusion")
    assert given(THREE, run(next_day, 3), protocol=protocol)[1].unclear is unclear


def test_the_interval_that_tells_courses_apart_is_that_of_the_next_course() -> None:
    """Six months between courses 1 and 2, twelve between 2 and 3."""
    protocol = own_intervals("6 months", "12 months")
    assert not given(THREE, run("2025-09-05", 3), protocol=protocol)[1].unclear
    short_second = [*FIVE, *run("2026-03-02", 2), *run("2026-10-05", 3)]
    assert [course.unclear for course in given(short_second, protocol=protocol)] == [False, False, True]


def test_a_course_with_a_number_of_its_own_is_never_unclear() -> None:
    assert not given(run("2025-03-03", 3, course=1), run("2025-06-02", 3, course=2))[1].unclear


def test_a_decision_settles_what_was_unclear() -> None:
    parts = (THREE, on("2025-03-21"))
    resumed = given(*parts, decisions=[decision(1, "resume")])
    assert shape(resumed) == [(1, 4, "partial")]
    assert resumed[0].is_resumed
    apart = given(*parts, decisions=[decision(1, "treat-as-complete")])
    assert [(course.unclear, course.settled) for course in apart] == [(False, True), (False, False)]


# --- how far a course has come -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2025-03-05", "in-progress"),
        ("2025-03-06", "in-progress"),  # its next day could still follow
        ("2025-03-07", "interrupted"),
        ("2025-03-20", "interrupted"),  # 15 days after 5 March
        ("2025-03-21", "partial"),
    ],
)
def test_how_far_a_short_course_has_come(as_of: str, status: str) -> None:
    course = given(THREE, as_of=as_of)[0]
    assert (course.status, course.settled) == (status, False)


@pytest.mark.parametrize("as_of", ["2025-03-07", "2025-03-08", "2026-01-01"])
def test_a_course_of_as_many_days_as_planned_is_complete(as_of: str) -> None:
    course = given(FIVE, as_of=as_of)[0]
    assert (course.status, course.settled, course.planned) == ("complete", True, 5)


@pytest.mark.parametrize("what", ["treat-as-complete", "new-course"])
def test_a_course_that_was_decided_to_end_is_partial_on_its_last_day_too(what: str) -> None:
    course = given(THREE, as_of="2025-03-05", decisions=[decision(1, what)])[0]
    assert (course.status, course.settled) == ("partial", True)
    assert course.last_planned_day(day("2025-03-05")) == day("2025-03-05")


def test_a_short_course_that_another_follows_is_partial_and_settled() -> None:
    first, second = given(THREE, run("2026-03-05", 2), as_of="2026-03-06")
    assert (first.status, first.settled) == ("partial", True)
    assert (second.status, second.settled, second.planned) == ("in-progress", False, 3)


@pytest.mark.parametrize(
    ("count", "as_of", "decisions", "last"),
    [
        (3, "2025-03-05", [], "2025-03-07"),  # two days follow 5 March
        (3, "2025-03-06", [], "2025-03-07"),
        (4, "2025-03-06", [], "2025-03-07"),
        (5, "2025-03-07", [], "2025-03-07"),
        (6, "2025-03-08", [], "2025-03-08"),
        (3, "2025-03-20", [decision(1, "resume")], "2025-03-21"),  # goes on on the day of asking
        (4, "2025-03-20", [decision(1, "resume")], "2025-03-20"),
        (3, "2025-03-05", [decision(1, "resume")], "2025-03-07"),  # but not on a day that was given
    ],
)
def test_the_last_planned_day_by_hand(count: int, as_of: str, decisions: list[Decision], last: str) -> None:
    course = given(run("2025-03-03", count), as_of=as_of, decisions=decisions)[0]
    assert course.last_planned_day(day(as_of)) == day(last)


# --- numbers that contradict the dates (S30) -----------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "expected", "wrong"),
    [
        # Two numbers, well apart and in order.
        ((run("2025-03-03", 5, course=1), run("2026-03-09", 3, course=2)), {}, set()),
        # The higher number came first.
        (
            (run("2025-03-03", 5, course=2), run("2026-03-09", 3, course=1)),
            {1: [(day("2026-03-09"), 2)]},
            {1, 2},
        ),
        # Spans that overlap: course 1 on 3 March and 2 June, course 2 in May.
        (
            (on("2025-03-03 2025-06-02", course=1), run("2025-05-05", 3, course=2)),
            {2: [(day("2025-05-05"), 1)]},
            {1, 2},
        ),
        # Neighbours 15 days apart, and 16.
        (
            (run("2025-03-03", 5, course=1), run("2025-03-22", 3, course=2)),
            {2: [(day("2025-03-22"), 1)]},
            {1, 2},
        ),
        ((run("2025-03-03", 5, course=1), run("2025-03-23", 3, course=2)), {}, set()),
        # Courses 1 and 3 are no neighbours: course 2 lies between them.
        (
            (on("2025-03-03", course=1), on("2025-03-10", course=2), on("2025-03-17", course=3)),
            {2: [(day("2025-03-10"), 1)], 3: [(day("2025-03-17"), 2)]},
            {1, 2, 3},
        ),
        # Two numbers on one day.
        (
            (on("2025-03-03", course=1), on("2025-03-03", course=2)),
            {2: [(day("2025-03-03"), 1)]},
            {1, 2},
        ),
        # One number a minimum interval later: 12 months from 3 March 2025, and a day less.
        (
            (on("2025-03-03 2026-03-03 2026-03-04", course=1),),
            {1: [(day("2026-03-03"), None)]},
            {1},
        ),
        ((on("2025-03-03 2026-03-02", course=1),), {}, set()),
    ],
)
def test_numbers_that_contradict_the_dates_by_hand(
    parts: tuple[list[dict[str, Any]], ...], expected: dict[int, list[tuple[date, int | None]]], wrong: set[int]
) -> None:
    courses = given(*parts)
    assert contradictions(courses) == expected
    assert {course.number for course in courses if course.contradicted} == wrong
    assert {course.number for course in courses if not course.is_countable} == wrong


def test_days_far_apart_without_a_number_are_courses_of_their_own() -> None:
    assert shape(given(on("2025-03-03 2026-03-03"), as_of="2026-03-03")) == [(1, 1, "partial"), (2, 1, "in-progress")]


def test_a_contradiction_is_found_with_course_day_and_row() -> None:
    courses = given(run("2025-03-03", 5, course=1), run("2025-03-22", 3, course=2), on("2027-05-03", course=2))
    found = list(courses.number_findings())
    assert [(one.code, one.course, one.day) for one in found] == [
        ("course-numbers-contradict", 2, day("2025-03-22")),
        ("course-numbers-contradict", 2, day("2027-05-03")),
    ]
    assert "compare the days of course 1" in found[0].message
    assert "its own days are a minimum interval apart" in found[1].message


# --- one course beside the others ----------------------------------------------------------------


def test_the_course_before_is_that_of_the_last_infusion_before_whatever_its_number() -> None:
    """Course 2 was given in 2024, course 1 in 2025, course 3 in 2026."""
    courses = given(run("2024-01-08", 3, course=2), run("2025-03-03", 5, course=1), run("2026-05-04", 3, course=3))
    two, one, three = courses
    assert [course.number for course in courses] == [2, 1, 3]
    assert (courses.before(two), courses.before(one), courses.before(three)) == (None, two, one)
    assert (courses.latest, courses.highest_number) == (three, 3)
    assert (courses.numbered(1), courses.numbered(4)) == (one, None)


def test_the_course_before_may_have_days_on_both_sides() -> None:
    """Course 1 on 6 January and 2 June 2025, course 2 in March 2025, course 3 in September 2026."""
    courses = given(
        on("2025-01-06 2025-06-02", course=1), run("2025-03-03", 3, course=2), run("2026-09-07", 3, course=3)
    )
    one, two, three = courses
    assert courses.before(two) is one
    assert one.last_day_before(two.first_day) == day("2025-01-06")
    assert courses.before(three) is one
    assert two.last_day_before(two.first_day) is None
    assert two.last_day_before(day("2025-03-05")) == day("2025-03-04")
    assert courses.before(one) is None


def test_no_course_has_no_highest_number_and_shows_no_patient() -> None:
    assert given().highest_number == 0
    assert repr(given(FIVE)) == "Courses(1 courses)"


@pytest.mark.parametrize(
    ("numbers", "missing"),
    [
        ((1, 2), []),
        ((2,), [(2, "course 1 is")]),
        ((1, 3), [(3, "course 2 is")]),
        ((1, 4), [(4, "courses 2 to 3 are")]),
        ((3, 5), [(3, "courses 1 to 2 are"), (5, "course 4 is")]),
    ],
)
def test_each_gap_in_the_numbers_is_named_with_its_first_and_last(
    numbers: tuple[int, ...], missing: list[tuple[int, str]]
) -> None:
    courses = given(*(run(f"{2020 + number}-03-03", 3, course=number) for number in numbers))
    assert [(course.number, words) for course, words in courses.gaps()] == missing


@pytest.mark.parametrize(
    ("parts", "before", "without"),
    [
        # Nothing on record: the planned days before the day itself.
        ((), "2025-03-03", []),
        ((), "2025-03-05", [3, 4]),
        ((), "2025-03-08", [3, 4, 5, 6, 7]),
        # 3 and 4 March were given.
        ((on("2025-03-03 2025-03-04"),), "2025-03-07", [5, 6]),
        # 10 March was given instead of the first day without a record, 5 March.
        ((on("2025-03-03 2025-03-04 2025-03-10"),), "2025-03-11", [6, 7]),
        # Three days moved: the first three of the four without a record.
        ((on("2025-03-05 2025-03-10 2025-03-11 2025-03-12"),), "2025-03-15", [7]),
        # The days of another course are on record too, but move nothing.
        ((on("2025-03-04 2025-03-10", course=2),), "2025-03-15", [3, 5, 6, 7]),
    ],
)
def test_planned_days_without_a_record_by_hand(
    parts: tuple[list[dict[str, Any]], ...], before: str, without: list[int]
) -> None:
    """Course 1 is planned for 3 to 7 March 2025."""
    planned = [row["date"] for row in FIVE]
    found = given(*parts).without_record(1, planned, day(before))
    assert [one.day for one in found] == without


@pytest.mark.parametrize(
    ("parts", "as_of", "question"),
    [
        ((FIVE,), "2025-04-01", None),
        ((THREE,), "2025-03-06", None),
        ((THREE,), "2025-03-07", "course 1 stopped on 2025-03-05 after 3 of 5 infusion days"),
        ((THREE, on("2025-03-21")), "2025-03-21", "it is unclear whether course 2 continues the previous course"),
        (
            (run("2025-03-03", 5, course=2), run("2026-03-09", 3, course=1)),
            "2026-04-01",
            "the dates contradict the course numbers on record (1, 2)",
        ),
    ],
)
def test_what_must_be_settled_first(parts: tuple[list[dict[str, Any]], ...], as_of: str, question: str | None) -> None:
    assert given(*parts, as_of=as_of).question() == question


def test_a_resumed_course_asks_nothing() -> None:
    assert given(THREE, as_of="2025-03-20", decisions=[decision(1, "resume")]).question() is None


# --- decisions, and what stops everything --------------------------------------------------------


def test_a_decision_about_no_course_or_twice_about_one_is_refused() -> None:
    with pytest.raises(PlanMismatch) as caught:
        given(FIVE, decisions=[decision(2, "resume")])
    assert (caught.value.code, caught.value.place) == ("plan-mismatch", "decisions")
    assert "course 2" in caught.value.message
    with pytest.raises(PlanMismatch) as twice:
        given(FIVE, decisions=[decision(3, "resume"), decision(1, "resume"), decision(1, "treat-as-complete")])
    assert (twice.value.code, twice.value.place) == ("plan-mismatch", "decisions")
    assert "course 1" in twice.value.message


def test_what_stops_everything_is_told() -> None:
    assert stopped(history(FIVE), day("2025-03-07")) is None
    assert stopped(history(FIVE), day("2025-03-06")) == "an infusion is recorded on a future date"
    assert stopped(history(FIVE, on("2025-03-09", status="not-done")), day("2025-03-07")) is None
    assert stopped(history(FIVE, unreadable=[3, 5]), day("2025-03-07")) == "row 3, 5 could not be read"


def test_other_medicines_alone_are_told_apart_from_infusions() -> None:
    """One row of another medicine and no infusion; an unreadable row may be an infusion (S36)."""
    assert has_only_other_medicines(history(other_rows=1))
    assert not has_only_other_medicines(history(on("2025-03-03"), other_rows=1))
    assert not has_only_other_medicines(history(other_rows=1, unreadable=[2]))
    assert not has_only_other_medicines(history())


def test_a_group_that_a_number_joins_later_keeps_that_number() -> None:
    """3 and 4 March without a number, 5 March with number 2: one course, number 2."""
    courses = given(on("2025-03-03 2025-03-04"), on("2025-03-05", course=2), as_of="2025-03-05")
    assert shape(courses) == [(2, 3, "complete")]
    assert courses[0].numbered


def test_a_course_without_a_number_after_numbered_ones_gets_a_free_one() -> None:
    """Numbers 1 and 3 are stated; what lies between them without a number is neither."""
    courses = given(
        run("2024-01-08", 5, course=1), run("2025-03-03", 3), run("2026-05-04", 3, course=3), as_of="2026-06-01"
    )
    assert [(course.number, course.first_day.year) for course in courses] == [(1, 2024), (2, 2025), (3, 2026)]
    twice = given(run("2024-01-08", 5, course=1), run("2025-03-03", 3), run("2026-05-04", 3, course=2))
    assert [(course.number, course.first_day.year) for course in twice] == [(1, 2024), (3, 2025), (2, 2026)]


def test_two_courses_that_end_on_one_day_are_both_before_a_third() -> None:
    """Courses 1 and 2 both on 3 March 2025; which of them course 3 is counted from makes no difference."""
    courses = given(on("2025-03-03", course=1), on("2025-03-03", course=2), run("2026-05-04", 3, course=3))
    before = courses.before(courses[2])
    assert before is not None
    assert before.last_day == day("2025-03-03")


def test_where_numbers_contradict_the_last_infusion_still_tells_what_is_unclear() -> None:
    """Course 1 on 3 March and 2 June 2025, course 2 in April between them; then 4 August without a number.

    The last infusion before August is that of course 1, which has 2 of 5 days: it may be course 1 that goes on.
    """
    courses = given(on("2025-03-03 2025-06-02", course=1), run("2025-04-07", 3, course=2), on("2025-08-04"))
    assert [(course.number, course.unclear) for course in courses] == [(1, False), (2, False), (3, True)]


@pytest.mark.parametrize(
    ("protocol", "again"),
    [
        (own_intervals("6 months", "12 months"), "2025-09-03"),
        (own_intervals("12 months", "6 months"), "2026-03-03"),
        (own_intervals("12 months", "6 months", "first infusion"), "2026-03-03"),
    ],
)
def test_one_number_lasts_less_than_the_interval_before_the_next_course(protocol: Protocol, again: str) -> None:
    courses = given(on(f"2025-03-03 {again}", course=1), protocol=protocol)
    assert contradictions(courses) == {1: [(day(again), None)]}
