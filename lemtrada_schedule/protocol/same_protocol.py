"""Whether a plan was made by a protocol, whatever schema version the plan was written under (S45)."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from lemtrada_schedule.protocol.protocol import Protocol

__all__ = ["is_made_by", "is_of_id"]

_DIGESTS: Final = Path(__file__).parent.parent / "labels" / "digests.toml"

# What a protocol did not have yet when schema version 1 was written.
_ADDED: Final = {"neutral_titles": True, "actions": {"__all__": {"visit"}}}


def is_made_by(digest: str, protocol: Protocol) -> bool:
    """Return whether a plan with this `protocol_digest` was made by the protocol.

    Under schema version 1 the digest was that of the protocol's whole JSON. For a shipped protocol it is looked up
    in `labels/digests.toml`; for any other one it is computed again from the fields that there were then.

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
    """Return whether a protocol of which only the name is known has the id of another protocol.

    An id may hold hyphens, so a name alone does not always tell where the id ends: `us-own-2024-05` is a revision of
    `us-own`. A protocol that extends another one is therefore never taken for one that does not, nor the reverse.
    """
    return name.startswith(f"{protocol.id}-") and (extends is None) == (protocol.extends is None)


@cache
def _shipped() -> dict[str, tuple[str, str]]:
    """Return name and digest of what decides dates for each digest of a shipped protocol under schema version 1."""
    entries = tomllib.loads(_DIGESTS.read_text(encoding="utf-8"))
    return {entry["schema_1"]: (name, entry["dates"]) for name, entry in entries.items() if "schema_1" in entry}


def _first_digest(protocol: Protocol) -> str:
    written = protocol.model_dump_json(exclude=_ADDED)  # type: ignore[arg-type]  # a nested choice, as pydantic reads it
    return hashlib.sha256(written.encode()).hexdigest()
