"""Worklists (S43) and bookings (S44) against answers worked out by hand.

Where nothing else is said the clinic is open from Monday to Friday, and the protocol is us-2024-05-r2. Course 1 of a
worklist is Monday 4 to Friday 8 January 2027, so its monthly dates are the 8th of each month.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from tests.oracle.bookings import closed_to, first_free_block, overbooked, taken_on
from tests.oracle.labels import label
from tests.oracle.monitoring import KnownTests
from tests.oracle.visits import Calendar
from tests.oracle.worklist import DueItem, Question, due_items

pytestmark = pytest.mark.sweep  # it checks the oracle, not the library

US = label("us-2024-05-r2")
OFFICE_DAYS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-17:00")
OPEN = Calendar({"opening_hours": OFFICE_DAYS})
COUNT = "blood-count"


def day(written: str) -> date:
    """Read a day; "04-07" is one of 2027."""
    return date.fromisoformat(written if len(written) > len("04-07") else f"2027-{written}")


def days(written: str) -> list[date]:
    return [day(one) for one in written.split()]


FIRST = days("01-04 01-05 01-06 01-07 01-08")
SECOND = days("2028-01-10 2028-01-11 2028-01-12")


def records(written: str, test: str = COUNT) -> list[dict[str, Any]]:
    return [{"date": one, "code": test} for one in days(written)]


def ask(
    as_of: str,
    first_day: str,
    last_day: str,
    *,
    given: Sequence[date] | None = FIRST,
    planned: dict[int, list[date]] | None = None,
    protocol: Any = US,
    observations: Sequence[dict[str, Any]] = (),
    tests_recorded: Sequence[str] = (COUNT,),
    **further: Any,
) -> list[DueItem]:
    of_tests = {name: further.pop(name) for name in ("overrides", "tests_recorded_from") if name in further}
    return due_items(
        Question(
            protocol,
            planned or {1: FIRST, 2: SECOND},
            None if given is None else {1: given} if given else {},
            day(as_of),
            day(first_day),
            day(last_day),
            OPEN,
            KnownTests(observations=observations, tests_recorded=tests_recorded, **of_tests),
            **further,
        )
    )


def of_kind(found: Sequence[DueItem], kind: str) -> list[tuple[str, str, str, str | None]]:
    return [
        (one["item"], str(one["day"]), one["state"], str(one["suggested"]) if one["suggested"] else None)
        for one in found
        if one["kind"] == kind
    ]


COUNT_ALONE = {
    **US,
    "actions": [action for action in US["actions"] if action["id"] in {COUNT, "vaccinations", "contraception"}],
}


# --- visits ----------------------------------------------------------------------------------


def test_v23_an_overdue_visit_stands_whatever_its_day() -> None:
    # Anchor 7 January 2027: monthly on the 7th. 7 November is not done; 7 December is the next.
    done = "02-07 03-07 04-07 05-07 06-07 07-07 08-07 09-07 10-07"
    given = days("01-03 01-04 01-05 01-06 01-07")
    found = ask(
        "12-01", "12-01", "12-31", given=given, planned={1: given}, protocol=COUNT_ALONE, observations=records(done)
    )
    assert of_kind(found, "visit") == [
        ("laboratory/course-1/10", "2027-11-07", "overdue", "2027-12-01"),
        ("laboratory/course-1/11", "2027-12-07", "due", "2027-12-07"),
    ]
    assert [one["tests"] for one in found if one["kind"] == "visit"] == [
        ["blood-count/course-1/10"],
        ["blood-count/course-1/11"],
    ]


def test_the_first_open_day_from_as_of() -> None:
    # Saturday 4 December 2027: Monday 6.
    found = ask("12-04", "12-04", "12-05", protocol=COUNT_ALONE, observations=records("10-08"))
    assert of_kind(found, "visit")[-1] == ("laboratory/course-1/10", "2027-11-08", "overdue", "2027-12-06")


def test_a_visit_names_its_open_tests_and_has_the_worst_state() -> None:
    # As of 10 February: blood count of 8 February done, creatinine recorded and overdue, the others not recorded.
    found = ask("02-10", "02-01", "02-28", observations=records("02-08"), tests_recorded=(COUNT, "creatinine"))
    (visit,) = [one for one in found if one["item"] == "laboratory/course-1/1"]
    assert (visit["state"], str(visit["suggested"])) == ("overdue", "2027-02-10")
    assert visit["tests"] == ["creatinine/course-1/1", "liver-tests/course-1/1", "urinalysis/course-1/1"]


def test_a_visit_whose_tests_are_all_done_does_not_appear() -> None:
    found = ask("02-10", "02-01", "02-28", protocol=COUNT_ALONE, observations=records("02-08"))
    assert of_kind(found, "visit") == []


def test_tests_of_a_kind_not_recorded() -> None:
    found = ask("02-10", "02-01", "03-31", protocol=COUNT_ALONE, tests_recorded=())
    assert of_kind(found, "visit") == [
        ("laboratory/course-1/1", "2027-02-08", "unrecorded", None),
        ("laboratory/course-1/2", "2027-03-08", "due", "2027-03-08"),
    ]


def test_missed_ones_before_the_first_day_are_one_line() -> None:
    # As of 10 May: 8 February to 8 April missed, 8 May overdue. The baseline is missing, and no date of the series.
    found = ask("05-10", "05-01", "05-31", protocol=COUNT_ALONE)
    assert of_kind(found, "visit") == [
        (COUNT, "2027-04-08", "missed", None),
        ("laboratory/course-1/4", "2027-05-08", "overdue", "2027-05-10"),
    ]
    assert [one["count"] for one in found if one["item"] == COUNT] == [3]
    # In range a missed one is a visit.
    found = ask("05-10", "04-01", "05-31", protocol=COUNT_ALONE)
    assert [one[2] for one in of_kind(found, "visit")] == ["missed", "missed", "overdue"]


def test_what_is_waived_is_not_on_the_list() -> None:
    accepted = {"code": "test-missed", "test": COUNT, "on": day("05-08")}
    found = ask("05-10", "02-01", "06-30", protocol=COUNT_ALONE, overrides=[accepted])
    assert of_kind(found, "visit") == [("laboratory/course-1/5", "2027-06-08", "due", "2027-06-08")]


def test_dates_before_tests_are_recorded() -> None:
    found = ask("05-10", "04-01", "05-31", protocol=COUNT_ALONE, tests_recorded_from=day("05-01"))
    assert of_kind(found, "visit") == [
        ("laboratory/course-1/3", "2027-04-08", "unrecorded", None),
        ("laboratory/course-1/4", "2027-05-08", "overdue", "2027-05-10"),
    ]


def test_a_baseline_that_a_draw_serves() -> None:
    # Course 2 on 10 January 2028: the draw of 8 January serves. Not done on 9 January, it is overdue until course 2.
    done = "02-08 03-08 04-08 05-08 06-08 07-08 08-08 09-08 10-08 11-08 12-08"
    found = ask("2028-01-09", "2028-01-09", "2028-01-31", protocol=COUNT_ALONE, observations=records(done))
    (visit,) = [one for one in found if one["item"] == "laboratory/course-1/12"]
    assert visit["tests"] == ["blood-count/course-1/12", "blood-count/course-2/baseline"]
    # Done on 2 January it is both: in the window of 30 days, and 6 days before its date.
    later = records(f"{done} 2028-01-02")
    found = ask("2028-01-09", "2028-01-01", "2028-01-31", protocol=COUNT_ALONE, observations=later)
    assert of_kind(found, "visit") == []


# --- infusions, windows, periods, decisions --------------------------------------------------


def test_infusion_days_ahead_and_in_the_past() -> None:
    found = ask("01-07", "01-01", "01-31", given=FIRST[:2], protocol=COUNT_ALONE)
    assert of_kind(found, "infusion") == [
        ("course-1/day-3", "2027-01-06", "unrecorded", None),
        ("course-1/day-4", "2027-01-07", "planned", None),
        ("course-1/day-5", "2027-01-08", "planned", None),
    ]
    assert of_kind(ask("01-07", "01-07", "01-07", given=FIRST[:2]), "infusion") == [
        ("course-1/day-4", "2027-01-07", "planned", None)
    ]
    assert of_kind(ask("02-01", "01-01", "12-31"), "infusion") == []


def test_without_a_history_everything_counts_from_the_plan() -> None:
    found = ask("02-10", "02-01", "02-28", given=None, protocol=COUNT_ALONE, tests_recorded=())
    assert of_kind(found, "visit") == [("laboratory/course-1/1", "2027-02-08", "unrecorded", None)]


def test_a_course_that_is_not_on_record_gives_no_tests() -> None:
    found = ask("02-10", "01-01", "02-28", given=[], protocol=COUNT_ALONE)
    assert {one["kind"] for one in found} == {"infusion"}
    assert [one[2] for one in of_kind(found, "infusion")] == ["unrecorded"] * 5


def test_a_window_is_due_until_it_closes() -> None:
    # Before course 1 on 4 January 2027: 42 days before is 23 November 2026.
    asked = ("2026-11-01", "2026-11-30")
    for as_of, recorded, state, suggested in (
        ("2026-11-23", (), "due", "2026-11-23"),
        ("2026-11-24", (), "unrecorded", None),
        ("2026-11-24", ("vaccinations",), "missed", None),
    ):
        found = ask(as_of, *asked, given=[], protocol=COUNT_ALONE, tests_recorded=recorded)
        assert of_kind(found, "window") == [("vaccinations/course-1", "2026-11-23", state, suggested)]
    done = records("2026-11-10", "vaccinations")
    found = ask(
        "2026-11-24", *asked, given=[], protocol=COUNT_ALONE, observations=done, tests_recorded=("vaccinations",)
    )
    assert of_kind(found, "window") == []


def test_a_visit_is_on_the_list_of_the_week_in_which_the_patient_comes() -> None:
    # 8 May 2027 is a Saturday, so Friday 7 May is suggested. 8 August is a Sunday: Friday 6 August.
    given = records("02-08 03-08 04-08")
    for first_day, last_day, expected in (
        ("05-03", "05-07", [("laboratory/course-1/4", "2027-05-08", "due", "2027-05-07")]),
        ("05-08", "05-08", [("laboratory/course-1/4", "2027-05-08", "due", "2027-05-07")]),
        ("05-03", "05-06", []),
        ("08-02", "08-06", [("laboratory/course-1/7", "2027-08-08", "due", "2027-08-06")]),
        ("08-09", "08-13", []),
    ):
        found = ask("05-01", first_day, last_day, protocol=COUNT_ALONE, observations=given)
        assert of_kind(found, "visit") == expected


def test_a_suggested_day_that_has_passed_is_replaced_by_the_first_open_day() -> None:
    # Asked on Saturday 8 May, the day on which it is due: Monday 10 May, which is in the week after.
    given = records("02-08 03-08 04-08")
    found = ask("05-08", "05-10", "05-14", protocol=COUNT_ALONE, observations=given)
    assert of_kind(found, "visit") == [("laboratory/course-1/4", "2027-05-08", "due", "2027-05-10")]


def test_what_comes_before_a_course_stands_until_it_begins_on_record() -> None:
    # Vaccinations by 23 November 2026, course 1 from Monday 4 to Friday 8 January 2027.
    waits = [("vaccinations/course-1", "2026-11-23", "unrecorded", None)]
    for as_of, given, expected in (
        ("2026-12-14", [], waits),
        ("01-03", [], waits),
        ("01-04", [], waits),
        ("01-04", None, waits),
        ("01-04", FIRST[:1], []),
        ("01-08", None, waits),
        ("01-09", None, []),
    ):
        found = ask(as_of, as_of, as_of, given=given, protocol=COUNT_ALONE, tests_recorded=())
        assert of_kind(found, "window") == expected


def test_a_window_has_the_last_open_day_on_or_before_its_last_day() -> None:
    # An ECG by Sunday 3 January 2027: Friday 1 January is open here, no holidays are known.
    ecg = {"id": "ecg", "kind": "window", "closes": "first infusion - 1 day", "per": "first-course"}
    protocol = {**COUNT_ALONE, "actions": [ecg]}
    found = ask("2026-12-30", "2027-01-01", "2027-01-01", given=[], protocol=protocol, tests_recorded=())
    assert of_kind(found, "window") == [("ecg/course-1", "2027-01-03", "due", "2027-01-01")]
    # On Saturday the 2nd, the first open day is that of the infusion: too late.
    found = ask("2027-01-02", "2027-01-03", "2027-01-03", given=[], protocol=protocol, tests_recorded=())
    assert of_kind(found, "window") == [("ecg/course-1", "2027-01-03", "due", None)]


def test_a_period_that_begins_in_the_range_starts() -> None:
    # Two weeks before Monday 4 January 2027: Monday 21 December 2026. It ends a month after 8 January.
    diet = {"id": "diet", "kind": "period", "starts": "first infusion - 2 weeks", "ends": "last infusion + 1 month"}
    protocol = {**COUNT_ALONE, "actions": [diet]}
    for as_of, last_day, expected in (
        ("2026-12-01", "2026-12-20", []),
        ("2026-12-01", "2026-12-21", [("diet/course-1", "2026-12-21", "starts", None)]),
        ("2026-12-01", "2027-02-07", [("diet/course-1", "2026-12-21", "starts", None)]),
        ("2026-12-01", "2027-02-08", [("diet/course-1", "2027-02-08", "ends", None)]),
        ("2026-12-21", "2026-12-21", [("diet/course-1", "2026-12-21", "open", None)]),
    ):
        found = ask(as_of, as_of, last_day, given=[], planned={1: FIRST}, protocol=protocol, tests_recorded=())
        assert of_kind(found, "period") == expected


@pytest.mark.parametrize(
    ("last_day", "expected"),
    [
        ("05-08", ("contraception", "2027-05-08", "ends", None)),
        ("05-07", ("contraception", "2027-02-10", "open", None)),
    ],
)
def test_a_period_is_one_item(last_day: str, expected: tuple[str, str, str, None]) -> None:
    # Contraception to 8 January + 4 months = 8 May 2027.
    assert of_kind(ask("02-10", "02-10", last_day, protocol=COUNT_ALONE), "period") == [expected]


def test_prophylaxis_stays_open_until_a_count() -> None:
    found = ask("04-01", "04-01", "04-30")
    assert ("herpes-prophylaxis/course-1", "2027-04-01", "open", None) in of_kind(found, "period")
    counts = [{"date": day("04-02"), "code": "cd4", "value": 250}]
    found = ask("04-05", "04-01", "04-30", observations=counts)
    assert ("herpes-prophylaxis/course-1", "2027-04-02", "ends", None) in of_kind(found, "period")


def test_a_decision_takes_away_later_days_and_keeps_tests_of_given_courses() -> None:
    found = ask("02-10", "02-01", "2028-02-28", given=FIRST[:3], protocol=COUNT_ALONE, decision_needed=True)
    assert of_kind(found, "decision") == [("decision", "2027-02-10", "due", None)]
    assert of_kind(found, "infusion") == []
    # The last infusion given is 6 January: 6 February is overdue, and nothing belongs to course 2.
    visits = of_kind(found, "visit")
    assert visits[0] == ("laboratory/course-1/1", "2027-02-06", "overdue", "2027-02-10")
    assert all("course-1" in one[0] for one in visits)


def test_where_the_history_has_another_day_the_plan_is_to_be_made_anew() -> None:
    given = [*FIRST[:4], day("01-11")]
    found = ask("02-10", "02-01", "02-28", given=given, protocol=COUNT_ALONE)
    assert of_kind(found, "decision") == [("replan", "2027-02-10", "due", None)]
    # Dates count from 11 January.
    assert of_kind(found, "visit") == [("laboratory/course-1/1", "2027-02-11", "due", "2027-02-11")]


# --- bookings (S44) --------------------------------------------------------------------------


def plan(name: str, written: str, revision: int = 0, clinic: str = "Here", status: str = "scheduled") -> dict[str, Any]:
    listed = [{"date": one, "status": status} for one in days(written)]
    return {"plan_id": name, "revision": revision, "clinic": clinic, "days": listed}


def weekend(one: date) -> str | None:
    return "weekend" if one.weekday() >= 5 else None


def start(
    plans: Sequence[dict[str, Any]], not_before: str, *, chairs: int | None = 2, as_of: str = "02-01"
) -> date | None:
    closed = closed_to(plans, weekend, clinic="Here", chairs=chairs, as_of=day(as_of), plan_id="S")
    return first_free_block(closed, 5, day(not_before))


def test_v25_three_on_two_chairs_stay_and_a_new_plan_goes_elsewhere() -> None:
    plans = [plan(name, "03-02") for name in "PQR"]
    for name in "PQR":
        assert taken_on(plans, day("03-02"), clinic="Here", as_of=day("02-01"), without=name) == 2
        assert overbooked(plans, name, clinic="Here", chairs=2, as_of=day("02-01")) == [day("03-02")]
    # 1 to 5 March 2027 contains 2 March; the next Monday is 8 March.
    assert start(plans, "03-01") == day("03-08")
    assert closed_to(plans, weekend, clinic="Here", chairs=2, as_of=day("02-01"))(day("03-02")) == "3 of 2 chairs taken"


@pytest.mark.parametrize(
    ("plans", "taken"),
    [
        ([plan("P", "03-02"), plan("Q", "03-02")], 2),
        ([plan("P", "03-02", 0), plan("P", "03-03", 1)], 0),  # the highest revision has another day
        ([plan("P", "03-03", 0), plan("P", "03-02", 1)], 1),
        ([plan("P", "03-02", 1), plan("P", "03-02", 0)], 1),
        ([plan("P", "03-02", status="cancelled")], 0),
        ([plan("P", "03-02", status="tentative")], 1),
        ([plan("P", "03-02", clinic="There")], 0),
        ([plan("P", "03-02", 0), plan("P", "03-02", 1, clinic="There")], 0),  # it has moved to another clinic
    ],
)
def test_what_takes_a_chair(plans: list[dict[str, Any]], taken: int) -> None:
    assert taken_on(plans, day("03-02"), clinic="Here", as_of=day("03-02")) == taken
    assert taken_on(plans, day("03-02"), clinic="Here", as_of=day("03-03")) == 0  # before the question


def test_one_chair_left_is_enough() -> None:
    assert start([plan("P", "03-02")], "03-01") == day("03-01")
    assert start([plan("P", "03-02")], "03-01", chairs=1) == day("03-08")
    assert start([plan("P", "03-02")], "03-01", chairs=None) == day("03-01")
    assert start([plan("S", "03-02")], "03-01", chairs=1) == day("03-01")  # its own booking
    assert start([plan("P", "03-02 03-09 03-16")], "03-01", chairs=1) == day("03-22")
    assert overbooked([plan("P", "03-02")], "P", clinic="Here", chairs=1, as_of=day("02-01")) == []
    assert overbooked([plan("P", "03-02")], "Q", clinic="Here", chairs=1, as_of=day("02-01")) == []
    assert overbooked([plan("P", "03-02")] * 2, "P", clinic="Here", chairs=None, as_of=day("02-01")) == []


def test_a_clinic_without_room_has_no_block() -> None:
    assert first_free_block(lambda _: "closed", 5, day("03-01"), 30) is None
