"""S36: which medicine a MedicationAdministration is of. All codes are those that the rule's text names."""

import gzip
import json
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import InvalidInput, UnreadableFile, evaluate, forecast, load_protocol, read_histories
from lemtrada_schedule.readers.fhir.records import intake_of_bundle, parse_ndjson
from lemtrada_schedule.records.history import Intake
from tests.support.bad_records import ATC, RXNORM
from tests.support.histories import day
from tests.support.record_files import administration, bundle, ndjson, places

ZONE: Final = "America/New_York"
NDC: Final = "http://hl7.org/fhir/sid/ndc"
HCPCS: Final = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
SNOMED: Final = "http://snomed.info/sct"
LOCAL: Final = "urn:hospital:formulary"
NOT_TOLD: Final = [(1, "medication[x]", "medicine-not-told")]


def coded(*codings: tuple[str | None, str | None, str | None], text: str | None = None) -> dict[str, Any]:
    """Return a CodeableConcept of codings: system, code, display."""
    parts = [dict(zip(("system", "code", "display"), coding, strict=True)) for coding in codings]
    concept = {"coding": [{name: value for name, value in part.items() if value is not None} for part in parts]}
    return concept | ({"text": text} if text is not None else {})


def read(concept: Any, **asked: Any) -> Intake:
    resource = administration(medicationCodeableConcept=concept)
    return parse_ndjson(ndjson(resource), time_zone=ZONE, **asked)


def referring(medication: dict[str, Any] | None, *further: Any, **asked: Any) -> Intake:
    """Return what is read of an administration in row 1 that refers to a Medication in row 2."""
    resource = administration(medicationCodeableConcept=None, medicationReference={"reference": "Medication/m1"})
    held = [] if medication is None else [{"resourceType": "Medication", "id": "m1", **medication}]
    return intake_of_bundle(bundle(resource, *held, *further), time_zone=ZONE, **asked)


# --- an infusion ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "coding",
    [
        *((RXNORM, code) for code in ("1594657", "1594658", "1594659", "1594660", "1594663", "1656637")),
        (ATC, "L04AG06"),
        (ATC, "L04AA34"),
        (HCPCS, "J0202"),
        ("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "J0202"),
        *((NDC, code) for code in ("58468-0200", "58468-0200-1", "58468-0200-01")),
        *((NDC, code) for code in ("584680200", "5846802001", "58468020001")),
    ],
)
def test_S36_a_code_of_lemtrada_is_an_infusion(coding: tuple[str, str]) -> None:
    intake = read(coded((*coding, None)))
    assert (intake.accepted, intake.other, places(intake)) == (1, 0, [])
    assert [record.date for record in intake.histories[0].infusions] == [day("2025-03-03")]


def test_S36_a_code_decides_whatever_the_words_beside_it_say() -> None:
    """HL7's own example: a code of LEMTRADA, and the regimen of Campath in the text of the dosage."""
    resource = administration(dosage={"text": "30 mg Campath three times a week"})
    assert parse_ndjson(ndjson(resource), time_zone=ZONE).accepted == 1
    assert read(coded((RXNORM, "1594663", "a display"), (SNOMED, "1", None), text="antibody")).accepted == 1


@pytest.mark.parametrize(
    "beside",
    [
        (ATC, "X", None),
        (ATC, "L04A", "Immunosuppressants"),
        (RXNORM, "99", "alemtuzumab injection"),
        (RXNORM, "117055", "antibody"),
        (HCPCS, "J3590", "Unclassified biologics"),
        (SNOMED, "1", "Paracetamol"),
        (None, "1", "Paracetamol"),
    ],
)
def test_S36_other_codings_may_stand_beside_lemtradas_if_they_prove_nothing_else(beside: Any) -> None:
    assert read(coded((RXNORM, "1594663", None), beside)).accepted == 1


