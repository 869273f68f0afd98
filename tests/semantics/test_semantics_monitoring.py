"""S42, and what S20, S31, S32 and S33 say of tests that recur, sentence by sentence, each worked out by hand.

A test is named after its line. Where nothing else is said, course 1 was given on Monday 3 to Friday 7 March 2025, the
protocol is that of the US, and only blood counts are recorded. Their due dates, with the days from the date before:
2025-04-07 (31), 05-07 (30), 06-07 (31), 07-07 (30), 08-07 (31), 09-07 (31), 10-07 (30), 11-07 (31), 12-07 (30),
2026-01-07 (31), 02-07 (31), 03-07 (28).
"""

from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import Evaluation, Finding, InvalidInput, Monitoring, evaluate, load_protocol, read_protocol
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import History
from tests.support.histories import day, history, run

US: Final = load_protocol("us-2024-05-r2")
COURSE_1: Final = run("2025-03-03", 5)
COURSE_2: Final = run("2026-03-09", 3)
COUNT: Final = "blood-count"
BEFORE: Final = "2025-02-20"
"""A blood count in the window of course 1's baseline, 1 February to 2 March 2025: it serves no due date."""


def seen(test: str, *days: str) -> list[dict[str, Any]]:
    return [{"date": one if one > "2" else f"2025-{one}", "code": test} for one in days]


def counted(*days: str, courses: Any = (COURSE_1,), **about: Any) -> History:
    """Return a history with blood counts; `04-07` is a day of 2025."""
    return history(*courses, observations=seen(COUNT, BEFORE, *days), **about)


def asked(given: History, as_of: str, protocol: Protocol = US, **how: Any) -> Evaluation:
    return evaluate(given, protocol, as_of=day(as_of if as_of > "2" else f"2025-{as_of}"), **how)


def of(evaluation: Evaluation, action: str = COUNT, course: int | None = 1) -> Monitoring:
    (one,) = [one for one in evaluation.monitoring if (one.action, one.course) == (action, course)]
    return one


def states(one: Monitoring) -> list[str]:
    """Return each state, with the day of the record and the days late: `late 2025-05-10 +3`."""
    return [
        " ".join(map(str, filter(None, (each.state, each.done_on, each.days_late and f"+{each.days_late}"))))
        for each in one.dates
    ]


def of_tests(evaluation: Evaluation) -> list[Finding]:
    return [one for one in evaluation.findings if one.code.startswith("test-")]


def told(evaluation: Evaluation) -> list[tuple[str, str, int | None, str]]:
    return [(one.code, one.severity, one.course, str(one.day)) for one in of_tests(evaluation)]


def not_assessed(evaluation: Evaluation, code: str = "test-missed") -> set[tuple[str | None, str]]:
    return {(one.test, one.missing) for one in evaluation.not_assessed if one.code == code}


# --- the vectors -----------------------------------------------------------------------------------


def test_S42_V14_a_record_after_its_date_is_late() -> None:
    """10 May is 3 days after 7 May, and 28 days before 7 June: more than 31 div 4 = 7."""
    evaluation = asked(counted("04-07", "05-10"), "05-20")
    assert states(of(evaluation)) == ["done 2025-04-07", "late 2025-05-10 +3", "due"]
    assert told(evaluation) == [("test-late", "note", 1, "2025-05-07")]


def test_S42_V15_a_record_just_before_a_date_is_of_that_date() -> None:
    """6 June is 1 day before 7 June: it is June's, and May is missed."""
    evaluation = asked(counted("04-06", "06-06"), "06-08")
    assert states(of(evaluation)) == ["done 2025-04-06", "missed", "done 2025-06-06", "due"]
    assert told(evaluation) == [("test-missed", "note", 1, "2025-05-07")]


