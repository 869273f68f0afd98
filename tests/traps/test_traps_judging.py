"""Traps F as far as records are judged and plans made again, and traps G of data frames as they stand in files.

How a row is read is tested in `test_traps_records.py`. Unless a comment says otherwise, course 1 was given on Monday
3 to Friday 7 March 2025.
"""

import json
import subprocess
import sys
from decimal import Decimal
from typing import Any, Final

import pytest

from lemtrada_schedule import History, Plan, evaluate, forecast, plan_treatment, replan
from lemtrada_schedule.plan.revision import Change, Revision
from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.readers.fhir.records import parse_ndjson
from lemtrada_schedule.readers.records import parse_json
from tests.support.histories import EU, EVERY_DAY, US, day, days_of, history, on, run, told
from tests.support.record_files import administration, ndjson, places

COURSE_1: Final = run("2025-03-03", 5)
COURSE_2: Final = run("2026-03-09", 3)
IN_FULL: Final = {"started": "09:00", "ended": "13:00", "observed_until": "15:00", "dose_mg": 12}


def of_file(*lines: str) -> History:
    (read,) = parse_csv("\n".join(["patient,date,dose_mg", *lines])).histories
    return read


def week(patient: str = "p1") -> list[str]:
    return [f"{patient},2025-03-{n:02},12" for n in range(3, 8)]


# --- F: the same day -----------------------------------------------------------------------------


def test_F01_the_same_infusion_twice_is_found_with_both_rows_and_counted_once() -> None:
    given = of_file(*week(), "p1,2025-03-05,12")  # lines 2 to 6, and 7, which repeats line 4
    evaluation = evaluate(given, US, as_of=day("2025-06-02"))
    (found,) = [one for one in evaluation.findings if one.code == "duplicate-same-day"]
    assert (found.row, found.day, found.severity) == (7, day("2025-03-05"), "warning")
    assert "row 4" in found.message
    assert [course.infusions for course in evaluation.courses] == [5]
    assert [one.row for one in given.infusions] == [2, 3, 4, 5, 6, 7]  # none is dropped


def test_F02_two_different_infusions_on_one_day_are_an_error_of_their_own() -> None:
    evaluation = evaluate(of_file(*week(), "p1,2025-03-05,6"), US, as_of=day("2025-06-02"))
    assert ("two-infusions-one-day", 7) in told(evaluation)
    assert "duplicate-same-day" not in {code for code, _ in told(evaluation)}
    assert [course.infusions for course in evaluation.courses] == [5]


# --- F: the shape of a course --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "found", "infusions"),
    [
        # a gap on Wednesday, given on Saturday: told at the first day after the gap
        ("2025-03-03 2025-03-04 2025-03-06 2025-03-07 2025-03-08", {("course-not-consecutive", 3)}, 5),
        # four of five
        (
            "2025-03-03 2025-03-04 2025-03-05 2025-03-06",
            {("course-incomplete", 4), ("needs-clinical-decision", 4)},
            4,
        ),
        # six
        ("2025-03-03 2025-03-04 2025-03-05 2025-03-06 2025-03-07 2025-03-08", {("extra-infusion", 6)}, 6),
        # as many as course 2 has, given as the first: still course 1, and short
        ("2025-03-03 2025-03-04 2025-03-05", {("course-incomplete", 3), ("needs-clinical-decision", 3)}, 3),
    ],
    ids=["a gap", "four of five", "six", "three as the first"],
)
def test_F04_what_is_wrong_with_a_course_has_its_own_code(
    days: str, found: set[tuple[str, int]], infusions: int
) -> None:
    evaluation = evaluate(history(on(days)), US, as_of=day("2025-06-02"))
    assert set(told(evaluation)) == found
    assert [(course.number, course.infusions) for course in evaluation.courses] == [(1, infusions)]


# --- F05: one day before, on the day, one day after ----------------------------------------------


def second(began: str) -> History:
    return history(COURSE_1, run(began, 3))


def third(began: str) -> History:
    """Course 2 was given on 9 to 11 March 2026."""
    return history(COURSE_1, COURSE_2, run(began, 3))


def full(**changed: Any) -> History:
    """Course 1 with everything on record, its first day changed."""
    first, *rest = run("2025-03-03", 5, **IN_FULL)
    return history([{**first, **changed}, *rest])


