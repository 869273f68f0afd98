"""`courses_given`: which recorded infusions belong to which course, and the status of each course.

A course number on record takes precedence. Without one, infusion days belong to one course while the gaps between
them are at most the protocol's `course_gap_days`. If infusions follow a short course too soon to be a course of
their own, it is unclear whether they continue it, and a clinician decides (S07). If the numbers on record contradict
the dates, nothing that depends on them is calculated (S30). A source may have a row for each course: then each row is
a course of its own, and how many infusions there were between its first and last day is unknown.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise, takewhile
from typing import Literal, TypeVar

from lemtrada_schedule.dates.periods import merge_periods
from lemtrada_schedule.errors import PlanMismatch
from lemtrada_schedule.findings.catalogue import COURSE_NUMBERS_CONTRADICT
from lemtrada_schedule.findings.finding import At, Finding
from lemtrada_schedule.protocol.intervals import earliest_day
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.history import Decision, History, InfusionRecord

__all__ = [
    "Contradiction",
    "CourseGiven",
    "CourseStatus",
    "Courses",
    "GivenStatus",
    "check_infusions",
    "courses_given",
    "exposures",
    "has_only_other_medicines",
    "stopped",
]

CourseStatus = Literal["planned", "tentative", "in-progress", "interrupted", "partial", "complete"]
"""The status of a course: `planned` and `tentative` are in the future, the others are on record."""

GivenStatus = CourseStatus | Literal["not-assessed"]
"""The status of a course on record. `not-assessed`: the source records courses and not infusions, so how
many infusions it had is unknown. A plan never has such a course."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, repr=False)
class CourseGiven:
    """One course as recorded: its exposure records, status and decision."""

    number: int
    records: tuple[InfusionRecord, ...]
    """Exposure records, sorted by date and row; a day may have several."""
    days: tuple[date, ...]
    """Days with an exposure, each once, in order."""
    planned: int
    status: GivenStatus
    unclear: bool
    """Whether it may be a continuation of the previous course (S07)."""
    contradicted: bool
    """Whether its number contradicts the dates (S30)."""
    contradictions: tuple["Contradiction", ...]
    """How its number contradicts the dates; of two courses, the later one has the contradiction."""
    numbered: bool
    """Whether a record states its number; otherwise the number follows from the previous course."""
    settled: bool
    """Whether later dates can be calculated: it is complete, followed by another course, or decided."""
    decision: Decision | None
    unrecorded_days: int = 0
    """How many of its days may have had an infusion that is not on record: the source has only its first and last."""
    lacks_last_day: bool = False
    """Whether the source has only its first day, so that its last infusion is not on record."""

    @property
    def most_infusions(self) -> int:
        """The highest number of infusion days that it can have had up to its last day on record."""
        return len(self.days) + self.unrecorded_days

    @property
    def has_unrecorded_days(self) -> bool:
        """Whether it may have had infusions that are not on record."""
        return self.unrecorded_days > 0 or self.lacks_last_day

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
        """Whether a clinician decided to resume it."""
        return self.decision is not None and self.decision.decision == "resume"

    @property
    def is_countable(self) -> bool:
        """Whether it is clear which infusions belong to it, so that its days can be counted (S07, S30)."""
        return not (self.unclear or self.contradicted)

    @property
    def first_row(self) -> int | None:
        """The row of the first infusion."""
        return self.records[0].row

    @property
    def last_row(self) -> int | None:
        """The row of the last infusion; of several records on that day, the first."""
        return self.row_of(self.last_day)

    def row_of(self, day: date) -> int | None:
        """Return the row of an exposure day; of several records on that day, the first."""
        place = bisect_left(self.records, day, key=lambda record: record.date)
        return self.records[place].row

    def days_before(self, day: date) -> tuple[date, ...]:
        """Return its exposure days before a day."""
        return self.days[: bisect_left(self.days, day)]

    def last_day_before(self, day: date) -> date | None:
        """Return its last exposure day before a day; `None` if there is none."""
        place = bisect_left(self.days, day)
        return self.days[place - 1] if place else None

    def last_planned_day(self, as_of: date) -> date:
        """Return the last infusion from which later dates count: while in progress, the last planned one (S09).

        The remaining days follow the last infusion given, on `as_of` at the earliest. Only for courses that need no
        decision first: those that are settled, in progress or resumed.
        """
        if self.settled:  # also where no day is missing
            return self.last_day
        begins = max(as_of, self.last_day + _ONE_DAY)
        return begins + _ONE_DAY * (self.planned - len(self.days) - 1)


