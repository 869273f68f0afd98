"""Read a whole file as text, JSON or TOML, with a maximum size; errors name the file and the place in it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from lemtrada_schedule.errors import InvalidInput, UnknownName, UnreadableFile
from lemtrada_schedule.sources.lines import not_utf8
from lemtrada_schedule.validation.json_text import as_json
from lemtrada_schedule.validation.paths import StrPath, cannot_be_read, file_name
from lemtrada_schedule.validation.toml_text import as_toml

__all__ = ["as_toml", "json_in", "named", "read_json", "read_text", "text_in"]

LARGEST: Final = 16 * 1024 * 1024

_T = TypeVar("_T")


def read_text(path: StrPath, *, parse: str | None = None) -> str:
    """Return the text of a file, without a byte order mark.

    Args:
        path: The file.
        parse: The function that takes the content of such a file, which the error names if `path` is content.

    Raises:
        UnreadableFile: Missing, a folder, over 16 MiB, or not UTF-8 (with the byte offset).
    """
    name = file_name(path, parse=parse)
    try:
        with io.BufferedReader(io.FileIO(Path(path))) as file:
            data = file.read(LARGEST + 1)  # not by its size: a device has none
    except (OSError, ValueError) as error:
        raise cannot_be_read(name, error) from None
    return text_in(data, name)


def text_in(data: bytes, name: str) -> str:
    """Return the text in the bytes of a file, without a byte order mark; `name` is the place of an error.

    Raises:
        UnreadableFile: Over 16 MiB, or not UTF-8 (with the byte offset).
    """
    if len(data) > LARGEST:
        message = f"is larger than {LARGEST // 1024 // 1024} MiB; give a smaller file"
        raise UnreadableFile("too-large", message, place=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        offset = error.start
    raise not_utf8(name, offset)


def named(name: str, build: Callable[[], _T]) -> _T:
    """Return the result of `build`; the places of its problems are prefixed with the file's name."""
    refusal: InvalidInput | UnknownName
    try:
        return build()
    except InvalidInput as error:
        refusal = error.under(name)
    except UnknownName as error:
        refusal = UnknownName(error.code, error.message, place=f"{name}: {error.place}")
    raise refusal


def read_json(path: StrPath, _on_progress: object = None) -> Any:
    """Return the value of a JSON file; it is read at once, so no progress is reported."""
    return as_json(read_text(path))


def json_in(data: bytes, name: str) -> Any:
    """Return the value of the JSON in the bytes of a file; `name` is the place of an error."""
    return as_json(text_in(data, name))
