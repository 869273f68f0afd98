"""The drawing of a whole treatment as SVG: years from left to right, a lane for the courses and one for each title."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final
from unicodedata import east_asian_width

from lemtrada_schedule.exports.html.markup import Markup, element
from lemtrada_schedule.exports.html.timeline_shapes import (
    COURSE_WIDTH,
    Labels,
    day_of,
    is_tick,
    legend_shapes,
    mark,
    marks,
)
from lemtrada_schedule.exports.html.wording import Wording, lettered
from lemtrada_schedule.plan.items import Item

__all__ = [
    "FONT",
    "WIDTH",
    "Bands",
    "Lane",
    "Scale",
    "drawn_lanes",
    "lanes_of",
    "legend_of",
    "timeline",
    "width_of",
    "wrapped",
]

WIDTH: Final = 640

LEFT: Final = 10
"""Where the axis starts."""

RIGHT: Final = 36
"""What is free to the right of the axis: the number of a last year, or the arrow of an open end."""

FONT: Final = 13
"""The size of all text: 12 pixels where the drawing is 600 pixels wide."""

LINE: Final = 16

HEAD: Final = 22
"""The height of the line of years."""

MARKS: Final = 24
"""The height of the marks below the name of a lane."""

DESCENT: Final = 5
"""How far letters reach below their baseline; vertical lines begin below them."""

NAME_WIDTH: Final = WIDTH - 2 * LEFT

YEAR_WIDTH: Final = 36


@dataclass(frozen=True, slots=True, repr=False)
class Scale:
    """Where each day lies between the left and the right end of the axis."""

    first: date
    last: date

    @classmethod
    def of(cls, items: Sequence[Item], *more: date) -> "Scale":
        """Return the scale that holds every day of some items, and some more days."""
        days = [*more, *(day for one in items for day in (one.first_day, one.last_day, one.earliest_end) if day)]
        return cls(min(days).replace(day=1), max(days) + timedelta(days=31))

    def x(self, day: date) -> float:
        """Return where a day lies."""
        share = (day - self.first).days / (self.last - self.first).days
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def years(self) -> Iterator[tuple[int, float]]:
        """Yield each year that has room for its number, and where it starts; the first one starts the axis."""
        step = -(-YEAR_WIDTH * (self.last - self.first).days // (365 * (WIDTH - LEFT - RIGHT)))
        found = [(year, self.x(date(year, 1, 1))) for year in range(self.first.year + 1, self.last.year + 1, step)]
        if not found or found[0][1] - LEFT >= YEAR_WIDTH:
            yield self.first.year, LEFT
        yield from found


@dataclass(frozen=True, slots=True, repr=False)
class Lane:
    """One lane of the drawing: its name, and the items that are drawn in it."""

    name: str
    items: list[Item]


def timeline(items: Sequence[Item], words: Wording, labels: Labels | None = None) -> Markup:
    """Return the drawing as part of a page, whose style sheet may override its colours."""
    labels = labels or Labels()
    lanes, scale = lanes_of(items, words, labels), Scale.of(items)
    drawn, bands = drawn_lanes(lanes, scale)
    span = {"lanes": len(lanes), "first": words.day(scale.first), "last": words.day(scale.last)}
    return element(
        "svg",
        element("title", labels.title, id="timeline-title"),
        element("desc", labels.description.format_map(span), id="timeline-desc"),
        drawn,
        viewBox=f"0 0 {WIDTH} {bands.bottom + 2}",
        role="img",
        aria_labelledby="timeline-title timeline-desc",
    )


def lanes_of(items: Sequence[Item], words: Wording, labels: Labels) -> list[Lane]:
    """Return the lanes in the order of the plan; an item without a day is in none.

    A lane holds the periods of all courses, so its name says no end. Lanes that share a neutral name have a letter, as
    on the first sheet of the page.
    """
    lanes: dict[tuple[str, str | None], Lane] = {}
    for item in items:
        if item.day:
            key = _lane_of(item, words, labels)
            lanes.setdefault(key, Lane(key[0], [])).items.append(item)
    names = lettered([lane.name for lane in lanes.values()])
    return [Lane(name, lane.items) for name, lane in zip(names, lanes.values(), strict=True)]


def _lane_of(item: Item, words: Wording, labels: Labels) -> tuple[str, str | None]:
    """Return the key of an item's lane: its name, and for what lasts, the action; courses have none."""
    if item.shape == "infusion":
        return labels.courses, None
    if words.clinical:
        return words.name(item), ""
    return words.name(item), item.part.action if item.shape in ("holds", "hours") else ""


