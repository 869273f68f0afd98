"""From which day a date was counted, in words that name no medicine, no test and nothing of a record (S46).

Only anchors and offsets of known forms are written, made anew from what they consist of. Anything else, such as the
observation that ends a period, is named by its day alone.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Final

from lemtrada_schedule.exports.explaining import counted
from lemtrada_schedule.findings.derivation import Derivation
from lemtrada_schedule.plan.items import KEPT

__all__ = ["neutral_reason"]

_KNOWN: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"(first|last) infusion of course ([0-9]+)"), r"\1 appointment of course \2"),
    (re.compile(r"infusion days ([0-9]+(?:, [0-9]+)*) of course ([0-9]+)"), r"appointment days \1 of course \2"),
    (re.compile(r"end of each infusion of course ([0-9]+)"), r"end of each appointment of course \1"),
    (re.compile("requested start"), "requested start"),
    (re.compile(KEPT), KEPT),
    (re.compile("test on record"), "done on record"),
)

_OFFSET: Final = re.compile(r"(?:[+-] (?:[0-9]+ × )?[0-9]+ (?:hour|day|week|month|year)s?)?")

ON_RECORD: Final = "a day on record at the clinic"

OTHER: Final = "counted by rules that the clinic has"


def neutral_reason(because: Derivation, written: Callable[[date], str]) -> str:
    """Return why a date is what it is, without words that only the clinic should read."""
    if not _OFFSET.fullmatch(because.offset):
        return OTHER
    anchor = next((found.expand(words) for form, words in _KNOWN if (found := form.fullmatch(because.anchor))), None)
    return counted(because, written, anchor=anchor or ON_RECORD)
