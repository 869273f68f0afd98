"""Measure calendar files: `python -m tests.benchmarks.bench_ics [--repeats N] [--write]`.

The library runs beside the plainest use of `icalendar`, in one process, taking turns, on the same plans, after a
warm-up; what both write is compared first. `--write` puts the figures into `docs/benchmarks.md`.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Final

from lemtrada_schedule import Plan, Protocol, load_protocol, plan_treatment, to_ics
from tests.benchmarks.bench_plan import PAGE, Row, machine, question, row_of, table, timed
from tests.benchmarks.naive_ics import calendar_file
from tests.ical_lines import read_calendar

BEGIN, END = "<!-- calendar figures: begin -->", "<!-- calendar figures: end -->"
STAMP: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TIMES: Final = 10
"""Files of one plan within one turn."""
FEW: Final = {
    *("vaccinations", "corticosteroid", "herpes-prophylaxis", "reaction-watch", "contraception", "stroke-watch"),
    *("blood-count", "thyroid", "skin-examination", "hpv", "urine-protein-creatinine"),
}
"""Actions that make three courses about as many dates as the 170 that a coordinator's list would hold."""


def plans() -> dict[str, Plan]:
    us, boston = question()
    kept = tuple(action for action in us.actions if action.id in FEW)
    few: Protocol = us.model_copy(update={"id": "few", "actions": kept})
    asked = {"the US protocol": us, "eleven of its actions": few, "the EU protocol": load_protocol("eu")}
    made = {
        title: plan_treatment(protocol, boston, not_before=date(2027, 1, 11), courses=3, plan_id="p7")
        for title, protocol in asked.items()
    }
    return {f"{title}, {to_ics(plan, stamp=STAMP).count(b'BEGIN:VEVENT')} events": plan for title, plan in made.items()}


def content(file: bytes) -> dict[str, tuple[object, ...]]:
    """Return what matters in a file, by UID: days or instants, status, sequence, the beginning of the title."""
    return {
        event["UID"].value: (
            event.hours if event.is_by_the_clock else event.days,
            event["STATUS"].value,
            event["SEQUENCE"].value,
            event["TRANSP"].value,
            event["SUMMARY"].text[:8],
        )
        for event in read_calendar(file).all("VEVENT")
    }


def check_agreement(plan: Plan) -> None:
    """Raise if the two sides write different events."""
    ours, theirs = content(to_ics(plan, stamp=STAMP)), content(calendar_file(plan, STAMP))
    if ours != theirs:
        differing = [uid for uid in ours.keys() | theirs.keys() if ours.get(uid) != theirs.get(uid)]
        raise AssertionError(f"{len(differing)} events differ: {differing[:3]}")


def sides(plan: Plan) -> Mapping[str, Callable[[], object]]:
    return {
        "naive": lambda: calendar_file(plan, STAMP),
        "library": lambda: to_ics(plan, stamp=STAMP),
        "library, clinical titles and reasons": lambda: to_ics(plan, stamp=STAMP, titles="clinical"),
    }


def a_turn(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    return {side: timed(lambda: [work() for _ in range(TIMES)]) / TIMES * 1e3 for side, work in works.items()}  # noqa: B023  # called at once


def measured(title: str, plan: Plan, repeats: int) -> list[Row]:
    check_agreement(plan)
    works = sides(plan)
    turns = [a_turn(works) for _ in range(repeats + 1)][1:]
    return [row_of(title, side, turns) for side in works]


def figures(repeats: int) -> str:
    rows = [row for title, plan in plans().items() for row in measured(title, plan, repeats)]
    cells = [
        (f"{r.case}: {r.side}", f"{r.middle:.1f}", f"{r.least:.1f} to {r.most:.1f}", f"{r.ratio:.1f}") for r in rows
    ]
    head = ("ms a calendar file", "median", "range", "naive takes … times as long")
    return f"{machine()}, icalendar {version('icalendar')}.\n\n{table(head, cells)}"


def write(text: str) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure calendar files beside the plainest use of icalendar.")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    options = parser.parse_args()
    text = figures(options.repeats)
    sys.stdout.write(text + "\n")
    if options.write:
        write(text)


if __name__ == "__main__":
    main()
