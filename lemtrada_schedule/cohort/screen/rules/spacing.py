"""The screening rule on the minimum interval between courses (S11, S28)."""

from typing import Final

import numpy as np

from lemtrada_schedule.cohort.screen.courses import earliest_days
from lemtrada_schedule.cohort.screen.layout import NO_DAY
from lemtrada_schedule.cohort.screen.rules.case import Block, Twin
from lemtrada_schedule.findings.catalogue import ANCHOR_NOT_NAMED, INTERVAL_BELOW_MINIMUM, WITHIN_TOLERANCE
from lemtrada_schedule.judging.rules import spacing as rules

__all__ = ["TWINS"]


def minimum_interval(block: Block) -> None:
    """Report the courses that began too early, by how early they began and by the tolerance."""
    courses, tables, early = block.courses, block.tables, block.early
    earliest = earliest_days(courses, early, tables.from_first, tables)
    second = np.flatnonzero(courses.number[early] == 2)  # only between courses 1 and 2 can it be a warning (S28)
    lenient = np.where(tables.warned, tables.warned_from_first, tables.from_first)
    earliest[second] = earliest_days(courses, early[second], lenient, tables)
    block.leave_to_evaluate(early[earliest == NO_DAY])
    missing = earliest - courses.first[early]
    tolerated = (missing > 0) & (missing <= tables.tolerance_days)
    for kind, which in (
        (ANCHOR_NOT_NAMED, missing <= 0),
        (WITHIN_TOLERANCE, tolerated),
        (INTERVAL_BELOW_MINIMUM, (missing > 0) & ~tolerated),
    ):
        block.report_courses(kind, early[which], courses.first[early[which]])


TWINS: Final[tuple[Twin, ...]] = (Twin((rules.minimum_interval,), minimum_interval),)
