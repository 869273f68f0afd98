"""Invariants of histories and of replanned plans, as functions that fail if an invariant is broken.

`test_invariants_records.py` checks them on drawn cases; `test_seeded_faults_records.py` checks that they notice planted
faults. Every expected date and code comes from the oracle, or from the perturbation itself.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from lemtrada_schedule import (
    Evaluation,
    Forecast,
    InvalidInput,
    Plan,
    PlanMismatch,
    evaluate,
    forecast,
    plan_treatment,
    replan,
)
from lemtrada_schedule.findings.catalogue import CATALOGUE
from lemtrada_schedule.plan.activities import PeriodActivity, SeriesActivity
from lemtrada_schedule.plan.revision import Revision
from lemtrada_schedule.records.history import Decision, History
from tests.oracle import following, recorded
from tests.oracle import history as oracle
from tests.oracle.plan import NO_END_STATED, Anchors, draws, offset_day
from tests.support.history_strategies import (
    FileLine,
    Going,
    Perturbed,
    Recorded,
    Row,
    Swapped,
    Treatment,
    decided,
    read_lines,
)
from tests.support.plan_strategies import ONE_DAY, shipped

Told = set[oracle.Finding]
OF_A_SHORT_COURSE = {"course-incomplete", "course-interrupted"}
OF_DUE_DATES = {"test-late", "test-missed", "test-overdue"}


def told(evaluation: Evaluation) -> Told:
    """Return code, course and row of every finding."""
    return {(one.code, one.course, one.row) for one in evaluation.findings}


def tests_missing(evaluation: Evaluation) -> set[tuple[str, int | None, date | None, str | None]]:
    """Return code, course, day and test of every test that is missing."""
    listed = [one for one in evaluation.findings if one.code in {"baseline-missing", "window-missed"}]
    return {(one.code, one.course, one.day, one.test) for one in listed}


def of_clear_courses(findings: Told) -> Told:
    """Leave out whether an unclear course is short: nobody knows how many days it should have (S07).

    That it needs a decision is reported once, at its boundary.
    """
    unclear = {course: row for code, course, row in findings if code == "course-boundary-unclear"}
    return {
        (code, course, row)
        for code, course, row in findings
        if course not in unclear
        or (code not in OF_A_SHORT_COURSE and (code != "needs-clinical-decision" or row == unclear[course]))
    }


# --- judging -------------------------------------------------------------------------------------


def recorded_exactly(treatment: Treatment) -> None:
    """A plan of the library's, recorded exactly, has no findings: from its last day on, with its clinic or without."""
    given = treatment.history(treatment.every_row)
    protocol, clinic = treatment.protocol.protocol, treatment.case.clinic.noun()
    for as_of in (treatment.days[-1][-1], treatment.days[-1][-1] + ONE_DAY, treatment.over):
        for where in (None, clinic):
            evaluation = evaluate(given, protocol, as_of=as_of, clinic=where)
            assert evaluation.findings == ()
            assert [course.status for course in evaluation.courses] == ["complete"] * len(treatment.days)


def perturbation_is_found(changed: Perturbed) -> None:
    """A single perturbation is found, with its code and its row; and all findings are the oracle's."""
    evaluation = evaluate(changed.history, changed.treatment.protocol.protocol, as_of=changed.over)
    assert changed.told in {(one.code, one.row) for one in evaluation.findings}
    assert of_clear_courses(told(evaluation)) == of_clear_courses(
        changed.treatment.expected(changed.rows, changed.over)
    )


def swap_is_found(both: Swapped) -> None:
    """Two records that stand with the wrong patient are found with at least one of the two, at the oracle's rows."""
    found: Told = set()
    for treatment, rows in ((both.one, both.rows_of_one), (both.other, both.rows_of_other)):
        evaluation = evaluate(treatment.history(rows), treatment.protocol.protocol, as_of=both.over)
        assert of_clear_courses(told(evaluation)) == of_clear_courses(treatment.expected(rows, both.over))
        found |= told(evaluation)
    assert found


