"""Conformance cases of recorded treatments, family by family: one day before, on, one day after, far after.

Numbers of a family begin at 101 here and count in the order of the code: append at a family's end, never
renumber. What is expected comes from the oracle; `why` says which day the case stands beside.
"""

from collections.abc import Iterator
from datetime import date

from tests.oracle.case_parts import (
    ADDED_LATER,
    Json,
    case,
    changed,
    clinic,
    decision,
    moved,
    numbered,
    on,
    patient,
    run,
)
from tests.oracle.months import Rounding, months_after

US, EU = "us-2024-05", "eu-2020-01"
COURSE_GAP_DAYS = 15
MINIMUM = {
    US: "us-2024-05 courses: minimum_interval 12 months (faq; uspi-2-3)",
    EU: "eu-2020-01 courses: minimum_interval 12 months (mims)",
}
TOLERANCE = "evaluate(tolerance_days=…): intervals only, its use reported"
LENGTHS = "courses: infusion_days; course_gap_days: pc4, a convention"
CONVENTION = "library convention"
NEXT = "forecast in the words of CDC's CDSi (S13)"
DECIDED = "library convention (S10): a clinician decides"

Family = Iterator[Json]


class Ids:
    """The ids of a family, from 101 on."""

    def __init__(self, family: str) -> None:
        self.family = family
        self.last = 100

    def take(self) -> str:
        """Return the next id."""
        self.last = self.last + 1
        return f"{self.family}-{self.last:03d}"


def after(day: str, months: int, rounding: Rounding = "later") -> str:
    """Return the day so many months after."""
    return months_after(date.fromisoformat(day), months, rounding).isoformat()


def beside(offset: int, what: str) -> str:
    """Say where a day stands: "one day before the anniversary"."""
    if offset == 0:
        return f"on {what}"
    size = "one day" if abs(offset) == 1 else f"{abs(offset)} days"
    return f"{size} {'before' if offset < 0 else 'after'} {what}"


def against(offset: int, day: str) -> str:
    """Compare a day with the one it stands beside."""
    return "that very day" if offset == 0 else beside(offset, day)


def cases_by_rule() -> Family:
    """Give all of them, in their order."""
    yield from course_2()
    yield from later_courses()
    yield from tolerance()
    yield from early_and_late()
    yield from short_courses()
    yield from long_courses_and_gaps()
    yield from one_course_or_two()
    yield from unclear_boundaries()
    yield from course_numbers()
    yield from records_that_count()
    yield from row_order()
    yield from future_records()
    yield from unreadable_rows()
    yield from doses()
    yield from times()
    yield from limits()
    yield from ages()
    yield from prior_medicines()
    yield from when_due()
    yield from when_overdue()
    yield from decisions_on_the_last_course()
    yield from decisions_on_a_boundary()
    yield from ends_of_periods()
    yield from periods_that_touch()
    yield from blood_counts()
    yield from baselines()
    yield from cd4_counts()
    yield from closed_days()
    yield from the_course_before()
    yield from numbers_with_gaps()
    yield from neighbouring_numbers()
    yield from torn_numbers()
    yield from codes_of_tests()
    yield from tests_in_windows()
    yield from kinds_recorded()
    yield from rows_that_may_be_infusions()


# --- intervals (S11, S12) --------------------------------------------------------------------


def course_2() -> Family:
    """Course 2 around both anniversaries of course 1, for anchors on awkward days."""
    anchors = {
        US: (
            ("2024-02-25", "29 February"),
            ("2023-02-27", "3 March, a 29 February in between"),
            ("2024-02-27", "2 March, over a 29 February"),
            ("2025-10-27", "31 October"),
            ("2024-12-28", "1 January"),
            ("2027-02-24", "28 February, before a leap year"),
        ),
        EU: (("2024-02-25", "29 February"), ("2025-03-03", "7 March")),
    }
    for protocol, prefix in ((US, "INT-2"), (EU, "INT-2-EU")):
        ids = Ids(prefix)
        for first_day, when in anchors[protocol]:
            last_day = moved(first_day, 4)
            allowed, warned = after(last_day, 12), after(first_day, 12)
            for anniversary, name, offsets in (
                (allowed, "the anniversary of its last infusion", (-60, -1, 0, 1, 180)),
                (warned, "the anniversary of its first infusion", (-1, 0, 1)),
            ):
                for offset in offsets:
                    begins = moved(anniversary, offset)
                    yield case(
                        ids.take(),
                        f"Course 1 ended on {when}; course 2 {beside(offset, name)}",
                        "S02 S11",
                        f"Course 1 from {first_day} to {last_day}: last + 12 months = {allowed}, first + 12 months = "
                        f"{warned}. Course 2 began on {begins}, {against(offset, anniversary)}.",
                        as_of=moved(begins, 30),
                        source=MINIMUM[protocol] + "; the anchor of course 2 is a convention",
                        protocol=protocol,
                        records=numbered(run(first_day, 5), run(begins, 3)),
                    )


def later_courses() -> Family:
    """Courses 3 and 4 around the anniversary of the last infusion before: below it an error."""
    for protocol, number, prefix, last_days in (
        (US, 3, "INT-3", ("2024-02-29", "2025-01-31", "2028-01-01", "2023-03-03")),
        (EU, 3, "INT-3-EU", ("2024-02-29", "2025-03-07")),
        (US, 4, "INT-4", ("2024-02-29",)),
        (EU, 4, "INT-4-EU", ("2028-02-29",)),
    ):
        ids = Ids(prefix)
        for last_day in last_days:
            allowed = after(last_day, 12)
            for offset in (-100, -2, -1, 0, 1, 180):
                begins = moved(allowed, offset)
                yield case(
                    ids.take(),
                    f"Course {number} {beside(offset, 'the anniversary of the last infusion before')}",
                    "S02 S11",
                    f"Course {number - 1} ended on {last_day}; + 12 months, rounded later, = {allowed}. Course "
                    f"{number} began on {begins}, {against(offset, allowed)}. From course 3 on one anchor counts.",
                    as_of=moved(begins, 30),
                    source=MINIMUM[protocol],
                    protocol=protocol,
                    records=numbered(*courses_up_to(number - 1, last_day), run(begins, 3)),
                )


def courses_up_to(number: int, last_day: str) -> list[list[Json]]:
    """Return so many courses, each 380 days after the one before, the last of them ending on a day."""
    blocks: list[list[Json]] = []
    ends = last_day
    for counting_down in range(number, 0, -1):
        days = 5 if counting_down == 1 else 3
        blocks.insert(0, run(moved(ends, 1 - days), days))
        ends = moved(ends, -380)
    return blocks


def tolerance() -> Family:
    """A tolerance counts from the first day that is no error."""
    ids = Ids("TOL")
    for days in (1, 7):
        for offset in (-30, -1, 0, 1, 90):
            begins = moved("2026-03-03", offset - days)
            yield case(
                ids.take(),
                f"{days} day(s) of tolerance, course 2 {beside(offset, 'the first tolerated day')}",
                "S11",
                f"Course 2 is no error from 2025-03-03 + 12 months = 2026-03-03 on; less {days} day(s) = "
                f"{moved('2026-03-03', -days)}. It began on {begins}.",
                as_of=moved(begins, 30),
                source=TOLERANCE,
                records=numbered(run("2025-03-03", 5), run(begins, 3)),
                tolerance_days=days,
            )
    for protocol, days in ((US, 1), (EU, 5)):
        for offset in (-30, -1, 0, 1, 90):
            begins = moved("2027-03-11", offset - days)
            yield case(
                ids.take(),
                f"{protocol}: {days} day(s) of tolerance, course 3 {beside(offset, 'the first tolerated day')}",
                "S11",
                f"Course 3 is no error from 2026-03-11 + 12 months = 2027-03-11 on; less {days} day(s) = "
                f"{moved('2027-03-11', -days)}. It began on {begins}.",
                as_of=moved(begins, 30),
                source=TOLERANCE,
                protocol=protocol,
                records=numbered(run("2025-03-03", 5), run("2026-03-09", 3), run(begins, 3)),
                tolerance_days=days,
            )


