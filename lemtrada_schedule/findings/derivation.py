"""Why a date is what it is: anchor, offset, rounding, source."""

from typing import Literal

from lemtrada_schedule.validation.model import Model
from lemtrada_schedule.validation.scalars import DerivedDate

__all__ = ["Basis", "Derivation"]

Basis = Literal["label", "convention"]
"""Whether a number stands in the label, or is a convention of this library (rules of time, S25)."""


class Derivation(Model):
    """Why a date is what it is: counted from which day, by how much, rounded which way, on whose word."""

    anchor: str
    """The name of the day it is counted from, such as `last infusion of course 1`."""
    anchor_day: DerivedDate
    offset: str
    """The signed span, such as `+ 12 months`; empty where the anchor's own day is meant."""
    rounding: Literal["later", "earlier", "exact"]
    """Which way a day that does not exist goes; `exact` where the span is a number of days."""
    result: DerivedDate
    cite: str | None
    """The key of the source in the protocol; `None` for what was asked for by the caller."""
    basis: Basis | None
