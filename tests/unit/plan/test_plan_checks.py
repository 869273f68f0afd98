"""A written plan is checked against itself: every plan that the library makes passes, a contradiction is refused."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lemtrada_schedule import InvalidInput, Plan, ScheduleError, plan_treatment, replan
from lemtrada_schedule.plan import plan as plan_module
from lemtrada_schedule.plan.checks.contradictions import CODE, RULES
from lemtrada_schedule.records.history import Decision, History
from lemtrada_schedule.validation.accepted import Listed
from tests.support import history_laws as laws
from tests.support.budget import examples
from tests.support.clinics import WEEK, clinic_open
from tests.support.histories import EVERY_DAY, US, WEEKDAYS_ONLY, closed_on, day, history, run, series
from tests.support.history_strategies import DECISIONS, Going, Recorded, counts_after, decided, going, messy
from tests.support.plan_mutations import (
    CONTRADICTIONS,
    LEGAL,
    Changed,
    changed_plans,
    course,
    general,
    made,
    part,
    texts,
    tree_of,
)
from tests.support.plan_strategies import Case, cases, night_cases


def read_again(plan: Plan) -> None:
    """Fail where a plan of the library's is refused when it was written and is read."""
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


# --- every plan that the library makes passes ----------------------------------------------------


@given(cases() | night_cases())
def test_a_plan_that_was_made_anew_does_not_contradict_itself(case: Case) -> None:
    try:
        plan = case.planned()
    except ScheduleError:
        return
    read_again(plan)


@given(going(), st.sampled_from([0, 1, 5, 30, 400]))
def test_a_plan_that_was_made_again_does_not_contradict_itself(case: Going, later: int) -> None:
    plan = laws.again(case).plan
    read_again(plan)
    on = Going(case.treatment, case.rows, case.as_of + timedelta(days=later), case.closures, case.decisions)
    try:
        again = laws.again(on, plan).plan
    except ScheduleError:
        return
    read_again(again)


def plans_of(case: Recorded, about: dict[str, Any], decision: dict[str, Any] | None, taken_back: int) -> list[Plan]:
    """Return the plans of a patient with any records: planned in their midst, and made again one after the other."""
    protocol = case.protocol.protocol
    clinic = EVERY_DAY if taken_back % 2 else WEEKDAYS_ONLY
    given = History.model_validate({"infusions": [dict(row) for row in case.rows], **about})
    left = History.model_validate({"infusions": [dict(row) for row in case.rows][:taken_back]})
    days = sorted(row["date"] for row in case.rows)
    found: list[Plan] = []
    plan = plan_treatment(protocol, clinic, not_before=days[0], courses=3)
    asked: Sequence[tuple[History, date, Listed[Decision]]] = [
        *((given, one, ()) for one in days[::3] if one < case.as_of),
        (given, case.as_of, [Decision.model_validate(decision)] if decision else []),
        (left, case.as_of, ()),
    ]
    for records, as_of, decisions in asked:
        try:
            plan = replan(plan, protocol, clinic, history=records, as_of=as_of, decisions=decisions).plan
        except ScheduleError:
            continue
        found.append(plan)
    try:
        start = days[-1] + timedelta(days=1 + taken_back)
        mid = plan_treatment(protocol, clinic, not_before=start, courses=4, history=given, as_of=case.as_of)
    except ScheduleError:
        return found
    return [*found, mid]


@given(messy(), st.data())
@settings(suppress_health_check=list(HealthCheck))
def test_a_plan_of_any_records_does_not_contradict_itself(case: Recorded, data: st.DataObject) -> None:
    days = [row["date"] for row in case.rows]
    about = data.draw(
        st.sampled_from([{}, {}, {"unreadable": [3]}, {"unreadable_observations": [3]}])
        | counts_after(days).map(lambda counts: {"observations": counts})
    )
    what = data.draw(st.sampled_from([None, *DECISIONS]))
    decision = decided(data.draw(st.integers(1, 3)), what) if what else None
    for plan in plans_of(case, about, decision, data.draw(st.integers(0, len(case.rows)))):
        read_again(plan)


def test_plans_of_every_status_are_read() -> None:
    seen = Counter(one.status for plan in made().values() for one in plan.courses)
    assert seen.keys() == {"planned", "tentative", "in-progress", "partial", "complete"}
    for plan in made().values():
        read_again(plan)


