"""Laws of chairs (S44), on drawn clinics, treatments and records.

Bookings never close a plan's own day; nightly replanning moves nobody for want of a chair and raises no revision; the
order of plans does not matter; and patients planned one after another never need more chairs than there are.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import permutations
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from lemtrada_schedule import Bookings, Clinic, History, Plan, compare, load_protocol, plan_treatment, replan
from lemtrada_schedule.plan.items import items
from tests.support.budget import examples
from tests.support.clinics import MON_TO_FRI, TUE_TO_SAT, WEEK, clinic_open
from tests.support.histories import EU, US, decision, history, run, with_yearly_tests

START: Final = date(2027, 3, 1)
ASKED: Final = date(2027, 2, 1)
EU_R2: Final = load_protocol("eu-2020-01-r2")
YEARLY: Final = with_yearly_tests(US)
"""Tests need no chair."""


def clinics() -> st.SearchStrategy[Clinic]:
    def made(week: str, chairs: int) -> Clinic:
        return clinic_open(week, name="Harbor", chairs=chairs)

    return st.builds(made, st.sampled_from([MON_TO_FRI, TUE_TO_SAT, WEEK]), st.integers(1, 3))


starts: Final = st.lists(st.integers(0, 30).map(lambda n: START + timedelta(days=n)), min_size=2, max_size=6)


def planned(clinic: Clinic, name: str, first: date, bookings: Bookings | None = None, courses: int = 2) -> Plan:
    return plan_treatment(YEARLY, clinic, not_before=first, courses=courses, plan_id=name, bookings=bookings)


def regardless(clinic: Clinic, firsts: Sequence[date]) -> list[Plan]:
    """Return plans that were made without regard to each other."""
    return [planned(clinic, f"p{index}", first) for index, first in enumerate(firsts)]


@given(clinics(), starts)
@settings(max_examples=examples(60))
def test_S44_patients_planned_one_after_another_never_exceed_the_chairs(clinic: Clinic, firsts: list[date]) -> None:
    plans: list[Plan] = []
    for index, first in enumerate(firsts):
        bookings = Bookings.of(plans, clinic=clinic, as_of=ASKED)
        plans.append(planned(clinic, f"p{index}", first, bookings))
    taken = Counter(day.date for plan in plans for day in plan.infusion_days)
    assert clinic.chairs is not None
    assert max(taken.values()) <= clinic.chairs
    bookings = Bookings.of(plans, clinic=clinic, as_of=ASKED)
    assert all(bookings.taken_on(day) == count for day, count in taken.items())
    for plan in plans:
        night = replan(plan, YEARLY, clinic, history=History(), as_of=ASKED, bookings=bookings)
        assert "chairs-overbooked" not in {one.code for one in night.plan.findings}


@given(clinics(), starts)
@settings(max_examples=examples(60))
def test_S44_nightly_replanning_with_full_chairs_moves_nobody(clinic: Clinic, firsts: list[date]) -> None:
    plans = regardless(clinic, firsts)
    for night in range(2):
        as_of = ASKED + timedelta(days=night)
        bookings = Bookings.of(plans, clinic=clinic, as_of=as_of)
        revisions = [replan(one, YEARLY, clinic, history=History(), as_of=as_of, bookings=bookings) for one in plans]
        assert {change.kind for one in revisions for change in one.changes} == {"kept"}
        assert {one.plan.revision for one in revisions} == {0}
        for revision in revisions:
            _check_overbooked(revision.plan, bookings)
        plans = [one.plan for one in revisions]


def _check_overbooked(plan: Plan, bookings: Bookings) -> None:
    """Compare the days that a plan names with a count of what all plans need."""
    chairs = plan.provenance.clinic.chairs
    assert chairs is not None
    named = {one.day for one in plan.findings if one.code == "chairs-overbooked"}
    assert named == {day.date for day in plan.infusion_days if bookings.taken_on(day.date) > chairs}


@given(clinics(), starts)
@settings(max_examples=examples(60))
def test_S44_bookings_never_close_a_plans_own_day(clinic: Clinic, firsts: list[date]) -> None:
    """Only its own booking is there: planned anew or again, each plan is what it was."""
    for plan in regardless(clinic, firsts):
        own = Bookings.of([plan], clinic=clinic, as_of=ASKED)
        name, first = str(plan.plan_id), plan.provenance.request.not_before
        assert planned(clinic, name, first, own).courses == plan.courses
        assert replan(plan, YEARLY, clinic, history=History(), as_of=ASKED, bookings=own).plan.courses == plan.courses
        assert own.without(name) == Bookings.of([], clinic=clinic, as_of=ASKED)


@given(clinics(), starts.filter(lambda firsts: len(firsts) <= 4))
@settings(max_examples=examples(30))
def test_S44_the_order_of_plans_does_not_matter(clinic: Clinic, firsts: list[date]) -> None:
    plans = regardless(clinic, firsts)
    assert len({Bookings.of(one, clinic=clinic, as_of=ASKED).model_dump_json() for one in permutations(plans)}) == 1


given_days: Final = st.integers(0, 5)


@given(clinics(), given_days, st.integers(0, 20), st.sampled_from(["resume", "treat-as-complete"]), starts)
@settings(max_examples=examples(80))
def test_S44_a_treatment_under_way_is_replanned_to_the_same_plan(
    clinic: Clinic, count: int, later: int, decided: str, firsts: list[date]
) -> None:
    """Whatever was given, with and without a decision: the second night changes nothing, and the plan reads again.

    Days given stay, no day of a further course is on a full day unless it was there before, and `compare` finds the
    same items as `replan`.
    """
    plan = planned(clinic, "own", START)
    first = plan.courses[0].first_day
    as_of = first + timedelta(days=max(count - 1, 0) + later)
    asked: dict[str, Any] = {"history": history(run(str(first), count)) if count else History()}
    if 0 < count < 5 and later > 3:
        asked["decisions"] = [decision(1, decided, on=str(as_of))]
    others = [planned(clinic, f"p{index}", one + timedelta(days=later), courses=1) for index, one in enumerate(firsts)]
    bookings = Bookings.of([plan, *others], clinic=clinic, as_of=as_of)
    made = replan(plan, YEARLY, clinic, as_of=as_of, bookings=bookings, **asked)
    new = Bookings.of([made.plan, *others], clinic=clinic, as_of=as_of)
    again = replan(made.plan, YEARLY, clinic, as_of=as_of, bookings=new, **asked)
    assert (again.plan, {change.kind for change in again.changes}) == (made.plan, {"kept"})
    assert Plan.model_validate_json(made.plan.model_dump_json()) == made.plan
    _check_new_days(plan, made.plan, bookings.without("own"), clinic)
    found = [(one.kind, one.item, one.before, one.after) for one in compare(plan, made.plan).changes]
    assert found == [(one.kind, one.item, one.before, one.after) for one in made.changes]


def _check_new_days(old: Plan, new: Plan, others: Bookings, clinic: Clinic) -> None:
    before = {day.date for day in old.infusion_days}
    assert clinic.chairs is not None
    for day in new.infusion_days:
        assert day.date in before or others.taken_on(day.date) < clinic.chairs


@given(clinics(), given_days, st.integers(0, 800))
@settings(max_examples=examples(60))
def test_S45_another_revision_adds_nothing_that_is_past(clinic: Clinic, count: int, later: int) -> None:
    """Whatever was given, and whenever one goes on by r2 of the EU: added is only what ends on the day or after it."""
    as_of = START + timedelta(days=later)
    given_so_far = history(run(str(START), min(count, later + 1))) if count else History()
    every_day = clinic.model_copy(update={"opening_hours": clinic_open(WEEK).opening_hours})
    plan = plan_treatment(EU, every_day, not_before=START, courses=3)
    before = replan(plan, EU, every_day, history=given_so_far, as_of=as_of).plan
    asked: dict[str, Any] = {"history": given_so_far, "as_of": as_of}
    revision = replan(before, EU_R2, every_day, **asked, accept_protocol=EU_R2.name)
    assert revision.plan.revision == before.revision + 1
    assert Plan.model_validate_json(revision.plan.model_dump_json()) == revision.plan
    ends = {item.id: None if item.is_open else item.days[1] for item in items(revision.plan)}
    for change in revision.changes:
        end = ends.get(change.item)
        assert change.kind != "added" or end is None or end >= as_of
    night = replan(revision.plan, EU_R2, every_day, **asked)
    assert (night.plan, {change.kind for change in night.changes}) == (revision.plan, {"kept"})
