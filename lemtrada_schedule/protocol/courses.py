"""The rules of one course and of one infusion day: days, minutes, dose, minimum interval."""

from typing import Annotated

from pydantic import Field

from lemtrada_schedule.dates.spans import Anchor, Span
from lemtrada_schedule.protocol.citations import Citation

__all__ = ["CourseRule", "InfusionDayRule"]


class InfusionDayRule(Citation):
    """What one infusion day consists of: minutes of infusion, then at least the minutes of observation."""

    infusion_minutes: Annotated[int, Field(ge=1, le=1_440)]
    """The length of the infusion, in minutes."""
    observation_minutes: Annotated[int, Field(ge=1, le=1_440)]
    """The minimum length of observation after the infusion, in minutes."""
    dose_mg: Annotated[int, Field(ge=1, le=1_000)]
    """The dose of one infusion day, in mg."""
    observation: Citation | None = None
    """The source of the observation time, if it differs from that of the day."""

    @property
    def minutes(self) -> int:
        """The length of infusion and observation together, in minutes."""
        return self.infusion_minutes + self.observation_minutes


class CourseRule(Citation):
    """A course: its infusion days, and its interval from the previous course. `basis` is that of the anchor."""

    infusion_days: Annotated[int, Field(ge=1, le=31)]
    """The number of consecutive infusion days."""
    minimum_interval: Span | None = None
    """The minimum interval from the previous course; `None` for course 1."""
    counted_from: Anchor = "last infusion"
    """The infusion of the previous course from which `minimum_interval` is counted."""
    warn_only_from: Anchor | None = None
    """For judging only: an early course is a warning, not an error, if it is late enough after this anchor (S11)."""
    optional: bool = False
    """Given only if prescriber and patient decide so; never overdue. An optional last entry repeats (S14)."""
