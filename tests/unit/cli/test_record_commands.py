"""The commands that judge, forecast and replan: data on standard output, words on standard error, statuses 0 to 2."""

import contextlib
import csv
import gc
import importlib
import io
import json
import os
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest
from pyarrow import parquet

from lemtrada_schedule import Evaluation, History, Plan, Revision, conformance, evaluate, read_plan
from lemtrada_schedule.cli import conformance as conformance_module
from lemtrada_schedule.cli.main import main
from lemtrada_schedule.cli.parser import Parser
from lemtrada_schedule.cli.problems import lines_of
from lemtrada_schedule.conformance import Difference, Report
from lemtrada_schedule.errors import ScheduleError
from tests.support.cli_result import Run

ROOT: Final = Path(__file__).parents[3]
EXAMPLES: Final = ROOT / "examples"
BOSTON: Final = str(EXAMPLES / "boston.toml")
US: Final = ("--protocol", "us-2024-05")
CLEAN: Final = "date\n2025-03-03\n2025-03-04\n2025-03-05\n2025-03-06\n2025-03-07\n"
EARLY: Final = f"{CLEAN}2026-03-02\n2026-03-03\n2026-03-04\n"
Write = Callable[[str, str], str]


@pytest.fixture(name="write")
def fixture_write(tmp_path: Path) -> Write:
    """Return a function that writes a file and returns its path."""

    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


# --- check ---------------------------------------------------------------------------------------

EARLY_TOLD: Final = """\
patient: initial-treatment-complete
  course 1: Mon  3 Mar 2025 - Fri  7 Mar 2025, 5 infusions, complete
  course 2: Mon  2 Mar 2026 - Wed  4 Mar 2026, 3 infusions, complete
  tests are not checked: none is on record
  error interval-below-minimum (course 2, row 7): course 2 began on 2026-03-02 (Monday 2 March); \
its earliest day was 2026-03-07 (Saturday 7 March): \
last infusion of course 1, 2025-03-07 (Friday 7 March), + 12 months; \
it still counts, and the next interval starts from it; inform the prescriber; FAQ
"""


def test_check_tells_each_course_and_finding(run: Run, write: Write) -> None:
    ran = run("check", write("early.csv", EARLY), *US, "--as-of", "2026-06-01")
    assert ran.out.startswith(EARLY_TOLD)
    assert ran.out.endswith("rows: 8 in = 8 accepted + 0 refused + 0 blank + 0 other + 0 superseded\n")
    assert (ran.status, ran.err) == (1, "")


def test_check_without_a_finding_ends_with_0(run: Run, write: Write) -> None:
    ran = run("check", write("clean.csv", CLEAN), *US, "--as-of", "2025-06-01")
    assert (ran.status, ran.err) == (0, "")
    assert "  nothing found\n" in ran.out
    assert "not checked for any patient: no birth_date (age-below-minimum)\n" in ran.out


def test_check_says_near_the_top_that_tests_are_not_checked(run: Run, write: Write) -> None:
    ran = run("check", write("clean.csv", CLEAN), *US, "--as-of", "2025-06-01")
    assert ran.out.splitlines()[2] == "  tests are not checked: none is on record"
    assert ran.out.splitlines()[-2] == (
        "no tests on record: record them, or name in tests_recorded the tests that the source records"
    )
    ran = run("check", write("clean.csv", CLEAN), *US, "--as-of", "2025-06-01", "--tests-recorded", "blood-count")
    assert "tests are not checked" not in ran.out
    assert "  warning test-missed (course 1): Complete blood count" in ran.out


def with_counts(*counts: str, **about: Any) -> str:
    """Return the JSON of a patient with course 1 in March 2025, and blood counts on some days."""
    infusions = [{"date": f"2025-03-0{n}"} for n in range(3, 8)]
    observations = [{"date": one, "code": "blood-count"} for one in ("2025-02-20", *counts)]
    return json.dumps({"infusions": infusions, "observations": observations, **about})


def line_of(ran_out: str, test: str) -> str | None:
    return next((line for line in ran_out.splitlines() if line.startswith(f"  {test}: ")), None)


def test_check_tells_how_many_tests_are_missing_since_when_and_what_is_next(run: Run, write: Write) -> None:
    """Monthly from 7 April 2025; done in April, then never. On 20 February 2026 the tenth month is overdue."""
    ran = run("check", write("tests.json", with_counts("2025-04-07")), *US, "--as-of", "2026-02-20")
    assert line_of(ran.out, "blood-count") == (
        "  blood-count: 9 missed since Wed  7 May 2025, overdue since Sat  7 Feb 2026, last done Mon  7 Apr 2025, "
        "next due Sat  7 Mar 2026"
    )
    assert ran.status == 0