# --- another medicine ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "concept",
    [
        coded((RXNORM, "6902", "Methylprednisolone")),
        coded((RXNORM, "6902", None), text="Methylprednisolone"),
        coded((ATC, "N02BE01", "Paracetamol")),
        coded((NDC, "0009-0190-09", "Solu-Medrol")),
        coded((NDC, "00090190", "Solu-Medrol"), (NDC, "000900190", None)),
        coded((HCPCS, "J2930", "Methylprednisolone injection")),
        coded((RXNORM, "828267", "Campath")),  # Campath's own code, under its own name
        coded((SNOMED, "1", None), (RXNORM, "161", "Acetaminophen")),
        coded((ATC, "L04AG", "Monoclonal antibodies"), (RXNORM, "1", "Ocrelizumab")),
    ],
)
def test_S36_a_code_of_another_medicine_with_words_is_other_and_harmless(concept: Any) -> None:
    intake = read(concept)
    assert (intake.rows, intake.accepted, intake.other, intake.refused) == (1, 0, 1, ())
    (history,) = intake.histories
    assert (history.patient, history.infusions, history.unreadable, history.other_rows) == ("Patient/p1", (), (), 1)


def test_S36_nothing_else_in_a_record_of_another_medicine_matters() -> None:
    """No dose in mg, no day, no patient: it is counted all the same, and refuses nothing."""
    other = coded((RXNORM, "161", "Acetaminophen"))
    bad = {"dosage": {"dose": {"value": 1, "unit": "TAB"}}, "effectivePeriod": None, "subject": None}
    lines = ndjson(administration(medicationCodeableConcept=other, **bad), administration())
    intake = parse_ndjson(lines, time_zone=ZONE)
    assert (intake.accepted, intake.other, intake.refused) == (1, 1, ())
    assert [(one.patient, one.other_rows, one.unreadable) for one in intake.histories] == [("Patient/p1", 0, ())]


# --- neither -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "concept",
    [
        {"text": "LEMTRADA"},
        {"text": "Paracetamol"},
        {"coding": None},
        coded((None, None, "alemtuzumab")),
        coded((None, "161", "Acetaminophen")),
        coded((RXNORM, "6902", None)),
        coded((RXNORM, "6902", " ")),
        coded((RXNORM, " ", "Methylprednisolone")),
        coded((RXNORM, None, "Methylprednisolone")),
        coded((SNOMED, "322254008", "Paracetamol 240mg suppository")),
        coded((RXNORM, "117055", None)),
        coded((RXNORM, "117055", "alemtuzumab")),
        coded((RXNORM, "117055", "antibody"), (RXNORM, "6902", "Methylprednisolone")),
        coded((RXNORM, "99", "ALEMTUZUMAB 12 mg")),
        coded((RXNORM, "99", "antibody"), text="Lemtrada®"),
        coded((RXNORM, "828267", "alemtuzumab 30 MG [Campath]")),
        coded((RXNORM, "828267", None)),
        coded((RXNORM, "1594663", None), (RXNORM, "828267", "Campath")),
        coded((RXNORM, "1594663", None), (RXNORM, "828267", None)),
        coded((RXNORM, "1594663", "LEMTRADA"), (RXNORM, "161", "Acetaminophen")),
        coded((RXNORM, "1594663", "Campath 30 MG/ML")),
        coded((RXNORM, "1594663", None), text="MabCampath"),
        # the same names in full-width letters, and with a soft hyphen
        coded((RXNORM, "99", "\uff2c\uff25\uff2d\uff34\uff32\uff21\uff24\uff21")),
        coded((RXNORM, "99", "alem\u00adtuzumab")),
        # what may be alemtuzumab too: its class, no code at all, and one for what has no code
        *(coded((ATC, code, "Immunosuppressants")) for code in ("L", "L04", "L04A", "L04AA", "L04AG")),
        coded((NDC, "58468", "Genzyme")),
        coded((NDC, "unknown", "Methylprednisolone")),
        coded((HCPCS, "J3590", "Unclassified biologics")),
    ],
)
def test_S36_what_proves_neither_is_refused_and_taken_only_if_the_caller_says_so(concept: Any) -> None:
    intake = read(concept)
    assert (intake.accepted, intake.other, places(intake)) == (0, 0, NOT_TOLD)
    assert intake.histories[0].unreadable == (1,)
    assumed = read(concept, medicine="assumed")
    assert (assumed.accepted, assumed.other, assumed.refused) == (1, 0, ())


