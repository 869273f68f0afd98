"""The oracle of cohorts against patients worked out by hand, with the arithmetic beside them.

The patients, on paper (US: 5 and 3 infusions, 12 months, 4 months, 48 months):

straight    5 infusions 4-8 March 2019, 3 on 9-11 March 2020; looked at on 31 December 2020.
            Course 2 was allowed from 8 March 2020; 8 March 2019 to 9 March 2020 is 366 + 1 = 367 days.
            Contraception to 8 July 2019, and from 9 March to 11 July 2020: two periods. Tests to 11 March 2024.
            Next from 11 March 2021.
leap        5 infusions 25-29 February 2020, 3 from 28 February 2021; looked at on 3 March 2021.
            29 February 2021 does not exist: allowed from 1 March 2021, so 1 day early. 29 February to 28 February: 365.
            Contraception to 29 June 2020, and from 28 February to 2 July 2021. Tests to 2 March 2025.
going-on    3 infusions 7-9 June 2021; looked at on 10 June, when the next can still follow directly: in progress.
            Its last planned day is 11 June: contraception to 11 October 2021, tests to 11 June 2025, next 11 June 2022.
restarted   2 infusions 4-5 January 2021, then 21-23 January, 16 days after the 5th; looked at on 30 June 2021.
            A new course by its gap; the one before is short and 12 months are not over: the boundary is unclear.
            Contraception 4 January to 5 May and 21 January to 23 May overlap: one period, to be decided on.
delayed     4 infusions 4-7 January 2021, the fifth 15 days after on the 22nd: still one course, complete.
            Looked at on 1 March 2021. Contraception to 22 May 2021, tests to 22 January 2025, next 22 January 2022.
cut-off     As `straight`, but looked at on 8 July 2019: course 2 is not known yet. The last day of contraception.
stopped     5 infusions 7-11 May 2018, one on 13 May 2019; looked at 15 days later, on 28 May: interrupted.
            Course 2 was allowed from 11 May 2019; 11 May 2018 to 13 May 2019 is 365 + 2 = 367 days.
            Contraception to 11 September 2018 stays; that to 13 September 2019 is "at least", as is 13 May 2023.
unborn      One infusion, a day after the day on which the patient is looked at: nothing yet.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import pytest

from tests.oracle.cohort_measures import (
    Course,
    DueDate,
    Period,
    PersonTime,
    Share,
    Step,
    Time,
    adherence,
    adherence_by_month,
    courses_of,
    courses_table,
    courses_tested_before,
    early_courses_by_year,
    first_infusions,
    judged_by_patient,
    kaplan_meier,
    median_days,
    monitoring_table,
    months_earlier,
    months_later,
    next_earliest,
    periods_table,
    person_time,
    swimmers,
    times_to_course,
    without_on,
    without_third_course_by_year,
)
from tests.oracle.cohort_of_patients import SEED, SEED_OF_500, cohort, ends_of_follow_up, exposure_days, observations
from tests.oracle.history import judge
from tests.oracle.labels import label
from tests.oracle.months import table

pytestmark = pytest.mark.sweep  # it checks the oracle, not the library


def day(written: str) -> date:
    return date.fromisoformat(written)


def run(first: str, count: int) -> list[date]:
    """Return so many days in a row."""
    return [day(first) + timedelta(days=step) for step in range(count)]


DAYS = {
    "straight": [*run("2019-03-04", 5), *run("2020-03-09", 3)],
    "leap": [*run("2020-02-25", 5), *run("2021-02-28", 3)],
    "going-on": run("2021-06-07", 3),
    "restarted": [*run("2021-01-21", 3), *run("2021-01-04", 2)],
    "delayed": [*run("2021-01-04", 4), day("2021-01-22"), day("2021-01-22")],
    "cut-off": [*run("2019-03-04", 5), *run("2020-03-09", 3)],
    "stopped": [*run("2018-05-07", 5), day("2019-05-13")],
    "unborn": [day("2021-01-05")],
}
ENDS = {
    "straight": day("2020-12-31"),
    "leap": day("2021-03-03"),
    "going-on": day("2021-06-10"),
    "restarted": day("2021-06-30"),
    "delayed": day("2021-03-01"),
    "cut-off": day("2019-07-08"),
    "stopped": day("2019-05-28"),
    "unborn": day("2021-01-04"),
}


def of(patient: str) -> list[Course]:
    return courses_of(patient, DAYS[patient], ENDS[patient])


def written(courses: Sequence[Course]) -> list[tuple[str, str, int, int, str, int | None, int | None, bool]]:
    return [
        (
            str(one["first_day"]),
            str(one["last_day"]),
            one["infusions"],
            one["planned"],
            one["status"],
            one["days_since_previous"],
            one["early_days"],
            one["boundary_clear"],
        )
        for one in courses
    ]


# --- courses, periods ------------------------------------------------------------------------


def test_courses() -> None:
    first = ("2019-03-04", "2019-03-08", 5, 5, "complete", None, None, True)
    assert written(of("straight")) == [first, ("2020-03-09", "2020-03-11", 3, 3, "complete", 367, None, True)]
    assert written(of("cut-off")) == [first]
    assert written(of("leap")) == [
        ("2020-02-25", "2020-02-29", 5, 5, "complete", None, None, True),
        ("2021-02-28", "2021-03-02", 3, 3, "complete", 365, 1, True),
    ]
    assert written(of("going-on")) == [("2021-06-07", "2021-06-09", 3, 5, "in-progress", None, None, True)]
    assert written(of("restarted")) == [
        ("2021-01-04", "2021-01-05", 2, 5, "partial", None, None, True),
        ("2021-01-21", "2021-01-23", 3, 3, "complete", 16, None, False),
    ]
    assert written(of("delayed")) == [("2021-01-04", "2021-01-22", 5, 5, "complete", None, None, True)]
    assert written(of("stopped")) == [
        ("2018-05-07", "2018-05-11", 5, 5, "complete", None, None, True),
        ("2019-05-13", "2019-05-13", 1, 3, "interrupted", 367, None, True),
    ]
    assert of("unborn") == []
    listed = courses_table(DAYS, ENDS)
    assert [(one["patient"], one["number"]) for one in listed][:4] == [
        ("cut-off", 1),
        ("delayed", 1),
        ("going-on", 1),
        ("leap", 1),
    ]
    assert len(listed) == 11


def test_the_last_day_counts_and_the_first_allowed_day_is_allowed() -> None:
    assert written(courses_of("", run("2019-03-04", 5), day("2019-03-08")))[0][2] == 5
    # 8 March 2019 + 12 months is 8 March 2020. After a short course 1, an earlier course has no clear boundary.
    whole, short = run("2019-03-04", 5), [day("2019-03-08")]
    for first, begins, early, clear in (
        (whole, "2020-03-08", None, True),
        (whole, "2020-03-07", 1, True),
        (short, "2020-03-08", None, True),
        (short, "2020-03-07", None, False),
    ):
        later = courses_of("", [*first, *run(begins, 3)], day("2021-01-01"))[1]
        assert (later["early_days"], later["boundary_clear"]) == (early, clear)


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("2019-05-14", "in-progress"),  # the next day: it can still follow
        ("2019-05-15", "interrupted"),  # from last + 2
        ("2019-05-28", "interrupted"),  # last + 15
        ("2019-05-29", "partial"),  # last + 16
    ],
)
def test_the_status_of_a_short_course(end: str, status: str) -> None:
    assert courses_of("", DAYS["stopped"], day(end))[1]["status"] == status


def test_periods() -> None:
    def rows(patient: str) -> list[tuple[str, str, str, bool]]:
        found: list[Period] = [row for row in periods_table(DAYS, ENDS) if row["patient"] == patient]
        return [(row["kind"], str(row["first_day"]), str(row["last_day"]), row["provisional"]) for row in found]

    assert rows("straight") == [
        ("contraception", "2019-03-04", "2019-07-08", False),
        ("contraception", "2020-03-09", "2020-07-11", False),
        ("monitoring", "2019-03-04", "2024-03-11", False),
    ]
    assert rows("leap") == [
        ("contraception", "2020-02-25", "2020-06-29", False),
        ("contraception", "2021-02-28", "2021-07-02", False),
        ("monitoring", "2020-02-25", "2025-03-02", False),
    ]
    assert rows("going-on") == [
        ("contraception", "2021-06-07", "2021-10-11", False),
        ("monitoring", "2021-06-07", "2025-06-11", False),
    ]
    assert rows("restarted") == [
        ("contraception", "2021-01-04", "2021-05-23", True),
        ("monitoring", "2021-01-04", "2025-01-23", True),
    ]
    assert rows("delayed") == [
        ("contraception", "2021-01-04", "2021-05-22", False),
        ("monitoring", "2021-01-04", "2025-01-22", False),
    ]
    assert rows("stopped") == [
        ("contraception", "2018-05-07", "2018-09-11", False),
        ("contraception", "2019-05-13", "2019-09-13", True),
        ("monitoring", "2018-05-07", "2023-05-13", True),
    ]
    assert rows("unborn") == []


def test_periods_that_touch_are_one() -> None:
    # Contraception to 8 July 2019; a course that begins on 9 July (far too early) joins it, one on 10 July does not.
    for begins, first_days in (("2019-07-09", ["2019-03-04"]), ("2019-07-10", ["2019-03-04", "2019-07-10"])):
        days = {"p": [*run("2019-03-04", 5), *run(begins, 3)]}
        periods = [row for row in periods_table(days, {"p": day("2020-01-01")}) if row["kind"] == "contraception"]
        assert [str(row["first_day"]) for row in periods] == first_days


def test_a_period_is_provisional_if_one_of_its_courses_waits() -> None:
    def contraception(days: list[date]) -> list[tuple[str, str, bool]]:
        rows = periods_table({"p": days}, {"p": day("2021-12-31")})
        found = [row for row in rows if row["kind"] == "contraception"]
        return [(str(row["first_day"]), str(row["last_day"]), row["provisional"]) for row in found]

    # Stopped after 5 January, gone on with on 5 July: perhaps one course, so neither end is sure.
    assert contraception([*run("2021-01-04", 2), *run("2021-07-05", 3)]) == [
        ("2021-01-04", "2021-05-05", True),
        ("2021-07-05", "2021-11-07", True),
    ]
    # Course 1 complete, one infusion of course 2 on 5 April (far too early) inside its four months.
    assert contraception([*run("2021-01-04", 5), day("2021-04-05")]) == [("2021-01-04", "2021-08-05", True)]


def test_first_infusion_and_next_earliest() -> None:
    assert first_infusions(DAYS, ENDS)["restarted"] == day("2021-01-04")
    assert first_infusions(DAYS, ENDS)["unborn"] is None
    nexts = {patient: next_earliest(of(patient)) for patient in DAYS}
    assert {patient: None if found is None else str(found) for patient, found in nexts.items()} == {
        "straight": "2021-03-11",
        "leap": "2022-03-02",
        "going-on": "2022-06-11",
        "restarted": None,
        "delayed": "2022-01-22",
        "cut-off": "2020-03-08",
        "stopped": None,
        "unborn": None,
    }


# --- recurring tests -------------------------------------------------------------------------


def test_monitoring() -> None:
    # cut-off: due on 8 April, May, June, July 2019; looked at on 8 July.
    # 20 February is before the course. 5 April: April's, done. 20 May is 19 days before 8 June, more than 31 div 4 = 7,
    # and May has none: May's, 12 late. 5 June: May has one, 3 days before 8 June: June's, done. July: still due.
    # Gaps: 8 March to 5 April 28, to 20 May 45, to 5 June 16.
    tests = {
        "cut-off": [
            (day(written_day), "blood-count")
            for written_day in ("2019-06-05", "2019-02-20", "2019-05-20", "2019-04-05", "2019-07-09")
        ],
        "going-on": [(day("2021-06-10"), "thyroid")],
    }
    rows = [row for row in monitoring_table(DAYS, tests, ENDS) if row["patient"] == "cut-off"]
    assert [(row["action"], row["course"], row["due"]) for row in rows] == [("blood-count", 1, 4), ("thyroid", 1, 1)]
    count, thyroid = rows
    assert (count["done"], count["late"], count["missed"], count["overdue"]) == (2, 1, 0, 0)
    assert count["longest_gap_days"] == 45
    # Thyroid was tested in somebody else, so it is judged here too: due on 8 June, and overdue.
    assert (thyroid["done"], thyroid["late"], thyroid["missed"], thyroid["overdue"]) == (0, 0, 0, 1)
    assert thyroid["longest_gap_days"] is None
    # going-on: counted from 11 June, its last planned day; nothing is due yet, and 10 June is not after it.
    (row,) = [row for row in monitoring_table(DAYS, tests, ENDS) if row["patient"] == "going-on" and row["due"] == 0][
        1:
    ]
    assert (row["action"], row["longest_gap_days"]) == ("thyroid", None)
    # restarted: course 1 may go on in course 2, so only what follows course 2 is judged: 23 February to 23 June.
    restarted = [row for row in monitoring_table(DAYS, tests, ENDS) if row["patient"] == "restarted"]
    assert [(row["action"], row["course"], row["due"]) for row in restarted] == [
        ("blood-count", 2, 5),
        ("thyroid", 2, 1),
    ]
    # Blood counts of 23 February to 23 May are missed, as the next date has come; 23 June is overdue.
    assert (restarted[0]["missed"], restarted[0]["overdue"]) == (4, 1)


def test_the_last_date_before_a_course() -> None:
    # straight: course 1's dates are 8 April 2019 to 8 March 2020: 12. A record on 9 March, the first infusion, is the
    # last one's and 1 late; one on the 10th would be nobody's, and counts in no gap of course 1.
    for record, late, missed, gap in (("2020-03-09", 1, 11, 367), ("2020-03-10", 0, 12, None)):
        tests = {"straight": [(day(record), "creatinine")]}
        first, second = (row for row in monitoring_table(DAYS, tests, ENDS) if row["patient"] == "straight")
        assert (first["due"], first["done"], first["late"], first["missed"]) == (12, 0, late, missed)
        assert first["longest_gap_days"] == gap
        # Course 2: 11 April to 11 December: 9 dates, the last of them overdue on 31 December.
        assert (second["due"], second["missed"], second["overdue"], second["longest_gap_days"]) == (9, 8, 1, None)


def blood_counts(given: list[date], records: str, end: str) -> list[str]:
    """Return what became of each due date of the first series, up to the day of the question."""
    tests = {"p": [(day(record), "blood-count") for record in records.split()]}
    judged = judged_by_patient({"p": given}, {**tests, "q": [(day(end), "blood-count")]}, {"p": day(end)})["p"]
    return [due.state for due in judged[0].dates if due.day <= day(end)]


@pytest.mark.parametrize(
    ("records", "states"),
    [
        # From 7 March 2025: due on 7 April, and 30 days later on 7 May; 30 div 4 = 7, 30 div 2 = 15.
        ("2025-04-29", ["late", "due"]),  # 8 days before 7 May: April's
        ("2025-04-30", ["missed", "done"]),  # 7 days before: May's
        ("2025-04-07 2025-04-21", ["done", "due"]),  # 16 days before: extra
        ("2025-04-07 2025-04-22", ["done", "done"]),  # 15 days before: May's
        ("2025-03-22", ["missed", "due"]),  # 16 days before 7 April, 31 div 2 = 15: nobody's
        ("2025-03-23", ["done", "due"]),
        ("", ["missed", "due"]),  # missed on the day on which the next is due
    ],
)
def test_whose_record_it_is(records: str, states: list[str]) -> None:
    assert blood_counts(run("2025-03-03", 5), records, "2025-05-07") == states


def test_a_date_is_missed_once_the_next_has_its_record() -> None:
    # 1 June is 6 days before 7 June, at most 31 div 4 = 7: June's. On 2 June, May is missed.
    assert blood_counts(run("2025-03-03", 5), "2025-04-07 2025-06-01", "2025-06-02") == ["done", "missed"]
    assert blood_counts(run("2025-03-03", 5), "2025-04-07", "2025-06-02") == ["done", "overdue"]


def test_where_a_series_ends() -> None:
    # Last infusion 7 March 2025: 48 dates, the last on 7 March 2029, that day included.
    given = run("2025-03-03", 5)
    assert len(blood_counts(given, "", "2030-01-01")) == 48
    # The next would be 7 April 2029: a record on the 6th is the last date's, and late; on the 7th it is missed.
    assert blood_counts(given, "2029-04-06", "2029-04-06")[-1] == "late"
    assert blood_counts(given, "2029-04-07", "2029-04-07")[-1] == "missed"
    assert blood_counts(given, "", "2029-04-06")[-1] == "overdue"
    # Two records for the last date: the first is its own, and in time.
    assert blood_counts(given, "2029-03-06 2029-03-20", "2029-04-01")[-1] == "done"
    # A further course on the day of the 12th date: that date stays.
    assert blood_counts([*given, *run("2026-03-07", 3)], "2026-03-07", "2026-12-31") == ["missed"] * 11 + ["done"]


def test_a_course_that_may_go_on_is_not_judged() -> None:
    # Stopped after 5 January, gone on with on 5 July: 5 February to 5 July are dates of nobody knows which course.
    given = [*run("2021-01-04", 2), *run("2021-07-05", 3)]
    tests = {"p": [(day("2021-08-07"), "blood-count")]}
    rows = monitoring_table({"p": given}, tests, {"p": day("2021-08-10")})
    assert [(row["course"], row["due"], row["done"]) for row in rows] == [(2, 1, 1)]


def test_a_test_of_the_treatment_is_anchored_once() -> None:
    # straight: 8 March 2020, 2021, ... Looked at on 31 December 2020; 1 March 2020 is 7 days before: done.
    tests = {"straight": [(day("2020-03-01"), "skin-examination"), (day("2020-03-01"), "hpv")]}
    rows = [row for row in monitoring_table(DAYS, tests, ENDS) if row["patient"] == "straight"]
    assert [(row["action"], row["course"], row["due"], row["done"]) for row in rows] == [
        ("skin-examination", None, 1, 1),
        ("hpv", None, 1, 1),
    ]
    assert rows[0]["longest_gap_days"] == 359  # 8 March 2019 to 1 March 2020: 366 - 7
    # HPV screening applies to women: nobody else is judged.
    assert {row["patient"] for row in monitoring_table(DAYS, tests, ENDS) if row["action"] == "hpv"} == {"straight"}


# --- measures --------------------------------------------------------------------------------


def test_1_early_courses_by_year() -> None:
    # stopped 2019, straight 2020, leap 2021 (early); restarted has no clear boundary; the others have one course.
    assert early_courses_by_year(DAYS, ENDS) == {2019: Share(0, 1), 2020: Share(0, 1), 2021: Share(1, 1)}


def test_2_time_to_course_2() -> None:
    assert [time[1:] for time in times_to_course(DAYS, ENDS, 2)] == [
        (126, False),  # cut-off: 4 March to 8 July 2019: 27 + 30 + 31 + 30 + 8
        (56, False),  # delayed: 4 January to 1 March 2021: 27 + 28 + 1
        (3, False),  # going-on
        (369, True),  # leap: 25 February 2020 to 28 February 2021: 366 + 3
        (17, False),  # restarted: censored on 21 January, when it becomes unclear
        (371, True),  # stopped: 7 May 2018 to 13 May 2019: 365 + 6
        (371, True),  # straight: 4 March 2019 to 9 March 2020: 366 + 5
    ]


def test_3_time_to_a_third_course() -> None:
    days = {"p": [*DAYS["straight"], *run("2021-03-15", 3)], "q": DAYS["straight"], "r": DAYS["restarted"]}
    ends = dict.fromkeys(days, day("2021-12-31"))
    # 4 March 2019 to 15 March 2021: 366 + 365 + 11 = 742; to 31 December 2021: 731 + 302 = 1,033.
    assert [time[1:] for time in times_to_course(days, ends, 3)] == [(742, True), (1033, False), (17, False)]
    # Since course 2, 9 March 2020: 365 + 6 = 371; to 31 December 2021: 365 + 297 = 662.
    assert [time[:2] for time in times_to_course(days, ends, 3, since=2)] == [("p", 371), ("q", 662)]


def test_kaplan_meier_by_hand() -> None:
    # Day 100: 5 at risk, 1 begins: 4/5; one is censored that day, still at risk. Day 150: 3 at risk: 4/5 x 2/3 = 8/15.
    # Day 200: censored. Day 300: the last one at risk begins: 0.
    times = [
        Time("", days, began) for days, began in ((300, True), (100, False), (150, True), (200, False), (100, True))
    ]
    assert kaplan_meier(times) == [
        Step(100, 5, 1, Fraction(4, 5)),
        Step(150, 3, 1, Fraction(8, 15)),
        Step(300, 1, 1, Fraction(0)),
    ]
    steps = kaplan_meier(times)
    assert [without_on(steps, days) for days in (99, 100, 299, 300)] == [1, Fraction(4, 5), Fraction(8, 15), 0]
    assert median_days(steps) == 300
    assert median_days(steps[:2]) is None


def test_4_tests_before_courses() -> None:
    # 4 March 2019 - 30 = 2 February; 9 March 2020 - 30 = 8 February 2020.
    tests = {
        "straight": [
            (day("2019-02-01"), "thyroid"),  # 31 days before: too soon
            (day("2019-02-02"), "creatinine"),
            (day("2020-02-08"), "creatinine"),
            (day("2019-03-04"), "urinalysis"),  # the day itself: too late
            (day("2011-01-01"), "skin-examination"),
        ]
    }
    only = {"straight": DAYS["straight"]}
    found = {key: share for key, share in courses_tested_before(only, tests, ENDS).items() if share.counted}
    assert found == {
        ("creatinine", 1): Share(1, 1),
        ("creatinine", 2): Share(1, 1),
        ("skin-examination", 1): Share(1, 1),
    }
    everybody = courses_tested_before(DAYS, tests, ENDS)
    assert everybody["creatinine", 1] == Share(1, 7)  # all but the one with no infusion
    assert everybody["creatinine", 2] == Share(1, 3)  # straight, leap, stopped; restarted is unclear


def test_4_a_test_serves_one_course() -> None:
    # 1 March 2019 is 3 days before course 1 and 24 before a course 2 that came far too early, on 25 March.
    # The urine protein to creatinine ratio is asked for in a window: any record in it will do.
    days = {"p": [*run("2019-03-04", 5), *run("2019-03-25", 3)]}
    tests = {"p": [(day("2019-03-01"), "creatinine"), (day("2019-03-01"), "urine-protein-creatinine")]}
    found = courses_tested_before(days, tests, {"p": day("2020-01-01")})
    assert [found["creatinine", 1], found["creatinine", 2]] == [Share(1, 1), Share(0, 1)]
    assert [found["urine-protein-creatinine", number] for number in (1, 2)] == [Share(1, 1), Share(1, 1)]


def test_5_adherence() -> None:
    tests = {"cut-off": [(day(one), "blood-count") for one in ("2019-04-05", "2019-05-20", "2019-06-05")]}
    only = {"cut-off": DAYS["cut-off"]}
    assert adherence(only, tests, ENDS) == {"blood-count": Share(2, 4)}
    assert adherence_by_month(only, tests, ENDS) == {
        ("blood-count", 1): Share(1, 1),
        ("blood-count", 2): Share(0, 1),  # done, but 12 days late
        ("blood-count", 3): Share(1, 1),
        ("blood-count", 4): Share(0, 1),  # due on the day itself
    }


def test_6_without_a_third_course() -> None:
    # First infusion 4 March 2019. p: third course on 4 March 2021, the second anniversary itself. Both to 4 March 2022.
    days = {"p": [*DAYS["straight"], *run("2021-03-04", 3)], "q": DAYS["straight"], "r": DAYS["restarted"]}
    ends = {"p": day("2022-03-04"), "q": day("2022-03-03"), "r": day("2022-01-04")}
    assert without_third_course_by_year(days, ends) == {1: Share(2, 2), 2: Share(1, 2), 3: Share(0, 1)}


def test_7_person_time() -> None:
    # cut-off: 4 March to 8 July: 28 + 30 + 31 + 30 + 8 = 127 days, all of them in contraception.
    # straight: 127, and 9 March to 11 July 2020: 23 + 30 + 31 + 30 + 11 = 125; followed 668 days: 4 March 2019 to
    # 4 March 2020 366, to 31 December 302, both ends included + 1 = 669.
    only = {name: DAYS[name] for name in ("cut-off", "straight", "unborn")}
    assert person_time(only, ENDS) == PersonTime(127 + 127 + 125, 127 + 669)


def test_8_swimmers() -> None:
    lanes = swimmers(DAYS, ENDS, 8)
    assert [lane["patient"] for lane in lanes] == sorted(DAYS)
    leap = next(lane for lane in lanes if lane["patient"] == "leap")
    assert leap["given"] == DAYS["leap"]
    assert (leap["allowed"], leap["next"]) == ([day("2021-03-01")], day("2022-03-02"))
    restarted = next(lane for lane in lanes if lane["patient"] == "restarted")
    assert (restarted["given"], restarted["allowed"]) == (sorted(DAYS["restarted"]), [])
    assert len(swimmers(DAYS, ENDS, 3)) == 3


# --- months ----------------------------------------------------------------------------------


def test_months_at_the_end_of_a_month() -> None:
    assert str(months_later(day("2024-02-29"), 12)) == "2025-03-01"
    assert str(months_earlier(day("2024-02-29"), 12)) == "2025-02-28"
    assert [str(months_later(day(f"2025-10-{one}"), 4)) for one in (28, 29, 30, 31)] == [
        "2026-02-28",
        "2026-03-01",
        "2026-03-01",
        "2026-03-01",
    ]
    assert [str(months_earlier(day("2025-01-31"), months)) for months in (1, 2, 3, 4)] == [
        "2025-02-28",
        "2025-03-31",
        "2025-04-30",
        "2025-05-31",
    ]
    assert str(months_later(day("2025-12-31"), 2)) == "2026-03-01"  # December + 2 is February
    assert str(months_later(day("2025-11-30"), 3)) == "2026-03-01"
    assert str(months_earlier(day("2026-01-31"), -2)) == "2025-11-30"


@pytest.mark.parametrize("months", [1, 3, 4, 12, 48])
def test_months_on_every_day_of_a_century(months: int) -> None:
    walked_later, walked_earlier = table(months, "later"), table(months, "earlier")
    one = date(2000, 1, 1)
    while one < date(2100, 1, 1):
        assert months_later(one, months) == walked_later[one]
        assert months_earlier(one, months) == walked_earlier[one]
        one += timedelta(days=1)


# --- the seeded cohort -----------------------------------------------------------------------


def test_the_same_seed_makes_the_same_cohort() -> None:
    assert cohort(20) == cohort(20)
    assert cohort(20) != cohort(20, seed=1)
    assert cohort(25)["000020"] == cohort(20)["000020"]


@pytest.mark.parametrize(("patients", "seed"), [(2_000, SEED), (500, SEED_OF_500)])
def test_the_cohort_has_its_rare_patients(patients: int, seed: int) -> None:
    made = cohort(patients, seed)
    days, ends = exposure_days(made), ends_of_follow_up(made)
    courses = courses_table(days, ends)
    statuses = [course["status"] for course in courses]
    assert min(statuses.count(one) for one in ("in-progress", "interrupted")) >= 3
    assert statuses.count("partial") >= patients // 40
    assert sum(not course["boundary_clear"] for course in courses) >= patients // 200
    assert sum(course["early_days"] is not None for course in courses) >= patients // 40
    rows = [row for patient in made.values() for row in patient.infusions]
    assert {row["status"] for row in rows} == {"completed", "partial", "not-done", "entered-in-error"}
    assert any(row["date"] > made[name].censored_on for name in made for row in made[name].infusions)
    wanted = [len(courses_of("", days[name], date(2099, 12, 31))) for name in made]
    assert [round(100 * wanted.count(number) / patients) for number in (2, 3, 4, 5)] == pytest.approx(
        [62, 24, 11, 3], abs=4
    )


def test_months_of_adherence_add_up() -> None:
    made = cohort(60)
    days, tests, ends = exposure_days(made), observations(made), ends_of_follow_up(made)
    by_month = adherence_by_month(days, tests, ends)
    for test, share in adherence(days, tests, ends).items():
        of_test = [one for (name, _), one in by_month.items() if name == test]
        assert (sum(one.counted for one in of_test), sum(one.out_of for one in of_test)) == share
    assert {month for _, month in by_month} <= set(range(1, 49))


def test_two_oracles_agree() -> None:
    """The oracle of single patients, written another way and for any protocol, gives the same answers."""
    us = label("us-2024-05-r2")
    made = cohort(400)
    days, tests, ends = exposure_days(made), observations(made), ends_of_follow_up(made)
    judged = judged_by_patient(days, tests, ends)
    recorded = {code for one in tests.values() for _, code in one} - {"hpv"}
    odd = [name for name in made if any(not one["boundary_clear"] for one in courses_of(name, days[name], ends[name]))]
    for name in [*odd[:3], *list(made)[:3]]:
        end = ends[name]
        own = [{"date": done, "code": code} for done, code in tests[name] if done <= end]
        answer = judge(
            us,
            [{"row": place, "date": one} for place, one in enumerate(days[name]) if one <= end],
            end,
            observations=own,
            tests_recorded=sorted(recorded | {code for _, code in tests[name]}),
        )
        courses = courses_of(name, days[name], end)
        assert [(one["first_day"], one["infusions"], one["status"]) for one in answer["courses"]] == [
            (one["first_day"], one["infusions"], one["status"]) for one in courses
        ]
        assert answer["next"]["earliest"] == next_earliest(courses)
        assert {
            (
                one["action"],
                one["course"],
                one["longest_gap_days"],
                tuple((due["due"], due["state"]) for due in one["dates"]),
            )
            for one in answer["monitored"]
        } == {
            (
                one.series.action,
                one.series.course,
                one.longest_gap_days,
                tuple((due.day, due.state) for due in up_to_the_first_after(one.dates, end)),
            )
            for one in judged[name]
        }


def up_to_the_first_after(dates: Sequence[DueDate], end: date) -> list[DueDate]:
    """Keep every date up to the end of follow-up, and the first one after it."""
    after = [one for one in dates if one.day > end]
    return [*(one for one in dates if one.day <= end), *after[:1]]
