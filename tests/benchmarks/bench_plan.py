"""Planning beside the script of `naive_plan.py`, and importing in fresh processes. What both plan is compared first."""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from statistics import median
from typing import Any, Final, NamedTuple

from lemtrada_schedule import Clinic, Plan, Protocol, load_protocol, plan_treatment, read_clinic
from tests.benchmarks import naive_plan
from tests.benchmarks.agreement import differences
from tests.benchmarks.turns import CORE, ROOT, Row, Work, figures_table, machine, row_of, table, timed, times_as_fast_as

FIRST_DAY: Final = date(2027, 1, 1)
YEARS: Final = (2026, 2036)
"""The years whose public holidays the plans need, for the naive script's holidays object."""
STARTS: Final = 1_000
COLD_STARTS: Final = 20
KEPT: Final = ("_shipped", "protocol_names", "_zone_names", "_versions")
"""What is read from files or packages once per process, and is no part of a plan."""
HOLIDAYS: Final = ("holidays_in", "check_place", "_estimates")
HEAVY: Final = ("holidays", "icalendar", "numpy", "pandas", "polars", "rich", "typer")
IMPORTS: Final = {
    "`import pydantic`": "import pydantic",
    "`import pydantic`, one class with one field": ("import pydantic\nclass One(pydantic.BaseModel):\n    number: int"),
    "`import lemtrada_schedule`": "import lemtrada_schedule",
}
FRESH: Final = """
import sys, time
before, began = set(sys.modules), time.perf_counter()
{code}
took = time.perf_counter() - began
import json
print(json.dumps([took, sorted(set(sys.modules) - before)]))
"""


class Case(NamedTuple):
    """One question to all sides: how long does this take, for so many plans?"""

    title: str
    plans: int
    sides: Mapping[str, Work]


# --- both sides ---


@cache
def question() -> tuple[Protocol, Clinic]:
    return load_protocol("us-2024-05"), read_clinic(ROOT / "examples" / "boston.toml")


def starts(count: int) -> list[date]:
    """Return random first days within three years, the same every time."""
    chance = random.Random(2027)  # noqa: S311  # a sample, not a secret
    return [FIRST_DAY + timedelta(days=chance.randrange(3 * 365 + 1)) for _ in range(count)]


def ours(day: date) -> Plan:
    protocol, clinic = question()
    return plan_treatment(protocol, clinic, not_before=day, courses=3)


