"""Write files whole or not at all, and never over one that is there unless told to."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.reading.files import file_name

__all__ = ["write_files"]


def write_files(files: Mapping[str, bytes], *, force: bool) -> None:
    """Write all files, each of them whole; none where one is there already or its content cannot be written.

    Raises:
        InvalidInput: One is there already (`file-exists`), two are one, or one cannot be written (`not-written`).
    """
    paths = [Path(name) for name in files]
    if len({path.absolute() for path in paths}) < len(paths):
        raise InvalidInput([Problem("file-exists", "", "two of the files to write are one; name them apart")])
    if there := [path for path in paths if not force and os.path.lexists(path)]:
        raise InvalidInput([_there(path) for path in there])
    with ExitStack() as unfinished:
        parts = [_part(path, content, unfinished) for path, content in zip(paths, files.values(), strict=True)]
        for part, path in zip(parts, paths, strict=True):
            _put(part, path, force=force)


def _there(path: Path) -> Problem:
    return Problem("file-exists", file_name(path), "the file is there already; add --force to write over it")


def _part(path: Path, content: bytes, unfinished: ExitStack) -> Path:
    """Write a file's content beside it, and see to it that nothing of that stays."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.callback(part.unlink, missing_ok=True)
        part.write_bytes(content)
    except OSError as error:
        words = error.strerror
    else:
        return part
    raise InvalidInput([Problem("not-written", file_name(path), f"it cannot be written: {words}")])


def _put(part: Path, path: Path, *, force: bool) -> None:
    try:
        if force:
            part.replace(path)
        else:
            path.hardlink_to(part)  # fails where a file has come to lie there in the meantime
    except FileExistsError:
        problem = _there(path)
    except OSError as error:
        problem = Problem("not-written", file_name(path), f"it cannot be written: {error.strerror}")
    else:
        return
    raise InvalidInput([problem])