def test_S42_V17_a_repeat_is_extra_and_never_wrong() -> None:
    """9 April is 28 days before 7 May: more than 30 div 2 = 15."""
    evaluation = asked(counted("04-07", "04-09"), "05-08")
    assert states(of(evaluation)) == ["done 2025-04-07", "overdue", "due"]
    assert told(evaluation) == [("test-overdue", "warning", 1, "2025-05-07")]


def test_S42_V21_the_last_date_before_a_further_course() -> None:
    """Month 12 is 7 March 2026; course 2 begins on 9 March, and its baseline window is 7 February to 8 March."""
    evaluation = asked(counted("2026-02-07", "2026-03-09", courses=(COURSE_1, COURSE_2)), "2026-03-20")
    assert states(of(evaluation))[-2:] == ["done 2026-02-07", "late 2026-03-09 +2"]
    assert [str(one.due) for one in of(evaluation).dates][-1] == "2026-03-07"
    assert [(str(one.due), one.state) for one in of(evaluation, course=2).dates] == [("2026-04-11", "due")]
    assert [one.code for one in evaluation.findings if one.code == "baseline-missing"] == []


# --- whose record it is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ("03-07", "due"),  # the anchor itself
        ("03-22", "due"),  # 16 days before 7 April: more than 31 div 2 = 15
        ("03-23", "done 2025-03-23"),
        ("04-07", "done 2025-04-07"),
    ],
)
def test_S42_a_record_up_to_half_an_interval_before_its_date_is_in_time(done: str, expected: str) -> None:
    assert states(of(asked(counted(done), "04-07")))[0] == expected


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ("04-08", ["late 2025-04-08 +1", "due", "due"]),
        ("04-29", ["late 2025-04-29 +22", "due", "due"]),  # 8 days before 7 May: more than 30 div 4 = 7
        ("04-30", ["missed", "done 2025-04-30", "due"]),
        ("05-07", ["missed", "done 2025-05-07", "due"]),
    ],
)
def test_S42_a_record_is_of_the_date_before_it_unless_the_next_is_within_a_quarter(
    done: str, expected: list[str]
) -> None:
    assert states(of(asked(counted(done), "05-07"))) == expected


@pytest.mark.parametrize(
    ("done", "expected"), [("04-21", "due"), ("04-22", "done 2025-04-22"), ("05-07", "done 2025-05-07")]
)
def test_S42_with_the_date_before_done_half_of_the_interval_counts(done: str, expected: str) -> None:
    """7 April is done; 22 April is 15 days before 7 May, 30 div 2."""
    assert states(of(asked(counted("04-07", done), "05-07")))[1] == expected


def test_S42_records_of_one_day_are_one() -> None:
    evaluation = asked(counted("04-07", "04-07", "05-07"), "05-07")
    assert states(of(evaluation)) == ["done 2025-04-07", "done 2025-05-07", "due"]


def test_S42_a_record_under_a_coding_counts_as_the_test() -> None:
    given = history(COURSE_1, observations=seen("http://loinc.org|57021-8", "04-07"))
    assert states(of(asked(given, "04-08"))) == ["done 2025-04-07", "due"]


# --- missed, overdue, due ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("04-06", ["due"]),
        ("04-07", ["due", "due"]),
        ("04-08", ["overdue", "due"]),
        ("05-06", ["overdue", "due"]),
        ("05-07", ["missed", "due", "due"]),
        ("05-08", ["missed", "overdue", "due"]),
    ],
)
def test_S42_a_date_without_a_record_is_due_then_overdue_then_missed(as_of: str, expected: list[str]) -> None:
    assert states(of(asked(counted(), as_of))) == expected


def test_S42_a_date_is_missed_as_soon_as_the_next_is_done() -> None:
    """A count of 30 April is May's (7 days before it); April is missed before 7 May."""
    assert states(of(asked(counted("04-30"), "05-01"))) == ["missed", "done 2025-04-30"]


