"""The plainest use of `icalendar` and the library write the same events: the benchmark compares like with like."""

import pytest

from tests.benchmarks.bench_ics import STAMP, check_agreement, content, plans
from tests.benchmarks.naive_ics import calendar_file

pytestmark = pytest.mark.sweep  # it checks what the benchmarks compare, not the library alone

PLANS = plans()


@pytest.mark.parametrize("title", PLANS)
def test_both_write_the_same_events(title: str) -> None:
    check_agreement(PLANS[title])


def test_a_difference_is_seen() -> None:
    plan = next(iter(PLANS.values()))
    moved = plan.model_copy(update={"revision": 1})
    assert content(calendar_file(plan, STAMP)) != content(calendar_file(moved, STAMP))
