"""Open a table of records: CSV, TSV, either of them compressed with gzip, and XLSX, as a header and numbered rows.

How a file is read is said by its ending and by the caller, and never guessed. What looks like something else is
refused, and the error names what it looks like and the key under `[read]` of a source that says so.
"""

import io
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from importlib.util import find_spec
from pathlib import PurePath
from typing import Final, get_args

from lemtrada_schedule.errors import InvalidInput, MissingExtra, Problem, UnreadableFile, shape_of
from lemtrada_schedule.sources.csv_cells import DELIMITERS, LARGEST_CELL, MOST_COLUMNS, cells_in
from lemtrada_schedule.sources.file_kinds import GZIP, HEAD, ZIP, not_text
from lemtrada_schedule.sources.lines import UTF_8, OnProgress, decoded_lines, opened, without_end
from lemtrada_schedule.sources.source import Encoding
from lemtrada_schedule.sources.unpacking import recoded, unpacked
from lemtrada_schedule.validation.arguments import refused_argument
from lemtrada_schedule.validation.paths import StrPath, cannot_be_read

__all__ = ["ENCODINGS", "ENDINGS", "Cell", "CellTable", "head_of", "open_table"]

Cell = str | int | float | Decimal | bool | date | datetime | time | None
"""The content of a cell. Text has the blanks of the file; a cell without content is `None`."""

UTF_16: Final = "utf-16"

ENCODINGS: Final = get_args(Encoding)
"""Encodings of text. In all but UTF-16, the byte of a line end is nothing else."""


@dataclass(frozen=True, slots=True, repr=False)
class _Ending:
    """What the ending of a file's name says."""

    delimiter: str = ","
    is_packed: bool = False
    is_workbook: bool = False


_KINDS: Final = {
    ".csv": _Ending(),
    ".csv.gz": _Ending(is_packed=True),
    ".tsv": _Ending("\t"),
    ".tsv.gz": _Ending("\t", is_packed=True),
    ".xlsx": _Ending(is_workbook=True),
}

ENDINGS: Final = tuple(_KINDS)
"""The endings of the names of tables, in lower case."""


@dataclass(frozen=True, slots=True, repr=False)
class CellTable:
    """A table that is open: its columns, and its rows one by one."""

    header: tuple[str, ...]
    """The names of the columns, without spaces at their ends."""
    rows: Iterable[tuple[int, Sequence[Cell] | Problem]]
    """Each row below the header with its number, in which the header is row 1: as many cells as the header has, or
    the problem of the row. They can be read once, and are read from the file only then."""


def open_table(
    path_or_bytes: StrPath | bytes,
    *,
    name: str,
    ending: str | None = None,
    delimiter: str | None = None,
    encoding: str = UTF_8,
    sheet: str | None = None,
    columns: Collection[str] | None = None,
    on_progress: OnProgress | None = None,
) -> CellTable:
    r"""Return the header and the rows of a table.

    Args:
        path_or_bytes: The file, or its content.
        name: What errors call the file.
        ending: One of `ENDINGS`, which decides the format; default: that of the file's name. Required for bytes.
        delimiter: What separates the cells: `,`, `;`, a tab or `|`; default: a tab for TSV, else a comma.
        encoding: One of `ENCODINGS`.
        sheet: The name of a workbook's sheet; default: the only one with content.
        columns: The columns that are read; default: all. Cells of a workbook in other columns cannot have problems.
        on_progress: `callback(bytes_read, total_bytes)`, called every 65,536 lines and at the end; not for workbooks.

    Raises:
        UnreadableFile: The file cannot be read: missing, another format or encoding, too large, or damaged; also
            while the rows are read.
        InvalidInput: The table cannot be used: another delimiter, no header, a workbook with several sheets, merged
            cells, hidden rows or formulas without results; or an argument is not valid. Places are lines or sheets.
        MissingExtra: It is a workbook, and the extra `excel` is not installed.

    Example:
        >>> table = open_table(b"patient;date\n007;2025-03-03\n", name="data", ending=".csv", delimiter=";")
        >>> table.header, list(table.rows)
        (('patient', 'date'), [(2, ['007', '2025-03-03'])])
    """
    kind = _kind(path_or_bytes, name, ending)
    chosen = kind.delimiter if delimiter is None else _checked(delimiter, tuple(DELIMITERS), "delimiter")
    decoded = _checked(encoding, ENCODINGS, "encoding")
    if kind.is_workbook:
        return _workbook(path_or_bytes, name, sheet, columns)
    return _delimited(_lines(path_or_bytes, name, kind, decoded, on_progress), chosen)


def _kind(given: StrPath | bytes, name: str, ending: str | None) -> _Ending:
    """Return how a table is read; raise `UnreadableFile` for another ending, with the cure for what the file holds."""
    if ending is not None:
        return _KINDS[_checked(ending, ENDINGS, "ending")]
    file = "" if isinstance(given, bytes) else PurePath(given).name.lower()
    for each, kind in _KINDS.items():
        if file.endswith(each):
            return kind
    wrong = not_text(head_of(given, name), name, has_encoding=True)
    message = f"expected a file whose name ends in one of {', '.join(ENDINGS)}; rename the file"
    raise wrong or UnreadableFile("file-format", message, place=name)


