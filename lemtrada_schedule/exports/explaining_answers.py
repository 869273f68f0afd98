"""Explain a whole answer, such as a plan or an evaluation: one sentence a line, the reasons of its dates included."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final

from lemtrada_schedule.agenda.due_items import Worklist
from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.findings.finding import Finding, NotAssessed
from lemtrada_schedule.findings.reasons import not_checked, why_then
from lemtrada_schedule.judging.verdicts import CourseVerdict, Evaluation, Forecast, Monitoring
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.revision import Change, Revision
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["explain_answer"]

_Part = Callable[[object], str]
"""Explains one part of an answer in a sentence."""


def explain_answer(x: object, part: _Part) -> str | None:
    """Return the sentences for a plan, a revision, an evaluation, a forecast or a worklist; `None` for anything else.

    Args:
        x: What to explain.
        part: Explains one part of it, such as a course or a finding.
    """
    sentences = next((sentences for kind, sentences in _ANSWERS if type(x) is kind), None)
    return "\n".join(sentences(x, part)) if sentences else None


def _plan(plan: Plan, part: _Part) -> Iterator[str]:
    courses, days = how_many(len(plan.courses), "course"), how_many(len(plan.infusion_days), "infusion day")
    yield f"Plan made with protocol {plan.protocol}, revision {plan.revision}: {courses} with {days}."
    yield from map(part, (*plan.courses, *plan.contraception, *plan.findings))
    yield from _not_assessed(plan.not_assessed)


def _revision(revision: Revision, _part: _Part) -> Iterator[str]:
    kept = sum(change.kind == "kept" for change in revision.changes)
    changed = [change for change in revision.changes if change.kind != "kept"]
    counts = f"{how_many(kept, 'item')} kept, {len(changed)} changed"
    yield f"Revision {revision.plan.revision} of the plan: {counts}."
    by_reason = groupby(changed, lambda change: (change.kind, change.reason))
    yield from (_change(list(group)) for _, group in by_reason)


def _change(alike: list[Change]) -> str:
    """Return one sentence for neighbouring changes of the same kind and reason: the first, and how many others."""
    first = alike[0]
    which = "" if first.which in (None, "day") else f", {first.which.replace('-', ' ')}"
    to = "to at least" if first.at_least else "to"
    days = "".join(
        f" {word} {long_day(day)}" for word, day in (("from", first.before), (to, first.after)) if day is not None
    )
    others = f", and {how_many(len(alike) - 1, 'other item')}" if len(alike) > 1 else ""
    return f"{first.kind.capitalize()}: {first.item}{which}{days}{others}; {first.reason}."


def _evaluation(evaluation: Evaluation, part: _Part) -> Iterator[str]:
    yield f"Status on {long_day(evaluation.as_of)}: {evaluation.status}."
    yield from map(_verdict, evaluation.courses)
    yield from map(part, evaluation.findings)
    yield from map(_monitoring, evaluation.monitoring)
    yield from _not_assessed(evaluation.not_assessed)
    yield from _changes_on(evaluation.changes_on, evaluation.findings)


def _verdict(course: CourseVerdict) -> str:
    last = long_day(course.last_day) if course.last_day else "a day that is not on record"
    days = f"{long_day(course.first_day)} to {last}"
    on_record = " on record" if course.status == "not-assessed" else ""
    given = f"{how_many(course.infusions, 'infusion')}{on_record}"
    return f"Course {course.number} from {days}: {given}, {course.status}."


def _monitoring(test: Monitoring) -> str:
    after = f"course {test.course}" if test.course else "the treatment"
    counts = f"{test.done} done, {test.late} late, {test.missed} missed, {test.overdue} overdue"
    return f"Test {test.action} of {after}: {counts}."


def _not_assessed(questions: Sequence[NotAssessed]) -> Iterator[str]:
    yield from (f"{line}." for line in not_checked(questions, "Not checked"))


def _forecast(forecast: Forecast, part: _Part) -> Iterator[str]:
    yield f"Course {forecast.course} on {long_day(forecast.as_of)}: {forecast.status}; {'; '.join(forecast.reasons)}."
    if forecast.because:
        yield f"Earliest day {part(forecast.because)}"
    if forecast.recommended:
        yield f"Recommended day {long_day(forecast.recommended)}."
    if forecast.past_due:
        yield f"Past due after {long_day(forecast.past_due)}."
    for decision in forecast.decisions:
        yield f"Decided for course {decision.course} by {decision.by}: {decision.decision}; {decision.why}."
    yield from _changes_on(forecast.changes_on)


def _worklist(worklist: Worklist, part: _Part) -> Iterator[str]:
    days = f"{long_day(worklist.first_day)} to {long_day(worklist.last_day)}"
    yield f"Due from {days}, as of {long_day(worklist.as_of)}: {how_many(len(worklist), 'item')}."
    yield from map(part, worklist)


def _changes_on(day: date | None, findings: Sequence[Finding] = ()) -> Iterator[str]:
    if day:
        yield f"This changes on {long_day(day)} {why_then(day, findings)}."


_ANSWERS: Final[tuple[tuple[type, Callable[[Any, _Part], Iterator[str]]], ...]] = (
    (Plan, _plan),
    (Revision, _revision),
    (Evaluation, _evaluation),
    (Forecast, _forecast),
    (Worklist, _worklist),
)
"""What is explained line by line. Pairs, because the type of a hostile argument may have no hash."""
