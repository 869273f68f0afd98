"""Month arithmetic, spans, offsets and periods, against the oracle's calendar and against dates by hand."""

import ast
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from dateutil.relativedelta import relativedelta

import lemtrada_schedule
from lemtrada_schedule import InvalidInput, Offset, Period, ScheduleError, Span, find_course_starts
from lemtrada_schedule.dates.months import Rounding, add_months
from lemtrada_schedule.dates.periods import merge_periods
from lemtrada_schedule.exports.explaining import distance
from tests.oracle.months import table
from tests.support.clinics import MON_TO_FRI, WEEK, clinic_open
from tests.support.for_each import each
from tests.support.module_trees import module_nodes
from tests.support.strategies import FIRST_DAY, LAST_DAY

MONTHS: Final = (1, 2, 3, 4, 6, 12, 48)
ROUNDINGS: Final[tuple[Rounding, ...]] = ("later", "earlier")
ONE_MONTH: Final = Span.parse("1 month")
ONE_YEAR: Final = Span.parse("1 year")


def day(written: str) -> date:
    return date.fromisoformat(written)


def days(written: str) -> list[date]:
    return [day(one) for one in written.split()]


@cache
def century() -> list[date]:
    """Every day from 2000 to 2099: 100 × 365, and 25 leap days (2000 is a leap year, 2100 is out)."""
    listed = [FIRST_DAY + timedelta(days=n) for n in range(36_525)]
    assert listed[-1] == LAST_DAY
    return listed


def span_of(months: int) -> Span:
    return Span.parse("1 month" if months == 1 else f"{months} months")


# --- every day of a century ----------------------------------------------------------------------


@pytest.mark.sweep
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("months", MONTHS)
def test_months_after_every_day_are_those_of_the_calendar(months: int, rounding: Rounding) -> None:
    answers = table(months, rounding)
    expected = [answers[one] for one in century()]
    assert expected == [add_months(one, months, rounding=rounding) for one in century()]


@pytest.mark.sweep
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("months", MONTHS)
def test_months_before_every_day_are_those_of_the_calendar(months: int, rounding: Rounding) -> None:
    answers = table(-months, rounding)
    expected = [answers[one] for one in century()]
    assert expected == [add_months(one, -months, rounding=rounding) for one in century()]


@pytest.mark.sweep
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("months", MONTHS)
def test_a_span_of_months_after_every_day_is_that_of_the_calendar(months: int, rounding: Rounding) -> None:
    answers, span = table(months, rounding), span_of(months)
    expected = [answers[one] for one in century()]
    assert expected == [span.after(one, rounding=rounding) for one in century()]


@pytest.mark.sweep
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("months", MONTHS)
def test_one_month_so_many_times_after_every_day_is_one_step_from_it(months: int, rounding: Rounding) -> None:
    answers = table(months, rounding)
    expected = [answers[one] for one in century()]
    assert expected == [ONE_MONTH.after(one, rounding=rounding, times=months) for one in century()]


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("years", [1, 4, -1, -4])
def test_a_year_is_twelve_months_after_every_day(years: int, rounding: Rounding) -> None:
    answers = table(12 * years, rounding)
    expected = [answers[one] for one in century()]
    assert expected == [ONE_YEAR.after(one, rounding=rounding, times=years) for one in century()]


def moved_by_dateutil(one: date, months: int, rounding: Rounding) -> date:
    """Take dateutil's day; it clips to the end of the month, so "later" is the day after a clipped one."""
    clipped = one + relativedelta(months=months)
    return clipped + timedelta(days=1) if rounding == "later" and clipped.day != one.day else clipped


@pytest.mark.sweep
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("months", [*MONTHS, -1, -12])
def test_months_agree_with_dateutil_on_every_day(months: int, rounding: Rounding) -> None:
    expected = [moved_by_dateutil(one, months, rounding) for one in century()]
    assert expected == [add_months(one, months, rounding=rounding) for one in century()]


@pytest.mark.parametrize("months", MONTHS)
def test_later_and_earlier_differ_by_one_day_or_not_at_all(months: int) -> None:
    """They differ where the day does not exist: then one is the last of its month, the other the next first."""
    pairs = [(add_months(d, months, rounding="earlier"), add_months(d, months, rounding="later")) for d in century()]
    assert {0, 1} == {(later - earlier).days for earlier, later in pairs}
    assert {1} == {later.day for earlier, later in pairs if later != earlier}


