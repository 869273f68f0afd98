"""The audit of parquet files from a million rows to a hundred million, and the most memory that each takes.

A file is audited in a process of its own, so that the operating system tells its peak. Half of a shuffled file
holds one part of each patient's rows, the other half the rest, each in any order of patients.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks.bench_audit import PACKAGES
from tests.benchmarks.cohorts import cohort
from tests.benchmarks.turns import ROOT, machine, table

ROWS_A_PATIENT: Final = 9.66
MILLIONS: Final = (1, 10, 50, 100)
"""Of rows, about."""
AT_ONCE: Final = 250_000
"""Patients that are made together."""


class Grown(NamedTuple):
    """What the audit of a file takes."""

    rows: int
    shuffled: bool
    middle: float
    """Nanoseconds a row."""
    least: float
    most: float
    peak: float
    """The most memory of the process, in GB."""


def written(path: Path, patients: int, *, shuffled: bool) -> int:
    """Write a cohort part by part, and return how many rows it has."""
    rows, writer = 0, None
    begins = range(0, patients, AT_ONCE)
    for half, begin in product((0, 1), begins) if shuffled else ((None, begin) for begin in begins):
        part = cohort(min(AT_ONCE, patients - begin), seed=begin, shuffled=shuffled)
        ids = np.asarray(part["patient"]) + begin
        if half is not None:
            part = part.take(pa.array(np.arange(half, part.num_rows, 2)))
            ids = ids[half::2] * 1_000_003 % patients  # a prime: neighbours stand far apart
        part = part.set_column(0, "patient", pa.array(ids))
        writer = writer or pq.ParquetWriter(path, part.schema)
        writer.write_table(part)
        rows += part.num_rows
    if writer:
        writer.close()
    return rows


def grown(path: Path, patients: int, rows: int, repeats: int, *, shuffled: bool) -> Grown:
    command = [sys.executable, "-m", "tests.benchmarks.audit_file", str(path), str(path.parent), str(repeats)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    took, peak, audited, told = json.loads(ran.stdout)
    if (audited, told) != (rows, patients):
        raise AssertionError(f"{audited} rows of {rows}, {told} patients of {patients}")
    each = [seconds / rows * 1e9 for seconds in took]
    return Grown(rows, shuffled, median(each), min(each), max(each), peak)


def growth(repeats: int) -> Iterator[Grown]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort.parquet"
        for millions, shuffled in product(MILLIONS, (False, True)):
            patients = round(millions * 1e6 / ROWS_A_PATIENT)
            rows = written(path, patients, shuffled=shuffled)
            yield grown(path, patients, rows, repeats, shuffled=shuffled)


def figures(repeats: int) -> str:
    order = {False: "sorted", True: "shuffled"}
    cells = [
        (
            f"{one.rows:,} rows, {order[one.shuffled]}",
            f"{one.middle:,.0f}",
            f"{one.least:,.0f} to {one.most:,.0f}",
            f"{one.peak:,.1f}",
        )
        for one in growth(min(repeats, 5))
    ]
    head = ("ns a row of a file", "median", "range", "peak of memory, GB")
    return f"{machine(*PACKAGES)}\n\n{table(head, cells)}"
