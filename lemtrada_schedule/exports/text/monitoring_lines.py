"""Monitoring on one screen: each kind of visit with its rhythm, its next and last day, and its tests."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.exports.text.grid import filled, grid
from lemtrada_schedule.exports.text.style import Line, Style
from lemtrada_schedule.exports.titles import clinical_title
from lemtrada_schedule.plan.items import Item, Part

__all__ = ["monitored", "monitoring_lines"]

_HEADER = ("Monitoring", "Every", "Next due", "Suggested", "Last due", "Visits")


def monitoring_lines(walk: Sequence[Part], as_of: dt.date | None, style: Style) -> Iterator[Line]:
    """Yield the visits for tests that recur, one row for each kind of visit, and the tests of each kind.

    Args:
        walk: The parts of the plan as people read them; of a plan without visits, its single tests.
        as_of: Visits that were due before this day are not counted; `None`: all are.
        style: How wide the table may be.
    """
    groups = list(_groups(walk))
    if not groups:
        return
    header, *rows = grid(*filled(_HEADER, [_cells(title, items, as_of) for title, items in groups]), style.width)
    yield from header
    for row, (title, items) in zip(rows, groups, strict=True):
        yield from row
        yield from _tests(title, items)


def _groups(walk: Sequence[Part]) -> Iterator[tuple[str, list[Item]]]:
    """Yield each kind of visit, or of test where no visit serves it, with its items in order."""
    found: dict[str, list[Item]] = {}
    for part in walk:
        if part.shape == "visit":
            own = part.items()
            group = f"visit {own[0].visit.group}" if own and own[0].visit else ""
        else:
            own, group = (part.items(), f"test {part.action}") if part.recurrence else ([], "")
        if own:
            found.setdefault(group, []).extend(own)
    yield from ((clinical_title(items[0].part), items) for items in found.values() if any(map(_is_due, items)))


def _is_due(item: Item) -> bool:
    """Whether an item is for a date of a series; a kind of visit that only comes before a course does not recur."""
    return not item.visit or item.visit.kind == "due"


def _rhythms(items: Sequence[Item]) -> dict[str, dict[str, None]]:
    """Return the tests by how often they recur, the most frequent first; by an empty text those that do not."""
    tests = [test for item in items for test in (item.serves or [item])]
    often: dict[str, list[str]] = {}
    for test in tests:
        often.setdefault(str(test.part.recurrence.every) if test.part.recurrence else "", []).append(
            clinical_title(test.part)
        )
    return {
        every: dict.fromkeys(often[every]) for every in sorted(often, key=lambda every: (not every, -len(often[every])))
    }


def _cells(title: str, items: Sequence[Item], as_of: dt.date | None) -> Sequence[str]:
    ahead = [item for item in items if item.first_day and (as_of is None or item.first_day >= as_of)]
    following = ahead[0] if ahead else None
    earlier = sum(map(_is_earlier, ahead))
    open_ended = any(
        test.part.recurrence and test.part.recurrence.continuing for test in items[-1].serves or items[-1:]
    )
    return (
        title,
        next(iter(_rhythms(items))),
        short_day(following.first_day) if following and following.first_day else "-",
        _suggested(following) if following else "",
        "no end stated" if open_ended else short_day(items[-1].first_day) if items[-1].first_day else "",
        f"{len(ahead)}{f' ({earlier} early)' if earlier else ''}",
    )


def _is_earlier(item: Item) -> bool:
    return item.suggested is not None and item.suggested != item.first_day


def _suggested(item: Item) -> str:
    if not item.visit:
        return ""
    if not item.suggested:
        return "none"
    return "same day" if item.suggested == item.first_day else short_day(item.suggested)


def _tests(title: str, items: Sequence[Item]) -> Iterator[Line]:
    """Yield the tests of a kind of visit, by how often they recur, unless its title says it all."""
    rhythms = _rhythms(items)
    if len(rhythms) > 1 or list(next(iter(rhythms.values()))) != [title]:
        yield f"    {'. '.join(_rhythm(every, titles) for every, titles in rhythms.items())}."


def _rhythm(every: str, titles: Iterable[str]) -> str:
    return f"{f'Every {every}' if every else 'Also'}: {'; '.join(titles)}"


def monitored(walk: Sequence[Part]) -> set[str]:
    """Return the titles of the tests that are listed here."""
    return {clinical_title(test.part) for _, items in _groups(walk) for item in items for test in item.serves}
