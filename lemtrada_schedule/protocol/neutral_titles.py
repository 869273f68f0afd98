"""Find actions of a protocol that could be confused because of their neutral titles (S46)."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import assert_never

from lemtrada_schedule.dates.stretches import OPEN, Stretch, earliest, end_apart, latest, least_days
from lemtrada_schedule.protocol.actions import (
    Action,
    AfterInfusionAction,
    InfusionDaysAction,
    NoteAction,
    PeriodAction,
    SeriesAction,
    WindowAction,
)
from lemtrada_schedule.protocol.courses import CourseRule
from lemtrada_schedule.protocol.date_digest import fact_of

__all__ = ["alike_neutral_titles", "visit_of"]


def alike_neutral_titles(
    actions: Sequence[Action], courses: Sequence[CourseRule], gap_days: int
) -> Iterator[tuple[str, str]]:
    """Yield pairs of ids of actions with the same neutral title that can apply on one day and end on different days.

    Args:
        actions: All actions of the protocol.
        courses: Its courses.
        gap_days: The longest gap between infusions of an interrupted course (S07).
    """
    planned = [rule.infusion_days for rule in courses]
    # An interrupted course takes longer: its infusions are up to `gap_days` apart.
    lengths = (min(planned), (max(planned) - 1) * gap_days + 1)
    next_firsts = [_next_first(courses, days) for days in lengths]
    in_force = {action.id: [_in_force(action, days) for days in lengths] for action in actions}
    by_title: dict[str, list[Action]] = {}
    for action in actions:
        if any(in_force[action.id]):
            by_title.setdefault(action.neutral_title, []).append(action)
    for alike in by_title.values():
        for one, other in combinations(alike, 2):
            if visit_of(one) and visit_of(one) == visit_of(other):
                continue
            lasting = zip(in_force[one.id], in_force[other.id], next_firsts, strict=True)
            if any(a and b and end_apart(a, b, next_first=next_first) for a, b, next_first in lasting):
                yield one.id, other.id


def _next_first(courses: Sequence[CourseRule], days: int) -> float:
    """Return the earliest first day of the course after one of a given length, counted from that one's first day."""
    distances = [
        least_days(rule.minimum_interval) + (days - 1 if rule.counted_from == "last infusion" else 0)
        for rule in courses
        if rule.minimum_interval
    ]
    return min(distances, default=OPEN)


def visit_of(action: Action) -> str | None:
    """Return the visit group of an action; `None` if it has none or cannot have one."""
    return action.visit if isinstance(action, SeriesAction | WindowAction) else None


def _in_force(action: Action, days: int) -> Stretch | None:
    """Return the stretch on which an action can apply, for a course of a given length in days (S46).

    `None` for an action that is due on a day or has no date: it has no end that could be confused.
    """
    last = days - 1
    match action:
        case PeriodAction():
            wait = fact_of(action.open_until) if action.open_until else ""
            end = latest(action.ends, days) if action.ends and not wait else OPEN
            stretch = Stretch(earliest(action.starts, days), end, f"{action.ends} {wait}")
        case WindowAction():
            opens = earliest(action.opens, days) if action.opens else -OPEN
            stretch = Stretch(opens, latest(action.closes, days) if action.closes else OPEN, f"{action.closes} ")
        case InfusionDaysAction():
            stretch = Stretch(0, last, f"infusion {max(action.days)}")
        case AfterInfusionAction():
            stretch = Stretch(0, last + action.hours // 24 + 1, f"{action.hours} hours")
        case SeriesAction() | NoteAction():
            return None
        case _ as never:
            assert_never(never)
    if action.per == "treatment":  # it ends with the last course
        return Stretch(stretch.first, OPEN, f"{stretch.end} of the last course", recurs=False)
    return stretch._replace(recurs=action.per == "course")
