"""The parts of a protocol that decide dates, and their digest: the same digest means the same dates (S45)."""

import hashlib
import json
from typing import Any, Final

from lemtrada_schedule.dates.spans import Offset, Span
from lemtrada_schedule.protocol.actions import Action, BaselineRule, OpenUntil

__all__ = ["deciding_fields", "digest_of", "facts_of"]


NOT_DECIDING: Final = frozenset(
    {"applies_to", "basis", "cite", "codes", "grade", "neutral_title", "text", "title", "visit"}
)
"""Fields of actions that decide no date. All other fields do, including those of new kinds of actions."""


def deciding_fields(action: Action) -> tuple[str, ...]:
    """Return the fields of an action that decide dates; titles, codes, cites and visit groups do not (S45)."""
    return tuple(name for name in type(action).model_fields if name not in NOT_DECIDING)


def facts_of(part: object, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the given fields of a part as JSON. An absent field does not change the digest."""
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
