"""`audit` with a source, and of text files: each patient has the answers of `read_histories` and `evaluate`."""

import csv
import datetime as dt
import gzip
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lemtrada_schedule import (
    InvalidInput,
    Problem,
    Report,
    Source,
    UnreadableFile,
    audit,
    evaluate,
    forecast,
    load_protocol,
    load_source,
    parse_histories,
    parse_source,
    read_histories,
)
from lemtrada_schedule.cohort.question import checked_question
from lemtrada_schedule.cohort.reading.cohort_source import CohortSource
from lemtrada_schedule.cohort.source_batches import KEY, SourceBatches
from lemtrada_schedule.records.history import History, Intake
from tests.support.bad_records import CELLS, ROWS
from tests.support.budget import examples
from tests.support.cli_result import Run

US: Final = load_protocol("us-2024-05-r2")
AS_OF: Final = dt.date(2026, 11, 22)
DAYS: Final = (
    "2025-03-03", "2025-03-04", "2025-03-05", "2025-03-07", "2025-03-08", "2025-04-01", "2025-12-01", "2026-03-09",
    "2026-03-10", "2027-01-04", "2025-03", "03.03.2025", "2025-02-30", "",
)  # fmt: skip
IDS: Final = ("1", "2", "3", "1", "2", "3", "007", "2 ", " 3", "x|y", "")

OMOP: Final = parse_source({"extends": "omop", "medicine": {"lemtrada": ["11"], "other": ["12"]}})
CLAIMS: Final = parse_source({
    "extends": "claims", "read": {"other_columns": "refuse"},
    "columns": {"patient": "BENE_ID"}, "units": {"claim": "CLM_ID", "sequence": "LINE"},
})  # fmt: skip
MAR: Final = parse_source({
    "extends": "mar",
    "actions": {"started": ["Given", "Restarted"], "ended": ["Done"], "partial": ["Stopped"], "not_done": ["Held"],
        "ignored": ["Verified"]},
})  # fmt: skip
REGISTRY: Final = load_source("registry")

SHAPES: Final[Mapping[str, tuple[Source, Mapping[str, Sequence[str]]]]] = {
    "omop": (
        OMOP,
        {
            "person_id": IDS, "drug_exposure_start_date": DAYS,
            "drug_exposure_end_date": ("", "", "2025-03-05", "2025-03-07", "2026-03-11", "2024-01-01", "2027-12-31"),
            "drug_concept_id": ("11", "11", "11", "12", "9", "alemtuzumab", "Campath", ""),
            "note": ("", "seen"),
        },
    ),
    "claims": (
        CLAIMS,
        {
            "BENE_ID": IDS, "CLM_FROM_DT": DAYS, "CLM_THRU_DT": ("", "", "2025-03-07", "2025-03-08", "2026-03-11"),
            "HCPCS_CD": ("J0202", "J0202", "J0202", "J2323", "LEMTRADA"),
            "LINE_SRVC_CNT": ("12", "12", "60", "-12", "24", "6", "1,200", "12.0", "", "x"),
            "CLM_ID": ("", "900"), "LINE": ("1", "2"),
        },
    ),
    "mar": (
        MAR,
        {
            "PAT_ID": IDS, "MED_NAME": ("LEMTRADA", "LEMTRADA", "Heparin", "lemtrada 12", ""),
            "TAKEN_TIME": (*(f"{day} 09:15" for day in DAYS), "2025-03-03 13:30", "2025-03-03", "2025-03-03 25:00"),
            "MAR_ACTION": ("Given", "Given", "Done", "Stopped", "Held", "Restarted", "Scanned", "Verified"),
            "SIG": ("12", "", "6", "12 mg"),
        },
    ),
    "registry": (
        REGISTRY,
        {
            "PATIENT_ID": IDS, "THERAPY": ("LEMTRADA", "LEMTRADA", "Ocrelizumab", ""),
            "START_DATE": DAYS, "STOP_DATE": (*DAYS, "2025-03-07", "2026-03-11", "2027-03-11"),
        },
    ),
}  # fmt: skip


def problem_of(call: Callable[[], object]) -> Problem:
    """Return the first problem of a call that is refused."""
    with pytest.raises(InvalidInput) as caught:
        call()
    return caught.value.problems[0]


OMOP_HEADER: Final = tuple(SHAPES["omop"][1])[:4]


