"""Read the cells of a column: dates, times, numbers, ids and words, as a `Source` says they are written.

There is one accepted form. Any other text is refused with its shape, the form expected, and the key to change.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from lemtrada_schedule.errors import InvalidInput, Problem, kind_of, shape_of
from lemtrada_schedule.records.history import History, InfusionRecord, Observation
from lemtrada_schedule.records.recorded_values import CHANGED_ID, DOSE_PLACES, trimmed_id
from lemtrada_schedule.sources.source import DateFormat, ReadRule
from lemtrada_schedule.sources.tables import Cell
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.scalars import FIRST_DATE, date_in

__all__ = ["Column", "clock_of", "is_blank", "reader_of"]

_MIDNIGHT: Final = dt.time(0)

REMEMBERED: Final = 100_000
"""How many texts of a column are cached: more than there are days in the accepted years."""

LONGEST_REMEMBERED: Final = 64

MOST_EXACT: Final = 10**15
"""Above this a floating-point number of a spreadsheet has lost digits."""

MOST_DIGITS: Final = 10**38
"""The lowest whole number that cannot be an id."""

MOST_UNITS: Final = 100_000

LONGEST_COURSE: Final = 4
"""In digits: as in the library's own CSV."""

_NUMERIC: Final = (int, float, Decimal)

_DATES: Final = ("date", "last_day")

_CLOCKS: Final = ("time", "started", "ended", "observed_until")

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

_FORMS: Final[Mapping[DateFormat, tuple[re.Pattern[str], str]]] = MappingProxyType({
    "YYYYMMDD": (re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"), "20260309"),
    "DD.MM.YYYY": (re.compile(r"(?P<d>[0-9]{2})\.(?P<m>[0-9]{2})\.(?P<y>[0-9]{4})"), "09.03.2026"),
    "DD/MM/YYYY": (re.compile(r"(?P<d>[0-9]{2})/(?P<m>[0-9]{2})/(?P<y>[0-9]{4})"), "09/03/2026"),
    "MM/DD/YYYY": (re.compile(r"(?P<m>[0-9]{2})/(?P<d>[0-9]{2})/(?P<y>[0-9]{4})"), "03/09/2026"),
    "DDMONYYYY": (re.compile(r"(?P<d>[0-9]{2})(?P<m>[A-Za-z]{3})(?P<y>[0-9]{4})"), "09MAR2026"),
})  # fmt: skip
"""The pattern of each written form, and an example."""

_FIRST_DAYS: Final[Mapping[DateFormat, dt.date]] = MappingProxyType({
    "excel-serial": dt.date(1899, 12, 30),  # day 0; spreadsheets have a 29th of February 1900, so from March it fits
    "sas-day": dt.date(1960, 1, 1),
})  # fmt: skip
"""The day from which each serial number counts."""

_SERIAL: Final = re.compile(r"[0-9]{4,5}")

_PARTIAL: Final = re.compile(r"[0-9]{4}|[0-9]{4}-[0-9]{2}|[0-9]{2}[./][0-9]{4}|[A-Za-z]{3}[0-9]{4}")

_MOMENT: Final = re.compile(r"(?P<date>[^ T]+)[ T](?P<time>[^ ]+)")

_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,8}")

_NUMBERS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType({
    mark: re.compile(rf"-?[0-9]+(?:{re.escape(mark)}[0-9]+)?") for mark in ".,"
})  # fmt: skip

_THOUSANDS: Final = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")
"""What may be a whole number with a thousands separator, or a number with three decimal places."""


def is_blank(cell: Cell) -> bool:
    """Return whether a cell is empty."""
    return cell is None or (type(cell) is str and not cell.strip(" "))


class Column:
    """One column that is read: its place in a row, and what each cell means; texts are cached."""

    def __init__(self, name: str, theirs: str, index: int, read: Callable[[Cell], Any]) -> None:
        """Set our name of the column, the table's, its place from 0, and the function that reads a cell."""
        self.name = name
        self.theirs = theirs
        self.index = index
        self._read = read
        self._known: dict[str, Any] = {}
        self._known_typed: dict[tuple[type, Cell], Any] = {}

    def __repr__(self) -> str:
        """Show the number of texts, and none of them: error trackers record the local variables of functions."""
        return f"Column({len(self._known) + len(self._known_typed)} texts)"

    def value(self, cell: Cell) -> Any:
        """Return what a cell means, `None` for an empty one, or the `Problem` with it."""
        if type(cell) is not str:
            return None if cell is None else self._typed(cell)
        text = cell if self.name == "patient" else cell.strip(" ")
        if text in self._known:
            return self._known[text]
        meaning = self._meaning(text) if text.strip(" ") else None
        if len(self._known) < REMEMBERED and len(text) <= LONGEST_REMEMBERED:
            self._known[text] = meaning
        return meaning

    def _typed(self, cell: Cell) -> Any:
        """Return what a cell means that is not text; equal values of one type are read once."""
        known = type(cell), cell
        if known in self._known_typed:
            return self._known_typed[known]
        meaning = self._meaning(cell)
        if len(self._known_typed) < REMEMBERED:
            self._known_typed[known] = meaning
        return meaning

    def _meaning(self, cell: Cell) -> Any:
        if type(cell) is str and not cell.isprintable() and (control := _control_in(cell, self.name)):
            message = f"the cell contains the character U+{ord(control):04X}; remove it"
            return Problem("control-character", self.theirs, message)
        try:
            return self._read(cell)
        except InvalidInput as error:
            fault = error.problems[0]
        return replace(fault, place=self.theirs, argument=None)


