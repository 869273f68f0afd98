"""Is a test on record before each course, and in each window, where the protocol asks for one (S21, S32, S42)?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.dates.months import Rounding
from lemtrada_schedule.dates.spans import Offset
from lemtrada_schedule.findings.catalogue import BASELINE_MISSING, WINDOW_MISSED
from lemtrada_schedule.findings.finding import At, FindingKind, NotAssessed
from lemtrada_schedule.judging.rules.case import Answer, Case, Rule, not_told
from lemtrada_schedule.protocol.actions import BaselineRule, SeriesAction, WindowAction
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import CourseGiven
from lemtrada_schedule.records.recorded_tests import RecordedTests, unreadable_row

__all__ = ["RULES"]

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, repr=False)
class _Asked:
    """A test that the protocol asks for in a window of a course."""

    kind: FindingKind
    action: SeriesAction | WindowAction
    course: CourseGiven
    opens: date | None
    """`None`: any day up to the last."""
    closes: date
    cite: str

    def takes(self, day: date) -> bool:
        """Say whether a test of a day lies in the window."""
        return (self.opens or date.min) <= day <= self.closes


def tested_before(case: Case) -> Iterator[Answer]:
    """Report each baseline without a test on record before its course."""
    yield from _answers(case, BASELINE_MISSING, _baselines(case), each_serves_one=True)


def done_in_window(case: Case) -> Iterator[Answer]:
    """Report each window that has closed without a test on record in it."""
    yield from _answers(case, WINDOW_MISSED, _windows(case))


def _baselines(case: Case) -> Iterator[_Asked]:
    for course in sorted(case.courses, key=lambda course: course.first_day):
        for action, rule in _with_baselines(case.protocol):
            if _is_asked(action, course):
                within = rule.within
                opens = within.after(course.first_day, rounding="later", times=-1) if within else None
                opens = opens or _day_after_the_course_before(case, course)
                eve = course.first_day - _ONE_DAY
                yield _Asked(BASELINE_MISSING, action, course, opens, eve, rule.source(action))


def _windows(case: Case) -> Iterator[_Asked]:
    for course in case.courses:
        for action, end in _with_ends(case.protocol):
            if _is_asked(action, course):
                closes = _day(end, course, "earlier")
                if closes < case.as_of:
                    opens = _day(action.opens, course, "later") if action.opens else None
                    opens = opens or _day_after_the_course_before(case, course)
                    yield _Asked(WINDOW_MISSED, action, course, opens, closes, action.cite)


@lru_cache(maxsize=16)
def _with_baselines(protocol: Protocol) -> tuple[tuple[SeriesAction, BaselineRule], ...]:
    series = [action for action in protocol.actions if isinstance(action, SeriesAction)]
    return tuple((action, action.baseline) for action in series if action.baseline)


@lru_cache(maxsize=16)
def _with_ends(protocol: Protocol) -> tuple[tuple[WindowAction, Offset], ...]:
    windows = [action for action in protocol.actions if isinstance(action, WindowAction)]
    return tuple((action, action.closes) for action in windows if action.closes)


def _is_asked(action: SeriesAction | WindowAction, course: CourseGiven) -> bool:
    return action.per == "course" or course.number == 1


def _day(offset: Offset, course: CourseGiven, rounding: Rounding) -> date:
    anchor = course.first_day if offset.anchor == "first infusion" else course.last_day
    return offset.from_day(anchor, rounding=rounding)


def _day_after_the_course_before(case: Case, course: CourseGiven) -> date | None:
    before = case.courses.before(course)
    last_day = before and before.last_day_before(course.first_day)
    return last_day + _ONE_DAY if last_day else None


def _answers(
    case: Case, kind: FindingKind, asked: Iterator[_Asked], *, each_serves_one: bool = False
) -> Iterator[Answer]:
    tests = case.tests
    if not (tests.named or tests.by_kind):  # then nothing is done, and nothing can be called missing (S32)
        if next(asked, None) is not None:
            yield not_told(kind, "observations")
        return
    used = set[tuple[str, date]]()
    for one in asked:
        test = one.action.id
        served = next((day for day in tests.days(test) if one.takes(day) and (test, day) not in used), None)
        if served is None:
            yield from _not_done(one, tests)
        elif each_serves_one:  # a record serves one baseline, the earliest course's (S42)
            used.add((test, served))


def _not_done(asked: _Asked, tests: RecordedTests) -> Iterator[Answer]:
    """Report a test that is not on record; not assessed where the record may lack it for another reason."""
    test = asked.action.id
    if missing := _unknown(asked, tests):
        yield NotAssessed(code=asked.kind.code, missing=missing, test=test)
    elif tests.unreadable:
        yield from (unreadable_row(asked.kind.code, row, test) for row in tests.unreadable)
    else:
        at: At = {"course": asked.course.number, "day": asked.closes, "test": test}
        opens = f"from {long_day(asked.opens)} to" if asked.opens else "up to"
        yield asked.kind.at(**at, cite=asked.cite, title=asked.action.title, opens=opens, last_day=asked.closes)


def _unknown(asked: _Asked, tests: RecordedTests) -> str | None:
    """Return the fact without which a test cannot be called missing (S30, S32)."""
    if asked.course.contradicted:
        return "course numbers that fit the dates"
    test = asked.action.id
    is_own = asked.action.applies_to is not None and test in tests.by_kind
    if test not in tests.named and not is_own:
        return "tests_recorded"
    if tests.recorded_from is not None and asked.closes < tests.recorded_from:
        return "records of tests before tests_recorded_from"
    return None


RULES: Final[tuple[Rule, ...]] = (tested_before, done_in_window)
