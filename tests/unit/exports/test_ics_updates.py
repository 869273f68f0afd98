"""Calendar files of a plan made again: only what changed, and taken in over the old file they give the new calendar."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    Clinic,
    History,
    InvalidInput,
    Plan,
    Revision,
    load_protocol,
    plan_treatment,
    read_clinic,
    replan,
    to_ics,
)
from tests.laws.test_ics_law import CHANGES, revised, update_is_the_new_file
from tests.support.calendar_client import CalendarClient, content_of
from tests.support.calendar_events import uid
from tests.support.ical_lines import Component, read_calendar

ROOT: Final = Path(__file__).parents[3]
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
    """Make the plan again; what is printed otherwise is the next revision (S46)."""
    given = History.from_dates(days)
    revision = replan(before(), load_protocol("us-2024-05"), place or boston(), history=given, as_of=as_of)
    return revision.model_copy(update={"plan": revised(before(), revision.plan)})


def update_of(revision: Revision, **how: Any) -> dict[str, Component]:
    return events(revision.plan, since=before(), **how)


def closed(day: str) -> Clinic:
    closures = [*boston().model_dump()["closures"], {"date": day, "reason": "Burst pipe"}]
    return boston().model_copy(update={"closures": closures})


def events(plan: Plan, **how: Any) -> dict[str, Component]:
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
    found = update_of(revision)
    second = found[uid(before(), "course-2/day-1")]
    assert second["DTSTART"].value == "20280124T090000"
    assert second["SEQUENCE"].value == "2"
    assert second["STATUS"].value == "CONFIRMED"
    ends = [found[uid(before(), f"contraception/1/{end}")].days[0] for end in ("first-day", "last-day")]
    assert ends == [date(2027, 1, 18), date(2027, 5, 22)]
    assert found[uid(before(), "course-1/day-1")].days == (date(2027, 1, 18),) * 2, "given; its hours are not on record"


def test_H09_H10_what_fell_away_is_cancelled_with_the_hours_it_had() -> None:
    """Two days of course 1 were not given: 14 and 15 January 2027."""
    gone = update_of(SCENARIOS["three days of five"])[uid(before(), "course-1/day-4")]
    assert gone["STATUS"].value == "CANCELLED"
    assert gone["SUMMARY"].text == "Cancelled: Appointment, day 4 of 5"
    assert (gone["DTSTART"].value, gone["DTEND"].value) == ("20270114T090000", "20270114T150000")
    assert gone.get("DESCRIPTION") is None
    assert gone["SEQUENCE"].value == "2"
    clinical = update_of(SCENARIOS["three days of five"], titles="clinical")[uid(before(), "course-1/day-4")]
    assert clinical["SUMMARY"].text == "Cancelled: Infusion day 4 of course 1"
    assert clinical["LOCATION"].text == "Harbor Infusion Center"


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_update_holds_what_changed_and_no_more(name: str) -> None:
    """Asked for with an event for each item, but for what stands in the text of an infusion day."""
    revision, how = SCENARIOS[name], {"spans": "all-day", "titles": "clinical"}
    old, new = events(before(), **how), events(revision.plan, **how)
    kinds: dict[str, set[str]] = {"kept": set(), "moved": set(), "added": set(), "cancelled": set()}
    for change in revision.changes:
        kinds[change.kind].add(uid(before(), change.item))
    visits, old_visits = ({visit.id for visit in plan.visits} for plan in (revision.plan, before()))
    kinds["cancelled"] |= {uid(before(), visit) for visit in old_visits - visits}
    found = update_of(revision, **how)
    shown = old.keys() | new.keys()
    assert {one for one, event in found.items() if event["STATUS"].value == "CANCELLED"} == kinds["cancelled"] & shown
    assert (kinds["moved"] | kinds["added"] | kinds["cancelled"]) & shown <= found.keys()
    unchanged = {one for one in old.keys() & new.keys() if content_of(old[one]) == content_of(new[one])}
    assert found.keys() == shown - unchanged
    assert {event["SEQUENCE"].value for event in found.values()} <= {"2"}


@pytest.mark.parametrize("spans", ["all-day", "start-end", "none"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_I38_S46_the_old_calendar_with_the_update_is_the_new_calendar(name: str, spans: str) -> None:
    update_is_the_new_file([before(), SCENARIOS[name].plan], {"spans": spans})


def test_S46_an_update_may_span_several_revisions() -> None:
    """A calendar that missed an update gets everything since the revision that it holds."""
    plans = [before(), SCENARIOS["three days of five"].plan]
    plans.append(revised(plans[1], SCENARIOS["a week late"].plan))
    assert [plan.revision for plan in plans] == [0, 1, 2]
    update_is_the_new_file(plans, {})


def test_S46_a_renamed_clinic_is_an_update_of_every_event_that_names_it() -> None:
    renamed = revised(before(), CHANGES["clinic renamed"](before()))
    found = events(renamed, since=before(), titles="clinical")
    assert found.keys() == {uid(before(), day.id) for day in before().infusion_days}
    assert {event["LOCATION"].text for event in found.values()} == {"Harbor Infusion Center North"}
    assert events(renamed, since=before()) == {}, "a neutral calendar does not name the clinic"


def test_S46_first_and_last_days_that_are_no_longer_shown_are_cancelled() -> None:
    """A period that became one day has one event in place of two."""
    shorter = revised(before(), CHANGES["stretches of one day"](before()))
    found = events(shorter, since=before(), spans="start-end")
    statuses = {part: found[uid(before(), f"contraception/1{part}")]["STATUS"].value for part in PARTS}
    assert statuses == {"": "CONFIRMED", "/first-day": "CANCELLED", "/last-day": "CANCELLED"}
    assert found[uid(before(), "contraception/1/last-day")].days == (date(2027, 5, 15),) * 2


PARTS: Final = ("", "/first-day", "/last-day")


def test_nothing_changed_is_a_calendar_without_events() -> None:
    """It still holds the zone: a calendar without any component is none."""
    calendar = read_calendar(to_ics(before(), since=before(), stamp=STAMP))
    assert [part.kind for part in calendar.parts] == ["VTIMEZONE"]
    assert calendar["X-WR-CALDESC"].text.startswith("What changed with revision 0: 0 entries, 0 of them cancelled.\n")


def test_the_description_counts_what_changed() -> None:
    revision = SCENARIOS["three days of five"]
    found = update_of(revision)
    fallen = sum(event["STATUS"].value == "CANCELLED" for event in found.values())
    words = read_calendar(to_ics(revision.plan, since=before(), stamp=STAMP))["X-WR-CALDESC"].text
    assert words.startswith(f"What changed with revision 1: {len(found)} entries, {fallen} of them cancelled.\n")
    assert 0 < fallen < len(found)


def test_cancelling_by_mail_sends_only_what_fell_away() -> None:
    revision = SCENARIOS["three days of five"]
    sent = update_of(revision, method="CANCEL", organizer="clinic@example.org")
    assert {event["STATUS"].value for event in sent.values()} == {"CANCELLED"}
    assert {event["SEQUENCE"].value for event in sent.values()} == {"2"}
    assert sent.keys() == {
        uid(before(), change.item)
        for change in revision.changes
        if change.kind == "cancelled" and change.item.startswith("course-1/")
    }, "the two days that were not given, with what belongs to them in their text"


def test_S46_a_plan_that_was_cancelled_comes_back_with_its_next_revision() -> None:
    """SEQUENCE is 0 for the plan, 1 for the file that cancels it, 2 for the next revision."""
    mail: dict[str, Any] = {"method": "CANCEL", "organizer": "clinic@example.org"}
    calendar = CalendarClient().imports(to_ics(before(), stamp=STAMP))
    assert calendar.imports(to_ics(before(), stamp=STAMP, **mail)).shows == {}
    new = SCENARIOS["three days of five"].plan
    assert calendar.imports(to_ics(new, stamp=STAMP)).shows == CalendarClient().imports(to_ics(new, stamp=STAMP)).shows
    assert calendar.imports(to_ics(before(), stamp=STAMP + timedelta(days=9))).shows.keys() >= events(new).keys()
    day = calendar.held[uid(before(), "course-1/day-1")]
    assert day["SEQUENCE"].value == "2", "an old file that is imported again changes nothing"


@pytest.mark.parametrize(
    ("since", "code", "place"),
    [
        (lambda: SCENARIOS["a week late"], "wrong-type", "since"),
        (lambda: before().model_copy(update={"plan_id": None}), "missing-field", "since.plan_id"),
        (lambda: before().model_copy(update={"plan_id": "p8"}), "plan-mismatch", "since"),
        (lambda: before().model_copy(update={"revision": 2}), "plan-mismatch", "since"),
        (lambda: SCENARIOS["a week late"].plan, "plan-mismatch", "since"),
    ],
)
def test_what_is_no_earlier_revision_is_refused(since: Any, code: str, place: str) -> None:
    """The last one is a plan with other dates and the same revision: calendars would ignore such an update."""
    plan = SCENARIOS["three days of five"].plan
    with pytest.raises(InvalidInput) as caught:
        to_ics(plan, stamp=STAMP, since=since())
    assert (caught.value.code, caught.value.place) == (code, place)
    assert "p8" not in str(caught.value)


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
    told = "Come at 08:30\nMedicine reminder\nFrom 13:00: Precaution period until Tue 12 Jan 2027 13:00"
    assert found["DESCRIPTION"].text == told, "no word of an observation"


def test_a_revision_is_written_as_the_update_of_its_plan() -> None:
    plan = before()
    given = History.from_dates(["2027-01-18", "2027-01-19", "2027-01-20", "2027-01-21", "2027-01-22"])
    revision = replan(plan, load_protocol("us-2024-05"), boston(), history=given, as_of=date(2027, 2, 1))
    assert to_ics(revision, stamp=STAMP) == to_ics(revision.plan, stamp=STAMP, since=plan)


def test_a_revision_read_from_a_file_needs_the_plan_before_it() -> None:
    revision = again(["2027-01-18"])
    read = Revision.model_validate_json(revision.model_dump_json())
    assert read.before is None
    with pytest.raises(InvalidInput) as refused:
        to_ics(read, stamp=STAMP)
    assert (refused.value.code, refused.value.place) == ("missing-field", "since")
    assert to_ics(read, stamp=STAMP, since=before()) == to_ics(read.plan, stamp=STAMP, since=before())