def test_days_and_weeks_are_exact_after_every_day() -> None:
    forty_two, six_weeks = Span.parse("42 days"), Span.parse("6 weeks")
    expected = [one + timedelta(days=42) for one in century()]
    assert expected == [forty_two.after(one, rounding="later") for one in century()]
    assert expected == [six_weeks.after(one, rounding="earlier") for one in century()]


# --- by hand -------------------------------------------------------------------------------------

VECTORS: Final[list[tuple[str, int, Rounding, str]]] = [
    ("2000-03-31", 6, "later", "2000-10-01"),  # there is no 31 September
    ("2000-08-31", 6, "later", "2001-03-01"),  # no 31 February
    ("2025-10-31", 4, "later", "2026-03-01"),  # no 31 February
    ("2024-02-29", 12, "later", "2025-03-01"),  # 2025 is no leap year
    ("2025-01-31", 1, "earlier", "2025-02-28"),
    ("2024-02-29", 12, "earlier", "2025-02-28"),
    ("2024-02-29", 48, "later", "2028-02-29"),  # from leap year to leap year
    ("2096-02-29", 48, "later", "2100-03-01"),  # 2100 is no leap year
    ("2096-02-29", 48, "earlier", "2100-02-28"),
    ("2027-12-31", 2, "later", "2028-03-01"),  # 2028 has a 29 February, but no 31
    ("2027-12-31", 2, "earlier", "2028-02-29"),
    ("2027-12-29", 2, "earlier", "2028-02-29"),  # the day exists: it stays
    ("2025-12-15", 1, "later", "2026-01-15"),  # over the new year
    ("2025-06-30", 0, "later", "2025-06-30"),
    # Backwards, "later" is still a later day, and "earlier" an earlier one.
    ("2025-03-31", -1, "later", "2025-03-01"),  # no 31 February
    ("2025-03-31", -1, "earlier", "2025-02-28"),
    ("2024-02-29", -12, "later", "2023-03-01"),
    ("2024-02-29", -12, "earlier", "2023-02-28"),
    ("2026-01-15", -1, "earlier", "2025-12-15"),
    ("2026-01-31", -2, "later", "2025-12-01"),  # no 31 November
]


@pytest.mark.parametrize(("start", "months", "rounding", "expected"), VECTORS)
def test_months_by_hand(start: str, months: int, rounding: Rounding, expected: str) -> None:
    assert day(expected) == add_months(day(start), months, rounding=rounding)


@pytest.mark.parametrize(
    ("text", "times", "rounding", "expected"),
    [
        ("42 days", -1, "later", "2024-01-18"),  # 29 February - 29 = 31 January, - 13 more = 18 January
        ("6 weeks", -1, "earlier", "2024-01-18"),
        ("2 weeks", 1, "later", "2024-03-14"),  # + 1 = 1 March, + 13 more
        ("1 day", 1, "earlier", "2024-03-01"),
        ("1 day", 2, "earlier", "2024-03-02"),
        ("1 year", 1, "earlier", "2025-02-28"),
        ("1 year", 4, "earlier", "2028-02-29"),  # four years from the anchor, not one year four times
        ("3 months", 4, "later", "2025-03-01"),
        ("1 month", -12, "later", "2023-03-01"),
        ("1 month", 0, "later", "2024-02-29"),
    ],
)
def test_spans_from_a_leap_day_by_hand(text: str, times: int, rounding: Rounding, expected: str) -> None:
    assert day(expected) == Span.parse(text).after(day("2024-02-29"), rounding=rounding, times=times)


@pytest.mark.parametrize(
    ("born", "years", "expected"),
    [
        ("2008-02-29", 17, "2025-03-01"),  # 2025 is no leap year: the birthday counts from 1 March
        ("2008-02-28", 17, "2025-02-28"),
        ("2008-02-29", 20, "2028-02-29"),  # 2028 is one
        ("1982-02-29", 0, None),
        ("2009-03-05", 17, "2026-03-05"),
        ("2000-12-31", 18, "2018-12-31"),
    ],
)
def test_an_age_is_reached_on_the_birthday_rounded_later(born: str, years: int, expected: str | None) -> None:
    """Minimum ages round later (S02)."""
    if expected is None:  # 1982 is no leap year: that nobody was born then is the calendar's own word
        with pytest.raises(ValueError, match="day"):
            day(born)
    else:
        assert day(expected) == Span.parse(f"{years} years").after(day(born), rounding="later")


