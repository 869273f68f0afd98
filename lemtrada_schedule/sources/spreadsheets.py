"""Read one sheet of an XLSX workbook (extra `excel`): what its cells hold, or why they cannot be read as a table.

A cell holds what its program stored: text, a number, a date, a time, true or false. What a person would see and a
reader would lose is refused: merged cells, hidden rows, formulas without a stored result, errors such as `#N/A`.
"""

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import openpyxl
from openpyxl.styles.numbers import is_datetime

from lemtrada_schedule.errors import InvalidInput, Problem, ScheduleError, UnreadableFile
from lemtrada_schedule.sources.csv_cells import LARGEST_CELL, MOST_COLUMNS

__all__ = ["sheet_in"]

LARGEST_UNPACKED: Final = 256 * 1024 * 1024
"""In bytes, of all parts of a workbook: about a million rows of five columns."""

MOST_CELLS: Final = 5_000_000
"""In the rectangle that a sheet's cells span, whether they hold anything or not."""

SHOWN_ROWS: Final = 5

_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")

_ZEROS: Final = re.compile(r"0{2,32}")
"""A number format that shows leading zeros, such as those of an id."""

_T = TypeVar("_T")

Value = str | int | float | bool | dt.date | dt.datetime | dt.time | None

Rows = Iterator[tuple[int, Sequence[Value] | Problem]]


@dataclass(frozen=True, slots=True, repr=False)
class _Column:
    """A column of the header."""

    position: int
    is_read: bool
    place: str
    """Its name, if the caller knows it; the names of other columns are not shown."""


def sheet_in(
    file: io.BufferedReader, name: str, sheet: str | None, columns: Collection[str] | None
) -> tuple[tuple[str, ...], Rows]:
    """Return the header of a sheet, and its rows: the number of each, and its cells or its problem.

    Args:
        file: The open workbook.
        name: What errors call it.
        sheet: The name of the sheet; `None`: the only one with content.
        columns: The columns that are read; `None`: all. In others, no cell has a problem.

    Raises:
        UnreadableFile: It is damaged, too large, or an archive of another kind.
        InvalidInput: There is no such sheet or there are several, cells are merged, rows are hidden, formulas have no
            result, or there is no header.
    """
    has_formulas = _check_parts(file, name)
    book = _loaded(file, name, data_only=True, read_only=False)
    number, chosen = _chosen(book.worksheets, sheet)
    place = f"sheet {number}"
    last, header = _extent(chosen, place)
    named = enumerate(header, start=1)
    wanted = [_Column(place, columns is None or own in columns, own if columns else "") for place, own in named]
    faults = list(_structure(chosen, last, len(header)))
    if has_formulas:
        faults += _without_result(file, name, number, chosen, len(header))
    if faults:
        raise InvalidInput(Problem("sheet-structure", place, fault) for fault in faults)
    return header, _rows(chosen, last, wanted)


# --- the workbook --------------------------------------------------------------------------------


def _check_parts(file: io.BufferedReader, name: str) -> bool:
    """Return whether a sheet may have formulas; raise `UnreadableFile` if it cannot be used."""
    with _of_workbook(lambda: zipfile.ZipFile(file), name) as parts:
        names = parts.namelist()
        if "xl/workbook.xml" not in names:
            raise _not_a_workbook(names, name)
        if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
            message = f"the workbook unpacks to more than {LARGEST_UNPACKED // 1024 // 1024} MiB"
            raise UnreadableFile("too-large", f"{message}; save the sheet as CSV", place=name)
        sheets = [part for part in names if part.startswith("xl/worksheets/")]
        return any(_of_workbook(partial(_mentions_formula, parts, part), name) for part in sheets)


def _not_a_workbook(names: Sequence[str], name: str) -> UnreadableFile:
    if "xl/workbook.bin" in names:
        message = "this is a binary Excel workbook (.xlsb); save it as .xlsx or CSV"
    elif "content.xml" in names:
        message = "this is an OpenDocument spreadsheet (.ods); save it as .xlsx or CSV"
    else:
        message = "this is a ZIP archive, not an Excel workbook; unpack it and give the file inside"
    return UnreadableFile("file-format", message, place=name)


def _mentions_formula(parts: zipfile.ZipFile, part: str) -> bool:
    """Return whether the text of a part has the tag of a formula; looking for it is much faster than parsing."""
    return _FORMULA.search(parts.read(part)) is not None


def _loaded(file: io.BufferedReader, name: str, *, data_only: bool, read_only: bool) -> Any:
    def load() -> Any:
        file.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that are not read, such as rules for the input of cells
            return openpyxl.load_workbook(file, data_only=data_only, read_only=read_only, keep_links=False)

    return _of_workbook(load, name)


def _of_workbook(work: Callable[[], _T], name: str) -> _T:
    """Return what is read from a workbook; raise `UnreadableFile` for whatever is wrong with it."""
    try:
        return work()
    except ScheduleError:
        raise
    except Exception:  # noqa: BLE001, S110  # each layer of a damaged file raises its own
        pass
    raise UnreadableFile("unreadable-file", "this workbook is damaged; save it again as .xlsx", place=name)


# --- the sheet -----------------------------------------------------------------------------------