def as_csv(header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return file.getvalue()


def as_arrow(header: Sequence[str], rows: Sequence[Sequence[str]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[] for _ in header]
    kinds = {
        name: pa.array([cell or None for cell in own], pa.string()) for name, own in zip(header, columns, strict=True)
    }
    return pa.table(kinds)


@st.composite
def tables(draw: st.DrawFn, shape: str) -> tuple[list[str], list[list[str]]]:
    columns = SHAPES[shape][1]
    rows = draw(st.lists(st.tuples(*(st.sampled_from(cells) for cells in columns.values())), max_size=16))
    return list(columns), [list(row) for row in rows]


# --- what the library says of each patient -----------------------------------------------------------


def of_patient(history: History, as_of: dt.date = AS_OF) -> dict[str, Any]:
    """Return the row of a patient, asked of `evaluate` and `forecast`."""
    evaluation = evaluate(history, US, as_of=as_of)
    courses, is_unread = evaluation.courses, bool(history.unreadable)
    lacks_last = any(one.course_day == "only-first" for one in history.infusions)
    days = [day for course in courses for day in (course.first_day, course.last_day) if day]
    return {
        "codes": sorted({one.code for one in evaluation.findings}),
        "infusions": sum(course.infusions for course in courses),
        "courses": None if is_unread else len(courses),
        "first_infusion": None if is_unread or not days else min(days),
        # which day was the last is not known where a course has no last day on record
        **({} if lacks_last else {"last_infusion": None if is_unread or not days else max(days)}),
        "next_earliest": None if is_unread else forecast(history, US, as_of=as_of).earliest,
    }


def counts_of(intake: Intake) -> dict[str, int]:
    return {
        "in": intake.rows, "accepted": intake.accepted, "refused": intake.refused_rows, "blank": intake.blank,
        "other": intake.other, "superseded": intake.superseded,
    }  # fmt: skip


def check(report: Report, intake: Intake, *, header_lines: int, as_of: dt.date = AS_OF) -> None:
    """Compare a report with what the library says of the histories in the same rows."""
    counts = report.summary()["rows"]
    assert {name: counts[name] for name in counts_of(intake)} == counts_of(intake)
    assert counts["in"] == sum(counts[name] for name in ("accepted", "refused", "blank", "other", "superseded"))
    rows = {str(row["patient"]): row for row in report.patients.to_pylist()}
    assert sum(row["rows"] for row in rows.values()) == counts["accepted"]
    histories = {str(one.patient): one for one in intake.histories}
    expected = {patient: of_patient(one, as_of) for patient, one in histories.items()}
    assert {patient: {name: rows[patient][name] for name in one} for patient, one in expected.items()} == expected
    assert set(rows) == set(expected)
    shift = 1 - header_lines
    refused = [(one["row"] + shift, one["column"], one["code"], one["message"]) for one in report.refused.to_pylist()]
    assert sorted(refused) == sorted((one.row, one.column or "", one.code, one.message) for one in intake.refused)
    made = Counter(one.code for history in histories.values() for one in evaluate(history, US, as_of=as_of).findings)
    assert {code: one["findings"] for code, one in report.summary()["findings"].items()} == dict(made)
    in_full = [(one["code"], one["row"]) for one in report.findings().to_pylist()]
    own = [(one.code, one.row) for history in histories.values() for one in evaluate(history, US, as_of=as_of).findings]
    minus = {(code, row if row is None else row - shift) for code, row in own}
    assert Counter(in_full).keys() == minus


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
@settings(max_examples=examples(75))
def test_each_patient_has_the_answers_of_a_reader(shape: str, data: st.DataObject) -> None:
    source = SHAPES[shape][0]
    header, rows = data.draw(tables(shape))
    intake = parse_histories(as_csv(header, rows), format="csv", source=source)
    report = audit(as_arrow(header, rows), US, as_of=AS_OF, source=source)
    blank = [row for row in rows if not any(row)]
    of_read = [name for name in header if name in source.names.values()]
    unread = [row for row in rows if any(row) and not any(row[header.index(name)] for name in of_read)]
    if not unread:  # a frame's row is blank if the columns that are read are
        check(report, intake, header_lines=0)
    ignored = [row for row in rows if "Verified" in row]  # counted as blank, if neither refused nor of another medicine
    assert 0 <= report.rows.blank - len(blank) - len(unread) <= len(ignored)


# --- each kind of cohort ---------------------------------------------------------------------------------


CLAIM_LINES: Final = (
    ("A", "2025-03-03", "2025-03-07", "J0202", "60", "1", "1"),
    ("A", "2026-03-02", "2026-03-04", "J0202", "36", "2", "1"),
    ("A", "2026-03-02", "2026-03-04", "J0202", "36", "2", "1"),
    ("B", "2025-03-03", "", "J0202", "12", "", ""),
    ("B", "2025-03-03", "", "J0202", "-12", "", ""),
    ("C", "2025-03-03", "", "J2323", "300", "", ""),
    ("D ", "2025-03-03", "", "J0202", "12", "", ""),
    ("", "", "", "", "", "", ""),
)
CLAIM_HEADER: Final = tuple(SHAPES["claims"][1])
CLAIM_ROWS: Final = {"in": 8, "accepted": 4, "refused": 1, "blank": 1, "other": 1, "superseded": 1}
CLAIM_PATIENTS: Final = {
    # 60 units over 5 days are 5 infusions, 36 over 3 days are 3; 7 March 2025 + 12 months is after 2 March 2026
    "A": (8, ["interval-below-minimum"], dt.date(2027, 3, 4)),
    "B": (0, [], None),
    "C": (0, ["only-other-medicines"], None),
    "D": (0, [], None),
}


def check_claims(report: Report) -> None:
    counts = report.summary()["rows"]
    assert {name: counts[name] for name in CLAIM_ROWS} == CLAIM_ROWS
    found = {
        one["patient"]: (one["infusions"], one["codes"], one["next_earliest"]) for one in report.patients.to_pylist()
    }
    assert found == CLAIM_PATIENTS
    assert [one["code"] for one in report.refused.to_pylist()] == ["padded-id"]


def frames() -> dict[str, Any]:
    arrow = as_arrow(CLAIM_HEADER, CLAIM_LINES)
    return {
        "arrow": arrow,
        "pandas": arrow.to_pandas(),
        "polars": pl.from_arrow(arrow),
        "polars-lazy": pl.from_arrow(arrow).lazy(),
        "duckdb": duckdb.from_arrow(arrow),
        "dictionary": pa.table({name: arrow[name].dictionary_encode() for name in arrow.column_names}),
    }


@pytest.mark.parametrize("engine", frames())
def test_every_engine(engine: str) -> None:
    check_claims(audit(frames()[engine], US, as_of=AS_OF, source=CLAIMS))


def test_parquet_on_disk(tmp_path: Path) -> None:
    arrow = as_arrow(CLAIM_HEADER, CLAIM_LINES)
    pq.write_table(arrow, tmp_path / "all.parquet", row_group_size=3)
    check_claims(audit(tmp_path / "all.parquet", US, as_of=AS_OF, source=CLAIMS))
    pq.write_table(arrow.slice(0, 2), tmp_path / "a.parquet")
    pq.write_table(arrow.slice(2), tmp_path / "b.parquet")
    report = audit([tmp_path / "a.parquet", tmp_path / "b.parquet"], US, as_of=AS_OF, source=CLAIMS)
    check_claims(report)
    counted = [
        (one.file, one.rows, one.audited, one.refused, one.blank, one.other, one.superseded) for one in report.files
    ]
    assert [Path(one[0]).name for one in counted] == ["a.parquet", "b.parquet"]
    assert [one[1:] for one in counted] == [(2, 2, 0, 0, 0, 0), (6, 2, 1, 1, 1, 1)]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".tsv", ".tsv.gz", ".xlsx"])
