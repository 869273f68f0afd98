"""The same input gives the same bytes, whatever the environment and whenever it is asked."""

import itertools
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest
import time_machine

from lemtrada_schedule import load_protocol, plan_treatment, read_clinic

ROOT: Final = Path(__file__).parents[1]
QUESTION: Final = ("2027-01-11", "--protocol", "us", "--clinic", "examples/boston.toml", "--courses", "3")
AXES: Final[dict[str, tuple[str, ...]]] = {
    "TZ": ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Pago_Pago"),
    "PYTHONHASHSEED": ("0", "1", "4242"),
    "LC_ALL": ("C", "C.UTF-8", "POSIX"),
    "PYTHONOPTIMIZE": ("", "2"),
    "PYTHONUTF8": ("0", "1"),
}
ENVIRONMENTS: Final = [dict(zip(AXES, values, strict=True)) for values in itertools.product(*AXES.values())]
INSTANTS: Final = (
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    datetime(2026, 12, 31, tzinfo=UTC),
    datetime(2038, 1, 20, tzinfo=UTC),
    datetime(2099, 12, 31, tzinfo=UTC),
)


def output_under(environment: dict[str, str]) -> bytes:
    return subprocess.run(
        [sys.executable, "-m", "lemtrada_schedule", "plan", *QUESTION, "--format", "json"],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    ).stdout


@pytest.mark.sweep
def test_every_environment_gives_the_same_bytes() -> None:
    assert len(ENVIRONMENTS) == 180
    with ThreadPoolExecutor(max_workers=2) as pool:
        outputs = Counter(pool.map(output_under, ENVIRONMENTS))
    assert len(outputs) == 1, f"{len(outputs)} different outputs, seen {sorted(outputs.values())} times"
    assert b"2028-01-18" in outputs.popitem()[0]


def planned_at(instant: datetime) -> str:
    with time_machine.travel(instant, tick=False):
        plan = plan_treatment(
            load_protocol("us"),
            read_clinic(ROOT / "examples" / "boston.toml"),
            not_before=date(2027, 1, 11),
            courses=3,
        )
        return plan.model_dump_json()


def test_every_day_of_asking_gives_the_same_plan() -> None:
    assert len({planned_at(instant) for instant in INSTANTS}) == 1
