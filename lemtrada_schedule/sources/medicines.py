"""Which medicine a row of a table is about, in the words of its source and of the caller (S36)."""

from collections.abc import Iterable
from typing import Final, Literal, cast

from lemtrada_schedule.errors import InvalidInput, Problem, kind_of, shape_of
from lemtrada_schedule.sources.cells import Column
from lemtrada_schedule.sources.source import MedicineRule, Source
from lemtrada_schedule.sources.tables import Cell
from lemtrada_schedule.validation.arguments import check_choice, refused_argument

__all__ = ["Medicine", "medicine_of", "with_medicine"]

Medicine = Literal["checked", "assumed"]
"""Whether an unknown medicine is refused, or treated as LEMTRADA."""

_NAMES: Final = ("lemtrada", "alemtuzumab")

_OTHER_PRODUCT: Final = "campath"
"""Alemtuzumab for another disease, in other doses."""


def with_medicine(source: Source, *, lemtrada_codes: object = (), medicine: object = "checked") -> Source:
    """Return a source with what the caller says about the medicine.

    Args:
        source: The source.
        lemtrada_codes: Further codes or names of LEMTRADA, as they are in the column of the medicine.
        medicine: `assumed` treats every row as LEMTRADA unless it is about a known other medicine.

    Raises:
        InvalidInput: An argument is not valid, or there are codes and the source has no column of the medicine.
    """
    check_choice(medicine, Medicine, "medicine")
    if type(lemtrada_codes) not in (list, tuple, set, frozenset):
        message = f"expected a list of codes or names, got {kind_of(lemtrada_codes)}"
        raise refused_argument("wrong-type", "lemtrada_codes", message)
    codes = tuple(cast("Iterable[object]", lemtrada_codes))
    rule = source.medicine
    if codes and rule is None:
        message = "the source has no column of the medicine; add `[medicine]` to it, or leave out the codes"
        raise refused_argument("missing-field", "lemtrada_codes", message)
    if rule is None or not (codes or medicine == "assumed"):
        return source
    unlisted = "lemtrada" if medicine == "assumed" else rule.unlisted
    try:
        told = MedicineRule.model_validate(
            {"column": rule.column, "lemtrada": [*rule.lemtrada, *codes], "other": rule.other, "unlisted": unlisted}
        )
    except InvalidInput as error:
        fault = error.problems[0]
    else:
        return source.model_copy(update={"medicine": told})
    raise refused_argument(fault.code, "lemtrada_codes", fault.message)


def medicine_of(cell: Cell, column: Column, rule: MedicineRule) -> Literal["lemtrada", "other"] | Problem:
    """Return which medicine a row is about, or the problem if that is not clear.

    A name that is not listed is another medicine, unless it contains LEMTRADA's name or alemtuzumab's, or the source
    says that it is LEMTRADA.

    Args:
        cell: The row's cell in the column of the medicine.
        column: The column.
        rule: What the source says about it.
    """
    word = column.value(cell)
    if isinstance(word, Problem):
        return word
    if rule.unlisted == "lemtrada" and word not in rule.lemtrada:
        return "other" if word in rule.other or (word is not None and _is_other_product(word)) else "lemtrada"
    if word is None:
        message = "the cell is empty, so which medicine was given is unknown; fill it in"
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
    return any(known in name for known in _NAMES) and not _is_other_product(word)


def _is_other_product(word: str) -> bool:
    name = word.casefold()
    return _OTHER_PRODUCT in name and _NAMES[0] not in name
