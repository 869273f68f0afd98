"""Read a long text file line by line, with maximum sizes; errors name the file, the line and the byte."""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule.errors import UnreadableFile, kind_of
from lemtrada_schedule.sources.file_kinds import HEAD, not_text
from lemtrada_schedule.validation.arguments import refused, refused_argument
from lemtrada_schedule.validation.paths import StrPath, cannot_be_read, file_name

__all__ = [
    "LARGEST_FILE",
    "MOST_LINES",
    "UTF_8",
    "OnProgress",
    "as_lines",
    "decoded_lines",
    "lines_in",
    "not_utf8",
    "opened",
    "read_lines",
    "without_end",
]

OnProgress = Callable[[int, int], object]
"""`callback(bytes_read, total_bytes)`: called every 65,536 lines and at the end."""

LARGEST_FILE: Final = 1024 * 1024 * 1024
"""In bytes: enough for a registry of many millions of rows; a disk image opened by mistake is refused."""

MOST_LINES: Final = 20_000_000
"""Two million patients, more than were ever treated; their records would take about 9 GB of memory."""

LONGEST_LINE: Final = 4 * 1024 * 1024
"""In bytes: a file without line ends is refused before it fills the memory."""

LINES_A_STEP: Final = 65_536

UTF_8: Final = "utf-8"

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def read_lines(path: StrPath, on_progress: OnProgress | None = None) -> Iterator[str]:
    """Yield the lines of a file with their line ends, without a byte order mark.

    Raises:
        UnreadableFile: Missing, a folder, over 1 GiB, over 20 million lines, a line over 4 MiB, or not UTF-8
            (with the byte, counted from 0).
    """
    name = file_name(path)
    with opened(path, name) as file:
        yield from decoded_lines(file, name, os.fstat(file.fileno()).st_size, on_progress)


def lines_in(data: bytes, name: str) -> Iterator[str]:
    """Yield the lines in the bytes of a file as `read_lines` does; `name` is the place of an error.

    Raises:
        UnreadableFile: Over 1 GiB, over 20 million lines, a line over 4 MiB, or not UTF-8.
    """
    with io.BufferedReader(io.BytesIO(data)) as file:
        yield from decoded_lines(file, name, len(data), None)


def decoded_lines(
    file: "io.BufferedReader[Any]",
    name: str,
    size: int,
    on_progress: OnProgress | None,
    encoding: str = UTF_8,
    *,
    has_encoding: bool = False,
) -> Iterator[str]:
    """Yield the lines of an open file with their line ends, without a byte order mark.

    Args:
        file: The open file, in an encoding in which the byte of a line end is nothing else.
        name: The place of an error.
        size: The size of the file in bytes.
        on_progress: Called with the number of bytes read, and of all bytes.
        encoding: The encoding, as Python names it.
        has_encoding: Whether the caller can say the encoding; errors then say how.

    Raises:
        UnreadableFile: As `read_lines`.
    """
    if size > LARGEST_FILE:
        raise _too_large(name, f"the file is larger than {LARGEST_FILE:,} bytes")
    number, done = 0, _skip_mark(file, name, encoding, has_encoding=has_encoding)
    while raw := _raw_line(file, name):
        number += 1
        yield _decoded(raw, f"{name}: line {number}", done, encoding, has_encoding=has_encoding)
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


def opened(path: StrPath, name: str) -> io.BufferedReader:
    """Return an open file of bytes; raise `UnreadableFile` if it cannot be opened."""
    try:
        return io.BufferedReader(io.FileIO(Path(path)))
    except (OSError, ValueError) as error:
        raise cannot_be_read(name, error) from None


def not_utf8(place: str, offset: int) -> UnreadableFile:
    """Return the error for a file that is not UTF-8; `offset` is the first wrong byte, from 0."""
    return UnreadableFile("encoding", f"is not UTF-8 text (at byte {offset}); save it as UTF-8", place=place)


def _skip_mark(file: "io.BufferedReader[Any]", name: str, encoding: str, *, has_encoding: bool) -> int:
    """Skip a byte order mark and return its length; raise `UnreadableFile` if the file is not text."""
    try:
        head = file.peek(HEAD)[:HEAD]
    except UnreadableFile:  # of a stream that is made from the file
        raise
    except OSError as error:
        raise cannot_be_read(name, error) from None
    if wrong := not_text(head, name, has_encoding=has_encoding):
        raise wrong
    if not head.startswith(_BYTE_ORDER_MARK):
        return 0
    if encoding != UTF_8:
        message = f"this is UTF-8 text, not {encoding}: it begins with the mark of UTF-8"
        raise UnreadableFile("encoding", f"{message}; remove `encoding` under [read] of the source", place=name)
    return len(file.read(len(_BYTE_ORDER_MARK)))


def _raw_line(file: "io.BufferedReader[Any]", name: str) -> bytes:
    try:
        return file.readline(LONGEST_LINE + 1)
    except UnreadableFile:  # as above
        raise
    except OSError as error:
        raise cannot_be_read(name, error) from None


def _decoded(raw: bytes, place: str, offset: int, encoding: str, *, has_encoding: bool) -> str:
    if len(raw) > LONGEST_LINE:
        raise _too_large(place, f"a line is longer than {LONGEST_LINE:,} bytes")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        bad = offset + error.start
    if not has_encoding:
        raise not_utf8(place, bad)
    message = f"is not {encoding.upper()} text (at byte {bad}); say its encoding under [read] of the source, such as "
    raise UnreadableFile("encoding", f'{message}encoding = "cp1252", or save it as UTF-8', place=place)


def _too_large(place: str, what: str) -> UnreadableFile:
    return UnreadableFile("too-large", f"{what}; give a smaller file", place=place)
