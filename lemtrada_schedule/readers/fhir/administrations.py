"""Read a FHIR MedicationAdministration as an infusion record, or report everything that is wrong with it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from lemtrada_schedule.errors import Problem, kind_of, shape_of
from lemtrada_schedule.readers.fhir.medicines import Medicine, medicine_of_administration
from lemtrada_schedule.readers.fhir.parts import Faults, Moment, part, start_and_end
from lemtrada_schedule.readers.fhir.releases import WRONG_RELEASE, Release, not_understood
from lemtrada_schedule.records.history import InfusionRecord
from lemtrada_schedule.records.recorded_values import trimmed_id
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.near_names import near_miss
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["UCUM", "Administration", "Subject", "not_a_status", "read_administration", "read_subject"]

STATUSES: Final = {
    "completed": "completed",
    "stopped": "partial",
    "in-progress": "partial",
    "not-done": "not-done",
    "entered-in-error": "entered-in-error",
}

UNDECIDED: Final = ("on-hold", "unknown")

UCUM: Final = "http://unitsofmeasure.org"


@dataclass(frozen=True, slots=True, repr=False)
class Subject:
    """The patient of a resource, as written there."""

    name: str
    is_reference: bool
    """Whether it is a reference, which can have several forms; otherwise it is an identifier."""


@dataclass(frozen=True, slots=True, repr=False)
class Administration:
    """What a MedicationAdministration says."""

    subject: Subject | None
    """`None`: unknown."""
    medicine: Medicine | None
    """`None`: refused."""
    record: InfusionRecord | None
    """`None`: refused."""
    written: str | None
    """The start as written, if its date is another one in the clinic's time zone."""
    faults: tuple[Problem, ...]


def read_administration(
    resource: dict[str, Any], row: int, zone: ZoneInfo | None, own: frozenset[tuple[str, str]], release: Release
) -> Administration:
    """Return what a resource says, with all its problems; the patient's id is validated after it is resolved.

    Of a resource of another release, only the subject is read.

    Args:
        resource: The MedicationAdministration.
        row: Its row in the file.
        zone: The clinic's time zone.
        own: The caller's codings for LEMTRADA, as system and code.
        release: The release of FHIR that the resource is read as.
    """
    faults = Faults(not_understood(resource, release))
    is_of_another = any(fault.code == WRONG_RELEASE for fault in faults)
    subject = faults.of(lambda: read_subject(resource))
    if is_of_another:
        return Administration(subject, None, None, None, tuple(faults))
    end_place = f"{release.given}Period.end"
    status = faults.of(lambda: _status(resource, release))
    start, end = start_and_end(resource, release.given, zone, faults, ("DateTime",))
    dose = faults.of(lambda: _dose(resource))
    medicine = faults.of(lambda: medicine_of_administration(resource, own, release))
    times = faults.of(lambda: _times(start, end, end_place)) or {}
    fields = {
        "date": start.day if start else FIRST_DATE,  # a placeholder, so that the other fields are validated
        "dose_mg": dose,
        "status": status or "completed",
        "row": row,
        **times,
    }
    record = faults.of(lambda: InfusionRecord.model_validate(fields))
    columns = {"dose_mg": "dosage.dose.value", "ended": end_place, "infusion_minutes": end_place}
    problems = tuple(replace(fault, place=columns.get(fault.place, fault.place)) for fault in faults)
    written = start.written if start and start.is_moved else None
    return Administration(subject, medicine, record if start and not problems else None, written, problems)


def read_subject(resource: dict[str, Any]) -> Subject:
    """Return the patient of a resource; raise `InvalidInput` if the subject is not a patient."""
    subject = part(resource, "subject", "subject")
    name, is_reference = subject.get("reference"), True
    if name is None:
        identifier = part(subject, "identifier", "subject.identifier")
        name, system, is_reference = identifier.get("value"), identifier.get("system"), False
        if name is None:
            message = "patient unknown; add a reference, or an identifier with its value"
            raise refused("missing-field", "subject", message)
        if system is not None:
            name = _of_system(system, name) if type(name) is type(system) is str else (system, name)
    if type(name) is not str:
        raise refused("wrong-type", "subject", f"expected text, got {kind_of(name)}")
    if name.startswith("#") or "Group" in name.split("/")[:-1]:
        message = "this is a group or a contained resource; refer to a patient"
        raise refused("unknown-name", "subject", message)
    return Subject(name, is_reference)


def _of_system(system: str, value: str) -> str:
    """Return an identifier as one id; it ends with a blank if one of its parts has blanks, so that it is refused."""
    whole = f"{trimmed_id(system)}|{trimmed_id(value)}"
    return whole if whole == f"{system}|{value}" else f"{whole} "


def _status(resource: dict[str, Any], release: Release) -> str:
    status = resource.get("status")
    if status is None:
        raise refused("missing-field", "status", "the status is missing; add it")
    if type(status) is str and status in STATUSES:
        return "partial" if STATUSES[status] == "completed" and _is_sub_potent(resource) else STATUSES[status]
    if status in UNDECIDED:
        message = f"{status} does not say whether it was given; find out, and correct the status"
        raise refused("unknown-name", "status", message)
    raise refused("unknown-name", "status", not_a_status(status, STATUSES, "completed or stopped", release))


def _is_sub_potent(resource: dict[str, Any]) -> bool:
    """Return whether R5's `isSubPotent` says that the full dose was not given; R4 has no such element."""
    given = resource.get("isSubPotent")
    if given is not None and type(given) is not bool:
        raise refused("wrong-type", "isSubPotent", f"expected true or false, got {kind_of(given)}")
    return bool(given)


def not_a_status(status: object, known: Iterable[str], such_as: str, release: Release) -> str:
    """Return the message for a status that a release does not have."""
    got = f"{shape_of(status)}{near_miss(status, known)}"
    return f"expected a status of FHIR {release.name}, such as {such_as}, got {got}"


def _times(start: Moment | None, end: Moment | None, end_place: str) -> dict[str, Any]:
    """Return the times of a record: wall times, or start and elapsed minutes if the clocks change in between."""
    times = {"started": start.wall if start else None, "ended": end.wall if end else None}
    if not (start and end and start.wall and end.wall and start.instant and end.instant):
        return times
    elapsed = int((end.instant - start.instant).total_seconds()) // 60
    if elapsed < 0:
        raise refused("wall-time", end_place, "the end is before the start; correct the times")
    if elapsed == (end.wall.hour - start.wall.hour) * 60 + end.wall.minute - start.wall.minute:
        return times
    return {"started": start.wall, "infusion_minutes": elapsed}


def _dose(resource: dict[str, Any]) -> Any:
    """Return the number of a dose in mg, `None` if there is no dose. The record validates the number."""
    dosage = part(resource, "dosage", "dosage")
    dose = part(dosage, "dose", "dosage.dose")
    if "modifierExtension" in dosage or "comparator" in dose:
        raise refused("unknown-key", "dosage", "there is a modifier or comparator here; record the dose that was given")
    if not dose:
        return None
    unit = dose.get("code", dose.get("unit"))
    if unit != "mg" or dose.get("system", UCUM) != UCUM:
        raise refused("dose-unit", "dosage.dose", f"expected a dose in mg (UCUM), got {shape_of(unit)}")
    if type(dose.get("value")) not in (int, float, Decimal):
        raise refused("wrong-type", "dosage.dose.value", f"expected a number, got {kind_of(dose.get('value'))}")
    return dose["value"]
