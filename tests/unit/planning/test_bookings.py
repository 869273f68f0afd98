"""`Bookings`: what is refused, what is counted, and that plans without bookings share their parts as before."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    Bookings,
    Clinic,
    History,
    InvalidInput,
    NoFeasibleStart,
    Plan,
    PlanMismatch,
    ScheduleError,
    due,
    plan_treatment,
    replan,
)
from lemtrada_schedule.planning.shared_parts import PARTS
from tests.support.clinics import MON_TO_FRI, clinic_open
from tests.support.histories import US, closed_on, day, decision, history, on, run

CLINIC: Final = clinic_open(MON_TO_FRI, name="Harbor", chairs=1)
FEBRUARY: Final = day("2027-02-01")
MARCH: Final = day("2027-03-01")


def planned(name: str | None, first: date = MARCH, clinic: Clinic = CLINIC, **asked: Any) -> Plan:
    return plan_treatment(US, clinic, not_before=first, courses=1, plan_id=name, **asked)


def booked(*plans: Plan, as_of: date = FEBRUARY) -> Bookings:
    return Bookings.of(plans, clinic=CLINIC, as_of=as_of)


def problems(call: Callable[[], object]) -> list[tuple[str, str, str | None]]:
    with pytest.raises(InvalidInput) as caught:
        call()
    return [(one.code, one.place, one.argument) for one in caught.value.problems]


def test_every_plan_without_an_id_is_named() -> None:
    plans = [planned(None), planned("P"), planned(None)]
    assert problems(lambda: booked(*plans)) == [
        ("missing-field", "plans.0.plan_id", "plans"),
        ("missing-field", "plans.2.plan_id", "plans"),
    ]


def test_one_revision_with_two_courses_of_days_is_refused_and_no_id_is_repeated() -> None:
    plans = [planned("secret"), planned("secret", day("2027-03-08"))]
    assert problems(lambda: booked(*plans)) == [("plan-mismatch", "plans.1.revision", "plans")]
    with pytest.raises(InvalidInput) as caught:
        booked(*plans)
    assert "secret" not in repr(caught.value)


def test_one_revision_at_two_clinics_is_refused() -> None:
    elsewhere = CLINIC.model_copy(update={"name": "Hill"})
    assert problems(lambda: booked(planned("P"), planned("P", clinic=elsewhere)))[0][1] == "plans.1.revision"


def test_two_of_an_older_revision_are_no_problem_in_any_order() -> None:
    """What counts is the highest revision, of which there is one."""
    older = [planned("P"), planned("P", day("2027-03-08"))]
    newest = planned("P", day("2027-03-15")).model_copy(update={"revision": 1})
    for plans in ([*older, newest], [newest, *older], [older[0], newest, older[1]]):
        assert booked(*plans).taken_on(day("2027-03-15")) == 1
        assert booked(*plans).taken_on(MARCH) == 0


def test_one_plan_twice_counts_once() -> None:
    assert booked(planned("P"), planned("P")).taken_on(MARCH) == 1


def test_plans_of_a_clinic_with_another_name_are_counted() -> None:
    """Each plan once, by its highest revision, also if all its days are past."""
    elsewhere = CLINIC.model_copy(update={"name": "Hill"})
    newer = planned("P", clinic=elsewhere).model_copy(update={"revision": 1})
    bookings = booked(planned("P"), newer, planned("Q"), planned("R", clinic=elsewhere))
    assert (bookings.other_clinics, [one.plan_id for one in bookings.plans]) == (2, ["Q"])
    assert booked(planned("P")).other_clinics == 0
    assert Bookings.of([newer], clinic=CLINIC, as_of=day("2030-01-01")).other_clinics == 1


def test_plans_may_come_one_by_one() -> None:
    def stored() -> Iterator[Plan]:
        yield planned("P")
        yield planned("Q")

    assert Bookings.of(stored(), clinic=CLINIC, as_of=FEBRUARY).taken_on(MARCH) == 2
    assert Bookings.of({"a": planned("P")}.values(), clinic=CLINIC, as_of=FEBRUARY).taken_on(MARCH) == 1
    assert booked() == Bookings(clinic="Harbor", as_of=FEBRUARY, plans=())


@pytest.mark.parametrize(
    ("plans", "place"),
    [
        (None, "plans"),
        (7, "plans"),
        (planned("P"), "plans"),
        ("plans", "plans.0"),
        ([planned("P"), None], "plans.1"),
        ([planned("P").model_dump()], "plans.0"),
        ({"P": planned("P")}, "plans.0"),
        ([[]], "plans.0"),
    ],
    ids=["none", "number", "one plan", "text", "a gap", "unread", "mapping", "list"],
)
def test_what_is_no_plan_is_refused(plans: Any, place: str) -> None:
    found = problems(lambda: Bookings.of(plans, clinic=CLINIC, as_of=FEBRUARY))
    assert found == [("wrong-type", place, "plans")]


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: Bookings.of([], clinic=None, as_of=FEBRUARY), "clinic"),  # type: ignore[arg-type]  # on purpose
        (lambda: Bookings.of([], clinic=CLINIC, as_of="today"), "as_of"),
        (lambda: booked().taken_on(None), "day"),  # type: ignore[arg-type]  # on purpose
        (lambda: booked().without(None), "plan_id"),  # type: ignore[arg-type]  # on purpose
        (lambda: planned("P", bookings=[planned("Q")]), "bookings"),
        (lambda: planned("P", bookings={}), "bookings"),
    ],
)
def test_other_arguments_are_checked(call: Callable[[], object], argument: str) -> None:
    assert [one[1:] for one in problems(call)] == [(argument, argument)]


def test_without_a_plan_its_days_are_free_and_the_others_stay() -> None:
    bookings = booked(planned("P"), planned("Q"))
    assert bookings.without("P").taken_on(MARCH) == 1
    assert bookings.without("P").without("Q").taken_on(MARCH) == 0
    assert bookings.without("R") == bookings
    assert bookings.taken_on(MARCH) == 2
    assert booked(planned("Q"), planned("P")) == bookings


def test_bookings_made_by_hand_count_each_plan_and_day_once() -> None:
    plans = [
        {"plan_id": "P", "days": ["2027-03-01", "2027-03-01", "2027-01-04"]},
        {"plan_id": "P", "days": ["2027-03-01"]},
    ]
    bookings = Bookings.model_validate({"clinic": None, "as_of": "2027-02-01", "plans": plans})
    assert (bookings.taken_on(MARCH), bookings.taken_on(day("2027-01-04"))) == (1, 0)


def test_a_repr_says_how_many_plans_and_days_there_are() -> None:
    bookings = booked(planned("P"), planned("Q"))
    assert repr(bookings) == "Bookings(2 plans, 10 days)"
    elsewhere = planned("R", clinic=CLINIC.model_copy(update={"name": "Hill"}))
    assert repr(booked(elsewhere)) == "Bookings(0 plans, 0 days, 1 other plan)"
    assert repr(bookings.plans[0]) == "BookedPlan(5 days)"


# --- bookings that do not belong to the question --------------------------------------------------


def mismatch(call: Callable[[], object]) -> tuple[str, str | None]:
    with pytest.raises(PlanMismatch) as caught:
        call()
    assert caught.value.place == "bookings"
    return caught.value.code, caught.value.argument


@pytest.mark.parametrize("name", ["Hill", None])
def test_bookings_of_another_clinic_are_refused(name: str | None) -> None:
    elsewhere = CLINIC.model_copy(update={"name": name})
    plan = planned("P", clinic=elsewhere)
    assert mismatch(lambda: planned("P", clinic=elsewhere, bookings=booked())) == ("plan-mismatch", "bookings")
    asked: dict[str, Any] = {"history": History(), "as_of": FEBRUARY, "bookings": booked()}
    assert mismatch(lambda: replan(plan, US, elsewhere, **asked)) == ("plan-mismatch", "bookings")


def test_bookings_that_leave_out_days_on_which_a_course_may_lie_are_refused() -> None:
    late, plan = booked(as_of=day("2027-03-02")), planned("P")
    assert mismatch(lambda: planned("Q", bookings=late))[0] == "plan-mismatch"
    assert mismatch(lambda: replan(plan, US, CLINIC, history=History(), as_of=MARCH, bookings=late))
    asked: dict[str, Any] = {"history": history(run("2026-03-02", 5)), "as_of": MARCH, "bookings": late}
    assert mismatch(lambda: plan_treatment(US, CLINIC, not_before=day("2027-06-01"), plan_id="Q", **asked))


def test_bookings_from_the_first_day_of_the_search_are_enough() -> None:
    """Also where the start that was asked for is past: of past days no chair can be taken."""
    from_march = booked(as_of=MARCH)
    assert planned("Q", bookings=from_march).courses[0].first_day == MARCH
    past = planned("Q", day("2027-02-22"), as_of=MARCH, bookings=from_march)
    assert past.courses[0].first_day == day("2027-02-22")
    assert replan(planned("P"), US, CLINIC, history=History(), as_of=MARCH, bookings=from_march).plan.revision == 0


def test_where_no_day_is_free_the_error_says_what_to_do() -> None:
    every_day = [date.fromordinal(MARCH.toordinal() + n) for n in range(1_000)]
    full = Bookings.model_validate(
        {"clinic": "Harbor", "as_of": FEBRUARY, "plans": [{"plan_id": "P", "days": every_day}]}
    )
    with pytest.raises(NoFeasibleStart) as caught:
        planned("Q", bookings=full)
    assert caught.value.longest_run == 0
    assert caught.value.message.endswith(
        "add chairs, free days that are booked, change the clinic's hours or closures, or add days to extra_open"
    )


# --- the rest of a resumed course ------------------------------------------------------------------


def booked_on(*days: str) -> Bookings:
    other = {"plan_id": "other", "days": list(days)}
    return Bookings.model_validate({"clinic": "Harbor", "as_of": MARCH, "plans": [other]})


def resumed(
    plan: Plan, *given: str, on_day: str, bookings: Bookings, clinic: Clinic = CLINIC
) -> tuple[list[str], list[str]]:
    """Return the days of course 1 that are not given, and the starts that were skipped."""
    course = made(plan, *given, on_day=on_day, bookings=bookings, clinic=clinic).courses[0]
    return [str(one.date) for one in course.days[len(given) :]], [str(one.first_day) for one in course.passed_over]


def made(plan: Plan, *given: str, on_day: str, bookings: Bookings, clinic: Clinic = CLINIC) -> Plan:
    taken, decided = history(*map(on, given)), [decision(1, "resume", on="2027-03-04")]
    return replan(plan, US, clinic, history=taken, as_of=day(on_day), decisions=decided, bookings=bookings).plan


def test_the_rest_of_a_resumed_course_stays_up_to_the_day_on_which_it_begins() -> None:
    """Monday 1 and Tuesday 2 March 2027 are given. Three days from Thursday reach the weekend, and the week is full.

    So the rest is put on 15 to 17 March. It stays when others take these days, also on Monday the 15th itself, and
    when the first infusion is found to have been on Sunday 28 February. What was skipped for it stays as well.
    """
    full = booked_on("2027-03-08", "2027-03-09", "2027-03-10", "2027-03-11", "2027-03-12")
    plan = made(planned("P"), "2027-03-01", "2027-03-02", on_day="2027-03-04", bookings=full)
    rest = ["2027-03-15", "2027-03-16", "2027-03-17"]
    passed = [f"2027-03-{n:02}" for n in range(4, 15)]
    taken = booked_on(*rest)
    for on_day in ("2027-03-04", "2027-03-15"):
        for first in ("2027-03-01", "2027-02-28"):
            assert resumed(plan, first, "2027-03-02", on_day=on_day, bookings=taken) == (rest, passed)
    # Given on the 4th and 5th, as a correction says: these two starts were not skipped.
    assert resumed(plan, "2027-03-04", "2027-03-05", on_day="2027-03-06", bookings=taken) == (rest, passed[2:])


def test_the_last_day_of_a_resumed_course_moves_past_full_days_when_the_clinic_closes_on_it() -> None:
    """Friday 5 March 2027 was missed, Monday is full: Tuesday 9. Closed on it; Wednesday is full: Thursday 11."""
    given, full = ("2027-03-01", "2027-03-02", "2027-03-03", "2027-03-04"), booked_on("2027-03-08", "2027-03-10")
    plan = made(planned("P"), *given, on_day="2027-03-08", bookings=full)
    assert resumed(plan, *given, on_day="2027-03-08", bookings=full) == (["2027-03-09"], ["2027-03-08"])
    closed = closed_on(CLINIC, "2027-03-09")
    assert resumed(plan, *given, on_day="2027-03-08", bookings=full, clinic=closed) == (
        ["2027-03-11"],
        ["2027-03-08", "2027-03-09", "2027-03-10"],
    )


# --- sharing --------------------------------------------------------------------------------------


def test_the_rest_of_a_course_given_on_other_days_than_scheduled_is_placed_anew() -> None:
    """Scheduled from 1 March 2027, given on 8 and 9 February, asked on the 16th: three days from then on (S10).

    Another patient's day in June closes none of them.
    """
    taken, decided = history(run("2027-02-08", 2)), [decision(1, "resume", on="2027-02-16")]
    for bookings in (None, booked_on("2027-06-01").model_copy(update={"as_of": FEBRUARY})):
        asked: dict[str, Any] = {"as_of": day("2027-02-16"), "decisions": decided, "bookings": bookings}
        course = replan(planned("P"), US, CLINIC, history=taken, **asked).plan.courses[0]
        assert [str(one.date) for one in course.days[2:]] == ["2027-02-16", "2027-02-17", "2027-02-18"]


def test_a_withdrawn_day_of_the_rest_is_placed_anew_past_full_days() -> None:
    """Given on 1, 2 and 10 March 2027, Thursday 11 is full: Monday 15 and 16. Then the 10th was not given after all.

    Three days from the 10th would meet the 11th; Friday 12 reaches the weekend. So they are 15 to 17 March.
    """
    full = booked_on("2027-03-11")
    given = ("2027-03-01", "2027-03-02", "2027-03-10")
    plan = made(planned("P"), *given, on_day="2027-03-10", bookings=full)
    assert [str(one.date) for one in plan.courses[0].days[3:]] == ["2027-03-15", "2027-03-16"]
    skipped = [f"2027-03-{n}" for n in range(10, 15)]
    rest = ["2027-03-15", "2027-03-16", "2027-03-17"]
    assert resumed(plan, *given[:2], on_day="2027-03-10", bookings=full) == (rest, skipped)


def test_a_start_on_which_an_infusion_was_given_was_not_skipped() -> None:
    """From Friday 12 March 2027 three days reach the weekend: 15 to 17. Then the 12th and the 15th were given.

    The fifth infusion stays on its day, the 17th (S44).
    """
    plan = made(planned("P"), "2027-03-01", "2027-03-02", on_day="2027-03-12", bookings=booked_on())
    assert [str(one.first_day) for one in plan.courses[0].passed_over] == ["2027-03-12", "2027-03-13", "2027-03-14"]
    given = ("2027-03-01", "2027-03-02", "2027-03-12", "2027-03-15")
    assert resumed(plan, *given, on_day="2027-03-16", bookings=booked_on()) == (["2027-03-17"], [])
    # Of the 12th alone: the other two stay on the 16th and 17th, and nobody skipped the 13th for them.
    rest = ["2027-03-16", "2027-03-17"]
    assert resumed(plan, *given[:3], on_day="2027-03-12", bookings=booked_on()) == (rest, [])


def test_the_rest_of_a_course_that_no_plan_had_is_placed_on_free_days() -> None:
    """1 and 2 March 2027 are given, and Thursday 4 to Friday 5 leave no room for three days before the weekend."""
    asked: dict[str, Any] = {"not_before": MARCH, "as_of": day("2027-03-04"), "courses": 1}
    decided = [decision(1, "resume", on="2027-03-04")]
    taken = history(run("2027-03-01", 2))
    full = booked_on("2027-03-08")
    plan = plan_treatment(US, CLINIC, history=taken, decisions=decided, bookings=full, **asked)
    assert [str(one.date) for one in plan.courses[0].days[2:]] == ["2027-03-09", "2027-03-10", "2027-03-11"]


def test_what_is_due_of_a_resumed_course_is_on_the_days_of_the_plan() -> None:
    """Tuesday 9 March 2027 is full, so three days from the 8th are 10 to 12 March. `due` knows no bookings (S43)."""
    taken = history(run("2027-03-01", 2))
    plan = made(planned("P"), "2027-03-01", "2027-03-02", on_day="2027-03-08", bookings=booked_on("2027-03-09"))
    for on_day in ("2027-03-08", "2027-03-09", "2027-03-10"):
        items = due(plan, history=taken, as_of=day(on_day), first_day=day(on_day), last_day=day("2027-03-31"))
        infusions = [(item.item, str(item.day), item.state) for item in items if item.kind == "infusion"]
        assert infusions == [(f"course-1/day-{n}", f"2027-03-{n + 7}", "planned") for n in (3, 4, 5)]
        assert [item.item for item in items if item.kind == "decision"] == []


def test_what_is_placed_with_bookings_is_shared_with_nobody() -> None:
    """Plans with and without bookings, and with other ones, in any order: none sees what was made for another."""
    PARTS.cache_clear()
    full = booked(planned("P"), planned("R", day("2028-03-06")))
    asked: dict[str, Any] = {"not_before": MARCH, "courses": 2}
    free = plan_treatment(US, CLINIC, **asked)
    for bookings, first_days in (
        (full, ["2027-03-08", "2028-03-13"]),
        (None, ["2027-03-01", "2028-03-06"]),
        (booked(planned("R", day("2028-03-06"))), ["2027-03-01", "2028-03-13"]),
        (booked(), ["2027-03-01", "2028-03-06"]),
    ):
        found = plan_treatment(US, CLINIC, **asked, bookings=bookings)
        assert [str(course.first_day) for course in found.courses] == first_days
    assert plan_treatment(US, CLINIC, **asked) == free


def test_without_bookings_a_plan_is_made_of_shared_parts() -> None:
    unlimited = CLINIC.model_copy(update={"chairs": None})
    plans = [
        plan_treatment(US, clinic, not_before=MARCH, bookings=bookings)
        for clinic, bookings in ((CLINIC, None), (CLINIC, None), (unlimited, booked()), (unlimited, None))
    ]
    assert plans[0].courses[1] is plans[1].courses[1]
    assert plans[2].courses[1] is plans[3].courses[1]


def test_an_extra_day_has_no_more_chairs_than_others() -> None:
    """Saturday 6 March is open on top, and its one chair is taken; a course of three days from Thursday is not."""
    saturday = CLINIC.model_copy(update={"extra_open": [{"date": "2027-03-06", "reason": "session"}]})
    other = {"plan_id": "P", "days": ["2027-03-06"]}
    full = Bookings.model_validate({"clinic": "Harbor", "as_of": FEBRUARY, "plans": [other]})
    given = {"history": history(run("2026-02-23", 5)), "as_of": MARCH}
    asked: dict[str, Any] = {"not_before": day("2027-03-04"), "courses": 2, **given}
    assert str(plan_treatment(US, saturday, **asked).courses[1].first_day) == "2027-03-04"
    assert str(plan_treatment(US, saturday, **asked, bookings=full).courses[1].first_day) == "2027-03-08"


def test_errors_of_bookings_are_of_the_family() -> None:
    with pytest.raises(ScheduleError):
        Bookings.model_validate({"clinic": "Harbor", "as_of": FEBRUARY, "plans": [{"plan_id": "no id", "days": []}]})
