"""Date the actions of a protocol: periods, windows, tests and notes around each course of a plan.

Every date is counted in one step from the first or the last infusion of a course, never from another derived date.
Deadlines, due dates and starts of periods round earlier; ends of periods, openings of windows and minimum intervals
round later. Closed days of the clinic move none of them.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final, TypedDict, assert_never

from lemtrada_schedule.dates.months import Rounding
from lemtrada_schedule.dates.periods import merge_periods
from lemtrada_schedule.dates.spans import Anchor as AnchorName
from lemtrada_schedule.dates.spans import Offset, Span
from lemtrada_schedule.dates.steps import Step
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.findings.derivation import Anchor, AnchorFields, AnchorKind, Basis, Derivation
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
from lemtrada_schedule.plan.courses import InfusionDay
from lemtrada_schedule.protocol.actions import (
    Action,
    AfterInfusionAction,
    BaselineRule,
    Code,
    InfusionDaysAction,
    NoteAction,
    Per,
    PeriodAction,
    SeriesAction,
    WindowAction,
)
from lemtrada_schedule.protocol.due_dates import (
    BASELINE_CLOSES,
    baseline_opens,
    due_day,
    due_days,
    reused_draw,
    series_until,
)
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.validation.computed import computed

__all__ = ["CourseAnchors", "contraception", "course_activities", "period_of", "treatment_activities"]

_Derivation = computed(Derivation)
_PeriodActivity = computed(PeriodActivity)
_WindowActivity = computed(WindowActivity)
_SeriesActivity = computed(SeriesActivity)
_Baseline = computed(Baseline)
_InfusionDaysActivity = computed(InfusionDaysActivity)
_AfterInfusionActivity = computed(AfterInfusionActivity)
_NoteActivity = computed(NoteActivity)

_FIRST: Final = Offset.parse("first infusion")


@dataclass(frozen=True, slots=True, repr=False)
class CourseAnchors:
    """The infusion days of one course that activities are counted from."""

    number: int
    first_day: date
    last_day: date
    days: tuple[InfusionDay, ...]
    provisional: bool = False
    """Whether the course needs a decision, so that ends counted from it are "at least until"."""

    def day_of(self, anchor: AnchorName) -> date:
        """Return the day of the first or the last infusion."""
        return self.first_day if anchor == "first infusion" else self.last_day

    def named(self, anchor: AnchorName) -> AnchorFields:
        """Return the fields of a derivation that name the first or the last infusion of the course."""
        return _named("first-infusion" if anchor == "first infusion" else "last-infusion", self.number)


@dataclass(frozen=True, slots=True, repr=False)
class ActivityContext:
    """What the activities of a course are counted from: the course, the last course, and the neighbouring courses.

    Actions with the same offset from the same source share their reasons. Series with the same rule share their dates
    and baselines.
    """

    course: CourseAnchors
    last: CourseAnchors
    before: CourseAnchors | None = None
    following: CourseAnchors | None = None
    leaders: dict[str, str] = field(default_factory=dict)
    reasons: dict[tuple[str | int, ...], Derivation] = field(default_factory=dict)
    due: dict[str, "_Due"] = field(default_factory=dict)

    @property
    def is_provisional(self) -> bool:
        """Whether the first or the last date depends on a course that needs a decision."""
        return self.course.provisional or self.last.provisional

    def derive(self, offset: Offset, course: CourseAnchors, rounding: Rounding, cite: str, basis: Basis) -> Derivation:
        """Return the day at an offset from a course, with the reason."""
        words = (offset.anchor, offset.step, course.number, rounding, cite, basis)
        reason = self.reasons.get(words)
        if reason is None:
            reason = self.reasons[words] = _derived(offset, course, rounding, cite, basis)
        return reason


@lru_cache(maxsize=16)
def _leaders(protocol: Protocol) -> dict[str, str]:
    """Map each series to the first one with the same rule: they share their dates and baselines."""
    first: dict[Hashable, str] = {}
    return {
        a.id: first.setdefault((a.per, a.every, a.until, a.baseline, a.baseline and a.baseline.source(a)), a.id)
        for a in protocol.actions
        if isinstance(a, SeriesAction)
    }


@lru_cache(maxsize=256)
def _named(kind: AnchorKind, course: int) -> AnchorFields:
    return Anchor(kind, course).fields()


@lru_cache(maxsize=256)
def _after_last(span: Span) -> Offset:
    return Offset(anchor="last infusion", span=span)


def _derived(offset: Offset, course: CourseAnchors, rounding: Rounding, cite: str, basis: Basis) -> Derivation:
    day = course.day_of(offset.anchor)
    exact = offset.span is None or offset.span.is_exact
    return _Derivation(
        **course.named(offset.anchor),
        anchor_day=day,
        offset=offset.step,
        rounding="exact" if exact else rounding,
        result=offset.from_day(day, rounding=rounding),
        cite=cite,
        basis=basis,
    )


def course_activities(
    protocol: Protocol, course: CourseAnchors, *, before: CourseAnchors | None, following: CourseAnchors | None
) -> tuple[Activity, ...]:
    """Return the activities that belong to one course, in the protocol's order.

    Args:
        protocol: The rules.
        course: The course.
        before: The previous course, whose recurring tests may serve as its baseline.
        following: The next course; the series end with its first infusion.
    """
    context = ActivityContext(course, course, before, following, _leaders(protocol))
    scopes: tuple[Per, ...] = ("course", "first-course") if course.number == 1 else ("course",)
    asked = _asked(protocol, *scopes)
    return tuple([_instance(action, context) for action in asked if _applies(action, course)])


def _applies(action: Action, course: CourseAnchors) -> bool:
    """Return whether a course, which may have been cut short, has the infusions that an action refers to."""
    if isinstance(action, InfusionDaysAction):
        return min(action.days) <= len(course.days)
    return not isinstance(action, AfterInfusionAction) or any(day.infusion for day in course.days)


def treatment_activities(protocol: Protocol, first: CourseAnchors, last: CourseAnchors) -> tuple[Activity, ...]:
    """Return the activities that occur once in a treatment: they start with course 1 and end with the last course."""
    context = ActivityContext(first, last, leaders=_leaders(protocol))
    return tuple([_instance(action, context) for action in _asked(protocol, "treatment")])


@lru_cache(maxsize=64)
def _asked(protocol: Protocol, *scopes: Per) -> tuple[Action, ...]:
    """Return the actions of these scopes, without contraception, which is merged over the courses."""
    return tuple(a for a in protocol.actions if a.per in scopes and a is not protocol.contraception)


def contraception(protocol: Protocol, courses: Sequence[CourseAnchors]) -> tuple[PeriodActivity, ...]:
    """Return the contraception periods of all courses; those that overlap or touch are merged (S23)."""
    action = protocol.contraception
    single = [_period(action, f"{action.id}/{c.number}", ActivityContext(c, c)) for c in courses]
    merged = merge_periods((p.first_day, p.last_day) for p in single if p.last_day)
    return tuple(_merged(single, period, ordinal) for ordinal, period in enumerate(merged, start=1))


def _merged(single: Sequence[PeriodActivity], period: tuple[date, date], ordinal: int) -> PeriodActivity:
    inside = [p for p in single if period[0] <= p.first_day <= period[1]]
    begin = next(p for p in inside if p.first_day == period[0])
    end = next(p for p in inside if p.last_day == period[1])
    name = f"{begin.action}/{ordinal}"
    if len(inside) == 1 and begin.id == name:
        return begin
    course = begin.course if len(inside) == 1 else None
    update = {
        "id": name,
        "course": course,
        "last_day": end.last_day,
        "because": end.because,
        "provisional": end.provisional,
    }
    return begin.model_copy(update=update)


def period_of(action: PeriodAction, courses: Sequence[CourseAnchors]) -> PeriodActivity:
    """Return a period of one course, or of a treatment, from its first and its last course, as planned."""
    context = ActivityContext(courses[0], courses[-1])
    return _period(action, _name(action, context.course), context)


def _name(action: Action, course: CourseAnchors) -> str:
    return f"{action.id}/treatment" if action.per == "treatment" else f"{action.id}/course-{course.number}"


def _instance(action: Action, context: ActivityContext) -> Activity:
    course = context.course
    name = _name(action, course)
    match action.kind:  # telling by its class would cost more than half of what some of them cost to make
        case "period":
            return _period(action, name, context)
        case "window":
            return _window(action, name, context)
        case "series":
            return _series(action, name, context)
        case "infusion-days":
            return _infusion_days(action, name, course)
        case "after-infusion":
            return _after_infusion(action, name, course)
        case "note":
            return _note(action, name, course.number)
        case _ as never:
            assert_never(never)


class _Common(TypedDict):
    id: str
    action: str
    course: int | None
    title: str
    neutral_title: str
    codes: tuple[Code, ...]
    applies_to: str | None


def _common(action: Action, name: str, course: int) -> _Common:
    return {
        "id": name,
        "action": action.id,
        "course": None if action.per == "treatment" else course,
        "title": action.title,
        "neutral_title": action.neutral_title,
        "codes": action.codes,
        "applies_to": action.applies_to,
    }


@lru_cache(maxsize=1_024)
def _note(action: NoteAction, name: str, course: int) -> NoteActivity:
    # A note depends on no date, so it is identical in every plan.
    return _NoteActivity(**_common(action, name, course), text=action.text, cite=action.cite, basis=action.basis)


def _period(action: PeriodAction, name: str, context: ActivityContext) -> PeriodActivity:
    course, cite, basis = context.course, action.cite, action.basis
    begins = context.derive(action.starts, course, "earlier", cite, basis)
    ends = context.derive(action.ends, context.last, "later", cite, basis) if action.ends else None
    stays_open = action.open_until is not None
    return _PeriodActivity(
        **_common(action, name, course.number),
        first_day=begins.result,
        last_day=None if stays_open or ends is None else ends.result,
        earliest_end=ends.result if stays_open and ends else None,
        provisional=context.is_provisional,
        because=ends or begins,
        begins_because=begins,
    )


def _window(action: WindowAction, name: str, context: ActivityContext) -> WindowActivity:
    course, cite, basis = context.course, action.cite, action.basis
    opens = context.derive(action.opens, course, "later", cite, basis) if action.opens else None
    closes = context.derive(action.closes, course, "earlier", cite, basis) if action.closes else None
    return _WindowActivity(
        **_common(action, name, course.number),
        first_day=opens.result if opens else None,
        last_day=closes.result if closes else None,
        because=closes,
        begins_because=opens,
    )


class _Due(TypedDict):
    dates: tuple[date, ...]
    continuing: bool
    baseline: Baseline | None
    every: Span


def _series(action: SeriesAction, name: str, context: ActivityContext) -> SeriesActivity:
    course, following, cite, basis = context.course, context.following, action.cite, action.basis
    ends = context.derive(series_until(action), context.last, "later", cite, basis)
    if following and following.first_day < ends.result:
        ends = context.derive(_FIRST, following, "later", cite, basis)
    leader = context.leaders[action.id]
    if leader not in context.due:
        context.due[leader] = _due(action, context, ends.result)
    return _SeriesActivity(
        **_common(action, name, course.number),
        **context.due[leader],
        provisional=context.is_provisional,
        because=context.derive(_after_last(action.every), course, "earlier", cite, basis),
        ends_because=ends,
    )


def _due(action: SeriesAction, context: ActivityContext, end: date) -> _Due:
    return {
        "dates": due_days(action.every, context.course.last_day, end),
        "continuing": action.until is None,
        "baseline": _baseline(action, action.baseline, context) if action.baseline else None,
        "every": action.every,
    }


def _baseline(action: SeriesAction, rule: BaselineRule, context: ActivityContext) -> Baseline:
    cite = rule.source(action)
    # Without a span the text asks for tests before the start of treatment: before a later course is a convention (S25).
    asked_for: Basis = "label" if rule.within or not context.before else rule.basis
    eve = context.derive(BASELINE_CLOSES, context.course, "earlier", cite, asked_for)
    begins = _baseline_begins(rule, context, cite)
    times = reused_draw(action, rule, context.course, context.before)
    due = _drawn(action.every, context.before, times, cite, rule.basis) if context.before and times else eve
    return _Baseline(
        first_day=begins.result if begins else None,
        last_day=eve.result,
        due=due.result,
        because=due,
        begins_because=begins,
    )


def _baseline_begins(rule: BaselineRule, context: ActivityContext, cite: str) -> Derivation | None:
    """Return the first day of a baseline's window: without a span, the day after the previous course (S42)."""
    offset = baseline_opens(rule)
    if rule.within:
        return context.derive(offset, context.course, "later", cite, "label")
    opens = context.derive(offset, context.before, "later", cite, "convention") if context.before else None
    # If course numbers contradict the dates, a course may begin on the very next day; then there is no window.
    return opens if opens and opens.result < context.course.first_day else None


