"""The decided cases that concern FHIR records, sentence by sentence, each expectation worked out by hand.

A test is named after its line: `test_S36_…` belongs to S36 of the rules of time and treatment. Unless a test says
otherwise, the patient is `Patient/p1`, course 1 was given on Monday 3 to Friday 7 March 2025, every resource is one
line of an NDJSON file, and the protocol is that of the US.

These tests were written from the rules alone, by somebody who had not read the reader. Where a rule is silent,
the expectation is the safe one (refuse, never guess, never lose a patient); those tests are marked `READING`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from lemtrada_schedule import History, InvalidInput, ScheduleError, evaluate, forecast
from lemtrada_schedule.readers.fhir.records import parse_ndjson
from lemtrada_schedule.readers.records import parse_json, read_histories
from lemtrada_schedule.records.history import Intake
from tests.support.bad_records import ATC, RXNORM
from tests.support.histories import US, codes, day
from tests.support.record_files import administration, bundle, ndjson

Json = dict[str, Any]

ZONE: Final = "America/New_York"
NDC: Final = "http://hl7.org/fhir/sid/ndc"
HCPCS: Final = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
LOCAL: Final = "https://hospital.example/formulary"
MEDICATIONS: Final = "medicationReference"

LEMTRADA: Final = {"system": RXNORM, "code": "1594663"}
PARACETAMOL: Final = {"system": RXNORM, "code": "161", "display": "acetaminophen"}
METHYLPREDNISOLONE: Final = {"system": ATC, "code": "H02AB04", "display": "methylprednisolone"}
CAMPATH: Final = {"system": RXNORM, "code": "828267", "display": "Campath 30 MG/ML"}

CBC: Final = f"{LOINC}|57021-8"
CREATININE: Final = f"{LOINC}|2160-0"
TSH: Final = f"{LOINC}|3016-3"
CD4: Final = f"{LOINC}|24467-3"
CELLS: Final = {"value": 230, "unit": "cells/uL", "system": UCUM, "code": "{cells}/uL"}

AS_OF: Final = date(2025, 9, 1)
LATER: Final = date(2026, 6, 1)
COURSE_1: Final = ("2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07")


# --- short ways to write resources and to read an intake ------------------------------------------


def concept(*codings: Mapping[str, str], **more: Any) -> Json:
    """Return a CodeableConcept."""
    return {"coding": [dict(one) for one in codings], **more}


def infusion(on: str = "2025-03-03", /, **elements: Any) -> Json:
    """Return the record of one infusion on a whole day, with an id of its own."""
    return administration(**{"id": f"a-{on}", "effectivePeriod": None, "effectiveDateTime": on, **elements})


def course(**elements: Any) -> list[Json]:
    """Return the records of course 1."""
    return [infusion(on, **elements) for on in COURSE_1]


def of_medicine(*codings: Mapping[str, str], **more: Any) -> Json:
    """Return a record on 2025-03-03 whose medicine is a CodeableConcept of these codings."""
    return infusion(medicationCodeableConcept=concept(*codings, **more))


def of_reference(reference: str, **elements: Any) -> Json:
    """Return a record on 2025-03-03 whose medicine is a reference."""
    return infusion(medicationCodeableConcept=None, medicationReference={"reference": reference}, **elements)


def medication(*codings: Mapping[str, str], name: str | None = "m1", **elements: Any) -> Json:
    """Return a Medication resource; without codings it has no code."""
    about: Json = {"resourceType": "Medication", **({"id": name} if name else {})}
    return {**about, **({"code": concept(*codings)} if codings else {}), **elements}


def patient(name: str = "p1", /, **elements: Any) -> Json:
    return {"resourceType": "Patient", "id": name, **elements}


def observation(code: str = CBC, on: str = "2025-04-07", /, **elements: Any) -> Json:
    """Return a final Observation with one coding, written `system|code`."""
    system, _, bare = code.partition("|")
    resource = {
        "resourceType": "Observation",
        "id": f"o-{bare}-{on}",
        "status": "final",
        "code": concept({"system": system, "code": bare}),
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": on,
        **elements,
    }
    return {name: value for name, value in resource.items() if value is not None}


def version(resource: Json, number: str | None = None, updated: str | None = None) -> Json:
    """Return a resource with a meta of this version and this update."""
    told = {"versionId": number, "lastUpdated": updated}
    return {**resource, "meta": {name: value for name, value in told.items() if value is not None}}


def read(*resources: Any, **options: Any) -> Intake:
    """Read resources as the lines of an NDJSON file."""
    asked: Json = {"time_zone": ZONE, **options}
    return parse_ndjson(ndjson(*resources), **asked)


def observed(*resources: Any, **options: Any) -> Intake:
    """Read resources with the protocol that says which tests are known."""
    return read(*resources, protocol=US, **options)


def read_bundle(value: Json, **options: Any) -> Intake:
    """Read a Bundle."""
    asked: Json = {"time_zone": ZONE, **options}
    return parse_json(json.dumps(value), **asked)


def entries(*told: tuple[str, Json], kind: str = "collection") -> Json:
    """Return a Bundle whose entries have a fullUrl."""
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in told],
    }


def searchset(*resources: Json, modes: Iterable[str | None] = (), **elements: Any) -> Json:
    """Return a searchset; `modes` are the search modes of its entries, `None` for none."""
    listed = [{"resource": resource} for resource in resources]
    for entry, mode in zip(listed, modes, strict=False):
        if mode:
            entry["search"] = {"mode": mode}
    return {"resourceType": "Bundle", "type": "searchset", "entry": listed, **elements}


def tally(intake: Intake) -> tuple[int, int, int, int, int, int]:
    """Return rows, accepted, refused, blank, other, superseded."""
    return (
        intake.rows,
        intake.accepted,
        intake.refused_rows,
        intake.blank,
        intake.other,
        intake.superseded,
    )


def refusals(intake: Intake) -> set[tuple[int, str]]:
    """Return row and code of every fault."""
    return {(fault.row, fault.code) for fault in intake.refused}


def passed_over(intake: Intake) -> dict[tuple[str, str | None], int]:
    """Return what was passed over, by type and code."""
    return {(one.resource, one.code): one.count for one in intake.skipped}


def only(intake: Intake) -> History:
    """Return the one history."""
    (found,) = intake.histories
    return found


def of(intake: Intake, name: str) -> History:
    """Return the history of the patient with this id, in whatever form the id is written."""
    (found,) = [one for one in intake.histories if (one.patient or "").endswith(name)]
    return found


def days(history: History) -> list[str]:
    """Return the days of the infusions, in order."""
    return sorted(record.date.isoformat() for record in history.infusions)


def all_days(intake: Intake) -> list[str]:
    """Return the days of the infusions of every patient, in order."""
    return sorted(one for history in intake.histories for one in days(history))


def seen_in(history: History) -> list[tuple[str, str, int | None]]:
    """Return code, day and value of every observation."""
    return sorted((one.code, one.date.isoformat(), one.value) for one in history.observations)


def other_rows(history: Any) -> int:
    """Return how many rows of other medicines a history tells of, as a count or as a list of rows."""
    told = history.other_rows
    return int(told) if isinstance(told, int) else len(told)


def verdict(record: Json, *others: Json, **options: Any) -> str:
    """Return what became of the first row: `infusion`, `other`, or the code by which it was refused."""
    intake = read(record, *others, **options)
    refused = {fault.code for fault in intake.refused if fault.row == 1}
    infusions = [one for history in intake.histories for one in history.infusions]
    found = [*refused, *(["other"] if intake.other else []), *(["infusion"] if infusions else [])]
    assert len(found) == 1, found
    return found[0]


def is_refused(record: Json, *others: Json, **options: Any) -> bool:
    """Whether the first row is refused, by whatever code, and stands in its patient's unreadable rows."""
    intake = read(record, *others, **options)
    refused = any(fault.row == 1 for fault in intake.refused)
    held = [1 in one.unreadable for one in intake.histories]
    return refused and not intake.other and held == [True]


def earliest(history: History) -> date | None:
    return forecast(history, US, as_of=AS_OF).earliest


# --- S34, S35: doses and times in FHIR ------------------------------------------------------------


def dose(written: str) -> Intake:
    """Read an infusion whose dose is written so in the JSON text."""
    record = infusion(dosage={"dose": {"value": 9999, "unit": "mg"}})
    asked: Json = {"time_zone": ZONE}
    return parse_ndjson(ndjson(record).replace("9999", written), **asked)


@pytest.mark.parametrize(
    ("written", "mg"),
    [
        ("12", "12"),
        ("12.0", "12"),
        ("12.0000000000", "12"),  # trailing zeros are dropped before the places are counted
        ("11.999999", "11.999999"),
        ("0.1", "0.1"),
        ("1.2e1", "12"),
        ("1.2E+1", "12"),
        ("1200e-2", "12"),
        ("12.1000000", "12.1"),
    ],
)
def test_S34_a_dose_is_the_decimal_that_is_written(written: str, mg: str) -> None:
    intake = dose(written)
    assert refusals(intake) == set()
    assert only(intake).infusions[0].dose_mg == Decimal(mg)


@pytest.mark.parametrize(
    "written",
    ["12.0000001", "0.1234567", "12.00000000000000000000001", "11.9999999999999999999999", "1234567e-7"],
)
def test_S34_more_than_six_places_are_refused_and_never_rounded(written: str) -> None:
    intake = dose(written)
    assert tally(intake) == (1, 0, 1, 0, 0, 0)
    assert only(intake).unreadable == (1,)
    assert "6" in intake.refused[0].message


@pytest.mark.parametrize("written", ["0", "-12", "10001", "1e5", "-0.0"])
def test_S34_a_dose_out_of_range_is_refused(written: str) -> None:
    assert tally(dose(written)) == (1, 0, 1, 0, 0, 0)


@pytest.mark.parametrize("written", ["1e400", "1e999999999", "1e-999999999", "9" * 4000])
def test_S34_a_number_too_large_to_write_out_is_refused_at_once(written: str) -> None:
    assert tally(dose(written)) == (1, 0, 1, 0, 0, 0)


def period(start: str, end: str) -> Intake:
    return read(infusion(effectiveDateTime=None, effectivePeriod={"start": start, "end": end}))


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2025-03-03T09:00:59-05:00", "2025-03-03T13:00:01-05:00", 240),  # 3:59:02, cut to 09:00 and 13:00
        ("2025-03-03T09:00:00-05:00", "2025-03-03T13:00:59.999-05:00", 240),
        ("2025-03-03T09:00:59.999-05:00", "2025-03-03T12:59:59-05:00", 239),
        ("2025-03-03T14:00:30Z", "2025-03-03T19:00:10+01:00", 240),
        ("2025-03-03T09:00:01-05:00", "2025-03-03T09:00:59-05:00", 0),
    ],
)
def test_S35_both_ends_are_cut_to_the_minute(start: str, end: str, minutes: int) -> None:
    (record,) = only(period(start, end)).infusions
    assert record.infused_for == minutes


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        # 14 March 2027: the clocks go from 02:00 to 03:00. On the wall 5 hours, in truth 4.
        ("2027-03-14T00:30:00-05:00", "2027-03-14T05:30:00-04:00", 240),
        ("2027-03-14T05:30:00Z", "2027-03-14T09:30:00Z", 240),
        # 1 November 2026: the clocks go from 02:00 to 01:00. On the wall 3 hours, in truth 4.
        ("2026-11-01T00:30:00-04:00", "2026-11-01T03:30:00-05:00", 240),
        ("2026-11-01T04:30:00Z", "2026-11-01T08:30:00Z", 240),
        # Both on one side of the change.
        ("2026-11-01T03:30:00-05:00", "2026-11-01T07:30:00-05:00", 240),
    ],
)
def test_S35_a_length_between_instants_is_the_real_time(start: str, end: str, minutes: int) -> None:
    (record,) = only(period(start, end)).infusions
    assert record.infused_for == minutes


@pytest.mark.parametrize(
    ("start", "end", "short"),
    [
        ("2027-03-14T00:30:00-05:00", "2027-03-14T05:30:00-04:00", False),  # 4:00
        ("2027-03-14T00:30:00-05:00", "2027-03-14T05:25:00-04:00", True),  # 3:55, though the wall says 4:55
        ("2026-11-01T00:30:00-04:00", "2026-11-01T03:30:00-05:00", False),  # 4:00, though the wall says 3:00
        ("2026-11-01T00:30:00-04:00", "2026-11-01T03:25:00-05:00", True),  # 3:55
    ],
)
def test_S35_the_real_time_is_what_is_judged(start: str, end: str, *, short: bool) -> None:
    judged = evaluate(only(period(start, end)), US, as_of=date(2027, 4, 1))
    assert ("infusion-too-short" in codes(judged)) is short


