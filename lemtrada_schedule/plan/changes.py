"""Compare two plans item by item: what was kept, moved, added or cancelled."""

import datetime as dt
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Literal

from lemtrada_schedule.plan.items import Item, parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.revision import ChangedDay, ChangeKind

__all__ = ["Difference", "InWhat", "differences", "items_by_id"]

_RANGES: Final = ("holds", "within")
"""The shapes of items with a first and a last day."""

Days = tuple[dt.date | None, dt.date | None]

InWhat = Literal["first day", "last day", "hours", "end withdrawn", "confirmed", "nothing"]
"""What differs between two items; `confirmed`: its course no longer needs a decision."""


@dataclass(frozen=True, slots=True, repr=False)
class Difference:
    """The change of one item. Only the verb that made the new plan knows the reason."""

    kind: ChangeKind
    item: Item
    """The item in the new plan; if it was cancelled, in the old plan."""
    before: dt.date | None
    after: dt.date | None
    in_what: InWhat = "last day"
    renewed: tuple[str, ...] = ()
    """Of an item that was kept: what is printed of it and differs."""

    @property
    def which(self) -> ChangedDay:
        """Which day of the item `before` and `after` are."""
        if self.item.shape in _RANGES:
            is_first = self.in_what == "first day" or (self.is_same and self.item.first_day is not None)
            return "first-day" if is_first else "last-day"
        is_bound = self.item.baseline is not None and self.kind == "moved" and self.in_what == "last day"
        return "last-day" if is_bound else "day"

    @property
    def is_same(self) -> bool:
        """Whether it is about the item as a whole, not about one of its days: cancelled, kept or confirmed."""
        return self.kind == "cancelled" or self.in_what in ("nothing", "confirmed")

    @property
    def at_least(self) -> bool:
        """Whether the new last day is an "at least until"."""
        is_uncertain = self.item.part.provisional or self.item.is_open
        return self.which == "last-day" and self.after is not None and is_uncertain


def items_by_id(plan: Plan) -> dict[str, Item]:
    """Return the dated items of a plan by id; notes have no date, and visits move with their tests."""
    return {item.id: item for part in parts(plan) for item in part.items() if not item.note}


def differences(
    before: Mapping[str, Item], after: Mapping[str, Item], days_given: AbstractSet[dt.date]
) -> tuple[Difference, ...]:
    """Return the change of each item: items of the new plan in its order, then the cancelled ones.

    Args:
        before: The items of the old plan, by id.
        after: The items of the new plan, by id.
        days_given: The days on record. The hours of an item on such a day are those on record, and did not move.
    """
    return tuple(_differences(before, after, days_given))


def _differences(
    before: Mapping[str, Item], after: Mapping[str, Item], days_given: AbstractSet[dt.date]
) -> Iterator[Difference]:
    for name, item in after.items():
        old = before.get(name)
        if old is None:
            yield Difference("added", item, None, item.day, "first day")
        elif old.days == item.days and (old.hours == item.hours or item.day in days_given):
            yield _standing(old, item)
        else:
            yield _moved(old.days, item)
    yield from (Difference("cancelled", old, old.day, None) for name, old in before.items() if name not in after)


def _standing(old: Item, item: Item) -> Difference:
    """Return what became of an item on the days that it had: kept, unless its end or its course is settled now."""
    if old.is_open != item.is_open:
        was, now = (None if one.is_open else one.days[1] for one in (old, item))
        return Difference("moved", item, was, now, "end withdrawn" if item.is_open else "last day")
    if item.is_settled and not old.is_settled:
        return Difference("moved", item, old.day, item.day, "confirmed")
    return Difference("kept", item, old.day, item.day, "nothing", tuple(_renewed(old, item)))


def _renewed(old: Item, item: Item) -> Iterator[str]:
    """Yield what differs between two items of the same days: titles, and the source of their reason."""
    if old.title != item.title:
        yield "title"
    if old.part.neutral_title != item.part.neutral_title:
        yield "neutral title"
    if _sources(old) != _sources(item):
        yield "source"


def _sources(item: Item) -> tuple[str | None, ...]:
    return tuple(because.cite if because else None for because in (item.because, item.begins_because))


def _moved(was: Days, item: Item) -> Difference:
    now = item.days
    if was[0] != now[0]:
        return Difference("moved", item, was[0], now[0], "first day")
    if was[1] != now[1]:
        return Difference("moved", item, was[1], now[1])
    return Difference("moved", item, now[0], now[0], "hours" if item.hours else "last day")
