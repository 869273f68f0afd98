"""`ColumnReader`: read the columns of a cohort into small numbers; check each column by its type, then its values.

A column of the wrong type is refused as a whole, with its first rows. A wrong value refuses its row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.reading.arrow_arrays import plain_array
from lemtrada_schedule.cohort.reading.column_values import ColumnValues, first_rows, record_with
from lemtrada_schedule.cohort.reading.refusals import Refusals
from lemtrada_schedule.cohort.screen.chunks import (
    AS_OF,
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
from lemtrada_schedule.cohort.screen.layout import Array
from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.records.history import History
from lemtrada_schedule.records.recorded_values import CHANGED_ID, PADDED_ID, trimmed_id
from lemtrada_schedule.validation.arguments import refused

__all__ = ["ColumnReader", "plain_ids"]


@dataclass(repr=False)
class ColumnReader:
    """Reads chunk after chunk of one cohort; equal doses get equal numbers in all of them."""

    names: dict[str, str]
    """The cohort's own name of each column that it has."""
    dose_mg: int
    _doses: dict[Any, int] = field(default_factory=dict)
    lacking: dict[str, int] = field(default_factory=dict)
    """How many rows have no value in each column that the cohort has."""

    def doses(self) -> dict[int, Any]:
        """Return the dose that each number stands for."""
        return {number: dose for dose, number in self._doses.items()}

    def read(self, table: pa.Table, first_row: int) -> Chunk:
        """Return a chunk of rows; `first_row` is the number of the first.

        Raises:
            InvalidInput: Columns are of the wrong type, or patients or dates are missing; each is reported.
        """
        refusals = Refusals()
        plain = {name: refusals.of(partial(plain_array, table.column(own), own)) for name, own in self.names.items()}
        columns = {name: column for name, column in plain.items() if column is not None}
        numbers = RowNumbers(first_row)
        blank = _blank(columns)
        if blank is not None:
            kept = np.flatnonzero(~blank)
            columns = {name: column.take(pa.array(kept)) for name, column in columns.items()}
            numbers = RowNumbers(first_row, kept + first_row)
        reading = _Reading(columns, self.names, numbers, refusals)
        return self._chunk(reading, table.num_rows, 0 if blank is None else int(blank.sum()))

    def _chunk(self, reading: "_Reading", rows: int, blank: int) -> Chunk:
        patient, day = reading.of(PATIENT, _patients), reading.of(DATE, _days)
        facts = Facts(
            status=reading.of(STATUS, ColumnValues.statuses),
            infusion=reading.of(INFUSION, ColumnValues.minutes),
            observation=reading.of(OBSERVATION, ColumnValues.minutes),
            dose=reading.of(MG, self._dose_numbers),
            course=reading.of(COURSE, ColumnValues.courses),
            as_of=reading.of(AS_OF, _own_days),
        )
        reading.refusals.raise_all()
        self._count(reading.columns)
        bad = reading.bad
        whole = Chunk(patient, day, facts, reading.numbers, rows, blank, (), patient.slice(0, 0), np.zeros(0, np.int64))
        if not bad:
            return whole
        places = whole.row_numbers()
        unknown = _rows_of([fault for fault in bad if fault.code == CHANGED_ID])
        left_out, is_unknown = np.isin(places, _rows_of(bad)), np.isin(places, unknown)
        lost = np.flatnonzero(left_out & ~is_unknown)
        return replace(
            whole.taken(np.flatnonzero(~left_out)),
            rows=rows,
            blank=blank,
            faults=tuple(bad),
            unreadable=patient.take(pa.array(lost)),
            unreadable_rows=places[lost],
            unknown_rows=unknown,
        )

    def _count(self, columns: dict[str, pa.Array]) -> None:
        """Count the rows without a value in each optional column."""
        for name in columns.keys() - {PATIENT, DATE, AS_OF}:
            self.lacking[name] = self.lacking.get(name, 0) + columns[name].null_count

    def _dose_numbers(self, reading: "ColumnValues") -> Array:
        """Return a number for each distinct dose; the protocol's dose has number 1."""
        return reading.doses(self._known_doses())

    def dose_number(self, dose: Decimal | None) -> int:
        """Return the number of a dose; 0 if there is none."""
        known = self._known_doses()
        return 0 if dose is None else known.setdefault(dose, len(known) + 1)

    def _known_doses(self) -> dict[Any, int]:
        if not self._doses:
            self._doses[record_with(MG, self.dose_mg).dose_mg] = 1
        return self._doses


