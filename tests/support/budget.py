"""How many examples hypothesis draws for a test that needs more or fewer than the profile in use gives it."""

from typing import Final

from hypothesis import settings

__all__ = ["PROFILE_EXAMPLES", "examples"]

PROFILE_EXAMPLES: Final = {"same": 4, "ci": 40, "explore": 250, "mutation": 20}
"""`max_examples` of each hypothesis profile."""

_USUAL: Final = 75


def examples(count: int) -> int:
    """Return how many examples to draw for a test that draws `count` of them where others draw 75.

    The result grows and shrinks with the `max_examples` of the profile in use. Call it in a decorator: hypothesis
    loads the profile before pytest imports the test modules.
    """
    return max(1, count * settings().max_examples // _USUAL)
