"""The disclaimer of every export: a planning aid, not a medical device."""

from typing import Final

__all__ = ["IN_SHORT", "PLANNING_AID"]

PLANNING_AID: Final = (
    "Planning aid for a prescriber. Not a medical device, and no medical advice: check every date against the label."
)

IN_SHORT: Final = "Planning aid. Not a medical device: check every date against the label."
"""The same on one line of a terminal."""