# --- how often a span fits -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "until", "times"),
    [
        ("6 weeks", "2025-04-18", 1),  # 7 March + 42 days: 24 more in March, 18 in April
        ("6 weeks", "2025-04-17", 0),
        ("6 weeks", "2025-03-07", 0),
        ("6 weeks", "2025-03-06", 0),  # before the anchor nothing fits, not less than nothing
        ("6 weeks", "2024-03-07", 0),
        ("84 days", "2025-08-22", 2),  # 7 March + 168 days: 24 + 30 + 31 + 30 + 31 + 22
        ("84 days", "2025-08-21", 1),
        ("1 month", "2025-05-07", 2),
        ("1 month", "2025-05-06", 1),
        ("1 month", "2025-03-31", 0),
        ("1 month", "2025-03-06", 0),
        ("1 month", "2025-01-01", 0),
        ("1 year", "2027-03-07", 2),
        ("1 year", "2027-03-06", 1),
        ("1 year", "2024-03-07", 0),
    ],
)
def test_a_span_fits_so_often_after_7_march_2025_and_never_less_than_not_at_all(
    text: str, until: str, times: int
) -> None:
    assert times == Span.parse(text).times_until(day("2025-03-07"), day(until), rounding="earlier")


@pytest.mark.parametrize(
    ("text", "anchor", "until", "expected"),
    [
        ("6 weeks", "2025-03-07", "2025-05-30", "2025-04-18 2025-05-30"),  # + 42, + 84 days
        ("6 weeks", "2025-03-07", "2025-05-29", "2025-04-18"),
        ("6 weeks", "2025-03-07", "2025-04-17", ""),
        ("6 weeks", "2025-03-07", "2025-01-01", ""),
        ("6 weeks", "2025-01-31", "2025-03-14", "2025-03-14"),  # 28 days of February, 14 more
        ("1 month", "2025-03-28", "2025-05-28", "2025-04-28 2025-05-28"),
        ("1 month", "2025-03-31", "2025-05-31", "2025-04-30 2025-05-31"),
        ("1 month", "2025-03-31", "2025-05-30", "2025-04-30"),
        ("1 month", "2025-03-31", "2025-01-01", ""),
    ],
)
def test_a_span_is_repeated_up_to_a_day_that_is_included(text: str, anchor: str, until: str, expected: str) -> None:
    found = Span.parse(text).repeated(day(anchor), until=day(until), rounding="earlier")
    assert days(expected) == list(found)


@pytest.mark.parametrize("argument", [["later"], {"later"}, None, "Later", "exact", 1], ids=repr)
def test_a_rounding_is_later_or_earlier_and_nothing_else(argument: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        ONE_MONTH.after(day("2025-03-07"), rounding=argument)
    assert ("wrong-type", "span") == (caught.value.code, caught.value.place)


# --- the one spelling of spans -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("1 day", 1, "days"),
        ("2 days", 2, "days"),
        ("42 days", 42, "days"),
        ("36600 days", 36_600, "days"),
        ("1 week", 1, "weeks"),
        ("6 weeks", 6, "weeks"),
        ("1 month", 1, "months"),
        ("12 months", 12, "months"),
        ("48 months", 48, "months"),
        ("1 year", 1, "years"),
        ("10 years", 10, "years"),
        ("100 years", 100, "years"),
    ],
)
def test_a_span_is_read_from_its_one_spelling(text: str, count: int, unit: str) -> None:
    span = Span.parse(text)
    assert (count, unit) == (span.count, span.unit)


@pytest.mark.parametrize("text", ["1 day", "42 days", "1 week", "6 weeks", "1 month", "12 months", "1 year", "2 years"])
def test_a_span_is_written_as_it_was_read(text: str) -> None:
    span = Span.parse(text)
    assert (text, f'"{text}"') == (str(span), span.model_dump_json())


BAD_SPANS: Final = [
    "1 months", "12 month", "1 days", "2 day", "1 years", "3 week",  # one thing has no s, several have one
    "P1M", "P12M", "p1y", "PT4H", "12M", "12m", "12mo", "12 mos", "12 mths",
    "0 days", "0 months", "00 months", "-1 month", "- 1 month", "+1 month", "+12 months",
    " 12 months", "12 months ", "12  months", "12months", "12\tmonths", "12 months\n", "\n12 months", "12\nmonths",
    "12 Months", "12 MONTHS", "Twelve months", "twelve months", "a month", "one month",
    "\uff11\uff12 months", "\u0661\u0662 months", "\u0967\u0968 months", "12 \uff4donths",
    "12\u00a0months", "12\u2009months", "12 months\u200b", "\ufeff12 months", "12 months\x00", "\u00b2 months",
    "1_0 days", "1,000 days", "1.5 months", "12.0 months", "1e1 days", "0x1 days", "01 month", "012 months",
    "12", "months", "", " ", "12 months 3 days", "12 months, 3 days", "1 year 2 months", "12 months ago",
    "12 quarters", "4 hours", "30 minutes", "2 fortnights", "1 decade", "12 monthss", "12 month s",
    "36601 days", "99999 days", "100000 days", "5201 weeks", "1201 months", "101 years", "9" * 400 + " days",
]  # fmt: skip


