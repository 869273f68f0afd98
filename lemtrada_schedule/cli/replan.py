"""The command `replan`: update a plan after infusions were given."""

import argparse
from typing import Final

from lemtrada_schedule.cli.arguments import asked_on, clinic_of, print_csv, rules_of
from lemtrada_schedule.cli.bookings import add_bookings, booking_files, read_bookings, replaced_files
from lemtrada_schedule.cli.outputs import add_outputs, check_outputs, write_outputs
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.plan_printing import add_full, check_full, print_plan
from lemtrada_schedule.cli.recorded import (
    add_decisions,
    add_patient,
    add_records,
    check_records,
    decisions_of,
    intake_of,
    one_history,
)
from lemtrada_schedule.cli.standard_input import files
from lemtrada_schedule.cli.terminal import BAD_INPUT, FINE, FOUND, say
from lemtrada_schedule.exports.text.verdict_text import changes_to_text
from lemtrada_schedule.plan.revision import Revision
from lemtrada_schedule.planning.replanning import replan
from lemtrada_schedule.readers.plans import read_plan

__all__ = ["EXAMPLES", "add_arguments", "print_changes", "run"]

EXAMPLES: Final = (
    "replan plan.json infusions.csv --protocol us --patient p1 --plan-out next.json",
    "replan plan.json infusions.csv --protocol us --as-of 2027-01-13 --ics update.ics",
)

_COLUMNS: Final = ("kind", "item", "before", "after", "reason", "which", "at_least")


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument(
        "plan", metavar="PLAN.json", help="the plan, as written by `plan --plan-out` or `replan --plan-out`"
    )
    add_records(command)
    add_patient(command)
    add_decisions(command)
    add_bookings(command)
    words = "continue by this revision of the protocol, which is not the plan's own; the name of --protocol"
    command.add_argument("--accept-protocol", metavar="ID", help=words)
    add_full(command)
    add_outputs(command, "replan")


def run(options: argparse.Namespace) -> int:
    """Replan, write the files asked for, print the revision, and return the exit status."""
    check_full(options)
    check_records(options, options.records)
    read = [*files([options.plan, options.records, options.decisions]), *booking_files(options)]
    check_outputs(options, read, replaced_files(options))
    clinic, plan = clinic_of(options), read_plan(options.plan)
    clinic = clinic or plan.provenance.clinic
    rules, as_of = rules_of(options, clinic), asked_on(options, clinic)
    intake = intake_of(options, options.records, rules, clinic)
    history, decided = one_history(intake, options.patient), decisions_of(options)
    if None not in (plan.plan_id, history.patient) and plan.plan_id != history.patient:
        say("the id of the plan is not that of the patient in the records; check that they belong together")
    revision = replan(
        plan,
        rules,
        clinic,
        history=history,
        as_of=as_of,
        decisions=decided,
        bookings=read_bookings(options, clinic, as_of),
        accept_protocol=options.accept_protocol,
    )
    write_outputs(options, revision.plan, since=plan)
    print_changes(revision, options)
    if options.format == "table":
        print()
        print_plan(revision.plan, options)
    errors = any(finding.severity == "error" for finding in revision.plan.findings)
    return BAD_INPUT if intake.refused else FOUND if errors else FINE


def print_changes(revision: Revision, options: argparse.Namespace) -> None:
    """Print the changes of a plan; as JSON, with the plan."""
    match options.format:
        case "json":
            print(revision.model_dump_json(indent=2))
        case "csv":
            print_csv(_COLUMNS, [[getattr(change, name) for name in _COLUMNS] for change in revision.changes])
        case _:
            print(changes_to_text(revision, options.terminal.style()), end="")
