"""`fold`: make infusion records of the rows of a table, as its `Source` says; every row is counted once.

A row may be an infusion, several days of one (`last_day`), a course, a line of a bill (`[units]`) or an action of a
nurse (`action`). Lines and actions of one patient and day become one record.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.records.history import InfusionRecord, Observation
from lemtrada_schedule.records.recorded_values import PADDED_ID, trimmed_id
from lemtrada_schedule.sources.actions import Action, records_of_actions
from lemtrada_schedule.sources.cells import Column, clock_of, is_blank
from lemtrada_schedule.sources.headers import TableColumns, column_of_dates, columns_of
from lemtrada_schedule.sources.medicines import medicine_of
from lemtrada_schedule.sources.source import INFUSION_MG, Source
from lemtrada_schedule.sources.tables import Cell, CellTable
from lemtrada_schedule.sources.units import BilledDays

__all__ = ["Folded", "Folding", "RefusedLine", "fold"]

LONGEST_SPAN: Final = 31
"""In days. A row over more days is not a course; it may be a whole treatment."""

_ONE_DAY: Final = timedelta(days=1)

_CLOCK: Final = ("started", "ended", "observed_until", "infusion_minutes", "observation_minutes")


@dataclass(frozen=True, slots=True, repr=False)
class RefusedLine:
    """A refused row: its number, everything that is wrong with it, and whose it is."""

    row: int
    problems: tuple[Problem, ...]
    """Each names the column in the table, or no place."""
    patient: str | None
    """`None`: unknown, so it may be any patient's (S06); or the table is about one patient."""
    takes: Literal["dates", "tests"] = "dates"
    """What is unknown about the patient because of it: all dates, or only what tests decide (S31)."""


@dataclass(slots=True, repr=False)
class Folded:
    """The records of a table, and what became of every row.

    `rows` = `accepted` + the refused rows + `blank` + `other` + `superseded`.
    """

    is_alone: bool
    """Whether the table is about one patient, whose id is not in it: then the key of every record is `None`."""
    infusions: dict[str | None, list[InfusionRecord]] = field(default_factory=dict)
    """The records of each patient, by row; a patient whose rows cancel each other out has none."""
    observations: dict[str | None, list[Observation]] = field(default_factory=dict)
    """The tests of each patient."""
    refused: list[RefusedLine] = field(default_factory=list)
    """The refused rows, each once, sorted by row."""
    others: Counter[str | None] = field(default_factory=Counter)
    """The rows of other medicines, by patient; `None`: the patient's id could not be read."""
    rows: int = 0
    accepted: int = 0
    blank: int = 0
    """Empty rows, tests that the source does not name, and actions that it ignores."""
    unnamed_tests: int = 0
    """How many of the blank rows are tests that the source does not name."""
    superseded: int = 0
    """Repetitions of a line of a claim that is in another row."""
    taken: dict[str | None, list[int]] = field(default_factory=dict)
    """The accepted rows of each patient, where they are asked for."""
    as_of: dict[str | None, set[date]] = field(default_factory=dict)
    """What the patient's accepted rows say about the date of the question, where a column of it is read."""

    @property
    def other(self) -> int:
        """The rows of other medicines."""
        return self.others.total()


def fold(table: CellTable, source: Source, *, ignore: frozenset[str] = frozenset()) -> Folded:
    """Return the infusion records of a table.

    Args:
        table: The table, as it was opened.
        source: How it is to be read.
        ignore: Further columns that are not read, by their names in the table.

    Raises:
        InvalidInput: The header lacks a column that the source names, has an unrecognised one, or the source lacks
            the words that it needs; with every problem.
    """
    folding = Folding(source)
    folding.take_table(table, ignore)
    return folding.folded()


