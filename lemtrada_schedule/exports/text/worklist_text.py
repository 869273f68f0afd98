"""A worklist as plain text: a heading, then the items of each day, one line each, and their number by state."""

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
    """Return a worklist as text; overdue and missed tests are listed under the day on which they were due."""
    return style.written(_lines(worklist))


def _lines(worklist: Worklist) -> Iterator[Line]:
    range_of = f"{short_day(worklist.first_day)} - {short_day(worklist.last_day)}"
    yield Shown(f"Due {range_of}, as of {short_day(worklist.as_of)}", "heading")
    width = max((len(_whose(item)) for item in worklist.items), default=0)
    for day, items in groupby(worklist.items, key=_day):
        yield ""
        yield Shown(short_day(day), "heading")
        yield from (_line(item, width) for item in items)
    yield ""
    yield _total(worklist.items)
    yield PLANNING_AID


def _day(item: DueItem) -> date:
    return item.day


def _whose(item: DueItem) -> str:
    """Return the patient, else the plan."""
    return item.patient or item.plan_id or _NOBODY


def _line(item: DueItem, width: int) -> str:
    suggested = f"; suggested {short_day(item.suggested).strip()}" if item.suggested else ""
    return f"  {_whose(item):{width}}  {item.state:{_STATE}}  {item.title} ({item.item}): {item.reason}{suggested}"


def _total(items: Sequence[DueItem]) -> str:
    counts = Counter(item.state for item in items)
    named = ", ".join(f"{counts[state]} {state}" for state in _STATES if counts[state])
    return f"{how_many(len(items), 'item')}{f': {named}' if named else ''}"