@pytest.mark.parametrize(
    ("counts", "as_of", "expected"),
    [
        ((), "2025-04-08", "overdue since Mon  7 Apr 2025, none on record after a course, next due Wed  7 May 2025"),
        ((), "2025-05-07", "1 missed since Mon  7 Apr 2025, none on record after a course, next due Wed  7 May 2025"),
        (
            (),
            "2029-04-07",
            "48 missed since Mon  7 Apr 2025, none on record after a course",
        ),  # nothing is due after 7 March 2029
        (("2025-05-07",), "2025-05-08", None),  # April was missed, and May closed the gap
        (("2025-04-07",), "2025-05-07", None),
    ],
)
def test_check_has_a_line_for_a_test_whose_latest_dates_have_no_record(
    run: Run, write: Write, counts: tuple[str, ...], as_of: str, expected: str | None
) -> None:
    ran = run("check", write("tests.json", with_counts(*counts)), *US, "--as-of", as_of)
    assert line_of(ran.out, "blood-count") == (f"  blood-count: {expected}" if expected else None)


def test_check_counts_a_test_over_all_courses(run: Run, write: Write) -> None:
    """Course 2 from 9 March 2026: April 2025 to March 2026 are missed after course 1, 11 April after course 2."""
    patient = json.loads(with_counts())
    patient["infusions"] += [{"date": f"2026-03-{n:02}"} for n in range(9, 12)]
    ran = run("check", write("tests.json", json.dumps(patient)), *US, "--as-of", "2026-05-11")
    assert line_of(ran.out, "blood-count") == (
        "  blood-count: 13 missed since Mon  7 Apr 2025, none on record after a course, next due Mon 11 May 2026"
    )


def test_check_takes_days_of_grace(run: Run, write: Write) -> None:
    path = write("tests.json", with_counts("2025-04-10"))
    late, fine = (run("check", path, *US, "--as-of", "2025-04-20", "--grace-days", days).out for days in ("2", "3"))
    assert "note test-late (course 1)" in late
    assert "test-late" not in fine
    refused = run("check", path, *US, "--as-of", "2025-04-20", "--grace-days", "400")
    assert (refused.status, refused.err) == (
        2, "lemtrada-schedule: --grace-days: expected a whole number from 0 to 366 [out-of-range]\n"
    )  # fmt: skip


def test_check_reads_the_test_of_an_override(run: Run, write: Write) -> None:
    override = {"code": "test-missed", "test": "blood-count", "by": "Dr A", "why": "abroad", "on": "2025-05-07"}
    path = write("tests.json", with_counts(overrides=[override]))
    data = json.loads(run("check", path, *US, "--as-of", "2025-06-08", "--format", "json").out)
    (monitoring,) = data["patients"][0]["evaluation"]["monitoring"]
    assert [(one["due"], one["state"]) for one in monitoring["dates"]] == [
        ("2025-04-07", "waived"), ("2025-05-07", "waived"), ("2025-06-07", "overdue"), ("2025-07-07", "due")
    ]  # fmt: skip
    assert (monitoring["action"], monitoring["course"], monitoring["overdue"]) == ("blood-count", 1, 1)