SHORT: Final = run("2025-03-03", 3)  # the last on Wednesday 5 March
LATER: Final = "2028-01-03"
TRIPLES: Final[dict[str, tuple[str, list[tuple[History, str, bool]]]]] = {
    # Last infusion + 12 months = 7 March 2026; between the two anchors it is a warning (S11).
    "course 2 from the last infusion": (
        "anchor-not-named",
        [
            (second("2026-03-06"), LATER, True),
            (second("2026-03-07"), LATER, False),
            (second("2026-03-08"), LATER, False),
        ],
    ),
    # First infusion + 12 months = 3 March 2026.
    "course 2 from the first infusion": (
        "interval-below-minimum",
        [
            (second("2026-03-02"), LATER, True),
            (second("2026-03-03"), LATER, False),
            (second("2026-03-04"), LATER, False),
        ],
    ),
    # Last infusion of course 2 + 12 months = 11 March 2027.
    "course 3": (
        "interval-below-minimum",
        [(third("2027-03-10"), LATER, True), (third("2027-03-11"), LATER, False), (third("2027-03-12"), LATER, False)],
    ),
    # 5 March + 2 days = 7 March.
    "interrupted": (
        "course-interrupted",
        [
            (history(SHORT), "2025-03-06", False),
            (history(SHORT), "2025-03-07", True),
            (history(SHORT), "2025-03-08", True),
        ],
    ),
    # 5 March + 15 + 1 days = 21 March.
    "partial": (
        "course-incomplete",
        [
            (history(SHORT), "2025-03-20", False),
            (history(SHORT), "2025-03-21", True),
            (history(SHORT), "2025-03-22", True),
        ],
    ),
    # 5 March + 15 days = 20 March is the same course.
    "course gap": (
        "course-boundary-unclear",
        [
            (history(SHORT, on("2025-03-19")), LATER, False),
            (history(SHORT, on("2025-03-20")), LATER, False),
            (history(SHORT, on("2025-03-21")), LATER, True),
        ],
    ),
    "future": (
        "infusion-in-future",
        [
            (history(COURSE_1), "2025-03-06", True),
            (history(COURSE_1), "2025-03-07", False),
            (history(COURSE_1), "2025-03-08", False),
        ],
    ),
    # 17 on the first infusion, 3 March 2025.
    "minimum age": (
        "age-below-minimum",
        [
            (history(COURSE_1, birth_date="2008-03-04"), LATER, True),
            (history(COURSE_1, birth_date="2008-03-03"), LATER, False),
            (history(COURSE_1, birth_date="2008-03-02"), LATER, False),
        ],
    ),
    "adult": (
        "age-below-adult",
        [
            (history(COURSE_1, birth_date="2007-03-04"), LATER, True),
            (history(COURSE_1, birth_date="2007-03-03"), LATER, False),
            (history(COURSE_1, birth_date="2007-03-02"), LATER, False),
        ],
    ),
    # 240 minutes from 09:00, and 120 from 13:00.
    "infusion": (
        "infusion-too-short",
        [(full(ended="12:59"), LATER, True), (full(ended="13:00"), LATER, False), (full(ended="13:01"), LATER, False)],
    ),
    "observation": (
        "observation-too-short",
        [
            (full(observed_until="14:59"), LATER, True),
            (full(observed_until="15:00"), LATER, False),
            (full(observed_until="15:01"), LATER, False),
        ],
    ),
    "dose": (
        "dose-differs",
        [
            (full(dose_mg="11.999999"), LATER, True),
            (full(dose_mg="12.0"), LATER, False),
            (full(dose_mg=13), LATER, True),
        ],
    ),
    # Two medicines before are enough.
    "medicines": (
        "prior-treatments-few",
        [
            (history(COURSE_1, prior_medicines=1), LATER, True),
            (history(COURSE_1, prior_medicines=2), LATER, False),
            (history(COURSE_1, prior_medicines=3), LATER, False),
        ],
    ),
}


@pytest.mark.parametrize("name", TRIPLES)
def test_F05_each_rule_before_on_and_after_its_boundary(name: str) -> None:
    code, asked = TRIPLES[name]
    found = [code in {one for one, _ in told(evaluate(given, US, as_of=day(as_of)))} for given, as_of, _ in asked]
    assert found == [expected for _, _, expected in asked]


def test_F05_with_a_tolerance_of_two_days() -> None:
    """Two days below first infusion + 12 months (3 March 2026) warn, three are an error."""
    for began, code in (("2026-03-01", "within-tolerance"), ("2026-02-28", "interval-below-minimum")):
        evaluation = evaluate(second(began), US, as_of=day(LATER), tolerance_days=2)
        assert told(evaluation) == [(code, 6)]


# --- F06: the future -----------------------------------------------------------------------------


