"""Spans and offsets at the edges that a mutation of their code once got past."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from lemtrada_schedule import InvalidInput
from lemtrada_schedule.dates.months import add_months
from lemtrada_schedule.dates.spans import Offset, Span


def test_spans_and_offsets_show_the_call_that_parses_them() -> None:
    assert repr(Span.parse("12 months")) == "Span.parse('12 months')"
    assert repr(Offset.parse("last infusion + 4 months")) == "Offset.parse('last infusion + 4 months')"


def test_different_spans_and_offsets_have_different_hashes() -> None:
    assert len({hash(Span.parse(f"{count} days")) for count in range(2, 102)}) > 90
    assert len({hash(Offset.parse(f"last infusion + {count} days")) for count in range(2, 102)}) > 90


def test_a_span_or_an_offset_equals_nothing_of_another_type() -> None:
    """Neither a look-alike with the same parts, nor another type without them."""
    offset = Offset.parse("last infusion + 4 months")
    assert offset == Offset.parse("last infusion + 4 months")
    look_alike = SimpleNamespace(anchor=offset.anchor, direction=offset.direction, span=offset.span)
    assert [offset == other for other in (look_alike, "last infusion + 4 months", None)] == [False] * 3
    span = Span.parse("4 months")
    assert [span == other for other in (SimpleNamespace(count=4, unit="months"), "4 months", None)] == [False] * 3


@pytest.mark.parametrize(
    ("model", "right", "wrong"),
    [
        (Span, ("1 day", "2 weeks", "48 months", "1 year"), ("0 days", "01 days", "4 month later", "months")),
        (Offset, ("first infusion", "last infusion + 4 months"), ("infusion", "last infusion +", "last infusion 4")),
    ],
)
def test_the_schema_of_a_span_takes_what_it_parses(
    model: type[Span | Offset], right: Sequence[str], wrong: Sequence[str]
) -> None:
    schema = model.model_json_schema()
    assert (schema["type"], schema["title"]) == ("string", model.__name__)
    pattern = re.compile(schema["pattern"])
    assert [bool(pattern.search(text)) for text in (*right, *wrong)] == [True] * len(right) + [False] * len(wrong)
    assert [str(model.parse(text)) for text in right] == list(right)


@pytest.mark.parametrize(
    ("day", "times", "rounding"),
    [
        (datetime(2027, 1, 11), 1, "later"),
        (date(2027, 1, 11), 1.0, "later"),
        (date(2027, 1, 11), True, "later"),
        (date(2027, 1, 11), 1, "up"),
    ],
)
def test_one_wrong_argument_is_enough_to_refuse(day: Any, times: Any, rounding: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        Span.parse("1 day").after(day, rounding=rounding, times=times)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "span")


@pytest.mark.parametrize(
    ("text", "day", "until", "dates"),
    [
        ("1 month", date(2025, 1, 28), date(2025, 3, 28), [date(2025, 2, 28), date(2025, 3, 28)]),
        ("1 month", date(2025, 1, 29), date(2025, 3, 29), [date(2025, 2, 28), date(2025, 3, 29)]),
        ("3 months", date(2025, 1, 15), date(2025, 10, 15), [date(2025, 4, 15), date(2025, 7, 15), date(2025, 10, 15)]),
        ("1 year", date(2025, 12, 28), date(2027, 12, 27), [date(2026, 12, 28)]),
    ],
)
def test_repeated_by_hand(text: str, day: date, until: date, dates: list[date]) -> None:
    assert Span.parse(text).repeated(day, until=until, rounding="earlier") == tuple(dates)


def test_no_span_fits_before_the_end_of_the_calendar() -> None:
    """One month after 5 December 2199 lies beyond it, and need not be computed to know that none fits."""
    assert Span.parse("1 month").times_until(date(2199, 12, 5), date(2199, 12, 31), rounding="later") == 0


@pytest.mark.parametrize(
    ("place", "beyond"),
    [
        ("add_months", lambda: add_months(date(2199, 12, 31), 1, rounding="later")),
        ("span", lambda: Span.parse("1 day").after(date(2199, 12, 31), rounding="later")),
    ],
)
def test_a_date_beyond_the_calendar_is_refused_with_its_place_and_the_years(
    place: str, beyond: Callable[[], date]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        beyond()
    assert (caught.value.code, caught.value.place) == ("date-range", place)
    assert "1900 to 2199" in caught.value.message
