"""Monitoring: which tests of which courses can be judged, and the state of each due date (S20, S32, S42)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

from lemtrada_schedule.findings.catalogue import TEST_MISSED, TEST_OVERDUE
from lemtrada_schedule.findings.finding import MissingFact
from lemtrada_schedule.judging.matching import DueSeries, dates_judged, longest_gap, matched, turning_days
from lemtrada_schedule.judging.verdicts import Monitoring, TestDate, TestState
from lemtrada_schedule.protocol.actions import SeriesAction
from lemtrada_schedule.protocol.due_dates import due_day, due_days, neighbours, series_ends
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import CourseGiven, Courses
from lemtrada_schedule.records.history import History, RecordedOverride
from lemtrada_schedule.records.recorded_tests import RecordedTests
from lemtrada_schedule.validation.computed import computed

__all__ = ["WAIVING", "JudgedTest", "Monitored", "asked_series", "monitored", "overrides_of_dates"]

_Monitoring = computed(Monitoring)

WAIVING: Final = frozenset({TEST_OVERDUE.code, TEST_MISSED.code})
"""The codes whose overrides accept dates without a record."""


_NOT_RECORDED: Final = MissingFact(kind="tests_recorded")


@dataclass(frozen=True, slots=True, repr=False)
class JudgedTest:
    """One test after one course, judged."""

    action: SeriesAction
    verdict: Monitoring
    waived_by: RecordedOverride | None
    """The override that accepts its dates without a record; `None` if no date is waived."""


@dataclass(frozen=True, slots=True, repr=False)
class Monitored:
    """The states of a patient's recurring tests."""

    judged: tuple[JudgedTest, ...] = ()
    """In the protocol's order, and of each test by course."""
    not_judged: tuple[tuple[str, MissingFact], ...] = ()
    """The tests that cannot be judged, or only in part, each with the missing fact."""
    changes_on: date | None = None
    """The next day on which a due date becomes overdue or missed, or the list of dates grows; `None` if none does."""
    overrides_on: frozenset[date] = frozenset()
    """Days after the date of the question from which an override of missed or overdue tests counts."""


_NOTHING: Final = Monitored()


@dataclass(frozen=True, slots=True, repr=False)
class _Dated:
    """A course with the days from which due dates count."""

    given: CourseGiven
    first_day: date
    last_day: date
    """The last infusion; of a course in progress, the last planned one (S09)."""


@dataclass(frozen=True, slots=True, repr=False)
class _Question:
    """What is known about a patient, and the date of the question."""

    courses: Sequence[_Dated]
    tests: RecordedTests
    overrides: Mapping[tuple[str, int | None], RecordedOverride]
    """For each test and course (`None`: every course), the override that accepts most dates."""
    as_of: date
    grace_days: int
    series: dict[Hashable, DueSeries | None] = field(default_factory=dict)
    """Cached due dates: tests with the same rule share them."""
    results: dict[Hashable, "_Result"] = field(default_factory=dict)
    """Cached results: tests done on the same days share them."""

    def numbered(self, number: int) -> _Dated | None:
        """Return the course with a number; `None` if it is not on record."""
        return next((one for one in self.courses if one.given.number == number), None)


@dataclass(frozen=True, slots=True, repr=False)
class _Result:
    """The states of some due dates."""

    dates: tuple[TestDate, ...]
    counts: Mapping[TestState, int]
    longest_gap_days: int | None
    changes_on: date | None


