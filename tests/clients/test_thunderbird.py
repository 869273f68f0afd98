"""A plan in Thunderbird: days and instants on both sides of a clock change, versions, categories, cancellations."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from lemtrada_schedule import Plan, to_ics
from tests.clients.plans import SMALL, STAMP, expected_of, small
from tests.clients.test_calendar_readers import seconds
from tests.clients.thunderbird import PROGRAMS, Thunderbird

pytestmark = pytest.mark.debian


@contextmanager
def thunderbird(folder: Path, file: bytes, zone: str = "America/New_York") -> Iterator[Thunderbird]:
    if not all(map(shutil.which, PROGRAMS)):
        pytest.skip("thunderbird, xvfb and dbus from Debian are not installed; NOT shown in Thunderbird")
    path = folder / "plan.ics"
    path.write_bytes(file)
    with Thunderbird(folder, path, zone) as running:
        yield running


def over_the_clock_change() -> Plan:
    """Course 1 from Thursday 11 March 2027: the clocks change on the night to its fourth day, Monday the 15th."""
    return small(date(2027, 3, 11))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_it_sees_what_the_plan_says(tmp_path: Path, zone: str) -> None:
    plan = over_the_clock_change().model_copy(update={"revision": 1})
    with thunderbird(tmp_path, to_ics(plan, stamp=STAMP), zone) as running:
        found = running.events("20260101", "20350101")
    assert {one["uid"]: (seconds(one["start"]), seconds(one["end"])) for one in found} == expected_of(plan)
    assert {one["sequence"] for one in found} == {2}
    assert {category for one in found for category in one["categories"]} == {
        "Appointment", "Ongoing", "To do", "Visit",
    }  # fmt: skip
    assert {one["status"] for one in found} == {"CONFIRMED"}


def test_it_knows_what_is_cancelled(tmp_path: Path) -> None:
    file = to_ics(small(), stamp=STAMP, method="CANCEL", organizer="clinic@example.org")
    with thunderbird(tmp_path, file) as running:
        found = running.events("20260101", "20350101")
    assert len(found) == SMALL
    assert {one["status"] for one in found} == {"CANCELLED"}
    assert all(one["title"].startswith("Cancelled: ") for one in found)
