"""The command line: data on standard output, words on standard error, exit statuses 0, 1 and 2."""

import csv
import errno
import importlib
import io
import json
import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from importlib import metadata
from pathlib import Path
from time import sleep
from typing import Final

import pytest

from lemtrada_schedule import Plan, protocol_names, read_plan
from lemtrada_schedule.cli import main as main_module
from lemtrada_schedule.cli import plan as plan_command
from lemtrada_schedule.cli.main import main
from tests.support.cli_result import Ran, Run
from tests.support.entry_points import CLINIC, PROTOCOL

ROOT: Final = Path(__file__).parents[3]
BOSTON: Final = str(ROOT / "examples" / "boston.toml")
AS_OF: Final = ("--as-of", "2026-11-22")
PLAN: Final = ("plan", "2027-01-11", "--protocol", "us-2024-05", "--clinic", BOSTON, *AS_OF)
STARTS: Final = ("starts", "--days", "5", "--not-before", "2027-01-11", "--clinic", BOSTON)


def started(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lemtrada_schedule", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "COLUMNS"} | environment,
    )


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a file and returns its path."""

    def write(text: str, name: str = "own.toml") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


# --- plan -------------------------------------------------------------------------------------------

COURSES: Final = """\
3 courses, 11 infusion days, protocol us-2024-05
Clinic: Harbor Infusion Center, times in America/New_York

Course 1: Mon 11 Jan 2027 - Fri 15 Jan 2027 (starts on time)
  earliest Mon 11 Jan 2027: requested start (2027-01-11)
  day 1  Mon 11 Jan 2027  infusion 09:00-13:00, then observation 13:00-15:00 or longer  12 mg
  day 2  Tue 12 Jan 2027  infusion 09:00-13:00, then observation 13:00-15:00 or longer  12 mg
  day 3  Wed 13 Jan 2027  infusion 09:00-13:00, then observation 13:00-15:00 or longer  12 mg
  day 4  Thu 14 Jan 2027  infusion 09:00-13:00, then observation 13:00-15:00 or longer  12 mg
  day 5  Fri 15 Jan 2027  infusion 09:00-13:00, then observation 13:00-15:00 or longer  12 mg

Course 2: Tue 18 Jan 2028 - Thu 20 Jan 2028 (starts 3 days after the earliest day)
  earliest Sat 15 Jan 2028: last infusion of course 1 (2027-01-15) + 12 months; FAQ; a convention, not the label
  Skipped: Sat 15 Jan 2028 (closed on Saturdays).
  Skipped: Sun 16 Jan 2028 (closed on Sundays).
  Skipped: Mon 17 Jan 2028 (public holiday: Martin Luther King Jr. Day).
  day 1  Tue 18 Jan 2028  infusion 09:00-13:00, then observation 13:00-15:00 or longer  12 mg
  day 2  Wed 19 Jan 2028  infusion 09:00-13:00, then observation 13:00-15:00 or longer  12 mg
  day 3  Thu 20 Jan 2028  infusion 09:00-13:00, then observation 13:00-15:00 or longer  12 mg

Course 3: Mon 22 Jan 2029 - Wed 24 Jan 2029 (starts 2 days after the earliest day)
  earliest Sat 20 Jan 2029: last infusion of course 2 (2028-01-20) + 12 months; USPI-2-3
  Skipped: Sat 20 Jan 2029 (closed on Saturdays).
  Skipped: Sun 21 Jan 2029 (closed on Sundays).
  day 1  Mon 22 Jan 2029  infusion 09:00-13:00, then observation 13:00-15:00 or longer  12 mg
  day 2  Tue 23 Jan 2029  infusion 09:00-13:00, then observation 13:00-15:00 or longer  12 mg
  day 3  Wed 24 Jan 2029  infusion 09:00-13:00, then observation 13:00-15:00 or longer  12 mg

