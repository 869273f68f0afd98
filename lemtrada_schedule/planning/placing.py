"""Put courses on the clinic's calendar: those on record where they were given, the others on open days.

What was given is never moved. What was scheduled stays where it is, while that is allowed and open.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.clinic.starts import PassedOver
from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.errors import LocalTimeError
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.provenance import Request
from lemtrada_schedule.planning.infusion_days import consecutive_days, planned_days
from lemtrada_schedule.planning.treatment_state import MidTreatment
from lemtrada_schedule.protocol.intervals import Before, interval_derivation
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import CourseGiven
from lemtrada_schedule.records.history import InfusionRecord
from lemtrada_schedule.validation.arguments import refused

__all__ = ["first_course", "later_courses", "place_courses"]

INITIAL_COURSES: Final = 2
"""Courses 1 and 2 have a recommended day; those after them are optional (S13)."""

_FACTS: Final = ("started", "ended", "observed_until", "infusion_minutes", "observation_minutes", "dose_mg")


def first_course(protocol: Protocol, table: OpenDays, not_before: dt.date) -> Course:
    """Return course 1 of a treatment that has not begun: asked for from a day on."""
    because = _requested(not_before)
    return _placed(protocol, table, 1, because, because.result)


def later_courses(protocol: Protocol, table: OpenDays, first: Course, courses: int) -> tuple[Course, ...]:
    """Return courses 2 to `courses` of a treatment that has not begun, each counted from the one before."""
    placed = [first]
    for number in range(2, courses + 1):
        anchors = _before(placed[-1])
        key = ("course", protocol.digest, number, anchors)
        placed.append(table.shared(key, lambda: _after(protocol, table, number, anchors)))  # noqa: B023  # called at once
    return tuple(placed[1:])


def place_courses(protocol: Protocol, table: OpenDays, request: Request, mid: MidTreatment) -> tuple[Course, ...]:
    """Return all courses of a treatment that has begun, or was planned before, in order.

    Raises:
        NoFeasibleStart: The clinic has no block of open days that is long enough.
        HolidayDataMissing: The search reaches a year without public holiday data.
        LocalTimeError: The clocks skip or repeat the infusion's start on a planned day.
    """
    placed = [_on_record(protocol, table, given, mid, request) for given in mid.given]
    if mid.question:
        for number in sorted(number for number in mid.scheduled if number > mid.begun):
            placed.append(_tentative(protocol, table, number, placed[-1] if placed else None, mid))
        return tuple(placed)
    while (number := placed[-1].number + 1 if placed else 1) <= request.courses:  # in order: no number is in question
        before = placed[-1] if placed else None
        placed.append(_next_course(protocol, table, number, before, mid=mid, request=request))
    return tuple(placed)


def _tentative(protocol: Protocol, table: OpenDays, number: int, before: Course | None, mid: MidTreatment) -> Course:
    """Return a later course that was scheduled, and now waits: it stays while the rules allow its days (S09, S19).

    They are counted anew from the last infusion given; where that is not known, the course stays as it is.
    """
    course = _scheduled(protocol, table, mid.scheduled[number])
    if before and mid.countable:
        because = interval_derivation(protocol, number, _before(before))
        if course.first_day < because.result:
            course = _placed(protocol, table, number, because, max(because.result, mid.as_of))
        course = course.model_copy(
            update={
                "because": because,
                "earliest": because.result,
                "recommended": _recommended(number, because.result),
                "drift_days": (course.first_day - because.result).days,
            }
        )
    return course.model_copy(update={"status": "tentative"})


def _scheduled(protocol: Protocol, table: OpenDays, course: Course) -> Course:
    """Return a course as it is to be given; one that was on record, and no longer is, from the day it began on."""
    if course.status in ("planned", "tentative"):
        return course
    days = planned_days(protocol, table, course.number, course.first_day)
    return course.model_copy(update={"days": days, "last_day": days[-1].date, "passed_over": ()})


def _before(course: Course | CourseGiven) -> Before:
    return Before(course.number, course.first_day, course.last_day)


def _after(protocol: Protocol, table: OpenDays, number: int, before: Before) -> Course:
    because = _interval(protocol, number, before)
    return _placed(protocol, table, number, because, because.result)


def _interval(protocol: Protocol, number: int, before: Before) -> Derivation:
    because = interval_derivation(protocol, number, before)
    if because.result <= before.last_day:
        message = f"the minimum_interval of course {number} ends within the course before it; lengthen it"
        raise refused("protocol-contradiction", "courses", message)
    return because


def _next_course(
    protocol: Protocol, table: OpenDays, number: int, before: Course | None, *, mid: MidTreatment, request: Request
) -> Course:
    """Return a course that has not begun; where it was scheduled before, it is not moved without need (S19)."""
    because = _requested(request.not_before)
    if before:
        because = _interval(protocol, number, _before(before))
    floors = [because.result, mid.as_of]
    scheduled = mid.scheduled.get(number)
    if scheduled:
        floors.append(scheduled.first_day)
    if number == mid.begun + 1:  # also where it was scheduled: that day may come from a record that was taken back
        floors.append(request.not_before)
    course = _placed(protocol, table, number, because, max(floors))
    if scheduled and (scheduled.first_day, scheduled.because) == (course.first_day, because):
        return course.model_copy(update={"passed_over": scheduled.passed_over})  # when it was placed
    return course


def _placed(protocol: Protocol, table: OpenDays, number: int, because: Derivation, floor: dt.date) -> Course:
    """Return one course on the first block of open days on or after `floor`."""
    earliest = because.result
    start = table.first_start(protocol.course(number).infusion_days, floor)
    return Course(
        id=f"course-{number}",
        number=number,
        earliest=earliest,
        recommended=_recommended(number, earliest),
        first_day=start.first_day,
        last_day=start.last_day,
        drift_days=(start.first_day - earliest).days,
        days=planned_days(protocol, table, number, start.first_day),
        passed_over=start.passed_over,
        status="planned",
        because=because,
    )


def _recommended(number: int, earliest: dt.date) -> dt.date | None:
    return earliest if number <= INITIAL_COURSES else None


def _requested(not_before: dt.date) -> Derivation:
    return Derivation(
        anchor="requested start",
        anchor_day=not_before,
        offset="",
        rounding="exact",
        result=not_before,
        cite=None,
        basis=None,
    )


def _on_record(protocol: Protocol, table: OpenDays, given: CourseGiven, mid: MidTreatment, request: Request) -> Course:
    """Return a course as it was given, with the days that are still to come if it is in progress or resumed."""
    scheduled = mid.scheduled.get(given.number)
    days = _given_days(protocol, table, given, scheduled)
    passed_over: tuple[PassedOver, ...] = ()
    status = given.status
    if given is mid.given.latest and not given.settled and not mid.unsettled:
        rest, passed_over = _remaining(protocol, table, given, mid.as_of)
        days = (*days, *rest)
        status = "in-progress"
    because = _recorded_because(protocol, given, mid, request)
    return Course(
        id=f"course-{given.number}",
        number=given.number,
        earliest=because.result,
        recommended=_recommended(given.number, because.result),
        first_day=days[0].date,
        last_day=days[-1].date,
        drift_days=(days[0].date - because.result).days,
        days=days,
        passed_over=passed_over or _still_passed_over(given, scheduled),
        status=status,
        because=because,
    )


def _still_passed_over(given: CourseGiven, scheduled: Course | None) -> tuple[PassedOver, ...]:
    """Return the starts that were passed over for a course, if it began where it was placed."""
    return scheduled.passed_over if scheduled and scheduled.first_day == given.first_day else ()


def _recorded_because(protocol: Protocol, given: CourseGiven, mid: MidTreatment, request: Request) -> Derivation:
    before = mid.given.before(given)
    if before and before.is_countable and given.is_countable and protocol.course(given.number).minimum_interval:
        return interval_derivation(protocol, given.number, _before(before))
    if mid.scheduled and given.number == 1:  # a plan made again, whatever it held of this course
        return _requested(request.not_before)
    return _requested(given.first_day).model_copy(
        update={"anchor": f"first infusion of course {given.number} on record"}
    )


def _given_days(
    protocol: Protocol, table: OpenDays, given: CourseGiven, scheduled: Course | None
) -> tuple[InfusionDay, ...]:
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
        days.append(known if known and as_planned else _given_day(protocol, table, record, (name, ordinal)))
    return tuple(days)


def _agreed(records: Sequence[InfusionRecord]) -> InfusionRecord:
    """Return what all records of one day say; which of them is right where they differ, only the clinic knows (S04)."""
    first, *others = records
    if not others:
        return first
    differing = [name for name in _FACTS if any(getattr(one, name) != getattr(first, name) for one in others)]
    status = "completed" if all(one.status == "completed" for one in records) else "partial"
    return first.model_copy(update={**dict.fromkeys(differing), "status": status})


def _says_nothing_else(record: InfusionRecord, planned: InfusionDay) -> bool:
    """Return whether a record says no more than that a day was given as it was planned."""
    known = {name for name in _FACTS if getattr(record, name) is not None}
    is_whole = record.status == "completed" and record.dose_mg in (None, planned.dose_mg)
    return record.date == planned.date and is_whole and known <= {"dose_mg"}


def _given_day(protocol: Protocol, table: OpenDays, record: InfusionRecord, place: tuple[str, int]) -> InfusionDay:
    rule = protocol.infusion_day
    observed = rule.observation or rule
    zone, dose = table.clinic.time_zone, record.dose_mg
    infusion = _window(record, record.started, record.ended, zone)
    return InfusionDay(
        id=place[0],
        date=record.date,
        number=place[1],
        dose_mg=int(dose) if dose is not None and dose == int(dose) else None,
        infusion=infusion,
        observation=_window(record, record.ended, record.observed_until, zone) if infusion else None,
        cite=rule.cite,
        basis=rule.basis,
        observation_cite=observed.cite,
        observation_basis=observed.basis,
    )


def _window(record: InfusionRecord, start: dt.time | None, end: dt.time | None, zone: str) -> TimeWindow | None:
    """Return recorded wall times as a window; `None` where one is missing, not shown by the clocks, or both are one."""
    if start is None or end is None:
        return None
    try:
        first, last = (TimeWindow.on(record.date, wall, zone, 1) for wall in (start, end))
    except LocalTimeError:
        return None
    return TimeWindow(time_zone=zone, start=first.start, end=last.start) if first.start < last.start else None


def _remaining(
    protocol: Protocol, table: OpenDays, given: CourseGiven, as_of: dt.date
) -> tuple[tuple[InfusionDay, ...], tuple[PassedOver, ...]]:
    """Return the days a short course still needs (S09): at once while it is in progress, else as a resumed block."""
    next_day = given.last_day + ONE_DAY
    passed_over: tuple[PassedOver, ...] = ()
    if given.is_resumed:
        start = table.first_start(given.planned - len(given.days), max(as_of, next_day))
        next_day, passed_over = start.first_day, start.passed_over
    run = (next_day, len(given.days) + 1, given.planned)
    return consecutive_days(protocol, table, given.number, run), passed_over
