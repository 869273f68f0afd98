"""S28 to S35, and what S42 says of baselines and windows, sentence by sentence, each worked out by hand.

A test is named after its line: `test_s28_…` belongs to S28 of the rules of time and treatment. Where nothing else is
said, course 1 was given on Monday 3 to Friday 7 March 2025, course 2 on Monday 9 to Wednesday 11 March 2026, and the
protocol is that of the US.
"""

import json
import re
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    Evaluation,
    InvalidInput,
    Protocol,
    audit,
    evaluate,
    forecast,
    load_protocol,
    plan_treatment,
    read_protocol,
)
from lemtrada_schedule.plan.activities import SeriesActivity
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.readers.records import parse_json
from lemtrada_schedule.records.history import History, InfusionRecord, Intake
from tests.support.histories import EVERY_DAY, cd4, codes, day, decision, history, on, period, run, seen, series
from tests.support.record_files import administration, bundle

US: Final = load_protocol("us-2024-05")
EU: Final = load_protocol("eu-2020-01")
COURSE_1: Final = run("2025-03-03", 5)
COURSE_2: Final = run("2026-03-09", 3)
ASKED: Final = "2026-11-22"
LOINC: Final = "http://loinc.org"
Place = tuple[int | None, str | None, int | None]
"""Course, day and row of a finding."""


def evaluated(given: History, as_of: str = ASKED, protocol: Protocol = US, **asked: Any) -> Evaluation:
    return evaluate(given, protocol, as_of=day(as_of), **asked)


def written(one: date | None) -> str | None:
    return None if one is None else one.isoformat()


def places(evaluation: Evaluation, code: str) -> list[Place]:
    """Return where the findings of a code stand, sorted."""
    listed = [(one.course, written(one.day), one.row) for one in evaluation.findings if one.code == code]
    return sorted(listed, key=lambda place: (place[0] or 0, place[1] or "", place[2] or 0))


def lacking(evaluation: Evaluation, code: str) -> set[int | None]:
    """Return the rows with which a question stands among those that could not be assessed."""
    return {one.row for one in evaluation.not_assessed if one.code == code}


def missing(evaluation: Evaluation, code: str = "baseline-missing") -> set[tuple[str | None, int | None, str]]:
    """Return test, course and day of what is missing."""
    return {(one.test, one.course, str(one.day)) for one in evaluation.findings if one.code == code}


def of_tests(evaluation: Evaluation, code: str = "baseline-missing") -> set[str | None]:
    return {test for test, _, _ in missing(evaluation, code)}


def next_earliest(given: History, as_of: str = ASKED, protocol: Protocol = US) -> tuple[int, str, str | None]:
    outlook = forecast(given, protocol, as_of=day(as_of))
    return outlook.course, outlook.status, written(outlook.earliest)


def planned(
    given: History, as_of: str, *, courses: int, protocol: Protocol = US, not_before: str = "2026-12-01"
) -> Plan:
    return plan_treatment(
        protocol, EVERY_DAY, not_before=day(not_before), courses=courses, history=given, as_of=day(as_of)
    )


def blood_counts_until(plan: Plan) -> str:
    tests = [one for one in plan.activities if isinstance(one, SeriesActivity) and one.action == "blood-count"]
    return max(due for one in tests for due in one.dates).isoformat()


def contraception(plan: Plan) -> list[tuple[str, str]]:
    return [(str(one.first_day), str(one.last_day)) for one in plan.contraception]


def csv_history(*lines: str, header: str = "patient,date,dose_mg") -> History:
    (one,) = parse_csv("\n".join([header, *lines, ""])).histories
    return one


def own_protocol(folder: Path, *lines: str) -> Protocol:
    path = folder / "own.toml"
    path.write_text("\n".join(['extends = "us-2024-05"', 'id = "own"', 'revision = "1"', *lines]), encoding="utf-8")
    return read_protocol(path)


OWN_SOURCE: Final = ["[sources.own]", 'document = "Our own handbook"']


# --- S28: the course before ----------------------------------------------------------------------


def test_s28_a_course_numbered_3_is_judged_against_course_1_where_course_2_is_not_on_record() -> None:
    """7 March 2025 + 12 months = 7 March 2026; given on 5 May 2025."""
    evaluation = evaluated(history(run("2025-03-03", 5, course=1), run("2025-05-05", 3, course=3)))
    assert places(evaluation, "interval-below-minimum") == [(3, "2025-05-05", 6)]
    (found,) = [one for one in evaluation.findings if one.code == "interval-below-minimum"]
    assert "2025-03-07" in found.message
    assert found.severity == "error"


@pytest.mark.parametrize(("first", "early"), [("2026-03-06", True), ("2026-03-07", False), ("2026-03-08", False)])
def test_s28_the_last_dose_of_any_prior_course_counts(first: str, *, early: bool) -> None:
    evaluation = evaluated(history(run("2025-03-03", 5, course=1), run(first, 3, course=3)))
    assert places(evaluation, "interval-below-minimum") == ([(3, first, 6)] if early else [])


def test_s28_in_the_eu_as_well() -> None:
    evaluation = evaluated(history(run("2025-03-03", 5, course=1), run("2025-05-05", 3, course=4)), protocol=EU)
    assert places(evaluation, "interval-below-minimum") == [(4, "2025-05-05", 6)]


def test_s28_the_next_course_is_forecast_from_the_last_infusion_day() -> None:
    given = history(run("2025-03-03", 5, course=1), run("2026-03-09", 3, course=3))
    assert next_earliest(given) == (4, "optional", "2027-03-11")


def test_s28_the_next_course_is_planned_from_the_last_infusion_day() -> None:
    plan = planned(history(run("2025-03-03", 5, course=1), run("2026-03-09", 3, course=3)), ASKED, courses=4)
    assert plan.courses[-1].first_day == date(2027, 3, 11)
    assert [(one.number, one.earliest) for one in plan.courses][-1] == (4, date(2027, 3, 11))


def test_s28_only_course_2_on_record_is_enough_for_the_next() -> None:
    assert next_earliest(history(run("2026-03-09", 3, course=2))) == (3, "optional", "2027-03-11")


@pytest.mark.parametrize(
    ("first", "code"),
    [("2026-03-02", "interval-below-minimum"), ("2026-03-03", "anchor-not-named"), ("2026-03-06", "anchor-not-named")],
)
def test_s28_between_courses_1_and_2_the_first_infusion_makes_it_a_warning(first: str, code: str) -> None:
    evaluation = evaluated(history(run("2025-03-03", 5, course=1), run(first, 3, course=2)))
    assert codes(evaluation) & {"interval-below-minimum", "anchor-not-named"} == {code}


@pytest.mark.parametrize("first", ["2026-03-03", "2026-03-04", "2026-03-06"])
@pytest.mark.parametrize("number", [3, 4])
def test_s28_between_other_courses_it_is_an_error(first: str, number: int) -> None:
    evaluation = evaluated(history(run("2025-03-03", 5, course=1), run(first, 3, course=number)))
    assert codes(evaluation) & {"interval-below-minimum", "anchor-not-named"} == {"interval-below-minimum"}


def test_s28_courses_2_and_3_have_no_leniency() -> None:
    """Course 2 from 9 to 11 March 2026; 10 March 2027 is after 9 March, and a day before 11 March."""
    evaluation = evaluated(history(COURSE_1, COURSE_2, run("2027-03-10", 3)), "2027-06-01")
    assert places(evaluation, "interval-below-minimum") == [(3, "2027-03-10", 9)]


def test_s28_an_unclear_boundary_leaves_the_interval_not_assessed() -> None:
    """3 of 5 days to 5 March 2025, three more 30 days later."""
    evaluation = evaluated(history(run("2025-03-03", 3), run("2025-04-04", 3)), "2025-06-01")
    assert places(evaluation, "course-boundary-unclear") == [(2, "2025-04-04", 4)]
    assert places(evaluation, "interval-below-minimum") == []
    assert lacking(evaluation, "interval-below-minimum") == {4}


def test_s28_a_clear_boundary_leaves_nothing_open() -> None:
    """Course 1 is complete: 16 days later a new course begins, too early."""
    evaluation = evaluated(history(COURSE_1, run("2025-03-23", 3)), "2025-06-01")
    assert places(evaluation, "interval-below-minimum") == [(2, "2025-03-23", 6)]
    assert lacking(evaluation, "interval-below-minimum") == set()


