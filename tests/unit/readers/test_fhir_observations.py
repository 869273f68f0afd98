"""S39 and S32: tests and birth dates of FHIR; S34 and S35 for FHIR: doses as written, elapsed times."""

from datetime import time
from decimal import Decimal
from typing import Any, Final

import pytest

from lemtrada_schedule import History, InvalidInput, load_protocol
from lemtrada_schedule.readers.fhir.records import intake_of_bundle, parse_ndjson
from lemtrada_schedule.readers.records import parse_json
from lemtrada_schedule.records.history import Intake, Observation
from tests.support.histories import day
from tests.support.record_files import administration, bundle, history_of, ndjson, places

ZONE: Final = "America/New_York"
LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
CD4: Final = f"{LOINC}|24467-3"
BLOOD_COUNT: Final = f"{LOINC}|57021-8"


def observation(code: str = "57021-8", /, **elements: Any) -> dict[str, Any]:
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2025-09-01",
    }
    return {name: value for name, value in {**resource, **elements}.items() if value is not None}


def cd4(**parts: Any) -> dict[str, Any]:
    quantity = {"value": 230, "unit": "cells/uL", "system": UCUM, "code": "{cells}/uL", **parts}
    return observation("24467-3", valueQuantity={name: value for name, value in quantity.items() if value is not None})


def read(*resources: Any, **asked: Any) -> Intake:
    intake = parse_ndjson(ndjson(*resources), time_zone=ZONE, **asked)
    assert intake.rows == intake.accepted + intake.refused_rows + intake.blank + intake.other + intake.superseded
    return intake


def skipped(intake: Intake) -> list[tuple[str, str | None, int]]:
    return [(one.resource, one.code, one.count) for one in intake.skipped]


# --- observations --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_S39_a_test_is_read_with_the_coding_of_its_action(status: str) -> None:
    intake = read(observation(status=status), cd4())
    assert (intake.accepted, intake.blank, intake.refused) == (2, 0, ())
    assert intake.histories == (
        History(
            patient="Patient/p1",
            observations=(
                Observation(date=day("2025-09-01"), code=BLOOD_COUNT),
                Observation(date=day("2025-09-01"), code=CD4, value=230),
            ),
        ),
    )


@pytest.mark.parametrize("status", ["registered", "preliminary", "cancelled", "entered-in-error", "unknown"])
def test_S39_a_test_without_a_result_yet_is_skipped_and_counted(status: str) -> None:
    intake = read(administration(), observation(status=status))
    assert (intake.accepted, intake.blank, skipped(intake)) == (1, 1, [("Observation", BLOOD_COUNT, 1)])
    assert intake.histories[0].observations == ()


def test_S39_another_observation_is_skipped_by_its_code_and_blocks_nothing() -> None:
    other = observation("8480-6", effectiveDateTime="2025")
    odd = [
        observation(code=None),
        observation(code="x"),
        observation(code={"text": "blood count"}),
        observation(code={"coding": [{"code": "57021-8"}]}),
        observation("57021-8 "),
        observation("1\u200b"),
    ]
    intake = read(administration(), other, other, *odd)
    assert (intake.accepted, intake.blank, intake.refused) == (1, 8, ())
    assert skipped(intake) == [
        ("Observation", None, 5),
        ("Observation", f"{LOINC}|57021-8 ", 1),
        ("Observation", f"{LOINC}|8480-6", 2),
    ]
    assert (intake.histories[0].unreadable, intake.histories[0].unreadable_observations) == ((), ())


def test_S39_the_protocol_says_which_codings_are_known() -> None:
    """The EU's protocol has no CD4 count; without a protocol the codings of all shipped ones are known."""
    assert read(cd4()).accepted == 1
    assert read(cd4(), protocol=load_protocol("us-2024-05-r2")).accepted == 1
    intake = read(cd4(), protocol=load_protocol("eu-2020-01-r2"))
    assert (intake.accepted, skipped(intake)) == (0, [("Observation", CD4, 1)])
    with pytest.raises(InvalidInput) as caught:
        read(cd4(), protocol="us")
    assert (caught.value.code, caught.value.place) == ("wrong-type", "protocol")