def test_S35_an_end_that_shows_an_earlier_hour_than_the_start_is_never_given_another_length() -> None:
    """On 1 November 2026 from 01:50 (first) to 01:10 (second) are 20 minutes. READING: 20 minutes, or refused."""
    intake = period("2026-11-01T01:50:00-04:00", "2026-11-01T01:10:00-05:00")
    assert [one.infused_for for one in only(intake).infusions] == [20] or intake.refused_rows == 1


# --- S36: the medicine must be proved, either way -------------------------------------------------


def test_S36_each_row_is_proved_to_be_one_or_the_other_or_is_refused() -> None:
    records = [of_medicine(one) for one in (LEMTRADA, PARACETAMOL)]
    rows = [{**one, "id": f"a{number}"} for number, one in enumerate([*records, infusion()])]
    rows[2]["medicationCodeableConcept"] = {"text": "LEMTRADA"}
    intake = read(*rows)
    assert tally(intake) == (3, 1, 1, 0, 1, 0)
    assert refusals(intake) == {(3, "medicine-not-told")}


def test_S36_a_row_that_is_refused_makes_its_patients_dates_unsure() -> None:
    """Course 1 is complete and course 2 due on 2026-03-07; with a row of an unknown medicine no day is named."""
    unknown = infusion("2025-03-10", medicationCodeableConcept={"text": "LEMTRADA"})
    sure, unsure = read(*course()), read(*course(), unknown)
    assert earliest(only(sure)) == date(2026, 3, 7)
    assert (only(unsure).unreadable, earliest(only(unsure))) == ((6,), None)


def test_S36_a_refused_medicine_spoils_no_other_patient() -> None:
    unknown = infusion(medicationCodeableConcept={"text": "x"}, subject={"reference": "Patient/p2"}, id="a9")
    intake = read(*course(), unknown)
    assert (of(intake, "p1").unreadable, of(intake, "p2").unreadable) == ((), (6,))
    assert earliest(of(intake, "p1")) == date(2026, 3, 7)


@pytest.mark.parametrize("medicine", ["guess", "Assumed", "", None, True])
def test_S36_the_caller_says_checked_or_assumed_and_nothing_else(medicine: Any) -> None:
    with pytest.raises(ScheduleError):
        read(infusion(), medicine=medicine)


@pytest.mark.parametrize("options", [{}, {"medicine": "checked"}])
def test_S36_checked_is_the_default(options: Json) -> None:
    assert verdict(infusion(medicationCodeableConcept={"text": "LEMTRADA"}), **options) == "medicine-not-told"


# It is read from medicationCodeableConcept, a contained Medication, or a Medication in the same file


@pytest.mark.parametrize(("coding", "told"), [(LEMTRADA, "infusion"), (PARACETAMOL, "other"), (CAMPATH, "other")])
def test_S36_the_medicine_is_read_from_a_concept(coding: Json, told: str) -> None:
    assert verdict(of_medicine(coding)) == told


@pytest.mark.parametrize(("coding", "told"), [(LEMTRADA, "infusion"), (PARACETAMOL, "other"), (CAMPATH, "other")])
def test_S36_the_medicine_is_read_from_a_contained_medication(coding: Json, told: str) -> None:
    assert verdict(of_reference("#m1", contained=[medication(coding)])) == told


@pytest.mark.parametrize(("coding", "told"), [(LEMTRADA, "infusion"), (PARACETAMOL, "other"), (CAMPATH, "other")])
def test_S36_the_medicine_is_read_from_a_medication_of_the_file(coding: Json, told: str) -> None:
    assert verdict(of_reference("Medication/m1"), medication(coding)) == told


@pytest.mark.parametrize(("coding", "told"), [(LEMTRADA, "infusion"), (PARACETAMOL, "other"), (CAMPATH, "other")])
def test_S36_the_medicine_is_read_from_medications_beside_the_file(coding: Json, told: str) -> None:
    assert verdict(of_reference("Medication/m1"), medications=[medication(coding)]) == told


def test_S36_medications_beside_the_file_are_no_rows_of_it() -> None:
    intake = read(of_reference("Medication/m1"), medications=[medication(LEMTRADA), medication(CAMPATH, name="m2")])
    assert tally(intake) == (1, 1, 0, 0, 0, 0)


@pytest.mark.parametrize("suffix", [".json", ".ndjson"])
def test_S36_medications_beside_the_file_may_be_a_file(suffix: str, tmp_path: Path) -> None:
    listed = [medication(LEMTRADA), medication(CAMPATH, name="m2")]
    beside, records = tmp_path / f"medications{suffix}", tmp_path / "records.ndjson"
    beside.write_text(json.dumps(bundle(*listed)) if suffix == ".json" else ndjson(*listed), encoding="utf-8")
    records.write_text(
        ndjson(*course(medicationCodeableConcept=None, medicationReference={"reference": "Medication/m1"}))
    )
    asked: Json = {"time_zone": ZONE, "medications": beside}
    assert days(only(read_histories(records, **asked))) == [*COURSE_1]


def test_S36_a_medication_may_stand_before_or_after_what_refers_to_it() -> None:
    record, about = of_reference("Medication/m1"), medication(LEMTRADA)
    for rows in ([record, about], [about, record]):
        assert tally(read(*rows)) == (2, 2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "reference",
    [
        "Medication/m1",
        "https://fhir.example/R4/Medication/m1",
        "Medication/m1/_history/1",
        "https://fhir.example/R4/Medication/m1/_history/1",
    ],
)
def test_S36_every_form_of_a_reference_leads_to_the_medication(reference: str) -> None:
    about = version(medication(LEMTRADA), "1")
    told = entries(
        ("https://fhir.example/R4/MedicationAdministration/a1", of_reference(reference)),
        ("https://fhir.example/R4/Medication/m1", about),
    )
    assert all_days(read_bundle(told)) == ["2025-03-03"]


@pytest.mark.parametrize("name", [None, "m1"])
def test_S36_a_urn_leads_to_the_entry_with_that_full_url(name: str | None) -> None:
    urn = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    about = medication(LEMTRADA, name=name)
    other = ("urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", medication(CAMPATH, name=name and "m2"))
    told = entries(("urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059", of_reference(urn)), (urn, about), other)
    assert all_days(read_bundle(told)) == ["2025-03-03"]


@pytest.mark.parametrize(
    ("reference", "contained"),
    [
        ("#m2", [medication(LEMTRADA)]),
        ("#", [medication(LEMTRADA)]),
        ("#m1", []),
        ("#m1", [{"resourceType": "Substance", "id": "m1", "code": concept(LEMTRADA)}]),
        ("#m1", [medication(LEMTRADA, name=None)]),
        ("#M1", [medication(LEMTRADA)]),
        ("m1", [medication(LEMTRADA)]),
        ("Medication/m1", [medication(LEMTRADA)]),
    ],
)
def test_S36_a_reference_to_what_is_not_contained_is_refused(reference: str, contained: list[Json]) -> None:
    assert is_refused(of_reference(reference, contained=contained))


def test_S36_a_contained_reference_never_leads_to_a_medication_of_the_file() -> None:
    assert is_refused(of_reference("#m1"), medication(LEMTRADA))


def test_S36_what_is_contained_is_taken_before_what_has_the_same_name() -> None:
    record = of_reference("#m1", contained=[medication(PARACETAMOL)])
    assert verdict(record, medication(LEMTRADA)) == "other"
    assert verdict(of_reference("#m1", contained=[medication(LEMTRADA)]), medication(PARACETAMOL)) == "infusion"


def test_S36_each_record_has_what_it_contains_itself() -> None:
    """Two records contain a Medication of one name, and they are different medicines."""
    first = of_reference("#m1", contained=[medication(LEMTRADA)])
    second = {**of_reference("#m1", contained=[medication(PARACETAMOL)]), "id": "a2"}
    assert tally(read(first, second)) == (2, 1, 0, 0, 1, 0)


def test_S36_two_contained_medications_of_one_name_are_refused() -> None:
    """READING: nobody can say which of them is meant."""
    assert is_refused(of_reference("#m1", contained=[medication(PARACETAMOL), medication(LEMTRADA)]))


def test_S36_a_medication_of_two_versions_counts_in_its_newer() -> None:
    older, newer = version(medication(CAMPATH), "1"), version(medication(LEMTRADA), "2")
    record = of_reference("Medication/m1")
    for rows in ([older, newer], [newer, older]):
        intake = read(record, *rows)
        assert (all_days(intake), intake.other, intake.superseded) == (["2025-03-03"], 0, 1)
    back = [version(medication(LEMTRADA), "1"), version(medication(CAMPATH), "2")]
    assert verdict(record, *back) == "other"


def test_S36_a_medication_of_two_versions_that_nothing_tells_apart_proves_nothing() -> None:
    intake = read(of_reference("Medication/m1"), medication(CAMPATH), medication(LEMTRADA))
    assert refusals(intake) >= {(2, "resource-repeated"), (3, "resource-repeated")}
    assert only(intake).unreadable == (1,)
    assert tally(intake) == (3, 0, 3, 0, 0, 0)


def test_S36_a_medication_of_the_file_and_another_beside_it_prove_nothing() -> None:
    assert is_refused(of_reference("Medication/m1"), medication(CAMPATH), medications=[medication(LEMTRADA)])
    assert is_refused(of_reference("Medication/m1"), medication(LEMTRADA), medications=[medication(CAMPATH)])
    assert (
        verdict(of_reference("Medication/m1"), medication(LEMTRADA), medications=[medication(LEMTRADA)]) == "infusion"
    )


# An infusion: one of LEMTRADA's codes


@pytest.mark.parametrize("code", ["1594659", "1594657", "1594658", "1594660", "1594663", "1656637"])
def test_S36_lemtradas_codes_of_rxnorm(code: str) -> None:
    assert verdict(of_medicine({"system": RXNORM, "code": code})) == "infusion"


@pytest.mark.parametrize("code", ["L04AG06", "L04AA34"])
def test_S36_lemtradas_codes_of_atc(code: str) -> None:
    assert verdict(of_medicine({"system": ATC, "code": code})) == "infusion"


@pytest.mark.parametrize(
    "code",
    [
        "58468-0200-01",  # 5-4-2
        "58468-0200-1",  # 5-4-1, as it is printed
        "58468020001",  # 11 digits
        "5846802001",  # 10 digits
        "58468-0200",  # the product without a package
    ],
)
def test_S36_lemtradas_ndc_in_its_written_forms(code: str) -> None:
    assert verdict(of_medicine({"system": NDC, "code": code})) == "infusion"
    assert verdict(of_medicine({"system": NDC, "code": code, "display": "LEMTRADA"})) == "infusion"


# A lost hyphen, another product of the same firm, the digits in other groups, blanks, other signs.
NO_NDC: Final = (
    "58468-0201-01", "58468-0210-1", "58468-2000-1", "5846-80200-01", "584-680200-01", "0058468-0200-01",
    "158468020001", "58468-02001", "584680200-01", "58468-0200-", "58468--0200-01", "58468-0200-001", "58468_0200_01",
    "58468 0200 01",
    "58468-0200-0l", "58468020", "584680200011", "58468\u20110200\u201101", "\uff15\uff18468-0200-01",
    "58468-0200-01 58468-0200-01",
)  # fmt: skip


@pytest.mark.parametrize("code", NO_NDC)
def test_S36_what_is_no_written_form_of_the_ndc_is_no_infusion(code: str) -> None:
    assert verdict(of_medicine({"system": NDC, "code": code})) == "medicine-not-told"


@pytest.mark.parametrize("code", ["58468-0201-01", "58468-2000-1", "0002-8215-01", "00409-1234-01", "50580-0488-10"])
def test_S36_another_ndc_with_a_display_is_another_medicine(code: str) -> None:
    assert verdict(of_medicine({"system": NDC, "code": code, "display": "insulin"})) == "other"


def test_S36_lemtradas_code_of_hcpcs() -> None:
    assert verdict(of_medicine({"system": HCPCS, "code": "J0202"})) == "infusion"
    assert (
        verdict(of_medicine({"system": HCPCS, "code": "J0202", "display": "Injection, alemtuzumab, 1 mg"}))
        == "infusion"
    )
    assert verdict(of_medicine({"system": HCPCS, "code": "J2930", "display": "methylprednisolone"})) == "other"
    assert (
        verdict(of_medicine({"system": HCPCS, "code": "J9010", "display": "alemtuzumab, 10 mg"})) == "medicine-not-told"
    )


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"display": "alemtuzumab"},
        {"display": "acetaminophen"},
    ],
)
def test_S36_the_ingredient_alone_is_not_enough(elements: Json) -> None:
    """Campath has the same ingredient, so that it proves neither: it is refused whatever it is called."""
    coding = {"system": RXNORM, "code": "117055", **elements}
    assert verdict(of_medicine(coding)) == "medicine-not-told"
    assert verdict(of_medicine(coding, text="LEMTRADA 12 mg")) == "medicine-not-told"
    assert verdict(of_reference("#m1", contained=[medication(coding)])) == "medicine-not-told"


