"""What is due for a patient between two days, from a plan and a history (S43).

Infusion days of the plan and of the history come by course number; nothing is read from a plan's own dates but these.

Where the words leave something open, this is how they are read here:

* An item is in range by its day: the due day of a visit, the last day of a window, the day of an infusion. A visit or
  window that is `due` is in range by its suggested day too: that is the day on which the patient comes.
* "Ahead" is `as_of` and later; "past" is before it.
* Plan and history differ where the history has an infusion day that the plan has not. A planned day in the past without
  a record is `unrecorded`, unless its course is on record with all its days.
* The item that says "replan" takes nothing away; the one for a clinical decision does. Then courses not on record
  are as if they were not planned.
* With a history, a course that should have begun and is not on record gives no tests, windows and periods: dates count
  from the history. Without any history they count from the plan.
* A baseline without a record is `due` up to its day, `overdue` until the course begins, and `missed` from then on.
  A window is `due` up to its last day and `missed` after it; in a visit whose day has passed it is `overdue` until
  then. The line of missed ones does not count baselines and windows: nobody can do them any more.
* A date that is past and not overdue yet, because of `grace_days`, stands whatever its day: it is still to be done.
* A baseline or window that comes before a course, whose day has passed and of which it is unknown whether it was done,
  stands whatever its day until that course is on record, or its last planned day has passed: nobody has said that it
  was done.
* A period is one item: on its last day if that is in range, else on `as_of` while it is in force, else on its first day
  if that is ahead and in range.
* A test that is missed before the first day is in the line of its kind, unless an overdue visit names it.
* The line of missed ones has the latest of their days.
* The suggested day of a visit that is due is that of S41. Where that has passed it is the first open day from `as_of`,
  as for an overdue one, unless all of its open tests close before that day. With another state none is suggested.
* A window that is in no visit has the last open day on or before its last day, not before it opens; a window that
  states no opening opens after the last infusion of the course before.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple, TypedDict

from tests.oracle.following import Numbered, action_of, closes_on, contraception, counts_of
from tests.oracle.monitoring import KnownTests, may_be_judged, monitored, records_of_kind
from tests.oracle.plan import Anchors, period_dates, window_dates
from tests.oracle.recorded import Protocol, planned_days
from tests.oracle.visits import (
    Calendar,
    Item,
    asked_for,
    baseline_items,
    course_before,
    is_open_for_tests,
    number_of,
    series_items,
    visits,
    whose,
    window_items,
)

DaysOfCourses = Mapping[int, Sequence[date]]

ONE_DAY = timedelta(days=1)
WORST_FIRST = ("overdue", "missed", "unrecorded", "due")
SEARCH_DAYS = 366


class DueItem(TypedDict):
    """One thing to do, or to know."""

    item: str
    kind: str
    day: date
    suggested: date | None
    state: str
    tests: list[str]
    """Of a visit: the open ones."""
    count: int | None
    """Of the line of missed ones: how many."""


class Question(NamedTuple):
    """What is asked."""

    protocol: Protocol
    planned: DaysOfCourses
    given: DaysOfCourses | None
    """The infusion days on record up to `as_of`; None: there is no history."""
    as_of: date
    first_day: date
    last_day: date
    calendar: Calendar
    known: KnownTests
    grace_days: int = 0
    decision_needed: bool = False


def due_items(asked: Question) -> list[DueItem]:
    """Return everything due, by day, kind and item."""
    found = [
        *infusion_items(asked),
        *visit_items(asked),
        *windows_alone(asked),
        *period_items(asked),
        *decision_items(asked),
    ]
    return sorted(found, key=lambda one: (one["day"], one["kind"], one["item"]))


def in_range(asked: Question, day: date) -> bool:
    """Say whether a day is asked about, both ends included."""
    return asked.first_day <= day <= asked.last_day


def plain(item: str, kind: str, day: date, state: str) -> DueItem:
    """Return an item without tests."""
    return {"item": item, "kind": kind, "day": day, "suggested": None, "state": state, "tests": [], "count": None}


def on_record(asked: Question) -> DaysOfCourses:
    """Return the infusion days on record."""
    return asked.given or {}


# --- infusion days and decisions -------------------------------------------------------------


def infusion_items(asked: Question) -> Iterator[DueItem]:
    """Go through the planned infusion days that nothing is on record of."""
    recorded = {day for days in on_record(asked).values() for day in days}
    for number, days in asked.planned.items():
        is_whole = len(on_record(asked).get(number, ())) >= planned_days(asked.protocol, number)
        for place, day in enumerate(days, start=1):
            ahead = day >= asked.as_of
            taken_away = is_whole or (asked.decision_needed and ahead)
            if in_range(asked, day) and day not in recorded and not taken_away:
                yield plain(f"course-{number}/day-{place}", "infusion", day, "planned" if ahead else "unrecorded")


def decision_items(asked: Question) -> Iterator[DueItem]:
    """Return the decisions that are needed."""
    if asked.decision_needed:
        yield plain("decision", "decision", asked.as_of, "due")
    planned = {day for days in asked.planned.values() for day in days}
    if any(day not in planned for days in on_record(asked).values() for day in days):
        yield plain("replan", "decision", asked.as_of, "due")


def courses_that_count(asked: Question) -> list[Numbered]:
    """Return the courses that dates count from: those on record, and those of the plan still to come."""
    found = []
    for number in sorted({*asked.planned, *on_record(asked)}):
        given = on_record(asked).get(number, ())
        planned = asked.planned.get(number, ())
        if given:
            last = max(given)
            short = len(given) < planned_days(asked.protocol, number)
            if short and planned and max(planned) >= asked.as_of and not asked.decision_needed:
                last = max(last, *planned)
            found.append(Numbered(number, Anchors(min(given), last)))
        elif asked.given is None or (min(planned) >= asked.as_of and not asked.decision_needed):
            found.append(Numbered(number, Anchors(min(planned), max(planned))))
    return found


# --- visits ----------------------------------------------------------------------------------


def visit_items(asked: Question) -> Iterator[DueItem]:
    """Go through the visits with open tests; and the missed tests before the first day, kind by kind."""
    courses = courses_that_count(asked)
    items = [*series_items(asked.protocol, courses), *baseline_items(asked.protocol, courses, asked.calendar)]
    items += window_items(asked.protocol, courses, items)
    suggestions = {
        (visit["group"], visit["due"]): (visit["id"], visit["suggested"])
        for visit in visits(asked.protocol, courses, asked.calendar)
    }
    states = states_of(asked, courses, items)
    missed_before: dict[str, list[date]] = {}
    for group, due in sorted({(item.group, item.due) for item in items}, key=str):
        together = [item for item in items if (item.group, item.due) == (group, due)]
        still_open = [item for item in together if states[item.test] in WORST_FIRST]
        worst = min((WORST_FIRST.index(states[item.test]) for item in still_open), default=None)
        name, suggested = suggestions[group, due]
        if worst is None:
            continue
        state = WORST_FIRST[worst]
        can_be_done = [item for item in still_open if states[item.test] in {"overdue", "due"}]
        day = suggested_now(asked, courses, can_be_done, suggested, is_overdue=state == "overdue")
        if is_listed(asked, due, day, [states[item.test] for item in still_open]) or any(
            is_waiting(asked, courses, item, states[item.test]) for item in still_open
        ):
            tests = sorted(item.test for item in still_open)
            yield {**plain(name, "visit", due, state), "suggested": day, "tests": tests}
        elif due < asked.first_day:
            for item in together:
                if states[item.test] == "missed" and item.kind == "series":
                    missed_before.setdefault(action_name(item), []).append(due)
    for action, days in missed_before.items():
        yield {**plain(action, "visit", max(days), "missed"), "count": len(days)}


def is_listed(asked: Question, due: date, suggested: date | None, states: Sequence[str]) -> bool:
    """Say whether tests of one day are listed, for their day, for the day suggested, or because they are late."""
    if in_range(asked, due) or "overdue" in states:
        return True
    if "due" not in states:
        return False
    return due < asked.as_of or (suggested is not None and in_range(asked, suggested))


def is_waiting(asked: Question, courses: Sequence[Numbered], item: Item, state: str) -> bool:
    """Say whether it is unknown if a test before a course was done, and the course may still begin."""
    if item.kind == "series" or state != "unrecorded":
        return False
    course = next(one for one in courses if one.number == (item.course or 1))
    if course.number in on_record(asked) or asked.as_of > course.days.last_infusion:
        return False
    return closing(asked, courses, item) < course.days.first_infusion


def closing(asked: Question, courses: Sequence[Numbered], item: Item) -> date:
    """Return the last day on which a test can be done; of a date of a series there is none before the next."""
    if item.kind == "series":
        return date.max
    course = next(one for one in courses if one.number == (item.course or 1))
    if item.kind == "baseline":
        return course.days.first_infusion - ONE_DAY
    action = action_of(asked.protocol, action_name(item)) or {}
    closes: date = window_dates(action, course.days)["last_day"]
    return closes


def suggested_now(
    asked: Question, courses: Sequence[Numbered], items: Sequence[Item], suggested: date | None, *, is_overdue: bool
) -> date | None:
    """Return the day suggested for tests that can still be done; None if there are none."""
    if not items:
        return None
    if not is_overdue and (suggested is None or suggested >= asked.as_of):
        return suggested
    day = first_open_day(asked)
    if day is None or all(closing(asked, courses, item) < day for item in items):
        return None
    return day


def action_name(item: Item) -> str:
    """Return the action of an item."""
    return item.test.partition("/")[0]


def first_open_day(asked: Question) -> date | None:
    """Return the first day from `as_of` on which a test can be taken."""
    for days in range(SEARCH_DAYS):
        day = asked.as_of + timedelta(days=days)
        if asked.calendar.holidays_until is not None and day > asked.calendar.holidays_until:
            return None
        if is_open_for_tests(asked.calendar, day):
            return day
    return None


def states_of(asked: Question, courses: Sequence[Numbered], items: Sequence[Item]) -> dict[str, str]:
    """Say what became of every test, by its id."""
    judged = {}
    for one in monitored(asked.protocol, courses, asked.as_of, asked.known, grace_days=asked.grace_days):
        for entry in one["dates"]:
            judged[one["action"], one["course"], entry["due"]] = entry["state"]
    begun = {course.number for course in courses if course.number in on_record(asked)}
    found = {}
    for item in items:
        action = action_of(asked.protocol, action_name(item)) or {}
        if not may_be_judged(asked.protocol, action, asked.known) or is_before_records(asked, item.due):
            found[item.test] = "due" if item.due >= asked.as_of else "unrecorded"
        elif item.kind != "series":
            found[item.test] = state_before_a_course(asked, action, courses, item)
        elif (1 if item.course is None else item.course) in begun:
            found[item.test] = judged.get((action_name(item), item.course, item.due), "due")
        else:
            found[item.test] = "due" if item.due >= asked.as_of else "unrecorded"
    return found


def is_before_records(asked: Question, day: date) -> bool:
    """Say whether a day lies before tests were recorded (S32)."""
    return asked.known.tests_recorded_from is not None and day < asked.known.tests_recorded_from


def state_before_a_course(asked: Question, action: Mapping[str, Any], courses: Sequence[Numbered], item: Item) -> str:
    """Say what became of a baseline, or of a window in a visit."""
    course = next(one for one in courses if one.number == (item.course or 1))
    opens, closes = item.first_day, course.days.first_infusion - ONE_DAY
    if item.kind == "window":
        window = window_dates(action, course.days)
        opens, closes = window["first_day"], window["last_day"]
    if opens is None:
        before = course_before(courses, course)
        opens = date.min if before is None else before.days.last_infusion + ONE_DAY
    records = records_of_kind(asked.protocol, asked.known.observations, action["id"], asked.as_of)
    if any(opens <= day <= closes for day in records):
        return "done"
    if asked.as_of > closes:
        return "missed"
    return "due" if asked.as_of <= item.due else "overdue"


# --- windows and periods ---------------------------------------------------------------------


def windows_alone(asked: Question) -> Iterator[DueItem]:
    """Go through the windows that are in no visit and have no record."""
    courses = courses_that_count(asked)
    baselines = list(baseline_items(asked.protocol, courses, asked.calendar))
    in_visits = {item.test for item in window_items(asked.protocol, courses, baselines)}
    for action in asked.protocol["actions"]:
        for course in asked_for(action, courses) if action["kind"] == "window" and "closes" in action else ():
            name = f"{action['id']}/{whose(number_of(action, course))}"
            closes = window_dates(action, course.days)["last_day"]
            item = Item("", closes, name, "window", course.number, "", None, None, None, None)
            if name in in_visits:
                continue
            if may_be_judged(asked.protocol, action, asked.known) and not is_before_records(asked, closes):
                state = state_before_a_course(asked, action, courses, item)
            else:
                state = "due" if closes >= asked.as_of else "unrecorded"
            if state == "done":
                continue
            day = None
            if state == "due":
                last_open = last_open_day(asked, courses, course, action)
                day = suggested_now(asked, courses, [item], last_open, is_overdue=False)
            if is_listed(asked, closes, day, [state]) or is_waiting(asked, courses, item, state):
                yield {**plain(name, "window", closes, state), "suggested": day}


def last_open_day(
    asked: Question, courses: Sequence[Numbered], course: Numbered, action: Mapping[str, Any]
) -> date | None:
    """Return the last open day of a window, at most a year and a day before it closes."""
    window = window_dates(action, course.days)
    opens, closes = window["first_day"], window["last_day"]
    if opens is None:
        before = course_before(courses, course)
        opens = date.min if before is None else before.days.last_infusion + ONE_DAY
    for days in range(SEARCH_DAYS + 1):
        day: date = closes - timedelta(days=days)
        if day < opens:
            return None
        if asked.calendar.holidays_until is not None and day > asked.calendar.holidays_until:
            return None
        if is_open_for_tests(asked.calendar, day):
            return day
    return None


def period_items(asked: Question) -> Iterator[DueItem]:
    """Go through the periods: each is one item, on its last day, on the day of the question, or on its first day."""
    courses = courses_that_count(asked)
    periods: list[tuple[str, date, date | None]] = [
        ("contraception", first_day, last_day) for first_day, last_day in contraception(asked.protocol, courses)
    ]
    for action in asked.protocol["actions"]:
        if action["kind"] != "period" or action["id"] == "contraception":
            continue
        if action.get("per") == "treatment" and courses:
            whole = Anchors(courses[0].days.first_infusion, max(one.days.last_infusion for one in courses))
            periods.append((f"{action['id']}/treatment", *span_of(asked, action, whole)))
            continue
        periods += [
            (f"{action['id']}/course-{course.number}", *span_of(asked, action, course.days))
            for course in asked_for(action, courses)
        ]
    for name, first_day, last_day in periods:
        if last_day is not None and in_range(asked, last_day):
            yield plain(name, "period", last_day, "ends")
        elif first_day <= asked.as_of and (last_day is None or asked.as_of <= last_day):
            yield plain(name, "period", asked.as_of, "open")
        elif first_day > asked.as_of and in_range(asked, first_day):
            yield plain(name, "period", first_day, "starts")


def span_of(asked: Question, action: Mapping[str, Any], days: Anchors) -> tuple[date, date | None]:
    """Return the first and the last day of a period; None while it is open."""
    period = period_dates(action, days)
    if "open_until" in action:
        counts = counts_of(asked.protocol, action["open_until"], asked.known.observations, asked.as_of)
        period["last_day"] = closes_on(action["open_until"], counts, days.last_infusion, period["earliest_end"])
    return period["first_day"], period["last_day"]
