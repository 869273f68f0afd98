"""No code reads the library's own sentences: every decision is made from a fact (a kind, a number, a span).

A reason, a message or a title is made for people. Code that takes one apart breaks when the words are improved, and
shows to visitors what only the clinic should read. The package's syntax trees are searched for such code.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

import lemtrada_schedule
from tests.support.module_trees import module_nodes

SENTENCES: Final = frozenset({"reason", "message", "anchor", "missing", "title", "hint", "offset", "question"})
"""Fields that hold words for people, or a notation that one class alone reads."""

SINGLE_WORDS: Final = frozenset({"anchor"})
"""Of these, some are one of a few fixed words (`Offset.anchor`): they may be compared, and are not taken apart."""

VARIABLES: Final = frozenset({"reason", "message", "missing", "sentence"})
"""Names that variables with such words have."""

TAKING_APART: Final = frozenset(
    {
        "count", "endswith", "find", "index", "partition", "removeprefix", "removesuffix", "replace", "rfind",
        "rindex", "rpartition", "rsplit", "split", "splitlines", "startswith",
    }
)  # fmt: skip
"""Methods of text that look into it."""

PATTERNS: Final = frozenset({"findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"})
"""Functions of `re`, and methods of compiled patterns."""

WORDS: Final = re.compile("[a-z][a-z ]{2,}")

EXEMPT: Final = frozenset({"plan/older_files.py"})
"""It reads files that were written before the facts existed; nothing else says what their words say."""


def sentence_in(node: ast.AST | None) -> str | None:
    """Return the field of a sentence that an expression reads, such as `one.reason` or `one.reason.lower()`."""
    if isinstance(node, ast.Attribute) and node.attr in SENTENCES:
        return node.attr
    if isinstance(node, ast.Name) and node.id in VARIABLES:
        return node.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return sentence_in(node.func.value)
    if isinstance(node, ast.Subscript | ast.NamedExpr):
        return sentence_in(node.value)
    if isinstance(node, ast.BoolOp | ast.Tuple):
        parts = node.values if isinstance(node, ast.BoolOp) else node.elts
        return next((field for part in parts if (field := sentence_in(part))), None)
    return None


def read_by_call(call: ast.Call) -> str | None:
    """Return the sentence that a call takes apart: by a method of text, or by a pattern."""
    if not isinstance(call.func, ast.Attribute):
        return None
    if call.func.attr in TAKING_APART and (field := sentence_in(call.func.value)):
        return field
    given = call.args if call.func.attr in PATTERNS else []
    return next((field for one in given if (field := sentence_in(one))), None)


def replaced_words(call: ast.Call) -> str | None:
    """Return words that a call replaces in a text: `text.replace("infusion", "appointment")`."""
    first = call.args[0] if call.args else None
    is_replacing = isinstance(call.func, ast.Attribute) and call.func.attr in {"replace", "sub"}
    if is_replacing and isinstance(first, ast.Constant) and WORDS.fullmatch(str(first.value)):
        return str(first.value)
    return None


def compared(node: ast.Compare) -> str | None:
    """Return the sentence that is searched for words, or is itself looked for, or compared with fixed words."""
    sides = [node.left, *node.comparators]
    fields = [field for side in sides if (field := sentence_in(side))]
    if any(isinstance(operator, ast.In | ast.NotIn) for operator in node.ops):
        return next(iter(fields), None)
    has_words = any(isinstance(side, ast.Constant) and isinstance(side.value, str) and side.value for side in sides)
    return next((field for field in fields if has_words and field not in SINGLE_WORDS), None)


def offences(nodes: Iterable[ast.AST]) -> list[tuple[int, str]]:
    """Return where a module reads sentences, as line and field, or the words that are replaced."""
    found = []
    for node in nodes:
        if isinstance(node, ast.Compare) and (read := compared(node)):
            found.append((node.lineno, read))
        if isinstance(node, ast.Call) and (read := read_by_call(node) or replaced_words(node)):
            found.append((node.lineno, read))
        if isinstance(node, ast.Match) and (read := sentence_in(node.subject)):
            found.append((node.subject.lineno, read))
    return found


def modules() -> Iterator[tuple[str, tuple[ast.AST, ...]]]:
    folder = Path(lemtrada_schedule.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(folder).as_posix(), module_nodes(path)


def test_no_module_reads_its_own_sentences() -> None:
    """A fact is missing where this fails: add it beside the words, and let the code ask for it."""
    found = [
        f"{name}:{line}: {read}" for name, nodes in modules() if name not in EXEMPT for line, read in offences(nodes)
    ]
    assert found == []


@pytest.mark.parametrize(
    "offence",
    [
        # The four places where the package once did so, and their like.
        'is_public = closed.reason.startswith("public holiday")',
        'words = text.replace("infusion", "appointment")',
        "year = _YEAR.fullmatch(entry.missing)",
        'is_given = message.startswith("expected")',
        'flagged = re.sub("as_of", "--as-of", problem.message)',
        "own = (one.date, one.reason) in listed",
        'is_first = because.anchor.startswith("first infusion")',
        'is_after = not (because.offset or "").startswith("-")',
        'is_public = "holiday" in closed.reason.lower()',
        'is_plain = finding.title == "Dose differs"',
        'is_course = "course" not in question.missing',
        'head = problem.message.split(";")[0]',
        'found = re.search("[0-9]{4}", entry.missing)',
        'match one.reason:\n    case "closed": pass',
    ],
)
def test_code_that_reads_a_sentence_is_found(offence: str) -> None:
    assert len(offences(ast.walk(ast.parse(f"x = 1\n{offence}")))) == 1


@pytest.mark.parametrize(
    "fine",
    [
        'is_public = closed.closure.kind == "holiday"',
        'is_first = offset.anchor == "first infusion"',
        'words = f"{one.reason}; {one.hint}"',
        "own = [other for other in questions if other.missing == missing]",
        'moved = replace(problem, message=f"line 1: {problem.message}")',
        "first = day.replace(day=1)",
        'name = key.replace("_", "-")',
        'has_reason = one.reason != ""',
    ],
)
def test_code_that_only_shows_a_sentence_is_not_found(fine: str) -> None:
    assert offences(ast.walk(ast.parse(fine))) == []
