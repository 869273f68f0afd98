"""Every example runs: the README's, those of the pages in docs/, and those in the docstrings.

A document is one test, its examples run in order and share their names, in a folder that holds `examples/`
and takes whatever they write. In a `console` block a line
`$ lemtrada-schedule …` (or `$ uv run lemtrada-schedule …`) is run and what follows must be what it
prints, `...` standing for anything; `> FILE` at its end writes that file; other commands of such a
block are only shown. An example that must not run is marked by `<!-- skip: next "why" -->` before it.
"""

import doctest
import importlib
import pkgutil
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

import lemtrada_schedule

ROOT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FLAGS: Final = doctest.ELLIPSIS
PROGRAM: Final = "lemtrada-schedule"


def printed_by(command: str) -> str | None:
    """Return what our own command prints on both streams, or nothing for any other command."""
    words = shlex.split(command, comments=True)
    if PROGRAM not in words:
        return None
    arguments = words[words.index(PROGRAM) + 1 :]
    file = arguments.pop() if arguments[-2:-1] == [">"] else None
    if file:
        arguments.pop()
    ran = subprocess.run(
        [sys.executable, "-u", "-m", "lemtrada_schedule", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if file else subprocess.STDOUT,
        check=False,
    )
    if file:
        Path(file).write_bytes(ran.stdout)
    return (ran.stderr if file else ran.stdout).decode("utf-8")


def differences(block: str) -> Iterator[str]:
    checker = doctest.OutputChecker()
    for part in ("\n" + block).split("\n$ ")[1:]:
        command, _, expected = part.replace("\\\n", " ").partition("\n")
        expected = expected.rstrip("\n") + "\n" if expected.strip() else ""
        got = printed_by(command)
        if got is not None and expected and not checker.check_output(expected, got, FLAGS):
            example = doctest.Example(command, expected)
            yield f"$ {command}\n{checker.output_difference(example, got, FLAGS)}"


def evaluate_console(example: Example) -> str | None:
    return "\n".join(differences(example.parsed)) or None


SYBIL: Final = Sybil(
    parsers=[
        SkipParser(),
        PythonCodeBlockParser(doctest_optionflags=FLAGS),
        CodeBlockParser(language="console", evaluator=evaluate_console),
    ],
)


@pytest.fixture(autouse=True)
def folder_with_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_document(document: Path) -> None:
    for example in SYBIL.parse(document).examples():
        example.evaluate()


def module_names() -> list[str]:
    below = pkgutil.walk_packages(lemtrada_schedule.__path__, "lemtrada_schedule.")
    return ["lemtrada_schedule", *(module.name for module in below if not module.name.endswith("__main__"))]


@pytest.mark.parametrize("name", module_names())
def test_docstrings(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert failed == 0
