"""`forecast`: when the next course may start, or why no date can be given."""

from datetime import date, timedelta

from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.errors import InvalidInput, kind_of
from lemtrada_schedule.findings.catalogue import ONLY_OTHER_MEDICINES
from lemtrada_schedule.findings.finding import MissingFact
from lemtrada_schedule.judging.changes_on import next_change, turning_days
from lemtrada_schedule.judging.verdicts import Forecast, ForecastStatus
from lemtrada_schedule.protocol.intervals import Before, interval_derivation
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.records.courses import CourseGiven, Courses, courses_given, has_only_other_medicines, stopped
from lemtrada_schedule.records.history import Decision, History
from lemtrada_schedule.validation.accepted import DayLike, Listed
from lemtrada_schedule.validation.arguments import check_type, checked_items, refused_argument
from lemtrada_schedule.validation.scalars import checked_date

__all__ = ["forecast"]

_ONE_DAY = timedelta(days=1)


def forecast(
    history: History,
    protocol: Protocol,
    *,
    as_of: DayLike,
    past_due_after: Span | str | None = None,
    decisions: Listed[Decision] = (),
) -> Forecast:
    """Return when the next course may start, or why no date can be given.

    The clinic's calendar is not used; `plan_treatment` and `find_course_starts` use it.

    Args:
        history: One patient's records.
        protocol: The rules.
        as_of: The date of the question, in the clinic's time zone.
        past_due_after: The clinic's own policy, such as `3 months`: how long after its recommended day a course is
            still on time. No label sets it. An optional course is never overdue.
        decisions: A clinician's decisions on courses for which one is needed (S10).

    Raises:
        InvalidInput: An argument is not valid.
        PlanMismatch: A decision is about a course that is not on record.

    Source:
        The protocol's `courses`; rules of time, S05 to S14.

    Example:
        >>> from lemtrada_schedule import History, load_protocol
        >>> given = ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"]
        >>> outlook = forecast(History.from_dates(given), load_protocol("us"), as_of=date(2025, 6, 1))
        >>> outlook.course, outlook.status, outlook.earliest.isoformat(), outlook.changes_on.isoformat()
        (2, 'not-due', '2026-03-07', '2026-03-07')
    """
    check_type(history, History, "history")
    check_type(protocol, Protocol, "protocol")
    as_of = checked_date(as_of, "as_of")
    span = _checked_span(past_due_after)
    decided = checked_items(decisions, Decision, "decisions")
    outlook = _forecast_on(history, protocol, as_of, span, decided)
    days = turning_days(history, protocol, as_of)
    if any(decision.decision == "resume" for decision in decided):
        days.add(as_of + _ONE_DAY)  # a resumed course is planned from `as_of` on
    # The answer can change on other days only after it has changed on one of these.
    days |= (
        {outlook.recommended} if outlook.recommended else set()
    )  # the status of an optional course never changes by itself
    days |= {outlook.past_due + _ONE_DAY} if outlook.past_due else set()
    changes_on = next_change(outlook, days, lambda day: _forecast_on(history, protocol, day, span, decided))
    return outlook if changes_on is None else outlook.model_copy(update={"changes_on": changes_on})


def _checked_span(span: object) -> Span | None:
    if span is None or type(span) is Span:
        return span
    if type(span) is str:
        try:
            return Span.parse(span)
        except InvalidInput as error:
            code, message = error.code, error.problems[0].message
    else:
        code, message = "wrong-type", f"expected a span such as '3 months', got {kind_of(span)}"
    raise refused_argument(code, "past_due_after", message)


def _forecast_on(
    history: History, protocol: Protocol, as_of: date, past_due_after: Span | None, decisions: tuple[Decision, ...]
) -> Forecast:
    """Return the forecast on a day, without the day on which it changes."""
    courses = courses_given(history, protocol, as_of=as_of, decisions=decisions)
    found = _by_courses(courses, history, protocol, as_of=as_of, past_due_after=past_due_after, decisions=decisions)
    gaps = () if history.unreadable else tuple(f"{missing} not on record" for _, missing in courses.gaps())
    return found.model_copy(update={"reasons": (*found.reasons, *gaps)}) if gaps else found


def _by_courses(
    courses: Courses,
    history: History,
    protocol: Protocol,
    *,
    as_of: date,
    past_due_after: Span | None,
    decisions: tuple[Decision, ...],
) -> Forecast:
    number = courses.highest_number + 1
    if reason := stopped(history, as_of):
        status: ForecastStatus = "not-assessed" if history.unreadable else "needs-clinical-decision"
        return _without_dates(as_of, number, status, decisions, reason)
    if not courses:
        return _without_dates(as_of, 1, "due", decisions, _why_course_1(history))
    if open_course := courses.without_last_day():
        missing = MissingFact(kind="last-infusion", course=open_course.number)
        return _without_dates(as_of, number, "not-assessed", decisions, missing.absence())
    if undecided := courses.question():
        return _without_dates(as_of, number, "needs-clinical-decision", decisions, undecided)
    last, limit = courses.latest, protocol.course_limit
    if limit is not None and number > limit:
        status = "not-recommended" if last.settled else "in-progress"
        reason = f"the protocol {protocol.name} allows at most {limit} courses"
        return _without_dates(as_of, number, status, decisions, reason)
    return _next_course(protocol, last, as_of, past_due_after, decisions)


def _without_dates(
    as_of: date, course: int, status: ForecastStatus, decisions: tuple[Decision, ...], reason: str
) -> Forecast:
    return Forecast(
        as_of=as_of,
        course=course,
        status=status,
        earliest=None,
        recommended=None,
        past_due=None,
        reasons=(reason,),
        because=None,
        decisions=decisions,
        changes_on=None,
    )


def _why_course_1(history: History) -> str:
    """Return why course 1 is next; where only other medicines are on record, the words and the code of that note."""
    if not has_only_other_medicines(history):
        return "no infusion is on record; course 1 has no earliest day"
    note = ONLY_OTHER_MEDICINES.at(count=history.other_rows)
    return f"{note.message}; {note.hint} [{note.code}]"


def _next_course(
    protocol: Protocol, last: CourseGiven, as_of: date, past_due_after: Span | None, decisions: tuple[Decision, ...]
) -> Forecast:
    number = last.number + 1
    before = Before(last.number, last.first_day, last.last_planned_day(as_of))
    because = interval_derivation(protocol, number, before)
    optional = protocol.course(number).optional
    earliest = because.result
    past_due = None
    if past_due_after and not optional:
        past_due = past_due_after.after(earliest, rounding="earlier")
    status = _status(as_of, earliest, past_due, optional=optional) if last.settled else "in-progress"
    return Forecast(
        as_of=as_of,
        course=number,
        status=status,
        earliest=earliest,
        recommended=None if optional else earliest,
        past_due=past_due,
        reasons=(_REASONS[status],),
        because=because,
        decisions=decisions,
        changes_on=None,
    )


def _status(as_of: date, earliest: date, past_due: date | None, *, optional: bool) -> ForecastStatus:
    if optional:
        return "optional"
    if as_of < earliest:
        return "not-due"
    return "overdue" if past_due is not None and as_of > past_due else "due"


_REASONS: dict[ForecastStatus, str] = {
    "in-progress": "the previous course is in progress; its remaining days are assumed to follow without a gap",
    "optional": "a further course is optional, but not before its earliest day",
    "not-due": "the minimum interval has not passed",
    "due": "the minimum interval has passed",
    "overdue": "the clinic's own limit after the recommended day has passed",
}
