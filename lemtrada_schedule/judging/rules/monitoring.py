"""Rules on recurring tests: late, overdue, missed; tests dated in the future; overrides that name no test.

Rules of time: S20, S32, S42.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.findings.catalogue import (
    OBSERVATION_IN_FUTURE,
    OVERRIDE_WITHOUT_TEST,
    TEST_LATE,
    TEST_MISSED,
    TEST_OVERDUE,
)
from lemtrada_schedule.findings.finding import At, Finding, FindingKind, NotAssessed
from lemtrada_schedule.judging.monitoring import JudgedTest, asked_series
from lemtrada_schedule.judging.rules.case import GIVEN, Answer, Case, Fact, Rule, not_assessed, rule
from lemtrada_schedule.judging.verdicts import TestDate, TestState
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.recorded_tests import unreadable_row
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["RULES"]

_TESTS: Final[tuple[Fact, ...]] = ("observations", "tests_recorded", "tests_recorded_from", "overrides")

_ABSENT: Final = (TEST_MISSED, TEST_OVERDUE)
"""The kinds that say that a test is not on record."""

_OF_DUE_DATES: Final = frozenset({TEST_LATE.code, TEST_MISSED.code, TEST_OVERDUE.code})
"""The codes of findings about due dates, whose overrides name the test."""


@rule(needs=(*GIVEN, *_TESTS), yields=(TEST_OVERDUE, TEST_MISSED, TEST_LATE))
def tested_when_due(case: Case) -> Iterator[Answer]:
    """Report the due dates of each test that are overdue, missed, or were met late (S42)."""
    yield from _not_judged(case)
    served = _last_served(case.monitored.judged)
    for one in case.monitored.judged:
        yield from _overdue(one)
        yield from _missed(one, served.get(one.action.id))
        yield from _late(one)


@rule(needs=("observations",), yields=(OBSERVATION_IN_FUTURE,))
def tests_not_in_future(case: Case) -> Iterator[Answer]:
    """Report each test with records dated after `as_of`; they do not count (S42)."""
    for kind, title in _titles(case.protocol).items():  # in the order of the protocol, not of the records
        seen = case.tests.by_kind.get(kind, ())
        days = list(dict.fromkeys([one.date for one in seen if one.date > case.as_of]))  # one a day
        if days:
            yield OBSERVATION_IN_FUTURE.at(
                day=days[0], test=kind, title=title, counted=how_many(len(days), "record"), when=_when(days)
            )


@rule(needs=("overrides",), yields=(OVERRIDE_WITHOUT_TEST,))
def overrides_name_tests(case: Case) -> Iterator[Answer]:
    """Report each override of a finding about due dates that does not name its test: it accepts nothing (S42)."""
    for position, override in enumerate(case.history.overrides, start=1):
        if override.code in _OF_DUE_DATES and override.test is None:
            yield OVERRIDE_WITHOUT_TEST.at(position=position, code=override.code)


def _not_judged(case: Case) -> Iterator[Answer]:
    """Yield the questions about tests that were not assessed, each with the missing fact (S31, S32)."""
    if not case.tests.are_recorded:
        if next(asked_series(case.protocol, case.courses), None):
            yield from (not_assessed(kind, "observations") for kind in _ABSENT)
        return
    for test, fact in case.monitored.not_judged:
        yield from (NotAssessed.of(kind.code, fact, test=test) for kind in _ABSENT)
    if case.courses:
        for row in (*case.history.unreadable, *case.tests.unreadable):
            yield from (unreadable_row(kind.code, row) for kind in _ABSENT)


def _last_served(judged: Sequence[JudgedTest]) -> dict[str, date]:
    """Return, for each test, the latest due date that has a record: no later record closes the gap.

    The dates of a test are in order, and so are its courses: where their numbers contradict the days, none is judged.
    """
    return {one.action.id: each.due for one in judged for each in one.verdict.dates if each.done_on}


def _overdue(one: JudgedTest) -> Iterator[Finding]:
    for each in _of(one, "overdue"):
        yield TEST_OVERDUE.at(**_at(one, each.due), cite=one.action.cite, title=one.action.title, due=each.due)


def _missed(one: JudgedTest, served: date | None) -> Iterator[Finding]:
    """Yield a warning for the dates after the latest one with a record, and a note for those before it."""
    days = [each.due for each in _of(one, "missed")]
    closed = [day for day in days if served and day < served]
    if still_open := days[len(closed) :]:
        yield _finding(TEST_MISSED, one, still_open, since="; no later one is on record")
    if closed:
        found = _finding(TEST_MISSED, one, closed, since="; a later one is on record")
        yield found.model_copy(update={"severity": "note"})


def _late(one: JudgedTest) -> Iterator[Finding]:
    if late := _of(one, "late"):
        most = max(each.days_late or 0 for each in late)
        days = [each.due for each in late]
        yield _finding(TEST_LATE, one, days, day=days[-1], most=how_many(most, "day"))


def _of(one: JudgedTest, state: TestState) -> list[TestDate]:
    return [each for each in one.verdict.dates if each.state == state]


def _finding(
    kind: FindingKind, one: JudgedTest, days: Sequence[date], *, day: date | None = None, **facts: object
) -> Finding:
    at = _at(one, day or days[0])
    return kind.at(
        **at,
        cite=one.action.cite,
        title=one.action.title,
        counted=how_many(len(days), "test"),
        when=_when(days),
        **facts,
    )


def _at(one: JudgedTest, day: date) -> At:
    return {"course": one.verdict.course, "day": day, "test": one.action.id}


def _when(days: Sequence[date]) -> str:
    """Return the first and the last of some days, in words that stay the same while the days do (S24)."""
    return long_day(days[0]) if len(days) == 1 else f"{long_day(days[0])} to {long_day(days[-1])}"


@lru_cache(maxsize=16)
def _titles(protocol: Protocol) -> Mapping[str, str]:
    titles = {action.id: action.title for action in protocol.actions}
    titles.setdefault("cd4", "CD4 count")  # a count is not an action of a protocol
    return titles


RULES: Final[tuple[Rule, ...]] = (tested_when_due, tests_not_in_future, overrides_name_tests)
