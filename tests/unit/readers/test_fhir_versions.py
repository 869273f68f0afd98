"""S37 and S38: one resource is one record, and a Bundle is read whole or not at all."""

import json
from typing import Any, Final

import pytest

from lemtrada_schedule import InvalidInput
from lemtrada_schedule.readers.fhir.records import intake_of_bundle, parse_ndjson
from lemtrada_schedule.readers.records import parse_json
from lemtrada_schedule.records.history import Intake
from tests.support.bad_records import RXNORM
from tests.support.histories import day
from tests.support.record_files import administration, bundle, counts, ndjson, places

ZONE: Final = "America/New_York"
OTHER: Final = {"coding": [{"system": RXNORM, "code": "161", "display": "Acetaminophen"}]}


def given(own: str, on: str, **elements: Any) -> dict[str, Any]:
    return administration(id=own, effectivePeriod={"start": on}, **elements)


def version(number: str | None = None, updated: str | None = None) -> dict[str, Any]:
    known = {"versionId": number, "lastUpdated": updated}
    return {"meta": {name: value for name, value in known.items() if value is not None}}


def both_ways(*resources: Any) -> Intake:
    """Return what a Bundle holds, having checked that lines hold the same."""
    intake = parse_json(json.dumps(bundle(*resources)), time_zone=ZONE)
    assert intake == parse_ndjson(ndjson(*resources), time_zone=ZONE)
    return intake


def days(intake: Intake) -> list[tuple[str, int | None]]:
    (history,) = intake.histories
    return [(record.date.isoformat(), record.row) for record in history.infusions]


# --- versions ------------------------------------------------------------------------------------


def test_S37_identical_content_is_one_record() -> None:
    intake = both_ways(given("a", "2025-03-03"), given("a", "2025-03-03"), given("a", "2025-03-03"))
    assert (days(intake), intake.accepted, intake.superseded) == ([("2025-03-03", 1)], 1, 2)


def test_S37_resources_without_an_id_are_each_their_own() -> None:
    intake = both_ways(administration(), administration())
    assert (intake.accepted, intake.superseded) == (2, 0)


@pytest.mark.parametrize(
    ("first", "second", "counts_on"),
    [
        (version("2"), version("10"), "2025-03-04"),
        (version("10"), version("2"), "2025-03-03"),
        # the number decides, whatever the time says
        (version("2", "2025-05-01T00:00:00Z"), version("1", "2025-06-01T00:00:00Z"), "2025-03-03"),
        # instants, not texts: 12:00 in New York is 16:00 in UTC
        (version(None, "2025-05-01T12:00:00-04:00"), version(None, "2025-05-01T15:59:59Z"), "2025-03-03"),
        (version(None, "2025-05-01T12:00:00.1Z"), version(None, "2025-05-01T12:00:00.0999999999Z"), "2025-03-03"),
        (version("x", "2025-05-01T12:00:00Z"), version("y", "2025-05-01T12:00:01Z"), "2025-03-04"),
        (version("1", "2025-05-01T12:00:00Z"), version("1", "2025-05-01T12:00:01Z"), "2025-03-04"),
        (version("1", "2025-05-01T12:00:00Z"), version("01", "2025-05-01T12:00:01Z"), "2025-03-04"),
        (version("7", "2025-05-01T12:00:00Z"), version(None, "2025-05-01T12:00:01Z"), "2025-03-04"),
    ],
)
def test_S37_of_two_versions_the_newest_counts(first: Any, second: Any, counts_on: str) -> None:
    intake = both_ways(given("a", "2025-03-03", **first), given("a", "2025-03-04", **second))
    assert [on for on, _ in days(intake)] == [counts_on]
    assert (intake.accepted, intake.refused, intake.superseded) == (1, (), 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        (version("1"), {}),
        (version("1"), version("1")),
        (version("1"), version("v2")),
        (version("1"), version("²")),
        ({"meta": {"versionId": 1}}, {"meta": {"versionId": 2}}),
        ({"meta": "1"}, {"meta": "2"}),
        (version("1"), version(None, "2025-05-01T12:00:00Z")),
        (version(None, "2025-05-01T12:00:00Z"), version(None, "2025-05-01T14:00:00+02:00")),
        (version(None, "2025-05-01"), version(None, "2025-05-02")),
        (version(None, "2025-02-29T12:00:00Z"), version(None, "2025-03-01T12:00:00Z")),
        (version(None, "2025-05-01T12:00:00"), version(None, "2025-05-01T12:00:01Z")),
    ],
)
def test_S37_where_neither_tells_all_of_them_are_refused(first: Any, second: Any) -> None:
    intake = both_ways(given("a", "2025-03-03", **first), given("a", "2025-03-04", **second))
    assert places(intake) == [(1, "id", "resource-repeated"), (2, "id", "resource-repeated")]
    (history,) = intake.histories
    assert (history.patient, history.infusions, history.unreadable) == ("Patient/p1", (), (1, 2))


