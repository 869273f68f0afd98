"""Conformance cases of plans: where courses are placed, for people who have not begun and for those who have.

Numbers of a family begin at 101 here and count in the order of the code: append at a family's end, never
renumber. What is expected comes from the oracle.
"""

from collections.abc import Iterator

from tests.oracle.case_parts import Json, Request, case, clinic, decision, moved, numbered, on, run
from tests.oracle.cases_by_rule import EU, US, Family, Ids, beside

PLACED = "courses are placed as one block of open days, never split, never early (rules of time 3 to 5)"
CLOCKS = "hours are real hours (rule of time 6)"
ALL_WEEK = "mon tue wed thu fri sat sun"
BEFORE = "2024-01-02"


def cases_of_plans() -> Family:
    """Give all of them, in their order."""
    yield from weekdays()
    yield from closures()
    yield from long_closures()
    yield from weeks()
    yield from month_ends()
    yield from numbers_of_courses()
    yield from full_days()
    yield from clock_changes()
    yield from in_mid_treatment()
    yield from unfinished_courses()


def planned(
    ids: Ids,
    title: str,
    why: str,
    at: Json,
    request: Request,
    *,
    rules: str = "time-5",
    protocol: str = US,
    source: str = PLACED,
) -> Json:
    """Return a case of a plan for somebody who has not begun, asked long before."""
    return case(
        ids.take(),
        title,
        rules,
        why,
        as_of=BEFORE,
        source=source,
        protocol=protocol,
        at=at,
        plan=request,
    )


# --- nobody has begun ------------------------------------------------------------------------


def weekdays() -> Family:
    """The requested start on each day of a week; five days fit from a Monday only."""
    ids = Ids("PLN-WEEK")
    for offset in range(8):
        start = moved("2027-01-11", offset)
        yield planned(
            ids,
            f"Requested {offset} day(s) after Monday 2027-01-11, open on weekdays",
            f"Five weekdays in a row begin on a Monday: the first from {start} on. Course 2 is three weekdays from the "
            "anniversary of the last infusion on.",
            clinic(),
            Request(start, 2),
            rules="time-3 time-5 S13",
        )


def closures() -> Family:
    """A closed day beside the block, on its edges and inside it."""
    ids = Ids("PLN-CLOSED")
    for offset, where in (
        (-3, "on the Friday before"),
        (0, "on the Monday"),
        (2, "on the Wednesday"),
        (4, "on the Friday"),
        (7, "on the Monday after"),
        (60, "two months later"),
    ):
        closed_day = moved("2027-03-01", offset)
        yield planned(
            ids,
            f"Course 1 from Monday 2027-03-01, the clinic closed {where}",
            f"Closed on {closed_day}: a block with a closed day is never split, but moved to the next that fits.",
            clinic(closures={closed_day: "Public holiday"}),
            Request("2027-03-01", 1),
        )
    for offset, where in ((-1, "the day before"), (0, "on"), (1, "one day after"), (2, "two days after"), (3, "after")):
        closed_day = moved("2028-03-06", offset)
        yield planned(
            ids,
            f"Course 2 may begin on Sunday 2028-03-05; closed {where} Monday 2028-03-06",
            "Course 1 from Monday 2027-03-01 to Friday 2027-03-05; + 12 months = Sunday 2028-03-05, so Monday "
            f"2028-03-06 to Wednesday 2028-03-08 unless closed; closed on {closed_day}.",
            clinic(closures={closed_day: "Public holiday"}),
            Request("2027-03-01", 2),
            rules="time-3 time-5",
        )
    yield planned(
        ids,
        "A holiday in every week of a month",
        "Closed on the Wednesdays 3, 10, 17 and 24 March 2027: the first full week is that of 29 March.",
        clinic(closures={moved("2027-03-03", 7 * n): "Public holiday" for n in range(4)}),
        Request("2027-03-01", 1),
    )


