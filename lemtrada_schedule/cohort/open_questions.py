"""What could not be assessed in a cohort because a column, a value in some rows, or holiday data is missing."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from lemtrada_schedule.cohort.question import Question
from lemtrada_schedule.cohort.screen.chunks import DATE, INFUSION, MG, OBSERVATION
from lemtrada_schedule.findings.catalogue import DOSE_DIFFERS, INFUSION_TOO_SHORT, OBSERVATION_TOO_SHORT, PUBLIC_HOLIDAY
from lemtrada_schedule.findings.finding import FindingKind, MissingFact, MissingKind, NotAssessed
from lemtrada_schedule.records.history import NAMED_ROWS, History
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["for_rows_of_courses", "for_the_cohort", "for_unknown_rows", "not_assessed"]

_COLUMN_OF: Final[dict[FindingKind, str]] = {
    INFUSION_TOO_SHORT: INFUSION, OBSERVATION_TOO_SHORT: OBSERVATION, DOSE_DIFFERS: MG,
}  # fmt: skip
"""The column that a kind of finding needs besides patient and date."""

_OF_COURSES: Final[dict[MissingKind, MissingKind]] = {"infusion-days": "course-days", "last-infusion": "course-ends"}
"""What is not on record of a course, and of the courses of a cohort."""


def not_assessed(
    question: Question, columns: Mapping[str, str], unknown_years: Collection[int], lacking: Mapping[str, int]
) -> list[NotAssessed]:
    """Return what could not be assessed for the whole cohort, for some years, and for the rows that lack a value.

    Args:
        question: The question.
        columns: The cohort's own name of each column that it has.
        unknown_years: The years with infusions and without holiday data, counted from 2000.
        lacking: How many rows have no value in each column.
    """
    years = [MissingFact(kind="public-holidays", year=FIRST_DATE.year + year) for year in sorted(unknown_years)]
    partly = [
        NotAssessed.of(kind.code, MissingFact(kind="column", column=columns[column], count=lacking[column]))
        for kind, column in _COLUMN_OF.items()
        if lacking.get(column)
    ]
    return [
        *for_the_cohort(question, columns),
        *(NotAssessed.of(PUBLIC_HOLIDAY.code, year) for year in years),
        *partly,
    ]


def for_unknown_rows(question: Question, rows: Sequence[int]) -> list[NotAssessed]:
    """Return what could not be assessed for any patient because some refused rows may belong to any of them (S06)."""
    evaluation = question.evaluation(History(unreadable=tuple(rows[:NAMED_ROWS])), question.as_of or FIRST_DATE)
    return [entry for entry in evaluation.not_assessed if entry.row]


def for_rows_of_courses(unrecorded: Mapping[tuple[str, MissingKind], int]) -> list[NotAssessed]:
    """Return what could not be assessed because a source has rows of courses, and not of infusions.

    Args:
        unrecorded: How often each code was not assessed for a course, by what is not on record.
    """
    return [
        NotAssessed.of(code, MissingFact(kind=_OF_COURSES[kind], count=count))
        for (code, kind), count in sorted(unrecorded.items())
    ]


def for_the_cohort(question: Question, columns: Collection[str]) -> list[NotAssessed]:
    """Return what a cohort with these columns cannot answer: what `evaluate` cannot answer for one such infusion."""
    day = question.protocol.infusion_day
    facts = {INFUSION: day.infusion_minutes, OBSERVATION: day.observation_minutes, MG: day.dose_mg}
    as_of = question.as_of or FIRST_DATE
    record = {DATE: as_of, **{name: value for name, value in facts.items() if name in columns}}
    entries = question.evaluation(History.model_validate({"infusions": [record]}), as_of).not_assessed
    column_of = {kind.code: column for kind, column in _COLUMN_OF.items()}
    return [
        NotAssessed.of(entry.code, MissingFact(kind="column", column=column_of[entry.code]))
        if entry.code in column_of
        else entry
        for entry in entries
        # The infusion is dated `as_of`; no row needs the holidays of that year.
        if entry.fact is None or entry.fact.kind != "public-holidays"
    ]
