"""Conformance cases of tests that recur (S42) and of the visits of a plan (S40, S41).

Numbers of a family begin at 101 here and count in the order of the code: append at a family's end, never
renumber. What is expected comes from the oracle.
"""

from collections.abc import Sequence
from typing import Any

from tests.oracle.case_parts import (
    ADDED_LAST,
    WEEKDAYS,
    Json,
    Request,
    case,
    clinic,
    moved,
    numbered,
    patient,
    run,
)
from tests.oracle.cases_by_rule import Family, Ids, beside

US, EU = "us-2024-05-r2", "eu-2020-01-r2"
BOTH = (US, EU)
JUDGED = "library convention (S42): whose record a test is"
VISITED = "library convention (S40, S41): visits and the day suggested for each"
COUNT = "blood-count"
FIRST = run("2025-03-03", 5)
SECOND = run("2026-03-09", 3)
ONE_COURSE = numbered(FIRST)
TWO_COURSES = numbered(FIRST, SECOND)
MONTHLY = (
    "Course 1 ended on 2025-03-07: due on 2025-04-07 (31 days), 05-07 (30), 06-07 (31), 07-07 (30), 08-07 (31), and "
    "so on. "
)
MONTHS = ("2025-04-07", "2025-05-07", "2025-06-07", "2025-07-07", "2025-08-07", "2025-09-07", "2025-10-07")


def cases_of_tests() -> Family:
    """Give all of them, in their order."""
    yield from first_dates()
    yield from records_beside_a_date()
    yield from days_of_the_question()
    yield from days_of_grace()
    yield from before_a_further_course()
    yield from last_dates()
    yield from other_intervals()
    yield from month_ends_of_tests()
    yield from what_is_recorded()
    yield from missed_and_closed()
    yield from overrides_of_tests()
    yield from records_in_the_future()
    yield from tests_before_courses()
    yield from visits_by_start()
    yield from visits_by_clinic()
    yield from visits_before_a_course()
    yield from visits_of_the_treatment()
    yield from visits_in_mid_treatment()


def done_on(days: Sequence[str], code: str = COUNT) -> list[Json]:
    """Return observations of one kind."""
    return [{"date": day, "code": code} for day in days]


def judged(
    ids: Ids,
    title: str,
    why: str,
    done: Sequence[Json],
    as_of: str,
    *,
    protocol: str = US,
    kinds: Sequence[str] = (COUNT,),
    records: Sequence[Json] = ONE_COURSE,
    grace_days: int = 0,
    rules: str = "S42",
    **further: Any,
) -> Json:
    """Return a case of tests on record: of the kinds named, or with none named of those that occur."""
    if kinds:
        further["tests_recorded"] = list(kinds)
    return case(
        ids.take(),
        title,
        rules,
        why,
        as_of=as_of,
        source=JUDGED,
        protocol=protocol,
        records=records,
        known=patient(observations=done, **further),
        tests_judged=True,
        grace_days=grace_days,
        added=ADDED_LAST,
    )


# --- whose record it is (S42) ----------------------------------------------------------------


def first_dates() -> Family:
    """One record around the first due date, 31 days after the anchor."""
    ids = Ids("MTR-FIRST")
    for protocol in BOTH:
        for offset in (-31, -30, -16, -15, 0, 1):
            drawn = moved("2025-04-07", offset)
            yield judged(
                ids,
                f"{protocol}: the only blood count {beside(offset, 'the first due date')}",
                f"{MONTHLY}Drawn on {drawn}. The first date takes a record at most 31 div 2 = 15 days before it; "
                "one on "
                "the last infusion day is not after it.",
                done_on([drawn]),
                "2025-04-20",
                protocol=protocol,
            )


