"""Traps G11 to G18: a column of the wrong kind is refused as a whole, a wrong value refuses its row."""

import datetime as dt
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lemtrada_schedule import InvalidInput, Report, audit
from lemtrada_schedule.cohort.reading.columns import ColumnReader
from lemtrada_schedule.cohort.reading.sources import FrameSource
from lemtrada_schedule.cohort.screening import Reading
from tests.support.histories import US

AS_OF: Final = date(2026, 11, 22)
DAYS: Final = [date(2025, 3, 3), date(2025, 3, 4)]


def asked(rows: Any, **how: Any) -> Report:
    return audit(rows, US, as_of=AS_OF, **how)


def refusal(rows: Any, **how: Any) -> tuple[str, str, str]:
    with pytest.raises(InvalidInput) as caught:
        asked(rows, **how)
    return caught.value.code, caught.value.place, caught.value.message


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"patient": ["p1", "p1"], "date": DAYS, **columns})


def table(**columns: Any) -> pa.Table:
    return pa.table({"patient": ["p1", "p1"], "date": DAYS, **columns})


# --- whole columns -------------------------------------------------------------------------------

KINDS: Final[list[tuple[str, Any, str, str]]] = [
    ("G11 ids with a point", frame(patient=[1.0, 2.0]), "wrong-type", "patient"),
    ("G11 an id that became NaN", frame(patient=[1, None]), "missing-field", "patient"),
    ("G11 an id that is not there", frame(patient=["p1", None]), "missing-field", "patient"),
    ("ids of true and false", frame(patient=[True, False]), "wrong-type", "patient"),
    ("ids that are blank", frame(patient=["p1", " "]), "text-length", "patient"),
    ("ids that are too long", frame(patient=["p1", "x" * 129]), "text-length", "patient"),
    ("ids with a hidden character", frame(patient=["p1", "p\u200b1"]), "control-character", "patient"),
    ("G12 days in another spelling", frame(date=["01/02/2026", "13/02/2026"]), "calendar-date", "date"),
    ("G13 a day that became NaT", frame(date=pd.to_datetime(["2025-03-03", None])), "missing-field", "date"),
    ("G14 days as numbers", frame(date=[20260101, 20260102]), "calendar-date", "date"),
    ("G14 days as numbers with a point", frame(date=[46087.0, 46088.0]), "calendar-date", "date"),
    ("G16 days and timestamps", frame(date=[dt.datetime(2025, 3, 3), date(2025, 3, 4)]), "wrong-type", "date"),
    ("G16 text and numbers", frame(patient=["p1", 2]), "wrong-type", "patient"),
    ("timestamps that are not midnight", frame(date=pd.to_datetime(["2025-03-03 00:00", "2025-03-04 09:00"])),
     "calendar-date", "date"),
    ("timestamps with a zone", frame(date=pd.to_datetime(DAYS).tz_localize("UTC")), "calendar-date", "date"),
    ("lengths as text", frame(infusion_minutes=["240", "240"]), "wrong-type", "infusion_minutes"),
    ("doses of true and false", frame(dose_mg=[True, False]), "wrong-type", "dose_mg"),
    ("a status that is a number", frame(status=[1, 2]), "wrong-type", "status"),
    ("courses as text", frame(course=["1", "1"]), "wrong-type", "course"),
    ("no day at all", frame()[["patient"]], "missing-field", "date"),
    ("two columns of one name", pd.concat([frame(), frame()[["date"]]], axis=1), "column-twice", "date"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "code", "place"), [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS])
def test_a_column_of_the_wrong_kind_is_refused(rows: Any, code: str, place: str) -> None:
    assert refusal(rows)[:2] == (code, place)


MIXED: Final = pd.Series([1, "1"], dtype=object)
SEVERAL: Final[list[tuple[str, Any, list[tuple[str, str]]]]] = [
    (
        "an id is missing, days with slashes, doses of true and false",
        frame(patient=["p1", None], date=["03/03/2025", "04/03/2025"], dose_mg=[True, False]),
        [("missing-field", "patient"), ("calendar-date", "date"), ("wrong-type", "dose_mg")],
    ),
    ("lists alone", pa.table({"patient": [["p1"]], "date": [["2025-03-03"]]}),
     [("wrong-type", "patient"), ("wrong-type", "date")]),
    ("lists, and courses as text", table(status=[["x"], ["x"]], course=["1", "2"]),
     [("wrong-type", "status"), ("wrong-type", "course")]),
    ("columns of mixed kinds", frame(patient=MIXED, course=MIXED),
     [("wrong-type", "patient"), ("wrong-type", "course")]),
    ("columns that are not there", pa.table({"id": [1], "day": DAYS[:1]}),
     [("missing-field", "patient"), ("missing-field", "date")]),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "told"), [one[1:] for one in SEVERAL], ids=[one[0] for one in SEVERAL])
