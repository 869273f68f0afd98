"""Files are written whole or not at all, and never over one that is there unless told to."""

import errno
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pytest

from lemtrada_schedule import InvalidInput, ScheduleError, UnreadableFile, load_protocol, plan_treatment
from lemtrada_schedule.cli.writing import Content, write_files
from tests.support.histories import EVERY_DAY


def refusal_of(files: Mapping[str, Content], *, force: bool = False) -> InvalidInput:
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


def test_H18_if_one_cannot_be_written_none_is(tmp_path: Path) -> None:
    refusal = refusal_of({str(tmp_path / "a.ics"): b"1", str(tmp_path / "no folder" / "b.ics"): b"2"})
    assert refusal.code == "not-written"
    assert refusal.message == "it cannot be written: No such file or directory; check the folder"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_is_no_file(tmp_path: Path, force: bool) -> None:  # noqa: FBT001  # as it is parametrized
    (tmp_path / "plan.ics").mkdir()
    refusal = refusal_of({str(tmp_path / "plan.ics"): b"1"}, force=force)
    assert (refusal.code, refusal.message) == ("not-written", "it is a folder; give a file name")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.ics"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("end", ["/", "/.", "/.."])
def test_the_name_of_a_folder_that_does_not_exist_is_no_file(tmp_path: Path, end: str, force: bool) -> None:  # noqa: FBT001  # as it is parametrized
    refusal = refusal_of({f"{tmp_path}/new{end}": b"1"}, force=force)
    assert refusal.code == "not-written"
    assert refusal.message == "this is a folder name; add a file name"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such pipes")
@pytest.mark.parametrize("force", [False, True])
def test_a_pipe_is_no_file(tmp_path: Path, force: bool) -> None:  # noqa: FBT001  # as it is parametrized
    pipe = tmp_path / "plan.ics"
    os.mkfifo(pipe)
    refusal = refusal_of({str(pipe): b"1"}, force=force)
    assert (refusal.code, refusal.message) == ("not-written", "it is a pipe; give a file name")
    assert pipe.is_fifo()


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no such device here")
@pytest.mark.parametrize("force", [False, True])
def test_a_device_stays_a_device(tmp_path: Path, force: bool) -> None:  # noqa: FBT001  # as it is parametrized
    """By a link to it, so that a mistake here takes no device away."""
    link = tmp_path / "plan.ics"
    link.symlink_to("/dev/null")
    refusal = refusal_of({str(link): b"1"}, force=force)
    assert (refusal.code, refusal.message) == ("not-written", "it is a device; give a file name")
    assert link.is_symlink()
    assert Path("/dev/null").is_char_device()


def test_told_to_the_file_that_a_link_names_is_written(tmp_path: Path) -> None:
    link, old = tmp_path / "plan.ics", tmp_path / "elsewhere" / "old.ics"
    old.parent.mkdir()
    old.write_bytes(b"old")
    link.symlink_to(old)
    assert refusal_of({str(link): b"new"}).code == "file-exists"
    write_files({str(link): b"new"}, force=True)
    assert link.is_symlink()
    assert old.read_bytes() == b"new"
    assert [path.name for path in old.parent.iterdir()] == ["old.ics"]


def test_told_to_the_file_that_a_link_to_nowhere_names_is_made(tmp_path: Path) -> None:
    link = tmp_path / "plan.ics"
    link.symlink_to(tmp_path / "new.ics")
    write_files({str(link): b"new"}, force=True)
    assert link.is_symlink()
    assert (tmp_path / "new.ics").read_bytes() == b"new"


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "plan.ics"
    link.symlink_to(link)
    assert refusal_of({str(link): b"new"}, force=True).code == "not-written"
    assert link.is_symlink()


