"""Recorded treatments, judged step by step: what is wrong with them, how far they are, and what comes next.

`judge` answers everything at once. The numbers S04, S05, … name the decided cases in the rules of time and
treatment. A protocol is the plain dictionary of its file; records and decisions are those of `recorded.py`;
an observation is a plain dictionary with `date`, `code` and, for a CD4 count, `value`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple, TypedDict

from tests.oracle.following import (
    Monitoring,
    Prophylaxis,
    Standing,
    contraception,
    monitoring,
    planned_last_day,
    prophylaxis,
    spans,
    standing,
)
from tests.oracle.months import months_after
from tests.oracle.placing import IsClosed
from tests.oracle.plan import Anchors, span_after
from tests.oracle.recorded import (
    Course,
    Decisions,
    Protocol,
    Record,
    anchors,
    courses_given,
    exposures,
    future_exposures,
    is_short,
    may_begin,
    planned_days,
    records_of,
    row_of,
    rule_for,
)

Finding = tuple[str, int | None, int | None]
"""Code, course, row."""
Observation = Mapping[str, Any]

ONE_DAY = timedelta(days=1)
PUBLIC_HOLIDAY = "public holiday"
"""A closed-day function that knows public holidays begins their reasons with these words."""


class Verdict(TypedDict):
    """One course as it was given."""

    number: int
    first_day: date
    last_day: date
    infusions: int
    status: str


class Next(TypedDict):
    """What may come next."""

    course: int
    status: str
    earliest: date | None
    recommended: date | None
    past_due: date | None


class Evaluation(TypedDict):
    """What `evaluation` returns."""

    findings: list[Finding]
    courses: list[Verdict]
    status: str


class Judgement(Evaluation):
    """What `judge` returns."""

    next: Next
    contraception: list[tuple[date, date]]
    contraception_end: date | None
    provisional: bool
    monitoring: Monitoring | None
    prophylaxis: list[Prophylaxis]


class Matter(NamedTuple):
    """Everything that the findings are made from."""

    protocol: Protocol
    counted: list[Record]
    courses: list[Course]
    as_of: date


def judge(
    protocol: Protocol,
    records: Sequence[Record],
    as_of: date,
    *,
    is_closed: IsClosed | None = None,
    birth_date: date | None = None,
    prior_medicines: int | None = None,
    observations: Sequence[Observation] = (),
    tolerance_days: int = 0,
    decisions: Decisions = (),
    past_due_after: str | None = None,
    unreadable: Sequence[int] = (),
) -> Judgement:
    """Judge one patient's records on a day.

    Findings, courses and status know nothing of decisions: these settle only what comes next, and the dates
    that follow from what was given (S10). With an unreadable row no such date is worked out (S06).
    """
    judged = evaluation(
        protocol,
        records,
        as_of,
        is_closed=is_closed,
        birth_date=birth_date,
        prior_medicines=prior_medicines,
        observations=observations,
        tolerance_days=tolerance_days,
    )
    upcoming = forecast(
        protocol, records, as_of, decisions=decisions, past_due_after=past_due_after, unreadable=unreadable
    )
    courses = courses_given(protocol, exposures(records, as_of), decisions)
    how_it_stands = standing(protocol, courses, decisions, as_of, is_closed)
    given = [] if unreadable else spans(protocol, courses, how_it_stands, as_of, is_closed)
    periods = contraception(protocol, given)
    return {
        **judged,
        "next": upcoming,
        "contraception": periods,
        "contraception_end": periods[-1][1] if periods else None,
        "provisional": how_it_stands == "undecided",
        "monitoring": monitoring(protocol, given),
        "prophylaxis": prophylaxis(protocol, given, observations, as_of),
    }


def evaluation(
    protocol: Protocol,
    records: Sequence[Record],
    as_of: date,
    *,
    is_closed: IsClosed | None = None,
    birth_date: date | None = None,
    prior_medicines: int | None = None,
    observations: Sequence[Observation] = (),
    tolerance_days: int = 0,
) -> Evaluation:
    """Return the findings, the courses and the status of the treatment."""
    counted = exposures(records, as_of)
    matter = Matter(protocol, counted, courses_given(protocol, counted), as_of)
    findings: list[Finding] = [
        *future_findings(records, as_of),
        *same_day_findings(matter),
        *record_findings(matter),
        *closed_day_findings(matter, is_closed),
        *course_findings(matter),
        *boundary_findings(matter),
        *interval_findings(matter, tolerance_days),
        *limit_findings(matter),
        *patient_findings(matter, birth_date, prior_medicines),
        *baseline_findings(matter, observations),
    ]
    return {
        "findings": sorted(findings, key=lambda finding: (finding[0], finding[1] or 0, finding[2] or 0)),
        "courses": [verdict(matter, course) for course in matter.courses],
        "status": treatment_status(matter),
    }


# --- records (S04, S05) ----------------------------------------------------------------------


def future_findings(records: Sequence[Record], as_of: date) -> Iterator[Finding]:
    """S05: recorded as given, on a day that is still to come; it belongs to no course."""
    for record in future_exposures(records, as_of):
        yield "infusion-in-future", None, record["row"]


def same_day_findings(matter: Matter) -> Iterator[Finding]:
    """S04: two records on one day are one exposure day."""
    for course in matter.courses:
        for day in course.days:
            seen: list[Record] = []
            for record in records_of(matter.counted, day):
                if any(same_facts(record, other) for other in seen):
                    yield "duplicate-same-day", course.number, record["row"]
                elif seen:
                    yield "two-infusions-one-day", course.number, record["row"]
                seen.append(record)


def same_facts(record: Record, other: Record) -> bool:
    """Say whether two records differ in nothing but their row."""
    return facts(record) == facts(other)


def facts(record: Record) -> dict[str, Any]:
    """Return what a record says, without its row; what it doesn't say is left out."""
    known = {key: value for key, value in record.items() if key != "row" and value is not None}
    known["status"] = record.get("status", "completed")
    for key in {"started", "ended", "observed_until"} & set(known):
        known[key] = minutes_of(known[key])
    if "dose_mg" in known:
        known["dose_mg"] = Decimal(str(known["dose_mg"]))
    return known


