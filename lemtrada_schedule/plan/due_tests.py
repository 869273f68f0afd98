"""The tests of a plan that are due on a day: dates of series, baselines and windows, with their visit groups (S40)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.dates.spans import STEPS, Span
from lemtrada_schedule.dates.steps import Step
from lemtrada_schedule.errors import InvalidInput
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import Activity, Baseline, SeriesActivity, WindowActivity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.repeated import kept, repeated
from lemtrada_schedule.protocol.actions import SeriesAction, WindowAction
from lemtrada_schedule.protocol.due_dates import due_day, due_days
from lemtrada_schedule.protocol.neutral_titles import visit_of
from lemtrada_schedule.protocol.protocol import Protocol

__all__ = ["DueTests", "due_tests"]

_UNITS: Final = {"months": 0, "years": 0, "weeks": 1, "days": 2}
"""If several series are due on one day, the one with the lowest unit gives the visit its id: months come first."""

_SERIES, _BASELINE, _WINDOW = 0, 1, 2

_MONTH: Final = Span.parse("1 month")


class Grouped(NamedTuple):
    """The facts in the protocol about an action whose tests are visits."""

    group: str
    group_order: int
    """The position in the protocol of the first action of the group."""
    order: int
    """Its own position in the protocol."""
    title: str
    """The title of a visit of the group."""

    def __repr__(self) -> str:
        """Return the group: a title may be about a patient."""
        return f"Grouped({self.group!r})"


class Alike(NamedTuple):
    """Tests of one group that have the same rule, and so are always due together."""

    rank: tuple[int, ...]
    """The tests with the lowest rank on a day give the visit its id."""
    about: Grouped
    """The facts about the first of them."""
    course: int | None
    neutral_title: str
    because: Derivation
    """Why they are due; for series, why the first date is what it is."""
    every: Span | None
    """For series: the span between two dates."""
    places: tuple[int, ...]
    """The positions of their activities in the plan."""
    ids: tuple[str, ...]
    """The ids of their activities."""

    def __repr__(self) -> str:
        """Return the ids: titles and days may be about a patient."""
        return f"Alike({', '.join(self.ids)})"


class DueTests(NamedTuple):
    """Tests that are due together on one day, with the limits for doing them earlier."""

    of: Alike
    day: dt.date
    name: str
    """The id of the visit, without the group: `course-1/12`."""
    suffix: str
    """The end of a test's id, after that of its activity: `/12`."""
    times: int | None = None
    """For series: the number of spans after the anchor; `None` for a date kept from the previous plan."""
    gap: int | None = None
    """The days of the interval that ends on the day; `None` for a window."""
    opens: dt.date | None = None
    """The first day on which they count, if it does not follow from the interval: for a window, and after an anchor."""
    baseline: Baseline | None = None

    def __repr__(self) -> str:
        """Return the name: titles and days may be about a patient."""
        return f"DueTests({self.name!r})"

    @property
    def because(self) -> Derivation:
        """Why they are due on the day."""
        every, why = self.of.every, self.of.because
        if every is None:
            return why
        return repeated(why, every, self.times, self.day) if self.times else kept(why, self.day)

    @property
    def placed(self) -> tuple[tuple[int, ...], tuple[str, ...], str]:
        """The positions of the tests in the plan, and the parts of their ids."""
        return self.of.places, self.of.ids, self.suffix


def due_tests(rules: Protocol, activities: Sequence[Activity], courses: Sequence[Course]) -> Iterator[DueTests]:
    """Yield the due tests, rule by rule: dates of series, then baselines that are not done, then windows.

    A window of a visit group is due with the baseline of its group and course, if that is due within the window; else
    on its last day. A window without a last day is never due, and one without a visit group is not a visit.
    """
    if not courses:
        return
    grouped, first = _grouped(rules), min(courses, key=lambda course: course.last_day).number
    tests = [(place, one) for place, one in enumerate(activities) if one.action in grouped]
    series = [(place, one) for place, one in tests if isinstance(one, SeriesActivity)]
    for alike, first_of_them in _together(grouped, series):
        yield from _dates(alike, first_of_them.every, first_of_them.dates)
    proposed: dict[tuple[str, int], list[dt.date]] = {}
    for place, one in series:
        if one.baseline and not one.baseline.done:
            about, number = grouped[one.action], one.course or first
            proposed.setdefault((about.group, number), []).append(one.baseline.due)
            yield _baseline(about, place, one, one.baseline, _last_before(courses, number))
    for place, window in tests:
        if isinstance(window, WindowActivity) and window.because:
            about = grouped[window.action]
            days = proposed.get((about.group, window.course or first), ())
            yield _window(about, place, window, window.because, days)


def _last_before(courses: Sequence[Course], number: int) -> dt.date | None:
    """Return the last infusion before a course began: a baseline of the course is later (S41)."""
    begins = [course.first_day for course in courses if course.number == number]
    return max([one.last_day for one in courses if begins and one.last_day < begins[0]], default=None)


@lru_cache(maxsize=16)
def _grouped(rules: Protocol) -> dict[str, Grouped]:
    first: dict[str, int] = {}
    found = {}
    for order, action in enumerate(rules.actions):
        if isinstance(action, SeriesAction) or (isinstance(action, WindowAction) and action.visit):
            group = visit_of(action) or f"{action.id}-visit"
            found[action.id] = Grouped(group, first.setdefault(group, order), order, _title(action))
    return found


def _title(action: SeriesAction | WindowAction) -> str:
    """Return the title of a visit: that of its group, or of its action if that is a visit of its own."""
    if not action.visit:
        return action.title
    words = action.visit.replace("-", " ").replace("_", " ").removesuffix(" visit")
    return f"{words[0].upper()}{words[1:]} visit"


