"""Plans of three courses with their patients' records, as a clinic has them: some years of monthly tests."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from lemtrada_schedule import Clinic, History, Plan, Protocol, load_protocol, plan_treatment, read_clinic
from tests.benchmarks.turns import ROOT

__all__ = ["AS_OF", "MARCH", "treatments"]

AS_OF: Final = date(2027, 3, 1)
MARCH: Final[dict[str, Any]] = {"as_of": AS_OF, "first_day": AS_OF, "last_day": date(2027, 3, 31)}
"""What is asked: a month, from its first day."""
FIRST_START: Final = date(2022, 1, 1)
STARTS: Final = 1_400
"""How many days the first courses begin within: some are complete for years, some have just begun."""
DONE: Final = 0.9
"""How many of the visits are made."""
EARLY: Final = 3
"""A visit is made up to so many days before its due day, exclusive."""


@cache
def question() -> tuple[Protocol, Clinic]:
    return load_protocol("us-2024-05-r2"), read_clinic(ROOT / "examples" / "boston.toml")


def treatments(count: int, *, seed: int = 2027) -> Iterator[tuple[Plan, History]]:
    """Yield plans with the histories of their patients, the same ones every time; each is made when it is asked for."""
    chance = random.Random(seed)  # noqa: S311  # a sample, not a secret
    protocol, clinic = question()
    for number in range(count):
        first = FIRST_START + timedelta(days=chance.randrange(STARTS))
        plan = plan_treatment(protocol, clinic, not_before=first, courses=3, plan_id=f"p{number}")
        yield plan, history_of(plan, chance)


def history_of(plan: Plan, chance: random.Random) -> History:
    """Return the records of a patient who was given what was planned, and missed some visits."""
    given = [day.date for day in plan.infusion_days if day.date < AS_OF]
    done: list[dict[str, Any]] = []
    for visit in plan.visits:
        if visit.due < AS_OF and visit.group == "laboratory" and chance.random() < DONE:
            day = visit.due - timedelta(days=chance.randrange(EARLY))
            done += [{"date": day, "code": kind} for kind in sorted({test.partition("/")[0] for test in visit.tests})]
    return History.from_dates(given, patient=plan.plan_id, observations=done)
