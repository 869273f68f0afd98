"""A worklist as plain text: the items under the day on which they happen, one line each, and their number by state."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Final, get_args

from lemtrada_schedule.agenda.due_items import DueItem, DueState, Worklist
from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.text.style import PLAIN, Line, Shown, Style
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["worklist_to_text"]

_STATES: Final[tuple[DueState, ...]] = get_args(DueState)

_STATE: Final = max(map(len, _STATES))

_NOBODY: Final = "-"


def worklist_to_text(worklist: Worklist, style: Style = PLAIN) -> str:
    """Return a worklist as text.

    A visit that is due is listed under its suggested day, if that is in the range: the day on which the patient comes.
    Overdue and missed tests are listed under the day on which they were due.
    """
    return style.written(_lines(worklist))


def _lines(worklist: Worklist) -> Iterator[Line]:
    range_of = f"{short_day(worklist.first_day)} - {short_day(worklist.last_day)}"
    yield Shown(f"Due {range_of}, as of {short_day(worklist.as_of)}", "heading")
    width = max((len(_whose(item)) for item in worklist.items), default=0)
    shown = sorted(((_shown_on(item, worklist), item) for item in worklist.items), key=_day)
    for day, pairs in groupby(shown, key=_day):
        yield ""
        yield Shown(short_day(day), "heading")
        yield from (_line(item, day, width) for _, item in pairs)
    yield ""
    yield _total(worklist.items)
    yield PLANNING_AID


def _shown_on(item: DueItem, worklist: Worklist) -> date:
    """Return the day on which an item happens: the suggested day while it is due, if the list holds that day."""
    suggested = item.suggested if item.state == "due" else None
    return suggested if suggested and worklist.first_day <= suggested <= worklist.last_day else item.day


def _day(pair: tuple[date, DueItem]) -> date:
    return pair[0]


def _whose(item: DueItem) -> str:
    """Return the patient, else the plan."""
    return item.patient or item.plan_id or _NOBODY


def _line(item: DueItem, day: date, width: int) -> str:
    suggested = f"; suggested {short_day(item.suggested).strip()}" if item.suggested else ""
    due = f"; due by {short_day(item.day).strip()}" if item.day != day else ""
    return f"  {_whose(item):{width}}  {item.state:{_STATE}}  {item.title} ({item.item}): {item.reason}{due}{suggested}"


def _total(items: Sequence[DueItem]) -> str:
    counts = Counter(item.state for item in items)
    named = ", ".join(f"{counts[state]} {state}" for state in _STATES if counts[state])
    return f"{how_many(len(items), 'item')}{f': {named}' if named else ''}"
