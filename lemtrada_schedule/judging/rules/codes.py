"""The rule on codes: the codes of observations, recorded tests and overrides must be known (S31)."""

from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.findings.catalogue import CODE_NOT_KNOWN
from lemtrada_schedule.judging.rules.case import Answer, Case, Rule, rule

__all__ = ["RULES"]


@rule(needs=("observations", "overrides", "tests_recorded"), yields=(CODE_NOT_KNOWN,))
def codes_are_known(case: Case) -> Iterator[Answer]:
    """Report each unknown code of an observation, of `tests_recorded` or of an override."""
    yield from case.tests.unknown
    yield from case.tests.doubts


RULES: Final[tuple[Rule, ...]] = (codes_are_known,)
