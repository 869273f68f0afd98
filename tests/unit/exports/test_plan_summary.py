"""A plan on one screen: what it shows of which plan, and that its tables fit."""

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, Final

import pytest

from lemtrada_schedule import History, InvalidInput, Plan, load_protocol, parse_protocol, plan_treatment, to_text
from lemtrada_schedule.exports.text.around_lines import day_ranges
from lemtrada_schedule.exports.text.course_table import start_in_words
from lemtrada_schedule.exports.text.grid import grid
from lemtrada_schedule.exports.text.plan_summary import plan_to_summary
from lemtrada_schedule.exports.text.style import Shown, Style
from lemtrada_schedule.findings.catalogue import CATALOGUE
from lemtrada_schedule.findings.finding import Finding, MissingFact, NotAssessed
from lemtrada_schedule.findings.reasons import not_checked
from tests.golden.make_plans import clinic
from tests.support.entry_points import small_plan

AS_OF: Final = date(2026, 11, 22)


@cache
def planned(protocol: str = "us-2024-05-r2", courses: int = 3, **more: Any) -> Plan:
    place = clinic("America/New_York", name="Harbor", closures={"2028-01-17": "Martin Luther King Jr. Day"})
    rules = load_protocol(protocol)
    return plan_treatment(rules, place, not_before=date(2027, 1, 11), courses=courses, as_of=AS_OF, **more)


def lines(plan: Plan, **style: Any) -> list[str]:
    return plan_to_summary(plan, Style(**({"width": 100} | style))).splitlines()


def block(found: Sequence[str], first: str) -> list[str]:
    """Return the lines from one that starts with some words to the next empty line."""
    begin = next(number for number, line in enumerate(found) if line.startswith(first))
    return list(found[begin : [*found, ""].index("", begin)])


def test_the_summary_of_three_courses() -> None:
    """By hand: 15 January 2028 is a Saturday, the 17th a closure; 20 January 2029 is a Saturday."""
    found = lines(planned())
    assert found[0] == "3 courses, 11 infusion days by us-2024-05-r2 at Harbor (America/New_York time)"
    assert block(found, "Course ")[:6] == [
        "Course    First day        Last day         Days  Earliest allowed",
        "  1       Mon 11 Jan 2027  Fri 15 Jan 2027  5     Mon 11 Jan 2027",
        "  2       Tue 18 Jan 2028  Thu 20 Jan 2028  3     Sat 15 Jan 2028*",
        "      +3 days: closed on Sat, Sun; Martin Luther King Jr. Day",
        "  3       Mon 22 Jan 2029  Wed 24 Jan 2029  3     Sat 20 Jan 2029  +2 days: closed on Sat, Sun",
        "  each day: 12 mg 09:00-13:00, observation to 15:00 or longer; * a convention, not the label",
    ]
    assert block(found, "Due before") == [
        "Due before course 1    Suggested",
        "  Mon 30 Nov 2026                       Complete necessary vaccinations by this day",
        "  Sun 10 Jan 2027      Fri  8 Jan 2027  Laboratory visit: 6 tests listed below; Skin examination",
    ]
    laboratory = [cell.strip() for cell in block(found, "Monitoring")[1].split("  ") if cell]
    assert laboratory[:2] == ["Laboratory visit", "1 month"]
    assert laboratory[2:] == ["Sun 10 Jan 2027", "Fri", "8 Jan 2027", "Mon 24 Jan 2033", "73 (22 early)"]
    assert to_text(planned(), detail="summary").splitlines() == found


def test_monitoring_counts_the_visits_of_the_plan() -> None:
    plan = planned()
    visits = [visit for visit in plan.visits if visit.group == "laboratory"]
    early = [visit for visit in visits if visit.suggested not in (None, visit.due)]
    assert f" {len(visits)} ({len(early)} early)" in "\n".join(lines(plan))


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100, None])
@pytest.mark.parametrize("courses", [1, 4, 10])
def test_every_course_is_shown_at_every_width(width: int | None, courses: int) -> None:
    found = lines(planned(courses=courses), width=width)
    assert width is None or max(map(len, found)) <= width
    text = " ".join(" ".join(found).split())
    for course in planned(courses=courses).courses:
        assert course.first_day.strftime("%a %-d %b %Y").replace("  ", " ") in text
        assert f"course {course.number}" in text.lower()


def test_the_time_line_has_a_mark_in_each_month() -> None:
    found = block(lines(planned(courses=2)), "  infusions")
    label = len("  contraception ")
    infusions, contraception, visits = (line[label:] for line in found)
    assert [(place, mark) for place, mark in enumerate(infusions) if mark != " "] == [(0, "1"), (12, "2")]
    assert contraception == f"{'─' * 5}       {'─' * 5}"
    assert visits == "·" * 61, "from January 2027 to January 2032"
    assert block(lines(planned(courses=2), is_ascii=True), "  visits")[0][label:] == "." * 61


