"""What decides dates in a protocol, and its digest: two protocols with one digest give the same dates (S45)."""

import hashlib
import json
from typing import Any, Final

from lemtrada_schedule.dates.spans import Offset, Span
from lemtrada_schedule.protocol.actions import Action, BaselineRule, OpenUntil

__all__ = ["deciding_fields", "digest_of", "facts_of"]


NOT_DECIDING: Final = frozenset(
    {"applies_to", "basis", "cite", "codes", "grade", "neutral_title", "text", "title", "visit"}
)
"""Fields of actions that decide no date. All others do, also those of a kind of action that is new."""


def deciding_fields(action: Action) -> tuple[str, ...]:
    """Return the fields of an action that decide dates: titles, codes, cites and visit groups do not (S45)."""
    return tuple(name for name in type(action).model_fields if name not in NOT_DECIDING)


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
