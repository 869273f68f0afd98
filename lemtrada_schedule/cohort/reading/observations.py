"""`ObservationReader`: read a table of observations into small numbers: patient, day, and the tests that a code means.

A row whose code no test of the protocol has is counted as `other`, whatever else it holds: it decides nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import ClassVar, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.reading.arrow_arrays import plain_array
from lemtrada_schedule.cohort.reading.columns import ColumnReader
from lemtrada_schedule.cohort.screen.chunks import DATE, PATIENT, Fault, is_text
from lemtrada_schedule.cohort.screen.layout import Array
from lemtrada_schedule.errors import InvalidInput, Problem, kind_of
from lemtrada_schedule.protocol.actions import SeriesAction, WindowAction
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import History
from lemtrada_schedule.records.recorded_tests import CD4, codes_for_everybody, recorded_tests
from lemtrada_schedule.validation.arguments import refused

__all__ = ["CODE", "ObservationColumns", "ObservationReader", "ObservedRows", "ProtocolTests"]

CODE: Final = "code"

_OTHER: Final = -1
_MISSING: Final = -2


@dataclass(frozen=True, slots=True, repr=False)
class ObservationColumns:
    """The own names of the columns of a table of observations."""

    patient: str = PATIENT
    date: str = DATE
    code: str = CODE

    table: ClassVar[str] = "the table of observations"
    required: ClassVar[tuple[str, ...]] = (PATIENT, DATE, CODE)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the table may have."""
        return self.required

    def name_of(self, column: str) -> str:
        """Return the own name of a column."""
        name: str = getattr(self, column)
        return name

    @staticmethod
    def argument(column: str) -> str:
        """Return the argument that names a column."""
        return f"observation_{column}"

    def checked(self) -> "ObservationColumns":
        """Return these columns; raise `InvalidInput` with every name that is not text."""
        names = {self.argument(one.name): self.name_of(one.name) for one in fields(self)}
        wrong = {name: value for name, value in names.items() if type(value) is not str}
        if wrong:
            message = "expected the name of a column, got {}"
            raise InvalidInput(Problem("wrong-type", n, message.format(kind_of(v)), n) for n, v in wrong.items())
        return self


class ProtocolTests:
    """The recurring tests and the windows of a protocol, by number, and the codes that mean them (S31)."""

    def __init__(self, protocol: Protocol) -> None:
        """List the tests in the protocol's order."""
        actions = [action for action in protocol.actions if isinstance(action, SeriesAction | WindowAction)]
        # A CD4 count requires a value, which the table does not have.
        self.actions: tuple[SeriesAction | WindowAction, ...] = tuple(one for one in actions if one.id != CD4)
        self._numbers = {action.id: number for number, action in enumerate(self.actions)}
        self._meanings = recorded_tests(History(), protocol).meanings
        self._protocol = protocol

    def meant_by(self, code: str | None) -> tuple[int, ...]:
        """Return the numbers of the tests that a code means; none for any other code."""
        kinds = self._meanings.get(code, ()) if code is not None else ()
        return tuple(sorted(self._numbers[kind] for kind in kinds if kind in self._numbers))

    def for_everybody(self, codes: Sequence[str]) -> frozenset[int]:
        """Return the tests that are recorded for all patients if these codes occur anywhere in the source (S32)."""
        shared = codes_for_everybody(codes, [self._protocol])
        return frozenset(number for code in shared for number in self.meant_by(code))


@dataclass(frozen=True, slots=True, repr=False)
class ObservedRows:
    """Rows of a table of observations that were read."""

    patient: pa.Array
    """The patient of each accepted row; a row whose code means several tests is there once for each."""
    day: Array
    test: Array
    """The number of the test."""
    repeated: int
    """How many of these entries repeat a row for a further test."""
    unreadable: pa.Array
    """The patients of refused rows."""
    unreadable_rows: Array
    unknown_rows: Array
    """Refused rows whose patient is unknown."""
    faults: tuple[Fault, ...]
    rows: int
    blank: int
    other: int

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        return len(self.unreadable_rows) + len(self.unknown_rows)


