"""Field types for dates, clock times, time zones, text and identifiers, and the functions that validate them.

Each has one accepted spelling, and nothing is converted or guessed. Any other value is refused with a code, its
shape, and the form expected. pydantic's own lax parsers never run.
"""

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Final, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import GetPydanticSchema
from pydantic_core import PydanticCustomError
from pydantic_core import core_schema as cs

from lemtrada_schedule.errors import InvalidInput, Problem, kind_of, shape_of

__all__ = [
    "BirthDate",
    "CalendarDate",
    "CodeText",
    "DerivedDate",
    "Identifier",
    "Text",
    "WallTime",
    "ZoneName",
    "check_code",
    "check_text",
    "checked_date",
    "checked_identifier",
    "checked_zone",
    "clock",
    "code_text",
    "date_in",
    "hidden_character",
    "refusal",
]

FIRST_DATE: Final = dt.date(2000, 1, 1)

LAST_DATE: Final = dt.date(2099, 12, 31)

FIRST_BIRTH: Final = dt.date(1900, 1, 1)

LAST_DERIVED: Final = dt.date(2199, 12, 31)

LONGEST_TEXT: Final = 2_000

LONGEST_IDENTIFIER: Final = 64

JOINERS: Final = ("\u200c", "\u200d")

_HIDDEN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories of invisible characters: control, format, surrogate, line and paragraph separator."""

_T = TypeVar("_T")

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_PARTIAL: Final = re.compile(r"[0-9]{4}(-[0-9]{2})?")

_DIGITS: Final = re.compile(r"[0-9]{5}")

_STAMP: Final = re.compile(r"-?[0-9]{9,13}")

_LOCAL: Final = re.compile(r"[0-9]{1,2}([/. -])[0-9]{1,2}\1([0-9]{4}|[0-9]{2})")

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_REGIONS: Final = (
    "Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/",
    "Indian/", "Pacific/",
)  # fmt: skip

# Likely regions for abbreviations and legacy names: suggested in messages, never used.
_REGION_HINTS: Final = {
    "EST": "America/New_York", "EST5EDT": "America/New_York", "EDT": "America/New_York",
    "US/Eastern": "America/New_York", "Etc/GMT+5": "America/New_York", "CST": "America/Chicago",
    "CST6CDT": "America/Chicago", "US/Central": "America/Chicago", "MST": "America/Denver",
    "MST7MDT": "America/Denver", "US/Mountain": "America/Denver", "PST": "America/Los_Angeles",
    "PST8PDT": "America/Los_Angeles", "US/Pacific": "America/Los_Angeles", "GMT": "Europe/London",
    "GB": "Europe/London", "BST": "Europe/London", "WET": "Europe/Lisbon", "CET": "Europe/Berlin",
    "MET": "Europe/Berlin", "EET": "Europe/Athens", "Etc/UTC": "UTC", "Z": "UTC", "Zulu": "UTC",
    "Canada/Eastern": "America/Toronto", "Canada/Pacific": "America/Vancouver", "HST": "Pacific/Honolulu",
    "Japan": "Asia/Tokyo", "Eastern Standard Time": "America/New_York", "Pacific Standard Time": "America/Los_Angeles",
}  # fmt: skip


def refusal(code: str, message: str) -> PydanticCustomError:
    """Return the error that a validator raises for a value: a stable code, and a message that says what to do.

    The message is passed as data, so pydantic does not interpret braces in it.
    """
    return PydanticCustomError(code, "{message}", {"message": message})


def _date_hint(text: str) -> str:
    if _DIGITS.fullmatch(text):
        return "; this looks like an Excel serial number: store the cell as a date"
    if _STAMP.fullmatch(text):
        return "; this looks like a timestamp: give the date in the clinic's time zone"
    if local := _LOCAL.fullmatch(text):
        short = "" if len(local[2]) == 4 else ", with a year of four digits"
        return f"; it could mean month/day/year or day/month/year; write it as YYYY-MM-DD{short}"
    odd = next((c for c in text[:LONGEST_IDENTIFIER] if not c.isascii() or not c.isprintable() or c == " "), None)
    return f"; it contains the character U+{ord(odd):04X}" if odd else ""


def _text_as_date(text: str) -> dt.date:
    if not _DATE.fullmatch(text):
        if _PARTIAL.fullmatch(text):
            raise refusal("partial-date", f"the day is missing: expected YYYY-MM-DD, got {shape_of(text)}")
        message = f"expected a date as YYYY-MM-DD, got {shape_of(text)}{_date_hint(text)}"
        raise refusal("calendar-date", message)
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise refusal("no-such-date", "this date does not exist; check month and day") from None


def _kind_hint(value: object) -> str:
    if issubclass(type(value), dt.datetime):
        return "; take .date() in the clinic's zone first"
    return "; it may be an Excel serial number or a timestamp" if type(value) in (int, float) else ""


def _date_between(first: dt.date, last: dt.date) -> Callable[[object], dt.date]:
    def check(value: object) -> dt.date:
        if type(value) is str:
            day = _text_as_date(value)
        elif type(value) is dt.date:  # exact: a datetime, a Timestamp and NaT are dates too, and not meant
            day = value
        else:
            expected = "expected a datetime.date or text as YYYY-MM-DD"
            raise refusal("calendar-date", f"{expected}, got {kind_of(value)}{_kind_hint(value)}")
        if not first <= day <= last:
            raise refusal("date-range", f"expected a date from {first} to {last}; check the year")
        return day

    return check


_check_calendar_date = _date_between(FIRST_DATE, LAST_DATE)

_check_derived_date = _date_between(FIRST_BIRTH, LAST_DERIVED)


def date_in(value: object, place: str) -> dt.date:
    """Return a calendar date found in data, such as a cell; raise `InvalidInput` naming the place.

    >>> date_in("2027-01-11", "date")
    datetime.date(2027, 1, 11)
    """
    return _checked(_check_calendar_date, value, place, None)


def checked_date(value: object, argument: str) -> dt.date:
    """Return a calendar date passed to a public function; raise `InvalidInput` naming the argument.

    >>> checked_date("2027-01-11", "not_before")
    datetime.date(2027, 1, 11)
    """
    return _checked(_check_calendar_date, value, argument, argument)


def _checked(check: Callable[[object], _T], value: object, place: str, argument: str | None) -> _T:
    try:
        return check(value)
    except PydanticCustomError as error:
        problem = Problem(error.type, place, error.message(), argument)
    raise InvalidInput([problem])


def _check_time(value: object) -> dt.time:
    if type(value) is str and _TIME.fullmatch(value):
        return dt.time(int(value[:2]), int(value[3:]))
    if type(value) is dt.time and value.tzinfo is None and not (value.fold or value.second or value.microsecond):
        return value
    raise refusal("wall-time", f"expected a clock time as HH:MM without a zone, such as 09:00, got {shape_of(value)}")


@cache
def _zone_names() -> frozenset[str]:
    # Read once per process: the look-up walks the zone folders.
    names = available_timezones()
    return frozenset(name for name in names if name.startswith(_REGIONS)) | {"UTC"}


def _check_zone(value: object) -> str:
    name = value.key if type(value) is ZoneInfo else value
    if type(name) is str and name in _zone_names():
        return name
    hint = _zone_hint(name) if type(name) is str and len(name) <= LONGEST_IDENTIFIER else ""
    raise refusal("zone", f"expected an IANA region zone such as America/New_York, got {shape_of(name)}{hint}")


def checked_zone(value: object, argument: str) -> str:
    """Return the name of a time zone passed to a public function; raise `InvalidInput` naming the argument.

    >>> checked_zone("America/New_York", "time_zone")
    'America/New_York'
    """
    return _checked(_check_zone, value, argument, argument)


@cache
def _cities() -> dict[str, str]:
    return {zone.rpartition("/")[2].casefold(): zone for zone in sorted(_zone_names())}


def _zone_hint(name: str) -> str:
    found = _REGION_HINTS.get(name) or _cities().get(name.replace(" ", "_").casefold())
    near = [found] if found else difflib.get_close_matches(name, sorted(_zone_names()), n=1, cutoff=0.8)
    return f"; did you mean {near[0]}?" if near else ""


def hidden_character(text: str) -> str | None:
    """Return the first invisible character that is not allowed in text, or `None`.

    Control, format (bidi, zero-width), surrogate and separator characters are not allowed. U+200C and U+200D belong
    to the spelling of Persian and Indic words and of emoji: between two visible characters they are accepted.
    """
    if text.isascii() and text.isprintable():
        return None
    found = (place for place, c in enumerate(text) if unicodedata.category(c) in _HIDDEN)
    return next((text[place] for place in found if not _joins(text, place)), None)


def _joins(text: str, place: int) -> bool:
    """Return whether the character is a joiner between two visible characters that are not both ASCII."""
    before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
    visible = all(c and not c.isspace() and unicodedata.category(c) not in _HIDDEN for c in (before, after))
    return text[place] in JOINERS and visible and not (before + after).isascii()


def check_text(value: object) -> str:
    """Return the value if it is one line of visible text; raise a `refusal` otherwise."""
    if type(value) is not str:
        raise refusal("wrong-type", f"expected text, got {kind_of(value)}")
    if len(value) > LONGEST_TEXT:
        raise refusal("text-length", f"expected at most {LONGEST_TEXT} characters; shorten the text")
    if odd := hidden_character(value):
        raise refusal("control-character", f"the text contains the character U+{ord(odd):04X}; remove it")
    if not value.strip():
        raise refusal("text-length", f"expected 1 to {LONGEST_TEXT} characters, not only blanks")
    return value


def check_code(value: object, longest: int = LONGEST_TEXT, what: str = "a code") -> str:
    """Return the value if it is a code or an id: one line of visible text without joiners; else raise a `refusal`."""
    text = check_text(value)
    if odd := next((c for c in text if c in JOINERS), None):
        raise refusal("control-character", f"the text contains the character U+{ord(odd):04X}; remove it")
    if len(text) > longest:
        raise refusal("text-length", f"expected {what} of at most {longest:,} characters")
    return text


def _check_identifier(value: object) -> str:
    if type(value) is str and len(value) <= LONGEST_IDENTIFIER and _IDENTIFIER.fullmatch(value):
        return value
    wanted = f"expected up to {LONGEST_IDENTIFIER} letters (a-z, A-Z), digits, '.', '_' or '-'"
    raise refusal("identifier", f"{wanted}, got {shape_of(value)}")


def checked_identifier(value: object, argument: str) -> str:
    """Return an identifier passed to a public function; raise `InvalidInput` naming the argument."""
    return _checked(_check_identifier, value, argument, argument)


def _plain(check: Callable[[Any], Any], json_schema: dict[str, Any], *, written: str = "") -> GetPydanticSchema:
    # `written` names a serializer of pydantic-core, which is three times as fast as a Python function.
    def core(_source: Any, _handler: Any) -> cs.CoreSchema:
        how: Any = cs.simple_ser_schema(written) if written else None  # type: ignore[arg-type]  # one of two literals
        return cs.no_info_plain_validator_function(check, serialization=how)

    return GetPydanticSchema(core, lambda _schema, _handler: dict(json_schema))


def _derived(_source: Any, _handler: Any) -> cs.CoreSchema:
    # A `date` that our own code computed is validated by pydantic-core alone; text takes the strict branch.
    fast = cs.date_schema(strict=True, ge=FIRST_BIRTH, le=LAST_DERIVED)
    slow = cs.no_info_plain_validator_function(_check_derived_date, serialization=cs.simple_ser_schema("date"))
    either = cs.union_schema([(fast, "~fast"), (slow, "~text")], mode="left_to_right")
    return cs.json_or_python_schema(slow, either, serialization=cs.simple_ser_schema("date"))


_DATE_SCHEMA: Final = {"type": "string", "format": "date"}

_IDENTIFIER_SCHEMA: Final = {
    "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$", "maxLength": LONGEST_IDENTIFIER
}  # fmt: skip

_TIME_SCHEMA: Final = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}

CalendarDate = Annotated[dt.date, _plain(_check_calendar_date, _DATE_SCHEMA, written="date")]
"""An input date: `datetime.date` or `YYYY-MM-DD`, 2000-01-01 to 2099-12-31, both inclusive."""

BirthDate = Annotated[dt.date, _plain(_date_between(FIRST_BIRTH, LAST_DATE), _DATE_SCHEMA, written="date")]
"""A birth date: as `CalendarDate`, but from 1900-01-01."""

DerivedDate = Annotated[dt.date, GetPydanticSchema(_derived, lambda _schema, _handler: dict(_DATE_SCHEMA))]
"""A computed date, 1900-01-01 to 2199-12-31, both inclusive."""


def clock(moment: dt.time | dt.datetime) -> str:
    """Return a clock time as `HH:MM`, such as `09:00`."""
    return f"{moment.hour:02d}:{moment.minute:02d}"


WallTime = Annotated[
    dt.time,
    GetPydanticSchema(
        lambda _source, _handler: cs.no_info_plain_validator_function(
            _check_time, serialization=cs.plain_serializer_function_ser_schema(clock, when_used="json")
        ),
        lambda _schema, _handler: dict(_TIME_SCHEMA),
    ),
]
"""A clock time: `HH:MM`, 00:00 to 23:59, without time zone or seconds."""

ZoneName = Annotated[str, _plain(_check_zone, {"type": "string"}, written="str")]
"""An IANA region zone such as `America/New_York`, or `UTC`; never an abbreviation or an offset."""

Text = Annotated[str, _plain(check_text, {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}, written="str")]
"""One line of text: 1 to 2,000 characters, no control or bidi characters, and joiners only inside words."""


def code_text(longest: int) -> GetPydanticSchema:
    """Return the annotation of a code of at most `longest` characters: `Text` without any zero-width character."""
    return _plain(
        lambda value: check_code(value, longest),
        {"type": "string", "minLength": 1, "maxLength": longest},
        written="str",
    )


CodeText = Annotated[str, code_text(LONGEST_TEXT)]
"""A code or an id of another system: `Text` without any zero-width character."""

Identifier = Annotated[str, _plain(_check_identifier, _IDENTIFIER_SCHEMA, written="str")]
"""An opaque name: 1 to 64 ASCII letters, digits, dots, underscores and hyphens."""
