"""The timeline: a picture of its own, and the drawing in a page; read by parsers that are not ours."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given

from lemtrada_schedule import (
    History,
    InvalidInput,
    Plan,
    Timeline,
    load_protocol,
    plan_treatment,
    read_clinic,
    timeline,
)
from lemtrada_schedule.exports.html.timeline import WIDTH, width_of, wrapped
from lemtrada_schedule.exports.html.timeline_picture import STYLES
from lemtrada_schedule.exports.titles import Titles
from lemtrada_schedule.plan.activities import PeriodActivity
from tests.golden.make_plans import GOLDEN, clinic, golden_plan
from tests.unit.exports.test_page import BOTH, HOSTILE, TEXT, full, parsed, plan_with, words_in

SVG: Final = "{http://www.w3.org/2000/svg}"
START: Final = date(2027, 1, 11)
EVERY_DAY: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def picture(text: str) -> Element:
    """Return the picture as an XML parser reads it."""
    return ET.fromstring(text)  # noqa: S314  # written by this library


def shapes(drawing: Element, name: str, *, kind: str = "") -> list[Element]:
    """Return the shapes of a class, of a second class if one is named; `legend` shapes are not among them."""
    legend = {id(one) for group in drawing.iter(f"{SVG}g") for one in group.iter()}
    found = ((node, (node.get("class") or "").split()) for node in drawing.iter() if id(node) not in legend)
    return [node for node, classes in found if classes[:1] == [name] and kind in ("", *classes[1:])]


def of(plan: Plan, **how: Any) -> Element:
    return picture(timeline(plan, **how))


def texts(drawing: Element, name: str) -> list[str]:
    return [node.text or "" for node in shapes(drawing, name)]


def number(node: Element, name: str) -> float:
    return float(node.get(name) or "nan")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Two courses at a clinic that is closed on weekends."""
    place = clinic("America/New_York", name="Harbor")
    return plan_treatment(load_protocol("us-2024-05-r2"), place, not_before=START, as_of=date(2027, 1, 8))


def with_statuses(plan: Plan, *statuses: str) -> Plan:
    courses = [one.model_copy(update={"status": status}) for one, status in zip(plan.courses, statuses, strict=True)]
    return plan.model_copy(update={"courses": courses})


# --- a picture of its own ------------------------------------------------------------------------


@pytest.mark.parametrize("titles", BOTH)
@pytest.mark.parametrize("name", GOLDEN)
def test_an_xml_parser_and_a_strict_html_parser_read_it(name: str, titles: Titles) -> None:
    text = timeline(golden_plan(name), titles=titles)
    drawing = picture(text)
    assert drawing.tag == f"{SVG}svg"
    assert drawing.get("role") == "img"
    parsed(f"<!DOCTYPE html><title>x</title>{text}")
    ids = [node.get("id") for node in drawing.iter() if node.get("id")]
    title, description = (node for node in drawing if node.tag in (f"{SVG}title", f"{SVG}desc"))
    assert ids == [drawing.get("id"), title.get("id"), description.get("id")]
    assert drawing.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


