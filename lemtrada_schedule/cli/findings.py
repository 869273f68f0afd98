"""The command `findings`: list the codes of findings, or explain one."""

import argparse
import json
from typing import Final

from lemtrada_schedule.cli.arguments import add_format, print_csv
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.terminal import FINE
from lemtrada_schedule.errors import UnknownName
from lemtrada_schedule.exports.text.grid import beside
from lemtrada_schedule.findings.catalogue import CATALOGUE
from lemtrada_schedule.findings.finding import FindingKind
from lemtrada_schedule.validation.near_names import near_miss

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = (
    "findings",
    "findings interval-below-minimum",
)

_COLUMNS: Final = ("code", "severity", "title", "hint", "seen_by")


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument("code", nargs="?", metavar="CODE", help="explain only this one")
    add_format(command)


def run(options: argparse.Namespace) -> int:
    """Print the codes and return the exit status."""
    kinds = [kind for kind in CATALOGUE if options.code in (None, kind.code)]
    if not kinds:
        near = near_miss(options.code, [kind.code for kind in CATALOGUE])
        message = f"no finding has this code{near}; `findings` without a code lists them all"
        raise UnknownName("unknown-name", message, place="CODE")
    match options.format:
        case "json":
            print(json.dumps([{name: getattr(kind, name) for name in _COLUMNS} for kind in kinds], indent=2))
        case "csv":
            print_csv(_COLUMNS, [[getattr(kind, name) for name in _COLUMNS] for kind in kinds])
        case _:
            width = max(len(kind.code) for kind in kinds)
            style = options.terminal.style()
            lines = (
                line
                for kind in kinds
                for line in beside(f"{kind.code:{width}}  {kind.severity:7}", _words(kind, options.code), style.width)
            )
            print(style.written(lines), end="")
    return FINE


def _words(kind: FindingKind, asked: str | None) -> str:
    return f"{kind.title}; {kind.hint}" if asked and kind.hint else kind.title
