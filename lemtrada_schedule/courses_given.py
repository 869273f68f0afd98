"""Which recorded infusions make up which course, and how far each course has come.

A record's own course number wins. Else neighbouring infusion days belong together up to the protocol's
`course_gap_days`. Where a short course is followed too soon to be a course of its own, it is unclear which
of the two it is, and a clinician decides.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from lemtrada_schedule.errors import PlanMismatch
from lemtrada_schedule.intervals import earliest_day
from lemtrada_schedule.plan import CourseStatus
from lemtrada_schedule.protocol import Protocol
from lemtrada_schedule.records import Decision, History, InfusionRecord

__all__ = ["CourseGiven", "courses_given", "exposures", "open_question", "stopped"]

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, repr=False)
class CourseGiven:
    """One course as recorded: its exposure records by day, and what is known of its end."""

    number: int
    records: tuple[InfusionRecord, ...]
    """Exposure records by date and row; a day may have several."""
    days: tuple[date, ...]
    """Exposure days, each once."""
    planned: int
    status: CourseStatus
    unclear: bool
    """Whether it may be the course before that goes on."""
    settled: bool
    """Whether what follows can be computed: complete, followed by another course, or decided."""
    decision: Decision | None

    @property
    def first_day(self) -> date:
        """The day of the first infusion."""
        return self.days[0]

    @property
    def last_day(self) -> date:
        """The day of the last infusion given."""
        return self.days[-1]

    @property
    def is_resumed(self) -> bool:
        """Whether a clinician decided that it goes on."""
        return self.decision is not None and self.decision.decision == "resume"

    @property
    def first_row(self) -> int | None:
        """The row of the first infusion."""
        return self.records[0].row

    @property
    def last_row(self) -> int | None:
        """The row of the last infusion; of several records of that day, the first."""
        return next(record.row for record in self.records if record.date == self.last_day)


@dataclass(slots=True, repr=False)
class _Group:
    number: int | None
    by_gap: bool = True
    """Whether only the silence before it tells it from the course before: no record of it has a number."""
    records: list[InfusionRecord] = field(default_factory=list)
    days: list[date] = field(default_factory=list)

    def add(self, record: InfusionRecord) -> None:
        """Take up a record; they come by date."""
        self.records.append(record)
        self.by_gap = self.by_gap and record.course is None
        if not self.days or self.days[-1] != record.date:
            self.days.append(record.date)


def exposures(history: History, as_of: date) -> list[InfusionRecord]:
    """Return the records that count as given by a day, by date, number of the course, and row (S04, S05)."""
    return _in_order(record for record in history.infusions if record.is_exposure and record.date <= as_of)


def _in_order(records: Iterable[InfusionRecord]) -> list[InfusionRecord]:
    return sorted(records, key=lambda record: (record.date, record.course or 0, record.row or 0))


def courses_given(
    history: History, protocol: Protocol, *, as_of: date, decisions: Sequence[Decision] = ()
) -> tuple[CourseGiven, ...]:
    """Return the courses of a history by their first day, as they stand on a day.

    Raises:
        PlanMismatch: A decision is about a course that is not on record, or several are about one.
    """
    decided = _by_course(decisions)
    groups = _numbered(_groups(exposures(history, as_of), protocol.course_gap_days.days), protocol, decided)
    if unknown := sorted(set(decided) - {group.number for group in groups}):
        message = f"a decision speaks of course {unknown[0]}, which is not on record; correct its number"
        raise PlanMismatch("plan-mismatch", message, place="decisions")
    unclear = [_is_unclear(group, before, protocol, decided) for before, group in pairwise(groups)]
    return tuple(
        _course(group, protocol, as_of, (own, following), decided.get(group.number or 0))
        for group, own, following in zip(groups, [False, *unclear], [*unclear, None], strict=False)
    )


def _by_course(decisions: Sequence[Decision]) -> dict[int, Decision]:
    decided = {decision.course: decision for decision in decisions}
    if len(decided) < len(decisions):
        counted = Counter(decision.course for decision in decisions).most_common(1)
        message = f"several decisions are about course {counted[0][0]}; give the one that holds"
        raise PlanMismatch("plan-mismatch", message, place="decisions")
    return decided


def _groups(records: Sequence[InfusionRecord], gap_days: int) -> list[_Group]:
    """Return records grouped into courses: by their own number, else by the silence between them."""
    groups: list[_Group] = []
    latest: _Group | None = None  # of the day before, which need not be the group begun last
    for record in records:
        near = latest if latest and (record.date - latest.days[-1]).days <= gap_days else None
        latest = _group_of(record, groups, near)
        latest.add(record)
    return groups


def _group_of(record: InfusionRecord, groups: list[_Group], near: _Group | None) -> _Group:
    """Return the group that a record belongs to: a number that a near one has not yet got is its number too."""
    if near and (record.course is None or near.number is None):
        near.number = near.number or record.course
        return near
    if record.course and (numbered := [group for group in groups if group.number == record.course]):
        return numbered[0]
    groups.append(_Group(record.course))
    return groups[-1]


def _planned(protocol: Protocol, number: int | None) -> int:
    return protocol.course(number or 1).infusion_days


def _is_ambiguous(group: _Group, before: _Group, protocol: Protocol) -> bool:
    if not group.by_gap or len(before.days) >= _planned(protocol, before.number):
        return False
    earliest = earliest_day(protocol, (before.number or 0) + 1, before.days[0], before.days[-1])
    return earliest is not None and group.days[0] < earliest


def _is_unclear(group: _Group, before: _Group, protocol: Protocol, decided: Mapping[int, Decision]) -> bool:
    if (group.number or 0) <= (before.number or 0) or group.days[0] <= before.days[-1]:
        return True  # the numbers on record contradict the dates
    return _is_ambiguous(group, before, protocol) and before.number not in decided


def _numbered(groups: Sequence[_Group], protocol: Protocol, decided: Mapping[int, Decision]) -> list[_Group]:
    """Return the groups by date, each with a number; those that are one by it, or by a decision, are made one."""
    numbered: list[_Group] = []
    for group in sorted(groups, key=lambda group: group.days[0]):
        before = numbered[-1] if numbered else None
        if before and (group.number == before.number or _is_resumed(group, before, protocol, decided)):
            numbered[-1] = _joined(before, group)
        else:
            group.number = group.number or ((before.number or 0) + 1 if before else 1)
            numbered.append(group)
    return numbered


def _joined(before: _Group, group: _Group) -> _Group:
    """Return two groups as one; by their numbers, one may lie between the days of the other."""
    whole = _Group(before.number)
    for record in _in_order([*before.records, *group.records]):
        whole.add(record)
    return whole


def _is_resumed(group: _Group, before: _Group, protocol: Protocol, decided: Mapping[int, Decision]) -> bool:
    decision = decided.get(before.number or 0)
    return decision is not None and decision.decision == "resume" and _is_ambiguous(group, before, protocol)


def _course(
    group: _Group,
    protocol: Protocol,
    as_of: date,
    unclear: tuple[bool, bool | None],
    decision: Decision | None,
) -> CourseGiven:
    """Return a group as a course; `unclear` tells its own boundary and the next one's (`None`: it is the last)."""
    own, following = unclear
    planned = _planned(protocol, group.number)
    status = _status(group.days, planned, as_of, protocol.course_gap_days.days, followed=following is False)
    left_off = decision is not None and decision.decision != "resume"
    return CourseGiven(
        number=group.number or 1,
        records=tuple(group.records),
        days=tuple(group.days),
        planned=planned,
        status=status,
        unclear=own,
        settled=status == "complete" or following is False or left_off,
        decision=decision,
    )


