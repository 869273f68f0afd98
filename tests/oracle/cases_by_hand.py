"""The first conformance cases: what is expected of each was worked out by hand, and `why` holds the arithmetic.

`worked_by_hand` gives each case together with the expectation written here; it must be what the oracle finds.
A dash stands for "none". Append new cases at the end; never renumber.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.oracle.case_parts import (
    ADDED_LATER,
    Json,
    Request,
    case,
    changed,
    clinic,
    decision,
    numbered,
    on,
    patient,
    run,
)

# Where the rule of a case was read.
US_2 = "us-2024-05 course 2: faq (one year later); its anchor is a convention"
US_3 = "us-2024-05 course 3 and later: uspi-2-3 (at least 12 months after the last dose)"
EU_3 = "eu-2020-01 courses 3 and 4: mims (at least 12 months after the prior course); the day is a convention"
GAP = "course_gap_days: pc4, a convention"
LENGTH = "courses: infusion_days (faq)"
RECORDS = "library convention (S04)"
FUTURE = "library convention (S05)"
DAY = "infusion_day: uspi-dose, faq"
LIMIT_EU = "eu-2020-01 maximum_courses: epar"
LIMIT_US = "us-2024-05 data_limited_beyond: hcp"
AGE = "minimum_age, adult_age: faq"
AGE_EU = "eu-2020-01 minimum_age: au-cmi"
NEXT = "forecast in the words of CDC's CDSi (S13)"
DECIDED = "library convention (S10): a clinician decides"
PLACED = "courses are placed as one block of open days"
CONTRACEPTION = "contraception: faq, until 4 months after the last infusion"

# Monday 3 to Friday 7 March 2025, and Monday 9 to Wednesday 11 March 2026.
FIRST = run("2025-03-03", 5)
SECOND = run("2026-03-09", 3)
AUTUMN_2026 = "2026-11-22"
AUTUMN_2027 = "2027-11-22"


class Worked(NamedTuple):
    """A case, and the expectation worked out by hand."""

    case: Json
    by_hand: Json


class Expected(NamedTuple):
    """What is expected, in short: items are parted by semicolons, a dash is none."""

    findings: str
    courses: str
    status: str
    next: str
    contraception: str
    monitoring: str
    plan: str = "-"
    prophylaxis: str = "-"
    not_assessed: str = ""
    """Nothing: the case does not ask."""


def worked_by_hand() -> Iterator[Worked]:
    """Give all of them, in their order."""
    yield from intervals_of_course_2()
    yield from intervals_of_course_3()
    yield from tolerance()
    yield from one_course_or_two()
    yield from course_status()
    yield from records_that_count()
    yield from future_records()
    yield from infusion_days()
    yield from limits()
    yield from ages()
    yield from what_comes_next()
    yield from decisions()
    yield from plans()
    yield from further()
    yield from the_course_before()
    yield from numbers_with_gaps()
    yield from contradicting_numbers()
    yield from codes()
    yield from tests_on_record()
    yield from one_more_infusion()
    yield from doses_and_times()


# --- S11, course 2 ---------------------------------------------------------------------------


def intervals_of_course_2() -> Iterator[Worked]:
    """Course 1 on Monday 3 to Friday 7 March 2025; course 2 on ever other days."""

    def second(
        identifier: str, title: str, first_day: str, why: str, expected: Expected, *, course_1: list[Json] = FIRST
    ) -> Worked:
        records = numbered(course_1, run(first_day, 3))
        asked = case(identifier, title, "S02 S11", why, as_of=AUTUMN_2026, source=US_2, records=records)
        return Worked(asked, spelled_out(expected))

    yield second(
        "INT-2-001",
        "Course 2 on the anniversary of the last infusion of course 1",
        "2026-03-07",
        "Course 1 ended on Friday 2025-03-07; + 12 months = Saturday 2026-03-07. Course 2 began on that very day, and "
        "the anniversary itself is allowed. Its last infusion is 2026-03-09, so course 3 may begin from 2027-03-09. "
        "Contraception: 2025-03-07 + 4 months = 2025-07-07, and 2026-03-09 + 4 months = 2026-07-09. Blood counts on "
        "the 7th from 2025-04-07; the 12th, 2026-03-07, is the day of the next first infusion and stays; then 48 on "
        "the 9th to 2030-03-09: 12 + 48 = 60.",
        Expected(
            findings="-",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-07 2026-03-09 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2027-03-09 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-07 2026-07-09",
            monitoring="2025-04-07 2030-03-09 60",
        ),
    )
    yield second(
        "INT-2-002",
        "Course 2 one day before the anniversary of the last infusion of course 1",
        "2026-03-06",
        "Course 1 ended on Friday 2025-03-07; + 12 months = Saturday 2026-03-07. Course 2 began on Friday 2026-03-06, "
        "one day before. 12 months from the FIRST infusion, 2025-03-03, is 2026-03-03: already past. Between the two "
        "anchors course 2 is a warning, anchor-not-named, on its first record, row 6. It counts all the same: "
        "2026-03-08 + 12 months = 2027-03-08. The 12th blood count of course 1 would be due on 2026-03-07, after the "
        "first infusion of course 2: it falls away, 11 + 48 = 59.",
        Expected(
            findings="anchor-not-named 2 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-06 2026-03-08 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2027-03-08 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-06 2026-07-08",
            monitoring="2025-04-07 2030-03-08 59",
        ),
    )
    yield second(
        "INT-2-003",
        "Course 2 one day after the anniversary of the last infusion of course 1",
        "2026-03-08",
        "Course 1 ended on 2025-03-07; + 12 months = 2026-03-07; course 2 began on Sunday 2026-03-08, one day later: "
        "fine. Last infusion 2026-03-10: course 3 from 2027-03-10. Blood counts: the 12th of course 1 on 2026-03-07 "
        "is before 2026-03-08 and stays; 12 + 48 = 60, the last on 2030-03-10.",
        Expected(
            findings="-",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-08 2026-03-10 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2027-03-10 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-08 2026-07-10",
            monitoring="2025-04-07 2030-03-10 60",
        ),
    )
    yield second(
        "INT-2-004",
        "Course 2 on the anniversary of the first infusion of course 1",
        "2026-03-03",
        "Course 1 ran from Monday 2025-03-03 to Friday 2025-03-07. First infusion + 12 months = Tuesday 2026-03-03, "
        "last + 12 months = Saturday 2026-03-07. Course 2 began on 2026-03-03: the first day on which this is only a "
        "warning, because the label names no anchor for course 2 (the trials counted months 0 and 12). Last infusion "
        "2026-03-05: course 3 from 2027-03-05. Blood counts of course 1 up to 2026-02-07: 11; then 48.",
        Expected(
            findings="anchor-not-named 2 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-03 2026-03-05 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2027-03-05 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-03 2026-07-05",
            monitoring="2025-04-07 2030-03-05 59",
        ),
    )
    yield second(
        "INT-2-005",
        "Course 2 one day before the anniversary of the first infusion of course 1",
        "2026-03-02",
        "First infusion of course 1, 2025-03-03, + 12 months = 2026-03-03. Course 2 began on Monday 2026-03-02, one "
        "day before: too early by either anchor, so an error on row 6. S12: it counts, is never repeated, and anchors "
        "what follows: given 2026-03-02 to 2026-03-04, so course 3 from 2027-03-04.",
        Expected(
            findings="interval-below-minimum 2 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-02 2026-03-04 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2027-03-04 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-02 2026-07-04",
            monitoring="2025-04-07 2030-03-04 59",
        ),
    )
    yield second(
        "INT-2-006",
        "Course 2 half a year late",
        "2026-09-07",
        "Course 2 was allowed from 2026-03-07 and began on Monday 2026-09-07, six months late. No label sets a longest "
        "interval, so nothing is wrong. Blood counts of course 1 go on every month in between: from 2025-04-07 the "
        "18th falls on 2026-09-07, the day of the first infusion, and stays; 18 + 48 = 66, the last on 2030-09-09.",
        Expected(
            findings="-",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-09-07 2026-09-09 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2027-09-09 - -",
            contraception="2025-03-03 2025-07-07; 2026-09-07 2027-01-09",
            monitoring="2025-04-07 2030-09-09 66",
        ),
    )
    yield second(
        "INT-2-007",
        "Course 2 half a year early",
        "2025-09-01",
        "Course 1 was complete (5 of 5 days), so a further course after more than 15 days is course 2, however early: "
        "Monday 2025-09-01 is far before 2026-03-03, an error. Course 3 counts from its last infusion, 2025-09-03: "
        "2026-09-03, past on 2026-11-22, and an optional course is never due. Blood counts of course 1 on 7 April, "
        "May, June, July and August 2025, that is 5; then 48 to 2029-09-03: 53.",
        Expected(
            findings="interval-below-minimum 2 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2025-09-01 2025-09-03 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2026-09-03 - -",
            contraception="2025-03-03 2025-07-07; 2025-09-01 2026-01-03",
            monitoring="2025-04-07 2029-09-03 53",
        ),
    )
    leap = run("2024-02-25", 5)
    yield second(
        "INT-2-008",
        "Course 1 ended on 29 February; course 2 on 28 February of the year after",
        "2025-02-28",
        "Course 1 ran from Sunday 2024-02-25 to Thursday 2024-02-29. 2025 has no 29 February, and a minimum interval "
        "rounds later: 2025-03-01. Course 2 began on 2025-02-28, one day before; first infusion + 12 months is "
        "2025-02-25, already past: a warning. Blood counts are deadlines and round earlier: the 12th is due on "
        "2025-02-28, the day of the first infusion, and stays: 12 + 48 = 60. Last infusion 2025-03-02: course 3 from "
        "2026-03-02. Contraception 2024-02-29 + 4 months = 2024-06-29.",
        Expected(
            findings="anchor-not-named 2 6",
            courses="1 2024-02-25 2024-02-29 5 complete; 2 2025-02-28 2025-03-02 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2026-03-02 - -",
            contraception="2024-02-25 2024-06-29; 2025-02-28 2025-07-02",
            monitoring="2024-03-29 2029-03-02 60",
        ),
        course_1=leap,
    )
    yield second(
        "INT-2-009",
        "Course 1 ended on 29 February; course 2 on 1 March of the year after",
        "2025-03-01",
        "2024-02-29 + 12 months: 29 February 2025 does not exist, so later: 2025-03-01. Course 2 began on that day: "
        "fine. The 12th blood count, 2025-02-28 (rounded earlier), is before it and stays: 12 + 48 = 60, the last on "
        "2029-03-03. Course 3 from 2025-03-03 + 12 months = 2026-03-03.",
        Expected(
            findings="-",
            courses="1 2024-02-25 2024-02-29 5 complete; 2 2025-03-01 2025-03-03 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2026-03-03 - -",
            contraception="2024-02-25 2024-06-29; 2025-03-01 2025-07-03",
            monitoring="2024-03-29 2029-03-03 60",
        ),
        course_1=leap,
    )


# --- S11, course 3 ---------------------------------------------------------------------------


def intervals_of_course_3() -> Iterator[Worked]:
    """After courses on 3 to 7 March 2025 and 9 to 11 March 2026."""

    def third(
        identifier: str, title: str, first_day: str, why: str, expected: Expected, *, protocol: str = "us-2024-05"
    ) -> Worked:
        records = numbered(FIRST, SECOND, run(first_day, 3))
        source = US_3 if protocol == "us-2024-05" else EU_3
        asked = case(
            identifier, title, "S11", why, as_of=AUTUMN_2027, source=source, protocol=protocol, records=records
        )
        return Worked(asked, spelled_out(expected))

    before = "1 2025-03-03 2025-03-07 5 complete; 2 2026-03-09 2026-03-11 3 complete; "
    yield third(
        "INT-3-001",
        "Course 3 on the anniversary of the last infusion of course 2",
        "2027-03-11",
        "Course 2 ended on Wednesday 2026-03-11; + 12 months = Thursday 2027-03-11, the day on which course 3 began: "
        "fine. Blood counts: 12 of course 1 (the last on 2026-03-07, before 2026-03-09), 12 of course 2 (the last on "
        "2027-03-11 itself), 48 of course 3 to 2031-03-13: 72. Course 4 from 2027-03-13 + 12 months = 2028-03-13.",
        Expected(
            findings="-",
            courses=before + "3 2027-03-11 2027-03-13 3 complete",
            status="additional-course-given",
            next="4 optional 2028-03-13 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-09 2026-07-11; 2027-03-11 2027-07-13",
            monitoring="2025-04-07 2031-03-13 72",
        ),
    )
    yield third(
        "INT-3-002",
        "Course 3 one day before the anniversary of the last infusion of course 2",
        "2027-03-10",
        "Course 2 ended on 2026-03-11; + 12 months = 2027-03-11; course 3 began on 2027-03-10, one day before. From "
        "course 3 on the label names the anchor, the last dose, so this is an error and no mere warning, although the "
        "first infusion of course 2 + 12 months is 2027-03-09. Its first record is row 9 (5 + 3 + 1). The blood count "
        "due on 2027-03-11 falls away: 12 + 11 + 48 = 71.",
        Expected(
            findings="interval-below-minimum 3 9",
            courses=before + "3 2027-03-10 2027-03-12 3 complete",
            status="additional-course-given",
            next="4 optional 2028-03-12 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-09 2026-07-11; 2027-03-10 2027-07-12",
            monitoring="2025-04-07 2031-03-12 71",
        ),
    )
    yield third(
        "INT-3-003",
        "Course 3 one day after the anniversary of the last infusion of course 2",
        "2027-03-12",
        "Course 2 ended on 2026-03-11; + 12 months = 2027-03-11; course 3 began one day later, on 2027-03-12: fine. "
        "12 + 12 + 48 = 72 blood counts, the last on 2027-03-14 + 48 months = 2031-03-14.",
        Expected(
            findings="-",
            courses=before + "3 2027-03-12 2027-03-14 3 complete",
            status="additional-course-given",
            next="4 optional 2028-03-14 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-09 2026-07-11; 2027-03-12 2027-07-14",
            monitoring="2025-04-07 2031-03-14 72",
        ),
    )
    yield third(
        "INT-3-004",
        "Course 3 on the anniversary of the first infusion of course 2",
        "2027-03-09",
        "First infusion of course 2, 2026-03-09, + 12 months = 2027-03-09. For course 2 this would be a warning, for "
        "course 3 it is an error: the minimum is 2026-03-11 + 12 months = 2027-03-11. Course 4 counts from the days "
        "really given: 2027-03-11 + 12 months = 2028-03-11. Contraception to 2027-03-11 + 4 months = 2027-07-11.",
        Expected(
            findings="interval-below-minimum 3 9",
            courses=before + "3 2027-03-09 2027-03-11 3 complete",
            status="additional-course-given",
            next="4 optional 2028-03-11 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-09 2026-07-11; 2027-03-09 2027-07-11",
            monitoring="2025-04-07 2031-03-11 71",
        ),
    )
    yield third(
        "INT-3-005",
        "EU: course 3 one day before the anniversary of the last infusion of course 2",
        "2027-03-10",
        "The EU text says 12 months after the prior course and names no day; the library counts from its last "
        "infusion, 2026-03-11: 2027-03-11. Course 3 began on 2027-03-10, one day before: an error, for the EU file "
        "has no warn_only_from on course 3. A fourth course is still allowed (at most 4 in all), from 2028-03-12.",
        Expected(
            findings="interval-below-minimum 3 9",
            courses=before + "3 2027-03-10 2027-03-12 3 complete",
            status="additional-course-given",
            next="4 optional 2028-03-12 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-09 2026-07-11; 2027-03-10 2027-07-12",
            monitoring="2025-04-07 2031-03-12 71",
        ),
        protocol="eu-2020-01",
    )


# --- tolerance -------------------------------------------------------------------------------


def tolerance() -> Iterator[Worked]:
    """A tolerance of some days turns the error into the warning that it was used; nothing else."""

    def tolerated(
        identifier: str,
        title: str,
        records: list[Json],
        why: str,
        expected: Expected,
        *,
        days: int,
        as_of: str = AUTUMN_2026,
    ) -> Worked:
        source = "evaluate(tolerance_days=…): intervals only, its use reported"
        asked = case(identifier, title, "S11", why, as_of=as_of, source=source, records=records, tolerance_days=days)
        return Worked(asked, spelled_out(expected))

    yield tolerated(
        "TOL-001",
        "One day of tolerance, course 2 one day before either anchor",
        numbered(FIRST, run("2026-03-02", 3)),
        "The earliest day of course 2 that is no error is first infusion + 12 months = 2026-03-03. Less one day of "
        "tolerance: 2026-03-02, the day on which it began. So within-tolerance instead of the error. Dates after it "
        "do not change: course 3 from 2026-03-04 + 12 months = 2027-03-04.",
        Expected(
            findings="within-tolerance 2 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-02 2026-03-04 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2027-03-04 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-02 2026-07-04",
            monitoring="2025-04-07 2030-03-04 59",
        ),
        days=1,
    )
    yield tolerated(
        "TOL-002",
        "One day of tolerance, course 2 two days before either anchor",
        numbered(FIRST, run("2026-03-01", 3)),
        "2026-03-03 less one day of tolerance is 2026-03-02; course 2 began on 2026-03-01, one day before that: the "
        "error stands. Course 3 from 2026-03-03 + 12 months = 2027-03-03.",
        Expected(
            findings="interval-below-minimum 2 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-01 2026-03-03 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2027-03-03 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-01 2026-07-03",
            monitoring="2025-04-07 2030-03-03 59",
        ),
        days=1,
    )
    yield tolerated(
        "TOL-003",
        "Three days of tolerance, course 3 three days early",
        numbered(FIRST, SECOND, run("2027-03-08", 3)),
        "Course 3 has one anchor only: 2026-03-11 + 12 months = 2027-03-11. Less three days = 2027-03-08, the day on "
        "which it began: within-tolerance on its first record, row 9. Course 4 from 2027-03-10 + 12 months = "
        "2028-03-10. The blood count of 2027-03-11 falls away: 12 + 11 + 48 = 71.",
        Expected(
            findings="within-tolerance 3 9",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-09 2026-03-11 3 complete; "
            "3 2027-03-08 2027-03-10 3 complete",
            status="additional-course-given",
            next="4 optional 2028-03-10 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-09 2026-07-11; 2027-03-08 2027-07-10",
            monitoring="2025-04-07 2031-03-10 71",
        ),
        days=3,
        as_of=AUTUMN_2027,
    )
    yield tolerated(
        "TOL-004",
        "Four days of tolerance do not hide the warning between the anchors",
        numbered(FIRST, run("2026-03-06", 3)),
        "Course 2 on 2026-03-06 lies between first + 12 months (2026-03-03) and last + 12 months (2026-03-07): a "
        "warning, and no error for the tolerance to soften. anchor-not-named stays as it is.",
        Expected(
            findings="anchor-not-named 2 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-06 2026-03-08 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2027-03-08 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-06 2026-07-08",
            monitoring="2025-04-07 2030-03-08 59",
        ),
        days=4,
    )


# --- S07 -------------------------------------------------------------------------------------


def one_course_or_two() -> Iterator[Worked]:
    """Gaps, course numbers, and boundaries that are unclear."""

    def told_apart(
        identifier: str,
        title: str,
        records: list[Json],
        why: str,
        expected: Expected,
        *,
        rules: str = "S07",
        as_of: str = "2025-04-01",
    ) -> Worked:
        asked = case(identifier, title, rules, why, as_of=as_of, source=GAP, records=records)
        return Worked(asked, spelled_out(expected))

    yield told_apart(
        "CRS-001",
        "A fifth day 15 days after the fourth is the same course",
        numbered(run("2025-03-04", 4), on("2025-03-22")),
        "From Friday 2025-03-07 to Saturday 2025-03-22 are 22 - 7 = 15 days: up to 15 it is the same course. 4 + 1 = "
        "5 days, complete, but not consecutive: the first record after the gap is row 5. Course 2 from 2025-03-22 + "
        "12 months = 2026-03-22. Contraception to 2025-07-22, 48 blood counts from 2025-04-22 to 2029-03-22.",
        Expected(
            findings="course-not-consecutive 1 5",
            courses="1 2025-03-04 2025-03-22 5 complete",
            status="awaiting-course-2",
            next="2 not-due 2026-03-22 2026-03-22 -",
            contraception="2025-03-04 2025-07-22",
            monitoring="2025-04-22 2029-03-22 48",
        ),
    )
    yield told_apart(
        "CRS-002",
        "Days from 16 days after a short course on: an unclear boundary",
        numbered(run("2025-03-04", 4), run("2025-03-23", 3)),
        "From 2025-03-07 to 2025-03-23 are 16 days, above 15: a new course. But course 1 had 4 of 5 days, and "
        "2025-03-23 is before 2025-03-07 + 12 months = 2026-03-07: it may be either. A warning and "
        "needs-clinical-decision on row 5, the first record of the later course; no interval is judged there. Course "
        "1 is partial from 2025-03-07 + 16 days = 2025-03-23 on: course-incomplete on its last record, row 4. No next "
        "day. Contraception: 2025-03-04 to 2025-07-07 and 2025-03-23 to 2025-07-25 overlap, one period. Blood counts: "
        "the first of course 1 would be 2025-04-07, after 2025-03-23: none; then 48 from 2025-04-25.",
        Expected(
            findings="course-boundary-unclear 2 5; course-incomplete 1 4; needs-clinical-decision 2 5",
            courses="1 2025-03-04 2025-03-07 4 partial; 2 2025-03-23 2025-03-25 3 complete",
            status="needs-clinical-decision",
            next="3 needs-clinical-decision - - -",
            contraception="2025-03-04 2025-07-25",
            monitoring="2025-04-25 2029-03-25 48",
        ),
    )
    yield told_apart(
        "CRS-003",
        "Days from 16 days after a complete course on: course 2, much too early",
        numbered(FIRST, run("2025-03-23", 3)),
        "Course 1 had its 5 days, so there is nothing to be gone on with: 16 days after 2025-03-07 a new course "
        "begins, clearly. 2025-03-23 is before 2025-03-03 + 12 months = 2026-03-03: an error on row 6. Course 3 from "
        "2025-03-25 + 12 months = 2026-03-25. Contraception 2025-03-03 to 2025-07-07 and to 2025-07-25: one period.",
        Expected(
            findings="interval-below-minimum 2 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2025-03-23 2025-03-25 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2026-03-25 - -",
            contraception="2025-03-03 2025-07-25",
            monitoring="2025-04-25 2029-03-25 48",
        ),
        rules="S07 S11",
    )
    yield told_apart(
        "CRS-004",
        "Two course numbers within a short gap contradict the dates",
        numbered(run("2025-03-03", 5, course=1), run("2025-03-12", 3, course=2)),
        "From 2025-03-07 to 2025-03-12 are 5 days, by the gap one course of 8 days. The records say course 1 and "
        "course 2, and that wins: two courses, no extra infusions. Differently numbered days within 15 days contradict "
        "the dates: an error on the later course, row 6. The interval is not judged, and no next day is named.",
        Expected(
            findings="course-numbers-contradict 2 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2025-03-12 2025-03-14 3 complete",
            status="needs-clinical-decision",
            next="3 needs-clinical-decision - - -",
            contraception="2025-03-03 2025-07-14",
            monitoring="2025-04-14 2029-03-14 48",
        ),
        rules="S07 S30",
    )
    yield told_apart(
        "CRS-005",
        "The record's own course number wins over a long gap",
        numbered(run("2025-03-03", 4, course=1), on("2025-03-26", course=1)),
        "From 2025-03-06 to 2025-03-26 are 20 days, by the gap a new course. All records say course 1: one course of "
        "4 + 1 = 5 days, complete, not consecutive (row 5). Course 2 from 2025-03-26 + 12 months = 2026-03-26.",
        Expected(
            findings="course-not-consecutive 1 5",
            courses="1 2025-03-03 2025-03-26 5 complete",
            status="awaiting-course-2",
            next="2 not-due 2026-03-26 2026-03-26 -",
            contraception="2025-03-03 2025-07-26",
            monitoring="2025-04-26 2029-03-26 48",
        ),
    )
    yield told_apart(
        "CRS-006",
        "A short course followed by a course on the anniversary is settled",
        numbered(run("2025-03-03", 4), run("2026-03-06", 3)),
        "Course 1 had 4 of 5 days, the last on Thursday 2025-03-06; + 12 months = 2026-03-06, the day on which the "
        "next days began. The gap is not below the minimum, so the boundary is clear: course 1 is settled as partial, "
        "its course-incomplete stays (row 4, its last), and course 2 is judged as usual: fine. Blood counts: the 12th "
        "of course 1 on 2026-03-06 stays; 12 + 48 = 60, the last on 2030-03-08.",
        Expected(
            findings="course-incomplete 1 4",
            courses="1 2025-03-03 2025-03-06 4 partial; 2 2026-03-06 2026-03-08 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2027-03-08 - -",
            contraception="2025-03-03 2025-07-06; 2026-03-06 2026-07-08",
            monitoring="2025-04-06 2030-03-08 60",
        ),
        rules="S07 S09",
        as_of=AUTUMN_2026,
    )
    yield told_apart(
        "CRS-007",
        "A short course followed by a course one day before the anniversary: unclear",
        numbered(run("2025-03-03", 4), run("2026-03-05", 3)),
        "Course 1 had 4 of 5 days, the last on 2025-03-06; + 12 months = 2026-03-06. The next days began on "
        "2026-03-05, one day before: by the letter of S07 the boundary is unclear, and somebody must decide. The "
        "warning between two anchors is not given: there is no interval to judge. Blood counts of course 1 up to "
        "2026-02-06: 11 (2026-03-06 is after 2026-03-05); + 48 = 59, the last on 2030-03-07.",
        Expected(
            findings="course-boundary-unclear 2 5; course-incomplete 1 4; needs-clinical-decision 2 5",
            courses="1 2025-03-03 2025-03-06 4 partial; 2 2026-03-05 2026-03-07 3 complete",
            status="needs-clinical-decision",
            next="3 needs-clinical-decision - - -",
            contraception="2025-03-03 2025-07-06; 2026-03-05 2026-07-07",
            monitoring="2025-04-06 2030-03-07 59",
        ),
        as_of=AUTUMN_2026,
    )


# --- S08 -------------------------------------------------------------------------------------


def course_status() -> Iterator[Worked]:
    """A course that is short, and one that is long or has a gap."""

    def stands(
        identifier: str,
        title: str,
        records: list[Json],
        why: str,
        expected: Expected,
        *,
        as_of: str,
        rules: str = "S08",
    ) -> Worked:
        asked = case(identifier, title, rules, why, as_of=as_of, source=LENGTH, records=records)
        return Worked(asked, spelled_out(expected))

    three_days = numbered(run("2025-03-03", 3))
    going_on = Expected(
        findings="-",
        courses="1 2025-03-03 2025-03-05 3 in-progress",
        status="course-1-in-progress",
        next="2 in-progress 2026-03-07 2026-03-07 -",
        contraception="2025-03-03 2025-07-07",
        monitoring="2025-04-07 2029-03-07 48",
    )
    yield stands(
        "STA-001",
        "Three of five days, asked on the third day: in progress",
        three_days,
        "Monday to Wednesday 2025-03-05 given, asked on that day. The next day, 2025-03-06, is not before it, so the "
        "course can still go on. The two days left would be 2025-03-06 and 2025-03-07; later dates count from the "
        "last planned, 2025-03-07 (S09): course 2 from 2026-03-07, contraception to 2025-07-07, 48 blood counts from "
        "2025-04-07 to 2029-03-07.",
        going_on,
        as_of="2025-03-05",
        rules="S08 S09",
    )
    yield stands(
        "STA-002",
        "Three of five days, asked one day after: still in progress",
        three_days,
        "Last given 2025-03-05, asked on 2025-03-06 = last + 1: today's infusion may still be given. In progress; the "
        "days left are 2025-03-06 and 2025-03-07, and later dates count from 2025-03-07.",
        going_on,
        as_of="2025-03-06",
        rules="S08 S09",
    )
    interrupted = Expected(
        findings="course-interrupted 1 3; needs-clinical-decision 1 3",
        courses="1 2025-03-03 2025-03-05 3 interrupted",
        status="needs-clinical-decision",
        next="2 needs-clinical-decision - - -",
        contraception="2025-03-03 2025-07-05",
        monitoring="2025-04-05 2029-03-05 48",
    )
    yield stands(
        "STA-003",
        "Three of five days, asked two days after: interrupted",
        three_days,
        "Last given 2025-03-05; on 2025-03-07 = last + 2 nothing is recorded for 2025-03-06, so the next day did not "
        "follow. Interrupted, with the finding on the last record, row 3; nobody but a clinician decides how it goes "
        "on, so no next day. Later dates count from the last given: contraception to 2025-03-05 + 4 months = "
        "2025-07-05 at least, blood counts on the 5th from 2025-04-05 to 2029-03-05.",
        interrupted,
        as_of="2025-03-07",
        rules="S08 S09",
    )
    yield stands(
        "STA-004",
        "Three of five days, asked 15 days after: still interrupted",
        three_days,
        "Last given 2025-03-05, + 15 days (course_gap_days) = 2025-03-20: a day given today would still belong to the "
        "course. Interrupted.",
        interrupted,
        as_of="2025-03-20",
    )
    yield stands(
        "STA-005",
        "Three of five days, asked 16 days after: partial",
        three_days,
        "Last given 2025-03-05, + 16 days = 2025-03-21: the course can no longer go on by itself. Partial, with "
        "course-incomplete on row 3; as no further course is on record it is undecided, and waits for a clinician.",
        interrupted._replace(
            findings="course-incomplete 1 3; needs-clinical-decision 1 3",
            courses="1 2025-03-03 2025-03-05 3 partial",
        ),
        as_of="2025-03-21",
    )
    yield stands(
        "STA-006",
        "Six days in a row in course 1",
        numbered(run("2025-03-03", 6)),
        "Course 1 has 5 planned days; the sixth, Saturday 2025-03-08 in row 6, is one too many. It is complete all "
        "the same, and the extra day counts: it is the last infusion, so course 2 from 2026-03-08, contraception to "
        "2025-07-08, blood counts from 2025-04-08 to 2029-03-08.",
        Expected(
            findings="extra-infusion 1 6",
            courses="1 2025-03-03 2025-03-08 6 complete",
            status="awaiting-course-2",
            next="2 not-due 2026-03-08 2026-03-08 -",
            contraception="2025-03-03 2025-07-08",
            monitoring="2025-04-08 2029-03-08 48",
        ),
        as_of="2025-04-01",
    )
    yield stands(
        "STA-007",
        "Two of three days of course 2, asked one day after: in progress",
        numbered(FIRST, run("2026-03-09", 2)),
        "Course 2 has 3 planned days; two were given, on 2026-03-09 and 2026-03-10; asked on 2026-03-11 = last + 1: in "
        "progress. The day left is 2026-03-11, so course 3 (optional, no recommended day) from 2027-03-11. "
        "Contraception to 2026-07-11; 12 + 48 = 60 blood counts, the last on 2030-03-11.",
        Expected(
            findings="-",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-09 2026-03-10 2 in-progress",
            status="course-2-in-progress",
            next="3 in-progress 2027-03-11 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-09 2026-07-11",
            monitoring="2025-04-07 2030-03-11 60",
        ),
        as_of="2026-03-11",
        rules="S08 S09",
    )
    yield stands(
        "STA-008",
        "Five days with one day left out",
        numbered(on("2025-03-03 2025-03-04 2025-03-06 2025-03-07 2025-03-08")),
        "Five days are given, so the course is complete, but 2025-03-05 is left out: course-not-consecutive on the "
        "first record after the gap, 2025-03-06 in row 3. Last infusion 2025-03-08: course 2 from 2026-03-08.",
        Expected(
            findings="course-not-consecutive 1 3",
            courses="1 2025-03-03 2025-03-08 5 complete",
            status="awaiting-course-2",
            next="2 not-due 2026-03-08 2026-03-08 -",
            contraception="2025-03-03 2025-07-08",
            monitoring="2025-04-08 2029-03-08 48",
        ),
        as_of="2025-04-01",
    )


# --- S04 -------------------------------------------------------------------------------------

AFTER_COURSE_1 = Expected(
    findings="-",
    courses="1 2025-03-03 2025-03-07 5 complete",
    status="awaiting-course-2",
    next="2 not-due 2026-03-07 2026-03-07 -",
    contraception="2025-03-03 2025-07-07",
    monitoring="2025-04-07 2029-03-07 48",
)


def records_that_count() -> Iterator[Worked]:
    """Statuses, and two records on one day. Course 1 on 3 to 7 March 2025."""

    def counts(identifier: str, title: str, records: list[Json], why: str, expected: Expected) -> Worked:
        asked = case(identifier, title, "S04", why, as_of="2025-04-01", source=RECORDS, records=records)
        return Worked(asked, spelled_out(expected))

    yield counts(
        "CNT-001",
        "The same infusion recorded twice",
        numbered(FIRST, on("2025-03-07")),
        "Row 6 says of 2025-03-07 exactly what row 5 says: a duplicate, reported on the later row. The day counts "
        "once, so the course has 5 days, not 6.",
        AFTER_COURSE_1._replace(findings="duplicate-same-day 1 6"),
    )
    yield counts(
        "CNT-002",
        "Two different records on one day",
        numbered(FIRST, on("2025-03-07", dose_mg=12)),
        "Row 6 gives a dose for 2025-03-07 and row 5 none: the fields differ, so it may be two infusions on one day, "
        "an error on row 6. Still one exposure day: 5 days. The dose of 12 mg itself is right.",
        AFTER_COURSE_1._replace(findings="two-infusions-one-day 1 6"),
    )
    yield counts(
        "CNT-003",
        "A partial infusion on the third day",
        changed(numbered(FIRST), 3, status="partial"),
        "Row 3, 2025-03-05, is partial: an exposure day like any other, with a warning. It keeps its place as day 3 "
        "and is never dosed again, so course 1 has 5 of 5 days.",
        AFTER_COURSE_1._replace(findings="partial-infusion 1 3"),
    )
    yield counts(
        "CNT-004",
        "The third infusion was not done",
        changed(numbered(FIRST), 3, status="not-done"),
        "Row 3, 2025-03-05, is no exposure: given are 3, 4, 6 and 7 March, 4 of 5 days. The first record after the "
        "gap is row 4. Asked on 2025-04-01, after 2025-03-07 + 15 days = 2025-03-22: partial, with course-incomplete "
        "and needs-clinical-decision on the last record, row 5. Later dates count from 2025-03-07.",
        AFTER_COURSE_1._replace(
            findings="course-incomplete 1 5; course-not-consecutive 1 4; needs-clinical-decision 1 5",
            courses="1 2025-03-03 2025-03-07 4 partial",
            status="needs-clinical-decision",
            next="2 needs-clinical-decision - - -",
        ),
    )
    yield counts(
        "CNT-005",
        "A record that was entered in error",
        numbered(FIRST, on("2025-03-20", status="entered-in-error")),
        "Row 6 of 2025-03-20 was entered in error: nothing was given, so it neither prolongs the course nor moves the "
        "last infusion, 2025-03-07.",
        AFTER_COURSE_1,
    )


# --- S05 -------------------------------------------------------------------------------------


def future_records() -> Iterator[Worked]:
    """A record dated after the day of the question."""

    def asked_on(identifier: str, title: str, as_of: str, why: str, expected: Expected) -> Worked:
        asked = case(identifier, title, "S05", why, as_of=as_of, source=FUTURE, records=numbered(FIRST))
        return Worked(asked, spelled_out(expected))

    yield asked_on(
        "FUT-001",
        "A record dated one day after the day of the question",
        "2025-03-06",
        "Asked on 2025-03-06, row 5 is dated 2025-03-07: it cannot have been given, so it is not counted, belongs to "
        "no course, and is an error. While it is there, no next day is said. The four days up to today are a course "
        "in progress, the day left is 2025-03-07: contraception to 2025-07-07, blood counts from 2025-04-07.",
        AFTER_COURSE_1._replace(
            findings="infusion-in-future - 5",
            courses="1 2025-03-03 2025-03-06 4 in-progress",
            status="course-1-in-progress",
            next="2 needs-clinical-decision - - -",
        ),
    )
    yield asked_on(
        "FUT-002",
        "A record dated on the day of the question",
        "2025-03-07",
        "Asked on 2025-03-07, the last record is of today: it counts. Five of five days; course 2 from 2026-03-07.",
        AFTER_COURSE_1,
    )


# --- the infusion day ------------------------------------------------------------------------


def infusion_days() -> Iterator[Worked]:
    """Doses and times. Course 1 on 3 to 7 March 2025."""

    def recorded(identifier: str, title: str, records: list[Json], why: str, findings: str, *, rules: str) -> Worked:
        asked = case(identifier, title, rules, why, as_of="2025-04-01", source=DAY, records=records)
        return Worked(asked, spelled_out(AFTER_COURSE_1._replace(findings=findings)))

    plain = numbered(FIRST)
    yield recorded(
        "DOS-001",
        "A dose of 10 mg",
        changed(plain, 2, dose_mg=10),
        "The protocol's dose is 12 mg; row 2 says 10 mg. An error, and the day counts as exposure all the same.",
        "dose-differs 1 2",
        rules="D1 time-9",
    )
    yield recorded(
        "DOS-002",
        "An infusion one minute too short",
        changed(plain, 1, started="09:00", ended="12:59"),
        "From 09:00 to 12:59 are 3 hours 59 minutes = 239 minutes, below 240: an error on row 1. The observation is "
        "not recorded, so it is not judged.",
        "infusion-too-short 1 1",
        rules="I1 time-9",
    )
    yield recorded(
        "DOS-003",
        "An observation one minute too short",
        changed(plain, 1, started="09:00", ended="13:00", observed_until="14:59"),
        "From 09:00 to 13:00 are 240 minutes, as asked; from 13:00 to 14:59 are 119, below 120: an error on row 1.",
        "observation-too-short 1 1",
        rules="I4 time-9",
    )
    yield recorded(
        "DOS-004",
        "Infusion and observation just as long as asked",
        changed(plain, 1, started="09:00", ended="13:00", observed_until="15:00", dose_mg=12),
        "09:00 to 13:00 are 240 minutes, 13:00 to 15:00 are 120, the dose is 12 mg: nothing is wrong.",
        "-",
        rules="D1 I1 I4",
    )


# --- S14 -------------------------------------------------------------------------------------

FIVE_COURSES = (
    run("2020-03-02", 5),
    run("2021-03-08", 3),
    run("2022-03-14", 3),
    run("2023-03-20", 3),
    run("2024-03-25", 3),
)


def limits() -> Iterator[Worked]:
    """Five courses, each on a Monday one year and some days after the one before."""

    def many(identifier: str, title: str, courses: int, why: str, expected: Expected, *, protocol: str) -> Worked:
        records = numbered(*FIVE_COURSES[:courses])
        source = LIMIT_US if protocol == "us-2024-05" else LIMIT_EU
        asked = case(
            identifier, title, "S14", why, as_of="2024-06-01", source=source, protocol=protocol, records=records
        )
        return Worked(asked, spelled_out(expected))

    four_courses = (
        "1 2020-03-02 2020-03-06 5 complete; 2 2021-03-08 2021-03-10 3 complete; "
        "3 2022-03-14 2022-03-16 3 complete; 4 2023-03-20 2023-03-22 3 complete"
    )
    four_periods = "2020-03-02 2020-07-06; 2021-03-08 2021-07-10; 2022-03-14 2022-07-16; 2023-03-20 2023-07-22"
    yield many(
        "LIM-001",
        "EU: a fifth course",
        5,
        "The EU total is 4 (2 and up to 2 more); course 5 began on 2024-03-25, row 5 + 3 + 3 + 3 + 1 = 15: an error, "
        "and it counts. Its interval is fine: 2023-03-22 + 12 months = 2024-03-22. A sixth is not recommended. Blood "
        "counts: 12 after each of courses 1 to 4 (the last ones on 2021-03-06, 2022-03-10, 2023-03-16, 2024-03-22, "
        "each before the next course), then 48 to 2028-03-27: 4 × 12 + 48 = 96.",
        Expected(
            findings="too-many-courses 5 15",
            courses=four_courses + "; 5 2024-03-25 2024-03-27 3 complete",
            status="additional-course-given",
            next="6 not-recommended - - -",
            contraception=four_periods + "; 2024-03-25 2024-07-27",
            monitoring="2020-04-06 2028-03-27 96",
        ),
        protocol="eu-2020-01",
    )
    yield many(
        "LIM-002",
        "US: a fourth course",
        4,
        "The US label has no limit, but data beyond 3 courses are limited: a warning on the first record of course 4, "
        "row 5 + 3 + 3 + 1 = 12. A fifth remains possible, from 2023-03-22 + 12 months = 2024-03-22. Blood counts: "
        "3 × 12 + 48 = 84, the last on 2027-03-22.",
        Expected(
            findings="data-limited-beyond 4 12",
            courses=four_courses,
            status="additional-course-given",
            next="5 optional 2024-03-22 - -",
            contraception=four_periods,
            monitoring="2020-04-06 2027-03-22 84",
        ),
        protocol="us-2024-05",
    )
    yield many(
        "LIM-003",
        "EU: a fourth course",
        4,
        "Course 4 is within the EU total of 4: nothing is wrong, and the EU file says nothing of limited data. But "
        "the limit is reached, so a fifth course is not recommended and has no earliest day.",
        Expected(
            findings="-",
            courses=four_courses,
            status="additional-course-given",
            next="5 not-recommended - - -",
            contraception=four_periods,
            monitoring="2020-04-06 2027-03-22 84",
        ),
        protocol="eu-2020-01",
    )


# --- S15 -------------------------------------------------------------------------------------


def ages() -> Iterator[Worked]:
    """The age on the first infusion of course 1."""

    def born(
        identifier: str,
        title: str,
        birth_date: str,
        why: str,
        expected: Expected,
        *,
        protocol: str = "us-2024-05",
        first_day: str = "2025-03-03",
    ) -> Worked:
        asked = case(
            identifier,
            title,
            "S02 S15",
            why,
            as_of="2025-04-01",
            source=AGE if protocol == "us-2024-05" else AGE_EU,
            protocol=protocol,
            records=numbered(run(first_day, 5)),
            known=patient(birth_date=birth_date),
        )
        return Worked(asked, spelled_out(expected))

    yield born(
        "AGE-001",
        "US: the first infusion on the 17th birthday",
        "2008-03-03",
        "Born 2008-03-03, 17 on 2025-03-03, the day of the first infusion: not under 17, but under 18 (2026-03-03). "
        "The US page says adults, and not under 17: a warning, on row 1.",
        AFTER_COURSE_1._replace(findings="age-below-adult 1 1"),
    )
    yield born(
        "AGE-002",
        "US: the first infusion one day before the 17th birthday",
        "2008-03-04",
        "Born 2008-03-04, 17 on 2025-03-04; the first infusion was on 2025-03-03, one day before: an error, and only "
        "that one. That the birthday came during the course does not matter. Dates never move for age.",
        AFTER_COURSE_1._replace(findings="age-below-minimum 1 1"),
    )
    yield born(
        "AGE-003",
        "US: born on 29 February, the first infusion on 28 February of the 17th year",
        "2008-02-29",
        "Born 2008-02-29; 2025 has no 29 February, and a minimum age rounds later: 17 on 2025-03-01. The first "
        "infusion on Friday 2025-02-28 is one day before: an error. Course 1 ran from 2025-02-28 to 2025-03-04, so "
        "contraception to 2025-07-04, and course 2 from 2026-03-04.",
        Expected(
            findings="age-below-minimum 1 1",
            courses="1 2025-02-28 2025-03-04 5 complete",
            status="awaiting-course-2",
            next="2 not-due 2026-03-04 2026-03-04 -",
            contraception="2025-02-28 2025-07-04",
            monitoring="2025-04-04 2029-03-04 48",
        ),
        first_day="2025-02-28",
    )
    yield born(
        "AGE-004",
        "EU: 17 years old",
        "2007-03-04",
        "Born 2007-03-04, 18 on 2025-03-04; the first infusion was on 2025-03-03, one day before. The EU minimum is "
        "18: an error, where the US file would only warn.",
        AFTER_COURSE_1._replace(findings="age-below-minimum 1 1"),
        protocol="eu-2020-01",
    )


# --- S13 -------------------------------------------------------------------------------------


def what_comes_next() -> Iterator[Worked]:
    """After course 1, on ever other days."""

    def asked_on(
        identifier: str,
        title: str,
        as_of: str,
        why: str,
        expected: Expected,
        *,
        given: tuple[list[Json], ...] = (FIRST,),
        past_due_after: str | None = None,
    ) -> Worked:
        asked = case(
            identifier,
            title,
            "S13",
            why,
            as_of=as_of,
            source=NEXT,
            records=numbered(*given),
            past_due_after=past_due_after,
        )
        return Worked(asked, spelled_out(expected))

    yield asked_on(
        "NXT-001",
        "One day before course 2 may begin",
        "2026-03-06",
        "2025-03-07 + 12 months = 2026-03-07; asked one day before: not due. Course 2 is not optional, so the day is "
        "also the recommended one.",
        AFTER_COURSE_1,
    )
    yield asked_on(
        "NXT-002",
        "On the day from which course 2 may begin",
        "2026-03-07",
        "2025-03-07 + 12 months = 2026-03-07; asked on that day: due. Without a clinic policy it is never overdue.",
        AFTER_COURSE_1._replace(next="2 due 2026-03-07 2026-03-07 -"),
    )
    yield asked_on(
        "NXT-003",
        "One day after a clinic's own past-due day",
        "2026-06-08",
        "Recommended 2026-03-07; the clinic calls a course past due 3 months after: 2026-06-07. Asked on 2026-06-08, "
        "one day after: overdue.",
        AFTER_COURSE_1._replace(next="2 overdue 2026-03-07 2026-03-07 2026-06-07"),
        past_due_after="3 months",
    )
    yield asked_on(
        "NXT-004",
        "Nothing on record",
        "2026-11-22",
        "No infusion was recorded: not started. Course 1 may begin at any time, so it is due without an earliest day; "
        "no contraception and no tests follow from nothing.",
        Expected(
            findings="-", courses="-", status="not-started", next="1 due - - -", contraception="-", monitoring="-"
        ),
        given=(),
    )


# --- S10 -------------------------------------------------------------------------------------


def decisions() -> Iterator[Worked]:
    """A clinician has decided: this settles what comes next, and takes no finding away."""
    yield Worked(
        case(
            "DEC-001",
            "An interrupted course that is treated as complete",
            "S09 S10",
            "Three of five days, the last on 2025-03-05, asked on 2025-03-10: interrupted, and the findings of row 3 "
            "stay, for decisions are no argument of the evaluation. The decision settles the forecast: course 2 "
            "counts from the last infusion given, 2025-03-05 + 12 months = 2026-03-05. Contraception to 2025-07-05.",
            as_of="2025-03-10",
            source=DECIDED,
            records=numbered(run("2025-03-03", 3)),
            decisions=[decision(1, "treat-as-complete", "2025-03-10")],
        ),
        spelled_out(
            Expected(
                findings="course-interrupted 1 3; needs-clinical-decision 1 3",
                courses="1 2025-03-03 2025-03-05 3 interrupted",
                status="needs-clinical-decision",
                next="2 not-due 2026-03-05 2026-03-05 -",
                contraception="2025-03-03 2025-07-05",
                monitoring="2025-04-05 2029-03-05 48",
            )
        ),
    )
    yield Worked(
        case(
            "DEC-002",
            "An unclear boundary: the later day resumes the course",
            "S07 S10",
            "Four days to 2025-03-07, a fifth on 2025-03-23, 16 days later: by the gap a new course, and unclear. The "
            "decision on course 1, resume, makes the later day its fifth: 5 of 5, so course 2 counts from 2025-03-23: "
            "2026-03-23. Contraception runs on to 2025-07-23, blood counts from 2025-04-23. The evaluation still "
            "tells what the records say: course 1 partial (row 4), course 2 begun on 2025-03-23 and, asked one day "
            "later, in progress.",
            as_of="2025-03-24",
            source=DECIDED,
            records=numbered(run("2025-03-04", 4), on("2025-03-23")),
            decisions=[decision(1, "resume", "2025-03-24")],
        ),
        spelled_out(
            Expected(
                findings="course-boundary-unclear 2 5; course-incomplete 1 4; needs-clinical-decision 2 5",
                courses="1 2025-03-04 2025-03-07 4 partial; 2 2025-03-23 2025-03-23 1 in-progress",
                status="needs-clinical-decision",
                next="2 not-due 2026-03-23 2026-03-23 -",
                contraception="2025-03-04 2025-07-23",
                monitoring="2025-04-23 2029-03-23 48",
            )
        ),
    )


# --- placing ---------------------------------------------------------------------------------

NOTHING_GIVEN = Expected(
    findings="-", courses="-", status="not-started", next="1 due - - -", contraception="-", monitoring="-"
)


def plans() -> Iterator[Worked]:
    """Plans for somebody who has not begun, and a month's end."""
    yield Worked(
        case(
            "PLN-001",
            "Three courses around weekends and a closed Monday",
            "S02 S13",
            "Monday 2027-01-11 to Friday 2027-01-15 are open: course 1. 2027-01-15 + 12 months = Saturday 2028-01-15; "
            "Monday 2028-01-17 is closed, so Tuesday 2028-01-18 to Thursday 2028-01-20. + 12 months = Saturday "
            "2029-01-20, so Monday 2029-01-22 to Wednesday 2029-01-24. Contraception + 4 months each. Blood counts: "
            "12 from 2027-02-15 to 2028-01-15, 12 to 2029-01-20, 48 to 2033-01-24: 72.",
            as_of="2026-11-22",
            source=PLACED,
            at=clinic(closures={"2028-01-17": "Martin Luther King Jr. Day"}),
            plan=Request("2027-01-11", 3),
        ),
        spelled_out(
            NOTHING_GIVEN._replace(
                contraception="2027-01-11 2027-05-15; 2028-01-18 2028-05-20; 2029-01-22 2029-05-24",
                monitoring="2027-02-15 2033-01-24 72",
                plan="2027-01-11 3: 2027-01-11 2027-01-15; 2028-01-18 2028-01-20; 2029-01-22 2029-01-24",
            )
        ),
    )
    yield Worked(
        case(
            "PLN-002",
            "A course that ends on 29 February",
            "S02",
            "Open every day, from Sunday 2024-02-25: course 1 to Thursday 2024-02-29. + 12 months: no 29 February in "
            "2025, rounded later: 2025-03-01 to 2025-03-03. Contraception 2024-02-29 + 4 months = 2024-06-29. Blood "
            "counts from 2024-03-29; the 12th, rounded earlier, is due on 2025-02-28, before course 2; + 48 = 60.",
            as_of="2024-01-15",
            source=PLACED,
            at=clinic("mon tue wed thu fri sat sun"),
            plan=Request("2024-02-25", 2),
        ),
        spelled_out(
            NOTHING_GIVEN._replace(
                contraception="2024-02-25 2024-06-29; 2025-03-01 2025-07-03",
                monitoring="2024-03-29 2029-03-03 60",
                plan="2024-02-25 2: 2024-02-25 2024-02-29; 2025-03-01 2025-03-03",
            )
        ),
    )
    yield Worked(
        case(
            "CON-001",
            "Contraception after a course that ended on 31 October",
            "S02 S23",
            "Monday 2025-10-27 to Friday 2025-10-31. + 4 months would be 31 February 2026; the end of a protective "
            "period rounds later: 2026-03-01. Blood counts round earlier: 2025-11-30, …, 2026-02-28, each counted "
            "from 2025-10-31, the 48th on 2029-10-31. Course 2 from 2026-10-31.",
            as_of="2025-11-22",
            source=CONTRACEPTION,
            records=numbered(run("2025-10-27", 5)),
        ),
        spelled_out(
            Expected(
                findings="-",
                courses="1 2025-10-27 2025-10-31 5 complete",
                status="awaiting-course-2",
                next="2 not-due 2026-10-31 2026-10-31 -",
                contraception="2025-10-27 2026-03-01",
                monitoring="2025-11-30 2029-10-31 48",
            )
        ),
    )


