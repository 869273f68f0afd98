"""The strategies of plans draw rare cases often enough: each class in at least its stated share of draws."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from lemtrada_schedule import InvalidInput, NoFeasibleStart, Plan
from tests.support.plan_strategies import WEEKDAYS, Case, cases, label_tables, night_cases, shipped
from tests.support.planned import infusion_of, observation_of

pytestmark = pytest.mark.sweep
DRAWS: Final = 400
# The least share of each class among the cases drawn.
LEAST: Final = {
    "a last infusion on 29 February": 0.01,
    "a last infusion on the 29th to 31st": 0.1,
    "a last infusion at a month's end": 0.03,
    "a course moved by a closure": 0.1,
    "a course moved by a full clinic": 0.02,
    "a course moved by a public holiday": 0.01,
    "a course moved by short hours": 0.01,
    "a course moved by a fortnight": 0.02,
    "a holiday of the year after": 0.002,
    "an extra open day in use": 0.02,
    "no weekday open": 0.002,
    "a clinic that is refused": 0.01,
    "a course that never fits": 0.02,
    "a shipped protocol": 0.25,
    "a user's own protocol": 0.15,
    "one course": 0.1,
    "four courses": 0.02,
    "dates after 2099": 0.005,
    "contraception periods that merge": 0.01,
    "a baseline that reuses a draw": 0.05,
    "preparation before the infusion": 0.1,
    "asked after the start": 0.01,
}


def share_of(strategy: SearchStrategy[Case], classes: Callable[[Case], Iterator[tuple[str, bool]]]) -> Counter[str]:
    """Count the classes of some hundred cases."""
    counts: Counter[str] = Counter()

    @settings(
        max_examples=DRAWS,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(case: Case) -> None:
        counts.update(name for name, is_so in classes(case) if is_so)

    draw()
    return counts


def is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def classes_of_plan(case: Case, plan: Plan) -> Iterator[tuple[str, bool]]:
    last = [course.last_day for course in plan.courses]
    yield "a last infusion on 29 February", any((day.month, day.day) == (2, 29) for day in last)
    yield "a last infusion on the 29th to 31st", any(day.day > 28 for day in last)
    yield "a last infusion at a month's end", any(map(is_month_end, last))
    passed = [one.closed_day for course in plan.courses for one in course.passed_over]
    why = {day: case.why_closed(day) for day in passed}
    yield "a course moved by a closure", "closure" in why.values()
    yield "a course moved by a full clinic", "booked" in why.values()
    yield "a course moved by a public holiday", "holiday" in why.values()
    yield "a course moved by short hours", "hours" in why.values()
    yield "a course moved by a fortnight", any(course.drift_days >= 14 for course in plan.courses)
    new_years_eves = [day for day in why if (day.month, day.day) == (12, 31)]
    yield "a holiday of the year after", any(why[day] == "holiday" for day in new_years_eves)
    open_days = {WEEKDAYS.index(day) for day, _ in case.clinic.hours}
    extra = [day.date for day in plan.infusion_days if day.date.weekday() not in open_days]
    yield "an extra open day in use", bool(extra)
    yield "dates after 2099", "-2100" in plan.model_dump_json() or '"210' in plan.model_dump_json()
    yield "contraception periods that merge", len(plan.contraception) < len(plan.courses)
    baselines = [one["baseline"] for one in case.expected["activities"] if one.get("baseline")]
    yield "a baseline that reuses a draw", any(baseline["reused"] for baseline in baselines)


def classes_of(case: Case) -> Iterator[tuple[str, bool]]:
    yield "all", True
    yield "no weekday open", not case.clinic.hours
    yield "a shipped protocol", case.protocol.is_shipped
    yield "a user's own protocol", case.protocol.rules["id"] in {"small", "own", "copied"}
    yield "one course", case.courses == 1
    yield "four courses", case.courses == 4
    yield "preparation before the infusion", case.clinic.preparation_minutes > 0
    yield "asked after the start", case.as_of is not None and case.as_of > case.not_before
    try:
        plan = case.planned()
    except (InvalidInput, NoFeasibleStart) as refusal:
        yield "a clinic that is refused", isinstance(refusal, InvalidInput)
        yield "a course that never fits", isinstance(refusal, NoFeasibleStart)
    else:
        yield from classes_of_plan(case, plan)


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    return share_of(cases(), classes_of)


@pytest.mark.parametrize("name", LEAST)
def test_rare_cases_are_drawn(seen: Counter[str], name: str) -> None:
    assert seen[name] / seen["all"] >= LEAST[name]


def test_every_class_has_its_least_share(seen: Counter[str]) -> None:
    assert seen.keys() - {"all"} == LEAST.keys()
    assert seen["all"] >= DRAWS * 0.9


def night_classes(case: Case) -> Iterator[tuple[str, bool]]:
    plan = case.planned()
    yield "all", True
    starts_and_ends = [(infusion_of(day).start, observation_of(day).end) for day in plan.infusion_days]
    lengths = {end.replace(tzinfo=None) - start.replace(tzinfo=None) for start, end in starts_and_ends}
    yield "an hour lost or won", len(lengths) > 1
    yield "an hour lost", max(lengths) > timedelta(hours=6)
    yield "an hour won", min(lengths) < timedelta(hours=6)
    yield "half an hour", timedelta(minutes=30) in {length % timedelta(hours=1) for length in lengths}
    yield "an end in the repeated hour", any(end.fold for _, end in starts_and_ends)


def test_nights_hold_a_clock_change() -> None:
    counts = share_of(night_cases(), night_classes)
    assert counts["an hour lost or won"] / counts["all"] >= 0.5
    assert counts["an hour lost"] / counts["all"] >= 0.2
    assert counts["an hour won"] / counts["all"] >= 0.2
    assert counts["half an hour"] / counts["all"] >= 0.01
    assert counts["an end in the repeated hour"] / counts["all"] >= 0.01


def test_the_plain_tables_are_those_of_the_protocol() -> None:
    """The oracle reads what the library reads: the numbers of the labels, as the facts have them."""
    for name, most in (("us-2024-05", 6), ("eu-2020-01", 4)):
        facts = shipped(name)
        assert label_tables(name) == facts.rules
        assert [rule["infusion_days"] for rule in facts.rules["courses"]] == [5, 3, 3]
        assert [rule.get("minimum_interval") for rule in facts.rules["courses"]] == [None, "12 months", "12 months"]
        assert (facts.slot, facts.most_courses) == (360, most)
        assert facts.is_shipped
