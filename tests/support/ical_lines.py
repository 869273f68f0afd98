"""A strict reader of iCalendar files (RFC 5545), without code of the library or of any other: an oracle for tests.

It fails on a line that is too long, does not end with CR LF, or holds a control character.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property, lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

__all__ = ["Component", "Property", "read_calendar"]

ESCAPES: Final = {"\\\\": "\\", "\\;": ";", "\\,": ",", "\\n": "\n", "\\N": "\n"}
LINE: Final = re.compile(r"(?P<name>[A-Z-]+)(?P<parameters>(;[A-Z-]+=[^;:,\"]+)*):(?P<value>.*)", re.DOTALL)


CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
ESCAPED_TEXT: Final = re.compile(r"([^\\;,]|\\[\\;,nN])*", re.DOTALL)


class Property(NamedTuple):
    """A content line: its name, its parameters and its value as written."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as text, its escapes resolved from left to right; a bare `;` or `,` fails."""
        assert ESCAPED_TEXT.fullmatch(self.value), "not escaped"
        return re.sub(r"\\[\\;,nN]", lambda escaped: ESCAPES[escaped[0]], self.value)

    @property
    def day(self) -> date:
        """The value as a day."""
        assert self.parameters == {"VALUE": "DATE"}
        return _moment(self.value, "%Y%m%d").date()

    @property
    def instant(self) -> datetime:
        """The value as an instant in UTC; floating time fails."""
        if self.value.endswith("Z"):
            assert not self.parameters
            return _moment(self.value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return self.wall.replace(tzinfo=ZoneInfo(self.parameters["TZID"])).astimezone(UTC)

    @property
    def wall(self) -> datetime:
        """The value as the clocks show it."""
        return _moment(self.value, "%Y%m%dT%H%M%S")


@cache
def _moment(written: str, form: str) -> datetime:
    return datetime.strptime(written, form)


@dataclass
class Component:
    """The content of a component between BEGIN and END."""

    kind: str
    properties: list[Property] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    @cached_property
    def by_name(self) -> dict[str, list[Property]]:
        """The properties of each name; asked for when all are read."""
        found: dict[str, list[Property]] = {}
        for one in self.properties:
            found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def sorted_lines(self) -> list[tuple[str, list[tuple[str, str]], str]]:
        """Name, parameters and value of each property, sorted; asked for when all are read."""
        return sorted((one.name, sorted(one.parameters.items()), one.value) for one in self.properties)

    def __getitem__(self, name: str) -> Property:
        """Return the one property of a name."""
        (found,) = self.by_name.get(name, [])
        return found

    def get(self, name: str) -> str | None:
        """Return the written value of a property that may be absent."""
        return self[name].value if name in self.by_name else None

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
    assert max(map(len, lines)) <= 75, "a line is too long"
    assert not CONTROL.search("".join([line.decode("utf-8") for line in lines])), "a control character"
    return lines  # each line is decoded by itself: no character may be cut


def _properties(file: bytes) -> Iterator[Property]:
    for line in b"\r\n".join(physical_lines(file)).replace(b"\r\n ", b"").decode("utf-8").split("\r\n"):
        read = LINE.fullmatch(line)
        assert read, f"no content line: {line!r}"
        name, parameters, value = read.group("name", "parameters", "value")
        pairs = [pair.split("=", 1) for pair in parameters.split(";")[1:]] if parameters else ()
        yield Property(name, dict(pairs), value)


@lru_cache(maxsize=64)
def read_calendar(file: bytes) -> Component:
    """Return the one calendar of a file; no test changes what it is given."""
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