# --- closed days, baselines, prophylaxis, unreadable rows ------------------------------------


def further() -> Iterator[Worked]:
    """One of each of the other rules."""
    yield Worked(
        case(
            "CLO-001",
            "Two days of a course on which the clinic was closed",
            "time-5 time-9",
            "Given from Thursday 2025-03-06 to Monday 2025-03-10; the clinic is open from Monday to Friday, so rows 3 "
            "(Saturday 2025-03-08) and 4 (Sunday 2025-03-09) are on closed days. The clinic knows no public holidays. "
            "Last infusion 2025-03-10: course 2 from 2026-03-10, contraception to 2025-07-10.",
            as_of="2025-04-01",
            source="the clinic's own opening hours",
            records=numbered(run("2025-03-06", 5)),
            at=clinic(),
        ),
        spelled_out(
            Expected(
                findings="clinic-closed 1 3; clinic-closed 1 4",
                courses="1 2025-03-06 2025-03-10 5 complete",
                status="awaiting-course-2",
                next="2 not-due 2026-03-10 2026-03-10 -",
                contraception="2025-03-06 2025-07-10",
                monitoring="2025-04-10 2029-03-10 48",
            )
        ),
    )
    yield Worked(
        case(
            "BAS-001",
            "One baseline test on the first day of its window, another one day before it",
            "S21 S32",
            "The window is [first - 30 days, first - 1 day]: 2025-03-03 - 30 days = 2025-02-01 (3 back to 28 February, "
            "27 more to 1 February), to 2025-03-02. The blood count of 2025-02-01 is inside, the creatinine of "
            "2025-01-31 one day too old. These two kinds are on record, so only of these it can be said that one is "
            "missing: one warning; a test has no row.",
            as_of="2025-04-01",
            source="us-2024-05 baseline windows: rems",
            records=numbered(FIRST),
            known=patient(
                observations=[
                    {"date": "2025-02-01", "code": "blood-count"},
                    {"date": "2025-01-31", "code": "creatinine"},
                ]
            ),
        ),
        spelled_out(AFTER_COURSE_1._replace(findings="baseline-missing 1 -")),
    )
    yield Worked(
        case(
            "CD4-001",
            "Herpes prophylaxis that a CD4 count closes",
            "S22 S32",
            "Last infusion 2025-03-07, so at least to 2025-05-07 (+ 2 months). The count of 2025-05-20 is 180, below "
            "200, that of 2025-06-03 is 230: the later of 2025-05-07 and 2025-06-03 is the end. No kind of baseline "
            "test is on record, so nobody can tell whether one is missing.",
            as_of="2025-07-01",
            source="us-2024-05 herpes-prophylaxis: isi",
            records=numbered(FIRST),
            known=patient(
                observations=[
                    {"date": "2025-05-20", "code": "cd4", "value": 180},
                    {"date": "2025-06-03", "code": "cd4", "value": 230},
                ]
            ),
            prophylaxis=True,
        ),
        spelled_out(
            AFTER_COURSE_1._replace(
                prophylaxis="1 2025-03-03 2025-05-07 2025-06-03",
            )
        ),
    )
    yield Worked(
        case(
            "UNR-001",
            "A row that could not be read",
            "S06",
            "Five readable rows of course 1; row 6 has no readable date: it may be an infusion, so no earliest day, "
            "no end of contraception and no end of monitoring can be said. What is readable is judged as ever.",
            as_of="2025-04-01",
            source="library convention (S06)",
            records=numbered(FIRST),
            known=patient(unreadable=[6]),
        ),
        spelled_out(AFTER_COURSE_1._replace(next="2 not-assessed - - -", contraception="-", monitoring="-")),
    )
    yield Worked(
        case(
            "PRI-001",
            "US: one medicine tried before",
            "FAQ",
            "The US page says: generally for people who have tried 2 or more medicines. One is fewer than two: a note "
            "on the patient, without course or row.",
            as_of="2025-04-01",
            source="us-2024-05 prior_medicines: faq",
            records=numbered(FIRST),
            known=patient(prior_medicines=1),
        ),
        spelled_out(AFTER_COURSE_1._replace(findings="prior-treatments-few - -")),
    )


