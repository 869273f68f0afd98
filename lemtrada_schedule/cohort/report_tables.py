"""The Arrow tables of a report: patients, courses, periods, findings, and faults of refused rows."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lemtrada_schedule.cohort.screen.chunks import Fault
from lemtrada_schedule.cohort.screen.finding_bits import SCREENED
from lemtrada_schedule.cohort.screen.layout import COURSE_STATUSES, NO_DAY, Array, CourseRows, Screened, Tables
from lemtrada_schedule.cohort.screen.lookup_tables import FIRST_FROM_1970
from lemtrada_schedule.judging.verdicts import Evaluation

__all__ = [
    "COUNT_FIELDS",
    "COURSE_FIELDS",
    "FINDING_FIELDS",
    "PATIENT_FIELDS",
    "Fields",
    "code_lists",
    "courses_table",
    "finding_tables",
    "findings_table",
    "patients_table",
    "periods_table",
    "refused_table",
]

Fields = tuple[tuple[str, pa.DataType], ...]
PATIENT_FIELDS: Final[Fields] = (
    ("rows", pa.int32()), ("refused_rows", pa.int32()), ("infusions", pa.int32()), ("courses", pa.int32()),
    ("codes", pa.list_(pa.string())), ("first_infusion", pa.date32()), ("last_infusion", pa.date32()),
    ("next_earliest", pa.date32()), ("contraception_until", pa.date32()), ("monitoring_until", pa.date32()),
)  # fmt: skip
"""The columns of a patient's row, after the patient."""
COURSE_FIELDS: Final[Fields] = (
    ("number", pa.int32()), ("first_day", pa.date32()), ("last_day", pa.date32()), ("infusions", pa.int32()),
    ("planned", pa.int32()), ("status", pa.string()), ("days_since_previous", pa.int32()), ("early_days", pa.int32()),
    ("boundary_clear", pa.bool_()),
)  # fmt: skip
"""The columns of a course, after the patient."""
PERIOD_FIELDS: Final[Fields] = (
    ("kind", pa.string()), ("first_day", pa.date32()), ("last_day", pa.date32()), ("provisional", pa.bool_()),
)  # fmt: skip
"""The columns of a period, after the patient."""
PERIOD_KINDS: Final = ("contraception", "monitoring")
FINDING_FIELDS: Final[Fields] = (
    ("code", pa.string()), ("severity", pa.string()), ("course", pa.int32()), ("day", pa.date32()),
    ("row", pa.int64()), ("test", pa.string()), ("message", pa.string()), ("hint", pa.string()), ("cite", pa.string()),
)  # fmt: skip
COUNT_FIELDS: Final[Fields] = (
    ("code", pa.string()), ("by", pa.string()), ("value", pa.int32()), ("findings", pa.int64()),
)  # fmt: skip
"""The columns of the counts of a group of patients."""
_PERIOD_BITS: Final = 20
"""More bits than any day needs, so that the ends of one patient are below those of the next."""
TOGETHER: Final = 20_000
"""How many findings are in one table, or a few more; they take about 15 MB until the table is made."""


def patients_table(ids: pa.Array, result: Screened, refused_rows: Array, *, has_unknown_rows: bool = False) -> pa.Table:
    """Return a row for each patient, without values that a refused row could change (S06).

    Args:
        ids: The patients.
        result: The results, in the order of `ids`.
        refused_rows: How many rows of each patient were refused.
        has_unknown_rows: Whether a row was refused that may belong to any patient.
    """
    unsaid = np.full(len(refused_rows), fill_value=True) if has_unknown_rows else refused_rows > 0
    columns = {
        "rows": pa.array(result.rows, pa.int32()),
        "refused_rows": pa.array(refused_rows, pa.int32()),
        "infusions": pa.array(result.infusions, pa.int32()),
        "courses": pa.array(result.courses, pa.int32(), mask=unsaid),
        "codes": code_lists(result.codes),
        "first_infusion": _dates(result.first_infusion, unsaid),
        "last_infusion": _dates(result.last_infusion, unsaid),
        "next_earliest": _dates(result.next_earliest, unsaid),
        "contraception_until": _dates(result.contraception_until, unsaid),
        "monitoring_until": _dates(result.monitoring_until, unsaid),
    }
    return pa.table({"patient": ids, **columns}, schema=pa.schema([("patient", ids.type), *PATIENT_FIELDS]))


