"""What lies in `examples/` works, and the files that the pages show are these files."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from lemtrada_schedule import Protocol, read_clinic, read_protocol

ROOT: Final = Path(__file__).parents[1]
EXAMPLES: Final = ROOT / "examples"
PROTOCOLS: Final = {"own-protocol.toml"}
CLINICS: Final = sorted(path.name for path in EXAMPLES.glob("*.toml") if path.name not in PROTOCOLS)
TOML: Final = re.compile(r"^```toml\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)


def shown(name: str) -> list[str]:
    """Return the TOML files that a page shows."""
    return TOML.findall((ROOT / name).read_text(encoding="utf-8"))


def read_text_as_protocol(text: str, folder: Path) -> Protocol:
    (folder / "shown.toml").write_text(text, encoding="utf-8")
    return read_protocol(folder / "shown.toml")


@pytest.mark.parametrize("name", CLINICS)
def test_an_example_clinic_can_be_read(name: str) -> None:
    assert read_clinic(EXAMPLES / name).name


def test_the_script_runs_in_the_folder_that_holds_the_examples() -> None:
    ran = subprocess.run(
        [sys.executable, "examples/plan_treatment.py"], cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
    )
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("Course 1 from 2027-01-11 (Monday 11 January) to 2027-01-15 (Friday 15 January)")
    assert sum("Infusion day" in line for line in lines) == 5 + 3
    assert "Contraception until 2027-05-15 (Saturday 15 May)" in ran.stdout
    assert lines[-1].startswith("warning deadline-passed")
    assert ran.stderr == ""


def test_the_page_on_protocols_shows_the_example_file() -> None:
    assert shown("docs/own-protocol.md")[0] == (EXAMPLES / "own-protocol.toml").read_text(encoding="utf-8")


def test_the_smallest_protocol_shown_is_one(tmp_path: Path) -> None:
    smallest = read_text_as_protocol(shown("docs/own-protocol.md")[1], tmp_path)
    assert (smallest.name, smallest.extends) == ("smallest-1", None)


def test_the_six_lines_of_the_readme_are_a_protocol(tmp_path: Path) -> None:
    (text,) = shown("README.md")
    own = read_text_as_protocol(text, tmp_path)
    (watch,) = [action for action in own.actions if action.id == "reaction-watch"]
    assert len(text.splitlines()) == 6
    assert (own.name, own.extends) == ("harbor-1", "us-2024-05")
    assert getattr(watch, "hours", None) == 48
