"""Open a cohort: data frames and parquet files as one Arrow table after another."""

import io
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import accumulate
from pathlib import Path, PurePath
from typing import Any, ClassVar, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from lemtrada_schedule.cohort.reading.cohort_source import CohortSource
from lemtrada_schedule.cohort.reading.refusals import Refusals
from lemtrada_schedule.cohort.screen.chunks import AS_OF, PATIENT, is_text
from lemtrada_schedule.errors import InvalidInput, Problem, Remedy, ScheduleError, UnreadableFile, kind_of
from lemtrada_schedule.sources.paths import files_of
from lemtrada_schedule.validation.arguments import refused, refused_argument
from lemtrada_schedule.validation.near_names import near_miss
from lemtrada_schedule.validation.paths import StrPath, cannot_be_read, file_name

__all__ = [
    "ENDING",
    "CohortRows",
    "FrameSource",
    "GivenFile",
    "NamedColumns",
    "ParquetSource",
    "columns_found",
    "ends_of",
    "opened",
    "table_in",
]

ENDING: Final = ".parquet"

_MARK: Final = b"PAR1"
"""The first bytes of a parquet file."""

AT_ONCE: Final = 1 << 21
"""How many rows of a parquet file are read at once."""


class NamedColumns(Protocol):
    """The columns that a table may have, and the names that a caller gave them."""

    table: ClassVar[str]
    """The table, in words."""
    required: ClassVar[tuple[str, ...]]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the table may have."""
        ...

    def argument(self, column: str) -> str:
        """Return the argument that names a column."""
        ...

    def name_of(self, column: str) -> str | None:
        """Return the table's own name of a column; `None` if none was given."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class GivenFile:
    """One of the files of a cohort, in reading order; files in different folders may share a name."""

    place: int
    name: str
    """Empty for a frame."""


def ends_of(counts: Mapping[GivenFile, Any]) -> list[tuple[str, int]]:
    """Return the name of each file and the number of its last row; its first count is that of all its rows."""
    ends = accumulate(int(of_file[0]) for of_file in counts.values())
    return [(given.name, end) for given, end in zip(counts, ends, strict=True)]


class CohortRows(Protocol):
    """Where the rows of a cohort come from. They can be read several times."""

    @property
    def names(self) -> dict[str, str]:
        """The cohort's own name of each column that it has."""
        ...

    @property
    def rows(self) -> int:
        """How many rows there are."""
        ...

    @property
    def others(self) -> int:
        """How many other files there are in the folders, or match the patterns, that were given."""
        ...

    def tables(self) -> Iterator[tuple[GivenFile, pa.Table]]:
        """Yield the rows in order, each table with its file."""
        ...


@dataclass(frozen=True, repr=False)
class FrameSource:
    """Rows in memory."""

    table: pa.Table
    names: dict[str, str]
    others: int = 0

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.table.num_rows)

    def tables(self) -> Iterator[tuple[GivenFile, pa.Table]]:
        """Yield the one table."""
        yield GivenFile(0, ""), self.table


@dataclass(frozen=True, repr=False)
class ParquetSource:
    """Rows of parquet files, one file after another."""

    paths: Sequence[StrPath]
    names: dict[str, str]
    rows: int
    ids: pa.DataType | None = None
    """The type that the ids of all files are cast to; `None`: they have the same type."""
    others: int = 0

    def tables(self) -> Iterator[tuple[GivenFile, pa.Table]]:
        """Yield the rows of each file, `AT_ONCE` rows at a time."""
        columns = list(self.names.values())
        for place, path in enumerate(self.paths):
            given, empty = GivenFile(place, file_name(path)), True
            with _of_file(path, partial(_parquet, path)) as file:
                batches = _of_file(path, partial(file.iter_batches, AT_ONCE, columns=columns))
                while (batch := _of_file(path, partial(next, batches, None))) is not None:
                    empty = False
                    yield given, _of_file(path, partial(self._of_one_kind, batch))
                if empty:
                    yield given, self._of_one_kind(file.schema_arrow.empty_table().select(columns))

    def _of_one_kind(self, rows: pa.RecordBatch | pa.Table) -> pa.Table:
        table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
        if self.ids is None:
            return table
        own = self.names[PATIENT]
        return table.set_column(table.column_names.index(own), own, table.column(own).cast(self.ids))


def _of_file(path: StrPath, work: Callable[[], Any]) -> Any:
    """Return what is read from a file; raise `UnreadableFile` for whatever is wrong with the file."""
    made, wrong = _tried(work)
    if wrong is None:
        return made
    name = file_name(path)
    if isinstance(wrong, MemoryError):  # a damaged length may ask for any amount
        message = "cannot be read: it needs more memory than available, or is damaged; check the file"
        raise UnreadableFile("unreadable-file", message, place=name)
    if isinstance(wrong, OSError) and wrong.errno is not None:
        raise cannot_be_read(name, wrong)
    raise _damaged(path, name)


