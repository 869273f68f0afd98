"""The law of the audit: for every cohort, each patient's codes, counts and dates are those told patient by patient."""

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings

from tests.cohort.cohorts import Asked, asked, expected, found


def check(one: Asked, **how: Any) -> None:
    told, counts = expected(one)
    said, counted = found(one.report(**how))
    assert said == told
    assert counted == counts


@pytest.mark.sweep
@settings(max_examples=2_000, suppress_health_check=list(HealthCheck))
@given(asked())
def test_2000_cohorts_are_told_as_patient_by_patient(one: Asked) -> None:
    check(one)


@given(asked())
def test_a_cohort_is_told_as_patient_by_patient(one: Asked) -> None:
    told = expected(one)[0]
    for code in sorted({code for patient in told.values() for code in patient["codes"]}):
        event(code)
    check(one)
