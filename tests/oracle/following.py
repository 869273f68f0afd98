"""What follows from the courses that were given: the days still to come of an unfinished one, and dates after it.

Contraception (S23), blood counts (S20), herpes prophylaxis (S22), and a plan for somebody in mid-treatment (S16).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple, TypedDict

from tests.oracle.observed import are_codes_unknown, kinds_of
from tests.oracle.placing import IsClosed, first_block, first_closed_day
from tests.oracle.plan import NO_END_STATED, Anchors, draws, merged, offset_day, period_dates
from tests.oracle.recorded import (
    Course,
    Decisions,
    Protocol,
    Record,
    anchors,
    contradictions,
    courses_given,
    decided,
    exposures,
    is_short,
    last_course,
    may_begin,
    planned_days,
)

Standing = Literal["settled", "in-progress", "resumed", "undecided"]
"""How the last course stands. "settled" is also a treatment without any course."""

ONE_DAY = timedelta(days=1)
SEARCH_DAYS = 366


class Monitoring(TypedDict):
    """The blood counts that follow."""

    first: date
    last: date
    count: int


class Prophylaxis(TypedDict):
    """Herpes prophylaxis of one course."""

    course: int
    first_day: date
    earliest_end: date | None
    last_day: date | None


class Numbered(NamedTuple):
    """A course with the days that later dates count from."""

    number: int
    days: Anchors


# --- the last course (S09, S10) --------------------------------------------------------------


def standing(
    protocol: Protocol, courses: Sequence[Course], decisions: Decisions, as_of: date, is_closed: IsClosed | None
) -> Standing:
    """Say how the last course stands: done with, going on, to be gone on with, or waiting for a decision.

    No decision settles course numbers that contradict the dates (S30): the records must be corrected.
    """
    if any(course.unclear for course in courses) or contradictions(protocol, courses):
        return "undecided"
    if not courses or not is_short(protocol, last_course(courses)):
        return "settled"
    last = last_course(courses)
    decision = decided(decisions, last.number)
    if decision is not None:
        return "resumed" if decision == "resume" else "settled"
    return "in-progress" if may_go_on(protocol, last, as_of, is_closed) else "undecided"


def may_go_on(protocol: Protocol, short: Course, as_of: date, is_closed: IsClosed | None) -> bool:
    """Say whether the remaining days of a course can still follow directly, all of them open (S08, S09)."""
    next_day = short.days[-1] + ONE_DAY
    remaining = planned_days(protocol, short.number) - len(short.days)
    closed_day = first_closed_day(is_closed, remaining, next_day) if is_closed else None
    return next_day >= as_of and closed_day is None


def planned_last_day(
    protocol: Protocol, last: Course, how_it_stands: Standing, as_of: date, is_closed: IsClosed | None
) -> date:
    """Return the last infusion that later dates count from: the later of last given and last planned (S09)."""
    remaining = planned_days(protocol, last.number) - len(last.days)
    given = last.days[-1]
    if how_it_stands == "in-progress":
        return given + timedelta(days=remaining)
    if how_it_stands == "resumed":  # S10: one block, the first that fits from max(as_of, last + 1)
        begins = block(is_closed, remaining, max(as_of, given + ONE_DAY))
        return begins + timedelta(days=remaining - 1)
    return given


def block(is_closed: IsClosed | None, days: int, not_before: date) -> date:
    """Return the first start of so many open days in a row; without a clinic every day is open."""
    found = first_block(is_closed, days, not_before, SEARCH_DAYS) if is_closed else (not_before, [])
    if found is None:
        message = f"no {days} open days in a row from {not_before}"
        raise ValueError(message)
    return found[0]


def spans(
    protocol: Protocol,
    courses: Sequence[Course],
    how_it_stands: Standing,
    as_of: date,
    is_closed: IsClosed | None,
) -> list[Numbered]:
    """List the courses given, each with the first and last infusion that later dates count from."""
    listed = []
    for course in courses:
        days = anchors(course)
        if course is last_course(courses):
            days = Anchors(course.days[0], planned_last_day(protocol, course, how_it_stands, as_of, is_closed))
        listed.append(Numbered(course.number, days))
    return listed


# --- dates after a course --------------------------------------------------------------------


def action_of(protocol: Protocol, name: str) -> Mapping[str, Any] | None:
    """Return one of the protocol's actions, if it has it."""
    for action in protocol["actions"]:
        if action["id"] == name:
            found: Mapping[str, Any] = action
            return found
    return None


