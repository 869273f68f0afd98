"""Visits of a plan: the tests that are due together, and the last open day for them (S40, S41)."""

import datetime as dt
from collections.abc import Iterator, Sequence

from lemtrada_schedule.clinic.laboratory_days import LaboratoryDays, laboratory_days
from lemtrada_schedule.clinic.stated import StatedClinic
from lemtrada_schedule.errors import HolidayDataMissing
from lemtrada_schedule.plan.activities import Activity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.revision import Change
from lemtrada_schedule.plan.visit_bounds import DueBefore, bounds
from lemtrada_schedule.plan.visit_days import VisitDay, visit_days
from lemtrada_schedule.plan.visits import WHY_NOT_SUGGESTED, NotSuggested, Visit
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.validation.computed import computed

__all__ = ["suggestion_changes", "visits_of", "with_past"]

_Visit = computed(Visit)

_Suggestion = tuple[dt.date | None, NotSuggested | None]


def visits_of(
    protocol: Protocol, clinic: StatedClinic, courses: Sequence[Course], activities: Sequence[Activity]
) -> tuple[Visit, ...]:
    """Return the visits that the activities of a plan require, in order of their due days, with suggested days.

    Args:
        protocol: The protocol of the activities; it says which tests belong to one visit.
        clinic: The clinic: its open days and its `results_days`.
        courses: The courses of the plan.
        activities: The activities, with the tests on record.
    """
    calendar, before = laboratory_days(clinic), DueBefore()
    return tuple(
        _visit(day, _suggested(day, before.of(day), calendar)) for day in visit_days(protocol, activities, courses)
    )


def with_past(visits: Sequence[Visit], before: Sequence[Visit], as_of: dt.date) -> tuple[Visit, ...]:
    """Return visits; those due before a day keep the day that the previous plan suggested: the past stays (S19)."""
    known = {one.id: one for one in before if one.due < as_of}
    return tuple(_as_before(one, known[one.id]) if one.id in known else one for one in visits)


def _as_before(visit: Visit, before: Visit) -> Visit:
    suggestion = (before.suggested, before.not_suggested)
    if visit.due != before.due or suggestion == (visit.suggested, visit.not_suggested):
        return visit
    return visit.model_copy(update={"suggested": before.suggested, "not_suggested": before.not_suggested})


def suggestion_changes(before: Sequence[Visit], after: Sequence[Visit], clinic: StatedClinic) -> Iterator[Change]:
    """Yield a change for each visit of which only the suggested day changed; otherwise it moves with its tests."""
    known = {one.id: one for one in before}
    for visit in after:
        old = known.get(visit.id)
        if old and old.due == visit.due and old.suggested != visit.suggested:
            reason = _why_suggested(old.suggested, visit, laboratory_days(clinic))
            yield Change(
                kind="moved",
                item=visit.id,
                before=old.suggested,
                after=visit.suggested,
                reason=reason,
                which="suggested-day",
            )


def _why_suggested(before: dt.date | None, visit: Visit, calendar: LaboratoryDays) -> str:
    if visit.not_suggested:
        return WHY_NOT_SUGGESTED[visit.not_suggested]
    if before and (closure := calendar.closed(before)):
        return f"{before}: {closure.words(before.weekday())}"
    return "the last open day on which its tests may be done"


def _visit(day: VisitDay, suggestion: _Suggestion) -> Visit:
    suggested, reason = suggestion
    return _Visit(**day.facts(), suggested=suggested, not_suggested=reason)


def _suggested(day: VisitDay, before: dt.date | None, calendar: LaboratoryDays) -> _Suggestion:
    """Return the last open day on which the tests of a visit may be done, or why there is none."""
    try:
        if day.is_plain and not calendar.closed(day.due):  # most are, and need no search
            return day.due, None
        found = calendar.last_open(*bounds(day, before, calendar.clinic.results_days))
    except HolidayDataMissing:
        return None, "holiday-data-missing"
    return (found, None) if found else (None, "no-open-day")
