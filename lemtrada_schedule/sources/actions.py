"""Actions of a medication administration record: fold those of a day into one infusion record."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from lemtrada_schedule.records.history import LONGEST_MINUTES, InfusionRecord, RecordStatus

__all__ = ["Action", "records_of_actions"]

_ONE_DAY: Final = dt.timedelta(days=1)

_ENDS: Final = ("ended", "partial")

_DAY: Final = 1_440
"""The minutes of a day."""


@dataclass(frozen=True, slots=True, repr=False)
class Action:
    """One action: its day, its time, and its kind as in `[actions]`."""

    day: dt.date
    at: dt.time | None
    """`None`: not on record."""
    row: int
    kind: str
    dose_mg: Decimal | None

    def minute(self, day: dt.date) -> int | None:
        """Return the minutes from the beginning of a day to the action; `None` if its time is not on record."""
        if self.at is None:
            return None
        return (self.day - day).days * _DAY + self.at.hour * 60 + self.at.minute


def records_of_actions(actions: Iterable[Action]) -> Iterator[InfusionRecord]:
    """Yield the records of one patient's actions, one for each day on which an infusion began or was not given.

    Actions of a day with different doses are several records, so that they are reported.
    """
    for day, done in _days(actions):
        yield from _records(day, done)


def _days(actions: Iterable[Action]) -> Iterator[tuple[dt.date, list[Action]]]:
    """Yield the actions of each day; the end of an infusion that began the day before belongs to that day."""
    ordered = sorted(actions, key=lambda one: (one.day, one.at or dt.time.min, one.row))
    before: tuple[dt.date, list[Action]] | None = None
    for day, group in groupby(ordered, key=lambda one: one.day):
        done = list(group)
        if before and before[0] == day - _ONE_DAY and _is_open(before[1]) and done[0].kind in _ENDS:
            before[1].append(done.pop(0))
        if before:
            yield before
        before = (day, done) if done else None
    if before:
        yield before


def _is_open(done: Sequence[Action]) -> bool:
    """Return whether the last infusion of a day was started and did not end on that day."""
    kinds = [one.kind for one in done if one.kind != "not_done"]
    return bool(kinds) and kinds[-1] == "started"


def _records(day: dt.date, done: Sequence[Action]) -> Iterator[InfusionRecord]:
    given = [one for one in done if one.kind != "not_done"]
    if not given:
        yield InfusionRecord(date=day, status="not-done", row=min(one.row for one in done))
        return
    row = min(one.row for one in given)
    status: RecordStatus = "partial" if any(one.kind == "partial" for one in given) else "completed"
    doses = _doses(given)
    lengths = _lengths(day, given)
    if len(doses) < 2:
        yield InfusionRecord(date=day, row=row, status=status, dose_mg=next(iter(doses), None), **lengths)
        return
    for dose, own in doses.items():  # which of them the times are of is unknown
        yield InfusionRecord(date=day, row=own, status=status, dose_mg=dose)


def _doses(given: Sequence[Action]) -> dict[Decimal, int]:
    """Return the doses on record, each with its first row: those of a partial infusion, else those of its start."""
    for kind in ("partial", "started", "ended"):
        doses: dict[Decimal, int] = {}
        for one in given:
            if one.kind == kind and one.dose_mg is not None:
                doses.setdefault(one.dose_mg, one.row)
        if doses:
            return doses
    return {}


def _lengths(day: dt.date, given: Sequence[Action]) -> dict[str, Any]:
    """Return when an infusion began and ended, or how long it ran without its pauses."""
    stretches, is_known = _stretches(day, given)
    if is_known and len(stretches) == 1 and stretches[0][1] < _DAY:
        first, last = stretches[0]
        return {"started": _clock(first), "ended": _clock(last)}
    if is_known and stretches:
        minutes = sum(last - first for first, last in stretches)
        return {"infusion_minutes": minutes} if minutes <= LONGEST_MINUTES else {}
    began = [one.at for one in given if one.kind == "started" and one.at is not None]
    return {"started": min(began)} if began else {}


def _stretches(day: dt.date, given: Sequence[Action]) -> tuple[list[tuple[int, int]], bool]:
    """Return from when to when the infusion ran, in minutes of the day, and whether all of it is on record."""
    stretches: list[tuple[int, int]] = []
    began: int | None = None
    is_known = True
    for one in given:
        minute = one.minute(day)
        if minute is None:
            is_known = False
        elif one.kind == "started":
            began = minute if began is None else began
        elif began is None:  # it ended, and no start is on record
            is_known = False
        else:
            stretches.append((began, minute))
            began = None
    return stretches, is_known and began is None


def _clock(minute: int) -> dt.time:
    return dt.time(minute // 60, minute % 60)
