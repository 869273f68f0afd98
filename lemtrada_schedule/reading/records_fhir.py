"""Read infusion records from FHIR R4: MedicationAdministration, in a Bundle or one a line (NDJSON).

What becomes of a resource:

- `status`: `stopped` and `in-progress` are `partial`; `completed`, `not-done` and `entered-in-error` stay
  what they are; `on-hold` and `unknown` say neither given nor not given, and are refused (S04).
- `subject`: the reference as it is written, else `system|value` of the identifier. It is neither resolved nor
  compared by likeness: write it in one way throughout a file.
- `effectiveDateTime`, `effectivePeriod`: a whole date is the day. A date-time becomes the day and the wall
  time in the clinic's zone, seconds cut off at both ends. A record lies on one local day.
- `dosage.dose`: in mg. The medicine is checked by its RxNorm and ATC codings where it has any.

A row is an entry of the Bundle, or a line. Resources of other types, observations too, are passed over and
counted as blank.
"""

from collections.abc import Iterable
from typing import Any, Final
from zoneinfo import ZoneInfo

from lemtrada_schedule._doors import refused
from lemtrada_schedule._model import Model, as_json
from lemtrada_schedule.calendar_types import ZoneName
from lemtrada_schedule.errors import InvalidInput, Problem, kind_of, shape_of
from lemtrada_schedule.reading.administrations import read_administration
from lemtrada_schedule.reading.gathering import Gathering
from lemtrada_schedule.reading.lines import as_lines, without_end
from lemtrada_schedule.records import ConvertedDay, Intake

__all__ = ["check_zone", "intake_of_bundle", "parse_ndjson"]

ADMINISTRATION: Final = "MedicationAdministration"


class _Asked(Model):
    time_zone: ZoneName | None


def check_zone(time_zone: object) -> ZoneInfo | None:
    """Return the zone of an argument `time_zone`, nothing where none is given; refuse what is no region."""
    name = _Asked.model_validate({"time_zone": time_zone}).time_zone
    return None if name is None else ZoneInfo(name)


def intake_of_bundle(bundle: dict[str, Any], *, time_zone: str | None = None) -> Intake:
    """Return what the entries of a Bundle hold; a row is an entry, from 1.

    Args:
        bundle: The Bundle as JSON objects, of any type but `history`.
        time_zone: The clinic's zone; without it date-times are refused, and whole dates read.

    Raises:
        InvalidInput: It is no Bundle, one page of several, or a history of versions.
    """
    reader = _Reader(time_zone)
    for row, entry in enumerate(_entries(bundle), start=1):
        reader.take(row, entry.get("resource") if type(entry) is dict else None)
    return reader.gathering.intake()


def parse_ndjson(lines: str | Iterable[str], *, time_zone: str | None = None) -> Intake:
    """Return what NDJSON text, or its lines, hold: a resource on each line; a row's number is its line.

    Raises:
        InvalidInput: The zone is unknown, or something else than lines of text was given.

    Example:
        >>> line = (
        ...     '{"resourceType": "MedicationAdministration", "status": "completed", '
        ...     '"subject": {"reference": "Patient/p1"}, "effectiveDateTime": "2027-01-12T03:30:00Z"}'
        ... )
        >>> intake = parse_ndjson([line], time_zone="America/New_York")
        >>> intake.histories[0].infusions[0].date.isoformat(), intake.converted[0].written
        ('2027-01-11', '2027-01-12T03:30:00Z')
    """
    reader = _Reader(time_zone)
    for row, line in enumerate(as_lines(lines), start=1):
        reader.take_line(row, without_end(line))
    return reader.gathering.intake()


def _entries(bundle: object) -> list[Any]:
    """Return the entries of a Bundle that is whole and holds each record once."""
    if type(bundle) is not dict or bundle.get("resourceType") != "Bundle":
        raise refused("wrong-type", "resourceType", "expected a FHIR Bundle; put the resources into one")
    if bundle.get("type") == "history":
        message = "a history holds older versions of its records too; give the records as they are now"
        raise refused("json-structure", "type", message)
    links, entries = bundle.get("link", []), bundle.get("entry", [])
    for name, part in (("link", links), ("entry", entries)):
        if type(part) is not list:
            raise refused("wrong-type", name, f"expected a list, got {kind_of(part)}")
    if any(type(link) is dict and link.get("relation") == "next" for link in links):
        message = "this is one page of several; put the entries of all pages into one Bundle, without this link"
        raise refused("json-structure", "link", message)
    return list(entries)


class _Reader:
    def __init__(self, time_zone: str | None) -> None:
        self.gathering = Gathering()
        self._zone = check_zone(time_zone)

    def take_line(self, row: int, line: str) -> None:
        """Take one line: a resource, or a blank one."""
        if not line.strip(" "):
            self.gathering.rows += 1
            self.gathering.blank += 1
            return
        try:
            resource = as_json(line)
        except InvalidInput as error:
            self.gathering.rows += 1
            self.gathering.refuse(row, error.problems)
        else:
            self.take(row, resource)

    def take(self, row: int, resource: Any) -> None:
        """Take one resource; one of another type is passed over."""
        self.gathering.rows += 1
        kind = resource.get("resourceType") if type(resource) is dict else None
        if type(kind) is not str or kind == "Bundle":
            message = f"expected one FHIR resource with its resourceType, got {shape_of(kind or resource)}"
            self.gathering.refuse(row, [Problem("json-structure", "resourceType", message)])
        elif kind != ADMINISTRATION:
            self.gathering.blank += 1
        else:
            self._take_administration(row, resource)

    def _take_administration(self, row: int, resource: dict[str, Any]) -> None:
        told = read_administration(resource, row, self._zone, self.gathering.infusions)
        if told.record is None or told.patient is None:
            self.gathering.refuse(row, told.faults, patient=told.patient)
            return
        self.gathering.accept(told.patient, told.record)
        if told.written:
            self.gathering.converted.append(ConvertedDay(row=row, written=told.written, date=told.record.date))
