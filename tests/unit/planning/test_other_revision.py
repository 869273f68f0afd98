"""Another revision of a protocol of one's own: what it adds, what it takes away, and what stays as it was (S45).

The clinic is open every day. Course 1 was planned for Monday 1 to Friday 5 March 2027.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest
from pydantic import TypeAdapter

from lemtrada_schedule import History, InvalidInput, Plan, PlanMismatch, Protocol, Revision, plan_treatment, replan
from lemtrada_schedule.plan.activities import AfterInfusionActivity, InfusionDaysActivity
from lemtrada_schedule.protocol.actions import Action
from lemtrada_schedule.protocol.citations import CitedDocument
from lemtrada_schedule.protocol.same_protocol import is_of_id
from tests.support.histories import EVERY_DAY, US, activity, day, days_of, decision, history, run, series

_ACTION: Final[TypeAdapter[Action]] = TypeAdapter(Action)
SOURCE: Final = CitedDocument(id="house", document="House rules")


def new(kind: str, name: str, **fields: Any) -> Action:
    """Return an action of the house."""
    return _ACTION.validate_python({"kind": kind, "id": name, "cite": "house", **fields})


def revised(*added: Action, remove: tuple[str, ...] = (), revision: str = "next", **fields: Any) -> Protocol:
    """Return another revision of the protocol `us` with its own source, with actions added, replaced or removed."""
    names = (*remove, *(one.id for one in added))
    kept = [one for one in US.actions if one.id not in names]
    update = {"revision": revision, "sources": [*US.sources, SOURCE], "actions": [*kept, *added], **fields}
    return US.model_copy(update=update)


def planned(protocol: Protocol = US, courses: int = 2) -> Plan:
    return plan_treatment(protocol, EVERY_DAY, not_before=day("2027-03-01"), courses=courses)


def go_on(plan: Plan, protocol: Protocol, as_of: str, given: History | None = None, **asked: Any) -> Revision:
    """Go on by another revision, and see that the plan is read again and that the next night changes nothing."""
    about: dict[str, Any] = {"history": given or history(), "as_of": day(as_of), **asked}
    revision = replan(plan, protocol, EVERY_DAY, accept_protocol=protocol.name, **about)
    assert revision.plan.revision == plan.revision + 1
    assert Plan.model_validate_json(revision.plan.model_dump_json()) == revision.plan
    night = replan(revision.plan, protocol, EVERY_DAY, **about)
    assert (night.plan, {change.kind for change in night.changes}) == (revision.plan, {"kept"})
    return revision


def items(revision: Revision, kind: str) -> list[str]:
    return [change.item for change in revision.changes if change.kind == kind]


def test_days_of_a_running_course_that_are_past_are_not_added() -> None:
    """Asked on Wednesday 3 March, with Monday and Tuesday given: what is new is done on days 3 and 4."""
    weighing = new("infusion-days", "weighing", days=[1, 3, 4], per="first-course")
    plan, given = planned(), history(run("2027-03-01", 2))
    revision = go_on(plan, revised(weighing), "2027-03-03", given)
    assert items(revision, "added") == ["weighing/course-1/1", "weighing/course-1/2"]
    found = activity(revision.plan, "weighing", 1)
    assert isinstance(found, InfusionDaysActivity)
    assert (found.days, found.because.anchor) == (
        (day("2027-03-03"), day("2027-03-04")),
        "infusion days 3, 4 of course 1",
    )


def _three(name: str) -> list[str]:
    return [f"{name}/{n}" for n in (1, 2, 3)]


def test_days_that_both_revisions_have_stay_and_of_further_ones_only_those_ahead_are_added() -> None:
    """On days 1 to 3 before, on all five since: day 4 is past and not added, day 5 is today."""
    plan, given = planned(), history(run("2027-03-01", 4))
    daily = new("infusion-days", "corticosteroid", days=[1, 2, 3, 4, 5])
    rules = revised(daily, courses=US.courses[:1], data_limited_beyond=None)
    first = plan_treatment(US, EVERY_DAY, not_before=day("2027-03-01"), courses=1)
    assert days_of(plan, 1) == days_of(first, 1)
    revision = go_on(first, rules, "2027-03-05", given)
    found = activity(revision.plan, "corticosteroid", 1)
    assert isinstance(found, InfusionDaysActivity)
    assert [str(one) for one in found.days] == ["2027-03-01", "2027-03-02", "2027-03-03", "2027-03-05"]


def test_a_course_that_is_over_gets_no_new_days_and_no_new_hours() -> None:
    added = [
        new("infusion-days", "weighing", days=[1]),
        new("after-infusion", "no-driving", hours=24),
    ]
    revision = go_on(planned(), revised(*added), "2027-06-01", history(run("2027-03-01", 5)))
    assert items(revision, "added") == ["weighing/course-2/1", *_three("no-driving/course-2")]


def test_hours_after_infusions_that_are_past_are_not_added() -> None:
    """The 24 hours after Monday's infusion end on Tuesday, before the day of asking; those of Tuesday end on it."""
    hours = new("after-infusion", "no-driving", hours=24)
    revision = go_on(planned(), revised(hours), "2027-03-03", history(run("2027-03-01", 2, **_FULL)))
    found = activity(revision.plan, "no-driving", 1)
    assert isinstance(found, AfterInfusionActivity)
    assert [str(window.end.date()) for window in found.windows] == [f"2027-03-0{n}" for n in (3, 4, 5, 6)]
    assert str(found.because.result) == "2027-03-03"


