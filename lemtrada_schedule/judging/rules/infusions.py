"""Is each record plausible by itself: once on its day, not in the future, of the right dose and length?"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

from lemtrada_schedule.findings.catalogue import (
    DOSE_DIFFERS,
    DUPLICATE_SAME_DAY,
    INFUSION_IN_FUTURE,
    INFUSION_TOO_SHORT,
    OBSERVATION_TOO_SHORT,
    ONLY_OTHER_MEDICINES,
    PARTIAL_INFUSION,
    TWO_INFUSIONS_ONE_DAY,
)
from lemtrada_schedule.findings.finding import At
from lemtrada_schedule.judging.rules.case import Answer, Case, Rule, lacking
from lemtrada_schedule.records.history import InfusionRecord

__all__ = ["RULES"]


def once_a_day(case: Case) -> Iterator[Answer]:
    """Report every further record of a day: a duplicate where one before it says the same (S04).

    Compared with all records of the day before it, so that the codes do not depend on the order of the rows;
    by look-up, so that ten thousand records of one day are no burden.
    """
    told: dict[date, dict[tuple[object, ...], int | None]] = {}
    count = Counter(record.date for _, record in case.given)
    several = [pair for pair in case.given if count[pair[1].date] > 1]
    for course, record in sorted(several, key=lambda pair: (pair[1].date, pair[1].row or 0)):
        facts = tuple(fact for name, fact in record if name != "row")
        before = told.setdefault(record.date, {})
        if before:
            kind = DUPLICATE_SAME_DAY if facts in before else TWO_INFUSIONS_ONE_DAY
            other = before.get(facts, next(iter(before.values())))
            yield kind.at(course=course, day=record.date, row=record.row, other=other)
        before.setdefault(facts, record.row)


def not_in_future(case: Case) -> Iterator[Answer]:
    """Report every exposure dated after the day of asking (S05)."""
    for record in case.history.infusions:
        if record.is_exposure and record.date > case.as_of:
            yield INFUSION_IN_FUTURE.at(day=record.date, row=record.row)


def given_in_full(case: Case) -> Iterator[Answer]:
    """Report every partial infusion."""
    for course, record in case.given:
        if record.status == "partial":
            yield PARTIAL_INFUSION.at(course=course, day=record.date, row=record.row)


def right_dose(case: Case) -> Iterator[Answer]:
    """Compare recorded doses with the protocol's."""
    rule = case.protocol.infusion_day
    for course, record in case.given:
        if record.dose_mg is not None and record.dose_mg != rule.dose_mg:
            yield DOSE_DIFFERS.at(course=course, day=record.date, row=record.row, cite=rule.cite, dose=rule.dose_mg)
    records = [record for _, record in case.given]
    yield from lacking(DOSE_DIFFERS, "dose_mg", [r for r in records if r.dose_mg is None], records)


def long_enough(case: Case) -> Iterator[Answer]:
    """Compare the recorded length of completed infusions with the protocol's."""
    rule = case.protocol.infusion_day
    for course, record in case.given:
        minutes = record.infused_for
        if record.status == "completed" and minutes is not None and minutes < rule.infusion_minutes:
            at: At = {"course": course, "day": record.date, "row": record.row}
            yield INFUSION_TOO_SHORT.at(**at, cite=rule.cite, minutes=minutes, least=rule.infusion_minutes)
    completed = _completed(case)
    lacks = [r for r in completed if r.infused_for is None]
    yield from lacking(INFUSION_TOO_SHORT, "started and ended", lacks, completed)


def observed_long_enough(case: Case) -> Iterator[Answer]:
    """Compare the recorded length of observation with the protocol's."""
    rule = case.protocol.infusion_day
    cite = rule.observation.cite if rule.observation else rule.cite
    for course, record in case.given:
        minutes = record.observed_for
        if record.status == "completed" and minutes is not None and minutes < rule.observation_minutes:
            at: At = {"course": course, "day": record.date, "row": record.row}
            yield OBSERVATION_TOO_SHORT.at(**at, cite=cite, minutes=minutes, least=rule.observation_minutes)
    completed = _completed(case)
    lacks = [r for r in completed if r.observed_for is None]
    yield from lacking(OBSERVATION_TOO_SHORT, "ended and observed_until", lacks, completed)


def not_only_others(case: Case) -> Iterator[Answer]:
    """Report a patient with rows of other medicines and no infusion: a code of LEMTRADA may not be listed (S36).

    A row that could not be read may be an infusion.
    """
    has_infusions = any(record.is_exposure for record in case.history.infusions)
    if case.history.other_rows and not has_infusions and not case.history.unreadable:
        yield ONLY_OTHER_MEDICINES.at(count=case.history.other_rows)


def _completed(case: Case) -> list[InfusionRecord]:
    return [record for _, record in case.given if record.status == "completed"]


RULES: Final[tuple[Rule, ...]] = (
    once_a_day,
    not_in_future,
    given_in_full,
    right_dose,
    long_enough,
    observed_long_enough,
    not_only_others,
)