def test_s28_the_course_after_an_unclear_one_is_judged_against_its_last_day() -> None:
    """The unclear course ended on 6 April 2025: 5 April 2026 is a day early."""
    given = history(run("2025-03-03", 3), run("2025-04-04", 3), run("2026-04-05", 3))
    assert places(evaluated(given), "interval-below-minimum") == [(3, "2026-04-05", 7)]


def test_s28_a_number_that_contradicts_the_dates_leaves_the_interval_not_assessed() -> None:
    evaluation = evaluated(history(run("2025-03-03", 5, course=1), run("2025-03-12", 3, course=2)))
    assert places(evaluation, "course-numbers-contradict") == [(2, "2025-03-12", 6)]
    assert places(evaluation, "interval-below-minimum") == []
    assert lacking(evaluation, "interval-below-minimum") == {6}


def test_s28_a_day_of_a_torn_number_leaves_the_interval_after_it_not_assessed() -> None:
    """Course 2 was given in 2026 and, by its number, in 2027 again; course 3 came a month later."""
    given = history(
        COURSE_1, run("2026-03-09", 3, course=2), run("2027-03-15", 3, course=2), run("2027-04-19", 3, course=3)
    )
    evaluation = evaluated(given, "2027-06-01")
    assert places(evaluation, "course-numbers-contradict") == [(2, "2027-03-15", 9)]
    assert 12 in lacking(evaluation, "interval-below-minimum")


def test_s28_a_clean_pair_is_judged_although_other_numbers_contradict() -> None:
    """Course 2 was too early after a clean course 1; courses 3 and 4 lie 5 days apart."""
    given = history(
        run("2025-03-03", 5, course=1),
        run("2025-09-01", 3, course=2),
        run("2027-03-01", 3, course=3),
        run("2027-03-08", 3, course=4),
    )
    evaluation = evaluated(given, "2027-06-01")
    assert places(evaluation, "course-numbers-contradict") == [(4, "2027-03-08", 12)]
    assert places(evaluation, "interval-below-minimum") == [(2, "2025-09-01", 6)]
    assert lacking(evaluation, "interval-below-minimum") == {12}


def test_s28_a_fine_interval_to_a_course_that_is_not_on_record_is_not_assessed() -> None:
    evaluation = evaluated(history(run("2025-03-03", 5, course=1), run("2026-03-09", 3, course=3)))
    assert places(evaluation, "interval-below-minimum") == []
    assert lacking(evaluation, "interval-below-minimum") == {6}


def test_s28_a_broken_interval_is_told_and_nothing_else() -> None:
    evaluation = evaluated(history(run("2025-03-03", 5, course=1), run("2025-05-05", 3, course=3)))
    assert lacking(evaluation, "interval-below-minimum") == set()


def test_s28_every_course_on_record_leaves_nothing_open() -> None:
    evaluation = evaluated(history(COURSE_1, COURSE_2))
    assert lacking(evaluation, "interval-below-minimum") == set()


def test_s28_without_any_earlier_infusion_there_is_nothing_to_judge_against() -> None:
    assert lacking(evaluated(history(run("2026-03-09", 3, course=2))), "interval-below-minimum") == {1}


@pytest.mark.parametrize("number", [2, 3])
def test_s28_a_course_is_never_judged_against_a_later_one(number: int) -> None:
    """The five days of 2025 bear the higher number; only six months lie between the two."""
    given = history(run("2025-03-03", 5, course=number), run("2025-09-08", 3, course=1))
    evaluation = evaluated(given)
    assert places(evaluation, "interval-below-minimum") == []
    assert lacking(evaluation, "interval-below-minimum") == {1, 6}


def test_s28_records_in_any_order_give_the_same_interval() -> None:
    given = history(run("2025-05-05", 3, course=3), run("2025-03-03", 5, course=1))
    assert places(evaluated(given), "interval-below-minimum") == [(3, "2025-05-05", 1)]


# --- S29: numbers with gaps ----------------------------------------------------------------------

GAP: Final = "earlier-course-not-on-record"


def test_s29_course_1_is_not_on_record() -> None:
    evaluation = evaluated(history(run("2026-03-09", 3, course=2)))
    assert places(evaluation, GAP) == [(2, "2026-03-09", 1)]
    (found,) = evaluation.findings
    assert found.severity == "warning"
    assert re.search(r"\b1\b", found.message)


def test_s29_one_finding_for_each_gap_names_its_first_and_last_missing_number() -> None:
    given = history(run("2025-03-03", 3, course=4), run("2026-03-09", 3, course=7))
    evaluation = evaluated(given)
    assert places(evaluation, GAP) == [(4, "2025-03-03", 1), (7, "2026-03-09", 4)]
    first, second = sorted((one for one in evaluation.findings if one.code == GAP), key=lambda one: one.course or 0)
    assert re.search(r"\b1\b.*\b3\b", first.message)
    assert re.search(r"\b5\b.*\b6\b", second.message)


@pytest.mark.parametrize("numbers", [(1, 2), (None, None), (1, None), (None, 2)])
def test_s29_numbers_without_a_gap_are_fine(numbers: tuple[int | None, int | None]) -> None:
    given = history(run("2025-03-03", 5, course=numbers[0]), run("2026-03-09", 3, course=numbers[1]))
    assert places(evaluated(given), GAP) == []


def test_s29_a_course_that_was_not_given_is_not_on_record() -> None:
    given = history(run("2025-03-03", 5, course=1, status="not-done"), run("2026-03-09", 3, course=2))
    assert places(evaluated(given), GAP) == [(2, "2026-03-09", 6)]


def test_s29_the_first_record_of_the_course_is_named_whatever_the_order() -> None:
    given = history(on("2026-03-11 2026-03-09 2026-03-10", course=2))
    assert places(evaluated(given), GAP) == [(2, "2026-03-09", 2)]


@pytest.mark.parametrize("number", [2, 3, 5])
def test_s29_a_treatment_without_course_1_is_never_without_a_finding(number: int) -> None:
    assert evaluated(history(run("2026-03-09", 3, course=number))).findings != ()


@pytest.mark.parametrize(("number", "beyond"), [(4, False), (5, True), (9, True)])
def test_s29_for_the_limit_of_the_eu_the_highest_number_holds(number: int, *, beyond: bool) -> None:
    evaluation = evaluated(history(run("2026-03-09", 3, course=number)), protocol=EU)
    assert places(evaluation, "too-many-courses") == ([(number, "2026-03-09", 1)] if beyond else [])


def test_s29_a_fifth_course_is_not_planned_after_one_numbered_4() -> None:
    assert next_earliest(history(run("2026-03-09", 3, course=4)), protocol=EU) == (5, "not-recommended", None)


def test_s29_in_the_us_a_course_numbered_4_is_beyond_what_is_known_well() -> None:
    given = history(run("2025-03-03", 5, course=1), run("2026-03-09", 3, course=4))
    assert places(evaluated(given), "data-limited-beyond") == [(4, "2026-03-09", 6)]


def test_s29_without_numbers_the_count_holds() -> None:
    blocks = [run(f"{2018 + n}-03-{2 + 6 * n:02d}", 3 if n else 5) for n in range(5)]
    assert places(evaluated(history(*blocks), protocol=EU), "too-many-courses") == [(5, "2022-03-26", 15)]


# --- S30: the last infusion, and numbers that contradict the dates ---------------------------------

CONTRADICT: Final = "course-numbers-contradict"
MISTYPED: Final = history(
    run("2025-03-03", 5, course=1),
    on("2026-03-09", course=2),
    on("2026-03-10", course=1),
    on("2026-03-11", course=2),
)
"""Two clean courses, and one record of the second with the number of the first."""
SWAPPED: Final = history(run("2025-03-03", 5, course=2), run("2026-03-09", 3, course=1))
TOO_HIGH: Final = history(
    on("2025-03-03 2025-03-04", course=1), on("2025-03-05", course=3), on("2025-03-06 2025-03-07", course=1), COURSE_2
)
"""A record in the midst of course 1 with the number 3, so that the last course in the list is not the latest."""