def long_closures() -> Family:
    """The clinic closed for weeks, and over the new year."""
    ids = Ids("PLN-LONG")
    for weeks in (1, 2, 5):
        yield planned(
            ids,
            f"Closed for {weeks} week(s) from the requested day on",
            f"Closed from Monday 2027-03-01 for {weeks} week(s): the first open Monday is "
            f"{moved('2027-03-01', 7 * weeks)}, within the 366 days of the search.",
            clinic(closures={moved("2027-03-01", n): "Rebuilding" for n in range(7 * weeks)}),
            Request("2027-03-01", 1),
        )
    yield planned(
        ids,
        "Closed between Christmas and Epiphany",
        "Closed from 2026-12-24 to 2027-01-06: the first Monday with five open days is 2027-01-11.",
        clinic(closures={moved("2026-12-24", n): "Winter break" for n in range(14)}),
        Request("2026-12-21", 1),
    )
    yield planned(
        ids,
        "A course over the new year",
        "Open every day: 2026-12-29 to 2027-01-02; course 2 from 2028-01-02.",
        clinic(ALL_WEEK),
        Request("2026-12-29", 2),
        rules="time-3 time-5",
    )


def weeks() -> Family:
    """Clinics with other weeks."""
    ids = Ids("PLN-OPEN")
    for week, why in (
        ("mon tue wed thu fri sat", "Six open days: five in a row from a Monday or a Tuesday."),
        ("tue wed thu fri sat", "Tuesday to Saturday: a course of five begins on a Tuesday."),
        ("sun mon tue wed thu", "Sunday to Thursday: a course of five begins on a Sunday."),
        ("fri sat sun mon tue", "Friday to Tuesday: the open days run over the end of the week."),
        (ALL_WEEK, "Open every day: every start fits."),
    ):
        yield planned(ids, f"Open on {week}", why, clinic(week), Request("2027-03-03", 2), rules="time-3 time-5")
    yield planned(
        ids,
        "Open from Monday to Thursday, and on one Friday",
        "Four open days a week never hold five; only the week of the extra Friday, 2027-04-16, does: from 2027-04-12.",
        clinic("mon tue wed thu", extra_open={"2027-04-16": "Extra session"}),
        Request("2027-03-01", 1),
    )


def month_ends() -> Family:
    """Courses that end on awkward days: the interval rounds later, deadlines earlier."""
    ids = Ids("PLN-MONTH")
    for start, protocol in (
        ("2027-10-25", US),
        ("2027-10-27", US),
        ("2028-02-24", US),
        ("2028-02-25", US),
        ("2028-02-26", US),
        ("2027-01-27", US),
        ("2027-08-27", US),
        ("2028-02-25", EU),
        ("2096-02-25", US),
    ):
        yield planned(
            ids,
            f"{protocol}: course 1 from {start}, open every day",
            f"Course 1 to {moved(start, 4)}; the day that a month lacks rounds later for course 2 and contraception, "
            "earlier for blood counts.",
            clinic(ALL_WEEK),
            Request(start, 2),
            rules="S02 S20 S23 time-2",
            protocol=protocol,
        )


def numbers_of_courses() -> Family:
    """One course, two, …; every interval counts from the last infusion before."""
    ids = Ids("PLN-COURSES")
    for protocol, most in ((US, 6), (EU, 4)):
        for courses in range(1, most + 1):
            yield planned(
                ids,
                f"{protocol}: {courses} course(s) from Monday 2024-02-26",
                "Course 1 ends on Friday 2024-03-01; each further course is the first three weekdays in a row from "
                "the anniversary on.",
                clinic(),
                Request("2024-02-26", courses),
                rules="S11 S14 S20 time-3",
                protocol=protocol,
            )


def full_days() -> Family:
    """No free chair is as good as closed, for planning."""
    ids = Ids("PLN-FULL")
    for offset in (-4, -1, 0, 3):
        full_day = moved("2027-03-05", offset)
        yield planned(
            ids,
            f"Course 1 from Monday 2027-03-01, no chair {beside(offset, 'Friday 2027-03-05')}",
            f"Fully booked on {full_day}: no infusion is planned there.",
            clinic(fully_booked={full_day: "No chair free"}),
            Request("2027-03-01", 1),
        )
    yield planned(
        ids,
        "A Saturday and a Sunday that are open for once",
        "Wednesday 2027-03-03 to Sunday 2027-03-07: five open days in a row, because of the two extra days.",
        clinic(extra_open={"2027-03-06": "Weekend session", "2027-03-07": "Weekend session"}),
        Request("2027-03-02", 1),
    )


