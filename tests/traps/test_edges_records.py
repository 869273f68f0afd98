"""What is rare in records and still has to be right; what doors of records refuse, each with its place.

Course 1 was given on Monday 3 to Friday 7 March 2025, unless a comment says otherwise; every clinic is open every day.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import holidays
import pytest

from lemtrada_schedule import (
    Course,
    Finding,
    History,
    InfusionRecord,
    InvalidInput,
    Plan,
    PlanMismatch,
    Protocol,
    Span,
    evaluate,
    explain,
    forecast,
    plan_treatment,
    read_protocol,
    replan,
)
from lemtrada_schedule.plan.activities import Baseline
from lemtrada_schedule.records.history import Observation
from tests.support.clinics import MON_TO_FRI, WEEK, clinic_open
from tests.support.histories import (
    EU,
    EVERY_DAY,
    US,
    WEEKDAYS_ONLY,
    cd4,
    closed_on,
    codes,
    day,
    days_of,
    decision,
    history,
    on,
    period,
    run,
    seen,
    series,
    told,
)

COURSE_1: Final = run("2025-03-03", 5)
SHORT: Final = run("2025-03-03", 3)
PLAN: Final = plan_treatment(US, EVERY_DAY, not_before=date(2027, 1, 11))
"""Course 1 on 11 to 15 January 2027, course 2 on 15 to 17 January 2028."""


def refused(ask: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        ask()
    return caught.value.code, caught.value.place


def kind(value: object) -> str:
    return type(value).__name__


# --- doors ---------------------------------------------------------------------------------------

ASKED: Final[dict[str, Any]] = {"history": history(SHORT), "as_of": day("2025-03-10")}
WITH_DECISIONS: Final[dict[str, Callable[[Any], object]]] = {
    "forecast": lambda decisions: forecast(protocol=US, decisions=decisions, **ASKED),
    "plan_treatment": lambda decisions: plan_treatment(
        US, EVERY_DAY, not_before=day("2025-04-01"), decisions=decisions, **ASKED
    ),
    "replan": lambda decisions: replan(PLAN, US, EVERY_DAY, decisions=decisions, **ASKED),
}


@pytest.mark.parametrize("verb", WITH_DECISIONS)
@pytest.mark.parametrize("decisions", [None, 5, "resume", {"course": 1}, decision(1, "resume"), iter([])], ids=kind)
def test_decisions_are_a_list(verb: str, decisions: Any) -> None:
    assert refused(lambda: WITH_DECISIONS[verb](decisions)) == ("wrong-type", "decisions")


@pytest.mark.parametrize("verb", WITH_DECISIONS)
@pytest.mark.parametrize("second", [None, "resume", {"course": 1, "decision": "resume"}], ids=repr)
def test_each_of_them_is_a_decision(verb: str, second: Any) -> None:
    both = [decision(1, "resume"), second]
    assert refused(lambda: WITH_DECISIONS[verb](both)) == ("wrong-type", "decisions.1")


@pytest.mark.parametrize("span", [3, 3.0, date(2025, 3, 3), ["3 months"], {"count": 3, "unit": "months"}], ids=repr)
def test_a_limit_of_the_clinics_own_is_a_span_or_its_text(span: Any) -> None:
    assert refused(lambda: forecast(protocol=US, past_due_after=span, **ASKED)) == ("wrong-type", "past_due_after")


@pytest.mark.parametrize("span", ["3", "months", "3 moons", "0 months", ""])
def test_a_limit_that_is_no_span_is_refused_at_its_place(span: str) -> None:
    assert refused(lambda: forecast(protocol=US, past_due_after=span, **ASKED)) == ("span", "past_due_after")


@pytest.mark.parametrize("dates", [None, 5, "2025-03-03", date(2025, 3, 3), {"2025-03-03"}, iter([])], ids=kind)
def test_from_dates_takes_a_list(dates: Any) -> None:
    assert refused(lambda: History.from_dates(dates)) == ("wrong-type", "dates")


# --- what was given ------------------------------------------------------------------------------


def test_a_course_whose_number_contradicts_its_date_is_told() -> None:
    """Course 2 on record in March 2025, course 1 a year after it."""
    given = history(run("2025-03-03", 3, course=2), run("2026-03-09", 5, course=1))
    evaluation = evaluate(given, US, as_of=day("2026-06-01"))
    assert [(course.number, course.first_day) for course in evaluation.courses] == [
        (2, day("2025-03-03")),
        (1, day("2026-03-09")),
    ]
    assert ("course-numbers-contradict", 4) in told(evaluation)
    assert evaluation.status == "needs-clinical-decision"
    assert forecast(given, US, as_of=day("2026-06-01")).status == "needs-clinical-decision"


def test_times_that_the_clocks_skipped_are_left_out_of_the_plan() -> None:
    """On Sunday 14 March 2027 New York has no 02:30; the day counts all the same."""
    rows = run("2027-03-10", 5)
    rows[4] |= {"started": "02:30", "ended": "06:30", "observed_until": "08:30"}
    rows[3] |= {"started": "02:30", "ended": "06:30", "observed_until": "08:30"}
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-05-03"), history=history(rows), as_of=day("2027-04-05"))
    saturday, sunday = plan.infusion_days[3:5]
    assert saturday.infusion is not None
    assert saturday.infusion.start.isoformat() == "2027-03-13T02:30:00-05:00"
    assert (sunday.date, sunday.infusion, sunday.observation) == (day("2027-03-14"), None, None)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "given"),
        ({"dose_mg": 12}, "12 mg"),
        ({"dose_mg": "12.5"}, "given"),  # what is no whole number of mg is not shown as one
        ({"dose_mg": 12, "started": "09:00"}, "12 mg"),
    ],
)
def test_a_recorded_day_is_explained_by_what_is_on_record(fields: dict[str, Any], words: str) -> None:
    given = history(run("2025-03-03", 5, **fields))
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2025-06-02"), history=given, as_of=day("2025-04-01"))
    assert explain(plan.infusion_days[0]) == f"Infusion day 1 on 2025-03-03 (Monday 3 March): {words}."


def test_a_record_that_brings_its_row_keeps_it() -> None:
    records = (InfusionRecord(date=day("2025-03-03"), row=7), InfusionRecord(date=day("2025-03-04")))
    assert [one.row for one in History(infusions=records).infusions] == [7, 2]


# --- rules ---------------------------------------------------------------------------------------


def test_beyond_the_holiday_data_nobody_can_tell_of_a_public_holiday() -> None:
    """Sri Lanka's are published from year to year."""
    after = getattr(holidays, "LK").end_year + 1  # noqa: B009  # the package makes its names on demand
    clinic = clinic_open(WEEK, country="LK", time_zone="Asia/Colombo")
    given = history(run(f"{after}-03-01", 2))
    evaluation = evaluate(given, US, as_of=day(f"{after}-03-02"), clinic=clinic)
    lacking = [(one.row, one.missing) for one in evaluation.not_assessed if one.code == "public-holiday"]
    assert lacking == [(1, f"public holidays of {after}"), (2, f"public holidays of {after}")]
    assert "public-holiday" not in codes(evaluation)


