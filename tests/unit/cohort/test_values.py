"""S34 and ids in the columns of a cohort: the answer that one patient gets, from every kind of column."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemtrada_schedule import InvalidInput, Report, audit, evaluate, forecast
from lemtrada_schedule.cohort.reading.columns import ColumnReader
from lemtrada_schedule.cohort.reading.sources import FrameSource
from lemtrada_schedule.cohort.screening import Reading
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.records.history import InfusionRecord
from tests.support.histories import US

AS_OF: Final = date(2026, 11, 22)
DAY: Final = date(2025, 3, 3)


def asked(rows: Any, **how: Any) -> Report:
    return audit(rows, US, as_of=AS_OF, **how)


def records(table: pa.Table) -> list[InfusionRecord]:
    """Return the records that a table of one patient is read as."""
    source = FrameSource(table, {name: name for name in table.column_names})
    reader = ColumnReader(source.names, 12)
    reader.read(table, 1)
    ((_, history),) = Reading(source, reader).histories(pa.array(["p1"]))
    return list(history.infusions)


def of_one(**columns: pa.Array) -> pa.Table:
    size = len(next(iter(columns.values())))
    return pa.table({"patient": ["p1"] * size, "date": [DAY] * size, **columns})


def refusal(rows: Any) -> tuple[str, str, str]:
    with pytest.raises(InvalidInput) as caught:
        asked(rows)
    return caught.value.code, caught.value.place, caught.value.message


# --- doses ---------------------------------------------------------------------------------------

EXACT: Final = [Decimal("12.0"), Decimal("11.9"), None]
NUMERIC: Final[dict[str, pa.DataType]] = {
    "decimal128(38, 9)": pa.decimal128(38, 9),
    "decimal128(4, 1)": pa.decimal128(4, 1),
    "decimal128(38, 36)": pa.decimal128(38, 36),
    "decimal256(76, 30)": pa.decimal256(76, 30),
    "decimal32(9, 6)": pa.decimal32(9, 6),
    "decimal64(18, 9)": pa.decimal64(18, 9),
}
FLOATS: Final[dict[str, Any]] = {"float16": np.float16, "float32": np.float32, "float64": np.float64}
TEXTS: Final[dict[str, pa.DataType]] = {
    "string": pa.string(), "large_string": pa.large_string(), "string_view": pa.string_view(),
}  # fmt: skip


def doses(column: pa.Array) -> list[str | None]:
    return [None if record.dose_mg is None else str(record.dose_mg) for record in records(of_one(dose_mg=column))]


@pytest.mark.parametrize("kind", NUMERIC)
def test_S34_a_dose_of_a_warehouse_is_the_decimal_that_stands_there(kind: str) -> None:
    assert doses(pa.array(EXACT, NUMERIC[kind])) == ["12", "11.9", None]


@pytest.mark.parametrize("kind", FLOATS)
def test_S34_a_binary_dose_is_its_shortest_decimal_by_the_rules_of_its_width(kind: str) -> None:
    values = np.array([12, 11.9, np.nan], FLOATS[kind])
    assert doses(pa.array(values)) == ["12", "11.9", None]
    assert doses(pa.array(values).dictionary_encode()) == ["12", "11.9", None]


@pytest.mark.parametrize("kind", TEXTS)
def test_S34_a_dose_in_text_is_read_as_one_patients(kind: str) -> None:
    assert doses(pa.array(["12.0", "11.900000000", None], TEXTS[kind])) == ["12", "11.9", None]
    assert doses(pa.array(["12.0", "11.9", None]).dictionary_encode()) == ["12", "11.9", None]


@pytest.mark.parametrize(
    ("value", "reason"),
    [("12 mg", "write the number alone"), ("1.2E+1", "scientific notation"), ("12,5", "decimal point"),
     (Decimal("12.0000001"), "more than 6 decimal places"), (0.0000001, "rounds to 0"), (Decimal(-12), "0 or below"),
     (float("inf"), "not finite"), (10_000.5, "a larger number")],
    ids=str,
)  # fmt: skip
def test_S34_the_reason_is_the_one_that_one_patient_is_given(value: Any, reason: str) -> None:
    with pytest.raises(InvalidInput) as one:
        InfusionRecord(date=DAY, dose_mg=value)
    (fault,) = asked(of_one(dose_mg=pa.array([value]))).refused.to_pylist()
    assert (fault["code"], fault["message"]) == (one.value.code, one.value.problems[0].message)
    assert reason in fault["message"]


# --- whole numbers in columns of numbers that have a point ---------------------------------------


@pytest.mark.parametrize("kind", ["decimal128(38, 9)", "decimal256(76, 30)", "decimal32(9, 2)", "decimal64(18, 9)"])
@pytest.mark.parametrize("encode", [False, True], ids=["plain", "dictionary"])
def test_lengths_and_courses_may_be_numeric(kind: str, encode: bool) -> None:  # noqa: FBT001  # a parameter of the test
    own = {**NUMERIC, "decimal32(9, 2)": pa.decimal32(9, 2)}[kind]
    columns = {
        "infusion_minutes": pa.array([Decimal(0), Decimal(240), None], own),
        "observation_minutes": pa.array([Decimal(120), Decimal(1_440), None], own),
        "course": pa.array([Decimal(1), Decimal(2), None], own),
    }
    if encode and own.bit_width > 64:  # Arrow makes no dictionaries of narrower decimals
        columns = {name: column.dictionary_encode() for name, column in columns.items()}
    told = records(of_one(**columns))
    assert [record.infusion_minutes for record in told] == [0, 240, None]
    assert [record.observation_minutes for record in told] == [120, 1_440, None]
    assert [record.course for record in told] == [1, 2, None]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [("infusion_minutes", Decimal("240.000000001"), "wrong-type"), ("infusion_minutes", Decimal(-1), "out-of-range"),
     ("observation_minutes", Decimal(1_441), "out-of-range"), ("course", Decimal("1.5"), "wrong-type"),
     ("course", Decimal(0), "out-of-range"), ("infusion_minutes", Decimal(10**28), "out-of-range")],
    ids=str,
)  # fmt: skip
def test_numbers_that_are_no_lengths_and_no_courses_refuse_their_rows(column: str, value: Decimal, code: str) -> None:
    report = asked(of_one(**{column: pa.array([value, None], pa.decimal128(38, 9))}))
    (fault,) = report.refused.to_pylist()
    assert (fault["row"], fault["column"], fault["code"]) == (1, column, code)


def test_a_fraction_beyond_the_digits_of_a_float_is_still_no_whole_number() -> None:
    length = pa.array([Decimal("240." + "0" * 35 + "1")], pa.decimal256(76, 36))
    assert asked(of_one(infusion_minutes=length)).refused["code"].to_pylist() == ["wrong-type"]


ENGINES: Final[dict[str, Callable[[], Any]]] = {
    "DuckDB, DECIMAL(38,9)": lambda: duckdb.sql(
        "SELECT 'p1' AS patient, DATE '2025-03-03' AS date, 11.9::DECIMAL(38,9) AS dose_mg, "
        "240::DECIMAL(38,9) AS infusion_minutes, 1::HUGEINT AS course"
    ),
    "DuckDB, FLOAT": lambda: duckdb.sql(
        "SELECT 'p1' AS patient, DATE '2025-03-03' AS date, 11.9::FLOAT AS dose_mg, "
        "240::FLOAT AS infusion_minutes, 1::DOUBLE AS course"
    ),
    "Polars": lambda: pl.DataFrame(
        {"patient": ["p1"], "date": [DAY], "dose_mg": [Decimal("11.900000000")],
         "infusion_minutes": [Decimal("240.0")], "course": [Decimal("1.0")]}
    ),
    "pandas, Decimal objects": lambda: pd.DataFrame(
        {"patient": ["p1"], "date": [DAY], "dose_mg": [Decimal("11.900000000")],
         "infusion_minutes": [Decimal("240.0")], "course": [Decimal(1)]}
    ),
    "pandas, float32": lambda: pd.DataFrame(
        {"patient": ["p1"], "date": [DAY], "dose_mg": np.array([11.9], "float32"),
         "infusion_minutes": np.array([240], "float32"), "course": np.array([1], "float32")}
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_S34_every_engine_gives_the_answer_of_one_patient(engine: str) -> None:
    one = InfusionRecord.model_validate({"date": DAY, "dose_mg": "11.9", "infusion_minutes": 240, "course": 1})
    told = parse_csv("patient,date,dose_mg,course\np1,2025-03-03,11.9,1\n").histories[0]
    expected = evaluate(
        told.model_copy(update={"infusions": [one.model_copy(update={"row": 1})]}), US, as_of=AS_OF
    ).findings
    ((_, evaluation),) = asked(ENGINES[engine]()).evaluations()
    assert evaluation.findings == expected
    assert "dose-differs" in {finding.code for finding in expected}


def test_a_decimal_object_that_is_no_number_says_nothing_and_one_that_signals_is_refused() -> None:
    rows = {"patient": ["p1"] * 2, "date": [DAY] * 2}
    report = asked(pd.DataFrame({**rows, "dose_mg": [Decimal("12.0"), Decimal("NaN")]}))
    assert (report.rows.audited, report.rows.refused) == (2, 0)
    for odd in (Decimal("sNaN"), Decimal("Infinity")):
        code, place, message = refusal(pd.DataFrame({**rows, "dose_mg": [Decimal("12.0"), odd]}))
        assert (code, place) == ("wrong-type", "dose_mg")
        assert "finite" in message


# --- ids of other kinds --------------------------------------------------------------------------

OTHER_IDS: Final[dict[str, Any]] = {
    "decimal128(38, 0)": pa.table({"patient": pa.array([Decimal(7)], pa.decimal128(38, 0)), "date": [DAY]}),
    "UUID of Arrow": pa.table({"patient": pa.array([b"0" * 16], pa.uuid()), "date": [DAY]}),
    "UUID objects": pd.DataFrame({"patient": [UUID(int=1)], "date": [DAY]}),
    "bytes": pa.table({"patient": pa.array([b"p1"]), "date": [DAY]}),
    "floats": pa.table({"patient": [7.0], "date": [DAY]}),
    "HUGEINT": duckdb.sql("SELECT 7::HUGEINT AS patient, DATE '2025-03-03' AS date"),
    "Int128": pl.DataFrame({"patient": [7], "date": [DAY]}).with_columns(pl.col("patient").cast(pl.Int128)),
    "whole numbers beyond 64 bits": pd.DataFrame({"patient": [2**70], "date": [DAY]}),
}


@pytest.mark.parametrize("kind", OTHER_IDS)
def test_ids_of_another_kind_are_refused_with_the_way_out(kind: str) -> None:
    code, _, message = refusal(OTHER_IDS[kind])
    assert code == "wrong-type"
    assert "text" in message.rpartition(";")[2]


# --- ids with blanks at an end, and ids that a spreadsheet has changed ---------------------------

Rows = Sequence[tuple[str, str]]
COURSE: Final = [f"2025-03-0{day}" for day in range(3, 8)]
FILES: Final[dict[str, Rows]] = {
    "padded, of a patient who is there": [*(("p1", day) for day in COURSE[:4]), ("p1 ", COURSE[4]), ("p2", COURSE[0])],
    "padded, of a patient who is not": [("p1", COURSE[0]), ("\u00a0p3\t", COURSE[0])],
    "changed": [*(("p1", day) for day in COURSE), ("1.23457E+17", COURSE[0]), ("p2", COURSE[0])],
    "padded and changed": [("p1", COURSE[0]), (" p1", COURSE[1]), ("1E+17", COURSE[0]), ("p2", COURSE[0])],
    "changed, and padded": [("p1", COURSE[0]), ("1.5E+17 ", COURSE[0])],
    "two faults in one row": [("p1", COURSE[0]), ("p1 ", "2025-02-30"), ("1.5E+17", "2025-02-30"), ("p2", COURSE[0])],
    "points and pluses in ids": [("site.01.7", COURSE[0]), ("p+1", COURSE[0]), ("1.5", COURSE[0]), ("1E5", COURSE[0])],
    "nothing but rows of nobody": [("1.5E+17", COURSE[0]), ("1.5E+18", COURSE[0])],
    "not sorted": [("p9", COURSE[0]), ("p1 ", COURSE[0]), ("p1", COURSE[1]), ("1.5E+17", COURSE[0]), ("a", COURSE[0])],
}


def by_check(rows: Rows) -> tuple[list[tuple[int, str]], dict[str, tuple[Any, ...]]]:
    """Return what `check` says of a file: the refused rows, counted without the header, and what each patient gets."""
    intake = parse_csv("\n".join(["patient,date", *(f'"{name}",{day}' for name, day in rows)]))
    refused = [(fault.row - 1, fault.code) for fault in intake.refused]
    told = {}
    for history in intake.histories:
        evaluation = evaluate(history, US, as_of=AS_OF)
        codes = sorted({finding.code for finding in evaluation.findings})
        earliest = forecast(history, US, as_of=AS_OF).earliest
        told[str(history.patient)] = (len(history.infusions), codes, earliest, bool(history.unreadable))
    return refused, told


def by_audit(report: Report) -> tuple[list[tuple[int, str]], dict[str, tuple[Any, ...]]]:
    """Return the same of a report."""
    refused = [(row["row"], row["code"]) for row in report.refused.to_pylist()]
    told: dict[str, tuple[Any, ...]] = {}
    for row in report.patients.to_pylist():
        assert row["patient"] not in told
        assert (row["contraception_until"] is None) == (row["last_infusion"] is None)
        told[row["patient"]] = (row["rows"], row["codes"], row["next_earliest"], row["last_infusion"] is None)
    return refused, told


def same(one: tuple[list[tuple[int, str]], Mapping[str, Any]], other: tuple[Any, Mapping[str, Any]]) -> None:
    assert sorted(one[0]) == sorted(other[0])
    assert one[1] == other[1]


@pytest.mark.parametrize("name", FILES)
def test_one_file_has_one_answer_by_check_and_by_audit(name: str, tmp_path: Path) -> None:
    expected = by_check(FILES[name])
    patients, days = zip(*FILES[name], strict=True)
    table = pa.table({"patient": list(patients), "date": list(days)})
    same(expected, by_audit(asked(table)))
    for kind in (pa.large_string(), pa.string_view()):
        same(expected, by_audit(asked(table.set_column(0, "patient", pa.array(patients, kind)))))
    encoded = table.set_column(0, "patient", table["patient"].combine_chunks().dictionary_encode())
    same(expected, by_audit(asked(encoded)))
    path = tmp_path / "cohort.parquet"
    pq.write_table(table, path, row_group_size=1)
    same(expected, by_audit(asked(path)))
    same(expected, by_audit(asked(path, rows_at_once=1)))  # split on disk where it is not sorted


@pytest.mark.parametrize("name", FILES)
def test_the_rows_of_a_file_add_up(name: str) -> None:
    patients, days = zip(*FILES[name], strict=True)
    rows = asked(pa.table({"patient": list(patients), "date": list(days)})).rows
    assert rows.rows == len(patients) == rows.audited + rows.refused + rows.blank


def test_a_row_of_nobody_stands_in_every_evaluation_and_once_for_the_cohort() -> None:
    patients, days = zip(*FILES["padded and changed"], strict=True)
    # Partial infusions: a finding that no further row takes away.
    partial = ["partial"] * len(days)
    report = asked(pa.table({"patient": list(patients), "date": list(days), "status": partial}))
    rows = {entry.row for entry in report.not_assessed if entry.row}
    assert rows == {3}
    assert {entry.code for entry in report.not_assessed if entry.row} == {
        "contraception-until", "courses", "earliest-next-course", "monitoring-until",
    }  # fmt: skip
    told = {
        patient: sorted({entry.row for entry in evaluation.not_assessed if entry.row})
        for patient, evaluation in report.evaluations()
    }
    assert told == {"p1": [2, 3], "p2": [3]}
    assert {row["patient"]: row["refused_rows"] for row in report.patients.to_pylist()} == {"p1": 1, "p2": 0}


def test_as_many_rows_of_nobody_are_named_as_in_a_file_of_records() -> None:
    ids = ["p1", *["1.5E+17"] * 60]
    report = asked(pa.table({"patient": ids, "date": [DAY] * 61, "status": ["partial"] * 61}))
    assert {entry.row for entry in report.not_assessed if entry.row} == set(range(2, 52))
    ((_, evaluation),) = report.evaluations()
    assert {entry.row for entry in evaluation.not_assessed if entry.row} == set(range(2, 52))
    assert report.rows.refused == 60


def test_other_faults_of_an_id_still_refuse_the_cohort_and_name_its_rows() -> None:
    rows = pa.table({"patient": ["p1 ", "p\u200b1", "p2", "p\u200b1"], "date": [DAY] * 4})
    code, place, message = refusal(rows)
    assert (code, place) == ("control-character", "patient")
    assert message.endswith("; rows 2, 4")


def test_whole_numbers_as_ids_are_neither_padded_nor_changed() -> None:
    assert asked(pa.table({"patient": [10**17, 7], "date": [DAY] * 2})).rows.refused == 0
