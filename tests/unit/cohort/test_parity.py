"""The law of the audit: for every cohort, each patient's codes, counts and dates are those told patient by patient."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from lemtrada_schedule import audit, evaluate
from lemtrada_schedule.cohort.screen import blocks as blocks_module
from lemtrada_schedule.findings.catalogue import CATALOGUE
from tests.benchmarks.cohorts import cohort, with_text_ids
from tests.support.budget import examples
from tests.support.clinics import MON_TO_FRI, clinic_open
from tests.support.histories import EU, US
from tests.unit.cohort.cohorts import (
    Asked,
    as_table,
    asked,
    asked_each,
    counted_out_of,
    expected,
    found,
    history_of,
)

AS_OF = date(2026, 11, 22)


def check(one: Asked, **how: Any) -> dict[Any, dict[str, Any]]:
    """Compare a report with what the library says of each patient, and return that."""
    told, counts = expected(one)
    said, counted = found(one.report(**how))
    assert said == told
    assert counted == counts
    return told


@pytest.mark.sweep
@settings(max_examples=examples(1_000), suppress_health_check=list(HealthCheck))
@given(asked())
def test_many_cohorts_are_told_as_patient_by_patient(one: Asked) -> None:
    check(one)


@given(asked())
def test_a_cohort_is_told_as_patient_by_patient(one: Asked) -> None:
    for code in sorted({code for patient in check(one).values() for code in patient["codes"]}):
        event(code)


@given(asked())
def test_how_often_tests_recur_does_not_move_an_end(one: Asked) -> None:
    """So plans with fewer visits say what `check` expects."""
    assert expected(replace(one, plans_have_yearly_tests=False)) == expected(one)


@given(st.one_of(asked(), asked_each()))
def test_what_findings_are_counted_out_of_is_counted_patient_by_patient(one: Asked) -> None:
    summary = one.report().summary()
    assert summary["denominators"] == counted_out_of(one)
    for found_of in summary["findings"].values():
        assert found_of["patients"] <= summary["denominators"]["patients"]["count"]
        assert 0 < found_of["findings"] <= summary["denominators"][found_of["out_of"]]["count"]


@given(asked_each())
def test_each_patient_is_told_as_on_their_own_day(one: Asked) -> None:
    check(one)


@given(asked(), st.data())
def test_refused_rows_leave_the_same_open_as_for_one_patient(one: Asked, data: st.DataObject) -> None:
    """A row with a length of -1 minute is refused; `evaluate` knows it as a row that could not be read (S06, S33)."""
    columns = sorted({*one.columns, "infusion_minutes"})
    wrong = data.draw(st.sets(st.integers(1, len(one.rows)), max_size=4)) if one.rows else set()
    rows = [{**row, "infusion_minutes": -1} if number in wrong else row for number, row in enumerate(one.rows, start=1)]
    report = one.report(as_table(rows, columns))
    told: dict[Any, list[str]] = {}
    for patient in {row["patient"] for row in rows}:
        own = [(number, row) for number, row in enumerate(rows, start=1) if row["patient"] == patient]
        read = [(number, row) for number, row in own if number not in wrong]
        history = history_of(patient, read, columns).model_copy(
            update={"unreadable": tuple(number for number, _ in own if number in wrong)}
        )
        evaluation = evaluate(
            history, one.protocol, as_of=one.as_of, clinic=one.clinic, tolerance_days=one.tolerance_days
        )
        told[patient] = sorted({finding.code for finding in evaluation.findings})
    said = report.patients.to_pylist()
    assert {row["patient"]: row["codes"] for row in said} == told
    assert all(row["next_earliest"] is None for row in said if row["refused_rows"])
    whole = {row["patient"] for row in said if not row["refused_rows"]}
    plain, _ = expected(replace(one, rows=[row for row in rows if row["patient"] in whole], columns=columns))
    shown = found(report)[0]
    assert {patient: shown[patient] for patient in whole} == plain
    assert all(not shown[patient][name] for patient in shown.keys() - whole for name in ("given", "periods"))
    tallied = {code: counts["patients"] for code, counts in report.summary()["findings"].items()}
    assert tallied == {code: sum(code in codes for codes in told.values()) for code in set().union(*told.values())}
    assert sum(1 for _ in report.evaluations()) == sum(bool(codes) for codes in told.values())


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Cut into blocks of some ten rows, so that every few patients there is a cut."""
    monkeypatch.setattr(blocks_module, "BLOCK", 10)
    return iter(())


