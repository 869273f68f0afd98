"""`--bookings`, `--accept-protocol` and the command `compare`.

The clinic in Boston has one chair. `p1` has it from Monday 11 to Friday 15 January 2027; Monday the 18th is a public
holiday, so the next five open days begin on Monday the 25th.
"""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from lemtrada_schedule import Plan, Revision, read_plan
from tests.support.cli_result import Ran, Run

BOSTON: Final = Path(__file__).parents[3] / "examples" / "boston.toml"
US: Final = ("--protocol", "us-2024-05")
JSON: Final = ("--format", "json")
AS_OF: Final = ("--as-of", "2026-11-22")
Planned = Callable[..., Ran]


@pytest.fixture(name="clinic")
def fixture_clinic(tmp_path: Path) -> str:
    path = tmp_path / "clinic.toml"
    path.write_text(f"chairs = 1\n{BOSTON.read_text(encoding='utf-8')}", encoding="utf-8")
    return str(path)


@pytest.fixture(name="planned")
def fixture_planned(run: Run, clinic: str) -> Planned:
    """Return a function that plans one course from 11 January 2027 and returns what the command printed."""

    def call(*options: str, first: str = "2027-01-11") -> Ran:
        return run("plan", first, *US, "--clinic", clinic, "--courses", "1", *AS_OF, *JSON, *options)

    return call


@pytest.fixture(name="folder")
def fixture_folder(planned: Planned, tmp_path: Path) -> Path:
    """Return the folder that holds the plan of `p1`."""
    folder = tmp_path / "plans"
    folder.mkdir()
    (folder / "p1.json").write_text(planned("--plan-id", "p1").out, encoding="utf-8")
    (folder / "notes.txt").write_text("no plan", encoding="utf-8")
    return folder


@pytest.fixture(name="none")
def fixture_none(tmp_path: Path) -> str:
    """Return a file of records without any."""
    path = tmp_path / "none.csv"
    path.write_text("date\n", encoding="utf-8")
    return str(path)


def first_day(ran: Ran) -> str:
    return str(Plan.model_validate_json(ran.out).courses[0].first_day)


def test_plan_avoids_the_days_that_other_plans_take(planned: Planned, folder: Path) -> None:
    assert first_day(planned("--bookings", str(folder))) == "2027-01-25"
    assert first_day(planned("--bookings", str(folder), "--as-of", "2027-01-04")) == "2027-01-25"
    assert first_day(planned("--bookings", str(folder), "--plan-id", "p1")) == "2027-01-11"


def test_days_before_the_day_of_asking_take_no_chair(planned: Planned, folder: Path) -> None:
    """Asked on Monday 18 January, a start a week before is past, and no chair of that week can be taken."""
    assert first_day(planned("--bookings", str(folder), "--as-of", "2027-01-18")) == "2027-01-11"


def test_bookings_at_a_clinic_without_chairs_are_a_note(run: Run, folder: Path) -> None:
    asked = ("plan", "2027-01-11", *US, "--courses", "1", *AS_OF, *JSON, "--bookings", str(folder))
    ran = run(*asked, "--clinic", str(BOSTON))
    assert (ran.status, first_day(ran)) == (0, "2027-01-11")
    assert "--bookings closes no day: the clinic's file has no chairs" in ran.err


def test_how_many_plans_count_is_reported(planned: Planned, folder: Path) -> None:
    said = "lemtrada-schedule: --bookings: 1 plan of this clinic, none of another clinic\n"
    assert planned("--bookings", str(folder)).err == said