def test_text_and_workbooks(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"lines{ending}"
    if ending == ".xlsx":
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for row in (CLAIM_HEADER, *CLAIM_LINES[:-1]):
            sheet.append([cell or None for cell in row])
        book.save(path)
        report = audit(path, US, as_of=AS_OF, source=CLAIMS)
        assert (report.rows.rows, report.rows.audited, report.rows.other) == (7, 4, 1)
        return
    text = as_csv(CLAIM_HEADER, CLAIM_LINES, "\t" if "tsv" in ending else ",").encode()
    path.write_bytes(gzip.compress(text) if ending.endswith("gz") else text)
    report = audit(path, US, as_of=AS_OF, source=CLAIMS)
    check_claims(report)
    assert report.refused["row"].to_pylist() == [8]  # a line of the file, as in `check`


def test_folders_and_patterns(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    arrow = as_arrow(CLAIM_HEADER, CLAIM_LINES)
    for name, part in (("b", arrow.slice(2)), ("a", arrow.slice(0, 2))):
        pq.write_table(part, tmp_path / "parts" / f"{name}.parquet")
        (tmp_path / f"{name}.csv").write_text(as_csv(CLAIM_HEADER, CLAIM_LINES[:1]), encoding="utf-8")
    (tmp_path / "parts" / "notes.txt").write_text("", encoding="utf-8")
    report = audit(tmp_path / "parts", US, as_of=AS_OF, source=CLAIMS)
    check_claims(report)
    assert report.other_files == 1
    report = audit(str(tmp_path / "*.csv"), US, as_of=AS_OF, source=CLAIMS)
    assert [(Path(one.file).name, one.rows) for one in report.files] == [("a.csv", 1), ("b.csv", 1)]
    problem = problem_of(lambda: audit([tmp_path / "a.csv"] * 2, US, as_of=AS_OF, source=CLAIMS))
    assert problem.code == "file-twice"


def test_progress_is_reported(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    audit(as_arrow(CLAIM_HEADER, CLAIM_LINES), US, as_of=AS_OF, source=CLAIMS, progress=lambda *at: seen.append(at))
    assert seen == [(8, 8)]
    (tmp_path / "a.csv").write_text(text := as_csv(CLAIM_HEADER, CLAIM_LINES), encoding="utf-8")
    audit(tmp_path / "a.csv", US, as_of=AS_OF, source=CLAIMS, progress=lambda *at: seen.append(at))
    assert seen[-1] == (len(text), len(text))


def test_ids_of_other_medicines_are_ids_too() -> None:
    ids = pa.array(["7", "8 ", None, "x|y", "1.2E+17"])
    report = audit(omop(person_id=ids, drug_concept_id=pa.array(["9"] * 5)), US, as_of=AS_OF, source=OMOP)
    assert sorted(report.patients["patient"].to_pylist()) == ["7", "x|y"]
    assert (report.rows.other, report.rows.refused) == (5, 0)
    numbers = audit(omop(person_id=pa.array([7.0]), drug_concept_id=pa.array(["9"])), US, as_of=AS_OF, source=OMOP)
    assert numbers.patients["patient"].to_pylist() == ["7"]


def test_lines_are_counted_through_all_files(tmp_path: Path) -> None:
    for name, rows in (("a.csv", CLAIM_LINES[:2]), ("b.csv", CLAIM_LINES[2:])):
        (tmp_path / name).write_text(as_csv(CLAIM_HEADER, rows), encoding="utf-8")
    report = audit([tmp_path / "a.csv", tmp_path / "b.csv"], US, as_of=AS_OF, source=CLAIMS)
    check_claims(report)
    assert report.refused["row"].to_pylist() == [9]  # the second file has a header too
    assert [(Path(one["file"]).name, one["row_in_file"]) for one in report.refused.to_pylist()] == [("b.csv", 6)]
    assert [(one.rows, one.refused, one.superseded) for one in report.files] == [(2, 0, 0), (6, 1, 1)]


def test_text_beside_parquet_is_refused(tmp_path: Path) -> None:
    problem = problem_of(lambda: audit([tmp_path / "a.csv", tmp_path / "b.parquet"], US, as_of=AS_OF))
    assert (problem.code, problem.place) == ("wrong-type", "cohort")


def in_partitions(
    frame: pa.Table, source: Source, parts: int
) -> tuple[dict[str, int], list[dict[str, Any]], list[str]]:
    """Return what Spark's batches say of a frame: the tally, the patients and the findings, partition by partition."""
    columns = CohortSource(source)
    names = columns.found(frame.column_names)
    batches = SourceBatches(
        checked_question(US, AS_OF, None, 0), tuple(columns.facts()), columns, tuple(names.items()), pa.string()
    )
    raw = pa.table({ours: frame[theirs] for ours, theirs in names.items()})
    tally = pa.Table.from_batches(list(batches.tallied(iter(raw.to_batches(max_chunksize=5)))))
    sent = pa.Table.from_batches(list(batches.sent(iter(raw.to_batches(max_chunksize=5)))))
    patients: list[dict[str, Any]] = []
    findings: list[str] = []
    for part in range(parts):
        own = [key is not None and sum(key.encode()) % parts == part for key in sent[KEY].to_pylist()]
        rows = sent.filter(pa.array(own))
        if rows.num_rows:
            patients += [row for batch in batches.patients(iter(rows.to_batches())) for row in batch.to_pylist()]
            told = list(batches.findings(iter(rows.to_batches())))
            findings += [f"{row['patient']} {row['code']} {row['day']}" for batch in told for row in batch.to_pylist()]
    return dict(zip(*tally.to_pydict().values(), strict=True)), patients, findings


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
@settings(max_examples=examples(50))
def test_rows_of_spark_are_folded_in_their_partition(shape: str, data: st.DataObject) -> None:
    source = SHAPES[shape][0]
    header, rows = data.draw(tables(shape))
    owners = header.index(source.names["patient"])
    rows = [row for row in rows if row[owners]]  # Spark refuses a frame with rows whose patient is missing
    assume(rows)
    frame = as_arrow(header, rows)
    report = audit(frame, US, as_of=AS_OF, source=source)
    tally, patients, findings = in_partitions(frame, source, data.draw(st.integers(1, 3)))
    assert {name: tally.get(name, 0) for name in ("rows", "other")} == {"rows": len(rows), "other": report.rows.other}
    assert sorted(patients, key=str) == sorted(report.patients.to_pylist(), key=str)
    expected = [f"{row['patient']} {row['code']} {row['day']}" for row in report.findings().to_pylist()]
    assert sorted(findings) == sorted(expected)


def test_the_rows_of_a_finding_in_spark_count_those_of_its_patient() -> None:
    rows = [("B", "2025-03-03", "2025-03-07", "11"), ("B", "2025-03-03", "2025-03-04", "9")]
    rows += [("A", "2025-03-03", "2025-03-07", "11"), ("A", "2026-02-02", "2026-02-04", "11")]
    frame = as_arrow(OMOP_HEADER, rows)
    columns = CohortSource(OMOP)
    names = tuple(columns.found(frame.column_names).items())
    question = checked_question(US, AS_OF, None, 0)
    batches = SourceBatches(question, tuple(columns.facts()), columns, names, pa.string())
    raw = pa.table({ours: frame[theirs] for ours, theirs in names})
    told = list(batches.findings(batches.sent(iter(raw.to_batches()))))
    assert [(row["patient"], row["code"], row["row"]) for batch in told for row in batch.to_pylist()] == [
        ("A", "interval-below-minimum", 2)
    ]


def test_rows_of_unknown_patients_are_tallied() -> None:
    rows = [("", "2025-03-03", "", "11"), ("1.2E+17", "2025-03-03", "", "11"), ("", "", "", ""), ("7", "x", "", "11")]
    tally, _, _ = in_partitions(as_arrow(OMOP_HEADER, rows), OMOP, 1)
    assert tally == {"rows": 4, "other": 0, "missing-field": 1, "id-changed": 1, "blank": 1}


# --- values of frames ------------------------------------------------------------------------------------


def omop(**columns: Any) -> pa.Table:
    size = len(next(iter(columns.values())))
    plain = {
        "person_id": pa.array(range(1, size + 1)), "drug_exposure_start_date": pa.array([dt.date(2025, 3, 3)] * size),
        "drug_exposure_end_date": pa.nulls(size), "drug_concept_id": pa.array(["11"] * size),
    }  # fmt: skip
    return pa.table({**plain, **columns})


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        (pa.array([dt.date(2025, 3, 3), dt.date(1999, 12, 31), None]), [None, "date-range", "missing-field"]),
        (pa.array([dt.datetime(2025, 3, 3), dt.datetime(2025, 3, 3, 9)], pa.timestamp("us")), [None, "calendar-date"]),
        (
            pa.array([1_740_960_000_000_000_000, 1_740_960_000_000_000_001]).cast(pa.timestamp("ns")),
            [None, "calendar-date"],
        ),
        (pa.array([1_740_960_000, 1 << 60]).cast(pa.timestamp("s")), [None, "date-range"]),
        (pa.array([dt.datetime(2025, 3, 3)], pa.timestamp("us", "UTC")), ["calendar-date"]),
        (pa.array([20_150]).cast(pa.int32()).cast(pa.date32()), [None]),
        (pa.array([(1 << 31) - 1]).cast(pa.int32()).cast(pa.date32()), ["date-range"]),
        (
            pa.array([dt.date(2025, 3, 3), dt.date(1999, 12, 31), None], pa.date64()),
            [None, "date-range", "missing-field"],
        ),
        # 20,150 days after 1970 are 3 March 2025; with 2 ** 32 days more it is no date, and must not become this one
        (pa.array([day * 86_400_000 for day in (20_150, 20_150 + (1 << 32))]).cast(pa.date64()), [None, "date-range"]),
        (pa.array([45_719, 20_250_303]), ["calendar-date", "calendar-date"]),
        (pa.array([2025.0]), ["calendar-date"]),
        (pa.array([True]), ["calendar-date"]),
    ],
)
def test_dates_of_frames_are_never_reinterpreted(values: pa.Array, codes: list[str | None]) -> None:
    report = audit(omop(drug_exposure_start_date=values), US, as_of=AS_OF, source=OMOP)
    found = {one["row"]: one["code"] for one in report.refused.to_pylist()}
    assert [found.get(row) for row in range(1, len(values) + 1)] == codes


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        (pa.array([7, -7, 7]), [-7, 7]),
        (pa.array([7, (1 << 64) - 1], pa.uint64()), [7, (1 << 64) - 1]),
        (pa.array(["007", "7"]), ["007", "7"]),
        (pa.array([7.0, 8.0]), ["7", "8"]),
        (pa.array([Decimal("7.00")]), ["7"]),
    ],
)
def test_ids_keep_their_type_or_become_text(values: pa.Array, ids: list[Any]) -> None:
    report = audit(omop(person_id=values), US, as_of=AS_OF, source=OMOP)
    assert sorted(report.patients["patient"].to_pylist()) == ids


