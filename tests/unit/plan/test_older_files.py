"""Plans that were written before facts stood beside words get them when they are read, from known words alone."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from lemtrada_schedule import History, Plan, load_protocol, plan_treatment, replan
from lemtrada_schedule.plan.older_files import with_facts
from tests.support.clinics import WEEK, clinic_open

CLINIC = clinic_open(
    WEEK,
    country="US",
    subdivision="MA",
    closures={"2027-01-20": "Staff day"},
    fully_booked={"2027-01-21": "No chair"},
)
PLAN = plan_treatment(load_protocol("us-2024-05-r2"), CLINIC, not_before=date(2027, 1, 16), courses=2)
FACTS = ("anchor_kind", "anchor_course", "anchor_ordinals", "closure", "kind of closure")


def without_facts(node: Any, *, closure: bool = False) -> Any:
    """Return JSON without the facts that stand beside words."""
    if isinstance(node, list):
        return [without_facts(part, closure=closure) for part in node]
    if not isinstance(node, dict):
        return node
    dropped = {*FACTS, "kind"} if closure else set(FACTS)
    return {
        name: without_facts(part, closure=name == "closures" and "holidays" in node)
        for name, part in node.items()
        if name not in dropped
    }


def before_visits(plan: Plan) -> Plan:
    """Return a plan as releases wrote it that knew no visits."""
    provenance = plan.provenance.model_copy(update={"rules": None})
    return plan.model_copy(update={"visits": (), "provenance": provenance})


def test_a_plan_without_facts_is_read_as_the_same_plan() -> None:
    older = before_visits(PLAN)
    tree = without_facts(older.model_dump(mode="json"))
    assert "anchor_kind" not in str(tree)
    assert "closure'" not in str(tree)
    assert Plan.model_validate(tree) == older


def test_a_plan_without_facts_is_replanned_with_a_new_revision_for_its_visits_alone() -> None:
    """On the day of the count that ends the prophylaxis, which is its last day and so not yet past."""
    us, day = load_protocol("us-2024-05-r2"), date(2027, 6, 1)
    days = ["2027-01-11", "2027-01-12", "2027-01-13", "2027-01-14", "2027-01-15"]
    counts = [{"code": "cd4", "date": day, "value": 250}]
    history = History.from_dates(days, observations=counts)
    clinic = clinic_open(WEEK)
    first = plan_treatment(us, clinic, not_before=date(2028, 1, 20), history=history, as_of=day)
    plan = replan(first, us, clinic, history=history, as_of=day).plan
    assert "cd4 of at least 200 cells/uL" in [one.because.anchor for one in plan.activities if one.because]
    older = Plan.model_validate(without_facts(before_visits(plan).model_dump(mode="json")))
    assert older == before_visits(plan)
    again = replan(older, us, clinic, history=history, as_of=day)
    assert again.plan == plan.model_copy(update={"revision": plan.revision + 1})
    assert {change.kind for change in again.changes} == {"kept"}
    assert replan(again.plan, us, clinic, history=history, as_of=day).plan == again.plan


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        ("requested start", ("requested-start", None, ())),
        ("first infusion of course 2", ("first-infusion", 2, ())),
        ("last infusion of course 12", ("last-infusion", 12, ())),
        ("infusion days 1, 2, 3 of course 1", ("infusion-days", 1, (1, 2, 3))),
        ("end of each infusion of course 3", ("each-infusion", 3, ())),
        ("first infusion of course 1 on record", ("on-record", 1, ())),
        ("test on record", ("test-on-record", None, ())),
        ("cd4 of at least 200 cells/uL", ("observation", None, ())),
    ],
)
def test_the_anchors_that_were_written(words: str, facts: tuple[object, ...]) -> None:
    read = with_facts({"courses": [{"because": {"anchor": words}}]})["courses"][0]["because"]
    assert (read["anchor_kind"], read["anchor_course"], read["anchor_ordinals"]) == facts


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("closed on Saturdays", "weekly", None),
        ("public holiday: New Year's Day", "holiday", "New Year's Day"),
        ("closed: Staff day", "closure", "Staff day"),
        ("fully booked: no chair", "booked", "no chair"),
        ("open 08:00-12:00 only; needed: 0 minutes before and 360 after 09:00", "too-short", None),
    ],
)
def test_the_reasons_that_were_written(words: str, kind: str, name: str | None) -> None:
    course = with_facts({"courses": [{"passed_over": [{"reason": words}]}]})["courses"][0]
    assert course["passed_over"][0]["closure"] == {"kind": kind, "name": name}


@pytest.mark.parametrize("words", ["a count of cells", "first infusion of course 0", "", 7, None, ["x"]])
def test_other_words_stay_words(words: object) -> None:
    """Whatever is wrong with them, their own checks say."""
    tree = {
        "courses": [{"because": {"anchor": words}, "passed_over": [{"reason": words}, words]}, words],
        "activities": [{"begins_because": words, "baseline": words, "ends_because": {"anchor": words}}],
    }
    assert with_facts(deepcopy(tree)) == tree


@pytest.mark.parametrize(
    "provenance",
    [
        None, 7, {}, {"closures": 7}, {"closures": [7]}, {"closures": [{"date": "2027-01-20"}]},
        {"closures": [{"date": 7, "reason": 7}], "clinic": {"closures": [7, {"date": 7, "reason": 7}]}},
    ],
)  # fmt: skip
def test_a_provenance_of_another_form_is_left_to_its_checks(provenance: object) -> None:
    assert with_facts({"provenance": provenance}) == {"provenance": provenance}


def test_facts_that_are_there_are_not_replaced() -> None:
    stated = {"anchor": "requested start", "anchor_day": "x", "offset": "", "anchor_kind": "observation"}
    assert with_facts({"courses": [{"because": stated}]})["courses"][0]["because"] == stated