@dataclass(frozen=True, repr=False)
class _Reading:
    """A table whose columns are read one by one; a refused column does not hide the problems of the next."""

    columns: dict[str, pa.Array]
    places: dict[str, str]
    numbers: RowNumbers
    refusals: Refusals
    bad: list[Fault] = field(default_factory=list)

    def of(self, name: str, read: Callable[[ColumnValues], Any]) -> Any:
        """Return what is read from a column; `None` if the cohort does not have it, or it is refused."""
        if name not in self.columns:
            return None
        values = ColumnValues(name, self.places[name], self.columns[name], self.numbers, self.bad)
        return self.refusals.of(partial(read, values))


def _rows_of(faults: Sequence[Fault]) -> Array:
    """Return the numbers of the refused rows, each once."""
    return np.unique(np.concatenate([np.zeros(0, np.int64), *(fault.rows for fault in faults)]))


def _patients(reading: ColumnValues) -> pa.Array:
    column, place = reading.column, reading.place
    kind = column.type
    if column.null_count:
        raise _missing(reading)
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_integer(kind):
        return column
    if not is_text(kind):
        lost = "; a floating-point number may have lost digits" if pa.types.is_floating(kind) else ""
        expected = "expected whole numbers of up to 64 bits or text as patient ids"
        raise refused("wrong-type", place, f"{expected}, got {kind}{lost}; export the ids as text")
    return _checked_ids(reading)


def _days(reading: ColumnValues) -> Array:
    column = reading.column
    if column.null_count:
        raise _missing(reading)
    if pa.types.is_null(column.type):
        return np.zeros(0, np.uint16)
    return reading.days_of_text() if is_text(column.type) else reading.days()


def _own_days(reading: ColumnValues) -> Array:
    """Return each row's own date of the question; refuse the rows without one."""
    column = reading.column
    there = np.asarray(column.is_valid())
    if not there.all():
        reading.refuse(~there, Problem("missing-field", reading.place, "the value is missing; fill it in"))
    numbers = RowNumbers(1, reading.numbers.of(there))
    known = ColumnValues(reading.name, reading.place, column.drop_null(), numbers, reading.bad)
    days = np.zeros(len(column), np.uint16)
    days[there] = _days(known)
    return days


def _blank(columns: dict[str, pa.Array]) -> Array | None:
    """Return which rows have no value at all; `None` if there are none."""
    if not columns or not all(column.null_count for column in columns.values()):
        return None
    nothing: Array = np.logical_and.reduce([np.asarray(column.is_null()) for column in columns.values()])
    return nothing if nothing.any() else None


def _missing(reading: ColumnValues) -> InvalidInput:
    rows = first_rows(reading.numbers.of(np.asarray(reading.column.is_null())))
    return refused("missing-field", reading.place, f"the value is missing in {rows}; fill it in")


def _checked_ids(reading: ColumnValues) -> pa.Array:
    """Return ids without blanks at their ends; refuse rows whose id has some, or was changed by a spreadsheet.

    Raises:
        InvalidInput: `History` refuses an id for another reason.
    """
    column = reading.column
    odd = np.flatnonzero(~plain_ids(column))
    if not len(odd):
        return column
    seen = column.take(pa.array(odd)).dictionary_encode()
    names, indices = seen.dictionary.to_pylist(), np.asarray(seen.indices)
    problems = [_problem_of(name) for name in names]
    for code in (PADDED_ID, CHANGED_ID):
        wrong = np.array([problem is not None and problem.code == code for problem in problems])
        if wrong.any():
            reading.refuse(odd[wrong[indices]], next(one for one in problems if one and one.code == code))
    for index, problem in enumerate(problems):
        if problem and problem.code not in (PADDED_ID, CHANGED_ID):
            rows = first_rows(reading.numbers.of(odd[indices == index]))
            raise refused(problem.code, reading.place, f"{problem.message}; {rows}")
    trimmed = pa.array([trimmed_id(name) for name in names], column.type).take(seen.indices)
    mask = np.zeros(len(column), bool)
    mask[odd] = True
    return pc.replace_with_mask(column, pa.array(mask), trimmed)


def plain_ids(column: pa.Array) -> Array:
    """Return which ids are valid by a quick check; the others are checked one by one."""
    plain: Array = np.array(pc.match_substring_regex(column, r"^[!-*\-/-~]{1,128}$"))
    rest = np.flatnonzero(~plain)  # with + , or . in them, as in ids that a spreadsheet has changed
    if len(rest):
        others = column.take(pa.array(rest))
        is_ascii, is_number = (
            np.asarray(pc.match_substring_regex(others, form)) for form in (r"^[!-~]{1,128}$", r"[0-9][eE][+-]?[0-9]+$")
        )
        plain[rest] = is_ascii & ~is_number
    return plain


def _problem_of(name: str) -> Problem | None:
    """Return why `History` refuses an id; `None` if it does not."""
    try:
        History(patient=name)
    except InvalidInput as error:
        return error.problems[0]
    return None
