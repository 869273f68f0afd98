"""Judge patients of a cohort one by one with `evaluate` and `forecast`, with results in the form of the screen."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemtrada_schedule.cohort.question import Question
from lemtrada_schedule.cohort.screen.chunks import NOT_KNOWN, STATUSES, Chunk
from lemtrada_schedule.cohort.screen.finding_bits import BIT
from lemtrada_schedule.cohort.screen.layout import NO_DAY, Screened
from lemtrada_schedule.cohort.screen.lookup_tables import as_date, day_number, monitoring_ends
from lemtrada_schedule.judging.forecasting import forecast
from lemtrada_schedule.judging.verdicts import Evaluation
from lemtrada_schedule.planning.activities import CourseAnchors, contraception
from lemtrada_schedule.records.courses import Courses, courses_given
from lemtrada_schedule.records.history import NAMED_ROWS, History, InfusionRecord
from lemtrada_schedule.validation.scalars import FIRST_DATE

__all__ = ["histories", "judged", "unknown_years"]


def histories(chunk: Chunk, wanted: pa.Array, doses: Mapping[int, Any]) -> Iterator[tuple[Any, History]]:
    """Yield id and history of some patients of a chunk, in the order of `wanted`."""
    place = pc.index_in(chunk.patient, wanted)
    rows = np.flatnonzero(np.asarray(place.is_valid()))
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


def judged(of_patients: Sequence[History], question: Question) -> Screened:
    """Return the results of `evaluate` and `forecast` for some patients, in the form of the screen."""
    rows = [_judged(history, question) for history in of_patients]
    numbers = np.array([row.numbers for row in rows], np.int32).reshape(len(rows), 7).T
    place = np.arange(len(rows))
    result = Screened(
        patient=place, codes=np.zeros(len(rows), np.uint32), rows=numbers[0], infusions=numbers[1], courses=numbers[2],
        last_infusion=numbers[3], next_earliest=numbers[4], contraception_until=numbers[5],
        monitoring_until=numbers[6], unsure=np.zeros(len(rows), bool),
    )  # fmt: skip
    for own, row in zip(place, rows, strict=True):
        for finding in row.evaluation.findings:
            years = [finding.day.year - FIRST_DATE.year] if finding.day else []
            result.add(_KINDS[finding.code], np.array([own]), np.array([finding.course or 0]), np.array(years, int))
        result.unknown_years |= unknown_years(row.evaluation)
    return result


@dataclass(frozen=True, slots=True, repr=False)
class _Row:
    evaluation: Evaluation
    numbers: tuple[int, ...]


_KINDS: Final = {kind.code: kind for kind in BIT}


def unknown_years(evaluation: Evaluation) -> set[int]:
    """Return the years whose public holidays an evaluation lacks, counted from 2000."""
    facts = [entry.fact for entry in evaluation.not_assessed]
    return {fact.year - FIRST_DATE.year for fact in facts if fact and fact.kind == "public-holidays" and fact.year}


def _judged(history: History, question: Question) -> _Row:
    """Return the evaluation of one patient, and the numbers of its row in the report."""
    evaluation = question.evaluation(history)
    outlook = forecast(history, question.protocol, as_of=question.as_of)
    courses = courses_given(history, question.protocol, as_of=question.as_of)
    infusions = sum(course.infusions for course in evaluation.courses)
    last = courses.latest.last_day if courses else None
    dates = (last, outlook.earliest, *_ends(courses, question))
    counts = (len(history.infusions), infusions, len(courses))
    return _Row(evaluation, (*counts, *(NO_DAY if day is None else day_number(day) for day in dates)))


def _ends(courses: Courses, question: Question) -> tuple[dt.date | None, dt.date | None]:
    """Return the last days of contraception and of monitoring if remaining days of a course follow at once (S09)."""
    if not courses:
        return None, None
    last, protocol = courses.latest, question.protocol
    planned = last.last_day if courses.question() else last.last_planned_day(question.as_of)
    given = [
        CourseAnchors(course.number, course.first_day, course.last_day, ()) for course in courses if course is not last
    ]
    periods = contraception(protocol, [*given, CourseAnchors(last.number, last.first_day, planned, ())])
    anchors = {"first infusion": last.first_day, "last infusion": planned}
    recurring, first_only = monitoring_ends(protocol)
    ends = [*recurring, *(first_only if last.number == 1 else ())]
    until = [end.from_day(anchors[end.anchor], rounding="later") for end in ends]
    return periods[-1].last_day, max(until, default=None)