@pytest.mark.parametrize("name", GOLDEN)
def test_it_loads_nothing_and_runs_nothing(name: str) -> None:
    text = timeline(golden_plan(name), titles="clinical").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|href|url\(|@import|<script|<image|<use|<foreignObject| on[a-z]+=", text)


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("titles", BOTH)
def test_everything_lies_inside_the_picture(name: str, titles: Titles) -> None:
    drawing = of(golden_plan(name), titles=titles, as_of=date(2026, 1, 1))
    height = number(drawing, "height")
    assert drawing.get("viewBox") == f"0 0 {WIDTH} {height:g}"
    for node in drawing.iter(f"{SVG}text"):
        left = number(node, "x") - (width_of(node.text or "") / 2 if node.get("text-anchor") else 0)
        assert left >= 0
        assert left + width_of(node.text or "") <= WIDTH
        assert number(node, "y") <= height
    for node in drawing.iter(f"{SVG}rect"):
        assert float(node.get("x") or 0) + number(node, "width") <= WIDTH


def test_two_pictures_have_different_ids(plan: Plan) -> None:
    """A notebook shows them in one document; the colours of one are for that one alone."""
    one, other = of(plan), of(plan, titles="clinical")
    assert one.get("id") != other.get("id")
    (style,) = one.iter(f"{SVG}style")
    assert set(re.findall(r"#(timeline-[0-9a-f]{8}) ", style.text or "")) == {one.get("id")}


def test_the_same_plan_gives_the_same_text(plan: Plan) -> None:
    again = Plan.model_validate_json(plan.model_dump_json())
    assert timeline(plan, as_of=START) == timeline(again, as_of="2027-01-11")


def test_a_notebook_shows_it_and_a_repr_does_not(plan: Plan) -> None:
    drawn = timeline(plan)
    assert type(drawn) is Timeline
    assert isinstance(drawn, str)
    assert type(drawn._repr_svg_()) is str
    assert drawn._repr_svg_() == drawn
    assert repr(drawn) == f"Timeline({len(drawn)} characters of SVG)"


# --- what is drawn -------------------------------------------------------------------------------


def test_each_status_of_a_course_has_its_own_form() -> None:
    three = plan_treatment(load_protocol("us-2024-05-r2"), clinic("UTC", days=EVERY_DAY), not_before=START, courses=6)
    statuses = ("complete", "partial", "interrupted", "in-progress", "planned", "tentative")
    drawing = of(with_statuses(three, *statuses))
    assert len(shapes(drawing, "course", kind="given")) == 3
    (begun,) = shapes(drawing, "course", kind="begun")
    (under_way,) = shapes(drawing, "window", kind="under-way")
    assert number(begun, "width") * 2 == pytest.approx(number(under_way, "width"), abs=0.1)
    assert begun.get("x") == under_way.get("x")
    assert [len(shapes(drawing, "window", kind=kind)) for kind in ("planned", "unsettled")] == [1, 1]
    assert STYLES["unsettled"] == ("stroke-dasharray:3 2", "")
    assert texts(drawing, "legend")[:4] == [
        "course given", "course under way", "course planned", "depends on a decision",
    ]  # fmt: skip
    assert texts(drawing, "number") == ["1", "2", "3", "4", "5", "6"]


def test_a_treatment_on_record_shows_what_was_given() -> None:
    """Course 1 as a filled block; of course 2 one of three days was given by that day."""
    given = [*(f"2026-03-0{day}" for day in range(2, 7)), "2027-03-08"]
    plan = plan_treatment(
        load_protocol("us"), clinic("UTC"), not_before=date(2027, 3, 9), courses=3,
        history=History.from_dates(given), as_of=date(2027, 3, 8),
    )  # fmt: skip
    drawing = of(plan, as_of=date(2027, 3, 8))
    blocks = [shapes(drawing, "course", kind="given"), shapes(drawing, "window", kind="under-way")]
    assert [len(found) for found in (*blocks, shapes(drawing, "window", kind="planned"))] == [1, 1, 1]
    (described,) = (node.text or "" for node in drawing.iter(f"{SVG}desc"))
    assert described.startswith(
        "Course 1, given: Mon 2 Mar 2026 to Fri 6 Mar 2026. "
        "Course 2, under way: Mon 8 Mar 2027 to Wed 10 Mar 2027. Course 3, planned: "
    )
    assert described.endswith("Marked: Mon 8 Mar 2027.")


def test_an_end_that_depends_on_a_decision_is_dashed() -> None:
    """Two of five infusions, the last on 5 January 2027: contraception until at least 5 May 2027."""
    plan = plan_treatment(
        load_protocol("us"), clinic("UTC"), not_before=date(2027, 6, 1),
        history=History.from_dates(["2027-01-04", "2027-01-05"]), as_of=date(2027, 1, 15),
    )  # fmt: skip
    drawing = of(plan, titles="clinical")
    periods = (shapes(drawing, "period"), shapes(drawing, "period", kind="unsettled"))
    assert periods[0] == periods[1] != []
    (described,) = (node.text or "" for node in drawing.iter(f"{SVG}desc"))
    assert "Contraception: Mon 4 Jan 2027 to Wed 5 May 2027 or later." in described


def test_the_description_says_when_for_whoever_does_not_see_it(plan: Plan) -> None:
    (described,) = (node.text or "" for node in of(plan, titles="clinical").iter(f"{SVG}desc"))
    sentences = described.removesuffix(".").split(". ")
    assert sentences[:2] == [
        "Course 1, planned: Mon 11 Jan 2027 to Fri 15 Jan 2027",
        "Course 2, planned: Mon 17 Jan 2028 to Wed 19 Jan 2028",
    ]  # fmt: skip
    assert "Contraception: Mon 11 Jan 2027 to Sat 15 May 2027; Mon 17 Jan 2028 to Fri 19 May 2028" in sentences
    assert "Complete necessary vaccinations by this day: Mon 30 Nov 2026" in sentences
    assert "Antiviral prophylaxis against herpes: Mon 11 Jan 2027 to Mon 15 Mar 2027 or later; " in described
    assert any(re.match(r"Laboratory visit: 61 times, Sun 10 Jan 2027 to ", one) for one in sentences)


def test_a_period_without_any_end_says_so(plan: Plan) -> None:
    def endless(one: Any) -> Any:
        return one.model_copy(update={"last_day": None, "earliest_end": None})

    activities = [endless(one) if isinstance(one, PeriodActivity) else one for one in plan.activities]
    drawing = of(plan.model_copy(update={"activities": activities}), titles="clinical")
    (described,) = (node.text or "" for node in drawing.iter(f"{SVG}desc"))
    assert "Antiviral prophylaxis against herpes: Mon 11 Jan 2027 on, no end stated; Mon 17 Jan 2028 on" in described


def test_each_tick_lies_on_the_day_of_a_visit(plan: Plan) -> None:
    """On the suggested day, else on the due day; the axis is true to scale between two years."""
    drawing = of(plan)
    years = {node.text: number(node, "x") - 3 for node in shapes(drawing, "year")}
    a_day = (years["2032"] - years["2028"]) / (date(2032, 1, 1) - date(2028, 1, 1)).days
    ticks = [float(x) for node in shapes(drawing, "tick") for x in re.findall(r"M([0-9.]+) ", node.get("d") or "")]
    days = [visit.suggested or visit.due for visit in plan.visits if visit.kind == "due"]
    assert len(ticks) == len(days) > 60
    expected = [years["2028"] + a_day * (day - date(2028, 1, 1)).days for day in days]
    assert sorted(ticks) == pytest.approx(sorted(expected), abs=0.3)


def test_what_happens_on_infusion_days_is_not_drawn(plan: Plan) -> None:
    names = " ".join(texts(of(plan, titles="clinical"), "name"))
    assert "Contraception" in names
    assert not re.search(r"Methylprednisolone|infusion reactions|Tuberculosis", names)


def test_a_line_marks_a_day_that_is_asked_for(plan: Plan) -> None:
    assert not shapes(of(plan), "as-of")
    drawing = of(plan, as_of=date(2028, 1, 1))
    (line,) = shapes(drawing, "as-of")
    (year,) = (node for node in shapes(drawing, "year") if node.text == "2028")
    assert set(re.findall(r"M([0-9.]+) ", line.get("d") or "")) == {f"{number(year, 'x') - 3:g}"}
    assert "as of Sat 1 Jan 2028" in texts(drawing, "name")


@pytest.mark.parametrize("day", [date(2024, 6, 1), date(2040, 6, 1)])
def test_a_marked_day_outside_the_plan_widens_the_axis(plan: Plan, day: date) -> None:
    assert str(day.year) in texts(of(plan, as_of=day), "year")


def test_a_plan_without_a_date_is_a_picture_that_says_so() -> None:
    """A row of the patient could not be read: nothing is planned. The axis has no first day of a year."""
    plan = plan_treatment(
        load_protocol("us"),
        clinic("UTC"),
        not_before=date(2027, 6, 1),
        history=History(unreadable=(1,)),
        as_of=date(2026, 5, 3),
    )
    drawing = of(plan)
    assert texts(drawing, "name") == ["No dates"]
    assert [node.text for node in drawing.iter(f"{SVG}desc")] == ["No dates."]
    assert texts(drawing, "legend") == []
    assert (texts(drawing, "year"), shapes(drawing, "years")) == (["2027"], [])


def test_numbers_are_left_out_where_the_next_course_begins() -> None:
    plan = plan_treatment(load_protocol("us-2024-05"), clinic("UTC", days=EVERY_DAY), not_before=START, courses=50)
    drawing = of(plan)
    assert len(shapes(drawing, "window", kind="planned")) == 50
    assert texts(drawing, "number") == ["50"]
    places = [number(node, "x") for node in shapes(drawing, "year")]
    assert min(after - before for before, after in pairwise(places)) >= 34


# --- titles and hostile texts --------------------------------------------------------------------


def test_a_neutral_picture_names_nothing_of_the_treatment(plan: Plan) -> None:
    neutral, clinical = timeline(plan).casefold(), timeline(plan, titles="clinical").casefold()
    neutral = re.sub("<style>.*?</style>", "", neutral)  # "stroke" is how SVG draws a line
    for word in ("stroke", "contraception", "herpes", "vaccination", "skin", "hpv", "harbor", "us-2024"):
        assert word not in neutral
    assert "contraception" in clinical
    assert "precaution period" in neutral


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_text_stays_a_text(plan: Plan, hostile: str) -> None:
    changed = plan_with(lambda field, was: hostile if "title" in field else was, plan)
    for titles in BOTH:
        text = timeline(changed, titles=titles)
        names = " ".join(texts(picture(text), "name"))
        assert "".join(hostile.split()) in "".join(names.split())
        kinds = {node.tag.removeprefix(SVG) for node in picture(text).iter()}
        assert kinds <= {"svg", "title", "desc", "style", "rect", "path", "text", "g"}


# --- colours -------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def declared(style: str) -> dict[str, str]:
    pairs = (one.partition(":") for one in style.split(";"))
    return {name: value for name, _, value in pairs}


def schemes() -> Iterator[dict[str, dict[str, str]]]:
    yield {name: declared(light) for name, (light, _) in STYLES.items()}
    yield {name: {**declared(light), **declared(dark)} for name, (light, dark) in STYLES.items()}


@pytest.mark.parametrize("scheme", list(schemes()), ids=["light", "dark"])
def test_words_and_shapes_stand_out_from_both_backgrounds(scheme: dict[str, dict[str, str]]) -> None:
    """By WCAG 2: 4.5 for text, 3 for shapes; the lines of years only help the eye."""
    for ground in (scheme["card"]["fill"], scheme["stripe"]["fill"]):
        for name in ("name", "number", "year", "legend"):
            assert contrast(scheme[name]["fill"], ground) >= 4.5
        for name in ("course", "window", "baseline", "period", "open", "tick", "as-of"):
            assert contrast(scheme[name]["stroke"], ground) >= 3
        assert contrast(scheme["deadline"]["fill"], ground) >= 3


# --- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "code", "argument"),
    [
        ({"plan": "plan.json"}, "wrong-type", "plan"),
        ({"titles": "all"}, "unknown-name", "titles"),
        ({"as_of": "1.1.2027"}, "calendar-date", "as_of"),
        ({"as_of": date(1999, 1, 1)}, "date-range", "as_of"),
    ],
)
def test_a_wrong_argument_is_named(plan: Plan, how: dict[str, Any], code: str, argument: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        timeline(**{"plan": plan, **how})
    assert (caught.value.code, caught.value.argument) == (code, argument)


# --- the drawing in a page -----------------------------------------------------------------------


def drawing_in(page: str) -> Element:
    return next(node for node in parsed(page).iter() if node.get("role") == "img")


def test_the_drawing_in_a_page_has_a_lane_for_each_name(plan: Plan) -> None:
    for titles in BOTH:
        lines = [words_in(node) for node in drawing_in(full(plan, titles=titles)) if node.get("class") == "name"]
        visits = ("note", "series")
        dated = [activity for activity in (*plan.contraception, *plan.activities) if activity.kind not in visits]
        served = {name for visit in plan.visits for name in visit.tests}
        dated = [one for one in dated if one.id not in served]
        if titles == "clinical":
            names = list(dict.fromkeys(one.title for one in (*dated, *plan.visits)))
        else:  # what holds for days has a lane for each of its actions, though they share a title
            holding = ("period", "after-infusion")
            lanes = dict.fromkeys((one.neutral_title, one.action if one.kind in holding else "") for one in dated)
            names = [name for name, _ in lanes]
            called = {"Laboratory test": "Laboratory visit"}
            visited = dict.fromkeys(called.get(one.neutral_title, one.neutral_title) for one in plan.visits)
            names += [name for name in visited if name not in names]  # a window may have the title of a visit
        assert " ".join(lines) == " ".join(["Courses", *names])


def test_lanes_that_share_a_neutral_name_have_letters() -> None:
    """Contraception and breastfeeding end on one day, and share a neutral title."""
    berlin = read_clinic("examples/berlin.toml")
    plan = plan_treatment(load_protocol("eu-2020-01-r2"), berlin, not_before=date(2027, 3, 1))
    for names in (texts(of(plan), "name"), [words_in(one) for one in drawing_in(full(plan)) if _is_name(one)]):
        assert "Precaution period, months A" in " ".join(names)
        assert "Precaution period, months B" in " ".join(names)
        assert len(set(names)) == len(names)


def _is_name(node: Element) -> bool:
    return node.get("class") == "name"


def test_the_drawing_in_a_page_is_true_to_scale(plan: Plan) -> None:
    """Courses lie where they belong between the first days of two years."""
    drawing = drawing_in(full(plan, titles="clinical"))
    years = {words_in(node): number(node, "x") - 3 for node in drawing if node.get("class") == "year"}
    assert list(years) == ["2027", "2028", "2029", "2030", "2031", "2032"]
    blocks = [number(node, "x") for node in drawing if node.get("class") == "window planned"]
    a_day = (years["2032"] - years["2028"]) / (date(2032, 1, 1) - date(2028, 1, 1)).days
    expected = [years["2028"] + a_day * (course.first_day - date(2028, 1, 1)).days for course in plan.courses]
    assert blocks == pytest.approx(expected, abs=0.2)


def test_a_page_of_many_years_names_only_the_years_that_have_room() -> None:
    place = clinic("UTC", days=EVERY_DAY)
    plan = plan_treatment(load_protocol("us-2024-05"), place, not_before=START, courses=50)
    places = [number(node, "x") for node in drawing_in(full(plan)) if node.get("class") == "year"]
    assert len(places) > 5
    assert min(after - before for before, after in pairwise(places)) >= 34


# --- names of lanes ------------------------------------------------------------------------------


@given(TEXT)
def test_names_of_lanes_are_broken_and_never_lost(text: str) -> None:
    lines = wrapped(text)
    assert "".join("".join(lines).split()) == "".join(text.split())
    widest = [sum(14 if unicodedata.east_asian_width(c) in "WF" else 3 for c in line) for line in lines]
    assert max(widest) <= WIDTH


def test_a_name_without_spaces_is_broken() -> None:
    assert wrapped("W" * 120) == ["W" * 50, "W" * 50, "W" * 20]
    assert wrapped("Serum creatinine") == ["Serum creatinine"]


def test_the_first_year_has_a_number_where_there_is_room() -> None:
    """The axis begins in December 2026 with a window that closes 42 days before 11 January 2027."""
    plan = plan_treatment(load_protocol("us"), clinic("UTC"), not_before=START + timedelta(days=200), courses=1)
    assert texts(of(plan), "year")[0] == "2027"
