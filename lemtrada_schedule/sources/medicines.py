"""Which medicine a row of a table is about, in the words of its source (S36)."""

from collections.abc import Sequence
from typing import Final, Literal

from lemtrada_schedule.errors import Problem, shape_of
from lemtrada_schedule.sources.cells import Column
from lemtrada_schedule.sources.source import MedicineRule
from lemtrada_schedule.sources.tables import Cell

__all__ = ["medicine_of"]

_NAMES: Final = ("lemtrada", "alemtuzumab")

_OTHER_PRODUCT: Final = "campath"
"""Alemtuzumab for another disease, in other doses."""


def medicine_of(cells: Sequence[Cell], column: Column, rule: MedicineRule) -> Literal["lemtrada", "other"] | Problem:
    """Return which medicine a row is about, or the problem if that is not clear.

    A name that is not listed is another medicine, unless it contains LEMTRADA's name or alemtuzumab's.
    """
    word = column.value(cells[column.index])
    if isinstance(word, Problem):
        return word
    if word is None:
        message = "the cell is empty, so it is not known which medicine was given; fill it in"
        return Problem("medicine-not-told", column.theirs, message)
    if word in rule.lemtrada:
        return "lemtrada"
    if word in rule.other or not _may_be_lemtrada(word):
        return "other"
    message = "add it to `lemtrada` or `other` under `[medicine]` of the source"
    return Problem(
        "medicine-not-told", column.theirs, f"this may be LEMTRADA, got {shape_of(word)}; if you know, {message}"
    )


def _may_be_lemtrada(word: str) -> bool:
    name = word.casefold()
    is_other = _OTHER_PRODUCT in name and _NAMES[0] not in name
    return any(known in name for known in _NAMES) and not is_other