@pytest.mark.parametrize(
    "beside", [LEMTRADA, {"system": NDC, "code": "58468-0200-01"}, {"system": HCPCS, "code": "J0202"}]
)
def test_S36_the_ingredient_may_stand_beside_a_code_that_is_enough(beside: Json) -> None:
    ingredient = {"system": RXNORM, "code": "117055", "display": "alemtuzumab"}
    assert verdict(of_medicine(ingredient, beside)) == "infusion"
    assert verdict(of_medicine(beside, ingredient)) == "infusion"


@pytest.mark.parametrize(
    "beside",
    [
        {"system": LOCAL, "code": "77", "display": "LEMTRADA 12 mg/1.2 mL"},
        {"system": SNOMED, "code": "129472003", "display": "Alemtuzumab"},
        {"system": ATC, "code": "L04AG06"},
        {"system": NDC, "code": "58468-0200-01"},
        {"display": "Lemtrada"},
    ],
)
def test_S36_codings_that_agree_may_stand_beside_each_other(beside: Json) -> None:
    assert verdict(of_medicine(beside, LEMTRADA)) == "infusion"
    assert verdict(of_medicine(LEMTRADA, beside)) == "infusion"


@pytest.mark.parametrize(
    "coding",
    [
        {"system": RXNORM, "code": "L04AG06"},
        {"system": ATC, "code": "1594663"},
        {"system": RXNORM.upper(), "code": "1594663"},
        {"system": f"{RXNORM}/", "code": "1594663"},
        {"system": RXNORM.replace("http:", "ftp:"), "code": "1594663"},
        {"code": "1594663"},
        {"system": RXNORM, "code": "01594663"},
        {"system": RXNORM, "code": "1594663 "},
        {"system": ATC, "code": "l04ag06"},
        {"system": ATC, "code": "L04AG"},
        {"system": HCPCS, "code": "j0202"},
        {"system": HCPCS, "code": "J0202-JZ"},
        {"system": NDC, "code": "J0202"},
        {"system": RXNORM, "version": "1594663"},
    ],
)
def test_S36_a_code_counts_only_in_its_own_system_and_spelling(coding: Json) -> None:
    assert verdict(of_medicine(coding)) == "medicine-not-told"


@pytest.mark.parametrize(
    "named",
    [
        f"{SNOMED}|129472003",
        f"{LOCAL}|ALEM-12",
        "urn:oid:2.16.840.1.113883.6.69|58468-0200-01",
        f"{RXNORM}|117055",
    ],
)
def test_S36_a_code_that_the_caller_names_is_an_infusion(named: str) -> None:
    system, _, code = named.rpartition("|")
    record = of_medicine({"system": system, "code": code, "display": "alemtuzumab"})
    assert verdict(record) == "medicine-not-told"
    assert verdict(record, lemtrada_codes=(named,)) == "infusion"
    assert verdict(of_medicine({"system": system, "code": code}), lemtrada_codes=(named,)) == "infusion"


def test_S36_the_callers_codes_come_on_top_of_the_readers() -> None:
    for coding in (LEMTRADA, {"system": HCPCS, "code": "J0202"}):
        assert verdict(of_medicine(coding), lemtrada_codes=(f"{LOCAL}|ALEM-12",)) == "infusion"
    assert verdict(of_medicine({"system": LOCAL, "code": "ALEM-13"}), lemtrada_codes=(f"{LOCAL}|ALEM-12",)) == (
        "medicine-not-told"
    )


@pytest.mark.parametrize("named", ["117055", "", "|", f"{LOCAL}|", "|117055", f" {LOCAL}|1", 117055, None])
def test_S36_a_code_that_the_caller_names_has_a_system(named: Any) -> None:
    with pytest.raises(InvalidInput):
        read(infusion(), lemtrada_codes=(named,))


def test_S36_the_callers_codes_are_a_list_and_no_text() -> None:
    with pytest.raises(InvalidInput):
        read(infusion(), lemtrada_codes=f"{LOCAL}|ALEM-12")


# Another medicine, counted as `other` and harmless to the patient


@pytest.mark.parametrize("coding", [PARACETAMOL, METHYLPREDNISOLONE, CAMPATH])
def test_S36_another_medicine_is_counted_and_harms_nobody(coding: Json) -> None:
    other = {**of_medicine(coding), "id": "a9"}
    plain, mixed = read(*course()), read(*course(), other)
    assert tally(mixed) == (6, 5, 0, 0, 1, 0)
    assert (only(mixed).unreadable, other_rows(only(mixed))) == ((), 1)
    assert days(only(mixed)) == days(only(plain)) == [*COURSE_1]
    assert forecast(only(mixed), US, as_of=AS_OF) == forecast(only(plain), US, as_of=AS_OF)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"status": "on-hold"},
        {"status": "unknown"},
        {"status": "entered-in-error"},
        {"effectiveDateTime": "2025-03"},
        {"effectiveDateTime": None},
        {"effectiveDateTime": None, "effectivePeriod": {"start": "2025-03-03", "end": "2025-03-09"}},
        {"effectiveDateTime": "1999-03-03"},
        {"dosage": {"dose": {"value": 1000, "unit": "mL"}}},
        {"dosage": {"dose": {"value": 0, "unit": "mg"}}},
        {"subject": {"reference": "Patient/p1", "display": "x"}},
    ],
)
def test_S36_what_is_wrong_with_a_record_of_another_medicine_harms_nobody(spoilt: Json) -> None:
    other = {name: value for name, value in {**of_medicine(PARACETAMOL), "id": "a9", **spoilt}.items() if value}
    mixed = read(*course(), other)
    assert tally(mixed) == (6, 5, 0, 0, 1, 0)
    assert earliest(only(mixed)) == date(2026, 3, 7)


@pytest.mark.parametrize(
    "record",
    [
        of_medicine({"system": RXNORM, "code": "161", "display": "acetaminophen"}),
        of_medicine({"system": RXNORM, "code": "161"}, text="acetaminophen"),
        of_medicine({"system": ATC, "code": "N02BE01", "display": "paracetamol"}),
        of_medicine({"system": ATC, "code": "N02BE01"}, text="paracetamol"),
        of_medicine({"system": HCPCS, "code": "J2930", "display": "methylprednisolone"}),
        of_medicine({"system": NDC, "code": "50580-0488-10", "display": "TYLENOL"}),
        of_medicine({"system": SNOMED, "code": "387517004", "display": "Paracetamol"}, PARACETAMOL),
        of_reference("#m1", contained=[medication(PARACETAMOL, ingredient=[{"itemCodeableConcept": {"text": "x"}}])]),
    ],
)
def test_S36_a_known_systems_code_with_a_name_is_another_medicine(record: Json) -> None:
    assert verdict(record) == "other"


@pytest.mark.parametrize("code", ["284679", "828265", "828267", "1656628"])
def test_S36_campaths_codes_are_another_medicine(code: str) -> None:
    assert verdict(of_medicine({"system": RXNORM, "code": code, "display": "Campath 30 MG/ML"})) == "other"
    assert verdict(of_medicine({"system": RXNORM, "code": code}, text="Campath")) == "other"


@pytest.mark.parametrize("code", ["284679", "828265", "828267", "1656628"])
def test_S36_campaths_codes_are_never_an_infusion(code: str) -> None:
    """READING: a display that names alemtuzumab, or none at all, makes it neither; so it is refused."""
    assert verdict(of_medicine({"system": RXNORM, "code": code, "display": "alemtuzumab 30 MG/ML [Campath]"})) == (
        "medicine-not-told"
    )
    assert verdict(of_medicine({"system": RXNORM, "code": code})) == "medicine-not-told"


