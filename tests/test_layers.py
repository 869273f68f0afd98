"""What lint-imports cannot see: what an import loads, and which modules touch pydantic."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.gates.no_wall_clock import package_folder

LAZY: Final = frozenset(
    {"holidays", "icalendar", "narwhals", "numpy", "pandas", "polars", "pyarrow", "pyspark", "rich", "typer"}
)
VERBS: Final = frozenset({"activities", "evaluating", "explaining", "forecasting", "planning", "replanning"})


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


def imported_by(module: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_verbs_import_no_pydantic(verb: str) -> None:
    module = package_folder() / f"{verb}.py"
    names = imported_by(module) if module.is_file() else set()
    assert [name for name in names if name.partition(".")[0] in {"pydantic", "pydantic_core"}] == []