def _chosen(sheets: Sequence[Any], wanted: str | None) -> tuple[int, Any]:
    """Return the number of a sheet, from 1, and the sheet."""
    numbered = list(enumerate(sheets, start=1))
    if wanted is not None:
        found = [(number, one) for number, one in numbered if one.title == wanted]
        if found:
            return found[0]
        message = f"none of the {len(sheets)} sheets of the workbook has this name; write it as it is there"
        raise InvalidInput([Problem("unknown-name", "sheet", message, "sheet")])
    full = [(number, one) for number, one in numbered if _has_content(one, number)]
    if len(full) == 1:
        return full[0]
    if not full:
        raise InvalidInput([Problem("sheet-structure", "", "no sheet of the workbook holds anything")])
    listed = ", ".join(str(number) for number, _ in full)
    message = f"several sheets hold cells ({listed}); name one as `sheet` under [read] of the source"
    raise InvalidInput([Problem("sheet-structure", "", message)])


def _has_content(sheet: Any, number: int) -> bool:
    _check_size(sheet, f"sheet {number}")
    return any(value is not None for row in sheet.iter_rows(values_only=True) for value in row)


def _check_size(sheet: Any, place: str) -> None:
    if sheet.max_column > MOST_COLUMNS or sheet.max_row * sheet.max_column > MOST_CELLS:
        message = f"the sheet spans more than {MOST_COLUMNS:,} columns or {MOST_CELLS:,} cells"
        message = f"{message}; delete the empty rows and columns around the table, or save it as CSV"
        raise InvalidInput([Problem("too-large", place, message)])


def _extent(sheet: Any, place: str) -> tuple[int, tuple[str, ...]]:
    """Return the last row with content, and the header: the first row, up to its last cell with content."""
    _check_size(sheet, place)
    last = 0
    first: Sequence[Any] = ()
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        if any(value is not None for value in values):
            first, last = first if number > 1 else values, number
    header = ["" if value is None else str(value).strip(" ") for value in first]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise InvalidInput([Problem("sheet-structure", place, "the first row is empty; it must name the columns")])
    return last, tuple(header)


def _structure(sheet: Any, last: int, width: int) -> Iterator[str]:
    """Yield what is wrong with the sheet as a whole."""
    merged = sorted(
        {span.min_row for span in sheet.merged_cells.ranges if span.min_row <= last and span.min_col <= width}
    )
    if merged:
        yield f"cells are merged ({_listed(merged)}); unmerge them and fill in every cell"
    hidden = [row for row, one in sorted(sheet.row_dimensions.items()) if one.hidden and _is_filled(sheet, row, last)]
    if hidden:
        yield f"rows are hidden, perhaps by a filter ({_listed(hidden)}); show them, or delete them"


def _is_filled(sheet: Any, row: int, last: int) -> bool:
    if row > last:
        return False
    (values,) = sheet.iter_rows(min_row=row, max_row=row, values_only=True)
    return any(value is not None for value in values)


def _listed(rows: Sequence[int]) -> str:
    shown = ", ".join(map(str, rows[:SHOWN_ROWS]))
    more = len(rows) - SHOWN_ROWS
    return f"{'row' if len(rows) == 1 else 'rows'} {shown}{f' and {more} more' if more > 0 else ''}"


def _without_result(file: io.BufferedReader, name: str, number: int, sheet: Any, width: int) -> Iterator[str]:
    """Yield what is wrong if formulas have no stored result: the program that wrote the file did not calculate."""
    formulas = _loaded(file, name, data_only=False, read_only=True)
    rows = _of_workbook(lambda: list(_formulas(formulas.worksheets[number - 1], sheet, width)), name)
    if rows:
        advice = "open the workbook in a spreadsheet program and save it"
        yield f"formulas have no stored result ({_listed(rows)}); {advice}"


def _formulas(formulas: Any, sheet: Any, width: int) -> Iterator[int]:
    """Yield the rows with a formula whose result is not stored. Stored empty text is a result."""
    for cells in formulas.iter_rows(max_col=width):
        asked = [cell for cell in cells if cell.data_type == "f"]
        for cell in asked:
            result = sheet.cell(cell.row, cell.column)
            if result.value is None and result.data_type != "str":
                yield cell.row
                break


# --- the rows ------------------------------------------------------------------------------------


def _rows(sheet: Any, last: int, columns: Sequence[_Column]) -> Rows:
    for number, cells in enumerate(sheet.iter_rows(min_row=2, max_row=last), start=2):
        yield number, _row(cells, columns)


def _row(cells: Sequence[Any], columns: Sequence[_Column]) -> Sequence[Value] | Problem:
    if any(cell.value is not None for cell in cells[len(columns) :]):
        message = "a cell right of the last named column is filled; name its column, or empty it"
        return Problem("sheet-structure", "", message)
    pairs = list(zip(cells, columns, strict=False))
    faults = (fault for cell, column in pairs if column.is_read and (fault := _fault(cell, column)))
    return next(faults, None) or [_value(cell) if column.is_read else None for cell, column in pairs]


def _fault(cell: Any, column: _Column) -> Problem | None:
    where = f"the cell in column {column.position}"
    if cell.data_type == "e":
        return Problem("sheet-structure", column.place, f"{where} holds an error of the spreadsheet; correct it")
    if type(cell.value) is dt.timedelta:
        return Problem("wall-time", column.place, f"{where} holds a duration; write a clock time, a date or a number")
    if type(cell.value) is str and len(cell.value) > LARGEST_CELL:
        return Problem("too-large", column.place, f"{where} has more than {LARGEST_CELL:,} characters; shorten it")
    return None


def _value(cell: Any) -> Value:
    """Return what a cell holds. A day without a time is a date; a number that is shown with leading zeros is text."""
    value: Any = cell.value
    if type(value) is dt.datetime and is_datetime(cell.number_format) == "date" and value == _midnight(value):
        return value.date()
    if type(value) is int and value >= 0 and _ZEROS.fullmatch(cell.number_format):
        return str(value).zfill(len(cell.number_format))
    return None if value == "" else value


def _midnight(value: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(value.date(), dt.time())
