"""The timeline of the whole treatment as SVG: a lane for the courses, and one for each title."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, assert_never
from unicodedata import east_asian_width

from lemtrada_schedule.exports.html.markup import Markup, element
from lemtrada_schedule.exports.html.wording import Wording
from lemtrada_schedule.exports.titles import spaced_day
from lemtrada_schedule.plan.items import Item

__all__ = ["legend_of", "timeline"]

WIDTH: Final = 720

LEFT: Final = 214
"""Where the lanes start; their names are to the left."""

LINE: Final = 13

HEAD: Final = 22

NAME_WIDTH: Final = LEFT - 14

YEAR_WIDTH: Final = 30

BLOCK: Final = 4.0
"""The minimum width of a bar: five days would be too thin to see."""


@dataclass(frozen=True, slots=True, repr=False)
class _Scale:
    first: date
    last: date

    def x(self, day: date) -> float:
        share = (day - self.first).days / (self.last - self.first).days
        return round(LEFT + share * (WIDTH - LEFT - YEAR_WIDTH), 1)

    def years(self) -> Iterator[tuple[int, float]]:
        """Yield each year that has room for its number, and where it starts."""
        step = -(-YEAR_WIDTH * (self.last - self.first).days // (365 * (WIDTH - LEFT - YEAR_WIDTH)))
        for year in range(self.first.year + 1, self.last.year + 1, step):
            yield year, self.x(date(year, 1, 1))


def timeline(items: Sequence[Item], words: Wording) -> Markup:
    """Return the drawing: years from left to right, a lane for each title, in the order of the plan."""
    lanes: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        if item.day:
            lanes.setdefault(_lane_of(item, words), []).append(item)
    scale = _scale(items)
    drawn, top = [], HEAD
    for place, ((name, _), parts) in enumerate(lanes.items()):
        lines = wrapped(name)
        height = max(HEAD, LINE * len(lines) + 9)
        drawn += [_stripe(top, height)] if place % 2 else []
        drawn += [*_label(lines, top + height / 2), *_lane(parts, scale, top + height / 2)]
        top += height
    return _drawing(len(lanes), scale, top, drawn)


def _drawing(lanes: int, scale: _Scale, height: int, drawn: Sequence[Markup]) -> Markup:
    span = f"{lanes} lanes, from {spaced_day(scale.first)} to {spaced_day(scale.last)}"
    title = element("title", "The whole treatment on a line of time", id="timeline-title")
    desc = element("desc", f"{span}. Every date stands in the table of all dates.", id="timeline-desc")
    numbers = (element("text", year, x=f"{x + 3:g}", y=14, class_="year") for year, x in scale.years())
    lines = "".join(f"M{x:g} 4V{height}" for _, x in scale.years())
    return element(
        "svg", title, desc, drawn, element("path", d=lines, class_="years") if lines else None, numbers,
        viewBox=f"0 0 {WIDTH} {height + 2}", role="img", aria_labelledby="timeline-title timeline-desc",
    )  # fmt: skip


def _lane_of(item: Item, words: Wording) -> tuple[str, str]:
    """Return the key of an item's lane: the title, and for what lasts, the action.

    A lane contains the periods of all courses, so its title has no end. Several lanes may have the same neutral title.
    """
    if item.shape == "infusion":
        return "Courses", ""
    if words.clinical:
        return item.title, ""
    return item.part.neutral_title, item.part.action if item.shape in ("holds", "hours") else ""


def _scale(items: Sequence[Item]) -> _Scale:
    days = [day for item in items for day in (item.first_day, item.last_day, item.earliest_end) if day]
    return _Scale(min(days).replace(day=1), max(days) + timedelta(days=31))


def _stripe(top: int, height: int) -> Markup:
    return element("rect", x=0, y=top, width=WIDTH, height=height, class_="stripe")


def _label(lines: Sequence[str], middle: float) -> Iterator[Markup]:
    first = middle - LINE * (len(lines) - 1) / 2 + 4
    for place, line in enumerate(lines):
        yield element("text", line, x=4, y=f"{first + LINE * place:g}", class_="name")


def _lane(parts: Sequence[Item], scale: _Scale, middle: float) -> Iterator[Markup]:
    ticks = [item for item in parts if _is_tick(item)]
    if ticks:
        marks = "".join(f"M{scale.x(_first(item)):g} {middle - 5:g}v10" for item in ticks)
        yield element("path", d=marks, class_="tick")
    for item in parts:
        yield from _shape(item, scale, middle)


def _is_tick(item: Item) -> bool:
    return item.shape in ("hours", "day", "visit") and not _is_baseline(item)


def _is_baseline(item: Item) -> bool:
    """Whether it is a test before a course, or a visit for such tests alone."""
    return bool(item.baseline) or bool(item.visit and item.visit.kind == "baseline")


def _shape(item: Item, scale: _Scale, middle: float) -> Iterator[Markup]:
    """Yield what is drawn for an item besides ticks."""
    match item.shape:
        case "infusion":
            yield from _infusion(item, scale, middle)
        case "holds":
            yield from _period(item, scale, middle)
        case "within":
            yield _window(item, scale, middle)
        case "day" | "hours" | "visit" | "words":
            if _is_baseline(item):
                yield _diamond(scale.x(_first(item)), middle, "baseline")
        case _ as never:
            assert_never(never)


def _infusion(item: Item, scale: _Scale, middle: float) -> Iterator[Markup]:
    left = scale.x(_first(item))
    yield element("rect", x=f"{left:g}", y=f"{middle - 8:g}", width=f"{BLOCK:g}", height=16, class_="course")
    if item.ordinal == 1:
        yield element("text", item.course, x=f"{left + 8:g}", y=f"{middle + 4:g}", class_="number")


def _period(item: Item, scale: _Scale, middle: float) -> Iterator[Markup]:
    left, right = scale.x(_first(item)), scale.x(item.last_day or item.earliest_end or _first(item))
    width = max(BLOCK, right - left)
    yield element("rect", x=f"{left:g}", y=f"{middle - 4:g}", width=f"{width:g}", height=8, class_="period")
    if item.is_open:
        yield element("path", d=f"M{left + width:g} {middle:g}h14m-4 -3l4 3l-4 3", class_="open")


def _window(item: Item, scale: _Scale, middle: float) -> Markup:
    if not (item.first_day and item.last_day):
        return _diamond(scale.x(_first(item)), middle, "deadline")
    left, right = scale.x(item.first_day), scale.x(item.last_day)
    width = f"{max(BLOCK, right - left):g}"
    return element("rect", x=f"{left:g}", y=f"{middle - 4:g}", width=width, height=8, class_="window")


def _diamond(x: float, middle: float, kind: str) -> Markup:
    return element("path", d=f"M{x:g} {middle - 5:g}l5 5l-5 5l-5 -5z", class_=kind)


def _first(item: Item) -> date:
    return item.day or date.min


def legend_of(items: Sequence[Item]) -> Iterator[tuple[Markup, str]]:
    """Yield each shape that is drawn for some of these items, and what it means."""
    bar = {"x": 3, "y": 5, "width": 20, "height": 8}
    found = {item.shape for item in items if not _is_tick(item) and not _is_baseline(item)}
    ticks, baselines = any(map(_is_tick, items)), any(map(_is_baseline, items))
    shapes = (
        ("infusion" in found, "course", element("rect", x=11, y=1, width=4, height=16, class_="course")),
        ("holds" in found, "period", element("rect", **bar, class_="period")),
        ("holds" in found, "its end is still open", element("path", d="M4 9h16m-4 -3l4 3l-4 3", class_="open")),
        ("within" in found, "days for something", element("rect", **bar, class_="window")),
        ("within" in found, "first or last day for something", _diamond(13, 9, "deadline")),
        (baselines, "test before a course", _diamond(13, 9, "baseline")),
        (ticks, "one date", element("path", d="M13 4v10", class_="tick")),
    )
    for is_shown, words, shape in shapes:
        if is_shown:
            yield element("svg", shape, viewBox="0 0 26 18", aria_hidden="true"), words


def wrapped(text: str) -> list[str]:
    """Return a lane's name in lines that fit to the left of the lane: SVG does not wrap text."""
    lines, width = [""], 0.0
    for word in _pieces(text):
        if lines[-1] and width + _width(word) > NAME_WIDTH:
            lines.append("")
            width = 0.0
        lines[-1] += word
        width += _width(word)
    return [line.strip() for line in lines]


def _pieces(text: str) -> Iterator[str]:
    """Yield words with a space after each; a word wider than a line is split into characters."""
    for word in text.split():
        yield from (f"{word} ",) if _width(word) <= NAME_WIDTH else f"{word} "


def _width(text: str) -> float:
    return sum(_advance(character) for character in text)


def _advance(character: str) -> float:
    """Return an upper bound for the width of a character in common fonts, at the size of lane names."""
    if east_asian_width(character) in "WF":
        return 12.0
    if character in "iIjl.,;:'|! ":
        return 4.0
    return 10.5 if character in "WMm@%" else 8.2 if character.isupper() else 6.8
