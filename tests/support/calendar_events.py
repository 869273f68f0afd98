"""The calendar events that a plan must produce, computed from the plan's JSON without code of the export."""

import json
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from lemtrada_schedule import Plan

__all__ = ["expected_events", "uid"]

UIDS: Final = UUID("f9ad920d-87e2-4382-a8ca-a7ac25c2eb1f")


def uid(plan: Plan, item: str) -> str:
    """Return the UID of the event of an item, such as `course-1/day-1`."""
    return str(uuid5(UIDS, f"{plan.plan_id}/{item}"))


def expected_events(plan: Plan, spans: str = "start-end") -> Iterator[tuple[str, tuple[object, object]]]:
    """Yield the name of every expected event, with its first and last day (inclusive) or its start and end in UTC.

    The name is the item's id, and which end of it the event is: `contraception/1/last-day`. A neutral file has one
    event for those that look the same.
    """
    written = json.loads(plan.model_dump_json())
    days = [day for course in written["courses"] for day in course["days"]]
    for day in days:
        yield day["id"], (instant(day["infusion"]["start"]), instant(day["observation"]["end"]))
    served = {test for visit in written["visits"] for test in visit["tests"]}
    told = {day["date"] for day in days} | {instant(day["infusion"]["end"]) for day in days}
    for part in (*written["contraception"], *written["activities"]):
        for name, expected in expected_of(part):
            if name not in served and not belongs_to_a_day(part, name, told):
                yield from ends_of(name, expected, part["kind"], spans)
    for visit in written["visits"]:
        yield visit["id"], (date.fromisoformat(visit["suggested"] or visit["due"]),) * 2


def instant(text: str) -> datetime:
    """Return a written date-time in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def ends_of(name: str, days: tuple[date, date], kind: str, spans: str) -> Iterator[tuple[str, tuple[date, date]]]:
    """Yield the events of one item, by how items of several days are shown."""
    first, last = days
    if first == last or spans == "all-day":
        yield name, days
        return
    if spans == "start-end":
        yield f"{name}/first-day", (first, first)
    if spans == "start-end" or kind == "window":
        yield f"{name}/last-day", (last, last)


def belongs_to_a_day(part: dict[str, Any], name: str, told: Collection[object]) -> bool:
    """Return whether an item stands in the event of an infusion day.

    Args:
        part: The activity.
        name: The item's id, which ends with its number.
        told: The infusion days, and the ends of their infusions.
    """
    if part["kind"] not in ("infusion-days", "after-infusion"):
        return False
    number = int(name.rpartition("/")[2]) - 1
    return (
        part["days"][number] if part["kind"] == "infusion-days" else instant(part["windows"][number]["start"])
    ) in told


def expected_of(part: dict[str, Any]) -> Iterator[tuple[str, tuple[date, date]]]:
    """Yield the items of one activity with their days."""
    day = date.fromisoformat
    match part["kind"]:
        case "period":
            last = part["last_day"] or part["earliest_end"] or part["first_day"]
            yield part["id"], (day(part["first_day"]), day(last))
        case "window":
            first, last = part["first_day"] or part["last_day"], part["last_day"] or part["first_day"]
            yield part["id"], (day(first), day(last))
        case "series":
            if part["baseline"]:
                yield f"{part['id']}/baseline", (day(part["baseline"]["due"]),) * 2
            for number, one in enumerate(part["dates"], start=1):
                yield f"{part['id']}/{number}", (day(one), day(one))
        case "infusion-days":
            for number, one in enumerate(part["days"], start=1):
                yield f"{part['id']}/{number}", (day(one), day(one))
        case "after-infusion":
            for number, one in enumerate(part["windows"], start=1):
                yield f"{part['id']}/{number}", (day(one["start"][:10]), day(one["end"][:10]))
