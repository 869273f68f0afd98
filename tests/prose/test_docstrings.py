"""The prose linter sees each docstring on its own line, and no code."""

from tests.prose.docstrings import docstrings_as_markdown

MODULE = '''"""Plan courses.

Nobody reads `code`.
"""

WORDS = "a text that is not documentation"


def plan(first: str) -> str:
    """Return the plan.

    >>> plan("2027")
    'told'

    Args:
        first: the first day
    """
    return """no docstring"""


class Day:
    """A day."""

    date: str
    r"""The date."""
'''


def test_each_docstring_is_on_the_line_that_it_has_in_the_module() -> None:
    shown = docstrings_as_markdown(MODULE).splitlines()
    assert {number: line for number, line in enumerate(shown, start=1) if line} == {
        1: "Plan courses.",
        3: "Nobody reads `code`.",
        10: "Return the plan.",
        15: "Args:",
        16: "first: the first day",
        22: "A day.",
        25: "The date.",
    }
    assert len(shown) == len(MODULE.splitlines())
