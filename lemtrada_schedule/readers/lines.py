"""Read a long UTF-8 file line by line, with maximum sizes; errors name the file, the line and the byte."""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule.errors import UnreadableFile, kind_of
from lemtrada_schedule.sources.files import not_utf8
from lemtrada_schedule.validation.arguments import refused, refused_argument
from lemtrada_schedule.validation.paths import StrPath, cannot_be_read, file_name

__all__ = ["LARGEST_FILE", "OnProgress", "as_lines", "lines_in", "read_lines", "without_end"]

OnProgress = Callable[[int, int], None]
"""`callback(bytes_read, total_bytes)`: called every 65,536 lines and at the end."""

LARGEST_FILE: Final = 1024 * 1024 * 1024
"""In bytes: enough for a registry of many millions of rows; a disk image opened by mistake is refused."""

MOST_LINES: Final = 20_000_000
"""Two million patients, more than were ever treated; their records would take about 9 GB of memory."""

LONGEST_LINE: Final = 4 * 1024 * 1024
"""In bytes: a file without line ends is refused before it fills the memory."""

LINES_A_STEP: Final = 65_536

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def read_lines(path: StrPath, on_progress: OnProgress | None = None) -> Iterator[str]:
    """Yield the lines of a file with their line ends, without a byte order mark.

    Raises:
        UnreadableFile: Missing, a folder, over 1 GiB, over 20 million lines, a line over 4 MiB, or not UTF-8
            (with the byte, counted from 0).
    """
    name = file_name(path)
    with _opened(path, name) as file:
        yield from _lines(file, name, os.fstat(file.fileno()).st_size, on_progress)


def lines_in(data: bytes, name: str) -> Iterator[str]:
    """Yield the lines in the bytes of a file as `read_lines` does; `name` is the place of an error.

    Raises:
        UnreadableFile: Over 1 GiB, over 20 million lines, a line over 4 MiB, or not UTF-8.
    """
    with io.BufferedReader(io.BytesIO(data)) as file:
        yield from _lines(file, name, len(data), None)


def _lines(file: "io.BufferedReader[Any]", name: str, size: int, on_progress: OnProgress | None) -> Iterator[str]:
    if size > LARGEST_FILE:
        raise _too_large(name, f"the file is larger than {LARGEST_FILE:,} bytes")
    number, done = 0, _skip_mark(file, name)
    while raw := _raw_line(file, name):
        number += 1
        yield _decoded(raw, f"{name}: line {number}", done)
        done += len(raw)
        if done > LARGEST_FILE or number > MOST_LINES:  # not by its size: a device has none
            raise _too_large(name, f"the file has more than {MOST_LINES:,} lines or {LARGEST_FILE:,} bytes")
        if on_progress is not None and number % LINES_A_STEP == 0:
            on_progress(done, size)
    if on_progress is not None:
        on_progress(done, size)


def as_lines(lines: object) -> Iterator[str]:
    """Yield the lines of a text, or lines passed one by one; raise `InvalidInput` for anything else."""
    given = io.StringIO(lines.removeprefix("\ufeff"), newline="\n") if isinstance(lines, str) else lines
    if not isinstance(given, Iterable):
        raise refused_argument("wrong-type", "lines", f"expected text or lines of text, got {kind_of(lines)}")
    for number, line in enumerate(given, start=1):
        if not isinstance(line, str):
            raise refused("wrong-type", f"line {number}", f"expected a line of text, got {kind_of(line)}")
        yield line


def without_end(line: str) -> str:
    """Return a line without its line end, LF or CRLF; a lone CR is kept."""
    return line.removesuffix("\n").removesuffix("\r")


def _opened(path: StrPath, name: str) -> io.BufferedReader:
    try:
        return io.BufferedReader(io.FileIO(Path(path)))
    except (OSError, ValueError) as error:
        raise cannot_be_read(name, error) from None


def _skip_mark(file: "io.BufferedReader[Any]", name: str) -> int:
    try:
        marked = file.peek(len(_BYTE_ORDER_MARK)).startswith(_BYTE_ORDER_MARK)
    except OSError as error:
        raise cannot_be_read(name, error) from None
    return len(file.read(len(_BYTE_ORDER_MARK))) if marked else 0


def _raw_line(file: "io.BufferedReader[Any]", name: str) -> bytes:
    try:
        return file.readline(LONGEST_LINE + 1)
    except OSError as error:
        raise cannot_be_read(name, error) from None


def _decoded(raw: bytes, place: str, offset: int) -> str:
    if len(raw) > LONGEST_LINE:
        raise _too_large(place, f"a line is longer than {LONGEST_LINE:,} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = offset + error.start
    raise not_utf8(place, bad)


def _too_large(place: str, what: str) -> UnreadableFile:
    return UnreadableFile("too-large", f"{what}; give a smaller file", place=place)