def own_protocol(folder: Path, *actions: str) -> Protocol:
    path = folder / "own.toml"
    path.write_text("\n".join(['extends = "us-2024-05"', 'id = "own"', *actions]), encoding="utf-8")
    return read_protocol(path)


def test_a_test_once_in_a_treatment_is_asked_for_before_course_1_alone(tmp_path: Path) -> None:
    """An eye test within 30 days before course 1: 1 February to 2 March 2025; none before course 2."""
    own = own_protocol(
        tmp_path,
        "[[actions]]",
        'id = "eye-test"',
        'title = "Eye test"',
        'kind = "series"',
        'every = "1 year"',
        'per = "treatment"',
        'baseline = { within = "30 days" }',
        'cite = "faq"',
    )
    others = [action.id for action in US.actions if getattr(action, "baseline", None)]
    done = [seen(test, before) for test in others for before in ("2025-02-20", "2026-03-01")]
    for tested, expected in (("2025-01-31", {1}), ("2025-02-01", set())):
        given = history(COURSE_1, run("2026-03-09", 3), observations=[*done, seen("eye-test", tested)])
        found = evaluate(given, own, as_of=day("2026-06-01")).findings
        assert {one.course for one in found if one.code == "baseline-missing"} == expected


# --- prophylaxis ---------------------------------------------------------------------------------


def test_S09_S22_after_an_interrupted_course_no_count_closes_the_prophylaxis() -> None:
    """Its last infusion may be yet to come: at least 2 months after 5 March 2025."""
    given = history(SHORT, observations=[cd4("2025-06-03", 400)])
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2025-08-04"), history=given, as_of=day("2025-07-01"))
    found = period(plan, "herpes-prophylaxis", 1)
    assert (found.last_day, found.earliest_end, found.provisional) == (None, day("2025-05-05"), True)


def test_S22_a_further_high_count_moves_nothing() -> None:
    given = history(COURSE_1, observations=[cd4("2025-06-03", 230), cd4("2025-07-01", 400)])
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2025-09-01"), history=given, as_of=day("2025-08-01"))
    assert period(plan, "herpes-prophylaxis", 1).last_day == day("2025-06-03")


# --- plans made again ----------------------------------------------------------------------------


def reasons(plan: Plan, given: History, as_of: str, **asked: Any) -> dict[str, str]:
    return {
        one.item: one.reason for one in replan(plan, US, EVERY_DAY, history=given, as_of=day(as_of), **asked).changes
    }


def test_a_course_that_is_added_says_from_when() -> None:
    """Nothing was planned beyond an interrupted course; left off, course 2 is planned from 12 months on."""
    stopped = history(run("2027-01-11", 3))
    asked: dict[str, Any] = {"history": stopped, "as_of": day("2027-02-01")}
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-03-01"), **asked)
    assert [course.number for course in plan.courses] == [1]
    left_off = [decision(1, "treat-as-complete", on="2027-02-01")]
    revision = replan(plan, US, EVERY_DAY, decisions=left_off, **asked)
    assert days_of(revision.plan, 2) == ["2028-01-13", "2028-01-14", "2028-01-15"]
    added = [one for one in revision.changes if one.item.startswith("course-2/")]
    assert {(one.kind, one.reason) for one in added} == {("added", "course 2 now starts on 2028-01-13")}


def test_what_falls_away_says_why() -> None:
    told_why = reasons(PLAN, history(run("2027-01-11", 3)), "2027-02-01")
    assert told_why["course-1/day-4"] == told_why["course-1/day-5"]
    assert told_why["course-1/day-4"].startswith("not planned: course 1 stopped on 2027-01-13")


def test_a_revision_goes_through_json() -> None:
    revision = replan(PLAN, US, EVERY_DAY, history=history(on("2027-01-12")), as_of=day("2027-01-12"))
    again = type(revision).model_validate_json(revision.model_dump_json())
    assert again == revision
    assert json.loads(revision.model_dump_json())["plan"]["revision"] == 1


def test_a_test_on_record_satisfies_a_baseline_that_is_past() -> None:
    """Drawn on 4 January 2027, a week before course 1; asked again on 1 February."""
    plan = plan_treatment(US, EVERY_DAY, not_before=date(2027, 1, 11))
    seen = [{"date": "2027-01-04", "code": "blood-count"}]
    given = History.from_dates([f"2027-01-{day}" for day in range(11, 16)], observations=seen)
    again = replan(plan, US, EVERY_DAY, history=given, as_of=date(2027, 2, 1)).plan
    series = next(activity for activity in again.activities if activity.id == "blood-count/course-1")
    baseline = getattr(series, "baseline")  # noqa: B009  # of a union
    assert (baseline.done, baseline.due) == (True, date(2027, 1, 4))


def test_other_hours_of_the_clinic_move_what_is_to_come() -> None:
    """From 09:00 to 10:00, asked in mid-course: days on record stay, the others and the hours after them move."""
    plan = plan_treatment(US, EVERY_DAY, not_before=date(2027, 1, 11), plan_id="p1")
    later = EVERY_DAY.model_copy(update={"infusion_starts": "10:00"})
    given = History.from_dates(["2027-01-11", "2027-01-12"])
    revision = replan(plan, US, later, history=given, as_of=date(2027, 1, 12))
    changes = {change.item: change for change in revision.changes}
    assert [changes[f"course-1/day-{n}"].kind for n in range(1, 6)] == ["kept", "kept", "moved", "moved", "moved"]
    assert [changes[f"reaction-watch/course-1/{n}"].kind for n in (2, 3)] == ["kept", "moved"]
    watch = changes["reaction-watch/course-1/3"]  # from the day of the infusion to the next
    assert (watch.before, watch.after) == (date(2027, 1, 13), date(2027, 1, 13))
    third = changes["course-1/day-3"]
    assert (third.before, third.after, third.reason) == (
        date(2027, 1, 13), date(2027, 1, 13), "now starts at 10:00"
    )  # fmt: skip
    starts = [day.infusion.start.hour for day in revision.plan.infusion_days if day.infusion]
    assert starts == [9, 9, 10, 10, 10, 10, 10, 10]
    assert revision.plan.revision == 1
    assert changes["blood-count/course-1/1"].kind == "kept"


def unrecorded(plan: Plan) -> list[tuple[int | None, date | None]]:
    return [(one.course, one.day) for one in plan.findings if one.code == "unrecorded"]


def test_S19_that_a_course_was_not_given_is_said_until_it_is() -> None:
    """Planned from 11 January 2027, then from 1 March; given on 1 to 5 March."""
    held = replan(PLAN, US, EVERY_DAY, history=history(), as_of=day("2027-03-01")).plan
    again = replan(held, US, EVERY_DAY, history=history(), as_of=day("2027-03-01")).plan
    later = replan(again, US, EVERY_DAY, history=history(), as_of=day("2027-03-03")).plan
    done = replan(again, US, EVERY_DAY, history=history(run("2027-03-01", 5)), as_of=day("2027-03-08")).plan
    assert unrecorded(held) == unrecorded(again) == [(1, day("2027-01-11"))]
    assert sorted(unrecorded(later)) == [(1, day("2027-01-11")), (1, day("2027-03-01"))]
    assert unrecorded(done) == []


