"""The files that a plan is handed on in: `--ics`, `--fhir`, `--html` and `--csv`."""

import argparse
import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from lemtrada_schedule.cli.argument_names import flag_of
from lemtrada_schedule.cli.arguments import is_own_protocol, say
from lemtrada_schedule.cli.writing import check_apart, check_file_names, write_files
from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.exports.fhir.bundle import to_fhir
from lemtrada_schedule.exports.html.page import to_html
from lemtrada_schedule.exports.ics.calendar import to_ics
from lemtrada_schedule.exports.tables.rows import to_csv, to_rows
from lemtrada_schedule.plan.plan import Plan

__all__ = ["add_calendar", "add_outputs", "check_files", "check_outputs", "write_outputs"]

_WRITTEN: Final = ("ics", "fhir", "html", "csv", "plan_out", "out", "findings", "refused")

_COMPANY: Final = {"stamp": ("ics",), "subject": ("fhir",), "titles": ("ics", "html"), "force": _WRITTEN}

_READ: Final = ("clinic", "records", "plan", "decisions")

_STAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def add_outputs(command: argparse.ArgumentParser) -> None:
    """Add the flags of every file that a plan can be handed on in."""
    add_calendar(command, "the plan as a calendar file; needs --plan-id")
    command.add_argument("--fhir", metavar="FILE", help="the plan as a FHIR R4 Bundle; needs --plan-id and --subject")
    command.add_argument("--subject", metavar="REF", help="the FHIR patient, such as Patient/123")
    command.add_argument("--html", metavar="FILE", help="the plan as a page to print")
    command.add_argument("--csv", metavar="FILE", help="the plan as a table")


def add_calendar(command: argparse.ArgumentParser, words: str) -> None:
    """Add the flags of a calendar file."""
    command.add_argument("--ics", metavar="FILE", help=words)
    command.add_argument("--stamp", type=_stamp, metavar="TIME", help="when the calendar file is made, in UTC")
    words = "what calendar and page say (default neutral)"
    command.add_argument("--titles", choices=("neutral", "clinical"), help=words)
    command.add_argument("--force", action="store_true", help="write over files that are there already")


def _stamp(text: str) -> dt.datetime:
    if _STAMP.fullmatch(text):
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            pass
    raise argparse.ArgumentTypeError("expected a time in UTC such as 2026-11-22T09:30:00Z [wall-time]")


def check_outputs(options: argparse.Namespace) -> None:
    """Refuse files that cannot be made of what was typed, before anything is planned."""
    needs = {"ics": ("plan_id",), "fhir": ("plan_id", "subject")}
    for name, flags in needs.items():
        for flag in flags:
            if getattr(options, name) is not None and not getattr(options, flag):
                raise InvalidInput([Problem("missing-field", flag_of(flag), f"--{name} needs it; give it")])
    check_files(options)


def check_files(options: argparse.Namespace) -> None:
    """Refuse files to write that are one, or that the command reads, before anything is planned or judged."""
    asked = vars(options)
    files = {flag_of(name): asked[name] for name in _WRITTEN if asked.get(name) is not None}
    check_file_names(files)
    named: set[str] = set()
    for flag, file in files.items():
        if file in named:
            raise InvalidInput([Problem("file-exists", flag, "two of the files are one; name them apart")])
        named.add(file)
    _check_company(asked)
    check_apart(files, _read(asked))


def _check_company(asked: Mapping[str, Any]) -> None:
    """Refuse a flag that says something of a file where no such file is asked for."""
    for name, files in _COMPANY.items():
        known = [file for file in files if file in asked]
        if asked.get(name) not in {None, False} and all(asked[file] is None for file in known):
            belongs = " or ".join(map(flag_of, known))
            raise InvalidInput([Problem("missing-field", flag_of(name), f"it belongs to {belongs}; give that too")])


def _read(asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files that a command reads."""
    yield from (asked[name] for name in _READ if asked.get(name) is not None)
    yield from asked.get("cohort", ())
    if is_own_protocol(asked["protocol"]):
        yield asked["protocol"]


def write_outputs(options: argparse.Namespace, plan: Plan, *, since: Plan | None = None) -> None:
    """Write the files that were asked for, each of them whole or not at all; say so if the clock was read for one.

    With `since`, the plan before this one, the calendar file is an update.
    """
    clock = options.moment() if options.ics is not None and options.stamp is None else None
    write_files(_files(options, plan, since, options.stamp or clock), force=options.force)
    if clock:
        say(f"made at {clock:%Y-%m-%dT%H:%M:%SZ} by the clock; give it as --stamp to make the same file again")


def _files(options: argparse.Namespace, plan: Plan, since: Plan | None, moment: Any) -> Mapping[str, bytes]:
    titles: Any = options.titles or "neutral"
    makers: dict[str, Callable[[Any], bytes]] = {
        "ics": lambda plan: to_ics(plan, stamp=moment, titles=titles, since=since),
        "fhir": lambda plan: _as_lines(to_fhir(plan, subject=options.subject)),
        "html": lambda plan: str(to_html(plan, titles=titles)).encode(),
        "csv": lambda plan: to_csv(to_rows(plan)).encode(),
        "plan_out": lambda plan: f"{plan.model_dump_json(indent=2)}\n".encode(),
    }
    asked = vars(options)
    return {asked[name]: make(plan) for name, make in makers.items() if asked.get(name) is not None}


def _as_lines(bundle: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(bundle, ensure_ascii=False, indent=2)}\n".encode()
