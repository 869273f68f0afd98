"""The kinds of finding that the screen reports, and their bits in a patient's codes."""

from typing import Final

from lemtrada_schedule.findings.catalogue import (
    BASELINE_MISSING,
    CATALOGUE,
    COURSE_NUMBERS_CONTRADICT,
    EARLIER_COURSE_NOT_ON_RECORD,
    OBSERVATION_IN_FUTURE,
    ONLY_OTHER_MEDICINES,
    TEST_LATE,
    TEST_MISSED,
    TEST_OVERDUE,
    WINDOW_MISSED,
)
from lemtrada_schedule.findings.finding import FindingKind
from lemtrada_schedule.judging.evaluating import TAKEN_AWAY

__all__ = ["BIT", "COUNTED_FROM", "LEFT_TO_EVALUATE", "OF_SOURCES", "OF_TESTS", "SCREENED", "TAKEN_AWAY_BITS"]

OF_TESTS: Final = frozenset({
    BASELINE_MISSING, OBSERVATION_IN_FUTURE, TEST_LATE, TEST_MISSED, TEST_OVERDUE, WINDOW_MISSED,
})  # fmt: skip
"""The kinds that can be found if the cohort has a table of observations."""

OF_SOURCES: Final = frozenset({ONLY_OTHER_MEDICINES})
"""The kinds that can be found if the cohort is read by a source."""

SCREENED: Final[tuple[FindingKind, ...]] = tuple(
    kind for kind in CATALOGUE if kind.seen_by == "audit" or kind in OF_TESTS | OF_SOURCES
)
"""The kinds that can be found in the columns of a cohort and of its observations, sorted by code."""

COUNTED_FROM: Final = 1900
"""The first year that findings are counted in: a window before a first infusion may close before 2000."""

BIT: Final[dict[FindingKind, int]] = {kind: position for position, kind in enumerate(SCREENED)}
"""The bit of a kind in a patient's codes."""

LEFT_TO_EVALUATE: Final = frozenset({COURSE_NUMBERS_CONTRADICT, EARLIER_COURSE_NOT_ON_RECORD})
"""Kinds that occur only if course numbers differ from those by the gaps: `evaluate` judges such patients."""

TAKEN_AWAY_BITS: Final = sum(1 << BIT[kind] for kind in TAKEN_AWAY)
"""The bits of the kinds that one more infusion could remove (S33)."""
