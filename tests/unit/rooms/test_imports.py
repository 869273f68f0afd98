"""What importing the package loads; which room may import which is checked by lint-imports."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import lemtrada_schedule
from tests.gates.no_wall_clock import package_folder
from tests.support.module_trees import module_nodes

LAZY: Final = frozenset(
    {
        "holidays",
        "icalendar",
        "narwhals",
        "numpy",
        "openpyxl",
        "pandas",
        "polars",
        "pyarrow",
        "pyspark",
        "rich",
        "typer",
    }
)


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(ran.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = loaded_by("import lemtrada_schedule")
    assert "lemtrada_schedule" in loaded
    assert loaded & LAZY == set()


def test_a_heavy_import_would_be_seen() -> None:
    assert "holidays" in loaded_by("import holidays")


def test_importing_the_package_alone_loads_none_of_its_rooms() -> None:
    code = "import sys, lemtrada_schedule\nprint(*(name for name in sys.modules if name.startswith('lemtrada_')))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert ran.stdout.split() == ["lemtrada_schedule"]
    assert "pydantic" not in loaded_by("import lemtrada_schedule")


def test_a_verb_loads_what_it_needs_and_no_export() -> None:
    code = "import sys\nfrom lemtrada_schedule import evaluate\nprint(*(name for name in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(ran.stdout.split())
    assert "lemtrada_schedule.judging.evaluating" in loaded
    assert not {name for name in loaded if name.startswith(("lemtrada_schedule.exports", "lemtrada_schedule.cohort"))}


def test_every_public_name_has_its_home_and_type_checkers_see_the_same() -> None:
    source = ast.parse(Path(lemtrada_schedule.__file__).read_text(encoding="utf-8"))
    for_types = [node for node in ast.walk(source) if isinstance(node, ast.ImportFrom) and node.module != "typing"]
    seen = {
        alias.name: (node.module or "").removeprefix("lemtrada_schedule.")
        for node in for_types
        if (node.module or "").startswith("lemtrada_schedule.")
        for alias in node.names
    }
    assert seen == lemtrada_schedule._HOMES
    assert sorted(seen) == lemtrada_schedule.__all__
    assert set(lemtrada_schedule.__all__) <= set(dir(lemtrada_schedule))


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'plan_treatmnt'"):
        lemtrada_schedule.plan_treatmnt  # type: ignore[attr-defined]  # noqa: B018  # asked for its error


def test_nothing_inside_the_package_imports_from_its_root() -> None:
    """Else a room would load whatever its public names need, floors or not."""
    offenders = [
        path.relative_to(package_folder()).as_posix()
        for path in sorted(package_folder().rglob("*.py"))
        for node in module_nodes(path)
        if (isinstance(node, ast.ImportFrom) and node.module == "lemtrada_schedule")
        or (isinstance(node, ast.Import) and any(alias.name == "lemtrada_schedule" for alias in node.names))
    ]
    assert offenders == []
