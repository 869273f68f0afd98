"""The histories that both sides are asked about: the same, as the library's noun and as plain dictionaries."""

import random
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any, Final

from lemtrada_schedule import Evaluation, Forecast, History

__all__ = ["AS_OF", "differences", "fourteen", "random_patient", "to_history"]

Patient = dict[str, Any]
Record = dict[str, Any]
AS_OF: Final = date(2026, 11, 22)
STARTS: Final = (date(2023, 3, 6), date(2024, 3, 11), date(2025, 3, 17), date(2026, 3, 23))
"""Mondays, each a year and a few days after the course before: nothing is early."""
COURSE_DAYS: Final = (5, 3, 3, 3)
TESTS: Final = ("blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid")


def record(day: date, course: int | None) -> Record:
    times = {"started": time(9), "ended": time(13), "observed_until": time(15)}
    return {"date": day, **times, "dose_mg": 12, "status": "completed", "course": course}


def patient_of(records: list[Record], **about: Any) -> Patient:
    rows = [{**one, "row": row} for row, one in enumerate(records, start=1)]
    return {"birth_date": date(1984, 6, 5), "prior_medicines": 2, "observations": [], **about, "records": rows}


def fourteen(*, numbered: bool = False) -> Patient:
    """Return the patient of the benchmark: four courses, 14 infusions with times and doses, all as they should be."""
    courses = zip(STARTS, COURSE_DAYS, strict=True)
    rows = [
        record(first + timedelta(days=n), number if numbered else None)
        for number, (first, count) in enumerate(courses, start=1)
        for n in range(count)
    ]
    return patient_of(rows)


def to_history(patient: Patient) -> History:
    seen = [{"code": code, "date": day} for code, day in patient["observations"]]
    about = {name: patient[name] for name in ("birth_date", "prior_medicines")}
    return History.model_validate({**about, "infusions": patient["records"], "observations": seen})


# --- others, for the comparison of the answers ---------------------------------------------------


def random_patient(seed: int) -> Patient:
    """Return up to four courses with up to four faults, the same for a seed every time."""
    chance = random.Random(seed)  # noqa: S311  # a sample, not a secret
    numbered = chance.random() < 0.3
    rows: list[Record] = []
    first = date(2022, 1, 3) + timedelta(days=chance.randrange(700))
    for number in range(1, chance.randrange(5) + 1):
        count = 5 if number == 1 else 3
        rows += [record(first + timedelta(days=n), number if numbered else None) for n in range(count)]
        first += timedelta(days=chance.choice([355, 360, 364, 366, 368, 369, 370, 372, 400, 700]))
    for _ in range(chance.randrange(5)):
        if rows:
            spoil(rows, chance)
    chance.shuffle(rows)
    seen = [
        (code, rows[0]["date"] - timedelta(days=chance.randrange(40)))
        for code in TESTS
        if rows and chance.random() < 0.3
    ]
    birth = chance.choice([None, date(1990, 2, 28), date(2006, 2, 28), date(2004, 2, 29)])
    return patient_of(rows, birth_date=birth, prior_medicines=chance.choice([None, 1, 2]), observations=seen)


def spoil(rows: list[Record], chance: random.Random) -> None:
    place = chance.randrange(len(rows))
    one = rows[place]
    match chance.randrange(9):
        case 0:
            del rows[place]
        case 1:
            rows.append(dict(one))
        case 2:
            one["date"] += timedelta(days=chance.choice([-2, -1, 1, 2, 14, 17]))
        case 3:
            one["status"] = chance.choice(["partial", "not-done", "entered-in-error"])
        case 4:
            one["dose_mg"] = chance.choice([None, 10])
        case 5:
            one["ended"], one["observed_until"] = chance.choice([(time(12, 59), time(15)), (time(13), time(14, 59))])
        case 6:
            one["started"] = None
        case 7:
            one["started"], one["observed_until"] = time(7, 30), time(17, 30)
        case _:
            del rows[place:]


# --- where they differ ---------------------------------------------------------------------------

OF_DUE_DATES: Final = {"test-missed", "test-overdue", "test-late", "observation-in-future"}
"""What the script does not judge: the due dates of tests. `tests/oracle/monitoring.py` does, for other histories."""


def evaluation_of(ours: Evaluation) -> dict[str, Any]:
    return {
        "status": ours.status,
        "courses": [(c.number, c.first_day, c.last_day, c.infusions, c.status) for c in ours.courses],
        "findings": [(f.code, f.course, f.row) for f in ours.findings if f.code not in OF_DUE_DATES],
        "missing": sorted((n.code, n.row or 0) for n in ours.not_assessed if n.code not in OF_DUE_DATES),
        "changes_on": ours.changes_on,
    }


def forecast_of(ours: Forecast) -> dict[str, Any]:
    return {
        name: getattr(ours, name) for name in ("course", "status", "earliest", "recommended", "past_due", "changes_on")
    }


def differences(naive: dict[str, Any], ours: Evaluation | Forecast) -> Iterator[str]:
    """Yield each question that the two answer differently; words, sources and reasons are the library's alone."""
    if isinstance(ours, Evaluation):
        answers = evaluation_of(ours)
        naive = {**naive, "missing": sorted((code, row or 0) for code, row in naive["missing"])}
    else:
        answers = forecast_of(ours)
    if isinstance(ours, Evaluation) and ours.monitoring and is_sooner(ours.changes_on, naive["changes_on"]):
        answers["changes_on"] = naive["changes_on"]  # a due date of a test changes the answer before
    for question, answer in answers.items():
        if naive[question] != answer:
            yield f"{question}: {naive[question]} naive, {answer} ours"


def is_sooner(ours: date | None, naive: object) -> bool:
    return ours is not None and (naive is None or (isinstance(naive, date) and ours < naive))
