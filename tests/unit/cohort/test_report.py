"""What a report gives besides the rows of patients: findings, counts, what was not assessed, and words of errors."""

from datetime import date
from importlib.util import find_spec
from typing import Any, Final

import pyarrow as pa
import pytest

from lemtrada_schedule import (
    Clinic,
    History,
    InvalidInput,
    MissingExtra,
    NotAssessed,
    Protocol,
    Report,
    ScreenDiffers,
    audit,
    evaluate,
    parse_source,
)
from lemtrada_schedule.cohort import audit as audit_module
from lemtrada_schedule.cohort import extras, screening
from lemtrada_schedule.cohort.screen.lookup_tables import tables_of
from lemtrada_schedule.findings.finding import MissingFact
from tests.benchmarks.cohorts import cohort
from tests.support.clinics import MON_TO_FRI, clinic_open
from tests.support.histories import EU, US, on, run

AS_OF: Final = date(2026, 11, 22)
ROWS: Final = cohort(300, seed=11)


def asked(rows: Any, **how: Any) -> Report:
    return audit(rows, US, **{"as_of": AS_OF, **how})


def given(*days: str) -> pa.Table:
    return pa.table({"patient": ["p"] * len(days), "date": [date.fromisoformat(day) for day in days]})


# --- by hand -------------------------------------------------------------------------------------


def test_one_patient_by_hand() -> None:
    """Course 1 on 3 to 7 March 2025, course 2 from 2 to 4 March 2026: five days before 12 months were over."""
    days = [row["date"] for row in (*run("2025-03-03", 5), *run("2026-03-02", 3))]
    report = asked(pa.table({"patient": [7] * 8, "date": days}))
    assert report.patients.to_pylist() == [
        {
            "patient": 7,
            "rows": 8,
            "refused_rows": 0,
            "infusions": 8,
            "courses": 2,
            "codes": ["interval-below-minimum"],
            "first_infusion": date(2025, 3, 3),
            "last_infusion": date(2026, 3, 4),
            "next_earliest": date(2027, 3, 4),
            "contraception_until": date(2026, 7, 4),
            "monitoring_until": date(2030, 3, 4),
        }
    ]


def test_the_courses_and_periods_of_one_patient_by_hand() -> None:
    """Course 2 begins 360 days after 7 March 2025 and 5 before 7 March 2026; monitoring ends 48 months after its end.

    Contraception to 7 July 2025 and from 2 March 2026 to 4 July 2026.
    """
    days = [row["date"] for row in (*run("2025-03-03", 5), *run("2026-03-02", 3))]
    report = asked(pa.table({"patient": [7] * 8, "date": days}))
    assert report.courses.to_pylist() == [
        {
            "patient": 7, "number": 1, "first_day": date(2025, 3, 3), "last_day": date(2025, 3, 7), "infusions": 5,
            "planned": 5, "status": "complete", "days_since_previous": None, "early_days": None, "boundary_clear": True,
        },
        {
            "patient": 7, "number": 2, "first_day": date(2026, 3, 2), "last_day": date(2026, 3, 4), "infusions": 3,
            "planned": 3, "status": "complete", "days_since_previous": 360, "early_days": 5, "boundary_clear": True,
        },
    ]  # fmt: skip
    assert [tuple(row.values()) for row in report.periods.to_pylist()] == [
        (7, "contraception", date(2025, 3, 3), date(2025, 7, 7), False),
        (7, "contraception", date(2026, 3, 2), date(2026, 7, 4), False),
        (7, "monitoring", date(2025, 3, 3), date(2030, 3, 4), False),
    ]


def test_S11_a_course_that_is_early_by_the_last_infusion_alone_has_early_days() -> None:
    """Course 2 on 5 March 2026: two days early by 7 March, though 12 months after the first infusion are over."""
    days = [row["date"] for row in (*run("2025-03-03", 5), *run("2026-03-05", 3))]
    report = asked(pa.table({"patient": [7] * 8, "date": days}))
    assert report.courses["early_days"].to_pylist() == [None, 2]
    assert report.patients["codes"].to_pylist() == [["anchor-not-named"]]


