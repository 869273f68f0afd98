"""A calendar that imports files as clients do, written from RFC 5545 and RFC 5546 and from nothing of the library.

For each UID it holds one event. Of two events with one UID the one with the higher SEQUENCE counts, and of equal ones
the later DTSTAMP (RFC 5546, 2.1.5). An event with STATUS:CANCELLED, or in a file with METHOD:CANCEL, is taken away;
the calendar remembers the number under which it went, so that an older file does not bring it back.
"""

from dataclasses import dataclass, field
from typing import Final

from tests.support.ical_lines import Component, read_calendar

__all__ = ["CalendarClient", "Content", "content_of", "sequence_of"]

Content = tuple[object, ...]
NOT_CONTENT: Final = frozenset({"DTSTAMP", "LAST-MODIFIED", "SEQUENCE"})
"""When and for the how-manieth time it was written, not what it says."""


def content_of(part: Component) -> Content:
    """Return all that an event says, its alarms included, in an order of its own."""
    own = sorted((one.name, sorted(one.parameters.items()), one.value) for one in part.properties)
    said = tuple((name, *parameters, value) for name, parameters, value in own if name not in NOT_CONTENT)
    return part.kind, said, tuple(content_of(one) for one in part.parts)


def sequence_of(event: Component) -> int:
    """Return the number of a version; an event without one has 0 (RFC 5545, 3.8.7.4)."""
    return int(event.get("SEQUENCE") or 0)


@dataclass
class CalendarClient:
    """What somebody's calendar holds."""

    held: dict[str, Component] = field(default_factory=dict)
    gone: dict[str, Component] = field(default_factory=dict)

    def imports(self, file: bytes) -> "CalendarClient":
        """Take in a file, and return this calendar."""
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
        """What is to be seen, by UID."""
        return {uid: content_of(event) for uid, event in self.held.items()}


def version_of(event: Component) -> tuple[int, str]:
    return sequence_of(event), event["DTSTAMP"].value
