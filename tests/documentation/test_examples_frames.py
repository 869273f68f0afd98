"""The frame libraries take the rows of a plan, and read its CSV, with the right types and the same values."""

import doctest
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lemtrada_schedule import Plan, Rows, to_csv, to_rows
from tests.golden.make_plans import GOLDEN, golden_plan

NAMES: Final = (
    "item", "kind", "course", "first_day", "last_day", "weekday", "start", "end", "title", "neutral_title",
    "applies_to", "reason", "cite", "basis", "provisional", "suggested",
)  # fmt: skip
ROOT: Final = Path(__file__).parents[2]
DAYS: Final = ("first_day", "last_day")
TIMES: Final = ("start", "end")


@pytest.fixture(scope="module", params=["us-two-courses", "casablanca", "own-protocol"])
def plan(request: pytest.FixtureRequest) -> Plan:
    return golden_plan(request.param)


@pytest.fixture
def rows(plan: Plan) -> Rows:
    return to_rows(plan)


@pytest.fixture
def csv_file(rows: Rows, tmp_path: Path) -> Path:
    path = tmp_path / "plan.csv"
    path.write_text(to_csv(rows), encoding="utf-8", newline="")
    return path


def as_instants(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with their times in UTC, so that one zone object need not be another."""
    return [
        {name: cell.astimezone(UTC) if isinstance(cell, datetime) else cell for name, cell in one.items()}
        for one in table
    ]


def test_pyarrow_takes_the_rows(rows: Rows) -> None:
    table = pa.table(rows)
    assert tuple(table.column_names) == NAMES
    types = {name: str(table.schema.field(name).type) for name in NAMES}
    assert {types[name] for name in (*DAYS, "suggested")} == {"date32[day]"}
    assert {types[name] for name in TIMES} == {f"timestamp[s, tz={rows.time_zone}]"}
    assert types["course"] == "int32"
    assert as_instants(table.to_pylist()) == as_instants([dict(one) for one in rows])


def test_polars_takes_the_rows(rows: Rows) -> None:
    frame = pl.DataFrame(rows)
    assert [frame.schema[name] for name in DAYS] == [pl.Date, pl.Date]
    assert [frame.schema[name] for name in TIMES] == [pl.Datetime("ms", rows.time_zone)] * 2
    assert as_instants(frame.to_dicts()) == as_instants([dict(one) for one in rows])


def test_pandas_takes_the_rows(rows: Rows) -> None:
    """By its own types; through Arrow's, days stay days and whole numbers whole."""
    frame = pd.DataFrame.from_arrow(rows)
    assert str(frame["start"].dtype) == f"datetime64[s, {rows.time_zone}]"
    arrow = pa.table(rows).to_pandas(types_mapper=pd.ArrowDtype)
    assert str(arrow["first_day"].dtype) == "date32[day][pyarrow]"
    assert str(arrow["course"].dtype) == "int32[pyarrow]"
    days = [one["first_day"] for one in rows]
    assert [None if pd.isna(day) else day for day in arrow["first_day"]] == days
    assert [None if pd.isna(day) else day for day in frame["first_day"]] == days
    assert len(frame) == len(rows)


def test_duckdb_takes_the_rows(rows: Rows) -> None:
    asked = duckdb.sql("select kind, count(*) as items, min(first_day) as first from rows group by kind order by kind")
    expected: dict[str, list[date]] = {}
    for one in rows:
        expected.setdefault(one["kind"], []).extend([one["first_day"]] if one["first_day"] else [])
    kinds = [one["kind"] for one in rows]
    assert asked is not None
    assert asked.fetchall() == [
        (kind, kinds.count(kind), min(expected[kind], default=None)) for kind in sorted(expected)
    ]


# --- CSV -----------------------------------------------------------------------------------------


def instants(rows: Rows) -> list[datetime | None]:
    return [one["start"].astimezone(UTC) if one["start"] else None for one in rows]


def test_polars_reads_the_csv(rows: Rows, csv_file: Path) -> None:
    frame = pl.read_csv(csv_file, try_parse_dates=True, infer_schema_length=None)
    assert frame["first_day"].to_list() == [one["first_day"] for one in rows]
    assert frame["start"].to_list() == instants(rows)
    assert frame["course"].to_list() == [one["course"] for one in rows]
    assert frame["title"].to_list() == [one["title"] for one in rows]


def test_pandas_reads_the_csv(rows: Rows, csv_file: Path) -> None:
    frame = pd.read_csv(csv_file, parse_dates=["first_day", "last_day"])
    assert [None if pd.isna(day) else day.date() for day in frame["first_day"]] == [one["first_day"] for one in rows]
    times = pd.to_datetime(frame["start"], utc=True)
    assert [None if pd.isna(time) else time.to_pydatetime() for time in times] == instants(rows)
    assert [None if pd.isna(number) else int(number) for number in frame["course"]] == [one["course"] for one in rows]


def test_duckdb_reads_the_csv(rows: Rows, csv_file: Path) -> None:
    table = duckdb.read_csv(str(csv_file))
    types = dict(zip(table.columns, map(str, table.types), strict=True))
    assert [types[name] for name in ("course", *DAYS, *TIMES)] == [
        "BIGINT", "DATE", "DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE",
    ]  # fmt: skip
    days = [one["first_day"] for one in rows]
    assert [day for (day,) in table.select("first_day").fetchall()] == days
    seconds = table.select("epoch(start)").fetchall()
    assert [second for (second,) in seconds] == [time.timestamp() if time else None for time in instants(rows)]


@pytest.mark.parametrize("name", GOLDEN)
def test_I40_csv_and_arrow_hold_the_same(name: str) -> None:
    rows = to_rows(golden_plan(name))
    read = pl.read_csv(to_csv(rows).encode(), infer_schema=False)
    for column in ("item", "kind", "weekday", "title", "neutral_title", "reason", "cite", "basis"):
        assert read[column].to_list() == pa.table(rows).column(column).to_pylist()
    suggested = [one["suggested"] and one["suggested"].isoformat() for one in rows]
    assert read["suggested"].to_list() == suggested


def test_the_page_on_tables_holds_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failed, asked = doctest.testfile(str(ROOT / "docs" / "plan-as-table.md"), module_relative=False)
    assert failed == 0
    assert asked > 15
