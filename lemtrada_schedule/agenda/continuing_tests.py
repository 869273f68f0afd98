"""Tests without a stated end: their due dates beyond the 48 months that a plan lists (S20, S42)."""

import datetime as dt
from collections.abc import Sequence

from lemtrada_schedule.clinic.stated import StatedClinic
from lemtrada_schedule.plan.activities import Activity, SeriesActivity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.planning.assembling import PlanParts
from lemtrada_schedule.planning.visits import visits_of
from lemtrada_schedule.protocol.due_dates import due_days, neighbours
from lemtrada_schedule.protocol.protocol import Protocol

__all__ = ["continued"]


def continued(parts: PlanParts, rules: Protocol, clinic: StatedClinic, until: dt.date) -> PlanParts:
    """Return the dates of a treatment, extended by tests without a stated end up to a day, included.

    A plan lists these tests up to 48 months after the last infusion (S20). After that they are still due and judged.

    Args:
        parts: The dates as a plan lists them.
        rules: The protocol, which says which tests belong to one visit.
        clinic: The clinic whose open days are suggested.
        until: The last day of the question.
    """
    further = {one.id: days for one in parts.activities if (days := _further(one, parts.courses, until))}
    if not further:
        return parts
    activities = tuple(_with(one, further.get(one.id, ())) for one in parts.activities)
    return parts._replace(activities=activities, visits=visits_of(rules, clinic, parts.courses, activities))


def _further(activity: Activity, courses: Sequence[Course], until: dt.date) -> tuple[dt.date, ...]:
    """Return the due dates of a test after those that a plan lists, up to a day and to the next course."""
    if not isinstance(activity, SeriesActivity) or not activity.continuing or until <= activity.ends_because.result:
        return ()
    own = next((course for course in courses if course.number == activity.course), None)
    following = neighbours(own, courses)[1] if own else None
    ends = min(until, following.first_day) if following else until
    days = due_days(activity.every, activity.because.anchor_day, ends)
    return tuple(day for day in days if day > activity.ends_because.result)


def _with(activity: Activity, further: Sequence[dt.date]) -> Activity:
    if not isinstance(activity, SeriesActivity) or not further:
        return activity
    return activity.model_copy(update={"dates": (*activity.dates, *further)})
