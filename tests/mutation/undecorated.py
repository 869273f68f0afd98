"""Write decorators as calls, so that mutmut changes decorated functions too: it skips every function with a decorator.

`@lru_cache(maxsize=16)` above `def leaders(…)` becomes `leaders = lru_cache(maxsize=16)(leaders)` below it. Both mean
the same.
"""

import ast
from typing import Final

__all__ = ["undecorated"]

_LEFT_ALONE: Final = ("classmethod", "staticmethod")
"""Decorators that mutmut can handle where they stand alone."""


def undecorated(source: str) -> str:
    r"""Return a module's source with the decorators of its functions and methods written as calls.

    Example:
        >>> print(undecorated("@cache\ndef answer():\n    return 42\n"), end="")
        def answer():
            return 42
        answer = cache(answer)
    """
    lines = source.splitlines()
    for function in sorted(_decorated(ast.parse(source)), key=lambda function: function.lineno, reverse=True):
        call = function.name
        for decorator in reversed(function.decorator_list):
            call = f"{ast.get_source_segment(source, decorator)}({call})"
        assert function.end_lineno is not None
        lines.insert(function.end_lineno, f"{' ' * function.col_offset}{function.name} = {call}")
        del lines[function.decorator_list[0].lineno - 1 : function.lineno - 1]
    return "\n".join(lines) + "\n"


def _decorated(module: ast.Module) -> list[ast.FunctionDef]:
    classes = [statement for statement in module.body if isinstance(statement, ast.ClassDef)]
    bodies = [module.body, *(one.body for one in classes)]
    functions = [one for body in bodies for one in body if isinstance(one, ast.FunctionDef) and one.decorator_list]
    return [one for one in functions if not _is_left_alone(one.decorator_list)]


def _is_left_alone(decorators: list[ast.expr]) -> bool:
    return len(decorators) == 1 and isinstance(decorators[0], ast.Name) and decorators[0].id in _LEFT_ALONE
