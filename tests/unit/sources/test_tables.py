"""Tables as text: what the ending and the caller say is how they are read, and what a file is instead is named."""

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lemtrada_schedule import InvalidInput, ScheduleError, UnreadableFile
from lemtrada_schedule.errors import Problem
from lemtrada_schedule.sources import tables
from lemtrada_schedule.sources.tables import ENCODINGS, ENDINGS, open_table
from tests.support.for_each import for_each

TEXT = b"patient,date\n007,2025-03-03\n"
ROWS = [(2, ["007", "2025-03-03"])]


def refusal(content: bytes, **how: Any) -> ScheduleError:
    """Return the error for a table that cannot be read."""
    with pytest.raises(ScheduleError) as caught:
        list(open_table(content, **{"name": "table", "ending": ".csv", **how}).rows)
    return caught.value


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", TEXT),
        ("A.CSV", TEXT),
        ("a.tsv", TEXT.replace(b",", b"\t")),
        ("a.csv.gz", gzip.compress(TEXT, mtime=0)),
        ("a.tsv.gz", gzip.compress(TEXT.replace(b",", b"\t"), mtime=0)),
    ],
)
def test_the_ending_says_how_a_file_is_read(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    table = open_table(tmp_path / name, name=name)
    assert table.header == ("patient", "date")
    assert list(table.rows) == ROWS


def test_a_row_has_as_many_cells_as_the_header_or_a_problem() -> None:
    content = (
        b' patient ,date,note\r\np1,2025-03-03,"a, b"\r\n   \r\np1,2025-03-04\r\n,,\r\n" p2",2025-03-05,"say ""x"""\r\n'
    )
    table = open_table(content, name="table", ending=".csv")
    assert table.header == ("patient", "date", "note")
    rows = dict(table.rows)
    assert rows[2] == ["p1", "2025-03-03", "a, b"]
    assert rows[3] == (None, None, None)
    assert isinstance(rows[4], Problem)
    assert (rows[4].code, rows[4].message) == (
        "csv-structure",
        "expected 3 cells as in the header, got 2; an empty cell also needs its comma",
    )
    assert rows[5] == [None, None, None]
    assert rows[6] == [" p2", "2025-03-05", 'say "x"']


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_as_said(delimiter: str) -> None:
    quoted = f'"a{delimiter}b"'
    content = f"patient{delimiter}date\n{quoted}{delimiter}2025-03-03\n".encode()
    table = open_table(content, name="table", ending=".csv", delimiter=delimiter)
    assert list(table.rows) == [(2, [f"a{delimiter}b", "2025-03-03"])]


@pytest.mark.parametrize(
    ("mark", "word", "said"), [(";", "semicolons", ";"), ("\t", "tabs", "\\t"), ("|", "bars", "|")]
)
def test_another_delimiter_is_not_guessed_but_named(mark: str, word: str, said: str) -> None:
    error = refusal(f"patient{mark}date\np1{mark}2025-03-03\n".encode())
    assert error.code == "csv-structure"
    assert error.message == (
        f'the columns are separated by {word}, not by commas; write delimiter = "{said}" under [read] of the source'
    )


def test_a_delimiter_in_the_names_of_several_columns_is_a_part_of_them() -> None:
    assert open_table(b"a;b,c|d\n", name="table", ending=".csv").header == ("a;b", "c|d")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8", "José"), ("utf-16", "José"), ("cp1252", "José€"), ("iso-8859-15", "José€"), ("cp1251", "Иван")],
)
@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_the_encoding_is_as_said(encoding: str, text: str, ending: str) -> None:
    content = f"patient,date\n{text},2025-03-03\n".encode(encoding)
    packed = gzip.compress(content, mtime=0) if ending.endswith(".gz") else content
    assert list(open_table(packed, name="table", ending=ending, encoding=encoding).rows) == [(2, [text, "2025-03-03"])]


def test_every_encoding_reads_what_it_wrote() -> None:
    for encoding in ENCODINGS:
        table = open_table(TEXT.decode().encode(encoding), name="table", ending=".csv", encoding=encoding)
        assert list(table.rows) == ROWS