_FULL: Final = {"started": "09:00", "ended": "13:00", "observed_until": "15:00"}


def test_hours_that_both_revisions_have_stay() -> None:
    hours = new("after-infusion", "reaction-watch", hours=48)
    plan = planned()
    assert any(one.action == "reaction-watch" for one in plan.activities)
    revision = go_on(plan, revised(hours), "2027-03-10", history(run("2027-03-01", 5)))
    found = activity(revision.plan, "reaction-watch", 1)
    assert isinstance(found, AfterInfusionActivity)
    assert len(found.windows) == 5


def test_a_series_that_is_over_is_not_added_for_that_course() -> None:
    """Weekly for a month after course 1, and so for course 2; asked in June 2027, the first month is past."""
    weekly = new("series", "weight", every="7 days", until="last infusion + 1 month")
    revision = go_on(planned(), revised(weekly), "2027-06-01", history(run("2027-03-01", 5)))
    assert {one.course for one in revision.plan.activities if one.action == "weight"} == {2}


def test_a_window_or_period_that_is_over_is_not_added_and_one_in_force_is() -> None:
    """Asked on 20 February 2027, before course 1: the first window closed on 1 February, 28 days before 1 March."""
    added = [
        new("window", "dentist", closes="first infusion - 28 days"),
        new("window", "talk", opens="first infusion - 28 days"),
        new("period", "diet", starts="first infusion - 20 days", ends="first infusion"),
        new("note", "parking", text="Park behind the house."),
    ]
    revision = go_on(planned(), revised(*added), "2027-02-20")
    expected = ["talk/course-1", "diet/course-1", "dentist/course-2", "talk/course-2", "diet/course-2"]
    expected += ["parking/course-1", "parking/course-2"]
    assert sorted(items(revision, "added")) == sorted(expected)
    assert {one.course for one in revision.plan.activities if one.action == "parking"} == {1, 2}
    assert "dentist" not in " ".join(one.message for one in revision.plan.findings)


