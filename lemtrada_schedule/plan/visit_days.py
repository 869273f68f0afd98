"""Group the tests of a plan into visits: all tests of a visit group that are due on one day (S40).

Planning makes visits from these days, and the checks of a stored plan compare its visits with them.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import Activity, Baseline
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.due_tests import DueTests, due_tests
from lemtrada_schedule.protocol.protocol import Protocol

__all__ = ["VisitDay", "visit_days"]


class VisitDay(NamedTuple):
    """The tests of one visit group that are due on the same day."""

    id: str
    due: dt.date
    """The day by which the tests are to be done."""
    parts: tuple[DueTests, ...]
    """The first gives the visit its id."""
    is_plain: bool
    """Whether its tests are only dates of series."""

    def __repr__(self) -> str:
        """Return the id: titles and days may be about a patient."""
        return f"VisitDay({self.id!r})"

    @property
    def group(self) -> str:
        """The visit group."""
        return self.parts[0].of.about.group

    @property
    def course(self) -> int | None:
        """The course it belongs to; `None` if it belongs to the treatment as a whole."""
        return self.parts[0].of.course

    @property
    def kind(self) -> Literal["baseline", "due"]:
        """`baseline` if it is only for tests before a course, else `due`."""
        return "baseline" if self.parts[0].baseline else "due"

    @property
    def title(self) -> str:
        """The full title."""
        return self.parts[0].of.about.title

    @property
    def neutral_title(self) -> str:
        """The neutral title of its first test in the protocol."""
        if len(self.parts) == 1:
            return self.parts[0].of.neutral_title
        return min(self.parts, key=_order).of.neutral_title

    @property
    def tests(self) -> tuple[str, ...]:
        """The ids of the dated items, in the order of the plan."""
        return _in_order(tuple([part.placed for part in self.parts]))

    @property
    def because(self) -> Derivation:
        """Why it is due on its day."""
        return self.parts[0].because

    def facts(self) -> dict[str, Any]:
        """Return the fields of the visit that follow from its tests: all but the suggested day and its reason."""
        return {
            "id": self.id,
            "group": self.group,
            "course": self.course,
            "kind": self.kind,
            "due": self.due,
            "tests": self.tests,
            "title": self.title,
            "neutral_title": self.neutral_title,
            "because": self.because,
        }

    @property
    def baselines(self) -> list[Baseline]:
        """The baselines that it serves."""
        return [part.baseline for part in self.parts if part.baseline]

    @property
    def gap(self) -> int | None:
        """The shortest interval of its tests, in days; `None` if none of them recurs.

        If a test is both a date of its series and a baseline, its interval counts.
        """
        dated = {name.partition("/")[0] for part in self.parts if part.of.every for name in part.of.ids}
        counted = [part for part in self.parts if part.of.every or part.of.ids[0].partition("/")[0] not in dated]
        return min([part.gap for part in counted if part.gap is not None], default=None)

    @property
    def opens(self) -> dt.date | None:
        """The first day on which all of its tests count; `None`: any day."""
        return max([part.opens for part in self.parts if part.opens], default=None)


def _order(part: DueTests) -> int:
    return part.of.about.order


@lru_cache(maxsize=8_192)
def _in_order(placed: tuple[tuple[tuple[int, ...], tuple[str, ...], str], ...]) -> tuple[str, ...]:
    """Return the ids of tests in the order of the plan; a baseline comes before the dates of its series."""
    found = [
        (place, suffix != "/baseline", name + suffix)
        for places, names, suffix in placed
        for place, name in zip(places, names, strict=True)
    ]
    return tuple([name for _, _, name in sorted(found)])


def visit_days(rules: Protocol, activities: Sequence[Activity], courses: Sequence[Course]) -> list[VisitDay]:
    """Return the visits that the activities of a plan require, in order of their due days.

    Args:
        rules: The protocol, which says which tests belong to one visit.
        activities: The activities of the plan. A baseline that is done needs no visit.
        courses: The courses of the plan.
    """
    on: dict[tuple[dt.date, int], list[DueTests]] = {}
    for due in due_tests(rules, activities, courses):
        on.setdefault((due.day, due.of.about.group_order), []).append(due)
    days = [(day, _by_rank(on[day, order])) for day, order in sorted(on)]
    return list(_named(days))


def _rank(part: DueTests) -> tuple[int, ...]:
    return part.of.rank


def _by_rank(parts: list[DueTests]) -> tuple[DueTests, ...]:
    if len(parts) > 1:
        parts.sort(key=_rank)
    return tuple(parts)


def _named(days: Sequence[tuple[dt.date, tuple[DueTests, ...]]]) -> Iterator[VisitDay]:
    """Yield each day with its id; of several baseline visits of one course, the last one has the plain id."""
    names = [f"{parts[0].of.about.group}/{parts[0].name}" for _, parts in days]
    later = {name: names.count(name) for name in names} if len(set(names)) < len(names) else {}
    for name, (day, parts) in zip(names, days, strict=True):
        which = later.get(name, 1)
        if name in later:
            later[name] -= 1
        is_plain = parts[-1].of.every is not None  # baselines and windows come after series
        yield VisitDay(name if which == 1 else f"{name}-{which}", day, parts, is_plain)