Around the courses
  Contraception
    course 1   Mon 11 Jan 2027 - Sat 15 May 2027
               last infusion of course 1 (2027-01-15) + 4 months; FAQ
    course 2   Tue 18 Jan 2028 - Sat 20 May 2028
               last infusion of course 2 (2028-01-20) + 4 months; FAQ
    course 3   Mon 22 Jan 2029 - Thu 24 May 2029
               last infusion of course 3 (2029-01-24) + 4 months; FAQ
"""


def test_the_main_job_prints_what_the_readme_promises(run: Run) -> None:
    """The example of the first issue, line by line: its courses, days, drift and reasons."""
    ran = run(*PLAN, "--courses", "3", "--full")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(COURSES)


def test_the_plan_says_what_it_is_not(run: Run) -> None:
    assert run(*PLAN).out.count("Not a medical device") == 1
    assert run(*PLAN, "--full").out.count("Not a medical device") == 1


def test_without_a_day_of_asking_today_at_the_clinic_is_taken_and_said(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Today is 1 December 2026 at the clinic: vaccinations were to be complete the day before."""
    monkeypatch.setattr(main_module, "_today", {"America/New_York": date(2026, 12, 1)}.__getitem__)
    ran = run(*PLAN[:-2])
    told = "lemtrada-schedule: as of 2026-12-01 (Tuesday 1 December), today in America/New_York\n"
    assert (ran.status, ran.err) == (0, told)
    assert ran.out == run(*PLAN, "--as-of", "2026-12-01").out
    assert "warning deadline-passed: " in ran.out


def test_with_a_day_of_asking_past_deadlines_are_found(run: Run) -> None:
    """Vaccinations were to be complete on 30 November 2026. A warning is no reason to fail."""
    late = run(*PLAN, "--as-of", "2026-12-01")
    assert (late.status, late.err) == (0, "")
    assert "warning deadline-passed: " in late.out
    assert "2026-11-30 (Monday 30 November)" in " ".join(late.out.split())
    assert "was not assessed" not in late.out
    in_time = run(*PLAN, "--as-of", "2026-11-30")
    assert "deadline-passed" not in in_time.out


def test_two_courses_unless_told_otherwise(run: Run) -> None:
    assert run(*PLAN).out.startswith("2 courses, 8 infusion days by us-2024-05 ")
    assert run(*PLAN, "--courses", "1").out.startswith("1 course, 5 infusion days by us-2024-05 ")