def early_and_late() -> Family:
    """S12: whatever was given anchors what follows."""
    ids = Ids("DEV")
    for offset in (-1, 0, 1, 200):
        begins = moved("2027-03-04", offset)
        yield case(
            ids.take(),
            f"Course 3 after a course 2 that was too early, {beside(offset, 'the day its own anchor allows')}",
            "S11 S12",
            "Course 2 on 2026-03-02 to 2026-03-04 was too early (before 2026-03-03), and counts: course 3 from "
            f"2026-03-04 + 12 months = 2027-03-04. It began on {begins}.",
            as_of=moved(begins, 30),
            source=MINIMUM[US],
            records=numbered(run("2025-03-03", 5), run("2026-03-02", 3), run(begins, 3)),
        )
    for offset in (-1, 0, 1, 200):
        begins = moved("2026-03-08", offset)
        yield case(
            ids.take(),
            f"Course 2 after six days of course 1, {beside(offset, 'the anniversary of the sixth')}",
            "S08 S11 S12",
            "The sixth day, 2025-03-08, is an extra infusion, and the last infusion given: + 12 months = 2026-03-08. "
            f"Course 2 began on {begins}.",
            as_of=moved(begins, 30),
            source=MINIMUM[US],
            records=numbered(run("2025-03-03", 6), run(begins, 3)),
        )
    for status, anchor in (("partial", "2025-03-07"), ("not-done", "2025-03-06")):
        for offset in (-1, 0, 1):
            begins = moved(after(anchor, 12), offset)
            yield case(
                ids.take(),
                f"The last infusion of course 1 is {status}; course 2 {beside(offset, 'the anniversary')}",
                "S04 S07 S12",
                f"Row 5 of 2025-03-07 is {status}, so the last infusion given was on {anchor}: + 12 months = "
                f"{after(anchor, 12)}. Course 2 began on {begins}.",
                as_of=moved(begins, 30),
                source=MINIMUM[US],
                records=numbered(run("2025-03-03", 4), on("2025-03-07", status=status), run(begins, 3)),
            )
    for months in (24, 60):
        begins = after("2025-03-07", months)
        yield case(
            ids.take(),
            f"Course 2 {months} months after course 1: late is never wrong",
            "S11 S13",
            f"No label sets a longest interval: course 2 on {begins} is fine, {months} months after 2025-03-07.",
            as_of=moved(begins, 30),
            source=MINIMUM[US],
            records=numbered(run("2025-03-03", 5), run(begins, 3)),
        )


# --- the shape of a course (S08, S09) --------------------------------------------------------


def short_courses() -> Family:
    """A short last course, by the number of its days and the day of the question."""
    before = {1: [], 2: [run("2024-05-13", 5)], 3: [run("2023-05-01", 5), run("2024-05-13", 3)]}
    for number, protocol, counts in ((1, US, (1, 2, 3, 4)), (2, US, (1, 2)), (3, US, (1, 2)), (3, EU, (2,))):
        ids = Ids(f"STA-{number}{'-EU' if protocol == EU else ''}")
        planned = 5 if number == 1 else 3
        for given in counts:
            last_day = moved("2025-06-02", given - 1)
            for offset in (0, 1, 2, 15, 16, 400):
                yield case(
                    ids.take(),
                    f"{given} of {planned} days of course {number}, asked {beside(offset, 'the last of them')}",
                    "S08 S09",
                    f"Last given {last_day}; in progress up to {moved(last_day, 1)}, interrupted up to "
                    f"{moved(last_day, 15)}, partial from {moved(last_day, 16)} on. Asked on "
                    f"{moved(last_day, offset)}.",
                    as_of=moved(last_day, offset),
                    source=LENGTHS,
                    protocol=protocol,
                    records=numbered(*before[number], run("2025-06-02", given)),
                )
    ids = Ids("STA-COMPLETE")
    for number, planned in ((1, 5), (2, 3), (3, 3)):
        for offset in (0, 1, 2, 16):
            last_day = moved("2025-06-02", planned - 1)
            yield case(
                ids.take(),
                f"Course {number} with all its days, asked {beside(offset, 'the last of them')}",
                "S08",
                f"{planned} of {planned} days, the last on {last_day}: complete, whenever it is asked.",
                as_of=moved(last_day, offset),
                source=LENGTHS,
                records=numbered(*before[number], run("2025-06-02", planned)),
            )


def long_courses_and_gaps() -> Family:
    """More days than planned, and days left out."""
    ids = Ids("LEN")
    for given in (5, 6, 7, 9):
        yield case(
            ids.take(),
            f"{given} days in a row in course 1",
            "S08",
            f"5 planned days, {given} given: {given - 5} beyond the planned count, each an extra infusion.",
            as_of="2025-07-01",
            source=LENGTHS,
            records=numbered(run("2025-06-02", given)),
        )
    for given in (3, 4, 5):
        yield case(
            ids.take(),
            f"{given} days in a row in course 2",
            "S08",
            f"3 planned days, {given} given: {given - 3} beyond the planned count.",
            as_of="2026-07-01",
            source=LENGTHS,
            records=numbered(run("2025-06-02", 5), run("2026-06-08", given)),
        )
    for left_out in (1, 2, 7, 14):
        later = moved("2025-06-04", left_out + 1)
        yield case(
            ids.take(),
            f"{left_out} day(s) left out after the third day of course 1",
            "S07 S08",
            f"Days 1 to 3 to 2025-06-04, day 4 on {later}, {left_out + 1} days later, at most 15: one course, "
            "complete, not consecutive; the first record after the gap is row 4.",
            as_of="2025-08-01",
            source=LENGTHS,
            records=numbered(run("2025-06-02", 3), run(later, 2)),
        )
    yield case(
        ids.take(),
        "Two gaps in one course",
        "S08",
        "Days left out on 2025-06-03 and 2025-06-06: one warning for the course, at the first record after the first "
        "gap, row 2.",
        as_of="2025-07-01",
        source=LENGTHS,
        records=numbered(on("2025-06-02 2025-06-04 2025-06-05 2025-06-07 2025-06-08")),
    )
    yield case(
        ids.take(),
        "A gap in a course that is still going on",
        "S08",
        "2, 3 and 5 June given, asked on 5 June: three of five days, in progress, and not consecutive (row 3).",
        as_of="2025-06-05",
        source=LENGTHS,
        records=numbered(on("2025-06-02 2025-06-03 2025-06-05")),
    )
    yield case(
        ids.take(),
        "A gap and an extra day in course 2",
        "S08",
        "8, 9, 11 and 12 June 2026: the first record after the gap is row 8, the day beyond three is row 9.",
        as_of="2026-07-01",
        source=LENGTHS,
        records=numbered(run("2025-06-02", 5), on("2026-06-08 2026-06-09 2026-06-11 2026-06-12")),
    )


# --- one course or two (S07) -----------------------------------------------------------------


def one_course_or_two() -> Family:
    """The gap between neighbouring days, 15 days being the last that keeps a course together."""
    ids = Ids("CRS")
    for first_part, second_part in ((3, 2), (1, 4)):
        last_day = moved("2025-03-03", first_part - 1)
        for gap in (2, 14, 15, 16, 17, 100):
            if second_part == 4 and gap > 15:
                continue  # four days of what would be course 2: more than can be told
            begins = moved(last_day, gap)
            yield case(
                ids.take(),
                f"{first_part} + {second_part} days of course 1, {gap} day(s) apart",
                "S07 S08",
                f"From {last_day} to {begins} are {gap} day(s); up to 15 it is one course, from 16 on another.",
                as_of=moved(begins, second_part - 1),
                source=LENGTHS,
                records=numbered(run("2025-03-03", first_part), run(begins, second_part)),
            )
    for gap in (1, 2, 15, 16, 17, 100):
        begins = moved("2025-03-07", gap)
        yield case(
            ids.take(),
            f"Three further days {gap} day(s) after a complete course 1",
            "S07 S08 S11",
            f"From 2025-03-07 to {begins} are {gap} day(s): up to 15 they are extra days of course 1, from 16 on a "
            "course 2 that is too early. A complete course leaves nothing unclear.",
            as_of=moved(begins, 30),
            source=LENGTHS,
            records=numbered(run("2025-03-03", 5), run(begins, 3)),
        )
    for gap in (14, 15, 16):
        begins = moved("2026-03-10", gap)
        yield case(
            ids.take(),
            f"The third day of course 2 {gap} days after the second",
            "S07 S08",
            f"From 2026-03-10 to {begins} are {gap} days; up to 15 it is the third day of course 2.",
            as_of=begins,
            source=LENGTHS,
            records=numbered(run("2025-03-03", 5), run("2026-03-09", 2), on(begins)),
        )


