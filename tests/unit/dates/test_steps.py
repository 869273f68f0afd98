"""`Step`: the notation of `Derivation.offset`, in one spelling, and the day that it gives."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_schedule import Span
from lemtrada_schedule.dates.spans import LONGEST
from lemtrada_schedule.dates.steps import Step

WRITTEN = {
    "": Step(),
    "+ 4 months": Step(Span.parse("4 months"), 1),
    "- 1 day": Step(Span.parse("1 day"), -1),
    "+ 3 × 1 month": Step(Span.parse("1 month"), 3),
    "- 2 × 6 weeks": Step(Span.parse("6 weeks"), -2),
    "+ 48 hours": Step(hours=48),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_each_form_is_read_and_written_in_one_way(text: str) -> None:
    assert Step.parse(text) == WRITTEN[text]
    assert str(WRITTEN[text]) == text


@pytest.mark.parametrize(
    "text",
    [
        "soon after", "4 months", "+4 months", "+ 4 month", "+ 1 months", "+ 1 × 4 months", "+ 04 months", "- 48 hours",
        "+ 0 days", "+ 0 hours", "+ 40000 days", "+ 1201 months", "+ 99999 years",
        "+ 4 months ", "plus 4 months", "+ 3 x 1 month", "+ 0 × 1 month",
    ],
)  # fmt: skip
def test_any_other_spelling_is_no_step(text: str) -> None:
    """Among them: one more month than the longest span, and one time said as several."""
    assert Step.parse(text) is None


@pytest.mark.parametrize(
    ("text", "rounding", "day"),
    [
        ("", "later", "2027-01-31"),
        ("+ 1 month", "earlier", "2027-02-28"),
        ("+ 1 month", "later", "2027-03-01"),
        ("+ 3 × 1 month", "earlier", "2027-04-30"),
        ("- 2 months", "earlier", "2026-11-30"),
        ("- 42 days", "later", "2026-12-20"),
        ("+ 48 hours", "later", "2027-01-31"),  # hours are no days: the time of day decides
    ],
)
def test_the_day_from_31_january_2027(text: str, rounding: str, day: str) -> None:
    step = Step.parse(text)
    assert step is not None
    assert step.from_day(date(2027, 1, 31), rounding=rounding) == date.fromisoformat(day)  # type: ignore[arg-type]  # one of two words


@pytest.mark.parametrize(
    ("text", "exact"), [("", True), ("+ 2 weeks", True), ("+ 48 hours", True), ("+ 1 year", False)]
)
def test_what_needs_no_rounding(text: str, exact: bool) -> None:  # noqa: FBT001  # a column of the table
    step = Step.parse(text)
    assert step is not None
    assert step.is_exact is exact


@given(st.sampled_from(sorted(LONGEST)), st.integers(1, 99), st.integers(1, 999), st.sampled_from([1, -1]))
def test_every_step_comes_back_as_it_was(unit: str, count: int, times: int, sign: int) -> None:
    step = Step(Span(count=count, unit=unit), sign * times)  # type: ignore[arg-type]  # one of the units
    assert Step.parse(str(step)) == step
