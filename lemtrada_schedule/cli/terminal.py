"""What every command prints besides its data: messages and progress, on standard error; and the exit statuses."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

__all__ = ["BAD_INPUT", "FINE", "FOUND", "PROGRAM", "STOPPED", "drop_rest", "progress", "say"]

PROGRAM: Final = "lemtrada-schedule"

FINE: Final = 0

FOUND: Final = 1
"""There are findings of severity error, no feasible start, or failed conformance cases."""

BAD_INPUT: Final = 2

STOPPED: Final = 130


def say(words: str) -> None:
    """Print a message on standard error, preceded by the program's name."""
    try:
        print(f"{PROGRAM}: {words}", file=sys.stderr)
    except BrokenPipeError:  # standard error was closed early: this does not change the exit status
        drop_rest(sys.stderr)


def drop_rest(stream: TextIO) -> None:
    """Discard what a stream still buffers, and everything written to it later."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a function that shows the progress on a terminal, and erase it at the end; `None` without a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    width = len(f"{doing}: 100 %")

    def show(done: int, total: int) -> None:
        share = 100 * done // max(total, 1)
        print(f"\r{doing}: {share:3} %", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        print(f"\r{' ' * width}\r", end="", file=sys.stderr, flush=True)
