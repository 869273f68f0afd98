"""The command `plan`: plan a treatment that has not begun."""

import argparse

from lemtrada_schedule.cli.arguments import add_clinic, add_format, add_protocol, day, protocol, whole_number
from lemtrada_schedule.cli.outputs import add_outputs, check_outputs, write_outputs
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.terminal import FINE, FOUND
from lemtrada_schedule.exports.tables.rows import to_csv, to_rows
from lemtrada_schedule.exports.text.plan_text import plan_to_text
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.planning.treatment import plan_treatment
from lemtrada_schedule.protocol.citations import MOST_COURSES
from lemtrada_schedule.readers.clinics import read_clinic

__all__ = ["add_arguments", "run"]


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument("not_before", type=day, metavar="DAY", help="the first day course 1 may start, YYYY-MM-DD")
    add_protocol(command)
    add_clinic(command, required=True)
    words = "number of courses in all (default: 2)"
    command.add_argument("--courses", type=whole_number(1, MOST_COURSES), default=2, metavar="N", help=words)
    command.add_argument("--as-of", type=day, metavar="DAY", help="compare deadlines with this day")
    command.add_argument("--plan-id", metavar="ID", help="an opaque id of your own; nothing about the patient")
    add_format(command)
    add_outputs(command, "plan")


def run(options: argparse.Namespace) -> int:
    """Plan, write the files asked for, print the plan, and return the exit status."""
    check_outputs(options)
    plan = plan_treatment(
        protocol(options.protocol),
        read_clinic(options.clinic),
        not_before=options.not_before,
        courses=options.courses,
        as_of=options.as_of,
        plan_id=options.plan_id,
    )
    write_outputs(options, plan)
    _print(plan, options.format)
    return FOUND if any(finding.severity == "error" for finding in plan.findings) else FINE


def _print(plan: Plan, form: str) -> None:
    match form:
        case "json":
            print(plan.model_dump_json(indent=2))
        case "csv":
            print(to_csv(to_rows(plan)), end="")
        case _:
            print(plan_to_text(plan), end="")
