"""The judgement of monitoring (S42) against answers worked out by hand.

Where nothing else is said course 1 is Monday 3 to Friday 7 March 2025, and the protocol is us-2024-05-r2. Its monthly
dates and the days from the date before: 2025-04-07 (31), 05-07 (30), 06-07 (31), 07-07 (30), 08-07 (31), 09-07 (31),
10-07 (30), 11-07 (31), 12-07 (30), 2026-01-07 (31), 02-07 (31), 03-07 (28), 04-07 (31).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from tests.oracle.following import Numbered
from tests.oracle.labels import label
from tests.oracle.monitoring import (
    KnownTests,
    Monitored,
    findings_of_tests,
    future_observations,
    judged_dates,
    monitored,
    records_of_kind,
    series_of,
)
from tests.oracle.observed import missing_tests
from tests.oracle.plan import Anchors
from tests.oracle.recorded import Course

pytestmark = pytest.mark.sweep  # it checks the oracle, not the library

US, EU = label("us-2024-05-r2"), label("eu-2020-01-r2")
COUNT = "blood-count"


def day(written: str) -> date:
    """Read a day; "04-07" is one of 2025."""
    return date.fromisoformat(written if len(written) > len("04-07") else f"2025-{written}")


def days(written: str) -> list[date]:
    return [day(one) for one in written.split()]


def course(number: int, first: str, last: str) -> Numbered:
    return Numbered(number, Anchors(day(first), day(last)))


FIRST = course(1, "2025-03-03", "2025-03-07")
SECOND = course(2, "2026-03-09", "2026-03-11")


def records(written: str, test: str = COUNT) -> list[dict[str, Any]]:
    return [{"date": one, "code": test} for one in days(written)]


def ask(
    written: str,
    as_of: str,
    *,
    given: Sequence[Numbered] = (FIRST,),
    test: str = COUNT,
    grace_days: int = 0,
    **known: Any,
) -> list[Monitored]:
    """Judge one test, said to be recorded."""
    facts = {"observations": records(written, test), "tests_recorded": [test], **known}
    return monitored(US, given, day(as_of), KnownTests(**facts), grace_days=grace_days)


def states(written: str, as_of: str, **further: Any) -> list[str]:
    """Write down the states of the first course asked about: "done 2025-04-07", "late 3 2025-05-10", "overdue"."""
    return written_states(ask(written, as_of, **further)[0])


def written_states(one: Monitored) -> list[str]:
    found = []
    for entry in one["dates"]:
        late = "" if entry["days_late"] is None else f" {entry['days_late']}"
        done = "" if entry["done_on"] is None else f" {entry['done_on']}"
        found.append(f"{entry['state']}{late}{done}")
    return found


def first_four(written: str, as_of: str) -> list[str]:
    """Write down the states of the first four dates, whether the answer holds them or not."""
    series = next(one for one in series_of(US, [FIRST], day(as_of)) if one.action["id"] == COUNT)
    found = judged_dates(series, records_of_kind(US, records(written), COUNT, day(as_of)), day(as_of))
    return [entry["state"] for entry in found[:4]]


def found(written: str, as_of: str, **further: Any) -> list[tuple[str, str, int | None, list[str]]]:
    return [
        (one.code, one.severity, one.course, [str(due) for due in one.days])
        for one in findings_of_tests(ask(written, as_of, **further))
    ]


# --- the vectors -----------------------------------------------------------------------------


def test_v14_a_record_after_its_date_is_late() -> None:
    # 10 May is 3 days after 7 May, and 28 days before 7 June: more than 31 div 4 = 7, so it is May's.
    assert first_four("04-07 05-10", "05-20") == ["done", "late", "due", "due"]
    assert states("04-07 05-10", "05-20") == ["done 2025-04-07", "late 3 2025-05-10", "due"]


def test_v15_a_record_just_before_a_date_is_that_date_s() -> None:
    # 6 June is 1 day before 7 June, at most 7: June's. 6 April is 1 day before 7 April, at most 31 div 2.
    assert states("04-06 06-06", "06-08") == ["done 2025-04-06", "missed", "done 2025-06-06", "due"]


def test_v17_a_repeat_is_extra() -> None:
    # 9 April is 28 days before 7 May, more than 30 div 2 = 15; April has its record.
    assert first_four("04-07 04-09", "05-08") == ["done", "overdue", "due", "due"]
    assert states("04-07 04-09", "05-08") == ["done 2025-04-07", "overdue", "due"]


def test_v21_the_last_date_before_a_further_course() -> None:
    first, second = ask("2026-02-07 2026-03-09", "2026-03-20", given=(FIRST, SECOND))
    # 7 Feb is due 7 Feb; 9 March is 2 days after 7 March, and the first infusion of course 2 itself.
    assert written_states(first)[-2:] == ["done 2026-02-07", "late 2 2026-03-09"]
    assert first["dates"][-1]["due"] == day("2026-03-07")
    # Course 2 ended on 11 March; its first date, 11 April, is the first after as_of.
    assert [(one["due"], one["state"]) for one in second["dates"]] == [(day("2026-04-11"), "due")]


def test_v21_one_record_serves_a_date_and_a_baseline() -> None:
    courses = [
        Course(1, days("03-03 03-04 03-05 03-06 03-07"), by_gap=False, unclear=False, named=False),
        Course(2, days("2026-03-09 2026-03-10 2026-03-11"), by_gap=True, unclear=False, named=False),
    ]
    # The window of course 2 is 7 February to 8 March 2026; course 1 has no record from 1 February to 2 March 2025.
    lacking = missing_tests(
        US,
        courses,
        {1: day("03-07"), 2: day("2026-03-11")},
        day("2026-03-20"),
        observations=records("2026-02-07 2026-03-09"),
    )
    assert [(one.code, one.course) for one in lacking if one.test == COUNT] == [("baseline-missing", 1)]


# --- whose record it is ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("03-07", "due"),  # the anchor itself: not after it
        ("03-22", "due"),  # 16 days before 7 April: more than 31 div 2 = 15
        ("03-23", "done 2025-03-23"),  # 15 days before
        ("04-07", "done 2025-04-07"),
    ],
)
def test_the_first_date_takes_a_record_of_the_second_half(record: str, expected: str) -> None:
    assert states(record, "04-07")[0] == expected


@pytest.mark.parametrize(
    ("record", "may", "june"),
    [
        ("05-30", "late 23 2025-05-30", "missed"),  # 7 June - 30 May = 8, more than 31 div 4 = 7; 30 - 7 = 23 late
        ("05-31", "missed", "done 2025-05-31"),  # 7 before: June's
    ],
)
def test_the_last_quarter_belongs_to_the_next_date(record: str, may: str, june: str) -> None:
    assert states(f"04-07 {record}", "07-07")[:4] == ["done 2025-04-07", may, june, "due"]


@pytest.mark.parametrize(
    ("record", "may"),
    [
        ("04-21", "overdue"),  # 7 May - 21 April = 16, more than 30 div 2 = 15: extra
        ("04-22", "done 2025-04-22"),  # 15
    ],
)
def test_where_a_date_has_its_record_the_next_takes_the_second_half(record: str, may: str) -> None:
    assert states(f"04-07 {record}", "05-08")[:2] == ["done 2025-04-07", may]


def test_two_records_in_one_interval() -> None:
    # 10 May: May's, 3 late. 1 June: May has one; 6 days before 7 June, so June's. 5 June: both have one, extra.
    assert states("04-07 05-10 06-01 06-05", "06-08") == [
        "done 2025-04-07",
        "late 3 2025-05-10",
        "done 2025-06-01",
        "due",
    ]


def test_a_date_is_missed_as_soon_as_the_next_has_its_record() -> None:
    # 1 June is 6 days before 7 June: June's. As of 2 June, 7 June is not reached, but May is missed.
    assert states("04-07 06-01", "06-02") == ["done 2025-04-07", "missed", "done 2025-06-01"]


def test_three_months_apart() -> None:
    # Thyroid: 7 June (24 + 30 + 31 + 7 = 92 days after 7 March), 7 September (92), 7 December (91).
    # 22 April is 8 + 31 + 7 = 46 days before 7 June, 92 div 2 = 46: June's. 21 April is 47 before.
    assert states("04-22", "06-08", test="thyroid") == ["done 2025-04-22", "due"]
    assert states("04-21", "06-08", test="thyroid") == ["overdue", "due"]
    # 92 div 4 = 23. 15 August is 16 + 7 = 23 before 7 September: September's; 14 August is June's, 23 + 31 + 14 late.
    assert states("08-15", "09-01", test="thyroid") == ["missed", "done 2025-08-15"]
    assert states("08-14", "09-01", test="thyroid") == ["late 68 2025-08-14", "due"]


def test_a_yearly_examination_of_the_treatment() -> None:
    # 7 March 2026, 365 days. 6 September 2025 is 24 + 31 + 30 + 31 + 31 + 28 + 7 = 182 days before; 365 div 2 = 182.
    given = (FIRST, SECOND)
    (skin,) = ask("09-06", "2026-03-20", given=given, test="skin-examination")
    assert (skin["course"], written_states(skin)) == (None, ["done 2025-09-06", "due"])
    (skin,) = ask("09-05", "2026-03-20", given=given, test="skin-examination")
    assert written_states(skin) == ["overdue", "due"]


def test_a_series_without_an_end_is_due_beyond_48_months() -> None:
    # 48 months after 7 March 2025 is 7 March 2029; no end is stated, so 7 March 2030 is due.
    (skin,) = ask("", "2029-03-08", test="skin-examination")
    assert [str(one["due"]) for one in skin["dates"]][-2:] == ["2029-03-07", "2030-03-07"]


# --- grace -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grace", "record", "may"),
    [
        (5, "05-12", "done 2025-05-12"),  # 7 + 5 = 12
        (5, "05-13", "late 6 2025-05-13"),  # the days count from the due day
        (10, "05-14", "done 2025-05-14"),  # 10 is more than 31 div 4 = 7, so 7 + 7 = 14
        (10, "05-15", "late 8 2025-05-15"),
    ],
)
def test_grace_is_at_most_a_quarter(grace: int, record: str, may: str) -> None:
    assert states(f"04-07 {record}", "05-20", grace_days=grace)[1] == may


@pytest.mark.parametrize(
    ("as_of", "grace", "may"),
    [
        ("05-07", 0, "due"),
        ("05-08", 0, "overdue"),
        ("05-12", 5, "due"),
        ("05-13", 5, "overdue"),
        ("06-06", 0, "overdue"),
        ("06-07", 0, "missed"),  # as_of = D(k+1)
    ],
)
def test_without_a_record(as_of: str, grace: int, may: str) -> None:
    assert states("04-07", as_of, grace_days=grace)[1] == may


# --- the last date ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "as_of", "expected"),
    [
        ("", "2026-03-07", "due"),
        ("", "2026-03-08", "overdue"),
        ("", "2026-03-09", "overdue"),  # the first infusion of course 2, inclusive
        ("", "2026-03-10", "missed"),  # the day after
        ("2026-03-08", "2026-03-20", "late 1 2026-03-08"),
        ("2026-03-09", "2026-03-20", "late 2 2026-03-09"),
        ("2026-03-10", "2026-03-20", "missed"),  # in the course: nobody's
    ],
)
def test_the_last_date_before_a_course_may_be_taken_to_its_first_infusion(
    record: str, as_of: str, expected: str
) -> None:
    first = ask(f"2026-02-07 {record}", as_of, given=(FIRST, SECOND))[0]
    assert len(first["dates"]) == 12  # the months before course 2
    assert written_states(first)[-1] == expected


@pytest.mark.parametrize(
    ("record", "as_of", "grace", "expected"),
    [
        ("", "2029-03-08", 0, "overdue"),
        ("", "2029-04-06", 0, "overdue"),
        ("", "2029-04-07", 0, "missed"),  # 7 March 2029 + 1 month, itself not due
        ("2029-04-06", "2029-05-01", 0, "late 30 2029-04-06"),  # 24 + 6
        ("2029-04-07", "2029-05-01", 0, "missed"),
        ("2029-03-14", "2029-05-01", 31, "done 2029-03-14"),  # 31 days to 7 April, div 4 = 7
        ("2029-03-15", "2029-05-01", 31, "late 8 2029-03-15"),
    ],
)
def test_the_last_date_of_a_series(record: str, as_of: str, grace: int, expected: str) -> None:
    (only,) = ask(f"2029-02-07 {record}", as_of, grace_days=grace)
    assert len(only["dates"]) == 48  # months
    assert written_states(only)[-1] == expected


def test_a_course_within_a_month_leaves_no_date() -> None:
    # Course 2 on 1 April, before 7 April: course 1 has no date, and no record belongs to it.
    early = course(2, "2025-04-01", "2025-04-03")
    (only,) = ask("03-25", "2025-04-10", given=(FIRST, early))
    assert (only["course"], written_states(only)) == (2, ["due"])


# --- what can be judged ----------------------------------------------------------------------


def test_a_record_after_as_of_is_not_counted_and_is_told() -> None:
    assert states("04-07 05-07", "05-06") == ["done 2025-04-07", "due"]
    observations = [*records("04-07 05-07 05-09"), *records("05-08", "cd4"), *records("05-08", "no-such-code")]
    ahead = [(one.code, one.severity, one.test) for one in future_observations(US, observations, day("05-06"))]
    assert ahead == [("observation-in-future", "warning", COUNT), ("observation-in-future", "warning", "cd4")]
    assert future_observations(US, observations, day("05-09")) == []


def test_only_kinds_on_record_are_judged() -> None:
    known = KnownTests(observations=records("04-07"))
    assert [one["action"] for one in monitored(US, [FIRST], day("05-20"), known)] == [COUNT]
    named = KnownTests(observations=records("04-07"), tests_recorded=["creatinine"])
    assert [one["action"] for one in monitored(US, [FIRST], day("05-20"), named)] == ["creatinine"]
    none = KnownTests(observations=records("04-07"), tests_recorded=[])
    assert monitored(US, [FIRST], day("05-20"), none) == []


def test_a_test_of_some_patients_is_judged_where_it_is_named_or_on_record() -> None:
    for protocol, test in ((US, "hpv"), (EU, "cervical-screening")):
        of_others = KnownTests(observations=records("04-07"))
        assert [one["action"] for one in monitored(protocol, [FIRST], day("05-20"), of_others)] == [COUNT]
        on_record = KnownTests(observations=records("04-07", test))
        assert [one["action"] for one in monitored(protocol, [FIRST], day("05-20"), on_record)] == [test]


def test_an_unreadable_row_and_a_contradiction_leave_nothing_to_judge() -> None:
    assert ask("04-07", "05-20", unreadable=[6]) == []
    assert ask("04-07", "05-20", unreadable_observations=[2]) == []
    known = KnownTests(observations=records("04-07"))
    assert monitored(US, [FIRST], day("05-20"), known, leave_out={1}) == []


def test_dates_before_tests_are_recorded_are_left_out() -> None:
    # From 7 May on: April is not judged, May is. 2 May is 5 days before 7 May, at most 30 div 4 = 7: May's.
    (only,) = ask("05-02", "06-08", tests_recorded_from=day("05-07"))
    assert [str(one["due"]) for one in only["dates"]] == ["2025-05-07", "2025-06-07", "2025-07-07"]
    assert written_states(only) == ["done 2025-05-02", "overdue", "due"]
    assert ask("05-02", "06-08", tests_recorded_from=day("07-08")) == []


def test_without_course_1_the_treatment_has_no_anchor() -> None:
    assert ask("04-07", "2025-05-20", given=(course(2, "2025-03-05", "2025-03-07"),), test="skin-examination") == []


# --- what is found ---------------------------------------------------------------------------


def test_missed_dates_are_a_warning_until_a_later_one_is_done() -> None:
    # As of 8 August: April to July missed, August overdue.
    assert found("", "08-08") == [
        ("test-overdue", "warning", 1, ["2025-08-07"]),
        ("test-missed", "warning", 1, ["2025-04-07", "2025-05-07", "2025-06-07", "2025-07-07"]),
    ]
    # June done on its day closes the gap of April and May; July stays a warning.
    assert found("06-07", "08-08") == [
        ("test-overdue", "warning", 1, ["2025-08-07"]),
        ("test-missed", "warning", 1, ["2025-07-07"]),
        ("test-missed", "note", 1, ["2025-04-07", "2025-05-07"]),
    ]


def test_a_date_done_late_closes_a_gap_too() -> None:
    # 10 June is 27 days before 7 July: June's, 3 late.
    assert found("06-10", "07-01") == [
        ("test-missed", "note", 1, ["2025-04-07", "2025-05-07"]),
        ("test-late", "note", 1, ["2025-06-07"]),
    ]


def test_a_later_course_closes_the_gap_of_an_earlier_one() -> None:
    # Course 2 ended on 11 March 2026; 11 April done. Of course 1 all 12 dates are missed.
    answer = found("2026-04-11", "2026-04-20", given=(FIRST, SECOND))
    assert [(code, severity, number, len(due)) for code, severity, number, due in answer] == [
        ("test-missed", "note", 1, 12)
    ]


def test_an_override_waives_dates_without_a_record_up_to_its_day() -> None:
    accepted = {"code": "test-missed", "test": COUNT, "on": day("06-07")}
    # Up to 7 June inclusive: April and June are waived, May has its record, July is told anew.
    expected = ["waived", "late 3 2025-05-10", "waived", "missed", "overdue", "due"]
    assert states("05-10", "08-08", overrides=[accepted]) == expected
    (only,) = ask("05-10", "08-08", overrides=[accepted])
    assert (only["done"], only["late"], only["missed"], only["overdue"]) == (0, 1, 1, 1)
    assert [one[:2] for one in found("05-10", "08-08", overrides=[accepted])] == [
        ("test-overdue", "warning"),
        ("test-missed", "warning"),
        ("test-late", "note"),
    ]


@pytest.mark.parametrize(
    ("change", "waived"),
    [
        ({}, 2),
        ({"code": "test-overdue"}, 2),
        ({"course": 1}, 2),
        ({"course": 2}, 0),
        ({"test": "creatinine"}, 0),
        ({"test": None}, 0),
        ({"code": "test-late"}, 0),
        ({"code": "baseline-missing"}, 0),
        ({"test": "57021-8"}, 2),  # the coding that blood-count carries
        ({"on": date(2025, 5, 6)}, 1),  # 7 April alone
    ],
)
def test_an_override_names_the_test(change: dict[str, Any], waived: int) -> None:
    accepted = {"code": "test-overdue", "test": COUNT, "on": day("05-07"), **change}
    assert states("", "05-20", overrides=[accepted]).count("waived") == waived


def test_the_longest_gap_is_between_records_and_the_anchor() -> None:
    # 7 March to 7 April 31, to 10 May 33; not up to as_of.
    assert ask("04-07 05-10", "2025-12-20")[0]["longest_gap_days"] == 33
    assert ask("", "2025-12-20")[0]["longest_gap_days"] is None
    # 7 April to 9 March 2026, the first infusion of course 2: 365 - 31 + 2 = 336. 10 March is not in it.
    gaps = [one["longest_gap_days"] for one in ask("04-07 2026-03-09 2026-03-10", "2026-03-20", given=(FIRST, SECOND))]
    assert gaps == [336, None]
