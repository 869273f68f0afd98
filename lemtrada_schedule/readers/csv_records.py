"""Read infusion records from CSV: UTF-8, commas, a header, one infusion a line.

Only the column `date` is required. Plain spaces around headers and cells are dropped, apart from those around a
patient's id, which refuse the row (`padded-id`); an empty cell is an absent value. A quoted cell may hold commas and
doubled quotes, and no line break: each line is one row, so that an unclosed quote spoils one row and not those after
it.
"""

import csv
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final, cast

from lemtrada_schedule.errors import InvalidInput, Problem, kind_of, shape_of
from lemtrada_schedule.readers.intake_builder import INFUSION_FIELDS, Gathering, whose_row
from lemtrada_schedule.readers.lines import as_lines, without_end
from lemtrada_schedule.records.history import History, InfusionRecord, Intake
from lemtrada_schedule.records.recorded_values import trimmed_id
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.near_names import near_miss
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["parse_csv"]

PATIENT: Final = "patient"

DATE: Final = "date"

COLUMNS: Final = (PATIENT, *INFUSION_FIELDS)

LARGEST_CELL: Final = 131_072
"""In characters: the limit that Python's csv module has by itself."""

MOST_COLUMNS: Final = 4_096
"""A register's whole export has some hundreds; each unknown column has words of its own."""

REMEMBERED: Final = 100_000
"""How many texts of a column are kept with their meanings: more than there are days in the years accepted."""

LONGEST_REMEMBERED: Final = 32

_DELIMITERS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}

# Every cell is plain, or quoted from its first character to its last. Possessive: no text makes it slow.
_ROW: Final = re.compile(r'(?:"(?:[^"]|"")*+"|[^",]*+)(?:,(?:"(?:[^"]|"")*+"|[^",]*+))*+')

_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,3}")


def parse_csv(lines: str | Iterable[str], *, ignore: Collection[str] = ()) -> Intake:
    r"""Return what CSV text, or its lines, hold. The header is line 1; a row's number is its line.

    Args:
        lines: A text, or lines with or without their ends.
        ignore: Columns to pass over. Any other unknown column is refused.

    Raises:
        InvalidInput: The header cannot be used; with every problem of it.

    Example:
        >>> intake = parse_csv("patient,date\np1,2025-03-03\np1,2025-03\n")
        >>> intake.histories[0].infusions[0].date.isoformat(), intake.histories[0].unreadable
        ('2025-03-03', (3,))
        >>> [(fault.row, fault.column, fault.code) for fault in intake.refused]
        [(3, 'date', 'partial-date')]
    """
    numbered = enumerate(as_lines(lines), start=1)
    header = without_end(next(numbered, (1, ""))[1])
    table = _Table(_columns(header, checked_ignore(ignore)))
    for row, line in numbered:
        table.take(row, without_end(line))
    return table.gathering.intake()


def checked_ignore(ignore: object) -> frozenset[str]:
    """Return the names of columns to pass over; refuse names of columns that mean something."""
    if type(ignore) not in (list, tuple, set, frozenset):
        raise refused("wrong-type", "ignore", f"expected a list of column names, got {kind_of(ignore)}")
    names = tuple(cast("Collection[object]", ignore))
    for name in names:
        if type(name) is not str:
            raise refused("wrong-type", "ignore", f"expected names of columns, got {kind_of(name)}")
        if name in COLUMNS:
            raise refused("reserved-name", "ignore", f"the column {name!r} means something and is not passed over")
    return frozenset(cast("tuple[str, ...]", names))