@pytest.mark.parametrize(
    ("given", "courses", "until"),
    [(MISTYPED, 2, "2026-07-11"), (SWAPPED, 2, "2026-07-11"), (TOO_HIGH, 4, "2026-07-11")],
)
def test_s30_contraception_counts_from_the_latest_infusion(given: History, courses: int, until: str) -> None:
    assert contraception(planned(given, ASKED, courses=courses))[-1][1] == until


@pytest.mark.parametrize(("given", "courses"), [(MISTYPED, 2), (SWAPPED, 2), (TOO_HIGH, 4)])
def test_s30_monitoring_counts_from_the_latest_infusion(given: History, courses: int) -> None:
    assert blood_counts_until(planned(given, ASKED, courses=courses)) == "2030-03-11"


@pytest.mark.parametrize("given", [MISTYPED, SWAPPED, TOO_HIGH])
def test_s30_a_cohort_has_the_same_last_infusion(given: History) -> None:
    pa = pytest.importorskip("pyarrow")
    rows = {
        "patient": ["p1"] * len(given.infusions),
        "date": [one.date for one in given.infusions],
        "course": [one.course for one in given.infusions],
    }
    (row,) = audit(pa.table(rows), US, as_of=day(ASKED), course="course").patients.to_pylist()
    assert (row["last_infusion"], row["next_earliest"]) == (date(2026, 3, 11), None)
    assert (row["contraception_until"], row["monitoring_until"]) == (date(2026, 7, 11), date(2030, 3, 11))
    assert CONTRADICT in row["codes"]


def test_s30_without_a_contradiction_the_next_earliest_counts_from_it() -> None:
    assert next_earliest(history(run("2025-03-03", 5, course=2), run("2026-03-09", 3, course=4))) == (
        5,
        "optional",
        "2027-03-11",
    )


def test_s30_spans_of_two_numbers_overlap() -> None:
    given = history(
        on("2025-03-03 2025-03-04", course=1), on("2025-03-05", course=2), on("2025-03-06 2025-03-07", course=1)
    )
    evaluation = evaluated(given)
    assert places(evaluation, CONTRADICT) == [(2, "2025-03-05", 3)]
    assert {one.severity for one in evaluation.findings if one.code == CONTRADICT} == {"error"}


def test_s30_spans_overlap_a_year_apart_too() -> None:
    """One record of course 2 says 1: course 1 then ends after course 2 began, and is torn apart itself."""
    assert places(evaluated(MISTYPED), CONTRADICT) == [(1, "2026-03-10", 7), (2, "2026-03-09", 6)]


def test_s30_a_higher_number_begins_before_a_lower_one() -> None:
    assert places(evaluated(SWAPPED), CONTRADICT) == [(1, "2026-03-09", 6)]


def test_s30_one_finding_for_each_pair() -> None:
    """Course 3 was given first: it contradicts course 1 and course 2, which each came later."""
    given = history(run("2024-03-04", 5, course=3), run("2025-03-10", 3, course=1), run("2026-03-16", 3, course=2))
    assert places(evaluated(given), CONTRADICT) == [(1, "2025-03-10", 6), (2, "2026-03-16", 9)]


@pytest.mark.parametrize(
    ("first", "contradict"), [("2025-03-08", True), ("2025-03-22", True), ("2025-03-23", False), ("2025-06-02", False)]
)
def test_s30_differently_numbered_neighbours_within_the_gap(first: str, *, contradict: bool) -> None:
    """7 March + 15 days = 22 March."""
    evaluation = evaluated(history(run("2025-03-03", 5, course=1), run(first, 3, course=2)))
    assert places(evaluation, CONTRADICT) == ([(2, first, 6)] if contradict else [])
    assert places(evaluation, "interval-below-minimum") == ([] if contradict else [(2, first, 6)])


def test_s30_an_unnumbered_neighbour_belongs_to_the_course_before_it() -> None:
    """4 March has no number: course 1. 5 March says 2, the next day."""
    given = history(on("2025-03-03", course=1), on("2025-03-04"), on("2025-03-05", course=2))
    assert places(evaluated(given), CONTRADICT) == [(2, "2025-03-05", 3)]


@pytest.mark.parametrize(("first", "contradict"), [("2026-03-02", False), ("2026-03-03", True), ("2026-03-09", True)])
def test_s30_one_number_holds_days_a_minimum_interval_apart(first: str, *, contradict: bool) -> None:
    """3 March 2025 + 12 months = 3 March 2026: any two days of the number count."""
    evaluation = evaluated(history(run("2025-03-03", 5, course=1), on(first, course=1)))
    assert places(evaluation, CONTRADICT) == ([(1, first, 6)] if contradict else [])


def test_s30_the_minimum_interval_rounds_later() -> None:
    """29 February 2024 + 12 months = 1 March 2025: 28 February is a day less."""
    for first, found in (("2025-02-28", []), ("2025-03-01", [(1, "2025-03-01", 2)])):
        given = history(on("2024-02-29", course=1), on(first, course=1))
        assert places(evaluated(given), CONTRADICT) == found


def test_s30_a_torn_number_is_found_in_course_3_as_well() -> None:
    given = history(run("2025-03-03", 3, course=3), run("2026-03-09", 3, course=3))
    assert places(evaluated(given), CONTRADICT) == [(3, "2026-03-09", 4)]


@pytest.mark.parametrize("given", [MISTYPED, SWAPPED, TOO_HIGH])
def test_s30_there_is_no_next_earliest(given: History) -> None:
    outlook = forecast(given, US, as_of=day(ASKED))
    assert (outlook.status, outlook.earliest, outlook.recommended) == ("needs-clinical-decision", None, None)


@pytest.mark.parametrize("given", [MISTYPED, SWAPPED])
@pytest.mark.parametrize("what", ["treat-as-complete", "resume", "new-course"])
def test_s30_no_decision_settles_a_number(given: History, what: str) -> None:
    outlook = forecast(given, US, as_of=day(ASKED), decisions=[decision(2, what)])
    assert (outlook.status, outlook.earliest) == ("needs-clinical-decision", None)


@pytest.mark.parametrize(("given", "course"), [(MISTYPED, 1), (MISTYPED, 2), (SWAPPED, 1), (SWAPPED, 2)])
def test_s30_ends_are_provisional(given: History, course: int) -> None:
    plan = planned(given, ASKED, courses=2)
    assert period(plan, "herpes-prophylaxis", course).provisional
    assert series(plan, "blood-count", course).provisional


def test_s30_no_further_course_is_planned() -> None:
    assert {one.number for one in planned(MISTYPED, ASKED, courses=3).courses if one.first_day > day(ASKED)} == set()


def test_s30_intervals_between_affected_courses_are_not_assessed() -> None:
    assert lacking(evaluated(MISTYPED), "interval-below-minimum") == {6}
    assert lacking(evaluated(SWAPPED), "interval-below-minimum") == {1, 6}
    assert places(evaluated(MISTYPED), "interval-below-minimum") == []


@pytest.mark.parametrize(
    "given",
    [
        history(run("2025-03-03", 5, course=1), run("2026-03-09", 3, course=2)),
        history(COURSE_1, COURSE_2),
        history(run("2025-03-03", 5), run("2026-03-09", 3, course=2)),
    ],
)
def test_s30_clean_numbers_contradict_nothing(given: History) -> None:
    assert places(evaluated(given), CONTRADICT) == []
    assert next_earliest(given) == (3, "optional", "2027-03-11")


def test_s30_a_record_of_tomorrow_contradicts_nothing_yet() -> None:
    given = history(run("2025-03-03", 5, course=1), run("2026-03-09", 3, course=2), on("2027-03-15", course=1))
    assert places(evaluated(given), CONTRADICT) == []
    assert places(evaluated(given, "2027-03-15"), CONTRADICT) != []


def test_s30_what_was_not_given_contradicts_nothing() -> None:
    given = history(run("2025-03-03", 5, course=1), on("2025-03-05", course=2, status="entered-in-error"))
    assert places(evaluated(given), CONTRADICT) == []


# --- S31: codes ------------------------------------------------------------------------------------

UNKNOWN: Final = "code-not-known"


def prophylaxis_ends(given: History, as_of: str = "2025-09-01", protocol: Protocol = US) -> str | None:
    plan = planned(given, as_of, courses=1, protocol=protocol)
    return written(period(plan, "herpes-prophylaxis", 1).last_day)