def findings_are_the_oracles(case: Recorded, tolerance_days: int = 0) -> None:
    """Findings, courses and status of any records are what the oracle works out."""
    rules, protocol = case.protocol.rules, case.protocol.protocol
    evaluation = evaluate(case.history, protocol, as_of=case.as_of, tolerance_days=tolerance_days)
    expected = oracle.evaluation(rules, case.rows, case.as_of, tolerance_days=tolerance_days, **case.about)
    assert of_clear_courses(told(evaluation)) == of_clear_courses(set(expected["findings"]))
    assert tests_missing(evaluation) == {(one.code, one.course, one.day, one.test) for one in expected["missing"]}
    intervals = {(one.code, one.row) for one in evaluation.not_assessed if one.code == "interval-below-minimum"}
    assert intervals == {one for one in expected["not_assessed"] if one[0] == "interval-below-minimum"}
    by_number = sorted(evaluation.courses, key=lambda course: course.number)
    assert [course.model_dump() for course in by_number] == expected["courses"]
    assert evaluation.status == expected["status"]


def forecast_is_the_oracles(case: Recorded, past_due_after: str | None = "3 months") -> None:
    """What may come next is what the oracle works out."""
    rules, protocol = case.protocol.rules, case.protocol.protocol
    outlook = forecast(case.history, protocol, as_of=case.as_of, past_due_after=past_due_after)
    expected = oracle.forecast(rules, case.rows, case.as_of, past_due_after=past_due_after)
    assert {name: getattr(outlook, name) for name in expected} == expected


def order_is_irrelevant(case: Recorded, shuffled: Sequence[Row]) -> None:
    """The order of the records changes no answer."""
    other = replace(case, rows=shuffled)
    protocol = case.protocol.protocol
    assert evaluate(other.history, protocol, as_of=case.as_of) == evaluate(case.history, protocol, as_of=case.as_of)
    assert forecast(other.history, protocol, as_of=case.as_of) == forecast(case.history, protocol, as_of=case.as_of)


def boundary_of_the_interval(treatment: Treatment) -> None:
    """A course on its earliest day is fine; a day earlier it is found, at its first row."""
    protocol, rules = treatment.protocol.protocol, treatment.protocol.rules
    for course in range(1, len(treatment.days)):
        before = Anchors(treatment.days[course - 1][0], treatment.days[course - 1][-1])
        earliest = recorded.may_begin(rules, course + 1, before)
        code = "anchor-not-named" if course == 1 and before[0] != before[1] else "interval-below-minimum"
        for first, expected in ((earliest, set()), (earliest - ONE_DAY, {(code, treatment.rows[course][0]["row"])})):
            rows = [row for rows in treatment.rows[:course] for row in rows]
            rows += [{**row, "date": first + n * ONE_DAY} for n, row in enumerate(treatment.rows[course])]
            evaluation = evaluate(treatment.history(rows), protocol, as_of=rows[-1]["date"])
            assert {(one.code, one.row) for one in evaluation.findings} == expected


def what_comes_next_is_accepted(treatment: Treatment) -> None:
    """A course that begins on the day the forecast names, and goes on at once, has no findings of its own.

    The tests that were due before it are not on record.
    """
    protocol = treatment.protocol.protocol
    given = treatment.history(treatment.every_row)
    outlook = forecast(given, protocol, as_of=treatment.over)
    if outlook.earliest is None:
        return
    every = treatment.every_row
    rows = [
        *every,
        *({"row": len(every) + 1 + n, "date": outlook.earliest + n * ONE_DAY} for n in range(3)),
    ]
    evaluation = evaluate(treatment.history(rows), protocol, as_of=rows[-1]["date"])
    assert {one.code for one in evaluation.findings} <= {"data-limited-beyond", "baseline-missing", *OF_DUE_DATES}


def overridden_findings_stay(changed: Perturbed) -> None:
    """An override of a finding on infusions adds who, why and when, and a note; it takes nothing away."""
    protocol = changed.treatment.protocol.protocol
    without = evaluate(changed.history, protocol, as_of=changed.over)
    stated = {"by": "Dr A", "why": "accepted", "on": "2025-01-01"}
    overrides = [{"code": code, **stated} for code in sorted({one.code for one in without.findings if not one.test})]
    given = History.model_validate({**_fields(changed.history), "overrides": overrides})
    found = evaluate(given, protocol, as_of=changed.over).findings
    kept = [one.model_copy(update={"override": None}) for one in found if one.code != "overridden"]
    assert kept == list(without.findings)
    accepted = [one for one in found if one.override]
    assert accepted == [one for one in found if one.code != "overridden" and not one.test]
    assert len(found) == len(without.findings) + len(accepted)