def records_beside_a_date() -> Family:
    """The first date done, and a second record anywhere around the next two dates."""
    ids = Ids("MTR-DATE")
    for protocol in BOTH:
        for offset in (-16, -15, -8, -7, 0, 1, 3, 15, 16, 23, 24, 31):
            drawn = moved("2025-05-07", offset)
            yield judged(
                ids,
                f"{protocol}: a second blood count {beside(offset, 'the second due date')}",
                f"{MONTHLY}The first was drawn on 2025-04-07, the second on {drawn}. Up to 2025-05-07 it is that "
                "date's "
                "if at most 30 div 2 = 15 days before; then it is late for it if more than 31 div 4 = 7 days before "
                "2025-06-07, else it is that date's.",
                done_on(["2025-04-07", drawn]),
                "2025-06-20",
                protocol=protocol,
            )
    for title, why, days in (
        (
            "two in one interval",
            "The first is late for 05-07, the second early for 06-07.",
            ("2025-05-10", "2025-06-01"),
        ),
        ("three in one interval", "The third finds both dates served.", ("2025-05-10", "2025-06-01", "2025-06-05")),
        ("two on one day", "One a day counts.", ("2025-05-07", "2025-05-07")),
        ("a repeat two days later", "28 days before 06-07: extra, and never wrong.", ("2025-05-07", "2025-05-09")),
        ("one before the anchor", "Before the last infusion: no date's.", ("2025-03-05", "2025-05-07")),
    ):
        yield judged(
            ids,
            f"Blood counts: {title}",
            f"{MONTHLY}{why}",
            done_on(["2025-04-07", *days]),
            "2025-06-20",
        )


def days_of_the_question() -> Family:
    """No record of the second date, asked on the days around it and around the next."""
    ids = Ids("MTR-ASOF")
    for protocol in BOTH:
        for as_of in ("2025-05-06", "2025-05-07", "2025-05-08", "2025-06-06", "2025-06-07", "2025-06-08"):
            yield judged(
                ids,
                f"{protocol}: no blood count of 2025-05-07, asked on {as_of}",
                f"{MONTHLY}Due up to its day, overdue from the day after it, missed from the next due date, "
                "2025-06-07, "
                "on.",
                done_on(["2025-04-07"]),
                as_of,
                protocol=protocol,
            )
    yield judged(
        ids,
        "The next date is done before its day",
        f"{MONTHLY}2025-06-01 is 6 days before 2025-06-07: that date's. So 2025-05-07 is missed, on 2025-06-02 "
        "already.",
        done_on(["2025-04-07", "2025-06-01"]),
        "2025-06-02",
    )


def days_of_grace() -> Family:
    """Grace for a record that comes late, and for one that does not come."""
    ids = Ids("MTR-GRACE")
    for grace in (5, 10):
        for offset in (5, 6, 7, 8):
            drawn = moved("2025-05-07", offset)
            yield judged(
                ids,
                f"{grace} days of grace, done {offset} days after its day",
                f"{MONTHLY}Done on {drawn}. Grace is {grace} days, at most 31 div 4 = 7. Late days count from the "
                "due day.",
                done_on(["2025-04-07", drawn]),
                "2025-05-20",
                grace_days=grace,
            )
            as_of = moved("2025-05-07", offset)
            yield judged(
                ids,
                f"{grace} days of grace, not done, asked {offset} days after its day",
                f"{MONTHLY}Asked on {as_of}. Grace is {grace} days, at most 31 div 4 = 7; overdue from the day "
                "after it.",
                done_on(["2025-04-07"]),
                as_of,
                protocol=EU,
                grace_days=grace,
            )