@pytest.mark.parametrize(
    ("grace_days", "expected"), [(0, "late 2025-04-09 +2"), (1, "late 2025-04-09 +2"), (2, "done 2025-04-09")]
)
def test_S42_a_test_within_the_days_of_grace_is_in_time(grace_days: int, expected: str) -> None:
    assert states(of(asked(counted("04-09"), "04-20", grace_days=grace_days)))[0] == expected


@pytest.mark.parametrize(("as_of", "state"), [("04-14", "due"), ("04-15", "overdue")])
def test_S42_grace_is_at_most_a_quarter_of_the_interval(as_of: str, state: str) -> None:
    """From 7 April to 7 May are 30 days, a quarter of them 7: until 14 April, however many are allowed."""
    assert states(of(asked(counted(), as_of, grace_days=90)))[0] == state


@pytest.mark.parametrize("grace_days", [-1, 367, 1.0, True, "3", None])
def test_S42_grace_is_a_whole_number_of_days(grace_days: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        asked(counted(), "04-14", grace_days=grace_days)
    (problem,) = caught.value.problems
    assert (problem.code, problem.argument) == ("out-of-range", "grace_days")


# --- the last dates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "as_of", "expected"),
    [
        ((), "2026-03-07", "due"),
        ((), "2026-03-08", "overdue"),
        ((), "2026-03-09", "overdue"),
        ((), "2026-03-10", "missed"),
        (("2026-03-08",), "2026-03-10", "late 2026-03-08 +1"),
        (("2026-03-09",), "2026-03-10", "late 2026-03-09 +2"),
        (("2026-03-10",), "2026-03-20", "missed"),
    ],
)
def test_S42_the_last_date_before_a_course_takes_a_record_up_to_its_first_infusion(
    done: tuple[str, ...], as_of: str, expected: str
) -> None:
    given = counted("2026-02-07", *done, courses=(COURSE_1, COURSE_2))
    (last,) = [one for one in of(asked(given, as_of)).dates if str(one.due) == "2026-03-07"]
    assert " ".join(map(str, filter(None, (last.state, last.done_on, last.days_late and f"+{last.days_late}")))) == (
        expected
    )


def test_S20_later_dates_fall_away_with_the_next_course() -> None:
    """Asked before course 2, 7 April 2026 is due; asked after it, it is not."""
    given = counted(courses=(COURSE_1, COURSE_2))
    assert str(of(asked(given, "2026-03-08")).dates[-1].due) == "2026-04-07"
    assert str(of(asked(given, "2026-03-09")).dates[-1].due) == "2026-03-07"


def test_S20_a_date_on_the_first_infusion_of_the_next_course_stays() -> None:
    """Course 2 begins on Saturday 7 March 2026, the twelfth date."""
    evaluation = asked(counted("2026-02-07", "2026-03-07", courses=(COURSE_1, run("2026-03-07", 3))), "2026-03-20")
    assert states(of(evaluation))[-1] == "done 2026-03-07"
    assert states(of(evaluation, course=2)) == ["due"]


@pytest.mark.parametrize(
    ("done", "as_of", "expected"),
    [
        ((), "2029-03-08", "overdue"),
        ((), "2029-04-06", "overdue"),
        ((), "2029-04-07", "missed"),
        (("2029-04-06",), "2029-05-07", "late 2029-04-06 +30"),  # one day before the next, which is not due
        (("2029-04-07",), "2029-05-07", "missed"),
    ],
)
def test_S42_the_last_date_of_a_series_takes_a_record_before_the_next_one(
    done: tuple[str, ...], as_of: str, expected: str
) -> None:
    """48 months after 7 March 2025 are 7 March 2029, the last date."""
    given = counted("2029-02-07", *done)
    assert str(of(asked(given, as_of)).dates[-1].due) == "2029-03-07"
    assert states(of(asked(given, as_of)))[-1] == expected


def test_S42_a_much_later_course_is_no_bound_of_a_series_that_ended() -> None:
    """Course 2 begins on 8 March 2030, a year after the series of course 1 ended."""
    given = counted("2029-02-07", "2029-06-01", courses=(COURSE_1, run("2030-03-08", 3)))
    assert states(of(asked(given, "2030-03-20")))[-1] == "missed"


