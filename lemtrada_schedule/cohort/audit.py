"""The public ways to audit a cohort. What they need beyond the core is imported when they are called."""

import datetime as dt
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.cohort.report import Report
from lemtrada_schedule.errors import MissingExtra
from lemtrada_schedule.protocol.protocol import Protocol

__all__ = ["audit", "audit_spark"]


def audit(
    cohort: Any,
    protocol: Protocol,
    *,
    as_of: dt.date,
    clinic: Clinic | None = None,
    tolerance_days: int = 0,
    patient: str = "patient",
    date: str = "date",
    status: str | None = None,
    infusion_minutes: str | None = None,
    observation_minutes: str | None = None,
    dose_mg: str | None = None,
    course: str | None = None,
    threads: int | None = None,
    rows_at_once: int = 1 << 24,
    folder: str | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Report:
    """Return what `evaluate` would find in every patient of a cohort, one row for each patient (extra `cohort`).

    Columns are screened by the same rules, many patients at once; the findings themselves are made by `evaluate`,
    for the patients who have some. The order of the rows does not matter, and that of
    the report's own rows is not defined: sort them, by `patient` for one. Rows without any value are blank; a row with
    a wrong value is refused, and nothing is said of its patient that the row could change.

    Args:
        cohort: A frame of pandas, Polars, pyarrow or DuckDB, one row for each recorded infusion; or the path of
            a parquet file, or a list of such paths, read as one.
        protocol: The rules.
        as_of: The day of asking, in the clinic's zone.
        clinic: With it, records on closed days are found too.
        tolerance_days: As for `evaluate`.
        patient: The column of the patient ids, whole numbers or text, compared letter by letter. A row whose id has
            blanks at an end is refused (`padded-id`), and so is one whose id a spreadsheet has changed into
            `1.23457E+17` (`id-changed`): as it may be any patient's, no patient of the cohort gets a date.
        date: The column of the days: dates, time stamps without a zone at midnight, or text as YYYY-MM-DD.
        status: The column of the status; a missing one means `completed`. Here as below, without a name
            the column of the argument's own name is taken if it is there.
        infusion_minutes: The column of the length of the infusion, in numbers of any kind that are whole.
        observation_minutes: The column of the length of observation, likewise.
        dose_mg: The column of the dose: numbers of any kind, or text such as `12.5`.
        course: The column of course numbers; where they are not what the gaps between infusions say, the
            patient is judged by `evaluate` alone, for the number on record wins.
        threads: How many threads to use at most; without a number, one for each core, up to 8.
        rows_at_once: A parquet file that is sorted by patient is audited as it lies. Another one is read whole
            up to so many rows; with more they are split by patient into temporary files, once.
        folder: Where the temporary files go; without one, where the system keeps such files.
        progress: Is told how many rows were read, of how many.

    Raises:
        InvalidInput: A column is missing or of the wrong kind, or an id or a day is missing; or the frame's own
            query fails; or one file is named twice.
        UnreadableFile: A file cannot be read, is no parquet file, or is damaged.
        MissingExtra: An optional package is not installed.

    Source:
        As `evaluate` and `forecast`; every code and date is theirs.

    Example:
        >>> import pandas as pd
        >>> from lemtrada_schedule import audit, load_protocol
        >>> days = [f"2025-03-0{day}" for day in range(3, 8)]
        >>> frame = pd.DataFrame({"patient": ["p1"] * 6, "date": [*days, "2026-03-02"]})
        >>> report = audit(frame, load_protocol("us"), as_of=dt.date(2026, 3, 2))
        >>> report.patients["codes"].to_pylist(), report.patients["next_earliest"].to_pylist()
        ([['interval-below-minimum']], [datetime.date(2027, 3, 4)])
    """
    _need("cohort", "narwhals", "numpy", "pyarrow")
    from lemtrada_schedule.cohort.auditing import audit_cohort, checked_question  # noqa: PLC0415  # the extra `cohort`

    question = checked_question(protocol, as_of, clinic, tolerance_days)
    asked = {
        "patient": patient, "date": date, "status": status, "infusion_minutes": infusion_minutes,
        "observation_minutes": observation_minutes, "dose_mg": dose_mg, "course": course,
    }  # fmt: skip
    return audit_cohort(
        cohort, question, asked, threads=threads, rows_at_once=rows_at_once, folder=folder, progress=progress
    )


def audit_spark(
    cohort: Any,
    protocol: Protocol,
    *,
    as_of: dt.date,
    clinic: Clinic | None = None,
    tolerance_days: int = 0,
    patient: str = "patient",
    date: str = "date",
    status: str | None = None,
    infusion_minutes: str | None = None,
    observation_minutes: str | None = None,
    dose_mg: str | None = None,
    course: str | None = None,
) -> Any:
    """Return what an audit finds in a Spark frame, as Spark frames (extra `spark`); the rest is as in `audit`.

    The rows are counted at once. They are packed, sent to their patient's partition and screened there by the same
    code when a frame of the report is asked for, and each time anew. The day must be a column
    of dates: `to_date` makes one. A cluster has no order of rows: the `row` of a finding is counted among its
    patient's, by day.

    Returns:
        A `SparkReport`: `patients` and `findings()` are Spark frames, `rows()` says what became of the rows.

    Raises:
        InvalidInput: A column is missing or of the wrong kind, an id or a day is missing, or an id has blanks at an
            end (`padded-id`) or was changed by a spreadsheet (`id-changed`); `audit` refuses only the rows of these.
        MissingExtra: An optional package is not installed.
    """
    _need("spark", "numpy", "pandas", "pyarrow", "pyspark")
    from lemtrada_schedule.cohort.auditing import checked_question  # noqa: PLC0415  # the extra `spark`
    from lemtrada_schedule.cohort.spark import SparkReport  # noqa: PLC0415  # the extra `spark`

    question = checked_question(protocol, as_of, clinic, tolerance_days)
    asked = {
        "patient": patient, "date": date, "status": status, "infusion_minutes": infusion_minutes,
        "observation_minutes": observation_minutes, "dose_mg": dose_mg, "course": course,
    }  # fmt: skip
    return SparkReport(cohort, question, asked)


def _need(extra: str, *packages: str) -> None:
    """Refuse to go on without the packages of an extra."""
    for package in packages:
        if find_spec(package) is None:
            raise MissingExtra(extra, package)
