"""Write files whole or not at all, and never over one that is there unless told to."""

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, NamedTuple

from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.validation.paths import shown_name

__all__ = ["check_apart", "check_file_names", "write_files"]

_FOLDER: Final = "it is a folder; name a file"

_FOLDER_NAME: Final = "this is the name of a folder; add the name of the file to write"

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


class _Target(NamedTuple):
    """A file to write: as it was typed, where it lies, and the mode of the one that lies there."""

    name: str
    path: Path
    mode: int | None


def check_file_names(outputs: Mapping[str, str]) -> None:
    """Refuse to write to a folder, whether it exists or only its name says so. Files are named by their flags."""
    problems = [Problem("not-written", flag, why) for flag, name in outputs.items() if (why := _why_no_file(name))]
    if problems:
        raise InvalidInput(problems)


def _why_no_file(name: str) -> str | None:
    """Return why a path is that of a folder: a `Path` drops the slash at its end, and would name a file."""
    with suppress(OSError, ValueError):  # it cannot be a name at all: writing says so
        if Path(name).is_dir():
            return _FOLDER
    separators = tuple(filter(None, (os.sep, os.altsep)))
    ends = tuple(f"{separator}{dots}" for separator in separators for dots in ("", ".", ".."))
    return _FOLDER_NAME if name.endswith(ends) else None


def check_apart(outputs: Mapping[str, str], inputs: Iterable[str]) -> None:
    """Refuse to write over a file that the command reads. The files to write are named by their flags."""
    read = [Path(name) for name in inputs]
    if both := [flag for flag, name in outputs.items() if any(_same(Path(name), one) for one in read)]:
        message = "this file is read by the same command; name another to write"
        raise InvalidInput([Problem("file-exists", flag, message) for flag in both])


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one of them is not there, or cannot be
        return False


def write_files(files: Mapping[str, bytes], *, force: bool) -> None:
    """Write all files, each of them whole; none where one is there already or its content cannot be written.

    With `force` a regular file is written over and its mode stays; a symbolic link is followed.

    Raises:
        InvalidInput: One is there already (`file-exists`), two are one, or one cannot be written (`not-written`),
            such as a folder, a device or a pipe.
    """
    targets = _targets(files, force=force)
    with ExitStack() as unfinished:
        parts = [_part(target, content, unfinished) for target, content in zip(targets, files.values(), strict=True)]
        for part, target in zip(parts, targets, strict=True):
            _put(part, target, force=force)


def _targets(names: Mapping[str, bytes], *, force: bool) -> list[_Target]:
    found = [_target(name, force=force) for name in names]
    if problems := [one for one in found if isinstance(one, Problem)]:
        raise InvalidInput(problems)
    targets = [one for one in found if isinstance(one, _Target)]
    if len({target.path.resolve() for target in targets}) < len(targets):
        raise InvalidInput([Problem("file-exists", "", "two of the files to write are one; name them apart")])
    return targets


def _target(name: str, *, force: bool) -> _Target | Problem:
    path = Path(name)
    if why := _why_no_file(name):
        return Problem("not-written", shown_name(name) or "path", why)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:  # nothing is there, or a link to nothing
        if path.is_symlink() and not force:
            return _there(name)
        return _Target(name, path.resolve(), None)
    except (OSError, ValueError) as error:
        return _not_written(name, error)
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no file")
        return Problem("not-written", shown_name(name) or "path", f"it is {kind}; name a file")
    return _Target(name, path.resolve(), stat.S_IMODE(mode)) if force else _there(name)


def _there(name: str) -> Problem:
    return Problem("file-exists", shown_name(name) or "path", "the file is there already; add --force to write over it")


def _not_written(name: str, error: OSError | ValueError) -> Problem:
    reason = getattr(error, "strerror", None) or "this is not the name of a file"
    folder = isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError)
    cure = "check the folder" if folder else "write it elsewhere"
    return Problem("not-written", shown_name(name) or "path", f"it cannot be written: {reason}; {cure}")


def _part(target: _Target, content: bytes, unfinished: ExitStack) -> Path:
    """Write a file's content beside it, and see to it that nothing of that stays."""
    part = target.path.with_name(f".{target.path.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)  # of a process that was killed
        unfinished.callback(_remove, part)
        _fill(part, content, target.mode)
    except OSError as error:
        problem = _not_written(target.name, error)
    else:
        return part
    raise InvalidInput([problem])


def _fill(part: Path, content: bytes, mode: int | None) -> None:
    """Write a new file; nobody may read it at any time who may not read the one that it takes the place of."""
    if mode is None:
        part.touch(exist_ok=False)
        part.write_bytes(content)
    else:
        part.touch(mode | stat.S_IWUSR, exist_ok=False)
        part.write_bytes(content)
        part.chmod(mode)


def _remove(part: Path) -> None:
    with suppress(OSError):  # it was never there, or its name could not be
        part.unlink()


def _put(part: Path, target: _Target, *, force: bool) -> None:
    try:
        if force:
            part.replace(target.path)
        else:
            target.path.hardlink_to(part)  # fails where a file has come to lie there in the meantime
    except FileExistsError:
        problem = _there(target.name)
    except OSError as error:
        problem = _not_written(target.name, error)
    else:
        return
    raise InvalidInput([problem])