def test_another_encoding_is_not_guessed() -> None:
    error = refusal("patient,date\nJosé,2025-03-03\n".encode("cp1252"))
    assert (error.code, error.place) == ("encoding", "table: line 2")
    assert error.message == (
        "is not UTF-8 text (at byte 16); say its encoding under [read] of the source, "
        'such as encoding = "cp1252", or save it as UTF-8'
    )
    error = refusal(b"patient,date\nJos\x81,2025-03-03\n", encoding="cp1252")
    assert error.message.startswith("is not CP1252 text (at byte 16)")


def test_utf_8_with_its_mark_is_nothing_else() -> None:
    assert open_table(b"\xef\xbb\xbf" + TEXT, name="table", ending=".csv").header == ("patient", "date")
    error = refusal(b"\xef\xbb\xbf" + TEXT, encoding="cp1252")
    assert (error.code, "remove `encoding`" in error.message) == ("encoding", True)


@pytest.mark.parametrize("wide", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_recognised_and_must_be_said(wide: str) -> None:
    error = refusal(TEXT.decode().encode(wide))
    assert error.code == "encoding"
    assert error.message == (
        "is not UTF-8 text (at byte 0) but looks like UTF-16; save it as UTF-8, "
        'or write encoding = "utf-16" under [read] of the source'
    )


@pytest.mark.parametrize(
    ("content", "cure"),
    [
        (TEXT.decode().encode("utf-16-le"), "no byte order mark"),
        (TEXT, "no byte order mark"),
        (TEXT.decode().encode("utf-16")[:-1], "not UTF-16 text all through"),
        (gzip.compress(TEXT, mtime=0), "compressed with gzip"),
    ],
)
def test_what_is_said_to_be_utf_16_and_is_not(content: bytes, cure: str) -> None:
    assert cure in refusal(content, encoding="utf-16").message


def archive(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return content.getvalue()


OTHER_KINDS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "old Excel workbook (.xls), or one with a password"),
    (archive("[Content_Types].xml", "xl/workbook.xml"), "end its name in .xlsx"),
    (archive("xl/workbook.bin"), "save it as .xlsx or CSV"),
    (archive("infusions.csv"), "ZIP archive; unpack it"),
    (gzip.compress(TEXT, mtime=0), "end its name in .csv.gz"),
    (b"PAR1" + bytes(20), "parquet file; only `audit` reads it"),
    (b"\n <!DOCTYPE html><html><body><table>", "web page"),
    (b"<table><tr><td>patient", "web page"),
    (b'<?xml version="1.0"?><Workbook>', "web page or XML"),
    (b"%PDF-1.7", "PDF"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
)


def is_what_it_says(name: str, content: bytes) -> bool:
    return content.startswith(b"PK" if name.endswith(".xlsx") else b"\x1f\x8b" if name.endswith(".gz") else b"none")


@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a.xlsx", "a.csv.gz", "a.dat"])
def test_another_kind_of_file_gets_the_cure_that_fits(tmp_path: Path, name: str) -> None:
    def is_refused(kind: tuple[bytes, str]) -> None:
        content, cure = kind
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadableFile) as caught:
            list(open_table(tmp_path / name, name=name).rows)
        assert caught.value.code == "file-format"
        assert cure in caught.value.message
        assert caught.value.place == name

    for_each([kind for kind in OTHER_KINDS if not is_what_it_says(name, kind[0])], is_refused)


@pytest.mark.parametrize("name", ["a.txt", "a", "csv", "a.csv.bak"])
def test_an_ending_that_says_nothing_is_refused_with_those_that_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(TEXT)
    with pytest.raises(UnreadableFile, match=r"ends in one of .csv, .csv.gz, .tsv, .tsv.gz, .xlsx"):
        open_table(tmp_path / name, name=name)


def test_text_named_as_a_workbook_or_as_compressed() -> None:
    assert "end its name in .csv or .tsv" in refusal(TEXT, ending=".xlsx").message
    assert "remove .gz from its name" in refusal(TEXT, ending=".csv.gz").message


@pytest.mark.parametrize("cut", [12, 25, -9, -1])
def test_a_damaged_gzip_file_is_refused(cut: int) -> None:
    packed = gzip.compress(TEXT * 5, mtime=0)
    error = refusal(packed[:cut], ending=".csv.gz")
    assert (error.code, error.place) == ("unreadable-file", "table")
    assert "get it again" in error.message