@each(BAD_SPANS, name=ascii)
def test_another_spelling_of_a_span_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Span.parse(text)
    assert "span" == caught.value.code


@pytest.mark.parametrize("text", ["36600 days", "5200 weeks", "1200 months", "100 years"])
def test_the_longest_spans_are_allowed(text: str) -> None:
    assert text == str(Span.parse(text))


NOT_TEXT: Final[list[Any]] = [12, 12.0, True, None, timedelta(days=365), b"12 months", date(2025, 1, 1), ["12 months"]]


@pytest.mark.parametrize("value", NOT_TEXT, ids=repr)
def test_what_is_not_text_is_no_span(value: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        Span.parse(value)
    assert caught.value.code in {"span", "wrong-type"}


def test_the_error_about_a_span_shows_its_shape_and_not_its_text() -> None:
    with pytest.raises(InvalidInput) as caught:
        Span.parse("Jane 1978-05-06")
    assert "Jane" not in str(caught.value)
    assert "1978" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "exact"), [("6 weeks", True), ("42 days", True), ("1 month", False), ("1 year", False)]
)
def test_only_days_and_weeks_are_exact(text: str, exact: bool) -> None:  # noqa: FBT001  # a parameter of the test
    assert exact is Span.parse(text).is_exact


def test_spans_of_the_same_words_are_equal_and_of_different_units_are_not() -> None:
    assert Span.parse("12 months") == Span.parse("12 months")
    assert hash(Span.parse("12 months")) == hash(Span.parse("12 months"))
    assert Span.parse("12 months") != Span.parse("1 year")


# --- the one spelling of offsets -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "anchor", "direction", "span"),
    [
        ("first infusion", "first infusion", 1, None),
        ("last infusion", "last infusion", 1, None),
        ("last infusion + 4 months", "last infusion", 1, "4 months"),
        ("last infusion + 1 month", "last infusion", 1, "1 month"),
        ("first infusion - 42 days", "first infusion", -1, "42 days"),
        ("first infusion - 1 day", "first infusion", -1, "1 day"),
        ("first infusion - 2 weeks", "first infusion", -1, "2 weeks"),
        ("last infusion + 3 days", "last infusion", 1, "3 days"),
    ],
)
def test_an_offset_is_read_and_written_in_its_one_spelling(
    text: str, anchor: str, direction: int, span: str | None
) -> None:
    offset = Offset.parse(text)
    assert (anchor, direction, span) == (offset.anchor, offset.direction, str(offset.span) if offset.span else None)
    assert (text, f'"{text}"') == (str(offset), offset.model_dump_json())


BAD_OFFSETS: Final = [
    "", "infusion", "infusion + 4 months", "4 months", "+ 4 months", "next infusion", "next infusion + 4 months",
    "Last infusion + 4 months", "LAST INFUSION", "last Infusion", "lastinfusion", "last  infusion", "last-infusion",
    "last infusion +4 months", "last infusion+4 months", "last infusion+ 4 months", "last infusion 4 months",
    "last infusion +", "last infusion + ", "last infusion -", "last infusion\u00a0+ 4 months",
    "last infusion \u2212 4 months", "last infusion \u2013 4 months", "last infusion \uff0b 4 months",
    "last infusion * 4 months",
    " last infusion", "last infusion ", "last infusion\n", "last infusion + 4 months\n", "\nlast infusion",
    "last infusion\x00", "last infusion + 4 months + 1 day", "last infusion of course 1",
    "first infusion, last infusion",
    "last infusion + " + "9" * 300 + " days",
]  # fmt: skip


@each(BAD_OFFSETS, name=ascii)
def test_another_spelling_of_an_offset_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Offset.parse(text)
    assert caught.value.code in {"offset", "span"}


