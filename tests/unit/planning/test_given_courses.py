"""Courses on record and courses to come, as a plan shows them; each field worked out by hand (S04, S08, S09, S13, S19).

The clinic is open every day, in New York, and infusions start at 09:00, unless a test says otherwise.
"""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

import pytest

from lemtrada_schedule import Clinic, InvalidInput, Plan, Protocol, due, load_protocol, plan_treatment, replan
from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.planning.treatment_state import closed_remaining_day, treatment_state
from lemtrada_schedule.records.courses import courses_given
from tests.support.clinics import WEEK, clinic_open
from tests.support.histories import (
    EU,
    EVERY_DAY,
    US,
    WEEKDAYS_ONLY,
    Row,
    closed_on,
    codes,
    day,
    decision,
    history,
    on,
    run,
)

FIVE = run("2025-03-03", 5)
"""Course 1 of the US label: Monday 3 to Friday 7 March 2025."""


def plan_of(*parts: Sequence[Row], as_of: str, courses: int = 2, clinic: Clinic = EVERY_DAY, **options: Any) -> Plan:
    taken = history(*parts)
    start = day(options.pop("not_before", as_of))
    return plan_treatment(US, clinic, not_before=start, courses=courses, history=taken, as_of=day(as_of), **options)


def hours(window: TimeWindow | None) -> tuple[time, time] | None:
    return (window.start.time(), window.end.time()) if window else None


def reason(course: Course) -> tuple[Any, ...]:
    because = course.because
    return (because.anchor_kind, because.anchor_course, because.anchor_day, because.offset, because.result)


def days_of(course: Course) -> list[date]:
    return [one.date for one in course.days]


# --- a course that was given ---------------------------------------------------------------------


def test_a_given_course_is_shown_as_it_was_given() -> None:
    one, two = plan_of(FIVE, as_of="2025-04-01").courses
    assert (one.id, one.number, one.status) == ("course-1", 1, "complete")
    assert (one.first_day, one.last_day, one.earliest, one.recommended) == (
        day("2025-03-03"),
        day("2025-03-07"),
        day("2025-03-03"),
        day("2025-03-03"),
    )
    assert (one.drift_days, one.passed_over) == (0, ())
    assert (one.days_on_record, two.days_on_record) == (5, None)
    assert reason(one) == ("on-record", 1, day("2025-03-03"), "", day("2025-03-03"))
    assert [(item.id, item.number, item.date.day) for item in one.days] == [
        (f"course-1/day-{number}", number, 2 + number) for number in range(1, 6)
    ]
    # Course 2: 12 months after 7 March 2025.
    assert (two.number, two.status, two.earliest, two.first_day, two.last_day) == (
        2,
        "planned",
        day("2026-03-07"),
        day("2026-03-07"),
        day("2026-03-09"),
    )
    assert reason(two) == ("last-infusion", 1, day("2025-03-07"), "+ 12 months", day("2026-03-07"))


def test_a_given_course_counts_from_the_one_before() -> None:
    """Course 2 on 9 March 2026: earliest 7 March, two days late."""
    _, two, three = plan_of(FIVE, run("2026-03-09", 3), as_of="2026-04-01", courses=3).courses
    assert (two.earliest, two.recommended, two.drift_days) == (day("2026-03-07"), day("2026-03-07"), 2)
    assert reason(two) == ("last-infusion", 1, day("2025-03-07"), "+ 12 months", day("2026-03-07"))
    assert (three.earliest, three.recommended, three.drift_days) == (day("2027-03-11"), None, 0)


def test_a_course_whose_predecessor_is_not_on_record_stands_for_itself() -> None:
    two, three = plan_of(run("2026-03-09", 3, course=2), as_of="2026-04-01", courses=3).courses
    assert reason(two) == ("on-record", 2, day("2026-03-09"), "", day("2026-03-09"))
    assert (two.number, three.number, three.earliest) == (2, 3, day("2027-03-11"))


def test_courses_whose_numbers_contradict_the_dates_stand_for_themselves() -> None:
    plan = plan_of(run("2025-03-03", 5, course=2), run("2026-05-04", 3, course=1), as_of="2026-06-01")
    assert [reason(course)[:3] for course in plan.courses] == [
        ("on-record", 2, day("2025-03-03")),
        ("on-record", 1, day("2026-05-04")),
    ]


# --- what a record says of its day ---------------------------------------------------------------