def test_S39_any_of_the_codings_may_be_the_known_one() -> None:
    local = {"system": "urn:lab", "code": "CBC"}
    known = {"system": LOINC, "code": "57021-8"}
    (history,) = read(observation(code={"coding": [local, known]})).histories
    assert [seen.code for seen in history.observations] == [BLOOD_COUNT]


@pytest.mark.parametrize("unit", ["/uL", "{cells}/uL", "cells/uL"])
def test_S39_a_cd4_count_in_cells_per_microlitre(unit: str) -> None:
    for parts in ({"code": unit}, {"code": None, "unit": unit}, {"code": unit, "system": None}, {"value": 230.0}):
        (history,) = read(cd4(**parts)).histories
        assert [(seen.code, seen.value) for seen in history.observations] == [(CD4, 230)]


CODED_TWICE: Final = {"coding": [{"system": LOINC, "code": "57021-8"}, {"system": LOINC, "code": "2160-0"}]}


@pytest.mark.parametrize(
    ("resource", "fault"),
    [
        (cd4(code="10*9/L"), ("valueQuantity", "count-unit")),
        (cd4(code="10*3/uL"), ("valueQuantity", "count-unit")),
        (cd4(code="%"), ("valueQuantity", "count-unit")),
        (cd4(code=None, unit=None), ("valueQuantity", "count-unit")),
        (cd4(code=["/uL"]), ("valueQuantity", "count-unit")),
        (cd4(system="http://snomed.info/sct"), ("valueQuantity", "count-unit")),
        (cd4(comparator=">"), ("valueQuantity", "unknown-key")),
        (cd4(value=None), ("valueQuantity.value", "wrong-type")),
        (cd4(value="230"), ("valueQuantity.value", "wrong-type")),
        (cd4(value=True), ("valueQuantity.value", "wrong-type")),
        (cd4(value=199.5), ("valueQuantity.value", "wrong-type")),
        (cd4(value=-1), ("valueQuantity.value", "out-of-range")),
        (cd4(value=100_001), ("valueQuantity.value", "out-of-range")),
        (observation("24467-3"), ("valueQuantity", "missing-field")),
        (observation("24467-3", valueQuantity=230), ("valueQuantity", "wrong-type")),
        (observation(status=None), ("status", "missing-field")),
        (observation(status="Final"), ("status", "unknown-name")),
        (observation(status=["final"]), ("status", "unknown-name")),
        (observation(effectiveDateTime="2025-09"), ("effectiveDateTime", "partial-date")),
        (observation(effectiveDateTime=None), ("effective[x]", "missing-field")),
        (observation(effectiveInstant="2025-09-01T09:00:00Z"), ("effective[x]", "json-structure")),
        (observation(effectiveDateTime=None, effectiveInstant="2025-09-01"), ("effectiveInstant", "wall-time")),
        (
            observation(effectiveDateTime=None, effectiveTiming={"event": ["2025-09-01"]}),
            ("effective[x]", "missing-field"),
        ),
        (observation(code=CODED_TWICE), ("code.coding", "unknown-name")),
        (observation(dataAbsentReason={"text": "not performed"}), ("dataAbsentReason", "missing-field")),
        (observation(modifierExtension=[{"url": "x"}]), ("modifierExtension", "unknown-key")),
        (observation(effectiveDatetime="2025-09-01"), (None, "unknown-key")),
    ],
)
def test_S39_a_refused_test_takes_away_only_what_tests_decide(resource: Any, fault: tuple[str, str]) -> None:
    intake = read(administration(), resource, administration(subject={"reference": "Patient/p2"}))
    assert places(intake) == [(2, *fault)]
    assert intake.accepted == 2
    told = [(one.patient, len(one.infusions), one.unreadable, one.unreadable_observations) for one in intake.histories]
    assert told == [("Patient/p1", 1, (), (2,)), ("Patient/p2", 1, (), ())]


