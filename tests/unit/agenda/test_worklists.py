"""`worklist` and its values: pairs one by one, revisions, and how a worklist is shown."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from lemtrada_schedule import (
    DueItem,
    History,
    InvalidInput,
    Plan,
    PlanMismatch,
    Worklist,
    explain,
    plan_treatment,
    to_csv,
    to_rows,
    to_text,
    worklist,
)
from lemtrada_schedule.exports.tables.rows import DueRow, DueRows
from tests.support.agendas import WEEKDAYS, given, monthly, planned, rules

DAYS: Any = {"as_of": date(2027, 12, 1), "first_day": date(2027, 12, 1), "last_day": date(2027, 12, 31)}


@pytest.fixture
def listed() -> Worklist:
    """The two items of V23: the visit of 7 November is overdue, that of 7 December is due."""
    return worklist([(planned(), given(done=monthly("2027-06-07", 5)))], **DAYS)


# --- pairs ---------------------------------------------------------------------------------------


def test_pairs_are_taken_one_by_one() -> None:
    """A plan may be forgotten once the next pair is asked for."""
    seen = list[str]()

    def pairs() -> Iterator[tuple[Plan, History]]:
        for name in ("a", "b"):
            seen.append(name)
            yield planned(plan_id=name), given()

    assert {item.plan_id for item in worklist(pairs(), **DAYS)} == {"a", "b"}
    assert seen == ["a", "b"]


@pytest.mark.parametrize(
    ("pairs", "place", "message"),
    [
        (None, "pairs", "expected pairs of a plan and a history, got nothing"),
        ("plans", "pairs", "expected pairs of a plan and a history, got text"),
        ({"a": 1}, "pairs", "expected pairs of a plan and a history, got a value of type dict"),
        ([None], "pairs.0", "expected a plan and a history (or None), got nothing"),
        ([(1, 2, 3)], "pairs.0", "expected a plan and a history (or None), got a value of type tuple"),
        ([("plan", None)], "pairs.0", "expected a Plan, got text"),
        ([(planned(), "x")], "pairs.0", "expected a History, got text"),
    ],
)
def test_anything_but_pairs_is_refused(pairs: Any, place: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        worklist(pairs, **DAYS)
    assert (refused.value.place, refused.value.problems[0].argument) == (place, "pairs")
    assert message in str(refused.value)


def test_a_list_of_lists_is_accepted_and_no_pair_gives_an_empty_list() -> None:
    pairs: Any = [[planned(), None]]
    assert [item.item for item in worklist(pairs, **DAYS)] == ["unrecorded/tests", "laboratory/course-1/7"]
    assert list(worklist([], **DAYS)) == []
    assert to_text(worklist([], **DAYS)).splitlines()[2] == "0 items"


def test_two_plans_of_one_id_and_revision_are_refused() -> None:
    with pytest.raises(PlanMismatch, match="give each plan once") as refused:
        worklist([(planned(), None), (planned(), given())], **DAYS)
    assert refused.value.place == "pairs.1"


def test_plans_without_an_id_are_all_listed() -> None:
    plan = planned(plan_id=None)
    listed = worklist([(plan, None), (plan, None)], **DAYS)
    assert [item.item for item in listed] == ["unrecorded/tests"] * 2 + ["laboratory/course-1/7"] * 2


# --- how it is shown -----------------------------------------------------------------------------


def test_a_worklist_is_a_sequence(listed: Worklist) -> None:
    assert [item.state for item in listed] == ["overdue", "due"]
    assert (listed[0], listed[-1]) == (listed.items[0], listed.items[1])
    assert listed[:1] == listed.items[:1]
    assert listed[0] in listed
    assert "x" not in listed
    assert len(listed) == 2


def test_reprs_hold_nothing_of_a_patient(listed: Worklist) -> None:
    assert repr(listed) == "Worklist(2 items)"
    assert repr(listed[0]) == "DueItem(visit, overdue)"


def test_a_worklist_comes_back_from_its_json(listed: Worklist) -> None:
    assert Worklist.model_validate_json(listed.model_dump_json()) == listed
    assert list(listed.model_dump()) == ["as_of", "first_day", "last_day", "items"]
    with pytest.raises(InvalidInput) as refused:
        DueItem(**{**dict(listed[0]), "state": "late", "Dr Who": 1})
    assert "Who" not in str(refused.value)


def test_text_names_the_patient_the_state_and_the_suggested_day(listed: Worklist) -> None:
    lines = to_text(listed).splitlines()
    assert lines[0] == "Due Wed  1 Dec 2027 - Fri 31 Dec 2027, as of Wed  1 Dec 2027"
    assert lines[2] == "Sun  7 Nov 2027"
    assert lines[3].startswith(
        "  x  overdue     Laboratory visit (laboratory/course-1/6): overdue: Count; last infusion"
    )
    assert lines[3].endswith("; suggested Wed  1 Dec 2027")
    assert lines[-2] == "2 items: 1 overdue, 1 due"


def test_text_lists_a_visit_under_the_day_on_which_the_patient_comes() -> None:
    """7 November 2027 is a Sunday: Friday the 5th is suggested. Another patient has an infusion day on the 4th."""
    days: Any = {"as_of": date(2027, 11, 1), "first_day": date(2027, 11, 1), "last_day": date(2027, 11, 7)}
    other = plan_treatment(rules(), WEEKDAYS, not_before=date(2027, 11, 4), courses=1, plan_id="Q")
    listed = worklist([(planned(), given(done=monthly("2027-06-07", 5))), (other, None)], **days)
    assert [str(item.day) for item in listed] == ["2027-11-04", "2027-11-04", "2027-11-05", "2027-11-07"]
    text = to_text(listed)
    headings = [line for line in text.splitlines()[1:] if line[:3] in ("Mon", "Thu", "Fri", "Sun")]
    assert headings == ["Thu  4 Nov 2027", "Fri  5 Nov 2027"]
    assert "; due by Sun  7 Nov 2027; suggested Fri  5 Nov 2027" in " ".join(text.split("\n      ")).replace(
        "      ", ""
    )
    without = worklist([(planned(), given(done=monthly("2027-06-07", 5)))], **{**days, "first_day": date(2027, 11, 6)})
    assert to_text(without).splitlines()[2] == "Sun  7 Nov 2027"


def test_text_names_the_plan_where_there_is_no_patient() -> None:
    lines = to_text(worklist([(planned(plan_id="P7"), None)], **DAYS)).splitlines()
    assert lines[3].startswith("  P7  unrecorded ")
    lines = to_text(worklist([(planned(plan_id=None), None)], **DAYS)).splitlines()
    assert lines[3].startswith("  -  unrecorded ")


def test_a_due_item_is_explained(listed: Worklist) -> None:
    assert explain(listed[1]) == (
        "Laboratory visit, due on 2027-12-07 (Tuesday 7 December): due: Count; "
        "last infusion of course 1 (2027-05-07) + 7 × 1 month; OWN."
    )


def test_rows_have_the_fields_of_an_item_in_their_order(listed: Worklist) -> None:
    rows = to_rows(listed)
    assert isinstance(rows, DueRows)
    assert list(rows[0]) == list(DueItem.model_fields) == list(DueRow.__annotations__)
    assert (rows[0]["day"], rows[0]["suggested"]) == (date(2027, 11, 7), date(2027, 12, 1))
    assert repr(rows) == "DueRows(2 rows)"
    assert rows != list(rows)
    assert rows == to_rows(listed)


def test_rows_are_a_typed_arrow_table(listed: Worklist) -> None:
    table = pa.table(to_rows(listed))
    assert table.schema.field("day").type == pa.date32()
    assert table.schema.field("suggested").nullable
    assert not table.schema.field("item").nullable
    assert table.num_rows == 2


def test_csv_takes_a_worklist_its_rows_and_a_list_of_them(listed: Worklist) -> None:
    text = to_csv(listed)
    assert text == to_csv(to_rows(listed)) == to_csv(list(to_rows(listed)))
    head, first, _ = text.splitlines()
    assert head == "plan_id,patient,item,kind,day,suggested,state,title,neutral_title,course,reason"
    assert first.startswith("P,x,laboratory/course-1/6,visit,2027-11-07,2027-12-01,overdue,Laboratory visit,")
