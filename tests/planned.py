"""The windows of a planned infusion day, which are always there; those of a day on record may not be."""

from lemtrada_schedule.plan import InfusionDay
from lemtrada_schedule.time_windows import TimeWindow


def infusion_of(day: InfusionDay) -> TimeWindow:
    """Return the infusion of a day that has one."""
    assert day.infusion is not None
    return day.infusion


def observation_of(day: InfusionDay) -> TimeWindow:
    """Return the observation of a day that has one."""
    assert day.observation is not None
    return day.observation
