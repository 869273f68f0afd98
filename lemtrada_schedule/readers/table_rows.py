"""Read a table of records as a `Source` says, and return its histories."""

from lemtrada_schedule.errors import UnreadableFile
from lemtrada_schedule.readers.intake_builder import IntakeBuilder
from lemtrada_schedule.readers.options import ReadOptions
from lemtrada_schedule.records.history import Intake
from lemtrada_schedule.sources.folding import Folded, fold
from lemtrada_schedule.sources.lines import OnProgress
from lemtrada_schedule.sources.opening import opened_table
from lemtrada_schedule.sources.source import Source
from lemtrada_schedule.sources.tables import ENDINGS
from lemtrada_schedule.validation.paths import StrPath

__all__ = ["check_is_table", "table_in"]


def check_is_table(ending: str, other_suffixes: tuple[str, ...], *, name: str) -> None:
    """Raise `UnreadableFile` for a file whose ending says that it is not a table, but another format of records."""
    if ending.lower().endswith(tuple(suffix for suffix in other_suffixes if suffix not in ENDINGS)):
        message = f"a source describes a table ({', '.join(ENDINGS)}); read this file without a source"
        raise UnreadableFile("file-format", message, place=name)


def table_in(
    given: StrPath | bytes,
    source: Source,
    options: ReadOptions,
    *,
    name: str,
    ending: str | None = None,
    encoding: str | None = None,
    on_progress: OnProgress | None = None,
) -> Intake:
    """Return the histories in a table.

    Args:
        given: The file, or its content.
        source: How it is to be read.
        options: The other arguments, validated.
        name: What errors call the file.
        ending: The format of content, such as `.csv`.
        encoding: The encoding of content that was text; default: that of the source.
        on_progress: Called while the file is read.
    """
    table = opened_table(given, source, name=name, ending=ending, encoding=encoding, on_progress=on_progress)
    return _intake(fold(table, source, ignore=options.ignore), source, options)


def _intake(folded: Folded, source: Source, options: ReadOptions) -> Intake:
    """Return the records of a table as histories."""
    builder = IntakeBuilder(alone=folded.is_alone, names=options.names, columns=source.names.values())
    builder.rows, builder.superseded = folded.rows, folded.superseded
    builder.blank = folded.blank - folded.unnamed_tests
    if folded.unnamed_tests:
        builder.skip("test", rows=folded.unnamed_tests)
    for patient, rows in folded.others.items():
        builder.count_other(patient, rows)
    for patient, records in folded.infusions.items():
        builder.infusions[patient] = []
        for record in records:
            builder.accept(patient, record)
    for patient, observations in folded.observations.items():
        for seen in observations:
            builder.accept_observation(patient, seen)
    for line in folded.refused:
        builder.refuse(line.row, line.problems, patient=line.patient, takes=line.takes)
    # A record may be of several rows, and a row may be several records: what is counted is rows.
    builder.used = folded.accepted - sum(map(len, folded.infusions.values()))
    return builder.intake(options.protocols)
