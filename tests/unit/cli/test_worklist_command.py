"""The command `worklist`: plans and records are paired, and what cannot be paired is named."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import Plan
from tests.support.agendas import RULES, monthly, planned
from tests.support.cli_result import Ran, Run

DECEMBER: Final = ("--as-of", "2027-12-01", "--last-day", "2027-12-31")
GIVEN: Final = [{"date": "2027-05-06"}, {"date": "2027-05-07"}]
Ask = Callable[..., Ran]


def history(patient: str | None, done: int = 5, **fields: Any) -> dict[str, Any]:
    """Return one patient's records: course 1, and the counts of some months."""
    seen = [{"date": day, "code": "count"} for day in monthly("2027-06-07", done)]
    named = {} if patient is None else {"patient": patient}
    return {**named, "infusions": GIVEN, "observations": seen, **fields}


@pytest.fixture(name="ask")
def fixture_ask(run: Run, tmp_path: Path) -> Ask:
    """Return a function that writes plans and records, and runs the command on them."""

    def ask(plans: Mapping[str, Plan | str], records: Any, *more: str) -> Ran:
        folder = tmp_path / "plans"
        folder.mkdir(exist_ok=True)
        for name, plan in plans.items():
            text = plan if isinstance(plan, str) else plan.model_dump_json()
            (folder / name).write_text(text, encoding="utf-8")
        path = tmp_path / "records.json"
        path.write_text(json.dumps(records), encoding="utf-8")
        return run("worklist", str(folder), "--history", str(path), *DECEMBER, *more)

    return ask


def told(ran: Ran) -> Any:
    return json.loads(ran.out)


def test_a_plan_and_a_history_belong_together_by_their_ids(ask: Ask) -> None:
    ran = ask(
        {"a.json": planned(), "b.json": planned(plan_id="Q")}, [history("P"), history("Q", 6)], "--format", "json"
    )
    data = told(ran)
    assert (ran.status, ran.err) == (0, "")
    assert list(data) == ["as_of", "first_day", "last_day", "items", "refused", "rows"]
    assert (data["as_of"], data["first_day"], data["last_day"]) == ("2027-12-01", "2027-12-01", "2027-12-31")
    assert [(item["patient"], item["day"], item["state"]) for item in data["items"]] == [
        ("P", "2027-11-07", "overdue"),
        ("P", "2027-12-07", "due"),
        ("Q", "2027-12-07", "due"),
    ]
    assert data["refused"] == []
    assert data["rows"] == {"in": 6, "accepted": 6, "refused": 0, "blank": 0, "other": 0, "superseded": 0}


def test_a_table_is_the_default_and_ends_with_the_rows(ask: Ask) -> None:
    ran = ask({"a.json": planned()}, [history("P")])
    lines = ran.out.splitlines()
    assert lines[0] == "Due Wed  1 Dec 2027 - Fri 31 Dec 2027, as of Wed  1 Dec 2027"
    assert (
        lines[-1]
        == "rows: 3 in (2 rows of records, 1 plan file) = 3 accepted + 0 refused + 0 blank + 0 other + 0 superseded"
    )


def test_csv_has_the_fields_of_an_item(ask: Ask) -> None:
    rows = list(csv.DictReader(io.StringIO(ask({"a.json": planned()}, [history("P")], "--format", "csv").out)))
    assert [(row["patient"], row["item"], row["suggested"]) for row in rows] == [
        ("P", "laboratory/course-1/6", "2027-12-01"),
        ("P", "laboratory/course-1/7", "2027-12-07"),
    ]


def test_the_first_day_and_the_days_of_grace_are_options(ask: Ask) -> None:
    ran = ask(
        {"a.json": planned()}, [history("P")], "--first-day", "2027-11-01", "--grace-days", "14", "--format", "json"
    )
    assert told(ran)["first_day"] == "2027-11-01"
    assert [item["state"] for item in told(ran)["items"]] == ["overdue", "due"]