class Folding:
    """Reads the rows of one table after another, such as the files of a cohort, and folds them together."""

    def __init__(self, source: Source, *, as_of: str | None = None, keeps_rows: bool = False) -> None:
        """Start without rows.

        Args:
            source: How the tables are to be read.
            as_of: The column with each patient's own date of the question.
            keeps_rows: Whether the result says which rows of each patient were accepted.
        """
        self._source = source
        self._names = source.names
        self._is_of_courses = source.read.rows == "courses"
        self._medicine = source.medicine
        self._as_of_column = as_of
        self._as_of: Column | None = None
        self._keeps_rows = keeps_rows
        self._out = Folded(is_alone="patient" not in source.names)
        self._kinds = source.actions.kinds()
        self._actions: defaultdict[str | None, list[Action]] = defaultdict(list)
        self._billed = BilledDays(source.units) if source.units else None
        self._lines: set[tuple[Any, ...]] = set()

    def __repr__(self) -> str:
        """Show how many rows there are, and nothing about a patient."""
        return f"Folding({self._out.rows} rows)"

    def take_table(self, table: CellTable, ignore: frozenset[str] = frozenset()) -> None:
        """Read the rows of a table; row numbers must differ from those of the tables before.

        Raises:
            InvalidInput: As `fold`.
        """
        others = ignore if self._as_of_column is None else ignore | {self._as_of_column}
        self._columns = columns_of(table.header, self._source, others)
        self._out.is_alone = self._columns.patient is None
        if self._as_of_column is not None:
            self._as_of = column_of_dates(self._as_of_column, table.header, self._source)
        for row, cells in table.rows:
            self.take(row, cells)

    def count_others(self, others: Mapping[str | None, int]) -> None:
        """Count rows of other medicines that somebody else has read, by patient."""
        self._out.others.update(others)
        self._out.rows += sum(others.values())

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """How many rows there are so far: all, blank ones, those of other medicines, and superseded ones."""
        return self._out.rows, self._out.blank, self._out.other, self._out.superseded

    def take(self, row: int, cells: Sequence[Cell] | Problem) -> None:
        """Read one row."""
        out = self._out
        out.rows += 1
        if isinstance(cells, Problem):
            self._refuse(row, [cells], None)
        elif all(map(is_blank, cells)):
            out.blank += 1
        elif len(cells) != self._columns.width:
            message = f"expected {self._columns.width} cells as in the header, got {len(cells)}; correct the row"
            self._refuse(row, [Problem("csv-structure", "", message)], None)
        else:
            self._take_cells(row, cells)

    def _take_cells(self, row: int, cells: Sequence[Cell]) -> None:
        patient, faults = self._patient(cells)
        owner = patient if not faults else _owner(cells, self._columns, faults)
        if self._columns.code and not is_blank(cells[self._columns.code.index]):
            self._take_test(row, cells, owner, faults)
            return
        if self._columns.medicine and self._medicine:
            told = medicine_of(cells[self._columns.medicine.index], self._columns.medicine, self._medicine)
            if told == "other":
                self._out.others[patient if not faults else None] += 1
                return
            faults += [] if told == "lemtrada" else [told]
        if not faults and self._is_ignored(cells):
            self._out.infusions.setdefault(patient, [])
            self._out.blank += 1
            return
        values = self._values(cells, faults)
        as_of = self._own_day(cells, faults)
        if not faults:
            faults += self._accept(row, patient, values)
        if faults:
            self._refuse(row, faults, owner)
        elif as_of is not None:
            self._out.as_of.setdefault(patient, set()).add(as_of)

    def _is_ignored(self, cells: Sequence[Cell]) -> bool:
        """Return whether a row is an action that says nothing about an infusion; its other cells are not read."""
        column = self._columns.action
        return column is not None and self._kinds.get(column.value(cells[column.index])) == "ignored"

    def _values(self, cells: Sequence[Cell], faults: list[Problem]) -> dict[str, Any]:
        """Return what the cells of an infusion mean; problems are added to the faults."""
        values: dict[str, Any] = {}
        for column in self._columns.infusion:
            value = column.value(cells[column.index])
            if type(value) is Problem:
                faults.append(value)
            elif value is not None:
                values[column.name] = value
        for name in self._columns.required:
            if name not in values and all(fault.place != self._names[name] for fault in faults):
                faults.append(self._missing(name))
        return values

    def _own_day(self, cells: Sequence[Cell], faults: list[Problem]) -> date | None:
        """Return the patient's own date of the question that a row has; `None` if no such column is read."""
        column = self._as_of
        if column is None:
            return None
        day = column.value(cells[column.index])
        if day is None:
            faults.append(Problem("missing-field", column.theirs, "the cell is empty; fill it in, or remove the row"))
        elif type(day) is Problem:
            faults.append(day)
        return day if type(day) is date else None

    def _count(self, row: int, patient: str | None) -> None:
        """Count an accepted row."""
        self._out.accepted += 1
        if self._keeps_rows:
            self._out.taken.setdefault(patient, []).append(row)

    def _patient(self, cells: Sequence[Cell]) -> tuple[str | None, list[Problem]]:
        """Return the patient of a row, and what is wrong with the id."""
        column = self._columns.patient
        if column is None:
            return None, []
        patient = column.value(cells[column.index])
        if patient is None:
            message = "the cell is empty; fill in the patient in every row"
            return None, [Problem("missing-field", column.theirs, message)]
        return (None, [patient]) if isinstance(patient, Problem) else (patient, [])

    def _missing(self, name: str) -> Problem:
        return Problem("missing-field", self._names[name], "the cell is empty; fill it in, or remove the row")

    def _accept(self, row: int, patient: str | None, values: dict[str, Any]) -> list[Problem]:
        """Take a row whose cells are read; return what is wrong with it as a whole."""
        if self._columns.action:
            return self._accept_action(row, patient, values)
        first, last = values["date"], values.pop("last_day", None)
        if fault := _span_fault(first, last, self._names.get("last_day", "")):
            return [fault]
        if self._billed is not None:
            return self._accept_line(self._billed, row, patient, values, last or first)
        try:
            records = list(self._records(row, values, last))
        except InvalidInput as error:
            return [replace(fault, place=self._names.get(fault.place, "")) for fault in error.problems]
        self._out.infusions.setdefault(patient, []).extend(records)
        self._count(row, patient)
        return []

    def _records(self, row: int, values: Mapping[str, Any], last: date | None) -> Iterator[InfusionRecord]:
        """Yield the records of a row that is an infusion, several days or a course."""
        first = values["date"]
        if self._is_of_courses:
            yield from _of_course(row, values, last)
            return
        days = 1 if last is None else (last - first).days + 1
        if days == 1:
            yield InfusionRecord(row=row, **values)
            return
        yield from _of_days(row, values, days)

    def _accept_line(
        self, billed: BilledDays, row: int, patient: str | None, values: dict[str, Any], last: date
    ) -> list[Problem]:
        """Take a line of a bill."""
        if "claim" in values:
            line = (patient, last, *sorted(values.items()))
            if line in self._lines:
                self._out.superseded += 1
                return []
            self._lines.add(line)
        days = (last - values["date"]).days + 1
        if fault := billed.add(row, patient, values["date"], days, values["units"]):
            return [replace(fault, place=self._names["units"])]
        self._out.infusions.setdefault(patient, [])
        return []

    def _accept_action(self, row: int, patient: str | None, values: dict[str, Any]) -> list[Problem]:
        """Take an action of a nurse."""
        kind = self._kinds.get(values["action"])
        if kind is None:
            message = "the source does not say what this action is; add the word to `[actions]` of the source"
            return [Problem("unknown-name", self._names["action"], message)]
        clock = values.get("time")
        day = values["date"] if "date" in values else values["time"].date()
        if isinstance(clock, datetime):
            clock = clock_of(clock)
        self._actions[patient].append(Action(day, clock, row, kind, values.get("dose_mg")))
        self._out.infusions.setdefault(patient, [])
        self._count(row, patient)
        return []

    def _take_test(self, row: int, cells: Sequence[Cell], owner: str | None, faults: list[Problem]) -> None:
        """Take a row that is a test."""
        values: dict[str, Any] = {}
        for column in self._columns.test:
            value = column.value(cells[column.index])
            if type(value) is Problem:
                faults.append(value)
            else:
                values[column.name] = value
        ours = self._source.code_of(values.get("code") or "")
        if ours is None and not faults:
            self._out.blank += 1
            self._out.unnamed_tests += 1
            return
        if not faults and values.get("date") is None:
            faults.append(self._missing("date"))
        try:
            seen = None if faults else Observation(date=values["date"], code=ours or "", value=values.get("value"))
        except InvalidInput as error:
            faults += [replace(fault, place="") for fault in error.problems]
            seen = None
        if seen is None:
            self._refuse(row, faults, owner, takes="tests")
            return
        self._out.observations.setdefault(owner, []).append(seen)
        self._count(row, owner)

    def _refuse(
        self,
        row: int,
        faults: Iterable[Problem],
        patient: str | None,
        *,
        takes: Literal["dates", "tests"] = "dates",
    ) -> None:
        reported: dict[str, Problem] = {}
        for fault in faults:  # one for each column
            reported.setdefault(fault.place or fault.message, fault)
        self._out.refused.append(RefusedLine(row, tuple(reported.values()), patient, takes))

    def folded(self) -> Folded:
        """Return the records, once every row is taken."""
        out = self._out
        if self._billed is not None:
            below = self._billed.below_zero()
            for row, patient in below.items():
                message = "the units of this patient and day add up to less than 0; a line is missing or repeated"
                self._refuse(row, [Problem("units-below-zero", self._names["units"], message)], patient)
            for row, patient in self._billed.rows():
                if row not in below:
                    self._count(row, patient)
            for patient, record in self._billed.records():
                out.infusions.setdefault(patient, []).append(record)
        for patient, actions in self._actions.items():
            out.infusions.setdefault(patient, []).extend(records_of_actions(actions))
        out.refused.sort(key=lambda line: line.row)
        return out


