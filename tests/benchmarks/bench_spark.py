"""`audit_spark` beside windows in Spark SQL, in local mode; `test_spark.py` compares their answers."""

import tempfile
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from lemtrada_schedule import audit_spark, load_protocol
from tests.benchmarks import naive_cohort
from tests.benchmarks.bench_audit import AS_OF
from tests.benchmarks.cohorts import cohort
from tests.benchmarks.turns import Work, figures_table, machine, rows_of, times_as_fast_as
from tests.unit.cohort.spark_run import session

PATIENTS: Final = 1_000_000
PARTITIONS: Final = "8"


def figures(repeats: int) -> str:
    spark, protocol = session(), load_protocol("us-2024-05")
    spark.conf.set("spark.sql.shuffle.partitions", PARTITIONS)
    rows = cohort(PATIENTS, shuffled=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort.parquet"
        pq.write_table(rows, path, row_group_size=1 << 18)
        frame = spark.read.parquet(str(path))
        frame.createOrReplaceTempView("cohort")
        nowhere = {"format": "noop", "mode": "overwrite"}
        sides: dict[str, Work] = {
            "Spark SQL, windows": lambda: spark.sql(naive_cohort.SPARK).write.save(**nowhere),
            "`audit_spark`": lambda: audit_spark(frame, protocol, as_of=AS_OF).patients.write.save(**nowhere),
            "moving the rows to their patients, and nothing else": lambda: frame.repartition("patient").write.save(
                **nowhere
            ),
            "reading": lambda: frame.write.save(**nowhere),
        }
        title, ratio = f"{PATIENTS:,} patients, shuffled", times_as_fast_as("Spark SQL, windows")
        told = rows_of(title, sides, repeats, per_second=1e9 / rows.num_rows, ratio=ratio)
    spark.stop()
    packages = machine("pyspark", "numpy", "pyarrow")
    return f"{packages}\n\n{figures_table('ns a row', told, 'Spark SQL takes … times as long')}"
