"""The same rows in every form that is taken, and in files of any size: one answer, every row accounted for."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from lemtrada_schedule import InvalidInput, Report, UnreadableFile, audit
from lemtrada_schedule.cohort.reading import partitions, sources
from lemtrada_schedule.cohort.screen.chunks import is_text
from tests.benchmarks.cohorts import cohort, with_text_ids
from tests.support.histories import US
from tests.unit.cohort.cohorts import found

AS_OF: Final = date(2026, 11, 22)
NUMBERS: Final = cohort(300, seed=6)
FORMS: Final[dict[str, Callable[[pa.Table], Any]]] = {
    "pandas": lambda rows: rows.to_pandas(),
    "pandas, Arrow types": lambda rows: rows.to_pandas(types_mapper=pd.ArrowDtype),
    "pandas, timestamps": lambda rows: rows.to_pandas().assign(date=pd.to_datetime(rows["date"].to_pylist())),
    "pandas, text days": lambda rows: rows.to_pandas().assign(date=[f"{day}" for day in rows["date"].to_pylist()]),
    "pandas, other index": lambda rows: rows.to_pandas().set_index(np.zeros(rows.num_rows), append=False),
    "Polars": pl.from_arrow,
    "Polars, lazy": lambda rows: pl.LazyFrame(pl.from_arrow(rows)),
    "pyarrow": lambda rows: rows,
    "pyarrow, in pieces": lambda rows: pa.concat_tables([rows.slice(n, 97) for n in range(0, rows.num_rows, 97)]),
    "pyarrow, a batch": lambda rows: rows.combine_chunks().to_batches()[0],
    "pyarrow, text in a dictionary": lambda rows: rows.set_column(
        0, "patient", rows["patient"].cast(pa.string()).dictionary_encode()
    ),
    "DuckDB": duckdb.from_arrow,
}


def shuffled(rows: pa.Table) -> pa.Table:
    return rows.take(pa.array(np.random.default_rng(5).permutation(rows.num_rows)))


def asked(rows: Any, **how: Any) -> Report:
    return audit(rows, US, as_of=AS_OF, **how)


def said(report: Report) -> Any:
    told, counts = found(report)
    return {str(patient): row for patient, row in told.items()}, counts


def accounted(report: Report, rows: int) -> bool:
    whole, parts = report.rows, report.files
    each = [one.rows == one.audited + one.refused + one.blank for one in (whole, *parts)]
    audited = sum(report.patients["rows"].to_pylist())
    return all(each) and whole.rows == rows == sum(one.rows for one in parts) and audited == whole.audited


WHOLE: Final = said(asked(NUMBERS))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("order", [lambda rows: rows, shuffled], ids=["sorted", "shuffled"])
def test_every_form_gives_one_answer(form: str, order: Callable[[pa.Table], pa.Table]) -> None:
    report = asked(FORMS[form](order(NUMBERS)))
    assert said(report) == WHOLE
    assert accounted(report, NUMBERS.num_rows)


@pytest.mark.parametrize("order", [lambda rows: rows, shuffled], ids=["sorted", "shuffled"])
@pytest.mark.parametrize("ids", [lambda rows: rows, with_text_ids], ids=["numbers", "text"])
@pytest.mark.parametrize(
    "sizes",
    [
        (1 << 20, 1 << 22),
        pytest.param((450, 1 << 22), marks=pytest.mark.sweep),
        (450, 1_800),
        pytest.param((50, 200), marks=pytest.mark.sweep),
        (450, 1),
    ],
    ids=str,
)
def test_a_parquet_file_of_any_size_gives_one_answer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    order: Callable[[pa.Table], pa.Table],
    ids: Callable[[pa.Table], pa.Table],
    sizes: tuple[int, int],
) -> None:
    """Read whole, streamed as it lies, or split on disk; the temporary files are gone afterwards."""
    at_once, whole_up_to = sizes
    rows, expected, findings = at_once_in_memory(order, ids)
    pq.write_table(rows, tmp_path / "cohort.parquet", row_group_size=250)
    monkeypatch.setattr(sources, "AT_ONCE", at_once)
    (tmp_path / "spill").mkdir()
    report = asked(tmp_path / "cohort.parquet", rows_at_once=whole_up_to, folder=str(tmp_path / "spill"))
    assert said(report) == expected
    assert accounted(report, rows.num_rows)
    assert list((tmp_path / "spill").iterdir()) == []
    assert few_findings(report) == findings != []


def few_findings(report: Report) -> list[dict[str, Any]]:
    found = report.findings(["course-boundary-unclear", "extra-infusion"])
    listed: list[dict[str, Any]] = found.sort_by([("patient", "ascending"), ("row", "ascending")]).to_pylist()
    return listed


@cache
def at_once_in_memory(
    order: Callable[[pa.Table], pa.Table], ids: Callable[[pa.Table], pa.Table]
) -> tuple[pa.Table, Any, list[dict[str, Any]]]:
    """Return rows, and what a report of them says that reads no file."""
    rows = order(ids(NUMBERS))
    report = asked(rows)
    return rows, said(report), few_findings(report)


def test_whole_patients_are_told_wherever_the_parts_that_are_read_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that follow each other, each in disorder; a patient of several parts, one in the middle of a part."""
    days = [date(2012, 1, 1) + timedelta(days=n) for n in range(120)]
    many = pa.table({"patient": [250] * 120, "date": days, "infusion_minutes": [240] * 120})
    few = NUMBERS.select(["patient", "date", "infusion_minutes"])
    before, after = pc.less(few["patient"], 250), pc.greater(few["patient"], 250)
    rows = pa.concat_tables([few.filter(before), many.cast(few.schema), few.filter(after)])
    parts = [shuffled(rows.slice(begin, 50)) for begin in range(0, rows.num_rows, 50)]
    pq.write_table(pa.concat_tables(parts), tmp_path / "cohort.parquet")
    monkeypatch.setattr(sources, "AT_ONCE", 50)
    report = asked(tmp_path / "cohort.parquet", rows_at_once=51)
    assert said(report) == said(asked(rows))
    assert accounted(report, rows.num_rows)