def test_S39_a_refused_test_of_an_unknown_patient_may_be_anybodys() -> None:
    intake = read(administration(), observation(subject=None), administration(subject={"reference": "Patient/p2"}))
    assert places(intake) == [(2, "subject", "missing-field")]
    assert [(one.unreadable, one.unreadable_observations) for one in intake.histories] == [((), (2,)), ((), (2,))]


def test_S39_numbers_that_no_json_holds_are_refused() -> None:
    for value in (Decimal("NaN"), Decimal("Infinity"), float("nan"), float("inf"), Decimal("1E+999999")):
        told = bundle(cd4(value=value))
        assert places(intake_of_bundle(told, time_zone=ZONE)) == [(1, "valueQuantity.value", "out-of-range")]
    assert intake_of_bundle(bundle(cd4(value=230.0)), time_zone=ZONE).accepted == 1


@pytest.mark.parametrize(
    "moment",
    [
        {"effectiveDateTime": "2025-09-02T03:30:00Z"},
        {"effectiveDateTime": None, "effectiveInstant": "2025-09-02T03:30:00.125Z"},
        {"effectiveDateTime": None, "effectivePeriod": {"start": "2025-09-02T03:30:00Z"}},
    ],
)
def test_S39_the_day_of_a_test_is_that_of_the_clinic(moment: Any) -> None:
    """03:30 UTC on 2 September is 23:30 on the 1st in New York."""
    intake = read(observation(**moment))
    assert [seen.date for seen in intake.histories[0].observations] == [day("2025-09-01")]
    assert [(one.row, one.date) for one in intake.converted] == [(1, day("2025-09-01"))]


def test_S37_versions_of_a_test() -> None:
    old = cd4(value=150) | {"id": "o1", "meta": {"versionId": "1"}}
    new = cd4(value=250) | {"id": "o1", "meta": {"versionId": "2"}}
    (history,) = read(old, new).histories
    assert [seen.value for seen in history.observations] == [250]
    cancelled = new | {"status": "entered-in-error", "meta": {"versionId": "3"}}
    intake = read(administration(), old, cancelled)
    assert (intake.histories[0].observations, intake.superseded, intake.blank) == ((), 1, 1)
    undecided = read(administration(), cd4(value=150) | {"id": "o1"}, cd4(value=250) | {"id": "o1"})
    assert [fault.code for fault in undecided.refused] == ["resource-repeated"] * 2
    (history,) = undecided.histories
    assert (history.unreadable, history.unreadable_observations) == ((), (2, 3))
    unread = observation("8480-6", id="o2"), observation("8480-6", id="o2", status="amended")
    intake = read(administration(), *unread)
    assert (intake.refused, intake.blank, intake.superseded) == ((), 1, 1)


# --- patients ------------------------------------------------------------------------------------


def test_S39_the_birth_date_of_a_patient() -> None:
    intake = read(administration(), {"resourceType": "Patient", "id": "p1", "birthDate": "1984-06-05"})
    assert (intake.accepted, intake.histories[0].birth_date) == (2, day("1984-06-05"))
    alone = read({"resourceType": "Patient", "id": "p1", "birthDate": "1984-06-05"})
    assert alone.histories == (History(patient="Patient/p1", birth_date=day("1984-06-05")),)


