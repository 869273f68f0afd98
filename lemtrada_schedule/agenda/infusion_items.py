"""Planned infusion days, and past ones that were not done or have no record (S43)."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.agenda.asked import Asked
from lemtrada_schedule.agenda.due_items import DueItem, DueState
from lemtrada_schedule.agenda.treatment import OnRecord, Treatment
from lemtrada_schedule.findings.reasons import reason
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.plan import Plan

__all__ = ["days_without_infusion", "infusion_items"]

_Planned = tuple[Course, InfusionDay]

_GIVEN: Final = ("complete", "partial", "interrupted")
"""The statuses of a course, in a plan, all of whose days were on record when the plan was made."""


def infusion_items(treatment: Treatment, asked: Asked) -> Iterator[DueItem]:
    """Yield each planned infusion day in the range, and each past one in the range without an infusion."""
    for course, day in days_without_infusion(treatment):
        if asked.holds(day.date) and treatment.is_not_done(day.date):
            yield _item(asked, course, day, "missed", "this infusion is on record as not done; ")
        elif asked.holds(day.date):
            yield _item(asked, course, day, "unrecorded", "no infusion is on record for this day; ")
    in_plan = {day.id: day.date for course in treatment.plan.courses for day in course.days}
    for course, day in _ahead(treatment):
        if asked.holds(day.date):
            scheduled = in_plan.get(day.id, day.date)
            yield _item(asked, course, day, "planned", f"the plan has {scheduled}; " if scheduled != day.date else "")


def _item(asked: Asked, course: Course, day: InfusionDay, state: DueState, words: str) -> DueItem:
    return asked.item(
        day.id,
        "infusion",
        day.date,
        state,
        title=f"Infusion day {day.number} of course {course.number}",
        neutral_title="Appointment",
        course=course.number,
        reason=f"{words}course {course.number}: {reason(course.because)}",
    )


def _ahead(treatment: Treatment) -> Iterator[_Planned]:
    """Yield the infusion days from `as_of` on that are not on record."""
    known = _dates(treatment.record) if treatment.record else frozenset()
    for course in treatment.parts.courses:
        for day in course.days:
            if day.date >= treatment.as_of and day.date not in known:
                yield course, day


def days_without_infusion(treatment: Treatment) -> Iterator[_Planned]:
    """Yield the planned infusion days before `as_of` without an infusion on record.

    A day that has moved is not yielded: one that was given on another day instead, or that follows from days given
    later than planned. The days of a resumed course move only because they passed without a record, so they are
    yielded. Without a history, the days that were not on record when the plan was made are yielded.
    """
    record = treatment.record
    if record is None:
        yield from _after_the_plan(treatment.plan, treatment.as_of)
        return
    given = record.state.given
    moved = {day.id for course, day in _ahead(treatment) if not _is_resumed(course, record)}
    for course in treatment.plan.courses:
        still = set(given.without_record(course.number, [day.date for day in course.days], treatment.as_of))
        yield from ((course, day) for day in course.days if day.date in still and day.id not in moved)


def _after_the_plan(plan: Plan, as_of: dt.date) -> Iterator[_Planned]:
    made = plan.provenance.request.as_of
    for course in plan.courses:
        is_begun = course.status == "in-progress" and made is not None
        for day in course.days if course.status not in _GIVEN else ():
            was_given = is_begun and made is not None and day.date < made
            if day.date < as_of and not was_given:
                yield course, day


def _dates(record: OnRecord) -> frozenset[dt.date]:
    return frozenset(day for _, day in record.days)


def _is_resumed(course: Course, record: OnRecord) -> bool:
    given = record.state.given.numbered(course.number)
    return given is not None and given.is_resumed