def resumed(plan: Plan, *given: str, as_of: str) -> Plan:
    """Return the plan made again on a day, with the decision of 14 January 2027 to resume course 1."""
    decided = [decision(1, "resume", on="2027-01-14")]
    return replan(plan, US, EVERY_DAY, history=history(*map(on, given)), as_of=day(as_of), decisions=decided).plan


def test_S19_S10_a_resumed_day_that_passed_without_a_record_is_said() -> None:
    """Two days are given, and the rest is resumed from 14 January; nothing is on record of the 14th and the 15th."""
    two = ("2027-01-11", "2027-01-12")
    made = resumed(PLAN, *two, as_of="2027-01-14")
    assert [str(one.date) for one in made.courses[0].days[2:]] == ["2027-01-14", "2027-01-15", "2027-01-16"]
    assert unrecorded(made) == []  # the 13th is what the decision is about
    next_day = resumed(made, *two, as_of="2027-01-15")
    assert [str(one.date) for one in next_day.courses[0].days[2:]] == ["2027-01-15", "2027-01-16", "2027-01-17"]
    assert unrecorded(next_day) == [(1, day("2027-01-14"))]
    assert resumed(next_day, *two, as_of="2027-01-15") == next_day
    assert sorted(unrecorded(resumed(next_day, *two, as_of="2027-01-16"))) == [
        (1, day("2027-01-14")),
        (1, day("2027-01-15")),
    ]
    (note,) = [one for one in next_day.findings if one.code == "unrecorded"]
    assert note.message == (
        "course 1 was planned to continue on 2027-01-14 (Thursday 14 January), but no infusion is on record; "
        "it is rescheduled"
    )


def test_S19_S10_a_resumed_day_that_is_recorded_late_is_said_no_more() -> None:
    two = ("2027-01-11", "2027-01-12")
    made = resumed(resumed(PLAN, *two, as_of="2027-01-14"), *two, as_of="2027-01-15")
    known = resumed(made, *two, "2027-01-14", as_of="2027-01-15")
    assert unrecorded(known) == []
    assert [str(one.date) for one in known.courses[0].days[2:]] == ["2027-01-14", "2027-01-15", "2027-01-16"]
    whole = resumed(made, *two, "2027-01-14", "2027-01-15", "2027-01-16", as_of="2027-01-17")
    assert unrecorded(whole) == []


def test_S19_S10_a_resumed_day_that_was_given_on_another_day_has_moved() -> None:
    """Given on the 17th instead of the 14th: of the two planned days that passed, one has moved."""
    made = resumed(PLAN, "2027-01-11", "2027-01-12", as_of="2027-01-14")
    later = resumed(made, "2027-01-11", "2027-01-12", "2027-01-17", as_of="2027-01-17")
    assert unrecorded(later) == [(1, day("2027-01-15")), (1, day("2027-01-16"))]


def test_S09_a_course_that_waits_for_a_decision_is_not_said_to_be_unrecorded() -> None:
    """Course 1 was left after three days; course 2, of 15 January 2028, is past and was kept as it was, tentative."""
    again = replan(PLAN, US, EVERY_DAY, history=history(run("2027-01-11", 3)), as_of=day("2028-02-01")).plan
    assert [(one.status, one.first_day) for one in again.courses][1] == ("tentative", day("2028-01-15"))
    assert unrecorded(again) == []


def test_a_plan_made_again_says_what_holds_on_its_own_day() -> None:
    """The deadline of 30 November 2026 is passed on either day; it is told of the later one alone."""
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11"), as_of=day("2026-12-15"))
    again = replan(plan, US, EVERY_DAY, history=history(), as_of=day("2027-01-05")).plan
    assert any("2026-12-15" in one.message for one in plan.findings)
    assert not any("2026-12-15" in one.message for one in again.findings)


def yearly(plan: Plan) -> list[str]:
    return [str(one) for one in series(plan, "skin-examination", None).dates[:2]]


def test_S19_what_is_due_once_in_a_treatment_belongs_to_course_1() -> None:
    """Yearly from 15 January 2027 as planned. Never given, from 1 to 5 February 2028: first on 5 February 2029."""
    never = replan(PLAN, US, EVERY_DAY, history=history(), as_of=day("2028-02-01")).plan
    assert yearly(PLAN) == ["2028-01-15", "2029-01-15"]
    assert yearly(never) == ["2029-02-05", "2030-02-05"]
    assert str(series(never, "blood-count", 1).dates[0]) == "2028-03-05"


def test_S19_what_belongs_to_a_course_that_was_not_given_moves_with_it() -> None:
    """Course 2 was planned to 17 January 2028; from 1 to 3 March, its tests are due from 3 April on."""
    again = replan(PLAN, US, EVERY_DAY, history=history(run("2027-01-11", 5)), as_of=day("2028-03-01")).plan
    assert str(series(PLAN, "blood-count", 2).dates[0]) == "2028-02-17"
    assert str(series(again, "blood-count", 2).dates[0]) == "2028-04-03"


@pytest.mark.parametrize(
    ("given", "as_of", "eve"),
    [(4, "2027-01-10", "2027-01-06"), (5, "2027-01-11", "2027-01-10")],
)
def test_S19_a_baseline_stays_once_the_old_and_the_new_eve_are_past(given: int, as_of: str, eve: str) -> None:
    """Given from 7 January 2027, not from the 11th: the new eve is the 6th, the old one the 10th."""
    again = replan(PLAN, US, EVERY_DAY, history=history(run("2027-01-07", given)), as_of=day(as_of)).plan
    assert str(baseline_of(again, "blood-count", 1).last_day) == eve


@pytest.mark.parametrize(("as_of", "ends"), [("2027-01-18", "2027-01-14"), ("2027-01-19", "2027-01-18")])
def test_S19_a_period_stays_once_its_old_and_its_new_end_are_past(as_of: str, ends: str) -> None:
    """Strokes are watched for up to 3 days after the last infusion: 15 January 2027 as planned, the 11th as given."""
    again = replan(PLAN, US, EVERY_DAY, history=history(run("2027-01-07", 5)), as_of=day(as_of)).plan
    assert str(period(again, "stroke-watch", 1).last_day) == ends


def test_a_day_given_at_other_hours_is_kept_whatever_was_given_since() -> None:
    rows = [*run("2027-01-11", 5), *run("2028-01-15", 3)]
    rows[0] |= {"started": "10:00", "ended": "14:00", "observed_until": "16:00"}
    revision = replan(PLAN, US, EVERY_DAY, history=history(rows), as_of=day("2028-02-01"))
    assert {one.item: one.kind for one in revision.changes}["course-1/day-1"] == "kept"


