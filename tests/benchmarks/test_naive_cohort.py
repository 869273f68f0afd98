"""The scripts that the audit is measured against give its answer: opinions that share no code."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from lemtrada_schedule import audit
from tests.benchmarks import naive_cohort
from tests.benchmarks.cohorts import cohort
from tests.support.histories import US

pytestmark = pytest.mark.sweep  # it checks what the benchmarks compare, not the library alone

FLAGS: Final[dict[str, set[str]]] = {
    "short": {"course-incomplete"},
    "long": {"extra-infusion"},
    "torn": {"course-not-consecutive"},
    "early": {"interval-below-minimum", "anchor-not-named", "course-boundary-unclear"},
    "short_infusion": {"infusion-too-short"},
    "short_observation": {"observation-too-short"},
}
"""Which codes a script's flag stands for. A course that is unclear is early, and the one before it is short."""


def of_duckdb(rows: pa.Table) -> pa.Table:
    connection = duckdb.connect()
    connection.register("cohort", rows)
    return naive_cohort.by_duckdb(connection)


def of_pandas(rows: pa.Table) -> pa.Table:
    frame = rows.to_pandas()
    return pa.Table.from_pandas(naive_cohort.by_pandas(frame.assign(date=frame["date"].astype("datetime64[s]"))))


WAYS: Final[dict[str, Callable[[pa.Table], Any]]] = {
    "pandas": of_pandas,
    "Polars": lambda rows: naive_cohort.by_polars(pl.from_arrow(rows)).to_arrow(),
    "DuckDB": of_duckdb,
}


def plain(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(_plain(row[name]) for name in naive_cohort.ANSWER)


def _plain(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else int(value) if not isinstance(value, date) else value


def in_order(rows: pa.Table) -> list[tuple[Any, ...]]:
    return sorted(plain(row) for row in rows.to_pylist())


def test_the_course_table_of_the_script_is_that_of_the_report() -> None:
    """No course of this cohort may continue the one before: the script would take it for one of its own (S07)."""
    rows = cohort(3_000, seed=17, shuffled=True)
    theirs = naive_cohort.courses_by_polars(pl.DataFrame(pl.from_arrow(rows)))
    ours = audit(rows, US, as_of=date(2026, 11, 22)).courses.sort_by(
        [("patient", "ascending"), ("number", "ascending")]
    )
    assert all(ours["boundary_clear"].to_pylist())
    assert any(ours["early_days"].to_pylist())
    for name in theirs.columns:
        assert ours[name].to_pylist() == theirs[name].to_list()


@pytest.mark.parametrize("shuffled", [False, True], ids=["sorted", "shuffled"])
def test_every_way_gives_one_answer(shuffled: bool) -> None:  # noqa: FBT001  # a parameter of the test
    rows = cohort(3_000, seed=17, shuffled=shuffled)
    loops = [plain(dict(zip(naive_cohort.ANSWER, row, strict=True))) for row in naive_cohort.by_loops(rows)]
    for way in WAYS.values():
        assert in_order(way(rows)) == loops
    told = audit(rows, US, as_of=date(2026, 11, 22)).patients.sort_by("patient").to_pylist()
    for row, theirs in zip(told, loops, strict=True):
        script = dict(zip(naive_cohort.ANSWER, theirs, strict=True))
        codes = set(row["codes"])
        assert {name: bool(codes & own) for name, own in FLAGS.items()} == {name: bool(script[name]) for name in FLAGS}
        same = ("patient", "infusions", "courses", "last_infusion")
        assert [row[name] for name in same] == [script[name] for name in same]
        assert row["next_earliest"] in {None, script["next_day"]}
