"""Precautions, reminders and deadlines of sheet 1: a table of their last days, round by round."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from lemtrada_schedule.exports.html.markup import Markup, element, joined
from lemtrada_schedule.exports.html.sections import section
from lemtrada_schedule.exports.html.wording import Wording, lettered
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.items import Item

__all__ = ["last_days_section"]

COLUMNS: Final = 4
"""Rounds beside each other; further rounds have a table of their own below."""

_LASTING: Final = ("holds", "within", "hours")


def last_days_section(courses: Sequence[Course], items: Sequence[Item], words: Wording) -> Markup | None:
    """Return the tables; `None` for a plan in which nothing lasts.

    What applies to the whole treatment is listed at each round that it covers, or else in a separate line.
    """
    lasting = [item for item in items if item.shape in _LASTING and item.day]
    if not lasting:
        return None
    rows = _rows(lasting, words)
    groups = [courses[start : start + COLUMNS] for start in range(0, len(courses), COLUMNS)]
    begins = {course.first_day for course in courses}
    tables = [_table(group, rows, begins, words) for group in groups]
    placed = {item.id for course in courses for item in lasting if _is_of(item, course)}
    rest = [(name, [item for item in some if item.id not in placed]) for name, some in rows.items()]
    lines = [element("li", element("b", name), " ", _cell(some, begins, words)) for name, some in rest if some]
    others = element("ul", lines, class_="ticks") if lines else None
    is_open = any(item.is_open and item.earliest_end for item in lasting)
    legend = element("p", words.text("sheet.open_legend"), class_="small") if is_open else None
    return section("last-days", words.text("sheet.last_days"), *tables, others, legend)


def _rows(lasting: Sequence[Item], words: Wording) -> Mapping[str, list[Item]]:
    """Return the items of each row by its name; rows that share a name have a letter."""
    by_action: dict[tuple[str, str], list[Item]] = {}
    for item in lasting:
        by_action.setdefault((words.named(item), item.part.action), []).append(item)
    return dict(zip(lettered([name for name, _ in by_action]), by_action.values(), strict=True))


def _is_of(item: Item, course: Course) -> bool:
    if item.course is not None:
        return item.course == course.number
    begins = item.first_day or date.min
    return item.shape == "holds" and begins <= course.last_day and (item.last_day or date.max) >= course.first_day


def _table(courses: Sequence[Course], rows: Mapping[str, list[Item]], begins: set[date], words: Wording) -> Markup:
    names = [words.text("sheet.round", number=course.number) for course in courses]
    waits = [words.status(course) if course.status == "tentative" else None for course in courses]
    heads = (
        element("th", name, element("small", f" {status}") if status else None, scope="col")
        for name, status in zip((words.text("sheet.what"), *names), (None, *waits), strict=True)
    )
    body = []
    for name, some in rows.items():
        cells = [[item for item in some if _is_of(item, course)] for course in courses]
        if any(cells):
            hours = words.text("sheet.each_day") if some[0].shape == "hours" else None
            head = element("th", name, element("small", " ", hours) if hours else None, scope="row")
            tds = (_td(of, cell, begins, words) for of, cell in zip(names, cells, strict=True))
            body.append(element("tr", head, tds))
    caption = element("caption", words.text("sheet.last_days"), class_="unseen")
    return element("table", caption, element("thead", element("tr", heads)), element("tbody", body), class_="last-days")


def _td(of: str, items: Sequence[Item], begins: set[date], words: Wording) -> Markup:
    return element("td", _cell(items, begins, words), data_of=of, class_=None if items else "none")


def _cell(items: Sequence[Item], begins: set[date], words: Wording) -> Markup:
    """Return the last days of some items; of hours after each day at the clinic, the last."""
    ends = [one for one in items if one.shape == "hours"][-1:]
    others = [one for one in items if one.shape != "hours"]
    return joined(element("p", _end(one, begins, words)) for one in (*others, *ends))


def _end(item: Item, begins: set[date], words: Wording) -> Markup:
    """Return the last day of an item; of a period that begins on another day than a course, the first day as well."""
    if item.end:
        return words.say("sheet.at_time", day=_bold(item.end.date(), words), time=words.clock_time(item.end))
    if item.shape == "within":
        return _within(item, words)
    if item.last_day and item.first_day and item.first_day not in begins:
        first, last = words.dated_short(item.first_day), _bold(item.last_day, words)
        return words.say("sheet.from_to_least" if item.part.provisional else "sheet.from_to", first=first, last=last)
    if item.last_day:
        key = "sheet.least" if item.part.provisional else "sheet.until"
        return words.say(key, day=_bold(item.last_day, words))
    if item.earliest_end:
        return words.say("sheet.open", day=_bold(item.earliest_end, words))
    return joined(words.text("sheet.no_end"))


def _within(item: Item, words: Wording) -> Markup:
    if item.first_day and item.last_day:
        first = words.dated_short(item.first_day)
        return words.say("sheet.from_to", first=first, last=_bold(item.last_day, words))
    day = item.last_day or item.first_day or date.min
    return words.say("sheet.by" if item.last_day else "sheet.from", day=_bold(day, words))


def _bold(day: date, words: Wording) -> Markup:
    return element("b", words.dated_short(day))
