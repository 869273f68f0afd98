"""Why an item of a replanned plan moved, was added or was cancelled."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.planning.treatment_state import TreatmentState

__all__ = ["ChangeReasons"]


@dataclass(frozen=True, slots=True, repr=False)
class ChangeReasons:
    """Why the items of a plan changed, from the treatment as it stands."""

    state: TreatmentState
    courses: Mapping[int, Course]
    days_given: frozenset[dt.date]

    @classmethod
    def of_treatment(cls, made: Plan, state: TreatmentState) -> "ChangeReasons":
        """Return the reasons for a plan that was just made."""
        courses = {course.number: course for course in reversed(made.courses)}
        return cls(state, courses, frozenset(day for course in state.given for day in course.days))

    def is_given(self, item: Item) -> bool:
        """Return whether an item belongs to a day on record, so that its hours are those on record and did not move."""
        return item.day in self.days_given

    def of(self, item: Item, *, begins: bool) -> str:
        """Return why an item is on its first day (`begins`), or else on its last."""
        state, course = self.state, self.courses.get(item.course or 0)
        because = (begins and item.begins_because) or item.because or item.begins_because
        if because:
            steps = f"every {item.every}" if item.every else because.offset
            return f"counted from {because.anchor} ({because.anchor_day}) {steps}".rstrip()
        if course is None or course.number <= state.begun:
            return (
                "as it is on record" if self.is_given(item) else f"remaining days of course {item.course} rescheduled"
            )
        scheduled = state.scheduled.get(course.number)
        if scheduled and scheduled.first_day < state.as_of:
            return f"course {course.number} was planned from {scheduled.first_day}, and nothing of it is on record"
        if scheduled and scheduled.first_day < course.earliest:
            return f"the earliest day of course {course.number} is now {course.earliest}"
        if course.passed_over:
            return f"{course.passed_over[0].closed_day}: {course.passed_over[0].reason}"
        return f"course {course.number} is now from {course.first_day}"

    def cancelled(self, item: Item) -> str:
        """Return why the new plan no longer has an item."""
        if self.state.question:
            return f"not planned: {self.state.question}"
        return f"cancelled: course {item.course} has changed" if item.course else "cancelled"
