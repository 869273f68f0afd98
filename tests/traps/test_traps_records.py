"""Traps F and G, as far as they are about reading records. What a row says that is *judged* is tested elsewhere."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Final

import pytest

from lemtrada_schedule import InvalidInput, UnreadableFile, read_histories
from lemtrada_schedule.errors import shape_of
from lemtrada_schedule.readers import intake_builder
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.readers.fhir.records import parse_ndjson
from lemtrada_schedule.readers.records import parse_json
from lemtrada_schedule.records import history
from lemtrada_schedule.sources import csv_cells, lines
from tests.support.record_files import (
    HEADER,
    administration,
    bundle,
    csv_row,
    csv_text,
    facts,
    history_of,
    ndjson,
    places,
)

ZONE: Final = "America/New_York"
E_ACUTE, E_AND_ACUTE = "\u00e9", "e\u0301"  # the same letter to the eye, NFC and NFD


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


# --- F: records ----------------------------------------------------------------------------------


def test_F03_unsorted_rows_give_the_same_histories_with_their_own_row_numbers() -> None:
    rows = [csv_row(patient=patient, date=day) for day in ("2025-03-03", "2025-03-04") for patient in ("p2", "p1")]
    forward, backward = parse_csv(csv_text(*rows)), parse_csv(csv_text(*reversed(rows)))
    assert facts(forward.histories) == facts(backward.histories)
    assert [history.patient for history in forward.histories] == ["p1", "p2"]
    assert [history.patient for history in backward.histories] == ["p1", "p2"]
    assert [(record.date.day, record.row) for record in forward.histories[0].infusions] == [(3, 3), (4, 5)]
    assert [(record.date.day, record.row) for record in backward.histories[0].infusions] == [(4, 2), (3, 4)]


def test_F07_a_time_stamp_near_midnight_gets_its_day_in_the_clinics_zone_and_both_are_shown() -> None:
    """03:30 UTC on 12 January is 22:30 on 11 January in New York."""
    resource = administration(effectivePeriod=None, effectiveDateTime="2027-01-12T03:30:00Z")
    intake = parse_ndjson(ndjson(resource), time_zone=ZONE)
    (record,) = intake.histories[0].infusions
    assert (record.date, record.started) == (date(2027, 1, 11), time(22, 30))
    (converted,) = intake.converted
    assert (converted.row, converted.written, converted.date) == (1, "2027-01-12T03:30:00Z", date(2027, 1, 11))


def test_F07_in_auckland_the_day_is_later() -> None:
    """21:00 UTC on 11 January is 10:00 on 12 January at UTC+13."""
    resource = administration(effectivePeriod=None, effectiveDateTime="2027-01-11T21:00:00Z")
    intake = parse_ndjson(ndjson(resource), time_zone="Pacific/Auckland")
    (record,) = intake.histories[0].infusions
    assert (record.date, record.started) == (date(2027, 1, 12), time(10, 0))
    assert [converted.date for converted in intake.converted] == [date(2027, 1, 12)]


def test_F07_where_the_day_is_the_one_written_nothing_is_reported() -> None:
    assert parse_ndjson(ndjson(administration()), time_zone=ZONE).converted == ()


@pytest.mark.parametrize(
    ("cell", "dose"), [("12", "12"), ("12.0", "12"), ("12.5", "12.5"), (" 12 ", "12"), ("0.5", "0.5")]
)
def test_F08_a_dose_is_a_plain_number_of_mg(cell: str, dose: str) -> None:
    (record,) = parse_csv(csv_text(csv_row(dose_mg=cell))).histories[0].infusions
    assert record.dose_mg == Decimal(dose)


@pytest.mark.parametrize("cell", ["12 mg", "12,5", "1.2 mL", "12,0", "0"])
def test_F08_units_and_commas_are_refused_not_stripped(cell: str) -> None:
    assert places(parse_csv(csv_text(csv_row(dose_mg=cell)))) == [(2, "dose_mg", "wrong-type")]


def test_F08_a_fhir_dose_needs_its_unit() -> None:
    dose = {"dose": {"value": 12}}
    assert places(parse_ndjson(ndjson(administration(dosage=dose)), time_zone=ZONE)) == [
        (1, "dosage.dose", "dose-unit")
    ]


def test_F09_each_patient_has_a_history() -> None:
    intake = parse_csv(csv_text(csv_row(patient="p2"), csv_row(patient="p1"), csv_row(patient="p2")))
    assert [(history.patient, len(history.infusions)) for history in intake.histories] == [("p1", 1), ("p2", 2)]


@pytest.mark.parametrize("other", [f"Jos{E_AND_ACUTE}", "jos\u00e9", "Jose", "Jos\u00e8", "Jos\u00e9."])
def test_F09_patients_are_never_merged_by_likeness(other: str) -> None:
    intake = parse_csv(csv_text(csv_row(patient=f"Jos{E_ACUTE}"), csv_row(patient=other)))
    assert {history.patient for history in intake.histories} == {f"Jos{E_ACUTE}", other}


def test_F09_a_row_without_its_patient_may_be_anybodys() -> None:
    intake = parse_csv(csv_text(csv_row(patient="p1"), csv_row(patient=""), csv_row(patient="p2")))
    assert places(intake) == [(3, "patient", "missing-field")]
    assert [history.unreadable for history in intake.histories] == [(3,), (3,)]


def test_F12_a_partial_date_is_kept_as_a_refused_row_and_never_completed() -> None:
    intake = parse_csv(csv_text(csv_row(), csv_row(date="2025-03"), csv_row(patient="p2")))
    assert places(intake) == [(3, "date", "partial-date")]
    assert (history_of(intake, "p1").unreadable, len(history_of(intake, "p1").infusions)) == ((3,), 1)
    assert history_of(intake, "p2").unreadable == ()


def test_F12_a_partial_date_of_fhir() -> None:
    resource = administration(effectivePeriod=None, effectiveDateTime="2025-03")
    intake = parse_ndjson(ndjson(resource))
    assert places(intake) == [(1, "effectiveDateTime", "partial-date")]
    assert (history_of(intake, "Patient/p1").unreadable, history_of(intake, "Patient/p1").infusions) == ((1,), ())


@pytest.mark.parametrize(
    ("status", "read", "is_exposure"),
    [
        ("completed", "completed", True),
        ("stopped", "partial", True),
        ("in-progress", "partial", True),
        ("not-done", "not-done", False),
        ("entered-in-error", "entered-in-error", False),
    ],
)
def test_F13_every_fhir_status_is_read_by_an_explicit_rule(status: str, read: str, *, is_exposure: bool) -> None:
    (record,) = parse_ndjson(ndjson(administration(status=status)), time_zone=ZONE).histories[0].infusions
    assert (record.status, record.is_exposure) == (read, is_exposure)


@pytest.mark.parametrize("status", ["on-hold", "unknown"])
def test_F13_what_says_neither_given_nor_not_given_is_refused(status: str) -> None:
    intake = parse_ndjson(ndjson(administration(status=status)), time_zone=ZONE)
    assert places(intake) == [(1, "status", "unknown-name")]
    assert history_of(intake, "Patient/p1").unreadable == (1,)


def test_F14_an_empty_file_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_csv("")
    assert (refused.value.code, refused.value.place) == ("csv-structure", "line 1")


def test_F14_a_header_alone_is_nobody_or_one_patient_without_infusions() -> None:
    several, one = parse_csv("patient,date\n"), parse_csv("date\n")
    assert (several.rows, several.histories) == (0, ())
    assert (one.rows, [history.infusions for history in one.histories]) == (0, [()])


def test_F14_one_row_is_one_record() -> None:
    intake = parse_csv("date\n2025-03-03")
    assert (intake.rows, intake.accepted, len(intake.histories)) == (1, 1, 1)


def test_F14_the_limits_are_those_that_are_told() -> None:
    """docs/records-file.md: 1 GiB, 20 million lines, 4 MiB a line, 131,072 characters a cell, 500,000 faults."""
    assert (lines.LARGEST_FILE, lines.MOST_LINES, lines.LONGEST_LINE) == (2**30, 20_000_000, 2**22)
    assert (lines.LINES_A_STEP, csv_cells.LARGEST_CELL) == (65_536, 131_072)
    assert (history.NAMED_ROWS, intake_builder.MOST_FAULTS) == (50, 500_000)


def test_F14_empty_json_and_fhir_hold_nobody() -> None:
    for intake in (parse_json("[]"), parse_json(json.dumps(bundle())), parse_ndjson("")):
        assert (intake.rows, intake.histories) == (0, ())


# --- G: files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["r.csv", "r.json", "r.ndjson"])
def test_G01_a_byte_order_mark_is_dropped(name: str, tmp_path: Path) -> None:
    text = {
        "r.csv": "date\n2025-03-03\n",
        "r.json": '{"infusions": [{"date": "2025-03-03"}]}',
        "r.ndjson": ndjson(administration()),
    }[name]
    path = written(tmp_path, name, b"\xef\xbb\xbf" + text.encode())
    assert read_histories(path, time_zone=ZONE).accepted == 1


def test_G01_also_of_a_text() -> None:
    assert parse_csv("\ufeffdate\n2025-03-03\n").accepted == 1


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_G02_other_encodings_are_refused_with_line_and_byte(mark: bytes, tmp_path: Path) -> None:
    """The bytes before `é` of cp1252: the mark, 13 of the header with its end, 3 of the name."""
    path = written(tmp_path, "r.csv", mark + b"patient,date\nJos\xe9,2025-03-03\n")
    with pytest.raises(UnreadableFile) as refused:
        read_histories(path)
    assert (refused.value.code, refused.value.place) == ("encoding", f"{path}: line 2")
    assert f"(at byte {len(mark) + 16});" in refused.value.message
    assert "UTF-8" in refused.value.message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_G02_utf_16_is_refused_at_its_first_byte(encoding: str, tmp_path: Path) -> None:
    path = written(tmp_path, "r.csv", "patient,date\np1,2025-03-03\n".encode(encoding))
    with pytest.raises(UnreadableFile, match="byte 0"):
        read_histories(path)


@pytest.mark.sweep
def test_G03_the_locale_does_not_matter(tmp_path: Path) -> None:
    path = written(tmp_path, "r.csv", "patient,date\r\nJosé 🙂,2025-03-03\r\n".encode())
    code = f"import lemtrada_schedule as l; print(ascii(l.read_histories({str(path)!r}).histories[0].patient))"
    for locale in ("C", "C.UTF-8", "POSIX"):
        ran = subprocess.run(
            [sys.executable, "-c", code],
            env={"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        )
        assert ran.stdout.decode().strip() == r"'Jos\xe9 \U0001f642'"


def test_G04_a_header_that_stands_twice_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_csv("date,dose_mg,date\n2025-03-03,12,2025-03-04\n")
    (problem,) = refused.value.problems
    assert (problem.code, problem.place) == ("csv-structure", "line 1")
    assert problem.message.startswith("column 3 of the header has the name of column 1")


@pytest.mark.parametrize(
    ("row", "count"), [("p1,2025-03-03", 2), ("p1,2025-03-03,09:00,13:05,15:10,12,5,completed,1", 9)]
)
def test_G05_short_and_long_rows_are_refused_with_numbers(row: str, count: int) -> None:
    intake = parse_csv(csv_text(row))
    assert places(intake) == [(2, None, "csv-structure")]
    assert intake.refused[0].message.startswith(f"expected 8 cells as in the header, got {count}; ")


def test_G06_an_unclosed_quote_spoils_one_row_and_swallows_none() -> None:
    broken = csv_row(date="2025-03-04").replace("completed", '"completed')
    rows = [csv_row(), broken, csv_row(date="2025-03-05"), csv_row(date="2025-03-06", status="x,y")]
    intake = parse_csv(csv_text(*rows))
    assert places(intake) == [(3, None, "csv-structure"), (5, "status", "unknown-name")]
    assert (intake.rows, intake.accepted, intake.refused_rows, intake.blank) == (4, 2, 2, 0)
    assert [record.row for record in history_of(intake, "p1").infusions] == [2, 4]


@pytest.mark.parametrize("name", ["claims", "mar", "omop", "registry"])
def test_a_table_of_a_built_in_source_is_recognised_by_its_header(name: str) -> None:
    """Its columns are named in the library, so they are no patient's data; others are still shown by their shape."""
    header = (
        (Path(__file__).parents[2] / "examples" / "sources" / f"{name}.csv")
        .read_text(encoding="utf-8")
        .partition("\n")[0]
    )
    with pytest.raises(InvalidInput) as refused:
        parse_csv(f"{header}\n")
    (problem,) = refused.value.problems
    assert (problem.code, problem.place) == ("missing-field", "line 1")
    assert problem.message == f"the columns are those of the built-in source {name}; name it in `source`"
    for line in ("START_DATE,Smith", "PATIENT_ID,Smith"):  # one column is not enough
        with pytest.raises(InvalidInput) as refused:
            parse_csv(f"{line}\n")
        assert "built-in source" not in str(refused.value)
        assert "Smith" not in str(refused.value)


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_G07_another_delimiter_is_named(delimiter: str, word: str) -> None:
    with pytest.raises(InvalidInput, match=f"separated by {word};") as refused:
        parse_csv(csv_text(csv_row()).replace(",", delimiter))
    assert [(problem.code, problem.place) for problem in refused.value.problems] == [("csv-structure", "line 1")]