def library_caches() -> Iterator[Any]:
    """Yield every function of the library that remembers what it returned."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "lemtrada_schedule":
            parts = vars(module).values()
            yield from (part for part in parts if hasattr(part, "cache_clear") and not isinstance(part, type))


def empty_caches(*kept: str) -> None:
    for remembering in library_caches():
        if remembering.__name__ not in kept:
            remembering.cache_clear()


def ask_ours(days: Sequence[date], finish: Callable[[Plan], object]) -> None:
    for day in days:
        finish(ours(day))


def ask_naive(
    days: Sequence[date],
    finish: Callable[[dict[str, Any]], object],
    *,
    remembering: bool = False,
    public: naive_plan.Holidays | None = None,
) -> None:
    """Plan by the script; `remembering`, it makes the dates of the tests that are due together only once."""
    public = public or naive_plan.public_holidays(*YEARS)
    for day in days:
        due_dates = cache(naive_plan.dates_every) if remembering else None
        finish(naive_plan.plan(day, public, due_dates=due_dates))


def as_it_is(plan: object) -> object:
    return plan


def naive_text(plan: object) -> str:
    return json.dumps(plan, default=str)


def check_agreement() -> None:
    """Raise if the two sides answer differently on a sample."""
    public = naive_plan.public_holidays(*YEARS)
    for day in starts(40):
        if found := list(differences(naive_plan.plan(day, public), ours(day))):
            raise AssertionError(f"start {day}: {found[:3]}")


# --- planning ---


def cases() -> list[Case]:
    days, known = starts(STARTS), naive_plan.public_holidays(*YEARS)
    day = days[0]
    return [
        Case(
            "1,000 random starts, to the plan",
            STARTS,
            {
                "naive": lambda: ask_naive(days, as_it_is),
                "naive, remembering": lambda: ask_naive(days, as_it_is, remembering=True),
                "library": lambda: ask_ours(days, as_it_is),
            },
        ),
        Case(
            "1,000 random starts, to JSON text",
            STARTS,
            {
                "naive": lambda: ask_naive(days, naive_text),
                "naive, remembering": lambda: ask_naive(days, naive_text, remembering=True),
                "library": lambda: ask_ours(days, Plan.model_dump_json),
            },
        ),
        Case(
            "the same day again",
            100,
            {
                "naive": lambda: ask_naive([day] * 100, as_it_is, public=known),
                "library": lambda: ask_ours([day] * 100, as_it_is),
            },
        ),
        Case(
            "the same day again, to JSON text",
            100,
            {
                "naive": lambda: ask_naive([day] * 100, naive_text, public=known),
                "library": lambda: ask_ours([day] * 100, Plan.model_dump_json),
            },
        ),
        Case(
            "one plan, nothing remembered but the holidays",
            1,
            {
                "naive": lambda: ask_naive([day], as_it_is, public=known),
                "library": lambda: ask_ours([day], as_it_is),
            },
        ),
        Case(
            "one plan, nothing remembered",
            1,
            {"naive": lambda: ask_naive([day], as_it_is), "library": lambda: ask_ours([day], as_it_is)},
        ),
    ]


def prepare(case: Case) -> None:
    """Bring the library into the state a case asks for, outside the clock."""
    if "again" not in case.title:
        empty_caches(*KEPT, *(HOLIDAYS if "but the holidays" in case.title else ()))


def measured(case: Case, repeats: int) -> list[Row]:
    """Let the sides take turns: one turn for warming up, then the repeats."""
    turns: list[dict[str, float]] = []
    for _ in range(repeats + 1):
        turn = {}
        for side, work in case.sides.items():
            prepare(case)
            turn[side] = timed(work) / case.plans * 1e6
        turns.append(turn)
    del turns[0]
    return [row_of(case.title, side, turns, times_as_fast_as("naive")) for side in case.sides]


def planning_rows(repeats: int) -> list[Row]:
    # A single plan takes so little that it is asked for more often.
    return [row for case in cases() for row in measured(case, repeats * (4 if case.plans == 1 else 1))]


# --- importing ---


class Imported(NamedTuple):
    """The milliseconds an import takes in a fresh process, and the modules it loads."""

    title: str
    middle: float
    least: float
    most: float
    modules: tuple[str, ...]


def imported(code: str, folder: str) -> tuple[float, list[str]]:
    command = [sys.executable, "-c", FRESH.format(code=code)]
    byte_code = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}  # read as an installed package's is
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, **byte_code})
    took, modules = json.loads(ran.stdout)
    return took * 1e3, modules


def import_rows(repeats: int) -> list[Imported]:
    took: dict[str, list[float]] = {title: [] for title in IMPORTS}
    modules: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(repeats + 1):
            for title, code in IMPORTS.items():
                milliseconds, modules[title] = imported(code, folder)
                if turn:  # the first one writes the byte code
                    took[title].append(milliseconds)
    return [Imported(t, median(ms), min(ms), max(ms), tuple(modules[t])) for t, ms in took.items()]


# --- the page ---


def import_table(rows: Sequence[Imported]) -> str:
    cells = [
        (
            r.title,
            f"{r.middle:.0f}",
            f"{r.least:.0f} to {r.most:.0f}",
            f"{r.middle - rows[0].middle:+.0f}",
            f"{r.middle - rows[1].middle:+.0f}",
            str(len(r.modules)),
        )
        for r in rows
    ]
    return table(("ms", "median", "range", "to pydantic alone", "to one class", "modules"), cells)


def loaded(row: Imported) -> str:
    found = [name for name in HEAVY if name in row.modules]
    return f"Of {', '.join(HEAVY)}, importing the library loads {', '.join(found) or 'none'}."


def figures(repeats: int) -> str:
    check_agreement()
    imports = import_rows(max(repeats, 11))
    planning = figures_table("µs a plan", planning_rows(repeats), "naive takes … times as long")
    return "\n\n".join([machine(*CORE), planning, import_table(imports), loaded(imports[-1])])
