"""What a rule looks at, and the shape of a rule."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from lemtrada_schedule.clinic import Clinic
from lemtrada_schedule.courses_given import CourseGiven
from lemtrada_schedule.findings import Finding, FindingKind, NotAssessed
from lemtrada_schedule.protocol import Protocol
from lemtrada_schedule.records import History, InfusionRecord

__all__ = ["Answer", "Case", "Rule", "lacking"]

Answer = Finding | NotAssessed


@dataclass(frozen=True, slots=True)
class Case:
    """One history, the protocol it is judged by, and the day of asking."""

    history: History
    protocol: Protocol
    as_of: date
    clinic: Clinic | None
    tolerance_days: int
    courses: tuple[CourseGiven, ...]

    @property
    def given(self) -> Iterator[tuple[int, InfusionRecord]]:
        """The exposure records up to the day of asking, each with the number of its course."""
        return ((course.number, record) for course in self.courses for record in course.records)


Rule = Callable[[Case], Iterator[Answer]]
"""A question to a case: it yields what is broken, and what cannot be told; silence means that it is kept."""


def lacking(
    kind: FindingKind, missing: str, lacks: Sequence[InfusionRecord], asked: Sequence[InfusionRecord]
) -> Iterator[NotAssessed]:
    """Yield what cannot be told: once if no record has the fact, else by row."""
    if lacks and len(lacks) == len(asked):
        yield NotAssessed(code=kind.code, missing=missing)
    else:
        yield from (NotAssessed(code=kind.code, missing=missing, row=record.row) for record in lacks)
