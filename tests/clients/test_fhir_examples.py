"""HL7's own examples of MedicationAdministration in R4 and R5: what becomes of each, by hand from the resource (S36).

Both releases have the same fourteen, R5 in its own elements. One of them is an infusion: it is coded as LEMTRADA,
though its dosage is the regimen of Campath. It stays one by its code; its dose is then found to differ.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from lemtrada_schedule import evaluate, load_protocol
from lemtrada_schedule.readers.fhir.records import parse_ndjson
from lemtrada_schedule.records.history import Intake
from tests.clients.conftest import HERE
from tests.support.histories import day

RELEASES: Final[tuple[Literal["R4", "R5"], ...]] = ("R4", "R5")
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


IN_R5: Final[dict[str, Any]] = {
    **EXPECTED,
    "medadmin0309": [("occurencePeriod.end", "more-than-one-day"), ("dosage.dose", "dose-unit"), UNTOLD],
    "medadmin0312": [("occurencePeriod.end", "more-than-one-day"), ("dosage.dose", "dose-unit"), UNTOLD],
    "medadmin0313": [("occurencePeriod.end", "more-than-one-day"), UNTOLD],
}
"""The same, with the name that R5 has for the time."""

WHAT_IT_IS: Final = [("R4", name, EXPECTED[name]) for name in EXPECTED] + [("R5", name, IN_R5[name]) for name in IN_R5]


def folder(release: str) -> Path:
    found = HERE / "node_modules" / f"hl7.fhir.{release.lower()}.examples"
    assert found.is_dir(), "the npm packages are missing; run tests/clients/run"
    return found


def example(release: str, name: str) -> dict[str, Any]:
    path = folder(release) / f"MedicationAdministration-{name}.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def intake_of(release: str, *names: str, read_as: Literal["R4", "R5"] | None = None) -> Intake:
    return parse_ndjson([json.dumps(example(release, name)) for name in names], time_zone=ZONE, fhir_version=read_as)


@pytest.mark.parametrize("release", RELEASES)
def test_there_are_fourteen(release: str) -> None:
    files = folder(release).glob("MedicationAdministration-*")
    found = {path.stem.removeprefix("MedicationAdministration-") for path in files}
    assert found == set(EXPECTED)
    assert len(found) == 14


@pytest.mark.parametrize(("release", "name", "expected"), WHAT_IT_IS)
def test_S36_each_example_is_what_it_says(release: Literal["R4", "R5"], name: str, expected: Any) -> None:
    intake = intake_of(release, name, read_as=release)
    assert (intake.accepted, intake.other) == (expected == INFUSION, expected == OTHER)
    if expected in (OTHER, INFUSION):
        assert intake.refused == ()
        return
    assert [(fault.column, fault.code) for fault in intake.refused] == expected


@pytest.mark.parametrize("release", RELEASES)
def test_S36_together_they_are_one_infusion_and_nothing_is_lost(release: Literal["R4", "R5"]) -> None:
    intake = intake_of(release, *EXPECTED, read_as=release)
    assert (intake.rows, intake.accepted, intake.other, intake.refused_rows) == (14, 1, 6, 7)
    assert (intake.blank, intake.superseded) == (0, 0)
    (history,) = intake.histories
    assert (history.patient, history.other_rows, len(history.unreadable)) == ("Patient/pat1", 6, 7)
    assert [(record.date, record.dose_mg) for record in history.infusions] == [(day("2015-01-15"), Decimal(3))]
    found = {one.code for one in evaluate(history, load_protocol("us-2024-05-r2"), as_of=day("2015-01-16")).findings}
    assert "dose-differs" in found


@pytest.mark.parametrize(("release", "read_as"), [("R4", "R5"), ("R5", "R4"), ("R5", None)])
def test_none_of_them_is_read_in_the_other_release(release: str, read_as: Literal["R4", "R5"] | None) -> None:
    intake = intake_of(release, *EXPECTED, read_as=read_as)
    assert {fault.code for fault in intake.refused} == {"fhir-version"}
    assert (intake.rows, intake.refused_rows, len(intake.histories[0].unreadable)) == (14, 14, 14)


def test_the_capability_statements_of_R5_state_it() -> None:
    """`example` describes a server; the other statements have the same version."""
    statements = [json.loads(path.read_text(encoding="utf-8")) for path in folder("R5").glob("CapabilityStatement-*")]
    assert len(statements) == 8
    given = example("R5", "medadmin0304")
    for statement in statements:
        lines = [json.dumps(statement), json.dumps(given)]
        assert parse_ndjson(lines, time_zone=ZONE).accepted == 1
