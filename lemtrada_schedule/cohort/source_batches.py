"""Fold rows inside Spark as their source says: rows of other medicines are counted before any row is sent."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.folded_rows import FoldedRows
from lemtrada_schedule.cohort.reading.arrow_cells import cell_rows, rows_of_others
from lemtrada_schedule.cohort.reading.cohort_source import CohortSource
from lemtrada_schedule.cohort.reading.columns import ColumnReader
from lemtrada_schedule.cohort.screen.chunks import AS_OF, PATIENT, Chunk
from lemtrada_schedule.cohort.screen.layout import Array
from lemtrada_schedule.cohort.screening import Screen
from lemtrada_schedule.cohort.spark_batches import Batches, counted_from_1
from lemtrada_schedule.errors import Problem
from lemtrada_schedule.records.recorded_values import BLANKS, PADDED_ID
from lemtrada_schedule.sources.cells import is_blank
from lemtrada_schedule.sources.folding import Folded, Folding
from lemtrada_schedule.sources.headers import TableColumns, columns_of

__all__ = ["KEY", "OTHERS", "TALLY_FIELDS", "SourceBatches"]

KEY: Final = "key"
"""The column by which rows are sent: the patient's id as text, without blanks at its ends."""

OTHERS: Final = "others"
"""The column with the number of rows of other medicines; null in a row of LEMTRADA."""

TALLY_FIELDS: Final = (("of", pa.string()), ("rows", pa.int64()))


@dataclass(frozen=True, repr=False)
class SourceBatches(Batches):
    """The question for the rows of a partition, and how its rows are read."""

    said: CohortSource
    names: tuple[tuple[str, str], ...]
    """Our name of each column that is read, and the frame's."""
    kind: pa.DataType
    """The type of the ids in the report."""

    @property
    def _header(self) -> tuple[str, ...]:
        return tuple(theirs for _, theirs in self.names)

    def _columns(self) -> TableColumns:
        return columns_of(self._header, self.said.source, frozenset(filter(None, [self.said.as_of])))

    def tallied(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield how many rows there are, how many are blank or of other medicines, and those whose patient is unknown.

        The last are counted by the code of the problem.
        """
        found: Counter[str] = Counter()
        columns = self._columns()
        for batch in batches:
            table = self._named(pa.Table.from_batches([batch]))
            found["rows"] += table.num_rows
            is_other = rows_of_others(table, columns, self.said.source.medicine)
            found["other"] += int(is_other.sum())
            kept = table.filter(pa.array(~is_other))
            for _, values in cell_rows(kept, 1, columns, None).rows:
                patient = columns.patient.value(values[columns.patient.index]) if columns.patient else None
                if all(map(is_blank, values)):
                    found["blank"] += 1
                elif patient is None:
                    found["missing-field"] += 1
                elif isinstance(patient, Problem) and patient.code != PADDED_ID:
                    found[patient.code] += 1
        yield pa.record_batch([list(found), list(found.values())], schema=pa.schema(TALLY_FIELDS))

    def sent(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of LEMTRADA with their key, and one row for the other rows of each patient."""
        columns = self._columns()
        for batch in batches:
            table = pa.Table.from_batches([batch])
            is_other = rows_of_others(self._named(table), columns, self.said.source.medicine)
            counted = table[PATIENT].filter(pa.array(is_other)).combine_chunks().value_counts()
            others = pa.table({PATIENT: counted.field("values"), OTHERS: counted.field("counts")})
            for rows in (table.filter(pa.array(~is_other)), others):
                yield from _whole(rows, table.schema).to_batches()

    def _named(self, table: pa.Table) -> pa.Table:
        """Return the columns that are read under the frame's own names, of which messages speak."""
        return table.select([ours for ours, _ in self.names]).rename_columns(list(self._header))

    def _read(self, table: pa.Table, *, in_order: bool) -> tuple[Screen, Chunk]:
        """Return a screen, and the records of a partition as a chunk."""
        del in_order  # the rows are folded in order in any case
        table = table.sort_by(
            [(KEY, "ascending"), *((name, "ascending") for name in table.column_names if name != KEY)]
        )
        is_other = np.asarray(table[OTHERS].is_valid())
        of_others, kept = table.filter(pa.array(is_other)), table.filter(pa.array(~is_other))
        columns = self._columns()
        folding = Folding(self.said.source, as_of=self.said.as_of, keeps_rows=True)
        folding.take_table(cell_rows(self._named(kept), 1, columns, None).table)
        folding.count_others(self._counted(of_others, columns))
        numbers = counted_from_1(kept[KEY].combine_chunks())
        facts = self.said.facts() | ({AS_OF: self.said.as_of} if self.said.as_of else {})
        reader = ColumnReader(facts, self.question.protocol.infusion_day.dose_mg)
        folded = FoldedRows(_numbered(folding.folded(), numbers), self.kind, self.said.as_of).settled()
        return Screen(self.question, reader, folded=folded), folded.chunk(reader)

    def _counted(self, rows: pa.Table, columns: TableColumns) -> Counter[str | None]:
        """Return the rows of other medicines by patient."""
        found: Counter[str | None] = Counter()
        for own, count in zip(rows[PATIENT].to_pylist(), rows[OTHERS].to_pylist(), strict=True):
            patient = columns.patient.value(own) if columns.patient else None
            found[None if isinstance(patient, Problem) else patient] += count
        return found


def _whole(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows with all columns that are sent; those that they lack are null."""
    fields = [*schema, pa.field(OTHERS, pa.int64())]
    there = set(rows.column_names)
    columns = [rows[one.name] if one.name in there else pa.nulls(rows.num_rows, one.type) for one in fields]
    return pa.table([*columns, _key(rows[PATIENT])], names=[*(one.name for one in fields), KEY])


def _key(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    text = ids.cast(pa.string())
    return pc.utf8_trim(text, characters=BLANKS)


def _numbered(folded: Folded, numbers: Array) -> Folded:
    """Return what was folded with row numbers that count each patient's rows from 1."""
    own = numbers.tolist()
    for patient, records in folded.infusions.items():
        folded.infusions[patient] = [one.model_copy(update={"row": own[(one.row or 1) - 1]}) for one in records]
    folded.refused = [replace(line, row=own[line.row - 1]) for line in folded.refused]
    return folded
