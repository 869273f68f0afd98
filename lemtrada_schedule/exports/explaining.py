"""Say in one sentence why a date is what it is."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from lemtrada_schedule.clinic.starts import CourseStart, PassedOver
from lemtrada_schedule.dates.day_names import long_day, short_day
from lemtrada_schedule.errors import InvalidInput, Problem, kind_of
from lemtrada_schedule.exports.reasons import CONVENTION, KEPT, distance, reason, spans_on
from lemtrada_schedule.findings.derivation import Basis, Derivation
from lemtrada_schedule.findings.finding import Finding, NotAssessed
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
from lemtrada_schedule.validation.scalars import clock

__all__ = ["explain"]


def explain(x: object) -> str:
    """Return one sentence that says what a part of a plan is and where it comes from.

    Takes a course, an infusion day, any activity, a baseline, a derivation, a possible start, a start
    passed over, a finding, or what was not assessed.

    Raises:
        InvalidInput: `x` is none of these (`wrong-type`).

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> plan = plan_treatment(
        ...     load_protocol("us"), read_clinic("examples/boston.toml"), not_before=date(2027, 1, 11), courses=1)
        >>> explain(plan.contraception[0])
        'Contraception until 2027-05-15 (Saturday 15 May): last infusion of course 1 (2027-01-15) + 4 months; FAQ.'
    """
    say = next((sentence for kind, sentence in _SENTENCES.items() if type(x) is kind), None)
    if say is None:
        message = f"expected a part of a plan, such as a course or an activity, got {kind_of(x)}"
        raise InvalidInput([Problem("wrong-type", "x", message)])
    return f"{say(x)}."


def _course(course: Course) -> str:
    place = f"Course {course.number} from {long_day(course.first_day)} to {long_day(course.last_day)}"
    earliest = f"earliest {long_day(course.earliest)}, {reason(course.because)}"
    after = distance(course.because.anchor_day, course.first_day)
    since = f"; {after} after the {course.because.anchor}" if course.number > 1 else ""
    return f"{place}: {earliest}{since}; {_drift(course)}"


def _drift(course: Course) -> str:
    if not course.drift_days:
        return "no drift"
    days = f"{course.drift_days} {'day' if course.drift_days == 1 else 'days'} of drift"
    return f"{days}, passed over: {_passed(course.passed_over)}" if course.passed_over else days


def _passed(passed_over: Sequence[PassedOver]) -> str:
    return "; ".join(_passed_one(one) for one in passed_over)


def _passed_one(one: PassedOver) -> str:
    closed = "" if one.closed_day == one.first_day else f"{short_day(one.closed_day).strip()} "
    return f"{short_day(one.first_day)} ({closed}{one.reason})"


def _infusion_day(day: InfusionDay) -> str:
    place = f"Infusion day {day.number} on {long_day(day.date)}"
    dose = f"{day.dose_mg} mg" if day.dose_mg else "given"
    if day.infusion is None or day.observation is None:
        return f"{place}: {dose}"
    start, end, until = clock(day.infusion.start), clock(day.infusion.end), clock(day.observation.end)
    given = f"{dose} from {start} to {end}{_source(day.cite, day.basis)}"
    length = f"at least {_length(day.observation.minutes)} of observation, to {until} or later"
    observed = f"{length}{_source(day.observation_cite, day.observation_basis)}"
    return f"{place} ({day.infusion.time_zone}): {given}; then {observed}"


def _length(minutes: int) -> str:
    return f"{minutes} minutes" if minutes % 60 else f"{minutes // 60} hour{'' if minutes == 60 else 's'}"


def _source(cite: str, basis: Basis) -> str:
    return f"; {cite.upper()}{f'; {CONVENTION}' if basis == 'convention' else ''}"


def _period(period: PeriodActivity) -> str:
    why = reason(period.because)
    if period.last_day is not None:
        least = "at least " if period.provisional else ""
        return f"{period.title} until {least}{long_day(period.last_day)}: {why}"
    begins = f"{period.title} from {long_day(period.first_day)}"
    if period.earliest_end is None:
        return f"{begins}, no end stated: {why}"
    waiting = "it stays open until the result it waits for is on record"
    return f"{begins}, not ending before {long_day(period.earliest_end)}: {why}; {waiting}"


def _window(window: WindowActivity) -> str:
    opens = f" from {long_day(window.first_day)}" if window.first_day else ""
    closes = f" until {long_day(window.last_day)}" if window.last_day else ""
    begins = f"opens: {reason(window.begins_because)}" if window.begins_because else ""
    ends = f"closes: {reason(window.because)}" if window.because else ""
    return f"{window.title}{opens}{closes}; {'; '.join(filter(None, (begins, ends)))}"


def _series(series: SeriesActivity) -> str:
    if not series.dates:
        return f"{series.title}: no date falls before {long_day(series.ends_because.result)}"
    span = f"{len(series.dates)} dates from {long_day(series.dates[0])} to {long_day(series.dates[-1])}"
    end = "no end stated, listed to" if series.continuing else "to"
    least = "at least " if series.provisional else ""
    until = f"{end} {least}{series.ends_because.result}, {reason(series.ends_because)}"
    kept = len(series.dates) - len(spans_on(series))
    until += f"; {kept} of them past, {KEPT}" if kept else ""
    return f"{series.title}, {span}: {reason(series.because)}, and so on every {series.every}; {until}"


def _baseline(baseline: Baseline) -> str:
    opens = f"from {long_day(baseline.first_day)} " if baseline.first_day else ""
    return (
        f"Baseline {opens}until {long_day(baseline.last_day)}, due {long_day(baseline.due)}: {reason(baseline.because)}"
    )


def _infusion_days(activity: InfusionDaysActivity) -> str:
    return f"{activity.title} on {', '.join(long_day(day) for day in activity.days)}: {reason(activity.because)}"


def _after_infusion(activity: AfterInfusionActivity) -> str:
    last = activity.windows[-1].end
    until = f"{long_day(last.date())} {clock(last)}"
    return f"{activity.title}, the last until {until}: {reason(activity.because)}"


def _note(note: NoteActivity) -> str:
    return f"{note.title}: {note.text.removesuffix('.')}{_source(note.cite, note.basis)}"


def _derivation(because: Derivation) -> str:
    return f"{long_day(because.result)}: {reason(because)}"


def _start(start: CourseStart) -> str:
    block = f"Possible from {long_day(start.first_day)} to {long_day(start.last_day)}"
    return f"{block}; passed over: {_passed(start.passed_over)}" if start.passed_over else block


def _finding(finding: Finding) -> str:
    return f"{finding.severity} {finding.code}: {finding.message}; {finding.hint}"


def _not_assessed(question: NotAssessed) -> str:
    return f"{question.code} was not assessed: {question.missing} is missing"


_SENTENCES: Final[dict[type, Callable[[Any], str]]] = {
    Course: _course,
    InfusionDay: _infusion_day,
    PeriodActivity: _period,
    WindowActivity: _window,
    SeriesActivity: _series,
    Baseline: _baseline,
    InfusionDaysActivity: _infusion_days,
    AfterInfusionActivity: _after_infusion,
    NoteActivity: _note,
    Derivation: _derivation,
    PassedOver: lambda one: f"Passed over: {_passed_one(one)}",
    CourseStart: _start,
    Finding: _finding,
    NotAssessed: _not_assessed,
}
