"""The law of `Report.monitoring`: each patient's rows, codes and counts are those of `evaluate`, patient by patient."""

from collections.abc import Collection, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from lemtrada_schedule.cohort import monitoring as monitoring_module
from tests.support.budget import examples
from tests.unit.cohort.observed_cohorts import Observing, expected_of_tests, found_of_tests, observing


def check(one: Observing, refused: Collection[int] = ()) -> None:
    expected, found = expected_of_tests(one, refused), found_of_tests(one.report())
    for what, told, said in zip(("rows", "codes", "counts"), expected, found, strict=True):
        assert said == told, what


@settings(max_examples=examples(40), suppress_health_check=list(HealthCheck))
@given(observing())
def test_monitoring_is_told_as_patient_by_patient(one: Observing) -> None:
    rows, codes, _ = expected_of_tests(one)
    event(f"{min(len(rows), 5)} rows")
    for code in sorted({code for own in codes.values() for code in own}):
        event(code)
    check(one)


@pytest.mark.sweep
@settings(max_examples=2_000, suppress_health_check=list(HealthCheck))
@given(observing())
def test_2000_cohorts_are_monitored_as_patient_by_patient(one: Observing) -> None:
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
