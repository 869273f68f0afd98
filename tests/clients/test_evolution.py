"""A plan in the Evolution data server (GNOME Calendar, Evolution): created, moved, cancelled; as a file and as mail."""

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import to_ics
from tests.clients.conftest import DEBIAN_PYTHON, HERE, ran
from tests.clients.plans import ONE_DAY, SMALL, STAMP, small
from tests.support.calendar_events import uid

pytestmark = pytest.mark.debian

BINDINGS: Final = "import gi; gi.require_version('ECal', '2.0'); from gi.repository import ECal"
FIRST: Final = small()
MOVED: Final = small(date(2027, 1, 18), revision=1)
BY_MAIL: Final[dict[str, Any]] = {"stamp": STAMP, "organizer": "clinic@example.org"}


@pytest.fixture
def evolution(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Run the server in a session and a home of its own, give it files, and return what is in it after each."""
    there = shutil.which("dbus-run-session") and DEBIAN_PYTHON.exists()
    if not there or subprocess.run([DEBIAN_PYTHON, "-c", BINDINGS], check=False, capture_output=True).returncode:
        pytest.skip(
            "evolution-data-server, gir1.2-ecal-2.0 and dbus from Debian are not installed; NOT shown with Evolution"
        )

    def given(way: str, *files: bytes) -> list[dict[str, Any]]:
        paths = [tmp_path / f"{number}.ics" for number in range(len(files))]
        for path, file in zip(paths, files, strict=True):
            path.write_bytes(file)
        home = {name: str(tmp_path / name) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
        words = ("dbus-run-session", "--", DEBIAN_PYTHON, HERE / "evolution_calendar.py", way)
        said = ran(*words, *paths, env={"PATH": "/usr/bin:/bin", **home})
        return [json.loads(line) for line in said.splitlines() if line.startswith("{")]

    return given


def of_day_1(state: dict[str, Any]) -> dict[str, Any]:
    (one,) = (event for event in state["stored"] if event["uid"] == uid(FIRST, "course-1/day-1"))
    return {name: one[name] for name in ("sequence", "start", "end", "status", "title", "alarms")}


def test_created_moved_and_cancelled_as_files(evolution: Callable[..., list[dict[str, Any]]]) -> None:
    """It finds the infusion at 14:00 UTC, which is nine in Boston in January."""
    files = [to_ics(plan, stamp=STAMP, reminders=[ONE_DAY]) for plan in (FIRST, MOVED)]
    created, moved, cancelled = evolution("import", *files, to_ics(MOVED, method="CANCEL", **BY_MAIL))
    assert [(one["created"], one["modified"]) for one in (created, moved, cancelled)] == [
        (SMALL, 0),
        (0, SMALL),
        (0, SMALL),
    ]
    assert [len(one["stored"]) for one in (created, moved, cancelled)] == [SMALL] * 3
    day_1 = {"sequence": 0, "start": "20270111T090000", "end": "20270111T150000", "status": "CONFIRMED"}
    day_1 |= {"title": "Appointment, day 1 of 5", "alarms": 1}
    assert of_day_1(created) == day_1
    assert uid(FIRST, "course-1/day-1") in created["at nine"]
    day_1 |= {"sequence": 2, "start": "20270125T090000", "end": "20270125T150000"}
    assert of_day_1(moved) == day_1
    assert uid(FIRST, "course-1/day-1") not in moved["at nine"]
    gone = {"sequence": 3, "status": "CANCELLED", "title": "Cancelled: Appointment, day 1 of 5", "alarms": 0}
    assert of_day_1(cancelled) == day_1 | gone
    assert {one["status"] for one in cancelled["stored"]} == {"CANCELLED"}


def test_published_again_and_cancelled_by_mail(evolution: Callable[..., list[dict[str, Any]]]) -> None:
    """By its method the server itself changes what it knows, and takes away what is cancelled."""
    files = [to_ics(plan, method="PUBLISH", **BY_MAIL) for plan in (FIRST, MOVED)]
    first, second, third = evolution("receive", *files, to_ics(MOVED, method="CANCEL", **BY_MAIL))
    assert [len(one["stored"]) for one in (first, second, third)] == [SMALL, SMALL, 0]
    assert of_day_1(second)["start"] == "20270125T090000"
    assert {one["sequence"] for one in second["stored"]} == {2}
