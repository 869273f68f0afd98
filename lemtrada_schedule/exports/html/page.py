"""`to_html`: a plan as one printable HTML page, as a sheet for the patient or in full for the clinic.

The page contains no script and loads nothing.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Final, Literal

from lemtrada_schedule.exports.html.closed_days import ClosedDays
from lemtrada_schedule.exports.html.course_sheet import CourseSheets
from lemtrada_schedule.exports.html.fridge_sheet import FridgeSheet
from lemtrada_schedule.exports.html.language import WordsSource, language_of
from lemtrada_schedule.exports.html.markup import Markup, element
from lemtrada_schedule.exports.html.month_grid import FirstWeekday
from lemtrada_schedule.exports.html.sections import (
    check_section,
    dates_section,
    glance_section,
    notes_section,
    passed_section,
    sources_section,
    timeline_section,
)
from lemtrada_schedule.exports.html.wording import Wording
from lemtrada_schedule.exports.titles import Titles
from lemtrada_schedule.plan.courses import days_on_record
from lemtrada_schedule.plan.items import shown_parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.arguments import check_choice, check_type

__all__ = ["Layout", "Page", "to_html"]

Layout = Literal["sheet", "full"]
"""What a page holds: `sheet` what the patient needs day by day, `full` every date with its reason."""

_MANY: Final = 3
"""A sheet for more courses than these is set more closely."""

_WEEKDAYS: Final = {"monday": 0, "sunday": 6}


class Page(str):
    """A whole HTML document. A notebook shows it in a frame, so that its styles do not affect the notebook."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the type and the length, without content."""
        return f"Page({len(self)} characters of HTML)"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the document in a frame that runs no script."""
        size = 'width="100%" height="900"'
        return f'<iframe title="Plan" sandbox {size} srcdoc="{escape(self)}"></iframe>'


def to_html(
    plan: Plan,
    *,
    titles: Titles = "neutral",
    layout: Layout | None = None,
    language: str | None = None,
    first_weekday: FirstWeekday | None = None,
    words: WordsSource | None = None,
) -> Page:
    """Return the plan as a page to read on a screen and to print on A4 or Letter.

    The document loads nothing: no script, picture or font. The same plan always gives the same text, because the page
    contains no current time.

    Args:
        plan: The plan to show.
        titles: `"neutral"` names no medicine, diagnosis, test or clinic, so that visitors may see the page. It
            omits the protocol's notes. `"clinical"` includes everything.
        layout: `"sheet"` is for the patient: sheet 1 for the fridge, then one sheet for each course. `"full"` also has
            a timeline, every date with its reason, skipped starts, and what is to be checked. The default is `"sheet"`
            with neutral titles and `"full"` with clinical ones.
        language: A language by BCP 47: `"en"`, `"de"`, with a region where dates or clock differ there, such as
            `"en-US"` or `"de-AT"`. Others than `"en"` and `"en-US"` need the extra `languages`. Default: the
            language of `words`, else English. Titles of a protocol and messages of findings are not translated
            where the language has no words for them.
        first_weekday: The first weekday of a row in the month grids, `"monday"` or `"sunday"`. Default: that of
            the language and its region.
        words: Your own words, as a TOML file or the dict in one. They replace some of a language, or all of
            another one; `docs/print-a-plan.md` shows how.

    Raises:
        InvalidInput: `plan` is not a `Plan` (`wrong-type`).
        InvalidInput: `titles`, `layout` or `first_weekday` is none of these values, or there are no words for
            `language` (`unknown-name`).
        InvalidInput: `words` has unknown or missing keys, placeholders or characters; each is named.
        UnreadableFile: The file of `words` cannot be read, or is larger than 64 KiB.
        MissingExtra: The language needs Babel, which is not installed.

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> plan = plan_treatment(
        ...     load_protocol("us"), read_clinic("examples/boston.toml"), not_before=date(2027, 1, 11), courses=1)
        >>> page = to_html(plan)
        >>> "Monday 11 January 2027" in page, "<script" in page
        (True, False)
        >>> "Montag, 11. Januar 2027" in to_html(plan, language="de")
        True
    """
    check_type(plan, Plan, "plan")
    check_choice(titles, Titles, "titles")
    if layout is not None:
        check_choice(layout, Layout, "layout")
    if first_weekday is not None:
        check_choice(first_weekday, FirstWeekday, "first_weekday")
    as_of = plan.provenance.request.as_of
    given = frozenset(day.id for course in plan.courses for day in days_on_record(course, as_of))
    said = Wording(titles == "clinical", language_of(language, words), given, as_of)
    first = said.language.dates.first_weekday if first_weekday is None else _WEEKDAYS[first_weekday]
    is_full = (layout or ("full" if said.clinical else "sheet")) == "full"
    if is_full:
        return _document(said, _title(said), _full(plan, said, first))
    kind = "patient close" if len(plan.courses) > _MANY else "patient"
    return _document(said, said.text("sheet.title"), _sheet(plan, said, first), kind)


def _title(words: Wording) -> str:
    return words.text("page.clinical" if words.clinical else "page.neutral")


def _document(words: Wording, name: str, body: Markup, kind: str | None = None) -> Page:
    direction = "rtl" if words.language.dates.is_right_to_left else None
    html = element("html", _head(name), body, lang=words.language.tag, dir=direction, class_=kind)
    return Page(f"<!DOCTYPE html>\n{html}\n")


@cache
def _style() -> Markup:
    return Markup(files(__package__).joinpath("page.css").read_text(encoding="utf-8"))


@cache
def _policy() -> str:
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _head(name: str) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", name),
        element("style", _style()),
    )


# --- the sheet for the patient -------------------------------------------------------------------


def _sheet(plan: Plan, words: Wording, first_weekday: int) -> Markup:
    walk = [item for part in shown_parts(plan) for item in part.items()]
    events = [event for item in walk for event in words.events(item)]
    closed = ClosedDays(plan, words)
    courses = CourseSheets(plan, events, words, first_weekday, closed, is_full=False)
    sheet = FridgeSheet(plan, walk, words, first_weekday)
    main = element("main", sheet.main(), map(courses.section, range(len(plan.courses))))
    return element("body", sheet.header(), main)


# --- the full page -------------------------------------------------------------------------------


def _full(plan: Plan, words: Wording, first_weekday: int) -> Markup:
    return element("body", _header(plan, words), _main(plan, words, first_weekday), _footer(plan, words))


def _header(plan: Plan, words: Wording) -> Markup:
    place = plan.provenance.clinic.name if words.clinical else None
    if plan.plan_id:
        which = words.text("page.plan", plan=plan.plan_id, revision=plan.revision)
    else:
        which = words.text("page.revision", revision=plan.revision)
    by = words.text("page.protocol", protocol=plan.protocol) if words.clinical else None
    facts = [place, which, by, words.text("page.zone", zone=plan.time_zone)]
    return element(
        "header",
        element("h1", _title(words)),
        element("p", " · ".join(filter(None, facts)), class_="facts"),
        element("p", words.text("page.aid"), class_="aid"),
    )


def _footer(plan: Plan, words: Wording) -> Markup:
    made = plan.provenance
    versions = f"lemtrada_schedule {made.library}, tzdata {made.tzdata}, holidays {made.holidays}"
    said = words.text("page.made", versions=versions, digest=made.protocol_digest[:12])
    made_with = element("p", said) if words.clinical else None
    newer = element("p", words.text("page.newer", revision=plan.revision))
    unreviewed = None if words.language.is_reviewed else element("p", words.text("page.unreviewed"))
    return element("footer", newer, made_with, unreviewed)


def _main(plan: Plan, words: Wording, first_weekday: int) -> Markup:
    walk = list(shown_parts(plan))
    found = [item for part in walk for item in part.items()]
    events = [event for item in found for event in words.events(item)]
    closed = ClosedDays(plan, words)
    courses = CourseSheets(plan, events, words, first_weekday, closed, is_full=True)
    return element(
        "main",
        glance_section(plan, words),
        check_section(plan, words),
        timeline_section(found, words),
        map(courses.section, range(len(plan.courses))),
        dates_section(events, words),
        passed_section(plan, closed, words),
        notes_section(walk, words),
        sources_section(plan, words),
    )