def test_plans_of_a_clinic_with_another_name_are_counted(
    run: Run, planned: Planned, folder: Path, clinic: str, tmp_path: Path
) -> None:
    """A mistyped name: both patients have the one chair on 11 January, and the command says why."""
    path = tmp_path / "mistyped.toml"
    path.write_text(Path(clinic).read_text(encoding="utf-8").replace("Harbor", "Harbour"), encoding="utf-8")
    asked = ("plan", "2027-01-11", *US, "--courses", "1", *AS_OF, *JSON, "--bookings", str(folder))
    ran = run(*asked, "--clinic", str(path))
    assert (ran.status, first_day(ran)) == (0, "2027-01-11")
    assert ran.err == (
        "lemtrada-schedule: --bookings: 0 plans of this clinic, 1 of a clinic with another name\n"
        "lemtrada-schedule: --bookings closes no day: compare the name in the clinic's file with that of the clinic in "
        "the plans\n"
    )
    other = run(*asked, "--clinic", str(path), "--plan-id", "p2", "--plan-out", str(folder / "p2.json"))
    assert other.status == 0
    said = planned("--bookings", str(folder)).err
    assert said == "lemtrada-schedule: --bookings: 1 plan of this clinic, 1 of a clinic with another name\n"


def test_a_second_file_of_one_revision_is_reported(planned: Planned, folder: Path) -> None:
    """The command `worklist` refuses both files; their days are the same, so the chairs are counted right."""
    (folder / "p1-new.json").write_text((folder / "p1.json").read_text(encoding="utf-8"), encoding="utf-8")
    ran = planned("--bookings", str(folder))
    assert first_day(ran) == "2027-01-25"
    assert "--bookings: 1 plan of this clinic, none of another clinic\n" in ran.err
    assert "p1-new.json: another file holds the same revision of this plan; it counts once here" in ran.err
    assert ran.err.count("another file holds") == 1
    for number in range(60):
        (folder / f"copy-{number}.json").write_text((folder / "p1.json").read_text(encoding="utf-8"), encoding="utf-8")
    many = planned("--bookings", str(folder)).err
    assert many.count("another file holds") == 50
    assert "lemtrada-schedule: 61 such files in all\n" in many