# --- S28 to S35 ------------------------------------------------------------------------------


NO_TESTS = "baseline-missing -; window-missed -"
"""Nobody can tell of the tests before course 1: none of their kinds is on record."""
NUMBERS = "library convention (S28 to S30); us-2024-05 course 3 and later: uspi-2-3 (the last dose of any prior course)"
CODES = "library convention (S31); codes of us-2024-05"
TESTS = "library convention (S32); us-2024-05 baselines: rems, isi"


def worked(
    identifier: str,
    title: str,
    rules: str,
    why: str,
    expected: Expected,
    *parts: list[Json],
    as_of: str = AUTUMN_2026,
    source: str = NUMBERS,
    protocol: str = "us-2024-05",
    **known: Any,
) -> Worked:
    """Return a case of records and of what is known of the patient."""
    asked = case(
        identifier,
        title,
        rules,
        why,
        as_of=as_of,
        source=source,
        protocol=protocol,
        records=numbered(*parts),
        known=patient(**known),
        prophylaxis=expected.prophylaxis != "-",
        not_assessed=bool(expected.not_assessed),
        monitored=bool(expected.monitoring),
        added=ADDED_LATER,
    )
    return Worked(asked, spelled_out(expected))


def the_course_before() -> Iterator[Worked]:
    """S28: a course counts from the last infusion day before it, whichever course that day is of."""
    yield worked(
        "BEF-001",
        "Course 1, and a course numbered 3 two months later",
        "S28 S29",
        "Course 1 ended on Friday 2025-03-07; + 12 months = 2026-03-07. The course numbered 3 began on 2025-05-05, far "
        "too early whatever its number is: an error on row 6. Course 2 is not on record: a warning on row 6. The "
        "interval is broken, so there is nothing left to assess. Course 4 from 2025-05-07 + 12 months. Contraception: "
        "to 2025-07-07, and from 2025-05-05 to 2025-09-07: they overlap. Blood counts: 2025-04-07 (2025-05-07 is after "
        "the next first infusion), then 48 on the 7th to 2029-05-07: 49.",
        Expected(
            findings="earlier-course-not-on-record 3 6; interval-below-minimum 3 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 3 2025-05-05 2025-05-07 3 complete",
            status="additional-course-given",
            next="4 optional 2026-05-07 - -",
            contraception="2025-03-03 2025-09-07",
            monitoring="2025-04-07 2029-05-07 49",
            not_assessed=NO_TESTS,
        ),
        run("2025-03-03", 5, course=1),
        run("2025-05-05", 3, course=3),
    )
    yield worked(
        "BEF-002",
        "Course 1, and a course numbered 3 on the anniversary of its last infusion",
        "S28 S29",
        "2025-03-07 + 12 months = 2026-03-07, the very day: the interval to course 1 is fine. That to course 2 is not "
        "assessed, since course 2 is not on record (row 6). Blood counts as in INT-2-001: 12 + 48 = 60.",
        Expected(
            findings="earlier-course-not-on-record 3 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 3 2026-03-07 2026-03-09 3 complete",
            status="additional-course-given",
            next="4 optional 2027-03-09 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-07 2026-07-09",
            monitoring="2025-04-07 2030-03-09 60",
            not_assessed=f"{NO_TESTS.partition(';')[0]}; interval-below-minimum 6; window-missed -",
        ),
        run("2025-03-03", 5, course=1),
        run("2026-03-07", 3, course=3),
    )
    yield worked(
        "BEF-003",
        "Course 1, and a course numbered 3 one day before the anniversary of its last infusion",
        "S11 S28 S29",
        "2025-03-07 + 12 months = 2026-03-07; the course numbered 3 began on 2026-03-06. After 2025-03-03 + 12 months, "
        "but only between courses 1 and 2 does this make it a warning: an error on row 6. Blood counts of course 1 to "
        "2026-02-07: 11; then 48.",
        Expected(
            findings="earlier-course-not-on-record 3 6; interval-below-minimum 3 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 3 2026-03-06 2026-03-08 3 complete",
            status="additional-course-given",
            next="4 optional 2027-03-08 - -",
            contraception="2025-03-03 2025-07-07; 2026-03-06 2026-07-08",
            monitoring="2025-04-07 2030-03-08 59",
        ),
        run("2025-03-03", 5, course=1),
        run("2026-03-06", 3, course=3),
    )


