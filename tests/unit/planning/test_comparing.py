"""`compare`: the changes between two plans that were made anywhere."""

from datetime import date
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    InvalidInput,
    Plan,
    PlanMismatch,
    Protocol,
    Revision,
    compare,
    load_protocol,
    plan_treatment,
    replan,
)
from tests.support.histories import EVERY_DAY, US, closed_on, day, decision, history, run

FULL: Final = {"started": "09:30", "ended": "13:30", "observed_until": "15:30"}


def planned(first: str = "2027-03-01", courses: int = 2, **asked: Any) -> Plan:
    return plan_treatment(US, EVERY_DAY, not_before=day(first), courses=courses, **asked)


def changed(revision: Revision) -> list[tuple[str, str, date | None, date | None]]:
    return [(one.kind, one.item, one.before, one.after) for one in revision.changes]


def test_a_plan_compared_with_itself_keeps_everything() -> None:
    plan = planned()
    revision = compare(plan, plan)
    assert {one.kind for one in revision.changes} == {"kept"}
    assert {one.reason for one in revision.changes} == {"unchanged"}
    assert (revision.plan, revision.before) == (plan, plan)


def test_courses_that_only_one_plan_has_are_added_or_cancelled() -> None:
    two, three = planned(), planned(courses=3)
    added, gone = compare(two, three), compare(three, two)
    assert ("added", "course-3/day-1", None, day("2029-03-07")) in changed(added)
    assert ("cancelled", "course-3/day-1", day("2029-03-07"), None) in changed(gone)
    assert "cancelled: course 3 has changed" in {one.reason for one in gone.changes}


def test_the_revision_of_the_new_plan_is_left_as_it_is() -> None:
    assert compare(planned(), planned("2027-03-08")).plan.revision == 0


SHORT: Final = history(run("2027-03-01", 2))
CASES: Final[dict[str, dict[str, Any]]] = {
    "nothing": {"history": history(), "as_of": day("2027-02-01")},
    "given": {"history": history(run("2027-03-01", 5)), "as_of": day("2027-03-06")},
    "given with hours": {"history": history(run("2027-03-01", 5, **FULL)), "as_of": day("2027-03-06")},
    "given late": {"history": history(run("2027-03-08", 5)), "as_of": day("2027-04-01")},
    "running": {"history": history(run("2027-03-01", 2, **FULL)), "as_of": day("2027-03-03")},
    "waiting": {"history": SHORT, "as_of": day("2027-03-10")},
    "resumed": {"history": SHORT, "as_of": day("2027-03-10"), "decisions": [decision(1, "resume")]},
    "never given": {"history": history(), "as_of": day("2027-03-20")},
}


@pytest.mark.parametrize("name", CASES)
def test_the_changes_are_those_that_replanning_lists(name: str) -> None:
    plan = planned()
    revision = replan(plan, US, EVERY_DAY, **CASES[name])
    assert changed(compare(plan, revision.plan)) == changed(revision)


@pytest.mark.parametrize("name", [name for name in CASES if name != "waiting"])
def test_the_reasons_are_those_that_replanning_gives(name: str) -> None:
    """Of a treatment that waits, the plan does not hold the question as a fact: the reason is a plain one."""
    plan = planned()
    revision = replan(plan, US, EVERY_DAY, **CASES[name])
    assert compare(plan, revision.plan).changes == revision.changes


def test_a_course_that_moves_for_a_closed_day_says_so() -> None:
    """Course 2 was planned for 5 to 7 March 2028; the 6th is closed, so it lies on 7 to 9 March."""
    closed = closed_on(EVERY_DAY, "2028-03-06")
    revision = compare(planned(), plan_treatment(US, closed, not_before=day("2027-03-01")))
    reasons = {one.item: one.reason for one in revision.changes}
    assert reasons["course-2/day-1"] == "2028-03-06: closed: Staff day"


