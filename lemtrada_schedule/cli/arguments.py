"""What is typed on the command line, and what goes out of it. What was typed is never repeated."""

import argparse
import csv
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final, NoReturn, TextIO

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.errors import InvalidInput, Problem, ScheduleError
from lemtrada_schedule.exports.tables.rows import safe_cell
from lemtrada_schedule.judging.evaluating import LONGEST_TOLERANCE
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.clinics import read_clinic
from lemtrada_schedule.readers.protocols import load_protocol, read_protocol
from lemtrada_schedule.validation.scalars import checked_date

__all__ = [
    "PROGRAM",
    "STOPPED",
    "Parser",
    "add_format",
    "add_medicine",
    "add_protocol",
    "add_question",
    "add_tolerance",
    "asked_on",
    "clinic_of",
    "day",
    "drop_rest",
    "is_own_protocol",
    "print_csv",
    "progress",
    "protocol",
    "say",
    "whole_number",
]

FINE, FOUND, BAD_INPUT = 0, 1, 2

STOPPED: Final = 130

PROGRAM: Final = "lemtrada-schedule"


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one line."""

    def error(self, message: str) -> NoReturn:
        """Refuse in one line. What was typed is not repeated: it may be a patient's."""
        self.exit(BAD_INPUT, f"{PROGRAM}: {_without_what_was_typed(message)}; see {self.prog} --help\n")


def _without_what_was_typed(message: str) -> str:
    where, found, rest = message.partition("invalid choice: ")
    if found:
        return f"{where}not one of the choices ({rest.rpartition('(')[2]}"
    where, found, _ = message.partition("ignored explicit argument")
    if found:
        return f"{where}takes no value"
    return "these arguments are not known" if message.startswith("unrecognized") else message


def day(text: str) -> date:
    """Return a day typed as YYYY-MM-DD."""
    try:
        return checked_date(text, "")
    except ScheduleError as error:
        words = str(error)
    raise argparse.ArgumentTypeError(words)


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number as typed; the verbs hold its bounds, here they are only said."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= 4:  # more digits than any count here has
            return int(text)
        raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most} [wrong-type]")

    return read


def protocol(name: str) -> Protocol:
    """Return a shipped protocol by name, or the one in a `.toml` file."""
    return read_protocol(name) if is_own_protocol(name) else load_protocol(name)


def is_own_protocol(name: str) -> bool:
    """Return whether a protocol is a file."""
    return str(name).endswith(".toml")  # argparse before Python 3.13 makes a list of `--protocol=--`


def add_protocol(command: argparse.ArgumentParser) -> None:
    """Add the flag of the rules."""
    words = "a shipped protocol (us, eu, us-2024-05) or a .toml file"
    command.add_argument("--protocol", required=True, metavar="NAME", help=words)


def add_format(command: argparse.ArgumentParser) -> None:
    """Add the flag of the form that data are printed in."""
    words = "how the data are printed (default table)"
    command.add_argument("--format", choices=("table", "json", "csv"), default="table", help=words)


def add_question(command: argparse.ArgumentParser) -> None:
    """Add the flags of what is asked of records: by which rules, at which clinic, on which day."""
    add_protocol(command)
    command.add_argument("--clinic", metavar="FILE", help="the clinic's .toml file")
    command.add_argument("--as-of", type=day, metavar="DAY", help="the day of asking; with a clinic, today there")


def add_medicine(command: argparse.ArgumentParser) -> None:
    """Add the flags that say which FHIR records are of LEMTRADA."""
    words = "FHIR: take administrations of an unknown medicine as LEMTRADA"
    command.add_argument("--assume-lemtrada", action="store_true", help=words)
    words = "FHIR: a further code of LEMTRADA, such as a local one; may be repeated"
    command.add_argument("--lemtrada-code", action="append", default=[], metavar="SYSTEM|CODE", help=words)
    words = "FHIR: the Medications that the records refer to, .json or .ndjson; may be repeated"
    command.add_argument("--medications", action="append", default=[], metavar="FILE", help=words)


def add_tolerance(command: argparse.ArgumentParser) -> None:
    """Add the flag of the tolerance."""
    words = "an interval up to N days short only warns"
    command.add_argument(
        "--tolerance-days", type=whole_number(0, LONGEST_TOLERANCE), default=0, metavar="N", help=words
    )


def clinic_of(options: argparse.Namespace) -> Clinic | None:
    """Return the clinic of the file that was typed, if one was."""
    return read_clinic(options.clinic) if options.clinic else None


def asked_on(options: argparse.Namespace, clinic: Clinic | None) -> date:
    """Return the day of asking: the one that was typed, else today at the clinic, and it is said which that is."""
    if options.as_of is not None:
        return options.as_of  # type: ignore[no-any-return]  # argparse made it a date
    if clinic is None:
        message = "say on which day you ask, or give a --clinic, whose today is taken"
        raise InvalidInput([Problem("missing-field", "--as-of", message)])
    today: date = options.day_in(clinic.time_zone)
    say(f"as of {long_day(today)}, today in {clinic.time_zone}")
    return today


def say(words: str) -> None:
    """Say something that is no data: on standard error, led by the program's name."""
    try:
        print(f"{PROGRAM}: {words}", file=sys.stderr)
    except BrokenPipeError:  # nobody reads it: that changes no status
        drop_rest(sys.stderr)


def drop_rest(stream: TextIO) -> None:
    """Let what a stream still holds, and whatever follows, go nowhere."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show how far something has come, on a terminal only, and leave no trace of it."""
    if not sys.stderr.isatty():
        yield None
        return
    width = len(f"{doing}: 100 %")

    def show(done: int, total: int) -> None:
        share = 100 * done // max(total, 1)
        print(f"\r{doing}: {share:3} %", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        print(f"\r{' ' * width}\r", end="", file=sys.stderr, flush=True)


def print_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as CSV with a header (RFC 4180); no cell starts a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *([safe_cell(cell) for cell in row] for row in rows)])
    print(text.getvalue(), end="")
