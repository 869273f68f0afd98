"""Why an item of a replanned plan moved, was added or was cancelled."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lemtrada_schedule.plan.changes import Difference, InWhat
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.revision import Change
from lemtrada_schedule.planning.treatment_state import TreatmentState
from lemtrada_schedule.validation.scalars import clock

__all__ = ["ChangeReasons"]

UNCHANGED: Final = "unchanged"
SETTLED: Final = "same date, now confirmed"


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

    def changes(self, found: Iterable[Difference]) -> tuple[Change, ...]:
        """Return differences as changes, each with its reason."""
        return tuple(
            Change(kind=one.kind, item=one.item.id, before=one.before, after=one.after, reason=self.reason(one))
            for one in found
        )

    def reason(self, found: Difference) -> str:
        """Return why an item is where it is, or no longer is."""
        match found.in_what:
            case "nothing":
                return UNCHANGED
            case "confirmed":
                return SETTLED
            case "end withdrawn":
                return "end date withdrawn"
            case "hours" if found.item.start:
                return f"its hours are now from {clock(found.item.start)}"
            case _:
                is_gone = found.kind == "cancelled"
                return self._cancelled(found.item) if is_gone else self._placed(found.item, found.in_what)

    def _placed(self, item: Item, in_what: InWhat) -> str:
        """Return why an item is on its first day, or else on its last."""
        state, part = self.state, item.part
        course = self.courses.get(part.course or 0)
        because = (in_what == "first day" and item.begins_because) or item.because or item.begins_because
        if because:
            series = None if item.baseline else part.recurrence
            steps = f"every {series.every}" if series else because.offset
            return f"counted from {because.anchor} ({because.anchor_day}) {steps}".rstrip()
        if course is None or course.number <= state.begun:
            is_given = item.first_day in self.days_given
            return "as it is on record" if is_given else f"remaining days of course {part.course} rescheduled"
        scheduled = state.scheduled.get(course.number)
        if scheduled and scheduled.first_day < state.as_of:
            return f"course {course.number} was planned from {scheduled.first_day}, and nothing of it is on record"
        if scheduled and scheduled.first_day < course.earliest:
            return f"the earliest day of course {course.number} is now {course.earliest}"
        if course.passed_over:
            return f"{course.passed_over[0].closed_day}: {course.passed_over[0].reason}"
        return f"course {course.number} is now from {course.first_day}"

    def _cancelled(self, item: Item) -> str:
        if self.state.question:
            return f"not planned: {self.state.question}"
        return f"cancelled: course {item.part.course} has changed" if item.part.course else "cancelled"