@pytest.mark.parametrize(("value", "code"), [(1e20, "id-changed"), (7.5, "id-changed"), ("1.2E+17", "id-changed")])
def test_an_id_that_has_lost_digits_may_be_anybody(value: Any, code: str) -> None:
    both = pa.array([value, 8.0]) if type(value) is float else pa.array([value, "8"])
    report = audit(omop(person_id=both), US, as_of=AS_OF, source=OMOP)
    assert report.refused["code"].to_pylist() == [code]
    assert report.patients.select(["patient", "last_infusion"]).to_pylist() == [{"patient": "8", "last_infusion": None}]


@pytest.mark.parametrize("value", [12, 12.0, Decimal("12.000"), "12"])
def test_units_of_any_number_type(value: Any) -> None:
    frame = pd.DataFrame({"BENE_ID": ["A"], "CLM_FROM_DT": [dt.date(2025, 3, 3)], "CLM_THRU_DT": [None],
                          "HCPCS_CD": ["J0202"], "LINE_SRVC_CNT": [value]})  # fmt: skip
    report = audit(frame, US, as_of=AS_OF, source="claims")
    assert (report.rows.audited, report.patients["infusions"].to_pylist()) == (1, [1])


def test_concept_ids_that_are_numbers() -> None:
    source = parse_source({"extends": "omop", "medicine": {"lemtrada": ["11"]}})
    codes = pa.array([11, 9, 11], pa.int64())
    report = audit(omop(drug_concept_id=codes), US, as_of=AS_OF, source=source)
    assert (report.rows.audited, report.rows.other) == (2, 1)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([[11]]),
        # 10 to the power of -100: Arrow has such decimals, and Python does not
        pa.Array.from_buffers(pa.decimal128(38, 100), 1, [None, pa.py_buffer((11).to_bytes(16, "little"))]),
    ],
    ids=["lists", "decimals of a scale that Python does not have"],
)
def test_columns_that_cannot_be_cells_are_refused_as_a_whole(values: pa.Array) -> None:
    problem = problem_of(lambda: audit(omop(drug_concept_id=values), US, as_of=AS_OF, source=OMOP))
    assert (problem.code, problem.place) == ("wrong-type", "drug_concept_id")
    assert "11" not in problem.message


