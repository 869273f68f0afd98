"""Read the lines of an NDJSON file of FHIR resources, compressed or not."""

import os
from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.errors import UnreadableFile
from lemtrada_schedule.sources.file_kinds import GZIP
from lemtrada_schedule.sources.lines import OnProgress, decoded_lines, opened
from lemtrada_schedule.sources.unpacking import unpacked
from lemtrada_schedule.validation.paths import StrPath, file_name

__all__ = ["PACKED", "RESOURCES", "resource_lines"]

RESOURCES: Final = ".ndjson"

PACKED: Final = ".ndjson.gz"


def resource_lines(path: StrPath, on_progress: OnProgress | None = None, *, name: str | None = None) -> Iterator[str]:
    """Yield the lines of a file with their line ends, unpacked if its name ends in `.ndjson.gz`.

    Args:
        path: The file.
        on_progress: Called with the number of bytes read, as they are stored, and of all its bytes.
        name: What errors call it; `None`: the path.

    Raises:
        UnreadableFile: The file cannot be read, is too large or not UTF-8, or is not compressed as its name says.
    """
    name = name or file_name(path)
    with opened(path, name) as stored:
        size = os.fstat(stored.fileno()).st_size
        if not os.fspath(path).lower().endswith(PACKED):
            yield from decoded_lines(stored, name, size, on_progress)
            return
        if not stored.peek(len(GZIP)).startswith(GZIP):
            message = "this file is not compressed with gzip; remove .gz from its name"
            raise UnreadableFile("file-format", message, place=name)
        with unpacked(stored, name) as resources:
            yield from decoded_lines(resources, name, 0, None)
    if on_progress is not None:
        on_progress(size, size)
