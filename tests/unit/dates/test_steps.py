"""The notation of `Derivation.offset`, written and parsed."""

from datetime import date

import pytest

from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.dates.steps import Step

MONTH = Span.parse("1 month")
DAY = Span.parse("1 day")


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (Step(), ""),
        (Step(hours=48), "+ 48 hours"),
        (Step(MONTH, 1), "+ 1 month"),
        (Step(MONTH, 2), "+ 2 × 1 month"),
        (Step(MONTH, 3), "+ 3 × 1 month"),
        (Step(DAY, -1), "- 1 day"),
        (Step(DAY, -42), "- 42 × 1 day"),
        (Step(Span.parse("4 months"), 1), "+ 4 months"),
    ],
)
def test_a_step_is_written_in_one_way_and_parsed_back(step: Step, text: str) -> None:
    assert str(step) == text
    assert Step.parse(text) == step


@pytest.mark.parametrize("text", ["+ 1 × 1 month", "+ 1 months", "+ 2 month", "+ 40000 days", "1 month", "+ 0 hours"])
def test_another_spelling_is_no_step(text: str) -> None:
    assert Step.parse(text) is None


@pytest.mark.parametrize(
    ("step", "day"),
    [
        (Step(MONTH, 3), date(2026, 2, 28)),  # 30 November + 3 months, earlier
        (Step(DAY, -30), date(2025, 10, 31)),
        (Step(hours=48), date(2025, 11, 30)),
        (Step(), date(2025, 11, 30)),
    ],
)
def test_a_step_is_counted_in_one_go(step: Step, day: date) -> None:
    assert step.from_day(date(2025, 11, 30), rounding="earlier") == day


def test_days_and_hours_are_exact_and_months_are_not() -> None:
    assert [step.is_exact for step in (Step(), Step(hours=1), Step(DAY, 1), Step(MONTH, 1))] == [
        True,
        True,
        True,
        False,
    ]
