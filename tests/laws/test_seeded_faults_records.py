"""Planted faults: each of them must be noticed by the property that is named beside it.

A fault is put into the library by a patch, one at a time, and a property is asked with a few drawn cases.
Without a fault every property holds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from lemtrada_schedule import ScheduleError
from lemtrada_schedule.clinic import open_days
from lemtrada_schedule.clinic.clinic import WEEKDAYS
from lemtrada_schedule.clinic.open_days import OpenDays
from lemtrada_schedule.clinic.starts import CourseStart
from lemtrada_schedule.dates import months, spans
from lemtrada_schedule.dates.months import Rounding
from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.findings.finding import Finding
from lemtrada_schedule.judging import evaluating, forecasting
from lemtrada_schedule.judging.rules import RULES
from lemtrada_schedule.judging.rules.case import Case, Rule
from lemtrada_schedule.plan.activities import Activity, SeriesActivity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.revision import Change
from lemtrada_schedule.planning import activities, assembling, given_courses, placing, replanning
from lemtrada_schedule.planning import treatment as treatment_module
from lemtrada_schedule.planning.change_reasons import ChangeReasons
from lemtrada_schedule.planning.test_results import with_observations
from lemtrada_schedule.planning.treatment_state import TreatmentState
from lemtrada_schedule.protocol import intervals
from lemtrada_schedule.protocol.intervals import earliest_day
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers import csv_records
from lemtrada_schedule.readers.intake_builder import IntakeBuilder
from lemtrada_schedule.records import courses as courses_module
from lemtrada_schedule.records.courses import Courses, CourseStatus
from lemtrada_schedule.records.history import History, InfusionRecord, Intake
from lemtrada_schedule.records.recorded_tests import RecordedTests
from tests.support import history_laws as laws
from tests.support.history_strategies import (
    Going,
    Recorded,
    Treatment,
    counts_after,
    decided,
    files,
    going,
    messy,
    perturbed,
    short_at_the_end,
    swapped,
    treatments,
)
from tests.support.plan_strategies import ONE_DAY, shipped

pytestmark = pytest.mark.sweep
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


@st.composite
def one_day_left(draw: st.DrawFn) -> Going:
    """Return a course of which all but the last day is on record, resumed on a day that is closed at times."""
    treatment = draw(treatments(most=1, tests=False))
    rows = treatment.every_row[:-1]
    as_of = rows[-1]["date"] + draw(st.integers(1, 12)) * ONE_DAY
    closures = frozenset({as_of}) if draw(st.booleans()) else frozenset()
    return Going(treatment, rows, as_of, closures, [decided(1, "resume")])


@st.composite
def followed(draw: st.DrawFn) -> tuple[Recorded, int, int]:
    return draw(messy()), draw(st.sampled_from([1, 2, 15, 16, 200, 366])), draw(st.integers(0, 20))


def changes_are_announced(case: Recorded) -> None:
    """For both questions, from the day of asking on for as long as a short course takes to be over."""
    for ask in laws.askers(case):
        laws.changes_are_announced(ask, case.as_of, case.as_of + 20 * ONE_DAY)


PROPERTIES: Final[dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], None]]]] = {
    "20 recorded exactly": (treatments(), laws.recorded_exactly),
    "21 perturbation": (perturbed(), laws.perturbation_is_found),
    "21 swap": (swapped(), laws.swap_is_found),
    "21 findings": (messy(), laws.findings_are_the_oracles),
    "21 status": (short_at_the_end(), laws.findings_are_the_oracles),
    "21 forecast": (messy(), laws.forecast_is_the_oracles),
    "21 overrides": (perturbed(), laws.overridden_findings_stay),
    "22 order": (shuffled(), lambda both: laws.order_is_irrelevant(*both)),
    "23 rows": (files(), laws.rows_add_up),
    "24 later infusion": (followed(), lambda asked: laws.later_infusion_hides_nothing(*asked)),
    "25 ordered": (messy(), laws.findings_are_ordered),
    "26 boundary": (treatments(fewest=2, tests=False), laws.boundary_of_the_interval),
    "27 patients": (files(), laws.patients_are_judged_each_for_himself),
    "28 recorded days": (going(), laws.recorded_days_stay),
    "29 nothing in the past": (going(), laws.nothing_planned_in_the_past),
    "30 as planned": (begun(), lambda asked: laws.recorded_as_planned_changes_nothing(*asked)),
    "31 only later": (going(delays=(-10, -7, -3, 40), undecided=False), laws.later_only_moves_later),
    "32 twice": (going(), laws.twice_is_once),
    "33 order of recording": (going(), laws.recording_order_is_irrelevant),
    "34 refused": (going(), laws.refused_operations_leave_no_trace),
    "S10 resumed": (one_day_left(), laws.replanned_courses_are_the_oracles),
    "S19 replanned days": (going(), laws.replanned_courses_are_the_oracles),
    "S19 changes": (going(), laws.changes_tell_the_difference),
    "S20 one rhythm": (going(), laws.every_series_has_one_rhythm),
    "S22 prophylaxis": (counted(), lambda asked: laws.prophylaxis_is_the_oracles(*asked)),
    "S23 contraception": (going(), laws.contraception_follows_the_infusions),
    "S24 changes on": (messy(), changes_are_announced),
}
OF_RECORDS: Final = {"21 findings", "21 status", "21 forecast", "22 order", "24 later infusion", "25 ordered"}


def is_red(name: str, *, part: int = 1) -> bool:
    """Say whether a property fails on one of the cases drawn, or of the first of them: a half, a third."""
    strategy, law = PROPERTIES[name]

    @settings(
        max_examples=(DRAWN_CHEAPLY if name in OF_RECORDS else DRAWN) // part,
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
    except (AssertionError, ScheduleError, RuntimeError, IndexError):
        return True
    return False


# --- faults --------------------------------------------------------------------------------------


def clips(patch: Patch) -> None:
    """A day that does not exist becomes the last of the month, whatever it is for."""
    real = months.add_months

    def clipped(day: date, months: int, *, rounding: Rounding) -> date:  # noqa: ARG001  # as the right one is called
        return real(day, months, rounding="earlier")

    patch.setattr(spans, "add_months", clipped)


def counts_days(patch: Patch) -> None:
    """Twelve months are 365 days."""
    real = Span.after

    def after(self: Span, day: date, *, rounding: Rounding, times: int = 1) -> date:
        return day + timedelta(365) if str(self) == "12 months" else real(self, day, rounding=rounding, times=times)

    patch.setattr(Span, "after", after)


USERS_OF_THE_INTERVAL: Final = (intervals, courses_module)


def counts_from_the_first_infusion(patch: Patch) -> None:
    """Intervals count from the first infusion of the course before."""

    def earliest(
        protocol: Protocol,
        number: int,
        first_day: date,
        last_day: date,  # noqa: ARG001  # as the right one is called
    ) -> date | None:
        return earliest_day(protocol, number, first_day, first_day)

    for module in USERS_OF_THE_INTERVAL:
        patch.setattr(module, "earliest_day", earliest)


def moves_the_earliest_day(days: int) -> Callable[[Patch], None]:
    """Return a fault: every earliest day is so many days off."""

    def plant(patch: Patch) -> None:
        def earliest(protocol: Protocol, number: int, first_day: date, last_day: date) -> date | None:
            right = earliest_day(protocol, number, first_day, last_day)
            return right and right + days * ONE_DAY

        for module in USERS_OF_THE_INTERVAL:
            patch.setattr(module, "earliest_day", earliest)

    return plant


def has_another_gap(days: int) -> Callable[[Patch], None]:
    """Return a fault: the gap that tells courses apart is so many days off."""

    def plant(patch: Patch) -> None:
        real = courses_module._groups
        patch.setattr(courses_module, "_groups", lambda records, gap_days: real(records, gap_days + days))

    return plant


Status = Callable[..., CourseStatus]


def has_another_boundary(*, asked: int = 0, gap: int = 0) -> Callable[[Patch], None]:
    """Return a fault: a course stays in progress, or interrupted, a day longer or shorter."""

    def plant(patch: Patch) -> None:
        real: Status = courses_module._status

        def status(days: Sequence[date], planned: int, as_of: date, gap_days: int, *, is_over: bool) -> CourseStatus:
            ended = real(days, planned, as_of, gap_days, is_over=is_over)
            if ended in {"in-progress", "interrupted"} or (ended == "partial" and not is_over):
                in_progress = real(days, planned, as_of + asked * ONE_DAY, gap_days, is_over=is_over)
                if asked and "in-progress" in {ended, in_progress}:
                    return in_progress
                return real(days, planned, as_of, gap_days + gap, is_over=is_over)
            return ended

        patch.setattr(courses_module, "_status", status)

    return plant


def counts_duplicates_twice(patch: Patch) -> None:
    """Two records of a day are two days."""

    def add(group: courses_module._Group, record: InfusionRecord) -> None:
        group.records.append(record)
        group.days.append(record.date)

    patch.setattr(courses_module._Group, "add", add)


Exposures = Callable[[History, date], list[InfusionRecord]]


def takes_exposures(exposures: Exposures) -> Callable[[Patch], None]:
    """Return a fault: other records count as given, or in another order."""

    def plant(patch: Patch) -> None:
        for module in (courses_module, treatment_module):
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


courses_given_exposures: Final = courses_module.exposures


def ignores_the_future(patch: Patch) -> None:
    """A record ahead holds nothing back."""
    for module in (forecasting, treatment_module, replanning):
        patch.setattr(module, "stopped", lambda _history, _as_of: None)


def knows_no_unclear_boundary(patch: Patch) -> None:
    """A course after a short one is always a course of its own."""
    patch.setattr(courses_module, "_is_ambiguous", lambda *_asked: False)


def forgets_what_was_given(patch: Patch) -> None:
    """Replanning knows only the plan."""
    patch.setattr(replanning, "courses_given", lambda *_asked, **_how: Courses())


def has_contraception_as_planned(patch: Patch) -> None:
    """Contraception counts from the planned days, whatever was given."""
    real = assembling.assemble

    def laid_out(protocol: Protocol, *asked: Any, state: TreatmentState | None = None, **how: Any) -> Plan:
        made = real(protocol, *asked, state=state, **how)
        if state is None or not state.scheduled:
            return made
        planned = [
            activities.CourseAnchors(course.number, course.first_day, course.last_day, course.days)
            for course in state.scheduled.values()
        ]
        return made.model_copy(update={"contraception": activities.contraception(protocol, planned)})

    patch.setattr(replanning, "assemble", laid_out)


def never_reopens(patch: Patch) -> None:
    """A low count after a high one changes nothing."""
    real = with_observations

    def observed(made: Any, protocol: Protocol, tests: RecordedTests, as_of: date) -> Any:
        high = {kind: [one for one in seen if (one.value or 0) >= 200] for kind, seen in tests.by_kind.items()}
        return real(made, protocol, replace(tests, by_kind=high), as_of)

    patch.setattr("lemtrada_schedule.planning.assembling.with_observations", observed)


def hears_counts_of_the_future(patch: Patch) -> None:
    """A count after the day of asking closes the prophylaxis."""
    real = with_observations

    def observed(made: Any, protocol: Protocol, tests: RecordedTests, _as_of: date) -> Any:
        return real(made, protocol, tests, date.max)

    patch.setattr("lemtrada_schedule.planning.assembling.with_observations", observed)


def always_tolerates(patch: Patch) -> None:
    """Three days too early are always a warning."""
    real = evaluating.case_of

    def case_of(
        history: History, protocol: Protocol, as_of: date, clinic: Any, tolerance_days: int, *, grace_days: int
    ) -> Case:
        return real(history, protocol, as_of, clinic, max(3, tolerance_days), grace_days=grace_days)

    patch.setattr(evaluating, "case_of", case_of)


def swallows_what_was_accepted(patch: Patch) -> None:
    """An override takes its finding away."""

    def overridden(findings: Sequence[Finding], case: Case) -> list[Finding]:
        accepted = {override.code for override in case.history.overrides}
        return [finding for finding in findings if finding.code not in accepted]

    patch.setattr(evaluating, "_overridden", overridden)


Placed = Callable[..., Course]


def moves_what_is_scheduled(floor: Callable[[TreatmentState], TreatmentState]) -> Callable[[Patch], None]:
    """Return a fault: a course to come is placed as if something else were known."""

    def plant(patch: Patch) -> None:
        real: Placed = placing._next_course

        def placed(*asked: Any, state: TreatmentState, **how: Any) -> Course:
            return real(*asked, state=floor(state), **how)

        patch.setattr(placing, "_next_course", placed)

    return plant


def drawn_forward(state: TreatmentState) -> TreatmentState:
    """Forget where a course was scheduled."""
    return TreatmentState(state.as_of, state.given, state.question, state.unsettled, {})


def into_the_past(state: TreatmentState) -> TreatmentState:
    """Forget on which day it is asked."""
    return TreatmentState(date.min, state.given, state.question, state.unsettled, state.scheduled)


def a_day_later(state: TreatmentState) -> TreatmentState:
    """Move what is scheduled by a day, each time."""
    moved = {
        number: course.model_copy(update={"first_day": course.first_day + ONE_DAY})
        for number, course in state.scheduled.items()
    }
    return TreatmentState(state.as_of, state.given, state.question, state.unsettled, moved)


def ignores_weekends(patch: Patch) -> None:
    """Every weekday is open, whatever the clinic says."""
    real = open_days.OpenDays.first_start

    def first_start(self: OpenDays, days: int, not_before: date, *, within: int = 366) -> CourseStart:
        clinic = self.clinic.model_copy(update={"opening_hours": dict.fromkeys(WEEKDAYS, "07:00-21:00")})
        return real(OpenDays(clinic, 0), days, not_before, within=within)

    patch.setattr(open_days.OpenDays, "first_start", first_start)


def shifts_early(patch: Patch) -> None:
    """A resumed day that is closed is given on the open day before it.

    For blocks of two days and more this comes to the same: the block that starts on the day before holds the
    closed one. So it is asked of single days alone.
    """
    real = open_days.OpenDays.first_start

    def first_start(self: OpenDays, days: int, not_before: date, *, within: int = 366) -> CourseStart:
        right = real(self, days, not_before, within=within)
        if days > 1 or right.first_day == not_before:
            return right
        before = next(day for n in range(1, 9) if self.closed(day := not_before - n * ONE_DAY) is None)
        return right.model_copy(update={"first_day": before, "last_day": before})

    patch.setattr(open_days.OpenDays, "first_start", first_start)


def has_contraception_of_120_days(patch: Patch) -> None:
    """Four months are 120 days."""
    real = Span.after

    def after(self: Span, day: date, *, rounding: Rounding, times: int = 1) -> date:
        return day + timedelta(120) if str(self) == "4 months" else real(self, day, rounding=rounding, times=times)

    patch.setattr(Span, "after", after)


def judges(change: Callable[[Case], Case], *, but: str = "") -> Callable[[Patch], None]:
    """Return a fault: the rules are asked about something else, or one of them is not asked."""

    def plant(patch: Patch) -> None:
        def ask(rule: Rule) -> Rule:
            return replace(rule, answers=lambda case: rule.answers(change(case)))

        patch.setattr(evaluating, "RULES", tuple(ask(rule) for rule in RULES if rule.name != but))

    return plant


def of_one_day_less(case: Case) -> Case:
    """A course is complete a day before its last."""
    return replace(case, courses=Courses(replace(course, planned=course.planned - 1) for course in case.courses))


def of_the_last_two_courses(case: Case) -> Case:
    """What lies further back is not looked at."""
    return replace(case, courses=Courses(case.courses[-2:]))


def stands_in_any_order(patch: Patch) -> None:
    """Findings stand as the rules tell them."""
    patch.setattr(evaluating, "_place", lambda _finding: (0, "", 0))


def drops_broken_lines(patch: Patch) -> None:
    """As readers do that skip bad lines: what has too many or too few cells was never there."""
    real = csv_records._Table.take

    def take(self: Any, row: int, line: str) -> None:
        if not line.strip() or line.count(",") == len(self._names) - 1 or '"' in line:
            real(self, row, line)

    patch.setattr(csv_records._Table, "take", take)


def counts_twice_what_has_two_faults(patch: Patch) -> None:
    """Rows that are refused are counted by their faults."""
    patch.setattr(Intake, "refused_rows", property(lambda intake: len(intake.refused)))


def mixes_patients(patch: Patch) -> None:
    """A row goes to the patient of the row before."""
    real = IntakeBuilder.accept

    def accept(self: Any, patient: str | None, record: InfusionRecord) -> None:
        before, self.latest = getattr(self, "latest", patient), patient
        real(self, before, record)

    patch.setattr(IntakeBuilder, "accept", accept)


def forgets_how_it_was_planned(patch: Patch) -> None:
    """A day given as planned loses what the plan said of it."""
    real = given_courses._given_days
    patch.setattr(given_courses, "_given_days", lambda basis, given, _: real(basis, given, None))


def leaves_a_mark(patch: Patch) -> None:
    """A replanning counts the plan's revision up, also when it is refused."""
    real = replanning._check

    def check(plan: Plan, *asked: Any) -> None:
        plan.__dict__["revision"] += 1
        real(plan, *asked)

    patch.setattr(replanning, "_check", check)


