"""Is each record plausible by itself: once on its day, not in the future, of the right dose and length?"""

from collections.abc import Iterator
from datetime import date, time
from typing import Final

from lemtrada_schedule.findings import (
    DOSE_DIFFERS,
    DUPLICATE_SAME_DAY,
    INFUSION_IN_FUTURE,
    INFUSION_TOO_SHORT,
    OBSERVATION_TOO_SHORT,
    PARTIAL_INFUSION,
    TWO_INFUSIONS_ONE_DAY,
    At,
)
from lemtrada_schedule.records import InfusionRecord
from lemtrada_schedule.rules.case import Answer, Case, Rule, lacking

__all__ = ["RULES"]


def once_a_day(case: Case) -> Iterator[Answer]:
    """Report every further record of a day: a duplicate where all fields equal those of an earlier one (S04)."""
    of_day: dict[date, list[InfusionRecord]] = {}
    for course, record in sorted(case.given, key=lambda pair: (pair[1].date, pair[1].row or 0)):
        before = of_day.setdefault(record.date, [])
        if before:
            same = next((one for one in before if one.model_copy(update={"row": record.row}) == record), None)
            kind = DUPLICATE_SAME_DAY if same else TWO_INFUSIONS_ONE_DAY
            yield kind.at(course=course, day=record.date, row=record.row, other=(same or before[0]).row)
        before.append(record)


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
        minutes = _minutes(record.started, record.ended)
        if record.status == "completed" and minutes is not None and minutes < rule.infusion_minutes:
            at: At = {"course": course, "day": record.date, "row": record.row}
            yield INFUSION_TOO_SHORT.at(**at, cite=rule.cite, minutes=minutes, least=rule.infusion_minutes)
    completed = _completed(case)
    lacks = [r for r in completed if r.started is None or r.ended is None]
    yield from lacking(INFUSION_TOO_SHORT, "started and ended", lacks, completed)


def observed_long_enough(case: Case) -> Iterator[Answer]:
    """Compare the recorded length of observation with the protocol's."""
    rule = case.protocol.infusion_day
    cite = rule.observation.cite if rule.observation else rule.cite
    for course, record in case.given:
        minutes = _minutes(record.ended, record.observed_until)
        if record.status == "completed" and minutes is not None and minutes < rule.observation_minutes:
            at: At = {"course": course, "day": record.date, "row": record.row}
            yield OBSERVATION_TOO_SHORT.at(**at, cite=cite, minutes=minutes, least=rule.observation_minutes)
    completed = _completed(case)
    lacks = [r for r in completed if r.ended is None or r.observed_until is None]
    yield from lacking(OBSERVATION_TOO_SHORT, "ended and observed_until", lacks, completed)


def _completed(case: Case) -> list[InfusionRecord]:
    return [record for _, record in case.given if record.status == "completed"]


def _minutes(first: time | None, last: time | None) -> int | None:
    """Return the minutes between two wall times of one day; `None` where one of them is not on record."""
    if first is None or last is None:
        return None
    return (last.hour - first.hour) * 60 + last.minute - first.minute


RULES: Final[tuple[Rule, ...]] = (
    once_a_day,
    not_in_future,
    given_in_full,
    right_dose,
    long_enough,
    observed_long_enough,
)
