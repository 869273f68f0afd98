"""S46: neutral titles that could be mistaken for each other, and S40: visit groups, as a protocol's file has them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_schedule import InvalidInput, Protocol, load_protocol, plan_treatment, protocol_names, read_protocol
from lemtrada_schedule.dates.spans import Offset, Span
from lemtrada_schedule.dates.stretches import OPEN, Stretch, earliest, end_apart, latest, least_days
from lemtrada_schedule.plan.activities import PeriodActivity
from tests.support.clinics import WEEK, clinic_open

FIVE_AND_THREE: Final = """
[[courses]]
infusion_days = 5
cite = "sop"
[[courses]]
infusion_days = 3
minimum_interval = "12 months"
cite = "sop"
"""
HEAD: Final = """
id = "small"
title = "Small"
revision = "1"
course_gap_days = { days = 15, cite = "sop" }
DISTINCT
[sources.sop]
document = "Our procedure"
[infusion_day]
infusion_minutes = 240
observation_minutes = 120
dose_mg = 12
cite = "sop"
COURSES
[[actions]]
id = "contraception"
neutral_title = "Period"
kind = "period"
starts = "first infusion"
ends = "last infusion + 4 months"
cite = "sop"
"""


def action(name: str, **fields: Any) -> str:
    """Return an action as TOML, with the neutral title of contraception unless it has another."""
    table = {"id": name, "neutral_title": "Period", "cite": "sop", **fields}
    lines = (f'{key} = "{value}"' if type(value) is str else f"{key} = {value}" for key, value in table.items())
    return "\n".join(["[[actions]]", *lines, ""])


def small(tmp_path: Path, *actions: str, distinct: bool = True, courses: str = FIVE_AND_THREE) -> Protocol:
    """Return a protocol of contraception and some more actions."""
    head = HEAD.replace("COURSES", courses).replace("DISTINCT", 'neutral_titles = "distinct"' if distinct else "")
    (tmp_path / "small.toml").write_text(head + "\n".join(actions), encoding="utf-8")
    return read_protocol(tmp_path / "small.toml")


@contextmanager
def refused(*places: str) -> Iterator[list[str]]:
    """Expect contradictions at these places, and give their messages."""
    said: list[str] = []
    with pytest.raises(InvalidInput) as caught:
        yield said
    assert [(one.code, one.place.rpartition(": ")[2]) for one in caught.value.problems] == [
        ("protocol-contradiction", place) for place in places
    ]
    said += [one.message for one in caught.value.problems]


# Each with contraception: from the first infusion, to the last infusion + 4 months, with every course.
REFUSED: Final[dict[str, dict[str, Any]]] = {
    "a period with another end": {"kind": "period", "starts": "first infusion", "ends": "last infusion + 3 days"},
    "the same length, written otherwise": {
        "kind": "period",
        "starts": "first infusion",
        "ends": "last infusion + 120 days",
    },
    "the same end from another anchor": {
        "kind": "period",
        "starts": "first infusion",
        "ends": "first infusion + 4 months",
    },
    "a period without an end": {"kind": "period", "starts": "first infusion"},
    "a period that stays open": {
        "kind": "period",
        "starts": "first infusion",
        "ends": "last infusion + 4 months",
        "open_until": {"observation": "cd4", "at_least": 200, "unit": "cells/uL"},
    },
    "one day in common": {"kind": "period", "starts": "first infusion - 1 week", "ends": "first infusion"},
    "one day in common, at the end": {
        "kind": "period",
        "starts": "last infusion + 4 months",
        "ends": "last infusion + 6 months",
    },
    "hours after an infusion": {"kind": "after-infusion", "hours": 24},
    "infusion days": {"kind": "infusion-days", "days": [1, 2, 3]},
    "a window without a beginning": {"kind": "window", "closes": "last infusion + 1 week"},
    "a window without an end": {"kind": "window", "opens": "last infusion + 1 week"},
    "a window before the next course, from any day": {"kind": "window", "closes": "first infusion - 42 days"},
    "a period that begins long before the next course": {
        "kind": "period",
        "starts": "first infusion - 9 months",
        "ends": "first infusion - 1 day",
    },
    "once in a treatment, to the end of the last course": {
        "kind": "period",
        "starts": "first infusion",
        "ends": "last infusion + 4 months",
        "per": "treatment",
    },
    "with the first course only": {
        "kind": "period",
        "starts": "first infusion",
        "ends": "last infusion + 5 months",
        "per": "first-course",
    },
}

ALLOWED: Final[dict[str, dict[str, Any]]] = {
    "the same end": {"kind": "period", "starts": "first infusion", "ends": "last infusion + 4 months"},
    "the same end, begun later": {"kind": "period", "starts": "last infusion", "ends": "last infusion + 4 months"},
    "the same end, with the first course only": {
        "kind": "period",
        "starts": "first infusion",
        "ends": "last infusion + 4 months",
        "per": "first-course",
    },
    "ended before": {"kind": "period", "starts": "first infusion - 2 weeks", "ends": "first infusion - 1 day"},
    "begun after": {"kind": "period", "starts": "last infusion + 5 months", "ends": "last infusion + 6 months"},
    "a window before the next course": {
        "kind": "window",
        "opens": "first infusion - 30 days",
        "closes": "first infusion - 1 day",
    },
    "a window before the first course, from any day": {
        "kind": "window",
        "closes": "first infusion - 1 day",
        "per": "first-course",
    },
    "due on days": {"kind": "series", "every": "1 month", "until": "last infusion + 48 months"},
    "words": {"kind": "note", "text": "Words"},
    "another title": {
        "kind": "period",
        "starts": "first infusion",
        "ends": "last infusion + 3 days",
        "neutral_title": "Period, days",
    },
}


def toml(fields: dict[str, Any]) -> str:
    wait = fields.get("open_until")
    if wait:
        inline = f'{{ observation = "{wait["observation"]}", at_least = {wait["at_least"]}, unit = "{wait["unit"]}" }}'
        return action("other", **{name: one for name, one in fields.items() if name != "open_until"}) + (
            f"open_until = {inline}\n"
        )
    return action("other", **fields)


@pytest.mark.parametrize("fields", REFUSED.values(), ids=REFUSED)
def test_S46_titles_that_could_be_mistaken_are_refused(fields: dict[str, Any], tmp_path: Path) -> None:
    with refused("actions.other.neutral_title") as said:
        small(tmp_path, toml(fields))
    (message,) = said
    assert message == (
        "'contraception' has the same neutral title, can apply on the same day and ends on another; "
        "give them different titles"
    )


@pytest.mark.parametrize("fields", REFUSED.values(), ids=REFUSED)
def test_S46_in_older_files_they_are_allowed_and_known(fields: dict[str, Any], tmp_path: Path) -> None:
    protocol = small(tmp_path, toml(fields), distinct=False)
    assert protocol.alike_in_neutral_titles == (("contraception", "other"),)


@pytest.mark.parametrize("fields", ALLOWED.values(), ids=ALLOWED)
def test_S46_titles_that_cannot_be_mistaken_are_allowed(fields: dict[str, Any], tmp_path: Path) -> None:
    assert small(tmp_path, toml(fields)).alike_in_neutral_titles == ()


def test_S46_an_interrupted_course_takes_longer(tmp_path: Path) -> None:
    """Five infusions, each up to 15 days after the one before: the last one lies up to 60 days after the first."""
    fields = {"kind": "period", "starts": "first infusion + 5 months", "ends": "first infusion + 6 months"}
    with refused("actions.other.neutral_title"):
        small(tmp_path, toml(fields))
    later = {"kind": "period", "starts": "first infusion + 7 months", "ends": "first infusion + 8 months"}
    assert small(tmp_path, toml(later)).alike_in_neutral_titles == ()


def test_S46_courses_that_follow_each_other_closely(tmp_path: Path) -> None:
    """With 3 months between courses, periods of 4 months with the same rule end on different days."""
    close = FIVE_AND_THREE.replace("12 months", "3 months")
    fields = ALLOWED["the same end"]
    with refused("actions.other.neutral_title"):
        small(tmp_path, toml(fields), courses=close)
    once = close.partition("[[courses]]\ninfusion_days = 3")[0]
    assert small(tmp_path, toml(fields), courses=once).alike_in_neutral_titles == ()
    from_first = close.replace('"3 months"', '"5 months"\ncounted_from = "first infusion"')
    with refused("actions.other.neutral_title"):
        small(tmp_path, toml(fields), courses=from_first)


def test_S46_once_in_a_treatment_meets_what_comes_with_every_course(tmp_path: Path) -> None:
    """The window closes before the first infusion, so before the period of course 1 begins, but not before course 2."""
    whole = {"kind": "period", "starts": "last infusion + 1 week", "per": "treatment", "neutral_title": "Card"}
    window = {"kind": "window", "closes": "first infusion - 1 day", "neutral_title": "Card"}
    with refused("actions.b.neutral_title"):
        small(tmp_path, action("a", **whole), action("b", **window))
    first = small(tmp_path, action("a", **whole), action("b", **window, per="first-course"))
    assert first.alike_in_neutral_titles == ()


def test_S46_a_visit_group_has_one_title(tmp_path: Path) -> None:
    one = {"kind": "window", "closes": "first infusion - 1 day", "neutral_title": "Test"}
    other = {"kind": "window", "closes": "first infusion - 2 days", "neutral_title": "Test"}
    with refused("actions.b.neutral_title"):
        small(tmp_path, action("a", **one), action("b", **other))
    with refused("actions.b.neutral_title"):
        small(tmp_path, action("a", **one, visit="laboratory"), action("b", **other, visit="other-doctor"))
    together = small(tmp_path, action("a", **one, visit="laboratory"), action("b", **other, visit="laboratory"))
    assert together.alike_in_neutral_titles == ()


def test_S46_every_pair_is_told(tmp_path: Path) -> None:
    days, hours = REFUSED["a period with another end"], REFUSED["hours after an infusion"]
    with refused("actions.a.neutral_title", "actions.b.neutral_title", "actions.b.neutral_title"):
        small(tmp_path, action("a", **days), action("b", **hours))


def test_S46_overlays_of_r2_are_refused_and_of_older_revisions_are_not(tmp_path: Path) -> None:
    watch = action("reaction-watch", kind="after-infusion", hours=48, cite="faq").replace(
        "Period", "Precaution period, months"
    )
    for base in ("us", "us-2024-05-r2"):
        (tmp_path / "own.toml").write_text(f'extends = "{base}"\nid = "own"\n{watch}', encoding="utf-8")
        with refused("actions.contraception.neutral_title"):
            read_protocol(tmp_path / "own.toml")
    older = watch.replace("Precaution period, months", "Precaution period")
    (tmp_path / "own.toml").write_text(f'extends = "us-2024-05"\nid = "own"\n{older}', encoding="utf-8")
    assert ("reaction-watch", "contraception") in read_protocol(tmp_path / "own.toml").alike_in_neutral_titles


def test_S46_an_overlay_cannot_switch_it_off(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('extends = "us"\nid = "own"\nneutral_titles = "alike"\n', encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_protocol(tmp_path / "own.toml")
    assert [(one.code, one.place.rpartition(": ")[2]) for one in caught.value.problems] == [
        ("unknown-name", "neutral_titles")
    ]


@pytest.mark.parametrize("name", protocol_names())
def test_S46_the_shipped_files_from_r2_on_are_strict(name: str) -> None:
    protocol = load_protocol(name)
    strict = name not in {"us-2024-05", "eu-2020-01"}
    assert protocol.neutral_titles == ("distinct" if strict else None)
    assert bool(protocol.alike_in_neutral_titles) != strict


@pytest.mark.parametrize("name", ["us-2024-05-r2", "eu-2020-01-r2"])
def test_S46_in_a_plan_no_two_periods_of_one_title_end_on_different_days(name: str) -> None:
    """The law itself, on the days of a plan: 4 courses, every pair of periods of different actions."""
    plan = plan_treatment(load_protocol(name), clinic_open(WEEK), not_before=date(2027, 1, 11), courses=4)
    periods = [one for one in (*plan.contraception, *plan.activities) if isinstance(one, PeriodActivity)]
    assert len({one.action for one in periods}) >= 3
    mistaken = [
        (a.id, b.id)
        for a in periods
        for b in periods
        if a.action < b.action and a.neutral_title == b.neutral_title and a.last_day != b.last_day
        if a.first_day <= (b.last_day or date.max) and b.first_day <= (a.last_day or date.max)
    ]
    assert mistaken == []


TITLES: Final = {
    "us-2024-05-r2": {
        "vaccinations": "Preparation deadline",
        "corticosteroid": "Medicine reminder, at the clinic",
        "herpes-prophylaxis": "Medicine reminder, at home",
        "reaction-watch": "Precaution period, short",
        "stroke-watch": "Precaution period, days",
        "contraception": "Precaution period, months",
        "blood-count": "Laboratory test",
        "creatinine": "Laboratory test",
        "urinalysis": "Laboratory test",
        "liver-tests": "Laboratory test",
        "thyroid": "Laboratory test",
        "urine-protein-creatinine": "Laboratory test",
        "skin-examination": "Appointment, examination",
        "hpv": "Appointment, screening",
    },
    "eu-2020-01-r2": {
        "vaccinations": "Preparation deadline",
        "listeria-diet": "Food reminder",
        "corticosteroid": "Medicine reminder, at the clinic",
        "herpes-prophylaxis": "Medicine reminder, at home",
        "reaction-watch": "Precaution period, short",
        "stroke-watch": "Precaution period, days",
        "contraception": "Precaution period, months",
        "breastfeeding": "Precaution period, months",
        "alert-card": "Card to carry",
        "ecg": "Appointment, before treatment",
        "blood-count": "Laboratory test",
        "creatinine": "Laboratory test",
        "urinalysis": "Laboratory test",
        "liver-tests": "Laboratory test",
        "thyroid": "Laboratory test",
        "cervical-screening": "Appointment, screening",
    },
}


@pytest.mark.parametrize("name", TITLES)
def test_S46_the_neutral_titles_by_hand(name: str) -> None:
    protocol = load_protocol(name)
    assert {one.id: one.neutral_title for one in protocol.actions if one.kind != "note"} == TITLES[name]
    assert {one.neutral_title for one in protocol.actions if one.kind == "note"} == {"Information"}


# --- visit groups -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TITLES)
def test_S40_the_laboratory_visit_by_hand(name: str) -> None:
    protocol = load_protocol(name)
    found = [one.id for one in protocol.actions if getattr(one, "visit", None) == "laboratory"]
    tests = ["blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid"]
    assert found == [*tests, *(["urine-protein-creatinine"] if name.startswith("us") else [])]
    others = {getattr(one, "visit", None) for one in protocol.actions if one.id not in found}
    assert others == {None}


SERIES: Final = {"kind": "series", "every": "1 month", "neutral_title": "Test"}


def test_S40_a_visit_group_is_named_by_several_actions(tmp_path: Path) -> None:
    protocol = small(tmp_path, action("a", **SERIES, visit="laboratory"), action("b", **SERIES, visit="laboratory"))
    assert [getattr(one, "visit", None) for one in protocol.actions] == [None, "laboratory", "laboratory"]


@pytest.mark.parametrize(
    ("visit", "words"),
    [("contraception", "is the id of an action"), ("b-visit", "is reserved for visits of 'b'")],
)
def test_S40_a_visit_group_takes_no_name_that_is_taken(visit: str, words: str, tmp_path: Path) -> None:
    with refused("actions.a.visit") as said:
        small(tmp_path, action("a", **SERIES, visit=visit), action("b", **SERIES))
    assert f"'{visit}' {words}" in said[0]


def test_S40_no_action_has_the_name_of_the_visits_of_another(tmp_path: Path) -> None:
    """Both would have an item `b-visit/course-1/3`, and two events of a calendar one UID."""
    with refused("actions.b.id") as said:
        small(tmp_path, action("b", **SERIES), action("b-visit", **SERIES))
    assert "its visits are named 'b-visit', which is the id of another action" in said[0]
    small(tmp_path, action("b", **SERIES, visit="laboratory"), action("b-visit", **SERIES))


def test_S40_the_name_of_a_visit_that_is_in_a_group_is_free(tmp_path: Path) -> None:
    small(tmp_path, action("a", **SERIES, visit="b-visit"), action("b", **SERIES, visit="b-visit"))


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "period", "starts": "first infusion"},
        {"kind": "infusion-days", "days": [1]},
        {"kind": "after-infusion", "hours": 1},
        {"kind": "note", "text": "x"},
    ],
    ids=lambda fields: str(fields["kind"]),
)
def test_S40_only_tests_and_windows_belong_to_a_visit(fields: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        small(tmp_path, action("a", **fields, visit="laboratory", neutral_title="Test"))
    assert [(one.code, one.place.rpartition(": ")[2]) for one in caught.value.problems] == [
        ("unknown-key", "actions.a.visit")
    ]


@pytest.mark.parametrize("visit", ["", "Blood draw", "x" * 200, 5, True])
def test_S40_a_visit_group_is_an_identifier(visit: Any, tmp_path: Path) -> None:
    written = str(visit).lower() if type(visit) is bool else visit
    lines = action("a", **SERIES) + (f'visit = "{visit}"' if type(visit) is str else f"visit = {written}")
    with pytest.raises(InvalidInput) as caught:
        small(tmp_path, lines)
    assert [one.place.rpartition(": ")[2] for one in caught.value.problems] == ["actions.a.visit"]


# --- how long a stretch may be ---------------------------------------------------------------------

DAYS: Final = [date(2096, 1, 1) + timedelta(days=step) for step in range(366 * 5)]
"""With 29 February 2096, and without one in 2100."""


@pytest.mark.sweep
@pytest.mark.parametrize(
    "span", ["1 day", "6 weeks", *(f"{n} months" for n in range(2, 50)), "1 month", "1 year", "4 years"]
)
def test_the_bounds_of_a_span_hold_on_every_day(span: str) -> None:
    """Counted to both sides, and rounded either way."""
    found = {
        abs((Span.parse(span).after(day, rounding=rounding, times=times) - day).days)
        for day in DAYS
        for rounding in ("later", "earlier")
        for times in (1, -1)
    }
    least, most = least_days(Span.parse(span)), latest(Offset.parse(f"last infusion + {span}"), 1)
    assert least <= min(found)
    assert max(found) <= most
    assert most - least <= 4 + len(range(0, most, 300))


def test_offsets_by_hand() -> None:
    """A course of 5 days: its last infusion is day 4. Two months have 59 to 62 days; 58 to 63 are said."""
    assert earliest(Offset.parse("first infusion"), 5) == latest(Offset.parse("first infusion"), 5) == 0
    assert earliest(Offset.parse("last infusion"), 5) == latest(Offset.parse("last infusion"), 5) == 4
    assert earliest(Offset.parse("first infusion - 42 days"), 5) == -42
    assert latest(Offset.parse("last infusion + 3 days"), 5) == 7
    assert (
        earliest(Offset.parse("last infusion + 2 months"), 5),
        latest(Offset.parse("last infusion + 2 months"), 5),
    ) == (
        62,
        67,
    )
    assert (
        earliest(Offset.parse("first infusion - 2 months"), 5),
        latest(Offset.parse("first infusion - 2 months"), 5),
    ) == (-63, -58)


def test_a_stretch_is_met_by_that_of_the_next_course_alone_if_there_is_one() -> None:
    long, window = Stretch(0, 400, "a"), Stretch(-10, -1, "b")
    assert end_apart(long, window, next_first=365)
    assert end_apart(window, long, next_first=365)
    assert not end_apart(long, window, next_first=OPEN)
    assert not end_apart(long, window._replace(recurs=False), next_first=365)
    assert not end_apart(long._replace(last=354), window, next_first=365)
    assert end_apart(long._replace(last=355), window, next_first=365)


stretches = st.builds(Stretch, st.integers(-50, 50), st.integers(-50, 50), st.sampled_from("ab"), st.booleans()).filter(
    lambda one: one.first <= one.last
)


@given(stretches, stretches, st.one_of(st.integers(1, 120), st.just(OPEN)))
def test_stretches_are_compared_day_by_day(one: Stretch, other: Stretch, next_first: float) -> None:
    """The slow way: every day of both, the next course beginning on any day from `next_first` on."""

    def days_of(stretch: Stretch, shift: int = 0) -> set[int]:
        return set(range(int(stretch.first) + shift, int(stretch.last) + shift + 1))

    apart = one.end != other.end and bool(days_of(one) & days_of(other))
    for earlier, later in ((one, other), (other, one)):
        if later.recurs and next_first != OPEN:
            apart |= any(days_of(earlier) & days_of(later, shift) for shift in range(int(next_first), 260))
    assert end_apart(one, other, next_first=next_first) == apart
