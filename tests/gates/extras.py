"""Gate: each extra brings what its verbs need. Runs with the core and one extra alone, and nothing of the tests.

As a command, in an environment of that kind: `python extras.py cohort`, or one of the other extras.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule import audit, audit_spark, load_protocol, plan_treatment, read_clinic, to_html, to_rows
from lemtrada_schedule.cli.main import main as main_of_program

AS_OF: Final = date(2026, 11, 22)
DAYS: Final = [date(2025, 3, day) for day in (3, 4, 5, 6, 7)]
EARLIEST: Final = date(2026, 3, 7)
"""12 months after the last infusion of course 1, 2025-03-07."""
CLINIC: Final = """
time_zone = "America/New_York"
infusion_starts = "09:00"
[opening_hours]
mon = "08:00-18:00"
tue = "08:00-18:00"
wed = "08:00-18:00"
thu = "08:00-18:00"
fri = "08:00-18:00"
"""


def cohort() -> None:
    """Audit an Arrow table, and the same rows as a parquet file."""
    import pyarrow as pa  # noqa: PLC0415  # the extra under test
    from pyarrow import parquet  # noqa: PLC0415  # the extra under test

    table = pa.table({"patient": ["p1"] * len(DAYS), "date": DAYS, "dose_mg": [12.0] * len(DAYS)})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cohort.parquet")
        parquet.write_table(table, path)
        for rows in (table, path):
            _expect(audit(rows, load_protocol("us"), as_of=AS_OF).patients["next_earliest"].to_pylist(), [EARLIEST])


def tables() -> None:
    """Make an Arrow table of the rows of a plan."""
    import pyarrow as pa  # noqa: PLC0415  # the extra under test

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clinic.toml")
        path.write_text(CLINIC, encoding="utf-8")
        plan = plan_treatment(load_protocol("us"), read_clinic(path), not_before=date(2027, 1, 11))
    rows = to_rows(plan)
    table = pa.table(rows)
    _expect(table.num_rows, len(rows))
    _expect(len(plan.infusion_days), 8)


def spark() -> None:
    """Audit a Spark frame in local mode."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  # the extra under test

    os.environ["PYSPARK_PYTHON"] = sys.executable  # the workers' too
    session: Any = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        frame = session.createDataFrame(
            [("p1", day, 12.0) for day in DAYS], "patient string, date date, dose_mg double"
        )
        report = audit_spark(frame, load_protocol("us"), as_of=AS_OF)
        _expect([row["next_earliest"] for row in report.patients.collect()], [EARLIEST])
        _expect(report.findings().count(), 0)
        _expect(report.rows().audited, len(DAYS))
    finally:
        session.stop()


def completion() -> None:
    """Print the script of a shell."""
    with redirect_stdout(StringIO()) as script:
        _expect(main_of_program(["completion", "bash"]), 0)
    _expect("lemtrada-schedule" in script.getvalue(), True)  # noqa: FBT003  # what is expected


def languages() -> None:
    """Write a page in German."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clinic.toml")
        path.write_text(CLINIC, encoding="utf-8")
        plan = plan_treatment(load_protocol("us"), read_clinic(path), not_before=date(2027, 1, 11))
    page = to_html(plan, language="de")
    _expect("11. Jan. 2027" in page, True)  # noqa: FBT003  # as above


def excel() -> None:
    """Read a workbook that holds two infusions."""
    import openpyxl  # noqa: PLC0415  # the extra under test

    from lemtrada_schedule.sources.tables import open_table  # noqa: PLC0415  # no verb of its own

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "infusions.xlsx")
        book = openpyxl.Workbook()
        for row in (("patient", "date"), ("p1", DAYS[0]), ("p1", DAYS[1])):
            book.active.append(row)
        book.save(path)
        table = open_table(path, name="infusions.xlsx")
        _expect(list(table.rows), [(2, ["p1", DAYS[0]]), (3, ["p1", DAYS[1]])])


def _expect(got: object, expected: object) -> None:
    if got != expected:
        raise SystemExit(f"expected {expected}, got {got}")


VERBS: Final[dict[str, Callable[[], None]]] = {
    "cohort": cohort,
    "completion": completion,
    "excel": excel,
    "languages": languages,
    "tables": tables,
    "spark": spark,
}


def main(extra: str) -> None:
    """Run the verbs of an extra; a package that it does not bring is an error that names the extra."""
    try:
        VERBS[extra]()
    except ImportError as error:
        raise SystemExit(f"the extra `{extra}` alone is not enough for its verbs: {error}") from error
    print(f"the extra `{extra}` alone is enough for its verbs")


if __name__ == "__main__":
    main(*sys.argv[1:])
