"""Fill the look-up tables of the screen by calling the functions that plan one patient, for each day."""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from typing import Final, cast
from zoneinfo import ZoneInfo

import numpy as np

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.clinic.open_days import OpenDays, open_days
from lemtrada_schedule.cohort.screen.layout import CLOSED, DAY, NO_DAY, PUBLIC, UNKNOWN, Array, Monitoring, Tables
from lemtrada_schedule.dates.months import Rounding
from lemtrada_schedule.dates.spans import Offset, Span
from lemtrada_schedule.errors import HolidayDataMissing, InvalidInput
from lemtrada_schedule.findings.catalogue import CLINIC_CLOSED, PUBLIC_HOLIDAY
from lemtrada_schedule.findings.finding import FindingKind
from lemtrada_schedule.judging.rules.clinic_days import kind_of_closure
from lemtrada_schedule.protocol.actions import SeriesAction
from lemtrada_schedule.protocol.courses import CourseRule
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.validation.scalars import FIRST_DATE, LAST_DATE

__all__ = ["DAYS", "FIRST_FROM_1970", "as_date", "day_number", "monitoring_ends", "tables_of"]

_FIRST: Final = FIRST_DATE.toordinal()

FIRST_FROM_1970: Final = _FIRST - dt.date(1970, 1, 1).toordinal()
"""1 January 2000, in days since 1 January 1970, as Arrow counts them."""

DAYS: Final = LAST_DATE.toordinal() - _FIRST + 1

LONGEST_COURSE: Final = 31
"""How many days beyond the last day a course in progress may be planned."""

_NO_LIMIT: Final = 1 << 30

_REASONS: Final[dict[FindingKind | None, int]] = {None: 0, CLINIC_CLOSED: CLOSED, PUBLIC_HOLIDAY: PUBLIC}


def day_number(day: dt.date) -> int:
    """Return a day's number, counted from 1 January 2000."""
    return day.toordinal() - _FIRST


def as_date(number: int) -> dt.date:
    """Return the day with this number."""
    return dt.date.fromordinal(_FIRST + number)


def tables_of(protocol: Protocol, clinic: Clinic | None, *, as_of: dt.date | None, tolerance_days: int = 0) -> Tables:
    """Return the tables of a protocol, a clinic and the date of the question (`None`: each patient has their own)."""
    spans = sorted({str(rule.minimum_interval) for rule in protocol.courses if rule.minimum_interval})
    begins = protocol.contraception.starts
    contraception = cast("Offset", protocol.contraception.ends)  # every protocol's contraception has an end
    recurring, first_only = monitoring_ends(protocol)
    known = protocol.data_limited_beyond
    rules = protocol.courses
    after = np.stack([*(_after(Span.parse(span)) for span in spans), _nothing()])
    rows = np.array([_row(rule, spans) for rule in rules])
    return Tables(
        as_of=None if as_of is None else day_number(as_of),
        gap_days=protocol.course_gap_days.days,
        tolerance_days=tolerance_days,
        infusion_minutes=protocol.infusion_day.infusion_minutes,
        observation_minutes=protocol.infusion_day.observation_minutes,
        course_limit=_NO_LIMIT if protocol.course_limit is None else protocol.course_limit,
        data_limited_beyond=known.courses if known else _NO_LIMIT,
        planned=np.array([rule.infusion_days for rule in rules]),
        span=rows * after.shape[1],
        from_first=np.array([rule.counted_from == "first infusion" for rule in rules]),
        has_interval=np.array([rule.minimum_interval is not None for rule in rules]),
        warned=np.array([rule.warn_only_from is not None for rule in rules]),
        warned_from_first=np.array([rule.warn_only_from == "first infusion" for rule in rules]),
        after=after.ravel(),
        longest_interval=_longest(after[rows[1:] if len(rows) > 1 else rows]),
        contraception=_from_day(contraception),
        contraception_from_first=contraception.anchor == "first infusion",
        contraception_begins=_from_day(begins, "earlier"),
        contraception_begins_from_first=begins.anchor == "first infusion",
        monitoring=_monitoring(recurring),
        monitoring_course_1=_monitoring(first_only) if first_only else None,
        closed=None if clinic is None else _closed(clinic, ZoneInfo(clinic.time_zone)),
        year=_years(),
    )


def monitoring_ends(protocol: Protocol) -> tuple[list[Offset], list[Offset]]:
    """Return the stated ends of tests: of tests that recur in every course, and of tests of course 1 only."""
    series = [action for action in protocol.actions if isinstance(action, SeriesAction) and action.until]
    return (
        [cast("Offset", action.until) for action in series if action.per != "first-course"],
        [cast("Offset", action.until) for action in series if action.per == "first-course"],
    )


def _row(rule: CourseRule, spans: list[str]) -> int:
    """Return the row of a rule's interval in the table; a rule without an interval has the row without days."""
    return spans.index(str(rule.minimum_interval)) if rule.minimum_interval else len(spans)


def _longest(after: Array) -> int:
    """Return the longest of some intervals in days; very long if one of the tables has no day at all."""
    known = after != NO_DAY
    if not known.any(axis=1).all():
        return DAY >> 1
    return int((after - np.arange(after.shape[1])).max(where=known, initial=0))


def _nothing() -> Array:
    return np.full(DAYS + LONGEST_COURSE, NO_DAY, np.int32)


def _filled(result: Callable[[dt.date], dt.date]) -> Array:
    table = _nothing()
    for number in range(len(table)):
        try:
            table[number] = day_number(result(as_date(number)))
        except InvalidInput:  # beyond the years that derived dates may have
            break
    return table


@lru_cache(maxsize=64)
def _after(span: Span) -> Array:
    return _filled(lambda day: span.after(day, rounding="later"))


@lru_cache(maxsize=64)
def _from_day(offset: Offset, rounding: Rounding = "later") -> Array:
    return _filled(lambda day: offset.from_day(day, rounding=rounding))


def _monitoring(ends: list[Offset]) -> Monitoring:
    return Monitoring(
        _latest([end for end in ends if end.anchor == "first infusion"]),
        _latest([end for end in ends if end.anchor == "last infusion"]),
    )


def _latest(offsets: list[Offset]) -> Array:
    tables = [_nothing(), *(_from_day(offset) for offset in offsets)]
    latest: Array = np.maximum.reduce(tables)
    return latest


@lru_cache(maxsize=1)
def _years() -> Array:
    return np.array([as_date(number).year - FIRST_DATE.year for number in range(DAYS)])


@lru_cache(maxsize=16)
def _closed(clinic: Clinic, _zone: ZoneInfo) -> Array:
    """Return why each day is closed, as in the rule `on_open_days`; the zone object is as in `open_days`."""
    calendar = open_days(clinic, 0)
    return np.array([_why(calendar, as_date(number)) for number in range(DAYS)], np.uint8)


def _why(calendar: OpenDays, day: dt.date) -> int:
    try:
        closed = calendar.closed(day)
        return _REASONS[kind_of_closure(closed) if closed else None]
    except HolidayDataMissing:
        return UNKNOWN
