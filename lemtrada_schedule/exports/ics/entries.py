"""What a plan puts into a calendar: one entry for each dated item, in the words that were asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Literal

from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.exports.explaining import explain
from lemtrada_schedule.exports.reasons import KEPT, reason, spans_on
from lemtrada_schedule.exports.titles import Titles, neutral_title
from lemtrada_schedule.plan.activities import (
    AfterInfusionActivity,
    InfusionDaysActivity,
    NoteActivity,
    PeriodActivity,
    SeriesActivity,
    WindowActivity,
)
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.scalars import clock

__all__ = ["Entry", "Part", "Spans", "Status", "entries"]

Spans = Literal["all-day", "start-end", "none"]

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

Part = Literal["", "first-day", "last-day"]

_Dated = PeriodActivity | WindowActivity | SeriesActivity | InfusionDaysActivity | AfterInfusionActivity

_OPEN: Final = "not over before this day"

_UNSETTLED: Final = "This rests on a course that is not settled."


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One entry of a calendar: whole days, both ends included, or clock time."""

    id: str
    """The item's id in the plan."""
    title: str
    lines: tuple[str, ...]
    """What stands below the title."""
    first_day: date
    last_day: date
    hours: tuple[datetime, datetime, str] | None = None
    """Start and end by the clock, and their zone; `None` for whole days."""
    status: Status = "CONFIRMED"
    stretch: Literal["holds", "within"] | None = None
    """What may last for days: something holds all the time, or is to be done some time within."""
    ending: str = "last day"
    """What its last day is."""
    open_end: str = ""
    """What the title says of an end that is open, where the entry fills its days."""
    part: Part = ""
    """Which end of the item this is, where each end has an entry."""

    @property
    def name(self) -> str:
        """What the entry is known by: the item's id, and the part if it is one."""
        return f"{self.id}/{self.part}" if self.part else self.id


def entries(plan: Plan, *, titles: Titles, spans: Spans) -> Iterator[Entry]:
    """Yield the entries of a plan: infusion days, contraception, then activities, each in the plan's order.

    A note has no date, and no entry.

    Args:
        plan: The plan.
        titles: `clinical` says what is done and why; `neutral` has the neutral titles of the protocol, and no reasons.
        spans: What becomes of an item of more than a day: `all-day`, one entry that fills its days;
            `start-end`, one for its first and one for its last day; `none`, nothing, but for the last day of
            what is to be done within.
    """
    unsettled = {course.number for course in plan.courses if course.status == "tentative"}
    for course in plan.courses:
        yield from (_settled(entry, course.number in unsettled) for entry in _infusion_days(course, titles))
    for activity in (*plan.contraception, *plan.activities):
        if isinstance(activity, NoteActivity):
            continue
        open_ended = activity.course in unsettled or getattr(activity, "provisional", False)
        for entry in _ENTRIES[type(activity)](activity, titles):
            yield from (_settled(one, open_ended) for one in _spanned(entry, spans))


def _settled(entry: Entry, unsettled: object) -> Entry:
    return replace(entry, status="TENTATIVE", lines=(*entry.lines, _UNSETTLED)) if unsettled else entry


def _spanned(entry: Entry, spans: Spans) -> Iterator[Entry]:
    if entry.stretch is None:
        yield entry
    elif spans == "all-day" or entry.first_day == entry.last_day:
        yield replace(entry, title=f"{entry.title}{entry.open_end}")
    else:
        if spans == "start-end":
            yield _end(entry, "first-day", entry.first_day, "first day")
        if spans == "start-end" or entry.stretch == "within":
            yield _end(entry, "last-day", entry.last_day, entry.ending)


def _end(entry: Entry, part: Part, day: date, words: str) -> Entry:
    return replace(entry, part=part, title=f"{entry.title}: {words}", first_day=day, last_day=day)


# --- one function for each kind of item ----------------------------------------------------------


def _infusion_days(course: Course, titles: Titles) -> Iterator[Entry]:
    why = explain(course) if titles == "clinical" else ""
    for day in course.days:
        title = f"Infusion day {day.number} of course {course.number}"
        neutral = f"Appointment, day {day.number} of {len(course.days)}"
        words, lines = (title, (explain(day), why)) if titles == "clinical" else (neutral, tuple(_stay(day)))
        yield Entry(day.id, words, lines, day.date, day.date, _hours(day))