# --- which dates, which tests -------------------------------------------------------------------------


def test_S42_the_dates_go_up_to_the_first_after_the_day_of_asking() -> None:
    assert [str(one.due) for one in of(asked(counted(), "04-07")).dates] == ["2025-04-07", "2025-05-07"]
    assert [str(one.due) for one in of(asked(counted(), "03-07")).dates] == ["2025-04-07"]


def test_S09_a_course_in_progress_counts_from_its_last_planned_day() -> None:
    """Three of five days given: on the 6th, the last planned day is the 7th; on the 7th the course is interrupted."""
    given = counted(courses=(run("2025-03-03", 3),))
    assert str(of(asked(given, "2025-03-06")).dates[0].due) == "2025-04-07"
    assert str(of(asked(given, "2025-03-07")).dates[0].due) == "2025-04-05"


def test_S20_a_test_of_the_treatment_counts_from_course_1_and_never_restarts() -> None:
    """Skin examinations: 7 March 2026 and 7 March 2027, whatever course 2 did."""
    given = history(COURSE_1, COURSE_2, observations=seen("skin-examination", "2025-03-01", "2026-03-20"))
    one = of(asked(given, "2026-06-01"), "skin-examination", None)
    assert [str(each.due) for each in one.dates] == ["2026-03-07", "2027-03-07"]
    assert states(one) == ["late 2026-03-20 +13", "due"]


def test_S20_a_series_without_an_end_goes_on_being_due() -> None:
    """A plan lists it for 48 months, to 7 March 2029, and marks it as continuing."""
    given = history(COURSE_1, observations=seen("skin-examination", "2025-03-01", "2030-03-07"))
    one = of(asked(given, "2031-03-08"), "skin-examination", None)
    assert [str(each.due) for each in one.dates][-3:] == ["2030-03-07", "2031-03-07", "2032-03-07"]
    assert states(one)[-3:] == ["done 2030-03-07", "overdue", "due"]


OWN: Final = """
extends = "us-2024-05-r2"
id = "own"
revision = "1"
[sources.own]
document = "Our own handbook"
[[actions]]
id = "eye-test"
kind = "series"
cite = "own"
"""


def own(folder: Path, *lines: str) -> Protocol:
    path = folder / "own.toml"
    path.write_text(OWN + "\n".join(lines) + "\n", encoding="utf-8")
    return read_protocol(path)


def test_S20_a_test_of_the_first_course_ends_with_the_second(tmp_path: Path) -> None:
    protocol = own(tmp_path, 'every = "6 months"', 'per = "first-course"')
    given = history(COURSE_1, COURSE_2, tests_recorded=["eye-test"])
    (one,) = asked(given, "2026-06-01", protocol).monitoring
    assert (one.course, [str(each.due) for each in one.dates]) == (1, ["2025-09-07", "2026-03-07"])


def test_S42_a_test_that_is_never_due_is_not_listed(tmp_path: Path) -> None:
    """Yearly, until 6 months after the course."""
    protocol = own(tmp_path, 'every = "1 year"', 'until = "last infusion + 6 months"')
    assert asked(history(COURSE_1, tests_recorded=["eye-test"]), "2027-06-01", protocol).monitoring == ()


def test_S01_a_test_beyond_the_last_date_is_never_due(tmp_path: Path) -> None:
    """The second date would lie in 2225; a date can be as late as 2199."""
    protocol = own(tmp_path, 'every = "100 years"', 'until = "last infusion + 100 years"')
    (one,) = asked(history(run("2099-12-01", 5), tests_recorded=["eye-test"]), "2099-12-31", protocol).monitoring
    assert [str(each.due) for each in one.dates] == ["2199-12-05"]


