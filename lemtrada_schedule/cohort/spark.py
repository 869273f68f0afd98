"""`SparkReport`: pack the rows of a Spark frame, send them to their patient's partition, and screen them there."""

from collections import defaultdict
from typing import Any, Final

import pyarrow as pa

from lemtrada_schedule.cohort.open_questions import for_the_cohort
from lemtrada_schedule.cohort.out_of import denominators
from lemtrada_schedule.cohort.question import Columns, Question
from lemtrada_schedule.cohort.reading.sources import columns_found
from lemtrada_schedule.cohort.report import FileRows, summary_of
from lemtrada_schedule.cohort.report_tables import COUNT_FIELDS, COURSE_FIELDS, FINDING_FIELDS, PATIENT_FIELDS, Fields
from lemtrada_schedule.cohort.screen.chunks import (
    AS_OF,
    COURSE,
    DATE,
    INFUSION,
    MG,
    OBSERVATION,
    PATIENT,
    STATUS,
    STATUSES,
)
from lemtrada_schedule.cohort.screen.lookup_tables import DAYS
from lemtrada_schedule.cohort.spark_batches import FIELDS, NOT_ACCEPTED, NOT_ON_RECORD, PACKED, Batches
from lemtrada_schedule.errors import InvalidInput, Problem, kind_of
from lemtrada_schedule.findings.finding import NotAssessed
from lemtrada_schedule.protocol.citations import MOST_COURSES
from lemtrada_schedule.records.history import LONGEST_MINUTES
from lemtrada_schedule.records.recorded_values import BLANKS, CHANGED_FORM, CHANGED_ID, PADDED_ID
from lemtrada_schedule.validation.arguments import refused_argument
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["SparkReport", "ddl"]

_DDL: Final = {
    pa.int32(): "int", pa.int64(): "bigint", pa.string(): "string", pa.date32(): "date",
    pa.list_(pa.string()): "array<string>", pa.bool_(): "boolean",
}  # fmt: skip
"""Spark's names of the types of the columns that are returned."""
_HIGHEST: Final = {INFUSION: (0, LONGEST_MINUTES), OBSERVATION: (0, LONGEST_MINUTES), COURSE: (1, MOST_COURSES)}
_WHOLE: Final = ("byte", "short", "integer", "long")
_NUMBERS: Final = (*_WHOLE, "float", "double", "decimal")
_NOTHING: Final = "void"
_KINDS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    PATIENT: ((*_WHOLE, "string"), "whole numbers or text as patient ids"),
    DATE: (("date",), "dates; make them with `to_date`"),
    AS_OF: (("date",), "dates; make them with `to_date`"),
    STATUS: (("string",), "text"),
    INFUSION: (_NUMBERS, "whole numbers of minutes"),
    OBSERVATION: (_NUMBERS, "whole numbers of minutes"),
    MG: ((*_NUMBERS, "string"), "doses in mg as numbers"),
    COURSE: (_NUMBERS, "course numbers"),
}
"""Spark's names of the types that a column may have, and our words for them."""
_WRONG_IDS: Final = (
    (
        PADDED_ID,
        f"^[{BLANKS}]+[^{BLANKS}]|[^{BLANKS}][{BLANKS}]+\\z",
        "ids begin or end with blanks; remove these first",
    ),
    (
        CHANGED_ID,
        f"^({CHANGED_FORM})\\z",
        "ids are numbers in scientific notation, so digits are lost; export them as text",
    ),
)
"""The code, the pattern as a Java regular expression, and the message."""


class SparkReport:
    """The result of an audit of a Spark frame.

    The rows are counted when the report is made, which runs the frame's own query. The screen runs each time a result
    is requested.
    """

    def __init__(self, cohort: Any, question: Question, columns: Columns) -> None:
        """Check the columns, and count the rows, the blank ones, and those without a patient or a date."""
        if not hasattr(cohort, "mapInArrow"):
            raise refused_argument("wrong-type", "cohort", f"expected a frame of Spark, got {kind_of(cohort)}")
        self._question = question
        names = columns_found(cohort.columns, columns)
        _check_kinds(cohort, names)
        plain = cohort.select([cohort[f"`{own}`"].alias(name) for name, own in names.items()])
        self._rows, self._blank = _checked_rows(plain, names)
        self._batches = Batches(question, tuple(names))
        self._packed = _packed(plain, names).repartition(PATIENT)
        self._patient = f"{PATIENT} {plain.schema[PATIENT].dataType.simpleString()}"

    @property
    def patients(self) -> Any:
        """A row for each patient, with the columns of `Report.patients`."""
        return self._packed.mapInArrow(self._batches.patients, f"{self._patient}, {ddl(PATIENT_FIELDS)}")

    @property
    def courses(self) -> Any:
        """A row for each patient and course, with the columns of `Report.courses`."""
        return self._packed.mapInArrow(self._batches.courses, f"{self._patient}, {ddl(COURSE_FIELDS)}")

    def findings(self) -> Any:
        """Return every finding, made by `evaluate`; `row` counts the rows of each patient by date."""
        return self._packed.mapInArrow(self._batches.findings, f"{self._patient}, {ddl(FINDING_FIELDS)}")

    def rows(self) -> FileRows:
        """Return the row counts; this runs the screen."""
        from pyspark.sql import functions as sql  # noqa: PLC0415  # the extra `spark`

        totals = self.patients.agg(sql.sum("rows"), sql.sum("refused_rows")).collect()[0]
        return FileRows("", self._rows, totals[0] or 0, totals[1] or 0, self._blank)

    def summary(self) -> dict[str, Any]:
        """Return the counts of `Report.summary`; this runs the screen."""
        from pyspark.sql import functions as sql  # noqa: PLC0415  # the extra `spark`

        counts = self._packed.mapInArrow(self._batches.counts, ddl(COUNT_FIELDS))
        tally: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        for row in counts.groupBy("code", "by", "value").agg(sql.sum("findings").alias("n")).sort("value").collect():
            tally[row["code"], row["by"]][row["value"]] = row["n"]
        by_courses = {row["courses"]: row["count"] for row in self.patients.groupBy("courses").count().collect()}
        flagged = self.patients.select(sql.explode("codes").alias("code")).groupBy("code").count().collect()
        patients = {row["code"]: row["count"] for row in flagged}
        totals = self.patients.agg(
            sql.sum(sql.expr("int(size(codes) > 0)")), sql.sum("rows"), sql.sum("refused_rows")
        ).collect()[0]
        rows = FileRows("", self._rows, totals[1] or 0, totals[2] or 0, self._blank)
        found = {of: {str(value or "none"): n for value, n in values.items()} for of, values in tally.items()}
        counts = {code: (n, found[code, "course"], found[code, "year"]) for code, n in patients.items()}
        return summary_of(totals[0] or 0, rows, counts, denominators(tally, by_courses, rows.audited))

    @property
    def not_assessed(self) -> tuple[NotAssessed, ...]:
        """Questions that could not be answered for the whole cohort, and the missing column or fact."""
        return tuple(for_the_cohort(self._question, self._batches.columns))


