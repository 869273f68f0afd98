"""`Case`, the input of a rule, and `Rule`, a check of a case with the facts it needs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.findings.finding import Finding, FindingKind, MissingFact, MissingKind, NotAssessed
from lemtrada_schedule.judging.monitoring import Monitored
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import Courses
from lemtrada_schedule.records.history import History, InfusionRecord
from lemtrada_schedule.records.recorded_tests import RecordedTests

__all__ = ["GIVEN", "Answer", "Case", "Fact", "Rule", "lacking", "not_assessed", "rule"]

Answer = Finding | NotAssessed

Fact = Literal[
    "birth_date",
    "course",
    "date",
    "dose_mg",
    "ended",
    "infusion_minutes",
    "observation_minutes",
    "observations",
    "observed_until",
    "other_rows",
    "overrides",
    "prior_medicines",
    "started",
    "status",
    "tests_recorded",
    "tests_recorded_from",
]
"""A fact that a rule may need: a field of `InfusionRecord` or of `History`.

A length may be on record as minutes or as clock times. A rule that takes either needs the minutes, which a cohort can
have as a column.
"""

GIVEN: Final[tuple[Fact, ...]] = ("date", "status", "course")
"""The facts that say which infusions were given, and which course each belongs to."""


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """One history, its protocol, and the date of the question."""

    history: History
    protocol: Protocol
    as_of: date
    clinic: Clinic | None
    tolerance_days: int
    courses: Courses

    tests: RecordedTests
    given: tuple[tuple[int, InfusionRecord], ...]
    """The exposure records up to `as_of`, each with the number of its course."""
    monitored: Monitored
    """The states of the recurring tests."""


@dataclass(frozen=True, slots=True, repr=False)
class Rule:
    """A check of a case: it yields violations and what could not be assessed, and nothing if the rule is kept."""

    answers: Callable[[Case], Iterator[Answer]]
    needs: tuple[Fact, ...]
    """The facts of a patient that its findings depend on. The protocol, `as_of`, `tolerance_days`, `grace_days` and
    the clinic are given for all patients alike and are not listed, nor are the rows that could not be read."""
    yields: tuple[FindingKind, ...]
    """The kinds of finding it can report."""

    @property
    def name(self) -> str:
        """The name of its function."""
        return self.answers.__name__


def rule(
    *, needs: tuple[Fact, ...], yields: tuple[FindingKind, ...]
) -> Callable[[Callable[[Case], Iterator[Answer]]], Rule]:
    """Make a function a `Rule`.

    Args:
        needs: The facts of a patient that its findings depend on.
        yields: The kinds of finding it can report.
    """
    return lambda answers: Rule(answers, needs, yields)


@lru_cache(maxsize=64)
def not_assessed(kind: FindingKind, missing: MissingKind) -> NotAssessed:
    """Return a question that was not assessed; it contains nothing about a patient, so it is cached."""
    return NotAssessed.of(kind.code, MissingFact(kind=missing))


def lacking(
    kind: FindingKind, missing: MissingKind, lacks: Sequence[InfusionRecord], asked: Sequence[InfusionRecord]
) -> Iterator[NotAssessed]:
    """Yield what could not be assessed: one entry if none of the records has the fact, else one for each row.

    Args:
        kind: The question.
        missing: The fact.
        lacks: The records without the fact.
        asked: All records that the question concerns.
    """
    if lacks and len(lacks) == len(asked):
        yield not_assessed(kind, missing)
    else:
        fact = MissingFact(kind=missing)
        yield from (NotAssessed.of(kind.code, fact, row=record.row) for record in lacks)