@pytest.mark.parametrize(
    ("element", "fault"),
    [
        ({"birthDate": "1984"}, ("birthDate", "partial-date")),
        ({"birthDate": "1984-06"}, ("birthDate", "partial-date")),
        ({"birthDate": "05.06.1984"}, ("birthDate", "calendar-date")),
        ({"birthDate": 1984}, ("birthDate", "calendar-date")),
        ({"birthDate": "1899-12-31"}, ("birthDate", "date-range")),
        ({"birthDate": "1984-06-05", "modifierExtension": []}, ("modifierExtension", "unknown-key")),
    ],
)
def test_S39_a_birth_date_that_is_no_whole_date_is_said_and_takes_away_nothing_else(element: Any, fault: Any) -> None:
    intake = read(administration(), {"resourceType": "Patient", "id": "p1", **element})
    assert places(intake) == [(2, *fault)]
    (history,) = intake.histories
    assert (history.birth_date, len(history.infusions), history.unreadable) == (None, 1, ())
    assert history.unreadable_observations == ()


def test_S39_a_patient_without_a_birth_date_is_skipped() -> None:
    intake = read(administration(), {"resourceType": "Patient", "id": "p1"})
    assert (intake.accepted, skipped(intake)) == (1, [("Patient", None, 1)])


def test_S39_the_name_of_a_patient_is_checked_once_it_is_resolved() -> None:
    long = {"resourceType": "Patient", "id": "1" * 121, "birthDate": "1984-06-05"}
    assert places(read(long)) == [(1, "subject", "text-length")]


def test_S39_every_other_type_is_skipped_by_its_name() -> None:
    others = [{"resourceType": kind} for kind in ("Encounter", "Condition", "Encounter")]
    intake = read(administration(), *others)
    assert (intake.blank, skipped(intake)) == (3, [("Condition", None, 1), ("Encounter", None, 2)])


@pytest.mark.parametrize("kind", ["medicationAdministration", "MEDICATIONADMINISTRATION", " Observation", "patient"])
def test_S39_a_type_that_is_nearly_one_of_those_read_is_refused(kind: str) -> None:
    intake = read(administration(), administration(resourceType=kind))
    assert places(intake) == [(2, "resourceType", "json-structure")]
    assert intake.histories[0].unreadable == (2,)


def test_S39_what_is_no_type_is_counted_by_its_shape() -> None:
    assert skipped(read({"resourceType": "Jane Doe 7"})) == [('text shaped "Xxxx Xxx #"', None, 1)]


# --- kinds of test -------------------------------------------------------------------------------


def test_S32_in_a_file_of_several_patients_each_history_holds_the_kinds_found() -> None:
    second = {"reference": "Patient/p2"}
    intake = read(cd4(), observation(subject=second), administration(subject={"reference": "Patient/p3"}))
    assert [one.tests_recorded for one in intake.histories] == [(CD4, BLOOD_COUNT)] * 3


def test_S32_of_one_patient_and_without_any_test_nothing_is_written() -> None:
    assert read(cd4(), administration()).histories[0].tests_recorded is None
    two = read(administration(), administration(subject={"reference": "Patient/p2"}))
    assert [one.tests_recorded for one in two.histories] == [None, None]


def test_S32_what_a_history_names_is_joined_with_what_is_found() -> None:
    seen = {"date": "2025-09-01", "code": "urinalysis"}
    patients: list[dict[str, Any]] = [
        {"patient": "a", "observations": [seen], "tests_recorded_from": "2025-01-01"},
        {"patient": "b", "tests_recorded": ["blood-count"]},
        {"patient": "c", "tests_recorded": []},
        {"patient": "d"},
    ]
    intake = parse_json(_json(patients))
    assert [one.tests_recorded for one in intake.histories] == [
        ("urinalysis",),
        ("blood-count", "urinalysis"),
        ("urinalysis",),
        ("urinalysis",),
    ]
    assert intake.histories[0].tests_recorded_from == day("2025-01-01")
    del patients[0]["observations"]
    intake = parse_json(_json(patients))
    assert [one.tests_recorded for one in intake.histories] == [None, ("blood-count",), (), None]
    (alone,) = parse_json(_json({"observations": [seen], "tests_recorded": ["thyroid"]})).histories
    assert alone.tests_recorded == ("thyroid",)