NAMES: Final = (
    "LEMTRADA", "Lemtrada", "lemtrada 12 mg/1.2 mL", "LEMTRADA\u00ae", "alemtuzumab", "ALEMTUZUMAB",
    "Alemtuzumab 10 MG/ML", "alemtuzumab (MabCampath)", "not LEMTRADA", "pre-medication for alemtuzumab",
    "(alemtuzumab)", "inj.alemtuzumab",
    "anti-CD52/alemtuzumab", "\uff2c\uff25\uff2d\uff34\uff32\uff21\uff24\uff21",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("system", [RXNORM, ATC, NDC, HCPCS])
def test_S36_a_display_that_names_it_is_never_another_medicine(name: str, system: str) -> None:
    assert verdict(of_medicine({"system": system, "code": "161", "display": name})) == "medicine-not-told"


@pytest.mark.parametrize("name", NAMES)
def test_S36_nor_is_a_text_or_an_ingredient_that_names_it(name: str) -> None:
    assert verdict(of_medicine(PARACETAMOL, text=name)) == "medicine-not-told"
    for item in (
        {"itemCodeableConcept": {"text": name}},
        {"itemCodeableConcept": {"coding": [{"display": name}]}},
        {"itemReference": {"reference": "Substance/s1", "display": name}},
    ):
        about = medication(PARACETAMOL, ingredient=[{"itemCodeableConcept": {"text": "water"}}, item])
        assert verdict(of_reference("#m1", contained=[about])) == "medicine-not-told"
        assert verdict(of_reference("Medication/m1"), about) == "medicine-not-told"


@pytest.mark.parametrize(
    "item",
    [
        {"itemCodeableConcept": {"coding": [{"system": RXNORM, "code": "117055"}]}},
        {"itemCodeableConcept": {"coding": [{"system": RXNORM, "code": "1594663"}]}},
        {"itemCodeableConcept": {"coding": [{"system": ATC, "code": "L04AG06"}]}},
    ],
)
def test_S36_an_ingredient_names_it_by_its_code_as_well(item: Json) -> None:
    """READING: an ingredient with alemtuzumab's code names alemtuzumab."""
    about = medication(PARACETAMOL, ingredient=[item])
    assert verdict(of_reference("#m1", contained=[about])) == "medicine-not-told"


def test_S36_a_display_anywhere_in_the_concept_may_name_it() -> None:
    other = {"system": RXNORM, "code": "999999", "display": "infusion"}
    for beside in ({"system": LOCAL, "code": "1", "display": "LEMTRADA"}, {"display": "alemtuzumab"}):
        assert verdict(of_medicine(other, beside)) == "medicine-not-told"
        assert verdict(of_medicine(beside, other)) == "medicine-not-told"


def test_S36_a_references_display_may_name_it() -> None:
    """READING: the display of the reference to the Medication is a display as well."""
    record = of_reference("Medication/m1")
    record[MEDICATIONS]["display"] = "LEMTRADA"
    assert verdict(record, medication(PARACETAMOL)) == "medicine-not-told"


@pytest.mark.parametrize("beside", [PARACETAMOL, CAMPATH, {"system": ATC, "code": "N02BE01", "display": "paracetamol"}])
def test_S36_a_concept_that_is_both_proves_neither(beside: Json) -> None:
    """READING: the codings of one concept mean one thing; where they contradict each other, nothing is proved."""
    assert verdict(of_medicine(LEMTRADA, beside)) == "medicine-not-told"
    assert verdict(of_medicine(beside, LEMTRADA)) == "medicine-not-told"


@pytest.mark.parametrize("code", ["1594660", "1594663"])
def test_S36_lemtradas_code_that_is_called_campath_proves_neither(code: str) -> None:
    """READING: HL7's old examples have this code with the regimen of Campath."""
    assert verdict(of_medicine({"system": RXNORM, "code": code, "display": "Campath 30 MG/ML"})) == "medicine-not-told"


# Where the caller has named `lemtrada_codes`, any other coding with a display or text

NAMED: Final = (f"{LOCAL}|ALEM-12",)


@pytest.mark.parametrize(
    "record",
    [
        of_medicine({"system": LOCAL, "code": "PARA-500", "display": "Paracetamol"}),
        of_medicine({"system": LOCAL, "code": "PARA-500"}, text="Paracetamol"),
        of_medicine({"system": SNOMED, "code": "387517004", "display": "Paracetamol"}),
        of_reference("#m1", contained=[medication({"system": LOCAL, "code": "PARA-500", "display": "Paracetamol"})]),
    ],
)
def test_S36_with_the_callers_codes_any_other_coding_is_another_medicine(record: Json) -> None:
    assert verdict(record) == "medicine-not-told"
    assert verdict(record, lemtrada_codes=NAMED) == "other"


@pytest.mark.parametrize(
    "record",
    [
        of_medicine({"system": LOCAL, "code": "PARA-500"}),
        of_medicine({"system": LOCAL, "code": "PARA-500", "display": " "}),
        of_medicine({"system": SNOMED, "code": "387517004"}),
        infusion(medicationCodeableConcept={"text": "Paracetamol"}),
        of_reference("Medication/m1"),
    ],
)
def test_S36_with_the_callers_codes_what_has_no_coding_or_no_name_is_refused(record: Json) -> None:
    assert verdict(record, lemtrada_codes=NAMED) == "medicine-not-told"


@pytest.mark.parametrize("name", NAMES)
def test_S36_with_the_callers_codes_what_names_it_is_refused_too(name: str) -> None:
    """READING: a formulary's other entry that names LEMTRADA is a code that the caller has forgotten."""
    coding = {"system": LOCAL, "code": "ALEM-13", "display": name}
    assert verdict(of_medicine(coding), lemtrada_codes=NAMED) == "medicine-not-told"


# Anything else is refused, unless it is assumed

UNPROVED: Final = {
    "text alone": infusion(medicationCodeableConcept={"text": "LEMTRADA"}),
    "another text alone": infusion(medicationCodeableConcept={"text": "acetaminophen"}),
    "a display alone": of_medicine({"display": "LEMTRADA"}),
    "a bare unknown code": of_medicine({"system": RXNORM, "code": "999999"}),
    "a code with an empty name": of_medicine({"system": RXNORM, "code": "999999", "display": ""}),
    "a code with a blank name": of_medicine({"system": RXNORM, "code": "999999", "display": "  "}, text="\t"),
    "a name without a code": of_medicine({"system": RXNORM, "display": "acetaminophen"}),
    "an empty code": of_medicine({"system": RXNORM, "code": "", "display": "acetaminophen"}),
    "a code without a system": of_medicine({"code": "161", "display": "acetaminophen"}),
    "SNOMED": of_medicine({"system": SNOMED, "code": "129472003", "display": "Alemtuzumab"}),
    "SNOMED for another": of_medicine({"system": SNOMED, "code": "387517004", "display": "Paracetamol"}),
    "a foreign system": of_medicine({"system": LOCAL, "code": "1", "display": "LEMTRADA"}),
    "no codings": infusion(medicationCodeableConcept={"coding": []}),
    "nothing in it": infusion(medicationCodeableConcept={}),
    "a reference that leads nowhere": of_reference("Medication/m1"),
    "a urn that leads nowhere": of_reference("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"),
    "contained, but not there": of_reference("#m1"),
    "another type": of_reference("Substance/m1"),
    "an identifier alone": infusion(
        medicationCodeableConcept=None, medicationReference={"identifier": {"system": NDC, "value": "58468-0200-01"}}
    ),
    "a reference's display alone": infusion(
        medicationCodeableConcept=None, medicationReference={"display": "LEMTRADA"}
    ),
    "a medication without code": of_reference("#m1", contained=[medication()]),
    "a medication with an ingredient alone": of_reference(
        "#m1", contained=[medication(ingredient=[{"itemCodeableConcept": {"text": "alemtuzumab"}}])]
    ),
    "without strength": of_medicine({"system": RXNORM, "code": "117055"}),
}


@pytest.mark.parametrize("name", UNPROVED)
def test_S36_anything_else_is_refused(name: str) -> None:
    intake = read(UNPROVED[name])
    assert refusals(intake) == {(1, "medicine-not-told")}
    assert (tally(intake), only(intake).unreadable) == ((1, 0, 1, 0, 0, 0), (1,))


@pytest.mark.parametrize("name", UNPROVED)
def test_S36_unless_the_caller_says_that_it_is_assumed(name: str) -> None:
    intake = read(UNPROVED[name], medicine="assumed")
    assert (tally(intake), all_days(intake)) == ((1, 1, 0, 0, 0, 0), ["2025-03-03"])


@pytest.mark.parametrize("coding", [PARACETAMOL, METHYLPREDNISOLONE, CAMPATH])
def test_S36_what_is_proved_to_be_another_medicine_is_never_assumed(coding: Json) -> None:
    assert verdict(of_medicine(coding), medicine="assumed") == "other"
    assert verdict(of_reference("Medication/m1"), medication(coding), medicine="assumed") == "other"


def test_S36_what_is_assumed_is_checked_for_all_else() -> None:
    record = {**UNPROVED["text alone"], "effectiveDateTime": "2025-03"}
    assert verdict(record, medicine="assumed") == "partial-date"


# None or both of R4's two forms: refused

BOTH: Final = {"medicationCodeableConcept": concept(LEMTRADA), MEDICATIONS: {"reference": "#m1"}}


@pytest.mark.parametrize("options", [{}, {"lemtrada_codes": NAMED}, {"medicine": "assumed"}])
def test_S36_without_either_form_it_is_refused(options: Json) -> None:
    """READING: `assumed` is said of what is not proved, and changes nothing here."""
    assert is_refused(infusion(medicationCodeableConcept=None), **options)


@pytest.mark.parametrize("options", [{}, {"lemtrada_codes": NAMED}, {"medicine": "assumed"}])
@pytest.mark.parametrize("coding", [LEMTRADA, PARACETAMOL])
def test_S36_with_both_forms_it_is_refused(options: Json, coding: Json) -> None:
    assert is_refused(infusion(**BOTH, contained=[medication(coding)]), **options)
    assert is_refused(infusion(**{**BOTH, "medicationCodeableConcept": concept(coding)}), **options)


@pytest.mark.parametrize("value", ["LEMTRADA", [], [concept(LEMTRADA)], 1, True])
def test_S36_a_form_of_another_kind_is_refused(value: Any) -> None:
    assert is_refused(infusion(medicationCodeableConcept=value))
    assert is_refused(infusion(medicationCodeableConcept=None, medicationReference=value))


# A patient with `other` rows and no infusion is told so


def test_S36_a_patient_with_other_medicines_alone_is_kept_and_told() -> None:
    history = only(read(of_medicine(PARACETAMOL), {**of_medicine(CAMPATH), "id": "a2"}))
    assert (history.infusions, other_rows(history)) == ((), 2)
    assert "only-other-medicines" in codes(evaluate(history, US, as_of=AS_OF))


def test_S36_the_note_is_a_note() -> None:
    history = only(read(of_medicine(PARACETAMOL)))
    (found,) = evaluate(history, US, as_of=AS_OF).findings
    assert (found.code, found.severity) == ("only-other-medicines", "note")


def test_S36_a_patient_with_an_infusion_is_not_told() -> None:
    history = only(read(*course(), {**of_medicine(PARACETAMOL), "id": "a9"}))
    assert "only-other-medicines" not in codes(evaluate(history, US, as_of=AS_OF))


def test_S36_other_medicines_are_counted_for_the_patient_who_had_them() -> None:
    other = {**of_medicine(PARACETAMOL), "id": "a9", "subject": {"reference": "Patient/p2"}}
    intake = read(*course(), other)
    assert (other_rows(of(intake, "p1")), other_rows(of(intake, "p2"))) == (0, 1)
    assert codes(evaluate(of(intake, "p2"), US, as_of=AS_OF)) == {"only-other-medicines"}
    assert "only-other-medicines" not in codes(evaluate(of(intake, "p1"), US, as_of=AS_OF))


def test_S36_a_patient_without_any_row_of_another_medicine_is_not_told() -> None:
    assert "only-other-medicines" not in codes(evaluate(only(read(infusion(status="not-done"))), US, as_of=AS_OF))


# --- S37: versions ------------------------------------------------------------------------------

# One resource (type + id, whatever form a reference takes) is one record


def test_S37_one_type_and_id_is_one_record() -> None:
    older, newer = version(infusion("2025-03-03", id="a1"), "1"), version(infusion("2025-03-04", id="a1"), "2")
    assert tally(read(older, newer)) == (2, 1, 0, 0, 0, 1)
    assert all_days(read(older, newer)) == ["2025-03-04"]


def test_S37_another_type_with_the_same_id_is_another_resource() -> None:
    rows = [infusion(id="x1"), patient("x1", birthDate="1984-06-05"), observation(id="x1")]
    intake = observed(*rows)
    assert (refusals(intake), intake.superseded, intake.accepted) == (set(), 0, 3)


def test_S37_other_ids_are_other_records_and_ids_are_compared_letter_by_letter() -> None:
    rows = [infusion(on, id=name) for on, name in zip(COURSE_1, ("a1", "A1", "a-1", "a.1", "a01"), strict=True)]
    assert tally(read(*rows)) == (5, 5, 0, 0, 0, 0)


def test_S37_records_without_an_id_are_records_of_their_own() -> None:
    assert tally(read(*course(id=None))) == (5, 5, 0, 0, 0, 0)


def test_S37_one_patient_in_every_form_of_reference_is_one_patient() -> None:
    """Five days, five forms; split in two, the patient would have two short courses."""
    forms = (
        "Patient/p1",
        "https://fhir.example/R4/Patient/p1",
        "Patient/p1/_history/4",
        "https://fhir.example/R4/Patient/p1/_history/2",
        "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
    )
    records = [infusion(on, subject={"reference": form}) for on, form in zip(COURSE_1, forms, strict=True)]
    told = [(f"https://fhir.example/R4/MedicationAdministration/{one['id']}", one) for one in records[:4]]
    # The URN is the fullUrl of the patient's own entry.
    told += [("urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059", records[4]), (forms[4], patient())]
    intake = read_bundle(entries(*told))
    assert days(only(intake)) == [*COURSE_1]
    assert earliest(only(intake)) == date(2026, 3, 7)


@pytest.mark.parametrize("form", ["https://fhir.example/R4/Patient/p1", "Patient/p1/_history/4"])
def test_S37_the_forms_are_one_in_lines_as_well(form: str) -> None:
    rows = [infusion(on, subject={"reference": form if n % 2 else "Patient/p1"}) for n, on in enumerate(COURSE_1)]
    for listed in (rows, rows[::-1]):
        intake = read(*listed)
        assert days(only(intake)) == [*COURSE_1]


def test_S37_the_patient_is_called_the_same_whichever_form_comes_first() -> None:
    rows = [
        infusion("2025-03-03", subject={"reference": "Patient/p1"}),
        infusion("2025-03-04", subject={"reference": "https://fhir.example/R4/Patient/p1"}),
    ]
    assert only(read(*rows)).patient == only(read(*rows[::-1])).patient


@pytest.mark.parametrize("other", ["Patient/p2", "Patient/P1", "https://fhir.example/R4/Patient/p11", "urn:uuid:p1"])
def test_S37_other_patients_stay_others(other: str) -> None:
    intake = read(infusion("2025-03-03"), infusion("2025-03-04", subject={"reference": other}))
    assert len(intake.histories) == 2


# Identical content is one record


def test_S37_identical_content_is_one_record() -> None:
    intake = read(*course(), *course(), infusion())
    assert tally(intake) == (11, 5, 0, 0, 0, 6)
    assert days(only(intake)) == [*COURSE_1]


def test_S37_the_order_of_the_elements_is_no_content() -> None:
    record = version(infusion(), "1", "2025-03-10T00:00:00Z")
    turned = dict(reversed(record.items()))
    turned["meta"] = dict(reversed(record["meta"].items()))
    assert tally(read(record, turned)) == (2, 1, 0, 0, 0, 1)


def test_S37_identical_content_is_found_nowhere_near_as_well() -> None:
    rows = [infusion(), *(infusion(f"2025-03-{n:02}", subject={"reference": f"Patient/q{n}"}) for n in range(10, 30))]
    assert tally(read(*rows, infusion())) == (22, 21, 0, 0, 0, 1)


def test_S37_identical_records_of_another_medicine_are_one() -> None:
    assert tally(read(of_medicine(PARACETAMOL), of_medicine(PARACETAMOL))) == (2, 0, 0, 0, 1, 1)


def test_S37_identical_observations_and_patients_are_one() -> None:
    rows = [observation(), patient(birthDate="1984-06-05")]
    intake = observed(infusion(), *rows, *rows)
    assert tally(intake) == (5, 3, 0, 0, 0, 2)
    assert seen_in(only(intake)) == [(CBC, "2025-04-07", None)]


def test_S37_identical_records_that_are_faulty_still_spoil_their_patient() -> None:
    """READING: whether the second is refused or superseded is open; it is counted once, and nobody is lost."""
    intake = read(infusion(status="on-hold"), infusion(status="on-hold"))
    assert intake.rows == 2 == intake.refused_rows + intake.superseded
    assert only(intake).unreadable != ()


def test_S37_the_older_of_two_identical_versions_is_no_third_one() -> None:
    """Versions 1, 2, 2, the last two the same: identical content is one record, so 1 and 2 are left and differ."""
    older, newer = version(infusion("2025-03-03", id="a1"), "1"), version(infusion("2025-03-04", id="a1"), "2")
    intake = read(newer, older, newer)
    assert (tally(intake), all_days(intake)) == ((3, 1, 0, 0, 0, 2), ["2025-03-04"])


# Of several, the highest versionId counts, else the latest lastUpdated; else all of them are refused

T1, T2, T3 = "2025-03-08T09:00:00Z", "2025-03-09T09:00:00Z", "2025-03-10T09:00:00Z"
Meta = tuple[str | None, str | None]
TOLD: Final[dict[str, tuple[list[Meta], int]]] = {
    "10 is more than 9": ([("9", None), ("10", None)], 1),
    "as numbers, in whatever order": ([("100", None), ("20", None), ("3", None)], 0),
    "the version comes before the time": ([("1", T2), ("2", T1)], 1),
    "one time may be missing where versions tell": ([("1", T2), ("2", None)], 1),
    "and may be unreadable": ([("2", "yesterday"), ("1", T1)], 0),
    "a long number": ([("99999999999999999999998", None), ("99999999999999999999999", None)], 1),
    "0 is a number": ([("1", None), ("0", None)], 0),
    "no numbers: the time": ([("W/1", T2), ("W/2", T1)], 0),
    "letters: the time": ([("a", T1), ("b", T3), ("c", T2)], 1),
    "one is no number: the time": ([("10", T1), ("9a", T2)], 1),
    "one has no version: the time": ([("5", T1), (None, T2)], 1),
    "equal versions: the time": ([("1", T1), ("1", T2)], 1),
    "equal as numbers: the time": ([("01", T2), ("1", T1)], 0),
    "two of three are equal: the time": ([("1", T3), ("2", T1), ("2", T2)], 0),
    "no version at all": ([(None, T1), (None, T2)], 1),
    "empty versions": ([("", T2), ("", T1)], 0),
    "offsets: 22:30 UTC and 23:00 UTC": ([(None, "2025-03-08T00:30:00+02:00"), (None, "2025-03-07T23:00:00Z")], 1),
    "offsets: 04:59 UTC and 04:00 UTC": ([(None, "2025-03-07T23:59:00-05:00"), (None, "2025-03-08T04:00:00Z")], 0),
    "offsets: half an hour": ([(None, "2025-03-08T05:29:00+05:30"), (None, "2025-03-08T00:00:00Z")], 1),
    "fractions are no whole numbers": ([(None, "2025-03-08T09:00:00.5Z"), (None, "2025-03-08T09:00:00.25Z")], 0),
    "with and without a fraction": ([(None, "2025-03-08T09:00:00Z"), (None, "2025-03-08T09:00:00.001Z")], 1),
}
UNTOLD: Final[dict[str, list[Meta]]] = {
    "nothing at all": [(None, None), (None, None)],
    "equal versions": [("1", None), ("1", None)],
    "equal as numbers": [("1", None), ("001", None)],
    "no numbers": [("W/1", None), ("W/2", None)],
    "one has no version": [("1", None), (None, None)],
    "one has a version, the other a time": [("2", None), (None, T1)],
    "one has no time": [(None, T2), (None, None)],
    "one time is unreadable": [(None, T1), (None, "yesterday")],
    "one time has no offset": [(None, T1), (None, "2025-03-09T09:00:00")],
    "equal times": [(None, T1), (None, T1)],
    "equal times in other offsets": [(None, "2025-03-08T09:00:00Z"), (None, "2025-03-08T04:00:00-05:00")],
    "equal times, one with a fraction": [(None, "2025-03-08T09:00:00Z"), (None, "2025-03-08T09:00:00.000Z")],
    "the latest two are equal": [(None, T1), (None, T2), (None, T2)],
    "two of three versions are equal": [("1", None), ("2", None), ("2", None)],
    "a digit that is none": [("1", None), ("\u00b2", None)],
    "digits of another script": [("9", None), ("\u0661\u0660", None)],
    "signs": [("+1", None), ("-2", None)],
    "decimals": [("1.0", None), ("2.0", None)],
    "underscores": [("1_0", None), ("9", None)],
    "blanks": [("1", None), (" 2", None)],
}


def versions(metas: list[Meta]) -> list[Json]:
    """Return versions of one resource, given on 3, 4, … March."""
    return [version(infusion(f"2025-03-{n:02}", id="a1"), *meta) for n, meta in enumerate(metas, start=3)]


@pytest.mark.parametrize("name", TOLD)
def test_S37_the_version_that_counts(name: str) -> None:
    metas, index = TOLD[name]
    rows = versions(metas)
    expected = [rows[index]["effectiveDateTime"]]
    for listed in (rows, rows[::-1]):
        intake = read(*listed)
        assert (tally(intake), all_days(intake)) == ((len(rows), 1, 0, 0, 0, len(rows) - 1), expected)


@pytest.mark.parametrize("name", UNTOLD)
def test_S37_if_neither_tells_all_of_them_are_refused(name: str) -> None:
    rows = versions(UNTOLD[name])
    for listed in (rows, rows[::-1]):
        intake = read(*listed)
        assert tally(intake) == (len(rows), 0, len(rows), 0, 0, 0)
        assert refusals(intake) == {(row, "resource-repeated") for row in range(1, len(rows) + 1)}
        assert sorted(only(intake).unreadable) == [*range(1, len(rows) + 1)]


def test_S37_a_bundle_tells_versions_by_the_same_rule() -> None:
    rows = versions([("9", None), ("10", None)])
    told = [("https://fhir.example/MedicationAdministration/a1", one) for one in rows]
    for listed in (told, told[::-1]):
        intake = read_bundle(entries(*listed))
        assert (tally(intake), all_days(intake)) == ((2, 1, 0, 0, 0, 1), ["2025-03-04"])


def test_S37_refused_versions_spoil_every_patient_they_may_be_of() -> None:
    rows = [infusion(id="a1"), infusion(id="a1", subject={"reference": "Patient/p2"})]
    intake = read(*rows)
    assert refusals(intake) == {(1, "resource-repeated"), (2, "resource-repeated")}
    assert (of(intake, "p1").unreadable, of(intake, "p2").unreadable) == ((1,), (2,))


@pytest.mark.parametrize("status", ["entered-in-error", "not-done"])
def test_S37_a_newer_version_takes_an_infusion_back(status: str) -> None:
    rows = [version(infusion(), "1"), version(infusion(status=status), "2")]
    for listed in (rows, rows[::-1]):
        history = only(read(*listed))
        assert [one.status for one in history.infusions] == [status]
        assert evaluate(history, US, as_of=AS_OF).status == "not-started"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"status": "on-hold"},
        {"effectiveDateTime": "2025-03"},
        {"medicationCodeableConcept": {"text": "?"}},
        {"dosage": {"dose": {"value": 12, "unit": "mL"}}},
        {"subject": {"reference": "#p1"}},
    ],
)
def test_S37_a_fault_of_an_older_version_harms_nobody(spoilt: Json) -> None:
    rows = [version(infusion(**spoilt), "1"), version(infusion(), "2")]
    for listed in (rows, rows[::-1]):
        intake = read(*listed)
        assert (tally(intake), all_days(intake), only(intake).unreadable) == (
            (2, 1, 0, 0, 0, 1),
            ["2025-03-03"],
            (),
        )


