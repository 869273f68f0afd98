"""Bookings (S44): which chairs are taken, and where a newly placed course can go then.

A plan is a plain dictionary: `plan_id`, `revision`, `clinic` (its name), and `days`, a list of `{"date", "status"}`.

Where the words leave something open, this is how they are read here: of several revisions of one plan the highest
counts, also where it has no day left; a day that one plan names twice takes one chair.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tests.oracle.placing import IsClosed, first_block

WrittenPlan = Mapping[str, Any]


def plans_that_count(plans: Sequence[WrittenPlan], clinic: str) -> list[WrittenPlan]:
    """Return the highest revision of each plan, of this clinic."""
    highest: dict[str, WrittenPlan] = {}
    for plan in plans:
        known = highest.get(plan["plan_id"])
        if known is None or plan["revision"] > known["revision"]:
            highest[plan["plan_id"]] = plan
    return [plan for plan in highest.values() if plan["clinic"] == clinic]


def takes(plan: WrittenPlan, as_of: date, day: date) -> bool:
    """Say whether a plan has an infusion day on a day: not a cancelled one, and none before the question."""
    return any(one["date"] == day and one["date"] >= as_of and one["status"] != "cancelled" for one in plan["days"])


def taken_on(plans: Sequence[WrittenPlan], day: date, *, clinic: str, as_of: date, without: str | None = None) -> int:
    """Count the plans with an infusion day on a day, one of them left out."""
    counted = [plan for plan in plans_that_count(plans, clinic) if plan["plan_id"] != without]
    return len([plan for plan in counted if takes(plan, as_of, day)])


def closed_to(
    plans: Sequence[WrittenPlan],
    is_closed: IsClosed,
    *,
    clinic: str,
    chairs: int | None,
    as_of: date,
    plan_id: str | None = None,
) -> IsClosed:
    """Say why a day is closed to a course of a plan that is newly placed."""

    def with_bookings(day: date) -> str | None:
        reason = is_closed(day)
        taken = taken_on(plans, day, clinic=clinic, as_of=as_of, without=plan_id)
        if reason is None and chairs is not None and taken >= chairs:
            return f"{taken} of {chairs} chairs taken"
        return reason

    return with_bookings


def first_free_block(with_bookings: IsClosed, days: int, not_before: date, within_days: int = 366) -> date | None:
    """Return the first start of a block of days that are open and have a chair."""
    found = first_block(with_bookings, days, not_before, within_days)
    return None if found is None else found[0]


def overbooked(
    plans: Sequence[WrittenPlan], plan_id: str, *, clinic: str, chairs: int | None, as_of: date
) -> list[date]:
    """List the days that a plan keeps although as many other plans as there are chairs have them."""
    own = next((plan for plan in plans_that_count(plans, clinic) if plan["plan_id"] == plan_id), None)
    if own is None or chairs is None:
        return []
    days = sorted({one["date"] for one in own["days"]})
    return [
        day
        for day in days
        if takes(own, as_of, day) and taken_on(plans, day, clinic=clinic, as_of=as_of, without=plan_id) >= chairs
    ]
