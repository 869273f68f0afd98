"""One FHIR R4 MedicationAdministration as an infusion record, or everything that is wrong with it."""

import datetime as dt
import re
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from lemtrada_schedule._doors import refused
from lemtrada_schedule._model import near_miss
from lemtrada_schedule.calendar_types import FIRST_DATE, checked_date
from lemtrada_schedule.errors import InvalidInput, Problem, kind_of, shape_of
from lemtrada_schedule.records import History, InfusionRecord

__all__ = ["Administration", "read_administration"]

_T = TypeVar("_T")
STATUSES: Final = {
    "completed": "completed",
    "stopped": "partial",
    "in-progress": "partial",
    "not-done": "not-done",
    "entered-in-error": "entered-in-error",
}
UNDECIDED: Final = ("on-hold", "unknown")
UCUM: Final = "http://unitsofmeasure.org"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC: Final = "http://www.whocc.no/atc"
LEMTRADA: Final = {
    RXNORM: ("117055", "1594657", "1594658", "1594659", "1594660", "1594663", "1656637"),
    ATC: ("L04AA34", "L04AG06"),  # the first stands in records from before 2024
}
CAMPATH: Final = ("284679", "828265", "828267", "1656628")
"""RxNorm. The same substance under another name, for another disease, in other doses."""
ELEMENTS: Final = {
    "resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension",
    "identifier", "instantiates", "partOf", "status", "statusReason", "category", "medicationCodeableConcept",
    "medicationReference", "subject", "context", "supportingInformation", "effectiveDateTime", "effectivePeriod",
    "performer", "reasonCode", "reasonReference", "request", "device", "note", "dosage", "eventHistory",
}  # fmt: skip
"""Those of MedicationAdministration in R4, with those of every resource."""
MOST_ELEMENTS: Final = 20
"""How many unknown elements of one resource are described."""
COLUMNS: Final = {"dose_mg": "dosage.dose.value", "ended": "effectivePeriod.end", "patient": "subject"}
_DATE_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T((?:[01][0-9]|2[0-3]):[0-5][0-9]):[0-5][0-9](?:\.[0-9]{1,9})?"
    r"(Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)


@dataclass(frozen=True, slots=True, repr=False)
class Administration:
    """What a resource says."""

    patient: str | None
    """`None`: it cannot be told whose it is."""
    record: InfusionRecord | None
    """`None`: it cannot be read."""
    written: str | None
    """The start as it is written, where its day is another one in the clinic's zone."""
    faults: list[Problem]


@dataclass(frozen=True, slots=True, repr=False)
class _Moment:
    day: dt.date
    wall: dt.time | None
    written: str


class _Faults(list[Problem]):
    def of(self, read: Callable[[], _T]) -> _T | None:
        """Return what is read; where it is refused, keep why and return nothing."""
        try:
            return read()
        except InvalidInput as error:
            self.extend(error.problems)
            return None


def read_administration(
    resource: dict[str, Any], row: int, zone: ZoneInfo | None, known: Container[str | None]
) -> Administration:
    """Return what a resource says, with all its faults; patients that are known already are not checked again."""
    faults = _Faults(_not_understood(resource))
    patient = faults.of(lambda: _patient(resource, known))
    status = faults.of(lambda: _status(resource))
    start, end = _start_and_end(resource, zone, faults)
    dose = faults.of(lambda: _dose(resource))
    faults.of(lambda: _check_medicine(resource))
    fields = {
        "date": start.day if start else FIRST_DATE,  # stands in for one that is refused, so that the rest is checked
        "started": start.wall if start else None,
        "ended": end.wall if end else None,
        "dose_mg": dose,
        "status": status or "completed",
        "row": row,
    }
    record = faults.of(lambda: InfusionRecord.model_validate(fields))
    told = [replace(fault, place=COLUMNS.get(fault.place, fault.place)) for fault in faults]
    moved = start is not None and start.wall is not None and start.day.isoformat() != start.written[:10]
    return Administration(
        patient, record if start and not told else None, start.written if start and moved else None, told
    )


def _not_understood(resource: dict[str, Any]) -> list[Problem]:
    """Return a fault for each element that is not of FHIR R4, or that may change what the others mean."""
    faults = []
    for key in resource:
        if key in ("modifierExtension", "implicitRules"):
            message = "this may change the meaning of the record, and is not understood; resolve it before"
            faults.append(Problem("unknown-key", key, message))
        elif key.removeprefix("_") not in ELEMENTS:
            message = f"FHIR R4 has no such element here, got {shape_of(key)}{near_miss(key, ELEMENTS)}"
            faults.append(Problem("unknown-key", "", message))
            if len(faults) > MOST_ELEMENTS:
                break
    return faults


def _part(parent: dict[str, Any], key: str, place: str) -> dict[str, Any]:
    """Return an element that has elements of its own; empty where it is absent."""
    value = parent.get(key)
    if value is not None and type(value) is not dict:
        raise refused("wrong-type", place, f"expected an object, got {kind_of(value)}")
    return value or {}


