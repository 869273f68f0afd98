"""Verdicts as plain text: evaluations, forecasts, changes of a plan, and the count of rows that were read."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby, takewhile
from typing import Final

from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.exports.explaining import reason
from lemtrada_schedule.exports.text.finding_lines import recorded_line
from lemtrada_schedule.exports.text.grid import beside
from lemtrada_schedule.exports.text.held_text import HeldText
from lemtrada_schedule.exports.text.style import PLAIN, Line, Shown, Style
from lemtrada_schedule.findings.catalogue import TEST_MISSED
from lemtrada_schedule.findings.finding import Finding, MissingFact, NotAssessed
from lemtrada_schedule.findings.reasons import NO_TESTS_ADVICE, not_checked, why_then
from lemtrada_schedule.judging.verdicts import Evaluation, Forecast, Monitoring, TestDate, TestState
from lemtrada_schedule.plan.revision import Change, ChangeKind, Revision
from lemtrada_schedule.records.history import Intake, ReadFile
from lemtrada_schedule.validation.plurals import how_many

__all__ = [
    "VerdictsText",
    "changes_to_text",
    "counts_to_text",
    "evaluation_to_text",
    "evaluations_to_text",
    "forecast_to_text",
    "rows_to_text",
]

SHOWN_SKIPPED: Final = 20
"""How many kinds of skipped rows are named; the JSON form has all of them."""

SHOWN_FILES: Final = 20
"""How many files of a folder are named; the JSON form has all of them."""


class VerdictsText:
    """The patients' verdicts: status, courses, missing tests, findings by row, and what was not checked.

    What was checked for none of them is reported once, at the end, and so is what was checked for none of those with
    an infusion: the others have nothing to check. Patients are added one by one, and neither their evaluations nor
    their text fill the memory.
    """

    def __init__(self, style: Style = PLAIN) -> None:
        """Begin without patients."""
        self._style = style
        self._held = HeldText()
        self._keys: dict[tuple[tuple[NotAssessed, ...], bool], int] = {}
        self._of_all: list[NotAssessed] | None = None
        self._of_treated: list[NotAssessed] | None = None

    def __repr__(self) -> str:
        """Show nothing of a patient."""
        return "VerdictsText()"

    def add(self, patient: str | None, evaluation: Evaluation) -> None:
        """Add a patient."""
        asked, is_treated = evaluation.not_assessed, bool(evaluation.courses)
        self._of_all = _in_both(self._of_all, asked)
        if is_treated:
            self._of_treated = _in_both(self._of_treated, asked)
        key = self._keys.setdefault((asked, is_treated), len(self._keys))
        found, later = self._style.written(_found(patient, evaluation)), self._style.written(_later(evaluation))
        self._held.write(f"{json.dumps((found, key, later))}\n")

    def pieces(self) -> Iterator[str]:
        """Yield the text in pieces, once."""
        of_all, of_treated = self._of_all or [], self._of_treated or []
        told = {True: of_treated, False: of_all}  # what all ask, those with an infusion ask too
        words = [self._style.written(_not_checked(asked, told[is_treated])) for asked, is_treated in self._keys]
        for line in _lines_of(self._held.pieces()):
            found, key, later = json.loads(line)
            yield f"{found}{words[key]}{later}"
        yield self._style.written(not_checked(of_all, "not checked for any patient"))
        rest = [one for one in of_treated if one not in of_all]
        yield self._style.written(not_checked(rest, "not checked for any patient with an infusion"))
        if any(_has_no_test(asked) for asked, _ in self._keys):
            yield self._style.written([_ADVICE])


def _in_both(known: Sequence[NotAssessed] | None, asked: Sequence[NotAssessed]) -> list[NotAssessed]:
    """Return the questions that the patients so far and another one share; `None`: there is none so far."""
    return [one for one in asked if one.row is None] if known is None else [one for one in known if one in asked]


def _lines_of(pieces: Iterable[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *lines, rest = f"{rest}{piece}".split("\n")
        yield from lines


_NO_TEST: Final = MissingFact(kind="observations")
_ADVICE: Final = f"no tests on record: {NO_TESTS_ADVICE}"
_NOTHING: Final = "  nothing found"
_NOTHING_READ: Final = "  nothing found in them"
_NO_INFUSION_READ: Final = "  no infusion is on record in them; the refused rows may be infusions"


def evaluations_to_text(results: Iterable[tuple[str | None, Evaluation]], style: Style = PLAIN) -> str:
    """Return the patients' verdicts, as `VerdictsText`."""
    text = VerdictsText(style)
    for patient, evaluation in results:
        text.add(patient, evaluation)
    return "".join(text.pieces())


