"""S43: what is due for a patient between two days. Every expected day is counted by hand from the rule's text."""

from datetime import date
from typing import Any

import pytest

from lemtrada_schedule import Decision, History, InfusionRecord, Plan, evaluate, replan, worklist
from tests.support.agendas import (
    BASELINE,
    DIET,
    ECG,
    EVERY_DAY,
    EXAMINATION,
    GIVEN,
    IN_A_VISIT,
    PROPHYLAXIS,
    THYROID,
    WEEKDAYS,
    WINDOW,
    asked,
    given,
    monthly,
    planned,
    rules,
    told,
)

DECEMBER = "2027-12-01..2027-12-31"

# --- visits --------------------------------------------------------------------------------------


def test_S43_V23_an_overdue_visit_stands_whatever_its_day() -> None:
    """7 Jun to 7 Oct are done, 7 Nov is not; the first open day from Wednesday 1 December is that day."""
    items = asked(planned(), given(done=monthly("2027-06-07", 5)), "2027-12-01", DECEMBER)
    assert told(items) == [
        ("2027-11-07", "laboratory/course-1/6", "overdue"),
        ("2027-12-07", "laboratory/course-1/7", "due"),
    ]
    assert [item.suggested for item in items] == [date(2027, 12, 1), date(2027, 12, 7)]
    assert {item.plan_id for item in items} == {"P"}
    assert {item.patient for item in items} == {"x"}


def test_S43_the_suggestion_of_an_overdue_visit_is_the_first_open_day_from_as_of() -> None:
    """4 December 2027 is a Saturday, and Monday the 6th is a day of the staff."""
    clinic = WEEKDAYS.model_copy(update={"closures": [{"date": "2027-12-06", "reason": "Staff day"}]})
    history = given(done=monthly("2027-06-07", 5))
    items = asked(planned(), history, "2027-12-04", DECEMBER, clinic=clinic)
    assert [(item.state, item.suggested) for item in items] == [
        ("overdue", date(2027, 12, 7)),
        ("due", date(2027, 12, 7)),
    ]


def test_S43_a_visit_whose_tests_are_all_done_does_not_appear() -> None:
    items = asked(planned(), given(done=monthly("2027-06-07", 6)), "2027-11-10", "2027-11-01..2027-11-30")
    assert told(items, "visit") == []


def test_S43_missed_tests_before_the_first_day_are_one_line_with_a_count() -> None:
    """Only 7 June is done. From 7 December on, 7 July to 7 November are missed: five; 7 December is due."""
    items = asked(planned(), given(done=["2027-06-07"]), "2027-12-07", DECEMBER)
    assert told(items) == [
        ("2027-11-07", "missed/count", "missed"),
        ("2027-12-07", "laboratory/course-1/7", "due"),
    ]
    assert items[0].reason == "5 tests missed before 2027-12-01: due from 2027-07-07 to 2027-11-07"
    assert items[0].suggested is None


def test_S43_C3_a_missed_baseline_is_counted_with_the_tests_and_the_reason_says_so() -> None:
    """Course 1 begins on Thursday 6 May 2027, so the baseline was due on the 5th.

    The next dates are 7 August and 7 November. On 7 February 2028 another one is due, so both are missed.
    """
    actions = (BASELINE.replace('"6 months"', '"3 months"'),)
    (item,) = [
        one
        for one in asked(
            planned(*actions), given(tests_recorded=["count", "liver"]), "2028-02-07", "2028-02-07..2028-02-29"
        )
        if one.item == "missed/liver"
    ]
    assert (item.day, item.state) == (date(2027, 11, 7), "missed")
    assert item.reason == (
        "3 tests, including the baseline, missed before 2028-02-07: due from 2027-05-05 to 2027-11-07"
    )


def test_S43_S32_tests_without_a_record_before_the_first_day_are_one_item() -> None:
    """No test is on record. From 7 June to 7 November 2027, six visits are due before 1 December; none is missed."""
    items = asked(planned(THYROID), given(), "2027-12-01", DECEMBER)
    assert told(items) == [
        ("2027-11-07", "unrecorded/tests", "unrecorded"),
        ("2027-12-07", "laboratory/course-1/7", "due"),
    ]
    assert items[0].reason == (
        "6 visits due from 2027-06-07 to 2027-11-07: not checked, because tests are not on record; record them, or "
        "name in tests_recorded the tests that the source records; Count, Thyroid"
    )
    assert (items[0].title, items[0].neutral_title) == ("Tests without a record", "Visits without a record")
    assert (items[0].kind, items[0].course, items[0].suggested) == ("visit", 1, None)


def test_S43_S32_a_test_that_is_not_on_record_beside_others_is_named() -> None:
    """All counts are done. The thyroid test of 7 August and 7 November is not on record: two visits."""
    items = asked(planned(THYROID), given(done=monthly("2027-06-07", 6)), "2027-12-01", DECEMBER)
    assert [(str(one.day), one.item) for one in items if one.state == "unrecorded"] == [
        ("2027-11-07", "unrecorded/tests")
    ]
    assert items[0].reason == (
        "2 visits due from 2027-08-07 to 2027-11-07: not checked, because these tests are not on record; record "
        "them, or name in tests_recorded the tests that the source records; Thyroid"
    )


