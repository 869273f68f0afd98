"""Show the prose of modules and plain texts as Markdown, each line where it is in the file."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from textwrap import dedent
from typing import Final

__all__ = ["lines_as_markdown", "module_as_markdown"]

FOR_TOOLS: Final = re.compile(r"# *(noqa|type:|fmt:|pragma:|!)[^#]*")


def lines_as_markdown(text: str) -> str:
    """Return a text whose every line is an item of a list, so that no sentence runs on to the next line."""
    return "".join(f"- {line.strip()}\n" if line.strip() else "\n" for line in text.splitlines())


def module_as_markdown(source: str) -> str:
    """Return a module's docstrings, those below fields too, and its comments, on their lines; no doctests."""
    lines = [""] * len(source.splitlines())
    for node in documented(ast.parse(source)):
        first, rest = source.splitlines()[node.lineno - 1].strip(), source.splitlines()[node.lineno : node.end_lineno]
        text = [first, *dedent("\n".join(rest)).splitlines()] if rest else [first]
        lines[node.lineno - 1 : node.end_lineno] = prose([line.strip().removesuffix('"""') for line in text])
    for number, comment in comments(source):
        lines[number - 1] = comment
    return "\n".join(lines) + "\n"


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the words of each comment; one beside code is an item of a list, alone with its thought."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            words = FOR_TOOLS.sub("", token.string, count=1).strip("#- ")
            yield token.start[0], words if token.line.lstrip().startswith("#") else f"- {words}"


def documented(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield each text that is a statement: a docstring, or the description of the field above it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


def prose(text: list[str]) -> Iterator[str]:
    """Yield the lines of a docstring without its quotation marks; an example is an empty line."""
    in_example = False
    for line in text:
        in_example = line.startswith(">>>") or (in_example and bool(line))
        yield "" if in_example else line.removeprefix('r"""').removeprefix('"""')
