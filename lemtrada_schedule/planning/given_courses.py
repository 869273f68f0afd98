"""Courses on record as a plan shows them: the days given, and the remaining days of a course in progress."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, cast

from lemtrada_schedule.clinic.starts import CourseStart, PassedOver
from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.errors import LocalTimeError
from lemtrada_schedule.findings.derivation import Anchor, Derivation
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.provenance import Request
from lemtrada_schedule.planning.infusion_days import consecutive_days
from lemtrada_schedule.planning.shared_parts import PlanBasis
from lemtrada_schedule.planning.treatment_state import TreatmentState
from lemtrada_schedule.protocol.intervals import Before, from_day, interval_derivation, recommended_day, requested_start
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import CourseGiven, CourseStatus
from lemtrada_schedule.records.history import InfusionRecord

__all__ = ["recorded_course"]

_FACTS: Final = ("started", "ended", "observed_until", "infusion_minutes", "observation_minutes", "dose_mg")


def recorded_course(basis: PlanBasis, given: CourseGiven, state: TreatmentState, request: Request) -> Course:
    """Return a course as it was given, with the remaining days if it is in progress or resumed."""
    scheduled = state.scheduled.get(given.number)
    goes_on = given is state.given.latest and not given.settled and not state.unsettled
    rest, passed_over = _remaining(basis, given, state) if goes_on else ((), ())
    days = (*_given_days(basis, given, scheduled), *rest)
    status = cast("CourseStatus", given.status)  # planning refuses histories with the only other one
    because = _because(basis.protocol, given, state, request, scheduled)
    return Course(
        id=f"course-{given.number}",
        number=given.number,
        earliest=because.result,
        recommended=recommended_day(given.number, because.result),
        first_day=days[0].date,
        last_day=days[-1].date,
        drift_days=(days[0].date - because.result).days,
        days=days,
        passed_over=passed_over or _still_passed_over(days, scheduled),
        status="in-progress" if goes_on else status,
        days_on_record=len(given.days),
        because=because,
    )


def _still_passed_over(days: Sequence[InfusionDay], scheduled: Course | None) -> tuple[PassedOver, ...]:
    """Return the starts that were skipped for a course, or for its resumed part, if that began on its planned day."""
    if scheduled is None or not scheduled.passed_over or scheduled.first_day != days[0].date:
        return ()
    dates, skipped = {day.date for day in days}, scheduled.passed_over
    is_theirs = _end(skipped) in dates and dates.isdisjoint(start.first_day for start in skipped)
    return skipped if is_theirs else ()


def _end(skipped: Sequence[PassedOver]) -> dt.date:
    """Return the day that follows the skipped starts: the one that was chosen."""
    return skipped[-1].first_day + ONE_DAY


def _because(
    protocol: Protocol, given: CourseGiven, state: TreatmentState, request: Request, scheduled: Course | None
) -> Derivation:
    before = state.given.before(given)
    if before and before.is_countable and given.is_countable and protocol.course(given.number).minimum_interval:
        return interval_derivation(protocol, given.number, Before.of(before))
    if scheduled and scheduled.because.anchor_kind == "requested-start":  # never asked for if on record from the first
        return requested_start(request.not_before)
    return from_day(Anchor("on-record", given.number), given.first_day)


def _given_days(basis: PlanBasis, given: CourseGiven, scheduled: Course | None) -> tuple[InfusionDay, ...]:
    planned = {day.id: day for day in scheduled.days} if scheduled else {}
    recorded: dict[dt.date, list[InfusionRecord]] = {}
    for record in given.records:
        recorded.setdefault(record.date, []).append(record)
    days: list[InfusionDay] = []
    for ordinal, date in enumerate(given.days, start=1):
        name = f"course-{given.number}/day-{ordinal}"
        record = _agreed(recorded[date])
        known = planned.get(name)
        as_planned = known is not None and _says_nothing_else(record, known)
        days.append(_cited(basis, known) if known and as_planned else _given_day(basis, record, given.number, ordinal))
    return tuple(days)


def _cited(basis: PlanBasis, day: InfusionDay) -> InfusionDay:
    """Return a day with the sources of the current protocol: a plan cites one protocol only."""
    rule = basis.protocol.infusion_day
    observed = rule.observation or rule
    sources = {
        "cite": rule.cite,
        "basis": rule.basis,
        "observation_cite": observed.cite,
        "observation_basis": observed.basis,
    }
    return day.model_copy(update=sources)


def _agreed(records: Sequence[InfusionRecord]) -> InfusionRecord:
    """Return what all records of a day agree on; where they differ, only the clinic knows which is right (S04)."""
    first, *others = records
    if not others:
        return first
    differing = [name for name in _FACTS if any(getattr(one, name) != getattr(first, name) for one in others)]
    status = "completed" if all(one.status == "completed" for one in records) else "partial"
    return first.model_copy(update={**dict.fromkeys(differing), "status": status})


def _says_nothing_else(record: InfusionRecord, planned: InfusionDay) -> bool:
    """Return whether a record says only that the infusion was given on that day."""
    known = {name for name in _FACTS if getattr(record, name) is not None}
    is_whole = record.status == "completed" and record.dose_mg in (None, planned.dose_mg)
    return record.date == planned.date and is_whole and known <= {"dose_mg"}


def _given_day(basis: PlanBasis, record: InfusionRecord, course: int, ordinal: int) -> InfusionDay:
    rule = basis.protocol.infusion_day
    observed = rule.observation or rule
    zone, dose = basis.calendar.clinic.time_zone, record.dose_mg
    infusion = _window(record, record.started, record.ended, zone)
    return InfusionDay(
        id=f"course-{course}/day-{ordinal}",
        date=record.date,
        number=ordinal,
        dose_mg=int(dose) if dose is not None and dose == int(dose) else None,
        infusion=infusion,
        observation=_window(record, record.ended, record.observed_until, zone) if infusion else None,
        cite=rule.cite,
        basis=rule.basis,
        observation_cite=observed.cite,
        observation_basis=observed.basis,
    )


def _window(record: InfusionRecord, start: dt.time | None, end: dt.time | None, zone: str) -> TimeWindow | None:
    """Return recorded wall times as a window; `None` if one is missing or does not exist, or if both are the same."""
    if start is None or end is None:
        return None
    try:
        first, last = (TimeWindow.on(record.date, wall, zone, 1) for wall in (start, end))
    except LocalTimeError:
        return None
    return TimeWindow(time_zone=zone, start=first.start, end=last.start) if first.start < last.start else None


def _remaining(
    basis: PlanBasis, given: CourseGiven, state: TreatmentState
) -> tuple[tuple[InfusionDay, ...], tuple[PassedOver, ...]]:
    """Return the remaining days of a short course (S09): directly following while in progress, else as a block."""
    next_day = given.last_day + ONE_DAY
    ordinals = range(len(given.days) + 1, given.planned + 1)
    if not given.is_resumed:
        return consecutive_days(basis, given.number, next_day, ordinals), ()
    floor = max(state.as_of, next_day)
    stays = _planned_rest(basis, given, state, floor) if basis.booked or state.rest_stays else None
    start = stays or basis.free_days.first_start(len(ordinals), floor)
    passed_over = tuple(one for one in start.passed_over if one.first_day >= next_day)
    return consecutive_days(basis, given.number, start.first_day, ordinals), passed_over


def _planned_rest(basis: PlanBasis, given: CourseGiven, state: TreatmentState, floor: dt.date) -> CourseStart | None:
    """Return the start of the rest of a resumed course as scheduled, while it is allowed and open (S44).

    `None` if the plan has no rest of it: it had not begun, and was then given on other days, or a day between the
    remaining ones was on record.
    """
    scheduled = state.scheduled.get(given.number)
    if scheduled is None or len(scheduled.days) != given.planned:
        return None
    days = [day.date for day in scheduled.days]
    before, rest = days[: len(given.days)], days[len(given.days) :]
    is_running = scheduled.status == "in-progress" or before == list(given.days)
    is_block = rest[-1] == rest[0] + ONE_DAY * (len(rest) - 1)
    if not (is_running and is_block and rest[0] >= floor):
        return None
    stays = next(basis.calendar.starts(len(rest), rest[0], within=0), None)
    skipped = scheduled.passed_over
    is_theirs = bool(skipped) and _end(skipped) == rest[0]
    return stays and stays.model_copy(update={"passed_over": skipped if is_theirs else ()})
