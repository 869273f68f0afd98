"""Ways in for a command: standard input, the clinic's own protocol, the example clinic, a treatment under way."""

import io
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemtrada_schedule import Plan, Revision, load_protocol, parse_clinic
from lemtrada_schedule.cli import audit as audit_command
from lemtrada_schedule.cli import main as main_module
from lemtrada_schedule.cli import recorded, standard_input
from lemtrada_schedule.readers.clinics import example_clinic
from tests.support.cli_result import Ran, Run
from tests.support.entry_points import CLINIC
from tests.support.record_files import administration, bundle, ndjson

EXAMPLES: Final = Path(__file__).parents[3] / "examples"
BOSTON: Final = str(EXAMPLES / "boston.toml")
INFUSIONS: Final = EXAMPLES / "infusions.csv"
ASKED: Final = ("--protocol", "us-2024-05", "--as-of", "2026-11-22")
LATE: Final = "patient,date\n" + "".join(f"x,2027-01-{day}\n" for day in range(18, 23))
"""Course 1, given from Monday 18 to Friday 22 January 2027."""
Piped = Callable[[bytes | str], None]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(name="pipe")
def fixture_pipe(monkeypatch: pytest.MonkeyPatch) -> Piped:
    """Return a function that sets what standard input holds."""

    def pipe(data: bytes | str) -> None:
        given = data.encode() if isinstance(data, str) else data
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(given)))

    return pipe


def refused(ran: Ran) -> str:
    """Return the one line of an error, without the name of the program."""
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    return ran.err.removeprefix("lemtrada-schedule: ").removesuffix("\n")


# --- standard input -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["check", "next"])
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_standard_input_gives_the_same_answer_as_the_file(run: Run, pipe: Piped, command: str, form: str) -> None:
    pipe(INFUSIONS.read_bytes())
    piped = run(command, "-", "--records-format", "csv", *ASKED, "--format", form)
    assert piped == run(command, str(INFUSIONS), *ASKED, "--format", form)
    assert "p2" in piped.out


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("json", json.dumps({"infusions": [{"date": "2025-03-03"}]})),
        ("fhir", json.dumps(bundle(administration()))),
        ("ndjson", ndjson(administration())),
        ("csv", "\ufeffdate\r\n2025-03-03\r\n"),
    ],
)
def test_each_format_is_read_from_standard_input(run: Run, pipe: Piped, form: str, text: str) -> None:
    pipe(text)
    ran = run("next", "-", "--records-format", form, *ASKED, "--clinic", BOSTON)
    assert ran.out.endswith("rows: 1 in = 1 accepted + 0 refused + 0 blank + 0 other + 0 superseded\n")


def test_the_format_of_standard_input_is_required(run: Run) -> None:
    words = (
        "--records-format: required, because standard input has no file name that tells it; "
        "one of csv, fhir, json, ndjson [missing-field]"
    )
    for asked in (("check", "-"), ("next", "-"), ("plan", "2027-02-01", "--clinic", BOSTON, "--history", "-")):
        assert refused(run(*asked, *ASKED)) == words


def test_the_format_of_a_file_is_told_by_its_name_alone(run: Run) -> None:
    told = refused(run("check", str(INFUSIONS), *ASKED, "--records-format", "csv"))
    assert told.startswith("--records-format: only valid for standard input (-)")


def test_an_unknown_format_is_not_repeated(run: Run) -> None:
    told = refused(run("check", "-", *ASKED, "--records-format", "zebra"))
    assert "argument --records-format: expected one of csv, fhir, json, ndjson" in told
    assert "zebra" not in told


def test_messages_call_it_standard_input(run: Run, pipe: Piped) -> None:
    asked = ("check", "-", "--records-format", "csv", *ASKED)
    pipe("date\n2025-03-03\n2025-3-4\n")
    ran = run(*asked)
    assert ran.status == 2
    assert ran.err.startswith("lemtrada-schedule: standard input: row 3, column date: ")
    pipe("day\n")
    assert "standard input: line 1: the column `date` is missing" in run(*asked).err
    pipe(b"date\n\xe9\n")
    assert refused(run(*asked)).startswith("standard input: line 2: is not UTF-8 text (at byte 5)")


