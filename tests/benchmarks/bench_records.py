"""Judging and forecasting beside the script of `naive_history.py`. What both answer is compared first."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from lemtrada_schedule import Clinic, Evaluation, Forecast, History, Protocol, evaluate, forecast
from tests.benchmarks import naive_history, naive_plan
from tests.benchmarks.bench_plan import Case, measured, question
from tests.benchmarks.records import AS_OF, differences, fourteen, to_history
from tests.benchmarks.turns import CORE, figures_table, machine

TIMES: Final = 500
YEARS: Final = (2021, 2031)
SHORT: Final = 12
"""So many of the 14 infusions are on record where the last course is short."""

Patient = dict[str, Any]


# --- both sides ---


@cache
def us() -> Protocol:
    return question()[0]


@cache
def boston() -> Clinic:
    return question()[1]


def whole() -> Patient:
    return fourteen()


def short() -> Patient:
    """Return the patient with one of three infusions of course 4."""
    patient = fourteen()
    return {**patient, "records": patient["records"][:SHORT]}


def day_after(patient: Patient) -> date:
    last: date = patient["records"][-1]["date"]
    return last + timedelta(days=1)


def ours(history: History, as_of: date, *, clinic: Clinic | None = None) -> Evaluation:
    return evaluate(history, us(), as_of=as_of, clinic=clinic)


def our_forecast(history: History, as_of: date) -> Forecast:
    return forecast(history, us(), as_of=as_of, past_due_after="3 months")


def check_agreement() -> None:
    """Raise if the two sides answer differently."""
    public = naive_plan.public_holidays(*YEARS)
    for patient, as_of in ((whole(), AS_OF), (short(), day_after(short()))):
        history = to_history(patient)
        found = [
            *differences(naive_history.evaluate(patient, as_of), ours(history, as_of)),
            *differences(naive_history.evaluate(patient, as_of, public), ours(history, as_of, clinic=boston())),
            *differences(naive_history.forecast(patient, as_of, 3), our_forecast(history, as_of)),
        ]
        if found:
            raise AssertionError(f"as of {as_of}: {found[:3]}")


# --- the cases ---


def often(ask: Callable[[], object]) -> Callable[[], None]:
    def work() -> None:
        for _ in range(TIMES):
            ask()

    return work


def case(title: str, **sides: Callable[[], object]) -> Case:
    return Case(title, TIMES, {side.replace("_", ", "): often(ask) for side, ask in sides.items()})


def cases() -> list[Case]:
    patient, part = whole(), short()
    history, short_history = to_history(patient), to_history(part)
    next_day, public = day_after(part), naive_plan.public_holidays(*YEARS)
    return [
        case(
            "evaluate, 14 infusions",
            naive=lambda: naive_history.evaluate(patient, AS_OF),
            library=lambda: ours(history, AS_OF),
        ),
        case(
            "evaluate, 14 infusions, at a clinic",
            naive=lambda: naive_history.evaluate(patient, AS_OF, public),
            naive_holidays=lambda: naive_history.evaluate(patient, AS_OF, naive_plan.public_holidays(2023, 2026)),
            library=lambda: ours(history, AS_OF, clinic=boston()),
        ),
        case(
            "evaluate, 12 infusions, course 4 in progress",
            naive=lambda: naive_history.evaluate(part, next_day),
            library=lambda: ours(short_history, next_day),
        ),
        case(
            "forecast, 14 infusions",
            naive=lambda: naive_history.forecast(patient, AS_OF, 3),
            library=lambda: our_forecast(history, AS_OF),
        ),
        case(
            "forecast, 12 infusions, course 4 in progress",
            naive=lambda: naive_history.forecast(part, next_day, 3),
            library=lambda: our_forecast(short_history, next_day),
        ),
    ]


def figures(repeats: int) -> str:
    check_agreement()
    sides = {"naive, holidays": "naive, holidays built for each patient"}
    rows = [row._replace(side=sides.get(row.side, row.side)) for one in cases() for row in measured(one, repeats)]
    return f"{machine(*CORE)}\n\n{figures_table('µs a patient', rows, 'naive takes … times as long')}"