def test_a_gzip_file_with_a_changed_byte_is_refused() -> None:
    packed = bytearray(gzip.compress(TEXT * 50, mtime=0))
    packed[-5] ^= 1
    assert refusal(bytes(packed), ending=".csv.gz").code == "unreadable-file"


@pytest.mark.parametrize("filler", [b"0", b"0,0\n", b"\n"])
def test_a_gzip_bomb_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch, filler: bytes) -> None:
    monkeypatch.setattr("lemtrada_schedule.sources.lines.LARGEST_FILE", 1 << 18)
    packed = gzip.compress(b"a,b\n" + filler * (1_250_000 // len(filler)))
    assert len(packed) < 20_000
    assert refusal(packed, ending=".csv.gz").code == "too-large"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the first line is empty"),
        (b"  \npatient,date\n", "the first line is empty"),
        (b"sep=;\npatient;date\n", "remove the line"),
        (b'patient,"date\n', "a quoted cell does not end on its line"),
        (b"patient,date\rp1,2025-03-03\r", "lone carriage returns"),
        (b",".join(b"c%d" % n for n in range(4_097)) + b"\n", "more than 4,096 columns"),
    ],
)
def test_a_header_that_names_no_columns_is_refused(content: bytes, words: str) -> None:
    error = refusal(content)
    assert isinstance(error, InvalidInput)
    assert (error.place, words in error.message) == ("line 1", True)


def test_a_cell_too_long_refuses_its_row() -> None:
    (_, problem), (_, cells) = open_table(b"a,b\n" + b"x" * 131_073 + b",1\n2,3\n", name="t", ending=".csv").rows
    assert isinstance(problem, Problem)
    assert problem.code == "too-large"
    assert cells == ["2", "3"]


@pytest.mark.parametrize(
    "how", [{"delimiter": ":"}, {"delimiter": ""}, {"encoding": "latin"}, {"encoding": "rot13"}, {"ending": ".xls"}]
)
def test_an_argument_that_is_none_of_the_known(how: dict[str, str]) -> None:
    error = refusal(TEXT, **how)
    assert isinstance(error, InvalidInput)
    assert (error.code, error.argument) == ("unknown-name", *how)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path, ending: str) -> None:
    content = b"a,b\n" + b"1,2\n" * 70_000
    path = tmp_path / f"a{ending}"
    path.write_bytes(gzip.compress(content, mtime=0) if ending.endswith(".gz") else content)
    told: list[tuple[int, int]] = []
    table = open_table(path, name="a", on_progress=lambda done, total: told.append((done, total)))
    assert sum(1 for _ in table.rows) == 70_000
    size = path.stat().st_size
    assert told[-1] == (size, size)
    assert len(told) == 2
    assert told[0][0] <= size


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("none.csv", "none.csv.gz", "none.xlsx", "none", "folder.csv"):
        with pytest.raises(UnreadableFile) as caught:
            list(open_table(tmp_path / name, name=name).rows)
        assert (caught.value.code, caught.value.place) == ("unreadable-file", name)


class Failing(io.FileIO):
    """A file on a disk that fails."""

    def readinto(self, _: object) -> int:
        """Fail."""
        raise OSError(5, "Input/output error")


@pytest.mark.parametrize("name", ["a.csv.gz", "a.xlsx", "a.dat"])
def test_a_disk_that_fails_is_named_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / name).write_bytes(TEXT)
    monkeypatch.setattr(tables, "opened", lambda path, _: io.BufferedReader(Failing(path)))
    with pytest.raises(UnreadableFile) as caught:
        list(open_table(tmp_path / name, name=name).rows)
    assert str(caught.value) == f"{name}: cannot be read: Input/output error; check the path [unreadable-file]"


def test_a_damaged_gzip_file_of_utf_16_is_damaged_and_not_another_encoding() -> None:
    packed = gzip.compress(TEXT.decode().encode("utf-16"), mtime=0)
    error = refusal(packed[:25], ending=".csv.gz", encoding="utf-16")
    assert (error.code, error.place) == ("unreadable-file", "table")
    assert "get it again" in error.message


def test_nothing_of_a_table_is_shown() -> None:
    assert "007" not in repr(open_table(TEXT, name="table", ending=".csv"))
    assert set(ENDINGS) == {".csv", ".csv.gz", ".tsv", ".tsv.gz", ".xlsx"}
