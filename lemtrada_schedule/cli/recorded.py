"""What `check`, `next`, `plan` and `replan` share: the options of a file of records, and reading it."""

import argparse
from collections.abc import Sequence
from typing import Any, Final

from lemtrada_schedule.cli.arguments import add_format, add_question
from lemtrada_schedule.cli.parser import Parser, one_of
from lemtrada_schedule.cli.problems import OPTION_NAMES
from lemtrada_schedule.cli.standard_input import NAME, check_inputs, is_standard_input, read_standard_input, shown
from lemtrada_schedule.cli.terminal import progress, say
from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.errors import InvalidInput, Problem, UnknownName
from lemtrada_schedule.protocol.actions import SeriesAction, WindowAction
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.decisions import read_decisions
from lemtrada_schedule.readers.fhir.releases import RELEASES
from lemtrada_schedule.readers.protocols import load_protocol, protocol_names
from lemtrada_schedule.readers.records import FORMATS, SUFFIXES, read_bytes, read_file
from lemtrada_schedule.records.history import Decision, History, Intake
from lemtrada_schedule.records.recorded_tests import known_codes
from lemtrada_schedule.sources.lines import LARGEST_FILE
from lemtrada_schedule.sources.loading import source_names
from lemtrada_schedule.validation.near_names import near_miss

__all__ = [
    "RECORDS_HELP",
    "add_decisions",
    "add_patient",
    "add_reading",
    "add_records",
    "check_records",
    "data_on_rows",
    "decisions_of",
    "histories_of",
    "intake_of",
    "one_history",
]

SHOWN_REFUSALS: Final = 50

_TESTS: Final = (SeriesAction, WindowAction)
"""The actions of a protocol that are tests."""

RECORDS_HELP: Final = f"recorded infusions ({', '.join(SUFFIXES)}, or a folder of .ndjson files); - is standard input"


def add_records(command: Parser) -> None:
    """Add the file of records and the options that say how it is read and checked."""
    command.add_argument("records", metavar="FILE", help=RECORDS_HELP)
    add_question(command)
    add_reading(command)
    add_format(command)


def add_reading(command: Parser) -> None:
    """Add the options that say how a file of records is read."""
    words = "the format of standard input: " + ", ".join(FORMATS)
    command.add_argument("--records-format", type=one_of(*FORMATS), metavar="FORMAT", help=words)
    words = (
        "tests that the source records, such as blood-count,thyroid: one without a record was then not done; may be "
        "repeated"
    )
    command.add_argument("--tests-recorded", action="append", default=[], metavar="CODES", help=words)
    add_source(command)
    words = "FHIR: the Medications that the records refer to (.json, .ndjson, .ndjson.gz); may be repeated"
    command.add_argument("--medications", action="append", default=[], metavar="FILE", help=words)
    words = "FHIR: the release that the records are in (default: the one that they state, else R4)"
    command.add_argument("--fhir-version", type=one_of(*RELEASES), metavar="RELEASE", help=words)


def add_source(command: Parser) -> None:
    """Add the options that say how a table is read, and what the medicine is called."""
    names = ", ".join(source_names())
    words = f"how a table is to be read: a built-in source ({names}) or a .toml file"
    command.add_argument("--source", metavar="NAME", help=words)
    words = "CSV: a column to skip; may be repeated"
    command.add_argument("--ignore", action="append", default=[], metavar="COLUMN", help=words)
    words = "FHIR, --source: treat rows of an unknown medicine as LEMTRADA"
    command.add_argument(
        "--assume-lemtrada", dest="medicine", action="store_const", const="assumed", default="checked", help=words
    )
    words = "another code for LEMTRADA: with FHIR SYSTEM|CODE, with --source a word of its column; may be repeated"
    command.add_argument(
        "--lemtrada-code", dest="lemtrada_codes", action="append", default=[], metavar="CODE", help=words
    )


def add_decisions(command: Parser) -> None:
    """Add `--decisions`."""
    words = "a .json list of a clinician's decisions on courses that need one"
    command.add_argument("--decisions", metavar="FILE", help=words)


def add_patient(command: Parser) -> None:
    """Add `--patient`, which chooses one of several patients."""
    command.add_argument("--patient", metavar="ID", help="whose records; required if the file holds several patients")


def decisions_of(options: argparse.Namespace) -> tuple[Decision, ...]:
    """Return the decisions in the file given with `--decisions`, if there is one."""
    return read_decisions(options.decisions) if options.decisions else ()


def check_records(options: argparse.Namespace, records: str) -> None:
    """Raise `InvalidInput` unless the format of the records is given once."""
    check_inputs(options)
    if is_standard_input(records) and options.records_format is None:
        message = f"required, because standard input has no file name that tells it; one of {', '.join(FORMATS)}"
        raise InvalidInput([Problem("missing-field", "--records-format", message)])
    if options.records_format is not None and not is_standard_input(records):
        message = "only valid for standard input (-); the end of a file's name tells its format"
        raise InvalidInput([Problem("missing-field", "--records-format", message)])