def _hours(day: InfusionDay) -> tuple[datetime, datetime, str] | None:
    """Return the hours of a day; a day that was given, and whose times are not on record, has none."""
    windows = [window for window in (day.infusion, day.observation) if window]
    return (windows[0].start, windows[-1].end, windows[0].time_zone) if windows else None


def _stay(day: InfusionDay) -> Iterator[str]:
    if day.infusion is None or day.observation is None:
        return
    times = f"{clock(day.infusion.start)}-{clock(day.infusion.end)}"
    yield f"{times}, then stay until {clock(day.observation.end)} or later ({day.infusion.time_zone})"


def _entry(
    part: _Dated, titles: Titles, days: tuple[date, date], *words: str, item: str = "", hours: TimeWindow | None = None
) -> Entry:
    """Return the entry of an item. Of the words, the first are clinical and the second, if any, are neutral."""
    if titles == "neutral":
        return Entry(item or part.id, neutral_title(part, hours), words[1:], *days)
    title = f"{part.title} ({part.applies_to})" if part.applies_to else part.title
    return Entry(item or part.id, title, words[:1], *days)


def _period(period: PeriodActivity, titles: Titles) -> Iterator[Entry]:
    first, last = period.first_day, period.last_day or period.earliest_end
    if last is None:
        entry = _entry(period, titles, (first, first), explain(period), f"From {short_day(first)}, no end stated")
        yield replace(entry, title=f"{entry.title}{'' if titles == 'neutral' else ', no end stated'}: first day")
        return
    until = f"until {short_day(last)}" if period.last_day else f"not over before {short_day(last)}"
    entry = _entry(period, titles, (first, last), explain(period), f"From {short_day(first)}, {until}")
    if period.last_day:
        yield replace(entry, stretch="holds")
    else:  # a neutral title says so itself
        yield replace(entry, stretch="holds", ending=_OPEN, open_end="" if titles == "neutral" else ", end open")


def _window(window: WindowActivity, titles: Titles) -> Iterator[Entry]:
    first, last = window.first_day or window.last_day, window.last_day or window.first_day
    if first is None or last is None:
        return
    entry = _entry(window, titles, (first, last), explain(window), _between(window.first_day, window.last_day))
    yield replace(entry, stretch="within") if window.last_day else replace(entry, title=f"{entry.title}: first day")


def _between(first: date | None, last: date | None) -> str:
    days = (f"from {short_day(first)}" if first else "", f"until {short_day(last)}" if last else "")
    return f"Any day {' '.join(filter(None, days))}"


def _series(series: SeriesActivity, titles: Titles) -> Iterator[Entry]:
    if due := series.baseline:
        words = (explain(due), "Done" if due.done else _between(due.first_day, due.last_day))
        entry = _entry(series, titles, (due.due, due.due), *words, item=f"{series.id}/baseline")
        yield replace(entry, title=f"{entry.title}: baseline")
    counted, counts = f"every {series.every}; the first: {reason(series.because)}", spans_on(series)
    more = "; more follow, no end is stated" if series.continuing else ""
    for ordinal, day in enumerate(series.dates, start=1):
        place = f"Date {ordinal} of {len(series.dates)}{more}"
        why = counted if day in counts else KEPT
        yield _entry(series, titles, (day, day), f"{place}; {why}", place, item=f"{series.id}/{ordinal}")


def _on_infusion_days(activity: InfusionDaysActivity, titles: Titles) -> Iterator[Entry]:
    why = reason(activity.because)
    for ordinal, day in enumerate(activity.days, start=1):
        yield _entry(activity, titles, (day, day), why, item=f"{activity.id}/{ordinal}")


def _after_infusion(activity: AfterInfusionActivity, titles: Titles) -> Iterator[Entry]:
    why = reason(activity.because)
    for ordinal, window in enumerate(activity.windows, start=1):
        days = (window.start.date(), window.end.date())
        hours = f"From {clock(window.start)} until {short_day(days[1])} {clock(window.end)} ({window.time_zone})"
        entry = _entry(activity, titles, days, f"{hours}: {why}", hours, item=f"{activity.id}/{ordinal}", hours=window)
        yield replace(entry, stretch="holds")


_ENTRIES: Final[dict[type, Callable[[Any, Titles], Iterator[Entry]]]] = {
    PeriodActivity: _period,
    WindowActivity: _window,
    SeriesActivity: _series,
    InfusionDaysActivity: _on_infusion_days,
    AfterInfusionActivity: _after_infusion,
}
