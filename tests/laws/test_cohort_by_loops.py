"""The tables of an audit, held to plain loops over seeded patients: 2,000 in order, and 500 others shuffled.

The loops are `tests/oracle/cohort_measures.py`, written from the text of the rules and without the library's code;
they know the US protocol only. Each patient is looked at on a day of its own, and has records after that day.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from random import Random
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pytest

from lemtrada_schedule import Report, audit, load_protocol
from tests.oracle import cohort_measures as loops
from tests.oracle.cohort_of_patients import (
    SEED,
    SEED_OF_500,
    Cohort,
    cohort,
    ends_of_follow_up,
    exposure_days,
    observations,
)

US: Final = load_protocol("us-2024-05-r2")
COHORTS: Final = {"sorted": (2_000, SEED), "shuffled": (500, SEED_OF_500)}
ORDERS: Final = (pytest.param("sorted", marks=pytest.mark.sweep), "shuffled")


class Seeded(NamedTuple):
    """The cohort as plain dictionaries."""

    days: dict[str, list[date]]
    tests: dict[str, list[tuple[date, str]]]
    ends: dict[str, date]


@cache
def made(order: str) -> Cohort:
    return cohort(*COHORTS[order])


@cache
def seeded(order: str) -> Seeded:
    return Seeded(exposure_days(made(order)), observations(made(order)), ends_of_follow_up(made(order)))


@cache
def infusions(order: str) -> pa.Table:
    """Return the table of infusions, with the day of each patient in a column."""
    rows: list[dict[str, Any]] = [
        {"patient": name, "censored_on": one.censored_on, **row}
        for name, one in made(order).items()
        for row in one.infusions
    ]
    return pa.Table.from_pylist(in_order(rows, order))


def labs(order: str) -> pa.Table:
    """Return the table of tests."""
    tests = seeded(order).tests
    rows = [{"patient": name, "date": day, "code": code} for name in tests for day, code in tests[name]]
    return pa.Table.from_pylist(in_order(rows, order))


def in_order(rows: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    """Leave the rows sorted by patient, or shuffle them."""
    if order == "shuffled":
        Random(7).shuffle(rows)  # noqa: S311 - an order, no secret
    return rows


@cache
def audited(order: str) -> Report:
    """Audit the infusions; the tests are audited where they are asked about."""
    return audit(infusions(order), US, as_of="censored_on")


def same(found: pa.Table, expected: Sequence[Any], keys: Sequence[str]) -> bool:
    """Compare two tables row by row, whatever their order; the first difference is printed."""

    def by_key(row: dict[str, Any]) -> list[str]:
        return [str(row[key]) for key in keys]

    rows = sorted(found.to_pylist(), key=by_key)
    wanted = sorted(expected, key=by_key)
    for row, want in zip(rows, wanted, strict=False):
        assert row == want
    return len(rows) == len(wanted)


@pytest.mark.parametrize("order", ORDERS)
def test_courses_are_those_of_plain_loops(order: str) -> None:
    expected = loops.courses_table(seeded(order).days, seeded(order).ends)
    assert audited(order).courses.column_names == list(expected[0])
    assert same(audited(order).courses, expected, ("patient", "number"))


@pytest.mark.parametrize("order", ORDERS)
def test_periods_are_those_of_plain_loops(order: str) -> None:
    # Where a course may continue the one before (S07), the loops and a plan say of different periods that they are
    # provisional; no page decides it. `Report.periods` says what a plan says (decision 64).
    expected = loops.periods_table(seeded(order).days, seeded(order).ends)
    found = audited(order).periods
    assert found.column_names == list(expected[0])
    courses = loops.courses_table(seeded(order).days, seeded(order).ends)
    unclear = {one["patient"] for one in courses if not one["boundary_clear"]}
    assert 0 < len(unclear) < 20
    certain = [one for one in expected if one["patient"] not in unclear]
    is_certain = pa.array([name not in unclear for name in found["patient"].to_pylist()])
    keys = ("patient", "kind", "first_day")
    assert same(found.filter(is_certain), certain, keys)
    days = [{name: value for name, value in one.items() if name != "provisional"} for one in expected]
    assert same(found.drop_columns(["provisional"]), days, keys)


@pytest.mark.parametrize("order", ORDERS)
def test_monitoring_is_that_of_plain_loops(order: str) -> None:
    expected = loops.monitoring_table(seeded(order).days, seeded(order).tests, seeded(order).ends)
    found = audit(infusions(order), US, as_of="censored_on", observations=labs(order)).monitoring
    assert found.column_names == list(expected[0])
    assert same(found, expected, ("patient", "action", "course"))


@pytest.mark.parametrize("order", ORDERS)
def test_first_infusion_and_next_earliest_are_those_of_plain_loops(order: str) -> None:
    days, ends = seeded(order).days, seeded(order).ends
    firsts = loops.first_infusions(days, ends)
    found = {one["patient"]: one for one in audited(order).patients.to_pylist()}
    assert {name: found[name]["first_infusion"] for name in found} == firsts
    nexts = {name: loops.next_earliest(loops.courses_of(name, days[name], ends[name])) for name in days}
    assert {name: found[name]["next_earliest"] for name in found} == nexts
