"""`to_ics`: plans as an iCalendar file (RFC 5545), or an update for a calendar that holds an earlier revision."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.ics.arguments import (
    Method,
    checked_location,
    checked_organizer,
    checked_refresh,
    checked_reminders,
    checked_stamp,
)
from lemtrada_schedule.exports.ics.content_lines import as_file, text_line
from lemtrada_schedule.exports.ics.entries import entries
from lemtrada_schedule.exports.ics.entry import Entry, Spans
from lemtrada_schedule.exports.ics.events import Style, events_of
from lemtrada_schedule.exports.ics.plans import Label, checked_plans, label_of, plan_id_of
from lemtrada_schedule.exports.ics.vtimezone import vtimezone
from lemtrada_schedule.exports.titles import Titles
from lemtrada_schedule.plan.items import parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.revision import Revision
from lemtrada_schedule.validation.accepted import Listed
from lemtrada_schedule.validation.arguments import check_choice, refused, refused_argument

__all__ = ["to_ics"]

PRODUCT: Final = "-//Appointment plan//Calendar file 1//EN"
"""Not the name of this library: that contains the name of the medicine."""

COLOUR: Final = "royalblue"
"""Of the whole calendar, for apps that show one colour for all events (RFC 7986, 5.9)."""

ONCE_A_DAY: Final = dt.timedelta(days=1)

FIRST_YEAR, LAST_YEAR = 1900, 2199


@dataclass(frozen=True, slots=True, repr=False)
class _Asked:
    """The arguments that apply to all plans of a file."""

    titles: Titles
    spans: Spans
    reminders: tuple[dt.timedelta, ...]
    location: str
    address: tuple[str, ...]
    made: str
    method: Method | None


@dataclass(frozen=True, slots=True, repr=False)
class _Written:
    """The events of one plan, and what is not among them."""

    entries: Sequence[Entry]
    events: Sequence[tuple[str, ...]]
    notes: int = 0
    """The number of notes, which have no date."""
    left_out: int = 0
    """The number of items of several days that have no entry."""
    counts: str = ""
    """What an update says of itself."""


def to_ics(
    plan: Plan | Revision | Listed[Plan],
    *,
    stamp: dt.datetime,
    titles: Titles = "neutral",
    spans: Spans = "start-end",
    reminders: Listed[dt.timedelta] = (),
    location: str | None = None,
    method: Method | None = None,
    organizer: str | None = None,
    since: Plan | None = None,
    label: Label | None = None,
    refresh: dt.timedelta | None = ONCE_A_DAY,
) -> bytes:
    """Return the plan as the bytes of an `.ics` file: timed events for infusion days, all-day events for the rest.

    An infusion day is one event, from the start of the infusion to the end of the observation, in the clinic's wall
    time. Its text says when to come, what is done on that day, and what holds for hours after it. Everything else is an
    all-day event that does not block the calendar. A visit is one event on the day suggested for it, else on its due
    day; its text names both days. Notes have no date; they are only counted.

    Each event has a category and a colour by its kind: `Appointment` (infusion days), `Visit` (tests and
    examinations), `Ongoing` (what holds for days) and `To do`. Its title says the same without the colour.

    UIDs are made from the plan's id and the item's id, so a calendar that imports a later revision moves what was
    moved. SEQUENCE is twice the plan's revision, plus one in a file that cancels the whole plan.

    A list of plans is one calendar, such as that of a whole clinic. Its events are those of each plan alone, with the
    same UIDs. An empty list is a calendar without events.

    The result is bytes, because lines must end in CR LF and are folded by octets; writing text would change both.

    Args:
        plan: A plan with a `plan_id`, or a `Revision` from `replan`: then the file is an update, as with `since`. Or a
            list of plans; of several revisions of one `plan_id`, the highest counts.
        stamp: When the file is made, with its time zone. The library reads no clock.
        titles: `neutral` names no medicine, disease or test, and events that would look the same on the same days are
            one; `clinical` has full titles, reasons, and the clinic's name as the place of infusion days.
        spans: How to show items of several days: `start-end` marks the first and the last one, `all-day` fills the
            days, `none` omits the item, except for the last day of something that is to be done within them.
        reminders: How long before each event to remind; for all-day events, before 09:00 on their first day.
        location: The place of infusion days, such as the clinic's name and address, of 1 to 250 characters. It is in
            neutral files too.
        method: For calendars sent by mail: `PUBLISH`, or `CANCEL`, which cancels every event of a plan.
            With `since`, `CANCEL` sends only the events that the new plan no longer has.
        organizer: The clinic's mail address; required with a method, not allowed without one.
        since: The revision that the calendar holds now. The file is then an update: it contains the events that
            are new or different, and cancels those that no longer exist. Use the same options for both files. Not
            allowed with a list.
        label: A text to begin each title of a plan with, such as a bed or an opaque id: a function that returns it for
            a plan, or a mapping by `plan_id`. Neutral titles have it too, so it must name nobody.
        refresh: How often a calendar that subscribes to the file should look for changes: whole minutes, from 1 minute
            to 366 days (`REFRESH-INTERVAL`). `None` leaves that to the calendar.

    Raises:
        InvalidInput: A plan has no id, or `label` has no text for it (`missing-field`); a text contains a hidden
            character (`control-character`). `since` is not an earlier revision of this plan, or two plans have one id
            and one revision (`plan-mismatch`). Another argument is invalid.

    Source:
        RFC 5545; RFC 5546 for methods; RFC 7986 for names, colours and `refresh`.

    Example:
        >>> from datetime import UTC, date, datetime
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> plan = plan_treatment(
        ...     load_protocol("us"), read_clinic("examples/boston.toml"), not_before=date(2027, 1, 11), plan_id="p7")
        >>> file = to_ics(plan, stamp=datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
        >>> b"DTSTART;TZID=America/New_York:20270111T090000" in file
        True
        >>> file.count(b"BEGIN:VEVENT")
        93
        >>> b"SUMMARY:Chair 2: Appointment" in to_ics(
        ...     [plan], stamp=datetime(2026, 11, 22, 9, 30, tzinfo=UTC), label={"p7": "Chair 2"})
        True
    """
    plans, since = checked_plans(plan, since)
    check_choice(titles, Titles, "titles")
    check_choice(spans, Spans, "spans")
    address = checked_organizer(organizer, method)
    asked = _Asked(
        titles,
        spans,
        checked_reminders(reminders),
        checked_location(location),
        address,
        checked_stamp(stamp),
        method,
    )
    every = checked_refresh(refresh)
    written = [_of_plan(one, since, asked, label_of(one, label)) for one in plans]
    events = [event for one in written for event in one.events]
    found = [entry for one in written for entry in one.entries]
    head = _head(plans, asked, every, _counted(written))
    return as_file(
        (*head, *_zones(plans, found, stamp), *(line for event in events for line in event), "END:VCALENDAR")
    )


def _of_plan(plan: Plan, since: Plan | None, asked: _Asked, label: str) -> _Written:
    """Return the events of one plan; with `since`, those of an update."""
    cancels = asked.method == "CANCEL"
    whole = cancels and since is None
    common = (f"DTSTAMP:{asked.made}", f"LAST-MODIFIED:{asked.made}", f"SEQUENCE:{2 * plan.revision + whole}")
    style = _style(plan, asked, common, label)
    if since is None:
        found = _all(plan, asked)
        found = [replace(entry, status="CANCELLED") for entry in found] if cancels else found
        notes = sum(part.shape == "words" for part in parts(plan))
        return _Written(found, events_of(found, style), notes, _left_out(plan, found, asked))
    changed, gone = _differences(plan, since, asked, label)
    changed = [] if cancels else changed
    events = [*events_of(changed, style), *events_of(gone, _style(since, asked, common, label))]
    found = [*changed, *gone]
    number = _several(len(found), "entry", "entries")
    counts = f"What changed with revision {plan.revision}: {number}, {len(gone)} of them cancelled."
    return _Written(found, events, counts=counts)


# --- which events --------------------------------------------------------------------------------


def _all(plan: Plan, asked: _Asked) -> list[Entry]:
    return [_checked(entry) for entry in entries(plan, titles=asked.titles, spans=asked.spans)]


def _differences(plan: Plan, since: Plan, asked: _Asked, label: str) -> tuple[list[Entry], list[Entry]]:
    """Return the events that differ between two revisions, and those to cancel.

    The events of both revisions are written and compared, so every printed change is noticed. A cancelled event keeps
    its days and hours: calendars need them to find it.
    """
    old, new = _all(since, asked), _all(plan, asked)
    before, after = (events_of(some, _style(one, asked, (), label)) for some, one in ((old, since), (new, plan)))
    known = {entry.name: event for entry, event in zip(old, before, strict=True)}
    changed = [entry for entry, event in zip(new, after, strict=True) if known.get(entry.name) != event]
    names = {entry.name for entry in new}
    gone = [replace(entry, status="CANCELLED", lines=()) for entry in old if entry.name not in names]
    if plan.revision == since.revision and (changed or gone):
        message = f"{len(changed) + len(gone)} events differ, but both plans have revision {plan.revision}"
        message = f"{message}; calendars would ignore the update: raise plan.revision"
        raise refused_argument("plan-mismatch", "since", message)
    return changed, gone


def _checked(entry: Entry) -> Entry:
    """Refuse days that planning never makes, but that a plan edited by hand may have."""
    hours = entry.hours
    first, last = (hours.start.date(), hours.end.date()) if hours else (entry.first_day, entry.last_day)
    if first.year < FIRST_YEAR or last.year > LAST_YEAR:
        raise refused(
            "date-range", "plan", f"an item lies outside the years {FIRST_YEAR} to {LAST_YEAR}; check the plan"
        )
    if last < first or (hours and hours.end <= hours.start):
        raise refused("period-reversed", "plan", "an item ends before it begins; check the plan")
    return entry


# --- the file ------------------------------------------------------------------------------------


def _style(plan: Plan, asked: _Asked, common: tuple[str, ...], label: str) -> Style:
    location = asked.location or (plan.provenance.clinic.name if asked.titles == "clinical" else None)
    place = (text_line("LOCATION", location, "plan"),) if location else ()
    return Style(plan_id_of(plan, "plan"), label, common, asked.reminders, place, asked.address)


def _head(plans: Sequence[Plan], asked: _Asked, refresh: str, counts: str) -> Iterator[str]:
    protocols, zones = ({getattr(plan, name) for plan in plans} for name in ("protocol", "time_zone"))
    clinical = f"Treatment plan {plans[0].protocol}" if len(plans) == len(protocols) == 1 else "Treatment plans"
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN")
    if asked.method:
        yield f"METHOD:{asked.method}"
    for name in ("NAME", "X-WR-CALNAME"):
        yield text_line(name, clinical if asked.titles == "clinical" else "Appointments", "plan.protocol")
    for name in ("DESCRIPTION", "X-WR-CALDESC"):
        yield text_line(name, (counts, PLANNING_AID), "plan")
    yield f"COLOR:{COLOUR}"
    if len(zones) == 1:
        yield f"X-WR-TIMEZONE:{plans[0].time_zone}"
    if refresh:
        yield from (f"REFRESH-INTERVAL;VALUE=DURATION:{refresh}", f"X-PUBLISHED-TTL:{refresh}")


def _counted(written: Sequence[_Written]) -> str:
    if len(written) == 1 and written[0].counts:
        return written[0].counts
    found = [entry for one in written for entry in one.entries]
    more = sum(entry.holds - 1 for entry in found if entry.end != "last-day")
    notes, dropped = sum(one.notes for one in written), sum(one.left_out for one in written)
    here = f"; in their descriptions: {_several(more, 'further item', 'further items')}" if more else ""
    kinds = ((notes, "note", "notes"), (dropped, "item of several days", "items of several days"))
    absent = " and ".join(_several(*kind) for kind in kinds if kind[0])
    not_here = f"; not in this file: {absent}" if absent else ""
    return f"{_several(len(found), 'entry', 'entries')}{here}{not_here}."


def _several(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _left_out(plan: Plan, found: Sequence[Entry], asked: _Asked) -> int:
    """Return how many items have no entry, and are not in the text of one."""
    if asked.spans != "none":
        return 0
    return sum(entry.holds for entry in _all(plan, replace(asked, spans="all-day"))) - sum(one.holds for one in found)


def _zones(plans: Sequence[Plan], found: Sequence[Entry], stamp: dt.datetime) -> Iterator[str]:
    """Yield a VTIMEZONE for each zone in use; UTC needs none. A file without events has the zone of the first plan.

    A calendar must hold something (RFC 5545, 3.6): without a plan, that is the zone UTC.
    """
    if not found:
        day = plans[0].provenance.request.not_before if plans else stamp.date()
        yield from vtimezone(plans[0].time_zone if plans else "UTC", day, day)
    hours = [entry.hours for entry in found if entry.hours]
    for zone in sorted({one.time_zone for one in hours} - {"UTC"}):
        starts = [one.start.date() for one in hours if one.time_zone == zone]
        yield from vtimezone(zone, min(starts), max(starts))
