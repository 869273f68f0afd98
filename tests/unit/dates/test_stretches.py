"""How long something may be in force, in days (S46); the bounds are counted on the calendar."""

import pytest

from lemtrada_schedule.dates.spans import Offset, Span
from lemtrada_schedule.dates.stretches import OPEN, Stretch, earliest, end_apart, latest, least_days


@pytest.mark.parametrize(
    ("text", "fewest"),
    [
        ("42 days", 42),
        ("6 weeks", 42),
        ("1 month", 28),  # February
        ("12 months", 365),
        ("1 year", 365),
        ("48 months", 1_460),  # 1899 to 1903, and 2097 to 2101: four years without a leap day
    ],
)
def test_the_fewest_days_of_a_span_or_up_to_two_fewer(text: str, fewest: int) -> None:
    span = Span.parse(text)
    least = least_days(span)
    assert type(least) is int
    assert least == fewest if span.is_exact else fewest - 2 <= least <= fewest


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        # A course of 5 days: its first infusion is day 0, its last one day 4.
        ("first infusion", 0, 0),
        ("last infusion", 4, 4),
        ("first infusion - 42 days", -42, -42),
        ("first infusion + 10 days", 10, 10),
        ("last infusion + 42 days", 46, 46),
        ("last infusion - 2 weeks", -10, -10),
    ],
)
def test_exact_offsets_are_early_and_late_at_once(text: str, first: int, last: int) -> None:
    offset = Offset.parse(text)
    assert (earliest(offset, 5), latest(offset, 5)) == (first, last)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("first infusion + 1 month", 28, 31),
        ("last infusion + 1 month", 32, 35),
        ("first infusion - 1 month", -31, -28),
        ("last infusion - 1 month", -27, -24),
        ("first infusion + 12 months", 365, 366),
        ("first infusion - 1 year", -366, -365),
    ],
)
def test_months_are_as_short_and_as_long_as_they_can_be_and_up_to_two_days_more(
    text: str, first: int, last: int
) -> None:
    offset = Offset.parse(text)
    assert first - 2 <= earliest(offset, 5) <= first
    assert last <= latest(offset, 5) <= last + 2
    assert {int} == {type(earliest(offset, 5)), type(latest(offset, 5))}


@pytest.mark.parametrize(
    ("one", "other", "next_first", "apart"),
    [
        # In one course: a day in common, and two rules for the end.
        (Stretch(0, 4, "a"), Stretch(2, 9, "b"), OPEN, True),
        (Stretch(0, 4, "a"), Stretch(4, 9, "b"), OPEN, True),
        (Stretch(4, 9, "b"), Stretch(0, 4, "a"), OPEN, True),
        (Stretch(0, 4, "a"), Stretch(5, 9, "b"), OPEN, False),
        (Stretch(5, 9, "b"), Stretch(0, 4, "a"), OPEN, False),
        (Stretch(0, 4, "a"), Stretch(2, 4, "a"), OPEN, False),
        (Stretch(0, OPEN, "a"), Stretch(0, OPEN, "a"), OPEN, False),
        # In two courses, the second of which begins on day 365 or later.
        (Stretch(0, 365, "a"), Stretch(0, 365, "a"), 365, True),
        (Stretch(0, 364, "a"), Stretch(0, 364, "a"), 365, False),
        (Stretch(10, 370, "a"), Stretch(10, 370, "a"), 365, False),  # again from day 375 on
        (Stretch(-10, 355, "a"), Stretch(-10, 355, "a"), 365, True),  # again from day 355 on
        (Stretch(0, 400, "a", recurs=False), Stretch(0, 300, "a"), 365, True),
        (Stretch(0, 300, "a"), Stretch(0, 400, "a", recurs=False), 365, True),
        (Stretch(0, 400, "a"), Stretch(0, 300, "a", recurs=False), 365, False),
        (Stretch(0, 400, "a", recurs=False), Stretch(0, 400, "a", recurs=False), 365, False),
    ],
)
def test_two_stretches_end_apart_if_they_share_a_day_and_not_their_end(
    one: Stretch,
    other: Stretch,
    next_first: float,
    apart: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    assert end_apart(one, other, next_first=next_first) is apart
