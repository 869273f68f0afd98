"""The example service on PostgreSQL, and its pages in Chromium; both are from Debian."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import psycopg
import pytest

from lemtrada_schedule import read_clinic
from tests.support.service_load import ROOT, Server, check_that_everything_is_there_once, load, prepare, running

pytestmark = pytest.mark.debian

OWNER: Final = "postgres"
"""PostgreSQL refuses to run as root; Debian's package brings this user."""


def program(name: str) -> Path:
    """Return a program of the newest PostgreSQL that Debian has installed."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip("postgresql from Debian is not installed; the example service was NOT shown on PostgreSQL")
    return found[-1]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL server of our own on loopback, and yield the URL of its database."""
    server, initdb = program("postgres"), program("initdb")
    user = OWNER if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        if user:
            shutil.chown(folder, user)
        options = ("--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--no-locale")
        subprocess.run([initdb, "-D", f"{folder}/data", *options], check=True, capture_output=True, user=user, cwd="/")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        settings = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", str(port))
        with subprocess.Popen(
            [server, "-D", f"{folder}/data", *settings], user=user, cwd="/", stderr=subprocess.DEVNULL
        ) as process:
            try:
                wait_for(port)
                yield f"postgresql+psycopg://{OWNER}@127.0.0.1:{port}/postgres"
            finally:
                process.send_signal(signal.SIGINT)


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user={OWNER} dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("PostgreSQL did not start within 20 seconds")


@pytest.fixture(scope="module")
def on_postgres(postgres: str) -> Iterator[Server]:
    with running(postgres) as server:
        yield server


def test_two_hundred_requests_at_once_and_a_killed_process_lose_nothing_on_postgresql(on_postgres: Server) -> None:
    prepare(on_postgres)
    outcomes = asyncio.run(load(on_postgres))
    assert outcomes["stale"] > 0
    assert outcomes["interrupted"] > 0
    check_that_everything_is_there_once(on_postgres)


async def put_at_once(address: str, paths: list[str]) -> list[int]:
    async with httpx2.AsyncClient(base_url=address, timeout=60) as client:
        answers = await asyncio.gather(*(client.put(path, json={}) for path in paths))
    return sorted(answer.status_code for answer in answers)


def test_a_new_patient_belongs_to_one_clinic_whoever_is_first(on_postgres: Server) -> None:
    """No clinic waits for another one's lock, so the database itself must refuse all but the first."""
    names = [f"clinic-{number}" for number in range(10)]
    with httpx2.Client(base_url=on_postgres.address) as client:
        for name in names:
            client.put(f"/clinics/{name}", json={"revision": 0, "clinic": boston()}).raise_for_status()
    statuses = asyncio.run(put_at_once(on_postgres.address, [f"/clinics/{name}/patients/new" for name in names]))
    assert statuses == [200, *[409] * 9]


# --- Chromium ------------------------------------------------------------------------------------


def boston() -> dict[str, Any]:
    clinic = read_clinic(ROOT / "examples" / "boston.toml").model_copy(update={"protocol": "us-2024-05"})
    return clinic.model_dump(mode="json")


@pytest.fixture(scope="module")
def report(node: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return what Chromium says of the worklist and of the sheet."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium from Debian is not installed; the pages of the service were NOT shown")
    with running(f"sqlite:///{tmp_path_factory.mktemp('service') / 'clinic.db'}") as server:
        with httpx2.Client(base_url=server.address) as client:
            client.put("/clinics/north", json={"revision": 0, "clinic": boston()}).raise_for_status()
            client.put("/clinics/north/patients/p-1", json={}).raise_for_status()
            asked = {"revision": 1, "request_id": "a", "not_before": "2060-01-12", "courses": 1}
            client.post("/patients/p-1/plan", json=asked).raise_for_status()
        pages = ("/clinics/north/worklist.html?first_day=2060-01-12&last_day=2060-01-16", "/patients/p-1/sheet")
        told: list[dict[str, Any]] = json.loads(
            node("service_page.mjs", chromium, *(server.address + page for page in pages))
        )
    return told


def test_the_browser_loads_the_page_alone(report: list[dict[str, Any]]) -> None:
    """Nothing else is asked for, and the policy lets the page's own style through."""
    for told in report:
        assert (told["status"], len(told["requests"]), told["console"]) == (200, 1, [])
        assert told["collapsed"] == "collapse"


def test_the_worklist_shows_the_week(report: list[dict[str, Any]]) -> None:
    """12 January 2060 is a Monday: five infusion days, by neutral titles."""
    worklist = report[0]
    assert (worklist["title"], worklist["heading"]) == ("Worklist", "Worklist")
    infusions = [row for row in worklist["rows"] if row[3].startswith("Appointment")]
    assert [row[0] for row in infusions] == [f"2060-01-{day}" for day in range(12, 17)]
    assert {(row[2], row[4]) for row in infusions} == {("p-1", "planned")}
    roles = [role for role, _ in worklist["roles"]]
    assert roles.count("columnheader") == 5
    assert "main" in roles


def test_the_sheet_is_a_page_with_the_course(report: list[dict[str, Any]]) -> None:
    sheet = report[1]
    assert (sheet["heading"], sheet["sections"]) == ("My calendar", 1)
    assert "Monday 12 January 2060" in sheet["words"]
