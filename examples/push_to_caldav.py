"""Put a calendar file on a CalDAV server: `python examples/push_to_caldav.py plan.ics https://…/calendar/`.

A CalDAV server keeps one resource for each UID, so the file is taken apart, each event going with the time zones.
An event that is new is put with `If-None-Match: *`: nothing that is there already is overwritten. One that is
there is put with `If-Match` and the ETag just read, and only if its SEQUENCE is higher: what somebody else
changed in between is refused by the server, and an old file never takes back a newer plan.

Set CALDAV_USER and CALDAV_PASSWORD where the server asks for them.
"""

import base64
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

EVENT: Final = re.compile(r"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", flags=re.DOTALL)
ZONE: Final = re.compile(r"BEGIN:VTIMEZONE\r\n.*?END:VTIMEZONE\r\n", flags=re.DOTALL)
OUTCOMES: Final = ("created", "updated", "unchanged", "older", "changed meanwhile")


class Answer(NamedTuple):
    """What the server said."""

    status: int
    etag: str | None
    text: str


def ask(method: str, address: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask the server once; an answer that refuses is an answer too."""
    if not address.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        sys.exit("the address must begin with https://; a plan is nothing for an open line")
    request = Request(address, data=body.encode() if body else None, method=method, headers=dict(headers or {}))  # noqa: S310  # checked above
    if user := os.environ.get("CALDAV_USER"):
        secret = f"{user}:{os.environ.get('CALDAV_PASSWORD', '')}"
        request.add_header("Authorization", f"Basic {base64.b64encode(secret.encode()).decode()}")
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310  # checked above
            return Answer(answer.status, answer.headers.get("ETag"), answer.read().decode())
    except HTTPError as refused:
        return Answer(refused.code, None, "")


def field(event: str, name: str) -> str:
    """Return a property of an event; a long line is unfolded first."""
    found = re.search(rf"^{name}:(.*)$", event.replace("\r\n ", "").replace("\r", ""), flags=re.MULTILINE)
    return found[1] if found else ""


def objects(calendar: str) -> dict[str, str]:
    """Return the calendar object of each UID: its event with the time zones. METHOD has no place on a server."""
    zones = "".join(ZONE.findall(calendar))
    head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{field(calendar, 'PRODID')}\r\n"
    return {field(event, "UID"): f"{head}{zones}{event}END:VCALENDAR\r\n" for event in EVENT.findall(calendar)}


def push(uid: str, text: str, collection: str) -> str:
    """Put one event, and say what became of it."""
    address = f"{collection.rstrip('/')}/{quote(uid, safe='')}.ics"
    there = ask("GET", address)
    headers = {"Content-Type": "text/calendar; charset=utf-8"}
    if there.status == 200 and there.etag:
        new, old = int(field(text, "SEQUENCE") or 0), int(field(there.text, "SEQUENCE") or 0)
        if new <= old:
            return "unchanged" if new == old else "older"
        headers["If-Match"] = there.etag
    else:
        headers["If-None-Match"] = "*"
    answer = ask("PUT", address, text, headers)
    if answer.status == 412:
        return "changed meanwhile"
    if answer.status not in (200, 201, 204):
        sys.exit(f"the server refused an event with {answer.status}")
    return "updated" if "If-Match" in headers else "created"


def main() -> int:
    """Push the file; what was changed meanwhile or is newer there makes the exit code 1."""
    file, collection = sys.argv[1:]
    done = [push(uid, text, collection) for uid, text in objects(Path(file).read_bytes().decode()).items()]
    print(", ".join(f"{done.count(outcome)} {outcome}" for outcome in OUTCOMES))
    return int("older" in done or "changed meanwhile" in done)


if __name__ == "__main__":
    sys.exit(main())