def unclear_boundaries() -> Family:
    """After a short course: below the minimum interval nobody can tell, from it on it is a new course."""
    ids = Ids("CRS-UNCLEAR")
    for protocol, first_day, given in (
        (US, "2025-03-03", 2),
        (US, "2024-02-27", 3),
        (EU, "2025-10-28", 4),
    ):
        last_day = moved(first_day, given - 1)
        allowed = after(last_day, 12)
        for offset in (-200, -1, 0, 1, 200):
            begins = moved(allowed, offset)
            yield case(
                ids.take(),
                f"Three days {beside(offset, 'the anniversary')} of a course 1 of {given} days",
                "S07 S09",
                f"Course 1 had {given} of 5 days, the last on {last_day}; + 12 months = {allowed}. The next days began "
                f"on {begins}: before {allowed} the boundary is unclear, from it on course 1 is settled.",
                as_of=moved(begins, 30),
                source=LENGTHS,
                protocol=protocol,
                records=numbered(run(first_day, given), run(begins, 3)),
            )
    for offset in (-1, 0, 1):
        begins = moved("2027-03-10", offset)
        yield case(
            ids.take(),
            f"Three days {beside(offset, 'the anniversary')} of a course 2 of two days",
            "S07 S09",
            "Course 2 had 2 of 3 days, the last on 2026-03-10; + 12 months = 2027-03-10. The next days began on "
            f"{begins}.",
            as_of=moved(begins, 30),
            source=LENGTHS,
            records=numbered(run("2025-03-03", 5), run("2026-03-09", 2), run(begins, 3)),
        )
    yield case(
        ids.take(),
        "EU: an unclear fifth course does not count for the limit",
        "S07 S14",
        "Course 4 had 2 of 3 days; three days 60 days later may belong to it: not counted as a fifth course.",
        as_of="2023-07-01",
        source=LENGTHS,
        protocol=EU,
        records=numbered(
            run("2020-03-02", 5), run("2021-03-08", 3), run("2022-03-14", 3), run("2023-03-20", 2), run("2023-05-20", 3)
        ),
    )
    yield case(
        ids.take(),
        "US: an unclear fourth course does not count as beyond three",
        "S07 S14",
        "Course 3 had 2 of 3 days; three days 60 days later may belong to it: not counted as a fourth course.",
        as_of="2022-07-01",
        source=LENGTHS,
        records=numbered(run("2020-03-02", 5), run("2021-03-08", 3), run("2022-03-14", 2), run("2022-05-14", 3)),
    )
    yield case(
        ids.take(),
        "An unclear boundary further back",
        "S07 S09",
        "Course 1 had 3 of 5 days, and three days 30 days later are unclear; the course a year after them is clear. "
        "The treatment waits for a decision all the same.",
        as_of="2026-06-01",
        source=LENGTHS,
        records=numbered(run("2025-03-03", 3), run("2025-04-04", 3), run("2026-04-13", 3)),
    )


def course_numbers() -> Family:
    """The record's own course number wins."""
    ids = Ids("CRS-NUMBER")
    for gap in (1, 15, 16, 100):
        begins = moved("2025-03-05", gap)
        yield case(
            ids.take(),
            f"3 + 2 days {gap} day(s) apart, all numbered course 1",
            "S07 S08",
            f"From 2025-03-05 to {begins} are {gap} day(s), and every record says course 1: one course of 5 days.",
            as_of=moved(begins, 30),
            source=CONVENTION + " (S07)",
            records=numbered(run("2025-03-03", 3, course=1), run(begins, 2, course=1)),
        )
    for gap in (1, 15, 16, 100):
        begins = moved("2025-03-05", gap)
        judged = "the numbers contradict the dates" if gap <= COURSE_GAP_DAYS else "course 2 judged as usual: too early"
        yield case(
            ids.take(),
            f"3 + 3 days {gap} day(s) apart, numbered course 1 and course 2",
            "S07 S09 S11 S30",
            f"From 2025-03-05 to {begins} are {gap} day(s), and the records say course 1 and course 2: the boundary is "
            f"clear, course 1 settled as partial, {judged}.",
            as_of=moved(begins, 30),
            source=CONVENTION + " (S07)",
            records=numbered(run("2025-03-03", 3, course=1), run(begins, 3, course=2)),
        )
    yield case(
        ids.take(),
        "Only the later course is numbered",
        "S07 S09 S11",
        "3 days without a number are course 1; the days 20 days later say course 2: a clear boundary.",
        as_of="2025-05-01",
        source=CONVENTION + " (S07)",
        records=numbered(run("2025-03-03", 3), run("2025-03-25", 3, course=2)),
    )
    yield case(
        ids.take(),
        "Only the earlier course is numbered",
        "S07 S11",
        "Five days say course 1; the days a year later have no number: the next course, 2.",
        as_of="2026-05-01",
        source=CONVENTION + " (S07)",
        records=numbered(run("2025-03-03", 5, course=1), run("2026-03-09", 3)),
    )
    yield case(
        ids.take(),
        "Course 1 was given elsewhere: the records begin with course 2",
        "S07 S11 S29",
        "The records say course 2, and course 1 is not on record: a warning, and no interval to judge; 3 of 3 days.",
        as_of="2026-05-01",
        source=CONVENTION + " (S07)",
        records=numbered(run("2026-03-09", 3, course=2)),
    )
    yield case(
        ids.take(),
        "Every record is numbered as the gaps would have it",
        "S07",
        "Numbers and gaps say the same: three courses, nothing is wrong.",
        as_of="2027-05-01",
        source=CONVENTION + " (S07)",
        records=numbered(
            run("2025-03-03", 5, course=1), run("2026-03-09", 3, course=2), run("2027-03-15", 3, course=3)
        ),
    )


# --- records (S04, S05, S06) -----------------------------------------------------------------


def records_that_count() -> Family:
    """Statuses, and several records on one day."""
    ids = Ids("CNT")
    plain = numbered(run("2025-03-03", 5))

    def counts(title: str, why: str, records: list[Json], *, as_of: str = "2025-04-01", protocol: str = US) -> Json:
        return case(
            ids.take(), title, "S04", why, as_of=as_of, source=CONVENTION + " (S04)", protocol=protocol, records=records
        )

    for row in (1, 2, 5):
        yield counts(
            f"A partial infusion on day {row}",
            f"Row {row} is partial: an exposure day, with a warning.",
            changed(plain, row, status="partial"),
        )
    for row in (1, 2, 5):
        yield counts(
            f"The infusion of day {row} was not done",
            f"Row {row} is no exposure: 4 of 5 days are given.",
            changed(plain, row, status="not-done"),
        )
    for row in (1, 5):
        yield counts(
            f"The record of day {row} was entered in error",
            f"Row {row} is no exposure: 4 of 5 days are given.",
            changed(plain, row, status="entered-in-error"),
        )
    yield counts(
        "All five infusions are partial",
        "Five exposure days, five warnings: complete.",
        numbered(run("2025-03-03", 5, status="partial")),
    )
    yield counts(
        "Nothing but infusions that were not done",
        "No exposure at all: the treatment has not started.",
        numbered(run("2025-03-03", 5, status="not-done")),
    )
    yield counts(
        "An infusion not done, and given on the day after the course",
        "Row 3 was not done; the fifth infusion was on 2025-03-08: complete, not consecutive.",
        [*changed(plain, 3, status="not-done"), {"row": 6, "date": "2025-03-08"}],
    )
    for row, when in ((1, "first"), (3, "third")):
        yield counts(
            f"The {when} infusion recorded twice",
            f"Row 6 says what row {row} says: a duplicate, counted once.",
            [*plain, {**plain[row - 1], "row": 6}],
        )
    yield counts(
        "The same infusion recorded three times",
        "Rows 6 and 7 say what row 5 says: two duplicates, counted once.",
        [*plain, {**plain[4], "row": 6}, {**plain[4], "row": 7}],
    )
    yield counts(
        "The whole course recorded twice",
        "Rows 6 to 10 say what rows 1 to 5 say: five duplicates, five days.",
        [*plain, *({**record, "row": record["row"] + 5} for record in plain)],
    )
    yield counts(
        "A completed and a partial record on one day",
        "Two exposure records of 2025-03-05 that differ: an error on the later one, row 6, which is also partial.",
        [*plain, {"row": 6, "date": "2025-03-05", "status": "partial"}],
    )
    yield counts(
        "Two records on one day with different times",
        "Rows 3 and 6 of 2025-03-05 begin at 09:00 and 14:00: two infusions on one day.",
        [
            *changed(plain, 3, started="09:00", ended="13:00"),
            {"row": 6, "date": "2025-03-05", "started": "14:00", "ended": "18:00"},
        ],
    )
    yield counts(
        "Two identical records with all their fields",
        "Rows 3 and 6 agree in date, times, dose and status: a duplicate.",
        [
            *changed(plain, 3, started="09:00", ended="13:00", observed_until="15:00", dose_mg=12, status="completed"),
            {
                "row": 6,
                "date": "2025-03-05",
                "started": "09:00",
                "ended": "13:00",
                "observed_until": "15:00",
                "dose_mg": 12,
                "status": "completed",
            },
        ],
    )
    yield counts(
        "An infusion, and on the same day a record that was entered in error",
        "Only one exposure record of 2025-03-05: nothing is wrong.",
        [*plain, {"row": 6, "date": "2025-03-05", "status": "entered-in-error"}],
    )
    yield counts(
        "An infusion, and on the same day one that was not done",
        "Only one exposure record of 2025-03-05: nothing is wrong.",
        [*plain, {"row": 6, "date": "2025-03-05", "status": "not-done"}],
    )
    yield counts(
        "A second infusion on a day does not make up for a missing day",
        "Four days, two records on the last: four exposure days of five, interrupted on 2025-03-10.",
        numbered(run("2025-03-03", 4), on("2025-03-06", dose_mg=12)),
        as_of="2025-03-10",
    )
    yield counts(
        "EU: a duplicate in course 2",
        "Row 9 says what row 8 says: a duplicate in course 2.",
        numbered(run("2025-03-03", 5), run("2026-03-09", 3), on("2026-03-11")),
        as_of="2026-04-01",
        protocol=EU,
    )


