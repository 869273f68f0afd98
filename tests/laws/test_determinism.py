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

from lemtrada_schedule import History, evaluate, forecast, load_protocol, plan_treatment, read_clinic, replan

ROOT: Final = Path(__file__).parents[2]
QUESTION: Final = (
    "2027-01-11", "--protocol", "us-2024-05", "--clinic", "examples/boston.toml", "--as-of", "2026-11-22", "--courses",
    "3",
)  # fmt: skip
ASKED: Final = date(2027, 2, 1)
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


RECORDS: Final = ("examples/infusions.csv", "--protocol", "us-2024-05", "--as-of", "2026-11-22", "--format", "json")
PLAN: Final = ("-m", "lemtrada_schedule", "plan", *QUESTION, "--format", "json")
JUDGING: Final = f"""
import sys
from lemtrada_schedule.cli.main import main
plan, given = sys.argv[1:]
main({list(PLAN[2:])!r})
main({["check", *RECORDS]!r})
main({["next", *RECORDS, "--past-due-after", "3 months"]!r})
main(["replan", plan, given, "--protocol", "us-2024-05", "--as-of", "2027-02-01", "--format", "json"])
"""


IN_EACH_ZONE: Final = f"""
import os, time
from lemtrada_schedule.cli.main import main
for zone in {AXES["TZ"]!r}:
    os.environ["TZ"] = zone
    time.tzset()
    main({list(PLAN[2:])!r})
"""


def output_under(environment: dict[str, str], compiled: Path, *command: str) -> bytes:
    """Return what a command prints; what Python compiles for it is kept in a folder, for the next one."""
    world = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, *(command or PLAN)],
        cwd=ROOT,
        env=world | {"PYTHONPYCACHEPREFIX": str(compiled)} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    ).stdout


def fifteen_environments() -> list[dict[str, str]]:
    """Return a few in which every two settings of different kinds meet."""
    found = []
    for zone, seed in itertools.product(range(5), range(3)):
        chosen = (zone, seed, (zone + seed) % 3, (zone + seed) % 2, (zone // 2 + seed) % 2)
        found.append({name: AXES[name][place] for name, place in zip(AXES, chosen, strict=True)})
    return found


def settings_that_meet(environments: list[dict[str, str]]) -> set[tuple[tuple[str, str], ...]]:
    return {pair for one in environments for pair in itertools.combinations(sorted(one.items()), 2)}


@pytest.mark.sweep
def test_no_two_settings_change_an_answer(tmp_path: Path) -> None:
    """Of planning, judging and planning again: fifteen environments in which any two settings meet."""
    plan, given = tmp_path / "plan.json", tmp_path / "given.csv"
    plan.write_bytes(output_under({}, tmp_path))
    given.write_text("date\n2027-01-12\n2027-01-13\n", encoding="utf-8")
    few = fifteen_environments()
    assert settings_that_meet(few) == settings_that_meet(ENVIRONMENTS)
    with ThreadPoolExecutor(max_workers=2) as pool:
        outputs = Counter(pool.map(lambda one: output_under(one, tmp_path, "-c", JUDGING, str(plan), str(given)), few))
    assert len(outputs) == 1, f"{len(outputs)} different outputs, seen {sorted(outputs.values())} times"
    (output,) = outputs
    assert output.startswith(plan.read_bytes())
    for told in (b"evaluation", b'"earliest"', b'"kind": "cancelled"', b"interrupted"):
        assert told in output


@pytest.mark.sweep
def test_environments_give_the_same_bytes(tmp_path: Path) -> None:
    """Every fourth of 180 environments: each zone with each seed and locale, the zones one after the other."""
    tried = ENVIRONMENTS[: len(ENVIRONMENTS) // len(AXES["TZ"]) : 4]
    assert (len(ENVIRONMENTS), len(tried)) == (180, 9)
    with ThreadPoolExecutor(max_workers=2) as pool:
        outputs = Counter(pool.map(lambda one: output_under(one, tmp_path, "-c", IN_EACH_ZONE), tried))
    assert len(outputs) == 1, f"{len(outputs)} different outputs, seen {sorted(outputs.values())} times"
    assert outputs.popitem()[0] == output_under({}, tmp_path) * len(AXES["TZ"])
    assert b"2028-01-18" in output_under({}, tmp_path)


def planned_at(instant: datetime) -> str:
    with time_machine.travel(instant, tick=False):
        us, boston = load_protocol("us-2024-05"), read_clinic(ROOT / "examples" / "boston.toml")
        plan = plan_treatment(us, boston, not_before=date(2027, 1, 11), courses=3)
        given = History.from_dates(["2027-01-12", "2027-01-13"])
        revision = replan(plan, us, boston, history=given, as_of=ASKED)
        judged = evaluate(given, us, as_of=ASKED, clinic=boston)
        outlook = forecast(given, us, as_of=ASKED, past_due_after="3 months")
        return "".join(answer.model_dump_json() for answer in (plan, revision, judged, outlook))


def test_whenever_the_program_runs_the_answers_are_the_same() -> None:
    assert len({planned_at(instant) for instant in INSTANTS}) == 1
