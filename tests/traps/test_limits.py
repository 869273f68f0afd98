"""Large or hostile input is read or refused in seconds, with errors of a bounded length."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any, Final

import pytest
from pydantic import TypeAdapter, ValidationError

from lemtrada_schedule import (
    Clinic,
    History,
    Intake,
    InvalidInput,
    Plan,
    Problem,
    ScheduleError,
    evaluate,
    forecast,
    load_protocol,
    plan_treatment,
    read_clinic,
    read_decisions,
    read_histories,
    read_plan,
    read_protocol,
    replan,
)
from lemtrada_schedule.readers.records import parse_json
from lemtrada_schedule.validation.json_text import as_json
from lemtrada_schedule.validation.pydantic_errors import ItemFaults
from tests.support.entry_points import CLINIC, weekday_clinic

SWEEP: Final = pytest.mark.sweep
SECONDS: Final = 20
"""Of processor time; before, each of these took from half a minute to many minutes, or gigabytes."""


def asked(read: Callable[[Any], object], path: Path, text: str) -> object:
    """Return what is read from a file, or the error with which it is refused; it must not take long."""
    path.write_text(text, encoding="utf-8")
    began = process_time()
    try:
        found = read(path)
    except ScheduleError as error:
        found = error
    assert process_time() - began < SECONDS
    return found


def array(form: str, count: int) -> str:
    return "[" + ",".join(form.replace("#", str(number)) for number in range(count)) + "]"


def table(name: str, count: int) -> str:
    return "{" + ",".join(f'"{name}{number}": 1' for number in range(count)) + "}"


@pytest.mark.parametrize(
    ("read", "text", "codes"),
    [
        pytest.param(read_plan, lambda: table("patent", 1_001), {"too-large"}, id="keys of a plan"),
        pytest.param(
            read_plan,
            lambda: f'{{"schema_version": 2, "activities": {array("{}", 500_000)}}}',
            {"missing-field", "more-problems"},
            id="activities of a plan", marks=SWEEP,
        ),
        pytest.param(
            read_plan,
            lambda: f'{{"schema_version": 2, "activities": [], "courses": {array("{}", 500_000)}}}',
            {"missing-field", "more-problems"},
            id="courses of a plan", marks=SWEEP,
        ),
        pytest.param(
            read_decisions, lambda: array("{}", 500_000), {"missing-field", "more-problems"}, id="decisions"
        ),
        pytest.param(
            read_decisions, lambda: f"[{table('cours', 1_001)}]", {"too-large"}, id="keys of a decision"
        ),
        pytest.param(read_decisions, lambda: f"[{'[],' * 2_500_000}[]]", {"too-large"}, id="values of a JSON file"),
        pytest.param(
            read_clinic,
            lambda: "\n".join(f"x{n} = 1" for n in range(100_000)) + CLINIC, {"unknown-key", "more-problems"},
            id="keys of a clinic", marks=SWEEP,
        ),
        pytest.param(
            read_clinic,
            lambda: CLINIC + "[closures]\n" + "\n".join(f'x{n} = "a"' for n in range(100_000)),
            {"calendar-date", "more-problems"},
            id="closures", marks=SWEEP,
        ),
        pytest.param(
            read_protocol,
            lambda: 'extends = "us"\n' + "".join(f'[[actions]]\nid = "a{n}"\n' for n in range(18_000)),
            {"missing-field", "more-problems"},
            id="actions",
        ),
        pytest.param(
            read_protocol, lambda: 'extends = "us"\nremove = ' + array('"a#"', 1_001), {"too-large"},
            id="removed actions",
        ),
        pytest.param(
            read_protocol,
            lambda: 'extends = "us"\n'
            + "".join(f'[sources.s{n}]\ndocument = "x"\n' for n in range(9_000))
            + "".join(f'[[actions]]\nid = "a{n}"\nkind = "note"\ntext = "x"\ncite = "q{n}"\n' for n in range(4_000)),
            {"unknown-name", "more-problems"},
            id="cites of sources that are not there", marks=SWEEP,
        ),
    ],
)  # fmt: skip
def test_a_file_of_many_faults_is_refused_in_seconds(
    read: Callable[[Any], object], text: Callable[[], str], codes: set[str], tmp_path: Path
) -> None:
    suffix = ".toml" if read in (read_clinic, read_protocol) else ".json"
    refusal = asked(read, tmp_path / f"large{suffix}", text())
    assert isinstance(refusal, InvalidInput)
    assert {problem.code for problem in refusal.problems} >= codes
    assert len(refusal.problems) <= 1_001
    assert len(str(refusal)) < 20_000


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param(lambda: table("patent", 200_000), 21, id="keys of a patient"),
        pytest.param(
            lambda: f'{{"infusions": [{{"date": "2025-03-03", {table("dat", 200_000)[1:]}]}}', 21,
            id="keys of an infusion",
        ),
        pytest.param(lambda: f'{{"observations": [{table("dat", 200_000)}]}}', 21, id="keys of a test"),
        pytest.param(lambda: f'{{"observations": {array("1", 200_000)}}}', 200_000, id="tests", marks=SWEEP),
        pytest.param(lambda: f'{{"overrides": {array("1", 20)}}}', 20, id="20 overrides"),
        pytest.param(
            lambda: '{"infusions": ' + array('{"dat#": 1}', 20_000) + "}", 40_000, id="infusions", marks=SWEEP
        ),
        pytest.param(
            lambda: (
                '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "MedicationAdministration", '
                f"{table('stat', 200_000)[1:]}}}]}}"
            ),
            24,
            id="elements of a resource",
        ),
    ],
)  # fmt: skip
def test_records_with_many_faults_are_refused_rows_in_seconds(
    text: Callable[[], str], faults: int, tmp_path: Path
) -> None:
    intake = asked(read_histories, tmp_path / "large.json", text())
    assert isinstance(intake, Intake)
    assert len(intake.refused) == faults


def test_an_error_lists_a_thousand_problems_and_counts_the_rest() -> None:
    def problems() -> Iterator[Problem]:
        yield from (Problem("wrong-type", str(number), "expected text") for number in range(5_000))

    error = InvalidInput(problems())
    assert [problem.place for problem in error.problems[:1_000]] == [str(number) for number in range(1_000)]
    assert error.problems[1_000:] == (
        Problem("more-problems", "", "at least 4,000 more problems are not listed; fix these first"),
    )
    assert str(error).splitlines()[50:] == [
        "… and 950 more", "at least 4,000 more problems are not listed; fix these first"
    ]  # fmt: skip
    again = error.under("x.toml")
    assert [again.problems[-1].place, again.problems[-1].message] == ["x.toml", error.problems[-1].message]
    assert len(again.problems) == 1_001


def test_an_error_of_exactly_a_thousand_problems_lists_them_all() -> None:
    error = InvalidInput([Problem("wrong-type", "", "expected text")] * 1_000)
    assert [len(error.problems), error.problems[-1].code] == [1_000, "wrong-type"]
    assert str(error).splitlines()[50:] == ["… and 950 more"]


def test_places_in_a_long_list_are_those_in_the_whole_of_it() -> None:
    rows: list[Any] = [{"date": "2025-03-03"}] * 1_234
    rows[120], rows[1_200] = {"date": "03/03/2025"}, {"date": "2025-03-03", "ended": "09:00", "started": "10:00"}
    with pytest.raises(InvalidInput) as caught:
        History.model_validate({"infusions": rows})
    assert [(problem.code, problem.place) for problem in caught.value.problems] == [
        ("calendar-date", "infusions.120.date"), ("wall-time", "infusions.1200.ended")
    ]  # fmt: skip
    assert "03/03" not in str(caught.value)


def test_a_long_list_says_how_many_items_were_not_checked() -> None:
    with pytest.raises(InvalidInput) as caught:
        History.model_validate({"infusions": [{"date": "2025-02-30"}] * 2_345})
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["no-such-date"] * 1_000 + ["more-problems"]
    assert caught.value.problems[-1].place == "infusions"
    assert caught.value.problems[-1].message == "1,345 items after these were not checked; fix these first"
    with pytest.raises(InvalidInput) as caught:
        History.model_validate({"infusions": [{"date": "2025-02-30"}] * 1_000})
    assert [problem.code for problem in caught.value.problems] == ["no-such-date"] * 1_000


def test_the_faults_of_a_long_list_show_nothing_of_what_was_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(tuple[int, ...]).validate_python((5, "Zq7"))
    faults = ItemFaults()
    faults.add(caught.value, 100, unchecked=0)
    assert repr(faults) == "1 faults"
    assert [line["loc"] for line in faults.lines] == [(101,)]


def test_faults_of_every_kind_keep_their_words_in_a_long_list() -> None:
    """A noun's own error, a custom one, and those of pydantic, with and without facts."""
    day = {"date": "2027-01-11", "reason": "x"}
    fields = {"time_zone": "UTC", "infusion_starts": "09:00", "opening_hours": {"mon": "08:00-17:00"}}
    wrong: list[Any] = [{**day, "reasons": 1}, {"date": "2027-01-11"}, 5, {**day, "reason": 5}, {**day, "date": "x"}]

    def told(closures: list[Any]) -> list[tuple[str, str, str]]:
        with pytest.raises(InvalidInput) as caught:
            Clinic.model_validate({**fields, "closures": closures})
        return [(p.code, p.place, p.message) for p in caught.value.problems]

    few = told(wrong)
    assert [code for code, _, _ in few] == ["unknown-key", "missing-field", "wrong-type", "wrong-type", "calendar-date"]
    ahead = [{"date": f"20{year:02}-0{month}-01", "reason": "x"} for year in range(99) for month in (1, 2)]
    many = told([*ahead, *wrong])
    assert [(code, message) for code, _, message in many] == [(code, message) for code, _, message in few]
    assert [place for _, place, _ in many] == [
        "closures.198.reasons", "closures.199.reason", "closures.200", "closures.201.reason", "closures.202.date",
    ]  # fmt: skip