# --- contradictions ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_is_refused_with_its_place(name: str) -> None:
    which, change, place = CONTRADICTIONS[name]
    tree = tree_of(which)
    change(tree)
    with pytest.raises(InvalidInput) as refused:
        Plan.model_validate(tree)
    assert {one.code for one in refused.value.problems} == {CODE}
    assert place in {one.place for one in refused.value.problems}
    assert all(re.search(r"[;:] .*(correct|add|remove|put|make|plan)", str(one)) for one in refused.value.problems)


@pytest.mark.sweep  # each contradiction is also a test of its own; here the plan is read from JSON text
def test_there_are_many_contradictions_and_each_rule_finds_one() -> None:
    assert len(CONTRADICTIONS) >= 40
    found: set[str] = set()
    for which, change, _ in CONTRADICTIONS.values():
        tree = tree_of(which)
        change(tree)
        with pytest.raises(InvalidInput) as refused:
            Plan.model_validate_json(json.dumps(tree))
        found |= {one.message for one in refused.value.problems}
    assert len(RULES) > 25
    assert len(found) > 60


@given(changed_plans())
@settings(max_examples=examples(400))
def test_any_single_change_is_refused_or_legal(changed: Changed) -> None:
    try:
        Plan.model_validate(changed.tree)
    except InvalidInput:
        return
    assert any(re.fullmatch(legal, general(changed.path)) for legal in LEGAL)


# --- what is checked, and when -------------------------------------------------------------------


def test_what_planning_makes_is_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planning is fast because its plans need no check."""

    class CheckedError(Exception):
        pass

    def fail(_written: object) -> None:
        raise CheckedError

    monkeypatch.setattr(plan_module, "contradictions", fail)
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11"))
    again = replan(plan, US, EVERY_DAY, history=history(run("2027-01-11", 2)), as_of=day("2027-01-12")).plan
    assert again.model_copy(update={"plan_id": "p1"}).plan_id == "p1"
    with pytest.raises(CheckedError):
        Plan.model_validate_json(plan.model_dump_json())


@pytest.mark.parametrize("name", ["courses", "contraception", "activities", "provenance"])
def test_a_plan_of_which_one_part_is_a_table_is_checked(name: str) -> None:
    plan = made()["fresh"]
    fields = {field: getattr(plan, field) for field in Plan.model_fields}
    contradicting = {**fields, "revision": 3, "protocol": "us", name: plan.model_dump()[name]}
    with pytest.raises(InvalidInput) as refused:
        Plan.model_validate(contradicting)
    found = [(one.code, one.place) for one in refused.value.problems]
    assert found == [(CODE, "protocol"), (CODE, "provenance.rules")]


def test_a_plan_without_its_schema_version_is_refused() -> None:
    tree = tree_of("fresh")
    del tree["schema_version"]
    with pytest.raises(InvalidInput) as refused:
        Plan.model_validate(tree)
    assert [(one.code, one.place) for one in refused.value.problems] == [("missing-field", "schema_version")]


def test_a_place_with_an_odd_id_is_told_by_its_position() -> None:
    """An id that is not of the form may be anything, and is not repeated."""
    tree = tree_of("fresh")
    course(tree)["id"] = "Jane Doe"
    part(tree, "blood-count/course-1")["id"] = "Jane Doe"
    with pytest.raises(InvalidInput) as refused:
        Plan.model_validate(tree)
    assert "Jane" not in str(refused.value)
    assert {"courses.0.id", "activities.5.id"} <= {one.place for one in refused.value.problems}


def test_a_plan_whose_lengths_other_zone_data_change_is_read_with_the_finding() -> None:
    """As if the clocks of that January changed in other years: wall times stay, though elapsed time may differ."""
    text = texts()["fresh"].replace("2027-01-25T09:00:00-05:00", "2027-01-25T09:00:00-04:00")
    read = Plan.model_validate_json(text)
    assert "zone-data-differs" in {one.code for one in read.findings}


def test_a_contraception_that_is_counted_otherwise_need_not_hold_its_course() -> None:
    """A protocol of one's own may count it from day 2 on, or from the first infusion alone."""
    actions = [
        one.model_copy(update={"starts": "first infusion + 1 day"}) if one.id == "contraception" else one
        for one in US.actions
    ]
    own = US.model_copy(update={"id": "own", "actions": actions})
    read_again(plan_treatment(own, EVERY_DAY, not_before=day("2027-01-11")))


