"""`timeline`: the whole treatment as one SVG picture, for a notebook, a slide or a page of one's own."""

from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256
from typing import Final

from lemtrada_schedule.exports.html.markup import Markup, element, joined
from lemtrada_schedule.exports.html.timeline import FONT, WIDTH, Bands, Lane, Scale, drawn_lanes, lanes_of, width_of
from lemtrada_schedule.exports.html.timeline_shapes import Labels, block_kind, day_of, legend_shapes, mark
from lemtrada_schedule.exports.html.wording import Wording
from lemtrada_schedule.exports.titles import Titles, spaced_day
from lemtrada_schedule.plan.items import Item, shown_parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.accepted import DayLike
from lemtrada_schedule.validation.arguments import check_choice, check_type
from lemtrada_schedule.validation.scalars import checked_date

__all__ = ["Timeline", "timeline"]

FONTS: Final = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

LEGEND_LINE: Final = 24

STYLES: Final[dict[str, tuple[str, str]]] = {
    "card": ("fill:#ffffff", "fill:#15202b"),
    "name": ("fill:#16252d", "fill:#e8eef1"),
    "number": ("fill:#16252d;font-weight:700", "fill:#e8eef1"),
    "year": ("fill:#46555e;font-weight:600", "fill:#b7c4cc"),
    "legend": ("fill:#46555e", "fill:#b7c4cc"),
    "stripe": ("fill:#f2f6f8", "fill:#1c2a36"),
    "years": ("fill:none;stroke:#c3cdd2", "stroke:#3d4d59"),
    "course": ("fill:#0b4a63;stroke:#0b4a63", "fill:#9bd8f0;stroke:#9bd8f0"),
    "window": ("fill:#ffffff;stroke:#0b4a63", "fill:#15202b;stroke:#9bd8f0"),
    "baseline": ("fill:#ffffff;stroke:#0b4a63", "fill:#15202b;stroke:#9bd8f0"),
    "period": ("fill:#9dbccb;stroke:#0b4a63", "fill:#3b6a81;stroke:#9bd8f0"),
    "open": ("fill:none;stroke:#0b4a63;stroke-width:1.5", "stroke:#9bd8f0"),
    "tick": ("fill:none;stroke:#0b4a63;stroke-width:1.5", "stroke:#9bd8f0"),
    "deadline": ("fill:#0b4a63", "fill:#9bd8f0"),
    "as-of": ("fill:none;stroke:#16252d;stroke-width:1.5;stroke-dasharray:5 3", "stroke:#e8eef1"),
    "unsettled": ("stroke-dasharray:3 2", ""),
}
"""The style of each class of shape: on a light background, and what differs on a dark one."""


class Timeline(str):
    """An SVG document. A notebook shows it as a picture; written to a file, any browser shows it."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the type and the length, without content."""
        return f"Timeline({len(self)} characters of SVG)"

    def _repr_svg_(self) -> str:
        """Return what a notebook shows: the picture."""
        return str(self)


def timeline(plan: Plan, *, titles: Titles = "neutral", as_of: DayLike | None = None) -> Timeline:
    """Return the plan as one picture: years from left to right, courses, precautions, windows and visits in lanes.

    A course that was given is a filled block, one under way is half filled, a planned one is an outline, and one that
    depends on a decision is dashed. A visit is drawn on the day suggested for it, else on its due day. Notes, and what
    happens on the infusion days themselves, are not drawn. Blocks and bars have a minimum width, so a picture shows
    the order and the distances; `to_html` and `to_text` show each date.

    The picture is legible at a width of 600 pixels, has a background of its own, follows a dark colour scheme, and
    loads nothing. The same plan always gives the same text.

    Args:
        plan: The plan to draw.
        titles: `"neutral"` names no medicine, diagnosis or test, so that others may see the picture. `"clinical"`
            names everything.
        as_of: A day to mark with a line, such as today; `None`: no line.

    Raises:
        InvalidInput: `plan` is not a `Plan` (`wrong-type`).
        InvalidInput: `titles` is none of these values (`unknown-name`).
        InvalidInput: `as_of` is not a day from 2000 to 2099 (`calendar-date`, `date-range`).

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> plan = plan_treatment(
        ...     load_protocol("us"), read_clinic("examples/boston.toml"), not_before=date(2027, 1, 11), courses=1)
        >>> picture = timeline(plan, as_of=date(2027, 6, 1))
        >>> picture.startswith("<svg "), picture.count('class="as-of"'), "<script" in picture
        (True, 1, False)
    """
    check_type(plan, Plan, "plan")
    check_choice(titles, Titles, "titles")
    day = None if as_of is None else checked_date(as_of, "as_of")
    return _picture(plan, Wording(clinical=titles == "clinical"), day)


