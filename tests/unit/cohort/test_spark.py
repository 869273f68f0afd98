"""Spark in local mode says what `audit` says. Needs a Java runtime: without one the test is skipped, and says so."""

import gc
import json
import shutil
import warnings
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemtrada_schedule import audit
from tests.benchmarks.cohorts import cohort
from tests.benchmarks.naive_cohort import by_loops
from tests.support.histories import US

AS_OF: Final = date(2026, 11, 22)
MISSING: Final = [
    name for name, there in {"Java": shutil.which("java"), "pyspark": find_spec("pyspark")}.items() if not there
]
ROWS: Final = cohort(400, seed=5, shuffled=True)
DAYS: Final = [date(2025, 3, 3), date(2025, 3, 4), date(1999, 12, 31), None, date(2025, 3, 5), date(2025, 3, 6)]
ODD: Final = pa.table(
    {
        "patient": ["a", "a", "b", None, "A", "c"],
        "date": pa.array(DAYS, pa.date32()),
        "status": ["completed", "stopped", None, None, "partial", "not-done"],
        "infusion_minutes": [240.0, None, float("nan"), None, 239.5, -1.0],
        "observation_minutes": pa.array([120, 119, 1_441, None, 120, None], pa.int16()),
        "dose_mg": [12.0, 11.0, None, None, 12.0, 0.0],
        "course": pa.array([1, None, None, None, 2, 51], pa.int8()),
    }
)


