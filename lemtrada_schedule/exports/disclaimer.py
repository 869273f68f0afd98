"""The sentence that says what this library is not."""

from typing import Final

__all__ = ["PLANNING_AID"]

PLANNING_AID: Final = (
    "Planning aid for a prescriber. Not a medical device, and no medical advice: check every date against the label."
)