def given_day(*records: dict[str, Any], clinic: Clinic = EVERY_DAY) -> InfusionDay:
    rows = [{"date": day("2025-03-03"), **record} for record in records]
    return plan_of(rows, as_of="2025-03-03", courses=1, clinic=clinic, not_before="2025-03-04").courses[0].days[0]


TIMES = {"started": "09:15", "ended": "13:20", "observed_until": "15:30"}


@pytest.mark.parametrize(
    ("record", "infusion", "observation"),
    [
        (TIMES, (time(9, 15), time(13, 20)), (time(13, 20), time(15, 30))),
        ({"started": "09:15", "ended": "13:20"}, (time(9, 15), time(13, 20)), None),
        ({"started": "09:15"}, None, None),
        ({"started": "09:15", "ended": "09:15", "observed_until": "11:15"}, None, None),
        ({"ended": "13:20", "observed_until": "15:30"}, None, None),
        ({}, None, None),
    ],
)
def test_recorded_times_are_the_windows_of_their_day(record: dict[str, str], infusion: Any, observation: Any) -> None:
    found = given_day(record)
    assert (hours(found.infusion), hours(found.observation)) == (infusion, observation)


def test_times_that_the_clocks_skip_or_that_are_one_make_no_window() -> None:
    """New York skips 02:00 to 02:59 on Sunday 9 March 2025."""

    def on_the_change(started: str, ended: str) -> Any:
        rows = on("2025-03-09", started=started, ended=ended)
        return hours(plan_of(rows, as_of="2025-03-09", courses=1, not_before="2025-03-10").courses[0].days[0].infusion)

    assert on_the_change("02:30", "06:00") is None
    assert on_the_change("01:00", "02:30") is None
    assert on_the_change("01:00", "06:00") == (time(1), time(6))


@pytest.mark.parametrize(("dose", "shown"), [("12", 12), ("10", 10), ("12.5", None), (None, None)])
def test_a_dose_is_shown_where_it_is_whole(dose: str | None, shown: int | None) -> None:
    assert given_day({"dose_mg": dose} if dose else {}).dose_mg == shown


def test_a_given_day_has_the_sources_of_the_protocol() -> None:
    found = given_day(TIMES)
    assert (found.cite, found.observation_cite) == ("uspi-dose", "faq")
    assert (found.basis, found.observation_basis) == ("label", "label")


def test_where_records_of_one_day_differ_neither_is_believed() -> None:
    same = given_day({**TIMES, "dose_mg": "12"}, {**TIMES, "dose_mg": "12"})
    assert (same.dose_mg, hours(same.infusion)) == (12, (time(9, 15), time(13, 20)))
    differing = given_day({**TIMES, "dose_mg": "12"}, {**TIMES, "ended": "13:30", "dose_mg": "10"})
    assert (differing.dose_mg, differing.infusion) == (None, None)
    last = given_day({"dose_mg": "12"}, {"dose_mg": "12"}, {"dose_mg": "10"})
    assert last.dose_mg is None


# --- a course in progress, and one that a clinician resumed (S09) --------------------------------


def test_what_remains_of_a_course_in_progress_follows_at_once() -> None:
    plan = plan_of(run("2025-03-03", 3), as_of="2025-03-06", courses=2, not_before="2025-03-01")
    one, two = plan.courses
    assert (one.status, days_of(one)) == ("in-progress", [day(f"2025-03-{number:02}") for number in range(3, 8)])
    assert (one.last_day, one.drift_days, one.passed_over) == (day("2025-03-07"), 0, ())
    assert (one.days_on_record, two.days_on_record) == (3, None)
    assert [item.id for item in one.days[3:]] == ["course-1/day-4", "course-1/day-5"]
    assert [hours(item.infusion) for item in one.days] == [None, None, None, *[(time(9), time(13))] * 2]
    assert two.earliest == day("2026-03-07")


def test_a_course_in_progress_cannot_go_on_over_a_closed_day() -> None:
    """Thursday 6 March to Saturday 8 March would remain: three days, the last of them closed."""
    plan = plan_of(run("2025-03-04", 2), as_of="2025-03-05", courses=1, clinic=WEEKDAYS_ONLY, not_before="2025-03-01")
    (one,) = plan.courses
    assert (one.status, days_of(one)) == ("in-progress", [day("2025-03-04"), day("2025-03-05")])
    (finding,) = [finding for finding in plan.findings if finding.code == "needs-clinical-decision"]
    assert (finding.course, finding.day) == (1, day("2025-03-05"))
    fits = plan_of(run("2025-03-03", 2), as_of="2025-03-04", courses=1, clinic=WEEKDAYS_ONLY, not_before="2025-03-01")
    assert fits.courses[0].last_day == day("2025-03-07")


