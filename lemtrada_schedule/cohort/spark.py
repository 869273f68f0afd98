"""`SparkReport`: pack the rows of a Spark frame, send them to their patient's partition, and screen them there."""

from collections import defaultdict
from typing import Any, Final

import pyarrow as pa

from lemtrada_schedule.cohort.open_questions import for_the_cohort
from lemtrada_schedule.cohort.out_of import denominators
from lemtrada_schedule.cohort.question import Columns, Question
from lemtrada_schedule.cohort.reading.cohort_source import CohortSource
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
from lemtrada_schedule.cohort.source_batches import KEY, OTHERS, TALLY_FIELDS, SourceBatches
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

    def __init__(self, cohort: Any, question: Question, columns: Columns | CohortSource) -> None:
        """Check the columns, and count the rows, the blank ones, and those without a patient or a date."""
        if not hasattr(cohort, "mapInArrow"):
            raise refused_argument("wrong-type", "cohort", f"expected a frame of Spark, got {kind_of(cohort)}")
        self._question = question
        self._other: int | None = None
        if isinstance(columns, CohortSource):
            self._read_by_source(cohort, columns)
            return
        names = columns_found(cohort.columns, columns)
        _check_kinds(cohort, names)
        plain = cohort.select([cohort[f"`{own}`"].alias(name) for name, own in names.items()])
        self._rows, self._blank = _checked_rows(plain, names)
        self._batches = Batches(question, tuple(names))
        self._packed = _packed(plain, names).repartition(PATIENT)
        self._patient = f"{PATIENT} {plain.schema[PATIENT].dataType.simpleString()}"

    def _read_by_source(self, cohort: Any, columns: CohortSource) -> None:
        """Count the rows, and send those of LEMTRADA to their patient's partition, where they are folded."""
        if "code" in columns.source.names:
            message = "Spark reads infusions only, and this source maps tests; use a source without `columns.code`"
            raise refused_argument("reserved-name", "source", message)
        names = columns.checked().found(cohort.columns)
        _check_cells(cohort, names)
        raw = cohort.select([_cell(cohort, own).alias(name) for name, own in names.items()])
        patient = raw.schema[PATIENT].dataType
        kind = _ID_KINDS.get(patient.typeName(), pa.string())
        batches = SourceBatches(self._question, tuple(columns.facts()), columns, tuple(names.items()), kind)
        tally = _tallied(raw, batches, names[PATIENT])
        self._rows, self._blank, self._other = (tally.get(of, 0) for of in ("rows", "blank", "other"))
        fields = [f"`{name}` {raw.schema[name].dataType.simpleString()}" for name in names]
        sent = raw.mapInArrow(batches.sent, ", ".join([*fields, f"{OTHERS} bigint", f"{KEY} string"]))
        self._batches = batches
        self._packed = sent.repartition(KEY)
        self._patient = f"{PATIENT} {patient.simpleString() if kind != pa.string() else 'string'}"

    def _counted(self, accepted: int, refused: int) -> FileRows:
        """Return the row counts; what is neither accepted, refused, blank nor of another medicine is superseded."""
        if self._other is None:
            return FileRows("", self._rows, accepted, refused, self._blank)
        superseded = self._rows - accepted - refused - self._blank - self._other
        return FileRows("", self._rows, accepted, refused, self._blank, self._other, superseded)

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
        return self._counted(totals[0] or 0, totals[1] or 0)

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
        rows = self._counted(totals[1] or 0, totals[2] or 0)
        found = {of: {str(value or "none"): n for value, n in values.items()} for of, values in tally.items()}
        # A finding without a day is in no year.
        counts = {code: (n, found[code, "course"], found.get((code, "year"), {})) for code, n in patients.items()}
        return summary_of(totals[0] or 0, rows, counts, denominators(tally, by_courses, rows.audited))

    @property
    def not_assessed(self) -> tuple[NotAssessed, ...]:
        """Questions that could not be answered for the whole cohort, and the missing column or fact."""
        return tuple(for_the_cohort(self._question, self._batches.columns))


def ddl(fields: Fields) -> str:
    """Return columns in Spark's notation."""
    return ", ".join(f"{name} {_DDL[kind]}" for name, kind in fields)


_ID_KINDS: Final = {"byte": pa.int8(), "short": pa.int16(), "integer": pa.int32(), "long": pa.int64()}

_CELLS: Final = (*_NUMBERS, "string", "varchar", "char", "date", "timestamp_ntz", "boolean", _NOTHING)


def _check_cells(cohort: Any, names: dict[str, str]) -> None:
    """Refuse columns of types that no cell of a table can have; a timestamp has the zone of the session."""
    advice = "text, numbers or dates; make a timestamp a date with `to_date`, or cast it to `timestamp_ntz`"
    problems = [
        Problem("wrong-type", own, f"expected {advice}, got {cohort.schema[own].dataType.simpleString()}")
        for own in names.values()
        if cohort.schema[own].dataType.typeName() not in _CELLS
    ]
    if problems:
        raise InvalidInput(problems)


def _cell(cohort: Any, own: str) -> Any:
    """Return a column of the frame; one without any type becomes text."""
    column = cohort[f"`{own}`"]
    return column.cast("string") if cohort.schema[own].dataType.typeName() == _NOTHING else column


_OF_IDS: Final = {
    "missing-field": "rows have no value here; fill it in",
    CHANGED_ID: "ids are numbers that have lost digits; export them as text",
}


def _tallied(raw: Any, batches: SourceBatches, patient: str) -> dict[str, int]:
    """Return how many rows there are of each kind; refuse a frame with rows whose patient is unknown."""
    from pyspark.sql import functions as sql  # noqa: PLC0415  # the extra `spark`

    counted = raw.mapInArrow(batches.tallied, ddl(TALLY_FIELDS)).groupBy("of").agg(sql.sum("rows").alias("n")).collect()
    tally = {row["of"]: row["n"] for row in counted}
    problems = [
        Problem(code, patient, f"{count:,} {_OF_IDS.get(code, 'ids are not valid; correct them')}")
        for code, count in sorted(tally.items())
        if count and code not in ("rows", "blank", "other")
    ]
    if problems:
        raise InvalidInput(problems)
    return tally


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
