"""The format CSV: infusion records as UTF-8 text with commas and a header, one infusion a line.

Only the column `date` is required. Spaces around headers and cells are dropped, except around a patient's id, where
they refuse the row (`padded-id`). An empty cell is a missing value. A quoted cell may contain commas and doubled
quotes, but no line break: each line is one row, so an unclosed quote affects only that row.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from lemtrada_schedule.errors import InvalidInput, Problem, Remedy, shape_of
from lemtrada_schedule.readers.intake_builder import COLUMNS, INFUSION_FIELDS, PATIENT, IntakeBuilder, whose_row
from lemtrada_schedule.readers.options import ReadOptions, checked_ignore
from lemtrada_schedule.readers.reader import Reader
from lemtrada_schedule.records.history import History, InfusionRecord, Intake
from lemtrada_schedule.records.recorded_values import trimmed_id
from lemtrada_schedule.sources.csv_cells import DELIMITERS, LARGEST_CELL, MOST_COLUMNS, cells_in
from lemtrada_schedule.sources.lines import as_lines, lines_in, read_lines, without_end
from lemtrada_schedule.sources.loading import load_source, source_names
from lemtrada_schedule.validation.near_names import near_miss
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["READER", "parse_csv"]

DATE: Final = "date"

REMEMBERED: Final = 100_000
"""How many texts of a column are cached: more than there are days in the accepted years."""

LONGEST_REMEMBERED: Final = 32

_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,3}")


def parse_csv(lines: str | Iterable[str], *, ignore: Collection[str] = ()) -> Intake:
    r"""Return the histories in CSV text. The header is line 1; a row's number is its line.

    Args:
        lines: A text, or lines with or without their line ends.
        ignore: Columns to skip. Any other unknown column is an error.

    Raises:
        InvalidInput: The header cannot be used, with every problem of it; or an argument is not valid.

    Example:
        >>> intake = parse_csv("patient,date\np1,2025-03-03\np1,2025-03\n")
        >>> intake.histories[0].infusions[0].date.isoformat(), intake.histories[0].unreadable
        ('2025-03-03', (3,))
        >>> [(fault.row, fault.column, fault.code) for fault in intake.refused]
        [(3, 'date', 'partial-date')]
    """
    return _intake(lines, checked_ignore(ignore))


def _intake(lines: str | Iterable[str], ignore: frozenset[str]) -> Intake:
    numbered = enumerate(as_lines(lines), start=1)
    header = without_end(next(numbered, (1, ""))[1])
    table = _Table(_columns(header, ignore))
    for row, line in numbered:
        table.take(row, without_end(line))
    return table.builder.intake()


def _read(lines: Iterable[str], options: ReadOptions) -> Intake:
    return _intake(lines, options.ignore)


READER: Final = Reader("CSV", "csv", (".csv",), read_lines, lines_in, _read)


class _Known(dict[str, Any]):
    """Cache of the texts of a column, each validated once by `InfusionRecord`: its value, or a tuple of problems."""

    def __init__(self, column: str) -> None:
        super().__init__()
        self._column = column

    def __repr__(self) -> str:
        """Show the number of texts, and none of them: error trackers record the local variables of functions."""
        return f"{len(self)} texts"

    def __missing__(self, cell: str) -> Any:
        """Validate a text and cache the result; equal texts share one value."""
        raw = int(cell) if self._column == "course" and _WHOLE.fullmatch(cell) else cell
        meaning: Any
        try:
            record = InfusionRecord.model_validate({DATE: FIRST_DATE, self._column: raw})
            meaning = getattr(record, self._column)
        except InvalidInput as error:
            meaning = error.problems
        if len(self) < REMEMBERED and len(cell) <= LONGEST_REMEMBERED:
            self[cell] = meaning
        return meaning


class _Table:
    """The rows below a header, read one by one."""

    def __init__(self, names: Sequence[str | None]) -> None:
        """Set the columns in their order; `None` is a column to skip."""
        self.builder = IntakeBuilder(alone=PATIENT not in names)
        self._names = names
        self._patient = names.index(PATIENT) if PATIENT in names else None
        self._read = [(index, name, _Known(name)) for index, name in enumerate(names) if name in INFUSION_FIELDS]

    def take(self, row: int, line: str) -> None:
        """Read one line: it is blank, an accepted row, or a refused row."""
        self.builder.rows += 1
        if not line.strip(" "):
            self.builder.blank += 1
            return
        cells = cells_in(line, len(self._names))
        if isinstance(cells, Problem):
            self.builder.refuse(row, [cells])
        elif line.isprintable() and len(line) <= LARGEST_CELL:
            self._take_cells(row, cells, [])
        else:
            self._take_cells(row, cells, list(self._odd(cells)))

    def _take_cells(self, row: int, cells: list[str], faults: list[Problem]) -> None:
        fields = {"row": row, **self._fields(cells, faults)}
        patient = None if self._patient is None else cells[self._patient]
        if patient is not None and patient not in self.builder.infusions:
            faults += self._add_patient(patient)
        try:
            record = InfusionRecord(**fields)
        except InvalidInput as error:
            faults += error.problems
        if not faults:
            self.builder.accept(patient, record)
            return
        reported: dict[str, Problem] = {}
        for fault in faults:  # one for each column
            reported.setdefault(fault.place or fault.message, fault)
        owner = whose_row(patient, [reported[PATIENT]]) if PATIENT in reported else patient
        self.builder.refuse(row, reported.values(), patient=owner)

    def _fields(self, cells: list[str], faults: list[Problem]) -> dict[str, Any]:
        """Return the values of the cells; problems are added to the faults."""
        fields: dict[str, Any] = {}
        for index, name, known in self._read:
            if cell := cells[index].strip(" "):
                meaning = known[cell]
                if type(meaning) is not tuple:
                    fields[name] = meaning
                    continue
                faults += meaning
                if name == DATE:
                    fields[DATE] = FIRST_DATE  # a placeholder, so that the other fields are validated
        return fields

    def _add_patient(self, patient: str) -> list[Problem]:
        """Add a new patient; return the problems of the id."""
        if not patient.strip(" "):
            return [Problem("missing-field", PATIENT, "the cell is empty; fill in the patient in every row")]
        try:
            self.builder.infusions[History(patient=patient).patient] = []
        except InvalidInput as error:
            return list(error.problems)
        return []

    def _odd(self, cells: list[str]) -> Iterator[Problem]:
        """Yield each problem that no cell may have, not even in a skipped column."""
        for position, (name, cell) in enumerate(zip(self._names, cells, strict=True), start=1):
            where = f"the cell in column {position}"
            inside = trimmed_id(cell) if name == PATIENT else cell  # blanks around an id are reported by `History`
            if control := next((c for c in inside if unicodedata.category(c) == "Cc"), None):
                message = f"{where} contains the character U+{ord(control):04X}; remove it"
                yield Problem("control-character", name or "", message)
            if len(cell) > LARGEST_CELL:
                yield Problem("too-large", name or "", f"{where} has more than {LARGEST_CELL:,} characters; shorten it")


def _columns(header: str, ignore: frozenset[str]) -> list[str | None]:
    """Return the names of the columns in order, `None` for a skipped one; raise all problems at once."""
    cells = cells_in(header)
    names = [] if isinstance(cells, Problem) else [cell.strip(" ") for cell in cells]
    faults = [cells] if isinstance(cells, Problem) else list(_header_faults(header, names, ignore))
    if faults:
        raise InvalidInput(replace(fault, place="line 1") for fault in faults)
    return [None if name in ignore else name for name in names]


def _header_faults(header: str, names: list[str], ignore: frozenset[str]) -> Iterator[Problem]:
    if not header.strip(" "):
        yield Problem("csv-structure", "", "the first line is empty; it must be the header, such as patient,date")
        return
    other = next((mark for mark in DELIMITERS if mark != "," and mark in header), None)
    if DATE not in names and other:
        message = f"the columns are separated by {DELIMITERS[other]}; save the file with commas, or describe it in a "
        setting = f".toml file with `delimiter = {json.dumps(other)}` under `[read]` and name that in "
        yield Problem.advising("csv-structure", "", f"{message}{setting}", Remedy("source"))
        return
    if DATE not in names and (known := _source_like(names)):
        message = f"the columns are those of the built-in source {known}; name it in "
        yield Problem.advising("missing-field", "", message, Remedy("source"))
        return
    if "\r" in header:
        yield Problem("csv-structure", "", "the lines end in lone carriage returns; save the file with LF or CRLF")
        return
    if len(names) > MOST_COLUMNS:
        message = f"the header has more than {MOST_COLUMNS:,} columns; remove those that are not needed"
        yield Problem("too-large", "", message)
        return
    if DATE not in names:
        message = "the column `date` is missing; the first line must name the columns"
        yield Problem("missing-field", "", message)
    yield from _unusable_names(names, ignore)


def _source_like(names: Collection[str]) -> str | None:
    """Return the built-in source that has most columns of a header, if patient and date are among them."""
    found: dict[str, int] = {}
    for source in source_names():
        columns = load_source(source).names
        dated = columns.get("date") or columns.get("time")
        if dated in names and columns.get("patient") in names:
            found[source] = sum(column in names for column in columns.values())
    return max(found, key=found.__getitem__, default=None)


def _unusable_names(names: list[str], ignore: frozenset[str]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        which = f"column {position} of the header"
        if (first := seen.setdefault(name, position)) != position:
            message = f"{which} has the name of column {first}; remove one of them"
            yield Problem("csv-structure", "", message)
        elif name not in COLUMNS and name not in ignore:
            got = f"{which} is unrecognised, got {shape_of(name)}{near_miss(name.lower(), COLUMNS)}"
            yield Problem.advising("unknown-key", "", f"{got}; to skip the column, name it in ", Remedy("ignore"))
