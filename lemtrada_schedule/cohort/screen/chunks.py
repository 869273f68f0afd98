"""Rows of a cohort as small numbers: a chunk of rows, their facts and their faults."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.screen.layout import (
    COURSE_SHIFT,
    DOSE,
    NOT_GIVEN,
    PARTIAL,
    SHORT_INFUSION,
    SHORT_OBSERVATION,
    Array,
    Tables,
)

__all__ = [
    "COLUMNS",
    "NOT_KNOWN",
    "STATUSES",
    "TEXT",
    "Chunk",
    "Facts",
    "Fault",
    "RowNumbers",
    "is_text",
    "joined_chunks",
]

PATIENT, DATE, STATUS, INFUSION, OBSERVATION, MG, COURSE = COLUMNS = (
    "patient", "date", "status", "infusion_minutes", "observation_minutes", "dose_mg", "course",
)  # fmt: skip
"""The columns of a cohort, named as in `InfusionRecord`; the first two are required."""

AS_OF: Final = "as_of"
"""The column of each patient's own date of the question; it is used only if it is named."""

STATUSES: Final = ("completed", "partial", "not-done", "entered-in-error")

TEXT: Final = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)

_WIDTHS: Final = (2, 11, 11, 32, 6)
"""The bits of status, infusion, observation, dose and course, where the facts of a row are one number."""

NOT_KNOWN: Final = 2_047
"""Represents a length that is not on record: longer than every length."""


def is_text(kind: pa.DataType) -> bool:
    """Return whether a column of a kind holds text."""
    return any(of_kind(kind) for of_kind in TEXT)


@dataclass(frozen=True, slots=True, repr=False)
class RowNumbers:
    """The numbers that the rows of a chunk have in their source, from 1."""

    first: int
    rows: Array | None = None
    """`None`: they are consecutive."""

    def of(self, where: Array) -> Array:
        """Return the numbers of some rows, given by their places or by a mask."""
        places = np.flatnonzero(where) if where.dtype == bool else where
        numbers: Array = places + self.first if self.rows is None else self.rows[places]
        return numbers


@dataclass(frozen=True, slots=True, repr=False)
class Fault:
    """Rows that were refused for one reason."""

    column: str
    code: str
    message: str
    rows: Array
    """Row numbers, from 1."""


@dataclass(frozen=True, slots=True, repr=False)
class Facts:
    """The facts of rows besides patient and day, as small numbers; `None`: there is no such column."""

    status: Array | None = None
    infusion: Array | None = None
    observation: Array | None = None
    dose: Array | None = None
    """0: not on record, 1: the protocol's dose; each other dose has a number of its own."""
    course: Array | None = None
    """The course number on record, 0 where there is none."""
    as_of: Array | None = None
    """The patient's own date of the question; it is not part of the record."""

    def taken(self, rows: Any) -> "Facts":
        """Return the facts of some rows."""
        return Facts(*(None if part is None else part[rows] for part in self.parts))

    @property
    def parts(self) -> tuple[Array | None, ...]:
        """The columns in their order."""
        return (*self._of_records, self.as_of)

    @property
    def _of_records(self) -> tuple[Array | None, ...]:
        return (self.status, self.infusion, self.observation, self.dose, self.course)

    def as_one(self, rows: Array) -> Array:
        """Return all facts of some records as one number each; equal records have equal numbers."""
        one = np.zeros(len(rows), np.int64)
        for width, part in zip(_WIDTHS, self._of_records, strict=True):
            if part is not None:
                one = (one << width) | part[rows]
        return one

    def marks(self, day: Array, tables: Tables) -> Array | None:
        """Return the marks of each row; `None` if there are no columns to mark by.

        A row after the patient's own date of the question is marked as not given.
        """
        if not any(part is not None for part in self.parts):
            return None
        marks: Any = np.uint8(0)
        if self.infusion is not None:
            marks = marks | (self.infusion < tables.infusion_minutes).view(np.uint8) * np.uint8(SHORT_INFUSION)
        if self.observation is not None:
            short = (self.observation < tables.observation_minutes).view(np.uint8)
            marks = marks | short * np.uint8(SHORT_OBSERVATION)
        if self.status is not None:
            marks = marks * (self.status == 0) + _STATUS_MARKS[self.status]
        if self.dose is not None:
            marks = marks | (self.dose > 1).view(np.uint8) * np.uint8(DOSE)
        if self.as_of is not None:
            marks = marks | (day > self.as_of).view(np.uint8) * np.uint8(NOT_GIVEN)
        if self.course is not None:
            marks = marks | (self.course.astype(np.uint16) << COURSE_SHIFT)
        return np.asarray(marks)


