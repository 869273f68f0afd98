"""Rules on the clinic's calendar: closed days, public holidays, opening hours. They need a clinic."""

from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.clinic.clinic import WEEKDAYS, Clinic
from lemtrada_schedule.clinic.closures import ClosedDay
from lemtrada_schedule.clinic.open_days import open_days
from lemtrada_schedule.errors import HolidayDataMissing
from lemtrada_schedule.findings.catalogue import CLINIC_CLOSED, OUTSIDE_OPENING_HOURS, PUBLIC_HOLIDAY
from lemtrada_schedule.findings.finding import FindingKind, MissingFact, MissingKind, NotAssessed
from lemtrada_schedule.judging.rules.case import GIVEN, Answer, Case, Rule, lacking, not_assessed, rule
from lemtrada_schedule.records.history import InfusionRecord

__all__ = ["RULES", "kind_of_closure"]


@rule(needs=GIVEN, yields=(CLINIC_CLOSED, PUBLIC_HOLIDAY))
def on_open_days(case: Case) -> Iterator[Answer]:
    """Report every exposure on a closed day and on a public holiday."""
    if case.clinic is None or case.clinic.country is None:
        yield from _not_assessed(case, PUBLIC_HOLIDAY, "clinic" if case.clinic is None else "clinic-country")
    if case.clinic is None:
        yield from _not_assessed(case, CLINIC_CLOSED, "clinic")
        return
    for given in (one for one in case.courses if one.has_unrecorded_days):
        unknown = MissingFact(kind="infusion-days", course=given.number)
        yield from (NotAssessed.of(kind.code, unknown) for kind in (CLINIC_CLOSED, PUBLIC_HOLIDAY))
    calendar = open_days(case.clinic, 0)
    for course, record in case.given:
        try:
            closed = calendar.closed(record.date)
        except HolidayDataMissing:
            missing = MissingFact(kind="public-holidays", year=record.date.year)
            yield NotAssessed.of(PUBLIC_HOLIDAY.code, missing, row=record.row)
            continue
        if closed and (kind := kind_of_closure(closed)):
            yield kind.at(course=course, day=record.date, row=record.row, reason=closed.reason)


def kind_of_closure(closed: ClosedDay) -> FindingKind | None:
    """Return the kind of finding for an infusion on a closed day.

    `None` on a fully booked day: the clinic is open, and the infusion took one of its chairs.
    """
    if closed.closure.kind == "booked":
        return None
    return PUBLIC_HOLIDAY if closed.closure.kind == "holiday" else CLINIC_CLOSED


def _not_assessed(case: Case, kind: FindingKind, missing: MissingKind) -> Iterator[Answer]:
    """Yield a question that was not assessed, if anything was given."""
    if case.courses:
        yield not_assessed(kind, missing)


@rule(needs=(*GIVEN, "started", "ended", "observed_until"), yields=(OUTSIDE_OPENING_HOURS,))
def in_opening_hours(case: Case) -> Iterator[Answer]:
    """Report recorded times outside the opening hours of their weekday; extra open days have no hours."""
    if case.clinic is None:
        yield from _not_assessed(case, OUTSIDE_OPENING_HOURS, "clinic")
        return
    for course, record in case.given:
        if _is_outside(record, case.clinic):
            yield OUTSIDE_OPENING_HOURS.at(course=course, day=record.date, row=record.row)
    records = [record for _, record in case.given]
    lacks = [r for r in records if r.started is None and r.ended is None and r.observed_until is None]
    yield from lacking(OUTSIDE_OPENING_HOURS, "clock-times", lacks, records)


def _is_outside(record: InfusionRecord, clinic: Clinic) -> bool:
    hours = next((h for h in clinic.opening_hours if h.day == WEEKDAYS[record.date.weekday()]), None)
    if hours is None or any(extra.date == record.date for extra in clinic.extra_open):
        return False
    times = [time for time in (record.started, record.ended, record.observed_until) if time is not None]
    return any(not hours.opens <= time <= hours.closes for time in times)


RULES: Final[tuple[Rule, ...]] = (on_open_days, in_opening_hours)