@pytest.mark.parametrize("quote", ["", '"'])
def test_G08_a_cell_of_more_than_131072_characters_is_refused(quote: str) -> None:
    fits, too_long = (f"p1,2025-03-03,{quote}{'x' * length}{quote}" for length in (131_072, 131_073))
    intake = parse_csv(["patient,date,remark", fits, too_long], ignore=["remark"])
    assert (intake.accepted, intake.refused_rows) == (1, 1)
    assert places(intake) == [(3, None, "too-large")]
    assert "131,072 characters" in intake.refused[0].message


def test_G10_lone_carriage_returns_between_lines_are_named() -> None:
    """One line for the whole file, as old Macs wrote it, with and without a column date of its own."""
    for text in ("patient,date\rp1,2025-03-03\r", "date,patient\r2025-03-03,p1\r"):
        with pytest.raises(InvalidInput, match="lone carriage returns") as refused:
            parse_csv(text)
        assert [(problem.code, problem.place) for problem in refused.value.problems] == [("csv-structure", "line 1")]


def test_G08_a_quoted_row_with_a_line_end_inside_is_of_broken_structure() -> None:
    assert places(parse_csv(['"patient","date"', 'p\r1,"2025-03-03"'])) == [(2, None, "csv-structure")]


def test_G08_a_line_without_end_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 1_000)
    path = written(tmp_path, "r.csv", b"date\n" + b"x" * 1_000 + b"\n")
    with pytest.raises(UnreadableFile, match="longer than 1,000 bytes") as refused:
        read_histories(path)
    assert (refused.value.code, refused.value.place) == ("too-large", f"{path}: line 2")


