"""The example that pushes to CalDAV, against Radicale on loopback: create, leave alone, update, and refuse."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import Request, urlopen
from uuid import UUID, uuid5

import pytest

from lemtrada_schedule import History, plan_treatment, read_clinic, replan, to_ics
from tests.support.entry_points import small_protocol

ROOT: Final = Path(__file__).parents[2]
EVENT: Final = (
    "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261122T120000Z\r\nDTSTART:{day}T140000Z\r\nDTEND:{day}T200000Z\r\n"
    "SEQUENCE:{sequence}\r\nSUMMARY:Appointment\r\n{more}END:VEVENT\r\n"
)
LONG: Final = "0f8e7c4a-1111-5222-8333-" + "9" * 60


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start Radicale, make a calendar, and stop it at the end."""
    port = free_port()
    folder = tmp_path_factory.mktemp("radicale")
    command = [
        *(sys.executable, "-m", "radicale", "--config", os.devnull, "--server-hosts", f"127.0.0.1:{port}"),
        *("--storage-filesystem-folder", str(folder), "--auth-type", "none", "--logging-level", "error"),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/clinic/plans/"
    try:
        wait_for(address)
        made = Request(address, method="MKCALENDAR", headers={"Authorization": "Basic Y2xpbmljOng="})
        with urlopen(made, timeout=10) as answer:
            assert answer.status == 201
        yield address
    finally:
        server.terminate()
        server.wait(10)


def wait_for(address: str) -> None:
    for _ in range(100):
        try:
            with urlopen(address.removesuffix("clinic/plans/"), timeout=5):
                return
        except URLError:
            time.sleep(0.1)
    pytest.fail("Radicale did not start")


def push(folder: Path, collection: str, *events: tuple[str, str, int], more: str = "") -> tuple[int, str]:
    """Push events, each given by UID, day and sequence; return the exit code and what was printed."""
    written = "".join(EVENT.format(uid=uid, day=day, sequence=number, more=more) for uid, day, number in events)
    whole = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nMETHOD:PUBLISH\r\n{written}END:VCALENDAR\r\n"
    return push_file(folder, collection, whole.encode())


def push_file(folder: Path, collection: str, calendar: bytes) -> tuple[int, str]:
    """Push a calendar file; return the exit code and what was printed."""
    (folder / "plan.ics").write_bytes(calendar)
    command = [sys.executable, "examples/push_to_caldav.py", str(folder / "plan.ics"), collection]
    who = {"CALDAV_USER": "clinic", "CALDAV_PASSWORD": "x"}
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | who, capture_output=True, check=False, text=True)
    return ran.returncode, (ran.stdout or ran.stderr).strip()


def stored(collection: str, uid: str) -> str:
    request = Request(f"{collection}{uid}.ics", headers={"Authorization": "Basic Y2xpbmljOng="})
    with urlopen(request, timeout=10) as answer:
        return str(answer.read().decode())


def told(**counts: int) -> str:
    names = ("created", "updated", "unchanged", "older", "changed meanwhile")
    return ", ".join(f"{counts.get(name.replace(' ', '_'), 0)} {name}" for name in names)


def test_caldav_create_leave_update_refuse(collection: str, tmp_path: Path) -> None:
    first = [("day-1", "20270111", 0), ("day-2", "20270112", 0), ("day-3", "20270113", 0)]
    assert push(tmp_path, collection, *first) == (0, told(created=3))
    assert push(tmp_path, collection, *first) == (0, told(unchanged=3))
    moved = [("day-1", "20270111", 0), ("day-2", "20270113", 1), ("day-4", "20270114", 1)]
    assert push(tmp_path, collection, *moved) == (0, told(created=1, updated=1, unchanged=1))
    assert "DTSTART:20270113T140000Z" in stored(collection, "day-2")
    assert push(tmp_path, collection, *first) == (1, told(unchanged=2, older=1))
    assert "DTSTART:20270113T140000Z" in stored(collection, "day-2")


def test_caldav_each_event_is_a_resource_of_its_own_without_a_method(collection: str, tmp_path: Path) -> None:
    assert push(tmp_path, collection, ("one", "20270111", 0), ("two", "20270112", 0)) == (0, told(created=2))
    assert stored(collection, "one").count("BEGIN:VEVENT") == 1
    assert "METHOD" not in stored(collection, "one")


def test_caldav_a_folded_uid_is_whole(collection: str, tmp_path: Path) -> None:
    folded = f"{LONG[:60]}\r\n {LONG[60:]}"
    assert push(tmp_path, collection, (folded, "20270111", 0)) == (0, told(created=1))
    assert "SEQUENCE:0" in stored(collection, LONG)


def test_caldav_an_open_line_is_refused(tmp_path: Path) -> None:
    code, said = push(tmp_path, "http://calendar.example/plans/", ("one", "20270111", 0))
    assert code == 1
    assert said == "the address must begin with https://; a plan is nothing for an open line"


def test_caldav_takes_a_plan_and_its_update(collection: str, tmp_path: Path) -> None:
    """One course, given a week late, its hours not on record: two whole days, each in the place of the old one."""
    us, boston = small_protocol(), read_clinic(ROOT / "examples" / "boston.toml")
    plan = plan_treatment(us, boston, not_before=date(2027, 1, 11), courses=1, plan_id="caldav-1")
    made = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    first = to_ics(plan, stamp=made)
    events = first.count(b"BEGIN:VEVENT")
    assert push_file(tmp_path, collection, first) == (0, told(created=events))
    given = History.from_dates(["2027-01-18", "2027-01-19"])
    revision = replan(plan, us, boston, history=given, as_of=date(2027, 1, 22))
    update = to_ics(revision.plan, since=plan, stamp=made)
    code, said = push_file(tmp_path, collection, update)
    assert (code, said) == (0, told(updated=update.count(b"BEGIN:VEVENT")))
    day = uuid5(UUID("f9ad920d-87e2-4382-a8ca-a7ac25c2eb1f"), "caldav-1/course-1/day-1")
    on_server = stored(collection, str(day))
    assert "DTSTART;VALUE=DATE:20270118" in on_server
    assert "SEQUENCE:2" in on_server
