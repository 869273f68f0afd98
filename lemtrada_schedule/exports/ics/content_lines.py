"""Content lines of an iCalendar file: text escaped, long lines folded, CR LF at the end (RFC 5545, 3.1 and 3.3.11)."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from lemtrada_schedule.validation.arguments import refused
from lemtrada_schedule.validation.scalars import hidden_character

__all__ = ["as_file", "checked_text", "date_line", "date_time", "duration", "moment", "text_line", "time_line"]

MOST_OCTETS: Final = 75

_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def as_file(lines: Iterable[str]) -> bytes:
    """Return lines as a file in UTF-8, folded to at most 75 octets, each ending in CR LF."""
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _folded(line: str) -> str:
    if len(line) <= MOST_OCTETS and line.isascii():
        return line
    octets = line.encode()
    pieces, begins, room = [], 0, MOST_OCTETS
    while len(octets) - begins > room:
        ends = begins + room
        while octets[ends] & 0xC0 == 0x80:  # within a character: part of one is not valid UTF-8
            ends -= 1
        pieces.append(octets[begins:ends])
        begins, room = ends, MOST_OCTETS - 1  # continuation lines begin with a space
    return b"\r\n ".join([*pieces, octets[begins:]]).decode() if pieces else line


def text_line(name: str, lines: str | Iterable[str], place: str) -> str:
    """Return a text property; line breaks are kept.

    Raises:
        InvalidInput: The text holds a control, bidi or zero-width character, or half of one (`control-character`).
    """
    written = (lines,) if isinstance(lines, str) else lines
    text = "\n".join([checked_text(line, place) for line in written])
    return f"{name}:{text.translate(_ESCAPED)}"


def checked_text(text: str, place: str) -> str:
    """Return text unchanged, or refuse hidden characters: readers refuse them too, but a value may be made by hand."""
    if odd := hidden_character(text):
        raise refused("control-character", place, f"the text holds the character U+{ord(odd):04X}; remove it")
    return text


def date_line(name: str, day: dt.date) -> str:
    """Return a date property. DTEND is the day *after* the last one."""
    return f"{name};VALUE=DATE:{day.year:04d}{day.month:02d}{day.day:02d}"


def time_line(name: str, time: dt.datetime, time_zone: str) -> str:
    """Return a time property in wall time, with the IANA name of its zone.

    A wall time that the clocks show twice (or never, by newer zone data) is written in UTC: readers would have to guess
    which instant is meant.
    """
    if time_zone == "UTC" or time.replace(fold=0).utcoffset() != time.replace(fold=1).utcoffset():
        return f"{name}:{moment(time)}"
    return f"{name};TZID={time_zone}:{date_time(time)}"


def moment(time: dt.datetime) -> str:
    """Return an instant in UTC: `20270111T140000Z`."""
    return f"{date_time(time.astimezone(dt.UTC))}Z"


def date_time(time: dt.datetime) -> str:
    """Return the wall time without a zone: `20270111T090000`."""
    return f"{time.year:04d}{time.month:02d}{time.day:02d}T{time.hour:02d}{time.minute:02d}{time.second:02d}"


def duration(length: dt.timedelta) -> str:
    """Return whole minutes as `P1DT2H30M`; `PT0S` for none."""
    hours, minutes = divmod(length.seconds // 60, 60)
    days = f"{length.days}D" if length.days else ""
    clock = f"{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}"
    return f"P{days}{f'T{clock}' if clock else ''}" if length else "PT0S"