def asked_series(protocol: Protocol, courses: Courses) -> Iterator[tuple[SeriesAction, int | None]]:
    """Yield each recurring test with the number of the course it is counted from; `None`: the whole treatment.

    The order is that of the protocol, then by course.
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
    """Return the state of each test that the source records.

    Nothing is judged if a row of an infusion or of a test could not be read: its content could change every answer
    (S31, S33).

    Args:
        history: The patient's records.
        protocol: The rules.
        courses: The courses given.
        tests: The tests on record.
        as_of: The date of the question; later records and overrides do not count.
        grace_days: How many days after its date a test is still on time.
    """
    if not tests.are_recorded:
        return _NOTHING
    question = _Question(_dated(courses, as_of), tests, overrides_of_dates(history, tests, as_of), as_of, grace_days)
    is_unread = bool(history.unreadable or tests.unreadable)
    judged, not_judged, changes = list[JudgedTest](), dict[tuple[str, MissingFact], None](), set[date]()
    for action, number in asked_series(protocol, courses):
        course = question.numbered(number or 1)
        if missing := _missing(action, course, courses, tests):
            not_judged[action.id, missing] = None
        elif course and not is_unread and (series := _series(action, number, course, question)):
            if series.first:
                not_judged[action.id, MissingFact(kind="tests_recorded_from")] = None
            override = _waiving(action, number, question)
            result = _result(series, tests.days(action.id), question, override.on if override else None)
            if result.dates:
                judged.append(_judged(action, number, result, override))
            changes |= {result.changes_on} if result.changes_on else set()
    later = frozenset(one.on for one in _overrides(history) if one.on > as_of)
    return Monitored(tuple(judged), tuple(not_judged), min(changes, default=None), later)


def _dated(courses: Courses, as_of: date) -> list[_Dated]:
    """Return the courses with the days from which due dates count.

    If a decision is needed first, they count from the last infusion given (S09).
    """
    is_open = bool(courses) and courses.question() is not None
    return [_Dated(one, one.first_day, one.last_day if is_open else one.last_planned_day(as_of)) for one in courses]


def _missing(action: SeriesAction, course: _Dated | None, courses: Courses, tests: RecordedTests) -> MissingFact | None:
    """Return the missing fact for which a test after a course cannot be judged (S07, S30, S32); `None` if it can."""
    is_own = action.applies_to is not None and action.id in tests.by_kind
    if action.id not in tests.named and not is_own:
        return _NOT_RECORDED
    if course is None:  # its last infusion is the anchor
        return MissingFact(kind="course", course=1)
    given = course.given
    if given.contradicted:
        return MissingFact(kind="course-numbers")
    if given.lacks_last_day:
        return MissingFact(kind="last-infusion", course=given.number)
    following = next((one for one in courses if one.unclear and courses.before(one) is given), None)
    if following:  # if it continues this course, the anchor is a later day
        return MissingFact(kind="continuation", course=following.number, other_course=given.number)
    return None


def _series(action: SeriesAction, number: int | None, course: _Dated, question: _Question) -> DueSeries | None:
    """Return the due dates of a test after a course; `None` if it is never due."""
    key = (action.every, action.until, number)
    if key not in question.series:
        question.series[key] = _counted(action, number, course, question)
    return question.series[key]


def _counted(action: SeriesAction, number: int | None, course: _Dated, question: _Question) -> DueSeries | None:
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


def _result(series: DueSeries, recorded: Sequence[date], question: _Question, waived_to: date | None) -> _Result:
    """Return the states of the due dates of a test, from the days on which it is on record."""
    until = min(question.as_of, series.closes) if series.closes else question.as_of
    days = tuple(dict.fromkeys([day for day in recorded if series.anchor < day <= until]))
    key = (id(series), days, waived_to)  # a question keeps its series
    if key not in question.results:
        question.results[key] = _became(series, days, question, waived_to)
    return question.results[key]


def _became(series: DueSeries, days: Sequence[date], question: _Question, waived_to: date | None) -> _Result:
    last_taken = series.last_taken
    served = matched(series, [day for day in days if day <= last_taken])
    as_of, grace_days = question.as_of, question.grace_days
    dates = dates_judged(series, served, as_of, grace_days=grace_days, waived_to=waived_to)
    changes = turning_days(series, served, as_of, grace_days=grace_days, waived_to=waived_to)
    gap = _gap(series, days, question.tests.recorded_from)
    return _Result(dates, Counter(one.state for one in dates), gap, min(changes, default=None))


def _gap(series: DueSeries, days: Sequence[date], recorded_from: date | None) -> int | None:
    """Return the longest gap; before the first day from which tests are recorded, none is known (S32)."""
    known = [day for day in (series.anchor, *days) if recorded_from is None or day >= recorded_from]
    return longest_gap(known)


def _overrides(history: History) -> list[RecordedOverride]:
    return [one for one in history.overrides if one.code in WAIVING and one.test]


def overrides_of_dates(
    history: History, tests: RecordedTests, as_of: date
) -> Mapping[tuple[str, int | None], RecordedOverride]:
    """Return, for each test and course, the latest override up to a day that accepts due dates without a record (S42).

    Of several overrides on one day, the first is returned. The course `None` is every course.
    """
    latest: dict[tuple[str, int | None], RecordedOverride] = {}
    for one in (each for each in _overrides(history) if each.on <= as_of):
        for kind in tests.meanings.get(one.test or "", ()):
            known = latest.setdefault((kind, one.course), one)
            latest[kind, one.course] = one if known.on < one.on else known
    return latest


def _waiving(action: SeriesAction, number: int | None, question: _Question) -> RecordedOverride | None:
    """Return the latest override that accepts missing dates of a test after a course; of one day, the course's own."""
    keys = ((action.id, number), (action.id, None))
    own = [question.overrides[key] for key in keys if key in question.overrides]
    return max(own, key=lambda one: one.on, default=None)


def _judged(action: SeriesAction, number: int | None, result: _Result, override: RecordedOverride | None) -> JudgedTest:
    counts = result.counts
    verdict = _Monitoring(
        action=action.id,
        course=number,
        dates=result.dates,
        done=counts.get("done", 0),
        late=counts.get("late", 0),
        missed=counts.get("missed", 0),
        overdue=counts.get("overdue", 0),
        longest_gap_days=result.longest_gap_days,
    )
    return JudgedTest(action, verdict, override if "waived" in counts else None)
