"""Assemble a whole plan: courses, activities around them, findings, and what it was made from."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.closures import FrozenClosure
from lemtrada_schedule.clinic.open_days import open_days
from lemtrada_schedule.findings.catalogue import DEADLINE_PASSED, NEEDS_CLINICAL_DECISION
from lemtrada_schedule.findings.finding import MissingFact, NotAssessed
from lemtrada_schedule.plan.activities import Activity, NoteActivity, PeriodActivity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.provenance import Provenance, Request
from lemtrada_schedule.planning.activities import CourseAnchors, contraception, course_activities, treatment_activities
from lemtrada_schedule.planning.placing import first_course, later_courses, place_courses
from lemtrada_schedule.planning.plan_findings import ahead, plan_findings
from lemtrada_schedule.planning.shared_parts import PlanBasis
from lemtrada_schedule.planning.test_results import with_observations
from lemtrada_schedule.planning.treatment_state import TreatmentState
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import History
from lemtrada_schedule.records.recorded_tests import RecordedTests, recorded_tests, unreadable_row
from lemtrada_schedule.validation.computed import computed

__all__ = ["assemble"]

_Activities = tuple[Activity, ...]

_Plan = computed(Plan)
_Provenance = computed(Provenance)


def assemble(
    protocol: Protocol,
    clinic: Clinic,
    request: Request,
    *,
    history: History | None = None,
    state: TreatmentState | None = None,
    plan_id: str | None = None,
) -> Plan:
    """Return the plan for a request; `state` says what was given and scheduled, if the treatment has begun."""
    basis = PlanBasis(protocol, open_days(clinic, protocol.infusion_day.minutes))
    laid = _under_way(basis, request, state) if state else _not_begun(basis, request)
    activities, periods = laid.activities, laid.contraception
    tests = recorded_tests(history, protocol) if history and state else None
    if tests and state:
        activities = with_observations(activities, protocol, tests, state.as_of)
    if history and history.unreadable:
        activities, periods = tuple(a for a in activities if isinstance(a, NoteActivity)), ()
    return _Plan(
        plan_id=plan_id,
        protocol=protocol.name,
        extends=protocol.extends,
        time_zone=clinic.time_zone,
        courses=laid.courses,
        contraception=periods,
        activities=activities,
        findings=(
            *plan_findings(basis, laid.courses, activities, request=request, state=state, history=history),
            *(tests.unknown if tests else ()),
        ),
        not_assessed=_not_assessed(request, history, state, tests),
        provenance=_provenance(basis, laid.courses, request, state),
    )


def _not_assessed(
    request: Request, history: History | None, state: TreatmentState | None, tests: RecordedTests | None
) -> tuple[NotAssessed, ...]:
    deadlines = () if request.as_of else (_deadlines_without_a_day(),)
    questions = ["earliest-next-course", "contraception-until", "monitoring-until"]
    if state and state.unsettled:
        questions.append(NEEDS_CLINICAL_DECISION.code)
    rows = history.unreadable if history else ()
    unread = (unreadable_row(question, row) for row in rows for question in questions)
    return (*deadlines, *unread, *(tests.doubts if tests else ()))


@cache
def _deadlines_without_a_day() -> NotAssessed:
    return NotAssessed.of(DEADLINE_PASSED.code, MissingFact(kind="as_of"))


class _Parts(NamedTuple):
    courses: tuple[Course, ...]
    activities: tuple[Activity, ...]
    contraception: tuple[PeriodActivity, ...]


def _not_begun(basis: PlanBasis, request: Request) -> _Parts:
    """Return a treatment that has not begun; whatever day was asked for, all the rest follows from its first day."""
    first = basis.shared(("first", request.not_before), lambda: first_course(basis, request.not_before))
    key = ("rest", first.first_day, request.courses)
    rest = basis.shared(key, lambda: _rest(basis, first, request.courses))
    return _Parts((first, *rest.courses), rest.activities, rest.contraception)


def _rest(basis: PlanBasis, first: Course, courses: int) -> _Parts:
    later = later_courses(basis, first, courses)
    given = [CourseAnchors(course.number, course.first_day, course.last_day, course.days) for course in (first, *later)]
    return _Parts(later, _activities(basis.protocol, given, basis.shared), contraception(basis.protocol, given))


def _under_way(basis: PlanBasis, request: Request, state: TreatmentState) -> _Parts:
    """Return a treatment that has begun; nothing of it is shared, because it depends on what one patient was given."""
    placed = place_courses(basis, request, state)
    unsettled = {course.number for course in state.given if course.contradicted}
    if state.unsettled:
        unsettled.add(state.given.latest.number)
    # By their ends, so that what runs on after the last infusion is counted from the last one (S30).
    in_order = sorted(placed, key=lambda course: course.last_day)
    given = [
        CourseAnchors(c.number, c.first_day, c.last_day, c.days, provisional=c.number in unsettled) for c in in_order
    ]
    return _Parts(placed, _activities(basis.protocol, given, _not_shared), contraception(basis.protocol, given))


def _not_shared(_key: tuple[Hashable, ...], make: Callable[[], _Activities]) -> _Activities:
    return make()


def _activities(
    protocol: Protocol,
    given: Sequence[CourseAnchors],
    share: Callable[[tuple[Hashable, ...], Callable[[], _Activities]], _Activities],
) -> _Activities:
    parts: list[Activity] = []
    for before, course, following in _with_neighbours(given):
        around = (before and before.last_day, course.first_day, following and following.first_day)
        parts += share(
            ("activities", course.number, around),
            lambda: course_activities(protocol, course, before=before, following=following),  # noqa: B023  # called at once
        )
    return (*parts, *treatment_activities(protocol, given[0], given[-1])) if given else ()


def _with_neighbours(
    given: Sequence[CourseAnchors],
) -> Iterator[tuple[CourseAnchors | None, CourseAnchors, CourseAnchors | None]]:
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
    basis: PlanBasis, placed: Sequence[Course], request: Request, state: TreatmentState | None
) -> Provenance:
    return _Provenance(
        **_versions(),
        protocol_digest=basis.protocol.date_digest,
        rules=basis.protocol,
        sources=basis.protocol.cited_sources,
        clinic=basis.calendar.clinic,
        closures=_closures(basis, ahead(placed, state)),
        request=request,
    )


def _closures(basis: PlanBasis, courses: Sequence[Course]) -> tuple[FrozenClosure, ...]:
    if not courses:
        return ()
    years = (courses[0].earliest.year, courses[-1].last_day.year)
    return basis.shared(("closures", *years), lambda: basis.calendar.closures(*years))
