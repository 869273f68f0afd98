"""Possible starts of a course, and the starts that were skipped."""

from lemtrada_schedule.clinic.closures import Closure
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import DerivedDate

__all__ = ["CourseStart", "PassedOver"]


class PassedOver(Model):
    """A start that was tried and skipped, with the first closed day of its block."""

    first_day: DerivedDate
    closed_day: DerivedDate
    reason: str
    """Why `closed_day` is closed, in words."""
    closure: Closure | None = None
    """Why `closed_day` is closed, as a fact; `None` if not stated."""


class CourseStart(Model):
    """A block of consecutive open days, and every earlier start that was tried and skipped."""

    first_day: DerivedDate
    last_day: DerivedDate
    passed_over: Many[PassedOver]
