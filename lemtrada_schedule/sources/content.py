"""Content that a caller passes instead of a file: text, bytes, or parsed data. No file is opened here."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from lemtrada_schedule.errors import InvalidInput, UnreadableFile, kind_of
from lemtrada_schedule.sources.files import as_toml, text_in
from lemtrada_schedule.validation.arguments import refused, refused_argument
from lemtrada_schedule.validation.json_text import check_tree

__all__ = ["DATA", "bytes_of", "in_data", "parsed", "parsed_or_text", "tables_of"]

DATA: Final = "data"
"""The name of the argument, and the place of problems without another place."""

_T = TypeVar("_T")

_NAMES: Final[Mapping[type, str]] = {dict: "a dict", list: "a list"}


def parsed_or_text(data: object, read: str) -> dict[str, Any] | str:
    """Return a dict as it is, and text or bytes as text without a byte order mark.

    Args:
        data: The content.
        read: The function that reads such a file, which the error names.

    Raises:
        InvalidInput: It is none of these, nested too deeply, or contains values that JSON and TOML do not have.
        UnreadableFile: The bytes are over 16 MiB, or not UTF-8.
    """
    if type(data) is dict:
        check_tree(data, DATA)
        return data
    return text_in(bytes_of(data, (dict,), read), DATA)


def tables_of(data: object, read: str) -> dict[str, Any]:
    """Return a dict as it is, and the tables of TOML text or bytes; otherwise as `parsed_or_text`."""
    given = parsed_or_text(data, read)
    return as_toml(given) if isinstance(given, str) else given


def parsed(data: object, kinds: tuple[type, ...]) -> bool:
    """Return whether the content is already parsed, to one of some kinds; raise `InvalidInput` as `parsed_or_text`."""
    if type(data) not in kinds:
        return False
    check_tree(data, DATA)
    return True


def bytes_of(data: object, kinds: tuple[type, ...], read: str) -> bytes:
    """Return text or bytes as bytes; raise `InvalidInput` for anything else, naming what is expected.

    Args:
        data: The content.
        kinds: What else is accepted, for the message.
        read: The function that reads such a file, for the message.
    """
    if type(data) is bytes or type(data) is bytearray:
        return bytes(data)
    if type(data) is not str:
        *others, last = ("text", "bytes", *(_NAMES[kind] for kind in kinds))
        message = f"expected {', '.join(others)} or {last}, got {kind_of(data)}; to read a file, use `{read}`"
        raise refused_argument("wrong-type", DATA, message)
    try:
        return data.encode()
    except UnicodeEncodeError as error:
        position = error.start
    raise refused_argument("encoding", DATA, f"contains a lone surrogate (at position {position}); decode it as UTF-8")


def in_data(build: Callable[[], _T]) -> _T:
    """Return the result of `build`; a problem without a place is in `data`, and no error is about a file."""
    try:
        return build()
    except InvalidInput as error:
        problems = error.problems
    except UnreadableFile as error:
        problems = refused(error.code, error.place, error.message).problems
    raise InvalidInput(one if one.place else replace(one, place=DATA, argument=DATA) for one in problems)
