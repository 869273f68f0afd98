"""A folder and a pattern stand for their files by name; nothing in them is passed over without being counted."""

from pathlib import Path

import pytest

from lemtrada_schedule import UnreadableFile
from lemtrada_schedule.sources.paths import files_of


@pytest.fixture(name="tree")
def fixture_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, which is the working folder too."""
    for name in (
        "year/b.parquet",
        "year/a.parquet",
        "year/C.PARQUET",
        "year/_SUCCESS",
        "year/_part.parquet",
        "year/.a.parquet.crc",
        "year/notes.csv",
        "nested/2025/a.parquet",
        "nested/2026/a.parquet",
        "nested/2026/_SUCCESS",
        "empty/notes.csv",
        "spark/x.parquet/part-1.parquet",
        "spark/x.parquet/part-0.parquet",
        "spark/x.parquet/_SUCCESS",
        "spark/y.parquet",
        "odd[1]*.parquet",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*given: str) -> tuple[list[str], int]:
    files = files_of(given, ".parquet")
    return [Path(path).as_posix() for path in files.paths], files.others


@pytest.mark.parametrize("given", ["year", "year/", "./year"])
def test_a_folder_is_its_files_by_name_and_the_others_are_counted(tree: Path, given: str) -> None:
    assert tree.is_dir()
    assert found(given) == (["year/C.PARQUET", "year/a.parquet", "year/b.parquet"], 4)


@pytest.mark.parametrize(
    ("pattern", "paths", "others"),
    [
        ("year/?.parquet", ["year/a.parquet", "year/b.parquet"], 0),
        ("year/[ab].parquet", ["year/a.parquet", "year/b.parquet"], 0),
        ("year/*", ["year/C.PARQUET", "year/a.parquet", "year/b.parquet"], 3),
        ("nested/*/*.parquet", ["nested/2025/a.parquet", "nested/2026/a.parquet"], 0),
        ("nested/**/*.parquet", ["nested/2025/a.parquet", "nested/2026/a.parquet"], 0),
        ("nested/**", ["nested/2025/a.parquet", "nested/2026/a.parquet"], 1),
        (
            "spark/*.parquet",
            ["spark/x.parquet/part-0.parquet", "spark/x.parquet/part-1.parquet", "spark/y.parquet"],
            1,
        ),
    ],
)
def test_a_pattern_is_the_files_that_match(tree: Path, pattern: str, paths: list[str], others: int) -> None:
    assert tree.is_dir()
    assert found(pattern) == (paths, others)
    absolute = files_of([tree / pattern], ".parquet")
    assert [Path(path).relative_to(tree).as_posix() for path in absolute.paths] == paths


def test_a_path_stands_for_itself_whatever_it_is_called(tree: Path) -> None:
    assert tree.is_dir()
    assert found("year/notes.csv", "none.parquet", "odd[1]*.parquet") == (
        ["year/notes.csv", "none.parquet", "odd[1]*.parquet"],
        0,
    )
    assert found() == ([], 0)


def test_of_several_the_order_is_that_in_which_they_are_given(tree: Path) -> None:
    assert tree.is_dir()
    paths, others = found("spark/y.parquet", "nested/2026", "year/b.parquet")
    assert (paths, others) == (["spark/y.parquet", "nested/2026/a.parquet", "year/b.parquet"], 1)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("empty", "holds no .parquet file"),
        ("nested", "give a pattern that names all, such as nested/**/*.parquet"),
        ("spark", "give a pattern that names all, such as spark/**/*.parquet"),
        ("nested/*", "this pattern matches folders with .parquet files; end it in /*.parquet"),
        ("none/*.parquet", "no .parquet file matches this pattern"),
        ("empty/*", "no .parquet file matches this pattern"),
    ],
)
def test_what_stands_for_no_file_or_for_some_of_them_is_refused(tree: Path, given: str, words: str) -> None:
    assert tree.is_dir()
    with pytest.raises(UnreadableFile) as caught:
        files_of([given], ".parquet")
    assert (caught.value.code, caught.value.place) == ("unreadable-file", given)
    assert words in caught.value.message


def test_a_folder_that_may_not_be_listed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    assert tree.is_dir()
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(UnreadableFile, match="cannot be read: Permission denied"):
        files_of(["year"], ".parquet")
