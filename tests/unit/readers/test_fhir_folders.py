"""A folder of FHIR NDJSON files, as bulk exports write it, is read as one file, unless the export is not whole."""

import gzip
import json
import os
import random
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import Intake, InvalidInput, UnreadableFile, evaluate, load_protocol, read_histories
from lemtrada_schedule.readers.fhir import bulk
from lemtrada_schedule.readers.fhir.records import parse_ndjson
from tests.support.bad_records import ATC, RXNORM
from tests.support.record_files import administration, counts, history_of, ndjson, places

ZONE: Final = "America/New_York"
LEMTRADA: Final = {"coding": [{"system": ATC, "code": "L04AG06"}]}
STEROID: Final = {"coding": [{"system": RXNORM, "code": "6902", "display": "methylprednisolone"}]}
REFERRED: Final = {"medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/m1"}}


def infusion(own: str, on: str, patient: str = "p1", **elements: Any) -> dict[str, Any]:
    subject = {"reference": f"Patient/{patient}"}
    return administration(id=own, subject=subject, effectivePeriod=None, effectiveDateTime=on, **elements)


def person(own: str, born: str | None) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": own, **({"birthDate": born} if born else {})}


def medication(code: dict[str, Any], own: str = "m1") -> dict[str, Any]:
    return {"resourceType": "Medication", "id": own, "code": code}


def cd4(own: str, on: str, patient: str = "p1") -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": own, "status": "final", "effectiveDateTime": on,
        "code": {"coding": [{"system": "http://loinc.org", "code": "24467-3"}]},
        "subject": {"reference": f"Patient/{patient}"}, "valueQuantity": {"value": 230, "unit": "/uL"},
    }  # fmt: skip


