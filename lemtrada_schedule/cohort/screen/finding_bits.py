"""The kinds of finding that the screen reports, and their bits in a patient's codes."""

from typing import Final

from lemtrada_schedule.findings.catalogue import (
    CATALOGUE,
    COURSE_NUMBERS_CONTRADICT,
    EARLIER_COURSE_NOT_ON_RECORD,
    ONLY_OTHER_MEDICINES,
)
from lemtrada_schedule.findings.finding import FindingKind
from lemtrada_schedule.judging.evaluating import TAKEN_AWAY

__all__ = ["BIT", "LEFT_TO_EVALUATE", "OF_SOURCES", "SCREENED", "TAKEN_AWAY_BITS"]

OF_SOURCES: Final = frozenset({ONLY_OTHER_MEDICINES})
"""The kinds that can be found if the cohort is read by a source."""

SCREENED: Final[tuple[FindingKind, ...]] = tuple(
    kind for kind in CATALOGUE if kind.seen_by == "audit" or kind in OF_SOURCES
)
"""The kinds that can be found in the columns of a cohort, sorted by code."""

BIT: Final[dict[FindingKind, int]] = {kind: position for position, kind in enumerate(SCREENED)}
"""The bit of a kind in a patient's codes."""

LEFT_TO_EVALUATE: Final = frozenset({COURSE_NUMBERS_CONTRADICT, EARLIER_COURSE_NOT_ON_RECORD})
"""Kinds that occur only if course numbers differ from those by the gaps: `evaluate` judges such patients."""

TAKEN_AWAY_BITS: Final = sum(1 << BIT[kind] for kind in TAKEN_AWAY)
"""The bits of the kinds that one more infusion could remove (S33)."""
