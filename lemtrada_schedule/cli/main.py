"""The command line: data on standard output, words on standard error.

Exit status 0: fine. 1: findings of severity error, or no feasible start. 2: bad input. 130: stopped by Ctrl-C.
"""

import argparse
import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

from lemtrada_schedule.cli.argument_names import told_in_flags
from lemtrada_schedule.cli.arguments import BAD_INPUT, FOUND, PROGRAM, STOPPED, Parser, drop_rest, say
from lemtrada_schedule.cli.audit import add_audit_command
from lemtrada_schedule.cli.conformance import add_conformance_command
from lemtrada_schedule.cli.planning import add_planning_commands
from lemtrada_schedule.cli.records import add_records_commands
from lemtrada_schedule.errors import NoFeasibleStart, ScheduleError

__all__ = ["main"]


class _Version(argparse.Action):
    """What is printed for `--version`: on one line, however narrow the terminal is."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:  # noqa: A002  # argparse names it
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print the versions and leave."""
        from importlib.metadata import version  # noqa: PLC0415  # other commands need not wait for it

        data = ", ".join(f"{package} {version(package)}" for package in ("tzdata", "holidays"))
        print(f"{PROGRAM} {version('lemtrada_schedule')}, {data}")
        parser.exit()


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description="Plan LEMTRADA courses on a clinic's calendar.", allow_abbrev=False)
    parser.add_argument("--version", action=_Version, help="print the versions of the library and of its data")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_planning_commands(commands)
    add_records_commands(commands)
    add_audit_command(commands)
    add_conformance_command(commands)
    return parser


def _today(time_zone: str) -> date:
    """Return today in a zone: here and below are the only places of the library where the clock is read."""
    return datetime.now(ZoneInfo(time_zone)).date()


def _now() -> datetime:
    """Return the second that it is, in UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Raises:
        SystemExit: On `--help` and `--version` (0) and on arguments that cannot be read (2).
    """
    for stream in (sys.stdout, sys.stderr):  # the same bytes in every locale and on every system
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
    options = _parser().parse_args(arguments, argparse.Namespace(day_in=_today, moment=_now))
    try:
        return _printed(*_run(options))
    except KeyboardInterrupt:
        say("stopped")
        return STOPPED


def _run(options: argparse.Namespace) -> tuple[int, str]:
    """Return the status of a command and what it prints: the status is known before a reader can go away."""
    with redirect_stdout(io.StringIO()) as printed:
        status = _status(options)
    return status, printed.getvalue()


def _status(options: argparse.Namespace) -> int:
    try:
        return int(options.run(options))
    except ScheduleError as error:
        for line in told_in_flags(error, options):
            say(line)
        return FOUND if isinstance(error, NoFeasibleStart) else BAD_INPUT
    except OSError as error:  # such as a disk that is full
        say(f"a file cannot be read or written: {error.strerror}")
        return BAD_INPUT


def _printed(status: int, text: str) -> int:
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:  # the reader, such as `head`, has had enough: that changes no status
        drop_rest(sys.stdout)
    except OSError as error:
        drop_rest(sys.stdout)
        say(f"the output cannot be written: {error.strerror}")
        return BAD_INPUT
    return status
