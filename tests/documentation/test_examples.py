"""Run every example in README.md, in the pages of docs/ and in the docstrings.

Each document is one test. Its examples run in order, share their names, and write into a temporary folder, which holds
a copy of `examples/` where the document names it. A `console` block runs each line that starts with `$
lemtrada-schedule` or `$ uv run lemtrada-schedule`, and compares what the command prints with the text below it; `...`
matches anything. `> FILE` at the end of a line writes standard output to that file. Other commands in a block are not
run. `<!-- skip: next "why" -->` skips the next example.

Commands run in this process, because starting Python takes longer than most of them. `test_commands.py` runs the
command line as a process of its own.
"""

import doctest
import importlib
import inspect
import io
import os
import pkgutil
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Final
from unittest.mock import patch

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

import lemtrada_schedule
from lemtrada_schedule.cli.main import main

ROOT: Final = Path(__file__).parents[2]
BUILT: Final = ROOT / "docs" / "_build"
"""Where Sphinx puts a copy of each page."""
DOCUMENTS: Final = [
    ROOT / "README.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if not path.is_relative_to(BUILT)),
]
FLAGS: Final = doctest.ELLIPSIS
PROGRAM: Final = "lemtrada-schedule"


def printed_by(command: str) -> str | None:
    """Return what our own command prints on a terminal, in that order; None for any other command."""
    words = shlex.split(command, comments=True)
    if PROGRAM not in words:
        return None
    arguments, given = words[words.index(PROGRAM) + 1 :], b""
    if arguments[-2:-1] == ["<"]:
        given = Path(arguments.pop()).read_bytes()
        arguments.pop()
    file = arguments.pop() if arguments[-2:-1] == [">"] else None
    if file:
        arguments.pop()
    terminal = io.BytesIO()
    out = io.BytesIO() if file else terminal
    stdin = patch.object(sys, "stdin", text_stream(io.BytesIO(given)))
    world = patch.dict(os.environ, {"COLUMNS": ""})  # lines as wide as where there is no terminal
    with world, stdin, redirect_stdout(text_stream(out)) as stdout, redirect_stderr(text_stream(terminal)) as stderr:
        with suppress(SystemExit):  # the exit status is not part of what is printed
            main(arguments)
        stdout.flush()
        stderr.flush()
    if file:
        Path(file).write_bytes(out.getvalue())
    return terminal.getvalue().decode("utf-8")


def text_stream(binary: io.BytesIO) -> io.TextIOWrapper:
    """Return a text stream that passes on each write at once, so that two of them can share a terminal."""
    return io.TextIOWrapper(binary, encoding="utf-8", write_through=True)


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


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def copy_examples(text: str, folder: Path) -> None:
    """Copy `examples/` where a text names it: most do not, and fifty files for each of them take seconds."""
    if "examples" in text:
        shutil.copytree(ROOT / "examples", folder / "examples")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_document(document: Path, own_folder: Path) -> None:
    copy_examples(document.read_text(encoding="utf-8"), own_folder)
    for example in SYBIL.parse(document).examples():
        example.evaluate()


def modules_with_examples() -> Iterator[str]:
    for module in pkgutil.walk_packages(lemtrada_schedule.__path__, "lemtrada_schedule."):
        source = inspect.getsource(importlib.import_module(module.name)) if "__main__" not in module.name else ""
        if ">>> " in source:
            yield module.name


def test_the_docstring_of_the_package_has_no_example_of_its_own() -> None:
    assert ">>> " not in (lemtrada_schedule.__doc__ or "")


@pytest.mark.parametrize("name", list(modules_with_examples()))
def test_docstrings(name: str, own_folder: Path) -> None:
    module = importlib.import_module(name)
    copy_examples(inspect.getsource(module), own_folder)
    failed, _ = doctest.testmod(module, optionflags=FLAGS)
    assert failed == 0