def _checked(value: object, known: Sequence[str], argument: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    message = f"expected one of {', '.join(map(repr, known))}, got {shape_of(value)}"
    raise refused_argument("unknown-name", argument, message)


def _binary(given: StrPath | bytes, name: str) -> io.BufferedReader:
    if isinstance(given, bytes):
        return io.BufferedReader(io.BytesIO(given))
    return opened(given, name)


def head_of(given: StrPath | bytes, name: str) -> bytes:
    """Return the first bytes of a file; raise `UnreadableFile` if it cannot be read."""
    with _binary(given, name) as file:
        return _peeked(file, name)


def _peeked(file: io.BufferedReader, name: str) -> bytes:
    """Return the first bytes of an open file, which are read again later."""
    try:
        return file.peek(HEAD)[:HEAD]
    except UnreadableFile:
        raise
    except OSError as error:
        raise cannot_be_read(name, error) from None


# --- text ----------------------------------------------------------------------------------------


def _lines(
    given: StrPath | bytes, name: str, kind: _Ending, encoding: str, on_progress: OnProgress | None
) -> Iterator[str]:
    """Yield the lines of a text file, unpacked and decoded."""
    with _binary(given, name) as file:
        size = len(given) if isinstance(given, bytes) else os.fstat(file.fileno()).st_size
        if not kind.is_packed and encoding != UTF_16:
            yield from decoded_lines(file, name, size, on_progress, encoding, has_encoding=True)
            return
        plain = _unpacked(file, name) if kind.is_packed else file
        if encoding == UTF_16:
            plain, encoding = _recoded(plain, name), UTF_8
        told = None if on_progress is None else _by_position(file, size, on_progress)
        yield from decoded_lines(plain, name, 0, told, encoding, has_encoding=True)


def _unpacked(file: io.BufferedReader, name: str) -> io.BufferedReader:
    head = _peeked(file, name)
    if head.startswith(GZIP):
        return unpacked(file, name)
    message = "this file is not compressed with gzip; remove .gz from its name"
    raise not_text(head, name) or UnreadableFile("file-format", message, place=name)


def _recoded(file: io.BufferedReader, name: str) -> io.BufferedReader:
    wrong = not_text(_peeked(file, name), name)
    if wrong is not None and wrong.code != "encoding":
        raise wrong
    return recoded(file, name)


def _by_position(file: io.BufferedReader, size: int, on_progress: OnProgress) -> OnProgress:
    """Return a callback that reports how much of the file itself is read, whatever is made from it."""
    return lambda done, _: on_progress(min(file.tell() if file.seekable() else done, size), size)


def _delimited(lines: Iterator[str], delimiter: str) -> CellTable:
    header = without_end(next(lines, ""))
    cells = cells_in(header, delimiter=delimiter)
    if isinstance(cells, Problem):
        raise InvalidInput([replace(cells, place="line 1")])
    if fault := _header_fault(header, cells, delimiter):
        raise InvalidInput([fault])
    names = tuple(cell.strip(" ") for cell in cells)
    return CellTable(names, _rows(lines, len(names), delimiter))


def _header_fault(header: str, cells: Sequence[str], delimiter: str) -> Problem | None:
    if not header.strip(" "):
        return Problem("csv-structure", "line 1", "the first line is empty; it must name the columns")
    if header.lower().startswith("sep="):
        message = "the first line says the delimiter to a spreadsheet program; remove the line"
        return Problem("csv-structure", "line 1", f"{message}, and write `delimiter` under [read] of the source")
    other = next((mark for mark in DELIMITERS if mark != delimiter and mark in header), None)
    if len(cells) == 1 and other:
        said = "\\t" if other == "\t" else other
        message = f"the columns are separated by {DELIMITERS[other]}, not by {DELIMITERS[delimiter]}"
        return Problem("csv-structure", "line 1", f'{message}; write delimiter = "{said}" under [read] of the source')
    if "\r" in header:
        return Problem(
            "csv-structure", "line 1", "the lines end in lone carriage returns; save the file with LF or CRLF"
        )
    if len(cells) > MOST_COLUMNS:
        message = f"the header has more than {MOST_COLUMNS:,} columns; remove those that are not needed"
        return Problem("too-large", "line 1", message)
    return None


def _rows(lines: Iterator[str], width: int, delimiter: str) -> Iterator[tuple[int, Sequence[Cell] | Problem]]:
    blank = (None,) * width
    for row, line in enumerate(lines, start=2):
        text = without_end(line)
        yield row, _row(text, width, delimiter) if text.strip(" ") else blank


def _row(line: str, width: int, delimiter: str) -> Sequence[Cell] | Problem:
    cells = cells_in(line, width, delimiter)
    if isinstance(cells, Problem):
        return cells
    if len(line) > LARGEST_CELL and any(len(cell) > LARGEST_CELL for cell in cells):
        return Problem("too-large", "", f"a cell has more than {LARGEST_CELL:,} characters; shorten it")
    return [cell or None for cell in cells]


# --- workbooks -----------------------------------------------------------------------------------


def _workbook(given: StrPath | bytes, name: str, sheet: str | None, columns: Collection[str] | None) -> CellTable:
    with _binary(given, name) as file:
        head = _peeked(file, name)
        if not head.startswith(ZIP):
            message = "this is not an Excel workbook; if it is text, end its name in .csv or .tsv"
            raise not_text(head, name) or UnreadableFile("file-format", message, place=name)
        if find_spec("openpyxl") is None:
            raise MissingExtra("excel", "openpyxl")
        from lemtrada_schedule.sources.spreadsheets import sheet_in  # noqa: PLC0415  # the extra `excel`

        return CellTable(*sheet_in(file, name, sheet, columns))
