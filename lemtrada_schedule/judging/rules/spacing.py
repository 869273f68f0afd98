"""Is a course far enough from the last infusion before it (S11, S28)?"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.findings.catalogue import ANCHOR_NOT_NAMED, INTERVAL_BELOW_MINIMUM, WITHIN_TOLERANCE
from lemtrada_schedule.findings.finding import At, NotAssessed
from lemtrada_schedule.judging.rules.case import Answer, Case, Rule
from lemtrada_schedule.protocol.courses import CourseRule
from lemtrada_schedule.protocol.intervals import Before, interval_derivation
from lemtrada_schedule.records.courses import CourseGiven

__all__ = ["RULES"]


def minimum_interval(case: Case) -> Iterator[Answer]:
    """Judge each course's first day against the last infusion before it, whichever course that is of.

    Not assessed where it is open which course that infusion belongs to, or where the course before is not on record.
    """
    for course in case.courses:
        rule = case.protocol.course(course.number)
        before = case.courses.before(course)
        if rule.minimum_interval is None and before is None:  # course 1, and nothing before it
            continue
        missing = _open_question(course, before)
        found = [] if missing or before is None else list(_judged(case, course, before, rule))
        yield from found
        is_known = before is not None and case.courses.numbered(course.number - 1) is not None
        if course.number > 1 and not (found or missing or is_known):
            missing = f"the infusions of course {course.number - 1}"
        if missing:
            yield NotAssessed(code=INTERVAL_BELOW_MINIMUM.code, missing=missing, row=course.first_row)


def _open_question(course: CourseGiven, before: CourseGiven | None) -> str | None:
    """Return what must be known first; `None` where the interval can be judged."""
    if before and before.contradicted:
        return "course numbers that fit the dates"
    if before and course.unclear:
        return f"whether course {course.number} continues course {before.number}"
    return None


def _judged(case: Case, course: CourseGiven, before: CourseGiven, rule: CourseRule) -> Iterator[Answer]:
    span = rule.minimum_interval
    if span is None:  # a protocol of one course
        return
    anchor = Before(before.number, before.first_day, before.last_day)
    because = interval_derivation(case.protocol, course.number, anchor)
    earliest = because.result
    if course.first_day >= earliest:
        return
    at: At = {"course": course.number, "day": course.first_day, "row": course.first_row}
    strictest = _strictest(course, before, rule, span) or earliest
    early = (strictest - course.first_day).days
    if early <= 0:
        yield ANCHOR_NOT_NAMED.at(**at, cite=rule.cite, interval=span, earliest=earliest)
    elif early <= case.tolerance_days:
        tolerance = _days(case.tolerance_days)
        yield WITHIN_TOLERANCE.at(**at, cite=rule.cite, early=_days(early), earliest=strictest, tolerance=tolerance)
    else:
        facts = {"anchor": because.anchor, "anchor_day": because.anchor_day, "interval": span}
        # A row that could not be read may be a later infusion; it never makes the course less early (S06).
        known = (
            f"{long_day(earliest)} or later, by the rows that could be read" if case.history.unreadable else earliest
        )
        yield INTERVAL_BELOW_MINIMUM.at(**at, cite=rule.cite, earliest=known, **facts)


def _strictest(course: CourseGiven, before: CourseGiven, rule: CourseRule, span: Span) -> date | None:
    """Return the day from which an early course is only warned of: between courses 1 and 2 alone (S11, S28)."""
    if rule.warn_only_from is None or (before.number, course.number) != (1, 2):
        return None
    named = before.first_day if rule.warn_only_from == "first infusion" else before.last_day
    return span.after(named, rounding="later")


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


RULES: Final[tuple[Rule, ...]] = (minimum_interval,)
