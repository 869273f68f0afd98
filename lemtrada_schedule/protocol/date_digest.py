"""What decides dates in a protocol, and its digest: two protocols with one digest give the same dates (S45)."""

import hashlib
import json
from typing import Any, assert_never

from lemtrada_schedule.dates.spans import Offset, Span
from lemtrada_schedule.protocol.actions import (
    Action,
    AfterInfusionAction,
    BaselineRule,
    InfusionDaysAction,
    NoteAction,
    OpenUntil,
    PeriodAction,
    SeriesAction,
    WindowAction,
)

__all__ = ["deciding_fields", "digest_of", "facts_of"]


def deciding_fields(action: Action) -> tuple[str, ...]:
    """Return the fields of an action that decide dates: titles, codes, cites and visit groups do not (S45)."""
    always = ("id", "kind", "per")
    match action:
        case PeriodAction():
            return (*always, "starts", "ends", "open_until")
        case SeriesAction():
            return (*always, "every", "until", "baseline")
        case WindowAction():
            return (*always, "opens", "closes")
        case InfusionDaysAction():
            return (*always, "days")
        case AfterInfusionAction():
            return (*always, "hours")
        case NoteAction():
            return always
        case _ as never:
            assert_never(never)


def facts_of(part: object, names: tuple[str, ...]) -> dict[str, Any]:
    """Return those fields of a part that are given, as JSON. A field that is absent changes no digest."""
    return {name: fact_of(value) for name in names if (value := getattr(part, name)) is not None}


def fact_of(value: Any) -> Any:
    """Return one value as JSON."""
    match value:
        case Span() | Offset():
            return str(value)
        case OpenUntil():
            return facts_of(value, ("observation", "at_least", "unit"))
        case BaselineRule():
            return facts_of(value, ("within", "reuse"))
        case _:
            return value


def digest_of(facts: dict[str, Any]) -> str:
    """Return the SHA-256 of facts, whatever their order."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
