"""Read records from FHIR R4 or R5: resources in a Bundle, or one a line (NDJSON).

How each type of resource is read:

- `MedicationAdministration` is an infusion if its medicine is proved to be LEMTRADA. If it is proved to be another
  medicine, the record is counted as `other`; if neither is proved, it is refused (S36).
  The statuses `stopped` and `in-progress` become `partial`; `completed`, `not-done` and `entered-in-error` are kept;
  `on-hold` and `unknown` do not say whether it was given, and are refused (S04).
- `effectiveDateTime`, `effectivePeriod` (R5: `occurenceDateTime`, `occurencePeriod`): a date is used as it is. A
  date-time is converted to the date and wall time in the clinic's time zone; the seconds of start and end are cut off.
  A record must start and end on the same local date.
- `Observation` is a test if one of its codings is that of an action, and its status says that it has a result (S39).
- `CapabilityStatement` says which release of FHIR the records are in; otherwise the caller does.
- `Patient` provides the birth date, `Medication` the medicine of the administrations that refer to it.
- Every other resource is skipped, and counted by its type.

A row is an entry of the Bundle, or a line. A resource is one record, however many versions of it the file holds and
however it is referred to (S37). So nothing is decided before the end of the file.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, Unpack

from lemtrada_schedule.errors import InvalidInput, Problem, shape_of
from lemtrada_schedule.readers.fhir.administrations import read_administration
from lemtrada_schedule.readers.fhir.bundles import check_outcome, resources_of
from lemtrada_schedule.readers.fhir.deciding import Draft, What, decide
from lemtrada_schedule.readers.fhir.identity import Address, Addresses, version_of
from lemtrada_schedule.readers.fhir.medicines import Medicine, medicine_of_resource
from lemtrada_schedule.readers.fhir.observations import read_birth_date, read_observation
from lemtrada_schedule.readers.fhir.parts import Faults
from lemtrada_schedule.readers.fhir.releases import R4, Release, agreed, stated_by
from lemtrada_schedule.readers.intake_builder import IntakeBuilder
from lemtrada_schedule.readers.options import Asked, ReadOptions, read_options
from lemtrada_schedule.records.history import Intake, ReadFile
from lemtrada_schedule.sources.lines import as_lines, without_end
from lemtrada_schedule.validation.json_text import as_json

__all__ = ["FhirReader", "bundle_read", "intake_of_bundle", "lines_read", "parse_ndjson", "resources_read"]

READ: Final = ("MedicationAdministration", "Observation", "Patient", "Medication")

LOG: Final = frozenset({"exportId", "timestamp", "eventId"})
"""What each line has in the log of a bulk export, which clients write beside its files; no FHIR resource has them."""

NOTED: Final = ("Substance", "Group")
"""Skipped, but references to them are resolved: a substance may be an ingredient, and a group is not a patient."""

_STATED: Final = "CapabilityStatement.fhirVersion"

_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}")


def intake_of_bundle(bundle: dict[str, Any], **asked: Unpack[Asked]) -> Intake:
    """Return the histories in the entries of a Bundle; a row is an entry, from 1.

    Args:
        bundle: The Bundle as JSON objects, of any type but `history`.
        asked: `time_zone`, `protocol`, `medicine`, `lemtrada_codes`, `medications`, `fhir_version`, as of
            `read_histories`.

    Raises:
        InvalidInput: It is not a Bundle, not a complete one, or a history of versions; or an argument is not valid.
    """
    return bundle_read(bundle, read_options(**asked))


def parse_ndjson(lines: str | Iterable[str], **asked: Unpack[Asked]) -> Intake:
    """Return the histories in NDJSON, one resource on each line; a row is a line, from 1.

    Args:
        lines: A text, or lines with or without their ends.
        asked: `time_zone`, `protocol`, `medicine`, `lemtrada_codes`, `medications`, `fhir_version`, as of
            `read_histories`.

    Raises:
        InvalidInput: An argument is not valid, or the lines are not text.

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
    return lines_read(lines, read_options(**asked))


def bundle_read(bundle: object, options: ReadOptions) -> Intake:
    """Return the histories in a Bundle, with validated options."""
    reader, held = FhirReader(options), resources_of(bundle)
    reader.look_for_release(resource for resource, _ in held)
    for row, (resource, full_url) in enumerate(held, start=1):
        reader.take(row, resource, full_url)
    return reader.intake()


def lines_read(lines: str | Iterable[str], options: ReadOptions) -> Intake:
    """Return the histories in lines of NDJSON, with validated options."""
    reader = FhirReader(options)
    for row, line in enumerate(as_lines(lines), start=1):
        reader.take_line(row, without_end(line))
    return reader.intake()


def resources_read(resources: list[Any], options: ReadOptions) -> Intake:
    """Return the histories in a list of resources, with validated options; a row is a resource, from 1."""
    reader = FhirReader(options)
    reader.look_for_release(resources)
    for row, resource in enumerate(resources, start=1):
        reader.take(row, resource, None)
    return reader.intake()


