"""Rows and their CSV, by the standard library alone; `test_examples_frames.py` asks the frame libraries."""

import builtins
import csv
import io
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemtrada_schedule import MissingExtra, Plan, Rows, load_protocol, plan_treatment, to_csv, to_rows
from lemtrada_schedule.exports.tables.rows import Row
from tests.golden.make_plans import GOLDEN, clinic, golden_plan

FORMULAS: Final = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x")  # noqa: RUF001  # full-width on purpose
STARTS: Final = tuple(formula[0] for formula in FORMULAS)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_treatment(load_protocol("us-2024-05"), clinic("America/New_York"), not_before=date(2027, 1, 11))


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def row(**changes: Any) -> Row:
    whole: Any = {**dict.fromkeys(Row.__annotations__, None), **changes}
    return whole  # type: ignore[no-any-return]  # a Row of the caller's making


def test_rows_are_typed(plan: Plan) -> None:
    first = to_rows(plan)[0]
    zone = ZoneInfo("America/New_York")
    assert (first["course"], first["first_day"]) == (1, date(2027, 1, 11))
    assert (first["start"], first["end"]) == (
        datetime(2027, 1, 11, 9, tzinfo=zone),
        datetime(2027, 1, 11, 15, tzinfo=zone),
    )
    expected: dict[str, type] = {"course": int, "first_day": date, "last_day": date, "start": datetime, "end": datetime}
    expected |= {"provisional": bool, "suggested": date}
    for one in to_rows(plan):
        kinds = {name: type(cell) for name, cell in one.items() if cell is not None}
        assert kinds == {name: expected.get(name, str) for name in kinds}


@pytest.mark.parametrize("name", GOLDEN)
def test_each_row_that_has_a_day_says_why(name: str) -> None:
    for one in to_rows(golden_plan(name)):
        assert one["reason"]
        assert one["first_day"] or one["last_day"] or one["kind"] == "note"
        if one["kind"] not in ("infusion", "period"):
            assert one["cite"]
            assert one["basis"] in ("label", "convention")


def test_reasons_by_hand(plan: Plan) -> None:
    rows = {one["item"]: one for one in to_rows(plan)}
    assert rows["course-2/day-1"]["reason"] == (
        "day 1 of a block; earliest 2028-01-15: "
        "last infusion of course 1 (2027-01-15) + 12 months; FAQ; a convention, not the label"
    )
    assert rows["blood-count/course-1/3"]["reason"] == "last infusion of course 1 (2027-01-15) + 3 × 1 month; ISI"
    assert rows["blood-count/course-1/baseline"]["title"] == "Complete blood count with differential: baseline"
    assert rows["blood-count/course-1/baseline"]["reason"].endswith("; counts from 2026-12-12 to 2027-01-10")
    assert rows["skin-examination/treatment/baseline"]["reason"].endswith("; counts from any day to 2027-01-10")
    assert rows["reaction-watch/course-1/1"]["end"] == datetime(2027, 1, 12, 13, tzinfo=ZoneInfo("America/New_York"))


def test_a_window_that_only_opens_has_its_reason(plan: Plan) -> None:
    window = next(activity for activity in plan.activities if activity.kind == "window" and activity.begins_because)
    opens = window.model_copy(update={"last_day": None, "because": None})
    bare = window.model_copy(update={"first_day": None, "last_day": None, "because": None, "begins_because": None})
    rows = to_rows(plan.model_copy(update={"activities": (opens, bare), "contraception": (), "visits": ()}))
    assert "- 30 days; REMS" in rows[-2]["reason"]
    assert (rows[-2]["weekday"], rows[-2]["last_day"]) == ("Sat", None)
    assert (rows[-1]["reason"], rows[-1]["cite"], rows[-1]["weekday"]) == ("", None, None)


def test_rows_are_a_sequence(plan: Plan) -> None:
    rows = to_rows(plan)
    assert list(rows) == [rows[place] for place in range(len(rows))]
    assert rows[:2] == (rows[0], rows[1])
    assert rows[-1] in rows
    assert rows == to_rows(plan)
    assert rows != to_rows(plan)[:]
    assert rows != Rows(rows[:1], rows.time_zone)
    assert repr(rows) == f"Rows({len(rows)} rows in America/New_York)"
    assert "America/New_York" in rows._repr_html_()
    assert "2027" not in rows._repr_html_()
    assert to_csv(rows) == to_csv(list(rows)) == to_csv(rows[:])


# --- CSV -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [text for text in FORMULAS if text.isprintable()])
def test_H11_no_cell_of_a_plan_starts_a_formula(plan: Plan, text: str) -> None:
    written = json.loads(plan.model_dump_json())
    for activity in written["activities"]:
        activity |= {"applies_to": text, "title": text}
    cells = [cell for one in read(to_csv(to_rows(Plan.model_validate(written)))) for cell in one.values()]
    assert [cell for cell in cells if cell.startswith(STARTS)] == []
    assert f"'{text}" in cells


@pytest.mark.parametrize("text", [*FORMULAS, "'=1+1", "'"])
def test_H11_each_start_of_a_formula_is_led_by_a_mark(text: str) -> None:
    (one,) = read(to_csv([row(title=text, course=-1)]))
    assert (one["title"], one["course"]) == (f"'{text}", "-1")


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_H11_I40_texts_come_back_when_one_mark_is_taken_away(texts: list[str]) -> None:
    rows = [row(title=text) for text in texts]
    titles = [one["title"] for one in read(to_csv(rows))]
    assert not [title for title in titles if title.startswith(STARTS)]
    assert [title.removeprefix("'") for title in titles] == texts


def test_H12_days_and_times_are_written_by_iso_8601(plan: Plan) -> None:
    first = read(to_csv(to_rows(plan)))[0]
    assert [first[name] for name in ("first_day", "weekday", "start", "end", "course", "cite")] == [
        "2027-01-11", "Mon", "2027-01-11T09:00:00-05:00", "2027-01-11T15:00:00-05:00", "1", "",
    ]  # fmt: skip


# --- without the extra ---------------------------------------------------------------------------


def test_without_pyarrow_the_error_says_what_to_install(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = builtins.__import__

    def without(name: str, *more: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra) as caught:
        to_rows(plan).__arrow_c_stream__()
    assert (caught.value.code, caught.value.place) == ("missing-extra", "pyarrow")
    assert "pip install 'lemtrada_schedule[tables]'" in str(caught.value)
    assert to_csv(to_rows(plan))
