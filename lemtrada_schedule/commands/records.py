"""The commands that judge and replan: `check`, `next`, `replan`, `findings`."""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from lemtrada_schedule.clinic import Clinic
from lemtrada_schedule.commands.arguments import BAD_INPUT, FINE, FOUND, day, print_csv, protocol, say
from lemtrada_schedule.day_words import long_day
from lemtrada_schedule.errors import InvalidInput, Problem, UnknownName
from lemtrada_schedule.evaluating import evaluate
from lemtrada_schedule.exports.text import to_text
from lemtrada_schedule.exports.verdicts import (
    changes_to_text,
    evaluation_to_text,
    forecast_to_text,
    rows_to_text,
)
from lemtrada_schedule.findings import CATALOGUE, Finding
from lemtrada_schedule.forecasting import forecast
from lemtrada_schedule.outlook import Evaluation, Forecast, Revision
from lemtrada_schedule.reading.clinic import read_clinic
from lemtrada_schedule.reading.plan import read_plan
from lemtrada_schedule.reading.records import read_histories
from lemtrada_schedule.records import History, Intake
from lemtrada_schedule.replanning import replan

__all__ = ["add_records_commands"]

SHOWN_REFUSALS = 50
FORMATS = ("table", "json", "csv")
_FINDING_COLUMNS = ("severity", "code", "course", "day", "row", "message", "hint", "cite")
_FORECAST_COLUMNS = ("course", "status", "earliest", "recommended", "past_due", "latest", "changes_on")
_CHANGE_COLUMNS = ("kind", "item", "before", "after", "reason")


def add_records_commands(commands: Any) -> None:
    """Add the commands to a parser."""
    check = _reading(commands, "check", "judge what was given, patient by patient")
    check.add_argument(
        "--tolerance-days", type=_tolerance, default=0, metavar="N", help="short intervals that only warn"
    )
    check.set_defaults(run=_run_check)
    following = _reading(commands, "next", "say when each patient's next course may start")
    following.add_argument("--past-due-after", metavar="SPAN", help="the clinic's own limit, such as '3 months'")
    following.set_defaults(run=_run_next)
    again = commands.add_parser("replan", help="make a plan again after what was given", allow_abbrev=False)
    again.add_argument("plan", metavar="PLAN.json", help="the plan, as `plan --format json` wrote it")
    _add_records(again)
    again.add_argument("--patient", metavar="ID", help="whose records, if the file holds several patients")
    again.set_defaults(run=_run_replan)
    findings = commands.add_parser("findings", help="list the codes of findings, or explain one", allow_abbrev=False)
    findings.add_argument("code", nargs="?", metavar="CODE")
    findings.add_argument("--format", choices=FORMATS, default="table")
    findings.set_defaults(run=_run_findings)


def _reading(commands: Any, name: str, words: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=words, allow_abbrev=False)
    _add_records(command)
    return command


def _add_records(command: argparse.ArgumentParser) -> None:
    command.add_argument("records", metavar="FILE", help="recorded infusions: .csv, .json or .ndjson")
    command.add_argument("--protocol", required=True, help="a shipped protocol (us, eu, us-2024-05) or a .toml file")
    command.add_argument("--clinic", metavar="FILE", help="the clinic's .toml file")
    command.add_argument("--as-of", type=day, metavar="DAY", help="the day of asking; with a clinic, today there")
    command.add_argument("--ignore", action="append", default=[], metavar="COLUMN", help="a column to leave alone")
    command.add_argument("--format", choices=FORMATS, default="table")


