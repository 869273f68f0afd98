"""What runs inside Spark, without Spark: packed Arrow batches in, Arrow batches out, the same answers as `audit`."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lemtrada_schedule.cohort.out_of import denominators
from lemtrada_schedule.cohort.question import checked_question
from lemtrada_schedule.cohort.report_tables import COUNT_FIELDS, COURSE_FIELDS, FINDING_FIELDS, PATIENT_FIELDS
from lemtrada_schedule.cohort.spark import ddl
from lemtrada_schedule.cohort.spark_batches import Batches
from tests.support.budget import examples
from tests.support.histories import US
from tests.unit.cohort.cohorts import OPTIONAL, OWN_DAY, Asked, as_table, asked, asked_each
from tests.unit.cohort.test_parity import in_full

FIRST: Final = date(2000, 1, 1)
STATUSES: Final = {"completed": 0, "partial": 1, "not-done": 2, "entered-in-error": 3, None: 7}
Work = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def packed(row: Any, columns: Any, own_day: date | None = None) -> int:
    """Pack a row as its bits are described: minutes of infusion and observation, status, course, day, own day."""
    told = {name: row.get(name) if name in columns else None for name in OPTIONAL}
    number = 2_047 if told["infusion_minutes"] is None else told["infusion_minutes"]
    number |= (2_047 if told["observation_minutes"] is None else told["observation_minutes"]) << 11
    number |= STATUSES[told["status"]] << 22
    number |= (63 if told["course"] is None else told["course"]) << 25
    if own_day:
        number |= (own_day - FIRST).days << 47
    return int(number | (row["date"] - FIRST).days << 31)


def batches(one: Asked, size: int = 7) -> list[pa.RecordBatch]:
    plain = as_table(one.rows, one.columns)
    columns = {
        "patient": plain["patient"],
        "packed": pa.array(
            [packed(row, one.columns, (one.own_days or {}).get(row["patient"])) for row in one.rows], pa.int64()
        ),
    }
    if "dose_mg" in one.columns:
        columns["dose_mg"] = plain["dose_mg"]
    read: list[pa.RecordBatch] = pa.table(columns).to_batches(max_chunksize=size)
    return read


def asked_of(one: Asked) -> Batches:
    own = OWN_DAY if one.own_days else None
    question = checked_question(one.protocol, own or one.as_of, one.clinic, one.tolerance_days)
    return Batches(question, ("patient", "date", *one.columns, *(["as_of"] if own else [])))


def answers(work: Work, read: list[pa.RecordBatch]) -> list[dict[str, Any]]:
    return [row for batch in work(iter(read)) for row in batch.to_pylist()]


def by_patient(rows: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    return {row["patient"]: row for row in rows}


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(st.one_of(asked(), asked_each()))
def test_packed_rows_are_told_as_plain_ones(one: Asked) -> None:
    """Rows with course numbers are sorted before: there the order of a day's rows may matter to `evaluate`."""
    one = replace(one, columns=[name for name in one.columns if name != "course"])
    report = one.report()
    told = answers(asked_of(one).patients, batches(one))
    assert by_patient(told) == by_patient(report.patients.to_pylist())
    courses = answers(asked_of(one).courses, batches(one))
    assert in_order(courses) == in_order(report.courses.to_pylist())
    counts = {
        (row["code"], row["by"], str(row["value"] or "none")): row["findings"]
        for row in answers(asked_of(one).counts, batches(one))
        if row["code"] in report.summary()["findings"]
    }
    assert counts == {
        (code, by, value): count
        for code, found in report.summary()["findings"].items()
        for by in ("course", "year")
        for value, count in found[f"by_{by}"].items()
    }
    tally: dict[tuple[str, str], dict[int, int]] = {}
    for row in answers(asked_of(one).counts, batches(one)):
        tally.setdefault((row["code"], row["by"]), {})[row["value"]] = row["findings"]
    by_courses = Counter(row["courses"] for row in told)
    assert denominators(tally, by_courses, report.rows.audited) == report.summary()["denominators"]


