"""Is a test on record before each course, where the protocol asks for one (S21)?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from lemtrada_schedule.courses_given import CourseGiven
from lemtrada_schedule.findings import BASELINE_MISSING, At
from lemtrada_schedule.protocol import SeriesAction
from lemtrada_schedule.rules.case import Answer, Case, Rule, not_told
from lemtrada_schedule.spans import Span

__all__ = ["RULES"]


def tested_before(case: Case) -> Iterator[Answer]:
    """Report each baseline window without a test in it; not told where the history has no tests at all."""
    actions = [action for action in case.protocol.actions if isinstance(action, SeriesAction)]
    wanted = [(a, a.baseline, a.baseline.within) for a in actions if a.baseline and a.baseline.within]
    if not wanted or not case.courses:
        return
    if not case.history.observations:
        yield not_told(BASELINE_MISSING, "observations")
        return
    for course in case.courses:
        for action, rule, within in wanted:
            if action.per == "course" or course.number == 1:
                yield from _missing(case, course, action, within, rule.source(action))


def _missing(case: Case, course: CourseGiven, action: SeriesAction, within: Span, cite: str) -> Iterator[Answer]:
    eve = course.first_day - timedelta(days=1)
    opens = within.after(course.first_day, rounding="later", times=-1)
    done = [seen.date for seen in case.history.observations if seen.code == action.id]
    if not any(opens <= day <= eve for day in done):
        at: At = {"course": course.number, "day": eve}
        yield BASELINE_MISSING.at(**at, cite=cite, title=action.title, first_day=opens, last_day=eve)


RULES: Final[tuple[Rule, ...]] = (tested_before,)
