"""Calendar spans ("12 months") and offsets from an infusion ("last infusion + 4 months").

A month is a calendar month, never a number of days. If the day does not exist in the month reached, the caller
says which side is safe. `later` returns the first of the next month (minimum intervals, ends of protective
periods), `earlier` the last of the month (deadlines, due dates, starts of periods).
"""

import re
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_serializer, model_validator
from pydantic_core import CoreSchema

from lemtrada_schedule.dates.months import (
    FIRST_ORDINAL,
    LAST_ORDINAL,
    Rounding,
    add_months,
    month_number,
    out_of_range,
)
from lemtrada_schedule.errors import InvalidInput, Problem, shape_of
from lemtrada_schedule.validation.field_docs import text_schema
from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.scalars import refusal

__all__ = ["Anchor", "Offset", "Span"]

Anchor = Literal["first infusion", "last infusion"]
"""The infusion of a course that an interval is counted from."""

Unit = Literal["days", "weeks", "months", "years"]

LONGEST: Final[dict[str, int]] = {"days": 36_600, "weeks": 5_200, "months": 1_200, "years": 100}

STEPS: Final[dict[str, int]] = {"days": 1, "weeks": 7, "months": 1, "years": 12}
"""How many days an exact unit has, or else how many months."""

SPAN_PATTERN: Final = "[1-9][0-9]{0,4} (day|week|month|year)s?"
"""The spelling of a span, for a JSON Schema; `Span` itself also checks singular and plural."""

_SPAN: Final = re.compile(r"([1-9][0-9]{0,4}) (day|week|month|year)(s?)")

_OFFSET: Final = re.compile(r"(first infusion|last infusion)(?: ([+-]) (.{1,20}))?")


def _is_rounding(value: object) -> bool:
    return type(value) is str and value in {"later", "earlier"}