def ddl(fields: Fields) -> str:
    """Return columns in Spark's notation."""
    return ", ".join(f"{name} {_DDL[kind]}" for name, kind in fields)


def _check_kinds(cohort: Any, names: dict[str, str]) -> None:
    problems = [
        Problem("wrong-type", own, f"expected {_KINDS[name][1]}, got {cohort.schema[own].dataType.simpleString()}")
        for name, own in names.items()
        if cohort.schema[own].dataType.typeName() not in (*_KINDS[name][0], _NOTHING)
    ]
    if problems:
        raise InvalidInput(problems)


def _checked_rows(plain: Any, names: dict[str, str]) -> tuple[int, int]:
    """Return how many rows there are, and how many are blank; refuse rows without a clear patient or date."""
    from pyspark.sql import functions as sql  # noqa: PLC0415  # the extra `spark`

    blank = sql.lit(True)  # noqa: FBT003  # its argument has another name in each release
    for name in names:
        blank &= sql.col(name).isNull()
    asked = [sql.count("*"), sql.count_if(blank)]
    asked += [sql.count_if(sql.col(name).isNull() & ~blank) for name in (PATIENT, DATE)]
    asked += [sql.count_if(sql.col(PATIENT).cast("string").rlike(form)) for _, form, _ in _WRONG_IDS]
    rows, blanks, *counts = plain.agg(*asked).collect()[0]
    kinds = [("missing-field", names[name], "rows have no value here; fill it in") for name in (PATIENT, DATE)]
    kinds += [(code, names[PATIENT], words) for code, _, words in _WRONG_IDS]
    problems = [
        Problem(code, place, f"{count:,} {words}")
        for count, (code, place, words) in zip(counts, kinds, strict=True)
        if count
    ]
    if problems:
        raise InvalidInput(problems)
    return rows, blanks


def _packed(plain: Any, names: dict[str, str]) -> Any:
    """Return the rows as a column of patients and a packed column, with the dose if there is one."""
    from pyspark.sql import functions as sql  # noqa: PLC0415  # the extra `spark`

    packed = _packed_day(DATE)
    if AS_OF in names:
        packed = packed.bitwiseOR(_packed_day(AS_OF))
    for name, (least, most) in _HIGHEST.items():
        if name in names:
            value = sql.col(name)
            right = value.between(least, most) & (value == sql.floor(value))
            number = sql.when(value.isNull() | _is_nan(plain, name), NOT_ON_RECORD[name])
            packed = packed.bitwiseOR(_shifted(name, number.when(right, value).otherwise(NOT_ACCEPTED[name])))
    if STATUS in names:
        status = sql.when(sql.col(STATUS).isNull(), NOT_ON_RECORD[STATUS])
        for number, word in enumerate(STATUSES):
            status = status.when(sql.col(STATUS) == word, number)
        packed = packed.bitwiseOR(_shifted(STATUS, status.otherwise(NOT_ACCEPTED[STATUS])))
    dose = [MG] if MG in names else []
    return plain.where(sql.col(PATIENT).isNotNull()).select(PATIENT, packed.alias(PACKED), *dose)


def _packed_day(name: str) -> Any:
    from pyspark.sql import functions as sql  # noqa: PLC0415  # the extra `spark`

    day = sql.datediff(name, sql.lit(FIRST_DATE))
    number = sql.when(sql.col(name).isNull(), NOT_ON_RECORD[name]).when(day.between(0, DAYS - 1), day)
    return _shifted(name, number.otherwise(NOT_ACCEPTED[name]))


def _shifted(name: str, value: Any) -> Any:
    from pyspark.sql import functions as sql  # noqa: PLC0415  # the extra `spark`

    return sql.shiftleft(value.cast("bigint"), FIELDS[name][0])


def _is_nan(plain: Any, name: str) -> Any:
    from pyspark.sql import functions as sql  # noqa: PLC0415  # the extra `spark`

    fraction = plain.schema[name].dataType.typeName() in ("float", "double")
    return sql.isnan(name) if fraction else sql.lit(False)  # noqa: FBT003  # as above