def _drawn(plan: Plan) -> list[Item]:
    """Return what is drawn: courses, what lasts or has a window, and what somebody orders on days of its own."""
    walk = (part for part in shown_parts(plan) if part.shape != "hours" and (part.shape != "day" or part.is_ordered))
    return [item for part in walk for item in part.items() if item.day]


def _picture(plan: Plan, words: Wording, as_of: date | None) -> Timeline:
    items, labels = _drawn(plan), Labels(title="Timeline of the treatment plan")
    lanes = lanes_of(items, words, labels) or [Lane("No dates", [])]
    scale = Scale.of(items, *filter(None, (as_of, None if items else plan.provenance.request.not_before)))
    drawn, bands = drawn_lanes(lanes, scale)
    marker = _as_of(as_of, scale.x(as_of), bands) if as_of else None
    legend, height = _legend(items, labels, bands.bottom + (LEGEND_LINE if as_of else 6))
    inside = joined(drawn, marker, legend)
    described = " ".join(_sentences(lanes, as_of))
    name = f"timeline-{sha256(f'{described}{inside}'.encode()).hexdigest()[:8]}"
    return Timeline(
        element(
            "svg",
            element("title", labels.title, id=f"{name}-title"),
            element("desc", described, id=f"{name}-desc"),
            element("style", _style(name)),
            mark("rect", "card", width=WIDTH, height=height, rx=6),
            inside,
            xmlns="http://www.w3.org/2000/svg",
            id=name,
            width=WIDTH,
            height=height,
            viewBox=f"0 0 {WIDTH} {height}",
            style="max-width:100%",  # with `height:auto`, cairosvg draws nothing
            font_family=FONTS,
            font_size=FONT,
            role="img",
            aria_labelledby=f"{name}-title {name}-desc",
        )
    )


def _style(name: str) -> Markup:
    """Return the styles of both colour schemes; the id of the picture keeps them away from what is around it."""
    light = "".join(f"#{name} .{shape}{{{plain}}}" for shape, (plain, _) in STYLES.items())
    dark = "".join(f"#{name} .{shape}{{{other}}}" for shape, (_, other) in STYLES.items() if other)
    return Markup(f"{light}@media (prefers-color-scheme:dark){{{dark}}}")


def _as_of(day: date, x: float, bands: Bands) -> Markup:
    words = f"as of {spaced_day(day)}"
    half = width_of(words) / 2 + 4
    middle = min(max(x, half), WIDTH - half)
    line = mark("path", "as-of", d=bands.line(x))
    return joined(line, mark("text", "name", words, x=middle, y=bands.bottom + 15, text_anchor="middle"))


def _legend(items: Sequence[Item], labels: Labels, top: int) -> tuple[list[Markup], int]:
    """Return the legend in as many lines as it needs, and the height where it ends."""
    drawn, x, y = [], 8.0, top
    for shapes, words in legend_shapes(items, labels):
        width = 31 + width_of(words)
        if x > 8.0 and x + width > WIDTH:
            x, y = 8.0, y + LEGEND_LINE
        drawn += [element("g", shapes, transform=f"translate({x:g} {y + 3})")]
        drawn += [mark("text", "legend", words, x=x + 31, y=y + 17)]
        x += width
    return drawn, y + LEGEND_LINE + 4


def _sentences(lanes: Sequence[Lane], as_of: date | None) -> Iterator[str]:
    """Yield what a screen reader says of the picture: each course with its days, and how much is in each other lane."""
    for lane in lanes:
        courses = [item.part.block for item in lane.items if item.part.block and item.ordinal == 1]
        for course in courses:
            kind = block_kind(course).replace("-", " ")
            yield f"Course {course.number}, {kind}: {spaced_day(course.first_day)} to {spaced_day(course.last_day)}."
        if not courses:
            yield _sentence(lane) if lane.items else f"{lane.name}."
    if as_of:
        yield f"Marked: {spaced_day(as_of)}."


def _sentence(lane: Lane) -> str:
    """Return what is in a lane: of what lasts for days, from when until when each time; else how often, and when."""
    lasting = [_lasting(item) for item in lane.items if item.shape == "holds"]
    days = [day_of(item) for item in lane.items if item.shape != "holds"]
    if len(days) > 1:
        lasting.append(f"{len(days)} times, {spaced_day(min(days))} to {spaced_day(max(days))}")
    elif days:
        lasting.append(spaced_day(days[0]))
    return f"{lane.name}: {'; '.join(lasting)}."


def _lasting(item: Item) -> str:
    last, later = item.last_day or item.earliest_end, " or later" if item.is_open or item.part.provisional else ""
    return f"{spaced_day(day_of(item))} {f'to {spaced_day(last)}{later}' if last else 'on, no end stated'}"
