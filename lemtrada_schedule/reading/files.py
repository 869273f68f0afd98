"""Read a file whole, with a bound, as UTF-8; a fault names the file and the place in it."""

import io
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any, Final, TypeVar

from lemtrada_schedule.errors import InvalidInput, Problem, UnknownName, UnreadableFile, kind_of, plain
from lemtrada_schedule.reading.toml_bounds import check_toml_bounds

__all__ = ["StrPath", "as_toml", "file_name", "is_content", "named", "read_text", "shown_name"]

StrPath = str | PurePath
LARGEST: Final = 16 * 1024 * 1024
LONGEST_NAME: Final = 255
"""In characters: no file system allows a longer name of one file or folder, and no message shows more of a path."""
LONGEST_PATH: Final = 4_096
_CONTENT: Final = re.compile(r"\s*[{\[<]|.*[\n\r]", re.DOTALL)
_PLACE: Final = re.compile(r"\(at (line [0-9]+, column [0-9]+|end of document)\)")
_T = TypeVar("_T")


def file_name(path: StrPath) -> str:
    """Return a path as messages show it: on one line, and the end of a long one.

    Raises:
        InvalidInput: It is no path; or it is the content of a file, which is never repeated.
    """
    if type(path) is not str and not issubclass(type(path), PurePath):
        raise InvalidInput([Problem("wrong-type", "path", f"expected the path of a file, got {kind_of(path)}")])
    name = shown_name(str(path))
    if name is None:
        message = "expected the path of a file, got the content of one; write it to a file first"
        raise InvalidInput([Problem("wrong-type", "path", message)])
    return name


def shown_name(path: str) -> str | None:
    """Return a path on one line, the end of a long one; `None` where it is the content of a file, not a path."""
    if is_content(path) and not os.path.lexists(path):  # a file may be called so all the same
        return None
    shown = plain(path) or "path"
    return shown if len(shown) <= LONGEST_NAME else f"…{shown[-LONGEST_NAME:]}"


def is_content(name: str) -> bool:
    """Return whether text looks like the content of a file rather than a path or a name.

    That is a line break, a first character that begins JSON, TOML or markup, or more characters than a path has.

    >>> is_content('{"courses": []}'), is_content("examples/boston.toml")
    (True, False)
    """
    if len(name) > LONGEST_PATH or _CONTENT.match(name):
        return True
    return any(len(part) > LONGEST_NAME for part in name.replace(os.sep, "/").split("/"))


def read_text(path: StrPath) -> str:
    """Return a file's text; a byte order mark is dropped.

    Raises:
        UnreadableFile: Absent, a folder, over 16 MiB, or not UTF-8 (with the byte offset).
    """
    name = file_name(path)
    try:
        with io.BufferedReader(io.FileIO(Path(path))) as file:
            data = file.read(LARGEST + 1)  # a device has no size that could be asked for first
    except (OSError, ValueError) as error:
        raise cannot_be_read(name, error) from None
    if len(data) > LARGEST:
        message = f"is larger than {LARGEST // 1024 // 1024} MiB; give a smaller file"
        raise UnreadableFile("too-large", message, place=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        offset = error.start
    raise not_utf8(name, offset)


def cannot_be_read(name: str, error: OSError | ValueError) -> UnreadableFile:
    """Return the refusal of a file that the system does not give."""
    reason = getattr(error, "strerror", None) or "not a file name"
    return UnreadableFile("unreadable-file", f"cannot be read: {reason}; check the path", place=name)


def not_utf8(place: str, offset: int) -> UnreadableFile:
    """Return the refusal of a file whose bytes are not UTF-8 from some byte on, counted from 0."""
    return UnreadableFile("encoding", f"is not UTF-8 text (at byte {offset}); save it as UTF-8", place=place)


def named(name: str, build: Callable[[], _T]) -> _T:
    """Return what `build` makes; the places of its problems are put below the file's name."""
    refusal: InvalidInput | UnknownName
    try:
        return build()
    except InvalidInput as error:
        refusal = error.under(name)
    except UnknownName as error:
        refusal = UnknownName(error.code, error.message, place=f"{name}: {error.place}")
    raise refusal


def as_toml(text: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises:
        InvalidInput: It is not TOML (`toml-structure`), with line and column; or it has more keys, levels or digits
            than any clinic or protocol needs (`too-large`), with the line.
    """
    check_toml_bounds(text)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # The parser's words name line and column; the rest of them may quote the file.
        read = _PLACE.search(str(error))
    where = f"at {read[1]}" if read else "a number is too long, or it is nested too deeply"
    raise InvalidInput([Problem("toml-structure", "", f"this is not valid TOML ({where}); correct it there")])
