"""Tables as analysts have them, read through the public functions and compared with answers worked out by hand.

Each folder of `tests/corpus/sources/<shape>/<case>` holds `rows.csv`, the `source.toml` by which it is read (or a
built-in source is named), and `expected.json`; the README of the shape gives the reason for each expectation.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import (
    Evaluation,
    History,
    Intake,
    Report,
    audit,
    evaluate,
    forecast,
    load_protocol,
    read_histories,
)
from tests.support.cli_result import Run

ROOT: Final = Path(__file__).parents[2]
SHAPES: Final = ROOT / "tests" / "corpus" / "sources"
CASES: Final = sorted(path.parent for path in SHAPES.glob("*/*/expected.json"))
COUNTS: Final = ("in", "accepted", "refused", "blank", "other", "superseded")
GIVEN: Final = ("completed", "partial")


class Worked:
    """One case, and what is expected of it."""

    def __init__(self, folder: Path) -> None:
        self.expected: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        self.path = folder / "rows.csv"
        named: str = self.expected["source"]
        self.source = str(folder / named) if named.endswith(".toml") else named
        self.protocol = load_protocol(self.expected["protocol"])
        self.as_of = date.fromisoformat(self.expected["as_of"])
        self.patients: dict[str, dict[str, Any]] = self.expected["patients"]

    def read(self) -> Intake:
        """Read the file as `check` does."""
        return read_histories(self.path, source=self.source)

    def audited(self) -> Report:
        """Audit the file."""
        return audit(self.path, self.protocol, as_of=self.as_of, source=self.source)

    def refused_rows(self, patient: str) -> tuple[int, ...]:
        """Return the refused rows that may be of a patient: its own, and those of which nobody knows whose they are."""
        return tuple(one["row"] for one in self.expected["refused"] if one["patient"] in {patient, None})

    def with_fact(self, fact: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Go through the patients of whom a fact is expected."""
        return ((patient, facts) for patient, facts in self.patients.items() if fact in facts)


def name_of(folder: Path) -> str:
    """Return the shape and the name of a case."""
    return f"{folder.parent.name}-{folder.name}"


def cases_with(fact: str) -> pytest.MarkDecorator:
    """Take the cases in which a fact is expected of some patient."""
    folders = [folder for folder in CASES if next(Worked(folder).with_fact(fact), None) is not None]
    return pytest.mark.parametrize("worked", folders, ids=name_of, indirect=True)


@pytest.fixture(params=CASES, ids=name_of)
def worked(request: pytest.FixtureRequest) -> Worked:
    folder: Path = request.param
    return Worked(folder)


def histories(worked: Worked) -> dict[str, History]:
    """Return the histories by patient."""
    return {str(history.patient): history for history in worked.read().histories}


def judged(worked: Worked) -> dict[str, Evaluation]:
    """Return the evaluations by patient."""
    read = histories(worked).items()
    return {patient: evaluate(history, worked.protocol, as_of=worked.as_of) for patient, history in read}


def pairs(found: list[list[Any]]) -> set[tuple[str, int | None]]:
    """Return codes with their courses."""
    return {(code, course) for code, course in found}


def is_documented(code: str) -> bool:
    """Say whether the page of errors lists a code."""
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    return re.search(rf"^\| `{re.escape(code)}` \|", page, re.MULTILINE) is not None


def check_refusals(worked: Worked, found: dict[int, set[str]]) -> None:
    """Compare refused rows with the expected ones; where no page names the code, it must be a documented one."""
    assert sorted(found) == [one["row"] for one in worked.expected["refused"]]
    for one in worked.expected["refused"]:
        codes = found[one["row"]]
        assert all(is_documented(code) for code in codes), one
        assert one["code"] is None or one["code"] in codes, one


def by_row(found: list[tuple[int, str]]) -> dict[int, set[str]]:
    """Collect the codes of each row."""
    codes: dict[int, set[str]] = {}
    for row, code in found:
        codes.setdefault(row, set()).add(code)
    return codes


# --- the cases themselves --------------------------------------------------------------------


def test_every_shape_has_its_cases() -> None:
    assert {folder.parent.name for folder in CASES} == {"omop", "claims", "mar", "registry", "german"}


def test_the_expectation_counts_every_line(worked: Worked) -> None:
    counted = worked.expected["rows"]
    lines = worked.path.read_bytes().splitlines()
    assert counted["in"] == len(lines) - 1
    assert counted["in"] == sum(counted[kind] for kind in COUNTS[1:])
    assert counted["blank"] == sum(not line.strip() for line in lines)
    assert counted["refused"] == len(worked.expected["refused"])
    assert {one["patient"] for one in worked.expected["refused"]} <= {*worked.patients, None}


def test_the_reasons_name_every_patient(worked: Worked) -> None:
    reasons = (worked.path.parents[1] / "README.md").read_text(encoding="utf-8")
    assert [patient for patient in worked.patients if f"`{patient}`" not in reasons] == []


# --- read_histories --------------------------------------------------------------------------


