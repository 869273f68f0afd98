"""Workbooks: cells keep their types, and what a person sees and a reader would lose is refused."""

import io
import sys
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from lemtrada_schedule import InvalidInput, MissingExtra, ScheduleError, UnreadableFile
from lemtrada_schedule.errors import Problem
from lemtrada_schedule.sources import spreadsheets
from lemtrada_schedule.sources.tables import CellTable, open_table

HEADER: Final = ("patient", "date", "dose_mg")
SHEET: Final = "xl/worksheets/sheet1.xml"


def workbook(
    *rows: Sequence[Any],
    edit: Callable[[Any, Any], object] = lambda _book, _sheet: None,
    header: Sequence[Any] = HEADER,
) -> bytes:
    """Return a workbook with one sheet, changed by a function of the workbook and the sheet."""
    book = openpyxl.Workbook()
    for row in (header, *rows):
        book.active.append(list(row))
    edit(book, book.active)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def rewritten(content: bytes, old: str, new: str, part: str = SHEET) -> bytes:
    """Return a workbook with a text in one of its parts replaced, as another program would have written it."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            if name == part:
                assert text.count(old.encode()) == 1
                text = text.replace(old.encode(), new.encode())
            after.writestr(name, text)
    return made.getvalue()


def opened(content: bytes, **how: Any) -> CellTable:
    return open_table(content, name="book", ending=".xlsx", **how)


def refusal(content: bytes, **how: Any) -> ScheduleError:
    with pytest.raises(ScheduleError) as caught:
        list(opened(content, **how).rows)
    return caught.value


def test_cells_keep_their_types() -> None:
    table = opened(
        workbook(
            ("007", date(2025, 3, 3), 12),
            (7, datetime(2025, 3, 3, 9, 30), 12.5),
            ("a\nb", time(9, 30), True),
            (" p1 ", "2025-03-03", None),
            header=(" patient ", "date", "dose_mg"),
        )
    )
    assert table.header == HEADER
    rows = list(table.rows)
    assert rows == [
        (2, ["007", date(2025, 3, 3), 12]),
        (3, [7, datetime(2025, 3, 3, 9, 30), 12.5]),
        (4, ["a\nb", time(9, 30), True]),
        (5, [" p1 ", "2025-03-03", None]),
    ]
    kinds = [[type(cell) for cell in cells] for _, cells in rows if not isinstance(cells, Problem)]
    assert kinds == [[str, date, int], [int, datetime, float], [str, time, bool], [str, str, type(None)]]


def test_a_midnight_that_is_shown_as_a_time_stays_a_time() -> None:
    def shown(_: Any, sheet: Any) -> None:
        sheet["B2"].number_format = "yyyy-mm-dd hh:mm"
        sheet["B3"].number_format = "dd.mm.yyyy"

    table = opened(workbook(("p1", datetime(2025, 3, 3), 12), ("p1", datetime(2025, 3, 4), 12), edit=shown))
    days = [cells[1] for _, cells in table.rows if not isinstance(cells, Problem)]
    assert days == [datetime(2025, 3, 3), date(2025, 3, 4)]
    assert [type(day) for day in days] == [datetime, date]


def test_days_of_a_workbook_that_counts_from_1904() -> None:
    def from_1904(book: Any, _: Any) -> None:
        book.epoch = CALENDAR_MAC_1904

    content = workbook(("p1", date(2025, 3, 3), 12), edit=from_1904)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert b">44257<" in parts.read(SHEET)  # 45719 in the usual count, which is 1,462 days longer
    assert list(opened(content).rows) == [(2, ["p1", date(2025, 3, 3), 12])]


def test_a_number_shown_with_leading_zeros_is_the_text_that_is_shown() -> None:
    def shown(_: Any, sheet: Any) -> None:
        sheet["A2"].number_format = "00000"
        sheet["A3"].number_format = "0"
        sheet["A4"].number_format = "000"

    table = opened(workbook((7, None, 1), (7, None, 1), (1234, None, 1), edit=shown))
    assert [cells[0] for _, cells in table.rows if not isinstance(cells, Problem)] == ["00007", 7, "1234"]


def test_a_blank_row_is_a_row_and_formatted_rows_after_the_last_are_none() -> None:
    def formatted(_: Any, sheet: Any) -> None:
        for row in range(5, 50):
            sheet.cell(row, 2).number_format = "dd.mm.yyyy"

    table = opened(workbook(("p1", date(2025, 3, 3), 12), (), ("p1", date(2025, 3, 4), 12), edit=formatted))
    assert list(table.rows) == [
        (2, ["p1", date(2025, 3, 3), 12]),
        (3, [None, None, None]),
        (4, ["p1", date(2025, 3, 4), 12]),
    ]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!"])
def test_an_error_refuses_its_row_unless_its_column_is_not_read(error: str) -> None:
    content = workbook(("p1", date(2025, 3, 3), error), ("p1", date(2025, 3, 4), 12))
    (_, problem), second = opened(content, columns=HEADER).rows
    assert isinstance(problem, Problem)
    assert (problem.code, problem.place) == ("sheet-structure", "dose_mg")
    assert problem.message == "the cell in column 3 holds an error of the spreadsheet; correct it"
    assert second == (3, ["p1", date(2025, 3, 4), 12])
    assert list(opened(content, columns=("patient", "date")).rows) == [
        (2, ["p1", date(2025, 3, 3), None]),
        (3, ["p1", date(2025, 3, 4), None]),
    ]


def test_the_name_of_a_column_that_nobody_knows_is_not_repeated() -> None:
    ((_, problem),) = opened(workbook(("p1", "#N/A"), header=("patient", "Jane Roe"))).rows
    assert isinstance(problem, Problem)
    assert (problem.place, "Roe" in problem.message) == ("", False)


def test_a_day_that_no_calendar_has_is_an_error_too() -> None:
    def far(_: Any, sheet: Any) -> None:
        sheet["B2"] = 99_999_999
        sheet["B2"].number_format = "yyyy-mm-dd"

    ((_, problem),) = opened(workbook(("p1", None, 12), edit=far)).rows
    assert isinstance(problem, Problem)
    assert problem.code == "sheet-structure"


def test_a_duration_is_no_clock_time() -> None:
    ((_, problem),) = opened(workbook(("p1", timedelta(hours=33), 12)), columns=HEADER).rows
    assert isinstance(problem, Problem)
    assert (problem.code, problem.place) == ("wall-time", "date")


def test_a_cell_right_of_the_header_refuses_its_row() -> None:
    (_, problem), second = opened(workbook(("p1", None, 12, "note"), ("p1", None, 12))).rows
    assert isinstance(problem, Problem)
    assert problem.code == "sheet-structure"
    assert second == (3, ["p1", None, 12])


def test_merged_cells_are_refused() -> None:
    content = workbook(("p1", None, 12), ("p1", None, 12), edit=lambda _, sheet: sheet.merge_cells("A2:A3"))
    assert str(refusal(content)) == (
        "sheet 1: cells are merged (row 2); unmerge them and fill in every cell [sheet-structure]"
    )


def test_cells_merged_beside_the_table_are_nothing_of_it() -> None:
    content = workbook(("p1", None, 12), edit=lambda _, sheet: sheet.merge_cells("E2:F3"))
    assert list(opened(content).rows) == [(2, ["p1", None, 12])]


def test_hidden_rows_are_refused_if_they_hold_anything() -> None:
    def hide(_: Any, sheet: Any) -> None:
        for row in (3, 5, 6, 7, 8, 9, 10, 40):
            sheet.row_dimensions[row].hidden = True

    content = workbook(*[("p1", None, 12)] * 9, edit=hide)
    assert str(refusal(content)) == (
        "sheet 1: rows are hidden, perhaps by a filter (rows 3, 5, 6, 7, 8 and 2 more); show them, or delete them "
        "[sheet-structure]"
    )
    content = workbook(("p1", None, 12), (), ("p1", None, 12), edit=hide)
    assert sum(1 for _ in opened(content).rows) == 3


def test_a_formula_without_a_stored_result_refuses_the_sheet() -> None:
    error = refusal(workbook(("p1", None, "=6+6"), ("p1", "=B2", 12)))
    assert str(error) == (
        "sheet 1: formulas have no stored result (rows 2, 3); open the workbook in a spreadsheet program and save it "
        "[sheet-structure]"
    )


def test_a_formula_is_its_stored_result() -> None:
    made = workbook(("p1", None, "=6+6"))
    with_result = rewritten(made, "<f>6+6</f><v />", "<f>6+6</f><v>12</v>")
    assert list(opened(with_result).rows) == [(2, ["p1", None, 12])]
    empty = rewritten(made, '<c r="C2"><f>6+6</f><v />', '<c r="C2" t="str"><f>6+6</f><v></v>')
    assert list(opened(empty).rows) == [(2, ["p1", None, None])]


def two_sheets(title: str = "May", *, is_filled: bool = True) -> bytes:
    def add(book: Any, _: Any) -> None:
        second = book.create_sheet(title)
        if is_filled:
            second.append(["patient", "date"])
            second.append(["p9", "2025-05-05"])

    return workbook(("p1", None, 12), edit=add)


def test_of_several_sheets_one_is_named() -> None:
    error = refusal(two_sheets())
    assert str(error) == (
        "several sheets hold cells (1, 2); name one as `sheet` under [read] of the source [sheet-structure]"
    )
    assert list(opened(two_sheets(), sheet="May").rows) == [(2, ["p9", "2025-05-05"])]
    assert list(opened(two_sheets(is_filled=False)).rows) == [(2, ["p1", None, 12])]


def test_a_sheet_that_is_not_there_is_refused_and_none_is_named() -> None:
    error = refusal(two_sheets("Jane Roe"), sheet="may")
    assert isinstance(error, InvalidInput)
    assert (error.code, error.argument) == ("unknown-name", "sheet")
    assert "2 sheets" in error.message
    assert "Roe" not in str(error)


def test_a_workbook_without_cells_and_a_sheet_without_a_header() -> None:
    assert "no sheet of the workbook holds anything" in str(refusal(workbook(header=())))
    assert "the first row is empty" in str(refusal(workbook(("p1", None, 12), header=())))


def test_a_sheet_that_spans_too_much_is_refused() -> None:
    def far(_: Any, sheet: Any) -> None:
        sheet["XFD2"] = "note"

    assert refusal(workbook(("p1", None, 12), edit=far)).code == "too-large"
    assert refusal(workbook(("p1", None, 12), edit=far), sheet="Sheet").code == "too-large"

    def low(_: Any, sheet: Any) -> None:
        sheet["F1048576"] = "note"

    assert refusal(workbook(("p1", None, 12), edit=low)).code == "too-large"


def test_a_cell_too_long_refuses_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "LARGEST_CELL", 10)
    ((_, problem),) = opened(workbook(("p" * 11, None, 12))).rows
    assert isinstance(problem, Problem)
    assert problem.code == "too-large"


def test_a_bomb_is_refused_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "LARGEST_UNPACKED", 2_000)
    error = refusal(workbook(*[("p1", None, 12)] * 100))
    assert isinstance(error, UnreadableFile)
    assert error.code == "too-large"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_workbook_cut_short_is_damaged(share: float) -> None:
    content = workbook(("p1", None, 12))
    error = refusal(content[: int(len(content) * share)])
    assert (error.code, error.place) == ("unreadable-file", "book")


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (SHEET, "</sheetData>", ""),
        (SHEET, '<row r="2"', '<row r="x"'),
        ("xl/workbook.xml", "<sheets>", "<sheet>"),
        ("[Content_Types].xml", "</Types>", ""),
    ],
)
def test_a_workbook_with_a_broken_part_is_damaged(part: str, old: str, new: str) -> None:
    assert refusal(rewritten(workbook(("p1", None, 12)), old, new, part)).code == "unreadable-file"


@pytest.mark.parametrize(
    ("part", "words"),
    [("xl/workbook.bin", ".xlsb"), ("content.xml", ".ods"), ("data.csv", "ZIP archive, not an Excel workbook")],
)
def test_an_archive_that_is_no_workbook(part: str, words: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(part, "x")
    error = refusal(content.getvalue())
    assert (error.code, words in error.message) == ("file-format", True)


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lemtrada_schedule.sources.tables.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"pip install 'lemtrada_schedule\[excel\]'"):
        opened(workbook())


def test_the_extra_is_loaded_where_it_is_used() -> None:
    assert "openpyxl" in sys.modules  # by this file
    assert not hasattr(sys.modules["lemtrada_schedule.sources.tables"], "openpyxl")