def test_S37_copies_of_the_newest_version_are_superseded() -> None:
    old, new = given("a", "2025-03-03", **version("1")), given("a", "2025-03-04", **version("2"))
    intake = both_ways(new, old, new)
    assert (days(intake), intake.superseded) == ([("2025-03-04", 1)], 2)


def test_S37_one_content_in_versions_that_cannot_be_told_apart_is_one_record() -> None:
    intake = both_ways(given("a", "2025-03-03", **version("x")), given("a", "2025-03-03"))
    assert (days(intake), intake.superseded) == ([("2025-03-03", 1)], 1)


def test_S37_a_newest_version_that_was_entered_in_error_wins() -> None:
    old = given("a", "2025-03-03", **version("1"))
    intake = both_ways(old, given("a", "2025-03-03", status="entered-in-error", **version("2")))
    assert [record.status for record in intake.histories[0].infusions] == ["entered-in-error"]
    assert intake.superseded == 1


def test_S37_a_newest_version_that_is_malformed_is_refused_and_an_older_one_is_not_taken_for_it() -> None:
    intake = both_ways(given("a", "2025-03-03", **version("1")), given("a", "2025-03", **version("2")))
    assert places(intake) == [(2, "effectivePeriod.start", "partial-date")]
    assert (intake.histories[0].infusions, intake.superseded) == ((), 1)


def test_S37_a_malformed_older_version_harms_nobody() -> None:
    intake = both_ways(given("a", "2025-03", **version("1")), given("a", "2025-03-03", **version("2")))
    assert (days(intake), intake.refused, intake.superseded) == ([("2025-03-03", 2)], (), 1)


def test_S37_a_newest_version_may_be_of_another_patient() -> None:
    moved = given("a", "2025-03-03", subject={"reference": "Patient/p2"}, **version("2"))
    intake = both_ways(given("a", "2025-03-03", **version("1")), moved)
    assert [(history.patient, len(history.infusions)) for history in intake.histories] == [("Patient/p2", 1)]


def test_S37_undecided_versions_of_two_patients_are_refused_for_both() -> None:
    intake = both_ways(given("a", "2025-03-03"), given("a", "2025-03-03", subject={"reference": "Patient/p2"}))
    assert [(one.patient, one.unreadable) for one in intake.histories] == [("Patient/p1", (1,)), ("Patient/p2", (2,))]


def test_S37_where_every_version_is_of_another_medicine_it_does_not_matter_which_counts() -> None:
    other = given("a", "2025-03-03", medicationCodeableConcept=OTHER)
    intake = both_ways(other, {**other, "status": "stopped"}, given("b", "2025-03-04"))
    assert (intake.other, intake.superseded, intake.refused, intake.accepted) == (1, 1, (), 1)
    assert intake.histories[0].other_rows == 1
    mixed = both_ways(other, given("a", "2025-03-03"))
    assert [fault.code for fault in mixed.refused] == ["resource-repeated"] * 2