def test_S43_S32_tests_in_the_range_are_visits_and_the_others_one_item() -> None:
    items = asked(planned(), given(), "2027-12-01", "2027-07-01..2027-08-01")
    assert told(items, "visit") == [
        ("2027-06-07", "unrecorded/tests", "unrecorded"),
        ("2027-07-07", "laboratory/course-1/2", "unrecorded"),
    ]
    assert items[0].reason.startswith("1 visit due on 2027-06-07: not checked, ")


def test_S43_S32_what_was_due_before_tests_recorded_from_is_not_asked_about() -> None:
    history = given(tests_recorded_from="2027-10-01")
    (item,) = [one for one in asked(planned(), history, "2027-12-01", DECEMBER) if one.state == "unrecorded"]
    assert item.reason.startswith("2 visits due from 2027-10-07 to 2027-11-07: ")


def test_S43_S42_an_override_accepts_dates_of_a_test_that_is_not_on_record() -> None:
    """An override of 10 October covers 7 June to 7 October, so 7 November is left; one of that day covers it too."""

    def reasons(on: str) -> list[str]:
        accepted = {"code": "test-missed", "test": "count", "on": on, "by": "a clinician", "why": "done elsewhere"}
        items = asked(planned(), given(overrides=[accepted]), "2027-12-01", DECEMBER)
        return [one.reason.partition(":")[0] for one in items if one.state == "unrecorded"]

    assert reasons("2027-10-10") == ["1 visit due on 2027-11-07"]
    assert reasons("2027-11-07") == []


def test_S43_S32_rows_that_could_not_be_read_are_the_reason_why_tests_are_not_checked() -> None:
    history = given(done=monthly("2027-06-07", 6), unreadable_observations=(3,))
    (item,) = [one for one in asked(planned(), history, "2027-12-01", DECEMBER) if one.state == "unrecorded"]
    assert item.reason.startswith(
        "6 visits due from 2027-06-07 to 2027-11-07: not checked, because rows of the records could not be read"
    )


def test_S43_S30_tests_that_count_from_an_unclear_infusion_are_not_checked() -> None:
    """Courses 1 and 2 on neighbouring days contradict their numbers, so no test of them is judged."""
    numbered = [{"date": "2027-05-06", "course": 1}, {"date": "2027-05-07", "course": 2}]
    seen = [{"date": "2027-06-07", "code": "count"}]
    history = History.model_validate({"patient": "x", "infusions": numbered, "observations": seen})
    (item,) = [one for one in asked(planned(), history, "2027-12-01", DECEMBER) if one.state == "unrecorded"]
    assert item.reason == (
        "6 visits due from 2027-06-07 to 2027-11-07: not checked, because it is unclear from which infusion they "
        "count; correct the records; Count"
    )


def test_S43_S32_a_test_that_applies_only_to_some_patients_is_not_asked_about() -> None:
    women = THYROID.replace('kind = "series"', 'kind = "series"\napplies_to = "women"')
    items = asked(planned(women), given(done=monthly("2027-06-07", 6)), "2027-12-01", DECEMBER)
    assert [one for one in items if one.state == "unrecorded"] == []


def test_S43_missed_tests_in_the_range_are_visits() -> None:
    """In the range from 1 October, 7 October is missed and 7 November is overdue on 1 December."""
    items = asked(planned(), given(done=monthly("2027-06-07", 4)), "2027-12-01", "2027-10-01..2027-11-30")
    assert told(items) == [
        ("2027-10-07", "laboratory/course-1/5", "missed"),
        ("2027-11-07", "laboratory/course-1/6", "overdue"),
    ]
    assert [item.suggested for item in items] == [None, date(2027, 12, 1)]


def test_S43_a_visit_has_its_worst_test_s_state_and_names_the_open_tests() -> None:
    """Of 7 August, the thyroid test waits until 7 November, while the count of that day is missed on 8 September."""
    history = given(done=["2027-06-07", "2027-07-07"], tests_recorded=["count", "thyroid"])
    (item,) = asked(planned(THYROID), history, "2027-09-08", "2027-08-01..2027-08-31")[:1]
    assert (item.item, item.state) == ("laboratory/course-1/3", "overdue")
    assert item.reason.startswith("overdue: Thyroid; missed: Count; last infusion of course 1 (2027-05-07) + 3 ")


def test_S43_a_test_that_is_done_is_not_named() -> None:
    history = given(done=monthly("2027-06-07", 3), tests_recorded=["count", "thyroid"])
    (item, _) = asked(planned(THYROID), history, "2027-08-10", "2027-08-01..2027-08-31")
    assert (item.state, item.reason.partition(";")[0]) == ("overdue", "overdue: Thyroid")


def test_S43_S32_tests_of_a_kind_not_recorded_are_due_ahead_and_unrecorded_in_the_past() -> None:
    items = asked(planned(), given(), "2027-07-01", "2027-06-01..2027-07-31")
    assert told(items, "visit") == [
        ("2027-06-07", "laboratory/course-1/1", "unrecorded"),
        ("2027-07-07", "laboratory/course-1/2", "due"),
    ]
    assert [item.suggested for item in items if item.kind == "visit"] == [None, date(2027, 7, 7)]


