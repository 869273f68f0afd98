"""Replan: update a plan after what really happened. The past stays, what must move moves, the rest is kept."""

import datetime as dt
from collections.abc import Mapping
from typing import Final, assert_never

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.open_days import open_days
from lemtrada_schedule.errors import PlanMismatch
from lemtrada_schedule.findings.catalogue import UNRECORDED
from lemtrada_schedule.findings.finding import Finding
from lemtrada_schedule.plan.activities import (
    Activity,
    AfterInfusionActivity,
    Baseline,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.plan.changes import differences, items_by_id
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.provenance import Request
from lemtrada_schedule.plan.revision import Revision
from lemtrada_schedule.planning.assembling import assemble
from lemtrada_schedule.planning.bookings import Bookings, check_bookings
from lemtrada_schedule.planning.change_reasons import ChangeReasons
from lemtrada_schedule.planning.other_revision import EarlierRevision, accepts_protocol, with_earlier_sources
from lemtrada_schedule.planning.treatment_state import TreatmentState, treatment_state
from lemtrada_schedule.planning.visits import suggestion_changes, visits_of, with_past
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import check_infusions, courses_given, stopped
from lemtrada_schedule.records.history import Decision, History
from lemtrada_schedule.validation.accepted import DayLike, Listed
from lemtrada_schedule.validation.arguments import check_type, checked_items
from lemtrada_schedule.validation.scalars import checked_date

__all__ = ["replan"]


def replan(
    plan: Plan,
    protocol: Protocol,
    clinic: Clinic,
    *,
    history: History,
    as_of: DayLike,
    decisions: Listed[Decision] = (),
    bookings: Bookings | None = None,
    accept_protocol: str | None = None,
) -> Revision:
    """Return a plan updated for what was given since, and the change of each of its items.

    Everything on record and everything before `as_of` stays as it is. A scheduled course keeps its dates while they
    remain allowed and open; otherwise it moves later, to the first block that fits. If the records match the plan,
    nothing changes.

    Args:
        plan: The current plan.
        protocol: The protocol of the plan: the same revision, or the one that `accept_protocol` names.
        clinic: The clinic. Its closures and hours may have changed, its time zone may not.
        history: What was given so far.
        as_of: The date of the question, in the clinic's time zone. Nothing is planned before it.
        decisions: A clinician's decisions on courses that need one (S10).
        bookings: The days that other plans take at this clinic. A day on which they take all of the clinic's `chairs`
            is closed to a course that moves for another reason; a scheduled course stays, with the finding
            `chairs-overbooked`. Bookings of this plan do not count.
        accept_protocol: The name of `protocol`, such as `us-2024-05-r2`, to continue with another revision than the
            plan's. That revision adds nothing before `as_of`.

    Returns:
        The new plan, and one change (`kept`, `moved`, `added` or `cancelled`) for each item. A visit moves with its
        tests; it has a change of its own only if its suggested day changes and its due day does not. The plan's
        `revision` increases by one if an item or anything else that is printed changes, such as a reason, a suggested
        day or the clinic's name, or if another revision of the protocol was accepted.

    Raises:
        PlanMismatch: The plan has another protocol, a revision of it that was not accepted, or another time zone.
            Or the bookings are for another clinic or start after `as_of`. Or a decision is about a course that is
            not on record.
        NoFeasibleStart: The clinic has no block of open days that is long enough.
        HolidayDataMissing: The plan reaches a year without public holiday data.
        UnknownName: The clinic's country or subdivision is unknown.
        LocalTimeError: The clocks skip or repeat the infusion's start on a planned day.
        InvalidInput: An argument is not what it should be.

    Source:
        Rules of time, S09, S10, S16, S19, S44, S45.

    Example:
        >>> from lemtrada_schedule import History, load_protocol, plan_treatment, read_clinic
        >>> us, boston = load_protocol("us"), read_clinic("examples/boston.toml")
        >>> plan = plan_treatment(us, boston, not_before=dt.date(2027, 1, 11))
        >>> given = History.from_dates(["2027-01-18", "2027-01-19", "2027-01-20", "2027-01-21", "2027-01-22"])
        >>> revision = replan(plan, us, boston, history=given, as_of=dt.date(2027, 2, 1))
        >>> revision.plan.courses[1].first_day, revision.plan.revision
        (datetime.date(2028, 1, 24), 1)
    """
    _check(plan, protocol, clinic, history)
    is_accepted = accepts_protocol(plan, protocol, accept_protocol)
    as_of = checked_date(as_of, "as_of")
    check_bookings(bookings, clinic, as_of)
    decided = checked_items(decisions, Decision, "decisions")
    check_infusions(history)
    given = courses_given(history, protocol, as_of=as_of, decisions=decided)
    scheduled = {course.number: course for course in plan.courses}
    calendar = open_days(clinic, protocol.infusion_day.minutes)
    state = treatment_state(given, as_of, stopped(history, as_of), scheduled, calendar)
    earlier = EarlierRevision.of(plan, as_of, is_accepted=is_accepted)
    asked = plan.provenance.request
    courses = max(asked.courses, state.begun)
    request = Request(not_before=asked.not_before, courses=courses, as_of=as_of, decisions=decided)
    made = assemble(
        protocol,
        clinic,
        request,
        history=history,
        state=state,
        plan_id=plan.plan_id,
        bookings=bookings,
        earlier=earlier,
    )
    return _revision(plan, _with_kept(made, plan, protocol, state), state, clinic, is_accepted=is_accepted)


def _with_kept(made: Plan, plan: Plan, protocol: Protocol, state: TreatmentState) -> Plan:
    """Return the new plan with everything that is kept from the old one."""
    activities = _with_past(made, plan, state)
    is_same = activities == made.activities  # then the visits are those that were made with them
    visits = made.visits if is_same else visits_of(protocol, made.provenance.clinic, made.courses, activities)
    update = {
        "activities": activities,
        "visits": with_past(visits, plan.visits, state.as_of),
        "findings": _carried(plan, made, state),
        "revision": plan.revision,
        "provenance": with_earlier_sources(made.provenance, plan.provenance, (*made.courses, *activities)),
    }
    return made.model_copy(update=update)


def _revision(plan: Plan, made: Plan, state: TreatmentState, clinic: Clinic, *, is_accepted: bool) -> Revision:
    """Return the new plan with its revision number, and the change of every item."""
    before, after = items_by_id(plan), items_by_id(made)
    reasons = ChangeReasons.of_treatment(plan, made, state)
    changed = reasons.changes(differences(before, after, reasons.days_given))
    changed += tuple(reasons.note_changes(plan, made))
    changed += tuple(suggestion_changes(plan.visits, made.visits, clinic))
    is_changed = any(change.kind != "kept" for change in changed) or _unsettled(before, after)
    if is_accepted or is_changed or _printed(made) != _printed(plan):
        made = made.model_copy(update={"revision": plan.revision + 1})
    return Revision(plan=made, changes=changed, before=plan)


def _check(plan: Plan, protocol: Protocol, clinic: Clinic, history: History) -> None:
    check_type(plan, Plan, "plan")
    check_type(protocol, Protocol, "protocol")
    check_type(clinic, Clinic, "clinic")
    check_type(history, History, "history")
    if plan.time_zone != clinic.time_zone:
        raise PlanMismatch(
            "plan-mismatch", "the plan has another time zone; make a new plan", place="clinic", argument="clinic"
        )


def _carried(plan: Plan, made: Plan, state: TreatmentState) -> tuple[Finding, ...]:
    """Return the findings, and the earlier `unrecorded` findings of what is still not on record."""
    before = [f for f in plan.findings if f.code == UNRECORDED.code and _is_still_unrecorded(f, state)]
    found = {(f.code, f.course, f.day) for f in made.findings}  # not by their words: another release may have others
    return (*made.findings, *(f for f in before if (f.code, f.course, f.day) not in found))


def _is_still_unrecorded(found: Finding, state: TreatmentState) -> bool:
    if (found.course or 0) > state.begun:
        return True
    is_given = any(found.day in course.days for course in state.given)
    return found.day is not None and not is_given and state.is_of_resumed_part(found.course, found.day)


def _with_past(made: Plan, plan: Plan, state: TreatmentState) -> tuple[Activity, ...]:
    """Return the new activities; what is over by the date of the question stays as it was in the old plan.

    This applies to activities of courses on record. Activities of a course that was never given move with it. The
    due dates of a series always follow from one anchor: with two, a month could have two dates or none.
    """
    before = {activity.id: activity for activity in plan.activities}
    anchors = frozenset(course.last_day for course in made.courses)
    return tuple(
        _kept(activity, before[activity.id], state.as_of, anchors)
        if activity.id in before and (activity.course or 1) <= state.begun
        else activity
        for activity in made.activities
    )


def _kept(new: Activity, old: Activity, as_of: dt.date, anchors: frozenset[dt.date]) -> Activity:
    """Return the new activity, or the old one if both are over before `as_of`."""
    match new:
        case SeriesActivity():
            return _series_kept(new, old, as_of, anchors)
        case WindowActivity() | PeriodActivity():
            is_of_one_kind = new.kind == old.kind  # not where another revision of the protocol has changed it
            is_kept = is_of_one_kind and _is_over(new, as_of) and _is_over(old, as_of) and _is_sure(old)
            return old if is_kept else new
        case InfusionDaysActivity() | AfterInfusionActivity() | NoteActivity():
            return new
        case _ as never:
            assert_never(never)


def _is_over(activity: Activity, as_of: dt.date) -> bool:
    """Return whether a window or period is over before a day; `False` for an activity of another kind."""
    ends = activity.last_day if isinstance(activity, WindowActivity | PeriodActivity) else None
    return ends is not None and ends < as_of


def _is_sure(activity: Activity) -> bool:
    return not (isinstance(activity, PeriodActivity) and activity.provisional)


def _series_kept(new: SeriesActivity, old: Activity, as_of: dt.date, anchors: frozenset[dt.date]) -> SeriesActivity:
    before = old.baseline if isinstance(old, SeriesActivity) else None
    baseline = _baseline_kept(before, new.baseline, as_of, anchors)
    return new if baseline is new.baseline else new.model_copy(update={"baseline": baseline})


def _baseline_kept(
    old: Baseline | None, new: Baseline | None, as_of: dt.date, anchors: frozenset[dt.date]
) -> Baseline | None:
    """Return the new window, unless both are past and no test on record serves the new one.

    A due date that served as the baseline no longer does if the dates of the series have changed.
    """
    if old is None or new is None or new.done or max(new.last_day, old.last_day) >= as_of:
        return new
    is_of_a_series = old.because.anchor_kind == "last-infusion"
    return new if is_of_a_series and old.because.anchor_day not in anchors else old


def _unsettled(before: Mapping[str, Item], after: Mapping[str, Item]) -> bool:
    """Return whether an item that was settled now depends on a decision."""
    return any(name in before and before[name].is_settled and not item.is_settled for name, item in after.items())


_NOT_PRINTED: Final = {"status", "days_on_record"}
"""What is printed of a course and does not change the plan: it follows from recording what was planned."""


def _printed(plan: Plan) -> tuple[object, ...]:
    """Return everything that a calendar or a page prints about the plan: clinic, sources, items with their reasons.

    It excludes what depends on the date of the question (findings, questions not assessed, how much of a course is on
    record), and the versions of the software.
    """
    fields = [name for name in Course.model_fields if name not in _NOT_PRINTED]
    courses = tuple(tuple(getattr(course, name) for name in fields) for course in plan.courses)
    sources = tuple((source.id, source.document) for source in plan.provenance.sources)
    return (plan.provenance.clinic, sources, courses, plan.contraception, plan.activities, plan.visits)
