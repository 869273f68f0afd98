"""What there is to say about a plan besides its dates: deadlines, limits, zone data and public holidays."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from lemtrada_schedule.findings import (
    DATA_LIMITED_BEYOND,
    DEADLINE_PASSED,
    HOLIDAY_ESTIMATED,
    NO_PUBLIC_HOLIDAYS_KNOWN,
    START_FAR_AHEAD,
    START_IN_PAST,
    SUBDIVISION_MATTERS,
    ZONE_DATA_DIFFERS,
    Finding,
)
from lemtrada_schedule.open_days import OpenDays
from lemtrada_schedule.plan import Activity, Course, Request, SeriesActivity, WindowActivity
from lemtrada_schedule.protocol import Protocol
from lemtrada_schedule.public_holidays import PublicHoliday, holidays_in, regions_that_differ
from lemtrada_schedule.spans import add_months
from lemtrada_schedule.time_windows import zone_data_differ

__all__ = ["plan_findings"]

FAR_AHEAD_MONTHS: Final = 12
_ONE_DAY: Final = dt.timedelta(days=1)


def plan_findings(
    protocol: Protocol, table: OpenDays, planned: Sequence[Course], activities: Sequence[Activity], request: Request
) -> tuple[Finding, ...]:
    """Return everything there is to say about a plan: about the request, its deadlines, courses and holidays."""
    found = [*_request_findings(request), *_passed_deadlines(activities, request.as_of)]
    found += _course_findings(protocol, table, planned)
    found += _holiday_findings(table, planned)
    return tuple(found)


def _request_findings(request: Request) -> list[Finding]:
    not_before, as_of = request.not_before, request.as_of
    if as_of is None:
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
    if isinstance(activity, WindowActivity) and activity.last_day and activity.because:
        yield activity.last_day, activity.because.cite
    if isinstance(activity, SeriesActivity) and activity.baseline:
        yield activity.baseline.last_day, activity.baseline.because.cite


def _course_findings(protocol: Protocol, table: OpenDays, planned: Sequence[Course]) -> Iterator[Finding]:
    key = ("zone", protocol.digest, *(course.first_day for course in planned))
    differing = table.shared(key, lambda: [course.number for course in planned if _zone_differs(course)])
    limit = protocol.data_limited_beyond
    for course in planned:
        number, day = course.number, course.first_day
        if limit and number > limit.courses:
            yield DATA_LIMITED_BEYOND.at(course=number, day=day, cite=limit.cite, limit=limit.courses)
        if number in differing:
            one, other = "the system's zone data", "the tzdata package"
            yield ZONE_DATA_DIFFERS.at(course=number, day=day, time_zone=table.clinic.time_zone, one=one, other=other)


def _zone_differs(course: Course) -> bool:
    return any(zone_data_differ(window) for day in course.days for window in (day.infusion, day.observation))


def _years(planned: Sequence[Course]) -> range:
    return range(planned[0].earliest.year, planned[-1].last_day.year + 1)


def _holiday_findings(table: OpenDays, planned: Sequence[Course]) -> list[Finding]:
    country, subdivision = table.clinic.country, table.clinic.subdivision
    years = _years(planned)
    if country is None:
        return [NO_PUBLIC_HOLIDAYS_KNOWN.at(where="a clinic without a country")]
    found = []
    if not any(holidays_in(country, subdivision, year) for year in years):
        found.append(NO_PUBLIC_HOLIDAYS_KNOWN.at(where=f"{country} in these years"))
    if subdivision is None and (regions := sorted({r for year in years for r in regions_that_differ(country, year)})):
        found.append(SUBDIVISION_MATTERS.at(country=country, subdivisions=", ".join(regions)))
    return found + _estimated_holidays(country, subdivision, planned)


def _estimated_holidays(country: str, subdivision: str | None, planned: Sequence[Course]) -> list[Finding]:
    """Return a note for each estimated holiday that touches a course, or would if it moved by a day."""
    years = range((planned[0].earliest - _ONE_DAY).year, (planned[-1].last_day + _ONE_DAY).year + 1)
    estimated = [h for year in years for h in _estimates(country, subdivision, year)]
    return [
        HOLIDAY_ESTIMATED.at(course=course.number, day=h.date, name=h.name)
        for course in planned
        for h in estimated
        if course.earliest - _ONE_DAY <= h.date <= course.last_day + _ONE_DAY
    ]


@lru_cache(maxsize=1_024)
def _estimates(country: str, subdivision: str | None, year: int) -> tuple[PublicHoliday, ...]:
    return tuple(h for h in holidays_in(country, subdivision, year) if h.estimated)
