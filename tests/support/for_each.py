"""Check many inputs in one test: cheaper than one test for each input, and as clear when some of them fail."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

__all__ = ["for_each"]

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
