"""Errors as lines of text that name the options of the command line instead of the arguments of Python."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.errors import InvalidInput, Problem, ScheduleError

__all__ = ["AUDIT_COLUMNS", "OPTION_NAMES", "lines_of"]

AUDIT_COLUMNS: Final = (
    "patient", "date", "status", "infusion_minutes", "observation_minutes", "dose_mg", "course",
    "observation_patient", "observation_date", "observation_code",
)  # fmt: skip
"""The columns of a cohort and of its observations, as `audit --column` names them."""

OPTION_NAMES: Final = {
    "fhir_version": "--fhir-version",
    "format": "--records-format",
    "ignore": "--ignore",
    "lemtrada_codes": "--lemtrada-code",
    "medications": "--medications",
    "medicine": "--assume-lemtrada",
    "parse_clinic": "",
    "parse_histories": "-",
    "parse_plan": "",
    "parse_protocol": "",
    "parse_source": "",
    "source": "--source",
    "time_zone": "--clinic",
    **{column: f"--column {column}=…" for column in AUDIT_COLUMNS},
}
"""The options for the arguments and functions that messages advise to use (`Problem.remedies`); empty: none."""


def lines_of(error: ScheduleError, parser: Parser) -> Iterator[str]:
    """Yield the lines of an error of a command, with the command's options for the arguments they are about."""
    if isinstance(error, InvalidInput):
        problems = error.problems
    else:
        problems = (Problem(error.code, error.place, error.message, error.argument),)
    yield from str(InvalidInput(_with_options(one, parser) for one in problems)).splitlines()


def _with_options(problem: Problem, parser: Parser) -> Problem:
    typed = parser.typed(problem.argument) if problem.argument else None
    return replace(problem, place=typed or problem.place, message=problem.worded(OPTION_NAMES))