WITH_TESTS: Final = parse_source({
    "columns": {"patient": "id", "date": "day", "code": "test"},
    "medicine": {"column": "drug", "lemtrada": ["LEMTRADA"], "unlisted": "other"},
    "tests": {"CBC": "blood-count"},
})  # fmt: skip


def test_a_row_with_the_code_of_a_test_is_a_test_whatever_medicine_is_beside_it() -> None:
    """Patient 2 has a test only; a row of another medicine would be reported as `only-other-medicines`."""
    header = ("id", "day", "test", "drug")
    rows = [
        ("1", "2025-03-03", "", "LEMTRADA"),
        ("1", "2025-03-10", "CBC", "Heparin"),
        ("1", "2025-03-10", "", "Heparin"),
        ("2", "2025-03-10", "CBC", "Heparin"),
        ("2", "2025-02-30", "CBC", "Heparin"),
    ]
    report = audit(as_arrow(header, rows), US, as_of=AS_OF, source=WITH_TESTS)
    counts = report.rows
    assert (counts.rows, counts.audited, counts.refused, counts.other) == (5, 3, 1, 1)
    assert [(one["row"], one["code"]) for one in report.refused.to_pylist()] == [(5, "no-such-date")]
    found = {one["patient"]: (one["infusions"], one["codes"]) for one in report.patients.to_pylist()}
    assert found == {"1": (1, ["course-incomplete", "needs-clinical-decision"]), "2": (0, [])}
    assert {"baseline-missing", "test-missed"} <= {one.code for one in report.not_assessed}  # tests are not judged here


# --- the header, and the arguments --------------------------------------------------------------------------


