"""The reason of a date in words."""

from collections.abc import Callable
from datetime import date
from typing import Final

from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import SeriesActivity

__all__ = ["CONVENTION", "KEPT", "counted", "distance", "reason", "spans_on"]

CONVENTION: Final = "a convention, not the label"

KEPT: Final = "kept from the plan before"
"""Of a date that was due by what was planned, and is past (S19)."""


def distance(first: date, last: date) -> str:
    """Return how far one day lies after another, in words: `12 months 3 days`. Nothing is decided by it.

    Example:
        >>> from datetime import date
        >>> distance(date(2027, 1, 15), date(2028, 1, 18))
        '12 months 3 days'
    """
    from dateutil.relativedelta import relativedelta  # noqa: PLC0415  # a tenth of the import time, for words alone

    apart = relativedelta(last, first)
    parts = ((12 * apart.years + apart.months, "month"), (apart.days, "day"))
    words = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(words) or "0 days"


def reason(because: Derivation) -> str:
    """Return a derivation in words: anchor and its day, offset, rounding, source, and if it is a convention.

    Example:
        >>> from datetime import date
        >>> reason(Derivation(
        ...     anchor="last infusion of course 1", anchor_day=date(2025, 10, 31), offset="+ 4 months",
        ...     rounding="later", result=date(2026, 3, 1), cite="faq", basis="label"))
        'last infusion of course 1 (2025-10-31) + 4 months, rounded later; FAQ'
    """
    words = [counted(because)]
    words += [because.cite.upper()] if because.cite else []
    words += [CONVENTION] if because.basis == "convention" else []
    return "; ".join(words)


def counted(because: Derivation, written: Callable[[date], str] = date.isoformat, *, anchor: str | None = None) -> str:
    """Return from which day and by how much a date was counted, without the source.

    Args:
        because: The derivation.
        written: How a day is written.
        anchor: What the anchor is called, if not by its own name.
    """
    day = f"{anchor or because.anchor} ({written(because.anchor_day)})"
    words = " ".join(filter(None, (day, because.offset)))
    # Months only round where the day does not exist in the month reached.
    moved = because.rounding != "exact" and because.result.day != because.anchor_day.day
    return f"{words}, rounded {because.rounding}" if moved else words


def spans_on(series: SeriesActivity) -> dict[date, int]:
    """Return how many spans after its anchor each date of a series lies.

    A date that is past and was kept from the plan before is counted from no infusion that was given, and is left out.
    """
    if not series.dates:
        return {}
    anchor = series.because.anchor_day
    days = series.every.repeated(anchor, until=series.dates[-1], rounding="earlier")
    dates = set(series.dates)
    return {day: count for count, day in enumerate(days, start=1) if day in dates}
