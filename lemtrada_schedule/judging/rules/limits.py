"""Is the number of courses within the label, and is the patient one whom the label speaks of (S14, S15)?"""

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
from lemtrada_schedule.findings.finding import At
from lemtrada_schedule.judging.rules.case import Answer, Case, Rule, not_told
from lemtrada_schedule.protocol.citations import AgeLimit
from lemtrada_schedule.protocol.protocol import Protocol

__all__ = ["RULES"]


def number_of_courses(case: Case) -> Iterator[Answer]:
    """Report each course beyond the limit, or beyond what there is much experience with; unclear ones wait (S07).

    The number on record counts, else the number that follows from the courses before (S14, S29).
    """
    most, known = case.protocol.course_limit, case.protocol.data_limited_beyond
    unclear = 0
    for course in case.courses:
        if course.unclear:
            unclear += 1
            continue
        number = course.number if course.numbered else course.number - unclear
        at: At = {"course": course.number, "day": course.first_day, "row": course.first_row}
        if most and number > most:
            yield TOO_MANY_COURSES.at(**at, cite=_cite_of_limit(case.protocol, most), limit=most)
        if known and number > known.courses:
            yield DATA_LIMITED_BEYOND.at(**at, cite=known.cite, limit=known.courses)


def _cite_of_limit(protocol: Protocol, most: int) -> str:
    """Return the source of the limit: the number itself, or the last course that is listed."""
    stated = protocol.maximum_courses
    return stated.cite if stated and stated.courses == most else protocol.courses[-1].cite


def old_enough(case: Case) -> Iterator[Answer]:
    """Judge the age on the first infusion of course 1; a birth date after an infusion tells no age."""
    minimum, adult = case.protocol.minimum_age, case.protocol.adult_age
    if not case.courses or (minimum is None and adult is None):
        return
    if _not_yet_born(case):
        yield not_told(AGE_BELOW_MINIMUM, "a birth date before the first infusion")
        return
    first = next((course for course in case.courses if course.number == 1), None)
    birth = case.history.birth_date
    if first is None or birth is None:
        missing = "birth_date" if birth is None else "the first infusion of course 1"
        yield not_told(AGE_BELOW_MINIMUM, missing)
        return
    at: At = {"course": 1, "day": first.first_day, "row": first.first_row}
    if minimum and _is_younger(birth, first.first_day, minimum):
        yield AGE_BELOW_MINIMUM.at(**at, cite=minimum.cite, years=minimum.years)
    elif adult and _is_younger(birth, first.first_day, adult):
        yield AGE_BELOW_ADULT.at(**at, cite=adult.cite, years=adult.years)


def born_before_treatment(case: Case) -> Iterator[Answer]:
    """Report a birth date that lies after the first infusion on record: one of the two is wrong."""
    if _not_yet_born(case):
        number, first = min(case.given, key=lambda pair: pair[1].date)
        yield BIRTH_DATE_AFTER_INFUSION.at(course=number, day=first.date, row=first.row)


def _not_yet_born(case: Case) -> bool:
    birth = case.history.birth_date
    return birth is not None and any(record.date < birth for _, record in case.given)


def _is_younger(birth: date, day: date, limit: AgeLimit) -> bool:
    return day < add_months(birth, 12 * limit.years, rounding="later")


def medicines_before(case: Case) -> Iterator[Answer]:
    """Note that fewer medicines were tried before than the label generally asks for."""
    rule, tried = case.protocol.prior_medicines, case.history.prior_medicines
    if rule is None:
        return
    if tried is None:
        yield not_told(PRIOR_TREATMENTS_FEW, "prior_medicines")
    elif tried < rule.medicines:
        yield PRIOR_TREATMENTS_FEW.at(cite=rule.cite, medicines=rule.medicines)


RULES: Final[tuple[Rule, ...]] = (number_of_courses, born_before_treatment, old_enough, medicines_before)
