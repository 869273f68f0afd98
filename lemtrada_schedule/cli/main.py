"""The command line `lemtrada-schedule`: data on standard output, messages on standard error.

Exit status 0: fine. 1: findings of severity error, or no feasible start. 2: bad input. 130: stopped by Ctrl-C.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo

from lemtrada_schedule.cli.parser import COMMAND, CommandParser, Parser
from lemtrada_schedule.cli.problems import lines_of
from lemtrada_schedule.cli.terminal import BAD_INPUT, FOUND, PROGRAM, STOPPED, Terminal, drop_rest, say
from lemtrada_schedule.errors import NoFeasibleStart, ScheduleError
from lemtrada_schedule.exports.text.held_text import HeldText

__all__ = ["COMMANDS", "main", "program"]

COMMANDS: Final = {
    "plan": "plan a treatment, from its start or from what was given so far",
    "starts": "list days on which a course could start",
    "protocols": "list the built-in protocols",
    "check": "check recorded infusions, patient by patient",
    "next": "say when each patient's next course may start",
    "replan": "update a plan after infusions were given",
    "worklist": "list what is due for the patients of a folder of plans",
    "compare": "list what differs between two plans of one patient",
    "why": "explain one item of a plan, by its id",
    "new-clinic": "print a commented file for your own clinic",
    "findings": "list the codes of findings, or explain one",
    "audit": "check every patient of a table (parquet, CSV, TSV, XLSX)",
    "conformance": "run the conformance cases that ship with the library",
    "completion": "print a script that lets a shell complete commands and options",
}
"""Each command with its help; the module of this name in this folder (`_` for `-`) adds its arguments and runs it."""


_FIRST_STEPS: Final = f"""\
examples:
  {PROGRAM} plan 2027-01-11 --clinic example
  {PROGRAM} plan --help
"""


class _Version(argparse.Action):
    """Print the versions on one line, however narrow the terminal is."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:  # noqa: A002  # argparse names it
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print the versions and exit."""
        from importlib.metadata import version  # noqa: PLC0415  # slow to import, and only needed here

        data = ", ".join(f"{package} {version(package)}" for package in ("tzdata", "holidays"))
        print(f"{PROGRAM} {version('lemtrada_schedule')}, {data}")
        parser.exit()


def program() -> Parser:
    """Return the parser of the program, whose commands are not filled yet."""
    parser = Parser(prog=PROGRAM, description="Plan LEMTRADA courses on a clinic's calendar.", epilog=_FIRST_STEPS)
    parser.add_argument("--version", action=_Version, help="print the versions of the library and of its data")
    commands = parser.add_subparsers(dest="command", required=True, metavar=COMMAND, parser_class=CommandParser)
    for name, words in COMMANDS.items():
        module = f"lemtrada_schedule.cli.{name.replace('-', '_')}"
        described = f"{words[0].upper()}{words[1:]}."
        parser.commands[name] = commands.add_parser(name, help=words, description=described, module=module)
    return parser


def _today(time_zone: str) -> date:
    """Return today's date in a time zone: only this function and the next read the clock."""
    return datetime.now(ZoneInfo(time_zone)).date()


def _now() -> datetime:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def _options(arguments: Sequence[str] | None) -> Any:
    typed = sys.argv[1:] if arguments is None else list(arguments)
    options, unrecognised = program().parse_known_args(typed, argparse.Namespace(day_in=_today, moment=_now))
    if unrecognised:
        options.parser.refuse_unrecognised(unrecognised, typed)
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Raises:
        SystemExit: On `--help` and `--version` (0), and on arguments that cannot be parsed (2).
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    for stream in (sys.stdout, sys.stderr):  # the same bytes in every locale and on every system
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
    if not (sys.argv[1:] if arguments is None else arguments):
        program().print_help(sys.stderr)
        return BAD_INPUT
    options = _options(arguments)
    options.terminal = Terminal.of(sys.stdout, options.color, encoding)
    try:
        return _printed(*_run(options))
    except KeyboardInterrupt:
        say("stopped")
        return STOPPED


def _run(options: argparse.Namespace) -> tuple[int, HeldText]:
    """Return the exit status of a command and its output; nothing is printed before the status is known."""
    with redirect_stdout(HeldText()) as printed:
        status = _status(options)
    return status, printed


def _status(options: argparse.Namespace) -> int:
    try:
        return int(options.run(options))
    except ScheduleError as error:
        for line in lines_of(error, options.parser):
            say(line)
        return FOUND if isinstance(error, NoFeasibleStart) else BAD_INPUT
    except OSError as error:  # such as a full disk
        say(f"a file cannot be read or written: {error.strerror}")
        return BAD_INPUT


def _printed(status: int, text: HeldText) -> int:
    try:
        for piece in text.pieces():
            print(piece, end="")
        print(end="", flush=True)
    except BrokenPipeError:  # closing the pipe early, as `head` does, does not change the exit status
        drop_rest(sys.stdout)
    except OSError as error:
        drop_rest(sys.stdout)
        say(f"the output cannot be written: {error.strerror}")
        return BAD_INPUT
    return status
