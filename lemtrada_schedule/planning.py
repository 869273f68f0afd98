"""Plan a treatment: courses on a clinic's real calendar, and everything that goes with them."""

import datetime as dt
from collections.abc import Sequence
from functools import cache
from itertools import islice
from typing import Final, NamedTuple

from lemtrada_schedule._doors import check_count, check_type, refused
from lemtrada_schedule.activities import Given, contraception, course_activities, treatment_activities
from lemtrada_schedule.calendar_types import checked_date
from lemtrada_schedule.clinic import Clinic
from lemtrada_schedule.findings import DEADLINE_PASSED, Derivation, NotAssessed
from lemtrada_schedule.open_days import SEARCH_DAYS, OpenDays, open_days
from lemtrada_schedule.outlook import CourseStart
from lemtrada_schedule.plan import Activity, Course, InfusionDay, PeriodActivity, Plan, Provenance, Request
from lemtrada_schedule.plan_findings import plan_findings
from lemtrada_schedule.protocol import MOST_COURSES, Protocol
from lemtrada_schedule.time_windows import TimeWindow

__all__ = ["find_course_starts", "plan_treatment"]

INITIAL_COURSES: Final = 2
"""Courses 1 and 2 have a recommended day; those after them are optional (S13)."""

_ONE_DAY: Final = dt.timedelta(days=1)


def plan_treatment(
    protocol: Protocol,
    clinic: Clinic,
    *,
    not_before: dt.date,
    courses: int = 2,
    as_of: dt.date | None = None,
    plan_id: str | None = None,
) -> Plan:
    """Return the plan of a treatment that has not begun: every infusion day, and every date that follows.

    Course 1 lies on the first block of open days on or after `not_before`. Each later course lies on the
    first block on or after its earliest day, which is counted from the last planned infusion of the
    course before.

    Args:
        protocol: The rules.
        clinic: The clinic; its public holidays are frozen into the plan.
        not_before: The first day that course 1 may start, itself included; 2000-01-01 to 2099-12-31.
        courses: How many courses to plan in all.
        as_of: The day on which the question is asked, in the clinic's zone. With it, deadlines that lie
            before it are findings; without it `not_assessed` says that they were compared with no day.
        plan_id: An opaque id of the caller's, needed for calendar files. Nothing of the patient.

    Raises:
        NoFeasibleStart: The clinic has no block of open days that is long enough.
        HolidayDataMissing: The plan reaches a year without public holiday data.
        UnknownName: The clinic's country or subdivision is not known.
        LocalTimeError: The clocks skip or repeat the infusion's start on a planned day.
        InvalidInput: An argument is not what it should be, or the protocol allows fewer courses.

    Source:
        The protocol, entry by entry; "Rules of time and treatment" S11 to S18.

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, read_clinic
        >>> boston = read_clinic("examples/boston.toml")
        >>> plan = plan_treatment(load_protocol("us"), boston, not_before=date(2027, 1, 11))
        >>> [course.first_day.isoformat() for course in plan.courses]
        ['2027-01-11', '2028-01-18']
    """
    request = _checked_request(protocol, clinic, not_before, courses, as_of)
    table = open_days(clinic, protocol.infusion_day.minutes)
    asked = ("first", protocol.digest, request.not_before)
    first = table.shared(asked, lambda: _first_course(protocol, table, request))
    placed = ("rest", protocol.digest, first.first_day, request.courses)
    rest = table.shared(placed, lambda: _rest(protocol, table, first, request.courses))
    planned = (first, *rest.courses)
    return Plan(
        plan_id=plan_id,
        protocol=protocol.name,
        extends=protocol.extends,
        time_zone=clinic.time_zone,
        courses=planned,
        contraception=rest.contraception,
        activities=rest.activities,
        findings=plan_findings(protocol, table, planned, rest.activities, request),
        not_assessed=() if as_of else (NotAssessed(code=DEADLINE_PASSED.code, missing="as_of"),),
        provenance=_provenance(protocol, table, planned, request),
    )


