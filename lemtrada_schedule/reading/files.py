"""Read a file whole, with a bound, as UTF-8; a fault names the file and the place in it."""

import json
import tomllib
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Final, TypeVar

from lemtrada_schedule.errors import InvalidInput, Problem, UnreadableFile

__all__ = ["StrPath", "as_json", "as_toml", "named", "read_text"]

StrPath = str | PathLike[str]
LARGEST: Final = 16 * 1024 * 1024
DEEPEST: Final = 100
_T = TypeVar("_T")


def read_text(path: StrPath) -> str:
    """Return a file's text; a byte order mark is dropped.

    Raises:
        UnreadableFile: Absent, a folder, over 16 MiB, or not UTF-8 (with the byte offset).
    """
    name = str(path)
    try:
        size = Path(path).stat().st_size
        data = Path(path).read_bytes() if size <= LARGEST else b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise UnreadableFile("unreadable-file", f"cannot be read: {reason}; check the path", place=name) from None
    if size > LARGEST:
        message = f"is larger than {LARGEST // 1024 // 1024} MiB; give a smaller file"
        raise UnreadableFile("too-large", message, place=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
    message = f"is not UTF-8 text (at {where}); save it as UTF-8"
    raise UnreadableFile("encoding", message, place=name)


def named(name: str, build: Callable[[], _T]) -> _T:
    """Return what `build` makes; the places of its problems are put below the file's name."""
    try:
        return build()
    except InvalidInput as error:
        refusal = error.under(name)
    raise refusal


def as_toml(text: str) -> dict[str, Any]:
    """Return the tables of a TOML text; `InvalidInput` (`toml-structure`) with line and column otherwise."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        # The parser's words name line and column; the part after them may quote the file.
        where = str(error).rpartition("(")[2].rstrip(")") if "(" in str(error) else "the file"
    raise InvalidInput([Problem("toml-structure", "", f"this is not valid TOML ({where}); correct it there")])


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise InvalidInput([Problem("json-structure", "", "a key stands twice in one object; remove one")])
    return dict(pairs)


def _no_constant(_name: str) -> float:
    raise InvalidInput([Problem("json-structure", "", "NaN and Infinity are not JSON; write a number or null")])


def _depth(value: Any) -> int:
    parts = value.values() if type(value) is dict else value if type(value) is list else ()
    return 1 + max(map(_depth, parts), default=0)


def as_json(text: str) -> Any:
    """Return what a JSON text holds; `InvalidInput` (`json-structure`) otherwise.

    Refused besides bad syntax: a key that stands twice, NaN and Infinity, numbers of thousands of digits,
    and more than 100 levels.
    """
    try:
        value = json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
        if _depth(value) <= DEEPEST:
            return value
        problem = f"this is nested deeper than {DEEPEST} levels; flatten it"
    except json.JSONDecodeError as error:
        problem = f"this is not valid JSON (line {error.lineno}, column {error.colno}); correct it there"
    except InvalidInput:
        raise
    except (ValueError, RecursionError):
        problem = "this JSON holds a number that is too long, or is nested too deeply; correct it"
    raise InvalidInput([Problem("json-structure", "", problem)])


def expect_table(data: Any, name: str) -> Mapping[str, Any]:
    """Return data if it is a table of fields, else refuse it."""
    if type(data) is dict:
        return data
    raise InvalidInput([Problem("wrong-type", name, "expected a table of fields; put the fields at the top level")])