def row_order() -> Family:
    """The order of the rows changes nothing but the row numbers."""
    ids = Ids("ORD")
    for title, order in (
        ("backwards", (8, 7, 6, 5, 4, 3, 2, 1)),
        ("with course 2 first", (6, 7, 8, 1, 2, 3, 4, 5)),
        ("shuffled", (3, 8, 1, 6, 5, 2, 7, 4)),
    ):
        plain = numbered(run("2025-03-03", 5), run("2026-03-05", 3))
        records = [{**plain[place - 1], "row": row} for row, place in enumerate(order, start=1)]
        yield case(
            ids.take(),
            f"The rows of two courses {title}",
            "S07 S11",
            "Course 2 began on 2026-03-05, between 2026-03-03 and 2026-03-07: the warning stands on the row of that "
            f"day, row {order.index(6) + 1}.",
            as_of="2026-05-01",
            source=CONVENTION,
            records=records,
        )
    yield case(
        ids.take(),
        "A duplicate that stands before its original",
        "S04",
        "Rows 1 and 3 say the same of 2025-03-05; the later row, 3, is the duplicate.",
        as_of="2025-05-01",
        source=CONVENTION,
        records=numbered(on("2025-03-05"), on("2025-03-03"), on("2025-03-05"), on("2025-03-04 2025-03-06 2025-03-07")),
    )


def future_records() -> Family:
    """A record's day against the day of the question."""
    ids = Ids("FUT")
    for offset in (-1, 0, 1, 300):
        yield case(
            ids.take(),
            f"Course 2 recorded, asked {beside(offset, 'its last day')}",
            "S05 S08",
            f"Rows 6 to 8 are of 2026-03-09 to 2026-03-11; asked on {moved('2026-03-11', offset)}.",
            as_of=moved("2026-03-11", offset),
            source=CONVENTION + " (S05)",
            records=numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
        )
    for offset in (-300, -1, 0, 1):
        yield case(
            ids.take(),
            f"A sixth record of course 1, asked {beside(offset, 'its day')}",
            "S05",
            f"Row 6 is of 2026-03-09; asked on {moved('2026-03-09', offset)}. While it lies ahead no next day is said.",
            as_of=moved("2026-03-09", offset),
            source=CONVENTION + " (S05)",
            records=numbered(run("2025-03-03", 5), on("2026-03-09")),
        )
    for status, why in (
        ("partial", "An exposure record in the future, whatever its status: an error, and not counted."),
        ("not-done", "An infusion that will not be done is no exposure: nothing is wrong."),
        ("entered-in-error", "A record entered in error is no exposure: nothing is wrong."),
    ):
        yield case(
            ids.take(),
            f"A record in the future, {status}",
            "S04 S05",
            why,
            as_of="2025-04-01",
            source=CONVENTION + " (S05)",
            records=numbered(run("2025-03-03", 5), on("2026-03-09", status=status)),
        )
    yield case(
        ids.take(),
        "Nothing but records in the future",
        "S05",
        "Five exposure records after the day of the question: none is counted, the treatment has not started.",
        as_of="2025-03-02",
        source=CONVENTION + " (S05)",
        records=numbered(run("2025-03-03", 5)),
    )


def unreadable_rows() -> Family:
    """With a row that could not be read no date can be trusted."""
    ids = Ids("UNR")
    for title, given, as_of in (
        ("after two courses", (run("2025-03-03", 5), run("2026-03-09", 3)), "2026-05-01"),
        ("in a course that is short", (run("2025-03-03", 3),), "2025-03-10"),
        ("and nothing else", (), "2025-03-10"),
    ):
        records = numbered(*given)
        row = len(records) + 1
        yield case(
            ids.take(),
            f"An unreadable row {title}",
            "S06 S33",
            f"Row {row} could not be read and may be an infusion: no earliest day, no ends, and nobody can say that a "
            "course is short. The rest is judged.",
            as_of=as_of,
            source=CONVENTION + " (S06)",
            records=records,
            known=patient(unreadable=[row]),
        )


# --- the infusion day ------------------------------------------------------------------------


def doses() -> Family:
    """The dose of the protocol is 12 mg."""
    ids = Ids("DOS")
    plain = numbered(run("2025-03-03", 5))
    for protocol, dose in ((US, 11), (US, 12), (US, 13), (US, 120), (US, 12.5), (US, 1.2), (EU, 11), (EU, 12)):
        yield case(
            ids.take(),
            f"{protocol}: a dose of {dose} mg",
            "D1 time-9",
            f"The protocol's dose is 12 mg, row 4 says {dose} mg; the day counts in any case.",
            as_of="2025-04-01",
            source="infusion_day.dose_mg",
            protocol=protocol,
            records=changed(plain, 4, dose_mg=dose),
        )
    yield case(
        ids.take(),
        "Another dose of an infusion that was not done",
        "S04 D1",
        "Row 6 was not done: there is no dose to judge.",
        as_of="2025-04-01",
        source="infusion_day.dose_mg",
        records=numbered(run("2025-03-03", 5), on("2025-03-08", dose_mg=10, status="not-done")),
    )
    yield case(
        ids.take(),
        "Another dose of a partial infusion",
        "S04 D1",
        "Row 5 is partial, with 8 mg: an exposure with another dose, and both are said.",
        as_of="2025-04-01",
        source="infusion_day.dose_mg",
        records=numbered(run("2025-03-03", 4), on("2025-03-07", dose_mg=8, status="partial")),
    )
    yield case(
        ids.take(),
        "Another dose on every day",
        "D1",
        "10 mg on each of five days: one finding per record.",
        as_of="2025-04-01",
        source="infusion_day.dose_mg",
        records=numbered(run("2025-03-03", 5, dose_mg=10)),
    )


def times() -> Family:
    """An infusion of 240 minutes, and at least 120 of observation."""
    ids = Ids("TIM")
    plain = numbered(run("2025-03-03", 5))

    def timed(title: str, rules: str, why: str, *, protocol: str = US, **fields: str) -> Json:
        return case(
            ids.take(),
            title,
            rules,
            why,
            as_of="2025-04-01",
            source="infusion_day: infusion_minutes, observation_minutes",
            protocol=protocol,
            records=changed(plain, 2, **fields),
        )

    for ended, minutes in (("12:59", 239), ("13:00", 240), ("13:01", 241), ("16:00", 420)):
        yield timed(
            f"An infusion of {minutes} minutes",
            "I1 time-9",
            f"09:00 to {ended} are {minutes} minutes; 240 are asked.",
            started="09:00",
            ended=ended,
        )
    for until, minutes in (("14:59", 119), ("15:00", 120), ("15:01", 121), ("18:00", 300)):
        yield timed(
            f"An observation of {minutes} minutes",
            "I4 time-9",
            f"13:00 to {until} are {minutes} minutes; at least 120 are asked.",
            ended="13:00",
            observed_until=until,
        )
    for ended, until in (("12:59", "14:58"), ("12:59", "14:59")):
        yield timed(
            f"An infusion to {ended}, observed to {until}",
            "I1 I4",
            f"The infusion took 239 minutes; the observation counts from its end, {ended}.",
            protocol=EU,
            started="09:00",
            ended=ended,
            observed_until=until,
        )
    yield timed(
        "A partial infusion of one hour, observed for one hour",
        "S04 I1",
        "Times are judged of completed infusions only: a partial one is short by its nature.",
        started="09:00",
        ended="10:00",
        observed_until="11:00",
        status="partial",
    )
    yield timed("Only the start is known", "I1", "Without an end there is no length to judge.", started="09:00")
    yield timed("Only the end is known", "I1", "Without a start there is no length to judge.", ended="09:30")
    yield timed(
        "Start and end of observation are known, the end of the infusion is not",
        "I1 I4",
        "Neither length can be said without the end of the infusion.",
        started="09:00",
        observed_until="10:00",
    )


