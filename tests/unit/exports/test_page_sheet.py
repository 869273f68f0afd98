"""The sheet for the patient: nothing of the plan is lost on it, and nothing on it alarms."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any, Final
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings

from lemtrada_schedule import Plan, load_protocol, plan_treatment, read_clinic, to_html
from lemtrada_schedule.exports.titles import Titles
from tests.golden.make_plans import GOLDEN, clinic, golden_plan
from tests.laws.test_invariants import planned
from tests.support.budget import examples
from tests.support.plan_strategies import Case, cases
from tests.unit.exports.test_page import BOTH, parsed, words_in
from tests.unit.exports.test_page_records import GIVEN, plan_after

START: Final = date(2027, 1, 11)


def boston(**asked: Any) -> Plan:
    request: dict[str, Any] = {"not_before": START, "courses": 3, "plan_id": "p-17"} | asked
    return plan_treatment(load_protocol("us-2024-05-r2"), read_clinic("examples/boston.toml"), **request)


def sheet(plan: Plan, **how: Any) -> Element:
    return parsed(to_html(plan, layout="sheet", **how))


def of_class(document: Element, name: str, tag: str = "*") -> list[Element]:
    return [node for node in document.iter(tag if tag != "*" else None) if name in (node.get("class") or "").split()]


def shown_days(node: Element) -> Iterator[date]:
    yield from (date.fromisoformat(time.get("datetime") or "") for time in node.iter("time"))


def ticks(document: Element) -> list[tuple[date, str]]:
    return [(next(shown_days(one)), words_in(one)) for one in of_class(document, "tick", "span")]


# --- nothing is lost -----------------------------------------------------------------------------


@pytest.mark.parametrize("titles", BOTH)
@pytest.mark.parametrize("name", GOLDEN)
def test_every_visit_has_a_box_on_its_day(name: str, titles: Titles) -> None:
    """On the suggested day, else on the due day: each pair of days once, whatever the month and the year."""
    plan = golden_plan(name)
    boxes = ticks(sheet(plan, titles=titles))
    assert {day for day, _ in boxes} == {visit.suggested or visit.due for visit in plan.visits}
    assert len(boxes) <= len(plan.visits)


@pytest.mark.parametrize("name", GOLDEN)
def test_every_last_day_stands_on_sheet_1(name: str) -> None:
    plan = golden_plan(name)
    lasting = [*plan.contraception, *(one for one in plan.activities if one.kind == "period")]
    ends = {one.last_day or one.earliest_end for one in lasting} - {None}
    ends |= {one.windows[-1].end.date() for one in plan.activities if one.kind == "after-infusion"}
    served = {name for visit in plan.visits for name in visit.tests}
    ends |= {one.last_day for one in plan.activities if one.kind == "window" and one.id not in served} - {None}
    sections = [one for one in sheet(plan).iter("section") if one.get("aria-labelledby") == "last-days"]
    assert ends <= {day for section in sections for day in shown_days(section)}


@settings(max_examples=examples(15))
@given(case=cases())
def test_a_drawn_plan_loses_no_day_at_the_clinic_and_no_visit(case: Case) -> None:
    plan = planned(case)
    document = sheet(plan)
    visits = [one for table in of_class(document, "mini", "table") for one in of_class(table, "visit", "td")]
    days = [day for one in visits for day in shown_days(one)]
    assert days == [day.date for course in plan.courses for day in course.days]
    assert {day for day, _ in ticks(document)} == {visit.suggested or visit.due for visit in plan.visits}


def test_the_boxes_of_a_year_by_hand() -> None:
    """2027: the 15th of each month; Monday 15 February is Presidents' Day, so the Friday before is suggested."""
    (table,) = of_class(sheet(boston()), "grid", "table")[:1]
    heads = [words_in(head) for head in table.findall("thead/tr/th")]
    assert heads == ["Year", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    row = table.findall("tbody/tr")[0]
    assert [words_in(cell) for cell in row] == [
        "2027", "Fri 8due Sun 10", "Fri 12due Mon 15", "Mon 15", "Thu 15", "Fri 14due Sat 15", "Tue 15", "Thu 15",
        "Fri 13due Sun 15", "Wed 15", "Fri 15", "Mon 15", "Wed 15",
    ]  # fmt: skip
    framed = [words_in(one) for one in of_class(row, "more", "span")]
    assert framed == ["Fri 8due Sun 10", "Thu 15", "Thu 15", "Fri 15"]  # before the course, then every 3 months


def test_two_visits_in_a_month_both_stand_there() -> None:
    """Each second week: October 2027 has three visits."""
    (table,) = of_class(sheet(golden_plan("own-protocol")), "grid", "table")[:1]
    october = table.findall("tbody/tr")[0][10]
    assert [words_in(one) for one in october] == ["Fri 1", "Fri 15", "Fri 29"]


def test_a_due_day_in_another_month_is_named_with_its_month() -> None:
    document = sheet(boston(not_before=date(2027, 6, 28)))
    assert (date(2027, 12, 31), "Fri 31due 2 Jan") in ticks(document)


def test_yearly_visits_have_a_column_for_each_year() -> None:
    table = of_class(sheet(boston(), titles="clinical"), "years", "table")[0]
    rows = [[words_in(cell) for cell in row] for row in table.iter("tr")]
    assert rows[0] == ["What", "2027", "2028", "2029", "2030", "2031", "2032", "2033"]
    assert [row[0] for row in rows[1:]] == ["Skin examination", "HPV screening (women)"]
    assert rows[1][1:4] == ["Fri 8 Jandue Sun 10", "Fri 14 Jandue Sat 15", "Fri 12 Jandue Mon 15"]
    assert rows[2][1] == ""


def test_more_years_than_a_table_has_room_for_go_on_in_a_second() -> None:
    tables = of_class(sheet(boston(courses=6)), "years", "table")
    heads = [[words_in(head) for head in table.findall("thead/tr/th")] for table in tables]
    assert heads[0][1:] == [str(year) for year in range(2027, 2035)]
    assert heads[1][1] == "2035"


def test_a_visit_without_a_suggested_day_asks_for_one() -> None:
    plan = boston()
    first, *rest = plan.visits
    open_visit = first.model_copy(update={"suggested": None, "not_suggested": "no-open-day"})
    document = sheet(plan.model_copy(update={"visits": (open_visit, *rest)}))
    assert (date(2027, 1, 10), "Sun 10°") in ticks(document)
    assert "No day is suggested for a visit marked °: agree one with the clinic." in words_in(document)
    assert "°" not in words_in(sheet(plan))


def test_a_plan_without_visits_has_its_tests_as_boxes() -> None:
    plan = boston()
    document = sheet(plan.model_copy(update={"visits": ()}))
    boxes = {day for day, _ in ticks(document)}
    series = [one for one in plan.activities if one.kind == "series"]
    due = {day for one in series for day in one.dates}
    due |= {one.baseline.due for one in series if one.baseline}
    assert boxes == due


def test_titles_that_are_shared_are_told_apart() -> None:
    """The first US revision has three precautions with one title, and two yearly visits."""
    document = sheet(golden_plan("us-two-courses"))
    names = [
        words_in(row[0]) for table in of_class(document, "last-days", "table") for row in table.findall("tbody/tr")
    ]
    assert [name[:20] for name in names if name.startswith("Precaution")] == [
        "Precaution period A", "Precaution period B ", "Precaution period C",
    ]  # fmt: skip
    yearly = of_class(document, "years", "table")[0]
    assert [words_in(row[0]) for row in yearly.findall("tbody/tr")] == ["Appointment", "Appointment (women)"]


def test_rare_visits_that_share_a_title_have_letters() -> None:
    protocol = load_protocol("us-2024-05")
    plain = [one.model_copy(update={"applies_to": None}) for one in protocol.actions]
    plan = plan_treatment(protocol.model_copy(update={"actions": plain}), clinic("America/New_York"), not_before=START)
    yearly = of_class(sheet(plan), "years", "table")[0]
    assert [words_in(row[0]) for row in yearly.findall("tbody/tr")] == ["Appointment A", "Appointment B"]


def test_a_period_over_several_rounds_stands_at_each_of_them() -> None:
    """The contraception periods of this protocol merge, to 5 April 2029."""
    rows = of_class(sheet(golden_plan("own-protocol")), "last-days", "table")[0].findall("tbody/tr")
    assert [words_in(cell) for cell in rows[0]][1:] == ["until Thu 5 Apr 2029"] * 3


def test_a_window_that_belongs_to_no_round_has_a_line_of_its_own() -> None:
    plan = boston()
    window = next(one for one in plan.activities if one.kind == "window")
    both = window.model_copy(update={"course": None, "first_day": date(2026, 10, 5)})
    opens = window.model_copy(
        update={"id": "x", "course": None, "first_day": date(2026, 10, 5), "last_day": None, "because": None}
    )
    document = sheet(plan.model_copy(update={"activities": (both, opens)}))
    lines = [words_in(line) for one in of_class(document, "ticks", "ul") for line in one]
    assert lines == ["Preparation deadline from Mon 5 Oct 2026 until Mon 30 Nov 2026from Mon 5 Oct 2026"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "until Sat 15 May 2027"),
        ({"provisional": True}, "at least until Sat 15 May 2027"),
        ({"last_day": None, "earliest_end": date(2027, 5, 15)}, "not before Sat 15 May 2027 *"),
        ({"last_day": None}, "no end is stated"),
    ],
)
def test_ends_that_are_open(changes: dict[str, Any], told: str) -> None:
    plan = boston(courses=1)
    period = plan.contraception[0].model_copy(update=changes)
    document = sheet(plan.model_copy(update={"contraception": (period,), "activities": ()}))
    (row,) = of_class(document, "last-days", "table")[0].findall("tbody/tr")
    assert words_in(row[1]).replace("\xa0", " ") == told
    assert ("The clinic says when it ends" in words_in(document)) == ("*" in told)


