"""The cells of one line of CSV, with any of four delimiters.

A cell is plain, or quoted from its first to its last character. A quoted cell may contain delimiters and doubled
quotes, but no line break: each line is one row, so an unclosed quote affects only that row.
"""

import csv
import re
from functools import cache
from typing import Final

from lemtrada_schedule.errors import Problem

__all__ = ["COMMA", "DELIMITERS", "LARGEST_CELL", "MOST_COLUMNS", "cells_in"]

LARGEST_CELL: Final = 131_072
"""In characters: the default limit of Python's csv module."""

MOST_COLUMNS: Final = 4_096
"""A full registry export has some hundreds; each unknown column is reported."""

COMMA: Final = ","

DELIMITERS: Final = {COMMA: "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What may separate cells, and its name in messages."""

_NAMES: Final = {COMMA: "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def cells_in(line: str, expected: int | None = None, delimiter: str = COMMA) -> list[str] | Problem:
    """Return the cells of a line, or the problem with its structure.

    Args:
        line: The line, without its line end.
        expected: How many cells the header has; `None`: this is the header.
        delimiter: One of `DELIMITERS`.
    """
    cells = line.split(delimiter) if '"' not in line else _quoted_cells(line, delimiter)
    if isinstance(cells, list) and expected is not None and len(cells) != expected:
        mark = _NAMES[delimiter]
        hint = (
            f"put a cell with a {mark} in quotes" if len(cells) > expected else f"an empty cell also needs its {mark}"
        )
        return Problem("csv-structure", "", f"expected {expected} cells as in the header, got {len(cells)}; {hint}")
    return cells


@cache
def _row(delimiter: str) -> re.Pattern[str]:
    """Return the pattern of a row. Possessive: no backtracking on any text."""
    cell = rf'(?:"(?:[^"]|"")*+"|[^"{re.escape(delimiter)}]*+)'
    return re.compile(rf"{cell}(?:{re.escape(delimiter)}{cell})*+")


def _quoted_cells(line: str, delimiter: str) -> list[str] | Problem:
    if not _row(delimiter).fullmatch(line):
        message = "a quoted cell does not end on its line, or an unquoted cell contains a quote"
        return Problem(
            "csv-structure", "", f"{message}; quote the whole cell, double its quotes, and use no line breaks"
        )
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:  # a line that matches the pattern can only have a lone carriage return, or be too long
        pass
    if "\r" in line:
        return Problem("csv-structure", "", "the row contains a line end; remove it")
    return Problem("too-large", "", f"a cell has more than {LARGEST_CELL:,} characters; shorten it")
