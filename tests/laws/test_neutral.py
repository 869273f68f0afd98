"""What others may read: neutral titles that cannot mislead, and nothing of protocol, record or clinic (S46)."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final, get_args

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from lemtrada_schedule import (
    Clinic,
    Decision,
    History,
    Plan,
    Protocol,
    ScheduleError,
    load_protocol,
    plan_treatment,
    replan,
    timeline,
    to_html,
    to_ics,
    to_rows,
)
from lemtrada_schedule.clinic.closures import Closure
from lemtrada_schedule.clinic.starts import PassedOver
from lemtrada_schedule.exports.html import wording
from lemtrada_schedule.exports.html.closed_days import ClosedDays
from lemtrada_schedule.exports.html.language import english
from lemtrada_schedule.exports.html.page import Layout
from lemtrada_schedule.exports.html.reasons import neutral_reason
from lemtrada_schedule.exports.ics import entries
from lemtrada_schedule.exports.tables import rows as rows_module
from lemtrada_schedule.findings.derivation import Anchor, Derivation
from tests.golden.make_plans import clinic
from tests.laws.test_invariants import planned
from tests.support.budget import examples
from tests.support.ical_lines import Component, read_calendar
from tests.support.plan_strategies import Case, cases, one_in, pick
from tests.unit.exports.test_page import cells, full, parsed, table_of, words_in

STAMP: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
START: Final = date(2027, 1, 11)
NEUTRAL: Final = wording.Wording(clinical=False)


def us_plan(**asked: Any) -> Plan:
    request: dict[str, Any] = {"not_before": START, "plan_id": "p7"} | asked
    return plan_treatment(load_protocol("us-2024-05"), clinic("America/New_York"), **request)


def rows_of(page: str) -> list[list[str]]:
    return [[words_in(cell) for cell in row] for row in table_of(parsed(page), "dates").findall("tbody/tr")]


# --- periods that share a title ------------------------------------------------------------------


def test_S46_the_end_of_a_short_precaution_cannot_pass_for_that_of_contraception() -> None:
    """Three precautions share one neutral title: over on 16 January, 18 January and 15 May 2027."""
    told = [(day, what) for day, what, _ in (row for row in rows_of(full(us_plan(courses=1))) if len(row) == 3)]
    last = [(day, what) for day, what in told if "last day" in what and "Precaution" in what]
    assert last == [
        ("Monday 18 January 2027", "Precaution period until Mon 18 Jan 2027, last day"),
        ("Saturday 15 May 2027", "Precaution period until Sat 15 May 2027, last day"),
    ]
    (first,) = [what for day, what in told if day == "Monday 11 January 2027" and "begins" in what]
    assert (
        "Precaution period until Sat 15 May 2027; Medicine reminder until Mon 15 Mar 2027 or later; "
        "Precaution period until Mon 18 Jan 2027, begins"
    ) in first
    assert any("Precaution period until Tue 12 Jan 2027 13:00" in what for _, what in told)


def calendar_events(plan: Plan) -> list[Component]:
    return read_calendar(to_ics(plan, stamp=STAMP)).all("VEVENT")


def titles_by_writer(plan: Plan) -> dict[str, list[str]]:
    """Return the neutral titles of what holds for days, as each writer has them."""
    calendar = [text for one in calendar_events(plan) for text in (one["SUMMARY"].text, one["DESCRIPTION"].text)]
    rows = [row for row in to_rows(plan) if row["kind"] in ("period", "after-infusion")]
    page = " ".join(" ".join(row) for row in rows_of(full(plan)))
    return {
        "calendar": [row["neutral_title"] for row in rows if row["neutral_title"] in " ".join(calendar)],
        "rows": [row["neutral_title"] for row in rows],
        "page": [row["neutral_title"] for row in rows if row["neutral_title"] in page],
    }


def test_S46_every_writer_says_until_when() -> None:
    found = titles_by_writer(us_plan(courses=1))
    expected = [
        "Precaution period until Sat 15 May 2027",
        "Medicine reminder until Mon 15 Mar 2027 or later",
        *(
            f"Precaution period until {day} Jan 2027 13:00"
            for day in ("Tue 12", "Wed 13", "Thu 14", "Fri 15", "Sat 16")
        ),
        "Precaution period until Mon 18 Jan 2027",
    ]
    assert found["rows"] == expected
    assert found["page"] == expected
    assert found["calendar"] == expected
    titles = [one["SUMMARY"].text for one in calendar_events(us_plan(courses=1))]
    lasting = [title for title in titles if "Precaution period" in title or "Medicine reminder" in title]
    assert len(lasting) == 6
    assert all(" until " in title for title in lasting)


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "Precaution period until Sat 15 May 2027"),
        ({"provisional": True}, "Precaution period until Sat 15 May 2027 or later"),
        ({"last_day": None, "earliest_end": date(2027, 5, 15)}, "Precaution period until Sat 15 May 2027 or later"),
        ({"last_day": None}, "Precaution period, no end stated"),
    ],
)
def test_S46_ends_that_are_open(changes: dict[str, Any], title: str) -> None:
    plan = us_plan(courses=1)
    plan = plan.model_copy(update={"contraception": [plan.contraception[0].model_copy(update=changes)]})
    (row,) = [row for row in to_rows(plan) if row["item"] == "contraception/1"]
    assert row["neutral_title"] == title


def test_an_open_end_on_the_first_day_still_says_that_it_is_open() -> None:
    plan = us_plan(courses=1)
    open_end = plan.contraception[0].model_copy(update={"last_day": None, "earliest_end": START})
    plan = plan.model_copy(update={"contraception": [open_end], "activities": []})
    titles = {one["SUMMARY"].text for one in read_calendar(to_ics(plan, stamp=STAMP, titles="clinical")).all("VEVENT")}
    assert "Contraception, end open" in titles


# --- reasons -------------------------------------------------------------------------------------


def derived(anchor: Anchor, offset: str = "", **more: Any) -> Derivation:
    fields = {**anchor.fields(), "anchor_day": START, "offset": offset, "rounding": "exact", "result": START}
    return Derivation(**{**fields, "cite": "own", "basis": "label", **more})


def last_of(course: int) -> Anchor:
    return Anchor("last-infusion", course)


@pytest.mark.parametrize(
    ("because", "told"),
    [
        (derived(last_of(2), "+ 4 months"), "last appointment of course 2 (2027-01-11) + 4 months"),
        (derived(Anchor("first-infusion", 1), "- 42 days"), "first appointment of course 1 (2027-01-11) - 42 days"),
        (derived(last_of(1), "+ 7 × 1 month"), "last appointment of course 1 (2027-01-11) + 7 × 1 month"),
        (derived(Anchor("infusion-days", 1, (1, 2, 3))), "appointment days 1, 2, 3 of course 1 (2027-01-11)"),
        (derived(Anchor("each-infusion", 1), "+ 24 hours"),
         "end of each appointment of course 1 (2027-01-11) + 24 hours"),
        (derived(Anchor("requested-start")), "requested start (2027-01-11)"),
        (derived(Anchor("kept")), "kept from the plan before (2027-01-11)"),
        (derived(Anchor("test-on-record")), "done on record (2027-01-11)"),
        (derived(Anchor("on-record", 1)), "a day on record at the clinic (2027-01-11)"),
        (derived(Anchor("observation", name="cd4 of at least 200 cells/uL")),
         "a day on record at the clinic (2027-01-11)"),
        (derived(last_of(1), anchor_kind=None), "a day on record at the clinic (2027-01-11)"),
        (derived(last_of(1), "+ 200 cells"), "counted by rules that the clinic has"),
        (derived(last_of(1), "+ 1 month", rounding="later", result=date(2027, 2, 12)),
         "last appointment of course 1 (2027-01-11) + 1 month, rounded later"),
    ],
)  # fmt: skip
def test_S46_neutral_reasons_are_made_from_facts(because: Derivation, told: str) -> None:
    assert neutral_reason(because, english()) == told.replace("2027-01-11", "Mon 11 Jan 2027")


def test_S46_a_count_on_record_ends_a_period_and_is_not_named() -> None:
    """A count of 250 on 5 April 2027 ends the prophylaxis; the page says the day, and neither test nor threshold."""
    given_days = [{"date": f"2027-01-{day}"} for day in range(11, 16)]
    counts = [{"date": "2027-04-05", "code": "cd4", "value": 250}]
    history = History.model_validate({"infusions": given_days, "observations": counts})
    plan = us_plan(courses=1, history=history, as_of=date(2027, 4, 6), not_before=date(2027, 4, 6))
    told = [row for row in rows_of(full(plan)) if len(row) == 3]
    (row,) = [row for row in told if "Medicine reminder until Mon 5 Apr 2027, last day" in row[1]]
    assert row[2] == "a day on record at the clinic (Mon 5 Apr 2027)"
    table = " ".join(" ".join(row) for row in told).casefold()
    assert [word for word in ("cd4", "200", "250", "cells") if re.search(rf"(?<![0-9]){word}(?![0-9])", table)] == []
    assert [word for word in ("cd4", "cells") if word in full(plan).casefold()] == []
    assert "cd4 of at least 200 cells/uL" in full(plan, titles="clinical")


# --- closed days ---------------------------------------------------------------------------------


def short_saturdays(**more: Any) -> Plan:
    """Course 2 was due on Saturday 15 January 2028; Saturdays close at noon, and an infusion day takes 6 hours."""
    hours = {**dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-17:00"), "sat": "08:00-12:00"}
    place = clinic("America/New_York", opening_hours=hours, **more)
    return plan_treatment(load_protocol("us-2024-05"), place, not_before=START, plan_id="p7")


@pytest.mark.parametrize("titles", ["neutral", "clinical"])
def test_a_saturday_that_is_too_short_is_marked_in_the_month(titles: Any) -> None:
    """15 January 2028 was passed over; so every Saturday of both months is hatched, and the legend says why."""
    document = parsed(full(short_saturdays(), titles=titles))
    shown = [re.sub("( ?[A-Z])+$", "", cell) for cell in cells(document, "closed")]
    expected = [f"{day}too short" for day in (2, 9, 16, 23, 30, 1, 8, 15, 22, 29)]
    assert [cell for cell in shown if "too short" in cell] == expected
    word = "infusion" if titles == "clinical" else "appointment"
    legends = {words_in(node) for node in document.iter("p") if node.get("class") == "legend"}
    frames = "Thick frame: a day at the clinic; its end may be later. Hatched: the clinic is closed"
    letters = "The letters are explained below."
    assert legends == {f"{frames}, or open but not long enough for an {word} (“too short”). {letters}"}
    passed = [[words_in(cell) for cell in row] for row in table_of(document, "passed").findall("tbody/tr")]
    because = {
        "neutral": "open 08:00-12:00 only, too short for an appointment",
        "clinical": "open 08:00-12:00 only; needed: 0 minutes before and 360 after 09:00",
    }
    assert passed[0][2] == f"Saturday 15 January 2028: {because[titles]}"


def test_the_legend_speaks_of_short_days_only_where_there_are_some() -> None:
    document = parsed(full(us_plan()))
    legends = {words_in(node) for node in document.iter("p") if node.get("class") == "legend"}
    frames = "Thick frame: a day at the clinic; its end may be later. Hatched: the clinic is closed."
    assert legends == {f"{frames} The letters are explained below."}


def test_neutral_reasons_of_closed_days_hold_no_words_of_the_clinic() -> None:
    plan = short_saturdays(
        country="US", subdivision="MA",
        closures={"2028-01-17": "public holiday: Zebra", "2028-01-08": "open Zebra"},
        fully_booked={"2028-01-18": "closed on Zebra"}, extra_open={"2027-01-18": "Zebra"},
    )  # fmt: skip
    days = {
        # New Year's Day on a Saturday: its hours are looked at first, as in planning.
        "2028-01-01": ("open 08:00-12:00 only, too short for an appointment", "too short"),
        "2028-01-08": ("closed", "closed"),
        "2028-01-15": ("open 08:00-12:00 only, too short for an appointment", "too short"),
        "2028-01-16": ("closed on Sundays", ""),
        "2028-01-17": ("closed", "closed"),
        "2028-01-18": ("fully booked", "fully booked"),
        "2028-01-19": (None, None),
        "2027-01-18": (None, None),  # Martin Luther King Jr. Day, and an extra day of the clinic
        "2027-01-01": ("public holiday: New Year's Day", "public holiday: New Year's Day"),
    }
    closed = ClosedDays(plan, NEUTRAL)
    found = {day: (closed.reason(date.fromisoformat(day)), closed.in_grid(date.fromisoformat(day))) for day in days}
    assert found == days
    assert "Zebra" not in full(plan)
    assert "Zebra" in full(plan, titles="clinical")


def test_a_start_skipped_on_an_older_calendar_keeps_the_reason_of_that_calendar() -> None:
    """Course 2 was due on Saturday 15 January 2028, when the clinic was closed; later it opened until noon.

    Nothing else has changed, so the course and its skipped start are kept; both pages give the same reason.
    """
    us = load_protocol("us-2024-05")
    plan = plan_treatment(us, clinic("America/New_York"), not_before=START)
    given = History.model_validate({"infusions": [{"date": f"2027-01-{day}"} for day in range(11, 16)]})
    hours = {**dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-17:00"), "sat": "08:00-12:00"}
    place = clinic("America/New_York", opening_hours=hours)
    later = replan(plan, us, place, history=given, as_of=date(2027, 2, 1)).plan
    for titles in ("neutral", "clinical"):
        which: Any = {"titles": titles}
        (row, *_) = table_of(parsed(full(later, **which)), "passed").findall("tbody/tr")
        assert words_in(row).endswith("Saturday 15 January 2028: closed on Saturdays")


@pytest.mark.parametrize(
    ("closure", "words"),
    [
        (None, "closed"),
        (Closure(kind="holiday", name="Harvest Day"), "public holiday: Harvest Day"),
        (Closure(kind="closure", name="Zebra"), "closed"),
        (Closure(kind="booked", name="Zebra"), "fully booked"),
        (Closure(kind="too-short"), "open 08:00-12:00 only, too short for an appointment"),
        (Closure(kind="clock-change"), "open 08:00-12:00 only, too short for an appointment"),
    ],
)
def test_neutral_words_for_a_skipped_start_are_made_from_its_fact(closure: Closure | None, words: str) -> None:
    closed = ClosedDays(short_saturdays(), NEUTRAL)
    day = date(2028, 1, 15)
    skipped = PassedOver(first_day=day, closed_day=day, reason="Zebra", closure=closure)
    assert closed.skipped(skipped) == words


def test_hours_that_have_changed_since_are_not_given_as_too_short() -> None:
    closed = ClosedDays(us_plan(), NEUTRAL)
    monday = date(2028, 1, 10)
    skipped = PassedOver(first_day=monday, closed_day=monday, reason="Zebra", closure=Closure(kind="too-short"))
    assert closed.skipped(skipped) == "too short for an appointment"


def test_where_all_days_are_on_record_only_the_week_decides() -> None:
    plan = short_saturdays()
    courses = [course.model_copy(update={"status": "complete"}) for course in plan.courses]
    closed = ClosedDays(plan.model_copy(update={"courses": courses}), NEUTRAL)
    assert (closed.reason(date(2028, 1, 15)), closed.in_grid(date(2028, 1, 16))) == (None, "")


@settings(max_examples=examples(40))
@given(case=cases())
def test_the_grid_marks_the_days_on_which_planning_gives_no_infusion(case: Case) -> None:
    """For each day of the months of every course: marked if and only if it is closed to the oracle."""
    plan = planned(case)
    closed, why_closed = ClosedDays(plan, wording.Wording(clinical=True)), case.why_closed
    months = {day.date.replace(day=1) for day in plan.infusion_days}
    days = [date.fromordinal(month.toordinal() + step) for month in months for step in range(28)]
    assert [closed.reason(day) is None for day in days] == [why_closed(day) is None for day in days]
    assert [closed.in_grid(day) is None for day in days] == [why_closed(day) is None for day in days]
    assert all(closed.reason(one.closed_day) == one.reason for course in plan.courses for one in course.passed_over)


# --- nothing leaks -------------------------------------------------------------------------------

MARK: Final = "zq"
MARKS: Final = tuple(f"{MARK}{letter}x" for letter in "abcdefghijklmnop")
"""Words that no page has by itself; each stands for another field."""


def marked_protocol(protocol: Protocol) -> Protocol:
    """Return a protocol whose texts are marked, but for its neutral titles, which are told by a number."""
    actions = []
    for number, action in enumerate(protocol.actions, start=1):
        texts: dict[str, Any] = {
            "title": f"{MARKS[0]} {action.title}",
            "neutral_title": f"Neutral {number}",
            "applies_to": MARKS[1],
            "codes": [{"system": f"http://{MARKS[2]}.example", "code": MARKS[3], "display": MARKS[4]}],
        }
        if action.kind == "note":
            texts["text"] = f"{MARKS[5]} {action.text}"
        if action.kind == "period" and action.open_until:
            texts["open_until"] = action.open_until.model_copy(update={"unit": MARKS[6]})
        actions.append(action.model_copy(update=texts))
    sources = [one.model_copy(update={"document": MARKS[7]}) for one in protocol.sources]
    return protocol.model_copy(update={"title": MARKS[8], "actions": actions, "sources": sources})


def marked_clinic(place: Clinic) -> Clinic:
    lists = {
        name: [one.model_copy(update={"reason": f"{MARKS[9]} {one.reason}"}) for one in getattr(place, name)]
        for name in ("closures", "extra_open", "fully_booked")
    }
    return place.model_copy(update={"name": f"{MARKS[10]} clinic", **lists})


@st.composite
def treatments(draw: st.DrawFn) -> tuple[Plan, set[str]]:
    """Return a plan from marked parts, and the words that none of its neutral outputs may hold."""
    case = draw(cases())
    protocol = marked_protocol(case.protocol.protocol)
    asked: dict[str, Any] = {"not_before": case.not_before, "courses": case.courses, "plan_id": "p7"}
    try:
        place = marked_clinic(case.clinic.noun())
        plan = plan_treatment(protocol, place, **asked)
        if draw(one_in(2)):
            plan = plan_treatment(protocol, place, **asked | recorded(draw, plan))
    except ScheduleError:  # no block of open days, a start that is too late, or a record that nothing can follow
        reject()
    own = {action.id for action in protocol.actions}
    return plan, {*MARKS, *own, protocol.name, protocol.id} - PLAIN


def recorded(draw: st.DrawFn, plan: Plan) -> dict[str, Any]:
    """Return what is on record of a plan's first course: days, tests, decisions, overrides, all with marked words."""
    days = [day.date for day in plan.courses[0].days][: draw(pick(1, 2, 3, 5))]
    seen = date.fromordinal(days[-1].toordinal() + draw(pick(1, 20, 70, 100)))
    code = next((one.action for one in plan.activities if one.kind == "series"), "cd4")
    observations = [
        {"date": seen, "code": draw(pick("cd4", code)), "value": draw(pick(4711, 199, 200))},
        {"date": date.fromordinal(days[0].toordinal() - 2), "code": code},
    ]
    history = {
        "patient": MARKS[11],
        "infusions": [{"row": row, "date": day, "dose_mg": 12} for row, day in enumerate(days, start=1)],
        "observations": observations,
        "overrides": [{"code": "dose-differs", "by": MARKS[12], "why": MARKS[13], "on": days[0]}],
    }
    decision = {"course": 1, "decision": draw(pick("treat-as-complete", "new-course")), "on": seen}
    decision |= {"by": MARKS[14], "why": MARKS[15]}
    return {
        "history": History.model_validate(history),
        "as_of": seen,
        "not_before": date.fromordinal(seen.toordinal() + 1),
        "decisions": [Decision.model_validate(decision)] if draw(one_in(2)) else [],
    }


