"""The courses of a plan and their infusion days. Field names are the JSON keys."""

from datetime import date
from typing import Annotated

from pydantic import Field

from lemtrada_schedule.clinic.starts import PassedOver
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.findings.derivation import Basis, Derivation
from lemtrada_schedule.records.courses import CourseStatus
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import DerivedDate
from lemtrada_schedule.validation.summary import Ordinal, Summary

__all__ = ["Course", "InfusionDay", "days_on_record"]


class InfusionDay(Model):
    """One day of a course: the infusion, then the observation, back to back."""

    id: str
    """Role and ordinal, `course-2/day-1`: a moved day keeps its id."""
    date: DerivedDate
    """The day of the infusion."""
    number: int
    """The ordinal of the day within its course, from 1."""
    dose_mg: int | None
    """The dose in mg; `None` for a day on record whose dose is not on record as a whole number of mg."""
    infusion: TimeWindow | None
    """The infusion time; `None` for a day on record whose times are not on record."""
    observation: TimeWindow | None
    """The observation time, at least this long; `None` as for `infusion`."""
    cite: str
    """The source of dose and infusion time."""
    basis: Basis
    """Whether dose and infusion time are from the label or a convention."""
    observation_cite: str
    """The source of the observation time."""
    observation_basis: Basis
    """Whether the observation time is from the label or a convention."""

    def _summary(self) -> Summary:
        yield "day", Ordinal(self.number)


class Course(Model):
    """A block of consecutive infusion days, and the reason for its dates."""

    id: str
    """Role and ordinal, such as `course-2`: a course that moves keeps its id."""
    number: int
    """The number of the course within the treatment, from 1."""
    earliest: DerivedDate
    """The first day that the rules allow, included."""
    recommended: DerivedDate | None
    """Course 1: the requested start. Course 2: its earliest day. Later, optional courses: `None` (S13)."""
    first_day: DerivedDate
    """The first infusion day, included."""
    last_day: DerivedDate
    """The last infusion day, included."""
    drift_days: int
    """Days from the recommended (else the earliest) day to the first day; positive is late."""
    days: Annotated[Many[InfusionDay], Field(min_length=1)]
    """The infusion days, in order."""
    passed_over: Many[PassedOver]
    """The starts that were tried and skipped, in order."""
    status: CourseStatus
    """The status of the course."""
    days_on_record: int | None = None
    """How many of the days are on record: the first ones. `None` if the course has not begun, and in plans of earlier
    releases."""
    because: Derivation
    """Why `earliest` is what it is."""

    def _summary(self) -> Summary:
        yield "course", Ordinal(self.number)
        yield "infusion days", len(self.days)
        yield "skipped starts", len(self.passed_over)


def days_on_record(course: Course, as_of: date | None) -> tuple[InfusionDay, ...]:
    """Return the days of a course that are on record.

    A plan of an earlier release does not say how many of a course in progress are. Its remaining days are never before
    the date of the question, and the infusion of that very day may still be to come, unless a part of it is missing:
    only a day on record may lack its dose or its hours.
    """
    if course.days_on_record is not None:
        return course.days[: course.days_on_record]
    if course.status in ("planned", "tentative"):
        return ()
    if course.status != "in-progress":
        return course.days
    return tuple(day for day in course.days if not _is_whole(day) or (as_of is not None and day.date < as_of))


def _is_whole(day: InfusionDay) -> bool:
    return None not in (day.dose_mg, day.infusion, day.observation)
