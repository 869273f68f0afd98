"""The notebook "What papers report" runs, and each of its measures equals plain loops over 2,000 other patients.

The loops are `tests/oracle/cohort_measures.py`, written from the text of the rules and without the library's code.
"""

import ast
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import nbformat
import pytest
from nbclient import NotebookClient

from tests.oracle import cohort_measures as loops
from tests.oracle.cohort_of_patients import cohort, ends_of_follow_up, exposure_days, observations

ROOT: Final = Path(__file__).parents[2]
NOTEBOOK: Final = ROOT / "examples" / "papers.ipynb"
MEASURES: Final = 8
MOST_LINES: Final = 10


def read() -> Any:
    """Return the notebook, as it is stored."""
    if not NOTEBOOK.exists():
        pytest.skip("the wheel is tested without it")
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types


def tags(cell: Any) -> list[str]:
    """Return the tags of a code cell; the text between them has the tag `text`."""
    return list(cell.metadata.get("tags", [])) if cell.cell_type == "code" else ["text"]


def lines(source: str) -> int:
    """Count the lines that hold code: all but empty ones and comments."""
    ast.parse(source.rstrip().rstrip(";"))
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in source.splitlines())


def test_each_measure_has_at_most_ten_lines_and_is_compared_with_the_truth() -> None:
    cells = read().cells
    measures = [place for place, cell in enumerate(cells) if "measure" in tags(cell)]
    assert len(measures) == MEASURES
    for place in measures:
        assert lines(cells[place].source) <= MOST_LINES
        assert cells[place - 1].source.startswith("## ")
        assert tags(cells[place + 1]) == ["answer"]
        (answer,) = ast.parse(cells[place + 1].source).body
        assert isinstance(answer, ast.If)  # of other patients the true answers are unknown
        assert ast.unparse(answer.test) == "answers"
        assert any(isinstance(node, ast.Assert) for node in answer.body)


@pytest.mark.sweep
def test_the_notebook_runs_and_draws_one_picture_for_each_measure() -> None:
    """The notebook itself compares each measure with the true answer; a wrong one stops it."""
    notebook = read()
    assert not [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(ROOT)}}).execute()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        assert len(pictures) == ("measure" in tags(cell))
        assert not [output for output in cell.outputs if output.output_type in {"stream", "error"}]


# --- your own data, by one cell ------------------------------------------------------------------

OWN_CELL: Final = """
def days(patient, first, number, censored_on):
    return pd.DataFrame({"patient": patient, "date": pd.date_range(first, periods=number), "censored_on": censored_on})


infusions = pd.concat(
    [
        days("a", "2024-03-04", 5, "2027-06-30"),
        days("a", "2025-03-10", 3, "2027-06-30"),
        days("b", "2024-05-06", 5, "2026-01-31"),
        days("b", "2025-05-05", 3, "2026-01-31"),
        days("c", "2025-02-03", 5, "2027-06-30"),
    ]
).astype({"censored_on": "datetime64[s]"})
tests = pd.DataFrame(
    [("a", "2024-02-20", "blood-count"), ("a", "2024-04-05", "blood-count"), ("b", "2024-05-01", "thyroid")],
    columns=["patient", "date", "code"],
).astype({"date": "datetime64[s]"})
answers = None
"""
"""Three patients, without `status` and without a third course."""


def run_with(cell_of_cohort: str) -> dict[str, Any]:
    """Run all code cells, with another cell in place of the cohort's, and return the names; one picture a measure."""
    import matplotlib as mpl  # noqa: PLC0415  # only these tests need it
    from matplotlib import pyplot as plt  # noqa: PLC0415  # as matplotlib

    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch, mpl.rc_context():
        patch.chdir(ROOT)
        mpl.use("agg")
        plt.close("all")  # those of another test
        for cell in read().cells:
            if cell.cell_type != "code":
                continue
            source = cell_of_cohort if "cohort" in tags(cell) else cell.source
            exec(compile(source, cell.id, "exec"), names)  # noqa: S102  # our own notebook
            assert len(plt.get_fignums()) == ("measure" in tags(cell))
            if plt.get_fignums():
                plt.gcf().canvas.draw()
            plt.close("all")
    return names


def test_one_cell_is_replaced_for_your_own_data() -> None:
    """Course 2 of a began on 10 March 2025, 12 months after 8 March 2024; that of b on 5 May, before 10 May.

    Follow-up, both days included: a from 4 March 2024 to 30 June 2027, 1,214 days; b from 6 May 2024 to
    31 January 2026, 636 days; c from 3 February 2025 to 30 June 2027, 878 days.
    """
    found = run_with(OWN_CELL)
    assert {year.Index: (year.early, year.courses) for year in found["early"].itertuples()} == {2025: (1, 2)}
    assert sorted(zip(found["second"].time, found["second"].status, strict=True)) == [(364, 1), (371, 1), (877, 0)]
    assert sorted(zip(found["third"].time, found["third"].status, strict=True)) == [(635, 0), (877, 0), (1213, 0)]
    assert found["without"].T.to_dict("list") == {1: [3, 3], 2: [2, 2], 3: [1, 1]}
    assert found["daily"]["followed"].sum() == 1214 + 636 + 878
    assert found["dates"].T.to_dict() == {"blood-count": {"due": found["dates"]["due"].sum(), "done": 1, "late": 0}}
    assert len(found["given"]) == 21
    assert {str(day.date()) for day in found["allowed"]} == {"2025-03-08", "2025-05-10"}


@pytest.mark.sweep
def test_first_courses_alone_and_no_tests_are_enough() -> None:
    own = f"{OWN_CELL}\ninfusions = infusions[infusions['date'] < '2024-12-31']\ntests = tests[:0]\n"
    found = run_with(own)
    assert len(found["early"]) == len(found["dates"]) == len(found["tested"]) == 0
    assert set(found["second"].status) == {0}


