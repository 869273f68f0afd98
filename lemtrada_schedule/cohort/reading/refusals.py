"""`Refusals`: collect the problems of a cohort's columns, and raise them together."""

from collections.abc import Callable
from typing import TypeVar

from lemtrada_schedule.errors import InvalidInput, Problem

__all__ = ["Refusals"]

_T = TypeVar("_T")


class Refusals:
    """The problems so far."""

    def __init__(self) -> None:
        """Start without problems."""
        self._problems: list[Problem] = []

    def of(self, read: Callable[[], _T]) -> _T | None:
        """Return what a function returns; if it raises `InvalidInput`, keep the problems and return `None`."""
        try:
            return read()
        except InvalidInput as error:
            self._problems += error.problems
            return None

    def raise_all(self) -> None:
        """Raise all problems as one `InvalidInput`; do nothing if there are none."""
        if self._problems:
            raise InvalidInput(self._problems)