def test_rows_that_are_tests_are_accepted_whatever_their_medicine() -> None:
    source = parse_source({
        "columns": {"patient": "id", "date": "day", "code": "test"}, "tests": {"HB": "blood-count"},
        "medicine": {"column": "drug", "lemtrada": ["LEMTRADA"]},
    })  # fmt: skip
    rows = [
        ("1", "2025-03-03", "", "LEMTRADA"),
        ("1", "2025-03-03", "HB", "none"),
        ("2", "x", "HB", ""),
        ("3", "x", "", "B"),
    ]
    report = audit(as_arrow(("id", "day", "test", "drug"), rows), US, as_of=AS_OF, source=source)
    assert (report.rows.audited, report.rows.refused, report.rows.other) == (2, 1, 1)
    found = {one["patient"]: (one["rows"], one["infusions"]) for one in report.patients.to_pylist()}
    assert found == {"1": (2, 1), "2": (0, 0), "3": (0, 0)}


def test_a_missing_column_is_named() -> None:
    frame = omop(person_id=pa.array([1])).drop_columns(["drug_exposure_end_date"])
    problem = problem_of(lambda: audit(frame, US, as_of=AS_OF, source=OMOP))
    assert problem.code == "missing-field"
    assert "drug_exposure_end_date" in problem.message


def test_other_columns_are_refused_unless_the_source_or_the_caller_says() -> None:
    frame = as_arrow((*CLAIM_HEADER, "note"), [(*row, "") for row in CLAIM_LINES])
    problem = problem_of(lambda: audit(frame, US, as_of=AS_OF, source=CLAIMS))
    assert (problem.code, problem.remedies) == ("unknown-key", ("ignore",))
    check_claims(audit(frame, US, as_of=AS_OF, source=CLAIMS, ignore=["note"]))


def test_the_units_of_two_infusions_leave_no_dose_unchecked() -> None:
    """24 units of one day are two infusions of one line, whose dose is known; `evaluate` lists none as not checked."""
    row = dict(zip(CLAIM_HEADER, CLAIM_LINES[3], strict=True)) | {"LINE_SRVC_CNT": "24"}
    report = audit(as_arrow(CLAIM_HEADER, [tuple(row.values())]), US, as_of=AS_OF, source=CLAIMS)
    assert report.patients["codes"].to_pylist() == [
        ["course-incomplete", "needs-clinical-decision", "two-infusions-one-day"]
    ]
    assert "dose-differs" not in {one.code for one in report.not_assessed}


def test_without_columns_a_source_reads_those_of_this_library_that_the_table_has() -> None:
    source = parse_source({"read": {"date_format": "DD.MM.YYYY"}})
    table = pa.table({"patient": ["p"], "date": ["03.04.2025"], "dose_mg": ["12"]})
    report = audit(table, US, as_of=AS_OF, source=source)
    assert report.patients["first_infusion"].to_pylist() == [dt.date(2025, 4, 3)]
    lacking = {one.code for one in report.not_assessed if one.fact and one.fact.kind == "column"}
    assert "infusion-too-short" in lacking
    assert "dose-differs" not in lacking


def test_a_missing_column_of_dates_of_the_question_is_named() -> None:
    frame = as_arrow(CLAIM_HEADER, CLAIM_LINES)
    problem = problem_of(lambda: audit(frame, US, as_of="until", source=CLAIMS))
    assert (problem.code, problem.place) == ("missing-field", "until")


def test_the_date_of_the_question_can_be_in_a_column_that_the_source_reads() -> None:
    """Asked on the last day of their course, patient 1 has all 5 infusions and patient 2 has 3."""
    rows = [("1", "2025-03-03", "2025-03-07", "11"), ("2", "2025-03-03", "2025-03-05", "11")]
    report = audit(as_arrow(OMOP_HEADER, rows), US, as_of="drug_exposure_end_date", source=OMOP)
    found = {one["patient"]: (one["infusions"], one["last_infusion"]) for one in report.patients.to_pylist()}
    assert found == {"1": (5, dt.date(2025, 3, 7)), "2": (3, dt.date(2025, 3, 5))}
    assert report.courses["status"].to_pylist() == ["complete", "in-progress"]


def test_a_text_file_that_is_listed_twice_is_refused(tmp_path: Path) -> None:
    """Its rows would be counted twice; another spelling of the path, or a pattern that matches it, is the same file."""
    path = tmp_path / "a.csv"
    path.write_text(as_csv(CLAIM_HEADER, CLAIM_LINES), encoding="utf-8")
    for again in (path, tmp_path / ".." / tmp_path.name / "a.csv", tmp_path / "*.csv"):
        problem = problem_of(lambda again=again: audit([path, again], US, as_of=AS_OF, source=CLAIMS))  # type: ignore[misc]
        assert (problem.code, Path(problem.place).name) == ("file-twice", "a.csv")


def test_progress_counts_the_rows_of_all_files(tmp_path: Path) -> None:
    arrow = as_arrow(CLAIM_HEADER, CLAIM_LINES)
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, rows in zip(paths, (arrow.slice(0, 2), arrow.slice(2)), strict=True):
        pq.write_table(rows, path)
    calls: list[tuple[int, int]] = []
    audit(paths, US, as_of=AS_OF, source=CLAIMS, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(2, 8), (8, 8)]


