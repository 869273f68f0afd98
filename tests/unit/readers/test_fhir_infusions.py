"""FHIR resources become infusion records: what each element means, and what is passed over."""

import json
from datetime import date, time
from decimal import Decimal
from typing import Any, Final

import pytest

from lemtrada_schedule import History, InfusionRecord
from lemtrada_schedule.readers.fhir.records import intake_of_bundle, parse_ndjson
from lemtrada_schedule.readers.records import parse_json
from tests.support.record_files import administration, bundle, counts, ndjson, places

ZONE: Final = "America/New_York"


def test_a_resource_becomes_a_record() -> None:
    intake = parse_ndjson(ndjson(administration()), time_zone=ZONE)
    record = InfusionRecord(
        date=date(2025, 3, 3), started=time(9), ended=time(13, 5), dose_mg=Decimal(12), status="completed", row=1
    )
    assert intake.histories == (History(patient="Patient/p1", infusions=(record,)),)


def test_a_bundle_holds_the_same_as_its_lines() -> None:
    resources = [administration(), {"resourceType": "Patient", "id": "p1"}, administration(status="on-hold")]
    from_bundle = parse_json(json.dumps(bundle(*resources)), time_zone=ZONE)
    assert from_bundle == parse_ndjson(ndjson(*resources), time_zone=ZONE)
    assert counts(from_bundle) == (3, 1, 1, 1)


@pytest.mark.parametrize("kind", ["Patient", "Observation", "Medication", "MedicationStatement", "OperationOutcome"])
def test_resources_of_other_types_are_counted_as_blank(kind: str) -> None:
    intake = parse_ndjson(ndjson({"resourceType": kind}, administration()), time_zone=ZONE)
    assert (counts(intake), places(intake)) == ((2, 1, 0, 1), [])
    assert intake.histories[0].infusions[0].row == 2


@pytest.mark.parametrize("kind", ["searchset", "collection", "batch", "transaction", "document", "message", None])
def test_a_bundle_may_be_of_any_type_but_history(kind: str | None) -> None:
    assert intake_of_bundle(bundle(administration(), type=kind), time_zone=ZONE).accepted == 1


def test_a_bundle_may_link_to_itself() -> None:
    links = [{"relation": "self", "url": "https://fhir.example/MedicationAdministration"}, "next"]
    assert intake_of_bundle(bundle(administration(), link=links), time_zone=ZONE).accepted == 1


@pytest.mark.parametrize(
    ("subject", "patient"),
    [
        ({"reference": "Patient/p1"}, "Patient/p1"),
        ({"reference": "https://fhir.example/Patient/p1"}, "Patient/p1"),
        ({"reference": "Patient/p1/_history/3"}, "Patient/p1"),
        ({"reference": "urn:uuid:0c1e"}, "urn:uuid:0c1e"),
        ({"reference": "Patient/p1", "identifier": {"value": "7"}, "display": "Jane Doe"}, "Patient/p1"),
        ({"identifier": {"system": "urn:mrn", "value": "00123"}}, "urn:mrn|00123"),
        ({"identifier": {"value": "00123"}}, "00123"),
        ({"reference": "Patient/Group"}, "Patient/Group"),
    ],
)
def test_the_patient_is_the_resource_or_the_identifier_that_is_named(subject: dict[str, Any], patient: str) -> None:
    intake = parse_ndjson(ndjson(administration(subject=subject), administration(subject=subject)), time_zone=ZONE)
    assert [(history.patient, len(history.infusions)) for history in intake.histories] == [(patient, 2)]


def day_and_times(**elements: Any) -> tuple[date, time | None, time | None]:
    intake = parse_ndjson(ndjson(administration(**elements)), time_zone=ZONE)
    assert places(intake) == []
    (record,) = intake.histories[0].infusions
    return record.date, record.started, record.ended