@dataclass(frozen=True, slots=True, repr=False)
class _Codes:
    """The codes of the rows of a part, and the tests that they mean."""

    distinct: list[str | None]
    index: Array
    """For each row, the place of its code in `distinct`."""
    tests: list[tuple[int, ...]]
    """For each distinct code, the tests that it means."""
    meaning: Array
    """For each distinct code, the first of these tests, `_OTHER` or `_MISSING`."""
    first_row: int

    @classmethod
    def of(cls, column: pa.ChunkedArray, place: str, tests: ProtocolTests, first_row: int) -> "_Codes":
        """Return the codes in a column."""
        index, distinct = _encoded(column, place)
        meant = [tests.meant_by(code) for code in distinct]
        each = zip(distinct, meant, strict=True)
        meaning = [_MISSING if code is None else own[0] if own else _OTHER for code, own in each]
        return cls(distinct, index, meant, np.array(meaning, np.int16), first_row)

    def at(self, rows: Array) -> Array:
        """Return the place of the code of each of some rows."""
        if len(rows) == len(self.index):  # all rows, in order
            return self.index
        place: Array = self.index[rows - self.first_row]
        return place

    def is_ours(self, rows: Array) -> Array:
        """Return whether some rows may be tests of the protocol: all but those of another code."""
        ours: Array = self.meaning[self.at(rows)] != _OTHER
        return ours

    def counts(self, place: Array) -> list[tuple[str, int, int]]:
        """Return each code at some places with its meaning, and how often it is there."""
        counts = np.bincount(place, minlength=len(self.distinct)).tolist()
        each = zip(self.distinct, self.meaning.tolist(), counts, strict=True)
        return [(code, meaning, count) for code, meaning, count in each if code is not None and count]

    def further(self, place: Array) -> tuple[Array, Array]:
        """Return which of some rows have codes that mean further tests, and these tests."""
        pairs = [(np.flatnonzero(place == own), test) for own, tests in enumerate(self.tests) for test in tests[1:]]
        sizes = [len(where) for where, _ in pairs]
        nothing = np.zeros(0, np.int64)
        tests = np.repeat(np.array([test for _, test in pairs], np.int64), sizes)
        return np.concatenate([nothing, *(where for where, _ in pairs)]), tests


@dataclass(repr=False)
class ObservationReader:
    """Reads part after part of one table of observations."""

    names: dict[str, str]
    """The own names of its columns."""
    tests: ProtocolTests
    seen: set[str] = field(default_factory=set)
    """The codes of accepted rows."""
    others: Counter[str] = field(default_factory=Counter)
    """How many rows have each code that no test of the protocol has."""

    def read(self, table: pa.Table, first_row: int) -> ObservedRows:
        """Return the rows of a part; `first_row` is the number of the first.

        Raises:
            InvalidInput: Columns are of the wrong type, or patients or dates are missing; each is reported.
        """
        place = self.names[CODE]
        codes = _Codes.of(table.column(place), place, self.tests, first_row)
        chunk = ColumnReader(self.names, 1).read(_without_codes(table, place), first_row)  # there are no doses
        rows = chunk.row_numbers()
        own = codes.at(rows)
        test = codes.meaning[own]
        kept, missing = np.flatnonzero(test >= 0), np.flatnonzero(test == _MISSING)
        self._note(codes.counts(own))
        self._note(codes.counts(codes.at(np.append(chunk.unreadable_rows, chunk.unknown_rows))), are_refused=True)
        lost = codes.is_ours(chunk.unreadable_rows)
        unknown = chunk.unknown_rows[codes.is_ours(chunk.unknown_rows)]
        lost_rows = np.concatenate([chunk.unreadable_rows[lost], rows[missing]])
        faults = [replace(one, rows=one.rows[codes.is_ours(one.rows)]) for one in chunk.faults]
        faults.append(Fault(place, "missing-field", "the value is missing; fill it in", rows[missing]))
        further, more = codes.further(own)
        patient, day = chunk.patient, chunk.day
        if len(further) or len(kept) < len(rows):  # rows are only copied if some are left out, or repeated
            taken = np.concatenate([kept, further])
            patient, day, test = patient.take(pa.array(taken)), day[taken], np.concatenate([test[kept], more])
        return ObservedRows(
            patient=patient,
            day=day,
            test=test,
            repeated=len(further),
            unreadable=pa.concat_arrays(
                [chunk.unreadable.filter(pa.array(lost)), chunk.patient.take(pa.array(missing))]
            ),
            unreadable_rows=lost_rows,
            unknown_rows=unknown,
            faults=tuple(one for one in faults if len(one.rows)),
            rows=chunk.rows,
            blank=chunk.blank,
            other=chunk.rows - chunk.blank - len(kept) - len(lost_rows) - len(unknown),
        )

    def _note(self, counts: Sequence[tuple[str, int, int]], *, are_refused: bool = False) -> None:
        """Note which codes occur in rows that are not refused, and count the rows of other codes."""
        self.others.update({code: count for code, meaning, count in counts if meaning == _OTHER})
        if not are_refused:
            self.seen.update(code for code, meaning, _ in counts if meaning >= 0)


def _without_codes(table: pa.Table, place: str) -> pa.Table:
    """Return a table that says of each code only whether there is one: blank rows have none."""
    there = table.column(place).is_valid()
    return table.set_column(table.column_names.index(place), place, pc.if_else(there, there, None))


def _encoded(column: pa.ChunkedArray, place: str) -> tuple[Array, list[str | None]]:
    """Return distinct codes, and the place of each row's code among them; a code may be listed twice."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (is_text(kind) or pa.types.is_null(kind)):
        raise refused("wrong-type", place, f"expected codes as text, got {kind}; convert the column to text")
    if pa.types.is_dictionary(column.type):
        whole = column.unify_dictionaries().combine_chunks()
        whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    else:
        whole = plain_array(column, place).dictionary_encode()
    distinct: list[str | None] = plain_array(pa.chunked_array([whole.dictionary]), place).to_pylist()
    indices = whole.indices.cast(pa.int64()) if whole.indices.type != pa.int32() else whole.indices
    return np.asarray(indices.fill_null(len(distinct))), [*distinct, None]
