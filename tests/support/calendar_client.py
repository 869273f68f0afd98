"""A calendar client that imports iCalendar files, written from RFC 5545 and RFC 5546 without code of the library.

It keeps one event for each UID. Of two events with the same UID it keeps the one with the higher SEQUENCE, or the later
DTSTAMP if those are equal (RFC 5546, 2.1.5). An event with STATUS:CANCELLED, or in a file with METHOD:CANCEL, is
removed, and its version remembered, so that an older file cannot restore it.
"""

from dataclasses import dataclass, field
from typing import Final

from tests.support.ical_lines import Component, read_calendar

__all__ = ["CalendarClient", "Content", "content_of", "sequence_of"]

Content = tuple[object, ...]
NOT_CONTENT: Final = frozenset({"DTSTAMP", "LAST-MODIFIED", "SEQUENCE"})
"""Properties of the version of an event, which are not part of its content."""


def content_of(part: Component) -> Content:
    """Return the sorted content of an event, with its alarms, without version and timestamp."""
    said = tuple([(name, *more, value) for name, more, value in part.sorted_lines if name not in NOT_CONTENT])
    return part.kind, said, tuple([content_of(one) for one in part.parts])


def sequence_of(event: Component) -> int:
    """Return the number of a version; an event without one has 0 (RFC 5545, 3.8.7.4)."""
    return int(event.get("SEQUENCE") or 0)


@dataclass
class CalendarClient:
    """A calendar and the events that it shows after each import."""

    held: dict[str, Component] = field(default_factory=dict)
    gone: dict[str, Component] = field(default_factory=dict)

    def imports(self, file: bytes) -> "CalendarClient":
        """Import a file and return this calendar."""
        calendar = read_calendar(file)
        for event in calendar.all("VEVENT"):
            uid = event["UID"].value
            known = self.held.get(uid) or self.gone.get(uid)
            if known is not None and version_of(known) > version_of(event):
                continue
            self.held.pop(uid, None)
            self.gone.pop(uid, None)
            cancelled = calendar.get("METHOD") == "CANCEL" or event.get("STATUS") == "CANCELLED"
            (self.gone if cancelled else self.held)[uid] = event
        return self

    @property
    def shows(self) -> dict[str, Content]:
        """The content of each visible event, by UID."""
        return {uid: content_of(event) for uid, event in self.held.items()}


def version_of(event: Component) -> tuple[int, str]:
    """Return SEQUENCE and DTSTAMP, by which two versions of an event are compared."""
    return sequence_of(event), event["DTSTAMP"].value
