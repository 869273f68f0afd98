"""Make a whole plan: courses, what goes with them, what there is to say, and what it was made from."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.closures import FrozenClosure
from lemtrada_schedule.clinic.open_days import OpenDays, open_days
from lemtrada_schedule.findings.catalogue import DEADLINE_PASSED, NEEDS_CLINICAL_DECISION
from lemtrada_schedule.findings.finding import MissingFact, NotAssessed
from lemtrada_schedule.plan.activities import Activity, NoteActivity, PeriodActivity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.provenance import Provenance, Request
from lemtrada_schedule.planning.activities import Given, contraception, course_activities, treatment_activities
from lemtrada_schedule.planning.placing import first_course, later_courses, place_courses
from lemtrada_schedule.planning.plan_findings import ahead, plan_findings
from lemtrada_schedule.planning.test_results import with_observations
from lemtrada_schedule.planning.treatment_state import MidTreatment
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import History
from lemtrada_schedule.records.recorded_tests import RecordedTests, recorded_tests, unreadable_row

__all__ = ["lay_out"]

_Activities = tuple[Activity, ...]


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
    laid = _midway(protocol, table, request, mid) if mid else _anew(protocol, table, request)
    activities, periods = laid.activities, laid.contraception
    tests = recorded_tests(history, protocol) if history and mid else None
    if tests and mid:
        activities = with_observations(activities, protocol, tests, mid.as_of)
    if history and history.unreadable:
        activities, periods = tuple(a for a in activities if isinstance(a, NoteActivity)), ()
    return Plan(
        plan_id=plan_id,
        protocol=protocol.name,
        extends=protocol.extends,
        time_zone=clinic.time_zone,
        courses=laid.courses,
        contraception=periods,
        activities=activities,
        findings=(
            *plan_findings(protocol, table, laid.courses, activities, request=request, mid=mid, history=history),
            *(tests.unknown if tests else ()),
        ),
        not_assessed=_not_assessed(request, history, mid, tests),
        provenance=_provenance(protocol, table, laid.courses, request, mid),
    )


def _not_assessed(
    request: Request, history: History | None, mid: MidTreatment | None, tests: RecordedTests | None
) -> tuple[NotAssessed, ...]:
    deadlines = () if request.as_of else (NotAssessed.of(DEADLINE_PASSED.code, MissingFact(kind="as_of")),)
    questions = ["earliest-next-course", "contraception-until", "monitoring-until"]
    if mid and mid.unsettled:
        questions.append(NEEDS_CLINICAL_DECISION.code)
    rows = history.unreadable if history else ()
    unread = (unreadable_row(question, row) for row in rows for question in questions)
    return (*deadlines, *unread, *(tests.doubts if tests else ()))


class _Laid(NamedTuple):
    courses: tuple[Course, ...]
    activities: tuple[Activity, ...]
    contraception: tuple[PeriodActivity, ...]


def _anew(protocol: Protocol, table: OpenDays, request: Request) -> _Laid:
    """Return a treatment that has not begun; whatever day was asked for, all the rest follows from its first day."""
    asked = ("first", protocol.digest, request.not_before)
    first = table.shared(asked, lambda: first_course(protocol, table, request.not_before))
    key = ("rest", protocol.digest, first.first_day, request.courses)
    rest = table.shared(key, lambda: _rest(protocol, table, first, request.courses))
    return _Laid((first, *rest.courses), rest.activities, rest.contraception)


def _rest(protocol: Protocol, table: OpenDays, first: Course, courses: int) -> _Laid:
    later = later_courses(protocol, table, first, courses)
    given = [Given(course.number, course.first_day, course.last_day, course.days) for course in (first, *later)]
    return _Laid(later, _activities(protocol, given, table.shared), contraception(protocol, given))


def _midway(protocol: Protocol, table: OpenDays, request: Request, mid: MidTreatment) -> _Laid:
    """Return a treatment that has begun; nothing of it is shared, for it rests on what one patient was given."""
    placed = place_courses(protocol, table, request, mid)
    unsettled = {course.number for course in mid.given if course.contradicted}
    if mid.unsettled:
        unsettled.add(mid.given.latest.number)
    # By their ends, so that what runs on after the last infusion is counted from the last one (S30).
    in_order = sorted(placed, key=lambda course: course.last_day)
    given = [Given(c.number, c.first_day, c.last_day, c.days, provisional=c.number in unsettled) for c in in_order]
    return _Laid(placed, _activities(protocol, given, _made_anew), contraception(protocol, given))


def _made_anew(_key: Hashable, make: Callable[[], _Activities]) -> _Activities:
    return make()


def _activities(
    protocol: Protocol, given: Sequence[Given], share: Callable[[Hashable, Callable[[], _Activities]], _Activities]
) -> _Activities:
    parts: list[Activity] = []
    for before, course, following in _with_neighbours(given):
        around = (before and before.last_day, course.first_day, following and following.first_day)
        parts += share(
            ("activities", protocol.digest, course.number, around),
            lambda: course_activities(protocol, course, before=before, following=following),  # noqa: B023  # called at once
        )
    return (*parts, *treatment_activities(protocol, given[0], given[-1])) if given else ()


def _with_neighbours(given: Sequence[Given]) -> Iterator[tuple[Given | None, Given, Given | None]]:
    """Yield each course with the last one that ended before it, and the first one that begins after it (S28, S30)."""
    for course in given:
        before = [other for other in given if other.last_day < course.first_day]
        following = [other for other in given if other.first_day > course.last_day]
        yield (
            max(before, key=lambda other: other.last_day, default=None),
            course,
            min(following, key=lambda other: other.first_day, default=None),
        )


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
        protocol_digest=protocol.date_digest,
        sources=protocol.cited_sources,
        clinic=table.clinic,
        closures=_closures(table, ahead(placed, mid)),
        request=request,
    )


def _closures(table: OpenDays, courses: Sequence[Course]) -> tuple[FrozenClosure, ...]:
    return table.closures(courses[0].earliest.year, courses[-1].last_day.year) if courses else ()
