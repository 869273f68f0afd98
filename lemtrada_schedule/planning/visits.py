"""Visits of a plan: the tests that are due together, and the last open day for them (S40, S41)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from lemtrada_schedule.clinic.laboratory_days import LaboratoryDays, laboratory_days
from lemtrada_schedule.clinic.stated import StatedClinic
from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.errors import HolidayDataMissing
from lemtrada_schedule.plan.activities import Activity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.visit_days import VisitDay, visit_days
from lemtrada_schedule.plan.visits import NotSuggested, Visit
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.validation.computed import computed

__all__ = ["visits_of", "with_past"]

_Visit = computed(Visit)

LONGEST_SEARCH: Final = 366
"""How many days before its due day a visit is suggested at most, where no rule says less: a year and a day."""

_Suggestion = tuple[dt.date | None, NotSuggested | None]


def visits_of(
    protocol: Protocol, clinic: StatedClinic, courses: Sequence[Course], activities: Sequence[Activity]
) -> tuple[Visit, ...]:
    """Return the visits that the activities of a plan make, in order of their due days, each with a day suggested.

    Args:
        protocol: The rules that the activities were dated by: they say what belongs to one visit.
        clinic: The clinic, whose days are open or closed, and its `results_days`.
        courses: The courses of the plan.
        activities: Its activities, with what is on record of them.
    """
    if not courses:
        return ()
    first_course = min(courses, key=lambda course: course.last_day).number
    calendar, before = laboratory_days(clinic), _Before()
    return tuple(
        _visit(day, _suggested(day, before.of(day), calendar)) for day in visit_days(protocol, activities, first_course)
    )


def with_past(visits: Sequence[Visit], before: Sequence[Visit], as_of: dt.date) -> tuple[Visit, ...]:
    """Return visits; those due before a day keep the day that the plan before suggested: the past stays (S19)."""
    known = {one.id: one for one in before if one.due < as_of}
    return tuple(_as_before(one, known[one.id]) if one.id in known else one for one in visits)


def _as_before(visit: Visit, before: Visit) -> Visit:
    suggestion = (before.suggested, before.not_suggested)
    if visit.due != before.due or suggestion == (visit.suggested, visit.not_suggested):
        return visit
    return visit.model_copy(update={"suggested": before.suggested, "not_suggested": before.not_suggested})


class _Before:
    """The due days of each group so far, in order."""

    def __init__(self) -> None:
        self._any: dict[str, dt.date] = {}
        self._without_baselines: dict[str, dt.date] = {}

    def of(self, day: VisitDay) -> dt.date | None:
        """Return the due day before this one, and take this one in.

        Before a baseline due on the eve of its course, a visit that serves as a baseline is no due day (S41).
        """
        serves = day.baselines
        is_on_eve = any(one.due == one.last_day for one in serves)
        before = (self._without_baselines if is_on_eve else self._any).get(day.group)
        self._any[day.group] = day.due
        if not serves:
            self._without_baselines[day.group] = day.due
        return before


def _visit(day: VisitDay, suggestion: _Suggestion) -> Visit:
    suggested, reason = suggestion
    return _Visit(
        id=day.id,
        group=day.group,
        course=day.course,
        kind=day.kind,
        due=day.due,
        suggested=suggested,
        not_suggested=reason,
        tests=day.tests,
        title=day.title,
        neutral_title=day.neutral_title,
        because=day.because,
    )


def _suggested(day: VisitDay, before: dt.date | None, calendar: LaboratoryDays) -> _Suggestion:
    """Return the last open day that a visit may be made on, else why there is none."""
    tried = _latest(day, calendar.clinic.results_days)
    first = max(_floors(day, before))
    try:
        while tried >= first:
            if not calendar.closed(tried):
                return tried, None
            tried -= ONE_DAY
    except HolidayDataMissing:
        return None, "holiday-data-missing"
    return None, "no-open-day"


def _latest(day: VisitDay, results_days: int) -> dt.date:
    """Return the last day allowed: the due day, and for a baseline early enough to have its results by the course."""
    firsts = [one.last_day + ONE_DAY for one in day.baselines]
    return min([day.due, *(first - ONE_DAY * results_days for first in firsts)])


def _floors(day: VisitDay, before: dt.date | None) -> Iterator[dt.date]:
    """Yield the first day that each rule allows."""
    yield day.due - ONE_DAY * LONGEST_SEARCH
    if before is not None:
        yield before + ONE_DAY
    if day.anchor is not None:
        yield day.anchor + ONE_DAY
    if day.gap is not None:
        yield day.due - ONE_DAY * (day.gap // 2)
    if day.opens is not None:
        yield day.opens