# --- limits and the patient (S14, S15) -------------------------------------------------------


def limits() -> Family:
    """One course after the other, each 13 months after the one before."""
    for protocol, most in ((US, 7), (EU, 7)):
        ids = Ids(f"LIM-{'US' if protocol == US else 'EU'}")
        for number in range(1, most + 1):
            last_day = "2025-06-04"
            yield case(
                ids.take(),
                f"{protocol}: {number} course(s), asked one month after the last",
                "S14",
                f"{number} course(s) on record. "
                + ("Data are limited beyond 3, there is no limit." if protocol == US else "At most 4 in all."),
                as_of="2025-07-04",
                source="us-2024-05 data_limited_beyond: hcp" if protocol == US else "eu-2020-01 maximum_courses: epar",
                protocol=protocol,
                records=numbered(*courses_up_to(number, last_day)),
            )


def ages() -> Family:
    """Birthdays around the first infusion, 2 June 2025."""
    for protocol, prefix, years_asked in ((US, "AGE", (17, 18)), (EU, "AGE-EU", (17, 18))):
        ids = Ids(prefix)
        for years in years_asked:
            for offset in (-1, 0, 1, 200):
                born = moved(after("2025-06-02", -12 * years), -offset)
                yield case(
                    ids.take(),
                    f"{protocol}: the first infusion {beside(offset, f'birthday {years}')}",
                    "S15",
                    f"Born {born}: {years} on {after(born, 12 * years)}; the first infusion was on 2025-06-02.",
                    as_of="2025-07-01",
                    source=f"{protocol}: minimum_age" + (", adult_age" if protocol == US else ""),
                    protocol=protocol,
                    records=numbered(run("2025-06-02", 5)),
                    known=patient(birth_date=born),
                )
    ids = Ids("AGE-LEAP")
    for protocol, first_day, years in (
        (US, "2025-02-28", 17),
        (US, "2025-03-01", 17),
        (US, "2026-02-28", 18),
        (US, "2026-03-01", 18),
        (EU, "2026-02-28", 18),
        (EU, "2026-03-01", 18),
        (EU, "2026-03-02", 18),
    ):
        yield case(
            ids.take(),
            f"{protocol}: born on 29 February, the first infusion on {first_day}",
            "S02 S15",
            f"Born 2008-02-29; no such day {years} years later, rounded later: {years} on "
            f"{after('2008-02-29', 12 * years)}.",
            as_of="2026-05-01",
            source=f"{protocol}: minimum_age" + (", adult_age" if protocol == US else ""),
            protocol=protocol,
            records=numbered(run(first_day, 5)),
            known=patient(birth_date="2008-02-29"),
        )
    yield case(
        ids.take(),
        "Old enough at course 2 is too late",
        "S15",
        "Born 2008-09-01: 16 at the first infusion of course 1, 2025-03-03; that 17 was reached before course 2 does "
        "not matter, and course 2 is not judged.",
        as_of="2026-05-01",
        source="us-2024-05: minimum_age",
        records=numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
        known=patient(birth_date="2008-09-01"),
    )
    yield case(
        ids.take(),
        "A birth date from the last century, and one course",
        "S01 S15",
        "Born 1930-02-28: 95, and no label has an upper age.",
        as_of="2025-05-01",
        source="us-2024-05: minimum_age",
        records=numbered(run("2025-03-03", 5)),
        known=patient(birth_date="1930-02-28"),
    )


def prior_medicines() -> Family:
    """The US page says 2 or more; the EU file says nothing."""
    ids = Ids("PRI")
    for protocol, tried in ((US, 0), (US, 2), (US, 3), (EU, 0), (EU, 1)):
        yield case(
            ids.take(),
            f"{protocol}: {tried} medicine(s) tried before",
            "FAQ",
            "The US file asks for 2; the EU file has no number." if protocol == EU else f"{tried} against 2.",
            as_of="2025-04-01",
            source="us-2024-05 prior_medicines: faq",
            protocol=protocol,
            records=numbered(run("2025-03-03", 5)),
            known=patient(prior_medicines=tried),
        )


# --- what comes next (S13) -------------------------------------------------------------------


def when_due() -> Family:
    """The day of the question around the earliest day of the next course."""
    ids = Ids("NXT-DUE")
    for protocol, first_day in ((US, "2024-02-25"), (US, "2025-10-27"), (US, "2025-01-27"), (EU, "2024-02-25")):
        last_day = moved(first_day, 4)
        earliest = after(last_day, 12)
        for offset in (-300, -1, 0, 1, 400):
            yield case(
                ids.take(),
                f"{protocol}: after course 1 to {last_day}, asked {beside(offset, 'the earliest day of course 2')}",
                "S02 S13",
                f"{last_day} + 12 months, rounded later, = {earliest}; asked on {moved(earliest, offset)}.",
                as_of=moved(earliest, offset),
                source=NEXT,
                protocol=protocol,
                records=numbered(run(first_day, 5)),
            )
    ids = Ids("NXT-OPTIONAL")
    for protocol in (US, EU):
        for offset in (-300, -1, 0, 1, 4000):
            yield case(
                ids.take(),
                f"{protocol}: after course 2, asked {beside(offset, 'the earliest day of course 3')}",
                "S13",
                f"2026-03-11 + 12 months = 2027-03-11; asked on {moved('2027-03-11', offset)}. A third course is "
                "optional: no recommended day, never due, never overdue.",
                as_of=moved("2027-03-11", offset),
                source=NEXT,
                protocol=protocol,
                records=numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
            )


def when_overdue() -> Family:
    """A clinic's own past-due span, counted from the recommended day and rounded earlier."""
    ids = Ids("NXT-PAST")
    for span, first_day, past_due in (
        ("2 months", "2025-03-03", "2026-05-07"),
        ("30 days", "2025-03-03", "2026-04-06"),
        ("4 months", "2025-10-27", "2027-02-28"),
    ):
        recommended = after(moved(first_day, 4), 12)
        for offset in (-1, 0, 1, 1000):
            yield case(
                ids.take(),
                f"Past due {span} after {recommended}, asked {beside(offset, 'that day')}",
                "S02 S13",
                f"Recommended {recommended}, + {span}, rounded earlier, = {past_due}; overdue from the day after.",
                as_of=moved(past_due, offset),
                source=NEXT,
                records=numbered(run(first_day, 5)),
                past_due_after=span,
            )
    yield case(
        ids.take(),
        "A past-due span, and course 2 not yet due",
        "S13",
        "Past due is said ahead: 2026-03-07 + 3 months = 2026-06-07; asked in 2025 the course is not due.",
        as_of="2025-08-01",
        source=NEXT,
        records=numbered(run("2025-03-03", 5)),
        past_due_after="3 months",
    )
    yield case(
        ids.take(),
        "A past-due span does not make an optional course overdue",
        "S13",
        "Course 3 is optional: no recommended day, so none to be past.",
        as_of="2030-01-01",
        source=NEXT,
        records=numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
        past_due_after="3 months",
    )


# --- decisions (S10) -------------------------------------------------------------------------