def test_F06_a_record_ahead_is_found_counts_as_nothing_and_holds_the_forecast_back() -> None:
    given = of_file(*week(), "p1,2026-03-09,12")
    evaluation = evaluate(given, US, as_of=day("2025-06-02"))
    assert told(evaluation) == [("infusion-in-future", 7)]
    assert (evaluation.status, [course.infusions for course in evaluation.courses]) == ("awaiting-course-2", [5])
    assert evaluation.changes_on == day("2026-03-09")
    outlook = forecast(given, US, as_of=day("2025-06-02"))
    assert (outlook.status, outlook.earliest) == ("needs-clinical-decision", None)


# --- F10, F11: plans made again ------------------------------------------------------------------


def plan() -> Plan:
    """Monday 11 to Friday 15 January 2027; course 2 from 15 January 2028."""
    return plan_treatment(US, EVERY_DAY, not_before=day("2027-01-11"))


def revised(as_of: str, *parts: list[dict[str, Any]]) -> Revision:
    return replan(plan(), US, EVERY_DAY, history=history(*parts), as_of=day(as_of))


def change_of(revision: Revision, item: str) -> Change:
    (found,) = [one for one in revision.changes if one.item == item]
    return found


def test_F10_neither_what_is_past_nor_what_is_on_record_is_moved() -> None:
    # Given on Tuesday 12 to Saturday 16 January, a day late each; asked two weeks later.
    revision = revised("2027-01-30", run("2027-01-12", 5))
    assert days_of(revision.plan, 1) == ["2027-01-12", "2027-01-13", "2027-01-14", "2027-01-15", "2027-01-16"]
    assert {one.reason for one in revision.changes if one.item.startswith("course-1/")} == {"as recorded"}
    again = replan(
        revision.plan, US, EVERY_DAY, history=history(run("2027-01-12", 5)), as_of=day("2031-01-01")
    )  # long after
    assert days_of(again.plan, 1) == days_of(revision.plan, 1)
    assert days_of(again.plan, 2) == ["2031-01-01", "2031-01-02", "2031-01-03"]  # not in the past


def test_F11_contraception_ends_four_months_after_the_infusion_given_and_both_days_are_shown() -> None:
    # Planned to 15 January: 15 May. Given to 18 January: 18 May.
    before = plan().contraception[0]
    revision = revised("2027-02-01", run("2027-01-14", 5))
    after = revision.plan.contraception[0]
    assert (before.last_day, after.last_day) == (day("2027-05-15"), day("2027-05-18"))
    told_of = change_of(revision, "contraception/1")
    # The first of its days that moved is the first infusion: 11 January, now the 14th.
    assert (told_of.kind, told_of.before, told_of.after) == ("moved", day("2027-01-11"), day("2027-01-14"))


def test_F11_where_only_the_end_moved_the_two_ends_are_shown() -> None:
    # Given on the 11th to 14th and, a day late, on the 16th: 16 May.
    given = on("2027-01-11 2027-01-12 2027-01-13 2027-01-14 2027-01-16")
    told_of = change_of(revised("2027-02-01", given), "contraception/1")
    assert (told_of.kind, told_of.before, told_of.after) == ("moved", day("2027-05-15"), day("2027-05-16"))
    assert "2027-01-16" in told_of.reason


def test_F11_of_a_short_course_it_counts_from_the_last_infusion_given() -> None:
    # Three of five days, left off: 13 January, so 13 May at least.
    (period,) = revised("2027-02-01", run("2027-01-11", 3)).plan.contraception[:1]
    assert (period.last_day, period.provisional) == (day("2027-05-13"), True)


def test_F11_the_eu_counts_four_months_too() -> None:
    made = plan_treatment(EU, EVERY_DAY, not_before=day("2027-01-11"))
    revision = replan(made, EU, EVERY_DAY, history=history(run("2027-01-14", 5)), as_of=day("2027-02-01"))
    assert revision.plan.contraception[0].last_day == day("2027-05-18")


# --- G11 to G18: what data frames do to cells, and no reader of ours ------------------------------

LOOK_ALIKES: Final = (
    "00123", "123", "12345678901234567890", "1e5", "9007199254740992", "9007199254740993", "NA", "None", "True", "nan",
    "null",
)  # fmt: skip


def test_G11_an_id_is_the_text_that_it_is() -> None:
    """Read as numbers, two pairs of these would be one patient each; read as blanks, four would be nobody."""
    rows = [f"{patient},2025-03-03" for patient in LOOK_ALIKES]
    intake = parse_csv("\n".join(["patient,date", *rows]))
    assert [one.patient for one in intake.histories] == sorted(LOOK_ALIKES)
    assert intake.refused == ()