def test_S42_monitoring_is_in_the_order_of_the_protocol_and_then_of_courses() -> None:
    given = history(COURSE_1, COURSE_2, tests_recorded=["thyroid", "skin-examination", COUNT])
    listed = [(one.action, one.course) for one in asked(given, "2026-06-20").monitoring]
    assert listed == [(COUNT, 1), (COUNT, 2), ("thyroid", 1), ("thyroid", 2), ("skin-examination", None)]


# --- what is told ------------------------------------------------------------------------------------


def test_S42_missed_dates_are_a_warning_after_the_latest_record_and_a_note_before_it() -> None:
    """Done: May. Missed: April, and June to September. Overdue: October."""
    evaluation = asked(counted("05-07"), "10-08")
    assert told(evaluation) == [
        ("test-missed", "warning", 1, "2025-06-07"),
        ("test-missed", "note", 1, "2025-04-07"),
        ("test-overdue", "warning", 1, "2025-10-07"),
    ]
    warning, note, overdue = of_tests(evaluation)
    assert (warning.test, note.test, overdue.test) == (COUNT,) * 3
    assert "4 tests missed, due 2025-06-07 (Saturday 7 June) to 2025-09-07 (Sunday 7 September)" in warning.message
    assert "1 test missed, due 2025-04-07 (Monday 7 April)" in note.message
    assert (of(evaluation).done, of(evaluation).missed, of(evaluation).overdue) == (1, 5, 1)


def test_S42_a_record_after_a_later_course_closes_the_gap_of_an_earlier_one() -> None:
    """Course 2 ended on 11 March 2026; its first date is 11 April."""
    given = counted("2026-04-11", courses=(COURSE_1, COURSE_2))
    assert [one for one in told(asked(given, "2026-04-12")) if one[0] == "test-missed"] == [
        ("test-missed", "note", 1, "2025-04-07")
    ]


def test_S42_late_tests_are_counted_with_the_most_days() -> None:
    evaluation = asked(counted("04-09", "05-12", "06-07"), "06-08")
    (note,) = of_tests(evaluation)
    assert (note.code, note.severity, note.test, str(note.day)) == ("test-late", "note", COUNT, "2025-05-07")
    assert "2 tests done up to 5 days late" in note.message
    assert "2 tests done up to 1 day late" in of_tests(asked(counted("04-08", "05-08"), "05-08"))[0].message


@pytest.mark.parametrize(("as_of", "expected"), [("04-08", ["2025-04-09", "2025-04-20"]), ("04-20", [])])
def test_S42_a_record_in_the_future_is_told_and_not_counted(as_of: str, expected: list[str]) -> None:
    evaluation = asked(counted("04-09", "04-20"), as_of)
    future = [one for one in evaluation.findings if one.code == "observation-in-future"]
    assert [(one.severity, one.test, str(one.day)) for one in future] == (
        [("warning", COUNT, expected[0])] if expected else []
    )
    assert all(str(len(expected)) in one.message and expected[-1] in one.message for one in future)
    assert of(evaluation).late == (0 if expected else 1)


def test_S42_a_cd4_count_in_the_future_is_told_too() -> None:
    given = history(COURSE_1, observations=[{"date": "2025-06-01", "code": "cd4", "value": 250}])
    (found,) = [one for one in asked(given, "2025-05-01").findings if one.code == "observation-in-future"]
    assert (found.test, found.course) == ("cd4", None)
    assert found.message.startswith("CD4 count: 1 record")


@pytest.mark.parametrize(
    ("days", "gap"),
    [
        ((), None),
        (("04-07",), 31),
        (("04-07", "04-09", "07-01"), 83),  # 9 April to 1 July
    ],
)
def test_S42_the_longest_gap_is_between_neighbouring_records(days: tuple[str, ...], gap: int | None) -> None:
    """Not up to the day of asking; an extra record counts."""
    assert of(asked(counted(*days), "2026-01-01")).longest_gap_days == gap


