"""`evaluate`: courses, status and findings of a history, and what could not be assessed."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.findings.catalogue import (
    COURSE_BOUNDARY_UNCLEAR,
    COURSE_INCOMPLETE,
    COURSE_INTERRUPTED,
    COURSE_NOT_CONSECUTIVE,
    EARLIER_COURSE_NOT_ON_RECORD,
    NEEDS_CLINICAL_DECISION,
    OVERRIDDEN,
)
from lemtrada_schedule.findings.finding import At, Finding, MissingFact, NotAssessed, Override
from lemtrada_schedule.judging.changes_on import next_change, turning_days
from lemtrada_schedule.judging.monitoring import monitored
from lemtrada_schedule.judging.overrides import Overrides
from lemtrada_schedule.judging.rules import RULES
from lemtrada_schedule.judging.rules.case import Answer, Case
from lemtrada_schedule.judging.verdicts import CourseVerdict, Evaluation, TreatmentStatus
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import CourseGiven, Courses, courses_given
from lemtrada_schedule.records.history import History, RecordedOverride
from lemtrada_schedule.records.recorded_tests import recorded_tests, unreadable_row
from lemtrada_schedule.validation.accepted import DayLike
from lemtrada_schedule.validation.arguments import check_type, refused_argument
from lemtrada_schedule.validation.scalars import checked_date

__all__ = [
    "LONGEST_GRACE",
    "LONGEST_TOLERANCE",
    "TAKEN_AWAY",
    "case_of",
    "check_days",
    "evaluate",
    "treatment_status",
]

LONGEST_TOLERANCE: Final = 366
"""The highest `tolerance_days`."""

LONGEST_GRACE: Final = 366
"""The highest `grace_days`."""


def evaluate(
    history: History,
    protocol: Protocol,
    *,
    as_of: DayLike,
    clinic: Clinic | None = None,
    tolerance_days: int = 0,
    grace_days: int = 0,
) -> Evaluation:
    """Judge a history on a day: return its courses, status, findings, and what could not be assessed.

    A history that departs from the protocol is judged, never refused. The order of the records does not matter.

    Args:
        history: One patient's records.
        protocol: The rules.
        as_of: The date of the question, in the clinic's time zone. Records after it do not count as given.
        clinic: If given, records on closed days and outside the opening hours are reported too.
        tolerance_days: How many days too early a course may begin with a warning (`within-tolerance`) instead of an
            error, 0 to 366; the label allows none.
        grace_days: How many days after its due date a test is still on time, 0 to 366; the label allows none. It is
            at most a quarter of the interval to the next due date.

    Raises:
        UnknownName: The clinic's country or subdivision is unknown.
        InvalidInput: An argument is not valid.

    Source:
        The protocol, entry by entry; rules of time, S04 to S16, S28 to S33 and S42.

    Example:
        >>> from lemtrada_schedule import History, load_protocol
        >>> given = ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07", "2026-03-02"]
        >>> evaluation = evaluate(History.from_dates(given), load_protocol("us"), as_of=date(2026, 3, 2))
        >>> evaluation.status, [(finding.code, finding.row) for finding in evaluation.findings]
        ('course-2-in-progress', [('interval-below-minimum', 6)])
    """
    check_type(history, History, "history")
    check_type(protocol, Protocol, "protocol")
    if clinic is not None:
        check_type(clinic, Clinic, "clinic")
    as_of = checked_date(as_of, "as_of")
    check_days(tolerance_days, LONGEST_TOLERANCE, "tolerance_days")
    check_days(grace_days, LONGEST_GRACE, "grace_days")

    def case_on(day: date) -> Case:
        return case_of(history, protocol, day, clinic, tolerance_days, grace_days=grace_days)

    case = case_on(as_of)
    evaluation = _evaluated(case)
    changes_on = _changes_on(case, evaluation, lambda day: _evaluated(case_on(day)))
    return evaluation if changes_on is None else evaluation.model_copy(update={"changes_on": changes_on})


def check_days(value: int, most: int, argument: str) -> None:
    """Raise `InvalidInput` unless an argument is a number of days from 0 to `most`."""
    if type(value) is not int or not 0 <= value <= most:
        raise refused_argument("out-of-range", argument, f"expected a whole number from 0 to {most}")


def _changes_on(case: Case, evaluation: Evaluation, evaluated_on: Callable[[date], Evaluation]) -> date | None:
    """Return the next day on which an evaluation changes by itself (S24).

    Due dates change on known days, so no evaluation on those days is needed. Tests and overrides dated in the future
    count from their day on.
    """
    monitored_on = case.monitored.changes_on
    days = turning_days(case.history, case.protocol, case.as_of) | case.monitored.overrides_on
    days |= {seen.date for seen in case.history.observations if seen.date > case.as_of}
    if monitored_on:
        days = {day for day in days if day < monitored_on}
    return next_change(evaluation, days, evaluated_on) or monitored_on


def _evaluated(case: Case) -> Evaluation:
    """Return the evaluation of a case, without the day on which it changes."""
    history, courses = case.history, case.courses
    answers = [answer for rule in RULES for answer in rule.answers(case)]
    if history.unreadable:
        answers = [known for answer in answers for known in _as_far_as_read(answer, history)]
    findings = _overridden([a for a in answers if isinstance(a, Finding)], case)
    return Evaluation(
        as_of=case.as_of,
        status=_status(courses, history),
        courses=tuple(_verdict(course) for course in courses),
        findings=tuple(sorted(findings, key=_place)),
        monitoring=tuple(one.verdict for one in case.monitored.judged),
        not_assessed=(
            *_unreadable(history),
            *_open_ended(courses),
            *(a for a in answers if isinstance(a, NotAssessed)),
        ),
        changes_on=None,
    )


def case_of(
    history: History,
    protocol: Protocol,
    as_of: date,
    clinic: Clinic | None,
    tolerance_days: int,
    *,
    grace_days: int = 0,
) -> Case:
    """Return the input of the rules: a history with its courses and tests as of a day."""
    courses = courses_given(history, protocol, as_of=as_of)
    given = tuple([(course.number, record) for course in courses for record in course.records])
    tests = recorded_tests(history, protocol)
    results = monitored(history, protocol, courses, tests, as_of=as_of, grace_days=grace_days)
    return Case(history, protocol, as_of, clinic, tolerance_days, courses, tests, given, results)


def _place(finding: Finding) -> tuple[int, str, int]:
    return (finding.row or 0, finding.code, finding.course or 0)


def _verdict(course: CourseGiven) -> CourseVerdict:
    return CourseVerdict(
        number=course.number,
        first_day=course.first_day,
        last_day=None if course.lacks_last_day else course.last_day,
        infusions=len(course.days),
        status=course.status,
    )


def treatment_status(courses: Courses) -> TreatmentStatus:
    """Return the status of a treatment from its courses."""
    if not courses:
        return "not-started"
    last = courses.latest
    stage = min(courses.highest_number, 3)
    if not all(course.is_countable for course in courses):
        return "needs-clinical-decision"
    if last.status == "in-progress":
        return _IN_PROGRESS[stage]
    return _GIVEN[stage] if last.settled else "needs-clinical-decision"


_IN_PROGRESS: dict[int, TreatmentStatus] = {
    1: "course-1-in-progress",
    2: "course-2-in-progress",
    3: "additional-course-in-progress",
}

_GIVEN: dict[int, TreatmentStatus] = {
    1: "awaiting-course-2",
    2: "initial-treatment-complete",
    3: "additional-course-given",
}


def _unreadable(history: History) -> tuple[NotAssessed, ...]:
    """Return the questions that cannot be answered for a patient with rows that could not be read (S06)."""
    questions = ("earliest-next-course", "contraception-until", "monitoring-until", "courses")
    return tuple(unreadable_row(question, row) for row in history.unreadable for question in questions)


def _open_ended(courses: Courses) -> Iterator[NotAssessed]:
    """Yield the questions that cannot be answered while the last infusion of the latest course is not on record."""
    if course := courses.without_last_day():
        fact = MissingFact(kind="last-infusion", course=course.number)
        for question in ("earliest-next-course", "contraception-until", "monitoring-until"):
            yield NotAssessed.of(question, fact, row=course.first_row)


TAKEN_AWAY: Final = {
    COURSE_INCOMPLETE, COURSE_INTERRUPTED, COURSE_NOT_CONSECUTIVE, COURSE_BOUNDARY_UNCLEAR,
    EARLIER_COURSE_NOT_ON_RECORD, NEEDS_CLINICAL_DECISION,
}  # fmt: skip
"""The kinds of finding that one more infusion could remove (S33)."""

_CODES_TAKEN_AWAY: Final = {kind.code for kind in TAKEN_AWAY}


def _as_far_as_read(answer: Answer, history: History) -> Iterator[Answer]:
    """Yield an answer; if an unreadable row could remove a finding, it is not assessed instead (S33)."""
    if answer.code in _CODES_TAKEN_AWAY:
        yield from (unreadable_row(answer.code, row) for row in history.unreadable)
    else:
        yield answer


def _status(courses: Courses, history: History) -> TreatmentStatus:
    """Return the status of a treatment; not assessed where an unreadable row may be the missing infusion (S33)."""
    status = treatment_status(courses)
    is_unknown = any(course.status == "not-assessed" for course in courses)
    if status == "initial-treatment-complete" and is_unknown:  # whether its courses were is not on record
        return "not-assessed"
    if courses.without_last_day() and all(course.is_countable for course in courses):
        return "not-assessed"
    lacks_days = status == "needs-clinical-decision" and not any(course.contradicted for course in courses)
    return "not-assessed" if history.unreadable and lacks_days else status


def _overridden(findings: Sequence[Finding], case: Case) -> list[Finding]:
    """Return findings with the overrides that accept them, each followed by a note.

    For an override that accepts test dates without a record, the note replaces the finding (S42).
    """
    if not case.history.overrides:
        return list(findings)
    result, overrides = list(_waivers(case)), Overrides(case.history.overrides, case.tests)
    for finding in findings:
        override = overrides.of(finding)
        if override is None:
            result.append(finding)
            continue
        by = Override(by=override.by, why=override.why, on=override.on)
        result.append(finding.model_copy(update={"override": by}))
        at: At = {"course": finding.course, "day": finding.day, "row": finding.row, "test": finding.test}
        result.append(_note(override, at))
    return result


def _waivers(case: Case) -> Iterator[Finding]:
    """Yield a note for each override that accepts dates of a test without a record."""
    for one in case.monitored.judged:
        if one.waived_by:
            day = next(each.due for each in one.verdict.dates if each.state == "waived")
            yield _note(one.waived_by, {"course": one.verdict.course, "day": day, "test": one.action.id})


def _note(override: RecordedOverride, at: At) -> Finding:
    return OVERRIDDEN.at(**at, code=override.code, by=override.by, why=override.why, on=override.on)
