"""Is each code on record one that the protocol or the catalogue of findings knows (S31)?"""

from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.judging.rules.case import Answer, Case, Rule

__all__ = ["RULES"]


def codes_are_known(case: Case) -> Iterator[Answer]:
    """Report each code of an observation, of `tests_recorded` and of an override that is not known."""
    yield from case.tests.unknown
    yield from case.tests.doubts


RULES: Final[tuple[Rule, ...]] = (codes_are_known,)
