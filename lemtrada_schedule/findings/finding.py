"""A finding, its kind, and a question that was not assessed."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypedDict

from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.scalars import CalendarDate, DerivedDate, Text

__all__ = ["At", "Finding", "FindingKind", "NotAssessed", "Override", "SeenBy", "Severity"]

Severity = Literal["error", "warning", "note"]

SeenBy = Literal["audit", "evaluate", "plan"]
"""Who can see a kind of finding: `audit` in the columns of a cohort, and so `evaluate` too; `evaluate` alone, for it
needs a fact that no column holds; or only what makes a plan."""


class Override(Model):
    """Who accepted a finding, why, and when. The finding stays."""

    by: Text
    why: Text
    on: CalendarDate


class Finding(Model):
    """One thing to look at: its code, how grave it is, where it stands, and what to do."""

    code: str
    severity: Severity
    course: int | None = None
    day: DerivedDate | None = None
    row: int | None = None
    test: str | None = None
    """The action whose test or window it is about; `None` where it is about no test."""
    message: str
    hint: str
    cite: str | None = None
    override: Override | None = None


class NotAssessed(Model):
    """A question that could not be answered, and the fact that is missing for it."""

    code: str
    missing: str
    row: int | None = None
    test: str | None = None
    """The action whose test or window it is about; `None` where it is about no test."""


class At(TypedDict, total=False):
    """Where a finding stands, as the arguments of `FindingKind.at`."""

    course: int | None
    day: date | None
    row: int | None
    test: str | None


def _in_words(fact: object) -> object:
    return long_day(fact) if isinstance(fact, date) else fact


@dataclass(frozen=True, slots=True)
class FindingKind:
    """A kind of finding: everything about it but the case at hand."""

    code: str
    severity: Severity
    seen_by: SeenBy
    title: str
    template: str
    hint: str

    def at(
        self,
        *,
        course: int | None = None,
        day: date | None = None,
        row: int | None = None,
        test: str | None = None,
        cite: str | None = None,
        **facts: object,
    ) -> Finding:
        """Return the finding of this kind for one case; `facts` fill the template, days in words."""
        named = {"course": course, "day": day, "row": row, **facts}
        return Finding(
            code=self.code,
            severity=self.severity,
            course=course,
            day=day,
            row=row,
            test=test,
            message=self.template.format(**{name: _in_words(fact) for name, fact in named.items()}),
            hint=self.hint,
            cite=cite,
        )