def test_check_names_the_test_in_csv(run: Run, write: Write) -> None:
    ran = run("check", write("tests.json", with_counts()), *US, "--as-of", "2025-04-08", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert (row["code"], row["test"], row["day"]) == ("test-overdue", "blood-count", "2025-04-07")


def test_check_says_once_what_is_missing_for_all(run: Run, write: Write) -> None:
    """Of two patients one has a birth date: the clinic is missing for both, the birth date for one."""
    days = [{"date": f"2025-03-0{n}"} for n in range(3, 8)]
    patients = [
        {"patient": "a", "infusions": days, "birth_date": "1980-01-01"},
        {"patient": "b", "infusions": days},
    ]
    out = run("check", write("two.json", json.dumps(patients)), *US, "--as-of", "2025-06-01").out
    assert out.count("not checked for any patient: no clinic (") == 1
    assert "\nb: awaiting-course-2\n" in out
    assert out.count("  not checked: no birth_date (age-below-minimum)\n") == 1


def test_check_says_once_what_is_missing_for_all_with_an_infusion(run: Run, write: Write) -> None:
    """Patient b has had nothing, so nothing is asked about b; of patient c no row could be read."""
    rows = ["patient,date,status", "a,2025-03-03,completed", "b,2025-03-03,not-done", "c,2025-13-03,completed"]
    ran = run("check", write("three.csv", "\n".join(rows)), *US, "--as-of", "2025-03-03")
    line = "not checked for any patient with an infusion: no birth_date (age-below-minimum)\n"
    assert ran.out.count("no birth_date") == ran.out.count(line) == 1
    line = "not checked for any patient: no prior_medicines (prior-treatments-few)\n"  # this is asked about everybody
    assert ran.out.count("no prior_medicines") == ran.out.count(line) == 1
    assert "\nc: " in ran.out
    assert "  not checked: row 4 could not be read (" in ran.out


def test_the_json_of_check_is_written_in_parts_as_json_would_write_the_whole(run: Run, write: Write) -> None:
    texts = ("patient,date\n", "patient,date\na,2025-03-03\n", "patient,date\na,2025-03-03\nb,2025-03-04\nc,2025-03\n")
    for number, text in enumerate(texts):
        out = run("check", write("r.csv", text), *US, "--as-of", "2025-06-01", "--format", "json").out
        told = json.loads(out)
        assert len(told["patients"]) == (0, 1, 3)[number]
        assert out == f"{json.dumps(told, indent=2)}\n"


@pytest.mark.sweep
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_check_keeps_no_evaluation_in_memory(write: Write, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """The evaluation of such a patient takes about 9 KB. Only its text is kept, compressed, and of the table alone."""
    rows = [f"p{number:04},2025-03-0{day},6" for number in range(121) for day in range(3, 6)]
    asked = ("check", write("r.csv", "\n".join(["patient,date,dose_mg", *rows, ""])), *US, "--as-of", "2029-06-01")
    held = []

    def evaluated(history: History, *what: Any, **how: Any) -> Evaluation:
        if history.patient in {"p0020", "p0120"}:
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
        return evaluate(history, *what, **how)

    monkeypatch.setattr("lemtrada_schedule.cli.check.evaluate", evaluated)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        tracemalloc.start()
        try:
            main([*asked, "--format", form])
        finally:
            tracemalloc.stop()
    assert held[1] - held[0] < 100 * 400  # a buffer of the output may grow by 33 KB at once


def test_check_of_an_empty_file(run: Run, write: Write) -> None:
    ran = run("check", write("none.csv", "patient,date\n"), *US, "--as-of", "2025-06-01")
    assert ran == (0, "rows: 0 in = 0 accepted + 0 refused + 0 blank + 0 other + 0 superseded\n", "")


def test_check_with_refused_rows_judges_the_others_and_ends_with_2(run: Run, write: Write) -> None:
    path = write("bad.csv", f"{CLEAN}2025-3-8\n\n")
    ran = run("check", path, *US, "--as-of", "2025-06-01")
    assert ran.status == 2
    assert "rows: 7 in = 5 accepted + 1 refused + 1 blank + 0 other + 0 superseded\n" in ran.out
    assert ran.err.startswith(f"lemtrada-schedule: {path}: row 7, column date: ")
    assert ran.err.endswith("[calendar-date]\n")
    assert "2025-3-8" not in ran.err
    assert "  not checked: row 7 could not be read (earliest-next-course" in ran.out


def test_check_says_the_first_50_refusals_and_counts_all(run: Run, write: Write) -> None:
    bad = "".join("2025-13-01\n" for _ in range(60))
    ran = run("check", write("many.csv", f"date\n{bad}"), *US, "--as-of", "2025-06-01")
    lines = ran.err.splitlines()
    assert len(lines) == 51
    assert lines[-1] == "lemtrada-schedule: 60 problems in all: 60 no-such-date"


def test_check_as_json_is_all_of_it(run: Run, write: Write) -> None:
    ran = run("check", write("early.csv", EARLY), *US, "--as-of", "2026-06-01", "--format", "json")
    told: dict[str, Any] = json.loads(ran.out)
    assert set(told) == {"patients", "refused", "converted", "rows", "files", "skipped"}
    assert told["rows"] == {"in": 8, "accepted": 8, "refused": 0, "blank": 0, "other": 0, "superseded": 0}
    assert (told["skipped"], told["files"]) == ([], [])
    (patient,) = told["patients"]
    assert set(patient) == {"patient", "evaluation", "forecast"}
    assert [finding["code"] for finding in patient["evaluation"]["findings"]] == ["interval-below-minimum"]
    assert patient["forecast"]["earliest"] == "2027-03-04"


def test_check_as_csv_is_a_row_a_finding(run: Run, write: Write) -> None:
    ran = run("check", write("early.csv", EARLY), *US, "--as-of", "2026-06-01", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert (row["code"], row["course"], row["day"], row["row"]) == ("interval-below-minimum", "2", "2026-03-02", "7")


def test_check_with_a_tolerance(run: Run, write: Write) -> None:
    """Five days too early: within a tolerance of five."""
    path = write("early.csv", EARLY)
    ran = run("check", path, *US, "--as-of", "2026-06-01", "--tolerance-days", "5")
    assert "warning within-tolerance (course 2, row 7)" in ran.out
    assert ran.status == 0
    refused = run("check", path, *US, "--as-of", "2026-06-01", "--tolerance-days", "-1")
    assert refused.status == 2
    assert "expected a whole number" in refused.err


def test_check_tells_an_override(run: Run, write: Write) -> None:
    override = {
        "code": "interval-below-minimum",
        "course": 2,
        "by": "neurologist",
        "why": "relapse",
        "on": "2026-03-01",
    }
    days = [{"date": day} for day in EARLY.split()[1:]]
    path = write("own.json", json.dumps({"infusions": days, "overrides": [override]}))
    ran = run("check", path, *US, "--as-of", "2026-06-01")
    assert "; FAQ; accepted by neurologist: relapse\n" in ran.out


def test_without_a_day_today_at_the_clinic_is_taken_and_said(run: Run, write: Write) -> None:
    path = write("clean.csv", CLEAN)
    ran = run("check", path, *US, "--clinic", BOSTON)
    assert ran.status == 0
    assert ran.err.startswith("lemtrada-schedule: as of 2")
    assert ran.err.endswith("), today in America/New_York\n")
    without = run("check", path, *US)
    assert (without.status, without.out) == (2, "")
    assert "--as-of: required without a --clinic" in without.err


AT_NIGHT: Final = {
    "resourceType": "MedicationAdministration",
    "status": "completed",
    "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "L04AG06"}]},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2027-01-12T03:30:00Z",
}


PREMEDICATION: Final = AT_NIGHT | {
    "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "N02BE01", "display": "P"}]}
}
LOCAL: Final = AT_NIGHT | {"medicationCodeableConcept": {"coding": [{"system": "urn:lab", "code": "L1"}]}}
REFERRING: Final = {
    **{name: value for name, value in AT_NIGHT.items() if name != "medicationCodeableConcept"},
    "medicationReference": {"reference": "Medication/m1"},
}
ROWS: Final = [AT_NIGHT | {"id": "a"}, AT_NIGHT | {"id": "a"}, PREMEDICATION, *({"resourceType": "Encounter"},) * 2]


def test_S36_S38_every_row_of_a_fhir_file_is_counted(run: Run, write: Write) -> None:
    path = write("given.ndjson", "".join(f"{json.dumps(row)}\n" for row in ROWS))
    asked = ("check", path, *US, "--clinic", BOSTON, "--as-of", "2027-02-01")
    assert run(*asked).out.endswith(
        "rows: 5 in = 1 accepted + 0 refused + 2 blank + 1 other + 1 superseded\nskipped: 2 Encounter\n"
    )
    told = json.loads(run(*asked, "--format", "json").out)
    assert told["rows"] == {"in": 5, "accepted": 1, "refused": 0, "blank": 2, "other": 1, "superseded": 1}
    assert told["skipped"] == [{"resource": "Encounter", "code": None, "count": 2}]


def test_S39_skipped_tests_are_named_by_their_code_and_many_kinds_are_summed(run: Run, write: Write) -> None:
    rows = [
        {"resourceType": "Observation", "code": {"coding": [{"system": "urn:lab", "code": str(number)}]}}
        for number in range(10, 32)
    ]
    path = write("given.ndjson", "".join(f"{json.dumps(row)}\n" for row in [*rows, rows[5]]))
    last = run("check", path, *US, "--as-of", "2027-02-01").out.splitlines()[-1]
    assert last.startswith("skipped: 2 Observation urn:lab|15, 1 Observation urn:lab|10, ")
    assert last.endswith(", 1 Observation urn:lab|29, 2 of other kinds")


@pytest.mark.parametrize("command", ["check", "next"])
def test_S36_a_medicine_that_is_not_proved_is_refused_and_the_flags_are_named(
    run: Run, write: Write, command: str
) -> None:
    path = write("given.ndjson", json.dumps(LOCAL))
    asked = (command, path, *US, "--clinic", BOSTON, "--as-of", "2027-02-01")
    refused = run(*asked)
    assert refused.status == 2
    assert "[medicine-not-told]" in refused.err
    assert all(flag in refused.err for flag in ("--lemtrada-code", "--medications", "--assume-lemtrada"))
    assert not [word for word in ("lemtrada_codes", "medicine=", "`medications`") if word in refused.err]
    taken = "rows: 1 in = 1 accepted + 0 refused + 0 blank + 0 other + 0 superseded\n"
    assert taken in run(*asked, "--assume-lemtrada").out
    assert taken in run(*asked, "--lemtrada-code", "urn:lab|L0", "--lemtrada-code", "urn:lab|L1").out


def test_S36_medications_of_another_file(run: Run, write: Write) -> None:
    path = write("given.ndjson", json.dumps(REFERRING))
    medication = {"resourceType": "Medication", "id": "m1", "code": AT_NIGHT["medicationCodeableConcept"]}
    medications = write("medications.ndjson", json.dumps(medication))
    asked = ("check", path, *US, "--clinic", BOSTON, "--as-of", "2027-02-01")
    assert run(*asked).status == 2
    assert "1 accepted + 0 refused" in run(*asked, "--medications", medications).out


def test_a_folder_is_read_as_one_and_rows_are_named_by_file_and_line(run: Run, write: Write) -> None:
    rows = (AT_NIGHT, {**AT_NIGHT, "status": "on-hold"})
    folder = str(Path(write("1.ndjson", "".join(f"{json.dumps(row)}\n" for row in rows))).parent)
    write("2.ndjson", json.dumps({"resourceType": "Patient", "id": "p1"}))
    asked = ("check", folder, *US, "--clinic", BOSTON, "--as-of", "2027-02-01")
    for word in (folder, f"{folder}/"):
        ran = run("check", word, *asked[2:])
        assert ran.status == 2
        assert f"{word}: 1.ndjson: line 2 (row 2), column status: on-hold does not say whether" in ran.err
        assert ran.out.endswith(
            "rows: 3 in = 1 accepted + 1 refused + 1 blank + 0 other + 0 superseded\n"
            "skipped: 1 Patient\n"
            "files: rows 1-2 1.ndjson, row 3 2.ndjson\n"
        )
    data = json.loads(run("check", folder, *asked[2:], "--format", "json").out)
    assert data["files"] == [
        {"name": "1.ndjson", "first_row": 1, "rows": 2}, {"name": "2.ndjson", "first_row": 3, "rows": 1},
    ]  # fmt: skip


def test_only_some_of_many_files_are_named(run: Run, write: Write) -> None:
    for number in range(10, 32):
        folder = str(Path(write(f"{number}.ndjson", "")).parent)
    write("10.ndjson", json.dumps(AT_NIGHT))
    last = run("check", folder, *US, "--clinic", BOSTON, "--as-of", "2027-02-01").out.split("files: ")[1]
    assert " ".join(last.split()).startswith("row 1 10.ndjson, no row 11.ndjson, ")
    assert " ".join(last.split()).endswith(", no row 29.ndjson, 2 more")


def test_the_release_of_FHIR_is_an_option(run: Run, write: Write) -> None:
    given = {
        "resourceType": "MedicationAdministration", "status": "completed", "subject": {"reference": "Patient/p1"},
        "medication": {"concept": AT_NIGHT["medicationCodeableConcept"]}, "occurenceDateTime": "2027-01-11",
    }  # fmt: skip
    asked = ("check", write("given.ndjson", json.dumps(given)), *US, "--as-of", "2027-02-01")
    refused = run(*asked)
    assert refused.status == 2
    assert "if the records are in R5, say so with `--fhir-version` [fhir-version]" in refused.err
    taken = run(*asked, "--fhir-version", "R5")
    assert "rows: 1 in = 1 accepted + 0 refused + 0 blank + 0 other + 0 superseded\n" in taken.out
    wrong = run(*asked, "--fhir-version", "R3")
    assert (wrong.status, "--fhir-version" in wrong.err) == (2, True)


def test_S36_flags_that_are_wrong_are_named_as_they_are_typed(run: Run, write: Write) -> None:
    path = write("given.ndjson", json.dumps(LOCAL))
    asked = ("check", path, *US, "--as-of", "2027-02-01")
    ran = run(*asked, "--lemtrada-code", "L1")
    assert (ran.status, "--lemtrada-code: expected a coding as system|code" in ran.err) == (2, True)
    ran = run(*asked, "--medications", write("medications.csv", ""))
    assert (ran.status, "[file-format]" in ran.err) == (2, True)


def test_S39_the_protocol_of_the_question_says_which_tests_are_read(run: Run, write: Write) -> None:
    """The EU's protocol has no CD4 count."""
    quantity = {"value": 230, "unit": "cells/uL"}
    code = {"coding": [{"system": "http://loinc.org", "code": "24467-3"}]}
    count = {"resourceType": "Observation", "status": "final", "code": code, "valueQuantity": quantity}
    row = {**count, "subject": {"reference": "Patient/p1"}, "effectiveDateTime": "2027-01-12"}
    path = write("given.ndjson", json.dumps(row))
    assert "1 accepted" in run("check", path, "--protocol", "us-2024-05-r2", "--as-of", "2027-02-01").out
    assert "0 accepted" in run("check", path, "--protocol", "eu-2020-01-r2", "--as-of", "2027-02-01").out


def test_a_time_of_another_day_is_said(run: Run, write: Write) -> None:
    """03:30 in UTC on 12 January is 22:30 on 11 January in Boston."""
    path = write("given.ndjson", json.dumps(AT_NIGHT))
    ran = run("check", path, *US, "--clinic", BOSTON, "--as-of", "2027-02-01", "--format", "json")
    assert "1 timestamp falls on another date in the clinic's time zone; the clinic's date was used" in ran.err
    converted = [{"row": 1, "written": "2027-01-12T03:30:00Z", "date": "2027-01-11"}]
    assert json.loads(ran.out)["converted"] == converted


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_progress_is_shown_on_a_terminal_and_leaves_no_trace(
    run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert run("check", write("clean.csv", CLEAN), *US, "--as-of", "2025-06-01").status == 0
    reading = "\rreading\rreading: 100 %\r              \r"
    assert terminal.getvalue() == f"{reading}\rchecking\rchecking: 100 %\r               \r"


def test_what_is_said_names_flags_and_no_arguments_in_python(run: Run, write: Write) -> None:
    path = write("clean.csv", CLEAN)
    asked = (path, *US, "--as-of", "2025-06-01")
    far = run("check", *asked, "--tolerance-days", "367")
    assert far == (2, "", "lemtrada-schedule: --tolerance-days: expected a whole number from 0 to 366 [out-of-range]\n")
    typed = run("check", *asked, "--tolerance-days", "five")
    assert "expected a whole number from 0 to 366 [wrong-type]" in typed.err
    assert run("check", *asked, "--ignore", "date").err.startswith("lemtrada-schedule: --ignore: the column 'date'")
    assert run("next", *asked, "--past-due-after", "soon").err.startswith("lemtrada-schedule: --past-due-after: ")
    more = run("check", write("more.csv", "date,ward\n"), *US, "--as-of", "2025-06-01")
    assert "to skip the column, name it in `--ignore` [unknown-key]" in more.err


def test_a_time_without_a_zone_asks_for_the_clinic(run: Run, write: Write) -> None:
    ran = run("check", write("given.ndjson", json.dumps(AT_NIGHT)), *US, "--as-of", "2027-02-01")
    assert ran.status == 2
    assert "the date of a date-time depends on the time zone; set the clinic's with `--clinic` [zone]" in ran.err


@pytest.mark.parametrize(
    ("command", "argument", "typed"),
    [
        ("plan", "not_before", "DAY"),
        ("starts", "not_before", "--not-before"),
        ("starts", "infusion_days", "--days"),
        ("plan", "courses", "--courses"),
        ("check", "lemtrada_codes", "--lemtrada-code"),
        ("check", "courses", "somewhere"),
        ("audit", None, "somewhere"),
    ],
)
def test_an_argument_is_named_as_it_is_typed(command: str, argument: str | None, typed: str) -> None:
    """A problem with data, or with an argument that cannot be typed, keeps its place."""
    parser = Parser()
    importlib.import_module(f"lemtrada_schedule.cli.{command}").add_arguments(parser)
    error = ScheduleError("wrong-type", "words", place="somewhere", argument=argument)
    assert list(lines_of(error, parser)) == [f"{typed}: words [wrong-type]"]


def test_a_column_of_a_cohort_is_named_with_the_option(run: Run, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"patient": ["p1"], "day": ["2025-03-03"]}), tmp_path / "a.parquet")
    ran = run("audit", str(tmp_path / "a.parquet"), *US, "--as-of", "2026-06-01")
    assert ran.status == 2
    assert ran.err.endswith("name it with `--column date=…` [missing-field]\n")


# --- next ----------------------------------------------------------------------------------------


def test_next_names_the_earliest_day_and_why(run: Run, write: Write) -> None:
    ran = run("next", write("clean.csv", CLEAN), *US, "--as-of", "2025-06-01", "--past-due-after", "3 months")
    assert ran.out == (
        "patient: course 2, not-due: the minimum interval has not passed\n"
        "  earliest Sat  7 Mar 2026, recommended Sat  7 Mar 2026, past due after Sun  7 Jun 2026, "
        "latest: none is stated\n"
        "  last infusion of course 1 (2025-03-07) + 12 months; FAQ; a convention, not the label\n"
        "  status changes on Sat  7 Mar 2026 if nothing more is recorded\n"
        "rows: 5 in = 5 accepted + 0 refused + 0 blank + 0 other + 0 superseded\n"
    )
    assert (ran.status, ran.err) == (0, "")


def test_next_as_json_and_csv(run: Run, write: Write) -> None:
    path = write("clean.csv", CLEAN)
    as_json = json.loads(run("next", path, *US, "--as-of", "2025-06-01", "--format", "json").out)
    assert as_json["patients"][0]["forecast"]["earliest"] == "2026-03-07"
    assert as_json["rows"]["accepted"] == 5
    (row,) = csv.DictReader(io.StringIO(run("next", path, *US, "--as-of", "2025-06-01", "--format", "csv").out))
    assert (row["course"], row["status"], row["earliest"]) == ("2", "not-due", "2026-03-07")


def test_next_by_a_decision(run: Run) -> None:
    """Two days given; resumed on 14 January, the three that remain are 14 to 16: a year on, 16 January 2028."""
    decisions, missed = str(EXAMPLES / "decisions.json"), str(EXAMPLES / "missed-day.csv")
    undecided = run("next", missed, *US, "--as-of", "2027-01-14")
    assert "needs-clinical-decision" in undecided.out
    ran = run("next", missed, *US, "--as-of", "2027-01-14", "--decisions", decisions)
    assert "earliest Sun 16 Jan 2028" in ran.out
    assert "  decided for course 1 by treating neurologist: resume; missed day for a cold, recovered\n" in ran.out
    several = run("next", str(EXAMPLES / "infusions.csv"), *US, "--as-of", "2026-11-22", "--decisions", decisions)
    assert (several.status, several.out) == (2, "")
    assert "--patient: the file holds several patients" in several.err


def test_next_of_one_patient(run: Run) -> None:
    ran = run("next", str(EXAMPLES / "infusions.csv"), *US, "--as-of", "2026-11-22", "--patient", "p1")
    assert [line for line in ran.out.splitlines() if line.startswith("p")] == [
        "p1: course 3, optional: a further course is optional, but not before its earliest day"
    ]
    unknown = run("next", str(EXAMPLES / "infusions.csv"), *US, "--as-of", "2026-11-22", "--patient", "p77")
    assert (unknown.status, unknown.out) == (2, "")
    assert "p77" not in unknown.err


def test_bad_decisions_are_refused(run: Run, write: Write) -> None:
    path = write("decisions.json", '[{"course": 1}]')
    ran = run("next", write("clean.csv", CLEAN), *US, "--as-of", "2025-06-01", "--decisions", path)
    assert (ran.status, ran.out) == (2, "")
    assert f"{path}: decisions.0.decision: " in ran.err


# --- replan --------------------------------------------------------------------------------------


@pytest.fixture(name="plan")
def fixture_plan(run: Run, write: Write) -> str:
    """Return the path of a plan for two courses, from 11 January 2027."""
    made = run("plan", "2027-01-11", *US, "--clinic", BOSTON, "--format", "json")
    return write("plan.json", made.out)


LATE: Final = "patient,date\n" + "".join(f"x,2027-01-{day}\n" for day in range(18, 23))


def test_replan_tells_what_moved_and_why(run: Run, write: Write, plan: str) -> None:
    """A week late: 18 to 22 January 2027; a year after is Saturday 22 January 2028, so Monday 24."""
    ran = run("replan", plan, write("late.csv", LATE), *US, "--clinic", BOSTON, "--as-of", "2027-02-01")
    lines = ran.out.splitlines()
    assert lines[0].startswith("Plan revision 1: ")
    moved = next(line for line in lines if "course-2/day-1 " in line)
    assert " ".join(moved.split()) == (
        "moved course-2/day-1 Tue 18 Jan 2028 -> Mon 24 Jan 2028 the earliest day of course 2 is now 2028-01-22"
    )
    series = next(line for line in lines if "blood-count/course-2/1 to 48" in line)
    assert series.endswith("last infusion of course 2 (2028-01-26) every 1 month (the first of 48)")
    period = next(line for line in lines if "stroke-watch/course-2" in line)
    assert period.endswith("counted from first infusion of course 2 (2028-01-24)")
    window = next(line for line in lines if "urine-protein-creatinine/course-2" in line)
    assert window.endswith("counted from first infusion of course 2 (2028-01-24) - 30 days")
    (course,) = (line for line in lines if line.startswith("  2       Mon 24 Jan 2028  Wed 26 Jan 2028  3  "))
    assert course.endswith("+2 days: closed on Sat, Sun")
    assert (ran.status, ran.err) == (0, "")


def test_replan_uses_the_plans_clinic_unless_told_otherwise(run: Run, write: Write, plan: str) -> None:
    path = write("late.csv", LATE)
    ran = run("replan", plan, path, *US, "--as-of", "2027-02-01", "--format", "json")
    revision = Revision.model_validate_json(ran.out)
    assert revision.plan.courses[1].first_day.isoformat() == "2028-01-24"
    assert revision.plan.provenance.clinic == Plan.model_validate_json(Path(plan).read_text()).provenance.clinic


def test_replan_names_the_closed_day_that_took_a_course_from_its_place(run: Run, write: Write, plan: str) -> None:
    """Course 2 was from Tuesday 18 January 2028; the day after is closed now, and the weekend follows."""
    boston = Path(BOSTON).read_text(encoding="utf-8")
    clinic = write("clinic.toml", re.sub(r"(?m)^\[closures\].*$", '[closures]\n2028-01-19 = "Staff day"', boston))
    none = write("none.csv", "date\n")
    ran = run("replan", plan, none, *US, "--clinic", clinic, "--as-of", "2027-01-04", "--format", "csv")
    rows = {row["item"]: row for row in csv.DictReader(io.StringIO(ran.out))}
    moved = rows["course-2/day-1"]
    assert (moved["before"], moved["after"]) == ("2028-01-18", "2028-01-24")
    assert moved["reason"] == "2028-01-19: closed: Staff day"


def test_replan_writes_the_plan_that_the_next_one_reads(run: Run, write: Write, plan: str, tmp_path: Path) -> None:
    late, new = write("late.csv", LATE), str(tmp_path / "new.json")
    asked = (late, *US, "--as-of", "2027-02-01", "--format", "json")
    revision = Revision.model_validate_json(run("replan", plan, *asked, "--plan-out", new).out)
    assert read_plan(new) == revision.plan
    assert Path(new).read_text(encoding="utf-8") == f"{revision.plan.model_dump_json(indent=2)}\n"
    assert run("replan", new, late, *US, "--as-of", "2027-02-01").out.startswith("Plan revision 1: ")
    there = run("replan", plan, *asked, "--plan-out", new)
    assert (there.status, there.out) == (2, "")
    assert "[file-exists]" in there.err
    assert run("replan", plan, *asked, "--plan-out", new, "--force").status == 0
    same = run("replan", plan, *asked, "--plan-out", plan)
    assert same.err == (
        "lemtrada-schedule: --plan-out: this file is an input of the same command; add --force to replace this plan, "
        "or choose another name [file-exists]\n"
    )
    assert (
        run("replan", plan, *asked, "--plan-out", plan, "--force").err
        == "lemtrada-schedule: wrote 1 file: --plan-out\n"
    )
    assert read_plan(plan) == revision.plan


def test_a_revision_is_no_plan(run: Run, write: Write, plan: str) -> None:
    late = write("late.csv", LATE)
    asked = (late, *US, "--as-of", "2027-02-01")
    path = write("revision.json", run("replan", plan, *asked, "--format", "json").out)
    told = (
        f"lemtrada-schedule: {path}: this is a revision, as `replan --format json` writes it; pass its `plan` alone, "
        "as `replan --plan-out` writes it [wrong-type]\n"
    )
    assert run("replan", path, *asked) == (2, "", told)


def test_what_is_no_plan_says_what_is_expected(run: Run, write: Write, plan: str) -> None:
    """The plan and the records, swapped; JSON that holds something else keeps its own words."""
    late = write("late.csv", LATE)
    swapped = run("replan", late, plan, *US, "--as-of", "2027-02-01")
    assert (swapped.status, swapped.out) == (2, "")
    assert swapped.err.startswith(f"lemtrada-schedule: {late}: ")
    assert swapped.err.endswith("; expected a plan, as `plan --plan-out` writes it [json-structure]\n")
    for text in ('{"plan": 1}', "[]"):
        other = run("replan", write("other.json", text), late, *US, "--as-of", "2027-02-01")
        assert other.status == 2
        assert "revision," not in other.err


def test_replan_as_csv(run: Run, write: Write, plan: str) -> None:
    ran = run("replan", plan, write("late.csv", LATE), *US, "--as-of", "2027-02-01", "--format", "csv")
    rows = {row["item"]: row for row in csv.DictReader(io.StringIO(ran.out))}
    assert (rows["course-1/day-1"]["kind"], rows["course-1/day-1"]["after"]) == ("moved", "2027-01-18")


def test_replan_needs_to_know_whose_plan_it_is(run: Run, write: Write, plan: str) -> None:
    two = write("two.csv", f"{LATE}y,2027-01-18\n")
    ran = run("replan", plan, two, *US, "--as-of", "2027-02-01")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("lemtrada-schedule: --patient: the file holds several patients")
    told = run("replan", plan, two, *US, "--as-of", "2027-02-01", "--patient", "x")
    assert told.status == 0
    none = run("replan", plan, write("none.csv", "patient,date\n"), *US, "--as-of", "2027-02-01")
    assert none.err == "lemtrada-schedule: --patient: the file holds no patient [unknown-name]\n"


def test_replan_after_a_decision(run: Run, plan: str) -> None:
    """Resumed after 12 January: the three days that remain fit from Tuesday 19; Monday 18 is a public holiday."""
    missed, decisions = str(EXAMPLES / "missed-day.csv"), str(EXAMPLES / "decisions.json")
    ran = run("replan", plan, missed, *US, "--as-of", "2027-01-14", "--decisions", decisions)
    line = next(line for line in ran.out.splitlines() if "course-1/day-3 " in line)
    assert " ".join(line.split()) == (
        "moved course-1/day-3 Wed 13 Jan 2027 -> Tue 19 Jan 2027 remaining days of course 1 rescheduled"
    )


# --- findings, conformance -----------------------------------------------------------------------


def test_findings_lists_every_code_and_explains_one(run: Run) -> None:
    listed = run("findings").out.splitlines()
    assert len(listed) > 30
    one = run("findings", "interval-below-minimum")
    assert one.out == (
        "interval-below-minimum  error    A course began before its minimum interval had passed; "
        "it still counts, and the next interval starts from it; inform the prescriber\n"
    )
    assert json.loads(run("findings", "overridden", "--format", "json").out) == [{
        "code": "overridden", "severity": "note", "title": "A finding was accepted by someone",
        "hint": "the accepted finding stays on record", "seen_by": "evaluate",
    }]  # fmt: skip
    assert run("findings", "--format", "csv").out.startswith("code,severity,title,hint,seen_by\r\n")
    unknown = run("findings", "no-such")
    assert (unknown.status, unknown.out) == (2, "")


@pytest.mark.sweep
def test_conformance_passes() -> None:
    """As users run it, in a process of its own: what was computed is not validated, and coverage is not measured."""
    ran = subprocess.run([sys.executable, "-m", "lemtrada_schedule", "conformance"], capture_output=True, check=True)
    told = "1276 cases, 1276 passed (100.0%)"
    assert ran.stdout.decode() == f"{told}{os.linesep}"
    assert f"$ lemtrada-schedule conformance\n{told}\n" in (ROOT / "docs/command-line.md").read_text(encoding="utf-8")


def test_cases_of_every_family_pass_while_computed_values_are_validated() -> None:
    families = {case["id"].rpartition("-")[0]: case for case in conformance.cases()}
    assert len(families) > 80
    assert conformance.run_cases(list(families.values())).differences == ()


def test_conformance_names_its_files(run: Run) -> None:
    cases, schema = (Path(line) for line in run("conformance", "--path").out.splitlines())
    assert len(json.loads(cases.read_text(encoding="utf-8"))["cases"]) == 1276
    assert json.loads(schema.read_text(encoding="utf-8"))["$schema"].startswith("https://json-schema.org/")


def test_conformance_tells_what_differs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    difference = Difference("INT-001", "status", "not-started", "awaiting-course-2")
    monkeypatch.setattr(conformance_module, "run_cases", lambda: Report(2, (difference,)))
    ran = run("conformance")
    assert ran.status == 1
    assert ran.out == ("INT-001: status: expected not-started, found awaiting-course-2\n2 cases, 1 passed (50.0%)\n")
    told = json.loads(run("conformance", "--format", "json").out)
    assert (told["cases"], told["passed"], told["failed"]) == (2, 1, ["INT-001"])
    assert run("conformance", "--format", "csv").out.splitlines()[1] == "INT-001,status,not-started,awaiting-course-2"


def test_a_case_that_expects_something_else_differs() -> None:
    """The runner can fail: with another status expected, one case of three differs, in that."""
    three = conformance.cases()[:3]
    three[1] = {**three[1], "expected": {**three[1]["expected"], "status": "no such status"}}
    report = conformance.run_cases(three)
    assert report.failed == (three[1]["id"],)
    assert [one.question for one in report.differences] == ["status"]
    assert round(report.pass_rate, 3) == 0.667
    assert conformance.run_cases([]).pass_rate == 1.0