@pytest.mark.parametrize("code", ["cd4", "blood-count", "vaccinations", "hpv", "urine-protein-creatinine"])
def test_s31_cd4_and_the_ids_of_series_and_windows_are_codes(code: str) -> None:
    observation = {"date": "2025-06-03", "code": code, "value": 250}
    assert places(evaluated(history(COURSE_1, observations=[observation])), UNKNOWN) == []


@pytest.mark.parametrize("code", ["contraception", "corticosteroid", "reaction-watch", "live-vaccines", "stroke-watch"])
def test_s31_the_ids_of_other_actions_are_none(code: str) -> None:
    given = history(COURSE_1, observations=[seen(code, "2025-06-03")])
    assert places(evaluated(given), UNKNOWN) == [(None, None, None)]


@pytest.mark.parametrize("code", [f"{LOINC}|57021-8", "57021-8", f"{LOINC}|24467-3", "24467-3", "3016-3"])
def test_s31_a_coding_that_an_action_carries_is_a_code(code: str) -> None:
    observation = {"date": "2025-06-03", "code": code, "value": 250}
    assert places(evaluated(history(COURSE_1, observations=[observation])), UNKNOWN) == []


@pytest.mark.parametrize(
    "code",
    [
        "CD4",
        "Cd4",
        "cd-4",
        "blood_count",
        "Blood-Count",
        "57021-9",
        "loinc|57021-8",
        f"{LOINC}|57021",
        f"{LOINC}/57021-8",
    ],
)
def test_s31_anything_else_is_not_known(code: str) -> None:
    observation = {"date": "2025-06-03", "code": code, "value": 250}
    evaluation = evaluated(history(COURSE_1, observations=[observation]))
    assert places(evaluation, UNKNOWN) == [(None, None, None)]
    (found,) = [one for one in evaluation.findings if one.code == UNKNOWN]
    assert found.severity == "warning"


@pytest.mark.parametrize("code", ["57021-9", "Mrs-Zebra", "blood_count"])
def test_s31_a_code_that_is_not_known_is_never_repeated(code: str) -> None:
    evaluation = evaluated(history(COURSE_1, observations=[seen(code, "2025-06-03")]))
    told = [f"{one.message} {one.hint}" for one in evaluation.findings] + [
        one.missing for one in evaluation.not_assessed
    ]
    assert [one.code for one in evaluation.findings] == [UNKNOWN]
    assert [text for text in told if code in text] == []


def test_s31_one_finding_for_each_code() -> None:
    given = history(COURSE_1, observations=[seen("a", "2025-06-03"), seen("a", "2025-07-03"), seen("b", "2025-06-03")])
    assert places(evaluated(given), UNKNOWN) == [(None, None, None)] * 2


@pytest.mark.parametrize(("code", "nearest"), [("blood_count", "blood-count"), ("CD4", "cd4"), ("thyroids", "thyroid")])
def test_s31_the_nearest_known_code_is_named(code: str, nearest: str) -> None:
    (found,) = [
        one
        for one in evaluated(history(COURSE_1, observations=[seen(code, "2025-06-03")])).findings
        if one.code == UNKNOWN
    ]
    assert nearest in f"{found.message} {found.hint}"


def test_s31_a_plan_says_so_too() -> None:
    given = history(COURSE_1, observations=[seen("CD4", "2025-06-03")])
    assert UNKNOWN in codes(planned(given, "2025-09-01", courses=1).findings)


@pytest.mark.parametrize("code", [f"{LOINC}|24467-3", "24467-3", "cd4"])
def test_s31_a_coding_on_the_prophylaxis_means_the_cd4_count(code: str) -> None:
    given = history(COURSE_1, observations=[{"date": "2025-06-03", "code": code, "value": 250}])
    assert prophylaxis_ends(given) == "2025-06-03"


def test_s31_a_low_count_under_its_coding_reopens() -> None:
    """250 in April closes on 7 May; 90 on 6 May, under the coding, reopens."""
    low = {"date": "2025-05-06", "code": "24467-3", "value": 90}
    assert prophylaxis_ends(history(COURSE_1, observations=[cd4("2025-04-10", 250), low])) is None


@pytest.mark.parametrize("code", ["CD4", "cd4 ", "CD4-count", "full-blood"])
def test_s31_while_a_code_is_not_known_nothing_is_closed(code: str) -> None:
    """A count of 250, then one of 90 in a spelling that nobody can read."""
    later = {"date": "2025-06-20", "code": code, "value": 90}
    given = history(COURSE_1, observations=[cd4("2025-06-03", 250), later])
    assert places(evaluated(given), UNKNOWN) == [(None, None, None)]
    assert prophylaxis_ends(given) is None


def test_s31_a_kind_of_test_that_is_not_known_is_told_and_closes_nothing() -> None:
    given = history(COURSE_1, observations=[cd4("2025-06-03", 250)], tests_recorded=["cd4", "bloodcount"])
    assert places(evaluated(given), UNKNOWN) == [(None, None, None)]
    assert prophylaxis_ends(given) is None


@pytest.mark.parametrize(
    ("code", "known"), [("interval-below-minimum", True), ("interval-too-short", False), ("Dose-Differs", False)]
)
def test_s31_the_code_of_an_override_is_that_of_a_finding(code: str, *, known: bool) -> None:
    stated = {"code": code, "course": 2, "by": "Dr A", "why": "travel", "on": "2026-02-20"}
    given = history(COURSE_1, run("2026-03-02", 3), overrides=[stated])
    assert places(evaluated(given), UNKNOWN) == ([] if known else [(None, None, None)])


def test_s31_the_id_of_a_test_is_no_code_of_an_override() -> None:
    stated = {"code": "blood-count", "by": "Dr A", "why": "travel", "on": "2026-02-20"}
    assert places(evaluated(history(COURSE_1, overrides=[stated])), UNKNOWN) == [(None, None, None)]


def test_s31_a_refused_observation_leaves_the_prophylaxis_open() -> None:
    counted = [cd4("2025-06-03", 250)]
    assert prophylaxis_ends(history(COURSE_1, observations=counted)) == "2025-06-03"
    assert prophylaxis_ends(history(COURSE_1, observations=counted, unreadable_observations=[9])) is None


def test_s31_a_refused_observation_leaves_baselines_not_assessed() -> None:
    given = history(COURSE_1, tests_recorded=["blood-count", "vaccinations"])
    assert of_tests(evaluated(given)) == {"blood-count"}
    refused = given.model_copy(update={"unreadable_observations": [9]})
    evaluation = evaluated(refused)
    assert of_tests(evaluation) | of_tests(evaluation, "window-missed") == set()
    assert 9 in lacking(evaluation, "baseline-missing")
    assert 9 in lacking(evaluation, "window-missed")


def test_s31_a_refused_observation_takes_nothing_of_the_infusions() -> None:
    """Course 2 on 2 March 2026, a day before 12 months from the first infusion."""
    given = history(COURSE_1, run("2026-03-02", 3), unreadable_observations=[9])
    assert places(evaluated(given), "interval-below-minimum") == [(2, "2026-03-02", 6)]
    assert next_earliest(given) == (3, "optional", "2027-03-04")
    assert contraception(planned(given, ASKED, courses=2)) == [
        ("2025-03-03", "2025-07-07"),
        ("2026-03-02", "2026-07-04"),
    ]


def test_s31_a_refused_observation_of_a_file_keeps_the_infusions() -> None:
    infusions = [{"date": one["date"].isoformat()} for one in COURSE_1]
    observations = [{"date": "2025-13-01", "code": "cd4", "value": 250}]
    intake = parse_json(json.dumps({"patient": "p1", "infusions": infusions, "observations": observations}))
    (given,) = intake.histories
    assert (intake.accepted, intake.refused != ()) == (5, True)
    assert (given.unreadable, len(given.unreadable_observations)) == ((), 1)
    assert next_earliest(given, "2025-06-01") == (2, "not-due", "2026-03-07")


# --- S32: what is on record at all ---------------------------------------------------------------

BASELINES: Final = {"blood-count", "creatinine", "urinalysis", "liver-tests", "thyroid"}


