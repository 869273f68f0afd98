"""File paths as arguments: names to show in messages, and operating-system errors converted to ours."""

import os
import re
from pathlib import PurePath
from typing import Final

from lemtrada_schedule.errors import InvalidInput, Problem, Remedy, UnreadableFile, kind_of, plain

__all__ = ["StrPath", "cannot_be_read", "file_name", "is_content", "shown_name"]

StrPath = str | PurePath

LONGEST_NAME: Final = 255
"""In characters: the longest name of a file or folder in any file system, and the most that messages show of a path."""

LONGEST_PATH: Final = 4_096

_CONTENT: Final = re.compile(r"[\s\ufeff]*[{\[<]|.*[\n\r]", re.DOTALL)


def file_name(path: StrPath, *, parse: str | None = None, argument: str = "path") -> str:
    """Return a path as messages show it: on one line; of a long path, the end.

    Args:
        path: The path.
        parse: The function that takes the content of such a file, such as `parse_plan`; errors name it.
        argument: The argument that the path was given for.

    Raises:
        InvalidInput: It is not a path, or it looks like the content of a file, which is never repeated.
    """
    if type(path) is not str and not issubclass(type(path), PurePath):
        raise _no_path(f"expected the path of a file, got {kind_of(path)}", "; for its content, use ", parse, argument)
    name = shown_name(str(path))
    if name is None:
        message = "expected the path of a file, got the content of one; write it to a file first"
        raise _no_path(message, ", or use ", parse, argument)
    return name


def _no_path(message: str, joint: str, parse: str | None, argument: str) -> InvalidInput:
    advice = (joint, Remedy(parse)) if parse else ()
    return InvalidInput([Problem.advising("wrong-type", argument, message, *advice, argument=argument)])


def is_content(name: str) -> bool:
    """Return whether text looks like the content of a file rather than a path or a name.

    It does if it has a line break, starts like JSON, TOML or markup, or is longer than any path.

    >>> is_content('{"courses": []}'), is_content("examples/boston.toml")
    (True, False)
    """
    if len(name) > LONGEST_PATH or _CONTENT.match(name):
        return True
    return any(len(part) > LONGEST_NAME for part in name.replace(os.sep, "/").split("/"))


def shown_name(path: str) -> str | None:
    """Return a path on one line, of a long path the end; `None` if it looks like the content of a file."""
    if is_content(path) and not os.path.lexists(path):  # a file may have such a name
        return None
    shown = plain(path) or "path"
    return shown if len(shown) <= LONGEST_NAME else f"…{shown[-LONGEST_NAME:]}"


def cannot_be_read(name: str, error: OSError | ValueError) -> UnreadableFile:
    """Return our error for an operating-system error on a file."""
    reason = getattr(error, "strerror", None) or "not a filename"
    return UnreadableFile("unreadable-file", f"cannot be read: {reason}; check the path", place=name)
