"""The example service as a process of its own, and a crowd of clients that ask it at once while it is killed."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from lemtrada_schedule import History, Plan, read_clinic

__all__ = ["Server", "check_that_everything_is_there_once", "load", "prepare", "running"]

ROOT: Final = Path(__file__).parents[2]
PATIENTS: Final = 64
PLANNED: Final = 8
"""So many patients are planned, with two chairs."""
RECORDS: Final = 3
"""Tests recorded of each patient: 8 + 64 × 3 = 200 requests at once."""
KILLED_AFTER: Final = 60
"""After so many answers the process is killed."""


@dataclass
class Server:
    """The service on a free port of the loopback address, with a database that outlives the process."""

    url: str
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """The address of the service."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process by the documented command."""
        command = ["uvicorn", "examples.clinic_service.app:app", "--no-access-log", "--log-level", "error"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command, "--port", str(self.port)],
            cwd=ROOT,
            env={**os.environ, "CLINIC_SERVICE_DATABASE": self.url},
        )

    def wait(self) -> None:
        """Wait until the process answers."""
        for _ in range(600):
            try:
                httpx2.get(f"{self.address}/cds-services").raise_for_status()
            except httpx2.TransportError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("the service did not start within 30 seconds")

    def kill(self) -> None:
        """End the process at once, as a power failure does: it gets no chance to finish anything."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@contextmanager
def running(url: str) -> Iterator[Server]:
    """Start the service with the database at a URL, yield it, and kill it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(url, port)
    server.start()
    try:
        server.wait()
        yield server
    finally:
        server.kill()


@dataclass
class Crowd:
    """Clients that ask at once. Each sends its request until it is answered, as a client that must not lose it does."""

    server: Server
    client: httpx2.AsyncClient
    answered: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    outcomes: Counter[str] = field(default_factory=Counter)

    async def sends(self, patient: str, what: str, request_id: str, **body: Any) -> None:
        """Send a change until it is stored. After a conflict, read the patient's revision again."""
        revision = 1
        while True:
            asked = {"revision": revision, "request_id": request_id, **body}
            try:
                answer = await self.client.post(f"/patients/{patient}/{what}", json=asked)
                if answer.status_code == 409:
                    self.outcomes["stale"] += 1
                    revision = (await self.client.get(f"/patients/{patient}")).json()["revision"]
                    continue
            except httpx2.TransportError:
                self.outcomes["interrupted"] += 1
                await asyncio.sleep(0.1)
                continue
            assert answer.status_code == 200, answer.text
            self.answered += 1
            if self.answered == KILLED_AFTER:
                self.enough.set()
            return

    async def kill_and_restart(self) -> None:
        """Kill the process under load, and start it again."""
        await self.enough.wait()
        self.server.kill()
        self.server.start()


def name(number: int) -> str:
    return f"p-{number:02}"


def day_of(number: int) -> str:
    return f"2025-0{number + 1}-03"


async def load(server: Server) -> Counter[str]:
    """Send 200 requests at once, and kill the process in between."""
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx2.AsyncClient(base_url=server.address, limits=limits, timeout=60) as client:
        crowd = Crowd(server, client)
        plans = [
            crowd.sends(name(one), "plan", "plan", not_before="2060-01-12", courses=1, protocol="us-2024-05")
            for one in range(PLANNED)
        ]
        tests = [
            crowd.sends(name(one), "tests", f"t-{day}", record={"date": day_of(day), "code": "blood-count"})
            for day in range(RECORDS)
            for one in range(PATIENTS)
        ]
        assert len(plans) + len(tests) == 200
        await asyncio.gather(*plans, *tests, crowd.kill_and_restart())
        return crowd.outcomes


def prepare(server: Server) -> None:
    """Store a clinic with two chairs, and patients without plans."""
    clinic = read_clinic(ROOT / "examples" / "boston.toml").model_copy(update={"chairs": 2})
    with httpx2.Client(base_url=server.address) as client:
        body = {"revision": 0, "clinic": clinic.model_dump(mode="json")}
        client.put("/clinics/north", json=body).raise_for_status()
        for one in range(PATIENTS):
            client.put(f"/clinics/north/patients/{name(one)}", json={}).raise_for_status()


def check_that_everything_is_there_once(server: Server) -> None:
    """Check that each request was stored, and none of them twice."""
    booked: Counter[object] = Counter()
    with httpx2.Client(base_url=server.address) as client:
        assert client.get("/clinics/north/patients").json() == [name(one) for one in range(PATIENTS)]
        for one in range(PATIENTS):
            told = client.get(f"/patients/{name(one)}").json()
            assert told["revision"] == 1 + RECORDS + (one < PLANNED)
            history = History.model_validate(client.get(f"/patients/{name(one)}/history").json())
            assert sorted(test.date.isoformat() for test in history.observations) == list(map(day_of, range(RECORDS)))
            if one < PLANNED:
                plan = Plan.model_validate(client.get(f"/patients/{name(one)}/plan").json())
                booked.update(day.date for day in plan.infusion_days)
    assert sum(booked.values()) == 5 * PLANNED
    assert max(booked.values()) == 2  # no chair is taken twice
