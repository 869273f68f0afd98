"""A derivation in words: which day a date is counted from, by how much, and the source."""

from collections.abc import Callable
from datetime import date
from typing import Final

from lemtrada_schedule.findings.derivation import Derivation

__all__ = ["CONVENTION", "counted", "reason"]

CONVENTION: Final = "a convention, not the label"


def reason(because: Derivation) -> str:
    """Return a derivation in words: anchor and its day, offset, rounding, source, and whether it is a convention.

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
    """Return in words which day a date is counted from and by how much, without the source.

    Args:
        because: The derivation.
        written: Formats a day.
        anchor: The name of the anchor; default: its own name.
    """
    day = f"{anchor or because.anchor} ({written(because.anchor_day)})"
    words = " ".join(filter(None, (day, because.offset)))
    # Months are rounded only if the day does not exist in the month reached.
    moved = because.rounding != "exact" and because.result.day != because.anchor_day.day
    return f"{words}, rounded {because.rounding}" if moved else words
