"""The command that runs the conformance cases: `conformance`."""

import argparse
import json
from dataclasses import asdict
from typing import Any

from lemtrada_schedule.cli.arguments import FINE, FOUND, add_format, print_csv
from lemtrada_schedule.conformance import CASES, Report, run_cases

__all__ = ["add_conformance_command"]

_COLUMNS = ("case", "question", "expected", "found")


def add_conformance_command(commands: Any) -> None:
    """Add the command to a parser."""
    words = "run the conformance cases that ship with the library"
    command = commands.add_parser("conformance", help=words, allow_abbrev=False)
    command.add_argument("--path", action="store_true", help="only say where the cases and their JSON Schema are")
    add_format(command)
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if options.path:
        print(f"{CASES}\n{CASES.with_name('cases.schema.json')}")
        return FINE
    report = run_cases()
    _print(report, options.format)
    return FOUND if report.failed else FINE


def _print(report: Report, form: str) -> None:
    match form:
        case "json":
            print(json.dumps(_as_data(report), indent=2))
        case "csv":
            print_csv(_COLUMNS, [[getattr(one, name) for name in _COLUMNS] for one in report.differences])
        case _:
            for one in report.differences:
                print(f"{one.case}: {one.question}: expected {one.expected}, found {one.found}")
            passed = report.executed - len(report.failed)
            print(f"{report.executed} cases, {passed} passed ({report.pass_rate:.1%})")


def _as_data(report: Report) -> dict[str, Any]:
    failed = list(report.failed)
    differences = [asdict(one) for one in report.differences]
    return {
        "cases": report.executed,
        "passed": report.executed - len(failed),
        "failed": failed,
        "differences": differences,
    }
