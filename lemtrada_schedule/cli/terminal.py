"""The terminal: its width and colours, the messages and the progress on standard error, and the exit statuses.

This is the only module of the package that reads the environment: it says how wide and how colourful a terminal is.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import environ
from pathlib import Path
from shutil import get_terminal_size
from typing import Final, Literal, TextIO, TypeVar

from lemtrada_schedule.exports.text.style import Style

__all__ = [
    "BAD_INPUT",
    "COLORS",
    "FINE",
    "FOUND",
    "PROGRAM",
    "STOPPED",
    "Color",
    "Terminal",
    "columns",
    "drop_rest",
    "followed",
    "progress",
    "say",
]

PROGRAM: Final = "lemtrada-schedule"

FINE: Final = 0

FOUND: Final = 1
"""There are findings of severity error, no feasible start, or failed conformance cases."""

BAD_INPUT: Final = 2

STOPPED: Final = 130

_Item = TypeVar("_Item")

Color = Literal["auto", "always", "never"]

COLORS: Final[tuple[Color, ...]] = ("auto", "always", "never")
"""What `--color` takes. `auto` is colour on a terminal, unless NO_COLOR is set or the terminal has none."""

_WIDTHS: Final = range(20, 1_001)
"""Widths of terminals that are believed, in columns."""

_USUAL: Final = 80
"""The width of lines without a terminal."""

_MARKS: Final = "─·"
"""What text shows beside ASCII."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What standard output is."""

    columns: int | None
    """Its width; `None` where it has none, or one that nobody can read."""
    is_coloured: bool
    is_ascii: bool
    """Whether it cannot show all marks."""

    @classmethod
    def of(cls, stream: TextIO | None, color: Color, encoding: str) -> "Terminal":
        """Return what a stream is.

        Args:
            stream: Standard output; `None` where there is none.
            color: What `--color` says.
            encoding: The encoding that the stream had at first.
        """
        is_terminal = stream is not None and stream.isatty()
        is_coloured = color == "always" or (color == "auto" and is_terminal and _has_colours())
        return cls(columns(), is_coloured, is_ascii=is_terminal and not _can_encode(encoding))

    def style(self, *, otherwise: int = _USUAL, most: int | None = None) -> Style:
        """Return the style of lines.

        Args:
            otherwise: The width of lines where standard output has none.
            most: No line is wider than this; `None`: as wide as the terminal.
        """
        wide = self.columns or otherwise
        return Style(wide if most is None else min(wide, most), is_coloured=self.is_coloured, is_ascii=self.is_ascii)


def columns() -> int | None:
    """Return the width of the terminal: what COLUMNS says, else what the terminal does; `None` if it is absurd."""
    wide = get_terminal_size((0, 0)).columns
    return wide if wide in _WIDTHS else None


def _has_colours() -> bool:
    """Return whether a terminal shows colours: https://no-color.org, and the consoles of Windows by their own word."""
    is_understood = environ.get("TERM") != "dumb" and (os.name != "nt" or "WT_SESSION" in environ)
    return is_understood and not environ.get("NO_COLOR")


def _can_encode(encoding: str) -> bool:
    try:
        _MARKS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


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
    """Show on a terminal what is being done until it is done; yield a function that adds how much is.

    Without a terminal, nothing is shown, and `None` is yielded.
    """
    if not sys.stderr.isatty():
        yield None
        return
    width = len(f"{doing}: 100 %")
    print(f"\r{doing}", end="", file=sys.stderr, flush=True)

    def show(done: int, total: int) -> None:
        share = 100 * done // max(total, 1)
        print(f"\r{doing}: {share:3} %", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        print(f"\r{' ' * width}\r", end="", file=sys.stderr, flush=True)


def followed(items: Sequence[_Item], on_progress: Callable[[int, int], None] | None) -> Iterator[_Item]:
    """Yield items one by one, and show how many are done."""
    for done, item in enumerate(items, start=1):
        yield item
        if on_progress:
            on_progress(done, len(items))
