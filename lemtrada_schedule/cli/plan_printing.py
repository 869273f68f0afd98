"""Print a plan: on one screen, or with `--full` every date and its reason."""

import argparse

from lemtrada_schedule.cli.outputs import OUTPUTS
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.terminal import PROGRAM
from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.exports.text.plan_summary import SUMMARY_WIDTH, plan_to_summary
from lemtrada_schedule.exports.text.plan_text import plan_to_text
from lemtrada_schedule.plan.plan import Plan

__all__ = ["add_full", "check_full", "print_plan"]


def add_full(command: Parser) -> None:
    """Add `--full`."""
    command.add_argument("--full", action="store_true", help="print every date and its reason (default: a summary)")


def check_full(options: argparse.Namespace) -> None:
    """Raise `InvalidInput` if `--full` is given with a format that always holds everything."""
    if options.full and options.format != "table":
        raise InvalidInput([Problem("missing-field", "--full", "only valid with --format table; remove one")])


def print_plan(plan: Plan, options: argparse.Namespace) -> None:
    """Print a plan as text."""
    if options.full:
        print(plan_to_text(plan, options.terminal.style(otherwise=SUMMARY_WIDTH)), end="")
        return
    files = " ".join(output.option for output in OUTPUTS if hasattr(options, output.dest))
    course = plan.courses[-1].id if plan.courses else "ID"
    hint = f"Files: {files}. Why one date: {PROGRAM} why PLAN.json {course}"
    style = options.terminal.style(otherwise=SUMMARY_WIDTH, most=SUMMARY_WIDTH)
    print(plan_to_summary(plan, style, more="--full", hints=(hint,)), end="")