def test_a_resumed_course_goes_on_in_the_first_block_from_the_day_of_asking() -> None:
    """3 to 5 March were given; asked on Friday 21 March, two days in a row are open from Monday 24 on."""
    plan = plan_of(
        run("2025-03-03", 3),
        as_of="2025-03-21",
        courses=1,
        clinic=WEEKDAYS_ONLY,
        decisions=[decision(1, "resume")],
        not_before="2025-03-01",
    )
    (one,) = plan.courses
    assert (one.status, days_of(one)[3:]) == ("in-progress", [day("2025-03-24"), day("2025-03-25")])
    assert [item.first_day.day for item in one.passed_over] == [21, 22, 23]
    assert [(item.id, item.number) for item in one.days[3:]] == [("course-1/day-4", 4), ("course-1/day-5", 5)]
    soon = plan_of(
        run("2025-03-03", 3),
        as_of="2025-03-05",
        courses=1,
        decisions=[decision(1, "resume", on="2025-03-05")],
        not_before="2025-03-01",
    )
    assert days_of(soon.courses[0])[3:] == [day("2025-03-06"), day("2025-03-07")]


def test_an_interrupted_course_has_no_remaining_days_and_nothing_after_it() -> None:
    plan = plan_of(run("2025-03-03", 3), as_of="2025-03-10", courses=3)
    assert [(course.status, len(course.days)) for course in plan.courses] == [("interrupted", 3)]


def test_an_earlier_short_course_has_no_remaining_days() -> None:
    one, two = plan_of(
        run("2025-03-03", 3), run("2026-03-09", 2), as_of="2026-03-10", courses=2, not_before="2026-03-01"
    ).courses
    assert (one.status, len(one.days)) == ("partial", 3)
    assert (two.status, days_of(two)[-1]) == ("in-progress", day("2026-03-11"))


# --- courses to come -----------------------------------------------------------------------------


def test_courses_that_have_not_begun_count_from_each_other() -> None:
    """From Friday 15 January 2027, Monday to Friday: course 1 from Monday 18 to Friday 22 January."""
    plan = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2027-01-15"), courses=3)
    one, two, three = plan.courses
    assert (one.earliest, one.recommended, one.first_day, one.last_day, one.drift_days) == (
        day("2027-01-15"),
        day("2027-01-15"),
        day("2027-01-18"),
        day("2027-01-22"),
        3,
    )
    assert reason(one) == ("requested-start", None, day("2027-01-15"), "", day("2027-01-15"))
    # Saturday 22 January 2028 is closed: Monday 24 to Wednesday 26. Friday 26 January 2029 leaves no three days.
    assert (two.earliest, two.first_day, two.last_day, two.drift_days) == (
        day("2028-01-22"),
        day("2028-01-24"),
        day("2028-01-26"),
        2,
    )
    assert (three.earliest, three.recommended, three.first_day, three.drift_days) == (
        day("2029-01-26"),
        None,
        day("2029-01-29"),
        3,
    )
    assert [course.id for course in plan.courses] == ["course-1", "course-2", "course-3"]
    assert [one.first_day.day for one in three.passed_over] == [26, 27, 28]


@pytest.mark.parametrize(
    ("as_of", "not_before", "first_day"),
    [
        ("2025-04-01", "2025-04-01", "2026-03-07"),  # the interval decides
        ("2025-04-01", "2026-03-07", "2026-03-07"),
        ("2025-04-01", "2026-05-04", "2026-05-04"),  # what was asked for
        ("2026-06-01", "2026-05-04", "2026-06-01"),  # the day of asking
    ],
)
def test_the_first_course_to_come_starts_on_the_latest_of_its_floors(
    as_of: str, not_before: str, first_day: str
) -> None:
    _, two, three = plan_of(FIVE, as_of=as_of, courses=3, not_before=not_before).courses
    assert (two.first_day, two.earliest) == (day(first_day), day("2026-03-07"))
    assert two.drift_days == (day(first_day) - day("2026-03-07")).days
    assert three.first_day == three.earliest


def test_an_interval_that_ends_within_the_course_before_is_refused() -> None:
    first, second, *others = US.courses
    update = {"minimum_interval": Span.parse("4 days"), "counted_from": "first infusion", "warn_only_from": None}
    short: Protocol = US.model_copy(update={"courses": (first, second.model_copy(update=update), *others)})
    with pytest.raises(InvalidInput) as caught:
        plan_treatment(short, EVERY_DAY, not_before=day("2027-01-11"), courses=2)
    assert (caught.value.code, caught.value.place) == ("protocol-contradiction", "courses")
    longer = second.model_copy(update={**update, "minimum_interval": Span.parse("5 days")})
    least = US.model_copy(update={"courses": (first, longer, *others)})
    two = plan_treatment(least, EVERY_DAY, not_before=day("2027-01-11"), courses=2).courses[1]
    assert two.first_day == day("2027-01-16")