def record_findings(matter: Matter) -> Iterator[Finding]:
    """Judge each exposure record for itself: what was given, and for how long."""
    rule = matter.protocol["infusion_day"]
    for course in matter.courses:
        for day in course.days:
            for record in records_of(matter.counted, day):
                for code in record_codes(record, rule):
                    yield code, course.number, record["row"]


def record_codes(record: Record, rule: Mapping[str, Any]) -> Iterator[str]:
    """Return what is wrong with one exposure record."""
    completed = record.get("status", "completed") == "completed"
    if not completed:
        yield "partial-infusion"
    dose = record.get("dose_mg")
    if dose is not None and Decimal(str(dose)) != Decimal(str(rule["dose_mg"])):
        yield "dose-differs"
    if completed and lasted(record, "started", "ended", rule["infusion_minutes"]):
        yield "infusion-too-short"
    if completed and lasted(record, "ended", "observed_until", rule["observation_minutes"]):
        yield "observation-too-short"


def lasted(record: Record, start: str, end: str, minutes_asked: int) -> bool:
    """Say whether both times are known, and lie closer together than asked."""
    if record.get(start) is None or record.get(end) is None:
        return False
    return minutes_of(record[end]) - minutes_of(record[start]) < minutes_asked


def minutes_of(wall: time | str) -> int:
    """Return the minutes since midnight."""
    clock = wall if isinstance(wall, time) else time.fromisoformat(wall)
    return clock.hour * 60 + clock.minute


def closed_day_findings(matter: Matter, is_closed: IsClosed | None) -> Iterator[Finding]:
    """Say for each exposure record whether the clinic was closed on its day."""
    for course in matter.courses:
        for day in course.days:
            reason = is_closed(day) if is_closed else None
            if reason is not None:
                code = "public-holiday" if reason.startswith(PUBLIC_HOLIDAY) else "clinic-closed"
                for record in records_of(matter.counted, day):
                    yield code, course.number, record["row"]


# --- courses (S07, S08, S09) -----------------------------------------------------------------


def course_status(matter: Matter, course: Course) -> str:
    """S08: by the number of its days, by whether another course follows, and by the day of the question."""
    if not is_short(matter.protocol, course):
        return "complete"
    if course is not matter.courses[-1]:
        return "partial"
    last = course.days[-1]
    if last + ONE_DAY >= matter.as_of:
        return "in-progress"
    if last + timedelta(days=matter.protocol["course_gap_days"]["days"]) >= matter.as_of:
        return "interrupted"
    return "partial"


def verdict(matter: Matter, course: Course) -> Verdict:
    """Sum up one course."""
    return {
        "number": course.number,
        "first_day": course.days[0],
        "last_day": course.days[-1],
        "infusions": len(course.days),
        "status": course_status(matter, course),
    }