def test_S36_another_medicine_stays_another_one_whatever_is_assumed() -> None:
    assert read(coded((RXNORM, "161", "Acetaminophen")), medicine="assumed").other == 1


@pytest.mark.parametrize("medicine", [{}, {"medicationReference": {"reference": "Medication/m1"}}])
def test_S36_neither_or_both_of_the_two_forms_is_refused_always(medicine: Any) -> None:
    concept = coded((RXNORM, "1594663", None)) if medicine else None
    resource = administration(medicationCodeableConcept=concept, **medicine)
    for how in ("checked", "assumed"):
        assert places(parse_ndjson(ndjson(resource), time_zone=ZONE, medicine=how)) == NOT_TOLD


@pytest.mark.parametrize("how", ["", "assume", "Assumed", None, True, ["assumed"]])
def test_S36_medicine_is_one_of_two_words(how: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(coded((RXNORM, "1594663", None)), medicine=how)
    assert (caught.value.code, caught.value.place) == ("unknown-name", "medicine")


# --- codes of the caller -------------------------------------------------------------------------


def test_S36_codes_that_the_caller_names_are_lemtrada_and_all_others_with_words_another_medicine() -> None:
    named = {"lemtrada_codes": [f"{LOCAL}|LEM12"]}
    assert read(coded((LOCAL, "LEM12", None)), **named).accepted == 1
    assert read(coded((LOCAL, "PARA", "Paracetamol")), **named).other == 1
    assert read(coded((SNOMED, "322254008", None), text="Paracetamol"), **named).other == 1
    assert read(coded((None, "PARA", "Paracetamol")), **named).other == 1
    assert read(coded((ATC, "L04AG06", None)), **named).accepted == 1
    for unproved in (coded((LOCAL, "PARA", None)), coded((LOCAL, "X", "alemtuzumab")), {"text": "Paracetamol"}):
        assert places(read(unproved, **named)) == NOT_TOLD
    assert places(read(coded((ATC, "L04A", "Immunosuppressants")), **named)) == NOT_TOLD
    assert read(coded((RXNORM, "117055", None)), lemtrada_codes=(f"{RXNORM}|117055",)).accepted == 1


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        (f"{LOCAL}|LEM12", "wrong-type"),
        (None, "wrong-type"),
        ([1], "wrong-type"),
        (["LEM12"], "terminology"),
        (["|LEM12"], "terminology"),
        ([f"{LOCAL}|"], "terminology"),
        ([f"{LOCAL}| LEM12"], "terminology"),
        ([f" {LOCAL}|LEM12"], "terminology"),
    ],
)
def test_S36_codes_of_the_caller_have_one_form(codes: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(coded((LOCAL, "LEM12", None)), lemtrada_codes=codes)
    assert (caught.value.code, caught.value.place) == (code, "lemtrada_codes")
    assert "LEM12" not in str(caught.value)


# --- references ----------------------------------------------------------------------------------

LEMTRADA_CODE: Final = {"code": coded((RXNORM, "1594663", None))}
OTHER_CODE: Final = {"code": coded((RXNORM, "6902", "Methylprednisolone"))}


def contained(*held: Any, target: Any = "#m1", display: str | None = None) -> Intake:
    reference = {"reference": target} | ({"display": display} if display else {})
    resource = administration(medicationCodeableConcept=None, medicationReference=reference, contained=list(held))
    return parse_ndjson(ndjson(resource), time_zone=ZONE)


def test_S36_a_contained_medication_tells() -> None:
    medication = {"resourceType": "Medication", "id": "m1"}
    assert contained(medication | LEMTRADA_CODE).accepted == 1
    assert contained(medication | OTHER_CODE).other == 1
    for held in (
        [],
        [medication],
        [medication | OTHER_CODE, medication | LEMTRADA_CODE],
        [{"resourceType": "Substance", "id": "m1"} | LEMTRADA_CODE],
        [medication | LEMTRADA_CODE | {"status": "entered-in-error"}],
    ):
        assert places(contained(*held)) == NOT_TOLD
    assert places(contained(medication | OTHER_CODE, display="Lemtrada")) == NOT_TOLD
    assert places(contained(medication | LEMTRADA_CODE, target=None)) == NOT_TOLD
    assert places(contained(target=1)) == [(1, "medicationReference.reference", "wrong-type")]
    assert places(contained(1)) == [(1, "contained", "wrong-type")]


def test_S36_a_medication_in_the_same_file_tells_and_is_a_row() -> None:
    intake = referring(LEMTRADA_CODE)
    assert (intake.rows, intake.accepted, intake.blank, len(intake.histories[0].infusions)) == (2, 2, 0, 1)
    intake = referring(OTHER_CODE)
    assert (intake.rows, intake.accepted, intake.other) == (2, 1, 1)
    for untold in (None, {}, LEMTRADA_CODE | {"status": "entered-in-error"}):
        assert places(referring(untold)) == NOT_TOLD


def test_S36_a_medication_that_nothing_refers_to_is_skipped() -> None:
    intake = intake_of_bundle(bundle(administration(), {"resourceType": "Medication", "id": "m9", **OTHER_CODE}))
    assert (intake.blank, [(one.resource, one.code, one.count) for one in intake.skipped]) == (
        1,
        [("Medication", None, 1)],
    )


def test_S36_a_malformed_medication_is_refused_and_tells_nothing() -> None:
    intake = referring({"code": "LEMTRADA"})
    assert places(intake) == [*NOT_TOLD, (2, "code", "wrong-type")]
    assert intake.histories[0].unreadable == (1,)


@pytest.mark.parametrize(
    "ingredient",
    [
        {"itemCodeableConcept": {"text": "alemtuzumab"}},
        {"itemCodeableConcept": coded((RXNORM, "117055", None))},
        {"itemCodeableConcept": coded((ATC, "L04AG06", None))},
        {"itemCodeableConcept": coded((RXNORM, "828267", None))},
        {"itemReference": {"display": "Alemtuzumab"}},
        {"itemReference": {"reference": "#s1"}},
        {"itemReference": {"reference": "Substance/s2"}},
        {"itemReference": {"reference": "Medication/m2"}},
        {"itemReference": {"reference": "Medication/m3"}},
    ],
)
def test_S36_an_ingredient_that_names_alemtuzumab_disproves_another_medicine(ingredient: Any) -> None:
    """An infusion bag with a code of its own, and alemtuzumab in it."""
    held = [{"resourceType": "Substance", "id": "s1", "code": {"text": "alemtuzumab"}}]
    further = [
        {"resourceType": "Substance", "id": "s2", "code": {"text": "alemtuzumab"}},
        {"resourceType": "Medication", "id": "m2", **LEMTRADA_CODE},
        {"resourceType": "Medication", "id": "m3", "ingredient": [{"itemReference": {"reference": "Medication/m2"}}]},
    ]
    assert places(referring(OTHER_CODE | {"ingredient": [ingredient], "contained": held}, *further)) == NOT_TOLD


@pytest.mark.parametrize(
    "ingredient",
    [
        {"itemCodeableConcept": coded((RXNORM, "313002", "Sodium chloride"))},
        {"itemReference": {"reference": "#s9", "display": "Water"}},
        {"itemReference": {"reference": "Substance/s2"}},
        {"itemReference": {"reference": "Substance/s9"}},
        {"itemReference": {"reference": "Medication/m1"}},  # itself
    ],
)
def test_S36_an_ingredient_that_names_something_else_does_not(ingredient: Any) -> None:
    further = [
        {"resourceType": "Substance", "id": "s2", "ingredient": [{"substanceCodeableConcept": {"text": "water"}}]},
        {"resourceType": "Substance", "id": 3},
        {"resourceType": "Substance"},
    ]
    assert referring(OTHER_CODE | {"ingredient": [ingredient]}, *further).other == 1


def test_S36_ingredients_alone_prove_nothing() -> None:
    ingredient = [{"itemCodeableConcept": coded((RXNORM, "204520", "Potassium Chloride"))}]
    assert places(referring({"ingredient": ingredient})) == NOT_TOLD


# --- medications= --------------------------------------------------------------------------------


def test_S36_medications_may_come_from_elsewhere_and_are_no_rows(tmp_path: Path) -> None:
    medication = {"resourceType": "Medication", "id": "m1", **LEMTRADA_CODE}
    organisation = {"resourceType": "Organization", "id": "o1"}
    lines, whole = tmp_path / "medications.ndjson", tmp_path / "medications.json"
    lines.write_text(ndjson(organisation, medication) + "\n", encoding="utf-8")
    whole.write_text(json.dumps(bundle(medication, organisation)), encoding="utf-8")
    packed = tmp_path / "packed.ndjson.gz"
    packed.write_bytes(gzip.compress(lines.read_bytes()))
    for given in ([medication], (medication,), bundle(medication), str(lines), lines, [lines, whole], whole, packed):
        intake = referring(None, medications=given)
        assert (intake.rows, intake.accepted, intake.superseded) == (1, 1, 0)


def test_S36_a_medication_in_both_files_is_one() -> None:
    medication = {"resourceType": "Medication", "id": "m1", **LEMTRADA_CODE}
    intake = referring(LEMTRADA_CODE, medications=[medication])
    assert (intake.rows, intake.accepted, intake.superseded) == (2, 2, 0)
    intake = referring(LEMTRADA_CODE, medications=[medication | OTHER_CODE])
    assert places(intake) == [*NOT_TOLD, (2, "id", "resource-repeated")]


@pytest.mark.parametrize(
    ("given", "code", "place"),
    [
        (None, "wrong-type", "medications"),
        (1, "wrong-type", "medications"),
        ({"resourceType": "Medication", "id": "m1"}, "wrong-type", "medications"),
        ([1], "wrong-type", "medications.0"),
        ([{}], "wrong-type", "medications.0"),
        ([{"resourceType": "Medication"}], "missing-field", "medications.0: id"),
        ([{"resourceType": "Medication", "id": "m1", "code": 1}], "wrong-type", "medications.0: code"),
        (bundle(link=[{"relation": "next", "url": "x"}]), "not-whole", "medications: link"),
    ],
)
def test_S36_medications_are_checked(given: Any, code: str, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        referring(None, medications=given)
    assert (caught.value.code, caught.value.place) == (code, place)


def test_S36_a_file_of_medications_is_named_in_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / "medications.ndjson"
    path.write_text('{"resourceType": "Medication", "id": "m1"}\n{', encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        referring(None, medications=path)
    assert (caught.value.code, caught.value.place) == ("json-structure", f"{path}: line 2")
    with pytest.raises(UnreadableFile) as unread:
        referring(None, medications=tmp_path / "medications.csv")
    assert unread.value.code == "file-format"


# --- the treatment -------------------------------------------------------------------------------


def test_S36_three_days_of_methylprednisolone_are_no_course_2(tmp_path: Path) -> None:
    """Course 1 on 3 to 7 March 2025; steroids for a relapse on 10 to 12 March 2026. Next course: 7 March 2026."""
    given = [administration(id=f"a{number}", effectivePeriod={"start": f"2025-03-0{number}"}) for number in range(3, 8)]
    steroids = [
        administration(
            id=f"b{number}",
            medicationCodeableConcept=None,
            medicationReference={"reference": "Medication/mp"},
            dosage={"dose": {"value": 1, "unit": "g"}},
            effectivePeriod={"start": f"2026-03-{number}"},
        )
        for number in range(10, 13)
    ]
    path = tmp_path / "given.json"
    medication = {"resourceType": "Medication", "id": "mp", **OTHER_CODE}
    path.write_text(json.dumps(bundle(*given, *steroids, medication)), encoding="utf-8")
    intake = read_histories(path)
    assert (intake.rows, intake.accepted, intake.other, intake.refused) == (9, 6, 3, ())
    us = load_protocol("us-2024-05-r2")
    judged = evaluate(intake.histories[0], us, as_of=day("2026-04-01"))
    assert [(one.number, one.infusions) for one in judged.courses] == [(1, 5)]
    assert "only-other-medicines" not in [one.code for one in judged.findings]
    assert forecast(intake.histories[0], us, as_of=day("2026-04-01")).earliest == day("2026-03-07")


def test_S36_a_patient_with_other_medicines_alone_is_there_and_is_told() -> None:
    intake = read(coded((RXNORM, "161", "Acetaminophen")))
    (finding,) = evaluate(intake.histories[0], load_protocol("us-2024-05-r2"), as_of=day("2025-06-01")).findings
    assert (finding.code, finding.severity) == ("only-other-medicines", "note")
    assert finding.message.endswith("rows of other medicines: 1")


# --- found by an attacker -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("urn:oid:2.16.840.1.113883.6.285", "j0202"),
        ("urn:oid:2.16.840.1.113883.6.285", "J0202 "),
        ("http://www.whocc.no/atc", "l04ag06"),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "1594660 "),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "01594660"),
    ],
)
def test_S36_a_code_in_another_spelling_proves_no_other_medicine(system: str, code: str) -> None:
    concept = {"coding": [{"system": system, "code": code, "display": "MS infusion, day clinic"}]}
    intake = intake_of_bundle(bundle(administration(medicationCodeableConcept=concept)))
    assert (intake.other, intake.accepted) == (0, 0)
    assert "medicine-not-told" in {fault.code for fault in intake.refused}


