"""Decided cases S44 (chairs and bookings) and S45 (another revision of the protocol).

Every clinic is open Monday to Friday and knows no public holidays, unless a test says otherwise. Course 1 of the US
has 5 days; 1, 8, 15 and 22 March 2027 are Mondays.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    Bookings,
    Clinic,
    Decision,
    History,
    Plan,
    PlanMismatch,
    Protocol,
    Revision,
    compare,
    load_protocol,
    plan_treatment,
    read_plan,
    replan,
    to_text,
)
from tests.support.clinics import MON_TO_FRI, clinic_open
from tests.support.histories import EU, US, WEEKDAYS_ONLY, day, days_of, decision, ends_of, history, run, series

KEPT: Final = Path(__file__).parents[1] / "kept" / "0.1"
US_R2: Final = load_protocol("us-2024-05-r2")
EU_R2: Final = load_protocol("eu-2020-01-r2")
TWO_CHAIRS: Final = clinic_open(MON_TO_FRI, name="Harbor", chairs=2)
ONE_CHAIR: Final = TWO_CHAIRS.model_copy(update={"chairs": 1})
FEBRUARY: Final = day("2027-02-01")


def planned(name: str | None, first: str, clinic: Clinic = TWO_CHAIRS, courses: int = 1, **asked: Any) -> Plan:
    return plan_treatment(US, clinic, not_before=day(first), courses=courses, plan_id=name, **asked)


def booked(*plans: Plan, clinic: Clinic = TWO_CHAIRS, as_of: str = "2027-02-01") -> Bookings:
    return Bookings.of(plans, clinic=clinic, as_of=day(as_of))


def again(
    plan: Plan, bookings: Bookings | None, clinic: Clinic = TWO_CHAIRS, as_of: str = "2027-02-01", **asked: Any
) -> Revision:
    return replan(plan, US, clinic, bookings=bookings, **{"history": History(), "as_of": day(as_of), **asked})


def overbooked(plan: Plan) -> list[tuple[int | None, str]]:
    return [(one.course, str(one.day)) for one in plan.findings if one.code == "chairs-overbooked"]


def skipped(plan: Plan, course: int = 1) -> list[tuple[str, str, str]]:
    (found,) = [one for one in plan.courses if one.number == course]
    return [(str(one.first_day), str(one.closed_day), one.reason) for one in found.passed_over]


# --- S44: chairs ----------------------------------------------------------------------------------


def test_S44_V25_three_patients_on_two_chairs_stay_and_a_fourth_waits_a_week() -> None:
    plans = [planned(name, "2027-03-01") for name in "PQR"]
    bookings = booked(*plans)
    assert bookings.taken_on(day("2027-03-02")) == 3
    for plan in plans:
        night = again(plan, bookings)
        assert {change.kind for change in night.changes} == {"kept"}
        assert night.plan.revision == 0
        assert (1, "2027-03-02") in overbooked(night.plan)
    assert ends_of(planned("S", "2027-03-01", bookings=bookings)) == [("2027-03-08", "2027-03-12")]


def test_S44_a_full_day_is_booked_and_the_plan_says_how_many_chairs_there_are() -> None:
    plans = [planned(name, "2027-03-01") for name in "PQ"]
    late = planned("S", "2027-02-26", bookings=booked(*plans))
    full = "fully booked: 2 of 2 chairs taken"
    assert ends_of(late) == [("2027-03-08", "2027-03-12")]
    assert skipped(late) == [
        ("2027-02-26", "2027-02-27", "closed on Saturdays"),
        ("2027-02-27", "2027-02-27", "closed on Saturdays"),
        ("2027-02-28", "2027-02-28", "closed on Sundays"),
        *((f"2027-03-0{n}", f"2027-03-0{n}", full) for n in range(1, 6)),
        ("2027-03-06", "2027-03-06", "closed on Saturdays"),
        ("2027-03-07", "2027-03-07", "closed on Sundays"),
    ]
    closure = late.courses[0].passed_over[3].closure
    assert closure is not None
    assert (closure.kind, closure.name) == ("booked", "2 of 2 chairs taken")


def test_S44_one_chair_left_is_enough() -> None:
    assert ends_of(planned("S", "2027-03-01", bookings=booked(planned("P", "2027-03-01"))))[0][0] == "2027-03-01"


def test_S44_a_single_full_day_in_the_block_moves_the_course() -> None:
    """Wednesday 3 March is full. The first free week is the next one."""
    other = {"plan_id": "P", "days": ["2027-03-03"]}
    bookings = Bookings.model_validate({"clinic": "Harbor", "as_of": FEBRUARY, "plans": [other]})
    found = planned("S", "2027-03-01", ONE_CHAIR, bookings=bookings)
    assert ends_of(found) == [("2027-03-08", "2027-03-12")]
    assert skipped(found)[:4] == [
        ("2027-03-01", "2027-03-03", "fully booked: 1 of 1 chairs taken"),
        ("2027-03-02", "2027-03-03", "fully booked: 1 of 1 chairs taken"),
        ("2027-03-03", "2027-03-03", "fully booked: 1 of 1 chairs taken"),
        ("2027-03-04", "2027-03-06", "closed on Saturdays"),
    ]


def test_S44_a_later_course_avoids_full_days_too() -> None:
    """Course 1 ends on 5 March 2027, so course 2 may start on Sunday 5 March 2028: on Monday the 6th, if free."""
    other = planned("P", "2028-03-06", ONE_CHAIR)
    free, full = (planned("S", "2027-03-01", ONE_CHAIR, 2, bookings=one) for one in (None, booked(other)))
    assert ends_of(free)[1] == ("2028-03-06", "2028-03-08")
    assert ends_of(full) == [("2027-03-01", "2027-03-05"), ("2028-03-13", "2028-03-15")]


def test_S44_without_chairs_bookings_close_nothing() -> None:
    unlimited = TWO_CHAIRS.model_copy(update={"chairs": None})
    plans = [planned(name, "2027-03-01") for name in "PQR"]
    bookings = booked(*plans, clinic=unlimited)
    assert bookings.taken_on(day("2027-03-01")) == 3
    assert ends_of(planned("S", "2027-03-01", unlimited, bookings=bookings))[0][0] == "2027-03-01"
    assert overbooked(again(plans[0], bookings, unlimited).plan) == []


def test_S44_of_several_revisions_the_highest_counts_in_any_order() -> None:
    first = planned("P", "2027-03-01")
    closed = TWO_CHAIRS.model_copy(update={"closures": [{"date": "2027-03-01", "reason": "Staff day"}]})
    moved = again(first, None, closed).plan
    assert (ends_of(moved)[0][0], moved.revision) == ("2027-03-08", 1)
    for plans in ([first, moved], [moved, first]):
        bookings = booked(*plans)
        assert [bookings.taken_on(day(one)) for one in ("2027-03-01", "2027-03-08")] == [0, 1]


def test_S44_days_before_the_day_of_asking_do_not_count_and_the_day_itself_does() -> None:
    bookings = booked(planned("P", "2027-03-01"), as_of="2027-03-03")
    taken = [bookings.taken_on(day(f"2027-03-0{n}")) for n in range(1, 7)]
    assert taken == [0, 0, 1, 1, 1, 0]


def test_S44_plans_of_a_clinic_of_another_name_do_not_count() -> None:
    elsewhere = TWO_CHAIRS.model_copy(update={"name": "Hill"})
    plans = [planned("P", "2027-03-01", elsewhere), planned("Q", "2027-03-01", WEEKDAYS_ONLY)]
    assert booked(*plans).taken_on(day("2027-03-01")) == 0
    assert booked(*plans, clinic=elsewhere).taken_on(day("2027-03-01")) == 1
    assert booked(*plans, clinic=WEEKDAYS_ONLY).taken_on(day("2027-03-01")) == 1


def test_S44_a_patient_who_changed_the_clinic_is_counted_at_the_new_one_only() -> None:
    elsewhere = TWO_CHAIRS.model_copy(update={"name": "Hill"})
    here = planned("P", "2027-03-01")
    there = again(here, None, elsewhere).plan
    assert there.revision == 1
    assert booked(here, there).taken_on(day("2027-03-01")) == 0
    assert booked(here, there, clinic=elsewhere).taken_on(day("2027-03-01")) == 1


def test_S44_tentative_courses_count() -> None:
    """Two of five infusions given on 1 and 2 March 2027: course 2 waits, on 6 to 8 March 2028 as scheduled."""
    plan = planned("P", "2027-03-01", courses=2)
    waiting = again(plan, None, as_of="2027-03-10", history=history(run("2027-03-01", 2))).plan
    assert [course.status for course in waiting.courses] == ["interrupted", "tentative"]
    assert booked(waiting).taken_on(day("2028-03-06")) == 1


def test_S44_a_cancelled_day_is_in_no_plan_and_takes_no_chair() -> None:
    plan = planned("P", "2027-03-01")
    stopped = again(plan, None, as_of="2027-03-10", history=history(run("2027-03-01", 2))).plan
    taken = [booked(plan, stopped).taken_on(day(f"2027-03-0{n}")) for n in range(1, 6)]
    assert taken == [1, 1, 0, 0, 0]


def test_S44_a_course_that_moves_for_another_reason_avoids_full_days() -> None:
    """The clinic closes on 3 March; the week from the 8th is full, so the course moves to the 15th."""
    plan = planned("S", "2027-03-01")
    others = [planned(name, "2027-03-08") for name in "PQ"]
    closed = TWO_CHAIRS.model_copy(update={"closures": [{"date": "2027-03-03", "reason": "Staff day"}]})
    bookings = booked(plan, *others, clinic=closed)
    moved = again(plan, bookings, closed)
    assert days_of(moved.plan, 1) == [f"2027-03-{n}" for n in range(15, 20)]
    assert ends_of(again(plan, None, closed).plan)[0][0] == "2027-03-08"
    first = moved.changes[0]
    assert (first.kind, first.reason) == ("moved", "2027-03-03: closed: Staff day")


def test_S44_a_course_that_was_not_given_moves_past_full_days() -> None:
    plan = planned("S", "2027-03-01")
    others = [planned(name, "2027-03-08") for name in "PQ"]
    moved = again(plan, booked(plan, *others, as_of="2027-03-04"), as_of="2027-03-04")
    assert ends_of(moved.plan) == [("2027-03-15", "2027-03-19")]


def test_S44_the_plans_own_booking_closes_no_day_of_it() -> None:
    plan = planned("P", "2027-03-01", ONE_CHAIR)
    bookings = booked(plan)
    assert {change.kind for change in again(plan, bookings, ONE_CHAIR).changes} == {"kept"}
    assert overbooked(again(plan, bookings, ONE_CHAIR).plan) == []
    assert planned("P", "2027-03-01", ONE_CHAIR, bookings=bookings).courses == plan.courses
    assert ends_of(planned(None, "2027-03-01", ONE_CHAIR, bookings=bookings))[0][0] == "2027-03-08"


def test_S44_the_remaining_days_of_a_running_course_stay_and_each_full_day_is_named() -> None:
    """Monday and Tuesday were given; on Wednesday the only chair is taken by somebody else, to Friday."""
    plan, other = planned("P", "2027-03-01", ONE_CHAIR), planned("Q", "2027-03-01", ONE_CHAIR)
    bookings = booked(plan, other, as_of="2027-03-02")
    night = again(plan, bookings, ONE_CHAIR, "2027-03-02", history=history(run("2027-03-01", 2)))
    assert days_of(night.plan, 1) == [f"2027-03-0{n}" for n in range(1, 6)]
    assert night.plan.courses[0].status == "in-progress"
    assert overbooked(night.plan) == [(1, "2027-03-03"), (1, "2027-03-04"), (1, "2027-03-05")]
    assert night.plan.revision == 0


def test_S44_a_tentative_course_stays_on_a_full_day_and_is_named() -> None:
    plan, other = planned("P", "2027-03-01", ONE_CHAIR, 2), planned("Q", "2028-03-06", ONE_CHAIR)
    night = again(plan, booked(other), ONE_CHAIR, "2027-03-10", history=history(run("2027-03-01", 2)))
    assert days_of(night.plan, 2) == ["2028-03-06", "2028-03-07", "2028-03-08"]
    assert [one.code for one in night.plan.findings if one.code == "tentative-on-closed-day"] == []
    assert overbooked(night.plan) == [(2, f"2028-03-0{n}") for n in (6, 7, 8)]


RESUMED: Final[Sequence[Decision]] = [decision(1, "resume", on="2027-03-04")]


def test_S44_the_rest_of_a_resumed_course_is_placed_on_free_days_and_then_stays() -> None:
    """Monday and Tuesday given, Wednesday missed. Of the three days, Thursday would reach the weekend.

    The week from the 8th is taken, so they are put on 15 to 17 March. There they stay: when somebody else is put on
    the same days, and when the week from the 8th becomes free.
    """
    plan, other = planned("P", "2027-03-01", ONE_CHAIR), planned("Q", "2027-03-08", ONE_CHAIR)
    asked: dict[str, Any] = {"history": history(run("2027-03-01", 2)), "decisions": RESUMED}
    first = again(plan, booked(other), ONE_CHAIR, "2027-03-04", **asked).plan
    rest = ["2027-03-15", "2027-03-16", "2027-03-17"]
    assert days_of(first, 1) == ["2027-03-01", "2027-03-02", *rest]
    third = planned("R", "2027-03-15", ONE_CHAIR)
    for bookings in (booked(other), booked(), booked(other, third)):
        night = again(first, bookings, ONE_CHAIR, "2027-03-05", **asked)
        assert {change.kind for change in night.changes} == {"kept"}
        assert night.plan.revision == first.revision
        assert night.plan.courses == first.courses
    assert overbooked(again(first, booked(third), ONE_CHAIR, "2027-03-05", **asked).plan) == [(1, one) for one in rest]


def test_S44_the_rest_of_a_resumed_course_moves_with_a_closure_past_full_days() -> None:
    plan, other = planned("P", "2027-03-01", ONE_CHAIR), planned("Q", "2027-03-15", ONE_CHAIR)
    asked: dict[str, Any] = {"history": history(run("2027-03-01", 2)), "decisions": RESUMED}
    first = again(plan, booked(other), ONE_CHAIR, "2027-03-04", **asked).plan
    assert days_of(first, 1)[2:] == ["2027-03-08", "2027-03-09", "2027-03-10"]
    closures = [{"date": f"2027-03-{n}", "reason": "Staff day"} for n in ("09", "11")]
    closed = ONE_CHAIR.model_copy(update={"closures": closures})
    moved = again(first, booked(other, clinic=closed), closed, "2027-03-05", **asked).plan
    assert days_of(moved, 1)[2:] == ["2027-03-22", "2027-03-23", "2027-03-24"]


def test_S44_a_treatment_under_way_is_planned_on_free_days() -> None:
    """Course 1 ended on 7 March 2025: course 2 may start on Saturday 7 March 2026; the week from Monday is taken."""
    other = planned("Q", "2026-03-09", ONE_CHAIR)
    bookings = booked(other, clinic=ONE_CHAIR, as_of="2026-01-05")
    asked = {"history": history(run("2025-03-03", 5)), "as_of": day("2026-01-05"), "bookings": bookings}
    assert days_of(planned("P", "2026-01-05", ONE_CHAIR, 2, **asked), 2)[0] == "2026-03-16"


def test_S44_a_plan_with_full_days_is_read_again_and_holds_nothing_of_other_patients() -> None:
    bookings = booked(*(planned(name, "2027-03-01") for name in ("secret-1", "secret-2")))
    plan = planned("S", "2027-03-01", bookings=bookings)
    written = plan.model_dump_json()
    assert Plan.model_validate_json(written) == plan
    assert "secret" not in written
    assert "secret" not in f"{bookings!r} {bookings}"
    night = again(plan, bookings).plan
    assert night.courses == plan.courses


# --- S45: another revision ------------------------------------------------------------------------


def continued(plan: Plan, protocol: Protocol, clinic: Clinic, accept: str | None, **asked: Any) -> Revision:
    asked = {"history": History(), "as_of": day("2026-11-22"), **asked}
    return replan(plan, protocol, clinic, accept_protocol=accept, **asked)


def refused(plan: Plan, protocol: Protocol, accept: str | None) -> PlanMismatch:
    with pytest.raises(PlanMismatch) as caught:
        continued(plan, protocol, WEEKDAYS_ONLY, accept)
    assert caught.value.code == "plan-mismatch"
    return caught.value


def kinds(revision: Revision) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for change in revision.changes:
        found.setdefault(change.kind, set()).add(change.item)
    return found


def test_S45_another_revision_is_refused_unless_it_is_accepted_by_its_name() -> None:
    plan = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2027-01-11"))
    assert refused(plan, US_R2, None).place == "protocol"
    wrong = [refused(plan, US_R2, name) for name in ("us", "us-2024-05", "us-2024-05-R2", "eu-2020-01-r2", "")]
    assert {one.place for one in wrong} == {"accept_protocol"}
    assert continued(plan, US_R2, WEEKDAYS_ONLY, "us-2024-05-r2").plan.protocol == "us-2024-05-r2"


def test_S45_a_protocol_of_another_id_is_refused_always() -> None:
    for plan in (plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2027-01-11")), read_plan(KEPT / "plan-us.json")):
        for accept in (None, "eu-2020-01-r2", "us-2024-05"):
            assert refused(plan, EU_R2, accept).place == "protocol"


def test_S45_the_plans_own_protocol_may_be_named_and_no_other() -> None:
    plan = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2027-01-11"))
    assert continued(plan, US, WEEKDAYS_ONLY, "us-2024-05").plan.revision == 0
    assert refused(plan, US, "us-2024-05-r2").place == "accept_protocol"


def test_S45_the_revision_rises_though_no_date_differs_and_once_only() -> None:
    plan = plan_treatment(US, WEEKDAYS_ONLY, not_before=day("2027-01-11"))
    first = continued(plan, US_R2, WEEKDAYS_ONLY, "us-2024-05-r2")
    assert {change.kind for change in first.changes if change.after} == {"kept"}  # notes have no day
    assert len(first.changes) == len({change.item for change in first.changes})
    assert (first.plan.revision, first.plan.protocol) == (1, "us-2024-05-r2")
    assert first.plan.provenance.protocol_digest == US_R2.date_digest
    assert first.plan.provenance.protocol_since == day("2026-11-22")
    night = continued(first.plan, US_R2, WEEKDAYS_ONLY, None, as_of=day("2026-11-23"))
    assert (night.plan.revision, {change.kind for change in night.changes}) == (1, {"kept"})
    assert night.plan.provenance.protocol_since == day("2026-11-22")


def test_S45_one_may_go_back_to_the_earlier_revision() -> None:
    plan = plan_treatment(US_R2, WEEKDAYS_ONLY, not_before=day("2027-01-11"))
    assert continued(plan, US, WEEKDAYS_ONLY, "us-2024-05").plan.protocol == "us-2024-05"


def test_S45_a_kept_plan_of_the_us_goes_on_by_r2() -> None:
    plan = read_plan(KEPT / "plan-us.json")
    revision = continued(plan, US_R2, plan.provenance.clinic, "us-2024-05-r2")
    assert [one.date for one in revision.plan.infusion_days] == [one.date for one in plan.infusion_days]
    assert revision.plan.revision == plan.revision + 1
    assert Plan.model_validate_json(revision.plan.model_dump_json()) == revision.plan


NOTES_ADDED_IN_THE_US: Final = {"vital-signs", "antihistamine-antipyretic", "dilution", "breastfeeding", "rems"}


def test_S45_notes_that_only_one_revision_has_are_added_or_cancelled() -> None:
    """Read off the two files: r2 of the US has five more notes, all of the treatment, and dates are the same."""
    plan = read_plan(KEPT / "plan-us.json")
    revision = continued(plan, US_R2, plan.provenance.clinic, "us-2024-05-r2")
    assert kinds(revision)["added"] == {f"{name}/treatment" for name in NOTES_ADDED_IN_THE_US}
    notes = [change for change in revision.changes if change.kind == "added"]
    assert {(one.before, one.after, one.reason) for one in notes} == {(None, None, "new in the protocol us-2024-05-r2")}
    assert "  protocol us-2024-05 -> us-2024-05-r2" in to_text(revision).splitlines()
    assert kinds(compare(plan, revision.plan))["added"] == kinds(revision)["added"]
    back = continued(revision.plan, load_protocol("us-2024-05"), plan.provenance.clinic, "us-2024-05")
    assert kinds(back)["cancelled"] == kinds(revision)["added"]
    assert "not part of the protocol us-2024-05" in {change.reason for change in back.changes}


# What r2 adds to 2020-01 of the EU, read off the two files: tests before each course of five series, stroke watch
# for each course, an ECG before course 1, vaccinations before courses 2 to 4, the alert card as a period,
# cervical screening once a year, up to 48 months after 27 March 2030, and eight notes.
NOTES_ADDED_IN_THE_EU: Final = {
    *(f"{name}/treatment" for name in ("vital-signs", "dilution", "slower-infusion", "driving", "live-vaccines")),
    *("patient-card-and-guide/treatment", "symptoms-longer/treatment", "infections-before-treatment/course-1"),
}
SERIES: Final = ("blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid")
ADDED_BY_R2: Final = {
    *(f"{name}/course-{n}/baseline" for name in SERIES for n in range(1, 5)),
    *(f"stroke-watch/course-{n}" for n in range(1, 5)),
    *(f"vaccinations/course-{n}" for n in range(2, 5)),
    "ecg/course-1",
    "alert-card/treatment",
    *(f"cervical-screening/treatment/{n}" for n in range(1, 8)),
    *NOTES_ADDED_IN_THE_EU,
}


def test_S45_a_kept_plan_of_the_eu_goes_on_by_r2() -> None:
    """Asked for before the treatment begins: everything that r2 adds lies ahead. Course 1 is from 1 to 5 March 2027."""
    plan = read_plan(KEPT / "plan-eu.json")
    revision = continued(plan, EU_R2, plan.provenance.clinic, "eu-2020-01-r2")
    assert [one.date for one in revision.plan.infusion_days] == [one.date for one in plan.infusion_days]
    found = kinds(revision)
    assert found.keys() == {"kept", "added"}
    assert found["added"] == ADDED_BY_R2
    reasons = {change.item: change.reason for change in revision.changes}
    assert reasons["stroke-watch/course-1"] == (
        "new in the protocol eu-2020-01-r2: counted from first infusion of course 1 (2027-03-01)"
    )
    for name in ADDED_BY_R2 - NOTES_ADDED_IN_THE_EU:  # the test and the note were known, the dated item was not
        assert reasons[name].startswith("new in the protocol eu-2020-01-r2: counted from "), name
    # Read off the two files: the titles "Corticosteroid, immediately before the infusion" and "Corticosteroid, before
    # the infusion", the neutral titles "Medicine reminder" and "Medicine reminder, at the clinic", eu-2013 and eu-pl.
    assert reasons["corticosteroid/course-1/1"] == "same date; new title, neutral title and source"
    assert reasons["course-1/day-1"] == "unchanged"
    assert Plan.model_validate_json(revision.plan.model_dump_json()) == revision.plan


def test_S45_of_what_is_past_nothing_is_added() -> None:
    """Course 1 was given on 1 to 5 March 2027, and the question is of Friday 10 March 2028.

    Course 2 was planned from Monday 6 March 2028 and has not begun: three days from Friday would reach the weekend,
    so it moves to Monday 13 March. Past are the tests, stroke watch and ECG of course 1, the vaccinations before
    course 2 (42 days before 13 March) and the cervical screening of 5 March 2028. The alert card is still carried.
    Cervical screening goes on to 5 March 2032: 48 months after 15 March 2028 is 15 March 2032.
    """
    plan = plan_treatment(EU, WEEKDAYS_ONLY, not_before=day("2027-03-01"), courses=2)
    asked: dict[str, Any] = {"history": history(run("2027-03-01", 5)), "as_of": day("2028-03-10")}
    revision = continued(plan, EU_R2, WEEKDAYS_ONLY, "eu-2020-01-r2", **asked)
    assert days_of(revision.plan, 2)[0] == "2028-03-13"
    assert kinds(revision)["added"] == {
        *(f"{name}/course-2/baseline" for name in SERIES),
        "stroke-watch/course-2",
        "alert-card/treatment",
        *(f"cervical-screening/treatment/{n}" for n in range(1, 5)),
        *NOTES_ADDED_IN_THE_EU,
    }
    screening = series(revision.plan, "cervical-screening", None)
    assert [str(one) for one in screening.dates] == ["2029-03-05", "2030-03-05", "2031-03-05", "2032-03-05"]
    assert not [one for one in revision.plan.findings if one.code == "deadline-passed"]
    assert Plan.model_validate_json(revision.plan.model_dump_json()) == revision.plan
    for later in ("2028-03-10", "2028-03-11"):
        night = continued(revision.plan, EU_R2, WEEKDAYS_ONLY, None, **{**asked, "as_of": day(later)})
        assert {change.kind for change in night.changes} == {"kept"}
        assert night.plan.revision == revision.plan.revision
