"""The planned infusion days of a course: their dates, hours and doses."""

import datetime as dt

from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.plan.courses import InfusionDay
from lemtrada_schedule.planning.shared_parts import PlanBasis
from lemtrada_schedule.validation.computed import computed

__all__ = ["consecutive_days", "planned_days"]

_InfusionDay = computed(InfusionDay)


def planned_days(basis: PlanBasis, number: int, first_day: dt.date) -> tuple[InfusionDay, ...]:
    """Return all infusion days of a course that starts on a day."""
    ordinals = range(1, basis.protocol.course(number).infusion_days + 1)
    return basis.shared(("days", number, first_day), lambda: consecutive_days(basis, number, first_day, ordinals))


def consecutive_days(basis: PlanBasis, number: int, first_day: dt.date, ordinals: range) -> tuple[InfusionDay, ...]:
    """Return some infusion days of a course, from a day on; `ordinals` are their numbers within the course."""
    return tuple(
        _planned_day(basis, number, ordinal, first_day + ONE_DAY * step) for step, ordinal in enumerate(ordinals)
    )


def _planned_day(basis: PlanBasis, course: int, ordinal: int, day: dt.date) -> InfusionDay:
    rule = basis.protocol.infusion_day
    infusion, observation = basis.shared(("windows", day), lambda: _windows(basis, day))
    observed = rule.observation or rule
    return _InfusionDay(
        id=f"course-{course}/day-{ordinal}",
        date=day,
        number=ordinal,
        dose_mg=rule.dose_mg,
        infusion=infusion,
        observation=observation,
        cite=rule.cite,
        basis=rule.basis,
        observation_cite=observed.cite,
        observation_basis=observed.basis,
    )


def _windows(basis: PlanBasis, day: dt.date) -> tuple[TimeWindow, TimeWindow]:
    rule, clinic = basis.protocol.infusion_day, basis.calendar.clinic
    infusion = TimeWindow.on(day, clinic.infusion_starts, clinic.time_zone, rule.infusion_minutes)
    return infusion, TimeWindow.after(infusion.end, rule.observation_minutes, clinic.time_zone)