@pytest.mark.parametrize("patient", [123, 123.0, 9007199254740993, True], ids=repr)
def test_G11_an_id_that_is_a_number_is_refused(patient: object) -> None:
    intake = parse_json(json.dumps({"patient": patient, "infusions": [{"date": "2025-03-03"}]}))
    assert places(intake) == [(1, "patient", "wrong-type")]


def test_G11_a_further_cell_refuses_its_row_and_shifts_no_column() -> None:
    intake = parse_csv("patient,date\n7,p1,2025-03-03\np1,2025-03-04\n")
    assert places(intake) == [(2, None, "csv-structure")]
    assert [(one.date, one.row) for history in intake.histories for one in history.infusions] == [
        (day("2025-03-04"), 3)
    ]


@pytest.mark.parametrize("dates", [("01/02/2026", "13/02/2026"), ("13/02/2026", "01/02/2026")], ids="-".join)
def test_G12_whether_day_or_month_comes_first_is_never_guessed(dates: tuple[str, str]) -> None:
    intake = parse_csv("\n".join(["date", *dates]))
    assert places(intake) == [(2, "date", "calendar-date"), (3, "date", "calendar-date")]


def test_G13_no_bad_cell_becomes_an_absent_one() -> None:
    intake = parse_csv("date,dose_mg,started\n2025-03-03,twelve,09:00\n2025-03-04,12,9 o'clock\n2025-03-05,,\n")
    assert places(intake) == [(2, "dose_mg", "wrong-type"), (3, "started", "wall-time")]
    assert [(one.dose_mg, one.started, one.row) for one in intake.histories[0].infusions] == [(None, None, 4)]
    assert intake.histories[0].unreadable == (2, 3)


@pytest.mark.parametrize("written", [20260101, 46087, 1767225600, 1767225600000000000, 0, -1])
def test_G14_a_number_is_no_date(written: int) -> None:
    own = parse_json(json.dumps({"patient": "p1", "infusions": [{"date": written}]}))
    table = parse_csv(f"date\n{written}\n")
    assert places(own) == [(1, "date", "calendar-date")]
    assert places(table) == [(2, "date", "calendar-date")]


@pytest.mark.parametrize("written", ["2262-04-11", "2262-04-12", "1677-09-21", "9999-12-31"])
def test_G15_days_beyond_the_years_are_refused_whatever_a_column_could_hold(written: str) -> None:
    assert places(parse_csv(f"date\n{written}\n")) == [(2, "date", "date-range")]


def test_G16_each_time_stamp_is_looked_at_by_itself() -> None:
    """One with an offset beside one without: the first is read, the second refused, in either order."""
    stamps = ["2025-03-03T09:00:00-05:00", "2025-03-04T09:00:00"]
    for order in (stamps, stamps[::-1]):
        resources = [administration(effectivePeriod={"start": stamp}) for stamp in order]
        intake = parse_ndjson(ndjson(*resources), time_zone="America/New_York")
        bad = order.index(stamps[1]) + 1
        assert places(intake) == [(bad, "effectivePeriod.start", "wall-time")]
        assert [(one.date, one.row) for one in intake.histories[0].infusions] == [(day("2025-03-03"), 3 - bad)]


def test_G17_row_numbers_are_lines_whatever_a_column_says() -> None:
    """A column that counts the rows, with doubles and gaps, is passed over if asked, and never believed."""
    text = "row,date\n7,2025-03-03\n7,2025-03-04\n1,2025-03\n"
    intake = parse_csv(text, ignore=["row"])
    assert [one.row for one in intake.histories[0].infusions] == [2, 3]
    assert places(intake) == [(4, "date", "partial-date")]


def test_G18_cells_have_their_types_by_column_not_by_what_stands_above() -> None:
    rows = ["12", "12.5", "", "12.50", "0.1"]
    intake = parse_csv("\n".join(["date,dose_mg", *(f"2025-03-0{n},{dose}" for n, dose in enumerate(rows, start=3))]))
    doses = [one.dose_mg for one in intake.histories[0].infusions]
    assert doses == [Decimal(12), Decimal("12.5"), None, Decimal("12.5"), Decimal("0.1")]


def test_G18_no_library_of_data_frames_is_imported() -> None:
    code = "import sys, lemtrada_schedule; print(sorted({'pandas', 'polars', 'numpy', 'pyarrow'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
