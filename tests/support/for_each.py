"""Check many inputs in one test: cheaper than one test for each input, and as clear when some of them fail."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

__all__ = ["each", "for_each"]

T = TypeVar("T")


def for_each(inputs: Iterable[T], check: Callable[[T], object], name: Callable[[T], str] = ascii) -> None:
    """Check every input, also after one has failed; then raise all failures together, each with the input's name."""
    failed: list[BaseException] = []
    checked = 0
    for one in inputs:
        checked += 1
        try:
            check(one)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  # raised below, with all others
            error.add_note(f"This input: {name(one)}")
            failed.append(error)
    if failed:
        raise BaseExceptionGroup(f"{len(failed)} of {checked} inputs", failed)
    assert checked, "there is no input to check"


def each(inputs: Iterable[T], name: Callable[[T], str] = ascii) -> Callable[[Callable[[T], None]], Callable[[], None]]:
    """Make one test of all inputs from a test of one input, which takes no fixture."""
    kept = list(inputs)

    def of_all(test: Callable[[T], None]) -> Callable[[], None]:
        def test_of_all() -> None:
            for_each(kept, test, name)

        test_of_all.__name__, test_of_all.__doc__, test_of_all.__module__ = test.__name__, test.__doc__, test.__module__
        return test_of_all

    return of_all
