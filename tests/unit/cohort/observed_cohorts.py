"""Cohorts with observations for the tests of `Report.monitoring`, and what `evaluate` says of each patient alone."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import pyarrow as pa
from hypothesis import strategies as st

from lemtrada_schedule import Evaluation, History, Protocol, Report, evaluate
from tests.unit.cohort.cohorts import Asked, asked, asked_each, history_of

__all__ = ["Observing", "expected_of_tests", "found_of_tests", "observing"]

Row = Mapping[str, Any]
OF_TESTS: Final = {
    "baseline-missing", "observation-in-future", "test-late", "test-missed", "test-overdue", "window-missed",
}  # fmt: skip
LOINC: Final = "http://loinc.org"


@dataclass(frozen=True)
class Observing:
    """A cohort, and a table of observations."""

    asked: Asked
    observations: Sequence[Row]

    @property
    def table(self) -> pa.Table:
        ids = pa.string() if self.asked.rows and isinstance(self.asked.rows[0]["patient"], str) else pa.int64()
        kinds = {"patient": ids, "date": pa.date32(), "code": pa.string()}
        return pa.table({name: pa.array([row[name] for row in self.observations], kinds[name]) for name in kinds})

    def report(self, **how: Any) -> Report:
        return self.asked.report(**{"observations": self.table, **how})


# --- what is expected ----------------------------------------------------------------------------


def meant_by(code: str, protocol: Protocol) -> list[str]:
    """Return the recurring tests and windows that a code means (S31): an id, a coding, or a bare code of one."""
    actions = [action for action in protocol.actions if action.kind in ("series", "window")]
    codings = {(each.system, each.code) for action in protocol.actions for each in action.codes}
    bare = Counter(each for _, each in codings)
    ids = [action.id for action in actions if action.id == code]
    if ids:
        return ids
    return [
        action.id
        for action in actions
        if any(code == f"{each.system}|{each.code}" or (code == each.code and bare[code] == 1) for each in action.codes)
    ]


def is_refused(row: Row) -> bool:
    """Return whether a row of a test is refused: its date is before 2000, or its code is missing."""
    return row["date"] < date(2000, 1, 1) or row["code"] is None


def expected_of_tests(
    one: Observing, refused: Collection[int] = ()
) -> tuple[set[tuple[Any, ...]], dict[Any, list[str]], Mapping[Any, int]]:
    """Return the rows of `monitoring`, each patient's codes, and the counts of findings about tests.

    Args:
        one: The cohort and its observations.
        refused: The rows of infusions that are refused, from 1.
    """
    protocol = one.asked.protocol
    of_some = {action.id for action in protocol.actions if action.applies_to}
    meanings = {
        code: meant_by(code, protocol) for code in {row["code"] for row in one.observations} if code is not None
    }
    anywhere = {kind for row in one.observations if not is_refused(row) for kind in meanings[row["code"]]} - of_some
    tests_of: dict[Any, list[tuple[int, Row]]] = {}
    for number, row in enumerate(one.observations, start=1):
        if row["code"] is None or meanings[row["code"]]:
            tests_of.setdefault(row["patient"], []).append((number, row))
    rows, codes, counts = set[tuple[Any, ...]](), dict[Any, list[str]](), Counter[Any]()
    for patient, infusions in one.asked.by_patient().items():
        own = tests_of.get(patient, [])
        recorded = anywhere.union(*(meanings[row["code"]] for _, row in own if not is_refused(row)))
        given = [(number, row) for number, row in infusions if number not in refused]
        unread = [number for number, _ in infusions if number in refused]
        evaluation = evaluated(
            one.asked, patient, given, own, {"unreadable": unread, "tests_recorded": sorted(recorded)}
        )
        codes[patient] = sorted({finding.code for finding in evaluation.findings})
        counts.update(
            (each.code, each.course, each.day.year)
            for each in evaluation.findings
            if each.code in OF_TESTS and each.day
        )
        for each in evaluation.monitoring:
            states = Counter(dated.state for dated in each.dates if dated.due <= one.asked.day_of(patient))
            numbers = (states[state] for state in ("done", "late", "missed", "overdue"))
            rows.add((patient, each.action, each.course, states.total(), *numbers, each.longest_gap_days))
    return rows, codes, counts


def evaluated(
    asked: Asked,
    patient: Any,
    given: Sequence[tuple[int, Row]],
    tests: Sequence[tuple[int, Row]],
    about: Mapping[str, Any],
) -> Evaluation:
    """Return what `evaluate` says of one patient, of whom these rows of infusions and of tests are read (S32)."""
    until = asked.own_days[patient] if asked.own_days else date(2099, 12, 31)
    read = [(number, row) for number, row in given if row["date"] <= until]
    own = [row for _, row in tests if not is_refused(row)]
    history = History.model_validate(
        {
            **history_of(patient, read, asked.columns).model_dump(),
            "observations": [{"date": row["date"], "code": row["code"]} for row in own if row["date"] <= until],
            "unreadable_observations": [number for number, row in tests if is_refused(row)],
            **about,
        }
    )
    as_of = asked.day_of(patient)
    return evaluate(history, asked.protocol, as_of=as_of, clinic=asked.clinic, tolerance_days=asked.tolerance_days)


def found_of_tests(report: Report) -> tuple[set[tuple[Any, ...]], dict[Any, list[str]], Mapping[Any, int]]:
    """Return what a report says, in the form of `expected_of_tests`."""
    listed = [tuple(row.values()) for row in report.monitoring.to_pylist()]
    assert len(set(listed)) == len(listed)
    codes = {row["patient"]: row["codes"] for row in report.patients.to_pylist()}
    findings = report.findings().to_pylist()
    counts = Counter((one["code"], one["course"], one["day"].year) for one in findings if one["code"] in OF_TESTS)
    summary = report.summary()["findings"]
    for code in OF_TESTS:
        own = {key: n for key, n in counts.items() if key[0] == code}
        said = summary.get(code, {"findings": 0, "by_course": {}, "by_year": {}})
        assert said["findings"] == sum(own.values())
        for by, place in (("by_course", 1), ("by_year", 2)):
            total = Counter[str]()
            for key, n in own.items():
                total[str(key[place] or "none")] += n
            assert said[by] == total
    return set(listed), codes, counts


# --- cohorts that are drawn ----------------------------------------------------------------------

CODES: Final = (
    *("blood-count",) * 4, "57021-8", f"{LOINC}|57021-8", "thyroid", "thyroid", "3016-3", "urinalysis",
    "urine-protein-creatinine", "vzv-vaccination", "skin-examination", "hpv", "cervical-screening", "ecg",
    "cd4", "Thyroid", "718-7", "liver-test",
)  # fmt: skip
"""Ids of tests, codings, bare codes, and codes that no test of the protocol has."""
NEAR: Final = (*range(-17, 18), -31, -30, -29, 31, 45, 46)
"""Days from a due date: the quarter and the half of an interval of one or three months above all."""


@st.composite
def observing(draw: st.DrawFn, patients: int = 3) -> Observing:
    """Return a cohort with tests around the due dates of its infusions, and some of strangers."""
    one = draw(asked_each(patients) if draw(st.integers(0, 3)) == 0 else asked(patients))
    days: dict[Any, list[date]] = {}
    for row in one.rows:
        days.setdefault(row["patient"], []).append(row["date"])
    rows: list[dict[str, Any]] = []
    for patient, own in days.items():
        codes = draw(st.lists(st.sampled_from(CODES), max_size=3))
        for code in codes:
            rows += [{"patient": patient, "date": day, "code": code} for day in draw(days_of_a_test(sorted(own)))]
    for row in rows:
        if draw(st.integers(0, 60)) == 0:
            row.update(draw(st.sampled_from([{"date": date(1999, 12, 31)}, {"code": None}])))
    rows += [{**row, "patient": _stranger(row["patient"])} for row in rows[: draw(st.integers(0, 2))]]
    if draw(st.booleans()):
        rows = list(draw(st.permutations(rows)))
    return Observing(one, rows)


def _stranger(patient: Any) -> Any:
    return f"{patient}?" if isinstance(patient, str) else patient + 17


@st.composite
def days_of_a_test(draw: st.DrawFn, given: Sequence[date]) -> list[date]:
    """Return days of one test: a run of monthly ones near their due dates, with gaps, and single ones."""
    start = draw(st.sampled_from(given))
    step = draw(st.sampled_from([30, 31, 91, 365]))
    places = draw(st.lists(st.integers(-2, 14), max_size=12, unique=True))
    days = [start + timedelta(days=step * place + draw(st.sampled_from(NEAR))) for place in places]
    return [day for day in days if date(2000, 1, 1) <= day <= date(2099, 12, 31)]
