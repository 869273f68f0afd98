"""Run the conformance cases that are part of the package, and report the differences.

The cases are data with a JSON Schema, so that other implementations can run them too. Their expected values come from
an independent oracle, never from this package.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from lemtrada_schedule.clinic.clinic import Clinic
from lemtrada_schedule.judging.evaluating import evaluate
from lemtrada_schedule.judging.forecasting import forecast
from lemtrada_schedule.judging.verdicts import Evaluation, Forecast, TestDate
from lemtrada_schedule.plan.activities import PeriodActivity, SeriesActivity
from lemtrada_schedule.plan.plan import Plan
from lemtrada_schedule.planning.treatment import plan_treatment
from lemtrada_schedule.protocol.protocol import Protocol
from lemtrada_schedule.readers.protocols import load_protocol
from lemtrada_schedule.records.courses import courses_given
from lemtrada_schedule.records.history import Decision, History

__all__ = ["Difference", "Report", "cases", "run_cases"]

CASES: Final = Path(__file__).parent / "cases" / "cases.json"
COUNTED: Final = "blood-count"
"""The action whose dates a case counts as monitoring."""

NOT_ASSESSED: Final = frozenset({
    "interval-below-minimum", "course-incomplete", "course-interrupted", "course-not-consecutive",
    "course-boundary-unclear", "earlier-course-not-on-record", "needs-clinical-decision", "baseline-missing",
    "window-missed",
})  # fmt: skip
"""The codes that a case may list as not assessed."""
PROPHYLAXIS: Final = "herpes-prophylaxis"

_EVERY_DAY: Final = {
    "time_zone": "UTC",
    "infusion_starts": "09:00",
    "opening_hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "08:00-20:00"),
}
"""The clinic of a case without one, open every day: the dates of such cases do not depend on a clinic."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer that differs from the expected one."""

    case: str
    question: str
    expected: object
    found: object


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run of cases."""

    executed: int
    differences: tuple[Difference, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids of the cases with a difference, in the order of the cases."""
        return tuple(dict.fromkeys(difference.case for difference in self.differences))

    @property
    def pass_rate(self) -> float:
        """The fraction of cases without a difference, from 0 to 1."""
        return 1 - len(self.failed) / self.executed if self.executed else 1.0


def cases() -> list[dict[str, Any]]:
    """Return the built-in cases as plain data."""
    listed: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8"))["cases"]
    return listed


def run_cases(wanted: Sequence[Mapping[str, Any]] | None = None) -> Report:
    """Run cases and return the differences.

    Args:
        wanted: The cases; default: the built-in ones.

    Example:
        >>> run_cases(cases()[:3]).pass_rate
        1.0
    """
    listed = cases() if wanted is None else wanted
    return Report(len(listed), tuple(difference for case in listed for difference in _differences(case)))


def _differences(case: Mapping[str, Any]) -> Iterator[Difference]:
    found = _answers(case)
    for question, expected in case["expected"].items():
        if found[question] != expected:
            yield Difference(case["id"], question, expected, found[question])


def _answers(case: Mapping[str, Any]) -> dict[str, Any]:
    protocol = load_protocol(case["protocol"])
    as_of = date.fromisoformat(case["as_of"])
    clinic = Clinic.model_validate(case["clinic"]) if case["clinic"] else None
    history = History.model_validate({**case["patient"], "infusions": case["records"]})
    decisions = tuple(Decision.model_validate(decision) for decision in case["decisions"])
    tolerance, limit = case["tolerance_days"], case["past_due_after"]
    grace: dict[str, Any] = {"grace_days": case["grace_days"]} if "grace_days" in case else {}
    evaluation = evaluate(history, protocol, as_of=as_of, clinic=clinic, tolerance_days=tolerance, **grace)
    outlook = forecast(history, protocol, as_of=as_of, past_due_after=limit, decisions=decisions)
    asked = case["expected"]["plan"]
    answers = {**_judged(evaluation), "next": _next(outlook), "plan": None}
    answers["not_assessed"] = sorted(
        {(one.code, one.row) for one in evaluation.not_assessed if one.code in NOT_ASSESSED},
        key=lambda one: (one[0], one[1] or 0),
    )
    answers["not_assessed"] = [list(one) for one in answers["not_assessed"]]
    if not asked and not evaluation.courses:
        return {**answers, "contraception": [], "contraception_end": None, "monitoring": None, "prophylaxis": []}
    plan = _plan(protocol, clinic, history, (as_of, asked), decisions)
    return {**answers, "plan": asked and _planned(plan, asked), **_dated(plan)}


