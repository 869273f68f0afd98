"""The command `compare`: list what became of every item of a plan in another plan."""

import argparse
from typing import Final

from lemtrada_schedule.cli.arguments import add_format
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.replan import print_changes
from lemtrada_schedule.cli.terminal import FINE
from lemtrada_schedule.planning.comparing import compare
from lemtrada_schedule.readers.plans import read_plan

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = ("compare plan.json draft.json",)


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument("old_plan", metavar="OLD.json", help="the plan as it was, as written by `plan --plan-out`")
    command.add_argument("new_plan", metavar="NEW.json", help="the plan that replaces it")
    add_format(command)


def run(options: argparse.Namespace) -> int:
    """Compare, print the changes, and return the exit status."""
    print_changes(compare(read_plan(options.old_plan), read_plan(options.new_plan)), options)
    return FINE
