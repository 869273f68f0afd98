"""What is due for 10,000 patients: the verb beside judging the same records, and the command for each plan file."""

import json
import tempfile
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final

from lemtrada_schedule import History, Plan, evaluate, read_plan, worklist
from lemtrada_schedule.cli.main import main
from tests.benchmarks.treatments import AS_OF, MARCH, question, treatments
from tests.benchmarks.turns import CORE, Row, Work, figures_table, machine, rows_of, times_as_long_as

PATIENTS: Final = 10_000
DIFFERENT: Final = 500
"""So many patients are kept in memory, and asked about again and again."""
FILES: Final = 100

Pairs = list[tuple[Plan, History]]


def measured(folder: Path, repeats: int) -> list[Row]:
    """Return what a patient costs, in microseconds: in memory, and by the command."""
    pairs = list(treatments(DIFFERENT))
    nameless = [(plan.model_copy(update={"plan_id": None}), history) for plan, history in pairs]
    many, files = of_many(nameless), of_files(folder, pairs[:FILES])
    return [
        *rows_of(
            f"{PATIENTS:,} patients", many, repeats, per_second=1e6 / PATIENTS, ratio=times_as_long_as("evaluate")
        ),
        *rows_of(f"{FILES} plan files", files, repeats, per_second=1e6 / FILES, ratio=times_as_long_as("read_plan")),
    ]


def of_many(pairs: Pairs) -> Mapping[str, Work]:
    rules, rounds = question()[0], PATIENTS // len(pairs)

    def judged() -> None:
        for _ in range(rounds):
            for _, history in pairs:
                evaluate(history, rules, as_of=AS_OF)

    return {"evaluate": judged, "worklist": lambda: worklist((pair for _ in range(rounds) for pair in pairs), **MARCH)}


def of_files(folder: Path, pairs: Pairs) -> Mapping[str, Work]:
    plans, records = folder / "plans", folder / "records.json"
    plans.mkdir()
    for plan, _ in pairs:
        (plans / f"{plan.plan_id}.json").write_text(plan.model_dump_json(), encoding="utf-8")
    known = [history.model_dump(mode="json", include={"patient", "infusions", "observations"}) for _, history in pairs]
    records.write_text(json.dumps(known), encoding="utf-8")
    asked = ["--as-of", f"{MARCH['as_of']}", "--last-day", f"{MARCH['last_day']}", "--format", "csv"]

    def by_command() -> None:
        with redirect_stdout(StringIO()):
            main(["worklist", str(plans), "--history", str(records), *asked])

    return {"read_plan": lambda: [read_plan(file) for file in plans.iterdir()], "command": by_command}


def figures(repeats: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(Path(folder), repeats)
    return f"{machine(*CORE)}\n\n{figures_table('µs a patient', rows, 'times as long as the first')}"
