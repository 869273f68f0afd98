"""The page sections about the whole plan: overview, points to check, timeline, dates, skipped starts, notes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from lemtrada_schedule.exports.explaining import explain
from lemtrada_schedule.exports.html.closed_days import ClosedDays
from lemtrada_schedule.exports.html.language import ORIGINAL
from lemtrada_schedule.exports.html.markup import Markup, element, joined
from lemtrada_schedule.exports.html.timeline import legend_of, timeline
from lemtrada_schedule.exports.html.timeline_shapes import Labels
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
    "section",
    "sources_section",
    "timeline_section",
]


def section(name: str, title: str, *inside: Markup | Iterator[Markup] | None, class_: str | None = None) -> Markup:
    """Return a section with its heading, which names it for screen readers."""
    return element("section", element("h2", title, id=name), *inside, aria_labelledby=name, class_=class_)


def glance_section(plan: Plan, words: Wording) -> Markup:
    """Return the overview: one card for each course."""
    cards = (_card(course, words) for course in plan.courses)
    return section("glance", words.text("full.glance"), element("ol", cards, class_="cards") if plan.courses else None)


def _card(course: Course, words: Wording) -> Markup:
    given = len(course.days) - len(words.days_ahead(course))
    is_part = 0 < given < len(course.days)
    if is_part:
        count = words.text("full.given", given=given, count=len(course.days))
    else:
        count = words.text("full.days", count=len(course.days))
    hours = dict.fromkeys(words.hours(day) for day in words.days_ahead(course) or course.days)
    status = element("span", words.status(course), class_="status") if course.status != "planned" else None
    is_long = len(course.days) > 1
    until = element("p", words.say("course.until", day=words.dated(course.last_day))) if is_long else None
    return element(
        "li",
        element("h3", words.text("course.heading", number=course.number), " " if status else None, status),
        element("p", words.dated(course.first_day), class_="when"),
        until,
        element("p", f"{count}, {'; '.join(hours)}"),
    )


def check_section(plan: Plan, words: Wording) -> Markup | None:
    """Return the findings and open questions, in English; a neutral page only counts them."""
    found = [*map(explain, plan.findings), *map(explain, plan.not_assessed)]
    if not found:
        return None
    title = words.text("full.check")
    if words.clinical:
        lang = None if words.language.is_original else ORIGINAL
        return section("check", title, element("ul", (element("li", one, lang=lang) for one in found)), class_="check")
    counts: Counter[str] = Counter(finding.severity for finding in plan.findings)
    counts.update("question" for _ in plan.not_assessed)
    counted = ", ".join(words.text(f"full.{name}", count=count) for name, count in counts.items())
    return section("check", title, element("p", words.text("full.points", points=counted)), class_="check")


def timeline_section(items: Sequence[Item], words: Wording) -> Markup | None:
    """Return the timeline and its legend; `None` for a plan without dated items."""
    if not any(item.day for item in items):
        return None
    labels = Labels(**{name: str(words.language.texts[f"timeline.{name}"]) for name in Labels._fields})
    legend = element("ul", (element("li", icon, said) for icon, said in legend_of(items, labels)), class_="legend")
    name = words.text("timeline.group")
    drawing = element("div", timeline(items, words, labels), class_="scroll", tabindex=0, role="group", aria_label=name)
    return section("whole", words.text("timeline.heading"), drawing, legend)


def dates_section(events: Sequence[Event], words: Wording) -> Markup:
    """Return the table of all dates, in order: what is on each, and why it is that day."""
    ordered = sorted(events, key=lambda event: event.day)
    names = [words.text(key) for key in ("course.date", "full.what", "full.why")]
    head = element("thead", element("tr", (element("th", name, scope="col") for name in names)))
    years = (_year(year, list(some), words) for year, some in groupby(ordered, key=lambda event: event.day.year))
    table = element("table", element("caption", words.text("full.dates_table")), head, years, class_="dates")
    return section("dates", words.text("full.dates"), table, class_="dates")


def _year(year: int, events: Sequence[Event], words: Wording) -> Markup:
    rows = (row for day, some in groupby(events, key=lambda event: event.day) for row in _rows(day, some, words))
    title = element("tr", element("th", year, scope="rowgroup", colspan=3), class_="year")
    return element("tbody", title, rows)


def _rows(day: date, events: Iterator[Event], words: Wording) -> Iterator[Markup]:
    """Yield the rows of a day, one for each reason; events of the same name share one row with all their reasons."""
    reasons: dict[tuple[str, str, str], dict[str, Event]] = {}
    for event in events:
        reasons.setdefault((event.label, event.detail, event.source), {})[event.why] = event
    shared: dict[str, list[Event]] = {}
    for whys in reasons.values():
        shared.setdefault("; ".join(filter(None, whys)), []).append(next(iter(whys.values())))
    for place, (why, some) in enumerate(shared.items()):
        name = element("th", words.dated(day), scope="row", class_="again" if place else None)
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


def passed_section(plan: Plan, closed: ClosedDays, words: Wording) -> Markup | None:
    """Return the table of skipped starts, each with its first closed day."""
    rows = [
        element(
            "tr",
            element("th", words.dated(one.first_day), scope="row"),
            element("td", course.number),
            element("td", words.say("full.closed_on", day=words.dated(one.closed_day), reason=closed.skipped(one))),
        )
        for course in plan.courses
        for one in course.passed_over
    ]
    names = (words.text(f"full.{name}") for name in ("start", "course", "cannot"))
    head = element("thead", element("tr", (element("th", name, scope="col") for name in names)))
    caption = element("caption", words.text("full.passed_table"))
    table = element("table", caption, head, element("tbody", rows), class_="passed")
    return section("passed", words.text("full.passed"), table) if rows else None


def notes_section(parts: Sequence[Part], words: Wording) -> Markup | None:
    """Return the protocol's notes, each once; a neutral page says how many it omits."""
    found = notes(parts)
    if not words.clinical:
        text = words.text("full.left_out_text", notes=len(found))
        return section("notes", words.text("full.left_out"), element("p", text))
    listed = element("dl", (_note(one, words) for one in found), class_="notes")
    return section("notes", words.text("full.notes"), listed) if found else None


def _note(note: NoteActivity, words: Wording) -> Markup:
    source = element("small", f" ({note.cite.upper()})")
    title = words.language.title(note.title)
    return element("div", joined(element("dt", title), element("dd", note.text, source)))


def sources_section(plan: Plan, words: Wording) -> Markup | None:
    """Return the documents that sources are short for; a neutral page names none."""
    sources = plan.provenance.sources
    if not sources or not words.clinical:
        return None
    lines = (element("div", element("dt", one.id.upper()), element("dd", one.document)) for one in sources)
    return section("sources", words.text("full.sources"), element("dl", lines, class_="sources"))