def evaluation_to_text(evaluation: Evaluation) -> str:
    """Return one patient's verdict, without an id: status, courses, findings, and what was not checked."""
    return PLAIN.written((*_found(None, evaluation), *_not_checked(evaluation.not_assessed, ()), *_later(evaluation)))


def _found(patient: str | None, evaluation: Evaluation) -> Iterator[Line]:
    # S06: where a row could not be read, only the other rows are known
    is_partly_read = any(asked.code == "courses" for asked in evaluation.not_assessed)
    rows_read = ", by the rows that could be read" if is_partly_read else ""
    yield Shown(f"{patient or 'patient'}: {evaluation.status}{rows_read}", "heading")
    for course in evaluation.courses:
        days = f"{short_day(course.first_day)} - {short_day(course.last_day) if course.last_day else 'not on record'}"
        on_record = " on record" if course.status == "not-assessed" else ""
        yield f"  course {course.number}: {days}, {how_many(course.infusions, 'infusion')}{on_record}, {course.status}"
    yield from _tests_not_checked(evaluation)
    yield from _missing_tests(evaluation.monitoring)
    yield from (recorded_line(finding, "  ") for finding in evaluation.findings)
    if not evaluation.findings:
        yield _NOTHING if not is_partly_read else _NOTHING_READ if evaluation.courses else _NO_INFUSION_READ


def _not_checked(asked: Sequence[NotAssessed], of_all: Sequence[NotAssessed]) -> Iterator[Line]:
    yield from not_checked([one for one in asked if one not in of_all], "  not checked")


def _later(evaluation: Evaluation) -> Iterator[Line]:
    yield from _changes_on(evaluation.changes_on, evaluation.findings)


def _has_no_test(asked: Sequence[NotAssessed]) -> bool:
    return any(one.code == TEST_MISSED.code and one.fact == _NO_TEST for one in asked)


def _tests_not_checked(evaluation: Evaluation) -> Iterator[str]:
    """Yield a line if no test is on record: without it, the patient would look like one with all tests done (S32)."""
    if _has_no_test(evaluation.not_assessed):
        yield "  tests are not checked: none is on record"


def _missing_tests(monitoring: Sequence[Monitoring]) -> Iterator[str]:
    """Yield a line for each test of which the latest due dates have no record: how many, since when, what is next."""
    dates: dict[str, list[TestDate]] = {}
    for one in monitoring:
        dates.setdefault(one.action, []).extend(one.dates)
    for action, of_action in dates.items():
        states = {one.due: one.state for one in takewhile(lambda one: not one.done_on, reversed(of_action))}
        missing = sorted(due for due, state in states.items() if state in ("missed", "overdue"))
        if missing:
            yield f"  {action}: {', '.join((*_how_many(missing, states), *_last_and_next(of_action)))}"


def _how_many(missing: Sequence[date], states: Mapping[date, TestState]) -> Iterator[str]:
    missed = [due for due in missing if states[due] == "missed"]
    if missed:
        yield f"{len(missed)} missed since {short_day(missed[0])}"
    yield from (f"overdue since {short_day(due)}" for due in missing if states[due] == "overdue")


def _last_and_next(dates: Sequence[TestDate]) -> Iterator[str]:
    done = [one.done_on for one in dates if one.done_on]
    if done:
        yield f"last done {short_day(done[-1])}"
    else:
        yield "none on record after a course"
    ahead = [one.due for one in dates if one.state == "due"]
    if ahead:
        yield f"next due {short_day(ahead[0])}"


def _changes_on(day: date | None, findings: Sequence[Finding] = ()) -> Iterator[str]:
    if day:
        yield f"  status changes on {short_day(day)} {why_then(day, findings)}"


def forecast_to_text(patient: str | None, forecast: Forecast, style: Style = PLAIN) -> str:
    """Return when one patient's next course may start, or why no date can be given."""
    return style.written(_forecast(patient, forecast))


def _forecast(patient: str | None, forecast: Forecast) -> Iterator[Line]:
    yield Shown(
        f"{patient or 'patient'}: course {forecast.course}, {forecast.status}: {'; '.join(forecast.reasons)}", "heading"
    )
    days = {"earliest": forecast.earliest, "recommended": forecast.recommended, "past due after": forecast.past_due}
    named = ", ".join(f"{name} {short_day(day)}" for name, day in days.items() if day)
    if named:
        yield f"  {named}, latest: none is stated"
    if forecast.because:
        yield f"  {reason(forecast.because)}"
    for decision in forecast.decisions:
        yield f"  decided for course {decision.course} by {decision.by}: {decision.decision}; {decision.why}"
    yield from _changes_on(forecast.changes_on)