def test_S37_types_have_ids_of_their_own() -> None:
    patient = {"resourceType": "Patient", "id": "a", "birthDate": "1984-06-05"}
    assert both_ways(given("a", "2025-03-03"), patient).superseded == 0


def test_S37_versions_of_a_patient() -> None:
    patient = {"resourceType": "Patient", "id": "p1"}
    old = patient | {"birthDate": "1984-06-05"} | version("1")
    new = patient | {"birthDate": "1984-05-06"} | version("2")
    intake = both_ways(administration(), old, new)
    assert (intake.histories[0].birth_date, intake.superseded) == (day("1984-05-06"), 1)
    conflict = both_ways(administration(), patient | {"birthDate": "1984-06-05"}, patient | {"birthDate": "1984-05-06"})
    assert [(fault.row, fault.code) for fault in conflict.refused] == [
        (2, "resource-repeated"),
        (3, "resource-repeated"),
    ]
    (history,) = conflict.histories
    assert (history.birth_date, history.unreadable, history.unreadable_observations) == (None, (), ())


def test_S37_versions_of_a_medication() -> None:
    medication = {"resourceType": "Medication", "id": "m1"}
    lemtrada = {"code": {"coding": [{"system": RXNORM, "code": "1594663"}]}}
    resource = administration(medicationCodeableConcept=None, medicationReference={"reference": "Medication/m1"})
    old, new = medication | {"code": OTHER} | version("1"), medication | lemtrada | version("2")
    intake = both_ways(old, new, resource)
    assert (intake.accepted, intake.superseded, intake.other) == (2, 1, 0)
    error = both_ways(
        medication | lemtrada | version("1"), new | {"status": "entered-in-error"} | version("3"), resource
    )
    assert places(error) == [(3, "medication[x]", "medicine-not-told")]


@pytest.mark.parametrize("own", [1, "", ["a"], {}])
def test_S37_an_id_is_text(own: Any) -> None:
    intake = both_ways(given(own, "2025-03-03"))
    assert places(intake) == [(1, "id", "wrong-type")]
    assert intake.histories[0].unreadable == (1,)


def test_S37_what_is_no_json_is_refused() -> None:
    """Only a caller's own dict can hold such a thing."""
    for odd in ({("a", 1): 2}, {1: 2, "a": 3}):
        intake = intake_of_bundle(bundle(given("a", "2025-03-03", note=odd)), time_zone=ZONE)
        assert places(intake) == [(1, None, "json-structure")]
    intake = intake_of_bundle(bundle({**given("a", "2025-03-03"), 1: 2}), time_zone=ZONE)
    assert places(intake) == [(1, "resourceType", "json-structure")]


# --- references ----------------------------------------------------------------------------------

SERVER: Final = "https://fhir.example/r4"


def entries(*held: tuple[str | None, Any]) -> dict[str, Any]:
    """Return a Bundle of resources, each with its fullUrl."""
    told = [{"resource": resource} | ({"fullUrl": url} if url else {}) for url, resource in held]
    return {"resourceType": "Bundle", "type": "collection", "entry": told}


def of(reference: str, on: str) -> dict[str, Any]:
    return administration(subject={"reference": reference}, effectivePeriod={"start": on})


def test_S37_a_patient_is_one_in_every_form_of_a_reference() -> None:
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1984-06-05"}
    intake = intake_of_bundle(
        entries(
            ("urn:uuid:0c1e", patient),
            (None, of("Patient/p1", "2025-03-03")),
            (None, of(f"{SERVER}/Patient/p1", "2025-03-04")),
            (None, of("urn:uuid:0c1e", "2025-03-05")),
            (None, of("Patient/p1/_history/4", "2025-03-06")),
            (f"{SERVER}/MedicationAdministration/a1", of("Patient/p1", "2025-03-07")),
        )
    )
    (history,) = intake.histories
    assert (history.patient, len(history.infusions), history.birth_date) == ("Patient/p1", 5, day("1984-06-05"))
    assert intake.accepted == 6


