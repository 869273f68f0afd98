"""The visits of a plan as text: their due and suggested days, then which tests they serve, and why (S40, S41)."""

from collections.abc import Iterator, Sequence
from datetime import date

from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.exports.text.part_lines import date_rows, labelled, part_lines, rhythm_lines
from lemtrada_schedule.exports.titles import clinical_title
from lemtrada_schedule.exports.visit_words import suggestion
from lemtrada_schedule.plan.items import Item, Part
from lemtrada_schedule.plan.visits import Visit

__all__ = ["visit_lines"]

_Lines = tuple[tuple[int | None, tuple[str, ...]], ...]
"""The lines of a test for each course."""


def visit_lines(walk: Sequence[Part]) -> Iterator[str]:
    """Yield the visits of a plan, group by group and course by course; nothing for a plan without visits.

    Args:
        walk: The parts of the plan as people read it.
    """
    by_group: dict[str, list[Item]] = {}
    for item in (item for part in walk if part.shape == "visit" for item in part.items()):
        by_group.setdefault(item.visit.group if item.visit else "", []).append(item)
    yield from ["Visits"] if by_group else []
    listed: dict[tuple[str, ...], str] = {}
    for visits in by_group.values():
        yield f"  {clinical_title(visits[0].part)}"
        yield from _days(visits, listed)
        yield from _tests(visits)


def _days(visits: Sequence[Item], listed: dict[tuple[str, ...], str]) -> Iterator[str]:
    """Yield the days of a group, course by course; the same list of days is written once."""
    by_course: dict[int | None, list[str]] = {}
    for item in visits:
        by_course.setdefault(item.course, []).extend(_day(visit) for visit in (item.visit,) if visit)
    for course, lines in by_course.items():
        if len(lines) > 1 and (same := listed.get(tuple(lines))):
            yield from labelled(course, [f"the same days as: {same}"])
        else:
            listed[tuple(lines)] = visits[0].title
            yield from labelled(course, lines)


def _day(visit: Visit) -> str:
    if visit.suggested:
        return f"due {short_day(visit.due)}, suggested {short_day(visit.suggested)}"
    return f"due {short_day(visit.due)}, {suggestion(visit, short_day)}"


def _tests(visits: Sequence[Item]) -> Iterator[str]:
    """Yield the tests of a group: those with the same days for the same reasons are listed together."""
    parts = {test.part.id: test.part for visit in visits for test in visit.serves}
    by_action: dict[str, list[Part]] = {}
    for part in parts.values():
        by_action.setdefault(part.action, []).append(part)
    alike: dict[_Lines, list[str]] = {}
    for own in by_action.values():
        lines = tuple((part.course, tuple(_test(part, visits))) for part in own)
        alike.setdefault(lines, []).append(clinical_title(own[0]))
    for lines, titles in alike.items():
        is_same = titles == [clinical_title(visits[0].part)]
        yield "    Why these days:" if is_same else f"    Tests: {'; '.join(titles)}"
        for course, some in lines:
            yield from (f"  {line}" for line in labelled(course, some))


def _test(part: Part, visits: Sequence[Item]) -> Iterator[str]:
    """Yield the lines of a test; its dates are listed only where some visits of its course are not for it."""
    series = part.recurrence
    if series is None:
        yield from part_lines(part, {})
        return
    yield from rhythm_lines(part, series)
    if series.dates and set(series.dates) != _due_days(part.course, visits):
        yield from date_rows(series.dates)


def _due_days(course: int | None, visits: Sequence[Item]) -> set[date]:
    due = (item.visit for item in visits if item.course == course)
    return {visit.due for visit in due if visit and visit.kind == "due"}
