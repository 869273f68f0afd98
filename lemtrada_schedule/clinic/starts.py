"""Possible starts of a course, and the starts that were skipped."""

from lemtrada_schedule.clinic.closures import Closure
from lemtrada_schedule.validation.model import Many, Model
from lemtrada_schedule.validation.scalars import DerivedDate
from lemtrada_schedule.validation.summary import Summary

__all__ = ["CourseStart", "PassedOver"]


class PassedOver(Model):
    """A start that was tried and skipped, with the first closed day of its block."""

    first_day: DerivedDate
    """The day on which the course would have started."""
    closed_day: DerivedDate
    """The first closed day of its block."""
    reason: str
    """Why `closed_day` is closed, in words."""
    closure: Closure | None = None
    """Why `closed_day` is closed, as a fact; `None` in plans of earlier releases."""

    def _summary(self) -> Summary:
        yield "closed", self.closure.kind if self.closure else "closed"


class CourseStart(Model):
    """A block of consecutive open days, and every earlier start that was tried and skipped."""

    first_day: DerivedDate
    """The first infusion day, included."""
    last_day: DerivedDate
    """The last infusion day, included."""
    passed_over: Many[PassedOver]
    """The earlier starts that were tried and skipped, in order."""

    def _summary(self) -> Summary:
        yield "days", (self.last_day - self.first_day).days + 1
        yield "skipped starts", len(self.passed_over)