def moved_because(as_of: str, given: History, **closures: str) -> tuple[str, str]:
    """Return why the first days of courses 1 and 2 are where they are, at a clinic that now has closures."""
    rows = [{"date": one.removeprefix("d").replace("_", "-"), "reason": why} for one, why in closures.items()]
    clinic = EVERY_DAY.model_copy(update={"closures": rows})
    changes = {one.item: one.reason for one in replan(PLAN, US, clinic, history=given, as_of=day(as_of)).changes}
    return changes["course-1/day-1"], changes["course-2/day-1"]


def test_what_moved_says_why() -> None:
    assert moved_because("2027-03-01", history())[0] == (
        "course 1 was planned from 2027-01-11, but none of it is on record"
    )
    # Closed on the second day; asked on the first, when it may still be given.
    assert moved_because("2027-01-11", history(), d2027_01_12="Works")[0] == "2027-01-12: closed: Works"
    # Course 2 lies on its earliest day; the first of two reasons is named.
    closures = {"d2028_01_15": "Works", "d2028_01_16": "Feast"}
    assert moved_because("2027-02-01", history(run("2027-01-11", 5)), **closures)[1] == "2028-01-15: closed: Works"


def test_S09_what_is_not_planned_says_which_day_is_closed() -> None:
    clinic = closed_on(EVERY_DAY, "2027-01-14", "2027-01-15")
    changes = replan(PLAN, US, clinic, history=history(run("2027-01-11", 3)), as_of=day("2027-01-13")).changes
    assert {one.reason for one in changes if one.item == "course-1/day-4"} == {
        "not planned: course 1 cannot continue: 2027-01-14 is closed (closed: Staff day)"
    }


def numbered(written: str, number: int | None) -> list[dict[str, Any]]:
    return on(written, course=number)


def test_S07_a_number_on_record_names_what_lies_near_it() -> None:
    """Three days without a number are course 1 by their place; two of that number, three weeks later, belong to it."""
    given = history(on("2025-03-03 2025-03-04 2025-03-05"), numbered("2025-03-26 2025-03-27", 1))
    verdict = evaluate(given, US, as_of=date(2025, 6, 1))
    assert [(c.number, c.infusions, c.status) for c in verdict.courses] == [(1, 5, "complete")]
    assert [f.code for f in verdict.findings] == ["course-not-consecutive"]


def test_S07_a_course_with_a_number_is_not_told_by_its_gap() -> None:
    """Course 1 of two days; 16 days later a day without a number, the next with number 2: course 2, and not unclear."""
    given = history(numbered("2025-03-03 2025-03-04", 1), on("2025-03-20"), numbered("2025-03-21", 2))
    verdict = evaluate(given, US, as_of=date(2025, 6, 1))
    assert [(c.number, c.infusions) for c in verdict.courses] == [(1, 2), (2, 2)]
    assert "course-boundary-unclear" not in [f.code for f in verdict.findings]


def test_S07_days_between_two_of_one_number_are_of_that_course() -> None:
    """20 January is 2, 5 to 8 February have no number (16 days on), 23 February is 2 and 15 days after the 8th."""
    given = history(
        numbered("2025-01-20", 2),
        on("2025-02-05 2025-02-06 2025-02-07 2025-02-08"),
        numbered("2025-02-23", 2),
    )
    verdict = evaluate(given, US, as_of=date(2025, 6, 1))
    assert [(c.number, c.infusions, c.first_day, c.last_day) for c in verdict.courses] == [
        (2, 6, date(2025, 1, 20), date(2025, 2, 23))
    ]


def test_S07_the_days_of_one_number_stand_by_date_wherever_they_were_told() -> None:
    """20 March has no number and lies 17 days on, 21 March is 1, and so are 10 and 11 April.

    The last infusion is that of 11 April, and course 2 counts from it, not from 21 March.
    """
    given = history(
        numbered("2025-03-03", 1), on("2025-03-20"), numbered("2025-03-21", 1), numbered("2025-04-10 2025-04-11", 1)
    )
    verdict = evaluate(given, US, as_of=date(2025, 6, 1))
    assert [(c.number, c.infusions, c.status, c.first_day, c.last_day) for c in verdict.courses] == [
        (1, 5, "complete", date(2025, 3, 3), date(2025, 4, 11))
    ]
    assert [(f.code, f.day, f.row) for f in verdict.findings] == [("course-not-consecutive", date(2025, 3, 20), 2)]
    assert forecast(given, US, as_of=date(2025, 6, 1)).earliest == date(2026, 4, 11)


def test_S07_a_day_without_a_number_is_of_the_course_of_the_day_before_it() -> None:
    """20 March is 2, 21 March is 1 again, and 22 March has no number: it goes with the 21st."""
    given = history(
        numbered("2025-03-03 2025-03-04 2025-03-05", 1),
        numbered("2025-03-20", 2),
        numbered("2025-03-21", 1),
        on("2025-03-22"),
    )
    verdict = evaluate(given, US, as_of=date(2025, 6, 1))
    assert [(c.number, c.infusions, c.last_day) for c in verdict.courses] == [
        (1, 5, date(2025, 3, 22)),
        (2, 1, date(2025, 3, 20)),
    ]


def test_S30_another_number_on_the_next_day_contradicts_the_dates() -> None:
    """Course 1 on 3 to 5 March, course 2 by its number on 6 March: their interval is not assessed."""
    given = history(run("2025-03-03", 3, course=1), numbered("2025-03-06", 2))
    verdict = evaluate(given, US, as_of=date(2025, 3, 6))
    assert told(verdict) == [("course-incomplete", 3), ("course-numbers-contradict", 4)]


def test_S07_of_several_unclear_courses_the_first_is_named() -> None:
    """Single days a month apart: the second may be course 1 going on, the third course 2."""
    given = history(on("2025-03-03 2025-04-03 2025-05-03"))
    assert forecast(given, US, as_of=date(2025, 6, 1)).reasons == (
        "it is unclear whether course 2 continues the previous course",
    )


def test_of_several_decisions_on_unknown_courses_the_first_is_named() -> None:
    with pytest.raises(PlanMismatch, match="on course 2,"):
        forecast(
            history(SHORT), US, as_of=day("2025-03-10"), decisions=[decision(4, "resume"), decision(2, "new-course")]
        )


# --- a plan in mid-treatment ---------------------------------------------------------------------


def plan_of(given: History, as_of: str, not_before: str, **asked: Any) -> Plan:
    made: dict[str, Any] = {"protocol": US, "clinic": EVERY_DAY, **asked}
    return plan_treatment(history=given, as_of=day(as_of), not_before=day(not_before), **made)


def test_S09_course_2_goes_on_where_it_is_in_progress() -> None:
    """Two of three days given, 9 and 10 March 2026: the third follows; course 1 is long complete."""
    plan = plan_of(history(COURSE_1, run("2026-03-09", 2)), "2026-03-10", "2026-03-09")
    assert days_of(plan, 2) == ["2026-03-09", "2026-03-10", "2026-03-11"]
    assert [course.status for course in plan.courses] == ["complete", "in-progress"]


