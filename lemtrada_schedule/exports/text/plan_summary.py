"""A plan on one screen: findings, courses, time line, what is due first, around each course, monitoring."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, get_args

from lemtrada_schedule.exports.disclaimer import IN_SHORT
from lemtrada_schedule.exports.text.around_lines import around_lines, before_lines, due_before, next_course, past
from lemtrada_schedule.exports.text.course_table import course_lines
from lemtrada_schedule.exports.text.finding_lines import finding_line
from lemtrada_schedule.exports.text.monitoring_lines import monitored, monitoring_lines
from lemtrada_schedule.exports.text.style import PLAIN, Line, Style, blocks_of_lines
from lemtrada_schedule.exports.text.time_line import time_line
from lemtrada_schedule.findings.finding import Finding, Severity
from lemtrada_schedule.findings.reasons import not_checked
from lemtrada_schedule.plan.items import notes, shown_parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.plurals import how_many

__all__ = ["SUMMARY_WIDTH", "plan_to_summary"]

SUMMARY_WIDTH: Final = 100
"""In columns: a summary is not wider."""

SHOWN_OF_A_CODE: Final = 5
"""How many findings of one code are shown; the full text of the plan has all of them."""

_SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)


def plan_to_summary(plan: Plan, style: Style = PLAIN, *, more: str = "the full text", hints: Sequence[str] = ()) -> str:
    """Return a plan on one screen.

    Args:
        plan: The plan.
        style: How wide the lines may be, and whether they are coloured.
        more: Where every date is shown.
        hints: Lines on what to do next, before the last line.
    """
    walk = list(shown_parts(plan))
    coming = next_course(plan.courses)
    due = due_before(coming, walk) if coming else []
    as_of = plan.provenance.request.as_of
    blocks: Sequence[Iterable[Line]] = (
        (*_head(plan), *_findings(plan)),
        (*course_lines(plan, style), *time_line(plan, walk, style)),
        before_lines(plan, coming, due, monitored(walk), style) if coming else (),
        around_lines(walk, plan.courses, [*due, *past(walk, as_of)], style),
        monitoring_lines(walk, as_of, style),
        _foot(len(notes(walk)), more, hints),
    )
    return style.written(blocks_of_lines(blocks))


def _head(plan: Plan) -> Iterator[Line]:
    courses, days = how_many(len(plan.courses), "course"), how_many(len(plan.infusion_days), "infusion day")
    clinic = plan.provenance.clinic.name or "an unnamed clinic"
    revision = f" (revision {plan.revision} of the plan)" if plan.revision else ""
    yield f"{courses}, {days} by {plan.protocol} at {clinic} ({plan.time_zone} time){revision}"


def _findings(plan: Plan) -> Iterator[Line]:
    """Yield the findings, errors first, a few of each code, and what was not checked."""
    listed: Counter[str] = Counter()
    for finding in sorted(plan.findings, key=_rank):
        listed[finding.code] += 1
        if listed[finding.code] <= SHOWN_OF_A_CODE:
            yield finding_line(finding)
    yield from (
        f"and {how_many(count - SHOWN_OF_A_CODE, 'more finding')} of the code {code}"
        for code, count in listed.items()
        if count > SHOWN_OF_A_CODE
    )
    yield from not_checked(plan.not_assessed)


def _rank(finding: Finding) -> int:
    return _SEVERITIES.index(finding.severity)


def _foot(count: int, more: str, hints: Sequence[str]) -> Iterator[Line]:
    notes_too = f", and {how_many(count, 'note')} of the protocol" if count else ""
    yield f"Every date with its reason{notes_too}: {more}"
    yield from hints
    yield IN_SHORT
