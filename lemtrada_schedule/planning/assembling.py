"""Assemble a whole plan: courses, the activities around them, findings and provenance."""

from collections.abc import Callable, Hashable, Sequence
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
from lemtrada_schedule.plan.visits import Visit
from lemtrada_schedule.planning.activities import CourseAnchors, contraception, course_activities, treatment_activities
from lemtrada_schedule.planning.bookings import Bookings, calendar_with_bookings
from lemtrada_schedule.planning.other_revision import EarlierRevision
from lemtrada_schedule.planning.placing import first_course, later_courses, place_courses
from lemtrada_schedule.planning.plan_findings import ahead, plan_findings
from lemtrada_schedule.planning.shared_parts import PlanBasis
from lemtrada_schedule.planning.test_results import with_observations
from lemtrada_schedule.planning.treatment_state import TreatmentState
from lemtrada_schedule.planning.visits import visits_of
from lemtrada_schedule.protocol.due_dates import neighbours
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import History
from lemtrada_schedule.records.recorded_tests import RecordedTests, recorded_tests, unreadable_row
from lemtrada_schedule.validation.computed import computed

__all__ = ["PlanParts", "assemble", "parts_on_record"]

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
    bookings: Bookings | None = None,
    earlier: EarlierRevision | None = None,
) -> Plan:
    """Return the plan for a request; `state` says what was given and scheduled, if the treatment has begun.

    With `earlier`, a part of the previous plan was made with an earlier revision of the protocol.
    """
    calendar = open_days(clinic, protocol.infusion_day.minutes)
    basis = PlanBasis(protocol, calendar, calendar_with_bookings(calendar, bookings, plan_id))
    tests = recorded_tests(history, protocol) if history and state else None
    if history and state and tests:
        laid = parts_on_record(basis, place_courses(basis, request, state), state, history, tests, earlier=earlier)
    else:
        laid = _not_begun(basis, request)
    return _Plan(
        plan_id=plan_id,
        protocol=protocol.name,
        extends=protocol.extends,
        time_zone=clinic.time_zone,
        courses=laid.courses,
        contraception=laid.contraception,
        activities=laid.activities,
        visits=laid.visits,
        findings=(
            *plan_findings(basis, laid.courses, laid.activities, request=request, state=state, history=history),
            *(tests.unknown if tests else ()),
        ),
        not_assessed=_not_assessed(request, history, state, tests),
        provenance=_provenance(basis, clinic, request, ahead(laid.courses, state), earlier),
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


class PlanParts(NamedTuple):
    """The dated parts of a plan."""

    courses: tuple[Course, ...]
    activities: tuple[Activity, ...]
    contraception: tuple[PeriodActivity, ...]
    visits: tuple[Visit, ...]


def _not_begun(basis: PlanBasis, request: Request) -> PlanParts:
    """Return the parts of a treatment that has not begun; everything follows from the first day of course 1."""
    first = basis.shared_unbooked(("first", request.not_before), lambda: first_course(basis, request.not_before))
    key = ("rest", first.first_day, request.courses)
    rest = basis.shared_unbooked(key, lambda: _rest(basis, first, request.courses))
    return PlanParts((first, *rest.courses), rest.activities, rest.contraception, rest.visits)


def _rest(basis: PlanBasis, first: Course, courses: int) -> PlanParts:
    later = later_courses(basis, first, courses)
    given = [CourseAnchors(course.number, course.first_day, course.last_day, course.days) for course in (first, *later)]
    activities = _activities(basis.protocol, given, basis.shared)
    visits = visits_of(basis.protocol, basis.calendar.clinic, (first, *later), activities)
    return PlanParts(later, activities, contraception(basis.protocol, given), visits)


def parts_on_record(
    basis: PlanBasis,
    placed: tuple[Course, ...],
    state: TreatmentState,
    history: History,
    tests: RecordedTests,
    *,
    earlier: EarlierRevision | None = None,
) -> PlanParts:
    """Return the parts of a treatment that has begun: its courses, and what follows from them and the recorded tests.

    Dates counted from an unsettled course are provisional. If a row could not be read, no date is given (S06). These
    parts are not shared between plans, because they depend on what one patient was given.
    """
    unsettled = {course.number for course in state.given if course.contradicted}
    if state.unsettled:
        unsettled.add(state.given.latest.number)
    # By their ends, so that what runs on after the last infusion is counted from the last one (S30).
    in_order = sorted(placed, key=lambda course: course.last_day)
    given = [
        CourseAnchors(c.number, c.first_day, c.last_day, c.days, provisional=c.number in unsettled) for c in in_order
    ]
    activities = with_observations(_activities(basis.protocol, given, _not_shared), basis.protocol, tests, state.as_of)
    if earlier:
        activities = earlier.without_past(activities)
    periods = contraception(basis.protocol, given)
    if history.unreadable:
        activities, periods = tuple(a for a in activities if isinstance(a, NoteActivity)), ()
    return PlanParts(placed, activities, periods, visits_of(basis.protocol, basis.calendar.clinic, placed, activities))


def _not_shared(_key: tuple[Hashable, ...], make: Callable[[], _Activities]) -> _Activities:
    return make()


def _activities(
    protocol: Protocol,
    given: Sequence[CourseAnchors],
    share: Callable[[tuple[Hashable, ...], Callable[[], _Activities]], _Activities],
) -> _Activities:
    parts: list[Activity] = []
    for course in given:
        before, following = neighbours(course, given)
        around = (before and before.last_day, course.first_day, following and following.first_day)
        parts += share(
            ("activities", course.number, around),
            lambda: course_activities(protocol, course, before=before, following=following),  # noqa: B023  # called at once
        )
    return (*parts, *treatment_activities(protocol, given[0], given[-1])) if given else ()


@cache
def _versions() -> dict[str, str]:
    from importlib.metadata import version  # noqa: PLC0415  # it costs an import of lemtrada_schedule a tenth of its time

    packages = {"library": "lemtrada_schedule", "tzdata": "tzdata", "holidays": "holidays"}
    return {name: version(package) for name, package in packages.items()}


def _provenance(
    basis: PlanBasis, clinic: Clinic, request: Request, to_come: Sequence[Course], earlier: EarlierRevision | None
) -> Provenance:
    return _Provenance(
        **_versions(),
        protocol_digest=basis.protocol.date_digest,
        rules=basis.protocol,
        protocol_since=earlier.since if earlier else None,
        sources=basis.protocol.cited_sources,
        clinic=clinic,
        closures=_closures(basis, to_come),
        request=request,
    )


def _closures(basis: PlanBasis, courses: Sequence[Course]) -> tuple[FrozenClosure, ...]:
    if not courses:
        return ()
    years = (courses[0].earliest.year, courses[-1].last_day.year)
    return basis.shared(("closures", *years), lambda: basis.calendar.closures(*years))
