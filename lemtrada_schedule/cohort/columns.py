"""Read the columns of a cohort into small numbers, each checked by its kind, then by its distinct values.

A column of the wrong kind is refused as a whole, with its first rows. A single value that is wrong refuses its row.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule._doors import refused
from lemtrada_schedule.cohort.chunks import (
    COURSE,
    DATE,
    INFUSION,
    MG,
    OBSERVATION,
    PATIENT,
    STATUS,
    Chunk,
    Facts,
    Fault,
    RowNumbers,
    is_text,
)
from lemtrada_schedule.cohort.column_values import ColumnValues, first_rows, record_with
from lemtrada_schedule.cohort.plain_arrays import plain_array
from lemtrada_schedule.cohort.screened import Array
from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.records import History

__all__ = ["ColumnReader"]


@dataclass(repr=False)
class ColumnReader:
    """Reads chunk after chunk of one cohort; equal doses get equal numbers throughout."""

    names: dict[str, str]
    """The cohort's own name of each column that it has."""
    dose_mg: int
    _doses: dict[Any, int] = field(default_factory=dict)
    lacking: dict[str, int] = field(default_factory=dict)
    """How many rows have no value in a column that is there."""

    def doses(self) -> dict[int, Any]:
        """Return the dose that each number stands for."""
        return {number: dose for dose, number in self._doses.items()}

    def read(self, table: pa.Table, first_row: int) -> Chunk:
        """Return a chunk of rows; `first_row` is the number of the first.

        Raises:
            InvalidInput: A column is of the wrong kind, or a patient or a day is missing.
        """
        columns = {name: plain_array(table.column(own), own) for name, own in self.names.items()}
        numbers = RowNumbers(first_row)
        blank = _blank(columns)
        if blank is not None:
            kept = np.flatnonzero(~blank)
            columns = {name: column.take(pa.array(kept)) for name, column in columns.items()}
            numbers = RowNumbers(first_row, kept + first_row)
        return self._chunk(columns, numbers, table.num_rows, 0 if blank is None else int(blank.sum()))

    def _chunk(self, columns: dict[str, pa.Array], numbers: RowNumbers, rows: int, blank: int) -> Chunk:
        patient = self._patients(columns[PATIENT], numbers)
        bad: list[Fault] = []
        day = self._days(columns[DATE], numbers, bad)
        facts = Facts(
            status=self._of(columns, STATUS, numbers, bad, ColumnValues.statuses),
            infusion=self._of(columns, INFUSION, numbers, bad, ColumnValues.minutes),
            observation=self._of(columns, OBSERVATION, numbers, bad, ColumnValues.minutes),
            dose=self._of(columns, MG, numbers, bad, self._dose_numbers),
            course=self._of(columns, COURSE, numbers, bad, ColumnValues.courses),
        )
        whole = Chunk(patient, day, facts, numbers, rows, blank, (), patient.slice(0, 0), np.zeros(0, np.int64))
        if not bad:
            return whole
        wrong = np.unique(np.concatenate([fault.rows for fault in bad]))
        left_out = np.isin(whole.row_numbers(), wrong)
        unreadable = patient.take(pa.array(np.flatnonzero(left_out)))
        kept = whole.taken(np.flatnonzero(~left_out))
        return replace(kept, rows=rows, blank=blank, faults=tuple(bad), unreadable=unreadable, unreadable_rows=wrong)

    def _of(
        self,
        columns: dict[str, pa.Array],
        name: str,
        numbers: RowNumbers,
        bad: list[Fault],
        read: Callable[["ColumnValues"], Array],
    ) -> Array | None:
        """Return a column that need not be there."""
        if name not in columns:
            return None
        reading = ColumnValues(name, self.names[name], columns[name], numbers, bad)
        self.lacking[name] = self.lacking.get(name, 0) + reading.column.null_count
        return read(reading)

    def _patients(self, column: pa.Array, numbers: RowNumbers) -> pa.Array:
        place = self.names[PATIENT]
        kind = column.type
        if column.null_count:
            raise _missing(place, numbers.of(np.asarray(column.is_null())))
        if pa.types.is_null(kind):
            return column.cast(pa.string())
        if pa.types.is_integer(kind):
            return column
        if not is_text(kind):
            hint = "; as a number with a point it may have lost digits" if pa.types.is_floating(kind) else ""
            raise refused("wrong-type", place, f"expected whole numbers or text as patient ids, got {kind}{hint}")
        _check_ids(column, place, numbers)
        return column

    def _days(self, column: pa.Array, numbers: RowNumbers, bad: list[Fault]) -> Array:
        place = self.names[DATE]
        if column.null_count:
            raise _missing(place, numbers.of(np.asarray(column.is_null())))
        if pa.types.is_null(column.type):
            return np.zeros(0, np.uint16)
        reading = ColumnValues(DATE, place, column, numbers, bad)
        return reading.days_of_text() if is_text(column.type) else reading.days()

    def _dose_numbers(self, reading: "ColumnValues") -> Array:
        """Return a number for each distinct dose; the record says which values are doses."""
        if not self._doses:
            self._doses[record_with(MG, self.dose_mg).dose_mg] = 1
        return reading.doses(self._doses)


def _blank(columns: dict[str, pa.Array]) -> Array | None:
    """Return which rows say nothing at all; `None` where there are none."""
    if not all(column.null_count for column in columns.values()):
        return None
    nothing: Array = np.logical_and.reduce([np.asarray(column.is_null()) for column in columns.values()])
    return nothing if nothing.any() else None


def _missing(place: str, rows: Array) -> InvalidInput:
    return refused("missing-field", place, f"the value is missing in {first_rows(rows)}; a row without it is nobody's")


def _check_ids(column: pa.Array, place: str, numbers: RowNumbers) -> None:
    """Refuse ids that are no id of a `History`; only those that are not plain are looked at one by one."""
    plain = pc.match_substring_regex(column, r"^[!-~]{1,128}$")
    odd = np.flatnonzero(~np.asarray(plain))
    seen = column.take(pa.array(odd)).dictionary_encode()
    for index, name in enumerate(seen.dictionary.to_pylist()):
        try:
            History(patient=name)
        except InvalidInput as error:
            rows = numbers.of(odd[np.asarray(seen.indices) == index])
            problem = Problem(error.code, place, f"{error.message}; {first_rows(rows)}")
        else:
            continue
        raise InvalidInput([problem])
