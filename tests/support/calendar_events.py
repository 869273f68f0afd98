"""The calendar events that a plan must produce, computed from the plan's JSON without code of the export."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from lemtrada_schedule import Plan

__all__ = ["expected_events", "uid"]

UIDS: Final = UUID("f9ad920d-87e2-4382-a8ca-a7ac25c2eb1f")


def uid(plan: Plan, item: str) -> str:
    """Return the UID of the event of an item, such as `course-1/day-1`."""
    return str(uuid5(UIDS, f"{plan.plan_id}/{item}"))


def expected_events(plan: Plan) -> Iterator[tuple[str, tuple[object, object]]]:
    """Yield the id of every expected event, with its first and last day (inclusive) or its start and end in UTC."""
    written = json.loads(plan.model_dump_json())
    for course in written["courses"]:
        for day in course["days"]:
            yield day["id"], (instant(day["infusion"]["start"]), instant(day["observation"]["end"]))
    served = {test for visit in written["visits"] for test in visit["tests"]}
    for part in (*written["contraception"], *written["activities"]):
        yield from ((name, days) for name, days in expected_of(part) if name not in served)
    for visit in written["visits"]:
        yield visit["id"], (date.fromisoformat(visit["suggested"] or visit["due"]),) * 2


def instant(text: str) -> datetime:
    """Return a written date-time in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def expected_of(part: dict[str, Any]) -> Iterator[tuple[str, tuple[object, object]]]:
    """Yield the expected events of one activity."""
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
