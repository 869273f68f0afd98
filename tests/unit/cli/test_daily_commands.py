"""The commands `why` and `new-clinic`, and the order and the span of `next`."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from lemtrada_schedule import Visit, check_clinic, plan_treatment, read_clinic
from lemtrada_schedule.exports.text.why_text import item_ids, why
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.items import items, parts
from tests.support.cli_result import Ran, Run
from tests.support.entry_points import START, small_plan, small_protocol

EXAMPLES: Final = Path(__file__).parents[3] / "examples"
BOSTON: Final = str(EXAMPLES / "boston.toml")
US: Final = ("--protocol", "us-2024-05-r2")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(ran: Ran) -> str:
    """Return the one line of an error, without the name of the program."""
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    return ran.err.removeprefix("lemtrada-schedule: ").removesuffix("\n")


# --- why ------------------------------------------------------------------------------------------


@pytest.fixture(name="plan")
def fixture_plan(run: Run) -> str:
    """Return the file of a plan for two US courses: from 11 January 2027, and from 18 to 20 January 2028."""
    made = run("plan", "2027-01-11", *US, "--clinic", BOSTON, "--as-of", "2026-11-22", "--format", "json")
    Path("plan.json").write_text(made.out, encoding="utf-8")
    return "plan.json"


COURSE_2: Final = (
    "Course 2 from 2028-01-18 (Tuesday 18 January) to 2028-01-20 (Thursday 20 January): "
    "earliest 2028-01-15 (Saturday 15 January), last infusion of course 1 (2027-01-15) + 12 months; "
)
WHY: Final = {
    "course-2": COURSE_2,
    "course-2/day-3": "Infusion day 3 on 2028-01-20 (Thursday 20 January) (America/New_York): 12 mg from 09:00 ",
    "blood-count/course-2": "Complete blood count with differential, 48 dates from 2028-02-20 (Sunday 20 ",
    "blood-count/course-2/7": "Complete blood count with differential on 2028-08-20 (Sunday 20 August): "
    "last infusion of course 2 (2028-01-20) + 7 × 1 month; ",
    "blood-count/course-1/baseline": "Complete blood count with differential: Baseline from 2026-12-12 "
    "(Saturday 12 December) until 2027-01-10 (Sunday 10 January), ",
    "contraception/1": "Contraception until 2027-05-15 (Saturday 15 May): last infusion of course 1 (2027-01-15) + 4 ",
}
"""By hand: 7 months after 20 January 2028 is 20 August; 4 months after 15 January 2027 is 15 May."""


@pytest.mark.parametrize("item", WHY)
def test_why_explains_an_item_by_its_id(run: Run, plan: str, item: str) -> None:
    ran = run("why", plan, item)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(WHY[item])
    assert ran.out.endswith(".\n")


def test_why_says_when_a_diet_begins_and_on_which_open_day_an_ecg_can_be_done(run: Run) -> None:
    """Monday 1 March 2027 less two weeks is 15 February; the eve is a Sunday."""
    eu = ("--protocol", "eu-2020-01-r2", "--clinic", str(EXAMPLES / "berlin.toml"))
    made = run("plan", "2027-03-01", *eu, "--as-of", "2027-02-01", "--format", "json")
    Path("eu.json").write_text(made.out, encoding="utf-8")
    assert run("why", "eu.json", "listeria-diet/course-1").out == (
        "Diet against Listeria from 2027-02-15 (Monday 15 February) until 2027-04-05 (Monday 5 April); "
        "begins: first infusion of course 1 (2027-03-01) - 2 weeks; EU-PL; "
        "ends: last infusion of course 1 (2027-03-05) + 1 month; EU-PL.\n"
    )
    ecg, vaccinations = (run("why", "eu.json", f"{name}/course-1").out for name in ("ecg", "vaccinations"))
    assert ecg.endswith("a convention, not the label; suggested 2027-02-26 (Friday 26 February).\n")
    assert "suggested" not in vaccinations  # 18 January 2027 is a Monday


def test_why_of_an_infusion_day_also_says_why_its_course_is_there(run: Run, plan: str) -> None:
    hours, course = run("why", plan, "course-2/day-1").out.splitlines()
    assert hours.startswith("Infusion day 1 on 2028-01-18")
    assert course.startswith(COURSE_2)


def test_why_as_data(run: Run, plan: str) -> None:
    told = json.loads(run("why", plan, "blood-count/course-2/7", "--format", "json").out)
    assert told.pop("text").startswith(WHY["blood-count/course-2/7"])
    day = "2028-08-20"
    assert told == {"item": "blood-count/course-2/7", "kind": "series", "first_day": day, "last_day": day}
    (row,) = csv.DictReader(io.StringIO(run("why", plan, "course-2", "--format", "csv").out))
    assert (row["kind"], row["first_day"], row["last_day"]) == ("course", "2028-01-18", "2028-01-20")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("course-22", "; did you mean course-2 or "),
        ("blod-count/course-2", "; did you mean blood-count/course-2 or "),
        ("zebra", "; `plan --format csv` lists the ids"),
        ("course-2" * 17, "; `plan --format csv` lists the ids"),
    ],
)
def test_an_id_that_the_plan_has_not_is_2_with_near_ids(run: Run, plan: str, typed: str, words: str) -> None:
    told = refused(run("why", plan, typed))
    assert told.startswith(f"ID: the plan has no item of this id{words}")
    assert told.endswith("[unknown-name]")
    assert "zebra" not in told


def test_everything_in_a_plan_can_be_explained() -> None:
    plan = small_plan()
    found = item_ids(plan)
    assert set(found) == {part.id for part in parts(plan)} | {item.id for item in items(plan)}
    assert {(explained := why(plan, name)) and explained.item for name in found} == set(found)


def visit(**changes: Any) -> Visit:
    """Return a visit of the small plan: its last infusion is on 12 January 2027, so a month later is the 12th."""
    because = Derivation(
        anchor="last infusion of course 1",
        anchor_day=date(2027, 1, 12),
        offset="+ 1 month",
        rounding="exact",
        result=date(2027, 2, 12),
        cite="own",
        basis="label",
    )
    fields: dict[str, Any] = {
        "id": "laboratory/course-1/1",
        "group": "laboratory",
        "course": 1,
        "kind": "due",
        "due": date(2027, 2, 12),
        "suggested": date(2027, 2, 11),
        "tests": ("blood-count/course-1/1", "creatinine/course-1/1"),
        "title": "Laboratory visit",
        "neutral_title": "Laboratory visit",
        "because": because,
    }
    return Visit.model_validate(fields | changes)


VISIT: Final = (
    "Laboratory visit, due 2027-02-12 (Friday 12 February): last infusion of course 1 (2027-01-12) + 1 month; OWN; {}; "
    "for blood-count/course-1/1, creatinine/course-1/1."
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "suggested 2027-02-11 (Thursday 11 February)"),
        ({"suggested": None, "not_suggested": "no-open-day"}, "no day suggested: no open day before it fits"),
        (
            {"suggested": None, "not_suggested": "holiday-data-missing"},
            "no day suggested: the public holidays are not known that far ahead",
        ),
    ],
)
def test_why_of_a_visit(changes: dict[str, Any], words: str) -> None:
    plan = small_plan().model_copy(update={"visits": (visit(**changes),)})
    assert "laboratory/course-1/1" in item_ids(plan)
    explained = why(plan, "laboratory/course-1/1")
    assert explained is not None
    assert (explained.kind, explained.first_day, explained.text) == ("visit", date(2027, 2, 12), VISIT.format(words))


@pytest.mark.parametrize(
    ("item", "hint"),
    [
        ("missed/blood-count", "; its tests are those of blood-count/course-1 and blood-count/course-2"),
        ("missed/x", ""),
        ("unrecorded/tests", ""),
        ("decision/course-1", ""),
        ("replan", ""),
    ],
)
def test_why_knows_the_ids_that_only_a_worklist_has(run: Run, plan: str, item: str, hint: str) -> None:
    ran = run("why", plan, item)
    said = "lemtrada-schedule: ID: only a worklist has this id, and its reason says why it is listed"
    assert (ran.status, ran.err) == (2, f"{said}{hint} [unknown-name]\n")


def test_why_reads_a_plan_alone(run: Run) -> None:
    assert refused(run("why", "none.json", "course-1")).startswith("none.json: cannot be read: ")


# --- new-clinic -----------------------------------------------------------------------------------

BOSTON_PLACE: Final = ("--country", "US", "--subdivision", "MA", "--time-zone", "America/New_York")
PLACEHOLDERS: Final = (
    "lemtrada-schedule: opening_hours, infusion_starts and preparation_minutes are placeholders; "
    "correct the lines marked CHECK\n"
)


def test_a_new_clinic_is_a_valid_file(run: Run) -> None:
    ran = run("new-clinic", *BOSTON_PLACE)
    assert ran.status == 0
    assert ran.err.startswith(PLACEHOLDERS)
    assert "note holiday-years: public holidays in US are known for " in ran.err
    Path("my-clinic.toml").write_text(ran.out, encoding="utf-8")
    clinic = read_clinic("my-clinic.toml")
    assert (clinic.country, clinic.subdivision, clinic.time_zone) == ("US", "MA", "America/New_York")
    assert (clinic.name, clinic.protocol, clinic.chairs, clinic.laboratory) == (None, None, None, None)
    assert (clinic.closures, clinic.extra_open, clinic.fully_booked) == ((), (), ())
    assert [finding.severity for finding in check_clinic(clinic)] == ["note"]
    assert plan_treatment(small_protocol(), clinic, not_before=START).courses[0].first_day == START


def test_every_commented_line_of_a_new_clinic_is_valid_too(run: Run) -> None:
    """The examples in its comments: as many chairs, days and names as somebody may need."""
    out = run("new-clinic", *BOSTON_PLACE).out
    lines = [line.removeprefix("# ") if " = " in line or line.startswith("# [") else line for line in out.splitlines()]
    Path("all.toml").write_text("\n".join(lines), encoding="utf-8")
    clinic = read_clinic("all.toml")
    assert (clinic.name, clinic.protocol, clinic.chairs, clinic.results_days) == ("Harbor Infusion Center", "us", 4, 3)
    assert clinic.laboratory is not None
    assert [len(days) for days in (clinic.closures, clinic.extra_open, clinic.fully_booked)] == [1, 1, 1]


def test_a_new_clinic_with_a_name_and_a_protocol(run: Run) -> None:
    """A quote and a backslash in the name are written as TOML wants them."""
    name = 'Haus "Süd" \\ 2'
    place = ("--country", "DE", "--time-zone", "Europe/Berlin")
    ran = run("new-clinic", *place, "--name", name, "--protocol", "eu")
    Path("c.toml").write_text(ran.out, encoding="utf-8")
    clinic = read_clinic("c.toml")
    assert (clinic.name, clinic.protocol, clinic.subdivision) == (name, "eu", None)
    assert "warning subdivision-matters: public holidays in DE differ by region" in ran.err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"--country": "United States"}, "--country: no country has the code text shaped "),
        ({"--country": "USA"}, "(did you mean US?)"),
        ({"--subdivision": "Massachusetts"}, "--subdivision: US has no subdivision text shaped "),
        ({"--subdivision": "Massachusetts"}, "(did you mean MA?)"),
        ({"--time-zone": "America/New_Yrok"}, "; did you mean America/New_York? [zone]"),
        ({"--time-zone": "EST"}, "--time-zone: expected an IANA region zone such as America/New_York, got "),
        ({"--name": "zebra\n"}, "--name: "),
        ({"--protocol": "uk"}, "--protocol: no protocol is called text shaped "),
        ({"--protocol": "harbor.toml"}, "--protocol: no protocol is called text shaped "),
    ],
)
def test_a_new_clinic_refuses_what_no_clinic_has(run: Run, changes: dict[str, str], words: str) -> None:
    given = dict(zip(BOSTON_PLACE[::2], BOSTON_PLACE[1::2], strict=True)) | changes
    told = refused(run("new-clinic", *(part for pair in given.items() for part in pair)))
    assert words in told
    assert "zebra" not in told


@pytest.mark.parametrize("missing", ["--country", "--time-zone"])
def test_a_new_clinic_needs_its_place(run: Run, missing: str) -> None:
    given = dict(zip(BOSTON_PLACE[::2], BOSTON_PLACE[1::2], strict=True))
    del given[missing]
    told = refused(run("new-clinic", *(part for pair in given.items() for part in pair)))
    assert f"required: {missing}" in told


# --- next: order and span -------------------------------------------------------------------------

FIVE: Final = "{0},2026-0{1}-02\n{0},2026-0{1}-03\n{0},2026-0{1}-04\n{0},2026-0{1}-05\n{0},2026-0{1}-06\n"
PATIENTS: Final = (
    "patient,date\n"
    + FIVE.format("late", 6)
    + FIVE.format("early", 2)
    + "stopped,2026-01-12\nstopped,2026-01-13\n"
    + FIVE.format("middle", 3)
    + "odd,2026-13-01\n"
    + FIVE.format("odd", 3)
)
"""Last infusions: late 6 June, early 6 February, middle 6 March 2026; the next course is due a year later. The course
of `stopped` needs a decision, and a row of `odd` is refused."""
NEXT: Final = ("next", "patients.csv", *US, "--as-of", "2027-02-04")


@pytest.fixture(name="patients")
def fixture_patients() -> None:
    """Write the records."""
    Path("patients.csv").write_text(PATIENTS, encoding="utf-8")


def listed(ran: Ran) -> list[str]:
    """Return the patients of a JSON answer, in order."""
    return [one["patient"] for one in json.loads(ran.out)["patients"]]


@pytest.mark.usefixtures("patients")
def test_patients_stand_by_their_ids_by_default(run: Run) -> None:
    ran = run(*NEXT, "--format", "json")
    assert listed(ran) == ["early", "late", "middle", "odd", "stopped"]
    assert json.loads(ran.out)["not_listed"] == {"patients": 0, "due_after": None, "only_other_medicines": 0}


@pytest.mark.usefixtures("patients")
def test_sorted_by_the_day_the_next_course_is_due(run: Run) -> None:
    """Who needs a decision, or was not assessed, comes first; then 6 February, 6 March, 6 June."""
    assert listed(run(*NEXT, "--sort", "due", "--format", "json")) == ["odd", "stopped", "early", "middle", "late"]


@pytest.mark.usefixtures("patients")
@pytest.mark.parametrize(
    ("span", "expected", "until"),
    [
        ("1 day", ["odd", "stopped"], "2027-02-05 (Friday 5 February)"),
        ("2 days", ["early", "odd", "stopped"], "2027-02-06 (Saturday 6 February)"),
        ("30 days", ["early", "middle", "odd", "stopped"], "2027-03-06 (Saturday 6 March)"),
        ("29 days", ["early", "odd", "stopped"], "2027-03-05 (Friday 5 March)"),
        ("4 months", ["early", "middle", "odd", "stopped"], "2027-06-04 (Friday 4 June)"),
        ("5 months", ["early", "late", "middle", "odd", "stopped"], "2027-07-04 (Sunday 4 July)"),
    ],
)
def test_only_what_is_due_within_a_span_is_listed_and_the_rest_is_counted(
    run: Run, span: str, expected: list[str], until: str
) -> None:
    """The last day of the span counts."""
    ran = run(*NEXT, "--within", span, "--format", "json")
    more = 5 - len(expected)
    assert listed(ran) == expected
    assert json.loads(ran.out)["not_listed"] == {"patients": more, "due_after": until[:10], "only_other_medicines": 0}
    are = "1 patient is" if more == 1 else f"{more} patients are"
    told = f"lemtrada-schedule: {are} not listed: the next course is due after {until}"
    assert ran.err.splitlines()[-1] == told
    for form in ("table", "csv"):
        assert run(*NEXT, "--within", span, "--format", form).err.splitlines()[-1] == told


@pytest.mark.usefixtures("patients")
def test_what_was_due_before_is_listed(run: Run) -> None:
    ran = run(*NEXT[:-1], "2027-12-01", "--within", "1 day", "--sort", "due", "--format", "json")
    assert listed(ran) == ["odd", "stopped", "early", "middle", "late"]


def test_a_patient_with_only_other_medicines_is_not_due(run: Run) -> None:
    """The last infusion of `one` was on 6 March 2026, so course 2 is due on 6 March 2027."""
    given = "".join(f"one,2026-03-0{day},LEMTRADA\n" for day in range(2, 7))
    Path("own.csv").write_text(f"MRN,Day,Drug\n{given}other,2025-03-03,x\nthird,2025-03-03,x\n", encoding="utf-8")
    source = '[columns]\npatient = "MRN"\ndate = "Day"\n[medicine]\ncolumn = "Drug"\nlemtrada = ["LEMTRADA"]\n'
    Path("own.toml").write_text(source, encoding="utf-8")
    asked = ("next", "own.csv", "--source", "own.toml", "--protocol", "us-2024-05", "--as-of", "2027-02-04")
    everyone = run(*asked, "--sort", "due", "--format", "json")
    assert listed(everyone) == ["one", "other", "third"]
    assert json.loads(everyone.out)["not_listed"] == {"patients": 0, "due_after": None, "only_other_medicines": 0}
    assert "[only-other-medicines]" in run(*asked).out.replace("\n    ", " ")
    soon = run(*asked, "--within", "2 months", "--format", "json")
    assert listed(soon) == ["one"]
    assert json.loads(soon.out)["not_listed"] == {
        "patients": 0, "due_after": "2027-04-04", "only_other_medicines": 2,
    }  # fmt: skip
    words = "not listed: only other medicines are on record [only-other-medicines]"
    assert soon.err.splitlines()[-1] == f"lemtrada-schedule: 2 patients are {words}"
    single = run(*asked, "--within", "2 months", "--patient", "other")
    assert single.err.splitlines()[-1] == f"lemtrada-schedule: 1 patient is {words}"


def test_who_has_no_further_course_stands_last(run: Run) -> None:
    """The EU's label has four courses; without an infusion, course 1 has no day either."""
    days = [f"20{year}-03-0{day}" for year in (20, 22, 23, 24) for day in range(2, 5)] + ["2020-03-05", "2020-03-06"]
    four = {"patient": "four", "infusions": [{"date": day} for day in sorted(days)]}
    none = {"patient": "none", "infusions": []}
    one = {"patient": "one", "infusions": [{"date": f"2026-03-0{day}"} for day in range(2, 7)]}
    Path("p.json").write_text(json.dumps([four, none, one]), encoding="utf-8")
    asked = ("next", "p.json", "--protocol", "eu-2020-01-r2", "--as-of", "2027-02-04", "--format", "json")
    ran = run(*asked, "--sort", "due", "--within", "30 days")
    told = json.loads(ran.out)
    assert [(p["patient"], p["forecast"]["status"]) for p in told["patients"]] == [
        ("one", "not-due"), ("four", "not-recommended"), ("none", "due"),
    ]  # fmt: skip
    assert told["not_listed"]["patients"] == 0


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--within", "zebra", "argument --within: expected a span such as '1 month' or '12 months', got text shaped"),
        ("--within", "101 years", "argument --within: expected at most 100 years"),
        ("--sort", "zebra", "argument --sort: expected one of due"),
    ],
)
def test_a_span_and_an_order_are_checked(run: Run, option: str, value: str, words: str) -> None:
    told = refused(run(*NEXT, option, value))
    assert words in told
    assert "zebra" not in told