def test_G09_blank_lines_are_counted_and_plain_spaces_are_trimmed() -> None:
    intake = parse_csv(" patient , date \n\np1, 2025-03-03 \n   \r\np1,2025-03-04\n\n")
    assert (intake.rows, intake.accepted, intake.refused_rows, intake.blank) == (5, 2, 0, 3)
    assert [(history.patient, [record.row for record in history.infusions]) for history in intake.histories] == [
        ("p1", [3, 5])
    ]


def test_G09_a_row_of_commas_is_not_blank() -> None:
    """It lacks a patient, and so may be anybody's."""
    intake = parse_csv(csv_text(csv_row(), ",,,,,,,"))
    assert places(intake) == [(3, "patient", "missing-field"), (3, "date", "missing-field")]
    assert history_of(intake, "p1").unreadable == (3,)


@pytest.mark.parametrize("control", ["\x00", "\r", "\t", "\x0b", "\x1b", "\x7f", "\x85"])
@pytest.mark.parametrize("column", ["patient", "started", "status"])
def test_G10_control_characters_in_cells_are_refused(control: str, column: str) -> None:
    intake = parse_csv(csv_text(csv_row(**{column: f"a{control}b"})))
    assert places(intake) == [(2, column, "control-character")]
    assert f"U+{ord(control):04X}" in intake.refused[0].message


