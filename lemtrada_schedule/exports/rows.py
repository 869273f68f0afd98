"""A plan as flat rows, one for each dated item, and as CSV that no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, Final, TypedDict

from lemtrada_schedule._doors import check_type, refused
from lemtrada_schedule.day_words import DAYS
from lemtrada_schedule.errors import kind_of
from lemtrada_schedule.explaining import reason
from lemtrada_schedule.findings import Derivation
from lemtrada_schedule.plan import (
    AfterInfusionActivity,
    Baseline,
    Course,
    InfusionDay,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    Plan,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.time_windows import TimeWindow

__all__ = ["Row", "safe_cell", "to_csv", "to_rows"]


class Row(TypedDict):
    """One dated item. Days are ISO texts, both ends included; `weekday` is that of the first day, else the last."""

    item: str
    kind: str
    course: int | None
    first_day: str | None
    last_day: str | None
    weekday: str | None
    start: str | None
    end: str | None
    title: str
    neutral_title: str
    applies_to: str | None
    reason: str
    cite: str | None
    basis: str | None


# What would start a formula in a spreadsheet, also in its full-width form.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  # full-width on purpose


def to_rows(plan: Plan) -> tuple[Row, ...]:
    """Return the plan as rows: infusion days, contraception, then activities, each in the plan's order.

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> plan = plan_treatment(
        ...     load_protocol("us"), read_clinic("examples/boston.toml"), not_before=date(2027, 1, 11), courses=1)
        >>> to_rows(plan)[0]["item"], to_rows(plan)[0]["weekday"]
        ('course-1/day-1', 'Mon')
    """
    check_type(plan, Plan, "plan")
    days = [_infusion_day(course, day) for course in plan.courses for day in course.days]
    activities = (*plan.contraception, *plan.activities)
    return (*days, *(row for activity in activities for row in _ITEMS[type(activity)](activity)))


def to_csv(rows: Sequence[Row]) -> str:
    """Return rows as CSV text with a header (RFC 4180). A cell that would start a formula is led by `'`.

    Raises:
        InvalidInput: `rows` is no list of rows (`wrong-type`).
    """
    if not issubclass(type(rows), list | tuple) or any(not issubclass(type(row), dict) for row in rows):
        raise refused("wrong-type", "rows", f"expected the rows of `to_rows`, got {kind_of(rows)}")
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(Row.__annotations__))
    writer.writeheader()
    writer.writerows({name: safe_cell(cell) for name, cell in row.items()} for row in rows)
    return text.getvalue()


def safe_cell(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: text that would start one is led by `'`."""
    return f"'{cell}" if type(cell) is str and cell.startswith(_FORMULA) else cell


def _row(
    part: Any,
    item: str,
    because: Derivation | None,
    *,
    kind: str,
    days: tuple[date | None, date | None] = (None, None),
    clock: tuple[TimeWindow, TimeWindow] | None = None,
) -> Row:
    named = next((day for day in days if day), None)
    return Row(
        item=item,
        kind=kind,
        course=part.course,
        first_day=days[0].isoformat() if days[0] else None,
        last_day=days[1].isoformat() if days[1] else None,
        weekday=DAYS[named.weekday()][:3] if named else None,
        start=clock[0].start.isoformat() if clock else None,
        end=clock[1].end.isoformat() if clock else None,
        title=part.title,
        neutral_title=part.neutral_title,
        applies_to=part.applies_to,
        reason=reason(because) if because else "",
        cite=because.cite if because else None,
        basis=because.basis if because else None,
    )


def _infusion_day(course: Course, day: InfusionDay) -> Row:
    return Row(
        item=day.id,
        kind="infusion",
        course=course.number,
        first_day=day.date.isoformat(),
        last_day=day.date.isoformat(),
        weekday=DAYS[day.date.weekday()][:3],
        start=day.infusion.start.isoformat() if day.infusion else None,
        end=day.observation.end.isoformat() if day.observation else None,
        title=f"Infusion day {day.number} of course {course.number}",
        neutral_title="Appointment",
        applies_to=None,
        reason=f"day {day.number} of a block; earliest {course.earliest}: {reason(course.because)}",
        cite=course.because.cite,
        basis=course.because.basis,
    )


def _period(period: PeriodActivity) -> Iterator[Row]:
    days = (period.first_day, period.last_day)
    yield _row(period, period.id, period.because, kind=period.kind, days=days)


def _window(window: WindowActivity) -> Iterator[Row]:
    days = (window.first_day, window.last_day)
    yield _row(window, window.id, window.because, kind=window.kind, days=days)


def _series(series: SeriesActivity) -> Iterator[Row]:
    if series.baseline:
        yield _baseline(series, series.baseline)
    for ordinal, day in enumerate(series.dates, start=1):
        offset = f"+ {ordinal} × {series.every}" if ordinal > 1 else series.because.offset
        because = series.because.model_copy(update={"offset": offset, "result": day})
        yield _row(series, f"{series.id}/{ordinal}", because, kind=series.kind, days=(day, day))


def _baseline(series: SeriesActivity, baseline: Baseline) -> Row:
    row = _row(series, f"{series.id}/baseline", baseline.because, kind="baseline", days=(baseline.due, baseline.due))
    window = f"{baseline.first_day or 'any day'} to {baseline.last_day}"
    return {**row, "title": f"{series.title}: baseline", "reason": f"{row['reason']}; counts from {window}"}


def _infusion_days(activity: InfusionDaysActivity) -> Iterator[Row]:
    for ordinal, day in enumerate(activity.days, start=1):
        yield _row(activity, f"{activity.id}/{ordinal}", activity.because, kind=activity.kind, days=(day, day))


def _after_infusion(activity: AfterInfusionActivity) -> Iterator[Row]:
    for ordinal, window in enumerate(activity.windows, start=1):
        days = (window.start.date(), window.end.date())
        clock = (window, window)
        yield _row(activity, f"{activity.id}/{ordinal}", activity.because, kind=activity.kind, days=days, clock=clock)


def _note(note: NoteActivity) -> Iterator[Row]:
    yield {**_row(note, note.id, None, kind=note.kind), "reason": note.text, "cite": note.cite, "basis": note.basis}


_ITEMS: Final[dict[type, Callable[[Any], Iterator[Row]]]] = {
    PeriodActivity: _period,
    WindowActivity: _window,
    SeriesActivity: _series,
    InfusionDaysActivity: _infusion_days,
    AfterInfusionActivity: _after_infusion,
    NoteActivity: _note,
}
