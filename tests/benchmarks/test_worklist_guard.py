"""A worklist over many patients keeps no plan, and costs about what judging the same records costs."""

import gc
import time
import weakref
from collections.abc import Callable, Iterator

import pytest

from lemtrada_schedule import History, Plan, evaluate, worklist
from lemtrada_schedule.validation.computed import Computed
from tests.benchmarks.treatments import AS_OF, MARCH, question, treatments

MOST: float = 4.0
"""How many times as long as `evaluate` a worklist may take; it takes about as long."""


def test_no_plan_is_kept() -> None:
    made: list[weakref.ref[Plan]] = []
    alive: list[int] = []

    def pairs() -> Iterator[tuple[Plan, History]]:
        for plan, history in treatments(20):
            made.append(weakref.ref(plan))
            yield plan, history
            del plan, history
            gc.collect()  # fast, because of `freeze`
            alive.append(sum(one() is not None for one in made))

    gc.freeze()
    try:
        assert len(worklist(pairs(), **MARCH)) > 20
    finally:
        gc.unfreeze()
    assert max(alive) <= 2  # the last one, and the one that the loop holds


@pytest.mark.sweep  # other tests beside it make it slower
def test_a_worklist_costs_about_what_judging_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Computed, "checked", False)
    pairs, rules = list(treatments(40)), question()[0]
    judging = least(lambda: [evaluate(history, rules, as_of=AS_OF) for _, history in pairs])
    listing = least(lambda: worklist(pairs, **MARCH))
    assert listing < MOST * judging


def least(work: Callable[[], object]) -> float:
    """Return the least time of three turns, in seconds of the processor."""
    turns = []
    for _ in range(3):
        began = time.process_time()
        work()
        turns.append(time.process_time() - began)
    return min(turns)