def numbers_with_gaps() -> Iterator[Worked]:
    """S29: an earlier course is not on record."""
    yield worked(
        "GAP-001",
        "Only course 2 is on record",
        "S28 S29",
        "The records say course 2, so course 1 is missing: a warning on row 1. Nothing was given before it, so its "
        "interval is not assessed. Of course 2 five baselines and one window are asked for, and no kind is on record. "
        "Course 3 from 2026-03-11 + 12 months.",
        Expected(
            findings="earlier-course-not-on-record 2 1",
            courses="2 2026-03-09 2026-03-11 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2027-03-11 - -",
            contraception="2026-03-09 2026-07-11",
            monitoring="2026-04-11 2030-03-11 48",
            not_assessed="baseline-missing -; interval-below-minimum 1; window-missed -",
        ),
        run("2026-03-09", 3, course=2),
    )
    yield worked(
        "GAP-002",
        "Courses 3 and 6 are on record",
        "S14 S28 S29",
        "Two gaps: courses 1 and 2 before course 3 (row 1), courses 4 and 5 before course 6 (row 4). From 2025-03-05 "
        "+ 12 months = 2026-03-05 on course 6 may begin, so its interval is fine; the one to course 5 is not assessed, "
        "nor is anything before course 3. Number 6 is beyond 3: a warning on row 4. Blood counts on the 5th from "
        "2025-04-05; the 12th, 2026-03-05, is before 2026-03-09 and stays; then 48: 60.",
        Expected(
            findings="data-limited-beyond 6 4; earlier-course-not-on-record 3 1; earlier-course-not-on-record 6 4",
            courses="3 2025-03-03 2025-03-05 3 complete; 6 2026-03-09 2026-03-11 3 complete",
            status="additional-course-given",
            next="7 optional 2027-03-11 - -",
            contraception="2025-03-03 2025-07-05; 2026-03-09 2026-07-11",
            monitoring="2025-04-05 2030-03-11 60",
            not_assessed="baseline-missing -; interval-below-minimum 1; interval-below-minimum 4; window-missed -",
        ),
        run("2025-03-03", 3, course=3),
        run("2026-03-09", 3, course=6),
    )
    yield worked(
        "GAP-003",
        "EU: one course on record, numbered 5",
        "S14 S29",
        "One course, but its number is 5, and the greater of the two counts: beyond the limit of 4, an error on row 1. "
        "Courses 1 to 4 are not on record: one gap, one warning. A sixth is not recommended.",
        Expected(
            findings="earlier-course-not-on-record 5 1; too-many-courses 5 1",
            courses="5 2026-03-09 2026-03-11 3 complete",
            status="additional-course-given",
            next="6 not-recommended - - -",
            contraception="2026-03-09 2026-07-11",
            monitoring="2026-04-11 2030-03-11 48",
        ),
        run("2026-03-09", 3, course=5),
        protocol="eu-2020-01",
        source=LIMIT_EU,
    )


