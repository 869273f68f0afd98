"""Options that several commands have, how their values are read, and how tables are printed."""

import argparse
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from lemtrada_schedule.cli.parser import Parser, one_of
from lemtrada_schedule.cli.terminal import say
from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.errors import InvalidInput, Problem, ScheduleError
from lemtrada_schedule.exports.tables.rows import safe_cell
from lemtrada_schedule.judging.evaluating import LONGEST_GRACE, LONGEST_TOLERANCE
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.clinics import read_clinic
from lemtrada_schedule.readers.protocols import load_protocol, read_protocol
from lemtrada_schedule.validation.scalars import date_in

__all__ = [
    "add_clinic",
    "add_format",
    "add_grace",
    "add_protocol",
    "add_question",
    "add_tolerance",
    "asked_on",
    "clinic_of",
    "day",
    "is_own_protocol",
    "print_csv",
    "protocol",
    "whole_number",
]


def day(text: str) -> date:
    """Return a date typed as YYYY-MM-DD."""
    try:
        return date_in(text, "")
    except ScheduleError as error:
        words = str(error)
    raise argparse.ArgumentTypeError(words)


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return a type of arguments that reads a whole number; the command itself checks its range."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= 4:  # no maximum has more digits
            return int(text)
        raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most} [wrong-type]")

    return read


def protocol(name: str) -> Protocol:
    """Return a built-in protocol by its name, or the protocol in a `.toml` file."""
    return read_protocol(name) if is_own_protocol(name) else load_protocol(name)


def is_own_protocol(name: str) -> bool:
    """Return whether a protocol is a file."""
    return str(name).endswith(".toml")  # argparse before Python 3.13 makes a list of `--protocol=--`


def add_protocol(command: Parser) -> None:
    """Add `--protocol`."""
    words = "a built-in protocol (us, eu, us-2024-05) or a .toml file"
    command.add_argument("--protocol", required=True, metavar="NAME", help=words)


def add_clinic(command: Parser, *, required: bool) -> None:
    """Add `--clinic`."""
    command.add_argument("--clinic", required=required, metavar="FILE", help="the clinic's .toml file")


def add_format(command: Parser) -> None:
    """Add `--format`."""
    forms = ("table", "json", "csv")
    words = "output format (default: table)"
    command.add_argument("--format", type=one_of(*forms), default="table", metavar=f"{{{','.join(forms)}}}", help=words)


def add_question(command: Parser) -> None:
    """Add the options that say by which protocol, at which clinic and for which day records are checked."""
    add_protocol(command)
    add_clinic(command, required=False)
    words = "date of the question (default: today in the clinic's time zone)"
    command.add_argument("--as-of", type=day, metavar="DAY", help=words)


def add_tolerance(command: Parser) -> None:
    """Add `--tolerance-days`."""
    words = "an interval that is up to N days short is a warning, not an error"
    command.add_argument(
        "--tolerance-days", type=whole_number(0, LONGEST_TOLERANCE), default=0, metavar="N", help=words
    )


def add_grace(command: Parser) -> None:
    """Add `--grace-days`."""
    words = "a test is in time up to N days after its due date, or a quarter of its interval if that is less"
    command.add_argument("--grace-days", type=whole_number(0, LONGEST_GRACE), default=0, metavar="N", help=words)


def clinic_of(options: argparse.Namespace) -> Clinic | None:
    """Return the clinic in the file given with `--clinic`, if there is one."""
    return read_clinic(options.clinic) if options.clinic else None


def asked_on(options: argparse.Namespace, clinic: Clinic | None) -> date:
    """Return the date of the question: `--as-of`, or today at the clinic, which is then printed."""
    if options.as_of is not None:
        return options.as_of  # type: ignore[no-any-return]  # argparse made it a date
    if clinic is None:
        message = "required without a --clinic, whose date of today is used otherwise"
        raise InvalidInput([Problem("missing-field", "--as-of", message)])
    today: date = options.day_in(clinic.time_zone)
    say(f"as of {long_day(today)}, today in {clinic.time_zone}")
    return today


def print_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as CSV with a header (RFC 4180); no cell starts a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *([safe_cell(cell) for cell in row] for row in rows)])
    print(text.getvalue(), end="")
