"""Read the columns of a cohort into small numbers, each checked by its kind, then by its distinct values.

A column of the wrong kind is refused as a whole, with its first rows. A single value that is wrong refuses its
row. What a value means, and why it is refused, is said by `InfusionRecord` itself, once for each distinct value.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule._doors import refused
from lemtrada_schedule.calendar_types import FIRST_DATE, checked_date
from lemtrada_schedule.cohort.chunks import (
    COURSE,
    DATE,
    INFUSION,
    MG,
    NOT_KNOWN,
    OBSERVATION,
    PATIENT,
    STATUS,
    STATUSES,
    TEXT,
    Chunk,
    Facts,
    Fault,
    RowNumbers,
    is_text,
)
from lemtrada_schedule.cohort.screened import Array
from lemtrada_schedule.cohort.tables import DAYS, FIRST_FROM_1970, day_number
from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.records import LONGEST_MINUTES, History, InfusionRecord

__all__ = ["ColumnReader"]

SHOWN_ROWS: Final = 5
_PER_DAY: Final = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
MOST_BYTES: Final = 1 << 31
"""What one array of plain text can hold."""
_DECIMAL_BITS: Final = 128
_BEFORE: Final = FIRST_DATE - dt.timedelta(days=1)


def _record(column: str, value: Any) -> InfusionRecord:
    """Return a record with one value; `InvalidInput` where the record has something against it."""
    return InfusionRecord.model_validate({DATE: FIRST_DATE, column: value})


def _whole(value: float) -> float:
    """Return a number as a whole one where it is one: pandas writes 1.0 where a column has gaps."""
    return int(value) if float(value).is_integer() else value


@dataclass
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
        columns = {name: _one_array(table.column(own), own) for name, own in self.names.items()}
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
            status=self._of(columns, STATUS, numbers, bad, _Reading.statuses),
            infusion=self._of(columns, INFUSION, numbers, bad, _Reading.minutes),
            observation=self._of(columns, OBSERVATION, numbers, bad, _Reading.minutes),
            dose=self._of(columns, MG, numbers, bad, self._dose_numbers),
            course=self._of(columns, COURSE, numbers, bad, _Reading.courses),
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
        read: Callable[["_Reading"], Array],
    ) -> Array | None:
        """Return a column that need not be there."""
        if name not in columns:
            return None
        reading = _Reading(name, self.names[name], columns[name], numbers, bad)
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
        reading = _Reading(DATE, place, column, numbers, bad)
        return reading.days_of_text() if is_text(column.type) else reading.days()

    def _dose_numbers(self, reading: "_Reading") -> Array:
        """Return a number for each distinct dose; the record says which values are doses."""
        if not self._doses:
            self._doses[_record(MG, self.dose_mg).dose_mg] = 1
        return reading.doses(self._doses)


def _one_array(column: pa.ChunkedArray, place: str) -> pa.Array:
    """Return a column as one array of plain values, without NaN; what is never plain is refused."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(kind) or pa.types.is_binary_view(kind):
        raise refused("wrong-type", place, f"expected numbers, text or dates, got {kind}")
    if pa.types.is_dictionary(column.type):
        column = pa.chunked_array([_decoded(chunk) for chunk in column.chunks], _taken_as(kind))
    else:
        column = column.cast(_taken_as(kind)) if _taken_as(kind) != kind else column
    if pa.types.is_string(column.type) and column.nbytes >= MOST_BYTES:
        column = column.cast(pa.large_string())
    one = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if is_text(one.type):
        _check_utf8(one, place)
    if not pa.types.is_floating(one.type):
        return one
    one = pc.if_else(pc.is_nan(one), None, one)
    return pa.nulls(len(one)) if one.null_count == len(one) else one  # pandas has numbers where there is nothing


def _taken_as(kind: pa.DataType) -> pa.DataType:
    """Return the kind that a column is taken as: what Arrow can do little with becomes what holds the same."""
    if pa.types.is_string_view(kind):
        return pa.large_string()
    is_small = pa.types.is_decimal(kind) and kind.bit_width < _DECIMAL_BITS
    return pa.decimal128(kind.precision, kind.scale) if is_small else kind


def _decoded(chunk: pa.DictionaryArray) -> pa.Array:
    values = chunk.dictionary
    return values.cast(_taken_as(values.type)).take(chunk.indices)