def contradicting_numbers() -> Iterator[Worked]:
    """S30: the numbers say otherwise than the dates."""
    yield worked(
        "NUM-001",
        "One record of course 2 is numbered 1",
        "S28 S30",
        "Course 1 has 2025-03-03 to 2025-03-07 and, by its number, row 7 of 2026-03-10; course 2 has 2026-03-09 and "
        "2026-03-11. Course 2 began before course 1 ended: an error on course 2, row 6. Course 1 holds days 12 months "
        "apart (2025-03-07 + 12 months = 2026-03-07): an error on its row 7. Row 7 is a sixth day of course 1 and not "
        "consecutive; course 2 has 2 of 3 days, a gap between them, and can no longer go on (2026-03-11 + 15 days is "
        "past). Its interval counts from a day of course 1, which is affected: not assessed, row 6. No next earliest. "
        "Contraception to 4 months after each: 2026-07-10 and 2026-07-11, at least.",
        Expected(
            findings="course-incomplete 2 8; course-not-consecutive 1 7; course-not-consecutive 2 8; "
            "course-numbers-contradict 1 7; course-numbers-contradict 2 6; extra-infusion 1 7; "
            "needs-clinical-decision 2 8",
            courses="1 2025-03-03 2026-03-10 6 complete; 2 2026-03-09 2026-03-11 2 partial",
            status="needs-clinical-decision",
            next="3 needs-clinical-decision - - -",
            contraception="2025-03-03 2026-07-11",
            monitoring="",
            not_assessed="baseline-missing -; interval-below-minimum 6; window-missed -",
        ),
        run("2025-03-03", 5, course=1),
        on("2026-03-09", course=2),
        on("2026-03-10", course=1),
        on("2026-03-11", course=2),
    )
    yield worked(
        "NUM-002",
        "One record of course 1 is numbered 2",
        "S28 S30",
        "Row 3, 2025-03-05, says course 2, and lies between days of course 1: their spans overlap, an error on the one "
        "that began later, course 2, row 3. Course 1 holds the latest day, 2025-03-07, and 4 of 5 days: incomplete "
        "after 2025-03-22, row 5; its gap is before row 4. Course 2 has 1 of 3 days, and was followed. The last "
        "infusion is 2025-03-07, so contraception to 2025-07-07.",
        Expected(
            findings="course-incomplete 1 5; course-incomplete 2 3; course-not-consecutive 1 4; "
            "course-numbers-contradict 2 3; needs-clinical-decision 1 5",
            courses="1 2025-03-03 2025-03-07 4 partial; 2 2025-03-05 2025-03-05 1 partial",
            status="needs-clinical-decision",
            next="3 needs-clinical-decision - - -",
            contraception="2025-03-03 2025-07-07",
            monitoring="",
        ),
        on("2025-03-03 2025-03-04", course=1),
        on("2025-03-05", course=2),
        on("2025-03-06 2025-03-07", course=1),
        as_of="2025-04-01",
    )
    yield worked(
        "NUM-003",
        "Two whole courses with each other's number",
        "S28 S30",
        "The five days of 2025 say course 2, the three of 2026 course 1: course 2 began before course 1 ended, an "
        "error on the one that began later, course 1, row 6. By its number course 2 has two days too many (rows 4, 5), "
        "and course 1 is two days short (row 8). Nothing was given before course 2 (row 1), and before course 1 a day "
        "of a course whose number contradicts the dates (row 6): neither interval is assessed. A course is never "
        "judged against a later one. Blood counts after 2025-03-07: 12 up to 2026-03-07, then 48 after 2026-03-11.",
        Expected(
            findings="course-incomplete 1 8; course-numbers-contradict 1 6; extra-infusion 2 4; extra-infusion 2 5; "
            "needs-clinical-decision 1 8",
            courses="1 2026-03-09 2026-03-11 3 partial; 2 2025-03-03 2025-03-07 5 complete",
            status="needs-clinical-decision",
            next="3 needs-clinical-decision - - -",
            contraception="2025-03-03 2025-07-07; 2026-03-09 2026-07-11",
            monitoring="2025-04-07 2030-03-11 60",
            not_assessed="baseline-missing -; interval-below-minimum 1; interval-below-minimum 6; window-missed -",
        ),
        run("2025-03-03", 5, course=2),
        run("2026-03-09", 3, course=1),
    )
    yield worked(
        "NUM-004",
        "Two course numbers 16 days apart",
        "S11 S28 S30",
        "From 2025-03-07 to 2025-03-23 are 16 days, more than 15: the numbers contradict nothing. Course 2 is far "
        "before 2026-03-03: an error on row 6. No blood count of course 1 is due before it (2025-04-07): 48 in all.",
        Expected(
            findings="interval-below-minimum 2 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2025-03-23 2025-03-25 3 complete",
            status="initial-treatment-complete",
            next="3 optional 2026-03-25 - -",
            contraception="2025-03-03 2025-07-25",
            monitoring="2025-04-25 2029-03-25 48",
            not_assessed=NO_TESTS,
        ),
        run("2025-03-03", 5, course=1),
        run("2025-03-23", 3, course=2),
        as_of="2025-06-01",
    )
    yield worked(
        "NUM-005",
        "One number for two courses, exactly 12 months apart",
        "S30",
        "All records say course 1. 2025-03-07 + 12 months = 2026-03-07, the day of row 6: a minimum interval apart, an "
        "error there. Rows 6 to 8 are beyond 5 days, row 6 is not consecutive. No next earliest; the last infusion is "
        "2026-03-09, so contraception to 2026-07-09 and blood counts from 2026-04-09, at least.",
        Expected(
            findings="course-not-consecutive 1 6; course-numbers-contradict 1 6; extra-infusion 1 6; "
            "extra-infusion 1 7; extra-infusion 1 8",
            courses="1 2025-03-03 2026-03-09 8 complete",
            status="needs-clinical-decision",
            next="2 needs-clinical-decision - - -",
            contraception="2025-03-03 2026-07-09",
            monitoring="2026-04-09 2030-03-09 48",
            not_assessed=NO_TESTS,
        ),
        run("2025-03-03", 5, course=1),
        run("2026-03-07", 3, course=1),
    )
    yield worked(
        "NUM-006",
        "One number for all days, the first and the last more than 12 months apart",
        "S08 S30",
        "2025-03-03 + 12 months = 2026-03-03; row 6 is of 2026-03-06, so the number holds days a minimum interval "
        "apart, although 2025-03-07 + 12 months = 2026-03-07 is later. No next earliest.",
        Expected(
            findings="course-not-consecutive 1 6; course-numbers-contradict 1 6; extra-infusion 1 6; "
            "extra-infusion 1 7; extra-infusion 1 8",
            courses="1 2025-03-03 2026-03-08 8 complete",
            status="needs-clinical-decision",
            next="2 needs-clinical-decision - - -",
            contraception="2025-03-03 2026-07-08",
            monitoring="2026-04-08 2030-03-08 48",
        ),
        run("2025-03-03", 5, course=1),
        run("2026-03-06", 3, course=1),
    )