@pytest.mark.parametrize("spoilt", [{"status": "on-hold"}, {"effectiveDateTime": "2025-03"}])
def test_S37_a_fault_of_the_newest_version_is_not_mended_by_an_older_one(spoilt: Json) -> None:
    intake = read(version(infusion(**spoilt), "2"), version(infusion(), "1"))
    assert (tally(intake), only(intake).unreadable) == ((2, 0, 1, 0, 0, 1), (1,))


def test_S37_a_newer_version_may_be_of_another_medicine() -> None:
    rows = [version(infusion(), "1"), version(of_medicine(PARACETAMOL), "2")]
    assert tally(read(*rows)) == (2, 0, 0, 0, 1, 1)
    rows = [version(infusion(), "2"), version(of_medicine(PARACETAMOL), "1")]
    assert tally(read(*rows)) == (2, 1, 0, 0, 0, 1)


def test_S37_versions_of_observations_and_patients_are_told_as_well() -> None:
    rows = [
        infusion(),
        version(observation(CD4, id="o1", valueQuantity={**CELLS, "value": 300}), "9"),
        version(observation(CD4, id="o1", valueQuantity=CELLS, status="amended"), "10"),
        version(patient(birthDate="1984-06-05"), None, T1),
        version(patient(birthDate="1985-06-05"), None, T2),
    ]
    for listed in (rows, rows[::-1]):
        intake = observed(*listed)
        assert tally(intake) == (5, 3, 0, 0, 0, 2)
        assert seen_in(only(intake)) == [(CD4, "2025-04-07", 230)]
        assert only(intake).birth_date == date(1985, 6, 5)


def test_S37_observations_that_nothing_tells_apart_take_away_what_observations_decide() -> None:
    rows = [observation(CD4, id="o1", valueQuantity={**CELLS, "value": count}) for count in (150, 300)]
    intake = observed(*course(), *rows)
    assert refusals(intake) == {(6, "resource-repeated"), (7, "resource-repeated")}
    history = only(intake)
    assert (history.observations, history.unreadable) == ((), ())
    assert sorted(history.unreadable_observations) == [6, 7]
    assert earliest(history) == date(2026, 3, 7)


def test_S37_patients_that_nothing_tells_apart_have_no_birth_date() -> None:
    intake = read(infusion(), patient(birthDate="1984-06-05"), patient(birthDate="2010-06-05"))
    assert refusals(intake) == {(2, "resource-repeated"), (3, "resource-repeated")}
    assert (only(intake).birth_date, days(only(intake))) == (None, ["2025-03-03"])


# --- S38: the whole or nothing --------------------------------------------------------------------

PAGE: Final = "https://fhir.example/R4/MedicationAdministration?_count=5"


def links(*relations: tuple[str, str]) -> list[Json]:
    return [{"relation": relation, "url": url} for relation, url in relations]


def refused_whole(value: Json, **options: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read_bundle(value, **options)
    return caught.value


@pytest.mark.parametrize("relation", ["next", "prev", "previous"])
def test_S38_a_link_to_another_page_refuses_the_whole(relation: str) -> None:
    for told in ([], [("self", PAGE)]):
        whole = searchset(*course(), link=links(*told, (relation, f"{PAGE}&_page=2")))
        assert refused_whole(whole).code == "not-whole"


@pytest.mark.parametrize("relation", ["first", "last"])
def test_S38_so_does_a_first_or_last_page_that_is_another(relation: str) -> None:
    whole = searchset(*course(), link=links(("self", PAGE), (relation, f"{PAGE}&_page=2")))
    assert refused_whole(whole).code == "not-whole"


@pytest.mark.parametrize(
    "told",
    [
        [],
        [("self", PAGE)],
        [("self", PAGE), ("first", PAGE)],
        [("self", PAGE), ("first", PAGE), ("last", PAGE)],
    ],
)
def test_S38_links_to_the_page_itself_are_no_other_page(told: list[tuple[str, str]]) -> None:
    assert all_days(read_bundle(searchset(*course(), link=links(*told)))) == [*COURSE_1]


def test_S38_a_link_to_another_page_refuses_an_empty_page_too() -> None:
    assert refused_whole(searchset(link=links(("next", f"{PAGE}&_page=2")))).code == "not-whole"


@pytest.mark.parametrize("total", [6, 7, 500])
def test_S38_a_total_above_its_matches_refuses_the_whole(total: int) -> None:
    assert refused_whole(searchset(*course(), total=total)).code == "not-whole"


def test_S38_a_total_above_none_refuses_the_whole() -> None:
    assert refused_whole(searchset(total=1)).code == "not-whole"


@pytest.mark.parametrize("mode", ["include", "outcome"])
def test_S38_what_was_not_searched_for_is_no_match(mode: str) -> None:
    """Five infusions and a Patient; six are told of, so that one infusion is missing."""
    warning = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "processing"}]}
    added = patient(birthDate="1984-06-05") if mode == "include" else warning
    modes = [*["match"] * 5, mode]
    assert refused_whole(searchset(*course(), added, modes=modes, total=6)).code == "not-whole"
    assert all_days(read_bundle(searchset(*course(), added, modes=modes, total=5))) == [*COURSE_1]


