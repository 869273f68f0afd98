"""Walk over a plan: every item by id, with its kind, days, titles and reason.

There are two views of a plan. `parts` yields each test by itself, for files that programs read. `shown_parts` yields
visits instead of their tests (S40), for people.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from lemtrada_schedule.plan.activities import NoteActivity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.parts import NAMESPACE, Item, ItemKind, Part, Shape, part_of
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.recurrence import KEPT, Recurrence
from lemtrada_schedule.plan.visits import Visit

__all__ = [
    "KEPT",
    "NAMESPACE",
    "Item",
    "ItemKind",
    "Part",
    "Recurrence",
    "Shape",
    "items",
    "notes",
    "part_of",
    "parts",
    "shown_parts",
    "visit_items",
]


def items(plan: Plan) -> Iterator[Item]:
    """Yield every item of a plan: infusion days, contraception, activities, then visits, each in the plan's order."""
    found = [item for part in parts(plan) for item in part.items()]
    yield from found
    yield from visit_items(plan, found)


def visit_items(plan: Plan, found: Iterable[Item]) -> Iterator[Item]:
    """Yield the visits of a plan, in order of their due days; a plan of an earlier release has none.

    A visit without any test in the plan is omitted: the caller has removed its activities.

    Args:
        plan: The plan.
        found: Its other items, including the tests of the visits.
    """
    by_id = {item.id: item for item in found} if plan.visits else {}
    for visit in plan.visits:
        if serves := [by_id[name] for name in visit.tests if name in by_id]:
            yield from _visit_part(visit, serves).items()


def shown_parts(plan: Plan) -> Iterator[Part]:
    """Yield the parts of a plan for people: visits, and everything that is not a test of a visit (S40).

    Visits come last, in order of their due days. A baseline on record is not a visit and is yielded by itself. For a
    plan without visits, each test is yielded by itself.
    """
    walk = [(part, part.items()) for part in parts(plan)]
    visits = list(visit_items(plan, (item for _, own in walk for item in own)))
    served = {name for visit in plan.visits for name in visit.tests}
    for part, own in walk:
        rest = [item for item in own if item.id not in served]
        if len(rest) == len(own):
            yield part
        elif rest:
            yield part._replace(recurrence=None, make=partial(_without, part.make, served))
    yield from (item.part for item in visits)


def _without(make: Callable[[Part], list[Item]], served: set[str], part: Part) -> list[Item]:
    return [item for item in make(part) if item.id not in served]


def notes(found: Iterable[Part]) -> list[NoteActivity]:
    """Return the notes among some parts, each once: the same note may belong to every course."""
    words = (item.note for part in found if part.shape == "words" for item in part.items())
    return list({note.action: note for note in words if note}.values())


def parts(plan: Plan) -> Iterator[Part]:
    """Yield each course and each activity of a plan: courses, contraception, then activities, in the plan's order."""
    waiting = {course.number for course in plan.courses if course.status == "tentative"}
    for course in plan.courses:
        yield _of_course(course)
    for activity in (*plan.contraception, *plan.activities):
        yield part_of(activity, is_settled=activity.course not in waiting)


def _of_course(course: Course) -> Part:
    return Part(
        source_part=course,
        shape="infusion",
        id=course.id,
        course=course.number,
        title=f"Course {course.number}",
        neutral_title="Appointment",
        is_settled=course.status != "tentative",
        make=partial(_infusions, course),
        because=course.because,
        block=course,
    )


def _visit_part(visit: Visit, serves: list[Item]) -> Part:
    """Return a visit as a part with one item. It depends on a decision only if all of its tests do."""
    concerns = {item.part.applies_to for item in serves}
    return Part(
        source_part=visit,
        shape="visit",
        id=visit.id,
        course=visit.course,
        title=visit.title,
        neutral_title=visit.neutral_title,
        is_settled=any(item.is_settled for item in serves),
        make=partial(_visit, visit, serves),
        applies_to=concerns.pop() if len(concerns) == 1 else None,
        because=visit.because,
        provisional=all(item.part.provisional and not item.baseline for item in serves),
    )


def _infusions(course: Course, part: Part) -> list[Item]:
    return [
        Item(part, day.id, "infusion", day.date, day.date, ordinal=day.number, infusion_day=day) for day in course.days
    ]


def _visit(visit: Visit, serves: list[Item], part: Part) -> list[Item]:
    return [Item(part, visit.id, "visit", visit.due, visit.due, visit.because, visit=visit, serves=serves)]