def test_the_table_is_aligned(run: Run) -> None:
    """Days of one and two digits take the same room, and every date of a list starts in its column."""
    out = run("plan", "2027-02-01", "--protocol", "us-2024-05-r2", "--clinic", BOSTON, "--courses", "1", "--full").out
    days = [line for line in out.splitlines() if re.match(r"  day [0-9]  ", line)]
    assert len(days) == 5
    assert {line.index("infusion") for line in days} == {26}
    assert {line.index("observation") for line in days} == {53}
    lists = [
        line
        for line in out.splitlines()
        if re.fullmatch(r" +(?:[A-Z][a-z]{2} [ 0-9]{2} [A-Z][a-z]{2} [0-9]{4}(?:  )?)+", line)
    ]
    assert len(lists) == 4, "48 months of quarterly tests"
    visits = [line for line in out.splitlines() if "due " in line and ", suggested " in line]
    assert len(visits) == 49 + 4 + 1 + 4
    assert {(line.index("due "), line.index("suggested ")) for line in visits} == {(15, 36)}
    starts = {found.start() for line in lists for found in re.finditer(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ", line)}
    assert starts == {19, 36, 53, 70, 87}
    assert [line for line in out.splitlines() if line != line.rstrip()] == []


def test_json_is_the_plan(run: Run, tmp_path: Path) -> None:
    ran = run(*PLAN, "--courses", "3", "--plan-id", "p-17", "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    (tmp_path / "plan.json").write_text(ran.out, encoding="utf-8")
    plan = read_plan(tmp_path / "plan.json")
    assert plan == Plan.model_validate_json(ran.out)
    assert plan.plan_id == "p-17"
    assert [course.first_day.isoformat() for course in plan.courses] == ["2027-01-11", "2028-01-18", "2029-01-22"]
    assert json.loads(ran.out)["provenance"]["request"] == {
        "not_before": "2027-01-11", "courses": 3, "as_of": "2026-11-22", "decisions": [],
    }  # fmt: skip


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_csv_has_a_row_for_each_dated_item(run: Run) -> None:
    ran = run(*PLAN, "--courses", "3", "--format", "csv")
    assert (ran.status, ran.err) == (0, "")
    rows = table(ran.out)
    infusions = [row for row in rows if row["kind"] == "infusion"]
    assert [row["first_day"] for row in infusions] == [
        "2027-01-11", "2027-01-12", "2027-01-13", "2027-01-14", "2027-01-15",
        "2028-01-18", "2028-01-19", "2028-01-20", "2029-01-22", "2029-01-23", "2029-01-24",
    ]  # fmt: skip
    assert infusions[5] == infusions[5] | {
        "item": "course-2/day-1",
        "course": "2",
        "weekday": "Tue",
        "start": "2028-01-18T09:00:00-05:00",
        "end": "2028-01-18T15:00:00-05:00",
    }
    assert {(row["first_day"], row["last_day"]) for row in rows if row["item"].startswith("contraception/")} == {
        ("2027-01-11", "2027-05-15"), ("2028-01-18", "2028-05-20"), ("2029-01-22", "2029-05-24"),
    }  # fmt: skip
    assert len({row["item"] for row in rows}) == len(rows)
    assert ran.out.count("\r\n") == ran.out.count("\n") == len(rows) + 1


FORMULAS: Final = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    '=HYPERLINK("http://x")',
    "\uff1dcmd",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
)


@pytest.mark.parametrize("title", FORMULAS)
def test_no_cell_starts_a_formula(title: str, run: Run, own: Callable[..., str]) -> None:
    quoted = json.dumps(title, ensure_ascii=False)
    text = PROTOCOL.replace('id = "contraception"', f'id = "contraception"\ntitle = {quoted}\nneutral_title = {quoted}')
    clinic = own(CLINIC.replace('"A clinic for tests"', quoted), "clinic.toml")
    ran = run("plan", "2027-01-11", "--protocol", own(text), "--clinic", clinic, "--format", "csv")
    assert ran.status == 0
    rows = table(ran.out)
    assert [row["title"] for row in rows if row["kind"] == "period"] == [f"'{title}"] * 2
    starts = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
    assert [cell for row in rows for cell in row.values() if cell.startswith(starts)] == []


def test_a_protocol_of_one_s_own_is_a_file(run: Run, own: Callable[..., str]) -> None:
    asked = ("plan", "2027-01-11", "--protocol", own(PROTOCOL), "--clinic", own(CLINIC, "clinic.toml"))
    ran = run(*asked)
    assert ran.status == 0
    assert ran.out.startswith("2 courses, 3 infusion days by small-1 at A clinic for tests (America/New_York time)\n")
    ran = run(*asked, "--full")
    assert "\nClinic: A clinic for tests, times in America/New_York\n" in ran.out
    assert "no public holidays are known" in ran.out


def test_no_feasible_start_is_1(run: Run, own: Callable[..., str]) -> None:
    four_days = own(CLINIC.replace('fri = "08:00-17:00"\n', ""), "clinic.toml")
    ran = run("plan", "2027-01-11", "--protocol", "us-2024-05", "--clinic", four_days, *AS_OF)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("lemtrada-schedule: clinic: no block of 5 consecutive open days starts from ")
    assert ran.err.endswith("[no-feasible-start]\n")
    assert "the longest run found has 4" in ran.err


def test_a_skipped_wall_time_is_2_with_the_nearest_that_are_real(run: Run, own: Callable[..., str]) -> None:
    hours = "".join(f'{name} = "00:00-23:59"\n' for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    head = CLINIC.partition("[opening_hours]\n")[0].replace("09:00", "02:30")
    ran = run("plan", "2027-03-14", "--protocol", "us-2024-05", "--clinic", own(f"{head}[opening_hours]\n{hours}"))
    assert (ran.status, ran.out) == (2, "")
    assert "use 01:59 or 03:00" in ran.err
    assert ran.err.endswith("[nonexistent-local-time]\n")


# --- starts and protocols -----------------------------------------------------------------------------


def test_possible_starts(run: Run) -> None:
    """The 18th is Martin Luther King Jr. Day, so no five days lie in the week after the first."""
    ran = run(*STARTS, "--limit", "3")
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "Mon 11 Jan 2027 - Fri 15 Jan 2027",
        "Mon 25 Jan 2027 - Fri 29 Jan 2027",
        "Mon  1 Feb 2027 - Fri  5 Feb 2027",
    ]
    assert "    Skipped: Mon 18 Jan 2027 (public holiday: Martin Luther King Jr. Day)." in lines


def test_possible_starts_as_data(run: Run) -> None:
    assert run(*STARTS, "--limit", "2", "--format", "csv") == Ran(
        0, "first_day,last_day\r\n2027-01-11,2027-01-15\r\n2027-01-25,2027-01-29\r\n", ""
    )
    ran = run(*STARTS, "--limit", "2", "--format", "json")
    starts = json.loads(ran.out)
    assert [(one["first_day"], one["last_day"]) for one in starts] == [
        ("2027-01-11", "2027-01-15"), ("2027-01-25", "2027-01-29"),
    ]  # fmt: skip
    assert starts[1]["passed_over"][0] == {
        "first_day": "2027-01-12", "closed_day": "2027-01-16", "reason": "closed on Saturdays",
        "closure": {"kind": "weekly", "name": None},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("form", "out"), [("table", ""), ("csv", "first_day,last_day\r\n"), ("json", "[]\n")], ids=["table", "csv", "json"]
)
def test_no_possible_start_is_1(form: str, out: str, run: Run) -> None:
    ran = run("starts", "--days=9", "--not-before=2027-01-11", f"--clinic={BOSTON}", f"--format={form}")
    assert ran == Ran(
        1, out, "lemtrada-schedule: no block of 9 open days was found within 366 days [no-feasible-start]\n"
    )


def test_the_shipped_protocols(run: Run) -> None:
    """The revisions of the first releases, among those that came later."""
    table, rows = run("protocols"), run("protocols", "--format", "csv")
    assert (table.status, table.err, rows.status, rows.err) == (0, "", 0, "")
    assert {
        "eu-2020-01      LEMTRADA, European Union",
        "eu-2020-01-r2   LEMTRADA, European Union",
        "us-2024-05      LEMTRADA, United States",
        "us-2024-05-r2   LEMTRADA, United States",
    } <= set(table.out.split("\n"))
    assert rows.out.startswith(
        "name,title,maximum_courses\r\n"
        'eu-2020-01,"LEMTRADA, European Union",4\r\n'
        'eu-2020-01-r2,"LEMTRADA, European Union",4\r\n'
    )
    assert 'us-2024-05,"LEMTRADA, United States",\r\n' in rows.out
    listed = json.loads(run("protocols", "--format", "json").out)
    assert [one["name"] for one in listed] == list(protocol_names())
    assert {"name": "eu-2020-01", "title": "LEMTRADA, European Union", "maximum_courses": 4} in listed
    assert {"name": "us-2024-05-r2", "title": "LEMTRADA, United States", "maximum_courses": None} in listed
    assert len(table.out.splitlines()) == len(rows.out.splitlines()) - 1 == len(listed)


# --- what is refused ------------------------------------------------------------------------------------

WITHOUT: Final = ("--protocol", "us-2024-05", "--clinic", BOSTON)
BAD: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "unknown-command": (("zebra",), "unrecognised command; expected one of plan, starts, "),
    "no-day": (("plan", *WITHOUT), "required: DAY"),
    "no-clinic": (("plan", "2027-01-11", "--protocol", "us-2024-05"), "required: --clinic"),
    "no-protocol": (
        ("plan", "2027-01-11", "--clinic", BOSTON),
        "--protocol: required, because no clinic names its protocol; add it here, or as `protocol` to the clinic",
    ),
    "no-value": (("plan", "2027-01-11", "--protocol"), "argument --protocol: expected one argument"),
    "bad-day": (("plan", "06/03/zebra", *WITHOUT), "argument DAY: expected a date as YYYY-MM-DD"),
    "local-day": (("plan", "03/06/2026", *WITHOUT), "it could mean month/day/year or day/month/year"),
    "no-such-day": (("plan", "2027-02-29", *WITHOUT), "this date does not exist"),
    "bad-as-of": ((*PLAN, "--as-of", "zebra"), "argument --as-of: expected a date"),
    "bad-count": (
        (*PLAN, "--courses", "zebra"),
        "argument --courses: expected a whole number from 1 to 50 [wrong-type]",
    ),
    "no-course": ((*PLAN, "--courses", "0"), " --courses: expected a whole number from 1 to 50 [out-of-range]"),
    "too-many": ((*PLAN, "--courses", "51"), " --courses: expected a whole number from 1 to 50 [out-of-range]"),
    "beyond-the-label": (
        ("plan", "2027-01-11", "--protocol", "eu-2020-01", "--clinic", BOSTON, *AS_OF, "--courses", "5"),
        " --courses: the protocol eu-2020-01 allows at most 4 courses; plan no more [too-many-courses]",
    ),
    "bad-format": ((*PLAN, "--format", "zebra"), "argument --format: expected one of table, json, csv"),
    "unknown-option": ((*PLAN, "--Zebra=zebra"), "unrecognised arguments: the one at position 9; see "),
    "abbreviated-option": (
        (*PLAN, "--course", "3"),
        "unrecognised arguments: --course (did you mean --courses?), the one at position 10; see ",
    ),
    "unlike-any-option": ((*PLAN, "--unlike=zebra"), "unrecognised arguments: --unlike; see "),
    "two-words": ((*PLAN, "zebra", "zebra"), "the one at position 9, the one at position 10; see "),
    "mistyped-format": ((*PLAN, "--format", "tabel"), "expected one of table, json, csv; did you mean 'table'? ["),
    "too-many-words": (
        (*PLAN, "zebra"),
        "unrecognised arguments: the one at position 9; see lemtrada-schedule plan --help",
    ),
    "flag-with-value": (("plan", "--help=zebra"), "argument -h/--help: takes no value; see "),
    "bad-id": ((*PLAN, "--plan-id", "Jane zebra"), " --plan-id: expected up to 64 letters"),
    "unknown-protocol": (
        ("plan", "2027-01-11", "--protocol", "zebra", "--clinic", BOSTON),
        f"there are {', '.join(sorted({'eu', 'us', *protocol_names()}))} [unknown-name]",
    ),
    "no-days": (
        ("starts", "--days", "0", "--not-before", "2027-01-11", "--clinic", BOSTON),
        " --days: expected a whole number from 1 to 31",
    ),
    "long-block": (("starts", "--days", "32", "--not-before", "2027-01-11", "--clinic", BOSTON), "from 1 to 31"),
    "no-limit": ((*STARTS, "--limit", "0"), " --limit: expected a whole number from 1 to 1000"),
    "far-day": (("plan", "2100-01-04", *WITHOUT), " DAY: "),
    "far-start": (("starts", "--days=5", "--not-before=2100-01-04", f"--clinic={BOSTON}"), " --not-before: "),
    "many-days": (("starts", "--days=ten", "--not-before=2027-01-11", f"--clinic={BOSTON}"), "from 1 to 31 [wrong"),
    "many-starts": ((*STARTS, "--limit", "all"), "from 1 to 1000 [wrong-type]"),
    "bad-subject": (
        (*PLAN, "--plan-id=p", "--fhir=none/a.json", "--subject=zebra"),
        " --subject: ",
    ),
    "surrogate": (("plan", "\udcff", *WITHOUT), "it contains the character U+DCFF"),
    "newline": (("plan", "2027-01-11\n", *WITHOUT), "it contains the character U+000A"),
    "dashes": ((*PLAN, "--as-of=--"), "expected a date"),
    "dashes-for-protocol": (("plan", "2027-01-11", "--protocol=--", "--clinic", BOSTON), "no protocol is called"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_2_and_one_line(name: str, run: Run) -> None:
    """One line that says what to do, without what was typed: it may be a patient's."""
    arguments, words = BAD[name]
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("lemtrada-schedule: ")
    assert ran.err.count("\n") == 1
    assert ran.err.endswith("\n")
    assert words in ran.err
    assert "zebra" not in ran.err
    assert "Traceback" not in ran.err


def test_a_file_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    for arguments in (
        ("plan", "2027-01-11", "--protocol", "us-2024-05", "--clinic", f"{tmp_path}/none.toml"),
        ("plan", "2027-01-11", "--protocol", f"{tmp_path}/none.toml", "--clinic", BOSTON),
        ("starts", "--days=5", "--not-before=2027-01-11", f"--clinic={tmp_path}/none.toml"),
    ):
        ran = run(*arguments)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err == (
            f"lemtrada-schedule: {tmp_path}/none.toml: cannot be read: No such file or directory; "
            "check the path [unreadable-file]\n"
        )


def test_every_problem_of_a_file_is_a_line(run: Run, own: Callable[..., str]) -> None:
    path = own(f'{CLINIC.replace("09:00", "9:00")}[closures]\n2027-02-30 = "x"\n"a\\nb" = "y"\n')
    ran = run("plan", "2027-01-11", "--protocol", "us-2024-05", "--clinic", path)
    assert (ran.status, ran.out) == (2, "")
    lines = ran.err.splitlines()
    assert [line.removeprefix(f"lemtrada-schedule: {path}: ").partition(":")[0] for line in lines] == [
        "infusion_starts", "closures.0.date", "closures.1.date",
    ]  # fmt: skip
    assert [line.rpartition("[")[2] for line in lines] == ["wall-time]", "no-such-date]", "calendar-date]"]


def test_a_file_name_with_odd_characters_takes_one_line(run: Run) -> None:
    ran = run("plan", "2027-01-11", "--protocol", "us-2024-05", "--clinic", "a\tb\udcff\x1b[31m.toml")
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "aU+0009bU+DCFFU+001B[31m.toml" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "{}", "--protocol", "us-2024-05-r2", "--as-of", "2026-06-01"),
        ("next", "{}", "--protocol", "us-2024-05-r2", "--as-of", "2026-06-01"),
        ("replan", "{}", "examples/infusions.csv", "--protocol", "us-2024-05-r2", "--as-of", "2026-06-01"),
        ("audit", "{}", "--protocol", "us-2024-05-r2", "--as-of", "2026-06-01"),
        ("plan", "2027-01-11", "--protocol", "us-2024-05-r2", "--clinic", "{}"),
        ("plan", "2027-01-11", "--protocol", "{}", "--clinic", "examples/boston.toml"),
        ("plan", "2027-01-11", "--protocol", "{}.toml", "--clinic", "examples/boston.toml"),
        ("next", "examples/infusions.csv", "--protocol", "us-2024-05-r2", "--as-of", "2026-06-01", "--decisions", "{}"),
        ("starts", "--days", "3", "--not-before", "2027-01-11", "--clinic", "{}"),
    ],
    ids=" ".join,
)
def test_content_in_the_place_of_a_file_is_not_repeated(run: Run, arguments: tuple[str, ...]) -> None:
    for content in ('{"patient": "Zq7"}', "Zq7,1831-07-19\nZq7,1831-07-20", "Zq7" * 100):
        ran = run(*(argument.replace("{}", content) for argument in arguments))
        assert (ran.status, ran.out) == (2, "")
        assert "got the content of" in ran.err
        assert "Zq7" not in ran.err