def test_data_of_another_format_name_the_option(run: Run, pipe: Piped) -> None:
    pipe(json.dumps(bundle()))
    told = refused(run("check", "-", "--records-format", "json", *ASKED))
    assert told == (
        "standard input: format: expected the format json, got data of the format fhir; "
        "pass that as `--records-format` [file-format]"
    )


def test_standard_input_has_a_maximum_size(run: Run, pipe: Piped, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read piece by piece: here 11 bytes in pieces of 4, with at most 10 in all."""
    monkeypatch.setattr(recorded, "LARGEST_FILE", 10)
    monkeypatch.setattr(standard_input, "CHUNK", 4)
    pipe("date\n12345\n")
    told = refused(run("check", "-", "--records-format", "csv", *ASKED))
    assert told == "standard input: is larger than 10 bytes; give a file [too-large]"
    pipe("date\n1234\n")
    assert "1 refused" in run("check", "-", "--records-format", "csv", *ASKED).out


class Broken(io.BytesIO):
    """A stream that cannot be read."""

    def read(self, *_: object) -> bytes:
        """Fail."""
        raise OSError(5, "zebra")


@pytest.mark.parametrize("stdin", [None, SimpleNamespace(buffer=Broken())], ids=["none", "broken"])
def test_standard_input_that_cannot_be_read(run: Run, monkeypatch: pytest.MonkeyPatch, stdin: Any) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    told = refused(run("check", "-", "--records-format", "csv", *ASKED))
    assert told == "standard input: cannot be read; send the records through a pipe [unreadable-file]"


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        (("next", "-", "--decisions", "-"), "--decisions"),
        (("check", "-", "--medications", "-"), "--medications"),
        (("check", "a.csv", "--clinic", "-"), "--clinic"),
        (("check", "a.csv", "--protocol", "-"), "--protocol"),
        (("replan", "-", "a.csv"), "PLAN.json"),
    ],
)
def test_only_records_come_from_standard_input(run: Run, asked: tuple[str, ...], place: str) -> None:
    told = refused(run(*asked, "--as-of", "2026-11-22"))
    assert told == f"{place}: standard input holds only records; give a file [wrong-type]"


def test_standard_input_is_read_once(run: Run) -> None:
    told = refused(run("audit", "-", "-", *ASKED))
    assert told == "FILE: standard input can be read only once; give a file for the other [file-twice]"


def test_a_file_named_dash_is_given_with_its_folder(run: Run) -> None:
    Path("-").write_text("date\n", encoding="utf-8")
    assert "./-: expected a file whose name ends in" in run("check", "./-", *ASKED).err


def test_replan_reads_standard_input(run: Run, pipe: Piped) -> None:
    made = run("plan", "2027-01-11", *ASKED, "--clinic", BOSTON, "--format", "json")
    Path("plan.json").write_text(made.out, encoding="utf-8")
    pipe(LATE)
    asked = ("--protocol", "us-2024-05", "--as-of", "2027-02-01", "--format", "json")
    ran = run("replan", "plan.json", "-", "--records-format", "csv", *asked)
    assert Revision.model_validate_json(ran.out).plan.courses[1].first_day == date(2028, 1, 24)


# --- audit ----------------------------------------------------------------------------------------


def cohort() -> bytes:
    """Return a parquet file of one patient, with five days."""
    file = io.BytesIO()
    pq.write_table(pa.table({"patient": ["p1"] * 5, "date": [f"2025-03-0{day}" for day in range(3, 8)]}), file)
    return file.getvalue()


def test_audit_reads_standard_input(run: Run, pipe: Piped) -> None:
    Path("cohort.parquet").write_bytes(cohort())
    pipe(cohort())
    piped = run("audit", "-", *ASKED, "--format", "json")
    assert piped == run("audit", "cohort.parquet", *ASKED, "--format", "json")
    assert json.loads(piped.out)["rows"] == {
        "in": 5, "accepted": 5, "audited": 5, "refused": 0, "blank": 0, "other": 0, "superseded": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"zebra", "standard input: this is not a parquet file; give a parquet file or a data frame [file-format]"),
        (b"", "standard input: this is not a parquet file; give a parquet file or a data frame [file-format]"),
        (cohort()[:-20], "standard input: this parquet file is damaged; export it again [unreadable-file]"),
    ],
    ids=["other", "empty", "damaged"],
)
def test_audit_of_what_is_no_parquet_file(run: Run, pipe: Piped, data: bytes, words: str) -> None:
    pipe(data)
    assert refused(run("audit", "-", *ASKED)) == words


def test_audit_of_standard_input_and_files_together(run: Run) -> None:
    told = refused(run("audit", "a.parquet", "-", *ASKED))
    assert told == "FILE: standard input is audited alone; give files, or - and nothing else [wrong-type]"


def test_audit_of_too_much(run: Run, pipe: Piped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_command, "LARGEST_PIPED", 10)
    pipe(cohort())
    assert refused(run("audit", "-", *ASKED)) == "standard input: is larger than 10 bytes; give a file [too-large]"


# --- the clinic's own protocol --------------------------------------------------------------------


def clinic_with(protocol: str) -> str:
    """Write the file of a clinic that names a protocol; return its name."""
    Path("clinic.toml").write_text(f'protocol = "{protocol}"\n{CLINIC}', encoding="utf-8")
    return "clinic.toml"


def test_the_protocol_of_the_clinic_is_used_where_none_is_given(run: Run) -> None:
    """The EU's protocol has another title than the US one; the newest revision is meant."""
    newest = load_protocol("eu").name
    ran = run("plan", "2027-01-11", "--clinic", clinic_with("eu"), "--as-of", "2026-11-22")
    assert ran.err == f"lemtrada-schedule: by protocol {newest}, which the clinic names\n"
    assert f" by {newest} at " in ran.out.splitlines()[0]
    ran = run("plan", "2027-01-11", *ASKED, "--clinic", "clinic.toml")
    assert ran.err == ""
    assert " by us-2024-05 at " in ran.out.splitlines()[0]


@pytest.mark.parametrize("command", ["check", "next"])
def test_records_are_judged_by_the_clinics_protocol(run: Run, command: str) -> None:
    asked = (command, str(INFUSIONS), "--as-of", "2026-11-22", "--clinic", clinic_with("us-2024-05"))
    assert run(*asked).out == run(*asked, "--protocol", "us-2024-05").out


def test_audit_uses_the_clinics_protocol(run: Run, pipe: Piped) -> None:
    pipe(cohort())
    ran = run("audit", "-", "--as-of", "2026-11-22", "--clinic", clinic_with("us-2024-05"))
    assert ran.err == "lemtrada-schedule: by protocol us-2024-05, which the clinic names\n"


def test_replan_uses_the_protocol_of_the_plans_clinic(run: Run) -> None:
    clinic = clinic_with("us-2024-05")
    made = run("plan", "2027-01-11", "--clinic", clinic, "--as-of", "2026-11-22", "--format", "json")
    Path("plan.json").write_text(made.out, encoding="utf-8")
    Path("late.csv").write_text(LATE, encoding="utf-8")
    ran = run("replan", "plan.json", "late.csv", "--as-of", "2027-02-01")
    assert (ran.status, ran.err) == (0, "lemtrada-schedule: by protocol us-2024-05, which the clinic names\n")


NO_DEFAULT: Final = (
    "--protocol: required, because no clinic names its protocol; "
    "add it here, or as `protocol` to the clinic's file [missing-field]"
)


def test_there_is_no_other_default(run: Run) -> None:
    Path("none.toml").write_text(CLINIC, encoding="utf-8")
    day = ("--as-of", "2026-11-22")
    for asked in (
        ("plan", "2027-01-11", "--clinic", "none.toml"),
        ("check", str(INFUSIONS), "--clinic", "none.toml"),
        ("check", str(INFUSIONS)),
        ("next", str(INFUSIONS)),
        ("audit", "a.parquet"),
    ):
        assert refused(run(*asked, *day)) == NO_DEFAULT


@pytest.mark.parametrize("name", ["uk", "harbor.toml"])
def test_a_clinic_names_a_built_in_protocol(run: Run, name: str) -> None:
    told = refused(run("plan", "2027-01-11", "--clinic", clinic_with(name), "--as-of", "2026-11-22"))
    assert told.startswith("clinic: protocol: no protocol is called text shaped ")
    assert told.endswith("; give your own protocol with --protocol [unknown-name]")
    assert name not in told


# --- the example clinic ---------------------------------------------------------------------------


def test_the_example_clinic_works_in_an_empty_folder(run: Run) -> None:
    """Course 1 from Monday 11 January 2027; no year has passed on Saturday 15 January 2028, and the 17th is closed."""
    ran = run("plan", "2027-01-11", "--clinic", "example", "--as-of", "2026-11-22", "--format", "json")
    plan = Plan.model_validate_json(ran.out)
    assert [course.first_day for course in plan.courses] == [date(2027, 1, 11), date(2028, 1, 18)]
    assert (ran.status, plan.protocol) == (0, load_protocol("us").name)
    assert run("starts", "--days", "5", "--not-before", "2027-01-11", "--clinic", "example").status == 0
    assert run("check", str(INFUSIONS), "--clinic", "example", "--as-of", "2026-11-22").status == 1


def test_the_example_clinic_is_read_as_any_file() -> None:
    text = (Path(main_module.__file__).parents[1] / "clinic" / "example.toml").read_text(encoding="utf-8")
    assert parse_clinic(text) == example_clinic()
    assert example_clinic() is example_clinic()


def test_a_file_named_example_is_given_with_its_folder(run: Run) -> None:
    Path("example").write_text(CLINIC, encoding="utf-8")
    asked = ("plan", "2027-01-11", *ASKED, "--clinic")
    assert " at Example Infusion Center (" in run(*asked, "example").out
    assert " at A clinic for tests (" in run(*asked, "./example").out
    assert run(*asked, "example", "--csv", "example", "--force").status == 0  # the file is no input
    assert "this file is an input" in run(*asked, "./example", "--csv", "example", "--force").err


# --- a treatment under way ------------------------------------------------------------------------

MIDWAY: Final = ("plan", "2027-02-01", "--protocol", "us-2024-05", "--clinic", BOSTON, "--as-of", "2027-02-01")


def test_plan_from_what_was_given(run: Run) -> None:
    """A year after 22 January 2027 is a Saturday, so course 2 starts on Monday 24 January 2028."""
    Path("late.csv").write_text(LATE, encoding="utf-8")
    ran = run(*MIDWAY, "--history", "late.csv")
    assert (ran.status, ran.err) == (0, "")
    assert "  1       Mon 18 Jan 2027  Fri 22 Jan 2027  5     Mon 18 Jan 2027  complete\n" in ran.out
    (course,) = (
        line for line in ran.out.splitlines() if line.startswith("  2       Mon 24 Jan 2028  Wed 26 Jan 2028  3")
    )
    assert course.endswith("Sat 22 Jan 2028*  +2 days: closed on Sat, Sun")


def test_plan_from_standard_input_for_one_of_several_patients(run: Run, pipe: Piped) -> None:
    pipe(f"{LATE}y,2027-01-11\n")
    asked = (*MIDWAY, "--history", "-", "--records-format", "csv", "--format", "json")
    assert refused(run(*asked)).startswith("--patient: the file holds several patients; choose one with --patient")
    pipe(f"{LATE}y,2027-01-11\n")
    plan = Plan.model_validate_json(run(*asked, "--patient", "x").out)
    assert [course.first_day for course in plan.courses] == [date(2027, 1, 18), date(2028, 1, 24)]


def test_plan_by_a_clinicians_decision(run: Run) -> None:
    """Two days were given; whether and when course 1 goes on is a clinician's decision."""
    asked = ("plan", "2027-01-14", "--protocol", "us-2024-05", "--clinic", BOSTON, "--as-of", "2027-01-14")
    history = ("--history", str(EXAMPLES / "missed-day.csv"))
    assert "needs-clinical-decision" in run(*asked, *history).out
    decided = run(*asked, *history, "--decisions", str(EXAMPLES / "decisions.json"))
    assert "in-progress" in decided.out
    assert "12 mg 09:00-13:00" in decided.out
    assert "needs-clinical-decision" not in decided.out


def test_plan_with_refused_rows_is_printed_and_ends_with_2(run: Run) -> None:
    Path("late.csv").write_text(f"{LATE}x,2027-01\n", encoding="utf-8")
    ran = run(*MIDWAY, "--history", "late.csv")
    assert ran.status == 2
    assert ran.err.startswith("lemtrada-schedule: late.csv: row 7, column date: ")
    assert ran.out.startswith("1 course, 5 infusion days by us-2024-05 at ")


def test_plan_names_its_options_for_what_the_history_forbids(run: Run) -> None:
    Path("late.csv").write_text(LATE, encoding="utf-8")
    asked = ("plan", "2027-01-20", *MIDWAY[2:])
    assert refused(run(*asked, "--history", "late.csv")).startswith("DAY: must be after the last infusion on record")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--patient", ("x",)),
        ("--decisions", ("d.json",)),
        ("--ignore", ("ward",)),
        ("--records-format", ("csv",)),
        ("--assume-lemtrada", ()),
        ("--lemtrada-code", ("urn:lab|L1",)),
        ("--medications", ("m.json",)),
        ("--fhir-version", ("R5",)),
    ],
)
def test_options_of_records_need_records(run: Run, option: str, value: tuple[str, ...]) -> None:
    assert refused(run(*MIDWAY, option, *value)) == f"{option}: only valid together with --history [missing-field]"


