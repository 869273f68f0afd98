"""Write entries as the VEVENTs of an iCalendar file (RFC 5545, 3.6.1)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid5

from lemtrada_schedule.exports.ics.content_lines import checked_text, date_line, duration, text_line, time_line
from lemtrada_schedule.exports.ics.entry import Category, Entry, Status
from lemtrada_schedule.plan.items import NAMESPACE

__all__ = ["Style", "events_of"]

_PREFIX: Final[dict[Status, str]] = {"CONFIRMED": "", "TENTATIVE": "Tentative: ", "CANCELLED": "Cancelled: "}
"""Also put before the title, for calendars that ignore the status."""

_COLOURS: Final[dict[Category, str]] = {
    "Appointment": "crimson",
    "Visit": "royalblue",
    "Ongoing": "teal",
    "To do": "sienna",
}
"""Names of CSS (RFC 7986, 5.9), on which white text can be read. They say nothing that the category does not say."""

_OF_ALL_DAYS: Final = dt.timedelta(hours=9)
"""When somebody is reminded of a whole day: by night nobody wants to be."""

_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, repr=False)
class Style:
    """What all events of a plan have in common."""

    plan_id: str
    label: str
    """What each title begins with; may be empty."""
    common: tuple[str, ...]
    reminders: tuple[dt.timedelta, ...]
    """How long before each event to remind."""
    location: tuple[str, ...]
    """The line of the place of infusion days, if it is to be named."""
    address: tuple[str, ...]
    """The line of the organizer, if there is one."""


def events_of(found: Sequence[Entry], style: Style) -> list[tuple[str, ...]]:
    """Return the lines of each entry's event."""
    return [tuple(_event(entry, style)) for entry in found]


def _event(entry: Entry, style: Style) -> Iterator[str]:
    title = f"{style.label}{_PREFIX[entry.status]}{entry.title}"
    uid = uuid5(NAMESPACE, checked_text(f"{style.plan_id}/{entry.name}", "plan"))
    yield from ("BEGIN:VEVENT", f"UID:{uid}", *style.common, f"STATUS:{entry.status}", "CLASS:PRIVATE")
    yield from _times(entry)
    yield text_line("SUMMARY", title, "plan")
    if entry.lines:
        yield text_line("DESCRIPTION", entry.lines, "plan")
    if entry.category == "Appointment":
        yield from style.location
    yield from (f"CATEGORIES:{entry.category}", f"COLOR:{_COLOURS[entry.category]}", *style.address)
    if entry.status != "CANCELLED":
        for before in style.reminders:
            trigger = _trigger(before if entry.hours else before - _OF_ALL_DAYS)
            alarm = ("BEGIN:VALARM", "ACTION:DISPLAY", trigger, text_line("DESCRIPTION", title, "plan"), "END:VALARM")
            yield from alarm
    yield "END:VEVENT"


def _trigger(before: dt.timedelta) -> str:
    sign = "-" if before > dt.timedelta(0) else ""
    return f"TRIGGER:{sign}{duration(abs(before))}"


def _times(entry: Entry) -> Iterator[str]:
    if entry.hours is None:
        yield from ("TRANSP:TRANSPARENT", date_line("DTSTART", entry.first_day))
        yield date_line("DTEND", entry.last_day + _DAY)
        return
    hours = entry.hours
    starts, ends = (
        time_line(name, at, hours.time_zone) for name, at in (("DTSTART", hours.start), ("DTEND", hours.end))
    )
    yield from ("TRANSP:OPAQUE", starts, ends)