DOSES: Final = [Decimal("12.000000000"), Decimal("11.900000000"), Decimal("12.500000000"), None]
KINDS: Final = {
    name: pa.table(
        {
            "patient": ["a", "a", "b", "b"],
            "date": pa.array([date(2025, 3, day) for day in (3, 4, 3, 4)]),
            "dose_mg": pa.array(DOSES, pa.decimal128(38, 9)).cast(dose),
            "infusion_minutes": pa.array([240, 239, 240, None]).cast(number),
            "course": pa.array([1, 1, None, 1]).cast(number),
        }
    )
    for name, dose, number in (
        ("numeric", pa.decimal128(38, 9), pa.decimal128(38, 9)),
        ("floats", pa.float32(), pa.float32()),
        ("texts", pa.string(), pa.float64()),
    )
}
"""S34: doses, lengths and courses in other kinds of columns."""
OWN_DAYS: Final = pa.table(
    {
        "patient": ["a"] * 3 + ["b"] * 2 + ["c"] * 2,
        "date": pa.array([date(2025, 3, day) for day in (3, 4, 5, 3, 4, 3, 4)]),
        "censored_on": pa.array(
            [date(2025, 3, 4)] * 3 + [date(2025, 3, 9), None] + [date(2025, 3, 9), date(2025, 3, 10)], pa.date32()
        ),
    }
)
"""Patient a has a row after their own day, b a row without one, and the rows of c have different ones."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if MISSING:
        pytest.skip(f"!!! SPARK IS NOT TESTED: no {' and no '.join(MISSING)} on this machine !!!")
    folder = tmp_path_factory.mktemp("spark")
    pq.write_table(ROWS, folder / "cohort.parquet", row_group_size=1_000)
    pq.write_table(ODD, folder / "odd.parquet")
    for name, table in {**KINDS, "own": OWN_DAYS, "claims": CLAIMS, "courses": COURSES}.items():
        pq.write_table(table, folder / f"{name}.parquet")
    from tests.unit.cohort.spark_run import answers  # noqa: PLC0415  # needs pyspark

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySpark's own, about the pandas that is there and sockets of its own
        told = answers(folder)
        gc.collect()
    whole: dict[str, Any] = json.loads(json.dumps(told, default=str))
    return whole


CLAIMS: Final = pa.table(
    {
        "BENE_ID": ["a", "a", "b", "b ", "c", "c", "d", None],
        "CLM_FROM_DT": pa.array([date(2025, 3, 3), date(2026, 2, 2), *[date(2025, 3, 3)] * 5, None]),
        "CLM_THRU_DT": pa.array([date(2025, 3, 7), date(2026, 2, 4), *[None] * 6], pa.date32()),
        "HCPCS_CD": [*["J0202"] * 6, "J2323", None],
        "LINE_SRVC_CNT": [60.0, 36.0, 12.0, 12.0, 12.0, -24.0, 300.0, None],
        "note": [*["seen"] * 7, None],
    }
)
COURSES: Final = pa.table(
    {
        "PATIENT_ID": [1, 1, 2, 3, 3],
        "THERAPY": ["LEMTRADA", "ALZ", "LEMTRADA", "Ocrelizumab", "ALZ"],
        "START_DATE": pa.array([date(2025, 3, 3), date(2026, 3, 9), date(2025, 5, 5), *[date(2025, 3, 3)] * 2]),
        "STOP_DATE": pa.array([date(2025, 3, 7), date(2026, 3, 11), None, None, date(2025, 3, 7)]),
        "censored_on": pa.array([date(2026, 1, 1)] * 2 + [date(2026, 11, 22)] * 3),
    }
)


def in_order(courses: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = courses.sort_by([("patient", "ascending"), ("number", "ascending")]).to_pylist()
    return rows


def written(rows: list[dict[str, Any]]) -> Any:
    return json.loads(json.dumps(rows, default=str))


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("name", "rows"), [("plain", ROWS), ("odd", ODD), *KINDS.items()], ids=["plain", "odd", *KINDS]
)
def test_spark_says_what_audit_says(said: dict[str, Any], name: str, rows: pa.Table) -> None:
    report, told = audit(rows, US, as_of=AS_OF), said[name]
    assert told["patients"] == written(report.patients.sort_by("patient").to_pylist())
    assert told["courses"] == written(in_order(report.courses))
    findings = report.findings().drop_columns(["row", "message"])  # rows have other numbers there
    order = [("patient", "ascending"), ("code", "ascending"), ("day", "ascending")]
    there = [{name: part for name, part in row.items() if name in findings.column_names} for row in told["findings"]]
    assert there == written(findings.sort_by(order).to_pylist())
    assert all(1 <= row["row"] <= 60 for row in told["findings"])  # no patient has more rows
    assert told["summary"] == written([report.summary()])[0]
    assert told["in_partitions"] > 1


@pytest.mark.sweep
def test_spark_asks_each_patient_on_their_own_day(said: dict[str, Any]) -> None:
    report, told = audit(OWN_DAYS, US, as_of="censored_on"), said["own days"]
    assert told["patients"] == written(report.patients.sort_by("patient").to_pylist())
    assert told["courses"] == written(in_order(report.courses))
    assert told["summary"] == written([report.summary()])[0]
    assert [row["refused_rows"] for row in told["patients"]] == [0, 1, 2]
    assert [(row["patient"], row["infusions"], row["status"]) for row in told["courses"]] == [("a", 2, "in-progress")]


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("name", "rows", "how"),
    [
        ("claims", CLAIMS, {"as_of": AS_OF, "source": "claims", "ignore": ["note"]}),
        ("courses", COURSES, {"as_of": "censored_on", "source": "registry", "lemtrada_codes": ["ALZ"]}),
    ],
    ids=["claims", "courses"],
)
def test_spark_reads_by_source_as_audit_does(
    said: dict[str, Any], name: str, rows: pa.Table, how: dict[str, Any]
) -> None:
    report, told = audit(rows, US, **how), said[name]
    assert told["patients"] == written(report.patients.sort_by("patient").to_pylist())
    assert told["courses"] == written(in_order(report.courses))
    assert told["summary"] == written([report.summary()])[0]
    codes = sorted((one["patient"], one["code"]) for one in report.findings().to_pylist())
    assert sorted((row["patient"], row["code"]) for row in told["findings"]) == codes


@pytest.mark.sweep
def test_spark_counts_every_row_of_a_source(said: dict[str, Any]) -> None:
    # Refused: the padded id, and both lines of c, whose units add up to less than 0.
    counted = {"rows": 8, "audited": 3, "refused": 3, "blank": 1, "other": 1, "superseded": 0}
    assert said["claims"]["rows"] == {"file": "", **counted}
    assert said["claims refused"] == {
        "a source with tests": "reserved-name",
        "timestamps": "wrong-type",
        "a patient is missing": "missing-field",
        "no column of units": "missing-field",
    }


@pytest.mark.sweep
def test_the_script_in_spark_sql_answers_as_the_others(said: dict[str, Any]) -> None:
    """What the benchmark measures beside `audit_spark`; the others are compared in test_naive_cohort.py."""
    assert said["script"] == json.loads(json.dumps(by_loops(ROWS), default=str))


@pytest.mark.sweep
def test_spark_accounts_for_every_row(said: dict[str, Any]) -> None:
    assert said["plain"]["rows"] == {
        "file": "",
        "rows": ROWS.num_rows,
        "audited": ROWS.num_rows,
        "refused": 0,
        "blank": 0,
        "other": 0,
        "superseded": 0,
    }
    # Refused: the unknown status, the day before 2000, half a minute, the length below 0. Blank: the fourth.
    assert said["odd"]["rows"] == {
        "file": "", "rows": 6, "audited": 1, "refused": 4, "blank": 1, "other": 0, "superseded": 0,
    }  # fmt: skip


@pytest.mark.sweep
def test_spark_refuses_columns_of_the_wrong_kind(said: dict[str, Any]) -> None:
    assert said["refusals"] == {
        "no day": "missing-field",
        "days as text": "wrong-type",
        "days as text, ids with a point": "wrong-type, wrong-type",
        "ids with a point": "wrong-type",
        "ids with blanks": "padded-id",
        "ids with a tab": "padded-id",
        "ids that were changed": "id-changed",
        "a patient is missing": "missing-field",
        "given to `audit`": "this is a frame of Spark; give it to `audit_spark`",
        "no frame": "wrong-type",
    }