def test_several_files_are_read_as_one(tmp_path: Path) -> None:
    parts = [NUMBERS.slice(0, 1_000), NUMBERS.slice(1_000, 0), NUMBERS.slice(1_000)]
    paths = [tmp_path / f"{n}.parquet" for n in range(3)]
    for part, path in zip(parts, paths, strict=True):
        pq.write_table(part, path)
    report = asked(paths)
    assert said(report) == WHOLE
    assert [one.rows for one in report.files] == [1_000, 0, NUMBERS.num_rows - 1_000]
    assert [Path(one.file).name for one in report.files] == ["0.parquet", "1.parquet", "2.parquet"]
    assert accounted(report, NUMBERS.num_rows)


KINDS: Final = {
    "whole numbers": (pa.int32(), pa.int64()),
    "from 0": (pa.uint8(), pa.uint32()),
    "text": (pa.string(), pa.large_string()),
    "text of pandas": (pa.string(), pa.dictionary(pa.int32(), pa.string())),
    "one without rows": (pa.null(), pa.string()),
}


@pytest.mark.parametrize("kinds", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("order", [lambda rows: rows, shuffled], ids=["sorted", "shuffled"])
def test_ids_of_several_kinds_of_number_or_of_text(
    tmp_path: Path, kinds: tuple[pa.DataType, pa.DataType], order: Callable[[pa.Table], pa.Table]
) -> None:
    few = cohort(60, seed=4)
    cut = 0 if pa.types.is_null(kinds[0]) else 250
    rows = order(few)
    paths = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
    for part, kind, path in zip((rows.slice(0, cut), rows.slice(cut)), kinds, paths, strict=True):
        text = kind if not pa.types.is_dictionary(kind) else pa.string()
        ids = part["patient"].cast(pa.int64()) if not is_text(text) else part["patient"].cast(pa.string())
        ids = pa.chunked_array([pa.nulls(0)]) if pa.types.is_null(kind) else ids.cast(text)
        own = ids.dictionary_encode() if pa.types.is_dictionary(kind) else ids
        pq.write_table(part.set_column(0, "patient", own), path)
    assert said(asked(paths)) == said(asked(few))


@pytest.mark.parametrize(
    "kinds", [(pa.int64(), pa.string()), (pa.int64(), pa.uint64()), (pa.int64(), pa.float64())], ids=str
)
def test_ids_of_kinds_that_do_not_go_together_are_refused(
    tmp_path: Path, kinds: tuple[pa.DataType, pa.DataType]
) -> None:
    paths = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
    for kind, path in zip(kinds, paths, strict=True):
        pq.write_table(NUMBERS.set_column(0, "patient", NUMBERS["patient"].cast(kind)), path)
    with pytest.raises(InvalidInput) as caught:
        asked(paths)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "patient")
    assert "in all files" in caught.value.message


def test_columns_have_the_names_that_the_caller_says() -> None:
    rows = NUMBERS.rename_columns(["person", "given_on", "infusion_minutes", "seen_for"])
    report = asked(rows, patient="person", date="given_on", observation_minutes="seen_for")
    assert said(report) == WHOLE


def test_unknown_columns_are_left_alone() -> None:
    rows = NUMBERS.append_column("note", pa.array(["free text"] * NUMBERS.num_rows))
    assert said(asked(rows)) == WHOLE


def test_progress_is_told() -> None:
    heard: list[tuple[int, int]] = []
    asked(NUMBERS, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(NUMBERS.num_rows, NUMBERS.num_rows)]


def test_files_of_other_columns_are_refused(tmp_path: Path) -> None:
    pq.write_table(NUMBERS, tmp_path / "1.parquet")
    pq.write_table(NUMBERS.drop_columns("infusion_minutes"), tmp_path / "2.parquet")
    with pytest.raises(InvalidInput) as caught:
        asked([tmp_path / "1.parquet", tmp_path / "2.parquet"])
    assert caught.value.code == "missing-field"


