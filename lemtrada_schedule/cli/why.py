"""The command `why`: explain one item of a plan, by its id."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, astuple
from difflib import get_close_matches
from typing import Final

from lemtrada_schedule.cli.arguments import add_format, print_csv
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.terminal import FINE
from lemtrada_schedule.errors import UnknownName
from lemtrada_schedule.exports.text.why_text import item_ids, why
from lemtrada_schedule.readers.plans import read_plan

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = (
    "why plan.json course-2",
    "why plan.json blood-count/course-2/7",
)

_OF_WORKLISTS: Final = ("decision", "replan", "unrecorded/tests")

LONGEST_ID: Final = 128
"""In characters: with a longer text no id is compared."""

_COLUMNS: Final = ("item", "kind", "first_day", "last_day", "text")


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument(
        "plan", metavar="PLAN.json", help="the plan, as written by `plan --plan-out` or `replan --plan-out`"
    )
    words = "an id of the plan: course-2, course-2/day-1, blood-count/course-2, blood-count/course-2/7, contraception/1"
    command.add_argument("item", metavar="ID", help=words)
    add_format(command)


def run(options: argparse.Namespace) -> int:
    """Print why an item is on its day, and return the exit status."""
    plan = read_plan(options.plan)
    found = why(plan, options.item)
    if found is None:
        raise UnknownName("unknown-name", _unknown(options.item, item_ids(plan)), place="ID")
    match options.format:
        case "json":
            print(json.dumps(asdict(found), default=str, indent=2))
        case "csv":
            print_csv(_COLUMNS, [astuple(found)])
        case _:
            print(options.terminal.style().written(found.text.splitlines()), end="")
    return FINE


def _unknown(typed: str, known: Sequence[str]) -> str:
    """Return the message for an id that the plan does not have; ids of a plan say nothing about a patient."""
    if typed in _OF_WORKLISTS or typed.startswith(("decision/", "missed/")):
        own = [one for one in known if one.startswith(f"{typed.removeprefix('missed/')}/") and one.count("/") == 1]
        hint = f"; its tests are those of {' and '.join(own)}" if own else ""
        return f"only a worklist has this id, and its reason says why it is listed{hint}"
    near = get_close_matches(typed, known, n=3) if len(typed) <= LONGEST_ID else []
    hint = f"; did you mean {' or '.join(near)}?" if near else "; `plan --format csv` lists the ids"
    return f"the plan has no item of this id{hint}"