def test_S07_a_course_that_may_continue_the_one_before_is_not_early_and_its_boundary_is_not_clear() -> None:
    """Three days to 5 March 2025, and two from 21 March on: 16 days later. Both periods end provisionally."""
    days = [row["date"] for row in (*run("2025-03-03", 3), *run("2025-03-21", 2))]
    report = asked(pa.table({"patient": [7] * 5, "date": days}))
    told = report.courses.select(["days_since_previous", "early_days", "boundary_clear", "status"]).to_pylist()
    assert [tuple(row.values()) for row in told] == [(None, None, True, "partial"), (16, None, False, "partial")]
    assert [tuple(row.values()) for row in report.periods.to_pylist()] == [
        (7, "contraception", date(2025, 3, 3), date(2025, 7, 22), True),  # one ends on 5 July, the other begins before
        (7, "monitoring", date(2025, 3, 3), date(2029, 3, 22), True),
    ]


def test_S30_a_course_after_one_whose_number_contradicts_the_dates_is_not_judged() -> None:
    """Number 1 holds days of 2025 and of 2026; course 2 begins three months after them, a year after none of them."""
    rows = [*run("2025-03-03", 3, course=1), *run("2026-03-09", 2, course=1), *run("2026-06-08", 3, course=2)]
    columns = {"date": [row["date"] for row in rows], "course": [row["course"] for row in rows]}
    report = asked(pa.table({"patient": ["p"] * 8, **columns}))
    told = report.courses.select(["number", "infusions", "days_since_previous", "early_days", "boundary_clear"])
    assert [tuple(row.values()) for row in told.to_pylist()] == [(1, 5, None, None, True), (2, 3, 90, None, False)]
    assert report.periods["provisional"].to_pylist() == [True, True]  # contraception of both courses is one period


def test_S23_periods_that_touch_are_one() -> None:
    """Contraception after 5 March 2025 ends on 5 July: with an infusion on 6 July it goes on, on 7 July it resumes."""
    for day, periods in (("2025-07-06", 1), ("2025-07-07", 2)):
        report = asked(given("2025-03-05", day), as_of=date(2025, 12, 1))
        kinds = report.periods["kind"].to_pylist()
        assert kinds == ["contraception"] * periods + ["monitoring"]


def test_S06_a_patient_with_a_refused_row_has_no_courses_and_no_periods() -> None:
    rows = pa.table({"patient": ["a", "a", "b"], "date": [date(2025, 3, 3)] * 3, "dose_mg": [12.0, -1.0, 12.0]})
    report = asked(rows)
    assert report.courses["patient"].to_pylist() == ["b"]
    assert report.periods["patient"].to_pylist() == ["b", "b"]
    assert dict(zip(*(report.patients[name].to_pylist() for name in ("patient", "first_infusion")), strict=True)) == {
        "a": None,
        "b": date(2025, 3, 3),
    }


def test_a_row_that_may_be_any_patient_s_leaves_no_courses_and_no_periods() -> None:
    report = asked(pa.table({"patient": ["a", "1.5E+17"], "date": [date(2025, 3, 3)] * 2}))
    assert (report.courses.num_rows, report.periods.num_rows) == (0, 0)


def test_the_columns_of_courses_and_periods_have_their_types_where_there_is_no_row() -> None:
    report = asked(pa.table({"patient": pa.array([], pa.string()), "date": pa.array([], pa.date32())}))
    whole = asked(given("2025-03-03"))
    assert report.courses.schema == whole.courses.schema
    assert report.periods.schema == whole.periods.schema