def _dates(days: Array, unsaid: Array) -> pa.Array:
    return _days(days, (days == NO_DAY) | unsaid)


def _days(days: Array, missing: Array | None = None) -> pa.Array:
    since_1970 = pa.array(days.astype(np.int32) + np.int32(FIRST_FROM_1970), pa.int32(), mask=missing)
    return since_1970.cast(pa.date32())


def courses_table(patients: pa.Table, result: Screened) -> pa.Table:
    """Return a row for each course of the patients whose courses are known (S06, S33).

    Args:
        patients: The table of patients.
        result: The results, in the same order.
    """
    owner, given = _known_courses(patients, result)
    columns = {
        "number": pa.array(given.number, pa.int32()),
        "first_day": _days(given.first),
        "last_day": _days(given.last, given.lacks_last),
        "infusions": pa.array(given.infusions, pa.int32()),
        "planned": pa.array(given.planned, pa.int32()),
        "status": pa.array(COURSE_STATUSES).take(pa.array(given.status)),
        "days_since_previous": pa.array(given.since, pa.int32(), mask=given.since == 0),
        "early_days": pa.array(given.early, pa.int32(), mask=given.early == 0),
        "boundary_clear": pa.array(given.clear),
    }
    return _of_owners(patients, owner, columns, COURSE_FIELDS)


def _known_courses(patients: pa.Table, result: Screened) -> tuple[Array, CourseRows]:
    """Return the courses of the patients whose courses are known, and the place of each one's patient."""
    owner = np.repeat(np.arange(patients.num_rows), result.courses)
    is_known = np.asarray(patients["courses"].is_valid().combine_chunks())
    if is_known.all():
        return owner, result.given
    kept = np.flatnonzero(is_known[owner])
    return owner[kept], result.given.taken(kept)


def _of_owners(patients: pa.Table, owner: Array, columns: dict[str, pa.Array], fields: Fields) -> pa.Table:
    """Return a table with the patient of each row as its first column."""
    ids = patients["patient"].combine_chunks()
    schema = pa.schema([("patient", ids.type), *fields])
    return pa.table({"patient": ids.take(pa.array(owner)), **columns}, schema=schema)


def periods_table(patients: pa.Table, result: Screened, tables: Tables) -> pa.Table:
    """Return the periods of contraception and of monitoring of the patients whose courses are known.

    Args:
        patients: The table of patients.
        result: The results, in the same order.
        tables: The protocol as tables.
    """
    owner, given = _known_courses(patients, result)
    treated = owner[np.diff(owner, prepend=-1) != 0]
    unsettled = np.zeros(patients.num_rows, bool)
    unsettled[owner[given.unsettled]] = True
    whose, first, last, provisional = _contraception(owner, given, tables)
    who = np.concatenate([whose, treated])
    order = np.argsort(who, kind="stable")  # of each patient, contraception comes first
    kind = np.repeat(np.arange(len(PERIOD_KINDS)), [len(whose), len(treated)])[order]
    ends = np.concatenate([last, result.monitoring_until[treated]])[order]
    columns = {
        "kind": pa.array(PERIOD_KINDS).take(pa.array(kind)),
        "first_day": _days(np.concatenate([first, result.first_infusion[treated]])[order]),
        "last_day": _days(ends, ends == NO_DAY),
        "provisional": pa.array(np.concatenate([provisional, unsettled[treated]])[order]),
    }
    return _of_owners(patients, who[order], columns, PERIOD_FIELDS)