def test_s32_one_cd4_count_says_nothing_of_other_tests() -> None:
    evaluation = evaluated(history(COURSE_1, observations=[cd4("2025-03-20", 150)]))
    assert evaluation.findings == ()
    assert None in lacking(evaluation, "baseline-missing")


@pytest.mark.parametrize("kind", sorted(BASELINES))
def test_s32_a_kind_that_occurs_is_judged_and_no_other(kind: str) -> None:
    """A test of April 2025 is no baseline; it says that the kind is recorded."""
    evaluation = evaluated(history(COURSE_1, observations=[seen(kind, "2025-04-07")]))
    assert missing(evaluation) == {(kind, 1, "2025-03-02")}
    assert None in lacking(evaluation, "baseline-missing")


def test_s32_a_kind_occurs_under_its_coding_too() -> None:
    evaluation = evaluated(history(COURSE_1, observations=[seen(f"{LOINC}|57021-8", "2025-04-07")]))
    assert of_tests(evaluation) == {"blood-count"}


def test_s32_a_coding_of_the_protocol_serves_as_baseline() -> None:
    drawn = [seen(f"{LOINC}|57021-8", "2025-02-20"), seen("2160-0", "2025-01-31")]
    assert of_tests(evaluated(history(COURSE_1, observations=drawn))) == {"creatinine"}


def test_s32_the_kinds_that_a_history_names_are_judged() -> None:
    assert of_tests(evaluated(history(COURSE_1, tests_recorded=sorted(BASELINES)))) == BASELINES
    assert of_tests(evaluated(history(COURSE_1, tests_recorded=["thyroid"]))) == {"thyroid"}
    assert of_tests(evaluated(history(COURSE_1, tests_recorded=["57021-8"]))) == {"blood-count"}


def test_s32_an_empty_list_means_that_none_is_recorded() -> None:
    given = history(COURSE_1, observations=[seen("blood-count", "2025-04-07")], tests_recorded=[])
    assert of_tests(evaluated(given)) == set()


def test_s32_where_kinds_are_named_the_others_are_not_judged() -> None:
    given = history(COURSE_1, observations=[seen("blood-count", "2025-04-07")], tests_recorded=["thyroid"])
    assert of_tests(evaluated(given)) == {"thyroid"}


def test_s32_with_every_kind_named_nothing_is_left_open() -> None:
    every = [*BASELINES, "urine-protein-creatinine", "vaccinations", "skin-examination"]
    evaluation = evaluated(history(COURSE_1, tests_recorded=every))
    assert lacking(evaluation, "baseline-missing") | lacking(evaluation, "window-missed") == set()
    assert of_tests(evaluation) == BASELINES | {"skin-examination"}
    assert of_tests(evaluation, "window-missed") == {"urine-protein-creatinine", "vaccinations"}


@pytest.mark.parametrize(
    ("recorded_from", "judged"),
    [("2025-03-01", True), ("2025-03-02", True), ("2025-03-03", False), ("2026-01-01", False)],
)
def test_s32_what_was_due_before_tests_were_recorded_is_not_assessed(recorded_from: str, *, judged: bool) -> None:
    given = history(COURSE_1, tests_recorded=["blood-count"], tests_recorded_from=recorded_from)
    evaluation = evaluated(given)
    assert of_tests(evaluation) == ({"blood-count"} if judged else set())
    assert None in lacking(evaluation, "baseline-missing")


@pytest.mark.parametrize(
    ("recorded_from", "judged"), [("2025-01-20", True), ("2025-01-21", False), ("2025-02-01", False)]
)
def test_s32_a_window_that_closed_before_is_not_assessed(recorded_from: str, *, judged: bool) -> None:
    """Vaccinations close 42 days before 3 March 2025, on 20 January."""
    given = history(COURSE_1, tests_recorded=["vaccinations"], tests_recorded_from=recorded_from)
    assert missing(evaluated(given), "window-missed") == ({("vaccinations", 1, "2025-01-20")} if judged else set())


def test_s32_later_courses_of_a_transferred_patient_are_judged() -> None:
    given = history(COURSE_1, COURSE_2, tests_recorded=["blood-count"], tests_recorded_from="2026-01-01")
    assert missing(evaluated(given)) == {("blood-count", 2, "2026-03-08")}


def read_patients(*patients: dict[str, Any]) -> dict[str | None, History]:
    days = [{"date": one["date"].isoformat()} for one in COURSE_1]
    return {
        one.patient: one for one in parse_json(json.dumps([{"infusions": days, **one} for one in patients])).histories
    }


def test_s32_a_reader_of_many_patients_takes_the_kinds_from_the_whole_file() -> None:
    """Patient 1 has a blood count of April 2025, patient 2 has no test at all."""
    drawn = {"date": "2025-04-07", "code": "blood-count"}
    read = read_patients({"patient": "p1", "observations": [drawn]}, {"patient": "p2"})
    assert {name: of_tests(evaluated(one)) for name, one in read.items()} == {
        "p1": {"blood-count"},
        "p2": {"blood-count"},
    }


def test_s32_what_a_history_names_is_joined_with_the_kinds_of_the_file() -> None:
    drawn = {"date": "2025-02-20", "code": "blood-count"}
    read = read_patients({"patient": "p1", "observations": [drawn]}, {"patient": "p2", "tests_recorded": ["thyroid"]})
    assert of_tests(evaluated(read["p1"])) == set()
    assert of_tests(evaluated(read["p2"])) == {"blood-count", "thyroid"}


def test_s32_a_patient_read_alone_is_judged_by_its_own_kinds() -> None:
    drawn = {"date": "2025-04-07", "code": "creatinine"}
    assert of_tests(evaluated(read_patients({"patient": "p1", "observations": [drawn]})["p1"])) == {"creatinine"}


WOMEN: Final = [
    "[[actions]]",
    'id = "cervical-smear"',
    'title = "Cervical screening"',
    'kind = "window"',
    'opens = "first infusion - 60 days"',
    'closes = "first infusion - 1 day"',
    'applies_to = "women"',
    'cite = "own"',
    *OWN_SOURCE,
]


@pytest.mark.parametrize(
    ("about", "judged"),
    [
        ({"tests_recorded": ["cervical-smear"]}, True),
        ({"observations": [{"date": "2024-06-03", "code": "cervical-smear"}], "tests_recorded": []}, True),
        ({"tests_recorded": ["blood-count"]}, False),
        ({}, False),
    ],
)
def test_s32_a_test_for_some_patients_is_judged_where_the_history_has_it(
    tmp_path: Path, about: dict[str, Any], *, judged: bool
) -> None:
    evaluation = evaluated(history(COURSE_1, **about), protocol=own_protocol(tmp_path, *WOMEN))
    assert of_tests(evaluation, "window-missed") == ({"cervical-smear"} if judged else set())


# --- S42: baselines and windows --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drawn", "serves"), [("2025-01-31", False), ("2025-02-01", True), ("2025-03-02", True), ("2025-03-03", False)]
)
def test_s42_a_baseline_takes_any_record_in_its_window(drawn: str, *, serves: bool) -> None:
    given = history(COURSE_1, observations=[seen("thyroid", drawn)])
    assert missing(evaluated(given)) == (set() if serves else {("thyroid", 1, "2025-03-02")})


@pytest.mark.parametrize(
    ("drawn", "serves"), [("2001-01-01", True), ("2025-03-02", True), ("2025-03-03", False), ("2025-06-02", False)]
)
def test_s42_a_baseline_of_course_1_without_a_window_takes_any_record_before_it(drawn: str, *, serves: bool) -> None:
    given = history(COURSE_1, observations=[seen("skin-examination", drawn)])
    assert missing(evaluated(given)) == (set() if serves else {("skin-examination", 1, "2025-03-02")})


EYES: Final = [
    "[[actions]]",
    'id = "eye-test"',
    'title = "Eye test"',
    'kind = "series"',
    'every = "1 year"',
    'until = "last infusion + 48 months"',
    'baseline = { cite = "own" }',
    'cite = "own"',
    *OWN_SOURCE,
]


