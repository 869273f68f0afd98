"""A test over many values runs with all of them, and tells all that fail."""

import pytest

from tests.support.each import each

SEEN: list[int] = []


@each([1, 2, 3])
def test_every_value_is_taken(value: int) -> None:
    SEEN.append(value)
    assert value == len(SEEN)


def test_every_failure_is_told_with_its_value() -> None:
    @each([1, 2, 3, 4], name=lambda value: f"number {value}")
    def even(value: int) -> None:
        assert value % 2 == 0

    with pytest.raises(ExceptionGroup, match="2 of 4 values") as caught:
        even()
    assert [error.__notes__ for error in caught.value.exceptions] == [["with number 1"], ["with number 3"]]


def test_an_error_of_any_kind_is_a_failure() -> None:
    @each(["1", "x"])
    def number(value: str) -> None:
        int(value)

    with pytest.raises(ExceptionGroup, match="1 of 2 values"):
        number()


def test_a_test_of_nothing_fails() -> None:
    @each(range(0))
    def anything(_: int) -> None: ...

    with pytest.raises(AssertionError, match="no value"):
        anything()


def test_it_bears_the_name_of_the_test() -> None:
    assert test_every_value_is_taken.__name__ == "test_every_value_is_taken"
