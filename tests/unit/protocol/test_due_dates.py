"""Due dates, windows and baselines, counted from the days of a course; each day is worked out by hand."""

from datetime import date
from typing import Any, NamedTuple

import pytest

from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.protocol.actions import BaselineRule, SeriesAction, WindowAction
from lemtrada_schedule.protocol.due_dates import (
    baseline_window,
    due_day,
    due_days,
    neighbours,
    occurs_with,
    reused_draw,
    series_ends,
    window_days,
)


class Days(NamedTuple):
    """The first and the last infusion of a course."""

    first_day: date
    last_day: date


FIRST = Days(date(2025, 3, 3), date(2025, 3, 7))
SECOND = Days(date(2026, 3, 9), date(2026, 3, 11))


def series(**fields: Any) -> SeriesAction:
    known = {"id": "blood-count", "kind": "series", "every": "1 month", "cite": "own"}
    return SeriesAction.model_validate({**known, **fields})


def window(**fields: Any) -> WindowAction:
    return WindowAction.model_validate({"id": "vaccinations", "kind": "window", "cite": "own", **fields})


@pytest.mark.parametrize(
    ("per", "expected"), [("course", [True, True]), ("first-course", [True, False]), ("treatment", [True, False])]
)
def test_what_is_not_asked_for_with_every_course_is_asked_for_with_course_1(per: str, expected: list[bool]) -> None:
    assert [occurs_with(series(per=per), number) for number in (1, 2)] == expected


def test_the_neighbours_of_a_course_do_not_overlap_it() -> None:
    beside = Days(date(2025, 3, 5), date(2025, 3, 9))
    assert neighbours(FIRST, [FIRST, beside, SECOND]) == (None, SECOND)
    assert neighbours(SECOND, [FIRST, beside, SECOND]) == (beside, None)


def test_a_course_of_one_day_is_not_its_own_neighbour() -> None:
    begun = Days(date(2026, 3, 9), date(2026, 3, 9))
    assert neighbours(begun, [FIRST, begun]) == (FIRST, None)
    assert neighbours(begun, [begun]) == (None, None)


@pytest.mark.parametrize(
    ("until", "following", "expected"),
    [
        ("last infusion + 48 months", None, date(2029, 3, 7)),
        ("last infusion + 48 months", SECOND, date(2026, 3, 9)),
        ("last infusion + 6 months", SECOND, date(2025, 9, 7)),
        ("first infusion + 6 months", None, date(2025, 9, 3)),
        (None, SECOND, date(2026, 3, 9)),
        (None, None, None),
    ],
)
def test_a_series_ends_with_its_span_or_the_next_course(
    until: str | None, following: Days | None, expected: date | None
) -> None:
    assert series_ends(series(until=until), FIRST, following) == expected


def test_a_series_ends_on_the_last_day_that_dates_can_have() -> None:
    late = Days(date(2099, 12, 30), date(2100, 1, 3))  # in progress: its last days are planned
    assert series_ends(series(until="last infusion + 100 years"), late, None) == date(2199, 12, 31)
    assert due_day(Span.parse("100 years"), date(2099, 12, 5), 2) == date(2199, 12, 31)


def test_due_dates_round_earlier_and_count_from_the_anchor() -> None:
    monthly = Span.parse("1 month")
    assert due_days(monthly, date(2025, 1, 31), date(2025, 3, 31)) == (date(2025, 2, 28), date(2025, 3, 31))
    assert due_day(monthly, date(2025, 1, 31), 3) == date(2025, 4, 30)


@pytest.mark.parametrize(
    ("ends", "last_before", "expected"),
    [
        ({"closes": "first infusion - 42 days"}, None, (None, date(2026, 1, 26))),
        ({"closes": "first infusion - 42 days"}, date(2025, 3, 7), (date(2025, 3, 8), date(2026, 1, 26))),
        ({"opens": "first infusion - 30 days"}, date(2025, 3, 7), (date(2026, 2, 7), None)),
        ({"opens": "last infusion + 1 month"}, None, (date(2026, 4, 11), None)),
    ],
)
def test_a_window_without_an_opening_opens_after_the_course_before(
    ends: dict[str, str], last_before: date | None, expected: tuple[date | None, date | None]
) -> None:
    assert window_days(window(**ends), SECOND, last_before) == expected


@pytest.mark.parametrize(
    ("within", "last_before", "opens"),
    [
        ("30 days", None, date(2026, 2, 7)),
        ("30 days", date(2025, 3, 7), date(2026, 2, 7)),
        (None, date(2025, 3, 7), date(2025, 3, 8)),
        (None, None, None),
    ],
)
def test_a_baseline_counts_up_to_the_eve(within: str | None, last_before: date | None, opens: date | None) -> None:
    rule = BaselineRule.model_validate({"within": within})
    assert baseline_window(rule, date(2026, 3, 9), last_before) == (opens, date(2026, 3, 8))


@pytest.mark.parametrize(
    ("fields", "first_day", "times"),
    [
        ({"reuse": "14 days"}, date(2026, 3, 9), 12),  # month 12 is 7 March 2026
        ({"reuse": "14 days"}, date(2026, 3, 21), 12),
        ({"reuse": "14 days"}, date(2026, 3, 22), 0),
        ({"reuse": "14 days", "within": "5 days"}, date(2026, 3, 13), 0),
        ({}, date(2026, 3, 9), 0),
    ],
)
def test_a_draw_shortly_before_a_course_is_its_baseline(fields: dict[str, str], first_day: date, times: int) -> None:
    rule, course = BaselineRule.model_validate(fields), Days(first_day, first_day)
    assert reused_draw(series(), rule, course, FIRST) == times
    assert reused_draw(series(), rule, course, None) == 0


def test_a_draw_after_the_end_of_its_series_is_no_baseline() -> None:
    rule = BaselineRule.model_validate({"reuse": "14 days"})
    ended = series(until="last infusion + 6 months")
    assert reused_draw(ended, rule, Days(date(2025, 9, 8), date(2025, 9, 10)), FIRST) == 6
    assert reused_draw(ended, rule, SECOND, FIRST) == 0