@pytest.mark.parametrize("modes", [[], [None] * 5, ["match"] * 5])
@pytest.mark.parametrize("total", [None, 5])
def test_S38_a_total_of_its_matches_is_whole(modes: list[str | None], total: int | None) -> None:
    told = {} if total is None else {"total": total}
    assert tally(read_bundle(searchset(*course(), modes=modes, **told))) == (5, 5, 0, 0, 0, 0)


def test_S38_a_whole_answer_may_be_empty() -> None:
    for empty in (searchset(total=0), {"resourceType": "Bundle", "type": "searchset", "total": 0}):
        intake = read_bundle(empty)
        assert (tally(intake), intake.histories) == ((0, 0, 0, 0, 0, 0), ())


@pytest.mark.parametrize("severity", ["error", "fatal"])
@pytest.mark.parametrize("mode", ["outcome", "match", "include", None])
def test_S38_an_outcome_that_tells_of_an_error_refuses_the_whole(severity: str, mode: str | None) -> None:
    issues = [{"severity": "information", "code": "informational"}, {"severity": severity, "code": "timeout"}]
    outcome = {"resourceType": "OperationOutcome", "issue": issues}
    for listed, modes in (([*course(), outcome], [None] * 5 + [mode]), ([outcome, *course()], [mode])):
        assert refused_whole(searchset(*listed, modes=modes)).code == "not-whole"


@pytest.mark.parametrize("severity", ["warning", "information"])
def test_S38_an_outcome_that_tells_of_less_is_passed_over(severity: str) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": "informational"}]}
    intake = read_bundle(searchset(*course(), outcome, modes=[*["match"] * 5, "outcome"], total=5))
    assert (tally(intake), passed_over(intake)) == ((6, 5, 0, 1, 0, 0), {("OperationOutcome", None): 1})


def test_S38_what_refuses_the_whole_is_said_without_what_stands_in_it() -> None:
    secret = "Zqxsecret"  # noqa: S105  # it stands for a name, not for a key
    for whole in (
        searchset(*course(), link=links(("next", f"https://fhir.example/{secret}?name={secret}"))),
        searchset(infusion(note=[{"text": secret}]), total=9),
        searchset(
            {
                "resourceType": "OperationOutcome",
                "issue": [{"severity": "fatal", "code": "x", "diagnostics": secret, "details": {"text": secret}}],
            }
        ),
    ):
        error = refused_whole(whole)
        assert error.code == "not-whole"
        assert secret not in f"{error} {error!r} {error.place} {error.message}"


def test_S38_assuming_the_medicine_makes_nothing_whole() -> None:
    whole = searchset(*course(), total=6)
    assert refused_whole(whole, medicine="assumed", lemtrada_codes=NAMED).code == "not-whole"