def _fields(history: History) -> dict[str, Any]:
    return {name: getattr(history, name) for name in History.model_fields}


def later_infusion_hides_nothing(case: Recorded, after: int, asked_after: int) -> None:
    """A further infusion takes no earlier finding away (I24).

    What it takes away is how far a course has come, and tests that are no longer due after it (S20).
    """
    last: date = max(row["date"] for row in case.rows)
    later = {"row": len(case.rows) + 1, "date": last + after * ONE_DAY}
    as_of = last + (after + asked_after) * ONE_DAY
    before = told(evaluate(case.history, case.protocol.protocol, as_of=as_of))
    longer = replace(case, rows=[*case.rows, later], as_of=as_of)
    then = told(evaluate(longer.history, case.protocol.protocol, as_of=as_of))
    assert {
        one for one in before if one[0] not in {*OF_A_SHORT_COURSE, *OF_DUE_DATES, "needs-clinical-decision"}
    } <= then


def findings_are_ordered(case: Recorded) -> None:
    """They stand by row, then by code, and each code stands in the catalogue (I25)."""
    evaluation = evaluate(case.history, case.protocol.protocol, as_of=case.as_of)
    places = [(found.row or 0, found.code, found.course or 0) for found in evaluation.findings]
    assert places == sorted(places)
    assert {found.code for found in evaluation.findings} <= {kind.code for kind in CATALOGUE}


# --- files ---------------------------------------------------------------------------------------


def rows_add_up(lines: Sequence[FileLine]) -> None:
    """Rows in are accepted, refused or blank, each once, and a refused one has its number and a code (I23)."""
    intake = read_lines(lines)
    count = Counter(line.outcome for line in lines)
    assert intake.rows == len(lines) == intake.accepted + intake.refused_rows + intake.blank
    assert (intake.accepted, intake.refused_rows, intake.blank) == (
        count["accepted"],
        count["refused"],
        count["blank"],
    )
    assert sum(len(one.infusions) for one in intake.histories) == intake.accepted
    assert {fault.row for fault in intake.refused} == {
        row for row, line in enumerate(lines, start=2) if line.outcome == "refused"
    }
    assert all(fault.code and fault.message for fault in intake.refused)


def patients_are_judged_each_for_himself(lines: Sequence[FileLine]) -> None:
    """A patient's history is the same whoever stands in the file besides, and so are the answers (I27)."""
    told_whose = [line for line in lines if not line.is_nobodys]
    together = {one.patient: one for one in read_lines(told_whose).histories}
    alone = {
        one.patient: one
        for patient in sorted({line.patient for line in told_whose})
        for one in read_lines([line if line.patient == patient else line.blanked for line in told_whose]).histories
    }
    assert alone == together
    rules = shipped("us-2024-05").protocol
    for patient, history in together.items():
        one, other = (evaluate(which, rules, as_of=date(2026, 6, 20)) for which in (alone[patient], history))
        assert one == other


# --- when answers change (S24) -------------------------------------------------------------------

Ask = Callable[[date], Evaluation | Forecast]


def askers(case: Recorded, *, decisions: Sequence[Mapping[str, Any]] = (), **how: Any) -> list[Ask]:
    """Return both questions that are asked of records on a day, with the clinic or the decisions that are known."""
    given, protocol = case.history, case.protocol.protocol
    settled = [Decision.model_validate(dict(one)) for one in decisions]
    return [
        lambda day: evaluate(given, protocol, as_of=day, **how),
        lambda day: forecast(given, protocol, as_of=day, past_due_after="1 month", decisions=settled),
    ]


def bare(answer: Evaluation | Forecast) -> dict[str, Any]:
    """Return an answer without its day and without the day of its next change."""
    return answer.model_dump(exclude={"as_of", "changes_on"})


def ask_if_there(ask: Ask, day: date) -> Evaluation | Forecast | None:
    """Return an answer, or nothing on a day on which the course of a decision is not on record."""
    try:
        return ask(day)
    except PlanMismatch:
        return None


