"""A treatment that goes on, one event after the other: whatever happens, and in whatever order, the plan holds.

After each event the plan is made again, and every day of it is compared with what the oracle works out from
S09, S10 and S19. The events are those of a clinic: a course given as planned, late, early or twice on paper; a
day missed or called off; a decision; a day that is closed, or other opening days; a record that was wrong; files
that are written and read; and time that passes.
"""

from datetime import date
from typing import Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lemtrada_schedule import InvalidInput, Plan, PlanMismatch, evaluate, load_protocol, plan_treatment, replan
from lemtrada_schedule.plan.revision import Revision
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.records.history import Decision, History
from tests.oracle import following, recorded
from tests.oracle.history import evaluation
from tests.oracle.plan import Anchors
from tests.support.history_laws import State, days_by_course, expected_courses
from tests.support.history_strategies import DECISIONS, decided
from tests.support.plan_strategies import MON_TO_FRI, ONE_DAY, WEEKDAYS, ClinicFacts, shipped
from tests.support.strategies import calendar_days

pytestmark = pytest.mark.sweep
US: Final = shipped("us-2024-05")
FIRST_START, LAST_START = date(2001, 6, 1), date(2080, 12, 31)
LAST_ASK: Final = date(2095, 12, 31)
DUPLICATES: Final = {"duplicate-same-day", "two-infusions-one-day"}


def of_a_day(code: str) -> str:
    """Return one code for a second record of a day: of three, it is open with which the third is compared."""
    return "same day" if code in DUPLICATES else code


