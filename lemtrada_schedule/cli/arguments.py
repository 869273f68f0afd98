"""Options that several commands have, how their values are read, and how tables are printed."""

import argparse
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final

from lemtrada_schedule.cli.parser import Parser, one_of
from lemtrada_schedule.cli.terminal import say
from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.errors import InvalidInput, Problem, ScheduleError, UnknownName
from lemtrada_schedule.exports.tables.rows import safe_cell
from lemtrada_schedule.judging.evaluating import LONGEST_GRACE, LONGEST_TOLERANCE
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.clinics import example_clinic, read_clinic
from lemtrada_schedule.readers.protocols import load_protocol, read_protocol
from lemtrada_schedule.validation.paths import is_content
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
    "csv_text",
    "day",
    "is_example",
    "is_own_protocol",
    "named_rules",
    "print_csv",
    "required_clinic",
    "rules_of",
    "whole_number",
]

EXAMPLE: Final = "example"
"""What `--clinic` takes instead of a file: the clinic that ships with the library."""


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


def rules_of(options: argparse.Namespace, clinic: Clinic | None) -> Protocol:
    """Return the protocol given with `--protocol`, or else the one that the clinic names, which is then printed."""
    rules = named_rules(options, clinic)
    if rules is None:
        message = "required, because no clinic names its protocol; add it here, or as `protocol` to the clinic's file"
        raise InvalidInput([Problem("missing-field", "--protocol", message)])
    return rules


def named_rules(options: argparse.Namespace, clinic: Clinic | None) -> Protocol | None:
    """Return what `rules_of` returns; `None` where neither `--protocol` nor the clinic names a protocol."""
    if options.protocol is not None:
        return _protocol(options.protocol)
    if clinic is None or clinic.protocol is None:
        return None
    rules = _named_by_clinic(clinic.protocol)
    say(f"by protocol {rules.name}, which the clinic names")
    return rules


def _protocol(name: str) -> Protocol:
    if is_own_protocol(name):
        return read_protocol(name)
    if type(name) is str and is_content(name):
        message = "expected the name of a protocol, got the content of a file; write it to a file first"
        raise InvalidInput([Problem("wrong-type", "--protocol", message)])
    try:
        return load_protocol(name)
    except UnknownName as error:
        message = error.message
    raise UnknownName("unknown-name", message, place="--protocol")


def _named_by_clinic(name: str) -> Protocol:
    try:
        return load_protocol(name)
    except UnknownName as error:
        message = f"{error.message}; give your own protocol with --protocol"
    raise UnknownName("unknown-name", message, place="clinic: protocol")


def is_own_protocol(name: str | None) -> bool:
    """Return whether a protocol is a file."""
    return str(name).endswith(".toml")  # argparse before Python 3.13 makes a list of `--protocol=--`


def is_example(name: str | None) -> bool:
    """Return whether a clinic is the one that ships with the library; `./example` is a file."""
    return name == EXAMPLE


def add_protocol(command: Parser) -> None:
    """Add `--protocol`."""
    words = "a built-in protocol (us, eu, us-2024-05) or a .toml file (default: the one that the clinic names)"
    command.add_argument("--protocol", metavar="NAME", help=words)


def add_clinic(command: Parser, *, required: bool) -> None:
    """Add `--clinic`."""
    words = f"the clinic's .toml file; `{EXAMPLE}` is one that ships with the library"
    command.add_argument("--clinic", required=required, metavar="FILE", help=words)


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
    """Return the clinic given with `--clinic`, if there is one."""
    return None if options.clinic is None else required_clinic(options)


def required_clinic(options: argparse.Namespace) -> Clinic:
    """Return the clinic given with `--clinic`, which the command requires."""
    return example_clinic() if is_example(options.clinic) else read_clinic(options.clinic)


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
    print(csv_text([header, *rows]), end="")


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV (RFC 4180); no cell starts a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue()
