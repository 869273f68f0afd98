"""Rows of Arrow tables as cells, for `sources` to fold; rows of other medicines are only counted, column by column."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.reading.arrow_arrays import PER_DAY, plain_array
from lemtrada_schedule.cohort.reading.columns import plain_ids
from lemtrada_schedule.cohort.reading.refusals import Refusals
from lemtrada_schedule.cohort.screen.chunks import is_text
from lemtrada_schedule.cohort.screen.layout import Array
from lemtrada_schedule.errors import Problem
from lemtrada_schedule.sources.cells import Column
from lemtrada_schedule.sources.headers import TableColumns
from lemtrada_schedule.sources.medicines import medicine_of
from lemtrada_schedule.sources.source import MedicineRule
from lemtrada_schedule.sources.tables import CellTable
from lemtrada_schedule.validation.arguments import refused

__all__ = ["CellRows", "cell_rows", "rows_of_others"]

_FIRST_DAY: Final = (date(1, 1, 3) - date(1970, 1, 1)).days
_LAST_DAY: Final = (date(9999, 12, 29) - date(1970, 1, 1)).days
"""Days counted from 1970 that Python's dates hold in every time zone; all days beyond are refused alike."""

_MICROSECONDS: Final = {"s": 1_000_000, "ms": 1_000, "us": 1}


@dataclass(frozen=True, slots=True, repr=False)
class CellRows:
    """The rows of a table as cells, without those of other medicines."""

    header: tuple[str, ...]
    rows: Iterator[tuple[int, tuple[Any, ...]]]
    """Each row with its number."""
    others: Counter[str | None]
    """The rows of other medicines, by patient; `None`: the patient's id could not be read."""

    @property
    def table(self) -> CellTable:
        """The rows as `sources` folds them."""
        return CellTable(self.header, self.rows)


def cell_rows(rows: pa.Table, first_row: int, columns: TableColumns, rule: MedicineRule | None) -> CellRows:
    """Return the rows of an Arrow table whose columns are those of a header.

    Args:
        rows: The table.
        first_row: The number of its first row.
        columns: The columns that are read, by their places in the table.
        rule: What the source says about the medicine.

    Raises:
        InvalidInput: Columns are of a type that no cell can have; each is reported.
    """
    refusals = Refusals()
    header = tuple(rows.column_names)
    plain = [refusals.of(partial(plain_array, rows.column(name), name)) for name in header]
    refusals.raise_all()
    arrays = [array for array in plain if array is not None]
    is_other = _is_other(arrays, columns, rule, rows.num_rows)
    numbers = np.arange(first_row, first_row + rows.num_rows)
    others: Counter[str | None] = Counter()
    if columns.patient is not None and is_other.any():
        others = _by_patient(arrays[columns.patient.index].filter(pa.array(is_other)), columns.patient)
        kept = pa.array(np.flatnonzero(~is_other))
        arrays, numbers = [array.take(kept) for array in arrays], numbers[~is_other]
    cells = [refusals.of(partial(_cells, array, name)) for array, name in zip(arrays, header, strict=True)]
    refusals.raise_all()
    values = zip(*(column for column in cells if column is not None), strict=True)
    return CellRows(header, zip(numbers.tolist(), values, strict=True), others)


def rows_of_others(rows: pa.Table, columns: TableColumns, rule: MedicineRule | None) -> Array:
    """Return which rows of an Arrow table are certainly about another medicine.

    Raises:
        InvalidInput: The column of the medicine is of a type that no cell can have.
    """
    names = rows.column_names
    read = [one.index for one in (columns.medicine, columns.code) if one]
    arrays = [
        plain_array(rows.column(name), name) if place in read else pa.nulls(0) for place, name in enumerate(names)
    ]
    return _is_other(arrays, columns, rule, rows.num_rows)