def test_a_history_is_not_written_over(run: Run) -> None:
    Path("late.csv").write_text(LATE, encoding="utf-8")
    told = refused(run(*MIDWAY, "--history", "late.csv", "--csv", "late.csv", "--force"))
    assert told.startswith("--csv: this file is an input of the same command")
    assert Path("late.csv").read_text(encoding="utf-8") == LATE


# --- content where a file is expected -------------------------------------------------------------


@pytest.mark.parametrize("content", ['{"patient": "zebra"}', "[zebra]", "zebra\nzebra", "\ufeff{zebra}"])
def test_content_given_as_a_file_is_not_repeated(run: Run, content: str) -> None:
    """Only records have another way in: standard input. No function of Python is named."""
    words = "expected the path of a file, got the content of one; write it to a file first"
    assert refused(run("check", content, *ASKED)) == f"path: {words}, or use `-` [wrong-type]"
    assert refused(run("replan", content, "a.csv", *ASKED)) == f"path: {words} [wrong-type]"
    assert refused(run("check", "a.csv", *ASKED, "--clinic", content)) == f"path: {words} [wrong-type]"
    assert refused(run("next", str(INFUSIONS), *ASKED, "--decisions", content)) == f"path: {words} [wrong-type]"
    assert refused(run("check", "a.csv", *ASKED, "--medications", content)) == f"path: {words} [wrong-type]"
    assert refused(run("audit", content, *ASKED)) == f"path: {words} [wrong-type]"
    told = refused(run("check", "a.csv", "--as-of", "2026-11-22", "--protocol", content))
    assert told == (
        "--protocol: expected the name of a protocol, got the content of a file; write it to a file first [wrong-type]"
    )