def decisions_on_the_last_course() -> Family:
    """A short last course, and what was decided on it."""
    ids = Ids("DEC-LAST")
    for what in ("treat-as-complete", "new-course", "resume"):
        for offset in (2, 15, 16, 200):
            as_of = moved("2025-06-04", offset)
            yield case(
                ids.take(),
                f"{what} on three of five days, {offset} days after the last",
                "S08 S09 S10",
                f"Last given 2025-06-04, asked on {as_of}. "
                + (
                    f"The two days left follow from {as_of} on: later dates count from {moved(as_of, 1)}."
                    if what == "resume"
                    else "Course 2 counts from the last infusion given: 2026-06-04."
                ),
                as_of=as_of,
                source=DECIDED,
                records=numbered(run("2025-06-02", 3)),
                decisions=[decision(1, what, as_of)],
            )
    for what in ("treat-as-complete", "new-course", "resume"):
        for offset in (2, 16):
            as_of = moved("2026-06-09", offset)
            yield case(
                ids.take(),
                f"{what} on two of three days of course 2, {offset} days after the last",
                "S08 S09 S10",
                f"Last given 2026-06-09, asked on {as_of}; course 3 is optional.",
                as_of=as_of,
                source=DECIDED,
                records=numbered(run("2025-06-02", 5), run("2026-06-08", 2)),
                decisions=[decision(2, what, as_of)],
            )
    for offset in (-1, 0, 1, 400):
        as_of = moved("2026-06-04", offset)
        yield case(
            ids.take(),
            f"A settled course 1, asked {beside(offset, 'the earliest day of course 2')}",
            "S10 S13",
            f"Treated as complete with three days, the last on 2025-06-04: course 2 from 2026-06-04. Asked on {as_of}.",
            as_of=as_of,
            source=DECIDED,
            records=numbered(run("2025-06-02", 3)),
            decisions=[decision(1, "treat-as-complete", "2025-06-10")],
        )
    yield case(
        ids.take(),
        "A decision on another course settles nothing",
        "S09 S10",
        "Course 2 is interrupted, the decision is on course 1, which is complete: still undecided.",
        as_of="2026-06-15",
        source=DECIDED,
        records=numbered(run("2025-06-02", 5), run("2026-06-08", 2)),
        decisions=[decision(1, "treat-as-complete", "2026-06-15")],
    )
    yield case(
        ids.take(),
        "EU: a short fourth course that is treated as complete",
        "S10 S14",
        "Settled, and the limit of 4 is reached: a fifth is not recommended.",
        as_of="2023-05-01",
        source=DECIDED,
        protocol=EU,
        records=numbered(run("2020-03-02", 5), run("2021-03-08", 3), run("2022-03-14", 3), run("2023-03-20", 2)),
        decisions=[decision(4, "treat-as-complete", "2023-05-01")],
    )
    yield case(
        ids.take(),
        "A decision, and a record in the future",
        "S05 S10",
        "The decision settles course 1, but row 4 lies in the future: no next day while it does.",
        as_of="2025-06-10",
        source=DECIDED,
        records=numbered(run("2025-06-02", 3), on("2025-06-20")),
        decisions=[decision(1, "treat-as-complete", "2025-06-10")],
    )


def decisions_on_a_boundary() -> Family:
    """Two days, three days later on: one course of five, or two courses."""
    ids = Ids("DEC-BOUNDARY")
    for gap in (16, 60, 300):
        begins = moved("2025-06-03", gap)
        last_day = moved(begins, 2)
        for what in ("resume", "treat-as-complete", "new-course"):
            yield case(
                ids.take(),
                f"Two days, and three days {gap} days later: {what}",
                "S07 S10",
                f"Days to 2025-06-03 and from {begins} to {last_day}. "
                + (
                    f"One course of five days: course 2 from {after(last_day, 12)}."
                    if what == "resume"
                    else f"Two courses: course 3, optional, from {after(last_day, 12)}."
                ),
                as_of=moved(last_day, 5),
                source=DECIDED,
                records=numbered(run("2025-06-02", 2), run(begins, 3)),
                decisions=[decision(1, what, moved(last_day, 5))],
            )
    for what in ("resume", "new-course"):
        yield case(
            ids.take(),
            f"A boundary further back is decided: {what}",
            "S07 S10",
            "Two days and three days 20 days later, then three days a year on. With resume these are course 2 and "
            "course 3 comes next, else they are course 3 and course 4 comes next.",
            as_of="2026-09-01",
            source=DECIDED,
            records=numbered(run("2025-06-02", 2), run("2025-06-23", 3), run("2026-07-06", 3)),
            decisions=[decision(1, what, "2025-07-01")],
        )


# --- dates after courses (S02, S20, S23) -----------------------------------------------------


def ends_of_periods() -> Family:
    """Course 1 ends on an awkward day: contraception rounds later, blood counts earlier."""
    ids = Ids("CON")
    for protocol, last_day in (
        (US, "2025-10-27"),
        (US, "2025-10-28"),
        (US, "2025-10-29"),
        (US, "2025-10-30"),
        (US, "2025-11-01"),
        (US, "2027-10-28"),
        (US, "2027-10-29"),
        (US, "2027-10-30"),
        (US, "2027-10-31"),
        (US, "2024-02-28"),
        (US, "2024-02-29"),
        (US, "2025-02-28"),
        (US, "2025-01-31"),
        (US, "2025-05-31"),
        (US, "2025-07-31"),
        (US, "2025-12-31"),
        (US, "2024-08-31"),
        (US, "2096-02-29"),
        (EU, "2025-10-31"),
        (EU, "2024-02-29"),
        (EU, "2025-12-31"),
    ):
        yield case(
            ids.take(),
            f"{protocol}: course 1 ended on {last_day}",
            "S02 S20 S23",
            f"Contraception: {last_day} + 4 months, rounded later, = {after(last_day, 4)}. Blood counts: each counted "
            f"from {last_day} and rounded earlier, the first on {after(last_day, 1, 'earlier')}.",
            as_of=moved(last_day, 40),
            source="contraception: + 4 months; blood-count: monthly, + 48 months",
            protocol=protocol,
            records=numbered(run(moved(last_day, -4), 5)),
        )


def periods_that_touch() -> Family:
    """A second course while contraception still runs, on the day after, and later."""
    ids = Ids("CON-MERGE")
    for offset in (-30, 0, 1, 2, 30):
        begins = moved("2025-07-07", offset)
        yield case(
            ids.take(),
            f"Course 2 {beside(offset, 'the last day of contraception')}",
            "S23",
            f"Contraception after course 1 to 2025-07-07; the next period begins on {begins}: periods that overlap or "
            "follow each other directly are one.",
            as_of=moved(begins, 30),
            source="contraception: + 4 months after each course",
            records=numbered(run("2025-03-03", 5), run(begins, 3)),
        )


def blood_counts() -> Family:
    """S20: due dates on or before the next first infusion stay."""
    ids = Ids("MON")
    for protocol in (US, EU):
        for offset in (-1, 0, 1, 31):
            begins = moved("2026-04-30", offset)
            yield case(
                ids.take(),
                f"{protocol}: course 2 {beside(offset, 'the 15th blood count')}",
                "S02 S20",
                "Course 1 ended on 2025-01-31; its 15th blood count would be on 31 April 2026, rounded earlier: "
                f"2026-04-30. Course 2 began on {begins}.",
                as_of=moved(begins, 30),
                source="blood-count: monthly until last infusion + 48 months",
                protocol=protocol,
                records=numbered(run("2025-01-27", 5), run(begins, 3)),
            )
    for last_day in ("2024-01-29", "2024-01-30", "2024-01-31", "2025-01-29", "2052-02-29"):
        yield case(
            ids.take(),
            f"Blood counts after {last_day}",
            "S02 S20",
            f"48 dates, each counted from {last_day}; the last is {after(last_day, 48, 'earlier')}, and the end, "
            f"{after(last_day, 48)}, is included.",
            as_of=moved(last_day, 40),
            source="blood-count: monthly until last infusion + 48 months",
            records=numbered(run(moved(last_day, -4), 5)),
        )


def every_baseline(first_day: str) -> list[Json]:
    """Return all baseline tests of a US course, a week before it."""
    tests = ("blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid")
    return [{"date": moved(first_day, -7), "code": code} for code in tests]


def baselines() -> Family:
    """S21: tests in the 30 days before a course."""
    ids = Ids("BAS")
    others = every_baseline("2025-03-03")[1:]
    for offset in (-32, -31, -30, -29, -2, -1, 0, 1):
        drawn = moved("2025-03-03", offset)
        yield case(
            ids.take(),
            f"The blood count {beside(offset, 'the first infusion')}",
            "S21",
            f"The window is 2025-02-01 to 2025-03-02; the blood count was drawn on {drawn}, the other tests inside.",
            as_of="2025-04-01",
            source="us-2024-05 baseline windows: rems",
            records=numbered(run("2025-03-03", 5)),
            known=patient(observations=[{"date": drawn, "code": "blood-count"}, *others]),
        )
    yield case(
        ids.take(),
        "No observation on record at all",
        "S21",
        "Nobody can tell whether the tests were done: not assessed, and no warning.",
        as_of="2025-04-01",
        source="us-2024-05 baseline windows: rems",
        records=numbered(run("2025-03-03", 5)),
    )
    yield case(
        ids.take(),
        "All baseline tests of course 1, none of course 2",
        "S21",
        "Every course has its own baseline: five warnings for course 2.",
        as_of="2026-05-01",
        source="us-2024-05 baseline windows: rems",
        records=numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
        known=patient(observations=every_baseline("2025-03-03")),
    )
    yield case(
        ids.take(),
        "All baseline tests of both courses",
        "S21",
        "Five tests a week before each course: nothing is missing.",
        as_of="2026-05-01",
        source="us-2024-05 baseline windows: rems",
        records=numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
        known=patient(observations=[*every_baseline("2025-03-03"), *every_baseline("2026-03-09")]),
    )
    yield case(
        ids.take(),
        "EU: observations on record, and no baseline window",
        "S21 S26",
        "The EU file has no baseline windows: nothing can be missing.",
        as_of="2025-04-01",
        source="eu-2020-01: no baseline windows found",
        protocol=EU,
        records=numbered(run("2025-03-03", 5)),
        known=patient(observations=[{"date": "2025-01-01", "code": "blood-count"}]),
    )


