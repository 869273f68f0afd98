"""Screening rules on single records: once a day, not in the future, given in full, the right dose and length."""

from typing import Final

import numpy as np

from lemtrada_schedule.cohort.screen.layout import (
    COURSE_SHIFT,
    DAY,
    DAY_BITS,
    DOSE,
    PARTIAL,
    SHORT_INFUSION,
    SHORT_OBSERVATION,
    Array,
    Screened,
    Tables,
    Tied,
)
from lemtrada_schedule.cohort.screen.rules.case import Block, Twin
from lemtrada_schedule.findings.catalogue import (
    DOSE_DIFFERS,
    DUPLICATE_SAME_DAY,
    INFUSION_IN_FUTURE,
    INFUSION_TOO_SHORT,
    OBSERVATION_TOO_SHORT,
    PARTIAL_INFUSION,
    TWO_INFUSIONS_ONE_DAY,
)
from lemtrada_schedule.judging.rules import infusions as rules
from lemtrada_schedule.judging.rules.case import Rule

__all__ = ["MIRRORED_APART", "TWINS", "not_in_future", "once_a_day"]

_MARKED: Final = (
    (PARTIAL, PARTIAL_INFUSION),
    (SHORT_INFUSION, INFUSION_TOO_SHORT),
    (SHORT_OBSERVATION, OBSERVATION_TOO_SHORT),
    (DOSE, DOSE_DIFFERS),
)


def marked_rows(block: Block) -> None:
    """Report what is marked at single rows: a partial infusion, a length that is too short, another dose."""
    if block.marks is None:
        return
    marks = block.marks
    marked = np.flatnonzero((marks & marks.dtype.type((1 << COURSE_SHIFT) - 1)) != 0)
    kinds, course, day = marks[marked], block.course_of(marked), block.key[marked] & DAY
    for bit, kind in _MARKED:
        own = np.flatnonzero((kinds & bit) != 0)
        block.report_courses(kind, course[own], day[own])


def not_in_future(result: Screened, late: Array, tables: Tables) -> None:
    """Report every exposure after `as_of`; `late` are the keys of such rows, which belong to no block."""
    patient = np.searchsorted(result.patient, late >> DAY_BITS)
    result.add(INFUSION_IN_FUTURE, patient, np.zeros(len(late), np.int64), tables.year[late & DAY])


def once_a_day(result: Screened, tied: Tied, records: tuple[Array, Array], tables: Tables) -> None:
    """Report the days with several records: how many records repeat another one, and how many differ (S04).

    Args:
        result: What is reported so far.
        tied: The days with several records.
        records: Of each record of such a day, the place of the day in `tied`, and all its facts as one number.
        tables: The rules as tables.
    """
    which, fact = records
    order = np.lexsort((fact, which))
    which, fact = which[order], fact[order]
    differs = np.append(True, (np.diff(which) != 0) | (np.diff(fact) != 0))
    distinct = np.bincount(which[differs])
    year = tables.year[tied.key & DAY]
    for kind, often in (
        (DUPLICATE_SAME_DAY, np.bincount(which) - distinct),
        (TWO_INFUSIONS_ONE_DAY, distinct - 1),
    ):
        result.add(kind, *(np.repeat(part, often) for part in (tied.patient, tied.course, year)))


TWINS: Final[tuple[Twin, ...]] = (
    Twin((rules.given_in_full, rules.right_dose, rules.long_enough, rules.observed_long_enough), marked_rows),
)

MIRRORED_APART: Final[tuple[Rule, ...]] = (rules.once_a_day, rules.not_in_future)
"""Rules whose twins need other rows than those of a block: the kernel and the running of blocks call these."""
