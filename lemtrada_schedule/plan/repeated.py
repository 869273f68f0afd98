"""The reason for each date of a series, derived from the reason for the first one."""

import datetime as dt
from functools import lru_cache
from typing import Final

from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.dates.steps import Step
from lemtrada_schedule.findings.derivation import Anchor, Derivation
from lemtrada_schedule.validation.computed import Computed

__all__ = ["KEPT", "kept", "repeated"]

_KEPT: Final = Anchor("kept")
"""The anchor of a past date that was due in the previous plan (S19)."""

KEPT: Final = _KEPT.words

_DERIVATIONS: Final = Computed(Derivation)


def repeated(because: Derivation, every: Span, times: int, day: dt.date) -> Derivation:
    """Return the reason for the date `times` spans after its anchor, from the reason for the first date."""
    return _DERIVATIONS.changed(because, offset=_offset(every, times), result=day)


def kept(because: Derivation, day: dt.date) -> Derivation:
    """Return the reason for a date kept from the previous plan: it is not counted from an infusion."""
    fields = {**_KEPT.fields(), "anchor_day": day, "offset": "", "rounding": "exact", "result": day}
    return because.model_copy(update=fields)


@lru_cache(maxsize=1_024)
def _offset(every: Span, times: int) -> str:
    return str(Step(every, times))
