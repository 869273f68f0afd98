"""Conformance cases of recurring tests and of visits whose expectation was worked out by hand.

MTR-001 to 004 are the vectors V14, V15, V17 and V21, VIS-001 and 002 are V01, V05, V08 and V12 at a clinic without a
country. Append new cases at the end; never renumber.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from tests.oracle.case_parts import ADDED_LAST, Json, Request, case, clinic, numbered, patient
from tests.oracle.cases_by_hand import AFTER_COURSE_1, FIRST, NOTHING_GIVEN, SECOND, Expected, Worked, spelled_out
from tests.oracle.cases_of_tests import EU, JUDGED, US, VISITED

BASELINE = "2025-02-10"
AFTER_COURSE_2 = Expected(
    findings="-",
    courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-09 2026-03-11 3 complete",
    status="initial-treatment-complete",
    next="3 optional 2027-03-11 - -",
    contraception="2025-03-03 2025-07-07; 2026-03-09 2026-07-11",
    monitoring="2025-04-07 2030-03-11 60",
)
LABORATORY = ("blood-count", "creatinine", "liver-tests", "thyroid", "urinalysis")


def worked_tests() -> Iterator[Worked]:
    """Give all of them, in their order."""
    yield from dates_of_tests()
    yield from visits_of_plans()


def after(
    course: int,
    counts: str,
    gap: int | None,
    *dates: tuple[str | int, ...],
) -> Json:
    """Return what became of the blood counts after one course; `counts` are those done, late, missed, overdue."""
    done, late, missed, overdue = (int(count) for count in counts.split())
    return {
        "action": "blood-count",
        "course": course,
        "dates": [[*date, *[None] * (4 - len(date))] for date in dates],
        "done": done,
        "late": late,
        "missed": missed,
        "overdue": overdue,
        "longest_gap_days": gap,
    }


def counted(
    identifier: str,
    title: str,
    why: str,
    expected: Expected,
    *,
    judged: Sequence[Json],
    days: str,
    as_of: str,
    given: Sequence[list[Json]] = (FIRST,),
    protocol: str = US,
    **known: Any,
) -> Worked:
    """Return a case of blood counts, the one kind that is recorded."""
    observations = [{"date": day, "code": "blood-count"} for day in days.split()]
    asked = case(
        identifier,
        title,
        "S42",
        why,
        as_of=as_of,
        source=JUDGED,
        protocol=protocol,
        records=numbered(*given),
        known=patient(observations=observations, tests_recorded=["blood-count"], **known),
        tests_judged=True,
        added=ADDED_LAST,
    )
    return Worked(asked, {**spelled_out(expected), "tests_judged": list(judged)})


def dates_of_tests() -> Iterator[Worked]:
    """S42: course 1 on 3 to 7 March 2025, monthly dates on the 7th."""
    yield counted(
        "MTR-001",
        "A blood count three days after its day",
        "Due on 2025-04-07, 05-07, 06-07 (31 days after 05-07). 2025-05-10 is 28 days before 06-07, more than 31 "
        "div 4 = "
        "7, so it is 05-07's, 3 days late. Gaps: 31 days to 04-07, then 33.",
        AFTER_COURSE_1._replace(findings="test-late 1 -"),
        judged=[
            after(
                1,
                "1 1 0 0",
                33,
                ("2025-04-07", "done", "2025-04-07"),
                ("2025-05-07", "late", "2025-05-10", 3),
                ("2025-06-07", "due"),
            )
        ],
        days=f"{BASELINE} 2025-04-07 2025-05-10",
        as_of="2025-05-20",
    )
    yield counted(
        "MTR-002",
        "A blood count one day before the date after next",
        "2025-04-06 is 1 day before 04-07, at most 31 div 2 = 15: done. 2025-06-06 is 1 day before 06-07, not "
        "more than "
        "31 div 4 = 7: it is 06-07's, and 05-07 is missed, a note since a later one is done. Gaps: 30 days to 04-06, "
        "then 24 + 31 + 6 = 61.",
        AFTER_COURSE_1._replace(findings="test-missed 1 -"),
        judged=[
            after(
                1,
                "2 0 1 0",
                61,
                ("2025-04-07", "done", "2025-04-06"),
                ("2025-05-07", "missed"),
                ("2025-06-07", "done", "2025-06-06"),
                ("2025-07-07", "due"),
            )
        ],
        days=f"{BASELINE} 2025-04-06 2025-06-06",
        as_of="2025-06-08",
    )
    yield counted(
        "MTR-003",
        "A blood count that is repeated after two days",
        "2025-04-09 finds 04-07 served, and is 28 days before 05-07, more than 30 div 2 = 15: extra. 05-07 is "
        "overdue on "
        "05-08. Gaps: 31 days to 04-07, then 2.",
        AFTER_COURSE_1._replace(findings="test-overdue 1 -"),
        judged=[
            after(
                1,
                "1 0 0 1",
                31,
                ("2025-04-07", "done", "2025-04-07"),
                ("2025-05-07", "overdue"),
                ("2025-06-07", "due"),
            )
        ],
        days=f"{BASELINE} 2025-04-07 2025-04-09",
        as_of="2025-05-08",
    )
    missed = [*[f"2025-{month:02d}" for month in range(4, 13)], "2026-01"]
    yield counted(
        "MTR-004",
        "The last blood counts before course 2, one of them on its first infusion day",
        "Month 12 is 2026-03-07; it takes a record up to 2026-03-09, the first infusion of course 2, inclusive: 2 days "
        "late. 2026-02-07 is done, and is in the window 2026-02-07 to 03-08 (2026-03-09 - 30 = 02-07), so it is the "
        "baseline of course 2 too. The ten dates before are missed, a note. The first date of course 2 is 2026-04-11. "
        "Gap: 2025-03-07 to 2026-02-07 = 365 - 28 = 337.",
        AFTER_COURSE_2._replace(findings="test-late 1 -; test-missed 1 -"),
        judged=[
            after(
                1,
                "1 1 10 0",
                337,
                *[(f"{month}-07", "missed") for month in missed],
                ("2026-02-07", "done", "2026-02-07"),
                ("2026-03-07", "late", "2026-03-09", 2),
            ),
            after(2, "0 0 0 0", None, ("2026-04-11", "due")),
        ],
        days=f"{BASELINE} 2026-02-07 2026-03-09",
        as_of="2026-03-20",
        given=(FIRST, SECOND),
    )
    yield counted(
        "MTR-005",
        "Somebody accepted that blood counts are missing",
        "The override of 2025-05-07 covers 04-07 and 05-07, its own day included, and a note says who accepted them; "
        "06-07 is overdue on 06-08. No record after the last infusion: no gap.",
        AFTER_COURSE_1._replace(findings="overridden 1 -; test-overdue 1 -"),
        judged=[
            after(
                1,
                "0 0 0 1",
                None,
                ("2025-04-07", "waived"),
                ("2025-05-07", "waived"),
                ("2025-06-07", "overdue"),
                ("2025-07-07", "due"),
            )
        ],
        days=BASELINE,
        as_of="2025-06-08",
        overrides=[{"code": "test-overdue", "test": "blood-count", "by": "Dr A", "why": "abroad", "on": "2025-05-07"}],
    )
    yield counted(
        "MTR-006",
        "EU: a baseline of three months before, and the first blood count done",
        "Before course 1 the EU file names no span: 2024-12-01 serves. 2025-04-07 is done on its day, 31 days after "
        "2025-03-07.",
        AFTER_COURSE_1,
        judged=[after(1, "1 0 0 0", 31, ("2025-04-07", "done", "2025-04-07"), ("2025-05-07", "due"))],
        days="2024-12-01 2025-04-07",
        as_of="2025-04-10",
        protocol=EU,
    )


def of_tests(*parts: str) -> list[str]:
    """Return the ids of the five laboratory tests, each with these parts: "course-1/3"."""
    return [f"{test}/{part}" for test in LABORATORY for part in parts]


def planned(
    identifier: str,
    title: str,
    why: str,
    expected: Expected,
    *,
    count: int,
    listed: Sequence[Sequence[Any]],
    at: Json,
    request: Request,
    protocol: str = US,
) -> Worked:
    """Return a case of the visits of a plan."""
    asked = case(
        identifier,
        title,
        "S40 S41",
        why,
        as_of="2026-11-22",
        source=VISITED,
        protocol=protocol,
        at=at,
        plan=request,
        added=ADDED_LAST,
    )
    by_hand = spelled_out(expected)
    first_day, last_day = request.visits or ("", "")
    by_hand["plan"]["visits"] = {
        "first_day": first_day,
        "last_day": last_day,
        "count": count,
        "listed": [list(visit) for visit in listed],
    }
    return Worked(asked, by_hand)


def visits_of_plans() -> Iterator[Worked]:
    """S40 and S41: course 1 on 11 to 15 January 2027, course 2 on 18 to 20 January 2028."""
    closures = {"2028-01-17": "Martin Luther King Jr. Day"}
    two_courses = NOTHING_GIVEN._replace(
        contraception="2027-01-11 2027-05-15; 2028-01-18 2028-05-20",
        monitoring="2027-02-15 2032-01-20 60",
        plan="2027-01-11 2: 2027-01-11 2027-01-15; 2028-01-18 2028-01-20",
    )
    monthly = ("blood-count", "creatinine", "liver-tests", "urinalysis")
    yield planned(
        "VIS-001",
        "The first visits of a treatment",
        "The eve of course 1 is Sunday 2027-01-10, so Friday 2027-01-08. Monthly from 2027-01-15: Monday 02-15, Monday "
        "03-15, Thursday 04-15, which is also 1 x 3 months: thyroid 1. Laboratory visits: 12 + 48 monthly ones and the "
        "baseline of course 1 (that of course 2 is on the month-12 day): 61. Skin examinations: the baseline and 5 "
        "yearly ones to 2032-01-15 (monitoring ends on 2032-01-20); HPV: 5. Together 72.",
        two_courses,
        count=72,
        listed=[
            [
                "laboratory/course-1/baseline",
                "2027-01-10",
                "2027-01-08",
                [*of_tests("course-1/baseline"), "urine-protein-creatinine/course-1"],
            ],
            [
                "skin-examination-visit/treatment/baseline",
                "2027-01-10",
                "2027-01-08",
                ["skin-examination/treatment/baseline"],
            ],
            ["laboratory/course-1/1", "2027-02-15", "2027-02-15", [f"{test}/course-1/1" for test in monthly]],
            ["laboratory/course-1/2", "2027-03-15", "2027-03-15", [f"{test}/course-1/2" for test in monthly]],
            [
                "laboratory/course-1/3",
                "2027-04-15",
                "2027-04-15",
                [f"{test}/course-1/{1 if test == 'thyroid' else 3}" for test in LABORATORY],
            ],
        ],
        at=clinic(closures=closures),
        request=Request("2027-01-11", 2, visits=("2027-01-01", "2027-04-30")),
    )
    yield planned(
        "VIS-002",
        "A visit that serves as the baseline of course 2, its results a week before it",
        "Month 12 of course 1, Saturday 2028-01-15, is 3 days before 2028-01-18, at most 14: the baseline of course 2, "
        "and the ratio's window 2027-12-19 to 2028-01-17 holds it. 2028-01-18 - 7 = Tuesday 2028-01-11, 4 days "
        "early (at "
        "most 31 div 2 = 15). The yearly examinations of that Saturday: Friday 2028-01-14.",
        two_courses,
        count=72,
        listed=[
            ["hpv-visit/treatment/12", "2028-01-15", "2028-01-14", ["hpv/treatment/1"]],
            [
                "laboratory/course-1/12",
                "2028-01-15",
                "2028-01-11",
                [
                    *[
                        f"{test}/{part}"
                        for test in LABORATORY
                        for part in (f"course-1/{4 if test == 'thyroid' else 12}", "course-2/baseline")
                    ],
                    "urine-protein-creatinine/course-2",
                ],
            ],
            ["skin-examination-visit/treatment/12", "2028-01-15", "2028-01-14", ["skin-examination/treatment/1"]],
        ],
        at=clinic(closures=closures, results_days=7),
        request=Request("2027-01-11", 2, visits=("2028-01-01", "2028-01-31")),
    )
    yield planned(
        "VIS-003",
        "EU: the first visits after one course",
        "The eve of course 1 is Sunday 2027-01-10, so Friday 2027-01-08; month 1 is Monday 2027-02-15. 48 "
        "monthly ones, "
        "the baseline, and 4 yearly screenings to 2031-01-15: 53.",
        NOTHING_GIVEN._replace(
            contraception="2027-01-11 2027-05-15",
            monitoring="2027-02-15 2031-01-15 48",
            plan="2027-01-11 1: 2027-01-11 2027-01-15",
        ),
        count=53,
        listed=[
            ["laboratory/course-1/baseline", "2027-01-10", "2027-01-08", of_tests("course-1/baseline")],
            ["laboratory/course-1/1", "2027-02-15", "2027-02-15", [f"{test}/course-1/1" for test in monthly]],
        ],
        at=clinic(),
        request=Request("2027-01-11", 1, visits=("2027-01-01", "2027-02-28")),
        protocol=EU,
    )