class FhirReader:
    """Reads resources one by one, and decides about all of them at the end of the records."""

    def __init__(self, options: ReadOptions) -> None:
        """Start without resources."""
        self.kinds = Counter[str]()
        """How many resources of each type were read, whatever became of them; empty: of unknown type."""
        self._builder = IntakeBuilder(names=options.names)
        self._release: Release | None = options.release
        self._options = options
        self._addresses = Addresses()
        self._drafts: list[Draft] = []
        self._substances: list[tuple[Address, Medicine]] = []

    def state_release(self, stated: Release, place: str) -> None:
        """Read the records as the release that they state; raise `InvalidInput` if they are read as another one."""
        self._release = agreed(self._release, stated, place)

    def look_for_release(self, resources: Iterable[Any]) -> None:
        """Find the release that resources state, before the first of them is read."""
        for resource in resources:
            if type(resource) is dict and (stated := stated_by(resource)):
                self.state_release(stated, _STATED)

    def take_line(self, row: int, line: str) -> None:
        """Read one line: a resource, or a blank line."""
        if not line.strip(" "):
            self._builder.rows += 1
            self._builder.blank += 1
            return
        try:
            resource = as_json(line)
        except InvalidInput as error:
            self._builder.rows += 1
            self.kinds[""] += 1
            self._builder.refuse(row, error.problems)
        else:
            self.take(row, resource, None)

    def take(self, row: int, resource: Any, full_url: object) -> None:
        """Read one resource; if its type is not supported, skip and count it."""
        self._builder.rows += 1
        kind = resource.get("resourceType") if type(resource) is dict else None
        if kind is None and type(resource) is dict and resource.keys() >= LOG:
            self._builder.skip("log of the export")
            return
        self.kinds[kind if type(kind) is str else ""] += 1
        if type(kind) is not str or kind == "Bundle" or not all(type(name) is str for name in resource):
            message = f"expected one FHIR resource with its resourceType, got {shape_of(kind or resource)}"
            self._builder.refuse(row, [Problem("json-structure", "resourceType", message)])
        elif kind in READ:
            self._draft(row, resource, full_url)
        elif nearly := [name for name in READ if name.casefold() == kind.strip().casefold()]:
            message = f"FHIR has no such resource type; did you mean {nearly[0]}?"
            self._builder.refuse(row, [Problem("json-structure", "resourceType", message)])
        else:
            check_outcome(resource)
            self.look_for_release([resource])
            self._builder.skip(kind if _TYPE.fullmatch(kind) else shape_of(kind))
            if kind in NOTED:
                self._note(resource, full_url)

    def _note(self, resource: dict[str, Any], full_url: object) -> None:
        """Store the address of a resource and the medicine of a Substance; an unreadable one is ignored."""
        try:
            address, _ = self._addresses.of_resource(resource, full_url)
            medicine = medicine_of_resource(resource, self._options.own_codes, self._read_as())
        except InvalidInput:
            return
        if address and resource["resourceType"] == "Substance":
            self._substances.append((address, medicine))

    def _read_as(self) -> Release:
        """Return the release as which resources are read; from the first of them on, it stays the same."""
        self._release = self._release or R4
        return self._release

    def _draft(self, row: int, resource: dict[str, Any], full_url: object) -> None:
        kind, options, release, faults = resource["resourceType"], self._options, self._read_as(), Faults()
        address, base = faults.of(lambda: self._addresses.of_resource(resource, full_url)) or (None, None)
        version = faults.of(lambda: version_of(resource)) if address else None
        what: What
        subject = None
        match kind:
            case "MedicationAdministration":
                what = read_administration(resource, row, options.zone, options.own_codes, release)
                faults.extend(what.faults)
                subject = what.subject
                if what.record:
                    self._builder.share_names(what.record)  # now: it is kept until the end of the file
                if what.medicine and what.medicine.reference:
                    self._addresses.of_reference(what.medicine.reference, base)
            case "Observation":
                what = read_observation(resource, options.zone, options.codings, release)
                faults.extend(what.faults)
                subject = what.subject
            case "Patient":
                what = faults.of(lambda: read_birth_date(resource))
            case _:
                what = faults.of(lambda: medicine_of_resource(resource, options.own_codes, release))
        if subject and subject.is_reference:
            self._addresses.of_reference(subject.name, base)
        self._drafts.append(Draft(row, kind, address, base, version, subject, what, tuple(faults)))

    def intake(self, files: Sequence[ReadFile] = ()) -> Intake:
        """Decide about every resource, and return the result.

        Args:
            files: The files of a folder, with their rows.
        """
        for position, (resource, full_url) in enumerate(self._options.medications):
            self._draft(-position, resource, full_url)
            if (faults := self._drafts[-1].faults) and not self._options.release:
                raise InvalidInput(faults).under("medications")
        decide(self._drafts, self._substances, self._addresses, self._builder, is_assumed=self._options.is_assumed)
        return self._builder.intake(self._options.protocols, files=files)
