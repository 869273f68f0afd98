"""Read infusion records. The suffix of the file, or the caller, decides the format; nothing is guessed.

The formats are the modules `*_records.py` of this folder.
"""

import pkgutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from os import fspath
from pathlib import Path
from typing import Any, Final, Literal, Unpack

from lemtrada_schedule.errors import InvalidInput, Problem, Remedy, UnreadableFile, shape_of
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.fhir.bulk import folder_read
from lemtrada_schedule.readers.fhir.medications import Medications
from lemtrada_schedule.readers.fhir.releases import FhirVersion
from lemtrada_schedule.readers.options import PYTHON_NAMES, Asked, ReadOptions, checked_ignore, read_options
from lemtrada_schedule.readers.reader import Reader
from lemtrada_schedule.readers.table_rows import check_is_table, table_in
from lemtrada_schedule.records.history import Intake
from lemtrada_schedule.sources.content import DATA, bytes_of, in_data, parsed
from lemtrada_schedule.sources.file_kinds import not_text
from lemtrada_schedule.sources.files import named
from lemtrada_schedule.sources.lines import UTF_8, OnProgress
from lemtrada_schedule.sources.loading import SourceLike, source_of
from lemtrada_schedule.sources.medicines import with_medicine
from lemtrada_schedule.sources.source import Source
from lemtrada_schedule.sources.tables import ENDINGS, head_of
from lemtrada_schedule.validation.accepted import Names
from lemtrada_schedule.validation.arguments import refused_argument
from lemtrada_schedule.validation.json_text import as_json
from lemtrada_schedule.validation.near_names import near_miss
from lemtrada_schedule.validation.paths import StrPath, file_name

__all__ = [
    "FORMATS",
    "READERS",
    "SUFFIXES",
    "parse_histories",
    "parse_json",
    "read_bytes",
    "read_file",
    "read_histories",
]


def _readers() -> tuple[Reader, ...]:
    """Return the `READER` of each module of this folder whose name ends in `_records`, by module name."""
    package = __name__.rpartition(".")[0]
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return tuple(import_module(f"{package}.{name}").READER for name in names if name.endswith("_records"))


READERS: Final = _readers()

SUFFIXES: Final = tuple(sorted({suffix for reader in READERS for suffix in reader.suffixes}))

FORMATS: Final = tuple(sorted(reader.format for reader in READERS))


def read_histories(
    path: StrPath,
    *,
    time_zone: str | None = None,
    ignore: Names = (),
    on_progress: OnProgress | None = None,
    protocol: Protocol | None = None,
    medicine: Literal["checked", "assumed"] = "checked",
    lemtrada_codes: Names = (),
    medications: Medications = (),
    fhir_version: FhirVersion | None = None,
    source: SourceLike | None = None,
) -> Intake:
    """Return the histories in a file or folder of records, and every row that was refused.

    Args:
        path: A `.csv` file; a `.json` file, in the library's own format or a FHIR Bundle; or an `.ndjson` file with
            one FHIR resource on each line. A folder of `.ndjson` and `.ndjson.gz` files, as a FHIR bulk export
            writes it, is read as one file.
        time_zone: The clinic's time zone, in which the date of a FHIR date-time is determined. The other formats hold
            dates.
        ignore: CSV columns to skip.
        on_progress: `callback(bytes_read, total_bytes)`, called every 65,536 lines of CSV or NDJSON and at the end of
            each file.
        protocol: Decides which tests are known: the codings of FHIR Observations, and the kinds of test that count as
            recorded for each patient of the file. Default: all built-in protocols.
        medicine: `assumed` treats a FHIR MedicationAdministration of an unknown medicine as LEMTRADA; `checked`
            refuses it. One of another, known medicine is never treated as LEMTRADA. With a source that has a column of
            the medicine, `assumed` treats every row as LEMTRADA unless its name is that of another medicine: one in
            `other` of the source, or Campath.
        lemtrada_codes: Additional codings of LEMTRADA in FHIR, as `system|code`; with a source, codes or names as they
            are in its column of the medicine.
        medications: FHIR Medications that the records refer to: a `.json` or `.ndjson` file, a list of such files,
            or a list of resources.
        fhir_version: The release of FHIR that the records are in: `R4` (which includes R4B) or `R5`. Default: the one
            that a CapabilityStatement of the file states, else `R4`.
        source: How a table is to be read: the name of a built-in source, the path of a `.toml` file, or a `Source`.
            With it, the file is a table: `.csv`, `.tsv`, either with `.gz`, or `.xlsx` (the extra `excel`).

    Raises:
        UnreadableFile: A file cannot be read, has another suffix, is too large or not UTF-8.
        InvalidInput: A file cannot be used at all, such as a CSV without a column `date`; a FHIR Bundle or export is
            not whole; or an argument is not valid.

    Example:
        >>> intake = read_histories("examples/infusions.csv")
        >>> intake.rows, intake.accepted, intake.refused_rows, intake.blank
        (58, 58, 0, 0)
        >>> read_histories("examples/sources/claims.csv", source="claims").accepted
        11
    """
    return read_file(
        path,
        ignore=ignore,
        on_progress=on_progress,
        time_zone=time_zone,
        protocol=protocol,
        medicine=medicine,
        lemtrada_codes=lemtrada_codes,
        medications=medications,
        fhir_version=fhir_version,
        source=source,
    )