@dataclass(frozen=True, slots=True, repr=False)
class Contradiction:
    """A course number that contradicts the dates (S30)."""

    day: date
    other: int | None
    """The number of the other course; `None`: the course's own days are a minimum interval apart."""


class Courses(tuple[CourseGiven, ...]):
    """The courses on record, sorted by first day."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show how many courses there are, and nothing about the patient."""
        return f"{type(self).__name__}({len(self)} courses)"

    @property
    def latest(self) -> CourseGiven:
        """The course of the latest exposure day, whatever its number (S30)."""
        return max(self, key=lambda course: course.last_day)

    @property
    def highest_number(self) -> int:
        """The highest course number on record; 0 without courses."""
        return max((course.number for course in self), default=0)

    def before(self, course: CourseGiven) -> CourseGiven | None:
        """Return the course with the last exposure day before a course began, whatever its number (S28)."""
        return _before(course.first_day, self)

    def numbered(self, number: int) -> CourseGiven | None:
        """Return the course with a number; `None` if it is not on record."""
        return next((course for course in self if course.number == number), None)

    def without_record(self, number: int, planned: Sequence[date], before: date) -> list[date]:
        """Return the planned infusion days of a course before a day that are not on record.

        A planned day on which nothing was given has moved if the course was given on another day instead: as many days,
        from the first one on, as the course has on record outside its plan.
        """
        known = {day for course in self for day in course.days}
        own = self.numbered(number)
        past = [day for day in planned if day < before and day not in known]
        return past[sum(day not in planned for day in own.days) if own else 0 :]

    def without_last_day(self) -> CourseGiven | None:
        """Return the latest course if its last infusion is not on record, so that nothing can be counted from it.

        A decision about the course does not tell its last day.
        """
        last = max(self, key=lambda course: course.last_day, default=None)
        return last if last and last.lacks_last_day else None

    def gaps(self) -> Iterator[tuple[CourseGiven, str]]:
        """Yield each course before which numbers are missing, with these in words: `courses 1 to 2 are` (S29)."""
        known = 0
        for course in sorted(self, key=lambda course: course.number):
            first, last = known + 1, course.number - 1
            if first <= last:
                yield course, f"course {first} is" if first == last else f"courses {first} to {last} are"
            known = course.number

    def number_findings(self) -> Iterator[Finding]:
        """Yield a finding for each course number that contradicts the dates (S30)."""
        for course in self:
            for found in course.contradictions:
                at: At = {"course": course.number, "day": found.day, "row": course.row_of(found.day)}
                against = "its own days are a minimum interval apart"
                if found.other is not None:
                    against = f"compare the days of course {found.other}"
                yield COURSE_NUMBERS_CONTRADICT.at(**at, against=against)

    def question(self) -> str | None:
        """Return the question that must be settled before later dates can be given; `None` if there is none."""
        if contradicted := [course.number for course in self if course.contradicted]:
            numbers = ", ".join(map(str, sorted(contradicted)))
            return f"the dates contradict the course numbers on record ({numbers})"
        if unclear := [course.number for course in self if course.unclear]:
            return f"it is unclear whether course {unclear[0]} continues the previous course"
        last = self.latest
        if last.settled or last.status == "in-progress" or last.is_resumed:
            return None
        if last.lacks_last_day:
            return f"the last day of course {last.number} is not on record"
        return f"course {last.number} stopped on {last.last_day} after {len(last.days)} of {last.planned} infusion days"


