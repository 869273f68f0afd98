"""`Recurrence`: the due dates of a series, and how they are counted."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import Baseline, SeriesActivity
from lemtrada_schedule.plan.repeated import KEPT, kept, repeated

__all__ = ["KEPT", "Recurrence"]


@dataclass(frozen=True, repr=False, eq=False)
class Recurrence:
    """The due dates of a series, and how they are counted."""

    dates: tuple[dt.date, ...]
    every: Span
    """The span between two dates."""
    continuing: bool
    """Whether the label states no end, so that there are more dates after those listed."""
    because: Derivation
    """Why the first date is what it is."""
    ends_because: Derivation
    """Why there is no later date."""
    baseline: Baseline | None
    """The tests before the course."""

    @classmethod
    def of(cls, series: SeriesActivity) -> "Recurrence":
        """Return the recurrence of a series."""
        return cls(series.dates, series.every, series.continuing, series.because, series.ends_because, series.baseline)

    @cached_property
    def spans(self) -> dict[dt.date, int]:
        """The number of spans from the anchor to each date.

        Dates kept from the previous plan are not included: they are not counted from an infusion that was given.
        """
        if not self.dates:
            return {}
        days = self.every.repeated(self.because.anchor_day, until=self.dates[-1], rounding="earlier")
        known = set(self.dates)
        return {day: count for count, day in enumerate(days, start=1) if day in known}

    @property
    def kept(self) -> int:
        """The number of dates kept from the previous plan."""
        return len(self.dates) - len(self.spans)

    def due(self, day: dt.date) -> Derivation:
        """Return the reason for one of the dates, counted from the anchor of the first."""
        count = self.spans.get(day)
        if count is None:
            return kept(self.because, day)
        return repeated(self.because, self.every, count, day)
