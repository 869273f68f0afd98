"""Open a cohort whose rows `sources` folds: data frames, parquet, CSV, TSV and workbooks as tables of cells."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import Any, Protocol

import pyarrow as pa

from lemtrada_schedule.cohort.question import Columns
from lemtrada_schedule.cohort.reading.arrow_cells import cell_rows
from lemtrada_schedule.cohort.reading.cohort_source import CohortSource, own_source
from lemtrada_schedule.cohort.reading.sources import CohortRows, GivenFile, columns_found, opened
from lemtrada_schedule.cohort.screen.chunks import PATIENT
from lemtrada_schedule.errors import Problem
from lemtrada_schedule.sources.files import named
from lemtrada_schedule.sources.headers import columns_of
from lemtrada_schedule.sources.lines import OnProgress
from lemtrada_schedule.sources.opening import opened_table
from lemtrada_schedule.sources.paths import files_of
from lemtrada_schedule.sources.source import Source
from lemtrada_schedule.sources.tables import ENDINGS, Cell, CellTable
from lemtrada_schedule.validation.arguments import refused, refused_argument
from lemtrada_schedule.validation.paths import StrPath, file_name

__all__ = ["CohortTables", "Part", "Progress", "are_texts", "tables_of"]

Progress = OnProgress
"""`callback(rows_read, total_rows)`; of text, in bytes."""


@dataclass(frozen=True, slots=True, repr=False)
class Part:
    """Some rows of a cohort, whose numbers differ from those of all other rows."""

    file: GivenFile
    table: CellTable
    last: Callable[[], int]
    """The number of its last row, once the table is read."""
    others: Counter[str | None] = field(default_factory=Counter)
    """Rows of other medicines that are not in the table, by patient."""


class CohortTables(Protocol):
    """The rows of a cohort as tables of cells. They can be read several times."""

    @property
    def columns(self) -> CohortSource:
        """The columns that are read."""
        ...

    @property
    def kind(self) -> pa.DataType:
        """The type of the ids in the report."""
        ...

    @property
    def others(self) -> int:
        """How many files of the folders or patterns are not read."""
        ...

    def parts(self, progress: Progress | None) -> Iterator[Part]:
        """Yield the rows in order; each part is read before the next one is requested."""
        ...


def are_texts(cohort: Any) -> bool:
    """Return whether a cohort is one or several files of text or of a spreadsheet, by their names."""
    paths = cohort if type(cohort) in (list, tuple) else [cohort]
    named_so = [isinstance(path, str | PurePath) and str(path).lower().endswith(ENDINGS) for path in paths]
    if any(named_so) and not all(named_so):
        message = f"give files of one kind: either all parquet, or all {', '.join(ENDINGS)}"
        raise refused_argument("wrong-type", "cohort", message)
    return any(named_so)


def tables_of(cohort: Any, source: Source | None, asked: Columns, ignore: frozenset[str] = frozenset()) -> CohortTables:
    """Return the rows of a cohort as tables of cells.

    Args:
        cohort: A frame, or the path of a file, or a list of such paths.
        source: How it is to be read; `None`: a text file with this library's own columns.
        asked: The names of columns that the caller gives.
        ignore: Columns to skip.

    Raises:
        InvalidInput, UnreadableFile, MissingExtra: It cannot be used.
    """
    if are_texts(cohort):
        paths, others = _text_files(cohort if type(cohort) in (list, tuple) else (cohort,))
        return _Texts(paths, source, asked, ignore, others)
    columns = CohortSource(source or Source(), asked.as_of, ignore).checked()
    return _Arrow(columns, opened(cohort, columns))


def _text_files(given: Sequence[StrPath]) -> tuple[tuple[StrPath, ...], int]:
    """Return the files that paths and patterns stand for, and how many others match; each file is read once."""
    found = [files_of([one], next(end for end in ENDINGS if str(one).lower().endswith(end))) for one in given]
    paths = [path for one in found for path in one.paths]
    seen: set[Path] = set()
    for path in paths:
        if (file := Path(path).resolve()) in seen:
            raise refused("file-twice", file_name(path), "this file is listed twice; list each file once")
        seen.add(file)
    return tuple(paths), sum(one.others for one in found)


@dataclass(frozen=True, repr=False)
class _Arrow:
    """Rows of a frame, or of parquet files."""

    columns: CohortSource
    rows: CohortRows

    @property
    def others(self) -> int:
        """How many files of the folders or patterns are not read."""
        return self.rows.others

    @property
    def kind(self) -> pa.DataType:
        """Whole numbers stay whole numbers; every other id is text."""
        tables = self.rows.tables()
        _, first = next(tables)
        kind = first.column(self.rows.names[PATIENT]).type
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        return plain if pa.types.is_integer(plain) else pa.string()

    def parts(self, progress: Progress | None) -> Iterator[Part]:
        """Yield the rows in order."""
        done = 0
        source = self.columns.source
        header = tuple(self.rows.names.values())
        found = columns_of(header, source, frozenset(filter(None, [self.columns.as_of])))
        for file, table in self.rows.tables():
            cells = cell_rows(table.select(list(header)), done + 1, found, source.medicine)
            done += table.num_rows
            yield Part(file, cells.table, partial(int, done), cells.others)
            if progress:
                progress(done, self.rows.rows)


@dataclass(frozen=True, repr=False)
class _Texts:
    """Rows of text files or workbooks; the number of a row is its line, after the lines of the files before."""

    paths: Sequence[StrPath]
    source: Source | None
    asked: Columns
    ignore: frozenset[str]
    others: int

    @cached_property
    def columns(self) -> CohortSource:
        """The columns that are read."""
        return CohortSource(self._source(self.paths[0]), self.asked.as_of, self.ignore).checked()

    @property
    def kind(self) -> pa.DataType:
        """Ids are text."""
        return pa.string()

    def _source(self, path: StrPath) -> Source:
        """Return how a file is read; raise `InvalidInput` if its header cannot be used."""
        if self.source is not None:
            return self.source
        name = file_name(path)
        return named(name, partial(self._own_source, path, name))

    def _own_source(self, path: StrPath, name: str) -> Source:
        header = opened_table(path, Source(), name=name).header
        return own_source(header, columns_found(header, self.asked), self.asked, self.ignore)

    def parts(self, progress: Progress | None) -> Iterator[Part]:
        """Yield the rows of each file; progress is reported in bytes."""
        first = self.columns.source
        last = 0
        for place, path in enumerate(self.paths):
            name = file_name(path)
            source = self._source(path)
            if source.columns != first.columns:
                message = "this file has other columns than the files before it; give all files the same"
                raise refused_argument("missing-field", "cohort", f"{name}: {message}")
            table = named(name, partial(opened_table, path, source, name=name, on_progress=progress))
            numbers = _Numbers(last)
            yield Part(GivenFile(place, name), replace(table, rows=numbers.of(table)), numbers.reached)
            last = numbers.reached()


class _Numbers:
    """Numbers the rows of one file after those of the files before it."""

    def __init__(self, before: int) -> None:
        self._before = before
        self._last = before + 1  # the header

    def reached(self) -> int:
        """Return the number of the last row so far."""
        return self._last

    def of(self, table: CellTable) -> Iterator[tuple[int, Sequence[Cell] | Problem]]:
        """Yield the rows with their numbers."""
        for row, cells in table.rows:
            self._last = self._before + row
            yield self._last, cells
