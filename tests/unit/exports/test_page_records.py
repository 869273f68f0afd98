"""The page and the rows of plans with a history: days on record, courses that are not settled."""

from datetime import date
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    Decision,
    History,
    Plan,
    load_protocol,
    plan_treatment,
    read_clinic,
    replan,
    to_html,
    to_rows,
    to_text,
)
from lemtrada_schedule.exports.text.plan_summary import plan_to_summary
from lemtrada_schedule.exports.titles import Titles
from lemtrada_schedule.plan.courses import days_on_record
from tests.golden.make_plans import clinic
from tests.unit.exports.test_page import BOTH, cells, full, parsed, table_of, words_in

GIVEN: Final = ("2026-01-12", "2026-01-13", "2026-01-14", "2026-01-15", "2026-01-16")


def plan_after(days: tuple[str, ...], as_of: str, **more: Any) -> Plan:
    """Return the plan that goes on after infusions on these days, their times not on record."""
    history = History.model_validate({"patient": "p1", "infusions": [{"date": day} for day in days]})
    place = clinic("America/New_York", preparation_minutes=30)
    asked: dict[str, Any] = {
        "not_before": date.fromisoformat(as_of),
        "as_of": date.fromisoformat(as_of),
        "history": history,
    }
    return plan_treatment(load_protocol("us-2024-05"), place, **asked, **more)


@pytest.mark.parametrize("titles", BOTH)
def test_days_on_record_without_times_say_so(titles: Titles) -> None:
    plan = plan_after(GIVEN, "2026-06-01")
    assert plan.infusion_days[0].infusion is None
    document = parsed(full(plan, titles=titles))
    assert sum(told.count("on record") for told in cells(document, "visit")) == 5
    days = next(table for table in document.iter("table") if table.get("class") == "days")
    rows = [[words_in(cell) for cell in row] for row in days.findall("tbody/tr")]
    assert rows[0] == ["1", "Monday 12 January 2026", "on record"]
    widths = {sum(int(cell.get("colspan", 1)) for cell in row) for row in days.iter("tr")}
    assert len(widths) == 1
    statuses = [words_in(node) for node in document.iter("span") if node.get("class") == "status"]
    assert statuses == ["complete", "complete"]  # in the overview and on its sheet


def test_rows_of_days_on_record_have_no_times() -> None:
    row = to_rows(plan_after(GIVEN, "2026-06-01"))[0]
    assert (row["first_day"], row["start"], row["end"]) == (date(2026, 1, 12), None, None)


@pytest.mark.parametrize("titles", BOTH)
def test_an_end_that_is_not_settled_is_an_at_least(titles: Titles) -> None:
    """Two days of five given, then none: contraception runs at least until the last one + 4 months."""
    plan = plan_after(GIVEN[:2], "2026-02-02", courses=1)
    assert plan.contraception[0].provisional
    document = parsed(full(plan, titles=titles))
    told = [[words_in(cell) for cell in row] for row in table_of(document, "dates").findall("tbody/tr")]
    (row,) = [row for row in told if row[0] == "Wednesday 13 May 2026" and "at least until this day" in row[1]]
    assert "2026) + 4 months" in row[2]
    assert "last day" not in row[1]


def test_a_decision_stays_off_the_page() -> None:
    """Who decided, and why, is for the record, which the JSON of the plan is."""
    decision = Decision(course=1, decision="treat-as-complete", by="Dr. Zebra", why="Zebra rash", on=date(2026, 2, 2))
    plan = plan_after(GIVEN[:4], "2026-02-02", decisions=(decision,))
    for titles in BOTH:
        assert "Zebra" not in full(plan, titles=titles)


# --- a course in progress, and one that waits for a decision ---------------------------------------


