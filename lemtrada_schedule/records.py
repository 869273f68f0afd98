"""What was decided about a treatment by those who decide."""

from typing import Annotated, Literal

from pydantic import Field

from lemtrada_schedule._model import Model
from lemtrada_schedule.calendar_types import CalendarDate, Text

__all__ = ["Decision"]


class Decision(Model):
    """A clinician's decision on a course that the library does not decide (semantics S10)."""

    course: Annotated[int, Field(ge=1)]
    decision: Literal["resume", "treat-as-complete", "new-course"]
    by: Text
    """Who, or which role."""
    why: Text
    on: CalendarDate
