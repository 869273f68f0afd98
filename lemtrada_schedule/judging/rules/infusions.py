"""Rules on single records: once a day, not in the future, given in full, the right dose and length."""

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
from lemtrada_schedule.judging.rules.case import GIVEN, Answer, Case, Rule, lacking, rule
from lemtrada_schedule.records.courses import has_only_other_medicines
from lemtrada_schedule.records.history import InfusionRecord

__all__ = ["RULES"]


@rule(
    needs=(*GIVEN, "dose_mg", "infusion_minutes", "observation_minutes"),
    yields=(DUPLICATE_SAME_DAY, TWO_INFUSIONS_ONE_DAY),
)
def once_a_day(case: Case) -> Iterator[Answer]:
    """Report every further record of a day: it is a duplicate if an earlier record of the day is the same (S04).

    A record is compared with all earlier records of its day, so that the codes do not depend on the order of the rows.
    The comparison is a look-up, so ten thousand records of one day take no longer than others.
    """
    known: dict[date, dict[tuple[object, ...], int | None]] = {}
    count = Counter(record.date for _, record in case.given)
    several = [pair for pair in case.given if count[pair[1].date] > 1]
    for course, record in sorted(several, key=lambda pair: (pair[1].date, pair[1].row or 0)):
        facts = tuple(fact for name, fact in record if name != "row")
        before = known.setdefault(record.date, {})
        if before:
            at: At = {"course": course, "day": record.date, "row": record.row}
            if facts in before:
                yield DUPLICATE_SAME_DAY.at(**at, other=before[facts])
            else:
                yield TWO_INFUSIONS_ONE_DAY.at(**at, differs=_differs(record.row, next(iter(before.values()))))
        before.setdefault(facts, record.row)


def _differs(row: int | None, other: int | None) -> str:
    """Return how a record differs from another one of its day, which may be of the same row of a bill."""
    if row is not None and row == other:
        return f"is one of several infusions that row {row} has, such as the billed units of two"
    return f"differs from row {other}"


@rule(needs=("date", "status"), yields=(INFUSION_IN_FUTURE,))
def not_in_future(case: Case) -> Iterator[Answer]:
    """Report every exposure dated after `as_of` (S05)."""
    for record in case.history.infusions:
        if record.is_exposure and record.date > case.as_of:
            yield INFUSION_IN_FUTURE.at(day=record.date, row=record.row)


@rule(needs=GIVEN, yields=(PARTIAL_INFUSION,))
def given_in_full(case: Case) -> Iterator[Answer]:
    """Report every partial infusion."""
    for course, record in case.given:
        if record.status == "partial":
            yield PARTIAL_INFUSION.at(course=course, day=record.date, row=record.row)


@rule(needs=(*GIVEN, "dose_mg"), yields=(DOSE_DIFFERS,))
def right_dose(case: Case) -> Iterator[Answer]:
    """Report every dose that differs from the protocol's."""
    day = case.protocol.infusion_day
    for course, record in case.given:
        if record.dose_mg is not None and record.dose_mg != day.dose_mg:
            yield DOSE_DIFFERS.at(course=course, day=record.date, row=record.row, cite=day.cite, dose=day.dose_mg)
    records = [record for _, record in case.given]
    known = {(record.date, record.row) for record in records if record.dose_mg is not None and record.row is not None}
    lacks = [r for r in records if r.dose_mg is None and (r.date, r.row) not in known]  # its row of a bill has a dose
    yield from lacking(DOSE_DIFFERS, "dose_mg", lacks, records)


@rule(needs=(*GIVEN, "infusion_minutes"), yields=(INFUSION_TOO_SHORT,))
def long_enough(case: Case) -> Iterator[Answer]:
    """Report every completed infusion that was shorter than the protocol says."""
    day = case.protocol.infusion_day
    for course, record in case.given:
        minutes = record.infused_for
        if record.status == "completed" and minutes is not None and minutes < day.infusion_minutes:
            at: At = {"course": course, "day": record.date, "row": record.row}
            yield INFUSION_TOO_SHORT.at(**at, cite=day.cite, minutes=minutes, least=day.infusion_minutes)
    completed = _completed(case)
    lacks = [r for r in completed if r.infused_for is None]
    yield from lacking(INFUSION_TOO_SHORT, "infusion-times", lacks, completed)


@rule(needs=(*GIVEN, "observation_minutes"), yields=(OBSERVATION_TOO_SHORT,))
def observed_long_enough(case: Case) -> Iterator[Answer]:
    """Report every completed infusion whose observation was shorter than the protocol says."""
    day = case.protocol.infusion_day
    cite = day.observation.cite if day.observation else day.cite
    for course, record in case.given:
        minutes = record.observed_for
        if record.status == "completed" and minutes is not None and minutes < day.observation_minutes:
            at: At = {"course": course, "day": record.date, "row": record.row}
            yield OBSERVATION_TOO_SHORT.at(**at, cite=cite, minutes=minutes, least=day.observation_minutes)
    completed = _completed(case)
    lacks = [r for r in completed if r.observed_for is None]
    yield from lacking(OBSERVATION_TOO_SHORT, "observation-times", lacks, completed)


@rule(needs=("date", "status", "other_rows"), yields=(ONLY_OTHER_MEDICINES,))
def not_only_others(case: Case) -> Iterator[Answer]:
    """Report a patient with rows of other medicines and no infusion: LEMTRADA may have a code that is not listed (S36).

    Nothing is reported if a row could not be read, because it may be an infusion.
    """
    if has_only_other_medicines(case.history):
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