def test_an_empty_folder_books_nothing(planned: Planned, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert first_day(planned("--bookings", str(tmp_path / "empty"))) == "2027-01-11"


def test_a_plan_whose_suffix_is_in_capitals_takes_its_chair(planned: Planned, folder: Path) -> None:
    (folder / "p1.json").rename(folder / "P1.JSON")
    assert first_day(planned("--bookings", str(folder))) == "2027-01-25"


def refused(ran: Ran) -> str:
    assert (ran.status, ran.out) == (2, "")
    return ran.err.removeprefix("lemtrada-schedule: ").rstrip("\n")


def test_a_broken_file_is_named(planned: Planned, folder: Path) -> None:
    (folder / "p2.json").write_text("{", encoding="utf-8")
    assert refused(planned("--bookings", str(folder))).startswith(f"{folder / 'p2.json'}: ")


def test_a_plan_without_an_id_is_named_by_its_file(planned: Planned, folder: Path) -> None:
    for name in ("p2.json", "p3.json"):
        (folder / name).write_text(planned().out, encoding="utf-8")
    told = refused(planned("--bookings", str(folder)))
    assert told.startswith(f"{folder / 'p2.json'}: plan_id: required for bookings")
    assert f"\nlemtrada-schedule: {folder / 'p3.json'}: plan_id: required for bookings" in told


def test_two_plans_of_one_id_and_revision_are_named_by_their_file(planned: Planned, folder: Path) -> None:
    (folder / "p1-again.json").write_text(planned("--plan-id", "p1", first="2027-01-25").out, encoding="utf-8")
    assert refused(planned("--bookings", str(folder))).startswith(f"{folder / 'p1.json'}: revision: another plan")


def test_what_is_no_folder_is_refused(planned: Planned, folder: Path) -> None:
    assert refused(planned("--bookings", str(folder / "p1.json"))) == (
        f"{folder / 'p1.json'}: is a file; give the folder that holds the plans [unreadable-file]"
    )
    assert refused(planned("--bookings", str(folder / "absent"))) == (
        f"{folder / 'absent'}: cannot be read: No such file or directory; check the path [unreadable-file]"
    )


def test_a_plan_that_was_read_is_not_written_over(planned: Planned, folder: Path) -> None:
    ran = planned("--bookings", str(folder), "--html", str(folder / "p1.json"), "--force")
    assert "an input of the same command" in refused(ran)


def test_replan_says_that_a_day_is_overbooked_and_moves_nobody(
    run: Run, planned: Planned, folder: Path, none: str, clinic: str
) -> None:
    (folder / "p2.json").write_text(planned("--plan-id", "p2").out, encoding="utf-8")
    asked = (str(folder / "p1.json"), none, *US, "--as-of", "2027-01-04", "--bookings", str(folder))
    ran = run("replan", *asked, "--clinic", clinic)
    assert ran.status == 0
    assert "0 moved, 0 added, 0 cancelled" in ran.out
    assert ran.out.count("warning chairs-overbooked") == 5
    revision = Revision.model_validate_json(run("replan", *asked, *JSON).out)  # the plan's own clinic has one chair
    assert {one.code for one in revision.plan.findings} >= {"chairs-overbooked"}


def test_replan_goes_on_by_another_revision_that_is_named(run: Run, folder: Path, none: str, tmp_path: Path) -> None:
    asked = ("replan", str(folder / "p1.json"), none, "--protocol", "us", "--as-of", "2027-01-04")
    assert refused(run(*asked)).startswith(
        "--protocol: the plan was made with us-2024-05, but this is another revision"
    )
    assert refused(run(*asked, "--accept-protocol", "us")).startswith("--accept-protocol: this is not the name")
    new = tmp_path / "new.json"
    ran = run(*asked, "--accept-protocol", "us-2024-05-r2", "--plan-out", str(new))
    assert (ran.status, ran.out.startswith("Plan revision 1: ")) == (0, True)
    assert (read_plan(new).protocol, read_plan(new).revision) == ("us-2024-05-r2", 1)


# --- a night of replanning ------------------------------------------------------------------------


@pytest.fixture(name="night")
def fixture_night(planned: Planned, folder: Path, clinic: str, tmp_path: Path) -> str:
    """Return the clinic's file with a staff day on 13 January, which moves `p1`; `p2` has the days from 25 January."""
    planned("--plan-id", "p2", "--bookings", str(folder), "--plan-out", str(folder / "p2.json"))
    path = tmp_path / "night.toml"
    text = Path(clinic).read_text(encoding="utf-8")
    more = '[closures]\n2027-01-13 = "Staff"\n2027-01-27 = "Staff"'
    path.write_text(text.replace("[closures]", more), encoding="utf-8")
    return str(path)


def test_a_folder_is_replanned_in_place_without_two_patients_on_one_chair(
    run: Run, folder: Path, none: str, night: str
) -> None:
    """Staff days are on 13 and 27 January 2027, and Presidents' Day is on 15 February.

    The first five open days for `p1` begin on Monday 1 February. `p2` then finds them taken, and has 8 to 12 February.
    """
    for name in ("p1", "p2"):
        file = str(folder / f"{name}.json")
        asked = ("replan", file, none, *US, "--clinic", night, "--as-of", "2026-12-01", "--bookings", str(folder))
        ran = run(*asked, "--plan-out", file, "--force")
        assert ran.status == 0
        assert "chairs-overbooked" not in ran.out
    days = [str(read_plan(folder / f"{name}.json").courses[0].first_day) for name in ("p1", "p2")]
    assert days == ["2027-02-01", "2027-02-08"]
    assert sorted(path.name for path in folder.iterdir()) == ["notes.txt", "p1.json", "p2.json"]


def test_only_a_file_of_the_same_plan_is_replaced(run: Run, folder: Path, none: str, night: str) -> None:
    def replan(plan: Path, out: Path, *more: str) -> Ran:
        asked = ("replan", str(plan), none, *US, "--clinic", night, "--as-of", "2026-12-01", "--bookings", str(folder))
        return run(*asked, "--plan-out", str(out), *more)

    before = (folder / "p2.json").read_bytes()
    others = [folder / "p2.json", Path(none), Path(night)]
    for out in others:
        assert refused(replan(folder / "p1.json", out, "--force")) == (
            "--plan-out: this file is an input of the same command; choose another name [file-exists]"
        )
    assert (folder / "p2.json").read_bytes() == before
    kept = folder.parent / "kept.json"
    kept.write_bytes((folder / "p1.json").read_bytes())
    assert "add --force to replace this plan" in refused(replan(kept, folder / "p1.json"))
    assert replan(kept, folder / "p1.json", "--force").status == 0
    assert read_plan(folder / "p1.json").revision == 1
    told = refused(replan(kept, folder / "p1.json", "--force"))  # a higher revision than the one that was read
    assert told == "--plan-out: this file is an input of the same command; choose another name [file-exists]"


def test_a_plan_of_the_folder_is_planned_anew_in_place(planned: Planned, folder: Path) -> None:
    out = ("--bookings", str(folder), "--plan-out", str(folder / "p1.json"), "--force")
    assert planned("--plan-id", "p1", *out, first="2027-01-25").status == 0
    assert str(read_plan(folder / "p1.json").courses[0].first_day) == "2027-01-25"
    assert "choose another name" in refused(planned("--plan-id", "p9", *out))
    assert "choose another name" in refused(planned(*out))


# --- compare --------------------------------------------------------------------------------------


@pytest.fixture(name="later")
def fixture_later(planned: Planned, tmp_path: Path) -> str:
    path = tmp_path / "later.json"
    path.write_text(planned("--plan-id", "p1", first="2027-01-25").out, encoding="utf-8")
    return str(path)


def test_compare_lists_the_changes_alone(run: Run, folder: Path, later: str) -> None:
    ran = run("compare", str(folder / "p1.json"), later)
    lines = ran.out.splitlines()
    assert (ran.status, ran.err) == (0, "")
    assert lines[0].startswith("Plan revision 0: ")
    assert " ".join(lines[1].split()) == (
        "moved course-1/day-1 Mon 11 Jan 2027 -> Mon 25 Jan 2027 the earliest day of course 1 is now 2027-01-25"
    )
    assert all(line.startswith("  moved") for line in lines[1:])


def test_compare_as_json_and_csv(run: Run, folder: Path, later: str) -> None:
    asked = ("compare", str(folder / "p1.json"), later)
    written = json.loads(run(*asked, *JSON).out)
    assert written.keys() == {"plan", "changes"}
    rows = list(csv.DictReader(io.StringIO(run(*asked, "--format", "csv").out)))
    assert (rows[0]["kind"], rows[0]["item"], rows[0]["before"]) == ("moved", "course-1/day-1", "2027-01-11")
    assert len(rows) == len(written["changes"])


def test_compare_refuses_plans_of_two_patients(run: Run, planned: Planned, folder: Path) -> None:
    (folder / "p2.json").write_text(planned("--plan-id", "p2").out, encoding="utf-8")
    ran = run("compare", str(folder / "p1.json"), str(folder / "p2.json"))
    told = "NEW.json: the plans have different plan_ids; compare two plans of the same patient [plan-mismatch]"
    assert refused(ran) == told


def test_compare_names_a_file_that_it_cannot_read(run: Run, folder: Path) -> None:
    assert refused(run("compare", str(folder / "p1.json"), "absent.json")).startswith("absent.json: cannot be read")


def test_replan_says_where_plan_and_records_have_different_ids(run: Run, folder: Path, tmp_path: Path) -> None:
    records = tmp_path / "records.json"
    asked = ("replan", str(folder / "p1.json"), str(records), *US, "--as-of", "2026-11-22")
    for patient, is_told in (("p1", False), ("p2", True)):
        records.write_text(json.dumps({"patient": patient, "infusions": []}), encoding="utf-8")
        ran = run(*asked)
        assert ("the id of the plan is not that of the patient in the records" in ran.err) is is_told
        assert "p2" not in ran.err