def course_under_way(days: tuple[str, ...], as_of: str, *, resumed: bool = False) -> Plan:
    """Return the plan of a course from Monday 11 January 2027, updated for the days given so far."""
    protocol, place = load_protocol("us-2024-05-r2"), read_clinic("examples/boston.toml")
    plan = plan_treatment(protocol, place, not_before=date(2027, 1, 11), as_of=date(2026, 11, 22))
    given = History.model_validate({"patient": "p1", "infusions": [{"date": day} for day in days]})
    asked = Decision(course=1, decision="resume", by="neurologist", why="a cold", on=date.fromisoformat(as_of))
    decisions = (asked,) if resumed else ()
    day = date.fromisoformat(as_of)
    return replan(plan, protocol, place, history=given, as_of=day, decisions=decisions).plan


def next_boxes(plan: Plan, **how: Any) -> list[str]:
    document = parsed(to_html(plan, **how))
    (listed,) = (node for node in document.iter("ol") if node.get("class") == "next")
    return [" | ".join(words_in(part) for part in box) for box in listed]


MISSED: Final = ("2027-01-11", "2027-01-12")
"""The third day is missed; the clinic is closed on Saturday 16, Sunday 17 and the public holiday, Monday 18 January:
the three remaining days are Tuesday 19 to Thursday 21."""


@pytest.mark.parametrize(
    ("given", "as_of", "expected"),
    [
        (MISSED, "2027-01-14", "Round 1, days 3 to 5 | Tue 19 Jan – Thu 21 Jan 2027 | each day at 08:30"),
        (MISSED, "2027-01-20", "Round 1, days 3 to 5 | Wed 20 Jan – Fri 22 Jan 2027 | each day at 08:30"),
        (
            ("2027-01-11",),
            "2027-01-12",
            "Round 1, days 2 to 5 | Tue 12 Jan – Fri 15 Jan 2027 | each day at 08:30",
        ),
        (
            ("2027-01-11", "2027-01-12"),
            "2027-01-12",
            "Round 1, days 3 to 5 | Wed 13 Jan – Fri 15 Jan 2027 | each day at 08:30",
        ),
        (
            ("2027-01-11", "2027-01-12", "2027-01-13", "2027-01-14"),
            "2027-01-15",
            "Round 1, day 5 of 5 | Fri 15 Jan 2027, 08:30",
        ),
    ],
)
def test_the_next_infusion_days_of_a_course_in_progress_come_first(
    given: tuple[str, ...], as_of: str, expected: str
) -> None:
    """Today is still ahead unless it is on record."""
    is_resumed = (given, as_of) in ((MISSED, "2027-01-14"), (MISSED, "2027-01-20"))
    assert next_boxes(course_under_way(given, as_of, resumed=is_resumed))[0] == expected


def test_the_page_says_how_many_days_are_on_record() -> None:
    cards = [
        words_in(card)
        for node in parsed(full(course_under_way(MISSED, "2027-01-14", resumed=True), titles="clinical")).iter("ol")
        if node.get("class") == "cards"
        for card in node
    ]
    assert "2 of 5 days on record, 09:00 to 15:00 or later" in cards[0]
    assert "3 days, 09:00 to 15:00 or later" in cards[1]
    history = History.model_validate({"patient": "p1", "infusions": [{"date": day} for day in MISSED]})
    resume = Decision(course=1, decision="resume", by="neurologist", why="a cold", on=date(2027, 1, 14))
    made = plan_treatment(
        load_protocol("us-2024-05-r2"),
        read_clinic("examples/boston.toml"),
        not_before=date(2027, 1, 14),
        as_of=date(2027, 1, 14),
        history=history,
        decisions=(resume,),
    )
    assert "2 of 5 days on record, 09:00 to 15:00 or later" in words_in(parsed(to_html(made, titles="clinical")))
    assert "5 days, on record" in words_in(parsed(full(plan_after(GIVEN, "2026-06-01"))))


