"""Cohorts for the tests of the audit: plain rows, drawn by hypothesis, and what the library says of each patient.

What is expected is asked of `evaluate`, `forecast` and `plan_treatment`, one patient at a time.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

import pyarrow as pa
from hypothesis import strategies as st

from lemtrada_schedule import (
    Clinic,
    CourseVerdict,
    Evaluation,
    Protocol,
    evaluate,
    forecast,
    plan_treatment,
)
from lemtrada_schedule.cohort.audit import audit
from lemtrada_schedule.cohort.report import Report
from lemtrada_schedule.plan.activities import SeriesActivity
from lemtrada_schedule.records.courses import courses_given
from lemtrada_schedule.records.history import History, InfusionRecord
from tests.support.clinics import MON_TO_FRI, clinic_open
from tests.support.histories import EU, EVERY_DAY, US, closed_on, with_yearly_tests
from tests.support.strategies import calendar_days

__all__ = [
    "OPTIONAL",
    "OWN_DAY",
    "Asked",
    "as_table",
    "asked",
    "asked_each",
    "counted_out_of",
    "expected",
    "found",
    "given_courses",
    "history_of",
]

Row = Mapping[str, Any]

OWN_DAY: Final = "censored_on"

OPTIONAL: Final = ("status", "infusion_minutes", "observation_minutes", "dose_mg", "course")
TYPES: Final = {
    "date": pa.date32(), "status": pa.string(), "infusion_minutes": pa.int64(), "observation_minutes": pa.int64(),
    "dose_mg": pa.float64(), "course": pa.int64(),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A cohort and what is asked of it."""

    rows: Sequence[Row]
    columns: Sequence[str]
    """Those that need not be there."""
    protocol: Protocol
    as_of: date
    clinic: Clinic | None
    tolerance_days: int
    own_days: Mapping[Any, date] | None = None
    """For each patient the day of the question, in place of `as_of`; it is the column `OWN_DAY` of the table."""
    plans_have_yearly_tests: bool = True
    """Whether tests recur once a year in the plan that says when contraception and monitoring end, or as they should.

    The ends do not depend on it.
    """

    @cached_property
    def protocol_of_plans(self) -> Protocol:
        """The protocol of the plan that says when contraception and monitoring end."""
        return with_yearly_tests(self.protocol) if self.plans_have_yearly_tests else self.protocol

    @property
    def table(self) -> pa.Table:
        table = as_table(self.rows, self.columns)
        if self.own_days is None:
            return table
        days = [self.own_days[row["patient"]] for row in self.rows]
        return table.append_column(OWN_DAY, pa.array(days, pa.date32()))

    def day_of(self, patient: Any) -> date:
        """Return the day of the question for a patient."""
        return self.as_of if self.own_days is None else self.own_days[patient]

    def by_patient(self) -> dict[Any, list[tuple[int, Row]]]:
        """Return the rows of each patient, with their numbers."""
        patients: dict[Any, list[tuple[int, Row]]] = {}
        for number, row in enumerate(self.rows, start=1):
            patients.setdefault(row["patient"], []).append((number, row))
        return patients

    def report(self, cohort: Any = None, **how: Any) -> Report:
        """Audit the rows, or the same rows in another form."""
        return audit(
            self.table if cohort is None else cohort,
            self.protocol,
            as_of=self.as_of if self.own_days is None else OWN_DAY,
            clinic=self.clinic,
            tolerance_days=self.tolerance_days,
            **how,
        )


def as_table(rows: Sequence[Row], columns: Sequence[str] = OPTIONAL) -> pa.Table:
    """Return rows as an Arrow table; ids are whole numbers or text, as the first row has them."""
    kind = pa.string() if rows and isinstance(rows[0]["patient"], str) else pa.int64()
    named = {"patient": kind, "date": TYPES["date"], **{name: TYPES[name] for name in columns}}
    return pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in named.items()})


# --- what is expected ----------------------------------------------------------------------------


def history_of(patient: Any, rows: Sequence[tuple[int, Row]], columns: Sequence[str]) -> History:
    """Return one patient's numbered rows as a history."""
    fields = ("date", *columns)
    records = [{"row": number, **_known(row, fields)} for number, row in rows]
    return History.model_validate({"patient": str(patient), "infusions": records})


def _known(row: Row, fields: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in fields if row.get(name) is not None}


def expected(asked: Asked) -> tuple[dict[Any, dict[str, Any]], dict[str, Mapping[tuple[str, str], int]]]:
    """Return what the library says of each patient alone, and the counts over all of them."""
    told = {patient: _patient(asked, patient, rows) for patient, rows in asked.by_patient().items()}
    by_course, by_year = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for one in told.values():
        for finding in one.pop("findings"):
            by_course[finding.code, str(finding.course or "none")] += 1
            by_year[finding.code, str(finding.day.year)] += 1
    return told, {"by_course": by_course, "by_year": by_year}