def test_a_series_with_another_interval_keeps_its_past_dates() -> None:
    """Skin examinations were due every year after 5 March 2027, and are now due every 8 months.

    Asked on 20 May 2028: 5 March 2028 stays as it was. Of the new dates 5 November 2027 is past, so the next is
    5 July 2028. They end 48 months after 7 March 2028, the last infusion of course 2.
    """
    skin = next(one for one in US.actions if one.id == "skin-examination")
    faster = skin.model_copy(update={"every": "8 months", "cite": "house"})
    given = history(run("2027-03-01", 5), run("2028-03-05", 3))
    before = replan(planned(), US, EVERY_DAY, history=given, as_of=day("2028-05-20")).plan
    assert [str(one) for one in series(before, "skin-examination", None).dates[:2]] == ["2028-03-05", "2029-03-05"]
    revision = go_on(before, revised(faster), "2028-05-20", given)
    assert [str(one) for one in series(revision.plan, "skin-examination", None).dates] == [
        "2028-03-05",
        *("2028-07-05", "2029-03-05", "2029-11-05", "2030-07-05", "2031-03-05", "2031-11-05"),
    ]


def test_what_the_new_revision_lacks_is_cancelled_with_the_reason() -> None:
    revision = go_on(planned(), revised(remove=("skin-examination",)), "2027-01-11")
    gone = [change for change in revision.changes if change.kind == "cancelled"]
    assert gone
    assert {change.item.split("/")[0] for change in gone} == {"skin-examination"}
    assert {change.reason for change in gone} == {"not part of the protocol us-next"}


def test_an_action_of_another_kind_is_another_action() -> None:
    """Vaccinations were a window that closed on 18 January 2027; as a period they end on that day too: past."""
    span = {"starts": "first infusion - 84 days", "ends": "first infusion - 42 days"}
    period = new("period", "vaccinations", per="first-course", **span)
    revision = go_on(planned(), revised(period), "2027-04-01", history(run("2027-03-01", 5)))
    assert items(revision, "cancelled") == ["vaccinations/course-1"]
    assert not [one for one in revision.plan.activities if one.action == "vaccinations"]


def test_a_course_that_waits_gets_the_days_of_the_new_revision() -> None:
    """Two infusions given, then nothing: course 2 waits. Its days cite the new source, so that the plan reads again."""
    rule = US.infusion_day.model_copy(update={"cite": "house", "infusion_minutes": 300})
    given = history(run("2027-03-01", 2))
    waiting = replan(planned(), US, EVERY_DAY, history=given, as_of=day("2027-03-10")).plan
    revision = go_on(waiting, revised(infusion_day=rule), "2027-03-10", given)
    assert [one.status for one in revision.plan.courses] == ["interrupted", "tentative"]
    assert {one.cite for one in revision.plan.infusion_days} == {"house"}
    assert {one.infusion.minutes for one in revision.plan.courses[1].days if one.infusion} == {300}
    assert days_of(revision.plan, 2) == days_of(waiting, 2)


def test_a_source_that_only_the_past_cites_stays_in_the_plan() -> None:
    """Vaccinations are over, and stay as they were: with the source that the new revision no longer has."""
    window = new("window", "vaccinations", per="first-course", closes="first infusion - 42 days")
    old = revised(window, revision="old")
    given = history(run("2027-03-01", 5))
    plan = replan(planned(old), old, EVERY_DAY, history=given, as_of=day("2027-04-01")).plan
    revision = replan(plan, US, EVERY_DAY, history=given, as_of=day("2027-04-01"), accept_protocol=US.name)
    assert "house" in {source.id for source in revision.plan.provenance.sources}
    assert Plan.model_validate_json(revision.plan.model_dump_json()) == revision.plan


def test_a_second_revision_begins_anew() -> None:
    plan = go_on(planned(), revised(revision="a"), "2027-01-11").plan
    second = go_on(plan, revised(revision="b"), "2027-02-11").plan
    assert (second.revision, str(second.provenance.protocol_since)) == (2, "2027-02-11")


