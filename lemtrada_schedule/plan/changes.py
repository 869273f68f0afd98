"""Compare two plans item by item: what was kept, moved, added or cancelled."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from lemtrada_schedule.plan.items import Item, items
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.revision import Change
from lemtrada_schedule.validation.scalars import clock

__all__ = ["Reasons", "changes", "items_by_id"]

UNCHANGED: Final = "unchanged"
SETTLED: Final = "same date, now confirmed"


class Reasons(Protocol):
    """Why items changed: only the verb that made the new plan knows."""

    def is_given(self, item: Item) -> bool:
        """Return whether an item belongs to a day on record, so that its hours are those on record and did not move."""

    def of(self, item: Item, *, begins: bool) -> str:
        """Return why an item is on its first day (`begins`), or else on its last."""

    def cancelled(self, item: Item) -> str:
        """Return why the new plan no longer has an item."""


def items_by_id(plan: Plan) -> dict[str, Item]:
    """Return the dated items of a plan by id; notes have no date."""
    return {item.id: item for item in items(plan) if not item.note}


def changes(before: Mapping[str, Item], after: Mapping[str, Item], reasons: Reasons) -> Iterator[Change]:
    """Yield what became of each item: those of the new plan in its order, then those that it no longer has."""
    for name, item in after.items():
        old = before.get(name)
        if old is None:
            why = reasons.of(item, begins=True)
            yield Change(kind="added", item=name, before=None, after=item.day, reason=why)
        elif old.days == item.days and (old.hours == item.hours or reasons.is_given(item)):
            yield _standing(name, old, item, reasons)
        else:
            yield _moved(name, old, item, reasons)
    for name, old in before.items():
        if name not in after:
            yield Change(kind="cancelled", item=name, before=old.day, after=None, reason=reasons.cancelled(old))


def _standing(name: str, old: Item, item: Item, reasons: Reasons) -> Change:
    """Return what became of an item on the days that it had: kept, unless its end or its course is settled now."""
    if old.is_open != item.is_open:
        was, now = (None if one.is_open else one.days[1] for one in (old, item))
        words = "end date withdrawn" if item.is_open else reasons.of(item, begins=False)
        return Change(kind="moved", item=name, before=was, after=now, reason=words)
    if item.is_settled and not old.is_settled:
        return Change(kind="moved", item=name, before=old.day, after=item.day, reason=SETTLED)
    return Change(kind="kept", item=name, before=old.day, after=item.day, reason=UNCHANGED)


def _moved(name: str, old: Item, item: Item, reasons: Reasons) -> Change:
    was, days = old.days, item.days
    if was == days and item.hours:
        why = f"its hours are now from {clock(item.hours[0])}"
    else:
        why = reasons.of(item, begins=was[0] != days[0])
    first, other = _first_difference(was, days)
    return Change(kind="moved", item=name, before=first, after=other, reason=why)


def _first_difference(
    was: tuple[dt.date | None, dt.date | None], now: tuple[dt.date | None, dt.date | None]
) -> tuple[dt.date | None, dt.date | None]:
    """Return the first pair of days that differ; the first days where only the hours do."""
    pairs = zip(was, now, strict=True)
    return next(((old, new) for old, new in pairs if old != new), (now[0], now[0]))