def put(folder: Path, **files: Any) -> Path:
    """Write the files of a folder; in a name, `__` is a point and `_in_` a folder."""
    for written, content in files.items():
        path = folder / written.replace("_in_", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else ndjson(*content)
        data = text.encode()
        path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return folder


def manifest(*output: Any, **elements: Any) -> str:
    listed = [dict(zip(("type", "count"), one, strict=False)) | {"url": "https://fhir.example/x"} for one in output]
    return json.dumps({
        "transactionTime": "2026-11-22T09:00:00Z", "request": "https://fhir.example/$export",
        "requiresAccessToken": True, "output": listed, "error": [], **elements,
    })  # fmt: skip


COURSE: Final = [infusion(f"a{day}", f"2025-03-0{day}") for day in range(3, 8)]


def refused(path: Path, **asked: Any) -> tuple[str, str]:
    with pytest.raises((InvalidInput, UnreadableFile)) as caught:
        read_histories(path, time_zone=ZONE, **asked)
    return caught.value.code, caught.value.place.replace(str(path), "bulk")


# --- read as one ---------------------------------------------------------------------------------


def test_a_folder_is_read_as_one(tmp_path: Path) -> None:
    """Two patients in two files of infusions; their birth dates, tests and medicines are in files of their own."""
    folder = put(
        tmp_path,
        Medication__ndjson=[medication(LEMTRADA), medication(STEROID, "m2")],
        MedicationAdministration__1__ndjson=[*COURSE[:2], infusion("b1", "2025-04-01", "p2", **REFERRED)],
        MedicationAdministration__2__ndjson=[
            *COURSE[2:],
            infusion("b2", "2025-04-02", "p2", medicationCodeableConcept=None,
                     medicationReference={"reference": "Medication/m2"}),
        ],
        Observation__ndjson=[cd4("o1", "2025-09-01")],
        Patient__ndjson=[person("p1", "1984-06-05"), person("p2", None)],
        Practitioner__ndjson=[{"resourceType": "Practitioner", "id": "d1"}],
    )  # fmt: skip
    intake = read_histories(folder, time_zone=ZONE)
    first, second = history_of(intake, "Patient/p1"), history_of(intake, "Patient/p2")
    assert [record.date for record in first.infusions] == [date(2025, 3, day) for day in range(3, 8)]
    assert (first.birth_date, [seen.date for seen in first.observations]) == (date(1984, 6, 5), [date(2025, 9, 1)])
    assert [record.date for record in second.infusions] == [date(2025, 4, 1)]
    assert (second.other_rows, second.birth_date) == (1, None)
    # 5 and 1 infusions, 1 test, 1 birth date and the 2 Medications that are referred to; p2 and the practitioner are
    # skipped, and the steroid is of another medicine
    assert (intake.rows, intake.accepted, intake.blank, intake.other, intake.refused_rows) == (13, 10, 2, 1, 0)
    assert [(one.resource, one.count) for one in intake.skipped] == [("Patient", 1), ("Practitioner", 1)]


def test_rows_are_numbered_through_the_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    folder = put(
        tmp_path,
        b__ndjson=[COURSE[0], {**COURSE[1], "status": "on-hold"}],
        a__ndjson=f"\n{ndjson(person('p1', None))}",
        part_in_c__ndjson=[infusion("x", "2025-03", "p1")],
        empty__ndjson="",
    )
    intake = read_histories(folder, time_zone=ZONE)
    assert [(file.name, file.first_row, file.rows) for file in intake.files] == [
        ("a.ndjson", 1, 2), ("b.ndjson", 3, 2), ("empty.ndjson", 5, 0), ("part/c.ndjson", 5, 1),
    ]  # fmt: skip
    assert [fault.row for fault in intake.refused] == [4, 5]
    assert [intake.line_of(row) for row in (1, 2, 3, 4, 5)] == [
        ("a.ndjson", 1), ("a.ndjson", 2), ("b.ndjson", 1), ("b.ndjson", 2), ("part/c.ndjson", 1),
    ]  # fmt: skip
    assert (intake.line_of(0), intake.line_of(6)) == (None, None)
    assert (counts(intake), [record.row for record in intake.histories[0].infusions]) == ((5, 1, 2, 2), [3])


def test_a_single_file_has_no_table_of_files(tmp_path: Path) -> None:
    put(tmp_path, a__ndjson=COURSE)
    intake = read_histories(tmp_path / "a.ndjson", time_zone=ZONE)
    assert (intake.files, intake.line_of(1)) == ((), None)


def test_a_folder_is_read_like_its_files_in_one(tmp_path: Path) -> None:
    parts = [COURSE[:3], [cd4("o1", "2025-09-01"), *COURSE[3:]], [person("p1", "1984-06-05"), COURSE[0]]]
    folder = put(tmp_path, a__ndjson=parts[0], b__ndjson=parts[1], c__ndjson=parts[2])
    whole = parse_ndjson(ndjson(*(resource for part in parts for resource in part)), time_zone=ZONE)
    assert read_histories(folder, time_zone=ZONE).model_copy(update={"files": ()}) == whole
    rules = load_protocol("us-2024-05-r2")
    assert evaluate(whole.histories[0], rules, as_of="2025-12-01").status == "awaiting-course-2"


@pytest.mark.parametrize("seed", range(12))
def test_it_does_not_matter_which_file_holds_a_resource(tmp_path: Path, seed: int) -> None:
    """Versions, copies, references and refused rows: the facts about each patient stay, whatever the files."""
    resources: list[dict[str, Any]] = [
        *COURSE, {**COURSE[0], "meta": {"versionId": "1"}}, infusion("b1", "2025-04-01", "p2", **REFERRED),
        infusion("b2", "2025-04", "p2"), medication(LEMTRADA), person("p1", "1984-06-05"), person("p2", "1990-01-31"),
        cd4("o1", "2025-09-01"), cd4("o2", "2025-09-01", "p2") | {"status": "odd"}, {"resourceType": "Encounter"},
    ]  # fmt: skip
    chosen = random.Random(seed)  # noqa: S311  # shuffles files, guards nothing
    chosen.shuffle(resources)
    held: dict[str, list[Any]] = {}
    for resource in resources:
        held.setdefault(chosen.choice(["a__ndjson", "b__ndjson__gz", "c_in_d__ndjson"]), []).append(resource)
    intake = read_histories(put(tmp_path, **held), time_zone=ZONE)
    assert (intake.rows, intake.accepted, intake.refused_rows) == (14, 10, 2)
    assert (intake.blank, intake.other, intake.superseded) == (1, 0, 1)
    first, second = history_of(intake, "Patient/p1"), history_of(intake, "Patient/p2")
    assert sorted(record.date for record in first.infusions) == [date(2025, 3, day) for day in range(3, 8)]
    assert (first.birth_date, second.birth_date) == (date(1984, 6, 5), date(1990, 1, 31))
    assert [record.date for record in second.infusions] == [date(2025, 4, 1)]
    assert [len(one.unreadable) + len(one.unreadable_observations) for one in (first, second)] == [0, 2]
    assert {intake.line_of(row) is None for row in range(1, 15)} == {False}


def test_S37_versions_in_several_files_are_one_record(tmp_path: Path) -> None:
    old = {**COURSE[0], "meta": {"versionId": "1"}}
    new = infusion("a3", "2025-03-04") | {"meta": {"versionId": "2"}}
    folder = put(tmp_path, a__ndjson=[new], b__ndjson=[old, new])
    intake = read_histories(folder, time_zone=ZONE)
    assert [record.date for record in intake.histories[0].infusions] == [date(2025, 3, 4)]
    assert (counts(intake), intake.superseded) == ((3, 1, 0, 0), 2)
    folder = put(tmp_path, a__ndjson=[COURSE[0]], b__ndjson=[infusion("a3", "2025-03-04")])
    assert places(read_histories(folder, time_zone=ZONE)) == [
        (1, "id", "resource-repeated"), (2, "id", "resource-repeated")
    ]  # fmt: skip


def test_compressed_files(tmp_path: Path) -> None:
    folder = put(tmp_path, A__NDJSON__gz=COURSE[:2], b__ndjson=COURSE[2:])
    intake = read_histories(folder, time_zone=ZONE)
    assert (counts(intake), [file.rows for file in intake.files]) == ((5, 5, 0, 0), [2, 3])


def test_names_with_a_point_in_front_are_skipped(tmp_path: Path) -> None:
    folder = put(tmp_path, a__ndjson=COURSE, __DS_Store="x", __git_in_b__ndjson=COURSE)
    assert counts(read_histories(folder, time_zone=ZONE)) == (5, 5, 0, 0)


def test_the_log_of_a_client_is_skipped_and_counted(tmp_path: Path) -> None:
    event = {"exportId": "e1", "timestamp": "2026-11-22T09:00:00Z", "eventId": "kickoff", "eventDetail": {}}
    folder = put(tmp_path, a__ndjson=COURSE, log__ndjson=[event, {**event, "eventId": "status_complete"}])
    intake = read_histories(folder, time_zone=ZONE)
    assert (counts(intake), [(one.resource, one.count) for one in intake.skipped]) == (
        (7, 5, 0, 2), [("log of the export", 2)]
    )  # fmt: skip


def test_progress_counts_the_bytes_of_all_files(tmp_path: Path) -> None:
    folder = put(tmp_path, a__ndjson=COURSE, b__ndjson__gz=COURSE, c__ndjson=COURSE)
    sizes = [(folder / name).stat().st_size for name in ("a.ndjson", "b.ndjson.gz", "c.ndjson")]
    seen: list[tuple[int, int]] = []
    read_histories(folder, time_zone=ZONE, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(sum(sizes[:end]), sum(sizes)) for end in (1, 2, 3)]


# --- which release -------------------------------------------------------------------------------

R5: Final = {
    "resourceType": "MedicationAdministration", "status": "completed", "subject": {"reference": "Patient/p1"},
    "medication": {"concept": LEMTRADA}, "occurenceDateTime": "2025-03-03",
}  # fmt: skip


@pytest.mark.parametrize(
    "stating",
    [
        {"metadata__json": json.dumps({"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"})},
        {"CapabilityStatement__ndjson": [{"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"}]},
        {"manifest__json": manifest(outputFormat="application/fhir+ndjson; fhirVersion=5.0")},
        {"manifest__json": manifest(outputFormat='application/fhir+ndjson;fhirversion="5.0"; charset=utf-8')},
    ],
)
def test_an_export_may_state_its_release(tmp_path: Path, stating: dict[str, Any]) -> None:
    folder = put(tmp_path, MedicationAdministration__ndjson=[R5], **stating)
    assert history_of(read_histories(folder, time_zone=ZONE), "Patient/p1").infusions
    assert refused(folder, fhir_version="R4")[0] == "fhir-version"


def test_the_release_may_be_passed(tmp_path: Path) -> None:
    folder = put(tmp_path, a__ndjson=[R5], manifest__json=manifest(outputFormat="application/fhir+ndjson"))
    assert read_histories(folder, fhir_version="R5").accepted == 1
    assert places(read_histories(folder)) == [(1, "medication", "fhir-version")]


@pytest.mark.parametrize("stated", ["3.0", "4.1", "six", ""])
def test_another_release_is_refused(tmp_path: Path, stated: str) -> None:
    form = f"application/fhir+ndjson; fhirVersion={stated}"
    folder = put(tmp_path, a__ndjson=[R5], manifest__json=manifest(outputFormat=form))
    assert refused(folder) == ("fhir-version", "bulk/manifest.json: outputFormat")


# --- the whole or nothing (S38) --------------------------------------------------------------------

WHOLE: Final = [("MedicationAdministration", 3), ("MedicationAdministration", 2), ("Patient", 1)]


def test_S38_an_export_that_its_manifest_describes(tmp_path: Path) -> None:
    """The types of files are counted, whatever they are called; a file without a number has at least one resource."""
    held = {"x__ndjson": COURSE, "y__ndjson": [person("p1", None)]}
    for listed in (WHOLE, [("MedicationAdministration",), ("Patient",)], [(None, 6)], [(None,), (None,)]):
        folder = put(tmp_path, manifest__json=manifest(*listed), **held)
        assert read_histories(folder, time_zone=ZONE).rows == 6


@pytest.mark.parametrize(
    ("listed", "missing"),
    [
        ([("MedicationAdministration", 6)], "lists 6 MedicationAdministration resources, and the folder holds 5"),
        ([("MedicationAdministration", 3), ("MedicationAdministration", 3)], "lists 6 Med"),
        ([("MedicationAdministration", 6), ("MedicationAdministration",)], "lists at least 6 Med"),
        ([("Observation",)], "lists at least 1 Observation resources, and the folder holds 0"),
        ([("Observation", 1)], "lists 1 Observation"),
        ([(None, 7)], "lists 7 resources, and the folder holds 6"),
    ],
)
def test_S38_a_file_that_the_manifest_lists_is_missing(tmp_path: Path, listed: Any, missing: str) -> None:
    folder = put(tmp_path, x__ndjson=COURSE, y__ndjson=[person("p1", None)], manifest__json=manifest(*listed))
    with pytest.raises(InvalidInput) as caught:
        read_histories(folder, time_zone=ZONE)
    assert (caught.value.code, caught.value.place) == ("not-whole", f"{folder}: output")
    assert missing in str(caught.value)


def test_S38_a_line_that_cannot_be_read_is_refused_and_not_missing(tmp_path: Path) -> None:
    folder = put(
        tmp_path, x__ndjson=ndjson(*COURSE)[:-2], y__ndjson=[person("p1", None)], manifest__json=manifest(*WHOLE)
    )
    intake = read_histories(folder, time_zone=ZONE)
    assert [(fault.row, fault.code) for fault in intake.refused] == [(5, "json-structure")]


@pytest.mark.parametrize(
    ("elements", "place"),
    [
        ({"link": [{"relation": "next", "url": "https://fhir.example/2"}]}, "bulk/manifest.json: link"),
        ({"deleted": [{"type": "Bundle", "url": "https://fhir.example/d", "count": 2}]}, "bulk/manifest.json: deleted"),
        ({"deleted": [{"type": "Bundle", "url": "https://fhir.example/d"}]}, "bulk/manifest.json: deleted"),
        ({"error": [{"type": "OperationOutcome", "url": "https://fhir.example/e"}]}, "bulk: error"),
        ({"error": [{"type": "OperationOutcome", "url": "https://fhir.example/e", "count": 1}]}, "bulk: error"),
        ({"request": "https://fhir.example/$export?_type=Patient&_since=2026-01-01T00:00:00Z"}, "bulk: request"),
    ],
)
def test_S38_an_export_that_is_not_whole_is_refused(tmp_path: Path, elements: Any, place: str) -> None:
    assert refused(put(tmp_path, x__ndjson=COURSE, manifest__json=manifest(**elements))) == ("not-whole", place)


@pytest.mark.parametrize(
    "elements",
    [
        {"link": [], "deleted": [], "error": []},
        {"link": None, "deleted": [{"url": "https://fhir.example/d", "count": 0}], "error": None},
        {"link": [{"relation": "self", "url": "https://fhir.example/1"}]},
        {"request": "https://fhir.example/$export?_type=Patient&name=_since"},
        {"request": "https://fhir.example/$export?not_since=2026-01-01T00:00:00Z"},
        {"request": None},
    ],
)
def test_S38_a_whole_export_is_read(tmp_path: Path, elements: Any) -> None:
    folder = put(tmp_path, x__ndjson=COURSE, manifest__json=manifest(**elements))
    assert read_histories(folder, time_zone=ZONE).accepted == 5


def test_S38_an_export_of_changes_beside_the_whole_one(tmp_path: Path) -> None:
    """The changed infusion is a newer version of one in the first export."""
    since = "https://fhir.example/$export?_since=2026-01-01T00:00:00Z"
    changed = infusion("a3", "2025-03-02") | {"meta": {"versionId": "2"}}
    first = [{**one, "meta": {"versionId": "1"}} for one in COURSE]
    folder = put(
        tmp_path,
        one_in_x__ndjson=first, one_in_manifest__json=manifest(("MedicationAdministration", 5)),
        two_in_x__ndjson=[changed], two_in_manifest__json=manifest(("MedicationAdministration", 1), request=since),
    )  # fmt: skip
    intake = read_histories(folder, time_zone=ZONE)
    assert (counts(intake), intake.superseded) == ((6, 5, 0, 0), 1)
    assert min(record.date for record in intake.histories[0].infusions) == date(2025, 3, 2)
    (folder / "one/x.ndjson").write_text(ndjson(*first[1:]), encoding="utf-8")
    assert refused(folder) == ("not-whole", "bulk: output")


def test_S38_an_error_of_the_server_is_in_a_file_of_its_own(tmp_path: Path) -> None:
    told = {"resourceType": "OperationOutcome", "issue": [{"severity": "information"}]}
    listed = manifest(error=[{"type": "OperationOutcome", "url": "https://fhir.example/e", "count": 2}])
    folder = put(tmp_path, x__ndjson=COURSE, error_in_1__ndjson=[told, told], manifest__json=listed)
    assert counts(read_histories(folder, time_zone=ZONE)) == (7, 5, 0, 2)
    put(tmp_path, error_in_1__ndjson=[told, {**told, "issue": [{"severity": "error"}]}])
    assert refused(folder) == ("not-whole", "bulk/error/1.ndjson: line 2: OperationOutcome")


@pytest.mark.parametrize(
    ("elements", "place"),
    [
        ({"output": {}}, "output"),
        ({"output": ["x"]}, "output"),
        ({"output": [{"type": 1}]}, "output.type"),
        ({"output": [{"type": "Patient", "count": "1"}]}, "output.count"),
        ({"output": [{"type": "Patient", "count": -1}]}, "output.count"),
        ({"error": [{"count": True}]}, "error.count"),
        ({"link": "next"}, "link"),
        ({"deleted": [1]}, "deleted"),
    ],
)
def test_a_malformed_manifest_is_refused(tmp_path: Path, elements: Any, place: str) -> None:
    folder = put(tmp_path, x__ndjson=COURSE, manifest__json=manifest(**elements))
    assert refused(folder) == ("wrong-type", f"bulk/manifest.json: {place}")


# --- files that are none of an export --------------------------------------------------------------


@pytest.mark.parametrize("name", ["notes__txt", "a__csv", "Patient", "part_in_b__parquet", "x__ndjson__zip"])
def test_a_file_of_another_kind_is_refused_by_name(tmp_path: Path, name: str) -> None:
    folder = put(tmp_path, a__ndjson=COURSE, **{name: "x"})
    shown = name.replace("_in_", "/").replace("__", ".")
    assert refused(folder) == ("file-format", f"bulk/{shown}")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"resourceType": "Bundle", "entry": []}', "file-format"),
        ('[{"patient": "p1", "infusions": []}]', "file-format"),
        ('{"transactionTime": "2026-11-22T09:00:00Z"}', "file-format"),
        ("3", "file-format"),
        ("{", "json-structure"),
    ],
)
def test_json_that_describes_no_export_is_refused(tmp_path: Path, content: str, code: str) -> None:
    folder = put(tmp_path, a__ndjson=COURSE, b__json=content)
    found, place = refused(folder)
    assert (found, place.startswith("bulk/b.json")) == (code, True)


