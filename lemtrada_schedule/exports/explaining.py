"""Explain a part of a plan in one sentence: what it is, when it is, and why; explain whole answers line by line."""

from collections.abc import Sequence
from datetime import date
from typing import Final, TypeGuard, assert_never, get_args

from lemtrada_schedule.agenda.due_items import DueItem
from lemtrada_schedule.clinic.starts import CourseStart, PassedOver
from lemtrada_schedule.dates.day_names import long_day, short_day
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.errors import kind_of
from lemtrada_schedule.exports.explaining_answers import explain_answer
from lemtrada_schedule.exports.visit_words import visit_sentence
from lemtrada_schedule.findings.derivation import Basis, Derivation
from lemtrada_schedule.findings.finding import Finding, NotAssessed
from lemtrada_schedule.findings.reasons import CONVENTION, counted, reason
from lemtrada_schedule.plan.activities import (
    Activity,
    AfterInfusionActivity,
    Baseline,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.items import KEPT, Item, Recurrence
from lemtrada_schedule.plan.visits import Visit
from lemtrada_schedule.validation.arguments import refused_argument
from lemtrada_schedule.validation.plurals import how_many
from lemtrada_schedule.validation.scalars import clock

__all__ = ["CONVENTION", "counted", "distance", "explain", "explain_item", "reason"]

_Other = (
    Course | InfusionDay | Baseline | Visit | Derivation | CourseStart | PassedOver | Finding | NotAssessed | DueItem
)

_Explained = _Other | Activity

_KINDS: Final = (*get_args(_Other), *get_args(get_args(Activity)[0]))


def explain(x: object) -> str:
    """Return what something is and why its dates are what they are, in plain English.

    One sentence for a course, an infusion day, any activity, a baseline, a visit, a derivation, a possible start, a
    skipped start, a finding, a question that was not assessed, or a due item. Several lines for a plan, a revision,
    an evaluation, a forecast or a worklist.

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
    if _is_explained(x):
        return f"{_sentence(x)}."
    answer = explain_answer(x, explain)
    if answer is None:
        expected = "expected a plan, a part of one, a revision, an evaluation, a forecast or a worklist"
        raise refused_argument("wrong-type", "x", f"{expected}, got {kind_of(x)}")
    return answer


def explain_item(item: Item) -> str:
    """Return the sentence for one item; hours after an infusion get the end of their own window."""
    if item.window and item.because:
        return f"{_hours(item.title, item.window, item.because)}."
    return explain(item.source_part)


def distance(first: date, last: date) -> str:
    """Return how far one day is after another, in words: `12 months 3 days`. No rule depends on it.

    Example:
        >>> from datetime import date
        >>> distance(date(2027, 1, 15), date(2028, 1, 18))
        '12 months 3 days'
    """
    from dateutil.relativedelta import relativedelta  # noqa: PLC0415  # a tenth of the import time, for words alone

    apart = relativedelta(last, first)
    parts = ((12 * apart.years + apart.months, "month"), (apart.days, "day"))
    words = [how_many(count, unit) for count, unit in parts if count]
    return " ".join(words) or "0 days"


# --- one sentence for each kind of part ----------------------------------------------------------


def _is_explained(x: object) -> TypeGuard[_Explained]:
    return any(type(x) is kind for kind in _KINDS)  # a set would ask for the hash of the type


def _sentence(x: _Explained) -> str:  # noqa: C901, PLR0911, PLR0912  # one arm for each kind
    match x:
        case Course():
            return _course(x)
        case InfusionDay():
            return _infusion_day(x)
        case PeriodActivity():
            return _period(x)
        case WindowActivity():
            return _window(x)
        case SeriesActivity():
            return _series(x)
        case Baseline():
            return _baseline(x)
        case Visit():
            return visit_sentence(x)
        case InfusionDaysActivity():
            return f"{x.title} on {', '.join(long_day(day) for day in x.days)}: {reason(x.because)}"
        case AfterInfusionActivity():
            return _hours(x.title, x.windows[-1], x.because)
        case NoteActivity():
            return f"{x.title}: {x.text.removesuffix('.')}{_source(x.cite, x.basis)}"
        case Derivation():
            return f"{long_day(x.result)}: {reason(x)}"
        case PassedOver():
            return f"Skipped: {_skipped_one(x)}"
        case CourseStart():
            return _start(x)
        case Finding():
            return f"{x.severity} {x.code}: {x.message}; {x.hint}"
        case NotAssessed():
            return f"{x.code} was not checked; missing: {x.missing}"
        case DueItem():
            return f"{x.title}, {x.state} on {long_day(x.day)}: {x.reason}"
        case _ as never:
            assert_never(never)


def _course(course: Course) -> str:
    days = f"Course {course.number} from {long_day(course.first_day)} to {long_day(course.last_day)}"
    earliest = f"earliest {long_day(course.earliest)}, {reason(course.because)}"
    after = distance(course.because.anchor_day, course.first_day)
    since = f"; {after} after the {course.because.anchor}" if course.number > 1 else ""
    return f"{days}: {earliest}{since}; {_start_against_earliest(course)}"


def _start_against_earliest(course: Course) -> str:
    if not course.drift_days:
        return "starts on time"
    side = "after" if course.drift_days > 0 else "before"
    starts = f"starts {how_many(abs(course.drift_days), 'day')} {side} the earliest day"
    return f"{starts}, skipped: {_skipped(course.passed_over)}" if course.passed_over else starts


def _skipped(passed_over: Sequence[PassedOver]) -> str:
    return "; ".join(_skipped_one(one) for one in passed_over)


def _skipped_one(one: PassedOver) -> str:
    closed = "" if one.closed_day == one.first_day else f"{short_day(one.closed_day).strip()} "
    return f"{short_day(one.first_day)} ({closed}{one.reason})"


def _infusion_day(day: InfusionDay) -> str:
    which = f"Infusion day {day.number} on {long_day(day.date)}"
    dose = f"{day.dose_mg} mg" if day.dose_mg else "given"
    if day.infusion is None or day.observation is None:
        return f"{which}: {dose}"
    start, end, until = clock(day.infusion.start), clock(day.infusion.end), clock(day.observation.end)
    given = f"{dose} from {start} to {end}{_source(day.cite, day.basis)}"
    length = f"at least {_length(day.observation.minutes)} of observation, to {until} or later"
    observed = f"{length}{_source(day.observation_cite, day.observation_basis)}"
    return f"{which} ({day.infusion.time_zone}): {given}; then {observed}"


def _length(minutes: int) -> str:
    return f"{minutes} minutes" if minutes % 60 else how_many(minutes // 60, "hour")


def _source(cite: str, basis: Basis) -> str:
    return f"; {cite.upper()}{f'; {CONVENTION}' if basis == 'convention' else ''}"


def _period(period: PeriodActivity) -> str:
    why = reason(period.because)
    if period.last_day is not None:
        until = f"until {'at least ' if period.provisional else ''}{long_day(period.last_day)}"
        start = period.begins_because
        if period.first_day == start.anchor_day:  # it begins with an infusion, which has its own day
            return f"{period.title} {until}: {why}"
        since = f"from {long_day(period.first_day)}"
        return f"{period.title} {since} {until}; begins: {reason(start)}; ends: {why}"
    begins = f"{period.title} from {long_day(period.first_day)}"
    if period.earliest_end is None:
        return f"{begins}, no end stated: {why}"
    waiting = "continues until the required result is on record"
    return f"{begins}, at least until {long_day(period.earliest_end)}: {why}; {waiting}"


def _window(window: WindowActivity) -> str:
    opens = f" from {long_day(window.first_day)}" if window.first_day else ""
    closes = f" until {long_day(window.last_day)}" if window.last_day else ""
    begins = f"opens: {reason(window.begins_because)}" if window.begins_because else ""
    ends = f"closes: {reason(window.because)}" if window.because else ""
    return f"{window.title}{opens}{closes}; {'; '.join(filter(None, (begins, ends)))}"


def _series(series: SeriesActivity) -> str:
    if not series.dates:
        return f"{series.title}: no due date before {long_day(series.ends_because.result)}"
    span = f"{len(series.dates)} dates from {long_day(series.dates[0])} to {long_day(series.dates[-1])}"
    end = "no end stated, listed to" if series.continuing else "to"
    least = "at least " if series.provisional else ""
    until = f"{end} {least}{series.ends_because.result}, {reason(series.ends_because)}"
    kept = Recurrence.of(series).kept
    until += f"; {kept} of them past, {KEPT}" if kept else ""
    return f"{series.title}, {span}: {reason(series.because)}, then every {series.every}; {until}"


def _baseline(baseline: Baseline) -> str:
    opens = f"from {long_day(baseline.first_day)} " if baseline.first_day else ""
    return (
        f"Baseline {opens}until {long_day(baseline.last_day)}, due {long_day(baseline.due)}: {reason(baseline.because)}"
    )


def _hours(title: str, window: TimeWindow, because: Derivation) -> str:
    return f"{title}, the last until {long_day(window.end.date())} {clock(window.end)}: {reason(because)}"


def _start(start: CourseStart) -> str:
    block = f"Possible from {long_day(start.first_day)} to {long_day(start.last_day)}"
    return f"{block}; skipped: {_skipped(start.passed_over)}" if start.passed_over else block
