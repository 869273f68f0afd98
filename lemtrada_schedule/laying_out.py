"""Make a whole plan: courses, what goes with them, what there is to say, and what it was made from."""

from collections.abc import Callable, Hashable, Sequence
from functools import cache
from typing import TypeVar

from lemtrada_schedule.activities import Given, contraception, course_activities, treatment_activities
from lemtrada_schedule.clinic import Clinic
from lemtrada_schedule.course_placing import MidTreatment, place_courses
from lemtrada_schedule.findings import DEADLINE_PASSED, NotAssessed
from lemtrada_schedule.observed import with_observations
from lemtrada_schedule.open_days import OpenDays, open_days
from lemtrada_schedule.plan import (
    Activity,
    Course,
    FrozenClosure,
    NoteActivity,
    PeriodActivity,
    Plan,
    Provenance,
    Request,
)
from lemtrada_schedule.plan_findings import ahead, plan_findings
from lemtrada_schedule.protocol import Protocol
from lemtrada_schedule.records import History

__all__ = ["lay_out"]

_Part = TypeVar("_Part")


def lay_out(
    protocol: Protocol,
    clinic: Clinic,
    request: Request,
    *,
    history: History | None = None,
    mid: MidTreatment | None = None,
    plan_id: str | None = None,
) -> Plan:
    """Return the plan for a request; `mid` says what was given and scheduled, if the treatment has begun."""
    table = open_days(clinic, protocol.infusion_day.minutes)
    placed = place_courses(protocol, table, request, mid)
    unsettled = mid.begun if mid and mid.unsettled else 0
    given = [Given(course.number, course.days, provisional=course.number == unsettled) for course in placed]
    activities = _activities(protocol, table, given, mid)
    periods = _contraception(protocol, table, given, mid)
    if history and mid:
        activities = with_observations(activities, protocol, history.observations, mid.as_of)
    if history and history.unreadable:
        activities, periods = tuple(a for a in activities if isinstance(a, NoteActivity)), ()
    return Plan(
        plan_id=plan_id,
        protocol=protocol.name,
        extends=protocol.extends,
        time_zone=clinic.time_zone,
        courses=placed,
        contraception=periods,
        activities=activities,
        findings=plan_findings(protocol, table, placed, activities, request=request, mid=mid, history=history),
        not_assessed=_not_assessed(request, history),
        provenance=_provenance(protocol, table, placed, request, mid),
    )


def _not_assessed(request: Request, history: History | None) -> tuple[NotAssessed, ...]:
    deadlines = () if request.as_of else (NotAssessed(code=DEADLINE_PASSED.code, missing="as_of"),)
    questions = ("earliest-next-course", "contraception-until", "monitoring-until")
    rows = history.unreadable if history else ()
    unread = (
        NotAssessed(code=question, missing=f"row {row}, which could not be read", row=row)
        for row in rows
        for question in questions
    )
    return (*deadlines, *unread)


def _shared(table: OpenDays, mid: MidTreatment | None) -> Callable[[Hashable, Callable[[], _Part]], _Part]:
    """Return how parts are made: shared, or anew where they rest on what one patient was given."""
    return table.shared if mid is None else lambda _key, make: make()


def _activities(
    protocol: Protocol, table: OpenDays, given: Sequence[Given], mid: MidTreatment | None
) -> tuple[Activity, ...]:
    if not given:
        return ()
    share: Callable[[Hashable, Callable[[], tuple[Activity, ...]]], tuple[Activity, ...]] = _shared(table, mid)
    parts: list[Activity] = []
    padded = [None, *given, None]
    for before, course, following in zip(padded, given, padded[2:], strict=False):
        around = (before and before.last_day, course.first_day, following and following.first_day)
        parts += share(
            ("activities", protocol, course.number, around),
            lambda: course_activities(protocol, course, before=before, following=following),  # noqa: B023  # called at once
        )
    key = ("treatment", protocol, given[0].first_day, given[-1].last_day)
    parts += share(key, lambda: treatment_activities(protocol, given[0], given[-1]))
    return tuple(parts)


def _contraception(
    protocol: Protocol, table: OpenDays, given: Sequence[Given], mid: MidTreatment | None
) -> tuple[PeriodActivity, ...]:
    share: Callable[[Hashable, Callable[[], tuple[PeriodActivity, ...]]], tuple[PeriodActivity, ...]]
    share = _shared(table, mid)
    key = ("contraception", protocol, *(course.first_day for course in given))
    return share(key, lambda: contraception(protocol, given))


@cache
def _versions() -> dict[str, str]:
    from importlib.metadata import version  # noqa: PLC0415  # it costs an import of lemtrada_schedule a tenth of its time

    packages = {"library": "lemtrada_schedule", "tzdata": "tzdata", "holidays": "holidays"}
    return {name: version(package) for name, package in packages.items()}


def _provenance(
    protocol: Protocol, table: OpenDays, placed: Sequence[Course], request: Request, mid: MidTreatment | None
) -> Provenance:
    return Provenance(
        **_versions(),
        protocol_digest=protocol.digest,
        sources=protocol.sources,
        clinic=table.clinic,
        closures=_closures(table, ahead(placed, mid)),
        request=request,
    )


def _closures(table: OpenDays, courses: Sequence[Course]) -> tuple[FrozenClosure, ...]:
    return table.closures(courses[0].earliest.year, courses[-1].last_day.year) if courses else ()