def test_a_patient_of_a_century_is_one_patient() -> None:
    """The first and the last day that there can be: two courses of one day each."""
    report = asked(given("2000-01-01", "2099-12-31"), as_of=date(2099, 12, 31))
    (row,) = report.patients.to_pylist()
    assert (row["patient"], row["rows"], row["courses"]) == ("p", 2, 2)


def test_S30_a_number_that_is_not_the_gap_s_wins_in_the_audit_and_contradicts_the_dates() -> None:
    """Three days in March 2025 and two a year later, recorded as course 1: one course, to 10 March 2026."""
    rows = [*run("2025-03-03", 3, course=1), *run("2026-03-09", 2, course=1)]
    report = asked(
        pa.table(
            {"patient": ["p"] * 5, "date": [row["date"] for row in rows], "course": [row["course"] for row in rows]}
        )
    )
    (row,) = report.patients.to_pylist()
    assert (row["courses"], row["codes"]) == (1, ["course-not-consecutive", "course-numbers-contradict"])
    assert (row["last_infusion"], row["next_earliest"]) == (date(2026, 3, 10), None)


def test_S09_in_progress_the_days_to_come_count() -> None:
    """Three of five days, asked on the third: days 4 and 5 are 6 and 7 March."""
    report = asked(given("2025-03-03", "2025-03-04", "2025-03-05"), as_of=date(2025, 3, 5))
    (row,) = report.patients.to_pylist()
    assert (row["codes"], row["last_infusion"]) == ([], date(2025, 3, 5))
    assert (row["next_earliest"], row["contraception_until"]) == (date(2026, 3, 7), date(2025, 7, 7))


def test_S05_with_a_record_ahead_there_is_no_earliest_day() -> None:
    report = asked(given("2025-03-03", "2027-01-01"))
    (row,) = report.patients.to_pylist()
    assert "infusion-in-future" in row["codes"]
    assert (row["infusions"], row["next_earliest"], row["contraception_until"]) == (1, None, date(2025, 7, 3))


# --- findings ------------------------------------------------------------------------------------


def test_findings_are_those_of_evaluate_with_row_and_words() -> None:
    rows = given("2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07", "2025-03-08")
    (told,) = asked(rows).findings().to_pylist()
    assert told["patient"] == "p"
    assert (told["code"], told["severity"], told["course"], told["row"]) == ("extra-infusion", "error", 1, 6)
    assert told["day"] == date(2025, 3, 8)
    assert "number 6 of course 1" in told["message"]
    assert told["hint"]


def test_findings_can_be_asked_for_by_code() -> None:
    report = asked(ROWS)
    wanted = {row["patient"] for row in report.patients.to_pylist() if "extra-infusion" in row["codes"]}
    assert {row["patient"] for row in report.findings(["extra-infusion"]).to_pylist()} == wanted != set()
    assert set(report.flagged(["extra-infusion"]).to_pylist()) == wanted


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        asked(ROWS).findings(["no-such-code"])
    assert (caught.value.code, caught.value.place) == ("unknown-name", "codes")


def test_if_screen_and_evaluate_differ_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seeded fault: the screen's tables know another gap between courses than `evaluate` does."""
    wrong = US.model_copy(update={"course_gap_days": US.course_gap_days.model_copy(update={"days": 30})})
    monkeypatch.setattr(screening, "tables_of", lambda _protocol, clinic, **asked: tables_of(wrong, clinic, **asked))
    report = asked(given("2025-03-03", "2025-03-04", "2025-03-27"))
    with pytest.raises(ScreenDiffers) as caught:
        report.findings()
    assert caught.value.code == "screen-differs"


def test_a_report_shows_counts_and_no_patient() -> None:
    report = asked(pa.table({"patient": ["secret"], "date": [date(2025, 3, 3)]}))
    assert repr(report) == "Report(1 patient, 1 row)"


# --- what was not assessed -----------------------------------------------------------------------