def test_every_column_that_is_refused_is_told_at_once(rows: Any, told: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidInput) as caught:
        asked(rows)
    assert [(problem.code, problem.place) for problem in caught.value.problems] == told
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_the_first_rows_are_named_and_no_value() -> None:
    rows = pd.DataFrame({"patient": ["secret"] * 9, "date": ["2025-03-03"] + ["3.3.2025"] * 8})
    _, _, message = refusal(rows)
    assert "rows 2, 3, 4, 5, 6 and 3 more" in message
    assert "secret" not in message
    assert "3.3.2025" not in message


def test_G18_polars_columns_are_checked_as_those_of_pandas() -> None:
    for rows, code, place in (
        (frame(patient=[1.0, 2.0]), "wrong-type", "patient"),
        (frame(date=[1, 2]), "calendar-date", "date"),
    ):
        assert refusal(pl.from_pandas(rows))[:2] == (code, place)


def test_a_column_named_by_the_caller_must_be_there() -> None:
    assert refusal(frame(), status="state")[:2] == ("missing-field", "state")


@pytest.mark.parametrize("junk", [None, 7, {"patient": [1]}, [1, 2], object()], ids=lambda junk: type(junk).__name__)
def test_what_is_no_frame_is_refused(junk: Any) -> None:
    assert refusal(junk)[0] == "wrong-type"


# --- single values -------------------------------------------------------------------------------

VALUES: Final[list[tuple[str, dict[str, Any], str]]] = [
    ("a day before 2000", {"date": [date(1999, 12, 31), DAYS[1]]}, "date-range"),
    ("a day after 2099", {"date": [date(2100, 1, 1), DAYS[1]]}, "date-range"),
    ("a partial date", {"date": ["2025-03", "2025-03-04"]}, "partial-date"),
    ("a day that there is not", {"date": ["2025-02-29", "2025-03-04"]}, "no-such-date"),
    ("an unknown status", {"status": ["stopped", "completed"]}, "unknown-name"),
    ("a length below 0", {"infusion_minutes": [-1, 240]}, "out-of-range"),
    ("a length of more than a day", {"observation_minutes": [1_441, 120]}, "out-of-range"),
    ("half a minute", {"infusion_minutes": [239.5, 240.0]}, "wrong-type"),
    ("no end", {"infusion_minutes": [float("inf"), 240.0]}, "wrong-type"),
    ("a dose of nothing", {"dose_mg": [0.0, 12.0]}, "wrong-type"),
    ("a dose with its unit", {"dose_mg": ["12 mg", "12"]}, "wrong-type"),
    ("a dose that is empty text", {"dose_mg": ["", "12"]}, "wrong-type"),
    ("a course without number", {"course": [0, 1]}, "out-of-range"),
    ("course one and a half", {"course": [1.5, 1.0]}, "wrong-type"),
]


@pytest.mark.parametrize(("columns", "code"), [value[1:] for value in VALUES], ids=[value[0] for value in VALUES])
def test_S06_a_wrong_value_refuses_its_row_and_every_day_of_its_patient(columns: dict[str, Any], code: str) -> None:
    rows = pd.concat([frame(**columns), pd.DataFrame({"patient": ["p2"], "date": [columns.get("date", DAYS)[1]]})])
    report = asked(rows)
    (fault,) = report.refused.to_pylist()
    assert (fault["row"], fault["column"], fault["code"]) == (1, next(iter(columns)), code)
    first, second = report.patients.sort_by("patient").to_pylist()
    days = ("courses", "last_infusion", "next_earliest", "contraception_until", "monitoring_until")
    assert [first[name] for name in days] == [None] * 5
    assert (first["rows"], first["refused_rows"], second["rows"], second["refused_rows"]) == (1, 1, 1, 0)
    assert second["contraception_until"] is not None
    assert (report.rows.audited, report.rows.refused, report.rows.blank) == (2, 1, 0)


def test_a_patient_of_whom_no_row_can_be_read_is_not_lost() -> None:
    report = asked(frame(patient=["p1", "p2"], infusion_minutes=[-1, 240]))
    assert {row["patient"]: (row["rows"], row["refused_rows"]) for row in report.patients.to_pylist()} == {
        "p2": (1, 0),
        "p1": (0, 1),
    }


def test_a_row_with_two_faults_counts_once() -> None:
    report = asked(frame(infusion_minutes=[-1, 240], dose_mg=[-1.0, 12.0]))
    assert (report.refused.num_rows, report.rows.refused) == (2, 1)


def test_findings_of_a_patient_with_a_refused_row_name_it() -> None:
    report = asked(frame(infusion_minutes=[100, -1]))
    ((_, evaluation),) = report.evaluations()
    assert [finding.code for finding in evaluation.findings if finding.row == 1]
    assert {entry.row for entry in evaluation.not_assessed if entry.row} == {2}


def test_a_refused_row_of_one_says_nothing_of_another_whose_numbers_go_to_evaluate() -> None:
    report = asked(frame(patient=["p1", "p2"], course=[2, 0]))
    told = {row["patient"]: (row["courses"], row["refused_rows"]) for row in report.patients.to_pylist()}
    assert told == {"p1": (1, 0), "p2": (None, 1)}


