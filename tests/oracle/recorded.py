"""What was recorded: which records count, and which course each infusion day belongs to.

A record is a plain dictionary with the fields of a records file. `row` and `date` (a `datetime.date`) must be
there; `status` is "completed" when it is absent; `started`, `ended`, `observed_until` are "HH:MM" or
`datetime.time`, seconds allowed; `dose_mg` is a number or its text; `course` is the record's own course number.
A decision is a plain dictionary with `course` and `decision`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations, pairwise
from typing import Any, NamedTuple

from tests.oracle.plan import Anchors, offset_day, span_after

Protocol = Mapping[str, Any]
Record = Mapping[str, Any]
Decisions = Sequence[Mapping[str, Any]]


class Course(NamedTuple):
    """One course as it was given."""

    number: int
    days: list[date]
    """Its infusion days, each once."""
    by_gap: bool
    """Nothing but a gap of days told it from the course before."""
    unclear: bool
    """S07: it may belong to the short course before it, and nobody has decided."""
    named: bool
    """At least one of its records has a course number of its own."""


class Before(NamedTuple):
    """The last exposure day before a course began (S28)."""

    course: Course
    """The course that this day belongs to."""
    anchors: Anchors
    """The first infusion of that course, and this day."""


class Contradiction(NamedTuple):
    """Course numbers that contradict the dates (S30)."""

    affected: tuple[int, ...]
    """The numbers of the courses concerned: two of them, or one that is torn apart."""
    course: Course
    """The course that the finding is about: of two the one that began later."""
    day: date


# --- which records count (S04, S05) ----------------------------------------------------------


def is_exposure(record: Record) -> bool:
    """Say whether the patient was given anything."""
    return record.get("status", "completed") in {"completed", "partial"}


def exposures(records: Sequence[Record], as_of: date) -> list[Record]:
    """List what was given up to `as_of`, by date and row."""
    given = [record for record in records if is_exposure(record) and record["date"] <= as_of]
    return sorted(given, key=lambda record: (record["date"], record["row"]))


def future_exposures(records: Sequence[Record], as_of: date) -> list[Record]:
    """List what is recorded as given after `as_of`, by row."""
    given = [record for record in records if is_exposure(record) and record["date"] > as_of]
    return sorted(given, key=lambda record: int(record["row"]))


def records_of(counted: Sequence[Record], day: date) -> list[Record]:
    """List the records of one day, by row."""
    return [record for record in counted if record["date"] == day]


def row_of(counted: Sequence[Record], day: date) -> int:
    """Return the row of the first record of a day."""
    return int(records_of(counted, day)[0]["row"])


# --- what the protocol asks ------------------------------------------------------------------


def rule_for(protocol: Protocol, number: int) -> Mapping[str, Any]:
    """Return the `[[courses]]` table of a course; the last one serves for every later course."""
    rules: list[Mapping[str, Any]] = protocol["courses"]
    return rules[min(number, len(rules)) - 1]


def planned_days(protocol: Protocol, number: int) -> int:
    """Return how many infusion days a course has."""
    return int(rule_for(protocol, number)["infusion_days"])


def is_short(protocol: Protocol, course: Course) -> bool:
    """Say whether a course has fewer infusion days than planned."""
    return len(course.days) < planned_days(protocol, course.number)


def may_begin(protocol: Protocol, number: int, before: Anchors, counted_from: str | None = None) -> date:
    """Return the first day that the minimum interval allows for a course: rounded later (S02)."""
    rule = rule_for(protocol, number)
    anchor = counted_from or rule.get("counted_from", "last infusion")
    return span_after(offset_day(anchor, before, "later"), rule["minimum_interval"], "later")


def anchors(course: Course) -> Anchors:
    """Return the first and the last infusion of a course."""
    return Anchors(course.days[0], course.days[-1])


# --- one course or two (S07) -----------------------------------------------------------------


def courses_given(protocol: Protocol, counted: Sequence[Record], decisions: Decisions = ()) -> list[Course]:
    """Return the courses, by number.

    A decision on the earlier of two courses with an unclear boundary clears it: `resume` makes one course of
    them, every other decision leaves them two (S10).
    """
    joined: set[date] = set()
    while True:
        courses = with_unclear_ones_marked(protocol, grouped(protocol, counted, joined))
        resumed_on = [
            later.days[0]
            for later in courses
            if later.unclear and decision_before(decisions, courses, later) == "resume"
        ]
        if not resumed_on:
            return with_decided_ones_cleared(courses, decisions)
        joined.add(resumed_on[0])


def grouped(protocol: Protocol, counted: Sequence[Record], joined: set[date]) -> list[Course]:
    """Give every day its course number: the record's own, else its neighbours' within the gap, else the next."""
    gap = protocol["course_gap_days"]["days"]
    chains: list[list[date]] = []
    for day in sorted({record["date"] for record in counted}):
        if chains and ((day - chains[-1][-1]).days <= gap or day in joined):
            chains[-1].append(day)
        else:
            chains.append([day])
    numbers: dict[date, int] = {}
    after_a_gap: set[date] = set()
    for chain in chains:
        own = [own_number(counted, day) for day in chain]
        number = next((one for one in own if one is not None), None)
        if number is None:
            number = free_number(counted, numbers)
            after_a_gap |= {chain[0]} if numbers else set()
        for day, one in zip(chain, own, strict=True):
            number = number if one is None else one
            numbers[day] = number
    courses = []
    for number in sorted(set(numbers.values())):
        days = [day for day in numbers if numbers[day] == number]
        named = any(own_number(counted, day) is not None for day in days)
        by_gap = days[0] in after_a_gap and not named
        courses.append(Course(number, days, by_gap=by_gap, unclear=False, named=named))
    return courses


def free_number(counted: Sequence[Record], numbers: Mapping[date, int]) -> int:
    """Return the number of a course that follows without one: the next, or a higher one if a record states the next.

    A course that a record numbers is another course, so the number on record is not free. The first course is number
    1 by its place, and a later day of that number belongs to it.
    """
    if not numbers:
        return 1
    following = max(numbers.values(), default=0) + 1
    stated = {int(record["course"]) for record in counted if record.get("course") is not None}
    return max(stated) + 1 if following in stated else following


def own_number(counted: Sequence[Record], day: date) -> int | None:
    """Return the course number that a day's records give; the first of them that has one decides."""
    for record in records_of(counted, day):
        if record.get("course") is not None:
            return int(record["course"])
    return None


