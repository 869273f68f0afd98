"""What is due before the next course, and what is done around each course, as tables."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from lemtrada_schedule.dates.day_names import MONTHS, short_day
from lemtrada_schedule.exports.text.grid import filled, grid, side_by_side
from lemtrada_schedule.exports.text.style import Line, Shown, Style
from lemtrada_schedule.exports.titles import clinical_title
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.items import Item, Part
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.window_days import suggestion
from lemtrada_schedule.validation.plurals import how_many
from lemtrada_schedule.validation.scalars import clock

__all__ = ["around_lines", "before_lines", "day_ranges", "due_before", "next_course", "past"]

_TO_COME: Final = ("planned", "tentative")

_AT_LEAST: Final = "at least "


def next_course(courses: Sequence[Course]) -> Course | None:
    """Return the first course of which no day is given."""
    return next((course for course in courses if course.status in _TO_COME), None)


def due_before(course: Course, walk: Sequence[Part]) -> list[Item]:
    """Return what is to be done for a course before it begins, by day: windows that close, tests before the course."""
    found = [item for part in walk if part.shape in ("within", "visit") for item in part.items()]
    own = [item for item in found if item.last_day and item.last_day <= course.first_day and _is_for(item, course)]
    return sorted(own, key=lambda item: item.last_day or dt.date.max)


def _is_for(item: Item, course: Course) -> bool:
    if item.course is None and course.number == 1:
        return True
    if not item.visit:
        return item.course == course.number
    return any(test.course == course.number and (test.baseline or test.kind == "window") for test in item.serves)


def past(walk: Sequence[Part], as_of: dt.date | None) -> Iterator[Item]:
    """Yield what was to be done by a day before the day of the question; without such a day, nothing is past."""
    for part in walk:
        if as_of and part.shape in ("within", "visit"):
            yield from (item for item in part.items() if item.last_day and item.last_day < as_of)


def before_lines(plan: Plan, course: Course, due: Sequence[Item], monitored: set[str], style: Style) -> Iterator[Line]:
    """Yield the table of what is due before a course: the due day, the suggested day where it differs, and what.

    Args:
        plan: The plan.
        course: The course.
        due: What is due before it.
        monitored: The titles of the tests that are listed with their monitoring.
        style: How wide the table may be.
    """
    header = (f"Due before course {course.number}", "Suggested", "")
    what: dict[tuple[str, str], list[str]] = {}
    for item in due:
        days = (short_day(item.last_day) if item.last_day else "", _suggested(plan, item))
        what.setdefault(days, []).append(_what(item, monitored))
    rows = [(*days, "; ".join(titles)) for days, titles in what.items()]
    if rows:
        yield from (line for row in grid(*filled(header, rows), style.width, flexible=-1) for line in row)


def _suggested(plan: Plan, item: Item) -> str:
    day, why_not = suggestion(plan, item)
    if day is None:
        return "none" if item.visit or why_not else ""
    return "" if day == item.last_day else short_day(day)


def _what(item: Item, monitored: set[str]) -> str:
    """Return what is to be done; of a visit also its tests, unless they are listed with the visits of its group."""
    title = clinical_title(item.part)
    if not item.visit:
        return f"{title} (from {_plain(item.first_day)})" if item.first_day else title
    tests = dict.fromkeys(clinical_title(test.part) for test in item.serves)
    if list(tests) == [title]:
        return title
    others = [test for test in tests if test not in monitored]
    listed = [f"{how_many(count, 'test')} listed below"] if (count := len(tests) - len(others)) else []
    return f"{title}: {', '.join((*listed, *others))}"


# --- around each course --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class _Entry:
    """One cell of the table."""

    row: str
    """The title, with the words before the day: `Contraception until`."""
    course: int | None
    days: str


_Rows = dict[str, dict[int | None, str]]
"""The days of each row, by course."""


def around_lines(
    walk: Sequence[Part], courses: Sequence[Course], shown: Sequence[Item], style: Style
) -> Iterator[Line]:
    """Yield what is done around each course: one row for each activity, one column for each course.

    Args:
        walk: The parts of the plan as people read them.
        courses: The courses of the plan.
        shown: Items that are shown elsewhere, or not at all.
        style: How wide the table may be; columns that do not fit follow below.
    """
    rows: _Rows = {}
    known, begins = {item.id for item in shown}, {course.first_day for course in courses}
    for part in walk:
        for entry in _entries(part, known, begins):
            own = rows.setdefault(entry.row, {})
            own[entry.course] = ", ".join(filter(None, (own.get(entry.course), entry.days)))
    of_courses = {_row(title, cells): cells for title, cells in rows.items() if set(cells) != {None}}
    if of_courses:
        yield from _in_columns(of_courses, [course.number for course in courses], style)
    of_all: list[Line] = [f"  {title} {cells[None]}" for title, cells in rows.items() if None in cells]
    if of_all:
        yield from [""] if of_courses else []
        yield from (Shown("Around the treatment", "heading"), *of_all)


def _row(title: str, cells: dict[int | None, str]) -> str:
    """Return the title of a row; where each of its days is an "at least", the title says so for all of them."""
    if not all(days.startswith(_AT_LEAST) and days.count(_AT_LEAST) == 1 for days in cells.values()):
        return title
    cells.update({course: days.removeprefix(_AT_LEAST) for course, days in cells.items()})
    return f"{title.removesuffix('until')}at least to"


def _in_columns(rows: _Rows, numbers: Sequence[int], style: Style) -> Iterator[Line]:
    """Yield the table, in as few parts as fit the width, with about as many courses in each."""
    most = next((some for some in range(len(numbers), 1, -1) if _fits(rows, numbers, some, style)), 1)
    parts = -(-len(numbers) // most)
    each = -(-len(numbers) // parts)
    for begin in range(0, len(numbers), each):
        header, cells = _cells(rows, numbers[begin : begin + each])
        yield from (line for row in grid(header, cells, style.width) for line in row)


def _fits(rows: _Rows, numbers: Sequence[int], count: int, style: Style) -> bool:
    tables = (_cells(rows, numbers[begin : begin + count]) for begin in range(0, len(numbers), count))
    return all(side_by_side(*table, style.width) for table in tables)


def _cells(rows: _Rows, numbers: Sequence[int]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    header = ("Around each course", *(f"Course {number}" for number in numbers))
    cells = [(title, *(own.get(number, "") for number in numbers)) for title, own in rows.items()]
    return header, [row for row in cells if any(row[1:])]


def _entries(part: Part, known: set[str], begins: set[dt.date]) -> Iterator[_Entry]:
    """Yield the cells of a part; none for infusions and notes, nor for series and visits on their dates: monitoring."""
    items = [item for item in part.items() if item.id not in known]
    title = clinical_title(part)
    match part.shape:
        case "infusion" | "words":
            return
        case "day" if part.recurrence:
            return
        case "day" if items and items[0].baseline:
            done = [f"{title}: baseline{', done' if item.baseline and item.baseline.done else ''}" for item in items]
            yield from (_Entry(row, item.course, _plain(item.first_day)) for row, item in zip(done, items, strict=True))
        case "day":
            yield _Entry(title, part.course, day_ranges([item.first_day for item in items if item.first_day]))
        case "hours":
            ends = [item.window.end for item in items if item.window][-1:]
            yield from (_Entry(f"{title} until {clock(end)}", part.course, _plain(end.date())) for end in ends)
        case "holds":
            yield from (entry for item in items for entry in _held(title, item, begins))
        case "visit":
            own = [item for item in items if item.visit and item.visit.kind == "baseline"]
            yield from (_Entry(title, item.course, f"by {_plain(item.last_day)}") for item in own)
        case "within":
            yield from (_within(title, item) for item in items)
        case _ as never:
            assert_never(never)


def _held(title: str, item: Item, begins: set[dt.date]) -> Iterator[_Entry]:
    """Yield the last day of a period, after its first day if that is not the first day of a course."""
    ends = item.last_day or item.earliest_end
    if ends is None:
        yield _Entry(f"{title}, no end stated, from", item.course, _plain(item.first_day))
        return
    if item.first_day not in begins:
        yield _Entry(f"{title} from", item.course, _plain(item.first_day))
    is_least = item.part.provisional or not item.last_day
    yield _Entry(f"{title} until", item.course, f"{_AT_LEAST if is_least else ''}{_plain(ends)}")


def _within(title: str, item: Item) -> _Entry:
    if item.first_day and item.last_day:
        return _Entry(title, item.course, f"{_plain(item.first_day)} - {_plain(item.last_day)}")
    return _Entry(title, item.course, f"{'by' if item.last_day else 'from'} {_plain(item.last_day or item.first_day)}")


def day_ranges(days: Sequence[dt.date]) -> str:
    """Return days in order, those in a row as a range.

    >>> day_ranges([dt.date(2027, 1, day) for day in (11, 12, 13, 15)])
    '11-13 Jan 2027, 15 Jan 2027'
    """
    runs: list[list[dt.date]] = []
    for day in days:
        if runs and (day - runs[-1][-1]).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(_range(run[0], run[-1]) for run in runs)


def _range(first: dt.date, last: dt.date) -> str:
    if first == last:
        return _plain(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}-{_plain(last)}"
    if first.year == last.year:
        return f"{first.day} {MONTHS[first.month - 1][:3]}-{_plain(last)}"
    return f"{_plain(first)} - {_plain(last)}"


def _plain(day: dt.date | None) -> str:
    """Return a day without its weekday: `11 Jan 2027`."""
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}" if day else "any day"
