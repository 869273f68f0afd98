"""`denominators`: what patients and findings are counted out of, so that a summary can say "x of y"."""

from collections.abc import Mapping
from typing import Any, Final

from lemtrada_schedule.findings import catalogue as kinds
from lemtrada_schedule.findings.finding import FindingKind
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["COUNTED", "MONITORED", "OUT_OF", "Tally", "denominators"]

Tally = Mapping[tuple[str, str], Mapping[int, int]]
"""By unit, and by `all`, `course` or `year`: how many there are of each value."""

COUNTED: Final = ("courses", "courses_fully_read", "intervals", "infusions", "records")
"""The units that are counted by course and by year."""

_VALUES: Final = ("infusion_lengths", "observation_lengths", "doses")
"""The units that are only counted: given records with a value that a rule can judge."""

MONITORED: Final = "monitored_tests"
"""The unit of recurring tests: the rows of `Report.monitoring` with a due date up to the date of the question."""

OUT_OF: Final[Mapping[FindingKind, str | None]] = {
    kinds.ANCHOR_NOT_NAMED: "intervals",
    kinds.BASELINE_MISSING: None,
    kinds.CLINIC_CLOSED: "records",
    kinds.COURSE_BOUNDARY_UNCLEAR: "courses_fully_read",
    kinds.COURSE_INCOMPLETE: "courses_fully_read",
    kinds.COURSE_INTERRUPTED: "courses_fully_read",
    kinds.COURSE_NOT_CONSECUTIVE: "courses_fully_read",
    kinds.COURSE_NUMBERS_CONTRADICT: "courses",
    kinds.DATA_LIMITED_BEYOND: "courses",
    kinds.DOSE_DIFFERS: "doses",
    kinds.DUPLICATE_SAME_DAY: "records",
    kinds.EARLIER_COURSE_NOT_ON_RECORD: "courses_fully_read",
    kinds.EXTRA_INFUSION: "infusions",
    kinds.INFUSION_IN_FUTURE: "rows",
    kinds.INFUSION_TOO_SHORT: "infusion_lengths",
    kinds.INTERVAL_BELOW_MINIMUM: "intervals",
    kinds.NEEDS_CLINICAL_DECISION: "courses_fully_read",
    kinds.OBSERVATION_IN_FUTURE: None,
    kinds.OBSERVATION_TOO_SHORT: "observation_lengths",
    kinds.ONLY_OTHER_MEDICINES: "patients",
    kinds.PARTIAL_INFUSION: "records",
    kinds.PUBLIC_HOLIDAY: "records",
    kinds.TEST_LATE: MONITORED,
    kinds.TEST_MISSED: None,
    kinds.TEST_OVERDUE: MONITORED,
    kinds.TOO_MANY_COURSES: "courses",
    kinds.TWO_INFUSIONS_ONE_DAY: "records",
    kinds.WINDOW_MISSED: None,
    kinds.WITHIN_TOLERANCE: "intervals",
}
"""The unit that each kind of finding is counted out of; there is at most one finding for each.

`None`: no unit is counted that has at most one, because a patient or a course can have several such findings.

Findings that a refused row could remove are not reported for a patient with one (S33), so such a patient's courses do
not count for them.
"""


def denominators(tally: Tally, by_courses: Mapping[int | None, int], rows: int) -> dict[str, Any]:
    """Return what patients and findings are counted out of.

    Args:
        tally: The counts of each unit.
        by_courses: How many patients have each number of courses; `None`: their rows were not all read.
        rows: How many rows were audited.
    """
    known = {number: count for number, count in by_courses.items() if number is not None}
    most = max([3, *known])
    return {
        "patients": {
            "count": sum(by_courses.values()),
            "fully_read": sum(known.values()),
            "with_courses": {
                str(least): sum(count for number, count in known.items() if number >= least)
                for least in range(1, most + 1)
            },
        },
        **{unit: _counted(tally, unit) for unit in COUNTED},
        **{unit: {"count": sum(tally.get((unit, "all"), {}).values())} for unit in _VALUES},
        "rows": {"count": rows},
    }


def _counted(tally: Tally, unit: str) -> dict[str, Any]:
    by_course, by_year = (tally.get((unit, by), {}) for by in ("course", "year"))
    return {
        "count": sum(by_year.values()),
        "by_course": {str(course): count for course, count in sorted(by_course.items()) if count},
        "by_year": {str(FIRST_DATE.year + year): count for year, count in sorted(by_year.items()) if count},
    }