def intake_of(options: argparse.Namespace, records: str, rules: Protocol | None, clinic: Clinic | None) -> Intake:
    """Return what a file of records or standard input holds, and report its refused rows on standard error."""
    intake = _with_tests_recorded(_read(options, records, rules, clinic), options.tests_recorded, rules)
    for row in intake.refused[:SHOWN_REFUSALS]:
        column = f", column {row.column}" if row.column else ""
        say(f"{shown(records)}: {_place(intake, row.row)}{column}: {row.message} [{row.code}]")
    if len(intake.refused) > SHOWN_REFUSALS:
        totals = intake.faults_by_code
        say(f"{len(intake.refused)} problems in all: " + ", ".join(f"{totals[code]} {code}" for code in totals))
    if count := len(intake.converted):
        fall = "timestamp falls" if count == 1 else "timestamps fall"
        say(f"{count} {fall} on another date in the clinic's time zone; the clinic's date was used")
    return intake


def _with_tests_recorded(intake: Intake, typed: Sequence[str], rules: Protocol | None) -> Intake:
    """Return an intake whose histories say that tests are recorded, beside those that they say or hold (S32).

    Raises:
        UnknownName: A name is not that of a test; it is named by its position.
    """
    names = [name.strip() for part in typed for name in part.split(",")]
    if not names:
        return intake
    protocols = [rules] if rules else [load_protocol(name) for name in protocol_names()]
    ids = sorted({action.id for one in protocols for action in one.actions if isinstance(action, _TESTS)})
    unknown = [place for place, name in enumerate(names, start=1) if not known_codes([name], protocols)]
    if unknown:
        hint = near_miss(names[unknown[0] - 1], ids) or f"; one of {', '.join(ids)}"
        message = f"name {unknown[0]} is not a test of the protocol{hint}"
        raise UnknownName("unknown-name", message, place="--tests-recorded")
    histories = []
    for history in intake.histories:
        own = history.tests_recorded
        if own is None:  # else what is on record would no longer count as recorded
            own = tuple(known_codes([seen.code for seen in history.observations], protocols))
        histories.append(history.model_copy(update={"tests_recorded": sorted({*own, *names})}))
    return intake.model_copy(update={"histories": histories})


def _place(intake: Intake, row: int) -> str:
    """Return where a row is: its number, or the file and the line of a folder."""
    found = intake.line_of(row)
    return f"{found[0]}: line {found[1]} (row {row})" if found else f"row {row}"


def _read(options: argparse.Namespace, records: str, rules: Protocol | None, clinic: Clinic | None) -> Intake:
    how: dict[str, Any] = {
        "time_zone": clinic.time_zone if clinic else None,
        "ignore": options.ignore,
        "source": options.source,
        "names": OPTION_NAMES,
        "protocol": rules,
        "medicine": options.medicine,
        "lemtrada_codes": options.lemtrada_codes,
        "medications": options.medications,
        "fhir_version": options.fhir_version,
    }
    if is_standard_input(records):
        return read_bytes(read_standard_input(LARGEST_FILE), options.records_format, name=NAME, **how)
    with progress("reading") as on_progress:
        return read_file(records, on_progress=on_progress, **how)


def data_on_rows(intake: Intake) -> dict[str, Any]:
    """Return what the JSON of every command says about the rows of the file."""
    return {
        "refused": [row.model_dump(mode="json") for row in intake.refused],
        "converted": [row.model_dump(mode="json") for row in intake.converted],
        "rows": {
            "in": intake.rows,
            "accepted": intake.accepted,
            "refused": intake.refused_rows,
            "blank": intake.blank,
            "other": intake.other,
            "superseded": intake.superseded,
        },
        "files": [file.model_dump(mode="json") for file in intake.files],
        "skipped": [kind.model_dump(mode="json") for kind in intake.skipped],
    }


def histories_of(intake: Intake, patient: str | None) -> tuple[History, ...]:
    """Return the histories of the file, or the one of a patient; raise `UnknownName` if that patient is not in it."""
    found = tuple(history for history in intake.histories if patient is None or history.patient == patient)
    if found or patient is None:
        return found
    raise UnknownName("unknown-name", "this patient is not in the file", place="--patient")


def one_history(intake: Intake, patient: str | None) -> History:
    """Return the only history of the file, or the one of a patient; raise `UnknownName` if it is not one."""
    found = histories_of(intake, patient)
    if len(found) == 1:
        return found[0]
    message = "the file holds several patients; choose one with --patient" if found else "the file holds no patient"
    raise UnknownName("unknown-name", message, place="--patient")