# --- what comes next -----------------------------------------------------------------------------


def boxes(plan: Plan, **how: Any) -> list[str]:
    (listed,) = of_class(sheet(plan, **how), "next", "ol")
    return [" | ".join(words_in(part) for part in box) for box in listed]


def test_the_next_dates_by_hand() -> None:
    assert boxes(boston()) == [
        "Preparation deadline | by Mon 30 Nov 2026",
        "Laboratory visit; Appointment, examination | Fri 8 Jan 2027 | due Sun 10 Jan 2027",
        "Round 1, days 1 to 5 | Mon 11 Jan – Fri 15 Jan 2027 | each day at 08:30",
    ]


def berlin(as_of: str, start: str = "2027-03-01") -> Plan:
    protocol, place = load_protocol("eu-2020-01-r2"), read_clinic("examples/berlin.toml")
    return plan_treatment(protocol, place, not_before=date.fromisoformat(start), as_of=date.fromisoformat(as_of))


def test_the_next_dates_hold_the_start_of_a_diet_and_an_ecg_on_an_open_day() -> None:
    """Monday 1 March 2027 less two weeks is Monday 15 February; the eve is a Sunday, so Friday 26 February."""
    assert boxes(berlin("2027-02-01")) == [
        "Food reminder | from Mon 15 Feb 2027",
        "Appointment, before treatment; Laboratory visit | Fri 26 Feb 2027 | due Sun 28 Feb 2027",
        "Round 1, days 1 to 5 | Mon 1 Mar – Fri 5 Mar 2027 | each day at 07:45",
    ]
    assert boxes(berlin("2027-01-05"))[0] == "Preparation deadline | by Mon 18 Jan 2027"