def before_it(courses: Sequence[Course], course: Course) -> Before | None:
    """Return the last exposure day before a course began, whichever course that day belongs to (S28)."""
    found: Before | None = None
    for other in courses:
        for day in other.days:
            if day < course.days[0] and (found is None or day > found.anchors.last_infusion):
                found = Before(other, Anchors(other.days[0], day))
    return found


def last_course(courses: Sequence[Course]) -> Course:
    """Return the course of the latest exposure day, which need not have the highest number (S30)."""
    latest = courses[0]
    for course in courses:
        if course.days[-1] > latest.days[-1]:
            latest = course
    return latest


def with_unclear_ones_marked(protocol: Protocol, courses: list[Course]) -> list[Course]:
    """Mark each course that only a gap separates from a short course, and that came too early to be the next."""
    marked = []
    for course in courses:
        before = before_it(courses, course) if course.by_gap else None
        unclear = (
            before is not None
            and is_short(protocol, before.course)
            and course.days[0] < may_begin(protocol, course.number, before.anchors)
        )
        marked.append(course._replace(unclear=unclear))
    return marked


def with_decided_ones_cleared(courses: list[Course], decisions: Decisions) -> list[Course]:
    """Take the mark off where somebody has decided on the course before."""
    return [
        course._replace(unclear=course.unclear and decision_before(decisions, courses, course) is None)
        for course in courses
    ]


def decision_before(decisions: Decisions, courses: Sequence[Course], course: Course) -> str | None:
    """Return what was decided on the course before another one."""
    before = before_it(courses, course)
    return None if before is None else decided(decisions, before.course.number)


def decided(decisions: Decisions, number: int) -> str | None:
    """Return what was decided on a course; the last decision holds."""
    found = None
    for decision in decisions:
        if decision["course"] == number:
            found = str(decision["decision"])
    return found


# --- numbers and dates (S29, S30) ------------------------------------------------------------


def contradictions(protocol: Protocol, courses: Sequence[Course]) -> list[Contradiction]:
    """List where course numbers contradict the dates: two courses each, then single courses that are torn apart."""
    found = []
    for lower, higher in combinations(sorted(courses, key=lambda course: course.number), 2):
        began_too_soon = higher.days[0] <= lower.days[-1]  # also where the spans of the two overlap
        if began_too_soon or are_too_near(protocol, courses, lower, higher):
            later = lower if lower.days[0] > higher.days[0] else higher
            found.append(Contradiction((lower.number, higher.number), later, later.days[0]))
    for course in courses:
        torn_on = first_day_an_interval_later(protocol, course)
        if torn_on is not None:
            found.append(Contradiction((course.number,), course, torn_on))
    return found


def are_too_near(protocol: Protocol, courses: Sequence[Course], one: Course, other: Course) -> bool:
    """Say whether a day of one course and the next infusion day, of the other, lie within `course_gap_days`."""
    gap = protocol["course_gap_days"]["days"]
    every_day = sorted(day for course in courses for day in course.days)
    for day, next_day in pairwise(every_day):
        of_both = (day in one.days and next_day in other.days) or (day in other.days and next_day in one.days)
        if of_both and (next_day - day).days <= gap:
            return True
    return False


def first_day_an_interval_later(protocol: Protocol, course: Course) -> date | None:
    """Return the first day that lies a minimum interval or more after another day of the same course."""
    interval = rule_for(protocol, course.number + 1).get("minimum_interval")
    for day in course.days:
        if interval is not None and day >= span_after(course.days[0], interval, "later"):
            return day
    return None


def affected_numbers(protocol: Protocol, courses: Sequence[Course]) -> set[int]:
    """Return the numbers of the courses that a contradiction concerns."""
    return {number for one in contradictions(protocol, courses) for number in one.affected}


def gaps_in_numbers(courses: Sequence[Course]) -> list[tuple[Course, int, int]]:
    """List each gap in the course numbers: the course after it, its first and its last missing number (S29)."""
    found = []
    on_record = 0
    for course in sorted(courses, key=lambda course: course.number):
        if course.number > on_record + 1:
            found.append((course, on_record + 1, course.number - 1))
        on_record = course.number
    return found