def test_what_the_columns_lack_stands_once_for_the_cohort() -> None:
    told = {(entry.code, entry.missing) for entry in asked(given("2025-03-03")).not_assessed}
    assert told == {
        ("infusion-too-short", "infusion_minutes"),
        ("observation-too-short", "observation_minutes"),
        ("dose-differs", "dose_mg"),
        ("clinic-closed", "clinic"),
        ("public-holiday", "clinic"),
        ("outside-opening-hours", "clinic"),
        ("age-below-minimum", "birth_date"),
        ("prior-treatments-few", "prior_medicines"),
        ("baseline-missing", "observations"),
        ("test-missed", "observations"),
        ("test-overdue", "observations"),
        ("window-missed", "observations"),
    }


def test_with_every_column_and_a_clinic_only_the_history_s_own_facts_are_missing() -> None:
    facts = {"infusion_minutes": [240], "observation_minutes": [120], "dose_mg": [12.0]}
    rows = pa.table({"patient": [1], "date": [date(2025, 3, 3)], **facts})
    report = asked(rows, clinic=clinic_open(MON_TO_FRI, country="US"))
    assert {entry.code for entry in report.not_assessed} == {
        "outside-opening-hours", "age-below-minimum", "prior-treatments-few", "baseline-missing", "window-missed",
        "test-missed", "test-overdue",
    }  # fmt: skip


def test_a_year_without_holiday_data_is_named() -> None:
    clinic = clinic_open(MON_TO_FRI, country="ES")
    report = asked(given("2025-03-03", "2005-03-03"), clinic=clinic, as_of=date(2099, 1, 1))
    years = [entry for entry in report.not_assessed if entry.fact and entry.fact.kind == "public-holidays"]
    alone = evaluate_years(clinic)
    assert years == [NotAssessed.of("public-holiday", fact) for fact in alone] != []
    assert [entry.missing for entry in years] == ["public holidays of 2005"]


def evaluate_years(clinic: Clinic) -> list[MissingFact]:
    history = History.from_dates(["2025-03-03", "2005-03-03"])  # the data for Spain begin with 2008
    facts = [entry.fact for entry in evaluate(history, US, as_of=date(2099, 1, 1), clinic=clinic).not_assessed]
    return [fact for fact in facts if fact and fact.kind == "public-holidays"]


# --- counts --------------------------------------------------------------------------------------


def test_the_summary_by_hand() -> None:
    rows = given(
        *(row["date"].isoformat() for row in (*run("2025-03-03", 4), *run("2026-04-06", 3), *on("2027-01-01")))
    )
    summary = asked(rows).summary()
    assert (summary["patients"], summary["flagged"]) == (1, 1)
    assert summary["rows"] == {
        "in": 8, "accepted": 8, "audited": 8, "refused": 0, "blank": 0, "other": 0, "superseded": 0,
    }  # fmt: skip
    assert summary["findings"] == {
        "course-incomplete": {
            "severity": "error", "patients": 1, "findings": 1, "out_of": "courses_fully_read",
            "by_course": {"1": 1}, "by_year": {"2025": 1},
        },
        "infusion-in-future": {
            "severity": "error", "patients": 1, "findings": 1, "out_of": "rows",
            "by_course": {"none": 1}, "by_year": {"2027": 1},
        },
    }  # fmt: skip


