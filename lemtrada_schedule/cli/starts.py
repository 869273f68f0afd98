"""The command `starts`: list days on which a course could start."""

import argparse
import json
from typing import Final

from lemtrada_schedule.cli.arguments import add_clinic, add_format, day, print_csv, required_clinic, whole_number
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.terminal import FINE, FOUND, say
from lemtrada_schedule.exports.text.plan_text import starts_to_text
from lemtrada_schedule.planning.treatment import find_course_starts

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = ("starts --days 3 --not-before 2028-01-15 --clinic clinic.toml",)


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    words = "number of consecutive infusion days, 1 to 31"
    command.add_argument(
        "--days", dest="infusion_days", type=whole_number(1, 31), required=True, metavar="N", help=words
    )
    command.add_argument("--not-before", type=day, required=True, metavar="DAY", help="the first day to try")
    add_clinic(command, required=True)
    words = "maximum number of starts (default: 10)"
    command.add_argument("--limit", type=whole_number(1, 1000), default=10, metavar="N", help=words)
    add_format(command)


def run(options: argparse.Namespace) -> int:
    """Search, print the starts, and return the exit status."""
    clinic = required_clinic(options)
    days = options.infusion_days
    starts = find_course_starts(clinic, days, not_before=options.not_before, limit=options.limit)
    match options.format:
        case "json":
            print(json.dumps([start.model_dump(mode="json") for start in starts], indent=2))
        case "csv":
            print_csv(("first_day", "last_day"), [(start.first_day, start.last_day) for start in starts])
        case _:
            print(starts_to_text(starts, options.terminal.style()), end="")
    if not starts:
        say(f"no block of {days} open days was found within 366 days [no-feasible-start]")
    return FINE if starts else FOUND