def test_a_folder_without_resources_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path) == ("file-format", "bulk")
    put(tmp_path, manifest__json=manifest())
    assert refused(tmp_path) == ("file-format", "bulk")
    put(tmp_path, a__ndjson="")
    assert read_histories(tmp_path) == Intake.model_validate(
        {"histories": [], "rows": 0, "accepted": 0, "blank": 0,
         "files": [{"name": "a.ndjson", "first_row": 1, "rows": 0}]}
    )  # fmt: skip


def test_damaged_files(tmp_path: Path) -> None:
    packed = gzip.compress(ndjson(*COURSE).encode())
    path = put(tmp_path, a__ndjson=COURSE) / "b.ndjson.gz"
    for data, code in (
        (packed[:-9], "unreadable-file"),
        (packed[:40] + b"\0\0\0\0" + packed[44:], "unreadable-file"),
        (packed + b"garbage", "unreadable-file"),
        (packed[:-8] + bytes(8), "unreadable-file"),
        (ndjson(*COURSE).encode(), "file-format"),
        (b"", "file-format"),
        (gzip.compress(b"\xff\n", mtime=0), "encoding"),
    ):
        path.write_bytes(data)
        found, place = refused(tmp_path)
        assert (found, place.removesuffix(": line 1")) == (code, "bulk/b.ndjson.gz")


