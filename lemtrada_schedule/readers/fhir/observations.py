"""Read a FHIR Observation as a dated test, and a Patient's birth date; or report what is wrong (S39)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from lemtrada_schedule.errors import InvalidInput, Problem, kind_of, shape_of
from lemtrada_schedule.protocol.actions import PeriodAction
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.fhir.administrations import UCUM, Subject, not_a_status, read_subject
from lemtrada_schedule.readers.fhir.parts import Faults, concept, part, start_and_end
from lemtrada_schedule.readers.fhir.releases import Release, not_understood
from lemtrada_schedule.records.history import History, Observation
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["Codings", "SeenObservation", "codings_of", "read_birth_date", "read_observation"]

READ: Final = ("final", "amended", "corrected")

SKIPPED: Final = ("registered", "preliminary", "cancelled", "entered-in-error", "unknown")

CELLS_PER_UL: Final = ("/uL", "{cells}/uL", "cells/uL")

MOST_CELLS: Final = 100_000


@dataclass(frozen=True, slots=True, repr=False)
class Codings:
    """The codings (`system|code`) that are read."""

    meanings: Mapping[str, frozenset[str]]
    """The meanings of each in the protocols: ids of actions, or the observation that a period depends on (S31)."""
    counts: frozenset[str]
    """Those that require a count in cells/uL."""


@dataclass(frozen=True, slots=True, repr=False)
class SeenObservation:
    """What an Observation says."""

    code: str | None
    """The coding under which it is counted if skipped: the known one, else the first."""
    is_read: bool
    """Whether it is read: its coding is known, and its status says that it has a result."""
    subject: Subject | None = None
    record: Observation | None = None
    written: str | None = None
    """The start as written, if its date is another one in the clinic's time zone."""
    faults: tuple[Problem, ...] = ()


def codings_of(protocols: tuple[Protocol, ...]) -> Codings:
    """Return the codings of the actions of protocols, and what each means (S31)."""
    meanings, counts = dict[str, set[str]](), set[str]()
    for action in (action for protocol in protocols for action in protocol.actions):
        counted = action.open_until if isinstance(action, PeriodAction) else None
        for code in action.codes:
            coding = f"{code.system}|{code.code}"
            meanings.setdefault(coding, set()).add(counted.observation if counted else action.id)
            counts |= {coding} if counted else set()
    return Codings({coding: frozenset(found) for coding, found in meanings.items()}, frozenset(counts))


def read_observation(
    resource: dict[str, Any], zone: ZoneInfo | None, known: Codings, release: Release
) -> SeenObservation:
    """Return what a resource says, with all its problems; the patient's id is validated after it is resolved.

    Args:
        resource: The Observation.
        zone: The clinic's time zone.
        known: The codings that are read.
        release: The release of FHIR that the resource is read as.
    """
    try:
        given = concept(resource, "code", "code")
    except InvalidInput:
        return SeenObservation(None, is_read=False, subject=_subject_of(resource))
    codings = [f"{system}|{code}" for system, code in given.codings if system]
    matching = [coding for coding in codings if coding in known.meanings]
    status = resource.get("status")
    if not matching or (type(status) is str and status in SKIPPED):
        code = _countable((*matching, *codings, "")[0])
        return SeenObservation(code, is_read=False, subject=_subject_of(resource))
    return _read(resource, zone, matching, known, release)


def _subject_of(resource: dict[str, Any]) -> Subject | None:
    """Return the patient of a resource that is skipped; it is refused if another version says something else."""
    try:
        return read_subject(resource)
    except InvalidInput:
        return None


def _read(
    resource: dict[str, Any], zone: ZoneInfo | None, matching: list[str], known: Codings, release: Release
) -> SeenObservation:
    faults = Faults(not_understood(resource, release))
    subject = faults.of(lambda: read_subject(resource))
    faults.of(lambda: _check_status(resource.get("status"), release))
    if not frozenset.intersection(*(known.meanings[coding] for coding in matching)):
        faults.append(Problem("unknown-name", "code.coding", "the codings name different tests; keep the right one"))
    start, _ = start_and_end(resource, "effective", zone, faults, ("DateTime", "Instant"))
    if resource.get("dataAbsentReason") is not None:
        message = "the result is missing, so the test may not have been done; add the result, or remove the record"
        faults.append(Problem("missing-field", "dataAbsentReason", message))
    value = faults.of(lambda: _count(resource)) if known.counts.intersection(matching) else None
    fields = {"date": start.day if start else FIRST_DATE, "code": matching[0], "value": value}
    record = faults.of(lambda: Observation.model_validate(fields))
    moved = start.written if start and start.is_moved else None
    return SeenObservation(matching[0], True, subject, None if faults else record, moved, tuple(faults))  # noqa: FBT003


@lru_cache(maxsize=1024)
def _countable(code: str) -> str | None:
    """Return a code if it can be printed: short, and without invisible characters; `None` otherwise."""
    try:
        return Observation.model_validate({"date": FIRST_DATE, "code": code}).code
    except InvalidInput:
        return None


def _check_status(status: object, release: Release) -> None:
    if status is None:
        raise refused("missing-field", "status", "the status is missing; add it")
    if type(status) is not str or status not in READ:
        raise refused("unknown-name", "status", not_a_status(status, (*READ, *SKIPPED), "final", release))


def _count(resource: dict[str, Any]) -> int:
    """Return a count in cells/uL, neither converted nor rounded."""
    quantity = part(resource, "valueQuantity", "valueQuantity")
    if not quantity:
        raise refused("missing-field", "valueQuantity", "a CD4 count requires a value in cells/uL; add it")
    if "comparator" in quantity:
        raise refused("unknown-key", "valueQuantity", "there is a comparator here; record the count itself")
    unit = quantity.get("code", quantity.get("unit"))
    if type(unit) is not str or unit not in CELLS_PER_UL or quantity.get("system", UCUM) != UCUM:
        raise refused("count-unit", "valueQuantity", f"expected a count in cells/uL (UCUM), got {shape_of(unit)}")
    value: Any = quantity.get("value")
    if type(value) not in (int, float, Decimal):
        raise refused("wrong-type", "valueQuantity.value", f"expected a number, got {kind_of(value)}")
    number = Decimal(str(value)) if type(value) is float else value
    if not Decimal(number).is_finite() or not 0 <= number <= MOST_CELLS:
        raise refused("out-of-range", "valueQuantity.value", f"expected a whole number from 0 to {MOST_CELLS}")
    if number != int(number):
        raise refused("wrong-type", "valueQuantity.value", "expected a whole number; a count is not rounded")
    return int(number)


def read_birth_date(resource: dict[str, Any]) -> date | None:
    """Return a Patient's birth date, `None` if there is none.

    Raises:
        InvalidInput: It is not a full date, or the resource has an element that may change its meaning.
    """
    changing = [name for name in ("modifierExtension", "implicitRules") if name in resource]
    if changing:
        message = "this may change the meaning of the record and is not supported; resolve it first"
        raise refused("unknown-key", changing[0], message)
    written = resource.get("birthDate")
    if written is None:
        return None
    try:
        return History.model_validate({"birth_date": written}).birth_date
    except InvalidInput as error:
        fault = error.problems[0]
    raise refused(fault.code, "birthDate", fault.message)
