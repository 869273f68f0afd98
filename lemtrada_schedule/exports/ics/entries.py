"""Calendar entries of a plan: one for each dated item, with clinical or neutral titles."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal, assert_never

from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.exports.explaining import explain, reason
from lemtrada_schedule.exports.titles import Titles, clinical_title, neutral_title
from lemtrada_schedule.exports.visit_words import suggestion, tests_in_words
from lemtrada_schedule.plan.activities import Baseline
from lemtrada_schedule.plan.courses import InfusionDay
from lemtrada_schedule.plan.items import KEPT, Item, Part, Recurrence, shown_parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.visits import Visit
from lemtrada_schedule.validation.scalars import clock

__all__ = ["End", "Entry", "Hours", "Spans", "Status", "entries"]

Spans = Literal["all-day", "start-end", "none"]

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

End = Literal["", "first-day", "last-day"]

_OPEN: Final = "not over before this day"

_UNSETTLED: Final = "This rests on a course that is not settled."

_PARTLY: Final = "Some of its tests depend on a course that is not settled."

_MORE: Final = "More visits follow: no end is stated."


@dataclass(frozen=True, slots=True, repr=False)
class Hours:
    """Start and end by the clock, and the zone of the clock."""

    start: datetime
    end: datetime
    time_zone: str


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One entry of a calendar: whole days, both ends included, or clock time."""

    id: str
    """The item's id in the plan."""
    title: str
    lines: tuple[str, ...]
    """The text below the title."""
    first_day: date
    last_day: date
    hours: Hours | None = None
    """`None` for whole days."""
    status: Status = "CONFIRMED"
    stretch: Literal["holds", "within"] | None = None
    """Of an entry of several days: something holds all the time, or is to be done on one of the days."""
    ending: str = "last day"
    """What the last day is called."""
    open_end: str = ""
    """What the title says about an open end, where the entry fills its days."""
    end: End = ""
    """Which end of the item this is, where each end has an entry."""

    @property
    def name(self) -> str:
        """The name that identifies the entry: the item's id, and which end of it this is."""
        return f"{self.id}/{self.end}" if self.end else self.id


def entries(plan: Plan, *, titles: Titles, spans: Spans) -> Iterator[Entry]:
    """Yield the entries of a plan: infusion days, contraception, activities, then visits, each in the plan's order.

    A note has no date, and no entry. A visit has one entry, on the day suggested for it, else on its due day (S40).

    Args:
        plan: The plan.
        titles: `clinical` says what is done and why; `neutral` has the neutral titles of the protocol, and no reasons.
        spans: How to show an item of more than one day: `all-day`, one entry that fills its days; `start-end`,
            one entry on its first and one on its last day; `none`, no entry, except for the last day of something
            that is to be done within several days.
    """
    for part in shown_parts(plan):
        for entry in _entries(part, clinical=titles == "clinical"):
            yield from (one if part.is_settled else _unsettled(one) for one in _spanned(entry, spans))


def _unsettled(entry: Entry) -> Entry:
    return replace(entry, status="TENTATIVE", lines=(*entry.lines, _UNSETTLED))


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


def _end(entry: Entry, end: End, day: date, words: str) -> Entry:
    return replace(entry, end=end, title=f"{entry.title}: {words}", first_day=day, last_day=day)


# --- one function for each shape of items --------------------------------------------------------


def _entries(part: Part, *, clinical: bool) -> Iterator[Entry]:
    match part.shape:
        case "infusion":
            yield from _infusions(part, clinical=clinical)
        case "visit":
            yield from (_visit(item, item.visit, clinical=clinical) for item in part.items() if item.visit)
        case "holds":
            yield from (_holds(item, day, clinical=clinical) for item in part.items() if (day := item.first_day))
        case "within":
            yield from (_within(item, day, clinical=clinical) for item in part.items() if (day := item.day))
        case "day":
            yield from _days(part, clinical=clinical)
        case "hours":
            yield from (_hours_after(item, item.window, clinical=clinical) for item in part.items() if item.window)
        case "words":
            pass
        case _ as never:
            assert_never(never)


def _title(item: Item, *, clinical: bool) -> str:
    return clinical_title(item.part) if clinical else neutral_title(item)


def _infusions(part: Part, *, clinical: bool) -> Iterator[Entry]:
    why = explain(part.source_part) if clinical else ""
    days = part.block.days if part.block else ()
    for item, day in zip(part.items(), days, strict=True):
        title = item.title if clinical else f"{neutral_title(item)}, day {day.number} of {len(days)}"
        lines = (explain(day), why) if clinical else tuple(_stay(day))
        yield Entry(item.id, title, lines, day.date, day.date, _hours(day))


