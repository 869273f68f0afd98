"""Put calendar files into the Evolution data server, one after the other, and print what is in it after each, as JSON.

Runs in Debian's own Python, in a D-Bus session and a home of its own. `import` creates what is new and changes what is
known, as a file import does; `receive` hands the file over as mail does, by its method.

usage: evolution_calendar.py import|receive FILE…
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gi  # type: ignore[import-not-found]  # Debian's; not in reach of the library's interpreter

gi.require_version("EDataServer", "1.2")
gi.require_version("ECal", "2.0")
gi.require_version("ICalGLib", "3.0")
from gi.repository import ECal, EDataServer, ICalGLib  # type: ignore[import-not-found] # noqa: E402  # the versions must be asked for first


def connected() -> Any:
    source = EDataServer.SourceRegistry.new_sync(None).ref_builtin_calendar()
    return ECal.Client.connect_sync(source, ECal.ClientSourceType.EVENTS, 30, None)


def parts(calendar: Any, kind: Any) -> Iterator[Any]:
    part = calendar.get_first_component(kind)
    while part is not None:
        yield part
        part = calendar.get_next_component(kind)


def imported(client: Any, calendar: Any) -> dict[str, int]:
    for part in parts(calendar, ICalGLib.ComponentKind.VTIMEZONE_COMPONENT):
        zone = ICalGLib.Timezone.new()
        zone.set_component(part.clone())
        client.add_timezone_sync(zone, None)
    known = {one["uid"] for one in stored(client)}
    events = [part.clone() for part in parts(calendar, ICalGLib.ComponentKind.VEVENT_COMPONENT)]
    new = [event for event in events if event.get_uid() not in known]
    old = [event for event in events if event.get_uid() in known]
    flags = ECal.OperationFlags.NONE
    if new:
        client.create_objects_sync(new, flags, None)
    if old:
        client.modify_objects_sync(old, ECal.ObjModType.ALL, flags, None)
    return {"created": len(new), "modified": len(old)}


def received(client: Any, calendar: Any) -> dict[str, int]:
    client.receive_objects_sync(calendar, ECal.OperationFlags.NONE, None)
    return {}


def stored(client: Any) -> list[dict[str, object]]:
    return [seen(part) for part in client.get_object_list_sync("#t", None)[1]]


def seen(part: Any) -> dict[str, object]:
    return {
        "uid": part.get_uid(),
        "sequence": part.get_sequence(),
        "start": part.get_dtstart().as_ical_string(),
        "end": part.get_dtend().as_ical_string(),
        "status": part.get_first_property(ICalGLib.PropertyKind.STATUS_PROPERTY).get_value_as_string(),
        "title": part.get_summary(),
        "alarms": sum(1 for _ in parts(part, ICalGLib.ComponentKind.VALARM_COMPONENT)),
    }


def found(client: Any, begins: str, ends: str) -> list[str]:
    """Return the UIDs of the events that the server finds between two instants."""
    query = f'(occur-in-time-range? (make-time "{begins}") (make-time "{ends}"))'
    return [part.get_uid() for part in client.get_object_list_sync(query, None)[1]]


def main(way: str, files: list[str]) -> None:
    client = connected()
    for path in files:
        calendar = ICalGLib.Component.new_from_string(Path(path).read_bytes().decode())
        counts = imported(client, calendar) if way == "import" else received(client, calendar)
        at_nine = found(client, "20270111T140000Z", "20270111T140100Z")
        print(json.dumps({**counts, "stored": stored(client), "at nine": at_nine}))  # noqa: T201  # its answer


main(sys.argv[1], sys.argv[2:])