def test_what_is_counted_out_of_by_hand() -> None:
    """Of p: course 1 over New Year, five days and one of them twice, and course 2 ten days too early.

    Of q: three days, and 16 days later two more that may continue them. Of r: one day, and a row that is refused. Of s:
    a record that was entered in error, and one after the day of the question.
    """
    p = [*run("2024-12-30", 5), *on("2025-01-02"), *run("2025-12-24", 3)]
    q = [*run("2025-03-03", 3), *run("2025-03-21", 2)]
    days = [row["date"] for row in (*p, *q, *on("2025-03-03 2025-03-04 2025-03-03 2027-03-03"))]
    rows = {
        "patient": ["p"] * 9 + ["q"] * 5 + ["r"] * 2 + ["s"] * 2,
        "date": days,
        "status": ["completed"] * 8 + ["partial"] + [None] * 5 + [None, "given", "entered-in-error", None],
        "infusion_minutes": [240] * 9 + [None] * 5 + [240] * 4,
        "dose_mg": [12] * 18,
    }
    summary = asked(pa.table(rows)).summary()
    assert summary["denominators"] == {
        "patients": {"count": 4, "fully_read": 3, "with_courses": {"1": 2, "2": 2, "3": 0}},
        "courses": {"count": 5, "by_course": {"1": 3, "2": 2}, "by_year": {"2024": 1, "2025": 4}},
        "courses_fully_read": {"count": 4, "by_course": {"1": 2, "2": 2}, "by_year": {"2024": 1, "2025": 3}},
        "intervals": {"count": 1, "by_course": {"2": 1}, "by_year": {"2025": 1}},
        "infusions": {"count": 14, "by_course": {"1": 9, "2": 5}, "by_year": {"2024": 2, "2025": 12}},
        "records": {"count": 15, "by_course": {"1": 10, "2": 5}, "by_year": {"2024": 2, "2025": 13}},
        "infusion_lengths": {"count": 9},  # eight completed ones of p, and the one of r
        "observation_lengths": {"count": 0},
        "doses": {"count": 15},
        "rows": {"count": 17},
    }
    assert {code: found["out_of"] for code, found in summary["findings"].items()} == {
        "course-boundary-unclear": "courses_fully_read",
        "duplicate-same-day": "records",
        "infusion-in-future": "rows",
        "interval-below-minimum": "intervals",
        "needs-clinical-decision": "courses_fully_read",
        "partial-infusion": "records",
        "course-incomplete": "courses_fully_read",
    }


def test_the_counts_are_those_of_the_findings() -> None:
    report = asked(ROWS)
    found = report.findings().to_pylist()
    for code, told in report.summary()["findings"].items():
        own = [row for row in found if row["code"] == code]
        assert told["findings"] == len(own)
        assert told["patients"] == len({row["patient"] for row in own})


WHOLE: Final = run("2025-03-03", 5)
"""Course 1 in full, to 7 March 2025: 12 months on is 7 March 2026."""


def counts_of(*parts: list[dict[str, Any]], protocol: Protocol = US, **how: Any) -> dict[str, dict[str, int]]:
    """Return how often each finding occurs in each course of a patient who stands between two without any."""
    days = [row["date"] for part in parts for row in part]
    others = [row["date"] for row in WHOLE]
    rows = {"patient": [1] * 5 + [2] * len(days) + [3] * 5, "date": [*others, *days, *others]}
    report = audit(pa.table(rows), protocol, **{"as_of": date(2025, 3, 7), **how})
    clean = [row["codes"] for row in report.patients.to_pylist() if row["patient"] != 2]
    assert clean == [[], []]
    return {code: told["by_course"] for code, told in report.summary()["findings"].items()}


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        # Three of five days, the last on 3 June 2025: in progress to last + 1, interrupted to last + 15.
        ("2025-06-04", {}),
        ("2025-06-05", {"course-interrupted": {"1": 1}, "needs-clinical-decision": {"1": 1}}),
        ("2025-06-18", {"course-interrupted": {"1": 1}, "needs-clinical-decision": {"1": 1}}),
        ("2025-06-19", {"course-incomplete": {"1": 1}, "needs-clinical-decision": {"1": 1}}),
    ],
)
def test_S08_a_short_course_day_by_day(as_of: str, expected: dict[str, Any]) -> None:
    assert counts_of(run("2025-06-01", 3), as_of=date.fromisoformat(as_of)) == expected


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("2025-03-06 2025-03-07", {}),
        ("2025-03-07 2025-03-08", {"course-not-consecutive": {"1": 1}}),
        ("2025-03-20 2025-03-21", {"course-not-consecutive": {"1": 1}}),  # 15 days after 5 March
        ("2025-03-07 2025-03-09", {"course-not-consecutive": {"1": 1}}),  # the first gap alone is told
        ("2025-03-06 2025-03-07 2025-03-08 2025-03-09", {"extra-infusion": {"1": 2}}),
        (
            "2025-03-21 2025-03-22 2025-03-23",  # 16 days after 5 March
            {
                "course-incomplete": {"1": 1}, "course-boundary-unclear": {"2": 1},
                "needs-clinical-decision": {"2": 1},
            },
        ),
    ],
)  # fmt: skip
def test_S07_S08_what_follows_three_days(rest: str, expected: dict[str, Any]) -> None:
    """Monday 3 to Wednesday 5 March 2025, and further days."""
    assert counts_of(run("2025-03-03", 3), on(rest), as_of=date(2025, 6, 1)) == expected