def test_a_clinic_gives_the_days_and_the_protocol_the_codes(ask: Ask, tmp_path: Path) -> None:
    clinic = tmp_path / "clinic.toml"
    clinic.write_text(
        'time_zone = "America/New_York"\ninfusion_starts = "09:00"\n[opening_hours]\n'
        + "".join(f'{day} = "08:00-17:00"\n' for day in ("thu", "fri", "sat")),
        encoding="utf-8",
    )
    ran = ask(
        {"a.json": planned()}, [history("P")], "--clinic", str(clinic), "--protocol", "us-2024-05", "--format", "json"
    )
    assert [item["suggested"] for item in told(ran)["items"]] == ["2027-12-02", "2027-12-04"]


# --- tests that are not on record ----------------------------------------------------------------


def test_a_patient_without_any_test_on_record_is_on_the_list_and_in_the_count(ask: Ask) -> None:
    """Course 1 ends on 7 May 2027: six counts were due up to 7 November, and the next one is on 7 December."""
    ran = ask({"a.json": planned()}, [{"patient": "P", "infusions": GIVEN}])
    words = " ".join(ran.out.split())
    assert "P unrecorded Tests without a record (unrecorded/tests): 6 visits due from 2027-06-07 to" in words
    assert "2 items: 1 unrecorded, 1 due" in words
    assert ran.status == 0


def test_tests_recorded_says_which_tests_the_source_records(ask: Ask, tmp_path: Path) -> None:
    """Of 7 June to 7 November, the last one can still be done on 1 December; five are missed."""
    path = tmp_path / "own.toml"
    path.write_text(RULES, encoding="utf-8")
    asked = ("--protocol", str(path), "--tests-recorded", "count", "--format", "json")
    fields: list[dict[str, Any]] = [
        {},
        {"tests_recorded": []},
        {"observations": [{"date": "2027-01-01", "code": "count"}]},
    ]
    for records in fields:
        ran = ask({"a.json": planned()}, [{"patient": "P", "infusions": GIVEN, **records}], *asked)
        assert [(item["day"], item["item"], item["state"]) for item in told(ran)["items"]] == [
            ("2027-10-07", "missed/count", "missed"),
            ("2027-11-07", "laboratory/course-1/6", "overdue"),
            ("2027-12-07", "laboratory/course-1/7", "due"),
        ]


def test_a_name_that_is_no_test_is_refused_by_its_position(ask: Ask) -> None:
    ran = ask({"a.json": planned()}, [history("P")], "--tests-recorded", "thyroid, blood-cuont")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "lemtrada-schedule: --tests-recorded: name 2 is not a test of the protocol; did you mean 'blood-count'?"
        " [unknown-name]\n"
    )
    ran = ask({"a.json": planned()}, [history("P")], "--protocol", "us-2024-05", "--tests-recorded", "Smith")
    assert "name 1 is not a test of the protocol; one of blood-count, " in ran.err
    assert "Smith" not in ran.err


# --- what cannot be used -------------------------------------------------------------------------


def test_what_has_no_partner_is_named_and_the_rest_is_listed(ask: Ask) -> None:
    plans = {"a.json": planned(), "b.json": planned(plan_id="Q"), "c.json": planned(plan_id=None)}
    ran = ask(plans, [history("P"), history("Z")], "--format", "json")
    data = told(ran)
    assert ran.status == 2
    assert {item["patient"] for item in data["items"]} == {"P"}
    assert [(Path(one["file"]).name, one["row"], one["column"], one["code"]) for one in data["refused"]] == [
        ("b.json", None, None, "not-paired"),
        ("c.json", None, "plan_id", "missing-field"),
        ("records.json", 3, None, "not-paired"),
    ]
    assert data["rows"] == {"in": 7, "accepted": 3, "refused": 4, "blank": 0, "other": 0, "superseded": 0}
    assert "b.json: no patient in the records has the id of this plan" in ran.err
    assert "records.json: row 3: no plan has the id of this patient" in ran.err
    assert "c.json: plan_id: the plan has no plan_id" in ran.err