# --- planning again (S19) ------------------------------------------------------------------------


def again(plan: Plan, *parts: Sequence[Row], as_of: str, clinic: Clinic = EVERY_DAY, **options: Any) -> Plan:
    return replan(plan, US, clinic, history=history(*parts), as_of=day(as_of), **options).plan


def test_a_scheduled_course_stays_and_keeps_what_was_skipped_for_it() -> None:
    before = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2025-03-01"), courses=2)
    assert before.courses[0].first_day == day("2025-03-03")
    after = again(before, FIVE, as_of="2025-04-01", clinic=WEEKDAYS_ONLY)
    one, two = after.courses
    assert reason(one) == ("requested-start", None, day("2025-03-01"), "", day("2025-03-01"))
    assert (one.drift_days, one.passed_over) == (2, before.courses[0].passed_over)
    assert (two.first_day, two.passed_over) == (before.courses[1].first_day, before.courses[1].passed_over)
    assert two.passed_over != ()


def test_a_day_given_as_planned_keeps_its_hours_and_another_one_does_not() -> None:
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"), courses=1)
    records = [
        *on("2025-03-03"),
        *on("2025-03-04", dose_mg="12"),
        *on("2025-03-05", dose_mg="10"),
        *on("2025-03-06", **TIMES),
        *on("2025-03-07", status="partial"),
    ]
    found = again(before, records, as_of="2025-03-10").courses[0].days
    planned = (time(9), time(13))
    assert [hours(one.infusion) for one in found] == [planned, planned, None, (time(9, 15), time(13, 20)), None]
    assert [one.dose_mg for one in found] == [12, 12, 10, None, None]


def test_a_day_given_as_planned_has_the_sources_of_the_protocol_that_the_plan_continues_with() -> None:
    """Read off the two files: the first EU revision cites the trial and the US label, the second the EU's own texts."""
    before = plan_treatment(EU, EVERY_DAY, not_before=day("2025-03-03"), courses=1)
    asked: dict[str, Any] = {"history": history(FIVE), "as_of": day("2025-04-01")}
    same = replan(before, EU, EVERY_DAY, **asked).plan
    other = replan(before, load_protocol("eu-2020-01-r2"), EVERY_DAY, accept_protocol="eu-2020-01-r2", **asked).plan
    for plan, sources in (
        (same, ("coles", "label", "us-faq", "convention")),
        (other, ("eu-pl", "label", "sanofi-nl", "label")),
    ):
        for one in plan.infusion_days:
            assert (one.cite, one.basis, one.observation_cite, one.observation_basis) == sources
            assert hours(one.infusion) == (time(9), time(13))


def test_a_course_that_began_on_another_day_forgets_what_was_skipped() -> None:
    before = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2025-03-01"), courses=1)
    assert before.courses[0].passed_over != ()
    late = again(before, run("2025-03-10", 5), as_of="2025-03-20", clinic=WEEKDAYS_ONLY).courses[0]
    assert (late.passed_over, late.drift_days) == ((), 9)
    assert [hours(one.infusion) for one in late.days] == [None] * 5


def test_later_courses_wait_while_a_decision_is_needed() -> None:
    """Course 1 stopped after 5 March; course 2 was scheduled for 7 March 2026, and may come from 5 March on."""
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"), courses=3)
    one, two, three = again(before, run("2025-03-03", 3), as_of="2025-03-10").courses
    assert (one.status, two.status, three.status) == ("interrupted", "tentative", "tentative")
    assert (two.first_day, two.earliest, two.recommended, two.drift_days) == (
        day("2026-03-07"),
        day("2026-03-05"),
        day("2026-03-05"),
        2,
    )
    assert (three.first_day, three.earliest, three.drift_days) == (day("2027-03-09"), day("2027-03-09"), 0)


def test_a_waiting_course_moves_where_the_rules_no_longer_allow_its_days() -> None:
    """Given late, from 10 March 2025 on: course 2 cannot come before 12 March 2026."""
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"), courses=2)
    _, two = again(before, run("2025-03-10", 3), as_of="2025-03-17").courses
    assert (two.status, two.first_day, two.earliest, two.drift_days) == (
        "tentative",
        day("2026-03-12"),
        day("2026-03-12"),
        0,
    )