@pytest.mark.parametrize(
    ("drawn", "serves"), [("2025-03-07", False), ("2025-03-08", True), ("2026-03-08", True), ("2026-03-09", False)]
)
def test_s42_a_baseline_without_a_window_takes_any_record_after_the_course_before(
    tmp_path: Path, drawn: str, *, serves: bool
) -> None:
    observations = [seen("eye-test", "2025-03-01"), seen("eye-test", drawn)]
    given = history(COURSE_1, COURSE_2, observations=observations)
    evaluation = evaluated(given, protocol=own_protocol(tmp_path, *EYES))
    assert missing(evaluation) == (set() if serves else {("eye-test", 2, "2026-03-08")})


def test_s42_the_course_before_is_the_one_before_in_time(tmp_path: Path) -> None:
    """Course 2 is not on record: the last infusion before course 3 is 7 March 2025."""
    given = history(
        run("2025-03-03", 5, course=1),
        run("2026-03-09", 3, course=3),
        observations=[seen("eye-test", "2025-03-01"), seen("eye-test", "2025-03-08")],
    )
    assert missing(evaluated(given, protocol=own_protocol(tmp_path, *EYES))) == set()


def test_s42_a_baseline_is_judged_of_courses_that_have_begun() -> None:
    given = history(COURSE_1, COURSE_2, tests_recorded=["blood-count"])
    assert missing(evaluated(given, "2026-03-08")) == {("blood-count", 1, "2025-03-02")}
    assert missing(evaluated(given, "2026-03-09")) == {
        ("blood-count", 1, "2025-03-02"),
        ("blood-count", 2, "2026-03-08"),
    }


def test_s42_a_baseline_has_a_severity_and_no_row() -> None:
    (found,) = evaluated(history(COURSE_1, tests_recorded=["blood-count"]), "2025-03-10").findings
    assert (found.code, found.severity, found.row, found.test) == ("baseline-missing", "warning", None, "blood-count")


@pytest.mark.parametrize(
    ("drawn", "missed"), [("2025-01-31", True), ("2025-02-01", False), ("2025-03-02", False), ("2025-03-03", True)]
)
def test_s42_a_window_without_its_record_is_missed(drawn: str, *, missed: bool) -> None:
    given = history(COURSE_1, observations=[seen("urine-protein-creatinine", drawn)])
    found = {("urine-protein-creatinine", 1, "2025-03-02")} if missed else set()
    assert missing(evaluated(given), "window-missed") == found


def test_s42_a_missed_window_is_a_warning_without_a_row() -> None:
    (found,) = evaluated(history(COURSE_1, tests_recorded=["vaccinations"])).findings
    assert (found.code, found.severity, found.course, found.row) == ("window-missed", "warning", 1, None)
    assert (found.day, found.test) == (date(2025, 1, 20), "vaccinations")


@pytest.mark.parametrize(("done", "missed"), [("1999-01-01", False), ("2025-01-20", False), ("2025-01-21", True)])
def test_s42_a_window_without_an_opening_opens_at_any_time_before_course_1(done: str, *, missed: bool) -> None:
    if done < "2000":
        done = "2000-01-01"  # the earliest day that a record may have
    given = history(COURSE_1, observations=[seen("vaccinations", done)])
    assert missing(evaluated(given), "window-missed") == ({("vaccinations", 1, "2025-01-20")} if missed else set())


BEFORE_EACH: Final = [
    "[[actions]]",
    'id = "chest-image"',
    'title = "Chest image"',
    'kind = "window"',
    'closes = "first infusion - 1 week"',
    'cite = "own"',
    *OWN_SOURCE,
]


@pytest.mark.parametrize(
    ("done", "missed"), [("2025-03-07", True), ("2025-03-08", False), ("2026-03-02", False), ("2026-03-03", True)]
)
def test_s42_a_window_without_an_opening_opens_after_the_course_before(
    tmp_path: Path, done: str, *, missed: bool
) -> None:
    """Before course 2 it closes on 9 March 2026 less a week, 2 March."""
    observations = [seen("chest-image", "2025-02-03"), seen("chest-image", done)]
    given = history(COURSE_1, COURSE_2, observations=observations)
    evaluation = evaluated(given, protocol=own_protocol(tmp_path, *BEFORE_EACH))
    assert missing(evaluation, "window-missed") == ({("chest-image", 2, "2026-03-02")} if missed else set())


AFTER_EACH: Final = [
    "[[actions]]",
    'id = "late-visit"',
    'title = "Late visit"',
    'kind = "window"',
    'opens = "last infusion + 1 month"',
    'closes = "last infusion + 2 months"',
    'cite = "own"',
    *OWN_SOURCE,
]


@pytest.mark.parametrize(("as_of", "missed"), [("2025-05-06", False), ("2025-05-07", False), ("2025-05-08", True)])
def test_s42_a_window_is_missed_from_the_day_after_it_closes(tmp_path: Path, as_of: str, *, missed: bool) -> None:
    """From 7 April to 7 May 2025."""
    given = history(COURSE_1, tests_recorded=["late-visit"])
    evaluation = evaluated(given, as_of, own_protocol(tmp_path, *AFTER_EACH))
    assert missing(evaluation, "window-missed") == ({("late-visit", 1, "2025-05-07")} if missed else set())


def test_s42_the_day_on_which_a_window_is_missed_is_announced(tmp_path: Path) -> None:
    given = history(COURSE_1, tests_recorded=["late-visit"])
    evaluation = evaluated(given, "2025-05-01", own_protocol(tmp_path, *AFTER_EACH))
    assert evaluation.changes_on == date(2025, 5, 8)


@pytest.mark.parametrize(
    ("done", "missed"), [("2025-04-06", True), ("2025-04-07", False), ("2025-05-07", False), ("2025-05-08", True)]
)
def test_s42_a_record_in_a_later_window_counts(tmp_path: Path, done: str, *, missed: bool) -> None:
    given = history(COURSE_1, observations=[seen("late-visit", done)])
    evaluation = evaluated(given, "2025-06-01", own_protocol(tmp_path, *AFTER_EACH))
    assert of_tests(evaluation, "window-missed") == ({"late-visit"} if missed else set())


def test_s42_a_record_after_the_day_of_asking_does_not_count(tmp_path: Path) -> None:
    """Asked on 8 May 2025, a record of 9 May is not known; one of 7 May is."""
    own = own_protocol(tmp_path, *AFTER_EACH)
    for done, missed in (("2025-05-07", set()), ("2025-05-09", {"late-visit"})):
        given = history(COURSE_1, observations=[seen("late-visit", done)])
        assert of_tests(evaluated(given, "2025-05-08", own), "window-missed") == missed


def test_s42_nothing_is_missed_before_a_course_has_begun() -> None:
    given = history(tests_recorded=["vaccinations", "blood-count"])
    assert evaluated(given).findings == ()


# --- S33: a refused row and shortness --------------------------------------------------------------


def test_s33_a_refused_dose_in_a_complete_course_makes_it_no_shorter() -> None:
    """The dose of the third day is written 12;5."""
    given = csv_history(
        "p1,2025-03-03,12", "p1,2025-03-04,12", 'p1,2025-03-05,"12;5"', "p1,2025-03-06,12", "p1,2025-03-07,12"
    )
    evaluation = evaluated(given)
    assert given.unreadable == (4,)
    assert codes(evaluation) & {"course-incomplete", "course-not-consecutive", "needs-clinical-decision"} == set()
    for code in ("course-incomplete", "course-not-consecutive", "needs-clinical-decision"):
        assert lacking(evaluation, code) == {4}


@pytest.mark.parametrize(("as_of", "code"), [("2025-03-10", "course-interrupted"), ("2025-03-30", "course-incomplete")])
def test_s33_shortness_is_not_assessed(as_of: str, code: str) -> None:
    plain, refused = history(run("2025-03-03", 3)), history(run("2025-03-03", 3), unreadable=[4])
    assert codes(evaluated(plain, as_of)) == {code, "needs-clinical-decision"}
    evaluation = evaluated(refused, as_of)
    assert codes(evaluation) == set()
    assert lacking(evaluation, code) == lacking(evaluation, "needs-clinical-decision") == {4}


def test_s33_an_unclear_boundary_is_not_assessed() -> None:
    plain = history(run("2025-03-03", 3), run("2025-04-04", 3))
    assert "course-boundary-unclear" in codes(evaluated(plain))
    evaluation = evaluated(plain.model_copy(update={"unreadable": [7]}))
    assert codes(evaluation) == set()
    assert lacking(evaluation, "course-boundary-unclear") == {7}


