"""A plan on a CalDAV server (Radicale), brought home by vdirsyncer, shown by khal: created, moved, cancelled."""

import base64
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import Plan, to_ics
from tests.clients.conftest import PYTHON, ran
from tests.clients.plans import SMALL, STAMP, interrupted, small
from tests.support.calendar_events import uid

USER: Final = base64.b64encode(b"clinic:any").decode()
SYNC: Final = """
[general]
status_path = "{folder}/status"
[pair plan]
a = "server"
b = "here"
collections = ["plan"]
[storage server]
type = "caldav"
url = "{url}clinic/"
username = "clinic"
password = "any"
[storage here]
type = "filesystem"
path = "{folder}/calendars"
fileext = ".ics"
"""
SHOW: Final = """
[calendars]
[[plan]]
path = {folder}/calendars/plan
[sqlite]
path = {folder}/khal.db
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = {zone}
default_timezone = {zone}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Start Radicale on loopback, with an empty calendar; stop it afterwards."""
    if not (PYTHON / "radicale").exists():
        pytest.fail("radicale, vdirsyncer and khal are not installed; run tests/clients/run")
    port = free_port()
    words = [PYTHON / "radicale", "--server-hosts", f"127.0.0.1:{port}", "--auth-type", "none"]
    folder = ["--storage-filesystem-folder", str(tmp_path / "collections"), "--logging-level", "error"]
    running = subprocess.Popen([*map(str, words), *folder])
    try:
        url = f"http://127.0.0.1:{port}/"
        wait_for(port)
        yield url
    finally:
        running.terminate()
        running.wait(timeout=20)


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("radicale does not answer")


def sent(url: str, method: str, body: bytes, kind: str = "text/calendar; charset=utf-8") -> int:
    """Send one request; plain HTTP, since a CalDAV library may count SEQUENCE up by itself."""
    headers = {"Content-Type": kind, "Authorization": f"Basic {USER}"}
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310  # our own loopback address
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
        return int(answer.status)


