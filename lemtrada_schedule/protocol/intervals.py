"""Minimum intervals: the earliest day of a course, counted from the previous course, and its reason."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from typing import Protocol as HasProtocol

from lemtrada_schedule.dates.steps import Step
from lemtrada_schedule.findings.derivation import Anchor, Derivation
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.computed import computed

__all__ = ["Before", "earliest_day", "from_day", "interval_derivation", "recommended_day", "requested_start"]

_Derivation = computed(Derivation)

INITIAL_COURSES: Final = 2
"""Courses 1 and 2 have a recommended day; later courses are optional (S13)."""


class _Dated(HasProtocol):
    @property
    def number(self) -> int: ...
    @property
    def first_day(self) -> date: ...
    @property
    def last_day(self) -> date: ...


@dataclass(frozen=True, slots=True, repr=False)
class Before:
    """The course that a minimum interval is counted from: the one with the last infusion before (S28)."""

    number: int
    first_day: date
    last_day: date

    @classmethod
    def of(cls, course: _Dated) -> "Before":
        """Make it from a course, planned or given."""
        return cls(course.number, course.first_day, course.last_day)


def earliest_day(protocol: Protocol, number: int, first_day: date, last_day: date) -> date | None:
    """Return the earliest day of a course after one with this first and last infusion day.

    `None`: the protocol has only one course, so there is no interval.
    """
    rule = protocol.course(number)
    interval = rule.minimum_interval
    if interval is None:
        return None
    return interval.after(first_day if rule.counted_from == "first infusion" else last_day, rounding="later")


def interval_derivation(protocol: Protocol, number: int, before: Before) -> Derivation:
    """Return `earliest_day` with the reason."""
    earliest, rule = earliest_day(protocol, number, before.first_day, before.last_day), protocol.course(number)
    interval = rule.minimum_interval
    if earliest is None or interval is None:
        raise refused("protocol-contradiction", "courses", f"course {number} has no minimum_interval; add one")
    anchor = Anchor("first-infusion" if rule.counted_from == "first infusion" else "last-infusion", before.number)
    return _Derivation(
        **anchor.fields(),
        anchor_day=before.first_day if rule.counted_from == "first infusion" else before.last_day,
        offset=str(Step(interval, 1)),
        rounding="exact" if interval.is_exact else "later",
        result=earliest,
        cite=rule.cite,
        basis=rule.basis,
    )


def recommended_day(number: int, earliest: date) -> date | None:
    """Return the recommended day of a course: its earliest day; `None` for an optional course."""
    return earliest if number <= INITIAL_COURSES else None


def requested_start(not_before: date) -> Derivation:
    """Return the reason for a course to start on the requested day."""
    return from_day(Anchor("requested-start"), not_before)


def from_day(anchor: Anchor, day: date) -> Derivation:
    """Return the reason of a day that is its own anchor: it comes from the caller or from a record, not the label."""
    return _Derivation(
        **anchor.fields(), anchor_day=day, offset="", rounding="exact", result=day, cite=None, basis=None
    )