PLAIN: Final = frozenset({"closing", "opening", "medicine", "watch", "small", "own"})
"""Ids of drawn actions that are plain words of a page."""


Pages = tuple[tuple[Layout, str], ...]
"""Layouts of pages, each with a language."""

PAGES: Final[Pages] = tuple((layout, language) for layout in get_args(Layout) for language in ("en", "de"))
CROSSED: Final = ((PAGES[0], PAGES[3]), (PAGES[1], PAGES[2]))
"""Both layouts in one language each, in the two ways there are."""


def neutral_texts(plan: Plan, pages: Pages = PAGES) -> Iterator[tuple[str, str]]:
    """Yield every neutral output of a plan, in lower case, its folds undone."""
    for layout, language in pages:
        page = to_html(plan, layout=layout, language=language)
        yield f"page, {layout}, {language}", re.sub("<style>.*?</style>", "", page, flags=re.DOTALL).casefold()
    yield "picture", timeline(plan).casefold()
    for spans in ("all-day", "start-end", "none"):
        how: Any = {"spans": spans}
        file = to_ics(plan, stamp=STAMP, **how)
        yield f"calendar, {spans}", file.replace(b"\r\n ", b"").decode().casefold()
    yield "rows", "\n".join(row["neutral_title"] for row in to_rows(plan)).casefold()