def changes_to_text(revision: Revision, style: Style = PLAIN) -> str:
    """Return the changes of a plan: how many items were kept, and a line for every other one."""
    counts = Counter(change.kind for change in revision.changes)
    kinds: tuple[ChangeKind, ...] = ("kept", "moved", "added", "cancelled")
    counted = ", ".join(f"{counts[kind]} {kind}" for kind in kinds)
    lines: list[Line] = [Shown(f"Plan revision {revision.plan.revision}: {counted}", "heading")]
    if revision.before and revision.before.protocol != revision.plan.protocol:
        lines.append(f"  protocol {revision.before.protocol} -> {revision.plan.protocol}")
    shown = [change for change in revision.changes if change.kind != "kept"]
    groups = [list(group) for _, group in groupby(shown, _line)]
    width = max((len(_names(group)) for group in groups), default=0)
    days = max((len(_days(group[0])) for group in groups), default=0)
    lines += [line for group in groups for line in _changed(group, width, days, style)]
    return style.written(lines)


def _line(change: Change) -> tuple[object, ...]:
    """Return the key by which changes share a line: those of one series with one reason."""
    series, _, ordinal = change.item.rpartition("/")
    return change.kind, series if ordinal.isdecimal() else change.item, change.reason, change.which, change.at_least


def _names(group: Sequence[Change]) -> str:
    first, last = group[0].item, group[-1].item
    return first if len(group) == 1 else f"{first} to {last.rpartition('/')[2]}"


def _days(change: Change) -> str:
    """Return the days of a change, and which day of the item they are: `last day Thu  7 May 2026 -> -`."""
    before, after = (short_day(day) if day else "-" for day in (change.before, change.after))
    which = "" if change.which in (None, "day") else f"{change.which.replace('-', ' ')} "
    return f"{which}{before} -> {'at least ' if change.at_least else ''}{after}"


def _changed(group: Sequence[Change], width: int, days: int, style: Style) -> Iterator[Line]:
    first = group[0]
    further = f" (the first of {len(group)})" if len(group) > 1 else ""
    row = f"  {first.kind:9} {_names(group):{width}}  {_days(first):{days}}"
    if style.width is None or len(row) <= style.width:
        yield from beside(row, f"{first.reason}{further}", style.width)
    else:
        yield f"  {first.kind:9} {_names(group)}"
        yield f"      {_days(first)}: {first.reason}{further}"


def rows_to_text(intake: Intake, style: Style = PLAIN) -> str:
    """Return how many rows were read, in a sum that adds up, what was skipped, and which rows each file has."""
    counts = {"accepted": intake.accepted, "refused": intake.refused_rows, "blank": intake.blank}
    lines = [counts_to_text({"in": intake.rows, **counts, "other": intake.other, "superseded": intake.superseded})]
    if intake.skipped:
        most = sorted(intake.skipped, key=lambda kind: -kind.count)
        named = [f"{one.count} {one.resource}{f' {one.code}' if one.code else ''}" for one in most[:SHOWN_SKIPPED]]
        more = sum(one.count for one in most[SHOWN_SKIPPED:])
        lines.append(f"skipped: {', '.join(named)}{f', {more} of other kinds' if more else ''}")
    if intake.files:
        named = [f"{_rows_of(file)} {file.name}" for file in intake.files[:SHOWN_FILES]]
        more = len(intake.files) - SHOWN_FILES
        lines.append(f"files: {', '.join(named)}{f', {more} more' if more > 0 else ''}")
    return style.written(lines)


def _rows_of(file: ReadFile) -> str:
    """Return which rows a file has."""
    last = file.first_row + file.rows - 1
    return "no row" if not file.rows else f"row {last}" if file.rows == 1 else f"rows {file.first_row}-{last}"


def counts_to_text(counts: Mapping[str, int], counted: str = "") -> str:
    """Return how many rows were read, `in`, as the sum of the other counts; `counted` says what counts as rows."""
    parts = " + ".join(f"{count} {name}" for name, count in counts.items() if name != "in")
    return f"rows: {counts['in']} in{f' ({counted})' if counted else ''} = {parts}"
