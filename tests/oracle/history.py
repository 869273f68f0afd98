"""Recorded treatments, judged step by step: what is wrong with them, how far they are, and what comes next.

`judge` answers everything at once. The numbers S04, S05, … name the decided cases in the rules of time and
treatment. A protocol is the plain dictionary of its file; records and decisions are those of `recorded.py`;
observations and overrides are those of `observed.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, TypedDict, Unpack

from tests.oracle.doses import dose
from tests.oracle.following import (
    Monitoring,
    Prophylaxis,
    contraception,
    monitoring,
    planned_last_day,
    prophylaxis,
    spans,
    standing,
)
from tests.oracle.monitoring import (
    FoundTest,
    KnownTests,
    Monitored,
    findings_of_tests,
    future_observations,
    monitored,
)
from tests.oracle.months import months_after
from tests.oracle.observed import (
    Missing,
    Observation,
    Override,
    missing_tests,
    unknown_codes,
    unknown_overrides,
)
from tests.oracle.placing import IsClosed
from tests.oracle.plan import Anchors, span_after
from tests.oracle.recorded import (
    Course,
    Decisions,
    Protocol,
    Record,
    affected_numbers,
    before_it,
    contradictions,
    courses_given,
    exposures,
    future_exposures,
    gaps_in_numbers,
    is_short,
    last_course,
    may_begin,
    planned_days,
    records_of,
    row_of,
    rule_for,
)

Finding = tuple[str, int | None, int | None]
"""Code, course, row."""

ONE_DAY = timedelta(days=1)
PUBLIC_HOLIDAY = "public holiday"
"""A closed-day function that knows public holidays begins their reasons with these words."""
ONE_MORE_INFUSION_AWAY = frozenset(
    {
        "course-incomplete",
        "course-interrupted",
        "course-not-consecutive",
        "course-boundary-unclear",
        "earlier-course-not-on-record",
        "needs-clinical-decision",
    }
)
"""S33: findings that an infusion in an unreadable row could take away."""


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
    missing: list[Missing]
    """The tests behind `baseline-missing` and `window-missed`, each with its day."""
    monitored: list[Monitored]
    """Tests that recur, date by date (S42)."""
    of_tests: list[FoundTest]
    """The findings about them, and those of observations in the future."""
    not_assessed: list[tuple[str, int | None]]
    """Code and row, each pair once: of intervals, tests, and what S33 takes away."""
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


class Known(TypedDict, total=False):
    """What may be known of a patient besides the infusions, for `evaluation`."""

    birth_date: date | None
    prior_medicines: int | None
    observations: Sequence[Observation]
    overrides: Sequence[Override]
    tests_recorded: Sequence[str] | None
    tests_recorded_from: date | None
    unreadable: Sequence[int]
    unreadable_observations: Sequence[int]


def judge(
    protocol: Protocol,
    records: Sequence[Record],
    as_of: date,
    *,
    is_closed: IsClosed | None = None,
    tolerance_days: int = 0,
    decisions: Decisions = (),
    past_due_after: str | None = None,
    grace_days: int = 0,
    **known: Unpack[Known],
) -> Judgement:
    """Judge one patient's records on a day.

    Findings, courses and status know nothing of decisions: these settle only what comes next, and the dates
    that follow from what was given (S10). With an unreadable row no such date is worked out (S06).
    """
    unreadable = known.get("unreadable", ())
    judged = evaluation(
        protocol, records, as_of, is_closed=is_closed, tolerance_days=tolerance_days, grace_days=grace_days, **known
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
        "prophylaxis": prophylaxis(
            protocol,
            given,
            known.get("observations", ()),
            as_of,
            overrides=known.get("overrides", ()),
            tests_recorded=known.get("tests_recorded"),
            unreadable_observations=known.get("unreadable_observations", ()),
        ),
    }


def evaluation(
    protocol: Protocol,
    records: Sequence[Record],
    as_of: date,
    *,
    is_closed: IsClosed | None = None,
    tolerance_days: int = 0,
    grace_days: int = 0,
    **known: Unpack[Known],
) -> Evaluation:
    """Return the findings, the courses and the status of the treatment."""
    counted = exposures(records, as_of)
    matter = Matter(protocol, counted, courses_given(protocol, counted), as_of)
    tests = tests_not_on_record(matter, known)
    dates = tests_by_date(matter, known, grace_days)
    of_tests = [
        *findings_of_tests(dates),
        *future_observations(protocol, known.get("observations", ()), as_of),
    ]
    findings: list[Finding] = [
        *future_findings(records, as_of),
        *same_day_findings(matter),
        *record_findings(matter),
        *closed_day_findings(matter, is_closed),
        *course_findings(matter),
        *boundary_findings(matter),
        *number_findings(matter),
        *interval_findings(matter, tolerance_days),
        *limit_findings(matter),
        *patient_findings(matter, known.get("birth_date"), known.get("prior_medicines")),
        *code_findings(matter, known),
        *[(test.code, test.course, None) for test in tests if test.assessed],
        *[(one.code, one.course, None) for one in of_tests],
        *[("overridden", one["course"], None) for one in dates if is_partly_waived(one)],
    ]
    unreadable = known.get("unreadable", ())
    taken_away = {code for code, _, _ in findings if unreadable and code in ONE_MORE_INFUSION_AWAY}
    not_assessed: set[tuple[str, int | None]] = {
        *intervals_not_assessed(matter, tolerance_days),
        *tests_not_assessed(tests, known),
        *[(code, row) for code in taken_away for row in unreadable],
    }
    findings = [finding for finding in findings if finding[0] not in taken_away]
    return {
        "findings": sorted(findings, key=lambda finding: (finding[0], finding[1] or 0, finding[2] or 0)),
        "missing": [test for test in tests if test.assessed],
        "monitored": dates,
        "of_tests": of_tests,
        "not_assessed": sorted(not_assessed, key=lambda entry: (entry[0], entry[1] or 0)),
        "courses": [verdict(matter, course) for course in matter.courses],
        "status": "not-assessed" if waits_for_a_row(matter, unreadable) else treatment_status(matter),
    }


def waits_for_a_row(matter: Matter, unreadable: Sequence[int]) -> bool:
    """S33: whether a decision is needed only for want of days, and an unreadable row may hold them."""
    contradict = contradictions(matter.protocol, matter.courses)
    return bool(unreadable) and not contradict and treatment_status(matter) == "needs-clinical-decision"


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
        known["dose_mg"] = dose(known["dose_mg"])
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
    given = record.get("dose_mg")
    if given is not None and dose(given) != dose(rule["dose_mg"]):
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
    """Return the minutes since midnight; seconds are cut off (S35)."""
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
    if course is not last_course(matter.courses):
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
        if status in {"interrupted", "partial"} and course is last_course(matter.courses):
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
    last = last_course(matter.courses)
    status = course_status(matter, last)
    if status in {"interrupted", "partial"} or any(course.unclear for course in matter.courses):
        return "needs-clinical-decision"
    if contradictions(matter.protocol, matter.courses):
        return "needs-clinical-decision"
    if status == "in-progress":
        return {1: "course-1-in-progress", 2: "course-2-in-progress"}.get(last.number, "additional-course-in-progress")
    return {1: "awaiting-course-2", 2: "initial-treatment-complete"}.get(last.number, "additional-course-given")


# --- numbers (S29, S30) ----------------------------------------------------------------------


def number_findings(matter: Matter) -> Iterator[Finding]:
    """Judge the course numbers: each gap in them, and each contradiction with the dates."""
    for course, _, _ in gaps_in_numbers(matter.courses):
        yield "earlier-course-not-on-record", course.number, row_of(matter.counted, course.days[0])
    for one in contradictions(matter.protocol, matter.courses):
        yield "course-numbers-contradict", one.course.number, row_of(matter.counted, one.day)


# --- intervals and limits (S11, S12, S14, S28) -----------------------------------------------


class Interval(NamedTuple):
    """How the time before a course is judged."""

    code: str | None
    """What is wrong with it."""
    assessed: bool
    """Whether all of it can be judged."""


def interval(matter: Matter, course: Course, tolerance_days: int) -> Interval:
    """S28: judge a course against the last infusion day before it began, whichever course that day belongs to."""
    before = before_it(matter.courses, course)
    if before is None:  # nothing was given earlier: only course 1 has no interval
        return Interval(None, assessed=course.number == 1)
    affected = affected_numbers(matter.protocol, matter.courses)
    if course.unclear or before.course.number in affected:
        return Interval(None, assessed=False)
    lenient = (before.course.number, course.number) == (1, 2)
    code = interval_code(matter.protocol, before.anchors, course, tolerance_days, lenient=lenient)
    if code == "interval-below-minimum":
        return Interval(code, assessed=True)
    numbers = {one.number for one in matter.courses}
    return Interval(code, assessed=course.number - 1 in numbers)


def interval_findings(matter: Matter, tolerance_days: int) -> Iterator[Finding]:
    """Judge the time before each course."""
    for course in matter.courses:
        code = interval(matter, course, tolerance_days).code
        if code is not None:
            yield code, course.number, row_of(matter.counted, course.days[0])


def intervals_not_assessed(matter: Matter, tolerance_days: int) -> Iterator[tuple[str, int | None]]:
    """Name each course whose interval cannot be judged, or not the one to the course numbered one less."""
    for course in matter.courses:
        if not interval(matter, course, tolerance_days).assessed:
            yield "interval-below-minimum", row_of(matter.counted, course.days[0])


def interval_code(
    protocol: Protocol, before: Anchors, course: Course, tolerance_days: int, *, lenient: bool
) -> str | None:
    """S11: fine from the minimum on; between the two anchors a warning, where the protocol says so."""
    first_day = course.days[0]
    fine_from = may_begin(protocol, course.number, before)
    if first_day >= fine_from:
        return None
    warn_only_from = rule_for(protocol, course.number).get("warn_only_from") if lenient else None
    no_error_from = fine_from if warn_only_from is None else may_begin(protocol, course.number, before, warn_only_from)
    if first_day >= no_error_from:
        return "anchor-not-named"
    if first_day >= no_error_from - timedelta(days=tolerance_days):
        return "within-tolerance"
    return "interval-below-minimum"


def limit_findings(matter: Matter) -> Iterator[Finding]:
    """S14: more courses than allowed, or than are known well. An unclear course isn't counted (S07).

    S29: a course counts by its number on record, or by how many courses there are up to it, whichever is greater.
    """
    count = 0
    for course in matter.courses:
        if course.unclear:
            continue
        count = count + 1
        if course.named:
            count = max(count, course.number)
        row = row_of(matter.counted, course.days[0])
        if "maximum_courses" in matter.protocol and count > matter.protocol["maximum_courses"]["courses"]:
            yield "too-many-courses", course.number, row
        if "data_limited_beyond" in matter.protocol and count > matter.protocol["data_limited_beyond"]["courses"]:
            yield "data-limited-beyond", course.number, row


# --- the patient (S15), codes and tests (S21, S31, S32, S42) ---------------------------------


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


def code_findings(matter: Matter, known: Known) -> Iterator[Finding]:
    """S31: one finding for each code that is not known, of tests and of overrides."""
    unknown = unknown_codes(matter.protocol, known.get("observations", ()), known.get("tests_recorded"))
    for _ in [*unknown, *unknown_overrides(known.get("overrides", ()))]:
        yield "code-not-known", None, None


def tests_not_on_record(matter: Matter, known: Known) -> list[Missing]:
    """List the tests that are not on record, those included of which nobody can tell."""
    how_it_stands = standing(matter.protocol, matter.courses, (), matter.as_of, None)
    given = spans(matter.protocol, matter.courses, how_it_stands, matter.as_of, None)
    found = missing_tests(
        matter.protocol,
        matter.courses,
        {course.number: course.days.last_infusion for course in given},
        matter.as_of,
        observations=known.get("observations", ()),
        tests_recorded=known.get("tests_recorded"),
        tests_recorded_from=known.get("tests_recorded_from"),
        unreadable_observations=known.get("unreadable_observations", ()),
    )
    # S30: of a course whose number contradicts the dates, nobody knows whether it needs tests of its own.
    affected = affected_numbers(matter.protocol, matter.courses)
    return [test._replace(assessed=test.assessed and test.course not in affected) for test in found]


def tests_by_date(matter: Matter, known: Known, grace_days: int) -> list[Monitored]:
    """S42: judge the tests that recur, date by date."""
    how_it_stands = standing(matter.protocol, matter.courses, (), matter.as_of, None)
    return monitored(
        matter.protocol,
        spans(matter.protocol, matter.courses, how_it_stands, matter.as_of, None),
        matter.as_of,
        KnownTests(
            observations=known.get("observations", ()),
            overrides=known.get("overrides", ()),
            tests_recorded=known.get("tests_recorded"),
            tests_recorded_from=known.get("tests_recorded_from"),
            unreadable=known.get("unreadable", ()),
            unreadable_observations=known.get("unreadable_observations", ()),
        ),
        grace_days=grace_days,
        leave_out=affected_numbers(matter.protocol, matter.courses) | continued(matter.courses),
    )


def is_partly_waived(one: Monitored) -> bool:
    """Say whether a date of a test was accepted: a note says by whom, because no finding is left to say it."""
    return any(entry["state"] == "waived" for entry in one["dates"])


def continued(courses: Sequence[Course]) -> set[int]:
    """S07: number the courses that the course after them may continue; nobody knows which infusion was their last."""
    before = [before_it(courses, course) for course in courses if course.unclear]
    return {one.course.number for one in before if one is not None}


def tests_not_assessed(tests: Sequence[Missing], known: Known) -> Iterator[tuple[str, int | None]]:
    """Name the tests of which nobody can tell; with the rows of observations that could not be read (S31)."""
    for test in tests:
        if not test.assessed:
            rows: Sequence[int | None] = known.get("unreadable_observations", ()) or [None]
            for row in rows:
                yield test.code, row


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
    number = max((course.number for course in courses), default=0) + 1
    how_it_stands = standing(protocol, courses, decisions, as_of, None)
    if unreadable:
        return undated(number, "not-assessed")
    if future_exposures(records, as_of) or how_it_stands == "undecided":
        return undated(number, "needs-clinical-decision")
    if not courses:
        return undated(1, "due")
    if not is_allowed(protocol, number):
        return undated(number, "in-progress" if how_it_stands in {"in-progress", "resumed"} else "not-recommended")
    last = last_course(courses)
    last_infusion = planned_last_day(protocol, last, how_it_stands, as_of, None)
    earliest = may_begin(protocol, number, Anchors(last.days[0], last_infusion))
    return dated(rule_for(protocol, number), undated(number, how_it_stands), earliest, as_of, past_due_after)


def undated(number: int, status: str) -> Next:
    """Answer without a day."""
    return {"course": number, "status": status, "earliest": None, "recommended": None, "past_due": None}


def is_allowed(protocol: Protocol, number: int) -> bool:
    """S14: say whether the protocol knows a course of this number."""
    if "maximum_courses" in protocol and number > protocol["maximum_courses"]["courses"]:
        return False
    rules = protocol["courses"]
    return number <= len(rules) or bool(rules[-1].get("optional", False))


def dated(rule: Mapping[str, Any], answer: Next, earliest: date, as_of: date, past_due_after: str | None) -> Next:
    """S13: an optional course has no recommended day, and is never overdue.

    `answer` comes with how the last course stands as its status.
    """
    optional = bool(rule.get("optional", False))
    recommended = None if optional else earliest
    past_due = span_after(recommended, past_due_after, "earlier") if recommended and past_due_after else None
    if answer["status"] in {"in-progress", "resumed"}:
        status = "in-progress"
    elif optional:
        status = "optional"
    elif as_of < earliest:
        status = "not-due"
    else:
        status = "overdue" if past_due is not None and as_of > past_due else "due"
    return {**answer, "status": status, "earliest": earliest, "recommended": recommended, "past_due": past_due}


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
