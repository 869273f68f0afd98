"""A whole treatment plan, worked out step by step from the plain dictionary of a protocol file.

`tomllib.load` gives the dictionary; a file that `extends` another must have been merged with it before.
The numbers S02, S13, … name the decided cases in the rules of time and treatment.
Clock times (what follows each infusion) are not here but in `windows.py`; notes carry no date.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple, TypedDict

from tests.oracle.months import Rounding, months_after
from tests.oracle.placing import IsClosed, first_block

Activity = dict[str, Any]
"""Always `action`, `kind` and `course` (None when it belongs to the whole treatment). Further, by kind:

period         first_day, last_day (None = open), earliest_end (None unless it stays open)
window         first_day, last_day (None = that side has no bound)
series         dates, continuing, baseline (None, or first_day, last_day, due, reused)
infusion-days  days
"""

ONE_DAY = timedelta(days=1)
NO_END_STATED = "last infusion + 48 months"
DATED_KINDS = ("period", "window", "series", "infusion-days")


class Course(TypedDict):
    """One planned course."""

    number: int
    earliest: date
    recommended: date | None
    first_day: date
    last_day: date
    drift_days: int
    days: list[date]
    passed_over: list[tuple[date, date, str]]


class Plan(TypedDict):
    """What `plan` returns."""

    courses: list[Course]
    contraception: list[tuple[date, date]]
    activities: list[Activity]


class Anchors(NamedTuple):
    """The two days that the protocol counts from."""

    first_infusion: date
    last_infusion: date


class NoBlockError(Exception):
    """No block of open days was found within the search bound."""


def plan(
    protocol: Mapping[str, Any],
    is_closed: IsClosed,
    not_before: date,
    courses: int,
    within_days: int = 366,
) -> Plan:
    """Plan so many courses for somebody who has not begun treatment."""
    if "extends" in protocol:
        message = "merge the protocol with the one it extends first"
        raise ValueError(message)
    placed = place_courses(protocol, is_closed, not_before, courses, within_days)
    activities: list[Activity] = []
    for action in protocol["actions"]:
        if action["kind"] in DATED_KINDS:
            activities.extend(instances(action, placed))
    contraception = [
        (activity["first_day"], activity["last_day"])
        for activity in activities
        if activity["action"] == "contraception"
    ]
    return {"courses": placed, "contraception": merged(contraception), "activities": activities}


# --- courses ---------------------------------------------------------------------------------


def place_courses(
    protocol: Mapping[str, Any], is_closed: IsClosed, not_before: date, courses: int, within_days: int
) -> list[Course]:
    """Place one course after the other, each as the first block that fits."""
    if "maximum_courses" in protocol and courses > protocol["maximum_courses"]["courses"]:
        message = f"the protocol allows {protocol['maximum_courses']['courses']} courses"
        raise ValueError(message)
    placed: list[Course] = []
    for number in range(1, courses + 1):
        rule = course_rule(protocol, number)
        earliest = not_before if number == 1 else earliest_after(placed[-1], rule)
        found = first_block(is_closed, rule["infusion_days"], earliest, within_days)
        if found is None:
            message = f"course {number}: no {rule['infusion_days']} open days in a row from {earliest}"
            raise NoBlockError(message)
        first_day, passed_over = found
        recommended = recommended_day(number, earliest)
        days = [first_day]
        while len(days) < rule["infusion_days"]:
            days.append(days[-1] + ONE_DAY)
        placed.append(
            {
                "number": number,
                "earliest": earliest,
                "recommended": recommended,
                "first_day": first_day,
                "last_day": days[-1],
                "drift_days": (first_day - (recommended or earliest)).days,
                "days": days,
                "passed_over": [(start, closed_day, is_closed(closed_day) or "") for start, closed_day in passed_over],
            }
        )
    return placed


def course_rule(protocol: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    """Return the `[[courses]]` table of course 1, 2, …; an optional last one repeats."""
    rules: list[Mapping[str, Any]] = protocol["courses"]
    if number <= len(rules):
        return rules[number - 1]
    if rules[-1].get("optional", False):
        return rules[-1]
    message = f"the protocol has no course {number}"
    raise ValueError(message)


def earliest_after(before: Course, rule: Mapping[str, Any]) -> date:
    """Return the first day a course may begin: a minimum interval, so rounded later (S02)."""
    anchors = Anchors(before["first_day"], before["last_day"])
    anchor = offset_day(rule.get("counted_from", "last infusion"), anchors, "later")
    return span_after(anchor, rule["minimum_interval"], "later")


def recommended_day(number: int, earliest: date) -> date | None:
    """Return S13's day: the requested start, then the earliest day; none from course 3 on."""
    return earliest if number <= 2 else None


# --- spans and offsets -----------------------------------------------------------------------


def span_after(day: date, span: str, rounding: Rounding, times: int = 1) -> date:
    """Return the day a span such as "4 months" after `day`, `times` times over (negative: before)."""
    number, unit = span.split(" ")
    count = int(number) * times
    if unit in {"day", "days"}:
        return day + timedelta(days=count)
    if unit in {"week", "weeks"}:
        return day + timedelta(days=7 * count)
    if unit in {"month", "months"}:
        return months_after(day, count, rounding)
    if unit in {"year", "years"}:
        return months_after(day, 12 * count, rounding)
    message = f"{span!r} is no span"
    raise ValueError(message)


def offset_day(text: str, anchors: Anchors, rounding: Rounding) -> date:
    """Return the day that "first infusion - 42 days" or "last infusion + 4 months" means."""
    which, infusion, *offset = text.split(" ")
    if which not in {"first", "last"} or infusion != "infusion" or len(offset) not in {0, 3}:
        message = f"{text!r} is no offset"
        raise ValueError(message)
    anchor = anchors.first_infusion if which == "first" else anchors.last_infusion
    if not offset:
        return anchor
    sign, number, unit = offset
    return span_after(anchor, f"{number} {unit}", rounding, times={"+": 1, "-": -1}[sign])