def _damaged(path: StrPath, name: str) -> UnreadableFile:
    """Return the error for a file with unreadable content."""
    try:
        with io.FileIO(path) as file:
            is_parquet = file.read(len(_MARK)) == _MARK
    except OSError:  # it was deleted meanwhile
        is_parquet = True
    return _unusable(name, is_parquet=is_parquet)


def _unusable(name: str, *, is_parquet: bool) -> UnreadableFile:
    if is_parquet:
        return UnreadableFile("unreadable-file", "this parquet file is damaged; export it again", place=name)
    return UnreadableFile("file-format", "this is not a parquet file; give a parquet file or a data frame", place=name)


def opened(cohort: Any, asked: NamedColumns | CohortSource) -> CohortRows:
    """Return the rows of a frame, of a parquet file or of several.

    Args:
        cohort: A frame of pandas, Polars, pyarrow or DuckDB, or anything else that gives an Arrow stream or that
            narwhals supports; or the path of a parquet file, a folder of them or a pattern, or a list of these.
        asked: The columns of the table, and its own names of them, by the arguments or by a source.

    Raises:
        InvalidInput: It is none of these, a file is given twice, or a column is missing, duplicated or of mixed types.
        UnreadableFile: A file cannot be read, or is not a parquet file.
    """
    paths = cohort if type(cohort) in (list, tuple) else [cohort]
    if paths and all(isinstance(path, str | PurePath) for path in paths):
        found = files_of(paths, ENDING)
        return replace(_opened_files(found.paths, asked), others=found.others)
    names = columns_found(_columns_of(cohort), asked)
    return FrameSource(_as_arrow(cohort, list(names.values())), names)


def table_in(data: bytes, name: str) -> pa.Table:
    """Return the rows in the bytes of a parquet file.

    Raises:
        UnreadableFile: It is not a parquet file, or is damaged; `name` is the place of the error.
    """
    made, wrong = _tried(lambda: pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True).read())
    if wrong is None:
        return made
    raise _unusable(name, is_parquet=data.startswith(_MARK))


def columns_found(there: Sequence[str], asked: NamedColumns | CohortSource) -> dict[str, str]:
    """Return a table's own name of each column that it has; unrecognised columns are ignored without a source.

    Raises:
        InvalidInput: Columns are missing or duplicated; each is reported.
    """
    if isinstance(asked, CohortSource):
        return asked.found(there)
    names: dict[str, str] = {}
    refusals = Refusals()
    for column in asked.columns:
        wanted = asked.name_of(column) or column
        is_named = bool(asked.name_of(column)) or column in asked.required
        if refusals.of(partial(_is_there, asked, column, wanted, there, names, is_named=is_named)):
            names[column] = wanted
    refusals.raise_all()
    return names


def _is_there(
    asked: NamedColumns, column: str, wanted: str, there: Sequence[str], names: Mapping[str, str], *, is_named: bool
) -> bool:
    """Return whether the cohort has a column that is not used yet; refuse a missing required column."""
    if wanted in names.values() and is_named:
        raise refused("column-twice", wanted, "two arguments name this column; name a different column for each")
    if list(there).count(wanted) > 1:
        raise refused("column-twice", wanted, "the frame has two columns of this name; rename one")
    if wanted not in there and column == AS_OF:
        message = "the cohort has no such column{}; name a column of dates, or give one date as YYYY-MM-DD"
        raise refused("missing-field", wanted, message.format(near_miss(wanted, map(str, there))))
    if wanted not in there and is_named:
        message = f"{asked.table} has no such column{near_miss(wanted, map(str, there))}; name it with "
        raise InvalidInput([Problem.advising("missing-field", wanted, message, Remedy(asked.argument(column), "="))])
    return wanted in there and wanted not in names.values()


def _opened_files(paths: Sequence[StrPath], asked: NamedColumns | CohortSource) -> ParquetSource:
    rows, names = 0, None
    kinds: list[pa.DataType] = []
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if (file := _which_file(path)) in seen:
            raise refused("file-twice", file_name(path), "this file is listed twice; list each file once")
        seen.add(file)
        own, kind, size = _of_file(path, partial(_header, path, asked))
        kinds.append(kind)
        rows += size
        if names not in (None, own):
            raise refused(
                "missing-field",
                file_name(path),
                "this file has other columns than the files before it; give all files the same",
            )
        names = own
    names = names or {}
    return ParquetSource(paths, names, rows, _one_kind(kinds, names[PATIENT]))


def _parquet(path: StrPath) -> pq.ParquetFile:
    """Return an open parquet file; the checksums of its pages are verified where it has any."""
    return pq.ParquetFile(path, page_checksum_verification=True)


def _header(path: StrPath, asked: NamedColumns | CohortSource) -> tuple[dict[str, str], pa.DataType, int]:
    """Return a file's own names of the columns, the type of its ids, and how many rows it has."""
    with _parquet(path) as file:
        names = columns_found(file.schema_arrow.names, asked)
        return names, file.schema_arrow.field(names[PATIENT]).type, int(file.metadata.num_rows)


