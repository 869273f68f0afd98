"""A visit in words: why it is due, which day is suggested and why, and why none is (S40, S41)."""

from datetime import date
from functools import cache
from typing import Any

import pytest

from lemtrada_schedule import Plan, explain, load_protocol, plan_treatment
from lemtrada_schedule.exports.visit_words import tests_in_words as words_of_tests
from lemtrada_schedule.plan.items import Item, items
from tests.golden.make_plans import clinic


@cache
def plan() -> Plan:
    """One course from Monday 11 to Friday 15 January 2027; no day of the weekend is open."""
    us = load_protocol("us-2024-05-r2")
    return plan_treatment(us, clinic("America/New_York"), not_before=date(2027, 1, 11), courses=1)


def visit(name: str, **changes: Any) -> Item:
    (found,) = [item for item in items(plan()) if item.id == name]
    assert found.visit is not None
    return found._replace(visit=found.visit.model_copy(update=changes))


ALLOWED = (
    "; a visit may be at most half a test interval early, after the previous due day, and early enough for baseline "
    "results."
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, f"suggested 2027-05-14 (Friday 14 May), the last allowed day that is open{ALLOWED}"),
        ({"suggested": date(2027, 5, 15)}, "suggested on the due day, which is open."),
        (
            {"suggested": None, "not_suggested": "no-open-day"},
            f"no day is suggested: no allowed day is open{ALLOWED}",
        ),
        (
            {"suggested": None, "not_suggested": "holiday-data-missing"},
            "no day is suggested: the public holidays of that year are unknown.",
        ),
        ({"suggested": None}, f"no day is suggested{ALLOWED}"),
    ],
)
def test_a_visit_is_explained(changes: dict[str, Any], words: str) -> None:
    due = "Laboratory visit due 2027-05-15 (Saturday 15 May): last infusion of course 1 (2027-01-15) + 4 × 1 month; ISI"
    assert explain(visit("laboratory/course-1/4", **changes).visit) == f"{due}; {words}"


def test_the_tests_of_a_visit_stand_with_the_days_that_count() -> None:
    """Before course 1: within 30 days before 11 January 2027, from Saturday 12 December on."""
    baseline, window = words_of_tests(visit("laboratory/course-1/baseline"))
    counts = "from Sat 12 Dec 2026 until Sun 10 Jan 2027"
    assert baseline.startswith(f"Baseline before course 1, counts {counts}: Complete blood count with differential; ")
    assert window == f"To be done {counts}: Urine protein to creatinine ratio, before the course"


def test_a_visit_for_one_test_does_not_repeat_its_title() -> None:
    assert list(words_of_tests(visit("skin-examination-visit/treatment/12"))) == []
    (alone,) = words_of_tests(visit("skin-examination-visit/treatment/baseline"))
    assert alone == "Baseline before the treatment, counts until Sun 10 Jan 2027"


def test_a_window_that_never_closes_counts_from_its_first_day() -> None:
    """A written plan has no visit for such a window; one that was changed as a value may."""
    before = visit("laboratory/course-1/baseline")
    window = before.serves[-1]._replace(last_day=None)
    (alone,) = words_of_tests(before._replace(serves=[window]))
    assert alone == "To be done from Sat 12 Dec 2026: Urine protein to creatinine ratio, before the course"
