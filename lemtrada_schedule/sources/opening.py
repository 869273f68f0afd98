"""`opened_table`: open a table of records as its `Source` says, for every reader and for a cohort."""

from lemtrada_schedule.sources.lines import OnProgress
from lemtrada_schedule.sources.source import Source
from lemtrada_schedule.sources.tables import CellTable, open_table
from lemtrada_schedule.validation.paths import StrPath

__all__ = ["opened_table"]


def opened_table(
    given: StrPath | bytes,
    source: Source,
    *,
    name: str,
    ending: str | None = None,
    encoding: str | None = None,
    on_progress: OnProgress | None = None,
) -> CellTable:
    """Return the header and the rows of a table.

    Args:
        given: The file, or its content.
        source: How it is to be read.
        name: What errors call the file.
        ending: The format of content, such as `.csv`.
        encoding: The encoding of content that was text; default: that of the source.
        on_progress: Called while the file is read.

    Raises:
        InvalidInput, UnreadableFile, MissingExtra: As `open_table`.
    """
    return open_table(
        given,
        name=name,
        ending=ending,
        delimiter=source.read.delimiter,
        encoding=encoding or source.read.encoding,
        sheet=source.read.sheet,
        columns=tuple(source.names.values()),
        on_progress=on_progress,
    )
