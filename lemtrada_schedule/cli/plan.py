"""The command `plan`: plan a treatment, from its start or from what was given so far."""

import argparse
from typing import Final

from lemtrada_schedule.cli.arguments import (
    add_clinic,
    add_format,
    add_protocol,
    asked_on,
    day,
    required_clinic,
    rules_of,
    whole_number,
)
from lemtrada_schedule.cli.bookings import add_bookings, booking_files, read_bookings, replaced_files
from lemtrada_schedule.cli.outputs import add_outputs, check_outputs, write_outputs
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.plan_printing import add_full, check_full, print_plan
from lemtrada_schedule.cli.recorded import (
    RECORDS_HELP,
    add_decisions,
    add_patient,
    add_reading,
    check_records,
    decisions_of,
    intake_of,
    one_history,
)
from lemtrada_schedule.cli.standard_input import check_inputs, files
from lemtrada_schedule.cli.terminal import BAD_INPUT, FINE, FOUND
from lemtrada_schedule.errors import InvalidInput, Problem
from lemtrada_schedule.exports.tables.rows import to_csv, to_rows
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.planning.treatment import plan_treatment
from lemtrada_schedule.protocol.citations import MOST_COURSES

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = (
    "plan 2027-01-11 --clinic example",
    "plan 2027-01-11 --clinic clinic.toml --protocol us --courses 3 --full",
    "plan 2027-01-11 --clinic clinic.toml --protocol us --plan-id plan-7 --plan-out plan.json --ics plan.ics",
)

_OF_HISTORY: Final = (
    "patient",
    "decisions",
    "records_format",
    "tests_recorded",
    "ignore",
    "medicine",
    "lemtrada_codes",
    "medications",
    "fhir_version",
)
"""The arguments that say something about the records."""


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument("not_before", type=day, metavar="DAY", help="the first day course 1 may start, YYYY-MM-DD")
    add_protocol(command)
    add_clinic(command, required=True)
    words = "number of courses in all (default: 2)"
    command.add_argument("--courses", type=whole_number(1, MOST_COURSES), default=2, metavar="N", help=words)
    command.add_argument(
        "--as-of", type=day, metavar="DAY", help="date of the question (default: today in the clinic's time zone)"
    )
    command.add_argument("--plan-id", metavar="ID", help="your own opaque id; nothing about the patient")
    add_bookings(command)
    command.add_argument("--history", metavar="FILE", help=f"a treatment under way: {RECORDS_HELP}")
    add_patient(command)
    add_decisions(command)
    add_reading(command)
    add_format(command)
    add_full(command)
    add_outputs(command, "plan")


def run(options: argparse.Namespace) -> int:
    """Plan, write the files asked for, print the plan, and return the exit status."""
    _check(options)
    clinic = required_clinic(options)
    rules, as_of = rules_of(options, clinic), asked_on(options, clinic)
    intake = None if options.history is None else intake_of(options, options.history, rules, clinic)
    plan = plan_treatment(
        rules,
        clinic,
        not_before=options.not_before,
        courses=options.courses,
        history=None if intake is None else one_history(intake, options.patient),
        as_of=as_of,
        decisions=decisions_of(options),
        plan_id=options.plan_id,
        bookings=read_bookings(options, clinic, as_of),
    )
    write_outputs(options, plan)
    _print(plan, options)
    if intake is not None and intake.refused:
        return BAD_INPUT
    return FOUND if any(finding.severity == "error" for finding in plan.findings) else FINE


def _check(options: argparse.Namespace) -> None:
    """Raise `InvalidInput` if options contradict each other, before anything is read."""
    check_inputs(options)
    check_full(options)
    if options.history is not None:
        check_records(options, options.history)
    elif lonely := [name for name in _OF_HISTORY if getattr(options, name) not in (None, [], "checked")]:
        message = "only valid together with --history"
        raise InvalidInput([Problem("missing-field", str(options.parser.typed(name)), message) for name in lonely])
    read = [*files([options.history, options.decisions]), *booking_files(options)]
    check_outputs(options, read, replaced_files(options))


def _print(plan: Plan, options: argparse.Namespace) -> None:
    match options.format:
        case "json":
            print(plan.model_dump_json(indent=2))
        case "csv":
            print(to_csv(to_rows(plan)), end="")
        case _:
            print_plan(plan, options)
