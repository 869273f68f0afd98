"""`course_rows`: the courses of a block as rows of numbers, for `Report.courses` and `Report.periods`."""

import numpy as np

from lemtrada_schedule.cohort.screen.courses import earliest_days, is_among
from lemtrada_schedule.cohort.screen.dates import Ends
from lemtrada_schedule.cohort.screen.layout import COURSE_STATUSES, DAY, Array, CourseRows
from lemtrada_schedule.cohort.screen.rules.case import Block

__all__ = ["course_rows"]


def course_rows(block: Block, ends: Ends) -> CourseRows:
    """Return the courses of a block, one after another."""
    courses = block.courses
    until, unsettled = courses.last.copy(), np.zeros(len(courses.start), bool)
    until[courses.end] = ends.planned
    unsettled[courses.end] = ends.undecided
    early = np.zeros(len(courses.start), np.int32)
    early[block.early] = earliest_days(courses, block.early, block.tables.from_first, block.tables)
    early[block.early] -= courses.first[block.early]
    return CourseRows.of(
        number=courses.number,
        first=courses.first,
        last=courses.last,
        lacks_last=np.zeros(len(courses.start), bool),  # such courses are left to `evaluate`
        until=until,
        infusions=courses.infusions,
        planned=courses.planned,
        status=_statuses(block),
        since=np.where(courses.since > DAY >> 1, 0, courses.since),
        early=early,
        clear=~is_among(block.unclear, courses),
        unsettled=unsettled,
    )


def _statuses(block: Block) -> Array:
    """Return the status of each course as its place in `COURSE_STATUSES` (S08)."""
    status = np.full(len(block.courses.start), COURSE_STATUSES.index("complete"), np.uint8)
    short = block.short
    status[short.place] = COURSE_STATUSES.index("partial")
    status[short.place[short.interrupted]] = COURSE_STATUSES.index("interrupted")
    status[short.place[short.in_progress]] = COURSE_STATUSES.index("in-progress")
    return status
