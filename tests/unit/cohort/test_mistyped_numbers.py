"""Clean treatments with one mistyped course number each: no date may come out earlier than the dates allow (S30)."""

import random
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from dateutil.relativedelta import relativedelta

from lemtrada_schedule import History, audit, evaluate, plan_treatment
from lemtrada_schedule.plan.activities import SeriesActivity
from tests.support.histories import EVERY_DAY, US, with_yearly_tests

AS_OF = date(2026, 11, 22)
BLOOD_COUNTS = with_yearly_tests(US, without="blood-count")


def treatment(chance: random.Random) -> list[dict[str, Any]]:
    """Return a clean treatment of two or three courses, with the number of one record replaced by another."""
    first = date(2018, 1, 1) + timedelta(days=chance.randrange(1_000))
    rows: list[dict[str, Any]] = []
    for course in range(1, chance.choice((3, 4))):
        days = 5 if course == 1 else 3
        rows += [{"date": first + timedelta(days=step), "course": course} for step in range(days)]
        first = rows[-1]["date"] + relativedelta(months=12) + timedelta(days=chance.randrange(1, 60))
    mistyped = chance.choice(rows)
    mistyped["course"] = chance.choice([number for number in range(1, 5) if number != mistyped["course"]])
    return rows


def four_years_later(day: date) -> date:
    """Return the day 48 months on; 29 February does not exist then in some centuries only, and not here."""
    return day + relativedelta(months=48)


def check(patients: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # drawn examples, no secret
    drawn = {f"p{number}": treatment(chance) for number in range(patients)}
    columns: dict[str, list[Any]] = {"patient": [], "date": [], "course": []}
    for patient, rows in drawn.items():
        for row in rows:
            columns["patient"].append(patient)
            columns["date"].append(row["date"])
            columns["course"].append(row["course"])
    report = audit(pa.table(columns), US, as_of=AS_OF)
    told = {row["patient"]: row for row in report.patients.to_pylist()}
    assert told.keys() == drawn.keys()
    for patient, rows in drawn.items():
        last = max(row["date"] for row in rows)
        row = told[patient]
        assert row["last_infusion"] == last
        assert row["next_earliest"] is None
        assert row["monitoring_until"] == four_years_later(last)
        assert set(row["codes"]) & {"course-numbers-contradict", "earlier-course-not-on-record"}
        evaluation = evaluate(History.model_validate({"infusions": rows}), US, as_of=AS_OF)
        assert sorted({finding.code for finding in evaluation.findings}) == row["codes"]


def test_300_mistyped_numbers_move_no_last_infusion() -> None:
    check(300, seed=1)


@pytest.mark.sweep
def test_1000_other_mistyped_numbers_move_no_last_infusion() -> None:
    check(1_000, seed=2)


def test_a_plan_of_a_mistyped_number_ends_blood_counts_not_too_early() -> None:
    chance = random.Random(3)  # noqa: S311  # drawn examples, no secret
    for _ in range(60):
        rows = treatment(chance)
        last = max(row["date"] for row in rows)
        history = History.model_validate({"infusions": rows})
        plan = plan_treatment(BLOOD_COUNTS, EVERY_DAY, not_before=AS_OF, courses=5, history=history, as_of=AS_OF)
        counts = [a for a in plan.activities if isinstance(a, SeriesActivity) and a.action == "blood-count"]
        assert max(day for series in counts for day in series.dates) == four_years_later(last)
        assert all(day in {d for s in counts for d in s.dates} for day in _monthly(last))
        assert max(period.last_day or last for period in plan.contraception) == last + relativedelta(months=4)
        assert all(course.status != "planned" for course in plan.courses)


def _monthly(last: date) -> list[date]:
    """Return the first twelve monthly dates after the last infusion."""
    return [last + relativedelta(months=month) for month in range(1, 13)]