def test_S42_the_longest_gap_ends_with_the_next_course() -> None:
    """7 April 2025 to 9 March 2026, the first infusion of course 2; 20 June is of course 2."""
    given = counted("04-07", "2026-03-09", "2026-06-20", courses=(COURSE_1, COURSE_2))
    evaluation = asked(given, "2026-07-01")
    assert of(evaluation).longest_gap_days == (date(2026, 3, 9) - date(2025, 4, 7)).days
    assert of(evaluation, course=2).longest_gap_days == (date(2026, 6, 20) - date(2026, 3, 11)).days


# --- overrides ---------------------------------------------------------------------------------------


def accepted(**fields: Any) -> dict[str, Any]:
    return {"code": "test-missed", "test": COUNT, "by": "Dr A", "why": "abroad", "on": "2025-06-07", **fields}


def test_S42_an_override_covers_the_dates_without_a_record_up_to_its_day() -> None:
    """April is done, May and June are accepted, July is missed, August is overdue."""
    evaluation = asked(counted("04-07", overrides=[accepted()]), "08-08")
    assert states(of(evaluation)) == ["done 2025-04-07", "waived", "waived", "missed", "overdue", "due"]
    assert (of(evaluation).missed, of(evaluation).overdue) == (1, 1)
    assert told(evaluation) == [
        ("test-missed", "warning", 1, "2025-07-07"),
        ("test-overdue", "warning", 1, "2025-08-07"),
    ]
    (note,) = [one for one in evaluation.findings if one.code == "overridden"]
    assert (note.test, note.course, str(note.day)) == (COUNT, 1, "2025-05-07")


@pytest.mark.parametrize(
    ("override", "waived"),
    [
        (accepted(code="test-overdue"), 3),
        (accepted(course=1), 3),
        (accepted(test="http://loinc.org|57021-8"), 3),
        (accepted(test="57021-8"), 3),
        (accepted(course=2), 0),
        (accepted(test="thyroid"), 0),
        (accepted(code="test-late"), 0),
        (accepted(code="baseline-missing"), 0),
        (accepted(on="2025-05-06"), 1),
        (accepted(on="2025-05-07"), 2),
        (accepted(on="2025-08-09"), 0),  # dated after the day of asking: not made yet
        (accepted(on="2025-08-08"), 5),
    ],
)
def test_S42_an_override_names_the_test_and_perhaps_the_course(override: dict[str, Any], waived: int) -> None:
    """Asked on 8 August without any record: due in April, May, June, July and August."""
    assert states(of(asked(counted(overrides=[override]), "08-08"))).count("waived") == waived


def test_S42_the_latest_override_of_a_test_holds() -> None:
    given = counted(overrides=[accepted(on="2025-04-10"), accepted(on="2025-05-10"), accepted(on="2025-04-20")])
    assert states(of(asked(given, "08-08"))).count("waived") == 2


def test_S42_an_override_without_a_test_covers_nothing_and_that_is_told() -> None:
    override = accepted()
    del override["test"]
    evaluation = asked(counted(overrides=[override]), "08-08")
    assert states(of(evaluation)).count("waived") == 0
    codes = [one.code for one in evaluation.findings]
    assert "override-without-test" in codes
    assert "overridden" not in codes
    assert [one.override for one in of_tests(evaluation)] == [None, None]


def test_S31_the_test_of_an_override_must_be_known() -> None:
    evaluation = asked(counted(overrides=[accepted(), accepted(test="blood-counts")]), "08-08")
    (unknown,) = [one for one in evaluation.findings if one.code == "code-not-known"]
    assert unknown.message.startswith("the test of override 2: ")
    assert "did you mean 'blood-count'" in unknown.message


@pytest.mark.parametrize(("on", "covered"), [("2025-05-06", False), ("2025-05-07", True)])
def test_S42_late_tests_are_accepted_up_to_the_day_of_the_override(on: str, *, covered: bool) -> None:
    """Late: 7 April by 2 days, 7 May by 3 days."""
    given = counted("04-09", "05-10", overrides=[accepted(code="test-late", on=on)])
    (late,) = of_tests(asked(given, "05-20"))
    assert (late.override is not None) is covered
    assert "2 tests" in late.message


