"""The plans that clients are given: Boston's, five years in zones of every kind, a course over each clock change."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule import (
    Clinic,
    History,
    Plan,
    Protocol,
    Revision,
    load_protocol,
    plan_treatment,
    read_clinic,
    replan,
)
from tests.golden.make_plans import WEEK, clinic, few
from tests.support.calendar_events import expected_events, uid
from tests.support.strategies import transitions
from tests.unit.exports.test_ics import HOSTILE, in_every_field

ROOT: Final = Path(__file__).parents[2]
STAMP: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ONE_DAY: Final = timedelta(days=1)
ZONES: Final = {
    "Africa/Casablanca": (2021, 2026),
    "Australia/Sydney": (2026, 2031),
    "Europe/London": (2026, 2031),
    "Australia/Lord_Howe": (2026, 2031),
    "America/Phoenix": (2026, 2031),
}
"""Five years each: the first is in it, the last is not. Casablanca's clocks change for the last time in 2026."""


def boston(not_before: date = date(2027, 1, 11), **more: Any) -> Plan:
    """Return two courses at the clinic of the examples."""
    return plan_treatment(load_protocol("us-2024-05"), place(), not_before=not_before, plan_id="p7", **more)


def small(not_before: date = date(2027, 1, 11), revision: int = 0) -> Plan:
    """Return the two courses with few things around them.

    23 events: 8 infusion days, both ends of 2 + 2 periods, 1 deadline, 5 yearly examinations and the first one's
    baseline. 6 days of medicine and 8 reaction watches stand in the text of the infusion days.
    """
    plan = plan_treatment(few_things(), place(), not_before=not_before, plan_id="p7")
    return plan.model_copy(update={"revision": revision})


def interrupted() -> Revision:
    """Return the small plan, made again after three days of five."""
    given = History.from_dates(["2027-01-11", "2027-01-12", "2027-01-13"])
    return replan(small(), few_things(), place(), history=given, as_of=date(2027, 1, 20))


def few_things() -> Protocol:
    """Return the US protocol with few actions."""
    us = few("us")
    kept = tuple(action for action in us.actions if action.id not in ("blood-count", "thyroid"))
    return us.model_copy(update={"actions": kept})


def place() -> Clinic:
    """Return the clinic of the examples."""
    return read_clinic(ROOT / "examples" / "boston.toml")


SMALL: Final = 23


def plans() -> Iterator[tuple[str, Plan]]:
    """Yield every plan with a name."""
    yield "boston", boston(courses=5)
    for zone, years in ZONES.items():
        city = zone.rpartition("/")[2].lower()
        yield city, five_courses(zone, years[0])
        for number, change in enumerate(transitions(zone, *years)):
            for hour in ("00:30", "09:00"):
                yield f"{city}-{number}-{hour[:2]}", over(zone, change.date(), hour)
    for number, text in enumerate(HOSTILE.values()):
        yield f"text-{number}", in_every_field(text)


def by_the_new_law() -> Iterator[tuple[str, Plan]]:
    """Yield plans in Morocco after 20 September 2026: the clocks stay, by a law that older zone data don't know."""
    yield "the change itself", over("Africa/Casablanca", date(2026, 9, 20), "00:30")
    yield "five years after it", five_courses("Africa/Casablanca", 2027)


def five_courses(zone: str, year: int) -> Plan:
    """Return five courses, one each January."""
    return plan_treatment(
        load_protocol("us-2024-05"), clinic(zone), not_before=date(year, 1, 5), courses=5, plan_id="p7"
    )


def over(zone: str, day: date, starts: str) -> Plan:
    """Return a course whose third day is the one on which the clocks change."""
    at_night = clinic(zone, days=WEEK, hours="00:00-23:59", infusion_starts=starts)
    return plan_treatment(few("us"), at_night, not_before=day - 2 * ONE_DAY, courses=1, plan_id="p7")


def expected_of(plan: Plan) -> dict[str, tuple[str, str]]:
    """Return start and exclusive end of each event by UID: days as `2027-01-11`, instants as `2027-01-11T14:00:00Z`."""
    return {uid(plan, item): _written(*days) for item, days in expected_events(plan)}


def _written(first: Any, last: Any) -> tuple[str, str]:
    if isinstance(first, datetime):
        return first.strftime("%Y-%m-%dT%H:%M:%SZ"), last.strftime("%Y-%m-%dT%H:%M:%SZ")
    return first.isoformat(), (last + ONE_DAY).isoformat()