def test_a_waiting_course_whose_day_has_passed_is_not_moved_into_the_past() -> None:
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"), courses=2)
    _, two = again(before, run("2025-03-10", 3), as_of="2026-04-01").courses
    assert (two.first_day, two.earliest) == (day("2026-04-01"), day("2026-03-12"))


def test_a_waiting_course_stays_as_it_is_where_the_last_infusion_is_not_known() -> None:
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"), courses=2)
    taken = history(run("2025-03-10", 5), unreadable=[6])
    after = replan(before, US, EVERY_DAY, history=taken, as_of=day("2025-03-20")).plan
    two = after.courses[-1]
    assert (two.status, two.first_day, two.earliest) == ("tentative", day("2026-03-07"), day("2026-03-07"))


def test_a_clinic_that_closes_on_the_scheduled_days_moves_the_course() -> None:
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"), courses=2)
    closed = clinic_open(WEEK, closures={"2026-03-08": "Staff day"})
    two = again(before, FIVE, as_of="2025-04-01", clinic=closed).courses[1]
    assert (two.first_day, [one.closed_day for one in two.passed_over]) == (
        day("2026-03-09"),
        [day("2026-03-08"), day("2026-03-08")],
    )


@pytest.mark.parametrize(
    ("first", "count", "as_of", "decisions", "closed"),
    [
        # From Tuesday 4 March 2025 on, the fifth day would be Saturday 8 March.
        ("2025-03-04", 2, "2025-03-05", [], "2025-03-08 is closed (closed on Saturdays)"),
        ("2025-03-04", 3, "2025-03-06", [], "2025-03-08 is closed (closed on Saturdays)"),
        ("2025-03-04", 4, "2025-03-07", [], "2025-03-08 is closed (closed on Saturdays)"),
        ("2025-03-04", 5, "2025-03-08", [], None),
        ("2025-03-03", 2, "2025-03-04", [], None),
        ("2025-03-05", 4, "2025-03-08", [], "2025-03-09 is closed (closed on Sundays)"),
        ("2025-03-04", 2, "2025-03-20", [], None),  # it is interrupted, which is another question
        ("2025-03-04", 2, "2025-03-20", [decision(1, "resume")], None),
        ("2025-03-04", 2, "2025-03-05", [decision(1, "resume")], None),
        ("2025-03-04", 2, "2025-03-05", [decision(1, "treat-as-complete")], None),
    ],
)
def test_why_a_course_in_progress_cannot_go_on(
    first: str, count: int, as_of: str, decisions: list[Any], closed: str | None
) -> None:
    given = courses_given(history(run(first, count)), US, as_of=day(as_of), decisions=decisions)
    expected = closed and f"course 1 cannot continue: {closed}"
    assert closed_remaining_day(OpenDays(WEEKDAYS_ONLY, 360), given) == expected
    state = treatment_state(given, day(as_of), None, {}, OpenDays(WEEKDAYS_ONLY, 360))
    question = given.question() or expected
    assert (state.question, state.unsettled, state.begun, state.countable) == (question, question is not None, 1, True)


def test_nothing_that_was_given_leaves_no_question() -> None:
    given = courses_given(history(), US, as_of=day("2025-03-05"))
    state = treatment_state(given, day("2025-03-05"), None, {}, OpenDays(WEEKDAYS_ONLY, 360))
    assert closed_remaining_day(OpenDays(WEEKDAYS_ONLY, 360), given) is None
    assert (state.question, state.unsettled, state.begun, state.countable) == (None, False, 0, False)


def test_what_stops_a_treatment_comes_first() -> None:
    given = courses_given(history(FIVE), US, as_of=day("2025-03-08"))
    state = treatment_state(given, day("2025-03-08"), "row 6 could not be read", {}, OpenDays(WEEKDAYS_ONLY, 360))
    assert (state.question, state.unsettled, state.countable) == ("row 6 could not be read", False, False)
    unclear = courses_given(history(run("2025-03-03", 3), run("2025-03-21", 2)), US, as_of=day("2025-04-01"))
    asked = treatment_state(unclear, day("2025-04-01"), None, {}, OpenDays(WEEKDAYS_ONLY, 360))
    assert (asked.unsettled, asked.countable) == (True, False)