def test_s33_a_missing_earlier_course_is_not_assessed() -> None:
    evaluation = evaluated(history(run("2026-03-09", 3, course=2), unreadable=[4]))
    assert codes(evaluation) == set()
    assert lacking(evaluation, GAP) == {4}


def test_s33_a_gap_inside_a_course_is_not_assessed() -> None:
    plain = history(on("2025-03-03 2025-03-04 2025-03-06 2025-03-07 2025-03-08"))
    assert codes(evaluated(plain)) == {"course-not-consecutive"}
    evaluation = evaluated(plain.model_copy(update={"unreadable": [6, 9]}))
    assert codes(evaluation) == set()
    assert lacking(evaluation, "course-not-consecutive") == {6, 9}


def test_s33_what_no_infusion_takes_away_stays() -> None:
    given = history(
        run("2025-03-03", 5, dose_mg=10),
        on("2025-03-08"),
        run("2025-09-01", 3),
        unreadable=[10],
        birth_date="2010-01-01",
    )
    found = codes(evaluated(given))
    assert {"dose-differs", "extra-infusion", "interval-below-minimum", "age-below-minimum"} <= found


def test_s33_contradicting_numbers_stay() -> None:
    assert places(evaluated(SWAPPED.model_copy(update={"unreadable": [9]})), CONTRADICT) == [(1, "2026-03-09", 6)]


def test_s33_no_date_is_named() -> None:
    given = history(run("2025-03-03", 3), unreadable=[4])
    assert next_earliest(given) == (2, "not-assessed", None)
    assert {4} <= lacking(evaluated(given), "earliest-next-course")


# --- S34: doses -------------------------------------------------------------------------------------


def dose_of(value: object) -> Decimal | None:
    return InfusionRecord.model_validate({"date": date(2025, 3, 3), "dose_mg": value}).dose_mg


@pytest.mark.parametrize(
    ("written", "dose"),
    [
        ("12", "12"), ("12.0", "12"), ("12.000000000", "12"), ("12.50", "12.5"), ("12.1234560", "12.123456"),
        (Decimal("12.00000000"), "12"), (Decimal("9.9999990"), "9.999999"), (12, "12"), (12.0, "12"), (12.5, "12.5"),
    ],
)  # fmt: skip
def test_s34_zeros_at_the_end_do_not_count(written: object, dose: str) -> None:
    assert dose_of(written) == Decimal(dose)


@pytest.mark.parametrize("written", ["12.1234567", Decimal("12.1234567"), Decimal("0.0000001"), "12.00000010"])
def test_s34_more_than_6_places_are_refused(written: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        dose_of(written)
    assert re.search(r"\b6\b|\bsix\b", refusal.value.message)
    assert "place" in refusal.value.message
    assert "12.12" not in refusal.value.message


@pytest.mark.parametrize(
    ("value", "dose"),
    [
        (0.1 + 0.2, "0.3"),  # 0.30000000000000004
        (12.1, "12.1"),
        (12.1 * 3, "36.3"),  # 36.3 or 36.300000000000004
        (11.9999995, "12"),  # half up, from its shortest decimal
        (12.0000005, "12.000001"),
        (12.00000049, "12"),
        (1e-5, "0.00001"),
        (1234.5, "1234.5"),
    ],
)
def test_s34_a_binary_number_is_its_shortest_decimal_rounded_half_up(value: float, dose: str) -> None:
    assert dose_of(value) == Decimal(dose)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf"), 1e-9, True, "", "12,5", "1e1", "12 mg"])
def test_s34_what_is_no_dose_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        dose_of(value)


@pytest.mark.parametrize(
    ("written", "dose"),
    [
        ("12.00000000", "12"),
        ("12.5", "12.5"),
        ("12.1234560", "12.123456"),
        ("12.1234567", None),
        ("0.30000000000000004", None),
    ],
)
def test_s34_a_number_in_json_is_a_decimal_as_written(written: str, dose: str | None) -> None:
    intake = parse_json(f'{{"patient": "p1", "infusions": [{{"date": "2025-03-03", "dose_mg": {written}}}]}}')
    found = [one.dose_mg for one in intake.histories[0].infusions]
    assert found == ([] if dose is None else [Decimal(dose)])
    assert intake.refused_rows == (1 if dose is None else 0)


@pytest.mark.parametrize(("written", "dose"), [("12.00000000", "12"), ("12.1234567", None), ("12.50", "12.5")])
def test_s34_a_number_in_fhir_is_a_decimal_as_written(written: str, dose: str | None) -> None:
    text = json.dumps(bundle(administration())).replace('"value": 12', f'"value": {written}')
    intake = parse_json(text, time_zone="America/New_York")
    assert [one.dose_mg for one in intake.histories[0].infusions] == ([] if dose is None else [Decimal(dose)])
    assert intake.refused_rows == (1 if dose is None else 0)


def test_s34_a_dose_that_differs_is_found_whatever_its_form() -> None:
    for dose in ("10", 10, 10.0, Decimal("10.000000"), "12.000001"):
        assert "dose-differs" in codes(evaluated(history(on("2025-03-03", dose_mg=dose)), "2025-03-03"))


# --- S35: times --------------------------------------------------------------------------------------


def timed(**times: Any) -> History:
    return history([{"date": day("2025-03-03"), **times}])


TOO_SHORT: Final = {"infusion-too-short", "observation-too-short"}


@pytest.mark.parametrize(
    ("started", "ended", "minutes"),
    [
        ("09:00:00", "13:00:00", 240), ("09:00:59", "13:00:00", 240), ("09:00:00", "12:59:59", 239),
        ("09:00", "13:00:30", 240), ("09:01:00", "13:00:59", 239), (time(9, 0, 59), time(13, 0), 240),
        (time(9), time(12, 59, 59), 239), ("09:00:10", "09:00:50", 0),
    ],
)  # fmt: skip
def test_s35_both_ends_are_cut_to_the_minute(started: object, ended: object, minutes: int) -> None:
    given = timed(started=started, ended=ended)
    assert given.infusions[0].infused_for == minutes
    assert codes(evaluated(given, "2025-03-03")) & TOO_SHORT == (set() if minutes >= 240 else {"infusion-too-short"})


@pytest.mark.parametrize(("until", "minutes"), [("15:00:00", 120), ("14:59:59", 119), ("15:00:59", 120)])
def test_s35_the_observation_too(until: str, minutes: int) -> None:
    given = timed(ended="13:00:59", observed_until=until)
    assert given.infusions[0].observed_for == minutes
    assert codes(evaluated(given, "2025-03-03")) & TOO_SHORT == (set() if minutes >= 120 else {"observation-too-short"})


@pytest.mark.parametrize("written", ["09:00:60", "09:00:0", "9:00:00", "09:00:00.5", "09:00:00Z", "24:00:00"])
def test_s35_no_other_spelling_is_read(written: str) -> None:
    with pytest.raises(InvalidInput):
        timed(started=written)


def test_s35_times_with_seconds_are_read_from_csv_and_json() -> None:
    csv = csv_history("p1,2025-03-03,09:00:59,13:00:00", header="patient,date,started,ended")
    infusion = {"date": "2025-03-03", "started": "09:00:59", "ended": "13:00:00"}
    (from_json,) = parse_json(json.dumps({"patient": "p1", "infusions": [infusion]})).histories
    assert [one.infusions[0].infused_for for one in (csv, from_json)] == [240, 240]


def fhir_infusion(start: str, end: str) -> Intake:
    resource = administration(effectivePeriod={"start": start, "end": end})
    return parse_json(json.dumps(bundle(resource)), time_zone="America/New_York")


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2025-03-03T09:00:00-05:00", "2025-03-03T13:05:00-05:00", 245),
        # The clocks go forward at 02:00 on 9 March 2025: from 00:30 to 05:00 are 3 hours 30 minutes.
        ("2025-03-09T00:30:00-05:00", "2025-03-09T05:00:00-04:00", 210),
        # They go back at 02:00 on 2 November 2025: from 00:30 to 04:00 are 4 hours 30 minutes.
        ("2025-11-02T00:30:00-04:00", "2025-11-02T04:00:00-05:00", 270),
        # The same two instants, written in other offsets.
        ("2025-03-09T05:30:00Z", "2025-03-09T10:00:00+01:00", 210),
        ("2025-03-03T09:00:59-05:00", "2025-03-03T13:00:00-05:00", 240),
        ("2025-03-03T09:00:00-05:00", "2025-03-03T12:59:59-05:00", 239),
    ],
)
def test_s35_between_two_instants_the_real_time_counts(start: str, end: str, minutes: int) -> None:
    intake = fhir_infusion(start, end)
    assert intake.refused == ()
    assert intake.histories[0].infusions[0].infused_for == minutes


