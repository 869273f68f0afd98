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
    Report,
    ScreenDiffers,
    audit,
    evaluate,
)
from lemtrada_schedule.cohort import asking, auditing
from lemtrada_schedule.cohort.tables import tables_of
from tests.benchmarks.cohorts import cohort
from tests.clinics import MON_TO_FRI, clinic_open
from tests.histories import EU, US, on, run

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
            "last_infusion": date(2026, 3, 4),
            "next_earliest": date(2027, 3, 4),
            "contraception_until": date(2026, 7, 4),
            "monitoring_until": date(2030, 3, 4),
        }
    ]


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
    monkeypatch.setattr(auditing, "tables_of", lambda _protocol, clinic, **asked: tables_of(wrong, clinic, **asked))
    report = asked(given("2025-03-03", "2025-03-04", "2025-03-27"))
    with pytest.raises(ScreenDiffers) as caught:
        report.findings()
    assert caught.value.code == "screen-differs"


def test_a_report_shows_counts_and_no_patient() -> None:
    report = asked(pa.table({"patient": ["secret"], "date": [date(2025, 3, 3)]}))
    assert repr(report) == "Report(1 patients, 1 rows)"


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
    }


def test_with_every_column_and_a_clinic_only_the_history_s_own_facts_are_missing() -> None:
    facts = {"infusion_minutes": [240], "observation_minutes": [120], "dose_mg": [12.0]}
    rows = pa.table({"patient": [1], "date": [date(2025, 3, 3)], **facts})
    report = asked(rows, clinic=clinic_open(MON_TO_FRI, country="US"))
    assert {entry.code for entry in report.not_assessed} == {
        "outside-opening-hours", "age-below-minimum", "prior-treatments-few", "baseline-missing"
    }  # fmt: skip


def test_a_year_without_holiday_data_is_named() -> None:
    clinic = clinic_open(MON_TO_FRI, country="ES")
    report = asked(given("2025-03-03", "2005-03-03"), clinic=clinic, as_of=date(2099, 1, 1))
    years = [entry for entry in report.not_assessed if "public holidays of" in entry.missing]
    alone = evaluate_years(clinic)
    assert years == [NotAssessed(code="public-holiday", missing=missing) for missing in alone] != []


def evaluate_years(clinic: Clinic) -> list[str]:
    history = History.from_dates(["2025-03-03", "2005-03-03"])  # the data for Spain begin with 2008
    entries = evaluate(history, US, as_of=date(2099, 1, 1), clinic=clinic).not_assessed
    return [entry.missing for entry in entries if "public holidays of" in entry.missing]


# --- counts --------------------------------------------------------------------------------------


def test_the_summary_by_hand() -> None:
    rows = given(
        *(row["date"].isoformat() for row in (*run("2025-03-03", 4), *run("2026-04-06", 3), *on("2027-01-01")))
    )
    summary = asked(rows).summary()
    assert (summary["patients"], summary["flagged"]) == (1, 1)
    assert summary["rows"] == {"in": 8, "audited": 8, "refused": 0, "blank": 0}
    assert summary["findings"] == {
        "course-incomplete": {
            "severity": "error", "patients": 1, "findings": 1, "by_course": {"1": 1}, "by_year": {"2025": 1}
        },
        "infusion-in-future": {
            "severity": "error", "patients": 1, "findings": 1, "by_course": {"none": 1}, "by_year": {"2027": 1}
        },
    }  # fmt: skip


def test_the_counts_are_those_of_the_findings() -> None:
    report = asked(ROWS)
    found = report.findings().to_pylist()
    for code, told in report.summary()["findings"].items():
        own = [row for row in found if row["code"] == code]
        assert told["findings"] == len(own)
        assert told["patients"] == len({row["patient"] for row in own})


def test_S14_a_protocol_with_a_limit_names_no_further_course() -> None:
    days = [row["date"] for n in range(4) for row in run(f"{2020 + n}-03-0{2 + n}", 5 if n == 0 else 3)]
    report = audit(pa.table({"patient": [1] * len(days), "date": days}), EU, as_of=AS_OF)
    (row,) = report.patients.to_pylist()
    assert (row["courses"], row["next_earliest"]) == (4, None)


# --- extras --------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["narwhals", "numpy", "pyarrow"])
def test_without_a_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setattr(asking, "find_spec", lambda name: None if name == package else find_spec(name))
    with pytest.raises(MissingExtra) as caught:
        asked(ROWS)
    assert (caught.value.code, caught.value.place) == ("missing-extra", package)
    assert "pip install 'lemtrada_schedule[cohort]'" in caught.value.message


def test_without_spark_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "find_spec", lambda name: None if name == "pyspark" else find_spec(name))
    with pytest.raises(MissingExtra) as caught:
        asking.audit_spark(None, US, as_of=AS_OF)
    assert "lemtrada_schedule[spark]" in caught.value.message


def test_a_list_is_no_frame_of_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said before Spark is started: here it need not even be there."""
    monkeypatch.setattr(asking, "find_spec", lambda _name: True)
    with pytest.raises(InvalidInput) as caught:
        asking.audit_spark([], US, as_of=AS_OF)
    assert (caught.value.code, caught.value.place) == ("wrong-type", "cohort")
