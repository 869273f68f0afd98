"""`audit` and `audit_spark`: judge every patient of a data frame, parquet file or Spark frame by the same rules.

Modules that need an extra are imported when they are first used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.cohort.extras import check_extra
from lemtrada_schedule.cohort.question import Columns, Question, as_of_column, checked_ignore, checked_question
from lemtrada_schedule.cohort.report import Found, Report
from lemtrada_schedule.errors import InvalidInput, Problem, kind_of
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.sources.loading import SourceLike, source_of
from lemtrada_schedule.sources.medicines import with_medicine
from lemtrada_schedule.sources.source import Source
from lemtrada_schedule.validation.accepted import DayLike, Names
from lemtrada_schedule.validation.arguments import check_count, refused_argument
from lemtrada_schedule.validation.paths import StrPath

__all__ = ["audit", "audit_spark", "parquet_frame"]


def audit(
    cohort: Any,
    protocol: Protocol,
    *,
    as_of: DayLike,
    clinic: Clinic | None = None,
    tolerance_days: int = 0,
    patient: str = "patient",
    date: str = "date",
    status: str | None = None,
    infusion_minutes: str | None = None,
    observation_minutes: str | None = None,
    dose_mg: str | None = None,
    course: str | None = None,
    source: SourceLike | None = None,
    medicine: Literal["checked", "assumed"] = "checked",
    lemtrada_codes: Names = (),
    ignore: Names = (),
    observations: Any = None,
    observation_patient: str = "patient",
    observation_date: str = "date",
    observation_code: str = "code",
    threads: int | None = None,
    rows_at_once: int = 1 << 24,
    folder: StrPath | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Report:
    """Return what `evaluate` would find for every patient of a cohort, one row for each patient (extra `cohort`).

    The rules are applied to columns, for many patients at once. `evaluate` itself makes the findings of the patients
    who have some. The order of the rows does not matter. The order of the report's own rows is not defined; sort
    them, for example by `patient`. Rows without any value are blank. A row with a wrong value is refused, and nothing
    that it could change is reported for its patient.

    Args:
        cohort: A frame of pandas, Polars, pyarrow or DuckDB with one row for each recorded infusion; or the path of
            a parquet file, a folder of such files, a pattern such as `2026/*.parquet`, or a list of these, read as
            one cohort. The files of a folder or a pattern are sorted by name; `report.other_files` counts the others.
            Instead of parquet, all of them may be CSV, TSV or XLSX, but not in a folder; the number of a row is then
            its line.
        protocol: The rules.
        as_of: The date of the question, in the clinic's time zone; text as YYYY-MM-DD is a date. Any other text names
            the column that has a date for each patient, such as the end of follow-up. All rows of a patient must have
            the same date. A patient's records after it are left out, without a finding. Rows without a date, and the
            rows of a patient with different dates (`as-of-differs`), are refused.
        clinic: If given, records on closed days are reported too.
        tolerance_days: As for `evaluate`.
        patient: The column of patient ids: whole numbers or text, compared character by character. A row whose id
            begins or ends with blanks is refused (`padded-id`). So is a row whose id a spreadsheet has changed into
            `1.23457E+17` (`id-changed`); as it may be any patient's, no patient of the cohort gets a date.
        date: The column of dates: dates, timestamps without a zone at midnight, or text as YYYY-MM-DD.
        status: The column of the status; a missing status means `completed`. If this or a later column is not named,
            the column with the name of the argument is used if the cohort has it.
        infusion_minutes: The column with the length of the infusion, in whole numbers of any numeric type.
        observation_minutes: The column with the length of observation, likewise.
        dose_mg: The column of the dose: numbers of any type, or text such as `12.5`.
        course: The column of course numbers. A number on record takes precedence over the gaps between infusions;
            where they disagree, `evaluate` judges the patient.
        source: How the rows are to be read: the name of a built-in source, the path of a `.toml` file, or a `Source`.
            Then the source names the columns, and the arguments for columns are not used. The records of LEMTRADA
            are held in memory. The findings may include `only-other-medicines`.
        medicine: With a source, as for `read_histories`.
        lemtrada_codes: With a source, as for `read_histories`.
        ignore: Columns to skip. In text files, and with a source that does not say `other_columns = "ignore"`, any
            other unknown column is an error.
        observations: The tests on record, in a table of any of these kinds, one row for each. With it, missed, late and
            overdue tests, missing baselines and missed windows are reported too, and the report has `monitoring`.
            Rows whose code no test of the protocol has, and rows of patients who are not in the cohort, are counted as
            `other`. A refused row takes away only what tests decide. The table is held in memory, in 8 bytes a row.
        observation_patient: The column of patient ids of this table, of the same type as in the cohort.
        observation_date: The column of the dates of the tests.
        observation_code: The column of codes: text, as in `Observation`. CD4 counts are `other`, because nothing here
            depends on them.
        threads: The highest number of threads; default: one for each core, up to 8.
        rows_at_once: A parquet file that is sorted by patient is audited as it is read. Any other file is read as a
            whole if it has at most this many rows; otherwise its rows are first split by patient into temporary files.
        folder: The folder of the temporary files; default: the system's.
        progress: `callback(rows_read, total_rows)`; for text files, bytes.

    Raises:
        InvalidInput: A column is missing or of the wrong type, an id or a date is missing, the frame's own query
            fails, or a file is given twice.
        UnreadableFile: A file cannot be read, is not a parquet file, or is damaged; or a folder or a pattern has no
            parquet file.
        MissingExtra: An optional package is not installed.

    Source:
        As for `evaluate` and `forecast`; every code and date is the same as theirs.

    Example:
        >>> from datetime import date
        >>> import pandas as pd
        >>> from lemtrada_schedule import audit, load_protocol
        >>> days = [f"2025-03-0{day}" for day in range(3, 8)]
        >>> frame = pd.DataFrame({"patient": ["p1"] * 6, "date": [*days, "2026-03-02"]})
        >>> report = audit(frame, load_protocol("us"), as_of=date(2026, 3, 2))
        >>> report.patients["codes"].to_pylist(), report.patients["next_earliest"].to_pylist()
        ([['interval-below-minimum']], [datetime.date(2027, 3, 4)])
    """
    check_extra("cohort", "narwhals", "numpy", "pyarrow")
    question = checked_question(protocol, as_of, clinic, tolerance_days)
    columns = Columns(
        patient, date, status, infusion_minutes, observation_minutes, dose_mg, course, as_of_column(as_of)
    ).checked()
    told = _told(source, columns, medicine, lemtrada_codes)
    check_count(rows_at_once, "rows_at_once", most=1 << 40)
    if threads is not None:
        check_count(threads, "threads", most=1_024)
    if progress is not None and not callable(progress):
        raise refused_argument("wrong-type", "progress", f"expected a function, got {kind_of(progress)}")
    if folder is not None and not _is_folder(folder):
        raise refused_argument("not-written", "folder", "folder does not exist")
    tests = _Tests(observations, (observation_patient, observation_date, observation_code))
    rows = _Rows(columns, told, checked_ignore(ignore))
    how = {"threads": threads, "rows_at_once": rows_at_once, "folder": folder}
    return _report(cohort, question, rows, tests, progress, **how)


@dataclass(frozen=True, slots=True, repr=False)
class _Rows:
    """How the rows of a cohort are to be read."""

    columns: Columns
    source: Source | None
    ignore: frozenset[str]


def _told(source: SourceLike | None, columns: Columns, medicine: object, lemtrada_codes: object) -> Source | None:
    """Return the source with what the caller says about the medicine; refuse arguments that would not be used."""
    if source is not None:
        named = [one for one in columns.named() if one != "as_of"]
        if named:
            message = "the source names the columns; leave this argument out, or name the column in the source"
            raise InvalidInput(Problem("reserved-name", name, message, name) for name in named)
        return with_medicine(source_of(source), lemtrada_codes=lemtrada_codes, medicine=medicine)
    with_medicine(Source(), medicine=medicine)  # checks it
    if medicine != "checked" or lemtrada_codes:
        argument = "lemtrada_codes" if lemtrada_codes else "medicine"
        message = "only valid with `source`; without one, every row is about LEMTRADA"
        raise refused_argument("missing-field", argument, message)
    return None


@dataclass(frozen=True, slots=True, repr=False)
class _Tests:
    """The table of observations, and the names of its columns."""

    table: Any
    columns: tuple[str, str, str]


def _report(
    cohort: Any,
    question: Question,
    rows: _Rows,
    tests: _Tests,
    progress: Callable[[int, int], object] | None,
    **how: Any,
) -> Report:
    """Return the report on a cohort; `how` is passed to `screened`."""
    # All of these need the extra `cohort`.
    from lemtrada_schedule.cohort.denominators import patients_by_courses, tally_of  # noqa: PLC0415  # see above
    from lemtrada_schedule.cohort.monitoring import observations_of, with_tests  # noqa: PLC0415  # see above
    from lemtrada_schedule.cohort.open_questions import (  # noqa: PLC0415  # see above
        for_rows_of_courses,
        for_unknown_rows,
        not_assessed,
    )
    from lemtrada_schedule.cohort.reading.columns import ColumnReader  # noqa: PLC0415  # see above
    from lemtrada_schedule.cohort.reading.source_tables import are_texts, tables_of  # noqa: PLC0415  # see above
    from lemtrada_schedule.cohort.reading.sources import opened  # noqa: PLC0415  # see above
    from lemtrada_schedule.cohort.report_tables import (  # noqa: PLC0415  # see above
        courses_table,
        finding_tables,
        findings_table,
        periods_table,
        refused_table,
    )
    from lemtrada_schedule.cohort.screen.lookup_tables import as_date  # noqa: PLC0415  # see above
    from lemtrada_schedule.cohort.screening import Reading, screened  # noqa: PLC0415  # see above
    from lemtrada_schedule.cohort.source_reading import SourceReading  # noqa: PLC0415  # see above

    table = observations_of(tests.table, tests.columns, question.protocol)
    dose_mg = question.protocol.infusion_day.dose_mg
    reading: Reading | SourceReading
    if rows.source is not None or are_texts(cohort):
        cells = tables_of(cohort, rows.source, rows.columns, rows.ignore)
        reading, others = SourceReading.of(cells, dose_mg, progress), cells.others
    else:
        source = opened(cohort, rows.columns)
        reading, others = Reading(source, ColumnReader(source.names, dose_mg), progress), source.others
    screen = screened(reading, question, **how)
    patients, result = screen.patients(reading.histories)
    tables = screen.tables  # so that the report does not keep the rest of the screen
    found = Found(
        patients,
        result,
        files=reading.files(),
        refused=lambda: refused_table(reading.faults, reading.ends()),
        courses=lambda: courses_table(patients, result),
        periods=lambda: periods_table(patients, result, tables),
        out_of=lambda: (tally_of(patients, result, tables), patients_by_courses(patients)),
        not_assessed=[
            *not_assessed(question, reading.reader.names, result.unknown_years, reading.reader.lacking),
            *for_rows_of_courses(result.unrecorded),
            *for_unknown_rows(question, screen.unknown_rows),
        ],
        histories=reading.histories if screen.folded is None else partial(screen.folded.histories, with_others=True),
        judge=lambda history, day: question.evaluation(history, as_date(day)),
        as_table=findings_table,
        as_tables=finding_tables,
        other_files=others,
    )
    return Report(with_tests(found, table, question, is_any_unknown=bool(screen.unknown_rows)) if table else found)


def parquet_frame(data: bytes, name: str) -> Any:
    """Return the Arrow table in the bytes of a parquet file, which `audit` takes (extra `cohort`).

    Raises:
        UnreadableFile: It is not a parquet file, or is damaged; `name` is the place of the error.
        MissingExtra: An optional package is not installed.
    """
    check_extra("cohort", "narwhals", "numpy", "pyarrow")
    from lemtrada_schedule.cohort.reading.sources import table_in  # noqa: PLC0415  # the extra `cohort`

    return table_in(data, name)


def audit_spark(
    cohort: Any,
    protocol: Protocol,
    *,
    as_of: DayLike,
    clinic: Clinic | None = None,
    tolerance_days: int = 0,
    patient: str = "patient",
    date: str = "date",
    status: str | None = None,
    infusion_minutes: str | None = None,
    observation_minutes: str | None = None,
    dose_mg: str | None = None,
    course: str | None = None,
    source: SourceLike | None = None,
    medicine: Literal["checked", "assumed"] = "checked",
    lemtrada_codes: Names = (),
    ignore: Names = (),
) -> Any:
    """Audit a Spark frame and return Spark frames (extra `spark`); the arguments are as for `audit`.

    The rows are counted at once. When a frame of the report is requested, the rows are packed, sent to their patient's
    partition and screened there by the same code; this is repeated each time. The column of dates must have Spark's
    type `date`; `to_date` makes one. A cluster has no order of rows, so the `row` of a finding counts its patient's
    rows, by date.

    With a source, each patient's rows are folded in their partition as in `audit`; rows of other medicines are counted
    before that, and not sent. A source that maps tests is refused.

    Returns:
        A `SparkReport`. Its `patients`, `courses` and `findings()` are Spark frames; `rows()` returns the row counts.

    Raises:
        InvalidInput: A column is missing or of the wrong type, an id or a date is missing, or an id begins or ends
            with blanks (`padded-id`) or was changed by a spreadsheet (`id-changed`). For these ids, `audit` refuses
            only the rows.
        MissingExtra: An optional package is not installed.

    Example:
        >>> from lemtrada_schedule import load_protocol
        >>> cohort = spark.read.parquet("cohort.parquet")  # doctest: +SKIP
        >>> report = audit_spark(cohort, load_protocol("us"), as_of="2026-11-22")  # doctest: +SKIP
        >>> report.patients.write.parquet("report")  # doctest: +SKIP
    """
    check_extra("spark", "numpy", "pandas", "pyarrow", "pyspark")
    from lemtrada_schedule.cohort.spark import SparkReport  # noqa: PLC0415  # the extra `spark`

    question = checked_question(protocol, as_of, clinic, tolerance_days)
    columns = Columns(
        patient, date, status, infusion_minutes, observation_minutes, dose_mg, course, as_of_column(as_of)
    ).checked()
    told = _told(source, columns, medicine, lemtrada_codes)
    skipped = checked_ignore(ignore)
    if told is None:
        return SparkReport(cohort, question, columns)
    from lemtrada_schedule.cohort.reading.cohort_source import CohortSource  # noqa: PLC0415  # the extra `spark`

    return SparkReport(cohort, question, CohortSource(told, columns.as_of, skipped))


def _is_folder(folder: StrPath) -> bool:
    try:
        return Path(folder).is_dir()
    except (OSError, TypeError, ValueError):  # not a path at all
        return False