def cd4_counts() -> Family:
    """S22: prophylaxis to 2 months after the last infusion, and to a CD4 count of at least 200."""
    ids = Ids("CD4")
    baseline = every_baseline("2025-03-03")

    def counted(title: str, why: str, *counts: tuple[str, int], as_of: str = "2025-12-01", protocol: str = US) -> Json:
        observations = [{"date": day, "code": "cd4", "value": value} for day, value in counts]
        return case(
            ids.take(),
            title,
            "S22",
            why,
            as_of=as_of,
            source="herpes-prophylaxis: isi" if protocol == US else "eu-2020-01 herpes-prophylaxis: se",
            protocol=protocol,
            records=numbered(run("2025-03-03", 5)),
            known=patient(observations=[*baseline, *observations]),
            prophylaxis=True,
        )

    for value in (199, 200, 201, 900):
        yield counted(
            f"A CD4 count of {value} after two months",
            f"At least 200 closes, on the day of the count, 2025-06-02; {value} was counted.",
            ("2025-06-02", value),
        )
    for day in ("2025-03-07", "2025-03-08", "2025-05-06", "2025-05-07", "2025-05-08"):
        yield counted(
            f"A CD4 count of 250 on {day}",
            "Only a count after the last infusion, 2025-03-07, closes; the end is the later of its day and 2025-05-07.",
            (day, 250),
        )
    yield counted("No CD4 count", "Without a count it never closes by itself.")
    for day in ("2025-05-06", "2025-05-07", "2025-05-08"):
        yield counted(
            f"250 in April, then 150 on {day}",
            "The count of April closes on 2025-05-07; a lower one up to that day reopens, one after it does not.",
            ("2025-04-10", 250),
            (day, 150),
        )
    yield counted(
        "250, 150, and 210 again",
        "The second count reopens, the third closes, on its own day 2025-07-01.",
        ("2025-04-10", 250),
        ("2025-04-20", 150),
        ("2025-07-01", 210),
    )
    yield counted(
        "Counts in another order",
        "The order of the observations does not matter: 150, then 210 closes on 2025-07-01.",
        ("2025-07-01", 210),
        ("2025-04-20", 150),
    )
    yield counted(
        "A count of tomorrow",
        "Asked on 2025-06-01, a count of 2025-06-02 is not known yet.",
        ("2025-06-02", 250),
        as_of="2025-06-01",
    )
    yield counted(
        "EU: one month, whatever the count",
        "The EU file has no CD4 rule: to 2025-04-07.",
        ("2025-03-20", 50),
        protocol=EU,
    )


# --- closed days -----------------------------------------------------------------------------


def closed_days() -> Family:
    """A recorded day on which the clinic was closed is said, and counts."""
    ids = Ids("CLO")

    def judged(title: str, why: str, records: list[Json], at: Json, *, as_of: str = "2025-05-01") -> Json:
        return case(
            ids.take(),
            title,
            "time-5 time-9",
            why,
            as_of=as_of,
            source="the clinic's own calendar",
            records=records,
            at=at,
        )

    course_1 = numbered(run("2025-03-03", 5))
    for offset, where in (
        (-1, "the day before"),
        (0, "the first day of"),
        (4, "the last day of"),
        (7, "the week after"),
    ):
        closed_day = moved("2025-03-03", offset)
        yield judged(
            f"The clinic was closed on {where} course 1",
            f"Closed on {closed_day}; course 1 ran from Monday 2025-03-03 to Friday 2025-03-07.",
            course_1,
            clinic(closures={closed_day: "Staff day"}),
        )
    yield judged(
        "A course over a weekend",
        "Wednesday 2025-03-05 to Sunday 2025-03-09: rows 4 and 5 are on closed days.",
        numbered(run("2025-03-05", 5)),
        clinic(),
    )
    yield judged(
        "A course over a weekend, the Saturday being open for once",
        "Wednesday 2025-03-05 to Sunday 2025-03-09, Saturday 2025-03-08 is extra open: only row 5 is on a closed day.",
        numbered(run("2025-03-05", 5)),
        clinic(extra_open={"2025-03-08": "Saturday session"}),
    )
    yield judged(
        "A duplicate on a closed day",
        "Rows 5 and 6 are both of Friday 2025-03-07, a closed day: one finding per record, and the duplicate.",
        numbered(run("2025-03-03", 5), on("2025-03-07")),
        clinic(closures={"2025-03-07": "Staff day"}),
    )
    yield judged(
        "An infusion that was not done on a closed day",
        "Row 6 of Saturday 2025-03-08 was not done: nothing is wrong.",
        numbered(run("2025-03-03", 5), on("2025-03-08", status="not-done")),
        clinic(),
    )
    yield judged(
        "A closed day in course 2",
        "Row 7 of Tuesday 2026-03-10 is on a closed day.",
        numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
        clinic(closures={"2026-03-10": "Inventory"}),
        as_of="2026-05-01",
    )
    yield judged(
        "A clinic that is open every day",
        "Thursday 2025-03-06 to Monday 2025-03-10, open on all of them.",
        numbered(run("2025-03-06", 5)),
        clinic("mon tue wed thu fri sat sun"),
    )


# --- the course before, and its number (S28, S29, S30) ---------------------------------------


def the_course_before() -> Family:
    """A course counts from the last infusion day before it, whatever the two are numbered."""
    for protocol, prefix in ((US, "BEF"), (EU, "BEF-EU")):
        ids = Ids(prefix)
        for before, number in ((1, 3), (2, 4), (3, 4)):
            for first_day in ("2024-02-25", "2025-03-03"):
                last_day = moved(first_day, 4)
                allowed = after(last_day, 12)
                for anniversary, name, offsets in (
                    (allowed, "the anniversary of its last infusion", (-1, 0, 1)),
                    (after(first_day, 12), "the anniversary of its first infusion", (0,)),
                ):
                    for offset in offsets:
                        begins = moved(anniversary, offset)
                        yield case(
                            ids.take(),
                            f"Course {before} to {last_day}, course {number} {beside(offset, name)}",
                            "S02 S28 S29",
                            f"The last infusion before course {number} is that of {last_day}, of course {before}; + 12 "
                            f"months = {allowed}. Course {number} began on {begins}, {against(offset, anniversary)}. "
                            "Only between courses 1 and 2 the first infusion makes it a warning.",
                            as_of=moved(begins, 30),
                            source=MINIMUM[protocol],
                            protocol=protocol,
                            records=numbered(run(first_day, 5, course=before), run(begins, 3, course=number)),
                            not_assessed=True,
                            added=ADDED_LATER,
                        )


def numbers_with_gaps() -> Family:
    """One warning for each gap, at the course after it; for limits the highest number counts."""
    for protocol, prefix in ((US, "GAP"), (EU, "GAP-EU")):
        ids = Ids(prefix)
        for numbers in ((2,), (3,), (5,), (1, 3), (1, 4), (2, 3), (2, 4), (3, 5), (1, 2, 4), (1, 3, 5), (2, 5, 6)):
            blocks = [run(f"{2020 + n}-03-{2 + 6 * n:02d}", 3, course=number) for n, number in enumerate(numbers)]
            listed = " and ".join(str(number) for number in numbers)
            yield case(
                ids.take(),
                f"On record: course {listed}",
                "S14 S28 S29",
                f"The records are numbered {listed}; each number left out before one of them is a gap. The courses lie "
                "a year and 6 days apart, so no interval is too short. The limit is judged by the highest number.",
                as_of="2023-07-01",
                source=CONVENTION + " (S29)",
                protocol=protocol,
                records=numbered(*blocks),
                not_assessed=True,
                added=ADDED_LATER,
            )


