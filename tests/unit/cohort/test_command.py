"""The command `audit`: counts on standard output, words on standard error, exit statuses 0, 1 and 2."""

import csv
import json
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemtrada_schedule import InvalidInput, audit
from lemtrada_schedule.cli.main import main
from lemtrada_schedule.cli.table_files import table_writer
from tests.support.histories import US, run

ASKED: Final = ("--protocol", "us-2024-05", "--as-of", "2026-11-22")
WHOLE: Final = [row["date"] for row in run("2025-03-03", 5)]


NAME_ONE: Final = "name a column of dates, or give one date as YYYY-MM-DD"


@pytest.fixture
def cohort(tmp_path: Path) -> Any:
    """Return a function that writes days of patients into a file and returns its path."""

    def write(days: dict[str, list[date]], **columns: Any) -> str:
        rows = [(patient, day) for patient, own in days.items() for day in own]
        table = pa.table(
            {"patient": [p for p, _ in rows], "date": pa.array([d for _, d in rows], pa.date32()), **columns}
        )
        pq.write_table(table, tmp_path / "cohort.parquet")
        return str(tmp_path / "cohort.parquet")

    return write


def test_the_table_counts_and_says_what_is_missing(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", cohort({"p1": WHOLE, "p2": WHOLE[:4]}), *ASKED]) == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[:2] == [
        "2 patients, 1 of them with findings",
        "9 rows, 9 accepted, 0 refused, 0 blank, 0 other, 0 superseded",
    ]
    assert lines[2:4] == [
        "error    course-incomplete                1 patient           1 finding",
        "warning  needs-clinical-decision          1 patient           1 finding",
    ]
    assert "not checked: no clinic (public-holiday, clinic-closed, outside-opening-hours)" in lines
    assert err == ""