def test_an_argument_for_a_column_is_refused_beside_a_source() -> None:
    problem = problem_of(lambda: audit(pa.table({}), US, as_of=AS_OF, source="omop", patient="id", dose_mg="mg"))
    assert (problem.code, problem.argument) == ("reserved-name", "patient")


def test_a_source_without_a_patient_is_refused() -> None:
    source = parse_source('[columns]\ndate = "day"')
    problem = problem_of(lambda: audit(pa.table({"day": ["2025-03-03"]}), US, as_of=AS_OF, source=source))
    assert (problem.code, problem.argument) == ("missing-field", "source")


def test_the_caller_says_what_lemtrada_is_called() -> None:
    frame = omop(drug_concept_id=pa.array(["5", "6", "Campath", None]))
    problem = problem_of(lambda: audit(frame, US, as_of=AS_OF, source="omop"))
    assert problem.remedies == ("lemtrada_codes", "medicine")
    told = audit(frame, US, as_of=AS_OF, source="omop", lemtrada_codes=["5"])
    assert (told.rows.audited, told.rows.other, told.rows.refused) == (1, 2, 1)
    assumed = audit(frame, US, as_of=AS_OF, source="omop", medicine="assumed")
    assert (assumed.rows.audited, assumed.rows.other, assumed.rows.refused) == (3, 1, 0)
    both = audit(frame, US, as_of=AS_OF, source="omop", lemtrada_codes=["Campath"], medicine="assumed")
    assert (both.rows.audited, both.rows.other) == (4, 0)


@pytest.mark.parametrize(
    ("how", "argument"),
    [
        ({"lemtrada_codes": ["5"]}, "lemtrada_codes"),
        ({"medicine": "assumed"}, "medicine"),
        ({"medicine": "guessed", "source": "omop"}, "medicine"),
        ({"lemtrada_codes": "5", "source": "omop"}, "lemtrada_codes"),
        ({"lemtrada_codes": [5], "source": "omop"}, "lemtrada_codes"),
        ({"lemtrada_codes": [" "], "source": "omop"}, "lemtrada_codes"),
        ({"lemtrada_codes": ["5"], "source": Source(columns={"patient": "p", "date": "d"})}, "lemtrada_codes"),
        ({"ignore": "note"}, "ignore"),
        ({"ignore": [1]}, "ignore"),
        ({"source": "omob"}, "source"),
        ({"source": 3}, "source"),
    ],
)
def test_wrong_arguments_are_named(how: dict[str, Any], argument: str) -> None:
    frame = pa.table({"patient": ["p"], "date": ["2025-03-03"]})
    with pytest.raises(Exception) as caught:  # noqa: PT011  # the family is checked below
        audit(frame, US, as_of=AS_OF, **how)
    error: Any = caught.value
    assert {one.argument for one in getattr(error, "problems", [error])} == {argument}


# --- a day for each patient, and courses ---------------------------------------------------------------------


def test_each_patient_has_a_day_of_their_own() -> None:
    days = ("2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07")
    rows = [("1", day, "", "11", "2025-03-05") for day in days]
    rows += [("2", day, "", "11", "2026-11-22") for day in days]
    rows += [("3", days[0], "", "11", "2026-11-22"), ("3", days[1], "", "11", "2026-11-21")]
    rows += [("4", days[0], "", "11", ""), ("5", days[0], "", "9", "")]
    frame = as_arrow((*OMOP_HEADER, "until"), rows)
    report = audit(frame, US, as_of="until", source=OMOP)
    found = {one["patient"]: one for one in report.patients.to_pylist()}
    assert {patient: one["infusions"] for patient, one in found.items()} == {"1": 3, "2": 5, "3": 0, "4": 0, "5": 0}
    assert found["2"]["next_earliest"] == dt.date(2026, 3, 7)
    assert found["1"]["rows"] == 5
    refused = sorted((one["row"], one["code"]) for one in report.refused.to_pylist())
    assert refused == [(11, "as-of-differs"), (12, "as-of-differs"), (13, "missing-field")]
    assert (report.rows.audited, report.rows.refused, report.rows.other) == (10, 3, 1)
    assert report.findings().num_rows == report.summary()["findings"]["only-other-medicines"]["findings"] == 1


def test_days_inside_a_course_of_a_registry_are_not_assessed() -> None:
    rows = [("1", "LEMTRADA", "2025-03-03", "2025-03-07"), ("2", "LEMTRADA", "2025-03-03", "")]
    report = audit(as_arrow(tuple(SHAPES["registry"][1]), rows), US, as_of=AS_OF, source="registry")
    entries = {(one.code, one.fact.kind, one.fact.count) for one in report.not_assessed if one.fact}
    assert {("course-incomplete", "course-days", 2), ("earliest-next-course", "course-ends", 1)} <= entries
    assert report.courses.select(["patient", "first_day", "last_day", "status"]).to_pylist()[0] == {
        "patient": "1", "first_day": dt.date(2025, 3, 3), "last_day": dt.date(2025, 3, 7), "status": "not-assessed",
    }  # fmt: skip
    assert report.courses.to_pylist()[1]["last_day"] is None
    second = report.patients.to_pylist()[1]
    absent = {one.fact.absence() for one in report.not_assessed if one.fact}
    assert {"no infusions between the first and last day of 2 courses", "no last day of 1 course"} <= absent
    dates = ("last_infusion", "next_earliest", "contraception_until", "monitoring_until")
    assert [second[name] for name in dates] == [None] * 4


