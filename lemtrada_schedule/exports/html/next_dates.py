"""What comes next: the three boxes of sheet 1."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from lemtrada_schedule.dates.time_windows import before
from lemtrada_schedule.exports.html.markup import Markup, element
from lemtrada_schedule.exports.html.wording import Wording
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.plan.plan import Plan

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

    They lie on or after the day of the question (`as_of`); without one, anywhere in the plan.
    """
    since = plan.provenance.request.as_of or date.min
    ahead = sorted((one for one in _dates(plan, items, words) if one.day >= since), key=lambda one: one.day)
    course = [one for one in ahead if one.is_course][:1]
    firsts = {one.label: one for one in reversed(ahead) if not one.is_course}
    chosen = [*course, *sorted(firsts.values(), key=lambda one: one.day)][:BOXES]
    chosen += [one for one in ahead if one not in chosen][: BOXES - len(chosen)]
    return sorted(chosen, key=lambda one: one.day)


def _dates(plan: Plan, items: Sequence[Item], words: Wording) -> Iterator[NextDate]:
    minutes, seen = plan.provenance.clinic.preparation_minutes, set[int]()
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
                yield NextDate(
                    item.last_day, words.named(item), words.say("sheet.by", day=words.dated_short(item.last_day))
                )
            case _:
                pass


def _course(item: Item, day: date, time: str, words: Wording) -> NextDate:
    label = words.text("sheet.first_day", round=words.text("sheet.round", number=item.course or 0))
    return NextDate(day, label, words.say("sheet.at", day=words.dated_short(day), time=time), is_course=True)


def _visit(item: Item, day: date, due: date, words: Wording) -> NextDate:
    detail = words.text("item.due", day=words.day(due)) if day != due else ""
    return NextDate(day, words.named(item), element("b", words.dated_short(day)), detail)
