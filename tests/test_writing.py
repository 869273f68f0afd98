"""Files are written whole or not at all, and never over one that is there unless told to."""

import os
from pathlib import Path

import pytest

from lemtrada_schedule import InvalidInput
from lemtrada_schedule.commands.writing import write_files


def refusal_of(files: dict[str, bytes], *, force: bool = False) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        write_files(files, force=force)
    return caught.value


def test_files_are_written(tmp_path: Path) -> None:
    write_files({str(tmp_path / "a.ics"): b"one\r\n", str(tmp_path / "b.json"): b"two\n"}, force=False)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.ics": b"one\r\n", "b.json": b"two\n"}


def test_no_file_is_written_over_and_then_none_is_written(tmp_path: Path) -> None:
    old, new = tmp_path / "old.ics", tmp_path / "new.ics"
    old.write_bytes(b"old")
    refusal = refusal_of({str(new): b"1", str(old): b"2"})
    assert (refusal.code, refusal.place) == ("file-exists", str(old))
    assert "--force" in str(refusal)
    assert [path.name for path in tmp_path.iterdir()] == ["old.ics"]
    assert old.read_bytes() == b"old"


def test_a_link_to_nowhere_is_there_too(tmp_path: Path) -> None:
    link = tmp_path / "plan.ics"
    link.symlink_to(tmp_path / "nowhere")
    assert refusal_of({str(link): b"1"}).code == "file-exists"


def test_told_to_a_file_is_replaced(tmp_path: Path) -> None:
    old = tmp_path / "old.ics"
    old.write_bytes(b"old, and longer")
    write_files({str(old): b"new"}, force=True)
    assert old.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["old.ics"]


def test_if_one_cannot_be_written_none_is(tmp_path: Path) -> None:
    refusal = refusal_of({str(tmp_path / "a.ics"): b"1", str(tmp_path / "no folder" / "b.ics"): b"2"})
    assert refusal.code == "not-written"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "plan.ics").mkdir()
    assert refusal_of({str(tmp_path / "plan.ics"): b"1"}, force=True).code == "not-written"
    assert [path.name for path in tmp_path.iterdir()] == ["plan.ics"]


def test_two_files_are_not_one(tmp_path: Path) -> None:
    twice = {str(tmp_path / "a.ics"): b"1", os.path.join(tmp_path, ".", "a.ics"): b"2"}  # noqa: PTH118  # as typed
    assert refusal_of(twice).code == "file-exists"


def test_a_file_that_comes_in_between_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ics"
    right = Path.write_bytes

    def write_bytes(part: Path, content: bytes) -> int:
        path.touch()
        return right(part, content)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    assert refusal_of({str(path): b"1"}).code == "file-exists"
    assert path.read_bytes() == b""
