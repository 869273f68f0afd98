"""Decide whether a plan was made with a protocol, whatever the schema version of the plan (S45)."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from lemtrada_schedule.protocol.protocol import Protocol

__all__ = ["is_made_by", "is_of_id"]

_DIGESTS: Final = Path(__file__).parent.parent / "labels" / "digests.toml"

# Fields that a protocol did not have under schema version 1.
_ADDED: Final = {"neutral_titles": True, "actions": {"__all__": {"visit"}}}


def is_made_by(digest: str, protocol: Protocol) -> bool:
    """Return whether a plan with this `protocol_digest` was made with the protocol.

    Under schema version 1 the digest was that of the protocol's whole JSON. For a built-in protocol it is looked up
    in `labels/digests.toml`; for any other protocol it is calculated again from the fields of that version.

    Source:
        Rules of time, S45.
    """
    if digest == protocol.date_digest:
        return True
    shipped = _shipped().get(digest)
    if shipped:
        return shipped == (protocol.name, protocol.date_digest)
    return digest == _first_digest(protocol)


def is_of_id(name: str, extends: str | None, protocol: Protocol) -> bool:
    """Return whether a protocol known only by name has the id of another protocol.

    An id may contain hyphens, so a name alone does not always show where the id ends: `us-own-2024-05` is a revision
    of `us-own`. So a protocol that extends another one never matches one that does not, and vice versa.
    """
    return name.startswith(f"{protocol.id}-") and (extends is None) == (protocol.extends is None)


@cache
def _shipped() -> dict[str, tuple[str, str]]:
    """Map each digest of a built-in protocol under schema version 1 to the protocol's name and date digest."""
    entries = tomllib.loads(_DIGESTS.read_text(encoding="utf-8"))
    return {entry["schema_1"]: (name, entry["dates"]) for name, entry in entries.items() if "schema_1" in entry}


def _first_digest(protocol: Protocol) -> str:
    written = protocol.model_dump_json(exclude=_ADDED)  # type: ignore[arg-type]  # a nested choice, as pydantic reads it
    return hashlib.sha256(written.encode()).hexdigest()