def _patient(asked: Asked, patient: Any, rows: Sequence[tuple[int, Row]]) -> dict[str, Any]:
    as_of = asked.day_of(patient)
    known = [(number, row) for number, row in rows if asked.own_days is None or row["date"] <= as_of]
    history = history_of(patient, known, asked.columns)
    evaluation = evaluate(
        history, asked.protocol, as_of=as_of, clinic=asked.clinic, tolerance_days=asked.tolerance_days
    )
    last, periods = _ends(asked, history, as_of, max((course.number for course in evaluation.courses), default=0))
    return {
        "rows": len(rows),
        "refused_rows": 0,
        "infusions": sum(course.infusions for course in evaluation.courses),
        "courses": len(evaluation.courses),
        "codes": sorted({finding.code for finding in evaluation.findings}),
        "first_infusion": min((course.first_day for course in evaluation.courses), default=None),
        "last_infusion": max((course.last_day for course in evaluation.courses if course.last_day), default=None),
        "next_earliest": forecast(history, asked.protocol, as_of=as_of).earliest,
        **last,
        "given": given_courses(history, evaluation, asked.protocol, as_of),
        "periods": periods,
        "findings": evaluation.findings,
    }


def given_courses(history: History, evaluation: Evaluation, protocol: Protocol, as_of: date) -> list[dict[str, Any]]:
    """Return the rows of `Report.courses` for one patient, by what `evaluate` says and by the days on record."""
    exposures = [record for record in history.infusions if record.is_exposure and record.date <= as_of]
    told = []
    for course in evaluation.courses:
        before = max((record.date for record in exposures if record.date < course.first_day), default=None)
        told.append(
            {
                "number": course.number,
                "first_day": course.first_day,
                "last_day": course.last_day,
                "infusions": course.infusions,
                "planned": protocol.course(course.number).infusion_days,
                "status": course.status,
                "days_since_previous": (course.first_day - before).days if before else None,
                "early_days": _days_early(course, before, evaluation, protocol),
                "boundary_clear": _is_clear(course, exposures, evaluation),
            }
        )
    return told


TOO_SOON: Final = {"interval-below-minimum", "anchor-not-named", "within-tolerance"}


def _days_early(course: CourseVerdict, before: date | None, evaluation: Evaluation, protocol: Protocol) -> int | None:
    """Return how many days early a course is that `evaluate` finds too early."""
    too_soon = [one for one in evaluation.findings if one.code in TOO_SOON and one.course == course.number]
    if not too_soon or before is None:
        assert not too_soon
        return None
    rule = protocol.course(course.number)
    assert rule.minimum_interval
    first = next(one.first_day for one in reversed(evaluation.courses) if one.first_day <= before)
    anchor = first if rule.counted_from == "first infusion" else before
    return (rule.minimum_interval.after(anchor, rounding="later") - course.first_day).days


def _is_clear(course: CourseVerdict, exposures: Sequence[InfusionRecord], evaluation: Evaluation) -> bool:
    """Return whether `evaluate` does not say that the interval before a course waits for its boundary or a number."""
    on_first_day = [record for record in exposures if record.date == course.first_day]
    own = [record.row for record in on_first_day if record.course in (course.number, None)]
    rows = {*(own or [record.row for record in on_first_day])}
    waiting = [
        entry.row
        for entry in evaluation.not_assessed
        if entry.code == "interval-below-minimum" and entry.fact and entry.fact.kind in WAITING
    ]
    return rows.isdisjoint(waiting)


WAITING: Final = ("continuation", "course-numbers")


Ends = tuple[dict[str, date | None], list[dict[str, Any]]]


def _ends(asked: Asked, history: History, as_of: date, courses: int) -> Ends:
    """Return the ends of contraception and monitoring, and their periods.

    They are those of a plan of what was given, at a clinic that never closes.
    """
    if not courses:
        return {"contraception_until": None, "monitoring_until": None}, []
    days = [record.date for record in history.infusions]
    plan = plan_treatment(
        asked.protocol_of_plans,
        EVERY_DAY,
        not_before=max([as_of, *days]) + timedelta(days=1),
        courses=courses,
        history=history,
        as_of=as_of,
    )
    last = max(plan.courses, key=lambda course: course.last_day).number
    series = [a for a in plan.activities if isinstance(a, SeriesActivity) and a.course == last and not a.continuing]
    monitored = max(series, key=lambda one: one.ends_because.result)
    until = monitored.ends_because.result
    periods = [
        {"kind": "contraception", "first_day": one.first_day, "last_day": one.last_day, "provisional": one.provisional}
        for one in plan.contraception
    ]
    first = min(course.first_day for course in plan.courses)
    periods.append({"kind": "monitoring", "first_day": first, "last_day": until, "provisional": monitored.provisional})
    return {"contraception_until": plan.contraception[-1].last_day, "monitoring_until": until}, periods


