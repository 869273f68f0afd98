"""Why a date of a series is what it is: the reason of the first one, counted on."""

import datetime as dt
from functools import lru_cache
from typing import Final

from lemtrada_schedule.dates.spans import Span
from lemtrada_schedule.dates.steps import Step
from lemtrada_schedule.findings.derivation import Anchor, Derivation
from lemtrada_schedule.validation.computed import Computed

__all__ = ["KEPT", "kept", "repeated"]

_KEPT: Final = Anchor("kept")
"""The anchor of a date that was due by the plan before, and is past (S19)."""

KEPT: Final = _KEPT.words

_DERIVATIONS: Final = Computed(Derivation)


def repeated(because: Derivation, every: Span, times: int, day: dt.date) -> Derivation:
    """Return why a date lies `times` spans after its anchor, from the reason of the first date."""
    return _DERIVATIONS.changed(because, offset=_offset(every, times), result=day)


def kept(because: Derivation, day: dt.date) -> Derivation:
    """Return why a date that was kept from the plan before is what it is: it is counted from no infusion."""
    fields = {**_KEPT.fields(), "anchor_day": day, "offset": "", "rounding": "exact", "result": day}
    return because.model_copy(update=fields)


@lru_cache(maxsize=1_024)
def _offset(every: Span, times: int) -> str:
    return str(Step(every, times))
