"""Measure everything: `python -m tests.benchmarks [PART …] [--repeats N] [--write]`.

The library runs beside scripts that somebody would write today, in one process, taking turns, on the same input,
after a warm-up; tests compare what both answer. Nothing here is a gate: believe the ratios of one run, on a machine
that does nothing else. `--write` puts each part into `docs/benchmarks.md`. The part `spark` needs PySpark and Java:
`uv run --group spark python -m tests.benchmarks spark`.
"""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Final

from tests.benchmarks.turns import ROOT

PAGE: Final = ROOT / "docs" / "benchmarks.md"
PARTS: Final = {
    "planning": "bench_plan",
    "records": "bench_records",
    "worklist": "bench_worklist",
    "calendar": "bench_ics",
    "page": "bench_page",
    "audit": "bench_audit",
    "growth": "bench_growth",
    "spark": "bench_spark",
}
"""The module of each part, whose `figures` are what is written between the part's two marks in the page."""
NOT_BY_ITSELF: Final = ("spark",)


def write(part: str, text: str) -> None:
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the library.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; without any, all but spark")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for part in options.parts or [part for part in PARTS if part not in NOT_BY_ITSELF]:
        figures: Callable[[int], str] = import_module(f"tests.benchmarks.{PARTS[part]}").figures
        text = figures(options.repeats)
        sys.stdout.write(f"{part}\n\n{text}\n\n")
        if options.write:
            write(part, text)


if __name__ == "__main__":
    main()
