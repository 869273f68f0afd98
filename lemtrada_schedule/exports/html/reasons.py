"""Reasons in the language of a page: from which day a date was counted, and by how much.

Both are made from the facts of a derivation. Neutral reasons hold no words of medicine, test or record (S46): where the
plan does not state its facts, or they name an observation, the anchor is called by its day alone.
"""

from functools import lru_cache
from typing import Final, assert_never

from lemtrada_schedule.dates.steps import Step
from lemtrada_schedule.exports.html.language import Language
from lemtrada_schedule.findings.derivation import Derivation

__all__ = ["clinical_reason", "neutral_reason"]

_APPOINTMENTS: Final = {
    "first-infusion": "first-appointment",
    "last-infusion": "last-appointment",
    "each-infusion": "each-appointment",
    "infusion-days": "appointment-days",
}
"""Anchors at infusions, and how neutral reasons call them."""


@lru_cache(maxsize=1_024)
def _step(offset: str) -> Step | None:
    return Step.parse(offset)


def clinical_reason(because: Derivation, language: Language) -> str:
    """Return why a date is what it is, in the words of the clinic."""
    return _counted(because, _clinical_anchor(because, language), language)


def neutral_reason(because: Derivation, language: Language) -> str:
    """Return why a date is what it is, without words that only the clinic should read."""
    if _step(because.offset) is None:
        return language.text("why.other")
    return _counted(because, _neutral_anchor(because, language), language)


def _counted(because: Derivation, anchor: str, language: Language) -> str:
    day = language.text("why.anchor", anchor=anchor, day=language.dates.medium(because.anchor_day))
    why = " ".join(filter(None, (day, _offset(because.offset, language))))
    # Months only round where the day does not exist in the month reached.
    if because.rounding != "exact" and because.result.day != because.anchor_day.day:
        return language.text(f"why.{because.rounding}", why=why)
    return why


def _offset(offset: str, language: Language) -> str:
    """Return how far a date lies from its anchor; as it is written where it has no known form."""
    step = _step(offset)
    if step is None:
        return offset
    if step.hours:
        return f"+ {language.text('why.hours', count=step.hours)}"
    if step.span is None:
        return ""
    span = language.text(f"why.{step.span.unit}", count=step.span.count)
    several = f"{abs(step.times)} × " if abs(step.times) > 1 else ""
    minus = "-" if language.is_original else "\N{MINUS SIGN}"  # the English reasons are those of all exports
    return f"{'+' if step.times > 0 else minus} {several}{span}"


def _clinical_anchor(because: Derivation, language: Language) -> str:
    match because.anchor_kind:
        case "requested-start" | "kept" | "test-on-record":
            return language.text(f"why.{because.anchor_kind}")
        case "first-infusion" | "last-infusion" | "each-infusion" | "on-record" | "infusion-days":
            name = f"why.{because.anchor_kind}"
            return _of_course(name, because, language) if because.anchor_course else because.anchor
        case "observation" | None:
            return because.anchor
        case _ as never:
            assert_never(never)


def _neutral_anchor(because: Derivation, language: Language) -> str:
    match because.anchor_kind:
        case "requested-start" | "kept":
            return language.text(f"why.{because.anchor_kind}")
        case "first-infusion" | "last-infusion" | "each-infusion" | "infusion-days":
            name = f"why.{_APPOINTMENTS[because.anchor_kind]}"
            return _of_course(name, because, language) if because.anchor_course else language.text("why.clinic")
        case "test-on-record":
            return language.text("why.done")
        case "on-record" | "observation" | None:
            return language.text("why.clinic")
        case _ as never:
            assert_never(never)


def _of_course(name: str, because: Derivation, language: Language) -> str:
    days = ", ".join(map(str, because.anchor_ordinals))
    return language.text(name, course=because.anchor_course or 0, days=days)