def _status(days: Sequence[date], planned: int, as_of: date, gap_days: int, *, followed: bool) -> CourseStatus:
    """Return how far a course has come on a day (S08)."""
    last_day = days[-1]
    if len(days) >= planned:
        return "complete"
    if followed:
        return "partial"
    if as_of <= last_day + _ONE_DAY:
        return "in-progress"
    return "interrupted" if as_of <= last_day + _ONE_DAY * gap_days else "partial"


def open_question(courses: Sequence[CourseGiven]) -> str | None:
    """Return what a clinician must decide before anything can be said; `None` where nothing is open."""
    unclear = [course.number for course in courses if course.unclear]
    if unclear:
        return f"it is unclear whether course {unclear[0]} continues the course before it"
    last = courses[-1]
    if last.settled or last.status == "in-progress" or last.is_resumed:
        return None
    return f"course {last.number} stopped on {last.last_day} after {len(last.days)} of {last.planned} infusion days"


def stopped(history: History, as_of: date) -> str | None:
    """Return why nothing can be said of a patient's further treatment; `None` if something can (S05, S06)."""
    if history.unreadable:
        return f"row {', '.join(map(str, history.unreadable))} could not be read"
    if any(record.is_exposure and record.date > as_of for record in history.infusions):
        return "an infusion is recorded for a day that has not come yet"
    return None