def test_every_row_is_counted(worked: Worked) -> None:
    intake = worked.read()
    found = (intake.rows, intake.accepted, intake.refused_rows, intake.blank, intake.other, intake.superseded)
    assert dict(zip(COUNTS, found, strict=True)) == worked.expected["rows"]


def test_rows_are_refused_with_their_codes(worked: Worked) -> None:
    check_refusals(worked, by_row([(one.row, one.code) for one in worked.read().refused]))


def test_refused_rows_belong_to_their_patients(worked: Worked) -> None:
    found = {patient: history.unreadable for patient, history in histories(worked).items()}
    assert found == {patient: worked.refused_rows(patient) for patient in worked.patients}


@cases_with("days")
def test_days_on_which_something_was_given(worked: Worked) -> None:
    read = histories(worked)
    for patient, facts in worked.with_fact("days"):
        given = {str(one.date) for one in read[patient].infusions if one.status in GIVEN}
        assert sorted(given) == facts["days"], patient


@cases_with("known")
def test_what_is_known_of_a_day(worked: Worked) -> None:
    read = histories(worked)
    for patient, facts in worked.with_fact("known"):
        for day, known in facts["known"].items():
            (record,) = (one for one in read[patient].infusions if str(one.date) == day)
            found = {
                "status": record.status,
                "dose_mg": None if record.dose_mg is None else f"{record.dose_mg:f}",
                "started": None if record.started is None else f"{record.started:%H:%M}",
                "ended": None if record.ended is None else f"{record.ended:%H:%M}",
            }
            assert {name: found[name] for name in known} == known, (patient, day)


# --- evaluate, forecast ----------------------------------------------------------------------


@cases_with("courses")
def test_courses_of_a_registry(worked: Worked) -> None:
    found = judged(worked)
    for patient, facts in worked.with_fact("courses"):
        spans = [[str(course.first_day), str(course.last_day)] for course in found[patient].courses]
        assert spans == facts["courses"], patient


@cases_with("findings")
def test_findings(worked: Worked) -> None:
    found = judged(worked)
    for patient, facts in worked.with_fact("findings"):
        codes = {(one.code, one.course) for one in found[patient].findings}
        assert codes == pairs(facts["findings"]), patient


@cases_with("not_assessed")
def test_what_cannot_be_known_is_not_assessed(worked: Worked) -> None:
    found = judged(worked)
    for patient, facts in worked.with_fact("not_assessed"):
        assert set(facts["not_assessed"]) <= {one.code for one in found[patient].not_assessed}, patient


@cases_with("next_earliest")
def test_next_earliest(worked: Worked) -> None:
    read = histories(worked)
    assert set(read) == set(worked.patients)
    for patient, facts in worked.with_fact("next_earliest"):
        earliest = forecast(read[patient], worked.protocol, as_of=worked.as_of).earliest
        assert (None if earliest is None else str(earliest)) == facts["next_earliest"], patient


# --- audit -----------------------------------------------------------------------------------


def test_audit_counts_the_same_rows(worked: Worked) -> None:
    counted = worked.audited().summary()["rows"]
    assert {kind: counted[kind] for kind in COUNTS} == worked.expected["rows"]


def test_audit_refuses_the_same_rows(worked: Worked) -> None:
    """Rows of a text file are its lines, in an audit too."""
    refused = worked.audited().refused.to_pylist()
    check_refusals(worked, by_row([(one["row"], one["code"]) for one in refused]))


def test_audit_answers_the_same(worked: Worked) -> None:
    found = {one["patient"]: one for one in worked.audited().patients.to_pylist()}
    assert set(found) == set(worked.patients)
    for patient, facts in worked.patients.items():
        for column in ("last_infusion", "next_earliest"):
            if column in facts:
                answer = found[patient][column]
                assert (None if answer is None else str(answer)) == facts[column], (patient, column)
        if "findings" in facts:
            assert set(found[patient]["codes"]) == {code for code, _ in facts["findings"]}, patient


# --- check, on the command line --------------------------------------------------------------


def test_check_prints_the_same(worked: Worked, run: Run) -> None:
    options = ("--protocol", worked.expected["protocol"], "--as-of", worked.expected["as_of"], "--format", "json")
    ran = run("check", str(worked.path), "--source", worked.source, *options)
    printed = json.loads(ran.out)
    assert printed["rows"] == worked.expected["rows"]
    check_refusals(worked, by_row([(one["row"], one["code"]) for one in printed["refused"]]))
    assert ran.status == 2 or not worked.expected["refused"]
    answers = {one["patient"]: one for one in printed["patients"]}
    assert set(answers) == set(worked.patients)
    for patient, facts in worked.with_fact("findings"):
        found = {(one["code"], one["course"]) for one in answers[patient]["evaluation"]["findings"]}
        assert found == pairs(facts["findings"]), patient
    for patient, facts in worked.with_fact("next_earliest"):
        assert answers[patient]["forecast"]["earliest"] == facts["next_earliest"], patient
