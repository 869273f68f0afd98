"""The walk over a plan: every item once, in order, with the facts that exports need."""

from datetime import date
from typing import get_args

import pytest

from lemtrada_schedule import Plan, load_protocol, plan_treatment
from lemtrada_schedule.plan.activities import Activity
from lemtrada_schedule.plan.items import Item, ItemKind, Shape, items, notes, parts, shown_parts
from tests.golden.make_plans import clinic


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_treatment(load_protocol("us-2024-05"), clinic("America/New_York"), not_before=date(2027, 1, 11))


def item_of(plan: Plan, name: str) -> Item:
    (found,) = [item for item in items(plan) if item.id == name]
    return found


def test_every_kind_of_activity_is_walked(plan: Plan) -> None:
    """The US label has an activity of every kind; a kind has the name that its activities have."""
    kinds = {kind.model_fields["kind"].default for kind in get_args(get_args(Activity)[0])}
    assert kinds | {"infusion", "baseline", "visit"} == set(get_args(ItemKind))
    assert {item.kind for item in items(plan)} == set(get_args(ItemKind))
    assert {part.shape for part in (*parts(plan), *shown_parts(plan))} == set(get_args(Shape))


def test_items_come_in_the_order_of_the_plan(plan: Plan) -> None:
    order = [*plan.courses, *plan.contraception, *plan.activities]
    assert [part.source_part for part in parts(plan)] == order
    names = [item.id for item in items(plan)]
    assert len(set(names)) == len(names)
    assert names[:6] == [*(f"course-1/day-{day}" for day in range(1, 6)), "course-2/day-1"]


def test_a_date_of_a_series_is_counted_from_the_last_infusion(plan: Plan) -> None:
    """Course 1 ends on 15 January 2027: the third monthly count is due on 15 April."""
    item = item_of(plan, "blood-count/course-1/3")
    assert (item.first_day, item.last_day, item.ordinal) == (date(2027, 4, 15), date(2027, 4, 15), 3)
    assert item.reason is not None
    assert (item.reason.anchor_day, item.reason.offset) == (date(2027, 1, 15), "+ 3 × 1 month")
    assert item.recurrence is not None
    assert str(item.recurrence.every) == "1 month"


def test_a_baseline_is_compared_by_the_last_day_that_counts(plan: Plan) -> None:
    """Course 1 starts on 11 January 2027; its tests may be done up to the day before."""
    item = item_of(plan, "blood-count/course-1/baseline")
    assert item.baseline is not None
    assert item.days == (item.baseline.due, item.baseline.last_day)
    assert (item.recurrence, item.full_title) == (None, f"{item.title}: baseline")


def test_a_day_at_the_clinic_has_the_hours_of_infusion_and_observation(plan: Plan) -> None:
    item, day = item_of(plan, "course-2/day-1"), plan.courses[1].days[0]
    assert day.infusion is not None
    assert day.observation is not None
    assert item.hours == (day.infusion.start, day.observation.end)
    assert (item.title, item.reason) == ("Infusion day 1 of course 2", plan.courses[1].because)
    without = plan.courses[1].model_copy(update={"days": [day.model_copy(update={"observation": None})]})
    (given,) = items(
        plan.model_copy(update={"courses": [without], "contraception": [], "activities": [], "visits": ()})
    )
    assert (given.start, given.end, given.hours) == (day.infusion.start, None, None)


def test_a_note_of_every_course_is_there_once_among_the_notes(plan: Plan) -> None:
    actions = [note.action for note in notes(parts(plan))]
    assert len(set(actions)) == len(actions) > 0
    assert {item.note.action for item in items(plan) if item.note} == set(actions)


def test_what_depends_on_a_tentative_course_is_not_settled(plan: Plan) -> None:
    """Course 2 tentative: its days and its tests wait, those of course 1 do not."""
    courses = [plan.courses[0], plan.courses[1].model_copy(update={"status": "tentative"})]
    settled = {item.id: item.is_settled for item in items(plan.model_copy(update={"courses": courses}))}
    assert settled["course-1/day-1"]
    assert settled["blood-count/course-1/1"]
    assert not settled["course-2/day-1"]
    assert not settled["blood-count/course-2/1"]


def test_a_visit_is_an_item_with_its_tests(plan: Plan) -> None:
    """The blood count of 15 May 2027, a Saturday, is a visit by itself in this protocol."""
    item = item_of(plan, "blood-count-visit/course-1/4")
    assert (item.kind, item.shape, item.course, item.part.action) == ("visit", "visit", 1, "")
    assert (item.days, item.suggested) == ((date(2027, 5, 15),) * 2, date(2027, 5, 14))
    assert [test.id for test in item.serves] == ["blood-count/course-1/4"]
    assert item.source_part in plan.visits
    assert item.reason is not None
    assert item.reason.offset == "+ 4 × 1 month"
    assert item_of(plan, "blood-count/course-1/4").suggested is None
    assert item_of(plan, "hpv-visit/treatment/12").part.applies_to == "women"


def test_people_see_visits_and_what_no_visit_serves(plan: Plan) -> None:
    """A baseline that is done is no visit to come: it is left of its series, and the series of the other courses."""
    kinds = {item.kind for part in shown_parts(plan) for item in part.items()}
    assert kinds == {"infusion", "period", "infusion-days", "after-infusion", "note", "visit", "window"}
    served = {name for visit in plan.visits for name in visit.tests}
    single = {item.id for part in parts(plan) for item in part.items()}
    shown = [item.id for part in shown_parts(plan) for item in part.items()]
    assert set(shown) == single - served | {visit.id for visit in plan.visits}
    without = [visit for visit in plan.visits if visit.id != "blood-count-visit/course-1/baseline"]
    (left,) = [
        part for part in shown_parts(plan.model_copy(update={"visits": without})) if part.action == "blood-count"
    ]
    assert [item.id for item in left.items()] == ["blood-count/course-1/baseline"]
    assert left.recurrence is None


def test_a_visit_without_its_tests_is_omitted(plan: Plan) -> None:
    """Somebody took the activities out of a plan, to show the courses alone."""
    bare = plan.model_copy(update={"activities": (), "contraception": ()})
    assert {item.kind for item in items(bare)} == {"infusion"}
    assert [part.id for part in shown_parts(bare)] == ["course-1", "course-2"]


def test_a_visit_is_settled_where_one_of_its_tests_is(plan: Plan) -> None:
    """Month 12 of course 1 is a baseline of course 2 too: it stays where it is if course 2 waits for a decision."""
    courses = [plan.courses[0], plan.courses[1].model_copy(update={"status": "tentative"})]
    settled = {item.id: item.is_settled for item in items(plan.model_copy(update={"courses": courses}))}
    assert settled["blood-count-visit/course-1/12"]
    assert not settled["blood-count-visit/course-2/1"]


def test_a_repr_shows_the_id_alone(plan: Plan) -> None:
    part = next(parts(plan))
    assert (repr(part), repr(part.items()[0])) == ("Part('course-1')", "Item('course-1/day-1')")
