"""Monitoring: which tests of which courses can be judged, and what became of each due date (S20, S32, S42)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from lemtrada_schedule.findings.catalogue import TEST_MISSED, TEST_OVERDUE
from lemtrada_schedule.findings.finding import MissingFact
from lemtrada_schedule.judging.matching import DueSeries, dates_judged, longest_gap, matched, turning_days
from lemtrada_schedule.judging.verdicts import Monitoring, TestDate
from lemtrada_schedule.protocol.actions import SeriesAction
from lemtrada_schedule.protocol.due_dates import due_day, due_days, neighbours, series_ends
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import CourseGiven, Courses
from lemtrada_schedule.records.history import History, RecordedOverride
from lemtrada_schedule.records.recorded_tests import RecordedTests
from lemtrada_schedule.validation.computed import computed

__all__ = ["WAIVING", "JudgedTest", "Monitored", "asked_series", "monitored"]

_Monitoring = computed(Monitoring)

WAIVING: Final = frozenset({TEST_OVERDUE.code, TEST_MISSED.code})
"""The codes whose overrides accept dates without a record."""


@dataclass(frozen=True, slots=True, repr=False)
class JudgedTest:
    """One test after one course, judged."""

    action: SeriesAction
    verdict: Monitoring
    waived_by: RecordedOverride | None
    """The override that accepts dates of it without a record; `None` where no date is waived."""


@dataclass(frozen=True, slots=True, repr=False)
class Monitored:
    """What became of a patient's recurring tests."""

    judged: tuple[JudgedTest, ...] = ()
    """In the protocol's order, and of each test by course."""
    not_judged: tuple[tuple[str, MissingFact], ...] = ()
    """The tests that cannot be judged, wholly or in part, each with the fact that is missing."""
    changes: frozenset[date] = frozenset()
    """Days on which the answer changes next by itself."""


@dataclass(frozen=True, slots=True, repr=False)
class _Dated:
    """A course with the days from which due dates count."""

    given: CourseGiven
    first_day: date
    last_day: date
    """The last infusion; of a course in progress, the last planned one (S09)."""


@dataclass(frozen=True, slots=True, repr=False)
class _Question:
    """What is known of a patient, and the day for which it is asked."""

    courses: Sequence[_Dated]
    tests: RecordedTests
    overrides: Sequence[RecordedOverride]
    as_of: date
    grace_days: int

    def numbered(self, number: int) -> _Dated | None:
        """Return the course with a number; `None` if it is not on record."""
        return next((one for one in self.courses if one.given.number == number), None)


def asked_series(protocol: Protocol, courses: Courses) -> Iterator[tuple[SeriesAction, int | None]]:
    """Yield each test that recurs, with the number of the course it is counted from; `None`: the whole treatment.

    In the protocol's order, and of each test by course.
    """
    numbers = sorted(course.number for course in courses)
    for action in _series_of(protocol) if numbers else ():
        if action.per == "course":
            yield from ((action, number) for number in numbers)
        else:
            yield action, None if action.per == "treatment" else 1


@lru_cache(maxsize=16)
def _series_of(protocol: Protocol) -> tuple[SeriesAction, ...]:
    return tuple(action for action in protocol.actions if isinstance(action, SeriesAction))


def monitored(
    history: History, protocol: Protocol, courses: Courses, tests: RecordedTests, *, as_of: date, grace_days: int
) -> Monitored:
    """Return what became of each test that the source records.

    Nothing is judged where a row of an infusion or of a test could not be read: what is in it could change every answer
    (S31, S33).

    Args:
        history: The patient's records.
        protocol: The rules.
        courses: The courses given.
        tests: The tests on record.
        as_of: The date of the question; later records and overrides do not count.
        grace_days: How many days after its date a test is still in time.
    """
    if not tests.are_recorded:
        return Monitored()
    overrides = [one for one in history.overrides if one.code in WAIVING and one.test]
    dated = [_Dated(one, one.first_day, one.last_planned_day(as_of)) for one in courses]
    question = _Question(dated, tests, [one for one in overrides if one.on <= as_of], as_of, grace_days)
    is_unread = bool(history.unreadable or tests.unreadable)
    judged, not_judged, changes = list[JudgedTest](), dict[tuple[str, MissingFact], None](), set[date]()
    for action, number in asked_series(protocol, courses):
        course = question.numbered(number or 1)
        if missing := _missing(action, course, courses, tests):
            not_judged[action.id, missing] = None
        elif course and not is_unread and (series := _series(action, number, course, question)):
            if series.first:
                not_judged[action.id, MissingFact(kind="tests_recorded_from")] = None
            one, days = _judged(action, number, series, question)
            judged += one
            changes |= days
    changes |= {one.on for one in overrides if one.on > as_of}
    return Monitored(tuple(judged), tuple(not_judged), frozenset(changes))


