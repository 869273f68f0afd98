"""A plan as plain text for a terminal, every day with weekday and month name, every date with its reason."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from lemtrada_schedule.clinic.starts import CourseStart
from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.explaining import explain, reason
from lemtrada_schedule.exports.text.course_table import start_in_words
from lemtrada_schedule.exports.text.finding_lines import finding_line
from lemtrada_schedule.exports.text.part_lines import labelled, part_lines, span
from lemtrada_schedule.exports.text.plan_head import plan_head
from lemtrada_schedule.exports.text.style import PLAIN, Line, Style, blocks_of_lines
from lemtrada_schedule.exports.text.visit_lines import visit_lines
from lemtrada_schedule.exports.titles import clinical_title
from lemtrada_schedule.findings.reasons import not_checked
from lemtrada_schedule.plan.courses import Course, InfusionDay, days_on_record
from lemtrada_schedule.plan.items import Part, notes, shown_parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.scalars import clock

__all__ = ["course_to_text", "plan_to_text", "starts_to_text"]


def plan_to_text(plan: Plan, style: Style = PLAIN) -> str:
    """Return the plan as text: courses, the dates around them, visits with their tests, notes, findings, its making."""
    walk = list(shown_parts(plan))
    around: list[Iterable[Line]] = [_dates(walk), visit_lines(walk), _notes(walk)]
    as_of = plan.provenance.request.as_of
    courses = (_course(course, as_of) for course in plan.courses)
    blocks = [plan_head(plan), *courses, *around, _findings(plan), _foot(plan)]
    return style.written(blocks_of_lines(blocks))


def course_to_text(course: Course) -> str:
    """Return one course as text: its days, why it is not earlier, and the starts that were skipped."""
    return PLAIN.written(_course(course))


def starts_to_text(starts: Sequence[CourseStart], style: Style = PLAIN) -> str:
    """Return possible starts as text, one line each, after the starts that were skipped before it."""
    return style.written(line for start in starts for line in _start(start))


def _start(start: CourseStart) -> Iterator[str]:
    yield from (f"    {explain(one)}" for one in start.passed_over)
    yield span(start.first_day, start.last_day)


def _course(course: Course, as_of: date | None = None) -> Iterator[str]:
    status = "" if course.status == "planned" else f", {course.status}"
    yield f"Course {course.number}: {span(course.first_day, course.last_day)} ({start_in_words(course)}{status})"
    yield f"  earliest {short_day(course.earliest)}: {reason(course.because)}"
    yield from (f"  {explain(one)}" for one in course.passed_over)
    given = days_on_record(course, as_of)
    for day in course.days:
        yield f"  day {day.number}  {short_day(day.date)}  {_day(day, is_given=day in given)}"


def _day(day: InfusionDay, *, is_given: bool) -> str:
    if day.infusion is None or day.observation is None:
        return f"given, {day.dose_mg} mg" if day.dose_mg else "given"
    given = "given, " if is_given else ""
    times = f"{given}infusion {_clock(day.infusion)}, then observation {_clock(day.observation)} or longer"
    return f"{times}  {day.dose_mg} mg" if day.dose_mg else times


def _clock(window: TimeWindow) -> str:
    return f"{clock(window.start)}-{clock(window.end)}"


def _dates(walk: Sequence[Part]) -> Iterator[str]:
    """Yield the dated activities, action by action, course by course; the same list of days is written once."""
    by_action: dict[str, list[Part]] = {}
    for part in walk:
        if part.shape not in ("infusion", "visit", "words"):
            by_action.setdefault(part.action, []).append(part)
    yield "Around the courses"
    listed: dict[tuple[date, ...], str] = {}
    for activities in by_action.values():
        yield f"  {clinical_title(activities[0])}"
        for part in activities:
            yield from labelled(part.course, part_lines(part, listed))


def _notes(walk: Sequence[Part]) -> Iterator[str]:
    found = notes(walk)
    yield from ["Notes of the protocol"] if found else []
    yield from (f"  {explain(note)}" for note in found)


def _findings(plan: Plan) -> Iterator[Line]:
    lines: list[Line] = [
        *(finding_line(finding, "  ") for finding in plan.findings),
        *not_checked(plan.not_assessed, "  not checked"),
    ]
    yield from ["Findings"] if lines else []
    yield from lines


def _foot(plan: Plan) -> Iterator[str]:
    made = plan.provenance
    versions = f"lemtrada_schedule {made.library}, tzdata {made.tzdata}, holidays {made.holidays}"
    yield "Made from"
    yield f"  {versions}; protocol digest {made.protocol_digest[:12]}"
    yield f"  {len(made.closures)} public holidays and closures, listed in the JSON form of the plan"
    yield from (f"  {source.id.upper()}: {source.document}" for source in made.sources)
    yield PLANNING_AID