def codes() -> Iterator[Worked]:
    """S31: what the code of an observation means."""
    open_end = "1 2025-03-03 2025-05-07 -"
    closed = "1 2025-03-03 2025-05-07 2025-06-03"
    for number, title, code, found, why, prophylaxis_then in (
        (
            1,
            "a CD4 count of 90 in another spelling",
            "CD4",
            "code-not-known - -",
            (
                "CD4 is no code (cd4 is): a warning, and while there is one no count closes anything, since the 90 may "
                "be a CD4 count. The prophylaxis stays open."
            ),
            open_end,
        ),
        (
            2,
            "a test nobody knows",
            "full-blood",
            "code-not-known - -",
            "full-blood is no code: a warning, and while there is one no count closes anything.",
            open_end,
        ),
        (
            3,
            "a test that the protocol knows",
            "hpv",
            "-",
            "hpv is the id of a series: known, and the 250 of 2025-06-03 closes the prophylaxis.",
            closed,
        ),
    ):
        yield worked(
            f"COD-{number:03d}",
            f"A CD4 count of 250, then {title}",
            "S22 S31",
            why,
            AFTER_COURSE_1._replace(findings=found, prophylaxis=prophylaxis_then),
            FIRST,
            as_of="2025-07-01",
            source=CODES,
            observations=[
                {"date": "2025-06-03", "code": "cd4", "value": 250},
                {"date": "2025-06-20", "code": code, "value": 90},
            ],
        )
    for number, code in ((4, "http://loinc.org|24467-3"), (5, "24467-3")):
        yield worked(
            f"COD-{number:03d}",
            f"A CD4 count under the coding {code}",
            "S22 S31",
            "The coding stands on the herpes prophylaxis, whose end a CD4 count decides: it means cd4. 230 on "
            "2025-06-03 closes on that day, later than 2025-05-07.",
            AFTER_COURSE_1._replace(prophylaxis=closed),
            FIRST,
            as_of="2025-07-01",
            source=CODES,
            observations=[{"date": "2025-06-03", "code": code, "value": 230}],
        )
    yield worked(
        "COD-006",
        "Codings of two baselines, one of them a day too old",
        "S21 S31 S32",
        "57021-8 is the blood count's coding, 2160-0 that of creatinine. The window is 2025-02-01 to 2025-03-02: the "
        "blood count of 2025-02-20 is inside, the creatinine of 2025-01-31 one day too old: one warning. Other kinds "
        "are not on record: not assessed.",
        AFTER_COURSE_1._replace(findings="baseline-missing 1 -", not_assessed=NO_TESTS),
        FIRST,
        as_of="2025-04-01",
        source=CODES,
        observations=[
            {"date": "2025-02-20", "code": "http://loinc.org|57021-8"},
            {"date": "2025-01-31", "code": "2160-0"},
        ],
    )
    yield worked(
        "COD-007",
        "A kind of test is named that the protocol does not know",
        "S31 S32",
        "blood_count is no code (blood-count is): a warning. Nothing that is known is named, so no test is judged.",
        AFTER_COURSE_1._replace(findings="code-not-known - -", not_assessed=NO_TESTS),
        FIRST,
        as_of="2025-04-01",
        source=CODES,
        tests_recorded=["blood_count"],
    )
    yield worked(
        "COD-008",
        "An override of a finding that there is not",
        "S31",
        "interval-too-short is no finding's code: a warning.",
        AFTER_COURSE_1._replace(findings="code-not-known - -"),
        FIRST,
        as_of="2025-04-01",
        source=CODES,
        overrides=[{"code": "interval-too-short", "course": 1, "by": "Dr A", "why": "travel", "on": "2025-03-20"}],
    )
    yield worked(
        "COD-009",
        "An observation that could not be read",
        "S22 S31",
        "The observation of row 7 could not be read. It may be a CD4 count, so the 250 of 2025-06-03 closes nothing; "
        "it may be any test, so none is said to be missing. What infusions decide stays: course 2 from 2026-03-07.",
        AFTER_COURSE_1._replace(prophylaxis=open_end, not_assessed="baseline-missing 7; window-missed 7"),
        FIRST,
        as_of="2025-07-01",
        source=CODES,
        observations=[{"date": "2025-06-03", "code": "cd4", "value": 250}],
        tests_recorded=[*US_TESTS, "cd4"],
        unreadable_observations=[7],
    )