def test_a_diet_has_its_first_day_among_the_last_days() -> None:
    (table,) = of_class(sheet(berlin("2027-02-01")), "last-days", "table")
    rows = {words_in(row[0]): [words_in(cell) for cell in row[1:]] for row in table.iter("tr")}
    assert rows["Food reminder"] == [
        "from Mon 15 Feb 2027 until Mon 5 Apr 2027",
        "from Mon 28 Feb 2028 until Sat 15 Apr 2028",
    ]
    assert rows["Medicine reminder, at home"] == ["until Mon 5 Apr 2027", "until Sat 15 Apr 2028"]


def test_a_diet_whose_end_waits_for_a_decision_is_at_least_until() -> None:
    plan = berlin("2027-02-01")
    diet = next(one for one in plan.activities if one.id == "listeria-diet/course-1")
    waiting = tuple(one.model_copy(update={"provisional": True}) if one is diet else one for one in plan.activities)
    assert "from Mon 15 Feb 2027 until at least Mon 5 Apr 2027" in words_in(
        sheet(plan.model_copy(update={"activities": waiting}))
    )


def test_what_does_not_concern_everybody_says_so_and_names_nobody_on_a_neutral_sheet() -> None:
    plan = berlin("2027-02-01")
    neutral, clinical = sheet(plan), sheet(plan, titles="clinical")
    assert "Precaution period, months (if it applies to you)" in words_in(neutral)
    assert "breastfeeding" not in words_in(neutral)
    assert "outweigh the risk (breastfeeding women)" in words_in(clinical)
    german = words_in(sheet(plan, language="de"))
    assert "Mehrmonatige Vorsichtszeit (falls es für Sie gilt)" in german
    assert "(stillende Frauen)" in words_in(sheet(plan, titles="clinical", language="de"))


