"""Infusion and observation of a planned infusion day. Planned days have both; recorded days may lack them."""

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
