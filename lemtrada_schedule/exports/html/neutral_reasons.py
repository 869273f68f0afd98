"""Neutral reasons: from which day a date was counted, without words of medicine, test or record (S46).

The words are made from the facts of a derivation. Where the plan does not state them, or they name an observation, the
anchor is called by its day alone.
"""

from collections.abc import Callable
from datetime import date
from typing import Final, assert_never

from lemtrada_schedule.dates.steps import Step
from lemtrada_schedule.exports.explaining import counted
from lemtrada_schedule.findings.derivation import Derivation

__all__ = ["neutral_reason"]

ON_RECORD: Final = "a day on record at the clinic"

OTHER: Final = "counted by rules that the clinic has"


def neutral_reason(because: Derivation, written: Callable[[date], str]) -> str:
    """Return why a date is what it is, without words that only the clinic should read."""
    if Step.parse(because.offset) is None:
        return OTHER
    return counted(because, written, anchor=_anchor(because))


def _anchor(because: Derivation) -> str:  # noqa: PLR0911  # one for each kind of anchor
    course = because.anchor_course
    match because.anchor_kind:
        case "requested-start":
            return "requested start"
        case "first-infusion":
            return f"first appointment of course {course}"
        case "last-infusion":
            return f"last appointment of course {course}"
        case "infusion-days":
            return f"appointment days {', '.join(map(str, because.anchor_ordinals))} of course {course}"
        case "each-infusion":
            return f"end of each appointment of course {course}"
        case "test-on-record":
            return "done on record"
        case "kept":
            return "kept from the plan before"
        case "on-record" | "observation" | None:
            return ON_RECORD
        case _ as never:
            assert_never(never)