def test_S32_what_is_recorded_is_a_list_of_codes() -> None:
    for wrong in ("urinalysis", [1], {"a": 1}):
        intake = parse_json(_json([{"patient": "a", "tests_recorded": wrong}, {"patient": "b"}]))
        assert [(fault.row, fault.code) for fault in intake.refused] == [(1, "wrong-type")]
        assert history_of(intake, "a").unreadable == (1,)


def _json(value: Any) -> str:
    return ndjson(value)


def test_S39_the_name_of_an_unknown_element_is_not_repeated() -> None:
    intake = read(observation(effectiveDatetime="2025-09-01"), observation(JaneDoe=1), administration(JaneDoe=1))
    assert places(intake) == [
        (1, None, "unknown-key"),
        (2, None, "unknown-key"),
        (3, None, "unknown-key"),
    ]
    assert "Jane" not in "".join(fault.model_dump_json() for fault in intake.refused)


# --- doses and times -----------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["12", "12.0", "11.9", "11.90", "0.1", "12.000001"])
def test_S34_a_dose_is_the_decimal_that_is_written(written: str) -> None:
    line = ndjson(administration(dosage={"dose": {"value": 777, "unit": "mg"}})).replace("777", written)
    (record,) = parse_ndjson(line, time_zone=ZONE).histories[0].infusions
    assert record.dose_mg == Decimal(written)


def test_S34_an_exponent_beyond_all_measure_is_refused() -> None:
    line = ndjson(administration(dosage={"dose": {"value": 777, "unit": "mg"}})).replace("777", f"1e{'9' * 30}")
    assert places(parse_ndjson(line, time_zone=ZONE)) == [(1, None, "json-structure")]


def lengths(start: str, end: str, zone: str = ZONE) -> tuple[time | None, time | None, int | None]:
    resource = administration(effectivePeriod={"start": start, "end": end})
    (record,) = parse_ndjson(ndjson(resource), time_zone=zone).histories[0].infusions
    return record.started, record.ended, record.infused_for


def test_S35_a_length_between_instants_is_the_elapsed_time() -> None:
    """New York: on 8 March 2026 02:00 becomes 03:00, on 1 November 2026 02:00 becomes 01:00."""
    # 01:00 EST is 06:00 UTC, 05:30 EDT is 09:30 UTC: 3 h 30 min
    assert lengths("2026-03-08T06:00:59Z", "2026-03-08T09:30:01Z") == (time(1, 0), None, 210)
    # 00:30 EDT is 04:30 UTC, 03:30 EST is 08:30 UTC: 4 h
    assert lengths("2026-11-01T04:30:00Z", "2026-11-01T08:30:00Z") == (time(0, 30), None, 240)
    # 01:30 EDT is 05:30 UTC, 01:10 EST is 06:10 UTC: 40 min, though the clock went back
    assert lengths("2026-11-01T05:30:00Z", "2026-11-01T06:10:00Z") == (time(1, 30), None, 40)
    # no change between: both wall times stay
    assert lengths("2026-11-01T14:00:00Z", "2026-11-01T18:05:00Z") == (time(9, 0), time(13, 5), 245)


def test_S35_an_end_before_the_start_is_refused_whatever_the_clock_shows() -> None:
    """01:10 EST is 06:10 UTC, 01:30 EDT is 05:30 UTC: the wall shows 20 minutes, and it is 40 minutes back."""
    period = {"start": "2026-11-01T06:10:00Z", "end": "2026-11-01T05:30:00Z"}
    intake = parse_ndjson(ndjson(administration(effectivePeriod=period)), time_zone=ZONE)
    assert places(intake) == [(1, "effectivePeriod.end", "wall-time")]


def test_S35_a_day_of_25_hours_is_longer_than_any_infusion() -> None:
    period = {"start": "2026-11-01T04:00:00Z", "end": "2026-11-02T04:59:00Z"}
    intake = parse_ndjson(ndjson(administration(effectivePeriod=period)), time_zone=ZONE)
    assert places(intake) == [(1, "effectivePeriod.end", "out-of-range")]
