"""Was the clinic open when an infusion is said to have been given? Asked only where a clinic is given."""

from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.clinic import WEEKDAYS, Clinic
from lemtrada_schedule.errors import HolidayDataMissing
from lemtrada_schedule.findings import CLINIC_CLOSED, OUTSIDE_OPENING_HOURS, PUBLIC_HOLIDAY, NotAssessed
from lemtrada_schedule.open_days import PUBLIC, open_days
from lemtrada_schedule.records import InfusionRecord
from lemtrada_schedule.rules.case import Answer, Case, Rule

__all__ = ["RULES"]


def on_open_days(case: Case) -> Iterator[Answer]:
    """Report every exposure on a closed day, and on a public holiday."""
    if case.clinic is None:
        return
    table = open_days(case.clinic, 0)
    for record in case.given:
        try:
            reason = table.closed(record.date)
        except HolidayDataMissing:
            missing = f"public holidays of {record.date.year}"
            yield NotAssessed(code=PUBLIC_HOLIDAY.code, missing=missing, row=record.row)
            continue
        if reason:
            kind = PUBLIC_HOLIDAY if reason.startswith(PUBLIC) else CLINIC_CLOSED
            yield kind.at(day=record.date, row=record.row, reason=reason)


def in_opening_hours(case: Case) -> Iterator[Answer]:
    """Report recorded times outside the hours of their weekday; extra open days have no hours of their own."""
    if case.clinic is None:
        return
    for record in case.given:
        if _is_outside(record, case.clinic):
            yield OUTSIDE_OPENING_HOURS.at(day=record.date, row=record.row)


def _is_outside(record: InfusionRecord, clinic: Clinic) -> bool:
    hours = next((h for h in clinic.opening_hours if h.day == WEEKDAYS[record.date.weekday()]), None)
    if hours is None or any(extra.date == record.date for extra in clinic.extra_open):
        return False
    times = [time for time in (record.started, record.ended, record.observed_until) if time is not None]
    return any(not hours.opens <= time <= hours.closes for time in times)


RULES: Final[tuple[Rule, ...]] = (on_open_days, in_opening_hours)
