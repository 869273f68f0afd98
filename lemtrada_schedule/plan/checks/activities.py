"""Rules about the activities of a plan: ids, series, baselines, windows, periods, contraception."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, assert_never

from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.dates.steps import Step
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
from lemtrada_schedule.plan.checks.written import Fault, Written, anchor_faults, derivation_faults, is_same

__all__ = [
    "baselines",
    "complete",
    "contraception",
    "days",
    "ids",
    "one_action",
    "provisional",
]


def ids(written: Written) -> Iterator[Fault]:
    """Yield activities whose id does not match their action and course, or whose course is not in the plan."""
    for index, activity in enumerate(written.activities):
        scope = "treatment" if activity.course is None else f"course-{activity.course}"
        if activity.id != f"{activity.action}/{scope}":
            yield Fault(f"activities.{index}.id", "expected action/course-N, or action/treatment; correct it")
    for index, period in enumerate(written.contraception):
        if period.id != f"{period.action}/{index + 1}":
            yield Fault(f"contraception.{index}.id", "expected the action and 1, 2, 3 … in order; correct it")
        if period.action != written.contraception[0].action:
            yield Fault(f"contraception.{index}.action", "all contraception periods must have one action; correct it")
    for place, activity in written.given_or_done():
        if activity.course is not None and activity.course not in written.by_number:
            yield Fault(f"{place}.course", "the plan has no course with this number; correct it")


def one_action(written: Written) -> Iterator[Fault]:
    """Yield activities of one action that differ in facts from the protocol."""
    first: dict[str, tuple[object, ...]] = {}
    for place, activity in written.given_or_done():
        about: tuple[object, ...] = (activity.kind,)
        if isinstance(activity, SeriesActivity):
            # Activities that were past when a later revision took over have no baseline.
            has_baseline = activity.baseline is not None and written.provenance.protocol_since is None
            about = (activity.kind, activity.every, activity.continuing, has_baseline)
        if first.setdefault(activity.action, about) != about:
            yield Fault(place, "its kind, interval, end or baseline differs from other courses; correct one of them")


def complete(written: Written) -> Iterator[Fault]:
    """Yield missing activities of actions that all courses have, and dates that an unreadable row forbids (S06)."""
    dated = [activity for activity in written.activities if not isinstance(activity, NoteActivity)]
    if written.is_unread and dated:
        yield Fault("activities", "an infusion on record could not be read, so there are no dates; remove them")
    of: dict[str, set[int]] = {}
    for activity in written.activities:
        # A course that was cut short may lack such an infusion day.
        if activity.course is not None and not isinstance(activity, InfusionDaysActivity | AfterInfusionActivity):
            of.setdefault(activity.action, set()).add(activity.course)
    for numbers in of.values():
        # An action that a later revision added has no past activities.
        if numbers != {1} and numbers < set(written.by_number) and written.provenance.protocol_since is None:
            missing = min(set(written.by_number) - numbers)
            yield Fault("activities", f"an activity of the other courses is missing for course {missing}; add it")


def days(written: Written) -> Iterator[Fault]:
    """Yield activities whose days do not follow from their reasons. mypy reports a kind without an arm here."""
    for place, activity in written.given_or_done():
        match activity:
            case PeriodActivity():
                yield from _period(written, place, activity)
            case WindowActivity():
                yield from _window(written, place, activity)
            case SeriesActivity():
                yield from _series(written, place, activity)
            case InfusionDaysActivity():
                yield from _infusion_days(written, place, activity)
            case AfterInfusionActivity():
                yield from _after_infusion(written, place, activity)
            case NoteActivity():
                pass
            case _ as never:
                assert_never(never)


def _period(written: Written, place: str, period: PeriodActivity) -> Iterator[Fault]:
    """Yield periods that end before they begin, or whose days do not follow from their reasons."""
    ends = period.last_day or period.earliest_end
    begins_at, ends_at = f"{place}.begins_because", f"{place}.because"
    yield from derivation_faults(begins_at, period.begins_because, period.first_day, "earlier")
    rounding: Any = "later" if ends else "earlier"
    yield from derivation_faults(ends_at, period.because, ends or period.first_day, rounding)
    yield from _reversed(place, (period.first_day, period.begins_because), (ends, period.because))
    if period.last_day and period.earliest_end and period.last_day < period.earliest_end:
        yield Fault(f"{place}.last_day", "it is before earliest_end; correct one of them")
    if place.startswith("contraception.") or not written.is_over(period.last_day):
        yield from anchor_faults(written, begins_at, period.begins_because, period.course)
        yield from anchor_faults(written, ends_at, period.because, period.course)


def _reversed(
    place: str, begins: tuple[dt.date | None, Derivation | None], ends: tuple[dt.date | None, Derivation | None]
) -> Iterator[Fault]:
    """Yield a last day before the first day, unless the first is counted from a later day than the last."""
    is_reversed = begins[0] and ends[0] and ends[0] < begins[0]
    if is_reversed and begins[1] and ends[1] and begins[1].anchor_day <= ends[1].anchor_day:
        yield Fault(f"{place}.last_day", "it is before first_day; correct one of them")


def provisional(written: Written) -> Iterator[Fault]:
    """Yield provisional activities although no decision is needed, or that differ from others of their course."""
    of: dict[int | None, bool] = {}
    for place, activity in written.given_or_done():
        if not isinstance(activity, PeriodActivity | SeriesActivity):
            continue
        if activity.provisional and not written.is_unsettled:
            yield Fault(f"{place}.provisional", "no finding names the decision that is needed; correct it")
        is_merged = activity.course is None and place.startswith("contraception.")
        if is_merged or (isinstance(activity, PeriodActivity) and written.is_over(activity.last_day)):
            continue
        if of.setdefault(activity.course, activity.provisional) != activity.provisional:
            yield Fault(f"{place}.provisional", "it differs from the other activities of the course; correct it")


def _window(written: Written, place: str, window: WindowActivity) -> Iterator[Fault]:
    """Yield windows that close before they open, or whose days do not follow from their reasons."""
    yield from derivation_faults(f"{place}.begins_because", window.begins_because, window.first_day, "later")
    yield from derivation_faults(f"{place}.because", window.because, window.last_day, "earlier")
    yield from _reversed(place, (window.first_day, window.begins_because), (window.last_day, window.because))
    if window.first_day is None and window.last_day is None:
        yield Fault(place, "a window needs a first or a last day; add one")
    for name, because in (("begins_because", window.begins_because), ("because", window.because)):
        if because and not written.is_over(window.last_day):
            yield from anchor_faults(written, f"{place}.{name}", because, window.course)


def _series(written: Written, place: str, activity: SeriesActivity) -> Iterator[Fault]:
    """Yield series whose dates do not all follow from their anchor (S20)."""
    because, ends = activity.because, activity.ends_because
    yield from derivation_faults(f"{place}.because", because, because.result, "earlier")
    yield from derivation_faults(f"{place}.ends_because", ends, ends.result, "later")
    yield from anchor_faults(written, f"{place}.because", because, activity.course)
    yield from anchor_faults(written, f"{place}.ends_because", ends, None)
    if because.offset != str(Step(activity.every, 1)):
        yield Fault(f"{place}.every", "the reason uses another span; correct one of them")
        return
    yield from _dates(written, place, activity)


def _dates(written: Written, place: str, activity: SeriesActivity) -> Iterator[Fault]:
    ends = activity.ends_because.result
    due = activity.every.repeated(activity.because.anchor_day, until=ends, rounding="earlier")
    dates = activity.dates
    if until := written.past_until:  # dates before this day may be of another anchor or interval, or missing
        past = [day for day in dates if day < until]
        dates, due = dates[len(past) :], tuple(day for day in due if day >= until)
        if any(day <= before for before, day in pairwise(past)):
            yield Fault(f"{place}.dates", "dates must be in order, without duplicates; correct them")
    if dates != due:
        index = next((k for k, (is_, should) in enumerate(zip(dates, due, strict=False)) if is_ != should), None)
        at = f"{place}.dates" if index is None else f"{place}.dates.{index + len(activity.dates) - len(dates)}"
        yield Fault(at, "the dates do not follow from the anchor and the span; correct them")


def baselines(written: Written) -> Iterator[Fault]:
    """Yield baselines that are due outside their window, or whose window does not end the day before the course."""
    for place, activity in written.given_or_done():
        if not isinstance(activity, SeriesActivity) or activity.baseline is None:
            continue
        baseline, at = activity.baseline, f"{place}.baseline"
        yield from _window_of(at, baseline)
        number = activity.course if activity.course is not None else _first_number(written)
        course = written.by_number.get(number)
        if written.is_over(baseline.last_day):
            continue
        if course and baseline.last_day != course.first_day - ONE_DAY:
            yield Fault(f"{at}.last_day", "expected the day before the course; correct one of them")
        yield from anchor_faults(written, f"{at}.because", baseline.because, None)
        if baseline.begins_because:
            yield from anchor_faults(written, f"{at}.begins_because", baseline.begins_because, None)


def _window_of(place: str, baseline: Baseline) -> Iterator[Fault]:
    yield from derivation_faults(f"{place}.because", baseline.because, baseline.due, "earlier")
    yield from derivation_faults(f"{place}.begins_because", baseline.begins_because, baseline.first_day, "later")
    for because in (baseline.because, baseline.begins_because):
        is_of_course = because is not None and because.anchor_kind in ("first-infusion", "on-record")
        if because and is_of_course and baseline.last_day != because.anchor_day - ONE_DAY:
            yield Fault(f"{place}.last_day", "expected the day before the first infusion; correct one of them")
    begins = baseline.begins_because
    # If courses overlap, a window may open after the previous course, and so after its own end (S30).
    is_open = baseline.first_day is None or baseline.first_day <= baseline.last_day
    is_late = begins is not None and begins.anchor_day >= baseline.last_day
    if not is_open and not is_late:
        yield Fault(f"{place}.first_day", "it is after last_day; correct one of them")
    if baseline.due > baseline.last_day or (is_open and baseline.first_day and baseline.due < baseline.first_day):
        yield Fault(f"{place}.due", "it is outside first_day and last_day; correct one of them")
    if baseline.done != (baseline.because.anchor_kind == "test-on-record"):
        yield Fault(f"{place}.done", "expected true exactly if the day is that of a test on record; correct it")


def _first_number(written: Written) -> int:
    return min(written.courses, key=lambda course: course.last_day).number if written.courses else 0


def _infusion_days(written: Written, place: str, activity: InfusionDaysActivity) -> Iterator[Fault]:
    """Yield days that are not those of the infusions named by the reason."""
    yield from derivation_faults(f"{place}.because", activity.because, activity.days[0], "later")
    because, course = activity.because, written.by_number.get(activity.course or 0)
    if because.anchor_kind != "infusion-days" or course is None or because.anchor_course != course.number:
        yield Fault(f"{place}.because.anchor", "expected infusion days of the activity's own course; correct it")
        return
    dates = [day.date for day in course.days]
    named = {n: day for n, day in enumerate(dates, start=1) if n in because.anchor_ordinals}
    if activity.days != tuple(named.values()) or tuple(named) != because.anchor_ordinals:
        yield Fault(f"{place}.days", "these are not the dates of those infusion days; correct them")


def _after_infusion(written: Written, place: str, activity: AfterInfusionActivity) -> Iterator[Fault]:
    """Yield hours that do not start at the end of an infusion of the course, or have another length than stated."""
    because, step = activity.because, Step.parse(activity.because.offset)
    yield from derivation_faults(f"{place}.because", because, activity.windows[0].end.date(), "later")
    course = written.by_number.get(activity.course or 0)
    own = ("each-infusion", activity.course)
    if course is None or not (step and step.hours) or (because.anchor_kind, because.anchor_course) != own:
        yield Fault(f"{place}.because", "expected hours after each infusion of the activity's course; correct it")
        return
    if because.anchor_day != course.first_day:
        yield Fault(f"{place}.because.anchor_day", "this is not the first day of the course; correct one of them")
    ends = [day.infusion.end for day in course.days if day.infusion]
    begins = [window.start for window in activity.windows]
    if written.provenance.protocol_since:  # of a revision that began during the course, the hours before are missing
        ends = [end for end in ends if any(is_same(end, begin) for begin in begins)]
    if len(begins) != len(ends) or not all(map(is_same, begins, ends)):
        yield Fault(f"{place}.windows", "they do not start when the infusions end; correct them")
    if any(abs(window.minutes - 60 * step.hours) > written.slack_minutes for window in activity.windows):
        yield Fault(f"{place}.windows", "they do not last as long as the reason says; correct them")
    if any(window.time_zone != written.time_zone for window in activity.windows):
        yield Fault(f"{place}.windows", "their time zone is not that of the plan; correct one of them")


def contraception(written: Written) -> Iterator[Fault]:
    """Yield courses without contraception, and periods that overlap, touch, or are out of order (S23)."""
    found = written.contraception
    if written.is_unread:
        if found:
            yield Fault("contraception", "an infusion on record could not be read, so there are no dates; remove them")
        return
    for index, (before, period) in enumerate(pairwise(found), start=1):
        if before.last_day is None or period.first_day <= before.last_day + ONE_DAY:
            yield Fault(f"contraception.{index}.first_day", "periods that overlap or touch must be one; merge them")
    if any(period.last_day is None for period in found):
        yield Fault("contraception", "every period needs an end; add last_day")
    if not _is_usual(found):
        return
    for place, course in written.placed():
        inside = [
            period for period in found
            if period.first_day <= course.first_day and course.last_day <= (period.last_day or dt.date.max)
        ]  # fmt: skip
        if not inside:
            yield Fault(place, "no contraception period covers this course; correct contraception")


def _is_usual(found: tuple[PeriodActivity, ...]) -> bool:
    """Return whether contraception is counted so that it covers its course; custom protocols may differ."""
    for period in found:
        begins, ends = period.begins_because, period.because
        opens, closes = Step.parse(begins.offset), Step.parse(ends.offset)
        from_first = begins.anchor_kind in ("first-infusion", "on-record") and opens and opens.times <= 0
        if not (from_first and ends.anchor_kind == "last-infusion" and closes and closes.times >= 0):
            return False
    return True
