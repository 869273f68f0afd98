"""The command `check`: check recorded infusions, patient by patient."""

import argparse
import json
from collections.abc import Sequence
from typing import Any, Final

from lemtrada_schedule.cli.arguments import add_grace, add_tolerance, asked_on, clinic_of, print_csv, rules_of
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.recorded import add_records, check_records, data_on_rows, intake_of
from lemtrada_schedule.cli.terminal import BAD_INPUT, FINE, FOUND, followed, progress
from lemtrada_schedule.exports.text.verdict_text import evaluations_to_text, rows_to_text
from lemtrada_schedule.judging.evaluating import evaluate
from lemtrada_schedule.judging.forecasting import forecast
from lemtrada_schedule.judging.verdicts import Evaluation, Forecast
from lemtrada_schedule.records.history import History, Intake

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = (
    "check infusions.csv --protocol us --as-of 2026-11-22",
    "check infusions.csv --protocol us --clinic clinic.toml --format csv",
)

_COLUMNS: Final = ("severity", "code", "course", "day", "row", "message", "hint", "cite", "test")


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    add_records(command)
    add_tolerance(command)
    add_grace(command)


def run(options: argparse.Namespace) -> int:
    """Evaluate every history of the file, print the results, and return the exit status."""
    check_records(options, options.records)
    clinic = clinic_of(options)
    rules, as_of = rules_of(options, clinic), asked_on(options, clinic)
    intake = intake_of(options, options.records, rules, clinic)
    days = {"tolerance_days": options.tolerance_days, "grace_days": options.grace_days}
    with progress("checking") as on_progress:
        evaluated = [
            (history, evaluate(history, rules, as_of=as_of, clinic=clinic, **days))
            for history in followed(intake.histories, on_progress)
        ]
    match options.format:
        case "json":
            results = [(history, found, forecast(history, rules, as_of=as_of)) for history, found in evaluated]
            print(json.dumps(_as_data(results, intake), indent=2))
        case "csv":
            rows = [
                (history.patient, *(getattr(finding, column) for column in _COLUMNS))
                for history, found in evaluated
                for finding in found.findings
            ]
            print_csv(("patient", *_COLUMNS), rows)
        case _:
            style = options.terminal.style()
            print(evaluations_to_text([(history.patient, found) for history, found in evaluated], style), end="")
            print(rows_to_text(intake, style), end="")
    errors = any(finding.severity == "error" for _, found in evaluated for finding in found.findings)
    return BAD_INPUT if intake.refused else FOUND if errors else FINE


def _as_data(results: Sequence[tuple[History, Evaluation, Forecast]], intake: Intake) -> dict[str, Any]:
    patients = [
        {"patient": h.patient, "evaluation": e.model_dump(mode="json"), "forecast": f.model_dump(mode="json")}
        for h, e, f in results
    ]
    return {"patients": patients, **data_on_rows(intake)}
