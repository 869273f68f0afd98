"""Calendar files of a plan made again: only what changed, and taken in over the old file they give the new calendar."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    Clinic,
    History,
    Plan,
    Revision,
    load_protocol,
    plan_treatment,
    read_clinic,
    replan,
    to_ics,
)
from tests.calendar_events import uid
from tests.ical_lines import Component, read_calendar

ROOT: Final = Path(__file__).parents[1]
STAMP: Final = datetime(2027, 2, 1, 9, 30, tzinfo=UTC)
ON_TIME: Final = ["2027-01-11", "2027-01-12", "2027-01-13", "2027-01-14", "2027-01-15"]
A_WEEK_LATE: Final = ["2027-01-18", "2027-01-19", "2027-01-20", "2027-01-21", "2027-01-22"]


@cache
def boston() -> Clinic:
    return read_clinic(ROOT / "examples" / "boston.toml")


@cache
def before() -> Plan:
    """Course 1 from Monday 11 January 2027, course 2 from Tuesday 18 January 2028."""
    return plan_treatment(load_protocol("us-2024-05"), boston(), not_before=date(2027, 1, 11), plan_id="p7")


def again(days: list[str], *, as_of: date = date(2027, 2, 1), place: Clinic | None = None) -> Revision:
    given = History.from_dates(days)
    return replan(before(), load_protocol("us-2024-05"), place or boston(), history=given, as_of=as_of)


def closed(day: str) -> Clinic:
    closures = [*boston().model_dump()["closures"], {"date": day, "reason": "Burst pipe"}]
    return boston().model_copy(update={"closures": closures})


def events(plan: Plan | Revision, **how: Any) -> dict[str, Component]:
    found = read_calendar(to_ics(plan, **{"stamp": STAMP} | how)).all("VEVENT")
    assert len({one["UID"].value for one in found}) == len(found)
    return {one["UID"].value: one for one in found}


SCENARIOS: Final[dict[str, Revision]] = {
    "as planned": again(ON_TIME),
    "a week late": again(A_WEEK_LATE),
    "three days of five": again(ON_TIME[:3], as_of=date(2027, 1, 20)),
    "in progress": again(ON_TIME[:3], as_of=date(2027, 1, 14)),
    "never given": again([], as_of=date(2027, 3, 1)),
    "course 2 meets a closure": again(ON_TIME, place=closed("2028-01-19")),
}


def test_the_scenarios_are_what_they_say() -> None:
    kinds = {name: {change.kind for change in revision.changes} for name, revision in SCENARIOS.items()}
    assert kinds["as planned"] == {"kept"}
    assert "moved" in kinds["a week late"]
    assert "moved" in kinds["course 2 meets a closure"]
    assert "cancelled" in kinds["three days of five"]
    assert {"tentative"} <= {course.status for course in SCENARIOS["three days of five"].plan.courses}


def test_H10_what_moved_by_hand() -> None:
    """The last infusion on 22 January 2027, and course 2 from Monday 24 January 2028."""
    revision = SCENARIOS["a week late"]
    found = events(revision)
    second = found[uid(before(), "course-2/day-1")]
    assert second["DTSTART"].value == "20280124T090000"
    assert second["SEQUENCE"].value == "1"
    assert second["STATUS"].value == "CONFIRMED"
    assert found[uid(before(), "contraception/1")].days == (date(2027, 1, 18), date(2027, 5, 22))
    assert found[uid(before(), "course-1/day-1")].days == (date(2027, 1, 18),) * 2, "given; its hours are not on record"


def test_H09_H10_what_fell_away_is_cancelled_on_the_day_it_was_on() -> None:
    """Two days of course 1 were not given: 14 and 15 January 2027."""
    revision = SCENARIOS["three days of five"]
    gone = events(revision)[uid(before(), "course-1/day-4")]
    assert gone["STATUS"].value == "CANCELLED"
    assert gone["SUMMARY"].text == "Cancelled: Appointment, day 4"
    assert gone.days == (date(2027, 1, 14),) * 2
    assert gone.get("DESCRIPTION") is None
    assert gone["SEQUENCE"].value == "1"
    clinical = events(revision, titles="clinical")[uid(before(), "course-1/day-4")]
    assert clinical["SUMMARY"].text == "Cancelled: Infusion day 4 of course 1"
    assert clinical["DESCRIPTION"].text


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_update_holds_what_changed_and_no_more(name: str) -> None:
    revision = SCENARIOS[name]
    kinds: dict[str, set[str]] = {"kept": set(), "moved": set(), "added": set(), "cancelled": set()}
    for change in revision.changes:
        kinds[change.kind].add(uid(before(), change.item))
    found = events(revision)
    assert {one for one, event in found.items() if event["STATUS"].value == "CANCELLED"} == kinds["cancelled"]
    assert kinds["moved"] | kinds["added"] | kinds["cancelled"] <= found.keys()
    unsettled = {one for one in found if found[one]["STATUS"].value == "TENTATIVE"}
    assert found.keys() & kinds["kept"] <= unsettled
    assert {event["SEQUENCE"].value for event in found.values()} <= {str(revision.plan.revision)}


@pytest.mark.parametrize("spans", ["all-day", "start-end", "none"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_I38_the_old_calendar_with_the_update_is_the_new_calendar(name: str, spans: str) -> None:
    """By UID: what is not cancelled stands where a whole new file has it; a day on record may have lost its hours."""
    revision = SCENARIOS[name]
    calendar = events(before(), spans=spans) | events(revision, spans=spans)
    left = {one: event for one, event in calendar.items() if event["STATUS"].value != "CANCELLED"}
    new = events(revision.plan, spans=spans)
    assert new.keys() == left.keys()
    assert [one for one in new if not same_place(new[one], left[one])] == []
    assert {one: event["STATUS"].value for one, event in new.items()} == {
        one: event["STATUS"].value for one, event in left.items()
    }


def same_place(one: Component, other: Component) -> bool:
    if one.is_by_the_clock == other.is_by_the_clock:
        return one.hours == other.hours if one.is_by_the_clock else one.days == other.days
    return day_of(one) == day_of(other)


def day_of(event: Component) -> date:
    return event["DTSTART"].wall.date() if event.is_by_the_clock else event.days[0]


def test_nothing_changed_is_a_calendar_without_events() -> None:
    """It still holds the zone: a calendar without any component is none."""
    calendar = read_calendar(to_ics(SCENARIOS["as planned"], stamp=STAMP))
    assert [part.kind for part in calendar.parts] == ["VTIMEZONE"]
    assert calendar["X-WR-CALDESC"].text.startswith("What changed with revision 0: 0 entries, 0 of them cancelled.\n")


def test_the_description_counts_what_changed() -> None:
    revision = SCENARIOS["three days of five"]
    found = events(revision)
    fallen = sum(event["STATUS"].value == "CANCELLED" for event in found.values())
    words = read_calendar(to_ics(revision, stamp=STAMP))["X-WR-CALDESC"].text
    assert words.startswith(f"What changed with revision 1: {len(found)} entries, {fallen} of them cancelled.\n")
    assert 0 < fallen < len(found)


def test_cancelling_by_mail_sends_only_what_fell_away() -> None:
    revision = SCENARIOS["three days of five"]
    sent = events(revision, method="CANCEL", organizer="clinic@example.org")
    assert {event["STATUS"].value for event in sent.values()} == {"CANCELLED"}
    assert {event["SEQUENCE"].value for event in sent.values()} == {"1"}
    assert sent.keys() == {
        uid(before(), change.item) for change in revision.changes if change.kind == "cancelled" and change.before
    }


def changed(**fields: Any) -> Revision:
    """Return a plan from which one item fell away."""
    change = {"kind": "cancelled", "before": date(2027, 1, 11), "after": None, "reason": "falls away"} | fields
    return Revision.model_validate({"plan": before(), "changes": [change]})


@pytest.mark.parametrize(
    ("item", "spans", "found"),
    [
        ("stroke-watch/course-3", "all-day", {"": "Precaution period"}),
        ("stroke-watch/course-3", "start-end", {"/first-day": "Precaution period", "/last-day": "Precaution period"}),
        ("stroke-watch/course-3", "none", {}),
        ("urine-protein-creatinine/course-3", "none", {"/last-day": "Laboratory test"}),
        ("vaccinations/course-3", "start-end", {"": "Preparation deadline"}),
        ("blood-count/course-3/baseline", "all-day", {"": "Laboratory test: baseline"}),
        ("blood-count/course-3/7", "none", {"": "Laboratory test"}),
        ("course-3/day-2", "none", {"": "Appointment, day 2"}),
        ("no-longer-known/course-1", "start-end", {"": "Treatment plan item"}),
    ],
)
def test_every_entry_that_an_item_had_is_cancelled(item: str, spans: str, found: dict[str, str]) -> None:
    expected = {uid(before(), f"{item}{part}"): f"Cancelled: {title}" for part, title in found.items()}
    assert expected == {one: event["SUMMARY"].text for one, event in events(changed(item=item), spans=spans).items()}


def test_what_had_no_day_is_not_cancelled() -> None:
    assert events(changed(item="urine-protein-creatinine/course-3", before=None)) == {}


def test_a_baseline_that_is_done_says_so() -> None:
    given = History.model_validate({"observations": [{"date": "2027-01-04", "code": "blood-count"}]})
    plan = plan_treatment(
        load_protocol("us-2024-05"),
        boston(),
        not_before=date(2027, 1, 11),
        history=given,
        as_of=date(2027, 1, 5),
        plan_id="p7",
    )
    done = events(plan)[uid(plan, "blood-count/course-1/baseline")]
    assert (done.days, done["DESCRIPTION"].text) == ((date(2027, 1, 4),) * 2, "Done")


def test_a_day_on_record_with_half_its_hours_shows_those() -> None:
    day = before().infusion_days[0].model_copy(update={"observation": None})
    course = before().courses[0].model_copy(update={"days": [day]})
    plan = before().model_copy(update={"courses": [course]})
    found = events(plan)[uid(plan, "course-1/day-1")]
    assert found.hours[1] - found.hours[0] == timedelta(hours=4)
    assert found.get("DESCRIPTION") is None
