"""Mutants of a room: how mutmut is run on it, and what each mutant changes."""

import ast
import difflib
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.mutation.undecorated import undecorated

__all__ = ["Mutant", "Room", "ToolFailed", "changed_lines", "rooms", "run_room"]

ROOT: Final = Path(__file__).parents[2]

PACKAGE: Final = "lemtrada_schedule"

TREES: Final = ROOT / "mutants"
"""Where each room is mutated, in a copy of the repository; git ignores it."""

COPIED: Final = ("README.md", "CHANGELOG.md", "docs", "examples", PACKAGE, "tests")

KILLED: Final = ("killed", "timeout", "segfault")

_MUTMUT: Final = (str(Path(sys.executable).with_name("mutmut")),)

_RESULT: Final = re.compile(r"^ +(\S+): (.+)$", re.MULTILINE)

_MANGLED: Final = re.compile(r"(?:x_|xǁ(?:\w+)ǁ)(\w+?)__mutmut_(?:orig|\d+)")


class Room(NamedTuple):
    """Modules that are mutated together, and the tests that must notice."""

    name: str
    modules: tuple[str, ...]
    """Paths below the package."""
    tests: tuple[str, ...]
    but: str = ""
    """Tests that are too slow to run for each mutant, as an expression for pytest's `-k`."""


class Mutant(NamedTuple):
    """One change to one function, and whether a test noticed it."""

    module: str
    function: str
    was: str
    becomes: str
    status: str

    @property
    def is_killed(self) -> bool:
        """Whether a test failed, hung or crashed."""
        return self.status in KILLED


class ToolFailed(Exception):  # it says what happened
    """Mutmut did not finish; the message is the end of what it printed."""


def rooms() -> tuple[Room, ...]:
    """Return the rooms of `rooms.toml`, with the paths of their modules."""
    data = tomllib.loads(Path(__file__).with_name("rooms.toml").read_text(encoding="utf-8"))
    return tuple(
        Room(one["name"], _modules(one["modules"]), tuple(one["tests"]), one.get("but", "")) for one in data["rooms"]
    )


def _modules(patterns: Sequence[str]) -> tuple[str, ...]:
    package = ROOT / PACKAGE
    found = [path for pattern in patterns for path in sorted(package.glob(pattern)) if path.name != "__init__.py"]
    return tuple(path.relative_to(package).as_posix() for path in found)


def run_room(room: Room, *, processes: int) -> Iterator[Mutant]:
    """Mutate a room in a fresh copy, and yield what became of each mutant.

    Raises:
        ToolFailed: A test fails without any mutation, or mutmut stopped.
    """
    tree = _copied(room)
    _run(tree, "first", [sys.executable, str(Path(__file__).with_name("first_pass.py")), str(processes)])
    again = [name for name, status in _results(tree) if status not in KILLED]
    if again:
        _run(tree, "again", [*_MUTMUT, "run", "--max-children", str(processes), *again])
    texts = {module: _functions(tree / "mutants" / PACKAGE / module) for module in room.modules}
    for name, status in _results(tree):
        package, _, mangled = name.rpartition(".")
        module = package.removeprefix(f"{PACKAGE}.").replace(".", "/") + ".py"
        functions = texts[module]
        was, becomes = changed_lines(functions[re.sub(r"\d+$", "orig", mangled)], functions[mangled])
        function = mangled.partition("__mutmut_")[0].removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
        yield Mutant(module, function, was, becomes, status)


def _copied(room: Room) -> Path:
    tree = TREES / room.name
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "_build"))
        else:
            shutil.copy(source, tree / name)
    for module in room.modules:
        path = tree / PACKAGE / module
        path.write_text(undecorated(path.read_text(encoding="utf-8")), encoding="utf-8")
    only = [f"{PACKAGE}/{module}" for module in room.modules]
    tests = [*room.tests, *(["-k", f"not ({room.but})"] if room.but else [])]
    added = f"[tool.mutmut]\nonly_mutate = {only}\npytest_add_cli_args_test_selection = {tests}\n"
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    before, _, after = project.partition("[tool.mutmut]")
    (tree / "pyproject.toml").write_text(f"{before}{added}{after.partition(chr(10))[2]}", encoding="utf-8")
    return tree


def _results(tree: Path) -> list[tuple[str, str]]:
    """Return the name and the status of each mutant, as mutmut writes them."""
    return _RESULT.findall(_run(tree, "results", [*_MUTMUT, "results", "--all", "true"]))


def _run(tree: Path, step: str, command: Sequence[str]) -> str:
    ran = subprocess.run(command, cwd=tree, capture_output=True, text=True, encoding="utf-8", check=False)
    said = ran.stdout + ran.stderr
    (tree / f"{step}.log").write_text(said, encoding="utf-8")
    if ran.returncode:
        raise ToolFailed(said[-4_000:])
    return ran.stdout


def _functions(path: Path) -> dict[str, list[str]]:
    """Return the lines of each function that mutmut wrote into a module, by its name."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [node for node in ast.walk(ast.parse("\n".join(lines))) if isinstance(node, ast.FunctionDef)]
    return {
        node.name: [_MANGLED.sub(r"\1", line) for line in lines[node.lineno - 1 : node.end_lineno]]
        for node in found
        if "__mutmut_" in node.name
    }


def changed_lines(original: Sequence[str], mutated: Sequence[str]) -> tuple[str, str]:
    """Return the lines that a mutation changed, and what they became.

    Example:
        >>> changed_lines(["def f():", "    return 1"], ["def f():", "    return 2"])
        ('return 1', 'return 2')
    """
    steps = list(difflib.ndiff(original, mutated))
    was, becomes = (" ".join(step[2:].strip() for step in steps if step.startswith(sign)) for sign in ("- ", "+ "))
    return was, becomes
