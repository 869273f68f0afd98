"""Judge patients of a cohort one by one with `evaluate` and `forecast`, with results in the form of the screen."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.question import Question
from lemtrada_schedule.cohort.screen.chunks import NOT_KNOWN, STATUSES, Chunk
from lemtrada_schedule.cohort.screen.finding_bits import BIT
from lemtrada_schedule.cohort.screen.layout import COURSE_STATUSES, NO_DAY, Array, CourseRows, Screened, Tallies
from lemtrada_schedule.cohort.screen.lookup_tables import as_date, day_number, monitoring_ends
from lemtrada_schedule.findings.finding import MissingKind
from lemtrada_schedule.judging.forecasting import forecast
from lemtrada_schedule.judging.verdicts import Evaluation
from lemtrada_schedule.planning.activities import CourseAnchors, contraception
from lemtrada_schedule.protocol.intervals import earliest_day
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import CourseGiven, Courses, courses_given
from lemtrada_schedule.records.history import NAMED_ROWS, History, InfusionRecord
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["histories", "judged", "nothing_on_record", "unknown_years"]


def histories(chunk: Chunk, wanted: pa.Array, doses: Mapping[int, Any]) -> Iterator[tuple[Any, History]]:
    """Yield id and history of some patients of a chunk, in the order of `wanted`.

    Records after a patient's own date of the question are left out.
    """
    place = pc.index_in(chunk.patient, wanted)
    is_wanted = np.asarray(place.is_valid())
    if chunk.facts.as_of is not None:
        is_wanted &= chunk.day <= chunk.facts.as_of
    rows = np.flatnonzero(is_wanted)
    owner = np.asarray(place.take(pa.array(rows)))
    order = np.argsort(owner, kind="stable")
    rows, owner = rows[order], owner[order]
    numbers = chunk.number.of(rows)
    unreadable = _unreadable(chunk, wanted)
    ends = np.searchsorted(owner, np.arange(len(wanted) + 1))
    for index, patient in enumerate(wanted.to_pylist()):
        part = slice(ends[index], ends[index + 1])
        each = zip(rows[part].tolist(), numbers[part].tolist(), strict=True)
        own = tuple(_record(chunk, row, number, doses) for row, number in each)
        yield patient, History(patient=str(patient), infusions=own, unreadable=tuple(unreadable.get(index, ())))


def _unreadable(chunk: Chunk, wanted: pa.Array) -> dict[int, list[int]]:
    """Return the refused rows of each patient in `wanted` by index, with the first rows whose patient is unknown."""
    unknown = [int(row) for row in chunk.unknown_rows[:NAMED_ROWS]]
    found: dict[int, list[int]] = {place: list(unknown) for place in range(len(wanted) if unknown else 0)}
    for place, row in zip(pc.index_in(chunk.unreadable, wanted).to_pylist(), chunk.unreadable_rows, strict=True):
        if place is not None:
            found.setdefault(place, []).append(int(row))
    return {place: sorted(rows) for place, rows in found.items()}


def _record(chunk: Chunk, row: int, number: int, doses: Mapping[int, Any]) -> InfusionRecord:
    """Return one row of a chunk as a record, with its row number."""
    facts = chunk.facts
    given: dict[str, Any] = {"date": as_date(int(chunk.day[row])), "row": number}
    if facts.status is not None:
        given["status"] = STATUSES[facts.status[row]]
    for name, lengths in (("infusion_minutes", facts.infusion), ("observation_minutes", facts.observation)):
        if lengths is not None and lengths[row] != NOT_KNOWN:
            given[name] = int(lengths[row])
    if facts.dose is not None and facts.dose[row]:
        given["dose_mg"] = doses[int(facts.dose[row])]
    if facts.course is not None and facts.course[row]:
        given["course"] = int(facts.course[row])
    return InfusionRecord.model_validate(given)


def judged(of_patients: Sequence[History], question: Question, as_of: Array) -> Screened:
    """Return the results of `evaluate` and `forecast` for some patients, in the form of the screen.

    Args:
        of_patients: The histories.
        question: The question.
        as_of: The date of the question for each of them.
    """
    rows = [_judged(one, question, as_date(int(day))) for one, day in zip(of_patients, as_of, strict=True)]
    numbers = np.array([row.numbers for row in rows], np.int32).reshape(len(rows), 8).T
    place = np.arange(len(rows))
    result = Screened(
        patient=place, codes=np.zeros(len(rows), np.uint32), rows=numbers[0], infusions=numbers[1], courses=numbers[2],
        as_of=as_of, first_infusion=numbers[3], last_infusion=numbers[4], next_earliest=numbers[5],
        contraception_until=numbers[6], monitoring_until=numbers[7], unsure=np.ones(len(rows), bool),
        given=_course_rows([course for row in rows for course in row.given]),
    )  # fmt: skip
    for own, row in zip(place, rows, strict=True):
        for finding in row.evaluation.findings:
            years = [finding.day.year - FIRST_DATE.year] if finding.day else []
            result.add(_KINDS[finding.code], np.array([own]), np.array([finding.course or 0]), np.array(years, int))
        result.unknown_years |= unknown_years(row.evaluation)
        result.unrecorded.update(_unrecorded(row.evaluation))
    result.tallies = _tallies([course for row in rows for course in row.courses])
    return result


def nothing_on_record(size: int, question: Question, as_of: int) -> Screened:
    """Return the results for some patients without any record, which are the same for all of them.

    Args:
        size: How many patients.
        question: The question.
        as_of: The date of the question, as in the screen.
    """
    one = judged([History()], question, np.full(1, as_of, np.uint16))
    for each in fields(one):
        if isinstance(value := getattr(one, each.name), np.ndarray):
            setattr(one, each.name, np.repeat(value, size))
    one.patient = np.arange(size)
    return one


def _tallies(courses: Sequence[CourseGiven]) -> Tallies:
    """Return what the findings of some courses are counted out of, as `tallies_of` does."""
    records = [(course.number, record) for course in courses for record in course.records]
    days = [(course.number, day) for course in courses for day in course.days]
    completed = [record for _, record in records if record.status == "completed"]
    counted = {
        ("records", "course"): [number for number, _ in records],
        ("records", "year"): [record.date.year - FIRST_DATE.year for _, record in records],
        ("infusions", "course"): [number for number, _ in days],
        ("infusions", "year"): [day.year - FIRST_DATE.year for _, day in days],
        ("infusion_lengths", "all"): [0 for record in completed if record.infused_for is not None],
        ("observation_lengths", "all"): [0 for record in completed if record.observed_for is not None],
        ("doses", "all"): [0 for _, record in records if record.dose_mg is not None],
    }
    return {of: np.bincount(np.array(values, int)) for of, values in counted.items() if values}


@dataclass(frozen=True, slots=True, repr=False)
class _Row:
    evaluation: Evaluation
    numbers: tuple[int, ...]
    courses: Courses
    given: list[dict[str, Any]]
    """The columns of `CourseRows` for each course."""


_KINDS: Final = {kind.code: kind for kind in BIT}


def unknown_years(evaluation: Evaluation) -> set[int]:
    """Return the years whose public holidays an evaluation lacks, counted from 2000."""
    facts = [entry.fact for entry in evaluation.not_assessed]
    return {fact.year - FIRST_DATE.year for fact in facts if fact and fact.kind == "public-holidays" and fact.year}


def _unrecorded(evaluation: Evaluation) -> Iterator[tuple[str, MissingKind]]:
    """Yield what an evaluation does not assess because infusions of a course are not on record."""
    for entry in evaluation.not_assessed:
        if entry.fact and entry.fact.kind in ("infusion-days", "last-infusion"):
            yield entry.code, entry.fact.kind


def _judged(history: History, question: Question, as_of: dt.date) -> _Row:
    """Return the evaluation of one patient, and the numbers of its rows in the report."""
    evaluation = question.evaluation(history, as_of)
    outlook = forecast(history, question.protocol, as_of=as_of)
    courses = courses_given(history, question.protocol, as_of=as_of)
    infusions = sum(course.infusions for course in evaluation.courses)
    first, last = (courses[0].first_day, courses.latest.last_day) if courses else (None, None)
    ends = _ends(courses, question.protocol, as_of)
    if courses.without_last_day():
        last, ends = None, (None, None)
    dates = (first, last, outlook.earliest, *ends)
    counts = (len(history.infusions), infusions, len(courses))
    numbers = (*counts, *(NO_DAY if day is None else day_number(day) for day in dates))
    return _Row(
        evaluation, numbers, courses, [_course(course, courses, question.protocol, as_of) for course in courses]
    )


def _course(course: CourseGiven, courses: Courses, protocol: Protocol, as_of: dt.date) -> dict[str, Any]:
    """Return one course as a row of `CourseRows`."""
    before = courses.before(course)
    is_clear = before is None or not (course.unclear or before.contradicted)
    is_last, undecided = course is courses.latest, courses.question() is not None
    until = course.last_planned_day(as_of) if is_last and not undecided else course.last_day
    is_known = before is not None and not before.lacks_last_day
    last_before = before.last_day_before(course.first_day) if before and is_known else None
    return {
        "number": course.number,
        "first": day_number(course.first_day),
        "last": day_number(course.last_day),
        "lacks_last": course.lacks_last_day,
        "until": day_number(until),
        "infusions": len(course.days),
        "planned": course.planned,
        "status": COURSE_STATUSES.index(course.status),
        "since": (course.first_day - last_before).days if last_before else 0,
        "early": _days_early(course, before, protocol) if before and is_clear and is_known else 0,
        "clear": is_clear,
        "unsettled": course.contradicted or (is_last and undecided),
    }


def _days_early(course: CourseGiven, before: CourseGiven, protocol: Protocol) -> int:
    """Return how many days a course began before the earliest day that a forecast gave."""
    earliest = earliest_day(protocol, course.number, before.first_day, before.last_day)
    return max((earliest - course.first_day).days, 0) if earliest else 0


def _course_rows(courses: Sequence[Mapping[str, Any]]) -> CourseRows:
    return CourseRows.of(**{each.name: [course[each.name] for course in courses] for each in fields(CourseRows)})


def _ends(courses: Courses, protocol: Protocol, as_of: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """Return the last days of contraception and of monitoring if remaining days of a course follow at once (S09)."""
    if not courses:
        return None, None
    last = courses.latest
    planned = last.last_day if courses.question() else last.last_planned_day(as_of)
    given = [
        CourseAnchors(course.number, course.first_day, course.last_day, ()) for course in courses if course is not last
    ]
    periods = contraception(protocol, [*given, CourseAnchors(last.number, last.first_day, planned, ())])
    anchors = {"first infusion": last.first_day, "last infusion": planned}
    recurring, first_only = monitoring_ends(protocol)
    ends = [*recurring, *(first_only if last.number == 1 else ())]
    until = [end.from_day(anchors[end.anchor], rounding="later") for end in ends]
    return periods[-1].last_day, max(until, default=None)
