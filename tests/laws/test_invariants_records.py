"""Invariants 20 to 34: what holds of every history that is judged, and of every plan that is made again.

Some of them need a word more than their line in the list has:

- 20 holds for adults with at most three courses in the US, and four in the EU.
- 21 is asked when every course is over; "swap" is between patients.
- 24 leaves out what only says how far a course has come: that changes by itself.
- 29 and 31 hold as S19 says: a tentative course waits where it is.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from lemtrada_schedule import InvalidInput, evaluate
from lemtrada_schedule.records.history import Intake
from tests.oracle import recorded
from tests.support import history_laws as laws
from tests.support.budget import examples
from tests.support.history_strategies import (
    DECISIONS,
    DELAYS,
    SPOILT,
    FileLine,
    Going,
    Perturbed,
    Recorded,
    Swapped,
    Treatment,
    counts_after,
    decided,
    delayed,
    doubled,
    dropped,
    files,
    going,
    hastened,
    messy,
    perturbed,
    shifted,
    short_at_the_end,
    spoilt,
    swapped,
    treatments,
)
from tests.support.plan_strategies import MON_TO_FRI, ONE_DAY, WEEKDAYS, Case, ClinicFacts, shipped

US: Final = shipped("us-2024-05")
EU: Final = shipped("eu-2020-01")
EVERY_DAY: Final = ClinicFacts(hours=tuple((one, "08:00-17:00") for one in WEEKDAYS))
LEAP: Final = Treatment(Case(US, EVERY_DAY, date(2024, 2, 25), 3))
"""Course 1 ends on 29 February 2024."""
PLAIN: Final = Treatment(Case(US, ClinicFacts(), date(2027, 1, 11), 3))
IN_EUROPE: Final = Treatment(Case(EU, ClinicFacts(), date(2027, 1, 11), 3), in_full=True)


# --- judging -------------------------------------------------------------------------------------


@given(treatments())
@example(LEAP)
def test_I20_a_plan_recorded_exactly_has_no_findings(treatment: Treatment) -> None:
    laws.recorded_exactly(treatment)


@given(treatments(st.just(EU), most=4))
def test_I20_in_the_EU_with_four_courses(treatment: Treatment) -> None:
    laws.recorded_exactly(treatment)


@given(treatments(st.just(US), fewest=4, most=4))
def test_I20_a_fourth_course_in_the_US_is_told_and_nothing_else(treatment: Treatment) -> None:
    evaluation = evaluate(treatment.history(treatment.every_row), US.protocol, as_of=treatment.over)
    assert laws.told(evaluation) == {("data-limited-beyond", 4, treatment.rows[3][0]["row"])}


@given(perturbed())
@example(dropped(LEAP, 0, 4))
@example(dropped(LEAP, 1, 0))
@example(doubled(LEAP, 2, 2))
@example(shifted(LEAP, 0, 4, 1))
@example(shifted(LEAP, 0, 0, -1))
@example(spoilt(LEAP, 1, 1, "too short"))
@example(hastened(LEAP, 1, 1))
@example(hastened(LEAP, 2, 1))
def test_I21_a_single_perturbation_is_found_with_its_code_and_row(changed: Perturbed) -> None:
    event(changed.what)
    laws.perturbation_is_found(changed)


def every_perturbation(treatment: Treatment) -> list[Perturbed]:
    found = []
    for course, days in enumerate(treatment.days):
        for place in range(len(days)):
            found += [dropped(treatment, course, place), doubled(treatment, course, place)]
            found += [shifted(treatment, course, place, step) for step in (-1, 1)]
            found += [spoilt(treatment, course, place, what) for what in SPOILT]
        if course:
            found += [hastened(treatment, course, early) for early in (1, 2, 3, 4, 5, 6, 30, 300)]
    return found


@pytest.mark.parametrize("name", ["leap", "plain", "eu"])
def test_I21_every_perturbation_of_a_plan(name: str) -> None:
    treatment = {"leap": LEAP, "plain": PLAIN, "eu": IN_EUROPE}[name]
    every = every_perturbation(treatment)
    assert len(every) == 11 * (4 + 6) + 2 * 8
    for changed in every:
        laws.perturbation_is_found(changed)


@given(swapped())
def test_I21_records_that_stand_with_the_wrong_patient_are_found(both: Swapped) -> None:
    laws.swap_is_found(both)


NAMED_LATER: Final = Recorded(
    US,
    [
        {"row": 1, "date": date(2025, 3, 5)},
        {"row": 2, "date": date(2025, 3, 26), "course": 1},
        {"row": 3, "date": date(2026, 5, 4)},
        {"row": 4, "date": date(2026, 5, 5), "course": 2},
    ],
    date(2026, 6, 1),
)
"""Course 1 torn, its second part numbered; course 2 numbered on its second day."""


@given(messy())
@example(NAMED_LATER)
def test_I21_whatever_is_recorded_findings_are_the_oracles(case: Recorded) -> None:
    laws.findings_are_the_oracles(case)


@given(short_at_the_end())
def test_I21_a_short_course_day_by_day(case: Recorded) -> None:
    laws.findings_are_the_oracles(case)
    laws.forecast_is_the_oracles(case)


@given(messy(), st.integers(1, 20) | st.sampled_from([1, 2, 366]))
def test_I21_with_a_tolerance_too(case: Recorded, tolerance_days: int) -> None:
    laws.findings_are_the_oracles(case, tolerance_days)


@given(perturbed())
def test_I21_an_override_takes_nothing_away(changed: Perturbed) -> None:
    laws.overridden_findings_stay(changed)


@given(messy(), st.sampled_from([None, "1 day", "3 months", "1 year"]))
def test_I21_the_forecast_is_the_oracles(case: Recorded, past_due_after: str | None) -> None:
    laws.forecast_is_the_oracles(case, past_due_after)


@given(messy().flatmap(lambda case: st.tuples(st.just(case), st.permutations(case.rows))))
def test_I22_the_order_of_the_rows_changes_nothing(both: tuple[Recorded, list[dict[str, Any]]]) -> None:
    laws.order_is_irrelevant(*both)


@given(messy().flatmap(lambda case: st.tuples(st.just(case), st.permutations(range(len(case.rows))))))
def test_I22_without_rows_of_their_own_only_the_row_numbers_differ(both: tuple[Recorded, list[int]]) -> None:
    case, order = both
    plain = [{name: value for name, value in row.items() if name != "row"} for row in case.rows]
    first = replace(case, rows=plain)
    other = replace(case, rows=[plain[place] for place in order])
    one, two = (evaluate(each.history, case.protocol.protocol, as_of=case.as_of) for each in (first, other))
    assert (one.status, one.courses, one.changes_on) == (two.status, two.courses, two.changes_on)
    counted = [Counter((found.code, found.course, found.day) for found in each.findings) for each in (one, two)]
    # Of several records of a day, it is the later row that is found; which of them that is depends on the order.
    of_a_day = {"duplicate-same-day", "two-infusions-one-day"}
    assert len({sum(each.values()) for each in counted}) == 1
    ours, theirs = ({one: count for one, count in each.items() if one[0] not in of_a_day} for each in counted)
    assert ours.keys() == theirs.keys()


# --- files ---------------------------------------------------------------------------------------


@given(files())
def test_I23_rows_in_are_accepted_refused_and_blank(lines: list[FileLine]) -> None:
    laws.rows_add_up(lines)


def test_I23_an_intake_that_does_not_add_up_is_none() -> None:
    with pytest.raises(InvalidInput) as refusal:
        Intake(histories=(), rows=3, accepted=1, blank=1)
    assert refusal.value.code == "row-count"


@given(messy(), st.sampled_from([1, 2, 15, 16, 200, 365, 366, 400]), st.integers(0, 20))
def test_I24_a_later_infusion_removes_no_earlier_finding(case: Recorded, after: int, asked_after: int) -> None:
    laws.later_infusion_hides_nothing(case, after, asked_after)


@given(messy())
def test_I25_findings_are_ordered_and_documented(case: Recorded) -> None:
    laws.findings_are_ordered(case)


@given(treatments(fewest=2, tests=False))
@example(LEAP)
def test_I26_the_earliest_day_is_accepted_and_the_day_before_is_not(treatment: Treatment) -> None:
    laws.boundary_of_the_interval(treatment)


@given(treatments())
@example(LEAP)
def test_I26_what_the_forecast_names_is_accepted(treatment: Treatment) -> None:
    laws.what_comes_next_is_accepted(treatment)


@given(files())
def test_I27_patients_of_one_file_are_judged_each_for_himself(lines: list[FileLine]) -> None:
    laws.patients_are_judged_each_for_himself(lines)


# --- when answers change (S24) -------------------------------------------------------------------


AROUND: Final = 3
"""So many days before and after a change are asked about."""


def around(day: date, case: Recorded) -> tuple[date, date]:
    """Return the days around a day, none before the day of asking."""
    return max(case.as_of, day - AROUND * ONE_DAY), day + AROUND * ONE_DAY


@pytest.mark.sweep
@given(messy(), st.integers(1, 800), st.sampled_from([None, None, *DECISIONS]), st.sampled_from([None, ClinicFacts()]))
@settings(max_examples=300)
def test_S24_an_answer_changes_on_the_day_it_names_and_on_no_other(
    case: Recorded, later: int, decision: str | None, where: ClinicFacts | None
) -> None:
    begun = recorded.courses_given(case.protocol.rules, recorded.exposures(case.rows, case.as_of))
    decisions = [decided(begun[-1].number, decision)] if decision and begun else []
    for ask in laws.askers(case, decisions=decisions, clinic=where.noun() if where else None):
        now = ask(case.as_of)
        laws.changes_are_announced(ask, *around(case.as_of, case))
        event("never changes" if now.changes_on is None else "changes")
        laws.changes_are_announced(ask, *around(now.changes_on or case.as_of + later * ONE_DAY, case))
        stays = case.as_of + later * ONE_DAY
        if now.changes_on is None or stays < now.changes_on:
            assert laws.bare(ask(stays)) == laws.bare(now)


# Course 1 cut short, interrupted, forgotten; in the future; whole; with a second one that is too near.
LIVES: Final = {
    "short": [(0, 3)],
    "whole": [(0, 5)],
    "unclear": [(0, 4), (60, 2)],
    "two, the second short": [(0, 5), (366, 2)],
    "too near, then ahead": [(0, 5), (200, 3), (600, 1)],
}


@pytest.mark.sweep
@pytest.mark.parametrize("name", LIVES)
def test_S24_every_day_from_before_the_first_record_to_years_after_the_last(name: str) -> None:
    first = date(2025, 3, 3)
    days = [first + (start + n) * ONE_DAY for start, count in LIVES[name] for n in range(count)]
    rows = [{"row": row, "date": day} for row, day in enumerate(days, start=1)]
    for ask in laws.askers(Recorded(US, rows, first)):
        laws.changes_are_announced(ask, first - 10 * ONE_DAY, days[-1] + 450 * ONE_DAY)


# --- prophylaxis (S22) ---------------------------------------------------------------------------


@st.composite
def counted(draw: st.DrawFn) -> tuple[Treatment, list[dict[str, Any]], date]:
    treatment = draw(treatments(st.just(US), tests=False))
    counts = draw(counts_after([days[-1] for days in treatment.days]))
    return treatment, counts, treatment.days[-1][-1] + draw(st.integers(0, 300)) * ONE_DAY


@given(counted())
def test_S22_prophylaxis_is_the_oracles(drawn: tuple[Treatment, list[dict[str, Any]], date]) -> None:
    laws.prophylaxis_is_the_oracles(*drawn)


# --- planning again ------------------------------------------------------------------------------

# Two of five days given, asked a week later; a week late; nothing given of course 2.
INTERRUPTED: Final = Going(PLAIN, PLAIN.every_row[:2], date(2027, 1, 19))
RESUMED: Final = Going(PLAIN, PLAIN.every_row[:2], date(2027, 1, 19), decisions=[decided(1, "resume")])
LATE: Final = Going(PLAIN, delayed(PLAIN, 0, 7), date(2027, 2, 1))
EARLY: Final = Going(PLAIN, delayed(PLAIN, 0, -3), date(2027, 2, 1))
MISSED: Final = Going(PLAIN, PLAIN.rows[0], date(2028, 2, 1))
CLOSED: Final = Going(PLAIN, PLAIN.rows[0], date(2027, 2, 1), frozenset([PLAIN.days[1][1]]))


@given(going())
@example(INTERRUPTED)
@example(RESUMED)
@example(LATE)
@example(EARLY)
@example(MISSED)
@example(CLOSED)
def test_I28_recorded_days_are_never_moved_lost_or_renumbered(case: Going) -> None:
    laws.recorded_days_stay(case)


@given(going())
@example(INTERRUPTED)
@example(MISSED)
def test_I29_nothing_unrecorded_is_planned_before_the_day_of_asking(case: Going) -> None:
    laws.nothing_planned_in_the_past(case)


@given(treatments(fewest=2, tests=False), st.integers(0, 11), st.integers(0, 700))
@example(LEAP, 5, 0)
@example(LEAP, 5, 700)
@example(LEAP, 8, 20)
def test_I30_recording_what_was_planned_changes_nothing(treatment: Treatment, count: int, later: int) -> None:
    laws.recorded_as_planned_changes_nothing(treatment, min(count, len(treatment.every_row)), later)


@given(going(delays=[one for one in DELAYS if one >= 0]))
@example(LATE)
@example(MISSED)
def test_I31_a_delay_moves_later_days_only_later(case: Going) -> None:
    laws.later_only_moves_later(case)


@given(going())
@example(EARLY)
@example(CLOSED)
def test_I31_nothing_to_come_is_drawn_forward(case: Going) -> None:
    laws.later_only_moves_later(case)


@given(going())
@example(INTERRUPTED)
@example(RESUMED)
@example(MISSED)
def test_I32_replanning_twice_is_replanning_once(case: Going) -> None:
    laws.twice_is_once(case)


@given(going())
@example(LATE)
def test_I33_the_order_of_recording_is_irrelevant(case: Going) -> None:
    laws.recording_order_is_irrelevant(case)


@given(going())
@settings(max_examples=examples(25))
def test_I34_a_refused_operation_leaves_everything_as_it_was(case: Going) -> None:
    laws.refused_operations_leave_no_trace(case)


@given(going())
@example(INTERRUPTED)
@example(RESUMED)
@example(LATE)
@example(EARLY)
@example(MISSED)
@example(CLOSED)
def test_S19_every_day_lies_where_the_oracle_puts_it(case: Going) -> None:
    event(laws.state_of(case).stands)
    laws.replanned_courses_are_the_oracles(case)


@given(going())
@example(INTERRUPTED)
@example(RESUMED)
@example(LATE)
@example(EARLY)
def test_S20_every_series_of_a_replanned_plan_has_one_rhythm(case: Going) -> None:
    laws.every_series_has_one_rhythm(case)


@given(going())
@example(LATE)
def test_S23_contraception_follows_the_infusions_given(case: Going) -> None:
    laws.contraception_follows_the_infusions(case)


@given(going())
@example(INTERRUPTED)
@example(MISSED)
def test_S19_changes_tell_what_became_of_every_day(case: Going) -> None:
    laws.changes_tell_the_difference(case)


# --- the strategies keep their promises ----------------------------------------------------------


def drawn_classes(strategy: st.SearchStrategy[Any], classes_of: Callable[[Any], list[str]]) -> dict[str, float]:
    """Return which share of 200 draws falls into each class."""
    seen: Counter[str] = Counter()

    @settings(max_examples=200, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def draw(value: Any) -> None:
        seen.update(["all", *classes_of(value)])

    draw()
    return {name: count / seen["all"] for name, count in seen.items()}


def classes_of_going(case: Going) -> list[str]:
    state = laws.state_of(case)
    return [
        state.stands,
        *(one["decision"] for one in case.decisions),
        *(["closure"] if case.closures else []),
        *(["nothing given"] if not state.given else []),
        *(["not given in time"] if not state.given and case.as_of > case.scheduled[1][0] else []),
    ]


@pytest.mark.sweep
def test_plans_under_way_are_of_every_kind() -> None:
    found = drawn_classes(going(), classes_of_going)
    wanted = {
        "settled",
        "in-progress",
        "resumed",
        "undecided",
        *DECISIONS,
        "closure",
        "nothing given",
        "not given in time",
    }
    assert {name for name in wanted if found.get(name, 0) < 0.02} == set()


def classes_of_records(case: Recorded) -> list[str]:
    evaluation = evaluate(case.history, case.protocol.protocol, as_of=case.as_of)
    return [*sorted({found.code for found in evaluation.findings}), evaluation.status]


@pytest.mark.sweep
def test_messy_histories_are_of_every_kind() -> None:
    found = drawn_classes(messy(), classes_of_records)
    wanted = {
        "baseline-missing",
        "code-not-known",
        "course-boundary-unclear",
        "course-incomplete",
        "course-interrupted",
        "course-not-consecutive",
        "course-numbers-contradict",
        "duplicate-same-day",
        "earlier-course-not-on-record",
        "extra-infusion",
        "infusion-in-future",
        "interval-below-minimum",
        "partial-infusion",
        "two-infusions-one-day",
        "window-missed",
        "awaiting-course-2",
        "initial-treatment-complete",
        "needs-clinical-decision",
        "not-started",
    }
    assert {name for name in wanted if name not in found} == set()


@pytest.mark.sweep
def test_perturbations_are_of_every_kind() -> None:
    found = drawn_classes(perturbed(), lambda changed: [changed.what, changed.told[0]])
    kinds = {"drop", "duplicate", "shift +1", "shift -1", "early", *SPOILT}
    # That each is drawn is what matters; how often varies with the order in which hypothesis is asked.
    assert kinds | {"anchor-not-named", "interval-below-minimum"} <= set(found)


def classes_of_day(treatment: Treatment) -> list[str]:
    ends = [days[-1] for days in treatment.days]
    return [
        *(["29 February"] if any((one.month, one.day) == (2, 29) for one in ends) else []),
        *(["month's end"] if any((one + ONE_DAY).day == 1 for one in ends) else []),
        *(["only weekdays"] if treatment.case.clinic.hours[-1][0] == MON_TO_FRI[-1] else []),
        *(["passed over"] if any(course.passed_over for course in treatment.plan.courses) else []),
    ]


@pytest.mark.sweep
def test_treatments_end_on_rare_days() -> None:
    found = drawn_classes(treatments(), classes_of_day)
    assert {
        name for name in ("29 February", "month's end", "only weekdays", "passed over") if found.get(name, 0) < 0.01
    } == set()


@pytest.mark.sweep
def test_every_day_of_a_course_is_asked_about() -> None:
    """Every boundary of S08, on the real plan: in progress, interrupted, partial, whatever was given."""
    for count in range(1, 5):
        last = PLAIN.days[0][count - 1]
        for n in range(20):
            as_of = last + timedelta(days=n)
            laws.replanned_courses_are_the_oracles(Going(PLAIN, PLAIN.every_row[:count], as_of))
