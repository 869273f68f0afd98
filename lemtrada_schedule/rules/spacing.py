"""Is a course far enough from the one before (S11)?"""

from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.courses_given import CourseGiven
from lemtrada_schedule.findings import ANCHOR_NOT_NAMED, INTERVAL_BELOW_MINIMUM, WITHIN_TOLERANCE, At, NotAssessed
from lemtrada_schedule.intervals import earliest_day, interval_derivation
from lemtrada_schedule.protocol import CourseRule
from lemtrada_schedule.rules.case import Answer, Case, Rule
from lemtrada_schedule.spans import Span

__all__ = ["RULES"]


def minimum_interval(case: Case) -> Iterator[Answer]:
    """Judge each course's first day against the course before; an unclear one is left to a clinician."""
    by_number = {course.number: course for course in case.courses}
    for course in case.courses:
        before, rule = by_number.get(course.number - 1), case.protocol.course(course.number)
        if course.unclear or rule.minimum_interval is None:  # course 1 has none
            continue
        if before is None:
            missing = f"the infusions of course {course.number - 1}"
            yield NotAssessed(code=INTERVAL_BELOW_MINIMUM.code, missing=missing, row=course.first_row)
        else:
            yield from _judged(case, course, before, rule, rule.minimum_interval)


def _judged(case: Case, course: CourseGiven, before: CourseGiven, rule: CourseRule, span: Span) -> Iterator[Answer]:
    earliest = earliest_day(case.protocol, course.number, before.first_day, before.last_day)
    if earliest is None or course.first_day >= earliest:
        return
    strictest = earliest
    if rule.warn_only_from:
        named = before.first_day if rule.warn_only_from == "first infusion" else before.last_day
        strictest = span.after(named, rounding="later")
    at: At = {"course": course.number, "day": course.first_day, "row": course.first_row}
    early = (strictest - course.first_day).days
    if early <= 0:
        yield ANCHOR_NOT_NAMED.at(**at, cite=rule.cite, interval=span, earliest=earliest)
    elif early <= case.tolerance_days:
        tolerance = _days(case.tolerance_days)
        yield WITHIN_TOLERANCE.at(**at, cite=rule.cite, early=_days(early), earliest=strictest, tolerance=tolerance)
    else:
        because = interval_derivation(case.protocol, course.number, before.first_day, before.last_day)
        facts = {"anchor": because.anchor, "anchor_day": because.anchor_day, "interval": span}
        yield INTERVAL_BELOW_MINIMUM.at(**at, cite=rule.cite, earliest=earliest, **facts)


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


RULES: Final[tuple[Rule, ...]] = (minimum_interval,)