def test_what_is_past_is_not_shown_again() -> None:
    given = History.from_dates([f"2027-01-{day}" for day in range(11, 16)])
    plan = plan_treatment(
        load_protocol("us-2024-05-r2"),
        clinic("America/New_York"),
        not_before=date(2028, 1, 3),
        courses=2,
        history=given,
        as_of=date(2027, 9, 1),
    )
    found = lines(plan)
    assert "an unnamed clinic" in found[0]
    assert "  1       Mon 11 Jan 2027  Fri 15 Jan 2027  5     Mon 11 Jan 2027  complete" in found
    assert "vaccinations" not in "\n".join(found)
    assert block(found, "Due before")[0].startswith("Due before course 2")
    assert block(found, "Monitoring")[1].split()[4:8] == ["Wed", "15", "Sep", "2027"]


def test_a_test_that_is_done_has_its_day() -> None:
    """The blood count before course 1 was on 20 December 2026, so it is no visit to come."""
    given = History(
        infusions=[{"date": f"2027-01-{day}"} for day in range(11, 16)],
        observations=[{"date": "2026-12-20", "code": "blood-count"}],
    )
    us, place = load_protocol("us-2024-05-r2"), clinic("America/New_York")
    plan = plan_treatment(us, place, not_before=date(2028, 1, 3), courses=2, history=given, as_of=date(2027, 9, 1))
    words = "  Complete blood count with differential: baseline, done "
    (done,) = (line for line in lines(plan) if line.startswith(words))
    assert done.endswith(" 20 Dec 2026")


def test_a_visit_without_a_suggested_day_says_so() -> None:
    plan = planned()
    without = tuple(visit.model_copy(update={"suggested": None}) for visit in plan.visits)
    found = lines(plan.model_copy(update={"visits": without}))
    assert "  Sun 10 Jan 2027      none       Laboratory visit: 6 tests listed below; Skin examination" in found
    assert "  none  " in block(found, "Monitoring")[1]


def test_a_course_that_is_later_on_request_says_so() -> None:
    """By hand: 12 months after 15 January 2027 is a Saturday; Wednesday 1 March 2028 is 16 + 29 + 1 days later."""
    given = History.from_dates([f"2027-01-{day}" for day in range(11, 16)])
    us, place = load_protocol("us-2024-05-r2"), clinic("America/New_York")
    plan = plan_treatment(us, place, not_before=date(2028, 3, 1), courses=2, history=given, as_of=date(2027, 9, 1))
    row = "  2       Wed  1 Mar 2028  Fri  3 Mar 2028  3     Sat 15 Jan 2028*  +46 days: as requested"
    assert row in lines(plan)


def test_courses_that_wait_for_a_decision_say_so() -> None:
    plan = planned()
    waiting = tuple(course.model_copy(update={"status": "tentative"}) for course in plan.courses[1:])
    found = lines(plan.model_copy(update={"courses": (plan.courses[0], *waiting)}))
    assert "  Tentative courses wait for a decision: their dates may still change." in found
    assert "      tentative, +3 days: closed on Sat, Sun; Martin Luther King Jr. Day" in found


def test_a_plan_without_visits_shows_its_tests() -> None:
    found = lines(planned().model_copy(update={"visits": ()}))
    tests = block(found, "Monitoring")
    assert "Suggested" not in tests[0]
    assert any(line.startswith("  Serum creatinine ") for line in tests)
    (urine,) = (line for line in found if line.startswith("  Urine protein to creatinine "))
    assert "  19 Dec 2027 - 17 Jan 2028  " in urine


OWN: Final = """
extends = "us-2024-05-r2"
id = "own"
revision = "1"
[sources.own]
document = "A protocol for tests"
[[actions]]
id = "rest"
title = "%s"
neutral_title = "Precaution period, own"
kind = "period"
starts = "last infusion"
per = "treatment"
cite = "own"
[[actions]]
id = "form"
title = "Send the form"
neutral_title = "Paper"
kind = "window"
opens = "last infusion + 2 days"
cite = "own"
"""


def test_a_long_title_is_wrapped_and_not_cut() -> None:
    title = " ".join(["A very long title"] * 20)
    rules = parse_protocol(OWN % title)
    plan = plan_treatment(rules, clinic("America/New_York"), not_before=date(2027, 1, 11), courses=2)
    for width in (40, 100):
        found = lines(plan, width=width)
        assert max(map(len, found)) <= width
        assert title in " ".join(" ".join(found).split())
    assert any(line.startswith("  Send the form") and "from 17 Jan 2027" in line for line in lines(plan, width=200))