def test_an_unknown_region_names_the_file(run: Run, own: Callable[..., str]) -> None:
    path = own(f'country = "UK"\n{CLINIC}')
    ran = run("plan", "2027-01-11", "--protocol", "us-2024-05", "--clinic", path)
    assert ran.status == 2
    assert ran.err.startswith(f"lemtrada-schedule: {path}: country: ")
    assert "(did you mean GB?)" in ran.err


@pytest.mark.parametrize("arguments", [("--help",), ("plan", "--help"), ("starts", "-h"), ("protocols", "--help")])
def test_help_is_data(arguments: tuple[str, ...], run: Run) -> None:
    ran = run(*arguments)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("usage: lemtrada-schedule")
    assert "--help" in ran.out


def test_help_says_what_is_meant(run: Run) -> None:
    for command in ("plan", "starts", "protocols", "check", "next", "replan", "findings", "conformance", "audit"):
        assert "output format (default: table)" in " ".join(run(command, "--help").out.split())
    check = " ".join(run("check", "--help").out.split())
    assert "--protocol NAME" in check
    assert "--tolerance-days N an interval that is up to N days short is a warning, not an error" in check
    assert "--days N number of consecutive infusion days, 1 to 31" in " ".join(run("starts", "--help").out.split())
    assert "CODE explain only this one" in " ".join(run("findings", "--help").out.split())