class Span(Model):
    """A length of calendar time: a whole number of days, weeks, months or years.

    It has one spelling: `1 month`, `12 months`, `42 days`. It is not a duration: how many days twelve months have
    depends on where they start.
    """

    count: Annotated[int, Field(ge=1)]
    """How many units."""
    unit: Unit
    """The unit of calendar time."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if type(value) is not str:
            return value
        if (read := _SPAN.fullmatch(value)) and (read[1] == "1") == (read[3] == ""):
            return {"count": int(read[1]), "unit": f"{read[2]}s"}
        raise refusal("span", f"expected a span such as '1 month' or '12 months', got {shape_of(value)}")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.count > (longest := LONGEST[self.unit]):
            raise refusal("span", f"expected at most {longest} {self.unit}")
        return self

    @model_serializer
    def _write(self) -> str:
        return str(self)

    @classmethod
    def __get_pydantic_json_schema__(cls, _core_schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON Schema of the text, which is its only form in JSON."""
        return text_schema(cls, SPAN_PATTERN)

    def __str__(self) -> str:
        """Return the span as it is written in a protocol: `12 months`."""
        return f"{self.count} {self.unit if self.count != 1 else self.unit.removesuffix('s')}"

    def __repr__(self) -> str:
        """Return the span as the call that parses it."""
        return f"Span.parse({str(self)!r})"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the span that a text describes.

        Raises:
            InvalidInput: The text has another form (`span`).

        Example:
            >>> from datetime import date
            >>> Span.parse("12 months").after(date(2024, 2, 29), rounding="later")
            datetime.date(2025, 3, 1)
        """
        return cls.model_validate(text)

    def __eq__(self, other: object) -> bool:
        """Compare count and unit; pydantic's own comparison of any two models takes ten times as long."""
        return type(other) is Span and (self.count, self.unit) == (other.count, other.unit)

    def __hash__(self) -> int:
        """Hash by count and unit: a span is part of cache keys."""
        return hash((self.count, self.unit))

    @cached_property
    def is_exact(self) -> bool:
        """Whether the span is a fixed number of days, so that rounding never matters."""
        return self.unit in ("days", "weeks")

    @cached_property
    def _step(self) -> int:
        return self.count * STEPS[self.unit]

    def after(self, day: date, *, rounding: Rounding, times: int = 1) -> date:
        """Return the day `times` spans after `day`, counted in one step from `day`.

        Negative `times` count back. Days and weeks are exact; months and years round as in `add_months`.

        Raises:
            InvalidInput: An argument has the wrong type (`wrong-type`), or the result is outside the years 1900 to
                2199 (`date-range`).

        Example:
            >>> from datetime import date
            >>> Span.parse("1 month").after(date(2025, 1, 31), rounding="earlier", times=2)
            datetime.date(2025, 3, 31)
        """
        if type(day) is not date or type(times) is not int or not _is_rounding(rounding):
            message = "expected a datetime.date, a rounding of 'later' or 'earlier', and whole times"
            raise InvalidInput([Problem("wrong-type", "span", message)])
        if not self.is_exact:
            return add_months(day, self._step * times, rounding=rounding)
        moved = day.toordinal() + self._step * times
        if not FIRST_ORDINAL <= moved <= LAST_ORDINAL:
            raise out_of_range("span")
        return date.fromordinal(moved)

    def times_until(self, day: date, until: date, *, rounding: Rounding) -> int:
        """Return how many times the span fits between two days, the last day included.

        Example:
            >>> from datetime import date
            >>> Span.parse("1 month").times_until(date(2025, 1, 31), date(2025, 3, 31), rounding="earlier")
            2
        """
        if self.is_exact:
            return max(0, (until - day).days // self._step)
        times = max(0, (month_number(until) - month_number(day)) // self._step)
        return times - 1 if times and self.after(day, rounding=rounding, times=times) > until else times

    def repeated(self, day: date, *, until: date, rounding: Rounding) -> tuple[date, ...]:
        """Return the days 1, 2, 3, … spans after `day`, each counted in one step from it, up to `until`, included.

        Example:
            >>> from datetime import date
            >>> Span.parse("1 month").repeated(date(2025, 1, 31), until=date(2025, 3, 31), rounding="earlier")
            (datetime.date(2025, 2, 28), datetime.date(2025, 3, 31))
        """
        times = self.times_until(day, until, rounding=rounding)
        if self.is_exact or day.day > 28:
            return tuple(self.after(day, rounding=rounding, times=k) for k in range(1, times + 1))
        # Every month has 28 days: nothing to round.
        start = month_number(day)
        months = range(start + self._step, start + self._step * times + 1, self._step)
        return tuple(date(month // 12, month % 12 + 1, day.day) for month in months)


def _sign(value: Any) -> Any:
    if type(value) is int:
        return value
    raise refusal("wrong-type", f"expected 1 or -1, got {shape_of(value)}")


class Offset(Model):
    """A day relative to an infusion of a course: `first infusion - 42 days`, `last infusion + 4 months`."""

    anchor: Anchor
    """The infusion that it is counted from."""
    direction: Annotated[Literal[1, -1], BeforeValidator(_sign)] = 1
    """1 is after the anchor, -1 before it."""
    span: Span | None = None
    """The distance from the anchor; `None` is the anchor's own day."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if type(value) is not str:
            return value
        if not (read := _OFFSET.fullmatch(value)):
            expected = "expected an offset such as 'last infusion + 4 months'"
            raise refusal("offset", f"{expected}, got {shape_of(value)}")
        return {"anchor": read[1], "direction": -1 if read[2] == "-" else 1, "span": read[3]}

    @model_serializer
    def _write(self) -> str:
        return str(self)

    @classmethod
    def __get_pydantic_json_schema__(cls, _core_schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON Schema of the text, which is its only form in JSON."""
        return text_schema(cls, f"(first|last) infusion( [+-] {SPAN_PATTERN})?")

    def __str__(self) -> str:
        """Return the offset as it is written in a protocol."""
        return f"{self.anchor} {self.step}".rstrip()

    def __repr__(self) -> str:
        """Return the offset as the call that parses it."""
        return f"Offset.parse({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        """Compare the parts, as `Span` does."""
        parts = (self.anchor, self.direction, self.span)
        return type(other) is Offset and parts == (other.anchor, other.direction, other.span)

    def __hash__(self) -> int:
        """Hash by its parts: an offset is part of cache keys."""
        return hash((self.anchor, self.direction, self.span))

    @cached_property
    def step(self) -> str:
        """The signed span alone, `+ 4 months`; empty for the anchor's own day."""
        return f"{'+' if self.direction > 0 else '-'} {self.span}" if self.span else ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the offset that a text describes.

        Raises:
            InvalidInput: The text has another form (`offset`, or `span` for its span).

        Example:
            >>> Offset.parse("last infusion + 4 months").span
            Span.parse('4 months')
        """
        return cls.model_validate(text)

    def from_day(self, anchor_day: date, *, rounding: Rounding) -> date:
        """Return the day at this offset from the anchor's day.

        Example:
            >>> from datetime import date
            >>> Offset.parse("last infusion + 4 months").from_day(date(2025, 10, 31), rounding="later")
            datetime.date(2026, 3, 1)
        """
        if self.span is None:
            return anchor_day
        return self.span.after(anchor_day, rounding=rounding, times=self.direction)