def neighbouring_numbers() -> Family:
    """Two numbers within `course_gap_days` contradict the dates; beyond it they do not."""
    ids = Ids("NUM")
    for first, second in ((1, 2), (2, 3), (1, 3), (2, 1)):
        for gap in (1, 2, 14, 15, 16, 17):
            if first < second or gap > COURSE_GAP_DAYS:
                begins = moved("2025-03-07", gap)
                yield case(
                    ids.take(),
                    f"Course {first} to 7 March, course {second} {gap} day(s) later",
                    "S28 S29 S30",
                    f"From 2025-03-07 to {begins} are {gap} day(s); up to {COURSE_GAP_DAYS} contradict the dates; "
                    "a higher number before a lower one always contradicts.",
                    as_of=moved(begins, 60),
                    source=CONVENTION + " (S30)",
                    records=numbered(run("2025-03-03", 5, course=first), run(begins, 3, course=second)),
                    not_assessed=True,
                    added=ADDED_LATER,
                )


def torn_numbers() -> Family:
    """One number for days a minimum interval apart contradicts the dates."""
    ids = Ids("NUM-TORN")
    for number in (1, 2):
        for last_day in ("2024-02-29", "2025-03-07", "2025-10-31"):
            apart = after(last_day, 12)
            for offset in (-30, -1, 0, 1, 30):
                begins = moved(apart, offset)
                yield case(
                    ids.take(),
                    f"Course {number} to {last_day}, and the same number {beside(offset, 'its anniversary')}",
                    "S29 S30",
                    f"{last_day} + 12 months, rounded later, = {apart}. Further days numbered {number} begin on "
                    f"{begins}, {against(offset, apart)}.",
                    as_of=moved(begins, 60),
                    source=CONVENTION + " (S30)",
                    records=numbered(run(moved(last_day, -2), 3, course=number), run(begins, 3, course=number)),
                    added=ADDED_LATER,
                )


# --- tests on record (S31, S32, S42) ---------------------------------------------------------


CODES_ASKED = (
    "cd4",
    "blood-count",
    "creatinine",
    "urinalysis",
    "liver-tests",
    "thyroid",
    "urine-protein-creatinine",
    "vaccinations",
    "skin-examination",
    "hpv",
    "57021-8",
    "http://loinc.org|57021-8",
    "2160-0",
    "24356-8",
    "3016-3",
    "24467-3",
    "http://loinc.org|24467-3",
    "CD4",
    "Cd4",
    "cd-4",
    "blood_count",
    "Blood-count",
    "bloodcount",
    "contraception",
    "corticosteroid",
    "57021",
    "http://loinc.org|57021",
    "loinc|57021-8",
    "24467-4",
)


def codes_of_tests() -> Family:
    """Which codes are known, and which of them mean a CD4 count."""
    ids = Ids("COD")
    for code in CODES_ASKED:
        for protocol in (US, EU):
            yield case(
                ids.take(),
                f"A test of 2025-06-02 under the code {code}",
                "S22 S31",
                "Known are cd4, the ids of series and windows, and the codings that an action carries, alone or with "
                "their system; that of the prophylaxis means cd4. Anything else is a warning and closes nothing.",
                as_of="2025-12-01",
                source=CONVENTION + " (S31)",
                protocol=protocol,
                records=numbered(run("2025-03-03", 5)),
                known=patient(
                    observations=[
                        {"date": "2025-06-02", "code": code, "value": 250},
                        {"date": "2025-02-10", "code": "blood-count"},
                    ]
                ),
                prophylaxis=True,
                added=ADDED_LATER,
            )


def tests_in_windows() -> Family:
    """Baselines and windows before courses 1 and 2, around their edges."""
    ids = Ids("TST")
    edges = {
        "urine-protein-creatinine": (-31, -30, -1, 0),
        "2160-0": (-31, -30, -1, 0),
        "vaccinations": (-500, -43, -42, -41, -1),
        "skin-examination": (-500, -31, -1, 0, 1),
    }
    for code, offsets in edges.items():
        for offset in offsets:
            for course, first_day in ((1, "2025-03-03"), (2, "2026-03-09")):
                drawn = moved(first_day, offset)
                yield case(
                    ids.take(),
                    f"{code} {beside(offset, f'the first infusion of course {course}')}",
                    "S21 S32 S42",
                    f"The one record of {code} is of {drawn}. Each course has its own baseline and its own window; "
                    "vaccinations and the skin examination are asked for before course 1 alone.",
                    as_of="2026-05-01",
                    source=CONVENTION + " (S42)",
                    records=numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
                    known=patient(observations=[{"date": drawn, "code": code}]),
                    added=ADDED_LATER,
                )
    for as_of in ("2025-03-02", "2025-03-03", "2026-03-08", "2026-03-09"):
        yield case(
            ids.take(),
            f"Every kind is recorded, none was done; asked on {as_of}",
            "S05 S32 S42",
            "What a course asks for is judged from its first infusion on: six baselines and two windows of course 1, "
            "five baselines and one window of course 2.",
            as_of=as_of,
            source=CONVENTION + " (S42)",
            records=numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
            known=patient(tests_recorded=list(EVERY_TEST)),
            not_assessed=True,
            added=ADDED_LATER,
        )


EVERY_TEST = (
    "blood-count",
    "creatinine",
    "urinalysis",
    "liver-tests",
    "thyroid",
    "urine-protein-creatinine",
    "vaccinations",
    "skin-examination",
)


def kinds_recorded() -> Family:
    """What the source records, and from when on."""
    ids = Ids("TST-KIND")
    for kinds in ((), ("cd4",), ("blood-count",), ("57021-8", "vaccinations"), EVERY_TEST):
        yield case(
            ids.take(),
            f"Tests are recorded of: {', '.join(kinds) or 'no kind'}",
            "S32",
            "Only a kind that is named can be missing, whatever occurs among the observations: hpv and a late blood "
            "count occur.",
            as_of="2025-12-01",
            source=CONVENTION + " (S32)",
            records=numbered(run("2025-03-03", 5)),
            known=patient(
                tests_recorded=list(kinds),
                observations=[{"date": "2025-06-02", "code": code} for code in ("blood-count", "hpv")],
            ),
            not_assessed=True,
            added=ADDED_LATER,
        )
    for recorded_from in ("2025-01-20", "2025-01-21", "2025-03-02", "2025-03-03", "2026-03-08", "2026-03-09"):
        yield case(
            ids.take(),
            f"Every kind is recorded from {recorded_from} on, none was done",
            "S32 S42",
            "Vaccinations were due up to 2025-01-20, the other tests up to 2025-03-02, those of course 2 up to "
            "2026-03-08: what was due before the first recorded day is not assessed.",
            as_of="2026-05-01",
            source=CONVENTION + " (S32)",
            records=numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
            known=patient(tests_recorded=list(EVERY_TEST), tests_recorded_from=recorded_from),
            not_assessed=True,
            added=ADDED_LATER,
        )


# --- unreadable rows (S33) -------------------------------------------------------------------


def rows_that_may_be_infusions() -> Family:
    """Nothing is said that one more infusion would take away."""
    ids = Ids("UNR-SHORT")
    for title, records, as_of in (
        ("a course in progress", numbered(run("2025-03-03", 3)), "2025-03-06"),
        ("a course interrupted", numbered(run("2025-03-03", 3)), "2025-03-07"),
        ("a course that is over and short", numbered(run("2025-03-03", 3)), "2025-03-21"),
        (
            "a complete course with a gap",
            numbered(on("2025-03-03 2025-03-04 2025-03-06 2025-03-07 2025-03-08")),
            "2025-05-01",
        ),
        ("a boundary that is unclear", numbered(run("2025-03-03", 3), run("2025-04-04", 3)), "2025-06-01"),
        ("a short course that was followed", numbered(run("2025-03-03", 4), run("2026-03-09", 3)), "2026-06-01"),
        ("course 3 alone", numbered(run("2025-03-03", 3, course=3)), "2025-06-01"),
        ("courses 1 and 3", numbered(run("2025-03-03", 5, course=1), run("2026-03-09", 3, course=3)), "2026-06-01"),
        ("two infusions beyond the plan", numbered(run("2025-03-03", 7)), "2025-06-01"),
        ("a course that is too early", numbered(run("2025-03-03", 5), run("2025-09-01", 3)), "2025-12-01"),
    ):
        row = len(records) + 1
        yield case(
            ids.take(),
            f"An unreadable row beside {title}",
            "S06 S33",
            f"Row {row} may be an infusion: what it would take away is not assessed, with its row; the rest is judged.",
            as_of=as_of,
            source=CONVENTION + " (S33)",
            records=records,
            known=patient(unreadable=[row]),
            not_assessed=True,
            added=ADDED_LATER,
        )