@pytest.mark.parametrize(
    ("first", "tolerance_days", "expected"),
    [
        ("2026-03-07", 0, {}),
        ("2026-03-06", 0, {"anchor-not-named": {"2": 1}}),
        ("2026-03-03", 0, {"anchor-not-named": {"2": 1}}),
        ("2026-03-02", 0, {"interval-below-minimum": {"2": 1}}),
        ("2026-03-02", 1, {"within-tolerance": {"2": 1}}),
        ("2026-03-01", 1, {"interval-below-minimum": {"2": 1}}),
        ("2026-03-01", 2, {"within-tolerance": {"2": 1}}),
    ],
)
def test_S11_course_2_day_by_day(first: str, tolerance_days: int, expected: dict[str, Any]) -> None:
    found = counts_of(WHOLE, run(first, 3), as_of=date(2026, 6, 1), tolerance_days=tolerance_days)
    assert found == expected


YEARLY: Final = [run(first, 3) for first in ("2026-06-01", "2027-06-05", "2028-06-09", "2029-06-13")]


def test_S14_courses_beyond_a_limit_are_told_one_by_one() -> None:
    asked_on = date(2030, 1, 1)
    assert counts_of(WHOLE, *YEARLY[:2], as_of=asked_on) == {}
    assert counts_of(WHOLE, *YEARLY, as_of=asked_on) == {"data-limited-beyond": {"4": 1, "5": 1}}
    assert counts_of(WHOLE, *YEARLY[:3], protocol=EU, as_of=asked_on) == {}
    assert counts_of(WHOLE, *YEARLY, protocol=EU, as_of=asked_on) == {"too-many-courses": {"5": 1}}


def test_S14_an_unclear_course_is_not_counted() -> None:
    """Two days in March 2025 and one 20 days later, which may be course 1 going on; then a course a year."""
    first = [run("2025-03-03", 2), on("2025-03-24")]
    found = counts_of(*first, *YEARLY, protocol=EU, as_of=date(2030, 1, 1))
    assert "too-many-courses" not in counts_of(*first, *YEARLY[:3], protocol=EU, as_of=date(2030, 1, 1))
    assert found["too-many-courses"] == {"6": 1}
    assert found["course-boundary-unclear"] == {"2": 1}


def test_S14_what_is_unclear_of_one_patient_is_not_counted_for_the_next() -> None:
    """Two patients whose last course is unclear, then one with five clear courses, one more than the EU allows."""
    unclear = [row["date"] for row in (*run("2025-03-03", 2), *on("2025-03-24"))]
    clear = [row["date"] for part in (WHOLE, *YEARLY) for row in part]
    rows = {"patient": [1] * 3 + [2] * 3 + [3] * len(clear), "date": [*unclear, *unclear, *clear]}
    report = audit(pa.table(rows), EU, as_of=date(2030, 1, 1))
    assert report.flagged(["too-many-courses"]).to_pylist() == [3]
    assert report.summary()["findings"]["too-many-courses"]["by_course"] == {"5": 1}


