"""What all benchmarks share: sides that take turns, medians, and a table of them. Nothing here is a gate."""

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

__all__ = [
    "CORE", "ROOT", "Ratio", "Row", "Work", "figures_table", "machine", "row_of", "rows_of", "table", "timed",
    "times_as_fast_as", "times_as_long_as",
]  # fmt: skip

ROOT: Final = Path(__file__).parents[2]
CORE: Final = ("pydantic", "python-dateutil", "holidays", "tzdata")

Work = Callable[[], object]
Turn = Mapping[str, float]
"""How long each side took, in any unit."""
Ratio = Callable[[Turn, str], float]


class Row(NamedTuple):
    """How long one side takes: median, least and most of the turns."""

    case: str
    side: str
    middle: float
    least: float
    most: float
    ratio: float
    """The median of the ratios within each turn."""


def times_as_fast_as(reference: str) -> Ratio:
    """Return the ratio that says how many times as long a reference takes as a side."""
    return lambda turn, side: turn[reference] / turn[side]


def times_as_long_as(reference: str) -> Ratio:
    """Return the ratio that says how many times as long a side takes as a reference."""
    return lambda turn, side: turn[side] / turn[reference]


def timed(work: Work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def row_of(case: str, side: str, turns: Sequence[Turn], ratio: Ratio) -> Row:
    took = [turn[side] for turn in turns]
    return Row(case, side, median(took), min(took), max(took), median(ratio(turn, side) for turn in turns))


def rows_of(case: str, sides: Mapping[str, Work], repeats: int, *, per_second: float, ratio: Ratio) -> list[Row]:
    """Let the sides take turns: one turn for warming up, then the repeats. A second counts as so many units."""
    turns = [{side: timed(work) * per_second for side, work in sides.items()} for _ in range(repeats + 1)][1:]
    return [row_of(case, side, turns, ratio) for side in sides]


def machine(*packages: str) -> str:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {platform.system()}; {python}; {versions}."


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def figures_table(unit: str, rows: Sequence[Row], ratio: str, digits: int = 0) -> str:
    """Return rows as a table; the ratio is told in words."""
    cells = [
        (
            f"{row.case}: {row.side}",
            f"{row.middle:,.{digits}f}",
            f"{row.least:,.{digits}f} to {row.most:,.{digits}f}",
            f"{row.ratio:,.1f}",
        )
        for row in rows
    ]
    return table((unit, "median", "range", ratio), cells)
