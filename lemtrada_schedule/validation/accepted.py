"""What arguments and fields accept, in words for type checkers; the checks at run time accept the same.

A field holds one type, such as a `date`; its constructor also accepts what is read as that type, such as text.
"""

import datetime as dt
from decimal import Decimal
from typing import Any, TypeVar

__all__ = ["DayLike", "DoseLike", "Listed", "Names", "Records", "TimeLike"]

_T = TypeVar("_T")

DayLike = dt.date | str
"""A `datetime.date`, or text as YYYY-MM-DD. A `datetime` is refused, although type checkers take it for a date."""

TimeLike = dt.time | str
"""A `datetime.time` without a zone, or text as HH:MM."""

DoseLike = Decimal | float | str
"""A dose in mg: a number of any type (for type checkers a `float` includes an `int`), or text such as `12.5`."""

Listed = list[_T] | tuple[_T, ...]
"""A list or a tuple, and nothing else: other sequences may be text, and sets have no order."""

Names = list[str] | tuple[str, ...] | set[str] | frozenset[str]
"""Names in any order. A single text is refused: it would be read letter by letter."""

Records = list[_T] | tuple[_T, ...] | list[dict[str, Any]]
"""Values, or tables of their fields as JSON has them."""
