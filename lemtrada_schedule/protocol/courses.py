"""The rules of one course and of one infusion day: days, minutes, dose, minimum interval."""

from typing import Annotated

from pydantic import Field

from lemtrada_schedule.dates.spans import Anchor, Span
from lemtrada_schedule.protocol.citations import Citation

__all__ = ["CourseRule", "InfusionDayRule"]


class InfusionDayRule(Citation):
    """What one infusion day consists of: minutes of infusion, then at least the minutes of observation."""

    infusion_minutes: Annotated[int, Field(ge=1, le=1_440)]
    """How long the infusion takes, in minutes."""
    observation_minutes: Annotated[int, Field(ge=1, le=1_440)]
    """How long observation takes after the infusion, in minutes, at least."""
    dose_mg: Annotated[int, Field(ge=1, le=1_000)]
    """The dose of one infusion day, in mg."""
    observation: Citation | None = None
    """The observation time's own source, where it is another than that of the day."""

    @property
    def minutes(self) -> int:
        """Infusion and observation together."""
        return self.infusion_minutes + self.observation_minutes


class CourseRule(Citation):
    """A course: its infusion days, and its distance from the course before. `basis` speaks of the anchor."""

    infusion_days: Annotated[int, Field(ge=1, le=31)]
    """How many consecutive days with an infusion the course has."""
    minimum_interval: Span | None = None
    """How far it lies from the course before, at least; `None` for course 1."""
    counted_from: Anchor = "last infusion"
    """The infusion of the course before from which `minimum_interval` is counted."""
    warn_only_from: Anchor | None = None
    """Judging only: between this anchor and `counted_from`, an early course is a warning, not an error (S11)."""
    optional: bool = False
    """Given only if prescriber and patient decide so; never overdue. An optional last entry repeats (S14)."""
