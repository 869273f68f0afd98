"""Which tests of a plan are one visit: every test of a visit group that is due on one day (S40).

Planning makes the visits of a plan from these days, and the checks of a written plan compare its visits with them.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from lemtrada_schedule.dates.spans import STEPS, Span
from lemtrada_schedule.dates.steps import Step
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import Activity, Baseline, SeriesActivity, WindowActivity
from lemtrada_schedule.plan.repeated import repeated
from lemtrada_schedule.protocol.actions import SeriesAction, WindowAction
from lemtrada_schedule.protocol.neutral_titles import visit_of
from lemtrada_schedule.protocol.protocol import Protocol

__all__ = ["VisitDay", "visit_days"]

_UNITS: Final = {"months": 0, "years": 0, "weeks": 1, "days": 2}
"""Of several tests on one day, the one of the lowest rank gives the visit its id: months win."""

_SERIES, _BASELINE, _WINDOW = 0, 1, 2


class _Grouped(NamedTuple):
    """What a protocol says of an action whose tests are visits."""

    group: str
    group_order: int
    """The place in the protocol of the first action of the group."""
    order: int
    """Its own place in the protocol."""
    title: str
    """What a visit of the group is called."""


class _Due(NamedTuple):
    """Tests of one rule that are due on one day, with what a day for them must keep."""

    rank: tuple[int, ...]
    """Which of the tests of a day gives the visit its id: the lowest."""
    about: _Grouped
    day: dt.date
    name: str
    """The id of the visit, without the group: `course-1/12`."""
    activities: Sequence[tuple[int, SeriesActivity | WindowActivity]]
    """Whose tests they are, each with its place in the plan."""
    because: Derivation
    """Why they are due; of a series, why its first date is."""
    date: int | None = None
    """Of a series: which of its dates it is, from 1."""
    gap: int | None = None
    """Of a series: the days since the date before, of the first one since the anchor."""
    opens: dt.date | None = None
    """The first day on which they count; `None`: any day."""
    baseline: Baseline | None = None

    def tests(self) -> Iterator[tuple[int, int, str]]:
        """Yield the id of each dated item, after its place in the plan."""
        for place, activity in self.activities:
            if self.baseline:
                yield place, 0, f"{activity.id}/baseline"
            else:
                yield place, 1, f"{activity.id}/{self.date}" if self.date else activity.id


@dataclass(frozen=True, repr=False)
class VisitDay:
    """The tests of one visit group that are due on one day; the first ones give the visit its id."""

    id: str
    parts: tuple[_Due, ...]

    @property
    def due(self) -> dt.date:
        """The day by which the tests are to be done."""
        return self.parts[0].day

    @property
    def group(self) -> str:
        """The visit group."""
        return self.parts[0].about.group

    @property
    def order(self) -> tuple[dt.date, int, str]:
        """Where it stands among the visits of a plan: by day, then by its group in the protocol."""
        return self.due, self.parts[0].about.group_order, self.id

    @property
    def course(self) -> int | None:
        """The course it belongs to; `None` for the treatment as a whole."""
        return self.parts[0].activities[0][1].course

    @property
    def kind(self) -> Literal["baseline", "due"]:
        """Whether it is there for tests before a course alone."""
        return "baseline" if self.parts[0].baseline else "due"

    @property
    def title(self) -> str:
        """What it is called in full."""
        return self.parts[0].about.title

    @property
    def neutral_title(self) -> str:
        """What it is called where others may read it: as the first of its tests in the protocol."""
        first = min(self.parts, key=lambda part: part.about.order) if len(self.parts) > 1 else self.parts[0]
        return first.activities[0][1].neutral_title

    @property
    def tests(self) -> tuple[str, ...]:
        """The ids of the dated items, in the order of the plan."""
        return tuple([name for _, _, name in sorted([one for part in self.parts for one in part.tests()])])

    @property
    def because(self) -> Derivation:
        """Why it is due on its day."""
        part = self.parts[0]
        series = part.activities[0][1]
        if part.date is None or not isinstance(series, SeriesActivity):
            return part.because
        return repeated(part.because, series.every, part.date, part.day)

    @property
    def baselines(self) -> tuple[Baseline, ...]:
        """The baselines that it serves."""
        return tuple(part.baseline for part in self.parts if part.baseline)

    @property
    def gap(self) -> int | None:
        """The shortest interval of its tests, in days; `None` where none of them recurs."""
        return min([part.gap for part in self.parts if part.gap is not None], default=None)

    @property
    def anchor(self) -> dt.date | None:
        """The last day before it that one of its tests is counted from; `None` where that lies after it."""
        days = [part.because.anchor_day for part in self.parts if part.because.anchor_day < part.day]
        return max(days, default=None)

    @property
    def opens(self) -> dt.date | None:
        """The first day on which all of its tests count; `None`: any day."""
        return max([part.opens for part in self.parts if part.opens], default=None)


def visit_days(rules: Protocol, activities: Sequence[Activity], first_course: int) -> tuple[VisitDay, ...]:
    """Return the visits that the activities of a plan make, in order of their due days.

    Args:
        rules: The protocol, which says what belongs to one visit.
        activities: The activities of the plan. A baseline that is done is no visit to come, and no window either
            that has no last day.
        first_course: The number of the first course, on which tests of the treatment as a whole are counted.
    """
    on: dict[tuple[str, dt.date], list[_Due]] = {}
    for due in _due_of(_grouped(rules), activities, first_course):
        on.setdefault((due.about.group, due.day), []).append(due)
    days = [tuple(sorted(parts, key=lambda part: part.rank)) for parts in on.values()]
    return tuple(sorted(_named(days), key=lambda day: day.order))


def _named(days: Sequence[tuple[_Due, ...]]) -> Iterator[VisitDay]:
    """Yield each day with its id. Of several baseline visits of one course, the last one has the plain id."""
    times: dict[str, int] = {}
    for parts in sorted(days, key=lambda parts: parts[0].day, reverse=True):
        name = f"{parts[0].about.group}/{parts[0].name}"
        times[name] = times.get(name, 0) + 1
        yield VisitDay(name if times[name] == 1 else f"{name}-{times[name]}", parts)


@lru_cache(maxsize=16)
def _grouped(rules: Protocol) -> dict[str, _Grouped]:
    first: dict[str, int] = {}
    found = {}
    for order, action in enumerate(rules.actions):
        if isinstance(action, SeriesAction | WindowAction):
            group = visit_of(action) or f"{action.id}-visit"
            found[action.id] = _Grouped(group, first.setdefault(group, order), order, _title(action))
    return found


def _title(action: SeriesAction | WindowAction) -> str:
    """Return what a visit is called: by its group, or as its action where that is a visit of its own."""
    if not action.visit:
        return action.title
    words = action.visit.replace("-", " ").replace("_", " ").removesuffix(" visit")
    return f"{words[0].upper()}{words[1:]} visit"


def _due_of(grouped: dict[str, _Grouped], activities: Sequence[Activity], first_course: int) -> Iterator[_Due]:
    """Yield the tests of each rule on each day: dates of series, then baselines, then windows."""
    tests = [(place, one) for place, one in enumerate(activities) if one.action in grouped]
    series = [(place, one) for place, one in tests if isinstance(one, SeriesActivity)]
    yield from _dates(grouped, series)
    baselines: dict[tuple[str, int], list[dt.date]] = {}
    for place, one in series:
        if one.baseline and not one.baseline.done:
            about = grouped[one.action]
            baselines.setdefault((about.group, one.course or first_course), []).append(one.baseline.due)
            yield _baseline(about, place, one, one.baseline)
    for place, window in tests:
        if isinstance(window, WindowActivity) and window.last_day and window.because:
            about = grouped[window.action]
            proposed = baselines.get((about.group, window.course or first_course), ())
            yield _window(about, place, window, window.because, proposed)


def _dates(grouped: dict[str, _Grouped], series: Sequence[tuple[int, SeriesActivity]]) -> Iterator[_Due]:
    """Yield each date of each series; series of one group and one rule are due together."""
    alike: dict[tuple[object, ...], list[tuple[int, SeriesActivity]]] = {}
    for place, one in series:
        key = (grouped[one.action].group, one.course, one.every, one.dates)
        alike.setdefault(key, []).append((place, one))
    for members in alike.values():
        place, first = members[0]
        about, before = grouped[first.action], first.because.anchor_day
        rank, scope = _rank(_SERIES, first.every, first, place), _scope(first.course)
        for date, day in enumerate(first.dates, start=1):
            name, gap = f"{scope}/{_times(first.every, date)}", (day - before).days
            yield _Due(rank, about, day, name, members, first.because, date=date, gap=gap)
            before = day


def _baseline(about: _Grouped, place: int, series: SeriesActivity, baseline: Baseline) -> _Due:
    rank, name = _rank(_BASELINE, None, series, place), f"{_scope(series.course)}/baseline"
    own = [(place, series)]
    return _Due(rank, about, baseline.due, name, own, baseline.because, opens=baseline.first_day, baseline=baseline)


def _window(
    about: _Grouped, place: int, window: WindowActivity, because: Derivation, proposed: Sequence[dt.date]
) -> _Due:
    """Return a window: with the baseline of its group where that is due within it, else on its last day."""
    first, last = window.first_day or dt.date.min, because.result
    day = max([day for day in proposed if first <= day <= last], default=last)
    rank, name = (
        _rank(_WINDOW, None, window, place),
        f"{_scope(window.course)}/{_distance(because.offset, because.anchor_kind)}",
    )
    return _Due(rank, about, day, name, [(place, window)], because, opens=window.first_day)


def _rank(role: int, span: Span | None, activity: SeriesActivity | WindowActivity, place: int) -> tuple[int, ...]:
    """Return where tests stand among those of one day: series first, by months, and by courses."""
    unit = _UNITS[span.unit] if span else 0
    return role, unit, activity.course is None, activity.course or 0, place


def _scope(course: int | None) -> str:
    return "treatment" if course is None else f"course-{course}"


@lru_cache(maxsize=1_024)
def _times(span: Span, times: int) -> str:
    """Return how far a date lies from its anchor, as ids say it: `12` for months, `6-weeks`, `10-days`."""
    many = abs(times) * span.count
    return f"{many}-{span.unit}" if span.is_exact else str(many * STEPS[span.unit])


@lru_cache(maxsize=256)
def _distance(offset: str, anchor: str | None) -> str:
    """Return how far the last day of a window lies from its anchor, as ids say it.

    After the last infusion it is counted as a series is, so that both are one visit: `6`. Else the id names the anchor:
    `42-days-before-first-infusion`, or `first-infusion` for its own day.
    """
    step = Step.parse(offset)
    if step is None or step.span is None:
        return f"{anchor}"
    if anchor == "last-infusion" and step.times > 0:
        return _times(step.span, step.times)
    unit = step.span.unit if step.is_exact else "months"
    many = abs(step.times) * step.span.count * (1 if step.is_exact else STEPS[step.span.unit])
    return f"{many}-{unit}-{'after' if step.times > 0 else 'before'}-{anchor}"
