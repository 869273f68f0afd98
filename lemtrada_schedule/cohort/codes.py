"""The kinds of finding that the screen sees, and their bits in a patient's codes; the catalogue says which they are."""

from typing import Final

from lemtrada_schedule.findings import CATALOGUE, FindingKind

__all__ = ["BIT", "SCREENED"]

SCREENED: Final[tuple[FindingKind, ...]] = tuple(kind for kind in CATALOGUE if kind.seen_by == "audit")
"""What the screen sees in the columns of a cohort, in the order of the alphabet."""

BIT: Final[dict[FindingKind, int]] = {kind: position for position, kind in enumerate(SCREENED)}
"""The bit of a kind in a patient's codes."""
