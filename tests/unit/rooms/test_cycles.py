"""No module and no room imports itself, however far round: imports in functions and for type checkers count."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

from tests.gates.no_wall_clock import package_folder
from tests.support.module_trees import module_tree

PACKAGE: Final = "lemtrada_schedule"
LAZY: Final = PACKAGE
"""The root module: it names every public name for type checkers, and loads none of them."""


def modules(folder: Path) -> dict[str, ast.Module]:
    """Return the tree of every module by its dotted name."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [PACKAGE, *path.relative_to(folder).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = module_tree(path)
    return found


def imports_of(tree: ast.AST, known: Mapping[str, object]) -> Iterator[str]:
    """Yield the modules of the package that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known or node.module in known:
                    yield whole if whole in known else node.module


@cache
def graph_of(folder: Path) -> dict[str, set[str]]:
    """Return what each module imports."""
    known = modules(folder)
    return {name: set(imports_of(tree, known)) - {name} for name, tree in known.items() if name != LAZY}


def room_of(module: str) -> str:
    """Return the room of a module: the first folder or file below the package."""
    return module.split(".")[1] if "." in module else module


def rooms_of(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return what each room imports of other rooms."""
    found: dict[str, set[str]] = {}
    for module, imported in graph.items():
        found.setdefault(room_of(module), set()).update(map(room_of, imported))
    return {room: others - {room} for room, others in found.items()}


def check_no_cycle(graph: Mapping[str, set[str]]) -> None:
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"these import each other: {' -> '.join(error.args[1])}; move what they share down a floor")


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = graph_of(package_folder())
    assert len(graph) > 100
    assert sum(map(len, graph.values())) > 500
    check_no_cycle(graph)


def test_no_room_imports_itself_in_a_circle() -> None:
    check_no_cycle(rooms_of(graph_of(package_folder())))


@pytest.mark.parametrize(
    "planted",
    [
        "from lemtrada_schedule.dates.months import add_months",
        "def later() -> None:\n    from lemtrada_schedule.dates.months import add_months",
        "if TYPE_CHECKING:\n    from lemtrada_schedule.dates.months import add_months",
    ],
    ids=["at the top", "in a function", "for type checkers"],
)
def test_a_planted_circle_is_found(tmp_path: Path, planted: str) -> None:
    (tmp_path / "dates").mkdir()
    (tmp_path / "errors.py").write_text(f"{planted}\n", encoding="utf-8")
    (tmp_path / "dates" / "months.py").write_text("from lemtrada_schedule.errors import x\n", encoding="utf-8")
    graph = graph_of(tmp_path)
    for whole in (graph, rooms_of(graph)):
        with pytest.raises(pytest.fail.Exception, match="import each other"):
            check_no_cycle(whole)
