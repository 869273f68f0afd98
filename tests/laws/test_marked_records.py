"""A marker in every position of every records format stands in no error, refused row or command output."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import History, Intake, ScheduleError, read_decisions, read_histories
from tests.support.cli_result import Run

MARK: Final = "Zq7Jane"
MARKS: Final = (MARK, f"{MARK} Doe", f"{MARK}/1831-07-19", f"date{MARK}", f"{MARK}\nx", f"é{MARK}", "zq7jane")
ZONE: Final = "America/New_York"
PATIENT: Final[dict[str, Any]] = {
    "patient": "p1",
    "birth_date": "1984-06-05",
    "prior_medicines": 2,
    "infusions": [
        {
            "date": "2025-03-03", "started": "09:00", "ended": "13:00", "observed_until": "15:00", "dose_mg": 12,
            "status": "completed", "course": 1,
        },
        {"date": "2025-03-04"},
    ],
    "observations": [{"date": "2025-01-02", "code": "cd4", "value": 300}],
    "overrides": [{"code": "dose-differs", "course": 1, "by": "Dr A", "why": "known", "on": "2025-03-10"}],
}  # fmt: skip
RESOURCE: Final[dict[str, Any]] = {
    "resourceType": "MedicationAdministration",
    "id": "a1",
    "status": "completed",
    "subject": {"reference": "Patient/p1", "identifier": {"system": "urn:x", "value": "p1"}},
    "effectivePeriod": {"start": "2025-03-03T09:00:00-05:00", "end": "2025-03-03T13:00:00-05:00"},
    "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "L04AG06"}]},
    "dosage": {"dose": {"value": 12, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}},
}
DECISION: Final = {"course": 1, "decision": "resume", "by": "Dr A", "why": "recovered", "on": "2025-03-10"}
FREE: Final = {"patient", "id", "reference", "value", "system", "by", "why", "code"}
"""What holds any text; there the marker may be read, and come back as data."""
CSV: Final = (
    "patient,date,started,ended,observed_until,dose_mg,status,course\np1,2025-03-03,09:00,13:00,15:00,12,completed,1\n"
)


def marked(value: Any, mark: str) -> Iterator[Any]:
    """Yield a value with the marker as each of its parts, as each of its keys, and as one key more."""
    yield mark
    if type(value) is dict:
        for key, part in value.items():
            if key not in FREE or type(part) is not str:
                yield from ({**value, key: wrong} for wrong in marked(part, mark))
            yield {mark if name == key else name: one for name, one in value.items()}
        yield {**value, mark: 1}
        yield {**value, "id": mark}
        yield {**value, mark: [value]}
        yield {mark: value}
    elif type(value) is list:
        for index, part in enumerate(value):
            yield from ([*value[:index], wrong, *value[index + 1 :]] for wrong in marked(part, mark))
        yield [*value, mark]
    elif type(value) is str:
        yield value + mark


def cells() -> Iterator[str]:
    """Yield CSV with the marker in each cell of the header and of the row but the patient's, and around them."""
    for mark in MARKS:
        header, row = (line.split(",") for line in CSV.split())
        for index in range(len(header)):
            for wrong in (mark, f'"{mark}"', f"{row[index]}{mark}", f'"{mark}'):
                changed = [*header[:index], wrong, *header[index + 1 :]]
                yield f"{','.join(changed)}\n{','.join(row)}\n"
                if index:
                    yield f"{','.join(header)}\n{','.join([*row[:index], wrong, *row[index + 1 :]])}\n"
        yield f"{mark},2025-03-03\np2,2025-03-04\n"  # no header
        yield f"{CSV}{mark}\n"
        yield f"{CSV}p1,{mark},{mark},{mark},{mark},{mark},{mark},{mark},{mark}\n"
        yield CSV.replace(",", ";").replace("date", mark)
        yield CSV.replace(",", "\t") + mark


