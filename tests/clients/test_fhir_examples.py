"""HL7's own examples of MedicationAdministration in R4: what becomes of each, told by hand from the resource (S36).

One of the fourteen is an infusion: it is coded as LEMTRADA, though its dosage is the regimen of Campath. It stays one
by its code; its dose is then found to differ.
"""

import json
from decimal import Decimal
from typing import Any, Final

import pytest

from lemtrada_schedule import evaluate, load_protocol
from lemtrada_schedule.readers.fhir.records import parse_ndjson
from lemtrada_schedule.records.history import Intake
from tests.clients.conftest import HERE
from tests.support.histories import day

FOLDER: Final = HERE / "node_modules" / "hl7.fhir.r4.examples"
ZONE: Final = "Europe/Amsterdam"
UNTOLD: Final = ("medication[x]", "medicine-not-told")
OTHER: Final = "other"
INFUSION: Final = "infusion"
EXPECTED: Final[dict[str, Any]] = {
    "medadmin0301": OTHER,  # vancomycin, NDC
    "medadmin0302": [("dosage.dose", "dose-unit"), UNTOLD],  # potassium chloride in saline, by its ingredients alone
    "medadmin0303": OTHER,  # Zosyn, NDC, entered in error
    "medadmin0304": INFUSION,  # RxNorm 1594660
    "medadmin0305": OTHER,  # Adcetris, NDC, in mg/kg
    "medadmin0306": [("dosage.dose", "dose-unit"), UNTOLD],  # azithromycin, SNOMED CT, two tablets
    "medadmin0307": [UNTOLD],  # lorazepam, SNOMED CT, 7 mg
    "medadmin0308": OTHER,  # Lantus, RxNorm
    # parenteral nutrition in mL, over midnight, by its ingredients alone
    "medadmin0309": [("effectivePeriod.end", "more-than-one-day"), ("dosage.dose", "dose-unit"), UNTOLD],
    "medadmin0310": OTHER,  # Myleran, NDC
    "medadmin0311": OTHER,  # alprazolam, RxNorm
    "medadmin0312": [("effectivePeriod.end", "more-than-one-day"), ("dosage.dose", "dose-unit"), UNTOLD],  # fentanyl
    "medadmin0313": [("effectivePeriod.end", "more-than-one-day"), UNTOLD],  # paracetamol, SNOMED CT
    "medadminexample03": [("status", "unknown-name")],  # LEMTRADA, on hold
}


def example(name: str) -> dict[str, Any]:
    assert FOLDER.is_dir(), "the npm packages are missing; run tests/clients/run"
    read: dict[str, Any] = json.loads((FOLDER / f"MedicationAdministration-{name}.json").read_text(encoding="utf-8"))
    return read


def intake_of(*names: str) -> Intake:
    return parse_ndjson([json.dumps(example(name)) for name in names], time_zone=ZONE)


def test_there_are_fourteen() -> None:
    found = {path.stem.removeprefix("MedicationAdministration-") for path in FOLDER.glob("MedicationAdministration-*")}
    assert found == set(EXPECTED)
    assert len(found) == 14


@pytest.mark.parametrize("name", EXPECTED)
def test_S36_each_example_is_what_it_says(name: str) -> None:
    intake, expected = intake_of(name), EXPECTED[name]
    assert (intake.accepted, intake.other) == (expected == INFUSION, expected == OTHER)
    if expected in (OTHER, INFUSION):
        assert intake.refused == ()
        return
    assert [(fault.column, fault.code) for fault in intake.refused] == expected


def test_S36_together_they_are_one_infusion_and_nothing_is_lost() -> None:
    intake = intake_of(*EXPECTED)
    assert (intake.rows, intake.accepted, intake.other, intake.refused_rows) == (14, 1, 6, 7)
    assert (intake.blank, intake.superseded) == (0, 0)
    (history,) = intake.histories
    assert (history.patient, history.other_rows, len(history.unreadable)) == ("Patient/pat1", 6, 7)
    assert [(record.date, record.dose_mg) for record in history.infusions] == [(day("2015-01-15"), Decimal(3))]
    found = {one.code for one in evaluate(history, load_protocol("us-2024-05-r2"), as_of=day("2015-01-16")).findings}
    assert "dose-differs" in found
