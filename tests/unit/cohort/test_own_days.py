"""A column with the day of the question of each patient: the censoring day of a study (`as_of="censored_on"`)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from lemtrada_schedule import InvalidInput, Report, audit
from lemtrada_schedule.cohort.reading import sources
from lemtrada_schedule.cohort.screen import blocks as blocks_module
from lemtrada_schedule.cohort.screen import own_days
from tests.support.budget import examples
from tests.support.histories import US, run
from tests.unit.cohort.cohorts import OWN_DAY, Asked, asked_each, expected, found

SHORT: Final = [row["date"] for row in run("2025-03-03", 3)]
"""Three of five days, to 5 March 2025: in progress to 6 March, interrupted to 20 March, then partial (S08)."""


def table_of(*patients: tuple[Any, list[date], Any], kind: pa.DataType | None = None) -> pa.Table:
    """Return rows of patients, each with days and with one day of the question, or one for each row."""
    rows = [
        (patient, day, own)
        for patient, days, owns in patients
        for day, own in zip(days, owns if isinstance(owns, list) else [owns] * len(days), strict=True)
    ]
    ids, days, owns = ([row[place] for row in rows] for place in range(3))
    return pa.table({"patient": ids, "date": days, OWN_DAY: pa.array(owns, kind)})


def asked(rows: Any, **how: Any) -> Report:
    return audit(rows, US, as_of=OWN_DAY, **how)


def by_patient(report: Report, column: str) -> dict[Any, Any]:
    return dict(zip(report.patients["patient"].to_pylist(), report.patients[column].to_pylist(), strict=True))


# --- by hand -------------------------------------------------------------------------------------


def test_each_patient_is_asked_about_on_their_own_day() -> None:
    report = asked(
        table_of(("a", SHORT, date(2025, 3, 6)), ("b", SHORT, date(2025, 3, 7)), ("c", SHORT, date(2026, 1, 1)))
    )
    assert by_patient(report, "codes") == {
        "a": [],
        "b": ["course-interrupted", "needs-clinical-decision"],
        "c": ["course-incomplete", "needs-clinical-decision"],
    }
    # a: the days to come are 6 and 7 March, so that 12 months are over on 7 March 2026.
    assert by_patient(report, "next_earliest") == {"a": date(2026, 3, 7), "b": None, "c": None}
    assert report.courses["status"].to_pylist() == ["in-progress", "interrupted", "partial"]
    assert report.periods["last_day"].to_pylist() == [
        date(2025, 7, 7), date(2029, 3, 7),
        date(2025, 7, 5), date(2029, 3, 5),
        date(2025, 7, 5), date(2029, 3, 5),
    ]  # fmt: skip
    assert report.periods["provisional"].to_pylist() == [False, False, True, True, True, True]


def test_records_after_the_patient_s_own_day_are_left_out_without_a_finding() -> None:
    """Course 1 in full, and course 2 begun ten days too early: after the end of follow-up it is not known."""
    days = [row["date"] for row in (*run("2025-03-03", 5), *run("2026-02-25", 3))]
    report = asked(table_of(("a", days, date(2026, 2, 24)), ("b", days, date(2026, 2, 25))))
    assert by_patient(report, "codes") == {"a": [], "b": ["interval-below-minimum"]}
    assert by_patient(report, "rows") == {"a": 8, "b": 8}
    assert by_patient(report, "infusions") == {"a": 5, "b": 6}
    assert by_patient(report, "next_earliest") == {"a": date(2026, 3, 7), "b": date(2027, 2, 27)}
    assert "infusion-in-future" not in report.summary()["findings"]
    assert [row["course"] for row in report.findings().to_pylist()] == [2]


def test_a_patient_whose_follow_up_ended_before_the_first_infusion_has_none() -> None:
    report = asked(table_of(("a", SHORT, date(2025, 3, 2))))
    (row,) = report.patients.to_pylist()
    assert (row["rows"], row["infusions"], row["courses"], row["codes"]) == (3, 0, 0, [])
    assert (row["first_infusion"], row["next_earliest"]) == (None, None)
    assert (report.courses.num_rows, report.periods.num_rows) == (0, 0)


def test_what_the_columns_cannot_answer_is_the_same_as_on_one_day() -> None:
    rows = table_of(("a", SHORT, date(2025, 3, 6))).append_column("dose_mg", pa.array([12, None, 12]))
    assert asked(rows).not_assessed == audit(rows, US, as_of=date(2025, 3, 6)).not_assessed != ()


def test_a_changed_id_leaves_everyone_open_as_on_one_day() -> None:
    rows = table_of(("a", SHORT, date(2025, 3, 6)), ("1.5E+17", SHORT, date(2025, 3, 6)))
    report, wanted = asked(rows), audit(rows, US, as_of=date(2025, 3, 6))
    assert report.not_assessed == wanted.not_assessed
    assert found(report) == found(wanted)
    assert report.courses.num_rows == 0


# --- rows that are refused -----------------------------------------------------------------------


def test_a_row_without_the_day_is_refused() -> None:
    report = asked(table_of(("a", SHORT, [date(2025, 3, 6), None, date(2025, 3, 6)]), ("b", SHORT, date(2025, 3, 6))))
    assert report.refused.to_pylist() == [
        {
            "row": 2,
            "column": OWN_DAY,
            "code": "missing-field",
            "message": "the value is missing; fill it in",
            "file": "",
            "row_in_file": 2,
        }
    ]
    assert by_patient(report, "refused_rows") == {"a": 1, "b": 0}
    assert (report.rows.audited, report.rows.refused) == (5, 1)
    assert set(report.courses["patient"].to_pylist()) == {"b"}


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [5, 0, 3, 2, 4, 1]], ids=["sorted", "shuffled"])
@pytest.mark.parametrize("ids", [("a", "b"), (1, 2), (1, 2**40)], ids=str)
def test_all_rows_of_a_patient_with_different_days_are_refused(order: list[int], ids: tuple[Any, Any]) -> None:
    days = [date(2025, 3, 6), date(2025, 3, 6), date(2025, 3, 7)]
    rows = table_of((ids[0], SHORT, days), (ids[1], SHORT, date(2025, 3, 6)))
    report = asked(rows.take(pa.array(order)))
    wrong = sorted(place for place, row in enumerate(order, start=1) if row < 3)
    assert [(row["row"], row["column"], row["code"]) for row in report.refused.to_pylist()] == [
        (row, OWN_DAY, "as-of-differs") for row in wrong
    ]
    assert report.refused["message"][0].as_py() == (
        "the rows of this patient have different dates here; give all rows of a patient the same date"
    )
    assert by_patient(report, "refused_rows") == {ids[0]: 3, ids[1]: 0}
    assert by_patient(report, "rows") == {ids[0]: 0, ids[1]: 3}
    assert by_patient(report, "first_infusion") == {ids[0]: None, ids[1]: date(2025, 3, 3)}
    assert (report.rows.audited, report.rows.refused) == (3, 3)
    assert report.courses["patient"].to_pylist() == [ids[1]]
    assert [patient for patient, _ in report.evaluations()] == []


@pytest.mark.parametrize("rows_at_once", [1, 1 << 20])
def test_rows_that_are_refused_later_count_in_their_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    """One patient has rows in both files, with different days; the files are read in parts, and not sorted."""
    monkeypatch.setattr(sources, "AT_ONCE", 2)
    parts = (
        table_of(("b", SHORT[:2], date(2025, 4, 1)), ("a", SHORT, date(2025, 4, 1))),
        table_of(("c", SHORT, date(2025, 4, 1)), ("b", SHORT[2:], date(2025, 4, 2))),
    )
    paths = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
    for part, path in zip(parts, paths, strict=True):
        pq.write_table(part, path)
    report = asked(paths, rows_at_once=rows_at_once, folder=tmp_path)
    assert [(one.rows, one.audited, one.refused, one.blank) for one in report.files] == [(5, 3, 2, 0), (4, 3, 1, 0)]
    assert report.refused["row"].to_pylist() == [1, 2, 9]
    assert by_patient(report, "refused_rows") == {"a": 0, "b": 3, "c": 0}
    assert sum(by_patient(report, "rows").values()) == report.rows.audited == 6


@pytest.mark.parametrize(
    ("value", "code"),
    [("2025-03", "partial-date"), ("2025-02-30", "no-such-date"), ("1999-12-31", "date-range")],
)
def test_a_day_that_is_none_refuses_its_row(value: str, code: str) -> None:
    report = asked(table_of(("a", SHORT, ["2025-03-06", value, "2025-03-06"])))
    assert [(row["row"], row["code"]) for row in report.refused.to_pylist()] == [(2, code)]
    assert by_patient(report, "next_earliest") == {"a": None}


def test_days_in_another_form_refuse_the_column() -> None:
    with pytest.raises(InvalidInput) as caught:
        asked(table_of(("a", SHORT, "06.03.2025")))
    assert (caught.value.code, caught.value.place) == ("calendar-date", OWN_DAY)


def test_all_problems_of_the_columns_are_told_together() -> None:
    rows = table_of(("a", SHORT, 20250306)).set_column(1, "date", pa.array([20250303, 20250304, 20250305]))
    with pytest.raises(InvalidInput) as caught:
        asked(rows)
    assert [(problem.code, problem.place) for problem in caught.value.problems] == [
        ("calendar-date", "date"),
        ("calendar-date", OWN_DAY),
    ]


# --- which text is a day -------------------------------------------------------------------------


def test_text_of_the_form_of_a_day_is_a_day() -> None:
    rows = table_of(("a", SHORT, date(2025, 3, 6))).rename_columns(["patient", "date", "2025-03-06"])
    report = audit(rows, US, as_of="2025-03-06")
    assert by_patient(report, "codes") == {"a": []}
    with pytest.raises(InvalidInput) as caught:
        audit(rows, US, as_of="2025-02-30")
    assert (caught.value.code, caught.value.place) == ("no-such-date", "as_of")


@pytest.mark.parametrize("text", ["censored", "06.03.2025", "2025-3-6", "20250306", " "])
def test_any_other_text_names_a_column(text: str) -> None:
    rows = table_of(("a", SHORT, date(2025, 3, 6)))
    with pytest.raises(InvalidInput) as caught:
        audit(rows, US, as_of=text)
    assert (caught.value.code, caught.value.place) == ("missing-field", text)
    assert "name a column of dates, or give one date as YYYY-MM-DD" in caught.value.message
    assert by_patient(audit(rows.rename_columns(["patient", "date", text]), US, as_of=text), "codes") == {"a": []}


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(InvalidInput) as caught:
        audit(table_of(("a", SHORT, date(2025, 3, 6))), US, as_of="censored_at")
    assert f"did you mean '{OWN_DAY}'" in caught.value.message


@pytest.mark.parametrize("as_of", [None, "", 20250306, datetime(2025, 3, 6)])  # it is refused
def test_what_is_neither_a_day_nor_a_name_is_refused(as_of: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        audit(table_of(("a", SHORT, date(2025, 3, 6))), US, as_of=as_of)
    assert caught.value.place == "as_of"


def test_a_column_cannot_be_two_things() -> None:
    with pytest.raises(InvalidInput) as caught:
        audit(table_of(("a", SHORT, date(2025, 3, 6))), US, as_of="date")
    assert (caught.value.code, caught.value.place) == ("column-twice", "date")


# --- laws ----------------------------------------------------------------------------------------


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Cut into blocks of some ten rows, and keep a table of patients only where they are not far apart."""
    monkeypatch.setattr(blocks_module, "BLOCK", 10)
    return iter(())


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("dense", [0, 1 << 60], ids=["by search", "by table"])
@settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
@given(one=asked_each(patients=4))
def test_blocks_threads_and_ways_to_look_up_change_nothing(dense: int, one: Asked) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if one.rows and isinstance(one.rows[0]["patient"], int):  # the ids of text are always near each other
            one = replace(
                one,
                rows=[{**row, "patient": row["patient"] % 1_000} for row in one.rows],
                own_days={patient % 1_000: day for patient, day in (one.own_days or {}).items()},
            )
        patch.setattr(own_days, "DENSE", dense)
        assert found(one.report(threads=2)) == expected(one)


ENGINES: Final[dict[str, Callable[[pa.Table], Any]]] = {
    "pandas": lambda rows: rows.to_pandas(),
    "Polars": pl.from_arrow,
    "DuckDB": duckdb.from_arrow,
    "text": lambda rows: rows.set_column(rows.num_columns - 1, OWN_DAY, rows[OWN_DAY].cast(pa.string())),
    "timestamps": lambda rows: rows.set_column(rows.num_columns - 1, OWN_DAY, rows[OWN_DAY].cast(pa.timestamp("us"))),
}


@settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
@given(one=asked_each(patients=4))
def test_every_engine_and_a_split_on_disk_give_one_answer(tmp_path_factory: pytest.TempPathFactory, one: Asked) -> None:
    wanted = found(one.report())
    if one.rows:
        for form in ENGINES.values():
            assert found(one.report(form(one.table))) == wanted
    folder = tmp_path_factory.mktemp("split")
    pq.write_table(one.table, folder / "cohort.parquet", row_group_size=7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "AT_ONCE", 7)
        assert found(one.report(folder / "cohort.parquet", rows_at_once=1, folder=folder)) == wanted
