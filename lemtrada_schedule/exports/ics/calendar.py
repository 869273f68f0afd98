"""`to_ics`: a plan as an iCalendar file (RFC 5545), and as an update for a calendar that holds an earlier revision."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid5

from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.ics.arguments import Method, checked_organizer, checked_reminders, checked_stamp
from lemtrada_schedule.exports.ics.content_lines import as_file, checked_text, date_line, text_line, time_line
from lemtrada_schedule.exports.ics.entries import Entry, Spans, Status, entries
from lemtrada_schedule.exports.ics.vtimezone import vtimezone
from lemtrada_schedule.exports.titles import Titles
from lemtrada_schedule.plan.items import NAMESPACE, parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.revision import Revision
from lemtrada_schedule.validation.accepted import Listed
from lemtrada_schedule.validation.arguments import check_choice, check_type, refused, refused_argument

__all__ = ["to_ics"]

PRODUCT: Final = "-//Appointment plan//Calendar file 1//EN"
"""Not the name of this library: that contains the name of the medicine."""

FIRST_YEAR, LAST_YEAR = 1900, 2199

_PREFIX: Final[dict[Status, str]] = {"CONFIRMED": "", "TENTATIVE": "Tentative: ", "CANCELLED": "Cancelled: "}
"""Also put before the title, for calendars that ignore the status."""

_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, repr=False)
class _Style:
    """What all events of a file have in common."""

    plan_id: str
    common: tuple[str, ...]
    triggers: tuple[str, ...]
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class _Asked:
    """The arguments that apply to both plans of an update."""

    titles: Titles
    spans: Spans
    triggers: tuple[str, ...]
    address: tuple[str, ...]


def to_ics(
    plan: Plan | Revision,
    *,
    stamp: dt.datetime,
    titles: Titles = "neutral",
    spans: Spans = "all-day",
    reminders: Listed[dt.timedelta] = (),
    method: Method | None = None,
    organizer: str | None = None,
    since: Plan | None = None,
) -> bytes:
    """Return the plan as the bytes of an `.ics` file: timed events for infusion days, all-day events for the rest.

    An infusion day is one event, from the start of the infusion to the end of the observation, in the clinic's wall
    time. Everything else is an all-day event that does not block the calendar. A visit is one event on the day
    suggested for it, else on its due day; its text names both days. Notes have no date; they are only counted. UIDs are
    made from the plan's id and the item's id, so a calendar that imports a later revision moves what was moved.
    SEQUENCE is twice the plan's revision, plus one in a file that cancels the whole plan.

    The result is bytes, because lines must end in CR LF and are folded by octets; writing text would change both.

    Args:
        plan: A plan with a `plan_id`, or a `Revision` from `replan`: then the file is an update, as with `since`.
        stamp: When the file is made, with its time zone. The library reads no clock.
        titles: `neutral` names no medicine, disease or test; `clinical` has full titles, reasons and the clinic's
            name.
        spans: How to show items of several days: `all-day` fills the days, `start-end` marks the first and the last
            one, `none` omits the item, except for the last day of something that is to be done within them.
        reminders: How long before each event to remind; for all-day events, before midnight at their start.
        method: For calendars sent by mail: `PUBLISH`, or `CANCEL`, which cancels every event of a plan.
            With `since`, `CANCEL` sends only the events that the new plan no longer has.
        organizer: The clinic's mail address; required with a method, not allowed without one.
        since: The revision that the calendar holds now. The file is then an update: it contains the events that
            are new or different, and cancels those that no longer exist. Use the same options for both files.

    Raises:
        InvalidInput: The plan has no id (`missing-field`), a text contains a hidden character
            (`control-character`), `since` is not an earlier revision of this plan (`plan-mismatch`), or another
            argument is invalid.

    Source:
        RFC 5545; RFC 5546 for methods.

    Example:
        >>> from datetime import UTC, date, datetime
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> plan = plan_treatment(
        ...     load_protocol("us"), read_clinic("examples/boston.toml"), not_before=date(2027, 1, 11), plan_id="p7")
        >>> file = to_ics(plan, stamp=datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
        >>> b"DTSTART;TZID=America/New_York:20270111T090000" in file
        True
        >>> file.count(b"BEGIN:VEVENT")
        101
    """
    plan, since = _checked_plans(plan, since)
    check_choice(titles, Titles, "titles")
    check_choice(spans, Spans, "spans")
    address = checked_organizer(organizer, method)
    asked = _Asked(titles, spans, checked_reminders(reminders), address)
    made = checked_stamp(stamp)
    cancels = method == "CANCEL"
    whole = cancels and since is None
    common = (f"DTSTAMP:{made}", f"LAST-MODIFIED:{made}", f"SEQUENCE:{2 * plan.revision + whole}")
    if since is None:
        found = _all(plan, asked)
        found = [replace(entry, status="CANCELLED") for entry in found] if cancels else found
        counts = _counts(plan, found, spans)
        events = _written(found, _style(plan, asked, common))
    else:
        changed, gone = _differences(plan, since, asked)
        changed = [] if cancels else changed
        found = [*changed, *gone]
        counts = f"What changed with revision {plan.revision}: {len(found)} entries, {len(gone)} of them cancelled."
        events = [*_written(changed, _style(plan, asked, common)), *_written(gone, _style(since, asked, common))]
    head = _head(plan, titles, method, counts)
    return as_file((*head, *_zones(plan, found), *(line for event in events for line in event), "END:VCALENDAR"))


# --- which events --------------------------------------------------------------------------------


def _all(plan: Plan, asked: _Asked) -> list[Entry]:
    return [_checked(entry) for entry in entries(plan, titles=asked.titles, spans=asked.spans)]


def _differences(plan: Plan, since: Plan, asked: _Asked) -> tuple[list[Entry], list[Entry]]:
    """Return the events that differ between two revisions, and those to cancel.

    The events of both revisions are written and compared, so every printed change is noticed. A cancelled event keeps
    its days and hours: calendars need them to find it.
    """
    old, new = _all(since, asked), _all(plan, asked)
    before, after = (_written(some, _style(one, asked, ())) for some, one in ((old, since), (new, plan)))
    known = {entry.name: event for entry, event in zip(old, before, strict=True)}
    changed = [entry for entry, event in zip(new, after, strict=True) if known.get(entry.name) != event]
    names = {entry.name for entry in new}
    gone = [replace(entry, status="CANCELLED", lines=()) for entry in old if entry.name not in names]
    if plan.revision == since.revision and (changed or gone):
        message = f"{len(changed) + len(gone)} events differ, but both plans have revision {plan.revision}"
        message = f"{message}; calendars would ignore the update: raise plan.revision"
        raise refused_argument("plan-mismatch", "since", message)
    return changed, gone


# --- the plans -----------------------------------------------------------------------------------


def _checked_plans(plan: Any, since: Any) -> tuple[Plan, Plan | None]:
    """Return the plan to write, and the one that the calendar holds, if the file is an update."""
    if type(plan) is Revision:
        since, plan = plan.before if since is None else since, plan.plan
        if since is None:
            message = "this revision was read from a file, without the plan before it; give that as `since`"
            raise refused_argument("missing-field", "since", message)
    check_type(plan, Plan, "plan")
    if since is None:
        return plan, None
    check_type(since, Plan, "since")
    if _plan_id(plan, "plan") != _plan_id(since, "since"):
        message = "the two plans have different ids; give two revisions of one plan"
        raise refused_argument("plan-mismatch", "since", message)
    if plan.revision < since.revision:
        message = f"its revision is {since.revision}, later than that of the plan ({plan.revision}); swap the two"
        raise refused_argument("plan-mismatch", "since", message)
    return plan, since


def _plan_id(plan: Plan, place: str) -> str:
    if plan.plan_id is None:
        raise refused("missing-field", f"{place}.plan_id", "events need a plan_id to be known by; plan with one")
    return plan.plan_id


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


def _style(plan: Plan, asked: _Asked, common: tuple[str, ...]) -> _Style:
    more = (*_location(plan, asked.titles), *asked.address)
    return _Style(_plan_id(plan, "plan"), common, asked.triggers, more)


def _written(found: Sequence[Entry], style: _Style) -> list[tuple[str, ...]]:
    return [tuple(_event(entry, style)) for entry in found]


def _location(plan: Plan, titles: Titles) -> tuple[str, ...]:
    name = plan.provenance.clinic.name
    return (text_line("LOCATION", name, "plan"),) if name and titles == "clinical" else ()


def _head(plan: Plan, titles: Titles, method: Method | None, counts: str) -> Iterator[str]:
    name = f"Treatment plan {plan.protocol}" if titles == "clinical" else "Appointments"
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN")
    if method:
        yield f"METHOD:{method}"
    yield text_line("X-WR-CALNAME", name, "plan.protocol")
    yield text_line("X-WR-CALDESC", (counts, PLANNING_AID), "plan")
    yield f"X-WR-TIMEZONE:{plan.time_zone}"


def _counts(plan: Plan, found: Sequence[Entry], spans: Spans) -> str:
    notes = sum(part.shape == "words" for part in parts(plan))
    dropped = len(list(entries(plan, titles="neutral", spans="all-day"))) - len(found) if spans == "none" else 0
    not_here = f"; not in this file: {notes} notes, {dropped} items of more than a day"
    return f"{len(found)} entries{not_here if notes or dropped else ''}."


def _zones(plan: Plan, found: Sequence[Entry]) -> Iterator[str]:
    """Yield a VTIMEZONE for each zone in use; UTC needs none. A file without events has the plan's zone."""
    if not found:
        day = plan.provenance.request.not_before
        yield from vtimezone(plan.time_zone, day, day)
    hours = [entry.hours for entry in found if entry.hours]
    for zone in sorted({one.time_zone for one in hours} - {"UTC"}):
        starts = [one.start.date() for one in hours if one.time_zone == zone]
        yield from vtimezone(zone, min(starts), max(starts))


def _event(entry: Entry, style: _Style) -> Iterator[str]:
    title = f"{_PREFIX[entry.status]}{entry.title}"
    uid = uuid5(NAMESPACE, checked_text(f"{style.plan_id}/{entry.name}", "plan"))
    yield from ("BEGIN:VEVENT", f"UID:{uid}", *style.common, f"STATUS:{entry.status}", "CLASS:PRIVATE")
    yield from _times(entry)
    yield text_line("SUMMARY", title, "plan")
    if entry.lines:
        yield text_line("DESCRIPTION", entry.lines, "plan")
    yield from style.more
    if entry.status != "CANCELLED":
        for trigger in style.triggers:
            alarm = ("BEGIN:VALARM", "ACTION:DISPLAY", trigger, text_line("DESCRIPTION", title, "plan"), "END:VALARM")
            yield from alarm
    yield "END:VEVENT"


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