# --- clock changes ---------------------------------------------------------------------------


def clock_changes() -> Iterator[Json]:
    """The clocks change before a course, on its first day, inside it, on its last day, and after it."""
    ids = Ids("CLK")
    for zone, change, what in (
        ("America/New_York", "2027-03-14", "skip 02:00 to 03:00"),
        ("America/New_York", "2027-11-07", "repeat 01:00 to 02:00"),
        ("Europe/Berlin", "2027-03-28", "skip 02:00 to 03:00"),
        ("Australia/Lord_Howe", "2027-10-03", "skip 02:00 to 02:30"),
    ):
        for offset, where in (
            (1, "on the day before"),
            (0, "on the first day of"),
            (-2, "inside"),
            (-4, "on the last day of"),
        ):
            yield planned(
                ids,
                f"{zone}: the clocks change {where} course 1, infusions from 00:30",
                f"On {change} the clocks {what}. Dates stay as they are; each day begins at 00:30 on the wall, and 240 "
                "+ 120 minutes are real minutes.",
                clinic(ALL_WEEK, time_zone=zone, hours="00:00-23:00", infusion_starts="00:30"),
                Request(moved(change, offset), 1, windows=True),
                rules="time-5 time-6",
                source=CLOCKS,
            )
    for zone, change in (("America/New_York", "2027-03-14"), ("Europe/Berlin", "2027-10-31")):
        yield planned(
            ids,
            f"{zone}: the clocks change inside course 1, infusions from 09:00",
            f"On {change} the clocks change by night: 09:00 stays 09:00, with another offset from that day on.",
            clinic(ALL_WEEK, time_zone=zone),
            Request(moved(change, -2), 1, windows=True),
            rules="time-5 time-6",
            source=CLOCKS,
        )
    yield planned(
        ids,
        "Asia/Tokyo: no clock change",
        "The same dates without any change of the clocks.",
        clinic(ALL_WEEK, time_zone="Asia/Tokyo"),
        Request("2027-03-12", 1, windows=True),
        rules="time-5 time-6",
        source=CLOCKS,
    )


# --- treatment has begun (S16) ---------------------------------------------------------------


def in_mid_treatment() -> Family:
    """What is recorded stays; the requested day is the floor of the first course not yet begun."""
    ids = Ids("MID")
    for offset in (-300, -1, 0, 1, 200):
        start = moved("2026-03-07", offset)
        yield case(
            ids.take(),
            f"Course 1 on record, course 2 requested {beside(offset, 'its earliest day')}",
            "S16 time-3",
            f"Earliest 2025-03-07 + 12 months = Saturday 2026-03-07; requested {start}; the first three weekdays in a "
            "row from the later of the two.",
            as_of="2025-04-01",
            source=PLACED,
            records=numbered(run("2025-03-03", 5)),
            at=clinic(),
            plan=Request(start, 2),
        )
    for protocol, courses in ((US, 3), (US, 4), (EU, 4)):
        yield case(
            ids.take(),
            f"{protocol}: two courses on record, {courses} in all",
            "S13 S14 S16",
            "Courses 1 and 2 stay as given; course 3 from 2026-03-11 + 12 months = Thursday 2027-03-11, so Monday "
            "2027-03-15.",
            as_of="2026-11-22",
            source=PLACED,
            protocol=protocol,
            records=numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
            at=clinic(),
            plan=Request("2027-01-11", courses),
        )
    yield case(
        ids.take(),
        "As many courses as are on record",
        "S16",
        "Two courses on record, two asked for: nothing is placed.",
        as_of="2026-11-22",
        source=PLACED,
        records=numbered(run("2025-03-03", 5), run("2026-03-09", 3)),
        at=clinic(),
        plan=Request("2027-01-11", 2),
    )
    yield case(
        ids.take(),
        "Course 2 was too early; course 3 counts from it",
        "S12 S16",
        "Course 2 given from 2026-03-02 to 2026-03-04: course 3 from 2027-03-04, a Thursday, so Monday 2027-03-08.",
        as_of="2026-11-22",
        source=PLACED,
        records=numbered(run("2025-03-03", 5), run("2026-03-02", 3)),
        at=clinic(),
        plan=Request("2027-01-11", 3),
    )
    yield case(
        ids.take(),
        "A short course 1 that course 2 has settled",
        "S09 S16",
        "Course 1 had 4 of 5 days, course 2 began on the anniversary: settled; course 3 from 2026-03-08 + 12 months = "
        "Monday 2027-03-08.",
        as_of="2026-11-22",
        source=PLACED,
        records=numbered(run("2025-03-03", 4), run("2026-03-06", 3)),
        at=clinic(ALL_WEEK),
        plan=Request("2027-01-11", 3),
    )


