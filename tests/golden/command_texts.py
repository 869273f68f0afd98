"""What the command line prints: one block for each command, each kind of error, and the help.

`uv run python -m tests.golden.make_plans` writes it to `texts/commands.txt`. Read it as a stranger would.
"""

import shutil
import tempfile
from contextlib import chdir
from pathlib import Path
from typing import Final

from tests.documentation.test_examples import ROOT, printed_by

US: Final = "--protocol us-2024-05-r2"
ASKED: Final = f"{US} --clinic boston.toml --as-of 2026-11-22"

COMMANDS: Final = (
    # Plans.
    f"plan 2027-01-11 {ASKED} --courses 3 --plan-id plan-7 --plan-out plan.json",
    f"plan 2027-01-11 {US} --clinic boston.toml --as-of 2026-12-01",
    f"plan 2028-01-03 {US} --clinic boston.toml --as-of 2027-09-01 --history given.csv",
    "plan 2027-01-11 --protocol eu-2020-01-r2 --clinic berlin.toml --as-of 2026-11-22 --courses 4",
    f"replan plan.json missed-day.csv {US} --as-of 2027-01-14 --plan-out next.json",
    "compare plan.json next.json",
    "why plan.json course-2",
    "why plan.json blood-count/course-2/7",
    "starts --days 3 --not-before 2028-01-15 --clinic boston.toml --limit 2",
    "starts --days 31 --not-before 2028-01-15 --clinic boston.toml",
    # Records.
    f"check infusions.csv {US} --as-of 2026-11-22",
    f"check infusions_bad.csv {US} --as-of 2026-11-22",
    f'next infusions.csv {US} --as-of 2027-02-15 --sort due --within "30 days"',
    f"next missed-day.csv {US} --as-of 2027-01-14 --decisions decisions.json",
    f"next gap.csv {US} --as-of 2027-01-14",
    "worklist plan.json --history linked.csv --as-of 2027-01-14 --last-day 2027-01-21",
    # Lists.
    "protocols",
    "findings interval-below-minimum",
    # What is typed wrongly.
    "",
    "paln",
    "zebra",
    f"plan 2027-01-11 {ASKED} --course 3 --weekday=monday doe",
    f"plan 2027-01-11 {ASKED} --courses three",
    f"plan 2027-01-11 {ASKED} --courses",
    f"plan 2027-01-11 {ASKED} --full=yes",
    f"plan 2027-01-11 {ASKED} --full --format json",
    f"plan 2027-01-11 {ASKED} --format jsn",
    f"plan 01/11/2027 {ASKED}",
    "plan 2027-01-11 --protocol us-2024-5 --clinic boston.toml --as-of 2026-11-22",
    "plan 2027-01-11 --protocol us --clinic bosten.toml --as-of 2026-11-22",
    f"plan 2027-01-11 {ASKED} --ics plan.ics",
    f"plan 2027-01-11 {ASKED} --csv plan.json",
    f"plan 2027-01-11 {ASKED} --titles clinical",
    "plan 2027-01-11 --protocol eu-2020-01-r2 --clinic boston.toml --as-of 2026-11-22 --courses 5",
    f"check infusions.csv {US}",
    f"next infusions.csv {US} --as-of 2027-02-15 --patient doe",
    "why plan.json course-22",
    "findings interval-below",
    # Help.
    "--help",
    "starts --help",
)

GIVEN: Final = "date\n" + "".join(f"2027-01-{day}\n" for day in range(11, 16))
"""Course 1 as it was planned."""

GAP: Final = "patient,date,course\n" + "".join(f"p1,2026-03-0{day},2\n" for day in (2, 3, 4))
"""Course 2, without course 1."""

LINKED: Final = "patient,date\n" + "".join(f"plan-7,2027-01-{day}\n" for day in range(11, 14))
"""The first days of course 1, of the patient of the plan."""


def command_texts() -> str:
    """Return every command with what it prints on a terminal, messages included."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for file in (ROOT / "examples").iterdir():
            if file.is_file():
                shutil.copy(file, folder)
        for name, text in {"given.csv": GIVEN, "gap.csv": GAP, "linked.csv": LINKED}.items():
            Path(name).write_text(text, encoding="utf-8")
        return "\n".join(f"$ lemtrada-schedule {command}\n{_printed(command)}" for command in COMMANDS)


def _printed(command: str) -> str:
    return printed_by(f"lemtrada-schedule {command}") or ""