def test_a_waiting_course_stays_on_its_day_also_after_that_day() -> None:
    """5 to 7 March 2025 were given: course 2 may come from 7 March 2026 on, the day that it was scheduled for."""
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"), courses=2)
    _, two = again(before, run("2025-03-05", 3), as_of="2026-04-01").courses
    assert (two.status, two.first_day, two.drift_days) == ("tentative", day("2026-03-07"), 0)


def test_a_waiting_course_lists_what_was_skipped_since_its_new_earliest_day() -> None:
    """Course 2 was put on Monday 9 March 2026: 7 and 8 March are a weekend.

    After the three infusions the earliest day is Thursday 5 March, from which three days do not fit either.
    """
    before = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2025-03-03"), courses=2)
    skipped = before.courses[1].passed_over
    assert [one.first_day.day for one in skipped] == [7, 8]
    once = again(before, run("2025-03-03", 3), as_of="2025-03-10", clinic=WEEKDAYS_ONLY)
    twice = again(once, run("2025-03-03", 3), as_of="2025-03-11", clinic=WEEKDAYS_ONLY)
    for plan in (once, twice):
        waiting = plan.courses[1]
        assert (waiting.first_day, [one.first_day.day for one in waiting.passed_over]) == (
            day("2026-03-09"),
            [5, 6, 7, 8],
        )
        assert waiting.passed_over[-2:] == skipped


def test_a_course_whose_records_were_taken_back_is_to_be_given_from_the_day_it_began_on() -> None:
    """Course 2 had two of its three days on record, on 9 and 10 March 2026; then they and two days of course 1 go.

    From its new earliest day, Thursday 5 March, three days in a row do not fit before Monday the 9th.
    """
    before = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2025-03-03"), courses=2)
    begun = again(before, FIVE, on("2026-03-09 2026-03-10", dose_mg="10"), as_of="2026-03-10", clinic=WEEKDAYS_ONLY)
    assert (begun.courses[1].status, begun.courses[1].passed_over) == ("in-progress", before.courses[1].passed_over)
    _, two = again(begun, run("2025-03-03", 3), as_of="2026-03-11", clinic=WEEKDAYS_ONLY).courses
    assert (two.status, two.first_day, two.last_day) == ("tentative", day("2026-03-09"), day("2026-03-11"))
    assert [one.first_day.day for one in two.passed_over] == [5, 6, 7, 8]
    assert days_of(two) == [day("2026-03-09"), day("2026-03-10"), day("2026-03-11")]
    assert [hours(one.infusion) for one in two.days] == [(time(9), time(13))] * 3
    assert [one.dose_mg for one in two.days] == [12, 12, 12]


SUNDAY_TO_THURSDAY = run("2025-03-02", 5)
"""What was given, after a correction: course 2 may come from Friday 6 March 2026 on."""


def skipped(course: Course) -> list[date]:
    return [one.first_day for one in course.passed_over]


def test_a_scheduled_course_that_could_now_start_earlier_stays_and_nothing_was_skipped_for_it() -> None:
    """Asked for from Saturday 4 April 2026 on, course 2 is on Monday the 6th; Monday 9 March would be open too."""
    before = plan_of(FIVE, as_of="2025-04-01", not_before="2026-04-04", clinic=WEEKDAYS_ONLY)
    assert skipped(before.courses[1]) == [day("2026-04-04"), day("2026-04-05")]
    two = again(before, SUNDAY_TO_THURSDAY, as_of="2025-04-02", clinic=WEEKDAYS_ONLY).courses[1]
    assert (two.first_day, two.earliest, two.passed_over) == (day("2026-04-06"), day("2026-03-06"), ())


def test_starts_are_skipped_for_more_than_a_year_if_the_clinic_is_closed_so_long() -> None:
    """From 6 March 2026 to 6 June 2027: 365 days to 5 March 2027, then 26 in March, 30, 31, and 6 in June."""
    before = plan_of(FIVE, as_of="2025-04-01", not_before="2027-06-07")
    first = day("2026-03-06")
    closed = closed_on(EVERY_DAY, *(f"{first + timedelta(days=n)}" for n in range(458)))
    two = again(before, SUNDAY_TO_THURSDAY, as_of="2025-04-02", clinic=closed).courses[1]
    assert (two.first_day, two.drift_days) == (day("2027-06-07"), 458)
    assert skipped(two) == [first + timedelta(days=n) for n in range(365 + 26 + 30 + 31 + 6)]


