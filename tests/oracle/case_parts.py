"""What a conformance case is made of, and what is expected of it: every value ready for JSON."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from tests.oracle.following import Numbered, contraception, monitoring, plan_on
from tests.oracle.history import Judgement, judge
from tests.oracle.labels import label
from tests.oracle.monitoring import Monitored
from tests.oracle.placing import IsClosed
from tests.oracle.plan import Anchors
from tests.oracle.visits import Calendar, visits
from tests.oracle.windows import elapsed_end

Json = dict[str, Any]

ADDED = "2026-11-22"
ADDED_LATER = "2026-11-29"
"""When the cases of S28 to S35 were added."""
ADDED_LAST = "2026-11-30"
"""When the cases of S40 to S42 were added, and the findings of S42 to older ones."""
VERSION = "0.1.0"
CHANGED = {
    "BAS-001": "S32: a test is missing only where its kind is recorded; three kinds of the five are not.",
    "CD4-001": "S32: a test is missing only where its kind is recorded; a CD4 count says nothing of other tests.",
    "CRS-004": "S30: differently numbered days within course_gap_days contradict the dates.",
    "CRS-NUMBER-105": "S30: differently numbered days within course_gap_days contradict the dates.",
    "CRS-NUMBER-106": "S30: differently numbered days within course_gap_days contradict the dates.",
    "CRS-NUMBER-111": "S29: an earlier course that is not on record is a warning.",
    "UNR-102": "S33: with an unreadable row nobody can say that a course is short.",
}
"""Cases whose expected answer was changed, and why."""
FOUND_SINCE_S42 = frozenset({"observation-in-future", "test-late", "test-missed", "test-overdue"})
NOT_ASSESSED = frozenset(
    {
        "interval-below-minimum",
        "course-incomplete",
        "course-interrupted",
        "course-not-consecutive",
        "course-boundary-unclear",
        "earlier-course-not-on-record",
        "needs-clinical-decision",
        "baseline-missing",
        "window-missed",
    }
)
"""The codes that `not_assessed` of a case lists; others are left out."""
ONE_DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Request(NamedTuple):
    """What a plan is asked for."""

    not_before: str
    courses: int
    windows: bool = False
    """Whether the clock times of every infusion day are expected too."""
    visits: tuple[str, str] | None = None
    """The first and the last due day of the visits that are expected too."""


# --- the parts -------------------------------------------------------------------------------


def run(first_day: str, days: int, **fields: Any) -> list[Json]:
    """Return records of so many days in a row."""
    first = date.fromisoformat(first_day)
    return [{"date": (first + timedelta(days=n)).isoformat(), **fields} for n in range(days)]


def on(written: str, **fields: Any) -> list[Json]:
    """Return one record for each of some days: "2025-03-03 2025-03-04"."""
    return [{"date": day, **fields} for day in written.split()]


def numbered(*parts: Iterable[Json]) -> list[Json]:
    """Return records with their row numbers, in this order."""
    records = [record for part in parts for record in part]
    return [{"row": row, **record} for row, record in enumerate(records, start=1)]


def changed(records: Sequence[Json], row: int, **fields: Any) -> list[Json]:
    """Return the records with some fields of one of them replaced."""
    return [{**record, **fields} if record["row"] == row else record for record in records]


def moved(day: str, days: int) -> str:
    """Return a day so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def patient(
    birth_date: str | None = None,
    prior_medicines: int | None = None,
    observations: Sequence[Json] = (),
    unreadable: Sequence[int] = (),
    **further: Any,
) -> Json:
    """Return what is known of the patient; `further` fields are in a case only where it needs them."""
    return {
        "birth_date": birth_date,
        "prior_medicines": prior_medicines,
        "observations": list(observations),
        "unreadable": list(unreadable),
        **further,
    }


def clinic(
    week: str = "mon tue wed thu fri",
    closures: Mapping[str, str] | None = None,
    *,
    time_zone: str = "America/New_York",
    hours: str = "08:00-17:00",
    infusion_starts: str = "09:00",
    results_days: int | None = None,
    laboratory: str | None = None,
    **tables: Mapping[str, str],
) -> Json:
    """Return a clinic with the same hours on every open day, and no country: it knows no public holidays."""
    for_tests: Json = {} if results_days is None else {"results_days": results_days}
    if laboratory is not None:
        for_tests["laboratory"] = {"weekdays": laboratory.split()}
    return {
        "name": "Example clinic",
        "time_zone": time_zone,
        "infusion_starts": infusion_starts,
        "opening_hours": dict.fromkeys(week.split(), hours),
        "closures": dict(closures or {}),
        **for_tests,
        **{name: dict(table) for name, table in tables.items()},
    }