US_TESTS = [
    "blood-count",
    "creatinine",
    "urinalysis",
    "liver-tests",
    "thyroid",
    "urine-protein-creatinine",
    "vaccinations",
    "skin-examination",
]
"""Every test that is asked for before course 1 in the US."""


def tests_on_record() -> Iterator[Worked]:
    """S32, S42: which tests are recorded at all, and which of these are missing. As of 2025-04-01."""

    def tested(identifier: str, title: str, rules: str, why: str, answer: tuple[str, str], **known: Any) -> Worked:
        expected = AFTER_COURSE_1._replace(findings=answer[0], not_assessed=answer[1])
        return worked(identifier, title, rules, why, expected, FIRST, as_of="2025-04-01", source=TESTS, **known)

    yield tested(
        "TST-001",
        "One CD4 count, and no other test",
        "S32",
        "A CD4 count is no baseline, and no other kind is on record: nothing can be said to be missing.",
        ("-", NO_TESTS),
        observations=[{"date": "2025-03-20", "code": "cd4", "value": 150}],
    )
    yield tested(
        "TST-002",
        "A source that records no tests",
        "S32",
        "The list of kinds is there and empty: none is recorded, although one blood count stands in the history.",
        ("-", NO_TESTS),
        observations=[{"date": "2024-11-20", "code": "blood-count"}],
        tests_recorded=[],
    )
    yield tested(
        "TST-003",
        "Every kind is recorded, and none was done",
        "S21 S32 S42",
        "Before course 1 blood count, creatinine, urinalysis, liver tests, thyroid and the skin examination are "
        "baselines: six. Two windows closed without a record: vaccinations 42 days before 2025-03-03, on 2025-01-20, "
        "and the urine protein ratio on 2025-03-02.",
        ("; ".join(["baseline-missing 1 -"] * 6 + ["window-missed 1 -"] * 2), "-"),
        tests_recorded=US_TESTS,
    )
    for number, day, found, not_assessed in (
        (4, "2025-03-02", "baseline-missing 1 -", NO_TESTS),
        (5, "2025-03-03", "-", NO_TESTS),
    ):
        yield tested(
            f"TST-{number:03d}",
            f"Blood counts are recorded from {day} on, and none was done",
            "S21 S32",
            "The baseline is due up to the eve, 2025-03-02. What was due before that day is not assessed.",
            (found, not_assessed),
            tests_recorded=["blood-count"],
            tests_recorded_from=day,
        )
    for number, day, found in (
        (6, "2025-01-31", "window-missed 1 -"),
        (7, "2025-02-01", "-"),
        (8, "2025-03-02", "-"),
        (9, "2025-03-03", "window-missed 1 -"),
    ):
        yield tested(
            f"TST-{number:03d}",
            f"The urine protein ratio of {day}",
            "S32 S42",
            "The window is 2025-03-03 - 30 days = 2025-02-01 to 2025-03-02, both inside. No vaccinations are recorded.",
            (found, NO_TESTS),
            observations=[{"date": day, "code": "urine-protein-creatinine"}],
        )
    for number, day, found in (
        (10, "2015-06-30", "-"),
        (11, "2025-01-20", "-"),
        (12, "2025-01-21", "window-missed 1 -"),
    ):
        yield tested(
            f"TST-{number:03d}",
            f"Vaccinations completed on {day}",
            "S32 S42",
            "They close on 2025-03-03 - 42 days = 2025-01-20 (3 days to 28 February, 28 to 31 January, 11 more), and "
            "open at any time before course 1.",
            (found, NO_TESTS),
            observations=[{"date": day, "code": "vaccinations"}],
        )
    for number, day, found in (
        (13, "2019-06-30", "-"),
        (14, "2025-03-02", "-"),
        (15, "2025-03-03", "baseline-missing 1 -"),
    ):
        yield tested(
            f"TST-{number:03d}",
            f"The skin examination of {day}",
            "S32 S42",
            "Its baseline has no window: any record before the first infusion, 2025-03-03, will do.",
            (found, NO_TESTS),
            observations=[{"date": day, "code": "skin-examination"}],
        )


