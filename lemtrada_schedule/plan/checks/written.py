"""`Written`, a stored plan as the rules of `plan/checks` see it, and the rules about the reasons of dates."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from lemtrada_schedule.dates.months import Rounding
from lemtrada_schedule.dates.steps import Step
from lemtrada_schedule.errors import InvalidInput
from lemtrada_schedule.findings.catalogue import (
    COURSE_NUMBERS_CONTRADICT,
    INFUSION_IN_FUTURE,
    NEEDS_CLINICAL_DECISION,
    ZONE_DATA_DIFFERS,
)
from lemtrada_schedule.findings.derivation import Anchor, Derivation
from lemtrada_schedule.findings.finding import Finding, NotAssessed
from lemtrada_schedule.plan.activities import Activity, NoteActivity, PeriodActivity
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.provenance import Provenance
from lemtrada_schedule.plan.visit_days import VisitDay, visit_days
from lemtrada_schedule.plan.visits import Visit

__all__ = ["Fault", "Written", "anchor_faults", "derivation_faults", "is_same", "is_to_come", "named_anchors"]

RECORDED: Final = ("in-progress", "interrupted", "partial", "complete")
"""The statuses of courses on record."""

UNREADABLE: Final = "earliest-next-course"
"""The code that is not assessed if an infusion on record could not be read."""

OTHER_ZONE_DATA: Final = 180

_WAITING: Final = {NEEDS_CLINICAL_DECISION.code, INFUSION_IN_FUTURE.code, COURSE_NUMBERS_CONTRADICT.code}


def is_to_come(course: Course) -> bool:
    """Return whether nothing of a course is on record."""
    return course.status not in RECORDED


@dataclass(frozen=True, slots=True, repr=False)
class Fault:
    """One contradiction: its place, and what is expected there."""

    place: str
    message: str


@dataclass(frozen=True, repr=False)
class Written:
    """A plan as it was read, with facts that several rules need."""

    version: int
    """The schema version of the file: plans of version 1 were replanned by other rules."""
    protocol: str
    extends: str | None
    time_zone: str
    courses: tuple[Course, ...]
    contraception: tuple[PeriodActivity, ...]
    activities: tuple[Activity, ...]
    visits: tuple[Visit, ...]
    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    provenance: Provenance

    @property
    def as_of(self) -> dt.date | None:
        """The date of the question."""
        return self.provenance.request.as_of

    @property
    def past_until(self) -> dt.date | None:
        """Dates before this day may follow other rules: of another revision (S45), or of schema version 1."""
        return self.as_of if self.version == 1 else self.provenance.protocol_since

    @cached_property
    def by_number(self) -> Mapping[int, Course]:
        """The courses by number."""
        return {course.number: course for course in self.courses}

    @cached_property
    def recorded(self) -> tuple[Course, ...]:
        """The courses on record, in the order of the plan."""
        return tuple(course for course in self.courses if not is_to_come(course))

    @cached_property
    def is_unread(self) -> bool:
        """Whether an infusion on record could not be read, so that nothing is counted from infusions (S06)."""
        return any(one.code == UNREADABLE and one.row is not None for one in self.not_assessed)

    @cached_property
    def is_unsettled(self) -> bool:
        """Whether a decision is needed before a further course is planned."""
        return self.is_unread or any(finding.code in _WAITING for finding in self.findings)

    @cached_property
    def visit_days(self) -> Sequence[VisitDay]:
        """The visits that the activities require; none for a plan of an earlier release."""
        rules = self.provenance.rules
        return visit_days(rules, self.activities, self.courses) if rules and self.visits else ()

    @cached_property
    def slack_minutes(self) -> int:
        """How many minutes lengths may differ: other zone data keep wall times, but may change the time between."""
        return OTHER_ZONE_DATA if any(finding.code == ZONE_DATA_DIFFERS.code for finding in self.findings) else 0

    def placed(self) -> Iterator[tuple[str, Course]]:
        """Yield each course, and where it is."""
        for index, course in enumerate(self.courses):
            name = course.id if course.id == f"course-{course.number}" else index
            yield f"courses.{name}", course

    def days(self) -> Iterator[tuple[str, Course, InfusionDay]]:
        """Yield where each infusion day is, its course, and the day."""
        for place, course in self.placed():
            for index, day in enumerate(course.days):
                name = day.id if day.id == f"{course.id}/day-{day.number}" else index
                yield f"{place}.days.{name}", course, day

    def given_or_done(self) -> Iterator[tuple[str, Activity]]:
        """Yield contraception and every activity, and where each is."""
        for field, parts in (("contraception", self.contraception), ("activities", self.activities)):
            for index, part in enumerate(parts):
                name = part.id if part.id.startswith(f"{part.action}/") else index
                yield f"{field}.{name}", part

    def cites(self) -> Iterator[tuple[str, str | None]]:
        """Yield every cite, and where it is."""
        for place, _, day in self.days():
            yield f"{place}.cite", day.cite
            yield f"{place}.observation_cite", day.observation_cite
        for place, because in self.reasons():
            yield f"{place}.cite", because.cite
        yield from (
            (f"{place}.cite", part.cite) for place, part in self.given_or_done() if isinstance(part, NoteActivity)
        )

    def reasons(self) -> Iterator[tuple[str, Derivation]]:
        """Yield the reason of every date, and where it is."""
        yield from ((f"{place}.because", course.because) for place, course in self.placed())
        for place, part in self.given_or_done():
            baseline = getattr(part, "baseline", None)
            for at, noun in ((place, part), (f"{place}.baseline", baseline)):
                for name in ("because", "begins_because", "ends_because"):
                    if because := getattr(noun, name, None):
                        yield f"{at}.{name}", because

    def is_over(self, last_day: dt.date | None) -> bool:
        """Return whether something was over on the date of the question; it may then be from an older plan (S19)."""
        return self.as_of is not None and last_day is not None and last_day < self.as_of


def is_same(one: dt.datetime, other: dt.datetime) -> bool:
    """Return whether two moments of one zone have the same wall time, and the same fold if the clocks repeat it."""
    return one == other and one.fold == other.fold


def derivation_faults(
    place: str, because: Derivation | None, day: dt.date | None, rounding: Literal["earlier", "later"]
) -> Iterator[Fault]:
    """Yield what is wrong with the reason of a day.

    The reason exists exactly if the day does, has that day as its result, and leads to it when calculated again.
    `rounding` is how a day of this kind is rounded.
    """
    if because is None or day is None:
        if because is not None or day is not None:
            yield Fault(place, "a date and its reason go together; add the one that is missing, or remove the other")
        return
    if because.result != day:
        yield Fault(f"{place}.result", "the reason leads to another date; correct one of them")
    step = Step.parse(because.offset)
    if because.result == day and (step is None or not _gives(because, step)):
        yield Fault(f"{place}.result", "anchor_day and offset give another date; correct one of the three")
    expected = "exact" if step is None or step.is_exact else rounding
    if because.rounding != expected:
        yield Fault(f"{place}.rounding", f"expected {expected} for this date; correct it")


def _gives(because: Derivation, step: Step) -> bool:
    """Return whether a step from the anchor leads to the result; hours do not count."""
    rounding: Rounding = "earlier" if because.rounding == "earlier" else "later"
    try:
        return bool(step.hours) or step.from_day(because.anchor_day, rounding=rounding) == because.result
    except InvalidInput:  # beyond the last year
        return False


def named_anchors(written: Written) -> Iterator[Fault]:
    """Yield reasons whose words name another anchor than their facts."""
    for place, because in written.reasons():
        if because.anchor_kind in (None, "observation"):
            continue
        if Anchor(because.anchor_kind, because.anchor_course, because.anchor_ordinals).words != because.anchor:
            yield Fault(f"{place}.anchor", "it contradicts anchor_kind, anchor_course or anchor_ordinals; correct it")


def anchor_faults(written: Written, place: str, because: Derivation, course: int | None) -> Iterator[Fault]:
    """Yield each reason that names an infusion of a course although that infusion is on another day.

    With `course`, the infusion must be one of that course.
    """
    if because.anchor_kind not in ("first-infusion", "last-infusion"):
        return
    found = written.by_number.get(because.anchor_course or 0)
    if found is None or (course is not None and found.number != course):
        yield Fault(f"{place}.anchor", "expected an infusion of the course that it is counted from; correct it")
    elif because.anchor_day != (found.first_day if because.anchor_kind == "first-infusion" else found.last_day):
        yield Fault(f"{place}.anchor_day", "that infusion is on another day; correct one of them")
