"""Titles of items: a clinical one, or a neutral one that reveals no treatment."""

from typing import Literal

from lemtrada_schedule.plan.items import Part
from lemtrada_schedule.plan.neutral_titles import neutral_title, spaced_day

__all__ = ["Titles", "clinical_title", "neutral_title", "spaced_day"]

Titles = Literal["neutral", "clinical"]
"""Which titles are used: `clinical` says what is done and why, `neutral` reveals nothing about a treatment."""


def clinical_title(part: Part) -> str:
    """Return the title of an activity, and whom it applies to."""
    return f"{part.title} ({part.applies_to})" if part.applies_to else part.title
