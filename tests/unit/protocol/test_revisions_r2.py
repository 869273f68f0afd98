"""What the second revisions hold, fact by fact: the facts' numbers stand in the names and comments of the tests."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

import pytest

from lemtrada_schedule import History, evaluate, explain, load_protocol, plan_treatment, protocol_names
from lemtrada_schedule.plan.activities import SeriesActivity
from tests.support.clinics import WEEK, clinic_open

R2: Final = tuple(name for name in protocol_names() if name.endswith("-r2"))
US, EU = "us-2024-05-r2", "eu-2020-01-r2"


def text_of(name: str) -> str:
    return (files("lemtrada_schedule") / "labels" / f"{name}.toml").read_text(encoding="utf-8")


@cache  # nobody changes it
def raw(name: str) -> dict[str, Any]:
    return tomllib.loads(text_of(name))


def action(name: str, identifier: str) -> dict[str, Any]:
    (found,) = [one for one in raw(name)["actions"] if one["id"] == identifier]
    return dict(found)


def tables(node: Any) -> Iterator[dict[str, Any]]:
    if type(node) is dict:
        yield node
        for part in node.values():
            yield from tables(part)
    elif type(node) is list:
        for part in node:
            yield from tables(part)


def ids(name: str, *, notes: bool) -> set[str]:
    return {one["id"] for one in raw(name)["actions"] if (one["kind"] == "note") == notes}


def test_there_are_two() -> None:
    assert R2 == (EU, US)


# --- sources ----------------------------------------------------------------------------------------


def test_one_source_has_one_grade_in_both_files() -> None:
    grades: defaultdict[str, set[str]] = defaultdict(set)
    for name in R2:
        for table in tables(raw(name)):
            if "cite" in table:
                grades[table["cite"]].add(table["grade"])
    assert {cite for cite, found in grades.items() if len(found) != 1} == set()
    assert grades["pc4"] == grades["eu-smpc-4-4"] == {"B"}


@pytest.mark.parametrize("name", R2)
def test_where_pc4_is(name: str) -> None:
    """F13."""
    assert raw(name)["sources"]["pc4"]["where"] == "github.com/wardle/pc4"


def test_where_the_us_sources_are() -> None:
    """F13."""
    sources = raw(US)["sources"]
    assert sources["faq"]["where"] == "lemtrada.com"
    assert sources["isi"]["where"] == "no address is known"


def test_the_us_header_says_which_part_of_the_label_was_read() -> None:
    """F14."""
    header = re.sub(r"\n# ?", " ", text_of(US).partition("\nid = ")[0])
    assert "Of the label as updated in May 2024: the boxed warning only." in header


def test_sources_that_nothing_cites_any_more_are_gone() -> None:
    """F6, and the end of section 7."""
    gone = {"eu-leaflet", "eu-2013", "us-faq", "au-cmi", "se", "se-checklist"}
    assert gone <= set(raw("eu-2020-01")["sources"])
    assert gone.isdisjoint(raw(EU)["sources"])


CITED: Final = (
    (EU, "contraception", "eu-pl", "B", "label"),  # F1, E12
    (EU, "breastfeeding", "eu-pl", "B", "label"),
    (EU, "alert-card", "eu-pl", "B", "label"),  # F1, E14
    (EU, "monitoring-longer", "mims", "B", "label"),
    (EU, "corticosteroid", "eu-pl", "B", "label"),  # F2, E5
    (US, "tuberculosis-screening", "uspi-2", "B", "label"),  # F3
    (US, "vzv-vaccination", "uspi-2", "B", "label"),
    (EU, "reaction-watch", "eu-pl", "B", "label"),  # F7, E3
    (EU, "thyroid", "onmeda", "B", "label"),  # F8, E13
    (EU, "vaccinations", "eu-pl", "B", "label"),  # F9, E8
    (US, "urine-protein-creatinine", "isi", "A", "convention"),  # F10
    (US, "liver-tests", "eu-smpc-4-4", "B", "convention"),  # F11
    (EU, "liver-tests", "eu-smpc-4-4", "B", "label"),  # F6
    (EU, "ecg", "sanofi-nl", "A", "convention"),  # F12, E21
    (EU, "cervical-screening", "eu-pl", "B", "label"),  # F12, E7
    (EU, "live-vaccines", "eu-pl", "B", "label"),  # F12, E9
    (EU, "stroke-watch", "eu-pl", "B", "label"),  # E4
    (US, "late-reactions", "hcp-monitoring", "A", "label"),  # U9
    (US, "dilution", "uspi-2-5", "B", "label"),  # U1, U2
    (US, "breastfeeding", "lactation", "B", "label"),  # U7
    (US, "rems", "rems-2024", "A", "label"),  # U11
)


@pytest.mark.parametrize(("name", "identifier", "cite", "grade", "basis"), CITED)
def test_source_grade_and_basis_by_hand(name: str, identifier: str, cite: str, grade: str, basis: str) -> None:
    found = action(name, identifier)
    assert (found["cite"], found["grade"], found.get("basis", "label")) == (cite, grade, basis)


def test_limits_by_hand() -> None:
    """F4, F5, F7."""
    us, eu = raw(US), raw(EU)
    assert us["course_gap_days"] == eu["course_gap_days"] == {
        "days": 15, "cite": "pc4", "grade": "B", "basis": "convention"
    }  # fmt: skip
    assert us["data_limited_beyond"] == {"courses": 3, "cite": "hcp", "grade": "A"}
    assert eu["minimum_age"] == {"years": 18, "cite": "eu-pl", "grade": "B"}
    assert eu["infusion_day"]["observation"] == {"cite": "sanofi-nl", "grade": "A"}


def test_what_europe_leaves_out_is_said_anew() -> None:
    """F12, S26."""
    said = action(EU, "not-shipped")["text"]
    words = ("platelet", "ECG before later courses", "MRI", "skin examination")
    assert [word for word in words if word not in said] == []
    assert [word for word in ("HPV", "live vaccines") if word in said] == []


# --- what differs from the older revision -------------------------------------------------------------


def test_no_number_of_a_course_has_changed() -> None:
    """Section 3: no wrong number was found."""
    for older, newer in (("us-2024-05", US), ("eu-2020-01", EU)):
        one, other = load_protocol(older), load_protocol(newer)
        assert [(rule.infusion_days, rule.minimum_interval, rule.counted_from) for rule in one.courses] == [
            (rule.infusion_days, rule.minimum_interval, rule.counted_from) for rule in other.courses
        ]
        assert one.infusion_day.minutes == other.infusion_day.minutes == 360
        assert one.course_limit == other.course_limit


def test_the_items_that_came_and_went_by_hand() -> None:
    assert ids(US, notes=False) == ids("us-2024-05", notes=False)
    assert ids("us-2024-05", notes=True) <= ids(US, notes=True)
    assert ids(US, notes=True) - ids("us-2024-05", notes=True) == {
        "vital-signs", "antihistamine-antipyretic", "dilution", "breastfeeding", "rems"
    }  # fmt: skip
    assert ids("eu-2020-01", notes=False) <= ids(EU, notes=False)
    assert ids(EU, notes=False) - ids("eu-2020-01", notes=False) == {
        "stroke-watch", "alert-card", "ecg", "cervical-screening"
    }  # fmt: skip
    assert ids("eu-2020-01", notes=True) - ids(EU, notes=True) == {"alert-card"}
    assert ids(EU, notes=True) - ids("eu-2020-01", notes=True) == {
        "vital-signs", "dilution", "slower-infusion", "driving", "infections-before-treatment", "live-vaccines",
        "patient-card-and-guide", "symptoms-longer",
    }  # fmt: skip


DATING: Final = ("starts", "ends", "every", "until", "opens", "closes", "days", "hours", "per", "open_until")


@pytest.mark.parametrize(("older", "newer"), [("us-2024-05", US), ("eu-2020-01", EU)])
def test_the_dates_that_changed_by_hand(older: str, newer: str) -> None:
    """Of the dated items in both: in Europe vaccinations before every course (F9), and tests before it (E13)."""
    changed = {
        (name, key)
        for name in ids(older, notes=False)
        for key in (*DATING, "baseline")
        if str(dates(older, name).get(key)) != str(dates(newer, name).get(key))
    }
    tests = {"blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid"}
    in_europe = {("vaccinations", "per"), *((name, "baseline") for name in tests)}
    assert changed == (in_europe if newer == EU else set())


def dates(name: str, identifier: str) -> dict[str, Any]:
    found = action(name, identifier)
    if "baseline" in found:
        found["baseline"] = {key: found["baseline"].get(key) for key in ("within", "reuse")}
    return found


# --- in use -------------------------------------------------------------------------------------------


def europe(first: date = date(2027, 3, 1), **asked: Any) -> Any:
    return plan_treatment(load_protocol(EU), clinic_open(WEEK, **asked), not_before=first, courses=2)


def test_vaccinations_come_before_every_course() -> None:
    """F9. 1 March 2027 - 42 days = 18 January. 5 March 2028 - 42 days = 23 January."""
    found = [one.last_day for one in europe().activities if one.action == "vaccinations"]
    assert found == [date(2027, 1, 18), date(2028, 1, 23)]


def test_the_card_is_one_period_to_the_end_of_the_last_course() -> None:
    """E14. Course 2 from 5 to 7 March 2028, + 48 months."""
    (card,) = [one for one in europe().activities if one.action == "alert-card"]
    assert (card.first_day, card.last_day) == (date(2027, 3, 1), date(2032, 3, 7))


def baseline_of(plan: Any, course: int) -> Any:
    (found,) = [one for one in plan.activities if one.id == f"blood-count/course-{course}"]
    assert isinstance(found, SeriesActivity)
    return found.baseline


def test_S25_tests_before_later_courses_are_conventions_in_europe() -> None:
    """E13 is of the start of treatment; E22 (each course) is not read well enough to be the label's.

    Course 2 is closed out to 20 March 2028: the draw of 5 March lies 15 days before it, so it does not serve.
    """
    closures = [{"date": date(2028, 3, day), "reason": "Works"} for day in range(1, 20)]
    plan = europe(closures=closures)
    first, second = baseline_of(plan, 1), baseline_of(plan, 2)
    assert (first.due, second.due) == (date(2027, 2, 28), date(2028, 3, 19))
    assert "convention" not in explain(first)
    assert "a convention, not the label" in explain(second)
    assert second.because.basis == "convention"


def test_S25_the_baseline_of_a_span_is_the_labels() -> None:
    plan = plan_treatment(load_protocol(US), clinic_open(WEEK), not_before=date(2027, 3, 1))
    assert (baseline_of(plan, 1).because.basis, baseline_of(plan, 2).begins_because.basis) == ("label", "label")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (US, {"skin-examination", "urine-protein-creatinine", "vaccinations", *(tests := (
            "blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid"))}),
        (EU, {"ecg", "vaccinations", *tests}),
    ],
)  # fmt: skip
def test_F15_every_test_before_a_course_is_judged(name: str, expected: set[str]) -> None:
    """A baseline without a span and a window too: nothing of it is on record, and all kinds are recorded."""
    given = History.from_dates(["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"])
    given = given.model_copy(update={"tests_recorded": sorted(expected)})
    found = evaluate(given, load_protocol(name), as_of=date(2025, 3, 20)).findings
    assert {one.test for one in found if one.code in {"baseline-missing", "window-missed"}} == expected
