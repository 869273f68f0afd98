"""Every input is checked, and every failure is reported with its input."""

import pytest

from tests.support.for_each import each, for_each


def test_all_failures_are_raised_together_with_their_inputs() -> None:
    seen = []

    def check(number: int) -> None:
        seen.append(number)
        assert number % 2
        if number == 3:
            pytest.fail("three")
        if number == 5:
            raise KeyError(number)

    with pytest.raises(BaseExceptionGroup) as caught:
        for_each(range(1, 7), check, str)
    assert seen == [1, 2, 3, 4, 5, 6]
    assert caught.value.message == "5 of 6 inputs"
    assert [error.__notes__ for error in caught.value.exceptions] == [[f"This input: {n}"] for n in range(2, 7)]
    kinds = [AssertionError, pytest.fail.Exception, AssertionError, KeyError, AssertionError]
    assert [type(error) for error in caught.value.exceptions] == kinds


def test_nothing_is_raised_if_all_pass() -> None:
    for_each([1, 2], lambda number: number)


def test_no_input_is_a_failure() -> None:
    with pytest.raises(AssertionError, match="no input"):
        for_each([], ascii)


SEEN: list[int] = []


@each([1, 2, 3])
def test_a_test_of_one_input_becomes_a_test_of_all(one: int) -> None:
    SEEN.append(one)
    assert one == len(SEEN)


def test_it_keeps_its_name_and_fails_with_every_input_that_fails() -> None:
    @each([1, 2, 3, 4], name=lambda one: f"number {one}")
    def even(one: int) -> None:
        """Say why."""
        assert one % 2 == 0

    assert (even.__name__, even.__doc__, even.__module__) == ("even", "Say why.", __name__)
    with pytest.raises(ExceptionGroup, match="2 of 4 inputs") as caught:
        even()
    assert [error.__notes__ for error in caught.value.exceptions] == [
        ["This input: number 1"],
        ["This input: number 3"],
    ]
