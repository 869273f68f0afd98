"""`ColumnValues`: read one column of a cohort, value by value, into small numbers.

`InfusionRecord` itself checks each distinct value once, and says why it is refused.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lemtrada_schedule.cohort.reading.arrow_arrays import PER_DAY
from lemtrada_schedule.cohort.screen.chunks import (
    COURSE,
    DATE,
    MG,
    NOT_KNOWN,
    STATUS,
    STATUSES,
    TEXT,
    Fault,
    RowNumbers,
)
from lemtrada_schedule.cohort.screen.layout import Array
from lemtrada_schedule.cohort.screen.lookup_tables import DAYS, FIRST_FROM_1970, day_number
from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.records.history import LONGEST_MINUTES, InfusionRecord
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.scalars import FIRST_DATE, date_in

__all__ = ["ColumnValues", "first_rows", "record_with"]

SHOWN_ROWS: Final = 5

NUMBERS: Final = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)

_BEFORE: Final = FIRST_DATE - dt.timedelta(days=1)

_TO_DATES: Final = "convert them to dates in the clinic's zone first"


def record_with(column: str, value: Any) -> InfusionRecord:
    """Return a record with one value.

    Raises:
        InvalidInput: The record refuses the value.
    """
    return InfusionRecord.model_validate({DATE: FIRST_DATE, column: value})


def _whole(value: float | Decimal) -> float | Decimal:
    """Return a whole number as an `int`: pandas writes 1.0 where a column has gaps, databases write 1.00."""
    is_whole = value.to_integral_value() == value if isinstance(value, Decimal) else float(value).is_integer()
    return int(value) if is_whole else value


def first_rows(rows: Array) -> str:
    """Return the first few row numbers, in words."""
    shown = ", ".join(map(str, rows[:SHOWN_ROWS].tolist()))
    more = f" and {len(rows) - SHOWN_ROWS:,} more" if len(rows) > SHOWN_ROWS else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


@dataclass(frozen=True, repr=False)
class ColumnValues:
    """One column with the numbers of its rows, and the list to which its faults are added."""

    name: str
    place: str
    column: pa.Array
    numbers: RowNumbers
    bad: list[Fault]

    def refuse(self, where: Array, problem: Problem) -> None:
        """Refuse some rows."""
        self.bad.append(Fault(self.place, problem.code, problem.message, self.numbers.of(where)))

    def of_kind(self, *kinds: Callable[[pa.DataType], bool], expected: str) -> None:
        """Refuse the whole column if it does not have one of the expected types."""
        kind = self.column.type
        if not any(is_kind(kind) for is_kind in (*kinds, pa.types.is_null)):
            raise refused("wrong-type", self.place, f"expected {expected}, got {kind}")

    def by_value(self, read: Callable[[Any], int]) -> Array:
        """Return the number for each value, 0 if there is none; refuse the rows of wrong values."""
        if pa.types.is_null(self.column.type):
            return np.zeros(len(self.column), np.uint32)
        seen = self.column.dictionary_encode()
        values = self._plain(seen.dictionary)
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

    def _plain(self, values: pa.Array) -> list[Any]:
        """Return distinct values as Python objects."""
        with suppress(ArithmeticError):  # Python cannot make a decimal of every scale that Arrow has
            return list(values.to_pylist())
        raise refused("wrong-type", self.place, "the column holds decimals that cannot be read; convert it to numbers")

    def statuses(self) -> Array:
        """Return the position of each row's status in `STATUSES`; without a status it is completed."""
        self.of_kind(*TEXT, expected="text")
        return self.by_value(lambda value: STATUSES.index(record_with(STATUS, value).status)).astype(np.uint8)

    def minutes(self) -> Array:
        """Return lengths in minutes, `NOT_KNOWN` if there is none."""
        self.of_kind(*NUMBERS, expected="whole numbers of minutes")
        if pa.types.is_null(self.column.type):
            return np.full(len(self.column), NOT_KNOWN, np.uint16)
        if pa.types.is_decimal(self.column.type):
            raised = self.by_value(lambda value: 1 + self._minutes_of(value))
            return np.where(raised == 0, NOT_KNOWN, raised - 1).astype(np.uint16)
        values = np.asarray(self.column.fill_null(0) if self.column.null_count else self.column)
        wrong = (values < 0) | (values > LONGEST_MINUTES)
        if not pa.types.is_integer(self.column.type):
            wrong |= np.trunc(values) != values
        if not wrong.any():
            lengths = values.astype(np.uint16)
        else:  # the record says what is wrong with each
            numbers = RowNumbers(1, self.numbers.of(wrong))
            apart = ColumnValues(self.name, self.place, self.column.filter(pa.array(wrong)), numbers, self.bad)
            apart.by_value(self._minutes_of)
            lengths = np.where(wrong, 0, values).astype(np.uint16)
        if self.column.null_count:
            lengths[np.asarray(self.column.is_null())] = NOT_KNOWN
        return lengths

    def _minutes_of(self, value: Any) -> int:
        """Return one length as the record reads it."""
        return int(getattr(record_with(self.name, _whole(value)), self.name))

    def courses(self) -> Array:
        """Return the course number of each row, 0 if there is none."""
        self.of_kind(*NUMBERS, expected="course numbers")
        return self.by_value(lambda value: record_with(COURSE, _whole(value)).course or 0).astype(np.uint8)

    def doses(self, known: dict[Any, int]) -> Array:
        """Return the number of each row's dose, 0 if there is none; add new doses to `known`."""
        self.of_kind(*NUMBERS, *TEXT, expected="doses in mg as numbers")
        return self.by_value(lambda value: known.setdefault(record_with(MG, value).dose_mg, len(known) + 1))

    def days(self) -> Array:
        """Return the day of each row, from dates or from timestamps at midnight."""
        kind = self.column.type
        if pa.types.is_timestamp(kind):
            self._check_midnight(kind)
        elif not pa.types.is_date(kind):
            hint = "; they may be Excel serial numbers or timestamps" if pa.types.is_integer(kind) else ""
            raise refused("calendar-date", self.place, f"expected dates, or text as YYYY-MM-DD, got {kind}{hint}")
        days = self._days_from_1970(kind) - FIRST_FROM_1970
        wrong = (days < 0) | (days >= DAYS)
        if not wrong.any():
            return days.astype(np.uint16)
        try:
            date_in(_BEFORE, self.place)
        except InvalidInput as error:
            self.refuse(wrong, error.problems[0])
        return np.where(wrong, 0, days).astype(np.uint16)

    def _days_from_1970(self, kind: pa.DataType) -> Array:
        if pa.types.is_date32(kind):
            return np.asarray(self.column.cast(pa.int32()))
        days: Array = (
            np.asarray(self.column.cast(pa.int64())) // PER_DAY["ms" if pa.types.is_date64(kind) else kind.unit]
        )
        return days

    def _check_midnight(self, kind: pa.DataType) -> None:
        if kind.tz is not None:
            message = f"expected dates, got timestamps with a zone ({kind.tz})"
            raise refused("calendar-date", self.place, f"{message}; {_TO_DATES}")
        late = np.flatnonzero(np.asarray(self.column.cast(pa.int64())) % PER_DAY[kind.unit])
        if len(late):
            message = f"expected dates, got timestamps that are not midnight in {first_rows(self.numbers.of(late))}"
            raise refused("calendar-date", self.place, f"{message}; {_TO_DATES}")

    def days_of_text(self) -> Array:
        """Return the day of each row from text; any form other than YYYY-MM-DD refuses the column."""
        days = self.by_value(lambda value: day_number(date_in(value, self.place))).astype(np.uint16)
        for fault in self.bad:
            if fault.code == "calendar-date":
                raise refused(fault.code, self.place, f"{fault.message}; {first_rows(fault.rows)}")
        return days
