"""Rules on tests: a baseline before each course, and a record in each window, if the protocol requires one.

Rules of time: S21, S32, S42.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.findings.catalogue import BASELINE_MISSING, WINDOW_MISSED
from lemtrada_schedule.findings.finding import At, FindingKind, MissingFact, MissingKind, NotAssessed
from lemtrada_schedule.judging.rules.case import GIVEN, Answer, Case, Fact, Rule, not_assessed, rule
from lemtrada_schedule.protocol.actions import BaselineRule, SeriesAction, WindowAction
from lemtrada_schedule.protocol.due_dates import baseline_window, occurs_with, window_days
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import CourseGiven
from lemtrada_schedule.records.recorded_tests import RecordedTests, RequiredTest, unreadable_row

__all__ = ["RULES"]

_TESTS: Final[tuple[Fact, ...]] = ("observations", "tests_recorded", "tests_recorded_from")


@dataclass(frozen=True, slots=True, repr=False)
class _Asked:
    """A test that the protocol requires in a window of a course."""

    action: SeriesAction | WindowAction
    course: CourseGiven
    required: RequiredTest
    cite: str


@rule(needs=(*GIVEN, *_TESTS), yields=(BASELINE_MISSING,))
def tested_before(case: Case) -> Iterator[Answer]:
    """Report each baseline without a test on record before its course."""
    if not case.tests.are_recorded:
        yield from _none_recorded(BASELINE_MISSING, _baselines(case))
        return
    asked = list(_baselines(case))
    days = case.tests.baseline_days([one.required for one in asked], case.as_of)
    for one, day in zip(asked, days, strict=True):
        if day is None:
            yield from _not_done(BASELINE_MISSING, one, case.tests)


@rule(needs=(*GIVEN, *_TESTS), yields=(WINDOW_MISSED,))
def done_in_window(case: Case) -> Iterator[Answer]:
    """Report each window that has closed without a test on record in it."""
    if not case.tests.are_recorded:
        yield from _none_recorded(WINDOW_MISSED, _windows(case))
        return
    for one in _windows(case):
        if not any(map(one.required.accepts, case.tests.days(one.action.id))):
            yield from _not_done(WINDOW_MISSED, one, case.tests)


def _baselines(case: Case) -> Iterator[_Asked]:
    for course in sorted(case.courses, key=lambda course: course.first_day):
        before = _last_before(case, course)
        for action, baseline in _with_baselines(case.protocol):
            if occurs_with(action, course.number):
                opens, eve = baseline_window(baseline, course.first_day, before)
                yield _Asked(action, course, RequiredTest(action.id, opens, eve), baseline.source(action))


def _windows(case: Case) -> Iterator[_Asked]:
    for course in case.courses:
        before = _last_before(case, course)
        for action in _with_ends(case.protocol):
            if occurs_with(action, course.number):
                opens, closes = window_days(action, course, before)
                if closes and closes < case.as_of:
                    yield _Asked(action, course, RequiredTest(action.id, opens, closes), action.cite)


@lru_cache(maxsize=16)
def _with_baselines(protocol: Protocol) -> tuple[tuple[SeriesAction, BaselineRule], ...]:
    series = [action for action in protocol.actions if isinstance(action, SeriesAction)]
    return tuple((action, action.baseline) for action in series if action.baseline)


@lru_cache(maxsize=16)
def _with_ends(protocol: Protocol) -> tuple[WindowAction, ...]:
    return tuple(action for action in protocol.actions if isinstance(action, WindowAction) and action.closes)


def _last_before(case: Case, course: CourseGiven) -> date | None:
    """Return the last infusion before a course (S28)."""
    before = case.courses.before(course)
    return before.last_day_before(course.first_day) if before else None


def _none_recorded(kind: FindingKind, asked: Iterator[_Asked]) -> Iterator[Answer]:
    """Yield, once, that no tests are recorded at all, so that none can be called missing (S32)."""
    if next(asked, None) is not None:
        yield not_assessed(kind, "observations")


def _not_done(kind: FindingKind, asked: _Asked, tests: RecordedTests) -> Iterator[Answer]:
    """Report a test that is not on record; not assessed if it may be absent for another reason."""
    test = asked.action.id
    closes = asked.required.closes
    if missing := _unknown(asked, tests):
        yield _cannot_be_called_missing(kind, missing, test)
    elif tests.unreadable:
        yield from (unreadable_row(kind.code, row, test) for row in tests.unreadable)
    else:
        at: At = {"course": asked.course.number, "day": closes, "test": test}
        opens = f"from {long_day(asked.required.opens)} to" if asked.required.opens else "up to"
        yield kind.at(**at, cite=asked.cite, title=asked.action.title, opens=opens, last_day=closes)


@lru_cache(maxsize=256)
def _cannot_be_called_missing(kind: FindingKind, missing: MissingKind, test: str) -> NotAssessed:
    """Return a test that was not assessed; it contains nothing about a patient, so it is cached."""
    return NotAssessed.of(kind.code, MissingFact(kind=missing), test=test)


def _unknown(asked: _Asked, tests: RecordedTests) -> MissingKind | None:
    """Return the missing fact for which a test cannot be called missing (S30, S32); `None` if it can."""
    if asked.course.contradicted:
        return "course-numbers"
    test = asked.action.id
    is_own = asked.action.applies_to is not None and test in tests.by_kind
    if test not in tests.named and not is_own:
        return "tests_recorded"
    if tests.recorded_from is not None and asked.required.closes < tests.recorded_from:
        return "tests_recorded_from"
    return None


RULES: Final[tuple[Rule, ...]] = (tested_before, done_in_window)
