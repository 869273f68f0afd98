"""R5's renamed elements, and how the release of FHIR is said: by the caller or by the records, never by their look.

The elements of R5 are from HL7's definitions of 5.0.0: `medication` is a CodeableReference, and the time is spelled
`occurence[x]`.
"""

import json
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from lemtrada_schedule import History, InfusionRecord, InvalidInput, parse_histories, read_histories
from lemtrada_schedule.readers.fhir.records import intake_of_bundle, parse_ndjson
from lemtrada_schedule.records.history import Intake
from tests.support.bad_records import ATC, RXNORM
from tests.support.record_files import administration, bundle, counts, ndjson, places

ZONE: Final = "America/New_York"
LEMTRADA: Final = {"coding": [{"system": ATC, "code": "L04AG06"}]}
STEROID: Final = {"coding": [{"system": RXNORM, "code": "6902", "display": "methylprednisolone"}]}
SPAN: Final = {"start": "2025-03-03T09:00:00-05:00", "end": "2025-03-03T13:05:00-05:00"}
CD4: Final = {"coding": [{"system": "http://loinc.org", "code": "24467-3"}]}
WRONG: Final = "fhir-version"


def r5(**changes: Any) -> dict[str, Any]:
    """Return a MedicationAdministration of R5, with some elements replaced; `None` removes one."""
    made: dict[str, Any] = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medication": {"concept": LEMTRADA},
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/e1"},
        "occurencePeriod": SPAN,
        "recorded": "2025-03-03T13:30:00-05:00",
        "reason": [{"concept": {"text": "as ordered"}}],
        "dosage": {"dose": {"value": 12, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}},
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def statement(version: Any) -> dict[str, Any]:
    return {"resourceType": "CapabilityStatement", "status": "active", "fhirVersion": version}


def read(*resources: Any, **asked: Any) -> Intake:
    return parse_ndjson(ndjson(*resources), time_zone=ZONE, **{"fhir_version": "R5", **asked})


# --- the elements of R5 --------------------------------------------------------------------------


def test_an_administration_of_R5_becomes_a_record() -> None:
    record = InfusionRecord(
        date=date(2025, 3, 3), started=time(9), ended=time(13, 5), dose_mg=Decimal(12), status="completed", row=1
    )
    assert read(r5()).histories == (History(patient="Patient/p1", infusions=(record,)),)


def test_every_element_of_R5_is_known() -> None:
    resource = r5(
        identifier=[], basedOn=[], partOf=[], statusReason=[], category=[], supportingInformation=[], isSubPotent=False,
        subPotentReason=[], performer=[], request={}, device=[], note=[], eventHistory=[], _recorded={},
    )  # fmt: skip
    assert (counts(read(resource)), places(read(resource))) == ((1, 1, 0, 0), [])