def read_file(
    path: StrPath,
    *,
    ignore: Names,
    on_progress: OnProgress | None,
    source: SourceLike | None = None,
    names: Mapping[str, str] = PYTHON_NAMES,
    **asked: Unpack[Asked],
) -> Intake:
    """Read like `read_histories`; `names` replaces argument names in messages."""
    name = file_name(path, parse="parse_histories")
    how = _how(source, asked)
    options = read_options(ignore=checked_ignore(ignore), names=names, **asked)  # validated for every format
    if on_progress is not None and not callable(on_progress):
        raise refused_argument("wrong-type", "on_progress", "expected a function that takes two whole numbers")
    if how is not None:
        check_is_table(name, SUFFIXES, name=name)
        return named(name, lambda: table_in(path, how, options, name=name, on_progress=on_progress))
    readers = [one for one in READERS if fspath(path).lower().endswith(one.suffixes)]
    if not readers and Path(path).is_dir():
        return folder_read(Path(path), name, on_progress, options)
    if not readers:
        raise _no_format(path, name)
    return named(name, lambda: _read(readers, readers[0].load(path, on_progress), options))


def _no_format(path: StrPath, name: str) -> UnreadableFile:
    """Return the error for a file whose ending is none of `SUFFIXES`, with the cure for what it is."""
    if fspath(path).lower().endswith(ENDINGS):
        message = "a table of this kind is read as a source says; pass a source, or save it as CSV"
        return UnreadableFile("file-format", message, place=name)
    try:
        wrong = not_text(head_of(path, name), name)
    except UnreadableFile:  # there is none, or it is a folder: its ending is still wrong
        wrong = None
    message = f"expected a file whose name ends in one of {', '.join(SUFFIXES)}; rename the file"
    return wrong or UnreadableFile("file-format", message, place=name)


def parse_histories(
    data: str | bytes | dict[str, Any] | list[Any],
    *,
    format: str,  # noqa: A002  # the word that people look for
    time_zone: str | None = None,
    ignore: Names = (),
    protocol: Protocol | None = None,
    medicine: Literal["checked", "assumed"] = "checked",
    lemtrada_codes: Names = (),
    medications: Medications = (),
    fhir_version: FhirVersion | None = None,
    source: SourceLike | None = None,
) -> Intake:
    r"""Return the histories in records that are already in memory, and every row that was refused.

    No file is opened for `data`; the bounds on size, depth and encoding are those of `read_histories`.

    Args:
        data: The records as text or UTF-8 bytes; of `json` also the object or list parsed from it, of `fhir` the
            Bundle as a dict, of `ndjson` a list of resources, in which a row is a resource.
        format: `csv`; `json`, the library's own format; `fhir`, a Bundle; or `ndjson`, one FHIR resource on each
            line. It is never guessed.
        time_zone: As for `read_histories`, and so are all further arguments.
        ignore: CSV columns to skip.
        protocol: Decides which tests are known.
        medicine: How a FHIR MedicationAdministration of an unknown medicine is treated.
        lemtrada_codes: Additional codings of LEMTRADA in FHIR, as `system|code`; with a source, codes or names.
        medications: FHIR Medications that the records refer to: resources, or paths, which are read.
        fhir_version: The release of FHIR that the records are in.
        source: How a table is to be read. With it, `format` is `csv`, `tsv`, `csv.gz`, `tsv.gz` or `xlsx`.

    Raises:
        InvalidInput: `data` has a type that the format does not accept, is not UTF-8, is too large, or cannot be used
            at all, such as a CSV without a column `date`; or another argument is not valid.
        UnreadableFile: A file of Medications cannot be read.

    Example:
        >>> intake = parse_histories("patient,date\np1,2025-03-03\np1,2025-03\n", format="csv")
        >>> intake.rows, intake.accepted, [(fault.row, fault.code) for fault in intake.refused]
        (2, 1, [(3, 'partial-date')])
        >>> parse_histories({"infusions": [{"date": "2025-03-03"}]}, format="json").accepted
        1
    """
    reader = _reader_of("csv" if source is not None else format)
    asked = Asked(
        time_zone=time_zone,
        protocol=protocol,
        medicine=medicine,
        lemtrada_codes=lemtrada_codes,
        medications=medications,
        fhir_version=fhir_version,
    )
    how = _how(source, asked)
    options = read_options(ignore=checked_ignore(ignore), **asked)
    if how is not None:
        return in_data(lambda: _table(data, format, how, options))
    return in_data(lambda: reader.read(_source(reader, data), options))


