"""The windows of a planned infusion day, which are always there; those of a day on record may not be."""

from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.plan.courses import InfusionDay


def infusion_of(day: InfusionDay) -> TimeWindow:
    """Return the infusion of a day that has one."""
    assert day.infusion is not None
    return day.infusion


def observation_of(day: InfusionDay) -> TimeWindow:
    """Return the observation of a day that has one."""
    assert day.observation is not None
    return day.observation
