"""File paths as arguments: names that can be shown, and errors from the operating system as ours."""

import os
import re
from pathlib import PurePath
from typing import Final

from lemtrada_schedule.errors import InvalidInput, Problem, UnreadableFile, kind_of, plain

__all__ = ["StrPath", "cannot_be_read", "file_name", "is_content", "shown_name"]

StrPath = str | PurePath

LONGEST_NAME: Final = 255
"""In characters: no file system allows a longer name of one file or folder, and no message shows more of a path."""

LONGEST_PATH: Final = 4_096

_CONTENT: Final = re.compile(r"\s*[{\[<]|.*[\n\r]", re.DOTALL)


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


def is_content(name: str) -> bool:
    """Return whether text looks like the content of a file rather than a path or a name.

    That is a line break, a first character that begins JSON, TOML or markup, or more characters than a path has.

    >>> is_content('{"courses": []}'), is_content("examples/boston.toml")
    (True, False)
    """
    if len(name) > LONGEST_PATH or _CONTENT.match(name):
        return True
    return any(len(part) > LONGEST_NAME for part in name.replace(os.sep, "/").split("/"))


def shown_name(path: str) -> str | None:
    """Return a path on one line, the end of a long one; `None` where it is the content of a file, not a path."""
    if is_content(path) and not os.path.lexists(path):  # a file may be called so all the same
        return None
    shown = plain(path) or "path"
    return shown if len(shown) <= LONGEST_NAME else f"…{shown[-LONGEST_NAME:]}"


def cannot_be_read(name: str, error: OSError | ValueError) -> UnreadableFile:
    """Return the refusal of a file that the system does not give."""
    reason = getattr(error, "strerror", None) or "not a file name"
    return UnreadableFile("unreadable-file", f"cannot be read: {reason}; check the path", place=name)
