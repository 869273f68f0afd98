"""S40 in what people and programs get: visits where people read, visits and single tests where programs do."""

import html
import re
from collections import Counter
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule import (
    Plan,
    load_protocol,
    plan_treatment,
    read_clinic,
    to_csv,
    to_fhir,
    to_html,
    to_ics,
    to_rows,
    to_text,
)
from tests.support.calendar_events import uid
from tests.support.ical_lines import Component, read_calendar

ROOT: Final = Path(__file__).parents[2]
STAMP: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@cache
def three_courses() -> Plan:
    """Three US courses in Boston: from 11 January 2027, 18 January 2028 and 22 January 2029."""
    boston = read_clinic(ROOT / "examples" / "boston.toml")
    us = load_protocol("us-2024-05-r2")
    return plan_treatment(us, boston, not_before=date(2027, 1, 11), courses=3, plan_id="p7")


def calendar(plan: Plan, titles: str = "clinical") -> dict[str, Component]:
    found = read_calendar(to_ics(plan, stamp=STAMP, titles=titles)).all("VEVENT")  # type: ignore[arg-type]  # a name
    assert len({one["UID"].value for one in found}) == len(found)
    return {one["UID"].value: one for one in found}


def test_S40_a_calendar_of_three_courses_has_73_laboratory_visits() -> None:
    """The example of S40: 72 monthly visits and course 1's baseline.

    Besides them, 11 infusion days, both ends of 3 + 3 + 3 periods, 6 + 1 skin examinations, 6 screenings and the day
    for vaccinations. 9 days of medicine and 11 reaction watches stand in the text of their infusion days.
    """
    titles = Counter(event["SUMMARY"].text for event in calendar(three_courses()).values())
    assert titles["Laboratory visit"] == 73
    assert (titles["Skin examination"], titles["HPV screening (women)"]) == (7, 6)
    assert titles.total() == 73 + 11 + 2 * 9 + 7 + 6 + 1 == 116
    neutral = Counter(event["SUMMARY"].text for event in calendar(three_courses(), "neutral").values())
    assert neutral["Laboratory test"] == 73


def test_S40_S41_a_visit_is_on_its_suggested_day_and_names_its_due_day_and_its_tests() -> None:
    """Month 12 of course 1 is due on Saturday 15 January 2028, and serves as the baseline of course 2."""
    plan = three_courses()
    visit = calendar(plan)[uid(plan, "laboratory/course-1/12")]
    assert visit.days == (date(2028, 1, 14),) * 2
    due, tests, baseline, window, why = visit["DESCRIPTION"].text.split("\n")
    assert due == "Due Sat 15 Jan 2028; suggested Fri 14 Jan 2028, the last allowed day that is open"
    monthly = (
        "Complete blood count with differential; Serum creatinine; Urinalysis with urine cell counts; "
        "Liver tests (ALT, AST, total bilirubin); Thyroid function (TSH)"
    )
    assert tests == f"Tests: {monthly}"
    assert baseline == f"Baseline before course 2, counts from Sun 19 Dec 2027 until Mon 17 Jan 2028: {monthly}"
    assert window.endswith(" until Mon 17 Jan 2028: Urine protein to creatinine ratio, before the course")
    assert why == "Due then: last infusion of course 1 (2027-01-15) + 12 × 1 month; ISI"


def test_S40_a_neutral_visit_names_no_test() -> None:
    plan = three_courses()
    visit = calendar(plan, "neutral")[uid(plan, "laboratory/course-1/12")]
    assert visit["SUMMARY"].text == "Laboratory test"
    assert visit["DESCRIPTION"].text == (
        "Due Sat 15 Jan 2028; suggested Fri 14 Jan 2028, the last allowed day that is open\n"
        "Part of it on any day from Sun 19 Dec 2027 until Mon 17 Jan 2028"
    )


def test_S40_a_plan_without_visits_is_shown_by_single_tests() -> None:
    """What an earlier release wrote: 4 monthly tests in 12 + 12 + 48 months, quarterly ones in 4 + 4 + 16."""
    plan = three_courses().model_copy(update={"visits": ()})
    found = calendar(plan)
    titles = Counter(event["SUMMARY"].text for event in found.values())
    assert titles["Complete blood count with differential"] == 72
    assert titles["Thyroid function (TSH)"] == 24
    assert titles["Thyroid function (TSH): baseline"] == 3
    assert found[uid(plan, "blood-count/course-1/1")].days == (date(2027, 2, 15),) * 2