def test_S09_course_2_cannot_go_on_over_a_closed_day() -> None:
    """Wednesday 11 March 2026, the third day, is closed."""
    clinic = closed_on(WEEKDAYS_ONLY, "2026-03-11")
    plan = plan_of(history(COURSE_1, run("2026-03-09", 2)), "2026-03-10", "2026-03-09", clinic=clinic)
    assert days_of(plan, 2) == ["2026-03-09", "2026-03-10"]
    assert "needs-clinical-decision" in codes(plan.findings)


@pytest.mark.parametrize("closed", ["2027-01-14", "2027-01-15"])
def test_S09_the_first_and_the_last_of_the_remaining_days_must_be_open(closed: str) -> None:
    """Monday to Wednesday given; Thursday 14 and Friday 15 January 2027 remain."""
    plan = plan_of(history(run("2027-01-11", 3)), "2027-01-13", "2027-01-11", clinic=closed_on(EVERY_DAY, closed))
    assert days_of(plan, 1) == ["2027-01-11", "2027-01-12", "2027-01-13"]
    assert "needs-clinical-decision" in codes(plan.findings)


@pytest.mark.parametrize("closed", ["2027-01-13", "2027-01-16"])
def test_S09_the_days_before_and_after_the_remaining_ones_may_be_closed(closed: str) -> None:
    plan = plan_of(history(run("2027-01-11", 3)), "2027-01-13", "2027-01-11", clinic=closed_on(EVERY_DAY, closed))
    assert days_of(plan, 1) == ["2027-01-11", "2027-01-12", "2027-01-13", "2027-01-14", "2027-01-15"]


def test_S10_a_course_that_is_left_off_in_progress_needs_no_open_day() -> None:
    """Friday 15 January 2027 is closed, but nobody goes on: course 2 is 12 months after Thursday 14."""
    asked: dict[str, Any] = {
        "clinic": closed_on(EVERY_DAY, "2027-01-15"),
        "decisions": [decision(1, "treat-as-complete", on="2027-01-14")],
    }
    plan = plan_of(history(run("2027-01-11", 4)), "2027-01-14", "2027-01-15", **asked)
    assert days_of(plan, 1) == ["2027-01-11", "2027-01-12", "2027-01-13", "2027-01-14"]
    assert days_of(plan, 2)[0] == "2028-01-14"


@pytest.mark.parametrize("what", ["treat-as-complete", "new-course"])
def test_S16_a_course_that_is_left_off_is_not_in_progress(what: str) -> None:
    """The last record is of 5 March 2025: on that day nothing can begin, on the day after it can."""
    asked: dict[str, Any] = {"decisions": [decision(1, what)]}
    assert refused(lambda: plan_of(history(SHORT), "2025-03-10", "2025-03-05", **asked)) == (
        "out-of-range", "not_before"
    )  # fmt: skip
    assert days_of(plan_of(history(SHORT), "2025-03-10", "2025-03-06", **asked), 2)[0] == "2026-03-05"


def test_S16_a_resumed_course_is_in_progress() -> None:
    """Course 2 lacks a day, and goes on on 20 March 2026: asked from its first day, nothing is planned again."""
    asked: dict[str, Any] = {"decisions": [decision(2, "resume", on="2026-03-20")]}
    plan = plan_of(history(COURSE_1, run("2026-03-09", 2)), "2026-03-20", "2026-03-09", **asked)
    assert days_of(plan, 2) == ["2026-03-09", "2026-03-10", "2026-03-20"]


def passed_over(plan: Plan, course: int) -> list[str]:
    return [one.first_day.isoformat() for one in plan.courses[course - 1].passed_over]


def test_a_course_keeps_what_was_passed_over_when_it_was_placed() -> None:
    """Asked from Saturday 9 January 2027: Monday 11 to Friday 15; course 2, 15 January 2028, is a Saturday again."""
    plan = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2027-01-09"))
    assert (passed_over(plan, 1), passed_over(plan, 2)) == (["2027-01-09", "2027-01-10"], ["2028-01-15", "2028-01-16"])
    again = replan(plan, US, WEEKDAYS_ONLY, history=history(run("2027-01-11", 5)), as_of=day("2027-02-01")).plan
    assert (passed_over(again, 1), passed_over(again, 2)) == (
        ["2027-01-09", "2027-01-10"],
        ["2028-01-15", "2028-01-16"],
    )


def test_S10_a_resumed_course_says_what_was_passed_over() -> None:
    """Monday to Wednesday given; asked on Saturday 16 January 2027, the two days left are Monday 18 and Tuesday 19."""
    asked: dict[str, Any] = {"clinic": WEEKDAYS_ONLY, "decisions": [decision(1, "resume", on="2027-01-16")]}
    plan = plan_of(history(run("2027-01-11", 3)), "2027-01-16", "2027-02-01", **asked)
    assert days_of(plan, 1)[3:] == ["2027-01-18", "2027-01-19"]
    assert passed_over(plan, 1) == ["2027-01-16", "2027-01-17"]


def test_a_later_course_without_the_one_before_it_counts_from_its_own_first_infusion() -> None:
    given = history(run("2028-02-07", 3, course=2))
    course = replan(PLAN, US, EVERY_DAY, history=given, as_of=day("2028-02-20")).plan.courses[0]
    assert (course.number, course.earliest, course.because.anchor, course.because.anchor_day) == (
        2, day("2028-02-07"), "first infusion of course 2 on record", day("2028-02-07")
    )  # fmt: skip


def test_times_on_record_win_over_those_that_were_planned() -> None:
    """Planned from 09:00; the first day was given from 10:00 to 14:30, observed until 17:00."""
    rows = run("2027-01-11", 5)
    rows[0] |= {"started": "10:00", "ended": "14:30", "observed_until": "17:00"}
    first, second, *_ = replan(PLAN, US, EVERY_DAY, history=history(rows), as_of=day("2027-02-01")).plan.infusion_days
    hours = [window and (window.start.hour, window.end.hour) for window in (first.infusion, first.observation)]
    assert hours == [(10, 14), (14, 17)]
    assert second.infusion is not None
    assert second.infusion.start.hour == 9


def test_only_a_whole_dose_on_record_is_a_dose_of_the_plan() -> None:
    rows = run("2025-03-03", 5)
    rows[0] |= {"dose_mg": 12}
    rows[1] |= {"dose_mg": "12.5"}
    rows[2] |= {"dose_mg": "10.0"}
    plan = plan_of(history(rows), "2025-04-01", "2025-06-02")
    assert [one.dose_mg for one in plan.infusion_days[:5]] == [12, None, 10, None, None]


def test_S25_the_observation_of_a_day_on_record_rests_on_its_own_source() -> None:
    """In the EU the length of the infusion is the label's, that of the observation a convention."""
    plan = plan_of(history(COURSE_1), "2025-04-01", "2025-06-02", protocol=EU)
    given, ahead = plan.courses[0].days[0], plan.courses[1].days[0]
    assert [(one.basis, one.observation_basis) for one in (given, ahead)] == [("label", "convention")] * 2


