"""The page sections about the whole plan: overview, points to check, timeline, dates, skipped starts, notes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Final

from lemtrada_schedule.exports.explaining import explain
from lemtrada_schedule.exports.html.closed_days import ClosedDays
from lemtrada_schedule.exports.html.course_sheet import dated
from lemtrada_schedule.exports.html.markup import Markup, element, joined
from lemtrada_schedule.exports.html.timeline import legend_of, timeline
from lemtrada_schedule.exports.html.wording import Event, Wording
from lemtrada_schedule.plan.activities import NoteActivity
from lemtrada_schedule.plan.courses import Course
from lemtrada_schedule.plan.items import Item, Part, notes
from lemtrada_schedule.plan.plan import Plan

__all__ = [
    "check_section",
    "dates_section",
    "glance_section",
    "notes_section",
    "passed_section",
    "sources_section",
    "timeline_section",
]

_LEFT_OUT: Final = (
    "So that it can hang where visitors see it, this page names no medicine, no test and no clinic. It leaves out "
    "which source each date rests on and whether that is the label or a convention, and the protocol's notes for the "
    "patient ({notes}). The page with clinical titles has them all."
)


def _section(name: str, title: str, *inside: Markup | Iterator[Markup], class_: str | None = None) -> Markup:
    return element("section", element("h2", title, id=name), *inside, aria_labelledby=name, class_=class_)


def glance_section(plan: Plan, words: Wording) -> Markup:
    """Return the overview: one card for each course."""
    cards = (_card(course, words) for course in plan.courses)
    return _section("glance", "At a glance", element("ol", cards, class_="cards"))


def _card(course: Course, words: Wording) -> Markup:
    count = f"{len(course.days)} day{'' if len(course.days) == 1 else 's'}"
    hours = sorted({words.hours(day) for day in course.days})
    until = element("p", "to ", dated(course.last_day)) if len(course.days) > 1 else None
    return element(
        "li",
        element("h3", f"Course {course.number}"),
        element("p", dated(course.first_day), class_="when"),
        until,
        element("p", f"{count}, {', '.join(hours)}"),
    )


def check_section(plan: Plan, words: Wording) -> Markup | None:
    """Return the findings and open questions; a neutral page only counts them."""
    found = [*map(explain, plan.findings), *map(explain, plan.not_assessed)]
    if not found:
        return None
    if words.clinical:
        return _section("check", "To check", element("ul", (element("li", one) for one in found)), class_="check")
    counts: Counter[str] = Counter(finding.severity for finding in plan.findings)
    counts.update("open question" for _ in plan.not_assessed)
    counted = ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
    line = f"The clinic has points to look at ({counted}); the page with clinical titles names them."
    return _section("check", "To check", element("p", line), class_="check")


def timeline_section(items: Sequence[Item], words: Wording) -> Markup | None:
    """Return the timeline and its legend; `None` for a plan without dated items."""
    if not any(item.day for item in items):
        return None
    legend = element("ul", (element("li", icon, words) for icon, words in legend_of(items)), class_="legend")
    drawing = element("div", timeline(items, words), class_="scroll", tabindex=0, role="group", aria_label="Timeline")
    return _section("whole", "The whole treatment", drawing, legend)


def dates_section(events: Sequence[Event]) -> Markup:
    """Return the table of all dates, in order: what is on each, and why it is that day."""
    ordered = sorted(events, key=lambda event: event.day)
    head = element(
        "thead", element("tr", (element("th", name, scope="col") for name in ("Date", "What", "Why this day")))
    )
    years = (_year(year, list(some)) for year, some in groupby(ordered, key=lambda event: event.day.year))
    table = element("table", element("caption", "Every date of the plan, in order"), head, years, class_="dates")
    return _section("dates", "Every date", table, class_="dates")


def _year(year: int, events: Sequence[Event]) -> Markup:
    rows = (row for day, some in groupby(events, key=lambda event: event.day) for row in _rows(day, some))
    title = element("tr", element("th", year, scope="rowgroup", colspan=3), class_="year")
    return element("tbody", title, rows)


def _rows(day: date, events: Iterator[Event]) -> Iterator[Markup]:
    """Yield the rows of a day, one for each reason; events of the same name share one row with all their reasons."""
    reasons: dict[tuple[str, str, str], dict[str, Event]] = {}
    for event in events:
        reasons.setdefault((event.label, event.detail, event.source), {})[event.why] = event
    shared: dict[str, list[Event]] = {}
    for whys in reasons.values():
        shared.setdefault("; ".join(filter(None, whys)), []).append(next(iter(whys.values())))
    for place, (why, some) in enumerate(shared.items()):
        name = element("th", dated(day), scope="row", class_="again" if place else None)
        visit = any(event.shape == "infusion" for event in some)
        yield element("tr", name, element("td", _what(some)), element("td", why), class_="visit" if visit else None)


def _what(events: Sequence[Event]) -> Iterator[Markup]:
    """Yield the events of a day that share a reason; those with the same detail and source form one paragraph."""
    alike: dict[tuple[str, str], dict[str, None]] = {}
    for event in events:
        alike.setdefault((event.detail, event.source), {})[event.label] = None
    for (detail, source), labels in alike.items():
        cited = element("small", f" ({source})") if source else None
        yield element("p", element("b", "; ".join(labels)), f", {detail}" if detail else None, cited)


def passed_section(plan: Plan, closed: ClosedDays) -> Markup | None:
    """Return the table of skipped starts, each with its first closed day."""
    rows = [
        element(
            "tr",
            element("th", dated(one.first_day), scope="row"),
            element("td", course.number),
            element("td", dated(one.closed_day), f": {closed.skipped(one)}"),
        )
        for course in plan.courses
        for one in course.passed_over
    ]
    names = ("Start", "Course", "The clinic cannot give it on")
    head = element("thead", element("tr", (element("th", name, scope="col") for name in names)))
    caption = element("caption", "Starts that did not fit the clinic's calendar")
    table = element("table", caption, head, element("tbody", rows), class_="passed")
    return _section("passed", "Starts that were not possible", table) if rows else None


def notes_section(parts: Sequence[Part], words: Wording) -> Markup | None:
    """Return the protocol's notes, each once; a neutral page says how many it omits."""
    found = notes(parts)
    if not words.clinical:
        return _section("notes", "Left out of this page", element("p", _LEFT_OUT.format(notes=len(found))))
    return _section("notes", "Notes", element("dl", map(_note, found), class_="notes")) if found else None


def _note(note: NoteActivity) -> Markup:
    source = element("small", f" ({note.cite.upper()})")
    return element("div", joined(element("dt", note.title), element("dd", note.text, source)))


def sources_section(plan: Plan, words: Wording) -> Markup | None:
    """Return the documents that sources are short for; a neutral page names none."""
    sources = plan.provenance.sources
    if not sources or not words.clinical:
        return None
    lines = (element("div", element("dt", one.id.upper()), element("dd", one.document)) for one in sources)
    return _section("sources", "Sources", element("dl", lines, class_="sources"))
