"""Screen Arrow batches of packed rows inside Spark, which sends each patient's rows to one partition.

A packed row is one whole number, so that few bytes are sent. From its lowest bit on: the minutes of infusion (11 bits)
and of observation (11), the status (3), the course number (6), the day (16, counted from 1 January 2000) and the
patient's own date of the question (16).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.denominators import tally_of
from lemtrada_schedule.cohort.per_patient import histories
from lemtrada_schedule.cohort.question import Question
from lemtrada_schedule.cohort.reading.columns import ColumnReader
from lemtrada_schedule.cohort.report_tables import COUNT_FIELDS, courses_table, findings_table
from lemtrada_schedule.cohort.screen.chunks import (
    AS_OF,
    COURSE,
    DATE,
    INFUSION,
    MG,
    OBSERVATION,
    PATIENT,
    STATUS,
    STATUSES,
    Chunk,
    RowNumbers,
)
from lemtrada_schedule.cohort.screen.finding_bits import COUNTED_FROM, SCREENED
from lemtrada_schedule.cohort.screen.layout import Array, Screened, Tables
from lemtrada_schedule.cohort.screen.lookup_tables import FIRST_FROM_1970, as_date
from lemtrada_schedule.cohort.screening import Screen
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["FIELDS", "NOT_ACCEPTED", "NOT_ON_RECORD", "PACKED", "Batches", "counted_from_1", "unpacked"]

PACKED: Final = "packed"

FIELDS: Final = {
    INFUSION: (0, 11),
    OBSERVATION: (11, 11),
    STATUS: (22, 3),
    COURSE: (25, 6),
    DATE: (31, 16),
    AS_OF: (47, 16),
}
"""The lowest bit of each field, and how many bits it has."""

NOT_ON_RECORD: Final = {name: (1 << width) - 1 for name, (_, width) in FIELDS.items()}

NOT_ACCEPTED: Final = {name: (1 << width) - 2 for name, (_, width) in FIELDS.items()}
"""Represents every value that a record does not accept."""

_NO_STATUS: Final = "?"

_WORDS: Final = np.array([*STATUSES, _NO_STATUS, _NO_STATUS, _NO_STATUS, STATUSES[0]], object)


def unpacked(table: pa.Table, columns: tuple[str, ...]) -> pa.Table:
    """Return packed rows as the columns of a cohort; a value that is not accepted is replaced by a refused one."""
    packed = np.asarray(table[PACKED].combine_chunks())
    plain = {PATIENT: table[PATIENT], DATE: _days(_field(packed, DATE), DATE)}
    for name in (INFUSION, OBSERVATION, COURSE):
        if name in columns:
            values = _field(packed, name)
            plain[name] = pa.array(
                np.where(values == NOT_ACCEPTED[name], -1, values), pa.int64(), mask=values == NOT_ON_RECORD[name]
            )
    if STATUS in columns:
        plain[STATUS] = pa.DictionaryArray.from_arrays(pa.array(_field(packed, STATUS)), pa.array(_WORDS))
    if AS_OF in columns:
        days = _field(packed, AS_OF)
        plain[AS_OF] = pc.if_else(pa.array(days == NOT_ON_RECORD[AS_OF]), None, _days(days, AS_OF))
    if MG in columns:
        plain[MG] = table[MG]
    return pa.table(plain)


def _field(packed: Array, name: str) -> Array:
    low, width = FIELDS[name]
    return (packed >> low) & ((1 << width) - 1)


def _days(day: Array, name: str) -> pa.Array:
    since_1970 = np.where(day == NOT_ACCEPTED[name], -1, day) + FIRST_FROM_1970
    return pa.array(since_1970.astype(np.int32)).cast(pa.date32())


@dataclass(frozen=True, repr=False)
class Batches:
    """The question for the rows of a partition, which holds all rows of each of its patients."""

    question: Question
    columns: tuple[str, ...]
    """Which columns the cohort has."""

    def patients(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield a row for each patient, as in `Report.patients`."""
        return self._each(batches, lambda screen, chunk: _patients(screen, chunk)[0])

    def courses(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield a row for each course, as in `Report.courses`."""
        return self._each(batches, lambda screen, chunk: courses_table(*_patients(screen, chunk)))

    def findings(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield a row for each finding, made by `evaluate`; `row` counts the rows of each patient by date."""
        return self._each(batches, self._findings, in_order=True)

    def counts(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield how often each code occurs by course and by year, what it is counted out of, and unknown years."""
        return self._each(batches, lambda screen, chunk: _counts(*_patients(screen, chunk), screen.tables))

    def _each(
        self, batches: Iterator[pa.RecordBatch], work: Callable[[Screen, Chunk], pa.Table], *, in_order: bool = False
    ) -> Iterator[pa.RecordBatch]:
        read = [batch for batch in batches if batch.num_rows]
        if read:
            screen, chunk = self._read(pa.Table.from_batches(read), in_order=in_order)
            screen.take(chunk)
            screen.unreadable.append(chunk.unreadable)
            yield from work(screen, chunk).to_batches()

    def _read(self, table: pa.Table, *, in_order: bool) -> tuple[Screen, Chunk]:
        """Return a screen, and the rows of a partition as a chunk."""
        names = {name: name for name in self.columns}
        reader = ColumnReader(names, self.question.protocol.infusion_day.dose_mg)
        if in_order or COURSE in self.columns:  # different course numbers on one day depend on the order of the rows
            table = table.sort_by([(name, "ascending") for name in table.column_names])
        chunk = reader.read(unpacked(table, self.columns), 1)
        chunk = _counted_by_patient(chunk, table[PATIENT].combine_chunks()) if in_order else chunk
        return Screen(self.question, reader), chunk

    def _findings(self, screen: Screen, chunk: Chunk) -> pa.Table:
        table, result = _patients(screen, chunk)
        flagged = table[PATIENT].combine_chunks().filter(pa.array(result.codes != 0))
        if screen.folded is None:
            pairs = histories(chunk, flagged, screen.reader.doses())
        else:
            pairs = screen.folded.histories(flagged, with_others=True)
        days = (as_date(day) for day in result.as_of[result.codes != 0].tolist())
        judged = (
            (patient, self.question.evaluation(history, day))
            for (patient, history), day in zip(pairs, days, strict=True)
        )
        return findings_table(judged, chunk.patient.type)


def _patients(screen: Screen, chunk: Chunk) -> tuple[pa.Table, Screened]:
    if screen.folded is not None:
        return screen.patients(screen.folded.histories)
    return screen.patients(lambda wanted: histories(chunk, wanted, screen.reader.doses()))


def _counted_by_patient(chunk: Chunk, patient: pa.Array) -> Chunk:
    """Return a chunk whose row numbers count each patient's rows from 1.

    Args:
        chunk: The rows that were read.
        patient: The patient of every row, sorted.
    """
    number = counted_from_1(patient)
    counted = RowNumbers(1, number[chunk.row_numbers() - 1])
    return replace(chunk, number=counted, unreadable_rows=number[chunk.unreadable_rows - 1])


def counted_from_1(patient: pa.Array) -> Array:
    """Return the number of each row among its patient's rows; `patient` is sorted."""
    place = np.arange(len(patient))
    if not len(place):
        return place
    differs = pc.not_equal(patient.slice(1), patient.slice(0, len(patient) - 1))
    begins = np.append(True, np.asarray(pc.if_else(differs.is_valid(), differs, pa.scalar(value=True))))
    number: Array = place - np.maximum.accumulate(np.where(begins, place, 0)) + 1
    return number


def _counts(patients: pa.Table, result: Screened, tables: Tables) -> pa.Table:
    rows: list[tuple[str, str, int, int]] = []
    for bit, kind in enumerate(SCREENED):
        for by, tallies, first in (("course", result.by_course, 0), ("year", result.by_year, COUNTED_FROM)):
            counts: Any = enumerate(tallies.get(bit, ()), start=first)
            rows += [(kind.code, by, value, int(count)) for value, count in counts if count]
    for (unit, by), of_values in tally_of(patients, result, tables).items():
        rows += [(unit, by, value, count) for value, count in of_values.items()]
    rows += [("", "unknown year", FIRST_DATE.year + year, 1) for year in sorted(result.unknown_years)]
    columns = {name: [row[place] for row in rows] for place, (name, _) in enumerate(COUNT_FIELDS)}
    return pa.table(columns, schema=pa.schema(COUNT_FIELDS))
