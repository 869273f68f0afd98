"""A treatment under way: what was given, what was scheduled, and what must be decided first."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.records.courses import CourseGiven, Courses

__all__ = ["TreatmentState", "closed_remaining_day", "treatment_state"]


@dataclass(frozen=True, slots=True, repr=False)
class TreatmentState:
    """A treatment that has begun or was planned before: what was given by a day, and what was scheduled."""

    as_of: dt.date
    given: Courses
    question: str | None
    """What must be decided before a further course is planned; `None` if nothing."""
    unsettled: bool
    """Whether the last course itself needs a decision, so that it has no remaining days and no certain end."""
    scheduled: Mapping[int, Course]
    """The courses of the plan that is replaced, by number."""
    last_known: bool = True
    """Whether the last infusion is known: there is one, and every record could be read."""
    countable: bool = True
    """Whether, moreover, every course is clear, so that later ones can be counted."""
    rest_stays: bool = False
    """Whether the rest of a resumed course stays on its planned days, although nothing says which days are booked."""

    @property
    def begun(self) -> int:
        """The highest course number on record; 0 if there is none."""
        return self.given.highest_number

    @property
    def resumed(self) -> CourseGiven | None:
        """The course that a clinician decided to resume and that has remaining days; `None` if there is none."""
        last = self.given.latest if self.given and not self.unsettled else None
        return last if last and last.is_resumed and not last.settled else None

    def is_of_resumed_part(self, course: int | None, day: dt.date) -> bool:
        """Return whether a day of a course is in its resumed part: on or after the day of the decision."""
        resumed = self.resumed
        decision = resumed.decision if resumed and resumed.number == course else None
        return decision is not None and day >= decision.on


def closed_remaining_day(calendar: OpenDays, given: Courses) -> str | None:
    """Return the closed day because of which a course in progress cannot continue, and why it is closed (S09)."""
    last = given.latest if given else None
    if last is None or last.status != "in-progress" or last.is_resumed:
        return None
    rest = (last.last_day + ONE_DAY * step for step in range(1, last.planned - len(last.days) + 1))
    closed = next(((day, reason) for day in rest if (reason := calendar.closed(day))), None)
    return f"course {last.number} cannot continue: {closed[0]} is closed ({closed[1].reason})" if closed else None


def treatment_state(
    given: Courses, as_of: dt.date, stopped: str | None, scheduled: Mapping[int, Course], calendar: OpenDays
) -> TreatmentState:
    """Describe a treatment under way; `stopped` is why nothing further may be planned, if there is a reason."""
    open_last = (given.question() if given else None) or closed_remaining_day(calendar, given)
    last_known = bool(given) and stopped is None
    countable = last_known and all(course.is_countable for course in given)
    return TreatmentState(as_of, given, stopped or open_last, open_last is not None, scheduled, last_known, countable)