def single(file: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut a file into calendars of one event each, as CalDAV stores them: head, zones, the event."""
    head, *events = file.split(b"BEGIN:VEVENT\r\n")
    for event in events:
        body = event.removesuffix(b"END:VCALENDAR\r\n")
        name = body.split(b"UID:")[1].split(b"\r\n")[0].decode()
        yield name, head + b"BEGIN:VEVENT\r\n" + body + b"END:VCALENDAR\r\n"


class Desk:
    """A coordinator's desk: pushes calendar files, brings the calendar home, looks at it."""

    def __init__(self, url: str, folder: Path, zone: str = "America/New_York") -> None:
        self.url, self.folder = url, folder
        (folder / "sync").write_text(SYNC.format(folder=folder, url=url), encoding="utf-8")
        (folder / "show").write_text(SHOW.format(folder=folder, zone=zone), encoding="utf-8")
        assert sent(f"{url}clinic/plan/", "MKCALENDAR", b"", "application/xml") == 201

    def push(self, file: bytes) -> list[int]:
        return [sent(f"{self.url}clinic/plan/{name}.ics", "PUT", body) for name, body in single(file)]

    def sync(self) -> list[Path]:
        words: list[str | Path] = [PYTHON / "vdirsyncer", "-c", self.folder / "sync"]
        if not (self.folder / "calendars").exists():
            yes = "y\n" * 9
            subprocess.run([*map(str, words), "discover"], input=yes, text=True, check=True, capture_output=True)
        ran(*words, "sync")
        return sorted((self.folder / "calendars" / "plan").glob("*.ics"))

    def shown(self, day: str, days: int = 1) -> list[dict[str, Any]]:
        fields = [word for name in ("uid", "title", "start", "end", "status") for word in ("--json", name)]
        lines = ran(
            PYTHON / "khal", "-c", self.folder / "show", "list", "--once", *fields, day, f"{days}d"
        ).splitlines()
        return [one for line in lines for one in json.loads(line)]


def test_created_moved_and_cancelled(server: str, tmp_path: Path) -> None:
    """Course 1 moves from Monday 11 to Monday 25 January 2027 and takes everything with it; then all of it is off."""
    desk, plan, moved = Desk(server, tmp_path), small(), small(date(2027, 1, 18), revision=1)
    first, second = to_ics(plan, stamp=STAMP), to_ics(moved, stamp=STAMP)
    last = to_ics(moved, stamp=STAMP, method="CANCEL", organizer="clinic@example.org")

    assert set(desk.push(first)) == {201}, "every event is new"
    assert len(desk.sync()) == SMALL
    assert day_of(desk, plan, "2027-01-11") == (
        "2027-01-11 09:00",
        "2027-01-11 15:00",
        "Appointment, day 1 of 5",
        "CONFIRMED",
    )

    assert set(desk.push(second)) <= {200, 201, 204}
    assert len(desk.sync()) == SMALL, "an event has been doubled"
    assert uid(plan, "course-1/day-1") not in {one["uid"] for one in desk.shown("2027-01-11")}
    assert day_of(desk, plan, "2027-01-25") == (
        "2027-01-25 09:00",
        "2027-01-25 15:00",
        "Appointment, day 1 of 5",
        "CONFIRMED",
    )
    assert {one["status"].strip() for one in desk.shown("2027-01-25", 1500)} == {"CONFIRMED"}

    desk.push(without_method(last))
    assert len(desk.sync()) == SMALL
    assert day_of(desk, plan, "2027-01-25")[2:] == ("Cancelled: Appointment, day 1 of 5", "CANCELLED")
    assert {one["status"].strip() for one in desk.shown("2026-11-01", 2000)} == {"CANCELLED"}


def without_method(file: bytes) -> bytes:
    """Return a file without its METHOD: a stored calendar object must have none (RFC 4791, 4.1)."""
    return file.replace(b"METHOD:CANCEL\r\n", b"")


def day_of(desk: Desk, plan: Plan, day: str) -> tuple[str, str, str, str]:
    (one,) = (one for one in desk.shown(day) if one["uid"] == uid(plan, "course-1/day-1"))
    return one["start"], one["end"], one["title"], one["status"].strip()


def test_an_update_file_after_three_days_of_five(server: str, tmp_path: Path) -> None:
    """What changed is pushed over what is there: nothing twice, the two days that were not given are cancelled."""
    desk, revision = Desk(server, tmp_path), interrupted()
    desk.push(to_ics(small(), stamp=STAMP))
    desk.push(to_ics(revision.plan, since=small(), stamp=STAMP))
    assert len(desk.sync()) == SMALL
    days = ("2027-01-13", "2027-01-14", "2027-01-15")
    shown = [one for day in days for one in desk.shown(day) if "Appointment, day" in one["title"]]
    assert [(one["start"][:10], one["title"], one["status"].strip()) for one in shown] == [
        ("2027-01-13", "Appointment, day 3 of 3", "CONFIRMED"),
        ("2027-01-14", "Cancelled: Appointment, day 4 of 5", "CANCELLED"),
        ("2027-01-15", "Cancelled: Appointment, day 5 of 5", "CANCELLED"),
    ]


def test_whole_days_and_clock_changes(server: str, tmp_path: Path) -> None:
    """Contraception is over with 15 May, its last day; an infusion after the clocks changed still begins at nine."""
    desk, plan = Desk(server, tmp_path), small(date(2026, 10, 29))
    desk.push(to_ics(plan, stamp=STAMP, spans="all-day"))
    desk.sync()
    (days,) = (one for one in desk.shown("2026-11-02") if one["uid"] == uid(plan, "contraception/1"))
    assert (days["start"], days["end"]) == ("2026-11-02", "2027-03-06")
    assert [one["start"] for one in desk.shown("2026-11-02", 5) if one["title"].startswith("Appointment, day")] == [
        f"2026-11-0{day} 09:00" for day in range(2, 7)
    ]


def test_one_file_is_one_calendar(server: str, tmp_path: Path) -> None:
    """Radicale takes the whole file at once as a new calendar."""
    file = to_ics(small(), stamp=STAMP)
    assert sent(f"{server}clinic/whole/", "PUT", file) == 201
    stored = list((tmp_path / "collections").rglob("whole/*.ics"))
    assert len(stored) == SMALL


def test_khal_imports_a_file_and_then_the_next(tmp_path: Path) -> None:
    """The same UIDs: nothing is there twice."""
    if not (PYTHON / "khal").exists():
        pytest.fail("khal is not installed; run tests/clients/run")
    folder = tmp_path / "calendars" / "plan"
    folder.mkdir(parents=True)
    (tmp_path / "show").write_text(SHOW.format(folder=tmp_path, zone="America/New_York"), encoding="utf-8")
    for number, one in enumerate((small(), small(date(2027, 1, 18), revision=1))):
        path = tmp_path / f"{number}.ics"
        path.write_bytes(to_ics(one, stamp=STAMP))
        ran(PYTHON / "khal", "-c", tmp_path / "show", "import", "--batch", "-a", "plan", path)
        assert len(list(folder.glob("*.ics"))) == SMALL
