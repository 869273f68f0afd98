"""Spark in local mode, and everything that `audit_spark` says there."""

import os
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from lemtrada_schedule import InvalidInput, ScheduleError, Source, audit, audit_spark, load_protocol
from tests.benchmarks.naive_cohort import ANSWER, by_spark

ODD_IDS = {
    "ids with blanks": "concat(patient, '\u00a0')",
    "ids with a tab": "concat('\t', patient)",
    "ids that were changed": "'1.5E+17'",
    "ids that only look so": "'a 1E5'",
}


def session() -> Any:
    """Return Spark on two threads of this machine, without its web page."""
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.shuffle.partitions": "3",
        "spark.driver.memory": "1g",
    }
    os.environ["PYSPARK_PYTHON"] = sys.executable  # the workers' too
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def told(frame: Any, as_of: date | str = date(2026, 11, 22), **how: Any) -> dict[str, Any]:
    """Return everything that a report says of a frame."""
    report = audit_spark(frame, load_protocol("us-2024-05"), as_of=as_of, **how)
    return {
        "patients": [row.asDict() for row in report.patients.sort("patient").collect()],
        "courses": [row.asDict() for row in report.courses.sort("patient", "number").collect()],
        "findings": [row.asDict() for row in report.findings().sort("patient", "code", "day").collect()],
        "rows": asdict(report.rows()),
        "summary": report.summary(),
        "not_assessed": [entry.model_dump() for entry in report.not_assessed],
        "in_partitions": report.patients.rdd.getNumPartitions(),
    }


def refusals_by_source(frame: Any) -> dict[str, str]:
    """Return the code with which each frame that cannot be read by its source is refused."""
    tests = {"columns": {"patient": "BENE_ID", "date": "CLM_FROM_DT", "code": "HCPCS_CD"}}
    wrong: dict[str, tuple[Any, Any]] = {
        "a source with tests": (frame, Source.model_validate(tests)),
        "timestamps": (frame.withColumn("CLM_FROM_DT", frame["CLM_FROM_DT"].cast("timestamp")), "claims"),
        "a patient is missing": (frame.withColumn("BENE_ID", frame["BENE_ID"].substr(2, 9)), "claims"),
        "no column of units": (frame.drop("LINE_SRVC_CNT"), "claims"),
    }
    codes = {}
    for name, (one, source) in wrong.items():
        try:
            audit_spark(one, load_protocol("us-2024-05"), as_of=date(2026, 11, 22), source=source)
        except InvalidInput as error:
            codes[name] = ", ".join(problem.code for problem in error.problems)
    return codes


def refusals(frame: Any) -> dict[str, str]:
    """Return the code with which each frame that cannot be audited is refused."""
    wrong = {
        "no day": frame.drop("date"),
        "days as text": frame.withColumn("date", frame["date"].cast("string")),
        "days as text, ids with a point": frame.selectExpr("cast(patient as double)", "cast(date as string)"),
        "ids with a point": frame.withColumn("patient", frame["patient"].cast("double")),
        **{
            name: frame.selectExpr(f"if(infusion_minutes = 200, {odd}, string(patient)) as patient", "date")
            for name, odd in ODD_IDS.items()
        },
        "a patient is missing": frame.selectExpr("if(infusion_minutes = 200, null, patient) as patient", "date"),
    }
    codes = {}
    for name, one in wrong.items():
        try:
            audit_spark(one, load_protocol("us-2024-05"), as_of=date(2026, 11, 22))
        except InvalidInput as error:
            codes[name] = ", ".join(problem.code for problem in error.problems)
    try:
        audit(frame, load_protocol("us-2024-05"), as_of=date(2026, 11, 22))
    except ScheduleError as error:
        codes["given to `audit`"] = error.message
    try:
        audit_spark([], load_protocol("us-2024-05"), as_of=date(2026, 11, 22))
    except ScheduleError as error:
        codes["no frame"] = error.code
    return codes


def answers(folder: Path) -> dict[str, Any]:
    """Return what is said of the two files of a folder."""
    spark = session()
    try:
        plain = spark.read.parquet(str(folder / "cohort.parquet"))
        told_of: dict[str, Any] = {"plain": told(plain), "refusals": refusals(plain)}
        for name in ("odd", "numeric", "floats", "texts"):
            told_of[name] = told(spark.read.parquet(str(folder / f"{name}.parquet")))
        told_of["own days"] = told(spark.read.parquet(str(folder / "own.parquet")), "censored_on")
        claims = spark.read.parquet(str(folder / "claims.parquet"))
        told_of["claims"] = told(claims, source="claims", ignore=["note"])
        told_of["claims refused"] = refusals_by_source(claims)
        courses = spark.read.parquet(str(folder / "courses.parquet"))
        told_of["courses"] = told(courses, "censored_on", source="registry", lemtrada_codes=["ALZ"])
        plain.createOrReplaceTempView("cohort")
        rows = by_spark(spark).sort_by("patient").to_pylist()
        told_of["script"] = [[row[name] for name in ANSWER] for row in rows]
    finally:
        spark.stop()
    return told_of
