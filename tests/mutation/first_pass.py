"""Run mutmut in the current folder with few tests for each function: those that kill most mutants in little time.

A function that every plan calls is reached by a thousand tests, and merely collecting them takes seconds. So each
mutant first meets at most 60 tests. What survives them is run again by mutmut itself, with all its tests.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any

MOST_FILES = 2
"""How many files the tests are taken from: each file is collected as a whole."""

MOST_TESTS = 60

MOST_EXAMPLES = 6
"""How many examples of one parametrized test are taken."""


def chosen(tests: Collection[str], reach: Mapping[str, int], seconds: Mapping[str, float]) -> set[str]:
    """Return a few tests of a function, from few files.

    Unit tests come first, then those that reach the fewest functions, and fast ones.
    """
    found: set[str] = set()
    examples: Counter[str] = Counter()
    files: set[str] = set()
    for test in sorted(tests, key=lambda test: ("/unit/" not in test, reach[test], seconds.get(test, 0.0), test)):
        name, file = test.partition("[")[0], test.partition("::")[0]
        is_near = file in files or len(files) < MOST_FILES
        if is_near and examples[name] < MOST_EXAMPLES and len(found) < MOST_TESTS:
            files.add(file)
            examples[name] += 1
            found.add(test)
    return found


def choose() -> None:
    """Leave a few tests to each function that mutmut has found tests for."""
    from mutmut.state import state  # noqa: PLC0415  # a test of `chosen` needs no mutmut

    by_function = state().tests_by_mangled_function_name
    reach = Counter(test for tests in by_function.values() for test in tests)
    fewer = {name: chosen(tests, reach, state().duration_by_test) for name, tests in by_function.items()}
    state().tests_by_mangled_function_name = defaultdict(set, fewer)


def main(processes: int) -> None:
    """Run mutmut, which saves its statistics before the choice is made."""
    from mutmut import __main__ as tool  # noqa: PLC0415  # as above

    collect = tool.collect_or_load_stats

    def collect_and_choose(*arguments: Any, **options: Any) -> None:
        collect(*arguments, **options)
        choose()

    tool.collect_or_load_stats = collect_and_choose
    tool._run((), processes)


if __name__ == "__main__":
    main(int(sys.argv[1]))