def _together(
    grouped: dict[str, Grouped], series: Sequence[tuple[int, SeriesActivity]]
) -> Iterator[tuple[Alike, SeriesActivity]]:
    """Yield series with the same group and rule together, with the first of them."""
    alike: dict[tuple[object, ...], list[tuple[int, SeriesActivity]]] = {}
    for place, one in series:
        key = (grouped[one.action].group, one.course, one.every, one.because.anchor_day, one.dates)
        alike.setdefault(key, []).append((place, one))
    for members in alike.values():
        place, first = members[0]
        rank = (_SERIES, _UNITS[first.every.unit], first.course is None, first.course or 0, place)
        about, places, ids = grouped[first.action], tuple([p for p, _ in members]), tuple([s.id for _, s in members])
        of = Alike(rank, about, first.course, first.neutral_title, first.because, first.every, places, ids)
        yield of, first


def _dates(of: Alike, every: Span, dates: tuple[dt.date, ...]) -> Iterator[DueTests]:
    anchor = before = of.because.anchor_day
    spans, scope, last = _spans(every, anchor, dates), _scope(of.course), 0
    for day, times, (name, suffix) in zip(dates, spans, _names(scope, every, spans), strict=True):
        if times and times > last + 1:  # the plan does not hold the date before
            before = due_day(every, anchor, times - 1)
        yield DueTests(of, day, name or f"{scope}/{_since(anchor, day)}", suffix, times, (day - before).days)
        before, last = day, times or last


@lru_cache(maxsize=1_024)
def _spans(every: Span, anchor: dt.date, dates: tuple[dt.date, ...]) -> tuple[int | None, ...]:
    """Return the number of spans from the anchor to each date of a series; `None` for a date kept from before.

    If a later revision of the protocol made a part of the plan, the first date may be more than one span on (S45).
    """
    counted = {day: times for times, day in enumerate(due_days(every, anchor, dates[-1]), start=1)} if dates else {}
    return tuple([counted.get(day) for day in dates])


@lru_cache(maxsize=1_024)
def _names(scope: str, every: Span, spans: tuple[int | None, ...]) -> tuple[tuple[str, str], ...]:
    """Return the end of the id of each visit of a series (empty for a date that was kept) and of each test."""
    names = [f"{scope}/{_times(every, times)}" if times else "" for times in spans]
    return tuple([(name, f"/{ordinal}") for ordinal, name in enumerate(names, start=1)])


def _alone(role: int, about: Grouped, place: int, activity: SeriesActivity | WindowActivity, why: Derivation) -> Alike:
    course = activity.course
    rank = (role, 0, course is None, course or 0, place)
    return Alike(rank, about, course, activity.neutral_title, why, None, (place,), (activity.id,))


def _baseline(
    about: Grouped, place: int, series: SeriesActivity, baseline: Baseline, last_before: dt.date | None
) -> DueTests:
    of = _alone(_BASELINE, about, place, series, baseline.because)
    after = [last_before + ONE_DAY] if last_before else []
    opens = max([*after, *([baseline.first_day] if baseline.first_day else [])], default=None)
    name, due = f"{_scope(series.course)}/baseline", baseline.due
    return DueTests(of, due, name, "/baseline", gap=_interval(series.every, due), opens=opens, baseline=baseline)


def _interval(every: Span, day: dt.date) -> int | None:
    """Return the number of days of the span that ends on a day; `None` if it would begin before 1900."""
    try:
        return (day - every.after(day, rounding="later", times=-1)).days
    except InvalidInput:
        return None


def _window(
    about: Grouped, place: int, window: WindowActivity, because: Derivation, proposed: Sequence[dt.date]
) -> DueTests:
    first, last = window.first_day or dt.date.min, because.result
    day = max([day for day in proposed if first <= day <= last], default=last)
    name = f"{_scope(window.course)}/{_distance(because.offset, because.anchor_kind)}"
    after = because.anchor_day + ONE_DAY if because.anchor_day < day else first
    opens = None if max(first, after) == dt.date.min else max(first, after)
    return DueTests(_alone(_WINDOW, about, place, window, because), day, name, "", opens=opens)


def _scope(course: int | None) -> str:
    return "treatment" if course is None else f"course-{course}"


def _times(span: Span, times: int) -> str:
    """Return the distance of a date from its anchor, as in ids: `12` for months, `6-weeks`, `10-days`."""
    many = times * span.count
    return f"{many}-{span.unit}" if span.is_exact else str(many * STEPS[span.unit])


def _since(anchor: dt.date, day: dt.date) -> str:
    """Return the distance of a kept date from its anchor, as in ids: in months, else weeks, else days."""
    months, days = _MONTH.times_until(anchor, day, rounding="earlier"), (day - anchor).days
    if due_day(_MONTH, anchor, months) == day:
        return str(months)
    return f"{days // 7}-weeks" if days % 7 == 0 else f"{days}-days"


@lru_cache(maxsize=256)
def _distance(offset: str, anchor: str | None) -> str:
    """Return the distance of the last day of a window from its anchor, as in ids.

    After the last infusion it is written as for a series, so that both are one visit: `6`. Otherwise the id names the
    anchor: `42-days-before-first-infusion`, or `first-infusion` for the anchor's own day.
    """
    step = Step.parse(offset)
    if step is None or step.span is None:
        return f"{anchor}"
    many = _times(step.span, abs(step.times))
    if anchor == "last-infusion" and step.times > 0:
        return many
    return f"{many}{'' if step.is_exact else '-months'}-{'after' if step.times > 0 else 'before'}-{anchor}"
