"""CONTRIBUTING.md: its picture is fresh, its table of floors has every room, and the files that it names exist."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from tests.support.for_each import each

ROOT: Final = Path(__file__).parents[3]
TEXT: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rooms() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rooms", ROOT / "docs" / "rooms.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_of_the_floors_is_fresh(rooms: ModuleType) -> None:
    """If it is not: `python docs/rooms.py`."""
    assert (ROOT / "docs" / "rooms.svg").read_text(encoding="utf-8") == rooms.picture()


def test_every_room_is_in_the_picture_and_in_the_table_of_floors(rooms: ModuleType) -> None:
    named = [room for floor in rooms.floors() for room in floor]
    package = ROOT / "lemtrada_schedule"
    there = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert set(named) == there - {"__init__"}
    table = TEXT[TEXT.index("| Floor | Holds |") :]
    assert [room for room in named if f"`{room}`" not in table and f"`{room}/`" not in table] == []


def test_at_most_18_rooms() -> None:
    """Two rooms were planned beyond the 18: what is due (`agenda`), and how a table is read (`sources`)."""
    package = ROOT / "lemtrada_schedule"
    no_rooms = {"__init__.py", "__pycache__", "py.typed", "agenda", "sources"}
    found = [path.name for path in package.iterdir() if path.name not in no_rooms]
    assert len(found) <= 18


@each(sorted(set(re.findall(r"`([a-z_]+/[a-z_/.]*)`", TEXT))))
def test_each_file_that_it_names_exists(name: str) -> None:
    places = (ROOT, ROOT / "lemtrada_schedule", ROOT / "lemtrada_schedule" / "exports", ROOT / "tests")
    assert any((place / name).exists() for place in places)


def test_each_module_says_in_its_first_line_what_is_in_it() -> None:
    package = ROOT / "lemtrada_schedule"
    for path in package.rglob("*.py"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert re.match(r'"""[A-Z`].+[.:"]', first), path.relative_to(ROOT).as_posix()
