"""A strict reader of iCalendar files (RFC 5545), without code of the library or of any other: an oracle for tests.

It fails on a line that is too long, does not end with CR LF, or holds a control character.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["Component", "Property", "read_calendar"]

ESCAPES: Final = {"\\\\": "\\", "\\;": ";", "\\,": ",", "\\n": "\n", "\\N": "\n"}
LINE: Final = re.compile(r"(?P<name>[A-Z-]+)(?P<parameters>(;[A-Z-]+=[^;:,\"]+)*):(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True)
class Property:
    """A content line: its name, its parameters and its value as written."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as text, its escapes resolved from left to right; a bare `;` or `,` fails."""
        assert re.fullmatch(r"([^\\;,]|\\[\\;,nN])*", self.value, re.DOTALL), "not escaped"
        return re.sub(r"\\[\\;,nN]", lambda escaped: ESCAPES[escaped[0]], self.value)

    @property
    def day(self) -> date:
        """The value as a day."""
        assert self.parameters == {"VALUE": "DATE"}
        return datetime.strptime(self.value, "%Y%m%d").date()

    @property
    def instant(self) -> datetime:
        """The value as an instant in UTC; floating time fails."""
        if self.value.endswith("Z"):
            assert not self.parameters
            return datetime.strptime(self.value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return self.wall.replace(tzinfo=ZoneInfo(self.parameters["TZID"])).astimezone(UTC)

    @property
    def wall(self) -> datetime:
        """The value as the clocks show it."""
        return datetime.strptime(self.value, "%Y%m%dT%H%M%S")


@dataclass
class Component:
    """The content of a component between BEGIN and END."""

    kind: str
    properties: list[Property] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def __getitem__(self, name: str) -> Property:
        """Return the one property of a name."""
        (found,) = (one for one in self.properties if one.name == name)
        return found

    def get(self, name: str) -> str | None:
        """Return the written value of a property that may be absent."""
        return self[name].value if any(one.name == name for one in self.properties) else None

    def all(self, kind: str) -> list["Component"]:
        """Return the parts of a kind."""
        return [part for part in self.parts if part.kind == kind]

    @property
    def days(self) -> tuple[date, date]:
        """First and last day of an event of whole days, both included."""
        return self["DTSTART"].day, self["DTEND"].day - timedelta(days=1)

    @property
    def hours(self) -> tuple[datetime, datetime]:
        """Start and end of an event by the clock, in UTC."""
        return self["DTSTART"].instant, self["DTEND"].instant

    @property
    def is_by_the_clock(self) -> bool:
        """Whether it has clock times."""
        return "VALUE" not in self["DTSTART"].parameters


def physical_lines(file: bytes) -> list[bytes]:
    """Return the physical lines of a file; fail if one of them breaks a rule for lines."""
    assert file.endswith(b"\r\n")
    lines = file[:-2].split(b"\r\n")
    for line in lines:
        assert len(line) <= 75, "a line is too long"
        line.decode("utf-8")  # each by itself: no character may be cut
        assert not re.search(rb"[\x00-\x1f\x7f]", line), "a control character"
    return lines


def _properties(file: bytes) -> Iterator[Property]:
    for line in b"\r\n".join(physical_lines(file)).replace(b"\r\n ", b"").decode("utf-8").split("\r\n"):
        read = LINE.fullmatch(line)
        assert read, f"no content line: {line!r}"
        pairs = (pair.split("=", 1) for pair in read["parameters"].split(";")[1:])
        yield Property(read["name"], dict(pairs), read["value"])


def read_calendar(file: bytes) -> Component:
    """Return the one calendar of a file."""
    outside = Component("")
    around = [outside]
    for line in _properties(file):
        if line.name == "BEGIN":
            part = Component(line.value)
            around[-1].parts.append(part)
            around.append(part)
        elif line.name == "END":
            assert around.pop().kind == line.value
        else:
            around[-1].properties.append(line)
    assert around == [outside], "something is not ended"
    (calendar,) = outside.parts
    assert not outside.properties
    assert calendar.kind == "VCALENDAR"
    return calendar
