"""Every bad row and file of `tests/support/bad_records.py` is refused with its code and place, and nothing leaks."""

import json
from pathlib import Path
from typing import Any

import pytest

from lemtrada_schedule import UnreadableFile, read_histories
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.readers.fhir.records import parse_ndjson
from lemtrada_schedule.readers.records import parse_json
from tests.support.bad_records import (
    CELLS,
    FILES,
    INFUSIONS,
    NO_RESOURCES,
    OBJECTS,
    OBSERVATIONS,
    RESOURCES,
    ROWS,
    BadCell,
    BadFile,
    BadJson,
)
from tests.support.for_each import for_each
from tests.support.record_files import administration, bundle, csv_row, csv_text, history_of, ndjson, places

ZONE = "America/New_York"


def test_there_are_hundreds() -> None:
    tables = (CELLS, ROWS, FILES, INFUSIONS, OBJECTS, OBSERVATIONS, RESOURCES, NO_RESOURCES)
    assert sum(map(len, tables)) >= 500
    assert len(set(CELLS)) == len(CELLS)
    assert len(set(FILES)) == len(FILES)


def test_a_bad_cell_refuses_its_row() -> None:
    def is_refused(bad: BadCell) -> None:
        intake = parse_csv(csv_text(csv_row(patient="p0"), csv_row(**{bad.column: bad.text}), csv_row(patient="p2")))
        assert places(intake) == [(3, bad.column, bad.code)]
        assert (intake.rows, intake.accepted, intake.refused_rows, intake.blank) == (3, 2, 1, 0)
        everybodys = bad.column == "patient"
        assert (
            history_of(intake, "p0").unreadable == history_of(intake, "p2").unreadable == ((3,) if everybodys else ())
        )
        if not everybodys:
            assert history_of(intake, "p1").unreadable == (3,)
            assert history_of(intake, "p1").infusions == ()

    for_each(CELLS, is_refused)


def test_no_message_repeats_a_cell() -> None:
    def is_refused(bad: BadCell) -> None:
        marked = f"{bad.text[:20]}secret{bad.text[20:]}"
        (fault, *more) = parse_csv(csv_text(csv_row(**{bad.column: marked}))).refused
        assert more == []
        assert "secret" not in fault.model_dump_json()

    for_each([bad for bad in CELLS if len(bad.text.strip()) > 3], is_refused)


def test_a_row_of_broken_structure_may_be_anybodys() -> None:
    def is_refused(row: str) -> None:
        intake = parse_csv(csv_text(csv_row(patient="p0"), row, csv_row(patient="p2")))
        assert places(intake) == [(3, None, "csv-structure")]
        assert (intake.rows, intake.accepted, intake.refused_rows, intake.blank) == (3, 2, 1, 0)
        assert [(history.patient, history.unreadable) for history in intake.histories] == [("p0", (3,)), ("p2", (3,))]

    for_each(ROWS, is_refused)


def file_id(bad: BadFile) -> str:
    return f"{bad.suffix}-{bad.code}-{ascii(bad.content[:40])[2:-1]}"


def test_a_bad_file_is_refused_whole(tmp_path: Path) -> None:
    def is_refused(bad: BadFile) -> None:
        path = tmp_path / f"records{bad.suffix}"
        path.write_bytes(bad.content)
        with pytest.raises(bad.error) as refused:
            read_histories(path)
        assert (refused.value.code, refused.value.place) == (bad.code, f"{path}{bad.place}")

    for_each(FILES, is_refused, file_id)


