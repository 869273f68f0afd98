"""Elements of FHIR R4 (4.0.1): periods, timings, quantities, codes, references and narratives, validated when made.

General FHIR validators check each element by itself. None of those that were tried reports a Period that ends before it
starts, or a Timing with a unit that UCUM does not define. Both are refused here.
"""

import html
import re
import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.errors import kind_of, shape_of
from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.plan.items import NAMESPACE
from lemtrada_schedule.protocol.actions import Code
from lemtrada_schedule.validation.arguments import refused, refused_argument
from lemtrada_schedule.validation.scalars import hidden_character

__all__ = [
    "Element",
    "checked_subject",
    "coding",
    "concept",
    "draft",
    "duration",
    "element_id",
    "instants",
    "narrative",
    "notes",
    "period",
    "quantity",
    "reference",
    "repeat",
    "text",
    "unit_of",
    "uuid_of",
    "zone_beside",
]

Element = dict[str, Any]

UCUM: Final = "http://unitsofmeasure.org"

ZONE: Final = "http://hl7.org/fhir/StructureDefinition/tz-code"

PERIOD_UNITS: Final = ("s", "min", "h", "d", "wk", "mo", "a")
"""The value set UnitsOfTime: the units of a Timing."""

SPAN_UNITS: Final = {"days": "d", "weeks": "wk", "months": "mo", "years": "a"}

NOT_IN_XML: Final = "\ufffe\uffff"
"""Not control characters, but not allowed in the XHTML of a narrative."""

_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")

_CODE: Final = re.compile(r"\S+( \S+)*")

_ELEMENT_ID: Final = re.compile(r"\S+")

_ID: Final = r"[A-Za-z0-9.-]{1,64}"

_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

_PATIENT: Final = re.compile(rf"(https?://[A-Za-z0-9.:/_~-]+/)?Patient/{_ID}|urn:uuid:{_UUID}")


def uuid_of(name: str) -> str:
    """Return the one uuid of a name: the same in every process and release."""
    return str(uuid.uuid5(NAMESPACE, text(name, "id")))


def element_id(name: str) -> str:
    """Return the id of an element within its resource; FHIR allows no blanks in it."""
    if not _ELEMENT_ID.fullmatch(text(name, "id")):
        raise refused("identifier", "id", f"expected an id without blanks, got {shape_of(name)}")
    return name


def text(value: str, place: str) -> str:
    """Return a text unchanged, or refuse what FHIR does not allow: blank text and control characters."""
    if not value.strip():
        raise refused("text-length", place, "FHIR allows no blank text; fill it in")
    if value.isprintable():
        return value
    if odd := hidden_character(value) or next((c for c in value if c in NOT_IN_XML), None):
        raise refused("control-character", place, f"the text contains the character U+{ord(odd):04X}; remove it")
    return value


def checked_subject(value: object) -> str:
    """Return a reference to a patient: `Patient/123`, the same with a server's address, or `urn:uuid:…`."""
    if type(value) is not str:
        raise refused_argument("wrong-type", "subject", f"expected text such as Patient/123, got {kind_of(value)}")
    if not _PATIENT.fullmatch(value):
        expected = "expected a reference to a patient such as Patient/123, or urn:uuid: and a uuid"
        raise refused_argument("reference", "subject", f"{expected}, got {shape_of(value)}")
    return value


def coding(code: Code, place: str) -> Element:
    """Return a code of a terminology; its system must be an absolute URI, such as `http://loinc.org`."""
    if not _URI.fullmatch(code.system):
        message = f"expected a URI such as http://loinc.org, got {shape_of(code.system)}"
        raise refused("terminology", f"{place}.system", message)
    if not _CODE.fullmatch(code.code):
        raise refused("terminology", f"{place}.code", f"expected a code, got {shape_of(code.code)}")
    shown = {"display": text(code.display, f"{place}.display")} if code.display is not None else {}
    return {"system": code.system, "code": code.code, **shown}


def concept(words: str, codes: Sequence[Code], place: str) -> Element:
    """Return a CodeableConcept: a text, and its codes, if any."""
    coded = {"coding": [coding(code, f"{place}.codes.{index}") for index, code in enumerate(codes)]} if codes else {}
    return {**coded, "text": text(words, f"{place}.title")}


def period(first: date | None, last: date | None, place: str) -> Element:
    """Return a Period of days, both ends included, as in FHIR; an open end is omitted."""
    if first is not None and last is not None and last < first:
        raise refused("period-reversed", place, "the last day is before the first day; swap or correct them")
    ends = {"start": first, "end": last}
    return {name: day.isoformat() for name, day in ends.items() if day is not None}


def instants(start: TimeWindow, end: TimeWindow, place: str) -> Element:
    """Return start and end as instants with their offsets, from the start of one window to the end of another."""
    if end.end.timestamp() <= start.start.timestamp():
        raise refused("window-reversed", place, "the end is not after the start; correct one of them")
    return {"start": _instant(start.start), "end": _instant(end.end)}


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def zone_beside(window: TimeWindow) -> Element:
    """Return the extension of an instant that names its time zone: the instant itself has only an offset."""
    return {"extension": [{"url": ZONE, "valueCode": window.time_zone}]}


def unit_of(unit: str, place: str) -> str:
    """Return a unit of time as UCUM writes it, or refuse one that a Timing of FHIR does not allow."""
    code = SPAN_UNITS.get(unit, unit)
    if code not in PERIOD_UNITS:
        raise refused("unknown-name", place, f"a Timing counts in {', '.join(PERIOD_UNITS)}, got {shape_of(unit)}")
    return code


def reference(target: str) -> Element:
    """Return a reference to another resource."""
    return {"reference": target}


def quantity(value: int, unit: str) -> Element:
    """Return an amount with its unit of UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def duration(span: Span, place: str) -> Element:
    """Return a calendar span as a Duration: `12 months` are 12 mo, never a number of days."""
    return quantity(span.count, unit_of(span.unit, place))


def repeat(count: int, unit: str, place: str, **bounds: Element) -> Element:
    """Return the repeat rule of a Timing: once every `count` units, within bounds if given."""
    if count < 1:
        raise refused("out-of-range", place, "expected a period of at least 1")
    return {**bounds, "frequency": 1, "period": count, "periodUnit": unit_of(unit, place)}


def notes(sentences: Iterable[str], place: str) -> list[Element]:
    """Return sentences as the notes of a resource."""
    return [{"text": text(sentence, place)} for sentence in sentences]


def narrative(sentences: Iterable[str], place: str) -> Element:
    """Return sentences as the narrative of a resource: one paragraph each, all text escaped."""
    paragraphs = "".join(f"<p>{html.escape(text(sentence, place))}</p>" for sentence in sentences)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'}


def draft(kind: str, sentences: Sequence[str], place: str) -> Element:
    """Return the first fields of a request, up to its subject: its narrative, status `draft`, intent `proposal`."""
    said = (*sentences, PLANNING_AID)
    return {"resourceType": kind, "text": narrative(said, place), "status": "draft", "intent": "proposal"}
