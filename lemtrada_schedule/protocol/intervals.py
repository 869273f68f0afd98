"""The earliest day of a course, counted from the course before."""

from dataclasses import dataclass
from datetime import date

from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.validation.arguments import refused

__all__ = ["Before", "earliest_day", "interval_derivation"]


@dataclass(frozen=True, slots=True, repr=False)
class Before:
    """The course that a minimum interval is counted from: that of the last infusion before (S28)."""

    number: int
    first_day: date
    last_day: date


def earliest_day(protocol: Protocol, number: int, first_day: date, last_day: date) -> date | None:
    """Return the earliest day of a course after one with this first and last infusion day.

    `None`: the protocol has but one course, and so no interval.
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
    return Derivation(
        anchor=f"{rule.counted_from} of course {before.number}",
        anchor_day=before.first_day if rule.counted_from == "first infusion" else before.last_day,
        offset=f"+ {interval}",
        rounding="exact" if interval.is_exact else "later",
        result=earliest,
        cite=rule.cite,
        basis=rule.basis,
    )
