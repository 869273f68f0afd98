"""The screening rule on the number of courses (S14)."""

from typing import Final

import numpy as np

from lemtrada_schedule.cohort.screen.courses import is_among, unclear_so_far
from lemtrada_schedule.cohort.screen.rules.case import Block, Twin
from lemtrada_schedule.findings.catalogue import DATA_LIMITED_BEYOND, TOO_MANY_COURSES
from lemtrada_schedule.judging.rules import limits as rules

__all__ = ["TWINS"]


def number_of_courses(block: Block) -> None:
    """Report courses beyond the limits; courses that may continue the previous one are not counted (S07)."""
    courses, tables = block.courses, block.tables
    limits = ((TOO_MANY_COURSES, tables.course_limit), (DATA_LIMITED_BEYOND, tables.data_limited_beyond))
    high = np.flatnonzero(courses.number > min(limit for _, limit in limits))
    high = high[~is_among(block.unclear, courses)[high]]
    counted = courses.number[high] - unclear_so_far(courses, block.unclear, high)
    for kind, limit in limits:
        beyond = high[counted > limit]
        block.report_courses(kind, beyond, courses.first[beyond])


TWINS: Final[tuple[Twin, ...]] = (Twin((rules.number_of_courses,), number_of_courses),)
