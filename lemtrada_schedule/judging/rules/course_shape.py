"""Rules on the shape of courses: consecutive days, their number, unclear and missing courses (S07, S08, S29, S30)."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Final

from lemtrada_schedule.findings.catalogue import (
    COURSE_BOUNDARY_UNCLEAR,
    COURSE_INCOMPLETE,
    COURSE_INTERRUPTED,
    COURSE_NOT_CONSECUTIVE,
    COURSE_NUMBERS_CONTRADICT,
    EARLIER_COURSE_NOT_ON_RECORD,
    EXTRA_INFUSION,
    NEEDS_CLINICAL_DECISION,
)
from lemtrada_schedule.findings.finding import At, FindingKind, MissingFact, NotAssessed
from lemtrada_schedule.judging.rules.case import GIVEN, Answer, Case, Rule, rule
from lemtrada_schedule.records.courses import CourseGiven

__all__ = ["RULES"]


@rule(needs=GIVEN, yields=(COURSE_NOT_CONSECUTIVE,))
def consecutive_days(case: Case) -> Iterator[Answer]:
    """Report the first gap inside each course."""
    for course in case.courses:
        if course.has_unrecorded_days:
            yield _not_on_record(COURSE_NOT_CONSECUTIVE, course)
            continue
        late = [day for before, day in pairwise(course.days) if day - before != timedelta(days=1)]
        if late:
            row = course.row_of(late[0])
            cite = case.protocol.course(course.number).cite
            yield COURSE_NOT_CONSECUTIVE.at(course=course.number, day=late[0], row=row, cite=cite)


@rule(needs=GIVEN, yields=(COURSE_INCOMPLETE, COURSE_INTERRUPTED))
def enough_days(case: Case) -> Iterator[Answer]:
    """Report each course that has too few days and can no longer continue, or was not continued on the next day."""
    for course in case.courses:
        if course.status == "not-assessed":
            yield _not_on_record(COURSE_INCOMPLETE, course)
        kind = _shortfall(course)
        if kind:
            yield _short(kind, course, case.protocol.course(course.number).cite)


def _shortfall(course: CourseGiven) -> FindingKind | None:
    if course.unclear:  # how many days it should have is unclear
        return None
    if course.status == "interrupted":
        return COURSE_INTERRUPTED
    return COURSE_INCOMPLETE if course.status == "partial" else None


def _short(kind: FindingKind, course: CourseGiven, cite: str | None) -> Answer:
    at: At = {"course": course.number, "day": course.last_day, "row": course.last_row}
    given = f"at most {course.most_infusions}" if course.unrecorded_days else len(course.days)
    return kind.at(**at, cite=cite, given=given, planned=course.planned, last=course.last_day)


def _not_on_record(kind: FindingKind, course: CourseGiven) -> NotAssessed:
    """Return a question about a course of which the source does not have every infusion."""
    return NotAssessed.of(kind.code, MissingFact(kind="infusion-days", course=course.number), row=course.first_row)


@rule(needs=GIVEN, yields=(EXTRA_INFUSION,))
def not_too_many_days(case: Case) -> Iterator[Answer]:
    """Report each infusion day beyond the planned number, unless it is unclear which course it belongs to (S07)."""
    for course in (course for course in case.courses if not course.unclear):
        if course.lacks_last_day or (course.unrecorded_days and course.most_infusions > course.planned):
            yield _not_on_record(EXTRA_INFUSION, course)
        for ordinal, day in enumerate(course.days[course.planned :], start=course.planned + 1):
            cite = case.protocol.course(course.number).cite
            at: At = {"course": course.number, "day": day, "row": course.row_of(day)}
            yield EXTRA_INFUSION.at(**at, cite=cite, ordinal=ordinal, planned=course.planned)


@rule(needs=GIVEN, yields=(COURSE_BOUNDARY_UNCLEAR, NEEDS_CLINICAL_DECISION))
def clear_boundaries(case: Case) -> Iterator[Answer]:
    """Report each course that may be a continuation of the previous one."""
    cite = case.protocol.course_gap_days.cite
    for course in case.courses:
        if course.unclear and (before := case.courses.before(course)):
            earlier = before.days_before(course.first_day)
            gap = (course.first_day - earlier[-1]).days
            at: At = {"course": course.number, "day": course.first_day, "row": course.first_row}
            yield COURSE_BOUNDARY_UNCLEAR.at(**at, cite=cite, gap=gap, given=len(earlier), planned=before.planned)
            count = {"given": len(course.days), "planned": course.planned, "last": course.last_day}
            yield NEEDS_CLINICAL_DECISION.at(**at, cite=cite, **count)


@rule(needs=GIVEN, yields=(NEEDS_CLINICAL_DECISION,))
def decided_by_a_clinician(case: Case) -> Iterator[Answer]:
    """Report that the last course stopped short of its days, so that a clinician must decide how to continue."""
    last = case.courses.latest if case.courses else None
    if last and not last.unclear and last.status in ("interrupted", "partial"):
        yield _short(NEEDS_CLINICAL_DECISION, last, None)


@rule(needs=GIVEN, yields=(COURSE_NUMBERS_CONTRADICT,))
def numbers_fit_the_dates(case: Case) -> Iterator[Answer]:
    """Report each course number that contradicts the dates (S30)."""
    yield from case.courses.number_findings()


@rule(needs=GIVEN, yields=(EARLIER_COURSE_NOT_ON_RECORD,))
def earlier_courses_on_record(case: Case) -> Iterator[Answer]:
    """Report each gap in the numbers of the courses on record (S29)."""
    for course, missing in case.courses.gaps():
        at: At = {"course": course.number, "day": course.first_day, "row": course.first_row}
        yield EARLIER_COURSE_NOT_ON_RECORD.at(**at, missing=missing)


RULES: Final[tuple[Rule, ...]] = (
    consecutive_days,
    enough_days,
    not_too_many_days,
    clear_boundaries,
    decided_by_a_clinician,
    numbers_fit_the_dates,
    earlier_courses_on_record,
)
