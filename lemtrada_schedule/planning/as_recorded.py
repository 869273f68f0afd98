"""The dates of a plan, counted from the infusions on record, without placing any course again (S43)."""

from collections.abc import Iterator, Sequence

from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.planning.given_courses import recorded_course
from lemtrada_schedule.planning.shared_parts import PlanBasis
from lemtrada_schedule.planning.treatment_state import TreatmentState
from lemtrada_schedule.protocol.intervals import earliest_day

__all__ = ["courses_as_recorded"]


def courses_as_recorded(plan: Plan, basis: PlanBasis, state: TreatmentState) -> tuple[Course, ...]:
    """Return the current courses of a plan: those on record as given, then the future ones.

    A course on record has the days given, and the remaining days while it is in progress. A course that has not begun
    is on its planned days. It is omitted, with all later courses, if a decision is needed or if the infusions on
    record no longer allow its days. It is also omitted once all its days have passed, because dates count from what
    is on record.

    Raises:
        NoFeasibleStart: The clinic has no block of open days for the rest of a resumed course.
        HolidayDataMissing: The rest of a course reaches a year without public holiday data.
        LocalTimeError: The clocks skip or repeat the infusion's start on a remaining day.
    """
    request = plan.provenance.request
    given = [recorded_course(basis, course, state, request) for course in state.given]
    ahead = [course for course in plan.courses if course.number > state.begun and course.last_day >= state.as_of]
    return (*given, *_still_allowed(basis, given, ahead)) if state.question is None else tuple(given)


def _still_allowed(basis: PlanBasis, given: Sequence[Course], ahead: Sequence[Course]) -> Iterator[Course]:
    before = max(given, key=lambda course: course.last_day, default=None)
    for course in ahead:
        if before:
            earliest = earliest_day(basis.protocol, course.number, before.first_day, before.last_day)
            if earliest is None or course.first_day < max(earliest, before.last_day):
                return
        yield course
        before = course
