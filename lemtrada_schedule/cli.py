"""The command line: data on standard output, words on standard error.

Exit status 0: fine. 1: findings of severity error, or no feasible start. 2: bad input.
"""

import argparse
import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NoReturn

from lemtrada_schedule.calendar_types import checked_date
from lemtrada_schedule.errors import NoFeasibleStart, ScheduleError
from lemtrada_schedule.exports.rows import to_csv, to_rows
from lemtrada_schedule.exports.text import starts_to_text, to_text
from lemtrada_schedule.plan import Plan
from lemtrada_schedule.planning import find_course_starts, plan_treatment
from lemtrada_schedule.protocol import Protocol
from lemtrada_schedule.reading.clinic import read_clinic
from lemtrada_schedule.reading.protocol import load_protocol, protocol_names, read_protocol

__all__ = ["main"]

FINE, FOUND, BAD_INPUT = 0, 1, 2
PROGRAM = "lemtrada-schedule"


class _Parser(argparse.ArgumentParser):
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


def _day(text: str) -> date:
    try:
        return checked_date(text, "")
    except ScheduleError as error:
        words = str(error)
    raise argparse.ArgumentTypeError(words)


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 4:  # more digits than any count here has
        return int(text)
    raise argparse.ArgumentTypeError("expected a whole number [wrong-type]")


def _protocol(name: str) -> Protocol:
    is_file = str(name).endswith(".toml")  # argparse before Python 3.13 makes a list of `--protocol=--`
    return read_protocol(name) if is_file else load_protocol(name)


def _parser() -> _Parser:
    parser = _Parser(prog=PROGRAM, description="Plan LEMTRADA courses on a clinic's calendar.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_plan(commands)
    _add_starts(commands)
    protocols = commands.add_parser("protocols", help="list the shipped protocols", allow_abbrev=False)
    protocols.add_argument("--format", choices=("table", "json", "csv"), default="table")
    protocols.set_defaults(run=_run_protocols)
    return parser


def _add_plan(commands: Any) -> None:
    plan = commands.add_parser("plan", help="plan a treatment that has not begun", allow_abbrev=False)
    plan.add_argument("not_before", type=_day, metavar="DAY", help="the first day course 1 may start, YYYY-MM-DD")
    plan.add_argument("--protocol", required=True, help="a shipped protocol (us, eu, us-2024-05) or a .toml file")
    plan.add_argument("--clinic", required=True, metavar="FILE", help="the clinic's .toml file")
    plan.add_argument("--courses", type=_count, default=2, metavar="N", help="how many courses in all (default 2)")
    plan.add_argument("--as-of", type=_day, metavar="DAY", help="compare deadlines with this day")
    plan.add_argument("--plan-id", metavar="ID", help="an opaque id of your own; nothing of the patient")
    plan.add_argument("--format", choices=("table", "json", "csv"), default="table")
    plan.set_defaults(run=_run_plan)


def _add_starts(commands: Any) -> None:
    starts = commands.add_parser("starts", help="list days on which a course could start", allow_abbrev=False)
    starts.add_argument("--days", type=_count, required=True, metavar="N", help="consecutive infusion days: 5 or 3")
    starts.add_argument("--not-before", type=_day, required=True, metavar="DAY", help="the first day to try")
    starts.add_argument("--clinic", required=True, metavar="FILE", help="the clinic's .toml file")
    starts.add_argument("--limit", type=_count, default=10, metavar="N", help="how many starts at most (default 10)")
    starts.add_argument("--format", choices=("table", "json", "csv"), default="table")
    starts.set_defaults(run=_run_starts)


def _run_plan(options: argparse.Namespace) -> int:
    plan = plan_treatment(
        _protocol(options.protocol),
        read_clinic(options.clinic),
        not_before=options.not_before,
        courses=options.courses,
        as_of=options.as_of,
        plan_id=options.plan_id,
    )
    _print_plan(plan, options.format)
    return FOUND if any(finding.severity == "error" for finding in plan.findings) else FINE


def _print_plan(plan: Plan, form: str) -> None:
    match form:
        case "json":
            print(plan.model_dump_json(indent=2))
        case "csv":
            print(to_csv(to_rows(plan)), end="")
        case _:
            print(to_text(plan), end="")


def _run_starts(options: argparse.Namespace) -> int:
    clinic = read_clinic(options.clinic)
    starts = find_course_starts(clinic, options.days, not_before=options.not_before, limit=options.limit)
    match options.format:
        case "json":
            print(json.dumps([start.model_dump(mode="json") for start in starts], indent=2))
        case "csv":
            _print_csv(("first_day", "last_day"), [(start.first_day, start.last_day) for start in starts])
        case _:
            print(starts_to_text(starts), end="")
    if not starts:
        print(f"{PROGRAM}: no block of {options.days} open days was found within 366 days", file=sys.stderr)
    return FINE if starts else FOUND


def _print_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    print(text.getvalue(), end="")


def _run_protocols(options: argparse.Namespace) -> int:
    shipped = [load_protocol(name) for name in protocol_names()]
    rows = [{"name": p.name, "title": p.title, "maximum_courses": p.course_limit} for p in shipped]
    match options.format:
        case "json":
            print(json.dumps(rows, indent=2))
        case "csv":
            _print_csv(tuple(rows[0]), [tuple(row.values()) for row in rows])
        case _:
            print("\n".join(f"{row['name']:12} {row['title']}" for row in rows))
    return FINE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Raises:
        SystemExit: On `--help` (0) and on arguments that cannot be read (2).
    """
    for stream in (sys.stdout, sys.stderr):  # the same bytes in every locale and on every system
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
    options = _parser().parse_args(arguments)
    try:
        status = _run(options)
        print(end="", flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is not yet written goes nowhere
        if isinstance(error, BrokenPipeError):  # the reader, such as `head`, has had enough: nothing is wrong
            return FINE
        print(f"{PROGRAM}: the output cannot be written: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    return status


def _run(options: argparse.Namespace) -> int:
    try:
        return int(options.run(options))
    except ScheduleError as error:
        for line in str(error).splitlines():
            print(f"{PROGRAM}: {line}", file=sys.stderr)
        return FOUND if isinstance(error, NoFeasibleStart) else BAD_INPUT