def test_S37_a_patient_without_an_id_is_known_by_the_address_of_its_entry() -> None:
    patient = {"resourceType": "Patient", "birthDate": "1984-06-05"}
    for url, reference, name in (
        ("urn:uuid:0c1e", "urn:uuid:0c1e", "urn:uuid:0c1e"),
        (f"{SERVER}/Patient/p1", "Patient/p1", "Patient/p1"),
        (f"{SERVER}/Patient/p1", f"{SERVER}/Patient/p1", "Patient/p1"),
    ):
        intake = intake_of_bundle(entries((url, patient), (None, of(reference, "2025-03-03"))))
        assert [(one.patient, one.birth_date) for one in intake.histories] == [(name, day("1984-06-05"))]


def test_S37_a_patient_that_nothing_can_refer_to_is_skipped() -> None:
    intake = both_ways(administration(), {"resourceType": "Patient", "birthDate": "1984-06-05"})
    assert (intake.blank, intake.histories[0].birth_date) == (1, None)


def test_S37_a_medication_is_found_in_every_form_of_a_reference() -> None:
    medication = {"resourceType": "Medication", "id": "m1", "code": {"coding": [{"system": RXNORM, "code": "1594663"}]}}
    for reference in ("Medication/m1", f"{SERVER}/Medication/m1", "urn:uuid:77", "Medication/m1/_history/1"):
        resource = administration(medicationCodeableConcept=None, medicationReference={"reference": reference})
        assert intake_of_bundle(entries((None, resource), ("urn:uuid:77", medication)), time_zone=ZONE).accepted == 2


def test_S37_one_id_of_two_servers_is_two_patients() -> None:
    one, two = "https://one.example/fhir", "https://two.example/fhir"
    intake = intake_of_bundle(
        entries(
            (f"{one}/MedicationAdministration/a1", of("Patient/p1", "2025-03-03")),
            (f"{two}/MedicationAdministration/a1", of("Patient/p1", "2025-03-04")),
            (None, of(f"{two}/Patient/p1", "2025-03-05")),
            (None, of("Patient/p1", "2025-03-06")),
            (None, {"resourceType": "Patient", "id": "p1", "birthDate": "1984-06-05"}),
        )
    )
    assert [(found.patient, len(found.infusions)) for found in intake.histories] == [
        (f"{one}/Patient/p1", 1),
        (f"{two}/Patient/p1", 2),
    ]
    assert places(intake) == [(4, "subject", "reference"), (5, "subject", "reference")]
    assert [found.unreadable for found in intake.histories] == [(4,), (4,)]


def test_S37_an_address_of_two_resources_leads_to_neither() -> None:
    first, second = ({"resourceType": "Patient", "id": own, "birthDate": "1984-06-05"} for own in ("p1", "p2"))
    told = entries(("urn:uuid:1", first), ("urn:uuid:1", second), (None, of("urn:uuid:1", "2025-03-03")))
    assert places(intake_of_bundle(told)) == [(3, "subject", "reference")]


def test_S37_a_reference_that_leads_to_a_group_is_refused() -> None:
    told = entries(("urn:uuid:1", {"resourceType": "Group", "id": "g1"}), (None, of("urn:uuid:1", "2025-03-03")))
    assert places(intake_of_bundle(told)) == [(2, "subject", "unknown-name")]


# --- the whole or nothing ------------------------------------------------------------------------


def searchset(*resources: Any, **elements: Any) -> dict[str, Any]:
    return bundle(*resources, **{"type": "searchset", **elements})


def link(relation: str, url: str) -> dict[str, str]:
    return {"relation": relation, "url": url}


HERE: Final = link("self", "https://fhir.example/?page=1")
ERROR: Final = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning"}, {"severity": "error"}]}