def _tolerance(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 3:
        return int(text)
    raise argparse.ArgumentTypeError("expected a whole number of days [wrong-type]")


def _clinic(options: argparse.Namespace) -> Clinic | None:
    return read_clinic(options.clinic) if options.clinic else None


def _as_of(options: argparse.Namespace, clinic: Clinic | None) -> date:
    """Return the day of asking: the one that was typed, else today at the clinic, and it is said which that is."""
    if options.as_of is not None:
        return options.as_of  # type: ignore[no-any-return]  # argparse made it a date
    if clinic is None:
        message = "say on which day you ask, or give a --clinic, whose today is taken"
        raise InvalidInput([Problem("missing-field", "--as-of", message)])
    today: date = options.today(clinic.time_zone)
    say(f"as of {long_day(today)}, today in {clinic.time_zone}")
    return today


def _intake(options: argparse.Namespace, clinic: Clinic | None) -> Intake:
    zone = clinic.time_zone if clinic else None
    intake = read_histories(options.records, time_zone=zone, ignore=options.ignore)
    for row in intake.refused[:SHOWN_REFUSALS]:
        column = f", column {row.column}" if row.column else ""
        say(f"{options.records}: row {row.row}{column}: {row.message} [{row.code}]")
    if len(intake.refused) > SHOWN_REFUSALS:
        totals = Counter(row.code for row in intake.refused)
        say("in all: " + ", ".join(f"{count} {code}" for code, count in sorted(totals.items())))
    return intake


def _rows(intake: Intake) -> dict[str, int]:
    refused = len({row.row for row in intake.refused})
    return {"in": intake.rows, "accepted": intake.accepted, "refused": refused, "blank": intake.blank}


def _run_check(options: argparse.Namespace) -> int:
    rules, clinic = protocol(options.protocol), _clinic(options)
    as_of, intake = _as_of(options, clinic), _intake(options, clinic)
    verdicts = [
        (history, evaluate(history, rules, as_of=as_of, clinic=clinic, tolerance_days=options.tolerance_days))
        for history in intake.histories
    ]
    match options.format:
        case "json":
            told = [(history, found, forecast(history, rules, as_of=as_of)) for history, found in verdicts]
            print(json.dumps(_as_data(told, intake), indent=2))
        case "csv":
            rows = [(history.patient, *_cells(f)) for history, found in verdicts for f in found.findings]
            print_csv(("patient", *_FINDING_COLUMNS), rows)
        case _:
            print("".join(evaluation_to_text(history.patient, found) for history, found in verdicts), end="")
            print(rows_to_text(intake), end="")
    errors = any(f.severity == "error" for _, found in verdicts for f in found.findings)
    return BAD_INPUT if intake.refused else FOUND if errors else FINE


def _as_data(told: Sequence[tuple[History, Evaluation, Forecast]], intake: Intake) -> dict[str, Any]:
    patients = [
        {"patient": h.patient, "evaluation": e.model_dump(mode="json"), "forecast": f.model_dump(mode="json")}
        for h, e, f in told
    ]
    return {
        "patients": patients,
        "refused": [row.model_dump(mode="json") for row in intake.refused],
        "rows": _rows(intake),
    }


def _cells(finding: Finding) -> list[Any]:
    return [getattr(finding, column) for column in _FINDING_COLUMNS]


def _run_next(options: argparse.Namespace) -> int:
    rules, clinic = protocol(options.protocol), _clinic(options)
    as_of, intake = _as_of(options, clinic), _intake(options, clinic)
    limit = options.past_due_after
    told = [(h.patient, forecast(h, rules, as_of=as_of, past_due_after=limit)) for h in intake.histories]
    match options.format:
        case "json":
            patients = [{"patient": patient, "forecast": f.model_dump(mode="json")} for patient, f in told]
            refused = [row.model_dump(mode="json") for row in intake.refused]
            print(json.dumps({"patients": patients, "refused": refused, "rows": _rows(intake)}, indent=2))
        case "csv":
            columns = (*_FORECAST_COLUMNS, "reasons")
            cells = [(p, *(getattr(f, c) for c in _FORECAST_COLUMNS), "; ".join(f.reasons)) for p, f in told]
            print_csv(("patient", *columns), cells)
        case _:
            print("".join(forecast_to_text(patient, f) for patient, f in told), end="")
            print(rows_to_text(intake), end="")
    return BAD_INPUT if intake.refused else FINE


def _one_history(intake: Intake, patient: str | None) -> History:
    found = [history for history in intake.histories if patient is None or history.patient == patient]
    if len(found) == 1:
        return found[0]
    message = "the file holds several patients; say whose plan it is" if found else "no such patient is in the file"
    raise UnknownName("unknown-name", message, place="--patient")


def _run_replan(options: argparse.Namespace) -> int:
    rules, clinic = protocol(options.protocol), _clinic(options)
    plan = read_plan(options.plan)
    clinic = clinic or plan.provenance.clinic
    as_of, intake = _as_of(options, clinic), _intake(options, clinic)
    revision = replan(plan, rules, clinic, history=_one_history(intake, options.patient), as_of=as_of)
    _print_revision(revision, options.format)
    errors = any(finding.severity == "error" for finding in revision.plan.findings)
    return BAD_INPUT if intake.refused else FOUND if errors else FINE


def _print_revision(revision: Revision, form: str) -> None:
    match form:
        case "json":
            print(revision.model_dump_json(indent=2))
        case "csv":
            print_csv(_CHANGE_COLUMNS, [[getattr(c, name) for name in _CHANGE_COLUMNS] for c in revision.changes])
        case _:
            print(changes_to_text(revision))
            print(to_text(revision.plan), end="")


def _run_findings(options: argparse.Namespace) -> int:
    kinds = [kind for kind in CATALOGUE if options.code in (None, kind.code)]
    if not kinds:
        raise UnknownName("unknown-name", "no finding has this code; `findings` lists them all", place="CODE")
    match options.format:
        case "json":
            names = ("code", "severity", "title", "hint")
            print(json.dumps([{name: getattr(kind, name) for name in names} for kind in kinds], indent=2))
        case "csv":
            print_csv(("code", "severity", "title", "hint"), [(k.code, k.severity, k.title, k.hint) for k in kinds])
        case _:
            width = max(len(kind.code) for kind in kinds)
            hint = options.code is not None
            print(
                "\n".join(f"{k.code:{width}}  {k.severity:7}  {k.title}{f'; {k.hint}' if hint else ''}" for k in kinds)
            )
    return FINE
