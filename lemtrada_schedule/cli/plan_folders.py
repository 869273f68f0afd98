"""Folders of plan files: which files in them are plans, and how many are not."""

from pathlib import Path

from lemtrada_schedule.errors import UnreadableFile
from lemtrada_schedule.validation.paths import cannot_be_read, file_name

__all__ = ["is_plan_file", "plans_in"]


def is_plan_file(path: Path) -> bool:
    """Return whether a file has the suffix of a plan, in small or capital letters."""
    return path.suffix.lower() == ".json"


def plans_in(folder: str) -> tuple[list[Path], int]:
    """Return the plan files of a folder in the order of their names, and how many other files it holds.

    Subfolders are not read.

    Raises:
        UnreadableFile: The folder does not exist, is a file, or may not be read.
    """
    name = file_name(folder)
    try:
        inside = sorted(path for path in Path(folder).iterdir() if not path.is_dir())
    except NotADirectoryError:
        failure = UnreadableFile("unreadable-file", "is a file; give the folder that holds the plans", place=name)
    except (OSError, ValueError) as error:
        failure = cannot_be_read(name, error)
    else:
        plans = [path for path in inside if is_plan_file(path)]
        return plans, len(inside) - len(plans)
    raise failure