def before_a_further_course() -> Family:
    """The last date before course 2, which begins on 2026-03-09."""
    ids = Ids("MTR-COURSE")
    why = (
        "Course 1 ended on 2025-03-07; its 12th date is 2026-03-07, and course 2 began on 2026-03-09. That date "
        "takes a "
        "record up to 2026-03-09 and is missed from 2026-03-10. The first date of course 2 is 2026-04-11. "
    )
    months = [*MONTHS, "2025-11-07", "2025-12-07", "2026-01-07", "2026-02-07"]
    for protocol in BOTH:
        for drawn in ("2026-02-20", "2026-02-28", "2026-03-06", "2026-03-08", "2026-03-09", "2026-03-10", "2026-03-26"):
            yield judged(
                ids,
                f"{protocol}: the last blood count before course 2 on {drawn}",
                f"{why}Drawn on {drawn}.",
                done_on([*months, drawn]),
                "2026-04-12",
                protocol=protocol,
                records=TWO_COURSES,
            )
        for as_of in ("2026-03-08", "2026-03-09", "2026-03-10", "2026-03-12"):
            yield judged(
                ids,
                f"{protocol}: no last blood count before course 2, asked on {as_of}",
                f"{why}Asked on {as_of}.",
                done_on(months),
                as_of,
                protocol=protocol,
                records=TWO_COURSES,
            )
    yield judged(
        ids,
        "A course within a month of the one before",
        "Course 2 began on 2025-03-31, before the first date of course 1, 2025-04-07: course 1 has no date. Course 2 "
        "ended on 2025-04-02; its first date is 2025-05-02.",
        done_on(["2025-03-25"]),
        "2025-05-03",
        records=numbered(FIRST, run("2025-03-31", 3)),
    )


def last_dates() -> Family:
    """The last date of a series, 48 months after the last infusion."""
    ids = Ids("MTR-LAST")
    why = (
        "Course 1 ended on 2020-03-06; the last date is 2024-03-06 (48 months), and 2024-04-06 is not due. The last "
        "date takes a record before 2024-04-06 and is missed from that day. "
    )
    records = numbered(run("2020-03-02", 5))
    for protocol in BOTH:
        for drawn in ("2024-03-05", "2024-03-29", "2024-04-05", "2024-04-06"):
            yield judged(
                ids,
                f"{protocol}: the last blood count on {drawn}",
                f"{why}Drawn on {drawn}.",
                done_on(["2024-01-06", "2024-02-06", drawn]),
                "2024-05-01",
                protocol=protocol,
                records=records,
                tests_recorded_from="2024-01-01",
            )
        for as_of in ("2024-03-06", "2024-03-07", "2024-04-05", "2024-04-06"):
            yield judged(
                ids,
                f"{protocol}: no last blood count, asked on {as_of}",
                f"{why}Asked on {as_of}.",
                done_on(["2024-01-06", "2024-02-06"]),
                as_of,
                protocol=protocol,
                records=records,
                tests_recorded_from="2024-01-01",
            )


def other_intervals() -> Family:
    """Tests of every three months, and yearly ones of the whole treatment."""
    ids = Ids("MTR-EVERY")
    for protocol in BOTH:
        for drawn in ("2025-04-21", "2025-04-22", "2025-08-14", "2025-08-15", "2025-09-07"):
            yield judged(
                ids,
                f"{protocol}: thyroid test on {drawn}",
                "Due on 2025-06-07 (92 days after 2025-03-07), 2025-09-07 (92), 2025-12-07 (91). Drawn on "
                f"{drawn}: half "
                "an interval is 46 days, a quarter 23.",
                done_on([drawn], "thyroid"),
                "2025-09-20",
                protocol=protocol,
                kinds=["thyroid"],
            )
    for protocol, test in ((US, "skin-examination"), (US, "hpv"), (EU, "cervical-screening")):
        for drawn in ("2025-09-05", "2025-09-06", "2026-03-09", "2026-12-05", "2026-12-06"):
            yield judged(
                ids,
                f"{protocol}: {test} on {drawn}",
                "Yearly from the last infusion of course 1, 2025-03-07, and never restarted: 2026-03-07 (365 days), "
                f"2027-03-07 (365). Done on {drawn}: half an interval is 182 days, a quarter 91.",
                done_on([drawn], test),
                "2027-01-10",
                protocol=protocol,
                kinds=[test],
                records=TWO_COURSES,
                rules="S20 S42",
            )


