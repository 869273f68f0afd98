"""Every dated item of a plan, once, with its reason: what rows and pages are made of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.dates.steps import Step
from lemtrada_schedule.exports.reasons import spans_on
from lemtrada_schedule.exports.titles import neutral_title
from lemtrada_schedule.findings.derivation import Anchor, Derivation
from lemtrada_schedule.plan.activities import (
    AfterInfusionActivity,
    Baseline,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.plan import Plan

__all__ = ["DatedItem", "dated_items"]


@dataclass(frozen=True, slots=True, repr=False)
class DatedItem:
    """One dated item: a day, a stretch of days with both ends included, or words without a day."""

    id: str
    kind: str
    course: int | None
    title: str
    neutral_title: str
    """What it is called where others may read it; of what lasts for days, with its last day."""
    applies_to: str | None
    because: Derivation | None
    """Why its last day (else its first) is what it is; `None` where it has no day."""
    first_day: date | None = None
    last_day: date | None = None
    start: datetime | None = None
    end: datetime | None = None
    of: Any = None
    """The part of the plan that it comes from."""
    lane: str = ""
    """What all items of its kind are called where others may read it: the neutral title without an end."""

    @property
    def full_title(self) -> str:
        """The title, which says so where the item is the test before a course."""
        return f"{self.title}: baseline" if self.kind == "baseline" else self.title


def dated_items(plan: Plan) -> Iterator[DatedItem]:
    """Yield the items of a plan: infusion days, contraception, then activities, each in the plan's order."""
    for course in plan.courses:
        yield from (_infusion_day(course, day) for day in course.days)
    for activity in (*plan.contraception, *plan.activities):
        yield from _ITEMS[type(activity)](activity)


def _infusion_day(course: Course, day: InfusionDay) -> DatedItem:
    return DatedItem(
        id=day.id,
        kind="infusion",
        course=course.number,
        title=f"Infusion day {day.number} of course {course.number}",
        neutral_title="Appointment",
        applies_to=None,
        because=course.because,
        first_day=day.date,
        last_day=day.date,
        start=day.infusion.start if day.infusion else None,
        end=day.observation.end if day.observation else None,
        of=day,
    )


def _item(part: Any, **more: Any) -> DatedItem:
    common = {
        "id": part.id,
        "kind": part.kind,
        "course": part.course,
        "title": part.title,
        "neutral_title": neutral_title(part),
        "applies_to": part.applies_to,
        "because": part.because,
        "of": part,
        "lane": part.neutral_title,
    }
    return DatedItem(**{**common, **more})


def _stretch(part: PeriodActivity | WindowActivity) -> Iterator[DatedItem]:
    because = part.because or part.begins_because
    yield _item(part, first_day=part.first_day, last_day=part.last_day, because=because)


def _series(series: SeriesActivity) -> Iterator[DatedItem]:
    if series.baseline:
        yield _baseline(series, series.baseline)
    counts = spans_on(series)
    for ordinal, day in enumerate(series.dates, start=1):
        because = _due(series.because, day, counts.get(day), series.every)
        yield _item(series, id=f"{series.id}/{ordinal}", because=because, first_day=day, last_day=day)


def _due(first: Derivation, day: date, count: int | None, every: Span) -> Derivation:
    """Return why a test is due on a day, so many spans after the anchor of the first."""
    if count is None:
        return first.model_copy(
            update={**Anchor("kept").fields(), "anchor_day": day, "offset": "", "rounding": "exact", "result": day}
        )
    return first.model_copy(update={"offset": str(Step(every, count)), "result": day})


def _baseline(series: SeriesActivity, baseline: Baseline) -> DatedItem:
    return _item(
        series,
        id=f"{series.id}/baseline",
        kind="baseline",
        because=baseline.because,
        first_day=baseline.due,
        last_day=baseline.due,
        of=baseline,
    )


def _infusion_days(activity: InfusionDaysActivity) -> Iterator[DatedItem]:
    for ordinal, day in enumerate(activity.days, start=1):
        yield _item(activity, id=f"{activity.id}/{ordinal}", first_day=day, last_day=day)


def _after_infusion(activity: AfterInfusionActivity) -> Iterator[DatedItem]:
    for ordinal, window in enumerate(activity.windows, start=1):
        yield _item(
            activity,
            id=f"{activity.id}/{ordinal}",
            neutral_title=neutral_title(activity, window),
            first_day=window.start.date(),
            last_day=window.end.date(),
            start=window.start,
            end=window.end,
        )


def _note(note: NoteActivity) -> Iterator[DatedItem]:
    yield _item(note)


_ITEMS: Final[dict[type, Callable[[Any], Iterator[DatedItem]]]] = {
    PeriodActivity: _stretch,
    WindowActivity: _stretch,
    SeriesActivity: _series,
    InfusionDaysActivity: _infusion_days,
    AfterInfusionActivity: _after_infusion,
    NoteActivity: _note,
}