def test_a_patient_without_a_plan_is_named_by_rows_or_by_the_order_of_ids(ask: Ask) -> None:
    """Z has rows 3 and 4, X has 5 to 16, Y has 17, and A and B have no infusion: by id, A, B, P, X, Y, Z."""
    many = [{"date": f"2027-05-{day:02}"} for day in range(6, 18)]
    others = [
        history("Z"),
        history("X", infusions=many),
        history("Y", infusions=GIVEN[:1]),
        history("B", infusions=[]),
        history("A", infusions=[]),
    ]
    ran = ask({"a.json": planned()}, [history("P"), *others], "--format", "json")
    told_of = [(one["row"], one["message"].partition(";")[0]) for one in told(ran)["refused"]]
    said = "no plan has the id of this patient"
    assert told_of == [
        (None, f"{said}, who has no infusion and is number 1 of 6 in the order of ids"),
        (None, f"{said}, who has no infusion and is number 2 of 6 in the order of ids"),
        (5, f"{said} (rows 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 and 2 more)"),
        (17, said),
        (3, f"{said} (rows 3, 4)"),
    ]


def test_the_table_says_what_is_counted_as_rows(ask: Ask, tmp_path: Path) -> None:
    links = tmp_path / "links.csv"
    links.write_text("plan_id,patient\nP,P\n", encoding="utf-8")
    ran = ask({"a.json": planned(), "b.json": "{}"}, [history("P")], "--link", str(links))
    said = "rows: 5 in (2 rows of records, 1 row of links, 2 plan files) = 4 accepted + 1 refused"
    assert said in " ".join(ran.out.split())
    assert ran.err.count("b.json") == 1
    assert "this is not a plan; expected a plan, as `plan --plan-out` writes it [wrong-type]" in ran.err


def test_a_broken_plan_and_a_refused_row_are_named(ask: Ask) -> None:
    broken = history("P", infusions=[*GIVEN, {"date": "2027-05"}])
    ran = ask({"a.json": planned(), "b.json": "{}", "c.json": "[1]"}, [broken], "--format", "json")
    data = told(ran)
    assert ran.status == 2
    assert [item["item"] for item in data["items"]] == ["decision"]
    assert data["rows"] == {"in": 6, "accepted": 3, "refused": 3, "blank": 0, "other": 0, "superseded": 0}
    assert {Path(one["file"]).name for one in data["refused"]} == {"records.json", "b.json", "c.json"}
    assert ran.err.count("partial-date") == 1


def test_a_plan_without_its_protocol_is_refused_by_its_file(ask: Ask) -> None:
    """An earlier release knew no visits either."""
    plan = planned()
    old = plan.model_copy(update={"provenance": plan.provenance.model_copy(update={"rules": None}), "visits": ()})
    ran = ask({"a.json": old}, [history("P")], "--format", "json")
    (one,) = told(ran)["refused"]
    assert (ran.status, one["column"], one["code"]) == (2, "plan", "plan-mismatch")
    assert "replan it with the protocol it was made by" in one["message"]


def test_of_several_revisions_the_highest_counts(ask: Ask) -> None:
    newer = planned().model_copy(update={"revision": 2})
    plans = {"a.json": planned(), "b.json": newer, "c.json": planned().model_copy(update={"revision": 1})}
    ran = ask(plans, [history("P")], "--format", "json")
    assert ran.status == 0
    assert len(told(ran)["items"]) == 2
    assert told(ran)["rows"] == {"in": 5, "accepted": 3, "refused": 0, "blank": 0, "other": 0, "superseded": 2}


def test_two_files_of_one_revision_are_both_refused(ask: Ask) -> None:
    ran = ask({"a.json": planned(), "b.json": planned()}, [history("P")], "--format", "json")
    assert (ran.status, told(ran)["items"]) == (2, [])
    assert [one["code"] for one in told(ran)["refused"]] == ["not-paired", "not-paired"]
    assert told(ran)["rows"]["refused"] == 2


def test_records_without_a_patient_s_id_belong_to_no_plan(ask: Ask) -> None:
    ran = ask({"a.json": planned()}, history(None), "--format", "json")
    assert (ran.status, [one["code"] for one in told(ran)["refused"]]) == (2, ["not-paired", "not-paired"])