@pytest.mark.parametrize(
    "text",
    ["", "next infusion + 4 months", "Last infusion + 4 months", "last infusion+4 months", "last infusion * 4 months"],
)
def test_a_wrong_frame_of_an_offset_is_refused_as_an_offset(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Offset.parse(text)
    assert "offset" == caught.value.code


@pytest.mark.parametrize(
    "span", ["4 month", "1 months", "0 days", "P4M", "\uff14 months", "1_0 days", "four months", "5201 weeks"]
)
def test_a_wrong_span_in_an_offset_is_refused_as_a_span(span: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Offset.parse(f"last infusion + {span}")
    assert "span" == caught.value.code


@pytest.mark.parametrize(
    ("text", "anchor_day", "rounding", "expected"),
    [
        ("last infusion + 4 months", "2025-10-31", "later", "2026-03-01"),
        ("last infusion + 4 months", "2025-10-31", "earlier", "2026-02-28"),
        ("first infusion - 42 days", "2027-01-11", "earlier", "2026-11-30"),  # - 11 = 31 December, - 31 more
        ("first infusion - 2 weeks", "2025-03-03", "earlier", "2025-02-17"),  # - 3 = 28 February, - 11 more
        ("first infusion - 1 month", "2025-03-31", "earlier", "2025-02-28"),
        ("first infusion - 1 month", "2025-03-31", "later", "2025-03-01"),
        ("first infusion", "2025-03-31", "later", "2025-03-31"),
    ],
)
def test_an_offset_counts_from_the_anchors_day(text: str, anchor_day: str, rounding: Rounding, expected: str) -> None:
    assert day(expected) == Offset.parse(text).from_day(day(anchor_day), rounding=rounding)


# --- periods -------------------------------------------------------------------------------------


def periods(written: str) -> tuple[tuple[date, date], ...]:
    """Read `2025-03-03/2025-07-07 …`."""
    found = []
    for one in written.split():
        first, last = one.split("/")
        found.append((day(first), day(last)))
    return tuple(found)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param("", "", id="none"),
        pytest.param("2025-03-03/2025-07-07", "2025-03-03/2025-07-07", id="one"),
        pytest.param("2025-03-03/2025-07-07 2025-06-01/2025-08-01", "2025-03-03/2025-08-01", id="overlap"),
        pytest.param("2025-03-03/2025-07-07 2025-07-07/2025-08-01", "2025-03-03/2025-08-01", id="one day in common"),
        pytest.param("2025-03-03/2025-07-07 2025-07-08/2025-08-01", "2025-03-03/2025-08-01", id="adjacent"),
        pytest.param(
            "2025-03-03/2025-07-07 2025-07-09/2025-08-01",
            "2025-03-03/2025-07-07 2025-07-09/2025-08-01",
            id="a gap of one day",
        ),
        pytest.param("2025-03-03/2025-07-07 2025-04-01/2025-04-02", "2025-03-03/2025-07-07", id="contained"),
        pytest.param(
            "2025-03-03/2025-07-07 2025-04-01/2025-04-02 2025-07-01/2025-07-10",
            "2025-03-03/2025-07-10",
            id="overlap after a contained one",
        ),
        pytest.param(
            "2025-01-06/2025-01-10 2025-03-03/2025-07-07 2025-04-01/2025-04-02",
            "2025-01-06/2025-01-10 2025-03-03/2025-07-07",
            id="contained in one that is not the first",
        ),
        pytest.param("2025-03-03/2025-07-07 2025-03-03/2025-07-07", "2025-03-03/2025-07-07", id="twice"),
        pytest.param("2025-03-03/2025-03-03 2025-03-04/2025-03-04", "2025-03-03/2025-03-04", id="single days"),
        pytest.param("2025-12-31/2025-12-31 2026-01-01/2026-01-02", "2025-12-31/2026-01-02", id="over the new year"),
        pytest.param(
            "2027-01-01/2027-01-02 2025-01-01/2025-01-02 2026-01-01/2026-01-02 2025-01-03/2025-01-04",
            "2025-01-01/2025-01-04 2026-01-01/2026-01-02 2027-01-01/2027-01-02",
            id="in any order",
        ),
    ],
)
def test_periods_that_overlap_or_touch_become_one(given: str, expected: str) -> None:
    assert periods(expected) == merge_periods(periods(given))


def test_a_period_includes_both_its_ends() -> None:
    period = Period(first_day=day("2027-01-11"), last_day=day("2027-05-15"))
    assert [False, True, True, True, False] == [
        one in period for one in days("2027-01-10 2027-01-11 2027-03-01 2027-05-15 2027-05-16")
    ]