def _drawn(every: Span, course: CourseAnchors, times: int, cite: str, basis: Basis) -> Derivation:
    """Return the due date that lies `times` spans after a course, counted in one step from its last infusion."""
    return _Derivation(
        **course.named("last infusion"),
        anchor_day=course.last_day,
        offset=str(Step(every, times)),
        rounding="exact" if every.is_exact else "earlier",
        result=due_day(every, course.last_day, times),
        cite=cite,
        basis=basis,
    )


def _infusion_days(action: InfusionDaysAction, name: str, course: CourseAnchors) -> InfusionDaysActivity:
    ordinals = [ordinal for ordinal in sorted(set(action.days)) if ordinal <= len(course.days)]
    days = tuple(course.days[ordinal - 1].date for ordinal in ordinals)
    because = _Derivation(
        **Anchor("infusion-days", course.number, tuple(ordinals)).fields(),
        anchor_day=days[0],
        offset="",
        rounding="exact",
        result=days[0],
        cite=action.cite,
        basis=action.basis,
    )
    return _InfusionDaysActivity(**_common(action, name, course.number), days=days, because=because)


def _after_infusion(action: AfterInfusionAction, name: str, course: CourseAnchors) -> AfterInfusionActivity:
    ends = [day.infusion for day in course.days if day.infusion]
    windows = tuple(TimeWindow.after(w.end, action.hours * 60, w.time_zone) for w in ends)
    because = _Derivation(
        **Anchor("each-infusion", course.number).fields(),
        anchor_day=course.first_day,
        offset=str(Step(hours=action.hours)),
        rounding="exact",
        result=windows[0].end.date(),
        cite=action.cite,
        basis=action.basis,
    )
    return _AfterInfusionActivity(**_common(action, name, course.number), windows=windows, because=because)