def test_one_row_is_one(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    main(["audit", cohort({"p1": WHOLE[:1], "p2": WHOLE[:1]}), *ASKED])
    two = capsys.readouterr().out.splitlines()
    assert two[1] == "2 rows, 2 accepted, 0 refused, 0 blank, 0 other, 0 superseded"
    assert two[2] == "error    course-incomplete                2 patients          2 findings"
    main(["audit", cohort({"p1": WHOLE[:1]}), *ASKED])
    assert capsys.readouterr().out.splitlines()[1] == "1 row, 1 accepted, 0 refused, 0 blank, 0 other, 0 superseded"


def test_without_findings_the_status_is_0(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", cohort({"p1": WHOLE}), *ASKED]) == 0
    assert capsys.readouterr().out.startswith("1 patient, 0 of them with findings\n")


def test_json_is_the_summary_with_what_was_not_assessed(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = cohort({"p1": WHOLE[:3]})
    assert main(["audit", path, *ASKED, "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    report = audit(path, US, as_of=date(2026, 11, 22))
    assert told.pop("not_assessed") == [entry.model_dump(mode="json") for entry in report.not_assessed]
    assert told == report.summary()


def test_csv_has_a_row_for_each_code(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", cohort({"p1": WHOLE[:3]}), *ASKED, "--format", "csv"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "severity,code,patients,findings",
        "error,course-incomplete,1,1",
        "warning,needs-clinical-decision,1,1",
    ]


def test_out_holds_a_row_for_each_patient(cohort: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = cohort({"p1": WHOLE, "p2": WHOLE[:3]})
    main(["audit", path, *ASKED, "--out", str(tmp_path / "report.parquet")])
    capsys.readouterr()
    assert pq.read_table(tmp_path / "report.parquet").equals(audit(path, US, as_of=date(2026, 11, 22)).patients)


def test_courses_and_periods_are_files(cohort: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = cohort({"p1": WHOLE, "p2": WHOLE[:3]})
    files = {name: tmp_path / f"{name}.parquet" for name in ("courses", "periods")}
    main(["audit", path, *ASKED, *(f"--{name}={file}" for name, file in files.items())])
    capsys.readouterr()
    report = audit(path, US, as_of=date(2026, 11, 22))
    assert pq.read_table(files["courses"]).equals(report.courses)
    assert pq.read_table(files["periods"]).equals(report.periods)
    assert report.courses.num_rows == 2


def test_the_day_of_the_question_can_be_a_column(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Three of five days, to 5 March 2025: in progress for p1 on 6 March, interrupted for p2 on 7 March."""
    days = [date(2025, 3, 6)] * 3 + [date(2025, 3, 7)] * 3
    path = cohort({"p1": WHOLE[:3], "p2": WHOLE[:3]}, seen_until=pa.array(days))
    assert main(["audit", path, *ASKED[:2], "--as-of-column", "seen_until", "--format", "csv"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "severity,code,patients,findings",
        "error,course-interrupted,1,1",
        "warning,needs-clinical-decision,1,1",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([*ASKED, "--as-of-column", "date"], "--as-of-column: give --as-of or --as-of-column, not both [wrong-type]"),
        (
            [*ASKED[:2], "--as-of-column", "2026-11-22"],
            "--as-of-column: expected the name of a column; give a date with --as-of [wrong-type]",
        ),
        (
            [*ASKED[:2], "--as-of-column="],
            "--as-of-column: expected the name of a column; give a date with --as-of [wrong-type]",
        ),
        (
            [*ASKED[:2], "--as-of-column", "seen"],
            f"seen: the cohort has no such column; {NAME_ONE} [missing-field]",
        ),
    ],
)
def test_a_column_of_days_that_cannot_be_used_is_refused(
    cohort: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["audit", cohort({"p1": WHOLE}), *arguments]) == 2
    assert capsys.readouterr() == ("", f"lemtrada-schedule: {told}\n")


def test_a_file_that_is_there_is_kept_unless_told_otherwise(
    cohort: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path, out = cohort({"p1": WHOLE}), tmp_path / "report.parquet"
    out.write_bytes(b"old")
    assert main(["audit", path, *ASKED, "--out", str(out)]) == 2
    assert "[file-exists]" in capsys.readouterr().err
    assert out.read_bytes() == b"old"
    assert main(["audit", path, *ASKED, "--out", str(out), "--force"]) == 0
    assert "codes" in pq.read_schema(out).names


@pytest.mark.parametrize("flag", ["--out", "--courses", "--periods", "--findings", "--refused"])
@pytest.mark.parametrize("name", ["report.xlsx", "report", "report.parquet.txt", "report.CSV"])
def test_the_name_says_how_a_table_is_written(
    cohort: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, flag: str, name: str
) -> None:
    path, out = cohort({"p1": WHOLE}), str(tmp_path / name)
    assert main(["audit", path, *ASKED, flag, out]) == 2
    told = "the table is written as its name ends; use a name that ends in .parquet or .csv [file-format]"
    assert capsys.readouterr() == ("", f"lemtrada-schedule: {flag}: {told}\n")
    assert [one.name for one in tmp_path.iterdir()] == ["cohort.parquet"]


def test_tables_are_written_as_csv_by_the_end_of_the_name(cohort: Any, tmp_path: Path) -> None:
    """Lists are joined by spaces, nothing is an empty cell, and no cell starts a formula."""
    path = cohort({"=p1": WHOLE[:4], "p2": WHOLE}, dose_mg=[12] * 8 + [0])
    asked = [f"--{name}={tmp_path / name}.csv" for name in ("out", "courses", "findings", "refused")]
    assert main(["audit", path, *ASKED, *asked]) == 2
    out = (tmp_path / "out.csv").read_bytes().decode().split("\r\n")
    named = ("rows", "refused_rows", "codes", "last_infusion", "next_earliest")
    columns = out[0].split(",")
    assert columns[0] == "patient"
    rows = [dict(zip(columns, line.split(","), strict=True)) for line in out[1:3]]
    assert [row["patient"] for row in rows] == ["'=p1", "p2"]
    assert [rows[0][name] for name in named] == [
        "4",
        "0",
        "course-incomplete needs-clinical-decision",
        "2025-03-06",
        "",
    ]
    assert [rows[1][name] for name in named] == ["4", "1", "", "", ""]
    assert out[3:] == [""]
    with (tmp_path / "findings.csv").open(encoding="utf-8", newline="") as file:
        findings = list(csv.DictReader(file))
    assert [(row["patient"], row["code"], row["course"], row["row"]) for row in findings] == [
        ("'=p1", "course-incomplete", "1", "4"),
        ("'=p1", "needs-clinical-decision", "1", "4"),
    ]
    with (tmp_path / "courses.csv").open(encoding="utf-8", newline="") as file:
        course = next(csv.DictReader(file))
    shown = [course[name] for name in ("patient", "first_day", "last_day", "days_since_previous", "boundary_clear")]
    assert shown == ["'=p1", "2025-03-03", "2025-03-06", "", "true"]
    refused = (tmp_path / "refused.csv").read_text(encoding="utf-8").splitlines()
    assert refused[0] == "row,column,code,message,file,row_in_file"
    assert refused[1].split(",")[:3] == ["9", "dose_mg", "wrong-type"]
    assert refused[1].endswith(f",{path},9")


def test_the_same_findings_as_parquet_in_many_parts(
    cohort: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lemtrada_schedule.cohort.report_tables.TOGETHER", 3)
    path = cohort({f"p{number}": WHOLE[: 3 + number % 2] for number in range(9)})
    assert main(["audit", path, *ASKED, f"--findings={tmp_path / 'findings.parquet'}"]) == 1
    with pq.ParquetFile(tmp_path / "findings.parquet") as file:
        groups = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        assert file.read().equals(audit(path, US, as_of=date(2026, 11, 22)).findings().combine_chunks())
    assert groups == [4, 4, 4, 4, 2]  # two findings a patient, cut after whole patients


def test_a_folder_and_a_pattern_that_the_shell_left_alone(
    cohort: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, days in enumerate((WHOLE[:2], WHOLE[2:])):
        (tmp_path / "parts").mkdir(exist_ok=True)
        Path(cohort({"p1": days})).rename(tmp_path / "parts" / f"{number}.parquet")
    (tmp_path / "parts" / "_SUCCESS").touch()
    monkeypatch.chdir(tmp_path)
    for given, said in (("parts", True), ("parts/*.parquet", False), ("par*/?.parquet", False)):
        assert main(["audit", given, *ASKED]) == 0
        out, err = capsys.readouterr()
        assert out.startswith("1 patient, 0 of them with findings\n5 rows, 5 accepted, 0 refused, 0 blank, ")
        told = "lemtrada-schedule: 1 other file not read; the cohort is the .parquet files\n"
        assert err == (told if said else "")
    report = audit("parts", US, as_of=date(2026, 11, 22))
    assert [(one.file, one.rows) for one in report.files] == [("parts/0.parquet", 2), ("parts/1.parquet", 3)]
    assert report.other_files == 1
    assert main(["audit", "parts", *ASKED, "--out", "parts/1.parquet", "--force"]) == 2
    assert "--out: this file is an input of the same command" in capsys.readouterr().err
    assert main(["audit", "none*.parquet", *ASKED]) == 2
    assert "none*.parquet: no .parquet file matches this pattern; check it" in capsys.readouterr().err


def test_progress_is_told_until_the_last_finding_is_made(cohort: Any) -> None:
    report = audit(cohort({f"p{number}": WHOLE[:3] for number in range(4)}), US, as_of=date(2026, 11, 22))
    told: list[tuple[int, int]] = []
    tables = report.finding_tables(["course-incomplete"], progress=lambda done, total: told.append((done, total)))
    assert told == []
    assert sum(table.num_rows for table in tables) == 8
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    with pytest.raises(InvalidInput, match="expected a function"):
        report.finding_tables(progress=3)  # type: ignore[arg-type]  # on purpose


def test_an_error_while_findings_are_written_leaves_no_file(
    cohort: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cohort({"p1": WHOLE[:3], "p2": WHOLE[:3]})
    monkeypatch.setattr("lemtrada_schedule.cohort.report.screen_bits", lambda _: 0)
    asked = [f"--findings={tmp_path / 'findings.csv'}", f"--out={tmp_path / 'out.csv'}"]
    assert main(["audit", path, *ASKED, *asked]) == 2
    assert "[screen-differs]" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["cohort.parquet"]


@pytest.mark.sweep
def test_memory_does_not_grow_with_findings(cohort: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held while findings are written is a part of them, and neither their sum nor the file."""
    monkeypatch.setattr("lemtrada_schedule.cohort.report_tables.TOGETHER", 100)
    held = []
    for patients in (500, 1_500):
        report = audit(cohort({f"p{n}": WHOLE[:3] for n in range(patients)}), US, as_of=date(2026, 11, 22))
        list(zip(range(1), report.evaluations(), strict=False))  # what is cached once for all
        rows = sum(table.num_rows for table in report.finding_tables())
        assert rows == 2 * patients
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        most = 0
        write = table_writer("findings.csv", report.finding_tables(progress=lambda _done, _total: None))
        with (tmp_path / "findings.csv").open("wb") as file:
            write(file)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        held.append((most - before) / patients)
    assert held[1] < held[0]  # a table of 1,500 patients' findings would take three times that of 500
    assert held[1] < 1_200  # bytes a patient: the codes of the screen and the rows read again


def test_patients_findings_and_refused_rows_are_files(cohort: Any, tmp_path: Path) -> None:
    """Two patients; p2 lacks a day of course 1, and the second row of all has a dose that is none."""
    path = cohort({"p1": WHOLE, "p2": WHOLE[:4]}, dose_mg=[12, 0, *[12] * 7])
    asked = [f"--{name}={tmp_path / name}.parquet" for name in ("out", "findings", "refused")]
    assert main(["audit", path, *ASKED, *asked]) == 2
    out, findings, refused = (
        pq.read_table(tmp_path / f"{name}.parquet").to_pylist() for name in ("out", "findings", "refused")
    )
    assert [row["patient"] for row in out] == ["p1", "p2"]
    assert ("p2", "course-incomplete") in [(row["patient"], row["code"]) for row in findings]
    assert [(row["row"], row["column"]) for row in refused] == [(2, "dose_mg")]


def test_if_one_file_cannot_be_written_none_is(cohort: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = cohort({"p1": WHOLE})
    (tmp_path / "there.parquet").write_bytes(b"old")
    asked = ["--out", str(tmp_path / "new.parquet"), "--findings", str(tmp_path / "there.parquet")]
    assert main(["audit", path, *ASKED, *asked]) == 2
    assert "[file-exists]" in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["cohort.parquet", "there.parquet"]


def test_force_belongs_to_a_file(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", cohort({"p1": WHOLE}), *ASKED, "--force"]) == 2
    files = "--out or --courses or --periods or --monitoring or --findings or --refused"
    told = f"lemtrada-schedule: --force: only valid together with {files} [missing-field]\n"
    assert capsys.readouterr() == ("", told)


def test_the_cohort_itself_is_never_written_over(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = cohort({"p1": WHOLE})
    assert main(["audit", path, *ASKED, "--out", path, "--force"]) == 2
    assert "--out: this file is an input of the same command" in capsys.readouterr().err
    assert pq.read_schema(path).names == ["patient", "date"]


def test_refused_rows_are_said_and_the_status_is_2(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = cohort({"secret": WHOLE}, dose_mg=[12, 12, 0, 12, 12])
    assert main(["audit", path, *ASKED]) == 2
    out, err = capsys.readouterr()
    assert f"{path}: row 3, column dose_mg: expected a dose in mg" in err
    assert "secret" not in out + err


def test_refused_rows_of_several_files_are_said_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Line 2 of the second file, although line 4 of all."""
    for name, dose in (("a.csv", "12"), ("b.csv", "0")):
        (tmp_path / name).write_text(f"patient,date,dose_mg\np,2025-03-03,{dose}\n", encoding="utf-8")
    assert main(["audit", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), *ASKED]) == 2
    assert f"{tmp_path / 'b.csv'}: row 2, column dose_mg: " in capsys.readouterr().err


def test_many_refused_rows_are_counted(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", cohort({f"p{n}": WHOLE for n in range(20)}, dose_mg=[0] * 100), *ASKED]) == 2
    err = capsys.readouterr().err.splitlines()
    assert (len(err), err[-1]) == (51, "lemtrada-schedule: 100 problems in all")


def test_columns_have_the_names_that_are_typed(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = cohort({"p1": WHOLE}, taken=[100] * 5)
    assert main(["audit", path, *ASKED, "--column", "infusion_minutes=taken"]) == 1
    assert "infusion-too-short" in capsys.readouterr().out


@pytest.mark.parametrize("typed", ["patient", "=x", "nothing=x", "patient="])
def test_a_column_that_is_not_typed_as_it_should(cohort: Any, capsys: pytest.CaptureFixture[str], typed: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["audit", cohort({"p1": WHOLE}), *ASKED, "--column", typed])
    assert left.value.code == 2
    told = "NAME is one of patient, date, status, infusion_minutes, observation_minutes, dose_mg, course, "
    assert told in capsys.readouterr().err


def test_a_column_that_is_not_there_is_named_by_its_flag(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", cohort({"p1": WHOLE}), *ASKED, "--column", "course=courses"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("lemtrada-schedule: courses: the cohort has no such column")
    assert err.endswith("; name it with `--column course=…` [missing-field]\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nothing.parquet"], "unreadable-file"),
        (["README.md"], "file-format"),
        (["{cohort}", "--out", "no/such/place.parquet"], "not-written"),
        (["{cohort}", "--column", "status=nothing"], "missing-field"),
    ],
    ids=lambda part: part if isinstance(part, str) else part[0],
)
def test_what_cannot_be_done_is_said(  # noqa: PLR0917  # three fixtures, two parameters
    cohort: Any,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: str,
) -> None:
    path = cohort({"p1": WHOLE})
    (tmp_path / "README.md").write_text("no parquet")
    monkeypatch.chdir(tmp_path)
    assert main(["audit", *(part.format(cohort=path) for part in arguments), *ASKED]) == 2
    out, err = capsys.readouterr()
    assert f"[{code}]" in err
    assert out == ""


def test_without_a_day_and_without_a_clinic_it_is_asked_for(cohort: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", cohort({"p1": WHOLE}), "--protocol", "us-2024-05"]) == 2
    assert "--as-of" in capsys.readouterr().err


# --- observations --------------------------------------------------------------------------------


@pytest.fixture
def tests_on_record(tmp_path: Path) -> str:
    """Write a table of observations, with a row of another code and one without a code."""
    days = [date(2025, 4, 7), date(2025, 4, 7), date(2025, 5, 7)]
    rows = {"who": ["p1"] * 3, "date": pa.array(days), "code": ["blood-count", "haemoglobin", None]}
    pq.write_table(pa.table(rows), tmp_path / "tests.parquet")
    return str(tmp_path / "tests.parquet")


WHO: Final = ("--column", "observation_patient=who")


def test_observations_are_counted_and_monitoring_is_written(
    cohort: Any, tests_on_record: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refused row has status 2, and takes away what tests decide of its patient; the other patient is monitored."""
    out = tmp_path / "monitoring.parquet"
    asked = (*ASKED, "--observations", tests_on_record, *WHO, "--monitoring", str(out))
    assert main(["audit", cohort({"p1": WHOLE, "p2": WHOLE}), *asked]) == 2
    written = capsys.readouterr()
    assert "3 rows of observations, 1 accepted, 1 refused, 0 blank, 1 other, 0 superseded" in written.out.splitlines()
    place = f"{tests_on_record}: row 3 of the observations, column code"
    assert written.err == (
        f"lemtrada-schedule: {place}: the value is missing; fill it in [missing-field]\n"
        "lemtrada-schedule: wrote 1 file: --monitoring\n"
    )
    (row,) = pq.read_table(out).to_pylist()
    assert (row["patient"], row["action"], row["course"], row["due"], row["missed"]) == ("p2", "blood-count", 1, 20, 19)
    assert "haemoglobin" not in written.out + written.err


def test_monitoring_needs_observations(cohort: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", cohort({"p1": WHOLE}), *ASKED, "--monitoring", str(tmp_path / "m.parquet")]) == 2
    assert "--monitoring: only valid together with --observations [missing-field]" in capsys.readouterr().err


def test_a_missing_column_of_observations_is_advised_as_an_option(
    cohort: Any, tests_on_record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", cohort({"p1": WHOLE}), *ASKED, "--observations", tests_on_record]) == 2
    assert "name it with `--column observation_patient=…`" in capsys.readouterr().err


def test_the_observations_are_not_written_over(
    cohort: Any, tests_on_record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = (*ASKED, "--observations", tests_on_record, "--out", tests_on_record, "--force")
    assert main(["audit", cohort({"p1": WHOLE}), *asked]) == 2
    assert "--out" in capsys.readouterr().err