def decision(course: int, what: str, on_day: str) -> Json:
    """Return a clinician's decision."""
    return {"course": course, "decision": what, "by": "neurologist", "why": "clinical judgement", "on": on_day}


def case(
    identifier: str,
    title: str,
    rules: str,
    why: str,
    *,
    as_of: str,
    source: str,
    protocol: str = "us-2024-05",
    records: Sequence[Json] = (),
    at: Json | None = None,
    known: Json | None = None,
    decisions: Sequence[Json] = (),
    tolerance_days: int = 0,
    past_due_after: str | None = None,
    plan: Request | None = None,
    prophylaxis: bool = False,
    not_assessed: bool = False,
    monitored: bool = True,
    tests_judged: bool = False,
    grace_days: int = 0,
    added: str = ADDED,
) -> Json:
    """Return a whole case, with what is expected of it.

    `monitored` is false where the numbers of overlapping courses leave open which course a blood count belongs to.
    `grace_days` is in a case only where it is not 0.
    """
    asked: Json = {
        "id": identifier,
        "title": title,
        "rules": rules.split(),
        "source": source,
        "protocol": protocol,
        "clinic": at,
        "as_of": as_of,
        "patient": known or patient(),
        "records": list(records),
        "decisions": list(decisions),
        "tolerance_days": tolerance_days,
        "past_due_after": past_due_after,
        **({"grace_days": grace_days} if grace_days else {}),
    }
    expected = expected_of(asked, plan, prophylaxis=prophylaxis, not_assessed=not_assessed, tests_judged=tests_judged)
    if not monitored:
        del expected["monitoring"]
    has_new = added != ADDED_LAST and any(finding[0] in FOUND_SINCE_S42 for finding in expected["findings"])
    return {
        **asked,
        "expected": expected,
        "why": why,
        "added": added,
        "changed": change_of(identifier, has_new=has_new),
    }


def change_of(identifier: str, *, has_new: bool) -> Json | None:
    """Say when and why the expected answer of a case was changed last."""
    if has_new:
        return {"on": ADDED_LAST, "version": VERSION, "why": "S42: tests that recur are judged date by date."}
    if identifier not in CHANGED:
        return None
    return {"on": ADDED_LATER, "version": VERSION, "why": CHANGED[identifier]}


# --- what is expected ------------------------------------------------------------------------


def expected_of(
    asked: Json, request: Request | None, *, prophylaxis: bool, not_assessed: bool, tests_judged: bool
) -> Json:
    """Work out what a case expects; with a plan, the dates after courses are those of the plan."""
    judgement = judged(asked)
    expected: Json = {
        "findings": [list(finding) for finding in judgement["findings"]],
        "courses": [
            [course["number"], str(course["first_day"]), str(course["last_day"]), course["infusions"], course["status"]]
            for course in judgement["courses"]
        ],
        "status": judgement["status"],
        "next": {key: text(value) for key, value in judgement["next"].items()},
        "plan": None,
    }
    periods, draws = judgement["contraception"], judgement["monitoring"]
    if request is not None:
        planned = planned_courses(asked, request)
        expected["plan"] = plan_expected(asked, request, planned)
        periods = contraception(label(asked["protocol"]), planned)
        draws = monitoring(label(asked["protocol"]), planned)
    expected["contraception"] = [[str(first_day), str(last_day)] for first_day, last_day in periods]
    expected["contraception_end"] = str(periods[-1][1]) if periods else None
    expected["monitoring"] = {key: text(value) for key, value in draws.items()} if draws else None
    if tests_judged:
        expected["tests_judged"] = [written_test(one) for one in by_name(judgement["monitored"])]
    if prophylaxis:
        expected["prophylaxis"] = [[text(value) for value in one.values()] for one in judgement["prophylaxis"]]
    if not_assessed:
        expected["not_assessed"] = [list(one) for one in judgement["not_assessed"] if one[0] in NOT_ASSESSED]
    return expected


def by_name(found: Sequence[Monitored]) -> list[Monitored]:
    """Order tests by action and course, those of the whole treatment first."""
    return sorted(found, key=lambda one: (one["action"], one["course"] or 0))


def written_test(one: Monitored) -> Json:
    """Write down what became of one test after one course; a date is one row."""
    dates = [[text(value) for value in entry.values()] for entry in one["dates"]]
    return {**one, "dates": dates}