def test_a_file_that_breaks_off_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any, **_named: Any) -> None:
        raise OSError(5, "Input/output error")

    pq.write_table(NUMBERS, tmp_path / "cohort.parquet")
    monkeypatch.setattr(pq, "ParquetFile", broken)
    with pytest.raises(UnreadableFile) as caught:
        asked(tmp_path / "cohort.parquet")
    assert "Input/output error" in caught.value.message


def test_blank_rows_between_row_groups_are_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = pa.table({name: pa.nulls(50, NUMBERS.schema.field(name).type) for name in NUMBERS.column_names})
    pq.write_table(pa.concat_tables([nothing, NUMBERS, nothing]), tmp_path / "cohort.parquet")
    monkeypatch.setattr(sources, "AT_ONCE", 50)
    report = asked(tmp_path / "cohort.parquet", rows_at_once=1_000)
    assert said(report) == WHOLE
    assert report.rows.blank == 100


def test_a_frame_of_spark_is_sent_to_its_own_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a lazy frame of Polars that says it is one; Spark's own stands in test_spark.py."""
    monkeypatch.setattr(nw.Implementation, "is_spark_like", lambda _self: True)
    with pytest.raises(InvalidInput) as caught:
        audit(pl.from_arrow(NUMBERS).lazy(), US, as_of=AS_OF)
    assert caught.value.code == "wrong-type"
    assert "`audit_spark`" in str(caught.value)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_files_whose_names_are_shown_alike_are_counted_apart(tmp_path: Path, kind: str) -> None:
    """Of a long path the end is shown. Two files of two rows; the second row of the second one has a dose of 0."""
    paths = [tmp_path / f"{number}{'x' * 200}" / f"{'y' * 200}.{kind}" for number in (1, 2)]
    for path, dose in zip(paths, (12, 0), strict=True):
        path.parent.mkdir()
        table = pa.table({"patient": ["p", "p"], "date": ["2025-03-03", "2025-03-04"], "dose_mg": [12, dose]})
        if kind == "parquet":
            pq.write_table(table, path)
        else:
            pa_csv.write_csv(table, path)
    report = asked(paths)
    assert len({one.file for one in report.files}) == 1
    assert [(one.rows, one.refused) for one in report.files] == [(2, 0), (2, 1)]
    assert [one["row_in_file"] for one in report.refused.to_pylist()] == [2 if kind == "parquet" else 3]


def test_a_file_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    """Its infusions would all count as recorded twice; another way to name it does not hide that."""
    pq.write_table(NUMBERS, tmp_path / "1.parquet")
    (tmp_path / "2.parquet").symlink_to(tmp_path / "1.parquet")
    for other in ("1.parquet", "2.parquet"):
        with pytest.raises(InvalidInput) as caught:
            asked([tmp_path / "1.parquet", tmp_path / other])
        assert (caught.value.code, caught.value.place) == ("file-twice", str(tmp_path / other))


# --- temporary files that cannot be written ------------------------------------------------------


def split(tmp_path: Path, folder: str) -> InvalidInput:
    """Return the refusal of rows in disorder, which must be split on disk."""
    for name, ids in (("1", ["secret", "a"]), ("2", ["b", "A"])):
        rows = pa.table({"patient": ids, "date": [date(2025, 3, 3)] * 2})
        pq.write_table(rows, tmp_path / f"{name}.parquet")
    with pytest.raises(InvalidInput) as caught:
        asked([tmp_path / "1.parquet", tmp_path / "2.parquet"], rows_at_once=1, folder=folder)
    error = caught.value
    assert (error.code, error.place, error.__cause__, error.__context__) == ("not-written", "folder", None, None)
    assert "use `folder`" in error.message
    assert "secret" not in str(error)
    return error


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the folder that nobody may write to is Linux's own")
def test_a_folder_that_nobody_may_write_to(tmp_path: Path) -> None:
    assert "No such file or directory" in split(tmp_path, "/proc").message


@pytest.mark.parametrize(
    ("broken", "words"),
    [(OSError(28, "secret"), "No space left on device"), (pa.ArrowInvalid("secret"), "a file was cut short")],
    ids=["a full disk", "a file that was cut short"],
)
@pytest.mark.parametrize("step", ["_write", "_read"])
def test_a_disk_that_fails_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Exception, words: str, step: str
) -> None:
    """The temporary files are gone all the same."""

    def fails(*_arguments: Any) -> None:
        raise broken

    monkeypatch.setattr(partitions, step, fails)
    (tmp_path / "spill").mkdir()
    assert words in split(tmp_path, str(tmp_path / "spill")).message
    assert list((tmp_path / "spill").iterdir()) == []


def test_what_fails_elsewhere_is_not_laid_upon_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same error of the system, from the function that is told of the progress."""
    monkeypatch.setattr(sources, "AT_ONCE", 100)
    pq.write_table(shuffled(NUMBERS), tmp_path / "cohort.parquet")

    def fails(_done: int, _total: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space") as caught:
        asked(tmp_path / "cohort.parquet", rows_at_once=1, progress=fails)
    assert not isinstance(caught.value, InvalidInput)
