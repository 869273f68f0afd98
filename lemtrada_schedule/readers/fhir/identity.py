"""Identify resources: resolve references to names, and choose the current one of several versions (S37).

A resource is identified by its type and id. A reference to it may be relative, absolute, or the `fullUrl` of its
entry. If a file holds the same type and id from two servers, they are two resources, named by their absolute address.
"""

import datetime as dt
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from lemtrada_schedule.errors import kind_of
from lemtrada_schedule.validation.arguments import refused

__all__ = ["Address", "Addresses", "Version", "newest", "version_of"]

_ADDRESS: Final = re.compile(r"(?:(?P<base>https?://.+)/)?(?P<name>[A-Z][A-Za-z]+/[^/?#|\s]+)(?:/_history/[^/?#|\s]+)?")

_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])(\.[0-9]{1,32})?"
    r"(Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)

_NUMBER: Final = re.compile(r"[0-9]{1,64}")


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """The address of a resource."""

    name: str
    """`Patient/p1`, or a reference in any other form."""
    base: str | None = None
    """The server's address, if known."""


class Addresses:
    """The addresses in a file; they can be resolved after the whole file has been read."""

    def __init__(self) -> None:
        self._bases: defaultdict[str, set[str]] = defaultdict(set)
        self._aliases: dict[str, Address | None] = {}

    def of_resource(self, resource: dict[str, Any], full_url: object) -> tuple[Address | None, str | None]:
        """Return the address of a resource, and the base of the relative references in it.

        Without an id and a `fullUrl` a resource has no address.

        Raises:
            InvalidInput: The id is not text.
        """
        written, own = full_url if type(full_url) is str and full_url else None, resource.get("id")
        if own is not None and (type(own) is not str or not own):
            raise refused("wrong-type", "id", f"expected an id as text, got {kind_of(own)}")
        name = None if own is None else f"{resource['resourceType']}/{own}"
        found = _ADDRESS.fullmatch(written or "")
        base = found["base"] if found else None
        address: Address | None = None
        if found and name in (None, found["name"]):
            address = self._known(Address(found["name"], base))
        elif place := name or written:
            address = Address(place)
        if written and address is not None:
            same = self._aliases.setdefault(written, address)
            if same != address:  # two resources have this address, so it identifies neither
                self._aliases[written] = None
        return address, base

    def of_reference(self, written: str, base: str | None) -> Address:
        """Return the address of a reference; `base` is the server's address of the resource that contains it."""
        found = _ADDRESS.fullmatch(written)
        if not found:
            return Address(written)
        return self._known(Address(found["name"], found["base"] or base))

    def _known(self, address: Address) -> Address:
        if address.base is not None:
            self._bases[address.name].add(address.base)
        return address

    def resolved(self, address: Address, *, written: str | None = None) -> str | None:
        """Return the same name for all addresses of a resource; `None` if two resources could be meant.

        Args:
            address: The address.
            written: The reference as written, if it is one; it may be the `fullUrl` of a resource.
        """
        if written in self._aliases:
            known = self._aliases[written]
            if known is None:
                return None
            address = known
        bases = self._bases.get(address.name, ())
        if len(bases) < 2:
            return address.name
        return None if address.base is None else f"{address.base}/{address.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Version:
    """The facts that decide which version of a resource is current."""

    content: bytes
    """A digest of all but `meta`."""
    number: int | None
    updated: tuple[dt.datetime, Decimal] | None


def version_of(resource: dict[str, Any]) -> Version:
    """Return the facts about the version of a resource.

    Raises:
        InvalidInput: The resource is not JSON.
    """
    rest = {name: value for name, value in resource.items() if name != "meta"}
    try:
        content = json.dumps(rest, sort_keys=True, default=str, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError):
        content = None
    if content is None:
        raise refused("json-structure", "", "this is not a JSON object; write the resource as JSON")
    meta = resource.get("meta")
    known = meta if type(meta) is dict else {}
    number, updated = known.get("versionId"), known.get("lastUpdated")
    is_number = type(number) is str and _NUMBER.fullmatch(number)
    return Version(
        hashlib.blake2b(content, digest_size=16).digest(),
        int(str(number)) if is_number else None,
        _instant(updated) if type(updated) is str else None,
    )


def _instant(written: str) -> tuple[dt.datetime, Decimal] | None:
    """Return an instant and its fraction of a second; `None` if the text is not an instant."""
    found = _INSTANT.fullmatch(written)
    try:
        return (dt.datetime.fromisoformat(f"{found[1]}{found[3]}"), Decimal(found[2] or 0)) if found else None
    except ValueError:
        return None


def newest(versions: Sequence[Version]) -> int | None:
    """Return the index of the current version; `None` if it cannot be determined (S37)."""
    chosen = list(dict.fromkeys(versions))
    if len(chosen) > 1:
        numbers = [version.number for version in chosen if version.number is not None]
        instants = [version.updated for version in chosen if version.updated is not None]
        if len(set(numbers)) == len(chosen):
            chosen = [version for version in chosen if version.number == max(numbers)]
        elif len(instants) == len(chosen):
            chosen = [version for version in chosen if version.updated == max(instants)]
    return versions.index(chosen[0]) if len({version.content for version in chosen}) == 1 else None