def test_only_what_is_to_come_is_asked_about_holidays() -> None:
    """A clinic whose state is not known: it matters while a day is to come, and no longer once all were given."""
    clinic = clinic_open(WEEK, country="US")
    ahead = plan_of(history(run("2027-01-11", 3)), "2027-01-13", "2027-01-11", clinic=clinic, courses=1)
    over = plan_of(history(run("2027-01-11", 5)), "2027-02-01", "2027-03-01", clinic=clinic, courses=1)
    assert "subdivision-matters" in codes(ahead.findings)
    assert ahead.provenance.closures
    assert "subdivision-matters" not in codes(over.findings)
    assert over.provenance.closures == ()


def test_S17_only_deadlines_of_courses_to_come_can_be_missed() -> None:
    """Course 2 begins on the day of asking, 10 March 2026: its tests were due by the 9th; course 1 is over."""
    plan = plan_of(history(COURSE_1), "2026-03-10", "2026-03-10")
    assert {one.course for one in plan.findings if one.code == "deadline-passed"} == {2}


def test_S09_the_course_that_is_in_question_is_named() -> None:
    plan = plan_of(history(COURSE_1, run("2026-03-09", 2)), "2026-03-20", "2026-06-01")
    asked = [(one.course, one.day, one.row) for one in plan.findings if one.code == "needs-clinical-decision"]
    assert asked == [(2, day("2026-03-10"), 7)]


@pytest.mark.parametrize(
    ("written", "status", "found"),
    [("2025-04-01", "completed", False), ("2025-04-02", "completed", True), ("2025-04-02", "not-done", False)],
)
def test_S05_in_a_plan_only_an_exposure_after_the_day_of_asking_is_ahead(
    written: str,
    status: str,
    found: bool,  # noqa: FBT001
) -> None:
    given = history(COURSE_1, on(written, status=status, course=1))
    plan = plan_of(given, "2025-04-01", "2025-06-02")
    assert ("infusion-in-future" in codes(plan.findings)) is found


def test_S10_only_a_resumed_day_asks_for_the_corticosteroid() -> None:
    going_on = plan_of(history(run("2027-01-11", 3)), "2027-01-13", "2027-01-11")
    resumed = plan_of(
        history(run("2027-01-11", 3)), "2027-01-20", "2027-02-01", decisions=[decision(1, "resume", on="2027-01-20")]
    )
    assert [asked_to_confirm(plan) for plan in (going_on, resumed)] == [[], [day("2027-01-20")]]


def test_a_change_says_which_day_of_an_item_it_is_about() -> None:
    """Two of five infusions on 11 and 12 January 2027: what counts from the last one is "at least until"."""
    revision = replan(PLAN, US, EVERY_DAY, history=history(run("2027-01-11", 2)), as_of=day("2027-01-14"))
    told = {one.item: (one.kind, one.which, one.at_least, one.after) for one in revision.changes}
    assert told["contraception/1"] == ("moved", "last-day", True, day("2027-05-12"))
    assert told["herpes-prophylaxis/course-1"] == ("moved", "last-day", True, day("2027-03-12"))
    assert told["blood-count/course-1/1"] == ("moved", "day", False, day("2027-02-12"))
    assert told["course-1/day-3"] == ("cancelled", "day", False, None)
    assert told["vaccinations/course-1"] == ("kept", "last-day", False, day("2026-11-30"))
    # Given a week later, course 2 moves: its contraception starts on another day.
    later = replan(PLAN, US, EVERY_DAY, history=history(run("2027-01-18", 5)), as_of=day("2027-01-25"))
    told = {one.item: (one.kind, one.which, one.at_least, one.after) for one in later.changes}
    assert told["contraception/2"] == ("moved", "first-day", False, day("2028-01-22"))
    # A count above 200 gives the prophylaxis its end, 15 March at the earliest; without it the end is open.
    given = history(run("2027-01-11", 5), observations=[cd4("2027-03-20", 250)])
    ended = replan(PLAN, US, EVERY_DAY, history=given, as_of=day("2027-04-01"))
    told = {one.item: (one.kind, one.which, one.at_least, one.after) for one in ended.changes}
    assert told["herpes-prophylaxis/course-1"] == ("moved", "last-day", False, day("2027-03-20"))
    again = replan(ended.plan, US, EVERY_DAY, history=history(run("2027-01-11", 5)), as_of=day("2027-04-01"))
    told = {one.item: (one.kind, one.which, one.at_least, one.after) for one in again.changes}
    assert told["herpes-prophylaxis/course-1"] == ("moved", "last-day", True, day("2027-03-15"))


def asked_to_confirm(plan: Plan) -> list[date | None]:
    return [one.day for one in plan.findings if one.code == "confirm-corticosteroid"]


def test_S10_the_resumed_part_begins_on_one_day_also_when_some_of_it_is_on_record() -> None:
    """Resumed on Thursday 14 January 2027, after the 11th and the 12th; the next days are the 15th and the 16th."""
    days: tuple[str, ...] = ("2027-01-11", "2027-01-12", "2027-01-14")
    plan = plan_of(
        history(*map(on, days)), "2027-01-15", "2027-01-15", decisions=[decision(1, "resume", on="2027-01-13")]
    )
    assert [str(one.date) for one in plan.courses[0].days[3:]] == ["2027-01-15", "2027-01-16"]
    assert asked_to_confirm(plan) == [day("2027-01-14")]
    # An earlier gap, before the decision, is none of its days: the 11th and the 13th, resumed on the 18th.
    days = ("2027-01-11", "2027-01-13")
    plan = plan_of(
        history(*map(on, days)), "2027-01-18", "2027-01-18", decisions=[decision(1, "resume", on="2027-01-15")]
    )
    assert asked_to_confirm(plan) == [day("2027-01-18")]
    whole = history(*map(on, days), run("2027-01-18", 3))
    plan = plan_of(whole, "2027-01-21", "2027-02-01", decisions=[decision(1, "resume", on="2027-01-15")])
    assert asked_to_confirm(plan) == []


def test_S19_a_course_that_stays_says_why_it_is_later_than_its_new_earliest_day() -> None:
    """Course 1 on 11 to 15 January 2027, course 2 on Tuesday 18 January 2028: its Monday is closed.

    The 11th is not given: course 2 counts from the 15th all the same. If course 1 is given from Tuesday 12 January to
    Saturday, the earliest is Sunday 16 January 2028, and Sunday and Monday are closed. If it is treated as complete
    after Tuesday 12 January, the earliest is Wednesday 12 January 2028, which is open.
    """
    clinic = clinic_open(MON_TO_FRI, closures=[{"date": "2028-01-17", "reason": "Staff day"}])
    plan = plan_treatment(US, clinic, not_before=day("2027-01-11"))
    assert plan.courses[1].first_day == day("2028-01-18")

    def again(given: History, **options: Any) -> Course:
        return replan(plan, US, clinic, history=given, as_of=day("2027-01-18"), **options).plan.courses[1]

    late = again(history(run("2027-01-12", 5)))
    assert (late.first_day, late.earliest, late.drift_days) == (day("2028-01-18"), day("2028-01-16"), 2)
    assert [(str(one.first_day), str(one.closed_day)) for one in late.passed_over] == [
        ("2028-01-16", "2028-01-16"),
        ("2028-01-17", "2028-01-17"),
    ]
    short = again(history(run("2027-01-11", 2)), decisions=[decision(1, "treat-as-complete", on="2027-01-14")])
    assert (short.first_day, short.earliest, short.passed_over) == (day("2028-01-18"), day("2028-01-12"), ())
    tentative = again(history(run("2027-01-11", 2)))
    assert (tentative.status, tentative.first_day, tentative.passed_over) == ("tentative", day("2028-01-18"), ())