# --- the measures, held to plain loops -----------------------------------------------------------


class Seeded(NamedTuple):
    """The patients of the loops as plain dictionaries."""

    days: dict[str, list[date]]
    tests: dict[str, list[tuple[date, str]]]
    ends: dict[str, date]


@cache
def seeded() -> Seeded:
    made = cohort(2000)
    return Seeded(exposure_days(made), observations(made), ends_of_follow_up(made))


@pytest.fixture(scope="module")
def found() -> Iterator[dict[str, Any]]:
    """Run the cells of the notebook on the patients of the loops, and return its names."""
    import matplotlib as mpl  # noqa: PLC0415  # only these tests need it
    import pandas as pd  # noqa: PLC0415  # as matplotlib
    from matplotlib import pyplot as plt  # noqa: PLC0415  # as matplotlib

    given = [
        {"patient": name, "censored_on": one.censored_on, **row}
        for name, one in cohort(2000).items()
        for row in one.infusions
    ]
    tested = [(name, day, code) for name, one in seeded().tests.items() for day, code in one]
    names: dict[str, Any] = {
        "infusions": pd.DataFrame(given).astype({"date": "datetime64[s]", "censored_on": "datetime64[s]"}),
        "tests": pd.DataFrame(tested, columns=["patient", "date", "code"]).astype({"date": "datetime64[s]"}),
    }
    with pytest.MonkeyPatch.context() as patch, mpl.rc_context():
        patch.chdir(ROOT)
        mpl.use("agg")
        plt.close("all")  # those of another test
        for cell in read().cells:
            if not {"text", "cohort", "answer"} & set(tags(cell)):
                exec(compile(cell.source, cell.id, "exec"), names)  # noqa: S102  # our own notebook
        yield names
        plt.close("all")


def as_day(moment: Any) -> date:
    """Return the date of a timestamp."""
    day: date = moment.date()
    return day


@pytest.mark.sweep
def test_early_courses_by_year(found: dict[str, Any]) -> None:
    expected = loops.early_courses_by_year(seeded().days, seeded().ends)
    assert {year.Index: (year.early, year.courses) for year in found["early"].itertuples()} == expected
    assert sum(one.counted for one in expected.values()) > 50


@pytest.mark.sweep
@pytest.mark.parametrize(("name", "number"), [("second", 2), ("third", 3)])
def test_time_to_a_course(found: dict[str, Any], name: str, number: int) -> None:
    times = loops.times_to_course(seeded().days, seeded().ends, number)
    curve = found[name]
    assert sorted(zip(curve.time, curve.status, strict=True)) == sorted((one.days, one.began) for one in times)
    steps = loops.kaplan_meier(times)
    drawn = zip(curve.surv_times, curve.n_risk, curve.n_events, strict=True)
    assert [tuple(step) for step in drawn] == [(step.days, step.at_risk, step.began) for step in steps]
    assert curve.surv_prob.tolist() == pytest.approx([float(step.without) for step in steps], abs=1e-12)
    assert len(steps) > 100


@pytest.mark.sweep
def test_tests_before_each_course(found: dict[str, Any]) -> None:
    expected = loops.courses_tested_before(seeded().days, seeded().tests, seeded().ends)
    tested = found["tested"].melt(ignore_index=False).dropna().set_index("number", append=True)["value"]
    assert tested.to_dict() == pytest.approx({key: float(100 * one.share) for key, one in expected.items()})
    assert {key: int(found["clear"]["number"].eq(key[1]).sum()) for key in expected} == {
        key: one.out_of for key, one in expected.items()
    }


@pytest.mark.sweep
def test_monthly_tests(found: dict[str, Any]) -> None:
    expected = loops.adherence(seeded().days, seeded().tests, seeded().ends)
    dates = found["dates"]
    assert {one.Index: (one.done, one.due) for one in dates.itertuples()} == expected
    late = dict.fromkeys(loops.MONTHLY_TESTS, 0)
    for row in loops.monitoring_table(seeded().days, seeded().tests, seeded().ends):
        if row["action"] in late:
            late[row["action"]] += row["late"]
    assert dates["late"].to_dict() == late


@pytest.mark.sweep
def test_patients_without_a_third_course_by_year(found: dict[str, Any]) -> None:
    expected = loops.without_third_course_by_year(seeded().days, seeded().ends)
    assert {year.Index: (year.sum, year.size) for year in found["without"].itertuples()} == expected
    assert len(expected) > 5


@pytest.mark.sweep
def test_person_time_in_contraception(found: dict[str, Any]) -> None:
    expected = loops.person_time(seeded().days, seeded().ends)
    assert found["daily"].sum().to_dict() == {
        "followed": expected.followed,
        "contraception": expected.in_contraception,
    }


@pytest.mark.sweep
def test_swimmers(found: dict[str, Any]) -> None:
    expected = loops.swimmers(seeded().days, seeded().ends, 40)
    assert sorted(found["lane"].index) == [one["patient"] for one in expected]
    by_patient = {name: found[name].groupby(level=0).agg(list).to_dict() for name in ("given", "allowed")}
    for one in expected:
        patient = one["patient"]
        assert sorted({as_day(day) for day in by_patient["given"][patient]}) == one["given"]
        assert [as_day(day) for day in by_patient["allowed"].get(patient, [])] == one["allowed"]
        following = found["followed"]["next_earliest"][patient]
        assert (None if following != following else as_day(following)) == one["next"]  # noqa: PLR0124  # NaT
        assert as_day(found["end"][patient]) == one["end"]
