"""Input that an attack on the audit found: right answers, or one clear refusal without any value."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemtrada_schedule import InvalidInput, Protocol, Report, ScheduleError, UnreadableFile, audit
from lemtrada_schedule.cohort.reading import arrow_arrays
from lemtrada_schedule.cohort.screen import blocks
from tests.support.histories import US

AS_OF: Final = date(2026, 11, 22)
DAYS: Final = [date(2025, 3, 3), date(2025, 3, 4)]


def asked(rows: Any, **how: Any) -> Report:
    return audit(rows, US, as_of=AS_OF, **how)


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"patient": ["p1", "p1"], "date": DAYS, **columns})


def table(**columns: Any) -> pa.Table:
    return pa.table({"patient": ["p1", "p1"], "date": DAYS, **columns})


def refusal(work: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ScheduleError) as caught:
        work()
    assert "secret" not in f"{caught.value!r}{caught.value}{caught.value.__cause__!r}{caught.value.__context__!r}"
    return caught.value.code, caught.value.place


# --- right answers -------------------------------------------------------------------------------


@pytest.mark.parametrize("ids", [[1, 2, 2**35 - 1], [-5, 2, 2**35 - 6]], ids=["from 0", "from below 0"])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_greatest_id_that_is_packed_is_in_the_last_blocks(
    monkeypatch: pytest.MonkeyPatch, ids: list[int], threads: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4)
    days = [DAYS[0] + timedelta(days=n) for n in range(5)]
    rows = pa.table({"patient": [one for one in ids for _ in days], "date": days * len(ids)})
    report = asked(rows.take(list(range(14, -1, -1))), threads=threads)
    assert report.patients["patient"].to_pylist() == ids
    assert report.patients["infusions"].to_pylist() == [5, 5, 5]


@pytest.mark.parametrize("kind", [pa.timestamp("s"), pa.timestamp("ms"), pa.date64()], ids=str)
def test_a_day_of_another_age_refuses_its_row(kind: pa.DataType) -> None:
    """2 to the power of 32 days later: cut to 32 bits it would be 4 October 2024."""
    per_day = 86_400 if kind == pa.timestamp("s") else 86_400_000
    days = pa.array([(20_000 + 2**32) * per_day, 20_000 * per_day], pa.int64()).cast(kind)
    report = asked(table(date=days))
    assert (report.rows.audited, report.rows.refused) == (1, 1)
    assert report.refused["code"].to_pylist() == ["date-range"]


def test_text_of_more_than_one_array_of_plain_text_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = asked(table()).patients.to_pylist()
    monkeypatch.setattr(arrow_arrays, "MOST_BYTES", 2)
    assert asked(table()).patients.to_pylist() == whole


def test_each_refused_row_has_its_own_reason() -> None:
    told = asked(table(infusion_minutes=[-1, 1_441])).refused["message"].to_pylist()
    assert ["greater than or equal to 0" in told[0], "less than or equal to 1440" in told[1]] == [True, True]


def test_where_the_strictest_interval_has_no_end_evaluate_is_asked() -> None:
    """A hundred years from the last infusion end after 2199: `evaluate` refuses to say a day, and so does the audit."""
    first, later = US.courses[0], US.courses[1]
    long = {"minimum_interval": "36600 days", "counted_from": "first infusion", "warn_only_from": "last infusion"}
    far = US.model_copy(update={"courses": (first, later.model_copy(update=long))})
    last_days = [date(2099, 10, 14) + timedelta(days=n) for n in range(5)]
    with pytest.raises(InvalidInput) as caught:
        audit(pa.table({"patient": [1] * 6, "date": [*last_days, date(2099, 11, 8)]}), far, as_of=date(2099, 12, 20))
    assert caught.value.code == "date-range"


@pytest.mark.parametrize(
    "nothing",
    [
        pd.DataFrame(columns=["patient", "date"]),
        pd.DataFrame({"patient": [], "date": []}),
        frame().iloc[:0],
        pa.table({"patient": pa.nulls(0), "date": pa.nulls(0)}),
        pl.DataFrame({"patient": [], "date": []}),
    ],
    ids=["objects", "floats", "filtered", "Arrow", "Polars"],
)
def test_no_rows_are_no_fault(nothing: Any) -> None:
    assert (asked(nothing).patients.num_rows, asked(nothing).rows.rows) == (0, 0)


def test_rows_without_anything_are_blank_whatever_their_kind() -> None:
    report = asked(pa.table({"patient": pa.nulls(3), "date": pa.nulls(3)}))
    assert (report.rows.rows, report.rows.blank) == (3, 3)


def test_a_file_without_rows_beside_another(tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "1.parquet")
    pq.write_table(pa.table({"patient": pa.nulls(0), "date": pa.nulls(0)}), tmp_path / "2.parquet")
    assert asked([tmp_path / "1.parquet", tmp_path / "2.parquet"]).patients["infusions"].to_pylist() == [2]


EMPTY: Final = {"status": [float("nan")] * 2, "course": [float("nan")] * 2, "dose_mg": [float("nan")] * 2}


@pytest.mark.parametrize("name", EMPTY)
def test_a_column_of_nothing_but_NaN_says_nothing(name: str) -> None:
    assert asked(frame(**{name: EMPTY[name]})).patients.to_pylist() == asked(frame()).patients.to_pylist()


@pytest.mark.parametrize("bits", ["decimal32", "decimal64", "decimal128", "decimal256"])
def test_decimals_of_every_width(bits: str) -> None:
    dose = pa.array([Decimal("12.0"), Decimal("11.0")], getattr(pa, bits)(5, 1))
    assert asked(table(dose_mg=dose)).summary()["findings"]["dose-differs"]["findings"] == 1


def test_categories_of_polars() -> None:
    rows = pl.DataFrame({"patient": ["a", "a"], "date": DAYS, "status": ["partial", None]})
    rows = rows.with_columns(pl.col("status").cast(pl.Categorical))
    for given in (rows, pa.table(rows)):
        assert asked(given).summary()["findings"]["partial-infusion"]["findings"] == 1


def test_missing_values_of_pandas() -> None:
    rows = frame(course=pd.Series([1, pd.NA], dtype=object), dose_mg=pd.Series([12, None], dtype=object))
    assert asked(rows).rows.audited == 2


def test_a_column_may_have_the_usual_name_of_another() -> None:
    rows = frame().rename(columns={"patient": "course"})
    assert asked(rows, patient="course").patients["courses"].to_pylist() == [1]


# --- one clear refusal ---------------------------------------------------------------------------

LATIN_1: Final = pa.array([b"secret-\xfc", b"secret"], pa.binary()).view(pa.string())
REFUSED: Final[dict[str, tuple[Any, tuple[str, str]]]] = {
    "ids in Latin-1": (table(patient=LATIN_1), ("wrong-type", "patient")),
    "a status in Latin-1": (table(status=LATIN_1), ("wrong-type", "status")),
    "days in Latin-1": (table(date=LATIN_1), ("wrong-type", "date")),
    "lists": (table(status=[["secret"], None]), ("wrong-type", "status")),
    "lists in a dictionary": (
        table(status=pa.DictionaryArray.from_arrays([0, 0], pa.array([["secret"]]))),
        ("wrong-type", "status"),
    ),
    "bytes": (table(patient=pa.array([b"secret"] * 2, pa.binary_view())), ("wrong-type", "patient")),
    "NumPy arrays": (frame(status=[np.array(["secret"])] * 2), ("wrong-type", "status")),
    "decimals as objects": (frame(dose_mg=[Decimal("sNaN")] * 2), ("wrong-type", "dose_mg")),
    "complex numbers": (frame(dose_mg=[1 + 2j, 3j]), ("wrong-type", "cohort")),
    "sparse columns": (frame(course=pd.arrays.SparseArray([1, 1])), ("wrong-type", "cohort")),
    "a lazy frame whose query fails": (
        pl.LazyFrame({"patient": ["a"], "date": ["secret"]}).with_columns(pl.col("date").str.to_date()),
        ("wrong-type", "cohort"),
    ),
    "a relation whose query fails": (
        duckdb.sql("SELECT CAST(x AS INTEGER) AS patient, DATE '2025-03-03' AS date FROM (VALUES ('secret')) AS t(x)"),
        ("wrong-type", "cohort"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_taken_is_refused_without_any_value(name: str) -> None:
    rows, expected = REFUSED[name]
    assert refusal(lambda: asked(rows)) == expected


ARGUMENTS: Final[dict[str, tuple[dict[str, Any], tuple[str, str]]]] = {
    "one column for two": ({"date": "patient"}, ("column-twice", "patient")),
    "one column for two facts": ({"infusion_minutes": "n", "dose_mg": "n"}, ("column-twice", "n")),
    "no folder": ({"folder": "none/such"}, ("not-written", "folder")),
    "a folder that is no path": ({"folder": 7.5}, ("not-written", "folder")),
    "progress that is no function": ({"progress": 7}, ("wrong-type", "progress")),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_are_checked_at_the_door(name: str) -> None:
    how, expected = ARGUMENTS[name]
    assert refusal(lambda: asked(frame(n=[12, 12]), **how)) == expected


def test_a_name_that_no_file_can_have_is_no_file() -> None:
    assert refusal(lambda: asked("x/" * 2_000))[0] == "unreadable-file"
    assert refusal(lambda: asked("x" * 5_000)) == ("wrong-type", "path")  # nobody's path, and so the content of a file


def test_a_folder_without_a_parquet_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"this folder holds no .parquet file; check the path") as caught:
        asked(tmp_path)
    assert (caught.value.code, caught.value.place) == ("unreadable-file", str(tmp_path))


@pytest.mark.parametrize("codes", [None, 7, "extra-infusion", [1, "a"], [[1]]], ids=str)
def test_codes_are_a_list_of_codes(codes: Any) -> None:
    assert refusal(lambda: asked(frame()).flagged(codes)) == ("wrong-type", "codes")


def test_a_damaged_file_is_told_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "cohort.parquet"
    pq.write_table(pa.table({"patient": list(range(5_000)), "date": [DAYS[0]] * 5_000}), path)
    content = bytearray(path.read_bytes())
    content[200:400] = bytes(200)
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as caught:
        asked(path)
    assert (caught.value.code, caught.value.message) == (
        "unreadable-file",
        "this parquet file is damaged; export it again",
    )


@pytest.mark.parametrize("numbered", [False, True], ids=["by the screen", "by evaluate"])
def test_tests_of_course_1_only_are_due_until_course_2_begins(*, numbered: bool) -> None:
    """With course numbers that the gaps do not tell, `evaluate` judges; it says the same."""
    only_first = US.model_dump(mode="json")
    for action in only_first["actions"]:
        if action["kind"] == "series":
            action["per"] = "first-course"
    course_1 = [date(2025, 3, 3) + timedelta(days=n) for n in range(5)]
    course_2 = [date(2026, 3, 9) + timedelta(days=n) for n in range(3)]
    ids, days, numbers = [1] * 5 + [2] * 8, [*course_1, *course_1, *course_2], [1] * 10 + [2] * 3
    rows = pa.table({"patient": ids, "date": days})
    if numbered:  # one with course 2 only has no tests of course 1; one has a course 1 with a long gap
        ids, days = [*ids, 3, 3, 3, 4, 4], [*days, *course_2, date(2025, 3, 3), date(2025, 3, 31)]
        numbers = [*numbers, 2, 2, 2, 1, 1]
        rows = pa.table({"patient": ids, "date": days, "course": numbers})
    own = audit(rows, Protocol.model_validate(only_first), as_of=date(2026, 11, 22))
    assert own.patients["monitoring_until"].to_pylist() == [
        date(2029, 3, 7),
        None,
        *[None, date(2029, 3, 31)] * numbered,
    ]
    us = audit(rows, US, as_of=date(2026, 11, 22))
    more = [date(2030, 3, 11), date(2029, 3, 31)] * numbered
    assert us.patients["monitoring_until"].to_pylist() == [date(2029, 3, 7), date(2030, 3, 11), *more]