def contraception(protocol: Protocol, given: Sequence[Numbered]) -> list[tuple[date, date]]:
    """S23: from the first infusion of each course to its last + 4 months; periods that touch are one."""
    action = action_of(protocol, "contraception")
    periods = [period_dates(action, course.days) for course in given] if action else []
    return merged([(period["first_day"], period["last_day"]) for period in periods])


def monitoring(protocol: Protocol, given: Sequence[Numbered]) -> Monitoring | None:
    """S20: the blood counts of every course, each up to the next course's first infusion, that day included."""
    action = action_of(protocol, "blood-count")
    if action is None:
        return None
    due: list[date] = []
    for course in given:
        end = offset_day(action.get("until", NO_END_STATED), course.days, "later")
        of_course = draws(course.days.last_infusion, action["every"], end)
        next_first = first_infusion_after(given, course)
        due.extend(day for day in of_course if next_first is None or day <= next_first)
    return {"first": min(due), "last": max(due), "count": len(due)} if due else None


def first_infusion_after(given: Sequence[Numbered], course: Numbered) -> date | None:
    """Return the first infusion of the next course in time: the first that began after this one was over."""
    later = [one.days.first_infusion for one in given if one.days.first_infusion > course.days.last_infusion]
    return min(later, default=None)


def prophylaxis(
    protocol: Protocol,
    given: Sequence[Numbered],
    observations: Sequence[Mapping[str, Any]],
    as_of: date,
    *,
    overrides: Sequence[Mapping[str, Any]] = (),
    tests_recorded: Sequence[str] | None = None,
    unreadable_observations: Sequence[int] = (),
) -> list[Prophylaxis]:
    """S22: one instance per course; in the US open until a CD4 count is high enough.

    S31: while a code is not known, or an observation could not be read, no observation closes anything.
    """
    action = action_of(protocol, "herpes-prophylaxis")
    if action is None:
        return []
    blocked = bool(unreadable_observations) or are_codes_unknown(protocol, observations, tests_recorded, overrides)
    found: list[Prophylaxis] = []
    for course in given:
        period = period_dates(action, course.days)
        if period["earliest_end"] is not None and not blocked:
            counts = counts_of(protocol, action["open_until"], observations, as_of)
            period["last_day"] = closes_on(
                action["open_until"], counts, course.days.last_infusion, period["earliest_end"]
            )
        found.append(
            {
                "course": course.number,
                "first_day": period["first_day"],
                "earliest_end": period["earliest_end"],
                "last_day": period["last_day"],
            }
        )
    return found


def counts_of(
    protocol: Protocol, rule: Mapping[str, Any], observations: Sequence[Mapping[str, Any]], as_of: date
) -> list[Mapping[str, Any]]:
    """List the counts up to `as_of`, by whatever code; an observation without a value is no count (S31)."""
    return [
        one
        for one in observations
        if one["date"] <= as_of
        and one.get("value") is not None
        and rule["observation"] in kinds_of(protocol, one["code"])
    ]


def closes_on(
    rule: Mapping[str, Any], known: Sequence[Mapping[str, Any]], last_infusion: date, earliest_end: date
) -> date | None:
    """Go through the counts after a course, by date: a high one closes, a low one up to that end reopens.

    On one day the high count comes first, so that a low one of the same day reopens.
    """
    counts = [one for one in known if one["date"] > last_infusion]
    end: date | None = None
    for count in sorted(counts, key=lambda one: (one["date"], -one["value"])):
        if count["value"] >= rule["at_least"]:
            if end is None:
                end = max(earliest_end, count["date"])
        elif end is not None and count["date"] <= end:
            end = None
    return end


# --- a plan in mid-treatment (S09, S16) ------------------------------------------------------


def plan_on(
    protocol: Protocol,
    is_closed: IsClosed,
    records: Sequence[Record],
    as_of: date,
    *,
    not_before: date,
    courses: int,
    decisions: Decisions = (),
) -> list[Numbered]:
    """Plan up to so many courses in all, those on record included."""
    given = courses_given(protocol, exposures(records, as_of), decisions)
    how_it_stands = standing(protocol, given, decisions, as_of, is_closed)
    planned = spans(protocol, given, how_it_stands, as_of, is_closed)
    if how_it_stands == "undecided":  # S09: no new later course
        return planned
    while len(planned) < courses:
        number = planned[-1].number + 1 if planned else 1
        days = planned_days(protocol, number)
        earliest = not_before
        if planned:
            earliest = max(not_before, may_begin(protocol, number, planned[-1].days))
        first_day = block(is_closed, days, earliest)
        planned.append(Numbered(number, Anchors(first_day, first_day + timedelta(days=days - 1))))
    return planned