def text(value: Any) -> Any:
    """Return a date as text, and anything else as it is."""
    return value.isoformat() if isinstance(value, date) else value


def judged(asked: Json) -> Judgement:
    """Judge the records of a case."""
    known = asked["patient"]
    return judge(
        label(asked["protocol"]),
        with_dates(asked["records"]),
        date.fromisoformat(asked["as_of"]),
        is_closed=closed_when_judging(asked["clinic"]) if asked["clinic"] else None,
        birth_date=day_or_none(known["birth_date"]),
        prior_medicines=known["prior_medicines"],
        observations=with_dates(known["observations"]),
        overrides=[{**one, "on": date.fromisoformat(one["on"])} for one in known.get("overrides", ())],
        tests_recorded=known.get("tests_recorded"),
        tests_recorded_from=day_or_none(known.get("tests_recorded_from")),
        unreadable=known["unreadable"],
        unreadable_observations=known.get("unreadable_observations", ()),
        tolerance_days=asked["tolerance_days"],
        decisions=asked["decisions"],
        past_due_after=asked["past_due_after"],
        grace_days=asked.get("grace_days", 0),
    )


def day_or_none(written: str | None) -> date | None:
    """Read a day that may be none."""
    return date.fromisoformat(written) if written else None


def with_dates(facts: Sequence[Json]) -> list[Json]:
    """Read the dates of records or observations."""
    return [{**fact, "date": date.fromisoformat(fact["date"])} for fact in facts]


def planned_courses(asked: Json, request: Request) -> list[Numbered]:
    """Return the courses of the plan that a case asks for."""
    return plan_on(
        label(asked["protocol"]),
        closed_when_planning(asked["clinic"]),
        with_dates(asked["records"]),
        date.fromisoformat(asked["as_of"]),
        not_before=date.fromisoformat(request.not_before),
        courses=request.courses,
        decisions=asked["decisions"],
    )


def plan_expected(asked: Json, request: Request, planned: Sequence[Numbered]) -> Json:
    """Return the plan of a case: its request and its courses, and the clock times where they are asked for."""
    found: Json = {
        "not_before": request.not_before,
        "courses": request.courses,
        "dates": [[str(course.days.first_infusion), str(course.days.last_infusion)] for course in planned],
    }
    if request.windows:
        rule = label(asked["protocol"])["infusion_day"]
        found["windows"] = [windows(asked["clinic"], rule, day) for course in planned for day in days_of(course.days)]
    if request.visits is not None:
        found["visits"] = visits_expected(asked, request.visits, planned)
    return found


def visits_expected(asked: Json, between: tuple[str, str], planned: Sequence[Numbered]) -> Json:
    """Return how many visits a plan has, and those that are due between two days, by due day and id."""
    every = visits(label(asked["protocol"]), planned, Calendar(asked["clinic"]))
    first_day, last_day = between
    listed = [
        [visit["id"], str(visit["due"]), text(visit["suggested"]), visit["tests"]]
        for visit in every
        if first_day <= str(visit["due"]) <= last_day
    ]
    return {"first_day": first_day, "last_day": last_day, "count": len(every), "listed": listed}


def days_of(course: Anchors) -> list[date]:
    """List the days of a planned course."""
    days = [course.first_infusion]
    while days[-1] < course.last_infusion:
        days.append(days[-1] + ONE_DAY)
    return days


def windows(at: Json, rule: Mapping[str, Any], day: date) -> list[str]:
    """Return when an infusion begins and ends, and when its observation ends."""
    infusion = rule["infusion_minutes"]
    lengths = (0, infusion, infusion + rule["observation_minutes"])
    starts = time.fromisoformat(at["infusion_starts"])
    return [elapsed_end(day, starts, at["time_zone"], minutes).isoformat() for minutes in lengths]


def closed_when_planning(at: Json) -> IsClosed:
    """Say when no infusion day can be planned: also on days without a free chair."""
    judging = closed_when_judging(at)
    return lambda day: judging(day) or at.get("fully_booked", {}).get(str(day))


def closed_when_judging(at: Json) -> IsClosed:
    """Say when the clinic is closed."""

    def is_closed(day: date) -> str | None:
        if str(day) in at.get("extra_open", {}):
            return None
        if str(day) in at["closures"]:
            return str(at["closures"][str(day)])
        return None if WEEKDAYS[day.weekday()] in at["opening_hours"] else "closed on this weekday"

    return is_closed
