"""The dated items of a plan by their stable ids: what is compared when a plan is made again."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import (
    AfterInfusionActivity,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.plan import Plan

__all__ = ["NAMESPACE", "Item", "items"]

NAMESPACE: Final = UUID("f9ad920d-87e2-4382-a8ca-a7ac25c2eb1f")
"""What the ids of items in other systems are derived from: `uuid5(NAMESPACE, "{plan_id}/{item}")`. It never changes."""


@dataclass(frozen=True, slots=True, repr=False)
class Item:
    """One dated item: its course, its days as they are compared, and why it is where it is."""

    course: int | None
    days: tuple[dt.date | None, dt.date | None]
    because: Derivation | None
    begins_because: Derivation | None = None
    """Why its first day is what it is, where `because` speaks of its last."""
    every: str | None = None
    """Of a series: the span between its dates; `because` is of the first."""
    hours: tuple[dt.datetime, dt.datetime] | None = None
    """Of a day at the clinic, and of hours after it: from when to when."""
    is_open: bool = False
    """Of a period: whether it waits for a result, and `days` holds no end but the earliest one."""
    is_settled: bool = True
    """Whether it rests on no course that waits for a decision."""

    @property
    def first_day(self) -> dt.date | None:
        """The item's first day, else its last."""
        return self.days[0] or self.days[1]


def items(plan: Plan) -> dict[str, Item]:
    """Return every dated item of a plan by id, infusion days first, then activities in the plan's order."""
    waiting = {course.number for course in plan.courses if course.status == "tentative"}
    found = {day.id: _infusion_day(course, day) for course in plan.courses for day in course.days}
    for activity in (*plan.contraception, *plan.activities):
        is_settled = activity.course not in waiting and not getattr(activity, "provisional", False)
        for name, item in _ITEMS[type(activity)](activity):
            found[name] = item if is_settled else replace(item, is_settled=False)
    return found


def _infusion_day(course: Course, day: InfusionDay) -> Item:
    hours = (day.infusion.start, day.observation.end) if day.infusion and day.observation else None
    return Item(course.number, (day.date, day.date), None, hours=hours, is_settled=course.status != "tentative")


def _period(period: PeriodActivity) -> Iterator[tuple[str, Item]]:
    last_day = period.last_day or period.earliest_end
    days, is_open = (period.first_day, last_day), period.last_day is None
    yield period.id, Item(period.course, days, period.because, period.begins_because, is_open=is_open)


def _window(window: WindowActivity) -> Iterator[tuple[str, Item]]:
    days = (window.first_day, window.last_day)
    yield window.id, Item(window.course, days, window.because, window.begins_because)


def _series(series: SeriesActivity) -> Iterator[tuple[str, Item]]:
    if baseline := series.baseline:
        yield f"{series.id}/baseline", Item(series.course, (baseline.due, baseline.last_day), baseline.because)
    for ordinal, day in enumerate(series.dates, start=1):
        yield f"{series.id}/{ordinal}", Item(series.course, (day, day), series.because, every=str(series.every))


def _infusion_days(activity: InfusionDaysActivity) -> Iterator[tuple[str, Item]]:
    for ordinal, day in enumerate(activity.days, start=1):
        yield f"{activity.id}/{ordinal}", Item(activity.course, (day, day), activity.because)


def _after_infusion(activity: AfterInfusionActivity) -> Iterator[tuple[str, Item]]:
    for ordinal, window in enumerate(activity.windows, start=1):
        days = (window.start.date(), window.end.date())
        hours = (window.start, window.end)
        yield f"{activity.id}/{ordinal}", Item(activity.course, days, activity.because, hours=hours)


def _note(_note: NoteActivity) -> Iterator[tuple[str, Item]]:
    yield from ()


_ITEMS: Final[dict[type, Callable[[Any], Iterator[tuple[str, Item]]]]] = {
    PeriodActivity: _period,
    WindowActivity: _window,
    SeriesActivity: _series,
    InfusionDaysActivity: _infusion_days,
    AfterInfusionActivity: _after_infusion,
    NoteActivity: _note,
}
