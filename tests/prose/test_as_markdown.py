"""The prose linter sees each docstring and comment on its own line, and no code."""

from tests.prose.as_markdown import lines_as_markdown, module_as_markdown

MODULE = '''"""Plan courses.

Nobody reads `code`.
"""

WORDS = "a text # that is not documentation"


def plan(first: str) -> str:
    """Return the plan.

    >>> plan("2027")
    'told'

    Args:
        first: the first day
    """
    # Two lines
    # of one thought.
    return """no docstring"""  # noqa: D300  # as it is shown


class Day:
    """A day."""

    date: str
    r"""The date."""
'''


def test_each_docstring_and_comment_is_on_the_line_that_it_has_in_the_module() -> None:
    shown = module_as_markdown(MODULE).splitlines()
    assert {number: line for number, line in enumerate(shown, start=1) if line} == {
        1: "Plan courses.",
        3: "Nobody reads `code`.",
        10: "Return the plan.",
        15: "Args:",
        16: "first: the first day",
        18: "Two lines",
        19: "of one thought.",
        20: "- as it is shown",
        24: "A day.",
        27: "The date.",
    }
    assert len(shown) == len(MODULE.splitlines())


def test_each_line_of_a_text_is_an_item_of_its_own() -> None:
    assert lines_as_markdown("FINDINGS\n\n  one: a sentence\n") == "- FINDINGS\n\n- one: a sentence\n"
