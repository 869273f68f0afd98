"""The page as documents show it: sheet 1, the sheet of a course, a phone, and the full layout."""

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import Plan, load_protocol, plan_treatment, read_clinic, to_html
from tests.clients.pictures import keep

pytestmark = [pytest.mark.pictures, pytest.mark.debian]

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
DOTS: Final = 110
"""To the inch, of the printed sheets."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    boston = read_clinic(ROOT / "examples" / "boston.toml")
    return plan_treatment(
        load_protocol("us"), boston, not_before=date(2027, 1, 11), courses=3, as_of=date(2026, 11, 22), plan_id="plan-7"
    )


def program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not installed; see tests/clients/run"
    return found


def pictures(page: str, folder: Path, **wanted: dict[str, Any]) -> None:
    """Let Chromium take pictures of a page, by their names: width, height, and the element they begin with."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    ran = subprocess.run(
        [program("node"), HERE / "page_pictures.mjs", program("chromium"), folder, json.dumps(wanted)],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def test_printed_sheets(plan: Plan, tmp_path: Path) -> None:
    pictures(to_html(plan, language="en-US"), tmp_path)
    form = ["-r", str(DOTS), "-png", str(tmp_path / "page.pdf"), str(tmp_path / "page")]
    subprocess.run([program("pdftoppm"), *form], check=True)
    for number, name in ((1, "page-sheet"), (2, "page-course")):
        keep(f"{name}.png", (tmp_path / f"page-{number}.png").read_bytes())


def test_on_a_phone(plan: Plan, tmp_path: Path) -> None:
    pictures(to_html(plan, language="en-US"), tmp_path, phone={"width": 375, "height": 1000, "from": "body"})
    keep("page-phone.png", (tmp_path / "phone.png").read_bytes())


def test_every_date(plan: Plan, tmp_path: Path) -> None:
    pictures(to_html(plan, titles="clinical"), tmp_path, full={"width": 900, "height": 1000, "from": "section.dates"})
    keep("page-full.png", (tmp_path / "full.png").read_bytes())
