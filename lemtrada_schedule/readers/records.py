"""Read files of infusion records: CSV, JSON and FHIR R4. The format is told by the file's name, never guessed."""

from collections.abc import Collection
from os import fspath
from pathlib import PurePath
from typing import Final, Literal, Unpack

from lemtrada_schedule.errors import UnreadableFile
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.csv_records import checked_ignore, parse_csv
from lemtrada_schedule.readers.fhir.medications import Medications
from lemtrada_schedule.readers.fhir.records import Asked, Reading, bundle_read, lines_read, parse_ndjson, reading_of
from lemtrada_schedule.readers.files import named, read_text
from lemtrada_schedule.readers.json_records import intake_of_patients
from lemtrada_schedule.readers.lines import OnProgress, read_lines
from lemtrada_schedule.records.history import Intake
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.json_text import as_json
from lemtrada_schedule.validation.paths import StrPath, file_name

__all__ = ["parse_csv", "parse_json", "parse_ndjson", "read_histories"]

SUFFIXES: Final = (".csv", ".json", ".ndjson")


def read_histories(
    path: StrPath,
    *,
    time_zone: str | None = None,
    ignore: Collection[str] = (),
    on_progress: OnProgress | None = None,
    protocol: Protocol | None = None,
    medicine: Literal["checked", "assumed"] = "checked",
    lemtrada_codes: Collection[str] = (),
    medications: Medications = (),
) -> Intake:
    """Return the histories in a file of records, and every row that was refused.

    Args:
        path: `.csv`; `.json`, of our own form or a FHIR Bundle; `.ndjson`, FHIR resources one a line.
        time_zone: The clinic's zone, by which FHIR date-times become days. The other formats hold days.
        ignore: CSV columns to pass over.
        on_progress: Called with the bytes done and the bytes there are, every 65,536 lines of CSV or NDJSON and
            at their end.
        protocol: Whose tests are known: the codings of FHIR Observations, and the kinds of test that count as
            recorded for each patient of the file; by default those of every shipped protocol.
        medicine: `assumed` takes a FHIR MedicationAdministration of an unknown medicine as LEMTRADA; `checked`
            refuses it. One that is proved to be of another medicine is never taken.
        lemtrada_codes: Further codings of LEMTRADA in FHIR, as `system|code`.
        medications: FHIR Medications that the records refer to: a `.json` or `.ndjson` file, a list of such files,
            or a list of resources.

    Raises:
        UnreadableFile: A file cannot be read, has another suffix, is too large or not UTF-8.
        InvalidInput: A file as a whole cannot be used, such as a CSV without a column `date`, or an argument is not
            what it should be.

    Example:
        >>> intake = read_histories("examples/infusions.csv")
        >>> intake.rows, intake.accepted, intake.refused_rows, intake.blank
        (58, 58, 0, 0)
    """
    name = file_name(path)
    passed_over = checked_ignore(ignore)
    asked = reading_of(  # also where the format has no use for it
        time_zone=time_zone,
        protocol=protocol,
        medicine=medicine,
        lemtrada_codes=lemtrada_codes,
        medications=medications,
    )
    if on_progress is not None and not callable(on_progress):
        raise refused("wrong-type", "on_progress", "expected a function of two whole numbers")
    match PurePath(fspath(path)).suffix.lower():
        case ".csv":
            return named(name, lambda: parse_csv(read_lines(path, on_progress), ignore=passed_over))
        case ".ndjson":
            return named(name, lambda: lines_read(read_lines(path, on_progress), asked))
        case ".json":
            return named(name, lambda: _intake_of_text(read_text(path), asked))
    message = f"expected a file whose name ends in one of {', '.join(SUFFIXES)}; rename it by what it holds"
    raise UnreadableFile("file-format", message, place=name)


def parse_json(text: str, **asked: Unpack[Asked]) -> Intake:
    """Return what a JSON text holds: a FHIR Bundle where it has a `resourceType`, else patients of our own form.

    Args:
        text: The JSON.
        asked: `time_zone`, `protocol`, `medicine`, `lemtrada_codes`, `medications`, as of `read_histories`.

    Raises:
        InvalidInput: It is not JSON, or not of one of these forms; or an argument is not what it should be.

    Example:
        >>> parse_json('{"patient": "p1", "infusions": [{"date": "2025-03-03"}]}').histories[0].patient
        'p1'
    """
    return _intake_of_text(text, reading_of(**asked))


def _intake_of_text(text: str, reading: Reading) -> Intake:
    data = as_json(text)
    if type(data) is dict and "resourceType" in data:
        return bundle_read(data, reading)
    return intake_of_patients(data, reading.protocols)
