"""Screen rows sorted by patient and day: codes, counts, dates and courses of every patient, in a few passes of NumPy.

A row is one 64-bit key (the patient in the high bits, the day in the low bits) and a few bits of marks. The facts of
the calendar and the protocol are in `Tables`. The rules are in `cohort/screen/rules`.
"""

from dataclasses import replace

import numpy as np

from lemtrada_schedule.cohort.screen.course_rows import course_rows
from lemtrada_schedule.cohort.screen.courses import Breaks, Courses, breaks_of, counted_once, courses_of
from lemtrada_schedule.cohort.screen.dates import fill_in_dates, last_planned_days
from lemtrada_schedule.cohort.screen.layout import DAY, DAY_BITS, NO_DAY, NOT_GIVEN, Array, Screened, Tables, Tied
from lemtrada_schedule.cohort.screen.own_days import OwnDays
from lemtrada_schedule.cohort.screen.rules import TWINS
from lemtrada_schedule.cohort.screen.rules.case import block_of
from lemtrada_schedule.cohort.screen.rules.infusions import not_in_future
from lemtrada_schedule.cohort.screen.tallies import tallies_of

__all__ = ["screen"]


def screen(
    key: Array, marks: Array | None, breaks: Breaks, tables: Tables, days: OwnDays | None = None
) -> tuple[Screened, Tied]:
    """Return what the screen finds in sorted rows, and the days that have more than one given row.

    Args:
        key: Patient and day of each row, ascending.
        marks: The marks of each row; `None`: there are none.
        breaks: Where the days of a patient are not consecutive.
        tables: The protocol, clinic and date of the question as tables.
        days: The date of the question for each patient; `None`: it is that of the tables.
    """
    if not len(key):
        return _empty_result(key, key, key), Tied(key, key, key)
    courses = courses_of(key, breaks, tables)
    patient = key[courses.start[courses.begin]] >> DAY_BITS
    result = _empty_result(patient, courses.rows, days.of(patient) if days else np.full(len(patient), tables.as_of))
    dropped = _not_counted(key, marks, courses, tables)
    if dropped is not None:
        not_in_future(result, _late(key, marks, tables), tables)
        key, marks = key[~dropped], None if marks is None else marks[~dropped]
        if not len(key):
            return result, Tied(key, key, key)
        breaks = breaks_of(key)
        courses = courses_of(key, breaks, tables)
        courses = replace(
            courses, ordinal=np.searchsorted(result.patient, key[courses.start[courses.begin]] >> DAY_BITS)
        )
    ties = breaks.row[np.flatnonzero(breaks.step == 0)]
    block = block_of(key, marks, breaks, counted_once(courses, ties), tables=tables, result=result)
    for twin in TWINS:
        twin.screen(block)
    ends = last_planned_days(block)
    fill_in_dates(block, ends)
    result.given = course_rows(block, ends)
    result.tallies = tallies_of(block)
    tied = ties[np.diff(ties, prepend=-1) > 1] - 1
    place = block.course_of(tied)
    return result, Tied(key[tied], block.courses.patient(place), block.courses.number[place])


def _empty_result(patient: Array, rows: Array, as_of: Array) -> Screened:
    """Return some patients with the number of their rows, and no findings yet."""
    count = len(patient)
    none = np.full(count, NO_DAY, np.int32)
    return Screened(
        patient=patient, codes=np.zeros(count, np.uint32), rows=rows.astype(np.int32),
        infusions=np.zeros(count, np.int32), courses=np.zeros(count, np.int32), as_of=as_of.astype(np.uint16),
        first_infusion=none, last_infusion=none.copy(), next_earliest=none.copy(), contraception_until=none.copy(),
        monitoring_until=none.copy(), unsure=np.zeros(count, bool),
    )  # fmt: skip


def _not_counted(key: Array, marks: Array | None, courses: Courses, tables: Tables) -> Array | None:
    """Return which rows are not infusions given by `as_of`; `None` if all are.

    Rows after a patient's own day are marked as not given (`Facts.marks`).
    """
    as_of = tables.as_of
    late: Array | None = (key & DAY) > as_of if as_of is not None and (courses.last > as_of).any() else None
    not_given: Array = np.zeros(1, bool) if marks is None else (marks & NOT_GIVEN) != 0
    if not not_given.any():
        return late
    return not_given if late is None else not_given | late


def _late(key: Array, marks: Array | None, tables: Tables) -> Array:
    """Return the keys of the exposures after the one `as_of` of all patients."""
    if tables.as_of is None:
        return key[:0]
    late = (key & DAY) > tables.as_of
    if marks is not None:
        late &= (marks & NOT_GIVEN) == 0
    keys: Array = key[late]
    return keys