def test_two_revisions_of_a_protocol_are_compared_without_being_accepted() -> None:
    rules = load_protocol("eu-2020-01"), load_protocol("eu-2020-01-r2")
    old, new = (plan_treatment(one, EVERY_DAY, not_before=day("2027-03-01")) for one in rules)
    reasons = {one.item: one.reason for one in compare(old, new).changes}
    assert reasons["ecg/course-1"].startswith("new in the protocol eu-2020-01-r2: ")
    assert {one.item: one.reason for one in compare(new, old).changes}["ecg/course-1"] == (
        "not part of the protocol eu-2020-01"
    )


def test_what_another_revision_dates_for_the_first_time_is_new_in_it() -> None:
    """Both revisions of the EU have blood counts, vaccinations and the alert card; r2 has more dates of them.

    Course 3 is new because it was asked for, and so are its tests and vaccinations.
    """
    old = plan_treatment(load_protocol("eu-2020-01"), EVERY_DAY, not_before=day("2027-03-01"), courses=2)
    new = plan_treatment(load_protocol("eu-2020-01-r2"), EVERY_DAY, not_before=day("2027-03-01"), courses=3)
    added = {one.item: one.reason for one in compare(old, new).changes if one.kind == "added"}
    dated = {"blood-count/course-1/baseline", "blood-count/course-2/baseline", "vaccinations/course-2"}
    for item in (*dated, "alert-card/treatment"):
        assert added[item].startswith("new in the protocol eu-2020-01-r2: counted from "), item
    assert added["blood-count/course-3/1"].startswith("counted from last infusion of course 3")
    assert added["vaccinations/course-3"].startswith("counted from first infusion of course 3")
    gone = {one.item: one.reason for one in compare(new, old).changes if one.kind == "cancelled"}
    assert {gone[item] for item in dated} == {"not part of the protocol eu-2020-01"}
    assert gone["blood-count/course-3/1"] == "cancelled: course 3 has changed"


def test_an_item_with_another_text_on_the_same_day_is_not_called_unchanged() -> None:
    """Titles and sources may be corrected within one revision (S45); the kind of the change stays `kept`."""
    text = US.model_dump(mode="json")
    for action in text["actions"]:
        if action["id"] == "blood-count":
            action["title"] = "Blood count, corrected"
    renamed = compare(planned(), plan_treatment(Protocol.model_validate(text), EVERY_DAY, not_before=day("2027-03-01")))
    reasons = {one.item: (one.kind, one.reason) for one in renamed.changes}
    assert reasons["blood-count/course-1/1"] == ("kept", "same date; new title")
    assert reasons["creatinine/course-1/1"] == ("kept", "unchanged")


def test_plans_of_two_patients_are_refused_and_ids_are_not_repeated() -> None:
    with pytest.raises(PlanMismatch) as caught:
        compare(planned(plan_id="secret-1"), planned(plan_id="secret-2"))
    assert (caught.value.code, caught.value.place, caught.value.argument) == ("plan-mismatch", "new_plan", "new_plan")
    assert "secret" not in str(caught.value)


def test_a_plan_without_an_id_is_compared_with_any_other() -> None:
    for old, new in ((planned(), planned(plan_id="P")), (planned(plan_id="P"), planned())):
        assert {one.kind for one in compare(old, new).changes} == {"kept"}


def test_plans_in_two_time_zones_are_refused() -> None:
    berlin = EVERY_DAY.model_copy(update={"time_zone": "Europe/Berlin"})
    with pytest.raises(PlanMismatch) as caught:
        compare(planned(), plan_treatment(US, berlin, not_before=day("2027-03-01")))
    assert caught.value.place == "new_plan"


@pytest.mark.parametrize("argument", ["old_plan", "new_plan"])
def test_what_is_no_plan_is_refused(argument: str) -> None:
    asked: dict[str, Any] = {"old_plan": planned(), "new_plan": planned()}
    with pytest.raises(InvalidInput) as caught:
        compare(**{**asked, argument: planned().model_dump()})
    assert (caught.value.code, caught.value.place) == ("wrong-type", argument)