def test_a_period_shows_how_many_days_it_has_and_no_date() -> None:
    """11 to 15 January: both ends count."""
    assert repr(Period(first_day=day("2027-01-11"), last_day=day("2027-01-15"))) == "Period(5 days)"
    assert repr(Period(first_day=day("2027-01-11"), last_day=day("2027-01-11"))) == "Period(1 day)"
    assert repr(Period(first_day=day("2027-01-11"))) == "Period(open)"


def test_an_open_period_has_no_last_day() -> None:
    period = Period(first_day=day("2027-01-11"))
    assert [False, True, True] == [one in period for one in days("2027-01-10 2027-01-11 2199-12-31")]


def test_a_period_of_one_day_is_allowed() -> None:
    assert day("2027-01-11") in Period(first_day=day("2027-01-11"), last_day=day("2027-01-11"))


def test_a_reversed_period_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        Period(first_day=day("2027-01-11"), last_day=day("2027-01-10"))
    assert "period-reversed" == caught.value.code


# --- the end of the calendar ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2199-11-30", 1, "2199-12-30"),
        ("2195-12-31", 48, "2199-12-31"),
        ("2199-12-31", 0, "2199-12-31"),
        ("2199-12-31", -1, "2199-12-01"),  # no 31 November, later
    ],
)
def test_derived_dates_reach_to_the_end_of_2199(start: str, months: int, expected: str) -> None:
    assert day(expected) == add_months(day(start), months, rounding="later")


@pytest.mark.parametrize(
    ("start", "months"),
    [("2199-12-01", 1), ("2199-12-31", 1), ("2196-01-01", 48), ("2099-12-31", 1_201), ("9999-12-31", 1)],
)
def test_months_past_2199_are_refused(start: str, months: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        add_months(day(start), months, rounding="earlier")
    assert "date-range" == caught.value.code


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [("1900-02-28", -1, "1900-01-28"), ("1901-01-01", -12, "1900-01-01"), ("1900-01-01", 0, "1900-01-01")],
)
def test_derived_dates_reach_back_to_the_beginning_of_1900(start: str, months: int, expected: str) -> None:
    assert day(expected) == add_months(day(start), months, rounding="later")


@pytest.mark.parametrize(("start", "months"), [("1900-01-31", -1), ("1900-12-31", -12), ("1901-06-15", -18)])
def test_months_before_1900_are_refused(start: str, months: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        add_months(day(start), months, rounding="later")
    assert "date-range" == caught.value.code


def test_a_span_of_days_may_begin_on_the_first_day_of_1900() -> None:
    one_day = Span.parse("1 day")
    assert day("1900-01-01") == one_day.after(day("1900-01-02"), rounding="earlier", times=-1)
    with pytest.raises(InvalidInput) as caught:
        one_day.after(day("1900-01-01"), rounding="earlier", times=-1)
    assert "date-range" == caught.value.code


@pytest.mark.parametrize(
    ("text", "start", "times"),
    [
        ("1 day", "2199-12-31", 1),
        ("1 week", "2199-12-25", 1),  # + 7 = 1 January 2200
        ("1 year", "2199-01-01", 1),
        ("100 years", "2099-12-31", 2),
        ("36600 days", "2099-12-31", 1),  # 100 years hold 36,524 days after 2099 (2100 is no leap year)
        ("1 day", "0001-01-01", -1),
        ("1 month", "0001-01-31", -1),
        ("1 year", "0001-12-31", -1),
    ],
)
def test_spans_past_the_calendar_are_refused(text: str, start: str, times: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        Span.parse(text).after(day(start), rounding="later", times=times)
    assert "date-range" == caught.value.code


def test_a_span_of_days_may_end_on_the_last_day_of_2199() -> None:
    assert day("2199-12-31") == Span.parse("1 day").after(day("2199-12-30"), rounding="later")


def test_a_period_ends_by_2199() -> None:
    assert day("2199-12-31") == Period(first_day=day("2099-12-31"), last_day=day("2199-12-31")).last_day
    with pytest.raises(InvalidInput) as caught:
        Period(first_day=day("2099-12-31"), last_day=day("2200-01-01"))
    assert ("date-range", "last_day") == (caught.value.code, caught.value.place)


# --- traps C -------------------------------------------------------------------------------------


def test_C01_a_leap_day_plus_12_months_is_the_first_of_march() -> None:
    assert day("2025-03-01") == Span.parse("12 months").after(day("2024-02-29"), rounding="later")
    assert day("2025-03-01") == Span.parse("1 year").after(day("2024-02-29"), rounding="later")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2025-10-28", "2026-02-28"),
        ("2025-10-29", "2026-03-01"),
        ("2025-10-30", "2026-03-01"),
        ("2025-10-31", "2026-03-01"),
        ("2027-10-29", "2028-02-29"),  # 2028 is a leap year: the 29th is real and kept
        ("2027-10-30", "2028-03-01"),
    ],
)
def test_C02_late_october_plus_4_months_is_the_first_of_march(start: str, expected: str) -> None:
    assert day(expected) == Span.parse("4 months").after(day(start), rounding="later")