def changes_are_announced(ask: Ask, first: date, last: date) -> None:
    """On every day of a range an answer says on which day it changes next, and changes on that day and on no other.

    A day on which a decision is about a course that is not on record any more is a day of change.
    """
    before = ask_if_there(ask, first)
    for n in range((last - first).days):
        day = first + (n + 1) * ONE_DAY
        now = ask_if_there(ask, day)
        if before is None or now is None:
            assert before is None or before.changes_on == day
        elif bare(now) == bare(before):
            assert now.changes_on == before.changes_on
        else:
            assert now.as_of == before.changes_on
        assert now is None or now.changes_on is None or now.changes_on > now.as_of
        before = now


# --- planning from the midst ---------------------------------------------------------------------


def prophylaxis_is_the_oracles(treatment: Treatment, counts: Sequence[Mapping[str, Any]], as_of: date) -> None:
    """The end of the herpes prophylaxis after each recorded course is what the oracle works out (S22)."""
    protocol, rules = treatment.protocol.protocol, treatment.protocol.rules
    about = {**treatment.about, "observations": [dict(one) for one in counts]}
    given = History.model_validate({"infusions": treatment.every_row, **about})
    plan = plan_treatment(
        protocol,
        treatment.case.clinic.noun(),
        not_before=treatment.over,
        courses=len(treatment.days),
        history=given,
        as_of=as_of,
    )
    numbered = [following.Numbered(n, Anchors(days[0], days[-1])) for n, days in enumerate(treatment.days, start=1)]
    expected = following.prophylaxis(rules, numbered, counts, as_of)
    found = [one for one in plan.activities if isinstance(one, PeriodActivity) and one.action == "herpes-prophylaxis"]
    names = ("course", "first_day", "earliest_end", "last_day")
    assert [{name: getattr(one, name) for name in names} for one in found] == expected


# --- planning again ------------------------------------------------------------------------------


def again(case: Going, plan: Plan | None = None, rows: Sequence[Row] | None = None) -> Revision:
    """Return the plan, replanned."""
    return replan(
        case.treatment.plan if plan is None else plan,
        case.treatment.protocol.protocol,
        case.clinic.noun(),
        history=case.history if rows is None else case.treatment.history(rows),
        as_of=case.as_of,
        decisions=[Decision.model_validate(dict(one)) for one in case.decisions],
    )


class State(NamedTuple):
    """The input of replanning, as the oracle reads it."""

    rules: Mapping[str, Any]
    why_closed: Callable[[date], str | None]
    not_before: date
    scheduled: Mapping[int, Sequence[date]]
    rows: Sequence[Row]
    as_of: date
    decisions: Sequence[Mapping[str, Any]]

    @property
    def given(self) -> list[recorded.Course]:
        """The courses on record."""
        return recorded.courses_given(self.rules, recorded.exposures(self.rows, self.as_of), self.decisions)

    @property
    def stands(self) -> str:
        """How the last course stands; a record ahead leaves everything undecided (S05)."""
        if recorded.future_exposures(self.rows, self.as_of):
            return "undecided"
        return following.standing(self.rules, self.given, self.decisions, self.as_of, self.why_closed)


def expected_courses(state: State) -> dict[int, list[date]]:
    """Work out the days of every course after replanning, by S09, S10 and S19, from the oracle's parts."""
    listed = {course.number: list(course.days) for course in state.given}
    begun = max(listed, default=0)
    if begun and state.stands in {"in-progress", "resumed"}:
        count = recorded.planned_days(state.rules, begun) - len(listed[begun])
        first = listed[begun][-1] + ONE_DAY
        if state.stands == "resumed":
            first = following.block(state.why_closed, count, max(state.as_of, first))
        listed[begun] += [first + n * ONE_DAY for n in range(count)]
    if state.stands == "undecided":  # what was scheduled is kept, tentative, while it is not too early
        return listed | _waiting(state, listed)
    for number in range(begun + 1, max([begun, *state.scheduled]) + 1):
        floors = [state.as_of, state.scheduled[number][0]]
        if number == 1:
            floors.append(state.not_before)
        else:
            before = listed[number - 1]
            floors.append(recorded.may_begin(state.rules, number, Anchors(before[0], before[-1])))
        count = recorded.planned_days(state.rules, number)
        first = following.block(state.why_closed, count, max(floors))
        listed[number] = [first + n * ONE_DAY for n in range(count)]
    return listed


