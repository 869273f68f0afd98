"""`SourceReading`: read a cohort as its `Source` says; `sources` folds the rows, and the screen gets the records."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa

from lemtrada_schedule.cohort.folded_rows import FoldedRows
from lemtrada_schedule.cohort.reading.columns import ColumnReader
from lemtrada_schedule.cohort.reading.source_tables import CohortTables, Progress
from lemtrada_schedule.cohort.reading.sources import GivenFile
from lemtrada_schedule.cohort.report import FileRows
from lemtrada_schedule.cohort.screen.chunks import AS_OF, Chunk, Fault
from lemtrada_schedule.records.history import History
from lemtrada_schedule.sources.files import named
from lemtrada_schedule.sources.folding import Folding

__all__ = ["SourceReading"]


@dataclass(repr=False)
class _Counted:
    """The rows of one file."""

    last: int = 0
    """The number of its last row; those of the files before it are lower."""
    rows: int = 0
    blank: int = 0
    other: int = 0
    superseded: int = 0


@dataclass(repr=False)
class SourceReading:
    """Reads the rows of a cohort, and counts them by file. The records are kept in memory."""

    tables: CohortTables
    reader: ColumnReader
    progress: Progress | None = None
    counts: dict[GivenFile, _Counted] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    folded: FoldedRows | None = None

    @classmethod
    def of(cls, tables: CohortTables, dose_mg: int, progress: Progress | None) -> "SourceReading":
        """Return the reading of some tables; `dose_mg` is the protocol's dose."""
        names = tables.columns.facts()
        if tables.columns.as_of:
            names[AS_OF] = tables.columns.as_of
        return cls(tables, ColumnReader(names, dose_mg), progress)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the records of all rows."""
        columns = self.tables.columns
        folding = Folding(columns.source, as_of=columns.as_of, keeps_rows=True)
        for part in self.tables.parts(self.progress):
            before = folding.counts
            counted = self.counts.setdefault(part.file, _Counted())
            take = partial(folding.take_table, part.table, columns.ignore)
            named(part.file.name, take) if part.file.name else take()
            folding.count_others(part.others)
            added = [now - then for now, then in zip(folding.counts, before, strict=True)]
            counted.rows += added[0]
            counted.blank += added[1]
            counted.other += added[2]
            counted.superseded += added[3]
            counted.last = part.last()
        self.folded = FoldedRows(folding.folded(), self.tables.kind, columns.as_of).settled()
        chunk = self.folded.chunk(self.reader)
        self.faults += chunk.faults
        yield chunk

    def files(self) -> list[FileRows]:
        """Return the row counts of each file."""
        refused = [] if self.folded is None else [line.row for line in self.folded.folded.refused]
        made, before = [], 0
        for given, one in self.counts.items():
            own = bisect_right(refused, one.last) - bisect_left(refused, before + 1)
            audited = one.rows - own - one.blank - one.other - one.superseded
            made.append(FileRows(given.name, one.rows, audited, own, one.blank, one.other, one.superseded))
            before = one.last
        return made

    def ends(self) -> list[tuple[str, int]]:
        """Return the name of each file and the number of its last row."""
        return [(given.name, one.last) for given, one in self.counts.items()]

    def histories(self, wanted: pa.Array) -> Iterator[tuple[Any, History]]:
        """Yield the histories of some patients."""
        return iter(()) if self.folded is None else self.folded.histories(wanted)