def _patient(resource: dict[str, Any], known: Container[str | None]) -> str | None:
    subject = _part(resource, "subject", "subject")
    name = subject.get("reference")
    if name is None:
        identifier = _part(subject, "identifier", "subject.identifier")
        name, system = identifier.get("value"), identifier.get("system")
        if name is None:
            message = "it cannot be told whose record this is; give a reference, or an identifier with its value"
            raise refused("missing-field", "subject", message)
        if system is not None:
            name = f"{system}|{name}" if type(name) is type(system) is str else (system, name)
    if type(name) is str and (name.startswith("#") or "Group" in name.split("/")[:-1]):
        message = "this is a group, or stands inside the record itself; refer to a patient"
        raise refused("unknown-name", "subject", message)
    return name if type(name) is str and name in known else History.model_validate({"patient": name}).patient


def _status(resource: dict[str, Any]) -> str:
    status = resource.get("status")
    if status is None:
        raise refused("missing-field", "status", "the status is missing; add it")
    if type(status) is str and status in STATUSES:
        return STATUSES[status]
    if status in UNDECIDED:
        message = f"{status} says neither given nor not given; find out which, and correct the status"
    else:
        got = f"{shape_of(status)}{near_miss(status, STATUSES)}"
        message = f"expected a status of FHIR R4, such as completed or stopped, got {got}"
    raise refused("unknown-name", "status", message)


def _start_and_end(
    resource: dict[str, Any], zone: ZoneInfo | None, faults: _Faults
) -> tuple[_Moment | None, _Moment | None]:
    """Return the moments of the one day on which the infusion was given; where one is refused, keep why."""
    given = [name for name in ("effectiveDateTime", "effectivePeriod") if resource.get(name) is not None]
    if len(given) != 1:
        message = "expected either effectiveDateTime or effectivePeriod; give one of them"
        faults.append(Problem("json-structure" if given else "missing-field", "effective[x]", message))
        return None, None
    if given == ["effectiveDateTime"]:
        return faults.of(lambda: _moment(resource["effectiveDateTime"], "effectiveDateTime", zone)), None
    period = faults.of(lambda: _part(resource, "effectivePeriod", "effectivePeriod"))
    if period is None:
        return None, None
    start, end = (_edge(period, name, zone, faults) for name in ("start", "end"))
    if period.get("start") is None:
        faults.append(Problem("missing-field", "effectivePeriod.start", "the start is missing; add it"))
    if start and end and start.day != end.day:
        message = "on the clinic's calendar this is another day than that of the start; give each day its own record"
        faults.append(Problem("more-than-one-day", "effectivePeriod.end", message))
        return start, None
    return start, end


def _edge(period: dict[str, Any], name: str, zone: ZoneInfo | None, faults: _Faults) -> _Moment | None:
    if period.get(name) is None:
        return None
    return faults.of(lambda: _moment(period[name], f"effectivePeriod.{name}", zone))


def _moment(value: object, place: str, zone: ZoneInfo | None) -> _Moment:
    """Return the day and, of a date-time, the wall time in a zone; seconds are cut off."""
    if type(value) is not str or "T" not in value:
        return _Moment(checked_date(value, place), None, "")
    if not (read := _DATE_TIME.fullmatch(value)):
        expected = "expected a date-time with seconds and offset, such as 2027-01-11T09:00:00-05:00"
        raise refused("wall-time", place, f"{expected}, got {shape_of(value)}")
    checked_date(read[1], place)
    if zone is None:
        message = "a date-time has its day only in the clinic's zone; give `time_zone`, such as America/New_York"
        raise refused("zone", place, message)
    local = dt.datetime.fromisoformat(f"{read[1]}T{read[2]}{read[3]}").astimezone(zone)
    return _Moment(checked_date(local.date(), place), dt.time(local.hour, local.minute), value)


def _dose(resource: dict[str, Any]) -> Any:
    """Return the number of a dose in mg, `None` where none is given. The record checks the number itself."""
    dosage = _part(resource, "dosage", "dosage")
    dose = _part(dosage, "dose", "dosage.dose")
    if "modifierExtension" in dosage or "comparator" in dose:
        raise refused("unknown-key", "dosage", "a modifier or comparator stands here; give the dose that was given")
    if not dose:
        return None
    unit = dose.get("code", dose.get("unit"))
    if unit != "mg" or dose.get("system", UCUM) != UCUM:
        raise refused("dose-unit", "dosage.dose", f"expected a dose in mg (UCUM), got {shape_of(unit)}")
    if type(dose.get("value")) not in (int, float):
        raise refused("wrong-type", "dosage.dose.value", f"expected a number, got {kind_of(dose.get('value'))}")
    return dose["value"]


def _check_medicine(resource: dict[str, Any]) -> None:
    """Refuse a record whose RxNorm and ATC codings name other medicines; with none of either it is taken as it is."""
    concept = _part(resource, "medicationCodeableConcept", "medicationCodeableConcept")
    codings = concept.get("coding") or []
    if type(codings) is not list or not all(type(coding) is dict for coding in codings):
        raise refused("wrong-type", "medicationCodeableConcept.coding", "expected a list of objects; correct it")
    found = [(coding["system"], coding.get("code")) for coding in codings if coding.get("system") in tuple(LEMTRADA)]
    named = any(code in LEMTRADA[system] for system, code in found)
    if found and (not named or any(code in CAMPATH for _, code in found)):
        message = "by its codes this is another medicine or another product; leave such records out of the file"
        raise refused("other-medicine", "medicationCodeableConcept.coding", message)