def test_a_compressed_file_alone_is_read_as_the_same_file_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "Bulk.NDJSON.GZ"
    path.write_bytes(packed := gzip.compress(ndjson(*COURSE).encode(), mtime=0))
    seen: list[tuple[int, int]] = []
    intake = read_histories(path, on_progress=lambda *at: seen.append(at))
    assert intake == parse_ndjson(ndjson(*COURSE))
    assert intake.accepted > 0
    assert seen == [(len(packed), len(packed))]


def test_a_compressed_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of 5 MB of zeros is 5 kB when compressed."""
    put(tmp_path, a__ndjson__gz="0" * 5_000_000)
    assert refused(tmp_path) == ("too-large", "bulk/a.ndjson.gz: line 1")
    put(tmp_path, a__ndjson__gz=COURSE)
    monkeypatch.setattr(bulk, "MOST_LINES", 5)
    assert refused(tmp_path) == ("too-large", "bulk")


def test_the_number_of_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_FILES", 2)
    folder = put(tmp_path, a__ndjson="", b_in_c__ndjson="")
    assert read_histories(folder).rows == 0
    put(tmp_path, b_in_d__ndjson="")
    assert refused(folder) == ("too-large", "bulk")


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    folder = put(tmp_path / "bulk", a__ndjson=COURSE)
    (folder / "again").symlink_to(folder, target_is_directory=True)
    assert refused(folder) == ("file-format", "bulk/again")


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    folder = put(tmp_path / "bulk", a__ndjson=COURSE)
    (folder / "b.ndjson").symlink_to(tmp_path / "none")
    assert refused(folder) == ("unreadable-file", "bulk/b.ndjson")


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(tmp_path, a__ndjson=COURSE, closed_in_b__ndjson=COURSE)

    def scandir(path: Path) -> Any:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return os.scandir(path)

    monkeypatch.setattr(bulk, "scandir", scandir)
    assert refused(folder) == ("unreadable-file", "bulk/closed")


def test_errors_repeat_no_value(tmp_path: Path) -> None:
    folder = put(tmp_path, a__ndjson=[infusion("a1", "Jane Doe", "p1"), {"resourceType": "Jane Doe"}])
    intake = read_histories(folder, time_zone=ZONE)
    assert "Jane" not in repr(intake) + "".join(fault.message for fault in intake.refused)
    assert repr(intake.files[0]) == "ReadFile(2 rows)"