@pytest.mark.parametrize(
    "relation", ["Next", "NEXT", " next", "nextPage", "http://www.iana.org/assignments/relation/next", "x#Prev"]
)
def test_S38_a_link_to_another_page_is_one_in_every_spelling(relation: str) -> None:
    whole = bundle(administration()) | {"type": "searchset", "link": [{"relation": relation, "url": "http://x/2"}]}
    with pytest.raises(InvalidInput) as refused:
        intake_of_bundle(whole)
    assert (refused.value.code, refused.value.place) == ("not-whole", "link")


def test_S38_a_patient_that_came_along_does_not_fill_the_total() -> None:
    patient = {"resourceType": "Patient", "id": "p1"}
    whole = bundle(administration(), patient) | {"type": "searchset", "total": 2}
    with pytest.raises(InvalidInput) as refused:
        intake_of_bundle(whole)
    assert (refused.value.code, refused.value.place) == ("not-whole", "total")
    assert intake_of_bundle(whole | {"total": 1}, time_zone="America/New_York").accepted == 1


def test_S38_an_entry_without_a_resource_is_no_match() -> None:
    whole = bundle(administration()) | {"type": "searchset", "total": 2}
    whole["entry"] = [*whole["entry"], {"fullUrl": "http://x/1"}]
    with pytest.raises(InvalidInput) as refused:
        intake_of_bundle(whole)
    assert (refused.value.code, refused.value.place) == ("not-whole", "total")


def test_of_many_unknown_elements_the_first_are_described() -> None:
    odd = administration(**{f"Jane{number}": 1 for number in range(30)})
    intake = intake_of_bundle(bundle(odd), time_zone="America/New_York")
    assert [fault.code for fault in intake.refused] == ["unknown-key"] * 20
    assert not any("Jane" in fault.message for fault in intake.refused)


def test_S36_ten_digits_that_may_be_lemtradas_package_prove_no_other_medicine() -> None:
    """58468-200-01 without its hyphens may also be read as product 2000."""
    concept = {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "5846820001", "display": "MS infusion"}]}
    intake = intake_of_bundle(bundle(administration(medicationCodeableConcept=concept)), time_zone="America/New_York")
    assert (intake.other, [fault.code for fault in intake.refused]) == (0, ["medicine-not-told"])
