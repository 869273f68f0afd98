"""The command `next`: say when each patient's next course may start."""

import argparse
import json
from typing import Any, Final

from lemtrada_schedule.cli.arguments import asked_on, clinic_of, print_csv, protocol
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.recorded import (
    add_decisions,
    add_records,
    data_on_rows,
    decisions_of,
    histories_of,
    intake_of,
    one_history,
)
from lemtrada_schedule.cli.terminal import BAD_INPUT, FINE
from lemtrada_schedule.exports.text.verdict_text import forecast_to_text, rows_to_text
from lemtrada_schedule.judging.forecasting import forecast

__all__ = ["add_arguments", "run"]

_COLUMNS: Final = ("course", "status", "earliest", "recommended", "past_due", "latest", "changes_on")


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    add_records(command)
    command.add_argument("--patient", metavar="ID", help="only this patient; required with --decisions if several")
    words = "the clinic's own limit for the next course, such as '3 months'"
    command.add_argument("--past-due-after", metavar="SPAN", help=words)
    add_decisions(command)


def run(options: argparse.Namespace) -> int:
    """Forecast the next course of every history of the file, print the results, and return the exit status."""
    rules, clinic = protocol(options.protocol), clinic_of(options)
    as_of, intake = asked_on(options, clinic), intake_of(options, rules, clinic)
    decided, patient = decisions_of(options), options.patient
    asked = (one_history(intake, patient),) if decided else histories_of(intake, patient)
    how: dict[str, Any] = {"as_of": as_of, "past_due_after": options.past_due_after, "decisions": decided}
    results = [(history.patient, forecast(history, rules, **how)) for history in asked]
    match options.format:
        case "json":
            patients = [{"patient": patient, "forecast": f.model_dump(mode="json")} for patient, f in results]
            print(json.dumps({"patients": patients, **data_on_rows(intake)}, indent=2))
        case "csv":
            cells = [(p, *(getattr(f, c) for c in _COLUMNS), "; ".join(f.reasons)) for p, f in results]
            print_csv(("patient", *_COLUMNS, "reasons"), cells)
        case _:
            print("".join(forecast_to_text(patient, f) for patient, f in results), end="")
            print(rows_to_text(intake), end="")
    return BAD_INPUT if intake.refused else FINE
