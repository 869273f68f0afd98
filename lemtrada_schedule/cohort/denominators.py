"""Count what the findings of a cohort are counted out of, from the results of the screen."""

import numpy as np
import pyarrow as pa

from lemtrada_schedule.cohort.out_of import Tally
from lemtrada_schedule.cohort.screen.layout import Array, CourseRows, Screened, Tables, Tallies

__all__ = ["patients_by_courses", "tally_of"]


def tally_of(patients: pa.Table, result: Screened, tables: Tables) -> Tally:
    """Return the counts of each unit.

    Args:
        patients: The table of patients.
        result: The results, in the same order.
        tables: The protocol as tables.
    """
    given = result.given
    is_known = np.repeat(np.asarray(patients["courses"].is_valid().combine_chunks()), result.courses)
    rule = np.minimum(given.number, len(tables.planned)) - 1
    is_judged = given.clear & (given.since != 0) & tables.has_interval[rule]
    counted: Tallies = dict(result.tallies)
    for unit, mask in (
        ("courses", np.full(len(is_known), fill_value=True)),
        ("courses_fully_read", is_known),
        ("intervals", is_judged),
    ):
        counted[unit, "course"], counted[unit, "year"] = _by_course_and_year(given, mask, tables)
    return {of: _above_zero(counts) for of, counts in counted.items()}


def _by_course_and_year(given: CourseRows, mask: Array, tables: Tables) -> tuple[Array, Array]:
    return np.bincount(given.number[mask]), np.bincount(tables.year[given.first[mask]])


def _above_zero(counts: Array) -> dict[int, int]:
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}


def patients_by_courses(patients: pa.Table) -> dict[int | None, int]:
    """Return how many patients have each number of courses; `None`: it is unknown."""
    counted = patients["courses"].combine_chunks().value_counts()
    return dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))