def leaks(plan: Plan, secret: set[str], pages: Pages = PAGES) -> Iterator[tuple[str, str]]:
    """Yield each word that an output holds and must not: whole words of the list, and marks wherever they stand."""
    words = {*secret, "4711", "cells", "lemtrada", "alemtuzumab"}
    form = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, sorted(words)))})(?![a-z0-9])|{'|'.join(MARKS)}")
    for name, text in neutral_texts(plan, pages):
        if any(word in text for word in (MARK, *words.difference(MARKS))):  # the form takes far longer
            yield from ((name, found[0]) for found in form.finditer(text))


@pytest.mark.sweep
@settings(max_examples=120)
@given(drawn=treatments(), pages=pick(*CROSSED))
def test_S46_neutral_outputs_hold_nothing_of_protocol_record_and_clinic(
    drawn: tuple[Plan, set[str]], pages: Pages
) -> None:
    plan, secret = drawn
    assert set(leaks(plan, secret, pages)) == set()


@cache
def marked_plan() -> Plan:
    place = marked_clinic(clinic("America/New_York", closures={"2028-01-17": "Renovation"}))
    return plan_treatment(marked_protocol(load_protocol("us-2024-05")), place, not_before=START, plan_id="p7")


def test_S46_a_plan_of_marked_parts_leaks_nothing() -> None:
    assert set(leaks(marked_plan(), set(MARKS))) == set()


