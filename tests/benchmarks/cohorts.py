"""Cohorts for the benchmarks and for the big parity test: seeded, with faults at fixed rates.

Each rate is the share of patients who have the fault once, but for duplicates, which are a share of the rows.
"""

from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["RATES", "cohort", "with_text_ids"]

Array = npt.NDArray[np.int64]

RATES: Final = {
    "short course": 0.03,
    "extra day": 0.01,
    "gap": 0.02,
    "early": 0.03,
    "closed": 0.02,
    "short infusion": 0.04,
    "short observation": 0.04,
    "duplicates": 0.003,
}
COURSES: Final = ((2, 0.62), (3, 0.24), (4, 0.11), (5, 0.03))
FIRST_MONDAY: Final = (date(2012, 1, 2) - date(1970, 1, 1)).days
WEEKS: Final = 400
"""Course 1 begins on a Monday of so many weeks."""


def cohort(patients: int, *, seed: int = 2026, shuffled: bool = False) -> pa.Table:
    """Return the records of so many patients: patient, date, infusion and observation minutes."""
    chance = np.random.default_rng(seed)
    courses = chance.choice([n for n, _ in COURSES], size=patients, p=[share for _, share in COURSES])
    owner = np.repeat(np.arange(patients), courses)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(courses) - courses, courses)
    faulty = _chosen(chance, courses)
    weeks = chance.integers(53, 57, len(owner))
    weeks[place == 0] = 0
    weeks[faulty["early"] & (place > 0)] = chance.integers(46, 52)
    start = np.cumsum(weeks)
    start = start - np.repeat(start[place == 0], courses) + np.repeat(chance.integers(0, WEEKS, patients), courses)
    first = FIRST_MONDAY + 7 * start + 6 * faulty["closed"]  # … and goes on from a Sunday
    days = np.where(place == 0, 5, 3) - faulty["short course"] + faulty["extra day"]
    day = np.repeat(first, days) + _ordinal(days)
    last_of_course = np.append(np.diff(np.repeat(np.arange(len(days)), days)) != 0, True)
    day[last_of_course & np.repeat(faulty["gap"], days)] += 1
    begins = _ordinal(days) == 0
    short = {name: np.repeat(faulty[name], days) & begins for name in ("short infusion", "short observation")}
    rows = _rows(chance, np.repeat(owner, days), day, short)
    return rows.take(pa.array(chance.permutation(rows.num_rows))) if shuffled else rows


def with_text_ids(rows: pa.Table) -> pa.Table:
    """Return the same rows with text for patient ids."""
    text = pa.array([f"P{number:09d}" for number in range(int(np.asarray(rows["patient"]).max()) + 1)])
    return rows.set_column(0, "patient", text.take(rows["patient"].combine_chunks()))


def _chosen(chance: np.random.Generator, courses: Array) -> dict[str, npt.NDArray[np.bool_]]:
    """Return for each fault the courses that have it: one course of each patient chosen."""
    first = np.cumsum(courses) - courses
    chosen: dict[str, npt.NDArray[np.bool_]] = {}
    for name, rate in RATES.items():
        has = chance.random(len(courses)) < rate
        least = 1 if name == "early" else 0
        which = first + least + (chance.random(len(courses)) * (courses - least)).astype(np.int64)
        chosen[name] = np.zeros(int(courses.sum()), bool)
        chosen[name][which[has]] = True
    return chosen


def _ordinal(sizes: Array) -> Array:
    total = np.arange(sizes.sum())
    return total - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _rows(chance: np.random.Generator, owner: Array, day: Array, short: dict[str, npt.NDArray[np.bool_]]) -> pa.Table:
    count = len(owner)
    infusion = np.where(short["short infusion"], 200, chance.integers(240, 261, count))
    observation = np.where(short["short observation"], 90, chance.integers(120, 151, count))
    twice = np.repeat(np.arange(count), 1 + (chance.random(count) < RATES["duplicates"]))
    columns = {
        "patient": pa.array(owner[twice]),
        "date": pa.array(day[twice].astype(np.int32), pa.int32()).cast(pa.date32()),
        "infusion_minutes": pa.array(infusion[twice].astype(np.int16)),
        "observation_minutes": pa.array(observation[twice].astype(np.int16)),
    }
    return pa.table(columns)
