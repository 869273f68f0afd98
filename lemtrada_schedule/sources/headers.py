"""Find the columns of a source in the header of a table; every problem names the column that the source gives."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lemtrada_schedule.errors import InvalidInput, Problem, Remedy, shape_of
from lemtrada_schedule.sources.cells import Column, reader_of
from lemtrada_schedule.sources.csv_cells import DELIMITERS, MOST_COLUMNS
from lemtrada_schedule.sources.source import Source
from lemtrada_schedule.validation.near_names import near_miss

__all__ = ["TableColumns", "column_of_dates", "columns_of"]

HEADER: Final = "line 1"

LONGEST_SHOWN: Final = 64
"""In characters, of a name in the header that a message repeats."""

_OF_TESTS: Final = ("date", "code", "value")


@dataclass(frozen=True, slots=True, repr=False)
class TableColumns:
    """The columns of a table that are read."""

    width: int
    """How many cells a row has."""
    patient: Column | None
    medicine: Column | None
    action: Column | None
    code: Column | None
    infusion: tuple[Column, ...]
    """The columns of an infusion, without patient and medicine."""
    test: tuple[Column, ...]
    """The columns of a test, without the patient."""
    required: tuple[str, ...]
    """The columns of an infusion that may not be empty."""


def columns_of(header: Sequence[str], source: Source, ignore: Collection[str] = ()) -> TableColumns:
    """Return the columns of a table.

    Raises:
        InvalidInput: With every problem of the header, or the words that the source lacks.
    """
    given = [name.strip(" ") for name in header]
    faults = list(_lacking_words(source)) or list(_faults(given, source, ignore))
    if faults:
        raise InvalidInput(replace(fault, place=fault.place or HEADER) for fault in faults)
    has_date = "date" in source.names
    columns = {
        ours: Column(ours, theirs, given.index(theirs), reader_of(ours, source.read, has_date=has_date))
        for ours, theirs in source.names.items()
        if theirs in given
    }
    special = ("patient", "medicine", "code", "value")
    return TableColumns(
        width=len(header),
        patient=columns.get("patient"),
        medicine=columns.get("medicine"),
        action=columns.get("action"),
        code=columns.get("code"),
        infusion=tuple(column for ours, column in columns.items() if ours not in special),
        test=tuple(columns[ours] for ours in _OF_TESTS if ours in columns) if "code" in columns else (),
        required=tuple(ours for ours in ("date" if has_date else "time", "units", "action") if ours in columns),
    )


def column_of_dates(name: str, header: Sequence[str], source: Source) -> Column:
    """Return a column of dates that the caller names and the source does not.

    Raises:
        InvalidInput: The table has no such column.
    """
    given = [own.strip(" ") for own in header]
    if name in given:
        return Column("date", name, given.index(name), reader_of("date", source.read))
    message = f"the table has no such column{near_miss(name, given)}; name a column of dates, or give one date"
    raise InvalidInput([Problem("missing-field", name, f"{message} as YYYY-MM-DD")])


def _lacking_words(source: Source) -> Iterator[Problem]:
    """Yield what a source must say before a table can be read."""
    where = f'`extends = "{source.extends}"`' if source.extends else "the name of the built-in source as `extends`"
    advice = f"write them in your own .toml file, with {where}, and give that file as the source"
    if source.medicine and not source.medicine.lemtrada and source.medicine.unlisted == "other":
        message = "the source does not say what LEMTRADA is called in this column; give its codes or names with "
        yield Problem.advising(
            "missing-field",
            "medicine.lemtrada",
            message,
            Remedy("lemtrada_codes"),
            f", or {advice}; if every row is about LEMTRADA, say so with ",
            Remedy("medicine", '="assumed"'),
        )
    if source.columns.action and not source.actions.started:
        message = "the source does not say which words mean that an infusion was started"
        yield Problem("missing-field", "actions.started", f"{message}: add the words of all actions; {advice}")


def _faults(given: Sequence[str], source: Source, ignore: Collection[str]) -> Iterator[Problem]:
    if not any(given):
        yield Problem("csv-structure", "", "the first line is empty; it must be the header")
        return
    if len(given) > MOST_COLUMNS:
        yield Problem("too-large", "", f"the header has more than {MOST_COLUMNS:,} columns; remove some")
        return
    names = source.names
    is_header = any(theirs in given for theirs in names.values())
    if not is_header and (other := _other_delimiter(given, source.read.delimiter)):
        message = f"the columns seem to be separated by {DELIMITERS[other]}; set `delimiter` under `[read]`"
        yield Problem("csv-structure", "", message)
        return
    if not is_header:  # the line may be a patient's data, so only its shape is shown
        wanted = ", ".join(map(repr, names.values()))
        message = f"the first line has none of the columns of the source ({wanted}); it begins with"
        yield Problem("missing-field", "", f"{message} {shape_of(given[0])}, and must be the header of that table")
        return
    for ours, theirs in names.items():
        if theirs not in given and (source.columns.mapped or ours == "date"):
            yield Problem("missing-field", "", f"the column {theirs!r} ({ours}) is missing{near_miss(theirs, given)}")
    yield from _repeated(given, source)
    if source.read.other_columns == "refuse":
        yield from _unknown(given, source, ignore)


def _other_delimiter(given: Sequence[str], delimiter: str | None) -> str | None:
    return next((mark for mark in DELIMITERS if mark != delimiter and any(mark in name for name in given)), None)


def _repeated(given: Sequence[str], source: Source) -> Iterator[Problem]:
    """Yield each column that is read and occurs twice; others are refused too if other columns are."""
    seen: dict[str, int] = {}
    for position, name in enumerate(given, start=1):
        is_read = name in source.names.values() or source.read.other_columns == "refuse"
        if (first := seen.setdefault(name, position)) != position and is_read:
            message = f"column {position} of the header has the name of column {first}; remove one of them"
            yield Problem("csv-structure", "", message)


def _unknown(given: Sequence[str], source: Source, ignore: Collection[str]) -> Iterator[Problem]:
    known = set(source.names.values())
    for position, name in enumerate(given, start=1):
        if name in known or name in ignore:
            continue
        shown = repr(name) if name.isprintable() and len(name) <= LONGEST_SHOWN else shape_of(name)
        message = f"column {position} of the header is not named by the source, got {shown}"
        advice = (
            'to skip all such columns, set `other_columns = "ignore"` under `[read]`; to skip this one, name it in '
        )
        yield Problem.advising("unknown-key", "", f"{message}; {advice}", Remedy("ignore"))
