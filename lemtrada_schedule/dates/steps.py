"""The distance of a date from its anchor: the notation of `Derivation.offset`, such as `+ 3 × 1 month`."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from lemtrada_schedule.dates.months import Rounding
from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.errors import InvalidInput

__all__ = ["Step"]

_STEP: Final = re.compile(r"([+-]) (?:([1-9][0-9]{0,3}) × )?([1-9][0-9]{0,4} (?:day|week|month|year)s?)")

_HOURS: Final = re.compile(r"\+ ([1-9][0-9]{0,4}) hours")


@dataclass(frozen=True, slots=True)
class Step:
    """The distance of a date from its anchor: some spans earlier or later, hours later, or none.

    It has one spelling: `+ 4 months`, `- 1 day`, `+ 3 × 1 month`, `+ 48 hours`; empty for the anchor's own day.
    """

    span: Span | None = None
    times: int = 0
    """The number of spans; negative is earlier."""
    hours: int = 0

    def __str__(self) -> str:
        """Return the step as in `Derivation.offset`."""
        if self.hours:
            return f"+ {self.hours} hours"
        if self.span is None:
            return ""
        several = f"{abs(self.times)} × " if abs(self.times) > 1 else ""
        return f"{'+' if self.times > 0 else '-'} {several}{self.span}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the step that a text describes; `None` if the text has another form.

        Example:
            >>> Step.parse("+ 3 × 1 month")
            Step(span=Span.parse('1 month'), times=3, hours=0)
            >>> Step.parse("soon after") is None
            True
        """
        if not text:
            return cls()
        if read := _HOURS.fullmatch(text):
            return cls(hours=int(read[1]))
        if not (read := _STEP.fullmatch(text)):
            return None
        try:
            step = cls(Span.parse(read[3]), int(read[2] or 1) * (1 if read[1] == "+" else -1))
        except InvalidInput:  # more than the longest span, or not the one spelling: `1 months`
            return None
        return step if str(step) == text else None

    @property
    def is_exact(self) -> bool:
        """Whether it is a number of days or hours, so that nothing is rounded."""
        return self.span is None or self.span.is_exact

    def from_day(self, anchor_day: date, *, rounding: Rounding) -> date:
        """Return the day at this distance from the anchor's day, counted in one step; hours do not count.

        Example:
            >>> from datetime import date
            >>> Step(Span.parse("1 month"), 3).from_day(date(2025, 11, 30), rounding="earlier")
            datetime.date(2026, 2, 28)
        """
        return self.span.after(anchor_day, rounding=rounding, times=self.times) if self.span else anchor_day
