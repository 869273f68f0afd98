"""Measure the audit: `python -m tests.benchmarks.bench_audit [--patients N …] [--growth N …] [--spark] [--write]`.

The screen runs beside the scripts of `naive_cohort.py`, in one process, taking turns, on the same seeded cohorts,
after a warm-up; `test_naive_cohort.py` compares their answers. The peak of memory is what the operating system says.
Nothing here is a gate: believe the ratios, not the nanoseconds. `--write` puts the figures into `docs/benchmarks.md`.
"""

import argparse
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from lemtrada_schedule import audit, load_protocol
from lemtrada_schedule.cohort.columns import ColumnReader
from lemtrada_schedule.cohort.running import run
from lemtrada_schedule.cohort.tables import tables_of
from tests.benchmarks import naive_cohort
from tests.benchmarks.bench_plan import table
from tests.benchmarks.cohorts import cohort, with_text_ids

PAGE: Final = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- audit: begin -->", "<!-- audit: end -->"
AS_OF: Final = date(2026, 11, 22)
PACKAGES: Final = ("numpy", "pyarrow", "pandas", "polars", "duckdb")
LOOPS_UP_TO: Final = 20_000
"""Plain loops are measured up to so many patients: their cost is the same for each row."""

Work = Callable[[], object]


class Row(NamedTuple):
    """The nanoseconds a row takes on one side: median, least and most of the turns."""

    case: str
    side: str
    middle: float
    least: float
    most: float
    ratio: float
    """How many times as long as the first side: the median of the ratios within each turn."""


# --- sides ---------------------------------------------------------------------------------------


def screened(rows: pa.Table, threads: int) -> Work:
    """Return the screen over columns that were read before."""
    protocol = load_protocol("us")
    tables = tables_of(protocol, None, as_of=AS_OF)
    reader = ColumnReader({name: name for name in rows.column_names}, protocol.infusion_day.dose_mg)
    chunk = reader.read(rows, 1)
    return lambda: run(chunk, tables, threads=threads)


def audited(cohort_: Any) -> Work:
    """Return the whole audit, with the checks of columns and the table of patients."""
    protocol = load_protocol("us")
    return lambda: audit(cohort_, protocol, as_of=AS_OF).patients


def in_frames(rows: pa.Table) -> dict[str, Work]:
    """Return every way over a cohort in memory, the screen first."""
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


