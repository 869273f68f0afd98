"""What lies in `examples/` works, and the files that the pages show are these files."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from lemtrada_schedule import (
    Protocol,
    evaluate,
    load_protocol,
    read_clinic,
    read_decisions,
    read_histories,
    read_protocol,
)

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = ROOT / "examples"
PROTOCOLS: Final = {"own-protocol.toml"}
CLINICS: Final = sorted(path.name for path in EXAMPLES.glob("*.toml") if path.name not in PROTOCOLS)
# What is wrong with the patients of examples/infusions.csv, by row (the header is row 1). Worked out by hand:
# p2 12 months after the first infusion, 2025-03-10, is 2026-03-10; p3 began on that anniversary, 2026-06-02;
# p4 stopped on the 18th, four days before; p9 was observed for 85 minutes.
FAULTS: Final = {
    "p1": [],
    "p2": [("interval-below-minimum", 15)],
    "p3": [("anchor-not-named", 23)],
    "p4": [("course-interrupted", 28), ("needs-clinical-decision", 28)],
    "p5": [("course-not-consecutive", 32)],
    "p6": [("dose-differs", 37), ("partial-infusion", 37)],
    "p7": [("duplicate-same-day", 43)],
    "p8": [("extra-infusion", 54)],
    "p9": [("observation-too-short", 57)],
}


def shown(name: str, language: str = "toml") -> list[str]:
    """Return the files that a page shows in a language."""
    blocks = re.compile(rf"^```{language}\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
    return blocks.findall((ROOT / name).read_text(encoding="utf-8"))


def read_text_as_protocol(text: str, folder: Path) -> Protocol:
    (folder / "shown.toml").write_text(text, encoding="utf-8")
    return read_protocol(folder / "shown.toml")


@pytest.mark.parametrize("name", CLINICS)
def test_an_example_clinic_can_be_read(name: str) -> None:
    assert read_clinic(EXAMPLES / name).name


def test_the_script_runs_in_any_folder(tmp_path: Path) -> None:
    script = EXAMPLES / "plan_treatment.py"
    ran = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, check=True, encoding="utf-8")
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


def test_the_patients_of_the_example_have_the_faults_they_are_there_for() -> None:
    histories = read_histories(EXAMPLES / "infusions.csv").histories
    evaluations = {h.patient: evaluate(h, load_protocol("us-2024-05"), as_of=date(2026, 11, 22)) for h in histories}
    found = {patient: [(f.code, f.row) for f in judged.findings] for patient, judged in evaluations.items()}
    assert found == FAULTS


@pytest.mark.parametrize("name", ["infusions.csv", "infusions.json", "infusions.ndjson", "missed-day.csv", "bulk"])
def test_an_example_of_records_is_read_whole(name: str) -> None:
    intake = read_histories(EXAMPLES / name, time_zone="America/New_York")
    assert intake.accepted
    assert intake.refused == ()


def test_the_page_on_replanning_shows_the_example_files() -> None:
    assert shown("docs/replan.md", "text") == [(EXAMPLES / "missed-day.csv").read_text(encoding="utf-8")]
    assert shown("docs/replan.md", "json") == [(EXAMPLES / "decisions.json").read_text(encoding="utf-8")]
    assert [one.decision for one in read_decisions(EXAMPLES / "decisions.json")] == ["resume"]