def _hours(day: InfusionDay) -> Hours | None:
    """Return the hours of a day; a day that was given may have no times on record."""
    windows = [window for window in (day.infusion, day.observation) if window]
    return Hours(windows[0].start, windows[-1].end, windows[0].time_zone) if windows else None


def _stay(day: InfusionDay) -> Iterator[str]:
    if day.infusion is None or day.observation is None:
        return
    times = f"{clock(day.infusion.start)}-{clock(day.infusion.end)}"
    yield f"{times}, then stay until {clock(day.observation.end)} or later ({day.infusion.time_zone})"


def _visit(item: Item, visit: Visit, *, clinical: bool) -> Entry:
    """Return the entry of a visit. A neutral one says nothing about its tests, and nothing about why it is due."""
    day = visit.suggested or visit.due
    lines = [f"Due {short_day(visit.due)}; {suggestion(visit, short_day)}"]
    lines += [*tests_in_words(item), f"Due then: {reason(visit.because)}"] if clinical else []
    is_partly = item.is_settled and not all(test.is_settled for test in item.serves)
    lines += [_PARTLY] if is_partly else []
    lines += [_MORE] if any(test.recurrence and test.recurrence.continuing for test in item.serves) else []
    return Entry(item.id, _title(item, clinical=clinical), tuple(lines), day, day)


def _holds(item: Item, first: date, *, clinical: bool) -> Entry:
    title, last = _title(item, clinical=clinical), item.last_day or item.earliest_end
    if last is None:
        title = f"{title}, no end stated" if clinical else title  # a neutral title says so itself
        line = explain(item.source_part) if clinical else f"From {short_day(first)}, no end stated"
        return Entry(item.id, f"{title}: first day", (line,), first, first)
    until = f"not over before {short_day(last)}" if item.is_open else f"until {short_day(last)}"
    line = explain(item.source_part) if clinical else f"From {short_day(first)}, {until}"
    entry = Entry(item.id, title, (line,), first, last, stretch="holds")
    return replace(entry, ending=_OPEN, open_end=", end open" if clinical else "") if item.is_open else entry


def _within(item: Item, first: date, *, clinical: bool) -> Entry:
    title = _title(item, clinical=clinical)
    line = explain(item.source_part) if clinical else _between(item.first_day, item.last_day)
    if item.last_day is None:
        return Entry(item.id, f"{title}: first day", (line,), first, first)
    return Entry(item.id, title, (line,), first, item.last_day, stretch="within")


def _between(first: date | None, last: date | None) -> str:
    days = (f"from {short_day(first)}" if first else "", f"until {short_day(last)}" if last else "")
    return f"Any day {' '.join(filter(None, days))}"


def _days(part: Part, *, clinical: bool) -> Iterator[Entry]:
    series, why = part.recurrence, reason(part.because) if clinical and part.because else ""
    why = f"every {series.every}; the first: {why}" if series and why else why
    name = clinical_title(part) if clinical else None
    for item, day in ((item, item.first_day) for item in part.items() if item.first_day):
        title = name or neutral_title(item)
        if item.baseline:
            line = explain(item.baseline) if clinical else _counts(item.baseline)
            yield Entry(item.id, f"{title}: baseline", (line,), day, day)
        elif series:
            yield Entry(item.id, title, (_date(series, item.ordinal, day, why),), day, day)
        else:
            yield Entry(item.id, title, (why,) if why else (), day, day)


def _counts(baseline: Baseline) -> str:
    return "Done" if baseline.done else _between(baseline.first_day, baseline.last_day)


def _date(series: Recurrence, ordinal: int, day: date, why: str) -> str:
    """Return which date of a series a day is, and why, if there is a reason to give."""
    more = "; more follow, no end is stated" if series.continuing else ""
    place = f"Date {ordinal} of {len(series.dates)}{more}"
    return f"{place}; {why if day in series.spans else KEPT}" if why else place


def _hours_after(item: Item, window: TimeWindow, *, clinical: bool) -> Entry:
    first, last = window.start.date(), window.end.date()
    line = f"From {clock(window.start)} until {short_day(last)} {clock(window.end)} ({window.time_zone})"
    line = f"{line}: {reason(item.because)}" if clinical and item.because else line
    return Entry(item.id, _title(item, clinical=clinical), (line,), first, last, stretch="holds")
