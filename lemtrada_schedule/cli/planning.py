"""The commands that plan: `plan`, `starts`, `protocols`."""

import argparse
import json
from typing import Any

from lemtrada_schedule.cli.arguments import (
    FINE,
    FOUND,
    add_format,
    add_protocol,
    day,
    print_csv,
    protocol,
    say,
    whole_number,
)
from lemtrada_schedule.cli.outputs import add_outputs, check_outputs, write_outputs
from lemtrada_schedule.exports.tables.rows import to_csv, to_rows
from lemtrada_schedule.exports.text.plan_text import starts_to_text, to_text
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.planning.treatment import find_course_starts, plan_treatment
from lemtrada_schedule.protocol.citations import MOST_COURSES
from lemtrada_schedule.readers.clinics import read_clinic
from lemtrada_schedule.readers.protocols import load_protocol, protocol_names

__all__ = ["add_planning_commands"]


def add_planning_commands(commands: Any) -> None:
    """Add the commands to a parser."""
    _add_plan(commands)
    _add_starts(commands)
    protocols = commands.add_parser("protocols", help="list the shipped protocols", allow_abbrev=False)
    add_format(protocols)
    protocols.set_defaults(run=_run_protocols)


def _add_plan(commands: Any) -> None:
    plan = commands.add_parser("plan", help="plan a treatment that has not begun", allow_abbrev=False)
    plan.add_argument("not_before", type=day, metavar="DAY", help="the first day course 1 may start, YYYY-MM-DD")
    add_protocol(plan)
    plan.add_argument("--clinic", required=True, metavar="FILE", help="the clinic's .toml file")
    plan.add_argument(
        "--courses",
        type=whole_number(1, MOST_COURSES),
        default=2,
        metavar="N",
        help="how many courses in all (default 2)",
    )
    plan.add_argument("--as-of", type=day, metavar="DAY", help="compare deadlines with this day")
    plan.add_argument("--plan-id", metavar="ID", help="an opaque id of your own; nothing of the patient")
    add_format(plan)
    add_outputs(plan)
    plan.set_defaults(run=_run_plan)


def _add_starts(commands: Any) -> None:
    starts = commands.add_parser("starts", help="list days on which a course could start", allow_abbrev=False)
    starts.add_argument(
        "--days", type=whole_number(1, 31), required=True, metavar="N", help="consecutive infusion days, 1 to 31"
    )
    starts.add_argument("--not-before", type=day, required=True, metavar="DAY", help="the first day to try")
    starts.add_argument("--clinic", required=True, metavar="FILE", help="the clinic's .toml file")
    starts.add_argument(
        "--limit", type=whole_number(1, 1000), default=10, metavar="N", help="how many starts at most (default 10)"
    )
    add_format(starts)
    starts.set_defaults(run=_run_starts)


def _run_plan(options: argparse.Namespace) -> int:
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
    _print_plan(plan, options.format)
    return FOUND if any(finding.severity == "error" for finding in plan.findings) else FINE


def _print_plan(plan: Plan, form: str) -> None:
    match form:
        case "json":
            print(plan.model_dump_json(indent=2))
        case "csv":
            print(to_csv(to_rows(plan)), end="")
        case _:
            print(to_text(plan), end="")


def _run_starts(options: argparse.Namespace) -> int:
    clinic = read_clinic(options.clinic)
    starts = find_course_starts(clinic, options.days, not_before=options.not_before, limit=options.limit)
    match options.format:
        case "json":
            print(json.dumps([start.model_dump(mode="json") for start in starts], indent=2))
        case "csv":
            print_csv(("first_day", "last_day"), [(start.first_day, start.last_day) for start in starts])
        case _:
            print(starts_to_text(starts), end="")
    if not starts:
        say(f"no block of {options.days} open days was found within 366 days [no-feasible-start]")
    return FINE if starts else FOUND


def _run_protocols(options: argparse.Namespace) -> int:
    shipped = [load_protocol(name) for name in protocol_names()]
    rows = [{"name": p.name, "title": p.title, "maximum_courses": p.course_limit} for p in shipped]
    match options.format:
        case "json":
            print(json.dumps(rows, indent=2))
        case "csv":
            print_csv(tuple(rows[0]), [tuple(row.values()) for row in rows])
        case _:
            width = max(len(p.name) for p in shipped) + 2
            print("\n".join(f"{p.name:{width}} {p.title}" for p in shipped))
    return FINE
