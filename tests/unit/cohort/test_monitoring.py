"""The law of `Report.monitoring`: each patient's rows, codes and counts are those of `evaluate`, patient by patient."""

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from lemtrada_schedule import InvalidInput, Protocol, Report, UnreadableFile, audit
from lemtrada_schedule.cohort import monitoring as monitoring_module
from lemtrada_schedule.cohort.reading import arrow_arrays
from tests.benchmarks.cohorts import with_text_ids
from tests.support.budget import examples
from tests.support.histories import EU, US
from tests.unit.cohort.cohorts import Asked
from tests.unit.cohort.observed_cohorts import Observing, expected_of_tests, found_of_tests, observing


def check(
    one: Observing, refused: Collection[int] = ()
) -> tuple[set[tuple[Any, ...]], dict[Any, list[str]], Mapping[Any, int]]:
    """Compare a report with what `evaluate` says of each patient, and return that."""
    expected, found = expected_of_tests(one, refused), found_of_tests(one.report())
    for what, told, said in zip(("rows", "codes", "counts"), expected, found, strict=True):
        assert said == told, what
    return expected


@settings(max_examples=examples(40), suppress_health_check=list(HealthCheck))
@given(observing())
def test_monitoring_is_told_as_patient_by_patient(one: Observing) -> None:
    rows, codes, _ = check(one)
    event(f"{min(len(rows), 5)} rows")
    for code in sorted({code for own in codes.values() for code in own}):
        event(code)


@pytest.mark.sweep
@settings(max_examples=examples(1_000), suppress_health_check=list(HealthCheck))
@given(observing())
def test_many_cohorts_are_monitored_as_patient_by_patient(one: Observing) -> None:
    check(one)


@settings(max_examples=examples(40), suppress_health_check=list(HealthCheck))
@given(observing(), st.data())
def test_refused_infusions_leave_the_same_open_as_for_one_patient(one: Observing, data: st.DataObject) -> None:
    """A row with a length of -1 minute is refused; `evaluate` knows it as a row that could not be read (S33)."""
    asked = one.asked
    wrong = data.draw(st.sets(st.integers(1, len(asked.rows)), max_size=3)) if asked.rows else set[int]()
    rows = [{**row, "infusion_minutes": -1} if n in wrong else row for n, row in enumerate(asked.rows, start=1)]
    columns = sorted({*asked.columns, "infusion_minutes"})
    check(replace(one, asked=replace(asked, rows=rows, columns=columns)), wrong)


@pytest.fixture
def few_together(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Judge two patients at a time."""
    monkeypatch.setattr(monitoring_module, "TOGETHER", 2)
    return iter(())


@pytest.mark.usefixtures("few_together")
@settings(max_examples=examples(40), suppress_health_check=list(HealthCheck))
@given(observing(patients=4))
def test_it_does_not_matter_how_many_patients_are_judged_at_once(one: Observing) -> None:
    check(one)


# --- many patients with many tests ---------------------------------------------------------------

ASKED_ON: Final = date(2024, 6, 15)


def with_test(test: str, **changes: Any) -> Protocol:
    """Return the US protocol with another rule for one test."""
    actions = [one.model_copy(update=changes) if one.id == test else one for one in US.actions]
    return US.model_copy(update={"actions": actions})


def counted_in_days() -> Protocol:
    """Return a protocol of a clinic's own: its tests are due every some days or weeks, its windows end on infusions."""
    changes: dict[str, dict[str, Any]] = {
        "blood-count": {"every": "4 weeks", "until": "last infusion + 1460 days"},
        "creatinine": {"every": "30 days", "until": "last infusion + 52 weeks"},
        "thyroid": {"every": "13 weeks", "until": "last infusion"},
        "skin-examination": {"every": "365 days"},
        "urine-protein-creatinine": {"opens": "last infusion", "closes": "last infusion + 2 weeks"},
        "vaccinations": {"opens": "first infusion - 6 weeks", "closes": None},
    }
    actions = [one.model_copy(update=changes.get(one.id, {})) for one in US.actions]
    return US.model_copy(update={"actions": actions})


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.sweep)])
@pytest.mark.parametrize("protocol", [US, EU, counted_in_days()], ids=["us", "eu", "in days"])
def test_dense_tests_near_their_due_dates(protocol: Protocol, seed: int) -> None:
    """Courses without faults and monthly tests, most of them within days of the quarter and the half of an interval."""
    rows, codes, _ = check(dense(protocol, seed))
    assert len(rows) > 150
    assert {"test-late", "test-missed", "test-overdue"} <= {code for own in codes.values() for code in own}