def _which_file(path: StrPath) -> tuple[int, int]:
    """Return device and inode of a file, which identify it independently of its path."""
    there = _of_file(path, partial(_looked_up, path))
    return there.st_dev, there.st_ino


def _looked_up(path: StrPath) -> os.stat_result:
    if not Path(path).is_file():
        raise FileNotFoundError(2, "No such file")
    return Path(path).stat()


def _one_kind(kinds: Sequence[pa.DataType], place: str) -> pa.DataType | None:
    """Return the type that the ids of several files are cast to; `None` if they have the same type."""
    plain = {kind.value_type if pa.types.is_dictionary(kind) else kind for kind in kinds}
    if len(plain) == 1:
        return None
    plain = {kind for kind in plain if not pa.types.is_null(kind)}  # a file without any id
    if all(is_text(kind) for kind in plain):
        return pa.large_string()
    if all(pa.types.is_integer(kind) for kind in plain) and (len(plain) == 1 or pa.uint64() not in plain):
        return plain.pop() if len(plain) == 1 else pa.int64()
    named = ", ".join(sorted(map(str, plain)))
    raise refused("wrong-type", place, f"expected ids of one type in all files, whole numbers or text, got {named}")


def _columns_of(frame: Any) -> list[str]:
    if isinstance(frame, pa.Table | pa.RecordBatch):
        return list(_by_the_engine(lambda: frame.schema.names))  # a damaged name is not text
    if hasattr(frame, "collect_schema"):
        return list(_by_the_engine(lambda: frame.collect_schema().names()))
    if (columns := getattr(frame, "columns", None)) is not None and not callable(columns):
        return list(columns)
    expected = "expected a data frame (pandas, Polars, pyarrow, DuckDB), or the path of a parquet file"
    raise refused_argument("wrong-type", "cohort", f"{expected}, got {kind_of(frame)}")


def _as_arrow(frame: Any, names: list[str]) -> pa.Table:
    """Return the columns of a frame that are used."""
    if isinstance(frame, pa.RecordBatch):
        frame = pa.Table.from_batches([frame])
    return frame.select(names) if isinstance(frame, pa.Table) else _by_the_engine(lambda: _by_narwhals(frame, names))


def _by_the_engine(work: Callable[[], Any]) -> Any:
    """Run an operation of an engine on a frame; its own errors may repeat values, so they are not passed on."""
    made, wrong = _tried(work)
    if wrong is None:
        return made
    raise refused_argument("wrong-type", "cohort", _NOT_TAKEN)


def _tried(work: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """Return what a function returns, or its error; errors of this library are raised unchanged.

    Each engine, each query and each layer of a damaged file raises its own types of errors.
    """
    try:
        return work(), None
    except ScheduleError:
        raise
    except Exception as error:  # noqa: BLE001  # as said above
        return None, error


_NOT_TAKEN: Final = (
    "the frame cannot be read: its own query fails, two columns have one name, or a column holds values that no "
    "Arrow column can hold, such as whole numbers of 128 bits; cast columns to text, dates or 64-bit numbers"
)


def _by_narwhals(frame: Any, names: list[str]) -> pa.Table:
    import narwhals as nw  # noqa: PLC0415  # an Arrow table does not need it

    try:
        taken = nw.from_native(frame).select(names)
    except TypeError:
        taken = None
    if taken is None:
        raise refused_argument("wrong-type", "cohort", f"expected a frame that narwhals supports, got {kind_of(frame)}")
    if isinstance(taken, nw.LazyFrame):
        if taken.implementation.is_spark_like():
            raise refused_argument("wrong-type", "cohort", "this is a frame of Spark; give it to `audit_spark`")
        taken = taken.collect("pyarrow")
    refusals = Refusals()
    for name in names:
        if taken[name].dtype == nw.Object:
            refusals.of(partial(_check_objects, taken[name].to_list(), name))
    refusals.raise_all()
    return taken.to_arrow()


def _check_objects(values: Sequence[Any], name: str) -> None:
    """Refuse a column of Python objects of several types; Arrow would cast them silently."""
    kinds = {type(value) for value in values if not _is_missing(value)}
    if len(kinds) > 1 or not kinds <= {str, int, float, Decimal, date}:
        named = ", ".join(sorted(kind.__name__ for kind in kinds))
        hint = "such as days as YYYY-MM-DD, ids as whole numbers or text"
        raise refused("wrong-type", name, f"expected values of one plain kind, {hint}; got {named}; convert it to text")
    if kinds == {Decimal} and not all(_is_missing(value) or value.is_finite() for value in values):
        raise refused("wrong-type", name, "expected finite numbers, got a Decimal that is infinite or not a number")


def _is_missing(value: Any) -> bool:
    kind = type(value)
    is_nothing = (kind is float and math.isnan(value)) or (kind is Decimal and value.is_qnan())
    return kind.__name__ in {"NoneType", "NAType", "NaTType"} or is_nothing
