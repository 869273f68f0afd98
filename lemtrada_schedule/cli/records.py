"""The commands that judge and replan: `check`, `next`, `replan`, `findings`."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from lemtrada_schedule.cli.argument_names import in_flags
from lemtrada_schedule.cli.arguments import (
    BAD_INPUT,
    FINE,
    FOUND,
    add_format,
    add_medicine,
    add_question,
    add_tolerance,
    asked_on,
    clinic_of,
    print_csv,
    progress,
    protocol,
    say,
)
from lemtrada_schedule.cli.outputs import add_calendar, check_files, write_outputs
from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.errors import UnknownName
from lemtrada_schedule.exports.text.plan_text import to_text
from lemtrada_schedule.exports.text.verdict_text import (
    changes_to_text,
    evaluations_to_text,
    forecast_to_text,
    rows_to_text,
)
from lemtrada_schedule.findings.catalogue import CATALOGUE
from lemtrada_schedule.findings.finding import Finding
from lemtrada_schedule.judging.evaluating import evaluate
from lemtrada_schedule.judging.forecasting import forecast
from lemtrada_schedule.judging.verdicts import Evaluation, Forecast
from lemtrada_schedule.plan.revision import Revision
from lemtrada_schedule.planning.replanning import replan
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.decisions import read_decisions
from lemtrada_schedule.readers.plans import read_plan
from lemtrada_schedule.readers.records import read_histories
from lemtrada_schedule.records.history import Decision, History, Intake
from lemtrada_schedule.validation.paths import file_name

__all__ = ["add_records_commands"]

SHOWN_REFUSALS = 50

_FINDING_COLUMNS = ("severity", "code", "course", "day", "row", "message", "hint", "cite")

_FORECAST_COLUMNS = ("course", "status", "earliest", "recommended", "past_due", "latest", "changes_on")

_CHANGE_COLUMNS = ("kind", "item", "before", "after", "reason")


def add_records_commands(commands: Any) -> None:
    """Add the commands to a parser."""
    check = _reading(commands, "check", "judge what was given, patient by patient")
    add_tolerance(check)
    check.set_defaults(run=_run_check)
    following = _reading(commands, "next", "say when each patient's next course may start")
    following.add_argument("--patient", metavar="ID", help="only this patient; decisions are about one")
    following.add_argument("--past-due-after", metavar="SPAN", help="the clinic's own limit, such as '3 months'")
    _add_decisions(following)
    following.set_defaults(run=_run_next)
    again = commands.add_parser("replan", help="make a plan again after what was given", allow_abbrev=False)
    again.add_argument("plan", metavar="PLAN.json", help="the plan, as `plan --format json` wrote it")
    _add_records(again)
    again.add_argument("--patient", metavar="ID", help="whose records, if the file holds several patients")
    _add_decisions(again)
    add_calendar(again, "an update file for the calendar: what moved, was added or fell away")
    again.add_argument("--plan-out", metavar="FILE.json", help="the new plan, as the next `replan` reads it")
    again.set_defaults(run=_run_replan)
    findings = commands.add_parser("findings", help="list the codes of findings, or explain one", allow_abbrev=False)
    findings.add_argument("code", nargs="?", metavar="CODE", help="explain only this one")
    add_format(findings)
    findings.set_defaults(run=_run_findings)


def _reading(commands: Any, name: str, words: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=words, allow_abbrev=False)
    _add_records(command)
    return command


def _add_records(command: argparse.ArgumentParser) -> None:
    command.add_argument("records", metavar="FILE", help="recorded infusions: .csv, .json or .ndjson")
    add_question(command)
    command.add_argument("--ignore", action="append", default=[], metavar="COLUMN", help="a column to leave alone")
    add_medicine(command)
    add_format(command)


def _add_decisions(command: argparse.ArgumentParser) -> None:
    words = "a .json list of a clinician's decisions on courses that are left open"
    command.add_argument("--decisions", metavar="FILE", help=words)


def _decisions(options: argparse.Namespace) -> tuple[Decision, ...]:
    return read_decisions(options.decisions) if options.decisions else ()


def _intake(options: argparse.Namespace, rules: Protocol, clinic: Clinic | None) -> Intake:
    zone = clinic.time_zone if clinic else None
    with progress("reading") as on_progress:
        intake = read_histories(
            options.records,
            time_zone=zone,
            ignore=options.ignore,
            on_progress=on_progress,
            protocol=rules,
            medicine="assumed" if options.assume_lemtrada else "checked",
            lemtrada_codes=options.lemtrada_code,
            medications=options.medications,
        )
    for row in intake.refused[:SHOWN_REFUSALS]:
        column = f", column {row.column}" if row.column else ""
        say(f"{file_name(options.records)}: row {row.row}{column}: {in_flags(row.message)} [{row.code}]")
    if len(intake.refused) > SHOWN_REFUSALS:
        totals = intake.faults_by_code
        say(f"{len(intake.refused)} faults in all: " + ", ".join(f"{totals[code]} {code}" for code in totals))
    if intake.converted:
        count = len(intake.converted)
        say(f"{count} time{'' if count == 1 else 's'} of another day than at the clinic; the clinic's day counts")
    return intake


def _refusals(intake: Intake) -> dict[str, Any]:
    """Return what the JSON of every command says of the file itself."""
    return {
        "refused": [row.model_dump(mode="json") for row in intake.refused],
        "converted": [row.model_dump(mode="json") for row in intake.converted],
        "rows": {
            "in": intake.rows,
            "accepted": intake.accepted,
            "refused": intake.refused_rows,
            "blank": intake.blank,
            "other": intake.other,
            "superseded": intake.superseded,
        },
        "skipped": [kind.model_dump(mode="json") for kind in intake.skipped],
    }


def _run_check(options: argparse.Namespace) -> int:
    rules, clinic = protocol(options.protocol), clinic_of(options)
    as_of, intake = asked_on(options, clinic), _intake(options, rules, clinic)
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
            print(evaluations_to_text([(history.patient, found) for history, found in verdicts]), end="")
            print(rows_to_text(intake), end="")
    errors = any(f.severity == "error" for _, found in verdicts for f in found.findings)
    return BAD_INPUT if intake.refused else FOUND if errors else FINE


def _as_data(told: Sequence[tuple[History, Evaluation, Forecast]], intake: Intake) -> dict[str, Any]:
    patients = [
        {"patient": h.patient, "evaluation": e.model_dump(mode="json"), "forecast": f.model_dump(mode="json")}
        for h, e, f in told
    ]
    return {"patients": patients, **_refusals(intake)}


def _cells(finding: Finding) -> list[Any]:
    return [getattr(finding, column) for column in _FINDING_COLUMNS]


def _run_next(options: argparse.Namespace) -> int:
    rules, clinic = protocol(options.protocol), clinic_of(options)
    as_of, intake = asked_on(options, clinic), _intake(options, rules, clinic)
    decided, patient = _decisions(options), options.patient
    asked = (_one_history(intake, patient),) if decided else _asked(intake, patient)
    how: dict[str, Any] = {"as_of": as_of, "past_due_after": options.past_due_after, "decisions": decided}
    told = [(history.patient, forecast(history, rules, **how)) for history in asked]
    match options.format:
        case "json":
            patients = [{"patient": patient, "forecast": f.model_dump(mode="json")} for patient, f in told]
            print(json.dumps({"patients": patients, **_refusals(intake)}, indent=2))
        case "csv":
            columns = (*_FORECAST_COLUMNS, "reasons")
            cells = [(p, *(getattr(f, c) for c in _FORECAST_COLUMNS), "; ".join(f.reasons)) for p, f in told]
            print_csv(("patient", *columns), cells)
        case _:
            print("".join(forecast_to_text(patient, f) for patient, f in told), end="")
            print(rows_to_text(intake), end="")
    return BAD_INPUT if intake.refused else FINE


def _one_history(intake: Intake, patient: str | None) -> History:
    found = _asked(intake, patient)
    if len(found) == 1:
        return found[0]
    message = "the file holds several patients; say which with --patient" if found else "the file holds no patient"
    raise UnknownName("unknown-name", message, place="--patient")


def _asked(intake: Intake, patient: str | None) -> tuple[History, ...]:
    found = tuple(history for history in intake.histories if patient is None or history.patient == patient)
    if found or patient is None:
        return found
    raise UnknownName("unknown-name", "no such patient is in the file", place="--patient")


def _run_replan(options: argparse.Namespace) -> int:
    check_files(options)
    rules, clinic = protocol(options.protocol), clinic_of(options)
    plan = read_plan(options.plan)
    clinic = clinic or plan.provenance.clinic
    as_of, intake = asked_on(options, clinic), _intake(options, rules, clinic)
    history, decided = _one_history(intake, options.patient), _decisions(options)
    revision = replan(plan, rules, clinic, history=history, as_of=as_of, decisions=decided)
    write_outputs(options, revision.plan, since=plan)
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
    names = ("code", "severity", "title", "hint", "seen_by")
    match options.format:
        case "json":
            print(json.dumps([{name: getattr(kind, name) for name in names} for kind in kinds], indent=2))
        case "csv":
            print_csv(names, [[getattr(kind, name) for name in names] for kind in kinds])
        case _:
            width = max(len(kind.code) for kind in kinds)
            hint = options.code is not None
            print(
                "\n".join(f"{k.code:{width}}  {k.severity:7}  {k.title}{f'; {k.hint}' if hint else ''}" for k in kinds)
            )
    return FINE
