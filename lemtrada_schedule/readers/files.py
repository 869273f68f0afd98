"""Read a file whole, with a bound, as UTF-8; a fault names the file and the place in it."""

import io
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from lemtrada_schedule.errors import InvalidInput, Problem, UnknownName, UnreadableFile
from lemtrada_schedule.readers.toml_bounds import check_toml_bounds
from lemtrada_schedule.validation.paths import StrPath, cannot_be_read, file_name

__all__ = ["as_toml", "named", "read_text"]

LARGEST: Final = 16 * 1024 * 1024

_PLACE: Final = re.compile(r"\(at (line [0-9]+, column [0-9]+|end of document)\)")

_T = TypeVar("_T")


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
