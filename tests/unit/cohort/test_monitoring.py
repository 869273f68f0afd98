"""The law of `Report.monitoring`: each patient's rows, codes and counts are those of `evaluate`, patient by patient."""

import pytest
from hypothesis import HealthCheck, event, given, settings

from tests.unit.cohort.observed_cohorts import Observing, expected_of_tests, found_of_tests, observing


def check(one: Observing) -> None:
    expected, found = expected_of_tests(one), found_of_tests(one.report())
    for what, told, said in zip(("rows", "codes", "counts"), expected, found, strict=True):
        assert said == told, what


@settings(suppress_health_check=list(HealthCheck))
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