def month_ends_of_tests() -> Family:
    """Due dates at the ends of months are rounded earlier, each counted from the anchor."""
    ids = Ids("MTR-MONTH")
    for last_day in ("2024-01-31", "2023-12-30", "2024-02-29"):
        dates = {
            "2024-01-31": ("2024-02-29", "2024-03-31", "2024-04-30"),
            "2023-12-30": ("2024-01-30", "2024-02-29", "2024-03-30"),
            "2024-02-29": ("2024-03-29", "2024-04-29", "2024-05-29"),
        }[last_day]
        for protocol in BOTH:
            for offset in (0, 1):
                days = [dates[0], moved(dates[1], offset)]
                yield judged(
                    ids,
                    f"{protocol}: due dates after {last_day}, the second done {offset} days after its day",
                    f"The last infusion was on {last_day}: due on {', '.join(dates)}. Done on {' and '.join(days)}.",
                    done_on(days),
                    moved(dates[2], 1),
                    protocol=protocol,
                    records=numbered(run(moved(last_day, -4), 5)),
                    rules="S02 S20 S42",
                )


# --- what can be judged, and what is found ---------------------------------------------------


def what_is_recorded() -> Family:
    """Which kinds are judged, and from which day on."""
    ids = Ids("MTR-KIND")
    for protocol in BOTH:
        for title, kinds in (
            ("no kind is named: those that occur", ()),
            ("another kind is named", ("creatinine",)),
            ("a coding is named", ("57021-8",)),
        ):
            yield judged(
                ids,
                f"{protocol}: {title}",
                f"{MONTHLY}Only kinds that the source records are judged; a blood count of 2025-04-07 is on record.",
                done_on(["2025-04-07"]),
                "2025-05-08",
                protocol=protocol,
                kinds=kinds,
                rules="S31 S32 S42",
            )
        for recorded_from in ("2025-05-06", "2025-05-07", "2025-05-08", "2025-06-08"):
            yield judged(
                ids,
                f"{protocol}: blood counts are recorded from {recorded_from} on",
                f"{MONTHLY}What was due before {recorded_from} is not assessed; 2025-05-02 is 5 days before "
                "2025-05-07, "
                "and its record.",
                done_on(["2025-05-02"]),
                "2025-06-20",
                protocol=protocol,
                tests_recorded_from=recorded_from,
                rules="S32 S42",
            )
    yield judged(
        ids,
        "An observation that could not be read",
        "It may be any test of any day, so no date is judged.",
        done_on(["2025-04-07"]),
        "2025-05-08",
        unreadable_observations=[2],
        rules="S31 S42",
    )
    yield judged(
        ids,
        "No kind is recorded",
        "An empty list means none, whatever occurs.",
        done_on(["2025-04-07"]),
        "2025-05-08",
        kinds=(),
        tests_recorded=[],
        rules="S32 S42",
    )


def missed_and_closed() -> Family:
    """Missed dates are a warning until a later one is done, then a note."""
    ids = Ids("MTR-GAP")
    for protocol in BOTH:
        for title, days in (
            ("no blood count at all", ()),
            ("the third alone, on its day", ("2025-06-07",)),
            ("the third alone, late", ("2025-06-10",)),
            ("the first and the fourth", ("2025-04-07", "2025-07-07")),
            ("an extra one in a gap closes nothing", ("2025-04-07", "2025-04-12")),
        ):
            yield judged(
                ids,
                f"{protocol}: {title}",
                f"{MONTHLY}Asked on 2025-08-10: missed dates before the latest that was done are a note, the others a "
                "warning. The longest gap is between records, from 2025-03-07 on, and not up to the day of the "
                "question.",
                done_on(days),
                "2025-08-10",
                protocol=protocol,
            )
        yield judged(
            ids,
            f"{protocol}: a test of course 2 closes the gap of course 1",
            "Course 1 has no blood count after it; of course 2 (to 2026-03-11) that of 2026-04-11 is done, so "
            "the twelve "
            "missed ones are a note.",
            done_on(["2026-04-11"]),
            "2026-04-20",
            protocol=protocol,
            records=TWO_COURSES,
        )