def test_a_waiting_course_stays_on_a_day_that_the_clinic_has_closed() -> None:
    """Course 2 is scheduled for 9 to 11 March 2026; from its new earliest day, 5 March, no start is open any more."""
    before = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2025-03-03"), courses=2)
    closed = closed_on(WEEKDAYS_ONLY, "2026-03-10")
    plan = again(before, run("2025-03-03", 3), as_of="2025-03-10", clinic=closed)
    two = plan.courses[1]
    assert (two.status, two.first_day, two.last_day, two.earliest) == (
        "tentative",
        day("2026-03-09"),
        day("2026-03-11"),
        day("2026-03-05"),
    )
    assert "tentative-on-closed-day" in codes(plan.findings)


def test_a_waiting_course_keeps_its_days_and_has_the_hours_that_the_clinic_has_now() -> None:
    """A row cannot be read: what was skipped for course 2, the weekend of 7 and 8 March 2026, stays too."""
    before = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2025-03-03"), courses=2)
    later = WEEKDAYS_ONLY.model_copy(update={"infusion_starts": "10:00"})
    for clinic, planned in ((WEEKDAYS_ONLY, (time(9), time(13))), (later, (time(10), time(14)))):
        taken = history(FIVE, unreadable=[6])
        two = replan(before, US, clinic, history=taken, as_of=day("2025-03-20")).plan.courses[1]
        assert (two.status, days_of(two)) == ("tentative", [day(f"2026-03-{n:02}") for n in (9, 10, 11)])
        assert skipped(two) == [day("2026-03-07"), day("2026-03-08")]
        assert [hours(one.infusion) for one in two.days] == [planned] * 3


TUESDAY_CLOSED = closed_on(WEEKDAYS_ONLY, "2025-03-04")


def test_what_was_skipped_for_a_resumed_part_stays_as_long_as_it_begins_on_its_planned_day() -> None:
    """One infusion on Monday 3 March 2025; Tuesday is closed, so the rest is resumed on the 10th, 4 to 9 skipped."""
    resume = [decision(1, "resume", on="2025-03-03")]
    monday = run("2025-03-03", 1)
    before = plan_of(monday, as_of="2025-03-03", courses=1, clinic=TUESDAY_CLOSED, decisions=resume)
    passed = [day(f"2025-03-0{n}") for n in range(4, 10)]
    for given, as_of, decisions, expected in (
        (monday, "2025-03-10", resume, passed),  # still to come, on that very day
        ([*monday, *run("2025-03-10", 4)], "2025-03-14", resume, passed),
        ([*monday, *run("2025-03-05", 4)], "2025-03-14", resume, []),  # it was given earlier
        (monday, "2025-03-14", [], []),  # it is not resumed any more
    ):
        (one,) = again(before, given, as_of=as_of, clinic=TUESDAY_CLOSED, decisions=decisions).courses
        assert skipped(one) == expected


def test_records_that_are_withdrawn_take_along_what_was_skipped_for_the_resumed_part() -> None:
    """The same course: Tuesday is open after all, and Monday's record was wrong. Nothing was skipped before Monday."""
    resumed = plan_of(
        run("2025-03-03", 1),
        as_of="2025-03-03",
        courses=1,
        clinic=TUESDAY_CLOSED,
        decisions=[decision(1, "resume", on="2025-03-03")],
    )
    assert days_of(resumed.courses[0])[1] == day("2025-03-10")
    assert skipped(resumed.courses[0]) == [day(f"2025-03-0{n}") for n in range(4, 10)]
    for taken, status in ((history(), "planned"), (history(unreadable=[1]), "tentative")):
        plan = replan(resumed, US, WEEKDAYS_ONLY, history=taken, as_of=day("2025-03-03")).plan
        (one,) = plan.courses
        assert (one.status, days_of(one)) == (status, [day(f"2025-03-0{n}") for n in range(3, 8)])
        assert (one.passed_over, one.days_on_record) == ((), None)
        assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_without_bookings_the_rest_of_a_resumed_course_is_the_first_block_that_fits() -> None:
    """Put on Tuesday 25 March 2025 while Monday was closed, it takes Monday once that is open (S10)."""
    before = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2025-03-03"), courses=1)
    decided = [decision(1, "resume", on="2025-03-21")]
    asked: dict[str, Any] = {"as_of": "2025-03-21", "decisions": decided}
    closed = again(before, run("2025-03-03", 3), clinic=closed_on(WEEKDAYS_ONLY, "2025-03-24"), **asked)
    assert days_of(closed.courses[0])[3:] == [day("2025-03-25"), day("2025-03-26")]
    opened = again(closed, run("2025-03-03", 3), clinic=WEEKDAYS_ONLY, **asked)
    assert days_of(opened.courses[0])[3:] == [day("2025-03-24"), day("2025-03-25")]
    assert skipped(opened.courses[0]) == [day("2025-03-21"), day("2025-03-22"), day("2025-03-23")]


