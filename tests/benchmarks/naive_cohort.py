"""What an analyst would write to check a cohort, each way written well; all give the same answer.

For each patient: infusion days, courses, the last infusion and the day 12 months later, and whether a course is
short, long, torn or early, an infusion too short, an observation too short.
"""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from dateutil.relativedelta import relativedelta

__all__ = ["ANSWER", "by_duckdb", "by_loops", "by_pandas", "by_polars", "by_spark", "courses_by_polars"]

GAP: Final = 15
FIRST, LATER = 5, 3
INFUSION, OBSERVATION = 240, 120
ONE_DAY: Final = timedelta(days=1)
ANSWER: Final = (
    "patient", "infusions", "courses", "last_infusion", "next_day", "short", "long", "torn", "early",
    "short_infusion", "short_observation",
)  # fmt: skip


# --- Python and dateutil -------------------------------------------------------------------------


def _a_year_later(day: date) -> date:
    later = day + relativedelta(months=12)
    return later if later.day == day.day else later + ONE_DAY


def by_loops(rows: pa.Table) -> list[tuple[Any, ...]]:
    """Plain loops over the rows of each patient, with relativedelta."""
    patients: defaultdict[int, list[tuple[date, int, int]]] = defaultdict(list)
    for patient, *facts in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        patients[patient].append(tuple(facts))
    return [_one_patient(patient, own) for patient, own in sorted(patients.items())]


def _one_patient(patient: int, rows: list[tuple[date, int, int]]) -> tuple[Any, ...]:
    days = sorted({row[0] for row in rows})
    courses = [[days[0]]]
    torn = False
    for before, day in pairwise(days):
        gap = (day - before).days
        if gap > GAP:
            courses.append([])
        elif gap > 1:
            torn = True
        courses[-1].append(day)
    sizes = [len(course) - (FIRST if n == 0 else LATER) for n, course in enumerate(courses)]
    early = any(after[0] < _a_year_later(one[-1]) for one, after in pairwise(courses))
    short = (any(row[1] < INFUSION for row in rows), any(row[2] < OBSERVATION for row in rows))
    flags = (min(sizes) < 0, max(sizes) > 0, torn, early, *short)
    return (patient, len(days), len(courses), days[-1], _a_year_later(days[-1]), *flags)


# --- pandas --------------------------------------------------------------------------------------


