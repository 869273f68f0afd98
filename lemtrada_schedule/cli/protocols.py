"""The command `protocols`: list the built-in protocols."""

import argparse
import json
from typing import Final

from lemtrada_schedule.cli.arguments import add_format, print_csv
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.terminal import FINE
from lemtrada_schedule.readers.protocols import load_protocol, protocol_names

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = ("protocols",)


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    add_format(command)


def run(options: argparse.Namespace) -> int:
    """Print the protocols and return the exit status."""
    built_in = [load_protocol(name) for name in protocol_names()]
    rows = [{"name": p.name, "title": p.title, "maximum_courses": p.course_limit} for p in built_in]
    match options.format:
        case "json":
            print(json.dumps(rows, indent=2))
        case "csv":
            print_csv(tuple(rows[0]), [tuple(row.values()) for row in rows])
        case _:
            width = max(len(p.name) for p in built_in) + 2
            print("\n".join(f"{p.name:{width}} {p.title}" for p in built_in))
    return FINE