def test_C03_months_are_counted_from_the_anchor_and_not_step_by_step() -> None:
    """Step by step, 31 December would come to 31 January, 28 February, 28 March."""
    assert day("2026-03-31") == ONE_MONTH.after(day("2025-12-31"), rounding="earlier", times=3)
    # And rounded later: 31 January, 1 March, 1 April.
    assert day("2026-03-31") == ONE_MONTH.after(day("2025-12-31"), rounding="later", times=3)


@cache
def modules() -> list[tuple[str, tuple[ast.AST, ...]]]:
    folder = Path(lemtrada_schedule.__file__).parent
    return [(path.relative_to(folder).as_posix(), module_nodes(path)) for path in sorted(folder.rglob("*.py"))]


def imported_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls_of(nodes: Iterable[ast.AST], name: str) -> Iterator[ast.Call]:
    for node in nodes:
        if isinstance(node, ast.Call) and name in {getattr(node.func, "id", None), getattr(node.func, "attr", None)}:
            yield node


SINGULAR: Final = frozenset({"year", "month", "day", "weekday", "hour", "minute", "second", "microsecond"})


def singular_arguments(nodes: Iterable[ast.AST]) -> list[str]:
    """List the singular arguments given to relativedelta, which set a field instead of adding to it."""
    return [word.arg for call in calls_of(nodes, "relativedelta") for word in call.keywords if word.arg in SINGULAR]


def test_C04_relativedelta_is_never_given_a_singular_argument() -> None:
    assert [] == [(name, found) for name, nodes in modules() if (found := singular_arguments(nodes))]
    # The scan does see them: month=4 would *set* April.
    assert ["month"] == singular_arguments(ast.walk(ast.parse("day + relativedelta(month=4, years=1)")))