def texts() -> Iterator[tuple[str, str]]:
    """Yield the suffix and the text of each file."""
    for mark in MARKS:
        for value in marked([PATIENT], mark):
            yield ".json", json.dumps(value)
        yield ".json", json.dumps({mark: [{"date": "2025-03-03"}], f"{mark}2": []})
        yield ".json", f'{{"{mark}": 1, "{mark}": 2}}'
        yield ".json", f'[{{"patient": "{mark}"'
        yield ".json", f'{{"patient": {mark}}}'
        for resource in marked(RESOURCE, mark):
            yield ".ndjson", json.dumps(resource) + "\n"
            yield (
                ".json",
                json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}),
            )
        yield ".json", json.dumps({"resourceType": mark, "entry": []})
        yield ".json", json.dumps({"resourceType": "Bundle", mark: 1, "entry": [{mark: RESOURCE}], "link": mark})
        yield ".ndjson", f'{{"resourceType": {mark}\n'
    yield from ((".csv", text) for text in cells())


def words_of(ask: Callable[[], object]) -> str:
    """Return everything that the refusal of a call holds; nothing where it is not refused."""
    try:
        ask()
    except ScheduleError as error:
        held = (error, error.args, error.__dict__, error.__cause__, error.__context__)
        return f"{error}{held!r}".casefold()
    return ""


@pytest.mark.sweep
def test_a_marker_in_a_file_of_records_is_repeated_nowhere(tmp_path: Path) -> None:
    found: list[Intake] = []
    refused = 0
    for suffix, text in texts():
        path = tmp_path / f"records{suffix}"
        path.write_bytes(text.encode())
        words = words_of(lambda path=path: found.append(read_histories(path, time_zone=ZONE)))  # type: ignore[misc]  # mypy cannot infer such a default
        assert "zq7" not in words, text
        refused += words != ""
        for intake in found[-1:]:
            said = f"{[row.model_dump() for row in intake.refused]}{intake!r}{intake.refused!r}{intake.histories!r}"
            assert "zq7" not in said.casefold(), text
    assert min(len(found), refused) > 100


@pytest.mark.parametrize("mark", MARKS)
def test_a_marker_in_a_file_of_decisions_is_repeated_nowhere(mark: str, tmp_path: Path) -> None:
    path = tmp_path / "decisions.json"
    for value in marked([DECISION], mark):
        path.write_text(json.dumps(value), encoding="utf-8")
        assert "zq7" not in words_of(lambda: read_decisions(path)), value


@pytest.mark.parametrize("mark", MARKS)
def test_a_marker_in_a_history_built_in_python_is_repeated_nowhere(mark: str) -> None:
    for value in marked(copy.deepcopy(PATIENT), mark):
        assert "zq7" not in words_of(lambda value=value: History.model_validate(value)), value  # type: ignore[misc]  # as above


COMMANDED: Final = {
    "a key of a patient": (".json", json.dumps([{**PATIENT, MARK: 1}])),
    "patients as keys": (".json", json.dumps({MARK: [{"date": "2025-03-03"}]})),
    "a key of an infusion": (".json", json.dumps([{**PATIENT, "infusions": [{"date": "2025-03-03", MARK: 1}]}])),
    "a key of a test": (".json", json.dumps([{**PATIENT, "observations": [{MARK: 1}]}])),
    "an element": (".ndjson", json.dumps({**RESOURCE, MARK: 1})),
    "no header": (".csv", f"{MARK},2025-03-03\n"),
    "a column": (".csv", f"patient,date,{MARK}\np1,2025-03-03,x\n"),
    "a cell": (".csv", f"patient,date\np1,{MARK}\n"),
}


@pytest.mark.parametrize("command", ["check", "next"])
@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize("name", COMMANDED)
def test_no_command_repeats_a_marker(run: Run, tmp_path: Path, command: str, form: str, name: str) -> None:
    suffix, text = COMMANDED[name]
    path = tmp_path / f"records{suffix}"
    path.write_text(text, encoding="utf-8")
    clinic = str(Path(__file__).parents[2] / "examples" / "boston.toml")
    ran = run(
        command, str(path), "--protocol", "us-2024-05-r2", "--as-of", "2026-06-01", "--clinic", clinic, "--format", form
    )
    assert ran.status == 2
    assert ran.err
    assert MARK not in ran.out + ran.err
