"""Rules on limits of the label: number of courses, age, medicines tried before (S14, S15)."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from lemtrada_schedule.dates.months import add_months
from lemtrada_schedule.findings.catalogue import (
    AGE_BELOW_ADULT,
    AGE_BELOW_MINIMUM,
    BIRTH_DATE_AFTER_INFUSION,
    DATA_LIMITED_BEYOND,
    PRIOR_TREATMENTS_FEW,
    TOO_MANY_COURSES,
)
from lemtrada_schedule.findings.finding import At, MissingFact, NotAssessed
from lemtrada_schedule.judging.rules.case import GIVEN, Answer, Case, Rule, not_assessed, rule
from lemtrada_schedule.protocol.citations import AgeLimit
from lemtrada_schedule.protocol.protocol import Protocol

__all__ = ["RULES"]


@rule(needs=GIVEN, yields=(TOO_MANY_COURSES, DATA_LIMITED_BEYOND))
def number_of_courses(case: Case) -> Iterator[Answer]:
    """Report each course beyond the limit, or beyond the number for which there are enough data.

    The number on record counts, else the number that follows from the previous courses (S14, S29). A course that may
    continue the previous one is not counted (S07). A number on record is not reduced by unclear courses before it, and
    neither are the numbers that follow from it.
    """
    most, known = case.protocol.course_limit, case.protocol.data_limited_beyond
    unclear = 0  # since the last number on record
    for course in case.courses:
        if course.unclear:
            unclear += 1
            continue
        if course.numbered:
            unclear = 0
        number = course.number - unclear
        at: At = {"course": course.number, "day": course.first_day, "row": course.first_row}
        if most and number > most:
            yield TOO_MANY_COURSES.at(**at, cite=_cite_of_limit(case.protocol, most), limit=most)
        if known and number > known.courses:
            yield DATA_LIMITED_BEYOND.at(**at, cite=known.cite, limit=known.courses)


def _cite_of_limit(protocol: Protocol, most: int) -> str:
    """Return the source of the limit: of the stated number, else of the last course that the protocol lists."""
    stated = protocol.maximum_courses
    return stated.cite if stated and stated.courses == most else protocol.courses[-1].cite


@rule(needs=(*GIVEN, "birth_date"), yields=(AGE_BELOW_MINIMUM, AGE_BELOW_ADULT))
def old_enough(case: Case) -> Iterator[Answer]:
    """Report a patient who was too young on the first infusion of course 1.

    The age is not assessed if the birth date is after an infusion.
    """
    minimum, adult = case.protocol.minimum_age, case.protocol.adult_age
    if not case.courses or (minimum is None and adult is None):
        return
    if _not_yet_born(case):
        yield not_assessed(AGE_BELOW_MINIMUM, "birth-date-before-treatment")
        return
    first = next((course for course in case.courses if course.number == 1), None)
    birth = case.history.birth_date
    if birth is None:
        yield not_assessed(AGE_BELOW_MINIMUM, "birth_date")
        return
    if first is None:
        yield NotAssessed.of(AGE_BELOW_MINIMUM.code, MissingFact(kind="first-infusion", course=1))
        return
    at: At = {"course": 1, "day": first.first_day, "row": first.first_row}
    if minimum and _is_younger(birth, first.first_day, minimum):
        yield AGE_BELOW_MINIMUM.at(**at, cite=minimum.cite, years=minimum.years)
    elif adult and _is_younger(birth, first.first_day, adult):
        yield AGE_BELOW_ADULT.at(**at, cite=adult.cite, years=adult.years)


@rule(needs=(*GIVEN, "birth_date"), yields=(BIRTH_DATE_AFTER_INFUSION,))
def born_before_treatment(case: Case) -> Iterator[Answer]:
    """Report a birth date after the first infusion on record: one of the dates is wrong."""
    if _not_yet_born(case):
        number, first = min(case.given, key=lambda pair: pair[1].date)
        yield BIRTH_DATE_AFTER_INFUSION.at(course=number, day=first.date, row=first.row)


def _not_yet_born(case: Case) -> bool:
    birth = case.history.birth_date
    return birth is not None and any(record.date < birth for _, record in case.given)


def _is_younger(birth: date, day: date, limit: AgeLimit) -> bool:
    return day < add_months(birth, 12 * limit.years, rounding="later")


@rule(needs=("prior_medicines",), yields=(PRIOR_TREATMENTS_FEW,))
def medicines_before(case: Case) -> Iterator[Answer]:
    """Report that fewer medicines were tried before than the label generally asks for."""
    asked, tried = case.protocol.prior_medicines, case.history.prior_medicines
    if asked is None:
        return
    if tried is None:
        yield not_assessed(PRIOR_TREATMENTS_FEW, "prior_medicines")
    elif tried < asked.medicines:
        yield PRIOR_TREATMENTS_FEW.at(cite=asked.cite, medicines=asked.medicines)


RULES: Final[tuple[Rule, ...]] = (number_of_courses, born_before_treatment, old_enough, medicines_before)
