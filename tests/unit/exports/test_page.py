"""The page: read by a parser that is not ours, compared with the plan, and never to be broken by what a text says."""

import base64
import calendar
import hashlib
import html
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, cast
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_schedule import InvalidInput, Page, Plan, load_protocol, plan_treatment, to_html
from lemtrada_schedule.exports.html.markup import Markup, element
from lemtrada_schedule.exports.html.month_grid import MonthGrid
from lemtrada_schedule.exports.html.wording import Wording
from lemtrada_schedule.exports.titles import Titles
from lemtrada_schedule.plan.items import items
from tests.golden.make_plans import GOLDEN, clinic, golden_plan
from tests.support.hostile_values import unchecked

BOTH: Final[tuple[Titles, ...]] = ("neutral", "clinical")
HOSTILE: Final = (
    "<script>alert(1)</script>", "</title><b>", "\"' onload='x", "</style><img src=x onerror=x>", "]]>", "<!--", "-->",
    "&lt;b&gt;", "&#60;b>", "javascript:alert(1)", "{{ 7 * 7 }}", "%s {0}", "<svg/onload=x>", "</svg></table></html>",
)  # fmt: skip
PLANNING_AID: Final = (
    "Planning aid for a prescriber. Not a medical device, and no medical advice: check every date against the label."
)


@lru_cache(maxsize=64)
def parsed(page: str) -> Element:
    """Return the page as an independent parser reads it; the least parse error raises.

    Many tests look at the same few pages, and none changes what it is given.
    """
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return cast("Element", parser.parse(page))


def full(plan: Plan, **how: Any) -> Page:
    """Return the full page, whatever the titles."""
    return to_html(plan, layout="full", **how)


def words_in(node: Element) -> str:
    return " ".join("".join(node.itertext()).split())


def plan_with(change: Callable[[str, str], str], plan: Plan) -> Plan:
    """Return a plan in which every free text was changed, told the name of its field and the text."""

    def walk(node: Any, field: str) -> Any:
        if type(node) is dict:
            # Of the protocol inside a plan, no page shows anything.
            return {name: part if name == "rules" else walk(part, name) for name, part in node.items()}
        if type(node) is list:
            return [walk(part, field) for part in node]
        return change(field, node) if type(node) is str and field in FREE else node

    return unchecked(walk(json.loads(plan.model_dump_json()), ""))


FREE: Final = frozenset({
    "title", "neutral_title", "applies_to", "text", "message", "hint", "missing", "reason", "name", "document",
    "anchor", "offset", "cite", "observation_cite", "protocol", "where", "library", "tzdata", "holidays",
    "action",
})  # fmt: skip
"""The fields of a plan that hold text which somebody wrote, or which nothing but a text check holds to a form."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Everything the US protocol has, with findings, questions, closures and starts passed over."""
    place = clinic(
        "America/New_York",
        name="Harbor",
        preparation_minutes=30,
        closures={"2028-01-17": "Renovation"},
        fully_booked={"2028-01-18": "No chair"},
        extra_open={"2027-01-16": "Saturday session"},
    )
    start = date(2027, 1, 11)
    made = plan_treatment(load_protocol("us-2024-05"), place, not_before=start, as_of=date(2027, 1, 8), plan_id="p-1")
    asked = plan_treatment(load_protocol("us-2024-05"), place, not_before=start)
    return made.model_copy(update={"not_assessed": asked.not_assessed})


@pytest.fixture(scope="module")
def short_plan(plan: Plan) -> Plan:
    """The same plan with two dates of each series: every kind of text and element in half a page."""
    cut = [one.model_copy(update={"dates": one.dates[:2]}) if one.kind == "series" else one for one in plan.activities]
    shown = plan.model_copy(update={"activities": cut, "visits": ()})
    names = {item.id for item in items(shown)}
    return shown.model_copy(update={"visits": [visit for visit in plan.visits if names.issuperset(visit.tests)]})


