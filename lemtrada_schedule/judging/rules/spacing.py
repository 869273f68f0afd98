"""The rule on the minimum interval between courses (S11, S28)."""

from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.dates.spans import Anchor
from lemtrada_schedule.findings.catalogue import ANCHOR_NOT_NAMED, INTERVAL_BELOW_MINIMUM, WITHIN_TOLERANCE
from lemtrada_schedule.findings.finding import At, MissingFact, NotAssessed
from lemtrada_schedule.judging.rules.case import GIVEN, Answer, Case, Rule, rule
from lemtrada_schedule.protocol.courses import CourseRule
from lemtrada_schedule.protocol.intervals import Before, interval_derivation
from lemtrada_schedule.records.courses import CourseGiven
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["RULES"]


@rule(needs=GIVEN, yields=(INTERVAL_BELOW_MINIMUM, ANCHOR_NOT_NAMED, WITHIN_TOLERANCE))
def minimum_interval(case: Case) -> Iterator[Answer]:
    """Report each course that began too soon after the last infusion before it, whichever course that belongs to.

    The interval is not assessed if it is unclear which course that infusion belongs to, or if the previous course is
    not on record.
    """
    for course in case.courses:
        course_rule = case.protocol.course(course.number)
        before = case.courses.before(course)
        if course_rule.minimum_interval is None and before is None:  # course 1, and nothing before it
            continue
        missing = _open_question(course, before)
        found = [] if missing or before is None else list(_too_early(case, course, before, course_rule))
        yield from found
        if before and before.lacks_last_day and not (found or missing):
            missing = MissingFact(kind="last-infusion", course=before.number)
        is_known = before is not None and case.courses.numbered(course.number - 1) is not None
        if course.number > 1 and not (found or missing or is_known):
            missing = MissingFact(kind="course", course=course.number - 1)
        if missing:
            yield NotAssessed.of(INTERVAL_BELOW_MINIMUM.code, missing, row=course.first_row)


def _open_question(course: CourseGiven, before: CourseGiven | None) -> MissingFact | None:
    """Return the fact that must be known first; `None` if the interval can be judged."""
    if before and before.contradicted:
        return MissingFact(kind="course-numbers")
    if before and course.unclear:
        return MissingFact(kind="continuation", course=course.number, other_course=before.number)
    return None


def _too_early(case: Case, course: CourseGiven, before: CourseGiven, course_rule: CourseRule) -> Iterator[Answer]:
    """Yield a finding if a course began before its minimum interval had passed."""
    span = course_rule.minimum_interval
    if span is None:  # a protocol of one course
        return
    anchor = Before.of(before)
    because = interval_derivation(case.protocol, course.number, anchor)
    earliest = because.result
    if course.first_day >= earliest:
        return
    at: At = {"course": course.number, "day": course.first_day, "row": course.first_row}
    counted_from = _counted_from(course, before, course_rule)
    strictest = span.after(before.first_day if counted_from == "first infusion" else before.last_day, rounding="later")
    early = (strictest - course.first_day).days
    if early <= 0:
        yield ANCHOR_NOT_NAMED.at(**at, cite=course_rule.cite, interval=span, earliest=earliest)
    elif early <= case.tolerance_days:
        if before.lacks_last_day and counted_from == "last infusion":  # it may be below the minimum
            return
        tolerance = how_many(case.tolerance_days, "day")
        yield WITHIN_TOLERANCE.at(
            **at, cite=course_rule.cite, early=how_many(early, "day"), earliest=strictest, tolerance=tolerance
        )
    else:
        facts = {"anchor": because.anchor, "anchor_day": because.anchor_day, "interval": span}
        # A later infusion that could not be read, or is not on record, never makes the course less early (S06).
        known: object = earliest
        if case.history.unreadable:
            known = f"{long_day(earliest)} or later, by the rows that could be read"
        elif before.lacks_last_day:
            known = f"{long_day(earliest)} or later, by the days on record"
        yield INTERVAL_BELOW_MINIMUM.at(**at, cite=course_rule.cite, earliest=known, **facts)


def _counted_from(course: CourseGiven, before: CourseGiven, course_rule: CourseRule) -> Anchor:
    """Return the infusion from which a course is judged: in course 2 possibly another one than in planning (S11)."""
    if course_rule.warn_only_from is None or (before.number, course.number) != (1, 2):
        return course_rule.counted_from
    return course_rule.warn_only_from


RULES: Final[tuple[Rule, ...]] = (minimum_interval,)