def _table(data: object, table_format: object, source: Source, options: ReadOptions) -> Intake:
    """Read a table that a caller passed; text has no encoding."""
    formats = tuple(ending.removeprefix(".") for ending in ENDINGS)
    if type(table_format) is not str or table_format not in formats:
        message = f"with a source, expected one of {', '.join(formats)}, got {shape_of(table_format)}"
        raise refused_argument("unknown-name", "format", message)
    encoding = UTF_8 if type(data) is str else None
    content = bytes_of(data, (), "read_histories")
    return table_in(content, source, options, name=DATA, ending=f".{table_format}", encoding=encoding)


def read_bytes(
    data: bytes,
    records_format: str,
    *,
    name: str,
    ignore: Names,
    source: SourceLike | None = None,
    names: Mapping[str, str] = PYTHON_NAMES,
    **asked: Unpack[Asked],
) -> Intake:
    """Read like `read_file`, from the bytes of a file without a name; messages call it `name`.

    `names` replaces argument names in messages.
    """
    reader = _reader_of(records_format)
    how = _how(source, asked)
    options = read_options(ignore=checked_ignore(ignore), names=names, **asked)
    if how is not None:
        check_is_table(reader.suffixes[0], SUFFIXES, name=name)
        return named(name, lambda: table_in(data, how, options, name=name, ending=reader.suffixes[0]))
    return named(name, lambda: reader.read(_of_format(reader, reader.content(data, name)), options))


def _how(source: SourceLike | None, asked: Asked) -> Source | None:
    """Return the source with what the caller says about the medicine, and drop the codes: they are words of a table."""
    if source is None:
        return None
    codes = asked.pop("lemtrada_codes", ())
    return with_medicine(source_of(source), lemtrada_codes=codes, medicine=asked.get("medicine", "checked"))


def _reader_of(records_format: object) -> Reader:
    found = [reader for reader in READERS if type(records_format) is str and reader.format == records_format]
    if found:
        return found[0]
    near = near_miss(records_format, FORMATS)
    message = f"expected one of {', '.join(FORMATS)}, got {shape_of(records_format)}{near}"
    raise refused_argument("unknown-name", "format", message)


def _source(reader: Reader, data: object) -> Any:
    """Read the content that a caller passed."""
    source = (
        data if parsed(data, reader.kinds) else reader.content(bytes_of(data, reader.kinds, "read_histories"), DATA)
    )
    return _of_format(reader, source)


def _of_format(reader: Reader, source: Any) -> Any:
    """Read data in one format; raise `InvalidInput` if it is in the other format with the same suffix."""
    if reader.looks_like(source):
        return source
    (other,) = [one for one in READERS if one.suffixes == reader.suffixes and one.looks_like(source)]
    message = f"expected the format {reader.format}, got data of the format {other.format}; pass that as "
    raise InvalidInput([Problem.advising("file-format", "format", message, Remedy("format"))])


def parse_json(text: str, **asked: Unpack[Asked]) -> Intake:
    """Return the histories in a JSON text: a FHIR Bundle if it has a `resourceType`, else the library's own format.

    Args:
        text: The JSON.
        asked: `time_zone`, `protocol`, `medicine`, `lemtrada_codes`, `medications`, `fhir_version`, as of
            `read_histories`.

    Raises:
        InvalidInput: It is not JSON, or in neither format; or an argument is not valid.

    Example:
        >>> parse_json('{"patient": "p1", "infusions": [{"date": "2025-03-03"}]}').histories[0].patient
        'p1'
    """
    options = read_options(**asked)
    return _read([one for one in READERS if ".json" in one.suffixes], as_json(text), options)


def _read(readers: Sequence[Reader], source: Any, options: ReadOptions) -> Intake:
    """Read a source with the first reader that accepts its format."""
    return next(reader for reader in readers if reader.looks_like(source)).read(source, options)