def test_the_next_dates_lie_on_or_after_the_day_of_the_question() -> None:
    found = boxes(plan_after(GIVEN, "2026-06-01", courses=2))
    assert len(found) == 3
    assert any(box.startswith("Round 2, days 1 to 3 | Mon 18 Jan – Wed 20 Jan 2027") for box in found)
    assert not any("Round 1" in box for box in found)


def test_fewer_kinds_than_boxes_are_filled_up_with_the_dates_that_follow() -> None:
    plan = golden_plan("new-york")
    alone = plan.model_copy(update={"activities": (), "contraception": (), "visits": plan.visits[:3]})
    # Without the tests that they serve, visits are not shown, so only the course is left.
    assert boxes(alone) == ["Round 1, days 1 to 5 | Fri 7 Mar – Tue 11 Mar 2025 | each day at 00:30"]


def test_a_plan_in_which_nothing_is_ahead_has_no_such_section() -> None:
    plan = plan_after(GIVEN, "2026-06-01", courses=1)
    bare = plan.model_copy(update={"activities": (), "contraception": (), "visits": ()})
    assert "Next" not in [words_in(node) for node in sheet(bare).iter("h2")]


def test_a_plan_of_nothing_is_still_a_sheet() -> None:
    nothing = dict.fromkeys(("courses", "contraception", "activities", "visits"), ())
    document = sheet(boston().model_copy(update=nothing))
    assert [words_in(node) for node in document.iter("h2")] == ["My notes"]


# --- courses -------------------------------------------------------------------------------------


def test_a_course_over_the_end_of_a_month_shows_the_weeks_around_it() -> None:
    plan = boston(not_before=date(2027, 6, 28), courses=1)
    months = of_class(sheet(plan, first_weekday="monday"), "mini", "table")
    assert [words_in(month[0]) for month in months] == ["June 2027", "July 2027"]
    days = [[words_in(cell) for cell in month.iter("td")] for month in months]
    assert [day for day in days[0] if day] == [str(day) for day in range(21, 31)]
    assert [day for day in days[1] if day] == [str(day) for day in range(1, 12)][: -0 or None]


def test_hours_that_all_days_share_stand_once() -> None:
    told = words_in(sheet(boston()))
    assert told.count("09:00 to 15:00 or later; come at 08:30") == 1


def test_hours_that_differ_stand_at_their_course() -> None:
    """The clocks change in the night of the third infusion of New York."""
    plan = golden_plan("new-york")
    later = golden_plan("no-country").courses[0]
    two = plan.model_copy(
        update={"courses": (plan.courses[0], later.model_copy(update={"number": 2, "id": "course-2"}))}
    )
    smalls = [words_in(one) for part in of_class(sheet(two), "rounds", "div") for one in of_class(part, "small", "p")]
    assert smalls == ["00:30 to 06:30 or later; 00:30 to 07:30 or later", "09:00 to 15:00 or later"]


