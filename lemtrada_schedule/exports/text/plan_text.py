"""A plan as plain text for a terminal: every day with weekday and month name, every date with its reason."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, assert_never

from lemtrada_schedule.clinic.starts import CourseStart
from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.explaining import explain
from lemtrada_schedule.exports.reasons import KEPT, reason, spans_on
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import (
    AfterInfusionActivity,
    Baseline,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.arguments import check_type
from lemtrada_schedule.validation.scalars import clock

__all__ = ["starts_to_text", "to_text"]

_Dated = PeriodActivity | WindowActivity | SeriesActivity | InfusionDaysActivity | AfterInfusionActivity

DATES_A_LINE: Final = 5

_LABEL: Final = len("treatment  ")


def to_text(plan: Plan) -> str:
    """Return the plan as text: courses, the dates around them, notes, findings, and what it was made from.

    Raises:
        InvalidInput: `plan` is no plan (`wrong-type`).
    """
    check_type(plan, Plan, "plan")
    blocks = [_head(plan), *map(_course, plan.courses), _dates(plan), _notes(plan), _findings(plan), _foot(plan)]
    return "\n\n".join("\n".join(lines) for block in blocks if (lines := list(block))) + "\n"


def starts_to_text(starts: Sequence[CourseStart]) -> str:
    """Return possible starts as text, one line each, below the starts that were passed over before it."""
    return "".join(f"{line}\n" for start in starts for line in _start(start))


def _start(start: CourseStart) -> Iterator[str]:
    yield from (f"    {explain(one)}" for one in start.passed_over)
    yield _span(start.first_day, start.last_day)


def _span(first: date | None, last: date | None, *, least: str = "") -> str:
    return f"{short_day(first) if first else 'any day'} - {least}{short_day(last) if last else 'no end stated'}"


def _head(plan: Plan) -> Iterator[str]:
    resting = f", resting on {plan.extends}" if plan.extends else ""
    clinic = plan.provenance.clinic
    yield f"Plan by protocol {plan.protocol}{resting}"
    yield f"Clinic: {clinic.name or 'unnamed'}, times in {plan.time_zone}"


def _course(course: Course) -> Iterator[str]:
    drift = f"{course.drift_days} day{'' if course.drift_days == 1 else 's'} of drift"
    status = "" if course.status == "planned" else f", {course.status}"
    yield f"Course {course.number}: {_span(course.first_day, course.last_day)} ({drift}{status})"
    yield f"  earliest {short_day(course.earliest)}: {reason(course.because)}"
    yield from (f"  {explain(one)}" for one in course.passed_over)
    yield from (f"  day {day.number}  {short_day(day.date)}  {_day(day)}" for day in course.days)


def _day(day: InfusionDay) -> str:
    if day.infusion is None or day.observation is None:
        return f"given, {day.dose_mg} mg" if day.dose_mg else "given"
    times = f"infusion {_clock(day.infusion)}, then observation {_clock(day.observation)} or longer"
    return f"{times}  {day.dose_mg} mg" if day.dose_mg else times


def _clock(window: TimeWindow) -> str:
    return f"{clock(window.start)}-{clock(window.end)}"


def _dates(plan: Plan) -> Iterator[str]:
    """Yield the dated activities, action by action, course by course; the same list of days is written once."""
    by_action: dict[str, list[_Dated]] = {}
    for activity in (*plan.contraception, *plan.activities):
        if not isinstance(activity, NoteActivity):
            by_action.setdefault(activity.action, []).append(activity)
    yield "Around the courses"
    listed: dict[tuple[date, ...], str] = {}
    for activities in by_action.values():
        yield f"  {_title(activities[0])}"
        for activity in activities:
            yield from _labelled(f"course {activity.course}" if activity.course else "treatment", activity, listed)


def _title(activity: _Dated) -> str:
    return f"{activity.title} ({activity.applies_to})" if activity.applies_to else activity.title


def _labelled(label: str, activity: _Dated, listed: dict[tuple[date, ...], str]) -> Iterator[str]:
    for line in _lines(activity, listed):
        yield f"    {label:{_LABEL}}{line}"
        label = ""


def _lines(activity: _Dated, listed: dict[tuple[date, ...], str]) -> Iterator[str]:
    match activity:
        case PeriodActivity():
            yield _period(activity)
            yield reason(activity.because)
        case WindowActivity():
            yield _span(activity.first_day, activity.last_day)
            yield from _reasons(activity.begins_because, activity.because)
        case SeriesActivity():
            yield from _series(activity, listed)
        case InfusionDaysActivity():
            yield ", ".join(short_day(day) for day in activity.days)
            yield reason(activity.because)
        case AfterInfusionActivity():
            ends = (f"{short_day(w.end.date())} {clock(w.end)}" for w in activity.windows)
            yield f"until {', '.join(ends)}"
            yield reason(activity.because)
        case _ as never:
            assert_never(never)


def _reasons(*derivations: Derivation | None) -> Iterator[str]:
    yield from (reason(because) for because in derivations if because)


def _period(period: PeriodActivity) -> str:
    if period.last_day is None and period.earliest_end:
        return f"{short_day(period.first_day)} - open, not before {short_day(period.earliest_end)}"
    return _span(period.first_day, period.last_day, least="at least " if period.provisional else "")


def _series(series: SeriesActivity, listed: dict[tuple[date, ...], str]) -> Iterator[str]:
    if series.baseline:
        yield from _baseline(series.baseline)
    if not series.dates:
        yield f"no further date: {reason(series.ends_because)}"
        return
    more = ", and on: no end is stated" if series.continuing else ""
    more += ", and on: the course is not settled" if series.provisional else ""
    kept = len(series.dates) - len(spans_on(series))
    more += f"; {kept} of them {KEPT}" if kept else ""
    yield f"{_span(series.dates[0], series.dates[-1])}, {len(series.dates)} dates, every {series.every}{more}"
    first = "first counted" if kept else "first"
    yield f"{first}: {reason(series.because)}; none after {series.ends_because.result}: {reason(series.ends_because)}"
    if same := listed.get(series.dates):
        yield f"  the same days as: {same}"
        return
    listed[series.dates] = series.title
    for row in range(0, len(series.dates), DATES_A_LINE):
        yield "  " + "  ".join(short_day(day) for day in series.dates[row : row + DATES_A_LINE])


def _baseline(baseline: Baseline) -> Iterator[str]:
    window = _span(baseline.first_day, baseline.last_day)
    yield f"baseline due {short_day(baseline.due)}, counts from {window}"
    yield from _reasons(baseline.because)


def _notes(plan: Plan) -> Iterator[str]:
    notes = {note.action: note for note in plan.activities if isinstance(note, NoteActivity)}
    yield from ["Notes of the protocol"] if notes else []
    yield from (f"  {explain(note)}" for note in notes.values())


def _findings(plan: Plan) -> Iterator[str]:
    lines = [*map(explain, plan.findings), *map(explain, plan.not_assessed)]
    yield from ["Findings"] if lines else []
    yield from (f"  {line}" for line in lines)


def _foot(plan: Plan) -> Iterator[str]:
    made = plan.provenance
    versions = f"lemtrada_schedule {made.library}, tzdata {made.tzdata}, holidays {made.holidays}"
    yield "Made from"
    yield f"  {versions}; protocol digest {made.protocol_digest[:12]}"
    yield f"  {len(made.closures)} public holidays and closures, listed in the JSON form of the plan"
    yield from (f"  {source.id.upper()}: {source.document}" for source in made.sources)
    yield PLANNING_AID