def test_S43_S32_dates_before_tests_recorded_from_are_unrecorded() -> None:
    history = given(tests_recorded=["count"], tests_recorded_from="2027-07-01")
    items = asked(planned(), history, "2027-08-01", "2027-06-01..2027-07-31")
    assert told(items, "visit") == [
        ("2027-06-07", "laboratory/course-1/1", "unrecorded"),
        ("2027-07-07", "laboratory/course-1/2", "overdue"),
    ]


def test_S43_S42_waived_dates_do_not_appear() -> None:
    """The override accepts dates up to its own day, 15 October; 7 November stays overdue."""
    override = {"code": "test-missed", "test": "count", "by": "Dr", "why": "moved away", "on": "2027-10-15"}
    history = given(done=["2027-06-07"], overrides=[override])
    items = asked(planned(), history, "2027-12-01", DECEMBER)
    assert told(items) == [
        ("2027-11-07", "laboratory/course-1/6", "overdue"),
        ("2027-12-07", "laboratory/course-1/7", "due"),
    ]


def test_S43_S42_grace_days_keep_a_test_in_time() -> None:
    """A quarter of the 30 days from 7 November is 7: with 14 days of grace it is overdue from the 15th."""
    history = given(done=monthly("2027-06-07", 5))
    states = [
        [item.state for item in asked(planned(), history, day, DECEMBER, grace_days=14)][:1]
        for day in ("2027-11-14", "2027-11-15")
    ]
    assert states == [["due"], ["overdue"]]


def test_S43_S42_a_test_in_its_days_of_grace_stands_whatever_its_day() -> None:
    """Due on 7 November and in time until the 14th: asked on the 10th for the days from then on, it is still to do."""
    history = given(done=monthly("2027-06-07", 5))
    (item,) = asked(planned(), history, "2027-11-10", "2027-11-10..2027-11-30", grace_days=7)
    assert (item.item, str(item.day), item.state) == ("laboratory/course-1/6", "2027-11-07", "due")
    assert item.suggested == date(2027, 11, 10)


def test_S43_S41_a_suggested_day_that_has_passed_becomes_the_first_open_day() -> None:
    """7 August 2027 is a Saturday: Friday is suggested. On Saturday itself, Monday is the first open day."""
    history = given(done=monthly("2027-06-07", 2))
    august = "2027-08-01..2027-08-31"
    items = [one for day in ("2027-08-06", "2027-08-07") for one in asked(planned(), history, day, august)]
    assert [one.suggested for one in items if one.kind == "visit"] == [date(2027, 8, 6), date(2027, 8, 9)]


def test_S43_a_visit_is_on_the_list_of_the_week_in_which_the_patient_comes() -> None:
    """7 August 2027 is a Saturday and 7 November a Sunday: the Friday before is suggested."""
    history = given(done=monthly("2027-06-07", 2))
    august, november = "laboratory/course-1/3", "laboratory/course-1/6"
    for range_of, expected in (
        ("2027-08-02..2027-08-06", [("2027-08-07", august, "due")]),
        ("2027-08-02..2027-08-05", []),
        ("2027-08-07..2027-08-08", [("2027-08-07", august, "due")]),
        ("2027-11-01..2027-11-05", [("2027-11-07", november, "due")]),
        ("2027-11-08..2027-11-12", []),
    ):
        assert told(asked(planned(), history, "2027-08-02", range_of), "visit") == expected


def test_S43_a_visit_that_serves_as_baseline_is_listed_when_its_results_are_needed() -> None:
    """Results take 7 days. For course 2 on Monday 8 May 2028, the baseline of Sunday 7 May is taken on Monday 1 May."""
    clinic = WEEKDAYS.model_copy(update={"results_days": 7})
    plan = planned(BASELINE, clinic=clinic)
    history = given(done=monthly("2027-06-07", 11), tests_recorded=["count", "liver"])
    for as_of, range_of, suggested in (
        ("2028-04-20", "2028-05-01..2028-05-01", date(2028, 5, 1)),
        ("2028-05-03", "2028-05-03..2028-05-03", date(2028, 5, 3)),  # it has passed: the first open day
    ):
        items = [one for one in asked(plan, history, as_of, range_of) if one.item == "laboratory/course-1/12"]
        assert [(one.day, one.state, one.suggested) for one in items] == [(date(2028, 5, 7), "due", suggested)]


def test_S43_S20_a_test_without_an_end_is_listed_on_its_suggested_day_after_the_48_months() -> None:
    """The plan lists up to 7 May 2032. 7 May 2034 is a Sunday: Friday 5 May, which is asked about alone."""
    done = [{"date": f"{year}-05-07", "code": "exam"} for year in range(2028, 2034)]
    history = given([*GIVEN, "2028-05-08"], observations=done)
    items = asked(planned(EXAMINATION), history, "2034-05-01", "2034-05-05..2034-05-05")
    assert told(items, "visit") == [
        ("2032-05-08", "unrecorded/tests", "unrecorded"),  # the counts
        ("2034-05-07", "exam-visit/treatment/84", "due"),
    ]


# --- baselines and windows -----------------------------------------------------------------------


def test_S43_a_baseline_ahead_is_due() -> None:
    """Course 1 begins on Thursday 6 May; the baseline is due on the eve, Wednesday 5 May."""
    (item, *_) = asked(planned(BASELINE), None, "2027-04-01", "2027-05-01..2027-05-05")
    assert (item.item, item.state, item.suggested) == ("laboratory/course-1/baseline", "due", date(2027, 5, 5))


