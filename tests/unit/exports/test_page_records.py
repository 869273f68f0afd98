"""The page and the rows of plans with a history: days on record, courses that are not settled."""

from datetime import date
from typing import Any, Final

import pytest

from lemtrada_schedule import Decision, History, Plan, load_protocol, plan_treatment, to_rows
from lemtrada_schedule.exports.titles import Titles
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
    assert statuses == ["complete"]


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
