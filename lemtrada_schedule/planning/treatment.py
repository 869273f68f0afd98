"""Plan a treatment on a clinic's calendar, from the start or from a treatment under way; find possible starts."""

import datetime as dt
from itertools import islice

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.open_days import SEARCH_DAYS, open_days
from lemtrada_schedule.clinic.starts import CourseStart
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.provenance import Request
from lemtrada_schedule.planning.assembling import assemble
from lemtrada_schedule.planning.bookings import Bookings, check_bookings
from lemtrada_schedule.planning.treatment_state import TreatmentState, treatment_state
from lemtrada_schedule.protocol.citations import MOST_COURSES
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import check_infusions, courses_given, exposures, stopped
from lemtrada_schedule.records.history import Decision, History
from lemtrada_schedule.validation.accepted import DayLike, Listed
from lemtrada_schedule.validation.arguments import check_count, check_type, checked_items, refused_argument
from lemtrada_schedule.validation.scalars import checked_date, checked_identifier

__all__ = ["find_course_starts", "plan_treatment"]


def plan_treatment(
    protocol: Protocol,
    clinic: Clinic,
    *,
    not_before: DayLike,
    courses: int = 2,
    history: History | None = None,
    as_of: DayLike | None = None,
    decisions: Listed[Decision] = (),
    plan_id: str | None = None,
    bookings: Bookings | None = None,
) -> Plan:
    """Return the plan of a treatment: every infusion day, and every date that follows from it.

    Course 1 is placed on the first block of open days on or after `not_before`. Each later course is placed on the
    first block on or after its earliest day, which is counted from the last infusion of the previous course: the
    last one given, or else the last one planned.

    Args:
        protocol: The rules.
        clinic: The clinic; its public holidays are frozen into the plan.
        not_before: The first day on which the first course not yet begun may start, included; 2000-01-01 to
            2099-12-31. It never moves a course on record.
        courses: How many courses to plan in all, including those on record.
        history: What was given so far. It is never changed. It requires `as_of`.
        as_of: The date of the question, in the clinic's time zone. Deadlines before it are findings. Without it,
            deadlines are not checked, and `not_assessed` says so.
        decisions: A clinician's decisions on courses that need one (S10).
        plan_id: Your own opaque id of the plan, required for calendar files. Use nothing about the patient.
        bookings: The days that other plans take at this clinic. A day on which they take all of the clinic's `chairs`
            is closed. Bookings of the same `plan_id` do not count.

    Raises:
        NoFeasibleStart: The clinic has no block of open days that is long enough.
        HolidayDataMissing: The plan reaches a year without public holiday data.
        UnknownName: The clinic's country or subdivision is unknown.
        LocalTimeError: The clocks skip or repeat the infusion's start on a planned day.
        PlanMismatch: A decision is about a course that is not on record, or the bookings are for another clinic or
            start too late.
        InvalidInput: An argument is not valid, or the protocol allows fewer courses.

    Source:
        The protocol, entry by entry; rules of time, S06 to S18 and S44.

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, read_clinic
        >>> boston = read_clinic("examples/boston.toml")
        >>> plan = plan_treatment(load_protocol("us"), boston, not_before=date(2027, 1, 11))
        >>> [course.first_day.isoformat() for course in plan.courses]
        ['2027-01-11', '2028-01-18']
    """
    check_type(protocol, Protocol, "protocol")
    check_type(clinic, Clinic, "clinic")
    if plan_id is not None:
        checked_identifier(plan_id, "plan_id")
    request = _checked_request(not_before, courses, as_of, decisions)
    state = _state(protocol, clinic, history, request) if history is not None else None
    if history is None and decisions:
        raise refused_argument("missing-field", "history", "required with decisions; give the history")
    _check_limit(protocol, request, state)
    check_bookings(bookings, clinic, _first_free_day(request, state))
    return assemble(protocol, clinic, request, history=history, state=state, plan_id=plan_id, bookings=bookings)