class Treatment(RuleBasedStateMachine):
    """One patient at one clinic."""

    plan: Plan
    clinic: ClinicFacts
    as_of: date

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.made_twice: object = None

    # --- the state -----------------------------------------------------------------------------

    @initialize(
        first=calendar_days(FIRST_START, LAST_START),
        week=st.sampled_from([MON_TO_FRI, WEEKDAYS]),
        ahead=st.integers(0, 90),
    )
    def plan_it(self, first: date, week: tuple[str, ...], ahead: int) -> None:
        self.clinic = ClinicFacts(hours=tuple((one, "08:00-17:00") for one in week))
        self.plan = plan_treatment(US.protocol, self.clinic.noun(), not_before=first, courses=3)
        self.as_of = first - ahead * ONE_DAY
        self.goes_on()

    @property
    def history(self) -> History:
        return History.model_validate({"infusions": [dict(row) for row in self.rows]})

    @property
    def state(self) -> State:
        """The facts from which the oracle works out the plan that is to come."""
        closed = self.clinic.why_closed(US.slot)
        start = self.plan.provenance.request.not_before
        return State(US.rules, closed, start, days_by_course(self.plan), self.rows, self.as_of, self.decisions)

    @property
    def given(self) -> list[recorded.Course]:
        return self.state.given

    @property
    def exposed(self) -> set[date]:
        return {row["date"] for row in recorded.exposures(self.rows, self.as_of)}

    @property
    def upcoming(self) -> list[date]:
        """The planned days that are not on record."""
        days = [one.date for course in self.plan.courses if course.status != "tentative" for one in course.days]
        return [one for one in days if one not in self.exposed]

    @property
    def is_over(self) -> bool:
        return self.as_of > LAST_ASK

    def made_again(self, plan: Plan | None = None, rows: list[dict[str, Any]] | None = None) -> Revision:
        """Make a plan again, with the records as they stand or in another order."""
        listed = self.rows if rows is None else rows
        return replan(
            self.plan if plan is None else plan,
            US.protocol,
            self.clinic.noun(),
            history=History.model_validate({"infusions": [dict(row) for row in listed]}),
            as_of=self.as_of,
            decisions=[Decision.model_validate(one) for one in self.decisions],
        )

    def goes_on(self) -> Revision:
        """Make the plan again after an event, and compare every day of it with the oracle's."""
        on_record = {
            course.number for course in recorded.courses_given(US.rules, recorded.exposures(self.rows, self.as_of))
        }
        self.decisions = [one for one in self.decisions if one["course"] in on_record]
        expected = expected_courses(self.state)
        revision = self.made_again()
        assert days_by_course(revision.plan) == expected
        self.plan = revision.plan
        return revision

    def record(self, day: date, **fields: Any) -> None:
        self.rows.append({"row": len(self.rows) + 1, "date": day, **fields})

    @property
    def number_of_a_late_resumption(self) -> dict[str, int]:
        """A course resumed when the next may begin is told from it by its number on record, by nothing else (S07)."""
        if self.state.stands != "resumed":
            return {}
        last = self.given[-1]
        following = recorded.may_begin(US.rules, last.number + 1, Anchors(last.days[0], last.days[-1]))
        return {"course": last.number} if self.as_of >= following else {}

    # --- what happens --------------------------------------------------------------------------

    @precondition(lambda self: self.upcoming and not self.is_over)
    @rule(days=st.integers(1, 5))
    def give_as_planned(self, days: int) -> None:
        """Recording exactly what was planned changes nothing."""
        for _ in range(days):
            if not self.upcoming:
                return
            before = self.plan
            self.as_of = self.upcoming[0]
            self.record(self.as_of, **self.number_of_a_late_resumption)
            revision = self.goes_on()
            assert {change.kind for change in revision.changes} == {"kept"}
            assert revision.plan.revision == before.revision
            assert revision.plan.contraception == before.contraception

    @precondition(lambda self: self.upcoming and not self.is_over)
    @rule(late=st.sampled_from([1, 1, 2, 3, 7, 14, 15, 16, 40, 100]))
    def give_late(self, late: int) -> None:
        """A delay moves what comes later only later."""
        before = days_by_course(self.plan)
        self.as_of = max(self.upcoming[0], self.as_of) + late * ONE_DAY
        self.record(self.as_of)
        self.goes_on()
        begun = self.given[-1].number
        for number, days in days_by_course(self.plan).items():
            if number > begun and number in before:
                assert days[0] >= before[number][0]

    @precondition(lambda self: self.upcoming and self.upcoming[0] > self.as_of and not self.is_over)
    @rule(early=st.sampled_from([1, 1, 2, 3, 4, 5, 30, 200]))
    def give_early(self, early: int) -> None:
        """A day given too early is found, and what was scheduled is not drawn forward by it."""
        before = days_by_course(self.plan)
        self.as_of = max(self.upcoming[0] - early * ONE_DAY, self.as_of)
        self.record(self.as_of)
        self.goes_on()
        begun = self.given[-1].number
        for number, days in days_by_course(self.plan).items():
            if number > begun and number in before:
                assert days[0] >= before[number][0]

    @precondition(lambda self: self.exposed)
    @rule(data=st.data(), dose=st.sampled_from([None, 12]))
    def record_twice(self, data: st.DataObject, dose: int | None) -> None:
        """A second record of a day is found, and changes no plan."""
        before = self.plan
        day = data.draw(st.sampled_from(sorted(self.exposed)))
        self.record(day, dose_mg=dose)
        revision = self.goes_on()
        assert days_by_course(revision.plan) == days_by_course(before)
        found = evaluate(self.history, US.protocol, as_of=self.as_of).findings
        assert [one.row for one in found if one.code in DUPLICATES and one.row == len(self.rows)] == [len(self.rows)]

    @precondition(lambda self: self.state.stands == "in-progress" and not self.is_over)
    @rule(days=st.sampled_from([2, 3, 14, 15, 16, 17, 40]))
    def interrupt(self, days: int) -> None:
        """A course that is not gone on with has no remaining days, and waits for a decision."""
        if not self.given:
            return
        last = self.given[-1]
        self.as_of = max(self.as_of, last.days[-1] + days * ONE_DAY)
        self.goes_on()
        assert days_by_course(self.plan)[last.number] == last.days
        codes = {one.code for one in self.plan.findings}
        assert "needs-clinical-decision" in codes or self.state.stands != "undecided"

    @precondition(lambda self: self.state.stands == "undecided")
    @rule(what=st.sampled_from(DECISIONS))
    def decide(self, what: str) -> None:
        """A decision settles the course that it is about."""
        courses = self.given
        unclear = [place for place, course in enumerate(courses) if course.unclear]
        about = courses[unclear[0] - 1].number if unclear else courses[-1].number
        self.decisions = [one for one in self.decisions if one["course"] != about] + [decided(about, what)]
        self.goes_on()

    @precondition(lambda self: self.upcoming and not self.is_over)
    @rule(days=st.integers(1, 30))
    def give_nothing(self, days: int) -> None:
        """A course of which nothing is on record moves as a whole, and a note says so."""
        course = next((one for one in self.plan.courses if one.days[-1].date == self.upcoming[-1]), None)
        begun = self.given[-1].number if self.given else 0
        upcoming = next((one for one in self.plan.courses if one.number == begun + 1 and one.status == "planned"), None)
        if course is None or upcoming is None or self.state.stands != "settled":
            return
        self.as_of = max(self.as_of, upcoming.last_day + days * ONE_DAY)
        self.goes_on()
        assert ("unrecorded", upcoming.number) in {(one.code, one.course) for one in self.plan.findings}
        assert self.plan.courses[begun].first_day >= self.as_of

    @precondition(lambda self: self.upcoming)
    @rule(data=st.data())
    def close_a_day(self, data: st.DataObject) -> None:
        """A day that is closed moves the course that lies on it, and nothing that was given."""
        day = data.draw(st.sampled_from(self.upcoming)) + data.draw(st.integers(-1, 3)) * ONE_DAY
        self.clinic = self.clinic.changed(closures=tuple(sorted({*self.clinic.closures, day})))
        self.goes_on()

    @precondition(lambda self: self.upcoming and not self.is_over)
    @rule()
    def cancel(self) -> None:
        """Days that were called off are on record as not done: they count as nothing, and move on as time does."""
        before = days_by_course(self.plan)
        course = next(one for one in self.plan.courses if self.upcoming[0] in {day.date for day in one.days})
        called_off = [one.date for one in course.days if one.date in self.upcoming]
        for day in called_off:
            self.record(day, status="not-done")
        self.goes_on()
        assert days_by_course(self.plan) == before
        self.as_of = max(self.as_of, called_off[-1] + ONE_DAY)
        self.goes_on()
        days = {one.date for one in self.plan.infusion_days}
        assert days.isdisjoint(set(called_off) - self.exposed)

    @precondition(lambda self: self.upcoming)
    @rule(week=st.sampled_from([MON_TO_FRI, WEEKDAYS]))
    def change_opening_days(self, week: tuple[str, ...]) -> None:
        """A clinic that closes at weekends moves what lay there; one that opens then moves nothing."""
        before, opened = days_by_course(self.plan), set(week) >= {one for one, _ in self.clinic.hours}
        self.clinic = self.clinic.changed(hours=tuple((one, "08:00-17:00") for one in week))
        in_question = self.state.stands in {"in-progress", "resumed", "undecided"}  # a day may now follow at once
        self.goes_on()
        if opened and not in_question:
            assert days_by_course(self.plan) == before

    @precondition(lambda self: self.exposed)
    @rule(data=st.data(), status=st.sampled_from(["entered-in-error", "not-done", "partial", "completed"]))
    def correct_a_record(self, data: st.DataObject, status: str) -> None:
        """A record that was wrong is corrected; the plan follows what is on record now."""
        place = data.draw(st.integers(0, len(self.rows) - 1))
        self.rows[place] = {**self.rows[place], "status": status}
        self.goes_on()

    @precondition(lambda self: not self.is_over)
    @rule(days=st.sampled_from([0, 1, 1, 2, 7, 30, 200]))
    def time_passes(self, days: int) -> None:
        self.as_of += days * ONE_DAY
        self.goes_on()

    @rule()
    def export_and_import(self) -> None:
        """A plan that was written and read is the same, and is made again in the same way."""
        written = self.plan.model_dump_json()
        read = Plan.model_validate_json(written)
        assert read == self.plan
        assert read.model_dump_json() == written
        assert self.made_again(read) == self.made_again()
        self.plan = read

    @precondition(lambda self: self.rows)
    @rule()
    def write_the_records_and_read_them(self) -> None:
        """Records in a file are judged as those that were never written; their rows are lines, the header line 1."""
        names = ("date", "status", "dose_mg")
        lines = [",".join(str(row.get(name) or "") for name in names) for row in self.rows]
        (read,) = parse_csv("\n".join([",".join(names), *lines])).histories
        one, other = (evaluate(given, US.protocol, as_of=self.as_of) for given in (read, self.history))
        assert {(found.code, found.course, found.row) for found in one.findings} == {
            (found.code, found.course, found.row and found.row + 1) for found in other.findings
        }
        assert (one.status, one.courses, one.changes_on) == (other.status, other.courses, other.changes_on)

    @rule(way=st.sampled_from(["protocol", "zone", "decision"]))
    def ask_for_what_is_refused(self, way: str) -> None:
        """What is refused leaves everything as it was."""
        before = (self.plan.model_dump_json(), self.history.model_dump_json())
        with pytest.raises((PlanMismatch, InvalidInput)):
            self._refused(way)
        assert (self.plan.model_dump_json(), self.history.model_dump_json()) == before

    def _refused(self, way: str) -> None:
        clinic = self.clinic.changed(time_zone="Asia/Tokyo") if way == "zone" else self.clinic
        decisions = [Decision.model_validate(decided(40, "resume"))] if way == "decision" else []
        protocol = load_protocol("eu-2020-01") if way == "protocol" else US.protocol
        asked: dict[str, Any] = {"history": self.history, "as_of": self.as_of, "decisions": decisions}
        replan(self.plan, protocol, clinic.noun(), **asked)

    # --- what holds ----------------------------------------------------------------------------

    @invariant()
    def recorded_days_stay(self) -> None:
        """Recorded days are never moved, lost or renumbered."""
        found = {course.number: course for course in self.plan.courses}
        for course in self.given:
            days = found[course.number].days[: len(course.days)]
            assert [(one.date, one.number) for one in days] == [(day, n) for n, day in enumerate(course.days, start=1)]
            assert [one.id for one in days] == [f"course-{course.number}/day-{n}" for n in range(1, len(days) + 1)]

    @invariant()
    def nothing_is_planned_in_the_past(self) -> None:
        assert [one for one in self.upcoming if one < self.as_of] == []

    @invariant()
    def courses_to_come_are_blocks_of_open_days(self) -> None:
        """They are consecutive, open, and never before the oracle's earliest day."""
        closed, begun = self.clinic.why_closed(US.slot), self.given[-1].number if self.given else 0
        days = days_by_course(self.plan)
        for course in self.plan.courses:
            if course.number <= begun or course.status == "tentative":
                continue
            own = days[course.number]
            assert own == [own[0] + n * ONE_DAY for n in range(5 if course.number == 1 else 3)]
            assert [closed(one) for one in own] == [None] * len(own)
            if course.number > 1:
                before = days[course.number - 1]
                assert own[0] >= recorded.may_begin(US.rules, course.number, Anchors(before[0], before[-1]))

    @invariant()
    def contraception_follows_the_infusions(self) -> None:
        listed = [
            following.Numbered(number, Anchors(own[0], own[-1]))
            for number, own in sorted(days_by_course(self.plan).items())
        ]
        expected = following.contraception(US.rules, listed)
        assert [(one.first_day, one.last_day) for one in self.plan.contraception] == expected

    @invariant()
    def twice_is_once_in_any_order_of_the_records(self) -> None:
        """The plan was made again after every event: once more changes nothing. An event may leave all as it was."""
        asked = (self.plan, [*self.rows], [*self.decisions], self.clinic, self.as_of)
        if asked == self.made_twice:
            return
        orders = [self.rows, self.rows[::-1]] if len(self.rows) > 1 else [self.rows]
        for again in (self.made_again(rows=rows) for rows in orders):
            assert again.plan == self.plan
            assert {change.kind for change in again.changes} <= {"kept"}
        self.made_twice = asked

    @invariant()
    def what_is_found_is_the_oracles(self) -> None:
        """What was given is judged as the oracle judges it, early and late days with the rest."""
        judged = evaluate(self.history, US.protocol, as_of=self.as_of)
        expected = evaluation(US.rules, self.rows, self.as_of)
        assert judged.status == expected["status"]
        assert [course.model_dump() for course in judged.courses] == expected["courses"]
        ours = {(of_a_day(one.code), one.row) for one in judged.findings}
        assert ours <= {(of_a_day(code), row) for code, _, row in expected["findings"]}


def test_a_treatment_that_goes_on() -> None:
    steps = settings(max_examples=max(10, settings().max_examples // 3), stateful_step_count=15, deadline=None)
    run_state_machine_as_test(Treatment, settings=steps)
