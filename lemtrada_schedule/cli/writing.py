"""Write output files completely or not at all, and overwrite existing ones only with `--force`."""

import io
import os
import stat
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from lemtrada_schedule.errors import InvalidInput, Problem, ScheduleError
from lemtrada_schedule.validation.paths import shown_name

__all__ = ["Content", "check_apart", "check_file_names", "is_same_file", "write_files"]

Content = bytes | Callable[[BinaryIO], None]
"""The content of a file, or a function that writes it to the open file part by part."""

_FOLDER: Final = "it is a folder; give a file name"

_FOLDER_NAME: Final = "this is a folder name; add a file name"

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


class _Target(NamedTuple):
    """A file to write: the name as typed, its path, and the mode of an existing file."""

    name: str
    path: Path
    mode: int | None


def check_file_names(outputs: Mapping[str, str]) -> None:
    """Raise `InvalidInput` if an output is a folder or named like one. Outputs are named by their options."""
    problems = [Problem("not-written", flag, why) for flag, name in outputs.items() if (why := _why_no_file(name))]
    if problems:
        raise InvalidInput(problems)


def _why_no_file(name: str) -> str | None:
    """Return why a path is that of a folder, or `None`; `Path` would drop a slash at its end."""
    with suppress(OSError, ValueError):  # not a valid name: writing it will report that
        if Path(name).is_dir():
            return _FOLDER
    separators = tuple(filter(None, (os.sep, os.altsep)))
    ends = tuple(f"{separator}{dots}" for separator in separators for dots in ("", ".", ".."))
    return _FOLDER_NAME if name.endswith(ends) else None


def check_apart(
    outputs: Mapping[str, str], inputs: Iterable[str], *, replaced: Container[str] = (), force: bool = False
) -> None:
    """Raise `InvalidInput` if an output is also an input of the command.

    Args:
        outputs: The files to write, by their options.
        inputs: The files that the command reads.
        replaced: Those of them that `--plan-out` may replace with `force`, because they hold the same plan.
        force: Whether existing files are overwritten.
    """
    read = list(inputs)
    problems = []
    for flag, name in outputs.items():
        may_replace = [flag == "--plan-out" and one in replaced for one in read if is_same_file(name, one)]
        if may_replace and not (force and all(may_replace)):
            advice = "add --force to replace this plan, or " if all(may_replace) else ""
            message = f"this file is an input of the same command; {advice}choose another name"
            problems.append(Problem("file-exists", flag, message))
    if problems:
        raise InvalidInput(problems)


def is_same_file(one: str, other: str) -> bool:
    """Return whether two paths are of one existing file."""
    try:
        return Path(one).samefile(other)
    except (OSError, ValueError):  # one of them does not exist, or its name is not valid
        return False


def write_files(files: Mapping[str, Content], *, force: bool) -> None:
    """Write all files completely, or none of them if one exists already or cannot be written.

    Content that is a function is written while it is made. An error that it raises leaves no file.

    With `force` a regular file is overwritten and keeps its mode; a symbolic link is followed.

    Raises:
        InvalidInput: A file exists already or two are the same (`file-exists`), or one cannot be written
            (`not-written`), such as a folder, a device or a pipe.
    """
    targets = _targets(files, force=force)
    with ExitStack() as unfinished:
        parts = [_part(target, content, unfinished) for target, content in zip(targets, files.values(), strict=True)]
        for part, target in zip(parts, targets, strict=True):
            _put(part, target, force=force)


def _targets(names: Iterable[str], *, force: bool) -> list[_Target]:
    found = [_target(name, force=force) for name in names]
    if problems := [one for one in found if isinstance(one, Problem)]:
        raise InvalidInput(problems)
    targets = [one for one in found if isinstance(one, _Target)]
    if len({target.path.resolve() for target in targets}) < len(targets):
        raise InvalidInput([Problem("file-exists", "", "two outputs have the same file name")])
    return targets


def _target(name: str, *, force: bool) -> _Target | Problem:
    path = Path(name)
    if why := _why_no_file(name):
        return Problem("not-written", shown_name(name) or "path", why)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:  # it does not exist, or it is a dangling link
        if path.is_symlink() and not force:
            return _there(name)
        return _Target(name, path.resolve(), None)
    except (OSError, ValueError) as error:
        return _not_written(name, error)
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "not a file")
        return Problem("not-written", shown_name(name) or "path", f"it is {kind}; give a file name")
    return _Target(name, path.resolve(), stat.S_IMODE(mode)) if force else _there(name)


def _there(name: str) -> Problem:
    return Problem("file-exists", shown_name(name) or "path", "the file exists already; add --force to overwrite it")


def _not_written(name: str, error: OSError | ValueError) -> Problem:
    reason = getattr(error, "strerror", None) or "this is not a filename"
    folder = isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError)
    advice = "check the folder" if folder else "choose another path"
    return Problem("not-written", shown_name(name) or "path", f"it cannot be written: {reason}; {advice}")


def _part(target: _Target, content: Content, unfinished: ExitStack) -> Path:
    """Write the content to a temporary file in the same folder, which is removed in any case."""
    part = target.path.with_name(f".{target.path.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)  # left over from a killed process
        unfinished.callback(_remove, part)
        _fill(part, content, target.mode)
    except ScheduleError:  # of the content, and some of them are errors of the system too
        raise
    except OSError as error:
        problem = _not_written(target.name, error)
    else:
        return part
    raise InvalidInput([problem])


def _fill(part: Path, content: Content, mode: int | None) -> None:
    """Write a new file; at no time can it be read by anybody who cannot read the file it replaces."""
    if mode is None:
        part.touch(exist_ok=False)
    else:
        part.touch(mode | stat.S_IWUSR, exist_ok=False)
    with io.BufferedWriter(io.FileIO(part, "w")) as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            content(file)
    if mode is not None:
        part.chmod(mode)


def _remove(part: Path) -> None:
    with suppress(OSError):  # it does not exist, or its name is not valid
        part.unlink()


def _put(part: Path, target: _Target, *, force: bool) -> None:
    try:
        if force:
            part.replace(target.path)
        else:
            target.path.hardlink_to(part)  # fails if the file was created in the meantime
    except FileExistsError:
        problem = _there(target.name)
    except OSError as error:
        problem = _not_written(target.name, error)
    else:
        return
    raise InvalidInput([problem])
