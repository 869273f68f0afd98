"""Rules on codes: those of observations, recorded tests and overrides must be known, and name a test (S31, S42)."""

from collections.abc import Iterator
from typing import Final

from lemtrada_schedule.findings.catalogue import (
    CODE_NOT_KNOWN,
    OVERRIDE_WITHOUT_TEST,
    TEST_LATE,
    TEST_MISSED,
    TEST_OVERDUE,
)
from lemtrada_schedule.judging.rules.case import Answer, Case, Rule, rule

__all__ = ["RULES"]


@rule(needs=("observations", "overrides", "tests_recorded"), yields=(CODE_NOT_KNOWN,))
def codes_are_known(case: Case) -> Iterator[Answer]:
    """Report each code of an observation, of `tests_recorded` and of an override that is not known."""
    yield from case.tests.unknown
    yield from case.tests.doubts


_OF_TESTS: Final = frozenset({TEST_LATE.code, TEST_MISSED.code, TEST_OVERDUE.code})


@rule(needs=("overrides",), yields=(OVERRIDE_WITHOUT_TEST,))
def overrides_name_tests(case: Case) -> Iterator[Answer]:
    """Report each override of a finding about due dates that does not name its test: it accepts nothing (S42)."""
    for position, override in enumerate(case.history.overrides, start=1):
        if override.code in _OF_TESTS and override.test is None:
            yield OVERRIDE_WITHOUT_TEST.at(position=position, code=override.code)


RULES: Final[tuple[Rule, ...]] = (codes_are_known, overrides_name_tests)