@pytest.mark.parametrize(
    ("told", "place"),
    [
        (searchset(link=[HERE, link("next", "https://fhir.example/?page=2")]), "link"),
        (searchset(link=[HERE, link("previous", "https://fhir.example/?page=0")]), "link"),
        (searchset(link=[HERE, link("prev", "https://fhir.example/?page=0")]), "link"),
        (searchset(link=[HERE, link("last", "https://fhir.example/?page=9")]), "link"),
        (searchset(link=[link("first", "https://fhir.example/?page=0"), HERE]), "link"),
        (searchset(link=[link("first", "https://fhir.example/?page=0")]), "link"),
        (bundle(link=[link("next", "https://fhir.example/?page=2")]), "link"),
        (bundle(link=[link("previous", "https://fhir.example/?page=2")]), "link"),
        (searchset(total=1), "total"),
        (searchset(administration(), administration(), total=3), "total"),
        (searchset(given("a", "2025-03-03"), given("a", "2025-03-03"), total=2), "total"),
        (searchset(administration(), {"resourceType": "OperationOutcome"}, total=2), "total"),
        (searchset(administration(), ERROR), "OperationOutcome"),
        (bundle(ERROR), "OperationOutcome"),
        (bundle({"resourceType": "OperationOutcome", "issue": [1, {"severity": "fatal"}]}), "OperationOutcome"),
    ],
)
def test_S38_a_bundle_that_is_not_whole_is_refused(told: Any, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        intake_of_bundle(told, time_zone=ZONE)
    assert (caught.value.code, caught.value.place) == ("not-whole", place)


def test_S38_only_matches_count_towards_the_total() -> None:
    modes = [None, {"mode": "match"}, {"mode": "include"}, {"mode": "outcome"}, 1]
    told = searchset(total=4)
    told["entry"] = [{"resource": administration()} | ({"search": mode} if mode else {}) for mode in modes]
    with pytest.raises(InvalidInput) as caught:
        intake_of_bundle(told, time_zone=ZONE)
    assert caught.value.message == "the Bundle contains 3 of 4 matches; put all of them into one Bundle"
    assert intake_of_bundle({**told, "total": 3}, time_zone=ZONE).accepted == 5


def test_S38_the_answer_of_a_batch_may_report_an_error_too() -> None:
    told = bundle(type="batch-response")
    told["entry"] = [{"resource": administration(), "response": {"status": "200", "outcome": ERROR}}]
    with pytest.raises(InvalidInput) as caught:
        intake_of_bundle(told, time_zone=ZONE)
    assert caught.value.code == "not-whole"


def test_S38_a_searchset_that_is_whole_is_read() -> None:
    warning = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning"}]}
    links = [HERE, link("first", HERE["url"]), link("last", HERE["url"]), link("alternate", "x"), "next"]
    intake = intake_of_bundle(searchset(administration(), warning, link=links, total=1), time_zone=ZONE)
    assert counts(intake) == (2, 1, 0, 1)
    assert [(one.resource, one.count) for one in intake.skipped] == [("OperationOutcome", 1)]
    empty = {"resourceType": "OperationOutcome", "issue": {}}
    assert intake_of_bundle(searchset(empty, administration(), total=None), time_zone=ZONE).accepted == 1


@pytest.mark.parametrize("total", ["1", 1.0, True, [1]])
def test_S38_a_total_is_a_whole_number(total: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        intake_of_bundle(searchset(administration(), total=total), time_zone=ZONE)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "total")


def test_S38_an_error_among_lines_says_that_the_export_is_not_whole() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_ndjson(ndjson(administration(), ERROR), time_zone=ZONE)
    assert caught.value.code == "not-whole"


def test_S37_undecided_versions_of_another_medicine_count_for_one_patient_in_any_order() -> None:
    """Two versions of one record of paracetamol, for two patients, and nothing that tells which is newer."""
    paracetamol = {"coding": [{"system": RXNORM, "code": "161", "display": "acetaminophen"}]}
    rows = [
        administration(id="a2", subject={"reference": f"Patient/{name}"}, medicationCodeableConcept=paracetamol)
        for name in ("p2", "p1")
    ]
    told = [
        {history.patient: history.other_rows for history in intake_of_bundle(bundle(*order), time_zone=ZONE).histories}
        for order in (rows, rows[::-1])
    ]
    assert told[0] == told[1] == {"Patient/p1": 1}