# --- tests on record -----------------------------------------------------------------------------


def prophylaxis(*observations: Any) -> Any:
    """Return the prophylaxis after course 1, whose last infusion is 7 March 2025 (+ 2 months: 7 May)."""
    given = history(COURSE_1, observations=observations)
    return period(plan_of(given, "2025-12-01", "2025-12-02"), "herpes-prophylaxis", 1)


def test_S22_of_two_counts_on_one_day_the_low_one_decides() -> None:
    high, low = cd4("2025-06-10", 250), cd4("2025-06-10", 150)
    assert prophylaxis(high, low).last_day is None
    assert prophylaxis(low, high).last_day is None


def test_S22_the_value_of_another_test_closes_nothing() -> None:
    assert prophylaxis(Observation(date=day("2025-06-10"), code="platelets", value=250)).last_day is None


def test_S22_the_reason_is_what_its_end_is_counted_from() -> None:
    late, early = prophylaxis(cd4("2025-06-10", 250)), prophylaxis(cd4("2025-04-01", 250))
    assert (late.last_day, late.because.anchor_day, late.because.result) == (day("2025-06-10"),) * 3
    assert (early.last_day, early.because.anchor_day, early.because.result) == (
        day("2025-05-07"), day("2025-03-07"), day("2025-05-07")
    )  # fmt: skip


def baseline_of(plan: Plan, action: str, course: int) -> Baseline:
    found = series(plan, action, course).baseline
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("drawn", "done"),
    [("2027-01-10", True), ("2026-12-12", True), ("2026-12-11", False), ("2027-01-11", False)],
)
def test_S21_a_draw_counts_from_the_first_day_of_the_window_to_the_eve(drawn: str, done: bool) -> None:  # noqa: FBT001
    """Course 1 on 11 January 2027: 30 days before is 12 December, the eve is 10 January."""
    given = history(run("2027-01-11", 5), observations=[seen("blood-count", drawn)])
    assert baseline_of(plan_of(given, "2027-02-01", "2027-03-01"), "blood-count", 1).done is done


def test_S21_of_two_draws_in_the_window_the_later_one_is_the_baseline() -> None:
    draws = [seen("blood-count", "2027-01-08"), seen("blood-count", "2027-01-04")]
    given = history(run("2027-01-11", 5), observations=draws)
    baseline = baseline_of(plan_of(given, "2027-02-01", "2027-03-01"), "blood-count", 1)
    assert (baseline.due, baseline.because.anchor_day) == (day("2027-01-08"), day("2027-01-08"))


def monthly_window(folder: Path, within: str = 'within = "1 month"') -> Protocol:
    """Return the US protocol with a further test before each course: within a month, or at any time."""
    return own_protocol(
        folder,
        "[[actions]]",
        'id = "eye-test"',
        'title = "Eye test"',
        'kind = "series"',
        'every = "1 year"',
        f"baseline = {{ {within} }}",
        'cite = "faq"',
    )


@pytest.mark.parametrize(("tested", "missing"), [("2025-02-28", True), ("2025-03-01", False)])
def test_S02_a_window_of_a_month_opens_later(tmp_path: Path, tested: str, missing: bool) -> None:  # noqa: FBT001
    """A month before 31 March 2025 would be 31 February: the window opens on 1 March."""
    own = monthly_window(tmp_path)
    given = history(run("2025-03-31", 5), observations=[seen("eye-test", tested)])
    found = [one for one in evaluate(given, own, as_of=day("2025-06-01")).findings if one.code == "baseline-missing"]
    assert any("Eye test" in one.message for one in found) is missing
    baseline = baseline_of(plan_of(given, "2025-06-01", "2025-07-01", protocol=own), "eye-test", 1)
    assert (baseline.first_day, baseline.done) == (day("2025-03-01"), not missing)


def test_a_baseline_without_a_window_is_satisfied_by_any_test_before(tmp_path: Path) -> None:
    own = monthly_window(tmp_path, 'reuse = "14 days"')
    given = history(COURSE_1, observations=[seen("eye-test", "2020-01-01")])
    baseline = baseline_of(plan_of(given, "2025-06-01", "2025-07-01", protocol=own), "eye-test", 1)
    assert (baseline.first_day, baseline.done, baseline.due) == (None, True, day("2020-01-01"))


@pytest.mark.parametrize(
    ("first_infusion", "due", "offset"),
    [
        ("2025-04-10", "2025-04-07", "+ 1 month"),  # the draw of 7 April is 3 days old
        ("2025-05-12", "2025-05-07", "+ 2 × 1 month"),
        ("2025-05-22", "2025-05-21", "- 1 day"),  # that of 7 May is 15 days old: the eve
    ],
)
def test_S21_the_reason_names_the_draw_that_serves(first_infusion: str, due: str, offset: str) -> None:
    """Course 1 ended on 7 March 2025; course 2, far too early, is on record."""
    plan = plan_of(history(COURSE_1, run(first_infusion, 3)), "2025-06-30", "2025-07-01")
    baseline = baseline_of(plan, "blood-count", 2)
    assert (baseline.due, baseline.because.offset) == (day(due), offset)


@pytest.mark.parametrize(("first_infusion", "due"), [("2026-05-14", "2026-04-30"), ("2026-05-15", "2026-05-14")])
def test_S21_the_age_of_a_draw_counts_from_its_due_day_rounded_earlier(first_infusion: str, due: str) -> None:
    """Course 1 ended on 31 March 2025: the draw of 31 April is due on 30 April 2026, 14 days before 14 May."""
    plan = plan_of(history(run("2025-03-27", 5)), "2026-04-01", first_infusion)
    assert plan.courses[1].first_day == day(first_infusion)
    assert baseline_of(plan, "blood-count", 2).due == day(due)


def test_S23_merged_periods_are_counted_anew() -> None:
    """Course 2 from 7 July 2025, too early, within the four months after course 1; course 3 on its own."""
    given = history(COURSE_1, run("2025-07-07", 3), run("2026-07-09", 3))
    plan = plan_of(given, "2026-08-01", "2027-08-02", courses=3)
    found = [(one.id, one.course, str(one.first_day), str(one.last_day)) for one in plan.contraception]
    assert found == [
        ("contraception/1", None, "2025-03-03", "2025-11-09"),  # 9 July + 4 months
        ("contraception/2", 3, "2026-07-09", "2026-11-11"),
    ]
    assert [one.because.anchor for one in plan.contraception] == [
        "last infusion of course 2",
        "last infusion of course 3",
    ]