def test_a_period_that_begins_after_a_late_last_infusion_may_end_before_it() -> None:
    """From a day after the last infusion to 8 days after the first: of a course resumed after weeks, no day is left."""
    offsets = {"starts": "last infusion + 1 day", "ends": "first infusion + 8 days"}
    action = {"id": "rest", "kind": "period", "cite": "faq", **offsets}
    own = US.model_copy(update={"id": "own", "actions": [*US.actions, action]})
    plan = plan_treatment(own, EVERY_DAY, not_before=day("2027-01-11"))
    resume = Decision.model_validate(decided(1, "resume"))
    short = history(run("2027-01-11", 3))
    read_again(replan(plan, own, EVERY_DAY, history=short, as_of=day("2027-02-11"), decisions=[resume]).plan)


def test_a_plan_that_an_earlier_release_replanned_is_read_and_put_right() -> None:
    """Its past dates may be of another anchor: 15 February 2027 as planned, and monthly from the 22nd as given."""
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11"))
    given = history(run("2027-01-18", 5))
    tree = json.loads(replan(plan, US, EVERY_DAY, history=given, as_of=day("2027-02-23")).plan.model_dump_json())
    part(tree, "blood-count/course-1")["dates"][0] = "2027-02-15"
    with pytest.raises(InvalidInput):
        Plan.model_validate(tree)
    del tree["visits"], tree["provenance"]["rules"]  # which that release did not write
    kept = Plan.model_validate(tree | {"schema_version": 1})
    again = replan(kept, US, EVERY_DAY, history=given, as_of=day("2027-02-24")).plan
    assert [str(one) for one in series(again, "blood-count", 1).dates[:2]] == ["2027-02-22", "2027-03-22"]
    part(tree, "blood-count/course-1")["dates"][:1] = ["2027-02-15", "2027-02-15"]
    with pytest.raises(InvalidInput) as refused:
        Plan.model_validate(tree | {"schema_version": 1})
    assert {one.place for one in refused.value.problems} == {"activities.blood-count/course-1.dates"}


def test_a_course_whose_record_was_taken_back_waits_with_whole_days() -> None:
    """Course 2 was on record with one day, without hours; the record was in error, and course 1 is now interrupted."""
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11"))
    begun = history(run("2027-01-11", 5), run("2028-01-15", 1, status="partial"))
    held = replan(plan, US, EVERY_DAY, history=begun, as_of=day("2028-01-20")).plan
    back = replan(held, US, EVERY_DAY, history=history(run("2027-01-11", 3)), as_of=day("2028-01-21")).plan
    assert [one.status for one in back.courses] == ["partial", "tentative"]
    assert [str(one.date) for one in back.courses[1].days] == ["2028-01-15", "2028-01-16", "2028-01-17"]
    assert all(one.dose_mg == 12 and one.infusion and one.observation for one in back.courses[1].days)
    read_again(back)
    tree = json.loads(back.model_dump_json())
    del tree["visits"], tree["provenance"]["rules"]  # which that release did not write
    course(tree, 2)["days"][0] |= {"dose_mg": None, "infusion": None, "observation": None}
    part(tree, "reaction-watch/course-2")["windows"].pop(0)
    part(tree, "reaction-watch/course-2")["because"]["result"] = "2028-01-17"
    kept = Plan.model_validate(tree | {"schema_version": 1})  # an earlier release kept such days
    assert kept.courses[1].days[0].infusion is None
    with pytest.raises(InvalidInput):
        Plan.model_validate(tree)


def test_a_course_may_wait_on_a_day_that_is_closed_and_at_other_hours() -> None:
    plan = plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11"))
    clinic = closed_on(clinic_open(WEEK, infusion_starts="08:30"), "2028-01-16")
    waiting = replan(plan, US, clinic, history=history(run("2027-01-11", 3)), as_of=day("2027-01-20")).plan
    assert waiting.courses[1].first_day == day("2028-01-15")
    read_again(waiting)
