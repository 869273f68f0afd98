"""Why an item of a replanned plan moved, was added or was cancelled."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from lemtrada_schedule.plan.activities import NoteActivity, SeriesActivity
from lemtrada_schedule.plan.changes import Difference, InWhat
from lemtrada_schedule.plan.checks.written import is_to_come
from lemtrada_schedule.plan.courses import Course, days_on_record
from lemtrada_schedule.plan.items import Item
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.revision import Change, ChangeKind
from lemtrada_schedule.planning.treatment_state import TreatmentState
from lemtrada_schedule.validation.scalars import clock

__all__ = ["ChangeReasons"]

UNCHANGED: Final = "unchanged"
SETTLED: Final = "same date, now confirmed"


@dataclass(frozen=True, slots=True, repr=False)
class ChangeReasons:
    """The facts from which the reason for each change is derived."""

    courses: Mapping[int, Course]
    """The courses of the new plan, by number."""
    scheduled: Mapping[int, Course]
    """The courses of the old plan, by number."""
    begun: int
    """The highest course number on record."""
    as_of: dt.date | None
    days_given: frozenset[dt.date]
    question: str | None = None
    """What must be decided before a further course is planned; `None` if nothing, or if that is unknown."""
    protocol: str | None = None
    """The protocol of the new plan, if the old plan was made with another one."""
    shared_actions: frozenset[str] = frozenset()
    """The actions that both plans have; this field and the two below are used only if the protocols differ."""
    kinds_before: frozenset[tuple[str, str]] = frozenset()
    """What the activities of the old plan are: the id, and the kind of their items."""
    kinds_after: frozenset[tuple[str, str]] = frozenset()
    """The same of the new plan."""

    @classmethod
    def of_treatment(cls, plan: Plan, made: Plan, state: TreatmentState) -> "ChangeReasons":
        """Return the reasons for a plan that was just made from another plan and the records."""
        days_given = frozenset(day for course in state.given for day in course.days)
        reasons = cls(_by_number(made), state.scheduled, state.begun, state.as_of, days_given, state.question)
        return reasons.with_protocols_of(plan, made)

    @classmethod
    def of_plans(cls, plan: Plan, other: Plan) -> "ChangeReasons":
        """Return the reasons for a plan that replaces another one, as far as the two plans show them."""
        begun = max((course.number for course in other.courses if not is_to_come(course)), default=0)
        as_of = other.provenance.request.as_of
        days_given = frozenset(day.date for course in other.courses for day in days_on_record(course, as_of))
        reasons = cls(_by_number(other), _by_number(plan), begun, as_of, days_given)
        return reasons.with_protocols_of(plan, other)

    def with_protocols_of(self, plan: Plan, other: Plan) -> "ChangeReasons":
        """Return the same reasons, which also say if only one of the two protocols has an item."""
        if plan.protocol == other.protocol:
            return self
        actions = [{part.action for part in (*one.activities, *one.contraception)} for one in (plan, other)]
        return replace(
            self,
            protocol=other.protocol,
            shared_actions=frozenset(actions[0] & actions[1]),
            kinds_before=frozenset(_kinds(plan)),
            kinds_after=frozenset(_kinds(other)),
        )

    def changes(self, found: Iterable[Difference]) -> tuple[Change, ...]:
        """Return differences as changes, each with its reason."""
        return tuple(
            Change(
                kind=one.kind,
                item=one.item.id,
                before=one.before,
                after=one.after,
                reason=self.reason(one),
                which=one.which,
                at_least=one.at_least,
            )
            for one in found
        )

    def note_changes(self, plan: Plan, other: Plan) -> Iterator[Change]:
        """Yield a change for each note that only one of two protocols has; a note has no date (S45)."""
        if self.protocol is None:
            return
        added: tuple[ChangeKind, Plan, str] = ("added", other, "new in")
        cancelled: tuple[ChangeKind, Plan, str] = ("cancelled", plan, "not part of")
        for kind, own, words in (added, cancelled):
            for note in own.activities:
                if isinstance(note, NoteActivity) and note.action not in self.shared_actions:
                    reason = f"{words} the protocol {self.protocol}"
                    yield Change(kind=kind, item=note.id, before=None, after=None, reason=reason)

    def reason(self, found: Difference) -> str:
        """Return why an item is on its days, or why it was cancelled."""
        match found.in_what:
            case "nothing":
                return f"same date; new {_and(found.renewed)}" if found.renewed else UNCHANGED
            case "confirmed":
                return SETTLED
            case "end withdrawn":
                return "end date withdrawn"
            case "hours" if found.item.start:
                return f"now starts at {clock(found.item.start)}"
            case _:
                return self._by_protocol(found) or self._of_change(found)

    def _by_protocol(self, found: Difference) -> str | None:
        """Return the reason for an item that only one of two protocols has."""
        if self.protocol is None or not found.item.part.action:
            return None
        if found.kind == "cancelled" and self._is_of_one(found.item, self.kinds_before, self.kinds_after, self.courses):
            return f"not part of the protocol {self.protocol}"
        if found.kind == "added" and self._is_of_one(found.item, self.kinds_after, self.kinds_before, self.scheduled):
            return f"new in the protocol {self.protocol}: {self._placed(found.item, found.in_what)}"
        return None

    def _is_of_one(
        self,
        item: Item,
        own: AbstractSet[tuple[str, str]],
        others: AbstractSet[tuple[str, str]],
        courses: Mapping[int, Course],
    ) -> bool:
        """Return whether the other plan has nothing of this kind, although it has the course, or not even the action.

        `own` are the kinds of the plan that has the item, `others` and `courses` those of the other plan. Periods of
        contraception merge, so only the action counts for them.
        """
        part, kind = item.part, (item.part.id, item.kind)
        if part.action not in self.shared_actions:
            return True
        return kind in own and kind not in others and (part.course is None or part.course in courses)

    def _of_change(self, found: Difference) -> str:
        is_gone = found.kind == "cancelled"
        return self._cancelled(found.item) if is_gone else self._placed(found.item, found.in_what)

    def _placed(self, item: Item, in_what: InWhat) -> str:
        """Return why an item is on its first day, or else on its last."""
        part = item.part
        course = self.courses.get(part.course or 0)
        because = (in_what == "first day" and item.begins_because) or item.because or item.begins_because
        if because:
            series = None if item.baseline else part.recurrence
            steps = f"every {series.every}" if series else because.offset
            return f"counted from {because.anchor} ({because.anchor_day}) {steps}".rstrip()
        if course is None or course.number <= self.begun:
            is_given = item.first_day in self.days_given
            return "as recorded" if is_given else f"remaining days of course {part.course} rescheduled"
        scheduled = self.scheduled.get(course.number)
        if scheduled and self.as_of and scheduled.first_day < self.as_of:
            return f"course {course.number} was planned from {scheduled.first_day}, but none of it is on record"
        if scheduled and scheduled.first_day < course.earliest:
            return f"the earliest day of course {course.number} is now {course.earliest}"
        if course.passed_over:
            return f"{course.passed_over[0].closed_day}: {course.passed_over[0].reason}"
        return f"course {course.number} now starts on {course.first_day}"

    def _cancelled(self, item: Item) -> str:
        if self.question:
            return f"not planned: {self.question}"
        return f"cancelled: course {item.part.course} has changed" if item.part.course else "cancelled"


def _by_number(plan: Plan) -> dict[int, Course]:
    return {course.number: course for course in reversed(plan.courses)}


def _kinds(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the id of each activity with the kind of its items; a test before a course is of another kind."""
    for activity in plan.activities:
        yield activity.id, activity.kind
        if isinstance(activity, SeriesActivity) and activity.baseline:
            yield activity.id, "baseline"


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
