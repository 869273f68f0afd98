"""Pictures of the calendar: a month with a course, and a quiet one."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from lemtrada_schedule import load_protocol, plan_treatment, to_ics
from tests.clients.full_calendar import full_calendar_page
from tests.clients.pictures import keep
from tests.clients.plans import STAMP, place
from tests.clients.test_thunderbird import thunderbird

pytestmark = [pytest.mark.pictures, pytest.mark.debian]


@pytest.fixture
def file() -> bytes:
    """Return the calendar of three US courses."""
    plan = plan_treatment(
        load_protocol("us-2024-05-r2"), place(), not_before=date(2027, 1, 11), courses=3, plan_id="plan-7"
    )
    return to_ics(plan, stamp=STAMP)


def test_january_2027_in_thunderbird(file: bytes, tmp_path: Path) -> None:
    """The month alone, without the window around it."""
    with thunderbird(tmp_path, file) as running:
        keep("calendar-thunderbird.png", running.month("20270125"), box=(46, 83, 1260, 975))


def test_two_months(file: bytes, photographed: Callable[..., Path], tmp_path: Path) -> None:
    """January 2027, the month of course 1, and June 2027."""
    page = tmp_path / "months.html"
    months = ("2027-01-01", "2027-06-01")
    page.write_text(full_calendar_page(file, months, by_plugin=False), encoding="utf-8")
    photographed("calendar-month.png", page, width=1040, height=400, fullPage=True, wait=".fc-event")