@dataclass(slots=True, repr=False)
class _Group:
    number: int | None
    by_gap: bool = True
    """Whether only a gap separates it from the previous course: no record of it has a number."""
    records: list[InfusionRecord] = field(default_factory=list)
    days: list[date] = field(default_factory=list)

    @property
    def is_of_rows(self) -> bool:
        """Whether it begins with the row of a course, so that its boundary with the course before is known."""
        return self.records[0].course_day is not None

    @property
    def lacks_last_day(self) -> bool:
        """Whether a row of it has a first day without a last day; the last day of a row may be in the future.

        Days are counted, not compared by row: records that are not of a file have a row of their own each.
        """
        of_rows = [record.course_day for record in self.records]
        return "only-first" in of_rows or of_rows.count("first") > of_rows.count("last")

    @property
    def unrecorded_days(self) -> int:
        """How many days within its rows have no record. Between two rows of one course there was no infusion."""
        within: list[tuple[date, date]] = []
        begun: list[date] = []
        for record in self.records:  # in order of their dates
            if record.course_day == "first":
                begun.append(record.date)
            elif record.course_day == "last" and begun:
                within.append((begun.pop(0), record.date))
        return sum(
            (last - first).days + 1 - (bisect_right(self.days, last) - bisect_left(self.days, first))
            for first, last in merge_periods(within)
        )

    @property
    def ordinal(self) -> int:
        """The number, which every group has once all groups are known; 0 until then."""
        return self.number or 0

    def add(self, record: InfusionRecord) -> None:
        """Add a record; records are added in the order of their dates."""
        self.records.append(record)
        self.by_gap = self.by_gap and record.course is None
        if not self.days or self.days[-1] != record.date:
            self.days.append(record.date)


_OfDays = TypeVar("_OfDays", CourseGiven, _Group)


def check_infusions(history: History) -> None:
    """Raise `PlanMismatch` unless every infusion of a history can be on record: a plan shows each infusion day."""
    of_courses = [record for record in history.infusions if record.course_day not in (None, "only")]
    if of_courses:
        message = "the source of the history has a row for each course, and a plan needs every infusion day"
        raise PlanMismatch("plan-mismatch", f"{message}; add the infusions of its courses", place="history")


def exposures(history: History, as_of: date) -> list[InfusionRecord]:
    """Return the exposure records up to `as_of`, sorted by date, course number and row (S04, S05)."""
    return _in_order(record for record in history.infusions if record.is_exposure and record.date <= as_of)


def _in_order(records: Iterable[InfusionRecord]) -> list[InfusionRecord]:
    return sorted(records, key=lambda record: (record.date, record.course or 0, record.row or 0))


@dataclass(frozen=True, slots=True, repr=False)
class _Standing:
    """How a course relates to the others."""

    unclear: bool
    contradicted: bool
    contradictions: tuple[Contradiction, ...]
    followed: bool
    """Whether another course follows that clearly does not continue it."""


def courses_given(history: History, protocol: Protocol, *, as_of: date, decisions: Sequence[Decision] = ()) -> Courses:
    """Return the courses of a history as of a day, sorted by first day.

    Raises:
        PlanMismatch: A decision is about a course that is not on record, or several are about one.
    """
    decided = _by_course(decisions)
    groups = _numbered(_groups(exposures(history, as_of), protocol.course_gap_days.days), protocol, decided)
    if unknown := sorted(set(decided) - {group.number for group in groups}):
        message = f"there is a decision on course {unknown[0]}, which is not on record; correct the course number"
        raise PlanMismatch("plan-mismatch", message, place="decisions", argument="decisions")
    standings = _standings(groups, protocol, decided)
    return Courses(
        _course(group, protocol, as_of, decided.get(group.ordinal), standings[group.ordinal]) for group in groups
    )


def _by_course(decisions: Sequence[Decision]) -> dict[int, Decision]:
    decided = {decision.course: decision for decision in decisions}
    if len(decided) < len(decisions):
        counted = Counter(decision.course for decision in decisions)
        repeated = next(course for course, count in counted.items() if count > 1)
        message = f"there are several decisions on course {repeated}; keep the one that applies"
        raise PlanMismatch("plan-mismatch", message, place="decisions", argument="decisions")
    return decided


def _groups(records: Sequence[InfusionRecord], gap_days: int) -> list[_Group]:
    """Return records grouped into courses: by their number, else by the gaps between them."""
    groups: list[_Group] = []
    latest: _Group | None = None  # the group of the record before, which need not be the newest group
    for record in records:
        near = latest if latest and (record.date - latest.days[-1]).days <= gap_days else None
        if record.course_day is not None:
            near = _group_of_row(record, groups)
        latest = _group_of(record, groups, near)
        latest.add(record)
    return groups


