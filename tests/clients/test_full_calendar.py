"""FullCalendar in Chromium: what its plugin for calendar files shows, and what it ignores."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lemtrada_schedule import to_ics
from tests.clients.full_calendar import full_calendar_page
from tests.clients.plans import SMALL, STAMP, interrupted, small

pytestmark = pytest.mark.debian


def shown(
    node: Callable[..., str], chromium: str, page: Path, file: bytes, *, zone: str = "America/New_York", **how: Any
) -> dict[str, Any]:
    """Return what FullCalendar shows of January 2027."""
    page.write_text(full_calendar_page(file, ["2027-01-01"], **{"by_plugin": True} | how), encoding="utf-8")
    (found,) = json.loads(node("full_calendar.mjs", chromium, zone, page))
    return dict(found)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_days_and_hours_are_those_of_the_clinic(
    node: Callable[..., str], chromium: str, tmp_path: Path, zone: str
) -> None:
    """It ignores the zone of the file, and so shows nine o'clock wherever the browser is."""
    found = shown(node, chromium, tmp_path / "page.html", to_ics(small(), stamp=STAMP), zone=zone)
    by_title = {one["title"]: one for one in found["events"]}
    day = by_title["Appointment, day 1 of 5"]
    assert (day["start"][:16], day["end"][:16], day["allDay"]) == ("2027-01-11T09:00", "2027-01-11T15:00", False)
    first = by_title["First day: Precaution period until Sat 15 May 2027"]
    assert (first["start"], first["end"], first["allDay"]) == ("2027-01-11", "2027-01-12", True)


def test_a_month_with_a_course_is_not_covered(node: Callable[..., str], chromium: str, tmp_path: Path) -> None:
    """Five days of course 1, the first days of two periods, the examination before it."""
    found = shown(node, chromium, tmp_path / "page.html", to_ics(small(), stamp=STAMP))
    assert sorted(found["visible"]) == [
        "09:00 Appointment, day 1 of 5",
        "09:00 Appointment, day 2 of 5",
        "09:00 Appointment, day 3 of 5",
        "09:00 Appointment, day 4 of 5",
        "09:00 Appointment, day 5 of 5",
        "Appointment",
        "First day: Medicine reminder until Mon 15 Mar 2027 or later",
        "First day: Precaution period until Sat 15 May 2027",
    ]
    assert len(found["colours"]) == 1, "its plugin reads no colours: the words say it all"


def test_an_app_that_reads_colours_shows_them(node: Callable[..., str], chromium: str, tmp_path: Path) -> None:
    found = shown(node, chromium, tmp_path / "page.html", to_ics(small(), stamp=STAMP), by_plugin=False)
    assert len(found["events"]) == SMALL
    assert set(found["colours"]) == {"rgb(220, 20, 60)", "rgb(65, 105, 225)", "rgb(0, 128, 128)"}


def test_what_is_cancelled_is_shown_and_says_so(node: Callable[..., str], chromium: str, tmp_path: Path) -> None:
    """It ignores the status, so the title must say it."""
    update = to_ics(interrupted().plan, since=small(), stamp=STAMP)
    found = shown(node, chromium, tmp_path / "page.html", update)
    assert {"09:00 Cancelled: Appointment, day 4 of 5", "09:00 Cancelled: Appointment, day 5 of 5"} <= {
        *found["visible"]
    }


def test_hours_after_the_clocks_changed(node: Callable[..., str], chromium: str, tmp_path: Path) -> None:
    plan = small(date(2027, 3, 8))
    found = shown(node, chromium, tmp_path / "page.html", to_ics(plan, stamp=STAMP), by_plugin=False)
    days = {one["start"][:16] for one in found["events"] if not one["allDay"] and one["start"] < "2027-04"}
    assert days == {f"2027-03-{day:02d}T09:00" for day in range(8, 13)}