def _first_free_day(request: Request, state: TreatmentState | None) -> dt.date:
    """Return the first day on which a course may be placed and another plan may take its chair."""
    return state.as_of if state else max(request.not_before, request.as_of or request.not_before)


def find_course_starts(
    clinic: Clinic, infusion_days: int, *, not_before: DayLike, limit: int = 10, within_days: int = SEARCH_DAYS
) -> tuple[CourseStart, ...]:
    """Return the first days on which a course of consecutive infusion days could start at a clinic.

    Only the clinic's calendar counts: opening days, closures, public holidays. The minimum intervals and the length
    of an infusion day belong to a protocol; `plan_treatment` applies them.

    Args:
        clinic: The clinic.
        infusion_days: Consecutive days needed, 1 to 31.
        not_before: The first day to try, included.
        limit: The maximum number of starts to return, 1 to 1,000.
        within_days: The last start to try is this many days after `not_before`.

    Returns:
        The starts in order; fewer than `limit`, or none, if the search finds no more. `passed_over` lists the starts
        that were skipped since the previous start, or since `not_before`.

    Raises:
        HolidayDataMissing: The search reaches a year without public holiday data.
        UnknownName: The clinic's country or subdivision is unknown.
        InvalidInput: An argument is not what it should be.

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import read_clinic
        >>> boston = read_clinic("examples/boston.toml")
        >>> find_course_starts(boston, 3, not_before=date(2028, 1, 15), limit=1)[0].first_day
        datetime.date(2028, 1, 18)
    """
    check_type(clinic, Clinic, "clinic")
    not_before = checked_date(not_before, "not_before")
    check_count(infusion_days, "infusion_days", most=31)
    check_count(limit, "limit", most=1_000)
    check_count(within_days, "within_days", most=3_660)
    starts = open_days(clinic, 0).starts(infusion_days, not_before, within=within_days)
    return tuple(islice(starts, limit))


def _checked_request(not_before: DayLike, courses: int, as_of: DayLike | None, decisions: Listed[Decision]) -> Request:
    check_count(courses, "courses", most=MOST_COURSES)
    return Request(
        not_before=checked_date(not_before, "not_before"),
        courses=courses,
        as_of=None if as_of is None else checked_date(as_of, "as_of"),
        decisions=checked_items(decisions, Decision, "decisions"),
    )


def _check_limit(protocol: Protocol, request: Request, state: TreatmentState | None) -> None:
    """Refuse more courses than the protocol allows, and fewer than are on record (S16)."""
    limit, begun = protocol.course_limit, state.begun if state else 0
    if request.courses < begun:
        raise refused_argument("out-of-range", "courses", f"{begun} courses are on record; plan at least as many")
    if limit is not None and request.courses > max(limit, begun):
        message = f"the protocol {protocol.name} allows at most {limit} courses; plan no more"
        raise refused_argument("too-many-courses", "courses", message)


def _state(protocol: Protocol, clinic: Clinic, history: History, request: Request) -> TreatmentState:
    """Return the state of the treatment on the date of the question."""
    check_type(history, History, "history")
    if request.as_of is None:
        raise refused_argument("missing-field", "as_of", "required with a history: the date of the question")
    check_infusions(history)
    given = courses_given(history, protocol, as_of=request.as_of, decisions=request.decisions)
    last_course = given.latest if given else None
    in_progress = last_course is not None and (
        last_course.status == "in-progress" or (last_course.is_resumed and not last_course.settled)
    )
    last = max((record.date for record in exposures(history, request.as_of)), default=None)
    if last is not None and request.not_before <= last and not in_progress:
        message = "must be after the last infusion on record; infusions that were given are not planned again"
        raise refused_argument("out-of-range", "not_before", message)
    calendar = open_days(clinic, protocol.infusion_day.minutes)
    return treatment_state(given, request.as_of, stopped(history, request.as_of), {}, calendar)
