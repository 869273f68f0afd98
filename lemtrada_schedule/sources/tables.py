"""`CellTable`: the header and the rows of a table, whatever its file format."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from lemtrada_schedule.errors import Problem

__all__ = ["Cell", "CellTable"]

Cell = str | int | float | Decimal | bool | date | datetime | time | None
"""A cell of a table: text, or a typed value of a spreadsheet or a data frame; `None`: empty."""


@dataclass(frozen=True, slots=True, repr=False)
class CellTable:
    """A table as it was opened: its header, and its rows one by one."""

    header: tuple[str, ...]
    rows: Iterable[tuple[int, Sequence[Cell] | Problem]]
    """The number of each row (a line; the header is line 1), with its cells or the problem of its structure."""