def _contraception(owner: Array, given: CourseRows, tables: Tables) -> tuple[Array, Array, Array, Array]:
    """Return patient, first day, last day and whether it is provisional for each period, merged as in a plan (S23)."""
    begins = tables.contraception_begins.take(given.first if tables.contraception_begins_from_first else given.until)
    ends = tables.contraception.take(given.first if tables.contraception_from_first else given.until)
    base = owner << _PERIOD_BITS
    order = np.argsort(base + begins, kind="stable")  # quick, because they are nearly always sorted
    owner, begins, ends, unsettled = owner[order], begins[order], ends[order], given.unsettled[order]
    latest = np.maximum.accumulate(base + ends) - base
    starts = np.flatnonzero(np.append(True, (np.diff(owner) != 0) | (begins[1:] > latest[:-1] + 1))[: len(owner)])
    until = np.maximum.reduceat(ends, starts) if len(starts) else ends
    which = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(owner))))
    decisive = np.flatnonzero(ends == until[which])  # the courses that the end of a period is counted from
    provisional = np.zeros(len(starts), bool)
    provisional[which[decisive[unsettled[decisive]]]] = True
    return owner[starts], begins[starts], until, provisional


def code_lists(codes: Array) -> pa.Array:
    """Return the codes of each patient as a list of text."""
    ends = np.append(0, np.cumsum(np.bitwise_count(codes), dtype=np.int32)).astype(np.int32)
    bits = np.zeros(ends[-1], np.uint8)
    flagged = np.flatnonzero(codes != 0)
    rest, place = codes[flagged], ends[flagged]
    while len(rest):  # the lowest code of each patient that is left
        others = rest & (rest - np.uint32(1))
        bits[place] = np.bitwise_count((rest ^ others) - np.uint32(1))
        more = np.flatnonzero(others != 0)
        rest, place = others[more], place[more] + 1
    names = pa.array([kind.code for kind in SCREENED]).take(pa.array(bits))
    return pa.ListArray.from_arrays(pa.array(ends), names)


def findings_table(evaluations: Iterator[tuple[Any, Evaluation]], kind: pa.DataType) -> pa.Table:
    """Return all findings as one table; `kind` is the type of the ids."""
    return pa.concat_tables(finding_tables(evaluations, kind))


def finding_tables(evaluations: Iterator[tuple[Any, Evaluation]], kind: pa.DataType) -> Iterator[pa.Table]:
    """Yield findings in tables of about `TOGETHER` rows; the last one has the rest, possibly none."""
    schema = pa.schema([("patient", kind), *FINDING_FIELDS])
    columns: dict[str, list[Any]] = {name: [] for name in schema.names}
    for patient, evaluation in evaluations:
        for finding in evaluation.findings:
            columns["patient"].append(patient)
            for name, _ in FINDING_FIELDS:
                columns[name].append(getattr(finding, name))
        if len(columns["patient"]) >= TOGETHER:
            yield pa.table(columns, schema=schema)
            columns = {name: [] for name in schema.names}
    yield pa.table(columns, schema=schema)


def refused_table(faults: Sequence[Fault], files: Sequence[tuple[str, int]]) -> pa.Table:
    """Return a row for each fault of a refused row: its number, column, code, message and file, without values.

    Args:
        faults: The faults.
        files: The name of each file and the number of its last row.
    """
    counts = [len(fault.rows) for fault in faults]
    words = {name: [getattr(fault, name) for fault in faults] for name in ("column", "code", "message")}
    texts = {name: pa.array(np.repeat(np.array(each, object), counts), pa.string()) for name, each in words.items()}
    rows = np.concatenate([np.zeros(0, np.int64), *(fault.rows for fault in faults)])
    ends = np.array([last for _, last in files], np.int64)
    place = np.searchsorted(ends, rows)
    within = {
        "file": pa.array(np.array([name for name, _ in files], object)[place], pa.string()),
        "row_in_file": pa.array(rows - np.append(0, ends)[place], pa.int64()),
    }
    return pa.table({"row": pa.array(rows, pa.int64()), **texts, **within}).sort_by("row")
