"""S42, S32 and S09 through `monitored`: what a whole treatment needs, and the tests of one series cannot show.

Course 1 is given from Monday 3 to Friday 7 March 2025, so blood counts are due on the 7th of each month from April on,
and thyroid tests on the 7th of June, September and so on. Expected values are worked out by hand.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from lemtrada_schedule import Decision, History, Monitoring, RecordedOverride, load_protocol
from lemtrada_schedule.judging.monitoring import JudgedTest, Monitored, monitored
from lemtrada_schedule.records.courses import courses_given
from lemtrada_schedule.records.recorded_tests import recorded_tests

US: Final = load_protocol("us-2024-05-r2")
COURSE_1: Final = tuple(date(2025, 3, day) for day in range(3, 8))
COURSE_2: Final = tuple(date(2026, 3, day) for day in range(9, 12))


def in_2025(month: int, day: int) -> date:
    return date(2025, month, day)


def asked(
    as_of: date,
    *tests: tuple[str, date],
    recorded: Sequence[str] = ("blood-count",),
    given: Sequence[date] = COURSE_1,
    decisions: Sequence[Decision] = (),
    grace_days: int = 0,
    **facts: Any,
) -> Monitored:
    observations = [{"code": code, "date": day} for code, day in tests]
    history = History.from_dates(list(given), observations=observations, tests_recorded=recorded, **facts)
    courses = courses_given(history, US, as_of=as_of, decisions=decisions)
    tested = recorded_tests(history, US)
    return monitored(history, US, courses, tested, as_of=as_of, grace_days=grace_days)


def judged(found: Monitored, action: str = "blood-count", course: int = 1) -> Monitoring:
    return judged_test(found, action, course).verdict


def judged_test(found: Monitored, action: str = "blood-count", course: int = 1) -> JudgedTest:
    (one,) = [one for one in found.judged if (one.action.id, one.verdict.course) == (action, course)]
    return one


def counts(verdict: Monitoring) -> tuple[int, int, int, int]:
    return verdict.done, verdict.late, verdict.missed, verdict.overdue


def accepted(on: date, *, by: str = "Dr A", course: int | None = None) -> RecordedOverride:
    return RecordedOverride(code="test-missed", test="blood-count", course=course, by=by, why="tested elsewhere", on=on)


# --- what is counted -----------------------------------------------------------------------------


def test_nothing_is_done_late_or_missed_before_the_first_due_date() -> None:
    found = judged(asked(in_2025(4, 1)))
    assert counts(found) == (0, 0, 0, 0)
    assert [(one.due, one.state) for one in found.dates] == [(in_2025(4, 7), "due")]


def test_tests_with_other_intervals_have_dates_of_their_own() -> None:
    found = asked(in_2025(4, 1), recorded=("blood-count", "thyroid"))
    assert [one.due for one in judged(found, "thyroid").dates] == [in_2025(6, 7)]


def test_the_answer_changes_when_the_first_of_several_tests_changes() -> None:
    """The list of blood counts grows on 7 April, that of thyroid tests on 7 June."""
    assert asked(in_2025(4, 1), recorded=("blood-count", "thyroid")).changes_on == in_2025(4, 7)


def test_a_resumed_course_counts_from_the_last_day_that_is_planned_on_the_day_of_the_question() -> None:
    """Two days are given, and the course is resumed: the other three begin on 25 March and end on the 27th."""
    resumed = Decision(course=1, decision="resume", by="Dr A", why="recovered", on=in_2025(3, 24))
    found = asked(in_2025(3, 25), given=COURSE_1[:2], decisions=[resumed])
    assert [one.due for one in judged(found).dates] == [in_2025(4, 27)]


# --- gaps ----------------------------------------------------------------------------------------


def test_a_gap_ends_with_the_series() -> None:
    """Of 7 March to 7 April are 31 days. The test of May 2026 belongs to course 2."""
    tests = (("blood-count", in_2025(4, 7)), ("blood-count", date(2026, 5, 1)))
    found = asked(date(2026, 5, 10), *tests, given=(*COURSE_1, *COURSE_2))
    assert judged(found).longest_gap_days == 31


def test_a_test_on_the_day_of_the_last_infusion_is_no_test_after_it() -> None:
    assert judged(asked(in_2025(4, 20), ("blood-count", in_2025(3, 7)))).longest_gap_days is None


def test_a_test_on_the_first_day_from_which_tests_are_recorded_begins_a_gap() -> None:
    """Of 7 April to 7 May are 30 days."""
    tests = (("blood-count", in_2025(4, 7)), ("blood-count", in_2025(5, 7)))
    found = asked(in_2025(5, 10), *tests, tests_recorded_from=in_2025(4, 7))
    assert judged(found).longest_gap_days == 30


# --- overrides -----------------------------------------------------------------------------------


def test_an_override_of_the_day_of_the_question_counts_and_is_not_still_to_come() -> None:
    found = asked(in_2025(5, 10), overrides=[accepted(in_2025(5, 10)), accepted(in_2025(5, 11))])
    assert [one.state for one in judged(found).dates] == ["waived", "waived", "due"]
    assert found.overrides_on == {in_2025(5, 11)}


def test_a_date_that_is_accepted_does_not_become_overdue() -> None:
    """With 3 days of grace, 7 April would be overdue on the 11th; the list grows on 7 May."""
    found = asked(in_2025(4, 9), overrides=[accepted(in_2025(4, 8))], grace_days=3)
    assert found.changes_on == in_2025(5, 7)


def test_an_override_before_every_due_date_accepts_nothing() -> None:
    assert judged_test(asked(in_2025(4, 10), overrides=[accepted(in_2025(3, 20))])).waived_by is None


def test_the_first_of_two_overrides_of_one_day_accepts() -> None:
    first, second = accepted(in_2025(4, 8)), accepted(in_2025(4, 8), by="Dr B")
    assert judged_test(asked(in_2025(4, 10), overrides=[first, second])).waived_by == first


def test_the_latest_override_of_a_course_or_of_all_accepts() -> None:
    """The later one reaches 7 May."""
    for course, other in ((None, 1), (1, None)):
        early, late = accepted(in_2025(4, 8), course=course), accepted(in_2025(5, 8), course=other)
        found = asked(in_2025(5, 10), overrides=[early, late])
        assert [one.state for one in judged(found).dates] == ["waived", "waived", "due"]
        assert judged_test(found).waived_by == late


def test_of_two_overrides_of_one_day_that_of_the_course_accepts() -> None:
    """Whatever their order: the answer depends on nothing that differs between two runs."""
    every, own = accepted(in_2025(4, 8)), accepted(in_2025(4, 8), by="Dr B", course=1)
    for overrides in ([every, own], [own, every]):
        assert judged_test(asked(in_2025(4, 10), overrides=overrides)).waived_by == own