def test_the_version_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    library, zones, days = (metadata.version(name) for name in ("lemtrada_schedule", "tzdata", "holidays"))
    assert run("--version") == (0, f"lemtrada-schedule {library}, tzdata {zones}, holidays {days}\n", "")


# --- the process ------------------------------------------------------------------------------------------


def test_as_a_process() -> None:
    fine = started(*PLAN, "--courses", "3")
    assert (fine.returncode, fine.stderr) == (0, b"")
    assert fine.stdout.decode().startswith("3 courses, 11 infusion days by us-2024-05 at Harbor Infusion Center ")
    bad = started("plan", "03/06/2026", *WITHOUT)
    assert (bad.returncode, bad.stdout) == (2, b"")
    assert bad.stderr.count(b"\n") == 1
    none = started("starts", "--days=9", "--not-before=2027-01-11", f"--clinic={BOSTON}")
    assert (none.returncode, none.stdout, none.stderr.count(b"\n")) == (1, b"", 1)


def test_the_bytes_are_utf_8_in_every_locale(own: Callable[..., str]) -> None:
    name = "Clínica São José, 東京, Харків"
    path = own(CLINIC.replace("A clinic for tests", name), "clínica.toml")
    arguments = ("plan", "2027-01-11", "--protocol", "us-2024-05", "--clinic", path)
    plain = started(*arguments, LC_ALL="C.UTF-8", PYTHONUTF8="1")
    narrow = started(*arguments, LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="latin-1", PYTHONCOERCECLOCALE="0")
    assert narrow.returncode == 0, narrow.stderr
    assert narrow.stdout == plain.stdout
    assert f" at {name} (America/New_York time)".encode() in plain.stdout