@pytest.mark.parametrize(
    ("twice", "expected"),
    [
        ("2025-06-01", 1),
        ("2025-06-01 2025-06-02", 2),
        ("2025-06-01 2025-06-01", 2),  # three records of one day: two of them are more than one
        ("2025-06-02 2025-06-04", 2),
    ],
)
def test_S04_days_told_twice_are_counted_one_by_one(twice: str, expected: int) -> None:
    days = sorted([*run("2025-06-01", 5), *on(twice)], key=lambda row: row["date"])
    assert counts_of(days, as_of=date(2025, 7, 1)) == {"duplicate-same-day": {"1": expected}}


def test_S04_the_very_first_row_may_be_told_twice() -> None:
    report = asked(given("2025-03-03", "2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"))
    assert {code: told["findings"] for code, told in report.summary()["findings"].items()} == {"duplicate-same-day": 1}


def test_S14_a_protocol_with_a_limit_names_no_further_course() -> None:
    days = [row["date"] for n in range(4) for row in run(f"{2020 + n}-03-0{2 + n}", 5 if n == 0 else 3)]
    report = audit(pa.table({"patient": [1] * len(days), "date": days}), EU, as_of=AS_OF)
    (row,) = report.patients.to_pylist()
    assert (row["courses"], row["next_earliest"]) == (4, None)


# --- extras --------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["narwhals", "numpy", "pyarrow"])
def test_without_a_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == package else find_spec(name))
    with pytest.raises(MissingExtra) as caught:
        asked(ROWS)
    assert (caught.value.code, caught.value.place) == ("missing-extra", package)
    assert "pip install 'lemtrada_schedule[cohort]'" in caught.value.message


def test_without_spark_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "pyspark" else find_spec(name))
    with pytest.raises(MissingExtra) as caught:
        audit_module.audit_spark(None, US, as_of=AS_OF)
    assert "lemtrada_schedule[spark]" in caught.value.message


def test_a_list_is_no_frame_of_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said before Spark is started: here it need not even be there."""
    monkeypatch.setattr(extras, "find_spec", lambda _name: True)
    with pytest.raises(InvalidInput) as caught:
        audit_module.audit_spark([], US, as_of=AS_OF)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "cohort")


STRICT: Final = parse_source({"extends": "registry", "read": {"other_columns": "refuse"}})
WITH_TESTS: Final = parse_source({"columns": {"patient": "PATIENT_ID", "date": "START_DATE", "code": "THERAPY"}})


class OnlyColumns:
    """A frame of Spark as far as its header: no row of it is ever read."""

    mapInArrow = None  # noqa: N815  # a frame of Spark is known by this name
    columns: Final = ("PATIENT_ID", "THERAPY", "START_DATE", "STOP_DATE", "note")


@pytest.mark.parametrize(
    ("how", "problems"),
    [
        ({"source": STRICT, "as_of": AS_OF}, [("unknown-key", "")]),
        ({"source": STRICT, "as_of": "until"}, [("unknown-key", ""), ("missing-field", "until")]),
        ({"source": STRICT, "as_of": "until", "ignore": ["note"]}, [("missing-field", "until")]),
        ({"source": WITH_TESTS, "as_of": AS_OF}, [("reserved-name", "source")]),
        ({"source": STRICT, "as_of": AS_OF, "patient": "PATIENT_ID"}, [("reserved-name", "patient")]),
        ({"as_of": AS_OF, "lemtrada_codes": ["ALZ"]}, [("missing-field", "lemtrada_codes")]),
    ],
)
def test_the_header_of_a_frame_of_spark_is_checked_by_its_source(
    monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    """Said before Spark is started."""
    monkeypatch.setattr(extras, "find_spec", lambda _name: True)
    with pytest.raises(InvalidInput) as caught:
        audit_module.audit_spark(OnlyColumns(), US, **how)
    assert [(one.code, one.place) for one in caught.value.problems] == problems