def test_the_plans_that_are_not_listed_are_named_below_the_table(ask: Ask) -> None:
    """Who reads the printed list does not see standard error."""
    older = planned(plan_id="P").model_copy(update={"revision": 4})
    ran = ask({"c.json": planned(plan_id="R"), "b.json": planned(plan_id="Q"), "a.json": older}, [history("P")])
    assert ran.status == 2
    assert ran.out.splitlines()[-2] == "not listed: Q, R"


def test_a_plan_of_which_another_revision_counts_is_listed(ask: Ask) -> None:
    older = planned(plan_id="P").model_copy(update={"revision": 4})
    assert "not listed" not in ask({"b.json": planned(plan_id="P"), "c.json": older}, [history("P")]).out


def test_a_long_list_of_plans_that_are_not_listed_is_cut(ask: Ask) -> None:
    ran = ask({f"{n}.json": planned(plan_id=f"p{n:02}") for n in range(52)}, [])
    line = ran.out.splitlines()[-2]
    assert line.startswith("not listed: p00, p01, ")
    assert line.endswith("p49 and 2 more")


# --- patients who have had nothing yet -----------------------------------------------------------

BEFORE: Final = ("--as-of", "2027-05-01", "--last-day", "2027-05-31")


def test_a_plan_without_records_is_refused_and_the_message_names_the_option(ask: Ask) -> None:
    ran = ask({"b.json": planned(plan_id="Q")}, [], *BEFORE)
    assert ran.status == 2
    assert "link them with --link, or give --not-begun if patients without records have had nothing yet" in ran.err


