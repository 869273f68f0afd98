"""The planned infusion days of a course, with hours and doses."""

import datetime as dt

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.plan.courses import InfusionDay
from lemtrada_schedule.protocol.protocol import Protocol

__all__ = ["consecutive_days", "planned_days"]


def planned_days(protocol: Protocol, table: OpenDays, number: int, first_day: dt.date) -> tuple[InfusionDay, ...]:
    """Return the infusion days of a course that starts on a day."""
    count = protocol.course(number).infusion_days
    key = ("days", protocol.digest, number, first_day)
    return table.shared(key, lambda: consecutive_days(protocol, table, number, (first_day, 1, count)))


def consecutive_days(
    protocol: Protocol, table: OpenDays, number: int, run: tuple[dt.date, int, int]
) -> tuple[InfusionDay, ...]:
    """Return planned days; `run` is the first one's date and ordinal, and the last one's ordinal."""
    first_day, first, last = run
    dates = {ordinal: first_day + ONE_DAY * (ordinal - first) for ordinal in range(first, last + 1)}
    return tuple(_planned_day(protocol, table, number, ordinal, day) for ordinal, day in dates.items())


def _windows(protocol: Protocol, clinic: Clinic, day: dt.date) -> tuple[TimeWindow, TimeWindow]:
    rule, zone = protocol.infusion_day, clinic.time_zone
    infusion = TimeWindow.on(day, clinic.infusion_starts, zone, rule.infusion_minutes)
    return infusion, TimeWindow.after(infusion.end, rule.observation_minutes, zone)


def _planned_day(protocol: Protocol, table: OpenDays, course: int, ordinal: int, day: dt.date) -> InfusionDay:
    rule = protocol.infusion_day
    windows = table.shared(("windows", protocol.digest, day), lambda: _windows(protocol, table.clinic, day))
    observed = rule.observation or rule
    return InfusionDay(
        id=f"course-{course}/day-{ordinal}",
        date=day,
        number=ordinal,
        dose_mg=rule.dose_mg,
        infusion=windows[0],
        observation=windows[1],
        cite=rule.cite,
        basis=rule.basis,
        observation_cite=observed.cite,
        observation_basis=observed.basis,
    )
