"""The syntax tree of a module, parsed and walked once for all tests that look at code; nobody changes it."""

import ast
from functools import cache
from pathlib import Path

__all__ = ["module_nodes", "module_tree"]


@cache
def module_tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def module_nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return every node of the syntax tree of a file, in the order of `ast.walk`."""
    return tuple(ast.walk(module_tree(path)))
