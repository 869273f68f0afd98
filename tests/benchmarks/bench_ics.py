"""Calendar files beside the plainest use of `icalendar`. What both write is compared first."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Final

from lemtrada_schedule import Plan, Protocol, load_protocol, plan_treatment, to_ics
from tests.benchmarks.bench_plan import question
from tests.benchmarks.naive_ics import calendar_file
from tests.benchmarks.turns import CORE, Row, Work, figures_table, machine, rows_of, times_as_fast_as
from tests.support.ical_lines import read_calendar

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
    asked = {"the US protocol": us, "eleven of its actions": few, "the EU protocol": load_protocol("eu-2020-01")}
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


def often(work: Work) -> list[object]:
    return [work() for _ in range(TIMES)]


def measured(title: str, plan: Plan, repeats: int) -> list[Row]:
    check_agreement(plan)
    works: dict[str, Work] = {
        "naive": lambda: calendar_file(plan, STAMP),
        "library": lambda: to_ics(plan, stamp=STAMP),
        "library, clinical titles and reasons": lambda: to_ics(plan, stamp=STAMP, titles="clinical"),
    }
    sides = {side: partial(often, work) for side, work in works.items()}
    return rows_of(title, sides, repeats, per_second=1e3 / TIMES, ratio=times_as_fast_as("naive"))


def figures(repeats: int) -> str:
    rows = [row for title, plan in plans().items() for row in measured(title, plan, repeats)]
    told = figures_table("ms a calendar file", rows, "naive takes … times as long", digits=1)
    return f"{machine(*CORE, 'icalendar')}\n\n{told}"
