"""The file that says which plan belongs to which patient: a CSV with two columns."""

from pathlib import Path

import pytest

from lemtrada_schedule import InvalidInput
from lemtrada_schedule.readers.links import Links, read_links


def read(folder: Path, text: str) -> Links:
    path = folder / "links.csv"
    path.write_text(text, encoding="utf-8")
    return read_links(path)


def test_each_line_is_a_link_in_whichever_order_the_columns_are(tmp_path: Path) -> None:
    found = read(tmp_path, 'patient, plan_id\nx,p1\n\n"y,z", p2\n')
    assert [(one.row, one.plan_id, one.patient) for one in found.links] == [(2, "p1", "x"), (4, "p2", "y,z")]
    assert (found.rows, found.blank, found.refused) == (3, 1, [])


@pytest.mark.parametrize("header", ["", "plan_id", "plan_id,patient,more", "plan,patient", 'plan_id,"patient'])
def test_any_other_header_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(InvalidInput, match=r"links\.csv: line 1: expected the columns plan_id and patient"):
        read(tmp_path, f"{header}\np1,x\n")


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("p1", None, "csv-structure"),
        ("p 1,x", "plan_id", "identifier"),
        ("p1, x", "patient", "padded-id"),
        ("p1,", "patient", "text-length"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(tmp_path: Path, line: str, column: str | None, code: str) -> None:
    found = read(tmp_path, f"plan_id,patient\n{line}\np2,y\n")
    assert [(one.row, one.column, one.code) for one in found.refused] == [(2, column, code)]
    assert [one.plan_id for one in found.links] == ["p2"]


def test_a_plan_in_several_rows_is_refused_in_each(tmp_path: Path) -> None:
    found = read(tmp_path, "plan_id,patient\np1,x\np2,y\np1,z\n")
    assert [(one.row, one.column, one.code) for one in found.refused] == [
        (2, "plan_id", "not-paired"),
        (4, "plan_id", "not-paired"),
    ]
    assert [one.plan_id for one in found.links] == ["p2"]
