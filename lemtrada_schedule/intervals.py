"""The earliest day of a course, counted from the course before."""

from datetime import date

from lemtrada_schedule._doors import refused
from lemtrada_schedule.findings import Derivation
from lemtrada_schedule.protocol import Protocol

__all__ = ["earliest_day", "interval_derivation"]


def earliest_day(protocol: Protocol, number: int, first_day: date, last_day: date) -> date:
    """Return the earliest day of a course after one with this first and last infusion day."""
    rule = protocol.course(number)
    interval = rule.minimum_interval
    if interval is None:  # a protocol of one optional course that repeats has no interval to count
        raise refused("protocol-contradiction", "courses", f"course {number} has no minimum_interval; add one")
    return interval.after(first_day if rule.counted_from == "first infusion" else last_day, rounding="later")


def interval_derivation(protocol: Protocol, number: int, first_day: date, last_day: date) -> Derivation:
    """Return `earliest_day` with the reason."""
    earliest, rule = earliest_day(protocol, number, first_day, last_day), protocol.course(number)
    interval = rule.minimum_interval
    return Derivation(
        anchor=f"{rule.counted_from} of course {number - 1}",
        anchor_day=first_day if rule.counted_from == "first infusion" else last_day,
        offset=f"+ {interval}",
        rounding="exact" if interval and interval.is_exact else "later",
        result=earliest,
        cite=rule.cite,
        basis=rule.basis,
    )
