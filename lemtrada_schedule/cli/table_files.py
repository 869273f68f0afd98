"""Write Arrow tables to a file, part by part: parquet or CSV, by the ending of its name."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, BinaryIO, Final

from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.exports.tables.rows import safe_cell

__all__ = ["check_table_names", "table_writer"]

ROWS_AT_ONCE: Final = 10_000
"""How many rows of a table are Python values at a time."""


def check_table_names(outputs: dict[str, str | None]) -> None:
    """Raise `InvalidInput` unless the name of each file says how it is written. Outputs are named by their options."""
    wrong = [flag for flag, name in outputs.items() if name is not None and not name.endswith(tuple(_WRITERS))]
    if wrong:
        message = f"the table is written as its name ends; use a name that ends in {' or '.join(_WRITERS)}"
        raise InvalidInput([Problem("file-format", flag, message) for flag in wrong])


def table_writer(name: str, parts: Iterator[Any]) -> Callable[[BinaryIO], None]:
    """Return the function that writes tables of one schema, at least one, below each other.

    Args:
        name: The name of the file, whose ending is known.
        parts: The tables, each made when the one before is written.
    """
    write = next(writer for ending, writer in _WRITERS.items() if name.endswith(ending))
    return lambda file: write(parts, file)


def _write_parquet(parts: Iterator[Any], file: BinaryIO) -> None:
    from pyarrow import parquet  # noqa: PLC0415  # the extra `cohort`

    first = next(parts)
    with parquet.ParquetWriter(file, first.schema) as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part)


def _write_csv(parts: Iterator[Any], file: BinaryIO) -> None:
    """Write UTF-8 with a header (RFC 4180)."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    first = next(parts)
    writer.writerow(first.schema.names)
    for part in _chained(first, parts):
        for batch in part.to_batches(max_chunksize=ROWS_AT_ONCE):
            columns = [map(_cell, column.to_pylist()) for column in batch.columns]
            writer.writerows(zip(*columns, strict=True))
    text.flush()
    text.detach()  # the file is closed by whoever opened it


def _chained(first: Any, others: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from others


def _cell(value: object) -> object:
    """Return a value as a cell: nothing is empty, a list is joined by spaces, and no text starts a formula."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return safe_cell(" ".join(map(str, value)) if isinstance(value, list) else value)


_WRITERS: Final = {".parquet": _write_parquet, ".csv": _write_csv}
"""How a table is written, by the ending of a file's name."""