@pytest.mark.parametrize("count", [True, 1.0, 1.5, "4", b"4", None], ids=repr)
def test_C05_a_number_of_months_is_a_strict_whole_number(count: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        Span(count=count, unit="months")
    assert ("wrong-type", "count") == (caught.value.code, caught.value.place)


@pytest.mark.parametrize("count", [0, -1])
def test_C05_a_number_of_months_is_at_least_1(count: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        Span(count=count, unit="months")
    assert ("out-of-range", "count") == (caught.value.code, caught.value.place)


def test_C06_twelve_months_have_passed_on_the_anniversary_and_not_when_the_month_numbers_say_so() -> None:
    """From 31 January 2025 to 1 January 2026 the month numbers differ by 12; the earliest day is the 31st."""
    assert day("2026-01-31") == Span.parse("12 months").after(day("2025-01-31"), rounding="later")


def test_C07_two_years_are_24_months() -> None:
    """The `.months` of relativedelta alone say 0 after exactly two years."""
    assert day("2027-03-07") == Span.parse("24 months").after(day("2025-03-07"), rounding="later")
    assert "24 months" == distance(day("2025-03-07"), day("2027-03-07"))


def test_C07_no_date_rests_on_a_difference_in_months() -> None:
    """Only the sentences do (design: "distances in words"); they decide nothing."""
    taken = {name for name, nodes in modules() for call in calls_of(nodes, "relativedelta") if call.args}
    assert taken <= {"exports/explaining.py"}


def test_C08_28_february_is_no_full_year_after_a_leap_day() -> None:
    assert Span.parse("12 months").after(day("2024-02-29"), rounding="later") > day("2025-02-28")


def test_C09_a_block_of_five_days_ends_four_days_after_it_begins() -> None:
    start = find_course_starts(clinic_open(WEEK), 5, not_before=day("2027-01-11"), limit=1)[0]
    assert (day("2027-01-11"), day("2027-01-15")) == (start.first_day, start.last_day)


def test_C10_no_module_uses_recurrence_rules() -> None:
    used = [(name, found) for name, nodes in modules() for found in imported_names(nodes) if "rrule" in found]
    assert [] == used
    assert ["dateutil.rrule.MONTHLY"] == list(imported_names(ast.walk(ast.parse("from dateutil.rrule import MONTHLY"))))


def test_C10_monthly_from_the_31st_skips_no_month() -> None:
    """A recurrence rule would skip February, April, June and the like."""
    due = [ONE_MONTH.after(day("2025-10-31"), rounding="earlier", times=k) for k in range(1, 6)]
    assert days("2025-11-30 2025-12-31 2026-01-31 2026-02-28 2026-03-31") == due


def test_C11_no_module_uses_pandas() -> None:
    used = [(name, found) for name, nodes in modules() for found in imported_names(nodes) if found.startswith("pandas")]
    assert [] == used


def test_C11_monthly_from_the_31st_returns_to_the_31st() -> None:
    """Step by step (as pandas does) the third date would be 30 December."""
    assert day("2025-12-31") == ONE_MONTH.after(day("2025-10-31"), rounding="earlier", times=2)


def test_C12_four_calendar_months_are_120_to_123_days() -> None:
    """Shortest: November to March over a plain February. Longest: 31 + 31 + 30 + 31."""
    lengths = {(add_months(one, 4, rounding="later") - one).days for one in century()}
    assert {120, 121, 122, 123} == lengths


def test_C13_what_must_not_be_early_rounds_later_and_what_must_not_be_late_rounds_earlier() -> None:
    """29 February 2024: the minimum interval ends on 1 March, a yearly due date falls on 28 February."""
    assert day("2025-03-01") == Span.parse("12 months").after(day("2024-02-29"), rounding="later")
    assert day("2025-02-28") == Span.parse("12 months").after(day("2024-02-29"), rounding="earlier")


def test_C13_a_closed_day_moves_a_start_later_and_never_earlier() -> None:
    """15 January 2028 is a Saturday: Monday 17, not Friday 14."""
    start = find_course_starts(clinic_open(MON_TO_FRI), 3, not_before=day("2028-01-15"), limit=1)[0]
    assert day("2028-01-17") == start.first_day


def test_C14_monthly_dates_from_the_31st_do_not_drift() -> None:
    due = [ONE_MONTH.after(day("2025-01-31"), rounding="earlier", times=k) for k in range(1, 13)]
    assert (
        days(
            "2025-02-28 2025-03-31 2025-04-30 2025-05-31 2025-06-30 2025-07-31 "
            "2025-08-31 2025-09-30 2025-10-31 2025-11-30 2025-12-31 2026-01-31"
        )
        == due
    )


@pytest.mark.parametrize("unit", ["days", "weeks", "months", "years"])
@pytest.mark.parametrize("times", [10**6, 10**10, 10**30, -(10**6), -(10**10), -(10**30)])
def test_C15_no_other_exception_leaves_the_arithmetic(unit: str, times: int) -> None:
    with pytest.raises(ScheduleError) as caught:
        Span.parse(f"99 {unit}").after(day("2050-06-15"), rounding="later", times=times)
    assert "date-range" == caught.value.code


def test_C15_dates_outside_the_public_range_are_refused_when_they_come_in() -> None:
    for outside in ("9999-12-31", "1999-12-31", "0001-01-01"):
        with pytest.raises(InvalidInput) as caught:
            find_course_starts(clinic_open(WEEK), 5, not_before=day(outside))
        assert ("date-range", "not_before") == (caught.value.code, caught.value.place)


def test_C16_the_interval_counts_from_the_last_planned_infusion() -> None:
    """From the first infusion, 11 January 2027, it would be four days less."""
    plan = lemtrada_schedule.plan_treatment(
        lemtrada_schedule.load_protocol("us-2024-05"), clinic_open(WEEK), not_before=day("2027-01-11")
    )
    assert day("2028-01-15") == plan.courses[1].earliest
    assert "last infusion" in plan.courses[1].because.anchor
    assert day("2027-01-15") == plan.courses[1].because.anchor_day


def test_due_dates_never_go_back() -> None:
    """Counted from one anchor, each due date lies after the one before."""
    for anchor in days("2024-02-29 2025-01-31 2025-10-31 2027-12-30 2096-02-29"):
        due = [ONE_MONTH.after(anchor, rounding="earlier", times=k) for k in range(1, 49)]
        assert all(before < after for before, after in pairwise(due))


def test_a_datetime_is_no_day_of_a_period() -> None:
    with pytest.raises(InvalidInput) as caught:
        Period(first_day=datetime(2027, 1, 11), last_day=None)
    assert "calendar-date" == caught.value.code
