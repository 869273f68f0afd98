"""Periods that end in the range, are in force on the day of the question, or begin in the range (S43)."""

import datetime as dt
from collections.abc import Iterator

from lemtrada_schedule.agenda.asked import Asked
from lemtrada_schedule.agenda.due_items import DueItem, DueState
from lemtrada_schedule.agenda.treatment import Treatment
from lemtrada_schedule.findings.reasons import reason
from lemtrada_schedule.plan.activities import PeriodActivity
from lemtrada_schedule.plan.items import part_of
from lemtrada_schedule.plan.neutral_titles import neutral_title

__all__ = ["period_items"]


def period_items(treatment: Treatment, asked: Asked) -> Iterator[DueItem]:
    """Yield one item for each period that ends in the range, is in force on `as_of`, or begins in the range."""
    periods = (one for one in treatment.parts.activities if isinstance(one, PeriodActivity))
    for period in (*treatment.parts.contraception, *periods):
        ends = period.last_day
        if ends and asked.holds(ends):
            yield _item(asked, period, ends, "ends")
        elif period.first_day <= asked.as_of and (ends is None or asked.as_of <= ends):
            yield _item(asked, period, asked.as_of, "open")
        elif period.first_day > asked.as_of and asked.holds(period.first_day):
            yield _item(asked, period, period.first_day, "starts")


def _item(asked: Asked, period: PeriodActivity, day: dt.date, state: DueState) -> DueItem:
    (item,) = part_of(period).items()
    return asked.item(
        period.id,
        "period",
        day,
        state,
        title=period.title,
        neutral_title=neutral_title(item),
        course=period.course,
        reason=f"{_how_long(period, asked.as_of)}: {reason(period.because)}",
    )


def _how_long(period: PeriodActivity, as_of: dt.date) -> str:
    """Return how long a period holds, in words; if it has not begun, from when."""
    if period.last_day:
        begins = f"from {period.first_day} " if period.first_day > as_of else ""
        return f"{begins}until {'at least ' if period.provisional else ''}{period.last_day}"
    since = f"{'from' if period.first_day > as_of else 'since'} {period.first_day}"
    if period.earliest_end:
        return f"{since}, until a recorded result ends it, not before {period.earliest_end}"
    return f"{since}, no end stated"