def _waiting(state: State, given: Mapping[int, Sequence[date]]) -> dict[int, list[date]]:
    """Work out the days of the courses that wait: those that come too early after what was given move (S19)."""
    begun = max(given, default=0)
    listed = {number: list(days) for number, days in state.scheduled.items() if number > begun}
    is_counted = begun and not recorded.future_exposures(state.rows, state.as_of)
    if not is_counted or any(course.unclear for course in state.given):
        return listed
    before = given[begun]
    for number in sorted(listed):
        floor = recorded.may_begin(state.rules, number, Anchors(before[0], before[-1]))
        if listed[number][0] < floor:
            first = following.block(state.why_closed, len(listed[number]), max(floor, state.as_of))
            listed[number] = [first + n * ONE_DAY for n in range(len(listed[number]))]
        before = listed[number]
    return listed


def state_of(case: Going) -> State:
    """Return a plan under way as the oracle reads it."""
    rules, why_closed = case.treatment.protocol.rules, case.clinic.why_closed(case.treatment.protocol.slot)
    start = case.treatment.case.not_before
    return State(rules, why_closed, start, case.scheduled, case.rows, case.as_of, case.decisions)


def days_by_course(plan: Plan) -> dict[int, list[date]]:
    return {course.number: [one.date for one in course.days] for course in plan.courses}


def replanned_courses_are_the_oracles(case: Going) -> None:
    """Every day of every course lies where S09, S10 and S19 put it."""
    assert days_by_course(again(case).plan) == expected_courses(state_of(case))


def every_series_has_one_rhythm(case: Going) -> None:
    """Every due date of a replanned plan, past ones too, is counted from the last infusion of its own course (S20).

    So no month has two dates or none because a course was given on other days than planned.
    """
    days = expected_courses(state_of(case))
    anchors = {number: Anchors(own[0], own[-1]) for number, own in days.items()}
    listed = sorted(anchors)
    actions = {action["id"]: action for action in case.treatment.protocol.rules["actions"]}
    for series in (one for one in again(case).plan.activities if isinstance(one, SeriesActivity)):
        action, number = actions[series.action], series.course or listed[0]
        last = listed[-1] if series.course is None else number
        end = offset_day(action.get("until", NO_END_STATED), anchors[last], "later")
        if series.course is not None and number < listed[-1]:
            end = min(end, anchors[listed[listed.index(number) + 1]].first_infusion)
        assert list(series.dates) == draws(anchors[number].last_infusion, action["every"], end)


def recorded_days_stay(case: Going) -> None:
    """What was given is in the plan, on its days, numbered from 1, each with its id."""
    plan = again(case).plan
    for course in state_of(case).given:
        (found,) = [one for one in plan.courses if one.number == course.number]
        days = found.days[: len(course.days)]
        assert [one.date for one in days] == course.days
        assert [one.number for one in days] == list(range(1, len(days) + 1))
        assert [one.id for one in days] == [f"course-{course.number}/day-{n}" for n in range(1, len(days) + 1)]


def nothing_planned_in_the_past(case: Going) -> None:
    """No day before the day of asking is planned that is not on record; tentative courses wait where they are."""
    given = {row["date"] for row in case.rows}
    for course in again(case).plan.courses:
        if course.status != "tentative":
            assert [one.date for one in course.days if one.date < case.as_of and one.date not in given] == []


def later_only_moves_later(case: Going) -> None:
    """No course to come lies earlier than it was scheduled, and none before its earliest day."""
    plan, state = again(case).plan, state_of(case)
    begun = state.given[-1].number if state.given else 0
    found = days_by_course(plan)
    for number in range(begun + 1, len(found) + 1):
        assert found[number][0] >= case.scheduled[number][0]
        if number > 1 and plan.courses[number - 1].status != "tentative":
            before = found[number - 1]
            assert found[number][0] >= recorded.may_begin(state.rules, number, Anchors(before[0], before[-1]))


def twice_is_once(case: Going) -> None:
    """Replanning a replanned plan changes nothing."""
    once = again(case).plan
    twice = again(case, once)
    assert twice.plan == once
    assert {change.kind for change in twice.changes} <= {"kept"}


def recording_order_is_irrelevant(case: Going) -> None:
    """The order of the records changes no plan."""
    assert again(case, rows=list(reversed(case.rows))) == again(case)


