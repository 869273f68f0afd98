"""Planted faults: each of them must be noticed by the property that is named beside it.

A fault is put into the library by a patch, one at a time, and a property is asked with a few drawn cases.
Without a fault every property holds.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from lemtrada_schedule import (
    ScheduleError,
    activities,
    course_placing,
    courses_given,
    evaluating,
    forecasting,
    laying_out,
    open_days,
    planning,
    replanning,
    spans,
)
from lemtrada_schedule.course_placing import MidTreatment
from lemtrada_schedule.evaluating import _on
from lemtrada_schedule.findings import Derivation, Finding
from lemtrada_schedule.intervals import interval_derivation
from lemtrada_schedule.observed import with_observations
from lemtrada_schedule.outlook import Evaluation
from lemtrada_schedule.plan import Course, CourseStatus, Plan
from lemtrada_schedule.protocol import Protocol
from lemtrada_schedule.records import History, InfusionRecord, Observation
from lemtrada_schedule.rules import spacing
from lemtrada_schedule.spans import Rounding, Span
from tests import history_laws as laws
from tests.history_strategies import (
    Recorded,
    Treatment,
    counts_after,
    going,
    messy,
    perturbed,
    short_at_the_end,
    swapped,
    treatments,
)
from tests.plan_strategies import ONE_DAY, shipped

DRAWN: Final = 60
"""Cases drawn for a property of plans."""
DRAWN_CHEAPLY: Final = 300
"""Cases drawn for a property of records alone: together they take half a second."""
US: Final = shipped("us-2024-05")
Patch = pytest.MonkeyPatch


# --- properties, each small enough to be asked many times ----------------------------------------


@st.composite
def counted(draw: st.DrawFn) -> tuple[Treatment, list[dict[str, Any]], date]:
    treatment = draw(treatments(st.just(US), tests=False))
    counts = draw(counts_after([days[-1] for days in treatment.days]))
    return treatment, counts, treatment.days[-1][-1] + draw(st.integers(0, 80)) * ONE_DAY


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[Recorded, Sequence[dict[str, Any]]]:
    case = draw(messy())
    return case, draw(st.permutations([dict(row) for row in case.rows]))


@st.composite
def begun(draw: st.DrawFn) -> tuple[Treatment, int, int]:
    treatment = draw(treatments(fewest=2, tests=False))
    return treatment, draw(st.integers(0, len(treatment.every_row))), draw(st.integers(0, 400))


PROPERTIES: Final[dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], None]]]] = {
    "recorded exactly": (treatments(), laws.recorded_exactly),
    "perturbation": (perturbed(), laws.perturbation_is_told),
    "swap": (swapped(), laws.swap_is_told),
    "findings": (messy(), laws.findings_are_the_oracles),
    "status": (short_at_the_end(), laws.findings_are_the_oracles),
    "forecast": (messy(), laws.forecast_is_the_oracles),
    "order": (shuffled(), lambda both: laws.order_is_irrelevant(*both)),
    "boundary": (treatments(fewest=2, tests=False), laws.boundary_of_the_interval),
    "overrides": (perturbed(), laws.overridden_findings_stay),
    "prophylaxis": (counted(), lambda asked: laws.prophylaxis_is_the_oracles(*asked)),
    "replanned days": (going(), laws.replanned_courses_are_the_oracles),
    "recorded days": (going(), laws.recorded_days_stay),
    "nothing in the past": (going(), laws.nothing_planned_in_the_past),
    "only later": (going(delays=(-10, -7, -3, 40), undecided=False), laws.later_only_moves_later),
    "as planned": (begun(), lambda asked: laws.recorded_as_planned_changes_nothing(*asked)),
    "contraception": (going(), laws.contraception_follows_the_infusions),
}
OF_RECORDS: Final = {"findings", "status", "forecast", "order"}


def is_red(name: str) -> bool:
    """Say whether a property fails on one of the cases drawn."""
    strategy, law = PROPERTIES[name]

    @settings(
        max_examples=DRAWN_CHEAPLY if name in OF_RECORDS else DRAWN,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @drawn(strategy)
    def ask(value: Any) -> None:
        law(value)

    try:
        ask()
    except (AssertionError, ScheduleError):
        return True
    return False


# --- faults --------------------------------------------------------------------------------------


def clips(patch: Patch) -> None:
    """A day that does not exist becomes the last of the month, whatever it is for."""
    real = spans.add_months

    def clipped(day: date, months: int, *, rounding: Rounding) -> date:  # noqa: ARG001
        return real(day, months, rounding="earlier")

    patch.setattr(spans, "add_months", clipped)


def counts_days(patch: Patch) -> None:
    """Twelve months are 365 days."""
    real = Span.after

    def after(self: Span, day: date, *, rounding: Rounding, times: int = 1) -> date:
        return day + timedelta(365) if str(self) == "12 months" else real(self, day, rounding=rounding, times=times)

    patch.setattr(Span, "after", after)


USERS_OF_THE_INTERVAL: Final = (courses_given, spacing, forecasting, course_placing)


def counts_from_the_first_infusion(patch: Patch) -> None:
    """Intervals count from the first infusion of the course before."""

    def derived(protocol: Protocol, number: int, first_day: date, last_day: date) -> Derivation:  # noqa: ARG001
        return interval_derivation(protocol, number, first_day, first_day)

    for module in USERS_OF_THE_INTERVAL:
        patch.setattr(module, "interval_derivation", derived)


def moves_the_earliest_day(days: int) -> Callable[[Patch], None]:
    """Return a fault: every earliest day is so many days off."""

    def plant(patch: Patch) -> None:
        def derived(protocol: Protocol, number: int, first_day: date, last_day: date) -> Derivation:
            right = interval_derivation(protocol, number, first_day, last_day)
            return right.model_copy(update={"result": right.result + days * ONE_DAY})

        for module in USERS_OF_THE_INTERVAL:
            patch.setattr(module, "interval_derivation", derived)

    return plant


def has_another_gap(days: int) -> Callable[[Patch], None]:
    """Return a fault: the gap that tells courses apart is so many days off."""

    def plant(patch: Patch) -> None:
        real = courses_given._groups
        patch.setattr(courses_given, "_groups", lambda records, gap_days: real(records, gap_days + days))

    return plant


Status = Callable[..., CourseStatus]


def has_another_boundary(*, asked: int = 0, gap: int = 0) -> Callable[[Patch], None]:
    """Return a fault: a course stays in progress, or interrupted, a day longer or shorter."""

    def plant(patch: Patch) -> None:
        real: Status = courses_given._status

        def status(days: Sequence[date], planned: int, as_of: date, gap_days: int, *, followed: bool) -> CourseStatus:
            ended = real(days, planned, as_of, gap_days, followed=followed)
            if ended in {"in-progress", "interrupted"} or (ended == "partial" and not followed):
                in_progress = real(days, planned, as_of + asked * ONE_DAY, gap_days, followed=followed)
                if asked and "in-progress" in {ended, in_progress}:
                    return in_progress
                return real(days, planned, as_of, gap_days + gap, followed=followed)
            return ended

        patch.setattr(courses_given, "_status", status)

    return plant


def counts_duplicates_twice(patch: Patch) -> None:
    """Two records of a day are two days."""
    days = property(lambda group: tuple(sorted(record.date for record in group.records)))
    patch.setattr(courses_given._Group, "days", days)


Exposures = Callable[[History, date], list[InfusionRecord]]


def takes_exposures(exposures: Exposures) -> Callable[[Patch], None]:
    """Return a fault: other records count as given, or in another order."""

    def plant(patch: Patch) -> None:
        for module in (courses_given, planning):
            patch.setattr(module, "exposures", exposures)

    return plant


def unsorted(history: History, as_of: date) -> list[InfusionRecord]:
    return [record for record in history.infusions if record.is_exposure and record.date <= as_of]


def with_the_future(history: History, _as_of: date) -> list[InfusionRecord]:
    return courses_given_exposures(history, date.max)


def with_those_not_done(history: History, as_of: date) -> list[InfusionRecord]:
    given = [record for record in history.infusions if record.date <= as_of]
    return sorted(given, key=lambda record: (record.date, record.row or 0))


def without_partial_ones(history: History, as_of: date) -> list[InfusionRecord]:
    return [record for record in courses_given_exposures(history, as_of) if record.status == "completed"]


courses_given_exposures: Final = courses_given.exposures


def ignores_the_future(patch: Patch) -> None:
    """A record ahead holds nothing back."""
    for module in (forecasting, planning, replanning):
        patch.setattr(module, "stopped", lambda _history, _as_of: None)


def knows_no_unclear_boundary(patch: Patch) -> None:
    """A course after a short one is always a course of its own."""
    patch.setattr(courses_given, "_is_unclear", lambda *_asked: False)


def forgets_what_was_given(patch: Patch) -> None:
    """Replanning knows only the plan."""
    patch.setattr(replanning, "courses_given", lambda *_asked, **_how: ())


def has_contraception_as_planned(patch: Patch) -> None:
    """Contraception counts from the planned days, whatever was given."""
    real = laying_out.lay_out

    def laid_out(protocol: Protocol, *asked: Any, mid: MidTreatment | None = None, **how: Any) -> Plan:
        made = real(protocol, *asked, mid=mid, **how)
        if mid is None or not mid.scheduled:
            return made
        planned = [
            activities.Given(course.number, course.first_day, course.last_day, course.days)
            for course in mid.scheduled.values()
        ]
        return made.model_copy(update={"contraception": activities.contraception(protocol, planned)})

    patch.setattr(replanning, "lay_out", laid_out)


def never_reopens(patch: Patch) -> None:
    """A low count after a high one changes nothing."""
    real = with_observations

    def observed(made: Any, protocol: Protocol, observations: Sequence[Observation], as_of: date) -> Any:
        return real(made, protocol, [one for one in observations if (one.value or 0) >= 200], as_of)

    patch.setattr("lemtrada_schedule.laying_out.with_observations", observed)


def hears_counts_of_the_future(patch: Patch) -> None:
    """A count after the day of asking closes the prophylaxis."""
    real = with_observations

    def observed(made: Any, protocol: Protocol, observations: Sequence[Observation], _as_of: date) -> Any:
        return real(made, protocol, observations, date.max)

    patch.setattr("lemtrada_schedule.laying_out.with_observations", observed)


def always_tolerates(patch: Patch) -> None:
    """Three days too early are always a warning."""

    def judged(history: History, protocol: Protocol, as_of: date, clinic: Any, tolerance_days: int) -> Evaluation:
        return _on(history, protocol, as_of, clinic, max(3, tolerance_days))

    patch.setattr(evaluating, "_on", judged)


def swallows_what_was_accepted(patch: Patch) -> None:
    """An override takes its finding away."""

    def overridden(findings: Sequence[Finding], history: History) -> list[Finding]:
        accepted = {override.code for override in history.overrides}
        return [finding for finding in findings if finding.code not in accepted]

    patch.setattr(evaluating, "_overridden", overridden)


Placed = Callable[..., Course]


def moves_what_is_scheduled(floor: Callable[[MidTreatment], MidTreatment]) -> Callable[[Patch], None]:
    """Return a fault: a course to come is placed as if something else were known."""

    def plant(patch: Patch) -> None:
        real: Placed = course_placing._next_course

        def placed(*asked: Any, mid: MidTreatment, **how: Any) -> Course:
            return real(*asked, mid=floor(mid), **how)

        patch.setattr(course_placing, "_next_course", placed)

    return plant


def drawn_forward(mid: MidTreatment) -> MidTreatment:
    """Forget where a course was scheduled."""
    return MidTreatment(mid.as_of, mid.given, mid.question, mid.unsettled, {})


def into_the_past(mid: MidTreatment) -> MidTreatment:
    """Forget on which day it is asked."""
    return MidTreatment(date.min, mid.given, mid.question, mid.unsettled, mid.scheduled)


FAULTS: Final[dict[str, tuple[Callable[[Patch], None], str]]] = {
    "clip": (clips, "boundary"),
    "365 days": (counts_days, "boundary"),
    "anchor first": (counts_from_the_first_infusion, "boundary"),
    "earliest a day early": (moves_the_earliest_day(-1), "boundary"),
    "earliest a day late": (moves_the_earliest_day(1), "boundary"),
    "course gap 14": (has_another_gap(-1), "findings"),
    "course gap 16": (has_another_gap(1), "findings"),
    "interrupted a day early": (has_another_boundary(asked=1), "status"),
    "interrupted a day late": (has_another_boundary(asked=-1), "status"),
    "partial a day early": (has_another_boundary(gap=-1), "status"),
    "partial a day late": (has_another_boundary(gap=1), "status"),
    "duplicates counted twice": (counts_duplicates_twice, "perturbation"),
    "unsorted records": (takes_exposures(unsorted), "order"),
    "future counted": (takes_exposures(with_the_future), "findings"),
    "future ignored": (ignores_the_future, "forecast"),
    "not done counted": (takes_exposures(with_those_not_done), "findings"),
    "partial not counted": (takes_exposures(without_partial_ones), "findings"),
    "boundaries always clear": (knows_no_unclear_boundary, "findings"),
    "given forgotten": (forgets_what_was_given, "recorded days"),
    "contraception as planned": (has_contraception_as_planned, "contraception"),
    "prophylaxis never reopens": (never_reopens, "prophylaxis"),
    "prophylaxis knows the future": (hears_counts_of_the_future, "prophylaxis"),
    "tolerance always on": (always_tolerates, "boundary"),
    "overrides swallow the finding": (swallows_what_was_accepted, "overrides"),
    "scheduled courses drawn forward": (moves_what_is_scheduled(drawn_forward), "only later"),
    "planned in the past": (moves_what_is_scheduled(into_the_past), "nothing in the past"),
}


def forget() -> None:
    """Empty the stores of the library, which hold what was made with a fault or without."""
    for module in (activities, open_days):
        for part in vars(module).values():
            if hasattr(part, "cache_clear"):
                part.cache_clear()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_planted_fault_is_noticed(name: str, monkeypatch: Patch) -> None:
    plant, noticed_by = FAULTS[name]
    plant(monkeypatch)
    assert is_red(noticed_by)


@pytest.mark.parametrize("name", sorted(PROPERTIES))
def test_without_a_fault_the_property_holds(name: str) -> None:
    assert not is_red(name)


def test_every_property_is_asked_of_a_fault_or_follows_from_one_that_is() -> None:
    # These notice faults too, but another property notices them first.
    spare = {"recorded exactly", "swap", "replanned days", "as planned"}
    assert {noticed_by for _, noticed_by in FAULTS.values()} | spare == set(PROPERTIES)
