"""What a rule looks at, and the shape of a rule."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.findings.finding import Finding, FindingKind, NotAssessed
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import Courses
from lemtrada_schedule.records.history import History, InfusionRecord
from lemtrada_schedule.records.recorded_tests import RecordedTests

__all__ = ["Answer", "Case", "Rule", "lacking", "not_told"]

Answer = Finding | NotAssessed


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """One history, the protocol it is judged by, and the day of asking."""

    history: History
    protocol: Protocol
    as_of: date
    clinic: Clinic | None
    tolerance_days: int
    courses: Courses

    tests: RecordedTests
    given: tuple[tuple[int, InfusionRecord], ...]
    """The exposure records up to the day of asking, each with the number of its course."""


@lru_cache(maxsize=64)
def not_told(kind: FindingKind, missing: str) -> NotAssessed:
    """Return that a question cannot be told for want of a fact; it holds nothing of a patient, and is shared."""
    return NotAssessed(code=kind.code, missing=missing)


Rule = Callable[[Case], Iterator[Answer]]
"""A question to a case: it yields what is broken, and what cannot be told; silence means that it is kept."""


def lacking(
    kind: FindingKind, missing: str, lacks: Sequence[InfusionRecord], asked: Sequence[InfusionRecord]
) -> Iterator[NotAssessed]:
    """Yield what cannot be told: once if no record has the fact, else by row."""
    if lacks and len(lacks) == len(asked):
        yield not_told(kind, missing)
    else:
        yield from (NotAssessed(code=kind.code, missing=missing, row=record.row) for record in lacks)
