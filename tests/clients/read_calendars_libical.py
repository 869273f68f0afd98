"""Read calendar files with libical, and print what it sees, as JSON. Runs in Debian's own Python.

usage: read_calendars_libical.py FILE…
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gi  # type: ignore[import-not-found]  # Debian's; not in reach of the library's interpreter

gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib  # type: ignore[import-not-found] # noqa: E402  # the version must be asked for first


def written(time: Any) -> str:
    zone = ICalGLib.Timezone.get_utc_timezone()
    return str(time.as_ical_string() if time.is_date() else time.convert_to_zone(zone).as_ical_string())


def event_of(part: Any) -> dict[str, object]:
    return {
        "uid": part.get_uid(),
        "sequence": part.get_sequence(),
        "start": written(part.get_dtstart()),
        "end": written(part.get_dtend()),
        "status": part.get_first_property(ICalGLib.PropertyKind.STATUS_PROPERTY).get_value_as_string(),
        "title": part.get_summary(),
        "text": part.get_description(),
    }


def events_of(calendar: Any) -> Iterator[Any]:
    kind = ICalGLib.ComponentKind.VEVENT_COMPONENT
    part = calendar.get_first_component(kind)
    while part is not None:
        yield part
        part = calendar.get_next_component(kind)


def seen_in(path: str) -> dict[str, object]:
    calendar = ICalGLib.Component.new_from_string(Path(path).read_bytes().decode())
    return {
        "events": [event_of(part) for part in events_of(calendar)],
        "errors": calendar.count_errors(),
        "keeps to its method": bool(ICalGLib.restriction_check(calendar)),
    }


print(json.dumps({path: seen_in(path) for path in sys.argv[1:]}))  # noqa: T201  # its answer