# --- activities ------------------------------------------------------------------------------


def instances(action: Mapping[str, Any], courses: list[Course]) -> list[Activity]:
    """Return the dated instances of one action: one per course, for course 1 only, or one in all."""
    per = action.get("per", "course")
    if per == "treatment":
        whole = Anchors(courses[0]["first_day"], courses[-1]["last_day"])
        return [{**named(action, None), **treatment_dates(action, courses, whole)}]
    asked_for = courses if per == "course" else courses[:1]
    return [{**named(action, course), **course_dates(action, courses, course)} for course in asked_for]


def named(action: Mapping[str, Any], course: Course | None) -> Activity:
    """Begin an instance."""
    number = None if course is None else course["number"]
    return {"action": action["id"], "kind": action["kind"], "course": number}


def course_dates(action: Mapping[str, Any], courses: list[Course], course: Course) -> Activity:
    """Return the dates of the instance that belongs to one course."""
    anchors = Anchors(course["first_day"], course["last_day"])
    if action["kind"] == "period":
        return period_dates(action, anchors)
    if action["kind"] == "window":
        return window_dates(action, anchors)
    if action["kind"] == "infusion-days":
        return {"days": [course["days"][n - 1] for n in action["days"] if n <= len(course["days"])]}
    return {
        "dates": draws_of_course(action, courses, course),
        "continuing": "until" not in action,
        "baseline": baseline(action, courses, course),
    }


def treatment_dates(action: Mapping[str, Any], courses: list[Course], whole: Anchors) -> Activity:
    """Return the dates of the one instance that belongs to the whole treatment.

    A series is anchored on the last infusion of course 1 and never restarted (S20).
    """
    if action["kind"] == "period":
        return period_dates(action, whole)
    if action["kind"] == "window":
        return window_dates(action, whole)
    if action["kind"] == "infusion-days":
        message = "infusion days belong to a course, not to the treatment"
        raise ValueError(message)
    end = offset_day(action.get("until", NO_END_STATED), whole, "later")
    return {
        "dates": draws(courses[0]["last_day"], action["every"], end),
        "continuing": "until" not in action,
        "baseline": baseline(action, courses, courses[0]),
    }


def period_dates(action: Mapping[str, Any], anchors: Anchors) -> Activity:
    """Return a period: its start is rounded earlier, its end later (S02)."""
    first_day = offset_day(action["starts"], anchors, "earlier")
    end = offset_day(action["ends"], anchors, "later") if "ends" in action else None
    if "open_until" in action:  # S22: open until a test is on record, and never shorter than this
        return {"first_day": first_day, "last_day": None, "earliest_end": end}
    return {"first_day": first_day, "last_day": end, "earliest_end": None}


def window_dates(action: Mapping[str, Any], anchors: Anchors) -> Activity:
    """Return a window: it opens rounded later, and closes rounded earlier (S02)."""
    return {
        "first_day": offset_day(action["opens"], anchors, "later") if "opens" in action else None,
        "last_day": offset_day(action["closes"], anchors, "earlier") if "closes" in action else None,
    }


def draws(anchor: date, every: str, end: date) -> list[date]:
    """List the due dates up to `end`, it included: anchor + every, anchor + twice every, … (S20)."""
    found = []
    times = 1
    due = span_after(anchor, every, "earlier", times)
    while due <= end:
        found.append(due)
        times = times + 1
        due = span_after(anchor, every, "earlier", times)
    return found


def draws_of_course(action: Mapping[str, Any], courses: list[Course], course: Course) -> list[date]:
    """List a course's due dates: to its own end, and no further than the next first infusion (S20)."""
    anchors = Anchors(course["first_day"], course["last_day"])
    end = offset_day(action.get("until", NO_END_STATED), anchors, "later")
    found = draws(course["last_day"], action["every"], end)
    if course["number"] < len(courses):
        next_course = courses[course["number"]]
        found = [due for due in found if due <= next_course["first_day"]]
    return found


def baseline(action: Mapping[str, Any], courses: list[Course], course: Course) -> Activity | None:
    """Return the baseline before a course (S21): its window, its day, and whether a draw serves for it."""
    if "baseline" not in action:
        return None
    rule = action["baseline"]
    first_infusion = course["first_day"]
    eve = first_infusion - ONE_DAY
    opens = span_after(first_infusion, rule["within"], "later", -1) if "within" in rule else None
    serving: list[date] = []
    if "reuse" in rule and course["number"] > 1:
        reusable_from = span_after(first_infusion, rule["reuse"], "later", -1)
        course_before = courses[course["number"] - 2]
        earlier_draws = draws_of_course(action, courses, course_before)
        serving = [due for due in earlier_draws if reusable_from <= due <= eve and (opens is None or opens <= due)]
    due = max(serving) if serving else eve
    return {"first_day": opens, "last_day": eve, "due": due, "reused": bool(serving)}


# --- periods that touch ----------------------------------------------------------------------


def merged(periods: list[tuple[date, date]]) -> list[tuple[date, date]]:
    """Join periods that overlap or follow each other directly (S23), by looking at each day."""
    covered: set[date] = set()
    for first_day, last_day in periods:
        day = first_day
        while day <= last_day:
            covered.add(day)
            day = day + ONE_DAY
    runs: list[tuple[date, date]] = []
    for day in sorted(covered):
        if runs and runs[-1][1] + ONE_DAY == day:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs
