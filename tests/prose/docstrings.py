"""Show the docstrings of a module as Markdown, each line where it is in the module."""

import ast
from collections.abc import Iterator
from textwrap import dedent


def docstrings_as_markdown(source: str) -> str:
    """Return the docstrings of a module, those below fields too, on the lines that they have there; no doctests."""
    lines = [""] * len(source.splitlines())
    for node in documented(ast.parse(source)):
        first, rest = source.splitlines()[node.lineno - 1].strip(), source.splitlines()[node.lineno : node.end_lineno]
        text = [first, *dedent("\n".join(rest)).splitlines()] if rest else [first]
        lines[node.lineno - 1 : node.end_lineno] = prose([line.strip().removesuffix('"""') for line in text])
    return "\n".join(lines) + "\n"


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
