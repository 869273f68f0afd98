"""Standard input as a file of records: `-` where a command takes one."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from typing import Final

from lemtrada_schedule.errors import InvalidInput, Problem, UnreadableFile
from lemtrada_schedule.validation.paths import StrPath, file_name

__all__ = ["NAME", "check_inputs", "files", "is_standard_input", "read_standard_input", "shown"]

DASH: Final = "-"

NAME: Final = "standard input"

CHUNK: Final = 1 << 20
"""In bytes: how much is read at once."""

_RECORDS: Final = ("records", "history", "cohort")
"""The arguments for which `-` is standard input."""

_FILES: Final = ("clinic", "decisions", "link", "medications", "plan", "plans", "protocol")
"""The other arguments that name files to read."""


def is_standard_input(name: str | None) -> bool:
    """Return whether an argument means standard input; `./-` is a file."""
    return name == DASH


def shown(name: StrPath) -> str:
    """Return what messages call a file of records."""
    return NAME if name == DASH else file_name(name)


def files(names: Iterable[str | None]) -> list[str]:
    """Return those of the inputs of a command that are files."""
    return [name for name in names if name is not None and name != DASH]


def check_inputs(options: argparse.Namespace) -> None:
    """Raise `InvalidInput` if `-` is given twice, or for a file that is not read from standard input."""
    given = [argument for argument in (*_RECORDS, *_FILES) for name in _named(options, argument) if name == DASH]
    problems = [
        Problem("wrong-type", str(options.parser.typed(argument)), "standard input holds only records; give a file")
        for argument in given
        if argument in _FILES
    ]
    if len(given) > len(problems) + 1:
        message = "standard input can be read only once; give a file for the other"
        problems.append(Problem("file-twice", str(options.parser.typed(given[0])), message))
    if problems:
        raise InvalidInput(problems)


def _named(options: argparse.Namespace, argument: str) -> Iterator[object]:
    value = getattr(options, argument, None)
    yield from value if isinstance(value, list) else [value]


def read_standard_input(most: int) -> bytes:
    """Return the bytes of standard input.

    Raises:
        UnreadableFile: There are more than `most`, or they cannot be read.
    """
    held, size = list[bytes](), 0
    while chunk := _chunk():  # one by one: a single read would ask for all the memory at once
        held.append(chunk)
        size += len(chunk)
        if size > most:
            raise UnreadableFile("too-large", f"is larger than {most:,} bytes; give a file", place=NAME)
    return b"".join(held)


def _chunk() -> bytes:
    try:
        return sys.stdin.buffer.read(CHUNK)
    except (OSError, AttributeError, ValueError):  # it is a folder, it is closed, or there is none
        message = "cannot be read; send the records through a pipe"
    raise UnreadableFile("unreadable-file", message, place=NAME)
