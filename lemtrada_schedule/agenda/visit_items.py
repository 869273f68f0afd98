"""Visits and windows that are due, overdue or missed, and how many tests were missed before (S40 to S43)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from lemtrada_schedule.agenda.asked import Asked
from lemtrada_schedule.agenda.due_items import DueItem, DueState
from lemtrada_schedule.agenda.open_tests import OpenTest
from lemtrada_schedule.agenda.treatment import Treatment
from lemtrada_schedule.agenda.unrecorded_tests import unrecorded_tests
from lemtrada_schedule.clinic.laboratory_days import laboratory_days
from lemtrada_schedule.clinic.stated import StatedClinic
from lemtrada_schedule.dates.months import ONE_DAY
from lemtrada_schedule.errors import HolidayDataMissing
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.findings.reasons import reason
from lemtrada_schedule.plan.activities import WindowActivity
from lemtrada_schedule.plan.visits import WHY_NOT_SUGGESTED, Visit
from lemtrada_schedule.plan.window_days import Suggestion, suggested_in_window

__all__ = ["first_open_day", "visit_items"]

_WORST_FIRST: Final[tuple[DueState, ...]] = ("overdue", "missed", "unrecorded", "due")

LONGEST_SEARCH: Final = 366
"""How many days after `as_of` to search for an open day."""


def visit_items(treatment: Treatment, tests: Sequence[OpenTest], asked: Asked) -> Iterator[DueItem]:
    """Yield each visit with open tests: overdue ones whatever their day, others if they are in the range.

    A visit is in the range by its due day and, while it is due, by its suggested day: the day on which the patient
    comes. Tests that were missed before the range are one item for each action, with their number. Those of which it
    is unknown whether they were done are one item in all.

    Args:
        treatment: The treatment.
        tests: The open tests.
        asked: The question.
    """
    waiting, missed, unknown = {test.id: test for test in tests}, list[OpenTest](), dict[str, list[OpenTest]]()
    for visit in treatment.parts.visits:
        if not waiting:
            break
        if waiting.keys().isdisjoint(visit.tests):
            continue
        own = [waiting.pop(name).on(visit.due, treatment.as_of) for name in visit.tests if name in waiting]
        suggestion = _suggestion((visit.suggested, visit.not_suggested), own, treatment)
        if _is_shown(own, visit.due, suggestion[0], asked):
            yield _visit(visit, own, suggestion, asked)
        elif visit.due < asked.first_day:
            missed += [test for test in own if test.state == "missed"]
            unknown[visit.id] = [test for test in own if test.state == "unrecorded"]
    for test in waiting.values():  # those without a visit, such as a window that belongs to no group
        last_open = suggested_in_window(test.activity, treatment.parts.courses, treatment.clinic)
        suggestion = _suggestion(last_open, [test], treatment)
        if _is_shown([test], test.day, suggestion[0], asked):
            yield _of_test(test, suggestion, asked)
        elif test.day < asked.first_day:
            missed += [test] if test.state == "missed" else []
            unknown[test.id] = [test] if test.state == "unrecorded" else []
    yield from _missed(missed, asked)
    yield from unrecorded_tests(unknown, treatment, asked)


def _is_shown(own: Sequence[OpenTest], day: dt.date, suggested: dt.date | None, asked: Asked) -> bool:
    """Return whether open tests due on a day are an item: they are in the range, or past and still to be done.

    Tests that are overdue or within their days of grace are still to be done. If it is unknown whether a test before a
    course was done, it stays an item until the course begins on record, or its last planned day has passed.
    """
    is_due = day < asked.as_of or (suggested is not None and asked.holds(suggested))
    return asked.holds(day) or any(
        test.state == "overdue" or (is_due and test.state == "due") or test.waits(asked.as_of) for test in own
    )


def _visit(visit: Visit, shown: Sequence[OpenTest], suggestion: Suggestion, asked: Asked) -> DueItem:
    return asked.item(
        visit.id,
        "visit",
        visit.due,
        _worst(shown),
        title=visit.title,
        neutral_title=visit.neutral_title,
        course=visit.course,
        reason=_reason(shown, visit.because, suggestion),
        suggested=suggestion[0],
    )


def _of_test(test: OpenTest, suggestion: Suggestion, asked: Asked) -> DueItem:
    """Return the item of a test that is shown by itself: a window, or a test without a visit in the plan."""
    return asked.item(
        test.id,
        "window" if isinstance(test.activity, WindowActivity) else "visit",
        test.day,
        test.state,
        title=test.title,
        neutral_title=test.activity.neutral_title,
        course=test.activity.course,
        reason=_reason([test], test.because, suggestion),
        suggested=suggestion[0],
    )


def _worst(tests: Sequence[OpenTest]) -> DueState:
    return min((test.state for test in tests), key=_WORST_FIRST.index)


def _reason(shown: Sequence[OpenTest], because: Derivation | None, suggestion: Suggestion) -> str:
    """Return which tests are open, why they are due on that day, and why no day is suggested."""
    named = {state: _titles([test for test in shown if test.state == state]) for state in _WORST_FIRST}
    words = [f"{state}: {titles}" for state, titles in named.items() if titles]
    words += [reason(because)] if because else []
    words += [f"no day is suggested: {WHY_NOT_SUGGESTED[suggestion[1]]}"] if suggestion[1] else []
    return "; ".join(words)


def _titles(tests: Sequence[OpenTest]) -> str:
    """Return the titles of tests, each once: one that also serves as the baseline of the next course says so."""
    baselines = {test.activity.action for test in tests if test.is_baseline}
    due = {test.activity.action for test in tests if not test.is_baseline}
    if len(due) > 1 and baselines == due:
        return f"{', '.join(test.title for test in tests if not test.is_baseline)} (each also as baseline)"
    return ", ".join(
        f"{test.title} (also as baseline)" if not test.is_baseline and test.activity.action in baselines else test.title
        for test in tests
        if not (test.is_baseline and test.activity.action in due)
    )


# --- suggested days ------------------------------------------------------------------------------


def _suggestion(planned: Suggestion, shown: Sequence[OpenTest], treatment: Treatment) -> Suggestion:
    """Return the day suggested for open tests: as planned, or the first open day from `as_of` where that has passed."""
    states = {test.state for test in shown}
    if "overdue" in states or (planned[0] and planned[0] < treatment.as_of):
        return _now(treatment, shown)
    return planned if "due" in states else (None, None)


def _now(treatment: Treatment, shown: Sequence[OpenTest]) -> Suggestion:
    """Return the first open day from `as_of` for overdue or due tests; none if all of them close before it."""
    asked = [test for test in shown if test.state in {"overdue", "due"}]
    if not asked:
        return None, None
    day, why_not = first_open_day(treatment.clinic, treatment.as_of)
    closings = [test.closes for test in asked]
    if day and all(closes is not None and closes < day for closes in closings):
        return None, "no-open-day"
    return day, why_not


@lru_cache(maxsize=256)
def first_open_day(clinic: StatedClinic, as_of: dt.date) -> Suggestion:
    """Return the first day from `as_of` on which a visit can be made, or why there is none."""
    days = laboratory_days(clinic)
    try:
        for step in range(LONGEST_SEARCH + 1):
            if not days.closed(as_of + ONE_DAY * step):
                return as_of + ONE_DAY * step, None
    except HolidayDataMissing:
        return None, "holiday-data-missing"
    return None, "no-open-day"


# --- what was missed before ----------------------------------------------------------------------


def _missed(missed: Sequence[OpenTest], asked: Asked) -> Iterator[DueItem]:
    """Yield one item for each action with tests missed before the range (S43)."""
    by_action: dict[str, list[OpenTest]] = {}
    for test in missed:
        by_action.setdefault(test.activity.action, []).append(test)
    for action, tests in by_action.items():
        days = sorted(test.day for test in tests)
        courses = {test.activity.course for test in tests}
        activity = tests[0].activity
        yield asked.item(
            f"missed/{action}",
            "window" if isinstance(activity, WindowActivity) else "visit",
            days[-1],
            "missed",
            title=activity.title,
            neutral_title=activity.neutral_title,
            course=courses.pop() if len(courses) == 1 else None,
            reason=_count(days, sum(test.is_baseline for test in tests), asked.first_day),
        )


def _count(days: Sequence[dt.date], baselines: int, first_day: dt.date) -> str:
    """Return how many tests were missed; baselines are counted with them, while `evaluate` reports them apart."""
    if len(days) == 1:
        return f"1 test missed before {first_day}: {'the baseline, ' if baselines else ''}due {days[0]}"
    which = "the baseline" if baselines == 1 else f"{baselines} baselines"
    counted = f"{len(days)} tests{f', including {which},' if baselines else ''}"
    return f"{counted} missed before {first_day}: due from {days[0]} to {days[-1]}"
