"""What comes next: the three boxes of sheet 1."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from lemtrada_schedule.dates.time_windows import before
from lemtrada_schedule.exports.html.markup import Markup, element
from lemtrada_schedule.exports.html.wording import Wording
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
    """Return the next dates of a plan, in order, one of each kind first; the next course is always one of them.

    Several visits on one day, with one due day, share a box. The dates lie on or after the day of the question
    (`as_of`); without one, anywhere in the plan.
    """
    since = plan.provenance.request.as_of or date.min
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
    minutes, seen = plan.provenance.clinic.preparation_minutes, set[int]()
    begins = {course.first_day for course in plan.courses}
    for item in items:
        match item.shape:
            case "infusion" if item.infusion_day and item.infusion_day.infusion and item.course not in seen:
                seen.add(item.course or 0)
                yield _course(
                    item,
                    item.infusion_day.date,
                    words.clock_time(before(item.infusion_day.infusion.start, minutes)),
                    words,
                )
            case "visit" if item.visit:
                yield _visit(item, item.visit.suggested or item.visit.due, item.visit.due, words)
            case "day" if item.part.is_ordered and item.day:
                yield _visit(item, item.day, item.day, words)
            case "within" if item.last_day:
                yield _window(item, item.last_day, suggestion(plan, item)[0], words)
            case "holds" if item.first_day and item.first_day not in begins:
                when = words.say("sheet.from", day=element("b", words.dated_short(item.first_day)))
                yield NextDate(item.first_day, words.named(item), when)
            case _:
                pass


def _course(item: Item, day: date, time: str, words: Wording) -> NextDate:
    label = words.text("sheet.first_day", round=words.text("sheet.round", number=item.course or 0))
    return NextDate(day, label, words.say("sheet.at", day=words.dated_short(day), time=time), is_course=True)


def _window(item: Item, last_day: date, suggested: date | None, words: Wording) -> NextDate:
    """Return the box of a window: by its last day, or on the open day before it if the clinic is closed then."""
    if suggested and suggested != last_day:
        return _visit(item, suggested, last_day, words)
    return NextDate(last_day, words.named(item), words.say("sheet.by", day=words.dated_short(last_day)))


def _visit(item: Item, day: date, due: date, words: Wording) -> NextDate:
    detail = words.text("item.due", day=words.day(due)) if day != due else ""
    return NextDate(day, words.named(item), element("b", words.dated_short(day)), detail)