def course_findings(matter: Matter) -> Iterator[Finding]:
    """Judge each course for itself: too short, too long, with a gap inside."""
    for course in matter.courses:
        status = course_status(matter, course)
        last_row = row_of(matter.counted, course.days[-1])
        if status == "interrupted":
            yield "course-interrupted", course.number, last_row
        if status == "partial":
            yield "course-incomplete", course.number, last_row
        if status in {"interrupted", "partial"} and course is matter.courses[-1]:
            yield "needs-clinical-decision", course.number, last_row
        for day in () if course.unclear else course.days[planned_days(matter.protocol, course.number) :]:
            yield "extra-infusion", course.number, row_of(matter.counted, day)
        after_gaps = [later for day, later in pairwise(course.days) if later - day > ONE_DAY]
        if after_gaps:
            yield "course-not-consecutive", course.number, row_of(matter.counted, after_gaps[0])


def boundary_findings(matter: Matter) -> Iterator[Finding]:
    """S07: a course that may belong to the one before it."""
    for course in matter.courses:
        if course.unclear:
            row = row_of(matter.counted, course.days[0])
            yield "course-boundary-unclear", course.number, row
            yield "needs-clinical-decision", course.number, row


def treatment_status(matter: Matter) -> str:
    """Say how far the treatment is."""
    if not matter.courses:
        return "not-started"
    last = matter.courses[-1]
    status = course_status(matter, last)
    if status in {"interrupted", "partial"} or any(course.unclear for course in matter.courses):
        return "needs-clinical-decision"
    if status == "in-progress":
        return {1: "course-1-in-progress", 2: "course-2-in-progress"}.get(last.number, "additional-course-in-progress")
    return {1: "awaiting-course-2", 2: "initial-treatment-complete"}.get(last.number, "additional-course-given")


# --- intervals and limits (S11, S12, S14) ----------------------------------------------------


def interval_findings(matter: Matter, tolerance_days: int) -> Iterator[Finding]:
    """Judge the time from each course to the next; at an unclear boundary, or a course left out, there is none."""
    for before, course in pairwise(matter.courses):
        if not course.unclear and course.number == before.number + 1:
            code = interval_code(matter.protocol, anchors(before), course, tolerance_days)
            if code is not None:
                yield code, course.number, row_of(matter.counted, course.days[0])


def interval_code(protocol: Protocol, before: Anchors, course: Course, tolerance_days: int) -> str | None:
    """S11: fine from the minimum on; between the two anchors a warning, where the protocol says so."""
    first_day = course.days[0]
    fine_from = may_begin(protocol, course.number, before)
    if first_day >= fine_from:
        return None
    warn_only_from = rule_for(protocol, course.number).get("warn_only_from")
    no_error_from = fine_from if warn_only_from is None else may_begin(protocol, course.number, before, warn_only_from)
    if first_day >= no_error_from:
        return "anchor-not-named"
    if first_day >= no_error_from - timedelta(days=tolerance_days):
        return "within-tolerance"
    return "interval-below-minimum"


def limit_findings(matter: Matter) -> Iterator[Finding]:
    """S14: more courses than allowed, or than are known well. An unclear course isn't counted (S07)."""
    unclear_so_far = 0
    for course in matter.courses:
        if course.unclear:
            unclear_so_far = unclear_so_far + 1
            continue
        count = course.number - unclear_so_far
        row = row_of(matter.counted, course.days[0])
        if "maximum_courses" in matter.protocol and count > matter.protocol["maximum_courses"]["courses"]:
            yield "too-many-courses", course.number, row
        if "data_limited_beyond" in matter.protocol and count > matter.protocol["data_limited_beyond"]["courses"]:
            yield "data-limited-beyond", course.number, row


# --- the patient (S15, S21) ------------------------------------------------------------------


def patient_findings(matter: Matter, birth_date: date | None, prior_medicines: int | None) -> Iterator[Finding]:
    """S15: the age on the first infusion of course 1; and how many medicines came before."""
    asked_for = matter.protocol.get("prior_medicines")
    if asked_for and prior_medicines is not None and prior_medicines < asked_for["medicines"]:
        yield "prior-treatments-few", None, None
    if birth_date is None or not matter.courses or matter.courses[0].number != 1:
        return
    first_day = matter.courses[0].days[0]
    row = row_of(matter.counted, first_day)
    if "minimum_age" in matter.protocol and first_day < birthday(birth_date, matter.protocol["minimum_age"]["years"]):
        yield "age-below-minimum", 1, row
    elif "adult_age" in matter.protocol and first_day < birthday(birth_date, matter.protocol["adult_age"]["years"]):
        yield "age-below-adult", 1, row


