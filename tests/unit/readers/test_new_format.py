"""A new file format is one new module: shown on a copy of the package, in another process."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import lemtrada_schedule
from lemtrada_schedule.readers.records import READERS, SUFFIXES

TSV: Final = '''"""The format TSV: infusion records separated by tabs."""

from lemtrada_schedule.readers.csv_records import parse_csv
from lemtrada_schedule.readers.lines import read_lines
from lemtrada_schedule.readers.reader import Reader

READER = Reader("TSV", (".tsv",), read_lines, lambda lines, _: parse_csv(line.replace("\\t", ",") for line in lines))
'''


@pytest.fixture(name="copy", scope="module")
def fixture_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of the package that has one more module."""
    folder = tmp_path_factory.mktemp("copy")
    package = Path(lemtrada_schedule.__file__).parent
    shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / package.name / "readers" / "tsv_records.py").write_text(TSV, encoding="utf-8")
    (folder / "given.tsv").write_text("patient\tdate\np1\t2025-03-03\np1\t2025-03\n", encoding="utf-8")
    (folder / "given.txt").write_text("", encoding="utf-8")
    return folder


def ran(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line of the copy in its folder."""
    command = [sys.executable, "-m", "lemtrada_schedule", "check", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)


def test_a_file_of_the_new_format_is_read(copy: Path) -> None:
    done = ran(copy, "given.tsv", "--protocol", "us-2024-05", "--as-of", "2026-06-01")
    assert done.returncode == 2
    assert done.stderr.startswith("lemtrada-schedule: given.tsv: row 3, column date: the day is missing")
    assert done.stdout.endswith("rows: 2 in = 1 accepted + 1 refused + 0 blank + 0 other + 0 superseded\n")


def test_help_and_messages_name_the_new_format(copy: Path) -> None:
    assert "recorded infusions: .csv, .json, .ndjson, .tsv" in ran(copy, "--help").stdout
    done = ran(copy, "given.txt", "--protocol", "us-2024-05", "--as-of", "2026-06-01")
    assert "ends in one of .csv, .json, .ndjson, .tsv; rename the file [file-format]" in done.stderr


def test_the_formats_stand_in_a_fixed_order() -> None:
    assert [reader.name for reader in READERS] == ["CSV", "FHIR Bundle", "FHIR NDJSON", "JSON"]
    assert SUFFIXES == (".csv", ".json", ".ndjson")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_formats_of_one_suffix_are_loaded_in_one_way(suffix: str) -> None:
    assert len({reader.load for reader in READERS if suffix in reader.suffixes}) == 1


@pytest.mark.parametrize("data", [[], {}, {"resourceType": "Bundle"}, {"resourceType": 1}, "text", None])
def test_json_is_of_exactly_one_format(data: object) -> None:
    assert [reader.looks_like(data) for reader in READERS if ".json" in reader.suffixes].count(True) == 1
