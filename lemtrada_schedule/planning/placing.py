"""Put courses on the clinic's calendar: courses on record on the days given, the others on open days.

A course that was given is never moved. A scheduled course keeps its days while the rules and the calendar allow it.
Chairs that other patients take close a day only to a course that is newly placed or moved for another reason (S44).
"""

import datetime as dt

from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.clinic.starts import CourseStart, PassedOver
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.provenance import Request
from lemtrada_schedule.planning.given_courses import recorded_course
from lemtrada_schedule.planning.infusion_days import planned_days
from lemtrada_schedule.planning.shared_parts import PlanBasis
from lemtrada_schedule.planning.treatment_state import TreatmentState
from lemtrada_schedule.protocol.intervals import Before, interval_derivation, recommended_day, requested_start
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.computed import computed

__all__ = ["first_course", "later_courses", "place_courses"]

_Course = computed(Course)


def first_course(basis: PlanBasis, not_before: dt.date) -> Course:
    """Return course 1 of a treatment that has not begun, on or after the requested start."""
    because = requested_start(not_before)
    return _placed(basis, 1, because, because.result)


def later_courses(basis: PlanBasis, first: Course, courses: int) -> tuple[Course, ...]:
    """Return courses 2 to `courses` of a treatment that has not begun, each counted from the previous one."""
    placed = [first]
    for number in range(2, courses + 1):
        anchors = Before.of(placed[-1])
        key = ("course", number, anchors)
        placed.append(basis.shared_unbooked(key, lambda: _after(basis, number, anchors)))  # noqa: B023  # called at once
    return tuple(placed[1:])


def place_courses(basis: PlanBasis, request: Request, state: TreatmentState) -> tuple[Course, ...]:
    """Return all courses of a treatment that has begun or was planned before, in order.

    Raises:
        NoFeasibleStart: The clinic has no block of open days that is long enough.
        HolidayDataMissing: The search reaches a year without public holiday data.
        LocalTimeError: The clocks skip or repeat the infusion's start on a planned day.
    """
    placed = [recorded_course(basis, given, state, request) for given in state.given]
    if state.question:
        for number in sorted(number for number in state.scheduled if number > state.begun):
            before = max(placed, key=lambda course: course.last_day, default=None)
            placed.append(_tentative(basis, number, before, state))
        return tuple(placed)
    while (number := placed[-1].number + 1 if placed else 1) <= request.courses:  # in order: no number is in question
        before = placed[-1] if placed else None
        placed.append(_next_course(basis, number, before, state=state, request=request))
    return tuple(placed)


def _tentative(basis: PlanBasis, number: int, before: Course | None, state: TreatmentState) -> Course:
    """Return a scheduled course that needs a decision: it keeps its days while the rules allow them (S09, S19).

    Its earliest day is recalculated from the last infusion given. It stays the same if that is unknown, or if it is
    unclear which infusions belong to which course; but the course moves if its day is too early by the last one.
    """
    course = _scheduled(basis, state.scheduled[number])
    because = interval_derivation(basis.protocol, number, Before.of(before)) if before and state.last_known else None
    is_early = because is not None and course.first_day < because.result
    if because and (state.countable or is_early):
        if is_early:
            course = _placed(basis, number, because, max(because.result, state.as_of))
        course = course.model_copy(
            update={
                "because": because,
                "earliest": because.result,
                "recommended": recommended_day(number, because.result),
                "drift_days": (course.first_day - because.result).days,
                "passed_over": _skipped(basis, course, because.result),
            }
        )
    return course.model_copy(update={"status": "tentative"})


def _scheduled(basis: PlanBasis, course: Course) -> Course:
    """Return a scheduled course with all its days by the current rules and hours; its records may be withdrawn."""
    days = planned_days(basis, course.number, course.first_day)
    update = {"days": days, "last_day": days[-1].date, "passed_over": _skipped_before(course), "days_on_record": None}
    return course.model_copy(update=update)


def _skipped_before(course: Course) -> tuple[PassedOver, ...]:
    """Return the starts that were skipped before a course, without those before its resumed part."""
    return tuple(one for one in course.passed_over if one.first_day < course.first_day)


def _after(basis: PlanBasis, number: int, before: Before) -> Course:
    because = _interval(basis.protocol, number, before)
    return _placed(basis, number, because, because.result)


def _interval(protocol: Protocol, number: int, before: Before) -> Derivation:
    because = interval_derivation(protocol, number, before)
    if because.result <= before.last_day:
        message = f"the minimum_interval of course {number} ends within the previous course; lengthen it"
        raise refused("protocol-contradiction", "courses", message)
    return because


def _next_course(
    basis: PlanBasis, number: int, before: Course | None, *, state: TreatmentState, request: Request
) -> Course:
    """Return a course that has not begun; a scheduled course moves only if it must (S19, S44)."""
    because = requested_start(request.not_before)
    if before:
        because = _interval(basis.protocol, number, Before.of(before))
    floors = [because.result, state.as_of]
    scheduled = state.scheduled.get(number)
    if scheduled:
        floors.append(scheduled.first_day)
    if number == state.begun + 1:  # also where it was scheduled: that day may come from a record that was taken back
        floors.append(request.not_before)
    floor = max(floors)
    start = _first_start(basis, number, basis.calendar if scheduled else basis.free_days, floor)
    if scheduled and start.first_day != scheduled.first_day:
        start = _first_start(basis, number, basis.free_days, floor)
    course = _started(basis, number, because, start)
    if scheduled and scheduled.first_day == course.first_day:
        return course.model_copy(update={"passed_over": _skipped(basis, scheduled, course.earliest)})
    return course


def _skipped(basis: PlanBasis, scheduled: Course, earliest: dt.date) -> tuple[PassedOver, ...]:
    """Return the starts that were skipped for a course that stays where it was scheduled.

    They are those of the day on which it was placed, as long as its earliest day is the same. If that day changed, they
    are the closed ones from the new earliest day on; none, if the course could now start earlier or is itself on a day
    that has been closed since.
    """
    if scheduled.earliest == earliest:
        return _skipped_before(scheduled)
    days, within = basis.protocol.course(scheduled.number).infusion_days, (scheduled.first_day - earliest).days
    first = next(basis.calendar.starts(days, earliest, within=within), None)
    return first.passed_over if first and first.first_day == scheduled.first_day else ()


def _first_start(basis: PlanBasis, number: int, calendar: OpenDays, floor: dt.date) -> CourseStart:
    return calendar.first_start(basis.protocol.course(number).infusion_days, floor)


def _placed(basis: PlanBasis, number: int, because: Derivation, floor: dt.date) -> Course:
    """Return one course on the first block of free days on or after `floor`."""
    return _started(basis, number, because, _first_start(basis, number, basis.free_days, floor))


def _started(basis: PlanBasis, number: int, because: Derivation, start: CourseStart) -> Course:
    """Return one course that starts on a day."""
    earliest = because.result
    return _Course(
        id=f"course-{number}",
        number=number,
        earliest=earliest,
        recommended=recommended_day(number, earliest),
        first_day=start.first_day,
        last_day=start.last_day,
        drift_days=(start.first_day - earliest).days,
        days=planned_days(basis, number, start.first_day),
        passed_over=start.passed_over,
        status="planned",
        because=because,
    )
