"""The syntax tree of a module, parsed once for all tests that look at code; nobody changes it."""

import ast
from functools import cache
from pathlib import Path

__all__ = ["module_tree"]


@cache
def module_tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))