def test_S38_a_file_is_refused_as_its_content_is(tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    path.write_text(json.dumps(searchset(*course(), total=6)), encoding="utf-8")
    asked: Json = {"time_zone": ZONE}
    with pytest.raises(InvalidInput) as caught:
        read_histories(path, **asked)
    assert caught.value.code == "not-whole"


# Rows in = accepted + refused + blank + other + superseded


def test_S38_every_row_is_counted_once_by_hand() -> None:
    rows = [
        version(infusion(), "2"),  # 1 accepted
        version(infusion(), "1"),  # 2 superseded
        {**of_medicine(PARACETAMOL), "id": "b1"},  # 3 other
        {**of_medicine(PARACETAMOL), "id": "b1"},  # 4 superseded
        infusion("2025-03", id="b2"),  # 5 refused: partial-date
        infusion("2025-03-05", id="b3", medicationCodeableConcept={"text": "LEMTRADA"}),  # 6 refused
        observation(),  # 7 accepted
        observation(f"{LOINC}|718-7"),  # 8 passed over
        observation(status="preliminary", id="o9"),  # 9 passed over
        patient(birthDate="1984-06-05"),  # 10 accepted
        {"resourceType": "Encounter", "id": "e1"},  # 11 passed over
        medication(LEMTRADA),  # 12 accepted: row 13 refers to it
        {**of_reference("Medication/m1"), "id": "b4"},  # 13 accepted
        infusion("2025-03-06", id="b5"),  # 14 and 15: refused, nothing tells them apart
        infusion("2025-03-07", id="b5"),
    ]
    assert tally(observed(*rows)) == (15, 5, 4, 3, 1, 2)
    assert tally(read_bundle(bundle(*rows), protocol=US)) == (15, 5, 4, 3, 1, 2)


def test_S38_empty_lines_are_blank_and_no_resource_passed_over() -> None:
    asked: Json = {"time_zone": ZONE}
    intake = parse_ndjson(f"\n{ndjson(*course())}\n   \n", **asked)
    assert (tally(intake), intake.skipped) == ((8, 5, 0, 3, 0, 0), ())


# --- S39: birth dates and observations ------------------------------------------------------------

# Patient.birthDate of the same file is read


@pytest.mark.parametrize("place", [0, 2, 5])
def test_S39_the_birth_date_is_read_wherever_it_stands(place: int) -> None:
    rows = course()
    rows.insert(place, patient(birthDate="2008-03-04", name=[{"family": "Doe"}], gender="female"))
    intake = read(*rows)
    assert tally(intake) == (6, 6, 0, 0, 0, 0)
    assert only(intake).birth_date == date(2008, 3, 4)
    # 16 on 3 March 2025, the day before the birthday.
    assert "age-below-minimum" in codes(evaluate(only(intake), US, as_of=AS_OF))


def test_S39_a_birth_date_goes_to_its_own_patient() -> None:
    second = infusion(id="a9", subject={"reference": "https://fhir.example/R4/Patient/p2"})
    intake = read(infusion(), second, patient("p2", birthDate="1984-06-05"))
    assert (of(intake, "p1").birth_date, of(intake, "p2").birth_date) == (None, date(1984, 6, 5))


def test_S39_a_birth_date_is_found_through_a_full_url() -> None:
    urn = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    told = [("urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059", infusion(subject={"reference": urn}))]
    for name in ("p1", None):
        about = {key: value for key, value in patient(birthDate="1984-06-05", id=name).items() if value}
        history = only(read_bundle(entries(*told, (urn, about))))
        assert (history.birth_date, days(history)) == (date(1984, 6, 5), ["2025-03-03"])


def test_S39_a_patient_without_a_birth_date_is_no_fault() -> None:
    intake = read(infusion(), patient())
    assert (refusals(intake), only(intake).birth_date, days(only(intake))) == (set(), None, ["2025-03-03"])


@pytest.mark.parametrize("written", ["1984", "1984-06"])
def test_S39_a_partial_birth_date_is_refused_and_never_completed(written: str) -> None:
    intake = read(infusion(), patient(birthDate=written))
    assert refusals(intake) == {(2, "partial-date")}
    assert (only(intake).birth_date, days(only(intake))) == (None, ["2025-03-03"])


@pytest.mark.parametrize(
    "written", ["1899-12-31", "2100-01-01", "05.06.1984", "1984-06-31", "1984-06-05T00:00:00Z", 1984]
)
def test_S39_what_is_no_birth_date_is_refused(written: Any) -> None:
    intake = read(infusion(), patient(birthDate=written))
    assert {row for row, _ in refusals(intake)} == {2}
    assert (only(intake).birth_date, days(only(intake))) == (None, ["2025-03-03"])


# … and Observation (final, amended, corrected)


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_S39_an_observation_that_is_settled_is_read(status: str) -> None:
    intake = observed(infusion(), observation(status=status))
    assert (tally(intake), intake.skipped) == ((2, 2, 0, 0, 0, 0), ())
    assert seen_in(only(intake)) == [(CBC, "2025-04-07", None)]


@pytest.mark.parametrize("status", ["preliminary", "registered", "cancelled", "entered-in-error", "unknown"])
def test_S39_an_observation_that_is_not_settled_is_passed_over(status: str) -> None:
    intake = observed(infusion(), observation(status=status), observation(CD4, status=status, valueQuantity=CELLS))
    assert tally(intake) == (3, 1, 0, 2, 0, 0)
    assert sum(one.count for one in intake.skipped if one.resource == "Observation") == 2
    assert (only(intake).observations, only(intake).unreadable_observations) == ((), ())


@pytest.mark.parametrize("status", ["Final", "done", "", None, 1])
def test_S39_a_status_that_is_none_is_never_taken_for_settled(status: Any) -> None:
    assert only(observed(infusion(), observation(status=status))).observations == ()


def test_S39_a_newer_version_takes_an_observation_back() -> None:
    rows = [version(observation(id="o1"), "1"), version(observation(id="o1", status="entered-in-error"), "2")]
    intake = observed(infusion(), *rows)
    assert (tally(intake), only(intake).observations) == ((3, 1, 0, 1, 0, 1), ())


@pytest.mark.parametrize(
    ("elements", "on"),
    [
        ({"effectiveDateTime": "2025-09-02"}, "2025-09-02"),
        ({"effectiveDateTime": "2025-09-02T02:30:00Z"}, "2025-09-01"),  # 22:30 on the eve, in New York
        ({"effectiveDateTime": "2025-09-02T23:30:00-04:00"}, "2025-09-02"),
        ({"effectiveDateTime": None, "effectiveInstant": "2025-09-02T02:30:00.000Z"}, "2025-09-01"),
        ({"effectiveDateTime": "2025-09-02", "issued": "2025-09-05T08:00:00Z"}, "2025-09-02"),
    ],
)
def test_S39_an_observation_has_its_day_at_the_clinic(elements: Json, on: str) -> None:
    assert seen_in(only(observed(infusion(), observation(**elements)))) == [(CBC, on, None)]


@pytest.mark.parametrize(
    "elements",
    [
        {"effectiveDateTime": "2025-09"},
        {"effectiveDateTime": "2025"},
        {"effectiveDateTime": "2025-09-31"},
        {"effectiveDateTime": "2025-09-02T02:30:00"},
        {"effectiveDateTime": "1999-12-31"},
        {"effectiveDateTime": None},
        {"effectiveDateTime": None, "issued": "2025-09-05T08:00:00Z"},
        {"effectiveDateTime": "2025-09-02", "effectiveInstant": "2025-09-03T02:30:00.000Z"},
        {"effectiveDateTime": None, "effectivePeriod": {"start": "2025-09-02", "end": "2025-09-05"}},
        {"effectiveDateTime": None, "effectivePeriod": {"end": "2025-09-05"}},
    ],
)
def test_S39_an_observation_without_its_day_is_refused_and_takes_away_only_observations(elements: Json) -> None:
    intake = observed(*course(), observation(**elements))
    history = only(intake)
    assert (tally(intake), {row for row, _ in refusals(intake)}) == ((6, 5, 1, 0, 0, 0), {6})
    assert (history.observations, history.unreadable, history.unreadable_observations) == ((), (), (6,))
    assert earliest(history) == date(2026, 3, 7)


@pytest.mark.parametrize("subject", [None, {}, {"reference": "Group/g1"}, {"display": "x"}, "Patient/p1"])
def test_S39_an_observation_of_nobody_is_refused_and_spoils_no_infusion(subject: Any) -> None:
    intake = observed(*course(), observation(subject=subject))
    assert (intake.refused_rows, only(intake).observations, only(intake).unreadable) == (1, (), ())
    assert only(intake).unreadable_observations == (6,)


def test_S39_observations_go_to_their_own_patient() -> None:
    second = observation(subject={"reference": "Patient/p2"})
    intake = observed(*course(), second)
    assert (seen_in(of(intake, "p1")), seen_in(of(intake, "p2"))) == ([], [(CBC, "2025-04-07", None)])


def test_S39_what_a_file_records_at_all_is_written_into_each_history() -> None:
    """S32: one patient has a blood count on record, so that the file records blood counts for both."""
    second = infusion(id="a9", subject={"reference": "Patient/p2"})
    intake = observed(infusion(), second, observation())
    assert {one.tests_recorded for one in intake.histories} == {(CBC,)}


# codes as S31


@pytest.mark.parametrize("code", [CBC, CREATININE, TSH, f"{LOINC}|24356-8"])
def test_S39_a_coding_that_the_protocol_carries_is_read(code: str) -> None:
    assert seen_in(only(observed(infusion(), observation(code)))) == [(code, "2025-04-07", None)]


@pytest.mark.parametrize("value", [{"value": 0.9, "unit": "mg/dL"}, {"value": 80, "unit": "umol/L"}, {"value": 0.2}])
@pytest.mark.parametrize("comparator", [None, "<", ">", "<=", ">="])
def test_S39_a_test_whose_value_is_not_asked_for_is_read_whatever_it_is(value: Json, comparator: str | None) -> None:
    """The TSH of a patient with Graves' disease is `< 0.01`: the test was done."""
    quantity = {**value, "comparator": comparator} if comparator else value
    for code in (CREATININE, TSH):
        intake = observed(infusion(), observation(code, valueQuantity=quantity))
        assert refusals(intake) == set()
        assert [(one.code, one.date) for one in only(intake).observations] == [(code, day("2025-04-07"))]


@pytest.mark.parametrize(
    "more",
    [
        {"component": [{"code": concept({"system": LOINC, "code": "718-7"}), "valueQuantity": {"value": 13}}]},
        {"component": [{"code": concept({"system": LOINC, "code": "24467-3"}), "valueQuantity": CELLS}]},
        {"hasMember": [{"reference": "Observation/o2"}]},
        {"valueString": "see report"},
        {"interpretation": [{"text": "normal"}], "referenceRange": [], "note": [{"text": "x"}]},
    ],
)
def test_S39_a_panel_is_one_test_and_has_no_value(more: Json) -> None:
    found = seen_in(only(observed(infusion(), observation(**more))))
    assert [one for one in found if one[0] == CBC] == [(CBC, "2025-04-07", None)]


def test_S39_a_coding_among_others_is_read() -> None:
    local, known = {"system": LOCAL, "code": "CBC"}, {"system": LOINC, "code": "57021-8"}
    for codings in ([local, known], [known, local]):
        intake = observed(infusion(), observation(code=concept(*codings)))
        assert seen_in(only(intake)) == [(CBC, "2025-04-07", None)]


@pytest.mark.parametrize(
    "code",
    [
        concept({"system": LOINC, "code": "718-7", "display": "Hemoglobin"}),
        concept({"system": f"{LOINC}/", "code": "57021-8"}),
        concept({"system": "LOINC", "code": "57021-8"}),
        concept({"system": LOCAL, "code": "57021-8", "display": "Complete blood count"}),
        concept({"system": LOCAL, "code": "cd4", "display": "CD4"}),
        concept({"code": "57021-8"}),
        concept({"code": "cd4"}),
        concept({"system": LOINC, "code": "57021-8 "}),
        concept({"system": LOINC, "display": "CBC"}),
        {"text": "blood-count"},
        {"text": "57021-8"},
    ],
)
def test_S39_an_observation_without_a_known_coding_is_passed_over_and_blocks_nothing(code: Json) -> None:
    intake = observed(*course(), observation(code=code))
    history = only(intake)
    assert (tally(intake), refusals(intake)) == ((6, 5, 0, 1, 0, 0), set())
    assert (history.observations, history.unreadable, history.unreadable_observations) == ((), (), ())
    assert [(one.resource, one.count) for one in intake.skipped] == [("Observation", 1)]


@pytest.mark.parametrize(
    "spoilt", [{"effectiveDateTime": "2025-09"}, {"subject": None}, {"valueQuantity": {"value": "x"}}]
)
def test_S39_a_fault_of_what_is_passed_over_blocks_nothing(spoilt: Json) -> None:
    intake = observed(*course(), observation(f"{LOINC}|718-7", **spoilt))
    assert (tally(intake), only(intake).unreadable_observations) == ((6, 5, 0, 1, 0, 0), ())


# CD4 counts: the one value that is asked for


@pytest.mark.parametrize(
    "quantity",
    [
        CELLS,
        {"value": 230, "unit": "cells/uL"},
        {"value": 230.0, "unit": "/uL", "system": UCUM, "code": "/uL"},
        {"value": 230, "unit": "cells per microlitre", "system": UCUM, "code": "{cells}/uL"},
    ],
)
def test_S39_a_cd4_count_is_read_with_its_value(quantity: Json) -> None:
    assert seen_in(only(observed(infusion(), observation(CD4, valueQuantity=quantity)))) == [(CD4, "2025-04-07", 230)]


@pytest.mark.parametrize(
    ("quantity", "cells"),
    [
        ({"value": 0.23, "unit": "10*3/uL", "system": UCUM, "code": "10*3/uL"}, 230),
        ({"value": 0.23, "unit": "10*9/L", "system": UCUM, "code": "10*9/L"}, 230),
        ({"value": 230, "unit": "10*6/L", "system": UCUM, "code": "10*6/L"}, 230),
        ({"value": 230, "unit": "/mm3"}, 230),
        ({"value": 230000, "unit": "/mL"}, 230),
        ({"value": 0.23, "unit": "cells/uL", "system": UCUM, "code": "10*3/uL"}, 230),  # the code is the unit
        ({"value": 230, "unit": "%", "system": UCUM, "code": "%"}, None),
        ({"value": 230, "unit": "cells/L"}, None),
        ({"value": 230, "unit": "pg/mL"}, None),
        ({"value": 230}, None),  # a number without a unit
        ({"value": 199.6, "unit": "cells/uL"}, None),  # never rounded up to the threshold of 200
        ({"value": 0.23, "unit": "cells/uL"}, None),
        ({"value": -230, "unit": "cells/uL"}, None),
        ({"value": 1e9, "unit": "cells/uL"}, None),
        ({**CELLS, "comparator": "<"}, None),
        ({**CELLS, "comparator": ">"}, None),
        ({**CELLS, "comparator": ">="}, None),
        ({**CELLS, "comparator": "~"}, None),
        ({"unit": "cells/uL"}, None),
        ({"value": "230", "unit": "cells/uL"}, None),
        ({"value": True, "unit": "cells/uL"}, None),
        ([CELLS], None),
        ({}, None),
    ],
)
def test_S39_a_cd4_count_that_is_not_told_is_refused_and_never_guessed(quantity: Any, cells: int | None) -> None:
    """READING: a unit that is not cells/uL is converted exactly or refused; what is no count is refused."""
    intake = observed(*course(), observation(CD4, valueQuantity=quantity))
    history = only(intake)
    assert (history.unreadable, days(history), earliest(history)) == ((), [*COURSE_1], date(2026, 3, 7))
    if cells is not None and history.observations:
        assert seen_in(history) == [(CD4, "2025-04-07", cells)]
    else:
        assert (history.observations, history.unreadable_observations) == ((), (6,))
        assert tally(intake) == (6, 5, 1, 0, 0, 0)


@pytest.mark.parametrize(
    "value", [{"valueString": "230"}, {"valueInteger": 230}, {"valueString": ">200 cells/uL"}, {"valueBoolean": True}]
)
def test_S39_a_cd4_count_in_another_form_is_refused(value: Json) -> None:
    """READING: only a quantity has a unit."""
    intake = observed(infusion(), observation(CD4, **value))
    assert (only(intake).observations, only(intake).unreadable_observations) == ((), (2,))


@pytest.mark.parametrize("code", [CBC, CD4, TSH])
def test_S39_a_test_that_was_not_done_is_never_read_as_done(code: str) -> None:
    """READING: with a reason why there is no value, and no value, the test is not on record. Refused or passed over."""
    absent = {"dataAbsentReason": concept({"system": "http://hl7.org/data-absent-reason", "code": "not-performed"})}
    intake = observed(infusion(), observation(code, **absent))
    assert (only(intake).observations, intake.accepted, days(only(intake))) == ((), 1, ["2025-03-03"])


def test_S39_a_cd4_count_within_a_panel_is_never_lost_into_a_wrong_one() -> None:
    """READING: the panel is passed over by its own code, or its component is read with its own value."""
    panel = observation(
        f"{LOINC}|96491-6",
        valueQuantity={"value": 900, "unit": "cells/uL"},
        component=[{"code": concept({"system": LOINC, "code": "24467-3"}), "valueQuantity": CELLS}],
    )
    assert seen_in(only(observed(infusion(), panel))) in ([], [(CD4, "2025-04-07", 230)])


# What is passed over is counted by type and said


def test_S39_what_is_passed_over_is_counted_by_type() -> None:
    rows = [{"resourceType": kind, "id": f"x{n}"} for n, kind in enumerate(["Encounter", "Condition", "Condition"])]
    intake = read(*course(), *rows)
    assert tally(intake) == (8, 5, 0, 3, 0, 0)
    assert passed_over(intake) == {("Encounter", None): 1, ("Condition", None): 2}


@pytest.mark.parametrize(
    "kind",
    ["MedicationRequest", "MedicationStatement", "MedicationDispense", "Immunization", "DiagnosticReport", "Group"],
)
def test_S39_what_looks_like_a_record_of_it_is_passed_over_too(kind: str) -> None:
    resource = {**infusion("2025-03-10"), "resourceType": kind}
    intake = read(*course(), resource)
    assert (tally(intake), passed_over(intake)) == ((6, 5, 0, 1, 0, 0), {(kind, None): 1})
    assert days(only(intake)) == [*COURSE_1]


def test_S39_observations_passed_over_are_counted_by_code() -> None:
    rows = [observation(f"{LOINC}|{code}", id=f"o{n}") for n, code in enumerate(["718-7", "718-7", "4544-3"])]
    intake = observed(infusion(), *rows, observation())
    assert tally(intake) == (5, 2, 0, 3, 0, 0)
    assert passed_over(intake) == {("Observation", f"{LOINC}|718-7"): 2, ("Observation", f"{LOINC}|4544-3"): 1}


def test_S39_an_observation_without_any_coding_is_counted_without_code() -> None:
    intake = observed(infusion(), observation(code={"text": "blood count of Jane Doe"}))
    assert passed_over(intake) == {("Observation", None): 1}


def test_S39_a_resource_of_no_type_is_refused_and_not_passed_over() -> None:
    """It may have been an infusion; whose, nobody knows."""
    intake = read(*course(), {"id": "x", "status": "completed"})
    assert (tally(intake), only(intake).unreadable) == ((6, 5, 1, 0, 0, 0), (6,))


# --- laws ---------------------------------------------------------------------------------------

PEOPLE: Final = ("Patient/p1", "Patient/p2", "https://fhir.example/R4/Patient/p1", "Patient/p2/_history/3")
MEDICINES: Final[tuple[Json, ...]] = (
    {"medicationCodeableConcept": concept(LEMTRADA)},
    {"medicationCodeableConcept": concept(LEMTRADA)},
    {"medicationCodeableConcept": concept({"system": NDC, "code": "58468-0200-1"})},
    {"medicationCodeableConcept": concept(PARACETAMOL)},
    {"medicationCodeableConcept": concept(CAMPATH)},
    {"medicationCodeableConcept": {"text": "LEMTRADA"}},
    {"medicationCodeableConcept": None, MEDICATIONS: {"reference": "Medication/m1"}},
    {"medicationCodeableConcept": None, MEDICATIONS: {"reference": "#m1"}, "contained": [medication(LEMTRADA)]},
    {"medicationCodeableConcept": None, MEDICATIONS: {"reference": "#m2"}},
    {"medicationCodeableConcept": None},
)


def metas() -> st.SearchStrategy[Json]:
    """What a server says of a version, often nothing."""
    numbers = st.sampled_from([None, "1", "2", "9", "10", "W/1"])
    times = st.sampled_from([None, T1, T2, "2025-03-09T10:00:00+01:00"])  # the last is T2
    return st.builds(lambda number, updated: version({}, number, updated), numbers, times)


@st.composite
def administrations(draw: st.DrawFn) -> Json:
    """Records of few ids, so that they meet, of known and unknown medicines, right and faulty."""
    elements = {
        "id": draw(st.sampled_from(["a1", "a2", "a3", "a4", None])),
        "subject": {"reference": draw(st.sampled_from(PEOPLE))},
        "status": draw(st.sampled_from(["completed", "completed", "completed", "stopped", "not-done", "on-hold"])),
        **draw(st.sampled_from(MEDICINES)),
        **draw(metas()),
    }
    return infusion(draw(st.sampled_from([*COURSE_1, "2026-03-09", "2025-03"])), **elements)


@st.composite
def observations(draw: st.DrawFn) -> Json:
    """Tests known and unknown, settled or not, right and faulty."""
    return observation(
        draw(st.sampled_from([CBC, TSH, f"{LOINC}|718-7"])),
        draw(st.sampled_from(["2025-04-07", "2025-05-07", "2025-05"])),
        id=draw(st.sampled_from(["o1", "o2", "a1", None])),
        status=draw(st.sampled_from(["final", "amended", "preliminary"])),
        subject={"reference": draw(st.sampled_from(PEOPLE))},
        **draw(metas()),
    )


def others() -> st.SearchStrategy[Json]:
    """Patients, Medications, and what is passed over."""
    people = st.builds(
        lambda name, born, meta: {**patient(name), **({"birthDate": born} if born else {}), **meta},
        st.sampled_from(["p1", "p2"]),
        st.sampled_from([None, "1984-06-05", "1990-01-01", "1984"]),
        metas(),
    )
    medicines = st.builds(
        lambda coding, meta: {**medication(coding), **meta},
        st.sampled_from([LEMTRADA, PARACETAMOL, {"system": LOCAL, "code": "1"}]),
        metas(),
    )
    rest = st.sampled_from(["Encounter", "Condition"]).map(lambda kind: {"resourceType": kind, "id": "a1"})
    return people | medicines | rest


def mixes(least: int = 0) -> st.SearchStrategy[list[Json]]:
    """Files of every kind of resource."""
    return st.lists(administrations() | administrations() | observations() | others(), min_size=least, max_size=10)


def facts(intake: Intake) -> dict[str | None, tuple[Any, ...]]:
    """Return what is told of each patient, apart from row numbers and order."""
    return {
        one.patient: (
            Counter(record.model_dump_json(exclude={"row"}) for record in one.infusions),
            Counter(record.model_dump_json() for record in one.observations),
            one.birth_date,
            len(one.unreadable),
            len(one.unreadable_observations),
            other_rows(one),
            one.tests_recorded and sorted(one.tests_recorded),
        )
        for one in intake.histories
    }


@given(mixes(), st.data())
def test_S37_the_order_of_the_entries_never_matters(rows: list[Json], data: st.DataObject) -> None:
    turned = data.draw(st.permutations(rows))
    first, second = observed(*rows), observed(*turned)
    assert facts(first) == facts(second)
    assert (tally(first), first.faults_by_code) == (tally(second), second.faults_by_code)
    assert passed_over(first) == passed_over(second)


@given(mixes(least=1))
def test_S38_a_bundle_and_its_lines_tell_the_same(rows: list[Json]) -> None:
    lines, whole = observed(*rows), read_bundle(bundle(*rows), protocol=US)
    assert (facts(lines), tally(lines)) == (facts(whole), tally(whole))
    assert refusals(lines) == refusals(whole)


@given(mixes(), st.integers(0, 3))
def test_S38_rows_in_are_rows_accounted_for(rows: list[Json], empty: int) -> None:
    asked: Json = {"time_zone": ZONE, "protocol": US}
    intake = parse_ndjson(ndjson(*rows) + "\n" * empty, **asked)
    target(float(intake.superseded), label="superseded")
    assert intake.rows == len(rows) + empty
    assert intake.rows == sum(tally(intake)[1:])
    assert intake.blank == empty + sum(one.count for one in intake.skipped)

    used = [record.row for one in intake.histories for record in one.infusions]
    refused = {fault.row for fault in intake.refused}
    assert len(used) == len(set(used))
    assert not refused & set(used)
    assert all(fault.code and fault.message for fault in intake.refused)
    assert intake.accepted >= len(used) + sum(len(one.observations) for one in intake.histories)
    assert intake.other == sum(other_rows(one) for one in intake.histories)


@given(mixes())
def test_S38_no_patient_of_a_refused_row_is_lost(rows: list[Json]) -> None:
    """A refused administration stands in its patient's `unreadable`, a refused observation in the other list alone."""
    intake = observed(*rows)
    for row in {fault.row for fault in intake.refused}:
        resource = rows[row - 1]
        kind = resource["resourceType"]
        if kind not in ("MedicationAdministration", "Observation"):
            continue
        person = "p1" if "p1" in resource["subject"]["reference"] else "p2"
        history = of(intake, person)
        assert (row in history.unreadable, row in history.unreadable_observations) == (
            kind == "MedicationAdministration",
            kind == "Observation",
        )


@pytest.mark.parametrize(
    ("early", "owner"),
    [
        (observation(subject={"reference": "Patient/p2"}, status="preliminary"), "Patient/p2"),
        (observation(subject={"reference": "Patient/p2"}, code=None), "Patient/p2"),
        (observation(subject=None, status="preliminary"), "Patient/p1"),  # anybody's, and nobody else is on record
    ],
)
def test_S38_a_row_without_a_result_is_its_own_patients_if_it_is_refused(early: Json, owner: str) -> None:
    """Two Observations with one id: a result of p1, and one that is none yet. Which of them is right is unknown."""
    intake = observed(observation(), early)
    assert refusals(intake) == {(1, "resource-repeated"), (2, "resource-repeated")}
    rows = {(one.patient, row) for one in intake.histories for row in one.unreadable_observations}
    assert rows == {("Patient/p1", 1), (owner, 2)}


@given(mixes())
def test_S37_nobody_who_was_given_anything_is_left_out(rows: list[Json]) -> None:
    intake = observed(*rows)
    listed = {name for one in intake.histories for name in ("p1", "p2") if (one.patient or "").endswith(name)}
    told = {
        "p1" if "p1" in one["subject"]["reference"] else "p2"
        for one in rows
        if one["resourceType"] == "MedicationAdministration" and one.get("id") is None
    }
    assert told <= listed
    assert len(intake.histories) <= 2


def answers(intake: Intake) -> dict[str | None, Any]:
    """Return what is found and foretold of each patient, apart from row numbers and the note on other medicines."""
    found = {}
    for one in intake.histories:
        judged, foretold = evaluate(one, US, as_of=LATER), forecast(one, US, as_of=LATER)
        told = Counter((f.code, f.course, f.severity) for f in judged.findings if f.code != "only-other-medicines")
        found[one.patient] = (
            (judged.status, judged.courses, told, judged.changes_on),
            (foretold.status, foretold.course, foretold.earliest, foretold.recommended, foretold.changes_on),
        )
    return found


@st.composite
def treatments(draw: st.DrawFn) -> list[Json]:
    """Infusions of one or two patients, well told: any days of two courses."""
    some = st.sets(st.sampled_from([*COURSE_1, "2025-03-10", "2026-03-09", "2026-03-10", "2026-03-11"]), min_size=1)
    people = draw(st.lists(some, min_size=1, max_size=2))
    return [
        infusion(on, id=f"a-{number}-{on}", subject={"reference": f"Patient/p{number}"})
        for number, told in enumerate(people, start=1)
        for on in sorted(told)
    ]


def mingled(draw: st.DataObject, rows: list[Json], added: Iterable[Json]) -> list[Json]:
    """Return rows with others put among them."""
    listed = [*rows]
    for one in added:
        listed.insert(draw.draw(st.integers(0, len(listed))), one)
    return listed


@given(treatments(), st.data())
def test_S36_rows_of_another_medicine_never_change_an_answer(rows: list[Json], data: st.DataObject) -> None:
    spoilt = st.sampled_from(
        [{}, {"status": "on-hold"}, {"effectiveDateTime": "2025-03"}, {"effectiveDateTime": "2031-01-01"}]
    )
    coding = st.sampled_from([PARACETAMOL, METHYLPREDNISOLONE, CAMPATH])
    drawn = data.draw(st.lists(st.tuples(coding, spoilt), min_size=1, max_size=4))
    added = [{**of_medicine(one), "id": f"other-{n}", **more} for n, (one, more) in enumerate(drawn)]
    plain, mixed = read(*rows), read(*mingled(data, rows, added))
    assert answers(plain) == answers(mixed)
    assert (mixed.other, mixed.refused) == (len(added), ())


@given(treatments(), st.data())
def test_S37_an_older_version_anywhere_never_changes_an_answer(rows: list[Json], data: st.DataObject) -> None:
    newest = [version(one, "10", T2) for one in rows]
    spoilt: st.SearchStrategy[Json] = st.sampled_from(
        [
            {"effectiveDateTime": "2024-01-01"},
            {"effectiveDateTime": "2025-03"},
            {"status": "on-hold"},
            {"status": "entered-in-error"},
            {"medicationCodeableConcept": {"text": "?"}},
            {"medicationCodeableConcept": concept(PARACETAMOL)},
        ]
    )
    older = data.draw(st.lists(st.tuples(st.sampled_from(rows), spoilt, st.sampled_from(["1", "9"])), max_size=4))
    distinct = {(one["id"], number): version({**one, **more}, number, T3) for one, more, number in older}
    mixed = read(*mingled(data, newest, distinct.values()))
    assert answers(read(*newest)) == answers(mixed)
    assert (mixed.superseded, mixed.refused) == (len(distinct), ())


MARK: Final = "Zqxjane"
SAMPLES: Final[tuple[Json, ...]] = (
    infusion(note=[{"text": "x"}], performer=[{"actor": {"display": "x"}}], identifier=[{"system": "x", "value": "y"}]),
    infusion(effectiveDateTime=None, effectivePeriod={"start": "2025-03-03T09:00:00Z", "end": "2025-03-03T13:00:00Z"}),
    of_medicine(PARACETAMOL, text="acetaminophen"),
    of_medicine({"system": NDC, "code": "58468-0200-01", "display": "LEMTRADA"}),
    version(
        of_reference("#m1", contained=[medication(LEMTRADA, ingredient=[{"itemCodeableConcept": {"text": "x"}}])]),
        "1",
        T1,
    ),
    of_reference("Medication/m1"),
    medication(LEMTRADA),
    patient(birthDate="1984-06-05", name=[{"family": "x", "given": ["y"]}], identifier=[{"value": "z"}]),
    version(observation(CD4, valueQuantity=CELLS, note=[{"text": "x"}]), "1", T1),
    observation(f"{LOINC}|718-7", valueString="x"),
)


def strings(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every text in a JSON value."""
    if isinstance(value, str):
        yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from strings(part, (*path, name))


def put(value: Any, path: tuple[Any, ...], text: Any) -> Any:
    """Return a copy of a JSON value with another part at a path."""
    if not path:
        return text
    items: Any = value.items() if isinstance(value, dict) else enumerate(value)
    replaced = {name: put(part, path[1:], text) if name == path[0] else part for name, part in items}
    return replaced if isinstance(value, dict) else [*replaced.values()]


@st.composite
def marked(draw: st.DrawFn) -> list[Json]:
    """Resources with a mark in some of their texts: alone, before, behind or in the midst of what stood there."""
    rows = []
    for sample in draw(st.lists(st.sampled_from(SAMPLES), min_size=1, max_size=4)):
        resource = sample
        for path in draw(st.sets(st.sampled_from([*strings(sample)]), min_size=1, max_size=5)):
            form = draw(
                st.sampled_from(["{m}", "{m}{t}", "{t}{m}", "{t} {m}", "Patient/{m}", "#{m}", "2025-03-03T{m}"])
            )
            resource = put(resource, path, form.format(m=MARK, t=_at(sample, path)))
        if draw(st.booleans()):
            resource = {**resource, draw(st.sampled_from([MARK, f"_{MARK}", f"value{MARK}"])): MARK}
        rows.append(resource)
    return rows


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        value = value[name]
    return value


def said_of(rows: list[Json], *, as_bundle: bool = False) -> str:
    """Return all that is said of what was refused, in whatever way, and how what was read shows itself."""
    try:
        intake = read_bundle(searchset(*rows), protocol=US) if as_bundle else observed(*rows)
    except ScheduleError as error:
        return f"{error} {error!r} {error.place} {error.message} {error.__cause__!r} {error.__context__!r}"
    told = [f"{fault!r} {fault.model_dump_json()}" for fault in intake.refused]
    return "".join([*told, repr(intake), repr(intake.histories)])


@given(rows=marked(), as_bundle=st.booleans())
def test_S36_S39_nothing_of_a_resource_stands_in_what_is_said_of_it(*, rows: list[Json], as_bundle: bool) -> None:
    """No id, name, code or text of a record in a refusal's row, column, code, message or repr, nor in an error."""
    assert MARK.casefold() not in said_of(rows, as_bundle=as_bundle).casefold()


@pytest.mark.parametrize("sample", SAMPLES)
def test_S36_S39_no_text_of_a_resource_stands_in_what_is_said_of_it(sample: Json) -> None:
    """The same for every text of every sample, one at a time."""
    for path in strings(sample):
        for text in (MARK, f"{_at(sample, path)}{MARK}"):
            assert MARK not in said_of([put(sample, path, text)]), path


def test_S36_S39_a_refusal_says_where_and_what_to_do() -> None:
    rows = [*UNPROVED.values()]
    intake = read(*({**one, "id": f"a{n}"} for n, one in enumerate(rows)))
    assert {fault.row for fault in intake.refused} == {*range(1, len(rows) + 1)}
    for fault in intake.refused:
        assert fault.column
        assert len(fault.message) > 20


def test_S36_a_time_of_day_is_read_of_an_infusion_that_is_proved() -> None:
    """The record of docs and old tests, from 09:00 to 13:05, still reads as it did."""
    (record,) = only(read(administration())).infusions
    assert (record.date, record.started, record.ended, record.dose_mg) == (
        date(2025, 3, 3),
        time(9),
        time(13, 5),
        Decimal(12),
    )
