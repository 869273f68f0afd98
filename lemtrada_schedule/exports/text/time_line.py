"""The time line of a plan as text: one column for a month or more, rows for infusions, contraception and visits."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lemtrada_schedule.exports.text.style import Line, Shown, Style
from lemtrada_schedule.plan.items import Item, Part
from lemtrada_schedule.plan.plan import Plan

__all__ = ["time_line"]

_LABEL: Final = len("  contraception ")

_WIDTHS: Final = (12, 6)
"""How many columns a year takes: as many as fit."""

Marks = dict[int, str]
"""What is shown in a month, counted from year 0."""


def time_line(plan: Plan, walk: Sequence[Part], style: Style) -> Iterator[Line]:
    """Yield the time line of a plan: years, infusions by the number of their course, contraception, visits.

    Args:
        plan: The plan.
        walk: Its parts as people read them.
        style: How wide the lines may be, and whether their marks are ASCII.
    """
    rows = {label: marks for label, marks in _rows(plan, walk, style) if marks}
    months = [month for marks in rows.values() for month in marks]
    if not months:
        return
    years = range(min(months) // 12, max(months) // 12 + 1)
    room = (style.width or len(years) * _WIDTHS[0] + _LABEL) - _LABEL
    wide = next((wide for wide in _WIDTHS if len(years) * wide <= room), _WIDTHS[-1])
    count = max(1, room // wide)
    for begin in range(0, len(years), count):
        yield from _block(rows, years[begin : begin + count], wide)


def _block(rows: dict[str, Marks], years: range, wide: int) -> Iterator[Line]:
    yield Shown(f"{'':{_LABEL}}{''.join(f'{year:<{wide}}' for year in years)}".rstrip(), "heading")
    for label, marks in rows.items():
        yield f"  {label:{_LABEL - 2}}{_cells(marks, years, wide)}".rstrip()


def _cells(marks: Marks, years: range, wide: int) -> str:
    step = 12 // wide
    cells = [" "] * (len(years) * wide)
    for month, mark in sorted(marks.items()):
        place = (month - years[0] * 12) // step
        if 0 <= place < len(cells):
            cells[place : place + len(mark)] = mark
    return "".join(cells)


def _rows(plan: Plan, walk: Sequence[Part], style: Style) -> Iterator[tuple[str, Marks]]:
    infusions = {_month(course.first_day): str(course.number) for course in plan.courses}
    yield "infusions", infusions
    days = [day for part in walk for item in part.items() if (day := _visit_day(item))]
    periods = [(period.first_day, period.last_day or period.earliest_end) for period in plan.contraception]
    last = max([*infusions, *map(_month, days), *(_month(end) for _, end in periods if end)], default=0)
    held = (_months(first, _month(end) if end else last) for first, end in periods)
    yield "contraception", _marked((month for months in held for month in months), "-" if style.is_ascii else "─")
    yield "visits", _marked(map(_month, days), "." if style.is_ascii else "·")


def _visit_day(item: Item) -> dt.date | None:
    """Return the day of a visit, or of a test that no visit serves."""
    return item.suggested or item.first_day if item.visit or item.recurrence else None


def _marked(months: Iterable[int], mark: str) -> Marks:
    return dict.fromkeys(months, mark)


def _months(first: dt.date, last: int) -> range:
    return range(_month(first), last + 1)


def _month(day: dt.date) -> int:
    return day.year * 12 + day.month - 1
