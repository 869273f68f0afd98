"""Periods that end in the range or are in force on the day of the question (S43)."""

from collections.abc import Iterator

from lemtrada_schedule.agenda.asked import Asked
from lemtrada_schedule.agenda.due_items import DueItem
from lemtrada_schedule.agenda.treatment import Treatment
from lemtrada_schedule.findings.reasons import reason
from lemtrada_schedule.plan.activities import PeriodActivity
from lemtrada_schedule.plan.items import part_of
from lemtrada_schedule.plan.neutral_titles import neutral_title

__all__ = ["period_items"]


def period_items(treatment: Treatment, asked: Asked) -> Iterator[DueItem]:
    """Yield one item for each period that ends in the range, else for each that is in force on `as_of`."""
    periods = (one for one in treatment.parts.activities if isinstance(one, PeriodActivity))
    for period in (*treatment.parts.contraception, *periods):
        ends = period.last_day
        if ends and asked.holds(ends):
            yield _item(asked, period, is_end=True)
        elif period.first_day <= asked.as_of and (ends is None or asked.as_of <= ends):
            yield _item(asked, period, is_end=False)


def _item(asked: Asked, period: PeriodActivity, *, is_end: bool) -> DueItem:
    (item,) = part_of(period).items()
    return asked.item(
        period.id,
        "period",
        period.last_day if is_end and period.last_day else asked.as_of,
        "ends" if is_end else "open",
        title=period.title,
        neutral_title=neutral_title(item),
        course=period.course,
        reason=f"{_until(period)}: {reason(period.because)}",
    )


def _until(period: PeriodActivity) -> str:
    """Return how long a period holds, in words."""
    if period.last_day:
        return f"until {'at least ' if period.provisional else ''}{period.last_day}"
    if period.earliest_end:
        return f"since {period.first_day}, until a recorded result ends it, not before {period.earliest_end}"
    return f"since {period.first_day}, no end stated"
