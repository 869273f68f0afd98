"""Minimum intervals and the reasons they give, worked out by hand."""

from datetime import date

import pytest

from lemtrada_schedule import InvalidInput, Protocol, load_protocol
from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.findings.derivation import Anchor
from lemtrada_schedule.protocol.intervals import (
    Before,
    earliest_day,
    from_day,
    interval_derivation,
    recommended_day,
    requested_start,
)

US = load_protocol("us-2024-05")
FIRST, LAST = date(2024, 2, 26), date(2024, 2, 29)


def counted(interval: str, counted_from: str) -> Protocol:
    """Return the US protocol with another interval before course 2."""
    first, second, *others = US.courses
    update = {"minimum_interval": Span.parse(interval), "counted_from": counted_from, "warn_only_from": None}
    return US.model_copy(update={"courses": (first, second.model_copy(update=update), *others)})


@pytest.mark.parametrize(
    ("interval", "counted_from", "earliest"),
    [
        ("12 months", "last infusion", date(2025, 3, 1)),  # from 29 February, rounded later
        ("12 months", "first infusion", date(2025, 2, 26)),
        ("30 days", "last infusion", date(2024, 3, 30)),
    ],
)
def test_the_earliest_day_by_hand(interval: str, counted_from: str, earliest: date) -> None:
    assert earliest_day(counted(interval, counted_from), 2, FIRST, LAST) == earliest


def test_course_1_has_no_interval() -> None:
    assert earliest_day(US, 1, FIRST, LAST) is None
    with pytest.raises(InvalidInput) as caught:
        interval_derivation(US, 1, Before(1, FIRST, LAST))
    assert (caught.value.code, caught.value.place) == ("protocol-contradiction", "courses")


@pytest.mark.parametrize(
    ("interval", "counted_from", "anchor", "anchor_day", "rounding", "result"),
    [
        ("12 months", "last infusion", "last-infusion", LAST, "later", date(2025, 3, 1)),
        ("12 months", "first infusion", "first-infusion", FIRST, "later", date(2025, 2, 26)),
        ("30 days", "last infusion", "last-infusion", LAST, "exact", date(2024, 3, 30)),
    ],
)
def test_the_reason_of_an_interval_by_hand(  # noqa: PLR0917  # the parameters of the test
    interval: str, counted_from: str, anchor: str, anchor_day: date, rounding: str, result: date
) -> None:
    protocol = counted(interval, counted_from)
    because = interval_derivation(protocol, 2, Before(1, FIRST, LAST))
    assert (because.anchor_kind, because.anchor_course) == (anchor, 1)
    assert (because.anchor_day, because.offset, because.rounding, because.result) == (
        anchor_day,
        f"+ {interval}",
        rounding,
        result,
    )
    assert (because.cite, because.basis) == (protocol.course(2).cite, protocol.course(2).basis)


def test_courses_1_and_2_have_a_recommended_day_and_later_ones_have_none() -> None:
    assert [recommended_day(number, LAST) for number in (1, 2, 3, 4)] == [LAST, LAST, None, None]


def test_a_day_that_is_its_own_anchor() -> None:
    asked, recorded = requested_start(LAST), from_day(Anchor("on-record", 2), LAST)
    assert (asked.anchor_kind, asked.anchor_course) == ("requested-start", None)
    assert (recorded.anchor_kind, recorded.anchor_course) == ("on-record", 2)
    for because in (asked, recorded):
        assert (because.anchor_day, because.offset, because.rounding, because.result) == (LAST, "", "exact", LAST)
        assert (because.cite, because.basis) == (None, None)
