"""The shapes of a timeline: courses, periods, windows, dates and deadlines, and their legend.

Shapes differ in outline and filling, never in colour alone. Style sheets know them by their classes.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple, assert_never

from lemtrada_schedule.exports.html.markup import Markup, element
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.items import Item

__all__ = [
    "COURSE_WIDTH",
    "Labels",
    "X",
    "block_kind",
    "day_of",
    "is_tick",
    "legend_shapes",
    "mark",
    "marks",
]

X = Callable[[date], float]
"""Returns where a day lies on the axis."""

COURSE_WIDTH: Final = 9.0
"""The minimum width of a course: five days of six years would be too thin to see."""

BAR_WIDTH: Final = 4.0

BlockKind = Literal["given", "under-way", "planned", "unsettled"]
"""How far a course is: on record, begun, placed, or placed subject to a decision."""


BLOCKS: Final[tuple[BlockKind, ...]] = ("given", "under-way", "planned", "unsettled")


class Labels(NamedTuple):
    """The words of a timeline in one language."""

    title: str = "The whole treatment on a line of time"
    """The name of the drawing."""
    description: str = "{lanes} lanes, from {first} to {last}. Every date stands in the table of all dates."
    courses: str = "Courses"
    """The name of the lane of courses."""
    given: str = "course given"
    under_way: str = "course under way"
    planned: str = "course planned"
    unsettled: str = "depends on a decision"
    period: str = "period"
    is_open: str = "its end is still open"
    window: str = "days for something"
    deadline: str = "first or last day for something"
    baseline: str = "test before a course"
    tick: str = "one date"


def mark(name: str, class_: str, *text: str | int, **attributes: str | float) -> Markup:
    """Return a shape or a text of a class; `class_` may name further classes after the first."""
    numbers = {key: f"{value:g}" if isinstance(value, float) else value for key, value in attributes.items()}
    return element(name, *text, **numbers, class_=class_)


def block_kind(course: Course) -> BlockKind:
    """Return how far a course is."""
    match course.status:
        case "complete" | "partial" | "interrupted":
            return "given"
        case "in-progress":
            return "under-way"
        case "planned":
            return "planned"
        case "tentative":
            return "unsettled"
        case _ as never:
            assert_never(never)


def marks(item: Item, x: X, middle: float) -> Iterator[Markup]:
    """Yield what is drawn for an item, besides ticks, around a height."""
    match item.shape:
        case "infusion":
            yield from _course(item, x, middle)
        case "holds":
            yield from _period(item, x, middle)
        case "within":
            yield _window(item, x, middle)
        case "day" | "hours" | "visit" | "words":
            if _is_baseline(item):
                yield _diamond(x(day_of(item)), middle, "baseline")
        case _ as never:
            assert_never(never)


def is_tick(item: Item) -> bool:
    """Return whether an item is drawn as a tick: one date among others."""
    return item.shape in ("hours", "day", "visit") and not _is_baseline(item)


def _is_baseline(item: Item) -> bool:
    """Whether it is a test before a course, or a visit for such tests alone."""
    return bool(item.baseline) or bool(item.visit and item.visit.kind == "baseline")


def day_of(item: Item) -> date:
    """Return the first day of an item that has one, else its last: only such items are drawn."""
    return item.day or date.min


def _course(item: Item, x: X, middle: float) -> Iterator[Markup]:
    """Yield one block for a whole course, at its first day."""
    course = item.part.block
    if course and item.ordinal == 1:
        left = x(course.first_day)
        yield from _block(block_kind(course), left, middle - 8, max(COURSE_WIDTH, x(course.last_day) - left))


def _block(kind: BlockKind, x: float, y: float, width: float) -> Iterator[Markup]:
    """Yield a course: filled if given, half filled if under way, an outline if planned, dashed if not settled."""
    if kind == "given":
        yield mark("rect", "course given", x=x, y=y, width=width, height=16)
        return
    yield mark("rect", f"window {kind}", x=x, y=y, width=width, height=16)
    if kind == "under-way":
        yield mark("rect", "course begun", x=x, y=y, width=round(width / 2, 1), height=16)


def _period(item: Item, x: X, middle: float) -> Iterator[Markup]:
    left, right = x(day_of(item)), x(item.last_day or item.earliest_end or day_of(item))
    width = max(BAR_WIDTH, right - left)
    unsettled = " unsettled" if item.part.provisional or not item.is_settled else ""
    yield mark("rect", f"period{unsettled}", x=left, y=middle - 4, width=width, height=8)
    if item.is_open:
        yield mark("path", "open", d=f"M{left + width:g} {middle:g}h14m-4 -3l4 3l-4 3")


def _window(item: Item, x: X, middle: float) -> Markup:
    if not (item.first_day and item.last_day):
        return _diamond(x(day_of(item)), middle, "deadline")
    left, right = x(item.first_day), x(item.last_day)
    return mark("rect", "window", x=left, y=middle - 4, width=max(BAR_WIDTH, right - left), height=8)


def _diamond(x: float, middle: float, kind: str) -> Markup:
    return mark("path", kind, d=f"M{x:g} {middle - 5:g}l5 5l-5 5l-5 -5z")


def legend_shapes(items: Sequence[Item], labels: Labels) -> Iterator[tuple[tuple[Markup, ...], str]]:
    """Yield each shape that is drawn for some of these items, in a box of 26 by 18, and what it means."""
    courses = {block_kind(item.part.block) for item in items if item.part.block}
    for kind, words in zip(BLOCKS, (labels.given, labels.under_way, labels.planned, labels.unsettled), strict=True):
        if kind in courses:
            yield tuple(_block(kind, 8.0, 1.0, COURSE_WIDTH)), words
    bar = {"x": 3, "y": 5, "width": 20, "height": 8}
    drawn = [item for item in items if not is_tick(item) and not _is_baseline(item)]
    within = [bool(item.first_day and item.last_day) for item in drawn if item.shape == "within"]
    shapes = (
        (any(item.shape == "holds" for item in drawn), labels.period, mark("rect", "period", **bar)),
        (any(item.is_open for item in drawn), labels.is_open, mark("path", "open", d="M4 9h16m-4 -3l4 3l-4 3")),
        (any(within), labels.window, mark("rect", "window", **bar)),
        (not all(within), labels.deadline, _diamond(13, 9, "deadline")),
        (any(map(_is_baseline, items)), labels.baseline, _diamond(13, 9, "baseline")),
        (any(map(is_tick, items)), labels.tick, mark("path", "tick", d="M13 4v10")),
    )
    yield from (((shape,), words) for is_drawn, words, shape in shapes if is_drawn)
