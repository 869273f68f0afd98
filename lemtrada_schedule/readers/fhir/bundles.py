"""Read the resources of a FHIR Bundle, and refuse an incomplete one (S38)."""

import re
from typing import Any, Final

from lemtrada_schedule.errors import kind_of
from lemtrada_schedule.validation.arguments import refused

__all__ = ["check_outcome", "resources_of"]

PAGES: Final = ("next", "previous", "prev")

ENDS: Final = ("first", "last")

MATCHED: Final = frozenset({"MedicationAdministration", "Observation"})
"""The types that a search for infusions matches; Patients and Medications are included with them."""


def resources_of(bundle: object) -> list[tuple[Any, Any]]:
    """Return resource and `fullUrl` of each entry of a Bundle.

    Raises:
        InvalidInput: It is not a Bundle, not a complete one (S38), or a history of versions.
    """
    if type(bundle) is not dict or bundle.get("resourceType") != "Bundle":
        raise refused("wrong-type", "resourceType", "expected a FHIR Bundle; put the resources into one")
    if bundle.get("type") == "history":
        message = "a history also contains older versions of its records; export the current versions"
        raise refused("json-structure", "type", message)
    links, entries = bundle.get("link"), bundle.get("entry")
    for name, part in (("link", links), ("entry", entries)):
        if part is not None and type(part) is not list:
            raise refused("wrong-type", name, f"expected a list, got {kind_of(part)}")
    _check_links(links or [], is_search=bundle.get("type") == "searchset")
    held = [entry if type(entry) is dict else {} for entry in entries or []]
    check_outcome(bundle.get("issues"))
    _check_total(bundle.get("total"), held)
    for entry in held:
        response = entry.get("response")
        check_outcome(response.get("outcome") if type(response) is dict else None)
    return [(entry.get("resource"), entry.get("fullUrl")) for entry in held]


def _check_links(links: list[Any], *, is_search: bool) -> None:
    """Raise `InvalidInput` if a Bundle links to another page (S38)."""
    pages = [(_relation(link.get("relation")), link.get("url")) for link in links if type(link) is dict]
    own = [url for relation, url in pages if relation == "self"]
    for relation, url in pages:
        if relation.startswith(PAGES) or (is_search and relation in ENDS and url not in own):
            message = "this is one page of several; put the entries of all pages into one Bundle, without this link"
            raise refused("not-whole", "link", message)


def _relation(written: object) -> str:
    """Return the name of a link's relation, in lower case; it may be the last part of an address."""
    return re.split(r"[#/]", written.strip().casefold())[-1] if type(written) is str else ""


def _check_total(total: object, entries: list[dict[str, Any]]) -> None:
    """Raise `InvalidInput` if a Bundle has fewer matches than its total (S38); included resources do not count."""
    if total is None:
        return
    if type(total) is not int:
        raise refused("wrong-type", "total", f"expected a whole number, got {kind_of(total)}")
    matches = set[object]()
    sought = _sought(entries)
    for position, entry in enumerate(entries):
        resource, search = entry.get("resource"), entry.get("search")
        mode = search.get("mode") if type(search) is dict else None
        if type(resource) is not dict:
            continue
        kind = resource.get("resourceType")
        if mode == "match" or (mode is None and kind in sought):
            own = resource.get("id")
            matches.add((kind, own) if type(kind) is type(own) is str else position)
    if total > len(matches):
        message = f"the Bundle contains {len(matches)} of {total} matches; put all of them into one Bundle"
        raise refused("not-whole", "total", message)


def _sought(entries: list[dict[str, Any]]) -> set[object]:
    """Return the types that count as matches if there is no `search.mode`.

    In a search for infusions, the resources that they refer to may be included, and do not count.
    """
    resources = [entry.get("resource") for entry in entries]
    kinds = {one.get("resourceType") for one in resources if type(one) is dict} - {"OperationOutcome"}
    return kinds & MATCHED if "MedicationAdministration" in kinds else kinds


def check_outcome(resource: object) -> None:
    """Raise `InvalidInput` for an OperationOutcome of severity error or fatal: records may be missing (S38)."""
    if type(resource) is not dict or resource.get("resourceType") != "OperationOutcome":
        return
    issues = resource.get("issue")
    for issue in issues if type(issues) is list else []:
        if type(issue) is dict and issue.get("severity") in ("error", "fatal"):
            message = "the server reported an error, so records may be missing; repeat the export, then read it again"
            raise refused("not-whole", "OperationOutcome", message)