def test_words_are_utf_8_in_every_locale(tmp_path: Path) -> None:
    arguments = ("plan", "2027-01-11", "--protocol", "us-2024-05", "--clinic", f"{tmp_path}/clínica.toml")
    narrow = started(*arguments, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (narrow.returncode, narrow.stdout) == (2, b"")
    assert b"Traceback" not in narrow.stderr
    assert narrow.stderr.count(b"\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no such pipes")
@pytest.mark.parametrize("form", ["table", *(pytest.param(form, marks=pytest.mark.sweep) for form in ("json", "csv"))])
def test_a_reader_that_has_had_enough_is_no_error(form: str) -> None:
    """As in `lemtrada-schedule plan … | head -1`."""
    with subprocess.Popen(
        [sys.executable, "-m", "lemtrada_schedule", *PLAN, "--courses", "9", "--format", form],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.sweep
@pytest.mark.skipif(sys.platform == "win32", reason="no such pipes")
@pytest.mark.parametrize("closed", ["stdout", "stderr"])
@pytest.mark.parametrize(("last", "status"), [("2026-03-02", 1), ("2026-3-9", 2)])
def test_a_reader_that_has_had_enough_changes_no_status(
    own: Callable[..., str], closed: str, last: str, status: int
) -> None:
    """As in `lemtrada-schedule check … | head -1`: course 2 five days early is an error, a row refused bad input."""
    days = "".join(f"p{n},2025-03-0{day}\n" for n in range(200) for day in range(3, 8))
    path = own(f"patient,date\n{days}p1,{last}\n", "many.csv")
    with subprocess.Popen(
        [sys.executable, "-m", "lemtrada_schedule", "check", path, "--protocol", "us-2024-05", "--as-of", "2026-06-01"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        ends = {"stdout": process.stdout, "stderr": process.stderr}
        gone, other = ends.pop(closed), *ends.values()
        assert gone is not None
        assert other is not None
        gone.close()
        assert b"Traceback" not in other.read()
    assert process.returncode == status


INTERRUPTED: Final = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from lemtrada_schedule.cli.main import main
sys.exit(main())
"""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such pipes")
def test_ctrl_c_is_130_and_one_line(tmp_path: Path) -> None:
    """While it reads a file that has no end yet."""
    pipe = tmp_path / "given.csv"
    os.mkfifo(pipe)
    command = [sys.executable, "-c", INTERRUPTED, "check", str(pipe), "--protocol", "us-2024-05", "--as-of=2026-06-01"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        writer = opened_when_read(pipe, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        os.close(writer)
    assert (process.returncode, out, err) == (130, b"", b"lemtrada-schedule: stopped\n")


def opened_when_read(pipe: Path, process: subprocess.Popen[bytes]) -> int:
    """Return a pipe opened for writing as soon as a process reads from it; fail if the process ends before."""
    while process.poll() is None:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:  # nobody reads from it yet
            if error.errno != errno.ENXIO:
                raise
        sleep(0.01)
    pytest.fail(f"the command ended with status {process.returncode} before it read the file")


def test_ctrl_c_in_this_process(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(plan_command, "plan_treatment", stop)
    assert run(*PLAN) == (130, "", "lemtrada-schedule: stopped\n")


def test_what_the_system_refuses_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(plan_command, "plan_treatment", fill)
    told = "lemtrada-schedule: a file cannot be read or written: No space left on device\n"
    assert run(*PLAN) == (2, "", told)


def test_words_that_nobody_reads_change_no_status(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1) as pipe:
        monkeypatch.setattr(sys, "stderr", pipe)
        assert main(["starts", "--days=9", "--not-before=2027-01-11", f"--clinic={BOSTON}"]) == 1


def test_a_broken_pipe_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert main([*PLAN, "--format", "json"]) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_output_that_cannot_be_written_is_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main([*PLAN, "--format", "json"]) == 2
        monkeypatch.undo()
    assert capsys.readouterr().err == ("lemtrada-schedule: the output cannot be written: No space left on device\n")


def test_without_standard_output_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as under pythonw on Windows, or after `>&-`."""
    monkeypatch.setattr(sys, "stdout", None)
    for form in ("table", "json", "csv"):
        assert main([*PLAN, "--format", form]) == 0
        assert main([*STARTS, "--format", form]) == 0
        assert main(["protocols", "--format", form]) == 0


def test_python_m_is_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["lemtrada-schedule", "protocols"])
    monkeypatch.delitem(sys.modules, "lemtrada_schedule.__main__", raising=False)
    with pytest.raises(SystemExit) as left:
        runpy.run_module("lemtrada_schedule", run_name="__main__")
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("eu-2020-01")
    importlib.import_module("lemtrada_schedule.__main__")  # only imported, it runs nothing
    assert capsys.readouterr().out == ""