def of_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "neutral_reason", lambda because, _written: f"{because.cite} {MARKS[0]}")


def of_closures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClosedDays, "_neutral", lambda _self, closure, _day: closure.name)


def of_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "neutral_title", lambda item: item.title)


def of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "neutral_title", lambda item: item.title)


@pytest.mark.parametrize(
    ("leak", "writer"),
    [(of_page, "page, full, de"), (of_closures, "page, sheet, en"), (of_calendar, "calendar, none"), (of_rows, "rows")],
)
def test_S46_a_leak_that_was_planted_is_found(monkeypatch: pytest.MonkeyPatch, leak: Any, writer: str) -> None:
    leak(monkeypatch)
    assert any(name == writer for name, _ in leaks(marked_plan(), set(MARKS)))


def test_plain_words_for_whom_it_is_stay_and_others_do_not() -> None:
    protocol = load_protocol("us-2024-05")
    assert any("Appointment (women)" in row[1] for row in rows_of(full(us_plan())) if len(row) == 3)
    actions = [one.model_copy(update={"applies_to": "women with Zebra"}) for one in protocol.actions]
    own = protocol.model_copy(update={"actions": actions})
    plan = plan_treatment(own, clinic("America/New_York"), not_before=START)
    assert "Zebra" not in full(plan)