def test_G10_also_in_a_column_that_is_passed_over() -> None:
    intake = parse_csv("date,remark\n2025-03-03,a\x00b\n", ignore=["remark"])
    assert places(intake) == [(2, None, "control-character")]
    assert "column 2" in intake.refused[0].message


def test_G10_a_line_break_in_a_cell_is_refused() -> None:
    intake = parse_csv('patient,date,remark\np1,2025-03-03,"two\nlines"\np1,2025-03-04,one\n', ignore=["remark"])
    assert places(intake) == [(2, None, "csv-structure"), (3, None, "csv-structure")]
    assert (intake.accepted, history_of(intake, "p1").unreadable) == (1, (2, 3))


def test_G19_a_json_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_json('{"infusions": [{"date": "2025-03-03", "date": "2025-03-04"}]}')
    assert refused.value.code == "json-structure"


def test_G19_on_a_line_it_refuses_the_line() -> None:
    line = json.dumps(administration()).replace('"status"', '"status": "completed", "status"')
    assert places(parse_ndjson([line], time_zone=ZONE)) == [(1, None, "json-structure")]


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", "9" * 5_000, "[" * 100_000, '{"a":' * 100_000, "[] []", "\ufeff[]", "{,}", "'a'"]
)
def test_G20_what_is_not_json_is_one_family_of_error(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_json(text)
    assert refused.value.code == "json-structure"
    assert places(parse_ndjson([text])) == [(1, None, "json-structure")]


@pytest.mark.parametrize("text", ['{"patient": "\\ud800"}', '[{"patient": "p"}, {"patient": "p\\udfff"}]'])
def test_G21_a_lone_surrogate_is_refused(text: str) -> None:
    intake = parse_json(text)
    assert [(fault.column, fault.code) for fault in intake.refused] == [("patient", "control-character")]
    assert json.dumps(intake.model_dump(mode="json"), ensure_ascii=False).encode("utf-8")


def test_G22_an_unknown_column_is_refused_with_a_hint() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_csv("date,strated,Dose_mg,remark\n2025-03-03,09:00,12,x\n")
    assert [(problem.code, problem.place) for problem in refused.value.problems] == [("unknown-key", "line 1")] * 3
    hints = [problem.message.partition("did you mean ")[2].partition("?")[0] for problem in refused.value.problems]
    assert hints == ["'started'", "'dose_mg'", ""]


def test_G22_an_unknown_key_is_refused_with_a_hint() -> None:
    intake = parse_json('{"infusions": [{"strated": "09:00", "date": "2025-03-03"}]}')
    assert places(intake) == [(1, None, "unknown-key")]
    assert "did you mean 'started'?" in intake.refused[0].message


def test_G22_a_header_that_is_data_is_not_repeated() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_csv("Jane Doe,2025-03-03\n")
    assert "Jane" not in str(refused.value)
    assert "2025" not in str(refused.value)


def test_G23_many_bad_rows_are_all_there_as_data_and_counted_by_code() -> None:
    rows = [csv_row(date="03/03/2025"), csv_row(date="2025-03", dose_mg="12 mg")] * 5_000
    intake = parse_csv(csv_text(*rows))
    assert (intake.rows, intake.refused_rows, len(intake.refused)) == (10_000, 10_000, 15_000)
    assert intake.faults_by_code == {"calendar-date": 5_000, "partial-date": 5_000, "wrong-type": 5_000}


def test_G23_a_header_of_many_faults_shows_50_and_counts_the_rest() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_csv("date," + ",".join(f"x{number}" for number in range(200)))
    assert len(refused.value.problems) == 200
    assert str(refused.value).endswith("… and 150 more")


def test_G24_G25_pickle_and_xml_are_not_read(tmp_path: Path) -> None:
    for name in ("r.pickle", "r.pkl", "r.xml", "r.parquet", "r"):
        with pytest.raises(UnreadableFile, match=r"\.csv, \.json, \.ndjson") as refused:
            read_histories(written(tmp_path, name, b"date\n2025-03-03\n"))
        assert refused.value.code == "file-format"


LONG: Final = {
    "digits": "1" * 1_000_000,
    "dashes": "-" * 1_000_000,
    "quotes": '"' * 1_000_001,
    "quote and text": '"' + "x" * 1_000_000,
    "pairs": '""' * 500_000 + "x",
    "opened again and again": '",' * 500_000,
    "spaces": " " * 1_000_000 + "x",
    "dates": "2026-03-06" * 100_000,
    "zeros": "0" * 1_000_000 + "!",
    "times": "09:00" * 200_000,
    "commas": "," * 1_000_000,
}
DOORS: Final[dict[str, Callable[[str], object]]] = {
    "csv row": lambda text: parse_csv([HEADER, text]),
    "csv cell": lambda text: parse_csv([HEADER, csv_row(date=text), csv_row(dose_mg=text), csv_row(patient=text)]),
    "json": lambda text: parse_json(json.dumps({"patient": text, "infusions": [{"date": text, "started": text}]})),
    "json dose": lambda text: parse_json(json.dumps({"infusions": [{"date": "2025-03-03", "dose_mg": text}]})),
    "json key": lambda text: parse_json(json.dumps({text: 1, "infusions": [{text: 1}]})),
    "fhir": lambda text: parse_ndjson(
        ndjson(administration(effectivePeriod={"start": text, "end": f"{text}T"}, status=text)), time_zone=ZONE
    ),
    "shape": shape_of,
}


@pytest.mark.sweep
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("text", LONG)
def test_G26_no_text_of_a_million_characters_makes_a_pattern_slow(door: str, text: str) -> None:
    """The pattern of traps.md takes four times as long for every two characters more."""
    began = process_time()
    DOORS[door](LONG[text])
    assert process_time() - began < 2


def test_csv_reads_what_pythons_csv_module_writes() -> None:
    written_cells = ['p"1', "p,1", ' "', '""', "=1+1", "'", "p 1"]
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(["patient", "date"])
    writer.writerows([cell, "2025-03-03"] for cell in written_cells)
    intake = parse_csv(text.getvalue())
    assert {history.patient for history in intake.histories} == {cell.strip(" ") for cell in written_cells}