def counted_out_of(asked: Asked) -> dict[str, dict[str, Any]]:
    """Return `denominators` of a cohort without refused rows, by what `evaluate` says of each patient."""
    counts = {unit: (Counter[int](), Counter[int]()) for unit in ("courses", "intervals", "infusions", "records")}
    lengths = Counter[str]()

    def add(unit: str, course: int, day: date) -> None:
        counts[unit][0][course] += 1
        counts[unit][1][day.year] += 1

    courses_of = []
    for patient, rows in asked.by_patient().items():
        as_of = asked.day_of(patient)
        history = history_of(patient, [(n, row) for n, row in rows if row["date"] <= as_of], asked.columns)
        courses = courses_given(history, asked.protocol, as_of=as_of)
        evaluation = evaluate(history, asked.protocol, as_of=as_of)
        courses_of.append(len(courses))
        for course, told in zip(courses, given_courses(history, evaluation, asked.protocol, as_of), strict=True):
            add("courses", course.number, course.first_day)
            is_ruled = asked.protocol.course(course.number).minimum_interval is not None
            if told["days_since_previous"] is not None and told["boundary_clear"] and is_ruled:
                add("intervals", course.number, course.first_day)
            for day in {record.date for record in course.records}:
                add("infusions", course.number, day)
            for record in course.records:
                add("records", course.number, record.date)
                completed = record.status == "completed"
                lengths["infusion_lengths"] += completed and record.infused_for is not None
                lengths["observation_lengths"] += completed and record.observed_for is not None
                lengths["doses"] += record.dose_mg is not None
    by_unit: dict[str, dict[str, Any]] = {
        unit: {
            "count": by_year.total(),
            "by_course": {str(course): by_course[course] for course in sorted(by_course)},
            "by_year": {str(year): by_year[year] for year in sorted(by_year)},
        }
        for unit, (by_course, by_year) in counts.items()
    }
    more = {str(least): sum(own >= least for own in courses_of) for least in range(1, max([3, *courses_of]) + 1)}
    return {
        **by_unit,
        "courses_fully_read": by_unit["courses"],
        "patients": {"count": len(courses_of), "fully_read": len(courses_of), "with_courses": more},
        "rows": {"count": len(asked.rows)},
        **{unit: {"count": lengths[unit]} for unit in ("infusion_lengths", "observation_lengths", "doses")},
    }


def found(report: Report) -> tuple[dict[Any, dict[str, Any]], dict[str, Mapping[tuple[str, str], int]]]:
    """Return what a report says, in the form of `expected`."""
    rows = report.patients.to_pylist()
    told = {row["patient"]: {**_without_patient(row), "given": [], "periods": []} for row in rows}
    assert len(told) == len(rows)
    for name, table in (("given", report.courses), ("periods", report.periods)):
        for row in table.to_pylist():
            told[row["patient"]][name].append(_without_patient(row))
    counts: dict[str, Mapping[tuple[str, str], int]] = {
        by: {(code, value): n for code, one in report.summary()["findings"].items() for value, n in one[by].items()}
        for by in ("by_course", "by_year")
    }
    return told, counts


def _without_patient(row: Row) -> dict[str, Any]:
    return {name: part for name, part in row.items() if name != "patient"}


# --- cohorts that are drawn ----------------------------------------------------------------------

FIRST_START, LAST_START = date(2000, 1, 1), date(2090, 12, 31)
STEPS: Final = (14, 15, 16, 14, 15, 16, 60, 350, 358, 361, 364, 365, 366, 367, 368, 500)
"""From the end of a block to the next one: the boundaries of S07 and of 12 months above all."""
ASKED_AFTER: Final = (0, 1, 2, 15, 16, 1, 2, 15, 16, -1, -3, 3, 14, 17, 340, 2000)
LEAST: Final = US.infusion_day
MINUTES: Final = (None, 0, 1_440, *(LEAST.infusion_minutes + n for n in (-1, 0, 1)))
OBSERVED: Final = (None, 0, *(LEAST.observation_minutes + n for n in (-1, 0, 1)))
DOSES: Final = (None, LEAST.dose_mg, float(LEAST.dose_mg), LEAST.dose_mg / 2, LEAST.dose_mg + 0.5)
STATUSES: Final = (None, *("completed",) * 6, "partial", "partial", "not-done", "entered-in-error")
CLINICS: Final = (
    None,
    EVERY_DAY,
    clinic_open(MON_TO_FRI),
    closed_on(clinic_open(MON_TO_FRI, country="US", subdivision="MA"), "2025-03-05", "2024-02-29"),
)
IDS: Final = ((1, 2, 3, 4), (0, -5, 2**62, -(2**62)), ("a", "A", "\u00e9", "e\u0301"), ("1", "01", "p 2", "p2"))