def test_a_course_of_one_day_has_no_range() -> None:
    plan = golden_plan("own-protocol")
    one = plan.courses[1].model_copy(update={"days": plan.courses[1].days[:1], "last_day": plan.courses[1].first_day})
    document = sheet(plan.model_copy(update={"courses": (one,)}))
    assert [words_in(node) for part in of_class(document, "rounds", "div") for node in of_class(part, "when", "p")] == [
        "Wed 1 Mar 2028"
    ]


def test_a_course_on_record_is_marked_and_its_hours_are_not_repeated() -> None:
    document = sheet(plan_after(GIVEN, "2026-06-01", courses=1))
    titles = [words_in(node) for part in of_class(document, "rounds", "div") for node in part.iter("h3")]
    assert titles == ["Round 1 complete"]


def test_a_range_over_new_year_has_both_years() -> None:
    plan = golden_plan("last-start")
    when = [words_in(node) for part in of_class(sheet(plan), "rounds", "div") for node in of_class(part, "when", "p")]
    assert when == ["Thu 31 Dec 2099 – Mon 4 Jan 2100", "Tue 4 Jan – Thu 6 Jan 2101"]


# --- what it says besides ------------------------------------------------------------------------


def test_a_newer_revision_replaces_each_sheet() -> None:
    plan = boston().model_copy(update={"revision": 2})
    feet = [words_in(one) for one in of_class(sheet(plan), "foot", "p")]
    assert len(feet) == 4
    assert {foot.partition(" A planning aid")[0] for foot in feet} == {
        "Revision 2 of plan p-17. A newer revision replaces this sheet."
    }
    assert "Revision 0 of this plan." in words_in(sheet(boston(plan_id=None)))


@pytest.mark.parametrize("titles", BOTH)
def test_the_patient_reads_no_zone_name_no_finding_and_no_word_for_prescribers(titles: Titles) -> None:
    plan = boston(as_of=date(2027, 1, 8))
    told = words_in(sheet(plan, titles=titles))
    assert plan.findings
    for word in ("America/", "prescriber", "Every date", "rounded", "+ 1 month", "To check", "warning", "digest"):
        assert word not in told
    assert told.count("A planning aid: no medical device and no medical advice.") == 1


def test_the_clinic_has_its_name_on_a_clinical_sheet_only() -> None:
    clinical = words_in(of_class(sheet(boston(), titles="clinical"), "lines", "dl")[0])
    assert "Harbor" in clinical
    assert words_in(of_class(sheet(boston()), "lines", "dl")[0]) == "NameClinicCall this number"


def test_who_reads_the_page_decides_its_layout() -> None:
    plan = boston()
    assert to_html(plan) == to_html(plan, layout="sheet")
    assert to_html(plan, titles="clinical") == to_html(plan, titles="clinical", layout="full")


def test_visits_before_the_day_of_the_question_are_set_back() -> None:
    document = sheet(boston(as_of=date(2027, 4, 20)))
    past = [words_in(one) for one in of_class(document, "past", "span")]
    assert past[:2] == ["Fri 8due Sun 10", "Fri 12due Mon 15"]
    assert len(past) < len(ticks(document))


IN_GERMAN: Final = ("us-two-courses", "eu-four-courses", "long-drift")
"""The plans with every action, and one with a visit whose due day lies in another month."""


@pytest.mark.parametrize("titles", BOTH)
@pytest.mark.parametrize("name", GOLDEN)
def test_the_sheet_has_a_good_form(name: str, titles: Titles) -> None:
    """Headings without a gap, ids that exist once, tables with caption and heads, rows of one width."""
    german = {"language": "de"} if name in IN_GERMAN else {}
    document = sheet(golden_plan(name), titles=titles, **german)
    levels = [int(str(node.tag)[1]) for node in document.iter() if re.fullmatch("h[1-6]", str(node.tag))]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [node.get("id") for node in document.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    assert {name for node in document.iter() for name in (node.get("aria-labelledby") or "").split()} <= set(ids)
    for table in document.iter("table"):
        assert [child.tag for child in table] == ["caption", "thead", "tbody"]
        widths = {sum(int(cell.get("colspan", 1)) for cell in row) for row in table.iter("tr")}
        assert len(widths) == 1
        assert all(words_in(head) for head in table.iter("th"))
