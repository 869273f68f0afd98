"""The words for a visit: which day is suggested and why, or why none is (S41), and which tests it includes."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from lemtrada_schedule.dates.day_names import long_day
from lemtrada_schedule.exports.titles import clinical_title, spaced_day
from lemtrada_schedule.findings.reasons import reason
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.plan.visits import WHY_NOT_SUGGESTED, Visit

__all__ = ["suggestion", "tests_in_words", "visit_sentence"]

_ALLOWED: Final = (
    "a visit may be at most half a test interval early, after the previous due day, and early enough for baseline "
    "results"
)

_DATE: Final = "Tests"


def visit_sentence(visit: Visit) -> str:
    """Return what a visit is, why it is due on its day, and which day is suggested and why."""
    is_bounded = visit.suggested != visit.due and visit.not_suggested != "holiday-data-missing"
    allowed = f"; {_ALLOWED}" if is_bounded else ""
    return f"{visit.title} due {long_day(visit.due)}: {reason(visit.because)}; {suggestion(visit, long_day)}{allowed}"


def suggestion(visit: Visit, written: Callable[[date], str]) -> str:
    """Return which day is suggested for a visit and why, or why no day is.

    Args:
        visit: The visit.
        written: Formats a day.
    """
    if visit.suggested == visit.due:
        return "suggested on the due day, which is open"
    if visit.suggested:
        return f"suggested {written(visit.suggested)}, the last allowed day that is open"
    return f"no day is suggested{f': {WHY_NOT_SUGGESTED[visit.not_suggested]}' if visit.not_suggested else ''}"


def tests_in_words(item: Item) -> Iterator[str]:
    """Yield the tests of a visit in clinical words: recurring tests first, then tests with a first and a last day.

    A visit for one test alone has its title, which is not repeated.
    """
    named: dict[str, list[str]] = {}
    for test in sorted(item.serves, key=_is_dated):
        named.setdefault(_role(test), []).append(clinical_title(test.part))
    for role, titles in named.items():
        if [test.title for test in item.serves] != [item.title]:
            yield f"{role}: {'; '.join(titles)}"
        elif role != _DATE:
            yield role


def _is_dated(test: Item) -> bool:
    return test.kind != "series"


def _role(test: Item) -> str:
    """Return the role of a test in a visit: a due date of its series, a baseline, or a window."""
    if test.baseline:
        days = (test.baseline.first_day, test.baseline.last_day)
        course = f" before course {test.course}" if test.course else " before the treatment"
        return f"Baseline{course}, counts {_between(*days)}"
    if test.kind == "window":
        return f"To be done {_between(test.first_day, test.last_day)}"
    return _DATE


def _between(first: date | None, last: date | None) -> str:
    begins = f"from {spaced_day(first)} " if first else ""
    return f"{begins}until {spaced_day(last)}" if last else begins.strip()