def test_S43_a_baseline_on_record_does_not_appear() -> None:
    history = given([], observations=[{"date": "2027-04-20", "code": "liver"}])
    assert told(asked(planned(BASELINE), history, "2027-04-21", "2027-05-01..2027-05-05"), "visit") == []


def test_S43_S21_a_draw_that_serves_as_baseline_is_due_and_missed_once_its_window_has_closed() -> None:
    """Of course 2 on Monday 8 May 2028, month 12 of the liver test, 7 May, is the baseline, and closes on that day.

    A Sunday: the first open day from it is the day of the infusion, too late for the baseline alone.
    """
    plan, range_of = planned(BASELINE), "2028-05-07..2028-05-07"
    assert plan.courses[1].first_day == date(2028, 5, 8)
    history = given(done=monthly("2027-06-07", 12), tests_recorded=["count", "liver"])
    on_the_day, after = (
        next(one for one in asked(plan, history, day, range_of) if one.item == "laboratory/course-1/12")
        for day in ("2028-05-07", "2028-05-08")
    )
    assert (on_the_day.state, on_the_day.reason.partition(";")[0]) == ("due", "due: Liver (also as baseline)")
    assert (after.state, after.reason.split("; ")[:2]) == ("overdue", ["overdue: Liver", "missed: Liver: baseline"])
    assert after.suggested == date(2028, 5, 8)


def test_S43_a_baseline_is_overdue_while_its_window_is_open() -> None:
    """Given on 3 and 4 May 2027: month 12, 4 May 2028, is the baseline of 8 May. On the 5th it can still be done."""
    actions = (BASELINE.replace('"6 months"', '"1 month"'),)
    plan = planned(*actions)
    history = given(["2027-05-03", "2027-05-04"], done=["2027-06-04"], tests_recorded=["liver", "count"])
    (visit,) = [
        one for one in asked(plan, history, "2028-05-05", "2028-05-01..2028-05-07") if one.item.endswith("course-1/12")
    ]
    assert visit.state == "overdue"
    assert visit.reason.split("; ")[0] == "overdue: Count, Liver (also as baseline)"
    assert visit.suggested == date(2028, 5, 5)


def test_S43_S40_a_window_that_is_done_with_a_visit_is_overdue_after_that_visit() -> None:
    """Course 2 begins on 10 May 2028: month 12, 7 May, is its baseline, and the ratio is taken with it.

    On the 8th the ratio is late, though its window is open until the 9th.
    """
    closed = [{"date": "2028-05-08", "reason": "Staff day"}, {"date": "2028-05-09", "reason": "Staff day"}]
    clinic = WEEKDAYS.model_copy(update={"closures": closed})
    plan = planned(BASELINE.replace('"6 months"', '"1 month"'), IN_A_VISIT, clinic=clinic)
    assert plan.courses[1].first_day == date(2028, 5, 10)
    done = [{"date": "2028-05-07", "code": "liver"}, {"date": "2027-04-20", "code": "ratio"}]
    history = given(done=monthly("2027-06-07", 12), observations=done)
    for as_of, state in (("2028-05-07", "due"), ("2028-05-08", "overdue")):
        items = asked(plan, history, as_of, "2028-05-01..2028-05-08")
        (visit,) = [one for one in items if one.item == "laboratory/course-1/12"]
        assert (visit.state, visit.reason.partition(";")[0]) == (state, f"{state}: Ratio")


def test_S43_a_window_ahead_is_due_and_afterwards_missed_or_unrecorded() -> None:
    """42 days before 6 May 2027 is 25 March."""
    plan, range_of = planned(WINDOW), "2027-03-01..2027-03-31"
    recorded = given([], tests_recorded=["shots"])
    done = given([], observations=[{"date": "2027-03-20", "code": "shots"}])
    assert told(asked(plan, recorded, "2027-03-25", range_of)) == [("2027-03-25", "shots/course-1", "due")]
    assert told(asked(plan, recorded, "2027-03-26", range_of)) == [("2027-03-25", "shots/course-1", "missed")]
    assert told(asked(plan, given([]), "2027-03-26", range_of)) == [("2027-03-25", "shots/course-1", "unrecorded")]
    assert told(asked(plan, done, "2027-03-26", range_of)) == []
    assert asked(plan, recorded, "2027-03-25", range_of)[0].kind == "window"


def test_S43_a_missed_window_before_the_first_day_is_a_line() -> None:
    history = given(done=["2027-06-07"], tests_recorded=["shots", "count"])
    items = asked(planned(WINDOW), history, "2027-06-08", "2027-06-08..2027-06-08")
    (item,) = [one for one in items if one.kind == "window"]
    assert (item.item, item.state, item.reason) == (
        "missed/shots",
        "missed",
        "1 test missed before 2027-06-08: due 2027-03-25",
    )