def test_a_date_without_a_time() -> None:
    intake = read(r5(occurencePeriod=None, occurenceDateTime="2025-03-03"))
    assert [(record.date, record.started) for record in intake.histories[0].infusions] == [(date(2025, 3, 3), None)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"occurencePeriod": None}, [(1, "occurence[x]", "missing-field")]),
        ({"occurenceDateTime": "2025-03-03"}, [(1, "occurence[x]", "json-structure")]),
        ({"occurencePeriod": None, "occurenceTiming": {}}, [(1, "occurence[x]", "missing-field")]),
        ({"occurencePeriod": {"end": SPAN["end"]}}, [(1, "occurencePeriod.start", "missing-field")]),
        (
            {"occurencePeriod": {"start": SPAN["start"], "end": "2025-03-04T13:05:00-05:00"}},
            [(1, "occurencePeriod.end", "more-than-one-day")],
        ),
        (
            {"occurencePeriod": {"start": SPAN["end"], "end": SPAN["start"]}},
            [(1, "occurencePeriod.end", "wall-time")],
        ),
        (
            {"occurencePeriod": None, "occurrencePeriod": SPAN},
            [(1, None, "unknown-key"), (1, "occurence[x]", "missing-field")],
        ),
        ({"isSubPotent": "true"}, [(1, "isSubPotent", "wrong-type")]),
        ({"medication": None}, [(1, "medication", "medicine-not-told")]),
        ({"medication": {}}, [(1, "medication", "medicine-not-told")]),
        ({"medication": LEMTRADA}, [(1, "medication", "medicine-not-told")]),
        ({"medication": {"concept": []}}, [(1, "medication.concept", "wrong-type")]),
        ({"medication": {"reference": "Medication/m1"}}, [(1, "medication.reference", "wrong-type")]),
        ({"medication": {"concept": {"coding": {}}}}, [(1, "medication.concept.coding", "wrong-type")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_the_elements_of_R5(changes: dict[str, Any], expected: list[Any]) -> None:
    intake = read(r5(**changes))
    assert sorted(places(intake), key=str) == sorted(expected, key=str)
    assert intake.accepted == 0


def test_the_right_spelling_is_suggested() -> None:
    (fault, _) = read(r5(occurencePeriod=None, occurrencePeriod=SPAN)).refused
    assert fault.message.startswith("FHIR R5 has no such element here")
    assert fault.message.endswith("did you mean 'occurencePeriod'?")


@pytest.mark.parametrize(
    ("status", "sub_potent", "expected"),
    [
        ("completed", True, "partial"),
        ("completed", False, "completed"),
        ("completed", None, "completed"),
        ("stopped", True, "partial"),
        ("not-done", True, "not-done"),
        ("entered-in-error", True, "entered-in-error"),
    ],
)
def test_an_infusion_of_less_than_the_full_dose_is_partial(status: str, sub_potent: Any, expected: str) -> None:
    intake = read(r5(status=status, isSubPotent=sub_potent))
    assert [record.status for record in intake.histories[0].infusions] == [expected]


# --- the medicine in R5 --------------------------------------------------------------------------


def medication(code: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return {"resourceType": "Medication", "id": "m1", "code": code, **elements}


REFERRED: Final = {"reference": {"reference": "Medication/m1"}}


def test_S36_a_medication_of_the_file() -> None:
    held = medication(LEMTRADA, doseForm={"text": "solution"}, totalVolume={"value": 1.2}, definition={})
    assert counts(read(r5(medication=REFERRED), held)) == (2, 2, 0, 0)
    assert read(r5(medication=REFERRED), medication(STEROID)).other == 1


def test_S36_a_contained_medication() -> None:
    holder = {"medication": {"reference": {"reference": "#m1"}}}
    assert read(r5(contained=[medication(LEMTRADA)], **holder)).accepted == 1
    assert read(r5(contained=[medication(STEROID)], **holder)).other == 1


@pytest.mark.parametrize(
    ("concept", "held", "expected"),
    [
        (LEMTRADA, LEMTRADA, "infusion"),
        (STEROID, STEROID, "other"),
        (LEMTRADA, STEROID, "refused"),
        (STEROID, LEMTRADA, "refused"),
        (LEMTRADA, None, "refused"),
        (STEROID, None, "refused"),
        (LEMTRADA, {"text": "a bag"}, "refused"),
        ({"text": "a bag"}, LEMTRADA, "refused"),
    ],
)
def test_S36_a_concept_and_a_reference_must_prove_the_same(concept: Any, held: Any, expected: str) -> None:
    given = r5(medication={"concept": concept, **REFERRED})
    intake = read(given, *([] if held is None else [medication(held)]))
    found = {"infusion": sum(len(one.infusions) for one in intake.histories), "other": intake.other}
    assert {**found, "refused": intake.refused_rows} == {"infusion": 0, "other": 0, "refused": 0, expected: 1}
    contained = r5(
        contained=[] if held is None else [medication(held)],
        medication={"concept": concept, "reference": {"reference": "#m1"}},
    )
    intake = read(contained)
    found = {"infusion": intake.accepted, "other": intake.other, "refused": intake.refused_rows}
    assert found == {"infusion": 0, "other": 0, "refused": 0, expected: 1}


@pytest.mark.parametrize(
    "item",
    [
        {"concept": {"text": "alemtuzumab"}},
        {"concept": {"coding": [{"system": RXNORM, "code": "117055"}]}},
        {"reference": {"display": "Lemtrada"}},
        {"reference": {"reference": "Substance/s1"}},
        {"reference": {"reference": "#s2"}},
    ],
)
def test_S36_an_ingredient_that_is_alemtuzumab_casts_doubt(item: dict[str, Any]) -> None:
    own = {"resourceType": "Substance", "code": {"concept": {"text": "Alemtuzumab"}}}
    held = medication(STEROID, ingredient=[{"item": item, "strengthRatio": {}}], contained=[{**own, "id": "s2"}])
    intake = read(r5(medication=REFERRED), held, {**own, "id": "s1"})
    assert places(intake) == [(1, "medication[x]", "medicine-not-told")]


def test_S36_an_ingredient_of_another_name_casts_none() -> None:
    held = medication(STEROID, ingredient=[{"item": {"concept": {"text": "methylprednisolone"}}}])
    assert read(r5(medication=REFERRED), held).other == 1


# --- other resources -----------------------------------------------------------------------------


def observation(**elements: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "status": "final", "code": CD4, "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2025-09-01", "valueQuantity": {"value": 230, "unit": "/uL"}, **elements,
    }  # fmt: skip


def test_S39_tests_and_birth_dates_are_read_as_in_R4() -> None:
    further = [observation(bodyStructure={}, triggeredBy=[], instantiatesCanonical="urn:x")]
    intake = read(r5(), *further, {"resourceType": "Patient", "id": "p1", "birthDate": "1984-06-05"})
    (history,) = intake.histories
    assert (history.birth_date, [(seen.date, seen.value) for seen in history.observations]) == (
        date(1984, 6, 5),
        [(date(2025, 9, 1), 230)],
    )


def test_S38_a_bundle_of_R5_may_report_an_error_of_its_own() -> None:
    error = {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}
    with pytest.raises(InvalidInput) as caught:
        intake_of_bundle(bundle(r5(), issues=error), time_zone=ZONE, fhir_version="R5")
    assert caught.value.code == "not-whole"
    warned = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning"}]}
    assert intake_of_bundle(bundle(r5(), issues=warned), time_zone=ZONE, fhir_version="R5").accepted == 1


# --- which release it is -------------------------------------------------------------------------


def test_R5_that_is_not_said_is_refused_with_the_argument_to_pass() -> None:
    intake = parse_ndjson(ndjson(r5()), time_zone=ZONE)
    assert places(intake) == [(1, "medication", WRONG)]
    assert intake.refused[0].message == (
        'FHIR R4 has no such element here, but R5 has; if the records are in R5, say so with `fhir_version="R5"`'
    )
    assert intake.histories[0].unreadable == (1,)


def test_R4_under_R5_is_refused_with_the_argument_to_pass() -> None:
    intake = read(administration())
    assert [(fault.row, fault.code) for fault in intake.refused] == [(1, WRONG)]
    assert intake.refused[0].message.endswith('but R4 has; if the records are in R4, say so with `fhir_version="R4"`')


@pytest.mark.parametrize(
    "elements",
    [{"basedOn": []}, {"encounter": {}}, {"_occurenceDateTime": {}}, {"isSubPotent": True}, {"reason": []}],
)
def test_one_element_of_another_release_is_enough(elements: dict[str, Any]) -> None:
    """It is not known what the others of that resource mean: a full dose in R4 may be `isSubPotent` in R5."""
    intake = parse_ndjson(ndjson(administration(**elements)), time_zone=ZONE)
    assert [(fault.column, fault.code) for fault in intake.refused] == [(*elements, WRONG)]


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        (medication(STEROID, doseForm={}), {}),
        (medication(STEROID, ingredient=[{"item": {"concept": {"text": "alemtuzumab"}}}]), {}),
        (medication(STEROID, form={}), {"fhir_version": "R5"}),
        (medication(STEROID, ingredient=[{"itemCodeableConcept": {"text": "alemtuzumab"}}]), {"fhir_version": "R5"}),
    ],
)
def test_S36_a_medication_of_another_release_proves_nothing(held: dict[str, Any], asked: dict[str, Any]) -> None:
    """Its ingredients would be overlooked, and alemtuzumab would become another medicine."""
    given = r5(medication=REFERRED) if asked else administration(
        medicationCodeableConcept=None, medicationReference=REFERRED["reference"]
    )  # fmt: skip
    intake = parse_ndjson(ndjson(given, held), time_zone=ZONE, **asked)
    assert [(fault.row, fault.code) for fault in intake.refused] == [(1, "medicine-not-told"), (2, WRONG)]


def test_an_observation_of_R5_under_R4() -> None:
    intake = parse_ndjson(ndjson(administration(), observation(bodyStructure={})), time_zone=ZONE)
    assert places(intake) == [(2, "bodyStructure", WRONG)]
    assert intake.histories[0].unreadable_observations == (2,)


@pytest.mark.parametrize("version", ["5.0.0", "5.0"])
def test_a_capability_statement_says_it(version: str) -> None:
    resources = [statement(version), r5()]
    intake = parse_ndjson(ndjson(*resources), time_zone=ZONE)
    assert counts(intake) == (2, 1, 0, 1)
    assert [(one.resource, one.count) for one in intake.skipped] == [("CapabilityStatement", 1)]


def test_a_bundle_may_hold_the_statement_anywhere() -> None:
    held = [r5(), statement("5.0.0")]
    assert intake_of_bundle(bundle(*held), time_zone=ZONE).accepted == 1
    assert parse_histories(held, format="ndjson", time_zone=ZONE).accepted == 1


@pytest.mark.parametrize("version", ["4.0.1", "4.0.0", "4.0", "4.3.0"])
def test_R4_and_R4B_are_read_alike(version: str) -> None:
    resources = ndjson(statement(version), administration())
    assert parse_ndjson(resources, time_zone=ZONE).accepted == 1
    assert parse_ndjson(resources, time_zone=ZONE, fhir_version="R4").accepted == 1


@pytest.mark.parametrize("version", ["3.0.2", "6.0.0", "4.1.0", "5.0.0-ballot", "4.0.1 ", "R5", "", None, 5, ["5.0.0"]])
def test_other_versions_are_refused(version: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_ndjson(ndjson(statement(version), administration()), time_zone=ZONE)
    assert (caught.value.code, caught.value.place) == (WRONG, "CapabilityStatement.fhirVersion")
    assert "R5" not in str(caught.value).replace("which are R4, and 5.0, which is R5", "")


@pytest.mark.parametrize(
    ("resources", "asked"),
    [
        ([statement("4.0.1"), r5()], {"fhir_version": "R5"}),
        ([r5(), statement("4.0.1")], {"fhir_version": "R5"}),
        ([statement("5.0.0"), administration()], {"fhir_version": "R4"}),
        ([administration(), statement("5.0.0")], {}),
        ([statement("5.0.0"), statement("4.0.1")], {}),
    ],
)
def test_contradictions_are_refused(resources: list[Any], asked: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_ndjson(ndjson(*resources), time_zone=ZONE, **asked)
    assert (caught.value.code, caught.value.place) == (WRONG, "CapabilityStatement.fhirVersion")
    assert 'say so with `fhir_version="R' in str(caught.value)


@pytest.mark.parametrize("given", ["R3", "r5", "5.0.0", "", 5, True, ["R5"]])
def test_the_argument_is_checked_for_every_format(given: Any, tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_text("date\n2025-03-03\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_histories(path, fhir_version=given)
    assert (caught.value.code, caught.value.place) == ("unknown-name", "fhir_version")
    with pytest.raises(InvalidInput) as caught:
        parse_histories("date\n2025-03-03\n", format="csv", fhir_version=given)
    assert (caught.value.code, caught.value.place) == ("unknown-name", "fhir_version")


# --- Medications of their own ----------------------------------------------------------------------

OLD: Final = medication(LEMTRADA, form={"text": "solution"})
NEW: Final = medication(LEMTRADA, doseForm={"text": "solution"})


def test_medications_are_read_in_the_release_of_the_records(tmp_path: Path) -> None:
    given = [statement("5.0.0"), r5(medication=REFERRED)]
    assert read(r5(medication=REFERRED), medications=[NEW]).accepted == 1
    assert parse_ndjson(ndjson(*given), time_zone=ZONE, medications=[NEW]).accepted == 1
    path = tmp_path / "medications.ndjson"
    path.write_text(json.dumps(NEW), encoding="utf-8")
    assert parse_ndjson(ndjson(*given), time_zone=ZONE, medications=path).accepted == 1


@pytest.mark.parametrize(
    ("given", "medications", "asked"),
    [
        (r5(medication=REFERRED), OLD, {"fhir_version": "R5"}),
        (administration(), NEW, {"fhir_version": "R4"}),
        (administration(), NEW, {}),
    ],
)
def test_medications_of_another_release_are_refused(given: Any, medications: Any, asked: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_ndjson(ndjson(given), time_zone=ZONE, medications=[medications], **asked)
    assert caught.value.code == WRONG
    assert caught.value.place.startswith("medications")


@pytest.mark.parametrize("release", [None, "R4", "R5"])
def test_a_malformed_medication_is_refused_in_every_release(release: Literal["R4", "R5"] | None) -> None:
    held = {"resourceType": "Medication", "id": "m1", "code": []}
    with pytest.raises(InvalidInput) as caught:
        parse_ndjson(ndjson(r5()), time_zone=ZONE, medications=[held], fhir_version=release)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "medications.0: code")
