"""`Reader`: one file format of records.

To add a format, add one module `readers/<format>_records.py` with a constant `READER`. `read_histories`,
`parse_histories`, their error messages and the help of the command line then include it. Nothing else has to change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lemtrada_schedule.readers.options import ReadOptions
from lemtrada_schedule.records.history import Intake
from lemtrada_schedule.sources.lines import OnProgress
from lemtrada_schedule.validation.paths import StrPath

__all__ = ["Reader"]


@dataclass(frozen=True, slots=True)
class Reader:
    """One file format of infusion records."""

    name: str
    format: str
    """The name of the format as an argument: `csv`."""
    suffixes: tuple[str, ...]
    """The endings of the names of such files, in lower case: `.csv`."""
    load: Callable[[StrPath, OnProgress | None], Any]
    """Reads a file, such as `read_lines` or `read_json`; the same function for all formats of one suffix."""
    content: Callable[[bytes, str], Any]
    """Does the same for the bytes of a file, such as `lines_in` or `json_in`; also takes the place for errors."""
    read: Callable[[Any, ReadOptions], Intake]
    """Returns the histories in what was loaded, and every refused row."""
    looks_like: Callable[[Any], bool] = lambda _: True
    """Whether the loaded data has this format, if several formats share a suffix; at most one of them returns true."""
    kinds: tuple[type, ...] = ()
    """What `read` accepts besides loaded data: data that the caller has parsed, such as a `dict`."""