def overrides_of_tests() -> Family:
    """Somebody accepted that a test is missing, up to a day."""
    ids = Ids("MTR-ACCEPT")
    accepted: Json = {"code": "test-missed", "test": COUNT, "by": "Dr A", "why": "abroad", "on": "2025-06-07"}
    for title, change in (
        ("of test-missed", {}),
        ("of test-overdue", {"code": "test-overdue"}),
        ("on the day before a due date", {"on": "2025-06-06"}),
        ("of the course", {"course": 1}),
        ("of another course", {"course": 2}),
        ("of another test", {"test": "creatinine"}),
        ("by the test's coding", {"test": "57021-8"}),
        ("after every date", {"on": "2025-08-08"}),
    ):
        yield judged(
            ids,
            f"An override {title}",
            f"{MONTHLY}2025-05-10 is 3 days late. An override that names the test waives the dates up to its day, that "
            "day included, that have no record; later ones are told anew.",
            done_on(["2025-05-10"]),
            "2025-08-08",
            overrides=[{**accepted, **change}],
        )
    yield judged(
        ids,
        "A yearly examination that was accepted",
        "Yearly from 2025-03-07: 2026-03-07 is waived by an override of 2026-05-01; 2027-03-07 is due.",
        [],
        "2026-06-01",
        kinds=["skin-examination"],
        overrides=[{**accepted, "test": "skin-examination", "on": "2026-05-01"}],
    )


def records_in_the_future() -> Family:
    """Records after the day of the question are told and not counted."""
    ids = Ids("MTR-AHEAD")
    for protocol in BOTH:
        for as_of in ("2025-05-06", "2025-05-07"):
            yield judged(
                ids,
                f"{protocol}: a blood count of 2025-05-07, asked on {as_of}",
                f"{MONTHLY}A record after the day of the question is a warning and serves no date.",
                done_on(["2025-04-07", "2025-05-07"]),
                as_of,
                protocol=protocol,
            )
    yield judged(
        ids,
        "Two kinds of test in the future",
        f"{MONTHLY}One warning for each kind, however many records it has.",
        [*done_on(["2025-04-07", "2025-05-07", "2025-05-09"]), *done_on(["2025-05-08"], "creatinine")],
        "2025-05-06",
    )


def tests_before_courses() -> Family:
    """Baselines and windows of the r2 files."""
    ids = Ids("MTR-BASE")
    for protocol, code, days in (
        (US, COUNT, ("2025-01-31", "2025-02-01", "2025-03-02", "2025-03-03")),
        (EU, COUNT, ("2024-01-15", "2025-03-02", "2025-03-03", "2025-03-07", "2025-03-08", "2026-03-08")),
        (US, "urine-protein-creatinine", ("2025-01-31", "2025-02-01", "2025-03-02", "2026-02-07", "2026-03-08")),
        (EU, "ecg", ("2024-01-15", "2025-03-02", "2025-03-03")),
        (EU, "vaccinations", ("2025-01-20", "2025-01-21", "2025-03-08", "2026-01-26", "2026-01-27")),
    ):
        for drawn in days:
            yield judged(
                ids,
                f"{protocol}: {code} on {drawn} alone",
                "Courses began on 2025-03-03 and 2026-03-09. A US baseline lies in the 30 days before its "
                "course; an EU "
                "baseline, and a window without an opening, after the last infusion of the course before, 2025-03-07.",
                done_on([drawn], code),
                "2026-04-01",
                protocol=protocol,
                kinds=(),
                records=TWO_COURSES,
                rules="S21 S32 S42",
            )


# --- the visits of a plan (S40, S41) ---------------------------------------------------------