@pytest.mark.parametrize(
    ("start", "end", "short"),
    [
        ("2025-03-09T00:30:00-05:00", "2025-03-09T05:00:00-04:00", True),
        ("2025-11-02T00:30:00-04:00", "2025-11-02T04:00:00-05:00", False),
        # The clock shows an earlier time at the end than at the start, and 20 minutes have passed.
        ("2025-11-02T01:50:00-04:00", "2025-11-02T01:10:00-05:00", True),
    ],
)
def test_s35_an_infusion_over_a_clock_change_is_judged_by_real_time(start: str, end: str, *, short: bool) -> None:
    intake = fhir_infusion(start, end)
    assert intake.refused == ()
    assert ("infusion-too-short" in codes(evaluated(intake.histories[0]))) is short


def test_s32_a_misspelt_code_of_one_patient_is_no_finding_of_another() -> None:
    """`bloodcount` is a finding of p1 alone, told once; `thyroid` counts as recorded for both."""
    text = json.dumps([
        {"patient": "p1", "infusions": [{"date": "2025-03-03"}], "observations": [
            {"date": "2025-02-20", "code": "bloodcount"}, {"date": "2025-02-20", "code": "thyroid"},
        ]},
        {"patient": "p2", "infusions": [{"date": "2025-03-03"}]},
    ])  # fmt: skip
    first, second = parse_json(text).histories
    assert first.tests_recorded == second.tests_recorded == ("thyroid",)
    assert len(places(evaluated(first), UNKNOWN)) == 1
    assert places(evaluated(second), UNKNOWN) == []


def test_s32_a_test_for_women_of_one_patient_is_not_recorded_for_another() -> None:
    text = json.dumps([
        {"patient": "p1", "infusions": [{"date": "2025-03-03"}], "observations": [
            {"date": "2025-02-20", "code": "hpv"}, {"date": "2025-02-20", "code": "thyroid"},
        ]},
        {"patient": "p2", "infusions": [{"date": "2025-03-03"}]},
    ])  # fmt: skip
    first, second = parse_json(text).histories
    assert first.tests_recorded == ("hpv", "thyroid")
    assert second.tests_recorded == ("thyroid",)


# --- found by an attacker -------------------------------------------------------------------------


def test_s30_an_unnumbered_day_is_no_part_of_a_later_course_of_the_next_number() -> None:
    """A day three weeks after a short course 1 has no number; course 2 is recorded a year later, with 2 of 3 days."""
    given = history(run("2021-01-04", 4), on("2021-01-28"), run("2022-01-24", 2, course=2))
    evaluation = evaluate(given, US, as_of=day("2022-01-25"))
    spans = [(course.first_day.isoformat(), course.infusions) for course in evaluation.courses]
    assert spans == [("2021-01-04", 4), ("2021-01-28", 1), ("2022-01-24", 2)]
    assert codes(evaluation) >= {"course-boundary-unclear", "course-numbers-contradict"}
    assert "extra-infusion" not in codes(evaluation)
    assert forecast(given, US, as_of=day("2022-01-25")).earliest is None


def test_s10_a_decision_joins_an_unnumbered_group_beside_a_numbered_course() -> None:
    """`resume` makes the three days part of course 1: then course 2 is what its number says."""
    given = history(run("2021-01-04", 2, course=1), run("2021-01-25", 3), run("2022-03-07", 3, course=2))
    resumed = decision(1, "resume", on="2021-01-20")
    assert forecast(given, US, as_of=day("2022-06-01")).earliest is None
    assert forecast(given, US, as_of=day("2022-06-01"), decisions=[resumed]).earliest == day("2023-03-09")


def test_s28_the_leniency_is_between_courses_1_and_2_alone(tmp_path: Path) -> None:
    """An own protocol warns from the first infusion on for every later course: course 3 is an error all the same."""
    later = ["infusion_days = 3", 'minimum_interval = "12 months"', 'warn_only_from = "first infusion"']
    courses = ["[[courses]]", "infusion_days = 5", 'cite = "faq"', "[[courses]]", *later, "optional = true"]
    own = own_protocol(tmp_path, *courses, 'cite = "faq"')
    # Course 2 ends on 9 March 2026; course 3 on 8 March 2027 is a day early, and 12 months after 7 March 2026.
    given = history(run("2025-03-03", 5), run("2026-03-07", 3), run("2027-03-08", 3))
    evaluation = evaluate(given, own, as_of=day("2027-06-01"))
    assert places(evaluation, "interval-below-minimum") == [(3, "2027-03-08", 9)]
    assert places(evaluation, "anchor-not-named") == []


def test_s31_tests_of_a_refused_object_are_not_called_missing() -> None:
    """The object with the blood count has a wrong birth date: whether the test was done is not known."""
    text = json.dumps([
        {"patient": "p1", "infusions": [{"date": "2025-03-03"}], "observations": [
            {"date": "2025-02-20", "code": "blood-count"},
        ]},
        {"patient": "p2", "birth_date": "1990", "infusions": [{"date": "2025-03-03"}], "observations": [
            {"date": "2025-02-20", "code": "blood-count"},
        ]},
    ])  # fmt: skip
    _, second = parse_json(text).histories
    assert second.unreadable_observations == second.unreadable == (2,)


def test_s16_a_complete_course_that_is_called_resumed_is_not_in_progress() -> None:
    given = history(COURSE_1)
    resumed = decision(1, "resume", on="2025-03-07")
    with pytest.raises(InvalidInput) as refused:
        plan_treatment(
            US, EVERY_DAY, not_before=day("2025-03-05"), history=given, as_of=day("2025-04-01"), decisions=[resumed]
        )
    assert refused.value.place == "not_before"


def test_s31_a_bare_code_of_two_codings_stands_for_neither(tmp_path: Path) -> None:
    """The code 1 of two systems: which test is meant is not known; with its system it is."""
    test = 'kind = "series"\nevery = "1 month"\nuntil = "last infusion + 48 months"\ncite = "faq"'
    own = own_protocol(tmp_path, *(
        f'[[actions]]\nid = "{name}"\n{test}\ncodes = [{{ system = "http://{name}", code = "1" }}]'
        for name in ("first-test", "other-test")
    ))  # fmt: skip
    bare = history(COURSE_1, observations=[seen("1", "2025-02-20")])
    assert places(evaluate(bare, own, as_of=day("2025-06-01")), UNKNOWN) == [(None, None, None)]
    named = history(COURSE_1, observations=[seen("http://other-test|1", "2025-02-20")])
    assert places(evaluate(named, own, as_of=day("2025-06-01")), UNKNOWN) == []


def test_s31_a_count_under_its_coding_without_a_value_keeps_the_period_open() -> None:
    """250 in June would close; what the later count says is not on record."""
    later = {"date": "2025-06-20", "code": "24467-3"}
    given = history(COURSE_1, observations=[cd4("2025-06-03", 250), later])
    assert prophylaxis_ends(given) is None
    asked = [one.missing for one in evaluated(given).not_assessed if one.code == "period-ends"]
    assert asked == ["the value of observation 2"]


def test_s30_tests_before_a_contradicted_course_are_not_assessed() -> None:
    """Course 2 lies five days after course 1 by its number: whether it needs tests of its own is not known."""
    first, second = run("2025-03-03", 5, course=1), run("2025-03-12", 3, course=2)
    given = history(first, second, observations=[seen("blood-count", "2024-12-20")])
    evaluation = evaluated(given)
    assert places(evaluation, "baseline-missing") == []
    missing = {one.missing for one in evaluation.not_assessed if one.test == "blood-count"}
    assert missing == {"course numbers that fit the dates"}