def contraception_follows_the_infusions(case: Going) -> None:
    """Contraception counts from the infusions given, else from those planned; merged where periods touch (S23)."""
    listed = [
        following.Numbered(n, Anchors(days[0], days[-1]))
        for n, days in sorted(expected_courses(state_of(case)).items())
    ]
    expected = following.contraception(case.treatment.protocol.rules, listed)
    assert [(one.first_day, one.last_day) for one in again(case).plan.contraception] == expected


def refused_operations(case: Going) -> list[Callable[[], object]]:
    """Return ways to ask for what is refused."""
    treatment, clinic = case.treatment, case.clinic.noun()
    plan, protocol = treatment.plan, treatment.protocol.protocol
    elsewhere = case.clinic.changed(time_zone="Asia/Tokyo").noun()
    other = shipped("eu-2020-01" if protocol.id == "us" else "us-2024-05").protocol
    asked: dict[str, Any] = {"history": case.history, "as_of": case.as_of}
    unknown = Decision.model_validate(decided(9, "resume"))
    noon = datetime(2027, 1, 11, 12)
    return [
        lambda: replan(plan, other, clinic, **asked),
        lambda: replan(plan, protocol, elsewhere, **asked),
        lambda: replan(plan, protocol, clinic, **asked, decisions=[unknown]),
        lambda: replan(plan, protocol, clinic, history=case.history, as_of=noon),
        lambda: forecast(case.history, protocol, as_of=case.as_of, decisions=[unknown]),
        lambda: forecast(case.history, protocol, as_of=case.as_of, past_due_after="3 moons"),
        lambda: evaluate(case.history, protocol, as_of=case.as_of, tolerance_days=-1),
    ]


def refused_operations_leave_no_trace(case: Going) -> None:
    """What is refused leaves everything as it was, to the byte (I34)."""
    values = (case.treatment.plan, case.history, case.treatment.protocol.protocol)
    before, wanted = [one.model_dump_json() for one in values], again(case)
    for ask in refused_operations(case):
        try:
            ask()
        except (InvalidInput, PlanMismatch):
            pass
        else:
            raise AssertionError(ask)
    assert [one.model_dump_json() for one in values] == before
    assert again(case) == wanted


def changes_tell_the_difference(case: Going) -> None:
    """Every infusion day of either plan has one change, and its kind says what became of it."""
    revision = again(case)
    before = {one.id: one.date for one in case.treatment.plan.infusion_days}
    after = {one.id: one.date for one in revision.plan.infusion_days}
    told_of = {change.item: change for change in revision.changes}
    plans = {"before": case.treatment.plan, "after": revision.plan}
    waiting = {
        name: {one.id for course in plan.courses if course.status == "tentative" for one in course.days}
        for name, plan in plans.items()
    }
    assert len(told_of) == len(revision.changes)
    for item in before.keys() | after.keys():
        was, now = before.get(item), after.get(item)
        kind = "added" if was is None else "cancelled" if now is None else "kept" if was == now else "moved"
        if kind == "kept" and item in waiting["before"] and item not in waiting["after"]:
            kind = "moved"  # on its own day, which no longer waits for a decision
        change = told_of[item]
        assert (change.kind, change.before, change.after) == (kind, was, now)
        assert change.reason
    changed = any(change.kind != "kept" for change in revision.changes) or waiting["after"] - waiting["before"]
    is_another_clinic = bool(case.closures - set(case.treatment.case.clinic.closures))
    assert revision.plan.revision == (1 if changed or is_another_clinic else 0)


def recorded_as_planned_changes_nothing(treatment: Treatment, given: int, later: int) -> None:
    """A plan of which the first so many days were given as planned, asked about before its next day, stays as it is."""
    every = treatment.every_row
    rows = every[:given]
    upcoming = every[given]["date"] if given < len(every) else None
    last = rows[-1]["date"] if rows else treatment.case.not_before - 30 * ONE_DAY
    as_of = last + later * ONE_DAY
    if upcoming is not None:
        as_of = min(as_of, upcoming)
    revision = again(Going(treatment, rows, as_of))
    assert {change.kind for change in revision.changes} == {"kept"}
    assert days_by_course(revision.plan) == days_by_course(treatment.plan)
    assert revision.plan.contraception == treatment.plan.contraception
    assert revision.plan.activities == treatment.plan.activities
    assert revision.plan.revision == treatment.plan.revision