def one_more_infusion() -> Iterator[Worked]:
    """S33: with an unreadable row nothing is said that one more infusion would take away."""
    silent = AFTER_COURSE_1._replace(next="2 not-assessed - - -", contraception="-", monitoring="-")
    yield worked(
        "UNR-002",
        "An unreadable row, in the middle of a complete course or not",
        "S06 S33",
        "2025-03-03, 04, 06 and 07 are readable, row 5 is not and may be 2025-03-05: the course may be complete. It is "
        "not said to be short, to have a gap, or to wait for a decision: not assessed, with row 5.",
        silent._replace(
            courses="1 2025-03-03 2025-03-07 4 partial",
            status="not-assessed",
            not_assessed="baseline-missing -; course-incomplete 5; course-not-consecutive 5; "
            "needs-clinical-decision 5; window-missed -",
        ),
        on("2025-03-03 2025-03-04 2025-03-06 2025-03-07"),
        as_of="2025-04-01",
        source="library convention (S33)",
        unreadable=[5],
    )
    yield worked(
        "UNR-003",
        "An unreadable row beside a course that stopped five days ago",
        "S06 S33",
        "Three days to 2025-03-05, asked on 2025-03-10: interrupted, unless row 4 is an infusion. Not assessed.",
        silent._replace(
            courses="1 2025-03-03 2025-03-05 3 interrupted",
            status="not-assessed",
            not_assessed="baseline-missing -; course-interrupted 4; needs-clinical-decision 4; window-missed -",
        ),
        run("2025-03-03", 3),
        as_of="2025-03-10",
        source="library convention (S33)",
        unreadable=[4],
        prior_medicines=2,
    )
    yield worked(
        "UNR-004",
        "An unreadable row beside course 2",
        "S29 S33",
        "Course 1 is not on record, unless row 4 is of it: not assessed, with row 4. Its interval is not assessed: no "
        "infusion before it is on record.",
        silent._replace(
            courses="2 2026-03-09 2026-03-11 3 complete",
            status="initial-treatment-complete",
            next="3 not-assessed - - -",
            not_assessed="baseline-missing -; earlier-course-not-on-record 4; interval-below-minimum 1; "
            "window-missed -",
        ),
        run("2026-03-09", 3, course=2),
        as_of="2026-05-01",
        source="library convention (S33)",
        unreadable=[4],
    )
    yield worked(
        "UNR-005",
        "An unreadable row beside an error that no infusion takes away",
        "S11 S33",
        "Course 2 began on 2026-03-02, before 2025-03-03 + 12 months: an error on row 6, whatever row 9 is.",
        silent._replace(
            findings="interval-below-minimum 2 6",
            courses="1 2025-03-03 2025-03-07 5 complete; 2 2026-03-02 2026-03-04 3 complete",
            status="initial-treatment-complete",
            next="3 not-assessed - - -",
        ),
        FIRST,
        run("2026-03-02", 3),
        as_of="2026-05-01",
        source="library convention (S33)",
        unreadable=[9],
    )


def doses_and_times() -> Iterator[Worked]:
    """S34, S35: how doses and lengths are read."""
    for number, dose, found in (
        (5, "12.00000000", "-"),
        (6, "12.000001", "dose-differs 1 1"),
        (7, "11.9999990", "dose-differs 1 1"),
    ):
        yield worked(
            f"DOS-{number:03d}",
            f'A dose written as "{dose}"',
            "D1 S34",
            "Zeros at the end of the decimal places are dropped, up to 6 places count, and 12 mg are asked.",
            AFTER_COURSE_1._replace(findings=found),
            on("2025-03-03", dose_mg=dose),
            run("2025-03-04", 4),
            as_of="2025-04-01",
            source=DAY,
        )
    for number, started, ended, found, why in (
        (1, "09:00:59", "13:00:00", "-", "Cut to the minute 09:00 to 13:00 are 240 minutes; 240 are asked."),
        (2, "09:00:00", "12:59:59", "infusion-too-short 1 1", "Cut to the minute 09:00 to 12:59 are 239 minutes."),
        (3, "09:01", "13:00:59", "infusion-too-short 1 1", "Cut to the minute 09:01 to 13:00 are 239 minutes."),
    ):
        yield worked(
            f"TIM-{number:03d}",
            f"An infusion from {started} to {ended}",
            "I1 S35",
            why,
            AFTER_COURSE_1._replace(findings=found),
            on("2025-03-03", started=started, ended=ended),
            run("2025-03-04", 4),
            as_of="2025-04-01",
            source=DAY,
        )


# --- reading what is written above -----------------------------------------------------------


def spelled_out(expected: Expected) -> Json:
    """Turn the short form into what a case holds."""
    number, status, earliest, recommended, past_due = expected.next.split()
    periods = [item.split() for item in items(expected.contraception)]
    found: Json = {
        "findings": [finding(item) for item in items(expected.findings)],
        "courses": [verdict(item) for item in items(expected.courses)],
        "status": expected.status,
        "next": {
            "course": int(number),
            "status": status,
            "earliest": unless_dash(earliest),
            "recommended": unless_dash(recommended),
            "past_due": unless_dash(past_due),
        },
        "plan": plan(expected.plan),
        "contraception": periods,
        "contraception_end": periods[-1][1] if periods else None,
    }
    if expected.monitoring:
        found["monitoring"] = monitoring(expected.monitoring)
    if expected.not_assessed:
        found["not_assessed"] = [finding(f"{code} - {row}")[::2] for code, row in pairs(expected.not_assessed)]
    if expected.prophylaxis != "-":
        found["prophylaxis"] = [prophylaxis(item) for item in items(expected.prophylaxis)]
    return found


def items(written: str) -> list[str]:
    """Part a list at its semicolons."""
    return [] if written == "-" else written.split("; ")


def pairs(written: str) -> list[list[str]]:
    """Part a list of "code row"."""
    return [item.split() for item in items(written)]


def unless_dash(written: str) -> str | None:
    """Read a day that may be none."""
    return None if written == "-" else written


def finding(written: str) -> list[str | int | None]:
    """Read "anchor-not-named 2 6"."""
    code, course, row = written.split()
    return [code, None if course == "-" else int(course), None if row == "-" else int(row)]


def verdict(written: str) -> list[str | int]:
    """Read "1 2025-03-03 2025-03-07 5 complete"."""
    number, first_day, last_day, infusions, status = written.split()
    return [int(number), first_day, last_day, int(infusions), status]


def monitoring(written: str) -> Json | None:
    """Read "2025-04-07 2029-03-07 48"."""
    if written == "-":
        return None
    first, last, count = written.split()
    return {"first": first, "last": last, "count": int(count)}


def plan(written: str) -> Json | None:
    """Read "2027-01-11 2: 2027-01-11 2027-01-15; 2028-01-18 2028-01-20"."""
    if written == "-":
        return None
    request, dates = written.split(": ")
    not_before, courses = request.split()
    return {"not_before": not_before, "courses": int(courses), "dates": [item.split() for item in items(dates)]}


def prophylaxis(written: str) -> list[str | int | None]:
    """Read "1 2025-03-03 2025-05-07 2025-06-03"."""
    number, first_day, earliest_end, last_day = written.split()
    return [int(number), first_day, unless_dash(earliest_end), unless_dash(last_day)]