def test_a_day_with_two_records_was_given_as_planned_only_if_both_say_so() -> None:
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"), courses=1)
    records = [
        *on("2025-03-03 2025-03-03"),
        *on("2025-03-04"),
        *on("2025-03-04", status="partial"),
        *on("2025-03-05", status="partial"),
        *on("2025-03-05"),
        *on("2025-03-06", dose_mg="12"),
        *on("2025-03-06"),
        *on("2025-03-07", **TIMES),
        *on("2025-03-07", started="09:15", ended="13:20", observed_until="16:00"),
    ]
    found = again(before, records, as_of="2025-03-10").courses[0].days
    planned = (time(9), time(13))
    assert [hours(one.infusion) for one in found] == [planned, None, None, planned, (time(9, 15), time(13, 20))]
    assert found[-1].observation is None


def test_a_given_course_names_the_course_and_the_day_that_it_counts_from() -> None:
    """Course 2 as the protocol says, from the first infusion of course 1."""
    first, second, *others = US.courses
    update = {"counted_from": "first infusion", "warn_only_from": None}
    rules: Protocol = US.model_copy(update={"courses": (first, second.model_copy(update=update), *others)})
    taken = history(FIVE, run("2026-03-09", 3))
    plan = plan_treatment(rules, EVERY_DAY, not_before=day("2026-04-01"), history=taken, as_of=day("2026-04-01"))
    assert reason(plan.courses[1]) == ("first-infusion", 1, day("2025-03-03"), "+ 12 months", day("2026-03-03"))


def test_scheduled_courses_wait_where_nothing_that_was_given_can_be_read() -> None:
    before = plan_treatment(US, EVERY_DAY, not_before=day("2025-03-03"), courses=2)
    after = replan(before, US, EVERY_DAY, history=history(unreadable=[1]), as_of=day("2025-03-10")).plan
    assert [(course.status, course.first_day) for course in after.courses] == [
        ("tentative", day("2025-03-03")),
        ("tentative", day("2026-03-07")),
    ]


def test_a_tentative_course_is_never_too_early_after_the_last_infusion() -> None:
    """Whether March 2027 continues course 1 is unclear (S07), but the last infusion of all is 12 February 2029 (S30).

    Course 4 was planned from 12 January 2030, before 12 months had passed.
    """
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-04"), courses=4)
    assert [str(course.first_day) for course in plan.courses] == [
        "2027-01-04",
        "2028-01-08",
        "2029-01-10",
        "2030-01-12",
    ]
    taken = history(run("2027-01-04", 2), run("2027-03-01", 3), on("2029-02-12"))
    again = replan(plan, US, EVERY_DAY, history=taken, as_of=day("2029-03-20")).plan
    last = again.courses[-1]
    assert (last.number, last.status, last.earliest, last.first_day) == (
        4,
        "tentative",
        day("2030-02-12"),
        day("2030-02-12"),
    )


def test_where_courses_are_unclear_a_tentative_course_that_is_late_enough_stays_as_it_was() -> None:
    """The infusion of 3 March 2027 may belong to course 1 (S07); 12 months after it, course 3 may begin in 2028."""
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-03-04"), courses=3)
    assert (plan.courses[2].earliest, plan.courses[2].first_day) == (day("2029-03-10"), day("2029-03-10"))
    taken = history(run("2027-01-04", 2), on("2027-03-03"))
    again = replan(plan, US, EVERY_DAY, history=taken, as_of=day("2027-03-20")).plan
    assert [course.status for course in again.courses] == ["partial", "partial", "tentative"]
    assert (again.courses[2].earliest, again.courses[2].first_day) == (day("2029-03-10"), day("2029-03-10"))


def test_a_tentative_course_of_the_past_is_no_reason_to_replan() -> None:
    """It stays on its days until a clinician has decided; the decision is what is due (S09, S43)."""
    taken = history(run("2027-01-04", 2))
    first = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-04"), courses=2)
    plan = replan(first, US, EVERY_DAY, history=taken, as_of=day("2028-02-01")).plan
    assert (plan.courses[1].status, plan.courses[1].last_day) == ("tentative", day("2028-01-10"))
    items = due(plan, history=taken, as_of=day("2028-02-01"), first_day=day("2028-02-01"), last_day=day("2028-02-28"))
    assert [item.item for item in items if item.kind == "decision"] == ["decision/course-1"]