def test_S43_S20_a_test_without_an_end_stays_on_the_list_after_the_48_months_that_a_plan_lists() -> None:
    """Course 2 is on 8 May 2028, so the plan lists 7 May 2028 to 2032. The one of 2033 is not done; 2034 follows."""
    done = [{"date": f"{year}-05-07", "code": "exam"} for year in range(2028, 2033)]
    history = given([*GIVEN, "2028-05-08"], observations=done)
    items = asked(planned(EXAMINATION), history, "2033-06-01", "2033-06-01..2034-06-30")
    assert told(items, "visit") == [
        ("2032-05-08", "unrecorded/tests", "unrecorded"),  # the counts
        ("2033-05-07", "exam-visit/treatment/72", "overdue"),
        ("2034-05-07", "exam-visit/treatment/84", "due"),
    ]
    assert [one.suggested for one in items if one.kind == "visit"][1:] == [date(2033, 6, 1), date(2034, 5, 5)]
    judged = evaluate(history, rules(EXAMINATION), as_of=date(2033, 6, 1)).findings
    assert [(one.code, one.day) for one in judged if one.test == "exam"] == [("test-overdue", date(2033, 5, 7))]


def test_S43_S20_a_test_without_an_end_ends_with_the_next_course() -> None:
    """After 7 May 2027 the plan lists 2028 to 2031; 7 May 2032 is before course 2, 14 June 2032, and 2033 is not."""
    yearly = EXAMINATION.replace('per = "treatment"\n', "")
    history = given([*GIVEN, "2032-06-14"], tests_recorded=["exam"])
    items = asked(planned(yearly), history, "2032-06-20", "2032-01-01..2033-12-31")
    assert [one for one in told(items, "visit") if one[1].startswith("exam")] == [
        ("2032-05-07", "exam-visit/course-1/60", "missed"),
        ("2033-06-14", "exam-visit/course-2/12", "due"),
    ]


def test_S43_S41_a_window_has_the_last_open_day_on_or_before_its_last_day() -> None:
    """An ECG by the eve of Monday 10 May 2027, a Sunday: Friday 7 May. On Saturday it is too late."""
    clinic = WEEKDAYS.model_copy(update={"closures": [{"date": f"2027-05-0{n}", "reason": "Staff"} for n in (3, 4, 6)]})
    plan = planned(ECG, clinic=clinic)
    assert plan.courses[0].first_day == date(2027, 5, 10)
    (friday,) = [one for one in asked(plan, given([]), "2027-05-05", "2027-05-07..2027-05-07") if one.kind == "window"]
    assert (friday.item, friday.day, friday.suggested) == ("ecg/course-1", date(2027, 5, 9), date(2027, 5, 7))
    (sunday,) = [one for one in asked(plan, given([]), "2027-05-08", "2027-05-09..2027-05-09") if one.kind == "window"]
    assert (sunday.state, sunday.suggested) == ("due", None)
    assert sunday.reason.endswith("; no day is suggested: no allowed day is open")


def test_S43_S41_no_open_day_of_a_window_is_suggested_before_it_opens() -> None:
    """Open from 8 to 9 May 2027 only, a weekend."""
    opening = ECG.replace("closes = ", 'opens = "first infusion - 2 days"\ncloses = ')
    clinic = WEEKDAYS.model_copy(update={"closures": [{"date": f"2027-05-0{n}", "reason": "Staff"} for n in (6, 7)]})
    (item,) = [
        one
        for one in asked(planned(opening, clinic=clinic), given([]), "2027-05-01", "2027-05-09..2027-05-09")
        if one.kind == "window"
    ]
    assert item.suggested is None
    assert item.reason.endswith("; no day is suggested: no allowed day is open")


def test_S43_a_deadline_that_passed_without_a_record_stands_until_the_course_begins_on_record() -> None:
    """25 March 2027 is the deadline; the source does not record it, and course 1 is planned for 6 and 7 May."""
    stands = [("2027-03-25", "shots/course-1", "unrecorded")]
    for as_of, expected in (
        ("2027-03-25", []),
        ("2027-04-20", stands),
        ("2027-05-05", stands),
        ("2027-05-06", stands),
        ("2027-05-07", stands),
        ("2027-05-08", []),
    ):
        for history in (None, given([])):
            items = asked(planned(WINDOW), history, as_of, "2027-05-20..2027-05-20")
            assert told(items, "window") == expected
    begun = asked(planned(WINDOW), given(["2027-05-06"]), "2027-05-06", "2027-05-20..2027-05-20")
    assert told(begun, "window") == []


def test_S43_a_baseline_that_passed_without_a_record_stands_until_the_course_begins_on_record() -> None:
    """Given on 3 and 4 May 2027: month 12, 4 May 2028, is the baseline of 8 May, the one day of course 2."""
    first = ["2027-05-03", "2027-05-04"]
    plan = planned(BASELINE.replace('"6 months"', '"1 month"'))
    for as_of, days, expected in (
        ("2028-05-05", first, ["unrecorded"]),
        ("2028-05-08", first, ["unrecorded"]),
        ("2028-05-08", [*first, "2028-05-08"], []),
        ("2028-05-09", first, []),
    ):
        items = asked(plan, given(days), as_of, f"{as_of}..{as_of}")
        assert [one.state for one in items if one.item == "laboratory/course-1/12"] == expected


# --- infusion days -------------------------------------------------------------------------------