@dataclass(frozen=True, slots=True, repr=False)
class Bands:
    """The heights of the bands of marks below the names of the lanes, and the height where the last lane ends."""

    tops: list[int]
    bottom: int

    def line(self, x: float) -> str:
        """Return the path of a vertical line through all bands, which leaves the names free."""
        return "".join(f"M{x:g} {top}V{top + MARKS - DESCENT}" for top in self.tops)


def drawn_lanes(lanes: Sequence[Lane], scale: Scale) -> tuple[list[Markup], Bands]:
    """Return the years and below them the lanes, each with its name above its marks; then where the marks are."""
    top, tops, behind, before = HEAD, [], [], []
    for place, lane in enumerate(lanes):
        names = wrapped(lane.name)
        height = LINE * len(names) + MARKS
        behind += [mark("rect", "stripe", x=0, y=top, width=WIDTH, height=height)] if place % 2 == 0 else []
        before += [*_name(names, top), *_lane(lane.items, scale, top + height - MARKS / 2)]
        top += height
        tops.append(top - MARKS + DESCENT)
    bands = Bands(tops, top)
    return [*behind, *_years(scale, bands), *before], bands


def _years(scale: Scale, bands: Bands) -> Iterator[Markup]:
    years = list(scale.years())
    begun = [x for year, x in years if date(year, 1, 1) >= scale.first]
    if begun:
        yield mark("path", "years", d="".join(f"M{x:g} 4V{HEAD}{bands.line(x)}" for x in begun))
    yield from (mark("text", "year", year, x=x + 3, y=HEAD - 7) for year, x in years)


def _name(lines: Sequence[str], top: int) -> Iterator[Markup]:
    yield from (mark("text", "name", line, x=LEFT, y=top + LINE * place) for place, line in enumerate(lines, start=1))


def _lane(items: Sequence[Item], scale: Scale, middle: float) -> Iterator[Markup]:
    ticks = "".join(f"M{scale.x(_shown_on(item)):g} {middle - 5:g}v10" for item in items if is_tick(item))
    if ticks:
        yield mark("path", "tick", d=ticks)
    for item in items:
        yield from marks(item, scale.x, middle)
    yield from _numbers(items, scale, middle)


def _shown_on(item: Item) -> date:
    """Return the day of a tick: of a visit, the day suggested for it."""
    return item.suggested or day_of(item)


def _numbers(items: Sequence[Item], scale: Scale, middle: float) -> Iterator[Markup]:
    """Yield the number of each course to the right of its block, where the next block leaves room for it."""
    courses = [item.part.block for item in items if item.part.block and item.ordinal == 1]
    lefts = [scale.x(course.first_day) for course in courses]
    for course, (left, following) in zip(courses, pairwise([*lefts, float(WIDTH)]), strict=True):
        right = max(left + COURSE_WIDTH, scale.x(course.last_day)) + 4
        if right + width_of(str(course.number)) <= following:
            yield mark("text", "number", course.number, x=right, y=middle + 5)


def legend_of(items: Sequence[Item], labels: Labels | None = None) -> Iterator[tuple[Markup, str]]:
    """Yield each shape that is drawn for some of these items as a small picture, and what it means."""
    for shapes, words in legend_shapes(items, labels or Labels()):
        yield element("svg", shapes, viewBox="0 0 26 18", aria_hidden="true"), words


def wrapped(text: str) -> list[str]:
    """Return a lane's name in lines that fit the drawing: SVG does not wrap text."""
    lines, width = [""], 0.0
    for word in _pieces(text):
        if lines[-1] and width + width_of(word) > NAME_WIDTH:
            lines.append("")
            width = 0.0
        lines[-1] += word
        width += width_of(word)
    return [line.strip() for line in lines]


def _pieces(text: str) -> Iterator[str]:
    """Yield words with a space after each; a word wider than a line is split into characters."""
    for word in text.split():
        yield from (f"{word} ",) if width_of(word) <= NAME_WIDTH else f"{word} "


def width_of(text: str) -> float:
    """Return an upper bound for the width of a text in common fonts."""
    return sum(_advance(character) for character in text)


def _advance(character: str) -> float:
    if east_asian_width(character) in "WF":
        return 14.2
    if character in "iIjl.,;:'|! ":
        return 4.8
    return 12.4 if character in "WMm@%" else 9.7 if character.isupper() else 8.1
