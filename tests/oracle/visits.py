"""Visits: the tests of one group that are due on one day (S40), and the day suggested for them (S41).

A clinic is a plain dictionary: `opening_hours` (by weekday), `closures`, `extra_open`, `fully_booked` (by day),
`laboratory` (`{"weekdays": [...]}`) and `results_days`. Public holidays come as a set of days.

Where the words leave something open, this is how they are read here:

* Only series and their baselines make visits. A window action without a group is no visit; one with a group is in a
  visit only where a baseline's day lies in its window.
* Where a course has baselines on several days, a window action joins that on the eve, else the latest that fits.
* On a day shared by a series of a course and one of the treatment, the course's id is taken; weeks win over days.
* Years are months: the second yearly examination is `.../24`.
* A baseline alone has no interval that ends on its due day. Half the shortest interval of its tests is half of the days
  from due - `every` (rounded later) to due.
* A visit that serves as baseline keeps both bounds of the baseline: the results, and its window.
* The anchor of a baseline on the eve is the last infusion before its course.
* A window action that joins a visit bounds nothing.
* A weekday whose hours are too short for an infusion is open for a test.
* Beyond the holiday data lies a day that would have to be looked at, going back from the latest day allowed.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple, TypedDict

from tests.oracle.following import Numbered, first_infusion_after
from tests.oracle.plan import NO_END_STATED, Anchors, draws, offset_day, span_after, window_dates
from tests.oracle.recorded import Protocol

ONE_DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NO_HOLIDAYS: frozenset[date] = frozenset()


class Visit(TypedDict):
    """One visit."""

    id: str
    group: str
    course: int | None
    kind: str
    due: date
    tests: list[str]
    """Sorted by name; their order means nothing."""
    suggested: date | None
    not_suggested: str | None


class Item(NamedTuple):
    """One test of a visit."""

    group: str
    due: date
    test: str
    """Its id, such as `blood-count/course-2/7`."""
    kind: str
    """`series`, `baseline`, or `window`."""
    course: int | None
    label: str
    """The last part of the visit's id that this item alone would give."""
    after: date | None
    """The anchor that the suggested day lies after."""
    interval: int | None
    """The days of the interval that ends on the due day."""
    last_day: date | None
    """Of a baseline: the last day by which its results are there."""
    first_day: date | None
    """Of a baseline: the first day of its window."""


class Calendar(NamedTuple):
    """When tests can be done."""

    clinic: Mapping[str, Any]
    holidays: frozenset[date] = NO_HOLIDAYS
    holidays_until: date | None = None
    """The last day that the holiday data know; None: all are known, or none are asked for."""


def visits(protocol: Protocol, courses: Sequence[Numbered], calendar: Calendar) -> list[Visit]:
    """Return every visit of these courses, by due day and id."""
    items = [*series_items(protocol, courses), *baseline_items(protocol, courses, calendar)]
    items += window_items(protocol, courses, items)
    by_day: dict[tuple[str, date], list[Item]] = {}
    for item in items:
        by_day.setdefault((item.group, item.due), []).append(item)
    found = []
    for (group, due), together in by_day.items():
        suggested, why_not = suggested_day(together, of_group(items, group), calendar)
        head = titled_by(together)
        found.append(
            Visit(
                id=visit_id(head),
                group=group,
                course=head.course,
                kind="due" if head.kind == "series" else "baseline",
                due=due,
                tests=sorted(item.test for item in together),
                suggested=suggested,
                not_suggested=why_not,
            )
        )
    return sorted(found, key=lambda visit: (visit["due"], visit["id"]))


def group_of(action: Mapping[str, Any]) -> str:
    """Return the group of an action: its own where it names none."""
    return str(action.get("visit", f"{action['id']}-visit"))


def of_group(items: Sequence[Item], group: str) -> list[Item]:
    """List the items of a group."""
    return [item for item in items if item.group == group]


# --- ids (S40) -------------------------------------------------------------------------------


def titled_by(together: Sequence[Item]) -> Item:
    """Return the item that a visit is called after."""
    return min(together, key=lambda item: (rank(item), item.course is None, item.label))


