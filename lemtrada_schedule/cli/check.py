"""The command `check`: check recorded infusions, patient by patient."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from textwrap import indent
from typing import Final
from typing import Protocol as TypingProtocol

from lemtrada_schedule.cli.arguments import add_grace, add_tolerance, asked_on, clinic_of, csv_text, rules_of
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.recorded import add_records, check_records, data_on_rows, intake_of
from lemtrada_schedule.cli.terminal import BAD_INPUT, FINE, FOUND, followed, progress
from lemtrada_schedule.exports.text.verdict_text import VerdictsText, rows_to_text
from lemtrada_schedule.judging.evaluating import evaluate
from lemtrada_schedule.judging.forecasting import forecast
from lemtrada_schedule.judging.verdicts import Evaluation
from lemtrada_schedule.protocol.protocol import Protocol
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
    printed = _PRINTED[options.format](options, rules, as_of)
    has_errors = False
    with progress("checking") as on_progress:
        for history in followed(intake.histories, on_progress):
            found = evaluate(history, rules, as_of=as_of, clinic=clinic, **days)
            has_errors = has_errors or any(finding.severity == "error" for finding in found.findings)
            print(printed.add(history, found), end="")
    for piece in printed.rest(intake):
        print(piece, end="")
    return BAD_INPUT if intake.refused else FOUND if has_errors else FINE


class _Printed(TypingProtocol):
    """What is printed, in one format. Patients are added one by one, and their evaluations are not kept."""

    def add(self, history: History, found: Evaluation) -> str:
        """Add a patient; return what to print at once."""
        ...

    def rest(self, intake: Intake) -> Iterator[str]:
        """Yield what is printed after the last patient, once."""
        ...


class _Text:
    """The verdicts, and how many rows were read."""

    def __init__(self, options: argparse.Namespace, _rules: Protocol, _as_of: date) -> None:
        """Begin without patients."""
        self._style = options.terminal.style()
        self._text = VerdictsText(self._style)

    def add(self, history: History, found: Evaluation) -> str:
        """Keep the text of a patient: what was not checked for anybody is known at the end."""
        self._text.add(history.patient, found)
        return ""

    def rest(self, intake: Intake) -> Iterator[str]:
        """Yield the text of all patients."""
        yield from self._text.pieces()
        yield rows_to_text(intake, self._style)


class _Csv:
    """A row for each finding."""

    def __init__(self, _options: argparse.Namespace, _rules: Protocol, _as_of: date) -> None:
        """Begin with the header, which is printed with the first patient."""
        self._head = csv_text([("patient", *_COLUMNS)])

    def add(self, history: History, found: Evaluation) -> str:
        """Return the rows of a patient."""
        head, self._head = self._head, ""
        rows = ((history.patient, *(getattr(finding, name) for name in _COLUMNS)) for finding in found.findings)
        return head + csv_text(rows)

    def rest(self, _intake: Intake) -> Iterator[str]:
        """Yield the header if there was no patient."""
        yield self._head


class _Json:
    """An object for each patient, and what happened to the rows: the text that `json.dumps` makes of the whole."""

    def __init__(self, _options: argparse.Namespace, rules: Protocol, as_of: date) -> None:
        """Begin with what precedes the first patient."""
        self._rules = rules
        self._as_of = as_of
        self._head = '{\n  "patients": ['
        self._joint = "\n"

    def add(self, history: History, found: Evaluation) -> str:
        """Return the object of a patient."""
        ahead = forecast(history, self._rules, as_of=self._as_of)
        one = {
            "patient": history.patient,
            "evaluation": found.model_dump(mode="json"),
            "forecast": ahead.model_dump(mode="json"),
        }
        before, self._head, self._joint = self._head + self._joint, "", ",\n"
        return before + indent(json.dumps(one, indent=2), "    ")

    def rest(self, intake: Intake) -> Iterator[str]:
        """Yield what follows the last patient."""
        yield f"{self._head}]" if self._head else "\n  ]"
        yield f",{json.dumps(data_on_rows(intake), indent=2).removeprefix('{')}\n"


_PRINTED: Final[Mapping[str, Callable[[argparse.Namespace, Protocol, date], _Printed]]] = {
    "table": _Text,
    "csv": _Csv,
    "json": _Json,
}
