"""The command `conformance`: run the conformance cases that ship with the library."""

import argparse
import json
from dataclasses import asdict
from typing import Any, Final

from lemtrada_schedule.cli.arguments import add_format, print_csv
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.terminal import FINE, FOUND
from lemtrada_schedule.conformance import CASES, Report, run_cases

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = ("conformance",)

_COLUMNS = ("case", "question", "expected", "found")


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument("--path", action="store_true", help="only print where the cases and their JSON Schema are")
    add_format(command)


def run(options: argparse.Namespace) -> int:
    """Run the cases, print the result, and return the exit status."""
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