def rank(item: Item) -> int:
    """Order by what wins on a shared day: months, other units, baselines; never windows."""
    if item.kind == "series":
        return 0 if item.label.isdigit() else 1 if item.label.endswith("weeks") else 2
    return 3 if item.kind == "baseline" else 4


def visit_id(item: Item) -> str:
    """Return the id of a visit."""
    return f"{item.group}/{whose(item.course)}/{item.label}"


def whose(course: int | None) -> str:
    """Return the middle part of an id."""
    return "treatment" if course is None else f"course-{course}"


def label_of(every: str, times: int) -> str:
    """Return how far a due date is from its anchor: months as a number, other units with their name."""
    number, unit = every.split(" ")
    count = int(number) * times
    unit = unit.removesuffix("s")
    if unit == "month":
        return str(count)
    if unit == "year":
        return str(12 * count)
    return f"{count}-{unit}s"


# --- the tests -------------------------------------------------------------------------------


def due_dates(action: Mapping[str, Any], courses: Sequence[Numbered], course: Numbered) -> list[date]:
    """List the due dates of a series after one course, as a plan has them (S20)."""
    if action.get("per") == "treatment":
        whole = Anchors(courses[0].days.first_infusion, max(one.days.last_infusion for one in courses))
        return draws(course.days.last_infusion, action["every"], offset_day(until_of(action), whole, "later"))
    found = draws(course.days.last_infusion, action["every"], offset_day(until_of(action), course.days, "later"))
    next_course = first_infusion_after(courses, course)
    return [due for due in found if next_course is None or due <= next_course]


def until_of(action: Mapping[str, Any]) -> str:
    """Return up to when a plan lists due dates."""
    return str(action.get("until", NO_END_STATED))


def asked_for(action: Mapping[str, Any], courses: Sequence[Numbered]) -> list[Numbered]:
    """Return the courses that an action belongs to; one of the treatment is anchored on course 1."""
    return [course for course in courses if action.get("per", "course") == "course" or course.number == 1]


def number_of(action: Mapping[str, Any], course: Numbered) -> int | None:
    """Return the course that an item is named after, or None for one of the treatment."""
    return None if action.get("per") == "treatment" else course.number


def series_items(protocol: Protocol, courses: Sequence[Numbered]) -> Iterator[Item]:
    """Go through every due date of every series."""
    for action in protocol["actions"]:
        for course in asked_for(action, courses) if action["kind"] == "series" else ():
            number = number_of(action, course)
            anchor = course.days.last_infusion
            before = anchor
            for times, due in enumerate(due_dates(action, courses, course), start=1):
                yield Item(
                    group=group_of(action),
                    due=due,
                    test=f"{action['id']}/{whose(number)}/{times}",
                    kind="series",
                    course=number,
                    label=label_of(action["every"], times),
                    after=anchor,
                    interval=(due - before).days,
                    last_day=None,
                    first_day=None,
                )
                before = due


def baseline_items(protocol: Protocol, courses: Sequence[Numbered], calendar: Calendar) -> Iterator[Item]:
    """Go through every baseline: on a draw of the course before that may serve, else on the eve (S21)."""
    for action in protocol["actions"]:
        for course in asked_for(action, courses) if "baseline" in action else ():
            first_infusion = course.days.first_infusion
            opens = None
            if "within" in action["baseline"]:
                opens = span_after(first_infusion, action["baseline"]["within"], "later", -1)
            due = reused_draw(action, courses, course, opens) or first_infusion - ONE_DAY
            number = number_of(action, course)
            before = course_before(courses, course)
            yield Item(
                group=group_of(action),
                due=due,
                test=f"{action['id']}/{whose(number)}/baseline",
                kind="baseline",
                course=number,
                label="baseline",
                after=None if before is None else before.days.last_infusion,
                interval=(due - span_after(due, action["every"], "later", -1)).days,
                last_day=first_infusion - timedelta(days=calendar.clinic.get("results_days", 0)),
                first_day=opens,
            )


