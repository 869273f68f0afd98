"""The calendar file that somebody would write today with `icalendar`: an Event for each entry, and the zone added."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from icalendar import Calendar, Event

from lemtrada_schedule import Plan

__all__ = ["calendar_file"]

UIDS = UUID("f9ad920d-87e2-4382-a8ca-a7ac25c2eb1f")
ONE_DAY = timedelta(days=1)


def calendar_file(plan: Plan, stamp: datetime) -> bytes:
    """Return the plan as a calendar with neutral titles."""
    calendar = Calendar()
    calendar.add("prodid", "-//Appointment plan//Calendar file 1//EN")
    calendar.add("version", "2.0")
    for item, title, text, start, end in items(plan):
        event = Event()
        event.add("uid", str(uuid5(UIDS, f"{plan.plan_id}/{item}")))
        event.add("dtstamp", stamp)
        event.add("last-modified", stamp)
        event.add("sequence", plan.revision)
        event.add("status", "CONFIRMED")
        event.add("class", "PRIVATE")
        event.add("transp", "OPAQUE" if isinstance(start, datetime) else "TRANSPARENT")
        event.add("dtstart", start)
        event.add("dtend", end)
        event.add("summary", title)
        event.add("description", text)
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def items(plan: Plan) -> Iterator[tuple[str, str, str, date, date]]:
    """Yield name, title, text, start and end of each event, the end not included; those that look alike once."""
    seen = set()
    for name, title, text, start, end in all_items(plan):
        if (title, start, end) not in seen:
            seen.add((title, start, end))
            yield name, title, text, start, end


def all_items(plan: Plan) -> Iterator[tuple[str, str, str, date, date]]:
    more = dict(beside(plan))
    for course in plan.courses:
        for day in course.days:
            assert day.infusion
            assert day.observation
            text = f"{day.infusion.start:%H:%M}-{day.infusion.end:%H:%M}, then until {day.observation.end:%H:%M}"
            text = f"{text}\n{more.get(day.date, '')}"
            yield day.id, f"Appointment, day {day.number}", text, day.infusion.start, day.observation.end
    served = {test for visit in plan.visits for test in visit.tests}
    for part in (*plan.contraception, *plan.activities):
        for item, first, last in days_of(part):
            if item in served:
                continue
            title, text = f"{part.neutral_title} until {last:%d %b %Y}", f"{first:%d %b %Y} - {last:%d %b %Y}"
            if first == last:
                yield item, part.neutral_title, text, first, first + ONE_DAY
                continue
            ends = "Earliest end" if part.kind == "period" and part.last_day is None else "Last day"
            yield f"{item}/first-day", f"First day: {title}", text, first, first + ONE_DAY
            yield f"{item}/last-day", f"{ends}: {title}", text, last, last + ONE_DAY
    for visit in plan.visits:
        chosen = visit.suggested or visit.due
        yield visit.id, visit.neutral_title, f"due {visit.due:%d %b %Y}", chosen, chosen + ONE_DAY


def beside(plan: Plan) -> Iterator[tuple[date, str]]:
    """Yield what belongs to infusion days, each with the day."""
    for part in plan.activities:
        if part.kind == "infusion-days":
            yield from ((day, part.neutral_title) for day in part.days)
        elif part.kind == "after-infusion":
            yield from ((one.start.date(), f"{part.neutral_title} until {one.end:%H:%M}") for one in part.windows)


def days_of(part: Any) -> Iterator[tuple[str, date, date]]:
    if part.kind == "period":
        yield part.id, part.first_day, part.last_day or part.earliest_end or part.first_day
    elif part.kind == "window":
        yield part.id, part.first_day or part.last_day, part.last_day or part.first_day
    elif part.kind == "series":
        if part.baseline:
            yield f"{part.id}/baseline", part.baseline.due, part.baseline.due
        yield from ((f"{part.id}/{number}", day, day) for number, day in enumerate(part.dates, start=1))
