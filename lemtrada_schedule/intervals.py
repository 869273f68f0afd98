"""The earliest day of a course, counted from the course before."""

from datetime import date

from lemtrada_schedule._doors import refused
from lemtrada_schedule.findings import Derivation
from lemtrada_schedule.protocol import Protocol

__all__ = ["interval_derivation"]


def interval_derivation(protocol: Protocol, number: int, first_day: date, last_day: date) -> Derivation:
    """Return the earliest day of a course after one with this first and last infusion day, with the reason."""
    rule = protocol.course(number)
    interval = rule.minimum_interval
    if interval is None:  # a protocol of one optional course that repeats has no interval to count
        raise refused("protocol-contradiction", "courses", f"course {number} has no minimum_interval; add one")
    anchor_day = first_day if rule.counted_from == "first infusion" else last_day
    return Derivation(
        anchor=f"{rule.counted_from} of course {number - 1}",
        anchor_day=anchor_day,
        offset=f"+ {interval}",
        rounding="exact" if interval.is_exact else "later",
        result=interval.after(anchor_day, rounding="later"),
        cite=rule.cite,
        basis=rule.basis,
    )