def visiting(
    ids: Ids,
    title: str,
    why: str,
    at: Json,
    request: Request,
    *,
    protocol: str = US,
    rules: str = "S40 S41",
    records: Sequence[Json] = (),
    as_of: str = "2024-01-02",
) -> Json:
    """Return a case of the visits of a plan."""
    return case(
        ids.take(),
        title,
        rules,
        why,
        as_of=as_of,
        source=VISITED,
        protocol=protocol,
        at=at,
        plan=request,
        records=records,
        added=ADDED_LAST,
    )


def visits_by_start() -> Family:
    """The first visits of courses that end on several days of a month."""
    ids = Ids("VIS-START")
    for protocol in BOTH:
        for start in ("2027-01-11", "2027-01-25", "2027-02-22", "2027-05-24", "2027-08-23", "2027-12-27", "2028-02-21"):
            yield visiting(
                ids,
                f"{protocol}: the first three months after a course that begins on {start}",
                f"Five days from {start}. Tests of one group on one day are one visit, named after its months; each "
                "suggested day is the last open one on or before its due day.",
                clinic(),
                Request(start, 1, visits=(moved(start, -1), moved(start, 98))),
                protocol=protocol,
                rules="S02 S40 S41",
            )


def visits_by_clinic() -> Family:
    """Clinics with other weeks, closures, and a laboratory of their own."""
    ids = Ids("VIS-CLINIC")
    fortnight = {moved("2027-02-01", n): "Building work" for n in range(15)}
    two_days = dict.fromkeys(("2027-02-12", "2027-02-15"), "Closed")
    request = Request("2027-01-11", 1, visits=("2027-02-01", "2027-04-30"))
    for title, at in (
        ("closed on the due day", clinic(closures={"2027-02-15": "Closed"})),
        (
            "closed on the due day and the Friday before",
            clinic(closures=two_days),
        ),
        ("fully booked on the due day: no chair is needed", clinic(fully_booked={"2027-02-15": "No chair"})),
        ("closed from 1 to 15 February", clinic(closures=fortnight)),
        (
            "closed from 1 to 15 February, open on 31 January",
            clinic(closures=fortnight, extra_open={"2027-01-31": "Open"}),
        ),
        (
            "closed from 1 to 15 February, open on 30 January",
            clinic(closures=fortnight, extra_open={"2027-01-30": "Open"}),
        ),
        (
            "extra open on Sunday 14 February",
            clinic(closures={"2027-02-15": "Closed"}, extra_open={"2027-02-14": "Open"}),
        ),
        ("the laboratory is open on Tuesdays", clinic(laboratory="tue")),
        ("the laboratory is open on Saturdays", clinic(laboratory="sat")),
        ("the laboratory is open on all days but Monday", clinic(laboratory="tue wed thu fri sat sun")),
        ("the laboratory is closed with the clinic", clinic(laboratory="mon", closures={"2027-02-15": "Closed"})),
        ("a clinic that is open on all days", clinic(" ".join(WEEKDAYS))),
    ):
        yield visiting(
            ids,
            f"Visits after 2027-01-15, {title}",
            "Due on 2027-02-15 (a Monday, 31 days after 15 January), 2027-03-15 (28) and 2027-04-15 (a Thursday, 31). "
            "The suggested day is open, after the due day before, and at most 15, 14 and 15 days early.",
            at,
            request,
        )


EXTRA = {"2028-02-14": "Laboratory only", "2028-02-15": "Laboratory only", "2028-02-16": "Laboratory only"}


