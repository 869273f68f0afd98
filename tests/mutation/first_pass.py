"""Run mutmut in the current folder with few tests for each function: those that kill most mutants in little time.

A function that every plan calls is reached by a thousand tests, and merely collecting them takes seconds. So each
mutant first meets at most 60 tests. What survives them is run again by mutmut itself, with all its tests.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from mutmut import __main__ as tool
from mutmut.state import state

MOST_TESTS = 60

MOST_EXAMPLES = 6
"""How many examples of one parametrized test are taken."""


def chosen(tests: Collection[str], reach: Mapping[str, int], seconds: Mapping[str, float]) -> set[str]:
    """Return a few tests of a function: half of them those that reach the fewest functions, the others of any kind."""
    ordered: list[str] = []
    taken: Counter[str] = Counter()
    for test in sorted(tests, key=lambda test: (reach[test], seconds.get(test, 0.0), test)):
        name = test.partition("[")[0]
        if taken[name] < MOST_EXAMPLES:
            taken[name] += 1
            ordered.append(test)
    near, others = ordered[: MOST_TESTS // 2], ordered[MOST_TESTS // 2 :]
    return {*near, *others[:: 1 + len(others) // (MOST_TESTS // 2)]}


def choose() -> None:
    """Leave a few tests to each function that mutmut has found tests for."""
    by_function = state().tests_by_mangled_function_name
    reach = Counter(test for tests in by_function.values() for test in tests)
    fewer = {name: chosen(tests, reach, state().duration_by_test) for name, tests in by_function.items()}
    state().tests_by_mangled_function_name = defaultdict(set, fewer)


def main(processes: int) -> None:
    """Run mutmut, which saves its statistics before the choice is made."""
    collect = tool.collect_or_load_stats

    def collect_and_choose(*arguments: Any, **options: Any) -> None:
        collect(*arguments, **options)
        choose()

    tool.collect_or_load_stats = collect_and_choose
    tool._run((), processes)


if __name__ == "__main__":
    main(int(sys.argv[1]))
