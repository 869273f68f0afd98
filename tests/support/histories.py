"""Short functions that build histories for tests, and that read findings and plans."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from lemtrada_schedule import Clinic, Evaluation, Finding, Plan, Protocol, load_protocol
from lemtrada_schedule.plan.activities import Activity, PeriodActivity, SeriesActivity
from lemtrada_schedule.records.history import Decision, History, Observation
from tests.support.clinics import MON_TO_FRI, WEEK, clinic_open

US: Final = load_protocol("us-2024-05")
EU: Final = load_protocol("eu-2020-01")
EVERY_DAY: Final = clinic_open(WEEK)
WEEKDAYS_ONLY: Final = clinic_open(MON_TO_FRI)

Row = Mapping[str, Any]
"""The fields of one record, as the library's noun takes them and as the oracle reads them."""


def with_yearly_tests(protocol: Protocol, *, without: str = "") -> Protocol:
    """Return a protocol whose tests recur once a year, but for one: most of the time of a plan goes into visits."""
    every = {"every": "12 months"}
    actions = [
        one.model_copy(update=every) if one.kind == "series" and one.id != without else one for one in protocol.actions
    ]
    return protocol.model_copy(update={"actions": actions})


def day(written: str) -> date:
    """Return the date of a text such as `2025-03-03`."""
    return date.fromisoformat(written)


def run(first: str, count: int, **fields: Any) -> list[dict[str, Any]]:
    """Return one record for each of `count` consecutive days."""
    return [{"date": day(first) + timedelta(days=n), **fields} for n in range(count)]


def on(written: str, **fields: Any) -> list[dict[str, Any]]:
    """Return one record for each day of a text such as `2025-03-03 2025-03-04`."""
    return [{"date": day(one), **fields} for one in written.split()]


def history(*parts: Iterable[Row], **about: Any) -> History:
    """Return a history of records in this order, with rows numbered from 1."""
    rows = [dict(row) for part in parts for row in part]
    return History.model_validate({"infusions": rows, **about})


def decision(course: int, what: str, **fields: Any) -> Decision:
    """Return a clinician's decision on a course."""
    stated = {"by": "neurologist", "why": "clinical judgement", "on": "2025-04-01", **fields}
    return Decision.model_validate({"course": course, "decision": what, **stated})


def cd4(written: str, value: int) -> Observation:
    """Return a recorded CD4 count."""
    return Observation(date=day(written), code="cd4", value=value)


def seen(code: str, written: str) -> Observation:
    """Return a recorded test without a value."""
    return Observation(date=day(written), code=code)


def told(findings: Iterable[Finding] | Evaluation) -> list[tuple[str, int | None]]:
    """Return code and row of every finding, sorted."""
    listed = findings.findings if isinstance(findings, Evaluation) else findings
    return sorted(((finding.code, finding.row) for finding in listed), key=lambda one: (one[0], one[1] or 0))


def codes(findings: Iterable[Finding] | Evaluation) -> set[str]:
    """Return the codes of the findings, without duplicates."""
    return {code for code, _ in told(findings)}


def days_of(plan: Plan, course: int) -> list[str]:
    """Return the infusion days of a course of a plan, as text."""
    (found,) = [one for one in plan.courses if one.number == course]
    return [one.date.isoformat() for one in found.days]


def ends_of(plan: Plan) -> list[tuple[str, str]]:
    """Return the first and last day of each course of a plan, as text."""
    return [(course.first_day.isoformat(), course.last_day.isoformat()) for course in plan.courses]


def activity(plan: Plan, action: str, course: int | None) -> Activity:
    """Return the activity of a plan with this id."""
    (found,) = [one for one in plan.activities if (one.action, one.course) == (action, course)]
    return found


def period(plan: Plan, action: str, course: int | None) -> PeriodActivity:
    """Return the period of a plan with this id."""
    found = activity(plan, action, course)
    assert isinstance(found, PeriodActivity)
    return found


def series(plan: Plan, action: str, course: int | None) -> SeriesActivity:
    """Return the series of a plan with this id."""
    found = activity(plan, action, course)
    assert isinstance(found, SeriesActivity)
    return found


def closed_on(clinic: Clinic, *closed: str) -> Clinic:
    """Return a clinic that is also closed on some days."""
    rows = [{"date": day(one), "reason": "Staff day"} for one in closed]
    return clinic.model_copy(update={"closures": [*clinic.closures, *rows]})