def _group_of_row(record: InfusionRecord, groups: Sequence[_Group]) -> _Group | None:
    """Return the group that has another record of a course's row, or a row that begins on the same day.

    Each row of a course is a course of its own, whatever the gap to the course before.
    """
    of_rows = [group for group in reversed(groups) if group.is_of_rows]
    if record.course_day != "last":
        return next((group for group in of_rows if group.records[0].date == record.date), None)
    begun = [group for group in of_rows if any(one.row == record.row for one in group.records)]
    return next(iter(begun or of_rows), None)


def _group_of(record: InfusionRecord, groups: list[_Group], near: _Group | None) -> _Group:
    """Return the group that a record belongs to; a group near it without a number takes the record's number."""
    if near and (record.course is None or near.number is None):
        near.number = near.number or record.course
        return near
    if record.course and (numbered := [group for group in groups if group.number == record.course]):
        return numbered[0]
    groups.append(_Group(record.course))
    return groups[-1]


def _numbered(groups: Sequence[_Group], protocol: Protocol, decided: Mapping[int, Decision]) -> list[_Group]:
    """Return the groups sorted by date, each with a number; groups that a number or a decision joins become one.

    The first group is course 1 unless it has a number. A later group without a number gets the number after the
    highest before it. Where a record states that number for another course, the group does not belong to that course:
    it gets a free number, and the numbers contradict the dates (S30).
    """
    numbered: dict[int, _Group] = {}
    stated = {group.number for group in groups if group.number}
    before: _Group | None = None
    for group in sorted(groups, key=lambda group: group.days[0]):
        following = max(numbered, default=0) + 1
        if before and following in stated:
            following = max(stated) + 1
        if before and _is_resumed(group, before, protocol, decided):
            following = before.number or following
        number = group.number or following
        known = numbered.get(number)
        before = _joined(known, group) if known else group
        before.number = number
        numbered[number] = before
    return sorted(numbered.values(), key=lambda group: (group.days[0], group.number))


def _joined(before: _Group, group: _Group) -> _Group:
    """Return two groups as one; the days of one may lie between the days of the other."""
    whole = _Group(None)  # its number is given to it by the caller
    for record in _in_order([*before.records, *group.records]):
        whole.add(record)
    return whole


def _is_resumed(group: _Group, before: _Group, protocol: Protocol, decided: Mapping[int, Decision]) -> bool:
    decision = decided.get(before.ordinal)
    return decision is not None and decision.decision == "resume" and _is_ambiguous(group, before, protocol)


def _is_ambiguous(group: _Group, before: _Group, protocol: Protocol) -> bool:
    planned = protocol.course(before.ordinal).infusion_days
    if not group.by_gap or group.is_of_rows or len(before.days) >= planned:
        return False
    last_day = before.days[bisect_left(before.days, group.days[0]) - 1]
    earliest = earliest_day(protocol, before.ordinal + 1, before.days[0], last_day)
    return earliest is not None and group.days[0] < earliest


def _standings(
    groups: Sequence[_Group], protocol: Protocol, decided: Mapping[int, Decision]
) -> Mapping[int, _Standing]:
    """Return by its number how each group relates to the others."""
    gap = _ONE_DAY * protocol.course_gap_days.days
    in_order = all(
        group.ordinal > before.ordinal and group.days[0] - before.days[-1] > gap for before, group in pairwise(groups)
    )
    found = {group.ordinal: _contradictions(group, () if in_order else groups, protocol) for group in groups}
    wrong = {number for number, own in found.items() if own}
    wrong |= {contradiction.other for own in found.values() for contradiction in own if contradiction.other}
    befores = (
        {group.ordinal: before for before, group in pairwise(groups)}
        if in_order
        else {group.ordinal: before for group in groups if (before := _before(group.days[0], groups))}
    )
    continued = {
        group.ordinal: before.ordinal
        for group in groups
        if (before := befores.get(group.ordinal))
        and before.ordinal not in decided
        and _is_ambiguous(group, before, protocol)
    }
    latest = max(groups, key=lambda group: group.days[-1], default=None)
    return {
        group.ordinal: _Standing(
            unclear=group.ordinal in continued,
            contradicted=group.ordinal in wrong,
            contradictions=found[group.ordinal],
            followed=group is not latest and group.ordinal not in continued.values(),
        )
        for group in groups
    }