# --- form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("titles", BOTH)
@pytest.mark.parametrize("name", GOLDEN)
def test_a_strict_parser_finds_no_fault(name: str, titles: Titles) -> None:
    document = parsed(full(golden_plan(name), titles=titles))
    assert document.get("lang") == "en"
    assert words_in(document).count(PLANNING_AID) == 1


@pytest.mark.parametrize("titles", BOTH)
def test_a_strict_parser_finds_no_fault_where_weeks_begin_on_sunday(plan: Plan, titles: Titles) -> None:
    heads = [head for head in parsed(full(plan, titles=titles, first_weekday="sunday")).iter("th") if len(head) == 2]
    assert [words_in(head[1]) for head in heads[::7]] == ["Sunday"] * (len(heads) // 7) != []


@pytest.mark.parametrize("titles", BOTH)
def test_a_screen_reader_finds_its_way(plan: Plan, titles: Titles) -> None:
    """Landmarks, headings without a gap, ids that exist once, tables with caption and headers."""
    document = parsed(full(plan, titles=titles))
    assert [child.tag for child in document.find("body") or ()] == ["header", "main", "footer"]
    levels = [int(node.tag[1]) for node in document.iter() if re.fullmatch("h[1-6]", str(node.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [node.get("id") for node in document.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    named = [word for node in document.iter() for word in (node.get("aria-labelledby") or "").split()]
    assert set(named) <= set(ids)
    assert all(section.get("aria-labelledby") for section in document.iter("section"))


@pytest.mark.parametrize("titles", BOTH)
def test_every_table_has_a_caption_and_headers(plan: Plan, titles: Titles) -> None:
    tables = list(parsed(full(plan, titles=titles)).iter("table"))
    assert len(tables) == 2 * len(plan.courses) + 2
    for table in tables:
        assert [child.tag for child in table][:2] == ["caption", "thead"]
        heads = table.findall("thead/tr/th")
        assert {head.get("scope") for head in heads} == {"col"}
        assert all(words_in(head) for head in heads)
        widths = {sum(int(cell.get("colspan", 1)) for cell in row) for row in table.iter("tr")}
        assert widths == {len(heads)}
        if table.get("class") != "month":
            assert all(row.find("th") is not None for row in table.findall("tbody/tr"))
    assert {cell.get("scope") for table in tables for cell in table.findall("tbody/tr/th")} == {"row", "rowgroup"}


@pytest.mark.parametrize("titles", BOTH)
def test_H13_H15_no_script_and_nothing_from_elsewhere(plan: Plan, titles: Titles) -> None:
    page = full(plan, titles=titles)
    document = parsed(page)
    tags = {str(node.tag).rpartition("}")[2] for node in document.iter()}
    assert not tags & {"script", "img", "link", "iframe", "object", "embed", "form", "input", "a", "base", "audio"}
    names = {name for node in document.iter() for name in node.attrib}
    assert not [name for name in names if name.startswith("on") or name in {"style", "src", "href", "srcset", "action"}]
    assert "url(" not in page
    assert "@import" not in page


def test_H13_the_policy_allows_this_style_alone(plan: Plan) -> None:
    document = parsed(full(plan))
    style = "".join(next(document.iter("style")).itertext())
    policy = [meta.get("content") for meta in document.iter("meta") if meta.get("http-equiv")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]


# --- what texts cannot do ------------------------------------------------------------------------


Skeleton = list[tuple[str, tuple[str, ...]]]


@pytest.fixture(scope="module")
def harmless_skeletons(short_plan: Plan) -> dict[Titles, Skeleton]:
    """Return the elements of both pages of a plan in which a word is added to every free text."""
    harmless = plan_with(lambda _, was: f"{was} word", short_plan)
    return {titles: skeleton(full(harmless, titles=titles)) for titles in BOTH}


def skeleton(page: str) -> Skeleton:
    """Return every element with the names of its attributes, but for the lines of text in the drawing."""
    nodes = ((str(node.tag).rpartition("}")[2], tuple(sorted(node.attrib))) for node in parsed(page).iter())
    return [node for node in nodes if node[0] != "text"]


@pytest.mark.parametrize("titles", BOTH)
@pytest.mark.parametrize("text", HOSTILE)
def test_H13_I37_no_field_can_add_an_element(
    short_plan: Plan, harmless_skeletons: dict[Titles, Skeleton], text: str, titles: Titles
) -> None:
    hostile = full(plan_with(lambda _, was: was + text, short_plan), titles=titles)
    assert skeleton(hostile) == harmless_skeletons[titles]


@pytest.mark.parametrize("text", HOSTILE)
def test_I37_texts_come_back_as_they_were(short_plan: Plan, text: str) -> None:
    changed = plan_with(lambda _, was: was + text, short_plan)
    told = words_in(parsed(full(changed, titles="clinical")))
    notes = [activity for activity in changed.activities if activity.kind == "note"]
    shown = [note.text for note in notes] + [activity.title for activity in changed.activities]
    shown += [f"Harbor{text}", f"Renovation{text}", f"No chair{text}", *(f.message for f in changed.findings)]
    assert [one for one in shown if re.sub(r"\s+", " ", one).strip() not in told] == []


TEXT: Final = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=60)


@given(TEXT)
def test_I37_one_door(text: str) -> None:
    document = parsed(f"<!DOCTYPE html><title>x</title>{element('p', text, element('b', [text], title=text))}")
    paragraph = next(document.iter("p"))
    bold = paragraph.find("b")
    assert bold is not None
    assert (paragraph.text, bold.text, bold.get("title"), len(list(document.iter()))) == (text, text, text, 6)


def test_what_is_markup_already_is_not_escaped_again() -> None:
    assert element("p", Markup("<b>x</b>"), None, 5) == "<p><b>x</b>5</p>"


ZEBRA: Final = "Zebra"


def test_a_neutral_page_says_nothing_of_what_it_should_not(plan: Plan) -> None:
    """Every text but the neutral titles, reasons of public holidays, anchors and offsets is a secret here."""
    told = frozenset({"neutral_title", "applies_to", "anchor", "offset"})
    secret = plan_with(lambda field, was: was if field in told else f"{ZEBRA} {was}", plan)
    assert ZEBRA in full(secret, titles="clinical")
    own = [one for one in secret.provenance.closures if one.reason.startswith(ZEBRA)]
    assert own
    page = full(secret.model_copy(update={"provenance": _without_public(secret)}))
    assert ZEBRA not in page


def _without_public(plan: Plan) -> Any:
    """Return the provenance with no closures but the clinic's own."""
    own = {day.date for day in (*plan.provenance.clinic.closures, *plan.provenance.clinic.fully_booked)}
    kept = tuple(one for one in plan.provenance.closures if one.date in own)
    return plan.provenance.model_copy(update={"closures": kept})


UNSAID: Final = (
    *("lemtrada", "alemtuzumab", "sclerosis", "infusion", "herpes", "blood", "thyroid", "stroke", "hiv", " mg"),
    *("harbor", "us-2024", "eu-2020"),
)


@pytest.mark.parametrize("name", ["us-two-courses", "eu-four-courses"])
def test_a_neutral_page_names_no_medicine_and_no_disease(name: str) -> None:
    page = full(golden_plan(name)).casefold()
    assert "left out of this page" in page
    page = re.sub("<style>.*?</style>", "", page, flags=re.DOTALL)  # "stroke" is how SVG draws a line
    assert [word for word in UNSAID if word in page] == []


def test_a_neutral_page_counts_what_it_does_not_tell(plan: Plan) -> None:
    told = words_in(parsed(full(plan)))
    assert "The clinic has points to look at (1 warning, 1 note, 1 open question); the page with" in told
    assert "the protocol's notes for the patient (13)" in told


# --- dates ---------------------------------------------------------------------------------------


def days_in(node: Any) -> Iterator[date]:
    """Yield every day that stands anywhere in JSON, those within reasons and clock times included."""
    if type(node) is dict:
        for name, part in node.items():
            if name not in ("provenance", "findings"):
                yield from days_in(part)
    elif type(node) is list:
        for part in node:
            yield from days_in(part)
    elif type(node) is str:
        yield from (date.fromisoformat(found) for found in re.findall(r"\d{4}-\d{2}-\d{2}", node))


def expected_days(plan: Plan) -> set[date]:
    """Return every day that something of the plan falls on, walking its JSON."""
    written = json.loads(plan.model_dump_json())
    found = {day["date"] for course in written["courses"] for day in course["days"]}
    found |= {visit["suggested"] or visit["due"] for visit in written["visits"]}
    served = {test for visit in written["visits"] for test in visit["tests"]}
    for activity in [*written["contraception"], *written["activities"]]:
        name = activity["id"]
        if name not in served:
            found |= {activity.get("first_day"), activity.get("last_day"), activity.get("earliest_end")}
        dates = enumerate(activity.get("dates", ()), start=1)
        found |= {day for number, day in dates if f"{name}/{number}" not in served}
        found |= {*activity.get("days", ())}
        found |= {window["start"][:10] for window in activity.get("windows", ())}
        before = activity.get("baseline")
        found |= {before["due"]} if before and f"{name}/baseline" not in served else set()
    return {date.fromisoformat(day) for day in found if day}


def table_of(document: Element, name: str) -> Element:
    return next(table for table in document.iter("table") if table.get("class") == name)


@pytest.mark.parametrize("titles", BOTH)
@pytest.mark.parametrize("name", GOLDEN)
def test_I39_the_table_has_every_date_and_no_other(name: str, titles: Titles) -> None:
    plan = golden_plan(name)
    table = table_of(parsed(full(plan, titles=titles)), "dates")
    shown = [date.fromisoformat(time.get("datetime") or "") for time in table.iter("time")]
    assert shown == sorted(shown)
    assert set(shown) == expected_days(plan)


@pytest.mark.parametrize("name", GOLDEN)
def test_I39_every_day_named_stands_in_the_plan(name: str) -> None:
    plan = golden_plan(name)
    known = set(days_in(json.loads(plan.model_dump_json())))
    document = parsed(full(plan, titles="clinical"))
    shown = {
        date.fromisoformat(time.get("datetime") or "")
        for section in document.iter()
        if section.get("class") in ("dates", "days", "cards", "when", "passed")
        for time in section.iter("time")
    }
    assert shown <= known


@pytest.mark.parametrize("name", GOLDEN)
def test_H16_days_are_told_with_weekday_month_name_and_year(name: str) -> None:
    """The standard library's own names, in the C locale, are the oracle."""
    for time in parsed(full(golden_plan(name))).iter("time"):
        day = date.fromisoformat(time.get("datetime") or "")
        assert words_in(time) in (str(day.day), f"{day:%A} {day.day} {day:%B} {day.year}")


@pytest.mark.parametrize("first", ["monday", "sunday"])
def test_the_months_are_those_of_the_standard_library(first: Any) -> None:
    grid = MonthGrid(Wording(clinical=True), 6 if first == "sunday" else 0, {}, {}, lambda _: None)
    weeks_of = calendar.Calendar(6 if first == "sunday" else 0).monthdayscalendar
    every = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(28 * 12)]
    shapes = {calendar.monthrange(day.year, day.month): day for day in every}
    assert len(shapes) == 28, "a month begins on any weekday, and has 28 to 31 days"
    days = [*shapes.values(), *every[:12]]
    page = f"<!DOCTYPE html><title>x</title>{''.join(grid.table(day) for day in days)}"
    for day, table in zip(days, parsed(page).iter("table"), strict=True):
        weeks = [[int(words_in(cell) or 0) for cell in row] for row in table.findall("tbody/tr")]
        assert weeks == weeks_of(day.year, day.month)
        assert words_in(table[0]) == f"{day:%B} {day.year}"
        names = [words_in(head[1]) for head in table.findall("thead/tr/th")]
        assert names == [calendar.day_name[(place + (6 if first == "sunday" else 0)) % 7] for place in range(7)]


def cells(document: Element, kind: str) -> list[str]:
    return [words_in(cell) for cell in document.iter("td") if cell.get("class") == kind]


def test_the_grid_of_a_course_by_hand(plan: Plan) -> None:
    """17 January 2028 closed, 18 booked out: course 2 from Wednesday 19. Saturday 16 January 2027 is an extra day."""
    document = parsed(full(plan, titles="clinical"))
    infusions = [re.sub(r"( ?[A-Z])+$", "", told) for told in cells(document, "visit")]
    assert infusions == [
        *(f"{10 + day}Infusion {day}09:00–15:00" for day in range(1, 6)),
        *(f"{18 + day}Infusion {day}09:00–15:00" for day in range(1, 4)),
    ]
    closed = cells(document, "closed")
    assert "17closed: Renovation" in closed
    assert any(told.startswith("18fully booked: No chair") for told in closed)
    assert not any(told.startswith("16") for told in closed[:9])
    neutral = cells(parsed(full(plan)), "closed")
    assert "17closed" in neutral
    assert any(re.fullmatch("18fully booked[A-Z]?", told) for told in neutral)


def test_the_days_of_a_course_by_hand(plan: Plan) -> None:
    days = [table for table in parsed(full(plan, titles="clinical")).iter("table") if table.get("class") == "days"]
    assert [words_in(cell) for cell in days[1].findall("thead/tr/th")] == [
        "Day", "Date", "Preparation from", "Infusion from", "to", "Observation until",
    ]  # fmt: skip
    assert [[words_in(cell) for cell in row] for row in days[1].findall("tbody/tr")] == [
        ["1", "Wednesday 19 January 2028", "08:30", "09:00", "13:00", "15:00 or later"],
        ["2", "Thursday 20 January 2028", "08:30", "09:00", "13:00", "15:00 or later"],
        ["3", "Friday 21 January 2028", "08:30", "09:00", "13:00", "15:00 or later"],
    ]


def test_letters_stand_for_the_same_days_in_grid_and_key(plan: Plan) -> None:
    document = parsed(full(plan, titles="clinical"))
    for section in (node for node in document.iter("section") if (node.get("class") or "").startswith("course")):
        in_grid: dict[str, list[str]] = {}
        for cell in section.iter("td"):
            for letters in (node for node in cell if node.get("class") == "letters"):
                day = next(cell.iter("time")).get("datetime") or ""
                for letter in letters:
                    in_grid.setdefault(words_in(letter), []).append(day)
        key = next(node for node in section.iter("ul") if node.get("class") == "key")
        told = {words_in(line[0]): words_in(next(line.iter("strong"))).split("; ") for line in key}
        days = {letter: [date.fromisoformat(day) for day in some] for letter, some in in_grid.items()}
        assert {
            letter: [f"{day:%a} {day.day} {day:%b} {day.year}" for day in some] for letter, some in days.items()
        } == told
        assert sorted(told) == list("ABCDEFGH"[: len(told)])


def test_the_reasons_by_hand(plan: Plan) -> None:
    rows = table_of(parsed(full(plan, titles="clinical")), "dates").findall("tbody/tr")
    told = [[words_in(cell) for cell in row] for row in rows]
    assert [
        "Saturday 15 May 2027",
        "Contraception, last day (FAQ)",
        "last infusion of course 1 (Fri 15 Jan 2027) + 4 months",
    ] in told
    assert [
        "Monday 15 February 2027",
        (
            "Complete blood count with differential; Serum creatinine; Urinalysis with urine cell counts (ISI)"
            "Liver tests (ALT, AST, total bilirubin) (ISI; a convention, not the label)"
        ),
        "last infusion of course 1 (Fri 15 Jan 2027) + 1 month",
    ] in told
    neutral = table_of(parsed(full(plan)), "dates").findall("tbody/tr")
    assert [
        "Thursday 15 April 2027",
        "Laboratory visit",
        (
            "last appointment of course 1 (Fri 15 Jan 2027) + 3 × 1 month; "
            "last appointment of course 1 (Fri 15 Jan 2027) + 3 months"
        ),
    ] in [[words_in(cell) for cell in row] for row in neutral]


def test_the_starts_that_were_not_possible(plan: Plan) -> None:
    rows = table_of(parsed(full(plan, titles="clinical")), "passed").findall("tbody/tr")
    assert [[words_in(cell) for cell in row] for row in rows] == [
        ["Saturday 15 January 2028", "2", "Saturday 15 January 2028: closed on Saturdays"],
        ["Sunday 16 January 2028", "2", "Sunday 16 January 2028: closed on Sundays"],
        ["Monday 17 January 2028", "2", "Monday 17 January 2028: closed: Renovation"],
        ["Tuesday 18 January 2028", "2", "Tuesday 18 January 2028: fully booked: No chair"],
    ]


# --- the verb ------------------------------------------------------------------------------------


@pytest.mark.parametrize("titles", BOTH)
def test_I38_twice_the_same(plan: Plan, titles: Titles) -> None:
    again = Plan.model_validate_json(plan.model_dump_json())
    assert full(plan, titles=titles) == full(again, titles=titles)


def test_a_page_is_a_text_that_notebooks_show(plan: Plan) -> None:
    page = full(plan)
    assert isinstance(page, str)
    assert type(page) is Page
    frame = next(parsed(f"<!DOCTYPE html><title>x</title>{page._repr_html_()}").iter("iframe"))
    assert frame.get("srcdoc") == page == html.unescape(html.escape(page))
    assert frame.get("sandbox") == ""
    assert repr(page) == f"Page({len(page)} characters of HTML)"
    assert io.StringIO(page).read() == page


@pytest.mark.parametrize("word", ["Clinical", "", b"full", 5, ["neutral"]])
def test_other_words_are_refused(plan: Plan, word: Any) -> None:
    for place in ("titles", "first_weekday", "layout", "language"):
        with pytest.raises(InvalidInput) as caught:
            to_html(plan, **{place: word})
        assert (caught.value.code, caught.value.place) == ("unknown-name", place)


def test_what_is_no_plan_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        full(cast("Any", "plan"))
    assert (caught.value.code, caught.value.place) == ("wrong-type", "plan")


def test_a_plan_without_anything_else_is_shown() -> None:
    """No activities, no contraception, no findings, no clinic name, no id."""
    plan = golden_plan("new-york")
    nothing = dict.fromkeys(("contraception", "activities", "visits", "findings", "not_assessed"), ())
    bare = plan.model_copy(update=nothing)
    bare = bare.model_copy(update={"provenance": bare.provenance.model_copy(update={"sources": ()})})
    for titles in BOTH:
        document = parsed(full(bare, titles=titles))
        assert [words_in(node) for node in document.iter("h2")][:4] == [
            "At a glance", "The whole treatment", "Course 1", "Every date",
        ]  # fmt: skip
        assert len(list(table_of(document, "dates").iter("time"))) == 5


def test_one_point_of_each_kind_is_told_in_the_singular(plan: Plan) -> None:
    one = plan.model_copy(update={"findings": plan.findings[:1], "not_assessed": ()})
    assert "look at (1 warning); the page" in words_in(parsed(full(one)))
    assert "To check" not in words_in(parsed(full(one.model_copy(update={"findings": ()}))))


def test_a_day_without_a_reason_is_shown_without_one(plan: Plan) -> None:
    """A plan that was written by hand may hold one."""
    window = next(one for one in plan.activities if one.kind == "window" and one.first_day)
    bare = window.model_copy(update={"because": None, "begins_because": None})
    alone = plan.model_copy(update={"activities": (bare,), "contraception": (), "visits": ()})
    shown = full(alone, titles="clinical")
    rows = [[words_in(cell) for cell in row] for row in table_of(parsed(shown), "dates").findall("tbody/tr")]
    assert ["Saturday 12 December 2026", f"{window.title}, may be done from this day", ""] in rows


def test_a_plan_without_visits_says_between_which_days_a_test_before_a_course_counts(plan: Plan) -> None:
    """Such a plan was written by an earlier release. 30 days before Monday 11 January 2027 is Saturday 12 December."""
    page = full(plan.model_copy(update={"visits": ()}), titles="clinical")
    assert "counts from Sat 12 Dec 2026 to Sun 10 Jan 2027" in re.sub(r"\s+", " ", page)