def visits_before_a_course() -> Family:
    """Baselines: on the eve, on a draw of the course before, and with the results in time."""
    ids = Ids("VIS-BASE")
    for protocol in BOTH:
        for results_days in (0, 3, 7, 14, 15, 16):
            yield visiting(
                ids,
                f"{protocol}: the baseline of course 1, its results {results_days} days before it",
                f"Due on Sunday 2027-01-10, the eve. Suggested on or before {moved('2027-01-11', -results_days)}, "
                "and at "
                "most half of 31 days early: from 2026-12-26 on.",
                clinic(results_days=results_days),
                Request("2027-01-11", 1, visits=("2026-12-01", "2027-01-31")),
                protocol=protocol,
                rules="S21 S40 S41",
            )
        for results_days in (0, 7, 14):
            yield visiting(
                ids,
                f"{protocol}: a draw serves as the baseline of course 2, its results {results_days} days before",
                "Course 1 to 2027-01-15; course 2 may begin on Saturday 2028-01-15, so on Monday 2028-01-17. Month 12, "
                f"2028-01-15, serves as its baseline; suggested on or before {moved('2028-01-17', -results_days)}.",
                clinic(results_days=results_days),
                Request("2027-01-11", 2, visits=("2027-12-01", "2028-03-01")),
                protocol=protocol,
                rules="S21 S40 S41",
            )
    closed_at = {moved("2028-01-15", n): "Moving house" for n in range(36)}
    for protocol in BOTH:
        yield visiting(
            ids,
            f"{protocol}: course 2 five weeks late, so its baselines are on two days",
            "Closed from 2028-01-15 to 2028-02-19: course 2 begins on Monday 2028-02-21. Month 13, 2028-02-15, "
            "is 6 days "
            "before it and serves for the monthly tests; the thyroid's last draw, 2028-01-15, is too old, so its "
            "baseline is on the eve, 2028-02-20, a visit of its own.",
            clinic(closures=closed_at),
            Request("2027-01-11", 2, visits=("2028-01-01", "2028-03-31")),
            protocol=protocol,
            rules="S21 S40 S41",
        )
    for protocol in BOTH:
        yield visiting(
            ids,
            f"{protocol}: course 2 five weeks late, and the laboratory open on three days before it",
            "Course 2 begins on Monday 2028-02-21. Extra open from 14 to 16 February, for tests: the eve's visit "
            "may be "
            "on the day of the visit that serves as baseline, which is no due day before it.",
            clinic(
                closures={day: reason for day, reason in closed_at.items() if day not in EXTRA},
                extra_open=EXTRA,
                fully_booked=dict.fromkeys(EXTRA, "No chair"),
            ),
            Request("2027-01-11", 2, visits=("2028-01-01", "2028-03-31")),
            protocol=protocol,
            rules="S21 S40 S41",
        )


def visits_of_the_treatment() -> Family:
    """Several courses; yearly examinations; how many visits there are."""
    ids = Ids("VIS-WHOLE")
    for protocol in BOTH:
        for courses in (1, 2, 3, 4):
            yield visiting(
                ids,
                f"{protocol}: all visits of {courses} course(s), and those around the turn of each year",
                "Every monthly date of each course up to the next, 48 months after the last; baselines on draws where "
                "one is at most 14 days old. Yearly examinations are visits of their own, by months since the anchor.",
                clinic(),
                Request("2027-01-11", courses, visits=("2028-12-20", "2029-02-28")),
                protocol=protocol,
            )
        yield visiting(
            ids,
            f"{protocol}: the last visits of a treatment",
            "48 months after the last infusion, that day included; yearly examinations are listed up to the same day.",
            clinic(),
            Request("2027-01-11", 2, visits=("2031-12-01", "2032-12-31")),
            protocol=protocol,
        )


def visits_in_mid_treatment() -> Family:
    """Course 1 was given; course 2 is planned."""
    ids = Ids("VIS-MID")
    for protocol in BOTH:
        for not_before in ("2026-03-09", "2026-03-23", "2026-04-06"):
            yield visiting(
                ids,
                f"{protocol}: course 1 was given, course 2 is planned from {not_before} on",
                f"Course 1 to 2025-03-07; course 2 from {not_before}, three days. The visits before it are those of "
                "course 1 up to its first infusion.",
                clinic(results_days=3),
                Request(not_before, 2, visits=("2026-02-01", "2026-06-30")),
                protocol=protocol,
                records=ONE_COURSE,
                as_of="2026-01-10",
                rules="S16 S21 S40 S41",
            )