def _control_in(cell: str, name: str) -> str | None:
    """Return the first control character in a cell; those around a patient's id are blanks, reported as such."""
    inside = trimmed_id(cell) if name == "patient" else cell
    return next((one for one in inside or "" if unicodedata.category(one) == "Cc"), None)


def reader_of(name: str, rule: ReadRule, *, has_date: bool = True) -> Callable[[Cell], Any]:
    """Return the function that reads a cell of a column; it raises `InvalidInput`.

    Args:
        name: Our name of the column.
        rule: How the table is written.
        has_date: Whether dates have their own column, so that `time` is a clock time alone.
    """
    if name == "patient":
        return partial(_patient, trim=rule.trim)
    if name in _DATES:
        return partial(_date, form=rule.date_format)
    if name == "time" and not has_date:
        return partial(_moment, form=rule.date_format)
    if name in _CLOCKS:
        return _clock
    return _READERS.get(name, _word) if name not in _DECIMALS else partial(_DECIMALS[name], mark=rule.decimal)


def _patient(cell: Cell, *, trim: bool) -> str:
    text = _digits(cell) if type(cell) in _NUMERIC else cell
    if trim and type(text) is str:
        text = trimmed_id(text) or text
    if type(text) is not str:
        raise refused("wrong-type", "", f"expected the id of a patient as text, got {kind_of(cell)}")
    try:
        return str(History(patient=text).patient)
    except InvalidInput as error:
        problems = error.problems
    raise InvalidInput(problems)


def _digits(cell: Cell) -> str:
    """Return the digits of a number that is an id or a code; refuse a number that may have lost digits."""
    number = _integer(cell)
    if number is not None:
        return str(number)
    message = "the id is a number that has lost digits or has decimal places; export the ids again as text"
    raise refused(CHANGED_ID, "", message)


def _integer(cell: Cell) -> int | None:
    """Return a whole number; `None` for anything else, and for a float so large that it may have lost digits."""
    if type(cell) is int:
        return cell if abs(cell) < MOST_DIGITS else None
    if type(cell) is float:
        return int(cell) if cell.is_integer() and abs(cell) < MOST_EXACT else None
    if type(cell) is Decimal and cell.is_finite() and abs(cell) < MOST_DIGITS and cell == int(cell):
        return int(cell)
    return None


def _date(cell: Cell, form: DateFormat) -> dt.date:
    if type(cell) is dt.datetime:
        if cell.tzinfo is None and clock_of(cell) == _MIDNIGHT:
            return date_in(cell.date(), "")
        message = "expected a date, got a date with a clock time; map a column of times, or export the dates alone"
        raise refused("calendar-date", "", message)
    if type(cell) is dt.date:
        return date_in(cell, "")
    if form in _FIRST_DAYS:
        return _serial(cell, form)
    text = str(cell) if form == "YYYYMMDD" and type(cell) is int else cell
    if type(text) is not str:
        raise refused("calendar-date", "", f"expected a date as {form}, got {kind_of(cell)}")
    return date_in(text, "") if form == "YYYY-MM-DD" else _written(text, form)


def _written(text: str, form: DateFormat) -> dt.date:
    """Return a date in one of the written forms."""
    pattern, example = _FORMS[form]
    if not (found := pattern.fullmatch(text)):
        if _PARTIAL.fullmatch(text):
            raise refused("partial-date", "", f"the day is missing: expected {form}, got {shape_of(text)}")
        message = f"expected a date as {form}, such as {example}, got {shape_of(text)}; correct it or `date_format`"
        raise refused("calendar-date", "", message)
    month = found["m"].upper()
    if form == "DDMONYYYY":
        if month not in _MONTHS:
            message = f"expected an English month of three letters as in {example}, got {shape_of(text)}"
            raise refused("calendar-date", "", message)
        month = f"{_MONTHS.index(month) + 1:02d}"
    return date_in(f"{found['y']}-{month}-{found['d']}", "")


def _serial(cell: Cell, form: DateFormat) -> dt.date:
    """Return the date of a serial number."""
    number = int(cell) if type(cell) is str and _SERIAL.fullmatch(cell) else _integer(cell)
    if number is None:
        message = f"expected a whole number of days ({form}), got {shape_of(cell)}; correct it or `date_format`"
        raise refused("calendar-date", "", message)
    try:
        day = _FIRST_DAYS[form] + dt.timedelta(days=number)
    except OverflowError:
        day = dt.date.max
    return date_in(day, "")