def _owner(cells: Sequence[Cell], columns: TableColumns, faults: Sequence[Problem]) -> str | None:
    """Return the patient of a row whose id was refused: known if there are only blanks around it (S06)."""
    given = cells[columns.patient.index] if columns.patient else None
    is_padded = [fault.code for fault in faults] == [PADDED_ID]
    return trimmed_id(given) if isinstance(given, str) and is_padded else None


def _span_fault(first: date, last: date | None, place: str) -> Problem | None:
    """Return what is wrong with the days of a row."""
    if last is None or first <= last < first + _ONE_DAY * LONGEST_SPAN:
        return None
    if last < first:
        return Problem("period-reversed", place, "the last day is before the first; correct them")
    message = f"the row covers more than {LONGEST_SPAN} days, so it is not a course; give each course or infusion a row"
    return Problem("span-too-long", place, message)


def _of_course(row: int, values: Mapping[str, Any], last: date | None) -> Iterator[InfusionRecord]:
    """Yield the first and the last day of a course; what is between them is not on record."""
    first = values["date"]
    if last is None:
        yield InfusionRecord(row=row, course_day="only-first", **values)
    elif last == first:
        yield InfusionRecord(row=row, course_day="only", **values)
    else:
        yield InfusionRecord(row=row, course_day="first", **values)
        yield InfusionRecord(row=row, course_day="last", **{**values, "date": last})


def _of_days(row: int, values: Mapping[str, Any], days: int) -> Iterator[InfusionRecord]:
    """Yield an infusion on each day of a row; its dose is divided among them."""
    if timed := [name for name in _CLOCK if name in values]:
        message = "the row covers several days, so this is not of one infusion; give each day its own row"
        raise InvalidInput([Problem("more-than-one-day", timed[0], message)])
    dose: Decimal | None = values.get("dose_mg")
    if dose is not None:
        if dose % (INFUSION_MG * days):
            message = f"the dose does not divide into infusions of {INFUSION_MG} mg on {days} days; give each day a row"
            raise InvalidInput([Problem("span-not-divisible", "dose_mg", message)])
        dose /= days
    for step in range(days):
        own = {**values, "date": values["date"] + _ONE_DAY * step}
        yield InfusionRecord(row=row, **(own if dose is None else {**own, "dose_mg": dose}))
