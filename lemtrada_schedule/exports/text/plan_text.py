"""`to_text`: a plan or a worklist as plain text for a terminal, every day with its weekday, every date with why."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, cast

from lemtrada_schedule.agenda.due_items import Worklist
from lemtrada_schedule.clinic.starts import CourseStart
from lemtrada_schedule.dates.day_names import short_day
from lemtrada_schedule.dates.time_windows import TimeWindow
from lemtrada_schedule.exports.disclaimer import PLANNING_AID
from lemtrada_schedule.exports.explaining import explain, reason
from lemtrada_schedule.exports.text.worklist_text import worklist_to_text
from lemtrada_schedule.exports.titles import clinical_title
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.activities import Baseline
from lemtrada_schedule.plan.courses import Course, InfusionDay
from lemtrada_schedule.plan.items import KEPT, Item, Part, Recurrence, notes, parts
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.validation.arguments import check_type
from lemtrada_schedule.validation.scalars import clock

__all__ = ["starts_to_text", "to_text"]

DATES_A_LINE: Final = 5

_LABEL: Final = len("treatment  ")


def to_text(plan: Plan | Worklist) -> str:
    """Return a plan or a worklist as text.

    Of a plan: courses, the dates around them, notes, findings, and what it was made from. Of a worklist: its items day
    by day, one line each.

    Raises:
        InvalidInput: `plan` is neither a `Plan` nor a `Worklist` (`wrong-type`).
    """
    if issubclass(type(plan), Worklist):
        return worklist_to_text(cast("Worklist", plan))
    check_type(plan, Plan, "plan")
    plan = cast("Plan", plan)
    walk = list(parts(plan))
    blocks = [_head(plan), *map(_course, plan.courses), _dates(walk), _notes(walk), _findings(plan), _foot(plan)]
    return "\n\n".join("\n".join(lines) for block in blocks if (lines := list(block))) + "\n"


def starts_to_text(starts: Sequence[CourseStart]) -> str:
    """Return possible starts as text, one line each, after the starts that were skipped before it."""
    return "".join(f"{line}\n" for start in starts for line in _start(start))


def _start(start: CourseStart) -> Iterator[str]:
    yield from (f"    {explain(one)}" for one in start.passed_over)
    yield _span(start.first_day, start.last_day)


def _span(first: date | None, last: date | None, *, least: str = "") -> str:
    return f"{short_day(first) if first else 'any day'} - {least}{short_day(last) if last else 'no end stated'}"


def _head(plan: Plan) -> Iterator[str]:
    resting = f", resting on {plan.extends}" if plan.extends else ""
    clinic = plan.provenance.clinic
    yield f"Plan by protocol {plan.protocol}{resting}"
    yield f"Clinic: {clinic.name or 'unnamed'}, times in {plan.time_zone}"


def _course(course: Course) -> Iterator[str]:
    drift = f"{course.drift_days} day{'' if course.drift_days == 1 else 's'} of drift"
    status = "" if course.status == "planned" else f", {course.status}"
    yield f"Course {course.number}: {_span(course.first_day, course.last_day)} ({drift}{status})"
    yield f"  earliest {short_day(course.earliest)}: {reason(course.because)}"
    yield from (f"  {explain(one)}" for one in course.passed_over)
    yield from (f"  day {day.number}  {short_day(day.date)}  {_day(day)}" for day in course.days)


def _day(day: InfusionDay) -> str:
    if day.infusion is None or day.observation is None:
        return f"given, {day.dose_mg} mg" if day.dose_mg else "given"
    times = f"infusion {_clock(day.infusion)}, then observation {_clock(day.observation)} or longer"
    return f"{times}  {day.dose_mg} mg" if day.dose_mg else times


def _clock(window: TimeWindow) -> str:
    return f"{clock(window.start)}-{clock(window.end)}"


def _dates(walk: Sequence[Part]) -> Iterator[str]:
    """Yield the dated activities, action by action, course by course; the same list of days is written once."""
    by_action: dict[str, list[Part]] = {}
    for part in walk:
        if part.shape not in ("infusion", "words"):
            by_action.setdefault(part.action, []).append(part)
    yield "Around the courses"
    listed: dict[tuple[date, ...], str] = {}
    for activities in by_action.values():
        yield f"  {clinical_title(activities[0])}"
        for part in activities:
            label = f"course {part.course}" if part.course else "treatment"
            for line in _lines(part, listed):
                yield f"    {label:{_LABEL}}{line}"
                label = ""


def _lines(part: Part, listed: dict[tuple[date, ...], str]) -> Iterator[str]:
    if part.recurrence:
        yield from _series(part, part.recurrence, listed)
        return
    own = part.items()
    begins = "until " if part.shape == "hours" else ""
    yield f"{begins}{', '.join(_when(item) for item in own)}"
    yield from _reasons(own[0].begins_because if part.shape == "within" else None, own[0].because)


def _reasons(*derivations: Derivation | None) -> Iterator[str]:
    yield from (reason(because) for because in derivations if because)


def _when(item: Item) -> str:
    """Return the days of an item: a range, one day, or the end of hours."""
    if item.window:
        return f"{short_day(item.window.end.date())} {clock(item.window.end)}"
    if item.first_day and item.earliest_end and item.is_open:
        return f"{short_day(item.first_day)} - open, not before {short_day(item.earliest_end)}"
    if item.shape == "day" and item.first_day:
        return short_day(item.first_day)
    return _span(item.first_day, item.last_day, least="at least " if item.part.provisional else "")


def _series(part: Part, series: Recurrence, listed: dict[tuple[date, ...], str]) -> Iterator[str]:
    if series.baseline:
        yield from _baseline(series.baseline)
    if not series.dates:
        yield f"no further date: {reason(series.ends_because)}"
        return
    more = ", and on: no end is stated" if series.continuing else ""
    more += ", and on: the course is not settled" if part.provisional else ""
    more += f"; {series.kept} of them {KEPT}" if series.kept else ""
    yield f"{_span(series.dates[0], series.dates[-1])}, {len(series.dates)} dates, every {series.every}{more}"
    first = "first counted" if series.kept else "first"
    yield f"{first}: {reason(series.because)}; none after {series.ends_because.result}: {reason(series.ends_because)}"
    if same := listed.get(series.dates):
        yield f"  the same days as: {same}"
        return
    listed[series.dates] = part.title
    for row in range(0, len(series.dates), DATES_A_LINE):
        yield "  " + "  ".join(short_day(day) for day in series.dates[row : row + DATES_A_LINE])


def _baseline(baseline: Baseline) -> Iterator[str]:
    window = _span(baseline.first_day, baseline.last_day)
    yield f"baseline due {short_day(baseline.due)}, counts from {window}"
    yield from _reasons(baseline.because)


def _notes(walk: Sequence[Part]) -> Iterator[str]:
    found = notes(walk)
    yield from ["Notes of the protocol"] if found else []
    yield from (f"  {explain(note)}" for note in found)


def _findings(plan: Plan) -> Iterator[str]:
    lines = [*map(explain, plan.findings), *map(explain, plan.not_assessed)]
    yield from ["Findings"] if lines else []
    yield from (f"  {line}" for line in lines)


def _foot(plan: Plan) -> Iterator[str]:
    made = plan.provenance
    versions = f"lemtrada_schedule {made.library}, tzdata {made.tzdata}, holidays {made.holidays}"
    yield "Made from"
    yield f"  {versions}; protocol digest {made.protocol_digest[:12]}"
    yield f"  {len(made.closures)} public holidays and closures, listed in the JSON form of the plan"
    yield from (f"  {source.id.upper()}: {source.document}" for source in made.sources)
    yield PLANNING_AID