def find_course_starts(
    clinic: Clinic, infusion_days: int, *, not_before: dt.date, limit: int = 10, within_days: int = SEARCH_DAYS
) -> tuple[CourseStart, ...]:
    """Return the first days on which a course of consecutive infusion days could start at a clinic.

    Only the clinic's calendar is looked at: opening days, closures, public holidays. Interval rules and
    the length of an infusion day are a protocol's, and `plan_treatment` applies them.

    Args:
        clinic: The clinic.
        infusion_days: Consecutive days needed, 1 to 31.
        not_before: The first day to try, itself included.
        limit: How many starts to return at most, 1 to 1,000.
        within_days: The last start tried lies this many days after `not_before`.

    Returns:
        The starts in order; fewer than `limit`, or none, if the search finds no more. The first one's
        `passed_over` holds every start before it, each later one's those since the start before.

    Raises:
        HolidayDataMissing: The search reaches a year without public holiday data.
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


def _checked_request(
    protocol: Protocol, clinic: Clinic, not_before: dt.date, courses: int, as_of: dt.date | None
) -> Request:
    check_type(protocol, Protocol, "protocol")
    check_type(clinic, Clinic, "clinic")
    check_count(courses, "courses", most=MOST_COURSES)
    limit = protocol.course_limit
    if limit is not None and courses > limit:
        message = f"the protocol {protocol.name} allows {limit} courses in all; ask for no more"
        raise refused("too-many-courses", "courses", message)
    return Request(
        not_before=checked_date(not_before, "not_before"),
        courses=courses,
        as_of=None if as_of is None else checked_date(as_of, "as_of"),
    )


def _first_course(protocol: Protocol, table: OpenDays, request: Request) -> Course:
    return _course(protocol, table, 1, _requested(request.not_before))


def _later_course(protocol: Protocol, table: OpenDays, number: int, anchors: tuple[dt.date, dt.date]) -> Course:
    return _course(protocol, table, number, _earliest(protocol, number, anchors))


class _Rest(NamedTuple):
    """What follows from the first day of a treatment, whatever day was asked for."""

    courses: tuple[Course, ...]
    activities: tuple[Activity, ...]
    contraception: tuple[PeriodActivity, ...]


def _rest(protocol: Protocol, table: OpenDays, first: Course, courses: int) -> _Rest:
    planned = [first]
    for number in range(2, courses + 1):
        anchors = (planned[-1].first_day, planned[-1].last_day)
        key = ("course", protocol.digest, number, anchors)
        planned.append(table.shared(key, lambda: _later_course(protocol, table, number, anchors)))  # noqa: B023  # called at once
    given = [Given(course.number, course.first_day, course.last_day, course.days) for course in planned]
    return _Rest(tuple(planned[1:]), _activities(protocol, table, given), contraception(protocol, given))


def _course(protocol: Protocol, table: OpenDays, number: int, because: Derivation) -> Course:
    """Return one course on the first block of open days on or after its earliest day."""
    earliest = because.result
    start = table.first_start(protocol.course(number).infusion_days, earliest)
    key = ("days", protocol.digest, number, start.first_day)
    return Course(
        id=f"course-{number}",
        number=number,
        earliest=earliest,
        recommended=earliest if number <= INITIAL_COURSES else None,
        first_day=start.first_day,
        last_day=start.last_day,
        drift_days=(start.first_day - earliest).days,
        days=table.shared(key, lambda: _days(protocol, table, number, start)),
        passed_over=start.passed_over,
        status="planned",
        because=because,
    )


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


def _earliest(protocol: Protocol, number: int, before: tuple[dt.date, dt.date]) -> Derivation:
    rule = protocol.course(number)
    interval = rule.minimum_interval
    if interval is None:  # a protocol of one optional course that repeats has no interval to count
        raise refused("protocol-contradiction", "courses", f"course {number} has no minimum_interval; add one")
    anchor_day = before[0] if rule.counted_from == "first infusion" else before[1]
    if interval.after(anchor_day, rounding="later") <= before[1]:
        message = f"the minimum_interval of course {number} ends within the course before it; lengthen it"
        raise refused("protocol-contradiction", "courses", message)
    return Derivation(
        anchor=f"{rule.counted_from} of course {number - 1}",
        anchor_day=anchor_day,
        offset=f"+ {interval}",
        rounding="exact" if interval.is_exact else "later",
        result=interval.after(anchor_day, rounding="later"),
        cite=rule.cite,
        basis=rule.basis,
    )


def _days(protocol: Protocol, table: OpenDays, number: int, start: CourseStart) -> tuple[InfusionDay, ...]:
    count = (start.last_day - start.first_day).days + 1
    dates = (start.first_day + _ONE_DAY * step for step in range(count))
    return tuple(_infusion_day(protocol, table, number, k, day) for k, day in enumerate(dates, start=1))


def _windows(protocol: Protocol, clinic: Clinic, day: dt.date) -> tuple[TimeWindow, TimeWindow]:
    rule, zone = protocol.infusion_day, clinic.time_zone
    infusion = TimeWindow.on(day, clinic.infusion_starts, zone, rule.infusion_minutes)
    return infusion, TimeWindow.after(infusion.end, rule.observation_minutes, zone)


def _infusion_day(protocol: Protocol, table: OpenDays, course: int, ordinal: int, day: dt.date) -> InfusionDay:
    rule = protocol.infusion_day
    windows = table.shared(("windows", protocol.digest, day), lambda: _windows(protocol, table.clinic, day))
    observed = rule.observation or rule
    return InfusionDay(
        id=f"course-{course}/day-{ordinal}",
        date=day,
        number=ordinal,
        dose_mg=rule.dose_mg,
        infusion=windows[0],
        observation=windows[1],
        cite=rule.cite,
        basis=rule.basis,
        observation_cite=observed.cite,
        observation_basis=observed.basis,
    )


def _activities(protocol: Protocol, table: OpenDays, given: Sequence[Given]) -> tuple[Activity, ...]:
    parts: list[Activity] = []
    padded = [None, *given, None]
    for before, course, following in zip(padded, given, padded[2:], strict=False):
        around = (before and before.last_day, course.first_day, following and following.first_day)
        parts += table.shared(
            ("activities", protocol.digest, course.number, around),
            lambda: course_activities(protocol, course, before=before, following=following),  # noqa: B023  # called at once
        )
    return (*parts, *treatment_activities(protocol, given[0], given[-1]))


@cache
def _versions() -> dict[str, str]:
    from importlib.metadata import version  # noqa: PLC0415  # it costs an import of lemtrada_schedule a tenth of its time

    packages = {"library": "lemtrada_schedule", "tzdata": "tzdata", "holidays": "holidays"}
    return {name: version(package) for name, package in packages.items()}


def _provenance(protocol: Protocol, table: OpenDays, planned: Sequence[Course], request: Request) -> Provenance:
    return Provenance(
        **_versions(),
        protocol_digest=protocol.digest,
        sources=protocol.sources,
        clinic=table.clinic,
        closures=table.closures(planned[0].earliest.year, planned[-1].last_day.year),
        request=request,
    )
