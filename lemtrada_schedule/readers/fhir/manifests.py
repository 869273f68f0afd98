"""Read the manifest of a FHIR bulk export, and refuse an export that is not whole (S38).

A manifest lists the files that a server made, by type and often with the number of their resources. The files may be
renamed when they are stored, so types and numbers are compared, and names are not.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lemtrada_schedule.errors import InvalidInput, Problem, kind_of
from lemtrada_schedule.readers.fhir.releases import Release, release_stated
from lemtrada_schedule.validation.arguments import refused

__all__ = ["Manifest", "check_manifests", "is_manifest", "manifest_of"]

OUTCOME: Final = "OperationOutcome"

_RELEASE: Final = re.compile(r";\s*fhirVersion\s*=\s*\"?([^;\"]*)", re.IGNORECASE)

_SINCE: Final = re.compile(r"[?&]_since(?:=|&|$)")
"""The parameter of a request that asks only for what changed since a date."""


@dataclass(frozen=True, slots=True, repr=False)
class Manifest:
    """What a manifest says about an export."""

    listed: tuple[tuple[str | None, int | None], ...]
    """Each file with resources: their type, `None` if there are several, and how many; `None`: not stated."""
    is_partial: bool
    """Whether it was asked only for what changed since a date."""
    release: Release | None
    """The release of FHIR that `outputFormat` states."""


def is_manifest(given: object) -> bool:
    """Return whether parsed JSON is the manifest of a bulk export."""
    return type(given) is dict and "transactionTime" in given and ("output" in given or "error" in given)


def manifest_of(given: dict[str, Any]) -> Manifest:
    """Return what a manifest says.

    Raises:
        InvalidInput: It is malformed; it is one page of several; or resources were deleted since an earlier export,
            which only that export still has.
    """
    for link in _items(given, "link"):
        if link.get("relation") == "next":
            message = "this manifest is one page of several; replace it by one that lists the files of all pages, or"
            raise refused("not-whole", "link", f"{message} remove the manifests of all pages")
    if any(item.get("count") != 0 for item in _items(given, "deleted")):
        message = "the server lists resources that were deleted since an earlier export; export everything again"
        raise refused("not-whole", "deleted", f"{message}, without _since")
    listed = [(item.get("type"), _count(item, "output")) for item in _items(given, "output")]
    errors = [(OUTCOME, _count(item, "error")) for item in _items(given, "error")]
    if wrong := next((kind for kind, _ in listed if kind is not None and type(kind) is not str), None):
        raise refused("wrong-type", "output.type", f"expected text, got {kind_of(wrong)}")
    request, output_format = given.get("request"), given.get("outputFormat")
    found = _RELEASE.search(output_format) if type(output_format) is str else None
    return Manifest(
        listed=(*listed, *errors),
        is_partial=type(request) is str and _SINCE.search(request) is not None,
        release=release_stated(found[1].strip(), "outputFormat") if found else None,
    )


def check_manifests(manifests: Sequence[Manifest], found: Mapping[str, int]) -> None:
    """Raise `InvalidInput` if manifests list more than was found, or none of them is of a whole export (S38).

    Args:
        manifests: The manifests of a folder.
        found: How many resources of each type its files hold; empty: of unknown type.
    """
    if manifests and all(manifest.is_partial for manifest in manifests):
        message = "this export has only what changed since a date (_since); add the whole export that it continues"
        raise refused("not-whole", "request", f"{message}, with its manifest")
    listed = defaultdict[str | None, list[int | None]](list)
    for kind, count in (each for manifest in manifests for each in manifest.listed):
        listed[kind].append(count)
    missing = [problem for kind, counts in listed.items() for problem in _missing(kind, counts, found)]
    if missing:
        raise InvalidInput(missing)


def _missing(kind: str | None, counts: Sequence[int | None], found: Mapping[str, int]) -> Iterator[Problem]:
    """Yield the problem if fewer resources of a type were found than manifests list.

    A line that could not be read may be of any type. A file that is listed without a count has at least one resource.
    """
    held = sum(found.values()) if kind is None else found.get(kind, 0) + found.get("", 0)
    least = max(sum(count or 0 for count in counts), int(None in counts))
    if held < least:
        what, number = f"{kind} resources" if kind else "resources", f"{'at least ' if None in counts else ''}{least}"
        message = f"the manifest lists {number} {what}, and the folder holds {held}; add the files that are missing"
        yield Problem("not-whole", "error" if kind == OUTCOME else "output", message)


def _items(given: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = given.get(name)
    if items is None:
        return []
    if type(items) is not list or not all(type(item) is dict for item in items):
        raise refused("wrong-type", name, "expected a list of objects; correct the manifest, or remove it")
    return items


def _count(item: dict[str, Any], name: str) -> int | None:
    count = item.get("count")
    if count is not None and (type(count) is not int or count < 0):
        raise refused("wrong-type", f"{name}.count", f"expected a whole number from 0, got {kind_of(count)}")
    return count