def test_a_course_after_one_without_a_last_day_has_no_interval() -> None:
    rows = [("1", "LEMTRADA", "2025-03-03", ""), ("1", "LEMTRADA", "2026-02-23", "2026-02-25")]
    report = audit(as_arrow(tuple(SHAPES["registry"][1]), rows), US, as_of=AS_OF, source="registry")
    names = ["first_day", "last_day", "days_since_previous", "early_days"]
    assert [list(row.values()) for row in report.courses.select(names).to_pylist()] == [
        [dt.date(2025, 3, 3), None, None, None],
        [dt.date(2026, 2, 23), dt.date(2026, 2, 25), None, None],
    ]


# --- text files without a source ------------------------------------------------------------------------------


OWN: Final = ("patient", "date", "started", "ended", "observed_until", "dose_mg", "status", "course")


def test_a_csv_of_bad_cells_has_the_refusals_of_a_reader(tmp_path: Path) -> None:
    good = {"patient": "p", "date": "2025-03-03"}
    cells = [{**good, "patient": f"p{place}", bad.column: bad.text} for place, bad in enumerate(CELLS)]
    rows = [as_csv([], [[one.get(name, "") for name in OWN]]).split("\n", 1)[1] for one in cells if _is_one_line(one)]
    lines = [",".join(OWN) + "\n", *rows, *(f"{row}\n" for row in ROWS), "\n", "p,2025-03-03,,,,,,\n"]
    path = tmp_path / "bad.csv"
    path.write_bytes("".join(lines).encode())
    intake, report = read_histories(path), audit(path, US, as_of=AS_OF)
    found = sorted((one["row"], one["column"], one["code"]) for one in report.refused.to_pylist())
    assert found == sorted((one.row, one.column or "", one.code) for one in intake.refused)
    assert len(found) > 300
    counts = report.summary()["rows"]
    assert {name: counts[name] for name in counts_of(intake)} == counts_of(intake)


def _is_one_line(row: Mapping[str, str]) -> bool:
    return not any("\n" in cell for cell in row.values())


def test_a_csv_with_the_columns_of_a_cohort(tmp_path: Path) -> None:
    path = tmp_path / "cohort.csv"
    path.write_text("person_id,date,infusion_minutes\n7,2025-03-03,180\n7,2025-03-04,\n", encoding="utf-8")
    report = audit(path, US, as_of=AS_OF, patient="person_id")
    assert report.patients.select(["patient", "rows", "infusions"]).to_pylist() == [
        {"patient": "7", "rows": 2, "infusions": 2}
    ]
    assert "infusion-too-short" in report.patients["codes"].to_pylist()[0]
    lacking = {(one.code, one.fact.count) for one in report.not_assessed if one.fact and one.fact.kind == "column"}
    assert {("infusion-too-short", 1), ("dose-differs", None)} <= lacking


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("patient,day\np,2025-03-03\n", "missing-field"),
        ("date\n2025-03-03\n", "missing-field"),
        ("patient,date,strat\np,2025-03-03,9\n", "unknown-key"),
        ("patient;date\np;2025-03-03\n", "csv-structure"),
        ("", "csv-structure"),
    ],
)
def test_a_csv_that_cannot_be_used(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "cohort.csv"
    path.write_text(text, encoding="utf-8")
    problem = problem_of(lambda: audit(path, US, as_of=AS_OF))
    assert problem.code == code
    assert problem.place.startswith(f"{path}: ")


def test_a_csv_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        audit(tmp_path / "cohort.csv", US, as_of=AS_OF)


def test_files_with_other_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("patient,date\np,2025-03-03\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("patient,date,dose_mg\np,2025-03-04,12\n", encoding="utf-8")
    with pytest.raises(InvalidInput):
        audit([tmp_path / "a.csv", tmp_path / "b.csv"], US, as_of=AS_OF)


# --- the command ---------------------------------------------------------------------------------------------


def test_the_command_prints_every_kind_of_row(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(as_csv(CLAIM_HEADER[:5], [row[:5] for row in CLAIM_LINES]), encoding="utf-8")
    ran = run("audit", str(path), "--source", "claims", "--protocol", "us-2024-05-r2", "--as-of", "2026-11-22")
    assert ran.status == 2
    assert "8 rows, 5 accepted, 1 refused, 1 blank, 1 other, 0 superseded" in ran.out
    assert f"{path}: row 8, column BENE_ID: the id begins or ends with blanks; remove them [padded-id]" in ran.err


def test_the_command_takes_codes(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "omop.csv"
    rows = [("1", "2025-03-03", "2025-03-07", "5")]
    path.write_text(as_csv(OMOP_HEADER, rows), encoding="utf-8")
    asked = ("audit", str(path), "--source", "omop", "--protocol", "us-2024-05-r2", "--as-of", "2026-11-22")
    ran = run(*asked)
    assert ran.status == 2
    assert "--lemtrada-code" in ran.err
    assert "--assume-lemtrada" in ran.err
    assert "1 row, 1 accepted" in run(*asked, "--lemtrada-code", "5").out
    assert "1 row, 1 accepted" in run(*asked, "--assume-lemtrada").out


def test_nothing_is_shown_of_a_patient() -> None:
    report = audit(as_arrow(CLAIM_HEADER, CLAIM_LINES), US, as_of=AS_OF, source=CLAIMS)
    assert repr(report) == "Report(4 patients, 8 rows)"
    assert repr(report.rows) == "FileRows(8 rows, 4 audited, 1 refused, 1 blank, 1 other, 1 superseded)"
