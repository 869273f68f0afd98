"""What comes next: the three boxes of sheet 1."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.dates.time_windows import before
from lemtrada_schedule.exports.html.markup import Markup, element
from lemtrada_schedule.exports.html.wording import Wording
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.window_days import suggestion

__all__ = ["NextDate", "next_dates"]

BOXES: Final = 3


@dataclass(frozen=True, slots=True, repr=False)
class NextDate:
    """One box: what, when, and details."""

    day: date
    label: str
    when: Markup
    detail: str = ""
    is_course: bool = False


def next_dates(plan: Plan, items: Sequence[Item], words: Wording) -> list[NextDate]:
    """Return the next dates of a plan, in order: the next infusion days, and the next date of each other kind.

    The infusion days of a course that are ahead share a box, as do several visits on one day, with one due day. The
    dates lie on or after the day of the question (`as_of`); without one, anywhere in the plan.
    """
    since = words.as_of or date.min
    ahead = sorted((one for one in _dates(plan, items, words) if one.day >= since), key=lambda one: one.day)
    course = [one for one in ahead if one.is_course][:1]
    firsts: dict[str, NextDate] = {}
    for one in ahead:
        if not one.is_course:
            firsts.setdefault(one.label, one)
    chosen = [*course, *_together(firsts.values())][:BOXES]
    shown = {one.day for one in chosen}
    chosen += [one for one in ahead if one.day not in shown][: BOXES - len(chosen)]
    return sorted(chosen, key=lambda one: one.day)


def _together(dates: Iterable[NextDate]) -> list[NextDate]:
    """Return dates in order; those of one day that say the same share a box."""
    alike: dict[tuple[date, Markup, str], list[str]] = {}
    for one in dates:
        alike.setdefault((one.day, one.when, one.detail), []).append(one.label)
    return [NextDate(day, "; ".join(labels), when, detail) for (day, when, detail), labels in alike.items()]


def _dates(plan: Plan, items: Sequence[Item], words: Wording) -> Iterator[NextDate]:
    minutes, begins = plan.provenance.clinic.preparation_minutes, {course.first_day for course in plan.courses}
    for course in plan.courses:
        yield from (_block(course, days, minutes, words) for days in _blocks(words.days_ahead(course), words))
    for item in items:
        match item.shape:
            case "visit" if item.visit:
                yield _visit(item, item.visit.suggested or item.visit.due, item.visit.due, words)
            case "day" if item.part.is_ordered and item.day:
                yield _visit(item, item.day, item.day, words)
            case "within" if item.last_day:
                yield _window(item, item.last_day, suggestion(plan, item)[0], words)
            case "holds" if item.first_day and item.first_day not in begins:
                when = words.say("sheet.from", day=element("b", words.dated_short(item.first_day)))
                yield NextDate(item.first_day, words.named(item), when, _waits(item, item.first_day, words))
            case _:
                pass


def _blocks(days: Iterable[InfusionDay], words: Wording) -> list[list[InfusionDay]]:
    """Return infusion days that are still ahead; consecutive days form one block."""
    blocks: list[list[InfusionDay]] = []
    for day in days:
        if words.as_of and day.date < words.as_of:
            continue
        if blocks and day.date == blocks[-1][-1].date + ONE_DAY:
            blocks[-1].append(day)
        else:
            blocks.append([day])
    return blocks


def _block(course: Course, days: Sequence[InfusionDay], minutes: int, words: Wording) -> NextDate:
    """Return the box of consecutive infusion days: which of the course they are, and when to come."""
    first, last, name = days[0], days[-1], words.text("sheet.round", number=course.number)
    starts = [words.clock_time(before(day.infusion.start, minutes)) for day in days if day.infusion]
    time = "; ".join(dict.fromkeys(starts))
    waits = words.text("sheet.tentative") if course.status == "tentative" else ""
    if first is last:
        label = words.text("sheet.day_of", round=name, day=first.number, count=len(course.days))
        when = words.say("sheet.at", day=words.dated_short(first.date), time=time)
        return NextDate(first.date, label, when, waits, is_course=True)
    label = words.text("sheet.days_of", round=name, first=first.number, last=last.number)
    said = "; ".join(filter(None, (words.text("sheet.each", time=time), waits)))
    return NextDate(first.date, label, words.dated_range(first.date, last.date), said, is_course=True)


def _waits(item: Item, day: date, words: Wording) -> str:
    return words.text("sheet.tentative") if words.is_tentative(item, day) else ""


def _window(item: Item, last_day: date, suggested: date | None, words: Wording) -> NextDate:
    """Return the box of a window: by its last day, or on the open day before it if the clinic is closed then."""
    if suggested and suggested != last_day:
        return _visit(item, suggested, last_day, words)
    when = words.say("sheet.by", day=words.dated_short(last_day))
    return NextDate(last_day, words.named(item), when, _waits(item, last_day, words))


def _visit(item: Item, day: date, due: date, words: Wording) -> NextDate:
    detail = words.text("item.due", day=words.day(due)) if day != due else ""
    said = "; ".join(filter(None, (detail, _waits(item, day, words))))
    return NextDate(day, words.named(item), element("b", words.dated_short(day)), said)
