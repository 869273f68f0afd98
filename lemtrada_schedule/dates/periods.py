"""Periods of days, both ends included; merge those that overlap or touch."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.validation.accepted import DayLike
from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.scalars import DerivedDate, refusal
from lemtrada_schedule.validation.summary import Summary

__all__ = ["Period", "merge_periods"]


class Period(Model):
    """Calendar days from `first_day` to `last_day`, both included; `last_day` is `None` while it is open."""

    first_day: DerivedDate
    """The first day, included."""
    last_day: DerivedDate | None = None
    """The last day, included; `None` while the period is open."""

    if TYPE_CHECKING:  # the constructor accepts more than the fields hold

        def __init__(
            self,
            *,
            first_day: DayLike,
            last_day: DayLike | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last_day is not None and self.last_day < self.first_day:
            raise refusal("period-reversed", "the last day is before the first day; swap or correct them")
        return self

    def __contains__(self, day: date) -> bool:
        """Whether a day is in the period, its first and last day included."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def _summary(self) -> Summary:
        yield "days", "open" if self.last_day is None else (self.last_day - self.first_day).days + 1


def merge_periods(periods: Iterable[tuple[date, date]]) -> tuple[tuple[date, date], ...]:
    """Merge closed periods that overlap or touch, and return them in order of their first day.

    Periods touch if one begins on the day after another ends: … 7 Jul and 8 Jul … become one.

    Example:
        >>> from datetime import date
        >>> merge_periods([(date(2025, 7, 8), date(2025, 8, 1)), (date(2025, 3, 3), date(2025, 7, 7))])
        ((datetime.date(2025, 3, 3), datetime.date(2025, 8, 1)),)
    """
    merged: list[tuple[date, date]] = []
    for first, last in sorted(periods):
        if merged and first <= merged[-1][1] + ONE_DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)