def test_a_file_and_a_link_to_it_are_one(tmp_path: Path) -> None:
    (tmp_path / "a.ics").write_bytes(b"old")
    (tmp_path / "b.ics").symlink_to(tmp_path / "a.ics")
    refusal = refusal_of({str(tmp_path / "a.ics"): b"1", str(tmp_path / "b.ics"): b"2"}, force=True)
    assert "two outputs have the same file name" in refusal.message
    assert (tmp_path / "a.ics").read_bytes() == b"old"


@pytest.mark.skipif(os.name == "nt", reason="no such modes")
@pytest.mark.parametrize("mode", [0o640, 0o600, 0o444])
def test_a_file_written_over_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    old = tmp_path / "old.ics"
    old.write_bytes(b"old")
    old.chmod(mode)
    write_files({str(old): b"new"}, force=True)
    assert old.read_bytes() == b"new"
    assert old.stat().st_mode & 0o7777 == mode


def test_what_a_killed_process_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / f".a.ics.{os.getpid()}.part").write_bytes(b"half")
    write_files({str(tmp_path / "a.ics"): b"new"}, force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["a.ics"]
    assert (tmp_path / "a.ics").read_bytes() == b"new"


def test_two_files_are_not_one(tmp_path: Path) -> None:
    twice = {str(tmp_path / "a.ics"): b"1", os.path.join(tmp_path, ".", "a.ics"): b"2"}  # noqa: PTH118  # as typed
    assert refusal_of(twice).code == "file-exists"


def test_a_file_that_comes_in_between_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.ics"
    assert refusal_of({str(path): lambda _: path.touch()}).code == "file-exists"
    assert path.read_bytes() == b""


@pytest.mark.parametrize("odd", ["../../etc/cron.d/x", "/etc/passwd", "a\0b", "..\\name", "CON:", "x" * 300, "a b", ""])
def test_H17_no_id_can_become_the_name_of_another_file(odd: str) -> None:
    """Files are named by the path that was typed, and by nothing else; ids hold no separator, blank or control."""
    with pytest.raises(InvalidInput) as caught:
        plan_treatment(load_protocol("us-2024-05"), EVERY_DAY, not_before=date(2027, 1, 11), plan_id=odd)
    assert caught.value.place == "plan_id"
    assert odd == "" or odd not in str(caught.value)


def test_H17_a_path_that_is_none_is_refused(tmp_path: Path) -> None:
    refusal = refusal_of({str(tmp_path / ("x" * 300)): b"1"})
    assert (refusal.code, refusal.place) == ("not-written", "path")  # what may be content is not repeated
    refusal = refusal_of({str(tmp_path / "a\0b"): b"1"}, force=True)
    assert refusal.message == "it cannot be written: this is not a filename; choose another path"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_comes_in_between_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.ics"
    assert refusal_of({str(path): lambda _: path.mkdir()}, force=True).code == "not-written"
    assert [path.name for path in tmp_path.iterdir()] == ["a.ics"]


def test_content_is_written_while_it_is_made(tmp_path: Path) -> None:
    def parts(file: BinaryIO) -> None:
        for part in (b"one\n", b"two\n"):
            file.write(part)
            assert not (tmp_path / "a.csv").exists()

    write_files({str(tmp_path / "a.csv"): parts, str(tmp_path / "b.csv"): b"b"}, force=False)
    assert (tmp_path / "a.csv").read_bytes() == b"one\ntwo\n"
    assert (tmp_path / "b.csv").read_bytes() == b"b"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "not-written"),
        (UnreadableFile("unreadable-file", "it is gone", place="cohort"), "unreadable-file"),
    ],
)
def test_content_that_fails_leaves_no_file(tmp_path: Path, error: OSError, expected: str) -> None:
    """What is wrong with the content is not said of the file, although both are errors of the system."""

    def fail(file: BinaryIO) -> None:
        file.write(b"one\n")
        raise error

    with pytest.raises(ScheduleError) as caught:
        write_files({str(tmp_path / "b.csv"): b"b", str(tmp_path / "a.csv"): fail}, force=False)
    assert caught.value.code == expected
    assert list(tmp_path.iterdir()) == []