def test_commas_in_strings_are_no_values() -> None:
    assert as_json(json.dumps({"note": "," * 2_600_000})) == {"note": "," * 2_600_000}


def test_a_plan_whose_object_has_too_many_keys_says_what_was_expected(tmp_path: Path) -> None:
    refusal = asked(read_plan, tmp_path / "plan.json", table("k", 1_001))
    assert isinstance(refusal, ScheduleError)
    assert refusal.code == "too-large"
    assert "an object has more than 1,000 keys; check that this is the right file; expected a plan" in refusal.message
    assert refusal_code(lambda: Plan.model_validate_json(table("k", 1_000))) == "missing-field"


MANY: Final = 36_500
FIRST_DAY: Final = date(2000, 1, 1)
DAYS: Final = [FIRST_DAY + timedelta(days=number) for number in range(MANY)]
LAST_DAY: Final = date(2099, 12, 31)


@cache
def many(kind: str) -> History:
    """Return one patient with very many records of one kind."""
    five = [{"date": f"2025-03-0{number}"} for number in range(3, 8)]
    test = {"date": "2025-01-02", "code": "cd4", "value": 300}
    note = {"by": "neurologist", "why": "known", "on": "2025-03-03"}
    fields: dict[str, dict[str, Any]] = {
        "one course": {"infusions": [{"date": day} for day in DAYS]},
        "three rows a day": {"infusions": [{"date": day} for day in DAYS[: MANY // 3] for _ in range(3)]},
        "one day": {"infusions": [{"date": "2025-03-03"}] * MANY},
        "fifty courses": {"infusions": [{"date": day, "course": 1 + n % 50} for n, day in enumerate(DAYS)]},
        "not done": {"infusions": [{"date": day, "status": "not-done"} for day in DAYS]},
        "tests": {"infusions": five, "observations": [test] * MANY},
        "overrides": {
            "infusions": [{"date": day} for day in DAYS[:4_000]],
            "overrides": [{"code": f"x{n}", **note} for n in range(25_000)],
        },
    }
    return History.model_validate(fields[kind])


@pytest.mark.sweep
@pytest.mark.parametrize(
    "kind", ["one course", "three rows a day", "one day", "fifty courses", "not done", "tests", "overrides"]
)
def test_one_patient_with_very_many_records_is_judged_in_seconds(kind: str) -> None:
    history, us = many(kind), load_protocol("us-2024-05-r2")
    clinic = weekday_clinic()
    plan = plan_treatment(us, clinic, not_before=date(2025, 3, 3))
    asked: list[Callable[[], object]] = [
        lambda: evaluate(history, us, as_of=LAST_DAY, clinic=clinic),
        lambda: forecast(history, us, as_of=LAST_DAY),
        lambda: plan_treatment(us, clinic, not_before=LAST_DAY, courses=50, history=history, as_of=LAST_DAY),
        lambda: replan(plan, us, clinic, history=history, as_of=LAST_DAY),
    ]
    for ask in asked:
        began = process_time()
        ask()
        assert process_time() - began < SECONDS


def test_the_first_override_that_fits_is_shown() -> None:
    """Of this course or of every course, whichever was recorded first."""
    note = {"code": "extra-infusion", "why": "known", "on": "2025-03-10"}
    given = [{"date": f"2025-03-{number:02}"} for number in range(3, 9)]
    orders = {"first": [(None, "first"), (1, "second")], "one": [(2, "other"), (1, "one"), (None, "all")]}
    for by, courses in orders.items():
        overrides = [{**note, "course": course, "by": name} for course, name in courses]
        history = History.model_validate({"infusions": given, "overrides": overrides})
        found = evaluate(history, load_protocol("us-2024-05-r2"), as_of=date(2025, 3, 10)).findings
        shown = [finding.override.by for finding in found if finding.code == "extra-infusion" and finding.override]
        assert shown == [by]


def test_an_override_of_an_unknown_test_accepts_nothing() -> None:
    note = {"code": "baseline-missing", "test": "dentist", "by": "Dr A", "why": "known", "on": "2025-03-10"}
    given = [{"date": f"2025-03-{number:02}"} for number in range(3, 8)]
    fields = {"infusions": given, "overrides": [note], "tests_recorded": ["blood-count"]}
    found = evaluate(History.model_validate(fields), load_protocol("us-2024-05-r2"), as_of=date(2025, 3, 10)).findings
    assert [finding.override for finding in found if finding.code == "baseline-missing"] == [None]
    assert "code-not-known" in {finding.code for finding in found}


def test_the_first_override_of_a_late_test_that_reaches_its_day_is_shown() -> None:
    """Due on 7 May and done on the 10th, which is 3 days late: an earlier and shorter override adds nothing."""
    note = {"code": "test-late", "test": "blood-count", "why": "abroad"}
    overrides = [{**note, "by": "first", "on": "2025-06-01"}, {**note, "by": "second", "on": "2025-05-20"}]
    given = [{"date": f"2025-03-{number:02}"} for number in range(3, 8)]
    seen = [{"date": day, "code": "blood-count"} for day in ("2025-04-07", "2025-05-10")]
    history = History.model_validate({"infusions": given, "observations": seen, "overrides": overrides})
    found = evaluate(history, load_protocol("us-2024-05-r2"), as_of=date(2025, 6, 2)).findings
    assert [one.override.by for one in found if one.code == "test-late" and one.override] == ["first"]


def refusal_code(ask: Callable[[], object]) -> str:
    with pytest.raises(ScheduleError) as caught:
        ask()
    return caught.value.code


def test_an_object_keyed_by_patient_is_told_how_to_write_it() -> None:
    intake = parse_json('{"Zq7": [{"date": "2025-03-03"}], "Zq8": [{"date": "2025-03-03"}]}')
    assert [(one.row, one.column, one.code) for one in intake.refused] == [(1, None, "unknown-key")] * 2
    assert intake.refused[0].message == (
        'object 1 of the file: unrecognised key, got text shaped "Xx#"; '
        "if this object is keyed by patient id, write a list of objects with `patient`"
    )
    assert "Zq" not in intake.model_dump_json()