def tells_every_change_as_kept(patch: Patch) -> None:
    """What moved is told as kept."""
    real = ChangeReasons.changes

    def changes(self: ChangeReasons, found: Any) -> tuple[Change, ...]:
        made = real(self, found)
        return tuple(one.model_copy(update={"kind": "kept"}) if one.kind == "moved" else one for one in made)

    patch.setattr(ChangeReasons, "changes", changes)


def knows_only_days_on_record(patch: Patch) -> None:
    """That a course becomes interrupted, then partial, comes as a surprise."""
    for module in (evaluating, forecasting):
        patch.setattr(module, "turning_days", lambda history, *_: {record.date for record in history.infusions})


def announces_each_change_a_day_late(patch: Patch) -> None:
    """The day is the last on which the answer is still old, and one more."""
    for module in (evaluating, forecasting):
        real = module.next_change
        patch.setattr(module, "next_change", lambda *asked: (found := real(*asked)) and found + ONE_DAY)  # noqa: B023  # the same one in both


def keeps_dates_that_are_past(patch: Patch) -> None:
    """Due dates before the day of asking stay as they were, whatever they were counted from."""
    real = replanning._kept

    def kept(new: Activity, old: Activity, as_of: date, anchors: frozenset[date]) -> Activity:
        made = real(new, old, as_of, anchors)
        if isinstance(made, SeriesActivity) and isinstance(old, SeriesActivity):
            past = [one for one in old.dates if one < as_of]
            return made.model_copy(update={"dates": [*past, *(one for one in made.dates if one >= as_of)]})
        return made

    patch.setattr(replanning, "_kept", kept)


