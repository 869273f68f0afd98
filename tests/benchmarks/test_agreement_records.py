"""The naive script and the library say the same of a history: two opinions that share no code."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from lemtrada_schedule import Forecast, evaluate, forecast, load_protocol, read_clinic
from tests.benchmarks import naive_history
from tests.benchmarks.naive_plan import public_holidays
from tests.benchmarks.records import AS_OF, differences, fourteen, random_patient, to_history
from tests.support.for_each import for_each

pytestmark = pytest.mark.sweep  # it checks what the benchmarks compare, not the library alone

US = load_protocol("us-2024-05")
BOSTON = read_clinic(Path(__file__).parents[2] / "examples" / "boston.toml")
HOLIDAYS = public_holidays(2021, 2031)
SEEDS = range(300)


def day_of_asking(seed: int) -> date:
    """Return a day near the last record, when something may still change, or one that is long past it."""
    patient = random_patient(seed)
    last = max((record["date"] for record in patient["records"]), default=AS_OF)
    return last + timedelta(days=(-3, 0, 1, 2, 15, 16, 370, 1_000)[seed % 8])


@pytest.mark.parametrize("numbered", [False, True])
def test_they_agree_on_the_patient_of_the_benchmark(*, numbered: bool) -> None:
    patient = fourteen(numbered=numbered)
    history = to_history(patient)
    assert list(differences(naive_history.evaluate(patient, AS_OF), evaluate(history, US, as_of=AS_OF))) == []
    assert list(differences(naive_history.forecast(patient, AS_OF), forecast(history, US, as_of=AS_OF))) == []


def test_they_agree_on_what_is_wrong() -> None:
    def agree(seed: int) -> None:
        patient, as_of = random_patient(seed), day_of_asking(seed)
        ours = evaluate(to_history(patient), US, as_of=as_of)
        assert list(differences(naive_history.evaluate(patient, as_of), ours)) == []

    for_each(SEEDS, agree)


def test_they_agree_at_a_clinic() -> None:
    def agree(seed: int) -> None:
        patient, as_of = random_patient(seed), day_of_asking(seed)
        ours = evaluate(to_history(patient), US, as_of=as_of, clinic=BOSTON)
        assert list(differences(naive_history.evaluate(patient, as_of, HOLIDAYS), ours)) == []

    for_each(SEEDS, agree)


def test_they_agree_on_the_next_course() -> None:
    def agree(seed: int) -> None:
        patient, as_of = random_patient(seed), day_of_asking(seed)
        ours = forecast(to_history(patient), US, as_of=as_of, past_due_after="3 months")
        assert list(differences(naive_history.forecast(patient, as_of, 3), ours)) == []

    for_each(SEEDS, agree)


def test_the_sample_holds_what_is_rare() -> None:
    found = set[str]()
    for seed in SEEDS:
        answer = naive_history.evaluate(random_patient(seed), day_of_asking(seed), HOLIDAYS)
        found |= {code for code, _, _ in answer["findings"]} | {answer["status"]}
    assert found >= {
        "anchor-not-named", "interval-below-minimum", "course-interrupted", "course-incomplete", "extra-infusion",
        "course-boundary-unclear", "needs-clinical-decision", "duplicate-same-day", "two-infusions-one-day",
        "infusion-in-future", "data-limited-beyond", "baseline-missing", "public-holiday", "course-1-in-progress",
    }  # fmt: skip


def test_a_difference_is_seen() -> None:
    patient = fourteen()
    ours = evaluate(to_history(patient), US, as_of=AS_OF)
    for question in ("status", "courses", "findings", "changes_on"):
        naive = {**naive_history.evaluate(patient, AS_OF), question: "something else"}
        assert [line.partition(":")[0] for line in differences(naive, ours)] == [question]
    expected: Forecast = forecast(to_history(patient), US, as_of=AS_OF)
    assert list(differences({**naive_history.forecast(patient, AS_OF), "earliest": None}, expected))
