"""Types of values in records: doses (S34), clock times with seconds (S35) and patient ids.

Values from every source are checked here, so that all readers give the same answer.
"""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Annotated, Final

from pydantic import GetPydanticSchema
from pydantic_core import core_schema as cs

from lemtrada_schedule.errors import shape_of
from lemtrada_schedule.validation.scalars import check_code, clock, refusal

__all__ = ["CHANGED_ID", "PADDED_ID", "Dose", "PatientId", "RecordedTime", "trimmed_id"]

PADDED_ID: Final = "padded-id"
"""The code for an id with blanks at its ends. The patient of the row is clear."""

CHANGED_ID: Final = "id-changed"
"""The code for an id that a spreadsheet has changed. The patient of the row is unknown (S06)."""

LONGEST_PATIENT: Final = 128

HIGHEST_DOSE: Final = 10_000

DOSE_PLACES: Final = 6

_EXPECTED: Final = f"expected a dose in mg above 0 and up to {HIGHEST_DOSE:,}"
"""What is expected of a number. It has no example, because a source may write numbers with a decimal comma."""

_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")

_SCIENTIFIC: Final = re.compile(r"[+-]?[0-9]*+(?:[.,][0-9]*+)?[eE][+-]?[0-9]++")

_WITH_COMMA: Final = re.compile(r"[+-]?[0-9.,;']*+")

_EXACT: Final = Context(prec=20)
"""Enough digits for every dose; the caller's decimal context is not used."""


def _dose(value: object) -> Decimal:
    number = _as_decimal(value)
    if not number.is_finite():
        raise refusal("wrong-type", f"{_EXPECTED}, got a number that is not finite")
    if number <= 0:
        raise refusal("wrong-type", f"{_EXPECTED}, got a number that is 0 or below; correct it")
    if type(value) is float and number < 10 * HIGHEST_DOSE:
        number = number.quantize(Decimal((0, (1,), -DOSE_PLACES)), ROUND_HALF_UP, _EXACT)
        if not number:
            raise refusal("wrong-type", f"{_EXPECTED}, got a number that rounds to 0; correct it")
    if number > HIGHEST_DOSE:
        raise refusal("wrong-type", f"{_EXPECTED}, got a larger number; check its unit")
    places = _places(number)
    if places > DOSE_PLACES:
        raise refusal("wrong-type", f"{_EXPECTED}, got more than {DOSE_PLACES} decimal places; round it")
    if number.as_tuple().exponent == -places:
        return number  # the same object, so that equal doses of a file share it
    return number.quantize(Decimal((0, (1,), -places)), context=_EXACT)


def _as_decimal(value: object) -> Decimal:
    """Return a value as a decimal; for a float, the shortest decimal that reads back as the same float."""
    if type(value) is Decimal:
        return value
    if type(value) is int:
        return Decimal(value)
    if type(value) is float:
        return Decimal(repr(value))
    if type(value) is str and _NUMBER.fullmatch(value):
        return Decimal(value)
    raise refusal("wrong-type", f"{_EXPECTED}, such as 12 or 12.5, got {shape_of(value)}{_cure(value)}")


def _cure(value: object) -> str:
    """Return how to correct text that is not a plain number."""
    if type(value) is not str:
        return ""
    if _SCIENTIFIC.fullmatch(value):
        return "; this is scientific notation: write the number out in digits"
    if ("," in value or ";" in value) and _WITH_COMMA.fullmatch(value):
        return "; write a decimal point and no thousands separators"
    return "; write the number alone"


def _places(number: Decimal) -> int:
    """Return the number of decimal places without trailing zeros."""
    _, digits, exponent = number.as_tuple()
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return max(-int(exponent) - zeros, 0)  # the exponent of a finite number is an int


Dose = Annotated[
    Decimal,
    GetPydanticSchema(
        lambda _source, _handler: cs.no_info_plain_validator_function(
            _dose, serialization=cs.to_string_ser_schema(when_used="json")
        ),
        lambda _schema, _handler: {
            "type": ["number", "string"],
            "exclusiveMinimum": 0,
            "maximum": HIGHEST_DOSE,
            "pattern": "^[0-9]+([.][0-9]{1,6}0*)?$",
        },
    ),
]
"""A dose in mg, above 0 and up to 10,000, with at most 6 decimal places; stored without trailing zeros.

A `float` is converted to its shortest decimal and rounded half up to 6 places.
"""

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")

_FRACTION: Final = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}[.,][0-9]{1,12}")


def _recorded_time(value: object) -> dt.time:
    expected = "expected a clock time as HH:MM or HH:MM:SS without a zone, such as 09:00"
    fraction = False
    if type(value) is str:
        if _TIME.fullmatch(value):
            return dt.time(int(value[:2]), int(value[3:5]))
        fraction = bool(_FRACTION.fullmatch(value))
    elif type(value) is dt.time and value.tzinfo is None and not value.fold:
        if not value.microsecond:
            return value.replace(second=0) if value.second else value
        fraction = True
    hint = "; remove the fractions of a second" if fraction else ""
    raise refusal("wall-time", f"{expected}, got {shape_of(value)}{hint}")


RecordedTime = Annotated[
    dt.time,
    GetPydanticSchema(
        lambda _source, _handler: cs.no_info_plain_validator_function(
            _recorded_time, serialization=cs.plain_serializer_function_ser_schema(clock, when_used="json")
        ),
        lambda _schema, _handler: {
            "type": "string",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$",
        },
    ),
]
"""A recorded clock time, `HH:MM` or `HH:MM:SS` without a zone, stored to the minute; seconds are cut off."""

CHANGED_FORM: Final = r"[+-]?[0-9]([.,][0-9]+[eE][+-]?[0-9]{1,3}|[eE]\+[0-9]{2,3})"
"""The form that spreadsheets give to long ids, such as 1.23457E+17. Digits are lost."""

_CHANGED: Final = re.compile(CHANGED_FORM)

BLANKS: Final = "\t \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""Tab, and every space of Unicode."""


def trimmed_id(text: str) -> str:
    """Return an id without the blanks at its ends."""
    return text.strip(BLANKS)


def _patient_id(value: object) -> str:
    if type(value) is not str or value == (trimmed := trimmed_id(value)) or not trimmed:
        return _whole_id(value)
    _whole_id(trimmed)  # any other fault leaves the patient unknown, and is reported first
    raise refusal(PADDED_ID, "the id begins or ends with blanks; remove them")


def _whole_id(value: object) -> str:
    text = check_code(value, LONGEST_PATIENT, "an opaque patient id")
    if not _CHANGED.fullmatch(text):
        return text
    message = "the id is a number in scientific notation, so digits are lost; export the ids again as text"
    raise refusal(CHANGED_ID, message)


PatientId = Annotated[
    str,
    GetPydanticSchema(
        lambda _source, _handler: cs.no_info_plain_validator_function(
            _patient_id, serialization=cs.simple_ser_schema("str")
        ),
        lambda _schema, _handler: {"type": "string", "minLength": 1, "maxLength": LONGEST_PATIENT},
    ),
]
"""An opaque patient id: one line of at most 128 characters, without blanks at its ends."""
