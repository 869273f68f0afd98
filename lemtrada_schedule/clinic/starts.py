"""Possible starts of a course, and the starts that were skipped."""

from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import DerivedDate

__all__ = ["CourseStart", "PassedOver"]


class PassedOver(Model):
    """A start day that was tried and not taken, with the first closed day of its block."""

    first_day: DerivedDate
    closed_day: DerivedDate
    reason: str


class CourseStart(Model):
    """A block of consecutive open days, and every earlier start that was tried and not taken."""

    first_day: DerivedDate
    last_day: DerivedDate
    passed_over: Many[PassedOver]
