"""Verdicts on histories as plain text: what was found, what may come next, what became of a plan."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from lemtrada_schedule.day_words import short_day
from lemtrada_schedule.explaining import reason
from lemtrada_schedule.findings import Finding
from lemtrada_schedule.outlook import Change, ChangeKind, Evaluation, Forecast, Revision
from lemtrada_schedule.records import Intake

__all__ = ["changes_to_text", "evaluation_to_text", "forecast_to_text", "rows_to_text"]


def evaluation_to_text(patient: str | None, evaluation: Evaluation) -> str:
    """Return one patient's verdict: status, courses, findings by row, and what could not be told."""
    return "".join(f"{line}\n" for line in _evaluation(patient, evaluation))


def _evaluation(patient: str | None, evaluation: Evaluation) -> Iterator[str]:
    yield f"{patient or 'patient'}: {evaluation.status}"
    for course in evaluation.courses:
        days = f"{short_day(course.first_day)} - {short_day(course.last_day)}"
        yield f"  course {course.number}: {days}, {_counted(course.infusions, 'infusion')}, {course.status}"
    yield from (f"  {_finding(finding)}" for finding in evaluation.findings)
    for question in evaluation.not_assessed:
        where = f" (row {question.row})" if question.row else ""
        yield f"  not assessed{where}: {question.code}, {question.missing} missing"
    if not evaluation.findings:
        yield "  nothing found"
    yield from _changes_on(evaluation.changes_on)


def _finding(finding: Finding) -> str:
    course = f"course {finding.course}" if finding.course else ""
    row = f"row {finding.row}" if finding.row else ""
    where = ", ".join(filter(None, (course, row)))
    source = f"; {finding.cite.upper()}" if finding.cite else ""
    accepted = f"; accepted by {finding.override.by}: {finding.override.why}" if finding.override else ""
    place = f" ({where})" if where else ""
    return f"{finding.severity} {finding.code}{place}: {finding.message}; {finding.hint}{source}{accepted}"


def _changes_on(day: date | None) -> Iterator[str]:
    if day:
        yield f"  without further records, this changes on {short_day(day)}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def forecast_to_text(patient: str | None, forecast: Forecast) -> str:
    """Return when one patient's next course may start, or why that cannot be said."""
    return "".join(f"{line}\n" for line in _forecast(patient, forecast))


def _forecast(patient: str | None, forecast: Forecast) -> Iterator[str]:
    yield f"{patient or 'patient'}: course {forecast.course}, {forecast.status}: {'; '.join(forecast.reasons)}"
    days = {"earliest": forecast.earliest, "recommended": forecast.recommended, "past due after": forecast.past_due}
    named = ", ".join(f"{name} {short_day(day)}" for name, day in days.items() if day)
    if named:
        yield f"  {named}, latest: none is stated"
    if forecast.because:
        yield f"  {reason(forecast.because)}"
    for decision in forecast.decisions:
        yield f"  decided for course {decision.course} by {decision.by}: {decision.decision}; {decision.why}"
    yield from _changes_on(forecast.changes_on)


def changes_to_text(revision: Revision) -> str:
    """Return what became of the items of a plan: what is kept as a number, everything else line by line."""
    counts = Counter(change.kind for change in revision.changes)
    kinds: tuple[ChangeKind, ...] = ("kept", "moved", "added", "cancelled")
    lines = [f"Plan revision {revision.plan.revision}: {', '.join(f'{counts[kind]} {kind}' for kind in kinds)}"]
    width = max((len(change.item) for change in revision.changes), default=0)
    lines += [_change(change, width) for change in revision.changes if change.kind != "kept"]
    return "".join(f"{line}\n" for line in lines)


def _change(change: Change, width: int) -> str:
    before, after = (short_day(day) if day else "-" for day in (change.before, change.after))
    return f"  {change.kind:9} {change.item:{width}}  {before:15} -> {after:15}  {change.reason}"


def rows_to_text(intake: Intake) -> str:
    """Return the count of rows: rows in = accepted + refused + blank."""
    refused = len(_rows(intake.refused))
    return f"rows: {intake.rows} in = {intake.accepted} accepted + {refused} refused + {intake.blank} blank\n"


def _rows(refused: Sequence[object]) -> set[int]:
    return {getattr(row, "row", 0) for row in refused}