# --- judging -------------------------------------------------------------------------------------


def of_code(given: History, as_of: str, code: str, protocol: Protocol = US, **asked: Any) -> list[Finding]:
    found = evaluate(given, protocol, as_of=day(as_of), **asked).findings
    return [one for one in found if one.code == code]


def test_S14_only_the_clear_courses_are_counted() -> None:
    """Two days in March 2024 and one 20 days later, which is unclear; then a course a year: in all five, then six."""
    yearly = [run(f"{year}-06-01", 3) for year in (2025, 2026, 2027, 2028)]
    first = [run("2024-03-04", 2), on("2024-03-25")]
    assert of_code(history(*first, *yearly[:3]), "2029-01-01", "too-many-courses", EU) == []
    (late,) = of_code(history(*first, *yearly), "2029-01-01", "too-many-courses", EU)
    assert (late.course, late.day) == (6, day("2028-06-01"))


def test_S11_a_leap_day_is_rounded_later_for_the_first_infusion_too() -> None:
    """First infusion 29 February 2024: the strictest reading allows 1 March 2025, not 28 February."""
    course_1 = run("2024-02-29", 5)  # to 4 March
    early, named = (
        codes(evaluate(history(course_1, run(first, 3)), US, as_of=day("2025-06-01")))
        for first in ("2025-02-28", "2025-03-01")
    )
    assert "interval-below-minimum" in early
    assert "anchor-not-named" not in early
    assert "anchor-not-named" in named
    assert "interval-below-minimum" not in named


@pytest.mark.parametrize(("days", "words"), [(1, "1 day "), (2, "2 days ")])
def test_a_tolerance_is_told_in_days(days: int, words: str) -> None:
    """Course 2 a day, or two, before 3 March 2026, the strictest reading."""
    first = day("2026-03-03") - timedelta(days=days)
    (found,) = of_code(
        history(COURSE_1, run(first.isoformat(), 3)), "2026-06-01", "within-tolerance", tolerance_days=days
    )
    assert words in found.message


def test_the_longest_tolerance_is_366_days() -> None:
    given = history(COURSE_1)
    assert evaluate(given, US, as_of=day("2025-06-01"), tolerance_days=366).findings == ()
    for days in (-1, 367):
        assert refused(lambda: evaluate(given, US, as_of=day("2025-06-01"), tolerance_days=days)) == (  # noqa: B023
            "out-of-range", "tolerance_days"
        )  # fmt: skip


def without_ages(**ages: Any) -> Protocol:
    return US.model_copy(update={"minimum_age": None, "adult_age": None, **ages})


def test_S15_a_protocol_without_ages_asks_for_no_birth_date() -> None:
    asked = evaluate(history(COURSE_1), without_ages(), as_of=day("2025-06-01")).not_assessed
    assert "age-below-minimum" not in {one.code for one in asked}


@pytest.mark.parametrize("named", ["minimum_age", "adult_age"])
def test_S15_one_age_is_enough_to_ask_for_the_birth_date(named: str) -> None:
    own = without_ages(**{named: getattr(US, named)})
    asked = evaluate(history(COURSE_1), own, as_of=day("2025-06-01")).not_assessed
    assert "age-below-minimum" in {one.code for one in asked}


@pytest.mark.parametrize(("born", "found"), [("2007-03-03", False), ("2007-03-04", True)])
def test_S15_a_protocol_may_know_adults_alone(born: str, found: bool) -> None:  # noqa: FBT001
    """18 on 3 March 2025, the first infusion, or a day later."""
    own = without_ages(adult_age=US.adult_age)
    told_of = codes(evaluate(history(COURSE_1, birth_date=born), own, as_of=day("2025-06-01")))
    assert ("age-below-adult" in told_of) is found
    assert "age-below-minimum" not in told_of


def test_a_partial_infusion_has_no_length_to_keep() -> None:
    """Half an hour of each, on a partial and on a completed infusion."""
    short = {"started": "09:00", "ended": "09:30", "observed_until": "10:00"}
    given = history(on("2025-03-03", status="partial", **short), on("2025-03-04", **short))
    found = evaluate(given, US, as_of=day("2025-03-04"))
    assert [row for row in told(found) if row[0].endswith("-too-short")] == [
        ("infusion-too-short", 2),
        ("observation-too-short", 2),
    ]


def test_S24_a_recommended_day_that_is_past_changes_nothing_any_more() -> None:
    """Course 2 was due on 7 March 2026; asked on 8 March, without a limit of the clinic's own."""
    assert forecast(history(COURSE_1), US, as_of=day("2026-03-07")).changes_on is None
    assert forecast(history(COURSE_1), US, as_of=day("2026-03-08")).changes_on is None


def test_S24_a_resumed_course_moves_every_day_whatever_else_was_decided() -> None:
    """Course 2 lacks one of three days: resumed on the day of asking, course 3 may follow 12 months after it."""
    given = history(SHORT, run("2026-03-09", 2))
    decided = [decision(1, "treat-as-complete"), decision(2, "resume", on="2026-03-20")]
    outlook = forecast(given, US, as_of=day("2026-03-20"), decisions=decided)
    assert (outlook.earliest, outlook.changes_on) == (day("2027-03-20"), day("2026-03-21"))


@pytest.mark.parametrize(("extra", "found"), [((), True), (("2025-03-03",), False)])
def test_an_extra_open_day_has_no_hours_to_keep(extra: tuple[str, ...], found: bool) -> None:  # noqa: FBT001
    """Monday 3 March 2025, 18:00, where Mondays close at 17:00."""
    clinic = clinic_open(WEEK, extra_open=dict.fromkeys(extra, "session"))
    given = history(on("2025-03-03", started="18:00"))
    assert ("outside-opening-hours" in codes(evaluate(given, US, as_of=day("2025-03-03"), clinic=clinic))) is found


def test_a_limit_of_the_clinics_own_may_be_a_span() -> None:
    by_text, by_span = (
        forecast(history(COURSE_1), US, as_of=day("2025-06-01"), past_due_after=limit).past_due
        for limit in ("3 months", Span.parse("3 months"))
    )
    assert by_text == by_span == day("2026-06-07")


def test_a_record_with_any_clock_time_does_not_lack_them() -> None:
    rows = run("2025-03-03", 5)
    rows[0] |= {"started": "09:00"}
    rows[1] |= {"ended": "13:00"}
    rows[2] |= {"observed_until": "15:00"}
    found = evaluate(history(rows), US, as_of=day("2025-04-01"), clinic=EVERY_DAY).not_assessed
    assert [one.row for one in found if one.code == "outside-opening-hours"] == [4, 5]


@pytest.mark.parametrize(
    "told",
    [
        {"started": "09:00", "ended": "13:00", "infusion_minutes": 240},
        {"ended": "13:00", "observed_until": "15:00", "observation_minutes": 120},
    ],
)
def test_a_length_is_on_record_once(told: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        InfusionRecord.model_validate({"date": "2025-03-03", **told})
    assert caught.value.code == "wall-time"
    assert "or the clock times, not both" in str(caught.value)