def test_S43_infusion_days_ahead_are_planned_and_past_ones_without_a_record_are_unrecorded() -> None:
    plan, range_of = planned(), "2027-05-01..2027-05-31"
    assert told(asked(plan, given([]), "2027-05-06", range_of), "infusion") == [
        ("2027-05-06", "course-1/day-1", "planned"),
        ("2027-05-07", "course-1/day-2", "planned"),
    ]
    assert told(asked(plan, given(GIVEN[:1]), "2027-05-07", range_of), "infusion") == [
        ("2027-05-07", "course-1/day-2", "planned")
    ]
    assert told(asked(plan, given(), "2027-05-08", range_of), "infusion") == []


def test_S43_S09_a_day_without_a_record_before_a_running_course_is_unrecorded() -> None:
    """Friday the 7th is on record, Thursday the 6th is not: a day is still to come, and one may have been forgotten."""
    plan = planned(clinic=EVERY_DAY)
    assert told(asked(plan, given(GIVEN[1:]), "2027-05-08", "2027-05-01..2027-05-31"), "infusion") == [
        ("2027-05-06", "course-1/day-1", "unrecorded"),
        ("2027-05-08", "course-1/day-2", "planned"),
    ]


def test_S43_S09_a_running_course_that_cannot_go_on_is_a_decision() -> None:
    """Its next day, 8 May 2027, is a Saturday."""
    items = asked(planned(), given(GIVEN[1:]), "2027-05-07")
    assert told(items, "decision") == [("2027-05-07", "decision/course-1", "due"), ("2027-05-07", "replan", "due")]
    assert items[1].reason.startswith("course 1 cannot continue: 2027-05-08 is closed (closed on Saturdays); ")


def test_S43_without_a_history_past_infusion_days_are_unrecorded() -> None:
    items = asked(planned(), None, "2027-06-08", "2027-05-01..2027-06-30")
    assert told(items, "infusion", "visit") == [
        ("2027-05-06", "course-1/day-1", "unrecorded"),
        ("2027-05-07", "course-1/day-2", "unrecorded"),
        ("2027-06-07", "laboratory/course-1/1", "unrecorded"),
    ]
    assert told(items, "decision") == []


# --- periods -------------------------------------------------------------------------------------


def test_S43_a_period_ends_in_the_range_or_is_open_on_as_of() -> None:
    """Contraception runs from 6 May to 7 September 2027, four months after the last infusion."""
    plan, history = planned(), given(done=monthly("2027-06-07", 4))
    assert told(asked(plan, history, "2027-09-01", "2027-09-01..2027-09-30"), "period") == [
        ("2027-09-07", "contraception/1", "ends")
    ]
    assert told(asked(plan, history, "2027-08-01", "2027-08-01..2027-08-31"), "period") == [
        ("2027-08-01", "contraception/1", "open")
    ]
    assert told(asked(plan, history, "2027-09-08", "2027-09-08..2027-09-30"), "period") == []
    assert told(asked(plan, history, "2027-09-08", "2027-09-01..2027-09-30"), "period") == [
        ("2027-09-07", "contraception/1", "ends")
    ]
    assert told(asked(plan, given([]), "2027-05-01", "2027-05-01..2027-05-05"), "period") == []


def test_S43_a_period_that_begins_in_the_range_starts() -> None:
    """A diet from two weeks before 6 May 2027, Thursday 22 April, to a month after the last infusion, 7 June."""
    plan, history = planned(DIET), given([])
    for as_of, last_day, expected in (
        ("2027-04-01", "2027-04-21", []),
        ("2027-04-01", "2027-04-22", [("2027-04-22", "diet/course-1", "starts")]),
        ("2027-04-01", "2027-06-06", [("2027-04-22", "diet/course-1", "starts")]),
        ("2027-04-01", "2027-06-07", [("2027-06-07", "diet/course-1", "ends")]),
        ("2027-04-22", "2027-04-22", [("2027-04-22", "diet/course-1", "open")]),
    ):
        items = asked(plan, history, as_of, f"{as_of}..{last_day}")
        assert [one for one in told(items, "period") if one[1].startswith("diet")] == expected
    (starts,) = asked(plan, history, "2027-04-01", "2027-04-22..2027-04-22")
    assert starts.reason.startswith("from 2027-04-22 until 2027-06-07: ")
    assert starts.title == "Diet"


def test_S43_S22_a_period_that_waits_for_a_result_ends_as_it_is_on_record() -> None:
    """A count of 250 on 20 July comes after the two months, which end on 7 July: the period ends on 20 July."""
    plan = planned(PROPHYLAXIS)
    waiting = given(observations=[{"date": "2027-06-20", "code": "cd4", "value": 150}])
    ended = given(observations=[{"date": "2027-07-20", "code": "cd4", "value": 250}])
    july = "2027-07-01..2027-07-31"
    assert ("2027-07-25", "pills/course-1", "open") in told(asked(plan, waiting, "2027-07-25", july))
    assert ("2027-07-20", "pills/course-1", "ends") in told(asked(plan, ended, "2027-07-25", july))


# --- decisions -----------------------------------------------------------------------------------


