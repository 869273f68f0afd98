"""The state of a treatment on a day: the dates of its plan, counted from the infusions on record (S43)."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from lemtrada_schedule.agenda.continuing_tests import continued
from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.open_days import open_days
from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.errors import PlanMismatch
from lemtrada_schedule.plan.activities import Activity, Baseline, PeriodActivity, SeriesActivity, WindowActivity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.planning.activities import CourseAnchors, period_of
from lemtrada_schedule.planning.as_recorded import courses_as_recorded
from lemtrada_schedule.planning.assembling import PlanParts, parts_on_record
from lemtrada_schedule.planning.shared_parts import PlanBasis
from lemtrada_schedule.planning.test_results import ended
from lemtrada_schedule.planning.treatment_state import TreatmentState, treatment_state
from lemtrada_schedule.planning.visits import visits_of
from lemtrada_schedule.protocol.actions import OpenUntil, PeriodAction
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import CourseGiven, Courses, check_infusions, courses_given, stopped
from lemtrada_schedule.records.history import Decision, History
from lemtrada_schedule.records.recorded_tests import RecordedTests, recorded_tests

__all__ = ["OnRecord", "Treatment", "treatment_on"]

_PlannedDays = frozenset[tuple[int, dt.date]]

_SURE: Final = ("planned", "in-progress", "complete")
"""The statuses of a course, in a plan, around which no date is provisional."""


@dataclass(frozen=True, slots=True, repr=False)
class OnRecord:
    """What is on record for a treatment, and what must be decided."""

    history: History
    tests: RecordedTests
    state: TreatmentState

    @property
    def days(self) -> _PlannedDays:
        """The infusion days on record, each with the number of its course."""
        return frozenset((course.number, day) for course in self.state.given for day in course.days)


@dataclass(frozen=True, slots=True, repr=False)
class Treatment:
    """A plan on a day: its dates counted from the infusions on record, else from the planned ones."""

    plan: Plan
    rules: Protocol
    clinic: Clinic
    as_of: dt.date
    parts: PlanParts
    record: OnRecord | None
    """`None` without a history."""

    def is_not_done(self, day: dt.date) -> bool:
        """Return whether an infusion of a day is on record as not done."""
        records = self.record.history.infusions if self.record else ()
        return any(one.status == "not-done" and one.date == day for one in records)


def treatment_on(
    plan: Plan, rules: Protocol, history: History | None, clinic: Clinic | None, *, as_of: dt.date, until: dt.date
) -> Treatment:
    """Return the state of a treatment on a day.

    Args:
        plan: The plan.
        rules: The protocol of the plan.
        history: The records; `None`: all dates are the plan's own.
        clinic: The clinic whose open days are suggested; `None`: the plan's own.
        as_of: The date of the question.
        until: The last day of the question; tests without a stated end are dated up to it.
    """
    if history:
        check_infusions(history)
    own = plan.provenance.clinic
    basis = PlanBasis(rules, open_days(clinic or own, rules.infusion_day.minutes))
    record = _on_record(plan, basis, history, as_of) if history else None
    parts = _parts(plan, basis, record, is_own=clinic is None or clinic == own)
    parts = continued(parts, rules, clinic or own, until)
    return Treatment(plan, rules, clinic or own, as_of, parts, record)


def _on_record(plan: Plan, basis: PlanBasis, history: History, as_of: dt.date) -> OnRecord:
    given = _given(history, basis.protocol, as_of, plan.provenance.request.decisions)
    scheduled = {course.number: course for course in plan.courses}
    state = treatment_state(given, as_of, stopped(history, as_of), scheduled, basis.calendar)
    state = replace(state, rest_stays=True)  # the plan says where, and perhaps by bookings, which are missing here
    return OnRecord(history, recorded_tests(history, basis.protocol), state)


def _given(history: History, rules: Protocol, as_of: dt.date, decisions: Sequence[Decision]) -> Courses:
    """Return the courses on record, with the decisions in the plan unless they are about other courses."""
    try:
        return courses_given(history, rules, as_of=as_of, decisions=decisions)
    except PlanMismatch:
        return courses_given(history, rules, as_of=as_of)


def _parts(plan: Plan, basis: PlanBasis, record: OnRecord | None, *, is_own: bool) -> PlanParts:
    """Return the dates of a treatment: those of the plan, if the courses on record match the plan."""
    if record and not _is_as_planned(plan, record.state):
        courses = courses_as_recorded(plan, basis, record.state)
        return parts_on_record(basis, courses, record.state, record.history, record.tests)
    activities = _with_ends(plan, basis.protocol, record) if record else plan.activities
    visits = plan.visits
    if not (is_own and visits):  # of another clinic's days, or written by an earlier release
        visits = visits_of(basis.protocol, basis.calendar.clinic, plan.courses, plan.activities)
    return PlanParts(plan.courses, activities, plan.contraception, visits)


def _is_as_planned(plan: Plan, state: TreatmentState) -> bool:
    """Return whether the courses on record match the plan, so that the dates around them are the plan's."""
    begun = [course for course in plan.courses if course.number <= state.begun]
    if state.question or len(begun) != len(state.given) or not all(map(_agree, begun, state.given)):
        return False
    return _is_counted(plan) and all(
        c.status != "tentative" and c.last_day >= state.as_of for c in plan.courses[len(begun) :]
    )


