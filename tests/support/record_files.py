"""Small files of records for the tests: CSV lines, JSON objects, FHIR resources."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from lemtrada_schedule.records.history import History, Intake

COLUMNS: Final = ("patient", "date", "started", "ended", "observed_until", "dose_mg", "status", "course")
HEADER: Final = ",".join(COLUMNS)
GOOD: Final = {
    "patient": "p1",
    "date": "2025-03-03",
    "started": "09:00",
    "ended": "13:05",
    "observed_until": "15:10",
    "dose_mg": "12",
    "status": "completed",
    "course": "1",
}


def csv_row(**cells: str) -> str:
    """Return a good row with some cells replaced, each cell quoted where it must be."""
    row = {**GOOD, **cells}
    return ",".join(_quoted(row[name]) for name in COLUMNS)


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if "," in cell or '"' in cell else cell


def csv_text(*rows: str) -> str:
    """Return a CSV file of rows under a header with all columns."""
    return "\n".join([HEADER, *rows, ""])


def administration(**elements: Any) -> dict[str, Any]:
    """Return a good MedicationAdministration with some elements replaced; `None` takes one away.

    It has no `id`, so that two of them are two records.
    """
    resource = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "1594663"}]
        },
        "subject": {"reference": "Patient/p1"},
        "effectivePeriod": {"start": "2025-03-03T09:00:00-05:00", "end": "2025-03-03T13:05:00-05:00"},
        "dosage": {"dose": {"value": 12, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}},
    }
    return {name: value for name, value in {**resource, **elements}.items() if value is not None}


def bundle(*resources: Any, **elements: Any) -> dict[str, Any]:
    """Return a Bundle of resources."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **elements}


def ndjson(*resources: Any) -> str:
    """Return resources as NDJSON, one on each line."""
    return "".join(f"{json.dumps(resource)}\n" for resource in resources)


def places(intake: Intake) -> list[tuple[int, str | None, str]]:
    """Return the place and the code of each fault."""
    return [(fault.row, fault.column, fault.code) for fault in intake.refused]


def history_of(intake: Intake, patient: str | None) -> History:
    """Return the one history of a patient."""
    (history,) = [history for history in intake.histories if history.patient == patient]
    return history


def facts(histories: Iterable[History]) -> dict[str | None, tuple[Counter[str], int]]:
    """Return the records of each patient without row numbers, and the number of unreadable rows."""
    return {
        history.patient: (
            Counter(record.model_dump_json(exclude={"row"}) for record in history.infusions),
            len(history.unreadable),
        )
        for history in histories
    }


def counts(intake: Intake) -> tuple[int, int, int, int]:
    """Return the rows, and how many of them were accepted, refused and blank."""
    return intake.rows, intake.accepted, intake.refused_rows, intake.blank


def equation_holds(intake: Intake) -> bool:
    """Return whether each row was counted exactly once: accepted, refused with a code, blank, other or superseded."""
    told = {fault.row for fault in intake.refused}
    accepted = [record.row for history in intake.histories for record in history.infusions]
    return (
        intake.rows == intake.accepted + len(told) + intake.blank + intake.other + intake.superseded
        and intake.accepted == len(accepted) == len(set(accepted))
        and not told & set(accepted)
        and all(fault.code and fault.message for fault in intake.refused)
    )