def _before(day: date, ones: Iterable[_OfDays]) -> _OfDays | None:
    """Return the course or group with the last exposure day before a day."""
    earlier = [(one.days[place - 1], one) for one in ones if (place := bisect_left(one.days, day))]
    return max(earlier, key=lambda pair: pair[0])[1] if earlier else None


def _contradictions(group: _Group, groups: Sequence[_Group], protocol: Protocol) -> tuple[Contradiction, ...]:
    """Return how the number of a course contradicts the dates; of two courses, the later one has it (S30).

    It does if two courses overlap, a higher number begins before a lower one ends, two numbers are within
    `course_gap_days`, or days of one number are a minimum interval apart.
    """
    gap = _ONE_DAY * protocol.course_gap_days.days
    found = []
    for other in takewhile(lambda other: other is not group, groups):
        lower, higher = sorted((group, other), key=lambda one: one.ordinal)
        apart = higher.days[0] - lower.days[-1]
        if apart < _ONE_DAY or (apart <= gap and not _is_between(lower.days[-1], higher.days[0], groups)):
            found.append(Contradiction(group.days[0], other.number))
    if not group.by_gap:
        again = earliest_day(protocol, group.ordinal + 1, group.days[0], group.days[0])
        if again is not None and again <= group.days[-1]:
            found.append(Contradiction(group.days[bisect_left(group.days, again)], None))
    return tuple(found)


def _is_between(first: date, last: date, groups: Sequence[_Group]) -> bool:
    """Return whether a day of any course lies between two days, both excluded."""
    return any(bisect_right(group.days, first) < bisect_left(group.days, last) for group in groups)


def _course(
    group: _Group, protocol: Protocol, as_of: date, decision: Decision | None, standing: _Standing
) -> CourseGiven:
    """Return a group as a course, with its status on `as_of`."""
    planned = protocol.course(group.ordinal).infusion_days
    gap_days = protocol.course_gap_days.days
    left_off = decision is not None and decision.decision != "resume"
    unrecorded, lacks_last_day = group.unrecorded_days, group.lacks_last_day
    may_be_complete = len(group.days) < planned <= len(group.days) + unrecorded
    if lacks_last_day or may_be_complete:
        status: GivenStatus = "not-assessed"
    else:
        status = _status(group.days, planned, as_of, gap_days, is_over=standing.followed or left_off)
    is_ended = status == "complete" or (status == "not-assessed" and not lacks_last_day)
    return CourseGiven(
        number=group.ordinal,
        records=tuple(group.records),
        days=tuple(group.days),
        planned=planned,
        status=status,
        unclear=standing.unclear,
        contradicted=standing.contradicted,
        contradictions=standing.contradictions,
        numbered=not group.by_gap,
        settled=is_ended or standing.followed or left_off,
        decision=decision,
        unrecorded_days=unrecorded,
        lacks_last_day=lacks_last_day,
    )


def _status(days: Sequence[date], planned: int, as_of: date, gap_days: int, *, is_over: bool) -> CourseStatus:
    """Return the status of a course on a day (S08).

    Args:
        days: Its exposure days.
        planned: How many days it should have.
        as_of: The day.
        gap_days: The protocol's longest gap inside a course.
        is_over: Whether another course follows, or a clinician decided that this one has ended. A short course is
            then partial, even on its last day.
    """
    last_day = days[-1]
    if len(days) >= planned:
        return "complete"
    if is_over:
        return "partial"
    if as_of <= last_day + _ONE_DAY:
        return "in-progress"
    return "interrupted" if as_of <= last_day + _ONE_DAY * gap_days else "partial"


def has_only_other_medicines(history: History) -> bool:
    """Return whether a patient has rows of other medicines and no infusion (S36).

    LEMTRADA may have a code that is not listed. If a row could not be read, it may be an infusion: the answer is False.
    """
    has_infusions = any(record.is_exposure for record in history.infusions)
    return history.other_rows > 0 and not has_infusions and not history.unreadable


def stopped(history: History, as_of: date) -> str | None:
    """Return why no dates can be given for the patient's further treatment; `None` if they can (S05, S06)."""
    if history.unreadable:
        return f"row {', '.join(map(str, history.unreadable))} could not be read"
    if any(record.is_exposure and record.date > as_of for record in history.infusions):
        return "an infusion is recorded on a future date"
    return None