def test_findings_come_first_errors_before_notes_and_few_of_a_code() -> None:
    kinds = {kind.severity: kind for kind in CATALOGUE}
    found = [
        Finding(code=kinds[severity].code, severity=severity, message=f"number {n}", hint="look")
        for severity in ("note", "error")
        for n in range(7)
    ]
    missing = (NotAssessed(code="one", missing="birth_date"),)
    plan = small_plan().model_copy(update={"findings": tuple(found), "not_assessed": missing})
    shown = block(lines(plan), "2 courses")
    assert [line.split()[0] for line in shown[1:]] == [*["error"] * 5, *["note"] * 5, "and", "and", "not"]
    assert shown[-3] == f"and 2 more findings of the code {kinds['error'].code}"
    assert shown[-1] == "not checked: no birth_date (one)"


def test_only_a_plan_has_a_summary() -> None:
    with pytest.raises(InvalidInput, match="only a plan has a summary"):
        to_text(planned().courses[0], detail="summary")


def test_days_that_differ_in_their_hours_are_not_listed() -> None:
    plan = planned(courses=1)
    course = plan.courses[0]
    later = course.days[1].model_copy(update={"dose_mg": 10})
    days = (course.days[0], later, *course.days[2:])
    changed = plan.model_copy(update={"courses": (course.model_copy(update={"days": days}),)})
    assert "  course 1: the hours differ from day to day" in lines(changed)
    other = planned(courses=2)
    second = other.courses[1].model_copy(
        update={"days": tuple(day.model_copy(update={"dose_mg": None}) for day in other.courses[1].days)}
    )
    found = lines(other.model_copy(update={"courses": (other.courses[0], second)}))
    assert "  course 1, each day: 12 mg 09:00-13:00, observation to 15:00 or longer" in found
    assert "  course 2, each day: infusion 09:00-13:00, observation to 15:00 or longer" in found


def test_an_early_course_says_so() -> None:
    course = planned(courses=1).courses[0]
    assert start_in_words(course.model_copy(update={"drift_days": -1})) == "starts 1 day before the earliest day"
    changed = planned(courses=1).model_copy(update={"courses": (course.model_copy(update={"drift_days": -1}),)})
    assert any(line.endswith("starts 1 day before the earliest day") for line in lines(changed))


def test_a_plan_without_courses_is_shown_too() -> None:
    empty = planned(courses=1).model_copy(
        update={"courses": (), "visits": (), "activities": (), "contraception": (), "findings": ()}
    )
    found = lines(empty)
    assert found[0].startswith("0 courses, 0 infusion days by ")
    assert found[1:] == ["", found[-2], found[-1]]


def test_days_in_a_row_are_a_range() -> None:
    days = [date(2027, 1, 29), date(2027, 1, 30), date(2027, 1, 31), date(2027, 2, 1), date(2027, 2, 3)]
    assert day_ranges(days) == "29 Jan-1 Feb 2027, 3 Feb 2027"
    assert day_ranges([date(2027, 12, 31), date(2028, 1, 1)]) == "31 Dec 2027 - 1 Jan 2028"


def test_a_table_that_does_not_fit_has_a_line_for_each_row() -> None:
    table = (("Title", "Every", ""), [("Blood", "1 month", "x"), ("Skin", "1 year", "")])
    assert grid(*table, 40)[1] == ["  Blood  1 month  x"]
    assert grid(*table, 12) == [[Shown("Title", "heading")], ["  Blood: every 1 month, x"], ["  Skin: every 1 year"]]


def test_a_wrapped_line_hangs_below_its_own_indentation() -> None:
    style = Style(width=20, is_coloured=True)
    assert style.written(["  one two three four-five six"]) == "  one two three\n      four-five six\n"
    assert style.written([Shown("error code: the words", "error")]) == ("\x1b[1;31merror\x1b[0m code: the\n    words\n")
    assert style.written([Shown("A heading", "heading")]) == "\x1b[1mA heading\x1b[0m\n"
    assert Style(width=10).written(["x" * 30]) == f"{'x' * 30}\n", "no word is cut"


def test_what_was_not_checked_is_said_by_the_missing_fact() -> None:
    facts = {
        "one": MissingFact(kind="row", row=7),
        "two": MissingFact(kind="continuation", course=1, other_course=2),
        "three": MissingFact(kind="public-holidays", year=2033),
        "four": MissingFact(kind="observation-value", position=3),
    }
    questions = [NotAssessed.of(code, fact) for code, fact in facts.items()]
    questions += [NotAssessed.of("five", facts["four"], test=test) for test in ("cd4", "thyroid")]
    assert list(not_checked(questions)) == [
        "not checked: row 7 could not be read (one)",
        "not checked: not known whether course 1 continues course 2 (two)",
        "not checked: no public holidays of 2033 (three)",
        "not checked: no value of observation 3 (four; five: cd4, thyroid)",
    ]


def test_no_line_ends_with_a_space() -> None:
    for width in (40, 100):
        assert [line for line in lines(planned(), width=width) if re.search(r"\s$", line)] == []
