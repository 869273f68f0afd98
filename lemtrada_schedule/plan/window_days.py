"""The last open day for what is done within a window, such as an ECG before course 1 (S41, S43)."""

import datetime as dt
from collections.abc import Sequence

from lemtrada_schedule.clinic.laboratory_days import laboratory_days
from lemtrada_schedule.clinic.stated import StatedClinic
from lemtrada_schedule.errors import HolidayDataMissing
from lemtrada_schedule.plan.activities import Activity, WindowActivity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.visit_bounds import window_bounds
from lemtrada_schedule.plan.visits import NotSuggested, Visit

__all__ = ["Suggestion", "suggested_in_window", "suggestion"]

Suggestion = tuple[dt.date | None, NotSuggested | None]
"""A suggested day, or why there is none; neither for an item that needs no day at the clinic."""


def suggested_in_window(part: Course | Activity | Visit, courses: Sequence[Course], clinic: StatedClinic) -> Suggestion:
    """Return the last open day of a window, or why there is none; neither for a window without an end, or no window."""
    if not isinstance(part, WindowActivity) or part.last_day is None:
        return None, None
    try:
        day = laboratory_days(clinic).last_open(*window_bounds(part, part.last_day, courses))
    except HolidayDataMissing:
        return None, "holiday-data-missing"
    return (day, None) if day else (None, "no-open-day")


def suggestion(plan: Plan, item: Item) -> Suggestion:
    """Return the day suggested for a visit or a window of a plan, or why there is none."""
    if item.visit:
        return item.visit.suggested, item.visit.not_suggested
    return suggested_in_window(item.part.source_part, plan.courses, plan.provenance.clinic)