def by_pandas(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort, differences, cumulative sums and group by, without a loop."""
    days = rows[["patient", "date"]].drop_duplicates().sort_values(["patient", "date"])
    new = days["patient"] != days["patient"].shift()
    gap = days["date"].diff().dt.days
    days = days.assign(course=(new | (gap > GAP)).cumsum(), torn=~new & (gap > 1) & (gap <= GAP))
    courses = days.groupby("course", sort=False).agg(
        patient=("patient", "first"),
        first=("date", "first"),
        last=("date", "last"),
        n=("date", "size"),
        torn=("torn", "max"),
    )
    same = courses["patient"] == courses["patient"].shift()
    planned = np.where(same, LATER, FIRST)
    later = courses["last"] + pd.DateOffset(months=12)
    courses["next_day"] = later.where(later.dt.day == courses["last"].dt.day, later + pd.Timedelta(days=1))
    courses["short"], courses["long"] = courses["n"] < planned, courses["n"] > planned
    courses["early"] = same & (courses["first"] < courses["next_day"].shift())
    told = courses.groupby("patient").agg(
        infusions=("n", "sum"), courses=("n", "size"), last_infusion=("last", "last"), next_day=("next_day", "last"),
        short=("short", "max"), long=("long", "max"), torn=("torn", "max"), early=("early", "max"),
    )  # fmt: skip
    lengths = rows.assign(
        short_infusion=rows["infusion_minutes"] < INFUSION, short_observation=rows["observation_minutes"] < OBSERVATION
    )
    return told.join(lengths.groupby("patient")[["short_infusion", "short_observation"]].max()).reset_index()


# --- Polars --------------------------------------------------------------------------------------


def courses_by_polars(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the course table: a row for each course, with the days since the one before and how many it is early."""
    patient, day, last = pl.col("patient"), pl.col("date"), pl.col("last_day")
    days = rows.select("patient", "date").unique().sort("patient", "date")
    new = (patient != patient.shift()).fill_null(value=True) | ((day - day.shift()).dt.total_days() > GAP)
    courses = (
        days.with_columns(course=new.cum_sum())
        .group_by("course", maintain_order=True)
        .agg(patient.first(), first_day=day.first(), last_day=day.last(), infusions=pl.len())
        .with_columns(number=pl.int_range(1, pl.len() + 1).over("patient"), clipped=last.dt.offset_by("12mo"))
    )
    later = pl.when(pl.col("clipped").dt.day() == last.dt.day()).then("clipped")
    next_day = later.otherwise(pl.col("clipped") + pl.duration(days=1))
    first_day, is_later = pl.col("first_day"), pl.col("number") > 1
    early = (next_day.shift() - first_day).dt.total_days()
    return courses.select(
        "patient", "number", "first_day", "last_day", "infusions",
        planned=pl.when(is_later).then(LATER).otherwise(FIRST),
        days_since_previous=pl.when(is_later).then((first_day - last.shift()).dt.total_days()),
        early_days=pl.when(is_later & (early > 0)).then(early),
    )  # fmt: skip


def by_polars(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort once, shift, and group by what is sorted."""
    patient, day = pl.col("patient"), pl.col("date")
    new = (patient != patient.shift()).fill_null(value=True)
    gap = (day - day.shift()).dt.total_days()
    rows = rows.sort("patient", "date")
    days = rows.filter(new | (day != day.shift())).with_columns(
        course=(new | (gap > GAP)).cum_sum(), torn=~new & (gap > 1) & (gap <= GAP)
    )
    courses = (
        days.group_by("course", maintain_order=True)
        .agg(patient.first(), first=day.first(), last=day.last(), n=pl.len(), torn=pl.col("torn").any())
        .with_columns(
            same=(patient == patient.shift()).fill_null(value=False),
            clipped=pl.col("last").dt.offset_by("12mo"),
        )
        .with_columns(
            next_day=pl.when(pl.col("clipped").dt.day() == pl.col("last").dt.day())
            .then("clipped")
            .otherwise(pl.col("clipped") + pl.duration(days=1)),
            over=pl.col("n").cast(pl.Int64) - pl.when("same").then(LATER).otherwise(FIRST),
        )
    )
    told = courses.group_by("patient", maintain_order=True).agg(
        infusions=pl.col("n").sum(), courses=pl.len(),
        last_infusion=pl.col("last").last(), next_day=pl.col("next_day").last(),
        short=(pl.col("over") < 0).any(), long=(pl.col("over") > 0).any(), torn=pl.col("torn").any(),
        early=(pl.col("same") & (pl.col("first") < pl.col("next_day").shift())).any(),
    )  # fmt: skip
    lengths = rows.group_by("patient", maintain_order=True).agg(
        short_infusion=(pl.col("infusion_minutes") < INFUSION).any(),
        short_observation=(pl.col("observation_minutes") < OBSERVATION).any(),
    )
    return pl.concat([told, lengths.drop("patient")], how="horizontal")


# --- SQL: DuckDB and Spark -----------------------------------------------------------------------

_SQL: Final = """
WITH days AS (SELECT patient, date FROM cohort GROUP BY patient, date),
gaps AS (
    SELECT patient, date, {days_between} AS gap FROM
    (SELECT patient, date, lag(date) OVER (PARTITION BY patient ORDER BY date) AS before FROM days) AS pairs),
marked AS (
    SELECT patient, date, gap, sum(CASE WHEN gap IS NULL OR gap > {gap} THEN 1 ELSE 0 END)
        OVER (PARTITION BY patient ORDER BY date ROWS UNBOUNDED PRECEDING) AS course FROM gaps),
courses AS (
    SELECT patient, course, min(date) AS first_day, max(date) AS last_day, count(*) AS n,
        max(CASE WHEN gap BETWEEN 2 AND {gap} THEN 1 ELSE 0 END) AS torn
    FROM marked GROUP BY patient, course),
dated AS (SELECT *, {a_year_later} AS clipped FROM courses),
safe AS (
    SELECT *, CASE WHEN day(clipped) = day(last_day) THEN clipped ELSE {next_after} END AS next_day,
        n - CASE WHEN course = 1 THEN {first} ELSE {later} END AS over FROM dated),
pairs AS (SELECT *, lag(next_day) OVER (PARTITION BY patient ORDER BY course) AS may_begin FROM safe),
told AS (
    SELECT patient, sum(n) AS infusions, count(*) AS courses, max(last_day) AS last_infusion, max(next_day) AS next_day,
        max(CASE WHEN over < 0 THEN 1 ELSE 0 END) = 1 AS short, max(CASE WHEN over > 0 THEN 1 ELSE 0 END) = 1 AS long,
        max(torn) = 1 AS torn, max(CASE WHEN first_day < may_begin THEN 1 ELSE 0 END) = 1 AS early
    FROM pairs GROUP BY patient),
lengths AS (
    SELECT patient, max(CASE WHEN infusion_minutes < {infusion} THEN 1 ELSE 0 END) = 1 AS short_infusion,
        max(CASE WHEN observation_minutes < {observation} THEN 1 ELSE 0 END) = 1 AS short_observation
    FROM cohort GROUP BY patient)
SELECT told.*, short_infusion, short_observation FROM told JOIN lengths USING (patient)
"""
_NUMBERS: Final = {"gap": GAP, "first": FIRST, "later": LATER, "infusion": INFUSION, "observation": OBSERVATION}
DUCKDB: Final = _SQL.format(
    days_between="date - before",
    a_year_later="CAST(last_day + INTERVAL 12 MONTH AS date)",
    next_after="clipped + 1",
    **_NUMBERS,
)
SPARK: Final = _SQL.format(
    days_between="datediff(date, before)",
    a_year_later="add_months(last_day, 12)",
    next_after="date_add(clipped, 1)",
    **_NUMBERS,
)


def by_duckdb(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Gaps and islands, over a table `cohort`."""
    return connection.sql(DUCKDB).to_arrow_table()


def by_spark(spark: Any) -> pa.Table:
    """Gaps and islands, over a view `cohort`."""
    return spark.sql(SPARK).toArrow()