class _Known(dict[str, Any]):
    """What the texts of a column mean, each read once and by the noun itself: a value, or a tuple of problems."""

    def __init__(self, column: str) -> None:
        super().__init__()
        self._column = column

    def __repr__(self) -> str:
        """Say how many texts there are, and none of them: trackers of errors write down what functions hold."""
        return f"{len(self)} texts"

    def __missing__(self, cell: str) -> Any:
        """Read a text; equal ones share their value from then on."""
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
    """The rows under a header, taken one by one."""

    def __init__(self, names: Sequence[str | None]) -> None:
        """Take the columns in their order; `None` is one to pass over."""
        self.gathering = Gathering(alone=PATIENT not in names)
        self._names = names
        self._patient = names.index(PATIENT) if PATIENT in names else None
        self._read = [(index, name, _Known(name)) for index, name in enumerate(names) if name in INFUSION_FIELDS]

    def take(self, row: int, line: str) -> None:
        """Take one line: a blank one, a row that is accepted, or one that is refused."""
        self.gathering.rows += 1
        if not line.strip(" "):
            self.gathering.blank += 1
            return
        cells = _cells(line, len(self._names))
        if isinstance(cells, Problem):
            self.gathering.refuse(row, [cells])
        elif line.isprintable() and len(line) <= LARGEST_CELL:
            self._take_cells(row, cells, [])
        else:
            self._take_cells(row, cells, list(self._odd(cells)))

    def _take_cells(self, row: int, cells: list[str], faults: list[Problem]) -> None:
        fields = {"row": row, **self._fields(cells, faults)}
        patient = None if self._patient is None else cells[self._patient]
        if patient is not None and patient not in self.gathering.infusions:
            faults += self._meet(patient)
        try:
            record = InfusionRecord(**fields)
        except InvalidInput as error:
            faults += error.problems
        if not faults:
            self.gathering.accept(patient, record)
            return
        told: dict[str, Problem] = {}
        for fault in faults:  # one for each column
            told.setdefault(fault.place or fault.message, fault)
        owner = whose_row(patient, [told[PATIENT]]) if PATIENT in told else patient
        self.gathering.refuse(row, told.values(), patient=owner)

    def _fields(self, cells: list[str], faults: list[Problem]) -> dict[str, Any]:
        """Return what the cells mean; what is wrong with one is added to the faults."""
        fields: dict[str, Any] = {}
        for index, name, known in self._read:
            if cell := cells[index].strip(" "):
                meaning = known[cell]
                if type(meaning) is not tuple:
                    fields[name] = meaning
                    continue
                faults += meaning
                if name == DATE:
                    fields[DATE] = FIRST_DATE  # stands in, so that the rest is checked
        return fields

    def _meet(self, patient: str) -> list[Problem]:
        """Make a new patient known; return what is wrong with the id, if anything is."""
        if not patient.strip(" "):
            return [Problem("missing-field", PATIENT, "the cell is empty; fill in the patient in every row")]
        try:
            self.gathering.infusions[History(patient=patient).patient] = []
        except InvalidInput as error:
            return list(error.problems)
        return []

    def _odd(self, cells: list[str]) -> Iterator[Problem]:
        """Yield what no cell may hold, also in a column that is passed over."""
        for position, (name, cell) in enumerate(zip(self._names, cells, strict=True), start=1):
            where = f"the cell in column {position}"
            inside = trimmed_id(cell) if name == PATIENT else cell  # the id itself is refused for what stands around it
            if control := next((c for c in inside if unicodedata.category(c) == "Cc"), None):
                message = f"{where} holds the character U+{ord(control):04X}; remove it"
                yield Problem("control-character", name or "", message)
            if len(cell) > LARGEST_CELL:
                yield Problem("too-large", name or "", f"{where} has more than {LARGEST_CELL:,} characters; shorten it")


def _cells(line: str, expected: int | None = None) -> list[str] | Problem:
    """Return the cells of a line, or what is wrong with its structure."""
    cells = line.split(",") if '"' not in line else _quoted_cells(line)
    if isinstance(cells, list) and expected is not None and len(cells) != expected:
        hint = "quote a cell that holds a comma" if len(cells) > expected else "an empty cell needs its comma too"
        return Problem("csv-structure", "", f"expected {expected} cells as in the header, got {len(cells)}; {hint}")
    return cells


def _quoted_cells(line: str) -> list[str] | Problem:
    if not _ROW.fullmatch(line):
        message = "a quoted cell does not end on its line, or a quote stands inside a plain cell"
        return Problem("csv-structure", "", f"{message}; quote the whole cell, double its quotes, and break no line")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:  # what fits the pattern can only hold a bare carriage return, or be too long
        pass
    if "\r" in line:
        return Problem("csv-structure", "", "a line end stands inside the row; remove it")
    return Problem("too-large", "", f"a cell has more than {LARGEST_CELL:,} characters; shorten it")


def _columns(header: str, ignore: frozenset[str]) -> list[str | None]:
    """Return the names of the columns in their order, `None` for one to pass over; raise every fault at once."""
    cells = _cells(header)
    names = [] if isinstance(cells, Problem) else [cell.strip(" ") for cell in cells]
    faults = [cells] if isinstance(cells, Problem) else list(_header_faults(header, names, ignore))
    if faults:
        raise InvalidInput(Problem(fault.code, "line 1", fault.message) for fault in faults)
    return [None if name in ignore else name for name in names]


def _header_faults(header: str, names: list[str], ignore: frozenset[str]) -> Iterator[Problem]:
    if not header.strip(" "):
        yield Problem("csv-structure", "", "the first line is empty; it must be the header, such as patient,date")
        return
    other = next((word for mark, word in _DELIMITERS.items() if mark in header), None)
    if DATE not in names and other:
        yield Problem("csv-structure", "", f"the columns are separated by {other}; save the file with commas")
        return
    if "\r" in header:
        yield Problem(
            "csv-structure", "", "lone carriage returns stand between the lines; save the file with LF or CRLF"
        )
        return
    if len(names) > MOST_COLUMNS:
        message = f"the header names more than {MOST_COLUMNS:,} columns; leave out those that are not needed"
        yield Problem("too-large", "", message)
        return
    if DATE not in names:
        message = "the column `date` is missing; the first line must name the columns"
        yield Problem("missing-field", "", message)
    yield from _unusable_names(names, ignore)


def _unusable_names(names: list[str], ignore: frozenset[str]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        which = f"column {position} of the header"
        if (first := seen.setdefault(name, position)) != position:
            message = f"{which} has the name of column {first}; remove one of them"
            yield Problem("csv-structure", "", message)
        elif name not in COLUMNS and name not in ignore:
            got = f"{which} is not known, got {shape_of(name)}{near_miss(name.lower(), COLUMNS)}"
            yield Problem("unknown-key", "", f"{got}; a column that is to be passed over is named in `ignore`")