def _missing(action: SeriesAction, course: _Dated | None, courses: Courses, tests: RecordedTests) -> MissingFact | None:
    """Return the fact without which a test after a course cannot be judged (S07, S30, S32); `None` where it can."""
    is_own = action.applies_to is not None and action.id in tests.by_kind
    if action.id not in tests.named and not is_own:
        return MissingFact(kind="tests_recorded")
    if course is None:  # its last infusion is the anchor
        return MissingFact(kind="course", course=1)
    given = course.given
    if given.contradicted:
        return MissingFact(kind="course-numbers")
    following = next((one for one in courses if one.unclear and courses.before(one) is given), None)
    if following:  # if it continues this course, the anchor is a later day
        return MissingFact(kind="continuation", course=following.number, other_course=given.number)
    return None


def _series(action: SeriesAction, number: int | None, course: _Dated, question: _Question) -> DueSeries | None:
    """Return the due dates of a test after a course; `None` where it is never due."""
    if number is None:
        last, following = max(question.courses, key=lambda one: one.last_day), None
    else:
        last, (_, following) = course, neighbours(course, question.courses)
    anchor, ends, recorded_from = course.last_day, series_ends(action, last, following), question.tests.recorded_from
    until = max(question.as_of, recorded_from or question.as_of)
    ahead = action.every.times_until(anchor, until, rounding="earlier") + 2
    reach = due_day(action.every, anchor, ahead)
    dates = due_days(action.every, anchor, min(ends, reach) if ends else reach)
    if not dates:
        return None
    return DueSeries(
        anchor=anchor,
        dates=dates,
        next_day=due_day(action.every, anchor, len(dates) + 1),
        closes=following.first_day if following else None,
        first=bisect_left(dates, recorded_from) if recorded_from else 0,
    )


def _judged(
    action: SeriesAction, number: int | None, series: DueSeries, question: _Question
) -> tuple[list[JudgedTest], set[date]]:
    """Return what became of a test after a course, nothing if no date can be judged; and when this changes."""
    as_of, grace_days = question.as_of, question.grace_days
    until = min(as_of, series.closes) if series.closes else as_of
    days = [day for day in dict.fromkeys(question.tests.days(action.id)) if series.anchor < day <= until]
    served = matched(series, [day for day in days if day <= series.last_taken])
    override = _waiving(action, number, question)
    waived_to = override.on if override else None
    dates = dates_judged(series, served, as_of, grace_days=grace_days, waived_to=waived_to)
    changes = turning_days(series, served, as_of, grace_days=grace_days, waived_to=waived_to)
    if not dates:
        return [], changes
    verdict = _verdict(action, number, dates, _gap(series, days, question.tests.recorded_from))
    is_waived = any(one.state == "waived" for one in dates)
    return [JudgedTest(action, verdict, override if is_waived else None)], changes


def _gap(series: DueSeries, days: Sequence[date], recorded_from: date | None) -> int | None:
    """Return the longest gap; before the first day from which tests are recorded, none can be known (S32)."""
    known = [day for day in (series.anchor, *days) if recorded_from is None or day >= recorded_from]
    return longest_gap(known)


def _waiving(action: SeriesAction, number: int | None, question: _Question) -> RecordedOverride | None:
    """Return the latest override that accepts missing dates of a test after a course."""
    own = [one for one in question.overrides if one.test == action.id and one.course in (None, number)]
    return max(own, key=lambda one: one.on, default=None)


def _verdict(action: SeriesAction, number: int | None, dates: Sequence[TestDate], gap: int | None) -> Monitoring:
    counts = Counter(one.state for one in dates)
    return _Monitoring(
        action=action.id,
        course=number,
        dates=tuple(dates),
        done=counts["done"],
        late=counts["late"],
        missed=counts["missed"],
        overdue=counts["overdue"],
        longest_gap_days=gap,
    )
