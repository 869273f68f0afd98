"""The next day on which an evaluation or a forecast changes although nothing is recorded (S24)."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeVar

from lemtrada_schedule.dates.spans import Offset
from lemtrada_schedule.errors import PlanMismatch
from lemtrada_schedule.judging.verdicts import Evaluation, Forecast
from lemtrada_schedule.protocol.actions import WindowAction
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import History

__all__ = ["next_change", "turning_days"]

_ONE_DAY = timedelta(days=1)

_Answer = TypeVar("_Answer", Evaluation, Forecast)


def turning_days(history: History, protocol: Protocol, as_of: date) -> set[date]:
    """Return the days after `as_of` on which an evaluation or a forecast of a history can change by itself.

    A record dated in the future starts to count on its day. A short course is no longer in progress two days after
    its last infusion, and no longer interrupted after the protocol's gap (S08).
    """
    steps = (0, 2, protocol.course_gap_days.days + 1)
    near = as_of - _ONE_DAY * max(steps)
    given = [record.date for record in history.infusions if record.is_exposure]
    turning = [day for day in given if day >= near]
    days = {day + _ONE_DAY * step for day in turning for step in steps}
    for closes in _later_closings(protocol):  # a window is missed from the day after its last (S42)
        days |= {closes.from_day(day, rounding="earlier") + _ONE_DAY for day in given}
    return {day for day in days if day > as_of}


@lru_cache(maxsize=16)
def _later_closings(protocol: Protocol) -> tuple[Offset, ...]:
    """Return the ends of windows that can close on or after the infusion from which they are counted."""
    ends = [action.closes for action in protocol.actions if isinstance(action, WindowAction) and action.closes]
    return tuple(end for end in ends if end.span is None or end.direction > 0)


def next_change(answer: _Answer, days: Iterable[date], answer_on: Callable[[date], _Answer]) -> date | None:
    """Return the first day after an answer's own on which the answer differs; `None` if there is none (S24).

    A day on which the question would be refused counts as a change too: once a record dated in the future counts, the
    course of a decision may have another number.

    Args:
        answer: The answer as it is now.
        days: The days on which it can change.
        answer_on: Returns the answer on a day.
    """
    as_of, before = answer.as_of, answer
    for day in sorted(day for day in days if day > as_of):
        try:
            then = answer_on(day)
        except PlanMismatch:
            return day
        if then.model_copy(update={"as_of": as_of}) != before.model_copy(update={"as_of": as_of}):
            return day
        before = then
    return None