def _is_other(arrays: Sequence[pa.Array], columns: TableColumns, rule: MedicineRule | None, size: int) -> Array:
    """Return which rows are certainly about another medicine; each distinct name is looked at once."""
    column = columns.medicine
    if column is None or rule is None or columns.patient is None or pa.types.is_null(arrays[column.index].type):
        return np.zeros(size, bool)
    seen = arrays[column.index].dictionary_encode()
    names = _cells(seen.dictionary, column.theirs)
    told = np.array([*(medicine_of(name, column, rule) == "other" for name in names), False])
    is_other: Array = told[np.asarray(seen.indices.fill_null(len(names)))]
    if columns.code:  # a row with the code of a test is a test
        is_other &= np.asarray(arrays[columns.code.index].is_null())
    return is_other


def _by_patient(ids: pa.Array, column: Column) -> Counter[str | None]:
    """Return how many rows each patient has; an id that is wrong is counted under `None`."""
    counted = ids.value_counts()
    names, counts = counted.field("values"), counted.field("counts").to_pylist()
    if pa.types.is_integer(names.type):
        return Counter(dict(zip(names.cast(pa.string()).to_pylist(), counts, strict=True)))
    is_plain = plain_ids(names.fill_null("")) if is_text(names.type) else np.zeros(len(names), bool)
    found: Counter[str | None] = Counter()
    for name, plain, count in zip(_cells(names, column.theirs), is_plain.tolist(), counts, strict=True):
        patient = name if plain else column.value(name)
        found[None if isinstance(patient, Problem) else patient] += count
    return found


def _cells(column: pa.Array, place: str) -> list[Any]:
    """Return the values of a column as Python's own; equal values are one object."""
    if pa.types.is_null(column.type):
        return [None] * len(column)
    seen = _within_python(column).dictionary_encode()
    try:
        distinct = seen.dictionary.to_pylist()
    except (ArithmeticError, ValueError):  # Python cannot make a decimal of every scale that Arrow has
        distinct = None
    if distinct is None:
        raise refused("wrong-type", place, "the column holds values that cannot be read; convert it to text or numbers")
    objects = np.empty(len(distinct) + 1, object)
    objects[:-1] = distinct
    objects[-1] = None
    return objects[np.asarray(seen.indices.fill_null(len(distinct)))].tolist()  # type: ignore[no-any-return]


def _within_python(column: pa.Array) -> pa.Array:
    """Return dates and timestamps without those that Python cannot hold: later ones become the last that it can."""
    kind = column.type
    if pa.types.is_date64(kind):
        return _clipped(column, pa.int64(), PER_DAY["ms"]).cast(kind)
    if pa.types.is_date32(kind):
        return _clipped(column, pa.int32(), 1).cast(kind)
    if pa.types.is_timestamp(kind):
        micro = _microseconds(column)
        return _clipped(micro, pa.int64(), PER_DAY["us"]).cast(pa.timestamp("us", kind.tz))
    return column


def _clipped(column: pa.Array, whole: pa.DataType, a_day: int) -> pa.Array:
    numbers = column.cast(whole)
    return pc.min_element_wise(
        pc.max_element_wise(numbers, pa.scalar(_FIRST_DAY * a_day, whole), skip_nulls=False),
        pa.scalar(_LAST_DAY * a_day, whole),
        skip_nulls=False,
    )


def _microseconds(column: pa.Array) -> pa.Array:
    """Return timestamps as microseconds; a part of one never rounds a time to midnight."""
    numbers = column.cast(pa.int64())
    if column.type.unit == "ns":
        values = np.asarray(numbers.fill_null(0))
        cut = values // 1_000
        return pa.array(np.where(values % 1_000, cut | 1, cut), mask=np.asarray(numbers.is_null()))
    factor = _MICROSECONDS[column.type.unit]
    most = (1 << 63) // factor - 1
    inside = pc.min_element_wise(pc.max_element_wise(numbers, -most, skip_nulls=False), most, skip_nulls=False)
    return pc.multiply(inside, factor)
