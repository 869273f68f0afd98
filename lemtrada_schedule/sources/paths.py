"""The files that a folder or a pattern such as `2026/*.parquet` stands for, in the order of their names."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from lemtrada_schedule.errors import UnreadableFile
from lemtrada_schedule.validation.paths import StrPath, cannot_be_read, file_name

__all__ = ["FoundFiles", "files_of"]

_SKIPPED = (".", "_")
"""How the names of files begin that programs leave beside those with data, such as `_SUCCESS`."""


@dataclass(frozen=True, slots=True, repr=False)
class FoundFiles:
    """The files to read."""

    paths: tuple[StrPath, ...]
    others: int
    """How many other files there are in the folders, or match the patterns; they are not read."""


def files_of(given: Iterable[StrPath], ending: str) -> FoundFiles:
    """Return the files that paths, folders and patterns stand for.

    A path stands for itself, whatever its ending. A folder stands for the files in it with the ending, a pattern for
    those that match it; in a pattern, `*` and `?` match within a name, and `**` matches folders of any depth.

    Args:
        given: The paths, folders and patterns.
        ending: The ending of the names, in lower case, such as `.parquet`.

    Raises:
        UnreadableFile: A folder or a pattern stands for no file, or a folder has such files only in its folders.
    """
    paths: list[StrPath] = []
    others = 0
    for each in given:
        name = file_name(each)
        if os.path.isdir(each):  # noqa: PTH112  # false, and no error, for what cannot be the name of a file
            found = _in_folder(Path(each), name, ending)
        elif has_magic(str(each)) and not os.path.lexists(each):
            found = _matching(str(each), name, ending)
        else:
            found = FoundFiles((each,), 0)
        paths += found.paths
        others += found.others
    return FoundFiles(tuple(paths), others)


def _in_folder(folder: Path, name: str, ending: str) -> FoundFiles:
    try:
        inside = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as error:
        raise cannot_be_read(name, error) from None
    files = [path for path in inside if not path.is_dir()]
    paths = [path for path in files if _is_wanted(path, ending)]
    if any(True for path in inside if path.is_dir() for _ in _below(path, ending)):
        message = f"its folders hold {ending} files too; give a pattern that names all, such as {name}/**/*{ending}"
        raise UnreadableFile("unreadable-file", message, place=name)
    if not paths:
        raise UnreadableFile("unreadable-file", f"this folder holds no {ending} file; check the path", place=name)
    return FoundFiles(tuple(paths), len(files) - len(paths))


def _below(folder: Path, ending: str) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if _is_wanted(path, ending))


def _matching(pattern: str, name: str, ending: str) -> FoundFiles:
    matches = [Path(match) for match in sorted(glob(pattern, recursive=True))]  # noqa: PTH207  # absolute patterns too
    paths: list[StrPath] = []
    others = 0
    for match in matches:
        if match.is_dir():
            if _is_wanted(match, ending):  # as Spark writes: a folder of that name, with the parts in it
                found = _in_folder(match, str(match), ending)
                paths += found.paths
                others += found.others
            elif "**" not in pattern and any(True for _ in _below(match, ending)):
                message = f"this pattern matches folders with {ending} files; end it in /*{ending}"
                raise UnreadableFile("unreadable-file", message, place=name)
        elif _is_wanted(match, ending):
            paths.append(match)
        else:
            others += 1
    if not paths:
        message = f"no {ending} file matches this pattern; check it"
        raise UnreadableFile("unreadable-file", message, place=name)
    return FoundFiles(tuple(paths), others)


def _is_wanted(path: Path, ending: str) -> bool:
    return path.name.lower().endswith(ending) and not path.name.startswith(_SKIPPED)