def _check_utf8(column: pa.Array, place: str) -> None:
    """Refuse text in another encoding; Python's own error would repeat it."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        is_broken = True
    else:
        is_broken = False
    if is_broken:
        raise refused("wrong-type", place, "expected text in UTF-8; convert it before")


def _blank(columns: dict[str, pa.Array]) -> Array | None:
    """Return which rows say nothing at all; `None` where there are none."""
    if not all(column.null_count for column in columns.values()):
        return None
    nothing: Array = np.logical_and.reduce([np.asarray(column.is_null()) for column in columns.values()])
    return nothing if nothing.any() else None


def _first(rows: Array) -> str:
    shown = ", ".join(map(str, rows[:SHOWN_ROWS].tolist()))
    more = f" and {len(rows) - SHOWN_ROWS:,} more" if len(rows) > SHOWN_ROWS else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def _missing(place: str, rows: Array) -> InvalidInput:
    return refused("missing-field", place, f"the value is missing in {_first(rows)}; a row without it is nobody's")


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
            problem = Problem(error.code, place, f"{error.message}; {_first(rows)}")
        else:
            continue
        raise InvalidInput([problem])


@dataclass(frozen=True)
class _Reading:
    """One column with the numbers of its rows, and the list of faults that it adds to."""

    name: str
    place: str
    column: pa.Array
    numbers: RowNumbers
    bad: list[Fault]

    def refuse(self, where: Array, problem: Problem) -> None:
        """Refuse some rows."""
        self.bad.append(Fault(self.place, problem.code, problem.message, self.numbers.of(where)))

    def of_kind(self, *kinds: Callable[[pa.DataType], bool], expected: str) -> None:
        """Refuse the whole column if its kind is none of some."""
        kind = self.column.type
        if not any(is_kind(kind) for is_kind in (*kinds, pa.types.is_null)):
            raise refused("wrong-type", self.place, f"expected {expected}, got {kind}")

    def by_value(self, read: Callable[[Any], int]) -> Array:
        """Return the number that each distinct value is read as, 0 where none is on record; the wrong are refused."""
        if pa.types.is_null(self.column.type):
            return np.zeros(len(self.column), np.uint32)
        seen = self.column.dictionary_encode()
        values = seen.dictionary.to_pylist()
        indices = np.asarray(seen.indices.fill_null(len(values)))
        numbers, wrong = np.zeros(len(values) + 1, np.uint32), np.zeros(len(values) + 1, np.uint8)
        problems: list[Problem] = []
        for index, value in enumerate(values):
            try:
                numbers[index] = read(value)
            except InvalidInput as error:
                problem = error.problems[0]
                problems += [] if problem in problems else [problem]
                wrong[index] = 1 + problems.index(problem)
        for place, problem in enumerate(problems, start=1):
            self.refuse(wrong[indices] == place, problem)
        return np.asarray(numbers[indices])

    def statuses(self) -> Array:
        """Return the place of each row's status in `STATUSES`; where none is on record, it is completed."""
        self.of_kind(*TEXT, expected="text")
        return self.by_value(lambda value: STATUSES.index(_record(STATUS, value).status)).astype(np.uint8)

    def minutes(self) -> Array:
        """Return lengths in minutes, `NOT_KNOWN` where none is on record."""
        self.of_kind(pa.types.is_integer, pa.types.is_floating, expected="whole numbers of minutes")
        if pa.types.is_null(self.column.type):
            return np.full(len(self.column), NOT_KNOWN, np.uint16)
        values = np.asarray(self.column.fill_null(0) if self.column.null_count else self.column)
        wrong = (values < 0) | (values > LONGEST_MINUTES)
        if not pa.types.is_integer(self.column.type):
            wrong |= np.trunc(values) != values
        if not wrong.any():
            lengths = values.astype(np.uint16)
        else:  # the record says of each what is wrong
            numbers = RowNumbers(1, self.numbers.of(wrong))
            apart = _Reading(self.name, self.place, self.column.filter(pa.array(wrong)), numbers, self.bad)
            apart.by_value(lambda value: _record(self.name, _whole(value)).row or 0)
            lengths = np.where(wrong, 0, values).astype(np.uint16)
        if self.column.null_count:
            lengths[np.asarray(self.column.is_null())] = NOT_KNOWN
        return lengths

    def courses(self) -> Array:
        """Return the course number of each row, 0 where none is on record."""
        self.of_kind(pa.types.is_integer, pa.types.is_floating, expected="course numbers")
        return self.by_value(lambda value: _record(COURSE, _whole(value)).course or 0).astype(np.uint8)

    def doses(self, known: dict[Any, int]) -> Array:
        """Return the number of each row's dose, 0 where none is on record; new doses get new numbers."""
        self.of_kind(pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, expected="doses in mg as numbers")
        return self.by_value(lambda value: known.setdefault(_record(MG, value).dose_mg, len(known) + 1))

    def days(self) -> Array:
        """Return the day of each row, from a column of dates or of time stamps at midnight."""
        kind = self.column.type
        if pa.types.is_timestamp(kind):
            self._check_midnight(kind)
        elif not pa.types.is_date(kind):
            hint = "; they may be Excel serial numbers or time stamps" if pa.types.is_integer(kind) else ""
            raise refused("calendar-date", self.place, f"expected dates, or text as YYYY-MM-DD, got {kind}{hint}")
        days = self._days_from_1970(kind) - FIRST_FROM_1970
        wrong = (days < 0) | (days >= DAYS)
        if not wrong.any():
            return days.astype(np.uint16)
        try:
            checked_date(_BEFORE, self.place)
        except InvalidInput as error:
            self.refuse(wrong, error.problems[0])
        return np.where(wrong, 0, days).astype(np.uint16)

    def _days_from_1970(self, kind: pa.DataType) -> Array:
        if pa.types.is_date32(kind):
            return np.asarray(self.column.cast(pa.int32()))
        days: Array = (
            np.asarray(self.column.cast(pa.int64())) // _PER_DAY["ms" if pa.types.is_date64(kind) else kind.unit]
        )
        return days

    def _check_midnight(self, kind: pa.DataType) -> None:
        if kind.tz is not None:
            message = f"expected days, got time stamps with a zone ({kind.tz}); take the day in the clinic's zone first"
            raise refused("calendar-date", self.place, message)
        late = np.flatnonzero(np.asarray(self.column.cast(pa.int64())) % _PER_DAY[kind.unit])
        if len(late):
            message = f"expected days, got time stamps that are not midnight in {_first(self.numbers.of(late))}"
            raise refused("calendar-date", self.place, f"{message}; take the day in the clinic's zone first")

    def days_of_text(self) -> Array:
        """Return the day of each row from text; another spelling than YYYY-MM-DD refuses the column."""
        days = self.by_value(lambda value: day_number(checked_date(value, self.place))).astype(np.uint16)
        for fault in self.bad:
            if fault.code == "calendar-date":
                raise refused(fault.code, self.place, f"{fault.message}; {_first(fault.rows)}")
        return days