@pytest.mark.parametrize(
    ("name", "content", "cure"),
    [
        ("a.tsv", b"patient\tdate\n", "pass a source, or save it as CSV"),
        ("A.CSV.GZ", b"\x1f\x8b", "pass a source, or save it as CSV"),
        ("a.xlsx", b"PK\x03\x04", "pass a source, or save it as CSV"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as .xlsx"),
        ("a.xls", b"<html><table>", "this is a web page"),
        ("a.json.gz", b"\x1f\x8b", "unpack it"),
        ("a.ndjson.gz", b"{}\n", "remove .gz from its name"),
        ("a.txt", b"patient,date\n", "rename the file"),
        ("a.dat", b"PAR1", "this is a parquet file"),
    ],
)
def test_an_ending_that_is_none_of_the_formats_gets_the_cure_for_what_it_is(
    tmp_path: Path, name: str, content: bytes, cure: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile) as refused:
        read_histories(tmp_path / name)
    assert refused.value.code == "file-format"
    assert cure in refused.value.message


def test_an_ending_is_wrong_whether_the_file_is_there_or_not(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="rename the file"):
        read_histories(tmp_path / "none.xls")


def faults_of(bad: BadJson, row: int) -> list[tuple[int, str | None, str]]:
    return [(row, column, code) for column, code in bad.faults]


def test_a_bad_infusion_is_a_refused_row() -> None:
    def is_refused(bad: BadJson) -> None:
        good = {"date": "2025-03-03"}
        text = json.dumps([
            {"patient": "p0", "infusions": [good]}, {"patient": "p1", "infusions": [good, bad.value, good]}
        ])  # fmt: skip
        intake = parse_json(text)
        assert places(intake) == faults_of(bad, 3)
        assert (intake.rows, intake.accepted, intake.refused_rows, intake.blank) == (4, 3, 1, 0)
        assert [(history.patient, history.unreadable) for history in intake.histories] == [("p0", ()), ("p1", (3,))]

    for_each(INFUSIONS, is_refused)


def test_a_bad_patient_is_a_refused_object() -> None:
    def is_refused(bad: BadJson) -> None:
        good = {"patient": "p0", "infusions": [{"date": "2025-03-03"}]}
        intake = parse_json(json.dumps([good, bad.value]))
        assert places(intake) == faults_of(bad, 2)
        assert (intake.rows, intake.accepted, intake.refused_rows, intake.blank) == (2, 1, 1, 0)
        assert all(fault.message.startswith("object 2 of the file: ") for fault in intake.refused)
        known = type(bad.value) is dict and bad.value.get("patient") == "p1"
        told = [(history.patient, history.unreadable) for history in intake.histories]
        assert told == ([("p0", ()), ("p1", (2,))] if known else [("p0", (2,))])

    for_each(OBJECTS, is_refused)


def test_S31_a_bad_observation_is_a_refused_row_after_all_infusions() -> None:
    """Rows 1 to 3 are the infusions of the file, row 4 is the observation of the first patient."""

    def is_refused(bad: BadJson) -> None:
        first = {**bad.value, "patient": "p1", "infusions": [{"date": "2025-03-03"}, {"date": "2025-03-04"}]}
        intake = parse_json(json.dumps([first, {"patient": "p2", "infusions": [{"date": "2025-03-03"}]}]))
        assert places(intake) == faults_of(bad, 4)
        assert (intake.rows, intake.accepted, intake.refused_rows, intake.blank) == (4, 3, 1, 0)
        assert all(fault.message.startswith("object 1 of the file: ") for fault in intake.refused)
        told = [
            (one.patient, len(one.infusions), one.unreadable, one.unreadable_observations) for one in intake.histories
        ]
        assert told == [("p1", 2, (), (4,)), ("p2", 1, (), ())]

    for_each(OBSERVATIONS, is_refused)


def test_a_bad_resource_is_a_refused_row() -> None:
    def is_refused(bad: BadJson) -> None:
        other = administration(subject={"reference": "Patient/p0"})
        intake = parse_json(json.dumps(bundle(other, administration(**bad.value))), time_zone=ZONE)
        assert sorted(places(intake), key=str) == sorted(faults_of(bad, 2), key=str)
        assert (intake.rows, intake.accepted, intake.refused_rows, intake.blank) == (2, 1, 1, 0)
        nobodys = any((column or "").startswith("subject") for column, _ in bad.faults)
        told = [(history.patient, history.unreadable) for history in intake.histories]
        assert told == ([("Patient/p0", (2,))] if nobodys else [("Patient/p0", ()), ("Patient/p1", (2,))])
        assert intake == parse_ndjson(ndjson(other, administration(**bad.value)), time_zone=ZONE)

    for_each(RESOURCES, is_refused)


def test_what_is_no_resource_may_be_anybodys() -> None:
    def is_refused(entry: Any) -> None:
        intake = parse_json(json.dumps(bundle(administration(), entry)), time_zone=ZONE)
        assert places(intake) == [(2, "resourceType", "json-structure")]
        assert history_of(intake, "Patient/p1").unreadable == (2,)
        assert intake == parse_ndjson(ndjson(administration(), entry), time_zone=ZONE)

    for_each(NO_RESOURCES, is_refused)
