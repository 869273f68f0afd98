"""The file formats of records: each is a module `readers/<format>_records.py` with a constant `READER`."""

from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from lemtrada_schedule.readers import records
from lemtrada_schedule.readers.records import FORMATS, READERS, SUFFIXES

READERS_FOLDER: Final = Path(records.__file__).parent
ROOM: Final = "lemtrada_schedule.readers"


def test_the_formats_stand_in_the_order_of_their_modules() -> None:
    """So help and messages name them in one order on every machine."""
    modules = sorted(READERS_FOLDER.glob("*_records.py"))
    assert list(READERS) == [import_module(f"{ROOM}.{path.stem}").READER for path in modules]
    assert {"CSV", "FHIR Bundle", "FHIR NDJSON", "JSON"} <= {reader.name for reader in READERS}
    assert {".csv", ".json", ".ndjson"} <= set(SUFFIXES)


def test_every_module_with_a_reader_is_found() -> None:
    for path in READERS_FOLDER.glob("*.py"):
        if hasattr(import_module(f"{ROOM}.{path.stem}"), "READER"):
            assert path.stem.endswith("_records"), f"readers/{path.name} holds a READER; name it <format>_records.py"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_formats_of_one_suffix_are_loaded_in_one_way(suffix: str) -> None:
    assert len({(reader.load, reader.content) for reader in READERS if suffix in reader.suffixes}) == 1


def test_each_format_has_a_name_of_its_own() -> None:
    assert len(set(FORMATS)) == len(READERS)
    assert {"csv", "fhir", "json", "ndjson"} <= set(FORMATS)


@pytest.mark.parametrize("data", [[], {}, {"resourceType": "Bundle"}, {"resourceType": 1}, "text", None])
def test_json_is_of_exactly_one_format(data: object) -> None:
    assert [reader.looks_like(data) for reader in READERS if ".json" in reader.suffixes].count(True) == 1