@pytest.mark.parametrize(
    ("start", "end", "started", "ended"),
    [
        ("2025-03-03", None, None, None),
        ("2025-03-03", "2025-03-03", None, None),
        ("2025-03-03T09:00:00-05:00", None, time(9), None),
        ("2025-03-03T09:00:00-05:00", "2025-03-03", time(9), None),
        ("2025-03-03", "2025-03-03T13:00:00-05:00", None, time(13)),
        ("2025-03-03T14:00:00Z", "2025-03-03T19:00:00+01:00", time(9), time(13)),
        ("2025-03-03T09:00:59.999999999-05:00", "2025-03-03T13:00:01-05:00", time(9), time(13)),
        ("2025-03-03T09:00:10-05:00", "2025-03-03T09:00:05-05:00", time(9), time(9)),
        ("2025-03-03T00:00:00-05:00", "2025-03-03T23:59:59-05:00", time(0), time(23, 59)),
    ],
)
def test_a_period_of_one_day(start: str, end: str | None, started: time | None, ended: time | None) -> None:
    period = {"start": start, "end": end} if end else {"start": start}
    assert day_and_times(effectivePeriod=period) == (date(2025, 3, 3), started, ended)


@pytest.mark.parametrize(
    ("moment", "started"),
    [("2025-03-03", None), ("2025-03-03T09:00:00-05:00", time(9)), ("2025-03-03T15:00:00.5+01:00", time(9))],
)
def test_a_moment(moment: str, started: time | None) -> None:
    read = day_and_times(effectivePeriod=None, effectiveDateTime=moment)
    assert read == (date(2025, 3, 3), started, None)


def test_whole_dates_need_no_zone_and_date_times_do() -> None:
    whole = administration(effectivePeriod={"start": "2025-03-03"})
    intake = parse_ndjson(ndjson(whole, administration()))
    assert places(intake) == [(2, "effectivePeriod.start", "zone"), (2, "effectivePeriod.end", "zone")]
    assert "`time_zone`" in intake.refused[0].message
    assert intake.accepted == 1


def test_in_the_hour_that_the_clocks_repeat_the_wall_time_is_kept() -> None:
    """On 1 November 2026 New York shows 01:30 at 05:30 UTC and again at 06:30 UTC."""
    for instant in ("2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"):
        read = day_and_times(effectivePeriod=None, effectiveDateTime=instant)
        assert read == (date(2026, 11, 1), time(1, 30), None)


@pytest.mark.parametrize(
    "dose",
    [
        {"value": 12, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
        {"value": 12.0, "unit": "mg"},
        {"value": 12, "unit": "milligram", "system": "http://unitsofmeasure.org", "code": "mg"},
        {"value": 12, "code": "mg"},
    ],
)
def test_a_dose_in_mg(dose: dict[str, Any]) -> None:
    (record,) = parse_ndjson(ndjson(administration(dosage={"dose": dose})), time_zone=ZONE).histories[0].infusions
    assert record.dose_mg == 12


@pytest.mark.parametrize("dosage", [None, {}, {"text": "12 mg"}, {"dose": {}}, {"rateQuantity": {"value": 3}}])
def test_without_a_dose_there_is_none(dosage: Any) -> None:
    (record,) = parse_ndjson(ndjson(administration(dosage=dosage)), time_zone=ZONE).histories[0].infusions
    assert record.dose_mg is None


# https://hl7.org/fhir/R4/medicationadministration.html, and those of every resource
OTHER_ELEMENTS = (
    "meta language text contained extension identifier instantiates partOf statusReason category "
    "context supportingInformation performer reasonCode reasonReference request device note eventHistory"
)


@pytest.mark.parametrize("element", OTHER_ELEMENTS.split())
def test_other_elements_of_r4_may_stand_beside(element: str) -> None:
    intake = parse_ndjson(ndjson(administration(**{element: [], f"_{element}": {}})), time_zone=ZONE)
    assert (intake.accepted, places(intake)) == (1, [])


def test_elements_of_r4_may_stand_beside_with_their_extensions() -> None:
    more = {"_effectiveDateTime": {"extension": []}, "note": [{"text": "x"}], "performer": [], "meta": {}, "text": {}}
    assert parse_ndjson(ndjson(administration(**more)), time_zone=ZONE).accepted == 1


def test_no_value_of_a_resource_stands_in_a_message() -> None:
    name = "Jane Doe"
    elements = {"status": name, "subject": {"reference": f"#{name}"}, "dosage": {"dose": {"unit": name}}}
    moments = {"effectivePeriod": {"start": name, "end": f"{name}T"}, name: 1}
    intake = parse_ndjson(ndjson(administration(**elements, **moments)), time_zone=ZONE)
    assert len(intake.refused) == 6
    assert "Jane" not in "".join(fault.model_dump_json() for fault in intake.refused)
