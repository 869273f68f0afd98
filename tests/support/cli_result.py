"""The result of a command, and the type of the fixture `run` (in `tests/conftest.py`), which runs one."""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Ran", "Run"]


class Ran(NamedTuple):
    """The exit status of a command, and what it wrote to standard output and standard error."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]
