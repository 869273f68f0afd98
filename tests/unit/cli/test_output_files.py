"""The files that `plan` and `replan` write: whole or not at all, never over another, the same for the same stamp."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from lemtrada_schedule import Plan, read_plan, to_csv, to_fhir, to_html, to_ics, to_rows
from lemtrada_schedule.cli import outputs
from tests.support.cli_result import Run
from tests.support.entry_points import PROTOCOL

EXAMPLES: Final = Path(__file__).parents[3] / "examples"
US: Final = ("--protocol", "us-2024-05")
PLAN: Final = ("plan", "2027-01-11", *US, "--clinic", str(EXAMPLES / "boston.toml"), "--as-of", "2026-11-22")
STAMP: Final = ("--stamp", "2026-11-22T09:30:00Z")
MADE: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_plan_is_written_in_every_form(run: Run, tmp_path: Path) -> None:
    asked = ("--ics", "a.ics", "--fhir", "a.json", "--subject", "Patient/1", "--html", "a.html", "--csv", "a.csv")
    ran = run(*PLAN, "--plan-id", "t1", *STAMP, *asked, "--format", "json")
    assert (ran.status, ran.err) == (0, "lemtrada-schedule: wrote 4 files: --ics, --fhir, --html, --csv\n")
    (tmp_path / "plan.json").write_text(ran.out, encoding="utf-8")
    plan = read_plan(tmp_path / "plan.json")
    assert (tmp_path / "a.ics").read_bytes() == to_ics(plan, stamp=MADE)
    assert json.loads((tmp_path / "a.json").read_bytes()) == to_fhir(plan, subject="Patient/1")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == to_html(plan)
    assert (tmp_path / "a.csv").read_bytes() == to_csv(to_rows(plan)).encode()


def test_titles_are_neutral_unless_asked(run: Run, tmp_path: Path) -> None:
    run(*PLAN, "--plan-id", "t1", *STAMP, "--ics", "a.ics", "--html", "a.html")
    run(*PLAN, "--plan-id", "t1", *STAMP, "--ics", "b.ics", "--html", "b.html", "--titles", "clinical")
    for neutral, clinical in (("a.ics", "b.ics"), ("a.html", "b.html")):
        assert "Contraception" not in (tmp_path / neutral).read_text(encoding="utf-8")
        assert "Contraception" in (tmp_path / clinical).read_text(encoding="utf-8")


def test_the_options_of_the_page_are_the_arguments_of_to_html(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('language = "de"\n[sheet]\ntitle = "Mein Plan"\n', encoding="utf-8")
    page = ("--html", "a.html", "--layout", "full", "--language", "de-AT", "--first-weekday", "sunday")
    ran = run(*PLAN, *page, "--words", "own.toml", "--format", "json")
    assert (ran.status, ran.err) == (0, "lemtrada-schedule: wrote 1 file: --html\n")
    (tmp_path / "plan.json").write_text(ran.out, encoding="utf-8")
    plan = read_plan(tmp_path / "plan.json")
    expected = to_html(plan, layout="full", language="de-AT", first_weekday="sunday", words="own.toml")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == expected


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("--html", "a.html", "--language", "deu"), "--language: expected one of de, en"),
        (("--html", "a.html", "--layout", "fridge"), "argument --layout: "),
        (("--language", "de"), "--language: only valid together with --html"),
        (("--html", "own.toml", "--words", "own.toml", "--force"), "--html: "),
    ],
)
def test_options_of_the_page_that_are_refused(run: Run, tmp_path: Path, asked: tuple[str, ...], told: str) -> None:
    (tmp_path / "own.toml").write_text('language = "de"\n', encoding="utf-8")
    ran = run(*PLAN, *asked)
    assert ran.status == 2
    assert ran.err.startswith(f"lemtrada-schedule: {told}")
    assert (tmp_path / "own.toml").read_text(encoding="utf-8") == 'language = "de"\n'
    assert not (tmp_path / "a.html").exists()


def test_the_options_of_the_calendar_file(run: Run, tmp_path: Path) -> None:
    asked = ("--spans", "none", "--reminders", "1 day, 2 hours,30 minutes", "--location", "Harbor, 1 Main Street")
    run(*PLAN, "--plan-id", "t1", *STAMP, "--ics", "a.ics", *asked, "--format", "json")
    ran = run(*PLAN, "--plan-id", "t1", "--format", "json")
    plan = Plan.model_validate_json(ran.out)
    reminders = [timedelta(days=1), timedelta(hours=2), timedelta(minutes=30)]
    expected = to_ics(plan, stamp=MADE, spans="none", reminders=reminders, location="Harbor, 1 Main Street")
    assert (tmp_path / "a.ics").read_bytes() == expected


@pytest.mark.parametrize(
    "length", ["1 fortnight", "", "1 day,", "-1 day", "1day", "\u0663 days", "9999999 days", "1.5 hours"]
)
def test_a_reminder_is_written_in_words(run: Run, length: str) -> None:
    ran = run(*PLAN, "--plan-id", "t1", *STAMP, "--ics", "a.ics", f"--reminders={length}")
    expected = 'expected lengths such as "1 day, 2 hours", in minutes, hours, days or weeks [span]'
    assert f"argument --reminders: {expected}" in ran.err
    assert ran.status == 2


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("--reminders", "53 weeks"), "--reminders: expected whole minutes before the event, from 0 to 366 days"),
        (("--location", ""), "--location: expected 1 to 250 characters"),
        (("--spans", "allday"), "argument --spans: expected one of start-end, all-day, none; did you mean 'all-day'?"),
    ],
)
def test_an_option_of_the_calendar_file_that_is_refused(
    run: Run, tmp_path: Path, option: tuple[str, str], told: str
) -> None:
    ran = run(*PLAN, "--plan-id", "t1", *STAMP, "--ics", "a.ics", *option)
    assert ran.err.startswith(f"lemtrada-schedule: {told}")
    assert (ran.status, list(tmp_path.glob("a.ics"))) == (2, [])


def test_the_same_stamp_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for name in ("a.ics", "b.ics"):
        run(*PLAN, "--plan-id", "t1", *STAMP, "--ics", name)
    assert (tmp_path / "a.ics").read_bytes() == (tmp_path / "b.ics").read_bytes()


def test_without_a_stamp_the_clock_is_taken_and_said(run: Run, tmp_path: Path) -> None:
    ran = run(*PLAN, "--plan-id", "t1", "--ics", "a.ics")
    said = re.fullmatch(
        r"lemtrada-schedule: wrote 1 file: --ics\n"
        r"lemtrada-schedule: made at (....)-(..)-(..)T(..):(..):(..)Z by the clock; "
        r"pass it as --stamp to make the same file again\n",
        ran.err,
    )
    assert said
    year, month, day, hour, minute, second = said.groups()
    stamp = f"DTSTAMP:{year}{month}{day}T{hour}{minute}{second}Z"
    assert stamp in (tmp_path / "a.ics").read_text(encoding="utf-8")


def test_the_clock_is_not_told_of_a_file_that_was_not_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ics").write_text("mine", encoding="utf-8")
    ran = run(*PLAN, "--plan-id", "t1", "--ics", "a.ics")
    assert ran.status == 2
    assert "made at" not in ran.err


@pytest.mark.parametrize(
    ("asked", "place", "belongs"),
    [
        (STAMP, "--stamp", "--ics"),
        ((*STAMP, "--html", "a.html"), "--stamp", "--ics"),
        (("--subject", "Patient/1"), "--subject", "--fhir"),
        (("--subject", "Patient/1", "--csv", "a.csv"), "--subject", "--fhir"),
        (("--titles", "neutral"), "--titles", "--ics or --html"),
        (("--spans", "none"), "--spans", "--ics"),
        (("--reminders", "1 day", "--html", "a.html"), "--reminders", "--ics"),
        (("--location", "Harbor"), "--location", "--ics"),
        (("--titles", "clinical", "--csv", "a.csv"), "--titles", "--ics or --html"),
        (("--force",), "--force", " or ".join(output.option for output in outputs.OUTPUTS if "plan" in output.help)),
    ],
)
def test_a_flag_of_no_file_is_refused(
    run: Run, tmp_path: Path, asked: tuple[str, ...], place: str, belongs: str
) -> None:
    told = f"lemtrada-schedule: {place}: only valid together with {belongs} [missing-field]\n"
    assert run(*PLAN, *asked) == (2, "", told)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("flag", ["--ics", "--fhir", "--html", "--csv"])
def test_an_empty_name_is_no_file(run: Run, tmp_path: Path, flag: str) -> None:
    subject = ("--subject", "Patient/1") if flag == "--fhir" else ()
    ran = run(*PLAN, "--plan-id", "t1", flag, "", *subject)
    assert (ran.status, ran.out) == (2, "")
    assert "it is a folder; give a file name [not-written]" in ran.err
    assert list(tmp_path.iterdir()) == []


OUTPUTS: Final = {
    "--ics": ("plan", "--plan-id", "t1"),
    "--fhir": ("plan", "--plan-id", "t1", "--subject", "Patient/1"),
    "--html": ("plan",),
    "--csv": ("plan",),
    "--plan-out": ("replan",),
    "--out": ("audit",),
    "--findings": ("audit",),
    "--refused": ("audit",),
}
"""Every option that names a file to write, with a command that has it."""


@pytest.mark.parametrize("name", ["new/", "new/.", "new/..", "there", "there/"])
@pytest.mark.parametrize("flag", OUTPUTS)
def test_a_folder_is_no_file_to_write(run: Run, tmp_path: Path, flag: str, name: str) -> None:
    """Nothing is read or planned, and nothing is written beside the folder."""
    (tmp_path / "there").mkdir()
    command, *more = OUTPUTS[flag]
    commands = {
        "plan": PLAN,
        "replan": (
            "replan",
            "plan.json",
            "a.csv",
            "--protocol=us-2024-05-r2",
            "--clinic=c.toml",
            "--as-of=2027-01-11",
        ),
        "audit": ("audit", "a.parquet", "--protocol", "us-2024-05-r2", "--as-of", "2027-01-11"),
    }
    ran = run(*commands[command], *more, flag, name)
    assert (ran.status, ran.out) == (2, "")
    is_there = name.startswith("there")
    why = "it is a folder; give a file name" if is_there else "this is a folder name; add a file name"
    assert ran.err == f"lemtrada-schedule: {flag}: {why} [not-written]\n"
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        (("--ics", "a.ics"), "--plan-id"),
        (("--fhir", "a.json", "--subject", "Patient/1"), "--plan-id"),
        (("--fhir", "a.json", "--plan-id", "t1"), "--subject"),
    ],
)
def test_what_a_file_needs_is_asked_for(run: Run, tmp_path: Path, asked: tuple[str, ...], place: str) -> None:
    ran = run(*PLAN, *asked)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"lemtrada-schedule: {place}: ")
    assert "[missing-field]" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_what_an_export_refuses_is_told_by_its_flag(run: Run, tmp_path: Path) -> None:
    ran = run(*PLAN, "--plan-id", "t1", "--fhir", "a.json", "--subject", "zebra")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("lemtrada-schedule: --subject: ")
    ran = run(*PLAN, "--plan-id", "t1", "--ics", "a.ics", "--stamp", "1999-11-22T09:30:00Z")
    assert ran.err.startswith("lemtrada-schedule: --stamp: the stamp must lie in the years 2000 to 2099")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stamp", ["2026-11-22", "2026-13-22T09:30:00Z", "2026-11-22T09:30:00", "now"])
def test_a_stamp_is_written_in_one_way(run: Run, stamp: str) -> None:
    ran = run(*PLAN, "--plan-id", "t1", "--ics", "a.ics", "--stamp", stamp)
    assert (ran.status, ran.out) == (2, "")
    assert "expected a time in UTC such as 2026-11-22T09:30:00Z [wall-time]" in ran.err


def test_no_file_is_written_over_without_force(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("mine", encoding="utf-8")
    ran = run(*PLAN, "--html", "a.html", "--csv", "a.csv")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "lemtrada-schedule: a.html: the file exists already; add --force to overwrite it [file-exists]\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
    assert run(*PLAN, "--html", "a.html", "--csv", "a.csv", "--force").status == 0
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_two_files_are_not_one(run: Run, tmp_path: Path) -> None:
    ran = run(*PLAN, "--html", "a", "--csv", "a")
    assert (ran.status, ran.out) == (2, "")
    assert "--csv: two outputs have the same file name" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_file_that_is_read_is_not_written_over(run: Run, tmp_path: Path, force: tuple[str, ...]) -> None:
    clinic = (EXAMPLES / "boston.toml").read_bytes()
    (tmp_path / "c.toml").write_bytes(clinic)
    (tmp_path / "link").symlink_to("c.toml")
    for file in ("c.toml", "./c.toml", "link"):
        ran = run("plan", "2027-01-11", *US, "--clinic", "c.toml", "--csv", file, "--html", "a.html", *force)
        told = (
            "lemtrada-schedule: --csv: this file is an input of the same command; choose another name [file-exists]\n"
        )
        assert ran == (2, "", told)
    assert (tmp_path / "c.toml").read_bytes() == clinic
    assert not (tmp_path / "a.html").exists()


def test_a_protocol_that_is_read_is_not_written_over(run: Run, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(PROTOCOL, encoding="utf-8")
    asked = ("plan", "2027-01-11", "--protocol", "p.toml", "--clinic", str(EXAMPLES / "boston.toml"))
    assert "--html: this file is an input of the same command" in run(*asked, "--html", "p.toml", "--force").err
    assert (tmp_path / "p.toml").read_text(encoding="utf-8") == PROTOCOL


def test_a_name_of_a_protocol_is_no_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "us").write_text("old", encoding="utf-8")
    assert run(*PLAN, "--csv", "us", "--force").status == 0
    assert (tmp_path / "us").read_text(encoding="utf-8").startswith("item,")


@pytest.mark.parametrize("read", ["plan.json", "given.csv", "decided.json"])
def test_replan_writes_over_nothing_that_it_reads(run: Run, tmp_path: Path, read: str) -> None:
    for name in ("plan.json", "given.csv", "decided.json"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    asked = ("replan", "plan.json", "given.csv", *US, "--decisions", "decided.json", "--as-of", "2027-02-01")
    assert "--ics: this file is an input of the same command" in run(*asked, "--ics", read, "--force").err
    assert (tmp_path / read).read_text(encoding="utf-8") == "old"


def test_replan_writes_an_update_of_the_calendar(run: Run, tmp_path: Path) -> None:
    """Given a week late: the days of course 1 that moved have their old UIDs and the next sequence."""
    made = run(*PLAN, "--plan-id", "t1", *STAMP, "--ics", "old.ics", "--format", "json")
    (tmp_path / "plan.json").write_text(made.out, encoding="utf-8")
    days = "".join(f"2027-01-{day}\n" for day in range(18, 23))
    (tmp_path / "given.csv").write_text(f"date\n{days}", encoding="utf-8")
    ran = run("replan", "plan.json", "given.csv", *US, "--as-of", "2027-02-01", *STAMP, "--ics", "new.ics")
    assert (ran.status, ran.err) == (0, "lemtrada-schedule: wrote 1 file: --ics\n")
    new, old = (_sequences((tmp_path / name).read_bytes().decode()) for name in ("new.ics", "old.ics"))
    assert set(old.values()) == {"0"}
    assert set(new.values()) == {"2"}
    assert set(new) & set(old)


def _sequences(text: str) -> dict[str, str]:
    unfolded = text.replace("\r\n ", "")
    events = unfolded.split("BEGIN:VEVENT")[1:]
    return {
        event.split("\r\nUID:")[1].split("\r\n")[0]: event.split("\r\nSEQUENCE:")[1].split("\r\n")[0]
        for event in events
    }