def _judged(evaluation: Evaluation) -> dict[str, Any]:
    found = [[finding.code, finding.course, finding.row] for finding in evaluation.findings]
    courses = [
        [c.number, c.first_day.isoformat(), c.last_day and c.last_day.isoformat(), c.infusions, c.status]
        for c in sorted(evaluation.courses, key=lambda course: course.number)
    ]
    findings = sorted(found, key=lambda finding: [finding[0], finding[1] or 0, finding[2] or 0])
    tests = sorted(evaluation.monitoring, key=lambda one: (one.action, one.course or 0))
    judged = [one.model_dump(mode="json") | {"dates": [_row(entry) for entry in one.dates]} for one in tests]
    return {"findings": findings, "courses": courses, "status": evaluation.status, "tests_judged": judged}


def _row(entry: TestDate) -> list[Any]:
    return [entry.due.isoformat(), entry.state, entry.done_on and entry.done_on.isoformat(), entry.days_late]


def _next(outlook: Forecast) -> dict[str, Any]:
    days = {name: getattr(outlook, name) for name in ("earliest", "recommended", "past_due")}
    written = {name: day and day.isoformat() for name, day in days.items()}
    return {"course": outlook.course, "status": outlook.status, **written}


def _plan(
    protocol: Protocol,
    clinic: Clinic | None,
    history: History,
    asked: tuple[date, Mapping[str, Any] | None],
    decisions: tuple[Decision, ...],
) -> Plan:
    """Return the plan of a case, or a plan of only the recorded courses."""
    as_of, request = asked
    known = history if history.infusions or history.unreadable else None
    given = [course.number for course in courses_given(history, protocol, as_of=as_of, decisions=decisions)]
    days = [record.date for record in history.infusions if record.is_exposure]
    not_before = date.fromisoformat(request["not_before"]) if request else max([as_of, *days]) + timedelta(days=1)
    return plan_treatment(
        protocol,
        clinic or Clinic.model_validate(_EVERY_DAY),
        not_before=not_before,
        courses=request["courses"] if request else max([1, *given]),
        history=known if known or request else History(),
        as_of=as_of,
        decisions=decisions,
    )


def _planned(plan: Plan, asked: Mapping[str, Any]) -> dict[str, Any]:
    planned = {
        "not_before": plan.provenance.request.not_before.isoformat(),
        "courses": plan.provenance.request.courses,
        "dates": [[course.first_day.isoformat(), course.last_day.isoformat()] for course in plan.courses],
    }
    if "windows" in asked:
        planned["windows"] = [
            [day.infusion.start.isoformat(), day.infusion.end.isoformat(), day.observation.end.isoformat()]
            for day in plan.infusion_days
            if day.infusion and day.observation
        ]
    if "visits" in asked:
        planned["visits"] = _visits(plan, asked["visits"])
    return planned


def _visits(plan: Plan, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the number of visits, and those due between the two days of the case."""
    first, last = date.fromisoformat(asked["first_day"]), date.fromisoformat(asked["last_day"])
    listed = [
        [visit.id, visit.due.isoformat(), visit.suggested and visit.suggested.isoformat(), sorted(visit.tests)]
        for visit in sorted(plan.visits, key=lambda visit: (visit.due, visit.id))
        if first <= visit.due <= last
    ]
    days = {"first_day": asked["first_day"], "last_day": asked["last_day"]}
    return {**days, "count": len(plan.visits), "listed": listed}


def _dated(plan: Plan) -> dict[str, Any]:
    """Return the dates that follow from the courses: contraception, monitoring, prophylaxis."""
    periods = [[p.first_day.isoformat(), p.last_day and p.last_day.isoformat()] for p in plan.contraception]
    tests = [day for a in plan.activities if isinstance(a, SeriesActivity) and a.action == COUNTED for day in a.dates]
    monitoring = tests and {"first": min(tests).isoformat(), "last": max(tests).isoformat(), "count": len(tests)}
    return {
        "contraception": periods,
        "contraception_end": periods[-1][1] if periods else None,
        "monitoring": monitoring or None,
        "prophylaxis": [_days(a) for a in plan.activities if isinstance(a, PeriodActivity) and a.action == PROPHYLAXIS],
    }


def _days(period: PeriodActivity) -> list[Any]:
    days = (period.first_day, period.earliest_end, period.last_day)
    return [period.course, *(day and day.isoformat() for day in days)]
