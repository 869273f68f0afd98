"""The Arrow tables of a report: patients, findings, and faults of refused rows."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa

from lemtrada_schedule.cohort.screen.chunks import Fault
from lemtrada_schedule.cohort.screen.finding_bits import SCREENED
from lemtrada_schedule.cohort.screen.layout import NO_DAY, Array, Screened
from lemtrada_schedule.cohort.screen.lookup_tables import FIRST_FROM_1970
from lemtrada_schedule.judging.verdicts import Evaluation

__all__ = [
    "COUNT_FIELDS",
    "FINDING_FIELDS",
    "PATIENT_FIELDS",
    "Fields",
    "finding_tables",
    "findings_table",
    "patients_table",
    "refused_table",
]

Fields = tuple[tuple[str, pa.DataType], ...]
PATIENT_FIELDS: Final[Fields] = (
    ("rows", pa.int32()), ("refused_rows", pa.int32()), ("infusions", pa.int32()), ("courses", pa.int32()),
    ("codes", pa.list_(pa.string())), ("last_infusion", pa.date32()), ("next_earliest", pa.date32()),
    ("contraception_until", pa.date32()), ("monitoring_until", pa.date32()),
)  # fmt: skip
"""The columns of a patient's row, after the patient."""
FINDING_FIELDS: Final[Fields] = (
    ("code", pa.string()), ("severity", pa.string()), ("course", pa.int32()), ("day", pa.date32()),
    ("row", pa.int64()), ("message", pa.string()), ("hint", pa.string()), ("cite", pa.string()),
)  # fmt: skip
COUNT_FIELDS: Final[Fields] = (
    ("code", pa.string()), ("by", pa.string()), ("value", pa.int32()), ("findings", pa.int64()),
)  # fmt: skip
"""The columns of the counts of a group of patients."""
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
        "codes": _code_lists(result.codes),
        "last_infusion": _dates(result.last_infusion, unsaid),
        "next_earliest": _dates(result.next_earliest, unsaid),
        "contraception_until": _dates(result.contraception_until, unsaid),
        "monitoring_until": _dates(result.monitoring_until, unsaid),
    }
    return pa.table({"patient": ids, **columns}, schema=pa.schema([("patient", ids.type), *PATIENT_FIELDS]))


def _dates(days: Array, unsaid: Array) -> pa.Array:
    since_1970 = pa.array(days.astype(np.int32) + np.int32(FIRST_FROM_1970), pa.int32(), mask=(days == NO_DAY) | unsaid)
    return since_1970.cast(pa.date32())


def _code_lists(codes: Array) -> pa.Array:
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


def refused_table(faults: tuple[Fault, ...]) -> pa.Table:
    """Return a row for each fault of a refused row: row number, column, code and message, without values."""
    counts = [len(fault.rows) for fault in faults]
    words = {name: [getattr(fault, name) for fault in faults] for name in ("column", "code", "message")}
    texts = {name: pa.array(np.repeat(np.array(each, object), counts), pa.string()) for name, each in words.items()}
    numbers = pa.array(np.concatenate([np.zeros(0, np.int64), *(fault.rows for fault in faults)]), pa.int64())
    return pa.table({"row": numbers, **texts}).sort_by("row")