def _agree(planned: Course, given: CourseGiven) -> bool:
    """Return whether a planned course matches the days given and, while in progress, the days that must follow."""
    days = [day.date for day in planned.days]
    if planned.number != given.number or planned.status not in _SURE:
        return False
    if given.settled:
        return days == list(given.days)
    remaining = [given.last_day + ONE_DAY * step for step in range(1, given.planned - len(given.days) + 1)]
    return not given.is_resumed and days == [*given.days, *remaining]


def _is_counted(plan: Plan) -> bool:
    """Return whether the windows, periods and baselines of a plan are counted from its current courses.

    If a course was given on other days than planned, replanning leaves past activities unchanged (S19). What is due
    counts from the infusions on record, as all judgements do (S42, S43).
    """
    anchors: dict[tuple[str | None, int | None], dt.date] = {}
    for course in plan.courses:
        anchors["first-infusion", course.number] = course.first_day
        anchors["last-infusion", course.number] = course.last_day
    return all(
        anchors.get((kind, number), day) == day
        for activity in plan.activities
        for kind, number, day in _counted_from(activity, plan.courses[0].number)
    )


def _counted_from(activity: Activity, first: int) -> Iterator[tuple[str | None, int | None, dt.date]]:
    """Yield the infusions that a window, a period or a baseline is counted from, each with its day."""
    dated = activity.baseline if isinstance(activity, SeriesActivity) else activity
    if isinstance(dated, Baseline):  # of one that is done, the reason is the record
        yield "first-infusion", activity.course or first, dated.last_day + ONE_DAY
    if isinstance(dated, Baseline | PeriodActivity | WindowActivity):
        for why in (dated.because, dated.begins_because):
            if why:
                yield why.anchor_kind, why.anchor_course, why.anchor_day


def _with_ends(plan: Plan, rules: Protocol, record: OnRecord) -> tuple[Activity, ...]:
    """Return the activities of a plan; the ends of periods follow from the observations on record (S22)."""
    waiting = _waiting(rules)
    found = [one for one in plan.activities if one.action in waiting and isinstance(one, PeriodActivity)]
    if all(one.last_day is None and waiting[one.action][1].observation not in record.tests.by_kind for one in found):
        return plan.activities
    changed = {one.id: one for one in found}
    for period in found:
        courses = [_anchors(one) for one in plan.courses if period.course in {None, one.number}]
        action, rule = waiting[period.action]
        changed[period.id] = ended(period_of(action, courses), rule, record.tests, record.state.as_of)
    return tuple(changed.get(one.id, one) for one in plan.activities)


@lru_cache(maxsize=16)
def _waiting(rules: Protocol) -> Mapping[str, tuple[PeriodAction, OpenUntil]]:
    """Return the observation that ends each period, by the id of the action."""
    periods = (one for one in rules.actions if isinstance(one, PeriodAction))
    return {one.id: (one, one.open_until) for one in periods if one.open_until}


def _anchors(course: Course) -> CourseAnchors:
    return CourseAnchors(course.number, course.first_day, course.last_day, course.days)
