"""The lines of one activity in the text of a plan: its days, and why they are those days."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.exports.explaining import reason
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import Baseline
from lemtrada_schedule.plan.items import KEPT, Item, Part, Recurrence
from lemtrada_schedule.validation.scalars import clock

__all__ = ["date_rows", "labelled", "part_lines", "rhythm_lines", "span"]

DATES_A_LINE: Final = 5

_LABEL: Final = len("treatment  ")


def labelled(course: int | None, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines behind a column that says once which course they are about."""
    label = f"course {course}" if course else "treatment"
    for line in lines:
        yield f"    {label:{_LABEL}}{line}"
        label = ""


def part_lines(part: Part, listed: dict[tuple[date, ...], str]) -> Iterator[str]:
    """Yield the lines of an activity.

    Args:
        part: The activity.
        listed: Lists of dates that are written already, each with the title under which they are. A new one is added.
    """
    if part.recurrence:
        yield from rhythm_lines(part, part.recurrence)
        yield from _dates(part, part.recurrence, listed)
        return
    own = part.items()
    begins = "until " if part.shape == "hours" else ""
    yield f"{begins}{', '.join(_when(item) for item in own)}"
    yield from _reasons(own[0].begins_because if part.shape == "within" else None, own[0].because)


def rhythm_lines(part: Part, series: Recurrence) -> Iterator[str]:
    """Yield when the dates of a series are, and why, without listing them; its baseline first."""
    if series.baseline:
        yield from _baseline(series.baseline)
    if not series.dates:
        yield f"no further date: {reason(series.ends_because)}"
        return
    more = ", and on: no end is stated" if series.continuing else ""
    more += ", and on: the course is not settled" if part.provisional else ""
    more += f"; {series.kept} of them {KEPT}" if series.kept else ""
    yield f"{span(series.dates[0], series.dates[-1])}, {len(series.dates)} dates, every {series.every}{more}"
    first = "first counted" if series.kept else "first"
    yield f"{first}: {reason(series.because)}; none after {series.ends_because.result}: {reason(series.ends_because)}"


def date_rows(dates: tuple[date, ...]) -> Iterator[str]:
    """Yield dates, several a line."""
    for row in range(0, len(dates), DATES_A_LINE):
        yield "  " + "  ".join(short_day(day) for day in dates[row : row + DATES_A_LINE])


def span(first: date | None, last: date | None, *, least: str = "") -> str:
    """Return first and last day in words; either may be absent."""
    return f"{short_day(first) if first else 'any day'} - {least}{short_day(last) if last else 'no end stated'}"


def _dates(part: Part, series: Recurrence, listed: dict[tuple[date, ...], str]) -> Iterator[str]:
    if not series.dates:
        return
    if same := listed.get(series.dates):
        yield f"  the same days as: {same}"
        return
    listed[series.dates] = part.title
    yield from date_rows(series.dates)


def _reasons(*derivations: Derivation | None) -> Iterator[str]:
    yield from (reason(because) for because in derivations if because)


def _when(item: Item) -> str:
    """Return the days of an item: a range, one day, or the end of hours."""
    if item.window:
        return f"{short_day(item.window.end.date())} {clock(item.window.end)}"
    if item.first_day and item.earliest_end and item.is_open:
        return f"{short_day(item.first_day)} - open, not before {short_day(item.earliest_end)}"
    if item.shape == "day" and item.first_day:
        return short_day(item.first_day)
    return span(item.first_day, item.last_day, least="at least " if item.part.provisional else "")


def _baseline(baseline: Baseline) -> Iterator[str]:
    window = span(baseline.first_day, baseline.last_day)
    yield f"baseline due {short_day(baseline.due)}, counts from {window}"
    yield from _reasons(baseline.because)
