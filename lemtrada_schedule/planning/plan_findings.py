"""Findings about a plan: passed deadlines, limits, differing zone data, public holidays."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, assert_never

from lemtrada_schedule.clinic.booked_days import BookedDays
from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.clinic.public_holidays import PublicHoliday, holidays_in, other_holidays, regions_that_differ
from lemtrada_schedule.clinic.stated import StatedClinic
from lemtrada_schedule.dates.months import ONE_DAY, add_months
from lemtrada_schedule.dates.time_windows import zone_data_differ
from lemtrada_schedule.findings.catalogue import (
    CHAIRS_OVERBOOKED,
    CONFIRM_CORTICOSTEROID,
    DATA_LIMITED_BEYOND,
    DEADLINE_PASSED,
    HOLIDAY_ESTIMATED,
    HOLIDAY_OF_ANOTHER_CATEGORY,
    INFUSION_IN_FUTURE,
    NEEDS_CLINICAL_DECISION,
    NO_PUBLIC_HOLIDAYS_KNOWN,
    START_FAR_AHEAD,
    START_IN_PAST,
    SUBDIVISION_MATTERS,
    TENTATIVE_IN_PAST,
    TENTATIVE_ON_CLOSED_DAY,
    UNRECORDED,
    ZONE_DATA_DIFFERS,
)
from lemtrada_schedule.findings.finding import At, Finding
from lemtrada_schedule.plan.activities import (
    Activity,
    AfterInfusionActivity,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.provenance import Request
from lemtrada_schedule.planning.shared_parts import PlanBasis
from lemtrada_schedule.planning.treatment_state import TreatmentState
from lemtrada_schedule.records.courses import CourseGiven
from lemtrada_schedule.records.history import History

__all__ = ["ahead", "plan_findings"]

FAR_AHEAD_MONTHS: Final = 12

_Place = tuple[str, str | None, tuple[str, ...] | None]
"""A country, a subdivision of it, and the categories of holidays that are closed days."""


def ahead(courses: Sequence[Course], state: TreatmentState | None) -> tuple[Course, ...]:
    """Return the courses with at least one future day."""
    begun = state.begun if state else 0
    return tuple(course for course in courses if course.number > begun or course.status == "in-progress")


def plan_findings(
    basis: PlanBasis,
    courses: Sequence[Course],
    activities: Sequence[Activity],
    *,
    request: Request,
    state: TreatmentState | None,
    history: History | None,
) -> tuple[Finding, ...]:
    """Return the findings about a plan: its request, deadlines, courses and public holidays."""
    to_come = ahead(courses, state)
    begun = state.begun if state else 0
    waiting = [a for a in activities if (a.course or 1) > begun]
    found = [*_request_findings(request, state), *_passed_deadlines(waiting, request.as_of)]
    found += _calendar_findings(basis, to_come) if to_come else ()
    if not state or not history:
        return tuple(found)
    found += [*_state_findings(courses, state, history), *_tentative(courses, basis.calendar, state.as_of)]
    return (*found, *_overbooked(to_come, basis.booked, state))


def _overbooked(to_come: Sequence[Course], booked: BookedDays | None, state: TreatmentState) -> Iterator[Finding]:
    """Yield a finding for each scheduled day on which other plans take every chair: such days stay (S44)."""
    given = {day for course in state.given for day in course.days}
    for course in to_come if booked else ():
        for day in course.days:
            if day.date >= state.as_of and day.date not in given and booked and booked.is_full(day.date):
                yield CHAIRS_OVERBOOKED.at(course=course.number, day=day.date, chairs=booked.chairs)


def _tentative(courses: Sequence[Course], calendar: OpenDays, as_of: dt.date) -> Iterator[Finding]:
    """Yield a finding for each past or closed day of a tentative course; such courses stay as scheduled (S09)."""
    for course in courses:
        if course.status != "tentative":
            continue
        if course.first_day < as_of:
            yield TENTATIVE_IN_PAST.at(course=course.number, day=course.first_day, as_of=as_of)
        for day in course.days:
            if day.date >= as_of and (closed := calendar.closed(day.date)):
                yield TENTATIVE_ON_CLOSED_DAY.at(course=course.number, day=day.date, reason=closed.reason)


def _state_findings(courses: Sequence[Course], state: TreatmentState, history: History) -> Iterator[Finding]:
    last = state.given.latest if state.given else None
    for record in history.infusions:
        if record.is_exposure and record.date > state.as_of:
            yield INFUSION_IN_FUTURE.at(day=record.date, row=record.row)
    contradicted = list(state.given.number_findings())
    yield from contradicted
    if last and state.unsettled and not (contradicted or history.unreadable):
        at: At = {"course": last.number, "day": last.last_day, "row": last.last_row}
        yield NEEDS_CLINICAL_DECISION.at(**at, given=len(last.days), planned=last.planned, last=last.last_day)
    if resumed := state.resumed:
        days = [day.date for course in courses if course.number == resumed.number for day in course.days]
        yield CONFIRM_CORTICOSTEROID.at(course=resumed.number, day=_resumed_on(resumed, days))
    if not state.question:
        yield from _unrecorded(state)


def _resumed_on(course: CourseGiven, days: Sequence[dt.date]) -> dt.date:
    """Return the first day of the resumed part of a course: on record after a gap since the decision, else planned."""
    given = zip(course.days, course.days[1:], strict=False)
    decided = course.decision.on if course.decision else days[0]
    again = (day for before, day in given if day >= decided and day - before > ONE_DAY)
    return next(again, days[len(course.days)])


def _unrecorded(state: TreatmentState) -> Iterator[Finding]:
    """Yield a finding for each course, and each day of a resumed course, that passed without a record (S19)."""
    if (resumed := state.resumed) and (scheduled := state.scheduled.get(resumed.number)):
        planned = [day.date for day in scheduled.days]
        for day in state.given.without_record(resumed.number, planned, state.as_of):
            if state.is_of_resumed_part(resumed.number, day):
                yield UNRECORDED.at(course=resumed.number, day=day, how="to continue on", what="no infusion")
    for number, course in sorted(state.scheduled.items()):
        if number > state.begun and course.first_day < state.as_of:
            yield UNRECORDED.at(course=number, day=course.first_day, how="from", what="none of it")


def _request_findings(request: Request, state: TreatmentState | None) -> list[Finding]:
    not_before, as_of = request.not_before, request.as_of
    if as_of is None or state is not None:
        return []
    if not_before < as_of:
        return [START_IN_PAST.at(course=1, day=not_before, not_before=not_before, as_of=as_of)]
    if not_before > add_months(as_of, FAR_AHEAD_MONTHS, rounding="later"):
        return [START_FAR_AHEAD.at(course=1, day=not_before, not_before=not_before, as_of=as_of)]
    return []


def _passed_deadlines(activities: Sequence[Activity], as_of: dt.date | None) -> list[Finding]:
    if as_of is None:
        return []
    return [
        DEADLINE_PASSED.at(course=a.course, day=last_day, cite=cite, title=a.title, last_day=last_day, as_of=as_of)
        for a in activities
        for last_day, cite in _deadlines(a)
        if last_day < as_of
    ]


def _deadlines(activity: Activity) -> Iterator[tuple[dt.date, str | None]]:
    """Yield each deadline with its source: the end of each window, and of each baseline that is not done."""
    match activity:
        case WindowActivity(last_day=last_day, because=because):
            if last_day and because:
                yield last_day, because.cite
        case SeriesActivity(baseline=baseline):
            if baseline and not baseline.done:
                yield baseline.last_day, baseline.because.cite
        case PeriodActivity() | InfusionDaysActivity() | AfterInfusionActivity() | NoteActivity():
            return
        case _ as never:
            assert_never(never)


def _calendar_findings(basis: PlanBasis, planned: Sequence[Course]) -> Sequence[Finding]:
    """Return the findings that follow from the calendar alone; shared if no course has begun."""

    def found() -> tuple[Finding, ...]:
        return (*_course_findings(basis, planned), *_holiday_findings(basis.calendar.clinic, planned))

    if any(course.status != "planned" for course in planned):  # then the times of a day may be a patient's
        return found()
    placed = ((course.number, course.earliest, course.first_day, course.last_day) for course in planned)
    return basis.shared(("findings", *placed), found)


def _course_findings(basis: PlanBasis, planned: Sequence[Course]) -> Iterator[Finding]:
    limit = basis.protocol.data_limited_beyond
    for course in planned:
        number, day = course.number, course.first_day
        if limit and number > limit.courses:
            yield DATA_LIMITED_BEYOND.at(course=number, day=day, cite=limit.cite, limit=limit.courses)
        if _zone_differs(basis, course):
            one, other = "the system's zone data", "the tzdata package"
            zone = basis.calendar.clinic.time_zone
            yield ZONE_DATA_DIFFERS.at(course=number, day=day, time_zone=zone, one=one, other=other)


def _zone_differs(basis: PlanBasis, course: Course) -> bool:
    def compared() -> bool:
        windows = (window for day in course.days for window in (day.infusion, day.observation) if window)
        return any(map(zone_data_differ, windows))

    if course.status != "planned":  # then the times of a day may be a patient's
        return compared()
    return basis.shared(("zone", course.number, course.first_day), compared)


def _years(planned: Sequence[Course]) -> range:
    return range(planned[0].earliest.year, planned[-1].last_day.year + 1)


def _holiday_findings(clinic: StatedClinic, planned: Sequence[Course]) -> list[Finding]:
    years = _years(planned)
    if clinic.country is None:
        return [NO_PUBLIC_HOLIDAYS_KNOWN.at(where="a clinic without a country")]
    country, subdivision, categories = clinic.country, clinic.subdivision, clinic.holiday_categories
    found = []
    if not any(holidays_in(country, subdivision, year, categories) for year in years):
        found.append(NO_PUBLIC_HOLIDAYS_KNOWN.at(where=f"{country} in these years"))
    if subdivision is None:
        differing = {region for year in years for region in regions_that_differ(country, year, categories)}
        if differing:
            found.append(SUBDIVISION_MATTERS.at(country=country, subdivisions=", ".join(sorted(differing))))
    place = (country, subdivision, categories)
    return [*found, *_estimated_holidays(place, planned), *_of_another_category(place, planned)]


def _estimated_holidays(place: _Place, planned: Sequence[Course]) -> list[Finding]:
    """Return a note for each estimated holiday that touches a course, or would if it moved by a day."""
    country, subdivision, categories = place
    years = range((planned[0].earliest - ONE_DAY).year, (planned[-1].last_day + ONE_DAY).year + 1)
    estimated = [h for year in years for h in _estimates(country, subdivision, year, categories)]
    return [
        HOLIDAY_ESTIMATED.at(course=course.number, day=h.date, name=h.name)
        for course in planned
        for h in estimated
        if course.earliest - ONE_DAY <= h.date <= course.last_day + ONE_DAY
    ]


def _of_another_category(place: _Place, planned: Sequence[Course]) -> Iterator[Finding]:
    """Yield a note for each infusion day on a holiday in a category that the clinic does not observe."""
    country, subdivision, categories = place
    for course in planned:
        for year in range(course.first_day.year, course.last_day.year + 1):
            others = other_holidays(country, subdivision, year, categories)
            for date in [day.date for day in course.days if day.date in others]:
                name, category = others[date]
                at: At = {"course": course.number, "day": date}
                yield HOLIDAY_OF_ANOTHER_CATEGORY.at(**at, name=name, category=category)


@lru_cache(maxsize=1_024)
def _estimates(
    country: str, subdivision: str | None, year: int, categories: tuple[str, ...] | None
) -> tuple[PublicHoliday, ...]:
    return tuple(h for h in holidays_in(country, subdivision, year, categories) if h.estimated)
