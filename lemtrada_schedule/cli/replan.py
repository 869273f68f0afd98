"""The command `replan`: update a plan after infusions were given."""

import argparse
from typing import Final

from lemtrada_schedule.cli.arguments import asked_on, clinic_of, print_csv, protocol
from lemtrada_schedule.cli.outputs import add_outputs, check_outputs, write_outputs
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.recorded import add_decisions, add_records, decisions_of, intake_of, one_history
from lemtrada_schedule.cli.terminal import BAD_INPUT, FINE, FOUND
from lemtrada_schedule.exports.text.plan_text import plan_to_text
from lemtrada_schedule.exports.text.verdict_text import changes_to_text
from lemtrada_schedule.plan.revision import Revision
from lemtrada_schedule.planning.replanning import replan
from lemtrada_schedule.readers.plans import read_plan

__all__ = ["add_arguments", "run"]

_COLUMNS: Final = ("kind", "item", "before", "after", "reason")


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    command.add_argument("plan", metavar="PLAN.json", help="the plan, as written by `plan --format json`")
    add_records(command)
    command.add_argument("--patient", metavar="ID", help="whose records; required if the file holds several patients")
    add_decisions(command)
    add_outputs(command, "replan")


def run(options: argparse.Namespace) -> int:
    """Replan, write the files asked for, print the revision, and return the exit status."""
    check_outputs(options, [options.plan, options.records, *filter(None, [options.decisions])])
    rules, clinic = protocol(options.protocol), clinic_of(options)
    plan = read_plan(options.plan)
    clinic = clinic or plan.provenance.clinic
    as_of, intake = asked_on(options, clinic), intake_of(options, rules, clinic)
    history, decided = one_history(intake, options.patient), decisions_of(options)
    revision = replan(plan, rules, clinic, history=history, as_of=as_of, decisions=decided)
    write_outputs(options, revision.plan, since=plan)
    _print(revision, options.format)
    errors = any(finding.severity == "error" for finding in revision.plan.findings)
    return BAD_INPUT if intake.refused else FOUND if errors else FINE


def _print(revision: Revision, form: str) -> None:
    match form:
        case "json":
            print(revision.model_dump_json(indent=2))
        case "csv":
            print_csv(_COLUMNS, [[getattr(change, name) for name in _COLUMNS] for change in revision.changes])
        case _:
            print(changes_to_text(revision))
            print(plan_to_text(revision.plan), end="")
