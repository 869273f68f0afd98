"""Findings, kinds of findings, overrides, and questions that were not assessed, with the missing fact."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Final, Literal, Self, TypedDict

from pydantic import Field

from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.plurals import how_many
from lemtrada_schedule.validation.scalars import CalendarDate, DerivedDate, Text
from lemtrada_schedule.validation.summary import Summary

__all__ = [
    "At",
    "Finding",
    "FindingKind",
    "MissingFact",
    "MissingKind",
    "NotAssessed",
    "Override",
    "SeenBy",
    "Severity",
]

Severity = Literal["error", "warning", "note"]
"""How serious a finding is. `error`: a rule is broken. `warning`: a person must check. `note`: for information."""

SeenBy = Literal["audit", "evaluate", "plan"]
"""Who reports a kind of finding.

`audit`: found in the columns of a cohort by `audit`, and by `evaluate`. `evaluate`: it needs a fact that no column
of a cohort holds, so `evaluate` reports it; `audit` reports those about tests with `observations`, and
`only-other-medicines` with a `source`. `plan`: only planning and clinic checks report it.
"""


class Override(Model):
    """Who accepted a finding, why, and when. The finding stays."""

    by: Text
    """The person or role that accepted it."""
    why: Text
    """The reason."""
    on: CalendarDate
    """The day of acceptance."""


class Finding(Model):
    """One thing to check: its code, its severity, where it is, and what to do."""

    shown: ClassVar[tuple[str, ...]] = ("severity",)

    code: str
    """The kind of finding; a code never changes its meaning."""
    severity: Severity
    """How serious it is."""
    course: int | None = None
    """The number of the course it is about; `None` if it is about none."""
    day: DerivedDate | None = None
    """The day it is about; `None` if it is about none."""
    row: int | None = None
    """The row of the record it is about; `None` if it is about none."""
    test: str | None = None
    """The action whose test or window it is about; `None` if it is about no test."""
    message: str
    """What was found, in words."""
    hint: str
    """What to do, in words."""
    cite: str | None = None
    """The id of the source in the protocol; `None` if it has none."""
    override: Override | None = None
    """Who accepted it; `None` if nobody did."""


MissingKind = Literal[
    "as_of",
    "birth-date-before-treatment",
    "birth_date",
    "clinic",
    "clinic-country",
    "clock-times",
    "column",
    "continuation",
    "course",
    "course-days",
    "course-ends",
    "course-numbers",
    "dose_mg",
    "first-infusion",
    "infusion-days",
    "infusion-times",
    "last-infusion",
    "observation-times",
    "observation-value",
    "observations",
    "prior_medicines",
    "public-holidays",
    "row",
    "tests_recorded",
    "tests_recorded_from",
]
"""What can be missing. Fields of a record or of a history have the names of the fields."""

_WORDS: Final[dict[MissingKind, str]] = {
    "as_of": "as_of",
    "birth-date-before-treatment": "a birth date before the first infusion",
    "birth_date": "birth_date",
    "clinic": "clinic",
    "clinic-country": "country of the clinic",
    "clock-times": "started, ended and observed_until",
    "column": "{column}",
    "continuation": "whether course {course} continues course {other_course}",
    "course": "the infusions of course {course}",
    "course-days": "the infusions between the first and last day of a course",
    "course-ends": "the last day of a course",
    "course-numbers": "course numbers that fit the dates",
    "dose_mg": "dose_mg",
    "first-infusion": "the first infusion of course {course}",
    "infusion-days": "the infusion days of course {course}",
    "infusion-times": "started and ended",
    "last-infusion": "the last infusion of course {course}",
    "observation-times": "ended and observed_until",
    "observation-value": "the value of observation {position}",
    "observations": "observations",
    "prior_medicines": "prior_medicines",
    "public-holidays": "public holidays of {year}",
    "row": "row {row}, which could not be read",
    "tests_recorded": "tests_recorded",
    "tests_recorded_from": "records of tests before tests_recorded_from",
}
"""The words of each missing fact. This is the only place where they are made."""

_ABSENT: Final[dict[MissingKind, str]] = {
    "birth-date-before-treatment": "no birth date before the first infusion",
    "clock-times": "no started, ended or observed_until",
    "continuation": "not known whether course {course} continues course {other_course}",
    "course": "no infusions of course {course}",
    "course-days": "no infusions between the first and last day of {courses}",
    "course-ends": "no last day of {courses}",
    "first-infusion": "no first infusion of course {course}",
    "infusion-days": "the source has the first and last day of course {course}, not its infusions",
    "last-infusion": "no last infusion of course {course}",
    "infusion-times": "no started or ended",
    "observation-times": "no ended or observed_until",
    "observation-value": "no value of observation {position}",
    "row": "row {row} could not be read",
}
"""What is the case without a fact, where it is not "no" and the words of the fact."""


Whole = Annotated[int, Field(ge=0, le=1 << 62)]
"""A year, number or count of a missing fact."""


class MissingFact(Model):
    """A missing fact. Each field below belongs to some kinds only, and is `None` for the others."""

    shown: ClassVar[tuple[str, ...]] = ("kind",)

    kind: MissingKind
    """Which fact is missing."""
    year: Whole | None = None
    """For `public-holidays`: the year."""
    row: Whole | None = None
    """For `row`: the row that could not be read."""
    course: Whole | None = None
    """For `course`, `first-infusion`, `infusion-days`, `last-infusion` and `continuation`: the course."""
    other_course: Whole | None = None
    """For `continuation`: the course that may continue."""
    position: Whole | None = None
    """For `observation-value`: the position of the observation in the history, from 1."""
    column: str | None = None
    """For `column`: the column of the cohort."""
    count: Whole | None = None
    """For `column`: how many rows have no value in it; `None` if the cohort lacks the column. For `course-days` and
    `course-ends`: how many courses of the cohort."""

    def in_words(self) -> str:
        """Return the fact in words, such as `public holidays of 2031`."""
        words = _WORDS[self.kind].format_map(self.__dict__)
        if self.count is None:
            return words
        of = "courses" if self.kind in ("course-days", "course-ends") else "rows"
        return f"{words} in {self.count:,} of the {of}"

    def absence(self) -> str:
        """Return what is the case without the fact, such as `no public holidays of 2031`."""
        words = _ABSENT.get(self.kind)
        if words is None:
            return f"no {self.in_words()}"
        return words.format_map({**self.__dict__, "courses": how_many(self.count or 0, "course")})


class NotAssessed(Model):
    """A question that could not be answered, with the missing fact."""

    code: str
    """The code of the finding that could not be decided."""
    missing: str
    """The missing fact in words."""
    row: int | None = None
    """The row of the record it is about; `None` if it is about none."""
    test: str | None = None
    """The action whose test or window it is about; `None` if it is about no test."""
    fact: MissingFact | None = None
    """The missing fact as a value; `None` in plans of earlier releases."""

    @classmethod
    def of(cls, code: str, fact: MissingFact, *, row: int | None = None, test: str | None = None) -> Self:
        """Return a question that was not assessed, with the words of the missing fact."""
        return cls(code=code, missing=fact.in_words(), row=row, test=test, fact=fact)

    def _summary(self) -> Summary:
        yield "missing", self.fact.kind if self.fact else "a fact"


class At(TypedDict, total=False):
    """Where a finding is, as the arguments of `FindingKind.at`."""

    course: int | None
    day: date | None
    row: int | None
    test: str | None


def _in_words(fact: object) -> object:
    return long_day(fact) if isinstance(fact, date) else fact


@dataclass(frozen=True, slots=True)
class FindingKind:
    """A kind of finding: its code, severity, title, words and hint."""

    code: str
    severity: Severity
    seen_by: SeenBy
    title: str
    template: str
    hint: str
    or_severity: Severity | None = None
    """The severity of some of its findings, if not all have the same."""

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
        """Return a finding of this kind; `facts` fill the template, with days in words."""
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
