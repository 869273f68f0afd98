"""The command `next`: say when each patient's next course may start."""

import argparse
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, Final

from lemtrada_schedule.cli.arguments import asked_on, clinic_of, print_csv, rules_of
from lemtrada_schedule.cli.parser import Parser, one_of
from lemtrada_schedule.cli.recorded import (
    add_decisions,
    add_records,
    check_records,
    data_on_rows,
    decisions_of,
    histories_of,
    intake_of,
    one_history,
)
from lemtrada_schedule.cli.terminal import BAD_INPUT, FINE, followed, progress, say
from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.errors import InvalidInput
from lemtrada_schedule.exports.text.verdict_text import forecast_to_text, rows_to_text
from lemtrada_schedule.judging.forecasting import forecast
from lemtrada_schedule.judging.verdicts import Forecast
from lemtrada_schedule.records.courses import has_only_other_medicines
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES: Final = (
    "next infusions.csv --protocol us --as-of 2026-11-22",
    'next infusions.csv --clinic clinic.toml --protocol us --sort due --within "30 days"',
)

_Result = tuple[str | None, Forecast]
"""A patient's id, and the forecast."""

_Others = frozenset[str | None]
"""The patients with rows of other medicines and no infusion: no course is due for them."""

_UNDECIDED: Final = ("needs-clinical-decision", "not-assessed")
"""Patients of whom somebody must find something out: listed first, whatever the span."""

_COLUMNS: Final = ("course", "status", "earliest", "recommended", "past_due", "latest", "changes_on")


def add_arguments(command: Parser) -> None:
    """Add the arguments of the command."""
    add_records(command)
    command.add_argument("--patient", metavar="ID", help="only this patient; required with --decisions if several")
    words = "the clinic's own limit for the next course, such as '3 months'"
    command.add_argument("--past-due-after", metavar="SPAN", help=words)
    words = "order of the patients: `due` is by the day the next course is due (default: by patient)"
    command.add_argument("--sort", type=one_of("due"), metavar="{due}", help=words)
    words = "only patients whose next course is due within this span from --as-of, such as '30 days'"
    command.add_argument("--within", type=_span, metavar="SPAN", help=words)
    add_decisions(command)


def _span(text: str) -> Span:
    try:
        return Span.parse(text)
    except InvalidInput as error:
        words = f"{error.message} [{error.code}]"
    raise argparse.ArgumentTypeError(words)


def run(options: argparse.Namespace) -> int:
    """Forecast the next course of every history of the file, print the results, and return the exit status."""
    check_records(options, options.records)
    clinic = clinic_of(options)
    rules, as_of = rules_of(options, clinic), asked_on(options, clinic)
    intake = intake_of(options, options.records, rules, clinic)
    decided, patient = decisions_of(options), options.patient
    asked = (one_history(intake, patient),) if decided else histories_of(intake, patient)
    how: dict[str, Any] = {"as_of": as_of, "past_due_after": options.past_due_after, "decisions": decided}
    with progress("looking ahead") as on_progress:
        found = [(history.patient, forecast(history, rules, **how)) for history in followed(asked, on_progress)]
    until = options.within.after(as_of, rounding="later") if options.within else None
    others: _Others = frozenset(history.patient for history in asked if has_only_other_medicines(history))
    results = _listed(found, until, others)
    if options.sort == "due":
        results.sort(key=_urgency)
    left_out = len(others) if until else 0
    more = len(found) - len(results) - left_out
    match options.format:
        case "json":
            patients = [{"patient": patient, "forecast": f.model_dump(mode="json")} for patient, f in results]
            due_after = until and until.isoformat()
            not_listed = {"patients": more, "due_after": due_after, "only_other_medicines": left_out}
            print(json.dumps({"patients": patients, "not_listed": not_listed, **data_on_rows(intake)}, indent=2))
        case "csv":
            cells = [(p, *(getattr(f, c) for c in _COLUMNS), "; ".join(f.reasons)) for p, f in results]
            print_csv(("patient", *_COLUMNS, "reasons"), cells)
        case _:
            style = options.terminal.style()
            print("".join(forecast_to_text(patient, f, style) for patient, f in results), end="")
            print(rows_to_text(intake, style), end="")
    if until:
        patients_are = f"{how_many(more, 'patient')} {'is' if more == 1 else 'are'}"
        say(f"{patients_are} not listed: the next course is due after {long_day(until)}")
    if left_out:
        patients_are = f"{how_many(left_out, 'patient')} {'is' if left_out == 1 else 'are'}"
        say(f"{patients_are} not listed: only other medicines are on record [only-other-medicines]")
    return BAD_INPUT if intake.refused else FINE


def _listed(found: Sequence[_Result], until: dt.date | None, others: _Others) -> list[_Result]:
    """Return the patients whose next course is due by a day, and those of whom no day is known."""
    if until is None:
        return list(found)
    days = [(one, _due(one[1])) for one in found if one[0] not in others]
    return [one for one, day in days if day is None or day <= until]


def _due(outlook: Forecast) -> dt.date | None:
    """Return the day on which the next course is due: the recommended one, of an optional course the earliest."""
    return outlook.recommended or outlook.earliest


def _urgency(result: _Result) -> tuple[int, dt.date]:
    """Return a key for sorting: who needs a decision or was not assessed, then by day, then who has no next course."""
    outlook, day = result[1], _due(result[1])
    rank = 0 if outlook.status in _UNDECIDED else 1 if day else 2
    return rank, day or dt.date.max
