"""Screening rules on the shape of courses: consecutive days, their number, unclear courses, course numbers."""

from typing import Final

import numpy as np

from lemtrada_schedule.cohort.screen.courses import days_beyond, is_among
from lemtrada_schedule.cohort.screen.layout import COURSE_SHIFT, DAY, NO_DAY
from lemtrada_schedule.cohort.screen.rules.case import Block, Twin
from lemtrada_schedule.findings.catalogue import (
    COURSE_BOUNDARY_UNCLEAR,
    COURSE_INCOMPLETE,
    COURSE_INTERRUPTED,
    COURSE_NOT_CONSECUTIVE,
    EXTRA_INFUSION,
    NEEDS_CLINICAL_DECISION,
)
from lemtrada_schedule.judging.rules import course_shape as rules

__all__ = ["TWINS"]


def consecutive_days(block: Block) -> None:
    """Report the first gap inside each course."""
    step = block.breaks.step
    torn = block.breaks.row[np.flatnonzero((step > 1) & (step <= block.tables.gap_days))]
    course, first = np.unique(block.course_of(torn), return_index=True)
    block.report_courses(COURSE_NOT_CONSECUTIVE, course, block.key[torn[first]] & DAY)


def enough_days(block: Block) -> None:
    """Report each course with too few days that can no longer continue, or was not continued on the next day (S08)."""
    short = block.short
    interrupted = short.place[short.interrupted & short.is_clear]
    incomplete = short.place[~short.in_progress & ~short.interrupted & short.is_clear]
    block.report_courses(COURSE_INTERRUPTED, interrupted, block.courses.last[interrupted])
    block.report_courses(COURSE_INCOMPLETE, incomplete, block.courses.last[incomplete])


def not_too_many_days(block: Block) -> None:
    """Report each infusion day beyond the planned number, unless it is unclear which course it belongs to (S07)."""
    long = np.flatnonzero(block.courses.infusions > block.courses.planned)
    if len(long):
        long = long[~is_among(block.unclear, block.courses)[long]]
        block.report_rows(EXTRA_INFUSION, days_beyond(block.courses, block.key, long))


def clear_boundaries(block: Block) -> None:
    """Report each course that may be a continuation of the previous one (S07)."""
    for kind in (COURSE_BOUNDARY_UNCLEAR, NEEDS_CLINICAL_DECISION):
        block.report_courses(kind, block.unclear, block.courses.first[block.unclear])


def decided_by_a_clinician(block: Block) -> None:
    """Report each patient's last course if it stopped short of its days, so that a clinician must decide."""
    short = block.short
    stopped = short.place[short.is_last & ~short.in_progress & short.is_clear]
    block.report_courses(NEEDS_CLINICAL_DECISION, stopped, block.courses.last[stopped])


def numbers_by_gaps(block: Block) -> None:
    """Let `evaluate` judge patients whose course numbers on record differ from those by the gaps between infusions.

    The same applies to numbers that contradict the dates (S30), and to a patient with a number on record and a course
    that may continue the previous one: the number decides that (S07).
    """
    if block.marks is None:
        return
    courses, tables, unsure = block.courses, block.tables, block.result.unsure
    recorded = block.marks >> COURSE_SHIFT
    rows = np.flatnonzero(recorded != 0)
    place = block.course_of(rows)
    block.leave_to_evaluate(place[recorded[rows] != courses.number[place]])
    interval = tables.span.take(courses.number[place], mode="clip")  # of the next course
    again = tables.after.take(interval + courses.first[place])
    block.leave_to_evaluate(place[(again != NO_DAY) & (again <= courses.last[place])])
    numbered = np.zeros(len(block.result.patient), bool)
    numbered[courses.patient(place)] = True
    doubtful = courses.patient(block.unclear)
    unsure[doubtful] |= numbered[doubtful]


TWINS: Final[tuple[Twin, ...]] = (
    Twin((rules.consecutive_days,), consecutive_days),
    Twin((rules.enough_days,), enough_days),
    Twin((rules.not_too_many_days,), not_too_many_days),
    Twin((rules.clear_boundaries,), clear_boundaries),
    Twin((rules.decided_by_a_clinician,), decided_by_a_clinician),
    Twin((rules.numbers_fit_the_dates, rules.earlier_courses_on_record), numbers_by_gaps),
)
