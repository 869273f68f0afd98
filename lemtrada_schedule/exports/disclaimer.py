"""The disclaimer of every export: a planning aid, not a medical device."""

from typing import Final

__all__ = ["PLANNING_AID"]

PLANNING_AID: Final = (
    "Planning aid for a prescriber. Not a medical device, and no medical advice: check every date against the label."
)
