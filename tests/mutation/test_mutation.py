"""What the mutation command does around mutmut: decorators, changed lines, the list of equivalent mutants."""

import pytest

from tests.mutation.equivalent import Equivalent, equivalents, judged
from tests.mutation.first_pass import chosen
from tests.mutation.mutants import ROOT, Mutant, changed_lines, rooms
from tests.mutation.undecorated import undecorated

DECORATED = '''
from functools import cached_property, lru_cache

@lru_cache(maxsize=16)
def one(
    number: int,
) -> int:
    """Return it."""
    return number

class Two:
    @classmethod
    def made(cls) -> "Two":
        return cls()

    @lru_cache
    @staticmethod
    def both() -> int:
        return 2

    @cached_property
    def half(self) -> int:
        return 1

    plain = 3
'''

UNDECORATED = '''
from functools import cached_property, lru_cache

def one(
    number: int,
) -> int:
    """Return it."""
    return number
one = lru_cache(maxsize=16)(one)

class Two:
    @classmethod
    def made(cls) -> "Two":
        return cls()

    def both() -> int:
        return 2
    both = lru_cache(staticmethod(both))

    def half(self) -> int:
        return 1
    half = cached_property(half)

    plain = 3
'''


def test_decorators_become_calls_from_the_innermost_one_out() -> None:
    assert undecorated(DECORATED) == UNDECORATED


def test_a_module_without_decorators_stays_as_it_is() -> None:
    assert undecorated("def one() -> int:\n    return 1\n") == "def one() -> int:\n    return 1\n"


def test_the_lines_that_a_mutation_changes_are_found() -> None:
    original = ["def f():", "    a = 1", "    return a"]
    assert changed_lines(original, ["def f():", "    a = None", "    return a"]) == ("a = 1", "a = None")
    assert changed_lines(original, ["def f():", "    a = 1", "    return"]) == ("return a", "return")


def mutant(status: str, was: str = "a < b") -> Mutant:
    return Mutant("dates/months.py", "add_months", was, "a <= b", status)


def entry(was: str = "a < b") -> Equivalent:
    return Equivalent("dates/months.py", "add_months", was, "a <= b", "both are the same day")


@pytest.mark.parametrize("status", ["survived", "no tests", "suspicious", "skipped", "not checked"])
def test_what_no_test_killed_survives(status: str) -> None:
    verdict = judged([mutant(status)], [])
    assert (verdict.explained, verdict.unexplained, verdict.stale) == ((), (mutant(status),), ())


@pytest.mark.parametrize("status", ["killed", "timeout", "segfault"])
def test_a_killed_mutant_needs_no_entry_and_makes_one_stale(status: str) -> None:
    verdict = judged([mutant(status)], [entry()])
    assert (verdict.explained, verdict.unexplained, verdict.stale) == ((), (), (entry(),))


def test_a_listed_survivor_is_explained_and_a_mutant_that_is_gone_makes_its_entry_stale() -> None:
    verdict = judged([mutant("survived")], [entry(), entry("gone")])
    assert verdict.explained == ((mutant("survived"), "both are the same day"),)
    assert (verdict.unexplained, verdict.stale) == ((), (entry("gone"),))


def test_each_entry_of_the_list_names_a_module_of_a_room_and_a_reason() -> None:
    modules = {module for room in rooms() for module in room.modules}
    for one in equivalents():
        assert one.module in modules
        assert one.why
    assert len({one[:4] for one in equivalents()}) == len(equivalents())


def test_each_room_has_modules_and_tests_that_exist() -> None:
    for room in rooms():
        assert room.modules
        assert [path for path in room.tests if not (ROOT / path.partition("::")[0]).exists()] == []


def test_the_first_pass_takes_a_few_near_tests_from_two_files() -> None:
    many = {f"a.py::one[{number}]": 1 for number in range(9)}
    reach = {**many, "b.py::two": 2, "c.py::three": 3, "a.py::four": 4}
    assert chosen(reach.keys(), reach, {}) == {
        *(f"a.py::one[{number}]" for number in range(6)),
        "b.py::two",
        "a.py::four",
    }