def birthday(birth_date: date, years: int) -> date:
    """Return the day on which somebody reaches an age: rounded later (S02)."""
    return months_after(birth_date, 12 * years, "later")


def baseline_findings(matter: Matter, observations: Sequence[Observation]) -> Iterator[Finding]:
    """S21: no test in the window before a course. Without any observation on record, nobody can tell."""
    if not observations:
        return
    for course in matter.courses:
        for action in matter.protocol["actions"]:
            if asks_for_baseline(action, course):
                eve = course.days[0] - ONE_DAY
                opens = span_after(course.days[0], action["baseline"]["within"], "later", -1)
                if not any(
                    observation["code"] == action["id"] and opens <= observation["date"] <= eve
                    for observation in observations
                ):
                    yield "baseline-missing", course.number, None


def asks_for_baseline(action: Mapping[str, Any], course: Course) -> bool:
    """Say whether an action has a baseline window before this course."""
    if "within" not in action.get("baseline", {}):
        return False
    return action.get("per", "course") == "course" or course.number == 1


# --- what comes next (S05, S06, S09, S10, S13) -----------------------------------------------


def forecast(
    protocol: Protocol,
    records: Sequence[Record],
    as_of: date,
    *,
    decisions: Decisions = (),
    past_due_after: str | None = None,
    unreadable: Sequence[int] = (),
) -> Next:
    """Say which course comes next, and from when; no clinic is asked."""
    courses = courses_given(protocol, exposures(records, as_of), decisions)
    number = courses[-1].number + 1 if courses else 1
    how_it_stands = standing(protocol, courses, decisions, as_of, None)
    if unreadable:
        return undated(number, "not-assessed")
    if future_exposures(records, as_of) or how_it_stands == "undecided":
        return undated(number, "needs-clinical-decision")
    if not courses:
        return undated(1, "due")
    if not is_allowed(protocol, number):
        return undated(number, "in-progress" if how_it_stands in {"in-progress", "resumed"} else "not-recommended")
    return dated(protocol, courses[-1], how_it_stands, as_of, past_due_after)


def undated(number: int, status: str) -> Next:
    """Answer without a day."""
    return {"course": number, "status": status, "earliest": None, "recommended": None, "past_due": None}


def is_allowed(protocol: Protocol, number: int) -> bool:
    """S14: say whether the protocol knows a course of this number."""
    if "maximum_courses" in protocol and number > protocol["maximum_courses"]["courses"]:
        return False
    rules = protocol["courses"]
    return number <= len(rules) or bool(rules[-1].get("optional", False))


def dated(protocol: Protocol, last: Course, how_it_stands: Standing, as_of: date, past_due_after: str | None) -> Next:
    """S13: an optional course has no recommended day, and is never overdue."""
    number = last.number + 1
    last_infusion = planned_last_day(protocol, last, how_it_stands, as_of, None)
    earliest = may_begin(protocol, number, Anchors(last.days[0], last_infusion))
    optional = bool(rule_for(protocol, number).get("optional", False))
    recommended = None if optional else earliest
    past_due = span_after(recommended, past_due_after, "earlier") if recommended and past_due_after else None
    if how_it_stands in {"in-progress", "resumed"}:
        status = "in-progress"
    elif optional:
        status = "optional"
    elif as_of < earliest:
        status = "not-due"
    else:
        status = "overdue" if past_due is not None and as_of > past_due else "due"
    return {
        "course": number,
        "status": status,
        "earliest": earliest,
        "recommended": recommended,
        "past_due": past_due,
    }


# --- when the answers change (S24) -----------------------------------------------------------


def evaluation_changes_on(
    protocol: Protocol, records: Sequence[Record], as_of: date, until: date, **known: Any
) -> date | None:
    """Return the next day on which the evaluation differs from that of the day before, by asking on every day."""
    answer = evaluation(protocol, records, as_of, **known)
    day = as_of + ONE_DAY
    while day <= until:
        if evaluation(protocol, records, day, **known) != answer:
            return day
        day = day + ONE_DAY
    return None


def forecast_changes_on(
    protocol: Protocol, records: Sequence[Record], as_of: date, until: date, **known: Any
) -> date | None:
    """Return the next day on which the forecast differs from that of the day before, by asking on every day."""
    answer = forecast(protocol, records, as_of, **known)
    day = as_of + ONE_DAY
    while day <= until:
        if forecast(protocol, records, day, **known) != answer:
            return day
        day = day + ONE_DAY
    return None
