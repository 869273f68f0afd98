"""S42 and S24 at the edges of a series: its last date, its first judged date, and the days on which an answer changes.

The series counts from Friday 7 March 2025. Its due dates, with the days from the date before: 7 April (31), 7 May (30)
and 7 June (31); 7 July (30) would be the next. Expected values are worked out by hand.
"""

from datetime import date
from typing import Final

import pytest

from lemtrada_schedule.judging.matching import DueSeries, dates_judged, matched, turning_days

ANCHOR: Final = date(2025, 3, 7)
APRIL, MAY, JUNE, JULY = (date(2025, month, 7) for month in (4, 5, 6, 7))


def series(*, closes: date | None = None, first: int = 0) -> DueSeries:
    return DueSeries(anchor=ANCHOR, dates=(APRIL, MAY, JUNE), next_day=JULY, closes=closes, first=first)


def in_2025(month: int, day: int) -> date:
    return date(2025, month, day)


@pytest.mark.parametrize(("place", "expected"), [(0, MAY), (1, JUNE), (2, JULY)])
def test_a_date_is_missed_on_the_next_due_day(place: int, expected: date) -> None:
    assert series().missed_from(place) == expected


def test_the_last_date_is_missed_on_the_day_after_the_next_course_begins() -> None:
    assert series(closes=in_2025(6, 20)).missed_from(2) == in_2025(6, 21)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (0, in_2025(4, 14)),  # a quarter of 30 days: 7
        (1, in_2025(5, 14)),  # a quarter of 31 days: 7
        (2, in_2025(6, 14)),  # a quarter of the 30 days to 7 July: 7
    ],
)
def test_grace_ends_after_a_quarter_of_the_interval_that_follows(place: int, expected: date) -> None:
    assert series().last_in_time(place, 9) == expected


def test_grace_before_a_short_last_interval_is_short() -> None:
    short = DueSeries(anchor=ANCHOR, dates=(APRIL, MAY), next_day=in_2025(5, 15), closes=None, first=0)
    assert [short.last_in_time(place, 9) for place in (0, 1)] == [in_2025(4, 14), in_2025(5, 9)]


def test_the_last_date_but_one_is_missed_as_soon_as_the_last_is_done() -> None:
    served = matched(series(), [APRIL, in_2025(6, 2)])
    assert served == [APRIL, None, in_2025(6, 2)]
    judged = dates_judged(series(), served, in_2025(6, 2), grace_days=0, waived_to=None)
    assert [one.state for one in judged] == ["done", "missed", "done"]


# --- S24: the days on which the answer changes next ----------------------------------------------


def turns(
    as_of: date, *served: date | None, first: int = 0, grace_days: int = 0, waived_to: date | None = None
) -> list[date]:
    whole = [*served, *[None] * (3 - len(served))]
    return sorted(turning_days(series(first=first), whole, as_of, grace_days=grace_days, waived_to=waived_to))


def test_a_date_is_joined_by_the_next_then_overdue_then_missed() -> None:
    assert turns(in_2025(3, 20)) == [APRIL, in_2025(4, 8), MAY]


def test_on_a_due_day_the_next_date_is_listed_already() -> None:
    assert turns(APRIL) == [in_2025(4, 8), MAY, in_2025(5, 8), JUNE]


def test_nothing_is_listed_after_the_last_date() -> None:
    assert turns(in_2025(6, 1), APRIL, MAY) == [in_2025(6, 8), JULY]


def test_a_date_that_is_done_is_neither_overdue_nor_missed() -> None:
    assert turns(in_2025(5, 1), APRIL, in_2025(4, 28)) == [MAY]


def test_a_date_on_the_day_up_to_which_an_override_holds_is_waived() -> None:
    assert turns(in_2025(3, 20), waived_to=APRIL) == [APRIL]


def test_a_date_before_the_first_that_is_judged_only_brings_the_next() -> None:
    assert turns(in_2025(3, 20), first=1) == [APRIL, MAY, in_2025(5, 8), JUNE]


def test_grace_delays_the_day_on_which_a_date_is_overdue() -> None:
    assert turns(in_2025(3, 20), grace_days=3) == [APRIL, in_2025(4, 11), MAY]