def unfinished_courses() -> Family:
    """S09, S10: the days still to come of a short last course."""
    ids = Ids("MID-SHORT")
    for offset in (0, 1):
        yield case(
            ids.take(),
            f"Three of five days, asked {beside(offset, 'the third')}, the next days open",
            "S08 S09 S16",
            "Monday to Wednesday 2025-03-05 given; Thursday and Friday follow directly: course 1 to 2025-03-07, course "
            "2 from 2026-03-07, so Monday 2026-03-09.",
            as_of=moved("2025-03-05", offset),
            source=PLACED,
            records=numbered(run("2025-03-03", 3)),
            at=clinic(),
            plan=Request("2025-03-08", 2),
        )
    for offset in (2, 16):
        yield case(
            ids.take(),
            f"Three of five days, asked {beside(offset, 'the third')}, undecided",
            "S08 S09",
            "Nobody has decided: no remaining days, and no new later course.",
            as_of=moved("2025-03-05", offset),
            source=PLACED,
            records=numbered(run("2025-03-03", 3)),
            at=clinic(),
            plan=Request("2026-03-09", 2),
        )
    for what, why in (
        ("treat-as-complete", "Course 2 from the last infusion given, 2025-03-05 + 12 months = Thursday 2026-03-05."),
        ("new-course", "Course 2 from the last infusion given, 2025-03-05 + 12 months = Thursday 2026-03-05."),
        (
            "resume",
            "Asked on Monday 2025-03-10: the two days left are that day and the next; course 2 from 2026-03-11.",
        ),
    ):
        yield case(
            ids.take(),
            f"Three of five days, interrupted: {what}",
            "S09 S10",
            why,
            as_of="2025-03-10",
            source="library convention (S10): a clinician decides",
            records=numbered(run("2025-03-03", 3)),
            at=clinic(),
            decisions=[decision(1, what, "2025-03-10")],
            plan=Request("2026-01-05", 2),
        )
    yield case(
        ids.take(),
        "Two of three days of course 2, asked on the second",
        "S08 S09",
        "2026-03-09 and 2026-03-10 given; the third day follows on 2026-03-11; course 3 from 2027-03-11.",
        as_of="2026-03-10",
        source=PLACED,
        records=numbered(run("2025-03-03", 5), run("2026-03-09", 2)),
        at=clinic(),
        plan=Request("2026-06-01", 3),
    )
    yield case(
        ids.take(),
        "An unclear boundary, undecided",
        "S07 S09",
        "Four days, and three days 16 days later: nobody has decided, so no later course is planned.",
        as_of="2025-04-01",
        source=PLACED,
        records=numbered(run("2025-03-04", 4), run("2025-03-23", 3)),
        at=clinic(ALL_WEEK),
        plan=Request("2026-06-01", 3),
    )
    yield case(
        ids.take(),
        "An unclear boundary, resumed",
        "S07 S10",
        "Four days, and a fifth 16 days later that resumes course 1: course 2 from 2025-03-23 + 12 months = Monday "
        "2026-03-23.",
        as_of="2025-03-24",
        source="library convention (S10): a clinician decides",
        records=numbered(run("2025-03-04", 4), on("2025-03-23")),
        at=clinic(ALL_WEEK),
        decisions=[decision(1, "resume", "2025-03-24")],
        plan=Request("2026-01-05", 2),
    )