def test_blank_rows_are_counted_and_left_out() -> None:
    rows = pa.table({"patient": pa.array([None, 1, None]), "date": pa.array([None, DAYS[0], None])})
    report = asked(rows)
    assert (report.rows.rows, report.rows.audited, report.rows.blank) == (3, 1, 2)
    ((_, evaluation),) = report.evaluations()
    assert {finding.row for finding in evaluation.findings} == {2}


def test_G15_days_beyond_nanoseconds_are_refused_rows() -> None:
    rows = pa.table(
        {"patient": [1, 1], "date": pa.array([dt.datetime(9999, 1, 1), dt.datetime(2025, 3, 3)], pa.timestamp("us"))}
    )
    assert asked(rows).refused["code"].to_pylist() == ["date-range"]


def test_a_missing_value_is_not_on_record_and_no_fault() -> None:
    rows = frame(
        status=[None, "completed"], infusion_minutes=[None, 240.0], dose_mg=[float("nan"), 12.0], course=[None, 1.0]
    )
    report = asked(rows)
    assert report.rows.refused == 0
    missing = {(entry.code, entry.missing) for entry in report.not_assessed}
    assert {
        ("infusion-too-short", "infusion_minutes in 1 of the rows"),
        ("dose-differs", "dose_mg in 1 of the rows"),
    } <= missing


def test_what_is_read_again_for_the_findings_is_not_counted_again() -> None:
    rows = table(dose_mg=[None, 11.0])
    source = FrameSource(rows, {name: name for name in rows.column_names})
    reader = ColumnReader(source.names, 12)
    reader.read(rows, 1)
    for _ in range(2):
        ((patient, history),) = Reading(source, reader).histories(pa.array(["p1"]))
        assert (patient, [record.dose_mg for record in history.infusions]) == ("p1", [None, Decimal(11)])
        assert reader.lacking == {"dose_mg": 1}


def test_a_column_without_any_value_is_as_good_as_absent() -> None:
    empty = pa.nulls(2)
    rows = pa.table(
        {
            "patient": [1, 1],
            "date": DAYS,
            **dict.fromkeys(("status", "infusion_minutes", "dose_mg", "course"), empty),
        }
    )
    assert asked(rows).patients.to_pylist() == asked(pa.table({"patient": [1, 1], "date": DAYS})).patients.to_pylist()


def test_doses_are_compared_as_numbers() -> None:
    doses = pa.array([Decimal("12.0"), Decimal("12.5")])
    ((_, evaluation),) = asked(pa.table({"patient": [1, 1], "date": DAYS, "dose_mg": doses})).evaluations()
    assert [finding.row for finding in evaluation.findings if finding.code == "dose-differs"] == [2]


@pytest.mark.parametrize(
    "given", [{"threads": 0}, {"rows_at_once": 0}, {"tolerance_days": -1}, {"as_of": "2025-13-01"}]
)
def test_arguments_are_checked_at_the_door(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        audit(frame(), US, **{"as_of": AS_OF, **given})
    assert caught.value.place == next(iter(given))


@pytest.mark.parametrize("given", [{"patient": [2**70, 1], "date": DAYS}], ids=["a number beyond 64 bits"])
def test_what_no_arrow_column_holds_is_refused(given: dict[str, Any]) -> None:
    assert refusal(pd.DataFrame(given))[:2] == ("wrong-type", "cohort")


def test_a_thing_with_columns_that_is_no_frame_is_refused() -> None:
    assert refusal(SimpleNamespace(columns=["patient", "date"]))[:2] == ("wrong-type", "cohort")


def test_text_of_polars_in_any_layout_is_text() -> None:
    rows = pa.table({"patient": pa.array(["p1", "p1"], pa.string_view()), "date": DAYS})
    assert asked(rows).patients["patient"].to_pylist() == ["p1"]


def test_wrong_lengths_are_told_each_for_itself() -> None:
    report = asked(frame(infusion_minutes=[-1.0, 239.5]))
    assert report.refused.select(["row", "code"]).to_pylist() == [
        {"row": 1, "code": "out-of-range"},
        {"row": 2, "code": "wrong-type"},
    ]


# --- protocols whose days run out ----------------------------------------------------------------


def test_where_no_day_can_be_derived_evaluate_says_so() -> None:
    """An interval of 100 years from 2099 lies beyond 2199: the screen has no answer, and `evaluate` refuses."""
    rules = [US.courses[0], *(rule.model_copy(update={"minimum_interval": "36600 days"}) for rule in US.courses[1:])]
    far = US.model_copy(update={"courses": rules})
    rows = pd.DataFrame({"patient": 1, "date": [date(2099, 12, 1 + n) for n in range(5)]})
    with pytest.raises(InvalidInput) as caught:
        audit(rows, far, as_of=date(2099, 12, 30))
    assert caught.value.code == "date-range"
    near = audit(rows.assign(date=[date(2025, 3, 3 + n) for n in range(5)]), far, as_of=AS_OF)
    assert near.patients["next_earliest"].to_pylist() == [date(2025, 3, 7) + dt.timedelta(days=36_600)]
