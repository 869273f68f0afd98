"""The courses of a plan as a table: first and last day, the earliest day allowed, and why a course starts later."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from lemtrada_schedule.clinic.starts import PassedOver
from lemtrada_schedule.dates.day_names import DAYS, short_day
from lemtrada_schedule.exports.text.grid import beside, grid
from lemtrada_schedule.exports.text.style import Line, Style
from lemtrada_schedule.findings.reasons import CONVENTION
from lemtrada_schedule.plan.courses import Course, InfusionDay, days_on_record
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.plan.provenance import Request
from lemtrada_schedule.validation.plurals import how_many
from lemtrada_schedule.validation.scalars import clock

__all__ = ["course_lines", "start_in_words"]

_HEADER: Final = ("Course", "First day", "Last day", "Days", "Earliest allowed")

_TENTATIVE: Final = "  Tentative courses wait for a decision: their dates may still change."


def course_lines(plan: Plan, style: Style) -> Iterator[Line]:
    """Yield the courses of a plan, one row each, and the hours of their infusion days."""
    if not plan.courses:
        return
    header, *rows = grid(_HEADER, [_cells(course) for course in plan.courses], style.width)
    remarks = [_remark(course, plan.provenance.request) for course in plan.courses]
    yield from header
    for row, words in zip(rows, remarks, strict=True):
        yield from (*row[:-1], *beside(str(row[-1]), words, style.width))
    yield from _below(plan.courses, style.width)
    if any(course.status == "tentative" for course in plan.courses):
        yield _TENTATIVE


def start_in_words(course: Course) -> str:
    """Return how far the first day lies from the earliest one: `starts on time`."""
    if not course.drift_days:
        return "starts on time"
    apart = how_many(abs(course.drift_days), "day")
    return f"starts {apart} {'after' if course.drift_days > 0 else 'before'} the earliest day"


def _cells(course: Course) -> Sequence[str]:
    earliest = f"{short_day(course.earliest)}{'*' if _is_convention(course) else ''}"
    return str(course.number), short_day(course.first_day), short_day(course.last_day), str(len(course.days)), earliest


def _is_convention(course: Course) -> bool:
    return course.because.basis == "convention"


def _below(courses: Sequence[Course], width: int | None) -> Iterator[Line]:
    """Yield the hours of the infusion days and what the mark means, on one line where there is room."""
    hours = list(_hours(courses))
    mark = [f"* {CONVENTION}"] if any(map(_is_convention, courses)) else []
    together = f"  {'; '.join((*hours, *mark))}"
    if len(hours) == len(mark) == 1 and (width is None or len(together) <= width):
        yield together
    else:
        yield from (f"  {line}" for line in (*hours, *mark))


def _remark(course: Course, request: Request) -> str:
    """Return the status of a course that is not simply planned, and why it is not on its earliest day."""
    status = "" if course.status == "planned" else course.status
    given = len(days_on_record(course, request.as_of))
    count = f"{given} of {how_many(len(course.days), 'day')} given" if 0 < given < len(course.days) else ""
    late = f"+{how_many(course.drift_days, 'day')}" if course.drift_days > 0 else ""
    early = start_in_words(course) if course.drift_days < 0 else ""
    why = "; ".join(_closures(course.passed_over)) or _why_later(course, request)
    skipped = f"{late or 'skipped'}: {why}" if why else late
    return ", ".join(filter(None, (status, count, early, skipped)))


def _why_later(course: Course, request: Request) -> str:
    """Return why a course that has not begun is later than its earliest day, if the clinic is open before."""
    if course.drift_days <= 0 or course.status not in ("planned", "tentative"):
        return ""
    if course.first_day == request.not_before:
        return "as requested"
    return "not in the past" if course.first_day == request.as_of else "as scheduled"


def _closures(passed_over: Sequence[PassedOver]) -> Iterator[str]:
    """Yield why days were closed, each reason once; weekdays on which the clinic is never open together."""
    weekly = {one.closed_day.weekday() for one in passed_over if one.closure and one.closure.kind == "weekly"}
    if weekly:
        yield f"closed on {', '.join(DAYS[day][:3] for day in sorted(weekly))}"
    others = (one for one in passed_over if not one.closure or one.closure.kind != "weekly")
    yield from dict.fromkeys(one.closure.name if one.closure and one.closure.name else one.reason for one in others)


def _hours(courses: Sequence[Course]) -> Iterator[str]:
    """Yield the hours of the planned infusion days, once for neighbouring courses that have the same."""
    alike = [(course.number, tuple(dict.fromkeys(filter(None, map(_day, course.days))))) for course in courses]
    planned = [(number, hours) for number, hours in alike if hours]
    is_same = len({hours for _, hours in planned}) == 1
    for hours, group in groupby(planned, lambda one: one[1]):
        numbers = [number for number, _ in group]
        which = f"course {numbers[0]}" if len(numbers) == 1 else f"courses {numbers[0]} to {numbers[-1]}"
        if len(hours) == 1:
            yield f"{'each day' if is_same else f'{which}, each day'}: {hours[0]}"
        else:
            yield f"{which}: the hours differ from day to day"


def _day(day: InfusionDay) -> str | None:
    if day.infusion is None or day.observation is None:
        return None
    dose = f"{day.dose_mg} mg " if day.dose_mg else "infusion "
    hours = f"{clock(day.infusion.start)}-{clock(day.infusion.end)}"
    return f"{dose}{hours}, observation to {clock(day.observation.end)} or longer"