def test_given_days_are_told_from_planned_ones() -> None:
    plan = course_under_way(MISSED, "2027-01-14", resumed=True)
    assert [course.days_on_record for course in plan.courses] == [2, None]
    lines = [line.split("infusion")[0].strip() for line in to_text(plan).splitlines() if line.startswith("  day ")]
    assert lines[:3] == ["day 1  Mon 11 Jan 2027  given,", "day 2  Tue 12 Jan 2027  given,", "day 3  Tue 19 Jan 2027"]
    document = parsed(full(plan, titles="clinical"))
    days = next(table for table in document.iter("table") if table.get("class") == "days")
    rows = [words_in(row.findall("th")[0]) for row in days.findall("tbody/tr")]
    assert rows[1:3] == ["Tuesday 12 January 2027 on record", "Tuesday 19 January 2027"]
    assert sum(told.count("on record") for told in cells(document, "visit")) >= 2


def test_a_plan_of_an_earlier_release_counts_the_day_of_the_question_as_ahead() -> None:
    plan = course_under_way(MISSED, "2027-01-12")
    courses = [course.model_copy(update={"days_on_record": None}) for course in plan.courses]
    older = plan.model_copy(update={"courses": tuple(courses)})
    assert next_boxes(plan)[0].startswith("Round 1, days 3 to 5 | Wed 13 Jan")
    assert next_boxes(older)[0].startswith("Round 1, days 2 to 5 | Tue 12 Jan")
    partial = courses[0].model_copy(update={"status": "interrupted"})
    assert len(days_on_record(partial, plan.provenance.request.as_of)) == 5


def test_a_date_that_waits_for_a_decision_says_so() -> None:
    """Three of five days are given and none since: nobody has decided how to go on."""
    plan = course_under_way(("2027-01-11", "2027-01-12", "2027-01-13"), "2027-01-18")
    found = next_boxes(plan)
    assert found[0] == "Laboratory visit | Fri 12 Feb 2027 | due Sat 13 Feb 2027; to be confirmed by the clinic"
    assert "Round 2, days 1 to 3 | Tue 18 Jan – Thu 20 Jan 2028 | each day at 08:30; to be confirmed by the clinic" in (
        found
    )
    german = next_boxes(plan, language="de")
    assert any(box.endswith("jeweils 08:30 Uhr; von der Klinik noch zu bestätigen") for box in german)
    sheet = words_in(parsed(to_html(plan)))
    assert "The dates from Fri 12 Feb 2027 on may still change." in sheet
    assert "Round 2 tentative" in sheet
    assert "tentative; 09:00 to 15:00 or later" in words_in(parsed(full(plan)))
    decided = course_under_way(MISSED, "2027-01-14", resumed=True)
    assert "may still change" not in words_in(parsed(to_html(decided)))
    assert "tentative" not in words_in(parsed(full(decided)))


def test_visits_that_are_past_are_not_counted_as_ahead() -> None:
    """Boston has 61 laboratory visits: one before course 1, 12 up to course 2, 48 after it."""
    before = course_under_way((), "2027-01-08")
    assert "Laboratory visit: tick each one (61 visits)" in words_in(parsed(to_html(before)))
    assert " 61 (20 early)" in plan_to_summary(before)
    later = course_under_way(MISSED, "2027-01-14", resumed=True)
    assert "Laboratory visit: tick each one (60 visits ahead)" in words_in(parsed(to_html(later)))
    assert " 60 (18 early)" in plan_to_summary(later)


def test_a_reason_names_the_infusion_that_its_item_is_counted_from() -> None:
    plan = course_under_way(MISSED, "2027-01-14", resumed=True)
    of = {row["item"]: row["reason"] for row in to_rows(plan)}
    assert "(2027-01-11)" in of["reaction-watch/course-1/1"]
    assert "(2027-01-20)" in of["reaction-watch/course-1/4"]
    assert "(2027-01-19)" in of["corticosteroid/course-1/3"]


def test_german_reasons_have_a_minus_and_precautions_are_named_by_their_length() -> None:
    plan = course_under_way((), "2026-11-22")
    german = words_in(parsed(full(plan, language="de")))
    assert "Mehrtägige Vorsichtszeit bis Mo., 18. Jan. 2027, letzter Tag" in german
    assert "\N{MINUS SIGN} 42 Tage" in german
