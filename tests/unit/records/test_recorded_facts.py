"""What is on record is kept and said as it is, whatever was planned; what is not settled is said to be so.

Course 1 was planned for Monday 11 to Friday 15 January 2027, 12 mg at 09:00 to 13:00, at a clinic that never closes.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    Change,
    Decision,
    History,
    InvalidInput,
    Plan,
    PlanMismatch,
    Protocol,
    evaluate,
    explain,
    forecast,
    load_protocol,
    plan_treatment,
    read_protocol,
    replan,
    to_fhir,
    to_html,
    to_ics,
    to_rows,
    to_text,
)
from lemtrada_schedule.exports.text.verdict_text import evaluations_to_text
from lemtrada_schedule.plan.activities import SeriesActivity
from lemtrada_schedule.plan.items import Recurrence
from tests.support.clinics import MON_TO_FRI, clinic_open
from tests.support.histories import EVERY_DAY, US, cd4, codes, day, decision, history, on, run, seen, told

PLAN: Final = plan_treatment(US, EVERY_DAY, not_before=date(2027, 1, 11))
ONE_COURSE: Final = US.model_copy(update={"id": "own", "courses": US.courses[:1]})


def first_day_given(**fields: Any) -> tuple[int | None, str | None, str | None]:
    """Return dose, start and end of day 1 after five records on the planned days, the first with some fields."""
    rows = run("2027-01-11", 5)
    given = history([{**rows[0], **fields}, *rows[1:]])
    one = replan(PLAN, US, EVERY_DAY, history=given, as_of=day("2027-02-01")).plan.courses[0].days[0]
    window = one.infusion
    if window is None:
        return one.dose_mg, None, None
    return one.dose_mg, f"{window.start:%H:%M}", f"{window.end:%H:%M}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (12, "09:00", "13:00")),  # nothing but the day is on record: as it was planned
        ({"dose_mg": 12}, (12, "09:00", "13:00")),
        ({"dose_mg": 24}, (24, None, None)),
        ({"dose_mg": 10, "status": "partial"}, (10, None, None)),
        ({"status": "partial"}, (None, None, None)),
        ({"infusion_minutes": 180}, (None, None, None)),
        ({"observation_minutes": 60}, (None, None, None)),
        ({"ended": "11:00"}, (None, None, None)),
        ({"observed_until": "11:00"}, (None, None, None)),
        ({"started": "10:00", "ended": "14:30"}, (None, "10:00", "14:30")),
        ({"started": "10:00", "ended": "10:00"}, (None, None, None)),  # no length: judged, never refused
    ],
)
def test_what_is_on_record_wins_over_what_was_planned(fields: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert first_day_given(**fields) == expected


def test_two_decisions_about_one_course_are_refused_in_any_order() -> None:
    given = history(run("2025-03-03", 3))
    both = [decision(1, "resume"), decision(1, "treat-as-complete")]
    for decisions in (both, both[::-1]):
        with pytest.raises(PlanMismatch) as caught:
            forecast(given, US, as_of=day("2025-03-10"), decisions=decisions)
        assert (caught.value.code, caught.value.place) == ("plan-mismatch", "decisions")
        assert "there are several decisions on course 1" in str(caught.value)


def test_ends_that_rest_on_an_unsettled_course_are_said_to_be_at_least() -> None:
    """Two of five infusions, the last on 5 January 2027: contraception until at least 5 May 2027."""
    given = history(run("2027-01-04", 2))
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-06-01"), history=given, as_of=day("2027-01-15"))
    assert "Mon  4 Jan 2027 - at least Wed  5 May 2027" in to_text(plan)
    assert "dates, every 1 month, and on: the course is not settled" in to_text(plan)
    rows = {row["item"]: row for row in to_rows(plan)}
    assert (rows["contraception/1"]["last_day"], rows["contraception/1"]["provisional"]) == (day("2027-05-05"), True)
    assert (rows["blood-count/course-1/1"]["provisional"], rows["course-1/day-1"]["provisional"]) == (True, False)
    (counts,) = [one for one in plan.activities if one.id == "blood-count/course-1"]
    assert "to at least 2031-01-05, last infusion of course 1 (2027-01-05) + 48 months" in explain(counts)
    settled = {row["item"]: row["provisional"] for row in to_rows(PLAN)}
    assert not any(settled.values())


def test_a_plan_without_any_course_is_a_page_without_a_timeline() -> None:
    """A row of the patient could not be read: nothing is planned."""
    unread = History(unreadable=(1,))
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-06-01"), history=unread, as_of=day("2027-05-03"))
    assert plan.courses == ()
    assert "The whole treatment" not in to_html(plan, layout="full")
    assert "The whole treatment" in to_html(PLAN, layout="full")


def test_a_protocol_of_one_course_judges_whatever_comes_after_it() -> None:
    """A short course 1, and days a month later: a course too many, which no interval can forbid."""
    given = history(run("2025-03-03", 3), run("2025-04-07", 2))
    evaluation = evaluate(given, ONE_COURSE, as_of=day("2025-06-02"))
    assert ("too-many-courses", 4) in told(evaluation)
    assert "course-boundary-unclear" not in codes(evaluation)
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2026-06-01"), history=given, as_of=day("2025-06-02"))
    assert plan.courses[0].first_day == day("2025-03-03")


def test_more_courses_than_are_listed_are_too_many() -> None:
    """S14, without a number of its own: the last course that is listed is the last one allowed."""
    courses = [rule.model_dump(mode="json") for rule in US.courses]
    listed = Protocol.model_validate(
        {**US.model_dump(mode="json"), "id": "own", "courses": [*courses[:2], {**courses[2], "optional": False}]}
    )
    starts = ("2021-03-01", "2022-03-07", "2023-03-13", "2024-03-18")
    given = history(*[run(first, 5 if first == starts[0] else 3) for first in starts])
    evaluation = evaluate(given, listed, as_of=day("2024-06-03"))
    (found,) = [one for one in evaluation.findings if one.code == "too-many-courses"]
    assert (found.course, found.cite) == (4, US.courses[2].cite)
    assert forecast(given, listed, as_of=day("2024-06-03")).status == "not-recommended"


@pytest.mark.parametrize(
    ("thyroid", "missing"),
    [
        (["2025-02-22"], [2]),  # in the 30 days before both courses: it serves the first, and only that
        (["2025-02-22", "2025-02-22"], [2]),  # of one day, one counts
        (["2025-02-05", "2025-02-22"], []),  # the first record serves course 1, the second is left for course 2
        (["2025-02-05"], [2]),  # before the 30 days of course 2, 2025-02-22 to 2025-03-23
        (["2025-03-23"], [1]),
        ([], [1, 2]),
    ],
)
def test_a_record_serves_one_baseline_and_no_other(thyroid: list[str], missing: list[int]) -> None:
    """S42: two courses three weeks apart, from 2025-03-03 and from 2025-03-24, want a thyroid test each."""
    given = history(
        run("2025-03-03", 5, course=1),
        run("2025-03-24", 3, course=2),
        observations=[seen("thyroid", one) for one in thyroid],
        tests_recorded=["thyroid"],
    )
    found = evaluate(given, US, as_of=day("2025-06-02")).findings
    assert [one.course for one in found if one.code == "baseline-missing"] == missing


@pytest.mark.parametrize(
    ("thyroid", "done"),
    [
        (["2025-02-22"], ["2025-02-22", None]),
        (["2025-02-22", "2025-02-22"], ["2025-02-22", None]),
        (["2025-02-05", "2025-02-22"], ["2025-02-05", "2025-02-22"]),
        (["2025-02-05", "2025-02-25", "2025-02-27"], ["2025-02-27", "2025-02-25"]),  # each the latest that is free
        (["2025-02-05"], ["2025-02-05", None]),
        (["2025-02-05", "2025-02-10"], ["2025-02-10", None]),  # of two in the window of course 1 alone, the latest
        (["2025-03-23"], [None, "2025-03-23"]),
        (["2025-06-03"], [None, None]),
        ([], [None, None]),
    ],
)
def test_a_plan_says_that_a_baseline_is_done_where_the_evaluation_does(
    thyroid: list[str], done: list[str | None]
) -> None:
    """S42: as above; the plan shows the same baselines as done, on the day of the record that serves each."""
    given = history(
        run("2025-03-03", 5, course=1),
        run("2025-03-24", 3, course=2),
        observations=[seen("thyroid", one) for one in thyroid],
        tests_recorded=["thyroid"],
    )
    plan = plan_treatment(US, EVERY_DAY, not_before=date(2025, 6, 2), courses=2, history=given, as_of=day("2025-06-02"))
    baselines = {
        one.course: one.baseline for one in plan.activities if one.kind == "series" and one.action == "thyroid"
    }
    assert [str(one.due) if one and one.done else None for one in (baselines[1], baselines[2])] == done
    evaluation = evaluate(given, US, as_of=day("2025-06-02"))
    missing = [one.course for one in evaluation.findings if one.code == "baseline-missing"]
    assert missing == [course for course, one in zip((1, 2), done, strict=True) if one is None]


def test_a_missing_baseline_names_the_source_that_the_plan_names() -> None:
    """The US baseline has a source of its own, the REMS."""
    given = history(run("2025-03-03", 5), observations=[seen("thyroid", "2025-02-10")], tests_recorded=["creatinine"])
    evaluation = evaluate(given, US, as_of=day("2025-06-02"))
    missing = {one.cite for one in evaluation.findings if one.code == "baseline-missing"}
    baselines = {one.baseline.because.cite for one in PLAN.activities if one.kind == "series" and one.baseline}
    assert missing == {"rems"}
    assert "rems" in baselines


# --- numbers that contradict the dates (S07) ------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        # Course 3 of 15 to 17 March 2027, mistyped as course 1.
        [*run("2025-03-03", 5, course=1), *run("2026-03-09", 3, course=2), *run("2027-03-15", 3, course=1)],
        # The last day of course 2 is mistyped as course 1.
        [*run("2025-03-03", 5, course=1), *run("2026-03-09", 2, course=2), *on("2026-03-11", course=1)],
        # 7 March 2025 stands in both courses.
        [*run("2025-03-03", 5, course=1), *on("2025-03-07 2026-03-09 2026-03-10", course=2)],
    ],
    ids=["a year later", "the last day", "the same day"],
)
def test_courses_that_lie_in_one_another_contradict_the_dates_and_nothing_is_counted_from_them(rows: list[Any]) -> None:
    for given in (history(rows), history(rows[::-1])):
        evaluation = evaluate(given, US, as_of=day("2027-06-01"))
        outlook = forecast(given, US, as_of=day("2027-06-01"))
        assert "course-numbers-contradict" in codes(evaluation)
        assert not {"interval-below-minimum", "anchor-not-named"} & codes(evaluation)
        assert (evaluation.status, outlook.status) == ("needs-clinical-decision", "needs-clinical-decision")
        assert outlook.earliest is None


def test_an_unclear_course_is_not_too_long_and_its_last_day_is_named() -> None:
    """Three days, then four days 20 days later: how many it should have is not known (S07)."""
    given = history(run("2025-03-03", 3), run("2025-03-25", 4))
    evaluation = evaluate(given, US, as_of=day("2025-06-02"))
    assert "extra-infusion" not in codes(evaluation)
    (found,) = [one for one in evaluation.findings if one.code == "needs-clinical-decision"]
    assert "4 of 3 infusion days, the last on 2025-03-28 (Friday 28 March)" in found.message
    assert (found.day, found.row) == (day("2025-03-25"), 4)


# --- several records of a day ----------------------------------------------------------------------


def test_where_records_of_a_day_differ_the_plan_names_neither() -> None:
    """The order of the records does not matter, and which is right only the clinic can say (S04)."""
    rest = run("2027-01-11", 5, dose_mg=12)[1:]
    one = {"date": day("2027-01-11"), "dose_mg": 12, "started": "09:00", "ended": "13:00"}
    other = {**one, "dose_mg": 6, "ended": "10:00"}
    for pair in ([one, other], [other, one]):
        first = (
            replan(PLAN, US, EVERY_DAY, history=history(pair, rest), as_of=day("2027-02-01")).plan.courses[0].days[0]
        )
        assert (first.dose_mg, first.infusion) == (None, None)
    twice = replan(PLAN, US, EVERY_DAY, history=history([one, one], rest), as_of=day("2027-02-01")).plan
    assert twice.courses[0].days[0].dose_mg == 12
    assert twice.courses[0].days[0].infusion is not None


# --- courses that wait (S09, S19) -------------------------------------------------------------------


def test_a_tentative_course_is_counted_anew_and_moves_where_it_would_be_too_early() -> None:
    """Course 1 begun in April, three months late, and left after three days: course 2 not before 14 April 2028."""
    given = history(run("2027-04-12", 3))
    waiting = replan(PLAN, US, EVERY_DAY, history=given, as_of=day("2027-05-03")).plan.courses[1]
    assert (waiting.status, waiting.first_day, waiting.earliest) == ("tentative", day("2028-04-14"), day("2028-04-14"))
    assert (waiting.because.anchor_day, waiting.because.result) == (day("2027-04-14"), day("2028-04-14"))
    assert waiting.days[0].date == waiting.first_day


def test_a_tentative_course_that_is_late_enough_stays_and_says_what_it_is_counted_from() -> None:
    """Course 1 left after three days, on 13 January 2027: course 2 stays on the 15th, allowed from the 13th."""
    waiting = replan(PLAN, US, EVERY_DAY, history=history(run("2027-01-11", 3)), as_of=day("2027-02-01")).plan.courses[
        1
    ]
    assert (waiting.first_day, waiting.earliest, waiting.drift_days) == (day("2028-01-15"), day("2028-01-13"), 2)
    assert waiting.because.anchor_day == day("2027-01-13")


def test_what_cannot_be_counted_stays_as_it_was() -> None:
    """A record of tomorrow: nothing is said, and course 2 waits where it was."""
    given = history(run("2027-04-12", 3))
    waiting = replan(PLAN, US, EVERY_DAY, history=given, as_of=day("2027-04-13")).plan.courses[1]
    assert (waiting.status, waiting.first_day, waiting.earliest) == ("tentative", day("2028-01-15"), day("2028-01-15"))


def test_a_course_that_began_elsewhere_has_passed_over_nothing() -> None:
    """Planned after a closed weekend, given before it."""
    closed = clinic_open(MON_TO_FRI)
    plan = plan_treatment(US, closed, not_before=day("2027-01-09"))
    assert [one.first_day for one in plan.courses[0].passed_over] == [day("2027-01-09"), day("2027-01-10")]
    as_planned = replan(plan, US, closed, history=history(run("2027-01-11", 5)), as_of=day("2027-02-01")).plan
    assert as_planned.courses[0].passed_over == plan.courses[0].passed_over
    earlier = replan(plan, US, closed, history=history(run("2027-01-08", 5)), as_of=day("2027-02-01")).plan
    assert earlier.courses[0].passed_over == ()


# --- what a calendar must be told though no day moves -----------------------------------------------


def kinds_of(before: Plan, after: list[Any], as_of: str, *decisions: Decision, **about: Any) -> dict[str, Change]:
    """Return the changes but those of items that are kept."""
    given = history(after, **about)
    revision = replan(before, US, EVERY_DAY, history=given, as_of=day(as_of), decisions=decisions)
    assert revision.plan.revision == before.revision + 1
    return {change.item: change for change in revision.changes if change.kind != "kept"}


def test_an_end_that_is_named_on_the_earliest_day_is_a_change_and_so_is_one_that_opens_again() -> None:
    """Prophylaxis of course 1, not before 15 March 2027: a count of 210 on that day ends it, a later 150 opens it."""
    rows = run("2027-01-11", 5)
    begun = replan(PLAN, US, EVERY_DAY, history=history(rows), as_of=day("2027-02-01")).plan
    counted = [cd4("2027-03-15", 210)]
    ended = kinds_of(begun, rows, "2027-03-20", observations=counted)
    assert {name: (one.kind, one.before, one.after) for name, one in ended.items()} == {
        "herpes-prophylaxis/course-1": ("moved", None, day("2027-03-15"))
    }
    closed = replan(begun, US, EVERY_DAY, history=history(rows, observations=counted), as_of=day("2027-03-20")).plan
    again = kinds_of(closed, rows, "2027-03-21", observations=[cd4("2027-03-15", 150)])
    assert again["herpes-prophylaxis/course-1"].reason == "end date withdrawn"
    assert (again["herpes-prophylaxis/course-1"].before, again["herpes-prophylaxis/course-1"].after) == (
        day("2027-03-15"),
        None,
    )


def test_what_waits_and_what_no_longer_waits_reaches_the_calendar() -> None:
    """Four of five days, then a decision: course 2 stays on 15 January 2028, first tentative, then not."""
    rows = run("2027-01-11", 4)
    named = PLAN.model_copy(update={"plan_id": "p1"})
    waits = replan(named, US, EVERY_DAY, history=history(rows), as_of=day("2027-02-01"))
    decided = replan(
        waits.plan, US, EVERY_DAY, history=history(rows), as_of=day("2027-02-01"),
        decisions=[decision(1, "treat-as-complete")],
    )  # fmt: skip
    assert [(one.plan.courses[1].status, one.plan.courses[1].first_day) for one in (waits, decided)] == [
        ("tentative", day("2028-01-15")),
        ("planned", day("2028-01-15")),
    ]
    assert decided.plan.revision == waits.plan.revision + 1
    (change,) = [one for one in decided.changes if one.item == "course-2/day-1"]
    assert (change.kind, change.before, change.after) == ("moved", day("2028-01-15"), day("2028-01-15"))
    assert change.reason == "same date, now confirmed"
    update = to_ics(decided.plan, since=waits.plan, stamp=datetime(2027, 2, 1, tzinfo=UTC)).decode()
    assert "SUMMARY:Appointment\\, day 1 of 3" in update
    assert "SUMMARY:Tentative: Appointment" not in update


# --- dates that were kept say so ----------------------------------------------------------------------


def test_a_date_kept_from_the_plan_before_is_not_said_to_be_counted_from_what_was_given() -> None:
    """Planned to 15 January 2027, given to the 22nd. An earlier release kept 15 February, and counted on from 22 March.

    22 March, 22 April … are 2, 3 … months after the 22nd: no date is counted a month short.
    """
    made = replan(PLAN, US, EVERY_DAY, history=history(run("2027-01-18", 5)), as_of=day("2027-02-23")).plan
    kept = [
        one.model_copy(update={"dates": [day("2027-02-15"), *one.dates[1:]]})
        if isinstance(one, SeriesActivity) and one.id == "blood-count/course-1"
        else one
        for one in made.activities
    ]
    again = made.model_copy(update={"activities": kept, "visits": ()})  # that release made no visits
    rows = {row["item"]: row for row in to_rows(again)}
    first, second = rows["blood-count/course-1/1"], rows["blood-count/course-1/2"]
    assert (first["first_day"], first["reason"]) == (
        day("2027-02-15"),
        "kept from the plan before (2027-02-15); ISI",
    )
    assert (second["first_day"], second["reason"]) == (
        day("2027-03-22"),
        "last infusion of course 1 (2027-01-22) + 2 × 1 month; ISI",
    )
    (counts,) = [one for one in again.activities if one.id == "blood-count/course-1"]
    assert explain(counts).endswith("; 1 of them past, kept from the plan before.")
    assert "; 1 of them kept from the plan before" in to_text(again)
    assert "first counted: last infusion of course 1 (2027-01-22) + 1 month" in to_text(again)
    calendar = to_ics(
        again.model_copy(update={"plan_id": "p1"}), stamp=datetime(2027, 2, 23, tzinfo=UTC), titles="clinical"
    )
    assert b"kept from the plan before" in calendar
    assert "kept" not in to_text(PLAN)


def test_a_series_without_a_date_left_is_counted_from_nothing() -> None:
    (counts,) = [one for one in PLAN.activities if one.id == "blood-count/course-1"]
    assert isinstance(counts, SeriesActivity)
    assert Recurrence.of(counts.model_copy(update={"dates": ()})).spans == {}
    assert Recurrence.of(counts).spans[day("2027-03-15")] == 2


# --- rows that could not be read -------------------------------------------------------------------------


def test_a_verdict_on_some_of_the_rows_says_so() -> None:
    unread = History(patient="p1", unreadable=(2,))
    said = evaluations_to_text([("p1", evaluate(unread, US, as_of=day("2026-06-01")))])
    assert said.splitlines()[:2] == [
        "p1: not-started, by the rows that could be read",
        "  no infusion is on record in them; the refused rows may be infusions",
    ]
    given = History(patient="p1", infusions=[{"date": "2026-05-29"}], unreadable=(2,))
    some = evaluations_to_text([("p1", evaluate(given, US, as_of=day("2026-05-29")))]).splitlines()
    assert "  nothing found in them" in some
    whole = evaluations_to_text([("p1", evaluate(history(), US, as_of=day("2026-06-01")))])
    assert whole.splitlines()[:2] == ["p1: not-started", "  nothing found"]


# --- what a fresh reader met ------------------------------------------------------------------------


def test_the_earliest_day_beside_an_unreadable_row_is_said_to_be_a_lower_bound() -> None:
    """Row 6 could be 7 March 2025: then the earliest day of course 2 is 7 March 2026, and not 6 March."""
    given = history(run("2025-03-03", 4), run("2025-09-01", 3, course=2), unreadable=[6])
    (found,) = [one for one in evaluate(given, US, as_of=day("2026-06-01")).findings if "interval" in one.code]
    assert "its earliest day was 2026-03-06 (Friday 6 March) or later, by the rows that could be read" in found.message


def test_refused_rows_are_no_reason_to_look_for_an_unlisted_code() -> None:
    told_of = history(other_rows=3)
    assert "only-other-medicines" in codes(evaluate(told_of, US, as_of=day("2026-06-01")))
    refused = history(other_rows=3, unreadable=[1, 2])
    assert "only-other-medicines" not in codes(evaluate(refused, US, as_of=day("2026-06-01")))


def test_what_is_not_assessed_names_each_code_once_with_its_tests() -> None:
    given = history(run("2025-03-03", 5), observations=[seen("blood-count", "2025-02-20")])
    text = "".join(evaluations_to_text([("p1", evaluate(given, US, as_of=day("2025-06-02")))]))
    (line,) = [line for line in text.splitlines() if "tests_recorded" in line]
    assert line.count("baseline-missing") == 1
    assert "baseline-missing: creatinine, urinalysis, liver-tests, thyroid, skin-examination" in line


# --- found by an attacker -------------------------------------------------------------------------


def remade(plan: Plan, *histories: History, as_of: str) -> Plan:
    for given in histories:
        plan = replan(plan, US, EVERY_DAY, history=given, as_of=day(as_of)).plan
    return plan


def test_a_record_taken_back_does_not_pull_a_course_before_the_day_asked_for() -> None:
    """Course 2 is asked for from 1 June 2027; one day of 2026 is recorded by mistake, then taken back (S16, S19)."""
    course_1 = run("2025-03-03", 5)
    plan = plan_treatment(
        US, EVERY_DAY, not_before=day("2027-06-01"), history=history(course_1), as_of=day("2026-05-01")
    )
    mistaken = history(course_1, on("2026-06-01"))
    again = remade(plan, mistaken, history(course_1), as_of="2026-06-01")
    assert again.courses[1].first_day == day("2027-06-01")
    assert Plan.model_validate_json(again.model_dump_json()) == again


def test_replanning_twice_with_a_corrected_number_changes_nothing_more() -> None:
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2026-01-12"))
    mistaken, right = history(on("2026-01-05", course=2)), history(on("2026-01-05", course=1))
    once = remade(plan, mistaken, right, as_of="2026-01-06")
    twice = remade(once, right, as_of="2026-01-06")
    assert (once.courses, once.revision) == (twice.courses, twice.revision)


def test_a_plan_names_contradicted_numbers_and_is_exported() -> None:
    """Five days in a row, numbered 1, 1, 1, 2, 2: course 2 begins the day after course 1."""
    given = history(run("2025-03-03", 3, course=1), run("2025-03-06", 2, course=2))
    eu = load_protocol("eu-2020-01-r2")
    plan = plan_treatment(
        eu, EVERY_DAY, not_before=day("2026-06-01"), history=given, as_of=day("2026-05-01"), plan_id="p7"
    )
    assert "course-numbers-contradict" in codes(plan.findings)
    assert "needs-clinical-decision" not in codes(plan.findings)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    assert to_ics(plan, stamp=datetime(2026, 5, 1, tzinfo=UTC))
    assert to_fhir(plan, subject="Patient/p7")["resourceType"] == "Bundle"


@pytest.mark.parametrize(
    ("action", "place"),
    [
        ('id = "contraception"\nkind = "period"\nstarts = "first infusion"\nends = "first infusion - 1 day"', "ends"),
        ('id = "contraception"\nkind = "period"\nstarts = "first infusion"\nends = "last infusion - 1 day"', "ends"),
        (
            'id = "w"\nkind = "window"\nopens = "first infusion - 3 weeks"\ncloses = "first infusion - 6 weeks"',
            "closes",
        ),
    ],
)
def test_a_protocol_whose_period_ends_before_it_begins_is_refused(action: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    head = 'extends = "us-2024-05"\nid = "own"\nrevision = "1"\n[[actions]]\n'
    path.write_text(f'{head}{action}\ncite = "faq"\n', encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        read_protocol(path)
    assert refused.value.code == "protocol-contradiction"
    assert refused.value.place.endswith(place)
