"""Read records from FHIR R4: resources in a Bundle, or one a line (NDJSON).

What becomes of a resource:

- `MedicationAdministration` is an infusion if its medicine is proved to be LEMTRADA. A record of a medicine that is
  proved to be another one is counted as `other`; what proves neither is refused (S36).
  `stopped` and `in-progress` are `partial`; `completed`, `not-done` and `entered-in-error` stay what they are;
  `on-hold` and `unknown` say neither given nor not given, and are refused (S04).
- `effectiveDateTime`, `effectivePeriod`: a whole date is the day. A date-time becomes the day and the wall time in the
  clinic's zone, seconds cut off at both ends. A record lies on one local day.
- `Observation` is a test if one of its codings is an action's, and its status says that there is a result (S39).
- `Patient` gives the birth date, `Medication` the medicine of the administrations that refer to it.
- Every other resource is skipped, and counted by its type.

A row is an entry of the Bundle, or a line. One resource is one record, however many versions of it there are and in
whichever form it is referred to (S37). So nothing is decided before the end of the file.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypedDict, Unpack
from zoneinfo import ZoneInfo

from lemtrada_schedule.errors import InvalidInput, Problem, shape_of
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.fhir.administrations import read_administration
from lemtrada_schedule.readers.fhir.bundles import check_outcome, resources_of
from lemtrada_schedule.readers.fhir.deciding import Draft, What, decide
from lemtrada_schedule.readers.fhir.identity import Address, Addresses, version_of
from lemtrada_schedule.readers.fhir.medications import Medications, checked_medications
from lemtrada_schedule.readers.fhir.medicines import Medicine, checked_codes, medicine_of_resource
from lemtrada_schedule.readers.fhir.observations import Codings, codings_of, read_birth_date, read_observation
from lemtrada_schedule.readers.fhir.parts import Faults
from lemtrada_schedule.readers.intake_builder import Gathering
from lemtrada_schedule.readers.lines import as_lines, without_end
from lemtrada_schedule.readers.protocols import load_protocol, protocol_names
from lemtrada_schedule.records.history import Intake
from lemtrada_schedule.validation.arguments import check_choice, check_type
from lemtrada_schedule.validation.json_text import as_json
from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.scalars import ZoneName

__all__ = ["Asked", "Reading", "bundle_read", "intake_of_bundle", "lines_read", "parse_ndjson", "reading_of"]

READ: Final = ("MedicationAdministration", "Observation", "Patient", "Medication")

NOTED: Final = ("Substance", "Group")
"""Skipped, but referred to: a substance may be an ingredient, and a group is no patient."""

_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}")


class _Zone(Model):
    time_zone: ZoneName | None


class Asked(TypedDict, total=False):
    """How FHIR resources are to be read; `read_histories` says what each argument means."""

    time_zone: str | None
    protocol: Protocol | None
    medicine: Literal["checked", "assumed"]
    lemtrada_codes: Collection[str]
    medications: Medications


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """The same, checked."""

    zone: ZoneInfo | None
    protocols: tuple[Protocol, ...]
    codings: Codings
    is_assumed: bool
    own: frozenset[tuple[str, str]]
    medications: tuple[tuple[dict[str, Any], Any], ...]
    """Medications of the caller, each with the `fullUrl` of its entry."""


def reading_of(**asked: Unpack[Asked]) -> Reading:
    """Return how resources are to be read; refuse arguments that are not what they should be.

    Raises:
        InvalidInput: An argument is not what it should be.
        UnreadableFile: A file of Medications cannot be read.
    """
    return _reading(**asked)


def _reading(
    *,
    time_zone: object = None,
    protocol: object = None,
    medicine: object = "checked",
    lemtrada_codes: object = (),
    medications: object = (),
) -> Reading:
    zone = _Zone.model_validate({"time_zone": time_zone}).time_zone
    if protocol is not None:
        check_type(protocol, Protocol, "protocol")
    check_choice(medicine, Literal["checked", "assumed"], "medicine")
    own = (protocol,) if isinstance(protocol, Protocol) else tuple(map(load_protocol, protocol_names()))
    return Reading(
        zone=None if zone is None else ZoneInfo(zone),
        protocols=own,
        codings=codings_of(own),
        is_assumed=medicine == "assumed",
        own=checked_codes(lemtrada_codes),
        medications=tuple(checked_medications(medications)),
    )


def intake_of_bundle(bundle: dict[str, Any], **asked: Unpack[Asked]) -> Intake:
    """Return what the entries of a Bundle hold; a row is an entry, from 1.

    Args:
        bundle: The Bundle as JSON objects, of any type but `history`.
        asked: `time_zone`, `protocol`, `medicine`, `lemtrada_codes`, `medications`, as of `read_histories`.

    Raises:
        InvalidInput: It is no Bundle, not the whole of one, or a history of versions.
    """
    return bundle_read(bundle, reading_of(**asked))


def parse_ndjson(lines: str | Iterable[str], **asked: Unpack[Asked]) -> Intake:
    """Return what NDJSON text, or its lines, hold: a resource on each line; a row's number is its line.

    Args:
        lines: A text, or lines with or without their ends.
        asked: `time_zone`, `protocol`, `medicine`, `lemtrada_codes`, `medications`, as of `read_histories`.

    Raises:
        InvalidInput: The zone is unknown, or something else than lines of text was given.

    Example:
        >>> line = (
        ...     '{"resourceType": "MedicationAdministration", "status": "completed", '
        ...     '"medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "L04AG06"}]}, '
        ...     '"subject": {"reference": "Patient/p1"}, "effectiveDateTime": "2027-01-12T03:30:00Z"}'
        ... )
        >>> intake = parse_ndjson([line], time_zone="America/New_York")
        >>> intake.histories[0].infusions[0].date.isoformat(), intake.converted[0].written
        ('2027-01-11', '2027-01-12T03:30:00Z')
    """
    return lines_read(lines, reading_of(**asked))


def bundle_read(bundle: object, reading: Reading) -> Intake:
    """Return what a Bundle holds."""
    reader = _Reader(reading)
    for row, (resource, full_url) in enumerate(resources_of(bundle), start=1):
        reader.take(row, resource, full_url)
    return reader.intake()


def lines_read(lines: str | Iterable[str], reading: Reading) -> Intake:
    """Return what lines hold."""
    reader = _Reader(reading)
    for row, line in enumerate(as_lines(lines), start=1):
        reader.take_line(row, without_end(line))
    return reader.intake()


class _Reader:
    """Takes resources one by one, and decides at the end."""

    def __init__(self, reading: Reading) -> None:
        self._gathering = Gathering()
        self._reading = reading
        self._addresses = Addresses()
        self._drafts: list[Draft] = []
        self._substances: list[tuple[Address, Medicine]] = []

    def take_line(self, row: int, line: str) -> None:
        """Take one line: a resource, or a blank one."""
        if not line.strip(" "):
            self._gathering.rows += 1
            self._gathering.blank += 1
            return
        try:
            resource = as_json(line)
        except InvalidInput as error:
            self._gathering.rows += 1
            self._gathering.refuse(row, error.problems)
        else:
            self.take(row, resource, None)

    def take(self, row: int, resource: Any, full_url: object) -> None:
        """Take one resource; one of a type that is not read is skipped and counted."""
        self._gathering.rows += 1
        kind = resource.get("resourceType") if type(resource) is dict else None
        if type(kind) is not str or kind == "Bundle" or not all(type(name) is str for name in resource):
            message = f"expected one FHIR resource with its resourceType, got {shape_of(kind or resource)}"
            self._gathering.refuse(row, [Problem("json-structure", "resourceType", message)])
        elif kind in READ:
            self._draft(row, resource, full_url)
        elif nearly := [name for name in READ if name.casefold() == kind.strip().casefold()]:
            message = f"FHIR has no such type of resource; did you mean {nearly[0]}?"
            self._gathering.refuse(row, [Problem("json-structure", "resourceType", message)])
        else:
            check_outcome(resource)
            self._gathering.skip(kind if _TYPE.fullmatch(kind) else shape_of(kind))
            if kind in NOTED:
                self._note(resource, full_url)

    def _note(self, resource: dict[str, Any], full_url: object) -> None:
        """Remember where a resource is, and what a substance names; an unreadable one is nowhere."""
        try:
            address, _ = self._addresses.of_resource(resource, full_url)
            medicine = medicine_of_resource(resource, self._reading.own)
        except InvalidInput:
            return
        if address and resource["resourceType"] == "Substance":
            self._substances.append((address, medicine))

    def _draft(self, row: int, resource: dict[str, Any], full_url: object) -> None:
        kind, reading, faults = resource["resourceType"], self._reading, Faults()
        address, base = faults.of(lambda: self._addresses.of_resource(resource, full_url)) or (None, None)
        version = faults.of(lambda: version_of(resource)) if address else None
        what: What
        subject = None
        match kind:
            case "MedicationAdministration":
                what = read_administration(resource, row, reading.zone, reading.own)
                faults.extend(what.faults)
                subject = what.subject
                if what.record:
                    self._gathering.share_names(what.record)  # now, for it is kept to the end of the file
                if what.medicine and what.medicine.reference:
                    self._addresses.of_reference(what.medicine.reference, base)
            case "Observation":
                what = read_observation(resource, reading.zone, reading.codings)
                faults.extend(what.faults)
                subject = what.subject
            case "Patient":
                what = faults.of(lambda: read_birth_date(resource))
            case _:
                what = faults.of(lambda: medicine_of_resource(resource, reading.own))
        if subject and subject.is_reference:
            self._addresses.of_reference(subject.name, base)
        self._drafts.append(Draft(row, kind, address, base, version, subject, what, tuple(faults)))

    def intake(self) -> Intake:
        """Decide about every resource that was taken, and return everything found."""
        for position, (resource, full_url) in enumerate(self._reading.medications):
            self._draft(-position, resource, full_url)
        decide(self._drafts, self._substances, self._addresses, self._gathering, is_assumed=self._reading.is_assumed)
        return self._gathering.intake(self._reading.protocols)