# --- pages ---------------------------------------------------------------------------------------


def rows_of(page: str) -> list[list[str]]:
    """Return the rows of the table of all dates, as words."""
    table = page[page.index('<table class="dates">') :]
    rows = re.findall(r"<tr.*?</tr>", table[: table.index("</table>")])
    return [[words(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def words(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup)).strip()


def test_S40_a_page_has_one_line_for_a_visit() -> None:
    """Month 4 of course 1: Saturday 15 May 2027, which no test but those of each month is due on."""
    rows = rows_of(to_html(three_courses(), titles="clinical"))
    (visit,) = [row for row in rows if row[0] == "Friday 14 May 2027"]
    assert visit[1] == (
        "Laboratory visit, due Sat 15 May 2027; Tests: Complete blood count with differential; Serum creatinine; "
        "Urinalysis with urine cell counts; Liver tests (ALT, AST, total bilirubin) (ISI)"
    )
    assert visit[2] == (
        "suggested: the last allowed day that is open; due: last infusion of course 1 (Fri 15 Jan 2027) + 4 × 1 month"
    )


def test_S40_a_neutral_page_names_no_test_of_a_visit() -> None:
    rows = rows_of(to_html(three_courses(), layout="full"))
    (visit,) = [row for row in rows if row[0] == "Friday 14 May 2027"]
    due = "due: last appointment of course 1 (Fri 15 Jan 2027) + 4 × 1 month"
    assert visit[1:] == [
        "Laboratory visit, due Sat 15 May 2027",
        f"suggested: the last allowed day that is open; {due}",
    ]
    (open_day,) = [row for row in rows if row[0] == "Monday 15 March 2027" and "Laboratory" in row[1]]
    assert open_day[1:] == ["Laboratory visit", "last appointment of course 1 (Fri 15 Jan 2027) + 2 × 1 month"]


def test_S41_a_page_says_why_no_day_is_suggested() -> None:
    plan = three_courses()
    none = {"suggested": None, "not_suggested": "holiday-data-missing"}
    visits = [visit.model_copy(update=none) for visit in plan.visits]
    rows = rows_of(to_html(plan.model_copy(update={"visits": visits}), layout="full"))
    due = "last appointment of course 1 (Fri 15 Jan 2027) + 4 × 1 month"
    why_not = "no day is suggested: the public holidays of that year are unknown"
    assert ["Saturday 15 May 2027", "Laboratory visit", f"{due}; {why_not}"] in rows


def test_S41_a_page_of_a_plan_that_gives_no_reason_says_so_too() -> None:
    plan = three_courses()
    visits = [visit.model_copy(update={"suggested": None, "not_suggested": None}) for visit in plan.visits]
    rows = rows_of(to_html(plan.model_copy(update={"visits": visits}), layout="full"))
    due = "last appointment of course 1 (Fri 15 Jan 2027) + 4 × 1 month"
    assert ["Saturday 15 May 2027", "Laboratory visit", f"{due}; no day is suggested"] in rows


def test_S40_the_months_of_a_course_mark_a_visit_on_its_suggested_day() -> None:
    """The baseline of course 1: due on Sunday 10 January 2027, suggested on the Friday before."""
    page = words(to_html(three_courses(), layout="full"))
    assert "Fri 8 Jan 2027Laboratory visit: due Sun 10 Jan 2027" in page


def test_S40_the_line_of_time_has_one_lane_for_a_visit_group() -> None:
    """Course 1's baseline is a diamond; the other 72 visits are ticks."""
    page = to_html(three_courses(), layout="full")
    drawing = page[page.index("<svg") : page.index("</svg>")]
    assert drawing.count(">Laboratory visit</text>") == 1
    ticks = [path.count("v10") for path in re.findall(r'<path d="([^"]*)" class="tick"', drawing)]
    assert 72 in ticks
    assert drawing.count('class="baseline"') == 2


# --- text ----------------------------------------------------------------------------------------


def test_S40_a_text_lists_visits_with_due_and_suggested_days() -> None:
    text = to_text(three_courses())
    assert text.count("due Mon 15 Mar 2027, suggested Mon 15 Mar 2027") == 1
    begins = text.index("\n  Laboratory visit\n")
    assert text[begins:].splitlines()[2:5] == [
        "    course 1   due Sun 10 Jan 2027, suggested Fri  8 Jan 2027",
        "               due Mon 15 Feb 2027, suggested Fri 12 Feb 2027",
        "               due Mon 15 Mar 2027, suggested Mon 15 Mar 2027",
    ]
    visits = text[begins : text.index("\n    Tests: ", begins)]
    assert visits.count("due ") == 73


def test_S40_a_text_says_which_tests_a_visit_serves_and_why() -> None:
    """Tests with the same days and reasons stand together; quarterly ones list their own days."""
    text = to_text(three_courses())
    assert (
        "\n    Tests: Complete blood count with differential; Serum creatinine; Urinalysis with urine cell counts\n"
        in (text)
    )
    thyroid = text[text.index("\n    Tests: Thyroid function (TSH)\n") :].splitlines()[2:7]
    assert [line.strip() for line in thyroid] == [
        "course 1   baseline due Sun 10 Jan 2027, counts from Sat 12 Dec 2026 - Sun 10 Jan 2027",
        "first infusion of course 1 (2027-01-11) - 1 day; REMS",
        "Thu 15 Apr 2027 - Sat 15 Jan 2028, 4 dates, every 3 months",
        (
            "first: last infusion of course 1 (2027-01-15) + 3 months; ISI; none after 2028-01-18: first infusion of "
            "course 2 (2028-01-18); ISI"
        ),
        "Thu 15 Apr 2027  Thu 15 Jul 2027  Fri 15 Oct 2027  Sat 15 Jan 2028",
    ]
    monthly = text[text.index("\n    Tests: Complete blood count") :].splitlines()[5]
    assert monthly.strip().startswith("first: last infusion of course 1 (2027-01-15) + 1 month; ISI; none after")
    assert "course 2" in text[text.index(monthly) :].splitlines()[1], "no list: every visit of the course is for them"


def test_S40_a_group_of_one_test_does_not_repeat_its_title() -> None:
    text = to_text(three_courses())
    assert text.count("HPV screening (women)") == 1
    hpv = text[text.index("HPV screening (women)") :].splitlines()
    assert hpv[1] == "    treatment  due Sat 15 Jan 2028, suggested Fri 14 Jan 2028"
    assert hpv[7] == "    Why these days:"


def test_S40_a_text_lists_the_same_days_of_two_groups_once() -> None:
    """In this revision each test is a group of its own: the days of the blood count are those of three others."""
    boston = read_clinic(ROOT / "examples" / "boston.toml")
    text = to_text(plan_treatment(load_protocol("us-2024-05"), boston, not_before=date(2027, 1, 11), courses=2))
    assert text.count("due Mon 15 Mar 2027, suggested Mon 15 Mar 2027") == 1
    creatinine = text[text.index("\n  Serum creatinine\n") :].splitlines()[2:4]
    assert creatinine == [
        "    course 1   the same days as: Complete blood count with differential",
        "    course 2   the same days as: Complete blood count with differential",
    ]


def test_S41_a_text_says_why_no_day_is_suggested() -> None:
    plan = three_courses()
    none = {"suggested": None, "not_suggested": "no-open-day"}
    visits = [visit.model_copy(update=none) for visit in plan.visits]
    text = to_text(plan.model_copy(update={"visits": visits}))
    assert "due Sat 15 May 2027, no day is suggested: no allowed day is open" in text


def test_S40_a_text_without_visits_lists_single_tests() -> None:
    text = to_text(three_courses().model_copy(update={"visits": ()}))
    assert "\nVisits\n" not in text
    assert "  Serum creatinine\n    course 1   baseline due" in text
    assert "the same days as: Complete blood count with differential" in text


# --- rows ----------------------------------------------------------------------------------------


def test_S40_rows_have_single_tests_and_visits() -> None:
    plan = three_courses()
    rows = {row["item"]: row for row in to_rows(plan)}
    kinds = Counter(row["kind"] for row in rows.values())
    assert (kinds["visit"], kinds["series"], kinds["baseline"]) == (73 + 7 + 6, 4 * 72 + 24 + 6 + 6, 3 * 5 + 1)
    visit, test = rows["laboratory/course-1/12"], rows["blood-count/course-1/12"]
    assert (visit["first_day"], visit["last_day"], visit["weekday"]) == (date(2028, 1, 15), date(2028, 1, 15), "Sat")
    assert (visit["suggested"], test["suggested"]) == (date(2028, 1, 14), None)
    assert (visit["title"], visit["neutral_title"], visit["course"]) == ("Laboratory visit", "Laboratory test", 1)
    assert visit["reason"] == (
        "last infusion of course 1 (2027-01-15) + 12 × 1 month; ISI; "
        "suggested 2028-01-14, the last allowed day that is open"
    )
    assert (visit["cite"], visit["basis"], visit["applies_to"]) == ("isi", "label", None)
    assert rows["hpv-visit/treatment/12"]["applies_to"] == "women"


def test_S40_the_column_of_suggested_days_comes_last() -> None:
    header, *lines = to_csv(to_rows(three_courses())).splitlines()
    assert header.endswith(",provisional,suggested")
    (visit,) = [line for line in lines if line.startswith("laboratory/course-1/12,")]
    assert visit.startswith("laboratory/course-1/12,visit,1,2028-01-15,2028-01-15,Sat,")
    assert visit.endswith(",False,2028-01-14")


# --- FHIR ----------------------------------------------------------------------------------------


def resources(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return the resources of the bundle of a plan by their URL there."""
    return {entry["fullUrl"]: entry["resource"] for entry in to_fhir(plan, subject="Patient/1")["entry"]}


def visit_of(plan: Plan, name: str) -> dict[str, Any]:
    return resources(plan)[f"urn:uuid:{uid(plan, name)}"]


def test_S40_fhir_has_requests_for_tests_and_an_appointment_for_each_visit() -> None:
    plan = three_courses()
    found = list(resources(plan).values())
    appointments = [one for one in found if one["resourceType"] == "Appointment"]
    assert len(appointments) == 11 + 86
    assert sum(one["description"] == "Laboratory test" for one in appointments) == 73
    bare = plan.model_copy(update={"visits": ()})
    requests = [one for one in found if one["resourceType"] == "ServiceRequest"]
    assert requests == [one for one in resources(bare).values() if one["resourceType"] == "ServiceRequest"]


def test_S40_S41_the_appointment_of_a_visit_by_hand() -> None:
    """Month 12 of course 1: its five series, the five baselines of course 2, and the urine ratio before course 2."""
    plan = three_courses()
    visit = visit_of(plan, "laboratory/course-1/12")
    words = "due Saturday 15 January 2028; suggested Friday 14 January 2028, the last allowed day that is open."
    assert visit["status"] == "proposed"
    assert visit["requestedPeriod"] == [{"start": "2028-01-14", "end": "2028-01-15"}]
    assert visit["comment"].startswith(f"{words} Planning aid")
    assert f"<p>Laboratory test: {words}</p>" in visit["text"]["div"]
    assert visit["participant"] == [{"actor": {"reference": "Patient/1"}, "status": "needs-action"}]
    assert "start" not in visit
    tests = ("blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid")
    names = [*(f"{name}/course-1" for name in tests), *(f"{name}/course-2/baseline" for name in tests)]
    names.append("urine-protein-creatinine/course-2")
    assert visit["basedOn"] == [{"reference": f"urn:uuid:{uid(plan, name)}"} for name in names]


def test_S41_an_appointment_without_a_suggested_day_has_its_due_day_alone() -> None:
    plan = three_courses()
    none = {"suggested": None, "not_suggested": "no-open-day"}
    visits = [visit.model_copy(update=none) for visit in plan.visits]
    courses = [course.model_copy(update={"status": "tentative"}) for course in plan.courses]
    changed = plan.model_copy(update={"visits": visits, "courses": courses})
    visit = visit_of(changed, "laboratory/course-2/1")
    assert visit["requestedPeriod"] == [{"end": "2028-02-20"}]
    assert visit["comment"].startswith(
        "due Sunday 20 February 2028; no day is suggested: no allowed day is open. "
        "It depends on a course that needs a decision: dates may change. "
    )


def test_S40_visits_due_before_the_day_of_asking_are_not_proposed() -> None:
    """Asked on 15 February 2027: the visit of that day is still proposed, the baseline of January is not."""
    plan = three_courses()
    request = plan.provenance.request.model_copy(update={"as_of": date(2027, 2, 15)})
    asked = plan.model_copy(update={"provenance": plan.provenance.model_copy(update={"request": request})})
    known = {one["identifier"][0]["value"] for one in resources(asked).values()}
    assert uid(plan, "laboratory/course-1/1") in known
    assert uid(plan, "laboratory/course-1/baseline") not in known
    assert uid(plan, "blood-count/course-1/baseline") in known