def test_S42_an_override_of_a_baseline_may_name_the_test() -> None:
    stated = {"code": "baseline-missing", "by": "Dr A", "why": "emergency", "on": "2025-03-10"}
    about = {"tests_recorded": [COUNT, "thyroid"]}
    for test, covered in ((None, {COUNT, "thyroid"}), (COUNT, {COUNT}), ("creatinine", set())):
        given = history(COURSE_1, overrides=[{**stated, "test": test}], **about)
        missing = [one for one in asked(given, "03-10").findings if one.code == "baseline-missing"]
        assert {one.test for one in missing if one.override} == covered
        assert len(missing) == 2


# --- S32, S31, S33: what cannot be judged -------------------------------------------------------------


def test_S32_without_any_test_on_record_no_test_is_missed() -> None:
    evaluation = asked(history(COURSE_1), "2026-02-01")
    assert evaluation.monitoring == ()
    assert of_tests(evaluation) == []
    assert not_assessed(evaluation) == not_assessed(evaluation, "test-overdue") == {(None, "observations")}


def test_S32_without_an_infusion_nothing_is_asked() -> None:
    for about in ({}, {"tests_recorded": [COUNT]}):
        evaluation = asked(history(**about), "2026-02-01")
        assert (evaluation.monitoring, not_assessed(evaluation)) == ((), set())


def test_S32_ten_months_without_a_blood_count_are_told_where_it_is_recorded() -> None:
    """Nobody has a count of this patient; the source records them. On 10 January 2026 the tenth is overdue."""
    evaluation = asked(history(COURSE_1, tests_recorded=[COUNT]), "2026-01-10")
    assert (of(evaluation).missed, of(evaluation).overdue, states(of(evaluation))[-1]) == (9, 1, "due")
    assert [str(one.due) for one in of(evaluation).dates][-2:] == ["2026-01-07", "2026-02-07"]


def test_S32_kinds_that_do_not_occur_are_not_assessed() -> None:
    evaluation = asked(counted("04-07"), "06-01")
    assert {one.action for one in evaluation.monitoring} == {COUNT}
    others = {"creatinine", "urinalysis", "liver-tests", "thyroid", "skin-examination", "hpv"}
    assert not_assessed(evaluation) == {(test, "tests_recorded") for test in others}


def test_S32_dates_before_tests_were_recorded_are_not_assessed() -> None:
    evaluation = asked(counted("06-09", tests_recorded_from="2025-05-08"), "06-20")
    assert [str(one.due) for one in of(evaluation).dates] == ["2025-06-07", "2025-07-07"]
    assert states(of(evaluation))[0] == "late 2025-06-09 +2"
    assert of(evaluation).longest_gap_days is None
    assert (COUNT, "records of tests before tests_recorded_from") in not_assessed(evaluation)


def test_S32_tests_that_will_be_recorded_later_are_not_judged_yet() -> None:
    """Recorded from 1 August: on 6 July the first date after it is 7 July, on 7 July 7 August."""
    given = counted(tests_recorded_from="2025-08-01")
    evaluation = asked(given, "07-06")
    assert (evaluation.monitoring, str(evaluation.changes_on)) == ((), "2025-07-07")
    assert [str(one.due) for one in of(asked(given, "07-07")).dates] == ["2025-08-07"]


@pytest.mark.parametrize(
    ("about", "judged"),
    [
        ({"tests_recorded": ["hpv"]}, True),
        ({"observations": seen("hpv", "2025-03-20"), "tests_recorded": [COUNT]}, True),
        ({"tests_recorded": [COUNT]}, False),
    ],
)
def test_S32_a_test_for_some_patients_is_judged_where_the_own_history_has_it(
    about: dict[str, Any], *, judged: bool
) -> None:
    evaluation = asked(history(COURSE_1, **about), "2026-06-01")
    assert ("hpv" in {one.action for one in evaluation.monitoring}) is judged
    assert (("hpv", "tests_recorded") in not_assessed(evaluation)) is not judged


