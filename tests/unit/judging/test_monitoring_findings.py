"""S42: what a finding about tests says, with its place, its source and its whole message, worked out by hand.

Course 1 is given from Monday 3 to Friday 7 March 2025: blood counts are due on the 7th of each month from April on, and
thyroid tests on 7 June, 7 September and so on.
"""

from typing import Any, Final

from lemtrada_schedule import Finding, Observation, evaluate, load_protocol
from tests.support.histories import day, history, run, seen

US: Final = load_protocol("us-2024-05-r2")
COURSE_1: Final = run("2025-03-03", 5)
BLOOD_COUNT: Final = "Complete blood count with differential"
SOURCE: Final = "isi"
"""Where the label says that blood counts and thyroid tests are monthly and every 3 months."""


def found(code: str, as_of: str, *tests: tuple[str, str], **facts: Any) -> list[Finding]:
    """Return the findings of one code, where blood counts and thyroid tests are recorded."""
    asked = {"tests_recorded": ["blood-count", "thyroid"], "observations": [seen(*one) for one in tests], **facts}
    evaluation = evaluate(history(asked.pop("rows", COURSE_1), **asked), US, as_of=day(as_of))
    return [one for one in evaluation.findings if one.code == code]


def told(code: str, as_of: str, *tests: tuple[str, str], **facts: Any) -> list[tuple[Any, ...]]:
    listed = found(code, as_of, *tests, **facts)
    return [(one.severity, one.course, one.day, one.test, one.cite, one.message) for one in listed]


def test_an_overdue_test_is_told_with_its_due_day() -> None:
    assert told("test-overdue", "2025-04-20", rows=COURSE_1) == [
        ("warning", 1, day("2025-04-07"), "blood-count", SOURCE,
         f"{BLOOD_COUNT}: the test due on 2025-04-07 (Monday 7 April) is not on record"),
    ]  # fmt: skip


def test_missed_tests_that_no_later_one_closes_are_a_warning() -> None:
    """On 20 June, those of April and May are missed, and the one of 7 June is overdue."""
    assert told("test-missed", "2025-06-20") == [
        ("warning", 1, day("2025-04-07"), "blood-count", SOURCE,
         (f"{BLOOD_COUNT}: 2 tests missed, due 2025-04-07 (Monday 7 April)"
         " to 2025-05-07 (Wednesday 7 May); no later one is on record")),
    ]  # fmt: skip


def test_missed_tests_before_a_later_one_are_a_note() -> None:
    """The test of 7 June serves its own due day, so April and May are closed, and July is missed since."""
    assert told("test-missed", "2025-08-20", ("blood-count", "2025-06-07")) == [
        ("warning", 1, day("2025-07-07"), "blood-count", SOURCE,
         f"{BLOOD_COUNT}: 1 test missed, due 2025-07-07 (Monday 7 July); no later one is on record"),
        ("note", 1, day("2025-04-07"), "blood-count", SOURCE,
         (f"{BLOOD_COUNT}: 2 tests missed, due 2025-04-07 (Monday 7 April)"
         " to 2025-05-07 (Wednesday 7 May); a later one is on record")),
    ]  # fmt: skip


def test_a_test_after_a_later_course_closes_what_was_missed_after_an_earlier_one() -> None:
    """Course 2 is given from Monday 9 to Wednesday 11 March 2026: its first blood count is due on 11 April.

    After course 1, those of April 2025 to March 2026 were due: the last of them on 7 March.
    """
    rows = [*COURSE_1, *run("2026-03-09", 3)]
    assert told("test-missed", "2026-04-20", ("blood-count", "2026-04-11"), rows=rows)[0] == (
        "note", 1, day("2025-04-07"), "blood-count", SOURCE,
        (f"{BLOOD_COUNT}: 12 tests missed, due 2025-04-07 (Monday 7 April)"
        " to 2026-03-07 (Saturday 7 March); a later one is on record"),
    )  # fmt: skip


def test_where_the_numbers_of_courses_contradict_their_days_no_test_is_judged() -> None:
    """The record calls the course of 2025 the second one, and that of June 2026 the first."""
    rows = [*run("2025-03-03", 5, course=2), *run("2026-06-01", 3, course=1)]
    tests = ("blood-count", "2025-04-07"), ("blood-count", "2026-07-03")
    assert told("test-missed", "2026-07-20", *tests, rows=rows) == []


def test_late_tests_are_told_with_the_longest_delay_and_the_last_due_day() -> None:
    late = ("blood-count", "2025-04-09"), ("blood-count", "2025-05-12")
    assert told("test-late", "2025-06-01", *late) == [
        ("note", 1, day("2025-05-07"), "blood-count", SOURCE,
         (f"{BLOOD_COUNT}: 2 tests done up to 5 days late, due 2025-04-07 (Monday 7 April)"
         " to 2025-05-07 (Wednesday 7 May)")),
    ]  # fmt: skip


def test_one_day_late_is_told_in_the_singular() -> None:
    assert told("test-late", "2025-05-01", ("blood-count", "2025-04-08")) == [
        ("note", 1, day("2025-04-07"), "blood-count", SOURCE,
         f"{BLOOD_COUNT}: 1 test done up to 1 day late, due 2025-04-07 (Monday 7 April)"),
    ]  # fmt: skip


def test_records_dated_in_the_future_are_told_by_kind_of_test() -> None:
    """A CD4 count is no action of the protocol."""
    cd4 = [Observation(code="cd4", date=day(one), value=300) for one in ("2025-07-01", "2025-07-03")]
    assert told("observation-in-future", "2025-06-01", observations=[*cd4, seen("blood-count", "2025-06-02")]) == [
        ("warning", None, day("2025-06-02"), "blood-count", None,
         f"{BLOOD_COUNT}: 1 record dated in the future, 2025-06-02 (Monday 2 June); not counted"),
        ("warning", None, day("2025-07-01"), "cd4", None,
         ("CD4 count: 2 records dated in the future, 2025-07-01 (Tuesday 1 July)"
         " to 2025-07-03 (Thursday 3 July); not counted")),
    ]  # fmt: skip


def test_an_override_without_its_test_is_told_by_its_position() -> None:
    by = {"by": "Dr A", "why": "travel", "on": "2025-06-01"}
    overrides = [
        {"code": "dose-differs", **by},
        {"code": "test-late", **by},
        {"code": "test-missed", "test": "blood-count", **by},
        {"code": "test-overdue", **by},
    ]
    assert [one.message for one in found("override-without-test", "2025-06-01", overrides=overrides)] == [
        "override 2 (test-late) does not name a test, so it accepts nothing",
        "override 4 (test-overdue) does not name a test, so it accepts nothing",
    ]
