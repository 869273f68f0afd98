"""`to_html`: a plan as one printable HTML page, with months, a timeline, and every date with its reason.

The page contains no script and loads nothing.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files

from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.html.closed_days import ClosedDays
from lemtrada_schedule.exports.html.course_sheet import course_section
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
from lemtrada_schedule.plan.items import shown_parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.arguments import check_choice, check_type

__all__ = ["Page", "to_html"]


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


def to_html(plan: Plan, *, titles: Titles = "neutral", first_weekday: FirstWeekday = "monday") -> Page:
    """Return the plan as a page for patient and clinic, to read on a screen and to print on A4 or Letter.

    Each course starts a new page when printed. The document loads nothing: no script, picture or font. The same plan
    always gives the same text, because the page contains no current time.

    Args:
        plan: The plan to show.
        titles: `"neutral"` names no medicine, diagnosis, test or clinic, so that visitors may see the page. It
            omits the protocol's notes, and says so. `"clinical"` includes everything.
        first_weekday: The first weekday of a row in the month grids, `"monday"` or `"sunday"`.

    Raises:
        InvalidInput: `plan` is not a `Plan` (`wrong-type`).
        InvalidInput: `titles` or `first_weekday` is none of these values (`unknown-name`).

    Example:
        >>> from datetime import date
        >>> from lemtrada_schedule import load_protocol, plan_treatment, read_clinic
        >>> plan = plan_treatment(
        ...     load_protocol("us"), read_clinic("examples/boston.toml"), not_before=date(2027, 1, 11), courses=1)
        >>> page = to_html(plan)
        >>> "Monday 11 January 2027" in page, "<script" in page
        (True, False)
    """
    check_type(plan, Plan, "plan")
    check_choice(titles, Titles, "titles")
    check_choice(first_weekday, FirstWeekday, "first_weekday")
    words = Wording(clinical=titles == "clinical")
    name = "Treatment plan" if words.clinical else "Calendar of appointments"
    body = element("body", _header(plan, words, name), _main(plan, words, first_weekday), _footer(plan, words))
    return Page(f"<!DOCTYPE html>\n{element('html', _head(name), body, lang='en')}\n")


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


def _header(plan: Plan, words: Wording, name: str) -> Markup:
    place = plan.provenance.clinic.name if words.clinical else None
    which = f"Plan {plan.plan_id}, revision {plan.revision}" if plan.plan_id else f"Revision {plan.revision}"
    by = f"by protocol {plan.protocol}" if words.clinical else None
    facts = [place, which, by, f"times of {plan.time_zone}"]
    return element(
        "header",
        element("h1", name),
        element("p", " · ".join(filter(None, facts)), class_="facts"),
        element("p", PLANNING_AID, class_="aid"),
    )


def _footer(plan: Plan, words: Wording) -> Markup:
    made = plan.provenance
    versions = f"lemtrada_schedule {made.library}, tzdata {made.tzdata}, holidays {made.holidays}"
    digest = f"protocol digest {made.protocol_digest[:12]}"
    made_with = element("p", f"Made with {versions}; {digest}.") if words.clinical else None
    newer = f"This is revision {plan.revision} of the plan. A newer revision replaces all of it."
    return element("footer", element("p", newer), made_with)


def _main(plan: Plan, words: Wording, first_weekday: FirstWeekday) -> Markup:
    walk = list(shown_parts(plan))
    found = [item for part in walk for item in part.items()]
    events = [event for item in found for event in words.events(item)]
    closed = ClosedDays(plan, clinical=words.clinical)
    return element(
        "main",
        glance_section(plan, words),
        check_section(plan, words),
        timeline_section(found, words),
        (
            course_section(plan, place, events, words, first_weekday, closed=closed)
            for place in range(len(plan.courses))
        ),
        dates_section(events),
        passed_section(plan, closed),
        notes_section(walk, words),
        sources_section(plan, words),
    )