def test_S43_a_decision_takes_away_later_infusion_days_and_keeps_tests_and_periods_provisional() -> None:
    """One of two days is given. On 9 May the course is interrupted: course 2 and its days wait for a decision."""
    plan, whole = planned(BASELINE), "2027-05-09..2028-12-31"
    items = asked(plan, given(GIVEN[:1]), "2027-05-09", whole)
    decision = next(item for item in items if item.item == "decision/course-1")
    assert (decision.kind, decision.day, decision.state) == ("decision", date(2027, 5, 9), "due")
    assert told(items, "infusion") == []
    assert not [item for item in items if item.course == 2]
    # Counted from the one infusion, on the 6th; with no course 2, month 13 is due as well.
    visits = told(items, "visit")
    assert visits[0] == ("2027-06-06", "laboratory/course-1/1", "due")
    assert ("2028-06-06", "laboratory/course-1/13", "due") in visits
    (period,) = [item for item in items if item.kind == "period"]
    assert (period.day, period.state) == (date(2027, 9, 6), "ends")
    assert period.reason.startswith("until at least 2027-09-06: ")
    assert period.neutral_title == "Precaution period until Mon 6 Sep 2027 or later"


def test_S43_S10_a_decision_that_the_plan_was_made_by_is_needed_no_more() -> None:
    decision = {"course": 1, "decision": "treat-as-complete", "by": "Dr", "why": "reaction", "on": "2027-05-10"}
    history, as_of = given(GIVEN[:1]), date(2027, 5, 10)
    decided = [Decision.model_validate(decision)]
    plan = replan(planned(), rules(), WEEKDAYS, history=history, as_of=as_of, decisions=decided).plan
    items = asked(plan, history, "2027-05-11", "2027-05-11..2028-12-31")
    assert told(items, "decision") == []
    assert [item.day for item in items if item.kind == "infusion"] == [plan.courses[1].first_day]


def test_S43_S06_a_row_that_could_not_be_read_leaves_only_the_decision_and_the_running_course() -> None:
    history = given(GIVEN[:1], unreadable=[7])
    items = asked(planned(), history, "2027-05-07", "2027-05-01..2028-12-31")
    assert told(items) == [
        ("2027-05-07", "course-1/day-2", "planned"),
        ("2027-05-07", "decision", "due"),
    ]
    assert items[1].reason == "row 7 could not be read; correct the records, then replan"


def test_S43_S05_a_record_of_a_day_to_come_is_a_decision() -> None:
    items = asked(planned(), given([*GIVEN, "2028-06-01"]), "2027-06-01", "2027-06-01..2028-12-31")
    assert ("2027-06-01", "decision", "due") in told(items)
    assert told(items, "infusion") == []


# --- plan and history differ ---------------------------------------------------------------------


def test_S43_dates_count_from_the_history_and_a_difference_says_replan() -> None:
    """Given on 11 and 12 May instead: the first count is due on 12 June, contraception ends on 12 September."""
    plan, history = planned(), given(["2027-05-11", "2027-05-12"])
    items = asked(plan, history, "2027-05-13", "2027-05-01..2027-09-30")
    assert told(items, "decision", "infusion") == [("2027-05-13", "replan", "due")]
    assert told(items, "visit")[0] == ("2027-06-12", "laboratory/course-1/1", "due")
    assert told(items, "period") == [("2027-09-12", "contraception/1", "ends")]
    (replan,) = [item for item in items if item.kind == "decision"]
    assert replan.reason == (
        "on record but not in the plan: 2027-05-11 (course 1), 2027-05-12 (course 1); "
        "course 2 is planned too early after the last infusion on record"
    )


def test_S43_a_course_that_the_records_no_longer_allow_is_never_shown_too_early() -> None:
    """After 12 May 2027, course 2 may not begin before 12 May 2028; it was planned for the 8th."""
    plan, history = planned(), given(["2027-05-11", "2027-05-12"])
    assert plan.courses[1].first_day == date(2028, 5, 8)
    assert told(asked(plan, history, "2027-05-13", "2028-05-01..2028-05-31"), "infusion") == []


def resumed_plan() -> Plan:
    """Return the plan made on Monday 10 May 2027 by the decision to resume course 1, of which the 6th was given."""
    decided = [{"course": 1, "decision": "resume", "by": "Dr", "why": "well again", "on": "2027-05-10"}]
    given_first, as_of = given(GIVEN[:1]), date(2027, 5, 10)
    decisions = [Decision.model_validate(one) for one in decided]
    return replan(planned(), rules(), WEEKDAYS, history=given_first, as_of=as_of, decisions=decisions).plan


def test_S43_S10_a_resumed_day_that_passed_without_a_record_is_unrecorded() -> None:
    """Resumed on Monday 10 May: nothing is on record of that day, so the day is Tuesday the 11th now.

    A course after it was planned from Wednesday 10 May 2028, and may not begin before the 11th.
    """
    plan = resumed_plan()
    assert [str(day.date) for day in plan.infusion_days] == ["2027-05-06", "2027-05-10", "2028-05-10"]
    items = asked(plan, given(GIVEN[:1]), "2027-05-11", "2027-05-01..2027-05-31")
    assert told(items, "infusion", "decision") == [
        ("2027-05-10", "course-1/day-2", "unrecorded"),
        ("2027-05-11", "course-1/day-2", "planned"),
        ("2027-05-11", "replan", "due"),
    ]
    reasons = [item.reason for item in items if item.kind in ("infusion", "decision")]
    assert reasons[0].startswith("no infusion is on record for this day; ")
    assert reasons[1].startswith("the plan has 2027-05-10; ")
    assert reasons[2] == (
        "in the plan but not on record: 2027-05-10 (course 1); "
        "course 2 is planned too early after the last planned day of course 1 (2027-05-11)"
    )


