"""The calendar feed of the example service in a real client: vdirsyncer subscribes to it, and khal shows it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from lemtrada_schedule import read_clinic
from tests.clients.conftest import PYTHON, ran
from tests.support.service_load import ROOT, Server, running

SUBSCRIBE: Final = """
[general]
status_path = "{folder}/status"
[pair clinic]
a = "feed"
b = "here"
collections = null
conflict_resolution = "a wins"
[storage feed]
type = "http"
url = "{feed}"
[storage here]
type = "filesystem"
path = "{folder}/calendar"
fileext = ".ics"
"""
SHOW: Final = """
[calendars]
[[clinic]]
path = {folder}/calendar
[sqlite]
path = {folder}/khal.db
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = America/New_York
default_timezone = America/New_York
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if not (PYTHON / "vdirsyncer").exists():
        pytest.fail("vdirsyncer and khal are not installed; run tests/clients/run")
    with running(f"sqlite:///{tmp_path / 'clinic.db'}") as server:
        yield server


def boston(closed: tuple[str, ...] = ()) -> dict[str, Any]:
    clinic = read_clinic(ROOT / "examples" / "boston.toml").model_copy(update={"protocol": "us-2024-05"})
    closures = [{"date": day, "reason": "Renovation"} for day in closed]
    return {**clinic.model_dump(mode="json"), "closures": closures}


def put_clinic(client: httpx2.Client, revision: int, closed: tuple[str, ...] = ()) -> str:
    answer = client.put("/clinics/north", json={"revision": revision, "clinic": boston(closed)})
    return str(answer.raise_for_status().json()["feed"])


def put_plan(client: httpx2.Client, name: str, not_before: str) -> None:
    client.put(f"/clinics/north/patients/{name}", json={}).raise_for_status()
    asked = {"revision": 1, "request_id": "a", "not_before": not_before, "courses": 1}
    client.post(f"/patients/{name}/plan", json=asked).raise_for_status()


class Subscriber:
    """A person who subscribed to the clinic's calendar."""

    def __init__(self, feed: str, folder: Path) -> None:
        self.folder = folder
        (folder / "calendar").mkdir()
        (folder / "sync").write_text(SUBSCRIBE.format(folder=folder, feed=feed), encoding="utf-8")
        (folder / "show").write_text(SHOW.format(folder=folder), encoding="utf-8")
        words = [str(PYTHON / "vdirsyncer"), "-c", str(folder / "sync"), "discover"]
        subprocess.run(words, input="y\n" * 9, text=True, check=True, capture_output=True)

    def appointments(self, day: str) -> list[str]:
        """Bring the calendar up to date, and return when infusions begin on a day, and whose."""
        ran(PYTHON / "vdirsyncer", "-c", self.folder / "sync", "sync")
        form = "{start-time} {title}"
        shown = ran(PYTHON / "khal", "-c", self.folder / "show", "list", "--once", "--format", form, day, "1d")
        return sorted(line for line in shown.splitlines() if ": Appointment, day" in line)


def test_a_subscriber_sees_all_patients_and_what_moves(server: Server, tmp_path: Path) -> None:
    """12 January 2060 is a Monday. It closes, and the week after begins with a holiday: on to Monday the 26th."""
    with httpx2.Client(base_url=server.address, timeout=60) as client:
        feed = put_clinic(client, 0)
        put_plan(client, "p-1", "2060-01-12")
        put_plan(client, "p-2", "2060-01-26")
        subscriber = Subscriber(f"{server.address}{feed}", tmp_path)
        assert subscriber.appointments("2060-01-12") == ["09:00 p-1: Appointment, day 1 of 5"]
        assert subscriber.appointments("2060-01-26") == ["09:00 p-2: Appointment, day 1 of 5"]
        put_clinic(client, 1, closed=("2060-01-12",))
        assert subscriber.appointments("2060-01-12") == []
        assert subscriber.appointments("2060-01-26") == [
            "09:00 p-1: Appointment, day 1 of 5",
            "09:00 p-2: Appointment, day 1 of 5",
        ]
