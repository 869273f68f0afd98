"""Calendar entries of a plan, with clinical or neutral titles.

Each dated item is an entry, or the text of an entry describes it: the entry of an infusion day describes what belongs
to that day, and the first of several neutral entries that look alike counts the others.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final, assert_never

from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.exports.explaining import explain, reason
from lemtrada_schedule.exports.ics.entry import Category, End, Entry, Spans
from lemtrada_schedule.exports.ics.infusion_days import companions, infusion_entries
from lemtrada_schedule.exports.titles import Titles, clinical_title, neutral_title, spaced_day
from lemtrada_schedule.exports.visit_words import suggestion, tests_in_words
from lemtrada_schedule.plan.activities import Baseline
from lemtrada_schedule.plan.items import KEPT, Item, Part, Recurrence, shown_parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.visits import Visit
from lemtrada_schedule.validation.scalars import clock

__all__ = ["entries"]

_OPEN: Final = "Earliest end"

_UNSETTLED: Final = "This depends on a course that is not settled."

_PARTLY: Final = "Some of its tests depend on a course that is not settled."

_MORE: Final = "More visits follow: no end is stated."


def entries(plan: Plan, *, titles: Titles, spans: Spans) -> list[Entry]:
    """Return the entries of a plan: infusion days, contraception, activities, then visits, each in the plan's order.

    A note has no date, and no entry. A visit has one entry, on the day suggested for it, else on its due day (S40).
    What is done on an infusion day, and what holds for hours after it, are in the text of that day's entry.

    Args:
        plan: The plan.
        titles: `clinical` says what is done and why; `neutral` has the neutral titles of the protocol, and no reasons.
            Neutral entries with the same title and days are one entry.
        spans: How to show an item of more than one day: `start-end`, one entry on its first and one on its last day;
            `all-day`, one entry that fills its days; `none`, no entry, except for the last day of something that is to
            be done within several days.
    """
    clinical = titles == "clinical"
    shown = list(shown_parts(plan))
    beside = companions(shown)
    elsewhere = {item.id for some in beside.values() for item in some}
    found: list[Entry] = []
    for part in shown:
        if part.shape == "infusion":
            own = infusion_entries(part, plan.provenance.clinic, beside, clinical=clinical)
        else:
            own = _entries(part, elsewhere, clinical=clinical)
        found += (one if part.is_settled else _unsettled(one) for entry in own for one in _spanned(entry, spans))
    return found if clinical else _alike_as_one(found)


def _unsettled(entry: Entry) -> Entry:
    return replace(entry, status="TENTATIVE", lines=(*entry.lines, _UNSETTLED))


def _spanned(entry: Entry, spans: Spans) -> Iterator[Entry]:
    if entry.stretch is None:
        yield entry
    elif spans == "all-day" or entry.first_day >= entry.last_day:
        yield replace(entry, title=f"{entry.title}{entry.open_end}")
    else:
        if spans == "start-end":
            yield _end(entry, "first-day", entry.first_day, "First day")
        if spans == "start-end" or entry.stretch == "within":
            yield _end(entry, "last-day", entry.last_day, entry.ending)


def _end(entry: Entry, end: End, day: date, words: str) -> Entry:
    """Return one end of an entry. Its title begins with which end it is: narrow calendars cut the rest."""
    return replace(entry, end=end, title=f"{words}: {entry.title}", first_day=day, last_day=day)


def _alike_as_one(found: Iterable[Entry]) -> list[Entry]:
    """Return entries with those in one that have the same title, days and status."""
    alike: dict[object, list[Entry]] = {}
    for entry in found:
        key = (entry.title, entry.first_day, entry.last_day, entry.status) if entry.hours is None else entry.id
        alike.setdefault(key, []).append(entry)
    return [some[0] if len(some) == 1 else _one_of(some) for some in alike.values()]


def _one_of(alike: list[Entry]) -> Entry:
    lines = dict.fromkeys(line for entry in alike for line in entry.lines)
    holds = sum(entry.holds for entry in alike)
    return replace(alike[0], lines=(*lines, f"Shown once: {holds} entries that look alike."), holds=holds)


# --- one function for each shape of items --------------------------------------------------------


def _entries(part: Part, elsewhere: Collection[str], *, clinical: bool) -> Iterator[Entry]:
    """Yield the entries of any part but a course, without items that the text of another entry describes."""
    own = [item for item in part.items() if item.id not in elsewhere]
    match part.shape:
        case "visit":
            yield from (_visit(item, item.visit, clinical=clinical) for item in own if item.visit)
        case "holds":
            yield from (_holds(item, day, clinical=clinical) for item in own if (day := item.first_day))
        case "within":
            yield from (_within(item, day, clinical=clinical) for item in own if (day := item.day))
        case "day":
            yield from _days(part, own, clinical=clinical)
        case "hours":
            yield from (_hours_after(item, item.window, clinical=clinical) for item in own if item.window)
        case "infusion" | "words":
            pass
        case _ as never:
            assert_never(never)


def _title(item: Item, *, clinical: bool) -> str:
    return clinical_title(item.part) if clinical else neutral_title(item)


def _visit(item: Item, visit: Visit, *, clinical: bool) -> Entry:
    """Return the entry of a visit. A neutral one says nothing about its tests, and nothing about why it is due."""
    day = visit.suggested or visit.due
    lines = [f"Due {spaced_day(visit.due)}; {suggestion(visit, spaced_day)}"]
    if clinical:
        lines += [*tests_in_words(item), f"Due then: {reason(visit.because)}"]
    else:
        lines += _allowed(item)
    is_partly = item.is_settled and not all(test.is_settled for test in item.serves)
    lines += [_PARTLY] if is_partly else []
    lines += [_MORE] if any(test.recurrence and test.recurrence.continuing for test in item.serves) else []
    return Entry(item.id, "Visit", _title(item, clinical=clinical), tuple(lines), day, day)


def _allowed(item: Item) -> Iterator[str]:
    """Yield the days on which a visit can be made, where it holds tests that count within certain days."""
    spans = [days for test in item.serves if (days := _days_allowed(test))]
    what = "Any day" if len(spans) == len(item.serves) else "Part of it on any day"
    for first, last in dict.fromkeys(spans):
        yield f"{what} {_between(first, last)}"


def _days_allowed(test: Item) -> tuple[date | None, date | None] | None:
    if test.baseline:
        return test.baseline.first_day, test.baseline.last_day
    return (test.first_day, test.last_day) if test.kind == "window" else None


def _holds(item: Item, first: date, *, clinical: bool) -> Entry:
    title, last = _title(item, clinical=clinical), item.last_day or item.earliest_end
    if last is None:
        title = f"{title}, no end stated" if clinical else title  # a neutral title says so itself
        line = explain(item.source_part) if clinical else f"From {spaced_day(first)}, no end stated"
        return Entry(item.id, "Ongoing", f"First day: {title}", (line,), first, first)
    ends = f"not before {spaced_day(last)}; the clinic says when" if item.is_open else f"until {spaced_day(last)}"
    line = explain(item.source_part) if clinical else f"From {spaced_day(first)}, {ends}"
    entry = Entry(item.id, "Ongoing", title, (line,), first, last, stretch="holds")
    return replace(entry, ending=_OPEN, open_end=", end open" if clinical else "") if item.is_open else entry


def _within(item: Item, first: date, *, clinical: bool) -> Entry:
    title = _title(item, clinical=clinical)
    line = explain(item.source_part) if clinical else f"Any day {_between(item.first_day, item.last_day)}"
    if item.last_day is None:
        return Entry(item.id, "To do", f"First day: {title}", (line,), first, first)
    return Entry(item.id, "To do", title, (line,), first, item.last_day, stretch="within")


def _between(first: date | None, last: date | None) -> str:
    days = (f"from {spaced_day(first)}" if first else "", f"until {spaced_day(last)}" if last else "")
    return " ".join(filter(None, days))


def _days(part: Part, own: Iterable[Item], *, clinical: bool) -> Iterator[Entry]:
    category: Category = "Visit" if part.is_ordered else "To do"
    series, why = part.recurrence, reason(part.because) if clinical and part.because else ""
    why = f"every {series.every}; the first: {why}" if series and why else why
    name = clinical_title(part) if clinical else None
    for item, day in ((item, item.first_day) for item in own if item.first_day):
        title, lines = name or neutral_title(item), (why,) if why else ()
        if item.baseline:
            title, lines = f"{title}: baseline", (explain(item.baseline) if clinical else _counts(item.baseline),)
        elif series:
            lines = (_date(series, item.ordinal, day, why),)
        yield Entry(item.id, category, title, lines, day, day)


def _counts(baseline: Baseline) -> str:
    return "Done" if baseline.done else f"Any day {_between(baseline.first_day, baseline.last_day)}"


def _date(series: Recurrence, ordinal: int, day: date, why: str) -> str:
    """Return which date of a series a day is, and why, if there is a reason to give."""
    more = "; more follow, no end is stated" if series.continuing else ""
    place = f"Date {ordinal} of {len(series.dates)}{more}"
    return f"{place}; {why if day in series.spans else KEPT}" if why else place


def _hours_after(item: Item, window: TimeWindow, *, clinical: bool) -> Entry:
    first, last = window.start.date(), window.end.date()
    line = f"From {clock(window.start)} until {spaced_day(last)} {clock(window.end)} ({window.time_zone})"
    line = f"{line}: {reason(item.because)}" if clinical and item.because else line
    return Entry(item.id, "Ongoing", _title(item, clinical=clinical), (line,), first, last, stretch="holds")