def test_a_patient_who_has_had_nothing_yet_is_listed_on_request(ask: Ask) -> None:
    """The plan's own days are 6 and 7 May 2027."""
    ran = ask({"b.json": planned(plan_id="Q")}, [], *BEFORE, "--not-begun", "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    days = [(item["patient"], item["day"], item["state"]) for item in told(ran)["items"] if item["kind"] == "infusion"]
    assert days == [("Q", "2027-05-06", "planned"), ("Q", "2027-05-07", "planned")]
    assert told(ran)["rows"] == {"in": 1, "accepted": 1, "refused": 0, "blank": 0, "other": 0, "superseded": 0}


def test_an_infusion_day_that_passes_without_a_record_is_reported_whatever_the_range(ask: Ask) -> None:
    ran = ask({"b.json": planned(plan_id="Q")}, [], "--not-begun", "--format", "json")
    assert [(item["item"], item["state"]) for item in told(ran)["items"]] == [("replan", "due")]


def test_records_without_a_plan_stay_refused_so_that_a_mistyped_id_is_seen(ask: Ask) -> None:
    ran = ask({"b.json": planned(plan_id="Q")}, [history("q")], *BEFORE, "--not-begun", "--format", "json")
    assert ran.status == 2
    assert [(Path(one["file"]).name, one["code"]) for one in told(ran)["refused"]] == [("records.json", "not-paired")]


def test_a_link_to_a_patient_who_has_had_nothing_yet_holds(ask: Ask, tmp_path: Path) -> None:
    link = tmp_path / "links.csv"
    link.write_text("plan_id,patient\nP,x\nQ,y\n", encoding="utf-8")
    ran = ask({"a.json": planned()}, [], *BEFORE, "--not-begun", "--link", str(link), "--format", "json")
    assert {item["patient"] for item in told(ran)["items"]} == {"x"}
    (one,) = told(ran)["refused"]
    assert (ran.status, one["row"], one["message"]) == (2, 3, "no plan has this id; correct it or remove the row")


# --- links ---------------------------------------------------------------------------------------


def test_a_link_pairs_what_has_other_ids(ask: Ask, tmp_path: Path) -> None:
    link = tmp_path / "links.csv"
    link.write_text("plan_id,patient\nP,x\n", encoding="utf-8")
    ran = ask({"a.json": planned()}, [history("x")], "--link", str(link), "--format", "json")
    assert (ran.status, {item["patient"] for item in told(ran)["items"]}) == (0, {"x"})
    assert told(ran)["rows"]["in"] == 4


def test_a_link_without_a_plan_and_two_plans_of_one_patient_are_named(ask: Ask, tmp_path: Path) -> None:
    link = tmp_path / "links.csv"
    link.write_text("plan_id,patient\nP,x\nQ,x\nR,x\nS,\n", encoding="utf-8")
    plans = {"a.json": planned(), "b.json": planned(plan_id="Q")}
    ran = ask(plans, [history("x")], "--link", str(link), "--format", "json")
    found = [(Path(one["file"]).name, one["row"], one["code"]) for one in told(ran)["refused"]]
    assert (ran.status, told(ran)["items"]) == (2, [])
    assert found == [
        ("links.csv", 5, "text-length"),
        ("a.json", None, "not-paired"),
        ("b.json", None, "not-paired"),
        ("links.csv", 4, "not-paired"),
    ]
    assert told(ran)["rows"] == {"in": 8, "accepted": 4, "refused": 4, "blank": 0, "other": 0, "superseded": 0}


def test_a_plan_that_is_refused_still_is_another_plan_of_the_patient(ask: Ask, tmp_path: Path) -> None:
    link = tmp_path / "links.csv"
    link.write_text("plan_id,patient\nP,x\nQ,x\n", encoding="utf-8")
    made = planned(plan_id="Q")
    old = made.model_copy(update={"provenance": made.provenance.model_copy(update={"rules": None}), "visits": ()})
    ran = ask({"a.json": planned(), "b.json": old}, [history("x")], "--link", str(link), "--format", "json")
    codes = [(Path(one["file"]).name, one["code"]) for one in told(ran)["refused"]]
    assert codes == [("b.json", "plan-mismatch"), ("a.json", "not-paired")]


# --- the folder ----------------------------------------------------------------------------------


def test_other_files_of_the_folder_are_skipped_and_counted(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "plans" / "older").mkdir(parents=True)
    (tmp_path / "plans" / "README").write_text("plans", encoding="utf-8")
    ran = ask({"a.json": planned()}, [history("P")])
    assert ran.status == 0
    assert ran.err == "lemtrada-schedule: 1 file without the suffix .json in the folders of plans skipped\n"


def test_a_plan_whose_suffix_is_in_capitals_is_read(ask: Ask) -> None:
    ran = ask({"A.JSON": planned()}, [history("P")])
    assert (ran.status, ran.err) == (0, "")


def test_plans_can_be_named_one_by_one(ask: Ask, run: Run, tmp_path: Path) -> None:
    ask({"a.json": planned(), "b.txt": planned(plan_id="Q"), "c.txt": ""}, [history("P")])
    plan, records = str(tmp_path / "plans" / "a.json"), str(tmp_path / "records.json")
    ran = run("worklist", plan, "--history", records, *DECEMBER, "--format", "json")
    assert (ran.status, len(told(ran)["items"])) == (0, 2)
    other = run("worklist", str(tmp_path / "plans" / "b.txt"), "--history", records, *DECEMBER)
    assert other.status == 2
    assert "expected a folder of plans, or a plan that ends in .json [file-format]" in other.err
    gone = run("worklist", str(tmp_path / "gone.json"), "--history", records, *DECEMBER)
    assert (gone.status, "gone.json: cannot be read" in gone.err) == (2, True)


def test_the_date_is_needed_without_a_clinic(run: Run, ask: Ask, tmp_path: Path) -> None:
    ask({"a.json": planned()}, [history("P")])
    ran = run(
        "worklist", str(tmp_path / "plans"), "--history", str(tmp_path / "records.json"), "--last-day", "2027-12-31"
    )
    assert (ran.status, "--as-of: required without a --clinic" in ran.err) == (2, True)


def test_many_problems_are_counted_on_standard_error(ask: Ask) -> None:
    ran = ask(
        {f"p{n}.json": planned(plan_id=f"p{n}") for n in range(3)} | {"bad.json": "{}"},
        [history(f"z{n}") for n in range(60)],
    )
    assert ran.status == 2
    assert ran.err.splitlines()[-1].endswith("problems in all")


def test_progress_is_shown_on_a_terminal(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    ran = ask({"a.json": planned()}, [history("P")])
    assert "\rreading plans: 100 %" in ran.err