def clock_of(moment: dt.datetime) -> dt.time:
    """Return the clock time of a date-time."""
    return dt.time(moment.hour, moment.minute, moment.second, moment.microsecond)


def _clock(cell: Cell) -> dt.time:
    return _field("started", cell)  # type: ignore[no-any-return]  # every clock time has the same type


def _moment(cell: Cell, form: DateFormat) -> dt.datetime:
    """Return a date and a clock time, to the minute."""
    if type(cell) is dt.datetime and cell.tzinfo is None:
        return dt.datetime.combine(date_in(cell.date(), ""), _clock(clock_of(cell)))
    example = "2026-03-09 09:15" if form == "YYYY-MM-DD" else f"{form} 09:15"
    expected = f"expected a date and a clock time, such as {example}, without a zone"
    if type(cell) is not str:
        raise refused("wall-time", "", f"{expected}, got {kind_of(cell)}")
    if not (found := _MOMENT.fullmatch(cell)):
        _date(cell, form)  # a fault of the date is reported first
        raise refused("wall-time", "", f"{expected}, got a date alone; add the time")
    return dt.datetime.combine(_date(found["date"], form), _clock(found["time"]))


def _whole(cell: Cell) -> int:
    number = int(cell) if type(cell) is str and _WHOLE.fullmatch(cell) else _integer(cell)
    if number is not None:
        return number
    raise refused("wrong-type", "", f"expected a whole number, such as 240, got {shape_of(cell)}; correct it")


def _course(cell: Cell) -> Any:
    """Return a whole number; text that is too long for the number of a course stays text, and is refused as such."""
    return cell if type(cell) is str and len(cell) > LONGEST_COURSE else _whole(cell)


def _number(cell: Cell, mark: str) -> Any:
    """Return a number as it is, and text in the source's form as a decimal."""
    if type(cell) is not str:
        return cell
    if _NUMBERS[mark].fullmatch(cell):
        return Decimal(cell.replace(",", "."))
    other = "," if mark == "." else "."
    hint = "; correct it"
    if _NUMBERS[other].fullmatch(cell):
        hint = f"; `decimal` of the source is {mark!r}: correct the number or `decimal`"
        if _THOUSANDS.fullmatch(cell):  # `decimal` must not be changed so that it is read as another number
            hint = f"; `decimal` of the source is {mark!r}, and thousands separators are refused: correct the number"
    raise refused("wrong-type", "", f"expected a number, such as 12 or 12{mark}5, got {shape_of(cell)}{hint}")


def _dose(cell: Cell, mark: str) -> Decimal:
    return _field("dose_mg", _number(cell, mark))  # type: ignore[no-any-return]  # the field's type


def _units(cell: Cell, mark: str) -> Decimal:
    """Return a number of units, which may be negative."""
    number = _number(cell, mark)
    value = Decimal(repr(number)) if type(number) in (int, float) else number
    if type(value) is not Decimal or not value.is_finite():
        raise refused("wrong-type", "", f"expected a number of units, got {kind_of(number)}; correct it")
    if abs(value) > MOST_UNITS or value != round(value, DOSE_PLACES):
        message = f"expected units up to {MOST_UNITS:,} with at most {DOSE_PLACES} decimal places; correct them"
        raise refused("out-of-range", "", message)
    return value


def _word(cell: Cell) -> str:
    """Return a code or a word as text."""
    if type(cell) in _NUMERIC:
        return _digits(cell)
    if type(cell) is not str:
        raise refused("wrong-type", "", f"expected text, got {kind_of(cell)}")
    return cell


def _field(name: str, value: Any) -> Any:
    """Return a value of a field of `InfusionRecord`, validated by it."""
    return _field_of(InfusionRecord, name, value, date=FIRST_DATE)


def _field_of(kind: type[InfusionRecord] | type[Observation], name: str, value: Any, **needed: Any) -> Any:
    try:
        return getattr(kind.model_validate({**needed, name: value}), name)
    except InvalidInput as error:
        problems = error.problems
    raise InvalidInput(problems)


_READERS: Final[Mapping[str, Callable[[Cell], Any]]] = MappingProxyType({
    "infusion_minutes": lambda cell: _field("infusion_minutes", _whole(cell)),
    "observation_minutes": lambda cell: _field("observation_minutes", _whole(cell)),
    "course": lambda cell: _field("course", _course(cell)),
    "status": lambda cell: _field("status", cell),
    "value": lambda cell: _field_of(Observation, "value", _whole(cell), date=FIRST_DATE, code="count"),
})  # fmt: skip

_DECIMALS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType({"dose_mg": _dose, "units": _units})
"""The columns of numbers that may have decimal places."""