FAULTS: Final[dict[str, tuple[Callable[[Patch], None], str]]] = {
    "clip": (clips, "26 boundary"),
    "365 days": (counts_days, "26 boundary"),
    "weekends": (ignores_weekends, "S19 replanned days"),
    "anchor first": (counts_from_the_first_infusion, "26 boundary"),
    "early shift": (shifts_early, "S10 resumed"),
    "earliest a day early": (moves_the_earliest_day(-1), "26 boundary"),
    "earliest a day late": (moves_the_earliest_day(1), "26 boundary"),
    "complete a day early": (judges(of_one_day_less), "20 recorded exactly"),
    "course gap 14": (has_another_gap(-1), "21 findings"),
    "course gap 16": (has_another_gap(1), "21 findings"),
    "interrupted a day early": (has_another_boundary(asked=1), "21 status"),
    "interrupted a day late": (has_another_boundary(asked=-1), "21 status"),
    "partial a day early": (has_another_boundary(gap=-1), "21 status"),
    "partial a day late": (has_another_boundary(gap=1), "21 status"),
    "duplicates counted twice": (counts_duplicates_twice, "21 perturbation"),
    "gaps unseen": (judges(lambda case: case, but="consecutive_days"), "21 swap"),
    "unsorted records": (takes_exposures(unsorted), "22 order"),
    "unsorted records, replanned": (takes_exposures(unsorted), "33 order of recording"),
    "future counted": (takes_exposures(with_the_future), "21 findings"),
    "future ignored": (ignores_the_future, "21 forecast"),
    "not done counted": (takes_exposures(with_those_not_done), "21 findings"),
    "partial not counted": (takes_exposures(without_partial_ones), "21 findings"),
    "boundaries always clear": (knows_no_unclear_boundary, "21 findings"),
    "tolerance always on": (always_tolerates, "26 boundary"),
    "overrides swallow the finding": (swallows_what_was_accepted, "21 overrides"),
    "broken lines dropped": (drops_broken_lines, "23 rows"),
    "refused rows counted by fault": (counts_twice_what_has_two_faults, "23 rows"),
    "only the last courses judged": (judges(of_the_last_two_courses), "24 later infusion"),
    "findings in any order": (stands_in_any_order, "25 ordered"),
    "patients mixed": (mixes_patients, "27 patients"),
    "given forgotten": (forgets_what_was_given, "28 recorded days"),
    "planned in the past": (moves_what_is_scheduled(into_the_past), "29 nothing in the past"),
    "planned hours forgotten": (forgets_how_it_was_planned, "30 as planned"),
    "scheduled courses drawn forward": (moves_what_is_scheduled(drawn_forward), "31 only later"),
    "a day later each time": (moves_what_is_scheduled(a_day_later), "32 twice"),
    "a refusal leaves a mark": (leaves_a_mark, "34 refused"),
    "moved told as kept": (tells_every_change_as_kept, "S19 changes"),
    "past dates of another anchor": (keeps_dates_that_are_past, "S20 one rhythm"),
    "prophylaxis never reopens": (never_reopens, "S22 prophylaxis"),
    "prophylaxis knows the future": (hears_counts_of_the_future, "S22 prophylaxis"),
    "contraception of 120 days": (has_contraception_of_120_days, "S23 contraception"),
    "contraception as planned": (has_contraception_as_planned, "S23 contraception"),
    "changes come as a surprise": (knows_only_days_on_record, "S24 changes on"),
    "changes announced a day late": (announces_each_change_a_day_late, "S24 changes on"),
}
LISTED: Final = {
    "clip": "clip",
    "365": "365 days",
    "weekend": "weekends",
    "anchor_first": "anchor first",
    "early_shift": "early shift",
    "off_by_one": "earliest a day early",
    "dup": "duplicates counted twice",
    "unsorted": "unsorted records",
    "no_today": "planned in the past",
    "forget_given": "given forgotten",
    "contra_120": "contraception of 120 days",
    "contra_planned_only": "contraception as planned",
}
"""The faults that the list of traps names, and as what they are planted here."""


def forget() -> None:
    """Empty the stores of the library, which hold what was made with a fault or without."""
    for module in (activities, open_days):
        for part in vars(module).values():
            if hasattr(part, "cache_clear") and not isinstance(part, type):
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
    """The laws run with more cases elsewhere; here they show that it is the fault that turns them red."""
    assert not is_red(name, part=4)


def test_every_property_notices_a_fault() -> None:
    assert {noticed_by for _, noticed_by in FAULTS.values()} == set(PROPERTIES)


def test_every_invariant_of_records_and_every_listed_fault_is_here() -> None:
    assert {str(number) for number in range(20, 35)} <= {name.partition(" ")[0] for name in PROPERTIES}
    assert len(LISTED) == 12
    assert set(LISTED.values()) <= set(FAULTS)