def timed(work: Work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measured(case: str, rows: int, sides: Mapping[str, Work], repeats: int) -> Iterator[Row]:
    """Yield the figures of each side; the sides take turns, after a warm-up."""
    for work in sides.values():
        work()
    turns = [{side: timed(work) / rows * 1e9 for side, work in sides.items()} for _ in range(repeats)]
    first = next(iter(sides))
    for side in sides:
        times = [turn[side] for turn in turns]
        ratio = median(turn[side] / turn[first] for turn in turns)
        yield Row(case, side, median(times), min(times), max(times), ratio)


def frame_rows(patients: Sequence[int], repeats: int) -> Iterator[Row]:
    for size in patients:
        for shuffled in (False, True):
            rows = cohort(size, shuffled=shuffled)
            order = "shuffled" if shuffled else "sorted"
            yield from measured(f"{size:,} patients, {order}", rows.num_rows, in_frames(rows), repeats)


def parquet_rows(patients: Sequence[int], repeats: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        for size in patients:
            for shuffled in (False, True):
                rows = cohort(size, shuffled=shuffled)
                path = Path(folder) / "cohort.parquet"
                pq.write_table(rows, path)
                order = "shuffled" if shuffled else "sorted"
                yield from measured(f"{size:,} patients, {order}", rows.num_rows, from_parquet(path), repeats)


class Grown(NamedTuple):
    """What a large file takes: in one process, the largest one last."""

    rows: int
    shuffled: bool
    middle: float
    """Nanoseconds a row."""
    peak: float
    """The most memory of the process so far, in GB."""


def growth_rows(patients: Sequence[int], folder: str | None) -> Iterator[Grown]:
    """Yield what parquet files of growing size take, streamed as they lie or split on disk."""
    protocol = load_protocol("us")
    with tempfile.TemporaryDirectory(dir=folder) as place:
        for size in patients:
            for shuffled in (False, True):
                path = Path(place) / "cohort.parquet"
                rows = written(path, size, shuffled=shuffled)
                took = timed(lambda: audit(path, protocol, as_of=AS_OF, folder=place))  # noqa: B023  # called at once
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
                yield Grown(rows, shuffled, took / rows * 1e9, peak)


def written(path: Path, patients: int, *, shuffled: bool, at_once: int = 250_000) -> int:
    """Write a large cohort in parts; shuffled, each part holds patients from everywhere, in any order."""
    rows, writer = 0, None
    chance = np.random.default_rng(1)
    for part in range(0, patients, at_once):
        one = cohort(min(at_once, patients - part), seed=part, shuffled=shuffled)
        ids = np.asarray(one["patient"])
        own = ids + part if not shuffled else (ids * 7 + chance.integers(0, 7, len(ids))) % patients
        one = one.set_column(0, "patient", pa.array(own))
        writer = writer or pq.ParquetWriter(path, one.schema)
        writer.write_table(one)
        rows += one.num_rows
    if writer:
        writer.close()
    return rows


def spark_rows(patients: int, repeats: int) -> Iterator[Row]:
    """Yield the audit on Spark in local mode, beside windows in Spark SQL."""
    from lemtrada_schedule import audit_spark  # noqa: PLC0415  # brings Java along
    from tests.cohort.spark_run import session  # noqa: PLC0415  # brings Java along

    spark, protocol = session(), load_protocol("us")
    spark.conf.set("spark.sql.shuffle.partitions", "8")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort.parquet"
        rows = cohort(patients, shuffled=True)
        pq.write_table(rows, path, row_group_size=1 << 18)
        frame = spark.read.parquet(str(path))
        frame.createOrReplaceTempView("cohort")
        nowhere = {"format": "noop", "mode": "overwrite"}
        sides: dict[str, Work] = {
            "`audit_spark`": lambda: audit_spark(frame, protocol, as_of=AS_OF).patients.write.save(**nowhere),
            "Spark SQL, windows": lambda: spark.sql(naive_cohort.SPARK).write.save(**nowhere),
            "only reading": lambda: frame.write.save(**nowhere),
        }
        yield from measured(f"{patients:,} patients, shuffled", rows.num_rows, sides, repeats)
    spark.stop()


# --- writing -------------------------------------------------------------------------------------


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{(names or [platform.machine()])[0]}, {os.cpu_count()} cores, {platform.system()}; {python}; {versions}."


def figures_table(rows: Sequence[Row], compared_with: str) -> str:
    head = ("ns a row", "side", "median", "range", f"times as long as {compared_with}")
    cells = [(r.case, r.side, f"{r.middle:,.0f}", f"{r.least:,.0f} to {r.most:,.0f}", f"{r.ratio:,.1f}") for r in rows]
    return table(head, cells)


def growth_table(rows: Sequence[Grown]) -> str:
    head = ("rows of one parquet file", "order", "ns a row", "peak of memory, GB")
    order = {False: "sorted: streamed", True: "shuffled: split on disk"}
    return table(head, [(f"{r.rows:,}", order[r.shuffled], f"{r.middle:,.0f}", f"{r.peak:,.1f}") for r in rows])


def write(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def figures(options: argparse.Namespace) -> str:
    parts = [machine(), figures_table(list(frame_rows(options.patients, options.repeats)), "the screen, 2 threads")]
    parts.append(figures_table(list(parquet_rows(options.patients, options.repeats)), "reading and sorting"))
    if options.growth:
        parts.append(growth_table(list(growth_rows(options.growth, options.folder))))
    if options.spark:
        parts.append(figures_table(list(spark_rows(max(options.patients), options.repeats)), "`audit_spark`"))
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--patients", type=int, nargs="*", default=[10_000, 100_000, 1_000_000, 5_000_000])
    parser.add_argument("--growth", type=int, nargs="*", default=[], help="patients of the files that are streamed")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--spark", action="store_true", help="also on Spark in local mode; needs Java")
    parser.add_argument("--folder", help="where large files go while they are measured")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    options = parser.parse_args()
    text = figures(options)
    print(text)  # noqa: T201  # a command
    if options.write:
        write(text)


if __name__ == "__main__":
    main()
