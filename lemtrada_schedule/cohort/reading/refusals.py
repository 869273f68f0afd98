"""Gather what is refused of a cohort's columns, so that one look tells all of it."""

from collections.abc import Callable
from typing import TypeVar

from lemtrada_schedule.errors import InvalidInput, Problem

__all__ = ["Refusals"]

_T = TypeVar("_T")


class Refusals:
    """What was refused so far."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._problems: list[Problem] = []

    def of(self, read: Callable[[], _T]) -> _T | None:
        """Return what is read; where it is refused, keep why and return nothing."""
        try:
            return read()
        except InvalidInput as error:
            self._problems += error.problems
            return None

    def told(self) -> None:
        """Raise everything that was refused, as one."""
        if self._problems:
            raise InvalidInput(self._problems)