@pytest.mark.usefixtures("small_blocks")
@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(asked(patients=4), st.sampled_from([1, 2, 3]))
def test_blocks_and_threads_change_nothing(one: Asked, threads: int) -> None:
    check(one, threads=threads)


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(asked(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(one: Asked, chance: Any) -> None:
    """But where course numbers of one day contradict each other: there `evaluate` goes by the rows, and this too."""
    rows = list(one.rows)
    chance.shuffle(rows)
    check(replace(one, rows=rows))
    plain = [name for name in one.columns if name != "course"]
    assert found(one.report(as_table(rows, plain))) == found(one.report(as_table(one.rows, plain)))


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(asked(), st.integers(0, 60))
def test_patients_apart_are_told_as_together(one: Asked, size: int) -> None:
    """Any partitioning by patient: the parts say together what the whole says."""
    ids = sorted({row["patient"] for row in one.rows}, key=str)
    parts = [set(ids[: size % (len(ids) + 1)]), set(ids[size % (len(ids) + 1) :])]
    told: dict[Any, Any] = {}
    for part in parts:
        told |= found(one.report(as_table([row for row in one.rows if row["patient"] in part], one.columns)))[0]
    assert told == found(one.report())[0]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("text", [False, True], ids=["numbers", "text"])
@pytest.mark.parametrize("seed", range(5))
def test_wherever_the_cuts_fall_in_shuffled_rows(text: bool, seed: int) -> None:  # noqa: FBT001  # a parameter
    rows = cohort(100, seed=seed, shuffled=True)
    rows = with_text_ids(rows) if text else rows
    blocks = audit(rows, US, as_of=AS_OF)
    ordered = audit(rows.sort_by([("patient", "ascending"), ("date", "ascending")]), US, as_of=AS_OF)
    assert found(blocks) == found(ordered)


# --- strange cohorts -----------------------------------------------------------------------------


def asked_of(rows: list[dict[str, Any]], **about: Any) -> Asked:
    columns = ("status", "infusion_minutes", "observation_minutes", "dose_mg", "course")
    basis = {"rows": rows, "columns": columns, "protocol": US, "as_of": AS_OF, "clinic": None, "tolerance_days": 0}
    return Asked(**{**basis, **about})


def in_full(patient: Any, first: date, days: int) -> list[dict[str, Any]]:
    facts = {"infusion_minutes": 240, "observation_minutes": 120, "dose_mg": 12.0}
    return [{"patient": patient, "date": first + timedelta(days=n), **facts} for n in range(days)]


def test_a_cohort_without_findings() -> None:
    rows = [row for p in range(50) for row in (*in_full(p, date(2020, 3, 2), 5), *in_full(p, date(2021, 3, 8), 3))]
    report = asked_of(rows).report()
    assert report.summary()["findings"] == {}
    assert report.findings().num_rows == 0
    check(asked_of(rows))


def test_a_cohort_of_findings_only() -> None:
    one = asked_of([row for p in range(50) for row in in_full(p, date(2020, 3, 2), 1 + p % 4)])
    assert one.report().summary()["flagged"] == 50
    check(one)


def test_no_rows_at_all() -> None:
    report = asked_of([]).report()
    assert (report.patients.num_rows, report.rows.rows) == (0, 0)
    assert report.findings().num_rows == 0


def test_whatever_a_row_says_reaches_the_findings() -> None:
    days = in_full("p", date(2020, 3, 2), 5)
    odd: tuple[dict[str, Any], ...] = (
        {"status": "partial"},
        {"infusion_minutes": 200},
        {"observation_minutes": 90},
        {"dose_mg": 11.0},
        {"course": 1},
    )
    one = asked_of([{**day, **fact} for day, fact in zip(days, odd, strict=True)], as_of=date(2020, 3, 6))
    told = one.report().findings().sort_by("row")
    assert list(zip(told["row"].to_pylist(), told["code"].to_pylist(), strict=True)) == [
        (1, "partial-infusion"),
        (2, "infusion-too-short"),
        (3, "observation-too-short"),
        (4, "dose-differs"),
    ]


def test_each_course_has_its_own_interval() -> None:
    """Ten years before course 3, and a hundred before course 4: later than the screen has days."""
    spans = (None, "12 months", "120 months", "1200 months")
    rules = [US.courses[min(n, 1)].model_copy(update={"minimum_interval": span}) for n, span in enumerate(spans)]
    far = US.model_copy(update={"courses": tuple(rules)})
    starts = [date(2001, 3, 5), date(2002, 3, 11), date(2004, 3, 8), date(2016, 3, 7), date(2020, 3, 9)]
    for skipped in range(5):
        days = [day for n, day in enumerate(starts) if n != skipped]
        check(
            asked_of([row for n, day in enumerate(days) for row in in_full(7, day, 5 if n == 0 else 3)], protocol=far)
        )


def test_a_protocol_of_one_course() -> None:
    """No interval is known for a second course; the first is judged as ever."""
    once = US.model_copy(update={"courses": US.courses[:1]})
    check(asked_of(in_full(7, date(2020, 3, 2), 5), protocol=once, as_of=date(2020, 3, 6)))


def test_one_row() -> None:
    check(asked_of(in_full(7, AS_OF, 1)))


@pytest.mark.parametrize("times", [2, 3, 4])
def test_one_day_several_times_and_nothing_else(times: int) -> None:
    check(asked_of(in_full(7, date(2020, 3, 2), 1) * times))
    check(asked_of([row for day in in_full(7, date(2020, 3, 2), 5) for row in [day] * times]))


@pytest.mark.sweep
@pytest.mark.parametrize("step", [0, 1, 2, 15, 16], ids=lambda step: f"every {step} days")
def test_one_patient_of_10000_rows(step: int) -> None:
    """All on one day, in a row, torn, or each a course of its own: told in less than a second, with every finding."""
    rows = [
        {"patient": "p", "date": date(2000, 1, 1) + timedelta(days=n * step % 36_500), "dose_mg": 12.0}
        for n in range(10_000)
    ]
    one = asked_of(rows, columns=("dose_mg",), as_of=date(2099, 12, 31))
    said, counted = found(one.report())
    evaluation = evaluate(history_of("p", list(enumerate(rows, start=1)), one.columns), US, as_of=one.as_of)
    assert said["p"]["codes"] == sorted({finding.code for finding in evaluation.findings})
    assert sum(counted["by_course"].values()) == len(evaluation.findings)


def test_ids_that_differ_only_in_case_or_unicode_form() -> None:
    """Compared letter by letter: none is taken for another."""
    ids = ("a", "A", "\u00e9", "e\u0301", "\u00c9", "1", "01", "\u212b", "\u00c5")
    check(asked_of([row for n, p in enumerate(ids) for row in in_full(p, date(2020, 3, 2), 1 + n % 5)]))


def test_ids_at_the_ends_of_whole_numbers() -> None:
    ids = (-(2**63), 2**63 - 1, 0, -1)
    check(asked_of([row for n, p in enumerate(ids) for row in in_full(p, date(2020, 3, 2), 1 + n % 5)]))
    large = pa.table({"patient": pa.array([2**64 - 1, 1], pa.uint64()), "date": [date(2020, 3, 2)] * 2})
    assert sorted(asked_of([]).report(large).patients["patient"].to_pylist()) == [1, 2**64 - 1]


@pytest.mark.parametrize("first", [date(2000, 1, 1), date(2096, 2, 29), date(2099, 12, 25)], ids=str)
def test_the_ends_of_the_calendar(first: date) -> None:
    rows = in_full(1, first, 5)
    for protocol in (US, EU):
        check(asked_of(rows, as_of=min(first + timedelta(days=2), date(2099, 12, 30)), protocol=protocol))


# --- a large one ---------------------------------------------------------------------------------


@pytest.mark.sweep
@pytest.mark.parametrize(("patients", "text"), [(10_000, False), (3_000, True)], ids=["numbers", "text"])
def test_a_large_cohort(patients: int, text: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Codes of all flagged patients, and everything about 500; `Report.evaluations` compares each with the screen."""
    rows = cohort(patients, seed=7, shuffled=text)
    rows = with_text_ids(rows) if text else rows
    clinic = clinic_open(MON_TO_FRI)
    report = audit(rows, US, as_of=AS_OF, clinic=clinic)
    told = dict(report.evaluations())
    assert len(told) == report.summary()["flagged"] > patients // 5
    counted = {code: one["findings"] for code, one in report.summary()["findings"].items()}
    every = [finding.code for evaluation in told.values() for finding in evaluation.findings]
    assert {kind.code: every.count(kind.code) for kind in CATALOGUE if kind.code in every} == counted
    ids = np.array(report.patients["patient"].to_pylist(), object)
    some = ids[np.random.default_rng(1).permutation(len(ids))[:500]].tolist()
    assert 50 < sum(one in told for one in some) < 450
    mine = rows.filter(pa.compute.is_in(rows["patient"], pa.array(some, rows["patient"].type)))
    one = asked_of(mine.to_pylist(), columns=("infusion_minutes", "observation_minutes"), clinic=clinic)
    said = found(report)[0]
    for patient, expects in expected(one)[0].items():
        assert said[patient] == expects