@pytest.mark.parametrize("rows", [{"unreadable_observations": [9]}, {"unreadable": [9]}])
def test_S33_S31_with_a_refused_row_no_test_is_missed(rows: dict[str, Any]) -> None:
    evaluation = asked(counted(**rows), "2026-01-10")
    assert (evaluation.monitoring, of_tests(evaluation)) == ((), [])
    assert (None, "row 9, which could not be read") in not_assessed(evaluation)
    assert (None, "row 9, which could not be read") in not_assessed(evaluation, "test-overdue")


def test_S30_a_course_whose_number_contradicts_the_dates_is_not_judged() -> None:
    """Courses 2 and 3 are 8 days apart; course 1 is clear, and ends with the first of them."""
    given = counted(
        courses=(
            run("2025-03-03", 5, course=1),
            run("2026-03-09", 3, course=2),
            run("2026-03-19", 3, course=3),
        )
    )
    evaluation = asked(given, "2026-06-01")
    assert [one.course for one in evaluation.monitoring] == [1]
    assert str(of(evaluation).dates[-1].due) == "2026-03-07"
    assert (COUNT, "course numbers that fit the dates") in not_assessed(evaluation)


def test_S07_a_course_that_may_go_on_is_not_judged() -> None:
    """Three of five days in March, two in June: if they continue course 1, its tests count from 3 June."""
    evaluation = asked(counted(courses=(run("2025-03-03", 3), run("2025-06-02", 2))), "2025-09-01")
    assert [one.course for one in evaluation.monitoring] == [2]
    assert str(of(evaluation, course=2).dates[0].due) == "2025-07-03"
    assert (COUNT, "whether course 2 continues course 1") in not_assessed(evaluation)


def test_S20_without_course_1_on_record_tests_of_the_treatment_are_not_judged() -> None:
    given = history(run("2026-03-09", 3, course=2), tests_recorded=["skin-examination", COUNT])
    evaluation = asked(given, "2026-06-01")
    assert [(one.action, one.course) for one in evaluation.monitoring] == [(COUNT, 2)]
    assert ("skin-examination", "the infusions of course 1") in not_assessed(evaluation)


# --- S24: the day of the next change -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "as_of", "changes_on"),
    [
        ((), "2025-03-23", "2025-04-07"),  # the list of dates grows
        ((), "04-07", "2025-04-08"),  # overdue
        ((), "04-08", "2025-05-07"),  # missed
        (("04-07",), "04-08", "2025-05-07"),
        (("04-20",), "04-08", "2025-04-20"),  # it counts from its day on
    ],
)
def test_S24_the_next_change_of_a_due_date_is_announced(days: tuple[str, ...], as_of: str, changes_on: str) -> None:
    assert str(asked(counted(*days), as_of).changes_on) == changes_on


def test_S24_grace_moves_the_day_on_which_a_test_is_overdue() -> None:
    assert str(asked(counted(), "04-07", grace_days=3).changes_on) == "2025-04-11"


def test_S24_an_override_counts_from_its_day() -> None:
    evaluation = asked(counted(overrides=[accepted(on="2025-04-20")]), "04-10")
    assert str(evaluation.changes_on) == "2025-04-20"


def test_S24_a_series_that_has_ended_changes_no_more() -> None:
    """All tests up to 7 March 2029 are missed from 7 April 2029."""
    assert str(asked(counted(), "2029-04-06").changes_on) == "2029-04-07"
    assert asked(counted(), "2029-04-07").changes_on is None


def test_S24_the_words_of_a_finding_stay_while_nothing_changes() -> None:
    first, last = asked(counted(), "05-08"), asked(counted(), "06-06")
    assert first.findings == last.findings