def _protocols() -> list[Protocol]:
    """Return the shipped protocols, and some that count otherwise."""
    first = [rule.model_copy(update={"counted_from": "first infusion", "warn_only_from": None}) for rule in US.courses]
    weeks = [rule.model_copy(update={"minimum_interval": "52 weeks"}) for rule in US.courses[1:]]
    turned = US.courses[1].model_copy(update={"counted_from": "first infusion", "warn_only_from": "last infusion"})
    others = [first, [US.courses[0], *weeks], [US.courses[0], turned, US.courses[2]]]
    return [US, US, US, EU, *(US.model_copy(update={"courses": courses}) for courses in others)]


PROTOCOLS: Final = _protocols()


@st.composite
def patient_rows(draw: st.DrawFn, patient: Any) -> list[dict[str, Any]]:
    """Return the rows of one patient: blocks of days, at times short, long, torn, doubled or too near each other."""
    rows: list[dict[str, Any]] = []
    day = draw(calendar_days(FIRST_START, LAST_START))
    numbered = draw(st.integers(0, 3)) == 0
    for course in range(1, draw(st.sampled_from([1, 1, 2, 2, 3, 4, 6])) + 1):
        for _ in range(draw(st.sampled_from([5, 5, 3, 3, 3, 1, 2, 4, 6]))):
            rows.append({"patient": patient, "date": day, **draw(st.fixed_dictionaries(FACTS))})
            rows[-1]["course"] = draw(st.sampled_from([course] * 8 + [None, course + 1])) if numbered else None
            if draw(st.integers(0, 9)) == 0:
                rows.append({**rows[-1], **draw(st.sampled_from([{}, {}, {"dose_mg": 6.0}]))})
            day += timedelta(days=draw(st.sampled_from([1] * 9 + [2, 3, 0])))
        day += timedelta(days=draw(st.sampled_from(STEPS)))
    return rows


FACTS: Final = {
    "status": st.sampled_from(STATUSES),
    "infusion_minutes": st.sampled_from(MINUTES),
    "observation_minutes": st.sampled_from(OBSERVED),
    "dose_mg": st.sampled_from(DOSES),
}


@st.composite
def asked(draw: st.DrawFn, patients: int = 3) -> Asked:
    """Return a cohort of a few patients in any order, and what is asked of it; at times of nobody."""
    ids = draw(st.sampled_from(IDS))
    several = [draw(patient_rows(patient)) for patient in ids[: draw(st.integers(0, patients))]]
    rows = [row for own in several for row in own]
    order = draw(st.sampled_from(["as it is", "as it is", "shuffled", "by day"]))
    if order == "shuffled":
        rows = list(draw(st.permutations(rows)))
    elif order == "by day":
        rows.sort(key=lambda row: row["date"])
    days = [row["date"] for row in rows] or [date(2025, 3, 3)]
    around = draw(st.sampled_from(days)) if draw(st.booleans()) else max(days)
    return Asked(
        rows=rows,
        columns=[name for name in OPTIONAL if draw(st.integers(0, 2))],
        protocol=draw(st.sampled_from(PROTOCOLS)),
        as_of=max(around + timedelta(days=draw(st.sampled_from(ASKED_AFTER))), FIRST_START),
        clinic=draw(st.sampled_from(CLINICS)),
        tolerance_days=draw(st.sampled_from([0, 0, 0, 1, 5, 30])),
    )


@st.composite
def asked_each(draw: st.DrawFn, patients: int = 3) -> Asked:
    """Return a cohort in which each patient has a day of their own: around one of their records."""
    one = draw(asked(patients))
    own = {}
    for patient in {row["patient"]: None for row in one.rows}:
        around = draw(st.sampled_from([row["date"] for row in one.rows if row["patient"] == patient]))
        later = around + timedelta(days=draw(st.sampled_from(ASKED_AFTER)))
        own[patient] = min(max(later, FIRST_START), date(2099, 12, 31))
    return replace(one, own_days=own)