def course_before(courses: Sequence[Numbered], course: Numbered) -> Numbered | None:
    """Return the course with the latest infusion before a course began."""
    earlier = [one for one in courses if one.days.last_infusion < course.days.first_infusion]
    return max(earlier, key=lambda one: one.days.last_infusion, default=None)


def reused_draw(
    action: Mapping[str, Any], courses: Sequence[Numbered], course: Numbered, opens: date | None
) -> date | None:
    """Return the draw of the course before that serves as baseline, if there is one."""
    before = course_before(courses, course)
    if "reuse" not in action["baseline"] or before is None or action.get("per", "course") != "course":
        return None
    from_day = span_after(course.days.first_infusion, action["baseline"]["reuse"], "later", -1)
    if opens is not None:
        from_day = max(from_day, opens)
    serving = [day for day in due_dates(action, courses, before) if from_day <= day < course.days.first_infusion]
    return max(serving, default=None)


def window_items(protocol: Protocol, courses: Sequence[Numbered], items: Sequence[Item]) -> Iterator[Item]:
    """Put each window action of a group into the baseline's visit, if that day lies in its window."""
    for action in protocol["actions"]:
        for course in asked_for(action, courses) if action["kind"] == "window" and "visit" in action else ():
            number = number_of(action, course)
            window = window_dates(action, course.days)
            days = [
                item.due
                for item in items
                if item.kind == "baseline"
                and item.group == action["visit"]
                and item.course == number
                and (window["first_day"] is None or window["first_day"] <= item.due)
                and (window["last_day"] is None or item.due <= window["last_day"])
            ]
            if days:
                name = f"{action['id']}/{whose(number)}"
                yield Item(action["visit"], max(days), name, "window", number, "", None, None, None, None)


# --- the suggested day (S41) -----------------------------------------------------------------


def suggested_day(
    together: Sequence[Item], group: Sequence[Item], calendar: Calendar
) -> tuple[date | None, str | None]:
    """Go back from the due day, day by day, to the first one that is allowed and open."""
    due = together[0].due
    day = min([due, *[item.last_day for item in together if item.last_day is not None]])
    while is_late_enough(day, together, group):
        if calendar.holidays_until is not None and day > calendar.holidays_until:
            return None, "holiday-data-missing"
        if is_open_for_tests(calendar, day):
            return day, None
        day = day - ONE_DAY
    return None, "no-open-day"


def is_late_enough(day: date, together: Sequence[Item], group: Sequence[Item]) -> bool:
    """Say whether a day is not too early for any test of a visit."""
    due = together[0].due
    before = previous_due_day(together, group)
    if before is not None and day <= before:
        return False
    for item in together:
        if item.after is not None and day <= item.after:
            return False
        if item.first_day is not None and day < item.first_day:
            return False
    return (due - day).days <= min(intervals_of(together)) // 2


def intervals_of(together: Sequence[Item]) -> list[int]:
    """List the intervals of a visit's tests: of a test that is both, that of the series counts."""
    in_series = {item.test.partition("/")[0] for item in together if item.kind == "series"}
    return [
        item.interval
        for item in together
        if item.interval is not None and (item.kind == "series" or item.test.partition("/")[0] not in in_series)
    ]


def previous_due_day(together: Sequence[Item], group: Sequence[Item]) -> date | None:
    """Return the due day before, of the whole group.

    For a baseline on the eve, days that serve as baseline are none.
    """
    due = together[0].due
    serving = {item.due for item in group if item.kind == "baseline"}
    passed_by = serving if titled_by(together).kind == "baseline" else set()
    return max((item.due for item in group if item.due < due and item.due not in passed_by), default=None)


def is_open_for_tests(calendar: Calendar, day: date) -> bool:
    """Say whether a test can be taken; no chair is needed, so fully booked days are open."""
    clinic = calendar.clinic
    if str(day) in clinic.get("extra_open", {}):
        return True
    if str(day) in clinic.get("closures", {}) or day in calendar.holidays:
        return False
    laboratory = clinic.get("laboratory")
    weekdays = laboratory["weekdays"] if laboratory else clinic["opening_hours"]
    return WEEKDAYS[day.weekday()] in weekdays
