"""What `check`, `next` and `replan` share: the options of a file of records, and reading it."""

import argparse
from typing import Any, Final

from lemtrada_schedule.cli.arguments import add_format, add_question
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.problems import OPTION_NAMES
from lemtrada_schedule.cli.terminal import progress, say
from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.errors import UnknownName
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.decisions import read_decisions
from lemtrada_schedule.readers.records import SUFFIXES, read_file
from lemtrada_schedule.records.history import Decision, History, Intake
from lemtrada_schedule.validation.paths import file_name

__all__ = [
    "add_decisions",
    "add_reading",
    "add_records",
    "data_on_rows",
    "decisions_of",
    "histories_of",
    "intake_of",
    "one_history",
]

SHOWN_REFUSALS: Final = 50


def add_records(command: Parser) -> None:
    """Add the file of records and the options that say how it is read and checked."""
    command.add_argument("records", metavar="FILE", help=f"recorded infusions: {', '.join(SUFFIXES)}")
    add_question(command)
    add_reading(command)
    add_format(command)


def add_reading(command: Parser) -> None:
    """Add the options that say how a file of records is read."""
    words = "CSV: a column to skip; may be repeated"
    command.add_argument("--ignore", action="append", default=[], metavar="COLUMN", help=words)
    words = "FHIR: treat administrations of an unknown medicine as LEMTRADA"
    command.add_argument(
        "--assume-lemtrada", dest="medicine", action="store_const", const="assumed", default="checked", help=words
    )
    words = "FHIR: another code for LEMTRADA, such as a local one; may be repeated"
    command.add_argument(
        "--lemtrada-code", dest="lemtrada_codes", action="append", default=[], metavar="SYSTEM|CODE", help=words
    )
    words = "FHIR: the Medications that the records refer to, .json or .ndjson; may be repeated"
    command.add_argument("--medications", action="append", default=[], metavar="FILE", help=words)


def add_decisions(command: Parser) -> None:
    """Add `--decisions`."""
    words = "a .json list of a clinician's decisions on courses that need one"
    command.add_argument("--decisions", metavar="FILE", help=words)


def decisions_of(options: argparse.Namespace) -> tuple[Decision, ...]:
    """Return the decisions in the file given with `--decisions`, if there is one."""
    return read_decisions(options.decisions) if options.decisions else ()


def intake_of(options: argparse.Namespace, rules: Protocol | None, clinic: Clinic | None) -> Intake:
    """Return what the file of records holds, and report its refused rows on standard error."""
    with progress("reading") as on_progress:
        intake = read_file(
            options.records,
            time_zone=clinic.time_zone if clinic else None,
            ignore=options.ignore,
            names=OPTION_NAMES,
            on_progress=on_progress,
            protocol=rules,
            medicine=options.medicine,
            lemtrada_codes=options.lemtrada_codes,
            medications=options.medications,
        )
    for row in intake.refused[:SHOWN_REFUSALS]:
        column = f", column {row.column}" if row.column else ""
        say(f"{file_name(options.records)}: row {row.row}{column}: {row.message} [{row.code}]")
    if len(intake.refused) > SHOWN_REFUSALS:
        totals = intake.faults_by_code
        say(f"{len(intake.refused)} problems in all: " + ", ".join(f"{totals[code]} {code}" for code in totals))
    if count := len(intake.converted):
        fall = "timestamp falls" if count == 1 else "timestamps fall"
        say(f"{count} {fall} on another date in the clinic's time zone; the clinic's date was used")
    return intake


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