def test_of_another_anchor_a_trimmed_series_is_counted_anew() -> None:
    """The record of the last day was wrong: course 1 ended on 4 March, so every date is a day earlier.

    The new test of the 5th of each month was added on 10 April 2027, without 5 April; so 4 April is not added either.
    """
    monthly = new("series", "weight", every="1 month")
    whole, short = history(run("2027-03-01", 5)), history(run("2027-03-01", 4))
    rules = revised(monthly)
    revision = go_on(planned(), rules, "2027-04-10", whole)
    assert [str(one) for one in series(revision.plan, "weight", 1).dates[:2]] == ["2027-05-05", "2027-06-05"]
    complete = [decision(1, "treat-as-complete", on="2027-04-11")]
    again = replan(revision.plan, rules, EVERY_DAY, history=short, as_of=day("2027-04-11"), decisions=complete).plan
    assert [str(one) for one in series(again, "weight", 1).dates[:2]] == ["2027-05-04", "2027-06-04"]
    assert Plan.model_validate_json(again.model_dump_json()) == again


def test_past_dates_end_with_a_course_that_was_recorded_later() -> None:
    """Asked on 20 February 2028, course 2 was planned; then it turns out that it was given from 20 January on.

    The monthly tests of course 1 end with it: that of 5 February was never due. Those of course 2 begin on
    22 February, the first date since the new revision.
    """
    rules, given = revised(), history(run("2027-03-01", 5))
    revision = go_on(planned(), rules, "2028-02-20", given)
    assert day("2028-02-05") in series(revision.plan, "blood-count", 1).dates
    both = history(run("2027-03-01", 5), run("2028-01-20", 3))
    again = replan(revision.plan, rules, EVERY_DAY, history=both, as_of=day("2028-02-21")).plan
    assert str(series(again, "blood-count", 1).dates[-1]) == "2028-01-05"
    assert str(series(again, "blood-count", 2).dates[0]) == "2028-02-22"
    assert Plan.model_validate_json(again.model_dump_json()) == again


def test_a_written_plan_whose_revision_begins_after_the_day_of_asking_is_refused() -> None:
    plan = go_on(planned(), revised(), "2027-01-11").plan
    tree = plan.model_dump_json().replace('"protocol_since":"2027-01-11"', '"protocol_since":"2027-01-12"')
    with pytest.raises(InvalidInput) as caught:
        Plan.model_validate_json(tree)
    assert [one.place for one in caught.value.problems] == ["provenance.protocol_since"]


# --- ids ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "extends", "is_one"),
    [
        ("us-2024-05", None, True),
        ("us-own-2024-05", "us-2024-05", False),
        ("eu-2020-01", None, False),
        ("us", None, False),
    ],
)
def test_the_id_of_a_protocol_of_which_only_the_name_is_known(name: str, extends: str | None, is_one: bool) -> None:  # noqa: FBT001  # a case
    assert is_of_id(name, extends, US) is is_one


def test_an_own_protocol_goes_on_by_another_of_its_id_and_by_no_shipped_one() -> None:
    """By name alone `us-own-2024-05` could be a revision of `us`; the plan holds its protocol, whose id is `us-own`."""
    own = US.model_copy(update={"id": "us-own", "extends": "us-2024-05"})
    later = own.model_copy(update={"revision": "2024-05-r2", "extends": "us-2024-05-r2"})
    plan = planned(own)
    assert go_on(plan, later, "2027-01-11").plan.extends == "us-2024-05-r2"
    assert _refused(lambda: go_on(plan, US, "2027-01-11")) == "protocol"
    assert _refused(lambda: go_on(planned(), later, "2027-01-11")) == "protocol"


def _refused(call: Callable[[], object]) -> str:
    with pytest.raises(PlanMismatch) as caught:
        call()
    return caught.value.place


def test_other_rules_under_one_name_cannot_be_accepted() -> None:
    """The name is all that a plan says of its rules to people: two sets of rules must not share it."""
    changed = revised(revision=US.revision, remove=("skin-examination",))
    assert changed.name == US.name
    assert _refused(lambda: go_on(planned(), changed, "2027-01-11")) == "protocol"


@pytest.mark.parametrize("accepted", [7, True, ["us-2024-05"], US])
def test_a_name_is_text(accepted: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        replan(planned(), US, EVERY_DAY, history=history(), as_of=day("2027-01-11"), accept_protocol=accepted)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "accept_protocol")