def test_S43_S10_a_resumed_day_on_record_is_as_planned() -> None:
    items = asked(resumed_plan(), given([GIVEN[0], "2027-05-10"]), "2027-05-11", "2027-05-01..2027-05-31")
    assert told(items, "infusion", "decision") == []


def test_S43_S04_a_day_on_record_as_not_done_is_missed_and_not_unknown() -> None:
    """Of the two days of course 1, Thursday 6 May is on record as not done, and nothing is known of Friday the 7th."""
    refused = InfusionRecord(date=date(2027, 5, 6), status="not-done", row=1)
    items = asked(planned(), History(patient="p1", infusions=(refused,)), "2027-06-01", "2027-05-01..2027-06-01")
    assert told(items, "infusion", "decision") == [
        ("2027-05-06", "course-1/day-1", "missed"),
        ("2027-05-07", "course-1/day-2", "unrecorded"),
        ("2027-06-01", "replan", "due"),
    ]
    reasons = [item.reason for item in items if item.kind in ("infusion", "decision")]
    assert reasons[0].startswith("this infusion is on record as not done; course 1: ")
    assert reasons[2] == (
        "in the plan but on record as not done: 2027-05-06 (course 1); "
        "in the plan but not on record: 2027-05-07 (course 1)"
    )


def test_S43_a_planned_day_that_passed_without_a_record_says_replan() -> None:
    items = asked(planned(), given([]), "2027-06-01")
    assert ("2027-06-01", "replan", "due") in told(items)
    (replan,) = [item for item in items if item.kind == "decision"]
    assert replan.reason == "in the plan but not on record: 2027-05-06 (course 1), 2027-05-07 (course 1)"


def test_S43_a_day_given_later_than_planned_has_moved_and_is_not_unrecorded() -> None:
    """Planned for 6 and 7 May, given on the 6th and on Monday the 10th: the course is complete."""
    items = asked(planned(), given(["2027-05-06", "2027-05-10"]), "2027-05-11", "2027-05-01..2027-05-31")
    assert told(items, "infusion") == []
    assert told(items, "decision") == [("2027-05-11", "replan", "due")]


@pytest.mark.parametrize(
    ("done", "baseline"),
    [
        ("2027-04-08", [("2027-05-12", "laboratory/course-1/baseline", "missed")]),  # 5 days before the window opens
        ("2027-04-13", []),
        ("2027-05-12", []),
    ],
)
def test_S43_S19_windows_and_baselines_of_a_plan_made_again_count_from_the_history(
    done: str, baseline: list[tuple[str, str, str]]
) -> None:
    """Planned for 6 and 7 May, given on 13 and 14 May, and replanned: the past stays as planned in the plan alone.

    The baseline's window is 13 April to 12 May, as `evaluate` judges it; by the plan it was 6 April to 5 May.
    42 days before 13 May are 1 April; by the plan it was 25 March.
    """
    protocol = rules(BASELINE, WINDOW)
    known: dict[str, Any] = {"observations": [{"date": done, "code": "liver"}], "tests_recorded": ["liver", "shots"]}
    history, before = given(["2027-05-13", "2027-05-14"], **known), given(["2027-05-13", "2027-05-14"])
    as_of = date(2027, 5, 20)
    plan = replan(planned(BASELINE, WINDOW), protocol, WEEKDAYS, history=before, as_of=as_of).plan
    items = asked(plan, history, "2027-05-20", "2027-03-01..2027-05-31")
    assert told(items, "window", "visit") == [("2027-04-01", "shots/course-1", "missed"), *baseline]
    missed = [one.test for one in evaluate(history, protocol, as_of=as_of).findings if one.code == "baseline-missing"]
    assert missed == ["liver"] * len(baseline)


# --- many patients -------------------------------------------------------------------------------


def test_S43_a_worklist_is_the_same_answers_put_together_by_day() -> None:
    plans = {name: planned(plan_id=name) for name in ("P", "Q")}
    histories = {"P": given(done=["2027-06-07"], patient="P"), "Q": History(patient="Q")}
    days: Any = {"as_of": date(2027, 6, 8), "first_day": date(2027, 5, 1), "last_day": date(2027, 9, 30)}
    listed = worklist([(plans[name], histories[name]) for name in plans], **days)
    range_of = "2027-05-01..2027-09-30"
    single = [item for name in plans for item in asked(plans[name], histories[name], "2027-06-08", range_of)]
    assert len(listed) == len(single)
    assert all(item in single for item in listed)
    assert [item.day for item in listed] == sorted(item.day for item in single)
    assert [item for item in listed if item.plan_id == "P"] == [item for item in single if item.plan_id == "P"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_S43_S44_of_several_revisions_of_a_plan_the_highest_counts(order: tuple[int, int]) -> None:
    plans = (planned(), planned().model_copy(update={"revision": 1, "courses": planned().courses}))
    days: Any = {"as_of": date(2027, 5, 6), "first_day": date(2027, 5, 6), "last_day": date(2027, 5, 31)}
    listed = worklist([(plans[place], given([])) for place in order], **days)
    assert [item.item for item in listed if item.kind == "infusion"] == ["course-1/day-1", "course-1/day-2"]
