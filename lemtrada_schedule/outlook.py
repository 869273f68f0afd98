"""What may come next: possible starts of a course."""

from lemtrada_schedule._model import Many, Model
from lemtrada_schedule.calendar_types import DerivedDate
from lemtrada_schedule.plan import PassedOver

__all__ = ["CourseStart"]


class CourseStart(Model):
    """A block of consecutive open days, and every earlier start that was tried and not taken."""

    first_day: DerivedDate
    last_day: DerivedDate
    passed_over: Many[PassedOver]
