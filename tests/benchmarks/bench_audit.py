"""The audit beside the scripts of `naive_cohort.py`; `test_naive_cohort.py` compares their answers."""

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from lemtrada_schedule import audit, load_protocol
from lemtrada_schedule.cohort.reading.columns import ColumnReader
from lemtrada_schedule.cohort.screen.blocks import run
from lemtrada_schedule.cohort.screen.lookup_tables import tables_of
from tests.benchmarks import naive_cohort
from tests.benchmarks.cohorts import cohort, with_text_ids
from tests.benchmarks.turns import Row, Work, figures_table, machine, rows_of, times_as_fast_as, times_as_long_as

AS_OF: Final = date(2026, 11, 22)
PACKAGES: Final = ("numpy", "pyarrow", "pandas", "polars", "duckdb")
PATIENTS: Final = (10_000, 100_000, 1_000_000, 5_000_000)
MANY_ROWS: Final = 20_000_000
LOOPS_UP_TO: Final = 20_000
"""Plain loops are measured up to so many patients: their cost is the same for each row."""


# --- sides ---------------------------------------------------------------------------------------


def screened(rows: pa.Table, threads: int) -> Work:
    """Return the screen over columns that were read before."""
    protocol = load_protocol("us-2024-05")
    tables = tables_of(protocol, None, as_of=AS_OF)
    reader = ColumnReader({name: name for name in rows.column_names}, protocol.infusion_day.dose_mg)
    chunk = reader.read(rows, 1)
    return lambda: run(chunk, tables, threads=threads)


def audited(cohort_: Any) -> Work:
    """Return the whole audit, with the checks of columns and the table of patients."""
    protocol = load_protocol("us-2024-05")
    return lambda: audit(cohort_, protocol, as_of=AS_OF).patients


def with_courses(cohort_: Any) -> Work:
    """Return the whole audit with the tables of courses and periods."""
    protocol = load_protocol("us-2024-05")

    def work() -> Any:
        report = audit(cohort_, protocol, as_of=AS_OF)
        return report.patients, report.courses, report.periods

    return work


def in_frames(rows: pa.Table) -> dict[str, Work]:
    """Return every way over a cohort in memory."""
    pandas = rows.to_pandas()
    pandas = pandas.assign(date=pandas["date"].astype("datetime64[s]"))
    polars = pl.DataFrame(pl.from_arrow(rows))
    connection = duckdb.connect()
    connection.register("cohort", rows)
    text = with_text_ids(rows)
    sides: dict[str, Work] = {
        "the screen, 2 threads": screened(rows, 2),
        "the screen, 1 thread": screened(rows, 1),
        "the screen, text ids": screened(text, 2),
        "`audit`": audited(rows),
        "`audit`, courses, periods": with_courses(rows),
        "Polars: courses alone": lambda: naive_cohort.courses_by_polars(polars),
        "Polars": lambda: naive_cohort.by_polars(polars),
        "DuckDB": lambda: naive_cohort.by_duckdb(connection),
        "pandas": lambda: naive_cohort.by_pandas(pandas),
    }
    if rows.num_rows <= 10 * LOOPS_UP_TO:
        sides["loops with dateutil"] = lambda: naive_cohort.by_loops(rows)
    return sides


def from_parquet(path: Path) -> dict[str, Work]:
    """Return the audit of a file, beside reading and sorting it."""
    return {
        "Polars: read and sort": lambda: pl.read_parquet(path).sort("patient", "date"),
        "Polars: read": lambda: pl.read_parquet(path),
        "`audit`": audited(path),
    }


# --- measuring -----------------------------------------------------------------------------------


def cohorts() -> Iterator[tuple[str, pa.Table]]:
    for size in PATIENTS:
        for shuffled in (False, True):
            yield f"{size:,} patients, {'shuffled' if shuffled else 'sorted'}", cohort(size, shuffled=shuffled)


def turns(rows: pa.Table, repeats: int) -> int:
    """Return how often large cohorts are measured: less often, for they take minutes a turn."""
    return min(repeats, 5) if rows.num_rows > MANY_ROWS else repeats


def frame_rows(repeats: int) -> Iterator[Row]:
    for title, rows in cohorts():
        times, per_second = turns(rows, repeats), 1e9 / rows.num_rows
        yield from rows_of(title, in_frames(rows), times, per_second=per_second, ratio=times_as_fast_as("pandas"))


def parquet_rows(repeats: int) -> Iterator[Row]:
    ratio = times_as_long_as("Polars: read and sort")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort.parquet"
        for title, rows in cohorts():
            pq.write_table(rows, path)
            times, per_second = turns(rows, repeats), 1e9 / rows.num_rows
            yield from rows_of(title, from_parquet(path), times, per_second=per_second, ratio=ratio)


def figures(repeats: int) -> str:
    frames = figures_table("ns a row", list(frame_rows(repeats)), "pandas takes … times as long")
    files = figures_table("ns a row of a file", list(parquet_rows(repeats)), "times as long as reading and sorting")
    return "\n\n".join([machine(*PACKAGES), frames, files])