def in_order(courses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(courses, key=lambda row: (row["patient"], row["first_day"]))


def test_findings_are_those_of_the_report_with_rows_counted_by_patient() -> None:
    rows = [row for p in range(9) for row in in_full(p, date(2025, 3, 3), 1 + p % 6)]
    one = Asked(rows, ("infusion_minutes", "dose_mg"), US, date(2026, 11, 22), None, 0)
    first = {row["patient"]: number for number, row in reversed(list(enumerate(rows)))}
    wanted = [{**row, "row": row["row"] - first[row["patient"]]} for row in one.report().findings().to_pylist()]
    assert answers(asked_of(one).findings, list(reversed(batches(one)))) == wanted != []


def test_numbers_on_record_reach_evaluate() -> None:
    rows = [{**row, "course": 2} for row in in_full(1, date(2025, 3, 3), 3)]
    one = Asked(rows, ("course",), US, date(2026, 11, 22), None, 0)
    assert by_patient(answers(asked_of(one).patients, batches(one))) == by_patient(one.report().patients.to_pylist())


@pytest.mark.parametrize(
    ("field", "bits"),
    [("date", 0xFFFE << 31), ("infusion_minutes", 2_046), ("observation_minutes", 2_046 << 11), ("status", 6 << 22),
     ("course", 62 << 25)],
)  # fmt: skip
def test_a_value_that_was_not_accepted_refuses_its_row(field: str, bits: int) -> None:
    row = {"patient": 1, "date": date(2025, 3, 3)}
    one = Asked([row, row], OPTIONAL, US, date(2026, 11, 22), None, 0)
    width = {"date": 16, "infusion_minutes": 11, "observation_minutes": 11, "status": 3, "course": 6}[field]
    low = (bits & -bits).bit_length() - 2
    right = packed(row, OPTIONAL)
    wrong = right & ~(((1 << width) - 1) << low) | bits
    table = pa.table({"patient": [1, 1], "packed": [right, wrong], "dose_mg": pa.array([12.0, 12.0])})
    ((told),) = answers(asked_of(one).patients, table.to_batches())
    assert (told["rows"], told["refused_rows"], told["next_earliest"]) == (1, 1, None)


@pytest.mark.parametrize(
    ("bits", "refused"),
    [(0xFFFF, 1), (0xFFFE, 1), ((date(2025, 3, 7) - FIRST).days, 2), ((date(2025, 3, 6) - FIRST).days, 0)],
    ids=["missing", "not accepted", "another day", "the same day"],
)
def test_rows_without_their_own_day_or_with_several_are_refused(bits: int, refused: int) -> None:
    row = {"patient": 1, "date": date(2025, 3, 3)}
    one = Asked([row, row], (), US, date(2026, 11, 22), None, 0, own_days={1: date(2025, 3, 6)})
    plain = packed(row, ())
    numbers = [plain | (date(2025, 3, 6) - FIRST).days << 47, plain | bits << 47]
    table = pa.table({"patient": [1, 1], "packed": pa.array(numbers, pa.int64())})
    ((told),) = answers(asked_of(one).patients, table.to_batches())
    assert (told["rows"], told["refused_rows"]) == (2 - refused, refused)
    assert len(answers(asked_of(one).courses, table.to_batches())) == (0 if refused else 1)


def test_an_empty_partition_has_nothing_to_say() -> None:
    one = Asked([], (), US, date(2026, 11, 22), None, 0)
    batches_ = asked_of(one)
    for work in (batches_.patients, batches_.courses, batches_.findings, batches_.counts):
        assert answers(work, []) == []


def test_the_columns_that_come_out_as_spark_writes_them() -> None:
    assert [ddl(fields) for fields in (PATIENT_FIELDS, COURSE_FIELDS, FINDING_FIELDS, COUNT_FIELDS)] == [
        (
            "rows int, refused_rows int, infusions int, courses int, codes array<string>, first_infusion date, "
            "last_infusion date, next_earliest date, contraception_until date, monitoring_until date"
        ),
        (
            "number int, first_day date, last_day date, infusions int, planned int, status string, "
            "days_since_previous int, early_days int, boundary_clear boolean"
        ),
        (
            "code string, severity string, course int, day date, row bigint, test string, message string, "
            "hint string, cite string"
        ),
        "code string, by string, value int, findings bigint",
    ]