_STATUS_MARKS: Final = np.array([0, PARTIAL, NOT_GIVEN, NOT_GIVEN], np.uint8)


def joined_facts(parts: Sequence[Facts]) -> Facts:
    """Return the facts of several groups of rows as one."""
    columns = zip(*(part.parts for part in parts), strict=True)
    return Facts(*(None if any(part is None for part in column) else np.concatenate(column) for column in columns))


@dataclass(frozen=True, slots=True, repr=False)
class Chunk:
    """Rows that were read, with their patients, days and facts, and the rows that were not read."""

    patient: pa.Array
    """The id of each row's patient: whole numbers or text."""
    day: Array
    facts: Facts
    number: RowNumbers
    rows: int
    """How many rows there were, including blank and refused ones."""
    blank: int
    faults: tuple[Fault, ...]
    unreadable: pa.Array
    """The patients of refused rows."""
    unreadable_rows: Array
    unknown_rows: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    """Refused rows whose patient is unknown: they count for every patient (S06)."""

    def taken(self, rows: Array) -> "Chunk":
        """Return some of the rows that were read, without faults and refused rows."""
        number = RowNumbers(1, self.number.of(rows))
        return self._with(self.patient.take(pa.array(rows)), self.day[rows], self.facts.taken(rows), number)

    def sliced(self, begin: int, end: int) -> "Chunk":
        """Return the rows from `begin` up to `end`, not included, without a copy."""
        rows, numbers = slice(begin, end), self.number
        number = RowNumbers(numbers.first + begin, None if numbers.rows is None else numbers.rows[rows])
        return self._with(self.patient.slice(begin, end - begin), self.day[rows], self.facts.taken(rows), number)

    def _with(self, patient: pa.Array, day: Array, facts: Facts, number: RowNumbers) -> "Chunk":
        return Chunk(patient, day, facts, number, len(day), 0, (), patient.slice(0, 0), np.zeros(0, np.int64))

    def of(self, wanted: pa.Array) -> "Chunk":
        """Return the rows of some patients, with their refused rows."""
        own = np.flatnonzero(np.asarray(pc.is_in(self.patient, wanted)))
        lost = np.flatnonzero(np.asarray(pc.is_in(self.unreadable, wanted)))
        unreadable = self.unreadable.take(pa.array(lost))
        rows = self.unreadable_rows[lost]
        return replace(self.taken(own), unreadable=unreadable, unreadable_rows=rows, unknown_rows=self.unknown_rows)

    def row_numbers(self) -> Array:
        """Return the number of each row, from 1."""
        return self.number.of(np.arange(len(self.day)))


def joined_chunks(parts: Sequence[Chunk]) -> Chunk:
    """Return several chunks of one cohort as one."""
    if len(parts) == 1:
        return parts[0]
    return Chunk(
        patient=pa.concat_arrays([part.patient for part in parts]),
        day=np.concatenate([part.day for part in parts]),
        facts=joined_facts([part.facts for part in parts]),
        number=RowNumbers(1, np.concatenate([part.row_numbers() for part in parts])),
        rows=sum(part.rows for part in parts),
        blank=sum(part.blank for part in parts),
        faults=tuple(fault for part in parts for fault in part.faults),
        unreadable=pa.concat_arrays([part.unreadable for part in parts]),
        unreadable_rows=np.concatenate([part.unreadable_rows for part in parts]),
        unknown_rows=np.concatenate([part.unknown_rows for part in parts]),
    )