def dense(protocol: Protocol, seed: int) -> Observing:
    chance = random.Random(seed)  # noqa: S311  # repeatable
    given, tests = list[dict[str, Any]](), list[dict[str, Any]]()
    for patient in range(40):
        day = date(2019, 1, 1) + timedelta(days=chance.randrange(1_500))
        for course in range(chance.choice([1, 2, 2, 3])):
            days = [day + timedelta(days=n) for n in range(5 if course == 0 else 3)]
            given += [{"patient": patient, "date": each} for each in days]
            for code in chance.sample(["blood-count", "creatinine", "thyroid", "skin-examination"], 3):
                every = {"thyroid": 91, "skin-examination": 365}.get(code, 30)
                for place in range(-1, 2_000 // every):
                    near = chance.choice([0, 0, -1, 1, -every // 4, every // 4, -every // 2, every // 2])
                    shift = timedelta(days=every * place + place // 2 + near + chance.choice([-1, 0, 0, 1]))
                    if chance.random() < 0.8:
                        tests.append({"patient": patient, "date": days[-1] + shift, "code": code})
            day += timedelta(days=chance.choice([366, 380, 400, 700]))
    tests = [row for row in tests if row["date"] < date(2029, 1, 1)]
    chance.shuffle(tests)
    asked = Asked(given, (), protocol, ASKED_ON, None, 0)
    return Observing(asked, tests)


@pytest.mark.parametrize("ids", [lambda rows: rows, with_text_ids], ids=["numbers", "text"])
@pytest.mark.parametrize("rows_at_once", [1, 1 << 20], ids=["split on disk", "whole"])
def test_order_files_and_threads_change_nothing(
    tmp_path: Path, ids: Callable[[pa.Table], pa.Table], rows_at_once: int
) -> None:
    given, tests, expected = in_memory(ids)
    chance = np.random.default_rng(3)
    paths = {"given": tmp_path / "given.parquet", "tests": tmp_path / "tests.parquet"}
    for name, rows in (("given", given), ("tests", tests)):
        pq.write_table(rows.take(pa.array(chance.permutation(rows.num_rows))), paths[name])
    how: dict[str, Any] = {"rows_at_once": rows_at_once, "threads": 2, "as_of": ASKED_ON}
    assert found_of_tests(audit(paths["given"], US, observations=paths["tests"], **how)) == expected


@cache
def in_memory(ids: Callable[[pa.Table], pa.Table]) -> tuple[pa.Table, pa.Table, Any]:
    """Return infusions and tests, and what a report of them says that reads no file."""
    one = dense(US, 7)
    given, tests = (ids(pa.Table.from_pylist(list(rows))) for rows in (one.asked.rows, one.observations))
    return given, tests, found_of_tests(audit(given, US, as_of=ASKED_ON, observations=tests))


# --- by hand -------------------------------------------------------------------------------------

FIVE: Final = [date(2025, 3, day) for day in range(3, 8)]
MONITORING: Final = ("action", "course", "due", "done", "late", "missed", "overdue", "longest_gap_days")


def table_of(tests: Sequence[tuple[Any, str, str]], **columns: Any) -> pa.Table:
    rows = [{"patient": patient, "date": date.fromisoformat(day), "code": code} for patient, day, code in tests]
    return pa.Table.from_pylist([{**row, **columns} for row in rows])


def asked_on(as_of: str, tests: Any, patients: Sequence[Any] = ("p1",), protocol: Protocol = US, **how: Any) -> Report:
    given = pa.Table.from_pylist([{"patient": patient, "date": day} for patient in patients for day in FIVE])
    return audit(given, protocol, as_of=as_of, observations=tests, **how)


def rows_of(report: Report) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in MONITORING) for row in report.monitoring.to_pylist()]


def test_S42_the_states_of_monthly_tests_by_hand() -> None:
    """Due on 7 April, 7 May, 7 June, 7 July and 7 August 2025; asked on 10 August.

    5 April is on time. 10 May is 28 days before 7 June, more than a quarter of 31: 7 May is late. 25 June is 12 days
    before 7 July, more than a quarter of 30: 7 June is late. 7 July has no record: missed, because 7 August has come.
    7 August is overdue. Gaps: 7 March to 5 April 29 days, to 10 May 35, to 25 June 46.
    """
    days = ("2025-04-05", "2025-05-10", "2025-06-25")
    report = asked_on("2025-08-10", table_of([("p1", day, "blood-count") for day in days]))
    assert rows_of(report) == [("blood-count", 1, 5, 1, 2, 1, 1, 46)]
    assert report.patients["codes"].to_pylist() == [["baseline-missing", "test-late", "test-missed", "test-overdue"]]
    assert report.summary()["denominators"]["monitored_tests"] == {"count": 1}


def test_findings_that_can_outnumber_patients_and_tests_are_counted_out_of_nothing() -> None:
    """Asked on 10 August 2025; blood count and creatinine lack a baseline, so there are two findings of one patient.

    Blood counts were due on 7 April, 7 May, 7 June, 7 July and 7 August. Only 7 June is done: 7 April and 7 May are
    missed before it, and 7 July after it, which are two findings about one test.
    """
    tests = table_of([("p1", "2025-06-07", "blood-count"), ("p1", "2025-06-07", "creatinine")])
    found = asked_on("2025-08-10", tests).summary()["findings"]
    assert [found["baseline-missing"][name] for name in ("patients", "findings", "out_of")] == [1, 2, None]
    assert [found["test-missed"][name] for name in ("patients", "findings", "out_of")] == [1, 4, None]
    assert [found["test-overdue"][name] for name in ("patients", "findings", "out_of")] == [1, 2, "monitored_tests"]


@pytest.mark.parametrize("every", ["28 days", "4 weeks"])
def test_S42_the_states_of_tests_that_are_due_every_some_days_by_hand(every: str) -> None:
    """Due on 4 April, 2 May and 30 May 2025; asked on 1 June. By months, 30 May would be 7 June, and not yet due.

    4 April is on time. 16 May is 14 days before 30 May, more than a quarter of 28: 2 May is late. 30 May is overdue.
    Gaps: 7 March to 4 April 28 days, to 16 May 42. The baseline's window, from 1 February, has no record.
    """
    tests = table_of([("p1", day, "blood-count") for day in ("2025-04-04", "2025-05-16")])
    report = asked_on("2025-06-01", tests, protocol=with_test("blood-count", every=every))
    assert rows_of(report) == [("blood-count", 1, 3, 1, 1, 0, 1, 42)]
    assert report.patients["codes"].to_pylist() == [["baseline-missing", "test-late", "test-overdue"]]


@pytest.mark.parametrize(
    ("until", "row"),
    [
        ("last infusion + 56 days", ("blood-count", 1, 2, 1, 1, 0, 0, 42)),  # 2 May is the last date
        ("last infusion + 55 days", ("blood-count", 1, 1, 1, 0, 0, 0, 42)),
        ("last infusion", None),  # no date at all
    ],
)
def test_S20_a_series_ends_some_days_after_the_last_infusion(until: str, row: tuple[Any, ...] | None) -> None:
    """Due every 28 days: on 4 April and 2 May 2025. The last date takes a record until 28 days after it."""
    tests = table_of([("p1", day, "blood-count") for day in ("2025-04-04", "2025-05-16")])
    protocol = with_test("blood-count", every="28 days", until=until)
    assert rows_of(asked_on("2025-06-01", tests, protocol=protocol)) == ([row] if row else [])


@pytest.mark.parametrize(
    ("recorded", "as_of", "missed"),
    [
        ("2025-03-06", "2025-03-21", False),  # the window is still open
        ("2025-03-06", "2025-03-22", True),
        ("2025-03-07", "2025-03-22", False),
        ("2025-03-21", "2025-03-22", False),
        ("2025-03-22", "2025-03-22", True),
    ],
)
def test_S42_a_window_from_an_infusion_to_some_weeks_later(recorded: str, as_of: str, missed: bool) -> None:  # noqa: FBT001  # a parameter of the table
    """Open from 7 to 21 March 2025, both included."""
    protocol = with_test("urine-protein-creatinine", opens="last infusion", closes="last infusion + 2 weeks")
    report = asked_on(as_of, table_of([("p1", recorded, "urine-protein-creatinine")]), protocol=protocol)
    assert report.patients["codes"].to_pylist() == [["window-missed"] if missed else []]


def test_S42_a_window_that_never_closes_is_never_missed() -> None:
    """Open from 3 March 2025; the only record is of the day before."""
    tests = table_of([("p1", "2025-03-02", "urine-protein-creatinine")])
    report = asked_on(
        "2099-01-01", tests, protocol=with_test("urine-protein-creatinine", opens="first infusion", closes=None)
    )
    assert report.patients["codes"].to_pylist() == [[]]
    assert report.summary()["observations"]["accepted"] == 1


def test_S42_a_test_due_today_is_in_no_other_column() -> None:
    report = asked_on("2025-04-07", table_of([("p1", "2025-03-01", "blood-count")]))
    assert rows_of(report) == [("blood-count", 1, 1, 0, 0, 0, 0, None)]
    assert report.patients["codes"].to_pylist() == [[]]


def test_S42_a_test_done_before_its_due_date_does_not_count_yet() -> None:
    """Due on 7 May; on record on 30 April. On 1 May only 7 April is due, and that is missed: the next one is done."""
    report = asked_on("2025-05-01", table_of([("p1", "2025-04-30", "blood-count")]))
    assert rows_of(report) == [("blood-count", 1, 1, 0, 0, 1, 0, 54)]


def test_S32_a_test_that_occurs_anywhere_is_recorded_for_everybody() -> None:
    """Also if it occurs only for a patient who is not in the cohort; a test of women only where it is on record."""
    tests = [("p1", "2025-03-20", "thyroid"), ("stranger", "2025-03-20", "creatinine"), ("p2", "2025-03-20", "hpv")]
    report = asked_on("2025-07-01", table_of(tests), ("p1", "p2"))
    listed = [(row["patient"], row["action"]) for row in report.monitoring.to_pylist()]
    assert sorted(listed) == [
        ("p1", "creatinine"),
        ("p1", "thyroid"),
        ("p2", "creatinine"),
        ("p2", "hpv"),
        ("p2", "thyroid"),
    ]
    missing = {(one.code, one.test) for one in report.not_assessed if one.fact and one.fact.kind == "tests_recorded"}
    assert ("test-missed", "blood-count") in missing
    assert ("test-missed", "thyroid") not in missing


def test_S31_a_refused_observation_takes_away_only_what_tests_decide() -> None:
    tests = pa.Table.from_pylist(
        [
            {"patient": "p1", "date": date(2025, 4, 7), "code": "blood-count"},
            {"patient": "p1", "date": date(1999, 4, 7), "code": "blood-count"},
            {"patient": "p2", "date": date(2025, 4, 7), "code": "blood-count"},
        ]
    )
    report = asked_on("2025-07-01", tests, ("p1", "p2"))
    assert [row["patient"] for row in report.monitoring.to_pylist()] == ["p2"]
    rows = {row["patient"]: row for row in report.patients.to_pylist()}
    assert rows["p1"]["next_earliest"] == rows["p2"]["next_earliest"] == date(2026, 3, 7)
    assert (rows["p1"]["codes"], "test-missed" in rows["p2"]["codes"]) == ([], True)
    assert report.refused_observations.to_pylist() == [
        {
            "row": 2,
            "column": "date",
            "code": "date-range",
            "message": report.refused_observations["message"][0].as_py(),
            "file": "",
            "row_in_file": 2,
        }
    ]


def test_a_changed_id_may_be_anybodys() -> None:
    tests = table_of([("p1", "2025-04-07", "blood-count"), ("1.5E+10", "2025-04-07", "blood-count")])
    report = asked_on("2025-07-01", tests)
    assert report.monitoring.num_rows == 0
    assert report.patients["codes"].to_pylist() == [[]]
    assert {(one.code, one.row) for one in report.not_assessed} >= {("test-missed", 2)}


def test_every_row_is_counted_once() -> None:
    """Other rows are: an unknown code (also with a wrong date or id), a CD4 count, and a stranger."""
    rows: list[tuple[Any, Any, Any]] = [
        ("p1", date(2025, 4, 7), "blood-count"),
        ("p1", date(2025, 4, 7), "blood-count"),
        ("p1", date(2025, 4, 7), "http://loinc.org|3016-3"),
        ("p1", date(2025, 4, 7), "haemoglobin"),
        ("p1", date(2025, 4, 7), "cd4"),
        ("p2", date(2025, 4, 7), "blood-count"),
        ("p1", date(1999, 4, 7), "haemoglobin"),
        (" p3", date(2025, 4, 7), "haemoglobin"),
        (None, None, None),
        ("p1", date(2025, 4, 7), None),
        ("p1 ", date(2025, 4, 7), "blood-count"),
        ("p4", date(1999, 4, 7), "blood-count"),
    ]
    table = pa.Table.from_pylist([dict(zip(("patient", "date", "code"), row, strict=True)) for row in rows])
    report = asked_on("2025-07-01", table)
    counts = report.observation_rows
    assert (counts.rows, counts.audited, counts.refused, counts.blank, counts.other) == (12, 3, 3, 1, 5)
    assert report.summary()["observations"] == {
        "in": 12, "accepted": 3, "audited": 3, "refused": 3, "blank": 1, "other": 5, "superseded": 0,
    }  # fmt: skip
    assert report.refused_observations["row"].to_pylist() == [10, 11, 12]
    assert report.other_observations.to_pylist() == [{"code": "haemoglobin", "rows": 3}, {"code": "cd4", "rows": 1}]
    assert repr(report.observation_files[0]) == "FileRows(12 rows, 3 audited, 3 refused, 1 blank, 5 other)"


TESTS: Final = table_of(
    [
        ("p1", "2025-04-07", "blood-count"),
        ("p2", "2025-05-01", "thyroid"),
        ("p1", "2025-06-10", "57021-8"),
        ("p3", "2025-06-10", "unknown"),
    ]
)
FORMS: Final[dict[str, Callable[[pa.Table], Any]]] = {
    "pandas": lambda rows: rows.to_pandas(),
    "pandas, text days": lambda rows: rows.to_pandas().assign(date=[f"{day}" for day in rows["date"].to_pylist()]),
    "pandas, categories": lambda rows: rows.to_pandas().astype({"code": "category"}),
    "Polars": pl.from_arrow,
    "Polars, lazy": lambda rows: pl.LazyFrame(pl.from_arrow(rows)),
    "Polars, categories": lambda rows: pl.from_arrow(rows).cast({"code": pl.Categorical}),
    "pyarrow, in pieces": lambda rows: pa.concat_tables([rows.slice(n, 1) for n in range(rows.num_rows)]),
    "pyarrow, dictionaries": lambda rows: pa.concat_tables(
        [
            rows.slice(n, 1).set_column(2, "code", rows["code"].slice(n, 1).cast(pa.string()).dictionary_encode())
            for n in range(rows.num_rows)
        ]
    ),
    "pyarrow, large text": lambda rows: rows.set_column(2, "code", rows["code"].cast(pa.large_string())),
    "DuckDB": duckdb.from_arrow,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_table_gives_one_answer(form: str) -> None:
    whole, report = (asked_on("2025-08-10", rows, ("p1", "p2")) for rows in (TESTS, FORMS[form](TESTS)))
    assert report.monitoring.to_pylist() == whole.monitoring.to_pylist() != []
    assert report.patients.to_pylist() == whole.patients.to_pylist()
    assert report.observation_rows == whole.observation_rows


def test_files_are_read_as_one_table(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.parquet" for n in range(2)]
    for part, path in zip((TESTS.slice(0, 1), TESTS.slice(1)), paths, strict=True):
        pq.write_table(part, path)
    whole, report = (asked_on("2025-08-10", table, ("p1", "p2")) for table in (TESTS, paths))
    assert report.monitoring.to_pylist() == whole.monitoring.to_pylist()
    assert [(Path(one.file).name, one.rows, one.audited, one.other) for one in report.observation_files] == [
        ("0.parquet", 1, 1, 0),
        ("1.parquet", 3, 2, 1),
    ]


def test_the_columns_can_be_named() -> None:
    renamed = TESTS.rename_columns(["person", "taken", "concept"])
    names: dict[str, Any] = {
        "observation_patient": "person",
        "observation_date": "taken",
        "observation_code": "concept",
    }
    whole = asked_on("2025-08-10", TESTS, ("p1", "p2"))
    assert asked_on("2025-08-10", renamed, ("p1", "p2"), **names).monitoring.equals(whole.monitoring)


def test_text_ids_of_more_than_one_array_of_plain_text_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ids of the tests have 64-bit offsets then, and those of the cohort 32-bit ones."""
    given = pa.table({"patient": pa.array([one for one in ("p1", "p2") for _ in FIVE]), "date": FIVE * 2})
    whole, large = TESTS, TESTS.set_column(0, "patient", TESTS["patient"].cast(pa.large_string()))
    said = [audit(given, US, as_of="2025-08-10", observations=tests).monitoring for tests in (whole, large)]
    monkeypatch.setattr(arrow_arrays, "MOST_BYTES", 2)
    said.append(audit(given, US, as_of="2025-08-10", observations=whole).monitoring)
    assert said[0].to_pylist() == said[1].to_pylist() == said[2].to_pylist() != []


@pytest.mark.parametrize("ids", [[1, 2], [-5, 2**62], [2**64 - 1, 0]], ids=str)
@pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.uint64()], ids=str)
def test_ids_are_compared_by_value(ids: list[int], kind: pa.DataType) -> None:
    """The cohort's ids have another type of number, and the table has a stranger."""
    own = pa.uint64() if max(ids) >= 2**63 else pa.int64()
    given = pa.table({"patient": pa.array([one for one in ids for _ in FIVE], own), "date": FIVE * len(ids)})
    limits = np.iinfo(kind.to_pandas_dtype())
    fitting = [one for one in ids if limits.min <= one <= limits.max]
    listed = [*fitting, 77]
    tests = {
        "patient": pa.array(listed, kind),
        "date": [date(2025, 4, 7)] * len(listed),
        "code": ["thyroid"] * len(listed),
    }
    report = audit(given, US, as_of="2025-08-10", observations=pa.table(tests))
    assert report.observation_rows.audited == len(fitting)
    served = {row["patient"] for row in report.monitoring.to_pylist() if row["longest_gap_days"]}
    assert served == set(fitting)


@pytest.mark.parametrize(
    ("ids", "own", "listed", "kind"),
    [
        ([-5, -4, 3], pa.int64(), [3, 77], pa.uint8()),
        ([200, 201, 202], pa.int16(), [-56, 100], pa.int8()),
        ([1, 2, 3], pa.uint8(), [3, -5, 259], pa.int64()),
        ([1, 1 << 30], pa.int32(), [1, (1 << 32) + 1, -(1 << 40)], pa.int64()),
        ([0, 1 << 62], pa.int64(), [0, (1 << 64) - 1], pa.uint64()),
        ([0, (1 << 64) - 1], pa.uint64(), [0, -1], pa.int64()),
    ],
)
def test_ids_that_the_other_type_of_number_does_not_have_are_strangers(
    ids: list[int], own: pa.DataType, listed: list[int], kind: pa.DataType
) -> None:
    """Cut to the bits of the other type, they would be the ids of patients: -56 is 200 in 8 bits."""
    given = pa.table({"patient": pa.array([one for one in ids for _ in FIVE], own), "date": FIVE * len(ids)})
    days = {"date": [date(2025, 4, 7)] * len(listed), "code": ["thyroid"] * len(listed)}
    tests = pa.table({"patient": pa.array(listed, kind), **days})
    report = audit(given, US, as_of="2025-08-10", observations=tests)
    known = set(ids) & set(listed)
    assert (report.observation_rows.audited, report.observation_rows.other) == (len(known), len(listed) - len(known))
    assert {row["patient"] for row in report.monitoring.to_pylist() if row["longest_gap_days"]} == known


@pytest.mark.parametrize(
    ("table", "names", "place", "code"),
    [
        (3, {}, "observations", "wrong-type"),
        ([3], {}, "observations", "wrong-type"),
        (TESTS.drop_columns("code"), {}, "code", "missing-field"),
        (TESTS, {"observation_code": "concept"}, "concept", "missing-field"),
        (TESTS, {"observation_code": 3}, "observation_code", "wrong-type"),
        (TESTS, {"observation_code": "date"}, "date", "column-twice"),
        (TESTS.set_column(2, "code", pa.array([1, 2, 3, 4])), {}, "code", "wrong-type"),
        (TESTS.set_column(1, "date", pa.array(["7.4.2025"] * 4)), {}, "date", "calendar-date"),
        (TESTS.set_column(0, "patient", pa.array([1, 2, 3, 4])), {}, "patient", "wrong-type"),
        (TESTS.set_column(0, "patient", pa.array([None, "p1", "p1", "p1"])), {}, "patient", "missing-field"),
    ],
)
def test_what_is_refused(table: Any, names: dict[str, Any], place: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        asked_on("2025-08-10", table, **names)
    (problem,) = caught.value.problems
    assert (problem.place, problem.code) == (place, code)


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        asked_on("2025-08-10", tmp_path / "tests.parquet")
    assert caught.value.place.endswith("tests.parquet")


def test_a_missing_column_is_advised_by_its_argument() -> None:
    with pytest.raises(InvalidInput) as caught:
        asked_on("2025-08-10", TESTS.drop_columns("code"))
    (problem,) = caught.value.problems
    assert problem.remedies == ("observation_code",)
    assert problem.message.startswith("the table of observations has no such column")


@pytest.mark.parametrize("name", ["monitoring", "refused_observations", "other_observations"])
def test_without_observations_there_is_no_monitoring(name: str) -> None:
    report = asked_on("2025-08-10", None)
    with pytest.raises(InvalidInput) as caught:
        getattr(report, name)
    assert caught.value.argument == "observations"
    assert report.observation_files == ()
    assert (report.observation_rows.rows, "observations" in report.summary()) == (0, False)


@pytest.mark.parametrize(
    "rows", [TESTS.slice(0, 0), pa.table({"patient": [], "date": [], "code": []})], ids=["typed", "not"]
)
def test_a_table_without_rows_records_nothing(rows: pa.Table) -> None:
    report = asked_on("2025-08-10", rows)
    assert report.monitoring.num_rows == 0
    assert report.patients["codes"].to_pylist() == [[]]
    assert {one.code for one in report.not_assessed} >= {"test-missed", "test-overdue", "baseline-missing"}


def test_a_cohort_without_rows() -> None:
    nobody = pa.table({"patient": pa.array([], pa.string()), "date": pa.array([], pa.date32())})
    report = audit(nobody, US, as_of="2025-08-10", observations=TESTS)
    assert (report.monitoring.num_rows, report.observation_rows.other) == (0, 4)


def test_a_window_that_closed_before_2000_is_counted_in_its_year() -> None:
    """Course 1 on 1 January 2000: its baseline was due by 31 December 1999."""
    given = pa.table({"patient": ["p1"], "date": [date(2000, 1, 1)]})
    tests = table_of([("p1", "2000-01-02", "blood-count")])
    report = audit(given, US, as_of="2000-03-01", observations=tests)
    assert report.summary()["findings"]["baseline-missing"]["by_year"] == {"1999": 1}


def test_nothing_of_a_patient_is_shown() -> None:
    report = asked_on("2025-08-10", TESTS, ("p1", "p2"))
    assert "p1" not in repr(report)
    assert "thyroid" not in repr(report)
